//! Files on disk: keys, workspace membership, content.

mod answers;
mod key;
mod walk;

use std::{
    fmt,
    io::Read,
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{DirEntry, Disk, Environment, File, workspace::path};
use plan_model::Summary;
use plan_syntax::Document;

use crate::fault_injection;

pub use self::{
    answers::{DiskQueryResults, Probe, RecordingDisk},
    key::{Roots, key_of_path, key_of_uri},
    walk::{
        FileStamp, Filter, SETTINGS_FILE_NAME, WalkProblem, WalkResult, is_in_skipped_folder, is_markdown,
        walk, walk_isolated,
    },
};

/// Maximum size of files that are read, in bytes.
pub const MAX_FILE_BYTES: u64 = plan_ide::MAX_DOCUMENT_BYTES as u64;

/// Maximum number of entries listed per folder.
const MAX_DIR_ENTRIES: usize = 2_000;

/// Folders with generated files, which are not listed.
const GENERATED_FOLDERS: [&str; 3] = ["node_modules", "target", "__pycache__"];

/// Reads a text file. The error message does not contain the path.
///
/// # Errors
/// Returns an error if the file cannot be read, is not UTF-8, or is larger than [`MAX_FILE_BYTES`].
pub fn read(path: &Path) -> Result<String, String> {
    let file = std::fs::File::open(path).map_err(|error| crate::disk::description(&error))?;
    read_from(file)
}

/// Like [`read`], for files with a fixed path, such as settings. Reads only regular files, because reading a pipe could
/// block forever.
///
/// # Errors
/// As [`read`], and if the path is not a regular file.
pub fn read_regular(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| crate::disk::description(&error))?;
    if metadata.is_file() { read(path) } else { Err("not a regular file".to_owned()) }
}

/// Reads text to its end, at most [`MAX_FILE_BYTES`]: a device may never end.
///
/// # Errors
/// Returns an error if reading fails, or the text is not UTF-8 or too long.
pub fn read_from(source: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    source
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| crate::disk::description(&error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(LoadError::TooLarge.to_string());
    }
    decode(bytes)
}

/// Decodes UTF-8.
///
/// # Errors
/// Returns an error if the bytes are not UTF-8.
pub fn decode(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
        let hint = if utf16 { "; the file looks like UTF-16" } else { "" };
        format!("invalid UTF-8 at byte {offset}{hint}")
    })
}

/// Reason why a file was not loaded. The message does not contain the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The file is larger than [`MAX_FILE_BYTES`].
    TooLarge,
    /// The file cannot be read, or is not UTF-8.
    Unreadable(String),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "file is larger than {} MiB", MAX_FILE_BYTES / 1024 / 1024),
            Self::Unreadable(why) => f.write_str(why),
        }
    }
}

impl From<LoadError> for String {
    fn from(error: LoadError) -> Self {
        error.to_string()
    }
}

/// Reads and parses a file from disk. The error message does not contain the path.
///
/// # Errors
/// Returns an error if the file cannot be read, is not UTF-8, or is larger than [`MAX_FILE_BYTES`].
pub fn load(path: &str, environment: &Arc<Environment>) -> Result<File, LoadError> {
    let on_disk = PathBuf::from(path);
    if std::fs::metadata(&on_disk).is_ok_and(|metadata| metadata.len() > MAX_FILE_BYTES) {
        return Err(LoadError::TooLarge);
    }
    let text = read(&on_disk).map_err(LoadError::Unreadable)?;
    fault_injection::panic_on(|| text.clone());
    Ok(File::with_environment(path, Document::parsed(&text), Arc::clone(environment)))
}

/// The file system.
#[derive(Debug)]
pub struct RealDisk {
    environment: Arc<Environment>,
}

impl RealDisk {
    /// Returns the file system; its files are parsed with `environment`.
    pub fn new(environment: Arc<Environment>) -> Self {
        Self { environment }
    }

    /// Returns whether a file that a document refers to may be read: whether it is in the workspace folders after
    /// resolving symbolic links. Documents must not be able to disclose other files.
    fn may_read(&self, path: &str) -> bool {
        let Ok(path) = std::fs::canonicalize(path) else { return false };
        let key = key_of_path(&path);
        self.environment.roots.iter().any(|root| key == *root || path::is_in(&key, root))
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
        Some(load(path, &self.environment).ok()?.entry().summary)
    }

    fn list(&self, folder: &str) -> Vec<DirEntry> {
        // Without workspace folders, a single file is being edited, and its sibling files are listed.
        if !self.environment.roots.is_empty() && !self.may_read(folder) {
            return Vec::new();
        }
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_DIR_ENTRIES);
        let mut found: Vec<DirEntry> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let is_shown = !name.starts_with('.') && !GENERATED_FOLDERS.contains(&name.as_str());
                // `is_dir` follows symbolic links.
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

    fn url(&self, path: &str, line: usize) -> Option<String> {
        let mut url = tower_lsp::lsp_types::Url::from_file_path(path).ok()?;
        url.set_fragment(Some(&format!("L{}", line + 1)));
        Some(url.into())
    }

    fn lines(&self, path: &str, first: usize, count: usize) -> Option<String> {
        if self.size(path).is_none_or(|size| size > MAX_FILE_BYTES) || !self.may_read(path) {
            return None;
        }
        let lines: Vec<String> =
            read(Path::new(path)).ok()?.lines().skip(first).take(count).map(str::to_owned).collect();
        Some(lines.join("\n"))
    }
}
