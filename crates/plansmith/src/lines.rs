//! Lines and columns as people count them.

use plan_syntax::lines;

/// A place in a text: both count from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineColumn {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// The lines of a text, for finding places.
pub(crate) struct LineIndex<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineIndex<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let mut starts: Vec<usize> = lines::lines(text, 0).map(|line| line.start).collect();
        if text.is_empty() || text.ends_with(['\n', '\r']) {
            starts.push(text.len());
        }
        Self { text, starts }
    }

    /// The place of a byte.
    pub(crate) fn at(&self, offset: usize) -> LineColumn {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        LineColumn { line, column: before.chars().count() + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_ending_and_wide_characters() {
        let text = "a\r\nb🚀c\rd\n";
        let index = LineIndex::new(text);
        let at = |offset| (index.at(offset).line, index.at(offset).column);
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(3), (2, 1));
        assert_eq!(at(8), (2, 3));
        assert_eq!(at(10), (3, 1));
        assert_eq!(at(12), (4, 1));
    }
}
