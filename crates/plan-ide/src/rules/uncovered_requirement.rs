//! The rule `uncovered-requirement`.

use std::collections::{BTreeMap, BTreeSet};

use plan_model::{Progress, State};
use plan_schema::{
    DocumentKind,
    family::{DocumentRole, Requirement, WrittenReference},
};

use super::{Check, Group, Rule, roadmap_mismatch::phase_in};
use crate::{
    File, Finding, Severity, Workspace,
    sets::{Coverage, CoverageState, CoveredRequirement, DocumentSet, SetPosition},
    workspace::path,
};

pub(super) const RULE: Rule = Rule {
    name: "uncovered-requirement",
    group: Group::Families,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Specification, DocumentKind::Plan],
    summary: "requirement is not referenced by any task",
    doc: "\
## What it checks

A requirement or criterion that no task of its set refers to. `plansmith coverage` shows the tasks of all requirements. See [families](../families.md) for the forms of requirements and references.

Teams reference requirements either consistently or not at all. Plansmith therefore reports a requirement only if at least half of the requirements of the same kind are referenced (`coverage.gate` in the profile of a family). It reports nothing if a task refers to `All` requirements, or if the task list has no tasks. These requirements are not reported:

- requirements that the task list mentions outside a task
- requirements that are marked as deferred, implemented or out of scope
- user stories, because a phase often covers them without a reference
- IDs that tasks cite in their text (`FR-001`), if all tasks of the set are done, or if a task names the same file or constant as the requirement (`pyproject.toml`, `API_KEY`): such tasks often cover a requirement without citing it

In `.planning/REQUIREMENTS.md` of a GSD project, a requirement is reported in two cases. In the first case, the roadmap lists it in a phase whose plans refer to at least half of the phase's requirements, but no plan refers to it. In the second case, neither the roadmap nor another document of the project refers to it, although they refer to at least half of the requirements. Checked requirements are not reported.

## Why

The requirement was forgotten in the task list, or the task that covers it does not refer to it. A requirement without a reference is not necessarily unfinished.

## Example

<!-- file: .kiro/specs/export/requirements.md -->
<!-- sibling: .kiro/specs/export/tasks.md: # Plan\\n\\n- [x] 1. Write\\n  - _Requirements: 1.1, 1.2_\\n -->

Incorrect, if `tasks.md` refers to 1.1 and 1.2:

```markdown
### Requirement 1: Export

#### Acceptance Criteria

1. WHEN Ada presses Export THEN the system SHALL write a file
2. IF the list is empty THEN the system SHALL say so
3. WHEN the disk is full THEN the system SHALL report an error
```

Correct:

```markdown
### Requirement 1: Export

#### Acceptance Criteria

1. WHEN Ada presses Export THEN the system SHALL write a file
2. IF the list is empty THEN the system SHALL say so
```

## Fix

Add a task for the requirement, or add its ID to a task that covers it.
",
    check: Check::Workspace(check, None),
};

