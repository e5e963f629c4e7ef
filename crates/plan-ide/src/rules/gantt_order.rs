//! The rule `gantt-order`.

use foldhash::{HashMap, HashMapExt};
use plan_model::{Plan, SegmentFlags, StructureView};
use plan_schema::DocumentKind;
use plan_syntax::View;

use super::{
    Check, Group, Rule,
    graph::{DependencyEdge, DependencyGraph},
};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "gantt-order",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "Gantt task starts before its dependency ends",
    doc: "\
## What it checks

A Gantt task in a Mermaid `gantt` chart that starts before its dependency ends. If a Gantt task has the name of a task or phase of the plan, Plansmith also compares it with the dependencies of that task or phase.

## Why

Either the chart or the dependency is out of date.

## Example

Incorrect:

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

Correct:

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

Start the Gantt task `after` its dependency.
",
    check: Check::File(check),
};

/// A Gantt task that starts before its dependency ends.
struct GanttOrderViolation {
    /// Index of the dependent Gantt task.
    dependent: usize,
    /// Index of its dependency in the chart.
    dependency: usize,
    edge: DependencyEdge,
}

/// The Gantt tasks in each chart of a segment that start before a dependency ends. They depend only on the charts and
/// the dependency graph.
struct GanttOrderViolations(Vec<Vec<GanttOrderViolation>>);

impl GanttOrderViolations {
    fn of(view: &StructureView<'_>) -> Self {
        let by_dependent = view.structure_memo(EdgesByDependent::of);
        let violations = view.gantt_charts().into_iter().map(|(start, chart)| {
            let named = chart.tasks.iter().enumerate().filter(|(_, bar)| bar.reference.names.len() == 1);
            let values = named.clone().map(|(_, bar)| (&bar.reference, start + bar.name.start));
            let mut bars: HashMap<usize, usize> = HashMap::new();
            for ((bar, _), item) in named.zip(view.targets(values)) {
                if let Some(item) = item {
                    // Only the first Gantt task of an item is compared.
                    bars.entry(item).or_insert(bar);
                }
            }
            let mut tasks: Vec<(usize, usize)> = bars.iter().map(|(item, bar)| (*item, *bar)).collect();
            tasks.sort_unstable();
            let edges = tasks.into_iter().flat_map(|(item, bar)| {
                let first = by_dependent.0.partition_point(|edge| edge.from < item);
                let own = by_dependent.0[first..].iter().take_while(move |edge| edge.from == item);
                own.map(move |edge| (bar, edge))
            });
            let violations = edges.filter_map(|(dependent, edge)| {
                let dependency = *bars.get(&edge.to)?;
                let (begins, ends) = (chart.tasks[dependent].days?.0, chart.tasks[dependency].days?.1);
                (begins < ends && edge.from != edge.to).then(|| GanttOrderViolation {
                    dependent,
                    dependency,
                    edge: edge.clone(),
                })
            });
            violations.collect()
        });
        Self(violations.collect())
    }
}

/// The edges of the dependency graph, sorted by dependent.
struct EdgesByDependent(Vec<DependencyEdge>);

impl EdgesByDependent {
    fn of(plan: &Plan) -> Self {
        let mut edges = plan.structure_memo(DependencyGraph::of).edges.clone();
        edges.sort_by_key(|edge| edge.from);
        Self(edges)
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let (plan, document) = (file.plan(), file.document());
    for segment in plan.segment_views_with(SegmentFlags::MERMAID) {
        let charts = segment.gantt_charts();
        let violations = segment.with_structure().memo(GanttOrderViolations::of);
        for ((start, chart), violations) in charts.iter().zip(&violations.0) {
            let absolute = |range: &std::ops::Range<usize>| start + range.start..start + range.end;
            for GanttOrderViolation { dependent, dependency, edge } in violations {
                let (dependent, dependency) = (&chart.tasks[*dependent], &chart.tasks[*dependency]);
                let (Some((begins, _)), Some((_, ends))) = (dependent.days, dependency.days) else {
                    continue;
                };
                let range = absolute(dependent.start.as_ref().unwrap_or(&dependent.name));
                let [own, other] = [dependent, dependency].map(|bar| document.slice(absolute(&bar.name)));
                let message =
                    format!("`{own}` starts on {begins}, before its dependency `{other}` ends on {ends}");
                let finding =
                    Finding::new(&RULE, range.clone(), message).related(edge.name_range(plan), "dependency");
                findings.push(match (&dependency.id, &dependent.start) {
                    (Some(id), Some(_)) => {
                        let id = document.slice(absolute(id));
                        let edit = Edit::replace(range, format!("after {id}"));
                        finding.fix(format!("Start after `{id}`"), vec![edit], false)
                    }
                    _ => finding,
                });
            }
        }
    }
}
