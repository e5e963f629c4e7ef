//! The language server: state, and how it is changed.
//!
//! A notification changes state under a plain mutex and returns; a request takes a snapshot while it is first polled, which
//! the [`transport`] does in the order of arrival, and works on that.

mod capabilities;
mod changes;
mod clock;
mod code_actions;
mod commands;
mod convert;
mod diagnostics;
mod documents;
mod explanations;
mod file_operations;
mod handlers;
mod hierarchy;
mod indexer;
mod json;
mod outlines;
mod overviews;
mod places;
mod position;
mod publisher;
mod settings;
mod showing;
mod watcher;
mod workspace_reports;
mod workspace_symbols;

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use plan_ide::{
    Environment, File, Finding, Levels, Severity, Workspace, completion::Completion, formatting, inlay, lens,
};
use plan_schema::Kind;
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
    capabilities::Abilities,
    convert::View,
    diagnostics::Diagnostics,
    documents::{Documents, Snapshot},
    explanations::Explanations,
    indexer::Indexed,
    position::Encoding,
    settings::Settings,
    workspace_reports::Reports,
};
use crate::{
    config::Configs,
    fault_injection,
    files::{self, RealDisk, Roots},
    git,
    panics::catch_panic,
    transport, workspace,
};

/// How long further changes are waited for before the client is asked to pull diagnostics again.
const REFRESH_PAUSE: Duration = Duration::from_millis(100);

/// The requests of formatting, which are offered only where settings want them.
const FORMATTING: [&str; 3] =
    ["textDocument/formatting", "textDocument/rangeFormatting", "textDocument/onTypeFormatting"];

/// How the server is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What to log: `info`, or a filter such as `plansmith=debug`.
    pub log: Option<String>,
    /// Where to log instead of standard error.
    pub log_file: Option<PathBuf>,
}

