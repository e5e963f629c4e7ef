//! Comparison of a document before and after formatting.

use plan_syntax::{Block, BlockKind, Content, Document, SegmentSpan, outline::bytes, tree};

use super::source::WHITESPACE;

/// Returns whether two documents have the same meaning: the same blocks with the same nesting, with the same words in
/// the same lines. Ignores bullet characters, indentation and the width of cells.
pub(super) fn has_same_blocks(a: &Document, b: &Document) -> bool {
    let front = |document: &Document| document.front_matter().map(|front| document.slice(front.range));
    // Formatting may add a newline to the last line of front matter.
    front(a).map(|text| text.trim_end().to_owned()) == front(b).map(|text| text.trim_end().to_owned())
        && blocks(a).eq(blocks(b))
}

fn blocks(document: &Document) -> impl Iterator<Item = ComparedBlock<'_>> {
    document.segments().flat_map(move |(start, segment)| {
        let content = document.content(start, segment);
        (0..content.outline.blocks.len()).map(move |index| ComparedBlock { content, index })
    })
}

/// Returns whether two documents have the same blocks according to tree-sitter's grammar, compared as in
/// [`has_same_blocks`]. Segments with the same text are not parsed, and segments that are too long for the grammar are
/// not compared.
pub(super) fn has_same_tree_blocks(a: &Document, b: &Document) -> bool {
    // A blank line between front matter and a heading is a segment.
    let texts = |document: &Document| -> Vec<String> {
        let body = document.segments().filter(|(_, segment)| !segment.is_prologue());
        let texts = body.map(|(start, segment)| document.slice(start..start + segment.len()));
        texts.filter(|text| !text.trim().is_empty()).collect()
    };
    let (a, b) = (texts(a), texts(b));
    let is_alike = |(a, b): (&String, &String)| {
        a == b
            || match (tree::content(a), tree::content(b)) {
                (Some(a), Some(b)) => {
                    a.outline.blocks.len() == b.outline.blocks.len()
                        && (0..a.outline.blocks.len()).all(|index| {
                            ComparedBlock { content: &a, index } == ComparedBlock { content: &b, index }
                        })
                }
                _ => true,
            }
    };
    a.len() == b.len() && a.iter().zip(&b).all(is_alike)
}

/// A block for comparison.
struct ComparedBlock<'a> {
    content: &'a Content,
    index: usize,
}

impl ComparedBlock<'_> {
    fn block(&self) -> &Block {
        &self.content.outline.blocks[self.index]
    }

    fn at(&self, span: &SegmentSpan) -> &str {
        &self.content.text[bytes(span)]
    }

    /// Returns the lines of the block's text, each with whether two spaces at its end are a hard line break.
    fn lines(&self) -> impl Iterator<Item = (&str, bool)> {
        let mut lines = self.content.outline.inline(self.index).peekable();
        std::iter::from_fn(move || {
            let line = lines.next()?;
            let breaks = lines.peek().is_some() && self.content.text[line.end as usize..].starts_with("  ");
            Some((self.at(line), breaks))
        })
    }
}

impl PartialEq for ComparedBlock<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.block(), other.block());
        let same = |a: &SegmentSpan, b: &SegmentSpan| self.at(a) == other.at(b);
        let alike = match (&a.kind, &b.kind) {
            (BlockKind::Item { checkbox: a_checkbox, .. }, BlockKind::Item { checkbox: b_checkbox, .. }) => {
                let (a, b) = (a.marker(), b.marker());
                let is_bullet = |text: &str| matches!(text, "-" | "*" | "+");
                let are_same_checkboxes = match (a_checkbox, b_checkbox) {
                    (Some(a), Some(b)) => {
                        // A GFM checkbox must be followed by a space or tab.
                        let is_followed_by_whitespace = |block: &Self, span: &SegmentSpan| {
                            block.content.text[span.end as usize..].starts_with(WHITESPACE)
                        };
                        same(&a.span, &b.span)
                            && a.gfm == b.gfm
                            && is_followed_by_whitespace(self, &a.span)
                                == is_followed_by_whitespace(other, &b.span)
                    }
                    (None, None) => true,
                    _ => false,
                };
                are_same_checkboxes && (same(&a, &b) || is_bullet(self.at(&a)) && is_bullet(other.at(&b)))
            }
            (
                BlockKind::Fence { info: a, content: a_code, closed: a_closed },
                BlockKind::Fence { info: b, content: b_code, closed: b_closed },
            ) => {
                // Formatting may add a newline to the last line of an unclosed block.
                let code = |text: &str| {
                    if *a_closed { text.len() } else { text.trim_end_matches(['\n', '\r']).len() }
                };
                let (a_code, b_code) = (self.at(a_code), other.at(b_code));
                a_closed == b_closed && same(a, b) && a_code[..code(a_code)] == b_code[..code(b_code)]
            }
            (
                BlockKind::Heading { level: a, setext: a_setext, .. },
                BlockKind::Heading { level: b, setext: b_setext, .. },
            ) => a == b && a_setext == b_setext,
            (BlockKind::IndentedCode, BlockKind::IndentedCode) => same(&a.span, &b.span),
            (BlockKind::Html { comment: a_comment }, BlockKind::Html { comment: b_comment }) => {
                a_comment == b_comment && same(&a.span, &b.span)
            }
            (
                BlockKind::LinkDefinition { label: a, destination: a_to },
                BlockKind::LinkDefinition { label: b, destination: b_to },
            ) => same(a, b) && same(a_to, b_to),
            // Other blocks have no further content.
            (a, b) => a == b,
        };
        let depth = |block: &Self| block.block().parent().map(|parent| block.index - parent as usize);
        alike
            && depth(self) == depth(other)
            && a.end as usize - self.index == b.end as usize - other.index
            && self.lines().eq(other.lines())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_meaning() {
        let alike = |a: &str, b: &str| has_same_blocks(&Document::new(a), &Document::parsed(b));
        let alike = |a: &str, b: &str| {
            let by_tree = has_same_tree_blocks(&Document::new(a), &Document::new(b));
            assert_eq!(by_tree, alike(a, b), "{a:?} and {b:?}");
            by_tree
        };
        assert!(alike("*   a\n    b\n", "- a\n  b"));
        assert!(alike("|a|b|\n|-|-|\n", "| a | b |\n| - | --- |\n"));
        assert!(alike("# a \nb", "# a\n\nb\n"));
        assert!(!alike("- a\n  - b\n", "- a\n- b\n"));
        assert!(!alike("a  \nb\n", "a\nb\n"));
        assert!(!alike("```\na  \n```\n", "```\na\n```\n"));
        assert!(!alike("1. a\n", "2. a\n"));
        assert!(!alike("- [ ] a\n", "- [x] a\n"));
        assert!(!alike("- [ ] a\n- [x] \n", "- [ ] a\n- [x]\n"));
        assert!(!alike("- [ ] a\n\nb\n", "- [ ] a\n"));
    }
}
