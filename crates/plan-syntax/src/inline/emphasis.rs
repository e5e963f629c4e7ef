//! Emphasis, strong emphasis and strikethrough (CommonMark 6.2, GFM 6.5).

use super::{Inline, InlineKind, run_length};

/// The runs of `*`, `_` and `~` found so far that may still open or close a span, as a linked list in a
/// vector.
#[derive(Default)]
pub(super) struct Delimiters {
    runs: Vec<DelimiterRun>,
}

#[derive(Clone, Debug)]
struct DelimiterRun {
    byte: u8,
    /// Start of the remaining characters.
    start: usize,
    remaining: usize,
    /// Length of the whole run, including characters that are already matched.
    length: usize,
    opens: bool,
    closes: bool,
    /// Index of the previous run that is still in the list.
    previous: Option<usize>,
}

impl Delimiters {
    pub(super) fn len(&self) -> usize {
        self.runs.len()
    }

    /// Adds the run that starts at `at` and returns its end.
    pub(super) fn push(&mut self, text: &str, at: usize) -> usize {
        let byte = text.as_bytes()[at];
        let length = run_length(&text.as_bytes()[at..], byte);
        let end = at + length;
        let before = text[..at].chars().next_back().unwrap_or('\n');
        let after = text[end..].chars().next().unwrap_or('\n');
        let left_flanking = !after.is_whitespace()
            && (!is_punctuation(after) || before.is_whitespace() || is_punctuation(before));
        let right_flanking = !before.is_whitespace()
            && (!is_punctuation(before) || after.is_whitespace() || is_punctuation(after));
        let (opens, closes) = match byte {
            b'_' => (
                left_flanking && (!right_flanking || is_punctuation(before)),
                right_flanking && (!left_flanking || is_punctuation(after)),
            ),
            _ => (left_flanking, right_flanking),
        };
        if (opens || closes) && (byte != b'~' || length <= 2) {
            self.runs.push(DelimiterRun {
                byte,
                start: at,
                remaining: length,
                length,
                opens,
                closes,
                previous: None,
            });
        }
        end
    }

    /// Matches the runs from `bottom` on and removes them (CommonMark appendix, *process emphasis*).
    pub(super) fn resolve(&mut self, bottom: usize, found: &mut Vec<Inline>) {
        let bottom = bottom.min(self.runs.len());
        // Lower bounds for the search for openers, per kind of closer. They prevent repeated searches.
        let mut floors = [[bottom; 6]; 3];
        let mut last: Option<usize> = None;
        for closer in bottom..self.runs.len() {
            self.runs[closer].previous = last;
            while self.runs[closer].closes && self.runs[closer].remaining > 0 {
                let floor = &mut floors[kind_index(self.runs[closer].byte)]
                    [self.runs[closer].length % 3 + 3 * usize::from(self.runs[closer].opens)];
                let mut candidate = self.runs[closer].previous;
                while let Some(index) = candidate.filter(|index| *index >= *floor) {
                    if self.matches(index, closer) {
                        break;
                    }
                    candidate = self.runs[index].previous;
                }
                let Some(opener) = candidate.filter(|index| *index >= *floor) else {
                    *floor = closer;
                    break;
                };
                self.pair(opener, closer, found);
                // The runs between opener and closer can no longer match, and neither can an opener without remaining
                // characters.
                let rest =
                    if self.runs[opener].remaining > 0 { Some(opener) } else { self.runs[opener].previous };
                self.runs[closer].previous = rest;
            }
            let run = &self.runs[closer];
            last = if run.remaining > 0 && run.opens { Some(closer) } else { run.previous };
        }
        self.runs.truncate(bottom);
    }

    fn matches(&self, opener: usize, closer: usize) -> bool {
        let (opener, closer) = (&self.runs[opener], &self.runs[closer]);
        if opener.byte != closer.byte || !opener.opens || opener.remaining == 0 {
            return false;
        }
        if opener.byte == b'~' {
            return opener.remaining == closer.remaining;
        }
        // The rule of three (CommonMark 6.2, rules 9 and 10).
        let both_ways = closer.opens || opener.closes;
        !(both_ways && !closer.length.is_multiple_of(3) && (opener.length + closer.length).is_multiple_of(3))
    }

    fn pair(&mut self, opener: usize, closer: usize, found: &mut Vec<Inline>) {
        let byte = self.runs[opener].byte;
        let width = if byte == b'~' {
            self.runs[opener].remaining
        } else if self.runs[opener].remaining >= 2 && self.runs[closer].remaining >= 2 {
            2
        } else {
            1
        };
        self.runs[opener].remaining -= width;
        let from = self.runs[opener].start + self.runs[opener].remaining;
        let to = self.runs[closer].start;
        self.runs[closer].start += width;
        self.runs[closer].remaining -= width;
        let kind = match (byte, width) {
            (b'~', _) => InlineKind::Strikethrough,
            (_, 2) => InlineKind::Strong,
            _ => InlineKind::Emphasis,
        };
        found.push(Inline {
            kind,
            span: from as u32..(to + width) as u32,
            content: (from + width) as u32..to as u32,
        });
    }
}

fn kind_index(byte: u8) -> usize {
    match byte {
        b'*' => 0,
        b'_' => 1,
        _ => 2,
    }
}

/// Returns whether a character is punctuation according to CommonMark 2.1: Unicode's general categories P and
/// S.
fn is_punctuation(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_punctuation();
    }
    // Non-ASCII characters that are not letters, numbers, marks, whitespace or control characters. Marks and joiners
    // are treated as letters.
    !character.is_alphanumeric()
        && !character.is_whitespace()
        && !character.is_control()
        && !matches!(character, '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}')
}
