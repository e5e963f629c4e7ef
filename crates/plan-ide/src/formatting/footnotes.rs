//! Footnotes, which not all Markdown parsers support. Only text with plain footnotes is formatted.

use std::sync::Arc;

use plan_syntax::{Document, Segment, lines::lines};

use super::{
    disputed::{is_disputed, is_front_matter_disputed},
    source::{WHITESPACE, is_blank, may_start_a_block},
};

/// Interpretation of a text's footnotes by parsers with and without support for footnotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footnotes {
    /// No footnotes.
    None,
    /// Paragraphs at column 0.
    Plain,
    /// Footnotes that parsers may divide into different blocks.
    Odd,
}

/// Returns the kind of footnotes of each segment. If parsers may disagree on a fence or on HTML, they may disagree on
/// all following text. The same applies to text after blocks and front matter that parsers interpret differently.
pub(super) fn footnotes(document: &Document) -> Vec<Footnotes> {
    let mut continues = is_front_matter_disputed(document);
    let of_segment = |(start, segment): (usize, &Arc<Segment>)| {
        let content = document.content(start, segment);
        let text = &content.text;
        let found = if continues || is_disputed(content) { Footnotes::Odd } else { of_text(text) };
        continues |= found == Footnotes::Odd && ["```", "~~~", "<"].iter().any(|sign| text.contains(sign));
        found
    };
    document.segments().map(of_segment).collect()
}

fn of_text(text: &str) -> Footnotes {
    if !text.contains("[^") {
        return Footnotes::None;
    }
    let mut found = Footnotes::None;
    let mut before = PreviousLineKind::Blank;
    for line in lines(text, 0) {
        let line = &text[line.content()];
        let starts = is_footnote(line.trim_start_matches(|sign| sign != '['));
        before = match before {
            _ if is_blank(line) => PreviousLineKind::Blank,
            // A heading is always a separate block.
            _ if line.starts_with('#') => PreviousLineKind::Blank,
            PreviousLineKind::Blank | PreviousLineKind::Footnote if is_footnote(line) => {
                found = Footnotes::Plain;
                PreviousLineKind::Footnote
            }
            _ if starts => return Footnotes::Odd,
            PreviousLineKind::Footnote if may_start_a_block(line.trim_start_matches(WHITESPACE)) => {
                return Footnotes::Odd;
            }
            PreviousLineKind::Footnote => PreviousLineKind::Footnote,
            PreviousLineKind::Blank | PreviousLineKind::Other => PreviousLineKind::Other,
        };
    }
    found
}

/// Kind of the previous line.
enum PreviousLineKind {
    Blank,
    Footnote,
    Other,
}

fn is_footnote(text: &str) -> bool {
    text.strip_prefix("[^")
        .and_then(|text| text.split_once(']'))
        .is_some_and(|(_, after)| after.starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(of_text("a[^1]\n\n- b\n"), Footnotes::None);
        assert_eq!(of_text("# A\n[^1]: b\nc\n[^2]: d\n\n    e\n"), Footnotes::Plain);
        for text in ["a\n[^1]: b\n", "[^1]: b\n- c\n", "- [^1]: b\n", "[^1]: b\n```\n", " [^1]: b\n"] {
            assert_eq!(of_text(text), Footnotes::Odd, "{text}");
        }
    }

    #[test]
    fn an_odd_footnote_affects_the_following_text() {
        use Footnotes::{None, Odd};
        assert_eq!(footnotes(&Document::new("# A\n\na\n[^1]: b\n\n# C\n")), [Odd, None]);
        assert_eq!(footnotes(&Document::new("- a\n[^1]: b\n  ```\n# C\n")), [Odd, Odd]);
    }
}
