//! Fields and status of a document.

use std::{borrow::Cow, ops::Range};

use plan_syntax::{SegmentSpan, outline::bytes};

use super::{Excerpt, FactIndex, Item, Plan, ReadSegment, TextRange};
use crate::{
    facts::{Column, FactParent, HeadingFact, table_row},
    field::Meaning,
    state,
};

/// The fields of a document.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    pub(super) fields: Vec<Field<'a>>,
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = Field<'a>;
    type IntoIter = std::vec::IntoIter<Field<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.fields.into_iter()
    }
}

/// A field of the document.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// Key as written.
    pub key: String,
    /// Value: as written in the text, as parsed in front matter.
    pub value: Cow<'a, str>,
    /// Range of the key.
    pub key_range: TextRange,
    /// Range of the value.
    pub value_range: TextRange,
    /// Meaning of the key, if it is known.
    pub meaning: Option<Meaning>,
    /// Whether the field is an entry of the front matter.
    pub front_matter: bool,
}

impl Plan {
    /// Returns the fields of the document: those of the front matter and those in the title area.
    pub fn fields(&self) -> Fields<'_> {
        let mut fields: Vec<Field<'_>> = self
            .front_matter()
            .iter()
            .map(|entry| Field {
                key: self.slice(entry.key.clone()),
                value: entry.text.as_str().into(),
                key_range: entry.key.clone(),
                value_range: entry.value.clone(),
                meaning: entry.meaning,
                front_matter: true,
            })
            .collect();
        let mut h2_count = 0;
        'segments: for segment in self.segments.iter().skip(self.reformatted_front_matter()) {
            let mut in_header = h2_count == 0;
            if let Some(heading) = segment.facts.headings.first().filter(|heading| heading.level >= 2) {
                let text = segment.str(&heading.text);
                h2_count += usize::from(heading.level == 2);
                in_header = h2_count <= 2 && is_header_section(text)
                    || h2_count == 1 && heading.level == 2 && has_header_fields(segment);
                if let Some(field) = self.status_section(segment, heading).filter(|_| h2_count <= 3) {
                    fields.push(field);
                    continue;
                }
                if h2_count > 3 || heading.item.is_some() {
                    break 'segments;
                }
            }
            if in_header {
                fields.extend(
                    segment
                        .facts
                        .fields
                        .iter()
                        .filter(|field| !matches!(field.parent, FactParent::Item(_)))
                        .map(|field| match field.meaning {
                            Some(Meaning::Status) => self.status_field(segment, &field.key, &field.value),
                            meaning => segment.field(&field.key, &field.value, meaning),
                        }),
                );
            }
        }
        if fields.iter().all(|field| field.meaning != Some(Meaning::Status)) {
            fields.extend(self.recorded_status());
        }
        Fields { fields }
    }

    /// Returns the number of segments at the start that a formatter made of front matter: `---`, and a heading such as
    /// `## status: draft` instead of the last entry. The formatter has lost the boundaries of the entries.
    fn reformatted_front_matter(&self) -> usize {
        let Some(first) = self.segments.first().filter(|segment| !segment.source.is_prologue()) else {
            return 0;
        };
        let Some(start) = self.segments.iter().position(|segment| !segment.facts.headings.is_empty()) else {
            return 0;
        };
        let segment = &self.segments[start];
        let heading = &segment.facts.headings[0];
        let is_entry = |title: &str| {
            title.split_once(": ").is_some_and(|(key, _)| {
                key.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-'))
            })
        };
        let is_reformatted = heading.level == 2
            && is_entry(segment.str(&heading.text))
            && first.content(&self.document).text.lines().next() == Some("---");
        if is_reformatted { start + 1 } else { 0 }
    }

    /// Returns the status in the record at the end of a story: `## Dev Agent Record` with `### Status` and a paragraph.
    fn recorded_status(&self) -> Option<Field<'_>> {
        let with_heading = self.segments.iter().enumerate().rev().take(MAX_RECORD_SEGMENTS);
        let mut titles = with_heading.filter_map(|(at, segment)| {
            let heading = segment.facts.headings.first().filter(|heading| heading.level == 2)?;
            Some((at, segment.str(&heading.text).trim()))
        });
        let (record, _) = titles.find(|(_, title)| title.eq_ignore_ascii_case("dev agent record"))?;
        let headings = self.segments[record + 1..].iter().map_while(|segment| {
            let heading = segment.facts.headings.first()?;
            (heading.level > 2).then_some((segment, heading))
        });
        headings.into_iter().find_map(|(segment, heading)| self.status_section(segment, heading))
    }

    /// Returns the fields of the document and of all its sections, without those of items and front matter.
    pub fn section_fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.segments.iter().flat_map(|segment| {
            let own = segment.facts.fields.iter().filter(|_| !segment.source.is_prologue());
            let own = own.filter(|field| match field.parent {
                FactParent::Item(_) => false,
                FactParent::Heading(heading) => segment.facts.headings[heading as usize].item.is_none(),
                FactParent::Text => true,
            });
            own.map(|field| segment.field(&field.key, &field.value, field.meaning))
        })
    }

    /// Returns the first field with this meaning that is filled in.
    pub fn field(&self, meaning: Meaning) -> Option<Field<'_>> {
        self.fields()
            .fields
            .into_iter()
            .find(|field| field.meaning == Some(meaning) && !state::is_unfilled(&field.value))
    }

    /// Returns the values of all fields with this meaning in document order, including those of phases and tasks.
    /// Excludes top-level entries of the front matter and empty values.
    pub fn field_values(&self, meaning: Meaning) -> impl Iterator<Item = Excerpt<'_>> {
        self.segments.iter().flat_map(move |segment| {
            let fields = segment.facts.fields.iter();
            let matching =
                fields.filter(move |field| field.meaning == Some(meaning) && !field.value.is_empty());
            matching.map(move |field| segment.excerpt(&field.value))
        })
    }

    /// Returns the status field: the first with a known value, otherwise the first.
    pub fn status(&self) -> Option<Field<'_>> {
        self.status_among(self.fields())
    }

    pub(crate) fn status_among<'a>(&self, fields: Fields<'a>) -> Option<Field<'a>> {
        let statuses: Vec<Field<'_>> =
            fields.fields.into_iter().filter(|field| field.meaning == Some(Meaning::Status)).collect();
        let index = statuses.iter().position(|field| self.state_of(&field.value).is_some()).unwrap_or(0);
        statuses.into_iter().nth(index)
    }

    /// Reads `## Status: Done`, or `## Status` with a paragraph below, as a field.
    fn status_section<'a>(&'a self, segment: &'a ReadSegment, heading: &HeadingFact) -> Option<Field<'a>> {
        let text = segment.str(&heading.text);
        let (key, value) = text.split_once(':').unwrap_or((text, ""));
        if self.vocabulary.meaning_of(key)? != Meaning::Status {
            return None;
        }
        let key_span = heading.text.start..heading.text.start + key.len() as u32;
        if !value.trim().is_empty() {
            let start = heading.text.end - value.trim_start().len() as u32;
            return Some(segment.field(&key_span, &(start..heading.text.end), Some(Meaning::Status)));
        }
        let content = segment.content(&self.document);
        let paragraph = content
            .outline
            .roots()
            .find(|root| content.outline.blocks[*root].span.start > heading.span.start)?;
        if !matches!(content.outline.blocks[paragraph].kind, plan_syntax::BlockKind::Paragraph) {
            return None;
        }
        let line = content.outline.inline(paragraph).next()?;
        Some(self.status_field(segment, &key_span, line))
    }

    /// Returns a status field with the lines on which its value continues.
    fn status_field<'a>(
        &'a self,
        segment: &'a ReadSegment,
        key: &SegmentSpan,
        value: &SegmentSpan,
    ) -> Field<'a> {
        let mut field = segment.field(key, value, Some(Meaning::Status));
        let content = segment.content(&self.document);
        let end = end_of_sentence(&content.text, bytes(value));
        if end > value.end as usize {
            let lines = &content.text[value.start as usize..end];
            // The replacement keeps all offsets.
            field.value = lines.replace(['\n', '\r'], " ").into();
            field.value_range = segment.range(&(value.start..end as u32));
        }
        field
    }
}

