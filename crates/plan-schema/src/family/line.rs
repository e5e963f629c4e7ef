//! A line of a document, prepared for patterns: without emphasis and backticks, in lower case, and in ASCII where
//! possible.

use std::ops::Range;

/// The characters of a line, each with its offset in the source. Offsets in the line count characters; offsets in the
/// source count bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct PlainLine {
    /// Folded characters, for comparisons.
    pub folded: Vec<char>,
    /// Characters as written.
    written: Vec<char>,
    /// Offset of each character in the source, and the offset of the end of the line.
    offsets: Vec<u32>,
    /// Targets of links, each with the offset of the `]` before it in the line.
    targets: Vec<(usize, Box<str>)>,
}

impl PlainLine {
    /// Reads a line whose source starts at `start`. Removes emphasis, backticks, strikethrough, link targets and
    /// comments.
    pub fn new(source: &str, start: u32) -> Self {
        let mut characters: Vec<(usize, char)> = Vec::with_capacity(source.len());
        characters.extend(source.char_indices());
        let mut line = Self {
            folded: Vec::with_capacity(characters.len()),
            written: Vec::with_capacity(characters.len()),
            offsets: Vec::with_capacity(characters.len() + 1),
            targets: Vec::new(),
        };
        let is_word = |at: Option<usize>| {
            at.and_then(|at| characters.get(at)).is_some_and(|(_, c)| c.is_alphanumeric())
        };
        let mut at = 0;
        while let Some(&(offset, c)) = characters.get(at) {
            let next = characters.get(at + 1).map(|(_, c)| *c);
            match c {
                '*' | '`' => {}
                '~' if next == Some('~') => at += 1,
                // An underscore within a word is not emphasis.
                '_' if !(is_word(at.checked_sub(1)) && is_word(Some(at + 1))) => {}
                ']' if next == Some('(') => {
                    line.push(c, start + offset as u32);
                    let close = characters[at..].iter().position(|(_, c)| *c == ')');
                    if let Some(close) = close {
                        let target = &source[characters[at + 2].0..characters[at + close].0];
                        line.targets.push((line.folded.len() - 1, target.into()));
                        at += close;
                    }
                }
                '<' if source[offset..].starts_with("<!--") => {
                    let close = source[offset..].find("-->").map_or(source.len(), |end| offset + end + 3);
                    while characters.get(at + 1).is_some_and(|(offset, _)| *offset < close) {
                        at += 1;
                    }
                }
                _ => line.push(c, start + offset as u32),
            }
            at += 1;
        }
        line.offsets.push(start + source.len() as u32);
        line
    }

    fn push(&mut self, c: char, offset: u32) {
        self.folded.push(folded(c));
        self.written.push(c);
        self.offsets.push(offset);
    }

    /// Returns the target of the link whose text contains an offset.
    pub fn link_target(&self, at: usize) -> Option<&str> {
        let next = self.folded.get(at..)?.iter().position(|c| matches!(c, '[' | ']'))?;
        let found = self.targets.iter().find(|(close, _)| *close == at + next);
        found.map(|(_, target)| &**target)
    }

    /// Removes the characters from an offset on.
    pub fn truncate(&mut self, length: usize) {
        if let Some(offset) = self.offsets.get(length).copied() {
            self.folded.truncate(length);
            self.written.truncate(length);
            self.offsets.truncate(length);
            self.offsets.push(offset);
        }
    }

    /// Returns the number of characters.
    pub fn len(&self) -> usize {
        self.folded.len()
    }

    /// Returns the source range of a range of characters.
    pub fn span(&self, range: Range<usize>) -> Range<u32> {
        let start = self.offsets[range.start.min(self.len())];
        let end = match range.end.checked_sub(1).filter(|_| range.end > range.start) {
            Some(last) => self.offsets[last] + self.written[last].len_utf8() as u32,
            None => start,
        };
        start..end
    }

    /// Returns the characters in a source range.
    pub fn range(&self, span: Range<u32>) -> Range<usize> {
        let characters = &self.offsets[..self.len()];
        let at = |offset: u32| characters.partition_point(|own| *own < offset);
        at(span.start)..at(span.end)
    }

