//! Setting states and owners, and claiming tasks.

use std::collections::HashSet;

use plan_model::{Item, ItemKind, Meaning, Role, State, StateSourceKind, plain};

use super::{
    Claim, OperationResult, OwnerChange, Refusal, SetState, check_text,
    find::{ItemNames, PLAN_ITEM},
    moved,
};
use crate::{
    Edit, File,
    actions::{parent_state, parents_that_follow},
    editing::{
        draft::Draft,
        progress_sync::{set_state_and_sync, set_status},
        states::Writer,
        task_fields::{added_line, set_field},
    },
    insert, next,
};

/// Performs the operation that sets the state of items.
pub(super) fn set(names: &ItemNames<'_>, set: &SetState) -> Result<OperationResult, Refusal> {
    let file = names.file;
    if let OwnerChange::Set(owner) = &set.owner {
        check_text("owner", owner)?;
    }
    if let Some(note) = &set.note {
        check_text("note", note)?;
    }
    if set.items.trim() == PLAN_ITEM {
        return set_plan(file, set);
    }
    let items = names.items(&set.items, set.expect)?;
    if let Some(expect) = set.expect {
        let state = |item: &Item<'_>| next::state(item).unwrap_or(State::Open);
        if let Some(item) = items.iter().find(|item| state(item) != expect) {
            let expected = format!("expected {}", expect.name());
            return Err(Refusal::unexpected(file.document(), item, expected));
        }
    }
    let indices: Vec<usize> = items.iter().map(Item::index).collect();
    let mut draft = Draft::new(file);
    let owner = match &set.owner {
        OwnerChange::Keep => None,
        OwnerChange::Remove => Some(None),
        OwnerChange::Set(owner) => Some(Some(owner.as_str())),
    };
    if let Some(owner) = owner
        && let Some(name) = write_owner(&mut draft, &indices, owner)?
    {
        return Err(Refusal::Invalid(unwritable_owner_message(&name)));
    }
    if let Some(note) = &set.note {
        write_note(&mut draft, &indices, note.trim())?;
    }
    let remarks = write_state(&mut draft, &indices, set.state, set.update_progress)?;
    finish(file, draft, &indices, remarks)
}

/// Returns whether two operations set items to the same state and change nothing else, so that they can be performed
/// together.
pub(super) fn is_same_change(first: &SetState, other: &SetState) -> bool {
    let is_plain = |set: &SetState| {
        set.owner == OwnerChange::Keep
            && set.note.is_none()
            && !set.update_progress
            && set.items.trim() != PLAN_ITEM
    };
    is_plain(first) && is_plain(other) && first.state == other.state
}

/// Performs operations of the [same change](is_same_change) together. Also returns their number. `None` if they have to
/// be performed one after the other.
pub(super) fn set_run(names: &ItemNames<'_>, sets: &[&SetState]) -> Option<(OperationResult, usize)> {
    let file = names.file;
    let to = sets.first()?.state;
    let mut indices: Vec<usize> = Vec::new();
    let mut seen = HashSet::new();
    for set in sets {
        // The state of one item can depend on the others.
        for item in names.items(&set.items, None).ok()? {
            let is_expected = set.expect.is_none_or(|expect| item.state() == Some(expect));
            if !is_expected || !seen.insert(item.index()) {
                return None;
            }
            indices.push(item.index());
        }
    }
    let mut draft = Draft::new(file);
    let remarks = write_state(&mut draft, &indices, to, false).ok()?;
    Some((finish(file, draft, &indices, remarks).ok()?, sets.len()))
}

