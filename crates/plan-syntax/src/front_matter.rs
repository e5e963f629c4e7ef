//! Front matter: a block of metadata at the start of a document.

use std::ops::Range;

use crate::lines::{LineRange, lines};

/// The language of front matter, determined by its delimiter lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrontMatterKind {
    /// YAML, between `---` lines.
    Yaml,
    /// TOML, between `+++` lines.
    Toml,
}

/// The position of front matter, in bytes of the whole document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrontMatter {
    /// Language of the metadata.
    pub kind: FrontMatterKind,
    /// The range including both delimiter lines and the line ending of the closing delimiter.
    pub range: Range<usize>,
    /// The lines between the delimiters.
    pub content: Range<usize>,
}

/// The byte order mark.
pub(crate) const BOM: &str = "\u{feff}";

/// Returns the length of a byte order mark at the start of a text: 3 or 0 bytes.
pub(crate) fn bom_len(text: &str) -> usize {
    if text.starts_with(BOM) { BOM.len() } else { 0 }
}

/// Returns whether a line, given without its ending, is a delimiter of front matter.
pub(crate) fn is_delimiter(line: &str) -> bool {
    matches!(line, "---" | "+++")
}

/// Returns whether the first line is a delimiter that opens front matter if another line closes it.
pub(crate) fn opens(text: &str) -> bool {
    lines(text, bom_len(text)).next().is_some_and(|line| is_delimiter(&text[line.content()]))
}

/// Returns the front matter at the start of a document (after a byte order mark): a line that is exactly
/// `---` or `+++`, at least one line, and the same delimiter again. As on GitHub and in comrak, a delimiter
/// with trailing whitespace, `...` and an empty block are ordinary Markdown.
pub(crate) fn front_matter(text: &str) -> Option<FrontMatter> {
    let start = bom_len(text);
    let mut rest = lines(text, start);
    let open = rest.next()?;
    let delimiter = &text[open.content()];
    let kind = match delimiter {
        "---" => FrontMatterKind::Yaml,
        "+++" => FrontMatterKind::Toml,
        _ => return None,
    };
    let close: LineRange = rest.find(|line| &text[line.content()] == delimiter)?;
    (close.start > open.next).then_some(FrontMatter {
        kind,
        range: start..close.next,
        content: open.next..close.start,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Option<&str> {
        front_matter(text).map(|found| &text[found.content])
    }

    #[test]
    fn front_matter_is_recognized() {
        assert_eq!(content("---\na: b\n---\n# H\n"), Some("a: b\n"));
        assert_eq!(content("\u{feff}---\r\na: b\r\n---"), Some("a: b\r\n"));
        assert_eq!(content("+++\ra = 1\r+++\rx"), Some("a = 1\r"));
    }

    #[test]
    fn other_blocks_are_not_front_matter() {
        for text in
            ["---\n---\n# H", "---  \na: b\n---\n", "---\na: b\n", "---\na: b\n...\n", "\n---\na: b\n---\n"]
        {
            assert_eq!(content(text), None, "{text:?}");
        }
    }
}
