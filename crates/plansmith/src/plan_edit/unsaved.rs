//! Markers of plans with unsaved changes in an editor. A server keeps a locked marker per buffer; a marker without lock is left
//! over from a process that was killed.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use super::coordination::{folder, name};
use crate::disk;

/// Minimum age of a marker without a lock that is removed. A newer marker may belong to a server that is about to lock
/// it.
const MIN_LEFTOVER_AGE: Duration = Duration::from_secs(10);

/// Marker of a buffer with unsaved changes. It is removed when it is dropped.
#[derive(Debug)]
pub(crate) struct Marker {
    path: PathBuf,
    _file: File,
}

impl Marker {
    /// Creates the marker of a buffer of the file with this key. `number` distinguishes the buffers of a process. The
    /// content is the key and the ID of the process, for users who look for the editor.
    ///
    /// # Errors
    /// Returns an error if no folder for markers is writable.
    pub(crate) fn create(key: &str, number: u64) -> io::Result<Self> {
        let path = folder("unsaved")?.join(format!("{}.{}.{number}", name(key), std::process::id()));
        let mut file = disk::open_lock_file(&path)?;
        file.try_lock()?;
        file.set_len(0)?;
        writeln!(file, "{key}\n{}", std::process::id())?;
        Ok(Self { path, _file: file })
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        disk::remove_lock_file(&self.path);
    }
}

/// Returns whether an editor has unsaved changes in the file with this key.
pub(crate) fn is_unsaved(key: &str) -> bool {
    let Ok(folder) = folder("unsaved") else { return false };
    let prefix = format!("{}.", name(key));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let own = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
    own.map(|entry| entry.path()).any(|path| is_locked(&path))
}

/// Returns whether a process holds a marker. Removes leftovers.
fn is_locked(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    match file.try_lock_shared() {
        Ok(()) => {
            let age =
                file.metadata().and_then(|metadata| metadata.modified()).ok().map(|time| time.elapsed());
            if age.is_some_and(|age| age.is_ok_and(|age| age > MIN_LEFTOVER_AGE)) {
                disk::remove_lock_file(path);
            }
            false
        }
        Err(fs::TryLockError::WouldBlock) => true,
        Err(fs::TryLockError::Error(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_exist_while_they_are_held() {
        let key = format!("/plans/{}.md", std::process::id());
        assert!(!is_unsaved(&key));
        let marker = Marker::create(&key, 1).unwrap();
        let second = Marker::create(&key, 2).unwrap();
        assert!(is_unsaved(&key));
        drop(marker);
        assert!(is_unsaved(&key));
        drop(second);
        assert!(!is_unsaved(&key));
    }
}
