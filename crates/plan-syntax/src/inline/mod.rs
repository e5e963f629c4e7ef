//! The inline spans of a block: links, images, code, emphasis, strikethrough, bracketed text.
//!
//! Implements the algorithm in the appendix of the CommonMark spec, *Phase 2: inline structure*, with GFM's
//! strikethrough. It takes linear time for every text. tree-sitter's inline grammar takes quadratic time on
//! pathological input and does not resolve references.

mod emphasis;
mod html;
mod link;

use std::collections::HashMap;

use crate::{
    link_parts::label_end,
    outline::{SegmentSpan, bytes},
};

use self::{emphasis::Delimiters, link::InlineTarget};

/// An inline span. Offsets are relative to the text of the segment, like those of the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// The kind of span.
    pub kind: InlineKind,
    /// The range including delimiters.
    pub span: SegmentSpan,
    /// The range between the delimiters: the text of a link, the code of a code span.
    pub content: SegmentSpan,
}

/// The kinds of [`Inline`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InlineKind {
    /// `` `code` ``.
    Code,
    /// `*text*`.
    Emphasis,
    /// `**text**`.
    Strong,
    /// `~~text~~` (GFM 6.5).
    Strikethrough,
    /// `[text](destination)` or `[text][label]`.
    Link(LinkTarget),
    /// `![text](destination)` or `![text][label]`.
    Image(LinkTarget),
    /// `<https://example.org>`; the content is the address.
    Autolink,
    /// An HTML tag or comment.
    Html,
    /// `[text]` that is neither link nor image: a placeholder, a state, a tag.
    Bracketed,
}

/// The target of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// The destination as written, without angle brackets.
    Destination(SegmentSpan),
    /// The label of a definition as written, without brackets.
    Label(SegmentSpan),
}

/// Returns the inline spans of a block, in document order, outer spans before inner ones.
///
/// `lines` is the block's inline content ([`BlockOutline::inline`](crate::BlockOutline::inline)); spans may cross
/// lines. `defined` returns whether a label, [normalized](normalize_label), is defined in the document.
pub fn inlines<'a>(
    text: &str,
    lines: impl Iterator<Item = &'a SegmentSpan>,
    defined: &dyn Fn(&str) -> bool,
) -> Vec<Inline> {
    let content = JoinedLines::join(text, lines);
    let mut scanner = InlineScanner {
        text: &content.text,
        bytes: content.text.as_bytes(),
        at: 0,
        found: Vec::new(),
        brackets: Vec::new(),
        delimiters: Delimiters::default(),
        backticks: None,
        missing: html::MissingEndMarkers::default(),
        defined,
    };
    scanner.run();
    let mut found = scanner.found;
    found.sort_by_key(|inline| (inline.span.start, std::cmp::Reverse(inline.span.end)));
    if !content.is_single_line() {
        for inline in &mut found {
            inline.span = content.original(&inline.span);
            inline.content = content.original(&inline.content);
            if let InlineKind::Link(target) | InlineKind::Image(target) = &mut inline.kind {
                let (LinkTarget::Destination(span) | LinkTarget::Label(span)) = target;
                *span = content.original(span);
            }
        }
    } else if let Some((_, shift)) = content.starts.first() {
        for inline in &mut found {
            let shifted = |span: &SegmentSpan| span.start + shift..span.end + shift;
            inline.span = shifted(&inline.span);
            inline.content = shifted(&inline.content);
            if let InlineKind::Link(target) | InlineKind::Image(target) = &mut inline.kind {
                let (LinkTarget::Destination(span) | LinkTarget::Label(span)) = target;
                *span = shifted(span);
            }
        }
    }
    found
}

/// Normalizes a label for comparison (CommonMark 4.7): without surrounding whitespace, inner whitespace
/// collapsed, case folded. Lower, upper and lower case again differs from Unicode case folding only for a few
/// rare letters.
pub fn normalize_label(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    words.join(" ").to_lowercase().to_uppercase().to_lowercase()
}

