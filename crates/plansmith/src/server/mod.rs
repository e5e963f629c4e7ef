//! The language server: its state, and how messages change it.
//!
//! A notification changes the state in one `StateCell` and returns. A request takes a snapshot when it is first
//! polled and uses only this snapshot. The [`transport`] polls requests in the order of arrival.

mod capabilities;
mod changes;
mod clock;
mod code_actions;
mod commands;
mod completion_docs;
mod dependencies;
mod diagnostics;
mod document_symbols;
mod documents;
mod edit_queue;
mod file_operations;
mod handlers;
mod hierarchy;
mod indexer;
mod json;
mod locations;
mod plan_commands;
mod position;
mod presentation;
mod publisher;
mod settings;
mod to_proto;
mod watcher;
mod workspace_diagnostics;
mod workspace_symbols;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use plan_ide::{
    Disk, Environment, File, Finding, Levels, Severity, Workspace, completion::Completion, formatting, inlay,
    lens,
};
use plan_schema::{Kind, PathRole};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower_lsp::{
    Client, LspService,
    lsp_types::{
        ConfigurationItem, Diagnostic, DiagnosticSeverity, MessageType, Registration, Unregistration, Url,
        request,
    },
};
use tracing_subscriber::EnvFilter;

use self::{
    capabilities::ClientCaps,
    completion_docs::CompletionDocs,
    diagnostics::DiagnosticsJson,
    documents::{Documents, Snapshot},
    edit_queue::EditQueues,
    indexer::WorkspaceIndex,
    position::Encoding,
    settings::Settings,
    to_proto::ProtoConverter,
    workspace_diagnostics::WorkspaceReports,
};
use crate::{
    config::Configs,
    fault_injection,
    files::{self, FileStamp, RealDisk, RecordingDisk, Roots},
    git,
    panics::catch_panic,
    state_cell::StateCell,
    transport, workspace,
};

/// Delay before the client is asked to refresh, so that changes in quick succession cause one request.
const REFRESH_DELAY: Duration = Duration::from_millis(100);

/// Formatting requests, which are registered only if the settings enable them.
const FORMATTING_METHODS: [&str; 3] =
    ["textDocument/formatting", "textDocument/rangeFormatting", "textDocument/onTypeFormatting"];

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
        let (service, socket) = service();
        transport::serve(input, output, service, socket, transport::output_closed()).await
    });
    runtime.shutdown_background();
    code
}

