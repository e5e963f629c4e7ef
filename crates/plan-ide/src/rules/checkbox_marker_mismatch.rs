//! The rule `checkbox-marker-mismatch`.

use std::collections::{HashMap, HashSet};

use plan_model::{Item, ItemKind, SegmentFlags, State, StateSourceKind, TextRange};
use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule, common::checkbox_word};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "checkbox-marker-mismatch",
    group: Group::State,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "checkbox and status marker disagree",
    doc: "\
## What it checks

A task whose checkbox differs from one of its other status markers. These are an emoji at the start or end of its text, its status field, its status cell in a table, its checkbox in a second list, and its entry in the front matter. The rule also checks phases that have a checkbox in an overview. Examples are `- [ ] ✅ Copy the data`, `- [x] ⬜ Copy the data`, and a checked task with `Status: In Progress`.

Emoji other than ✅, ☑, ⬜ and ☐ are checked only if the document uses them mostly on unchecked tasks, because many plans use colors for priorities.

If all tasks of a list are unchecked and have ✅, the emoji describes the expected outcome, and Plansmith reports nothing. It reports the same mismatch on several tasks only once. If checked tasks still have the emoji of open tasks, the severity is `hint`.

## Why

The checkbox or the marker was not updated, and readers cannot tell which one is correct.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] ✅ **Task 1.1**: Copy the data
- [ ] ⬜ **Task 1.2**: Switch the readers over
```

Correct, because the colors are priorities:

```markdown
# Plan: Move the search index

