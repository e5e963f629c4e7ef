//! The command that returns the requirements of all document sets in the workspace with the tasks that refer to them.

use std::sync::Arc;

use plan_ide::{
    sets::{Coverage, DocumentSet},
    workspace::path,
};
use serde_json::{Value, json};
use tower_lsp::jsonrpc::Result;

use super::{Server, commands::internal_error, state::Global};
use crate::{
    coverage_report::{self, SetCoverage},
    transport,
};

impl Server {
    /// Returns the coverage of all document sets that are not archived, as `plansmith coverage` does, with a URI for
    /// each path.
    pub(super) async fn coverage(&self) -> Result<Option<Value>> {
        transport::waiting(self.global.workspace_index.wait_until_complete()).await;
        let global = Arc::clone(&self.global);
        let computed = tokio::task::spawn_blocking(move || {
            let index = global.workspace_index.read();
            let sets = DocumentSet::all(&index, &global.environment().families).into_iter();
            let covered = sets.filter(|set| !set.archived).filter_map(|set| {
                let coverage = Coverage::of(&set);
                let first = set.documents.first()?;
                let root = index.root_of(&first.path).unwrap_or_default().to_owned();
                coverage_report::has_coverage(&set, &coverage)
                    .then(|| (SetCoverage::new(&set, &coverage, &root, false), root))
            });
            let sets = covered.map(|(report, root)| {
                let mut set = json!(report);
                add_uris(&mut set, &global, &root);
                set
            });
            json!({ "version": 1, "sets": sets.collect::<Vec<_>>() })
        });
        computed.await.map(Some).map_err(internal_error)
    }
}

/// Adds a URI to each object with a member `path`, which is relative to the folder `root`.
fn add_uris(value: &mut Value, global: &Global, root: &str) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(path)) = object.get("path") {
                let uri = path::join(root, path).and_then(|key| global.uri(&key));
                object.insert("uri".to_owned(), json!(uri));
            }
            object.values_mut().for_each(|value| add_uris(value, global, root));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| add_uris(value, global, root)),
        _ => {}
    }
}
