//! End-to-end tests of the language server: they start the real program and speak LSP with it over pipes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod actions;
mod buffers;
mod client;
mod disk_changes;
mod editing;
mod faults;
mod features;
mod hanging;
mod long_sessions;
mod meta_model;
mod navigation;
mod pipes;
mod protocol;
mod session;
mod templates;
mod transport;
mod workspace;
