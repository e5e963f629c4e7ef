//! The program: language server, command line, and everything that knows LSP, JSON, the disk and the clock.
//!
//! A library with a thin `main`, so that its parts can be tested.

pub mod cli;
pub mod config;
pub mod disk;
pub mod files;
mod git;
pub mod inspect;
mod lines;
mod markup;
mod page;
mod panics;
pub mod picture;
pub mod protocol;
pub mod rule_url;
pub mod server;
pub mod settings_list;
mod standing;
mod state_cell;
pub mod transport;
mod trial;
pub mod workspace;
