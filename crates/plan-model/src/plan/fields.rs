//! The fields of a document, and its status.

use std::borrow::Cow;

use super::{Piece, Place, Plan, Written};
use crate::{
    facts::{HeadingFact, Owner},
    field::Meaning,
    state,
};

/// The fields of a document.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    pub(super) found: Vec<Field<'a>>,
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = Field<'a>;
    type IntoIter = std::vec::IntoIter<Field<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

/// A field of the document.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// The key as written.
    pub key: String,
    /// The value: as written in the text, as YAML reads it in front matter.
    pub value: Cow<'a, str>,
    /// Where the key stands.
    pub key_range: Place,
    /// Where the value stands.
    pub value_range: Place,
    /// What the key means, if it is known.
    pub meaning: Option<Meaning>,
    /// Whether it is an entry of the front matter.
    pub front_matter: bool,
}

impl Plan {
    /// The fields of the document: front matter, and those above its first work.
    pub fn fields(&self) -> Fields<'_> {
        let mut found: Vec<Field<'_>> = self
            .front_matter
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
        let mut h2 = 0;
        'pieces: for piece in &self.pieces {
            let mut header = h2 == 0;
            if let Some(heading) = piece.facts.headings.first().filter(|heading| heading.level >= 2) {
                let text = piece.str(&heading.text);
                h2 += usize::from(heading.level == 2);
                header = h2 <= 2 && is_header_section(text)
                    || h2 == 1 && heading.level == 2 && holds_header(piece);
                if let Some(field) = self.status_section(piece, heading).filter(|_| h2 <= 3) {
                    found.push(field);
                    continue;
                }
                if h2 > 3 || heading.item.is_some() {
                    break 'pieces;
                }
            }
            if header {
                found.extend(
                    piece
                        .facts
                        .fields
                        .iter()
                        .filter(|field| !matches!(field.owner, Owner::Item(_)))
                        .map(|field| piece.field(&field.key, &field.value, field.meaning)),
                );
            }
        }
        Fields { found }
    }

    /// The fields of the document and of its sections, wherever they stand; not those of items.
    pub fn section_fields(&self) -> impl Iterator<Item = Field<'_>> {
        self.pieces.iter().flat_map(|piece| {
            let own = piece.facts.fields.iter().filter(|_| !piece.segment.is_prologue());
            let own = own.filter(|field| match field.owner {
                Owner::Item(_) => false,
                Owner::Heading(heading) => piece.facts.headings[heading as usize].item.is_none(),
                Owner::Text => true,
            });
            own.map(|field| piece.field(&field.key, &field.value, field.meaning))
        })
    }

    /// The first field of a meaning that has a value.
    pub fn field(&self, meaning: Meaning) -> Option<Field<'_>> {
        self.fields()
            .found
            .into_iter()
            .find(|field| field.meaning == Some(meaning) && !state::is_unfilled(&field.value))
    }

    /// The values of all fields of a meaning in document order, whoever they belong to: those of phases and tasks, too.
    /// Entries of the front matter itself are left out, and so are empty values.
    pub fn written(&self, meaning: Meaning) -> impl Iterator<Item = Written<'_>> {
        self.pieces.iter().flat_map(move |piece| {
            let fields = piece.facts.fields.iter();
            let meant = fields.filter(move |field| field.meaning == Some(meaning) && !field.value.is_empty());
            meant.map(move |field| piece.written(&field.value))
        })
    }

    /// The status field: the first whose value is known, else the first.
    pub fn status(&self) -> Option<Field<'_>> {
        self.status_among(self.fields())
    }

    pub(crate) fn status_among<'a>(&self, fields: Fields<'a>) -> Option<Field<'a>> {
        let statuses: Vec<Field<'_>> =
            fields.found.into_iter().filter(|field| field.meaning == Some(Meaning::Status)).collect();
        let known = statuses.iter().position(|field| self.state_of(&field.value).is_some()).unwrap_or(0);
        statuses.into_iter().nth(known)
    }

    /// `## Status: Done`, or `## Status` with a paragraph below.
    fn status_section<'a>(&'a self, piece: &'a Piece, heading: &HeadingFact) -> Option<Field<'a>> {
        let text = piece.str(&heading.text);
        let (key, value) = text.split_once(':').unwrap_or((text, ""));
        if Meaning::of(key)? != Meaning::Status {
            return None;
        }
        let key_span = heading.text.start..heading.text.start + key.len() as u32;
        if !value.trim().is_empty() {
            let start = heading.text.end - value.trim_start().len() as u32;
            return Some(piece.field(&key_span, &(start..heading.text.end), Some(Meaning::Status)));
        }
        let content = piece.segment_content(&self.document);
        let paragraph = content
            .outline
            .roots()
            .find(|root| content.outline.blocks[*root].span.start > heading.span.start)?;
        if !matches!(content.outline.blocks[paragraph].kind, plan_syntax::BlockKind::Paragraph) {
            return None;
        }
        let line = content.outline.inline(paragraph).next()?;
        Some(piece.field(&key_span, line, Some(Meaning::Status)))
    }
}

/// Whether a section under the title holds the document's fields, whatever it is called: a status and who or when.
fn holds_header(piece: &Piece) -> bool {
    let has = |wanted: &[Meaning]| {
        piece.facts.fields.iter().any(|field| field.meaning.is_some_and(|meaning| wanted.contains(&meaning)))
    };
    piece.facts.items.is_empty()
        && has(&[Meaning::Status])
        && has(&[Meaning::Author, Meaning::Owner, Meaning::Date, Meaning::Created, Meaning::Updated])
}

/// H2 sections that hold a document's fields.
fn is_header_section(title: &str) -> bool {
    let title = title.to_lowercase();
    ["metadata", "status", "overview", "header", "information", "info", "summary", "details"]
        .iter()
        .any(|word| title.contains(word))
}