/// Performs the operation that sets the status of the plan.
fn set_plan(file: &File, set: &SetState) -> Result<OperationResult, Refusal> {
    let plan = file.plan();
    let Some(status) = plan.status() else {
        return Err(Refusal::Invalid("plan has no status field; add one first".to_owned()));
    };
    if set.owner != OwnerChange::Keep || set.note.is_some() {
        return Err(Refusal::Invalid("cannot set owner or note of `plan`; expected a task".to_owned()));
    }
    let state = plan.state_of(&status.value).unwrap_or(State::Open);
    if let Some(expect) = set.expect.filter(|expect| *expect != state) {
        return Err(Refusal::Unexpected(super::UnexpectedState {
            name: PLAN_ITEM.to_owned(),
            expected: format!("expected {}", expect.name()),
            state,
            line: file.document().rope().byte_to_line(status.key_range.start) + 1,
            text: status.value.into_owned(),
        }));
    }
    let mut draft = Draft::new(file);
    draft.step(&set_status(file, set.state));
    Ok(OperationResult { draft, lines: Vec::new(), remarks: Vec::new() })
}

/// Performs the operation that makes a ready task active.
pub(super) fn claim(names: &ItemNames<'_>, claim: &Claim) -> Result<OperationResult, Refusal> {
    let file = names.file;
    let plan = file.plan();
    // A plan of a template or an archive has no next task.
    if claim.item.is_none() && !file.is_unarchived_plan() {
        return Err(Refusal::NothingReady { open: 0, assigned: 0 });
    }
    for owner in claim.owner.iter().chain(&claim.default_owner) {
        check_text("owner", owner)?;
    }
    let is_open = |item: &Item<'_>| next::state(item).is_none_or(|state| state == State::Open);
    let ready = file.next_tasks().iter().filter_map(|index| plan.item(*index));
    // A task whose checkbox is malformed can only be open or done.
    let can_start = |item: &Item<'_>| !Writer::new(file).set(item, State::Active).is_empty();
    let mut ready = ready.filter(|item| is_open(item) && can_start(item));
    let mut assigned = 0;
    let item = match &claim.item {
        None => ready
            .find(|item| {
                let is_free = other_owner(item, claim).is_none();
                assigned += usize::from(!is_free);
                is_free
            })
            .ok_or_else(|| nothing_ready(file, assigned))?,
        Some(name) => {
            let item = names.item(name)?;
            if !ready.any(|other| other.index() == item.index()) {
                let expected = if is_open(&item) { "but not ready" } else { "expected open" };
                return Err(Refusal::unexpected(file.document(), &item, expected.to_owned()));
            }
            if let Some(owner) = other_owner(&item, claim) {
                let expected = format!("but assigned to `{}`", super::refusal::shortened(&owner));
                return Err(Refusal::unexpected(file.document(), &item, expected));
            }
            item
        }
    };
    let indices = [item.index()];
    let has_owner = item.field(Meaning::Owner).is_some();
    let mut draft = Draft::new(file);
    let mut remarks = Vec::new();
    if let Some(owner) = &claim.owner {
        remarks.extend(
            write_owner(&mut draft, &indices, Some(owner))?.map(|name| unwritable_owner_message(&name)),
        );
    } else if let Some(owner) = claim.default_owner.as_ref().filter(|_| !has_owner) {
        match write_owner(&mut draft, &indices, Some(owner)) {
            Ok(name) => remarks.extend(name.map(|name| unwritable_owner_message(&name))),
            // The default owner is only a suggestion, so a name that cannot be read back is not an error.
            Err(refusal) => remarks.push(refusal.to_string()),
        }
    }
    write_state(&mut draft, &indices, State::Active, false)?;
    finish(file, draft, &indices, remarks)
}

/// Returns the owner of a task that prevents the claim: another person than the claim names, in a field of the task
/// itself.
fn other_owner(item: &Item<'_>, claim: &Claim) -> Option<String> {
    let owner = claim.owner.as_ref().filter(|_| !claim.reassign)?;
    let mut fields = item.filled_fields().filter(|field| field.meaning == Some(Meaning::Owner));
    let assigned = plain(&fields.next()?.value);
    let is_nobody = matches!(
        assigned.trim().to_lowercase().as_str(),
        "" | "-" | "—" | "tbd" | "tba" | "none" | "unassigned" | "anyone" | "n/a" | "?"
    );
    (!is_nobody && !next::is_owned_by(&assigned, owner)).then_some(assigned)
}

