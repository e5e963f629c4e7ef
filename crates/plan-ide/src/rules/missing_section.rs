//! `missing-section`.

use std::collections::BTreeMap;

use plan_model::{Plan, State};
use plan_schema::{Binding, How, Kind};

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Place, Severity, insert};

pub(super) const RULE: Rule = Rule {
    name: "missing-section",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "the plan lacks sections of its template",
    doc: "\
## What it finds

A plan that lacks sections of the template that it follows. It is said once, at the title, and only for plans that declare \
their template or have half of its top sections: most plans keep of a template what they need. Sections that are due when \
the plan is completed are missed only then; optional ones never, required ones always. Inside phases a part is missed if another phase has it.

## Why

A section that was forgotten looks like one that was not needed. The list tells which it is.

## Example

```markdown
---
template: execution-plan
---

# Execution Plan: Move the search index

## Goal

Everything is found as before.
```

## Fix

The missing sections are inserted where the template has them, with their placeholders. *Insert section* does the same for \
a single one.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(binding) = file.binding() else { return };
    let plan = file.plan();
    let mut missing = due(plan, binding);
    let mut parts = missing_parts(plan, binding);
    if !is_close(binding) {
        missing.retain(|spec| binding.template().sections[*spec].required);
        parts.clear();
    }
    if missing.is_empty() && parts.is_empty() {
        return;
    }
    let specs = &binding.template().sections;
    let mut titles: Vec<String> = missing.iter().map(|spec| format!("`{}`", specs[*spec].title)).collect();
    let sections: Vec<_> = plan.sections().collect();
    for (section, spec) in &parts {
        titles.push(format!("`{}` in {}", specs[*spec].title, sections[*section].title()));
    }
    let mut edits: Vec<Edit> = missing.iter().map(|spec| insert::section(file, binding, *spec)).collect();
    edits.extend(parts.iter().map(|(section, spec)| insert::part(file, binding, &sections[*section], *spec)));
    let count = titles.len();
    let shown = titles.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    let more = if count > 8 { format!(" and {} more", count - 8) } else { String::new() };
    let message = format!(
        "of the template `{}` {} missing: {shown}{more}",
        binding.template().name,
        if count == 1 { "a section is" } else { "sections are" },
    );
    let title = if count == 1 { "Insert the missing section" } else { "Insert the missing sections" };
    findings.push(Finding::new(&RULE, place(file), message).fix(title, merged(edits), false));
}

/// Whether a plan follows its template closely enough to be asked for the rest.
pub(super) fn is_close(binding: &Binding) -> bool {
    binding.how() != How::Matched || binding.top_score() >= 0.5
}

/// The sections that are missing and due.
pub(crate) fn due(plan: &Plan, binding: &Binding) -> Vec<usize> {
    let specs = &binding.template().sections;
    let done = plan.status().and_then(|status| plan.state_of(&status.value)) == Some(State::Done);
    let missing = binding.missing().into_iter();
    missing.filter(|spec| !specs[*spec].optional && (done || !specs[*spec].on_completion)).collect()
}

/// Parts of phases that all other phases of the plan have: index of the plan's section and of the template's.
fn missing_parts(plan: &Plan, binding: &Binding) -> Vec<(usize, usize)> {
    let missing = binding.missing_in_each(plan);
    // For each repeated section of the template: how many of the plan it asked for, and how many lack each part.
    let mut asked: BTreeMap<usize, usize> = BTreeMap::new();
    let mut lacking: BTreeMap<usize, usize> = BTreeMap::new();
    for (section, specs) in &missing {
        if let Some(bound) = binding.of(*section) {
            *asked.entry(binding.model(bound.spec)).or_default() += 1;
        }
        for spec in specs {
            *lacking.entry(*spec).or_default() += 1;
        }
    }
    let specs = &binding.template().sections;
    let only_one_lacks = |spec: usize| {
        let all = specs[spec].parent.and_then(|parent| asked.get(&parent)).copied().unwrap_or(0);
        lacking.get(&spec) == Some(&1) && all > 1
    };
    let pairs = missing.iter().flat_map(|(section, specs)| specs.iter().map(|spec| (*section, *spec)));
    pairs.filter(|(_, spec)| only_one_lacks(*spec)).collect()
}