/// Maximum number of IDs in a message.
const MAX_IDS: usize = 4;

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some(facts) = file.family_facts().filter(|facts| !facts.archived) else { return };
    let has_index = || {
        let families = &file.environment().families;
        families.all().get(facts.family).is_some_and(|family| family.has_index_of_requirements())
    };
    if !workspace.is_complete || facts.requirements.is_empty() || facts.set.is_none() && !has_index() {
        return;
    }
    let Some(set) = DocumentSet::of(file, workspace.index) else { return };
    let Some(document) = set.document(file.path()) else { return };
    if facts.set.is_none() {
        return check_shared(file, workspace, &set, document, findings);
    }
    let has_tasks = set.documents.iter().any(|own| own.facts.role.has_work() && own.facts.progress.total > 0);
    let coverage = Coverage::of(&set);
    if !has_tasks || coverage.names_all {
        return;
    }
    // A mention in a coverage table or in the criteria of a phase shows that the requirement was not forgotten.
    let of_work = set.references().filter(|(document, _)| set.documents[*document].facts.role.has_work());
    let named: BTreeSet<SetPosition> = of_work.flat_map(|(_, reference)| set.named_by(reference)).collect();
    // IDs in the text of tasks are cited less consistently than those in fields.
    let Progress { done, total } = set.progress();
    let is_cited_in_text = |kind: usize| {
        let forms = set.family.written_references(DocumentRole::Tasks, kind);
        matches!(forms.first(), Some(WrittenReference::Text))
    };
    let is_silently_covered = |requirement: &Requirement| {
        let kind = usize::from(requirement.kind);
        (is_cited_in_text(kind) || set.family.has_names(kind))
            && (done == total || is_named_in_task(&set, workspace, requirement))
    };
    let is_uncovered = |covered: &CoveredRequirement| {
        let kind = usize::from(set.requirement(covered.place).kind);
        covered.counted
            && !named.contains(&covered.place)
            && covered.state == CoverageState::NotReferenced
            && !set.family.is_named_in_headings(kind)
            && coverage.has_enough_references(&set, covered.place)
            && !is_silently_covered(set.requirement(covered.place))
    };
    let uncovered: Vec<SetPosition> = coverage
        .requirements
        .iter()
        .filter(|covered| covered.place.document == document && is_uncovered(covered))
        .map(|covered| covered.place)
        .collect();
    // Report all criteria of a requirement together.
    let by_parent = |a: &SetPosition, b: &SetPosition| {
        let parent = |place: &SetPosition| set.requirement(*place).parent;
        parent(a).is_some() && parent(a) == parent(b)
    };
    for group in uncovered.chunk_by(by_parent) {
        let Some(first) = group.first().map(|place| set.requirement(*place)) else { continue };
        let parent = first.parent.map(|parent| SetPosition { document, index: parent as usize });
        let ids: Vec<String> =
            group.iter().take(MAX_IDS).map(|place| format!("`{}`", set.requirement(*place).id)).collect();
        let mut ids = ids.join(", ");
        if group.len() > MAX_IDS {
            ids.push_str(&format!(" and {} more", group.len() - MAX_IDS));
        }
        let is_whole = parent.is_some_and(|parent| {
            coverage.get(parent).is_some_and(|covered| covered.state == CoverageState::NotReferenced)
        });
        let (subject, verb, at) = match parent {
            Some(parent) if is_whole => {
                let requirement = set.requirement(parent);
                (format!("requirement `{}`", requirement.id), "is", requirement)
            }
            Some(_) if group.len() == 1 => (format!("criterion {ids}"), "is", first),
            Some(_) => (format!("criteria {ids}"), "are", first),
            None => (format!("requirement {ids}"), "is", first),
        };
        let range = at.span.start as usize..at.span.end as usize;
        findings.push(Finding::new(&RULE, range, format!("{subject} {verb} not referenced by any task")));
    }
}

