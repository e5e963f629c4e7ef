//! One handler per message: convert, one call, convert.
//!
//! Whatever changes or reads the state does so before the first await.

use std::{path::PathBuf, sync::Arc};

use plan_ide::{completion, folding, formatting, hierarchy::Direction, hover, on_type, rename};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::{
    LanguageServer,
    jsonrpc::{Error, ErrorCode, Result},
    lsp_types::{
        CallHierarchyIncomingCall, CallHierarchyIncomingCallsParams, CallHierarchyItem,
        CallHierarchyOutgoingCall, CallHierarchyOutgoingCallsParams, CallHierarchyPrepareParams, CodeAction,
        CodeActionParams, CodeActionResponse, CodeLens, CodeLensParams, CompletionItem, CompletionList,
        CompletionParams, CompletionResponse, CreateFilesParams, DeleteFilesParams,
        DidChangeConfigurationParams, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
        DidChangeWorkspaceFoldersParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
        DocumentDiagnosticParams, DocumentFormattingParams, DocumentHighlight, DocumentHighlightParams,
        DocumentLink, DocumentLinkParams, DocumentOnTypeFormattingParams, DocumentRangeFormattingParams,
        DocumentSymbolParams, ExecuteCommandParams, FoldingRange, FoldingRangeParams, GotoDefinitionParams,
        GotoDefinitionResponse, HoverParams, InitializeParams, InitializeResult, InitializedParams,
        InlayHint, InlayHintParams, Location, PrepareRenameResponse, ReferenceParams, Registration,
        RenameFilesParams, RenameParams, SelectionRange, SelectionRangeParams, SemanticTokensParams,
        SemanticTokensRangeParams, SemanticTokensRangeResult, ServerInfo, TextDocumentIdentifier,
        TextDocumentPositionParams, TextEdit, Url, WatchKind, WorkDoneProgressCancelParams,
        WorkspaceDiagnosticParams, WorkspaceDiagnosticReport, WorkspaceDiagnosticReportResult, WorkspaceEdit,
        WorkspaceFolder, WorkspaceSymbol, WorkspaceSymbolParams, WorkspaceSymbolResponse,
        request::GotoTypeDefinitionParams,
    },
};

use super::{
    Server, ViewSettings,
    capabilities::{Abilities, announced},
    changes, clock, code_actions,
    commands::failed,
    diagnostics::Diagnostics,
    documents::Snapshot,
    file_operations, hierarchy, indexer, outlines, places,
    position::Encoding,
    publisher,
    settings::Settings,
    showing, workspace_reports, workspace_symbols,
};
use crate::{fault_injection, files::Roots, transport::Written, workspace};

