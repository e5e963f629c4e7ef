//! The context from which requests and background tasks compute results.

use std::sync::Arc;

use plan_ide::{
    Disk, Environment, File, Finding, RuleSeverities, Severity, Workspace, completion::Completion, inlay,
    lens,
};
use plan_schema::DocumentKind;
use tower_lsp::lsp_types::{Diagnostic, DiagnosticSeverity, Position, Url};

use super::{
    client_caps::ClientCaps, diagnostics::DiagnosticsJson, documents::Snapshot, position::PositionEncoding,
    to_proto::ProtoConverter, workspace_index::WorkspaceIndex,
};
use crate::{
    fault_injection,
    files::{self, RealDisk, RecordingDisk, Roots},
    settings::FolderSettings,
};

/// Copy of the state that requests depend on, so that no lock is held while a response is computed.
#[derive(Clone, Debug)]
pub(super) struct RequestContext {
    pub(super) encoding: PositionEncoding,
    pub(super) client_caps: ClientCaps,
    pub(super) roots: Roots,
    pub(super) severities: RuleSeverities,
    pub(super) hints: inlay::InlayHintOptions,
    pub(super) lenses: lens::LensOptions,
    pub(super) folder_settings: Arc<FolderSettings>,
    /// Time of the copy on the clock of [`DiskDependencies`](disk_dependencies::DiskDependencies).
    pub(super) started: u64,
    pub(super) workspace_index: Arc<WorkspaceIndex>,
}

impl RequestContext {
    /// Returns the byte offset of a position in a document.
    pub(super) fn offset(&self, snapshot: &Snapshot, position: Position) -> usize {
        self.encoding.offset(snapshot.file.document(), position)
    }

    pub(super) fn converter<'a>(&'a self, snapshot: &'a Snapshot) -> ProtoConverter<'a> {
        ProtoConverter { snapshot, roots: &self.roots, encoding: self.encoding }
    }

    /// Returns the completions at a byte offset of a file.
    pub(super) fn completions(&self, file: &File, offset: usize, trigger: Option<char>) -> Vec<Completion> {
        self.with_workspace(file, |workspace| {
            plan_ide::completion::completions(file, workspace, offset, trigger)
        })
    }

    /// Calls `ask` with the workspace of a file.
    pub(super) fn with_workspace<T>(&self, file: &File, ask: impl FnOnce(&Workspace<'_>) -> T) -> T {
        self.with_disk(&RealDisk::new(file.shared_environment()), ask)
    }

    pub(super) fn with_disk<T>(&self, disk: &dyn Disk, ask: impl FnOnce(&Workspace<'_>) -> T) -> T {
        let index = self.workspace_index.read();
        ask(&Workspace { index: &index, disk, is_complete: self.workspace_index.is_complete() })
    }

    /// Returns the findings of a file with their severities.
    pub(super) fn findings(&self, file: &File) -> Vec<(Arc<Finding>, Severity)> {
        let severities = self.folder_settings.severities(file.path(), &self.severities);
        self.with_workspace(file, |workspace| plan_ide::report(file, workspace, &severities))
    }

    /// Returns the findings to show for a document, or `None` if it is too long. Records the disk answers that the
    /// findings depend on. When an answer changes, the findings are reported again.
    pub(super) fn recorded_findings(&self, snapshot: &Snapshot) -> Option<Vec<(Arc<Finding>, Severity)>> {
        let file = &snapshot.file;
        fault_injection::panic_on(|| file.document().text());
        if file.is_too_long() {
            return None;
        }
        let severities = self.folder_settings.severities(file.path(), &self.severities);
        let disk = RecordingDisk::new(file.shared_environment());
        let found = self.with_disk(&disk, |workspace| plan_ide::report(file, workspace, &severities));
        self.workspace_index.record_dependencies(snapshot, self.started, disk.into_answers());
        Some(plan_ide::limit_per_rule(found))
    }

    pub(super) fn diagnostics(&self, snapshot: &Snapshot) -> Vec<Diagnostic> {
        let Some(findings) = self.recorded_findings(snapshot) else { return vec![too_long_diagnostic()] };
        let converter = self.converter(snapshot);
        findings.iter().map(|(finding, severity)| converter.diagnostic(finding, *severity)).collect()
    }

    /// Returns the same diagnostics as [`Self::diagnostics`], as JSON.
    pub(super) fn diagnostics_json(&self, snapshot: &Snapshot) -> DiagnosticsJson {
        match self.recorded_findings(snapshot) {
            Some(findings) => DiagnosticsJson::of(&self.converter(snapshot), &findings),
            None => DiagnosticsJson::from_lsp(&[too_long_diagnostic()]),
        }
    }

    /// Returns the diagnostics of a file that is not open. Empty if the file is not a plan in the index.
    pub(super) fn closed_diagnostics(
        &self,
        key: &str,
        uri: Url,
        environment: &Arc<Environment>,
    ) -> Vec<Diagnostic> {
        let is_plan =
            self.workspace_index.read().get(key).is_some_and(|entry| entry.kind == DocumentKind::Plan);
        let file = is_plan.then(|| files::load(key, environment).ok()).flatten();
        file.map(|file| self.diagnostics(&Snapshot { uri, version: 0, file })).unwrap_or_default()
    }
}

/// Returns the diagnostic of a document that exceeds the size limit.
fn too_long_diagnostic() -> Diagnostic {
    let limit = plan_ide::MAX_DOCUMENT_BYTES / 1024 / 1024;
    Diagnostic {
        severity: Some(DiagnosticSeverity::INFORMATION),
        source: Some("plansmith".to_owned()),
        message: format!("document is larger than {limit} MiB and is not checked; split it"),
        ..Diagnostic::default()
    }
}
