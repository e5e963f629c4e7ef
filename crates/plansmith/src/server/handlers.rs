//! One handler per message: converts the parameters, makes one call and converts the result.
//!
//! Handlers read and change the state before their first `await`.

use std::{path::PathBuf, sync::Arc};

use plan_ide::{
    Edit, completion, folding, formatting, hierarchy::Direction, hover, on_type, outline::outline, rename,
    sets,
};
use plan_syntax::Document;
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
        DidSaveTextDocumentParams, DocumentDiagnosticParams, DocumentFormattingParams, DocumentHighlight,
        DocumentHighlightParams, DocumentLink, DocumentLinkParams, DocumentOnTypeFormattingParams,
        DocumentRangeFormattingParams, DocumentSymbolParams, ExecuteCommandParams, FoldingRange,
        FoldingRangeParams, GotoDefinitionParams, GotoDefinitionResponse, HoverParams, InitializeParams,
        InitializeResult, InitializedParams, InlayHint, InlayHintParams, Location, PrepareRenameResponse,
        Range, ReferenceParams, Registration, RenameFilesParams, RenameParams, SelectionRange,
        SelectionRangeParams, SemanticTokensParams, SemanticTokensRangeParams, SemanticTokensRangeResult,
        ServerInfo, TextDocumentIdentifier, TextDocumentPositionParams, TextEdit, Url, WatchKind,
        WorkDoneProgressCancelParams, WorkspaceDiagnosticParams, WorkspaceDiagnosticReport,
        WorkspaceDiagnosticReportResult, WorkspaceEdit, WorkspaceFolder, WorkspaceSymbol,
        WorkspaceSymbolParams, request::GotoTypeDefinitionParams,
    },
};

use super::{
    Server,
    capabilities::server_capabilities,
    changes,
    client_caps::ClientCaps,
    clock, code_actions,
    commands::internal_error,
    context::RequestContext,
    diagnostics::DiagnosticsJson,
    document_symbols::{self, NameForm},
    documents::{self, Snapshot},
    file_operations, hierarchy, indexer, locations,
    position::PositionEncoding,
    presentation, publisher, syntax, unsaved, workspace_diagnostics, workspace_symbols,
};
use crate::{
    families::FAMILY_FOLDER,
    fault_injection,
    files::{Roots, key_of_uri},
    settings,
    transport::{self, DirectHandler, DirectServer, RawJson, with_params},
    workspace,
};

