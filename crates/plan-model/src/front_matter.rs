//! Front matter: its fields, each read on its own so that one that is no YAML costs only itself, and the tasks listed in
//! it.

use std::ops::Range;

use plan_syntax::{FrontMatter, FrontMatterKind, Span, lines::lines};
use saphyr_parser::{Event, Parser};

use crate::{
    facts::Traits,
    facts::{
        Carrier, CarrierKind, Carriers, Condition, FieldFact, ItemFact, ItemKind, Owner, ReferenceFact,
        Relation, SegmentFacts,
    },
    field::Meaning,
    id::{Id, leading_task_id},
    reference,
    state::{self, Vocabulary},
};

/// A top-level entry of front matter. Ranges are bytes of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Range<usize>,
    /// The value as written, with quotes.
    pub value: Range<usize>,
    /// The value as YAML reads it: one scalar, or the items of a list joined by `, `. Empty for what is neither.
    pub text: String,
    /// What the key means, if it is known.
    pub meaning: Option<Meaning>,
    /// Why the value is no YAML, with the byte it was noticed at.
    pub error: Option<(usize, String)>,
}

/// The top-level entries of a document's front matter. `text` is the text that `front` was found in.
pub(crate) fn entries(text: &str, front: &FrontMatter) -> Vec<Entry> {
    let separator = match front.kind {
        FrontMatterKind::Yaml => ':',
        FrontMatterKind::Toml => '=',
    };
    let mut entries: Vec<Entry> = Vec::new();
    for line in lines(&text[..front.content.end], front.content.start) {
        let content = &text[line.content()];
        let starts_entry =
            content.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\''));
        match content.find(separator).filter(|_| starts_entry) {
            Some(at) if content[at + 1..].is_empty() || content[at + 1..].starts_with([' ', '\t']) => {
                let value = &content[at + 1..];
                let start = line.start + at + 1 + (value.len() - value.trim_start().len());
                let key = content[..at].trim_end();
                entries.push(Entry {
                    key: line.start..line.start + key.len(),
                    value: start..line.start + content.trim_end().len().max(start - line.start),
                    text: String::new(),
                    meaning: Meaning::of(key.trim_matches(['"', '\''])),
                    error: None,
                });
            }
            // A continued value: nested lines, list items.
            _ => {
                if let Some(last) = entries.last_mut().filter(|_| !content.trim().is_empty()) {
                    last.value.end = line.start + content.trim_end().len();
                }
            }
        }
    }
    for entry in &mut entries {
        let value = &text[entry.value.clone()];
        match (front.kind, Node::read(value)) {
            (FrontMatterKind::Toml, _) => entry.text = toml_text(value),
            (FrontMatterKind::Yaml, Ok(node)) => {
                entry.text = node.map(|node| node.text()).unwrap_or_default()
            }
            (FrontMatterKind::Yaml, Err((at, error))) => {
                entry.text = value.trim().to_owned();
                entry.error = Some((entry.value.start + at, error));
            }
        }
    }
    entries
}

/// A TOML value as text: without quotes and comment, a list's items joined by `, `.
fn toml_text(value: &str) -> String {
    let value = value.trim();
    if let Some(list) = value.strip_prefix('[') {
        let items = list.split([',', ']']).map(|item| item.trim().trim_matches(['"', '\'']));
        return items.filter(|item| !item.is_empty()).collect::<Vec<_>>().join(", ");
    }
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or_default().to_owned();
        }
    }
    value.split(" #").next().unwrap_or_default().trim().to_owned()
}

/// A YAML value with the bytes that it was read from.
#[derive(Debug)]
enum Node {
    Scalar { text: String, range: Range<usize> },
    List { items: Vec<Node>, range: Range<usize> },
    Map { entries: Vec<(Node, Node)>, range: Range<usize> },
}

/// A value may not nest deeper.
const DEPTH: usize = 32;

