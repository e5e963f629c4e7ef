//! `placeholder-left`.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashSet},
    mem::Discriminant,
    sync::Arc,
};

use plan_model::{Meaning, Part, State, Table};
use plan_schema::{
    Binding, Holder, Kind, Line, Slot, SlotKind, SlotSpec, Template, lines_of_interest, pattern, slots,
};

use super::{BySegment, Check, Group, Rest, Rule};
use crate::{Edit, File, Finding, Fix, Place, Severity};

pub(super) const RULE: Rule = Rule {
    name: "placeholder-left",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "a placeholder of the template that nobody filled in",
    doc: "\
## What it finds

A value, line or cell that its template leaves to fill in and that still looks as it came: `[Description]`, `[Draft | In \
Progress]`, `YYYY-MM-DD`, `Criterion 1`. Brackets elsewhere are yours. Where a section has more than three it is said once, \
at its heading. It is a hint while the plan is being written, and a warning once its status is beyond planning.

## Why

A plan in progress with `[Name]` as owner has no owner.

## Example

```markdown
---
template: project-plan
---

# Move the search index

**Status**: In Progress
**Owner**: [Team/Person/Role]
```

## Fix

A choice becomes one of its alternatives. The rest is for you to fill in; *next placeholder* takes you there.
",
    check: Check::Segments(&BySegment { each, rest: Rest::Nothing, mend: None }),
};

/// How many a section may have before they are said at once.
const MANY: usize = 3;

/// A placeholder that stands in a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// Where.
    pub range: Place,
    /// What belongs there.
    pub kind: SlotKind,
    /// Index of its section.
    pub section: Option<usize>,
}

/// All placeholders that are left, in document order.
pub fn placeholders(file: &File) -> Vec<Placeholder> {
    file.plan().parts().flat_map(|part| placeholders_in(file, &part)).collect()
}

/// Those of a segment. What a section has of its own, before the next heading, stands in one.
fn placeholders_in(file: &File, part: &Part<'_>) -> Vec<Placeholder> {
    let Some(binding) = file.binding() else { return Vec::new() };
    let plan = file.plan();
    let all = lines_of_interest(plan, part, |_, slots, unbalanced| !slots.is_empty() || unbalanced);
    if all.is_empty() && part.tables().next().is_none() {
        return Vec::new();
    }
    let asked = file.asked(|| Asked::of(binding));
    let mut found: Vec<Placeholder> = Vec::new();
    for line in &all {
        let around = OnceCell::new();
        for slot in line.slots.iter().cloned() {
            // `[COMPLETED]` and `[T001, T002]` are values.
            let is_value =
                matches!(&slot.kind, SlotKind::Text(text) if plan.state_of(text).is_some() || is_ids(text));
            let text = &line.text[slot.range.clone()];
            let wanted =
                if is_value { asked.has_text(text) } else { asked.for_slot(binding, line, &slot, &around) };
            if wanted {
                found.push(Placeholder {
                    range: line.range.start + slot.range.start..line.range.start + slot.range.end,
                    kind: slot.kind,
                    section: line.section,
                });
            }
        }
    }
    // A bracket that opens in one block and closes in another.
    let mut open: Option<&Line> = None;
    for line in &all {
        let text = line.text.trim();
        let (opens, closes) = (text.matches('[').count(), text.matches(']').count());
        match open {
            None if opens > closes && text.contains('[') && asked.open_brackets => open = Some(line),
            Some(first) if closes > opens => {
                if first.section == line.section {
                    let start = first.range.start + first.text.find('[').unwrap_or(0);
                    let kind = SlotKind::Text(file.document().slice(start + 1..line.range.end - 1));
                    found.push(Placeholder { range: start..line.range.end, kind, section: first.section });
                }
                open = None;
            }
            Some(first) if first.section != line.section => open = None,
            _ => {}
        }
    }
    // Rows that the template shows as examples.
    for table in part.tables().filter(|table| table.may_have_row(&asked.sample_numbers)) {
        for row in table.rows() {
            let cells: Vec<&str> =
                row.cells.iter().map(|cell| cell.text).filter(|cell| !cell.is_empty()).collect();
            if asked.samples.iter().any(|sample| sample.iter().eq(&cells)) {
                let (Some(first), Some(last)) = (row.cells.first(), row.cells.last()) else { continue };
                found
                    .retain(|other| other.range.end <= row.range.start || row.range.end <= other.range.start);
                found.push(Placeholder {
                    range: first.range.start..last.range.end,
                    kind: SlotKind::Stub,
                    section: table.section().map(|section| section.index()),
                });
            }
        }
    }
    found.sort_by_key(|placeholder| placeholder.range.start);
    found
}

