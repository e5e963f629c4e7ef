//! The rule `unfilled-placeholder`.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashSet},
    mem::Discriminant,
    sync::Arc,
};

use plan_model::{Meaning, State, Table};
use plan_schema::{
    Binding, DocumentKind, Line, LineKind, Placeholder, PlaceholderKind, PlaceholderSpec, Template,
    find_placeholders, pattern,
};

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView};
use crate::{Edit, File, Finding, Fix, Severity, TextRange};

pub(super) const RULE: Rule = Rule {
    name: "unfilled-placeholder",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "unfilled template placeholder",
    doc: "\
## What it checks

A value, line or cell that still contains the template's placeholder: `[Description]`, `[Draft | In Progress]`, `YYYY-MM-DD`, `Criterion 1`. Other text in brackets is not reported. If a section has more than three unfilled placeholders, Plansmith reports them together at the heading. The severity is `hint` while the plan is in planning, and `warning` after that. If a plan has more than three such hints, Plansmith combines them into one.

## Why

Readers cannot tell whether the information is missing or not needed.

## Example

Incorrect:

```markdown
---
template: project-plan
---

# Move the search index

**Status**: In Progress
**Owner**: [Team/Person/Role]
```

Correct:

```markdown
---
template: project-plan
---

# Move the search index

**Status**: In Progress
**Owner**: Search team
```

## Fix

If the placeholder has options, choose one of them. Fill in other placeholders yourself. The command *Next Placeholder* moves the cursor to the next placeholder.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::None, fixes: None }),
};

/// Maximum number of placeholders per section that are reported separately.
const MAX_REPORTED_PER_SECTION: usize = 3;

/// A placeholder of the template that remains in the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfilledPlaceholder {
    /// The text of the placeholder.
    pub range: TextRange,
    /// Kind of value that must replace it.
    pub kind: PlaceholderKind,
    /// Index of the section that contains it.
    pub section: Option<usize>,
}

/// Returns all unfilled placeholders, in document order.
pub fn placeholders(file: &File) -> Vec<UnfilledPlaceholder> {
    RuleView::each(file).flat_map(|view| placeholders_in(&view)).collect()
}

/// Returns the unfilled placeholders of a segment. The text of a section before the next heading is within one segment.
fn placeholders_in(view: &RuleView<'_>) -> Vec<UnfilledPlaceholder> {
    let Some(binding) = view.binding() else { return Vec::new() };
    let all = view.candidate_lines(|_, placeholders, unbalanced| !placeholders.is_empty() || unbalanced);
    if all.is_empty() && view.tables().next().is_none() {
        return Vec::new();
    }
    let requirements = binding.template().memo(TemplateRequirements::of);
    let mut found: Vec<UnfilledPlaceholder> = Vec::new();
    for line in &all {
        let around = OnceCell::new();
        for placeholder in line.placeholders.iter().cloned() {
            // `[COMPLETED]` and `[T001, T002]` are values.
            let is_value = matches!(&placeholder.kind, PlaceholderKind::Text(text) if view.state_of(text).is_some() || is_ids(text));
            let text = &line.text[placeholder.range.clone()];
            let is_required = if is_value {
                requirements.has_text(text)
            } else {
                requirements.matches_template(binding, line, &placeholder, &around)
            };
            if is_required {
                found.push(UnfilledPlaceholder {
                    range: line.range.start + placeholder.range.start
                        ..line.range.start + placeholder.range.end,
                    kind: placeholder.kind,
                    section: line.section,
                });
            }
        }
    }
    // Placeholders whose brackets are in different blocks.
    let mut open: Option<&Line> = None;
    for line in &all {
        let text = line.text.trim();
        let (opens, closes) = (text.matches('[').count(), text.matches(']').count());
        match open {
            None if opens > closes && text.contains('[') && requirements.open_brackets => open = Some(line),
            Some(first) if closes > opens => {
                if first.section == line.section {
                    let start = first.range.start + first.text.find('[').unwrap_or(0);
                    let kind = PlaceholderKind::Text(view.text(&(start + 1..line.range.end - 1)).to_owned());
                    found.push(UnfilledPlaceholder {
                        range: start..line.range.end,
                        kind,
                        section: first.section,
                    });
                }
                open = None;
            }
            Some(first) if first.section != line.section => open = None,
            _ => {}
        }
    }
    // Sample rows of the template.
    for table in view.tables().filter(|table| table.may_have_row(&requirements.sample_numbers)) {
        for row in table.rows() {
            let cells: Vec<&str> =
                row.cells.iter().map(|cell| cell.text).filter(|cell| !cell.is_empty()).collect();
            if requirements.samples.iter().any(|sample| sample.iter().eq(&cells)) {
                let (Some(first), Some(last)) = (row.cells.first(), row.cells.last()) else { continue };
                found
                    .retain(|other| other.range.end <= row.range.start || row.range.end <= other.range.start);
                found.push(UnfilledPlaceholder {
                    range: first.range.start..last.range.end,
                    kind: PlaceholderKind::Stub,
                    section: table.section().map(|section| section.index()),
                });
            }
        }
    }
    found.sort_by_key(|placeholder| placeholder.range.start);
    found
}

