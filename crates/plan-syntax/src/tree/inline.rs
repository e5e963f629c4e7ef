//! The syntax tree of the inline content of one block.

use std::ops::Range;

use tree_sitter::{Range as TreeRange, Tree};

use super::parser::{Grammar, parse, point};
use crate::{
    outline::{SegmentSpan, bytes},
    text::{line_end, next_line},
};

/// Inline content of a paragraph, heading or cell with its tree. The tree's offsets are relative to the content, so
/// it stays valid when the content moves.
#[derive(Clone, Debug)]
pub(super) struct InlineTree {
    /// From the start of the first line to the end of the last one, in the segment.
    pub(super) span: SegmentSpan,
    /// The parts of the content without the container prefixes of its lines.
    parts: Box<[SegmentSpan]>,
    /// `None` if the content is plain text.
    pub(super) tree: Option<Tree>,
}

impl InlineTree {
    /// Parses the content with these lines, which are trimmed. `old` contains the trees of an earlier text, with that
    /// text: the tree of equal content is reused. A tree of different content is not updated: with the inline
    /// grammar, the result can differ from that of a new parse (one edit in a thousand), which takes microseconds.
    pub(super) fn parse(text: &str, lines: &[SegmentSpan], old: [Option<(&str, &Self)>; 2]) -> Option<Self> {
        let span = lines.first()?.start..lines.last()?.end;
        let parts = parts(text, lines);
        let content = &text[bytes(&span)];
        let is_same =
            |(old_text, old): &(&str, &Self)| &old_text[bytes(&old.span)] == content && old.parts == parts;
        if let Some((_, same)) = old.into_iter().flatten().find(is_same) {
            return Some(Self { span, parts, tree: same.tree.clone() });
        }
        if is_plain(content) {
            return Some(Self { span, parts, tree: None });
        }
        let content = content.as_bytes();
        let range = |part: &SegmentSpan| {
            let Range { start, end } = bytes(part);
            let (start_point, end_point) = (point(content, start), point(content, end));
            TreeRange { start_byte: start, end_byte: end, start_point, end_point }
        };
        let ranges: Vec<TreeRange> = parts.iter().map(range).collect();
        let tree = parse(Grammar::Inline, content, &ranges, None);
        Some(Self { span, parts, tree })
    }
}

/// Returns the parts of the content relative to its start: each line with its line ending. Adjacent lines are one
/// part.
fn parts(text: &str, lines: &[SegmentSpan]) -> Box<[SegmentSpan]> {
    let start = lines.first().map_or(0, |line| line.start);
    let mut parts: Vec<SegmentSpan> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let end = if index + 1 == lines.len() {
            line.end
        } else {
            next_line(text.as_bytes(), line_end(text.as_bytes(), line.end as usize)) as u32
        };
        let part = line.start - start..end - start;
        match parts.last_mut() {
            Some(last) if last.end == part.start => last.end = part.end,
            _ => parts.push(part),
        }
    }
    parts.into()
}

/// Returns whether the content has no byte with a meaning in the inline grammar.
fn is_plain(content: &str) -> bool {
    let is_word =
        |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b" ,.:;?()/-%+#='\"".contains(&byte);
    content.bytes().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_inline_nodes() {
        let content = "Zwölf words, 1.2: (a/b) - 50% of #3; x=\"y\"? it's 1+1.";
        assert!(is_plain(content));
        let tree = parse(Grammar::Inline, content.as_bytes(), &[], None);
        assert_eq!(tree.map(|tree| tree.root_node().named_child_count()), Some(0));
        for markup in ["*", "_", "`", "[", "]", "<", ">", "!", "\\", "&", "~", "$", "@", "^", "|", "\n"] {
            assert!(!is_plain(&format!("a{markup}b")), "{markup}");
        }
    }
}
