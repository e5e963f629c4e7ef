//! The rule `unknown-dependency`.

use std::collections::{BTreeSet, HashMap, HashSet};

use plan_model::{Id, Plan, Relation, Resolution, ResolvedTarget, TextRange};
use plan_schema::{DocumentKind, nearest};

use super::{Check, Group, Rule, common::is_story};
use crate::{Edit, File, Finding, Severity, Workspace, workspace::document_ids};

pub(super) const RULE: Rule = Rule {
    name: "unknown-dependency",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "dependency on an unknown task or phase",
    doc: "\
## What it checks

A dependency field or cell that contains only IDs, at least one of which is not the ID of a task, phase or numbered section in this plan or its sibling files.

Sibling files are documents that the plan's header or a link refers to, other phases of the plan in the same folder, and documents with the same number. A plan whose tasks have the same numbers as this plan's tasks is not a sibling file.

Plain numbers are checked for tasks that have plain numbers themselves. In other plans, a plain number is checked only if it is greater than the number of every task and phase, it is the only unknown number, and the plan has a known dependency or at least three phases that are numbered without gaps.

Plansmith does not check:

- prose
- ranges with at least one existing end
- several phases with numbers far above those of the plan
- IDs of a kind that the plan itself does not use, such as `PROJ-12` from an issue tracker

## Why

The task was renamed, renumbered or removed, so the dependency no longer has any effect.

## Example

Incorrect:

```markdown
# Plan: Move the index

## Phase 1: Copy

- [x] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides
  - Dependencies: Task 1.7
```

Correct:

```markdown
# Plan: Move the index

## Phase 1: Copy

- [x] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides
  - Dependencies: Task 1.1
```

## Fix

Write the intended ID. If exactly one existing ID is similar enough, Plansmith offers it.
",
    check: Check::Workspace(check, None),
};

/// Maximum number of findings per file for which a similar ID is searched.
const MAX_FIX_SEARCHES: usize = 200;

/// Returns the unknown IDs in dependencies, in document order, without duplicate ranges.
pub(crate) fn unknown_dependencies<'a>(
    file: &'a File,
    workspace: &Workspace<'_>,
) -> Vec<(TextRange, &'a Id)> {
    let plan = file.plan();
    let mut found: Vec<(TextRange, &Id)> = Vec::new();
    let unresolved = plan.structure_memo(UnresolvedDependencies::of);
    if unresolved.names.is_empty() || !workspace.is_complete {
        return found;
    }
    // The document may be one of several phase files. If the file of the previous phase is not indexed, the IDs in
    // that file are unknown.
    let before = document_ids(file.path()).into_iter().find_map(|id| {
        let (word, number) = id.phase_parts().filter(|_| id.plan_number().is_none())?;
        Some(Id::phase(
            word,
            &number.parse::<u32>().ok().filter(|number| *number > 1)?.checked_sub(1)?.to_string(),
        ))
    });
    if before.is_some_and(|before| workspace.index.find(file.path(), &before).is_none()) {
        return found;
    }
    let mut seen = HashSet::new();
    let is_plan_numbered = || document_ids(file.path()).iter().any(|id| id.plan_number().is_some());
    for (dependency, name, end) in &unresolved.names {
        let id = &plan.dependencies()[*dependency].names[*name].ids[*end];
        let range = plan.name_range(*dependency, *name);
        // A plain number may refer to an issue, another plan or a requirement, unless the task itself has a plain
        // number.
        let written = || file.document().slice(range.clone());
        let owner = plan.dependencies()[*dependency].dependent.and_then(|dependent| plan.item(dependent));
        let is_numbered = owner.and_then(|owner| owner.id()).is_some_and(Id::is_plain);
        let may_be_bare = is_numbered || unresolved.is_only_bare_number && !is_plan_numbered();
        if id.is_plain()
            && !written().starts_with(|c: char| c.is_alphabetic() || may_be_bare && c.is_ascii_digit())
        {
            continue;
        }
        if is_story(file) && names_story(file, &range) {
            continue;
        }
        let is_known = workspace.index.find(file.path(), id).is_some();
        if !is_known && seen.insert(range.clone()) {
            found.push((range, id));
        }
    }
    found
}

