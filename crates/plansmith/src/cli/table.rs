//! Tables of text. Columns are aligned, and narrowed if the terminal is not wide enough.

use std::fmt::Write;

use clap::builder::styling::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{out, terminal};

/// Number of terminal columns between two cells.
const GAP: usize = 2;
/// Minimum width of a narrowed column, in terminal columns.
const MIN_WIDTH: usize = 8;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextColumn {
    /// Title; a table without titles has no header.
    pub(super) title: &'static str,
    /// Maximum width in columns of the terminal.
    pub(super) max_width: usize,
    /// Whether cells are paths, whose end is kept if the column is too narrow.
    pub(super) is_path: bool,
    /// Whether the column is never narrowed, because a truncated cell, such as a number, would be wrong.
    pub(super) is_fixed: bool,
}

impl TextColumn {
    /// Returns a column with a maximum width.
    pub(super) const fn new(title: &'static str, max_width: usize) -> Self {
        Self { title, max_width, is_path: false, is_fixed: false }
    }

    /// Returns a column that is never narrowed.
    pub(super) const fn fixed(title: &'static str) -> Self {
        Self { title, max_width: usize::MAX, is_path: false, is_fixed: true }
    }

    /// Returns a column of paths.
    pub(super) const fn path(title: &'static str) -> Self {
        Self { title, max_width: usize::MAX, is_path: true, is_fixed: false }
    }
}

/// A cell of a table: text of a plan or of this program, printed in a style.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    /// Sets the style.
    pub(super) fn styled(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: terminal::line(text.as_ref()).into_owned(), style: Style::new() }
    }
}

/// A table with its rows.
#[derive(Debug)]
pub(super) struct TextTable {
    columns: Vec<TextColumn>,
    rows: Vec<TextRow>,
}

#[derive(Debug)]
enum TextRow {
    Cells(Vec<Cell>),
    Heading(String),
}

impl TextTable {
    /// Returns a table without rows.
    pub(super) fn new(columns: impl Into<Vec<TextColumn>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new() }
    }

    /// Returns whether the table has no rows.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a row. The cells have the order of the columns.
    pub(super) fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(TextRow::Cells(cells.into()));
    }

    /// Adds a line of any width, after a blank line. Keeps the styles of the line.
    pub(super) fn heading(&mut self, line: String) {
        self.rows.push(TextRow::Heading(line));
    }

    /// Returns the text of the table, at most as wide as the terminal.
    pub(super) fn text(&self) -> String {
        self.text_of_width(terminal::width())
    }

    fn text_of_width(&self, total: Option<usize>) -> String {
        let widths = self.widths(total);
        let mut out = String::new();
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            let header = |column: &TextColumn| Cell::from(column.title).styled(out::HEADING_STYLE);
            self.line(&mut out, &self.columns.iter().map(header).collect::<Vec<_>>(), &widths);
        }
        for row in &self.rows {
            match row {
                TextRow::Cells(cells) => self.line(&mut out, cells, &widths),
                TextRow::Heading(line) => drop(writeln!(out, "\n{line}")),
            }
        }
        out
    }

    /// Returns the widths of the columns. If they exceed `total` terminal columns, narrows the widest column first.
    fn widths(&self, total: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| column.title.width()).collect();
        let mut min_widths: Vec<usize> = widths.iter().map(|width| (*width).max(MIN_WIDTH)).collect();
        for row in &self.rows {
            let TextRow::Cells(cells) = row else { continue };
            for ((width, cell), column) in widths.iter_mut().zip(cells).zip(&self.columns) {
                *width = (*width).max(cell.text.width().min(column.max_width));
            }
        }
        let Some(total) = total else { return widths };
        for ((min, width), column) in min_widths.iter_mut().zip(&widths).zip(&self.columns) {
            if column.is_fixed {
                *min = *width;
            }
        }
        let gaps = GAP * self.columns.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > total {
            let narrowable = widths.iter_mut().zip(&min_widths).filter(|(width, min)| **width > **min);
            let Some((widest, _)) = narrowable.max_by_key(|(width, _)| **width) else { break };
            *widest -= 1;
        }
        widths
    }

    /// Appends a row, without trailing spaces.
    fn line(&self, out: &mut String, cells: &[Cell], widths: &[usize]) {
        let last = cells.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or(0);
        for (number, (cell, width)) in cells.iter().zip(widths).enumerate().take(last + 1) {
            let is_path = self.columns.get(number).is_some_and(|column| column.is_path);
            let text = if is_path { end_of(&cell.text, *width) } else { truncate(&cell.text, *width) };
            let style = cell.style;
            let _ = write!(out, "{style}{text}{style:#}");
            if number < last {
                out.push_str(&" ".repeat(width.saturating_sub(text.width()) + GAP));
            }
        }
        out.push('\n');
    }
}

/// Truncates a text to a maximum number of terminal columns, with an ellipsis.
pub(super) fn truncate(text: &str, max_width: usize) -> String {
    if text.width() <= max_width {
        return text.to_owned();
    }
    let cut: String = text.chars().take_while(fits(max_width)).collect();
    format!("{}…", cut.trim_end())
}

/// Returns the end of a text, with an ellipsis if it is wider than the maximum.
fn end_of(text: &str, max_width: usize) -> String {
    if text.width() <= max_width {
        return text.to_owned();
    }
    let cut: Vec<char> = text.chars().rev().take_while(fits(max_width)).collect();
    format!("…{}", cut.iter().rev().collect::<String>())
}

/// Returns a stateful predicate that accepts consecutive characters while they fit into `max_width` together with an
/// ellipsis.
fn fits(max_width: usize) -> impl FnMut(&char) -> bool {
    let mut room = max_width.saturating_sub(1);
    move |character| {
        let rest = room.checked_sub(character.width().unwrap_or(0));
        room = rest.unwrap_or(0);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> TextTable {
        let mut table = TextTable::new([TextColumn::path("PLAN"), TextColumn::new("TITLE", 12)]);
        table.row([Cell::from("docs/plans/one.md"), Cell::from("A title that is long")]);
        table.row([Cell::from("b.md"), Cell::from("A\nB\u{1b}")]);
        table
    }

    #[test]
    fn columns_are_aligned() {
        expect_test::expect![[r"
            PLAN               TITLE
            docs/plans/one.md  A title tha…
            b.md               A B\u{1b}
        "]]
        .assert_eq(&anstream::adapter::strip_str(&table().text_of_width(None)).to_string());
    }

    #[test]
    fn a_table_is_narrowed_to_the_terminal() {
        let text = anstream::adapter::strip_str(&table().text_of_width(Some(24))).to_string();
        assert!(text.lines().all(|line| line.width() <= 24), "{text}");
        assert!(text.contains("/one.md"), "{text}");
    }

    #[test]
    fn texts_are_truncated_to_terminal_columns() {
        assert_eq!(truncate("one two", 7), "one two");
        assert_eq!(truncate("one two", 5), "one…");
        assert_eq!(truncate("任务任务", 5), "任务…");
        assert_eq!(end_of("one/two.md", 7), "…two.md");
    }
}