fn service() -> (LspService<Server>, tower_lsp::ClientSocket) {
    LspService::build(|client| Server {
        global: Arc::new(Global {
            client,
            changed: Notify::new(),
            refreshing: AtomicBool::new(false),
            refreshing_decorations: AtomicBool::new(false),
            state: StateCell::default(),
            edit_queues: EditQueues::default(),
            workspace_index: Arc::default(),
            reports: WorkspaceReports::default(),
            completion_docs: CompletionDocs::default(),
        }),
    })
    .custom_method("plansmith/documentText", Server::document_text)
    .custom_method("plansmith/index", Server::index)
    .custom_method("plansmith/workspaceSymbol", Server::workspace_symbols)
    .custom_method("plansmith/documentSymbol", Server::outline)
    .custom_method("plansmith/diagnostic", Server::diagnostics)
    .custom_method("plansmith/foldingRange", Server::folds)
    .custom_method("plansmith/semanticTokens", Server::tokens)
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
#[derive(Debug)]
struct Server {
    global: Arc<Global>,
}

/// State shared by handlers and background tasks.
#[derive(Debug)]
struct Global {
    client: Client,
    /// Notified when diagnostics have to be published.
    changed: Notify,
    /// Whether a refresh of diagnostics is scheduled.
    refreshing: AtomicBool,
    /// Whether a refresh of hints, lenses and tokens is scheduled.
    refreshing_decorations: AtomicBool,
    state: StateCell<ServerState>,
    edit_queues: EditQueues,
    workspace_index: Arc<WorkspaceIndex>,
    reports: WorkspaceReports,
    completion_docs: CompletionDocs,
}

#[derive(Debug, Default)]
struct ServerState {
    encoding: Encoding,
    client_caps: ClientCaps,
    settings: Settings,
    /// Settings files of the workspace.
    configs: Arc<Configs>,
    /// Workspace folders of the client.
    roots: Roots,
    documents: Documents,
    /// Keys of the files whose diagnostics have to be published.
    dirty: BTreeSet<String>,
    /// Whether all published diagnostics must be checked again, because their files may no longer be in the index.
    published_is_dirty: bool,
    /// Whether the templates have to be loaded again.
    templates_are_stale: bool,
    /// Stamps of the workspace's templates when they were loaded.
    template_stamps: Vec<(PathBuf, Option<FileStamp>)>,
    /// For each of [`FORMATTING_METHODS`], whether it is registered with the client.
    registered_formatting: [bool; 3],
    /// Incremented by changes that affect the findings of all files: settings, templates, the date.
    epoch: u64,
    /// Number of settings changes that the client has reported.
    settings_requests: u64,
    /// Number of the settings change that produced the current settings.
    settings_applied: u64,
}

impl Global {
    /// Marks a file as changed, for the publisher (if diagnostics are pushed) and the index.
    fn mark_changed(&self, key: String) {
        let is_pushed = self.state.with(|state| {
            let is_pushed = !state.client_caps.pulls_diagnostics;
            if is_pushed {
                state.dirty.insert(key.clone());
            }
            is_pushed
        });
        if is_pushed {
            self.changed.notify_one();
        }
        self.workspace_index.mark_changed([key]);
        self.edit_queues.document_changed();
    }

    /// Returns a snapshot of the buffer with a URI and the context for requests, or `None` if the buffer is not open.
    fn snapshot(&self, uri: &Url) -> Option<(Snapshot, RequestContext)> {
        locations::open_snapshot(self, uri)
    }

    /// Returns the context for requests.
    fn request_context(&self) -> RequestContext {
        self.state.with(|state| state.request_context(&self.workspace_index))
    }

    /// Returns the URI of a file in the client's spelling.
    fn uri(&self, key: &str) -> Option<Url> {
        self.state.with(|state| state.uri(key))
    }

    /// Returns the keys of the open files.
    fn open_keys(&self) -> Vec<String> {
        self.state.with(|state| state.documents.keys().cloned().collect())
    }

    /// Returns the environment that documents are parsed with.
    fn environment(&self) -> Arc<Environment> {
        self.state.with(|state| Arc::clone(state.documents.environment()))
    }

    fn encoding(&self) -> Encoding {
        self.state.with(|state| state.encoding)
    }

    fn client_caps(&self) -> ClientCaps {
        self.state.with(|state| state.client_caps)
    }

    /// Combines settings with settings files and calls `install` with the state and the new environment, or `None` if the
    /// environment is unchanged. `settings` and `configs` default to the current ones. Globs are compiled without the lock,
    /// so the work is repeated if the state has changed meanwhile.
    fn install_environment<T>(
        &self,
        settings: Option<&Settings>,
        configs: Option<&Arc<Configs>>,
        mut install: impl FnMut(&mut ServerState, Option<Environment>) -> T,
    ) -> T {
        loop {
            let (old_settings, old_configs, before) = self.state.with(|state| {
                let environment = Arc::clone(state.documents.environment());
                (state.settings.clone(), Arc::clone(&state.configs), environment)
            });
            let environment = combined_environment(
                settings.unwrap_or(&old_settings),
                configs.unwrap_or(&old_configs),
                &before,
            );
            let installed = self.state.with(|state| {
                let is_current = Arc::ptr_eq(state.documents.environment(), &before)
                    && Arc::ptr_eq(&state.configs, &old_configs)
                    && state.settings == old_settings;
                is_current.then(|| install(state, environment))
            });
            if let Some(installed) = installed {
                return installed;
            }
        }
    }

    /// Loads the templates of the workspace again.
    async fn load_templates(self: &Arc<Self>) {
        let (roots, folder) = self.state.with(|state| {
            state.templates_are_stale = false;
            (state.roots.paths(), state.template_folder())
        });
        let read = tokio::task::spawn_blocking(move || {
            // The stamps are taken before reading, so that the next check detects a change in between.
            let stamps = workspace::template_stamps(&roots, &folder);
            (stamps, workspace::environment(&roots, &folder))
        });
        let Ok((stamps, (environment, problems))) = read.await else { return };
        for problem in problems {
            tracing::warn!("{problem}");
            self.client.show_message(MessageType::WARNING, problem).await;
        }
        self.state.with(|state| {
            state.template_stamps = stamps;
            state.use_templates(environment);
        });
        self.workspace_index.request_full_read();
        self.refresh();
        self.refresh_decorations();
    }

    /// Registers or unregisters formatting with the client as the settings require.
    pub(super) async fn update_formatting_registrations(&self) {
        let (client_caps, enabled) = self.state.with(|state| {
            let settings = &state.settings;
            (state.client_caps, [settings.formats, settings.formats, settings.formats_on_type])
        });
        let supported = [
            client_caps.registers_formatting,
            client_caps.registers_formatting,
            client_caps.registers_on_type,
        ];
        for (number, method) in FORMATTING_METHODS.into_iter().enumerate() {
            let is_registered = self.state.with(|state| state.registered_formatting[number]);
            if !supported[number] || enabled[number] == is_registered {
                continue;
            }
            let id = format!("plansmith-{method}");
            let result = if enabled[number] {
                let mut options = json!({"documentSelector": [{"language": "markdown"}]});
                if method == "textDocument/onTypeFormatting" {
                    options["firstTriggerCharacter"] = "\n".into();
                }
                let registration =
                    Registration { id, method: method.to_owned(), register_options: Some(options) };
                self.client.register_capability(vec![registration]).await
            } else {
                let unregistration = Unregistration { id, method: method.to_owned() };
                self.client.unregister_capability(vec![unregistration]).await
            };
            match result {
                Ok(()) => {
                    self.state.with(|state| state.registered_formatting[number] = enabled[number]);
                }
                Err(error) => {
                    tracing::warn!(%error, method, "client rejected change of formatting registration")
                }
            }
        }
    }

    /// Loads the owner of new plans: the user name of git.
    async fn load_owner(&self) {
        let Ok(Some(owner)) = tokio::task::spawn_blocking(git::user_name).await else { return };
        self.state.with(|state| {
            let environment = Environment { owner: Some(owner), ..(**state.documents.environment()).clone() };
            state.documents.use_environment(environment);
        });
    }

    /// Invalidates the findings of all open files after a change that affects all of them, so that they are reported
    /// again. With `everywhere`, includes closed files.
    fn invalidate_diagnostics(self: &Arc<Self>, everywhere: bool) {
        let closed: Vec<String> = if everywhere {
            self.workspace_index.read().iter().map(|(path, _)| path.to_string()).collect()
        } else {
            Vec::new()
        };
        self.state.with(|state| {
            state.epoch += 1;
            if !state.client_caps.pulls_diagnostics {
                let open: Vec<String> = state.documents.keys().cloned().collect();
                state.dirty.extend(open);
                state.dirty.extend(closed);
                state.published_is_dirty = true;
            }
        });
        self.workspace_index.notify_subscribers();
        self.refresh();
        self.refresh_decorations();
    }

    /// Publishes the diagnostics of open documents again, or asks the client to pull them again. At most one refresh is
    /// scheduled at a time.
    fn refresh(self: &Arc<Self>) {
        let client_caps = self.client_caps();
        if !client_caps.pulls_diagnostics {
            self.changed.notify_one();
        } else if client_caps.refreshes_diagnostics && !self.refreshing.swap(true, Ordering::AcqRel) {
            let global = Arc::clone(self);
            tokio::spawn(async move {
                // The request is sent when it is first polled, after the delay; later changes schedule another refresh.
                let request = global.client.send_request::<request::WorkspaceDiagnosticRefresh>(());
                tokio::time::sleep(REFRESH_DELAY).await;
                global.refreshing.store(false, Ordering::Release);
                if let Err(error) = request.await {
                    tracing::warn!(%error, "client did not refresh its diagnostics");
                }
            });
        }
    }

    /// Asks the client to request hints, lenses and tokens again. At most one refresh is scheduled at a time.
    fn refresh_decorations(self: &Arc<Self>) {
        let client_caps = self.client_caps();
        let any = client_caps.refreshes_hints || client_caps.refreshes_lenses || client_caps.refreshes_tokens;
        if !any || self.refreshing_decorations.swap(true, Ordering::AcqRel) {
            return;
        }
        let global = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(REFRESH_DELAY).await;
            // Later changes schedule another refresh.
            global.refreshing_decorations.store(false, Ordering::Release);
            let client = &global.client;
            let hints = async {
                if client_caps.refreshes_hints { client.inlay_hint_refresh().await } else { Ok(()) }
            };
            let lenses = async {
                if client_caps.refreshes_lenses { client.code_lens_refresh().await } else { Ok(()) }
            };
            let tokens = async {
                if client_caps.refreshes_tokens { client.semantic_tokens_refresh().await } else { Ok(()) }
            };
            let (hints, lenses, tokens) = tokio::join!(hints, lenses, tokens);
            for error in [hints, lenses, tokens].into_iter().filter_map(Result::err) {
                tracing::warn!(%error, "client did not refresh hints, lenses or tokens");
            }
        });
    }

    /// Requests the settings from the client and applies them.
    async fn fetch_settings(self: &Arc<Self>, request: u64) {
        let item = ConfigurationItem { scope_uri: None, section: Some("plansmith".to_owned()) };
        match self.client.configuration(vec![item]).await {
            Ok(answers) => self.receive_settings(answers.first().unwrap_or(&Value::Null), request).await,
            Err(error) => tracing::warn!(%error, "client did not return its settings"),
        }
    }

    /// Applies new settings and updates everything that depends on them. `request` is the number of the settings
    /// change: each change is handled by a separate task, so older settings can arrive later and are ignored.
    async fn receive_settings(self: &Arc<Self>, section: &Value, request: u64) {
        let (settings, problems) = Settings::read(section);
        for problem in problems {
            tracing::warn!("{problem}");
            self.client.show_message(MessageType::WARNING, problem).await;
        }
        let applied = self.install_environment(Some(&settings), None, |state, environment| {
            if request < state.settings_applied {
                return None;
            }
            state.settings_applied = request;
            if state.settings == settings {
                return None;
            }
            let before = &state.settings;
            let other_folder = before.template_folder != settings.template_folder;
            let other_environment = before.vocabulary != settings.vocabulary
                || before.templates != settings.templates
                || before.filter != settings.filter
                || before.scope_is_workspace != settings.scope_is_workspace;
            // Diagnostics of closed files are cleared when the scope no longer includes them.
            let everywhere = before.scope_is_workspace || settings.scope_is_workspace;
            state.apply_settings(settings.clone(), environment);
            Some((other_folder, other_environment, everywhere))
        });
        let Some((other_folder, other_environment, everywhere)) = applied else { return };
        self.update_formatting_registrations().await;
        if other_folder {
            self.load_templates().await;
        } else {
            if other_environment {
                self.workspace_index.request_full_read();
            }
        }
        self.invalidate_diagnostics(everywhere);
    }
}

