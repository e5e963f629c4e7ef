//! The rule `open-clarification`.

use plan_model::TextRange;
use plan_schema::{DocumentKind, family::DocumentRole};
use plan_syntax::{BlockKind, outline::bytes};

use super::{Check, Group, Rule, common::count_are};
use crate::{File, Finding, Severity, Workspace, sets::DocumentSet};

pub(super) const RULE: Rule = Rule {
    name: "open-clarification",
    group: Group::Families,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Specification, DocumentKind::Plan, DocumentKind::Checklist],
    summary: "open question in a specification that is being implemented",
    doc: "\
## What it checks

`[NEEDS CLARIFICATION: …]` in the specification of a [document set](../families.md) in which a task is done. In the design, only field values are checked: `**Storage**: NEEDS CLARIFICATION`. Plansmith ignores template instructions, checkboxes, code, and sentences that only mention the marker.

## Why

Either the implementation is based on an assumption, or the question was answered but the specification was not updated.

## Example

<!-- file: specs/001-export/spec.md -->
<!-- sibling: specs/001-export/tasks.md: # Tasks\\n\\n- [x] T001 Write the header\\n- [ ] T002 Retry\\n -->

Incorrect, if a task is done:

```markdown
### User Story 1 - Export (Priority: P1)

- **FR-001**: The system MUST retry [NEEDS CLARIFICATION: how many times?]
```

Correct:

```markdown
### User Story 1 - Export (Priority: P1)

- **FR-001**: The system MUST retry three times
```

## Fix

Replace the marker with the answer.
",
    check: Check::Workspace(check, None),
};

const MARKER: &str = "NEEDS CLARIFICATION";

fn check(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Finding>) {
    let Some(facts) = file.family_facts().filter(|facts| facts.set.is_some() && !facts.archived) else {
        return;
    };
    let only_fields = match facts.role {
        DocumentRole::Requirements => false,
        DocumentRole::Design => true,
        _ => return,
    };
    let places = questions(file, only_fields);
    let Some(first) = places.first() else { return };
    let Some(set) = DocumentSet::of(file, workspace.index) else { return };
    let tasks = set.documents.iter().filter(|own| !own.shared && own.facts.role == DocumentRole::Tasks);
    let done: usize = tasks.map(|tasks| tasks.facts.progress.done).sum();
    if done == 0 {
        return;
    }
    let message = format!("unresolved clarification, but {} done", count_are(done, "task"));
    let others = places.iter().skip(1).map(|place| (place.clone(), "also unresolved"));
    findings.push(Finding::new(&RULE, first.clone(), message).list(others));
}

/// Returns the ranges of the markers of open questions; with `only_fields`, only of those in values of fields.
fn questions(file: &File, only_fields: bool) -> Vec<TextRange> {
    let mut found = Vec::new();
    let document = file.plan().document();
    for (start, segment) in document.segments().filter(|(_, segment)| !segment.is_prologue()) {
        let content = document.content(start, segment);
        if !content.text.contains(MARKER) {
            continue;
        }
        for (index, lines) in content.outline.inlines() {
            let block = &content.outline.blocks[index];
            let parent = block.parent().map(|parent| &content.outline.blocks[parent as usize].kind);
            if matches!(parent, Some(BlockKind::Item { checkbox: Some(_), .. })) {
                continue;
            }
            for span in lines {
                let line = &content.text[bytes(span)];
                let Some((at, end)) = question(line, only_fields) else { continue };
                let from = start + span.start as usize;
                found.push(from + at..from + end);
            }
        }
    }
    found
}

/// Returns the start and end, in bytes of the line, of the marker of an open question. With `only_fields`, the marker
/// must be the value of a field.
fn question(line: &str, only_fields: bool) -> Option<(usize, usize)> {
    let at = line.find(MARKER)?;
    let (before, after) = (&line[..at], &line[at + MARKER.len()..]);
    // A marker in code is a quotation.
    if before.matches('`').count() % 2 == 1 {
        return None;
    }
    let lower = before.to_lowercase();
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let is_instruction = after.trim_start_matches([':', ' ']).starts_with("specific question")
        || words(&lower).iter().any(|word| {
            matches!(
                word.as_str(),
                "no" | "mark"
                    | "marked"
                    | "use"
                    | "any"
                    | "all"
                    | "remaining"
                    | "resolved"
                    | "without"
                    | "zero"
            )
        })
        || words(after)
            .iter()
            .any(|word| matches!(word.as_str(), "marker" | "markers" | "remain" | "resolved"));
    if is_instruction || line.contains("~~") {
        return None;
    }
    if only_fields {
        let value = lower.rsplit_once(':')?;
        let is_field = value.0.trim_start_matches(['-', ' ']).starts_with("**")
            && value.1.trim_matches(['*', ' ', '[']).is_empty();
        return is_field.then_some((at, at + MARKER.len()));
    }
    let open = before.rfind('[')?;
    if !before[open + 1..].trim().is_empty() {
        return None;
    }
    let end = after.find(']').map_or(line.len(), |close| at + MARKER.len() + close + 1);
    Some((open, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::findings_among;

    fn found(name: &str, text: &str, tasks: &str) -> Vec<String> {
        let path = format!("/w/specs/001-a/{name}");
        let spec = "### User Story 1 - a\n";
        let spec = ("/w/specs/001-a/spec.md", if name == "spec.md" { text } else { spec });
        let mut files = vec![(path.as_str(), text), ("/w/specs/001-a/tasks.md", tasks)];
        files.extend(Some(spec).filter(|_| name != "spec.md"));
        findings_among(&RULE, &files)
    }

    const STARTED: &str = "# Tasks\n\n- [x] T001 a\n- [ ] T002 b\n";

    #[test]
    fn questions_of_started_sets() {
        let spec = |line: &str| format!("### User Story 1 - a\n\n{line}\n");
        let open = spec("- **FR-001**: Retry [NEEDS CLARIFICATION: how often?]");
        assert_eq!(found("spec.md", &open, STARTED), ["unresolved clarification, but 1 task is done"]);
        assert_eq!(found("spec.md", &open, "# Tasks\n\n- [ ] T001 a\n"), [""; 0]);
        for line in [
            "- **FR-001**: Mark it as [NEEDS CLARIFICATION: specific question]",
            "- [ ] No [NEEDS CLARIFICATION] markers remain",
            "- No [NEEDS CLARIFICATION] markers remain",
            "Write `[NEEDS CLARIFICATION: x]`",
            "```\n[NEEDS CLARIFICATION: x]\n```",
            "~~[NEEDS CLARIFICATION: x]~~ three times",
        ] {
            assert_eq!(found("spec.md", &spec(line), STARTED), [""; 0], "{line}");
        }
    }

    #[test]
    fn fields_of_a_design() {
        let plan = |line: &str| {
            format!("# Implementation Plan: a\n\n**Status**: Draft\n\n{line}\n\n## Phase 1: a\n\n- [ ] b\n")
        };
        assert_eq!(found("plan.md", &plan("**Storage**: NEEDS CLARIFICATION"), STARTED).len(), 1);
        assert_eq!(found("plan.md", &plan("Extract unknowns: NEEDS CLARIFICATION"), STARTED), [""; 0]);
    }
}
