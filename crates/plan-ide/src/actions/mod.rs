//! Code actions that no finding asks for. Each has its file.

mod add_item;
mod choose;
mod insert_section;
pub mod toggle_task;

use crate::{Edit, File, Place};

/// All actions, in the order in which they are offered.
const ACTIONS: &[fn(&File, &Place) -> Vec<Action>] =
    &[toggle_task::toggle_task, choose::choose, insert_section::insert_section, add_item::add_item];

/// A change that is offered at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What it does, as a command: `Mark the task as done`.
    pub title: String,
    /// The end of its kind in LSP, `refactor.rewrite.plansmith.KIND`: `toggle`.
    pub kind: &'static str,
    /// The change.
    pub edits: Vec<Edit>,
}

/// The kinds of all actions.
pub const KINDS: &[&str] = &[toggle_task::KIND, choose::KIND, insert_section::KIND, add_item::KIND];

/// The actions that fit a cursor or selection.
pub fn actions(file: &File, range: &Place) -> Vec<Action> {
    ACTIONS.iter().flat_map(|action| action(file, range)).collect()
}