impl ServerState {
    /// Installs newly loaded templates.
    fn use_templates(&mut self, environment: Environment) {
        let before = self.documents.environment();
        let environment = Environment {
            vocabulary: Arc::clone(&before.vocabulary),
            globs: before.globs.clone(),
            skip: before.skip.clone(),
            options: before.options.clone(),
            checkbox_characters: before.checkbox_characters.clone(),
            format: before.format,
            markdown: before.markdown,
            owner: environment.owner.or_else(|| before.owner.clone()),
            ..environment
        };
        self.documents.use_environment(environment);
        self.epoch += 1;
        if !self.client_caps.pulls_diagnostics {
            let open: Vec<String> = self.documents.keys().cloned().collect();
            self.dirty.extend(open);
        }
    }

    /// Installs the client's settings, and the environment if it has changed.
    fn apply_settings(&mut self, settings: Settings, environment: Option<Environment>) {
        self.settings = settings;
        self.epoch += 1;
        if let Some(environment) = environment {
            self.documents.use_environment(environment);
        }
    }

    /// Installs the settings files, and the environment if it has changed. Returns whether the environment has
    /// changed.
    fn apply_configs(&mut self, configs: Arc<Configs>, environment: Option<Environment>) -> bool {
        self.configs = configs;
        self.epoch += 1;
        if !self.client_caps.pulls_diagnostics {
            let open: Vec<String> = self.documents.keys().cloned().collect();
            self.dirty.extend(open);
        }
        let is_other = environment.is_some();
        if let Some(environment) = environment {
            self.documents.use_environment(environment);
        }
        is_other
    }

