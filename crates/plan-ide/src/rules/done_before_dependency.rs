//! The rule `done-before-dependency`.

use plan_model::{Item, Plan, State};
use plan_schema::DocumentKind;

use super::{
    Check, Group, PerSegment, RestCheck, Rule, RuleView,
    common::{completion_edits, is_remaining_task, name},
    graph::{DependencyEdge, DependencyGraph},
};
use crate::{File, Finding, Severity, TextRange, Workspace, finding::Fix};

pub(super) const RULE: Rule = Rule {
    name: "done-before-dependency",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "task is done but its dependency is not",
    doc: "\
## What it checks

A task or phase that is marked as done while one of its dependencies is open, active or blocked. Only dependency fields and cells that consist of IDs are checked. The finding is a hint if the dependency is a phase that has begun and has no status of its own, because the task may need only the finished part.

## Why

Either the dependency is done but was not marked as done, or the task does not depend on it.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] **Task 1.1**: Copy the data
- [x] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.1
```

Correct:

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
- [x] **Task 1.2**: Switch the readers over
  - Dependencies: Task 1.1
```

## Fix

If the dependency is done, mark it as done. Otherwise reopen the task, or remove the dependency.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::File(check_rest), fixes: Some(fixes) }),
};

/// A done item whose dependency is not done.
struct DoneBeforeDependency {
    edge: DependencyEdge,
    /// The state of the dependency.
    state: State,
    /// The segment that contains both items and the reference; `None` if they are in different segments.
    segment: Option<usize>,
}

/// All violations of a plan, sorted by segment. They do not depend on titles, so they are cached with the structure.
struct DoneBeforeDependencyList(Vec<DoneBeforeDependency>);

impl DoneBeforeDependencyList {
    fn of(plan: &Plan) -> Self {
        let graph = plan.structure_memo(DependencyGraph::of);
        let violations = graph.edges.iter().filter_map(|edge| {
            let (dependent, dependency) = (plan.item(edge.from)?, plan.item(edge.to)?);
            let state = dependency.state().or_else(|| dependency.derived_state());
            let state =
                state.filter(|state| matches!(state, State::Open | State::Active | State::Blocked))?;
            // Other rules report dependencies between an item and its ancestors.
            let nested = edge.from == edge.to
                || dependent.is_ancestor_of(&dependency)
                || dependency.is_ancestor_of(&dependent);
            if dependent.state() != Some(State::Done) || nested {
                return None;
            }
            let ranges = [edge.name_range(plan), dependent.title_range(), dependency.title_range()];
            let [segment, others @ ..] = ranges.map(|range| plan.segment_index_at(range.start));
            let segment = others.iter().all(|other| *other == segment).then_some(segment);
            Some(DoneBeforeDependency { edge: edge.clone(), state, segment })
        });
        let mut violations: Vec<DoneBeforeDependency> = violations.collect();
        violations.sort_by_key(|violation| violation.segment);
        Self(violations)
    }

    /// Returns the violations within a segment; for `None`, those that span segments.
    fn within(&self, segment: Option<usize>) -> &[DoneBeforeDependency] {
        let first = self.0.partition_point(|violation| violation.segment < segment);
        let after = self.0.partition_point(|violation| violation.segment <= segment);
        &self.0[first..after]
    }
}

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    let all = view.structure_memo(DoneBeforeDependencyList::of);
    for violation in all.within(Some(view.index())) {
        let ends = [violation.edge.from, violation.edge.to].map(|index| view.item(index));
        if let [Some(dependent), Some(dependency)] = ends {
            let range = view.dependency_name_range(&violation.edge);
            findings.push(finding(&dependent, &dependency, range, violation));
        }
    }
}

fn check_rest(file: &File, findings: &mut Vec<Finding>) {
    let all = file.plan().structure_memo(DoneBeforeDependencyList::of);
    let plan = file.plan();
    for violation in all.within(None) {
        if let (Some(dependent), Some(dependency)) =
            (plan.item(violation.edge.from), plan.item(violation.edge.to))
        {
            findings.push(finding(&dependent, &dependency, violation.edge.name_range(plan), violation));
        }
    }
}

fn finding(
    dependent: &Item<'_>,
    dependency: &Item<'_>,
    range: TextRange,
    violation: &DoneBeforeDependency,
) -> Finding {
    let message = format!(
        "`{}` is done, but its dependency `{}` is {}",
        name(dependent),
        name(dependency),
        violation.state.name()
    );
    let mut finding = Finding::new(&RULE, range, message);
    if violation.state == State::Active && dependency.state().is_none() {
        finding.severity = Some(Severity::Hint);
    }
    finding.related(dependency.title_range(), "not done yet")
}

fn fixes(file: &File, _: &Workspace<'_>, finding: &Finding) -> Vec<Fix> {
    let plan = file.plan();
    let dependency = finding.related.first().and_then(|title| plan.item_before(title.range.start));
    let Some(dependency) = dependency.filter(is_remaining_task) else { return Vec::new() };
    let edits = completion_edits(file, std::slice::from_ref(&dependency));
    if edits.is_empty() {
        return Vec::new();
    }
    vec![Fix { title: format!("Complete `{}`", name(&dependency)), edits, safe: false }]
}
