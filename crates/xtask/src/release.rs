//! `cargo xtask release`: checks that a release can be made, because all versions agree and the changelog describes it.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
};

/// Files and directories that state the version.
const SEARCHED: [&str; 10] = [
    "Cargo.toml",
    "README.md",
    "action.yml",
    "docs",
    "editors/claude-code/.claude-plugin/plugin.json",
    "editors/vscode/package.json",
    "editors/vscode/package-lock.json",
    "editors/vscode/README.md",
    "packaging",
    ".pre-commit-hooks.yaml",
];

/// Text directly before a version of Plansmith, each with the end of the names of the files to which it applies.
const MARKERS: [(&str, &str); 11] = [
    ("\nversion = \"", "Cargo.toml"),
    ("\nversion = \"", "extension.toml"),
    ("{ path = \"crates/plan-syntax\", version = \"", "Cargo.toml"),
    ("{ path = \"crates/plan-model\", version = \"", "Cargo.toml"),
    ("{ path = \"crates/plan-schema\", version = \"", "Cargo.toml"),
    ("{ path = \"crates/plan-ide\", version = \"", "Cargo.toml"),
    ("\n  \"version\": \"", "claude-code/.claude-plugin/plugin.json"),
    ("\n  \"version\": \"", "vscode/package.json"),
    ("\n  \"version\": \"", "vscode/package-lock.json"),
    ("plansmith@v", ".md"),
    ("plansmith==", ".md"),
];

/// Prints the version and the number of places that state it.
///
/// # Errors
/// Returns an error that lists the places with another version and a missing release in the changelog.
pub fn check(root: &Path) -> Result<(), Box<dyn Error>> {
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let version = versions(&manifest, "\nversion = \"").next().ok_or("version not found in Cargo.toml")?.1;
    let mut problems = Vec::new();
    let mut places = 0;
    for path in files(root)? {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let name = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        for (marker, _) in MARKERS.into_iter().filter(|(_, ending)| name.ends_with(ending)) {
            for (at, found) in versions(&text, marker) {
                places += 1;
                if found != version {
                    let line = text[..at].matches('\n').count() + 1;
                    problems.push(format!("{name}:{line}: version {found}, expected {version}"));
                }
            }
        }
    }
    problems.extend(changelog_problem(&fs::read_to_string(root.join("CHANGELOG.md"))?, version));
    if places < MARKERS.len() {
        problems.push(format!("only {places} places state the version, expected at least {}", MARKERS.len()));
    }
    if problems.is_empty() {
        println!("version {version}, stated in {places} places");
        Ok(())
    } else {
        Err(problems.join("\n").into())
    }
}

/// Returns the versions after a marker, with their byte offsets.
fn versions<'a>(text: &'a str, marker: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    text.match_indices(marker).filter_map(move |(at, _)| {
        let start = at + marker.len();
        let length =
            text[start..].find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len() - start);
        let version = text[start..start + length].trim_end_matches('.');
        (version.split('.').count() == 3).then_some((start, version))
    })
}

/// Returns the problem of a changelog if its newest release is not this version with a date.
fn changelog_problem(text: &str, version: &str) -> Option<String> {
    let newest =
        text.lines().filter(|line| line.starts_with("## [")).find(|line| !line.contains("[Unreleased]"));
    let Some(heading) = newest else { return Some("CHANGELOG.md: no release found".to_owned()) };
    let date = heading.strip_prefix(&format!("## [{version}] - "));
    let is_date = |date: &str| {
        let lengths = date.split('-').map(str::len);
        lengths.eq([4, 2, 2]) && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    (!date.is_some_and(is_date)).then(|| {
        format!("CHANGELOG.md: newest release is `{heading}`, expected `## [{version}] - YYYY-MM-DD`")
    })
}

/// Returns all files in the searched directories.
fn files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut pending: Vec<PathBuf> = SEARCHED.iter().map(|path| root.join(path)).collect();
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                pending.push(entry?.path());
            }
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_versions_agree() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        check(&root).unwrap_or_else(|problems| panic!("{problems}"));
    }

    #[test]
    fn other_versions_and_missing_releases_are_found() {
        let found: Vec<_> = versions("a\nversion = \"1.2.3\"\nversion = \"1\"", "\nversion = \"").collect();
        assert_eq!(found, [(13, "1.2.3")]);
        assert_eq!(changelog_problem("## [Unreleased]\n\n## [1.2.3] - 2026-01-02\n", "1.2.3"), None);
        assert!(changelog_problem("## [Unreleased]\n\n## [1.2.3]\n", "1.2.3").is_some());
        assert!(changelog_problem("## [1.2.2] - 2026-01-02\n", "1.2.3").is_some());
    }
}
