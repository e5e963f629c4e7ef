//! Headings as items: `### Phase 1: Name (Weeks 1-2) [COMPLETED]`, `### Task 3`, `### 1.2 Name`, `## 2. Name`.

use plan_syntax::{Span, outline};

use super::{
    Carrier, CarrierKind, Carriers, Condition, ItemFact, ItemKind,
    text::{ItemText, Kind, Reader},
};
use crate::id::{Form, leading_phase_id, leading_task_id};

/// Reads a heading's text as an item. `span` is the whole heading.
pub(super) fn read(reader: &Reader<'_>, span: &Span, text: &Span) -> Option<ItemFact> {
    let mut rest = text.clone();
    let heading = Carrier { kind: CarrierKind::Heading, span: text.clone(), state: None };
    let mut carriers: Carriers = [heading].into();
    let here = &reader.text[outline::bytes(&rest)];
    let mut mark = None;
    if let Some(found) = leading_box(here) {
        mark = Some(rest.start + 1..rest.start + 1 + found.len() as u32);
        rest.start += (here.len() - here[found.len() + 2..].trim_start().len()) as u32;
    } else if let Some(found) =
        here.strip_suffix(']').and_then(|text| text.rsplit_once('[')).map(|(_, mark)| mark)
        && leading_box(&here[here.len() - found.len() - 2..]).is_some()
    {
        // `### 1.1 Name [x]`
        let end = rest.end - 1;
        mark = Some(end - found.len() as u32..end);
        rest.end = rest.start + here[..here.len() - found.len() - 2].trim_end().len() as u32;
    }
    let before = leading_task_id(&reader.text[outline::bytes(&rest)]).filter(|_| mark.is_none());
    if let Some(id) = before
        && let Some(found) = leading_box(&reader.text[rest.start as usize + id.after..rest.end as usize])
    {
        // `### 1.1 [x] Name`
        let at = rest.start + id.after as u32 + 1;
        mark = Some(at..at + found.len() as u32);
    }
    let written = mark.as_ref().map(|mark| &reader.text[outline::bytes(mark)]);
    if let (Some(mark), Some(written)) = (&mark, written) {
        carriers.push(Carrier {
            kind: CarrierKind::Box,
            span: mark.clone(),
            state: reader.vocabulary.of_mark(written),
        });
    }
    let (kind, mut item, condition) = candidate(reader, &rest, mark.is_some())?;
    let id_end = item.id_span.as_ref().map_or(u32::MAX, |id| id.end);
    if let Some(mark) = mark.as_ref().filter(|mark| mark.start >= id_end && mark.end < item.title.end) {
        // The box between id and title, which a capital makes look like a tag.
        item.tags.retain(|tag| tag.start + 1 != mark.start);
        let after = &reader.text[mark.end as usize + 1..item.title.end as usize];
        item.title.start = item.title.end - after.trim_start().len() as u32;
    }
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
        dash: written == Some("-"),
        parent: None,
        optional: item.optional,
        loose: None,
        role: None,
        suffix: item.suffix,
    })
}

/// What stands in the box that a text starts with; a digit cites a source.
fn leading_box(text: &str) -> Option<&str> {
    outline::task_mark(text).filter(|mark| !mark.starts_with(|c: char| c.is_ascii_digit()))
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
        let letters =
            part.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c.is_ascii_lowercase());
        matches!(letters, "T" | "TASK")
    })
}
