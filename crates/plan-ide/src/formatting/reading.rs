//! What must stay when a text is laid out anew.

use plan_syntax::{Block, BlockKind, Content, Document, Span, outline::bytes};

use super::source::BLANKS;

/// Whether two documents say the same: the same blocks, one in another as before, with the same words in the same lines.
/// Which bullet a list has, how far lines are indented, and how wide cells are, does not matter.
pub(super) fn reads_alike(a: &Document, b: &Document) -> bool {
    let front = |document: &Document| document.front_matter().map(|front| document.slice(front.range));
    // A last line of front matter may get its ending.
    front(a).map(|text| text.trim_end().to_owned()) == front(b).map(|text| text.trim_end().to_owned())
        && blocks(a).eq(blocks(b))
}

fn blocks(document: &Document) -> impl Iterator<Item = Reading<'_>> {
    document.segments().flat_map(move |(start, segment)| {
        let content = document.content(start, segment);
        (0..content.outline.blocks.len()).map(move |index| Reading { content, index })
    })
}

/// A block for comparison.
struct Reading<'a> {
    content: &'a Content,
    index: usize,
}

impl Reading<'_> {
    fn block(&self) -> &Block {
        &self.content.outline.blocks[self.index]
    }

    fn at(&self, span: &Span) -> &str {
        &self.content.text[bytes(span)]
    }

    /// The lines of its text, with whether each ends in a break.
    fn lines(&self) -> impl Iterator<Item = (&str, bool)> {
        let mut lines = self.content.outline.inline(self.index).peekable();
        std::iter::from_fn(move || {
            let line = lines.next()?;
            let breaks = lines.peek().is_some() && self.content.text[line.end as usize..].starts_with("  ");
            Some((self.at(line), breaks))
        })
    }
}

impl PartialEq for Reading<'_> {
    fn eq(&self, other: &Self) -> bool {
        let (a, b) = (self.block(), other.block());
        let same = |a: &Span, b: &Span| self.at(a) == other.at(b);
        let alike = match (&a.kind, &b.kind) {
            (BlockKind::Item { task: a_box, .. }, BlockKind::Item { task: b_box, .. }) => {
                let (a, b) = (a.marker(), b.marker());
                let is_bullet = |text: &str| matches!(text, "-" | "*" | "+");
                let marks = match (a_box, b_box) {
                    (Some(a), Some(b)) => {
                        // GFM's checkbox is one only before a blank.
                        let blank = |reading: &Self, span: &Span| {
                            reading.content.text[span.end as usize..].starts_with(BLANKS)
                        };
                        same(&a.span, &b.span)
                            && a.gfm == b.gfm
                            && blank(self, &a.span) == blank(other, &b.span)
                    }
                    (None, None) => true,
                    _ => false,
                };
                marks && (same(&a, &b) || is_bullet(self.at(&a)) && is_bullet(other.at(&b)))
            }
            (
                BlockKind::Fence { info: a, content: a_code, closed: a_closed },
                BlockKind::Fence { info: b, content: b_code, closed: b_closed },
            ) => {
                // What has no end may get the ending of its last line.
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
            // The others say nothing by themselves.
            (a, b) => a == b,
        };
        let depth = |reading: &Self| reading.block().parent().map(|parent| reading.index - parent as usize);
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
    fn what_is_the_same() {
        let alike = |a: &str, b: &str| reads_alike(&Document::new(a), &Document::unedited(b));
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