/// Returns whether a name denotes a story: `Story 3.5`. In a story, it denotes another document, which can be in any
/// folder.
fn names_story(file: &File, range: &TextRange) -> bool {
    let start = file.document().line_start(range.start);
    let text = file.document().slice(start..range.end).to_ascii_lowercase();
    let name = text.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-'));
    name.trim_end().ends_with("story")
}

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let unknown = unknown_dependencies(file, workspace);
    if unknown.is_empty() {
        return;
    }
    let ids: Vec<&Id> = file.plan().items().filter_map(|item| item.id()).collect();
    let before = findings.len();
    for (range, id) in unknown {
        let mut finding = Finding::new(
            &RULE,
            range.clone(),
            format!("unknown dependency `{id}`; not found in this plan or its sibling files"),
        );
        // The edit of a range would have to know which end is meant.
        let is_range =
            || file.document().slice(range.clone()).contains(['-', '–', '—']) && !id.as_str().contains('-');
        let near = (findings.len() < before + MAX_FIX_SEARCHES && !is_range())
            .then(|| nearest(id.as_str(), ids.iter().map(|id| id.as_str())))
            .flatten();
        if let Some(near) = near {
            let written = file.document().slice(range.clone());
            let start = range.start + written.rfind(id_text(&written, id)).unwrap_or(0);
            let suggestion = near.rsplit(' ').next().unwrap_or(near);
            finding = finding.fix(
                format!("Replace with `{suggestion}`"),
                vec![Edit::replace(start..range.end, suggestion)],
                false,
            );
        }
        findings.push(finding);
    }
}

/// Returns the part of a written name that is the ID without its keyword.
fn id_text<'a>(written: &'a str, id: &Id) -> &'a str {
    let number = id.phase_parts().map_or(id.as_str(), |(_, number)| number);
    let at = written.to_lowercase().rfind(&number.to_lowercase()).unwrap_or(0);
    written.get(at..).unwrap_or(written)
}

/// Names that are not resolved in the document.
struct UnresolvedDependencies {
    /// Indices of dependencies, of names in them, and of the unknown ID of each name: a range has two.
    names: Vec<(usize, usize, usize)>,
    /// Whether a number without a keyword certainly refers to a task or phase. This is the case if the plan has other
    /// dependencies, all of them are resolved, and no task or phase can have the number.
    is_only_bare_number: bool,
}

impl UnresolvedDependencies {
    fn of(plan: &Plan) -> Self {
        let kinds = IdKinds::of(plan);
        let in_rows: HashSet<Id> = plan.row_ids().collect();
        let candidate = |name: &ResolvedTarget| match &name.ids[..] {
            [id] if name.resolution == Resolution::Unresolved && !in_rows.contains(id) => {
                Some((0, id.clone()))
            }
            // `1.1-1.7` of three tasks: the last end is unknown.
            [first, last] if matches!(name.resolution, Resolution::Unresolved | Resolution::PartialRange) => {
                let mut ends = [first, last].into_iter().enumerate();
                let unknown = ends.find(|(_, id)| !kinds.ids.contains(*id) && !in_rows.contains(*id));
                // The end of `T001-T009` can be approximate.
                let is_certain = |id: &Id| {
                    !id.is_plain() && (name.resolution == Resolution::Unresolved || id.as_str().contains('.'))
                };
                unknown.filter(|(_, id)| is_certain(id)).map(|(end, id)| (end, id.clone()))
            }
            _ => None,
        };
        let (mut found, mut far, mut resolved, mut numbers, mut is_past_all) =
            (Vec::new(), Vec::new(), 0, 0, true);
        for (number, dependency) in plan.dependencies().iter().enumerate() {
            if !dependency.strict || dependency.relation == Relation::Requirement {
                continue;
            }
            for (at, name) in dependency.names.iter().enumerate() {
                resolved += usize::from(name.resolution != Resolution::Unresolved);
                let Some((end, id)) = candidate(name) else { continue };
                if kinds.has(&id) {
                    found.push((number, at, end));
                    if id.is_plain() {
                        numbers += 1;
                        is_past_all &= kinds.is_past_all(&id);
                    }
                } else if kinds.is_past_last_phase(&id) {
                    far.push((number, at, end));
                }
            }
        }
        // Several phases above those of the plan belong to a larger project.
        let is_self_contained = resolved >= MIN_RESOLVED || kinds.has_complete_numbering();
        if far.len() == 1 && is_self_contained {
            found.append(&mut far);
            found.sort_unstable();
        }
        let is_only_bare_number = is_self_contained && numbers == 1 && is_past_all;
        Self { names: found, is_only_bare_number }
    }
}

