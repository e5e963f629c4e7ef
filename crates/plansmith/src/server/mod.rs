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
pub fn run(options: &ServerOptions) -> i32 {
    if let Err(error) = start_log(options) {
        eprintln!("plansmith: {error}");
        return 2;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("plansmith: cannot start: {error}");
            return 2;
        }
    };
    let code = runtime.block_on(async {
        let (input, output) = match (transport::stdin(), transport::stdout()) {
            (Ok(input), Ok(output)) => (input, output),
            (Err(error), _) | (_, Err(error)) => {
                eprintln!("plansmith: cannot start: {error}");
                return 2;
            }
        };
        let (outlet, notifications) = transport::outlet();
        let (service, socket) = service(outlet);
        transport::serve(input, output, service, socket, notifications, transport::output_closed()).await
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
            let file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|error| format!("cannot write log file `{}`: {error}", path.display()))?;
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
