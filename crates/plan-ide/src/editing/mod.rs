//! Changing a plan by its meaning: what an item's state, number or name is written in changes together.
//!
//! Actions, commands and rename call these; they know nothing of who asks.

pub(crate) mod blocks;
pub(crate) mod books;
pub(crate) mod draft;
pub(crate) mod numbers;
pub(crate) mod references;
pub mod states;
pub(crate) mod value;
