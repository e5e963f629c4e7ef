//! Requests with long results, and notifications with long parameters, bypass tower-lsp's router. The router would convert
//! them to a tree of values and copy it, which takes several times as long as serializing them.

use std::{
    collections::{HashMap, hash_map::Entry},
    future::ready,
    sync::Arc,
    task::{Context, Poll},
};

use futures_util::{
    FutureExt,
    future::{AbortHandle, BoxFuture, abortable},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tower_lsp::{
    ExitedError, LanguageServer, LspService,
    jsonrpc::{Error, ErrorCode, Id, Request, Response, Result},
};
use tower_service::Service;

use super::RawJson;
use crate::state_cell::StateCell;

/// A request handler that serializes its result itself. `None` is `null`.
pub type DirectHandler<S> = fn(&S, Option<Value>) -> BoxFuture<'static, Result<Option<RawJson>>>;

/// A service that handles some requests without the router.
pub trait DirectServer: LanguageServer {
    /// Returns the handler of a method, or `None` if the router handles it.
    fn direct_handler(method: &str) -> Option<DirectHandler<Self>>;
}

/// Calls `handler` with parsed parameters. Invalid parameters are answered as the router does.
pub fn with_params<S: Clone, P: DeserializeOwned, F>(
    server: &S,
    params: Option<Value>,
    handler: fn(S, P) -> F,
) -> BoxFuture<'static, Result<Option<RawJson>>>
where
    F: Future<Output = Result<Option<RawJson>>> + Send + 'static,
{
    let params = params.ok_or_else(|| Error::invalid_params("Missing params field"));
    let params = params.and_then(|params| {
        serde_json::from_value(params).map_err(|error| Error::invalid_params(error.to_string()))
    });
    match params {
        Ok(params) => handler(server.clone(), params).boxed(),
        Err(error) => ready(Err(error)).boxed(),
    }
}

/// Answers requests with a direct handler; passes other messages to the router.
pub(super) struct Direct<S> {
    router: LspService<S>,
    lifecycle: Arc<StateCell<Lifecycle>>,
}

/// Phase of the session and pending requests, which decide whether a request is accepted.
#[derive(Debug, Default)]
struct Lifecycle {
    phase: LifecyclePhase,
    /// IDs in use, with handles of the requests that are answered without the router.
    pending: HashMap<Id, Option<AbortHandle>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum LifecyclePhase {
    #[default]
    Uninitialized,
    Initialized,
    ShutDown,
}

/// Error code of a request before `initialize` (LSP 3.17, `ServerNotInitialized`).
const NOT_INITIALIZED: i64 = -32002;

impl<S: DirectServer> Direct<S> {
    pub(super) fn new(router: LspService<S>) -> Self {
        Self { router, lifecycle: Arc::default() }
    }

    /// Returns the error for a rejected request, like the router for its own requests.
    fn refusal(&self) -> Option<Error> {
        match self.lifecycle.with(|lifecycle| lifecycle.phase) {
            LifecyclePhase::Uninitialized => {
                let code = ErrorCode::ServerError(NOT_INITIALIZED);
                Some(Error { code, message: "Server not initialized".into(), data: None })
            }
            LifecyclePhase::Initialized => None,
            LifecyclePhase::ShutDown => Some(Error::invalid_request()),
        }
    }

    /// Marks an ID as in use. Returns `None` if it already is.
    fn register(&self, id: &Id, abort: Option<AbortHandle>) -> Option<RegisteredId> {
        self.lifecycle.with(|lifecycle| match lifecycle.pending.entry(id.clone()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(entry) => {
                entry.insert(abort);
                Some(())
            }
        })?;
        Some(RegisteredId { id: id.clone(), lifecycle: Arc::clone(&self.lifecycle) })
    }

    /// Cancels a request that is answered without the router, if `request` is its `$/cancelRequest`.
    fn cancel(&self, request: &Request) {
        if request.method() == "$/cancelRequest"
            && let Some(id) = request.params().and_then(|params| params.get("id"))
            && let Ok(id) = serde_json::from_value::<Id>(id.clone())
            && let Some(handling) =
                self.lifecycle.with(|lifecycle| lifecycle.pending.get_mut(&id).and_then(Option::take))
        {
            handling.abort();
        }
    }
}

/// The ID of a request that is in use until this is dropped.
struct RegisteredId {
    id: Id,
    lifecycle: Arc<StateCell<Lifecycle>>,
}

impl Drop for RegisteredId {
    fn drop(&mut self) {
        self.lifecycle.with(|lifecycle| lifecycle.pending.remove(&self.id));
    }
}

/// Returns the response to a request.
fn response(id: Id, result: Result<Option<RawJson>>) -> RawJson {
    match result {
        Ok(result) => {
            let result = result.unwrap_or_else(RawJson::null);
            result.between("{\"jsonrpc\":\"2.0\",\"result\":", &format!(",\"id\":{}}}", json!(id)))
        }
        Err(error) => RawJson::from_value(&Response::from_error(id, error)),
    }
}

impl<S: DirectServer> Service<Request> for Direct<S> {
    type Response = Option<RawJson>;
    type Error = ExitedError;
    type Future = BoxFuture<'static, std::result::Result<Option<RawJson>, ExitedError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<std::result::Result<(), ExitedError>> {
        self.router.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let Some(id) = request.id().cloned() else {
            self.cancel(&request);
            let routed = self.router.call(request);
            return async move { routed.await.map(|_| None) }.boxed();
        };
        let refused = |id, error| ready(Ok(Some(response(id, Err(error))))).boxed();
        if let Some(handler) = S::direct_handler(request.method()) {
            if let Some(error) = self.refusal() {
                return refused(id, error);
            }
            let (_, _, params) = request.into_parts();
            let (handling, abort) = abortable(handler(self.router.inner(), params));
            let Some(registered) = self.register(&id, Some(abort)) else {
                return refused(id, Error::invalid_request());
            };
            return async move {
                let _registered = registered;
                let result = handling.await.unwrap_or_else(|_| Err(Error::request_cancelled()));
                Ok(Some(response(id, result)))
            }
            .boxed();
        }
        let Some(registered) = self.register(&id, None) else {
            return refused(id, Error::invalid_request());
        };
        let next = match request.method() {
            "initialize" => Some(LifecyclePhase::Initialized),
            "shutdown" => Some(LifecyclePhase::ShutDown),
            _ => None,
        };
        let lifecycle = Arc::clone(&self.lifecycle);
        let routed = self.router.call(request);
        async move {
            let _registered = registered;
            let Some(response) = routed.await? else { return Ok(None) };
            if let Some(next) = next.filter(|_| response.is_ok()) {
                lifecycle.with(|lifecycle| lifecycle.phase = next);
            }
            Ok(Some(RawJson::from_value(&response)))
        }
        .boxed()
    }
}

/// Sends notifications with parameters that are serialized already.
#[derive(Clone, Debug)]
pub struct Outlet(mpsc::Sender<Notification>);

/// A method and its parameters.
pub(super) type Notification = (&'static str, RawJson);

/// Receives the notifications of an [`Outlet`] in the loop.
#[derive(Debug)]
pub struct OutletReceiver(pub(super) mpsc::Receiver<Notification>);

/// Returns a new outlet and its receiver.
pub fn outlet() -> (Outlet, OutletReceiver) {
    let (sender, receiver) = mpsc::channel(1);
    (Outlet(sender), OutletReceiver(receiver))
}

impl Outlet {
    /// Sends a notification. Waits until the one before the last is written, so that notifications do not accumulate.
    pub async fn notify(&self, method: &'static str, params: RawJson) {
        // Fails only when the loop has ended.
        drop(self.0.send((method, params)).await);
    }
}
