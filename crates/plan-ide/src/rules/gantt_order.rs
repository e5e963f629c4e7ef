//! `gantt-order`.

use foldhash::{HashMap, HashMapExt};

use plan_model::gantt::Bar;
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule, graph::Edge};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "gantt-order",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a chart lets a task start before what it waits for has ended",
    doc: "\
## What it finds

Two bars of a `gantt` chart that are called like tasks or phases of the plan, of which one depends on the other and starts before the other one ends.

## Why

Either the chart or the dependency is out of date.

## Example

````markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.1

```mermaid
gantt
    dateFormat YYYY-MM-DD
    Task 1.1 :t1, 2026-03-02, 4d
    Task 1.2 :t2, 2026-03-03, 2d
```
````

````markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.1

```mermaid
gantt
    dateFormat YYYY-MM-DD
    Task 1.1 :t1, 2026-03-02, 4d
    Task 1.2 :t2, after t1, 2d
```
````

## Fix

Let the bar start `after` the other one.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let document = file.document();
    if plan.charts().is_empty() {
        return;
    }
    let mut edges: Vec<&Edge> = file.said_graph().edges.iter().collect();
    edges.sort_by_key(|edge| edge.from);
    for (start, chart) in plan.charts() {
        let at = |range: &std::ops::Range<usize>| start + range.start..start + range.end;
        let named = chart.bars.iter().filter(|bar| bar.names.names.len() == 1);
        let values = named.clone().map(|bar| (&bar.names, start + bar.name.start, None));
        let mut bars: HashMap<usize, &Bar> = HashMap::new();
        for (bar, name) in named.zip(plan.resolve_all(values)) {
            if let [(_, Some(item))] = name.targets[..] {
                // The first bar of a task is the task.
                bars.entry(item).or_insert(bar);
            }
        }
        let mut waiting: Vec<(usize, &Bar)> = bars.iter().map(|(item, bar)| (*item, *bar)).collect();
        waiting.sort_unstable_by_key(|(item, _)| *item);
        let waits = waiting.into_iter().flat_map(|(item, bar)| {
            let first = edges.partition_point(|edge| edge.from < item);
            let own = edges[first..].iter().take_while(move |edge| edge.from == item);
            own.map(move |edge| (bar, *edge))
        });
        for (waiting, edge) in waits {
            let Some(waited) = bars.get(&edge.to) else { continue };
            let (Some((begins, _)), Some((_, ends))) = (waiting.days, waited.days) else { continue };
            if begins >= ends || edge.from == edge.to {
                continue;
            }
            let place = at(waiting.start.as_ref().unwrap_or(&waiting.name));
            let [own, other] = [waiting, *waited].map(|bar| document.slice(at(&bar.name)));
            let message =
                format!("`{own}` starts on {begins}, but waits for `{other}`, which lasts until {ends}");
            let finding =
                Finding::new(&RULE, place.clone(), message).related(edge.place(plan), "the dependency");
            findings.push(match (&waited.id, &waiting.start) {
                (Some(id), Some(_)) => {
                    let text = format!("after {}", document.slice(at(id)));
                    finding.fix(format!("Start it {text}"), vec![Edit::replace(place, text)], false)
                }
                _ => finding,
            });
        }
    }
}
