//! The status of the plan with its status log row, its approval, and its on-completion sections.

use plan_model::{Column, Meaning, State, TableKind};
use plan_schema::DocumentKind;

use super::{Action, Context};
use crate::{Edit, File, TextRange, editing::progress_sync::set_status};

/// Last segment of the action kind.
pub const KIND: &str = "set-status";
/// Last segment of the kind of the action that approves a plan.
pub const APPROVE: &str = "approve";

/// Offers to set the status of the plan, on the status field and on the title.
pub(super) fn plan_status(context: &Context<'_>) -> Vec<Action> {
    let file = context.file;
    if file.kind() != DocumentKind::Plan {
        return Vec::new();
    }
    let plan = file.plan();
    let is_at_cursor =
        |place: &TextRange| place.start <= context.range.start && context.range.end <= place.end;
    let status = plan.status();
    let on_status =
        status.as_ref().is_some_and(|field| is_at_cursor(&(field.key_range.start..field.value_range.end)));
    let on_title = plan.title_range().is_some_and(|title| is_at_cursor(&title));
    let Some(status) = status.filter(|_| on_status || on_title) else { return Vec::new() };
    let now = plan.state_of(&status.value);
    let choices = file.template().map(|template| template.choices_for(Meaning::Status)).unwrap_or_default();
    // A template that restricts the status may have no value for a state.
    let is_allowed = |state: &State| {
        choices.is_empty() || choices.iter().any(|choice| plan.state_of(choice) == Some(*state))
    };
    let likely: &[State] = match now {
        Some(State::Open) | None => &[State::Active],
        Some(State::Active) => &[State::Done, State::Blocked],
        Some(State::Blocked | State::Deferred) => &[State::Active],
        Some(State::Done | State::Cancelled) => &[],
    };
    let states = State::ALL.into_iter().filter(|state| Some(*state) != now && is_allowed(state));
    let offered = states.map(|state| {
        let title = format!("Set plan status to {}", state.name());
        let action = Action::lazy(title, KIND, move |file, _| set_status(file, state).into());
        if likely.contains(&state) { action.always() } else { action }
    });
    let mut offered: Vec<Action> = offered.collect();
    let order = |action: &Action| likely.iter().position(|state| action.title.ends_with(state.name()));
    offered.sort_by_key(|action| order(action).unwrap_or(likely.len()));
    offered
}

/// Offers to approve the plan, in a row of the approval table. The action fills in the current date and, if known, the
/// owner's name.
pub(super) fn approve(context: &Context<'_>) -> Vec<Action> {
    let file = context.file;
    if file.kind() != DocumentKind::Plan {
        return Vec::new();
    }
    let Some((role, edits)) = approval(file, context.range) else { return Vec::new() };
    vec![Action::new(format!("Approve as {role}"), APPROVE, edits)]
}

fn approval(file: &File, range: &TextRange) -> Option<(String, Vec<Edit>)> {
    let plan = file.plan();
    let today = file.environment().today.clone()?;
    let table = plan.tables().find(|table| {
        table.kind() == TableKind::Approval
            && table.range().start <= range.start
            && range.end <= table.range().end
    })?;
    let rows = table.rows();
    let row = rows.iter().find(|row| row.range.start <= range.start && range.start <= row.range.end)?;
    let role = row.cell(Column::Role)?.text.to_owned();
    let mut edits = Vec::new();
    for (column, cell) in table.columns().iter().zip(&row.cells) {
        let is_free = cell.text.is_empty() || cell.text.starts_with(['[', 'Y']) || cell.text == "-";
        let value = match column {
            Column::Date => Some(today.clone()),
            Column::Owner => file.environment().owner.clone(),
            _ => None,
        };
        let Some(value) = value.filter(|_| is_free) else { continue };
        let place = cell.range.clone();
        // An empty cell gets one space on each side of the value.
        let before = file.document().slice(place.start.saturating_sub(1)..place.start);
        let after = file.document().slice(place.end..place.end + 1);
        let lead = if before == "|" { " " } else { "" };
        let tail = if after == "|" { " " } else { "" };
        edits.push(Edit::replace(place, format!("{lead}{value}{tail}")));
    }
    edits.iter().any(|edit| edit.text.contains(&today)).then_some((role, edits))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::actions::testing::{all, applied};

    #[test]
    fn sets_the_status_and_appends_to_its_log() {
        let plan = "# Plan: x\n\n**Status**: In Pro$0gress (80%)\n**Last Updated**: 2026-01-02\n\n- [x] a\n\n## Status Log\n\n| Date | Status | Notes |\n|------|--------|-------|\n| 2026-01-02 | In Progress | begun |\n";
        expect![[r#"
            Set plan status to done (set-status)
            Set plan status to blocked (set-status)
            Set plan status to open (set-status), on request
            Set plan status to deferred (set-status), on request
            Set plan status to cancelled (set-status), on request
        "#]]
        .assert_eq(&all(plan));
        expect![[r#"
            Set plan status to done

            # Plan: x

            **Status**: Completed
            **Last Updated**: 2026-11-21

            - [x] a

            ## Status Log

            | Date | Status | Notes |
            |------|--------|-------|
            | 2026-01-02 | In Progress | begun |
            | 2026-11-21 | Completed | |
        "#]]
        .assert_eq(&applied(plan, KIND));
    }

    #[test]
    fn approves_with_the_current_date() {
        expect![[r#"
            Approve as Tech Lead

            # Plan: x

            - [ ] a

            ## Approval

            | Role | Name | Date | Signature |
            |---|---|---|---|
            | Tech Lead | Ada | 2026-11-21 | |
        "#]].assert_eq(&applied(
            "# Plan: x\n\n- [ ] a\n\n## Approval\n\n| Role | Name | Date | Signature |\n|---|---|---|---|\n| Tech Lead | Ada |$0 | |\n",
            APPROVE,
        ));
    }
}