/// Runs the server on standard input and output until the client ends it. Returns the exit code of the process, which
/// must not wait for threads that still read standard input.
pub fn run(options: &Options) -> i32 {
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
        shared: Arc::new(Shared {
            client,
            changed: Notify::new(),
            refreshing: AtomicBool::new(false),
            refreshing_shown: AtomicBool::new(false),
            state: Mutex::default(),
            indexed: Arc::default(),
            reports: Reports::default(),
            explanations: Explanations::default(),
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

/// Logs go to standard error or a file, never to standard output, which is the client's.
fn start_log(options: &Options) -> Result<(), String> {
    let filter = options.log.as_deref().unwrap_or("warn,notify=error");
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| format!("`{filter}` is no log level: {error}; try `info` or `debug`"))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let started = match &options.log_file {
        Some(path) => {
            let file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)
                .map_err(|error| format!("cannot write the log file {}: {error}", path.display()))?;
            subscriber.with_writer(Mutex::new(file)).try_init()
        }
        None => subscriber.with_writer(std::io::stderr).try_init(),
    };
    started.map_err(|error| format!("cannot start the log: {error}"))
}

/// The server as the router sees it.
#[derive(Debug)]
struct Server {
    shared: Arc<Shared>,
}

/// What handlers and tasks share.
#[derive(Debug)]
struct Shared {
    client: Client,
    /// Told when there is something to publish.
    changed: Notify,
    /// The client has been asked to pull diagnostics again and has not answered yet.
    refreshing: AtomicBool,
    /// The same for hints, lenses and tokens.
    refreshing_shown: AtomicBool,
    state: Mutex<State>,
    indexed: Arc<Indexed>,
    reports: Reports,
    explanations: Explanations,
}

#[derive(Debug, Default)]
struct State {
    encoding: Encoding,
    abilities: Abilities,
    settings: Settings,
    /// What the settings files of the workspace say.
    configs: Arc<Configs>,
    /// The folders that the client has open.
    roots: Roots,
    documents: Documents,
    /// What the publisher has to look at, by key.
    dirty: BTreeSet<String>,
    /// A template has changed on disk.
    templates_are_stale: bool,
    /// Which of [`FORMATTING`] the client has been told of.
    announced_formatting: [bool; 3],
    /// Counts what changes everything that is found: settings, templates, the day.
    epoch: u64,
    /// The client has said so often that its settings have changed.
    settings_told: u64,
    /// With which of these times the settings came that are in force.
    settings_taken: u64,
}

impl Shared {
    /// The state. Whoever holds it neither awaits nor analyses.
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave it half changed: every change is one assignment or one edit.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks a document for the publisher, where there is one, and for the index.
    fn touch(&self, key: String) {
        let mut state = self.state();
        if !state.abilities.pulls_diagnostics {
            state.dirty.insert(key.clone());
            drop(state);
            self.changed.notify_one();
        }
        self.indexed.touch([key]);
    }

    /// Reads the templates of the workspace anew.
    async fn load_templates(self: &Arc<Self>) {
        let (roots, folder) = {
            let mut state = self.state();
            state.templates_are_stale = false;
            let of_file = state.configs.template_folder(state.roots.keys());
            let folder = of_file.or_else(|| state.settings.template_folder.clone());
            (state.roots.paths(), folder.unwrap_or_else(|| plan_ide::TEMPLATE_FOLDER.to_owned()))
        };
        let Ok((environment, complaints)) =
            tokio::task::spawn_blocking(move || workspace::environment(&roots, &folder)).await
        else {
            return;
        };
        for complaint in complaints {
            tracing::warn!("{complaint}");
            self.client.show_message(MessageType::WARNING, complaint).await;
        }
        self.state().use_templates(environment);
        self.indexed.read_again();
        self.refresh();
        self.refresh_shown();
    }

    /// Offers formatting to the client while the settings want it, and no longer.
    pub(super) async fn announce_formatting(&self) {
        let (abilities, wanted) = {
            let state = self.state();
            (
                state.abilities,
                [state.settings.formats, state.settings.formats, state.settings.formats_on_type],
            )
        };
        let can =
            [abilities.registers_formatting, abilities.registers_formatting, abilities.registers_on_type];
        for (number, method) in FORMATTING.into_iter().enumerate() {
            let is_announced = self.state().announced_formatting[number];
            if !can[number] || wanted[number] == is_announced {
                continue;
            }
            let id = format!("plansmith-{method}");
            let told = if wanted[number] {
                let mut options = json!({"documentSelector": [{"language": "markdown"}]});
                if method == "textDocument/onTypeFormatting" {
                    options["firstTriggerCharacter"] = "\n".into();
                }
                let registration =
                    Registration { id, method: method.to_owned(), register_options: Some(options) };
                self.client.register_capability(vec![registration]).await
            } else {
                let gone = Unregistration { id, method: method.to_owned() };
                self.client.unregister_capability(vec![gone]).await
            };
            match told {
                Ok(()) => self.state().announced_formatting[number] = wanted[number],
                Err(error) => {
                    tracing::warn!(%error, method, "the client did not take a change of formatting")
                }
            }
        }
    }

    /// Finds out who makes new plans here.
    async fn find_owner(&self) {
        let Ok(Some(owner)) = tokio::task::spawn_blocking(git::user_name).await else { return };
        let mut state = self.state();
        let environment = Environment { owner: Some(owner), ..(**state.documents.environment()).clone() };
        state.documents.use_environment(environment);
    }

    /// Has what was said of open documents said again. Asking twice before the client has answered is asking once.
    fn refresh(self: &Arc<Self>) {
        let abilities = self.state().abilities;
        if !abilities.pulls_diagnostics {
            self.changed.notify_one();
        } else if abilities.refreshes_diagnostics && !self.refreshing.swap(true, Ordering::AcqRel) {
            let shared = Arc::clone(self);
            tokio::spawn(async move {
                // What changes from here on is asked for again.
                let asked = shared.client.send_request::<request::WorkspaceDiagnosticRefresh>(());
                tokio::time::sleep(REFRESH_PAUSE).await;
                shared.refreshing.store(false, Ordering::Release);
                if let Err(error) = asked.await {
                    tracing::warn!(%error, "the client did not refresh its diagnostics");
                }
            });
        }
    }

    /// Has the client ask again for what it shows beside the text: hints, lenses, tokens. Asking twice before it has
    /// answered is asking once.
    fn refresh_shown(self: &Arc<Self>) {
        let abilities = self.state().abilities;
        let any = abilities.refreshes_hints || abilities.refreshes_lenses || abilities.refreshes_tokens;
        if !any || self.refreshing_shown.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(REFRESH_PAUSE).await;
            // What changes from here on is asked for again.
            shared.refreshing_shown.store(false, Ordering::Release);
            let client = &shared.client;
            let hints =
                async { if abilities.refreshes_hints { client.inlay_hint_refresh().await } else { Ok(()) } };
            let lenses =
                async { if abilities.refreshes_lenses { client.code_lens_refresh().await } else { Ok(()) } };
            let tokens = async {
                if abilities.refreshes_tokens { client.semantic_tokens_refresh().await } else { Ok(()) }
            };
            let (hints, lenses, tokens) = tokio::join!(hints, lenses, tokens);
            for error in [hints, lenses, tokens].into_iter().filter_map(Result::err) {
                tracing::warn!(%error, "the client did not ask again for what it shows");
            }
        });
    }

    /// Asks the client for our settings and takes them over.
    async fn fetch_settings(self: &Arc<Self>, told: u64) {
        let item = ConfigurationItem { scope_uri: None, section: Some("plansmith".to_owned()) };
        match self.client.configuration(vec![item]).await {
            Ok(answers) => self.use_settings(answers.first().unwrap_or(&Value::Null), told).await,
            Err(error) => tracing::warn!(%error, "the client did not answer with settings"),
        }
    }

    /// Takes over new settings, and has everything that depends on them done again. `told` counts them: those of an earlier
    /// time that come later, since each time has a task of its own, are no longer in force.
    async fn use_settings(self: &Arc<Self>, section: &Value, told: u64) {
        let (settings, complaints) = Settings::read(section);
        for complaint in complaints {
            tracing::warn!("{complaint}");
            self.client.show_message(MessageType::WARNING, complaint).await;
        }
        let (other_folder, other_reading) = {
            let mut state = self.state();
            if told < state.settings_taken {
                return;
            }
            state.settings_taken = told;
            if state.settings == settings {
                return;
            }
            let before = &state.settings;
            let other_folder = before.template_folder != settings.template_folder;
            let other_reading = before.vocabulary != settings.vocabulary
                || before.templates != settings.templates
                || before.filter != settings.filter
                || before.scope_is_workspace != settings.scope_is_workspace;
            state.take_over(settings);
            let open: Vec<String> = state.documents.keys().cloned().collect();
            if !state.abilities.pulls_diagnostics {
                state.dirty.extend(open);
            }
            (other_folder, other_reading)
        };
        self.announce_formatting().await;
        if other_folder {
            self.load_templates().await;
        } else {
            if other_reading {
                self.indexed.read_again();
            }
            self.refresh();
            self.refresh_shown();
        }
    }
}

