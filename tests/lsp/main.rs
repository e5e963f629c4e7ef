//! End-to-end tests of the language server: they start the real program and communicate with it over pipes.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

mod actions;
mod buffers;
mod client;
mod disk_changes;
mod editing;
mod families;
mod faults;
mod features;
mod hanging;
mod helix;
mod long_sessions;
mod meta_model;
mod navigation;
mod pipes;
mod protocol;
/// The program reads the current date from a file only in builds with debug assertions.
#[cfg(debug_assertions)]
mod schedule;
mod session;
mod sets;
mod syntax_tree;
mod templates;
mod transport;
mod typing;
mod unsaved;
mod workspace;