/// Checks requirements that all sets of a project share, in families with an index that lists the requirements of each
/// phase. A phase without plans is not planned yet, so its requirements can have no plan.
fn check_shared(
    file: &File,
    workspace: &Workspace<'_>,
    set: &DocumentSet,
    document: usize,
    findings: &mut Vec<Finding>,
) {
    let coverage = Coverage::of(set);
    if coverage.names_all {
        return;
    }
    let listed = ListedRequirements::of(set, workspace);
    let planned: BTreeSet<&str> = set
        .documents
        .iter()
        .filter(|own| own.facts.role.has_work())
        .filter_map(|own| Some(number_of_phase(path::name(own.facts.set.as_deref()?))))
        .collect();
    let is_cited = |place: &SetPosition| {
        coverage.get(*place).is_some_and(|covered| covered.state != CoverageState::NotReferenced)
    };
    // The requirements of planned phases, if the plans of the phase refer to most of them.
    let mut expected: BTreeSet<SetPosition> = BTreeSet::new();
    for (_, places) in listed.by_phase.iter().filter(|(phase, _)| planned.contains(&***phase)) {
        if places.iter().filter(|place| is_cited(place)).count() * 2 >= places.len() {
            expected.extend(places);
        }
    }
    let counted = coverage.requirements.iter().filter(|own| own.counted && own.place.document == document);
    let named = |place: &SetPosition| listed.all.contains(place) || is_cited(place);
    let (names, total) = counted
        .clone()
        .fold((0, 0), |(names, total), own| (names + usize::from(named(&own.place)), total + 1));
    let has_index = !listed.all.is_empty() && names as f64 >= set.family.coverage_threshold * total as f64;
    for covered in counted.filter(|covered| covered.state == CoverageState::NotReferenced) {
        let is_unlisted =
            has_index && !listed.all.contains(&covered.place) && !listed.elsewhere.contains(&covered.place);
        let by = match () {
            () if listed.reported.contains(&covered.place) => continue,
            () if expected.contains(&covered.place) => "plan",
            () if is_unlisted => "phase or plan",
            () => continue,
        };
        let requirement = set.requirement(covered.place);
        let text = file.document().slice(requirement.range.start as usize..requirement.range.end as usize);
        let is_checked = text.trim_start_matches(['-', '*', '+', ' ']).to_lowercase().starts_with("[x]");
        // A row of a table can have a column with the state.
        let mut cells = text.split('|').skip(1);
        let is_done = is_checked || cells.any(|cell| file.plan().state_of(cell) == Some(State::Done));
        if !is_done {
            let range = requirement.span.start as usize..requirement.span.end as usize;
            let message = format!("requirement `{}` is not referenced by any {by}", requirement.id);
            findings.push(Finding::new(&RULE, range, message));
        }
    }
}

/// The requirements that the documents of a project name, apart from plans.
#[derive(Default)]
struct ListedRequirements {
    /// By the index of the phases, below the heading of a phase: `2` for `### Phase 02: Export`.
    by_phase: BTreeMap<String, BTreeSet<SetPosition>>,
    /// By the index of the phases.
    all: BTreeSet<SetPosition>,
    /// By reports on completed work.
    reported: BTreeSet<SetPosition>,
    /// By any other document, such as a table that maps requirements to phases.
    elsewhere: BTreeSet<SetPosition>,
}

impl ListedRequirements {
    fn of(set: &DocumentSet, workspace: &Workspace<'_>) -> Self {
        let mut listed = Self::default();
        for (document, reference) in set.references() {
            let own = &set.documents[document];
            let named = set.named_by(reference);
            match own.facts.role {
                DocumentRole::Index => {
                    let entry = workspace.index.get(&own.path);
                    let headings = entry.map(|entry| &entry.summary.headings[..]).unwrap_or_default();
                    let above = headings.iter().rfind(|heading| heading.line <= reference.line);
                    if let Some((phase, _)) = above.and_then(|heading| phase_in(&heading.text)) {
                        listed.by_phase.entry(phase).or_default().extend(&named);
                    }
                    listed.all.extend(named);
                }
                DocumentRole::Report => listed.reported.extend(named),
                _ => listed.elsewhere.extend(named),
            }
        }
        listed
    }
}

/// Returns the number of a phase at the start of the name of its folder, without leading zeros: `2` of `02-export`.
fn number_of_phase(folder: &str) -> &str {
    let end = folder.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(folder.len());
    folder[..end].trim_start_matches('0')
}

/// Returns whether the title of a task contains a name in the requirement: of a file, a path or a constant. For a
/// requirement whose ID is its name, the title can contain that name.
fn is_named_in_task(set: &DocumentSet, workspace: &Workspace<'_>, requirement: &Requirement) -> bool {
    let mut names = names_in(&requirement.title);
    if set.family.has_names(usize::from(requirement.kind)) {
        names.push(requirement.title.to_lowercase());
    }
    let work = set.documents.iter().filter(|document| document.facts.role.has_work());
    let plans = work.filter_map(|document| workspace.index.get(&document.path)?.summary.plan.as_ref());
    let mut titles = plans.flat_map(|plan| &plan.items).map(|item| item.title.to_lowercase());
    !names.is_empty() && titles.any(|title| names.iter().any(|name| title.contains(&**name)))
}

