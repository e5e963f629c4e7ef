//! On which answers of the disk the findings of each file depend, so that they are found again when the answers change.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::files::{DiskAnswers, Probe};

/// The answers by file. No event has to name the right path: a check compares every recorded answer with the disk, so a
/// change counts whether the path itself, a folder above it or the target of a symbolic link has changed.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// Orders analyses and checks.
    clock: AtomicU64,
    recorded: Mutex<Recorded>,
}

#[derive(Debug, Default)]
struct Recorded {
    /// The time of the last check.
    checked: u64,
    /// By the key of the file: the time of the analysis, and what it asked.
    files: HashMap<Arc<str>, (u64, Arc<DiskAnswers>)>,
}

impl Dependencies {
    /// Returns the time at which an analysis starts. It is taken together with the snapshot that is analyzed.
    pub(super) fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::AcqRel) + 1
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records the answers that an analysis depends on, unless a later one has been recorded. Returns false if the disk
    /// was checked while the analysis ran: then it has to be checked again.
    pub(super) fn record(&self, key: &str, started: u64, answers: DiskAnswers) -> bool {
        let mut recorded = self.recorded();
        if recorded.files.get(key).is_none_or(|(known, _)| *known <= started) {
            recorded.files.insert(key.into(), (started, Arc::new(answers)));
        }
        started > recorded.checked
    }

    /// Returns the files whose findings depend on an answer that is no longer true, and forgets their answers, as well
    /// as those of files that are not `kept`. Reads the disk.
    pub(super) fn outdated(&self, kept: impl Fn(&str) -> bool) -> BTreeSet<Arc<str>> {
        let files: Vec<(Arc<str>, u64, Arc<DiskAnswers>)> = {
            let mut recorded = self.recorded();
            recorded.checked = self.now();
            recorded.files.retain(|key, _| kept(key));
            let all = recorded.files.iter();
            all.map(|(key, (started, answers))| (Arc::clone(key), *started, Arc::clone(answers))).collect()
        };
        let mut probe = Probe::default();
        let outdated: Vec<_> = files.into_iter().filter(|(.., answers)| !probe.agrees(answers)).collect();
        let mut recorded = self.recorded();
        for (key, started, _) in &outdated {
            if recorded.files.get(key).is_some_and(|(known, _)| known == started) {
                recorded.files.remove(key);
            }
        }
        outdated.into_iter().map(|(key, ..)| key).collect()
    }

    /// Returns the paths that were asked about.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let recorded = self.recorded();
        recorded.files.values().flat_map(|(_, answers)| answers.paths().map(str::to_owned)).collect()
    }
}

#[cfg(test)]
mod tests {
    use plan_ide::Disk;

    use super::*;
    use crate::files::RecordingDisk;

    #[test]
    fn files_are_outdated_when_an_answer_changes() {
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("a.png").to_string_lossy().into_owned();
        let asked = || {
            let disk = RecordingDisk::new(Arc::default());
            disk.exists(&picture);
            disk.into_answers()
        };
        let dependencies = Dependencies::default();
        let outdated = |kept: bool| dependencies.outdated(|_| kept).len();
        assert_eq!(outdated(true), 0);
        let (earlier, later) = (dependencies.now(), dependencies.now());
        assert!(dependencies.record("x.md", later, asked()));
        assert_eq!(dependencies.paths().len(), 1);
        std::fs::write(&picture, "").unwrap();
        assert!(dependencies.record("x.md", earlier, asked()), "an older analysis replaces nothing");
        assert_eq!((outdated(true), outdated(true)), (1, 0), "it is reported once");
        // The disk was checked while the file was analyzed.
        assert!(!dependencies.record("x.md", later, asked()));
        std::fs::remove_file(&picture).unwrap();
        assert_eq!((outdated(false), dependencies.paths().len()), (0, 0));
    }
}
