//! Messages whose contents are JSON before the router sees them: a tree of values of a long answer, which the router would
//! make, takes several times as long as writing it.

use std::{cell::Cell, sync::Arc};

use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tower_lsp::jsonrpc::{Request, Response};

use super::{
    frame::{self, framed},
    spelling::Spellings,
};

/// What the parameters of a notification begin with that are JSON already. No text of ours does: NUL cannot come from a
/// document.
const WRITTEN: &str = "\u{0}json:";

/// So many bytes before such JSON are left for what the message begins with, so that megabytes need not be copied to put a
/// header before them.
const ROOM: usize = 192;

tokio::task_local! {
    /// Where an answer that is written goes beside the router, which would copy it.
    static ANSWER: Cell<Option<Written>>;
}

/// An answer, or the parameters of a notification, as JSON.
#[derive(Clone, Debug)]
pub struct Written(Arc<Vec<u8>>);

impl Written {
    /// What `write` writes as JSON, of about this many bytes.
    pub fn by(bytes: usize, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut text = Vec::with_capacity(ROOM + bytes + ROOM);
        text.extend_from_slice(WRITTEN.as_bytes());
        text.resize(ROOM, b' ');
        write(&mut text);
        Self(Arc::new(text))
    }

    /// A value of the protocol; `null` where it cannot be written, which does not happen to the protocol's types.
    pub fn of(value: &impl Serialize) -> Self {
        let mut written = true;
        let found = Self::by(0, |out| written = serde_json::to_writer(out, value).is_ok());
        if written { found } else { Self::by(0, |out| out.extend_from_slice(b"null")) }
    }

    /// The parameters of a notification.
    pub fn params(self) -> Value {
        let text = Arc::try_unwrap(self.0).unwrap_or_else(|shared| shared.to_vec());
        String::from_utf8(text).map_or(Value::Null, Value::String)
    }
}

/// For the router, which makes a value of every answer: this one is put aside.
impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match ANSWER.try_with(|answer| answer.set(Some(self.clone()))) {
            Ok(()) => serializer.serialize_unit(),
            Err(_) => Err(serde::ser::Error::custom("nobody takes what is written already")),
        }
    }
}

/// What the router answers, and what a handler has put aside meanwhile.
pub(super) async fn answering<T>(handling: impl Future<Output = T>) -> (T, Option<Written>) {
    ANSWER.scope(Cell::default(), async { (handling.await, ANSWER.with(Cell::take)) }).await
}

/// A message with its header.
pub(super) struct Frame {
    bytes: Vec<u8>,
    /// Where in the bytes it starts.
    start: usize,
}

impl Frame {
    pub(super) fn of(body: &[u8]) -> Self {
        Self { bytes: framed(body), start: 0 }
    }

    /// An answer of the router, with what was put aside for it.
    pub(super) fn answer(response: Response, aside: Option<Written>) -> serde_json::Result<Self> {
        match (response.into_parts(), aside) {
            ((id, Ok(_)), Some(written)) => {
                let after = format!(",\"id\":{}}}", serde_json::to_string(&id)?);
                let text = Arc::try_unwrap(written.0).unwrap_or_else(|shared| shared.to_vec());
                Ok(Self::around(text, "{\"jsonrpc\":\"2.0\",\"result\":", &after))
            }
            ((id, result), _) => Ok(Self::of(&serde_json::to_vec(&Response::from_parts(id, result))?)),
        }
    }

    /// A message of the server.
    pub(super) fn message(request: Request) -> serde_json::Result<Self> {
        let (method, id, params) = request.into_parts();
        match params {
            Some(Value::String(params)) if params.starts_with(WRITTEN) => {
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
                Ok(Self::of(message.to_string().as_bytes()))
            }
        }
    }

    /// What is [`Written`], between what the message begins and ends with.
    fn around(mut bytes: Vec<u8>, before: &str, after: &str) -> Self {
        bytes.extend_from_slice(after.as_bytes());
        let head = frame::header(before.len() + bytes.len() - ROOM) + before;
        match ROOM.checked_sub(head.len()) {
            Some(start) => {
                bytes[start..ROOM].copy_from_slice(head.as_bytes());
                Self { bytes, start }
            }
            None => Self::of(&[before.as_bytes(), &bytes[ROOM..]].concat()),
        }
    }

    /// The message with URIs as the client writes them.
    pub(super) fn spelled(self, spellings: &Spellings) -> Self {
        const END: &[u8] = b"\r\n\r\n";
        let header = self.bytes().windows(END.len()).position(|end| end == END);
        let body = header.and_then(|header| self.bytes().get(header + END.len()..));
        match body.and_then(|body| spellings.restored(body)) {
            Some(body) => Self::of(&body),
            None => self,
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}