    /// Returns the characters of a range as written, on one line.
    pub fn text(&self, range: Range<usize>) -> String {
        let text: String =
            self.written[range.start.min(self.len())..range.end.min(self.len())].iter().collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns the source range of the rest of a line from an offset on, with the markup around it. `source` is the source
    /// of the line, which starts at `start`.
    pub fn span_with_markup(&self, source: &str, start: u32, from: usize) -> Range<u32> {
        let after = match from.checked_sub(1) {
            Some(last) => self.span(last..from).end - start,
            None => 0,
        };
        let rest = &source[after as usize..];
        let text = rest.trim();
        let skipped = (rest.len() - rest.trim_start().len()) as u32;
        let start = start + after + skipped;
        start..start + text.len() as u32
    }

    /// Returns the offset after spaces.
    pub fn skip_spaces(&self, mut at: usize) -> usize {
        while self.folded.get(at).is_some_and(|c| c.is_whitespace()) {
            at += 1;
        }
        at
    }

    /// Returns the character before an offset.
    pub fn before(&self, at: usize) -> Option<char> {
        at.checked_sub(1).map(|at| self.folded[at])
    }

    /// Returns the offset after `text`, which must be folded, if the line has it at `at`.
    pub fn literal(&self, at: usize, text: &str) -> Option<usize> {
        let mut end = at;
        for c in text.chars() {
            if *self.folded.get(end)? != c {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    /// Returns the offset after a number at an offset, and the number without leading zeros.
    pub fn number(&self, at: usize) -> Option<(usize, String)> {
        let digits: String =
            self.folded[at.min(self.len())..].iter().take_while(|c| c.is_ascii_digit()).collect();
        if !digits.is_empty() {
            let number = digits.trim_start_matches('0');
            return Some((at + digits.len(), if number.is_empty() { "0" } else { number }.to_owned()));
        }
        let cjk = self.folded[at.min(self.len())..].iter().take(3).take_while(|c| cjk_digit(**c).is_some());
        let cjk: Vec<u32> = cjk.filter_map(|c| cjk_digit(*c)).collect();
        let value = match cjk[..] {
            [] => return None,
            [10] => 10,
            [10, ones] if ones < 10 => 10 + ones,
            [tens, 10] if tens < 10 => tens * 10,
            [tens, 10, ones] if tens < 10 && ones < 10 => tens * 10 + ones,
            [one, ..] => return Some((at + 1, one.to_string())),
        };
        Some((at + cjk.len(), value.to_string()))
    }
}

/// Returns a character in lower case, and in ASCII if it is the full-width form of an ASCII character.
pub(super) fn folded(c: char) -> char {
    let c = match c {
        '\t' => ' ',
        _ if c.is_ascii() => return c.to_ascii_lowercase(),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{2010}' | '\u{2011}' => '-',
        '\u{3010}' => '[',
        '\u{3011}' => ']',
        _ => c,
    };
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => c,
    }
}

/// Returns a text with every character folded.
pub(super) fn folded_text(text: &str) -> String {
    text.chars().map(folded).collect()
}

fn cjk_digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九十".chars().position(|digit| digit == c).map(|value| value as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(source: &str) -> String {
        PlainLine::new(source, 0).folded.into_iter().collect()
    }

    #[test]
    fn markup_is_removed() {
        assert_eq!(plain("**FR-001**: The `csv_file` MUST"), "fr-001: the csv_file must");
        assert_eq!(plain("_Requirements: 1.1, 2.3_"), "requirements: 1.1, 2.3");
        assert_eq!(plain("[1.1](requirements.md#1.1), １．２"), "[1.1], 1.2");
        assert_eq!(plain("a <!-- b --> c ~~d~~"), "a  c d");
    }

    #[test]
    fn targets_of_links() {
        let line = PlainLine::new("[FR-001](../a/spec.md#x) FR-002 [b]() [c]", 0);
        assert_eq!(line.link_target(1), Some("../a/spec.md#x"));
        assert_eq!(line.link_target(9), None);
        assert_eq!(line.link_target(17), Some(""));
        assert_eq!(line.link_target(21), None);
    }

    #[test]
    fn numbers() {
        let number = |text: &str| PlainLine::new(text, 0).number(0);
        assert_eq!(number("007."), Some((3, "7".to_owned())));
        assert_eq!(number("十二："), Some((2, "12".to_owned())));
        assert_eq!(number("三"), Some((1, "3".to_owned())));
        assert_eq!(number("x"), None);
    }

    #[test]
    fn spans_are_those_of_the_source() {
        let source = "**FR-001**: text";
        let line = PlainLine::new(source, 10);
        assert_eq!(line.span(0..6), 12..18);
        assert_eq!(line.text(8..12), "text");
    }
}
