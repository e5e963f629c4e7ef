//! `plansmith mcp`: a server for the Model Context Protocol over standard input and output.
//!
//! The server reads and writes only files in its roots: those that the client provides, otherwise the directories of
//! the command line.

mod arguments;
mod plans;
mod results;
mod service;
mod stdio;
mod tools;

use std::{path::PathBuf, time::Duration};

use rmcp::ServiceExt;

use self::service::PlanService;

/// Maximum time to write the last answers after the client has closed its side.
const MAX_WRITE_TIME: Duration = Duration::from_secs(5);

/// Options of the server.
#[derive(Clone, Debug)]
pub(crate) struct McpOptions {
    /// Directories that the server may read.
    pub(crate) directories: Vec<PathBuf>,
    /// Whether the server offers tools that change plans.
    pub(crate) write: bool,
}

/// Runs the server until the client closes the connection.
///
/// # Errors
/// Returns an error if a directory does not exist, or the client does not speak the protocol.
pub(crate) fn run(options: McpOptions) -> Result<(), String> {
    let mut directories = Vec::new();
    for directory in &options.directories {
        let shown = directory.display();
        let real = directory
            .canonicalize()
            .map_err(|error| format!("{shown}: {}", crate::disk::description(&error)))?;
        if !real.is_dir() {
            return Err(format!("{shown}: not a directory"));
        }
        directories.push(real);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| format!("cannot start the server: {error}"))?;
    let result = runtime.block_on(async {
        let service = PlanService::new(directories, options.write);
        let stdio::StdioConnection { streams, writer } = stdio::connect();
        let result = match service.serve(streams).await {
            Ok(running) => running.waiting().await.map(|_| ()).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        drop(tokio::time::timeout(MAX_WRITE_TIME, writer).await);
        result
    });
    // A pending read of standard input cannot be cancelled.
    runtime.shutdown_background();
    result
}
