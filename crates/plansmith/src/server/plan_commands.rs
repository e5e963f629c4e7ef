//! Commands that return the status, tasks or diagrams of one document, open or not, or of all plans in the workspace.

use std::sync::Arc;

use plan_ide::{
    Entry, File,
    overview::{self, Branch, PlanStatus},
};
use plan_model::ItemKind;
use plan_schema::DocumentKind;
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::{
    jsonrpc::{Error, Result},
    lsp_types::{TextDocumentIdentifier, Url},
};

use super::{
    Server,
    command_names::{GRAPH, ITEMS},
    commands::internal_error,
    documents::Snapshot,
    locations,
    position::PositionMap,
    state::Global,
};
use crate::{
    diagram::{self, DiagramError, DiagramFormat, DiagramKind, Viewport},
    panics::catch_and_log,
    status_json::{PlanStatusJson, PlanTasks, ReadyTask, StatusReport},
    transport,
    versioned::Versioned,
};

/// Arguments of commands that apply to one plan or to all plans.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PlanArguments {
    /// The document of the plan; `None` for all plans in the workspace.
    text_document: Option<TextDocumentIdentifier>,
    /// Whether the plans of the workspace include archived plans.
    #[serde(default)]
    archived: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DocumentArguments {
    text_document: TextDocumentIdentifier,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GraphArguments {
    text_document: TextDocumentIdentifier,
    format: DiagramFormat,
    #[serde(default)]
    kind: DiagramKind,
    /// Area in which an SVG is shown.
    viewport: Option<Viewport>,
    /// Whether an SVG shows phases instead of tasks. By default, only if the plan has too many tasks.
    only_phases: Option<bool>,
    /// Text of another version of the document, whose dates an SVG of a timeline shows as well.
    baseline: Option<String>,
}

/// A file from its buffer or the disk.
struct LocatedFile {
    uri: Url,
    /// Path relative to the workspace folder.
    path: String,
    /// Whether the file is archived.
    archived: bool,
    file: File,
}

impl Server {
    /// Returns the ready tasks of one plan, or of each plan in the workspace.
    pub(super) async fn next_tasks(&self, argument: PlanArguments) -> Result<Option<Value>> {
        let plans = self.for_plans(argument, |found| PlanTasks {
            path: found.path.clone(),
            uri: Some(found.uri.clone()),
            title: found.file.plan().title(),
            tasks: overview::ready_tasks(&found.file).into_iter().map(ReadyTask::from).collect(),
        });
        Ok(Some(json!(plans.await?)))
    }

    /// Returns the status of one plan, or of each plan in the workspace.
    pub(super) async fn status(&self, argument: PlanArguments) -> Result<Option<Value>> {
        let plans = self.for_plans(argument, |found| {
            let status = PlanStatus { path: found.path.clone(), ..overview::status(&found.file) };
            let archived = Some(found.archived);
            PlanStatusJson { uri: Some(found.uri.clone()), archived, ..PlanStatusJson::from(status) }
        });
        Ok(Some(json!(Versioned::new(StatusReport::new(plans.await?)))))
    }

    /// Returns the phases and tasks of a document.
    pub(super) async fn items(&self, argument: DocumentArguments) -> Result<Option<Value>> {
        let uri = argument.text_document.uri;
        let encoding = self.global.encoding();
        let items = self.for_document(ITEMS, uri, move |found| {
            let branches = overview::tree(&found.file);
            let positions = PositionMap::of(encoding, found.file.document());
            Value::Array(branches.iter().map(|branch| branch_json(branch, &positions)).collect())
        });
        Ok(Some(items.await?))
    }

    /// Renders a diagram of a document: its dependency graph or timeline.
    pub(super) async fn graph(&self, argument: GraphArguments) -> Result<Option<Value>> {
        let diagram = self.for_document(GRAPH, argument.text_document.uri, move |found| {
            let (file, kind) = (&found.file, argument.kind);
            let plain = |text: String| json!({ "text": text });
            match (kind, argument.format) {
                (DiagramKind::Dependencies, DiagramFormat::Text) => return text_graph(file),
                (_, DiagramFormat::Svg) => {}
                (_, format) => return diagram::render(file, kind, format).map(plain),
            }
            let baseline = argument.baseline.as_deref();
            let baseline = baseline
                .map(|text| crate::baseline::baseline(file.path(), text, None, &file.shared_environment()));
            let view = |only_phases: bool| {
                let text =
                    diagram::render_view(file, kind, argument.viewport, only_phases, baseline.as_ref())?;
                Ok(json!({ "text": text, "onlyPhases": only_phases }))
            };
            match view(argument.only_phases.unwrap_or(false)) {
                Err(DiagramError::TooLarge { .. }) if argument.only_phases.is_none() => view(true),
                drawn => drawn,
            }
        });
        // The command is not part of the message, because the editor shows it instead of the diagram.
        let diagram = diagram.await?.map_err(|error| Error::invalid_params(error.to_string()))?;
        Ok(Some(diagram))
    }

    async fn for_document<T: Send + 'static>(
        &self,
        command: &'static str,
        uri: Url,
        answer: impl FnOnce(&LocatedFile) -> T + Send + 'static,
    ) -> Result<T> {
        self.global.update_today();
        let global = Arc::clone(&self.global);
        let computed = tokio::task::spawn_blocking(move || {
            let found = read(&global, &FileRef::Uri(uri.clone()));
            let found = found.map_err(|problem| format!("{command}: cannot read `{uri}`: {problem}"))?;
            Ok(answer(&found))
        });
        computed.await.map_err(internal_error)?.map_err(|message: String| Error::invalid_params(message))
    }

    async fn for_plans<T: Send + 'static>(
        &self,
        argument: PlanArguments,
        answer: impl Fn(&LocatedFile) -> T + Send + Sync + 'static,
    ) -> Result<Vec<T>> {
        self.global.update_today();
        if argument.text_document.is_none() {
            // Before all files are read, a response would be incomplete.
            transport::waiting(self.global.workspace_index.wait_until_complete()).await;
        }
        let global = Arc::clone(&self.global);
        let computed = tokio::task::spawn_blocking(move || {
            let plans: Vec<FileRef> = match argument.text_document {
                Some(document) => vec![FileRef::Uri(document.uri)],
                None => plans(&global, argument.archived).into_iter().map(FileRef::Key).collect(),
            };
            let response_for = |file_ref: &FileRef| {
                let found = read(&global, file_ref).ok()?;
                (found.file.kind() == DocumentKind::Plan).then(|| answer(&found))
            };
            let guarded =
                |file_ref: &FileRef| catch_and_log(file_ref.text(), || response_for(file_ref)).flatten();
            plans.par_iter().filter_map(guarded).collect()
        });
        computed.await.map_err(internal_error)
    }
}

