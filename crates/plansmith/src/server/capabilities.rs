//! Capabilities of the client and the server.

use plan_ide::{actions, completion};
use tower_lsp::lsp_types::{
    CallHierarchyServerCapability, ClientCapabilities, CodeActionKind, CodeActionOptions,
    CodeActionProviderCapability, CodeLensOptions, CompletionOptions, DiagnosticOptions,
    DiagnosticServerCapabilities, DocumentLinkOptions, DocumentOnTypeFormattingOptions,
    DocumentSymbolOptions, ExecuteCommandOptions, FileOperationFilter, FileOperationPattern,
    FileOperationPatternKind, FileOperationRegistrationOptions, FoldingRangeProviderCapability,
    HoverProviderCapability, InsertTextMode, MarkupKind, OneOf, RenameOptions, ResourceOperationKind,
    SelectionRangeProviderCapability, SemanticTokensFullOptions, SemanticTokensOptions,
    SemanticTokensServerCapabilities, ServerCapabilities, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TypeDefinitionProviderCapability, WorkDoneProgressOptions,
    WorkspaceFileOperationsServerCapabilities, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities, WorkspaceSymbolOptions,
};

use super::{position::Encoding, presentation::legend, to_proto::action_kind};
use crate::settings::Settings;

/// Kind of the code action that applies all safe fixes.
pub(super) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.plansmith");

/// Checks or unchecks tasks.
pub(super) const TOGGLE_TASK: &str = "plansmith.server.toggleTask";
/// Cycles list items: bullet, open task, done task, bullet.
pub(super) const CYCLE_TASK: &str = "plansmith.server.cycleTask";
/// Sets the state of tasks.
pub(super) const SET_STATE: &str = "plansmith.server.setState";
/// Returns the location of the next ready task.
pub(super) const NEXT_TASK: &str = "plansmith.server.nextTask";
/// Creates a plan from a template.
pub(super) const NEW_PLAN: &str = "plansmith.server.newPlan";
/// Lists the templates.
pub(super) const LIST_TEMPLATES: &str = "plansmith.server.listTemplates";
/// Returns the location of the next placeholder.
pub(super) const NEXT_PLACEHOLDER: &str = "plansmith.server.nextPlaceholder";
/// Lists the ready tasks of a document or the workspace.
pub(super) const NEXT_TASKS: &str = "plansmith.server.nextTasks";
/// Returns the status of a plan or of all plans in the workspace.
pub(super) const STATUS: &str = "plansmith.server.status";
/// Lists the phases and tasks of a document.
pub(super) const ITEMS: &str = "plansmith.server.items";
/// Renders the dependency graph or timeline of a document.
pub(super) const GRAPH: &str = "plansmith.server.graph";
/// Lists the other documents of the set of a document, or shows one of them.
pub(super) const GO_TO_SIBLING: &str = "plansmith.server.goToSibling";
/// Last part of the kind of the code actions that go to another document of the set.
pub(super) const GO_TO_SIBLING_KIND: &str = "go-to-sibling";
/// Last part of the kind of the code action that goes to the next placeholder.
pub(super) const NEXT_PLACEHOLDER_KIND: &str = "next-placeholder";
/// All commands that the server executes.
pub(super) const COMMANDS: [&str; 12] = [
    TOGGLE_TASK,
    CYCLE_TASK,
    SET_STATE,
    NEXT_TASK,
    NEW_PLAN,
    LIST_TEMPLATES,
    NEXT_PLACEHOLDER,
    NEXT_TASKS,
    STATUS,
    ITEMS,
    GRAPH,
    GO_TO_SIBLING,
];

/// Capabilities of the client that affect the messages of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ClientCaps {
    /// Pulls diagnostics, so none are pushed.
    pub(super) pulls_diagnostics: bool,
    /// Supports requests to pull diagnostics again.
    pub(super) refreshes_diagnostics: bool,
    /// Supports requests to refresh inlay hints.
    pub(super) refreshes_hints: bool,
    /// Supports requests to refresh code lenses.
    pub(super) refreshes_lenses: bool,
    /// Supports requests to refresh semantic tokens.
    pub(super) refreshes_tokens: bool,
    /// Resolves the range of a workspace symbol when the user selects it.
    pub(super) resolves_symbols: bool,
    /// Shows document symbols as a tree.
    pub(super) hierarchical_symbols: bool,
    /// Supports edits with document versions.
    pub(super) versioned_edits: bool,
    /// Supports registering file watchers.
    pub(super) registers_watchers: bool,
    /// Supports edits that create files.
    pub(super) creates_files: bool,
    /// Supports requests to show a document.
    pub(super) shows_documents: bool,
    /// Shows Markdown in hovers.
    pub(super) markdown_hovers: bool,
    /// Supports inserting completions without changing their indentation.
    pub(super) inserts_as_is: bool,
    /// Supports tab stops in completions.
    pub(super) snippets: bool,
    /// Supports commit characters of completions.
    pub(super) commit_characters: bool,
    /// Resolves the documentation of a completion when it is shown.
    pub(super) resolves_completions: bool,
    /// Resolves the edit of a code action when the user selects it.
    pub(super) resolves_actions: bool,
    /// Shows disabled code actions with their reason.
    pub(super) shows_disabled_actions: bool,
    /// Requests the range of a symbol before it is renamed.
    pub(super) prepares_renames: bool,
    /// Supports dynamic registration of formatting.
    pub(super) registers_formatting: bool,
    /// Supports dynamic registration of on-type formatting.
    pub(super) registers_on_type: bool,
    /// Supports definitions as links with an origin range.
    pub(super) links_definitions: bool,
    /// Shows tooltips of document links.
    pub(super) link_tooltips: bool,
    /// Supports code action literals in addition to commands.
    pub(super) code_action_literals: bool,
    /// Supports requests for settings.
    pub(super) configuration: bool,
    /// Supports registering for changes of settings.
    pub(super) registers_configuration: bool,
    /// Shows progress of long operations.
    pub(super) shows_progress: bool,
}

