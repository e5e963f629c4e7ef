//! Bytes and columns of a line (CommonMark 2.2).

/// A position in a line, in bytes and in columns (a tab reaches to the next multiple of four).
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) line: &'a [u8],
    pub(crate) offset: usize,
    pub(crate) column: usize,
    /// Remaining columns of a partly consumed tab.
    rest_of_tab: usize,
    /// Offset and column at which the whitespace at the cursor ends. Cached because every container of a
    /// deeply nested line needs it.
    text: (usize, usize),
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(line: &'a [u8]) -> Self {
        let mut cursor = Self { line, offset: 0, column: 0, rest_of_tab: 0, text: (0, 0) };
        cursor.find_text();
        cursor
    }

    fn find_text(&mut self) {
        let mut column = self.column + self.rest_of_tab;
        let mut at = self.offset + usize::from(self.rest_of_tab > 0);
        while let Some(byte) = self.line.get(at) {
            match byte {
                b' ' => column += 1,
                b'\t' => column += 4 - column % 4,
                _ => break,
            }
            at += 1;
        }
        self.text = (at, column);
    }

    fn peek(&self) -> Option<u8> {
        self.line.get(self.offset).copied()
    }

    /// Returns the columns of whitespace at the cursor, and the offset after it.
    pub(crate) fn indent(&self) -> (usize, usize) {
        let (at, column) = self.text;
        (column - self.column, at)
    }

    /// Consumes up to `columns` columns of whitespace.
    pub(crate) fn skip_columns(&mut self, mut columns: usize) {
        while columns > 0 {
            match self.peek() {
                Some(b' ') => {
                    self.offset += 1;
                    self.column += 1;
                    columns -= 1;
                }
                Some(b'\t') => {
                    let width = if self.rest_of_tab > 0 { self.rest_of_tab } else { 4 - self.column % 4 };
                    let taken = width.min(columns);
                    self.column += taken;
                    self.rest_of_tab = width - taken;
                    self.offset += usize::from(self.rest_of_tab == 0);
                    columns -= taken;
                }
                _ => return,
            }
        }
    }

    /// Consumes `bytes` bytes, none of which may be a tab.
    pub(crate) fn skip_bytes(&mut self, bytes: usize) {
        self.offset += bytes;
        self.column += bytes;
        self.find_text();
    }

    pub(crate) fn rest(&self, from: usize) -> &'a [u8] {
        &self.line[from.min(self.line.len())..]
    }
}