/// The text around a placeholder of a template, and its location.
#[derive(Debug, PartialEq, Eq, Hash)]
enum PlaceholderSurroundings {
    /// The key of a field and the pattern of its value.
    Field(Arc<str>, Arc<str>),
    /// A section, the kind of block and the pattern of the line.
    Block(Option<usize>, Discriminant<LineKind>, Arc<str>),
}

/// Placeholders and sample rows of a template, prepared for lookup.
#[derive(Debug)]
pub(crate) struct TemplateRequirements {
    /// Texts of all placeholders.
    texts: HashSet<String>,
    /// Keys of fields with a placeholder.
    keys: HashSet<Arc<str>>,
    /// Meanings of fields with a placeholder.
    meanings: HashSet<Meaning>,
    /// The surrounding text of all placeholders.
    around: HashSet<PlaceholderSurroundings>,
    /// Whether a placeholder has its brackets in different blocks.
    open_brackets: bool,
    /// Sample rows.
    samples: Vec<Vec<String>>,
    /// [`Table::row_fingerprint`] of each.
    sample_numbers: Vec<u32>,
}

impl TemplateRequirements {
    fn of(template: &Template) -> Self {
        let (mut keys, mut meanings, mut around) = (HashSet::new(), HashSet::new(), HashSet::new());
        // Placeholders of the same line are adjacent and have the same surrounding text.
        let mut last: Option<&PlaceholderSpec> = None;
        for placeholder in &template.placeholders {
            if last.is_some_and(|last| Arc::ptr_eq(&last.pattern, &placeholder.pattern)) {
                continue;
            }
            last = Some(placeholder);
            let pattern = || Arc::clone(&placeholder.pattern);
            if let LineKind::Field(key) = &placeholder.line_kind {
                meanings.extend(Meaning::of(key));
                let key = without_numbers(key);
                around.insert(PlaceholderSurroundings::Field(Arc::clone(&key), pattern()));
                keys.insert(key);
            }
            around.insert(PlaceholderSurroundings::Block(
                placeholder.section,
                std::mem::discriminant(&placeholder.line_kind),
                pattern(),
            ));
        }
        let open_brackets =
            template.text.lines().any(|line| line.matches('[').count() > line.matches(']').count());
        let samples = samples(template);
        let numbers = samples.iter().map(|row| Table::row_fingerprint(row.iter().map(String::as_str)));
        Self {
            texts: template.placeholders.iter().map(|placeholder| placeholder.text.clone()).collect(),
            keys,
            meanings,
            around,
            open_brackets,
            sample_numbers: numbers.collect(),
            samples,
        }
    }

    fn has_text(&self, text: &str) -> bool {
        self.texts.contains(text)
    }

