//! In the value of a field or a cell: the alternatives that the template gives, states, days.

use jiff::{ToSpan, civil::Date};
use plan_model::{Column, Meaning, fields_of};
use plan_schema::{Kind, same_choice, slots};

use super::{Completion, CompletionKind, in_code};
use crate::{Edit, File, Place};

pub(super) fn values(file: &File, at: usize) -> Vec<Completion> {
    if file.kind() != Kind::Plan {
        return Vec::new();
    }
    let document = file.document();
    let line_start = document.line_start(at);
    let in_front_matter = file.plan().front_matter_range().is_some_and(|range| range.contains(&line_start));
    if in_front_matter && !document.slice(line_start..at).contains(':') {
        return keys(file, line_start, at);
    }
    if !in_front_matter && in_code(file, line_start) {
        return Vec::new();
    }
    let (range, offered) = match cell(file, at) {
        Some(found) => found,
        None => match field(file, line_start, at) {
            Some(found) => found,
            None => return Vec::new(),
        },
    };
    let current = document.slice(range.clone());
    let typed = document.slice(range.start..at.max(range.start));
    // What stands there and is to be replaced must not keep the alternatives from being shown.
    let replaces = !slots(&current, plan_schema::SlotPlace::Value).is_empty()
        || offered.iter().any(|offer| same_choice(&offer.text, current.trim()));
    offered
        .into_iter()
        .map(|offer| Completion {
            filter: if replaces { typed.clone() } else { offer.text.clone() },
            label: offer.text.clone(),
            detail: offer.detail,
            documentation: String::new(),
            kind: CompletionKind::Value,
            edit: Edit::replace(range.clone(), offer.text),
            snippet: None,
        })
        .collect()
}

/// The keys of the template's front matter that the plan's lacks.
fn keys(file: &File, line_start: usize, at: usize) -> Vec<Completion> {
    let typed = file.document().slice(line_start..at);
    let Some(template) = file.template().filter(|_| typed.chars().all(|c| c.is_alphanumeric() || c == '_'))
    else {
        return Vec::new();
    };
    let present: Vec<String> = file
        .plan()
        .front_matter()
        .iter()
        .map(|entry| file.document().slice(entry.key.clone()).to_lowercase())
        .collect();
    let mut asked: Vec<&str> = Vec::new();
    for field in template.fields.iter().filter(|field| field.front_matter) {
        if !present.contains(&field.key.to_lowercase()) && !asked.contains(&field.key.as_str()) {
            asked.push(&field.key);
        }
    }
    asked
        .into_iter()
        .map(|key| Completion {
            filter: key.to_owned(),
            label: key.to_owned(),
            detail: template.name.clone(),
            documentation: String::new(),
            kind: CompletionKind::Value,
            edit: Edit::replace(line_start..at, format!("{key}: ")),
            snippet: None,
        })
        .collect()
}

/// A value with what it says.
struct Offer {
    text: String,
    detail: String,
}

fn plain(values: &[String], detail: &str) -> Vec<Offer> {
    values.iter().map(|value| Offer { text: value.clone(), detail: detail.to_owned() }).collect()
}

fn field(file: &File, line_start: usize, at: usize) -> Option<(Place, Vec<Offer>)> {
    let document = file.document();
    let line_end = line_end(file, at);
    let line = document.slice(line_start..line_end);
    let bare = line.trim_start_matches([' ', '>']);
    let bare = ["- ", "* ", "+ "].iter().find_map(|bullet| bare.strip_prefix(bullet)).unwrap_or(bare);
    let offset = line.len() - bare.len();
    let front_matter = file.plan().front_matter_range().is_some_and(|range| range.contains(&line_start));
    let (key, value) = if front_matter {
        let (key, value) = line.split_once(':')?;
        let start = line.len() - value.trim_start().len();
        (key.trim().to_owned(), start..line.trim_end().len().max(start))
    } else {
        let cursor = at - line_start;
        let field = fields_of(bare).into_iter().rev().find(|field| offset + field.value.start <= cursor)?;
        (bare[field.key].to_owned(), offset + field.value.start..offset + field.value.end)
    };
    let range = line_start + value.start..line_start + value.end;
    if at < range.start || range.end < at {
        return None;
    }
    let offered = offers(file, &key);
    (!offered.is_empty()).then_some((range, offered))
}

