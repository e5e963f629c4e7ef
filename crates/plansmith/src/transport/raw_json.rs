//! Results and parameters that are serialized before they reach the router. For a long result, building the tree of values
//! that the router uses takes several times as long as serializing the result directly.

use std::{cell::Cell, sync::Arc};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Request, Response};

use super::{
    frame::{self, framed},
    spelling::Spellings,
};

/// Prefix that marks serialized parameters of a notification. No other parameters start with it, because only
/// serialized parameters are a string.
const RAW_PREFIX: &str = "\u{0}json:";

/// Number of bytes reserved before raw JSON for the start of its message, so that inserting a header does not copy megabytes.
const PREFIX_BYTES: usize = 192;

tokio::task_local! {
    /// Raw result of the current request. It bypasses the router, which would copy it.
    static RAW_RESULT: Cell<Option<RawJson>>;
}

/// The result of a request or the parameters of a notification, serialized as JSON.
#[derive(Clone, Debug)]
pub struct RawJson(Arc<Vec<u8>>);

impl RawJson {
    /// Returns the JSON that `write` appends, with an initial capacity for this many bytes.
    pub fn build(bytes: usize, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut text = Vec::with_capacity(PREFIX_BYTES + bytes + PREFIX_BYTES);
        text.extend_from_slice(RAW_PREFIX.as_bytes());
        text.resize(PREFIX_BYTES, b' ');
        write(&mut text);
        Self(Arc::new(text))
    }

    /// Serializes a value of the protocol. The result is `null` if that fails, which does not occur with the
    /// protocol's types.
    pub fn from_value(value: &impl Serialize) -> Self {
        let mut is_ok = true;
        let json = Self::build(0, |out| is_ok = serde_json::to_writer(out, value).is_ok());
        if is_ok { json } else { Self::build(0, |out| out.extend_from_slice(b"null")) }
    }

    /// Converts to parameters of a notification.
    pub fn params(self) -> Value {
        let text = Arc::try_unwrap(self.0).unwrap_or_else(|shared| shared.to_vec());
        String::from_utf8(text).map_or(Value::Null, Value::String)
    }
}

/// Stores the raw result and returns a unit value. Called by the router, which converts every result to a value.
impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match RAW_RESULT.try_with(|result| result.set(Some(self.clone()))) {
            Ok(()) => serializer.serialize_unit(),
            Err(_) => Err(serde::ser::Error::custom("raw JSON outside of a request")),
        }
    }
}

/// Awaits a call of the router. Returns its output and the raw result that the handler has stored.
pub(super) async fn with_raw_result<T>(handling: impl Future<Output = T>) -> (T, Option<RawJson>) {
    RAW_RESULT.scope(Cell::default(), async { (handling.await, RAW_RESULT.with(Cell::take)) }).await
}

/// A message with its header.
pub(super) struct Frame {
    bytes: Vec<u8>,
    /// Index of the first byte of the message.
    start: usize,
}

impl Frame {
    pub(super) fn new(body: &[u8]) -> Self {
        Self { bytes: framed(body), start: 0 }
    }

    /// Returns the frame of a response of the router, with the raw result if the handler has stored one.
    pub(super) fn response(response: Response, raw_result: Option<RawJson>) -> serde_json::Result<Self> {
        match (response.into_parts(), raw_result) {
            ((id, Ok(_)), Some(raw_result)) => {
                let after = format!(",\"id\":{}}}", serde_json::to_string(&id)?);
                let text = Arc::try_unwrap(raw_result.0).unwrap_or_else(|shared| shared.to_vec());
                Ok(Self::around(text, "{\"jsonrpc\":\"2.0\",\"result\":", &after))
            }
            ((id, result), _) => Ok(Self::new(&serde_json::to_vec(&Response::from_parts(id, result))?)),
        }
    }

    /// Returns the frame of a request or notification of the server.
    pub(super) fn message(request: Request) -> serde_json::Result<Self> {
        let (method, id, params) = request.into_parts();
        match params {
            Some(Value::String(params)) if params.starts_with(RAW_PREFIX) => {
                let method = serde_json::to_string(&method)?;
                let before = format!("{{\"jsonrpc\":\"2.0\",\"method\":{method},\"params\":");
                Ok(Self::around(params.into_bytes(), &before, "}"))
            }
            params => {
                let mut message = json!({"jsonrpc": "2.0", "method": method});
                if let Some(id) = id {
                    message["id"] = serde_json::to_value(id)?;
                }
                // The router writes absent parameters as null, which the protocol does not allow.
                if let Some(params) = params.filter(|params| !params.is_null()) {
                    message["params"] = params;
                }
                Ok(Self::new(message.to_string().as_bytes()))
            }
        }
    }

    /// Returns the frame of a message with raw JSON between `before` and `after`.
    fn around(mut bytes: Vec<u8>, before: &str, after: &str) -> Self {
        bytes.extend_from_slice(after.as_bytes());
        let head = frame::header(before.len() + bytes.len() - PREFIX_BYTES) + before;
        match PREFIX_BYTES.checked_sub(head.len()) {
            Some(start) => {
                bytes[start..PREFIX_BYTES].copy_from_slice(head.as_bytes());
                Self { bytes, start }
            }
            None => Self::new(&[before.as_bytes(), &bytes[PREFIX_BYTES..]].concat()),
        }
    }

    /// Returns the message with the client's spellings of URIs.
    pub(super) fn with_client_uris(self, spellings: &Spellings) -> Self {
        const END: &[u8] = b"\r\n\r\n";
        let header = self.bytes().windows(END.len()).position(|end| end == END);
        let body = header.and_then(|header| self.bytes().get(header + END.len()..));
        match body.and_then(|body| spellings.restored(body)) {
            Some(body) => Self::new(&body),
            None => self,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}