impl Node {
    /// Reads a value; nothing for an empty one. An error comes with its byte.
    fn read(value: &str) -> Result<Option<Self>, (usize, String)> {
        // Markers count characters.
        let offsets: Option<Vec<usize>> =
            (!value.is_ascii()).then(|| value.char_indices().map(|(at, _)| at).collect());
        let byte = |index: usize| match &offsets {
            Some(offsets) => offsets.get(index).copied().unwrap_or(value.len()),
            None => index.min(value.len()),
        };
        // What is open: the container with the key that waits for its value.
        let mut open: Vec<(Self, Option<Self>)> = Vec::new();
        let mut root = None;
        for event in Parser::new_from_str(value) {
            let (event, span) =
                event.map_err(|error| (byte(error.marker().index()), error.info().to_owned()))?;
            let start = byte(span.start.index());
            let done = match event {
                Event::Scalar(text, ..) => {
                    let end = byte(span.end.index()).max(start);
                    let end = start + value[start..end].trim_end().len();
                    Some(Self::Scalar { text: text.into_owned(), range: start..end })
                }
                Event::Alias(..) => Some(Self::Scalar { text: String::new(), range: start..start }),
                Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEPTH => {
                    return Err((start, "values nest too deeply".into()));
                }
                Event::SequenceStart(..) => {
                    open.push((Self::List { items: Vec::new(), range: start..start }, None));
                    None
                }
                Event::MappingStart(..) => {
                    open.push((Self::Map { entries: Vec::new(), range: start..start }, None));
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop().map(|(node, _)| node.closed(value, byte(span.end.index())))
                }
                _ => None,
            };
            let Some(node) = done else { continue };
            match open.last_mut() {
                Some((Self::List { items, .. }, _)) => items.push(node),
                Some((Self::Map { entries, .. }, key)) => match key.take() {
                    Some(key) => entries.push((key, node)),
                    None => *key = Some(node),
                },
                _ => root = Some(node),
            }
        }
        Ok(root)
    }

    /// One scalar, or the scalars of a list joined by `, `; empty for a map.
    fn text(&self) -> String {
        match self {
            Self::Scalar { text, .. } => text.clone(),
            Self::List { items, .. } => {
                let texts: Vec<String> =
                    items.iter().map(Self::text).filter(|text| !text.is_empty()).collect();
                texts.join(", ")
            }
            Self::Map { .. } => String::new(),
        }
    }

    /// Sets the end of a list or map: its closing bracket, or the end of its last value.
    fn closed(mut self, text: &str, event: usize) -> Self {
        let last = match &self {
            Self::Scalar { range, .. } => range.end,
            Self::List { items, range } => items.last().map_or(range.start, |item| item.range().end),
            Self::Map { entries, range } => {
                entries.last().map_or(range.start, |(_, value)| value.range().end)
            }
        };
        let bracket = text[..event.min(text.len())].ends_with([']', '}']);
        if let Self::List { range, .. } | Self::Map { range, .. } = &mut self {
            range.end = if bracket { event.max(last) } else { last };
        }
        self
    }

    fn range(&self) -> Range<usize> {
        match self {
            Self::Scalar { range, .. } | Self::List { range, .. } | Self::Map { range, .. } => range.clone(),
        }
    }
}

/// The tasks that front matter lists under `tasks`, as facts of the segment that it stands in, which starts the document.
pub(crate) fn facts(text: &str, front: &FrontMatter, vocabulary: &Vocabulary) -> SegmentFacts {
    let mut facts = SegmentFacts::default();
    if front.kind != FrontMatterKind::Yaml {
        return facts;
    }
    for entry in entries(text, front) {
        if &text[entry.key.clone()] != "tasks" {
            continue;
        }
        let Ok(Some(Node::List { items, .. })) = Node::read(&text[entry.value.clone()]) else { continue };
        for item in &items {
            if let Node::Map { entries, range } = item {
                task(&mut facts, text, entry.value.start, entries, range.clone(), vocabulary);
            }
        }
    }
    for item in &mut facts.items {
        item.state = crate::facts::state_of(&item.carriers);
    }
    facts.traits = Traits::of_items(&facts);
    facts.sort_fields();
    facts
}

