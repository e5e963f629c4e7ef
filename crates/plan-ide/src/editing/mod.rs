//! Semantic edits of a plan: all text that expresses an item's state, ID or title changes together.
//!
//! Used by actions, commands and renaming.

pub(crate) mod blocks;
pub(crate) mod draft;
pub(crate) mod front_matter_list;
pub mod gantt_chart;
pub(crate) mod list_markers;
pub(crate) mod new_task;
pub(crate) mod progress_sync;
pub(crate) mod references;
pub(crate) mod renumbering;
pub mod states;
pub(crate) mod task_fields;
mod text_timeline;
pub(crate) mod value;
