//! The loop between standard input and output and tower-lsp's service.
//!
//! tower-lsp's own `Server::serve` ends at any malformed message, at a panic of a handler, handles four requests at a time
//! and outlives `exit`. This loop keeps its router and its `Client` and replaces the rest:
//!
//! - Messages are looked at one by one. A notification runs to completion before the next message is looked at; a request is
//!   polled once and goes on in a task of its own if it is not done by then. So a request sees every edit sent before
//!   it and none sent after it, and no number of slow requests is in the way of anything.
//! - `$/cancelRequest` takes effect at once: the router aborts the request's future, whose task then answers.
//! - What is malformed is answered and survived, and mended where an edit would be lost otherwise. A panic is answered as
//!   an internal error.
//! - A client that does not read is not written for without end: see `backlog.rs`.
//! - The process ends on `exit`, at the end of input, when its output is closed, and when the client's process is gone.
//!
//! Handlers of notifications, and the part of a request's handler before its first await, must not wait for answers of the
//! client: those come in through this loop, which is running the handler. A notification that does is put aside after a few
//! seconds, so the server lives, but the order is gone. A request may await the client once it is pending, since its
//! task is not the loop's; it does so in [`waiting`], which tells the watchdog that the server is not to blame.

mod backlog;
mod body;
pub mod frame;
mod spelling;
mod stdio;
mod watch;
mod watchdog;
mod written;

use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tower_lsp::{
    ClientSocket, LanguageServer, LspService,
    jsonrpc::{Error, ErrorCode, Id, Request, Response},
};
use tower_service::Service;

use self::{
    backlog::{Backlog, Owed},
    frame::{Decoder, FrameError},
    spelling::Spellings,
    watchdog::watched,
    written::{Frame, answering},
};
pub use self::{
    stdio::{stdin, stdout},
    watch::output_closed,
    watchdog::waiting,
    written::Written,
};
use crate::panics;

/// How long a handler that should be done at once may keep the next message waiting.
const INLINE: Duration = Duration::from_secs(5);

/// Methods that go to a handler of ours instead of the router's: one whose answer there is of an older protocol, and those
/// whose answers are so long that they are [`Written`] at once.
const OWN_HANDLERS: [(&str, &str); 5] = [
    ("workspace/symbol", "plansmith/workspaceSymbol"),
    ("textDocument/documentSymbol", "plansmith/documentSymbol"),
    ("textDocument/diagnostic", "plansmith/diagnostic"),
    ("textDocument/foldingRange", "plansmith/foldingRange"),
    ("textDocument/semanticTokens/full", "plansmith/semanticTokens"),
];

/// How long a leaving server waits for requests that are nearly done.
const LAST_REQUESTS: Duration = Duration::from_millis(100);

/// How long a leaving server waits for its last answers to be written.
const FAREWELL: Duration = Duration::from_millis(500);

/// Serves a client until it leaves. Returns the exit code that the protocol prescribes: 0 after `shutdown`, else 1.
///
/// `gone` ends the loop when it completes: see [`output_closed`]. Work on blocking threads may still be running
/// afterwards, so the process must be ended without waiting for it.
pub async fn serve<S: LanguageServer>(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
    service: LspService<S>,
    socket: ClientSocket,
    gone: impl Future<Output = ()>,
) -> i32 {
    let (requests, responses) = socket.split();
    let (outgoing, queue) = mpsc::unbounded_channel();
    let (writer_ended, writer_gone) = oneshot::channel::<()>();
    // Not in the loop's own task, which a handler may keep busy.
    let mut writer = JoinSet::new();
    let spellings = Arc::<Spellings>::default();
    let spelled = Arc::clone(&spellings);
    writer.spawn(async move {
        write(output, queue, requests, &spelled).await;
        drop(writer_ended);
    });
    let (client, client_known) = oneshot::channel();
    let mut connection = Connection {
        service,
        responses,
        outgoing,
        backlog: Arc::default(),
        spellings,
        tasks: JoinSet::new(),
        shut_down: false,
        client: Some(client),
    };
    let end = {
        let mut reading = pin!(connection.read(input));
        let lost = tokio::select! {
            end = &mut reading => Err(end),
            () = gone => Ok("nobody reads the output any more"),
            () = watch::process_gone(client_known) => Ok("the client's process is gone"),
            _ = writer_gone => Ok("the output cannot be written"),
        };
        match lost {
            Err(end) => end,
            // The client may have said goodbye before it left, with nothing but that left to read.
            Ok(why) => tokio::time::timeout(LAST_REQUESTS, reading).await.unwrap_or(End::Lost(why)),
        }
    };
    match end {
        End::Exit => tracing::info!("the client said goodbye"),
        End::Lost(why) => tracing::info!("leaving: {why}"),
    }
    let code = i32::from(!connection.shut_down);
    let mut tasks = std::mem::take(&mut connection.tasks);
    drop(connection);
    let _ = tokio::time::timeout(LAST_REQUESTS, async { while tasks.join_next().await.is_some() {} }).await;
    // Ends the queue, and so the writer when it has written what is left; the answer to `shutdown` may be among it, for
    // some clients send `exit` without waiting for it.
    tasks.shutdown().await;
    let _ = tokio::time::timeout(FAREWELL, writer.join_next()).await;
    code
}

