//! The loop with a server that is slow, panics and answers late.

use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tower_lsp::{
    LanguageServer, LspService,
    jsonrpc::Result,
    lsp_types::{
        DidChangeTextDocumentParams, Hover, HoverContents, HoverParams, InitializeParams, InitializeResult, MarkedString,
    },
};

use super::frame::{Decoder, encode};

#[derive(Default)]
struct Dummy {
    version: AtomicI64,
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

    /// Column 0 answers with the version, 1 takes for ever, 2 panics, 3 panics late.
    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let version = self.version.load(Ordering::SeqCst);
        match params.text_document_position_params.position.character {
            0 => tokio::task::yield_now().await,
            1 => std::future::pending().await,
            2 => panic!("at once"),
            _ => {
                tokio::task::yield_now().await;
                panic!("late");
            }
        }
        Ok(Some(Hover { contents: HoverContents::Scalar(MarkedString::String(version.to_string())), range: None }))
    }
}

struct Client {
    stream: DuplexStream,
    decoder: Decoder,
    server: tokio::task::JoinHandle<i32>,
}

impl Client {
    async fn start() -> Self {
        let (stream, server) = tokio::io::duplex(1024 * 1024);
        let (input, output) = tokio::io::split(server);
        let (service, socket) = LspService::new(|_| Dummy::default());
        let server = tokio::spawn(super::serve(input, output, service, socket, std::future::pending()));
        let mut client = Self { stream, decoder: Decoder::default(), server };
        client.send(json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}})).await;
        assert_eq!(client.receive().await["id"], 0);
        client
    }

    async fn send(&mut self, message: Value) {
        self.stream.write_all(&encode(&message)).await.unwrap();
    }

    async fn hover(&mut self, id: i64, column: u32) {
        let place = json!({"textDocument": {"uri": "file:///a"}, "position": {"line": 0, "character": column}});
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": "textDocument/hover", "params": place})).await;
    }

    async fn change(&mut self, version: i64) {
        let params = json!({"textDocument": {"uri": "file:///a", "version": version}, "contentChanges": []});
        self.send(json!({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params})).await;
    }

    async fn receive(&mut self) -> Value {
        loop {
            if let Some(message) = self.decoder.next() {
                return message.unwrap();
            }
            let mut chunk = [0; 4096];
            let length = self.stream.read(&mut chunk).await.unwrap();
            assert!(length > 0, "the server closed its output");
            self.decoder.feed(&chunk[..length]);
        }
    }

    /// The answer with this id; others are dropped.
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
async fn a_cancelled_request_is_answered_at_once() {
    let mut client = Client::start().await;
    client.hover(1, 1).await;
    client.send(json!({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": 1}})).await;
    assert_eq!(client.answer(1).await["error"]["code"], -32800);
}

#[tokio::test]
async fn panics_are_answered_and_survived() {
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
async fn unknown_methods_and_odd_messages() {
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
