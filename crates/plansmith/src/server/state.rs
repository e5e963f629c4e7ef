//! The state of the server, and how it is changed.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
};

use plan_ide::{Environment, formatting, schedule::ScheduleSettings};
use plan_schema::PathRole;
use tokio::sync::Notify;
use tower_lsp::{
    Client,
    lsp_types::{MessageType, Url},
};

use super::{
    client_caps::ClientCaps,
    completion_docs::CompletionDocs,
    context::RequestContext,
    documents::{Documents, Snapshot},
    edit_queue::EditQueues,
    position::PositionEncoding,
    touched_buffers::TouchedBuffers,
    workspace_index::WorkspaceIndex,
    workspace_reports::WorkspaceReports,
};
use crate::{
    files::{FileStamp, Roots, key_of_uri},
    git,
    settings::{FolderSettings, Settings},
    state_cell::StateCell,
    transport::Outlet,
    workspace,
};

/// State shared by handlers and background tasks.
#[derive(Debug)]
pub(super) struct Global {
    pub(super) client: Client,
    /// Client connection for publishing diagnostics.
    pub(super) outlet: Outlet,
    /// Notified when diagnostics have to be published.
    pub(super) changed: Notify,
    /// Notified when a document is edited and when syntax trees are requested.
    pub(super) trees_used: Notify,
    /// Whether a refresh of diagnostics is scheduled.
    pub(super) refreshing: AtomicBool,
    /// Whether a refresh of hints, lenses and tokens is scheduled.
    pub(super) refreshing_decorations: AtomicBool,
    pub(super) state: StateCell<ServerState>,
    pub(super) edit_queues: EditQueues,
    pub(super) workspace_index: Arc<WorkspaceIndex>,
    pub(super) reports: WorkspaceReports,
    pub(super) completion_docs: CompletionDocs,
    pub(super) touched_buffers: TouchedBuffers,
}

#[derive(Debug, Default)]
pub(super) struct ServerState {
    pub(super) encoding: PositionEncoding,
    pub(super) client_caps: ClientCaps,
    pub(super) settings: Settings,
    /// Settings files of the workspace.
    pub(super) folder_settings: Arc<FolderSettings>,
    /// Workspace folders of the client.
    pub(super) roots: Roots,
    pub(super) documents: Documents,
    /// Keys of the files whose diagnostics have to be published.
    pub(super) dirty: BTreeSet<String>,
    /// Whether all published diagnostics must be checked again, because their files may no longer be in the index.
    pub(super) published_is_dirty: bool,
    /// Whether the templates have to be loaded again.
    pub(super) templates_are_stale: bool,
    /// Stamps of the workspace's templates when they were loaded.
    pub(super) template_stamps: Vec<(PathBuf, Option<FileStamp>)>,
    /// Files with custom family profiles that have published problems.
    pub(super) profiles_with_problems: BTreeSet<PathBuf>,
    /// Whether each formatting request is registered with the client.
    pub(super) registered_formatting: [bool; 3],
    /// Incremented by changes that affect the findings of all files: settings, templates, the date.
    pub(super) epoch: u64,
    /// Number of settings changes that the client has reported.
    pub(super) settings_requests: u64,
    /// Number of the settings change that produced the current settings.
    pub(super) settings_applied: u64,
}

impl Global {
    pub(super) fn new(client: Client, outlet: Outlet) -> Self {
        Self {
            client,
            outlet,
            changed: Notify::new(),
            trees_used: Notify::new(),
            refreshing: AtomicBool::new(false),
            refreshing_decorations: AtomicBool::new(false),
            state: StateCell::default(),
            edit_queues: EditQueues::default(),
            workspace_index: Arc::default(),
            reports: WorkspaceReports::default(),
            completion_docs: CompletionDocs::default(),
            touched_buffers: TouchedBuffers::default(),
        }
    }

    /// Marks a file as changed, for the publisher (if diagnostics are pushed) and the index.
    pub(super) fn mark_changed(&self, key: String) {
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
        self.trees_used.notify_one();
        self.workspace_index.mark_changed([key]);
        self.edit_queues.document_changed();
    }

