//! Tracks the disk answers that the findings of each document depend on. When an answer changes, the findings are
//! recomputed.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tower_lsp::lsp_types::Url;

use crate::{
    files::{DiskQueryResults, Probe},
    state_cell::StateCell,
};

/// Disk answers by document. A check compares every recorded answer with the disk. It therefore detects changes of the
/// path itself, of a parent folder and of the target of a symbolic link, regardless of the reported path.
#[derive(Debug, Default)]
pub(super) struct DiskDependencies {
    /// Logical clock that orders analyses and checks.
    clock: AtomicU64,
    recorded: StateCell<RecordedAnalyses>,
}

#[derive(Debug, Default)]
struct RecordedAnalyses {
    /// Time of the last check.
    checked: u64,
    /// Last analyses by URI: buffers of one file have different texts, which depend on different answers.
    analyses: HashMap<Url, Analysis>,
}

/// The last analysis of a document whose findings were reported.
#[derive(Clone, Debug)]
struct Analysis {
    /// Key of the file.
    key: Arc<str>,
    started: u64,
    answers: Arc<DiskQueryResults>,
    /// Whether two reported analyses of the document got different answers about the same path.
    is_contradicted: bool,
}

impl DiskDependencies {
    /// Returns the start time of an analysis. It must be taken under the same lock as the analyzed snapshot.
    pub(super) fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Records the answers that reported findings depend on, unless those of a later analysis have been recorded. Returns
    /// `false` if the disk has to be checked: it was checked during the analysis, or it has changed since the previously
    /// recorded analysis, whose findings may still be shown or cached.
    pub(super) fn record(&self, uri: &Url, key: &str, started: u64, answers: DiskQueryResults) -> bool {
        let mut analysis =
            Analysis { key: key.into(), started, answers: Arc::new(answers), is_contradicted: false };
        self.recorded.with(|recorded| {
            if let Some(previous) = recorded.analyses.remove(uri) {
                let is_contradicted =
                    previous.is_contradicted || previous.answers.contradict(&analysis.answers);
                if previous.started > started {
                    analysis = previous;
                }
                analysis.is_contradicted = is_contradicted;
            }
            let is_current = started > recorded.checked && !analysis.is_contradicted;
            recorded.analyses.insert(uri.clone(), analysis);
            is_current
        })
    }

    /// Returns the keys of the files whose findings depend on an outdated answer. Removes the answers of these files, and of
    /// documents for which `keep` returns false. Reads the disk.
    pub(super) fn outdated_files(&self, keep: impl Fn(&Url, &str) -> bool) -> BTreeSet<Arc<str>> {
        let analyses: Vec<(Url, Analysis)> = self.recorded.with(|recorded| {
            recorded.checked = self.now();
            recorded.analyses.retain(|uri, analysis| keep(uri, &analysis.key));
            recorded.analyses.iter().map(|(uri, analysis)| (uri.clone(), analysis.clone())).collect()
        });
        let mut probe = Probe::default();
        let mut outdated = analyses;
        outdated.retain(|(_, analysis)| analysis.is_contradicted || !probe.agrees(&analysis.answers));
        self.recorded.with(|recorded| {
            for (uri, analysis) in &outdated {
                if recorded.analyses.get(uri).is_some_and(|current| current.started == analysis.started) {
                    recorded.analyses.remove(uri);
                }
            }
        });
        outdated.into_iter().map(|(_, analysis)| analysis.key).collect()
    }

    /// Returns the paths of the recorded answers.
    pub(super) fn paths(&self) -> BTreeSet<String> {
        let answers: Vec<Arc<DiskQueryResults>> = self.recorded.with(|recorded| {
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

    /// An image and a document that links to it, in a temporary folder.
    struct LinkedImage {
        _folder: tempfile::TempDir,
        image: String,
        uri: Url,
        dependencies: DiskDependencies,
    }

    impl LinkedImage {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let image = folder.path().join("a.png").to_string_lossy().into_owned();
            let uri = Url::from_file_path(folder.path().join("x.md")).unwrap();
            Self { _folder: folder, image, uri, dependencies: DiskDependencies::default() }
        }

        fn disk_answers(&self) -> DiskQueryResults {
            let disk = RecordingDisk::new(Arc::default());
            disk.exists(&self.image);
            disk.into_answers()
        }

        fn record(&self, started: u64) -> bool {
            self.dependencies.record(&self.uri, "x.md", started, self.disk_answers())
        }

        fn outdated_files(&self, keep: bool) -> usize {
            self.dependencies.outdated_files(|_, _| keep).len()
        }
    }

    #[test]
    fn files_are_outdated_when_an_answer_changes() {
        let linked = LinkedImage::new();
        let dependencies = &linked.dependencies;
        assert_eq!(linked.outdated_files(true), 0);
        let first = dependencies.now();
        assert!(linked.record(first));
        assert_eq!((dependencies.paths().len(), linked.outdated_files(true)), (1, 0));
        std::fs::write(&linked.image, "").unwrap();
        assert_eq!((linked.outdated_files(true), linked.outdated_files(true)), (1, 0), "it is reported once");
        // The disk was checked while the file was analyzed.
        assert!(!linked.record(first));
        std::fs::remove_file(&linked.image).unwrap();
        assert_eq!((linked.outdated_files(false), dependencies.paths().len()), (0, 0));
    }

    #[test]
    fn an_analysis_does_not_hide_that_earlier_findings_are_outdated() {
        let linked = LinkedImage::new();
        let (earlier, later) = (linked.dependencies.now(), linked.dependencies.now());
        assert!(linked.record(earlier));
        std::fs::write(&linked.image, "").unwrap();
        assert!(!linked.record(later), "the disk has to be checked");
        assert_eq!(linked.outdated_files(true), 1);
        // The result is the same if the later analysis is recorded first.
        let (earlier, later) = (linked.dependencies.now(), linked.dependencies.now());
        let before = linked.disk_answers();
        std::fs::remove_file(&linked.image).unwrap();
        assert!(linked.record(later));
        assert!(!linked.dependencies.record(&linked.uri, "x.md", earlier, before));
        assert_eq!((linked.outdated_files(true), linked.outdated_files(true)), (1, 0));
    }

    #[test]
    fn each_buffer_of_a_file_has_its_own_answers() {
        let linked = LinkedImage::new();
        let other = Url::parse("file:///other.md").unwrap();
        assert!(linked.record(linked.dependencies.now()));
        let empty = DiskQueryResults::default();
        assert!(linked.dependencies.record(&other, "x.md", linked.dependencies.now(), empty));
        std::fs::write(&linked.image, "").unwrap();
        assert_eq!(linked.outdated_files(true), 1);
    }
}