fn offers(file: &File, key: &str) -> Vec<Offer> {
    let meaning = Meaning::of(key);
    let template = file.template();
    let choices = template
        .and_then(|template| template.field(key, None))
        .map(|field| match field.meaning {
            Some(meaning) => template.map(|template| template.choices_for(meaning)).unwrap_or_default(),
            None => field.choices.clone(),
        })
        .unwrap_or_default();
    if !choices.is_empty() {
        let name = template.map_or("", |template| template.name.as_str());
        return plain(&choices, name);
    }
    match meaning {
        Some(Meaning::Status) => {
            let words = ["Not Started", "In Progress", "Blocked", "Completed", "Deferred", "Cancelled"];
            plain(&words.map(str::to_owned), "status")
        }
        Some(Meaning::Priority | Meaning::Probability | Meaning::Impact) => {
            plain(&["Low", "Medium", "High"].map(str::to_owned), "level")
        }
        Some(
            Meaning::Created
            | Meaning::Updated
            | Meaning::Target
            | Meaning::Due
            | Meaning::Expires
            | Meaning::Reviewed
            | Meaning::Date,
        ) => days(file),
        _ => Vec::new(),
    }
}

/// Today and days that plans often name.
fn days(file: &File) -> Vec<Offer> {
    let Some(today) = file.environment().today.as_ref().and_then(|today| today.parse::<Date>().ok()) else {
        return Vec::new();
    };
    let later = |days: i64| today.checked_add(days.days()).ok();
    let named = [
        (Some(today), "today"),
        (later(1), "tomorrow"),
        (later(7), "in a week"),
        (later(14), "in two weeks"),
        (Some(today.last_of_month()), "the end of the month"),
    ];
    named
        .into_iter()
        .filter_map(|(date, detail)| Some(Offer { text: date?.to_string(), detail: detail.to_owned() }))
        .collect()
}

fn cell(file: &File, at: usize) -> Option<(Place, Vec<Offer>)> {
    let table = file.plan().tables().find(|table| table.range().start <= at && at <= table.range().end)?;
    let rows = table.rows();
    let row = rows.iter().find(|row| row.range.start <= at && at <= row.range.end)?;
    let column = row.cells.iter().rposition(|cell| cell.range.start <= at)?;
    let range = row.cells.get(column)?.range.clone();
    if range.end < at {
        return None;
    }
    let header = table.header();
    let title = header.get(column)?.text;
    let asked = file.template().and_then(|template| {
        let same = template.tables.iter().flat_map(|table| &table.columns);
        let column = same
            .into_iter()
            .find(|(known, choices)| known.eq_ignore_ascii_case(title) && !choices.is_empty())?;
        Some(plain(&column.1, &template.name))
    });
    let offered = asked.unwrap_or_else(|| match table.columns().get(column) {
        Some(Column::Probability | Column::Impact) => {
            plain(&["Low", "Medium", "High"].map(str::to_owned), "level")
        }
        Some(Column::Status) => offers(file, "status"),
        Some(Column::Date | Column::Start | Column::End) => days(file),
        _ => Vec::new(),
    });
    (!offered.is_empty()).then_some((range, offered))
}

fn line_end(file: &File, at: usize) -> usize {
    let document = file.document();
    let rope = document.rope();
    let line = rope.byte_to_line(at);
    let next = if line + 1 < rope.len_lines() { rope.line_to_byte(line + 1) } else { rope.len_bytes() };
    let text = document.slice(at..next);
    at + text.trim_end_matches(['\n', '\r']).len()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use super::*;
    use crate::{Environment, completion::completions};

    fn check(marked: &str, expect: Expect) {
        let (text, range) = fixture(marked);
        let environment = Environment { today: Some("2026-11-21".into()), ..Environment::default() };
        let file = File::within("plan.md", Document::new(&text), Arc::new(environment));
        let shown: Vec<String> = completions(&file, range.start)
            .into_iter()
            .map(|found| format!("{} ({}) for {:?}", found.label, found.detail, &text[found.edit.range]))
            .collect();
        expect.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn fields() {
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
            2026-11-30 (the end of the month) for """#]],
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
            expect![[r#"
            type (lifecycle-plan) for "exp"
            title (lifecycle-plan) for "exp"
            created (lifecycle-plan) for "exp"
            last_updated (lifecycle-plan) for "exp"
            lifecycle (lifecycle-plan) for "exp"
            reviewed (lifecycle-plan) for "exp"
            expires (lifecycle-plan) for "exp"
            ai (lifecycle-plan) for "exp"
            owner (lifecycle-plan) for "exp"
            stakeholders (lifecycle-plan) for "exp"
            related_code (lifecycle-plan) for "exp"
            related_plans (lifecycle-plan) for "exp"
            supersedes (lifecycle-plan) for "exp"
            superseded_by (lifecycle-plan) for "exp""#]],
        );
        check("# Plan: x\n\nSome text$0\n", expect![[r#""#]]);
    }

    #[test]
    fn cells() {
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