    /// Returns the template folder of the settings files, otherwise of the client's settings.
    fn template_folder(&self) -> String {
        let of_file = self.configs.template_folder(self.roots.keys());
        let folder = of_file.or_else(|| self.settings.template_folder.clone());
        folder.unwrap_or_else(|| plan_ide::TEMPLATE_FOLDER.to_owned())
    }

    /// Returns the context for requests.
    fn request_context(&self, workspace_index: &Arc<WorkspaceIndex>) -> RequestContext {
        RequestContext {
            encoding: self.encoding,
            client_caps: self.client_caps,
            roots: self.roots.clone(),
            levels: self.settings.levels.clone(),
            hints: self.settings.hints,
            lenses: self.settings.lenses,
            configs: Arc::clone(&self.configs),
            started: workspace_index.dependencies().now(),
            workspace_index: Arc::clone(workspace_index),
        }
    }

    /// Returns the URI and environment of a closed file, or `None` if diagnostics do not include closed files.
    fn closed(&self, key: &str) -> Option<(Url, Arc<Environment>)> {
        let uri = self.roots.uri(key).filter(|_| self.settings.scope_is_workspace)?;
        Some((uri, Arc::clone(self.documents.environment())))
    }

    /// Returns the URI of a file in the client's spelling.
    fn uri(&self, key: &str) -> Option<Url> {
        self.documents.uri(key).cloned().or_else(|| self.roots.uri(key))
    }
}

