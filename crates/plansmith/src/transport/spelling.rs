//! The URIs of files as the client writes them.
//!
//! The router's type for URIs writes each in its own way: it removes `/./`, escapes a space, keeps `%41`. A client knows its
//! documents by what it wrote, and two spellings are two documents to it. So a URI that the type would write otherwise goes
//! through the router as a stand-in: the type's own spelling with a query that counts, which leads to the same path. In what
//! is sent to the client a stand-in becomes what the client wrote again.

use std::collections::HashMap;

use serde_json::Value;
use tower_lsp::lsp_types::Url;

use crate::state_cell::StateCell;

/// The query of a stand-in, before its number.
const MARK: &str = "?plansmith-spelling=";

/// The members of messages that hold URIs of documents.
const MEMBERS: [&str; 2] = ["uri", "target"];

/// Maximum number of spellings that are remembered: a client with more gets answers for the type's own spelling.
const MAX_KNOWN: usize = 10_000;

/// The spellings that a client has used and the router's type would change.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    known: StateCell<Known>,
}

#[derive(Debug, Default)]
struct Known {
    numbers: HashMap<String, usize>,
    /// By number: the stand-in up to its mark, and what the client wrote as JSON without quotes.
    written: Vec<(String, String)>,
}

impl Spellings {
    /// Puts stand-ins for the URIs of files in the parameters of a message.
    pub(super) fn stand_in(&self, params: &mut Value) {
        match params {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(uri) if MEMBERS.contains(&&**name) => {
                            if let Some(other) = self.stand_in_for(uri) {
                                *uri = other;
                            }
                        }
                        value => self.stand_in(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.stand_in(value)),
            _ => {}
        }
    }

    /// Returns the stand-in for a URI of a file that the router's type would write otherwise.
    fn stand_in_for(&self, written: &str) -> Option<String> {
        let uri = Url::parse(written).ok()?;
        let plain = uri.scheme() == "file" && uri.query().is_none() && uri.fragment().is_none();
        if !plain || uri.as_str() == written {
            return None;
        }
        let json = serde_json::to_string(written).ok()?;
        let unquoted = json.get(1..json.len() - 1)?;
        let number = self.known.with(|known| match known.numbers.get(written) {
            Some(number) => Some(*number),
            None if known.written.len() >= MAX_KNOWN => None,
            None => {
                known.written.push((uri.to_string(), unquoted.to_owned()));
                let number = known.written.len() - 1;
                known.numbers.insert(written.to_owned(), number);
                Some(number)
            }
        })?;
        Some(format!("{uri}{MARK}{number}"))
    }

    /// Returns a message with what the client wrote for each stand-in; nothing for one without any.
    pub(super) fn restored(&self, message: &[u8]) -> Option<Vec<u8>> {
        if self.known.with(|known| known.written.is_empty()) {
            return None;
        }
        let message = std::str::from_utf8(message).ok()?;
        let mut out = String::new();
        let mut done = 0;
        for (at, _) in message.match_indices(MARK) {
            let after = &message[at + MARK.len()..];
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number = after[..digits].parse::<usize>().ok();
            let known = |number: usize| self.known.with(|known| known.written.get(number).cloned());
            let Some((uri, written)) = number.and_then(known) else { continue };
            let before = &message[done..at];
            let Some(before) = before.strip_suffix(&*uri) else { continue };
            out.push_str(before);
            out.push_str(&written);
            done = at + MARK.len() + digits;
        }
        if done == 0 {
            return None;
        }
        out.push_str(&message[done..]);
        Some(out.into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn there_and_back() {
        let spellings = Spellings::default();
        let message = json!({
            "textDocument": {"uri": "file:///w/./a.md", "text": "file:///w/./a.md"},
            "items": [{"uri": "file:///w/a b.md"}, {"uri": "file:///w/a b\""}, {"uri": "file:///w/./a.md"}],
            "uri": "file:///w/a%20b.md",
            "other": [{"uri": "untitled:a b"}, {"uri": "no uri"}, {"uri": 7}],
        });
        let mut inside = message.clone();
        spellings.stand_in(&mut inside);
        assert_eq!(inside["textDocument"]["uri"], "file:///w/a.md?plansmith-spelling=0");
        assert_eq!(inside["textDocument"]["text"], message["textDocument"]["text"]);
        assert_eq!(inside["items"][2]["uri"], inside["textDocument"]["uri"]);
        assert_eq!(inside["uri"], message["uri"]);
        assert_eq!(inside["other"], message["other"]);
        for uri in [&inside["textDocument"]["uri"], &inside["items"][0]["uri"], &inside["items"][1]["uri"]] {
            let uri = uri.as_str().unwrap();
            assert_eq!(Url::parse(uri).unwrap().as_str(), uri);
        }
        let restored = spellings.restored(inside.to_string().as_bytes()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&restored).unwrap(), message);
        // A place in the document, and a text that only looks like a stand-in.
        let link = json!([
            "file:///w/a.md?plansmith-spelling=0#L3",
            "?plansmith-spelling=0",
            "?plansmith-spelling=77"
        ]);
        let restored = spellings.restored(link.to_string().as_bytes()).unwrap();
        let expected = json!(["file:///w/./a.md#L3", "?plansmith-spelling=0", "?plansmith-spelling=77"]);
        assert_eq!(serde_json::from_slice::<Value>(&restored).unwrap(), expected);
        assert_eq!(spellings.restored(b"{\"uri\":\"file:///w/a.md\"}"), None);
    }
}
