//! What the client can do, and what we announce.

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

use super::{convert::action_kind, position::Encoding, settings::Settings, showing::legend};

/// `source.fixAll.plansmith`.
pub(super) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.plansmith");

/// The commands that the server runs.
pub(super) const TOGGLE_TASK: &str = "plansmith.server.toggleTask";
/// Takes list items from a bullet over an open task to a done one and back.
pub(super) const CYCLE_TASK: &str = "plansmith.server.cycleTask";
/// Sets the state of tasks.
pub(super) const SET_STATE: &str = "plansmith.server.setState";
/// Where the next task stands that can be started.
pub(super) const NEXT_TASK: &str = "plansmith.server.nextTask";
/// Makes a plan from a template.
pub(super) const NEW_PLAN: &str = "plansmith.server.newPlan";
/// Lists the templates.
pub(super) const LIST_TEMPLATES: &str = "plansmith.server.listTemplates";
/// Where the next placeholder stands.
pub(super) const NEXT_PLACEHOLDER: &str = "plansmith.server.nextPlaceholder";
/// What can start now, in a document or the workspace.
pub(super) const NEXT_TASKS: &str = "plansmith.server.nextTasks";
/// How far a plan is, or all of the workspace are.
pub(super) const STATUS: &str = "plansmith.server.status";
/// The phases and tasks of a document.
pub(super) const ITEMS: &str = "plansmith.server.items";
/// Who waits for whom in a document, drawn.
pub(super) const GRAPH: &str = "plansmith.server.graph";
/// The end of the kind of the action that goes there.
pub(super) const NEXT_PLACEHOLDER_KIND: &str = "next-placeholder";
/// All of them.
pub(super) const COMMANDS: [&str; 11] = [
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
];

/// What the client can do, as far as it changes what we send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Abilities {
    /// It asks for diagnostics, so none are pushed.
    pub(super) pulls_diagnostics: bool,
    /// It can be told to ask for them again.
    pub(super) refreshes_diagnostics: bool,
    /// It can be told to ask for hints again.
    pub(super) refreshes_hints: bool,
    /// It can be told to ask for lenses again.
    pub(super) refreshes_lenses: bool,
    /// It can be told to ask for semantic tokens again.
    pub(super) refreshes_tokens: bool,
    /// It asks for the range of a symbol of the workspace when someone chooses it.
    pub(super) resolves_symbols: bool,
    /// It shows an outline as a tree.
    pub(super) hierarchical_symbols: bool,
    /// It takes edits that name the version they were made for.
    pub(super) versioned_edits: bool,
    /// It tells when files change.
    pub(super) registers_watchers: bool,
    /// It can make files by an edit.
    pub(super) creates_files: bool,
    /// It can be asked to show a place.
    pub(super) shows_documents: bool,
    /// It shows Markdown in a hover.
    pub(super) markdown_hovers: bool,
    /// It can be told to insert completions as they are, without indenting them anew.
    pub(super) inserts_as_is: bool,
    /// It knows tab stops in completions.
    pub(super) snippets: bool,
    /// It takes characters that accept a completion.
    pub(super) commit_characters: bool,
    /// It asks for what a completion is about when it shows it.
    pub(super) resolves_completions: bool,
    /// It asks for the change of an action when someone chooses it.
    pub(super) resolves_actions: bool,
    /// It shows actions that are not possible, with the reason.
    pub(super) shows_disabled_actions: bool,
    /// It asks for what would be renamed before it asks for a name.
    pub(super) prepares_renames: bool,
    /// It can be told later that documents can be formatted.
    pub(super) registers_formatting: bool,
    /// The same for formatting while someone types.
    pub(super) registers_on_type: bool,
    /// It takes a definition with the word that leads there.
    pub(super) links_definitions: bool,
    /// It shows what a link leads to.
    pub(super) link_tooltips: bool,
    /// It takes actions, not only commands.
    pub(super) code_action_literals: bool,
    /// It can be asked for settings.
    pub(super) configuration: bool,
    /// It can be asked to tell when settings change.
    pub(super) registers_configuration: bool,
    /// It shows how far long work is.
    pub(super) shows_progress: bool,
}

impl Abilities {
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

/// What the server can do for this client.
pub(super) fn announced(abilities: Abilities, encoding: Encoding, settings: &Settings) -> ServerCapabilities {
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
        code_action_provider: Some(if abilities.code_action_literals {
            CodeActionProviderCapability::Options(CodeActionOptions {
                code_action_kinds: Some(kinds),
                resolve_provider: Some(abilities.resolves_actions),
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
        diagnostic_provider: abilities.pulls_diagnostics.then(|| {
            DiagnosticServerCapabilities::Options(DiagnosticOptions {
                identifier: Some("plansmith".to_owned()),
                inter_file_dependencies: true,
                workspace_diagnostics: settings.scope_is_workspace,
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })
        }),
        workspace_symbol_provider: Some(OneOf::Right(WorkspaceSymbolOptions {
            resolve_provider: Some(abilities.resolves_symbols),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(OneOf::Left(true)),
            }),
            file_operations: Some(WorkspaceFileOperationsServerCapabilities {
                did_create: Some(of_markdown()),
                will_rename: Some(of_all()),
                did_rename: Some(of_all()),
                will_delete: Some(of_all()),
                did_delete: Some(of_all()),
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
            resolve_provider: Some(abilities.link_tooltips),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        rename_provider: Some(if abilities.prepares_renames {
            OneOf::Right(RenameOptions {
                prepare_provider: Some(true),
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })
        } else {
            OneOf::Left(true)
        }),
        // To other clients it is announced when the settings are known.
        document_formatting_provider: (settings.formats && !abilities.registers_formatting)
            .then_some(OneOf::Left(true)),
        document_range_formatting_provider: (settings.formats && !abilities.registers_formatting)
            .then_some(OneOf::Left(true)),
        document_on_type_formatting_provider: (settings.formats_on_type && !abilities.registers_on_type)
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

/// Operations on Markdown files.
fn of_markdown() -> FileOperationRegistrationOptions {
    of("**/*.{md,markdown}", FileOperationPatternKind::File)
}

/// Operations on whatever links may lead to: files of all kinds, and folders.
fn of_all() -> FileOperationRegistrationOptions {
    let mut all = of("**/*", FileOperationPatternKind::File);
    all.filters.extend(of("**", FileOperationPatternKind::Folder).filters);
    all
}

fn of(glob: &str, matches: FileOperationPatternKind) -> FileOperationRegistrationOptions {
    FileOperationRegistrationOptions {
        filters: vec![FileOperationFilter {
            scheme: Some("file".to_owned()),
            pattern: FileOperationPattern { glob: glob.to_owned(), matches: Some(matches), options: None },
        }],
    }
}