impl State {
    /// Has everything read with the templates of the workspace as they are now.
    fn use_templates(&mut self, environment: Environment) {
        let before = self.documents.environment();
        let environment = Environment {
            vocabulary: Arc::clone(&before.vocabulary),
            globs: before.globs.clone(),
            options: before.options.clone(),
            checkbox_characters: before.checkbox_characters.clone(),
            format: before.format,
            markdown: before.markdown,
            owner: environment.owner.or_else(|| before.owner.clone()),
            ..environment
        };
        self.documents.use_environment(environment);
        self.epoch += 1;
        if !self.abilities.pulls_diagnostics {
            let open: Vec<String> = self.documents.keys().cloned().collect();
            self.dirty.extend(open);
        }
    }

    fn take_over(&mut self, settings: Settings) {
        let before = &self.settings;
        let reads_the_same = settings.vocabulary == before.vocabulary
            && settings.templates == before.templates
            && settings.checkbox_characters == before.checkbox_characters
            && settings.tables == before.tables
            && settings.markdown == before.markdown;
        self.settings = settings;
        self.epoch += 1;
        if !reads_the_same {
            self.combine_settings();
        }
    }

    /// Takes over what settings files say. Tells whether documents are read otherwise now.
    fn take_over_files(&mut self, configs: Configs) -> bool {
        self.configs = Arc::new(configs);
        self.epoch += 1;
        if !self.abilities.pulls_diagnostics {
            let open: Vec<String> = self.documents.keys().cloned().collect();
            self.dirty.extend(open);
        }
        self.combine_settings()
    }

    /// Has documents read as the client's settings and the settings files say together.
    fn combine_settings(&mut self) -> bool {
        let globs = self.settings.templates.iter();
        let globs = globs.filter_map(|(files, name)| Some((plan_ide::glob(files).ok()?, name.clone())));
        let before = Arc::clone(self.documents.environment());
        let own = Environment {
            globs: globs.collect(),
            checkbox_characters: self.settings.checkbox_characters.clone(),
            format: formatting::Options { tables: self.settings.tables },
            markdown: self.settings.markdown,
            ..(*before).clone()
        };
        let environment = self.configs.environment(&own, &self.settings.vocabulary);
        let names = |globs: &[(globset::GlobMatcher, String)]| -> Vec<(String, String)> {
            globs.iter().map(|(glob, name)| (glob.glob().to_string(), name.clone())).collect()
        };
        let same = before.vocabulary == environment.vocabulary
            && names(&before.globs) == names(&environment.globs)
            && before.options == environment.options
            && before.checkbox_characters == environment.checkbox_characters
            && before.format == environment.format
            && before.markdown == environment.markdown;
        if !same {
            self.documents.use_environment(environment);
        }
        !same
    }

