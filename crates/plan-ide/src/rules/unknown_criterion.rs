//! The rule `unknown-criterion`.

use std::ops::Range;

use plan_schema::DocumentKind;
use plan_syntax::{BlockKind, Content, SegmentSpan, outline::bytes};

use super::{Check, Group, Rule, common::plural, text_facts::text_facts};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "unknown-criterion",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "task refers to an unknown acceptance criterion",
    doc: "\
## What it checks

A task that refers to an acceptance criterion by its number, such as `(AC: 1, 3)`, although the numbered list below the heading *Acceptance Criteria* has fewer criteria. Plansmith reports nothing if the plan has no such heading or several of them. It also reports nothing if the criteria are in sections below the heading, or if the list is not numbered from 1 without gaps.

## Why

Either the number is wrong, or a criterion was removed and the task was not updated.

## Example

Incorrect:

```markdown
# Plan: Move the search index

## Acceptance Criteria

1. All articles are found
2. The old index is removed

## Tasks

- [ ] Copy the data (AC: 1)
- [ ] Switch the readers over (AC: 2, 3)
```

Correct:

```markdown
# Plan: Move the search index

## Acceptance Criteria

1. All articles are found
2. The old index is removed

## Tasks

- [ ] Copy the data (AC: 1)
- [ ] Switch the readers over (AC: 2)
```

## Fix

Write the intended number, or add the criterion.
",
    check: Check::File(check),
};

/// Acceptance criteria in a segment. Spans are relative to its start.
#[derive(Debug, Default)]
pub(super) struct Criteria {
    /// Level of the heading *Acceptance Criteria* of the segment, with the number of numbered criteria below it.
    defined: Option<(u8, usize)>,
    /// Numbers in references such as `(AC: 1, 3)`.
    referenced: Vec<(SegmentSpan, usize)>,
}

impl Criteria {
    /// Reads a segment; `None` if it has neither criteria nor references to them.
    pub(super) fn of(content: &Content) -> Option<Box<Self>> {
        let mut criteria = Self { defined: defined_criteria(content), referenced: Vec::new() };
        if content.text.contains(START) {
            criteria.referenced = referenced(content);
        }
        let is_empty = criteria.defined.is_none() && criteria.referenced.is_empty();
        (!is_empty).then(|| Box::new(criteria))
    }
}

const HEADING: &str = "acceptance criteria";

/// Returns the level of the heading and the number of criteria, 0 if they are not numbered from 1 without gaps.
fn defined_criteria(content: &Content) -> Option<(u8, usize)> {
    let BlockKind::Heading { level, .. } = content.outline.blocks.first()?.kind else { return None };
    let line = content.outline.inline(0).next()?;
    let title = content.text[bytes(line)].trim_start_matches(|c: char| !c.is_alphabetic());
    let title = title.split('(').next().unwrap_or_default();
    let is_heading = title.trim_end_matches(|c: char| !c.is_alphabetic()).eq_ignore_ascii_case(HEADING);
    if !is_heading {
        return None;
    }
    let numbers = content.text.lines().filter_map(|line| {
        let (number, _) = line.trim_start_matches(' ').split_once(['.', ')'])?;
        number.parse::<usize>().ok().filter(|_| line.len() - line.trim_start().len() < 4)
    });
    let numbers: Vec<usize> = numbers.collect();
    let is_complete = numbers.iter().enumerate().all(|(index, number)| index + 1 == *number);
    Some((level, if is_complete { numbers.len() } else { 0 }))
}

fn referenced(content: &Content) -> Vec<(SegmentSpan, usize)> {
    let mut found = Vec::new();
    for (index, block) in content.outline.blocks.iter().enumerate() {
        if !matches!(block.kind, BlockKind::Paragraph | BlockKind::Heading { .. }) {
            continue;
        }
        for line in content.outline.inline(index) {
            let text = &content.text[bytes(line)];
            for (at, _) in text.match_indices(START) {
                let numbers = numbers(&text[at + START.len()..]).unwrap_or_default();
                let start = line.start + (at + START.len()) as u32;
                found.extend(
                    numbers
                        .into_iter()
                        .map(|(span, number)| (start + span.start as u32..start + span.end as u32, number)),
                );
            }
        }
    }
    found
}

