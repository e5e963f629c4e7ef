//! `cargo xtask tee`: passes messages between an editor and its server unchanged, and records each one.

use std::{
    error::Error,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Instant,
};

use serde_json::{Value, json};

/// The record: a file with one JSON object per line, from one or several servers.
#[derive(Clone)]
struct Record {
    file: Arc<Mutex<File>>,
    /// Process ID of the server.
    server: u32,
    /// Start time of the server.
    start: Instant,
}

impl Record {
    fn add(&self, mut entry: Value) {
        entry["server"] = self.server.into();
        entry["seconds"] = self.start.elapsed().as_secs_f64().into();
        let mut line = entry.to_string();
        line.push('\n');
        // Each line is a single write, so that two servers can share a file. A full disk must not end the editor's
        // session.
        if let Ok(mut file) = self.file.lock()
            && let Err(error) = file.write_all(line.as_bytes())
        {
            eprintln!("tee: {error}");
        }
    }
}

/// Runs a server and records the messages in both directions. Returns the server's exit code.
///
/// # Errors
/// Returns an error if the record cannot be written or the server does not start.
pub fn run(record: &Path, program: &Path, arguments: &[String]) -> Result<i32, Box<dyn Error>> {
    let file = OpenOptions::new().create(true).append(true).open(record)?;
    let mut server = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let record = Record { file: Arc::new(Mutex::new(file)), server: server.id(), start: Instant::now() };
    record.add(json!({ "event": "start" }));
    let (input, output) = (server.stdin.take(), server.stdout.take());
    if let Some(input) = input {
        let record = record.clone();
        // This thread is not joined, because an editor may keep its end open forever.
        thread::spawn(move || pass(io::stdin(), input, "client", &record));
    }
    let output_thread = output.map(|output| {
        let record = record.clone();
        thread::spawn(move || pass(output, io::stdout(), "server", &record))
    });
    let status = server.wait()?;
    if let Some(output_thread) = output_thread {
        // The last messages may still be in the pipe.
        let _ = output_thread.join();
    }
    record.add(json!({ "event": "end", "code": status.code() }));
    Ok(status.code().unwrap_or(101))
}

/// Passes bytes on as they arrive. A message is recorded before its last byte is passed on, and therefore
/// before the response to it.
fn pass(mut from: impl Read, mut to: impl Write, sender: &str, record: &Record) {
    let mut pending = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => read,
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        pending.extend_from_slice(bytes);
        while let Some((message, length)) = first_message(&pending) {
            match message {
                Ok(message) => record.add(json!({ "from": sender, "message": message })),
                Err(problem) => record.add(json!({ "from": sender, "problem": problem })),
            }
            pending.drain(..length);
        }
        if to.write_all(bytes).and_then(|()| to.flush()).is_err() {
            // The reader has exited, so an incomplete message is not a problem.
            return;
        }
    }
    if !pending.is_empty() {
        let rest = String::from_utf8_lossy(&pending).into_owned();
        record.add(json!({ "from": sender, "problem": format!("incomplete message at the end: {rest:?}") }));
    }
}

/// Returns the first complete message and its length with the header, or `None` if it is not complete.
fn first_message(bytes: &[u8]) -> Option<(Result<Value, String>, usize)> {
    let header = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = String::from_utf8_lossy(bytes.get(..header)?).into_owned();
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let begin = header + 4;
    let Some(length) = length else {
        return Some((Err(format!("header without a length: {text:?}")), begin));
    };
    let body = bytes.get(begin..begin + length)?;
    Some((serde_json::from_slice(body).map_err(|error| error.to_string()), begin + length))
}

#[cfg(test)]
mod tests {
    use super::first_message;

    #[test]
    fn messages_are_extracted_from_bytes() {
        let bytes = "Content-Type: x\r\ncontent-length: 11\r\n\r\n{\"a\": \"ä\"}Content-Len".as_bytes();
        let (message, length) = first_message(bytes).expect("a complete message");
        assert_eq!(message, Ok(serde_json::json!({"a": "ä"})));
        assert_eq!(bytes.get(length..), Some("Content-Len".as_bytes()));
        assert!(first_message(bytes.get(..length - 1).expect("shorter")).is_none(), "incomplete message");
        let (message, _) = first_message(b"Content-Length: 1\r\n\r\n{").expect("a complete message");
        assert!(message.is_err());
        let (message, _) = first_message(b"Nonsense\r\n\r\n").expect("a header");
        assert!(message.expect_err("no length").contains("length"));
    }
}
