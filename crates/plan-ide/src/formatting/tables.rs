//! Tables: padding of cells, outer pipes, and the dashes of the delimiter row.

use plan_syntax::{BlockKind, Content, table};
use unicode_width::UnicodeWidthStr;

use super::{
    Tables,
    source::{Source, WHITESPACE},
};
use crate::{Edit, TextRange};

/// Maximum width of an aligned table in columns; wider tables are formatted compactly.
const MAX_TABLE_COLUMNS: usize = 400;

/// Minimum width of a cell of the delimiter row: `:-:`.
const MIN_DELIMITER_COLUMNS: usize = 3;

/// Adds the edits that format the tables of a segment, which starts at the offset `start`. A table is not changed if a
/// row has more or fewer cells than the header.
pub(super) fn layout(
    source: &Source,
    start: usize,
    content: &Content,
    tables: Tables,
    edits: &mut Vec<Edit>,
) {
    for (index, block) in content.outline.blocks.iter().enumerate() {
        if block.kind != BlockKind::Table {
            continue;
        }
        let range = start + block.span.start as usize..start + block.span.end as usize;
        if source.may_change(&range)
            && let Some(table) = LayoutTable::read(source, start, content, index)
        {
            table.layout(tables, edits);
        }
    }
}

/// A row of a table.
struct LayoutRow<'a> {
    /// Offset of the text in the document.
    offset: usize,
    /// Text of the row, without the prefix of its containers and trailing whitespace.
    text: &'a str,
    /// Ranges of the cells, relative to the text.
    cells: Vec<TextRange>,
}

/// A table in which all rows have the same number of cells.
struct LayoutTable<'a> {
    /// Rows without the delimiter row.
    rows: Vec<LayoutRow<'a>>,
    delimiters: LayoutRow<'a>,
}

/// Alignment of the text in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alignment {
    Default,
    Left,
    Center,
    Right,
}

impl<'a> LayoutTable<'a> {
    fn read(source: &'a Source, start: usize, content: &Content, table: usize) -> Option<Self> {
        let row = |offset: usize, end: usize| {
            let text = source.text.get(offset..end)?;
            text.contains('|').then(|| LayoutRow { offset, text, cells: table::cells(text) })
        };
        let rows = content
            .outline
            .children(table)
            .map(|index| {
                let span = &content.outline.blocks[index].span;
                row(start + span.start as usize, start + span.end as usize)
            })
            .collect::<Option<Vec<LayoutRow<'_>>>>()?;
        let header = rows.first()?;
        // The delimiter row is below the header, after the prefix of its containers.
        let line = source.lines.get(source.line_of(header.offset) + 1)?;
        let text = &source.text[line.content()];
        // Parsers disagree on whether a delimiter row may end in a tab.
        if text.ends_with(WHITESPACE) && text[text.trim_end_matches(WHITESPACE).len()..].contains('\t') {
            return None;
        }
        let before = text.len() - text.trim_start_matches([' ', '\t', '>']).len();
        let delimiters = row(line.start + before, line.start + text.trim_end_matches(WHITESPACE).len())?;
        let columns = header.cells.len();
        let is_whole = |row: &LayoutRow<'_>| row.cells.len() == columns;
        let is_delimiter = |cell: &TextRange| {
            let dashes = delimiters.text[cell.clone()].trim_start_matches(':').trim_end_matches(':');
            !dashes.is_empty() && dashes.bytes().all(|byte| byte == b'-')
        };
        let is_even = columns > 0
            && rows.iter().all(is_whole)
            && is_whole(&delimiters)
            && delimiters.cells.iter().all(is_delimiter);
        is_even.then_some(Self { rows, delimiters })
    }

    fn alignments(&self) -> Vec<Alignment> {
        let alignment = |cell: &TextRange| {
            let text = &self.delimiters.text[cell.clone()];
            match (text.starts_with(':'), text.ends_with(':')) {
                (true, true) => Alignment::Center,
                (true, false) => Alignment::Left,
                (false, true) => Alignment::Right,
                (false, false) => Alignment::Default,
            }
        };
        self.delimiters.cells.iter().map(alignment).collect()
    }

    /// Returns the width of each column in terminal columns; `None` if cells are not padded.
    fn widths(&self, tables: Tables) -> Option<Vec<usize>> {
        if tables == Tables::Compact {
            return None;
        }
        let mut widths = vec![MIN_DELIMITER_COLUMNS; self.delimiters.cells.len()];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = row.text[cell.clone()].width().max(*width);
            }
        }
        let total = widths.iter().map(|width| width + "|  ".len()).sum::<usize>() + "|".len();
        (total <= MAX_TABLE_COLUMNS).then_some(widths)
    }

    fn layout(&self, tables: Tables, edits: &mut Vec<Edit>) {
        let alignments = self.alignments();
        let widths = self.widths(tables);
        let width_of = |column: usize| widths.as_ref().and_then(|widths| widths.get(column).copied());
        for row in &self.rows {
            let paddings =
                row.cells.iter().zip(&alignments).enumerate().map(|(column, (cell, alignment))| {
                    let padding =
                        width_of(column).map_or(0, |width| width - row.text[cell.clone()].width().min(width));
                    match alignment {
                        _ if cell.is_empty() => (0, padding),
                        Alignment::Default | Alignment::Left => (0, padding),
                        Alignment::Center => (padding / 2, padding - padding / 2),
                        Alignment::Right => (padding, 0),
                    }
                });
            row.layout(&paddings.collect::<Vec<_>>(), edits);
        }
        for (column, (cell, alignment)) in self.delimiters.cells.iter().zip(alignments).enumerate() {
            let width = width_of(column).unwrap_or(MIN_DELIMITER_COLUMNS);
            let (left, right) = match alignment {
                Alignment::Default => ("", ""),
                Alignment::Left => (":", ""),
                Alignment::Center => (":", ":"),
                Alignment::Right => ("", ":"),
            };
            let dashes = "-".repeat(width - left.len() - right.len());
            let range = self.delimiters.offset + cell.start..self.delimiters.offset + cell.end;
            edits.push(Edit::replace(range, format!("{left}{dashes}{right}")));
        }
        self.delimiters.layout(&vec![(0, 0); self.delimiters.cells.len()], edits);
    }
}

