//! The loop between standard input and output and tower-lsp's service.
//!
//! tower-lsp's own `Server::serve` ends at any malformed message and at a panic of a handler, handles four requests at a
//! time and continues after `exit`. This loop keeps tower-lsp's router and its `Client` and replaces the rest:
//!
//! - Messages are handled one by one. A notification runs to completion before the next message is handled. A request
//!   is polled once and continues in a separate task if it is pending then. A request therefore sees every edit sent
//!   before it and none sent after it, and slow requests delay no other message.
//! - `$/cancelRequest` takes effect immediately: the router aborts the request's future, whose task then answers.
//! - A malformed message is answered with an error, or repaired where an edit would be lost otherwise. A panic is answered
//!   with an internal error.
//! - The output queued for a client that does not read is limited: see `outbound_quota.rs`.
//! - The process ends on `exit`, at the end of input, when its output is closed, and when the client's process has ended.
//!
//! Handlers of notifications, and the part of a request's handler before its first await, must not wait for responses of
//! the client: those arrive through this loop, which is running the handler. A notification that waits is moved to a task of
//! its own after a few seconds, so the server continues, but the order of messages is lost. A request may await the client
//! once it is pending, since its task is not the loop's; it does so in [`waiting`], so that the watchdog does not count the
//! time.

mod body;
mod direct;
pub mod frame;
mod outbound_quota;
mod raw_json;
mod spelling;
mod stdio;
mod watch;
mod watchdog;

use std::{panic::AssertUnwindSafe, pin::pin, sync::Arc, time::Duration};

use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{mpsc, oneshot},
    task::JoinSet,
};
use tower_lsp::{
    ClientSocket, LspService,
    jsonrpc::{Error, ErrorCode, Id, Request, Response},
};
use tower_service::Service;

use self::{
    body::FrameError,
    direct::Direct,
    frame::Decoder,
    outbound_quota::{OutboundQuota, Reservation},
    raw_json::Frame,
    spelling::Spellings,
    watchdog::watched,
};
pub use self::{
    direct::{DirectHandler, DirectServer, Outlet, OutletReceiver, outlet, with_params},
    raw_json::RawJson,
    stdio::{stdin, stdout},
    watch::output_closed,
    watchdog::waiting,
};
use crate::panics;

/// Maximum time for which a handler that should complete immediately may delay the next message.
const MAX_INLINE_HANDLING: Duration = Duration::from_secs(5);

/// Maximum time for which a server that shuts down waits for pending requests.
const MAX_REQUEST_WAIT: Duration = Duration::from_millis(100);

/// Maximum time for which a server that shuts down waits until its last responses are written.
const MAX_WRITE_WAIT: Duration = Duration::from_millis(500);

/// Serves a client until it exits or disconnects. Returns the exit code that the protocol prescribes: 0 after
/// `shutdown`, otherwise 1.
///
/// The loop ends when `disconnected` completes: see [`output_closed`]. Work on blocking threads may still be running
/// after that, so the process must end without waiting for it.
pub async fn serve<S: DirectServer>(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
    service: LspService<S>,
    socket: ClientSocket,
    notifications: OutletReceiver,
    disconnected: impl Future<Output = ()>,
) -> i32 {
    let (requests, responses) = socket.split();
    let (outgoing, queue) = mpsc::unbounded_channel();
    let (writer_ended, writer_has_ended) = oneshot::channel::<()>();
    // The writer is a separate task, because a handler may block the task of the loop.
    let mut writer = JoinSet::new();
    let spellings = Arc::<Spellings>::default();
    let writer_spellings = Arc::clone(&spellings);
    writer.spawn(async move {
        write(output, queue, requests, notifications, &writer_spellings).await;
        drop(writer_ended);
    });
    let (client_process, client_process_known) = oneshot::channel();
    let mut connection = Connection {
        service: Direct::new(service),
        responses,
        outgoing,
        outbound_quota: Arc::default(),
        spellings,
        tasks: JoinSet::new(),
        shut_down: false,
        client_process: Some(client_process),
    };
    let end = {
        let mut reading = pin!(connection.read(input));
        let lost = tokio::select! {
            end = &mut reading => Err(end),
            () = disconnected => Ok("output is closed"),
            () = watch::process_ended(client_process_known) => Ok("client process has ended"),
            _ = writer_has_ended => Ok("cannot write to standard output"),
        };
        match lost {
            Err(end) => end,
            // The client may have sent `exit` before it disconnected, so the remaining input is searched for it.
            Ok(why) => {
                tokio::time::timeout(MAX_REQUEST_WAIT, reading).await.unwrap_or(End::Disconnected(why))
            }
        }
    };
    match end {
        End::Exit => tracing::info!("client sent `exit`"),
        End::Disconnected(why) => tracing::info!("shutting down: {why}"),
    }
    let code = i32::from(!connection.shut_down);
    let mut tasks = std::mem::take(&mut connection.tasks);
    drop(connection);
    let _ =
        tokio::time::timeout(MAX_REQUEST_WAIT, async { while tasks.join_next().await.is_some() {} }).await;
    // Closes the queue, so that the writer ends once the queue is empty. The queue may hold the response to `shutdown`,
    // since some clients send `exit` without waiting for it.
    tasks.shutdown().await;
    let _ = tokio::time::timeout(MAX_WRITE_WAIT, writer.join_next()).await;
    code
}