/// The lines of a block's content as one text, joined by line feeds.
struct JoinedLines {
    text: String,
    /// For each line, its start in `text` and in the original.
    starts: Vec<(u32, u32)>,
}

impl JoinedLines {
    fn join<'a>(text: &str, lines: impl Iterator<Item = &'a SegmentSpan>) -> Self {
        let mut content = Self { text: String::new(), starts: Vec::new() };
        for line in lines {
            if !content.starts.is_empty() {
                content.text.push('\n');
            }
            content.starts.push((content.text.len() as u32, line.start));
            content.text.push_str(&text[bytes(line)]);
        }
        content
    }

    fn is_single_line(&self) -> bool {
        self.starts.len() < 2
    }

    fn original(&self, span: &SegmentSpan) -> SegmentSpan {
        let start = self.original_offset(span.start);
        // Maps the end from the last byte, which may be on an earlier line than the byte after it.
        let end = if span.is_empty() { start } else { self.original_offset(span.end - 1) + 1 };
        start..end
    }

    fn original_offset(&self, offset: u32) -> u32 {
        let line = self.starts.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let (start, original) = self.starts.get(line).copied().unwrap_or_default();
        original + (offset - start)
    }
}

struct InlineScanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    found: Vec<Inline>,
    brackets: Vec<Bracket>,
    delimiters: Delimiters,
    /// Starts of the backtick runs by their length; computed at the first backtick.
    backticks: Option<HashMap<usize, Vec<usize>>>,
    missing: html::MissingEndMarkers,
    defined: &'a dyn Fn(&str) -> bool,
}

/// A `[` or `![` that may start a link.
struct Bracket {
    /// Offset of the `[`.
    at: usize,
    image: bool,
    /// Whether the bracket can start a link. False inside a link, because links cannot contain links.
    active: bool,
    /// Whether the brackets contain another bracket, so that their text is not a label.
    holds_bracket: bool,
    /// Number of delimiter runs before the bracket.
    delimiters: usize,
}

