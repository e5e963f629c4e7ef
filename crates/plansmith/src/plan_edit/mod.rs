//! Edits of plan files: operations on items that are given by name. They are applied to the current text under a lock,
//! and the file is written atomically.

mod coordination;
pub(crate) mod unsaved;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use plan_ide::{
    Environment, File,
    operations::{self, AppliedOperations, Operation, Refusal},
};

use crate::{disk, files};

/// Maximum number of attempts to apply a change while other programs change the file.
const MAX_ATTEMPTS: usize = 5;
/// Time to wait for another process that changes the same plan.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);
/// Time to wait for an editor that loads a changed file.
const EDITOR_TIMEOUT: Duration = Duration::from_secs(1);
/// Time between two looks at the markers of editors.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Result of an edit.
#[derive(Debug)]
pub(crate) struct EditResult {
    /// Text before the change.
    pub(crate) before: String,
    /// The file after the change, with its affected items and remarks.
    pub(crate) applied: AppliedOperations,
}

impl EditResult {
    /// Returns the text after the change.
    pub(crate) fn after(&self) -> String {
        self.applied.file.document().text()
    }
}

/// Reason why a change was not made. The file is unchanged.
#[derive(Debug)]
pub(crate) enum EditError {
    /// The operations are not possible in this plan.
    Refused(Refusal),
    /// An editor has unsaved changes in the file.
    Unsaved,
    /// The file cannot be read or written. The message does not contain the path.
    Failed(String),
    /// Another process has changed the file since it was read.
    Changed,
    /// Other processes keep changing the file, or hold its lock for too long.
    Busy,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unsaved => f.write_str("file has unsaved changes in an editor; save it and try again"),
            Self::Failed(why) => f.write_str(why),
            Self::Changed => f.write_str("file was changed by another process"),
            Self::Busy => f.write_str("file is being changed by other processes; try again"),
        }
    }
}

impl From<Refusal> for EditError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Applies operations to a text. `path` is its path or a name.
///
/// # Errors
/// Returns the reason why an operation is not possible.
pub(crate) fn edit_text(
    path: &str,
    text: &str,
    environment: &Arc<Environment>,
    operations: &[Operation],
) -> Result<EditResult, EditError> {
    let document = plan_syntax::Document::parsed(text);
    let file = File::with_environment(path, document, Arc::clone(environment));
    edit(&file, operations)
}

fn edit(file: &File, operations: &[Operation]) -> Result<EditResult, EditError> {
    Ok(EditResult { applied: operations::apply(file, operations)?, before: file.document().text() })
}

/// Applies operations to a file and writes it, unless `dry_run` is set. The file is read after the lock is taken. A symbolic
/// link is followed to its file.
///
/// # Errors
/// Returns the reason why the file was not changed.
pub(crate) fn edit_file(
    path: &Path,
    environment: &Arc<Environment>,
    operations: &[Operation],
    dry_run: bool,
) -> Result<EditResult, EditError> {
    let path: PathBuf = path.canonicalize().map_err(|error| file_error(&error))?;
    let key = files::key_of_path(&path);
    let _lock = (!dry_run).then(|| lock(&key)).transpose()?;
    for _ in 0..MAX_ATTEMPTS {
        let file = files::load(&key, environment).map_err(|error| EditError::Failed(error.to_string()))?;
        let edited = edit(&file, operations)?;
        if dry_run || edited.applied.edits.is_empty() {
            return Ok(edited);
        }
        match replace_locked(&path, &key, Some(&edited.before), &edited.after()) {
            Ok(()) => return Ok(edited),
            Err(EditError::Changed) => {}
            Err(error) => return Err(error),
        }
    }
    Err(EditError::Busy)
}

/// Replaces the text of a file, if it is still `before` (if given) and no editor has unsaved changes. A symbolic link is
/// followed to its file.
///
/// # Errors
/// Returns the reason why the file was not changed.
pub(crate) fn replace_file(path: &Path, before: Option<&str>, after: &str) -> Result<(), EditError> {
    let path = path.canonicalize().map_err(|error| file_error(&error))?;
    let key = files::key_of_path(&path);
    let _lock = lock(&key)?;
    replace_locked(&path, &key, before, after)
}

/// New text of a file.
#[derive(Debug)]
pub(crate) struct Replacement {
    pub(crate) path: PathBuf,
    /// Text that the file must have.
    pub(crate) before: String,
    pub(crate) after: String,
}

/// Replaces the texts of several files: all of them, or none. All locks are held until the last file is written.
///
/// # Errors
/// Returns the file that cannot be changed, and the reason.
pub(crate) fn replace_files(replacements: &[&Replacement]) -> Result<(), (PathBuf, EditError)> {
    let mut files: Vec<(String, PathBuf, &Replacement)> = Vec::new();
    for replacement in replacements {
        let path = replacement.path.canonicalize();
        let path = path.map_err(|error| (replacement.path.clone(), file_error(&error)))?;
        files.push((files::key_of_path(&path), path, replacement));
    }
    // Processes that lock the same files in the same order do not wait for each other in a cycle.
    files.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    files.dedup_by(|(a, ..), (b, ..)| a == b);
    let mut locks = Vec::new();
    for (key, path, replacement) in &files {
        let name = |error| (replacement.path.clone(), error);
        locks.push(lock(key).map_err(name)?);
        wait_for_editors(key).map_err(name)?;
        let text = files::read(path).map_err(|error| name(EditError::Failed(error)))?;
        if text != replacement.before {
            return Err(name(EditError::Changed));
        }
    }
    for (number, (key, path, replacement)) in files.iter().enumerate() {
        if let Err(error) = replace_locked(path, key, Some(&replacement.before), &replacement.after) {
            for (key, path, replacement) in &files[..number] {
                // The file is as it was written above, unless another program has changed it again.
                drop(replace_locked(path, key, Some(&replacement.after), &replacement.before));
            }
            return Err((replacement.path.clone(), error));
        }
    }
    Ok(())
}

/// Replaces the text of a file whose lock is held.
fn replace_locked(path: &Path, key: &str, before: Option<&str>, after: &str) -> Result<(), EditError> {
    wait_for_editors(key)?;
    disk::remove_leftovers(path);
    disk::replace(path, before, after).map_err(|error| match disk::has_changed(&error) {
        true => EditError::Changed,
        false => file_error(&error),
    })
}

/// Waits until no editor has unsaved changes in a file. An editor that reloads a changed file has unsaved changes for a
/// moment.
fn wait_for_editors(key: &str) -> Result<(), EditError> {
    let start = Instant::now();
    while unsaved::is_unsaved(key) {
        if start.elapsed() > EDITOR_TIMEOUT {
            return Err(EditError::Unsaved);
        }
        std::thread::sleep(POLL_INTERVAL);
    }
    Ok(())
}

fn lock(key: &str) -> Result<fs::File, EditError> {
    coordination::lock(key, LOCK_TIMEOUT).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => EditError::Busy,
        _ => EditError::Failed(format!("cannot lock the file: {}", disk::description(&error))),
    })
}

fn file_error(error: &io::Error) -> EditError {
    EditError::Failed(disk::description(error))
}
