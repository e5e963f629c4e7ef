//! On which answers of the disk the findings of each document depend, so that they are found again when the answers change.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tower_lsp::lsp_types::Url;

use crate::{
    files::{DiskAnswers, Probe},
    state_cell::StateCell,
};

/// The answers by document. No event has to name the right path: a check compares every recorded answer with the disk, so a
/// change counts whether the path itself, a folder above it or the target of a symbolic link has changed.
#[derive(Debug, Default)]
pub(super) struct Dependencies {
    /// Orders analyses and checks.
    clock: AtomicU64,
    recorded: StateCell<Recorded>,
}

#[derive(Debug, Default)]
struct Recorded {
    /// The time of the last check.
    checked: u64,
    /// By URI: the buffers of one file have different texts, which depend on different answers.
    analyses: HashMap<Url, Analysis>,
}

/// The last analysis of a document whose findings were reported.
#[derive(Clone, Debug)]
struct Analysis {
    /// The key of the file.
    key: Arc<str>,
    started: u64,
    answers: Arc<DiskAnswers>,
    /// Other findings of the document were reported with other answers of the disk.
    is_contradicted: bool,
}

impl Dependencies {
    /// Returns the time at which an analysis starts. It is taken together with the snapshot that is analyzed, under the
    /// same lock.
    pub(super) fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Records the answers on which reported findings depend, unless those of a later analysis have been recorded. Returns
    /// false if the disk has to be checked: it was checked while the analysis ran, or it has changed since the analysis
    /// that was recorded before, whose findings may still be shown or cached.
    pub(super) fn record(&self, uri: &Url, key: &str, started: u64, answers: DiskAnswers) -> bool {
        let mut analysis =
            Analysis { key: key.into(), started, answers: Arc::new(answers), is_contradicted: false };
        self.recorded.with(|recorded| {
            if let Some(known) = recorded.analyses.remove(uri) {
                let is_contradicted = known.is_contradicted || known.answers.contradict(&analysis.answers);
                if known.started > started {
                    analysis = known;
                }
                analysis.is_contradicted = is_contradicted;
            }
            let is_current = started > recorded.checked && !analysis.is_contradicted;
            recorded.analyses.insert(uri.clone(), analysis);
            is_current
        })
    }

    /// Returns the keys of the files whose findings depend on an answer that is no longer true, and forgets their answers,
    /// as well as those of documents that are not `kept`. Reads the disk.
    pub(super) fn outdated(&self, kept: impl Fn(&Url, &str) -> bool) -> BTreeSet<Arc<str>> {
        let analyses: Vec<(Url, Analysis)> = self.recorded.with(|recorded| {
            recorded.checked = self.now();
            recorded.analyses.retain(|uri, analysis| kept(uri, &analysis.key));
            recorded.analyses.iter().map(|(uri, analysis)| (uri.clone(), analysis.clone())).collect()
        });
        let mut probe = Probe::default();
        let mut outdated = analyses;
        outdated.retain(|(_, analysis)| analysis.is_contradicted || !probe.agrees(&analysis.answers));
        self.recorded.with(|recorded| {
            for (uri, analysis) in &outdated {
                if recorded.analyses.get(uri).is_some_and(|known| known.started == analysis.started) {
                    recorded.analyses.remove(uri);
                }
            }
        });
        outdated.into_iter().map(|(_, analysis)| analysis.key).collect()
    }

    /// Returns the paths that were asked about.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let answers: Vec<Arc<DiskAnswers>> = self.recorded.with(|recorded| {
            recorded.analyses.values().map(|analysis| Arc::clone(&analysis.answers)).collect()
        });
        answers.iter().flat_map(|answers| answers.paths()).map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use plan_ide::Disk;

    use super::*;
    use crate::files::RecordingDisk;

    /// An image, and the document that links to it, in a folder that exists while this does.
    struct Linked {
        _folder: tempfile::TempDir,
        picture: String,
        uri: Url,
        dependencies: Dependencies,
    }

    impl Linked {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let picture = folder.path().join("a.png").to_string_lossy().into_owned();
            let uri = Url::from_file_path(folder.path().join("x.md")).unwrap();
            Self { _folder: folder, picture, uri, dependencies: Dependencies::default() }
        }

        fn asked(&self) -> DiskAnswers {
            let disk = RecordingDisk::new(Arc::default());
            disk.exists(&self.picture);
            disk.into_answers()
        }

        fn record(&self, started: u64) -> bool {
            self.dependencies.record(&self.uri, "x.md", started, self.asked())
        }

        fn outdated(&self, kept: bool) -> usize {
            self.dependencies.outdated(|_, _| kept).len()
        }
    }

    #[test]
    fn files_are_outdated_when_an_answer_changes() {
        let linked = Linked::new();
        let dependencies = &linked.dependencies;
        assert_eq!(linked.outdated(true), 0);
        let first = dependencies.now();
        assert!(linked.record(first));
        assert_eq!((dependencies.paths().len(), linked.outdated(true)), (1, 0));
        std::fs::write(&linked.picture, "").unwrap();
        assert_eq!((linked.outdated(true), linked.outdated(true)), (1, 0), "it is reported once");
        // The disk was checked while the file was analyzed.
        assert!(!linked.record(first));
        std::fs::remove_file(&linked.picture).unwrap();
        assert_eq!((linked.outdated(false), dependencies.paths().len()), (0, 0));
    }

    #[test]
    fn an_analysis_does_not_hide_that_earlier_findings_are_outdated() {
        let linked = Linked::new();
        let (earlier, later) = (linked.dependencies.now(), linked.dependencies.now());
        assert!(linked.record(earlier));
        std::fs::write(&linked.picture, "").unwrap();
        assert!(!linked.record(later), "the disk has to be checked");
        assert_eq!(linked.outdated(true), 1);
        // In the other order of reports as well.
        let (earlier, later) = (linked.dependencies.now(), linked.dependencies.now());
        let before = linked.asked();
        std::fs::remove_file(&linked.picture).unwrap();
        assert!(linked.record(later));
        assert!(!linked.dependencies.record(&linked.uri, "x.md", earlier, before));
        assert_eq!((linked.outdated(true), linked.outdated(true)), (1, 0));
    }

    #[test]
    fn each_buffer_of_a_file_has_its_own_answers() {
        let linked = Linked::new();
        let other = Url::parse("file:///other.md").unwrap();
        assert!(linked.record(linked.dependencies.now()));
        let nothing = DiskAnswers::default();
        assert!(linked.dependencies.record(&other, "x.md", linked.dependencies.now(), nothing));
        std::fs::write(&linked.picture, "").unwrap();
        assert_eq!(linked.outdated(true), 1);
    }
}