fn task(
    facts: &mut SegmentFacts,
    text: &str,
    offset: usize,
    entries: &[(Node, Node)],
    range: Range<usize>,
    vocabulary: &Vocabulary,
) {
    let place = |range: &Range<usize>| (offset + range.start) as u32..(offset + range.end) as u32;
    let find = |keys: &[&str]| {
        entries.iter().find_map(|(key, value)| match (key, value) {
            (Node::Scalar { text: key, .. }, Node::Scalar { text, range })
                if keys.contains(&key.as_str()) =>
            {
                Some((text.as_str(), range))
            }
            _ => None,
        })
    };
    let Some((written, id_range)) = find(&["id", "task_id", "task"]) else { return };
    let read = leading_task_id(written).filter(|found| found.range.end == written.len());
    let id = read.map_or_else(|| Id::task(written), |found| found.id);
    let title = find(&["title", "name", "description"]).map_or(id_range, |(_, range)| range);
    let mut carriers = Carriers::new();
    if let Some((status, range)) =
        find(&["status", "state"]).filter(|(status, _)| !state::is_unfilled(status))
    {
        let state = vocabulary.of_value(status);
        carriers.push(Carrier { kind: CarrierKind::FrontMatter, span: place(range), state });
    } else {
        carriers.push(Carrier { kind: CarrierKind::FrontMatter, span: place(id_range), state: None });
    }
    let index = facts.items.len() as u32;
    let span = place(&range);
    let line_end =
        text[span.start as usize..].find(['\n', '\r']).map_or(text.len(), |at| span.start as usize + at);
    facts.items.push(ItemFact {
        kind: ItemKind::Task,
        form: CarrierKind::FrontMatter,
        condition: Condition::NoOther,
        line: span.start..(line_end as u32).min(span.end.max(span.start)),
        span,
        title: unquoted(text, place(title)),
        id: Some(id),
        id_span: Some(unquoted(text, place(id_range))),
        unsure_id: false,
        tags: Vec::new(),
        carriers,
        state: None,
        dash: false,
        parent: None,
        optional: false,
        loose: None,
        role: None,
        suffix: None,
    });
    for (key, value) in entries {
        let Node::Scalar { text: name, range: key_range } = key else { continue };
        let meaning = Meaning::of(name);
        let value_span = place(&match value {
            // Only what stands between the brackets.
            Node::List { items, range } => match (items.first(), items.last()) {
                (Some(first), Some(last)) if meaning != Some(Meaning::DependsOn) => {
                    first.range().start..last.range().end
                }
                _ => range.clone(),
            },
            _ => value.range(),
        });
        if meaning == Some(Meaning::DependsOn) {
            // A list item without its dash, a flow list, one scalar: the grammar reads them alike.
            let list = value.text();
            let mut read = reference::read(if list.is_empty() { "[]" } else { &list });
            for name in &mut read.names {
                name.range = 0..value_span.len();
            }
            facts.references.push(ReferenceFact {
                owner: Owner::Item(index),
                subject: None,
                relation: Relation::DependsOn,
                span: value_span,
                value: read,
            });
        } else if meaning.is_some() {
            facts.fields.push(FieldFact {
                key: place(key_range),
                value: value_span,
                meaning,
                owner: Owner::Item(index),
            });
        }
    }
}

/// A span without the quotes around it.
fn unquoted(text: &str, span: Span) -> Span {
    let here = &text[plan_syntax::outline::bytes(&span)];
    let quoted = here.len() > 1 && here.starts_with(['"', '\'']) && here.ends_with(['"', '\'']);
    if quoted { span.start + 1..span.end - 1 } else { span }
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let front = Document::new(text).front_matter().unwrap();
        entries(text, &front)
            .into_iter()
            .map(|entry| {
                let error = entry.error.map(|(at, _)| format!(" !{:?}", &text[at..])).unwrap_or_default();
                format!("{}={}{}", &text[entry.key], entry.text, error.chars().take(4).collect::<String>())
            })
            .collect()
    }

    #[test]
    fn entries_stand_alone() {
        let text = "---\ntitle: \"A: plan\"\nowner: @ada\nstatus: done # yes\ntags:\n  - a\n  - b\nai:\n  k: v\n---\n";
        assert_eq!(shown(text), ["title=A: plan", "owner=@ada !\"@", "status=done", "tags=a, b", "ai="]);
    }

    #[test]
    fn toml() {
        let text = "+++\ntitle = \"A = plan\"\ndate = 2026-01-02 # day\ntags = [\"a\", 'b']\n+++\n";
        assert_eq!(shown(text), ["title=A = plan", "date=2026-01-02", "tags=a, b"]);
    }
}
