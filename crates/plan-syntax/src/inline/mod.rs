//! The inline spans of a block: links, images, code, emphasis, strikethrough, bracketed text.
//!
//! The algorithm is that of the CommonMark spec's appendix, *Phase 2: inline structure*, with GFM's strikethrough. It takes time
//! in proportion to the text, whatever the text: tree-sitter's inline grammar takes quadratic time on hostile input,
//! and never resolves references.

mod emphasis;
mod html;
mod link;

use std::collections::HashMap;

use crate::{
    link_parts::label_end,
    outline::{Span, bytes},
};

use self::{emphasis::Delimiters, link::Target};

/// A piece of inline structure. Spans are bytes of the text that the block's outline speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// What it is.
    pub kind: InlineKind,
    /// All of it.
    pub span: Span,
    /// What stands between its delimiters: the text of a link, the code of a code span.
    pub content: Span,
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
    Link(Reference),
    /// `![text](destination)` or `![text][label]`.
    Image(Reference),
    /// `<https://example.org>`; the content is the address.
    Autolink,
    /// An HTML tag or comment.
    Html,
    /// `[text]` that is none of the above: a placeholder, a state, a tag.
    Bracketed,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// The destination as it is written, without angle brackets.
    Destination(Span),
    /// The label of a definition as it is written, without brackets.
    Label(Span),
}

/// The inline structure of a block, in document order, outer spans before inner ones.
///
/// `lines` are the pieces of its inline content ([`Outline::inline`](crate::Outline::inline)); spans may reach over
/// several. `defined` tells whether a label, [normalized](normalize_label), is defined somewhere in the document.
pub fn inlines<'a>(
    text: &str,
    lines: impl Iterator<Item = &'a Span>,
    defined: &dyn Fn(&str) -> bool,
) -> Vec<Inline> {
    let content = Content::join(text, lines);
    let mut scanner = Scanner {
        text: &content.text,
        bytes: content.text.as_bytes(),
        at: 0,
        found: Vec::new(),
        brackets: Vec::new(),
        delimiters: Delimiters::default(),
        backticks: None,
        missing: html::Missing::default(),
        defined,
    };
    scanner.run();
    let mut found = scanner.found;
    found.sort_by_key(|inline| (inline.span.start, std::cmp::Reverse(inline.span.end)));
    if !content.is_one_piece() {
        for inline in &mut found {
            inline.span = content.original(&inline.span);
            inline.content = content.original(&inline.content);
            if let InlineKind::Link(target) | InlineKind::Image(target) = &mut inline.kind {
                let (Reference::Destination(span) | Reference::Label(span)) = target;
                *span = content.original(span);
            }
        }
    } else if let Some((_, shift)) = content.pieces.first() {
        for inline in &mut found {
            let shifted = |span: &Span| span.start + shift..span.end + shift;
            inline.span = shifted(&inline.span);
            inline.content = shifted(&inline.content);
            if let InlineKind::Link(target) | InlineKind::Image(target) = &mut inline.kind {
                let (Reference::Destination(span) | Reference::Label(span)) = target;
                *span = shifted(span);
            }
        }
    }
    found
}

/// A label as labels are compared (CommonMark 4.7): without surrounding blanks, blanks in it collapsed, case folded.
/// Folding is lower case of upper case of lower case, which differs from Unicode's only for a few rare letters.
pub fn normalize_label(label: &str) -> String {
    let words: Vec<&str> = label.split_whitespace().collect();
    words.join(" ").to_lowercase().to_uppercase().to_lowercase()
}

/// The pieces of a block's content as one text, with line feeds between them.
struct Content {
    text: String,
    /// For each piece, where it starts in `text` and in the original.
    pieces: Vec<(u32, u32)>,
}

impl Content {
    fn join<'a>(text: &str, lines: impl Iterator<Item = &'a Span>) -> Self {
        let mut content = Self { text: String::new(), pieces: Vec::new() };
        for line in lines {
            if !content.pieces.is_empty() {
                content.text.push('\n');
            }
            content.pieces.push((content.text.len() as u32, line.start));
            content.text.push_str(&text[bytes(line)]);
        }
        content
    }

    fn is_one_piece(&self) -> bool {
        self.pieces.len() < 2
    }

    fn original(&self, span: &Span) -> Span {
        let start = self.place(span.start);
        // The end belongs to the last byte, which may be on an earlier line than the byte after it.
        let end = if span.is_empty() { start } else { self.place(span.end - 1) + 1 };
        start..end
    }

    fn place(&self, offset: u32) -> u32 {
        let piece = self.pieces.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let (start, original) = self.pieces.get(piece).copied().unwrap_or_default();
        original + (offset - start)
    }
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    found: Vec<Inline>,
    brackets: Vec<Bracket>,
    delimiters: Delimiters,
    /// Where the runs of each number of backticks start; made when the first one is met.
    backticks: Option<HashMap<usize, Vec<usize>>>,
    missing: html::Missing,
    defined: &'a dyn Fn(&str) -> bool,
}

