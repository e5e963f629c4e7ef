//! Headings as items: `### Phase 1: Name (Weeks 1-2) [COMPLETED]`, `### Task 3`, `### 1.2 Name`, `## 2. Name`.

use plan_syntax::{Span, outline};

use super::{
    Carrier, CarrierKind, Condition, ItemFact, ItemKind,
    text::{ItemText, Kind, Reader},
};
use crate::id::{Form, leading_phase_id, leading_task_id};

/// Reads a heading's text as an item. `span` is the whole heading.
pub(super) fn read(reader: &Reader<'_>, span: &Span, text: &Span) -> Option<ItemFact> {
    let mut rest = text.clone();
    let mut carriers = vec![Carrier { kind: CarrierKind::Heading, span: text.clone(), state: None }];
    let here = &reader.text[outline::bytes(&rest)];
    let mark = outline::task_mark(here).filter(|mark| !mark.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(mark) = mark {
        let at = rest.start + 1;
        let mark_span = at..at + mark.len() as u32;
        carriers.push(Carrier { kind: CarrierKind::Box, span: mark_span.clone(), state: reader.vocabulary.of_mark(mark) });
        let after = mark.len() + 2;
        rest.start += (here.len() - here[after..].trim_start().len()) as u32;
    }
    let (kind, item, condition) = candidate(reader, &rest, mark.is_some())?;
    carriers.extend(item.carriers);
    Some(ItemFact {
        kind,
        form: if mark.is_some() { CarrierKind::Box } else { CarrierKind::Heading },
        condition,
        span: span.clone(),
        line: span.clone(),
        title: item.title,
        id: item.id,
        id_span: item.id_span,
        unsure_id: false,
        tags: item.tags,
        carriers,
        state: None,
        dash: mark == Some("-"),
        parent: None,
        optional: item.optional,
        loose: None,
        role: None,
        suffix: item.suffix,
    })
}

fn candidate(reader: &Reader<'_>, text: &Span, boxed: bool) -> Option<(ItemKind, ItemText, Condition)> {
    if let Some(item) = reader.read(text.clone(), Kind::Phase) {
        let condition = if item.separated { Condition::Sure } else { Condition::FirstOfItsNumber };
        return Some((ItemKind::Phase, item, condition));
    }
    if boxed {
        return Some((ItemKind::Task, reader.read(text.clone(), Kind::Task)?, Condition::Sure));
    }
    // The id decides what it may be; emoji and words before it are cut by the reader.
    let item = reader.read(text.clone(), Kind::TaskHeading)?;
    let id = item.id_span.as_ref()?;
    let found = leading_task_id(&reader.text[outline::bytes(&(id.start..text.end))])?;
    let (kind, condition) = match found.form {
        Form::Worded if found.separated => (ItemKind::Task, Condition::Sure),
        Form::Plain => (ItemKind::Phase, Condition::Boxes),
        Form::Dotted => (ItemKind::Task, Condition::Work),
        // `T2 Name`, `P1-T3: Name`; other prefixes number requirements, questions, decisions.
        Form::Prefixed if is_task_prefix(found.id.as_str()) => (ItemKind::Task, Condition::Sure),
        _ => return None,
    };
    debug_assert!(leading_phase_id(&reader.text[outline::bytes(text)]).is_none_or(|found| !found.separated));
    Some((kind, item, condition))
}

/// Whether the letters before an id's last number say task: `T2`, `TASK-3`, `P1-T3`, `T4-001`.
fn is_task_prefix(id: &str) -> bool {
    let mut parts = id.split('-').rev().filter(|part| !part.bytes().all(|byte| byte.is_ascii_digit()));
    parts.next().is_some_and(|part| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c.is_ascii_lowercase());
        matches!(letters, "T" | "TASK")
    })
}