    /// Returns whether the template has a placeholder at the position of `placeholder`. `around` caches the result for
    /// placeholders of the line with the same surrounding text.
    fn matches_template(
        &self,
        binding: &Binding,
        line: &Line,
        placeholder: &Placeholder,
        around: &OnceCell<bool>,
    ) -> bool {
        let text = &line.text[placeholder.range.clone()];
        let whole = placeholder.range.len() == line.text.trim().len();
        let same_text = || self.has_text(text);
        if let LineKind::Field(key) = &line.line_kind {
            let like = || {
                *around.get_or_init(|| {
                    let written = pattern(&line.text, &line.placeholders).into();
                    self.around.contains(&PlaceholderSurroundings::Field(without_numbers(key), written))
                })
            };
            let known = || {
                self.keys.contains(&without_numbers(key))
                    || Meaning::of(key).is_some_and(|meaning| self.meanings.contains(&meaning))
            };
            return same_text() || known() && (whole || like());
        }
        if matches!(placeholder.kind, PlaceholderKind::Stub | PlaceholderKind::Date) && !whole {
            return same_text();
        }
        // Blocks of the same kind in the same section have placeholders at the same positions.
        let spec = line.section.and_then(|section| binding.of(section)).map(|bound| bound.spec);
        let here = |spec: usize| {
            let written: Arc<str> = pattern(&line.text, &line.placeholders).into();
            let line_kind = std::mem::discriminant(&line.line_kind);
            [spec, binding.prototype(spec)].into_iter().any(|section| {
                self.around.contains(&PlaceholderSurroundings::Block(
                    Some(section),
                    line_kind,
                    Arc::clone(&written),
                ))
            })
        };
        same_text() || spec.is_some_and(|spec| *around.get_or_init(|| here(spec)))
    }
}

/// Replaces the digits of a key with `#`: `Criterion 4` equals `Criterion 1`.
fn without_numbers(key: &str) -> Arc<str> {
    key.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect::<String>().into()
}

fn is_ids(text: &str) -> bool {
    let value = plan_model::reference::parse(text);
    value.strict && !value.names.is_empty()
}

/// Returns the sample rows of a template that have no placeholders.
fn samples(template: &Template) -> Vec<Vec<String>> {
    let rows = template.tables.iter().flat_map(|table| &table.samples);
    rows.map(|row| row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>())
        .filter(|cells| cells.len() > 1)
        .filter(|cells| {
            cells.iter().all(|cell| find_placeholders(cell, plan_schema::PlaceholderContext::Cell).is_empty())
        })
        .filter(|cells| cells.iter().any(|cell| cell.ends_with(" 1") || cell.starts_with("Example")))
        .collect()
}

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    let is_started = matches!(view.plan_state(), Some(State::Active | State::Blocked | State::Done));
    let severity = is_started.then_some(Severity::Warning);
    let mut by_section: BTreeMap<Option<usize>, Vec<UnfilledPlaceholder>> = BTreeMap::new();
    for placeholder in placeholders_in(view) {
        by_section.entry(placeholder.section).or_default().push(placeholder);
    }
    for (section, found) in by_section {
        // Findings of a segment must not have ranges in another one.
        let heading = view.sections().find(|own| Some(own.index()) == section);
        let heading = heading.map(|section| section.text_range());
        match heading {
            Some(range) if found.len() > MAX_REPORTED_PER_SECTION => {
                let message = format!("{} unfilled placeholders in this section", found.len());
                let ranges = found.into_iter().map(|placeholder| (placeholder.range, "placeholder"));
                findings.push(Finding { severity, ..Finding::new(&RULE, range, message).list(ranges) });
            }
            _ => findings.extend(found.into_iter().map(|placeholder| finding(view, placeholder, severity))),
        }
    }
}