impl ClientCaps {
    pub(super) fn of(client: &ClientCapabilities) -> Self {
        let document = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        Self {
            pulls_diagnostics: document.is_some_and(|document| document.diagnostic.is_some()),
            refreshes_diagnostics: workspace
                .and_then(|workspace| workspace.diagnostic.as_ref()?.refresh_support)
                .unwrap_or(false),
            refreshes_hints: workspace
                .and_then(|workspace| workspace.inlay_hint.as_ref()?.refresh_support)
                .unwrap_or(false),
            refreshes_lenses: workspace
                .and_then(|workspace| workspace.code_lens.as_ref()?.refresh_support)
                .unwrap_or(false),
            refreshes_tokens: workspace
                .and_then(|workspace| workspace.semantic_tokens.as_ref()?.refresh_support)
                .unwrap_or(false),
            resolves_symbols: workspace
                .and_then(|workspace| workspace.symbol.as_ref()?.resolve_support.as_ref())
                .is_some_and(|resolve| resolve.properties.iter().any(|name| name == "location.range")),
            hierarchical_symbols: document
                .and_then(|document| document.document_symbol.as_ref()?.hierarchical_document_symbol_support)
                .unwrap_or(false),
            versioned_edits: workspace
                .and_then(|workspace| workspace.workspace_edit.as_ref()?.document_changes)
                .unwrap_or(false),
            registers_watchers: workspace
                .and_then(|workspace| workspace.did_change_watched_files.as_ref()?.dynamic_registration)
                .unwrap_or(false),
            creates_files: workspace
                .and_then(|workspace| workspace.workspace_edit.as_ref()?.resource_operations.as_ref())
                .is_some_and(|operations| operations.contains(&ResourceOperationKind::Create)),
            shows_documents: client
                .window
                .as_ref()
                .and_then(|window| window.show_document.as_ref())
                .is_some_and(|show| show.support),
            markdown_hovers: document
                .and_then(|document| document.hover.as_ref()?.content_format.as_ref())
                .is_none_or(|formats| formats.contains(&MarkupKind::Markdown)),
            inserts_as_is: document
                .and_then(|document| {
                    document.completion.as_ref()?.completion_item.as_ref()?.insert_text_mode_support.as_ref()
                })
                .is_some_and(|modes| modes.value_set.contains(&InsertTextMode::AS_IS)),
            snippets: document
                .and_then(|document| document.completion.as_ref()?.completion_item.as_ref()?.snippet_support)
                .unwrap_or(false),
            commit_characters: document
                .and_then(|document| {
                    document.completion.as_ref()?.completion_item.as_ref()?.commit_characters_support
                })
                .unwrap_or(false),
            resolves_completions: document
                .and_then(|document| {
                    document.completion.as_ref()?.completion_item.as_ref()?.resolve_support.as_ref()
                })
                .is_some_and(|support| support.properties.iter().any(|name| name == "documentation")),
            code_action_literals: document
                .and_then(|document| document.code_action.as_ref()?.code_action_literal_support.as_ref())
                .is_some(),
            resolves_actions: document
                .and_then(|document| document.code_action.as_ref()?.resolve_support.as_ref())
                .is_some_and(|resolve| resolve.properties.iter().any(|property| property == "edit"))
                && document.and_then(|document| document.code_action.as_ref()?.data_support).unwrap_or(false),
            shows_disabled_actions: document
                .and_then(|document| document.code_action.as_ref()?.disabled_support)
                .unwrap_or(false),
            links_definitions: document
                .and_then(|document| document.definition.as_ref()?.link_support)
                .unwrap_or(false),
            link_tooltips: document
                .and_then(|document| document.document_link.as_ref()?.tooltip_support)
                .unwrap_or(false),
            prepares_renames: document
                .and_then(|document| document.rename.as_ref()?.prepare_support)
                .unwrap_or(false),
            registers_formatting: document
                .and_then(|document| document.formatting.as_ref()?.dynamic_registration)
                .unwrap_or(false),
            registers_on_type: document
                .and_then(|document| document.on_type_formatting.as_ref()?.dynamic_registration)
                .unwrap_or(false),
            shows_progress: client
                .window
                .as_ref()
                .and_then(|window| window.work_done_progress)
                .unwrap_or(false),
            configuration: workspace.and_then(|workspace| workspace.configuration).unwrap_or(false),
            registers_configuration: workspace
                .and_then(|workspace| workspace.did_change_configuration.as_ref()?.dynamic_registration)
                .unwrap_or(false),
        }
    }
}

