//! The text to format with its lines, and normalization of edits.

use plan_syntax::{
    Document,
    lines::{LineRange, lines},
};

use crate::{Edit, TextRange};

/// The text of a document with its lines.
pub(super) struct Source {
    /// The whole text.
    pub text: String,
    /// The lines, without a byte order mark.
    pub lines: Vec<LineRange>,
    /// Range of the lines that can be changed, from the start of the first line to the end of the last one. `None`
    /// for all lines.
    allowed: Option<TextRange>,
}

impl Source {
    pub fn new(document: &Document, within: Option<&TextRange>) -> Self {
        let text = document.text();
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let lines = lines(&text, start).collect();
        let mut source = Self { text, lines, allowed: None };
        source.allowed = within.map(|within| source.whole_lines(within));
        source
    }

    /// Returns the 0-based number of the line that contains an offset. For the end of the text, returns the number of
    /// the last line.
    pub fn line_of(&self, offset: usize) -> usize {
        self.lines.partition_point(|line| line.start <= offset).saturating_sub(1)
    }

    /// Returns the line with a 0-based number, without its newline. Empty if the text has no such line.
    pub fn line(&self, number: usize) -> &str {
        self.lines.get(number).map_or("", |line| &self.text[line.content()])
    }

    /// Returns the text from an offset to the end of its line.
    pub fn rest(&self, offset: usize) -> &str {
        let line = self.lines.get(self.line_of(offset));
        line.and_then(|line| self.text.get(offset..line.end)).unwrap_or_default()
    }

    /// Returns the newline of a line, empty for a last line without one.
    pub fn ending(&self, number: usize) -> &str {
        self.lines.get(number).map_or("", |line| &self.text[line.end..line.next])
    }

    /// Returns a range extended to whole lines with their newlines. If the range ends at the start of a line, this line
    /// is not included.
    pub fn whole_lines(&self, range: &TextRange) -> TextRange {
        let Some(first) = self.lines.get(self.line_of(range.start)) else { return 0..0 };
        let last_byte = range.end.saturating_sub(1).max(range.start);
        let end = self.lines.get(self.line_of(last_byte)).map_or(first.next, |last| last.next);
        first.start..end
    }

    /// Returns whether all lines of a range can be changed.
    pub fn may_change(&self, range: &TextRange) -> bool {
        let lines = self.whole_lines(range);
        self.allowed.as_ref().is_none_or(|allowed| allowed.start <= lines.start && lines.end <= allowed.end)
    }
}

/// Spaces and tabs.
pub(super) const WHITESPACE: [char; 2] = [' ', '\t'];

/// Returns whether a text consists of spaces and tabs only.
pub(super) fn is_blank(text: &str) -> bool {
    text.trim_start_matches(WHITESPACE).is_empty()
}

/// Characters of thematic breaks, underlines of setext headings, and delimiter rows.
pub(super) const RULE_CHARACTERS: [char; 9] = ['-', '*', '_', '+', '=', '|', ':', ' ', '\t'];

/// Tags of HTML blocks that continue over blank lines (CommonMark 4.6, start condition 1).
pub(super) const VERBATIM_TAGS: [&str; 4] = ["script", "pre", "style", "textarea"];

/// Returns whether a text could start a block if it were at the start of a line, instead of continuing a paragraph.
pub(super) fn may_start_a_block(text: &str) -> bool {
    if text.trim_start_matches(RULE_CHARACTERS).is_empty() {
        return true;
    }
    let after = |length: usize| text.get(length..).unwrap_or_default();
    let ends_marker = |rest: &str| is_blank(rest) || rest.starts_with(WHITESPACE);
    match text.as_bytes().first() {
        Some(b'>' | b'#' | b'<' | b'|' | b'=' | b':') => true,
        Some(b'-' | b'*' | b'+') => ends_marker(after(1)),
        Some(b'0'..=b'9') => {
            text.trim_start_matches(|digit: char| digit.is_ascii_digit()).starts_with(['.', ')'])
        }
        Some(b'`' | b'~') => text.starts_with("```") || text.starts_with("~~~"),
        Some(b'[') => text.starts_with("[^"),
        _ => false,
    }
}

/// Sorts edits, minimizes them and drops those without effect. Adjacent edits are merged.
pub(super) fn normalize_edits(text: &str, edits: Vec<Edit>) -> Vec<Edit> {
    let mut edits: Vec<Edit> = edits.into_iter().filter_map(|edit| minimize_edit(text, edit)).collect();
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut tidy: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        match tidy.last_mut() {
            Some(last) if last.range.end == edit.range.start => {
                last.range.end = edit.range.end;
                last.text.push_str(&edit.text);
            }
            _ => tidy.push(edit),
        }
    }
    tidy.into_iter().filter_map(|edit| minimize_edit(text, edit)).collect()
}

/// Removes from an edit the prefix and suffix that its text has in common with the replaced text. Returns `None` if the
/// edit has no effect.
fn minimize_edit(text: &str, edit: Edit) -> Option<Edit> {
    let old = &text[edit.range.clone()];
    let same = |(a, b): &(char, char)| a == b;
    let start: usize =
        old.chars().zip(edit.text.chars()).take_while(same).map(|(letter, _)| letter.len_utf8()).sum();
    let (old, new) = (&old[start..], &edit.text[start..]);
    let end: usize =
        old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(letter, _)| letter.len_utf8()).sum();
    let new = &new[..new.len() - end];
    let range = edit.range.start + start..edit.range.end - end;
    (!range.is_empty() || !new.is_empty()).then(|| Edit::replace(range, new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_minimized_and_merged() {
        let edits = vec![
            Edit::insert(5, "|"),
            Edit::replace(5..7, ""),
            Edit::replace(0..3, "aéc"),
            Edit::replace(3..3, ""),
        ];
        assert_eq!(normalize_edits("abc  xxd", edits), [Edit::replace(1..2, "é"), Edit::replace(5..7, "|")]);
    }

    #[test]
    fn touched_lines() {
        let source = Source::new(&Document::new("a\nbb\nc"), None);
        assert_eq!(source.whole_lines(&(0..2)), 0..2);
        assert_eq!(source.whole_lines(&(1..3)), 0..5);
        assert_eq!(source.whole_lines(&(2..2)), 2..5);
        assert_eq!(source.whole_lines(&(6..6)), 5..6);
    }
}
