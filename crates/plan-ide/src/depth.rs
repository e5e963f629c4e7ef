//! How deep the things that a document holds nest in what is made of it.
//!
//! A list may nest thousands of levels. Values that hold each other are written as JSON, cloned and dropped by functions
//! that call themselves, and a level of such a value takes two of JSON; readers of JSON give up at some depth
//! (serde_json's, which several editors use, at 128).

/// Maximum number of entries around an entry of a tree: the outline, the tasks of a plan. Deeper ones are attached to the
/// deepest entry that may hold others.
pub const MAX_DEPTH: usize = 50;

/// Maximum number of ranges of a growing selection, each of which is sent inside of the one before.
pub const MAX_RANGES: usize = 2 * MAX_DEPTH;
