//! The rule `misspelled-risk-level`.

use plan_model::{Column, Table, TableKind};
use plan_schema::{DocumentKind, nearest};

use crate::Edit;

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView, common::with_case_of};
use crate::{Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "misspelled-risk-level",
    group: Group::Tables,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "misspelled risk level",
    doc: "\
## What it checks

A probability or impact in a risk table that is similar to one of the usual levels: `Hihg`, `Meduim`. If at least three cells of the table have a usual level and only one cell with words has none, Plansmith reports that cell as well. Numbers, percentages, cells that contain a level, and words of other scales are not checked.

## Why

Searches and filters for high risks do not find the misspelled level.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Risks

| Risk | Probability | Impact | Mitigation |
|------|-------------|--------|------------|
| The disk is full | Low | Hihg | Look before |
```

Correct:

```markdown
# Plan: Move the search index

- [ ] Copy the data

## Risks

| Risk | Probability | Impact | Mitigation |
|------|-------------|--------|------------|
| The disk is full | Low-Medium | SEVERE | Look before |
| The copy is slow | 30% | Med | Wait |
```

## Fix

Replace the word with the intended level.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::None, fixes: None }),
};

/// Common levels of probability and impact, in lower case.
const RISK_LEVELS: [&str; 26] = [
    "low",
    "medium",
    "high",
    "critical",
    "med",
    "very low",
    "very high",
    "minor",
    "moderate",
    "major",
    "severe",
    "negligible",
    "minimal",
    "certain",
    "likely",
    "unlikely",
    "possible",
    "rare",
    "none",
    "unknown",
    "significant",
    "catastrophic",
    "medium-high",
    "low-medium",
    "mid",
    "extreme",
];

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    for table in view.tables().filter(|table| table.kind() == TableKind::Risks) {
        check_table(&table, findings);
    }
    for cell in view.risk_levels() {
        let word = cell.text.trim_matches(|c: char| !c.is_alphanumeric());
        let plain = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !plain || RISK_LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word)) {
            continue;
        }
        // The edit distance counts two swapped letters as one mistake.
        let Some(level) =
            nearest(&word.to_ascii_lowercase(), RISK_LEVELS.into_iter().filter(|level| level.len() > 2))
        else {
            continue;
        };
        let at = cell.text.find(word).unwrap_or(0);
        let range = cell.range.start + at..cell.range.start + at + word.len();
        let suggestion = with_case_of(word, level);
        let finding = Finding::new(
            &RULE,
            range.clone(),
            format!("unknown risk level `{word}`; did you mean `{suggestion}`?"),
        );
        findings.push(finding.fix(
            format!("Replace with `{suggestion}`"),
            vec![Edit::replace(range, suggestion)],
            false,
        ));
    }
}

/// Words of other scales, and words for risks that have occurred or are settled; in lower case.
const OTHER_WORDS: [&str; 24] = [
    "acceptable",
    "accepted",
    "always",
    "blocker",
    "blocking",
    "closed",
    "confirmed",
    "expected",
    "frequent",
    "improbable",
    "large",
    "limited",
    "manageable",
    "mitigated",
    "never",
    "occasional",
    "often",
    "probable",
    "remote",
    "resolved",
    "small",
    "sometimes",
    "variable",
    "varies",
];

/// Reports the only cell of a risk table that has words and no level, if the other levels of the table are usual ones.
fn check_table(table: &Table<'_>, findings: &mut Vec<Finding>) {
    let mut known = 0;
    let mut unknown = Vec::new();
    for column in [Column::Probability, Column::Impact] {
        let before = known;
        let mut in_column = Vec::new();
        for cell in table.column(column) {
            let words: Vec<&str> =
                cell.text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
            let is_among = |levels: &[&str]| {
                words.iter().any(|word| levels.iter().any(|level| level.eq_ignore_ascii_case(word)))
            };
            if is_among(&RISK_LEVELS) {
                known += 1;
            } else if words.iter().any(|word| word.len() > 1 && word.chars().all(char::is_alphabetic)) {
                in_column.push((cell.clone(), is_among(&OTHER_WORDS)));
            }
        }
        // A column without a usual level has another scale.
        if known > before {
            unknown.append(&mut in_column);
        }
    }
    if known == 0 {
        findings.extend(unknown_letter(table));
    }
    let [(cell, false)] = &unknown[..] else { return };
    let word = cell.text.trim_matches(|c: char| !c.is_alphanumeric());
    let is_open =
        ["tbd", "tba", "n/a", "na", "todo", "open"].iter().any(|open| open.eq_ignore_ascii_case(word));
    let is_placeholder = cell.text.contains(['[', '{', '<', '`']);
    let levels = RISK_LEVELS.into_iter().filter(|level| level.len() > 2);
    let is_near = word.len() > 2 && nearest(&word.to_ascii_lowercase(), levels).is_some();
    let is_level =
        word.split_whitespace().count() <= MAX_LEVEL_WORDS && !is_open && !is_placeholder && !is_near;
    if known >= MIN_KNOWN_LEVELS && is_level {
        let at = cell.text.find(word).unwrap_or(0);
        let range = cell.range.start + at..cell.range.start + at + word.len();
        let message = format!("unknown risk level `{word}`; expected a level such as `High`");
        findings.push(Finding::new(&RULE, range, message));
    }
}