/// Maximum number of sections at the end of a document that are searched for a record.
const MAX_RECORD_SEGMENTS: usize = 24;
/// Maximum number of lines of a status value.
const MAX_STATUS_LINES: usize = 5;

/// Returns the end of a value, which continues on the next line in the middle of a sentence or of parentheses.
fn end_of_sentence(text: &str, value: Range<usize>) -> usize {
    let (start, mut end) = (value.start, value.end);
    for _ in 1..MAX_STATUS_LINES {
        let value_so_far = &text[start..end];
        let Some(rest) = text[end..].strip_prefix('\r').unwrap_or(&text[end..]).strip_prefix('\n') else {
            break;
        };
        let line = rest.lines().next().unwrap_or_default().trim_end();
        let words = line.trim_start();
        let is_open = value_so_far.matches('(').count() > value_so_far.matches(')').count();
        let goes_on = !value_so_far.ends_with(['.', '!', '?', ':', '。', '*', '|'])
            && words.starts_with(|c: char| c.is_lowercase() || matches!(c, '`' | '('))
            && words.split_once(':').is_none_or(|(key, _)| key.split_whitespace().count() >= 3);
        let is_block = words.is_empty() || words.starts_with(['#', '>', '|', '-', '*', '+', '<', '~']);
        if is_block || words.starts_with("```") || !(is_open || goes_on) || !value_so_far.contains(' ') {
            break;
        }
        end = text.len() - rest.len() + line.len();
    }
    end
}

