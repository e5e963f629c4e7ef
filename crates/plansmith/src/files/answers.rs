//! What findings depend on outside of the index: the answers of the disk, recorded while a file is analyzed.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use plan_ide::{DirEntry, Disk, Environment};
use plan_model::Summary;

use super::{FileStamp, RealDisk, is_markdown};
use crate::state_cell::StateCell;

/// The answers that the disk gave about paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskAnswers {
    /// Whether the path existed.
    existence: BTreeMap<String, bool>,
    /// Which state of the Markdown file was read, `None` if the path was not a file.
    content: BTreeMap<String, Option<FileStamp>>,
}

impl DiskAnswers {
    /// Whether both have an answer about the same path, and not the same one: the disk has changed between them.
    pub fn contradict(&self, other: &Self) -> bool {
        differ(&self.existence, &other.existence) || differ(&self.content, &other.content)
    }

    /// Returns the paths, some of them twice.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.existence.keys().chain(self.content.keys()).map(String::as_str)
    }
}

/// Whether two maps have different values for a key.
fn differ<T: PartialEq>(some: &BTreeMap<String, T>, others: &BTreeMap<String, T>) -> bool {
    some.iter().any(|(path, answer)| others.get(path).is_some_and(|other| other != answer))
}

/// The real disk, which records what it answers.
#[derive(Debug)]
pub struct RecordingDisk {
    disk: RealDisk,
    answers: StateCell<DiskAnswers>,
}

impl RecordingDisk {
    /// Returns a disk whose files are read with `environment`.
    pub fn new(environment: Arc<Environment>) -> Self {
        Self { disk: RealDisk::new(environment), answers: StateCell::default() }
    }

    /// Returns the answers so far.
    pub fn into_answers(self) -> DiskAnswers {
        self.answers.take()
    }
}

impl Disk for RecordingDisk {
    fn exists(&self, path: &str) -> bool {
        let exists = self.disk.exists(path);
        self.answers.with(|answers| answers.existence.insert(path.to_owned(), exists));
        exists
    }

    fn summary(&self, path: &str) -> Option<Arc<Summary>> {
        if !is_markdown(Path::new(path)) {
            return None;
        }
        // Before the file is read: a change in between is noticed by the next check.
        let stamp = FileStamp::of(Path::new(path));
        self.answers.with(|answers| answers.content.insert(path.to_owned(), stamp));
        self.disk.summary(path)
    }

    fn list(&self, folder: &str) -> Vec<DirEntry> {
        self.disk.list(folder)
    }

    fn size(&self, path: &str) -> Option<u64> {
        self.disk.size(path)
    }

    fn lines(&self, path: &str, first: usize, count: usize) -> Option<String> {
        self.disk.lines(path, first, count)
    }
}

/// Compares recorded answers with the disk as it is now, and looks at each path only once.
#[derive(Debug, Default)]
pub struct Probe {
    existence: HashMap<String, bool>,
    content: HashMap<String, Option<FileStamp>>,
}

impl Probe {
    /// Whether the disk would still answer the same.
    pub fn agrees(&mut self, answers: &DiskAnswers) -> bool {
        let mut exists = |path: &String| match self.existence.get(path) {
            Some(known) => *known,
            None => *self.existence.entry(path.clone()).or_insert_with(|| Path::new(path).exists()),
        };
        let mut stamp = |path: &String| match self.content.get(path) {
            Some(known) => *known,
            None => *self.content.entry(path.clone()).or_insert_with(|| FileStamp::of(Path::new(path))),
        };
        answers.existence.iter().all(|(path, answer)| exists(path) == *answer)
            && answers.content.iter().all(|(path, answer)| stamp(path) == *answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_change_with_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let root = super::super::key_of_path(folder.path());
        let environment = Environment { roots: vec![root.clone()], ..Environment::default() };
        let (picture, text) = (format!("{root}/a.png"), format!("{root}/b.md"));
        let ask = || {
            let disk = RecordingDisk::new(Arc::new(environment.clone()));
            let seen =
                (disk.exists(&picture), disk.summary(&text).is_some(), disk.summary(&picture).is_some());
            (seen, disk.into_answers())
        };
        let (seen, nothing) = ask();
        assert_eq!(seen, (false, false, false));
        assert!(Probe::default().agrees(&nothing));
        assert_eq!(nothing.paths().collect::<Vec<_>>(), [&*picture, &*text]);
        std::fs::create_dir(&picture).unwrap();
        assert!(!Probe::default().agrees(&nothing));
        let (_, folder_there) = ask();
        assert!(Probe::default().agrees(&folder_there));
        assert!(nothing.contradict(&folder_there) && !nothing.contradict(&nothing));
        assert!(!DiskAnswers::default().contradict(&folder_there), "they are about no path in common");
        std::fs::write(&text, "# B\n").unwrap();
        assert!(!Probe::default().agrees(&folder_there));
        let (seen, all) = ask();
        assert_eq!(seen, (true, true, false));
        std::fs::write(&text, "# Other\n").unwrap();
        assert!(!Probe::default().agrees(&all));
        assert!(all.contradict(&ask().1) && all.contradict(&folder_there));
    }
}