/// Returns the dependency graph as text, with the 1-based line in the plan for each row, or null.
fn text_graph(file: &File) -> std::result::Result<Value, DiagramError> {
    let (plan, rope) = (file.plan(), file.document().rope());
    let line = |item: usize| Some(rope.byte_to_line(plan.item(item)?.line().start) + 1);
    let rows = diagram::rows(&overview::graph(file))?;
    let lines: Vec<Option<usize>> = rows.iter().map(|row| row.item.and_then(line)).collect();
    let text: String = rows.into_iter().map(|row| row.text + "\n").collect();
    Ok(json!({ "text": text, "lines": lines }))
}

/// Returns the keys of the plans in the workspace, in the order of the index. Includes archived plans with `archived`.
fn plans(global: &Global, archived: bool) -> Vec<Arc<str>> {
    let index = global.workspace_index.read();
    let is_listed =
        |entry: &Entry| entry.is_unarchived_plan() || archived && entry.kind == DocumentKind::Plan;
    index.iter().filter(|(_, entry)| is_listed(entry)).map(|(path, _)| Arc::clone(path)).collect()
}

/// Reference to a file by URI or key.
enum FileRef {
    /// The buffer with this URI, or the file on disk if no buffer has this URI.
    Uri(Url),
    /// The file with this key.
    Key(Arc<str>),
}

impl FileRef {
    fn text(&self) -> &str {
        match self {
            Self::Uri(uri) => uri.as_str(),
            Self::Key(key) => key,
        }
    }
}

/// Reads a file from its buffer or the disk. The error message does not contain the name.
fn read(global: &Global, file_ref: &FileRef) -> std::result::Result<LocatedFile, String> {
    let Snapshot { uri, file, .. } = match file_ref {
        FileRef::Uri(uri) => locations::snapshot_at(global, uri)?,
        FileRef::Key(key) => locations::snapshot_of(global, key)?,
    };
    let key = file.path();
    let index = global.workspace_index.read();
    let root = index.root_of(key).unwrap_or_default();
    let path = key.strip_prefix(root).unwrap_or(key).trim_start_matches('/');
    let path = if root.is_empty() { key } else { path }.to_owned();
    let archived = index.get(key).is_some_and(|entry| entry.archived);
    Ok(LocatedFile { uri, path, archived, file })
}

fn branch_json(branch: &Branch, positions: &PositionMap<'_>) -> Value {
    let children: Vec<Value> = branch.children.iter().map(|child| branch_json(child, positions)).collect();
    json!({
        "kind": match branch.kind { ItemKind::Phase => "phase", ItemKind::Task => "task" },
        "id": branch.id,
        "title": branch.title,
        "state": branch.state.map(plan_model::State::name),
        "done": branch.progress.done,
        "total": branch.progress.total,
        "owner": branch.owner,
        "due": branch.due,
        "estimate": branch.estimate,
        "section": branch.section,
        "range": positions.range(&branch.range),
        "selectionRange": positions.range(&branch.selection),
        "children": children,
    })
}
