//! The rule `missing-section`.

use std::collections::BTreeMap;

use plan_model::{Plan, State};
use plan_schema::{Binding, BindingSource, DocumentKind};

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity, TextRange, insert};

pub(super) const RULE: Rule = Rule {
    name: "missing-section",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "plan is missing sections from its template",
    doc: "\
## What it checks

A plan that does not have all sections of its template. Plansmith reports this once, at the title. Because most plans use only a part of a template, the plan must declare its template or have at least half of the template's top-level sections. Optional sections are never reported; required sections are always reported. Sections required on completion are reported only when the plan is done. A section inside a phase is reported if all other phases have it.

## Why

Readers cannot distinguish a forgotten section from one that is not needed.

## Example

Incorrect:

```markdown
---
template: execution-plan
---

# Execution Plan: Move the search index

## Goal

Everything is found as before.
```

Correct, because the plan does not declare a template and has only a few of its sections:

```markdown
# Execution Plan: Move the search index

## Goal

Everything is found as before.
```

## Fix

Insert the missing sections, with their placeholders, at their positions in the template. The code action *Insert section* inserts a single section.
",
    check: Check::File(check),
};

/// Maximum number of sections listed in a message.
const MAX_LISTED_SECTIONS: usize = 3;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(binding) = file.binding() else { return };
    let plan = file.plan();
    let mut missing = due_sections(plan, binding);
    let mut parts = missing_parts(plan, binding);
    if !follows_template_closely(binding) {
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
        titles.push(format!("`{}` in `{}`", specs[*spec].title, sections[*section].title()));
    }
    let mut edits: Vec<Edit> = missing.iter().map(|spec| insert::section(file, binding, *spec)).collect();
    edits.extend(
        parts.iter().map(|(section, spec)| insert::subsection(file, binding, &sections[*section], *spec)),
    );
    let count = titles.len();
    let shown = titles.iter().take(MAX_LISTED_SECTIONS).cloned().collect::<Vec<_>>().join(", ");
    let message = match count {
        1 => format!("missing section {shown}"),
        ..=MAX_LISTED_SECTIONS => format!("{count} sections missing: {shown}"),
        _ => format!("{count} sections missing: {shown} and {} more", count - MAX_LISTED_SECTIONS),
    };
    let title = if count == 1 { "Insert missing section" } else { "Insert missing sections" };
    findings.push(Finding::new(&RULE, plan_range(file), message).fix(title, merged(edits), false));
}

/// Returns whether a plan follows its template so closely that missing sections are reported.
pub(super) fn follows_template_closely(binding: &Binding) -> bool {
    binding.source() != BindingSource::Matched || binding.top_score() >= 0.5
}

/// Returns the indices of the template sections that are missing and due. Optional sections are never due, and sections
/// for completion are due only when the plan is done.
pub(crate) fn due_sections(plan: &Plan, binding: &Binding) -> Vec<usize> {
    let specs = &binding.template().sections;
    let done = plan.status().and_then(|status| plan.state_of(&status.value)) == Some(State::Done);
    let missing = binding.missing_sections().into_iter();
    missing.filter(|spec| !specs[*spec].optional && (done || !specs[*spec].on_completion)).collect()
}

/// Returns the subsections that are missing in a single phase although all other phases have them: the index of the
/// phase's section, and the index of the template section.
fn missing_parts(plan: &Plan, binding: &Binding) -> Vec<(usize, usize)> {
    let missing = binding.missing_subsections_of_each(plan);
    // For each repeatable section of the template, the number of sections in the plan, and the number of sections
    // without each subsection.
    let mut total: BTreeMap<usize, usize> = BTreeMap::new();
    let mut missing_counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (section, specs) in &missing {
        if let Some(bound) = binding.of(*section) {
            *total.entry(binding.prototype(bound.spec)).or_default() += 1;
        }
        for spec in specs {
            *missing_counts.entry(*spec).or_default() += 1;
        }
    }
    let specs = &binding.template().sections;
    let only_one_lacks = |spec: usize| {
        let all = specs[spec].parent.and_then(|parent| total.get(&parent)).copied().unwrap_or(0);
        missing_counts.get(&spec) == Some(&1) && all > 1
    };
    let pairs = missing.iter().flat_map(|(section, specs)| specs.iter().map(|spec| (*section, *spec)));
    pairs.filter(|(_, spec)| only_one_lacks(*spec)).collect()
}

/// Returns the range for findings about the whole plan: its title, otherwise its first line.
pub(super) fn plan_range(file: &File) -> TextRange {
    let first_line = || {
        let document = file.document();
        let end = document.rope().try_line_to_byte(1).unwrap_or(document.len());
        let line = document.slice(0..end);
        0..line.trim_end_matches(['\n', '\r']).len()
    };
    file.plan().title_range().unwrap_or_else(first_line)
}

/// Merges insertions at the same offset, in order: clients may apply edits at one offset in any order.
pub(crate) fn merged(mut edits: Vec<Edit>) -> Vec<Edit> {
    edits.sort_by_key(|edit| edit.range.start);
    let mut merged: Vec<Edit> = Vec::new();
    for edit in edits {
        match merged.last_mut().filter(|last| last.range == edit.range) {
            Some(last) => {
                // Each insertion includes surrounding blank lines. Keep only one blank line between two insertions.
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
    fn one_missing_section() {
        check(
            &RULE,
            PLAN,
            expect![[r#"
                5   | # Execution Plan: x
                    |   ^^^^^^^^^^^^^^^^^ missing section `Testing`
            "#]],
        );
        check_fix(
            &RULE,
            PLAN,
            "Insert missing section",
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

            [Tests to add or change]

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
    fn complete_and_undeclared_plans() {
        let whole = PLAN.replace("## Dependencies\n", "## Testing\n\n## Dependencies\n");
        check_silent(
            &RULE,
            &[&whole, "# Execution Plan: x\n\n## Goal\n\n## Steps\n\n- [ ] a\n", "# Plan: x\n\n- [ ] a\n"],
        );
    }
}
