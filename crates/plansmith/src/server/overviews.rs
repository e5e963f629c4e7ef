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
    status_json::{PlanStatusJson, PlanTasks, ReadyTask, StatusReport},
    transport,
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
        let encoding = self.shared.encoding();
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
            let found = read(&shared, &Named::Uri(uri.clone()));
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
            transport::waiting(self.shared.indexed.complete()).await;
        }
        let shared = Arc::clone(&self.shared);
        let computed = tokio::task::spawn_blocking(move || {
            let plans: Vec<Named> = match which.text_document {
                Some(document) => vec![Named::Uri(document.uri)],
                None => plans(&shared).into_iter().map(Named::Key).collect(),
            };
            let of_plan = |named: &Named| {
                let found = read(&shared, named).ok()?;
                (found.file.kind() == Kind::Plan).then(|| answer(&found))
            };
            let guarded = |named: &Named| guarded(named.text(), || of_plan(named)).flatten();
            plans.par_iter().filter_map(guarded).collect()
        });
        computed.await.map_err(failed)
    }
}

/// All plans of the workspace, by path.
fn plans(shared: &Shared) -> Vec<Arc<str>> {
    let index = shared.indexed.read();
    index.iter().filter(|(_, entry)| entry.is_live_plan()).map(|(path, _)| Arc::clone(path)).collect()
}

/// What a document is named by.
enum Named {
    /// The buffer with this URI, or the file if none is open.
    Uri(Url),
    /// The file with this key.
    Key(Arc<str>),
}

impl Named {
    fn text(&self) -> &str {
        match self {
            Self::Uri(uri) => uri.as_str(),
            Self::Key(key) => key,
        }
    }
}

/// A document as it is now. The error says what is wrong with it.
fn read(shared: &Shared, named: &Named) -> std::result::Result<Found, String> {
    let Snapshot { uri, file, .. } = match named {
        Named::Uri(uri) => places::snapshot_at(shared, uri)?,
        Named::Key(key) => places::snapshot_of(shared, key)?,
    };
    let key = file.path();
    let index = shared.indexed.read();
    let root = index.root_of(key).unwrap_or_default();
    let path = key.strip_prefix(root).unwrap_or(key).trim_start_matches('/');
    let path = if root.is_empty() { key } else { path }.to_owned();
    Ok(Found { uri, path, file })
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
