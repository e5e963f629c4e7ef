//! Files on disk: what they are called, which of them belong to a workspace, what they say.

mod answers;
mod key;
mod walk;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{DirEntry, Disk, Environment, File, workspace::path};
use plan_model::Summary;
use plan_syntax::Document;

use crate::trial;

pub use self::{
    answers::{DiskAnswers, Probe, RecordingDisk},
    key::{Roots, key_of_path, key_of_uri},
    walk::{Filter, Stamp, Walked, is_markdown, is_never_entered, walk},
};

/// A file may not be longer to be read (bytes).
pub const LONGEST: u64 = plan_ide::LONGEST as u64;

/// Of a folder at most so many entries are listed.
const LISTED: usize = 2_000;

/// Folders that hold what tools have made.
const OF_TOOLS: [&str; 3] = ["node_modules", "target", "__pycache__"];

/// Reads a text. The error says what is wrong and what to do, without the path.
///
/// # Errors
/// When the file cannot be read, or is not in UTF-8.
pub fn read(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    decode(bytes)
}

/// The text that bytes are.
///
/// # Errors
/// When they are not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
        let hint = if utf16 { "it looks like UTF-16: save it as UTF-8" } else { "save it as UTF-8" };
        format!("is not UTF-8 (byte {at}); {hint}")
    })
}

/// A file that is read and not edited.
///
/// # Errors
/// As [`read`], and for one that is too long.
pub fn unedited(path: &str, environment: &Arc<Environment>) -> Result<File, String> {
    let on_disk = PathBuf::from(path);
    if std::fs::metadata(&on_disk).is_ok_and(|metadata| metadata.len() > LONGEST) {
        return Err(format!("is longer than {} MiB and not read along", LONGEST / 1024 / 1024));
    }
    let text = read(&on_disk)?;
    trial::panic_over(|| text.clone());
    Ok(File::within(path, Document::unedited(&text), Arc::clone(environment)))
}

/// The disk as it is.
#[derive(Debug)]
pub struct RealDisk {
    environment: Arc<Environment>,
}

impl RealDisk {
    /// The disk, whose files are read with this.
    pub fn new(environment: Arc<Environment>) -> Self {
        Self { environment }
    }

    /// Whether a file may be read because a document names it: whoever wrote the document does not choose what is read
    /// outside of the folders that someone works in, nor by a link that leads out of them.
    fn may_read(&self, path: &str) -> bool {
        let Ok(path) = std::fs::canonicalize(path) else { return false };
        let key = key_of_path(&path);
        self.environment.roots.iter().any(|root| path::is_in(&key, root))
    }
}

impl Disk for RealDisk {
    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }

    fn summary(&self, path: &str) -> Option<Arc<Summary>> {
        let is_file = is_markdown(Path::new(path)) && Path::new(path).is_file();
        if !is_file || !self.may_read(path) {
            return None;
        }
        Some(unedited(path, &self.environment).ok()?.entry().summary)
    }

    fn list(&self, folder: &str) -> Vec<DirEntry> {
        // Without open folders someone edits a single file, and may be told what lies beside it.
        if !self.environment.roots.is_empty() && !self.may_read(folder) {
            return Vec::new();
        }
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(LISTED);
        let mut found: Vec<DirEntry> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let is_shown = !name.starts_with('.') && !OF_TOOLS.contains(&name.as_str());
                // A link counts as what it leads to.
                let is_folder = is_shown && entry.path().is_dir();
                is_shown.then_some(DirEntry { name, is_folder })
            })
            .collect();
        found.sort();
        found
    }

    fn size(&self, path: &str) -> Option<u64> {
        std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|metadata| metadata.len())
    }

    fn lines(&self, path: &str, first: usize, count: usize) -> Option<String> {
        if self.size(path).is_none_or(|size| size > LONGEST) || !self.may_read(path) {
            return None;
        }
        let lines: Vec<String> =
            read(Path::new(path)).ok()?.lines().skip(first).take(count).map(str::to_owned).collect();
        Some(lines.join("\n"))
    }
}