/// Minimum number of resolved dependencies in a plan for which a number or phase above those of the plan is reported.
const MIN_RESOLVED: usize = 1;

/// Minimum number of phases in a plan whose numbering shows that it is not part of a larger project.
const MIN_NUMBERED_PHASES: usize = 3;

/// The numbers of the phases of a plan.
#[derive(Clone, Debug, Default)]
struct PhaseNumbers(BTreeSet<u32>);

impl PhaseNumbers {
    fn add(&mut self, number: &str) {
        self.0.extend(integer(number));
    }

    /// Returns the lowest and the highest number; `None` if no phase has a number.
    fn ends(&self) -> Option<(u32, u32)> {
        self.0.first().copied().zip(self.0.last().copied())
    }

    /// Returns whether the phases are numbered from 0 or 1 without gaps.
    fn is_complete(&self) -> bool {
        let count = self.0.len();
        count >= MIN_NUMBERED_PHASES
            && self.ends().is_some_and(|(low, high)| low <= 1 && (high - low) as usize + 1 == count)
    }

    /// Returns whether a phase of this plan could have the number. A plan whose phases do not begin with 0 or 1 is part
    /// of a larger project. A number far above the plan's own numbers refers to a phase of that project.
    fn may_include(&self, number: &str) -> bool {
        let (Some(number), Some((low, high))) = (integer(number), self.ends()) else { return true };
        if low > 1 { (low..=high).contains(&number) } else { number <= 3 * high + 10 }
    }
}

/// Returns the integer before the dot of a number.
fn integer(number: &str) -> Option<u32> {
    number.split('.').next()?.trim_end_matches(|c: char| c.is_ascii_lowercase()).parse().ok()
}

/// The kinds of IDs in a plan.
struct IdKinds<'a> {
    /// All IDs.
    ids: HashSet<&'a Id>,
    /// Keywords of phases.
    words: HashMap<&'a str, PhaseNumbers>,
    /// Prefixes, up to the last letter or hyphen: `PROJ-` of `PROJ-12`.
    series: HashSet<&'a str>,
    /// Number of IDs that are plain numbers.
    plain: usize,
    /// Numbers of dots in IDs without prefix.
    depths: HashSet<usize>,
    /// The highest number that a task or phase can have: that of a phase, or the number of tasks.
    last: u32,
}

fn series(id: &Id) -> &str {
    id.as_str().trim_end_matches(|c: char| !c.is_ascii_alphabetic() && c != '-')
}

fn depth(id: &Id) -> usize {
    id.as_str().matches('.').count()
}

impl<'a> IdKinds<'a> {
    fn of(plan: &'a Plan) -> Self {
        let ids = || plan.items().filter_map(|item| item.id());
        let numbers = ids().filter(|id| id.prefix().is_empty() && id.phase_parts().is_none());
        let mut words: HashMap<&str, PhaseNumbers> = HashMap::new();
        for (word, number) in ids().filter_map(Id::phase_parts) {
            words.entry(word).or_default().add(number);
        }
        Self {
            ids: ids().collect(),
            words,
            series: ids().filter(|id| !id.prefix().is_empty()).map(series).collect(),
            plain: ids().filter(|id| id.is_plain()).count(),
            depths: numbers.map(depth).collect(),
            last: ids()
                .filter_map(|id| integer(id.phase_parts().map_or(id.as_str(), |(_, number)| number)))
                .chain(u32::try_from(plan.items().len()))
                .max()
                .unwrap_or_default(),
        }
    }

