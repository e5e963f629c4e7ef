//! Markdown text as a document that is edited and parsed segment by segment.
//!
//! [`Document`] holds the text and its segments, [`BlockOutline`] the block structure of one segment, [`inline`] the spans
//! inside a block. This crate does not interpret the content of plans.

mod block_parser;
mod block_scanner;
mod cursor;
mod definition;
mod document;
mod edit;
mod front_matter;
mod html_block;
pub mod inline;
mod line_start;
pub mod lines;
mod link_parts;
mod mask;
mod memo;
pub mod outline;
mod outline_shift;
mod range;
mod segment;
pub mod table;
mod text;
pub mod tree;

pub use document::{Document, MAX_DOCUMENT_BYTES, line_count};
pub use front_matter::{FrontMatter, FrontMatterKind};
pub use html_block::is_html_only_after_blank;
pub use inline::{Inline, InlineKind, LinkTarget, inlines};
pub use memo::{Memo, Memos, View};
pub use outline::{Block, BlockKind, BlockOutline, Checkbox, SegmentSpan};
pub use range::RangeExt;
pub use segment::{Content, Segment};
