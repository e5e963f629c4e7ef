//! The rule `gantt-outdated`.

use plan_model::{ItemKind, SegmentFlags, State};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule, common::name};
use crate::{
    Edit, File, Finding, Severity, editing::gantt_chart::write_gantt_charts, gantt_items::GanttItems,
    next::state,
};

pub(super) const RULE: Rule = Rule {
    name: "gantt-outdated",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "Gantt chart does not match the task states",
    doc: "\
## What it checks

A Gantt task in a Mermaid `gantt` chart that is not tagged `done` although its task is done, or that is tagged `done` although its task is not done. Plansmith reports this only in a chart that shows task states: at least two done tasks are tagged `done`, and at least three quarters of the Gantt tasks that are named after a task or phase have its state. A chart that `plansmith schedule --write-gantt` inserted always shows task states.

## Why

Readers rely on a chart that usually matches the tasks.

## Example

Incorrect:

````markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
- [x] **Task 1.2**: Switch the readers over
- [x] **Task 1.3**: Switch the writers over
- [ ] **Task 1.4**: Remove the old index

```mermaid
gantt
    dateFormat YYYY-MM-DD
    Task 1.1 :done, 2026-03-02, 4d
    Task 1.2 :done, 2026-03-06, 2d
    Task 1.3 :2026-03-09, 2d
    Task 1.4 :2026-03-11, 2d
```
````

Correct:

````markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
- [x] **Task 1.2**: Switch the readers over
- [x] **Task 1.3**: Switch the writers over
- [ ] **Task 1.4**: Remove the old index

```mermaid
gantt
    dateFormat YYYY-MM-DD
    Task 1.1 :done, 2026-03-02, 4d
    Task 1.2 :done, 2026-03-06, 2d
    Task 1.3 :done, 2026-03-09, 2d
    Task 1.4 :2026-03-11, 2d
```
````

## Fix

Update the chart. The quick fix sets the tags and changes nothing else in the line. `plansmith schedule FILE --write-gantt` updates all charts of a plan.
",
    check: Check::File(check),
};

/// Minimum number of done tasks that a Gantt chart shows as done; a chart with fewer is not kept up to date.
const MIN_DONE: usize = 2;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if !plan.may_have(SegmentFlags::MERMAID) || plan.gantt_charts().is_empty() {
        return;
    }
    let items = file.memo(GanttItems::of);
    for ((start, chart), items) in plan.gantt_charts().iter().zip(&items.charts) {
        let absolute = |range: &std::ops::Range<usize>| start + range.start..start + range.end;
        let (mut agreeing, mut done, mut differing) = (0, 0, Vec::new());
        for (task, item) in chart.tasks.iter().zip(items) {
            let Some(item) = item.and_then(|item| plan.item(item)) else { continue };
            let Some(state) = state(&item) else { continue };
            let is_tagged = task.tags.iter().any(|tag| file.document().slice(absolute(tag)) == "done");
            match (is_tagged, state == State::Done) {
                (true, true) => (agreeing, done) = (agreeing + 1, done + 1),
                (false, false) => agreeing += 1,
                // A cancelled task may be shown as done.
                (true, false) if state == State::Cancelled => {}
                (true, false) => differing.push((task, item, false)),
                (false, true) => differing.push((task, item, true)),
            }
        }
        // A chart with computed dates was up to date when it was written.
        let is_generated = chart.tasks.first().is_some_and(|task| task.is_computed);
        if !is_generated && (done < MIN_DONE || differing.len() * 3 > agreeing) {
            continue;
        }
        if differing.is_empty() {
            continue;
        }
        let edits = write_gantt_charts(file);
        for (task, item, is_done) in differing {
            let noun = if item.kind() == ItemKind::Phase { "phase" } else { "task" };
            let message = match is_done {
                true => format!("Gantt task `{}` is not tagged `done`, but the {noun} is done", name(&item)),
                false => format!("Gantt task `{}` is tagged `done`, but the {noun} is not done", name(&item)),
            };
            let finding = Finding::new(&RULE, absolute(&task.name), message);
            // Use only the edits of this line that do not add other Gantt tasks.
            let line = absolute(&task.range);
            let is_own = |edit: &&Edit| line.start <= edit.range.start && edit.range.end <= line.end;
            let own = edits.iter().filter(is_own).filter(|edit| !edit.text.starts_with('\n'));
            let finding = finding.related(item.line(), "state");
            findings.push(finding.fix("Update Gantt task", own.cloned().collect(), false));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::testing::{check_silent, findings_among},
        RULE,
    };

    fn plan(last: &str) -> String {
        format!(
            "# Plan: x\n\n- [x] **Task 1.1**: a\n- [x] **Task 1.2**: b\n- [x] **Task 1.3**: c\n- [ ] **Task 1.4**: d\n\n\
             ```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  Task 1.1 :done, 2026-03-02, 4d\n  Task 1.2 :done, 2026-03-06, 2d\n{last}```\n"
        )
    }

    #[test]
    fn a_chart_in_which_the_last_change_is_missing() {
        let stale = plan("  Task 1.3 :c, 2026-03-09, 2d\n  Task 1.4 :2026-03-11, 2d\n");
        assert_eq!(
            findings_among(&RULE, &[("/w/plan.md", &stale)]),
            [
                "Gantt task `1.3` is not tagged `done`, but the task is done ->   Task 1.3 :done, c, 2026-03-09, 2d"
            ]
        );
    }

    #[test]
    fn a_generated_chart() {
        let comment =
            "  dateFormat YYYY-MM-DD\n  %% dates computed by plansmith; remove this line to keep them\n";
        let chart = plan("  Task 1.3 :2026-03-09, 2d\n").replace("  dateFormat YYYY-MM-DD\n", comment);
        let stale = chart.replace("1.1 :done, ", "1.1 :").replace("1.2 :done, ", "1.2 :");
        assert_eq!(findings_among(&RULE, &[("/w/plan.md", &stale)]).len(), 3);
    }

    #[test]
    fn other_charts_are_not_in_step() {
        check_silent(
            &RULE,
            &[
                &plan("  Task 1.3 :done, 2026-03-09, 2d\n  Task 1.4 :2026-03-11, 2d\n"),
                &plan("  Task 1.3 :2026-03-09, 2d\n  Task 1.4 :done, 2026-03-11, 2d\n"),
                &plan("  Task 1.3 :2026-03-09, 2d\n").replace("done, ", ""),
            ],
        );
    }
}
