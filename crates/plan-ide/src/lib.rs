//! The language features, as pure functions over a [`File`].
//!
//! Positions are byte offsets; the crate `plansmith` converts them to positions of the LSP. This crate does not depend
//! on LSP, JSON, the disk or the clock.
//!
//! To add a rule, an action or a completion provider, add a file to its folder and a line to the list in the folder's
//! `mod.rs`.

pub mod actions;
pub mod completion;
pub mod depth;
mod edit;
pub mod editing;
pub mod entity;
mod environment;
mod file;
mod finding;
pub mod folding;
pub mod formatting;
mod gantt_items;
pub mod hierarchy;
pub mod hover;
pub mod inlay;
mod insert;
pub mod lens;
pub mod navigation;
pub mod next;
pub mod on_type;
pub mod operations;
pub mod outline;
pub mod overview;
pub mod relink;
pub mod rename;
mod report;
pub mod rules;
pub mod schedule;
pub mod selection;
pub mod sets;
mod stated_progress;
mod suppression;
pub mod symbols;
pub mod task_files;
pub mod tokens;
pub mod waves;
pub mod workspace;

pub use edit::{Edit, apply_edits};
pub use environment::{Environment, Markdown, OwnTemplates, TEMPLATE_FOLDER, glob, parse_glob};
pub use file::File;
pub use finding::{Finding, Fix, RelatedLocation, RelatedRange, Severity, fix_all};
pub use plan_model::TextRange;
pub use plan_syntax::MAX_DOCUMENT_BYTES;
pub use report::{limit_per_rule, may_have_findings, report};
pub use rules::RuleSeverities;
pub use suppression::{SuppressionComment, disable, suppress_all};
pub use workspace::{DirEntry, Disk, Entry, Index, NoDisk, Workspace};
