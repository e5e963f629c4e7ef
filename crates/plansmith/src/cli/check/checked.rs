//! Files with their findings.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{Finding, Severity};
use plan_model::Progress;

use crate::cli::input::InputPath;

/// A file with its findings. Contains its text at most once, and no parsed document.
pub(in crate::cli) struct CheckedFile {
    /// Path as given on the command line, or path within a directory given there.
    pub(in crate::cli) name: String,
    /// Path on disk; `None` for standard input.
    pub(in crate::cli) path: Option<PathBuf>,
    /// Empty if the file is on disk and has no findings.
    pub(in crate::cli) text: String,
    /// Text before fixes, if fixes have changed it.
    pub(in crate::cli) before: Option<String>,
    /// Progress of a plan; `None` for other documents.
    pub(in crate::cli) progress: Option<Progress>,
    pub(in crate::cli) findings: Vec<CheckedFinding>,
    /// Number of findings that the baseline hides.
    pub(in crate::cli) in_baseline: usize,
    /// Number of findings that are not selected on the command line.
    pub(in crate::cli) unselected: usize,
    /// Number of fixed findings by rule.
    pub(in crate::cli) fixed: BTreeMap<&'static str, usize>,
    /// Findings that new comments suppress.
    pub(in crate::cli) suppressed: Suppressed,
    /// Error message if the fixed text could not be written.
    pub(in crate::cli) write_error: Option<String>,
}

impl CheckedFile {
    /// Returns the result of a file in which no rule can report something.
    pub(in crate::cli) fn without_findings(file: InputPath) -> Self {
        Self {
            path: file.path().map(Path::to_owned),
            name: file.name,
            text: String::new(),
            before: None,
            progress: None,
            findings: Vec::new(),
            in_baseline: 0,
            unselected: 0,
            fixed: BTreeMap::new(),
            suppressed: Suppressed::default(),
            write_error: None,
        }
    }

    /// Returns whether the file is a plan without findings.
    pub(in crate::cli) fn is_ok(&self) -> bool {
        self.findings.is_empty() && !self.has_hidden_findings() && self.progress.is_some()
    }

    /// Returns whether the file has findings that are not reported.
    pub(in crate::cli) fn has_hidden_findings(&self) -> bool {
        self.in_baseline + self.unselected > 0
    }
}

/// Result of adding suppression comments to a file.
#[derive(Default)]
pub(in crate::cli) struct Suppressed {
    /// Number of findings that new comments suppress.
    pub(in crate::cli) count: usize,
    /// Rules that the new comments disable in the whole file.
    pub(in crate::cli) in_file: BTreeSet<&'static str>,
    /// Number of findings by rule that no comment suppresses.
    pub(in crate::cli) rest: BTreeMap<&'static str, usize>,
}

/// A finding of a file.
pub(in crate::cli) struct CheckedFinding {
    pub(in crate::cli) finding: Arc<Finding>,
    pub(in crate::cli) severity: Severity,
    /// Identifies the finding in other versions of the file.
    pub(in crate::cli) fingerprint: String,
}
