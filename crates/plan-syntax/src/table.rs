//! Rows of GFM tables (section 4.10), parsed from their text because tree-sitter's grammar fails on empty
//! cells.

use std::ops::Range;

/// Returns the cells of a row, as byte ranges in `row` without surrounding whitespace. A blank cell is an
/// empty range where text would be inserted: after its first space, or before it if it is the only one. `row` is
/// one line without container prefix and line ending.
pub fn cells(row: &str) -> Vec<Range<usize>> {
    let bytes = row.as_bytes();
    let end = row.trim_end_matches([' ', '\t']).len();
    let mut start = row.len() - row.trim_start_matches([' ', '\t']).len();
    if bytes.get(start) == Some(&b'|') {
        start += 1;
    }
    let mut cells = Vec::new();
    let mut at = start;
    while at < end {
        match bytes[at] {
            // Like GitHub, this checks only the byte before: the second of two backslashes also escapes the
            // pipe.
            b'|' if at == 0 || bytes[at - 1] != b'\\' => {
                cells.push(trimmed(row, start..at));
                at += 1;
                start = at;
            }
            _ => at += 1,
        }
    }
    if start < end {
        cells.push(trimmed(row, start..end));
    }
    cells
}

fn trimmed(row: &str, range: Range<usize>) -> Range<usize> {
    let text = &row[range.clone()];
    let without = text.trim_matches([' ', '\t']);
    if without.is_empty() {
        let offset = range.start + usize::from(text.len() > 1);
        return offset..offset;
    }
    let start = range.start + (text.len() - text.trim_start_matches([' ', '\t']).len());
    start..start + without.len()
}

/// Returns the number of cells of a line as the header of a table, or 0 if it cannot be one. Cheap for lines
/// without a pipe.
pub(crate) fn header_cells(line: &str) -> usize {
    if line.contains('|') {
        cells(line).len()
    } else {
        // The header of a one-column table needs no pipe, but tree-sitter's grammar does not recognize every
        // such line.
        usize::from(starts_with_pipe_or_alphanumeric(line))
    }
}

/// Returns whether a line can be a row: a single pipe has no cell.
pub(crate) fn is_row(line: &str) -> bool {
    line.trim_end_matches([' ', '\t']) != "|"
}

/// Returns whether tree-sitter's grammar would not recognize the line as the header of a table.
pub(crate) fn is_unsupported_header(line: &str) -> bool {
    line.contains('|') && (!starts_with_pipe_or_alphanumeric(line) || cells(line).iter().any(Range::is_empty))
}

fn starts_with_pipe_or_alphanumeric(line: &str) -> bool {
    line.starts_with(|first: char| first == '|' || first.is_ascii_alphanumeric())
}

/// Returns whether the first non-blank cell has dashes or colons on both sides of whitespace. Such a line is not a
/// delimiter row. A line of a thousand bullets is detected without reading it to the end.
fn has_gap(line: &str) -> bool {
    let cell = line.bytes().skip_while(|byte| matches!(byte, b'|' | b' ' | b'\t'));
    let mut after = cell.skip_while(|byte| matches!(byte, b'-' | b':')).peekable();
    after.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        && after.find(|byte| !matches!(byte, b' ' | b'\t')).is_some_and(|byte| matches!(byte, b'-' | b':'))
}

/// Returns the number of columns of a delimiter row (`|---|:-:|`), or `None` for other lines. `---` alone is
/// a setext underline or a thematic break.
pub(crate) fn delimiter_cells(line: &str) -> Option<usize> {
    let first = line.as_bytes().first()?;
    // Most lines that begin like this are bullets and fail at their first letter.
    let is_allowed = |byte: u8| matches!(byte, b'|' | b'-' | b':') || byte.is_ascii_whitespace();
    if !matches!(first, b'|' | b'-' | b':')
        || has_gap(line)
        || !line.bytes().all(is_allowed)
        || !line.contains(['|', ':'])
    {
        return None;
    }
    let cells = cells(line);
    let is_delimiter = |cell: &Range<usize>| {
        let text = &line[cell.clone()];
        let text = text.strip_prefix(':').unwrap_or(text);
        let text = text.strip_suffix(':').unwrap_or(text);
        !text.is_empty() && text.bytes().all(|byte| byte == b'-')
    };
    cells.iter().all(is_delimiter).then_some(cells.len()).filter(|count| *count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(row: &str) -> Vec<&str> {
        cells(row).into_iter().map(|cell| &row[cell]).collect()
    }

    #[test]
    fn rows() {
        assert_eq!(split("| a | b |"), ["a", "b"]);
        assert_eq!(split("a | b"), ["a", "b"]);
        assert_eq!(split("||x|"), ["", "x"]);
        assert_eq!(split("|||"), ["", ""]);
        assert_eq!(split("|   |  |"), ["", ""]);
        assert_eq!(split(r"| a \| b | `c\|d` |"), [r"a \| b", r"`c\|d`"]);
        assert_eq!(split(r"| a \\| b |"), [r"a \\| b"]);
        assert_eq!(split("| a |  "), ["a"]);
        assert_eq!(split("| a | b"), ["a", "b"]);
    }

    #[test]
    fn blank_cells_are_after_the_first_space() {
        assert_eq!(cells("|   | b |")[0], 2..2);
        assert_eq!(cells("|| b |")[0], 1..1);
    }

    #[test]
    fn delimiter_rows() {
        assert_eq!(delimiter_cells("|---|:-:|"), Some(2));
        assert_eq!(delimiter_cells("--- | ---"), Some(2));
        assert_eq!(delimiter_cells("---"), None);
        assert_eq!(delimiter_cells("| a |"), None);
    }
}
