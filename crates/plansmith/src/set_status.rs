//! Document sets in the status report.

use std::collections::HashMap;

use plan_ide::{
    Index,
    sets::{Coverage, DocumentSet},
};
use plan_model::Progress;
use plan_schema::family::Families;
use serde::Serialize;

use crate::coverage_report::{SetCoverage, shown_path};

/// A document set with its progress and coverage.
#[derive(Debug, Serialize)]
pub(crate) struct DocumentSetStatus {
    /// Folder of the set, or name of the project with the key of the set.
    pub(crate) path: String,
    /// Name of the family.
    pub(crate) family: String,
    /// Paths of the documents.
    pub(crate) documents: Vec<String>,
    /// Number of counted tasks that are done.
    pub(crate) done: usize,
    /// Number of counted tasks.
    pub(crate) total: usize,
    /// Number of requirements that tasks refer to; `None` if the set has no requirements that tasks must refer to.
    pub(crate) referenced: Option<usize>,
    /// Number of requirements that tasks must refer to.
    pub(crate) requirements: usize,
    #[serde(skip)]
    pub(crate) coverage: Option<SetCoverage>,
}

/// The document sets of some files.
#[derive(Debug, Default)]
pub(crate) struct DocumentSetReport {
    pub(crate) sets: Vec<DocumentSetStatus>,
    /// Indices of the document sets by the keys of their own documents.
    by_document: HashMap<String, usize>,
}

impl DocumentSetReport {
    /// Returns the document sets that are not archived and have an own document for which `is_asked` returns true.
    /// `here` is the working directory.
    pub(crate) fn new(
        index: &Index,
        families: &Families,
        here: &str,
        is_asked: impl Fn(&str) -> bool,
    ) -> Self {
        let mut report = Self::default();
        for set in DocumentSet::all(index, families) {
            let own: Vec<_> = set.documents.iter().filter(|document| !document.shared).collect();
            if set.archived || !own.iter().any(|document| is_asked(&document.path)) {
                continue;
            }
            let coverage = Coverage::of(&set);
            let is_project = set.name == set.project;
            // Projects without requirements of their own are not sets, and single documents are listed as plans.
            if is_project && coverage.requirements.is_empty() || !is_project && own.len() < 2 {
                continue;
            }
            let Progress { done, total } = set.progress();
            let (referenced, requirements) = coverage.counted_requirements();
            if !is_project {
                let number = report.sets.len();
                report.by_document.extend(own.iter().map(|document| (document.path.to_string(), number)));
            }
            report.sets.push(DocumentSetStatus {
                path: shown_path(&set.name, here),
                family: set.family.name.clone(),
                documents: own.iter().map(|document| shown_path(&document.path, here)).collect(),
                done,
                total,
                referenced: (requirements > 0).then_some(referenced),
                requirements,
                coverage: (requirements > 0).then(|| SetCoverage::new(&set, &coverage, here, false)),
            });
        }
        report
    }

    /// Returns the index of the document set of a file, given by its key.
    pub(crate) fn set_of(&self, key: &str) -> Option<usize> {
        self.by_document.get(key).copied()
    }
}

impl DocumentSetStatus {
    /// Returns the progress in words: `7 of 17 tasks done, 9 of 11 requirements referenced`.
    pub(crate) fn summary(&self) -> String {
        let tasks = match self.total {
            0 => "no tasks".to_owned(),
            1 => format!("{} of 1 task done", self.done),
            total => format!("{} of {total} tasks done", self.done),
        };
        match self.referenced {
            Some(referenced) => {
                let requirements = crate::wording::count(self.requirements, "requirement");
                format!("{tasks}, {referenced} of {requirements} referenced")
            }
            None => tasks,
        }
    }
}
