//! Templates, which of them a plan follows, and what kind of document it is.

mod classify;
mod template;

pub use classify::{Classification, Kind, classify};
pub use template::{BUILT_IN, SectionSpec, Template, best_match};
