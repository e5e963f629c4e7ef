//! The workspace, through which a file accesses other files.

mod index;
pub(crate) mod letters;
pub mod path;

use std::sync::Arc;

use plan_model::{Id, Siblings, Summary};

pub(crate) use self::index::is_generic;
pub use self::index::{Entry, Index, document_ids};
use crate::File;

/// Access to other files: the index, and the disk for targets that are not in the index.
#[derive(Clone, Copy)]
pub struct Workspace<'a> {
    /// The Markdown files of the workspace.
    pub index: &'a Index,
    /// Other files and folders.
    pub disk: &'a dyn Disk,
    /// Whether the index covers all files. Missing files are reported only if it does.
    pub is_complete: bool,
}

/// The disk operations that features need. Paths are absolute and use `/`.
pub trait Disk: Sync {
    /// Returns whether a file or folder exists.
    fn exists(&self, path: &str) -> bool;

    /// Returns the summary of a Markdown file that is not in the index, if it exists.
    fn summary(&self, path: &str) -> Option<Arc<Summary>>;

    /// Returns the entries of a folder, sorted by name, except hidden files and folders of tools. Empty if the folder
    /// does not exist.
    fn list(&self, folder: &str) -> Vec<DirEntry> {
        let _ = folder;
        Vec::new()
    }

    /// Returns the size of a file in bytes.
    fn size(&self, path: &str) -> Option<u64> {
        let _ = path;
        None
    }

    /// Returns the URL of a line of a file, 0-based, for links in hovers. `None` if the file has no URL.
    fn url(&self, path: &str, line: usize) -> Option<String> {
        let _ = (path, line);
        None
    }

    /// Returns at most `count` lines of a text file, starting at line `first`, 0-based. `None` if the file must not be
    /// read.
    fn lines(&self, path: &str, first: usize, count: usize) -> Option<String> {
        let _ = (path, first, count);
        None
    }
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirEntry {
    /// Name without its folder.
    pub name: String,
    /// Whether the entry is a folder.
    pub is_folder: bool,
}

/// An empty disk, for documents without a file.
#[derive(Clone, Copy, Debug)]
pub struct NoDisk;

impl Disk for NoDisk {
    fn exists(&self, _: &str) -> bool {
        false
    }

    fn summary(&self, _: &str) -> Option<Arc<Summary>> {
        None
    }
}

impl std::fmt::Debug for Workspace<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Workspace({} files)", self.index.len())
    }
}

impl Workspace<'_> {
    /// Returns whether a path exists.
    pub fn exists(&self, path: &str) -> bool {
        self.index.get(path).is_some() || self.disk.exists(path)
    }

    /// Returns the summary of the Markdown file at a path.
    pub fn summary(&self, path: &str) -> Option<Arc<Summary>> {
        match self.index.get(path) {
            Some(entry) => Some(Arc::clone(&entry.summary)),
            None => self.disk.summary(path),
        }
    }
}

impl Siblings for Workspace<'_> {
    fn find(&self, from: &str, id: &Id) -> Option<String> {
        self.index.find(from, id).map(|path| format!("{path}#{id}"))
    }
}

impl File {
    /// Returns the index entry of the file.
    pub fn entry(&self) -> Entry {
        let kind = self.kind();
        let is_plan = kind == plan_schema::DocumentKind::Plan;
        Entry {
            kind,
            archived: self.is_archived(),
            summary: Arc::new(self.plan().summary(is_plan)),
            family: self.family_facts().cloned(),
        }
    }
}
