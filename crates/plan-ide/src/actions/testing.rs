//! Helpers of the tests of actions.

use std::sync::Arc;

use plan_syntax::Document;
use plan_test::{apply, fixture};

use super::{Action, Context, OfferCondition, actions};
use crate::{Environment, File, Index, NoDisk, TextRange, Workspace};

/// Returns the file of a plan, with 2026-11-21 as the current date.
fn file(text: &str) -> File {
    let environment = Environment { today: Some("2026-11-21".into()), ..Environment::default() };
    File::with_environment("/plans/plan.md", Document::new(text), Arc::new(environment))
}

fn found<T>(marked: &str, with: impl FnOnce(&File, &Workspace<'_>, &TextRange, Vec<Action>) -> T) -> T {
    let (text, range) = fixture(marked);
    let file = file(&text);
    let mut index = Index::new(["/plans".to_owned()]);
    index.set(file.path(), Some(file.entry()));
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let actions = actions(&Context { file: &file, workspace: &workspace, range: &range, on_request: true });
    with(&file, &workspace, &range, actions)
}

/// Returns the titles and kinds of the offered actions, one per line.
pub(super) fn all(marked: &str) -> String {
    found(marked, |_, _, _, actions| {
        let shown = actions.iter().map(|action| {
            let offered = match (&action.disabled, action.offer) {
                (Some(why), _) => format!(", disabled: {why}"),
                (None, OfferCondition::OnRequest) => ", on request".to_owned(),
                (None, OfferCondition::Always) => String::new(),
            };
            format!("{} ({}){offered}\n", action.title, action.kind)
        });
        shown.collect()
    })
}

/// Applies the first action of a kind; returns its title and the resulting text.
pub(super) fn applied(marked: &str, kind: &str) -> String {
    apply_first(marked, |action| action.kind == kind)
}

/// Applies the first action whose title starts with `title`; returns its title and the resulting text.
pub(super) fn titled(marked: &str, title: &str) -> String {
    apply_first(marked, |action| action.title.starts_with(title))
}

fn apply_first(marked: &str, wanted: impl Fn(&Action) -> bool) -> String {
    found(marked, |file, workspace, _, actions| match actions.iter().find(|action| wanted(action)) {
        Some(action) => {
            let edits = action.changes(file, workspace).edits;
            let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
            format!("{}\n\n{}", action.title, apply(&file.document().text(), &edits))
        }
        None => "nothing".into(),
    })
}
