//! The trees of an open document.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write,
    ops::Range,
    sync::{Arc, Weak},
};

use super::{EnclosingNode, SegmentTree};
use crate::{Document, FrontMatterKind, MAX_DOCUMENT_BYTES, Segment};

/// The trees of the segments of a document. A clone shares them.
///
/// A tree belongs to a segment, so it stays valid as long as the segment is part of the document. Trees of replaced
/// segments are kept until the new segments are parsed. They are then updated: all edits since the last update are
/// applied as one.
#[derive(Clone, Debug, Default)]
pub struct SyntaxTrees {
    kept: Arc<Vec<CachedTree>>,
    /// Approximate size in memory, in bytes.
    bytes: usize,
}

#[derive(Clone, Debug)]
struct CachedTree {
    /// Weak, so that values cached with a replaced segment are dropped. The address of the segment is not reused while
    /// this reference exists.
    segment: Weak<Segment>,
    /// Positions of the segment in the document. After an edit, the new segment at one of these positions replaces
    /// this one.
    positions: [SegmentNumber; 2],
    tree: Arc<SegmentTree>,
}

/// Position of a segment among the Markdown segments: its 0-based index, or the number of segments from it to the
/// end. An edit keeps the index of the segments before it, and the number of the segments after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum SegmentNumber {
    FromStart(usize),
    FromEnd(usize),
}

/// The segments to return trees for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeScope {
    /// All segments.
    All,
    /// The segments that touch a range.
    Range(Range<usize>),
    /// The segments with a tree, and those that replace segments with a tree.
    Parsed,
}

/// A segment with its tree.
#[derive(Clone, Debug)]
pub struct TreeInDocument<'a> {
    /// Start offset of the segment in the document, in bytes.
    pub start: usize,
    /// Segment that the tree belongs to.
    pub segment: &'a Arc<Segment>,
    /// The tree of the segment.
    pub tree: &'a SegmentTree,
    /// Whether the tree has just been parsed.
    pub is_new: bool,
}

impl SyntaxTrees {
    /// Calls `each` with the trees in a scope, in document order. Parses missing trees and updates outdated ones.
    /// Returns the trees of the document, old and new, up to `max_bytes` of memory.
    pub fn update(
        &self,
        document: &Document,
        scope: &TreeScope,
        max_bytes: usize,
        mut each: impl FnMut(&TreeInDocument<'_>),
    ) -> Self {
        if document.len() > MAX_DOCUMENT_BYTES {
            return Self::default();
        }
        let body: Vec<(usize, &Arc<Segment>)> =
            document.segments().filter(|(_, segment)| !segment.is_prologue()).collect();
        let current: HashSet<*const Segment> = body.iter().map(|(_, segment)| Arc::as_ptr(segment)).collect();
        let by_segment: HashMap<*const Segment, &CachedTree> =
            self.kept.iter().map(|kept| (kept.segment.as_ptr(), kept)).collect();
        let replaced = self.kept.iter().filter(|kept| !current.contains(&kept.segment.as_ptr()));
        let by_position: HashMap<SegmentNumber, &CachedTree> = replaced
            .flat_map(|kept| kept.positions.into_iter().map(move |position| (position, kept)))
            .collect();
        let mut kept = Vec::new();
        let mut bytes = 0;
        let mut keep = |tree: CachedTree| {
            if bytes + tree.tree.bytes() <= max_bytes {
                bytes += tree.tree.bytes();
                kept.push(tree);
            }
        };
        for (index, (start, segment)) in body.iter().enumerate() {
            let start = *start;
            let positions = [SegmentNumber::FromStart(index), SegmentNumber::FromEnd(body.len() - index)];
            if let Some(found) = by_segment.get(&Arc::as_ptr(segment)) {
                if scope.contains(start, segment, true) {
                    each(&TreeInDocument { start, segment, tree: &found.tree, is_new: false });
                }
                keep(CachedTree { positions, ..(*found).clone() });
                continue;
            }
            let old = positions.iter().find_map(|position| by_position.get(position));
            if scope.contains(start, segment, old.is_some()) {
                let text = &document.content(start, segment).text;
                let tree = old.map_or_else(|| SegmentTree::parse(text), |old| old.tree.reparse(text));
                each(&TreeInDocument { start, segment, tree: &tree, is_new: true });
                keep(CachedTree { segment: Arc::downgrade(segment), positions, tree: Arc::new(tree) });
            } else if let Some(old) = old {
                keep(CachedTree { positions, ..(*old).clone() });
            }
        }
        Self { kept: Arc::new(kept), bytes }
    }

    /// Returns the tree of a document as `(name start end child...)`, with only the nodes that touch `range` if it is
    /// given, and the trees as [`SyntaxTrees::update`] does.
    pub fn write(
        &self,
        document: &Document,
        range: Option<&Range<usize>>,
        max_bytes: usize,
    ) -> (String, Self) {
        let whole = 0..document.len();
        let shown = range.unwrap_or(&whole);
        let mut out = format!("(document 0 {}", document.len());
        if let Some(front) = document.front_matter()
            && shown.start <= front.range.end
        {
            let name = match front.kind {
                FrontMatterKind::Yaml => "minus_metadata",
                FrontMatterKind::Toml => "plus_metadata",
            };
            // Writing to a string does not fail.
            let _ = write!(out, " ({name} {} {})", front.range.start, front.range.end);
        }
        let scope = range.map_or(TreeScope::All, |range| TreeScope::Range(range.clone()));
        let trees = self.update(document, &scope, max_bytes, |found| {
            found.tree.write(found.start, shown, &mut out);
        });
        out.push(')');
        (out, trees)
    }

    /// Returns the nodes of a document that contain an offset, ends included, outermost first, and the trees as
    /// [`SyntaxTrees::update`] does.
    pub fn enclosing(
        &self,
        document: &Document,
        offset: usize,
        max_bytes: usize,
    ) -> (Vec<EnclosingNode>, Self) {
        let mut enclosing = Vec::new();
        let Some((start, _)) = document.segment_at(offset) else { return (enclosing, self.clone()) };
        let trees = self.update(document, &TreeScope::Range(offset..offset), max_bytes, |found| {
            // At a cut, the segment before it is in the scope as well.
            if found.start == start {
                enclosing = found.tree.enclosing(offset - start);
            }
        });
        let moved = |range: Range<usize>| start + range.start..start + range.end;
        for found in &mut enclosing {
            found.range = moved(found.range.clone());
            found.content = moved(found.content.clone());
        }
        (enclosing, trees)
    }

    /// Returns the approximate size in memory, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns whether the list of trees is empty.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

impl TreeScope {
    fn contains(&self, start: usize, segment: &Segment, is_known: bool) -> bool {
        match self {
            Self::All => true,
            Self::Range(range) => start <= range.end && range.start <= start + segment.len(),
            Self::Parsed => is_known,
        }
    }
}
