//! `workspace/diagnostic`: diagnostics of all plans, as a long poll.

use std::{collections::HashMap, sync::Arc};

use plan_schema::DocumentKind;
use rayon::prelude::*;
use tower_lsp::lsp_types::{
    Diagnostic, FullDocumentDiagnosticReport, PreviousResultId, UnchangedDocumentDiagnosticReport, Url,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};

use super::{
    diagnostics::DiagnosticsJson, documents::Snapshot, state::Global, workspace_reports::PlanReport,
};
use crate::{panics::catch_and_log, transport};

/// Returns as soon as the diagnostics differ from those of the client. VS Code repeats the request immediately, so a response
/// without changes would cause an endless loop.
pub(super) async fn wait_for_changes(
    global: &Arc<Global>,
    previous: Vec<PreviousResultId>,
) -> Vec<WorkspaceDocumentDiagnosticReport> {
    let previous: HashMap<Url, String> =
        previous.into_iter().map(|previous| (previous.uri, previous.value)).collect();
    let mut generations = global.workspace_index.generations();
    loop {
        generations.mark_unchanged();
        if global.workspace_index.is_complete() {
            let (global, previous) = (Arc::clone(global), previous.clone());
            let reports = tokio::task::spawn_blocking(move || reports(&global, &previous)).await;
            match reports {
                Ok(reports) if !reports.is_empty() => return reports,
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "computing workspace diagnostics failed"),
            }
        }
        if transport::waiting(generations.changed()).await.is_err() {
            return Vec::new();
        }
    }
}

/// Returns the reports of all plans, or an empty list if the client already has all of them.
fn reports(global: &Arc<Global>, previous: &HashMap<Url, String>) -> Vec<WorkspaceDocumentDiagnosticReport> {
    let plans: Vec<Arc<str>> = {
        let index = global.workspace_index.read();
        index
            .iter()
            .filter(|(_, entry)| entry.kind == DocumentKind::Plan)
            .map(|(path, _)| Arc::clone(path))
            .collect()
    };
    let round = {
        let (environment, epoch) =
            global.state.with(|state| (Arc::clone(state.documents.environment()), state.epoch));
        global.reports.cached.with(|cached| {
            let is_same = cached.environment.as_ref().is_some_and(|before| Arc::ptr_eq(before, &environment));
            if !is_same || cached.epoch != epoch {
                cached.reports.clear();
                cached.round += 1;
                cached.environment = Some(environment);
                cached.epoch = epoch;
            }
            cached.round
        })
    };
    let report = |path: &Arc<str>| -> Option<Vec<PlanReport>> {
        let existing = global.reports.cached.with(|cached| cached.reports.get(path).cloned());
        if existing.is_some() {
            return existing;
        }
        let (buffers, closed, context) = global.state.with(|state| {
            let buffers = state.documents.snapshots_of(path);
            (buffers, state.closed_file(path), state.request_context(&global.workspace_index))
        });
        let report = |uri: Url, version: Option<i32>, items: Vec<Diagnostic>| {
            let id = DiagnosticsJson::from_lsp(&items).id();
            PlanReport { uri, version: version.map(i64::from), id, items: Arc::new(items) }
        };
        let reports: Vec<PlanReport> = catch_and_log(path, || match &buffers[..] {
            [] => {
                let found = closed.map(|(uri, environment)| {
                    let items = context.closed_diagnostics(path, uri.clone(), &environment);
                    report(uri, None, items)
                });
                found.into_iter().collect()
            }
            open => {
                let report_of =
                    |open: &Snapshot| report(open.uri.clone(), Some(open.version), context.diagnostics(open));
                open.iter().map(report_of).collect()
            }
        })?;
        global.reports.cached.with(|cached| {
            if cached.round == round {
                cached.reports.insert(Arc::clone(path), reports.clone());
            }
        });
        Some(reports)
    };
    let found: Vec<Vec<PlanReport>> = plans.par_iter().filter_map(report).collect();
    let mut has_changes = false;
    let mut reports = Vec::new();
    let mut removed = previous.clone();
    for PlanReport { uri, version, id, items } in found.into_iter().flatten() {
        removed.remove(&uri);
        if previous.get(&uri) == Some(&id) {
            let report = UnchangedDocumentDiagnosticReport { result_id: id };
            reports.push(WorkspaceDocumentDiagnosticReport::Unchanged(
                WorkspaceUnchangedDocumentDiagnosticReport {
                    uri,
                    version,
                    unchanged_document_diagnostic_report: report,
                },
            ));
        } else {
            has_changes = true;
            reports.push(full_report(uri, version, id, items.to_vec()));
        }
    }
    // `removed` now has deleted plans, files that are no longer plans, and closed plans that are out of scope.
    for (uri, id) in removed {
        let empty = DiagnosticsJson::from_lsp(&[]).id();
        if id != empty {
            has_changes = true;
            reports.push(full_report(uri, None, empty, Vec::new()));
        }
    }
    if has_changes { reports } else { Vec::new() }
}

fn full_report(
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
