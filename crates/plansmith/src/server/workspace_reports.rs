//! Cached diagnostics of the plans in the workspace.

use std::{collections::HashMap, sync::Arc};

use plan_ide::Environment;
use tower_lsp::lsp_types::{Diagnostic, Url};

use crate::state_cell::StateCell;

/// Cached diagnostics of the plans in the workspace, so that an edit of one plan does not check all others again.
#[derive(Debug, Default)]
pub(super) struct WorkspaceReports {
    pub(super) cached: StateCell<CachedReports>,
}

#[derive(Debug, Default)]
pub(super) struct CachedReports {
    /// Number of invalidations. A report may be outdated if the number has changed during its computation.
    pub(super) round: u64,
    /// Environment of the reports.
    pub(super) environment: Option<Arc<Environment>>,
    /// Epoch of the reports; see `ServerState::epoch`.
    pub(super) epoch: u64,
    /// Reports by key. An open plan has one report for each buffer.
    pub(super) reports: HashMap<Arc<str>, Vec<PlanReport>>,
}

/// Diagnostics of one plan, with the ID of the result.
#[derive(Clone, Debug)]
pub(super) struct PlanReport {
    pub(super) uri: Url,
    pub(super) version: Option<i64>,
    pub(super) id: String,
    pub(super) items: Arc<Vec<Diagnostic>>,
}

impl WorkspaceReports {
    /// Removes the reports of the files with the keys `paths`, and with `all` those of all files.
    pub(super) fn invalidate<'a>(&self, paths: impl Iterator<Item = &'a str>, all: bool) {
        self.cached.with(|cached| {
            cached.round += 1;
            if all {
                cached.reports.clear();
            }
            paths.for_each(|path| drop(cached.reports.remove(path)));
        });
    }
}
