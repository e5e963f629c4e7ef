//! Markdown text as a document that is edited and read in pieces.
//!
//! [`Document`] holds the text and its segments, [`Outline`] the block structure of one segment, [`inline`] the
//! spans inside a block. Nothing here knows what a plan is.

pub mod outline;

pub use outline::{Block, BlockKind, Outline, Span, TaskMarker};
