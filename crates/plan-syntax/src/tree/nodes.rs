//! Walking the nodes of a tree.

use std::{fmt::Write, ops::Range};

use tree_sitter::{Node, Tree};

use super::{InlineTree, SegmentTree};
use crate::{outline::bytes, text::trimmed};

/// A named node of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeNode<'a> {
    /// Name of the node in the grammar.
    pub name: &'a str,
    /// Range in bytes, relative to the start of the text.
    pub range: Range<usize>,
}

/// Receives the nodes of a tree, parents before children.
pub trait TreeVisitor {
    /// Receives a node. Returns whether its children are visited; [`TreeVisitor::leave`] is called in any case.
    fn enter(&mut self, node: &TreeNode<'_>) -> bool;
    /// Receives the end of the last entered node, after its children.
    fn leave(&mut self);
}

/// A node around an offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnclosingNode {
    /// Name of the node in the grammar.
    pub name: String,
    /// Range in bytes, relative to the start of the text.
    pub range: Range<usize>,
    /// Range without the delimiters: the text between the asterisks of an emphasis.
    pub content: Range<usize>,
}

/// How the walk continues after a node.
enum WalkStep {
    /// The node has been entered; its children follow.
    Children,
    /// The node is skipped, and its children follow.
    Transparent,
    /// The node and its children are skipped.
    Skip,
}

impl SegmentTree {
    /// Visits the nodes below the root. Names and structure are those of the grammars, except that container prefixes
    /// are omitted, and that link reference definitions, checkboxes and HTML blocks are found by this crate's parser.
    pub fn visit(&self, visitor: &mut impl TreeVisitor) {
        let Some(tree) = &self.blocks else { return };
        walk(tree, visitor, |node, visitor| self.block(node, visitor));
    }

    fn block(&self, node: Node<'_>, visitor: &mut impl TreeVisitor) -> WalkStep {
        let range = self.prepared.original(node.start_byte())..self.prepared.original(node.end_byte());
        match node.kind() {
            "document" => WalkStep::Transparent,
            "block_continuation" => WalkStep::Skip,
            "paragraph" => self.paragraph(range, visitor),
            "inline" | "pipe_table_cell" => {
                let inline = self.inline_in(&range);
                let is_cell = node.kind() == "pipe_table_cell";
                let range = inline.filter(|_| !is_cell).map_or(range, |inline| bytes(&inline.span));
                if enter(visitor, node.kind(), range)
                    && let Some(inline) = inline
                    && let Some(tree) = &inline.tree
                {
                    let (start, root) = (inline.span.start as usize, tree.root_node().id());
                    walk(tree, visitor, |node, visitor| {
                        let range = start + node.start_byte()..start + node.end_byte();
                        if node.id() == root {
                            return WalkStep::Transparent;
                        }
                        enter_children(visitor, node.kind(), range)
                    });
                }
                visitor.leave();
                WalkStep::Skip
            }
            kind => enter_children(visitor, kind, range),
        }
    }

    /// Enters a paragraph after the nodes that the grammar treats as its text.
    fn paragraph(&self, range: Range<usize>, visitor: &mut impl TreeVisitor) -> WalkStep {
        let text = trimmed(&self.text, range.clone());
        if self.prepared.is_html(text.start as usize) {
            enter(visitor, "html_block", range);
            visitor.leave();
            return WalkStep::Skip;
        }
        let mut start = range.start;
        let first = self.added.partition_point(|(span, _)| span.start < text.start);
        for (span, name) in self.added[first..].iter().take_while(|(span, _)| span.end <= text.end) {
            enter(visitor, name, bytes(span));
            visitor.leave();
            start = trimmed(&self.text, span.end as usize..text.end as usize).start as usize;
        }
        if start >= text.end as usize {
            return WalkStep::Skip;
        }
        enter_children(visitor, "paragraph", start..range.end)
    }

    /// Returns the inline content in a range.
    fn inline_in(&self, range: &Range<usize>) -> Option<&InlineTree> {
        let index = self.inline.partition_point(|inline| (inline.span.start as usize) < range.start);
        self.inline.get(index).filter(|inline| inline.span.end as usize <= range.end)
    }

    /// Returns the nodes that contain an offset, ends included, outermost first.
    pub fn enclosing(&self, offset: usize) -> Vec<EnclosingNode> {
        let mut search = EnclosingSearch { offset, found: Vec::new(), open: Vec::new() };
        self.visit(&mut search);
        search.found
    }

    /// Writes the nodes that touch a range as `(name start end child...)`, each with a space before it. `start` is the
    /// position of the text in its document; `range` is a range of the document.
    pub fn write(&self, start: usize, range: &Range<usize>, out: &mut String) {
        self.visit(&mut NodeWriter { start, range, out, shown: Vec::new() });
    }
}

