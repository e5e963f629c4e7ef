//! `workspace/diagnostic`: what is found in plans that are not open, as a long poll.

use std::{collections::HashMap, sync::Arc};

use plan_schema::Kind;
use rayon::prelude::*;
use tower_lsp::lsp_types::{
    FullDocumentDiagnosticReport, PreviousResultId, UnchangedDocumentDiagnosticReport, Url,
    WorkspaceDocumentDiagnosticReport, WorkspaceFullDocumentDiagnosticReport,
    WorkspaceUnchangedDocumentDiagnosticReport,
};

use super::{Shared, result_id};

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
        if generations.changed().await.is_err() {
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
    let report = |path: &Arc<str>| {
        let (snapshot, uri, view, environment) = {
            let mut state = shared.state();
            let snapshot = state.documents.snapshot_of(path);
            let environment = Arc::clone(state.documents.environment());
            (snapshot, state.uri(path)?, state.view_settings(&shared.indexed), environment)
        };
        let version = snapshot.as_ref().map(|snapshot| i64::from(snapshot.version));
        let items = match &snapshot {
            Some(snapshot) => view.diagnostics(snapshot),
            None => view.closed_diagnostics(path, uri.clone(), &environment),
        };
        Some((uri, version, items))
    };
    let found: Vec<_> = plans.par_iter().filter_map(report).collect();
    let mut news = false;
    let mut reports = Vec::new();
    let mut unmentioned = known.clone();
    for (uri, version, items) in found {
        let id = result_id(&items);
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
            reports.push(full(uri, version, items));
        }
    }
    // Plans that are gone, or no plans any more.
    for (uri, id) in unmentioned {
        if id != result_id(&[]) {
            news = true;
            reports.push(full(uri, None, Vec::new()));
        }
    }
    if news { reports } else { Vec::new() }
}

fn full(
    uri: Url,
    version: Option<i64>,
    items: Vec<tower_lsp::lsp_types::Diagnostic>,
) -> WorkspaceDocumentDiagnosticReport {
    let report = FullDocumentDiagnosticReport { result_id: Some(result_id(&items)), items };
    WorkspaceDocumentDiagnosticReport::Full(WorkspaceFullDocumentDiagnosticReport {
        uri,
        version,
        full_document_diagnostic_report: report,
    })
}
