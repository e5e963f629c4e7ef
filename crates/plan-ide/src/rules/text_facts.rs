//! What rules on text find in one segment, kept with it: a keystroke looks at the text of one segment only.

use std::sync::{Arc, LazyLock};

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use plan_model::date;
use plan_syntax::{BlockKind, Content, Document, Segment, Span, outline::bytes};

/// What stands in a segment. Spans are relative to its start.
#[derive(Debug, Default)]
pub(crate) struct TextFacts {
    /// Characters that were decoded wrongly, with what was meant.
    pub(super) mis_decoded: Vec<(Span, String)>,
    /// Headings made of fields by the dashes below them: the lines, and the end of the last one's text.
    pub(super) field_headings: Vec<Span>,
    /// Whether a day is written that the calendar does not have.
    pub(super) impossible_day: bool,
    /// Comments that say something to us: `<!-- plansmith-disable -->`.
    pub(crate) directives: Vec<Span>,
}

impl TextFacts {
    /// Whether there is nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.mis_decoded.is_empty()
            && self.field_headings.is_empty()
            && !self.impossible_day
            && self.directives.is_empty()
    }
}

/// The facts of all segments with the bytes they start at.
pub(crate) fn all(document: &Document) -> impl Iterator<Item = (usize, Arc<TextFacts>)> + '_ {
    document.segments().map(|(start, segment)| (start, of(document, start, segment)))
}

fn of(document: &Document, start: usize, segment: &Segment) -> Arc<TextFacts> {
    static NOTHING: LazyLock<Arc<TextFacts>> = LazyLock::new(Arc::default);
    segment.facts_or(&NOTHING, || {
        let content = document.content(start, segment);
        let facts = TextFacts {
            mis_decoded: mis_decoded(&content.text),
            field_headings: field_headings(content),
            impossible_day: date::dates(&content.text).iter().any(|found| found.date.is_none()),
            directives: directives(content),
        };
        Some(facts).filter(|facts| !facts.is_empty())
    })
}

fn directives(content: &Content) -> Vec<Span> {
    let comments =
        content.outline.blocks.iter().filter(|block| block.kind == BlockKind::Html { comment: true });
    let spans = comments.map(|block| block.span.clone());
    spans.filter(|span| content.text[bytes(span)].contains("plansmith-")).collect()
}

fn field_headings(content: &Content) -> Vec<Span> {
    let mut found = Vec::new();
    for (index, block) in content.outline.blocks.iter().enumerate() {
        if !matches!(block.kind, BlockKind::Heading { level: 2, setext: true, .. })
            || block.parent().is_some()
        {
            continue;
        }
        let mut lines = content.outline.inline(index).peekable();
        let last = content.outline.inline(index).last();
        let is_field = |line: &Span| !plan_model::fields_of(&content.text[bytes(line)]).is_empty();
        if let Some(last) = last.filter(|_| lines.all(is_field)) {
            found.push(block.span.start..last.end);
        }
    }
    found
}

fn mis_decoded(text: &str) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    if text.is_ascii() {
        return found;
    }
    let mut at = 0;
    while let Some(next) = text[at..].find(|c: char| !c.is_ascii()) {
        let from = at + next;
        let run: &str = text[from..].split(|c: char| c.is_ascii()).next().unwrap_or_default();
        at = from + run.len();
        // Of some sequences the last byte is a control character that was dropped: only whole ones are told.
        if let Some(meant) =
            [WINDOWS_1252, MACINTOSH].into_iter().find_map(|encoding| repaired(run, encoding))
        {
            found.push((from as u32..at as u32, meant));
        }
    }
    found
}

/// What a run of characters was before it was decoded with this encoding, if all of it was UTF-8.
fn repaired(run: &str, encoding: &'static Encoding) -> Option<String> {
    if run.chars().count() < 2 {
        return None;
    }
    let (bytes, _, unmappable) = encoding.encode(run);
    let text = String::from_utf8(bytes.into_owned()).ok().filter(|_| !unmappable)?;
    // Two accented letters in a row can be UTF-8 by chance; what comes out must be what people write.
    let plausible = |c: char| matches!(c, '\u{a0}'..='\u{17f}' | '\u{2010}'..='\u{2044}' | '\u{20ac}' | '\u{2100}'..='\u{27bf}' | '\u{fe0f}' | '\u{1f300}'..='\u{1faff}');
    (text.chars().count() < run.chars().count() && text.chars().all(plausible)).then_some(text)
}