/// Returns the environment that results from the client's settings and the settings files, or `None` if it equals `before`.
fn combined_environment(settings: &Settings, configs: &Configs, before: &Environment) -> Option<Environment> {
    let globs = settings.templates.iter();
    let globs = globs.filter_map(|(files, name)| Some((plan_ide::glob(files).ok()?, name.clone())));
    let own = Environment {
        globs: globs.collect(),
        skip: settings.skip.clone().unwrap_or_else(|| PathRole::ALL.into()),
        checkbox_characters: settings.checkbox_characters.clone(),
        format: formatting::Options { tables: settings.tables },
        markdown: settings.markdown,
        ..before.clone()
    };
    let environment = configs.environment(&own, &settings.vocabulary);
    let names = |globs: &[(globset::GlobMatcher, String)]| -> Vec<(String, String)> {
        globs.iter().map(|(glob, name)| (glob.glob().to_string(), name.clone())).collect()
    };
    let same = before.vocabulary == environment.vocabulary
        && names(&before.globs) == names(&environment.globs)
        && before.options == environment.options
        && before.skip == environment.skip
        && before.checkbox_characters == environment.checkbox_characters
        && before.format == environment.format
        && before.markdown == environment.markdown;
    (!same).then_some(environment)
}

/// Copy of the state that requests depend on, so that no lock is held while a response is computed.
#[derive(Clone, Debug)]
struct RequestContext {
    encoding: Encoding,
    client_caps: ClientCaps,
    roots: Roots,
    levels: Levels,
    hints: inlay::InlayHintOptions,
    lenses: lens::LensOptions,
    configs: Arc<Configs>,
    /// Time of the copy on the clock of [`DiskDependencies`](dependencies::DiskDependencies).
    started: u64,
    workspace_index: Arc<WorkspaceIndex>,
}

