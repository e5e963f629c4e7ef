//! Completion of values in fields and cells: allowed values of the template, states, levels.

use plan_model::{Column, Meaning};
use plan_schema::{PlaceholderContext, find_placeholders, is_same_choice};

use super::{
    Completion, CompletionKind,
    context::{CompletionContext, CursorContext, CursorValue},
    keys::sibling_entries,
    value::is_dependency_field,
};
use crate::rules::unknown_status;

pub(super) fn values(context: &CompletionContext<'_>) -> Vec<Completion> {
    let Some(value) = context.value() else { return Vec::new() };
    replacing(context, value, offers(context, value))
}

/// A value that is offered, with its description.
pub(super) struct OfferedValue {
    pub(super) text: String,
    pub(super) detail: String,
}

fn plain<T: AsRef<str>>(values: &[T], detail: &str) -> Vec<OfferedValue> {
    values
        .iter()
        .map(|value| OfferedValue { text: value.as_ref().to_owned(), detail: detail.to_owned() })
        .collect()
}

/// Returns completions that each replace the whole value.
pub(super) fn replacing(
    context: &CompletionContext<'_>,
    value: &CursorValue,
    offered: Vec<OfferedValue>,
) -> Vec<Completion> {
    let document = context.file.document();
    let current = document.slice(value.range.clone());
    let typed = document.slice(value.range.start..context.offset);
    // The current value is replaced, so it must not filter the completions.
    let replaces =
        is_placeholder(&current) || offered.iter().any(|offer| is_same_choice(&offer.text, current.trim()));
    offered
        .into_iter()
        .map(|offer| {
            let range = value.range.clone();
            let mut found = context.offer(CompletionKind::Value, &*offer.text, offer.detail, range);
            if replaces {
                found.filter = format!("{typed}{}", offer.text);
            }
            found.edit.text = value.with_separators(&value.range, &offer.text);
            found
        })
        .collect()
}

/// Returns whether a value is a placeholder.
pub(super) fn is_placeholder(value: &str) -> bool {
    !find_placeholders(value, PlaceholderContext::Value).is_empty()
}

fn offers(context: &CompletionContext<'_>, value: &CursorValue) -> Vec<OfferedValue> {
    match value.column {
        Some(column) => of_column(context, value, column),
        None => of_field(context, value),
    }
}

fn of_field(context: &CompletionContext<'_>, value: &CursorValue) -> Vec<OfferedValue> {
    if is_dependency_field(value.meaning) {
        return Vec::new();
    }
    let file = context.file;
    if let Some(binding) = file.binding() {
        let plan = file.plan();
        let around =
            plan.sections().take_while(|section| section.heading_range().start <= context.offset).last();
        let spec = around.and_then(|section| binding.of(section.index())).map(|bound| bound.spec);
        let template = binding.template();
        let choices = template.field(&value.key, spec).map(|field| match field.meaning {
            Some(Meaning::Status) => template.choices_for(Meaning::Status),
            _ => field.choices.clone(),
        });
        if let Some(choices) = choices.filter(|choices| !choices.is_empty()) {
            return plain(&choices, &template.name);
        }
    }
    match value.meaning {
        Some(Meaning::Template) => templates(context),
        Some(Meaning::Status) => statuses(context, value),
        Some(Meaning::Priority | Meaning::Probability | Meaning::Impact) => levels(),
        _ => Vec::new(),
    }
}

fn templates(context: &CompletionContext<'_>) -> Vec<OfferedValue> {
    let all = context.file.environment().templates().all().iter();
    all.map(|template| OfferedValue { text: template.name.clone(), detail: "template".to_owned() }).collect()
}

/// Maximum length in bytes of a status that is offered as written in another file.
const MAX_STATUS_BYTES: usize = 24;

/// Returns the statuses of the project's configuration and of the front matter of sibling files, as written, and the
/// usual statuses for the remaining states.
fn statuses(context: &CompletionContext<'_>, value: &CursorValue) -> Vec<OfferedValue> {
    let usual = states();
    if *context.cursor_context() != CursorContext::FrontMatter {
        return usual;
    }
    if let Some(configured) = unknown_status::configured_statuses(context.file, context.workspace) {
        return plain(&configured.names, "status");
    }
    let plan = context.file.plan();
    let mut found: Vec<OfferedValue> = Vec::new();
    for (key, written) in sibling_entries(context) {
        let is_status = key.eq_ignore_ascii_case(&value.key) && written.len() <= MAX_STATUS_BYTES;
        if is_status && plan.state_of(&written).is_some() && !found.iter().any(|known| known.text == written)
        {
            found.push(OfferedValue { text: written, detail: "sibling files".to_owned() });
        }
    }
    let written: Vec<_> = found.iter().map(|known| plan.state_of(&known.text)).collect();
    found.extend(usual.into_iter().filter(|state| !written.contains(&plan.state_of(&state.text))));
    found
}