impl Server {
    /// Computes an answer about a document on a thread where it may take its time. The snapshot is taken when the answer
    /// is first polled. `None` for a document that is not open, or too long to be read.
    pub(super) async fn about<T: Send + 'static>(
        &self,
        uri: &Url,
        answer: impl FnOnce(&Snapshot, &ViewSettings) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let answer = move |snapshot: &Snapshot, view: &ViewSettings| {
            fault_injection::panic_on(|| snapshot.file.document().text());
            (!snapshot.file.is_too_long()).then(|| answer(snapshot, view))
        };
        Ok(self.about_any(uri, answer).await?.flatten())
    }

    /// The same, also for a document that is too long.
    async fn about_any<T: Send + 'static>(
        &self,
        uri: &Url,
        answer: impl FnOnce(&Snapshot, &ViewSettings) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        self.shared.notice_day();
        let (snapshot, view) = {
            let mut state = self.shared.state();
            (state.documents.snapshot(uri), state.view_settings(&self.shared.indexed))
        };
        let Some(snapshot) = snapshot else { return Ok(None) };
        let computed = tokio::task::spawn_blocking(move || answer(&snapshot, &view)).await;
        computed.map(Some).map_err(failed)
    }

    async fn calls(
        &self,
        item: CallHierarchyItem,
        direction: Direction,
    ) -> Result<Option<Vec<hierarchy::Answer>>> {
        let shared = Arc::clone(&self.shared);
        let found = tokio::task::spawn_blocking(move || hierarchy::calls(&shared, &item, direction));
        found.await.map_err(failed)
    }

    /// All that the index holds, once nothing is left to be done to it: for finding out where it differs from the files.
    pub(super) async fn index(&self) -> Result<Value> {
        self.shared.indexed.idle().await;
        let index = self.shared.indexed.read();
        Ok(json!({"files": index.len(), "text": index.dump()}))
    }

    /// `workspace/symbol`: the transport calls it by another name, since the router's own handler has the answer that the
    /// protocol had before symbols could be resolved.
    pub(super) async fn workspace_symbols(
        &self,
        params: WorkspaceSymbolParams,
    ) -> Result<Option<WorkspaceSymbolResponse>> {
        let shared = Arc::clone(&self.shared);
        let found = tokio::task::spawn_blocking(move || workspace_symbols::symbols(&shared, &params.query));
        Ok(Some(found.await.map_err(failed)?))
    }

    /// `textDocument/documentSymbol`.
    pub(super) async fn outline(&self, params: DocumentSymbolParams) -> Result<Option<Written>> {
        self.about(&params.text_document.uri, |snapshot, view| {
            let of = view.of(snapshot);
            match view.abilities.hierarchical_symbols {
                true => outlines::nested(&of),
                false => Written::of(&outlines::flat(&of)),
            }
        })
        .await
    }

    /// `textDocument/diagnostic`.
    pub(super) async fn diagnostics(&self, params: DocumentDiagnosticParams) -> Result<Written> {
        let known = params.previous_result_id;
        let report = self.about_any(&params.text_document.uri, move |snapshot, view| {
            view.written_diagnostics(snapshot).report(known.as_deref())
        });
        Ok(report.await?.unwrap_or_else(|| Diagnostics::typed(&[]).report(None)))
    }

    /// `textDocument/foldingRange`.
    pub(super) async fn folds(&self, params: FoldingRangeParams) -> Result<Option<Written>> {
        self.about(&params.text_document.uri, |snapshot, view| {
            let view = view.of(snapshot);
            let positions = view.positions();
            let folds = folding::folding(&snapshot.file);
            let folds: Vec<FoldingRange> = folds.iter().map(|fold| view.fold(fold, &positions)).collect();
            Written::of(&folds)
        })
        .await
    }

    /// `textDocument/semanticTokens/full`.
    pub(super) async fn tokens(&self, params: SemanticTokensParams) -> Result<Option<Written>> {
        self.about(&params.text_document.uri, |snapshot, view| {
            Written::of(&showing::semantic_tokens(snapshot, view, None))
        })
        .await
    }

    /// `window/workDoneProgress/cancel`.
    pub(super) async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        self.shared.indexed.stop(&params.token);
    }

    /// The text of an open document as the server has it, for finding out where client and server differ.
    pub(super) async fn document_text(&self, params: DocumentTextParams) -> Result<Value> {
        let text = self.about_any(
            &params.text_document.uri,
            |snapshot, _| json!({"version": snapshot.version, "text": snapshot.file.document().text()}),
        );
        Ok(text.await?.unwrap_or(Value::Null))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DocumentTextParams {
    text_document: TextDocumentIdentifier,
}

#[tower_lsp::async_trait]
impl LanguageServer for Server {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let offered =
            params.capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let encoding = Encoding::negotiate(offered);
        let abilities = Abilities::of(&params.capabilities);
        let settings = {
            let mut state = self.shared.state();
            state.encoding = encoding;
            state.abilities = abilities;
            state.roots = Roots::new(roots(&params));
            let (environment, complaints) =
                workspace::environment(&state.roots.paths(), plan_ide::TEMPLATE_FOLDER);
            for complaint in complaints {
                tracing::warn!("{complaint}");
            }
            state.use_templates(environment);
            if let Some(options) = &params.initialization_options {
                let (settings, complaints) = Settings::read(Settings::section(options).unwrap_or(options));
                state.take_over(settings);
                for complaint in complaints {
                    tracing::warn!("{complaint}");
                }
            }
            state.settings.clone()
        };
        Ok(InitializeResult {
            capabilities: announced(abilities, encoding, &settings),
            server_info: Some(ServerInfo {
                name: "plansmith".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        let abilities = self.shared.state().abilities;
        if !abilities.pulls_diagnostics {
            tokio::spawn(publisher::run(Arc::clone(&self.shared)));
        }
        let shared = Arc::clone(&self.shared);
        // The client is never awaited in a handler: its answer would have to come past us.
        tokio::spawn(async move {
            if abilities.registers_configuration {
                let registration = Registration {
                    id: "plansmith-configuration".to_owned(),
                    method: "workspace/didChangeConfiguration".to_owned(),
                    register_options: Some(json!({"section": "plansmith"})),
                };
                if let Err(error) = shared.client.register_capability(vec![registration]).await {
                    tracing::warn!(%error, "the client will not tell when settings change");
                }
            }
            if abilities.registers_watchers {
                let registration = Registration {
                    id: "plansmith-files".to_owned(),
                    method: "workspace/didChangeWatchedFiles".to_owned(),
                    // A folder that is deleted or renamed is one event, of the folder.
                    register_options: Some(json!({"watchers": [
                        {"globPattern": "**/*.{md,markdown}"},
                        {"globPattern": "**/{.gitignore,.ignore,plansmith.toml}"},
                        {"globPattern": "**/*", "kind": WatchKind::Delete},
                    ]})),
                };
                if let Err(error) = shared.client.register_capability(vec![registration]).await {
                    tracing::warn!(%error, "the client will not tell when files change");
                }
            }
            if abilities.configuration {
                shared.fetch_settings(0).await;
            }
            shared.announce_formatting().await;
            tokio::spawn(clock::run(Arc::clone(&shared)));
            // With the settings, so that nothing is read that they leave out.
            tokio::spawn(indexer::run(Arc::clone(&shared)));
            shared.find_owner().await;
        });
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let key = self.shared.state().documents.open(document.uri, document.version, &document.text);
        self.shared.touch(key);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let uri = params.text_document.uri;
        let known = {
            let mut state = self.shared.state();
            let encoding = state.encoding;
            state.documents.change(&uri, params.text_document.version, &params.content_changes, encoding)
        };
        match known {
            Some(key) => self.shared.touch(key),
            None => tracing::warn!(%uri, "the client changed a document that it has not opened"),
        }
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let key = self.shared.state().documents.close(&params.text_document.uri);
        self.shared.touch(key);
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let (asks, told) = {
            let mut state = self.shared.state();
            state.settings_told += 1;
            (state.abilities.configuration, state.settings_told)
        };
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            if asks {
                shared.fetch_settings(told).await;
            } else if let Some(section) = Settings::section(&params.settings) {
                shared.use_settings(section, told).await;
            }
        });
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let place = params.text_document_position;
        let trigger = params.context.and_then(|context| context.trigger_character?.chars().next());
        let shared = Arc::clone(&self.shared);
        let answer = self.about(&place.text_document.uri, move |snapshot, settings| {
            let at = settings.encoding.offset(snapshot.file.document(), place.position);
            let found = settings.completions(&snapshot.file, at, trigger);
            let view = settings.of(snapshot);
            let items = found.iter().enumerate();
            let mut items: Vec<CompletionItem> = items
                .map(|(index, completion)| view.completion(index, completion, settings.abilities))
                .collect();
            if settings.abilities.resolves_completions {
                shared.explanations.keep(&found, &mut items);
            }
            match items.len() {
                0 => None,
                completion::MAX_COMPLETIONS.. => {
                    Some(CompletionResponse::List(CompletionList { is_incomplete: true, items }))
                }
                _ => Some(CompletionResponse::Array(items)),
            }
        });
        Ok(answer.await?.flatten())
    }

    async fn completion_resolve(&self, mut item: CompletionItem) -> Result<CompletionItem> {
        self.shared.explanations.add_to(&mut item);
        Ok(item)
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let shared = Arc::clone(&self.shared);
        self.about(&params.text_document.uri.clone(), move |snapshot, view| {
            code_actions::offered(&shared, snapshot, view, &params)
        })
        .await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        let Some(asked) = code_actions::Asked::of(&action) else { return Ok(action) };
        let shared = Arc::clone(&self.shared);
        let uri = asked.uri.clone();
        let edit =
            self.about(&uri, move |snapshot, view| code_actions::resolved(&shared, snapshot, view, &asked));
        match edit.await?.flatten() {
            Some(edit) => Ok(CodeAction { edit: Some(edit), data: None, ..action }),
            None => Err(Error {
                code: ErrorCode::ContentModified,
                message: "the document has changed; ask for actions again".into(),
                data: None,
            }),
        }
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let found = self.about(&params.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), params.position);
            let found = rename::prepare(&snapshot.file, at)?;
            let range = view.encoding.range(snapshot.file.document(), &found.range);
            Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder: found.name })
        });
        Ok(found.await?.flatten())
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let place = params.text_document_position;
        let shared = Arc::clone(&self.shared);
        let renamed = self.about(&place.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), place.position);
            let changes = view.with_workspace(&snapshot.file, |workspace| {
                rename::rename(&snapshot.file, workspace, at, &params.new_name)
            })?;
            Ok(changes::workspace_edit(&shared, snapshot, changes))
        });
        let refused = |message: String| Error { code: REQUEST_FAILED, message: message.into(), data: None };
        renamed.await?.transpose().map_err(refused)
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.about(&params.text_document.uri, move |snapshot, view| {
            showing::hints(snapshot, view, params.range)
        })
        .await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.about(&params.text_document.uri, showing::code_lenses).await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let found = self.about(&params.text_document.uri, move |snapshot, view| {
            showing::semantic_tokens(snapshot, view, Some(params.range))
        });
        Ok(found.await?.map(SemanticTokensRangeResult::Tokens))
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        self.about(&params.text_document.uri, move |snapshot, view| {
            let positions = params.positions.iter();
            positions.map(|position| showing::selection(snapshot, view, *position)).collect()
        })
        .await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let place = params.text_document_position_params;
        let shared = Arc::clone(&self.shared);
        let found = self.about(&place.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), place.position);
            places::definition(&shared, snapshot, view, at)
        });
        Ok(found.await?.flatten())
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        let place = params.text_document_position_params;
        let shared = Arc::clone(&self.shared);
        let found = self.about(&place.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), place.position);
            hierarchy::prepare(&shared, snapshot, view, at)
        });
        Ok(found.await?.flatten())
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        let calls = self.calls(params.item, Direction::Incoming).await?;
        let call =
            |call: hierarchy::Answer| CallHierarchyIncomingCall { from: call.item, from_ranges: call.ranges };
        Ok(calls.map(|calls| calls.into_iter().map(call).collect()))
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        let calls = self.calls(params.item, Direction::Outgoing).await?;
        let call =
            |call: hierarchy::Answer| CallHierarchyOutgoingCall { to: call.item, from_ranges: call.ranges };
        Ok(calls.map(|calls| calls.into_iter().map(call).collect()))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let place = params.text_document_position;
        let shared = Arc::clone(&self.shared);
        let found = self.about(&place.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), place.position);
            places::references(&shared, snapshot, view, at, params.context.include_declaration)
        });
        Ok(found.await?.flatten())
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let place = params.text_document_position_params;
        let found = self.about(&place.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), place.position);
            places::highlights(snapshot, view, at)
        });
        Ok(found.await?.filter(|found| !found.is_empty()))
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        let shared = Arc::clone(&self.shared);
        self.about(&params.text_document.uri, move |snapshot, view| places::links(&shared, snapshot, view))
            .await
    }

    async fn document_link_resolve(&self, link: DocumentLink) -> Result<DocumentLink> {
        Ok(places::explained(&self.shared, link))
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.about(&params.text_document.uri, |snapshot, view| {
            let edits = formatting::format(&snapshot.file, None, &snapshot.file.environment().format);
            view.of(snapshot).text_edits(&edits)
        })
        .await
    }

    async fn range_formatting(&self, params: DocumentRangeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.about(&params.text_document.uri, move |snapshot, view| {
            let range = view.encoding.bytes(snapshot.file.document(), params.range);
            let options = &snapshot.file.environment().format;
            let edits = formatting::format(&snapshot.file, Some(&range), options);
            view.of(snapshot).text_edits(&edits)
        })
        .await
    }

    async fn on_type_formatting(
        &self,
        params: DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<TextEdit>>> {
        let place = params.text_document_position;
        self.about(&place.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), place.position);
            view.of(snapshot).text_edits(&on_type::on_newline(&snapshot.file, at))
        })
        .await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<tower_lsp::lsp_types::Hover>> {
        let place = params.text_document_position_params;
        let found = self.about(&place.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), place.position);
            let own =
                view.with_workspace(&snapshot.file, |workspace| hover::hover(&snapshot.file, workspace, at));
            let found = showing::with_rules(own, &view.findings(&snapshot.file), at)?;
            Some(view.of(snapshot).hover(&found, view.abilities.markdown_hovers))
        });
        Ok(found.await?.flatten())
    }

    async fn goto_type_definition(
        &self,
        params: GotoTypeDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let place = params.text_document_position_params;
        let found = self.about(&place.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), place.position);
            let found = hover::template_location(&snapshot.file, at)?;
            places::template_location(snapshot, view, &found)
        });
        Ok(found.await?.flatten().map(GotoDefinitionResponse::Scalar))
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let paths = params.changes.iter().filter_map(|change| change.uri.to_file_path().ok());
        self.shared.indexed.files_changed(paths);
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        {
            let mut state = self.shared.state();
            let paths = |folders: &[WorkspaceFolder]| -> Vec<PathBuf> {
                folders.iter().filter_map(|folder| folder.uri.to_file_path().ok()).collect()
            };
            for folder in paths(&params.event.removed) {
                state.roots.remove(&folder);
            }
            for folder in paths(&params.event.added) {
                state.roots.add(folder);
            }
            // The folders' own templates come and go with them.
            state.templates_are_stale = true;
        }
        self.shared.indexed.read_again();
    }

    async fn symbol_resolve(&self, symbol: WorkspaceSymbol) -> Result<WorkspaceSymbol> {
        let shared = Arc::clone(&self.shared);
        let resolved = tokio::task::spawn_blocking(move || workspace_symbols::resolved(&shared, symbol));
        resolved.await.map_err(failed)
    }

    async fn workspace_diagnostic(
        &self,
        params: WorkspaceDiagnosticParams,
    ) -> Result<WorkspaceDiagnosticReportResult> {
        let items = workspace_reports::wait(&self.shared, params.previous_result_ids).await;
        Ok(WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items }))
    }

    async fn will_rename_files(&self, params: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        let shared = Arc::clone(&self.shared);
        let edit = tokio::task::spawn_blocking(move || file_operations::renamed(&shared, &params.files));
        edit.await.map_err(failed)
    }

    async fn did_rename_files(&self, params: RenameFilesParams) {
        let uris = params.files.iter().flat_map(|file| [&file.old_uri, &file.new_uri]);
        self.shared.indexed.files_changed(uris.filter_map(|uri| Url::parse(uri).ok()?.to_file_path().ok()));
    }

    async fn will_delete_files(&self, params: DeleteFilesParams) -> Result<Option<WorkspaceEdit>> {
        let shared = Arc::clone(&self.shared);
        let edit = tokio::task::spawn_blocking(move || file_operations::deleted(&shared, &params.files));
        edit.await.map_err(failed)
    }

    async fn did_delete_files(&self, params: DeleteFilesParams) {
        let uris = params.files.iter().filter_map(|file| Url::parse(&file.uri).ok());
        self.shared.indexed.files_changed(uris.filter_map(|uri| uri.to_file_path().ok()));
    }

    async fn did_create_files(&self, params: CreateFilesParams) {
        let uris: Vec<Url> = params.files.iter().filter_map(|file| Url::parse(&file.uri).ok()).collect();
        self.shared.indexed.files_changed(uris.iter().filter_map(|uri| uri.to_file_path().ok()));
        if let [uri] = &uris[..] {
            tokio::spawn(file_operations::offer_skeleton(Arc::clone(&self.shared), uri.clone()));
        }
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        self.run_command(params).await
    }
}

/// The request cannot be done, and the message says why (LSP 3.17, `RequestFailed`).
const REQUEST_FAILED: ErrorCode = ErrorCode::ServerError(-32803);

/// The folders that a client has open: the list of them, else the one that older clients send.
fn roots(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
    let mut uris: Vec<&Url> = folders.collect();
    if uris.is_empty() {
        uris.extend(&params.root_uri);
    }
    uris.into_iter().filter_map(|uri| uri.to_file_path().ok()).collect()
}
