//! The rule `task-id-format`.

use std::collections::HashMap;

use plan_model::{Id, Item, ItemKind, Plan};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "task-id-format",
    group: Group::Tasks,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "task ID has a different format from all other task IDs",
    doc: "\
## What it checks

The only task whose ID differs in format from those of all other tasks of the plan, such as `T4` among `T001`, `T002` and `T003`, or `Task 22` among `Task 1.1` and `Task 2.1`. The plan must have at least four tasks with the common format. Subtasks (`1.1.1` below `1.1`) and letters after a number (`T003a`) are not reported.

## Why

References in the common format do not find the task.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [x] T001 Ask for disks
- [x] T002 Copy the articles
- [x] T003 Copy the journals
- [ ] T4 Compare both sides
- [ ] T005 Switch the readers over
- [ ] T006 Remove the old index
```

Correct:

```markdown
# Plan: Move the search index

- [x] T001 Ask for disks
- [x] T002 Copy the articles
- [x] T003 Copy the journals
- [ ] T004 Compare both sides
- [ ] T005 Switch the readers over
- [ ] T006 Remove the old index
```

## Fix

Write the ID in the common format.
",
    check: Check::File(check),
};

/// Minimum number of tasks with the common format.
const MIN_COMMON: usize = 4;

/// The format of an ID: its letters and separators, with the number of digits if numbers are padded with zeros.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Format(String);

impl Format {
    fn of(id: &Id) -> Self {
        let mut format = String::new();
        for part in id.as_str().split_inclusive(|c: char| !c.is_ascii_digit()) {
            let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
            if digits.starts_with('0') && digits.len() > 1 {
                format.push_str(&digits.len().to_string());
            } else if !digits.is_empty() {
                format.push('9');
            }
            format.push_str(&part[digits.len()..]);
        }
        // A letter after a number is a variant of the ID.
        let end = format.trim_end_matches(|c: char| c.is_ascii_lowercase()).len();
        let inserted = format[..end].strip_suffix(|c: char| c.is_ascii_uppercase());
        let is_inserted = inserted.is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
        let end = end - usize::from(is_inserted);
        format.truncate(end);
        Self(format)
    }
}

/// The task whose ID has another format than all others: its index, and an ID in the common format.
struct OtherFormat(Option<(usize, String)>);

impl OtherFormat {
    fn of(plan: &Plan) -> Self {
        let tasks = plan.items().filter(|item| item.kind() == ItemKind::Task);
        let mut formats: HashMap<Format, (usize, Item<'_>)> = HashMap::new();
        for task in tasks {
            let Some(id) = task.id() else { continue };
            formats.entry(Format::of(id)).or_insert((0, task)).0 += 1;
            if formats.len() > 3 {
                return Self(None);
            }
        }
        // The most frequent format first.
        let mut formats: Vec<(Format, (usize, Item<'_>))> = formats.into_iter().collect();
        formats.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let [(_, (common, first)), (other, (1, exception))] = &formats[..] else { return Self(None) };
        let is_subtask = exception
            .parent()
            .and_then(|parent| plan.item(parent))
            .is_some_and(|parent| parent.kind() == ItemKind::Task && parent.id().is_some());
        // `T099` and `T100` are numbers of one series.
        let has_same_length = first
            .id()
            .is_some_and(|id| id.as_str().len() == exception.id().map_or(0, |id| id.as_str().len()))
            && first.id().map(Id::prefix) == exception.id().map(Id::prefix);
        // `2.5` among plain numbers is a task between 2 and 3.
        let is_plain = first.id().is_some_and(Id::is_plain);
        let is_reported =
            *common >= MIN_COMMON && !is_plain && !is_subtask && !has_same_length && !other.0.is_empty();
        Self(first.id().filter(|_| is_reported).map(|id| (exception.index(), id.to_string())))
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let found = plan.structure_memo(OtherFormat::of);
    let Some((task, example)) = &found.0 else { return };
    let Some(task) = plan.item(*task) else { return };
    let (Some(range), Some(id)) = (task.id_range(), task.id()) else { return };
    let message = format!("inconsistent task ID `{id}`; all other IDs have the format of `{example}`");
    findings.push(Finding::new(&RULE, range, message));
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{check_silent, findings_among},
        RULE,
    };

    fn plan(ids: &[&str]) -> String {
        let tasks: String = ids.iter().map(|id| format!("- [ ] **{id}**: a\n")).collect();
        format!("# Plan: x\n\n{tasks}")
    }

    #[test]
    fn the_only_other_format() {
        let found = |ids: &[&str]| findings_among(&RULE, &[("/w/a.md", &plan(ids))]).len();
        assert_eq!(found(&["T001", "T002", "T003", "T4", "T005", "T006"]), 1);
        assert_eq!(found(&["T001", "T002", "T003", "X004", "T005", "T006"]), 1);
        assert_eq!(found(&["Task 1.1", "Task 1.2", "Task 1.3", "Task 2.1", "Task 22", "Task 2.3"]), 1);
    }

    #[test]
    fn formats_of_one_series() {
        let texts = [
            plan(&["T001", "T002", "T003", "T004", "T005", "T010"]),
            plan(&["T097", "T098", "T099", "T096", "T095", "T100"]),
            plan(&["T001", "T002", "T003", "T003a", "T004", "T005"]),
            plan(&["Task 1", "Task 2", "Task 2.5", "Task 3", "Task 4", "Task 5"]),
            plan(&["T001", "T002", "X003", "X004", "T005", "T006", "T007"]),
            "# Plan: x\n\n- [ ] 1.1 a\n- [ ] 1.2 b\n- [ ] 1.3 c\n- [ ] 1.4 d\n- [ ] 1.5 e\n  - [ ] 1.5.1 f\n"
                .to_owned(),
        ];
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
    }
}
