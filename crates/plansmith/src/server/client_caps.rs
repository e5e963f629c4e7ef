//! Capabilities of the client.

use tower_lsp::lsp_types::{ClientCapabilities, InsertTextMode, MarkupKind, ResourceOperationKind};

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
    /// Links the page of the rule next to the message of a finding.
    pub(super) shows_rule_pages: bool,
    /// Shows the details and containers of symbols. No capability states this, so it follows from the client's name.
    pub(super) shows_symbol_details: bool,
    /// Sorts code actions by kind. No capability states this, so it follows from the client's name.
    pub(super) sorts_actions: bool,
}

/// Names of clients that show only the kinds and names of symbols.
const WITHOUT_SYMBOL_DETAILS: [&str; 6] = ["helix", "neovim", "vim", "kakoune", "kak-lsp", "eglot"];

/// Names of clients that sort code actions by kind.
const SORTS_ACTIONS: [&str; 1] = ["helix"];

impl ClientCaps {
    /// Returns the capabilities of the client with the name `name`.
    pub(super) fn of(client: &ClientCapabilities, name: &str) -> Self {
        let document = client.text_document.as_ref();
        let workspace = client.workspace.as_ref();
        let name = name.to_lowercase();
        let is_among = |names: &[&str]| names.iter().any(|known| name.starts_with(known));
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
            shows_rule_pages: document
                .and_then(|document| document.publish_diagnostics.as_ref()?.code_description_support)
                .unwrap_or(false),
            shows_symbol_details: !is_among(&WITHOUT_SYMBOL_DETAILS),
            sorts_actions: is_among(&SORTS_ACTIONS),
            configuration: workspace.and_then(|workspace| workspace.configuration).unwrap_or(false),
            registers_configuration: workspace
                .and_then(|workspace| workspace.did_change_configuration.as_ref()?.dynamic_registration)
                .unwrap_or(false),
        }
    }
}
