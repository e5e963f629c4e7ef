//! The program: the language server, the command line, and all code that depends on LSP, JSON, the disk or the clock.
//!
//! The crate is a library with a thin `main`, so that its parts can be tested.

mod baseline;
pub mod cli;
mod coverage_report;
pub mod diagram;
pub mod disk;
pub mod families;
mod fault_injection;
pub mod files;
mod fnv;
mod git;
mod history;
mod html_report;
pub mod inspect;
mod lines;
mod markup;
mod mcp;
mod panics;
mod plan_edit;
pub mod protocol;
pub mod rule_url;
pub mod server;
mod set_status;
pub mod settings;
mod state_cell;
mod status_json;
mod task_json;
pub mod transport;
mod unsafe_text;
mod versioned;
mod wording;
pub mod workspace;