/// Why the loop ended.
enum End {
    Exit,
    Lost(&'static str),
}

/// A frame for the client, and what it counts until it is written.
type Outgoing = (Frame, Owed);

struct Connection<S, R> {
    service: LspService<S>,
    responses: R,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    backlog: Arc<Backlog>,
    spellings: Arc<Spellings>,
    /// Requests that are not answered yet.
    tasks: JoinSet<()>,
    shut_down: bool,
    /// Takes the client's process id, which `initialize` tells.
    client: Option<oneshot::Sender<u32>>,
}

impl<S: LanguageServer, R: Sink<Response, Error: std::fmt::Display> + Unpin> Connection<S, R> {
    async fn read(&mut self, mut input: impl AsyncRead + Unpin) -> End {
        let mut decoder = Decoder::default();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            while let Some(frame) = decoder.next_message() {
                if !self.backlog.has_room().await {
                    return End::Lost("the client does not read its answers");
                }
                let exit = match frame {
                    Ok(message) => self.message(message).await,
                    Err(error) => {
                        self.refuse(error);
                        false
                    }
                };
                if exit {
                    return End::Exit;
                }
                while self.tasks.try_join_next().is_some() {}
                // A long burst of ready notifications must not keep other tasks of this thread from running.
                tokio::task::consume_budget().await;
            }
            match input.read(&mut chunk).await {
                Ok(0) => {
                    if decoder.is_amid_frame() {
                        tracing::warn!("the input ends amid a message");
                    }
                    return End::Lost("the input has ended");
                }
                Ok(length) => decoder.feed(&chunk[..length]),
                Err(error) => {
                    tracing::warn!(%error, "cannot read the input");
                    return End::Lost("the input cannot be read");
                }
            }
        }
    }

