//! Facts about the text of a segment that rules use. They are cached with the segment, so that an edit reads only one
//! segment again.

use std::sync::{Arc, LazyLock};

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use plan_model::date;
use plan_syntax::{BlockKind, Content, SegmentSpan, outline::bytes};

use crate::File;

/// Facts about the text of a segment. Spans are relative to its start.
#[derive(Debug, Default)]
pub(crate) struct TextFacts {
    /// Text decoded with the wrong encoding, with the original text.
    pub(super) mojibake: Vec<(SegmentSpan, String)>,
    /// Fields that become a heading because of a `---` below them. Each range is from the first line to the end of
    /// the last line's text.
    pub(super) field_headings: Vec<SegmentSpan>,
    /// Whether the text has a date that does not exist.
    pub(super) has_invalid_date: bool,
    /// Comments with directives: `<!-- plansmith-disable -->`.
    pub(crate) directives: Vec<SegmentSpan>,
}

impl TextFacts {
    fn of(content: &Content) -> &Arc<Self> {
        static NO_FACTS: LazyLock<Arc<Arc<TextFacts>>> = LazyLock::new(Arc::default);
        content.memo_or(&NO_FACTS, |content| {
            let facts = Self {
                mojibake: mojibake(&content.text),
                field_headings: field_headings(content),
                has_invalid_date: date::dates(&content.text).iter().any(|found| found.date.is_none()),
                directives: directives(content),
            };
            Some(Arc::new(facts)).filter(|facts| !facts.is_empty())
        })
    }

    /// Returns whether the segment has none of these facts.
    pub(crate) fn is_empty(&self) -> bool {
        self.mojibake.is_empty()
            && self.field_headings.is_empty()
            && !self.has_invalid_date
            && self.directives.is_empty()
    }
}

/// The facts of segments that have any, with the offsets of the segments.
struct FileFacts(Vec<(usize, Arc<TextFacts>)>);

/// Returns the facts of segments that have any, with the offsets of the segments.
pub(crate) fn text_facts(file: &File) -> &[(usize, Arc<TextFacts>)] {
    let found = file.memo(|file| {
        let document = file.document();
        let facts = document.segments().map(|(start, segment)| {
            let facts = TextFacts::of(document.content(start, segment));
            (start, facts)
        });
        let facts = facts.filter(|(_, facts)| !facts.is_empty());
        FileFacts(facts.map(|(start, facts)| (start, Arc::clone(facts))).collect())
    });
    &found.0
}

fn directives(content: &Content) -> Vec<SegmentSpan> {
    let comments =
        content.outline.blocks.iter().filter(|block| block.kind == BlockKind::Html { comment: true });
    let spans = comments.map(|block| block.span.clone());
    spans.filter(|span| content.text[bytes(span)].contains("plansmith-")).collect()
}

fn field_headings(content: &Content) -> Vec<SegmentSpan> {
    let mut found = Vec::new();
    for (index, block) in content.outline.blocks.iter().enumerate() {
        // In a list or quote, the fix would need the prefix of its lines.
        if block.parent().is_none()
            && plan_model::is_fields_heading(&content.text, &content.outline, index)
            && let Some(last) = content.outline.inline(index).last()
        {
            found.push(block.span.start..last.end);
        }
    }
    found
}

fn mojibake(text: &str) -> Vec<(SegmentSpan, String)> {
    let mut found = Vec::new();
    if text.is_ascii() {
        return found;
    }
    let mut offset = 0;
    while let Some(next) = text[offset..].find(|c: char| !c.is_ascii()) {
        let from = offset + next;
        let run: &str = text[from..].split(|c: char| c.is_ascii()).next().unwrap_or_default();
        offset = from + run.len();
        // Some sequences end with a control character that was dropped. Only complete sequences are reported.
        if let Some(original) =
            [WINDOWS_1252, MACINTOSH].into_iter().find_map(|encoding| repaired(run, encoding))
        {
            found.push((from as u32..offset as u32, original));
        }
    }
    found
}

/// Returns the original text of characters that were decoded with `encoding`, if it was UTF-8.
fn repaired(run: &str, encoding: &'static Encoding) -> Option<String> {
    if run.chars().count() < 2 {
        return None;
    }
    let (bytes, _, unmappable) = encoding.encode(run);
    let text = String::from_utf8(bytes.into_owned()).ok().filter(|_| !unmappable)?;
    // Two accented letters in a row can be valid UTF-8 by chance; the result must be plausible text.
    let plausible = |c: char| matches!(c, '\u{a0}'..='\u{17f}' | '\u{2010}'..='\u{2044}' | '\u{20ac}' | '\u{2100}'..='\u{27bf}' | '\u{fe0f}' | '\u{1f300}'..='\u{1faff}');
    (text.chars().count() < run.chars().count() && text.chars().all(plausible)).then_some(text)
}
