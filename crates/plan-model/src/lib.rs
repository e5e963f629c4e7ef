//! What a plan document says: its fields, phases, tasks, states and progress.
//!
//! Facts are read per segment ([`SegmentFacts`]) and stay with it; [`Plan`] puts them together. Nothing here knows that
//! templates exist, and nothing looks at another file.

mod facts;
mod field;
mod front_matter;
mod id;
mod plan;
pub mod state;

pub use facts::{CarrierKind, LooseKind, SegmentFacts};
pub use field::Meaning;
pub use id::Id;
pub use plan::{Evidence, Field, Fields, Item, ItemKind, Place, Plan, Progress, Section};
pub use state::State;