    /// Handles one message. Tells whether it was `exit`.
    async fn message(&mut self, mut message: Value) -> bool {
        let Some(object) = message.as_object_mut() else {
            self.answer_error(
                Value::Null,
                ErrorCode::InvalidRequest,
                "a message must be an object; batches are not used",
            );
            return false;
        };
        let id = object.get("id").cloned();
        let Some(method) = object.get("method") else {
            self.response(message).await;
            return false;
        };
        let Some(method) = method.as_str().map(str::to_owned) else {
            self.answer_error(known_id(id), ErrorCode::InvalidRequest, "the method must be a string");
            return false;
        };
        if method == "exit" {
            return true;
        }
        if id == Some(Value::Null) {
            self.answer_error(
                Value::Null,
                ErrorCode::InvalidRequest,
                "the id of a request must be a number or a string",
            );
            return false;
        }
        // Clients write absent parameters as null or as an empty object; the router is strict about them.
        if object.get("params").is_some_and(|params| params.is_null() || method == "shutdown") {
            object.remove("params");
        }
        if method == "initialized" && !object.contains_key("params") {
            object.insert("params".to_owned(), json!({}));
        }
        let process = object.get("params").and_then(|params| params.get("processId")).and_then(Value::as_u64);
        if method == "initialize"
            && let Some(process) = process.and_then(|process| u32::try_from(process).ok())
            && let Some(client) = self.client.take()
        {
            // Taken by nobody only when the loop is about to end.
            let _ = client.send(process);
        }
        // `lsp-types` reads this ability under a name that the protocol does not have.
        if method == "initialize"
            && let Some(workspace) = object
                .get_mut("params")
                .and_then(|params| params.pointer_mut("/capabilities/workspace"))
                .and_then(Value::as_object_mut)
            && let Some(diagnostics) = workspace.get("diagnostics").cloned()
        {
            workspace.insert("diagnostic".to_owned(), diagnostics);
        }
        // Events of files name no documents, and may be many.
        if let Some(params) = object.get_mut("params")
            && method != "workspace/didChangeWatchedFiles"
        {
            self.spellings.stand_in(params);
        }
        if let Some((_, own)) = OWN_HANDLERS.iter().find(|(usual, _)| method == *usual) {
            object.insert("method".to_owned(), json!(own));
        }
        let request: Request = match serde_json::from_value(message) {
            Ok(request) => request,
            Err(error) => {
                self.answer_error(known_id(id), ErrorCode::InvalidRequest, &error.to_string());
                return false;
            }
        };
        match request.id().cloned() {
            Some(id) => self.request(id, request, method).await,
            None => self.notification(request, method).await,
        }
        false
    }

    async fn notification(&mut self, request: Request, method: String) {
        let handling = AssertUnwindSafe(self.service.call(request)).catch_unwind();
        let handling = watched(method.clone(), handling);
        self.finish(method.clone(), async move {
            match handling.await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::debug!(%error, method, "notification after exit"),
                Err(panic) => tracing::error!(method, "a notification failed: {}", panics::message(&*panic)),
            }
        })
        .await;
    }

    async fn request(&mut self, id: Id, request: Request, method: String) {
        // Nothing may be handled before the client has been greeted.
        let greeting = method == "initialize";
        self.shut_down |= method == "shutdown";
        let handling = answering(AssertUnwindSafe(self.service.call(request)).catch_unwind());
        let outgoing = self.outgoing.clone();
        let owed = Backlog::request(&self.backlog);
        let spellings = Arc::clone(&self.spellings);
        let name = method.clone();
        let handling = watched(method.clone(), handling);
        let answering = async move {
            let (response, aside) = handling.await;
            let response = match response {
                Ok(Ok(Some(response))) => response,
                // The router is silent about unknown methods that start with `$/`; a request must be answered.
                Ok(Ok(None)) => Response::from_error(id, Error::method_not_found()),
                Ok(Err(_)) => return,
                Err(panic) => {
                    tracing::error!(method, "a request failed: {}", panics::message(&*panic));
                    Response::from_error(id, Error::internal_error())
                }
            };
            // Made here and not by the writer, so that several are made at once.
            match Frame::answer(response, aside) {
                Ok(frame) => {
                    let frame = frame.spelled(&spellings);
                    let owed = owed.becomes(frame.bytes().len());
                    // Nobody takes it any more only when the loop is about to end.
                    drop(outgoing.send((frame, owed)));
                }
                Err(error) => tracing::error!(%error, method, "an answer is no JSON"),
            }
        };
        if greeting {
            self.finish(name, answering).await;
        } else {
            let mut answering = Box::pin(answering);
            if futures_util::poll!(&mut answering).is_pending() {
                self.tasks.spawn(answering);
            }
        }
    }

    /// Runs a handler to its end before anything else, unless it takes too long.
    async fn finish(&mut self, method: String, handling: impl Future<Output = ()> + Send + 'static) {
        let mut handling = Box::pin(handling);
        if futures_util::poll!(&mut handling).is_ready() {
            return;
        }
        if tokio::time::timeout(INLINE, &mut handling).await.is_err() {
            tracing::error!(method, "a handler waits too long; what comes after it goes on without it");
            self.tasks.spawn(handling);
        }
    }

    /// Hands an answer of the client to whoever asked.
    async fn response(&mut self, mut message: Value) {
        let Ok(id) = serde_json::from_value::<Id>(message["id"].take()) else {
            self.answer_error(Value::Null, ErrorCode::InvalidRequest, "neither a method nor an id");
            return;
        };
        // Some clients send both members, with null for the one that is not meant.
        let response = match (message.get("error"), message.get("result")) {
            (Some(error), _) if !error.is_null() => {
                let code = error["code"].as_i64().map_or(ErrorCode::InternalError, ErrorCode::from);
                let text = error["message"].as_str().unwrap_or("no message").to_owned();
                tracing::debug!(%id, text, "the client answers with an error");
                Response::from_error(
                    id,
                    Error { code, message: text.into(), data: error.get("data").cloned() },
                )
            }
            (None, None) => {
                self.answer_error(
                    Value::Null,
                    ErrorCode::InvalidRequest,
                    "neither a method nor a result or error",
                );
                return;
            }
            _ => Response::from_ok(id, message["result"].take()),
        };
        // One that nobody asked for is ignored. One that nobody waits for any more makes the router panic.
        match AssertUnwindSafe(self.responses.send(response)).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "an answer after exit"),
            Err(_) => tracing::debug!("an answer to a request that was given up"),
        }
    }

    fn refuse(&self, error: FrameError) {
        tracing::warn!(?error, "a malformed frame");
        let id = |id: Option<Value>| id.unwrap_or(Value::Null);
        match error {
            FrameError::NotJson(why) => self.answer_error(Value::Null, ErrorCode::ParseError, &why),
            FrameError::NoLength => {
                self.answer_error(
                    Value::Null,
                    ErrorCode::ParseError,
                    "not a header with a usable Content-Length",
                );
            }
            FrameError::TooDeep(request) => {
                self.answer_error(id(request), ErrorCode::InvalidRequest, "the message nests too deeply");
            }
            FrameError::TooLong(request) => {
                let why = format!("a message may have {} bytes at most", frame::MAX_BODY);
                self.answer_error(id(request), ErrorCode::InvalidRequest, &why);
            }
        }
    }

    fn answer_error(&self, id: Value, code: ErrorCode, message: &str) {
        let answer = json!({"jsonrpc": "2.0", "id": id, "error": {"code": code.code(), "message": message}});
        let frame = Frame::of(answer.to_string().as_bytes());
        let owed = Backlog::request(&self.backlog).becomes(frame.bytes().len());
        drop(self.outgoing.send((frame, owed)));
    }
}