impl Server {
    /// Computes a response about a document on a blocking thread. The snapshot is taken when the future is first polled.
    /// Returns `None` if the document is not open, or too long to be parsed.
    pub(super) async fn with_snapshot<T: Send + 'static>(
        &self,
        uri: &Url,
        answer: impl FnOnce(&Snapshot, &RequestContext) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let answer = move |snapshot: &Snapshot, context: &RequestContext| {
            fault_injection::panic_on(|| snapshot.file.document().text());
            fault_injection::hang_on(|| snapshot.file.document().text());
            (!snapshot.file.is_too_long()).then(|| answer(snapshot, context))
        };
        Ok(self.with_any_snapshot(uri, answer).await?.flatten())
    }

    /// Computes a response like [`Self::with_snapshot`], even if the document is too long to be parsed.
    async fn with_any_snapshot<T: Send + 'static>(
        &self,
        uri: &Url,
        answer: impl FnOnce(&Snapshot, &RequestContext) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        self.global.update_today();
        let Some((snapshot, context)) = self.global.snapshot(uri) else { return Ok(None) };
        let computed = tokio::task::spawn_blocking(move || answer(&snapshot, &context)).await;
        computed.map(Some).map_err(internal_error)
    }

    /// Computes a response about a position of a document, given as a byte offset. Otherwise like
    /// [`Self::with_snapshot`].
    async fn at_position<T: Send + 'static>(
        &self,
        TextDocumentPositionParams { text_document, position }: TextDocumentPositionParams,
        answer: impl FnOnce(&Snapshot, &RequestContext, usize) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let found = self.with_snapshot(&text_document.uri, move |snapshot, context| {
            answer(snapshot, context, context.offset(snapshot, position))
        });
        Ok(found.await?.flatten())
    }

    async fn calls(
        &self,
        item: CallHierarchyItem,
        direction: Direction,
    ) -> Result<Option<Vec<hierarchy::HierarchyCall>>> {
        let global = Arc::clone(&self.global);
        let found = tokio::task::spawn_blocking(move || hierarchy::calls(&global, &item, direction));
        found.await.map_err(internal_error)
    }

    /// Returns the content of the index once all pending changes are processed, to compare it with the files.
    pub(super) async fn index(&self) -> Result<Value> {
        transport::waiting(self.global.workspace_index.wait_until_idle()).await;
        let index = self.global.workspace_index.read();
        Ok(json!({"files": index.len(), "text": index.dump()}))
    }

    /// Handles `workspace/symbol`. The router's own handler has the response type of an older protocol version without symbol
    /// resolution.
    async fn workspace_symbols(self, params: WorkspaceSymbolParams) -> Result<Option<RawJson>> {
        let found = tokio::task::spawn_blocking(move || {
            RawJson::from_value(&workspace_symbols::symbols(&self.global, &params.query))
        });
        found.await.map(Some).map_err(internal_error)
    }

    /// Handles `textDocument/documentSymbol`.
    async fn outline(self, params: DocumentSymbolParams) -> Result<Option<RawJson>> {
        self.with_snapshot(&params.text_document.uri, |snapshot, context| {
            let converter = context.converter(snapshot);
            let file = &snapshot.file;
            let specification = context.with_workspace(file, |workspace| sets::outline(file, workspace));
            let form = match context.client_caps.shows_symbol_details {
                true => NameForm::Short,
                false => NameForm::WithDetail,
            };
            match (context.client_caps.hierarchical_symbols, specification) {
                (true, Some(symbols)) => document_symbols::nested_of(&converter, form, &symbols),
                (true, None) => document_symbols::nested(&converter, form),
                (false, symbols) => {
                    let symbols = symbols.unwrap_or_else(|| outline(file));
                    RawJson::from_value(&document_symbols::flat(&converter, form, &symbols))
                }
            }
        })
        .await
    }

    /// Handles `textDocument/diagnostic`.
    async fn diagnostics(self, params: DocumentDiagnosticParams) -> Result<Option<RawJson>> {
        let previous = params.previous_result_id;
        let report = self.with_any_snapshot(&params.text_document.uri, move |snapshot, context| {
            context.diagnostics_json(snapshot).report(previous.as_deref())
        });
        Ok(Some(report.await?.unwrap_or_else(|| DiagnosticsJson::from_lsp(&[]).report(None))))
    }

    /// Handles `textDocument/foldingRange`.
    async fn folds(self, params: FoldingRangeParams) -> Result<Option<RawJson>> {
        self.with_snapshot(&params.text_document.uri, |snapshot, context| {
            let converter = context.converter(snapshot);
            let positions = converter.position_map();
            let folds = folding::folding(&snapshot.file);
            let folds: Vec<FoldingRange> =
                folds.iter().map(|fold| converter.fold(fold, &positions)).collect();
            RawJson::from_value(&folds)
        })
        .await
    }

    /// Handles `textDocument/semanticTokens/full`.
    async fn tokens(self, params: SemanticTokensParams) -> Result<Option<RawJson>> {
        self.with_snapshot(&params.text_document.uri, |snapshot, context| {
            RawJson::from_value(&presentation::semantic_tokens(snapshot, context, None))
        })
        .await
    }

    /// Handles `window/workDoneProgress/cancel`.
    pub(super) async fn cancel_progress(&self, params: WorkDoneProgressCancelParams) {
        self.global.workspace_index.stop(&params.token);
    }

    /// Handles `plansmith/syntaxTree`.
    async fn syntax_tree(self, params: SyntaxTreeParams) -> Result<Option<RawJson>> {
        let global = Arc::clone(&self.global);
        self.with_any_snapshot(&params.text_document.uri, move |snapshot, context| {
            syntax::response(&global, snapshot, context, params.range)
        })
        .await
    }

    /// Returns the server's text of an open document, to compare it with the client's.
    pub(super) async fn document_text(&self, params: DocumentTextParams) -> Result<Value> {
        let text = self.with_any_snapshot(
            &params.text_document.uri,
            |snapshot, _| json!({"version": snapshot.version, "text": snapshot.file.document().text()}),
        );
        Ok(text.await?.unwrap_or(Value::Null))
    }
}