fn nothing_ready(file: &File, assigned: usize) -> Refusal {
    let is_left = |item: &Item<'_>| {
        item.kind() == ItemKind::Task
            && item.role().counts()
            && matches!(item.state(), Some(State::Open | State::Blocked))
    };
    Refusal::NothingReady { open: file.plan().items().filter(is_left).count(), assigned }
}

/// Writes the owner of items. Returns the name of the first item whose owner cannot be written, such as a table row without
/// a column for owners; the draft is then unchanged.
fn write_owner(draft: &mut Draft, items: &[usize], owner: Option<&str>) -> Result<Option<String>, Refusal> {
    let file = draft.file().clone();
    let mut edits = Vec::new();
    for item in items.iter().filter_map(|index| file.plan().item(*index)) {
        let own = set_field(&file, &item, Meaning::Owner, owner);
        let Some(own) = own else { return Ok(Some(next::short_name(&item))) };
        edits.extend(own);
    }
    let before = draft.clone();
    draft.step(&edits);
    // A name can be Markdown, or contain parentheses.
    let is_written = |draft: &Draft, item: usize| {
        let item = draft.file().plan().item(item);
        let written = item.and_then(|item| item.fields().find(|field| field.meaning == Some(Meaning::Owner)));
        owner.is_none_or(|owner| {
            let same = |value: &str| value == owner || value.strip_prefix('@') == Some(owner);
            written.is_some_and(|field| same(&field.value) || same(&field.value.replace("\\|", "|")))
        })
    };
    let are_written = |draft: &Draft| items.iter().all(|item| is_written(draft, *item));
    if are_written(draft) {
        return Ok(None);
    }
    *draft = before.clone();
    // The text of a task can end in words between which an owner is not recognized: `(protected file - skipped)`.
    if let Some(owner) = owner.filter(|owner| is_plain_name(owner)) {
        let items = items.iter().filter_map(|index| file.plan().item(*index));
        let lines: Option<Vec<Edit>> = items.map(|item| added_line(&file, &item, "Owner: ", owner)).collect();
        if let Some(lines) = lines {
            draft.step(&lines);
            if are_written(draft) {
                return Ok(None);
            }
            *draft = before;
        }
    }
    Err(Refusal::Invalid(format!(
        "invalid owner `{}`; expected a name",
        super::refusal::shortened(owner.unwrap_or_default())
    )))
}

/// Returns whether a name consists of words without punctuation.
fn is_plain_name(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '@' | '.'))
}

/// Returns the message about an item whose owner cannot be written.
fn unwritable_owner_message(name: &str) -> String {
    format!("cannot write owner of `{name}`: no owner field or column")
}

/// Adds a detail with a note to tasks, after their own details.
fn write_note(draft: &mut Draft, items: &[usize], note: &str) -> Result<(), Refusal> {
    let file = draft.file().clone();
    let newline = if insert::uses_crlf(&file) { "\r\n" } else { "\n" };
    let mut edits = Vec::new();
    for item in items.iter().filter_map(|index| file.plan().item(*index)) {
        let document = file.document();
        let line = item.line();
        if item.form() == StateSourceKind::TableRow {
            let name = next::short_name(&item);
            return Err(Refusal::Invalid(format!("cannot add note to `{name}`: it is a table row")));
        }
        if item.is_heading() {
            let children = item.children().map(|child| document.line_start(child.line().start)).min();
            let end = children.unwrap_or(item.range().end).min(item.range().end);
            edits.push(insert::block(&file, end, &format!("- Note: {note}")));
            continue;
        }
        let first_child = item.children().map(|child| document.line_start(child.line().start)).min();
        let end = first_child.map_or(item.range().end, |start| start.saturating_sub(newline.len()));
        let marker: String =
            document.slice(line.clone()).chars().take_while(|c| !c.is_whitespace()).collect();
        let bullet = if matches!(marker.as_str(), "*" | "+") { marker.as_str() } else { "-" };
        let indent = insert::detail_indent_of(&file, &item);
        edits.push(Edit::insert(end, format!("{newline}{indent}{bullet} Note: {note}")));
    }
    draft.step(&edits);
    Ok(())
}