/// Start of a reference.
const START: &str = "(AC";

/// Returns the numbers of a reference up to its closing parenthesis, with their ranges in the text: `: 1, 3)`, ` #2)`,
/// `1 & AC2)`. `None` if the reference has other text.
fn numbers(text: &str) -> Option<Vec<(Range<usize>, usize)>> {
    let (list, _) = text.split_once(')')?;
    let mut numbers = Vec::new();
    let mut start = 0;
    for part in list.split_inclusive([',', '&']) {
        let prefix = part.trim_start_matches(['s', ':', '#', ' ', 'A', 'C']);
        let digits = prefix.trim_end_matches([',', '&', ' ']);
        let number = digits.parse().ok().filter(|_| digits.len() < 4)?;
        let at = start + part.len() - prefix.len();
        numbers.push((at..at + digits.len(), number));
        start += part.len();
    }
    Some(numbers)
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    // In a family with criteria, `unknown-requirement` reports them.
    if file.family_facts().is_some_and(|facts| !facts.requirements.is_empty()) {
        return;
    }
    let mut defined = None;
    let mut referenced = Vec::new();
    for (start, facts) in text_facts(file) {
        let Some(criteria) = &facts.criteria else { continue };
        if let Some(found) = criteria.defined {
            if defined.is_some() {
                return;
            }
            defined = Some((start, found));
        }
        referenced.extend(
            criteria
                .referenced
                .iter()
                .map(|(span, number)| (start + span.start as usize..start + span.end as usize, *number)),
        );
    }
    let Some((start, (level, count @ 1..))) = defined else { return };
    // The criteria can be in sections below the heading.
    let mut sections = file.plan().sections().filter(|section| section.range().start > *start);
    if sections.next().is_some_and(|next| next.level() > level) {
        return;
    }
    for (range, number) in referenced.into_iter().filter(|(_, number)| *number > count || *number == 0) {
        let criteria = plural(count, "criterion").replace("criterions", "criteria");
        let message = format!("unknown acceptance criterion `{number}`; the plan has {criteria}");
        findings.push(Finding::new(&RULE, range, message));
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    const CRITERIA: &str = "# Story 2: Shelf\n\n## Acceptance Criteria\n\n1. It holds books\n2. It is red\n";

    #[test]
    fn numbers_without_a_criterion() {
        check_rule(
            &RULE,
            &format!(
                "{CRITERIA}\n## Tasks\n\n- [ ] Saw it (AC: 1)\n  - [ ] Boards\n- [ ] Paint it (AC: 2, 3)\n- [ ] Sell it (AC: #4)\n"
            ),
            expect![[r#"
                12  | - [ ] Paint it (AC: 2, 3)
                    |                        ^ unknown acceptance criterion `3`; the plan has 2 criteria
                13  | - [ ] Sell it (AC: #4)
                    |                     ^ unknown acceptance criterion `4`; the plan has 2 criteria
            "#]],
        );
    }

    #[test]
    fn lists_that_are_not_certain() {
        let tasks = "\n## Tasks\n\n- [ ] Saw it (AC: 9)\n";
        let of = |criteria: &str| format!("# Story 2: Shelf\n\n{criteria}{tasks}");
        let texts = [
            format!(
                "{CRITERIA}\n## Tasks\n\n- [ ] Saw it (AC: 1, 2)\n- [ ] Test it (AC: all)\n- [ ] Use it (AC-7, 2.1)\n"
            ),
            of("## Acceptance Criteria\n\n- It is red\n"),
            of("## Acceptance Criteria\n\n1. It is red\n3. It is big\n"),
            of("## Acceptance Criteria\n\n1. It is red\n\n### More\n\n2. It is big\n"),
            of("## Acceptance Criteria\n\n1. It is red\n\n## Acceptance Criteria\n\n1. It is big\n"),
        ];
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
    }
}
