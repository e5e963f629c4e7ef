//! Front matter: its entries, each parsed separately so that invalid YAML in one does not affect the others, and the
//! tasks that it lists.

use std::ops::Range;

use plan_syntax::{FrontMatter, FrontMatterKind, SegmentSpan, lines::lines};
use saphyr_parser::{Event, Parser};

use crate::{
    facts::SegmentFlags,
    facts::{
        FactParent, FieldFact, ItemCondition, ItemFact, ItemKind, ReferenceFact, Relation, SegmentFacts,
        StateSource, StateSourceKind, StateSources,
    },
    field::Meaning,
    id::{Id, leading_task_id},
    reference,
    state::{self, Vocabulary},
    yaml::{self, YamlError},
};

/// A top-level entry of front matter. Ranges are bytes of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontMatterEntry {
    /// Range of the key.
    pub key: Range<usize>,
    /// Value as written, with quotes.
    pub value: Range<usize>,
    /// Parsed value: a scalar, or the items of a list joined by `, `. Empty for other values.
    pub text: String,
    /// Meaning of the key, if it is known.
    pub meaning: Option<Meaning>,
    /// Whether the first line of the entry is invalid YAML.
    pub is_invalid: bool,
}

/// The front matter of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FrontMatterEntries {
    /// Top-level entries.
    pub(crate) entries: Vec<FrontMatterEntry>,
    /// Errors of the YAML document. Each range is a line of the document, in bytes.
    pub(crate) errors: Vec<YamlError>,
}

/// Returns the top-level entries of a document's front matter. `text` is the text that contains `front`.
pub(crate) fn entries(text: &str, front: &FrontMatter) -> FrontMatterEntries {
    let separator = match front.kind {
        FrontMatterKind::Yaml => ':',
        FrontMatterKind::Toml => '=',
    };
    let mut entries: Vec<FrontMatterEntry> = Vec::new();
    for line in lines(&text[..front.content.end], front.content.start) {
        let content = &text[line.content()];
        let starts_entry =
            content.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\''));
        match content.find(separator).filter(|_| starts_entry) {
            Some(at) if content[at + 1..].is_empty() || content[at + 1..].starts_with([' ', '\t']) => {
                let value = &content[at + 1..];
                let start = line.start + at + 1 + (value.len() - value.trim_start().len());
                let key = content[..at].trim_end();
                entries.push(FrontMatterEntry {
                    key: line.start..line.start + key.len(),
                    value: start..line.start + content.trim_end().len().max(start - line.start),
                    text: String::new(),
                    meaning: Meaning::of(key.trim_matches(['"', '\''])),
                    is_invalid: false,
                });
            }
            // Continuation of the value: nested lines, list items.
            _ => {
                let is_continued = |entry: &&mut FrontMatterEntry| {
                    content.starts_with([' ', '\t', '-', ']', '}'])
                        || text[entry.value.clone()].starts_with(['[', '{', '"', '\''])
                };
                let last = entries.last_mut().filter(|_| !content.trim().is_empty());
                if let Some(last) = last.filter(is_continued) {
                    last.value.end = line.start + content.trim_end().len();
                }
            }
        }
    }
    let errors = match front.kind {
        FrontMatterKind::Yaml => mark_invalid(text, front, &mut entries),
        FrontMatterKind::Toml => Vec::new(),
    };
    for index in 0..entries.len() {
        let value = &text[entries[index].value.clone()];
        entries[index].text = match front.kind {
            FrontMatterKind::Toml => toml_text(value),
            FrontMatterKind::Yaml if entries[index].is_invalid => value.trim().to_owned(),
            FrontMatterKind::Yaml => match value.strip_prefix('*') {
                Some(anchor) => anchored_text(text, &entries[..index], anchor.trim()),
                None => YamlNode::parse(value).ok().flatten().map(|node| node.text()).unwrap_or_default(),
            },
        };
    }
    FrontMatterEntries { entries, errors }
}

