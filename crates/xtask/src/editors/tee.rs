//! `cargo xtask tee`: stands between an editor and its server, changes nothing, and writes down every message.

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

/// Where messages are written down: one JSON object on each line, of one or several servers.
#[derive(Clone)]
struct Record {
    file: Arc<Mutex<File>>,
    /// Which server: its process.
    server: u32,
    /// When it was started.
    start: Instant,
}

impl Record {
    fn note(&self, mut entry: Value) {
        entry["server"] = self.server.into();
        entry["seconds"] = self.start.elapsed().as_secs_f64().into();
        let mut line = entry.to_string();
        line.push('\n');
        // One write for a line, so that two servers can share a file. A full disk must not end the editor's session.
        if let Ok(mut file) = self.file.lock()
            && let Err(error) = file.write_all(line.as_bytes())
        {
            eprintln!("tee: {error}");
        }
    }
}

/// Runs a server and writes down what it and its client say; ends with the server's own exit code.
///
/// # Errors
/// When the record cannot be written or the server not be started.
pub fn run(record: &Path, program: &Path, arguments: &[String]) -> Result<i32, Box<dyn Error>> {
    let file = OpenOptions::new().create(true).append(true).open(record)?;
    let mut server = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let record = Record { file: Arc::new(Mutex::new(file)), server: server.id(), start: Instant::now() };
    record.note(json!({ "event": "start" }));
    let (input, output) = (server.stdin.take(), server.stdout.take());
    if let Some(input) = input {
        let record = record.clone();
        // Not waited for: an editor may keep its end open for ever.
        thread::spawn(move || pass(io::stdin(), input, "client", &record));
    }
    let answers = output.map(|output| {
        let record = record.clone();
        thread::spawn(move || pass(output, io::stdout(), "server", &record))
    });
    let status = server.wait()?;
    if let Some(answers) = answers {
        // What it said last is still on its way.
        let _ = answers.join();
    }
    record.note(json!({ "event": "end", "code": status.code() }));
    Ok(status.code().unwrap_or(101))
}

/// Passes bytes on as they come. A message is written down before its last byte goes on, so never after its answer.
fn pass(mut from: impl Read, mut to: impl Write, who: &str, record: &Record) {
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
                Ok(message) => record.note(json!({ "from": who, "message": message })),
                Err(problem) => record.note(json!({ "from": who, "problem": problem })),
            }
            pending.drain(..length);
        }
        if to.write_all(bytes).and_then(|()| to.flush()).is_err() {
            // The reader has left, so what comes is of no use to anyone, be it whole or not.
            return;
        }
    }
    if !pending.is_empty() {
        let left = String::from_utf8_lossy(&pending).into_owned();
        record.note(json!({ "from": who, "problem": format!("ended within a message: {left:?}") }));
    }
}

/// The first whole message and how many bytes it takes with its header; nothing while it is not whole.
fn first_message(bytes: &[u8]) -> Option<(Result<Value, String>, usize)> {
    let header = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let text = String::from_utf8_lossy(bytes.get(..header)?).into_owned();
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let begin = header + 4;
    let Some(length) = length else {
        return Some((Err(format!("a header without a length: {text:?}")), begin));
    };
    let body = bytes.get(begin..begin + length)?;
    Some((serde_json::from_slice(body).map_err(|error| error.to_string()), begin + length))
}

#[cfg(test)]
mod tests {
    use super::first_message;

    #[test]
    fn messages_are_cut_out_of_bytes() {
        let bytes = "Content-Type: x\r\ncontent-length: 11\r\n\r\n{\"a\": \"ä\"}Content-Len".as_bytes();
        let (message, length) = first_message(bytes).expect("a whole message");
        assert_eq!(message, Ok(serde_json::json!({"a": "ä"})));
        assert_eq!(bytes.get(length..), Some("Content-Len".as_bytes()));
        assert!(first_message(bytes.get(..length - 1).expect("shorter")).is_none(), "not whole yet");
        let (message, _) = first_message(b"Content-Length: 1\r\n\r\n{").expect("a whole message");
        assert!(message.is_err());
        let (message, _) = first_message(b"Nonsense\r\n\r\n").expect("a header");
        assert!(message.expect_err("no length").contains("length"));
    }
}
