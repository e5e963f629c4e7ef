//! What a plan document says: its fields, phases, tasks, states and progress.
//!
//! Facts are read per segment ([`SegmentFacts`]) and stay with it; [`Plan`] puts them together. Nothing here knows that
//! templates exist, and nothing looks at another file.

pub mod anchor;
mod ascii;
pub mod date;
mod facts;
mod field;
mod front_matter;
pub mod gantt;
mod id;
pub mod patterns;
mod plan;
pub mod quantity;
pub mod reference;
mod role;
pub mod state;
mod summary;

pub use facts::{
    CarrierKind, Column, Condition, ItemKind, LooseKind, Relation, SegmentFacts, TableKind, Traits,
};
pub use field::{Meaning, WrittenField, fields_of};
pub use front_matter::Entry;
pub use id::Id;
pub use plan::{
    Approval, Blocker, Checkpoint, CodePath, Dependency, Evidence, Field, Fields, Intent, Item, Link,
    LogEntry, MapEdge, Meant, Milestone, NamedDependency, Part, Place, Plan, Progress, Reach, Resolved, Risk,
    Row, Said, Section, Siblings, Table, TextBar, Written, threads,
};
pub use role::Role;
pub use state::{State, Vocabulary};
pub use summary::{
    Heading, Named, OutgoingLink, RelationKind, Summary, Work, WorkItem, decode, names, split_target,
};