impl InlineScanner<'_> {
    fn run(&mut self) {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' if self.bytes.get(self.at + 1).is_some_and(u8::is_ascii_punctuation) => self.at += 2,
                b'`' => self.code(),
                b'<' => self.angle(),
                b'!' if self.bytes.get(self.at + 1) == Some(&b'[') => {
                    self.at += 1;
                    self.open(true);
                }
                b'[' => self.open(false),
                b']' => self.close(),
                b'*' | b'_' | b'~' => self.at = self.delimiters.push(self.text, self.at),
                // Skips to the next byte with a possible meaning.
                _ => {
                    let rest = &self.bytes[self.at + 1..];
                    let next = rest.iter().position(|byte| b"\\`<![]*_~".contains(byte));
                    self.at = next.map_or(self.bytes.len(), |next| self.at + 1 + next);
                }
            }
        }
        self.delimiters.resolve(0, &mut self.found);
    }

    fn add(&mut self, kind: InlineKind, span: std::ops::Range<usize>, content: std::ops::Range<usize>) {
        self.found.push(Inline { kind, span: to_span(&span), content: to_span(&content) });
    }

    /// Scans a run of backticks. It is text if no run of the same length closes it (CommonMark 6.1).
    fn code(&mut self) {
        let length = run_length(&self.bytes[self.at..], b'`');
        let bytes = self.bytes;
        let runs = self.backticks.get_or_insert_with(|| {
            let mut runs: HashMap<usize, Vec<usize>> = HashMap::new();
            let mut at = 0;
            while let Some(found) = memchr::memchr(b'`', &bytes[at..]) {
                at += found;
                let length = run_length(&bytes[at..], b'`');
                runs.entry(length).or_default().push(at);
                at += length;
            }
            runs
        });
        let after = self.at + length;
        let same = runs.get(&length).map(Vec::as_slice).unwrap_or_default();
        match same.get(same.partition_point(|start| *start < after)) {
            Some(&closer) => {
                self.add(InlineKind::Code, self.at..closer + length, after..closer);
                self.at = closer + length;
            }
            None => self.at = after,
        }
    }

    /// Scans an autolink or inline HTML (CommonMark 6.5 and 6.6).
    fn angle(&mut self) {
        if let Some(length) = link::autolink(&self.text[self.at..]) {
            self.add(InlineKind::Autolink, self.at..self.at + length, self.at + 1..self.at + length - 1);
            self.at += length;
        } else if let Some(length) = html::inline(&self.bytes[self.at..], &mut self.missing) {
            self.add(InlineKind::Html, self.at..self.at + length, self.at..self.at + length);
            self.at += length;
        } else {
            self.at += 1;
        }
    }

    fn open(&mut self, image: bool) {
        if let Some(outer) = self.brackets.last_mut() {
            outer.holds_bracket = true;
        }
        self.brackets.push(Bracket {
            at: self.at,
            image,
            active: true,
            holds_bracket: false,
            delimiters: self.delimiters.len(),
        });
        self.at += 1;
    }

    /// Scans a closing bracket (CommonMark appendix, *look for link or image*).
    fn close(&mut self) {
        let close = self.at;
        self.at += 1;
        let Some(bracket) = self.brackets.pop() else { return };
        let content = bracket.at + 1..close;
        let target = if bracket.active { self.target(&bracket, close) } else { None };
        let Some((target, end)) = target else {
            if !self.text[content.clone()].trim().is_empty() {
                self.add(InlineKind::Bracketed, bracket.at..close + 1, content);
            }
            return;
        };
        self.delimiters.resolve(bracket.delimiters, &mut self.found);
        let start = bracket.at - usize::from(bracket.image);
        if bracket.image {
            self.add(InlineKind::Image(target), start..end, content);
        } else {
            self.add(InlineKind::Link(target), start..end, content);
            // Brackets before an inactive one are already inactive, so the loop ends there.
            for outer in
                self.brackets.iter_mut().rev().filter(|outer| !outer.image).take_while(|outer| outer.active)
            {
                outer.active = false;
            }
        }
        self.at = end;
    }

    /// Returns the target of the link whose text is between `bracket` and `close`, and the end of the link.
    fn target(&self, bracket: &Bracket, close: usize) -> Option<(LinkTarget, usize)> {
        let after = close + 1;
        if self.bytes.get(after) == Some(&b'(')
            && let Some(InlineTarget { destination, end }) = link::inline_target(self.text, after)
        {
            return Some((LinkTarget::Destination(to_span(&destination)), end));
        }
        let is_defined = |label: &str| label.len() <= 999 && (self.defined)(&normalize_label(label));
        if self.bytes.get(after) == Some(&b'[')
            && let Some(end) = label_end(self.bytes, after)
            && !self.text[after + 1..end - 1].trim().is_empty()
        {
            let label = after + 1..end - 1;
            return is_defined(&self.text[label.clone()]).then(|| (LinkTarget::Label(to_span(&label)), end));
        }
        // `[label][]` and `[label]`: the text is the label.
        let label = bracket.at + 1..close;
        if bracket.holds_bracket || self.text[label.clone()].trim().is_empty() {
            return None;
        }
        let end = if self.bytes[after..].starts_with(b"[]") { after + 2 } else { after };
        is_defined(&self.text[label.clone()]).then(|| (LinkTarget::Label(to_span(&label)), end))
    }
}

/// Returns the number of times that `byte` is repeated at the start of `bytes`.
fn run_length(bytes: &[u8], byte: u8) -> usize {
    bytes.iter().take_while(|found| **found == byte).count()
}

fn to_span(range: &std::ops::Range<usize>) -> SegmentSpan {
    range.start as u32..range.end as u32
}

