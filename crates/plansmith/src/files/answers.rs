//! Results of file system queries that findings depend on, called disk answers. They are recorded while a file is
//! analyzed.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use plan_ide::{DirEntry, Disk, Environment};
use plan_model::Summary;

use super::{FileStamp, RealDisk, is_markdown};
use crate::state_cell::StateCell;

/// Results of file system queries, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskQueryResults {
    /// Whether each path existed.
    existence: BTreeMap<String, bool>,
    /// Stamp of each Markdown file that was read; `None` if the path was not a file.
    content: BTreeMap<String, Option<FileStamp>>,
}

impl DiskQueryResults {
    /// Returns whether both values contain different answers about the same path. If so, the disk has changed in
    /// between.
    pub fn contradict(&self, other: &Self) -> bool {
        differ(&self.existence, &other.existence) || differ(&self.content, &other.content)
    }

    /// Returns the paths, possibly with duplicates.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.existence.keys().chain(self.content.keys()).map(String::as_str)
    }
}

/// Returns whether two maps have different values for a key.
fn differ<T: PartialEq>(some: &BTreeMap<String, T>, others: &BTreeMap<String, T>) -> bool {
    some.iter().any(|(path, answer)| others.get(path).is_some_and(|other| other != answer))
}

/// The file system, with its answers recorded.
#[derive(Debug)]
pub struct RecordingDisk {
    disk: RealDisk,
    answers: StateCell<DiskQueryResults>,
}

impl RecordingDisk {
    /// Returns the file system; its files are parsed with `environment`.
    pub fn new(environment: Arc<Environment>) -> Self {
        Self { disk: RealDisk::new(environment), answers: StateCell::default() }
    }

    /// Returns the recorded answers.
    pub fn into_answers(self) -> DiskQueryResults {
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
        // The stamp is taken before reading, so that the next check detects a change in between.
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

    fn url(&self, path: &str, line: usize) -> Option<String> {
        self.disk.url(path, line)
    }

    fn lines(&self, path: &str, first: usize, count: usize) -> Option<String> {
        let stamp = FileStamp::of(Path::new(path));
        self.answers.with(|answers| answers.content.insert(path.to_owned(), stamp));
        self.disk.lines(path, first, count)
    }
}

/// Compares recorded answers with the current disk, reading each path only once.
#[derive(Debug, Default)]
pub struct Probe {
    existence: HashMap<String, bool>,
    content: HashMap<String, Option<FileStamp>>,
}

impl Probe {
    /// Returns whether the disk still gives the recorded answers.
    pub fn agrees(&mut self, answers: &DiskQueryResults) -> bool {
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
        let (image, text) = (format!("{root}/a.png"), format!("{root}/b.md"));
        let ask = || {
            let disk = RecordingDisk::new(Arc::new(environment.clone()));
            let seen = (disk.exists(&image), disk.summary(&text).is_some(), disk.summary(&image).is_some());
            (seen, disk.into_answers())
        };
        let (seen, empty) = ask();
        assert_eq!(seen, (false, false, false));
        assert!(Probe::default().agrees(&empty));
        assert_eq!(empty.paths().collect::<Vec<_>>(), [&*image, &*text]);
        std::fs::create_dir(&image).unwrap();
        assert!(!Probe::default().agrees(&empty));
        let (_, with_folder) = ask();
        assert!(Probe::default().agrees(&with_folder));
        assert!(empty.contradict(&with_folder) && !empty.contradict(&empty));
        assert!(!DiskQueryResults::default().contradict(&with_folder), "they have no path in common");
        std::fs::write(&text, "# B\n").unwrap();
        assert!(!Probe::default().agrees(&with_folder));
        let (seen, all) = ask();
        assert_eq!(seen, (true, true, false));
        std::fs::write(&text, "# Other\n").unwrap();
        assert!(!Probe::default().agrees(&all));
        assert!(all.contradict(&ask().1) && all.contradict(&with_folder));
    }
}
