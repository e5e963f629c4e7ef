//! Files on disk: what they are called, which of them belong to a workspace, what they say.

mod key;
mod walk;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{Disk, Environment, File};
use plan_model::Summary;
use plan_syntax::Document;

pub use self::{
    key::{Roots, key_of_path, key_of_uri},
    walk::{Filter, Stamp, Walked, is_markdown, walk},
};

/// A file may not be longer to be read along with a workspace (bytes). One that is opened may.
pub const LONGEST: u64 = 10 * 1024 * 1024;

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
}

impl Disk for RealDisk {
    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }

    fn summary(&self, path: &str) -> Option<Arc<Summary>> {
        let is_file = is_markdown(Path::new(path)) && Path::new(path).is_file();
        Some(unedited(path, &self.environment).ok().filter(|_| is_file)?.entry().summary)
    }
}
