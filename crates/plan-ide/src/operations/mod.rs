//! Operations on tasks of a plan, which are given by name: setting states, claiming and adding tasks. Used by the
//! command line.
//!
//! Either all operations of a request are applied or none. After each one, the plan is parsed again and compared with
//! the previous version: an operation that would change the interpretation of other tasks is refused.

mod add;
mod find;
mod refusal;
mod set;

use foldhash::{HashSet, HashSetExt};
use plan_model::State;

pub use self::refusal::{Refusal, UnexpectedState};
use crate::{Edit, File, editing::draft::Draft};

/// A change of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Sets the state of items.
    Set(SetState),
    /// Makes a ready task active.
    Claim(Claim),
    /// Adds a task.
    Add(NewTask),
}

/// Sets the state of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetState {
    /// Names of the items, separated by commas: an ID, `phase 2/3`, `line:N`, the exact title, or `plan`.
    pub items: String,
    /// The new state.
    pub state: State,
    /// The state that each item must have before.
    pub expect: Option<State>,
    /// The new owner.
    pub owner: OwnerChange,
    /// Text that is added to each task.
    pub note: Option<String>,
    /// Whether parents, progress values, dates and logs are updated as well.
    pub update_progress: bool,
}

/// Change of an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OwnerChange {
    /// Keeps the owner.
    #[default]
    Keep,
    /// Removes the owner.
    Remove,
    /// Sets the owner to this name.
    Set(String),
}

/// Makes a ready task active.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// Name of the task; `None` for the first ready task that is not active.
    pub item: Option<String>,
    /// The new owner; `None` keeps the owner.
    pub owner: Option<String>,
    /// Owner to set if the task has no owner and `owner` is `None`.
    pub default_owner: Option<String>,
    /// Whether tasks of other owners than `owner` can be claimed.
    pub reassign: bool,
}

/// A task to add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewTask {
    /// Title, on one line.
    pub title: String,
    /// Name of the phase. `None` for the phase of `after`, otherwise for the last phase with tasks.
    pub phase: Option<String>,
    /// Name of the task that the new one follows.
    pub after: Option<String>,
    /// Names of the items that the task depends on, separated by commas.
    pub depends_on: Option<String>,
    /// IDs of the requirements that the task implements.
    pub requirements: Vec<String>,
}

/// Result of operations.
#[derive(Debug)]
pub struct AppliedOperations {
    /// Edits of the original file.
    pub edits: Vec<Edit>,
    /// The file after all operations.
    pub file: File,
    /// Indices in `file` of the items that were set, claimed or added, in the order of the operations.
    pub items: Vec<usize>,
    /// Remarks for the user.
    pub remarks: Vec<String>,
}

/// Result of one operation.
#[derive(Debug)]
struct OperationResult {
    /// The changed file.
    draft: Draft,
    /// Offsets of the lines of the affected items, after the edits.
    lines: Vec<usize>,
    remarks: Vec<String>,
}

/// Applies operations to a plan, one after the other. `line:N` is always a line of the original file.
///
/// # Errors
/// Returns the reason why one of the operations is not possible.
pub fn apply(file: &File, operations: &[Operation]) -> Result<AppliedOperations, Refusal> {
    if !file.has_tasks() {
        return Err(match operations {
            // Another file can have tasks to claim.
            [Operation::Claim(claim)] if claim.item.is_none() => {
                Refusal::NothingReady { open: 0, assigned: 0 }
            }
            _ => Refusal::Invalid("file has no tasks".to_owned()),
        });
    }
    let mut draft = Draft::new(file);
    let (mut lines, mut remarks) = (Vec::new(), Vec::new());
    let mut rest = operations;
    // Number of operations that cannot be applied together.
    let mut single = 0_usize;
    while let Some(operation) = rest.first() {
        let names = find::ItemNames::new(draft.file(), file, Some(&draft));
        let run = if single == 0 { apply_run(&names, rest) } else { Err(0) };
        let (step, applied) = match run {
            Ok(applied) => applied,
            Err(length) => {
                single = single.max(length);
                let step = match operation {
                    Operation::Set(set) => set::set(&names, set)?,
                    Operation::Claim(claim) => set::claim(&names, claim)?,
                    Operation::Add(task) => add::add(&names, task)?,
                };
                (step, 1)
            }
        };
        single = single.saturating_sub(applied);
        rest = &rest[applied..];
        let edits = step.draft.edits();
        for line in &mut lines {
            *line = moved(*line, &edits);
        }
        draft.follow(&step.draft);
        lines.extend(step.lines);
        remarks.extend(step.remarks);
    }
    let plan = draft.file().plan();
    let on_line = |line: usize| plan.item_before(line).map(|item| item.index());
    let mut items: Vec<usize> = lines.into_iter().filter_map(on_line).collect();
    let mut seen = HashSet::new();
    items.retain(|item| seen.insert(*item));
    Ok(AppliedOperations { edits: draft.edits(), items, remarks, file: draft.file().clone() })
}

/// Applies the operations at the start of a list together, if this has the same effect as one after the other. The plan is
/// then parsed once for all of them. Also returns their number.
///
/// # Errors
/// Returns the number of operations that have to be applied one after the other.
fn apply_run(
    names: &find::ItemNames<'_>,
    operations: &[Operation],
) -> Result<(OperationResult, usize), usize> {
    let (result, length) = match operations {
        [Operation::Set(first), Operation::Set(_), ..] => {
            let sets = operations.iter().map_while(|operation| match operation {
                Operation::Set(set) if set::is_same_change(first, set) => Some(set),
                _ => None,
            });
            let sets: Vec<&SetState> = sets.collect();
            (set::set_run(names, &sets), sets.len())
        }
        [Operation::Add(first), Operation::Add(_), ..] => {
            let tasks = operations.iter().map_while(|operation| match operation {
                Operation::Add(task) if add::is_same_place(first, task) => Some(task),
                _ => None,
            });
            let tasks: Vec<&NewTask> = tasks.collect();
            (add::add_run(names, &tasks), tasks.len())
        }
        _ => (None, 1),
    };
    result.ok_or(length)
}

/// Returns the index of the only item with a name.
///
/// # Errors
/// Returns a refusal if no item or several items have the name.
pub fn find(file: &File, name: &str) -> Result<usize, Refusal> {
    find::ItemNames::new(file, file, None).item(name).map(|item| item.index())
}

/// Returns the new offset of the text at an offset after sorted, disjoint edits.
fn moved(offset: usize, edits: &[Edit]) -> usize {
    let mut moved = offset;
    for edit in edits.iter().filter(|edit| edit.range.end <= offset) {
        moved = (moved + edit.text.len()).saturating_sub(edit.range.len());
    }
    moved
}

/// Returns whether a character controls how text is shown: a control character, a bidirectional control, or a line or
/// paragraph separator.
fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Checks that a text can be part of one line of a plan.
fn check_text(what: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::Invalid(format!("{what} is empty")));
    }
    if text.chars().any(is_control) {
        return Err(Refusal::Invalid(format!(
            "invalid {what}: expected one line without control characters"
        )));
    }
    Ok(())
}

#[cfg(test)]
mod form_tests;
#[cfg(test)]
mod tests;