/// Where a finding on the whole plan stands: at the title, else at the start.
pub(super) fn place(file: &File) -> Place {
    let first_line = || {
        let document = file.document();
        let end = document.rope().try_line_to_byte(1).unwrap_or(document.len());
        let line = document.slice(0..end);
        0..line.trim_end_matches(['\n', '\r']).len()
    };
    file.plan().title_range().unwrap_or_else(first_line)
}

/// Insertions at one place become one, in order: clients may apply edits of one place in any.
pub(crate) fn merged(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.range.start);
    let mut merged: Vec<Edit> = Vec::new();
    for edit in edits {
        match merged.last_mut().filter(|last| last.range == edit.range) {
            Some(last) => {
                // Each brings the blank line that sets it off.
                if last.text.ends_with("\n\n") || last.text.ends_with("\r\n\r\n") {
                    last.text.push_str(edit.text.trim_start_matches(['\n', '\r']));
                } else {
                    last.text.push_str(if edit.text.starts_with(['\n', '\r']) { "" } else { "\n" });
                    last.text.push_str(&edit.text);
                }
            }
            None => merged.push(edit),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    const PLAN: &str = "---\ntemplate: execution-plan\n---\n\n# Execution Plan: x\n\n**Date:** 2026-01-02\n**Status:** Planning\n\n\
        ## Goal\n\na\n\n## Context\n\n### Background\n\n### Current State\n\n### Constraints\n\n## Technical Approach\n\n\
        ### Architecture/Design\n\n### Technology Stack\n\n### Integration Points\n\n### Design Patterns\n\n## Steps\n\n\
        ### Phase 1: a\n\n- [ ] b\n\n## Dependencies\n\n### External Services/APIs\n\n### Libraries/Packages\n\n\
        ### Tools/Infrastructure\n\n### Access Required\n\n## Risks & Mitigations\n\n## Questions\n\n### Technical Decisions Needed\n\n\
        ### Clarifications Required\n\n### Research Tasks\n\n## Success Criteria\n\n- [ ] c\n\n## Notes\n";

    #[test]
    fn one_is_missing() {
        check(
            &RULE,
            PLAN,
            expect![[r#"
            5   | # Execution Plan: x
                |   ^^^^^^^^^^^^^^^^^ of the template `execution-plan` a section is missing: `Testing`
        "#]],
        );
        check_fix(
            &RULE,
            PLAN,
            "Insert the missing section",
            expect![[r#"
            ---
            template: execution-plan
            ---

            # Execution Plan: x

            **Date:** 2026-01-02
            **Status:** Planning

            ## Goal

            a

            ## Context

            ### Background

            ### Current State

            ### Constraints

            ## Technical Approach

            ### Architecture/Design

            ### Technology Stack

            ### Integration Points

            ### Design Patterns

            ## Steps

            ### Phase 1: a

            - [ ] b

            ## Testing

            [The tests that are added or changed]

            ## Dependencies

            ### External Services/APIs

            ### Libraries/Packages

            ### Tools/Infrastructure

            ### Access Required

            ## Risks & Mitigations

            ## Questions

            ### Technical Decisions Needed

            ### Clarifications Required

            ### Research Tasks

            ## Success Criteria

            - [ ] c

            ## Notes
        "#]],
        );
    }

    #[test]
    fn healthy() {
        let whole = PLAN.replace("## Dependencies\n", "## Testing\n\n## Dependencies\n");
        check_silent(
            &RULE,
            &[&whole, "# Execution Plan: x\n\n## Goal\n\n## Steps\n\n- [ ] a\n", "# Plan: x\n\n- [ ] a\n"],
        );
    }
}
