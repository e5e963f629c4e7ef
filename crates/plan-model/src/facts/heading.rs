//! Headings as items: `### Phase 1: Name (Weeks 1-2) [COMPLETED]`, `### Task 3`, `### 1.2 Name`, `## 2. Name`.

use plan_syntax::{SegmentSpan, outline};

use super::{
    ItemCondition, ItemFact, ItemKind, StateSource, StateSourceKind, StateSources,
    text::{InlineField, ItemText, ItemTextReader, TextKind},
};
use crate::{
    id::{IdForm, leading_phase_id, leading_task_id},
    placeholder,
};

/// Reads a heading as a candidate item, with the fields at its end. `span` is the whole heading.
pub(super) fn read(
    reader: &ItemTextReader<'_>,
    span: &SegmentSpan,
    text: &SegmentSpan,
) -> Option<(ItemFact, Vec<InlineField>)> {
    let mut rest = text.clone();
    let heading = StateSource { kind: StateSourceKind::Heading, span: text.clone(), state: None };
    let mut state_sources: StateSources = [heading].into();
    let content = &reader.text[outline::bytes(&rest)];
    // Span of the checkbox character.
    let mut checkbox = None;
    if let Some(character) = leading_checkbox(content) {
        checkbox = Some(rest.start + 1..rest.start + 1 + character.len() as u32);
        rest.start += (content.len() - content[character.len() + 2..].trim_start().len()) as u32;
    } else if let Some(character) =
        content.strip_suffix(']').and_then(|text| text.rsplit_once('[')).map(|(_, character)| character)
        && leading_checkbox(&content[content.len() - character.len() - 2..]).is_some()
    {
        // `### 1.1 Name [x]`
        let end = rest.end - 1;
        checkbox = Some(end - character.len() as u32..end);
        rest.end = rest.start + content[..content.len() - character.len() - 2].trim_end().len() as u32;
    }
    let id_before_checkbox = leading_task_id(&reader.text[outline::bytes(&rest)], reader.vocabulary.nouns())
        .filter(|_| checkbox.is_none());
    if let Some(id) = id_before_checkbox
        && let Some(character) =
            leading_checkbox(&reader.text[rest.start as usize + id.after..rest.end as usize])
    {
        // `### 1.1 [x] Name`
        let at = rest.start + id.after as u32 + 1;
        checkbox = Some(at..at + character.len() as u32);
    }
    let character = checkbox.as_ref().map(|span| &reader.text[outline::bytes(span)]);
    if let (Some(span), Some(character)) = (&checkbox, character) {
        state_sources.push(StateSource {
            kind: StateSourceKind::Checkbox,
            span: span.clone(),
            state: reader.vocabulary.of_checkbox_character(character),
        });
    }
    let (kind, mut item, condition) = candidate(reader, &rest, checkbox.is_some())?;
    let id_end = item.id_span.as_ref().map_or(u32::MAX, |id| id.end);
    if let Some(checkbox) =
        checkbox.as_ref().filter(|checkbox| checkbox.start >= id_end && checkbox.end < item.title.end)
    {
        // A checkbox between ID and title looks like a tag if its character is upper case.
        item.tags.retain(|tag| tag.start + 1 != checkbox.start);
        let after = &reader.text[checkbox.end as usize + 1..item.title.end as usize];
        item.title.start = item.title.end - after.trim_start().len() as u32;
    }
    state_sources.extend(item.state_sources);
    let unfilled = placeholder::is_unfilled(reader.text[outline::bytes(&item.title)].trim());
    let fact = ItemFact {
        kind,
        form: if checkbox.is_some() { StateSourceKind::Checkbox } else { StateSourceKind::Heading },
        condition,
        span: span.clone(),
        line: span.clone(),
        title: item.title,
        id: item.id,
        id_span: item.id_span,
        ambiguous_id: false,
        tags: item.tags,
        state_sources,
        state: None,
        dash: character == Some("-"),
        unfilled,
        parent: None,
        optional: item.optional,
        phase: None,
        malformed: None,
        role: None,
        suffix: item.suffix,
    };
    Some((fact, item.fields))
}

