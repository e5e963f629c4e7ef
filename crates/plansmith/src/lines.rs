//! Line and column numbers for output.

use plan_syntax::lines;

/// A position in a text. Line and column are 1-based; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LineColumn {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// Index of the lines of a text.
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

    /// Returns the line and column of a byte offset.
    pub(crate) fn line_column(&self, offset: usize) -> LineColumn {
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
    fn all_line_endings_and_multibyte_characters() {
        let text = "a\r\nb🚀c\rd\n";
        let index = LineIndex::new(text);
        let line_column = |offset| {
            let found = index.line_column(offset);
            (found.line, found.column)
        };
        assert_eq!(line_column(0), (1, 1));
        assert_eq!(line_column(3), (2, 1));
        assert_eq!(line_column(8), (2, 3));
        assert_eq!(line_column(10), (3, 1));
        assert_eq!(line_column(12), (4, 1));
    }
}
