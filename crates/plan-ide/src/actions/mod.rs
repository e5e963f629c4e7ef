//! Code actions that are independent of findings. Each action has its own file.

mod add_ids;
mod add_item;
pub mod checkboxes;
mod choose;
mod extract;
pub mod gantt_chart;
mod insert_section;
mod move_item;
pub mod move_to;
mod plan_status;
mod renumber;
mod requirement_task;
mod scope;
pub mod set_field;
mod set_state;
#[cfg(test)]
mod testing;
pub mod toggle_task;
mod update_progress;

use std::fmt;

pub(crate) use self::renumber::{changes as renumbered, external_edits};
pub use self::scope::tasks_in;
pub(crate) use self::set_state::{parent_state, parents_that_follow};
use crate::{Edit, File, Index, TextRange, Workspace};

type ActionProvider = fn(&Context<'_>) -> Vec<Action>;

/// Providers of always-offered actions, in menu order.
const ALWAYS_OFFERED: &[ActionProvider] = &[
    toggle_task::toggle_task,
    set_state::suggested_states,
    set_state::with_parents,
    set_state::with_children,
    plan_status::plan_status,
    plan_status::approve,
    update_progress::progress_values,
    choose::choose,
    insert_section::insert_section,
    add_item::add_item,
    renumber::renumber,
    requirement_task::of_requirement,
];

/// Providers of actions that are offered only on request.
const OFFERED_ON_REQUEST: &[ActionProvider] = &[
    set_state::other_states,
    set_field::set_fields,
    update_progress::update_progress,
    checkboxes::checkboxes,
    move_item::move_item,
    move_item::insert_item,
    move_item::delete_item,
    add_ids::add_ids,
    extract::extract,
    gantt_chart::gantt_chart,
    requirement_task::of_task,
];

/// Input of the action providers.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Document in which actions are requested.
    pub file: &'a File,
    /// The other files that the document can refer to.
    pub workspace: &'a Workspace<'a>,
    /// Cursor or selection, in bytes.
    pub range: &'a TextRange,
    /// Whether actions that are not always offered are included.
    pub on_request: bool,
}

/// A code action offered at a range.
#[derive(Debug)]
pub struct Action {
    /// Title as an imperative: `Complete task`.
    pub title: String,
    /// Last segment of the LSP kind `refactor.rewrite.plansmith.KIND`, for example `toggle`.
    pub kind: &'static str,
    /// Condition under which the action is offered.
    pub offer: OfferCondition,
    /// Reason why the action is unavailable here; `None` if it is available.
    pub disabled: Option<String>,
    /// Change that the action makes.
    pub change: Change,
}

/// Condition under which an action is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferCondition {
    /// Whenever it applies.
    Always,
    /// On request for refactorings, or for a selection.
    OnRequest,
}

/// Change of an action.
pub enum Change {
    /// Edits that are already computed.
    Edits(Vec<Edit>),
    /// Changes that are expensive and therefore computed when the action is resolved.
    Lazy(ComputeChanges),
}

/// Computes the changes for a document in its workspace.
pub type ComputeChanges = Box<dyn Fn(&File, &Workspace<'_>) -> Changes + Send + Sync>;

/// Edits of a document, and optionally of other documents.
#[derive(Debug, Default)]
pub struct Changes {
    /// Edits of the document itself.
    pub edits: Vec<Edit>,
    /// Edits of other documents.
    pub external: Option<ExternalEdits>,
}

/// Edits of other documents, computed by a caller that can read them.
pub struct ExternalEdits {
    /// Paths, as in the index, of the documents that may need edits.
    pub paths: Vec<String>,
    /// Computes the edits of one of these documents.
    pub rewrite: Rewrite,
}

/// Computes the edits of one of the other documents.
pub type Rewrite = Box<dyn Fn(&File, &Index) -> Vec<Edit> + Send + Sync>;

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edits(edits) => f.debug_tuple("Edits").field(edits).finish(),
            Self::Lazy(_) => f.write_str("Lazy"),
        }
    }
}

impl fmt::Debug for ExternalEdits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExternalEdits").field("paths", &self.paths).finish_non_exhaustive()
    }
}

impl From<Vec<Edit>> for Changes {
    fn from(edits: Vec<Edit>) -> Self {
        Self { edits, external: None }
    }
}

impl Action {
    fn new(title: impl Into<String>, kind: &'static str, edits: Vec<Edit>) -> Self {
        Self {
            title: title.into(),
            kind,
            offer: OfferCondition::Always,
            disabled: None,
            change: Change::Edits(edits),
        }
    }

    fn lazy(
        title: impl Into<String>,
        kind: &'static str,
        change: impl Fn(&File, &Workspace<'_>) -> Changes + Send + Sync + 'static,
    ) -> Self {
        Self {
            title: title.into(),
            kind,
            offer: OfferCondition::OnRequest,
            disabled: None,
            change: Change::Lazy(Box::new(change)),
        }
    }

    /// Returns an action that is listed at the range but disabled, with the reason.
    fn unavailable(title: impl Into<String>, kind: &'static str, why: impl Into<String>) -> Self {
        let change = Change::Edits(Vec::new());
        Self {
            title: title.into(),
            kind,
            offer: OfferCondition::OnRequest,
            disabled: Some(why.into()),
            change,
        }
    }

    fn on_request(self) -> Self {
        Self { offer: OfferCondition::OnRequest, ..self }
    }

    fn always(self) -> Self {
        Self { offer: OfferCondition::Always, ..self }
    }

    /// Returns the changes for the file that the action was offered for.
    pub fn changes(&self, file: &File, workspace: &Workspace<'_>) -> Changes {
        match &self.change {
            Change::Edits(edits) => edits.clone().into(),
            Change::Lazy(find) => find(file, workspace),
        }
    }
}

/// Kinds of all actions.
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
    set_field::OWNER,
    set_field::DUE,
    set_field::ESTIMATE,
    update_progress::KIND,
    update_progress::VALUES,
    plan_status::KIND,
    plan_status::APPROVE,
    renumber::KIND,
    add_ids::KIND,
    extract::KIND,
    gantt_chart::KIND,
    gantt_chart::FILL_DATES,
    move_item::MOVE,
    move_item::INSERT,
    move_item::DELETE,
    checkboxes::ADD,
    checkboxes::REMOVE,
    choose::KIND,
    insert_section::KIND,
    add_item::KIND,
    requirement_task::ADD_TASK,
    requirement_task::ADD_REFERENCE,
];

/// Returns the actions at a cursor or selection, always-offered actions first.
pub fn actions(context: &Context<'_>) -> Vec<Action> {
    let on_request = if context.on_request { OFFERED_ON_REQUEST } else { &[] };
    let mut actions: Vec<Action> =
        ALWAYS_OFFERED.iter().chain(on_request).flat_map(|provider| provider(context)).collect();
    actions.sort_by_key(|action| action.offer == OfferCondition::OnRequest);
    actions
}
