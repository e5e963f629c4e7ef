//! The language server: its state, and how messages change it.
//!
//! A notification changes the state in one `StateCell` and returns. A request takes a snapshot when it is first
//! polled and uses only this snapshot. The [`transport`] polls requests in the order of arrival.

mod capabilities;
mod changes;
mod client_caps;
mod clock;
mod code_actions;
mod command_names;
mod commands;
mod completion_docs;
mod configuration;
mod context;
mod coverage;
mod diagnostics;
mod disk_dependencies;
mod document_symbols;
mod documents;
mod edit_application;
mod edit_queue;
mod file_operations;
mod handlers;
mod hierarchy;
mod indexer;
mod indexing_progress;
mod json;
mod locations;
mod move_item;
mod plan_commands;
mod position;
mod presentation;
mod profiles;
mod publisher;
mod refresh;
mod short_arguments;
mod state;
mod syntax;
mod to_proto;
mod touched_buffers;
mod unsaved;
mod watcher;
mod workspace_diagnostics;
mod workspace_index;
mod workspace_reports;
mod workspace_symbols;

use std::{path::PathBuf, sync::Arc};

use tower_lsp::LspService;
use tracing_subscriber::EnvFilter;

use self::state::Global;
use crate::transport::{self, Outlet};

/// Command-line options of the server.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// Log filter: a level such as `info`, or a filter such as `plansmith=debug`.
    pub log: Option<String>,
    /// Log file; standard error if `None`.
    pub log_file: Option<PathBuf>,
}

/// Runs the server on standard input and output until the client ends it. Returns the exit code of the process. The process
/// must not wait for threads that still read standard input.
///
/// # Errors
/// Returns a message if the server cannot start.
pub fn run(options: &ServerOptions) -> Result<i32, String> {
    start_log(options)?;
    let not_started =
        |error: std::io::Error| format!("cannot start the server: {}", crate::disk::description(&error));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(not_started)?;
    let code = runtime.block_on(async {
        let input = transport::stdin().map_err(not_started)?;
        let output = transport::stdout().map_err(not_started)?;
        let (outlet, notifications) = transport::outlet();
        let (service, socket) = service(outlet);
        let closed = transport::output_closed();
        Ok(transport::serve(input, output, service, socket, notifications, closed).await)
    });
    runtime.shutdown_background();
    code
}

fn service(outlet: Outlet) -> (LspService<Server>, tower_lsp::ClientSocket) {
    LspService::build(|client| Server { global: Arc::new(Global::new(client, outlet)) })
        .custom_method("plansmith/documentText", Server::document_text)
        .custom_method("plansmith/index", Server::index)
        .custom_method("window/workDoneProgress/cancel", Server::cancel_progress)
        .finish()
}

/// Starts logging to standard error or a file. Standard output is reserved for the client.
fn start_log(options: &ServerOptions) -> Result<(), String> {
    let filter = options.log.as_deref().unwrap_or("warn,notify=error");
    let filter = EnvFilter::try_new(filter).map_err(|error| {
        format!("invalid log filter `{filter}`: {error}; expected e.g. `info` or `debug`")
    })?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let result = match &options.log_file {
        Some(path) => {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
                format!("cannot write log file `{}`: {}", path.display(), crate::disk::description(&error))
            })?;
            subscriber.with_writer(Arc::new(file)).try_init()
        }
        None => subscriber.with_writer(std::io::stderr).try_init(),
    };
    result.map_err(|error| format!("cannot start logging: {error}"))
}

/// The server as registered with the router.
#[derive(Clone, Debug)]
struct Server {
    global: Arc<Global>,
}
