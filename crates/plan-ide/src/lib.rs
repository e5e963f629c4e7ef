//! The features, as functions over a [`File`]: values in, values out.
//!
//! Positions are byte offsets. Nothing here knows LSP, JSON, the disk or the clock; the program converts.
//!
//! To add a rule, an action or a completion provider: one file in its folder and one line in that folder's list.

pub mod actions;
pub mod completion;
pub mod depth;
mod edit;
pub mod editing;
mod environment;
mod figures;
mod file;
mod finding;
pub mod folding;
pub mod formatting;
pub mod hierarchy;
pub mod hover;
pub mod inlay;
mod insert;
pub mod lens;
pub mod names;
pub mod navigation;
pub mod next;
pub mod on_type;
pub mod outline;
pub mod overview;
pub mod relink;
pub mod rename;
mod report;
pub mod rules;
pub mod selection;
mod suppression;
pub mod symbols;
pub mod tokens;
pub mod workspace;

pub use edit::Edit;
pub use environment::{Environment, Markdown, OwnTemplates, TEMPLATE_FOLDER, glob, parse_glob};
pub use file::File;
pub use finding::{Elsewhere, Finding, Fix, Related, Severity, fix_all};
pub use plan_syntax::LONGEST;
pub use report::{report, shortened};
pub use rules::Levels;
pub use suppression::disable;
pub use workspace::{DirEntry, Disk, Entry, Index, NoDisk, Workspace};

/// A range of bytes of a document.
pub type Place = std::ops::Range<usize>;