fn states() -> Vec<OfferedValue> {
    plain(&["Not Started", "In Progress", "Blocked", "Completed", "Deferred", "Cancelled"], "status")
}

fn levels() -> Vec<OfferedValue> {
    plain(&["Low", "Medium", "High"], "level")
}

fn of_column(context: &CompletionContext<'_>, value: &CursorValue, column: Column) -> Vec<OfferedValue> {
    let title = value.key.as_str();
    let from_template = context.file.template().and_then(|template| {
        let mut columns = template.tables.iter().flat_map(|table| &table.columns);
        let found =
            columns.find(|(known, choices)| known.eq_ignore_ascii_case(title) && !choices.is_empty())?;
        Some(plain(&found.1, &template.name))
    });
    from_template.unwrap_or_else(|| match column {
        Column::Probability | Column::Impact => levels(),
        Column::Status => {
            let mut found = written_states(context, title);
            for state in states() {
                if !found.iter().any(|other| is_same_choice(&other.text, &state.text)) {
                    found.push(state);
                }
            }
            found
        }
        _ => Vec::new(),
    })
}

/// Returns the states used in the table's column, as written.
fn written_states(context: &CompletionContext<'_>, title: &str) -> Vec<OfferedValue> {
    let plan = context.file.plan();
    let Some(table) = plan.tables().find(|table| table.range().contains(&context.line_start)) else {
        return Vec::new();
    };
    let header = table.header();
    let Some(index) = header.iter().position(|cell| cell.text == title) else { return Vec::new() };
    let mut found: Vec<OfferedValue> = Vec::new();
    for row in table.rows().iter().filter(|row| row.range.start != context.line_start) {
        let Some(cell) = row.cells.get(index) else { continue };
        let is_state =
            cell.text.len() < 24 && plan.state_of(cell.text).is_some() && !is_placeholder(cell.text);
        if is_state && !cell.text.starts_with('[') && !found.iter().any(|known| known.text == cell.text) {
            found.push(OfferedValue { text: cell.text.to_owned(), detail: "status".to_owned() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use crate::{Environment, File, completion::testing::completions};

    fn check(marked: &str, expect: Expect) {
        let (text, range) = fixture(marked);
        let environment = Environment { today: Some("2026-11-21".into()), ..Environment::default() };
        let file = File::with_environment("plan.md", Document::new(&text), Arc::new(environment));
        let shown: Vec<String> = completions(&file, range.start)
            .into_iter()
            .map(|found| format!("{} ({}) for {:?}", found.label, found.detail, &text[found.edit.range]))
            .collect();
        expect.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn in_fields() {
        check(
            "---\ntemplate: project-plan\n---\n# x\n\n**Status**: [Draft$0 | In Progress]\n",
            expect![[r#"
            Draft (project-plan) for "[Draft | In Progress]"
            In Progress (project-plan) for "[Draft | In Progress]"
            Completed (project-plan) for "[Draft | In Progress]"
            Blocked (project-plan) for "[Draft | In Progress]""#]],
        );
        check(
            "# Plan: x\n\n**Status**: $0\n\n- [ ] a\n",
            expect![[r#"
            Not Started (status) for ""
            In Progress (status) for ""
            Blocked (status) for ""
            Completed (status) for ""
            Deferred (status) for ""
            Cancelled (status) for """#]],
        );
        check(
            "# Plan: x\n\n**Created**: $0\n\n- [ ] a\n",
            expect![[r#"
                2026-11-21 (today) for ""
                2026-11-22 (tomorrow) for ""
                2026-11-28 (in a week) for ""
                2026-12-05 (in two weeks) for ""
                2026-11-30 (end of month) for """#]],
        );
        check(
            "---\ntemplate: lifecycle-plan\nstatus: $0\n---\n# x\n",
            expect![[r#"
            draft (lifecycle-plan) for ""
            active (lifecycle-plan) for ""
            completed (lifecycle-plan) for ""
            archived (lifecycle-plan) for ""
            superseded (lifecycle-plan) for """#]],
        );
        check(
            "---\ntemplate: lifecycle-plan\nstatus: draft\nexp$0\n---\n# x\n",
            expect![[r#"expires (lifecycle-plan) for "exp""#]],
        );
        check("# Plan: x\n\nSome text$0\n", expect![[r#""#]]);
    }

    #[test]
    fn in_cells() {
        check(
            "---\ntemplate: codev-plan\n---\n# x\n\n| Risk | Probability | Impact |\n|---|---|---|\n| a | L$0/M/H | |\n",
            expect![[r#"
                L (codev-plan) for "L/M/H"
                M (codev-plan) for "L/M/H"
                H (codev-plan) for "L/M/H""#]],
        );
        check(
            "# Plan: x\n\n| Risk | Impact | Mitigation |\n|---|---|---|\n| a | $0 | b |\n",
            expect![[r#"
            Low (level) for ""
            Medium (level) for ""
            High (level) for """#]],
        );
    }
}
