//! The rule `unknown-requirement`.

use std::collections::BTreeSet;

use plan_schema::{
    DocumentKind,
    family::{DocumentRole, Requirement, RequirementReference},
    nearest,
};

use super::{Check, Group, Rule};
use crate::{
    Edit, File, Finding, Severity, Workspace,
    sets::{DocumentSet, SetPosition},
};

pub(super) const RULE: Rule = Rule {
    name: "unknown-requirement",
    group: Group::Families,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "reference to an unknown requirement",
    doc: "\
## What it checks

A task's reference to a requirement or criterion that is defined neither in the documents of its set nor in the shared requirements of the project: `_Requirements: 6.6_`, `FR-012`, `(AC: 4)`. See [families](../families.md) for the forms. Plansmith reports nothing if it finds fewer than three IDs of the kind, or if fewer than half of the document's references resolve. The requirements are then probably written in another form.

These IDs are not checked: IDs of another set (`016-search/FR-001`), IDs at the start of a heading (`### 5.1 Safety`), IDs in ordinary text, and parts of a known ID (`FR-002b`).

## Why

The requirement was renumbered or removed, or the number is a typo. The task then covers no requirement.

## Example

<!-- file: .kiro/specs/export/tasks.md -->
<!-- sibling: .kiro/specs/export/requirements.md: ### Requirement 1: Export\\n\\n#### Acceptance Criteria\\n\\n1. WHEN a THEN b\\n2. WHEN c THEN d\\n3. WHEN e THEN f\\n -->

Incorrect, if requirement 1 has three criteria:

```markdown
# Implementation Plan

- [ ] 1. Write the file
  - _Requirements: 1.1, 1.2_
- [ ] 2. Quote text fields
  - _Requirements: 1.4_
```

Correct:

```markdown
# Implementation Plan

- [ ] 1. Write the file
  - _Requirements: 1.1, 1.2_
- [ ] 2. Quote text fields
  - _Requirements: 1.3_
```

## Fix

Write the intended ID, or add the criterion.
",
    check: Check::Workspace(check, None),
};

/// Minimum number of requirements of a kind in a document set, so that unknown ones are reported.
const MIN_REQUIREMENTS: usize = 3;

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some(facts) = file.family_facts().filter(|facts| !facts.references.is_empty()) else { return };
    let is_checked = matches!(
        facts.role,
        DocumentRole::Tasks | DocumentRole::Plan | DocumentRole::Design | DocumentRole::Checklist
    );
    if !workspace.is_complete || facts.archived || !is_checked {
        return;
    }
    let Some(set) = DocumentSet::of(file, workspace.index) else { return };
    let checked: Vec<&RequirementReference> =
        facts.references.iter().filter(|reference| set.is_certain(reference) && !reference.all).collect();
    let is_known =
        |reference: &RequirementReference| reference.keys.iter().any(|key| set.find(key).is_some());
    let known = checked.iter().filter(|reference| is_known(reference)).count();
    if known * 2 < checked.len() {
        return;
    }
    let mut reported = BTreeSet::new();
    for reference in checked {
        // Numbers between the ends of a range can be missing.
        let mut ends = [reference.keys.first(), reference.keys.last()].into_iter().flatten();
        let Some(key) = ends.find(|key| set.find(key).is_none()) else { continue };
        let same_kind: Vec<SetPosition> = known_of_kind(&set, key);
        if same_kind.len() < MIN_REQUIREMENTS
            || set.is_in_heading(workspace.index, key)
            || is_listed(&set, key)
            || !reported.insert((reference.line, key.clone()))
        {
            continue;
        }
        let range = reference.span.start as usize..reference.span.end as usize;
        let shown =
            if reference.keys.len() == 1 { reference.text.to_string() } else { reference.written_id(key) };
        let last = last_before(&set, &same_kind, key);
        let message = match last {
            Some(last) => {
                let document = set.file_name(last.document);
                format!(
                    "unknown requirement `{shown}`; the last one in `{document}` is `{}`",
                    set.requirement(last).id
                )
            }
            None => format!("unknown requirement `{shown}`"),
        };
        let mut finding = Finding::new(&RULE, range.clone(), message);
        if let Some(last) = last {
            let path = &*set.documents[last.document].path;
            finding = finding.related_location(
                path,
                set.requirement(last).line,
                "last requirement with this prefix",
            );
        }
        let ids = same_kind.iter().map(|place| &*set.requirement(*place).id);
        if reference.keys.len() == 1
            && !reference.text.chars().all(|c| c.is_ascii_digit())
            && let Some(near) = nearest(&reference.text, ids)
        {
            finding = finding.fix(format!("Replace with `{near}`"), vec![Edit::replace(range, near)], false);
        }
        findings.push(finding);
    }
}

