//! Capabilities of the server.

use plan_ide::{actions, completion};
use tower_lsp::lsp_types::{
    CallHierarchyServerCapability, CodeActionKind, CodeActionOptions, CodeActionProviderCapability,
    CodeLensOptions, CompletionOptions, DiagnosticOptions, DiagnosticServerCapabilities, DocumentLinkOptions,
    DocumentOnTypeFormattingOptions, DocumentSymbolOptions, ExecuteCommandOptions, FileOperationFilter,
    FileOperationPattern, FileOperationPatternKind, FileOperationRegistrationOptions,
    FoldingRangeProviderCapability, HoverProviderCapability, OneOf, RenameOptions,
    SelectionRangeProviderCapability, SemanticTokensFullOptions, SemanticTokensOptions,
    SemanticTokensServerCapabilities, ServerCapabilities, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, TypeDefinitionProviderCapability,
    WorkDoneProgressOptions, WorkspaceFileOperationsServerCapabilities, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities, WorkspaceSymbolOptions,
};

use super::{
    client_caps::ClientCaps,
    command_names::{COMMANDS, NEXT_PLACEHOLDER_KIND},
    position::PositionEncoding,
    presentation::legend,
    to_proto::action_kind,
};
use crate::settings::Settings;

/// Kind of the code action that applies all safe fixes.
pub(super) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.plansmith");

/// Returns the capabilities of the server for a client with the capabilities `client_caps`.
pub(super) fn server_capabilities(
    client_caps: ClientCaps,
    encoding: PositionEncoding,
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
            save: Some(TextDocumentSyncSaveOptions::Supported(true)),
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
