//! The rule `gantt-unknown-task`.

use std::hash::Hash;

use foldhash::HashSet;
use plan_model::{Id, Plan, Resolution, gantt::GanttChart};
use plan_schema::{DocumentKind, nearest};
use plan_syntax::RangeExt;

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView};
use crate::{Edit, File, Finding, Severity, TextRange, Workspace, finding::Fix};

pub(super) const RULE: Rule = Rule {
    name: "gantt-unknown-task",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "Gantt chart refers to an unknown task",
    doc: "\
## What it checks

In a Mermaid `gantt` chart: an ID after `after` or `until` that does not exist in the chart, and a Gantt task whose name is the ID of a task (`Task 1.9`) that does not exist in the plan. The Gantt task is reported only if the plan has other IDs of the same kind.

## Why

Mermaid draws the Gantt task at the wrong date, or the chart shows a task that was renumbered.

## Example

Incorrect:

````markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Switch the readers over

```mermaid
gantt
    dateFormat YYYY-MM-DD
    Task 1.1 :t1, 2026-03-02, 4d
    Task 1.2 :t2, after t7, 2d
```
````

Correct:

````markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Switch the readers over

```mermaid
gantt
    dateFormat YYYY-MM-DD
    Task 1.1 :t1, 2026-03-02, 4d
    Celebration :t2, after t1, 2d
```
````

## Fix

Write the intended ID. If exactly one ID in the chart is similar enough, Plansmith offers it.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::None, fixes: Some(fixes) }),
};

/// The forms of IDs in a plan: the number of dots, and whether they are IDs of phases.
struct IdPatterns(HashSet<(usize, bool)>);

impl IdPatterns {
    fn of(plan: &Plan) -> Self {
        Self(plan.items().filter_map(|item| item.id()).map(Self::id_form_of).collect())
    }

    fn id_form_of(id: &Id) -> (usize, bool) {
        (id.as_str().matches('.').count(), id.phase_parts().is_some())
    }
}

/// Returns the IDs of the Gantt tasks in a chart, as written.
fn ids<T: Eq + Hash>(start: usize, chart: &GanttChart, text: impl Fn(&TextRange) -> T) -> HashSet<T> {
    let ids = chart.tasks.iter().filter_map(|bar| bar.id.as_ref());
    ids.map(|id| text(&id.shifted(0, start))).collect()
}

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    for (start, chart) in view.gantt_charts() {
        let absolute = |range: &TextRange| range.shifted(0, start);
        let known = ids(start, &chart, |range| view.text(range));
        for id in chart.tasks.iter().flat_map(|bar| bar.after.iter().chain(&bar.until)) {
            let range = absolute(id);
            let written = view.text(&range);
            if !known.contains(written) && !written.contains(['[', ']', '{', '<']) {
                let message = format!("unknown Gantt task ID `{written}`");
                findings.push(Finding::new(&RULE, range, message));
            }
        }
        let named = chart.tasks.iter().filter_map(|bar| {
            let range = absolute(&bar.name);
            let value = &bar.reference;
            let [named] = &value.names[..] else { return None };
            let name = view.text(&range);
            let has_keyword = name.starts_with("Task ") || name.starts_with("Phase ");
            let id = named.first.clone();
            (has_keyword && value.strict && named.last.is_none()).then_some((range, id, value))
        });
        let named: Vec<_> = named.collect();
        let resolved = view.resolve(named.iter().map(|(range, _, value)| (*value, range.start)));
        let patterns = view.structure_memo(IdPatterns::of);
        for ((range, id, _), name) in named.into_iter().zip(resolved) {
            if name.resolution == Resolution::Unresolved && patterns.0.contains(&IdPatterns::id_form_of(&id))
            {
                findings.push(Finding::new(
                    &RULE,
                    range,
                    format!("unknown task or phase `{id}` in Gantt chart"),
                ));
            }
        }
    }
}

/// Returns the fix for an unknown ID after `after` or `until`: the most similar ID in the chart.
fn fixes(file: &File, _: &Workspace<'_>, finding: &Finding) -> Vec<Fix> {
    let range = &finding.range;
    let chart = file.plan().gantt_charts().iter().rev().find(|(start, _)| *start <= range.start);
    let Some((start, chart)) = chart else { return Vec::new() };
    let mut references = chart.tasks.iter().flat_map(|bar| bar.after.iter().chain(&bar.until));
    if !references.any(|id| start + id.start == range.start) {
        return Vec::new();
    }
    let written = file.document().slice(range.clone());
    let known = ids(*start, chart, |range| file.document().slice(range.clone()));
    let similar = nearest(&written, known.iter().map(String::as_str));
    let fix = similar.map(|similar| Fix {
        title: format!("Replace with `{similar}`"),
        edits: vec![Edit::replace(range.clone(), similar)],
        safe: false,
    });
    fix.into_iter().collect()
}