impl RequestContext {
    fn converter<'a>(&'a self, snapshot: &'a Snapshot) -> ProtoConverter<'a> {
        ProtoConverter { snapshot, roots: &self.roots, encoding: self.encoding }
    }

    /// Returns the completions at a byte offset of a file.
    fn completions(&self, file: &File, offset: usize, trigger: Option<char>) -> Vec<Completion> {
        self.with_workspace(file, |workspace| {
            plan_ide::completion::completions(file, workspace, offset, trigger)
        })
    }

    /// Calls `ask` with the workspace of a file.
    fn with_workspace<T>(&self, file: &File, ask: impl FnOnce(&Workspace<'_>) -> T) -> T {
        self.with_disk(&RealDisk::new(file.shared_environment()), ask)
    }

    fn with_disk<T>(&self, disk: &dyn Disk, ask: impl FnOnce(&Workspace<'_>) -> T) -> T {
        let index = self.workspace_index.read();
        ask(&Workspace { index: &index, disk, is_complete: self.workspace_index.is_complete() })
    }

    /// Returns the findings of a file with their severities.
    fn findings(&self, file: &File) -> Vec<(Arc<Finding>, Severity)> {
        let levels = self.configs.levels(file.path(), &self.levels);
        self.with_workspace(file, |workspace| plan_ide::report(file, workspace, &levels))
    }

    /// Returns the findings to show for a document, or `None` if it is too long. Records the disk answers that the
    /// findings depend on. When the answers change, the findings are reported again.
    fn recorded_findings(&self, snapshot: &Snapshot) -> Option<Vec<(Arc<Finding>, Severity)>> {
        let file = &snapshot.file;
        fault_injection::panic_on(|| file.document().text());
        if file.is_too_long() {
            return None;
        }
        let levels = self.configs.levels(file.path(), &self.levels);
        let disk = RecordingDisk::new(file.shared_environment());
        let found = self.with_disk(&disk, |workspace| plan_ide::report(file, workspace, &levels));
        self.workspace_index.record_dependencies(snapshot, self.started, disk.into_answers());
        Some(plan_ide::limit_per_rule(found))
    }

    fn diagnostics(&self, snapshot: &Snapshot) -> Vec<Diagnostic> {
        let Some(findings) = self.recorded_findings(snapshot) else { return vec![too_long_diagnostic()] };
        let converter = self.converter(snapshot);
        findings.iter().map(|(finding, severity)| converter.diagnostic(finding, *severity)).collect()
    }

    /// Returns the same diagnostics as [`Self::diagnostics`], as JSON.
    fn diagnostics_json(&self, snapshot: &Snapshot) -> DiagnosticsJson {
        match self.recorded_findings(snapshot) {
            Some(findings) => DiagnosticsJson::of(&self.converter(snapshot), &findings),
            None => DiagnosticsJson::typed(&[too_long_diagnostic()]),
        }
    }

    /// Returns the diagnostics of a file that is not open. Empty if the file is not a plan in the index.
    fn closed_diagnostics(&self, key: &str, uri: Url, environment: &Arc<Environment>) -> Vec<Diagnostic> {
        let is_plan = self.workspace_index.read().get(key).is_some_and(|entry| entry.kind == Kind::Plan);
        let file = is_plan.then(|| files::load(key, environment).ok()).flatten();
        file.map(|file| self.diagnostics(&Snapshot { uri, version: 0, file })).unwrap_or_default()
    }
}

/// Returns the diagnostic of a document that exceeds the size limit.
fn too_long_diagnostic() -> Diagnostic {
    let limit = plan_ide::MAX_DOCUMENT_BYTES / 1024 / 1024;
    Diagnostic {
        severity: Some(DiagnosticSeverity::INFORMATION),
        source: Some("plansmith".to_owned()),
        message: format!("document is larger than {limit} MiB and is not checked; split it"),
        ..Diagnostic::default()
    }
}

/// Returns the result of `ask`, or `None` if it panics: a failure in one document must not affect the others.
fn catch_and_log<T>(file: &str, ask: impl FnOnce() -> T) -> Option<T> {
    catch_panic(ask).map_err(|message| tracing::error!("reading `{file}` failed: {message}")).ok()
}