/// Returns the requirements whose IDs have the same form as a key, with the same prefix if documents choose it.
fn known_of_kind(set: &DocumentSet, key: &str) -> Vec<SetPosition> {
    let family = &set.family;
    // Words before a number are in upper case in IDs, and in lower case in keys.
    let written = key.to_uppercase();
    let kinds: Vec<usize> = (0..family.kinds.len()).filter(|kind| family.is_id_of(*kind, &written)).collect();
    let has_prefix = |requirement: &Requirement| {
        !family.has_word(usize::from(requirement.kind))
            || family.own_prefix(&requirement.key) == family.own_prefix(key)
    };
    let own = set
        .requirements()
        .filter(|(_, requirement)| kinds.contains(&usize::from(requirement.kind)) && has_prefix(requirement));
    own.map(|(place, _)| place).collect()
}

/// Returns whether a document that the sets share also names the requirement. A roadmap or the requirements of an
/// earlier release can be the only place that does.
fn is_listed(set: &DocumentSet, key: &str) -> bool {
    let shared = set.documents.iter().filter(|document| document.shared);
    shared
        .flat_map(|document| &document.facts.references)
        .any(|reference| reference.keys.iter().any(|own| **own == *key))
}

/// Returns the last requirement with the same leading parts, if its number is smaller: `6.5` for `6.6`.
fn last_before(set: &DocumentSet, places: &[SetPosition], key: &str) -> Option<SetPosition> {
    let split = |key: &str| -> Option<(String, u64)> {
        let digits = key.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (prefix, number) = key.split_at(key.len() - digits);
        Some((prefix.to_owned(), number.parse().ok()?))
    };
    let (prefix, number) = split(key)?;
    let numbered = places.iter().filter_map(|place| {
        let (own, number) = split(&set.requirement(*place).key)?;
        (own == prefix).then_some((number, *place))
    });
    numbered.max_by_key(|(number, _)| *number).filter(|(last, _)| *last < number).map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    const REQUIREMENTS: &str = "### Requirement 1: Export\n\n#### Acceptance Criteria\n\n1. WHEN a THEN b\n2. WHEN c THEN d\n3. WHEN e THEN f\n";

    fn found(tasks: &str, requirements: &str) -> Vec<String> {
        findings_among(
            &RULE,
            &[("/w/.kiro/specs/a/tasks.md", tasks), ("/w/.kiro/specs/a/requirements.md", requirements)],
        )
    }

    #[test]
    fn silent_where_the_requirements_are_not_read() {
        let tasks = |list: &str| format!("# Plan\n\n- [ ] 1. a\n  - _Requirements: 1.1, {list}_\n");
        assert_eq!(found(&tasks("1.2, 1.4"), REQUIREMENTS).len(), 1);
        assert_eq!(found(&tasks("1.2, 1.3"), REQUIREMENTS), [""; 0]);
        assert_eq!(found(&tasks("2.1, 2.2"), REQUIREMENTS), [""; 0], "most are unknown");
        assert_eq!(found(&tasks("1.4"), ""), [""; 0], "none is defined");
        let two = REQUIREMENTS.replace("3. WHEN e THEN f\n", "");
        assert_eq!(found(&tasks("1.2, 1.4"), &two), [""; 0], "only two are defined");
        assert_eq!(found(&tasks("All"), REQUIREMENTS), [""; 0]);
        let safety = format!("{REQUIREMENTS}\n## 5. Other\n\n### 5.1 Safety\n\nAsk first.\n");
        assert_eq!(found(&tasks("1.2, 5.2"), &safety).len(), 1);
        assert_eq!(found(&tasks("1.2, 5.1"), &safety), [""; 0], "the heading has the number");
    }

    #[test]
    fn prefixes_of_a_specification_are_checked_once_it_defines_three() {
        let found = |spec: &str, text: &str| {
            let tasks = format!("# Tasks\n\n- [ ] T001 Fix BUG-001 and BUG-002\n- [ ] T002 {text}\n");
            let spec = format!("### User Story 1 - a\n\n{spec}");
            findings_among(&RULE, &[("/w/specs/001-a/tasks.md", &tasks), ("/w/specs/001-a/spec.md", &spec)])
        };
        let bugs = "- **BUG-001**: a\n- **BUG-002**: b\n- **BUG-003**: c\n";
        assert_eq!(
            found(bugs, "Fix BUG-004"),
            ["unknown requirement `BUG-004`; the last one in `spec.md` is `BUG-003`"]
        );
        assert_eq!(found(bugs, "Fix BUG-003"), [""; 0]);
        assert_eq!(found(bugs, "Follow ADR-004, UTF-8 and SHA-256"), [""; 0], "no document defines them");
        assert_eq!(found("- **BUG-001**: a\n- **BUG-002**: b\n", "Fix BUG-004"), [""; 0], "only two");
    }

    #[test]
    fn ids_of_a_roadmap_are_known() {
        let found = |ids: &str, roadmap: &str| {
            let plan = format!("---\nphase: 1\nplan: 1\nrequirements: [{ids}]\n---\n\n# Plan\n\n- [ ] a\n");
            findings_among(
                &RULE,
                &[
                    ("/w/.planning/phases/01-a/01-01-PLAN.md", &plan),
                    (
                        "/w/.planning/REQUIREMENTS.md",
                        "# R\n\n- [ ] **EXP-01**: a\n- [ ] **EXP-02**: b\n- [ ] **EXP-03**: c\n",
                    ),
                    ("/w/.planning/ROADMAP.md", roadmap),
                ],
            )
        };
        let roadmap = "# Roadmap\n\n### Phase 1: a\n\n**Requirements**: EXP-01, EXP-04\n";
        assert_eq!(found("EXP-01, EXP-05", roadmap).len(), 1);
        assert_eq!(found("EXP-01, EXP-04", roadmap), [""; 0]);
        assert_eq!(found("EXP-01, TICKET-7", roadmap), [""; 0], "another prefix");
        let earlier = "/w/.planning/milestones/v1.0-REQUIREMENTS.md";
        let plan = "---\nrequirements: [EXP-01, EXP-09]\n---\n\n# Plan\n\n- [ ] a\n";
        let requirements = "# R\n\n- [ ] **EXP-01**: a\n- [ ] **EXP-02**: b\n- [ ] **EXP-03**: c\n";
        let files = [
            ("/w/.planning/phases/01-a/01-01-PLAN.md", plan),
            ("/w/.planning/REQUIREMENTS.md", requirements),
            (earlier, "# R\n\n- [x] **EXP-09**: i\n"),
        ];
        assert_eq!(findings_among(&RULE, &files), [""; 0], "required in an earlier release");
        assert_eq!(findings_among(&RULE, &files[..2]).len(), 1);
    }

    #[test]
    fn other_sets_and_parts_are_not_unknown() {
        let spec = "### User Story 1 - a\n\n- **FR-001**: a\n- **FR-002**: b\n- **FR-003**: c\n";
        let found = |text: &str| {
            let tasks =
                format!("# Tasks\n\n- [ ] T001 FR-001 FR-002\n- [ ] T002 {text}\n\nFR-008 is prose\n");
            findings_among(&RULE, &[("/w/specs/001-a/tasks.md", &tasks), ("/w/specs/001-a/spec.md", spec)])
        };
        assert_eq!(found("FR-009").len(), 1);
        assert_eq!(found("016-search/FR-009, spec 020 FR-018"), [""; 0]);
        assert_eq!(found("FR-002b"), [""; 0]);
    }
}