impl LayoutRow<'_> {
    /// Adds the edits that set the padding of all cells. `padding` contains, for each cell, the number of spaces before
    /// and after it, in addition to the space next to the pipe.
    fn layout(&self, padding: &[(usize, usize)], edits: &mut Vec<Edit>) {
        let starts = self.cells.iter().map(|cell| cell.start).chain([self.text.len()]);
        let ends = [0].into_iter().chain(self.cells.iter().map(|cell| cell.end));
        for (number, (start, end)) in ends.zip(starts).enumerate() {
            // Separators between two cells, and at both ends of the row.
            let spaces = |count: usize| " ".repeat(count + 1);
            let before =
                number.checked_sub(1).and_then(|cell| padding.get(cell)).map(|(_, after)| spaces(*after));
            let after = padding.get(number).map(|(before, _)| spaces(*before));
            let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
            match self.text[start..end].find('|') {
                Some(pipe) => {
                    let pipe = start + pipe;
                    edits.push(Edit::replace(self.offset + start..self.offset + pipe, before));
                    edits.push(Edit::replace(self.offset + pipe + 1..self.offset + end, after));
                }
                None => edits
                    .push(Edit::replace(self.offset + start..self.offset + end, format!("{before}|{after}"))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::formatting::source::normalize_edits;

    fn formatted(text: &str, tables: Tables) -> String {
        let document = Document::new(text);
        let source = Source::new(&document, None);
        let mut edits = Vec::new();
        for (start, segment) in document.segments() {
            layout(&source, start, document.content(start, segment), tables, &mut edits);
        }
        crate::apply_edits(text, &normalize_edits(text, edits))
    }

    #[track_caller]
    fn check(text: &str, expect: Expect) {
        let once = formatted(text, Tables::Aligned);
        assert_eq!(formatted(&once, Tables::Aligned), once);
        expect.assert_eq(&once);
    }

    #[test]
    fn widths_are_terminal_columns() {
        check(
            "| State | Meaning |\n|---|---|\n| ✅ | done |\n| ⚠️ | with care |\n| 👩‍💻 | someone |\n| 進行中 | East Asian |\n| é | one |\n| 🇩🇪 | flag |\n",
            expect![[r"
                | State  | Meaning    |
                | ------ | ---------- |
                | ✅     | done       |
                | ⚠️     | with care  |
                | 👩‍💻     | someone    |
                | 進行中 | East Asian |
                | é      | one        |
                | 🇩🇪     | flag       |
            "]],
        );
    }

    #[test]
    fn alignments_and_outer_pipes() {
        check(
            "left | right | center | none\n:- | -: | :-: | -\nabcde | abcdef | abc | a\n| || x | |\n",
            expect![[r#"
                | left  |  right | center | none |
                | :---- | -----: | :----: | ---- |
                | abcde | abcdef |  abc   | a    |
                |       |        |   x    |      |
            "#]],
        );
    }

    #[test]
    fn content_of_cells() {
        check(
            "|a|b|\n|-|-|\n|`x\\|y`|\\\\ \\||\n|||\n",
            expect![[r"
                | a      | b     |
                | ------ | ----- |
                | `x\|y` | \\ \| |
                |        |       |
            "]],
        );
    }

    #[test]
    fn in_containers() {
        check(
            "> |a|b|\n> |-|-|\n> |c|d|\n\n- |a|b|\n  |-|-|\n  |c|d|\n",
            expect![[r"
                > | a   | b   |
                > | --- | --- |
                > | c   | d   |

                - | a   | b   |
                  | --- | --- |
                  | c   | d   |
            "]],
        );
    }

    #[test]
    fn uneven_tables_are_not_changed() {
        for text in ["|a|b|\n|-|-|\n|c|\n", "|a|b|\n|-|-|\n|c|d|e|\n", "|a|\n|-|\ntext\n"] {
            assert_eq!(formatted(text, Tables::Aligned), text);
        }
    }

    #[test]
    fn compact() {
        let text = "| a      |b|\n|:------|-:|\n| c    | ✅ |\n";
        let compact = "| a | b |\n| :-- | --: |\n| c | ✅ |\n";
        assert_eq!(formatted(text, Tables::Compact), compact);
        assert_eq!(formatted(compact, Tables::Compact), compact);
        let long = "x".repeat(MAX_TABLE_COLUMNS);
        let text = format!("|a   |b|\n|-|-|\n|{long}|c|\n");
        assert_eq!(formatted(&text, Tables::Aligned), format!("| a | b |\n| --- | --- |\n| {long} | c |\n"));
    }
}