/// Returns the words in lower case that are names of files, paths or constants: letters around a dot or underscore.
fn names_in(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '/' | '_' | '-')));
    let words = words.map(|word| word.trim_matches(['.', '/', '_', '-']).to_lowercase());
    let is_name = |word: &String| {
        let mut parts = word.split(['.', '_']);
        let (first, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let has_letters = |part: &str| part.chars().filter(char::is_ascii_alphabetic).count() >= 2;
        has_letters(first) && has_letters(rest)
    };
    words.filter(is_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    const SPEC: &str = "### User Story 1 - a\n\n### User Story 2 - b\n\n- **FR-001**: a\n- **FR-002**: b\n- **FR-003**: c (deferred)\n- **FR-004**: d\n- **SC-001**: e\n";

    fn found(tasks: &str) -> Vec<String> {
        findings_among(&RULE, &[("/w/specs/001-a/spec.md", SPEC), ("/w/specs/001-a/tasks.md", tasks)])
    }

    #[test]
    fn only_where_tasks_cite_requirements() {
        let tasks = "# Tasks\n\n- [ ] T001 [US1] FR-001\n- [ ] T002 FR-002\n";
        assert_eq!(found(tasks), ["requirement `FR-004` is not referenced by any task"]);
        assert_eq!(found("# Tasks\n\n- [ ] T001 FR-001\n- [ ] T002 a\n"), [""; 0], "a third is referenced");
        assert_eq!(found("# Tasks\n\n- [ ] T001 [US1] a\n"), [""; 0]);
        assert_eq!(found(&format!("{tasks}\n## Coverage\n\nValidation (FR-003-FR-004): T001\n")), [""; 0]);
        assert_eq!(found(""), [""; 0]);
        assert_eq!(found(&tasks.replace("[ ]", "[x]")), [""; 0], "all tasks are done");
    }

    #[test]
    fn requirements_of_phases() {
        let requirements = "# Requirements\n\n## v1 Requirements\n\n- [ ] **EXP-01**: a\n- [ ] **EXP-02**: b\n- [ ] **MAIL-01**: c\n- [ ] **MAIL-02**: d\n- [x] **MAIL-03**: e\n\n## v2 Requirements\n\n- **PDF-01**: f\n";
        let roadmap = "# Roadmap\n\n### Phase 1: Export\n\n**Requirements**: EXP-01, EXP-02\n\n### Phase 2: Mail\n\n**Requirements**: MAIL-01\n";
        let found = |requirements: &str, front: &str, summary: &str| {
            let plan = format!(
                "---\nphase: 01-export\nplan: 01\n{front}---\n\n# Plan\n\n<task type=\"auto\">\n<name>Task 1: a</name>\n</task>\n"
            );
            findings_among(
                &RULE,
                &[
                    ("/w/.planning/REQUIREMENTS.md", requirements),
                    ("/w/.planning/ROADMAP.md", roadmap),
                    ("/w/.planning/phases/01-export/01-01-PLAN.md", &plan),
                    ("/w/.planning/phases/01-export/01-01-SUMMARY.md", summary),
                ],
            )
        };
        let unlisted = "requirement `MAIL-02` is not referenced by any phase or plan";
        assert_eq!(
            found(requirements, "requirements: [EXP-01]\n", "# S\n"),
            ["requirement `EXP-02` is not referenced by any plan", unlisted],
            "phase 2 has no plans yet"
        );
        assert_eq!(
            found(requirements, "requirements: [EXP-01]\n", "# S\n\nEXP-02\n"),
            [unlisted],
            "reported"
        );
        assert_eq!(found(requirements, "", "# S\n"), [unlisted], "the plans of the phase name none");
        let traced = format!(
            "{requirements}\n## Traceability\n\n| Requirement | Phase |\n|---|---|\n| MAIL-02 | Phase 3 |\n"
        );
        let table = |state: &str| {
            format!(
                "# Requirements\n\n| ID | Requirement | Status |\n|---|---|---|\n| EXP-01 | a | Open |\n| EXP-02 | b | {state} |\n"
            )
        };
        assert_eq!(found(&table("Open"), "requirements: [EXP-01]\n", "# S\n").len(), 1);
        assert_eq!(found(&table("Complete"), "requirements: [EXP-01]\n", "# S\n"), [""; 0]);
        assert_eq!(found(&traced, "requirements: [EXP-01, EXP-02]\n", "# S\n"), [""; 0]);
        let many = format!(
            "{requirements}\n## More\n\n- [ ] **XX-01**: a\n- [ ] **XX-02**: a\n- [ ] **XX-03**: a\n- [ ] **XX-04**: a\n"
        );
        assert_eq!(
            found(&many, "requirements: [EXP-01, EXP-02]\n", "# S\n"),
            [""; 0],
            "the roadmap lists few"
        );
    }

    #[test]
    fn criteria_of_a_story() {
        let found = |tasks: &str| {
            let story = format!(
                "# Story 2.3: a\n\n## Acceptance Criteria\n\n1. a\n2. b\n3. c\n\n## Tasks / Subtasks\n\n{tasks}"
            );
            findings_among(&RULE, &[("/w/_bmad-output/implementation-artifacts/2-3-a.md", &story)])
        };
        let tasks = "- [x] Task 1: a (AC: 1)\n- [ ] Task 2: b (AC: #1, #2)\n";
        assert_eq!(found(tasks), ["requirement `AC3` is not referenced by any task"]);
        assert_eq!(found(&format!("{tasks}- [ ] Task 3: c (AC: 3)\n")), [""; 0]);
        assert_eq!(found(&format!("{tasks}- [ ] Task 3: c (AC: tutti)\n")), [""; 0], "all, in Italian");
        assert_eq!(found("- [ ] Task 1: a (AC: 1)\n"), [""; 0], "a third is referenced");
    }

    #[test]
    fn tasks_with_the_same_names() {
        let spec = "- **FR-001**: a\n- **FR-002**: b\n- **FR-003**: The key MUST be read from `MAIL_KEY`, e.g. yes/no\n";
        let found = |task: &str| {
            let tasks = format!("# Tasks\n\n- [ ] T001 FR-001\n- [ ] T002 FR-002\n- [ ] T003 {task}\n");
            findings_among(&RULE, &[("/w/specs/001-a/spec.md", spec), ("/w/specs/001-a/tasks.md", &tasks)])
        };
        assert_eq!(found("Set MAIL_KEY in the build"), [""; 0]);
        assert_eq!(found("Set the key"), ["requirement `FR-003` is not referenced by any task"]);
    }

    #[test]
    fn one_finding_for_the_criteria_of_a_requirement() {
        let requirements = "### Requirement 1: a\n\n#### Acceptance Criteria\n\n1. a\n2. b\n3. c\n\n### Requirement 2: b\n\n#### Acceptance Criteria\n\n1. d\n";
        let found = |tasks: &str| {
            findings_among(
                &RULE,
                &[("/w/.kiro/specs/a/requirements.md", requirements), ("/w/.kiro/specs/a/tasks.md", tasks)],
            )
        };
        let tasks = |list: &str| format!("# Plan\n\n- [ ] 1. a\n  - _Requirements: {list}_\n");
        assert_eq!(found(&tasks("1.1, 2")), ["criteria `1.2`, `1.3` are not referenced by any task"]);
        assert_eq!(found(&tasks("1")), ["requirement `2` is not referenced by any task"]);
        assert_eq!(found(&tasks("1.1, 1.2, 2.1")), ["criterion `1.3` is not referenced by any task"]);
        assert_eq!(found(&format!("{}- [ ] 2. b\n  - _Requirements: All_\n", tasks("1.1, 2"))), [""; 0]);
        assert_eq!(found(&tasks("1.1")), [""; 0], "a quarter is referenced");
        assert_eq!(found(&tasks("1.1-2.1")), [""; 0], "a range across requirements");
    }
}
