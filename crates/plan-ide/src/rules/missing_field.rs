//! The rule `missing-field`.

use plan_model::Meaning;
use plan_schema::{Binding, DocumentKind, FieldSpec};

use super::{Check, Group, Rule, missing_section};
use crate::{Edit, File, Finding, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    name: "missing-field",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "plan is missing fields from its template",
    doc: "\
## What it checks

A plan that lacks fields of its template's title area, such as status, owner or dates. Plansmith reports this once, at the title, and only if the plan declares its template or has at least half of the template's top-level sections.

## Why

Readers and tools expect these fields at the top.

## Example

Incorrect:

```markdown
---
template: project-plan
---

# Move the search index

**Status**: In Progress
```

Correct:

```markdown
---
template: project-plan
---

# Move the search index

**Status**: In Progress
**Owner**: Search team
**Created**: 2026-01-05
**Target Completion**: 2026-06-30
**Last Updated**: 2026-02-01
```

## Fix

Insert the missing fields with their placeholders, in the order of the template.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let Some(binding) = file.binding().filter(|binding| missing_section::follows_template_closely(binding))
    else {
        return;
    };
    let missing = missing_fields(file, binding);
    if missing.is_empty() {
        return;
    }
    let keys: Vec<String> = missing.iter().map(|field| format!("`{}`", field.key)).collect();
    let edits: Vec<Edit> = missing.iter().filter_map(|field| insertion(file, binding, field)).collect();
    let one = missing.len() == 1;
    let fix = Fix {
        title: if one { "Insert missing field" } else { "Insert missing fields" }.to_owned(),
        edits: merge_insertions(edits),
        safe: false,
    };
    let message = match one {
        true => format!("missing field {}", keys.join(", ")),
        false => format!("{} fields missing: {}", keys.len(), keys.join(", ")),
    };
    let fix = Some(fix).filter(|fix| !fix.edits.is_empty());
    findings.push(Finding::new(&RULE, missing_section::plan_range(file), message).extend_fixes(fix));
}

/// Returns the missing header fields, in the order of the template. Fields of the front matter are never reported.
fn missing_fields<'a>(file: &File, binding: &'a Binding) -> Vec<&'a FieldSpec> {
    let present: Vec<(String, Option<Meaning>, bool)> = file
        .plan()
        .fields()
        .into_iter()
        .map(|field| (field.key.to_lowercase(), field.meaning, field.front_matter))
        .collect();
    let has = |spec: &FieldSpec| {
        present.iter().any(|(key, meaning, _)| {
            *key == spec.key.to_lowercase() || meaning.is_some() && *meaning == spec.meaning
        })
    };
    let template = binding.template();
    let header =
        template.fields.iter().filter(|field| template.is_header(field) && !field.key.starts_with('['));
    let mut seen: Vec<&str> = Vec::new();
    let mut found: Vec<&FieldSpec> = Vec::new();
    for field in header {
        let is_common = field.meaning.is_some_and(|meaning| {
            matches!(
                meaning,
                Meaning::Status
                    | Meaning::Owner
                    | Meaning::Author
                    | Meaning::Created
                    | Meaning::Start
                    | Meaning::Updated
                    | Meaning::Target
                    | Meaning::Date
                    | Meaning::Spec
                    | Meaning::Id
            )
        });
        // Fields of a missing section are reported with the section.
        let has_section =
            field.section.is_none_or(|section| template.sections[section].level == 1 || binding.has(section));
        if is_common
            && has_section
            && !field.front_matter
            && !has(field)
            && !seen.contains(&field.key.as_str())
        {
            seen.push(&field.key);
            found.push(field);
        }
    }
    found
}

/// Returns the edit that inserts the line of a field after the field that precedes it in the template, otherwise
/// before the field that follows.
fn insertion(file: &File, binding: &Binding, field: &FieldSpec) -> Option<Edit> {
    let template = binding.template();
    let document = file.document();
    let line_start = template.text[..field.range.start].rfind('\n').map_or(0, |at| at + 1);
    let line = &template.text[line_start..field.range.end];
    let present: Vec<_> = file.plan().fields().into_iter().filter(|present| !present.front_matter).collect();
    let find = |spec: &FieldSpec| {
        present.iter().find(|present| {
            present.key.eq_ignore_ascii_case(&spec.key)
                || present.meaning.is_some() && present.meaning == spec.meaning
        })
    };
    let header = || template.fields.iter().filter(|other| template.is_header(other) && !other.front_matter);
    let before = header().take_while(|other| other.range.start < field.range.start).filter_map(find).last();
    let after = || header().skip_while(|other| other.range.start <= field.range.start).find_map(find);
    if let Some(before) = before {
        return Some(Edit::insert(before.value_range.end, format!("\n{line}")));
    }
    if let Some(after) = after() {
        return Some(Edit::insert(document.line_start(after.key_range.start), format!("{line}\n")));
    }
    let title = file.plan().title_range()?;
    Some(Edit::insert(title.end, format!("\n\n{line}")))
}

/// Merges insertions at the same offset, in order.
fn merge_insertions(edits: Vec<Edit>) -> Vec<Edit> {
    let mut joined: Vec<Edit> = Vec::new();
    for edit in edits {
        match joined.iter_mut().find(|known| known.range == edit.range) {
            Some(known) => known.text.push_str(if known.text.starts_with("\n\n") {
                edit.text.trim_start_matches('\n')
            } else {
                &edit.text
            }),
            None => joined.push(edit),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    const TEXT: &str = "---\ntemplate: project-plan\n---\n# Move it\n\n**Status**: In Progress\n**Created**: 2026-01-02\n\n## Objective\n";

    #[test]
    fn header_fields() {
        check(
            &RULE,
            TEXT,
            expect![[r#"
                4   | # Move it
                    |   ^^^^^^^ 3 fields missing: `Owner`, `Target Completion`, `Last Updated`
            "#]],
        );
        check_fix(
            &RULE,
            TEXT,
            "Insert missing fields",
            expect![[r#"
            ---
            template: project-plan
            ---
            # Move it

            **Status**: In Progress
            **Owner**: [Team/Person/Role]
            **Created**: 2026-01-02
            **Target Completion**: YYYY-MM-DD
            **Last Updated**: YYYY-MM-DD

            ## Objective
        "#]],
        );
    }

    #[test]
    fn plans_without_template_are_not_checked() {
        check_silent(&RULE, &["# Move it\n\n**Status**: In Progress\n\n## Objective\n\n- [ ] a\n"]);
    }
}
