//! The text of a Gantt chart as Mermaid's parser receives it: without front matter, directives and comments, and with
//! `\n` as the only line ending.

use std::ops::Range;

/// Returns whether JavaScript treats a character as whitespace.
pub(super) fn is_space(c: char) -> bool {
    c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}')
}

/// Replacement for `#` and `;` of entities such as `#35;`, so that they do not end a value.
const MASK: char = '\u{1}';

/// The text that Mermaid's parser receives, with the position of each part in the text of the block.
#[derive(Debug, Default)]
pub(super) struct ChartSource {
    pub(super) text: String,
    /// Starts of the parts that were copied: in `text`, and in the text of the block.
    parts: Vec<(usize, usize)>,
}

/// Text before the chart in a block.
#[derive(Debug, Default)]
pub(super) struct Preamble {
    /// The YAML of the block's own front matter, in the text of the block.
    pub(super) front_matter: Option<Range<usize>>,
    /// The first line, if it opens front matter that is not closed.
    pub(super) unclosed_front_matter: Option<Range<usize>>,
}

impl ChartSource {
    /// Prepares the text of a block as Mermaid does before it parses the chart.
    pub(super) fn new(block: &str) -> (Self, Preamble) {
        let mut source = Self::with_plain_line_endings(block);
        let mut preamble = Preamble::default();
        if let Some((yaml, end)) = front_matter(&source.text) {
            preamble.front_matter = Some(source.origin(&yaml));
            source = source.without(std::slice::from_ref(&(0..end)));
        } else if source.text.trim_start().starts_with("---") {
            let end = source.text.find("---").unwrap_or_default() + 3;
            preamble.unclosed_front_matter = Some(source.origin(&(end - 3..end)));
            // Continues with the chart, so that its tasks are still found.
            let chart =
                line_starts(&source.text).find(|at| source.text[*at..].trim_start().starts_with("gantt"));
            source = source.without(std::slice::from_ref(&(0..chart.unwrap_or(end))));
        }
        let found = directives(&source.text);
        source = source.without(&found);
        let found = comments(&source.text);
        source = source.without(&found);
        let lead = source.text.len() - source.text.trim_start_matches(is_space).len();
        source = source.without(std::slice::from_ref(&(0..lead)));
        source.mask_entities();
        source.text.push('\n');
        (source, preamble)
    }

    fn with_plain_line_endings(block: &str) -> Self {
        let mut source = Self::default();
        let mut from = 0;
        for (at, _) in block.match_indices('\r') {
            source.copy(block, from..at, 0);
            from = at + 1;
            if !block[from..].starts_with('\n') {
                source.parts.push((source.text.len(), at));
                source.text.push('\n');
            }
        }
        source.copy(block, from..block.len(), 0);
        source
    }

    fn copy(&mut self, from: &str, range: Range<usize>, offset: usize) {
        if !range.is_empty() {
            self.parts.push((self.text.len(), offset + range.start));
            self.text.push_str(&from[range]);
        }
    }

    /// Returns the source without these ranges of its text, given in ascending order.
    fn without(self, ranges: &[Range<usize>]) -> Self {
        if ranges.iter().all(Range::is_empty) {
            return self;
        }
        let mut rest = Self::default();
        let mut from = 0;
        for range in ranges.iter().cloned().chain(std::iter::once(self.text.len()..self.text.len())) {
            // Each part keeps its own position.
            for (index, (start, origin)) in self.parts.iter().enumerate() {
                let end = self.parts.get(index + 1).map_or(self.text.len(), |(next, _)| *next);
                let (first, last) = (from.max(*start), range.start.min(end));
                if first < last {
                    rest.parts.push((rest.text.len(), origin + (first - start)));
                    rest.text.push_str(&self.text[first..last]);
                }
            }
            from = range.end;
        }
        rest
    }

    /// Returns the range of the block's text that a range of `text` was copied from.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        let of = |at: usize| {
            let part = self.parts.partition_point(|(start, _)| *start <= at).saturating_sub(1);
            self.parts.get(part).map_or(at, |(start, origin)| origin + (at - start))
        };
        if range.is_empty() {
            return of(range.start)..of(range.start);
        }
        of(range.start)..of(range.end - 1) + 1
    }

    /// Masks entities. Does not drop the last `;` of lines that look like styles, although Mermaid does.
    fn mask_entities(&mut self) {
        let mut masked = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some(at) = rest.find('#') {
            let name = rest[at + 1..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            let end = at + 1 + name;
            masked.push_str(&rest[..at]);
            if name > 0 && rest[end..].starts_with(';') {
                masked.push(MASK);
                masked.push_str(&rest[at + 1..end]);
                masked.push(MASK);
                rest = &rest[end + 1..];
            } else {
                masked.push('#');
                rest = &rest[at + 1..];
            }
        }
        masked.push_str(rest);
        self.text = masked;
    }
}

fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1))
}

/// Returns the range of the whitespace at a position.
fn space_at(text: &str, at: usize) -> Range<usize> {
    at..text.len() - text[at..].trim_start_matches(is_space).len()
}

/// Returns the YAML of front matter that starts on the first line, and the end of its closing line.
fn front_matter(text: &str) -> Option<(Range<usize>, usize)> {
    let indent = text.len() - text.trim_start_matches(|c| c != '\n' && is_space(c)).len();
    text[indent..].strip_prefix("---")?;
    let space = space_at(text, indent + 3);
    let closing = format!("\n{}---", &text[..indent]);
    // Mermaid's regular expression takes as many empty lines as it can, and fewer if it does not match otherwise.
    for (newline, _) in text[space.clone()].rmatch_indices('\n') {
        let body = space.start + newline + 1;
        for (close, _) in text[body..].match_indices(closing.as_str()) {
            let after = space_at(text, body + close + closing.len());
            if let Some(last) = text[after.clone()].rfind('\n') {
                return Some((body..body + close, after.start + last + 1));
            }
        }
    }
    None
}

/// Returns the directives: `%%{init: {…}}%%`, also over several lines.
fn directives(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("%%{") {
        let start = from + at;
        from = start + 3;
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let word_end = |at: usize| text.len() - text[at..].trim_start_matches(is_word).len();
        let name = space_at(text, from).end;
        let mut end = word_end(name);
        if end == name {
            continue;
        }
        if text[space_at(text, end).end..].starts_with(':') {
            end = space_at(text, end).end + 1;
        }
        let value = space_at(text, end).end;
        end = match word_end(value) {
            word if word > value => word,
            _ => text[value..].find("}%%").map_or(text.len(), |close| value + close),
        };
        let close = space_at(text, end).end;
        end = if text[close..].starts_with("}%%") { close + 3 } else { close };
        found.push(start..end);
        from = end;
    }
    found
}

/// Returns the comment lines, each with the empty lines before it.
fn comments(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = 0;
    while from <= text.len() {
        let space = space_at(text, from);
        let line_end = |at: usize| text[at..].find('\n').map_or(text.len(), |end| at + end);
        let rest = &text[space.end..];
        if rest.starts_with("%%") && !rest[2..].starts_with(['{', '\n']) && rest.len() > 2 {
            let end = (line_end(space.end) + 1).min(text.len());
            found.push(space.start..end);
            from = end;
            if end == text.len() {
                break;
            }
        } else {
            from = line_end(from) + 1;
        }
    }
    found
}
