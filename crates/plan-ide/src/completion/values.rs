//! In the value of a field or cell: allowed values of the template, states, levels.

use plan_model::{Column, Meaning};
use plan_schema::{PlaceholderContext, find_placeholders, same_choice};

use super::{
    Completion, CompletionKind,
    context::{CompletionContext, CursorContext, CursorValue},
};

pub(super) fn values(context: &CompletionContext<'_>) -> Vec<Completion> {
    let is_key = |c: char| c.is_alphanumeric() || c == '_';
    if context.line.chars().all(is_key)
        && *context.cursor_context() == CursorContext::FrontMatter
        && context.in_plan()
    {
        return keys(context);
    }
    let Some(value) = context.value() else { return Vec::new() };
    replacing(context, value, offers(context, value))
}

/// Offers front matter keys of the template that are missing in the plan.
fn keys(context: &CompletionContext<'_>) -> Vec<Completion> {
    let file = context.file;
    let Some(template) = file.template() else { return Vec::new() };
    let entries = file.plan().front_matter().iter();
    let present: Vec<String> =
        entries.map(|entry| file.document().slice(entry.key.clone()).to_lowercase()).collect();
    let mut missing: Vec<&str> = Vec::new();
    for field in template.fields.iter().filter(|field| field.front_matter) {
        if !present.contains(&field.key.to_lowercase()) && !missing.contains(&field.key.as_str()) {
            missing.push(&field.key);
        }
    }
    let range = context.line_start..context.line_start + context.line.len();
    missing
        .into_iter()
        .map(|key| {
            let mut found = context.offer(CompletionKind::Value, key, &*template.name, range.clone());
            found.edit.text = format!("{key}: ");
            found
        })
        .collect()
}

/// A value with its description.
pub(super) struct OfferedValues {
    pub(super) text: String,
    pub(super) detail: String,
}

fn plain<T: AsRef<str>>(values: &[T], detail: &str) -> Vec<OfferedValues> {
    values
        .iter()
        .map(|value| OfferedValues { text: value.as_ref().to_owned(), detail: detail.to_owned() })
        .collect()
}

/// Returns completions that each replace the whole value.
pub(super) fn replacing(
    context: &CompletionContext<'_>,
    value: &CursorValue,
    offered: Vec<OfferedValues>,
) -> Vec<Completion> {
    let document = context.file.document();
    let current = document.slice(value.range.clone());
    let typed = document.slice(value.range.start..context.offset);
    // The current value is replaced, so it must not filter the completions.
    let replaces =
        is_placeholder(&current) || offered.iter().any(|offer| same_choice(&offer.text, current.trim()));
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

fn offers(context: &CompletionContext<'_>, value: &CursorValue) -> Vec<OfferedValues> {
    match value.column {
        Some(column) => of_column(context, value, column),
        None => of_field(context, value),
    }
}

fn of_field(context: &CompletionContext<'_>, value: &CursorValue) -> Vec<OfferedValues> {
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
        Some(Meaning::Status) => states(),
        Some(Meaning::Priority | Meaning::Probability | Meaning::Impact) => levels(),
        _ => Vec::new(),
    }
}

/// Returns whether a field lists dependencies or dependents.
pub(super) fn is_dependency_field(meaning: Option<Meaning>) -> bool {
    use Meaning::{After, BlockedBy, Blocks, DependsOn, Prerequisites};
    matches!(meaning, Some(DependsOn | BlockedBy | Blocks | Prerequisites | After))
}

fn states() -> Vec<OfferedValues> {
    plain(&["Not Started", "In Progress", "Blocked", "Completed", "Deferred", "Cancelled"], "status")
}

fn levels() -> Vec<OfferedValues> {
    plain(&["Low", "Medium", "High"], "level")
}

fn of_column(context: &CompletionContext<'_>, value: &CursorValue, column: Column) -> Vec<OfferedValues> {
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
                if !found.iter().any(|other| same_choice(&other.text, &state.text)) {
                    found.push(state);
                }
            }
            found
        }
        _ => Vec::new(),
    })
}

/// Returns the states used in the table's column, as written.
fn written_states(context: &CompletionContext<'_>, title: &str) -> Vec<OfferedValues> {
    let plan = context.file.plan();
    let Some(table) = plan.tables().find(|table| table.range().contains(&context.line_start)) else {
        return Vec::new();
    };
    let header = table.header();
    let Some(index) = header.iter().position(|cell| cell.text == title) else { return Vec::new() };
    let mut found: Vec<OfferedValues> = Vec::new();
    for row in table.rows().iter().filter(|row| row.range.start != context.line_start) {
        let Some(cell) = row.cells.get(index) else { continue };
        let is_state =
            cell.text.len() < 24 && plan.state_of(cell.text).is_some() && !is_placeholder(cell.text);
        if is_state && !cell.text.starts_with('[') && !found.iter().any(|known| known.text == cell.text) {
            found.push(OfferedValues { text: cell.text.to_owned(), detail: "status".to_owned() });
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
