//! A workspace: what a file can see of others.

mod index;
pub mod path;

use std::sync::Arc;

use plan_model::{Id, Siblings, Summary};

pub use self::index::{Entry, Index, document_ids};
use crate::File;

/// What a file can see of others: the index, and the disk for targets that are not in it.
#[derive(Clone, Copy)]
pub struct Workspace<'a> {
    /// The Markdown files of the workspace.
    pub index: &'a Index,
    /// Everything else.
    pub disk: &'a dyn Disk,
    /// Whether the index knows all files: until then nobody can say that there is no such thing.
    pub is_complete: bool,
}

/// The disk, as far as features look at it. Paths are absolute, with `/`.
pub trait Disk: Sync {
    /// Whether there is a file or a folder.
    fn exists(&self, path: &str) -> bool;

    /// What others see of a Markdown file that is not in the index, if there is one.
    fn summary(&self, path: &str) -> Option<Arc<Summary>>;

    /// What lies directly in a folder, by name, hidden files and folders of tools left out. Nothing where there is no such
    /// folder.
    fn list(&self, folder: &str) -> Vec<DirEntry> {
        let _ = folder;
        Vec::new()
    }

    /// The length of a file in bytes.
    fn size(&self, path: &str) -> Option<u64> {
        let _ = path;
        None
    }

    /// At most `count` lines of a text file from the line `first` on, 0-based. Nothing of a file that may not be read.
    fn lines(&self, path: &str, first: usize, count: usize) -> Option<String> {
        let _ = (path, first, count);
        None
    }
}

/// A file or a folder in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DirEntry {
    /// Its name without the folder.
    pub name: String,
    /// It is a folder.
    pub is_folder: bool,
}

/// No disk: for texts that lie nowhere.
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
    /// Whether there is something at a path.
    pub fn exists(&self, path: &str) -> bool {
        self.index.get(path).is_some() || self.disk.exists(path)
    }

    /// What others see of the Markdown file at a path.
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
    /// What the index holds of the file.
    pub fn entry(&self) -> Entry {
        let kind = self.kind();
        let is_plan = kind == plan_schema::Kind::Plan;
        Entry { kind, summary: Arc::new(self.plan().summary(is_plan)) }
    }
}
