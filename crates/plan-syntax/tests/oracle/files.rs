//! Test texts on disk.

use std::path::{Path, PathBuf};

/// Returns the root of the repository.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the Markdown files below a folder next to the repository, which only developers' machines have.
pub fn shared(folder: &str) -> Vec<(String, String)> {
    let root = workspace().join("../shared").join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            println!("{} is absent", folder.display());
            continue;
        };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md" || extension == "txt") {
                let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
                found.push((name, std::fs::read_to_string(&path).expect("a readable file")));
            }
        }
    }
    found.sort();
    found
}