/// Returns the finding for the only letter in the level columns of a table that does not abbreviate a level: `L`, `M`, `H`
/// or `C`.
fn unknown_letter(table: &Table<'_>) -> Option<Finding> {
    let columns = [Column::Probability, Column::Impact].into_iter();
    let cells = columns.flat_map(|column| table.column(column));
    let letters: Vec<_> = cells.map(|cell| (cell.text.trim().to_owned(), cell.range)).collect();
    let is_letter = |text: &str| matches!(text.as_bytes(), [letter] if letter.is_ascii_alphabetic());
    if !letters.iter().all(|(text, _)| is_letter(text)) {
        return None;
    }
    let is_level = |text: &str| matches!(text, "L" | "M" | "H" | "C" | "l" | "m" | "h" | "c");
    let mut others = letters.iter().filter(|(text, _)| !is_level(text));
    let (letter, range) = others.next()?;
    if others.next().is_some() || letters.len() <= MIN_KNOWN_LEVELS {
        return None;
    }
    let message = format!("unknown risk level `{letter}`; expected a level such as `H`");
    Some(Finding::new(&RULE, range.clone(), message))
}

/// Minimum number of usual levels in a table for which another word is reported.
const MIN_KNOWN_LEVELS: usize = 3;

/// Maximum number of words of a level; a longer text describes the impact.
const MAX_LEVEL_WORDS: usize = 2;

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    fn plan(levels: [&str; 3]) -> String {
        let rows: String = levels.iter().map(|level| format!("| Mud | {level} | High | Boots |\n")).collect();
        format!(
            "# Plan: Shed\n\n- [ ] T1 Dig\n\n## Risks\n\n| Risk | Probability | Impact | Mitigation |\n|---|---|---|---|\n{rows}"
        )
    }

    #[test]
    fn words_that_are_not_levels() {
        check_rule(
            &RULE,
            &plan(["Low", "Banana", "Medium"]),
            expect![[r#"
                10  | | Mud | Banana | High | Boots |
                    |         ^^^^^^ unknown risk level `Banana`; expected a level such as `High`
            "#]],
        );
    }

    #[test]
    fn letters() {
        let table = |letters: [&str; 4]| {
            plan(["L", letters[0], letters[1]]).replace("High", letters[2]).replace("Boots", letters[3])
        };
        check_rule(
            &RULE,
            &table(["M", "X", "H", "Boots"]),
            expect![[r#"
            11  | | Mud | X | H | Boots |
                |         ^ unknown risk level `X`; expected a level such as `H`
        "#]],
        );
        check_silent(
            &RULE,
            &[
                &table(["M", "C", "H", "Boots"]),
                &table(["X", "Y", "H", "Boots"]),
                &table(["A", "B", "D", "Boots"]),
            ],
        );
    }

    #[test]
    fn other_scales_and_open_values() {
        let texts = [
            plan(["Low", "Low to Medium", "High if it rains"]),
            plan(["Low", "TBD", "High"]),
            plan(["Low", "Confirmed", "High"]),
            plan(["Low", "Perhaps", "Who knows"]),
            plan(["Low", "3", "40%"]),
            plan(["Hoch", "Mittel", "Gering"]),
            plan(["Low", "Sometimes", "Often"]),
            plan(["Low", "All of the cellar is wet", "High"]),
        ];
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
    }
}
