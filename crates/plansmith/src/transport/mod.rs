//! The loop between standard input and output and tower-lsp's service.
//!
//! tower-lsp's own `Server::serve` ends at any malformed message, at a panic of a handler, handles four requests at a time
//! and outlives `exit`. This loop keeps its router and its `Client` and replaces the rest:
//!
//! - Messages are looked at one by one. A notification runs to completion before the next message is looked at; a request is
//!   polled once and goes on in a task of its own if it is not done by then. So a request sees every edit sent before
//!   it and none sent after it, and no number of slow requests is in the way of anything.
//! - `$/cancelRequest` takes effect at once: the router aborts the request's future, whose task then answers.
//! - What is malformed is answered and survived. A panic is answered as an internal error.
//! - The process ends on `exit`, at the end of input, when its output is closed, and when the client's process is gone.
//!
//! Handlers must not await answers of the client: those come in through this loop, which may be running the handler.

pub mod frame;
mod watch;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, Sink, SinkExt, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot},
};
use tower_lsp::{
    ClientSocket, LanguageServer, LspService,
    jsonrpc::{Error, ErrorCode, Id, Request, Response},
};
use tower_service::Service;

pub use self::watch::output_closed;
use self::frame::{Decoder, FrameError, encode};

/// How many answers may wait to be written. While so many do, no further message is read: a client that does not read its
/// answers gets no more of them, and they take no more memory.
const UNWRITTEN: usize = 1024;

/// How long a leaving server waits for its last answers to be written.
const FAREWELL: Duration = Duration::from_millis(500);

/// Serves a client until it leaves. Returns the exit code that the protocol prescribes: 0 after `shutdown`, else 1.
///
/// `gone` ends the loop when it completes: see [`output_closed`].
pub async fn serve<S: LanguageServer>(
    input: impl AsyncRead + Unpin,
    output: impl AsyncWrite + Unpin + Send + 'static,
    service: LspService<S>,
    socket: ClientSocket,
    gone: impl Future<Output = ()>,
) -> i32 {
    let (requests, responses) = socket.split();
    let (outgoing, queue) = mpsc::unbounded_channel();
    let (writer_ended, mut writer_gone) = oneshot::channel::<()>();
    let writer = tokio::spawn(async move {
        write(output, queue, requests).await;
        drop(writer_ended);
    });
    let mut connection = Connection {
        service,
        responses,
        outgoing,
        unwritten: Arc::new(Semaphore::new(UNWRITTEN)),
        shut_down: false,
        client: None,
    };
    let mut gone = std::pin::pin!(gone);
    let end = {
        let reading = connection.read(input);
        tokio::select! {
            end = reading => end,
            () = &mut gone => End::Lost("nobody reads the output any more"),
            _ = &mut writer_gone => End::Lost("the output cannot be written"),
        }
    };
    match end {
        End::Exit => tracing::info!("the client said goodbye"),
        End::Lost(why) => tracing::info!("leaving: {why}"),
    }
    let code = i32::from(!connection.shut_down);
    drop(connection);
    // The answer to `shutdown` may still be on its way: some clients send `exit` without waiting for it.
    let _ = tokio::time::timeout(FAREWELL, writer).await;
    code
}

