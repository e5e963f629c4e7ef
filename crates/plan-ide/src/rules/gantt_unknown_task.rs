//! `gantt-unknown-task`.

use foldhash::HashSet;
use plan_model::{Id, Part, Plan, Reach, gantt::Chart};
use plan_schema::Kind;

use super::{BySegment, Check, Group, Rest, Rule};
use crate::{
    Edit, File, Finding, Severity, Workspace,
    finding::{Fix, nearest},
};

pub(super) const RULE: Rule = Rule {
    name: "gantt-unknown-task",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a chart names a task that there is not",
    doc: "\
## What it finds

In a `gantt` chart: an id behind `after` or `until` that no bar of the chart has, and a bar that is called like a task (`Task 1.9`) of which the plan has none, though it has others of its kind.

## Why

The bar hangs in the air, or the chart shows a task that was renumbered.

## Example

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

Write the id that was meant; the nearest one is offered.
",
    check: Check::Segments(&BySegment { each, rest: Rest::Nothing, mend: Some(mend) }),
};

/// What ids look like in a plan: how many dots, and whether they are of phases.
struct Kinds(HashSet<(usize, bool)>);

impl Kinds {
    fn of(plan: &Plan) -> Self {
        Self(plan.items().filter_map(|item| item.id()).map(Self::kind).collect())
    }

    fn kind(id: &Id) -> (usize, bool) {
        (id.as_str().matches('.').count(), id.phase_parts().is_some())
    }
}

/// The ids of a chart's bars, as they are written.
fn ids(file: &File, start: usize, chart: &Chart) -> HashSet<String> {
    let ids = chart.bars.iter().filter_map(|bar| bar.id.as_ref());
    ids.map(|id| file.document().slice(start + id.start..start + id.end)).collect()
}

fn each(file: &File, part: &Part<'_>, findings: &mut Vec<Finding>) {
    let (plan, document) = (file.plan(), file.document());
    for (start, chart) in part.charts() {
        let at = |range: &std::ops::Range<usize>| start + range.start..start + range.end;
        let known = ids(file, start, &chart);
        for id in chart.bars.iter().flat_map(|bar| bar.after.iter().chain(&bar.until)) {
            let place = at(id);
            let written = document.slice(place.clone());
            if !known.contains(&written) && !written.contains(['[', ']', '{', '<']) {
                let message = format!("no bar of the chart has the id `{written}`");
                findings.push(Finding::new(&RULE, place, message));
            }
        }
        let named = chart.bars.iter().filter_map(|bar| {
            let place = at(&bar.name);
            let value = &bar.names;
            let [named] = &value.names[..] else { return None };
            let name = document.slice(place.clone());
            let worded = name.starts_with("Task ") || name.starts_with("Phase ");
            let id = named.first.clone();
            (worded && value.strict && named.last.is_none()).then_some((place, id, value))
        });
        let named: Vec<_> = named.collect();
        // One name each.
        let resolved = plan.resolve_all(named.iter().map(|(place, _, value)| (*value, place.start, None)));
        let kinds = plan.of_shape(Kinds::of);
        for ((place, id, _), name) in named.into_iter().zip(resolved) {
            if name.reach == Reach::Nowhere && kinds.0.contains(&Kinds::kind(&id)) {
                findings.push(Finding::new(&RULE, place, format!("the plan has no `{id}`")));
            }
        }
    }
}

/// Of a reference to a bar: the nearest id of the chart.
fn mend(file: &File, _: &Workspace<'_>, finding: &Finding) -> Vec<Fix> {
    let place = &finding.range;
    let chart = file.plan().charts().iter().rev().find(|(start, _)| *start <= place.start);
    let Some((start, chart)) = chart else { return Vec::new() };
    let mut references = chart.bars.iter().flat_map(|bar| bar.after.iter().chain(&bar.until));
    if !references.any(|id| start + id.start == place.start) {
        return Vec::new();
    }
    let written = file.document().slice(place.clone());
    let known = ids(file, *start, chart);
    let near = nearest(&written, known.iter().map(String::as_str));
    let fix = near.map(|near| Fix {
        title: format!("Write `{near}`"),
        edits: vec![Edit::replace(place.clone(), near)],
        safe: false,
    });
    fix.into_iter().collect()
}
