//! Documentation of completions, stored until the client resolves an item. A list is sent after every edit, but its
//! documentation is rarely read.

use plan_ide::completion::Completion;
use serde_json::{Value, json};
use tower_lsp::lsp_types::{CompletionItem, Documentation};

use crate::state_cell::StateCell;

/// Documentation of the newest completion list.
#[derive(Debug, Default)]
pub(super) struct CompletionDocs {
    newest: StateCell<DocumentationList>,
}

/// Documentation of the items of a completion list.
#[derive(Debug, Default)]
struct DocumentationList {
    /// Number of the list; items of older lists have other numbers.
    number: u64,
    texts: Vec<String>,
}

impl CompletionDocs {
    /// Stores the documentation of a list and adds its position to the data of each item.
    pub(super) fn store(&self, found: &[Completion], items: &mut [CompletionItem]) {
        if found.iter().all(|completion| completion.documentation.is_empty()) {
            return;
        }
        let texts = found.iter().map(|completion| completion.documentation.clone()).collect();
        let number = self.newest.with(|newest| {
            newest.number += 1;
            newest.texts = texts;
            newest.number
        });
        for (index, (item, completion)) in items.iter_mut().zip(found).enumerate() {
            if !completion.documentation.is_empty() {
                item.data = Some(json!([number, index]));
            }
        }
    }

    /// Adds the documentation of an item, if its list is the newest one.
    pub(super) fn add_to(&self, item: &mut CompletionItem) {
        let data = item.data.as_ref().and_then(Value::as_array).map(Vec::as_slice);
        let Some([number, index]) = data else { return };
        let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
        let text = self.newest.with(|newest| {
            let is_newest = number.as_u64() == Some(newest.number);
            newest.texts.get(index.filter(|_| is_newest)?).cloned()
        });
        item.documentation = text.map(Documentation::String).or(item.documentation.take());
    }
}