/// Why the loop ended.
enum End {
    Exit,
    Lost(&'static str),
}

/// A message for the client. The permit is given back when it is written.
type Outgoing = (Value, Option<OwnedSemaphorePermit>);

struct Connection<S, R> {
    service: LspService<S>,
    responses: R,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    unwritten: Arc<Semaphore>,
    shut_down: bool,
    /// The process id of the client, once `initialize` has told it.
    client: Option<u32>,
}

impl<S: LanguageServer, R: Sink<Response, Error: std::fmt::Display> + Unpin> Connection<S, R> {
    async fn read(&mut self, mut input: impl AsyncRead + Unpin) -> End {
        let mut decoder = Decoder::default();
        let mut chunk = vec![0; 64 * 1024];
        loop {
            while let Some(frame) = decoder.next() {
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
                // A long burst of ready notifications must not keep the writer from writing.
                tokio::task::consume_budget().await;
            }
            let read = tokio::select! {
                read = input.read(&mut chunk) => read,
                () = watch::process_gone(self.client), if self.client.is_some() => {
                    return End::Lost("the client's process is gone");
                }
            };
            match read {
                Ok(0) => return End::Lost("the input has ended"),
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
            self.answer_error(Value::Null, ErrorCode::InvalidRequest, "a message must be an object; batches are not used");
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
        // Clients write absent parameters as null, which the router takes for parameters.
        if object.get("params").is_some_and(|params| params.is_null() || method == "shutdown") {
            object.remove("params");
        }
        if method == "initialize" && self.client.is_none() {
            let process = object.get("params").and_then(|params| params.get("processId"));
            self.client = process.and_then(Value::as_u64).and_then(|process| u32::try_from(process).ok());
        }
        let request: Request = match serde_json::from_value(message) {
            Ok(request) => request,
            Err(error) => {
                self.answer_error(known_id(id), ErrorCode::InvalidRequest, &error.to_string());
                return false;
            }
        };
        match request.id().cloned() {
            Some(id) => self.request(id, request, &method).await,
            None => self.notification(request, &method).await,
        }
        false
    }

    async fn notification(&mut self, request: Request, method: &str) {
        let handled = AssertUnwindSafe(self.service.call(request)).catch_unwind().await;
        match handled {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!(%error, method, "notification after exit"),
            Err(panic) => tracing::error!(method, "a notification failed: {}", said(&*panic)),
        }
    }

    async fn request(&mut self, id: Id, request: Request, method: &str) {
        let Ok(permit) = Arc::clone(&self.unwritten).acquire_owned().await else { return };
        let first = method == "initialize";
        self.shut_down |= method == "shutdown";
        let method = method.to_owned();
        let handling = AssertUnwindSafe(self.service.call(request)).catch_unwind();
        let outgoing = self.outgoing.clone();
        let mut answering = Box::pin(async move {
            let response = match handling.await {
                Ok(Ok(Some(response))) => response,
                // The router is silent about unknown methods that start with `$/`; a request must be answered.
                Ok(Ok(None)) => Response::from_error(id, Error::method_not_found()),
                Ok(Err(_)) => return,
                Err(panic) => {
                    tracing::error!(method, "a request failed: {}", said(&*panic));
                    Response::from_error(id, Error::internal_error())
                }
            };
            match serde_json::to_value(&response) {
                // Nobody reads any more: the loop is about to end.
                Ok(response) => drop(outgoing.send((response, Some(permit)))),
                Err(error) => tracing::error!(%error, method, "an answer is no JSON"),
            }
        });
        if first {
            // Nothing may be handled before the client has been greeted.
            answering.await;
        } else if futures_util::poll!(&mut answering).is_pending() {
            tokio::spawn(answering);
        }
    }

    /// Hands an answer of the client to whoever asked.
    async fn response(&mut self, message: Value) {
        let id = known_id(message.get("id").cloned());
        match serde_json::from_value::<Response>(message) {
            // One that nobody waits for is ignored.
            Ok(response) => {
                if let Err(error) = self.responses.send(response).await {
                    tracing::debug!(%error, "an answer after exit");
                }
            }
            Err(_) => self.answer_error(id, ErrorCode::InvalidRequest, "neither a method nor a result or error"),
        }
    }

    fn refuse(&self, error: FrameError) {
        tracing::warn!(?error, "a malformed frame");
        match error {
            FrameError::NotJson(why) => self.answer_error(Value::Null, ErrorCode::ParseError, &why),
            FrameError::NoLength => {
                self.answer_error(Value::Null, ErrorCode::ParseError, "a header without a usable Content-Length");
            }
            FrameError::TooLong(id) => self.answer_error(
                id.unwrap_or(Value::Null),
                ErrorCode::InvalidRequest,
                &format!("a message may have {} bytes at most", frame::MAX_BODY),
            ),
        }
    }

    fn answer_error(&self, id: Value, code: ErrorCode, message: &str) {
        let answer = json!({"jsonrpc": "2.0", "id": id, "error": {"code": code.code(), "message": message}});
        // Complaints about a stream of garbage are dropped when nobody reads them.
        if let Ok(permit) = Arc::clone(&self.unwritten).try_acquire_owned() {
            drop(self.outgoing.send((answer, Some(permit))));
        }
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

/// The message of a panic.
fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}

/// Writes answers and the server's own messages until there can be no more, or the output is closed.
async fn write(
    mut output: impl AsyncWrite + Unpin,
    mut queue: mpsc::UnboundedReceiver<Outgoing>,
    mut requests: impl Stream<Item = Request> + Unpin,
) {
    let mut requests_open = true;
    loop {
        let (message, permit) = tokio::select! {
            biased;
            answer = queue.recv() => match answer {
                Some(answer) => answer,
                None => return,
            },
            request = requests.next(), if requests_open => match request.map(serde_json::to_value) {
                Some(Ok(request)) => (request, None),
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
        let frame = encode(&message);
        let written = async {
            output.write_all(&frame).await?;
            output.flush().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "cannot write the output");
            return;
        }
        drop(permit);
    }
}

#[cfg(test)]
mod tests;
