//! The rule `unfilled-when-done`.

use plan_model::{Plan, State, TextRange};
use plan_schema::DocumentKind;
use plan_syntax::{BlockKind, outline::bytes};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "unfilled-when-done",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "plan is marked done but has unfilled fields or sections",
    doc: "\
## What it checks

A field, table cell or paragraph of a finished plan that contains only a reminder to fill it in: `TBD`, `To be determined`, `[To be filled upon completion]`. Open questions and sections about later work are not checked.

## Why

Information that was due when the plan was finished is missing, such as the date of completion or the lessons learned.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: Completed
**Completed**: TBD

- [x] Copy the data
- [x] Switch the readers over

## Lessons Learned

_To be filled in after completion_
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress
**Completed**: TBD

- [x] Copy the data
- [ ] Switch the readers over

## Lessons Learned

_To be filled in after completion_
```

## Fix

Fill in the missing information, or remove the reminder.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let Some(status) = plan.status().filter(|status| plan.state_of(&status.value) == Some(State::Done))
    else {
        return;
    };
    let mut places: Vec<(TextRange, String)> = Vec::new();
    for field in plan.fields() {
        if is_to_be_filled(&field.value) {
            places.push((field.value_range.clone(), field.value.trim().to_owned()));
        }
    }
    for segment in plan.segment_views() {
        let (start, content) = (segment.start(), segment.content());
        if !content.text.bytes().any(|byte| matches!(byte, b'T' | b't'))
            || is_about_later_work(plan, start, content.text.len())
        {
            continue;
        }
        let outline = &content.outline;
        for (block, mut lines) in outline.inlines() {
            let kind = &outline.blocks[block].kind;
            let (Some(line), None) = (lines.next(), lines.next()) else { continue };
            if !matches!(kind, BlockKind::Paragraph | BlockKind::Cell) {
                continue;
            }
            // An instruction of the template can remain above the text that follows it.
            let next = outline.blocks.get(outline.blocks[block].end as usize);
            if matches!(kind, BlockKind::Paragraph) && next.is_some() {
                continue;
            }
            let text = &content.text[bytes(line)];
            // `TBD` in a cell can be one of many open values of a table.
            let is_cell = matches!(kind, BlockKind::Cell);
            if is_to_be_filled(text) && !(is_cell && text.trim().len() <= "TBD".len()) {
                let range = start + line.start as usize..start + line.end as usize;
                places.push((range, text.trim().to_owned()));
            }
        }
    }
    places.sort_by_key(|(range, _)| range.start);
    places.dedup_by_key(|(range, _)| range.start);
    let mut places = places.into_iter();
    let Some((range, text)) = places.next() else { return };
    let message = format!("plan is marked done, but `{text}` is not filled in");
    let others = places.map(|(range, text)| (range, format!("also not filled in: `{text}`")));
    let finding = Finding::new(&RULE, range, message).related(status.value_range, "status");
    findings.push(finding.list(others.collect::<Vec<_>>()));
}

/// Returns whether a segment belongs to a section about open questions or later work.
fn is_about_later_work(plan: &Plan, start: usize, length: usize) -> bool {
    let section = plan.section_before(start + length);
    let titles = std::iter::successors(section, |section| plan.sections().nth(section.parent()?));
    const LATER_WORK_WORDS: [&str; 8] =
        ["future", "question", "next", "follow", "later", "backlog", "risk", "out of scope"];
    titles.take(6).any(|section| {
        let title = section.title().to_lowercase();
        LATER_WORK_WORDS.iter().any(|word| title.contains(word))
    })
}

/// Returns whether a text consists only of a reminder to fill it in.
fn is_to_be_filled(text: &str) -> bool {
    let words = text.trim().trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    const UNFILLED_WORDS: [&str; 4] = ["tbd", "tba", "to be determined", "to be announced"];
    const STARTS: [&str; 6] = [
        "to be filled",
        "to be completed",
        "to be added",
        "to be written",
        "fill in",
        "filled in upon completion",
    ];
    // A longer sentence contains other information.
    const MAX_WORDS: usize = 8;
    UNFILLED_WORDS.contains(&words.as_str())
        || STARTS.iter().any(|start| words.starts_with(start))
            && words.split_whitespace().count() <= MAX_WORDS
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn fields_cells_and_paragraphs() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

**Status**: Done
**Completed**: TBD

- [x] T1 Saw

| Result | Value |
|---|---|
| Height | To be determined |

## Lessons

[To be filled upon completion]
",
            expect![[r#"
                3   | **Status**: Done
                    |             ^^^^ (status)
                4   | **Completed**: TBD
                    |                ^^^ plan is marked done, but `TBD` is not filled in
                10  | | Height | To be determined |
                    |            ^^^^^^^^^^^^^^^^ (also not filled in: `To be determined`)
                14  | [To be filled upon completion]
                    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ (also not filled in: `[To be filled upon completion]`)
            "#]],
        );
    }

    #[test]
    fn plans_under_way_and_other_text() {
        check_silent(
            &RULE,
            &[
                "# Plan: a\n\n**Status**: In Progress\n**Completed**: TBD\n\n- [x] T1 b\n",
                "# Plan: a\n\n**Status**: Done\n\n- [x] T1 b\n\n## Future work\n\nTBD\n\n## Open Questions\n\n- TBD\n",
                "# Plan: a\n\n**Status**: Done\n\n- [x] T1 b\n\n| Host | Support |\n|---|---|\n| c | TBD |\n",
                "# Plan: a\n\n**Status**: Done\n\n- [x] T1 Write TBD where a value is missing\n\nTo be completed by the team that takes over the shelf in the next year.\n",
            ],
        );
    }
}
