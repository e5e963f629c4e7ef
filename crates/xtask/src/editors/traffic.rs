//! `cargo xtask traffic`: checks a record written by `tee` against the protocol's meta model.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    path::Path,
};

use serde_json::Value;

#[allow(dead_code, reason = "shared with the tests of the protocol, which use all of it")]
#[path = "../../../../tests/lsp/meta_model.rs"]
mod meta_model;

use meta_model::{Sender, model};

/// State of a recorded session with one server, which determines the valid messages.
#[derive(Default)]
struct RecordedSession {
    /// Pending requests, by sender (true for the server) and ID.
    open: HashMap<(bool, String), PendingRequest>,
    /// IDs of requests that the client cancelled.
    cancelled: HashSet<String>,
    /// Time of the shutdown request.
    shut_down: Option<f64>,
    /// Exit code of the server, if it has exited.
    ended: Option<Option<i64>>,
}

struct PendingRequest {
    method: String,
    seconds: f64,
}

/// Maximum time in seconds for the response to a request. Requests that were sent later than this before shutdown may
/// have no response.
const MAX_RESPONSE_SECONDS: f64 = 2.0;

/// The result of a check.
#[derive(Default)]
pub struct Report {
    messages: usize,
    /// Number of occurrences of each error of the server.
    server_errors: BTreeMap<String, usize>,
    /// Violations of the protocol by the editor, which are not errors of the server.
    editor_violations: BTreeMap<String, usize>,
}

/// Prints the violations in a record. Returns whether the server has none.
///
/// # Errors
/// Returns an error if the record cannot be read.
pub fn run(record: &Path) -> Result<bool, String> {
    let text = fs::read_to_string(record).map_err(|error| format!("{}: {error}", record.display()))?;
    let report = check_record(&text);
    for (violation, times) in &report.editor_violations {
        println!("note {times}x by the editor: {violation}");
    }
    for (error, times) in &report.server_errors {
        println!("FAIL {times}x by the server: {error}");
    }
    if report.messages == 0 {
        println!("FAIL no traffic recorded");
        return Ok(false);
    }
    if report.server_errors.is_empty() {
        println!("ok   {} messages conform to the protocol", report.messages);
    }
    Ok(report.server_errors.is_empty())
}

fn check_record(text: &str) -> Report {
    let mut report = Report::default();
    let mut sessions: BTreeMap<u64, RecordedSession> = BTreeMap::new();
    for line in text.lines() {
        let Ok(entry) = serde_json::from_str::<Value>(line) else {
            *report.server_errors.entry(format!("invalid JSON in the record: {line:.80}")).or_default() += 1;
            continue;
        };
        let session = sessions.entry(entry["server"].as_u64().unwrap_or_default()).or_default();
        if entry["event"] == "end" {
            session.ended = Some(entry["code"].as_i64());
        }
        let sender = match entry["from"].as_str() {
            Some("server") => Sender::Server,
            Some("client") => Sender::Client,
            _ => continue,
        };
        let result = match (entry.get("problem"), entry.get("message")) {
            (Some(problem), _) => Err(problem.as_str().unwrap_or_default().to_owned()),
            (None, Some(message)) => {
                report.messages += 1;
                session.check(sender, message, entry["seconds"].as_f64().unwrap_or_default())
            }
            (None, None) => continue,
        };
        if let Err(problem) = result {
            let list = if sender == Sender::Server {
                &mut report.server_errors
            } else {
                &mut report.editor_violations
            };
            *list.entry(problem).or_default() += 1;
        }
    }
    for session in sessions.values() {
        session.finish(&mut report);
    }
    report
}

impl RecordedSession {
    fn check(&mut self, sender: Sender, message: &Value, seconds: f64) -> Result<(), String> {
        let by_server = sender == Sender::Server;
        let id = message.get("id").map(Value::to_string);
        let Some(method) = message["method"].as_str() else {
            let request = id.and_then(|id| self.open.remove(&(!by_server, id)));
            return model().check(sender, message, request.as_ref().map(|request| request.method.as_str()));
        };
        if method == "$/cancelRequest" {
            self.cancelled.insert(message["params"]["id"].to_string());
        }
        if method == "shutdown" && !by_server {
            self.shut_down = Some(seconds);
        }
        let request = PendingRequest { method: method.to_owned(), seconds };
        if id.is_some_and(|id| self.open.insert((by_server, id), request).is_some()) {
            return Err(format!("{method}: the ID is already in use"));
        }
        model().check(sender, message, None)
    }

    /// Checks the state at the end of the record. A server that was killed is not checked.
    fn finish(&self, report: &mut Report) {
        let (Some(shut_down), Some(code)) = (self.shut_down, self.ended) else { return };
        if let Some(code) = code.filter(|code| *code != 0) {
            *report.server_errors.entry(format!("exits with code {code} after shutdown")).or_default() += 1;
        }
        for ((by_server, id), request) in &self.open {
            // The editor may exit before the responses to these requests, and no longer responds to requests of the server.
            let is_late = request.seconds + MAX_RESPONSE_SECONDS > shut_down;
            if !by_server && !is_late && !self.cancelled.contains(id) {
                *report.server_errors.entry(format!("{}: not answered", request.method)).or_default() += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check_record;

    /// Returns the errors in a record, given as senders and messages.
    fn server_errors(lines: &[(&str, &str)]) -> Vec<String> {
        let mut text = String::new();
        for (second, (from, message)) in lines.iter().enumerate() {
            let seconds = second * 2;
            let entry = format!(r#"{{"server":7,"seconds":{seconds},"from":"{from}","message":{message}}}"#);
            text.push_str(&entry);
            text.push('\n');
        }
        text.push_str(r#"{"server":7,"event":"end","code":0}"#);
        check_record(&text).server_errors.into_keys().collect()
    }

    const SHUTDOWN: (&str, &str) = ("client", r#"{"jsonrpc":"2.0","id":9,"method":"shutdown"}"#);
    const STOPPED: (&str, &str) = ("server", r#"{"jsonrpc":"2.0","id":9,"result":null}"#);

    #[test]
    fn a_valid_session_passes() {
        assert!(
            server_errors(&[SHUTDOWN, STOPPED, ("client", r#"{"jsonrpc":"2.0","method":"exit"}"#)])
                .is_empty()
        );
    }

    #[test]
    fn server_errors_are_reported() {
        let response = ("server", r#"{"jsonrpc":"2.0","id":9,"result":1}"#);
        assert!(server_errors(&[SHUTDOWN, response]).concat().contains("shutdown result"));
        assert!(server_errors(&[STOPPED]).concat().contains("id 9"));
        assert!(server_errors(&[SHUTDOWN, STOPPED, STOPPED]).concat().contains("id 9"), "answered twice");
        let hover = (
            "client",
            r#"{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":0}}}"#,
        );
        assert_eq!(server_errors(&[hover, SHUTDOWN, STOPPED]), ["textDocument/hover: not answered"]);
        let cancel = ("client", r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#);
        assert!(server_errors(&[hover, cancel, SHUTDOWN, STOPPED]).is_empty());
    }
}
