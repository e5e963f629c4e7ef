//! Files in the user's state folder through which processes coordinate changes to plans. Nothing is written to the
//! project.
//!
//! The operating system releases a lock when its process ends, even if the process is killed. Lock files stay, because
//! removing a file that another process is about to lock would give two processes the same lock.

use std::{
    fs::{File, TryLockError},
    io,
    path::PathBuf,
    sync::mpsc::channel,
    time::Duration,
};

use crate::disk;

/// Takes the lock of the file with the key `key`. The lock is released when the returned file is dropped.
///
/// # Errors
/// Returns an error of the kind `TimedOut` if another process holds the lock for longer than `timeout`. Returns another
/// error if no folder for locks is writable.
pub(super) fn lock(key: &str, timeout: Duration) -> io::Result<File> {
    let path = folder("locks")?.join(format!("{}.lock", name(key)));
    let file = disk::open_lock_file(&path)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::Error(error)) => return Err(error),
        Err(TryLockError::WouldBlock) => {}
    }
    // The operating system serves waiting processes in order, but has no time limit.
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let locked = file.lock().map(|()| file);
        // If the time limit has passed, the lock is released as soon as it is taken.
        drop(sender.send(locked));
    });
    receiver.recv_timeout(timeout).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Creates and returns a folder for files that describe running processes: in the user's state folder, otherwise in the
/// runtime folder, otherwise in the folder for temporary files.
///
/// # Errors
/// Returns an error if none of these folders is writable.
pub(super) fn folder(name: &str) -> io::Result<PathBuf> {
    let temporary = std::env::temp_dir().join(format!("plansmith-{}", disk::user_name()));
    let own = [dirs::state_dir().or_else(dirs::data_local_dir), dirs::runtime_dir()];
    let own = own.into_iter().flatten().map(|folder| folder.join("plansmith"));
    let mut result = Err(io::ErrorKind::NotFound.into());
    for folder in own.chain([temporary]) {
        let folder = folder.join(name);
        result = disk::create_private_folder(&folder).map(|()| folder);
        if result.is_ok() {
            break;
        }
    }
    result
}

/// Returns the start of the names of coordination files for the file with this key.
pub(super) fn name(key: &str) -> String {
    let mut hash = crate::fnv::Fnv::default();
    hash.text(key);
    format!("{:016x}", hash.value())
}
