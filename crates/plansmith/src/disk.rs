//! Writing files so that a crash never leaves half of one.

use std::{
    io::{self, Write},
    path::Path,
};

/// Replaces the content of a file: another file is written beside it and takes its place, with its permissions. A symbolic
/// link stays one; the file it leads to is replaced. `before` is the text that the new one was made from, if it was made from
/// one: a file that says something else by now, because an editor has saved it, is left alone.
///
/// # Errors
/// When the file may not be written, or its folder, or has changed. It is as it was then.
pub fn replace(path: &Path, before: Option<&str>, text: &str) -> io::Result<()> {
    let path = path.canonicalize()?;
    let metadata = path.metadata()?;
    if metadata.permissions().readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().prefix(".plansmith-").tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file().set_permissions(metadata.permissions())?;
    new.as_file().sync_all()?;
    // As late as can be: nothing holds others off between this look and the next line.
    if let Some(before) = before
        && std::fs::read(&path)? != before.as_bytes()
    {
        return Err(io::Error::other("it has changed meanwhile"));
    }
    new.persist(&path)?;
    Ok(())
}

/// What to say when [`replace`] fails, after the name of the file.
pub fn not_replaced(error: &io::Error) -> String {
    format!("cannot be written: {error}; it is as it was; {}", remedy(error))
}

/// What to say when a new file cannot be made, after its name.
pub fn not_made(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AlreadyExists => "the file is there already; choose another name".to_owned(),
        io::ErrorKind::NotFound => "its folder is not there; make it first".to_owned(),
        _ => format!("cannot be written: {error}; {}", remedy(error)),
    }
}

/// What to do about a file, or an output, that cannot be written.
pub fn remedy(error: &io::Error) -> &'static str {
    use io::ErrorKind::{
        FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull, WriteZero,
    };
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge | WriteZero => "free some space and run it again",
        PermissionDenied | ReadOnlyFilesystem => {
            "make sure that you may write the file and its folder, and run it again"
        }
        _ => "run it again",
    }
}

/// Writes a file that appears whole or not at all, in place of one that is there. `readonly` protects it from edits.
///
/// # Errors
/// When the folder is not there or may not be written.
pub fn create(path: &Path, text: &str, readonly: bool) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().prefix(".plansmith-").tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    let mut permissions = new.as_file().metadata()?.permissions();
    make_readable(&mut permissions);
    permissions.set_readonly(readonly);
    new.as_file().set_permissions(permissions)?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    Ok(())
}

/// Writes a new file, whole or not at all.
///
/// # Errors
/// When there is a file of that name already, or its folder may not be written.
pub fn create_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut new = tempfile::Builder::new().prefix(".plansmith-").tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    let mut permissions = new.as_file().metadata()?.permissions();
    make_readable(&mut permissions);
    new.as_file().set_permissions(permissions)?;
    new.as_file().sync_all()?;
    new.persist_noclobber(path)?;
    Ok(())
}

/// Temporary files are their owner's alone; plans are as readable as other files.
#[cfg(unix)]
fn make_readable(permissions: &mut std::fs::Permissions) {
    use std::os::unix::fs::PermissionsExt;
    permissions.set_mode(0o644);
}

#[cfg(not(unix))]
fn make_readable(_: &mut std::fs::Permissions) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_changes_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        std::fs::write(&path, "one").unwrap();
        replace(&path, Some("one"), "two").unwrap();
        assert!(replace(&path, Some("one"), "three").is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_new_file_never_takes_the_place_of_another() {
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