    /// Returns a snapshot of the open buffer with this URI, and the context at the same time, because an analysis
    /// starts at the time of its snapshot. If no buffer has exactly this URI, but the file is open under another name,
    /// returns a snapshot of the file's current buffer. It has the URI and version of that buffer. An exact match takes
    /// precedence, because two names of one file can be open with different texts.
    pub(super) fn snapshot(&self, uri: &Url) -> Option<(Snapshot, RequestContext)> {
        let found = |key: Option<&str>| {
            self.state.with(|state| {
                let exact = state.documents.snapshot(uri);
                let found = exact.or_else(|| state.documents.snapshot_of(key?))?;
                Some((found, state.request_context(&self.workspace_index)))
            })
        };
        // Computing the key accesses the disk, so it is done outside the lock.
        found(None).or_else(|| found(Some(&key_of_uri(uri))))
    }

    /// Returns the context for requests.
    pub(super) fn request_context(&self) -> RequestContext {
        self.state.with(|state| state.request_context(&self.workspace_index))
    }

    /// Returns the URI of a file in the client's spelling.
    pub(super) fn uri(&self, key: &str) -> Option<Url> {
        self.state.with(|state| state.uri(key))
    }

    /// Returns the keys of the open files.
    pub(super) fn open_keys(&self) -> Vec<String> {
        self.state.with(|state| state.documents.keys().cloned().collect())
    }

    /// Returns the environment that documents are parsed with.
    pub(super) fn environment(&self) -> Arc<Environment> {
        self.state.with(|state| Arc::clone(state.documents.environment()))
    }

    pub(super) fn encoding(&self) -> PositionEncoding {
        self.state.with(|state| state.encoding)
    }

    pub(super) fn client_caps(&self) -> ClientCaps {
        self.state.with(|state| state.client_caps)
    }

    /// Combines settings with settings files and calls `install` with the state and the new environment, or `None` if the
    /// environment is unchanged. `settings` and `folder_settings` default to the current values. Globs are compiled without the
    /// lock, so the work is repeated if the state has changed meanwhile.
    pub(super) fn install_environment<T>(
        &self,
        settings: Option<&Settings>,
        folder_settings: Option<&Arc<FolderSettings>>,
        mut install: impl FnMut(&mut ServerState, Option<Environment>) -> T,
    ) -> T {
        loop {
            let (old_settings, old_configs, before) = self.state.with(|state| {
                let environment = Arc::clone(state.documents.environment());
                (state.settings.clone(), Arc::clone(&state.folder_settings), environment)
            });
            let environment = combined_environment(
                settings.unwrap_or(&old_settings),
                folder_settings.unwrap_or(&old_configs),
                &before,
            );
            let installed = self.state.with(|state| {
                let is_current = Arc::ptr_eq(state.documents.environment(), &before)
                    && Arc::ptr_eq(&state.folder_settings, &old_configs)
                    && state.settings == old_settings;
                is_current.then(|| install(state, environment))
            });
            if let Some(installed) = installed {
                return installed;
            }
        }
    }

    /// Loads the templates of the workspace again.
    pub(super) async fn load_templates(self: &Arc<Self>) {
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
        self.publish_profiles().await;
        self.workspace_index.request_full_read();
        self.refresh();
        self.refresh_decorations();
    }

    /// Loads the owner of new plans: the user name of git.
    pub(super) async fn load_owner(&self) {
        let Ok(Some(owner)) = tokio::task::spawn_blocking(git::user_name).await else { return };
        self.state.with(|state| {
            let environment = Environment { owner: Some(owner), ..(**state.documents.environment()).clone() };
            state.documents.use_environment(environment);
        });
    }
}