/// Returns the capabilities of the server for this client.
pub(super) fn server_capabilities(
    client_caps: ClientCaps,
    encoding: Encoding,
    settings: &Settings,
) -> ServerCapabilities {
    let mut kinds = vec![CodeActionKind::QUICKFIX, FIX_ALL];
    kinds.extend(actions::KINDS.iter().map(|kind| action_kind(kind)));
    kinds.push(action_kind(NEXT_PLACEHOLDER_KIND));
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            ..TextDocumentSyncOptions::default()
        })),
        document_symbol_provider: Some(OneOf::Right(DocumentSymbolOptions {
            label: Some("Plan".to_owned()),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        code_action_provider: Some(if client_caps.code_action_literals {
            CodeActionProviderCapability::Options(CodeActionOptions {
                code_action_kinds: Some(kinds),
                resolve_provider: Some(client_caps.resolves_actions),
                ..CodeActionOptions::default()
            })
        } else {
            CodeActionProviderCapability::Simple(true)
        }),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(
                completion::TRIGGERS.iter().map(|&trigger| trigger.to_owned()).collect(),
            ),
            resolve_provider: Some(true),
            ..CompletionOptions::default()
        }),
        diagnostic_provider: client_caps.pulls_diagnostics.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("plansmith".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: settings.scope_is_workspace,
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })
        }),
        workspace_symbol_provider: Some(OneOf::Right(WorkspaceSymbolOptions {
            resolve_provider: Some(client_caps.resolves_symbols),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: Some(WorkspaceFileOperationsServerCapabilities {
                did_create: Some(markdown_files()),
                will_rename: Some(all_files()),
                did_rename: Some(all_files()),
                will_delete: Some(all_files()),
                did_delete: Some(all_files()),
                ..WorkspaceFileOperationsServerCapabilities::default()
            }),
        }),
        inlay_hint_provider: Some(OneOf::Left(true)),
        code_lens_provider: Some(CodeLensOptions { resolve_provider: Some(false) }),
        selection_range_provider: Some(SelectionRangeProviderCapability::Simple(true)),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: legend(),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                range: Some(true),
                work_done_progress_options: WorkDoneProgressOptions::default(),
            },
        )),
        call_hierarchy_provider: Some(CallHierarchyServerCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_link_provider: Some(DocumentLinkOptions {
            resolve_provider: Some(client_caps.link_tooltips),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        rename_provider: Some(if client_caps.prepares_renames {
            OneOf::Right(RenameOptions {
                prepare_provider: Some(true),
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })
        } else {
            OneOf::Left(true)
        }),
        // With dynamic registration, formatting is registered after the settings are received.
        document_formatting_provider: (settings.formats && !client_caps.registers_formatting)
            .then_some(OneOf::Left(true)),
        document_range_formatting_provider: (settings.formats && !client_caps.registers_formatting)
            .then_some(OneOf::Left(true)),
        document_on_type_formatting_provider: (settings.formats_on_type && !client_caps.registers_on_type)
            .then(|| DocumentOnTypeFormattingOptions {
                first_trigger_character: "\n".to_owned(),
                more_trigger_character: None,
            }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        type_definition_provider: Some(TypeDefinitionProviderCapability::Simple(true)),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: COMMANDS.map(str::to_owned).to_vec(),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        ..ServerCapabilities::default()
    }
}

/// Matches Markdown files.
fn markdown_files() -> FileOperationRegistrationOptions {
    file_pattern("**/*.{md,markdown}", FileOperationPatternKind::File)
}

/// Matches everything that links can refer to: all files and folders.
fn all_files() -> FileOperationRegistrationOptions {
    let mut all = file_pattern("**/*", FileOperationPatternKind::File);
    all.filters.extend(file_pattern("**", FileOperationPatternKind::Folder).filters);
    all
}

fn file_pattern(glob: &str, matches: FileOperationPatternKind) -> FileOperationRegistrationOptions {
    FileOperationRegistrationOptions {
        filters: vec![FileOperationFilter {
            scheme: Some("file".to_owned()),
            pattern: FileOperationPattern { glob: glob.to_owned(), matches: Some(matches), options: None },
        }],
    }
}
