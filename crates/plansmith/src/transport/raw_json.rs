//! JSON that is written to the client without being converted or copied.

use std::{
    io::{self, IoSlice},
    sync::Arc,
};

use serde::Serialize;
use serde_json::json;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tower_lsp::jsonrpc::Request;

use super::{frame, spelling::Spellings};

/// Serialized JSON: a shared body between two short texts, so that wrapping a long result copies nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawJson {
    head: String,
    body: Arc<Vec<u8>>,
    tail: String,
}

impl RawJson {
    /// Returns the JSON that `write` appends, with an initial capacity of `bytes` bytes.
    pub fn build(bytes: usize, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let mut body = Vec::with_capacity(bytes);
        write(&mut body);
        body.into()
    }

    /// Serializes a value. Returns `null` on failure, which does not occur for JSON values and the protocol's types.
    pub fn from_value(value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => body.into(),
            Err(error) => {
                tracing::error!(%error, "cannot serialize a message");
                Self::null()
            }
        }
    }

    /// Returns `null`.
    pub fn null() -> Self {
        b"null".to_vec().into()
    }

    /// Returns this JSON between two texts.
    pub fn between(mut self, before: &str, after: &str) -> Self {
        self.head.insert_str(0, before);
        self.tail.push_str(after);
        self
    }

    /// Returns the bytes, in three parts.
    pub fn parts(&self) -> [&[u8]; 3] {
        [self.head.as_bytes(), &self.body, self.tail.as_bytes()]
    }

    /// Returns a request or notification of the server. Absent parameters, which the router writes as null, are omitted, because
    /// the protocol does not allow null.
    pub(super) fn message(request: Request) -> Self {
        let (method, id, params) = request.into_parts();
        let mut message = json!({"jsonrpc": "2.0", "method": method});
        if let Some(id) = id {
            message["id"] = json!(id);
        }
        if let Some(params) = params.filter(|params| !params.is_null()) {
            message["params"] = params;
        }
        Self::from_value(&message)
    }

    /// Returns the notification with the parameters `params`.
    pub(super) fn notification(method: &str, params: Self) -> Self {
        params.between(&format!("{{\"jsonrpc\":\"2.0\",\"method\":\"{method}\",\"params\":"), "}")
    }

    /// Returns the message with the client's spellings of URIs.
    pub(super) fn with_client_uris(self, spellings: &Spellings) -> Self {
        if spellings.is_empty() {
            return self;
        }
        spellings.restored(&self.parts().concat()).map_or(self, Self::from)
    }

    /// Returns the message with its header.
    pub(super) fn framed(self) -> Frame {
        let length = self.parts().iter().map(|part| part.len()).sum();
        Frame(self.between(&frame::header(length), ""))
    }
}

impl From<Vec<u8>> for RawJson {
    fn from(body: Vec<u8>) -> Self {
        Self { head: String::new(), body: Arc::new(body), tail: String::new() }
    }
}

/// A message with its header.
pub(super) struct Frame(RawJson);

impl Frame {
    pub(super) fn len(&self) -> usize {
        self.0.parts().iter().map(|part| part.len()).sum()
    }

    pub(super) async fn write(&self, output: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let mut parts = self.0.parts().map(IoSlice::new);
        let mut left = &mut parts[..];
        // Removes empty parts at the start.
        IoSlice::advance_slices(&mut left, 0);
        while !left.is_empty() {
            match output.write_vectored(left).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => IoSlice::advance_slices(&mut left, written),
            }
        }
        output.flush().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_are_written_whole() {
        let json = RawJson::from_value(&json!([1, 2])).between("{\"a\":", "}");
        for json in [json, RawJson::null(), Vec::new().into()] {
            let body = json.parts().concat();
            let frame = json.framed();
            // A pipe that takes a few bytes at a time.
            let (mut output, mut input) = tokio::io::duplex(3);
            let reading = tokio::spawn(async move {
                let mut all = Vec::new();
                tokio::io::AsyncReadExt::read_to_end(&mut input, &mut all).await.map(|_| all)
            });
            frame.write(&mut output).await.unwrap();
            drop(output);
            let read = reading.await.unwrap().unwrap();
            assert_eq!(read, frame::framed(&body));
            assert_eq!(read.len(), frame.len());
        }
    }
}