/// A line of a template with slots: what is around them, and where.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Around {
    /// The value of a field with this key.
    Field(Arc<str>, Arc<str>),
    /// A block of a section.
    Block(Option<usize>, Discriminant<Holder>, Arc<str>),
}

/// What the template asks for, to be looked up.
#[derive(Debug)]
pub(crate) struct Asked {
    /// Texts of all slots.
    texts: HashSet<String>,
    /// Keys of fields with a slot.
    keys: HashSet<Arc<str>>,
    /// What they mean.
    meanings: HashSet<Meaning>,
    /// What is around slots, with the section, or for fields with the key.
    around: HashSet<Around>,
    /// It has a bracket that opens in one block and closes in another.
    open_brackets: bool,
    /// The rows that it shows as examples.
    samples: Vec<Vec<String>>,
    /// [`Table::row_number`] of each.
    sample_numbers: Vec<u32>,
}

impl Asked {
    fn of(binding: &Binding) -> Self {
        let template = binding.template();
        let (mut keys, mut meanings, mut around) = (HashSet::new(), HashSet::new(), HashSet::new());
        // Slots of a line come one after the other and share what is around them.
        let mut last: Option<&SlotSpec> = None;
        for slot in &template.slots {
            if last.is_some_and(|last| Arc::ptr_eq(&last.pattern, &slot.pattern)) {
                continue;
            }
            last = Some(slot);
            let pattern = || Arc::clone(&slot.pattern);
            if let Holder::Field(key) = &slot.holder {
                meanings.extend(Meaning::of(key));
                let key = counted(key);
                around.insert(Around::Field(Arc::clone(&key), pattern()));
                keys.insert(key);
            }
            around.insert(Around::Block(slot.section, std::mem::discriminant(&slot.holder), pattern()));
        }
        let open_brackets =
            template.text.lines().any(|line| line.matches('[').count() > line.matches(']').count());
        let samples = samples(template);
        let numbers = samples.iter().map(|row| Table::row_number(row.iter().map(String::as_str)));
        Self {
            texts: template.slots.iter().map(|slot| slot.text.clone()).collect(),
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

    /// Whether the template has a slot where this one is. `around` keeps whether it has one in such a line.
    fn for_slot(&self, binding: &Binding, line: &Line, slot: &Slot, around: &OnceCell<bool>) -> bool {
        let text = &line.text[slot.range.clone()];
        let whole = slot.range.len() == line.text.trim().len();
        let same_text = || self.has_text(text);
        if let Holder::Field(key) = &line.holder {
            let like = || {
                *around.get_or_init(|| {
                    let written = pattern(&line.text, &line.slots).into();
                    self.around.contains(&Around::Field(counted(key), written))
                })
            };
            let known = || {
                self.keys.contains(&counted(key))
                    || Meaning::of(key).is_some_and(|meaning| self.meanings.contains(&meaning))
            };
            return same_text() || known() && (whole || like());
        }
        if matches!(slot.kind, SlotKind::Stub | SlotKind::Date) && !whole {
            return same_text();
        }
        // The same kind of block in the same section has slots in the same places.
        let spec = line.section.and_then(|section| binding.of(section)).map(|bound| bound.spec);
        let here = |spec: usize| {
            let written: Arc<str> = pattern(&line.text, &line.slots).into();
            let holder = std::mem::discriminant(&line.holder);
            [spec, binding.model(spec)].into_iter().any(|section| {
                self.around.contains(&Around::Block(Some(section), holder, Arc::clone(&written)))
            })
        };
        same_text() || spec.is_some_and(|spec| *around.get_or_init(|| here(spec)))
    }
}

/// A key with `#` for its number: `Criterion 4` is asked for like `Criterion 1`.
fn counted(key: &str) -> Arc<str> {
    key.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect::<String>().into()
}

fn is_ids(text: &str) -> bool {
    let value = plan_model::reference::read(text);
    value.strict && !value.names.is_empty()
}

/// The rows that a template shows as examples, where not one cell of them says what to write.
fn samples(template: &Template) -> Vec<Vec<String>> {
    let rows = template.tables.iter().flat_map(|table| &table.samples);
    rows.map(|row| row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>())
        .filter(|cells| cells.len() > 1)
        .filter(|cells| cells.iter().all(|cell| slots(cell, plan_schema::SlotPlace::Cell).is_empty()))
        .filter(|cells| cells.iter().any(|cell| cell.ends_with(" 1") || cell.starts_with("Example")))
        .collect()
}

fn each(file: &File, part: &Part<'_>, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let state = plan.status().and_then(|status| plan.state_of(&status.value));
    let beyond = matches!(state, Some(State::Active | State::Blocked | State::Done));
    let severity = beyond.then_some(Severity::Warning);
    let mut by_section: BTreeMap<Option<usize>, Vec<Placeholder>> = BTreeMap::new();
    for placeholder in placeholders_in(file, part) {
        by_section.entry(placeholder.section).or_default().push(placeholder);
    }
    for (section, found) in by_section {
        let heading = section.and_then(|section| plan.sections().nth(section));
        // A finding of this segment names no place in another.
        let heading = heading.map(|section| section.text_range()).filter(|text| text.start >= part.start());
        match heading {
            Some(range) if found.len() > MANY => {
                let message =
                    format!("{} placeholders of the template are left in this section", found.len());
                let places = found.into_iter().map(|placeholder| (placeholder.range, "to be filled in"));
                findings.push(Finding { severity, ..Finding::new(&RULE, range, message).list(places) });
            }
            _ => findings.extend(found.into_iter().map(|placeholder| finding(file, placeholder, severity))),
        }
    }
}

fn finding(file: &File, placeholder: Placeholder, severity: Option<Severity>) -> Finding {
    let range = placeholder.range;
    let text = file.document().slice(range.clone());
    let shown: String = text.chars().take(60).map(|c| if c == '\n' { ' ' } else { c }).collect();
    let dots = if text.chars().count() > 60 { "…" } else { "" };
    let mut fixes = Vec::new();
    if let SlotKind::Choice(choices) = &placeholder.kind {
        fixes.extend(choices.iter().map(|choice| Fix {
            title: format!("Choose `{choice}`"),
            edits: vec![Edit::replace(range.clone(), choice.clone())],
            safe: false,
        }));
    }
    let message = format!("`{shown}{dots}` is still the template's");
    Finding { severity, ..Finding::new(&RULE, range, message).mended_by(fixes) }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    const TEXT: &str = "---\ntemplate: project-plan\n---\n# Move it\n\n**Status**: In Progress\n**Owner**: [Team/Person/Role]\n**Created**: YYYY-MM-DD\n\n\
        ## Objective\n\n[What nobody wrote yet]\n\n## Risks & Mitigations\n\n| Risk | Probability | Impact | Mitigation Strategy | Owner |\n|---|---|---|---|---|\n| It rains | Low/Med/High | Low | We wait | Bo |\n";

    #[test]
    fn left_where_the_template_has_them() {
        check(
            &RULE,
            TEXT,
            expect![[r#"
            7   | **Owner**: [Team/Person/Role]
                |            ^^^^^^^^^^^^^^^^^^ `[Team/Person/Role]` is still the template's
            8   | **Created**: YYYY-MM-DD
                |              ^^^^^^^^^^ `YYYY-MM-DD` is still the template's
            12  | [What nobody wrote yet]
                | ^^^^^^^^^^^^^^^^^^^^^^^ `[What nobody wrote yet]` is still the template's
            18  | | It rains | Low/Med/High | Low | We wait | Bo |
                |              ^^^^^^^^^^^^ `Low/Med/High` is still the template's
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

            [What nobody wrote yet]

            ## Risks & Mitigations

            | Risk | Probability | Impact | Mitigation Strategy | Owner |
            |---|---|---|---|---|
            | It rains | Med | Low | We wait | Bo |
        "#]],
        );
    }

    #[test]
    fn many_are_said_once() {
        check(
            &RULE,
            "---\ntemplate: project-plan\n---\n# Move it\n\n## Success Criteria\n\n- [ ] **Criterion 1**: [What]\n- [ ] **Criterion 2**: [What]\n- [ ] **Criterion 3**: [What]\n- [ ] **Criterion 4**: [What]\n",
            expect![[r#"
                6   | ## Success Criteria
                    |    ^^^^^^^^^^^^^^^^ 4 placeholders of the template are left in this section
                8   | - [ ] **Criterion 1**: [What]
                    |                        ^^^^^^ (to be filled in)
                9   | - [ ] **Criterion 2**: [What]
                    |                        ^^^^^^ (to be filled in)
                10  | - [ ] **Criterion 3**: [What]
                    |                        ^^^^^^ (to be filled in)
                11  | - [ ] **Criterion 4**: [What]
                    |                        ^^^^^^ (to be filled in)
            "#]],
        );
    }

    #[test]
    fn brackets_of_ones_own() {
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
