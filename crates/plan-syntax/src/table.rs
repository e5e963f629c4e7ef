//! Rows of GFM tables (section 4.10), read from their text: the grammar gives up on empty cells.

use std::ops::Range;

/// The cells of a row, as byte ranges into `row` without surrounding blanks. A blank cell is an empty range right after
/// its opening pipe's first blank, where a person would type. `row` is one line without container prefix and line
/// ending.
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
            // GitHub looks no further back than this: the second backslash of two escapes the pipe as well.
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
        let place = range.start + usize::from(text.len() > 1);
        return place..place;
    }
    let start = range.start + (text.len() - text.trim_start_matches([' ', '\t']).len());
    start..start + without.len()
}

/// How many cells a line would have as the header of a table; 0 for a line that can't be one. Cheap on lines without
/// a pipe.
pub(crate) fn header_cells(line: &str) -> usize {
    if line.contains('|') {
        cells(line).len()
    } else {
        // A table of one column needs no pipe in its header, but the grammar does not know every such line for one.
        usize::from(begins_plainly(line))
    }
}

/// Whether a line can be a row: a pipe alone has no cell.
pub(crate) fn is_row(line: &str) -> bool {
    line.trim_end_matches([' ', '\t']) != "|"
}

/// Whether a line, if it is the header of a table, is one that the grammar does not know for one.
pub(crate) fn is_odd_header(line: &str) -> bool {
    line.contains('|') && (!begins_plainly(line) || cells(line).iter().any(Range::is_empty))
}

fn begins_plainly(line: &str) -> bool {
    line.starts_with(|first: char| first == '|' || first.is_ascii_alphanumeric())
}

/// Whether the first cell that has something has dashes on both sides of a blank: of a thousand bullets on a line none is
/// looked at to its end.
fn has_gap(line: &str) -> bool {
    let cell = line.bytes().skip_while(|byte| matches!(byte, b'|' | b' ' | b'\t'));
    let mut after = cell.skip_while(|byte| matches!(byte, b'-' | b':')).peekable();
    after.peek().is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        && after.find(|byte| !matches!(byte, b' ' | b'\t')).is_some_and(|byte| matches!(byte, b'-' | b':'))
}

/// How many columns a delimiter row has (`|---|:-:|`); nothing for other lines. A lone `---` is none: that is an
/// underline or a break.
pub(crate) fn delimiter_cells(line: &str) -> Option<usize> {
    let first = line.as_bytes().first()?;
    // Most lines that begin so are bullets, and end the look at their first letter.
    let is_rule = |byte: u8| matches!(byte, b'|' | b'-' | b':') || byte.is_ascii_whitespace();
    if !matches!(first, b'|' | b'-' | b':')
        || has_gap(line)
        || !line.bytes().all(is_rule)
        || !line.contains(['|', ':'])
    {
        return None;
    }
    let cells = cells(line);
    let is_rule = |cell: &Range<usize>| {
        let text = &line[cell.clone()];
        let text = text.strip_prefix(':').unwrap_or(text);
        let text = text.strip_suffix(':').unwrap_or(text);
        !text.is_empty() && text.bytes().all(|byte| byte == b'-')
    };
    cells.iter().all(is_rule).then_some(cells.len()).filter(|count| *count > 0)
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
    fn a_blank_cell_is_where_one_would_type() {
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
