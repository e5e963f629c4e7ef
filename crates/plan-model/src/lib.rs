//! Model of a plan document: its fields, phases, tasks, states and progress.
//!
//! Facts are read per segment ([`SegmentFacts`]) and cached with it; [`Plan`] assembles them. This crate neither
//! uses templates nor reads other files.

pub mod anchor;
mod ascii;
pub mod date;
mod facts;
mod field;
mod front_matter;
pub mod gantt;
mod id;
mod math;
pub mod numeral;
pub mod patterns;
mod placeholder;
mod plan;
pub mod quantity;
pub mod reference;
mod role;
pub mod state;
mod summary;
mod words;
mod yaml;
mod yaml_values;

pub use facts::{
    Column, FenceLanguage, ItemCondition, ItemKind, MalformedCheckboxKind, Relation, SegmentFacts,
    SegmentFlags, StateSourceKind, TableKind, is_fields_heading, split_amount,
};
pub use field::{FieldRanges, Meaning, fields_of};
pub use front_matter::{FrontMatterEntry, spaces_after_delimiters, unclosed_front_matter};
pub use id::Id;
pub use math::math_ranges;
pub use plan::{
    Approval, Blocker, Checkpoint, CodePath, Dependency, Evidence, Excerpt, ExternalDependency, Field,
    Fields, FileChange, Item, ItemsKey, ItemsView, Link, LocatedDependency, LogEntry, Milestone, Plan,
    Progress, Resolution, ResolvedName, ResolvedTarget, Risk, Row, Section, SegmentView, ShallowList,
    Siblings, StructureId, StructureView, Table, TextDiagramEdge, TextRange, TextTimelineEntry,
    available_threads, is_file_type, plain,
};
pub use role::Role;
pub use state::{State, Vocabulary};
pub use summary::{
    DocumentRelation, Heading, OutgoingLink, PlanSummary, RelationKind, Summary, WorkItem, decode,
    list_names, split_target,
};
pub use words::names_reason;
pub use yaml::{YamlError, first_yaml_error};
pub use yaml_values::{YamlValue, yaml_values};
