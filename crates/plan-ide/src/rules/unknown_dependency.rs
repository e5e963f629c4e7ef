//! `unknown-dependency`.

use std::collections::HashSet;

use plan_model::{Id, Meant, Place, Plan, Reach, Relation};
use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity, Workspace, finding::nearest, workspace::document_ids};

pub(super) const RULE: Rule = Rule {
    name: "unknown-dependency",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a dependency names a task or phase that there is not",
    doc: "\
## What it finds

A field or cell that holds nothing but ids, one of which is no task, phase or numbered section: not in this document, and \
not in those beside it. Prose, ranges with one known end, and ids of a kind that the plan has none of (`PROJ-12` of a tracker) \
are left alone.

## Why

The task was renamed, renumbered or removed, and whoever waits for it waits for nothing.

## Example

```markdown
# Plan: Move the index

## Phase 1: Copy

- [x] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides
  - Dependencies: Task 1.7
```

## Fix

Write the id that was meant. If one differs in a single letter or digit, it is offered.
",
    check: Check::Workspace(check, None),
};

/// For so many names one that was meant is looked for.
const MENDED: usize = 200;

/// The names in dependencies that lead nowhere, in document order, each place once.
pub(crate) fn unknown<'a>(file: &'a File, workspace: &Workspace<'_>) -> Vec<(Place, &'a Id)> {
    let plan = file.plan();
    let mut found: Vec<(Place, &Id)> = Vec::new();
    let nowhere = plan.of_shape(Nowhere::of);
    if nowhere.0.is_empty() || !workspace.is_complete {
        return found;
    }
    // A phase in a file of its own, the phases before it elsewhere: nobody can say what they hold.
    let before = document_ids(file.path()).into_iter().find_map(|id| {
        let (word, number) = id.phase_parts()?;
        Some(Id::phase(
            word,
            &number.parse::<u32>().ok().filter(|number| *number > 1)?.checked_sub(1)?.to_string(),
        ))
    });
    if before.is_some_and(|before| workspace.index.find(file.path(), &before).is_none()) {
        return found;
    }
    let mut places = HashSet::new();
    for (dependency, name) in &nowhere.0 {
        let [id] = &plan.said()[*dependency].names[*name].ids[..] else { continue };
        let place = plan.place_of_name(*dependency, *name);
        // A bare number may be an issue, another plan, a requirement.
        let is_worded = || file.document().slice(place.clone()).starts_with(|c: char| c.is_alphabetic());
        if id.is_plain() && !is_worded() {
            continue;
        }
        let known = workspace.index.find(file.path(), id).is_some();
        if !known && places.insert(place.clone()) {
            found.push((place, id));
        }
    }
    found
}

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let unknown = unknown(file, workspace);
    if unknown.is_empty() {
        return;
    }
    let ids: Vec<&Id> = file.plan().items().filter_map(|item| item.id()).collect();
    let before = findings.len();
    for (place, id) in unknown {
        let mut finding = Finding::new(
            &RULE,
            place.clone(),
            format!("there is no `{id}` here, nor in the documents beside this one"),
        );
        let near = (findings.len() < before + MENDED)
            .then(|| nearest(id.as_str(), ids.iter().map(|id| id.as_str())))
            .flatten();
        if let Some(near) = near {
            let written = file.document().slice(place.clone());
            let start = place.start + written.rfind(id_text(&written, id)).unwrap_or(0);
            let meant = near.rsplit(' ').next().unwrap_or(near);
            finding =
                finding.fix(format!("Write `{meant}`"), vec![Edit::replace(start..place.end, meant)], false);
        }
        findings.push(finding);
    }
}

/// The part of the written name that is the id without its word.
fn id_text<'a>(written: &'a str, id: &Id) -> &'a str {
    let number = id.phase_parts().map_or(id.as_str(), |(_, number)| number);
    let at = written.to_lowercase().rfind(&number.to_lowercase()).unwrap_or(0);
    written.get(at..).unwrap_or(written)
}

/// The names that lead nowhere in the document: dependencies and names in them, by their indices.
struct Nowhere(Vec<(usize, usize)>);