/// Sets the state of items in a draft. Returns remarks for the user.
fn write_state(
    draft: &mut Draft,
    items: &[usize],
    to: State,
    update_progress: bool,
) -> Result<Vec<String>, Refusal> {
    let file = draft.file().clone();
    let plan = file.plan();
    let named: Vec<Item<'_>> = items.iter().filter_map(|index| plan.item(*index)).collect();
    let writer = Writer::new(&file);
    let mut edits: Vec<Edit> = Vec::new();
    for item in &named {
        let own = writer.set(item, to);
        if own.is_empty() && next::state(item) != Some(to) {
            return Err(Refusal::Invalid(unsupported_state_message(item, to)));
        }
        edits.extend(own);
    }
    if update_progress {
        let parents = parents(&named, to);
        edits = set_state_and_sync(&file, &named, to, &parents);
    }
    draft.step(&edits);
    let done = parents_that_follow(&named, to);
    let open_phase = done.iter().find(|parent| {
        !update_progress && to == State::Done && parent.state().is_some_and(|state| state != State::Done)
    });
    let remark = open_phase.map(|parent| {
        format!("all tasks in `{}` are done; set it to done as well", next::short_name(parent))
    });
    Ok(remark.into_iter().collect())
}

/// Returns the parents whose states change with those of their tasks, with the new states.
fn parents<'a>(items: &[Item<'a>], to: State) -> Vec<(Item<'a>, State)> {
    match to {
        State::Done | State::Open => parents_that_follow(items, to)
            .into_iter()
            .map(|parent| (parent, parent_state(&parent, to)))
            .collect(),
        State::Active => {
            let phases = items.first().into_iter().flat_map(Item::ancestors);
            let open =
                phases.filter(|item| item.kind() == ItemKind::Phase && item.state() == Some(State::Open));
            open.map(|phase| (phase, State::Active)).collect()
        }
        _ => Vec::new(),
    }
}

fn unsupported_state_message(item: &Item<'_>, to: State) -> String {
    let name = next::short_name(item);
    match item.kind() {
        ItemKind::Phase if item.state().is_none() => {
            format!("`{name}` has no status; set the state of its tasks")
        }
        _ if item.malformed_checkbox().is_some() => {
            format!("cannot set `{name}` to {}; fix its checkbox first", to.name())
        }
        _ => format!("cannot set `{name}` to {}; add a checkbox or a `Status` field", to.name()),
    }
}

/// Returns the result of a draft after checking that only the given items have other states.
fn finish(
    file: &File,
    draft: Draft,
    items: &[usize],
    remarks: Vec<String>,
) -> Result<OperationResult, Refusal> {
    let (before, after) = (file.plan(), draft.file().plan());
    let named: HashSet<usize> = items.iter().copied().collect();
    let is_same = before.items().len() == after.items().len()
        && before.items().zip(after.items()).all(|(old, new)| {
            let may_change =
                || named.contains(&old.index()) || old.role() != Role::Work || old.kind() == ItemKind::Phase;
            let is_parent =
                || items.iter().any(|item| before.item(*item).is_some_and(|item| old.is_ancestor_of(&item)));
            old.id() == new.id() && (old.state() == new.state() || may_change() || is_parent())
        });
    if !is_same {
        return Err(Refusal::Invalid("change would affect other tasks; edit the file manually".to_owned()));
    }
    let edits = draft.edits();
    let lines = items.iter().filter_map(|index| before.item(*index)).map(|item| {
        let start = item.line().start;
        moved(start, &edits)
    });
    Ok(OperationResult { lines: lines.collect(), remarks, draft })
}
