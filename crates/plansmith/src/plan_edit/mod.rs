//! Edits of plan files: operations on items that are given by name. They are applied to the current text under a lock,
//! and the file is written atomically.

mod coordination;
pub(crate) mod unsaved;

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use plan_ide::{
    Environment, File,
    operations::{self, Applied, Operation, Refusal},
};

use crate::{disk, files};

/// Maximum number of attempts to apply a change while other programs change the file.
const MAX_ATTEMPTS: usize = 5;
/// Time to wait for another process that changes the same plan.
const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// Result of an edit.
#[derive(Debug)]
pub(crate) struct Edited {
    /// Text before the change.
    pub(crate) before: String,
    /// The file after the change, with its affected items and remarks.
    pub(crate) applied: Applied,
}

impl Edited {
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
    /// Other processes keep changing the file, or hold its lock for too long.
    Busy,
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unsaved => f.write_str("file has unsaved changes in an editor; save it and try again"),
            Self::Failed(why) => f.write_str(why),
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
    text: String,
    environment: &Arc<Environment>,
    operations: &[Operation],
) -> Result<Edited, EditError> {
    let document = plan_syntax::Document::parsed(&text);
    let file = File::with_environment(path, document, Arc::clone(environment));
    Ok(Edited { applied: operations::apply(&file, operations)?, before: text })
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
) -> Result<Edited, EditError> {
    let failed = |error: io::Error| EditError::Failed(disk::description(&error));
    let path: PathBuf = path.canonicalize().map_err(failed)?;
    let key = files::key_of_path(&path);
    let lock = (!dry_run).then(|| coordination::lock(&key, LOCK_TIMEOUT)).transpose();
    let _lock = lock.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => EditError::Busy,
        _ => EditError::Failed(format!("cannot lock the file: {}", disk::description(&error))),
    })?;
    for _ in 0..MAX_ATTEMPTS {
        let is_unsaved = !dry_run && unsaved::is_unsaved(&key);
        let text = files::load(&key, environment).map_err(|error| EditError::Failed(error.to_string()))?;
        let edited = edit_text(&key, text.document().text(), environment, operations)?;
        if dry_run || edited.applied.edits.is_empty() {
            return Ok(edited);
        }
        if is_unsaved || unsaved::is_unsaved(&key) {
            return Err(EditError::Unsaved);
        }
        disk::remove_leftovers(&path);
        match disk::replace(&path, Some(&edited.before), &edited.after()) {
            Ok(()) => return Ok(edited),
            Err(error) if disk::has_changed(&error) => {}
            Err(error) => return Err(failed(error)),
        }
    }
    Err(EditError::Busy)
}