/// Returns whether a section contains the document's fields, regardless of its title: a status and a person or date.
fn has_header_fields(segment: &ReadSegment) -> bool {
    let has = |wanted: &[Meaning]| {
        segment
            .facts
            .fields
            .iter()
            .any(|field| field.meaning.is_some_and(|meaning| wanted.contains(&meaning)))
    };
    segment.facts.items.is_empty()
        && has(&[Meaning::Status])
        && has(&[
            Meaning::Author,
            Meaning::Owner,
            Meaning::Date,
            Meaning::Created,
            Meaning::Start,
            Meaning::Updated,
        ])
}

/// Returns whether the title of an H2 section is typical of sections with the document's fields.
fn is_header_section(title: &str) -> bool {
    let title = title.to_lowercase();
    ["metadata", "status", "overview", "header", "information", "info", "summary", "details"]
        .iter()
        .any(|word| title.contains(word))
}

impl<'a> Item<'a> {
    /// Returns the fields of the item, followed by those of the task in the front matter and of its table row.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> {
        let parent = match self.entry().fact_index {
            FactIndex::Heading(heading) => FactParent::Heading(heading),
            FactIndex::Item(item) => FactParent::Item(item),
        };
        let front = self
            .entry()
            .front_matter
            .map(FactParent::Item)
            .and_then(|parent| Some((self.plan.segments.first()?, parent)));
        let cells = self.cells();
        [Some((self.segment(), parent)), front]
            .into_iter()
            .flatten()
            .flat_map(|(segment, parent)| {
                segment.facts.fields_of(parent).map(|field| match segment.source.is_prologue() {
                    true => segment.front_matter_field(&field.key, &field.value, field.meaning),
                    false => segment.field(&field.key, &field.value, field.meaning),
                })
            })
            .chain(cells)
    }

    /// Returns the cells of the item's table row as fields.
    fn cells(&self) -> Vec<Field<'a>> {
        let Some(fact) = self.fact() else { return Vec::new() };
        let segment = self.segment();
        let table = segment.facts.tables.iter().find(|table| {
            table.span.start <= fact.span.start && fact.span.end <= table.span.end && fact.line == fact.span
        });
        let (Some(table), Some(content)) = (table, segment.source.content()) else { return Vec::new() };
        let Some(cells) = table_row(&content.outline, table.block, &fact.span) else {
            return Vec::new();
        };
        let meaning = |column: &Column| match column {
            Column::Owner => Some(Meaning::Owner),
            Column::Estimate => Some(Meaning::Estimate),
            Column::Date => Some(Meaning::Due),
            Column::Start => Some(Meaning::Start),
            Column::End => Some(Meaning::End),
            Column::DependsOn => Some(Meaning::DependsOn),
            _ => None,
        };
        let fields =
            table.columns.iter().zip(&cells).filter_map(|(column, cell)| Some((meaning(column)?, cell)));
        fields.map(|(meaning, cell)| segment.field(cell, cell, Some(meaning))).collect()
    }

    /// Returns the first filled field with this meaning.
    pub fn field(&self, meaning: Meaning) -> Option<Field<'a>> {
        self.filled_fields().find(|field| field.meaning == Some(meaning))
    }

    /// Returns the first filled field with this meaning, otherwise that of the nearest ancestor with one.
    pub fn inherited_field(&self, meaning: Meaning) -> Option<Field<'a>> {
        std::iter::once(*self).chain(self.ancestors()).find_map(|item| item.field(meaning))
    }

    /// Returns the fields whose values are neither empty nor unfilled placeholders.
    pub fn filled_fields(&self) -> impl Iterator<Item = Field<'a>> {
        self.fields().filter(|field| !field.value.is_empty() && !is_placeholder(&field.value))
    }
}

/// Returns whether a value is an unfilled placeholder: `[Name]`, `[Hours/Days]`, a list of options, a date pattern.
fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    state::is_unfilled(value)
        || value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).is_some_and(|inner| {
            inner.contains(|c: char| c.is_lowercase()) && !inner.contains(['[', ']', ',', '"'])
        })
}