/// Returns the errors of the YAML document. Marks invalid entries, and removes invalid lines from the values of other
/// entries.
fn mark_invalid(text: &str, front: &FrontMatter, entries: &mut [FrontMatterEntry]) -> Vec<YamlError> {
    let start = front.content.start;
    let content = &text[front.content.clone()];
    let entry_at = |entries: &[FrontMatterEntry], line: &Range<usize>| {
        let index = entries.partition_point(|entry| entry.key.start <= start + line.start).checked_sub(1)?;
        // The line of the key, or a line below it.
        let is_first = !text[entries[index].key.start..start + line.start].contains(['\n', '\r']);
        Some((index, is_first))
    };
    let mut errors = yaml::errors(content, |line| match entry_at(entries, line) {
        Some((index, true)) => {
            let entry = &entries[index];
            Some(entry.key.start - start..entry.value.end.max(entry.key.end) - start)
        }
        _ => None,
    });
    for error in &mut errors {
        match entry_at(entries, &error.range) {
            Some((index, true)) => entries[index].is_invalid = true,
            Some((index, false)) => {
                let entry = &mut entries[index];
                let above = text[..start + error.range.start].trim_end().len();
                entry.value.end = entry.value.end.min(above.max(entry.value.start));
            }
            None => {}
        }
        error.range = start + error.range.start..start + error.range.end;
    }
    errors
}

/// Returns the text of the value with this anchor: `&name value`.
fn anchored_text(text: &str, entries: &[FrontMatterEntry], anchor: &str) -> String {
    let value = entries.iter().rev().find_map(|entry| {
        let (name, value) = text[entry.value.clone()].strip_prefix('&')?.split_once(char::is_whitespace)?;
        (name == anchor).then_some(value)
    });
    let node = value.and_then(|value| YamlNode::parse(value).ok().flatten());
    node.map(|node| node.text()).unwrap_or_default()
}

/// Returns the ranges of the spaces after the `---` delimiters of a block that would be front matter without these
/// spaces. Some tools parse such a block as front matter; Markdown parses it as a thematic break and a heading.
pub fn spaces_after_delimiters(text: &str) -> Vec<Range<usize>> {
    let mut all = lines(text, 0);
    let is_delimiter = |line: &str| line.trim_end_matches([' ', '\t']) == "---";
    let Some(open) = all.next().filter(|line| is_delimiter(&text[line.content()])) else { return Vec::new() };
    let Some(close) = all.take(MAX_FRONT_MATTER_LINES).find(|line| is_delimiter(&text[line.content()]))
    else {
        return Vec::new();
    };
    let blanks: Vec<Range<usize>> = [open, close]
        .into_iter()
        .map(|line| line.start + 3..line.content().end)
        .filter(|range| !range.is_empty())
        .collect();
    let yaml = &text[open.next..close.start];
    let has_keys = yaml.lines().any(|line| {
        let key = line.split_once(':').map_or("", |(key, _)| key);
        !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
    });
    let is_yaml = has_keys
        && !yaml.lines().any(|line| line.trim().is_empty())
        && yaml::first_yaml_error(yaml).is_none();
    if is_yaml { blanks } else { Vec::new() }
}

