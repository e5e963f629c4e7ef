//! Atomic file writes: a crash never leaves a partially written file.

use std::{
    fmt,
    io::{self, Write},
    path::Path,
};

/// Replaces the content of a file: writes a temporary file in the same folder, with the same permissions, and renames
/// it. If `path` is a symbolic link, its target is replaced. `before` is the text that `text` was derived from, if
/// any. If the content of the file differs from it, for example because an editor has saved the file, the file is not
/// changed.
///
/// # Errors
/// Returns an error if the file or its folder is not writable, or if the file has changed. The file is then left
/// unchanged.
pub fn replace(path: &Path, before: Option<&str>, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let metadata = path.metadata()?;
    if metadata.permissions().readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "file is read-only"));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().prefix(&temporary_prefix(&path)).tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(metadata.permissions())?;
    new.as_file().sync_all()?;
    // Check as late as possible: another process can still write between this check and the rename.
    if let Some(before) = before
        && std::fs::read(&path)? != before.as_bytes()
    {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "file was changed by another process"));
    }
    new.persist(&path)?;
    Ok(())
}

/// Returns whether [`replace`] failed because the file had changed.
pub fn has_changed(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ResourceBusy
}

/// Returns the start of the names of temporary files for a file.
fn temporary_prefix(path: &Path) -> String {
    format!(".plansmith-{}-", path.file_name().unwrap_or_default().to_string_lossy())
}

/// Removes the temporary files of processes that were killed while they replaced a file. The caller must hold the lock
/// of the file. Otherwise, temporary files of running processes would be removed as well.
pub fn remove_leftovers(path: &Path) {
    let prefix = temporary_prefix(path);
    let folder = path.parent().unwrap_or(Path::new("."));
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix)) {
        // A file that cannot be removed does not prevent the change.
        drop(std::fs::remove_file(entry.path()));
    }
}

/// Returns a name of the user of this process that no other user has.
pub fn user_name() -> String {
    #[cfg(unix)]
    return rustix::process::geteuid().as_raw().to_string();
    #[cfg(not(unix))]
    return std::env::var("USERNAME").unwrap_or_default();
}

/// Creates a folder that only the current user can access, and its parent folders.
///
/// # Errors
/// Returns an error if it cannot be created, or belongs to another user.
pub fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    let metadata = path.symlink_metadata()?;
    #[cfg(unix)]
    let is_own = std::os::unix::fs::MetadataExt::uid(&metadata) == rustix::process::geteuid().as_raw();
    #[cfg(not(unix))]
    let is_own = true;
    if metadata.is_dir() && is_own { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

/// Opens a lock file, and creates it if it does not exist.
///
/// # Errors
/// Returns an error if the file is not writable.
pub fn open_lock_file(path: &Path) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Removes a lock file, if it exists.
pub fn remove_lock_file(path: &Path) {
    // A remaining file has no effect, because it is not locked.
    drop(std::fs::remove_file(path));
}

/// Returns the message for a file `name` that could not be replaced.
pub fn replace_error(name: &str, why: impl fmt::Display) -> String {
    format!("cannot write {name}: {why} (not changed)")
}

/// Returns the message for a failed [`write()`] of `path`.
pub fn write_error(path: &Path, error: &io::Error) -> String {
    match path.exists() {
        true => replace_error(&path.display().to_string(), description(error)),
        false => create_error(path, error),
    }
}

/// Creates the folder of a file and its parents, if they do not exist.
///
/// # Errors
/// Returns an error if a folder cannot be created.
pub fn create_folder_of(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder_of(path))
}

/// Returns the folder of a file; `.` for a name without folder.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns the message for a failed creation of `path`.
pub fn create_error(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AlreadyExists => format!("`{}` already exists", path.display()),
        io::ErrorKind::NotFound => {
            format!("directory `{}` does not exist; create it first", folder_of(path).display())
        }
        _ => format!("cannot write {}: {}", path.display(), description(error)),
    }
}

/// Returns the description of an error for messages, without the system's error code: `no such file or directory`.
pub fn description(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
    format!("{first}{}", letters.as_str())
}

/// Checks for known obstacles to writing a file, without writing it.
///
/// # Errors
/// Returns a message if the file is a folder or read-only, or its folder does not exist.
pub fn check_output(path: &Path) -> Result<(), String> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => {
            Err(format!("{}: is a directory; expected a file", path.display()))
        }
        Ok(metadata) if metadata.is_file() && metadata.permissions().readonly() => {
            Err(format!("cannot write {}: file is read-only", path.display()))
        }
        Ok(_) => Ok(()),
        Err(_) if folder_of(path).is_dir() => Ok(()),
        Err(_) => Err(create_error(path, &io::ErrorKind::NotFound.into())),
    }
}

/// Writes a file, atomically unless it is a device or a pipe. If the file exists, its permissions are kept, and a
/// symbolic link is followed.
///
/// # Errors
/// Returns an error if the file or its folder is not writable.
pub fn write(path: &Path, text: &str) -> io::Result<()> {
    match path.metadata() {
        // A device or a pipe, such as `/dev/stdout`, cannot be replaced.
        Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => std::fs::write(path, text),
        Ok(_) => replace(path, None, text),
        Err(_) => create(path, text, false),
    }
}

/// Writes a file atomically, replacing an existing one. With `readonly`, the new file is read-only.
///
/// # Errors
/// Returns an error if the folder does not exist or is not writable.
pub fn create(path: &Path, text: &str, readonly: bool) -> io::Result<()> {
    let mut new = new_file_beside(path)?;
    new.write_all(text.as_bytes())?;
    if readonly {
        let mut permissions = new.as_file().metadata()?.permissions();
        permissions.set_readonly(true);
        new.as_file().set_permissions(permissions)?;
    }
    new.as_file().sync_all()?;
    new.persist(path)?;
    Ok(())
}

/// Writes a new file atomically.
///
/// # Errors
/// Returns an error if the file already exists or its folder is not writable.
pub fn create_new(path: &Path, text: &str) -> io::Result<()> {
    let mut new = new_file_beside(path)?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist_noclobber(path)?;
    Ok(())
}

/// Creates a temporary file in the folder of a file, with the permissions of a new file, which the umask limits. By
/// default, only the current user can read a temporary file.
fn new_file_beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".plansmith-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder_of(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replace_changes_the_content_and_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        std::fs::write(&path, "one").unwrap();
        replace(&path, Some("one"), "two").unwrap();
        assert!(replace(&path, Some("one"), "three").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn create_new_never_replaces_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        create_new(&path, "one").unwrap();
        assert!(create_new(&path, "two").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        create(&path, "three", true).unwrap();
        assert!(path.metadata().unwrap().permissions().readonly());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "three");
    }
}