/// A `[` or `![` that may start a link.
struct Bracket {
    /// Of the `[`.
    at: usize,
    image: bool,
    /// A link may not stand in a link.
    active: bool,
    /// Another bracket stands after it, so that its text is no label.
    holds_bracket: bool,
    /// How many delimiter runs stood before it.
    delimiters: usize,
}

impl Scanner<'_> {
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
                // Skips to the next byte that may mean something.
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
        self.found.push(Inline { kind, span: short(&span), content: short(&content) });
    }

    /// CommonMark 6.1. A run of backticks that no run of the same length closes is text.
    fn code(&mut self) {
        let length = run(&self.bytes[self.at..], b'`');
        let bytes = self.bytes;
        let runs = self.backticks.get_or_insert_with(|| {
            let mut runs: HashMap<usize, Vec<usize>> = HashMap::new();
            let mut at = 0;
            while let Some(found) = memchr::memchr(b'`', &bytes[at..]) {
                at += found;
                let length = run(&bytes[at..], b'`');
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

    /// CommonMark 6.5 and 6.6: an autolink or a tag.
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

    /// CommonMark appendix, *look for link or image*.
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
            // Inactive ones stay so, hence the first of them ends the walk.
            for outer in
                self.brackets.iter_mut().rev().filter(|outer| !outer.image).take_while(|outer| outer.active)
            {
                outer.active = false;
            }
        }
        self.at = end;
    }

    /// Where the text between a bracket and its closing one leads, and where the link ends.
    fn target(&self, bracket: &Bracket, close: usize) -> Option<(Reference, usize)> {
        let after = close + 1;
        if self.bytes.get(after) == Some(&b'(')
            && let Some(Target { destination, end }) = link::inline_target(self.text, after)
        {
            return Some((Reference::Destination(short(&destination)), end));
        }
        let is_defined = |label: &str| label.len() <= 999 && (self.defined)(&normalize_label(label));
        if self.bytes.get(after) == Some(&b'[')
            && let Some(end) = label_end(self.bytes, after)
            && !self.text[after + 1..end - 1].trim().is_empty()
        {
            let label = after + 1..end - 1;
            return is_defined(&self.text[label.clone()]).then(|| (Reference::Label(short(&label)), end));
        }
        // `[label][]` and `[label]`: the text is the label.
        let label = bracket.at + 1..close;
        if bracket.holds_bracket || self.text[label.clone()].trim().is_empty() {
            return None;
        }
        let end = if self.bytes[after..].starts_with(b"[]") { after + 2 } else { after };
        is_defined(&self.text[label.clone()]).then(|| (Reference::Label(short(&label)), end))
    }
}

/// How often a byte stands at the start.
fn run(bytes: &[u8], byte: u8) -> usize {
    bytes.iter().take_while(|found| **found == byte).count()
}

fn short(range: &std::ops::Range<usize>) -> Span {
    range.start as u32..range.end as u32
}

/// The inline structure of a text on its own, as lines indented by depth: for tests and for people.
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
            InlineKind::Link(Reference::Destination(to)) => {
                format!("link {content:?} -> {:?}", &text[bytes(to)])
            }
            InlineKind::Link(Reference::Label(to)) => format!("link {content:?} by {:?}", &text[bytes(to)]),
            InlineKind::Image(Reference::Destination(to)) => {
                format!("image {content:?} -> {:?}", &text[bytes(to)])
            }
            InlineKind::Image(Reference::Label(to)) => format!("image {content:?} by {:?}", &text[bytes(to)]),
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
    fn what_brackets_are_not() {
        check(
            r"\[a\] `[b]` <!-- [c] --> [] [ ]",
            expect![[r#"
                code "[b]"
                html "<!-- [c] -->"
            "#]],
        );
    }

    #[test]
    fn over_lines_with_prefixes() {
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
    fn hostile_texts_end() {
        for hostile in [
            "*", "_a", "[", "![", "](", "`", "`` ` ", "<", "<!--", "<?", "[a](", "**a _b", "~~", "[a][",
            "<a b='",
        ] {
            let text = hostile.repeat(200_000 / hostile.len());
            let all = 0..text.len() as u32;
            inlines(&text, std::iter::once(&all), &|_| true);
        }
    }
}
