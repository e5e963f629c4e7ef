//! The rule `misspelled-status`.

use plan_model::{StateSourceKind, Vocabulary};
use plan_schema::{DocumentKind, nearest};

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView, common::with_case_of};
use crate::{Edit, File, Finding, Severity, TextRange};

pub(super) const RULE: Rule = Rule {
    name: "misspelled-status",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "misspelled status",
    doc: "\
## What it checks

A status of the plan, a phase or a task that is not known, but differs from a known one by a typo: `In Progres`, `Dnoe`. Other unknown words are not reported, because a plan may use a status of its own.

## Why

Plansmith and other tools do not know the state, so that counts, filters and dashboards are wrong.

## Example

Incorrect:

```markdown
# Plan: Move the search index

**Status**: In Progres

- [ ] Copy the data
```

Correct:

```markdown
# Plan: Move the search index

**Status**: In Progress

- [ ] Copy the data
```

## Fix

Replace the status with the known one. Add a word of your own to the setting `state-names`.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::File(check_rest), fixes: None }),
};

/// Checks the status fields and cells of items.
fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    for item in view.items() {
        for (kind, range, state) in item.state_sources() {
            let is_status = matches!(kind, StateSourceKind::Field | StateSourceKind::TableRow);
            if is_status && state.is_none() {
                findings.extend(misspelled(view.text(&range), range.start));
            }
        }
    }
}

/// Checks the status of the plan.
fn check_rest(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if let Some(status) = plan.status().filter(|status| plan.state_of(&status.value).is_none()) {
        let TextRange { start, end } = status.value_range;
        findings.extend(misspelled(&file.document().slice(start..end), start));
    }
}

/// Returns the finding for a status at the offset `start` that differs from a known one by a typo.
fn misspelled(written: &str, start: usize) -> Option<Finding> {
    let word = written.trim_matches(|c: char| !c.is_alphabetic());
    let is_phrase = word.chars().all(|c| c.is_ascii_alphabetic() || matches!(c, ' ' | '-' | '_'));
    if !is_phrase || word.len() < MIN_LETTERS {
        return None;
    }
    let folded = word.to_lowercase().replace(['-', '_'], " ");
    let known = nearest(&folded, Vocabulary::status_names().filter(|name| name.len() >= MIN_LETTERS))?;
    // `Release` and `released` are different words.
    let is_other_form = ["d", "ed", "ing"].iter().any(|ending| known.strip_suffix(ending) == Some(&*folded))
        || folded.strip_suffix('s') == Some(known);
    // `passed` is a word, and not a typo of `paused`.
    let sorted = |word: &str| {
        let mut letters: Vec<char> = word.chars().collect();
        letters.sort_unstable();
        letters
    };
    let is_typo = match known.len().abs_diff(folded.len()) {
        0 => sorted(known) == sorted(&folded),
        1 => true,
        _ => false,
    };
    if !is_typo || is_other_form || known.chars().next() != folded.chars().next() {
        return None;
    }
    let at = start + written.find(word)?;
    let suggestion = with_case_of(word, known);
    let message = format!("unknown status `{word}`; did you mean `{suggestion}`?");
    let range = at..at + word.len();
    let edit = Edit::replace(range.clone(), suggestion.clone());
    Some(Finding::new(&RULE, range, message).fix(format!("Replace with `{suggestion}`"), vec![edit], false))
}

/// Minimum number of letters of a word that is compared with the known ones.
const MIN_LETTERS: usize = 4;

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::RULE;
    use crate::rules::testing::{check, check_fix, check_silent};

    #[test]
    fn typos() {
        let text = "---\nstatus: in-progres\n---\n\n# Plan: x\n\n- [ ] a\n\n### Task 1: b\n\n- **Status**: Dnoe\n\n| ID | Task | Status |\n|---|---|---|\n| T-1 | c | NOT STRATED |\n| T-2 | d | Done |\n";
        check(
            &RULE,
            text,
            expect![[r#"
                2   | status: in-progres
                    |         ^^^^^^^^^^ unknown status `in-progres`; did you mean `in-progress`?
                11  | - **Status**: Dnoe
                    |               ^^^^ unknown status `Dnoe`; did you mean `Done`?
                15  | | T-1 | c | NOT STRATED |
                    |             ^^^^^^^^^^^ unknown status `NOT STRATED`; did you mean `NOT STARTED`?
            "#]],
        );
        check_fix(
            &RULE,
            text,
            "Replace with `in-progress`",
            expect![[r#"
            ---
            status: in-progress
            ---

            # Plan: x

            - [ ] a

            ### Task 1: b

            - **Status**: Dnoe

            | ID | Task | Status |
            |---|---|---|
            | T-1 | c | NOT STRATED |
            | T-2 | d | Done |
        "#]],
        );
    }

    #[test]
    fn other_words() {
        let plan = |status: &str| format!("# Plan: x\n\n**Status**: {status}\n\n- [ ] a\n");
        let texts =
            ["Active", "None", "Release", "Merge", "Review", "Alpha", "Cooking", "[Draft | Doing]", "Passed"]
                .map(plan);
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
    }
}
