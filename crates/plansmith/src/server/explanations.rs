//! What completions are about, kept until the client asks for it: a list is sent on every keystroke, an explanation is read
//! once in a while.

use plan_ide::completion::Completion;
use serde_json::{Value, json};
use tower_lsp::lsp_types::{CompletionItem, Documentation};

use crate::state_cell::StateCell;

/// The explanations of the newest list.
#[derive(Debug, Default)]
pub(super) struct Explanations {
    newest: StateCell<List>,
}

#[derive(Debug, Default)]
struct List {
    /// Counts lists, so that items of older ones are known.
    number: u64,
    texts: Vec<String>,
}

impl Explanations {
    /// Keeps what a list's items are about, and notes in each where to find it.
    pub(super) fn keep(&self, found: &[Completion], items: &mut [CompletionItem]) {
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

    /// Adds to an item what it is about, if that is still known.
    pub(super) fn add_to(&self, item: &mut CompletionItem) {
        let place = item.data.as_ref().and_then(Value::as_array).map(Vec::as_slice);
        let Some([number, index]) = place else { return };
        let index = index.as_u64().and_then(|index| usize::try_from(index).ok());
        let text = self.newest.with(|newest| {
            let is_newest = number.as_u64() == Some(newest.number);
            newest.texts.get(index.filter(|_| is_newest)?).cloned()
        });
        item.documentation = text.map(Documentation::String).or(item.documentation.take());
    }
}