    /// What it takes to turn a snapshot into messages.
    fn view_settings(&self, indexed: &Arc<Indexed>) -> ViewSettings {
        ViewSettings {
            encoding: self.encoding,
            abilities: self.abilities,
            roots: self.roots.clone(),
            levels: self.settings.levels.clone(),
            hints: self.settings.hints,
            lenses: self.settings.lenses,
            configs: Arc::clone(&self.configs),
            indexed: Arc::clone(indexed),
        }
    }

    /// A file that is not open and of which something is to be said all the same: its URI, and what it is read with.
    fn closed(&self, key: &str) -> Option<(Url, Arc<Environment>)> {
        let uri = self.roots.uri(key).filter(|_| self.settings.scope_is_workspace)?;
        Some((uri, Arc::clone(self.documents.environment())))
    }

    /// The URI of a file, as the client spells it.
    fn uri(&self, key: &str) -> Option<Url> {
        self.documents.uri(key).cloned().or_else(|| self.roots.uri(key))
    }
}

/// The settings that answers depend on, copied so that nothing is locked while an answer is computed.
#[derive(Clone, Debug)]
struct ViewSettings {
    encoding: Encoding,
    abilities: Abilities,
    roots: Roots,
    levels: Levels,
    hints: inlay::InlayHintOptions,
    lenses: lens::LensOptions,
    configs: Arc<Configs>,
    indexed: Arc<Indexed>,
}

impl ViewSettings {
    fn of<'a>(&'a self, snapshot: &'a Snapshot) -> View<'a> {
        View { snapshot, roots: &self.roots, encoding: self.encoding }
    }

    /// What could be typed at a byte of a file.
    fn completions(&self, file: &File, at: usize, trigger: Option<char>) -> Vec<Completion> {
        self.with_workspace(file, |workspace| plan_ide::completion::completions(file, workspace, at, trigger))
    }

    /// Asks something of a file with what it can see of others.
    fn with_workspace<T>(&self, file: &File, ask: impl FnOnce(&Workspace<'_>) -> T) -> T {
        let index = self.indexed.read();
        let disk = RealDisk::new(file.shared_environment());
        ask(&Workspace { index: &index, disk: &disk, is_complete: self.indexed.is_complete() })
    }

    /// What is found in a file, as settings weigh it.
    fn findings(&self, file: &File) -> Vec<(Arc<Finding>, Severity)> {
        let levels = self.configs.levels(file.path(), &self.levels);
        self.with_workspace(file, |workspace| plan_ide::report(file, workspace, &levels))
    }

    /// What there is to say of a document, as it is shown; nothing of one that is not read.
    fn shown_findings(&self, snapshot: &Snapshot) -> Option<Vec<(Arc<Finding>, Severity)>> {
        fault_injection::panic_on(|| snapshot.file.document().text());
        (!snapshot.file.is_too_long()).then(|| plan_ide::limit_per_rule(self.findings(&snapshot.file)))
    }

    fn diagnostics(&self, snapshot: &Snapshot) -> Vec<Diagnostic> {
        let Some(findings) = self.shown_findings(snapshot) else { return vec![too_long()] };
        let view = self.of(snapshot);
        findings.iter().map(|(finding, severity)| view.diagnostic(finding, *severity)).collect()
    }

    /// The same as JSON.
    fn written_diagnostics(&self, snapshot: &Snapshot) -> Diagnostics {
        match self.shown_findings(snapshot) {
            Some(findings) => Diagnostics::of(&self.of(snapshot), &findings),
            None => Diagnostics::typed(&[too_long()]),
        }
    }

    /// The same for a file that is not open; nothing for one that the index does not hold.
    fn closed_diagnostics(&self, key: &str, uri: Url, environment: &Arc<Environment>) -> Vec<Diagnostic> {
        let is_plan = self.indexed.read().get(key).is_some_and(|entry| entry.kind == Kind::Plan);
        let file = is_plan.then(|| files::load(key, environment).ok()).flatten();
        file.map(|file| self.diagnostics(&Snapshot { uri, version: 0, file })).unwrap_or_default()
    }
}

/// What is said of a document that is not read.
fn too_long() -> Diagnostic {
    let limit = plan_ide::MAX_DOCUMENT_BYTES / 1024 / 1024;
    Diagnostic {
        severity: Some(DiagnosticSeverity::INFORMATION),
        source: Some("plansmith".to_owned()),
        message: format!("This document is longer than {limit} MiB, so it is not read as a plan; split it."),
        ..Diagnostic::default()
    }
}

/// What `ask` gives, or nothing where it panics: a document that we fail at does not silence the others.
fn guarded<T>(about: &str, ask: impl FnOnce() -> T) -> Option<T> {
    catch_panic(ask).map_err(|said| tracing::error!("reading {about} failed: {said}")).ok()
}
