//! `cargo xtask traffic`: checks what `tee` wrote down against the protocol's meta model.

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

/// One server's life, as far as it matters for what may come next.
#[derive(Default)]
struct Session {
    /// Requests that wait for an answer: whether the server asked, and the id.
    open: HashMap<(bool, String), Asked>,
    /// What the client has taken back.
    cancelled: HashSet<String>,
    /// When it was asked to shut down.
    shut_down: Option<f64>,
    /// The code that the server ended with, of one that ended.
    ended: Option<Option<i64>>,
}

struct Asked {
    method: String,
    seconds: f64,
}

/// How long a server may take for an answer, in seconds, before it must not be interrupted by a shutdown any more.
const PATIENCE: f64 = 2.0;

/// What was found in a record.
#[derive(Default)]
pub struct Report {
    messages: usize,
    /// What the server did wrong, with how often.
    faults: BTreeMap<String, usize>,
    /// What editors do that the model does not foresee: theirs to mend.
    remarks: BTreeMap<String, usize>,
}

/// Prints what is wrong with the messages of a server; true when nothing is.
///
/// # Errors
/// When the record cannot be read.
pub fn run(record: &Path) -> Result<bool, String> {
    let text = fs::read_to_string(record).map_err(|error| format!("{}: {error}", record.display()))?;
    let report = check(&text);
    for (remark, times) in &report.remarks {
        println!("note {times}x by the editor: {remark}");
    }
    for (fault, times) in &report.faults {
        println!("FAIL {times}x by the server: {fault}");
    }
    if report.messages == 0 {
        println!("FAIL there is no traffic");
        return Ok(false);
    }
    if report.faults.is_empty() {
        println!("ok   {} messages are as the protocol says", report.messages);
    }
    Ok(report.faults.is_empty())
}

fn check(text: &str) -> Report {
    let mut report = Report::default();
    let mut sessions: BTreeMap<u64, Session> = BTreeMap::new();
    for line in text.lines() {
        let Ok(entry) = serde_json::from_str::<Value>(line) else {
            *report.faults.entry(format!("a line of the record is no JSON: {line:.80}")).or_default() += 1;
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
        let wrong = match (entry.get("problem"), entry.get("message")) {
            (Some(problem), _) => Err(problem.as_str().unwrap_or_default().to_owned()),
            (None, Some(message)) => {
                report.messages += 1;
                session.follow(sender, message, entry["seconds"].as_f64().unwrap_or_default())
            }
            (None, None) => continue,
        };
        if let Err(what) = wrong {
            let list = if sender == Sender::Server { &mut report.faults } else { &mut report.remarks };
            *list.entry(what).or_default() += 1;
        }
    }
    for session in sessions.values() {
        session.finish(&mut report);
    }
    report
}

impl Session {
    fn follow(&mut self, sender: Sender, message: &Value, seconds: f64) -> Result<(), String> {
        let by_server = sender == Sender::Server;
        let id = message.get("id").map(Value::to_string);
        let Some(method) = message["method"].as_str() else {
            let asked = id.and_then(|id| self.open.remove(&(!by_server, id)));
            return model().check(sender, message, asked.as_ref().map(|asked| asked.method.as_str()));
        };
        if method == "$/cancelRequest" {
            self.cancelled.insert(message["params"]["id"].to_string());
        }
        if method == "shutdown" && !by_server {
            self.shut_down = Some(seconds);
        }
        let asked = Asked { method: method.to_owned(), seconds };
        if id.is_some_and(|id| self.open.insert((by_server, id), asked).is_some()) {
            return Err(format!("{method}: an id that is in use"));
        }
        model().check(sender, message, None)
    }

    /// What is amiss when nothing more comes. A server that was killed owes nothing.
    fn finish(&self, report: &mut Report) {
        let (Some(shut_down), Some(code)) = (self.shut_down, self.ended) else { return };
        if let Some(code) = code.filter(|code| *code != 0) {
            *report.faults.entry(format!("ends with code {code} after being shut down")).or_default() += 1;
        }
        for ((by_server, id), asked) in &self.open {
            // What an editor asks for just before it leaves it need not get, and it answers nothing itself.
            let late = asked.seconds + PATIENCE > shut_down;
            if !by_server && !late && !self.cancelled.contains(id) {
                *report.faults.entry(format!("{}: never answered", asked.method)).or_default() += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    /// The faults in a record that is given without its frame.
    fn faults(lines: &[(&str, &str)]) -> Vec<String> {
        let mut text = String::new();
        for (second, (from, message)) in lines.iter().enumerate() {
            let seconds = second * 2;
            let entry = format!(r#"{{"server":7,"seconds":{seconds},"from":"{from}","message":{message}}}"#);
            text.push_str(&entry);
            text.push('\n');
        }
        text.push_str(r#"{"server":7,"event":"end","code":0}"#);
        check(&text).faults.into_keys().collect()
    }

    const SHUTDOWN: (&str, &str) = ("client", r#"{"jsonrpc":"2.0","id":9,"method":"shutdown"}"#);
    const STOPPED: (&str, &str) = ("server", r#"{"jsonrpc":"2.0","id":9,"result":null}"#);

    #[test]
    fn a_good_session_passes() {
        assert!(faults(&[SHUTDOWN, STOPPED, ("client", r#"{"jsonrpc":"2.0","method":"exit"}"#)]).is_empty());
    }

    #[test]
    fn what_the_server_does_wrong_is_found() {
        let answer = ("server", r#"{"jsonrpc":"2.0","id":9,"result":1}"#);
        assert!(faults(&[SHUTDOWN, answer]).concat().contains("shutdown result"));
        assert!(faults(&[STOPPED]).concat().contains("nobody asked for"));
        assert!(
            faults(&[SHUTDOWN, STOPPED, STOPPED]).concat().contains("nobody asked for"),
            "answered twice"
        );
        let asked = (
            "client",
            r#"{"jsonrpc":"2.0","id":1,"method":"textDocument/hover","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":0}}}"#,
        );
        assert_eq!(faults(&[asked, SHUTDOWN, STOPPED]), ["textDocument/hover: never answered"]);
        let cancel = ("client", r#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}"#);
        assert!(faults(&[asked, cancel, SHUTDOWN, STOPPED]).is_empty());
    }
}
