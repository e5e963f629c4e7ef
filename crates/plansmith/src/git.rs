//! Reads the user name from git's configuration files, because the server does not run other programs.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Maximum size of a configuration file, in bytes.
const MAX_CONFIG_BYTES: u64 = 1024 * 1024;

/// Returns the user's name for git: `GIT_AUTHOR_NAME`, otherwise `user.name` of the repository that contains the
/// working directory, otherwise of the user's configuration. Does not read included configuration files.
pub fn user_name() -> Option<String> {
    let repository = env::current_dir().ok().and_then(|here| {
        here.ancestors().map(|folder| folder.join(".git/config")).find(|file| file.is_file())
    });
    let configured = |variable: &str| env::var_os(variable).map(PathBuf::from);
    let home = dirs::home_dir();
    let own = configured("GIT_CONFIG_GLOBAL").or_else(|| Some(home.as_ref()?.join(".gitconfig")));
    let folder = configured("XDG_CONFIG_HOME").or_else(|| Some(home.as_ref()?.join(".config")));
    let files = [repository, own, folder.map(|folder| folder.join("git/config"))];
    env::var("GIT_AUTHOR_NAME")
        .ok()
        .filter(|name| !name.trim().is_empty())
        .or_else(|| files.iter().flatten().find_map(|file| name_in(&read(file)?)))
}

fn read(file: &Path) -> Option<String> {
    let is_readable =
        fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_CONFIG_BYTES);
    is_readable.then(|| fs::read_to_string(file).ok()).flatten()
}

/// Returns `name` in the section `user` of a configuration file. As in git, the last value applies.
fn name_in(text: &str) -> Option<String> {
    let mut in_user = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            in_user = section.split(']').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("user"));
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| in_user) else { continue };
        if key.trim().eq_ignore_ascii_case("name") {
            found = Some(unquoted(value.trim()));
        }
    }
    found.filter(|name| !name.is_empty())
}

/// Returns a value without quotes, escapes and trailing comment.
fn unquoted(value: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => quoted = !quoted,
            '\\' => out.extend(characters.next()),
            '#' | ';' if !quoted => break,
            other => out.push(other),
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_name_in_a_configuration() {
        #[track_caller]
        fn check(text: &str, expected: Option<&str>) {
            assert_eq!(name_in(text).as_deref(), expected, "{text}");
        }
        check("[user]\n\tname = Ada L.\n\temail = a@b\n", Some("Ada L."));
        check("[User]\nName=\"Ada # \\\"L\\\"\" ; she\n", Some("Ada # \"L\""));
        check("[user]\nname = One\n[core]\nname = No\n[user]\nname = Two\n", Some("Two"));
        check("[user \"work\"]\nname = No\n", None);
        check("name = No\n", None);
        check("[user]\nname =\n", None);
        check("[user\nname\n[[[=\n", None);
    }
}
