//! Tests of the loop with a server that is slow, panics and answers late.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use tower_lsp::{
    LanguageServer, LspService,
    jsonrpc::Result,
    lsp_types::{
        DidChangeTextDocumentParams, DidSaveTextDocumentParams, FoldingRangeParams, Hover, HoverContents,
        HoverParams, InitializeParams, InitializeResult, InitializedParams, MarkedString, MessageType,
        request::CodeLensRefresh,
    },
};

use super::{
    DirectHandler, DirectServer, Outlet, RawJson,
    frame::{Decoder, encode},
    outlet, with_params,
};

struct Dummy {
    client: tower_lsp::Client,
    outlet: Outlet,
    initialized: AtomicBool,
    version: AtomicI64,
}

impl Dummy {
    fn new(client: tower_lsp::Client, outlet: Outlet) -> Self {
        Self { client, outlet, initialized: AtomicBool::default(), version: AtomicI64::default() }
    }
}

#[tower_lsp::async_trait]
impl LanguageServer for Dummy {
    async fn initialize(&self, _: InitializeParams) -> Result<InitializeResult> {
        Ok(InitializeResult::default())
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        assert!(params.text_document.version >= 0, "a version that makes a notification panic");
        self.version.store(params.text_document.version.into(), Ordering::SeqCst);
    }

    async fn initialized(&self, _: InitializedParams) {
        self.initialized.store(true, Ordering::SeqCst);
    }

    /// Never completes, which a handler must not do.
    async fn did_save(&self, _: DidSaveTextDocumentParams) {
        std::future::pending().await
    }

    /// Responds depending on the column: 0 answers with the version, 1 never completes, 2 panics, and 3 panics after a
    /// yield. 4 sends the client a request, and 5 sends a request without params. 6 checks that `initialized` was
    /// received, and 7 sends a notification.
    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let version = self.version.load(Ordering::SeqCst);
        match params.text_document_position_params.position.character {
            0 => tokio::task::yield_now().await,
            1 => std::future::pending().await,
            2 => panic!("immediate"),
            4 => drop(self.client.show_message_request(MessageType::INFO, "well?", None).await),
            5 => self.client.send_request::<CodeLensRefresh>(()).await?,
            7 => self.outlet.notify("test/note", RawJson::null().between("[", "]")).await,
            6 => assert!(self.initialized.load(Ordering::SeqCst)),
            _ => {
                tokio::task::yield_now().await;
                panic!("late");
            }
        }
        Ok(Some(Hover {
            contents: HoverContents::Scalar(MarkedString::String(version.to_string())),
            range: None,
        }))
    }
}

impl DirectServer for Dummy {
    /// Returns a handler of folding ranges, which never completes for `file:///slow`.
    fn direct_handler(method: &str) -> Option<DirectHandler<Self>> {
        (method == "textDocument/foldingRange").then_some(|_, params| with_params(&(), params, folds))
    }
}

async fn folds((): (), params: FoldingRangeParams) -> Result<Option<RawJson>> {
    if params.text_document.uri.path() == "/slow" {
        std::future::pending::<()>().await;
    }
    tokio::task::yield_now().await;
    Ok(Some(RawJson::from_value(&params.text_document.uri)))
}

async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite + Unpin + Send + 'static) -> i32 {
    let (outlet, notifications) = outlet();
    let (service, socket) = LspService::new(|client| Dummy::new(client, outlet));
    super::serve(input, output, service, socket, notifications, std::future::pending()).await
}

struct Client {
    stream: DuplexStream,
    decoder: Decoder,
    server: tokio::task::JoinHandle<i32>,
}

impl Client {
    async fn start() -> Self {
        Self::start_with_buffer(1024 * 1024).await
    }

    /// Starts a server with pipes that buffer `bytes` bytes.
    async fn start_with_buffer(bytes: usize) -> Self {
        let (stream, server) = tokio::io::duplex(bytes);
        let (input, output) = tokio::io::split(server);
        let server = tokio::spawn(serve(input, output));
        let mut client = Self { stream, decoder: Decoder::default(), server };
        client
            .send(json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}))
            .await;
        assert_eq!(client.receive().await["id"], 0);
        client
    }

    async fn send(&mut self, message: Value) {
        self.stream.write_all(&encode(&message)).await.unwrap();
    }

    async fn hover(&mut self, id: i64, column: u32) {
        let params =
            json!({"textDocument": {"uri": "file:///a"}, "position": {"line": 0, "character": column}});
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/hover", "params": params}))
            .await;
    }

    async fn change(&mut self, version: i64) {
        let params = json!({"textDocument": {"uri": "file:///a", "version": version}, "contentChanges": []});
        self.send(json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params})).await;
    }

    async fn receive(&mut self) -> Value {
        loop {
            if let Some(message) = self.decoder.next_message() {
                return message.unwrap();
            }
            let mut chunk = [0; 4096];
            let length = self.stream.read(&mut chunk).await.unwrap();
            assert!(length > 0, "the server closed its output");
            self.decoder.feed(&chunk[..length]);
        }
    }

    /// Returns the response with this ID; skips others.
    async fn answer(&mut self, id: i64) -> Value {
        loop {
            let message = self.receive().await;
            if message["id"] == id {
                return message;
            }
        }
    }
}

