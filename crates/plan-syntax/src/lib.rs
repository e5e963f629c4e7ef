//! Markdown text as a document that is edited and read in pieces.
//!
//! [`Document`] holds the text and its segments, [`Outline`] the block structure of one segment, [`inline`] the
//! spans inside a block. Nothing here knows what a plan is.

mod by_lines;
mod cursor;
mod definition;
mod document;
mod edit;
mod front_matter;
mod grammar;
mod html_block;
pub mod inline;
mod line_start;
pub mod lines;
mod link_parts;
mod notice;
pub mod outline;
mod parse;
mod prepare;
mod retyped;
mod scan;
mod segment;
pub mod table;

pub use document::{Document, LONGEST, line_count};
pub use front_matter::{FrontMatter, FrontMatterKind};
pub use html_block::is_html_only_after_blank;
pub use inline::{Inline, InlineKind, Reference, inlines};
pub use outline::{Block, BlockKind, Outline, Span, TaskMarker};
pub use segment::{Content, Segment};
