//! One handler per message: convert, one call, convert.
//!
//! Whatever changes or reads the state does so before the first await.

use std::sync::Arc;

use plan_ide::{Edit, Place, actions, completion, fix_all, folding, outline};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_lsp::{
    LanguageServer,
    jsonrpc::{Error, ErrorCode, Result},
    lsp_types::{
        CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionResponse,
        CompletionParams, CompletionResponse, ConfigurationItem, DidChangeConfigurationParams,
        DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
        DocumentDiagnosticParams, DocumentDiagnosticReport, DocumentDiagnosticReportResult,
        DocumentSymbolParams, DocumentSymbolResponse, ExecuteCommandParams, FoldingRange, FoldingRangeParams,
        FullDocumentDiagnosticReport, InitializeParams, InitializeResult, InitializedParams, Range,
        Registration, RelatedFullDocumentDiagnosticReport, RelatedUnchangedDocumentDiagnosticReport,
        ServerInfo, TextDocumentIdentifier, UnchangedDocumentDiagnosticReport, Url,
    },
};

use super::{
    Server, Shared, ViewSettings,
    capabilities::{Abilities, FIX_ALL, TOGGLE_TASK, announced},
    convert::View,
    documents::Snapshot,
    position::Encoding,
    publisher, result_id,
    settings::Settings,
};

impl Server {
    /// Computes an answer about a document on a thread where it may take its time. The snapshot is taken when the answer
    /// is first polled. `None` for a document that is not open.
    async fn about<T: Send + 'static>(
        &self,
        uri: &Url,
        answer: impl FnOnce(&Snapshot, &ViewSettings) -> T + Send + 'static,
    ) -> Result<Option<T>> {
        let (snapshot, view) = {
            let mut state = self.shared.state();
            (state.documents.snapshot(uri), state.view_settings())
        };
        let Some(snapshot) = snapshot else { return Ok(None) };
        let computed = tokio::task::spawn_blocking(move || answer(&snapshot, &view)).await;
        computed.map(Some).map_err(|error| {
            tracing::error!(%error, "a request failed");
            Error {
                code: ErrorCode::InternalError,
                message: "the request failed inside the server".into(),
                data: None,
            }
        })
    }

    /// The text of an open document as the server has it, for finding out where client and server differ.
    pub(super) async fn document_text(&self, params: DocumentTextParams) -> Result<Value> {
        let text = self.about(
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

/// The argument of `plansmith.server.toggleTask`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToggleTask {
    text_document: TextDocumentIdentifier,
    ranges: Vec<Range>,
}

#[tower_lsp::async_trait]
impl LanguageServer for Server {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let offered =
            params.capabilities.general.as_ref().and_then(|general| general.position_encodings.as_deref());
        let encoding = Encoding::negotiate(offered);
        let abilities = Abilities::of(&params.capabilities);
        {
            let mut state = self.shared.state();
            state.encoding = encoding;
            state.abilities = abilities;
            if let Some(options) = &params.initialization_options {
                let (settings, complaints) = Settings::read(Settings::section(options).unwrap_or(options));
                state.take_over(settings);
                for complaint in complaints {
                    tracing::warn!("{complaint}");
                }
            }
        }
        Ok(InitializeResult {
            capabilities: announced(abilities, encoding),
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
            if abilities.configuration {
                fetch_settings(&shared).await;
            }
        });
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let document = params.text_document;
        self.shared.state().documents.open(document.uri.clone(), document.version, &document.text);
        self.shared.touch(document.uri);
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let uri = params.text_document.uri;
        let known = {
            let mut state = self.shared.state();
            let encoding = state.encoding;
            state.documents.change(&uri, params.text_document.version, &params.content_changes, encoding)
        };
        if known {
            self.shared.touch(uri);
        } else {
            tracing::warn!(%uri, "the client changed a document that it has not opened");
        }
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        self.shared.state().documents.close(&params.text_document.uri);
        self.shared.touch(params.text_document.uri);
    }

    async fn did_change_configuration(&self, params: DidChangeConfigurationParams) {
        let asks = self.shared.state().abilities.configuration;
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            if asks {
                fetch_settings(&shared).await;
            } else if let Some(section) = Settings::section(&params.settings) {
                shared.use_settings(section).await;
            }
        });
    }

    async fn document_symbol(&self, params: DocumentSymbolParams) -> Result<Option<DocumentSymbolResponse>> {
        self.about(&params.text_document.uri, |snapshot, view| {
            let symbols = outline::outline(&snapshot.file);
            view.of(snapshot).symbols(&symbols, view.abilities.hierarchical_symbols)
        })
        .await
    }

    async fn folding_range(&self, params: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.about(&params.text_document.uri, |snapshot, view| {
            let view = view.of(snapshot);
            folding::folding(&snapshot.file).iter().map(|fold| view.fold(fold)).collect()
        })
        .await
    }

    async fn completion(&self, params: CompletionParams) -> Result<Option<CompletionResponse>> {
        let place = params.text_document_position;
        self.about(&place.text_document.uri, move |snapshot, view| {
            let at = view.encoding.offset(snapshot.file.document(), place.position);
            let snippets = view.abilities.snippets;
            let view = view.of(snapshot);
            let found = completion::completions(&snapshot.file, at);
            CompletionResponse::Array(
                found
                    .iter()
                    .enumerate()
                    .map(|(index, completion)| view.completion(index, completion, snippets))
                    .collect(),
            )
        })
        .await
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        self.about(&params.text_document.uri.clone(), move |snapshot, view| {
            code_actions(snapshot, view, &params)
        })
        .await
    }

    async fn diagnostic(&self, params: DocumentDiagnosticParams) -> Result<DocumentDiagnosticReportResult> {
        let items =
            self.about(&params.text_document.uri, |snapshot, view| view.diagnostics(snapshot)).await?;
        let items = items.unwrap_or_default();
        let result_id = result_id(&items);
        Ok(DocumentDiagnosticReportResult::Report(
            if params.previous_result_id.as_ref() == Some(&result_id) {
                DocumentDiagnosticReport::Unchanged(RelatedUnchangedDocumentDiagnosticReport {
                    related_documents: None,
                    unchanged_document_diagnostic_report: UnchangedDocumentDiagnosticReport { result_id },
                })
            } else {
                DocumentDiagnosticReport::Full(RelatedFullDocumentDiagnosticReport {
                    related_documents: None,
                    full_document_diagnostic_report: FullDocumentDiagnosticReport {
                        result_id: Some(result_id),
                        items,
                    },
                })
            },
        ))
    }

    async fn execute_command(&self, params: ExecuteCommandParams) -> Result<Option<Value>> {
        if params.command != TOGGLE_TASK {
            return Err(Error::invalid_params(format!("there is no command `{}`", params.command)));
        }
        let argument = params.arguments.into_iter().next().unwrap_or_default();
        let argument: ToggleTask = serde_json::from_value(argument)
            .map_err(|error| Error::invalid_params(format!("{TOGGLE_TASK}: {error}")))?;
        let uri = argument.text_document.uri;
        let toggled = self.about(&uri, move |snapshot, view| {
            let document = snapshot.file.document();
            let ranges: Vec<Place> =
                argument.ranges.iter().map(|range| view.encoding.bytes(document, *range)).collect();
            let (edits, changed) = actions::toggle_task::toggle_ranges(&snapshot.file, &ranges);
            let edit = view.of(snapshot).workspace_edit(&edits, view.abilities.versioned_edits);
            (edit, changed)
        });
        let Some((edit, changed)) = toggled.await? else {
            return Err(Error::invalid_params(format!("{TOGGLE_TASK}: the document {uri} is not open")));
        };
        if changed > 0 {
            let client = self.shared.client.clone();
            tokio::spawn(async move {
                if let Err(error) = client.apply_edit(edit).await {
                    tracing::warn!(%error, "the client did not apply an edit");
                }
            });
        }
        Ok(Some(json!({ "changed": changed })))
    }
}

