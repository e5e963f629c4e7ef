//! Commands that answer where plans stand: of one document, open or not, or of all plans of the workspace.

use std::sync::Arc;

use plan_ide::{
    File,
    overview::{self, Branch, PlanStatus},
};
use plan_model::ItemKind;
use plan_schema::Kind;
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::{
    jsonrpc::{Error, Result},
    lsp_types::{TextDocumentIdentifier, Url},
};

use super::{
    Server, Shared,
    capabilities::{GRAPH, ITEMS},
    commands::failed,
    documents::Snapshot,
    guarded, places,
    position::Positions,
};
use crate::{
    diagram::{self, DiagramFormat, DiagramKind},
    files::key_of_uri,
    status_json::{PlanStatusJson, PlanTasks, ReadyTask, StatusReport},
};

/// Which plans are meant.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Which {
    /// Nothing means all plans of the workspace.
    text_document: Option<TextDocumentIdentifier>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OfDocument {
    text_document: TextDocumentIdentifier,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Drawn {
    text_document: TextDocumentIdentifier,
    format: DiagramFormat,
    #[serde(default)]
    kind: DiagramKind,
}

/// A document as it is in the editor, else on disk.
struct Found {
    uri: Url,
    /// Its path from the folder that the client has open.
    path: String,
    file: File,
}

impl Server {
    /// What can start now.
    pub(super) async fn next_tasks(&self, which: Which) -> Result<Option<Value>> {
        let plans = self.of_plans(which, |found| PlanTasks {
            path: found.path.clone(),
            uri: Some(found.uri.clone()),
            title: found.file.plan().title(),
            tasks: overview::ready_tasks(&found.file).into_iter().map(ReadyTask::from).collect(),
        });
        Ok(Some(json!(plans.await?)))
    }

    /// How far plans are.
    pub(super) async fn status(&self, which: Which) -> Result<Option<Value>> {
        let plans = self.of_plans(which, |found| {
            let status = PlanStatus { path: found.path.clone(), ..overview::status(&found.file) };
            PlanStatusJson { uri: Some(found.uri.clone()), ..PlanStatusJson::from(status) }
        });
        Ok(Some(json!(StatusReport::new(plans.await?))))
    }

    /// The phases and tasks of a document.
    pub(super) async fn items(&self, argument: OfDocument) -> Result<Option<Value>> {
        let uri = argument.text_document.uri;
        let encoding = self.shared.state().encoding;
        let items = self.of_document(ITEMS, uri, move |found| {
            let branches = overview::tree(&found.file);
            let positions = Positions::of(encoding, found.file.document());
            Value::Array(branches.iter().map(|branch| item(branch, &positions)).collect())
        });
        Ok(Some(items.await?))
    }

    /// A picture of a document: who waits for whom, or when what is done.
    pub(super) async fn graph(&self, argument: Drawn) -> Result<Option<Value>> {
        let drawn = self.of_document(GRAPH, argument.text_document.uri, move |found| {
            diagram::render(&found.file, argument.kind, argument.format)
        });
        let text = drawn.await?.map_err(|why| Error::invalid_params(format!("{GRAPH}: {why}")))?;
        Ok(Some(json!({ "text": text })))
    }

    async fn of_document<T: Send + 'static>(
        &self,
        command: &'static str,
        uri: Url,
        answer: impl FnOnce(&Found) -> T + Send + 'static,
    ) -> Result<T> {
        self.shared.notice_day();
        let shared = Arc::clone(&self.shared);
        let computed = tokio::task::spawn_blocking(move || {
            let found = read(&shared, &key_of_uri(&uri), Some(&uri));
            let found = found.map_err(|problem| format!("{command}: {uri} {problem}"))?;
            Ok(answer(&found))
        });
        computed.await.map_err(failed)?.map_err(|message: String| Error::invalid_params(message))
    }

    async fn of_plans<T: Send + 'static>(
        &self,
        which: Which,
        answer: impl Fn(&Found) -> T + Send + Sync + 'static,
    ) -> Result<Vec<T>> {
        self.shared.notice_day();
        if which.text_document.is_none() {
            // While the files are being read, an answer would be about some of them.
            self.shared.indexed.complete().await;
        }
        let shared = Arc::clone(&self.shared);
        let computed = tokio::task::spawn_blocking(move || {
            let named = which.text_document.map(|document| document.uri);
            let plans: Vec<Arc<str>> = match &named {
                Some(uri) => vec![key_of_uri(uri).into()],
                None => plans(&shared),
            };
            let of_plan = |key: &Arc<str>| {
                let found = read(&shared, key, named.as_ref()).ok()?;
                (found.file.kind() == Kind::Plan).then(|| answer(&found))
            };
            plans.par_iter().filter_map(|key| guarded(key, || of_plan(key)).flatten()).collect()
        });
        computed.await.map_err(failed)
    }
}

/// All plans of the workspace, by path.
fn plans(shared: &Shared) -> Vec<Arc<str>> {
    let index = shared.indexed.read();
    index.iter().filter(|(_, entry)| entry.kind == Kind::Plan).map(|(path, _)| Arc::clone(path)).collect()
}

/// A document as it is now. The error says what is wrong with it.
fn read(shared: &Shared, key: &str, named: Option<&Url>) -> std::result::Result<Found, String> {
    let Snapshot { uri, file, .. } = places::snapshot_of(shared, key)?;
    let uri = named.cloned().unwrap_or(uri);
    let index = shared.indexed.read();
    let root = index.root_of(key).unwrap_or_default();
    let path = key.strip_prefix(root).unwrap_or(key).trim_start_matches('/');
    Ok(Found { uri, path: if root.is_empty() { key } else { path }.to_owned(), file })
}

fn item(branch: &Branch, positions: &Positions<'_>) -> Value {
    let children: Vec<Value> = branch.children.iter().map(|child| item(child, positions)).collect();
    json!({
        "kind": match branch.kind { ItemKind::Phase => "phase", ItemKind::Task => "task" },
        "id": branch.id,
        "title": branch.title,
        "state": branch.state.map(plan_model::State::name),
        "done": branch.progress.done,
        "total": branch.progress.total,
        "range": positions.range(&branch.range),
        "selectionRange": positions.range(&branch.selection),
        "children": children,
    })
}