impl ServerState {
    /// Installs newly loaded templates.
    pub(super) fn use_templates(&mut self, environment: Environment) {
        let before = self.documents.environment();
        let environment = Environment {
            own_templates: environment.own_templates,
            template_folder: environment.template_folder,
            roots: environment.roots,
            today: environment.today,
            families: Arc::new(environment.families.limited_to(before.families.selected().cloned())),
            ..(**before).clone()
        };
        self.documents.use_environment(environment);
        self.epoch += 1;
        if !self.client_caps.pulls_diagnostics {
            let open: Vec<String> = self.documents.keys().cloned().collect();
            self.dirty.extend(open);
        }
    }

    /// Installs the client's settings, and the environment if it has changed.
    pub(super) fn apply_settings(&mut self, settings: Settings, environment: Option<Environment>) {
        self.settings = settings;
        self.epoch += 1;
        if let Some(environment) = environment {
            self.documents.use_environment(environment);
        }
    }

    /// Installs the settings files, and the environment if it has changed. Returns whether the environment has
    /// changed.
    pub(super) fn apply_configs(
        &mut self,
        folder_settings: Arc<FolderSettings>,
        environment: Option<Environment>,
    ) -> bool {
        self.folder_settings = folder_settings;
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
    pub(super) fn template_folder(&self) -> String {
        let of_file = self.folder_settings.template_folder(self.roots.keys());
        let folder = of_file.or_else(|| self.settings.template_folder.clone());
        folder.unwrap_or_else(|| plan_ide::TEMPLATE_FOLDER.to_owned())
    }

    /// Returns the context for requests.
    pub(super) fn request_context(&self, workspace_index: &Arc<WorkspaceIndex>) -> RequestContext {
        RequestContext {
            encoding: self.encoding,
            client_caps: self.client_caps,
            roots: self.roots.clone(),
            severities: self.settings.severities.clone(),
            hints: self.settings.hints,
            lenses: self.settings.lenses,
            folder_settings: Arc::clone(&self.folder_settings),
            started: workspace_index.disk_dependencies().now(),
            workspace_index: Arc::clone(workspace_index),
        }
    }

    /// Returns the URI and environment of a closed file, or `None` if diagnostics do not include closed files.
    pub(super) fn closed_file(&self, key: &str) -> Option<(Url, Arc<Environment>)> {
        let uri = self.roots.uri(key).filter(|_| self.settings.scope_is_workspace)?;
        Some((uri, Arc::clone(self.documents.environment())))
    }

    /// Returns the URI of a file in the client's spelling.
    pub(super) fn uri(&self, key: &str) -> Option<Url> {
        self.documents.uri(key).cloned().or_else(|| self.roots.uri(key))
    }
}

/// Returns the environment that results from the client's settings and the settings files, or `None` if it equals `before`.
fn combined_environment(
    settings: &Settings,
    folder_settings: &FolderSettings,
    before: &Environment,
) -> Option<Environment> {
    let globs = settings.templates.iter();
    let globs = globs.filter_map(|(files, name)| Some((plan_ide::glob(files).ok()?, name.clone())));
    let own = Environment {
        globs: globs.collect(),
        skip: settings.skip.clone().unwrap_or_else(|| PathRole::ALL.into()),
        families: Arc::new(before.families.limited_to(settings.families.clone())),
        checkbox_characters: settings.checkbox_characters.clone(),
        format: formatting::Options { tables: settings.tables.unwrap_or_default() },
        schedule: settings.schedule(&ScheduleSettings::default()),
        markdown: settings.markdown,
        ..before.clone()
    };
    let environment = folder_settings.environment(&own, &settings.vocabulary);
    let names = |globs: &[(globset::GlobMatcher, String)]| -> Vec<(String, String)> {
        globs.iter().map(|(glob, name)| (glob.glob().to_string(), name.clone())).collect()
    };
    let same = before.vocabulary == environment.vocabulary
        && names(&before.globs) == names(&environment.globs)
        && before.options == environment.options
        && before.skip == environment.skip
        && before.families.selected() == environment.families.selected()
        && before.checkbox_characters == environment.checkbox_characters
        && before.format == environment.format
        && before.schedule == environment.schedule
        && before.markdown == environment.markdown;
    (!same).then_some(environment)
}