impl Nowhere {
    fn of(plan: &Plan) -> Self {
        let kinds = Kinds::of(plan);
        let is_nowhere =
            |name: &Meant| name.reach == Reach::Nowhere && matches!(&name.ids[..], [id] if kinds.has(id));
        let mut found = Vec::new();
        for (number, dependency) in plan.said().iter().enumerate() {
            if dependency.strict && dependency.relation != Relation::Requirement {
                let names = dependency.names.iter().enumerate().filter(|(_, name)| is_nowhere(name));
                found.extend(names.map(|(at, _)| (number, at)));
            }
        }
        Self(found)
    }
}

/// The kinds of ids that a document has.
struct Kinds<'a> {
    /// Words of phases.
    words: HashSet<&'a str>,
    /// Prefixes with what follows up to the last letter: `PROJ-` of `PROJ-12`.
    series: HashSet<&'a str>,
    /// How many are bare numbers.
    plain: usize,
    /// Numbers of dots of those that are numbers.
    depths: HashSet<usize>,
}

fn series(id: &Id) -> &str {
    id.as_str().trim_end_matches(|c: char| !c.is_ascii_alphabetic() && c != '-')
}

fn depth(id: &Id) -> usize {
    id.as_str().matches('.').count()
}

impl<'a> Kinds<'a> {
    fn of(plan: &'a Plan) -> Self {
        let ids = || plan.items().filter_map(|item| item.id());
        let numbers = ids().filter(|id| id.prefix().is_empty() && id.phase_parts().is_none());
        Self {
            words: ids().filter_map(|id| Some(id.phase_parts()?.0)).collect(),
            series: ids().filter(|id| !id.prefix().is_empty()).map(series).collect(),
            plain: ids().filter(|id| id.is_plain()).count(),
            depths: numbers.map(depth).collect(),
        }
    }

    /// Whether there are ids of this kind, so that one of them can be missing.
    fn has(&self, id: &Id) -> bool {
        if id.plan_number().is_some() {
            return false;
        }
        if let Some((word, _)) = id.phase_parts() {
            return self.words.contains(word);
        }
        if !id.prefix().is_empty() {
            return self.series.contains(series(id));
        }
        if id.is_plain() {
            return self.plain > 1;
        }
        self.depths.contains(&depth(id))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent, findings_among};

    #[test]
    fn ids_that_lead_nowhere() {
        let text = "# Plan: x\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Dependencies: Task 1.1, Task 1.7\n\n## Phase 2: B\n\n**Depends on**: Phase 9\n\n- [ ] **Task 2.1**: c\n";
        check(
            &RULE,
            text,
            expect![[r#"
                7   |   - Dependencies: Task 1.1, Task 1.7
                    |                             ^^^^^^^^ there is no `1.7` here, nor in the documents beside this one
                11  | **Depends on**: Phase 9
                    |                 ^^^^^^^ there is no `phase 9` here, nor in the documents beside this one
            "#]],
        );
        check_fix(
            &RULE,
            "# Plan: x\n\n- [ ] **TSK-101**: a\n- [ ] **TSK-202**: b\n  - Depends on: TSK-111 (done)\n",
            "Write `TSK-101`",
            expect![[r#"
                # Plan: x

                - [ ] **TSK-101**: a
                - [ ] **TSK-202**: b
                  - Depends on: TSK-101 (done)
            "#]],
        );
    }

    #[test]
    fn what_others_have_is_known() {
        let text = "# Plan: x\n\n- [ ] **T2-001**: a\n  - Depends on: T2-011\n";
        assert_eq!(findings_among(&RULE, &[("/w/p/a.md", text)]).len(), 1);
        let beside = "# Plan: y\n\n- [ ] **T2-011**: b\n";
        assert_eq!(
            findings_among(&RULE, &[("/w/p/a.md", text), ("/w/p/b.md", beside)]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn healthy() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Depends on: PROJ-12, #45\n",
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Depends on: the review of task 9.9\n",
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Depends on: Plan 00032\n",
                "# Plan: x\n\n- [ ] **T001** a\n- [ ] **T002** b\n  - Depends on: T001-T009\n",
                "# Plan: x\n\n- [ ] 1. a\n- [ ] 2. b\n  - _Requirements: 7.1, 9_\n",
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Dependencies: [None | Task X.Y]\n",
            ],
        );
    }
}