/// An id to answer with: what is no id by JSON-RPC is null.
fn known_id(id: Option<Value>) -> Value {
    match id {
        Some(id @ Value::String(_)) => id,
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Value::Number(number),
        _ => Value::Null,
    }
}

/// Writes answers and the server's own messages until there can be no more answers, or the output is closed.
///
/// A message of the server is taken from its sender when the one before it is written, so these never pile up: their
/// senders wait.
async fn write(
    mut output: impl AsyncWrite + Unpin,
    mut queue: mpsc::UnboundedReceiver<Outgoing>,
    mut requests: impl Stream<Item = Request> + Unpin,
    spellings: &Spellings,
) {
    let mut requests_open = true;
    loop {
        let (frame, owed) = tokio::select! {
            biased;
            answer = queue.recv() => match answer {
                Some((frame, owed)) => (frame, Some(owed)),
                None => break,
            },
            request = requests.next(), if requests_open => match request.map(Frame::message) {
                Some(Ok(frame)) => (frame.spelled(spellings), None),
                Some(Err(error)) => {
                    tracing::error!(%error, "a message is no JSON");
                    continue;
                }
                None => {
                    requests_open = false;
                    continue;
                }
            },
        };
        let written = async {
            output.write_all(frame.bytes()).await?;
            output.flush().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "cannot write the output");
            return;
        }
        drop(owed);
    }
    // Waits until what was written has arrived, where the output has a way to tell.
    if let Err(error) = output.shutdown().await {
        tracing::debug!(%error, "cannot close the output");
    }
}

#[cfg(test)]
mod tests;