/// Reason for the end of the loop.
enum End {
    Exit,
    Disconnected(&'static str),
}

/// A frame for the client and its reservation, which is released once the frame is written.
type Outgoing = (Frame, Reservation);

struct Connection<S, R> {
    service: Direct<S>,
    responses: R,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    outbound_quota: Arc<OutboundQuota>,
    spellings: Arc<Spellings>,
    /// Pending requests.
    tasks: JoinSet<()>,
    shut_down: bool,
    /// Receives the client's process ID from `initialize`.
    client_process: Option<oneshot::Sender<u32>>,
}

impl<S: DirectServer, R: Sink<Response, Error: std::fmt::Display> + Unpin> Connection<S, R> {
    async fn read(&mut self, mut input: impl AsyncRead + Unpin) -> End {
        let mut decoder = Decoder::default();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            while let Some(frame) = decoder.next_message() {
                if !self.outbound_quota.has_capacity().await {
                    return End::Disconnected("client does not read its responses");
                }
                let exit = match frame {
                    Ok(message) => self.handle_message(message).await,
                    Err(error) => {
                        self.answer_frame_error(error);
                        false
                    }
                };
                if exit {
                    return End::Exit;
                }
                while self.tasks.try_join_next().is_some() {}
                // A long burst of notifications must not block other tasks of this thread.
                tokio::task::consume_budget().await;
            }
            match input.read(&mut chunk).await {
                Ok(0) => {
                    if decoder.has_partial_frame() {
                        tracing::warn!("input ends in the middle of a message");
                    }
                    return End::Disconnected("input has ended");
                }
                Ok(length) => decoder.feed(&chunk[..length]),
                Err(error) => {
                    tracing::warn!(%error, "cannot read standard input");
                    return End::Disconnected("cannot read standard input");
                }
            }
        }
    }

