//! `gantt-order`.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};
use plan_model::{Plan, Traits, gantt::Chart};
use plan_schema::Kind;

use super::{
    Check, Group, Rule,
    graph::{Edge, Graph},
};
use crate::{Edit, File, Finding, Severity};

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

/// A bar that begins before another one ends which it waits for: both by their indices, and the dependency.
struct Early {
    waiting: usize,
    waited: usize,
    edge: Edge,
}

/// Those of each chart of a segment. They change with the chart and with who waits for whom, and not with words.
struct AllEarly(Vec<Vec<Early>>);

impl AllEarly {
    fn of(plan: &Plan, charts: &[(usize, Arc<Chart>)]) -> Self {
        let by_waiting = plan.of_shape(ByWaiting::of);
        let early = charts.iter().map(|(start, chart)| {
            let named = chart.bars.iter().enumerate().filter(|(_, bar)| bar.names.names.len() == 1);
            let values = named.clone().map(|(_, bar)| (&bar.names, start + bar.name.start, None));
            let mut bars: HashMap<usize, usize> = HashMap::new();
            for ((bar, _), name) in named.zip(plan.resolve_all(values)) {
                if let [(_, Some(item))] = name.targets[..] {
                    // The first bar of a task is the task.
                    bars.entry(item).or_insert(bar);
                }
            }
            let mut waiting: Vec<(usize, usize)> = bars.iter().map(|(item, bar)| (*item, *bar)).collect();
            waiting.sort_unstable();
            let waits = waiting.into_iter().flat_map(|(item, bar)| {
                let first = by_waiting.0.partition_point(|edge| edge.from < item);
                let own = by_waiting.0[first..].iter().take_while(move |edge| edge.from == item);
                own.map(move |edge| (bar, edge))
            });
            let early = waits.filter_map(|(waiting, edge)| {
                let waited = *bars.get(&edge.to)?;
                let (begins, ends) = (chart.bars[waiting].days?.0, chart.bars[waited].days?.1);
                (begins < ends && edge.from != edge.to).then(|| Early { waiting, waited, edge: edge.clone() })
            });
            early.collect()
        });
        Self(early.collect())
    }
}

/// Who waits for whom, those of one who waits together.
struct ByWaiting(Vec<Edge>);

impl ByWaiting {
    fn of(plan: &Plan) -> Self {
        let mut edges = plan.of_shape(Graph::of).edges.clone();
        edges.sort_by_key(|edge| edge.from);
        Self(edges)
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let (plan, document) = (file.plan(), file.document());
    for part in plan.parts_with(Traits::MERMAID) {
        let charts = part.charts();
        let early = part.of_shape(|| AllEarly::of(plan, &charts));
        for ((start, chart), early) in charts.iter().zip(&early.0) {
            let at = |range: &std::ops::Range<usize>| start + range.start..start + range.end;
            for Early { waiting, waited, edge } in early {
                let (waiting, waited) = (&chart.bars[*waiting], &chart.bars[*waited]);
                let (Some((begins, _)), Some((_, ends))) = (waiting.days, waited.days) else { continue };
                let place = at(waiting.start.as_ref().unwrap_or(&waiting.name));
                let [own, other] = [waiting, waited].map(|bar| document.slice(at(&bar.name)));
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
}
