//! Syntax trees of tree-sitter's Markdown grammars: one per segment, updated after edits.
//!
//! The block parser of this crate does not use this module, and both produce equal outlines. The trees provide the
//! nodes of the inline content, and an outline that is compared with that of the block parser. The grammars parse some
//! texts differently from CommonMark; `prepare` rewrites these before they are parsed.

mod inline;
mod nodes;
mod outline;
mod parser;
mod prepare;
mod trees;

use tree_sitter::Tree;

use self::{
    inline::InlineTree,
    parser::{Grammar, edited_tree, parse},
    prepare::PreparedText,
};
pub use self::{
    nodes::{EnclosingNode, TreeNode, TreeVisitor},
    trees::{SyntaxTrees, TreeInDocument, TreeScope},
};
use crate::{
    Content, Document,
    outline::{BlockKind, BlockOutline, SegmentSpan, bytes},
};

/// Maximum length in bytes of a text that gets trees.
const MAX_TEXT_BYTES: usize = 2 * 1024 * 1024;

/// Maximum length in bytes of inline content that gets a tree: the inline grammar takes quadratic time for some texts.
const MAX_INLINE_BYTES: usize = 4 * 1024;

/// Maximum sum of the squared lengths (bytes) of the inline contents of a text that get trees. In the worst case,
/// parsing them takes a few seconds.
const MAX_INLINE_WORK: usize = 1 << 30;

/// Bytes of memory per node of a tree, measured, including nodes that are not visible.
const BYTES_PER_NODE: usize = 320;

/// The syntax trees of a text that starts and ends at a cut: of its blocks, and of the inline content of each block.
/// Offsets are relative to the start of the text.
#[derive(Debug)]
pub struct SegmentTree {
    text: Box<str>,
    prepared: PreparedText,
    /// `None` if the text is too long.
    blocks: Option<Tree>,
    /// In the order of the text.
    inline: Vec<InlineTree>,
    /// Spans and names of nodes that the grammar does not find inside paragraphs (link reference definitions and
    /// checkboxes), in text order.
    added: Vec<(SegmentSpan, &'static str)>,
    /// Approximate size in memory, in bytes.
    bytes: usize,
}

impl SegmentTree {
    /// Parses a text.
    pub fn parse(text: &str) -> Self {
        Self::update(None, text)
    }

    /// Parses a text that results from an edit of this tree's text, reusing the unchanged parts of the tree. The
    /// result equals that of [`SegmentTree::parse`].
    pub fn reparse(&self, text: &str) -> Self {
        Self::update(Some(self), text)
    }

    fn update(old: Option<&Self>, text: &str) -> Self {
        let prepared = PreparedText::of(text);
        let old_blocks =
            old.and_then(|old| edited_tree(old.blocks.as_ref()?, &old.prepared.bytes, &prepared.bytes));
        let blocks = (text.len() <= MAX_TEXT_BYTES)
            .then(|| parse(Grammar::Blocks, &prepared.bytes, &[], old_blocks.as_ref()))
            .flatten();
        let (inline, added) = (Vec::new(), Vec::new());
        let mut tree = Self { text: text.into(), prepared, blocks, inline, added, bytes: 0 };
        let outline = tree.outline().unwrap_or_default();
        tree.inline = inline_trees(text, &outline, old);
        tree.added = added_nodes(text, &outline);
        let inline = tree.inline.iter().filter_map(|inline| inline.tree.as_ref());
        let trees = tree.blocks.iter().chain(inline);
        let nodes: usize = trees.map(|tree| tree.root_node().descendant_count()).sum();
        tree.bytes = text.len() + tree.prepared.bytes.len() + nodes * BYTES_PER_NODE;
        tree
    }

    /// Returns the outline that follows from the tree, or `None` if the text is too long.
    pub fn outline(&self) -> Option<BlockOutline> {
        Some(outline::outline(&self.text, &self.prepared, self.blocks.as_ref()?))
    }

    /// Returns the offset of the first difference between the tree's outline and `other`. `None` if the outlines are
    /// equal or the text is too long.
    pub fn difference(&self, other: &BlockOutline) -> Option<usize> {
        let own = self.outline().filter(|own| own != other)?;
        let lines = own.inline.iter().zip(&other.inline).find(|(a, b)| a != b);
        let lines = lines.map(|((_, a), (_, b))| a.start.min(b.start));
        let blocks = own.blocks.iter().zip(&other.blocks).find(|(a, b)| a != b);
        let first = blocks.map(|(a, b)| a.span.start.min(b.span.start)).into_iter().chain(lines).min();
        let common = own.blocks.len().min(other.blocks.len());
        let rest = own.blocks.get(common).or(other.blocks.get(common));
        Some(first.or(rest.map(|block| block.span.start)).unwrap_or_default() as usize)
    }

    /// Returns the approximate size in memory, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Returns a document whose blocks are parsed with tree-sitter's grammar. Tests compare it with [`Document::new`]: any
/// difference is a defect in one of the two parsers.
pub fn document(text: &str) -> Document {
    Document::parse_with(text, |text| {
        let prepared = PreparedText::of(text);
        let tree = parse(Grammar::Blocks, &prepared.bytes, &[], None);
        tree.map_or_else(BlockOutline::default, |tree| outline::outline(text, &prepared, &tree))
    })
}

/// Returns a text that starts and ends at a cut with its blocks according to tree-sitter's grammar, or `None` if it
/// is too long.
pub fn content(text: &str) -> Option<Content> {
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    let prepared = PreparedText::of(text);
    let tree = parse(Grammar::Blocks, &prepared.bytes, &[], None)?;
    Some(Content::new(text.into(), outline::outline(text, &prepared, &tree)))
}

/// Returns the trees of the inline content of all blocks. Content before or after an edit reuses its old tree, which
/// has the same index in `old`, counted from the start or from the end.
fn inline_trees(text: &str, outline: &BlockOutline, old: Option<&SegmentTree>) -> Vec<InlineTree> {
    let contents: Vec<Vec<SegmentSpan>> =
        outline.inlines().map(|(_, lines)| lines.cloned().collect()).collect();
    let old_count = old.map_or(0, |old| old.inline.len());
    let old_at = |index: usize| old.and_then(|old| Some((&*old.text, old.inline.get(index)?)));
    let mut work = 0;
    let trees = contents.iter().enumerate().filter_map(|(index, lines)| {
        let length = lines.last()?.end as usize - lines.first()?.start as usize;
        // Depends on the text only, so that updated trees equal new ones.
        work += length * length;
        if length > MAX_INLINE_BYTES || work > MAX_INLINE_WORK {
            return None;
        }
        let from_end = (old_count + index).checked_sub(contents.len());
        InlineTree::parse(text, lines, [old_at(index), from_end.and_then(old_at)])
    });
    trees.collect()
}

fn added_nodes(text: &str, outline: &BlockOutline) -> Vec<(SegmentSpan, &'static str)> {
    let added = outline.blocks.iter().filter_map(|block| match &block.kind {
        BlockKind::LinkDefinition { .. } => Some((block.span.clone(), "link_reference_definition")),
        BlockKind::Item { checkbox: Some(checkbox), .. } if checkbox.gfm => {
            let is_open = text[bytes(&checkbox.span)] == *"[ ]";
            let name = if is_open { "task_list_marker_unchecked" } else { "task_list_marker_checked" };
            Some((checkbox.span.clone(), name))
        }
        _ => None,
    });
    added.collect()
}
