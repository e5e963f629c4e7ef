//! `gantt-unknown-task`.

use foldhash::HashSet;

use plan_model::{Id, Reach};
use plan_schema::Kind;

use crate::{Edit, finding::nearest};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

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
    check: Check::File(check),
};

/// For so many ids one that was meant is looked for.
const MENDED: usize = 200;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let before = findings.len();
    let plan = file.plan();
    let document = file.document();
    // What ids look like: how many dots, and whether they are of phases.
    let kind = |id: &Id| (id.as_str().matches('.').count(), id.phase_parts().is_some());
    let kinds: HashSet<(usize, bool)> = plan.items().filter_map(|item| item.id()).map(kind).collect();
    for (start, chart) in plan.charts() {
        let at = |range: &std::ops::Range<usize>| start + range.start..start + range.end;
        let known: HashSet<String> =
            chart.bars.iter().filter_map(|bar| Some(document.slice(at(bar.id.as_ref()?)))).collect();
        for id in chart.bars.iter().flat_map(|bar| bar.after.iter().chain(&bar.until)) {
            let place = at(id);
            let written = document.slice(place.clone());
            if known.contains(&written) || written.contains(['[', ']', '{', '<']) {
                continue;
            }
            let finding =
                Finding::new(&RULE, place.clone(), format!("no bar of the chart has the id `{written}`"));
            let near = (findings.len() < before + MENDED)
                .then(|| nearest(&written, known.iter().map(String::as_str)))
                .flatten();
            findings.push(match near {
                Some(near) => finding.fix(format!("Write `{near}`"), vec![Edit::replace(place, near)], false),
                None => finding,
            });
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
        for ((place, id, _), name) in named.into_iter().zip(resolved) {
            let kin = || kinds.contains(&kind(&id));
            if name.reach == Reach::Nowhere && kin() {
                findings.push(Finding::new(&RULE, place, format!("the plan has no `{id}`")));
            }
        }
    }
}