    /// Returns whether the number of a phase is above those of a plan that numbers its phases from the start.
    fn is_past_last_phase(&self, id: &Id) -> bool {
        let Some((word, number)) = id.phase_parts().filter(|_| id.plan_number().is_none()) else {
            return false;
        };
        let ends = self.words.get(word).and_then(PhaseNumbers::ends);
        ends.zip(integer(number)).is_some_and(|((low, high), number)| low <= 1 && low < high && number > high)
    }

    /// Returns whether phases of the plan are numbered completely, so that the plan is not part of a larger project.
    fn has_complete_numbering(&self) -> bool {
        self.words.values().any(PhaseNumbers::is_complete)
    }

    /// Returns whether a plain number is greater than that of every task and phase.
    fn is_past_all(&self, id: &Id) -> bool {
        self.last > 0 && integer(id.as_str()).is_some_and(|number| number > self.last)
    }

    /// Returns whether the plan has IDs of this kind, so that an unknown one is a mistake.
    fn has(&self, id: &Id) -> bool {
        if id.plan_number().is_some() {
            return false;
        }
        if let Some((word, number)) = id.phase_parts() {
            return self.words.get(word).is_some_and(|numbers| numbers.may_include(number));
        }
        if !id.prefix().is_empty() {
            return self.series.contains(series(id));
        }
        if id.is_plain() {
            return self.plain > 1 || self.is_past_all(id);
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
    fn unknown_ids() {
        let text = "# Plan: x\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Dependencies: Task 1.1, Task 1.7\n\n## Phase 2: B\n\n**Depends on**: Phase 9\n\n- [ ] **Task 2.1**: c\n";
        check(
            &RULE,
            text,
            expect![[r#"
                7   |   - Dependencies: Task 1.1, Task 1.7
                    |                             ^^^^^^^^ unknown dependency `1.7`; not found in this plan or its sibling files
                11  | **Depends on**: Phase 9
                    |                 ^^^^^^^ unknown dependency `phase 9`; not found in this plan or its sibling files
            "#]],
        );
        check_fix(
            &RULE,
            "# Plan: x\n\n- [ ] **TSK-101**: a\n- [ ] **TSK-202**: b\n  - Depends on: TSK-111 (done)\n",
            "Replace with `TSK-101`",
            expect![[r#"
                # Plan: x

                - [ ] **TSK-101**: a
                - [ ] **TSK-202**: b
                  - Depends on: TSK-101 (done)
            "#]],
        );
    }

    #[test]
    fn other_stories() {
        check_silent(
            &RULE,
            &[
                "# Story 3.7: Return a book\n\nStatus: done\n\n- [x] Task 1: a\n  - [x] 1.1 b\n- [x] Task 2: c\n\n**Dependencies:**\n- Story 3.5 (Lend a book)\n- Story 2.3 (Shelf)\n",
            ],
        );
    }

    #[test]
    fn unknown_plain_numbers() {
        check(
            &RULE,
            "# Plan: x\n\n- [ ] 1. a\n- [ ] 2. b\n  - Depends on: 1, 40\n",
            expect![[r#"
                5   |   - Depends on: 1, 40
                    |                    ^^ unknown dependency `40`; not found in this plan or its sibling files
            "#]],
        );
    }

    #[test]
    fn numbers_past_the_last_task() {
        let plan = "# Plan: x\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Depends on: Task 1.1\n- [ ] **Task 1.3**: c\n  - Depends on: Task 1.1\n";
        let with = |value: &str| format!("{plan}- [ ] **Task 1.4**: d\n  - Depends on: {value}\n");
        check(
            &RULE,
            &with("99"),
            expect![[r#"
            11  |   - Depends on: 99
                |                 ^^ unknown dependency `99`; not found in this plan or its sibling files
        "#]],
        );
        check(
            &RULE,
            &with("Task 99"),
            expect![[r#"
            11  |   - Depends on: Task 99
                |                 ^^^^^^^ unknown dependency `99`; not found in this plan or its sibling files
        "#]],
        );
        check_silent(&RULE, &[&with("#99"), &with("2"), &with("97, 98"), &with("Task 3"), &with("Phase 41")]);
        let phases = format!("{plan}\n## Phase 2: B\n\n- [ ] **Task 2.1**: d\n  - Depends on: Phase 41\n");
        check(
            &RULE,
            &phases,
            expect![[r#"
            14  |   - Depends on: Phase 41
                |                 ^^^^^^^^ unknown dependency `phase 41`; not found in this plan or its sibling files
        "#]],
        );
        assert_eq!(findings_among(&RULE, &[("/w/plans/0031-a.md", &with("99"))]), Vec::<String>::new());
    }

    #[test]
    fn numbers_past_the_last_phase() {
        let plan = |value: &str| {
            format!(
                "# Plan: x\n\n## Phase 1: A\n\n- [ ] a\n\n## Phase 2: B\n\n- [ ] b\n\n## Phase 3: C\n\n**Dependencies**: {value}\n\n- [ ] c\n"
            )
        };
        check(
            &RULE,
            &plan("Phase 77"),
            expect![[r#"
            13  | **Dependencies**: Phase 77
                |                   ^^^^^^^^ unknown dependency `phase 77`; not found in this plan or its sibling files
        "#]],
        );
        check(
            &RULE,
            &plan("99"),
            expect![[r#"
            13  | **Dependencies**: 99
                |                   ^^ unknown dependency `99`; not found in this plan or its sibling files
        "#]],
        );
        check_silent(&RULE, &[&plan("#99"), &plan("77, 78"), &plan("Phases 77 and 78"), &plan("2")]);
    }

    #[test]
    fn ends_of_ranges() {
        let plan = |range: &str| {
            format!(
                "# Plan: x\n\n## Phase 1: a\n\n- [x] **Task 1.1**: b\n- [x] **Task 1.2**: c\n\n## Phase 2: d\n\n- [ ] **Task 2.1**: e\n  - Dependencies: {range}\n"
            )
        };
        check(
            &RULE,
            &plan("Tasks 1.1-1.4"),
            expect![[r#"
            11  |   - Dependencies: Tasks 1.1-1.4
                |                   ^^^^^^^^^^^^^ unknown dependency `1.4`; not found in this plan or its sibling files
        "#]],
        );
        check(
            &RULE,
            &plan("Tasks 5.1-5.3"),
            expect![[r#"
            11  |   - Dependencies: Tasks 5.1-5.3
                |                   ^^^^^^^^^^^^^ unknown dependency `5.1`; not found in this plan or its sibling files
        "#]],
        );
        check_silent(&RULE, &[&plan("Tasks 1.1-1.2"), &plan("Sections 1.1-1.4 of the report"), &plan("1-4")]);
    }

    #[test]
    fn ids_of_sibling_files_are_known() {
        let text = "# Plan: x\n\n- [ ] **T2-001**: a\n  - Depends on: T2-011\n";
        assert_eq!(findings_among(&RULE, &[("/w/p/a.md", text)]).len(), 1);
        let sibling = "# Plan: y\n\n- [ ] **T2-011**: b\n";
        assert_eq!(
            findings_among(&RULE, &[("/w/p/a.md", text), ("/w/p/b.md", sibling)]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn known_ids_and_prose() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Depends on: PROJ-12, #45\n",
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Depends on: the review of task 9.9\n",
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Depends on: Plan 00032\n",
                "# Plan: x\n\n- [ ] **T001** a\n- [ ] **T002** b\n  - Depends on: T001-T009\n",
                "# Plan: x\n\n- [ ] 1. a\n- [ ] 2. b\n  - _Requirements: 7.1, 9_\n",
                "# Plan: x\n\n- [ ] **Task 1.1**: a\n  - Dependencies: [None | Task X.Y]\n",
                "# Plan: x\n\n- [ ] 1. a\n- [ ] 2. b\n  - Depends on: #99\n",
                // The numbers refer to phases of the project.
                "# Plan: x\n\n## Phase 7: A\n\nDepends on: Phase 5\n\n- [ ] a\n\n## Phase 8: B\n\n- [ ] b\n",
                "# Plan: x\n\n## Phase 1: A\n\nDepends on: Phase 41\n\n- [ ] a\n\n## Phase 2: B\n\n- [ ] b\n",
            ],
        );
    }
}