/// Returns the checkbox character if a text starts with a checkbox. Brackets with a digit are a citation.
fn leading_checkbox(text: &str) -> Option<&str> {
    outline::checkbox_character(text).filter(|character| !character.starts_with(|c: char| c.is_ascii_digit()))
}

/// Reads the text of a heading without its checkbox. Returns `None` if the heading is not a candidate item.
fn candidate(
    reader: &ItemTextReader<'_>,
    text: &SegmentSpan,
    has_checkbox: bool,
) -> Option<(ItemKind, ItemText, ItemCondition)> {
    if let Some(item) = reader.read(text.clone(), TextKind::Phase) {
        // `Phase 1 → Phase 2 Transition`
        let id_end = item.id_span.as_ref().map_or(text.start, |id| id.end);
        let after = reader.text[id_end as usize..text.end as usize].trim_start();
        if ["→", "⇒", "->", "=>"].iter().any(|arrow| after.starts_with(arrow)) {
            return None;
        }
        let condition = if item.separated { ItemCondition::Always } else { ItemCondition::FirstWithId };
        return Some((ItemKind::Phase, item, condition));
    }
    if has_checkbox {
        return Some((ItemKind::Task, reader.read(text.clone(), TextKind::Task)?, ItemCondition::Always));
    }
    // The form of the ID determines the kind.
    let item = reader.read(text.clone(), TextKind::TaskHeading)?;
    let id = item.id_span.as_ref()?;
    let leading_id =
        leading_task_id(&reader.text[outline::bytes(&(id.start..text.end))], reader.vocabulary.nouns())?;
    let (kind, condition) = match leading_id.form {
        IdForm::Worded if leading_id.separated => (ItemKind::Task, ItemCondition::Always),
        IdForm::Plain => (ItemKind::Phase, ItemCondition::HasCheckboxes),
        IdForm::Dotted => (ItemKind::Task, ItemCondition::InWorkSection),
        // `T2 Name`, `P1-T3: Name`; other prefixes are used for requirements, questions and decisions.
        IdForm::Prefixed if is_task_id(leading_id.id.as_str()) => (ItemKind::Task, ItemCondition::Always),
        IdForm::Prefixed if leading_id.separated && is_key(leading_id.id.as_str()) => {
            (ItemKind::Task, ItemCondition::HasStatusField)
        }
        _ => return None,
    };
    debug_assert!(
        leading_phase_id(&reader.text[outline::bytes(text)], reader.vocabulary.nouns())
            .is_none_or(|leading_id| !leading_id.separated)
    );
    Some((kind, item, condition))
}

/// Returns whether an ID is a key such as `ENV-001`, which does not denote a requirement, decision, risk or entry of a log.
fn is_key(id: &str) -> bool {
    const OTHER_SUBJECTS: [&str; 23] = [
        "REQ", "FR", "NFR", "BR", "AC", "SC", "US", "UC", "ADR", "DEC", "DECISION", "RFC", "RISK", "CVE",
        "ISO", "GAP", "OQ", "LOG", "ENTRY", "SESSION", "EVENT", "NOTE", "FINDING",
    ];
    id.split_once('-').is_some_and(|(letters, digits)| {
        letters.len() > 1
            && letters.bytes().all(|byte| byte.is_ascii_uppercase())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !OTHER_SUBJECTS.contains(&letters)
    })
}

/// Returns whether the letters of an ID denote a task: `T2`, `TASK-3`, `P1-T3`, `T4-001`.
fn is_task_id(id: &str) -> bool {
    let mut parts = id.split('-').rev().filter(|part| !part.bytes().all(|byte| byte.is_ascii_digit()));
    parts.next().is_some_and(|part| {
        let letters =
            part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c.is_ascii_lowercase());
        matches!(letters, "T" | "TASK")
    })
}