/// Requests with long results.
impl DirectServer for Server {
    fn direct_handler(method: &str) -> Option<DirectHandler<Self>> {
        Some(match method {
            "textDocument/documentSymbol" => |server, params| with_params(server, params, Self::outline),
            "textDocument/diagnostic" => |server, params| with_params(server, params, Self::diagnostics),
            "textDocument/foldingRange" => |server, params| with_params(server, params, Self::folds),
            "textDocument/semanticTokens/full" => |server, params| with_params(server, params, Self::tokens),
            "plansmith/syntaxTree" => |server, params| with_params(server, params, Self::syntax_tree),
            "workspace/symbol" => |server, params| with_params(server, params, Self::workspace_symbols),
            _ => return None,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DocumentTextParams {
    text_document: TextDocumentIdentifier,
}

/// Converts edits of the formatter; none if a second parser reads the formatted text differently.
fn confirmed_edits(snapshot: &Snapshot, context: &RequestContext, edits: &[Edit]) -> Vec<TextEdit> {
    let document = snapshot.file.document();
    if !formatting::is_confirmed(document, edits) {
        let line = edits.first().map_or(0, |edit| document.rope().byte_to_line(edit.range.start)) + 1;
        tracing::warn!(
            uri = %snapshot.uri, line,
            "not formatted: two parsers disagree on the formatted text; please report the text from this line"
        );
        return Vec::new();
    }
    context.converter(snapshot).text_edits(edits)
}

/// Parameters of `plansmith/syntaxTree`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SyntaxTreeParams {
    text_document: TextDocumentIdentifier,
    /// Only nodes that touch this range are returned; without it, all nodes.
    range: Option<Range>,
}

#[tower_lsp::async_trait]
impl LanguageServer for Server {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let offered =
            params.capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let encoding = PositionEncoding::negotiate(offered);
        let client_name = params.client_info.as_ref().map_or("", |client| &client.name);
        let client_caps = ClientCaps::of(&params.capabilities, client_name);
        let roots = Roots::new(roots(&params));
        let template_stamps = workspace::template_stamps(&roots.paths(), plan_ide::TEMPLATE_FOLDER);
        let (environment, problems) = workspace::environment(&roots.paths(), plan_ide::TEMPLATE_FOLDER);
        for problem in problems {
            tracing::warn!("{problem}");
        }
        self.global.state.with(|state| {
            state.encoding = encoding;
            state.client_caps = client_caps;
            state.roots = roots;
            state.template_stamps = template_stamps;
            state.use_templates(environment);
        });
        let options = params.initialization_options.as_ref();
        let read =
            options.map(|options| settings::read_client(settings::section(options).unwrap_or(options)));
        let (settings, problems) = read.unwrap_or_default();
        for problem in problems {
            tracing::warn!("{problem}");
        }
        self.global.install_environment(Some(&settings), None, |state, install_environment| {
            state.apply_settings(settings.clone(), install_environment);
        });
        Ok(InitializeResult {
            capabilities: server_capabilities(client_caps, encoding, &settings),
            server_info: Some(ServerInfo {
                name: "plansmith".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        let client_caps = self.global.client_caps();
        if !client_caps.pulls_diagnostics {
            tokio::spawn(publisher::run(Arc::clone(&self.global)));
        }
        let global = Arc::clone(&self.global);
        // A notification handler must not wait for the client: its responses are read only after the handler returns.
        tokio::spawn(async move {
            if client_caps.registers_configuration {
                let registration = Registration {
                    id: "plansmith-configuration".to_owned(),
                    method: "workspace/didChangeConfiguration".to_owned(),
                    register_options: Some(json!({"section": "plansmith"})),
                };
                if let Err(error) = global.client.register_capability(vec![registration]).await {
                    tracing::warn!(%error, "client rejected the registration for settings changes");
                }
            }
            if client_caps.registers_watchers {
                let registration = Registration {
                    id: "plansmith-files".to_owned(),
                    method: "workspace/didChangeWatchedFiles".to_owned(),
                    // Creating, deleting or renaming a folder is one event of the folder, and a link can refer to any
                    // file. Content changes of other files are not needed.
                    register_options: Some(json!({"watchers": [
                        {"globPattern": "**/*.{md,markdown,MD,MARKDOWN}"},
                        {"globPattern": "**/{.gitignore,.ignore,plansmith.toml}"},
                        {"globPattern": format!("**/{FAMILY_FOLDER}/*.toml")},
                        {"globPattern": "**/*", "kind": WatchKind::Create | WatchKind::Delete},
                    ]})),
                };
                if let Err(error) = global.client.register_capability(vec![registration]).await {
                    tracing::warn!(%error, "client rejected the registration of file watchers");
                }
            }
            if client_caps.configuration {
                global.fetch_settings(0).await;
            }
            global.update_formatting_registrations().await;
            tokio::spawn(clock::run(Arc::clone(&global)));
            tokio::spawn(syntax::run(Arc::clone(&global)));
            tokio::spawn(unsaved::run(Arc::clone(&global)));
            // Start indexing after the settings are received, so that excluded files are not read.
            tokio::spawn(indexer::run(Arc::clone(&global)));
            global.publish_profiles().await;
            global.load_owner().await;
        });
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        let (key, text) = (key_of_uri(&document.uri), Document::new(&document.text));
        let uri = document.uri.clone();
        self.global
            .state
            .with(|state| state.documents.open(document.uri, key.clone(), document.version, text));
        self.global.touched_buffers.touch(uri, false);
        self.global.mark_changed(key);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let uri = params.text_document.uri;
        let version = params.text_document.version;
        let (base, encoding) =
            self.global.state.with(|state| (state.documents.edit_base(&uri), state.encoding));
        let Some((document, environment)) = base else {
            tracing::warn!(%uri, "client changed a document that is not open");
            return;
        };
        // Notifications are handled one at a time, so the document is not edited in the meantime.
        let document = documents::apply_changes(document, &uri, &params.content_changes, encoding);
        let changed =
            self.global.state.with(|state| state.documents.change(&uri, version, document, &environment));
        if let Some(key) = changed {
            self.global.mark_changed(key);
            self.global.touched_buffers.touch(uri, true);
        }
    }

    async fn did_save(&self, params: DidSaveTextDocumentParams) {
        self.global.touched_buffers.touch(params.text_document.uri, false);
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let closed = self.global.state.with(|state| state.documents.close(&params.text_document.uri));
        if let Some(key) = closed {
            self.global.mark_changed(key);
            self.global.touched_buffers.touch(params.text_document.uri, false);
        }
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let (can_request, request) = self.global.state.with(|state| {
            state.settings_requests += 1;
            (state.client_caps.configuration, state.settings_requests)
        });
        let global = Arc::clone(&self.global);
        tokio::spawn(async move {
            if can_request {
                global.fetch_settings(request).await;
            } else if let Some(section) = settings::section(&params.settings) {
                global.receive_settings(section, request).await;
            }
        });
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let position = params.text_document_position;
        let trigger = params.context.and_then(|context| context.trigger_character?.chars().next());
        let global = Arc::clone(&self.global);
        let answer = self.with_snapshot(&position.text_document.uri, move |snapshot, context| {
            let offset = context.offset(snapshot, position.position);
            let found = context.completions(&snapshot.file, offset, trigger);
            let converter = context.converter(snapshot);
            let items = found.iter().enumerate();
            let mut items: Vec<CompletionItem> = items
                .map(|(index, completion)| converter.completion(index, completion, context.client_caps))
                .collect();
            if context.client_caps.resolves_completions {
                global.completion_docs.store(&found, &mut items);
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
        self.global.completion_docs.add_to(&mut item);
        Ok(item)
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let global = Arc::clone(&self.global);
        self.with_snapshot(&params.text_document.uri.clone(), move |snapshot, context| {
            code_actions::code_actions(&global, snapshot, context, &params)
        })
        .await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        let Some(data) = code_actions::ActionData::of(&action) else { return Ok(action) };
        let global = Arc::clone(&self.global);
        let uri = data.uri.clone();
        let edit = self.with_snapshot(&uri, move |snapshot, context| {
            code_actions::resolved_edit(&global, snapshot, context, &data)
        });
        match edit.await?.flatten() {
            Some(edit) => Ok(CodeAction { edit: Some(edit), data: None, ..action }),
            None => Err(Error {
                code: ErrorCode::ContentModified,
                message: "document has changed; request code actions again".into(),
                data: None,
            }),
        }
    }

    async fn prepare_rename(
        &self,
        params: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        self.at_position(params, |snapshot, context, offset| {
            let file = &snapshot.file;
            let found = context.with_workspace(file, |workspace| rename::prepare(file, workspace, offset))?;
            let range = context.encoding.range(snapshot.file.document(), &found.range);
            Some(PrepareRenameResponse::RangeWithPlaceholder { range, placeholder: found.name })
        })
        .await
    }

    async fn rename(&self, params: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let position = params.text_document_position;
        let global = Arc::clone(&self.global);
        let renamed = self.with_snapshot(&position.text_document.uri, move |snapshot, context| {
            let offset = context.offset(snapshot, position.position);
            let changes = context.with_workspace(&snapshot.file, |workspace| {
                rename::rename(&snapshot.file, workspace, offset, &params.new_name)
            })?;
            // A rename applies to the whole file, so its other unsaved buffers are edited as well.
            let further = changes::unsaved_others(&global, snapshot).into_iter().map(|other| {
                let edits = context.with_workspace(&other.file, |workspace| {
                    rename::rename_in_other_text(
                        &snapshot.file,
                        offset,
                        &other.file,
                        workspace,
                        &params.new_name,
                    )
                });
                (other, edits)
            });
            let further = further.collect();
            Ok(changes::workspace_edit_with(&global, snapshot, changes, further))
        });
        let request_failed =
            |message: String| Error { code: REQUEST_FAILED, message: message.into(), data: None };
        renamed.await?.transpose().map_err(request_failed)
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        self.with_snapshot(&params.text_document.uri, move |snapshot, context| {
            presentation::hints(snapshot, context, params.range)
        })
        .await
    }

    async fn code_lens(&self, params: CodeLensParams) -> Result<Option<Vec<CodeLens>>> {
        self.with_snapshot(&params.text_document.uri, presentation::code_lenses).await
    }

    async fn semantic_tokens_range(
        &self,
        params: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let found = self.with_snapshot(&params.text_document.uri, move |snapshot, context| {
            presentation::semantic_tokens(snapshot, context, Some(params.range))
        });
        Ok(found.await?.map(SemanticTokensRangeResult::Tokens))
    }

    async fn selection_range(&self, params: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        let global = Arc::clone(&self.global);
        self.with_snapshot(&params.text_document.uri, move |snapshot, context| {
            let document = snapshot.file.document();
            syntax::with_trees(&global, snapshot, |trees| {
                let ranges = params.positions.iter().map(|position| {
                    let offset = context.encoding.offset(document, *position);
                    let (enclosing, updated) = trees.enclosing(document, offset, syntax::MAX_TREE_BYTES);
                    *trees = updated;
                    presentation::selection(snapshot, context, *position, &enclosing)
                });
                ranges.collect()
            })
        })
        .await
    }

    async fn goto_definition(&self, params: GotoDefinitionParams) -> Result<Option<GotoDefinitionResponse>> {
        let global = Arc::clone(&self.global);
        self.at_position(params.text_document_position_params, move |snapshot, context, offset| {
            locations::definition(&global, snapshot, context, offset)
        })
        .await
    }

    async fn prepare_call_hierarchy(
        &self,
        params: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        let global = Arc::clone(&self.global);
        self.at_position(params.text_document_position_params, move |snapshot, context, offset| {
            hierarchy::prepare(&global, snapshot, context, offset)
        })
        .await
    }

    async fn incoming_calls(
        &self,
        params: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        let calls = self.calls(params.item, Direction::Incoming).await?;
        let call = |call: hierarchy::HierarchyCall| CallHierarchyIncomingCall {
            from: call.item,
            from_ranges: call.ranges,
        };
        Ok(calls.map(|calls| calls.into_iter().map(call).collect()))
    }

    async fn outgoing_calls(
        &self,
        params: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        let calls = self.calls(params.item, Direction::Outgoing).await?;
        let call = |call: hierarchy::HierarchyCall| CallHierarchyOutgoingCall {
            to: call.item,
            from_ranges: call.ranges,
        };
        Ok(calls.map(|calls| calls.into_iter().map(call).collect()))
    }

    async fn references(&self, params: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let global = Arc::clone(&self.global);
        self.at_position(params.text_document_position, move |snapshot, context, offset| {
            locations::references(&global, snapshot, context, offset, params.context.include_declaration)
        })
        .await
    }

    async fn document_highlight(
        &self,
        params: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        self.at_position(params.text_document_position_params, |snapshot, context, offset| {
            Some(locations::highlights(snapshot, context, offset)).filter(|found| !found.is_empty())
        })
        .await
    }

    async fn document_link(&self, params: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        let global = Arc::clone(&self.global);
        self.with_snapshot(&params.text_document.uri, move |snapshot, context| {
            locations::links(&global, snapshot, context)
        })
        .await
    }

    async fn document_link_resolve(&self, link: DocumentLink) -> Result<DocumentLink> {
        Ok(locations::with_tooltip(&self.global, link))
    }

    async fn formatting(&self, params: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.with_snapshot(&params.text_document.uri, |snapshot, context| {
            let edits = formatting::format(&snapshot.file, None, &snapshot.file.environment().format);
            confirmed_edits(snapshot, context, &edits)
        })
        .await
    }

    async fn range_formatting(&self, params: DocumentRangeFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.with_snapshot(&params.text_document.uri, move |snapshot, context| {
            let range = context.encoding.bytes(snapshot.file.document(), params.range);
            let options = &snapshot.file.environment().format;
            let edits = formatting::format(&snapshot.file, Some(&range), options);
            confirmed_edits(snapshot, context, &edits)
        })
        .await
    }

    async fn on_type_formatting(
        &self,
        params: DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<TextEdit>>> {
        self.at_position(params.text_document_position, |snapshot, context, offset| {
            Some(context.converter(snapshot).text_edits(&on_type::on_newline(&snapshot.file, offset)))
        })
        .await
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<tower_lsp::lsp_types::Hover>> {
        self.at_position(params.text_document_position_params, |snapshot, context, offset| {
            let own = context
                .with_workspace(&snapshot.file, |workspace| hover::hover(&snapshot.file, workspace, offset));
            let findings = context.findings(&snapshot.file);
            let found = presentation::with_rule_summaries(own, context.client_caps, &findings, offset)?;
            Some(context.converter(snapshot).hover(&found, context.client_caps.markdown_hovers))
        })
        .await
    }

    async fn goto_type_definition(
        &self,
        params: GotoTypeDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        self.at_position(params.text_document_position_params, |snapshot, context, offset| {
            let found = hover::template_location(&snapshot.file, offset)?;
            locations::template_location(snapshot, context, &found).map(GotoDefinitionResponse::Scalar)
        })
        .await
    }

    async fn did_change_watched_files(&self, params: DidChangeWatchedFilesParams) {
        let paths = params.changes.iter().filter_map(|change| change.uri.to_file_path().ok());
        self.global.workspace_index.files_changed(paths);
    }

    async fn did_change_workspace_folders(&self, params: DidChangeWorkspaceFoldersParams) {
        let paths = |folders: &[WorkspaceFolder]| -> Vec<PathBuf> {
            folders.iter().filter_map(|folder| folder.uri.to_file_path().ok()).collect()
        };
        // Notifications are handled one at a time, so the folders do not change in the meantime.
        let mut roots = self.global.state.with(|state| state.roots.clone());
        for folder in paths(&params.event.removed) {
            roots.remove(&folder);
        }
        for folder in paths(&params.event.added) {
            roots.add(folder);
        }
        self.global.state.with(|state| {
            state.roots = roots;
            // The folders may contain templates.
            state.templates_are_stale = true;
        });
        self.global.workspace_index.request_full_read();
    }

    async fn symbol_resolve(&self, symbol: WorkspaceSymbol) -> Result<WorkspaceSymbol> {
        let global = Arc::clone(&self.global);
        let resolved =
            tokio::task::spawn_blocking(move || workspace_symbols::resolved_symbol(&global, symbol));
        resolved.await.map_err(internal_error)
    }

    async fn workspace_diagnostic(
        &self,
        params: WorkspaceDiagnosticParams,
    ) -> Result<WorkspaceDiagnosticReportResult> {
        let items = workspace_diagnostics::wait_for_changes(&self.global, params.previous_result_ids).await;
        Ok(WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items }))
    }

    async fn will_rename_files(&self, params: RenameFilesParams) -> Result<Option<WorkspaceEdit>> {
        let global = Arc::clone(&self.global);
        let edit = tokio::task::spawn_blocking(move || file_operations::rename_edit(&global, &params.files));
        edit.await.map_err(internal_error)
    }

    async fn did_rename_files(&self, params: RenameFilesParams) {
        let uris = params.files.iter().flat_map(|file| [&file.old_uri, &file.new_uri]);
        self.global
            .workspace_index
            .files_changed(uris.filter_map(|uri| Url::parse(uri).ok()?.to_file_path().ok()));
    }

    async fn will_delete_files(&self, params: DeleteFilesParams) -> Result<Option<WorkspaceEdit>> {
        let global = Arc::clone(&self.global);
        let edit = tokio::task::spawn_blocking(move || file_operations::delete_edit(&global, &params.files));
        edit.await.map_err(internal_error)
    }

    async fn did_delete_files(&self, params: DeleteFilesParams) {
        let uris = params.files.iter().filter_map(|file| Url::parse(&file.uri).ok());
        self.global.workspace_index.files_changed(uris.filter_map(|uri| uri.to_file_path().ok()));
    }

    async fn did_create_files(&self, params: CreateFilesParams) {
        let uris: Vec<Url> = params.files.iter().filter_map(|file| Url::parse(&file.uri).ok()).collect();
        self.global.workspace_index.files_changed(uris.iter().filter_map(|uri| uri.to_file_path().ok()));
        if let [uri] = &uris[..] {
            tokio::spawn(file_operations::offer_skeleton(Arc::clone(&self.global), uri.clone()));
        }
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        self.run_command(params).await
    }
}

/// Error code of a valid request that failed; the message states the reason (LSP 3.17, `RequestFailed`).
const REQUEST_FAILED: ErrorCode = ErrorCode::ServerError(-32803);

/// Returns the workspace folders of a client, or the root that older clients send instead.
fn roots(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
    let mut uris: Vec<&Url> = folders.collect();
    if uris.is_empty() {
        uris.extend(&params.root_uri);
    }
    uris.into_iter().filter_map(|uri| uri.to_file_path().ok()).collect()
}
