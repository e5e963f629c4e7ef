//! Standard input and output of the server, one message per line.
//!
//! The SDK ignores a line that is not JSON, and drops one that is too long. Here, each of them is answered with an
//! error, and only the other lines reach the SDK. In messages of the server, characters that a terminal may execute or that
//! reorder text are escaped.

use serde::de::IgnoredAny;
use serde_json::json;
use tokio::{
    io::{
        AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream,
        duplex,
    },
    sync::mpsc::{Receiver, Sender, channel},
    task::JoinHandle,
};

use crate::unsafe_text;

/// Maximum length of a message, in bytes.
const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;
/// Size of the buffers between the SDK and the standard streams, in bytes.
const BUFFER_BYTES: usize = 64 * 1024;
/// Maximum number of messages that wait to be written.
const MAX_WAITING: usize = 64;

/// The connection of the SDK to the standard streams.
pub(super) struct StdioConnection {
    /// Streams for the SDK.
    pub(super) streams: (DuplexStream, DuplexStream),
    /// Ends when everything is written.
    pub(super) writer: JoinHandle<()>,
}

/// Connects the SDK to the standard streams.
pub(super) fn connect() -> StdioConnection {
    let (requests, received) = duplex(BUFFER_BYTES);
    let (sent, answers) = duplex(BUFFER_BYTES);
    let (lines, waiting) = channel(MAX_WAITING);
    tokio::spawn(read(BufReader::new(tokio::io::stdin()), requests, lines.clone()));
    tokio::spawn(escape(BufReader::new(answers), lines));
    let writer = tokio::spawn(write(tokio::io::stdout(), waiting));
    StdioConnection { streams: (received, sent), writer }
}

/// Passes each line that is JSON to the SDK, and answers the others.
async fn read(
    mut input: impl AsyncBufRead + Unpin,
    mut requests: impl AsyncWrite + Unpin,
    answers: Sender<Vec<u8>>,
) {
    let mut line = Vec::new();
    loop {
        line.clear();
        let limit = MAX_MESSAGE_BYTES as u64 + 1;
        match (&mut input).take(limit).read_until(b'\n', &mut line).await {
            Ok(1..) => {}
            _ => return,
        }
        let is_long = line.len() > MAX_MESSAGE_BYTES;
        if is_long && !skip_line(&mut input, &mut line).await {
            return;
        }
        let error = if is_long {
            Some((-32600, "message is longer than 16 MiB".to_owned()))
        } else if line.trim_ascii().is_empty() {
            continue;
        } else {
            let parsed = serde_json::from_slice::<IgnoredAny>(&line);
            parsed.err().map(|error| {
                let (line, column) = (error.line(), error.column());
                (-32700, format!("invalid JSON in line {line}, column {column}; expected a message per line"))
            })
        };
        let is_open = match error {
            Some((code, message)) => {
                let error = json!({"code": code, "message": message});
                let answer = json!({"jsonrpc": "2.0", "id": null, "error": error});
                answers.send(format!("{answer}\n").into_bytes()).await.is_ok()
            }
            None => {
                if !line.ends_with(b"\n") {
                    line.push(b'\n');
                }
                requests.write_all(&line).await.is_ok()
            }
        };
        if !is_open {
            return;
        }
    }
}

/// Skips the rest of a line whose start is in `line`. Returns whether the input has more lines.
async fn skip_line(input: &mut (impl AsyncBufRead + Unpin), line: &mut Vec<u8>) -> bool {
    while !line.ends_with(b"\n") {
        line.clear();
        if !matches!(input.take(BUFFER_BYTES as u64).read_until(b'\n', line).await, Ok(1..)) {
            return false;
        }
    }
    true
}

/// Escapes the messages of the SDK.
async fn escape(mut answers: impl AsyncBufRead + Unpin, lines: Sender<Vec<u8>>) {
    let mut line = Vec::new();
    while matches!(answers.read_until(b'\n', &mut line).await, Ok(1..)) {
        let message = std::mem::take(&mut line);
        let message = match std::str::from_utf8(&message) {
            Ok(text) => unsafe_text::escaped_json(text).into_owned().into_bytes(),
            Err(_) => message,
        };
        if lines.send(message).await.is_err() {
            return;
        }
    }
}

/// Writes lines until all senders are gone, or the client has closed the stream.
async fn write(mut output: impl AsyncWrite + Unpin, mut lines: Receiver<Vec<u8>>) {
    while let Some(line) = lines.recv().await {
        if output.write_all(&line).await.is_err() || output.flush().await.is_err() {
            return;
        }
    }
}