/// Asks the client for our settings and takes them over.
async fn fetch_settings(shared: &Shared) {
    let item = ConfigurationItem { scope_uri: None, section: Some("plansmith".to_owned()) };
    match shared.client.configuration(vec![item]).await {
        Ok(answers) => shared.use_settings(answers.first().unwrap_or(&Value::Null)).await,
        Err(error) => tracing::warn!(%error, "the client did not answer with settings"),
    }
}

fn code_actions(
    snapshot: &Snapshot,
    settings: &ViewSettings,
    params: &CodeActionParams,
) -> CodeActionResponse {
    let view: View<'_> = settings.of(snapshot);
    let versioned = settings.abilities.versioned_edits;
    let file = &snapshot.file;
    let range = settings.encoding.bytes(file.document(), params.range);
    let only = params.context.only.as_deref();
    // `refactor` asks for `refactor.rewrite` too: kinds are a hierarchy.
    let wanted = |kind: &CodeActionKind| {
        only.is_none_or(|only| {
            only.iter().any(|asked| {
                let asked = asked.as_str();
                kind.as_str()
                    .strip_prefix(asked)
                    .is_some_and(|rest| asked.is_empty() || rest.is_empty() || rest.starts_with('.'))
            })
        })
    };
    let mut found = Vec::new();
    let findings = settings.levels.apply(file.findings());
    if wanted(&CodeActionKind::QUICKFIX) {
        let here = |finding: &plan_ide::Finding| {
            finding.range.start <= range.end && range.start <= finding.range.end
        };
        for (finding, severity) in findings.iter().filter(|(finding, _)| here(finding)) {
            let diagnostic = view.diagnostic(finding, *severity);
            for fix in &finding.fixes {
                found.push(CodeAction {
                    title: fix.title.clone(),
                    kind: Some(CodeActionKind::QUICKFIX),
                    diagnostics: Some(vec![diagnostic.clone()]),
                    edit: Some(view.workspace_edit(&fix.edits, versioned)),
                    is_preferred: fix.safe.then_some(true),
                    ..CodeAction::default()
                });
            }
        }
    }
    found.extend(
        actions::actions(file, &range)
            .iter()
            .map(|action| view.action(action, versioned))
            .filter(|action| action.kind.as_ref().is_some_and(wanted)),
    );
    if wanted(&FIX_ALL) {
        let edits: Vec<Edit> = fix_all(findings.iter().map(|(finding, _)| *finding));
        if !edits.is_empty() {
            found.push(CodeAction {
                title: "Mend everything that has one sure fix".to_owned(),
                kind: Some(FIX_ALL),
                edit: Some(view.workspace_edit(&edits, versioned)),
                ..CodeAction::default()
            });
        }
    }
    found.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}