fn finding(view: &RuleView<'_>, placeholder: UnfilledPlaceholder, severity: Option<Severity>) -> Finding {
    let range = placeholder.range;
    let text = view.text(&range);
    let shown: String = text.chars().take(60).map(|c| if c == '\n' { ' ' } else { c }).collect();
    let dots = if text.chars().count() > 60 { "…" } else { "" };
    let mut fixes = Vec::new();
    if let PlaceholderKind::Choice(choices) = &placeholder.kind {
        fixes.extend(choices.iter().map(|choice| Fix {
            title: format!("Choose `{choice}`"),
            edits: vec![Edit::replace(range.clone(), choice.clone())],
            safe: false,
        }));
    }
    let message = format!("unfilled placeholder `{shown}{dots}`");
    Finding { severity, ..Finding::new(&RULE, range, message).extend_fixes(fixes) }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    const TEXT: &str = "---\ntemplate: project-plan\n---\n# Move it\n\n**Status**: In Progress\n**Owner**: [Team/Person/Role]\n**Created**: YYYY-MM-DD\n\n\
        ## Objective\n\n[Not written yet]\n\n## Risks & Mitigations\n\n| Risk | Probability | Impact | Mitigation Strategy | Owner |\n|---|---|---|---|---|\n| It rains | Low/Med/High | Low | We wait | Bo |\n";

    #[test]
    fn reported_where_the_template_has_them() {
        check(
            &RULE,
            TEXT,
            expect![[r#"
                7   | **Owner**: [Team/Person/Role]
                    |            ^^^^^^^^^^^^^^^^^^ unfilled placeholder `[Team/Person/Role]`
                8   | **Created**: YYYY-MM-DD
                    |              ^^^^^^^^^^ unfilled placeholder `YYYY-MM-DD`
                12  | [Not written yet]
                    | ^^^^^^^^^^^^^^^^^ unfilled placeholder `[Not written yet]`
                18  | | It rains | Low/Med/High | Low | We wait | Bo |
                    |              ^^^^^^^^^^^^ unfilled placeholder `Low/Med/High`
            "#]],
        );
        check_fix(
            &RULE,
            TEXT,
            "Choose `Med`",
            expect![[r#"
            ---
            template: project-plan
            ---
            # Move it

            **Status**: In Progress
            **Owner**: [Team/Person/Role]
            **Created**: YYYY-MM-DD

            ## Objective

            [Not written yet]

            ## Risks & Mitigations

            | Risk | Probability | Impact | Mitigation Strategy | Owner |
            |---|---|---|---|---|
            | It rains | Med | Low | We wait | Bo |
        "#]],
        );
    }

    #[test]
    fn many_are_reported_once() {
        check(
            &RULE,
            "---\ntemplate: project-plan\n---\n# Move it\n\n## Success Criteria\n\n- [ ] **Criterion 1**: [What]\n- [ ] **Criterion 2**: [What]\n- [ ] **Criterion 3**: [What]\n- [ ] **Criterion 4**: [What]\n",
            expect![[r#"
                6   | ## Success Criteria
                    |    ^^^^^^^^^^^^^^^^ 4 unfilled placeholders in this section
                8   | - [ ] **Criterion 1**: [What]
                    |                        ^^^^^^ (placeholder)
                9   | - [ ] **Criterion 2**: [What]
                    |                        ^^^^^^ (placeholder)
                10  | - [ ] **Criterion 3**: [What]
                    |                        ^^^^^^ (placeholder)
                11  | - [ ] **Criterion 4**: [What]
                    |                        ^^^^^^ (placeholder)
            "#]],
        );
    }

    #[test]
    fn other_brackets() {
        check_silent(
            &RULE,
            &[
                "---\ntemplate: project-plan\n---\n# Move it\n\n**Status**: [COMPLETED]\n\n## Objective\n\nUse [the API] and see [1].\n",
                "---\ntemplate: project-plan\n---\n# Move it\n\n## Detailed Tasks\n\n### Phase 1: a\n\n- [ ] T001 [P] [US1] b\n",
                "# Plan: no template\n\n**Owner**: [Team/Person]\n\n- [ ] a\n",
            ],
        );
    }
}
