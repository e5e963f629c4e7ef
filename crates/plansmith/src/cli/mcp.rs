//! `plansmith mcp`: runs a server for the Model Context Protocol.

use std::path::PathBuf;

use super::{EXIT_FAILURE, out};
use crate::mcp::{self, McpOptions};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Tools: list_plans, ready_tasks, get_task, check_plan, coverage, and set_task with --write

Example for a client:
  {\"mcpServers\": {\"plansmith\": {\"command\": \"plansmith\", \"args\": [\"mcp\", \"--write\"]}}}")]
pub(super) struct Arguments {
    /// Directories that the server may access, unless the client provides roots
    #[arg(default_value = ".")]
    directories: Vec<PathBuf>,
    /// Offer the tool `set_task`, which changes plans
    #[arg(long)]
    write: bool,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    let options = McpOptions { directories: arguments.directories.clone(), write: arguments.write };
    match mcp::run(options) {
        Ok(()) => 0,
        Err(message) => {
            out::error(message);
            EXIT_FAILURE
        }
    }
}
