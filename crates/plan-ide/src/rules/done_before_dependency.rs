//! `done-before-dependency`.

use plan_model::{Plan, State};
use plan_schema::Kind;

use super::{
    Check, Group, Rule,
    common::{is_open, name, ticks},
    graph::{Edge, Graph},
};
use crate::{File, Finding, Severity};

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
    check: Check::File(check),
};

/// So many of the findings come with a fix.
const MENDED: usize = 200;

/// The dependencies of what is done on what is not, with its state. Which they are does not change with what things are
/// called.
struct Hasty(Vec<(Edge, State)>);

impl Hasty {
    fn of(plan: &Plan) -> Self {
        let graph = plan.of_shape(Graph::of);
        let hasty = graph.edges.iter().filter_map(|edge| {
            let (waiting, waited) = (plan.item(edge.from)?, plan.item(edge.to)?);
            let state = waited.state().or_else(|| waited.derived());
            let open = state.filter(|state| matches!(state, State::Open | State::Active | State::Blocked))?;
            // What lies in each other is another rule's.
            let nested = edge.from == edge.to || waiting.holds(&waited) || waited.holds(&waiting);
            (waiting.state() == Some(State::Done) && !nested).then(|| (edge.clone(), open))
        });
        Self(hasty.collect())
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let before = findings.len();
    for (edge, state) in &plan.of_shape(Hasty::of).0 {
        let (Some(waiting), Some(waited)) = (plan.item(edge.from), plan.item(edge.to)) else { continue };
        let message = format!(
            "`{}` is done, but `{}`, which it waits for, is {}",
            name(&waiting),
            name(&waited),
            state.name()
        );
        let finding =
            Finding::new(&RULE, edge.place(plan), message).related(waited.title_range(), "not done yet");
        let edits = if is_open(&waited) && findings.len() < before + MENDED {
            ticks(file, std::slice::from_ref(&waited))
        } else {
            Vec::new()
        };
        findings.push(if edits.is_empty() {
            finding
        } else {
            finding.fix(format!("Mark `{}` as done", name(&waited)), edits, false)
        });
    }
}
