//! Link reference definitions (CommonMark 4.7) at the start of a paragraph.
//!
//! tree-sitter's grammar always starts a new block after a definition and fails on some invalid definitions. This
//! module parses definitions instead; the grammar only sees paragraphs.

use std::ops::Range;

use crate::{
    link_parts,
    outline::{SegmentSpan, bytes},
};

/// A definition. Spans are relative to the text.
pub(crate) struct Definition {
    pub(crate) label: SegmentSpan,
    /// The destination without angle brackets.
    pub(crate) destination: SegmentSpan,
    pub(crate) span: SegmentSpan,
}

/// Returns the definitions at the start of a paragraph, and the number of lines that they occupy.
pub(crate) fn definitions(text: &str, lines: &[SegmentSpan]) -> (Vec<Definition>, usize) {
    let mut found = Vec::new();
    if !lines.first().is_some_and(|line| text[line.start as usize..].starts_with('[')) {
        return (found, 0);
    }
    let paragraph = lines.iter().map(|line| &text[bytes(line)]).collect::<Vec<_>>().join("\n");
    let mut starts = Vec::with_capacity(lines.len());
    let mut start = 0;
    for line in lines {
        starts.push(start);
        start += line.len() + 1;
    }
    let line_of = |at: usize| starts.partition_point(|start| *start <= at) - 1;
    let original = |at: usize| lines[line_of(at)].start + (at - starts[line_of(at)]) as u32;
    let span = |range: Range<usize>| {
        // Maps the end from the last byte: the byte after it may be on the next line, after a prefix.
        let start = original(range.start);
        start..if range.is_empty() { start } else { original(range.end - 1) + 1 }
    };

    let mut parser = DefinitionParser { text: paragraph.as_bytes(), missing: Vec::new() };
    let mut at = 0;
    while let Some(parts) = parser.definition(at) {
        found.push(Definition {
            label: span(parts.label),
            destination: span(parts.destination),
            span: span(at..parts.end),
        });
        at = parts.end + 1;
    }
    (found, if at > paragraph.len() { lines.len() } else { line_of(at) })
}

struct DefinitionParts {
    label: Range<usize>,
    destination: Range<usize>,
    /// End of the last line, before the line ending.
    end: usize,
}

struct DefinitionParser<'a> {
    text: &'a [u8],
    /// Opening quotes whose closing quote does not occur in the rest of the paragraph. They are recorded so that a
    /// text of unclosed titles does not take quadratic time.
    missing: Vec<u8>,
}

impl DefinitionParser<'_> {
    fn definition(&mut self, start: usize) -> Option<DefinitionParts> {
        if self.text.get(start) != Some(&b'[') {
            return None;
        }
        let label_end = link_parts::label_end(self.text, start)?;
        let label = start + 1..label_end - 1;
        if self.text[label.clone()].trim_ascii().is_empty() || self.text.get(label_end) != Some(&b':') {
            return None;
        }
        let at = link_parts::skip_whitespace(self.text, label_end + 1);
        let (destination, after) = link_parts::destination(self.text, at)?;
        if after == at {
            return None;
        }
        let title_at = link_parts::skip_whitespace(self.text, after);
        let title = if title_at > after { self.title(title_at) } else { None };
        let end = title.and_then(|end| self.line_end(end)).or_else(|| self.line_end(after))?;
        Some(DefinitionParts { label, destination, end })
    }

    fn title(&mut self, start: usize) -> Option<usize> {
        let quote = *self.text.get(start)?;
        if self.missing.contains(&quote) {
            return None;
        }
        let end = link_parts::title(self.text, start);
        if end.is_none() {
            let close = if quote == b'(' { b')' } else { quote };
            if memchr::memchr(close, &self.text[start + 1..]).is_none() {
                self.missing.push(quote);
            }
        }
        end
    }

    /// Returns the end of the line if only whitespace is between `at` and the end.
    fn line_end(&self, at: usize) -> Option<usize> {
        let whitespace = self.text[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        matches!(self.text.get(at + whitespace), None | Some(b'\n')).then_some(at + whitespace)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::Document;

    #[track_caller]
    fn check(text: &str, expected: Expect) {
        expected.assert_eq(&Document::new(text).dump());
    }

    #[test]
    fn definitions() {
        check(
            "[a]: b\n[c d]: <e f> 'g'\n> [h]:\n> i\n> \"j\n> k\"\n",
            expect![[r#"
            definition "a" -> "b"
            definition "c d" -> "e f"
            quote
              definition "h" -> "i"
        "#]],
        );
    }

    #[test]
    fn invalid_titles() {
        check(
            "[a]: b 'c' d\n",
            expect![[r#"
            paragraph "[a]: b 'c' d"
        "#]],
        );
        check(
            "[a]: b\n'c' d\n",
            expect![[r#"
            definition "a" -> "b"
            paragraph "'c' d"
        "#]],
        );
        check(
            "[a]: b 'c\n",
            expect![[r#"
            paragraph "[a]: b 'c"
        "#]],
        );
    }

    #[test]
    fn blocks_after_definitions() {
        check(
            "[a]: b\n    text\n",
            expect![[r#"
            definition "a" -> "b"
            paragraph "text"
        "#]],
        );
        check(
            "- [a]: b\n  text\n  ===\n",
            expect![[r#"
            bullet list
              item "-"
                definition "a" -> "b"
                heading 1 setext "text"
        "#]],
        );
        check(
            "[a]: b\n---\n",
            expect![[r#"
            definition "a" -> "b"
            paragraph "---"
        "#]],
        );
        check(
            "[a]: b\n- c\n",
            expect![[r#"
            definition "a" -> "b"
            bullet list
              item "-"
                paragraph "c"
        "#]],
        );
        check(
            "[a]: b\n| c |\n|---|\n",
            expect![[r#"
            definition "a" -> "b"
            table
              header
                cell "c"
        "#]],
        );
    }

    /// The grammar fails on some of these.
    #[test]
    fn invalid_definitions() {
        check(
            "[\\\\: b\n\n[]: b\n\n[a]:\n\n[a] : b\n\n[a[b]]: c\n",
            expect![[r#"
            paragraph "[\\\\: b"
            paragraph "[]: b"
            paragraph "[a]:"
            paragraph "[a] : b"
            paragraph "[a[b]]: c"
        "#]],
        );
    }
}
