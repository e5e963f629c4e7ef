//! `done-before-dependency`.

use plan_model::{Part, Plan, State};
use plan_schema::Kind;

use super::{
    BySegment, Check, Group, Rest, Rule,
    common::{is_open, name, ticks},
    graph::{Edge, Graph},
};
use crate::{File, Finding, Severity, Workspace, finding::Fix};

pub(super) const RULE: Rule = Rule {
    name: "done-before-dependency",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a task is done, but one that it waits for is not",
    doc: "\
## What it finds

A task or phase that is marked as done while one that it depends on, by a field or cell of nothing but ids, is open, active or blocked.

## Why

Either the other one is done as well and was not ticked, or the dependency is none.

## Example

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
- [x] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.1
```

## Fix

Tick the task that is waited for, if it is done.
",
    check: Check::Segments(&BySegment { each, rest: Rest::File(rest), mend: Some(mend) }),
};

/// Something done that waits for something that is not.
struct Hasty {
    edge: Edge,
    /// The state of what is waited for.
    state: State,
    /// The segment that all of it stands in.
    part: Option<usize>,
}

/// All of them in a plan, by segments. Which they are does not change with what things are called.
struct AllHasty(Vec<Hasty>);

impl AllHasty {
    fn of(plan: &Plan) -> Self {
        let graph = plan.of_shape(Graph::of);
        let hasty = graph.edges.iter().filter_map(|edge| {
            let (waiting, waited) = (plan.item(edge.from)?, plan.item(edge.to)?);
            let state = waited.state().or_else(|| waited.derived());
            let state =
                state.filter(|state| matches!(state, State::Open | State::Active | State::Blocked))?;
            // What lies in each other is another rule's.
            let nested = edge.from == edge.to || waiting.holds(&waited) || waited.holds(&waiting);
            if waiting.state() != Some(State::Done) || nested {
                return None;
            }
            let places = [edge.place(plan), waiting.title_range(), waited.title_range()];
            let [part, others @ ..] = places.map(|place| plan.part_number(place.start));
            let part = others.iter().all(|other| *other == part).then_some(part);
            Some(Hasty { edge: edge.clone(), state, part })
        });
        let mut hasty: Vec<Hasty> = hasty.collect();
        hasty.sort_by_key(|hasty| hasty.part);
        Self(hasty)
    }

    /// Those that stand in a segment, or in none.
    fn within(&self, part: Option<usize>) -> &[Hasty] {
        let first = self.0.partition_point(|hasty| hasty.part < part);
        let after = self.0.partition_point(|hasty| hasty.part <= part);
        &self.0[first..after]
    }
}

fn each(file: &File, part: &Part<'_>, findings: &mut Vec<Finding>) {
    let all = file.plan().of_shape(AllHasty::of);
    findings.extend(all.within(Some(part.number())).iter().filter_map(|hasty| said(file.plan(), hasty)));
}

fn rest(file: &File, findings: &mut Vec<Finding>) {
    let all = file.plan().of_shape(AllHasty::of);
    findings.extend(all.within(None).iter().filter_map(|hasty| said(file.plan(), hasty)));
}

fn said(plan: &Plan, hasty: &Hasty) -> Option<Finding> {
    let (waiting, waited) = (plan.item(hasty.edge.from)?, plan.item(hasty.edge.to)?);
    let message = format!(
        "`{}` is done, but `{}`, which it waits for, is {}",
        name(&waiting),
        name(&waited),
        hasty.state.name()
    );
    let finding = Finding::new(&RULE, hasty.edge.place(plan), message);
    Some(finding.related(waited.title_range(), "not done yet"))
}

fn mend(file: &File, _: &Workspace<'_>, finding: &Finding) -> Vec<Fix> {
    let plan = file.plan();
    let waited = finding.related.first().and_then(|title| plan.item_before(title.range.start));
    let Some(waited) = waited.filter(is_open) else { return Vec::new() };
    let edits = ticks(file, std::slice::from_ref(&waited));
    if edits.is_empty() {
        return Vec::new();
    }
    vec![Fix { title: format!("Mark `{}` as done", name(&waited)), edits, safe: false }]
}