#[tokio::test]
async fn a_request_sees_every_edit_before_it() {
    let mut client = Client::start().await;
    for slow in 1000..1020 {
        client.hover(slow, 1).await;
    }
    for version in 1..=300 {
        client.change(version).await;
        client.hover(version, 0).await;
    }
    for version in 1..=300 {
        assert_eq!(client.answer(version).await["result"]["contents"], version.to_string());
    }
}

#[tokio::test]
async fn a_cancelled_request_is_answered_immediately() {
    let mut client = Client::start().await;
    client.hover(1, 1).await;
    client.send(json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}})).await;
    assert_eq!(client.answer(1).await["error"]["code"], -32800);
}

/// Requests that bypass the router are handled like other requests.
#[tokio::test]
async fn direct_requests() {
    let folds = |id: i64, uri: &str| json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/foldingRange", "params": {"textDocument": {"uri": uri}}});
    let mut client = Client::start().await;
    client.send(folds(1, "file:///a")).await;
    assert_eq!(client.receive().await, json!({"jsonrpc": "2.0", "id": 1, "result": "file:///a"}));
    client.send(folds(2, "file:///a b")).await;
    assert_eq!(client.answer(2).await["result"], "file:///a b");
    // An ID in use, a cancelled request, invalid parameters.
    client.send(folds(3, "file:///slow")).await;
    client.send(folds(3, "file:///a")).await;
    assert_eq!(client.answer(3).await["error"]["code"], -32600);
    client.send(json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 3}})).await;
    assert_eq!(client.answer(3).await["error"]["code"], -32800);
    client.send(folds(3, "file:///a")).await;
    assert_eq!(client.answer(3).await["result"], "file:///a");
    for params in [json!({}), Value::Null] {
        let request =
            json!({"jsonrpc": "2.0", "id": 4, "method": "textDocument/foldingRange", "params": params});
        client.send(request).await;
        assert_eq!(client.answer(4).await["error"]["code"], -32602);
    }
    client.send(json!({"jsonrpc": "2.0", "id": 5, "method": "shutdown"})).await;
    client.send(folds(6, "file:///a")).await;
    assert_eq!(client.answer(6).await["error"]["code"], -32600);

    let (mut stream, server) = tokio::io::duplex(1024);
    let (input, output) = tokio::io::split(server);
    let server = tokio::spawn(serve(input, output));
    stream.write_all(&encode(&folds(1, "file:///a"))).await.unwrap();
    let mut client = Client { stream, decoder: Decoder::default(), server };
    assert_eq!(client.answer(1).await["error"]["code"], -32002);
}

#[tokio::test]
async fn notifications_with_serialized_parameters() {
    let mut client = Client::start().await;
    client.hover(1, 7).await;
    // Responses overtake the server's own messages.
    let mut messages = [client.receive().await, client.receive().await];
    messages.sort_by_key(|message| message["id"] == 1);
    assert_eq!(messages[0], json!({"jsonrpc": "2.0", "method": "test/note", "params": [null]}));
    assert_eq!(messages[1]["result"]["contents"], "0");
}

#[tokio::test]
async fn the_server_continues_after_panics() {
    let mut client = Client::start().await;
    client.hover(1, 2).await;
    assert_eq!(client.answer(1).await["error"]["code"], -32603);
    client.hover(2, 3).await;
    assert_eq!(client.answer(2).await["error"]["code"], -32603);
    client.change(-1).await;
    client.change(7).await;
    client.hover(3, 0).await;
    assert_eq!(client.answer(3).await["result"]["contents"], "7");
}

#[tokio::test]
async fn unknown_methods_and_malformed_messages() {
    let mut client = Client::start().await;
    for (id, method) in [(1, "$/unknown"), (2, "unknown")] {
        client.send(json!({"jsonrpc": "2.0", "id": id, "method": method})).await;
        assert_eq!(client.answer(id).await["error"]["code"], -32601);
    }
    client.send(json!({"jsonrpc": "2.0", "method": "$/unknown"})).await;
    for (message, code) in [
        (json!([{"jsonrpc": "2.0", "id": 1, "method": "x"}]), -32600),
        (json!("text"), -32600),
        (json!({"jsonrpc": "2.0", "id": 1.5, "method": "shutdown"}), -32600),
        (json!({"jsonrpc": "2.0", "id": 4, "method": 5}), -32600),
        (json!({"id": 5, "method": "shutdown"}), -32600),
        (json!({"jsonrpc": "2.0", "id": 6}), -32600),
        (json!({"jsonrpc": "2.0", "id": 7, "method": "textDocument/hover", "params": 3}), -32602),
    ] {
        client.send(message.clone()).await;
        assert_eq!(client.receive().await["error"]["code"], code, "{message}");
    }
    client.send(json!({"jsonrpc": "2.0", "id": 99, "result": null})).await;
    client.hover(8, 0).await;
    assert_eq!(client.answer(8).await["result"]["contents"], "0");
}

