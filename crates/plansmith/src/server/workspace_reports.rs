//! `workspace/diagnostic`: what is found in plans that are not open, as a long poll.

use std::{collections::HashMap, sync::Arc};

use plan_ide::Environment;

use plan_schema::Kind;
use rayon::prelude::*;
use tower_lsp::lsp_types::{
    Diagnostic, FullDocumentDiagnosticReport, PreviousResultId, UnchangedDocumentDiagnosticReport, Url,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};

use super::{Shared, diagnostics::Diagnostics, documents::Snapshot, guarded};
use crate::{state_cell::StateCell, transport};

/// What was found in the plans of the workspace, as long as it holds: a keystroke in one plan is no reason to check all
/// others again.
#[derive(Debug, Default)]
pub(super) struct Reports {
    kept: StateCell<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// Counts what was forgotten: what is computed meanwhile may be out of date already.
    round: u64,
    /// What everything was read with.
    environment: Option<Arc<Environment>>,
    epoch: u64,
    /// By path: of an open plan one report for each buffer.
    reports: HashMap<Arc<str>, Vec<Report>>,
}

/// What is to be said of one plan, and by which name the client remembers it.
#[derive(Clone, Debug)]
struct Report {
    uri: Url,
    version: Option<i64>,
    id: String,
    items: Arc<Vec<Diagnostic>>,
}

impl Reports {
    /// Something else may be true of these files, or of all.
    pub(super) fn forget<'a>(&self, paths: impl Iterator<Item = &'a str>, all: bool) {
        self.kept.with(|kept| {
            kept.round += 1;
            if all {
                kept.reports.clear();
            }
            paths.for_each(|path| drop(kept.reports.remove(path)));
        });
    }
}

/// Answers as soon as something else is to be said than the client knows. VS Code asks again at once, so an answer
/// without news would be asked for for ever.
pub(super) async fn wait(
    shared: &Arc<Shared>,
    known: Vec<PreviousResultId>,
) -> Vec<WorkspaceDocumentDiagnosticReport> {
    let known: HashMap<Url, String> = known.into_iter().map(|known| (known.uri, known.value)).collect();
    let mut generations = shared.indexed.generations();
    loop {
        generations.mark_unchanged();
        if shared.indexed.is_complete() {
            let (shared, known) = (Arc::clone(shared), known.clone());
            let reports = tokio::task::spawn_blocking(move || reports(&shared, &known)).await;
            match reports {
                Ok(reports) if !reports.is_empty() => return reports,
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "finding diagnostics of closed plans failed"),
            }
        }
        if transport::waiting(generations.changed()).await.is_err() {
            return Vec::new();
        }
    }
}

/// What is to be said of all plans, if it is not all known already.
fn reports(shared: &Arc<Shared>, known: &HashMap<Url, String>) -> Vec<WorkspaceDocumentDiagnosticReport> {
    let plans: Vec<Arc<str>> = {
        let index = shared.indexed.read();
        index.iter().filter(|(_, entry)| entry.kind == Kind::Plan).map(|(path, _)| Arc::clone(path)).collect()
    };
    let round = {
        let (environment, epoch) =
            shared.state.with(|state| (Arc::clone(state.documents.environment()), state.epoch));
        shared.reports.kept.with(|kept| {
            let same = kept.environment.as_ref().is_some_and(|before| Arc::ptr_eq(before, &environment));
            if !same || kept.epoch != epoch {
                kept.reports.clear();
                kept.round += 1;
                kept.environment = Some(environment);
                kept.epoch = epoch;
            }
            kept.round
        })
    };
    let report = |path: &Arc<str>| -> Option<Vec<Report>> {
        let known = shared.reports.kept.with(|kept| kept.reports.get(path).cloned());
        if known.is_some() {
            return known;
        }
        let (buffers, closed, view) = shared.state.with(|state| {
            let buffers = state.documents.snapshots_of(path);
            (buffers, state.closed(path), state.view_settings(&shared.indexed))
        });
        let report = |uri: Url, version: Option<i32>, items: Vec<Diagnostic>| {
            let id = Diagnostics::typed(&items).id();
            Report { uri, version: version.map(i64::from), id, items: Arc::new(items) }
        };
        let reports: Vec<Report> = guarded(path, || match &buffers[..] {
            [] => {
                let found = closed.map(|(uri, environment)| {
                    let items = view.closed_diagnostics(path, uri.clone(), &environment);
                    report(uri, None, items)
                });
                found.into_iter().collect()
            }
            open => {
                let of =
                    |open: &Snapshot| report(open.uri.clone(), Some(open.version), view.diagnostics(open));
                open.iter().map(of).collect()
            }
        })?;
        shared.reports.kept.with(|kept| {
            if kept.round == round {
                kept.reports.insert(Arc::clone(path), reports.clone());
            }
        });
        Some(reports)
    };
    let found: Vec<Vec<Report>> = plans.par_iter().filter_map(report).collect();
    let mut news = false;
    let mut reports = Vec::new();
    let mut unmentioned = known.clone();
    for Report { uri, version, id, items } in found.into_iter().flatten() {
        unmentioned.remove(&uri);
        if known.get(&uri) == Some(&id) {
            let report = UnchangedDocumentDiagnosticReport { result_id: id };
            reports.push(WorkspaceDocumentDiagnosticReport::Unchanged(
                WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version,
                    unchanged_document_diagnostic_report: report,
                },
            ));
        } else {
            news = true;
            reports.push(full(uri, version, id, items.to_vec()));
        }
    }
    // Plans that are gone, no plans any more, or closed ones that are not asked about any more.
    for (uri, id) in unmentioned {
        let nothing = Diagnostics::typed(&[]).id();
        if id != nothing {
            news = true;
            reports.push(full(uri, None, nothing, Vec::new()));
        }
    }
    if news { reports } else { Vec::new() }
}

fn full(
    uri: Url,
    version: Option<i64>,
    id: String,
    items: Vec<Diagnostic>,
) -> WorkspaceDocumentDiagnosticReport {
    let report = FullDocumentDiagnosticReport { result_id: Some(id), items };
    WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
        uri,
        version,
        full_document_diagnostic_report: report,
    })
}
