//! Code actions that no finding asks for. Each has its file.

mod add_ids;
mod add_item;
pub mod boxes;
mod choose;
mod extract;
mod insert_section;
mod keep_books;
mod move_item;
mod plan_status;
mod renumber;
mod scope;
mod set_state;
#[cfg(test)]
mod testing;
pub mod toggle_task;

use std::fmt;

pub(crate) use self::renumber::{changes as renumbered, elsewhere};
pub(crate) use self::scope::is_ours;
pub use self::scope::tasks_in;
use crate::{Edit, File, Index, Place, Workspace};

type Provider = fn(&Context<'_>) -> Vec<Action>;

/// Those of what is always offered where it fits, in the order of the menu.
const USUAL: &[Provider] = &[
    toggle_task::toggle_task,
    set_state::likely,
    set_state::with_parents,
    set_state::with_children,
    plan_status::plan_status,
    plan_status::approve,
    keep_books::figures,
    choose::choose,
    insert_section::insert_section,
    add_item::add_item,
    renumber::renumber,
];

/// Those of what is offered only when someone asks.
const FURTHER: &[Provider] = &[
    set_state::others,
    keep_books::keep_books,
    boxes::boxes,
    move_item::move_item,
    move_item::insert_item,
    move_item::delete_item,
    add_ids::add_ids,
    extract::extract,
];

/// What actions look at.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The document.
    pub file: &'a File,
    /// What it can see of others.
    pub workspace: &'a Workspace<'a>,
    /// The cursor or the selection, in bytes.
    pub range: &'a Place,
    /// Whether someone asks for more than what is always offered.
    pub asked: bool,
}

/// A change that is offered at a place.
#[derive(Debug)]
pub struct Action {
    /// What it does, as a command: `Mark the task as done`.
    pub title: String,
    /// The end of its kind in LSP, `refactor.rewrite.plansmith.KIND`: `toggle`.
    pub kind: &'static str,
    /// When it is offered.
    pub offer: Offer,
    /// Why it cannot be done here, where that is so.
    pub disabled: Option<String>,
    /// The change.
    pub change: Change,
}

/// When an action is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    /// Always where it fits.
    Always,
    /// When someone asks for refactorings, or has selected something.
    Asked,
}

/// What an action changes.
pub enum Change {
    /// These edits.
    Edits(Vec<Edit>),
    /// What it takes time to find out.
    Later(Find),
}

/// Finds out what a document, seen in its workspace, has to change.
pub type Find = Box<dyn Fn(&File, &Workspace<'_>) -> Changes + Send + Sync>;

/// Changes of a document, and perhaps of others.
#[derive(Debug, Default)]
pub struct Changes {
    /// In the document itself.
    pub edits: Vec<Edit>,
    /// In others.
    pub elsewhere: Option<Elsewhere>,
}

/// Changes of other documents, found by whoever has their texts.
pub struct Elsewhere {
    /// The documents to look at, by the paths that the index has for them.
    pub paths: Vec<String>,
    /// What changes in one of them.
    pub rewrite: Rewrite,
}

/// What changes in a document, seen with the index.
pub type Rewrite = Box<dyn Fn(&File, &Index) -> Vec<Edit> + Send + Sync>;

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edits(edits) => f.debug_tuple("Edits").field(edits).finish(),
            Self::Later(_) => f.write_str("Later"),
        }
    }
}

impl fmt::Debug for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elsewhere").field("paths", &self.paths).finish_non_exhaustive()
    }
}

impl From<Vec<Edit>> for Changes {
    fn from(edits: Vec<Edit>) -> Self {
        Self { edits, elsewhere: None }
    }
}

impl Action {
    fn new(title: impl Into<String>, kind: &'static str, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), kind, offer: Offer::Always, disabled: None, change: Change::Edits(edits) }
    }

    fn later(
        title: impl Into<String>,
        kind: &'static str,
        change: impl Fn(&File, &Workspace<'_>) -> Changes + Send + Sync + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            kind,
            offer: Offer::Asked,
            disabled: None,
            change: Change::Later(Box::new(change)),
        }
    }

    /// One that fits the place and cannot be done.
    fn impossible(title: impl Into<String>, kind: &'static str, why: impl Into<String>) -> Self {
        let change = Change::Edits(Vec::new());
        Self { title: title.into(), kind, offer: Offer::Asked, disabled: Some(why.into()), change }
    }

    fn asked(self) -> Self {
        Self { offer: Offer::Asked, ..self }
    }

    fn always(self) -> Self {
        Self { offer: Offer::Always, ..self }
    }

    /// What it changes in the file that it was offered for.
    pub fn changes(&self, file: &File, workspace: &Workspace<'_>) -> Changes {
        match &self.change {
            Change::Edits(edits) => edits.clone().into(),
            Change::Later(find) => find(file, workspace),
        }
    }
}

/// The kinds of all actions.
pub const KINDS: &[&str] = &[
    toggle_task::KIND,
    set_state::OPEN,
    set_state::ACTIVE,
    set_state::BLOCKED,
    set_state::DONE,
    set_state::DEFERRED,
    set_state::CANCELLED,
    set_state::WITH_CHILDREN,
    set_state::WITH_PARENTS,
    keep_books::KIND,
    keep_books::FIGURES,
    plan_status::KIND,
    plan_status::APPROVE,
    renumber::KIND,
    add_ids::KIND,
    extract::KIND,
    move_item::MOVE,
    move_item::INSERT,
    move_item::DELETE,
    boxes::ADD,
    boxes::REMOVE,
    choose::KIND,
    insert_section::KIND,
    add_item::KIND,
];

/// The actions that fit a cursor or selection: those that are always offered first.
pub fn actions(context: &Context<'_>) -> Vec<Action> {
    let further = if context.asked { FURTHER } else { &[] };
    let mut actions: Vec<Action> =
        USUAL.iter().chain(further).flat_map(|provider| provider(context)).collect();
    actions.sort_by_key(|action| action.offer == Offer::Asked);
    actions
}