/// Returns the range of the fields of front matter whose closing delimiter is missing: the lines between the opening
/// delimiter and the first blank line or heading. The fields are valid YAML, and a heading follows. The
/// result is right only for documents without valid front matter.
pub fn unclosed_front_matter(text: &str) -> Option<Range<usize>> {
    let mut all = lines(text, if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    let open = all.next().filter(|line| &text[line.content()] == "---")?;
    let is_heading = |line: &str| {
        let title = line.trim_start_matches('#');
        (1..=6).contains(&(line.len() - title.len())) && title.starts_with(' ')
    };
    let mut all = all.take(MAX_FRONT_MATTER_LINES);
    let end = all.find(|line| {
        let written = &text[line.content()];
        written.trim().is_empty() || is_heading(written) || written == "---"
    })?;
    let fields = open.next..end.start;
    let next = std::iter::once(end).chain(all).find(|line| !text[line.content()].trim().is_empty())?;
    let is_key = |line: &&str| {
        line.split_once(':').is_some_and(|(key, _)| {
            key.starts_with(char::is_alphabetic)
                && key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '))
        })
    };
    let is_fields = text[fields.clone()].lines().next().as_ref().is_some_and(is_key)
        && text[fields.clone()].lines().filter(is_key).nth(1).is_some()
        && yaml::first_yaml_error(&text[fields.clone()]).is_none();
    if !is_fields || !is_heading(&text[next.content()]) {
        return None;
    }
    Some(fields)
}

/// Maximum number of lines in which the end of front matter with spaces after its delimiters is searched for.
const MAX_FRONT_MATTER_LINES: usize = 100;

/// Returns a TOML value as text, without quotes and comment, list items joined by `, `.
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

/// A YAML value with its byte range.
#[derive(Debug)]
enum YamlNode {
    Scalar { text: String, range: Range<usize> },
    Sequence { items: Vec<YamlNode>, range: Range<usize> },
    Mapping { entries: Vec<(YamlNode, YamlNode)>, range: Range<usize> },
}

/// Maximum nesting depth of a value.
const MAX_YAML_DEPTH: usize = 32;

impl YamlNode {
    /// Parses a value; `None` for an empty one. Errors contain their byte offset.
    fn parse(value: &str) -> Result<Option<Self>, (usize, String)> {
        // The parser counts characters.
        let offsets: Option<Vec<usize>> =
            (!value.is_ascii()).then(|| value.char_indices().map(|(at, _)| at).collect());
        let byte = |index: usize| match &offsets {
            Some(offsets) => offsets.get(index).copied().unwrap_or(value.len()),
            None => index.min(value.len()),
        };
        // Open containers, each with the key whose value follows.
        let mut open: Vec<(Self, Option<Self>)> = Vec::new();
        let mut root = None;
        for event in Parser::new_from_str(value) {
            let (event, span) =
                event.map_err(|error| (byte(error.marker().index()), error.info().to_owned()))?;
            let start = byte(span.start.index());
            let complete = match event {
                Event::Scalar(text, ..) => {
                    let end = byte(span.end.index()).max(start);
                    let end = start + value[start..end].trim_end().len();
                    Some(Self::Scalar { text: text.into_owned(), range: start..end })
                }
                Event::Alias(..) => Some(Self::Scalar { text: String::new(), range: start..start }),
                Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= MAX_YAML_DEPTH => {
                    return Err((start, "values are nested too deeply".into()));
                }
                Event::SequenceStart(..) => {
                    open.push((Self::Sequence { items: Vec::new(), range: start..start }, None));
                    None
                }
                Event::MappingStart(..) => {
                    open.push((Self::Mapping { entries: Vec::new(), range: start..start }, None));
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop().map(|(node, _)| node.with_value_end(value, byte(span.end.index())))
                }
                _ => None,
            };
            let Some(node) = complete else { continue };
            match open.last_mut() {
                Some((Self::Sequence { items, .. }, _)) => items.push(node),
                Some((Self::Mapping { entries, .. }, key)) => match key.take() {
                    Some(key) => entries.push((key, node)),
                    None => *key = Some(node),
                },
                _ => root = Some(node),
            }
        }
        Ok(root)
    }

    /// Returns the scalar, or the scalars of a sequence joined by `, `; empty for a mapping.
    fn text(&self) -> String {
        match self {
            Self::Scalar { text, .. } => text.clone(),
            Self::Sequence { items, .. } => {
                let texts: Vec<String> =
                    items.iter().map(Self::text).filter(|text| !text.is_empty()).collect();
                texts.join(", ")
            }
            Self::Mapping { .. } => String::new(),
        }
    }

    /// Sets the end of a sequence or mapping: its closing bracket, or the end of its last value. `event_end` is the end of
    /// the parser event.
    fn with_value_end(mut self, text: &str, event_end: usize) -> Self {
        let last_end = match &self {
            Self::Scalar { range, .. } => range.end,
            Self::Sequence { items, range } => items.last().map_or(range.start, |item| item.range().end),
            Self::Mapping { entries, range } => {
                entries.last().map_or(range.start, |(_, value)| value.range().end)
            }
        };
        let has_bracket = text[..event_end.min(text.len())].ends_with([']', '}']);
        if let Self::Sequence { range, .. } | Self::Mapping { range, .. } = &mut self {
            range.end = if has_bracket { event_end.max(last_end) } else { last_end };
        }
        self
    }

    fn range(&self) -> Range<usize> {
        match self {
            Self::Scalar { range, .. } | Self::Sequence { range, .. } | Self::Mapping { range, .. } => {
                range.clone()
            }
        }
    }
}

/// Returns the tasks that front matter lists under `tasks`, or under `todos` as in Cursor plans. The facts are those of
/// the prologue segment, so spans are relative to the start of the document.
pub(crate) fn facts(text: &str, front: &FrontMatter, vocabulary: &Vocabulary) -> SegmentFacts {
    let mut facts = SegmentFacts::default();
    if front.kind != FrontMatterKind::Yaml {
        return facts;
    }
    for entry in entries(text, front).entries {
        if !matches!(&text[entry.key.clone()], "tasks" | "todos") {
            continue;
        }
        let Ok(Some(YamlNode::Sequence { items, .. })) = YamlNode::parse(&text[entry.value.clone()]) else {
            continue;
        };
        for item in &items {
            if let YamlNode::Mapping { entries, range } = item {
                task(&mut facts, text, entry.value.start, entries, range.clone(), vocabulary);
            }
        }
    }
    for item in &mut facts.items {
        item.state = crate::facts::state_of(&item.state_sources);
    }
    facts.flags = SegmentFlags::of_items(&facts);
    facts.sort_fields();
    facts
}

fn task(
    facts: &mut SegmentFacts,
    text: &str,
    offset: usize,
    entries: &[(YamlNode, YamlNode)],
    range: Range<usize>,
    vocabulary: &Vocabulary,
) {
    let span_of = |range: &Range<usize>| (offset + range.start) as u32..(offset + range.end) as u32;
    let find = |keys: &[&str]| {
        entries.iter().find_map(|(key, value)| match (key, value) {
            (YamlNode::Scalar { text: key, .. }, YamlNode::Scalar { text, range })
                if keys.contains(&key.as_str()) =>
            {
                Some((text.as_str(), range))
            }
            _ => None,
        })
    };
    let Some((id_text, id_range)) = find(&["id", "task_id", "task"]) else { return };
    let leading =
        leading_task_id(id_text, vocabulary.nouns()).filter(|leading| leading.range.end == id_text.len());
    let id = leading.map_or_else(|| Id::task(id_text), |leading| leading.id);
    let title = find(&["title", "name", "description", "content"]).map_or(id_range, |(_, range)| range);
    let mut state_sources = StateSources::new();
    if let Some((status, range)) =
        find(&["status", "state"]).filter(|(status, _)| !state::is_unfilled(status))
    {
        let state = vocabulary.of_value(status);
        state_sources.push(StateSource { kind: StateSourceKind::FrontMatter, span: span_of(range), state });
    } else {
        state_sources.push(StateSource {
            kind: StateSourceKind::FrontMatter,
            span: span_of(id_range),
            state: None,
        });
    }
    let index = facts.items.len() as u32;
    let span = span_of(&range);
    let line_end =
        text[span.start as usize..].find(['\n', '\r']).map_or(text.len(), |at| span.start as usize + at);
    facts.items.push(ItemFact {
        phase: None,
        kind: ItemKind::Task,
        form: StateSourceKind::FrontMatter,
        condition: ItemCondition::OnlyOccurrence,
        line: span.start..(line_end as u32).min(span.end.max(span.start)),
        span,
        title: unquoted(text, span_of(title)),
        id: Some(id),
        id_span: Some(unquoted(text, span_of(id_range))),
        ambiguous_id: false,
        tags: Vec::new(),
        state_sources,
        state: None,
        dash: false,
        unfilled: false,
        parent: None,
        optional: false,
        malformed: None,
        role: None,
        suffix: None,
    });
    for (key, value) in entries {
        let YamlNode::Scalar { text: name, range: key_range } = key else { continue };
        let meaning = vocabulary.meaning_of(name);
        let value_span = span_of(&match value {
            // Exclude the brackets.
            YamlNode::Sequence { items, range } => match (items.first(), items.last()) {
                (Some(first), Some(last)) if meaning != Some(Meaning::DependsOn) => {
                    first.range().start..last.range().end
                }
                _ => range.clone(),
            },
            _ => value.range(),
        });
        if meaning == Some(Meaning::DependsOn) {
            // Block lists, flow lists and scalars are converted to the same form: items separated by commas.
            let list = value.text();
            let mut parsed =
                reference::parse_with(if list.is_empty() { "[]" } else { &list }, vocabulary.nouns());
            for name in &mut parsed.names {
                name.range = 0..value_span.len();
            }
            facts.references.push(ReferenceFact {
                parent: FactParent::Item(index),
                subject: None,
                relation: Relation::DependsOn,
                span: value_span,
                value: parsed,
            });
        } else if meaning.is_some() {
            facts.fields.push(FieldFact {
                key: span_of(key_range),
                value: value_span,
                meaning,
                parent: FactParent::Item(index),
            });
        }
    }
}

/// Returns the span without surrounding quotes.
fn unquoted(text: &str, span: SegmentSpan) -> SegmentSpan {
    let content = &text[plan_syntax::outline::bytes(&span)];
    let is_quoted = content.len() > 1 && content.starts_with(['"', '\'']) && content.ends_with(['"', '\'']);
    if is_quoted { span.start + 1..span.end - 1 } else { span }
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    fn formatted(text: &str) -> Vec<String> {
        let front = Document::new(text).front_matter().unwrap();
        let found = entries(text, &front);
        let mut formatted: Vec<String> = found
            .entries
            .iter()
            .map(|entry| format!("{}={}", &text[entry.key.clone()], entry.text))
            .collect();
        formatted.extend(found.errors.iter().map(|error| format!("!{}", &text[error.range.clone()])));
        formatted
    }

    #[test]
    fn entries_are_parsed_separately() {
        let text = "---\ntitle: \"A: plan\"\nowner: @ada\nstatus: done # yes\ntags:\n  - a\n  - b\nai:\n  k: v\n---\n";
        let expected = ["title=A: plan", "owner=@ada", "status=done", "tags=a, b", "ai=", "!owner: @ada"];
        assert_eq!(formatted(text), expected);
    }

    #[test]
    fn front_matter_is_one_document() {
        for (front, expected) in [
            (
                "title: Shed: again\nstatus: done",
                &["title=Shed: again", "status=done", "!title: Shed: again"][..],
            ),
            ("title: x\nno colon\nstatus: y", &["title=x", "status=y", "!no colon"]),
            ("title: x\nstatus:done\nowner: y", &["title=x", "owner=y", "!status:done"]),
            ("owner: &o Ann\nreviewer: *o", &["owner=Ann", "reviewer=Ann"]),
            ("owner: *o", &["owner=*o", "!owner: *o"]),
            ("a: 1\nb: 2\na: 3", &["a=1", "b=2", "a=3", "!a: 3"]),
            ("a: \"open\nb: @x\nc: y", &["a=\"open", "b=@x", "c=y", "!a: \"open", "!b: @x"]),
            ("a: |\n  b: c: d\ne: f", &["a=b: c: d\n", "e=f"]),
        ] {
            assert_eq!(formatted(&format!("---\n{front}\n---\n")), expected, "{front}");
        }
    }

    #[test]
    fn blanks_after_delimiters_are_found() {
        for (text, count) in [
            ("--- \nstatus: done\n--- \n# x\n", 2),
            ("---\nstatus: done\n---\t\n# x\n", 1),
            ("---\nstatus: done\n---\n# x\n", 0),
            ("--- \n\nSome text: yes\n\n--- \n", 0),
            ("--- \nSome text\n--- \n", 0),
        ] {
            assert_eq!(spaces_after_delimiters(text).len(), count, "{text:?}");
        }
    }

    #[test]
    fn toml_values() {
        let text = "+++\ntitle = \"A = plan\"\ndate = 2026-01-02 # day\ntags = [\"a\", 'b']\n+++\n";
        assert_eq!(formatted(text), ["title=A = plan", "date=2026-01-02", "tags=a, b"]);
    }
}