/// Returns the inline spans of a text as lines, indented by depth, for tests.
pub fn dump(text: &str, found: &[Inline]) -> String {
    let mut out = String::new();
    for (index, inline) in found.iter().enumerate() {
        let inside =
            |outer: &&Inline| outer.span.start <= inline.span.start && inline.span.end <= outer.span.end;
        let depth = found[..index].iter().filter(inside).count();
        let content = &text[bytes(&inline.content)];
        let line = match &inline.kind {
            InlineKind::Code => format!("code {content:?}"),
            InlineKind::Emphasis => format!("emphasis {content:?}"),
            InlineKind::Strong => format!("strong {content:?}"),
            InlineKind::Strikethrough => format!("strikethrough {content:?}"),
            InlineKind::Link(LinkTarget::Destination(to)) => {
                format!("link {content:?} -> {:?}", &text[bytes(to)])
            }
            InlineKind::Link(LinkTarget::Label(to)) => format!("link {content:?} by {:?}", &text[bytes(to)]),
            InlineKind::Image(LinkTarget::Destination(to)) => {
                format!("image {content:?} -> {:?}", &text[bytes(to)])
            }
            InlineKind::Image(LinkTarget::Label(to)) => {
                format!("image {content:?} by {:?}", &text[bytes(to)])
            }
            InlineKind::Autolink => format!("autolink {content:?}"),
            InlineKind::Html => format!("html {content:?}"),
            InlineKind::Bracketed => format!("bracketed {content:?}"),
        };
        out.push_str(&format!("{}{line}\n", "  ".repeat(depth)));
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(text: &str, expect: Expect) {
        let all = 0..text.len() as u32;
        let found = inlines(text, std::iter::once(&all), &|label| label == "defined");
        expect.assert_eq(&dump(text, &found));
    }

    #[test]
    fn emphasis_and_code() {
        check(
            "**Task `1.1`**: *a **b*** ~~c~~ snake_case_word",
            expect![[r#"
                strong "Task `1.1`"
                  code "1.1"
                emphasis "a **b**"
                  strong "b"
                strikethrough "c"
            "#]],
        );
    }

    #[test]
    fn links() {
        check(
            "[a [b] c](d \"t\") ![i](<j k>) [x][defined] [defined] [Defined][] [none] <https://e.org>",
            expect![[r#"
                link "a [b] c" -> "d"
                  bracketed "b"
                image "i" -> "j k"
                link "x" by "defined"
                link "defined" by "defined"
                link "Defined" by "Defined"
                bracketed "none"
                autolink "https://e.org"
            "#]],
        );
        check(
            "[![badge](a.svg)](b.md) [[x](y) z](w)",
            expect![[r#"
                link "![badge](a.svg)" -> "b.md"
                  image "badge" -> "a.svg"
                bracketed "[x](y) z"
                  link "x" -> "y"
            "#]],
        );
    }

    #[test]
    fn text_that_is_not_bracketed() {
        check(
            r"\[a\] `[b]` <!-- [c] --> [] [ ]",
            expect![[r#"
                code "[b]"
                html "<!-- [c] -->"
            "#]],
        );
    }

    #[test]
    fn spans_over_lines_with_prefixes() {
        let text = "> **a\n> b** [c\n> d](e)";
        let lines = [2..5, 8..14, 17..22];
        let found = inlines(text, lines.iter(), &|_| false);
        expect![[r#"
            strong "a\n> b"
            link "c\n> d" -> "e"
        "#]]
        .assert_eq(&dump(text, &found));
    }

    #[test]
    fn pathological_texts_terminate() {
        for pattern in [
            "*", "_a", "[", "![", "](", "`", "`` ` ", "<", "<!--", "<?", "[a](", "**a _b", "~~", "[a][",
            "<a b='",
        ] {
            let text = pattern.repeat(200_000 / pattern.len());
            let all = 0..text.len() as u32;
            inlines(&text, std::iter::once(&all), &|_| true);
        }
    }
}