    /// Handles one message. Returns whether it was `exit`.
    async fn handle_message(&mut self, mut message: Value) -> bool {
        let Some(object) = message.as_object_mut() else {
            self.answer_error(Value::Null, ErrorCode::InvalidRequest, "invalid message: expected an object");
            return false;
        };
        let id = object.get("id").cloned();
        let Some(method) = object.get("method") else {
            self.handle_response(message).await;
            return false;
        };
        let Some(method) = method.as_str().map(str::to_owned) else {
            self.answer_error(
                response_id(id),
                ErrorCode::InvalidRequest,
                "invalid method: expected a string",
            );
            return false;
        };
        if method == "exit" {
            return true;
        }
        if id == Some(Value::Null) {
            self.answer_error(
                Value::Null,
                ErrorCode::InvalidRequest,
                "invalid request id: expected a number or a string",
            );
            return false;
        }
        // Some clients write absent parameters as null or as an empty object, which the router rejects.
        if object.get("params").is_some_and(|params| params.is_null() || method == "shutdown") {
            object.remove("params");
        }
        if method == "initialized" && !object.contains_key("params") {
            object.insert("params".to_owned(), json!({}));
        }
        let process = object.get("params").and_then(|params| params.get("processId")).and_then(Value::as_u64);
        if method == "initialize"
            && let Some(process) = process.and_then(|process| u32::try_from(process).ok())
            && let Some(client_process) = self.client_process.take()
        {
            // Sending fails only if the loop is about to end.
            let _ = client_process.send(process);
        }
        // `lsp-types` reads this capability under a name that the protocol does not have.
        if method == "initialize"
            && let Some(workspace) = object
                .get_mut("params")
                .and_then(|params| params.pointer_mut("/capabilities/workspace"))
                .and_then(Value::as_object_mut)
            && let Some(diagnostics) = workspace.get("diagnostics").cloned()
        {
            workspace.insert("diagnostic".to_owned(), diagnostics);
        }
        // File events can be many and do not contain URIs of documents.
        if let Some(params) = object.get_mut("params")
            && method != "workspace/didChangeWatchedFiles"
        {
            self.spellings.insert_placeholders(params);
        }
        let request: Request = match serde_json::from_value(message) {
            Ok(request) => request,
            Err(error) => {
                self.answer_error(response_id(id), ErrorCode::InvalidRequest, &error.to_string());
                return false;
            }
        };
        match request.id().cloned() {
            Some(id) => self.handle_request(id, request, method).await,
            None => self.handle_notification(request, method).await,
        }
        false
    }

    async fn handle_notification(&mut self, request: Request, method: String) {
        let handling = AssertUnwindSafe(self.service.call(request)).catch_unwind();
        let handling = watched(method.clone(), handling);
        self.run_inline(method.clone(), async move {
            match handling.await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => tracing::debug!(%error, method, "notification after exit"),
                Err(panic) => {
                    tracing::error!(method, "notification handler panicked: {}", panics::message(&*panic))
                }
            }
        })
        .await;
    }

    async fn handle_request(&mut self, id: Id, request: Request, method: String) {
        // No other message may be handled before `initialize` is answered.
        let is_initialize = method == "initialize";
        self.shut_down |= method == "shutdown";
        let handling = AssertUnwindSafe(self.service.call(request)).catch_unwind();
        let outgoing = self.outgoing.clone();
        let reservation = OutboundQuota::reserve_request(&self.outbound_quota);
        let spellings = Arc::clone(&self.spellings);
        let name = method.clone();
        let handling = watched(method.clone(), handling);
        let answering = async move {
            let response = match handling.await {
                Ok(Ok(Some(response))) => response,
                // The router does not answer unknown methods that start with `$/`, but a request must be answered.
                Ok(Ok(None)) => RawJson::from_value(&Response::from_error(id, Error::method_not_found())),
                Ok(Err(_)) => return,
                Err(panic) => {
                    tracing::error!(method, "request handler panicked: {}", panics::message(&*panic));
                    RawJson::from_value(&Response::from_error(id, Error::internal_error()))
                }
            };
            let frame = response.with_client_uris(&spellings).framed();
            let reservation = reservation.resize(frame.len());
            // Sending fails only if the loop is about to end.
            drop(outgoing.send((frame, reservation)));
        };
        if is_initialize {
            self.run_inline(name, answering).await;
        } else {
            let mut answering = Box::pin(answering);
            if futures_util::poll!(&mut answering).is_pending() {
                self.tasks.spawn(answering);
            }
        }
    }

    /// Runs a handler to completion. After [`MAX_INLINE_HANDLING`] it continues in a separate task.
    async fn run_inline(&mut self, method: String, handling: impl Future<Output = ()> + Send + 'static) {
        let mut handling = Box::pin(handling);
        if futures_util::poll!(&mut handling).is_ready() {
            return;
        }
        if tokio::time::timeout(MAX_INLINE_HANDLING, &mut handling).await.is_err() {
            tracing::error!(method, "handler is too slow; later messages are handled before it completes");
            self.tasks.spawn(handling);
        }
    }

    /// Passes a response of the client to the sender of the request.
    async fn handle_response(&mut self, mut message: Value) {
        let Ok(id) = serde_json::from_value::<Id>(message["id"].take()) else {
            self.answer_error(
                Value::Null,
                ErrorCode::InvalidRequest,
                "invalid message: missing `method` and `id`",
            );
            return;
        };
        // Some clients send both members, one of them null.
        let response = match (message.get("error"), message.get("result")) {
            (Some(error), _) if !error.is_null() => {
                let code = error["code"].as_i64().map_or(ErrorCode::InternalError, ErrorCode::from);
                let text = error["message"].as_str().unwrap_or("no message").to_owned();
                tracing::debug!(%id, text, "client responded with an error");
                Response::from_error(
                    id,
                    Error { code, message: text.into(), data: error.get("data").cloned() },
                )
            }
            (None, None) => {
                self.answer_error(
                    Value::Null,
                    ErrorCode::InvalidRequest,
                    "invalid message: missing `method`, `result` or `error`",
                );
                return;
            }
            _ => Response::from_ok(id, message["result"].take()),
        };
        // The router ignores a response without a request, and panics if the request is no longer awaited.
        match AssertUnwindSafe(self.responses.send(response)).catch_unwind().await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "response after exit"),
            Err(_) => tracing::debug!("response to a request that was cancelled"),
        }
    }

    fn answer_frame_error(&self, error: FrameError) {
        tracing::warn!(?error, "malformed frame");
        let id = |id: Option<Value>| id.unwrap_or(Value::Null);
        match error {
            FrameError::NotJson(why) => self.answer_error(Value::Null, ErrorCode::ParseError, &why),
            FrameError::NoLength => {
                self.answer_error(
                    Value::Null,
                    ErrorCode::ParseError,
                    "invalid header: missing or invalid `Content-Length`",
                );
            }
            FrameError::TooDeep(request) => {
                self.answer_error(id(request), ErrorCode::InvalidRequest, "message is nested too deeply");
            }
            FrameError::TooLong(request) => {
                let why = format!("message is longer than {} bytes", frame::MAX_BODY_BYTES);
                self.answer_error(id(request), ErrorCode::InvalidRequest, &why);
            }
        }
    }

    fn answer_error(&self, id: Value, code: ErrorCode, message: &str) {
        let answer = json!({"jsonrpc": "2.0", "id": id, "error": {"code": code.code(), "message": message}});
        let frame = RawJson::from_value(&answer).framed();
        let reservation = OutboundQuota::reserve_request(&self.outbound_quota).resize(frame.len());
        drop(self.outgoing.send((frame, reservation)));
    }
}