fn enter(visitor: &mut impl TreeVisitor, name: &str, range: Range<usize>) -> bool {
    visitor.enter(&TreeNode { name, range })
}

/// Enters a node, and leaves it if its children are not visited.
fn enter_children(visitor: &mut impl TreeVisitor, name: &str, range: Range<usize>) -> WalkStep {
    if enter(visitor, name, range) {
        return WalkStep::Children;
    }
    visitor.leave();
    WalkStep::Skip
}

/// Walks the named nodes of a tree without recursion, because nesting is unbounded. `step` enters nodes and leaves
/// those that it does not return [`WalkStep::Children`] for.
fn walk<V: TreeVisitor>(tree: &Tree, visitor: &mut V, step: impl Fn(Node<'_>, &mut V) -> WalkStep) {
    let mut cursor = tree.walk();
    // Whether the node of each open level has been entered.
    let mut levels: Vec<bool> = Vec::new();
    loop {
        let node = cursor.node();
        let step = if node.is_named() { step(node, visitor) } else { WalkStep::Skip };
        let is_entered = matches!(step, WalkStep::Children);
        if !matches!(step, WalkStep::Skip) {
            if cursor.goto_first_child() {
                levels.push(is_entered);
                continue;
            }
            if is_entered {
                visitor.leave();
            }
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
            if levels.pop() == Some(true) {
                visitor.leave();
            }
        }
    }
}

/// Collects the nodes around an offset.
struct EnclosingSearch {
    offset: usize,
    found: Vec<EnclosingNode>,
    /// For each open node, its index in `found` if it contains the offset.
    open: Vec<Option<usize>>,
}

impl TreeVisitor for EnclosingSearch {
    fn enter(&mut self, node: &TreeNode<'_>) -> bool {
        if node.name.ends_with("_delimiter")
            && let Some(Some(parent)) = self.open.last()
        {
            let content = &mut self.found[*parent].content;
            if node.range.end <= self.offset {
                content.start = content.start.max(node.range.end);
            } else if node.range.start >= self.offset {
                content.end = content.end.min(node.range.start);
            }
        }
        let contains = node.range.start <= self.offset && self.offset <= node.range.end;
        self.open.push(contains.then_some(self.found.len()));
        if contains {
            let (range, content) = (node.range.clone(), node.range.clone());
            self.found.push(EnclosingNode { name: node.name.to_owned(), range, content });
        }
        contains
    }

    fn leave(&mut self) {
        self.open.pop();
    }
}

/// Writes the nodes that touch a range.
struct NodeWriter<'a> {
    start: usize,
    range: &'a Range<usize>,
    out: &'a mut String,
    /// Whether each open node was written.
    shown: Vec<bool>,
}

impl TreeVisitor for NodeWriter<'_> {
    fn enter(&mut self, node: &TreeNode<'_>) -> bool {
        let (start, end) = (self.start + node.range.start, self.start + node.range.end);
        let touches = start <= self.range.end && self.range.start <= end;
        if touches {
            // Writing to a string does not fail.
            let _ = write!(self.out, " ({} {start} {end}", node.name);
        }
        self.shown.push(touches);
        touches
    }

    fn leave(&mut self) {
        if self.shown.pop() == Some(true) {
            self.out.push(')');
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, fs};

    use super::*;
    use crate::Document;

    struct Ranges(HashSet<(String, usize, usize)>);

    impl TreeVisitor for Ranges {
        fn enter(&mut self, node: &TreeNode<'_>) -> bool {
            self.0.insert((node.name.to_owned(), node.range.start, node.range.end));
            true
        }

        fn leave(&mut self) {}
    }

    /// Inline content is assigned to the node of its block by position.
    #[test]
    fn all_inline_content_is_visited() {
        let folders = ["../../docs", "../../docs/examples", "../plan-schema/templates"];
        let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let paths = files.map(|file| file.unwrap().path());
        let mut count = 0;
        for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
            let text = fs::read_to_string(&path).unwrap();
            let document = Document::new(&text);
            for (start, segment) in document.segments().filter(|(_, segment)| !segment.is_prologue()) {
                let tree = SegmentTree::parse(&text[start..start + segment.len()]);
                let mut visited = Ranges(HashSet::new());
                tree.visit(&mut visited);
                for inline in &tree.inline {
                    let Some(root) = inline.tree.as_ref().map(Tree::root_node) else { continue };
                    let Some(first) = root.named_child(0) else { continue };
                    let at = inline.span.start as usize;
                    let node = (first.kind().to_owned(), at + first.start_byte(), at + first.end_byte());
                    assert!(visited.0.contains(&node), "{node:?} in {}", path.display());
                    count += 1;
                }
            }
        }
        assert!(count > 500, "{count}");
    }
}
