//! File keys: one key per file for all spellings of its URI.

use std::path::{Component, Path, PathBuf, Prefix};

use plan_ide::workspace::path;
use tower_lsp::lsp_types::Url;

/// Returns the key of a document: the real path with `/` for files, also for those that are not saved yet
/// (`untitled:/folder/new.md`), the URI itself otherwise.
pub fn key_of_uri(uri: &Url) -> String {
    if uri.scheme() == "untitled" && uri.path().starts_with('/') {
        let file = Url::parse(&format!("file://{}", uri.path()));
        if let Some(path) = file.ok().and_then(|file| file.to_file_path().ok()) {
            return key_of_path(&path);
        }
    }
    match uri.to_file_path() {
        Ok(path) if uri.scheme() == "file" => key_of_path(&path),
        _ => uri.to_string(),
    }
}

/// Returns the key of a file: its real path (symbolic links resolved, case as on disk, drive letter in lower case) with `/`.
/// If the path does not exist, only its existing prefix is resolved.
pub fn key_of_path(path: &Path) -> String {
    let mut missing: Vec<std::ffi::OsString> = Vec::new();
    let mut existing = absolute_path(path);
    loop {
        if let Ok(real) = existing.canonicalize() {
            let mut full = real;
            full.extend(missing.iter().rev());
            return text_of(&full);
        }
        match (existing.parent().map(Path::to_owned), existing.file_name()) {
            (Some(parent), Some(name)) => {
                missing.push(name.to_owned());
                existing = parent;
            }
            _ => return text_of(&absolute_path(path)),
        }
    }
}

/// Returns the absolute path without `.` and `..`.
fn absolute_path(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut out = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Formats a real path as a key.
fn text_of(path: &Path) -> String {
    let mut out = String::new();
    for component in path.components() {
        match component {
            Component::Prefix(prefix) => match prefix.kind() {
                Prefix::VerbatimDisk(letter) | Prefix::Disk(letter) => {
                    out.push(letter.to_ascii_lowercase() as char);
                    out.push(':');
                }
                Prefix::VerbatimUNC(server, share) | Prefix::UNC(server, share) => {
                    out.push_str(&format!("//{}/{}", server.to_string_lossy(), share.to_string_lossy()));
                }
                _ => out.push_str(&prefix.as_os_str().to_string_lossy().replace('\\', "/")),
            },
            Component::RootDir => {}
            part => {
                out.push('/');
                out.push_str(&part.as_os_str().to_string_lossy());
            }
        }
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

/// The folders of a workspace, as spelled by the client and as keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roots {
    folders: Vec<(PathBuf, String)>,
}

impl Roots {
    /// Returns the folders as roots, without duplicates.
    pub fn new(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let mut roots = Self::default();
        for folder in folders {
            roots.add(folder);
        }
        roots
    }

    /// Adds a folder, unless it is already included.
    pub fn add(&mut self, folder: PathBuf) {
        let key = key_of_path(&folder);
        if !self.folders.iter().any(|(_, existing)| *existing == key) {
            self.folders.push((folder, key));
        }
    }

    /// Removes a folder.
    pub fn remove(&mut self, folder: &Path) {
        let key = key_of_path(folder);
        self.folders.retain(|(_, known)| *known != key);
    }

    /// Returns the folders as spelled by the client.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.folders.iter().map(|(path, _)| path.clone()).collect()
    }

    /// Returns the keys of the folders.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(|(_, key)| key.as_str())
    }

    /// Returns the keys of the folders whose files are indexed: all except home folders and their parents, so that opening a
    /// file in the home folder does not read all files of the user.
    pub fn roots_to_index(&self) -> Vec<String> {
        let home = dirs::home_dir().map(|home| key_of_path(&home));
        let is_project = |key: &str| {
            key != "/"
                && !key.ends_with(':')
                && home.as_deref().is_none_or(|home| home != key && !path::is_in(home, key))
        };
        self.keys().filter(|key| is_project(key)).map(str::to_owned).collect()
    }

    /// Returns the URI of a file, using the client's spelling of the workspace folder.
    pub fn uri(&self, key: &str) -> Option<Url> {
        let root =
            self.folders.iter().filter(|(_, root)| path::is_in(key, root)).max_by_key(|(_, root)| root.len());
        match root {
            Some((folder, root)) => {
                Url::from_file_path(folder.join(key[root.len()..].trim_start_matches('/'))).ok()
            }
            None => Url::from_file_path(key).ok().or_else(|| Url::parse(key).ok()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_a_file_have_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap();
        std::fs::write(real.join("a b.md"), "").unwrap();
        let key = key_of_path(&real.join("a b.md"));
        let base = Url::from_file_path(&real).unwrap();
        for spelling in ["a%20b.md", "./a b.md", "x/../a%20b.md", "%61%20b.md"] {
            let uri = Url::parse(&format!("{base}/{spelling}")).unwrap();
            assert_eq!(key_of_uri(&uri), key, "{spelling}");
        }
        let missing = key_of_path(&real.join("none/../new.md"));
        assert_eq!(missing, format!("{}/new.md", key_of_path(&real)));
        assert_eq!(key_of_uri(&Url::parse("untitled:Untitled-1").unwrap()), "untitled:Untitled-1");
        let unsaved = Url::parse(&base.as_str().replacen("file://", "untitled:", 1)).unwrap();
        assert_eq!(key_of_uri(&unsaved), key_of_path(&real));
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_are_resolved_in_keys_and_kept_in_uris() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        std::fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        std::fs::write(real.join("a.md"), "").unwrap();
        let key = key_of_path(&link.join("a.md"));
        assert_eq!(key, key_of_path(&real.join("a.md")));
        let roots = Roots::new([link.clone()]);
        assert_eq!(roots.uri(&key).unwrap().to_file_path().unwrap(), link.join("a.md"));
    }

    #[test]
    fn home_folders_are_not_indexed() {
        let Some(home) = dirs::home_dir() else { return };
        let roots = Roots::new([home.clone(), home.join("project"), "/".into()]);
        assert_eq!(roots.roots_to_index(), [key_of_path(&home.join("project"))]);
    }
}