- [x] 🔴 **Task 1.1**: Copy the data
- [ ] 🟡 **Task 1.2**: Switch the readers over
```

## Fix

Check or uncheck the task, or change the emoji.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let document = file.document();
    // For each emoji, the number of checked and of unchecked tasks with this emoji.
    let mut uses: HashMap<String, (usize, usize)> = HashMap::new();
    let items = plan.items_with(SegmentFlags::CHECKBOX_AND_MARKER);
    for (state, (kind, range, _)) in items
        .clone()
        .filter(|item| item.state_sources().any(|(kind, ..)| kind == StateSourceKind::Emoji))
        .filter_map(|item| Some((checkbox_of(&item)?, item)))
        .flat_map(|(checkbox, item)| {
            item.state_sources().map(|source| (checkbox.1, source)).collect::<Vec<_>>()
        })
    {
        if kind == StateSourceKind::Emoji {
            let (done, open) = uses.entry(document.slice(range)).or_default();
            if state == Some(State::Done) { *done += 1 } else { *open += 1 }
        }
    }
    let expected = expected_lists(document, items.clone());
    let mut found: Vec<Mismatch> = Vec::new();
    for item in items.filter(|item| item.kind() == ItemKind::Task || item.has_other_places()) {
        let Some((checkbox, Some(state))) = checkbox_of(&item) else { continue };
        // `[x] ❌ ... CANCELLED` is a common way to write a cancelled task.
        if item.state() == Some(State::Cancelled) {
            continue;
        }
        for (kind, range, stated) in item.state_sources() {
            let is_marker = match kind {
                StateSourceKind::Emoji
                | StateSourceKind::Field
                | StateSourceKind::TableRow
                | StateSourceKind::FrontMatter => true,
                StateSourceKind::Checkbox | StateSourceKind::BoldCheckbox => range != checkbox,
                StateSourceKind::Word => item.kind() == ItemKind::Phase,
                _ => false,
            };
            let Some(stated) = stated.filter(|_| is_marker && !range.is_empty()) else { continue };
            let text = document.slice(range.clone());
            let contradicts = match (state == State::Done, stated == State::Done) {
                (false, true) => kind != StateSourceKind::Emoji || !expected.contains(&list_of(&item)),
                (true, false) => {
                    kind != StateSourceKind::Emoji
                        || matches!(text.trim_end_matches('\u{fe0f}'), "⬜" | "☐")
                        || uses.get(&text).is_some_and(|(done, open)| open > done)
                }
                _ => false,
            };
            if contradicts {
                let text = if kind.is_checkbox() { format!("[{text}]") } else { text.trim().to_owned() };
                found.push(Mismatch { kind, item: item.kind(), checkbox, state, range, stated, text });
                break;
            }
        }
    }
    // The same mismatch on many tasks is reported once, because it has one cause: the markers of a template, or
    // unused checkboxes.
    let mut groups: Vec<Vec<Mismatch>> = Vec::new();
    for mismatch in found {
        let is_same =
            |group: &&mut Vec<Mismatch>| group.iter().all(|other| other.is_same_mismatch(&mismatch));
        match groups.iter_mut().find(is_same) {
            Some(group) => group.push(mismatch),
            None => groups.push(vec![mismatch]),
        }
    }
    for group in groups {
        let is_leftover = group.iter().all(|mismatch| mismatch.is_leftover());
        if group.len() >= if is_leftover { 2 } else { MIN_GROUP_SIZE } {
            findings.extend(group_finding(&group, is_leftover));
        } else {
            findings.extend(group.iter().map(Mismatch::finding));
        }
    }
    findings.sort_by_key(|finding| finding.range.start);
}

/// Minimum number of tasks with the same mismatch that are reported as one finding. Emoji for open tasks on checked
/// tasks are grouped if there are at least two.
const MIN_GROUP_SIZE: usize = 3;

/// A checkbox and a marker that disagree.
struct Mismatch {
    /// Kind of the marker.
    kind: StateSourceKind,
    /// Kind of the marked item.
    item: ItemKind,
    checkbox: TextRange,
    state: State,
    /// Range of the marker.
    range: TextRange,
    /// State according to the marker.
    stated: State,
    /// The marker as written.
    text: String,
}

impl Mismatch {
    fn is_same_mismatch(&self, other: &Self) -> bool {
        let direction = |mismatch: &Self| (mismatch.kind, mismatch.item, mismatch.stated == State::Done);
        direction(self) == direction(other)
    }

    /// Returns whether a checked task still has an emoji for unfinished work.
    fn is_leftover(&self) -> bool {
        self.kind == StateSourceKind::Emoji && self.state == State::Done
    }

    fn finding(&self) -> Finding {
        let message = format!(
            "checkbox is {}, but `{}` marks the {} as {}",
            checkbox_word(self.state),
            self.text,
            self.item.name(),
            self.stated.name()
        );
        let mut finding =
            Finding::new(&RULE, self.range.clone(), message).related(self.checkbox.clone(), "checkbox");
        if let Some(edit) = self.checkbox_edit() {
            let title = if self.stated == State::Done { "Check task" } else { "Uncheck task" };
            finding = finding.fix(title, vec![edit], false);
        }
        if self.kind == StateSourceKind::Emoji {
            let title = format!("Change marker to `{}`", self.emoji());
            finding = finding.fix(title, vec![self.marker_edit()], false);
        }
        finding
    }

    fn emoji(&self) -> &'static str {
        if self.state == State::Done { "✅" } else { "⬜" }
    }

    fn marker_edit(&self) -> Edit {
        Edit::replace(self.range.clone(), self.emoji())
    }

    fn checkbox_edit(&self) -> Option<Edit> {
        let character = if self.stated == State::Done { "x" } else { " " };
        (!self.checkbox.is_empty()).then(|| Edit::replace(self.checkbox.clone(), character))
    }
}

/// Returns the finding for the same mismatch on several tasks.
fn group_finding(group: &[Mismatch], is_leftover: bool) -> Option<Finding> {
    let first = group.first()?;
    let count = group.len();
    let message = format!(
        "{count} tasks are {}, but `{}` marks them as {}",
        if first.state == State::Done { "checked" } else { "unchecked" },
        first.text.trim(),
        first.stated.name()
    );
    let others =
        group[1..].iter().map(|other| (other.range.clone(), format!("`{}` here", other.text.trim())));
    let mut finding = Finding::new(&RULE, first.range.clone(), message).list(others);
    if is_leftover {
        finding.severity = Some(Severity::Hint);
    }
    let checkboxes: Option<Vec<Edit>> = group.iter().map(Mismatch::checkbox_edit).collect();
    if let Some(edits) = checkboxes.filter(|_| first.stated == State::Done) {
        finding = finding.fix(format!("Check {count} tasks"), edits, false);
    }
    if first.kind == StateSourceKind::Emoji {
        let edits = group.iter().map(Mismatch::marker_edit).collect();
        finding = finding.fix(format!("Change {count} markers to `{}`", first.emoji()), edits, false);
    }
    Some(finding)
}

/// Returns the key of the list that contains an item: the parent and the section of the item.
fn list_of(item: &Item<'_>) -> (Option<usize>, Option<usize>) {
    (item.parent(), item.section().map(|section| section.index()))
}

/// Summary of the tasks in a list and of the symbols before their titles.
struct SymbolList {
    tasks: usize,
    /// Whether every task is unchecked and has an emoji for done or cancelled, which denotes the expected outcome.
    is_expected: bool,
    /// The symbols if every task is unchecked, has no ID, and starts with a symbol. Different symbols are the labels of
    /// options, one of which will be checked.
    symbols: Option<HashSet<char>>,
}

/// Returns the lists of unchecked tasks in which an emoji is not the state of its task.
fn expected_lists<'a>(
    document: &plan_syntax::Document,
    items: impl Iterator<Item = Item<'a>>,
) -> HashSet<(Option<usize>, Option<usize>)> {
    let mut lists: HashMap<(Option<usize>, Option<usize>), SymbolList> = HashMap::new();
    for item in items.filter(|item| item.kind() == ItemKind::Task) {
        let Some((checkbox, state)) = checkbox_of(&item) else { continue };
        let mut emoji = item.state_sources().filter(|(kind, ..)| *kind == StateSourceKind::Emoji);
        let is_open = state == Some(State::Open);
        let has_final_emoji =
            emoji.any(|(_, _, stated)| matches!(stated, Some(State::Done | State::Cancelled)));
        let text = document.slice(checkbox.end..item.line().end.max(checkbox.end));
        let first = text.trim_start_matches(']').trim_start().chars().next();
        let symbol = first
            .filter(|first| is_open && item.id().is_none() && !first.is_ascii() && !first.is_alphanumeric());
        let list = lists.entry(list_of(&item)).or_insert_with(|| SymbolList {
            tasks: 0,
            is_expected: true,
            symbols: Some(HashSet::new()),
        });
        list.tasks += 1;
        list.is_expected &= is_open && has_final_emoji;
        list.symbols = list.symbols.take().zip(symbol).map(|(mut symbols, symbol)| {
            symbols.insert(symbol);
            symbols
        });
    }
    let has_options = |list: &SymbolList| list.symbols.as_ref().is_some_and(|symbols| symbols.len() > 1);
    lists
        .into_iter()
        .filter(|(_, list)| list.tasks > 1 && (list.is_expected || has_options(list)))
        .map(|(list, _)| list)
        .collect()
}

/// Returns the range of the item's checkbox and its state.
fn checkbox_of(item: &Item<'_>) -> Option<(TextRange, Option<State>)> {
    item.state_sources().find(|(kind, ..)| kind.is_checkbox()).map(|(_, range, state)| (range, state))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn expected_outcomes_and_data() {
        check_silent(
            &RULE,
            &[
                "# Plan: Shop\n\n## Checklist\n\n- [ ] ✅ The database is there\n- [ ] ✅ Sign-in works\n",
                "# Plan: Shop\n\n## Coverage\n\n- [ ] ✅ Adequate\n- [ ] ⚠️ Partial\n- [ ] ❌ Insufficient\n\n## Tasks\n\n- [x] T1 a\n",
                "# Plan: Shop\n\n## Tasks\n\n- [ ] T1 All goods are marked ✅\n- [ ] T2 The page shows ✅\n- [x] T3 Done\n",
                "# Plan: Shop\n\n## Tasks\n\n- [ ] T1 Add common variants: ✓ ✔ ☑\n- [x] T2 Done\n",
            ],
        );
    }

    #[test]
    fn one_finding_for_the_same_mismatch() {
        check_rule(
            &RULE,
            "\
# Plan: Shop

## Tasks

- [x] ⬜ T1 Make the database
- [x] ⬜ T2 Make the page
- [x] ⬜ T3 Make the form
- [ ] ✅ T4 Make the report
- [ ] T5 Make the letter
",
            expect![[r#"
                5   | - [x] ⬜ T1 Make the database
                    |       ^ 3 tasks are checked, but `⬜` marks them as open
                6   | - [x] ⬜ T2 Make the page
                    |       ^ (`⬜` here)
                7   | - [x] ⬜ T3 Make the form
                    |       ^ (`⬜` here)
                8   | - [ ] ✅ T4 Make the report
                    |       ^ checkbox is unchecked, but `✅` marks the task as done
                    |    ^ (checkbox)
            "#]],
        );
    }
}