/// Returns the ID of a response to a message with the ID `id`; null if JSON-RPC does not allow it.
fn response_id(id: Option<Value>) -> Value {
    match id {
        Some(id @ Value::String(_)) => id,
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => Value::Number(number),
        _ => Value::Null,
    }
}

/// Writes responses and the server's own messages until all senders of responses are dropped, or the output is closed.
///
/// The server's next message is taken from its sender only after the previous one is written. Messages therefore do
/// not accumulate, because their senders wait.
async fn write(
    mut output: impl AsyncWrite + Unpin,
    mut queue: mpsc::UnboundedReceiver<Outgoing>,
    requests: impl Stream<Item = Request> + Unpin,
    OutletReceiver(mut notifications): OutletReceiver,
    spellings: &Spellings,
) {
    let mut requests = requests.fuse();
    loop {
        let (frame, reservation) = tokio::select! {
            biased;
            response = queue.recv() => match response {
                Some((frame, reservation)) => (frame, Some(reservation)),
                None => break,
            },
            Some(request) = requests.next() => {
                (RawJson::message(request).with_client_uris(spellings).framed(), None)
            }
            Some((method, params)) = notifications.recv() => {
                (RawJson::notification(method, params).with_client_uris(spellings).framed(), None)
            }
        };
        if let Err(error) = frame.write(&mut output).await {
            tracing::warn!(%error, "cannot write to standard output");
            return;
        }
        drop(reservation);
    }
    // Waits until the written bytes are flushed, where the output supports this.
    if let Err(error) = output.shutdown().await {
        tracing::debug!(%error, "cannot close standard output");
    }
}

#[cfg(test)]
mod tests;
