//! Finds the repositories of files.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use plan_ide::workspace::path;

use super::Repository;

/// A repository with some of its files.
pub(crate) struct RepositoryFiles {
    pub(crate) repository: Repository,
    /// Paths in the repository with the keys of the files, sorted.
    pub(crate) keys: BTreeMap<String, String>,
}

/// Returns the repositories of files, sorted by folder, and an error for each folder that is in none.
pub(crate) fn by_repository(keys: impl IntoIterator<Item = String>) -> (Vec<RepositoryFiles>, Vec<String>) {
    let mut found: BTreeMap<String, RepositoryFiles> = BTreeMap::new();
    let mut errors = BTreeSet::new();
    for key in keys {
        let folder = Path::new(&key).parent().unwrap_or(Path::new("/")).to_string_lossy().into_owned();
        let known = found.keys().find(|root| folder == **root || path::is_in(&folder, root)).cloned();
        let root = match known.filter(|root| !has_inner_repository(&folder, root)) {
            Some(root) => root,
            None => match Repository::of(Path::new(&folder)) {
                Ok(repository) => {
                    let root = repository.root().to_owned();
                    let files = RepositoryFiles { repository, keys: BTreeMap::new() };
                    found.entry(root.clone()).or_insert(files);
                    root
                }
                Err(error) => {
                    errors.insert(error);
                    continue;
                }
            },
        };
        if let (Some(files), Some(path)) = (found.get_mut(&root), key.strip_prefix(&root)) {
            files.keys.insert(path.trim_start_matches('/').to_owned(), key.clone());
        }
    }
    (found.into_values().collect(), errors.into_iter().collect())
}

/// Returns whether a folder inside a repository belongs to another repository inside it.
fn has_inner_repository(folder: &str, root: &str) -> bool {
    let mut folders = Path::new(folder).ancestors().take_while(|folder| *folder != Path::new(root));
    folders.any(|folder| folder.join(".git").exists())
}