#[tokio::test]
async fn exit_codes() {
    let mut client = Client::start().await;
    client.send(json!({"jsonrpc": "2.0", "id": 1, "method": "shutdown", "params": null})).await;
    client.send(json!({"jsonrpc": "2.0", "method": "exit", "params": null})).await;
    assert_eq!(client.answer(1).await["result"], Value::Null);
    assert_eq!(client.server.await.unwrap(), 0);

    let mut client = Client::start().await;
    client.send(json!({"jsonrpc": "2.0", "method": "exit"})).await;
    assert_eq!(client.server.await.unwrap(), 1);

    let client = Client::start().await;
    drop(client.stream);
    assert_eq!(client.server.await.unwrap(), 1);
}

#[tokio::test]
async fn responses_of_the_client_in_every_form() {
    let mut client = Client::start().await;
    for answer in [
        json!({"result": null}),
        json!({"result": null, "error": null}),
        json!({"error": {"code": -1, "message": "no", "extra": 1}}),
        json!({"result": null, "error": {}}),
    ] {
        client.hover(1, 4).await;
        let mut message = json!({"jsonrpc": "2.0", "id": client.receive().await["id"]});
        message.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
        client.send(message).await;
        assert_eq!(client.answer(1).await["result"]["contents"], "0", "{answer}");
    }
}

/// The router panics if a response arrives whose request is no longer awaited.
#[tokio::test]
async fn a_response_after_the_cancellation_is_ignored() {
    let mut client = Client::start().await;
    client.hover(1, 4).await;
    let request_id = client.receive().await["id"].clone();
    client.send(json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}})).await;
    assert_eq!(client.answer(1).await["error"]["code"], -32800);
    client.send(json!({"jsonrpc": "2.0", "id": request_id, "result": null})).await;
    client.hover(2, 0).await;
    assert_eq!(client.answer(2).await["result"]["contents"], "0");
}

#[tokio::test]
async fn null_params_are_accepted_and_not_sent() {
    let mut client = Client::start().await;
    client.send(json!({"jsonrpc": "2.0", "method": "initialized", "params": null})).await;
    client.hover(1, 6).await;
    assert_eq!(client.answer(1).await["result"]["contents"], "0");
    client.hover(2, 5).await;
    let refresh = client.receive().await;
    assert_eq!(
        refresh,
        json!({"jsonrpc": "2.0", "method": "workspace/codeLens/refresh", "id": refresh["id"]})
    );
    client.send(json!({"jsonrpc": "2.0", "id": 3, "method": "shutdown", "params": {}})).await;
    assert_eq!(client.answer(3).await["result"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn a_notification_that_never_completes_does_not_block_the_loop() {
    let mut client = Client::start().await;
    let document = json!({"textDocument": {"uri": "file:///a"}});
    client.send(json!({"jsonrpc": "2.0", "method": "textDocument/didSave", "params": document})).await;
    client.change(1).await;
    client.hover(1, 0).await;
    assert_eq!(client.answer(1).await["result"]["contents"], "1");
}

/// The client writes all its messages before it reads a response, through pipes with small buffers.
#[tokio::test]
async fn a_client_that_reads_late_gets_every_response() {
    let mut client = Client::start_with_buffer(256).await;
    for id in 1..=3000 {
        client.change(id).await;
        client.hover(id, 0).await;
    }
    for id in 1..=3000 {
        let answer = client.answer(id).await;
        assert_eq!(answer["result"]["contents"], id.to_string());
    }
}

#[tokio::test]
async fn a_closed_output_ends_the_server() {
    let (mut client, server) = tokio::io::duplex(1024);
    let (input, _) = tokio::io::split(server);
    let (closed, output) = tokio::io::duplex(1024);
    drop(closed);
    let server = tokio::spawn(serve(input, output));
    client
        .write_all(&encode(
            &json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}),
        ))
        .await
        .unwrap();
    assert_eq!(server.await.unwrap(), 1);
}

#[cfg(unix)]
#[tokio::test(start_paused = true)]
async fn the_end_of_the_client_process_ends_the_server() {
    let mut process = std::process::Command::new("true").spawn().unwrap();
    let mut client = Client::start().await;
    let id = process.id();
    // A second `initialize` is rejected, but its process ID is used.
    let params = json!({"capabilities": {}, "processId": id});
    client.send(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})).await;
    assert_eq!(client.answer(1).await["error"]["code"], -32600);
    assert_eq!(client.server.await.unwrap(), 1);
    process.wait().unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_request_after_any_bytes_is_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut client = Client::start().await;
            client.stream.write_all(&bytes).await.unwrap();
            client.stream.write_all(b"\r\n").await.unwrap();
            client.hover(1, 0).await;
            assert_eq!(client.answer(1).await["result"]["contents"], "0");
        });
    }
}
