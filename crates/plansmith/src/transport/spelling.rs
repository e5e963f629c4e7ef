//! The client's spellings of file URIs.
//!
//! The router's URI type normalizes URIs: it removes `/./`, escapes a space, keeps `%41`. A client identifies its
//! documents by its own spelling, and two spellings are two documents to it. Therefore, a URI that the type would
//! change is passed to the router as a placeholder: the normalized URI with a numbered query, which has the same
//! path. In messages to the client each placeholder is replaced by the client's spelling.

use std::collections::HashMap;

use serde_json::Value;
use tower_lsp::lsp_types::Url;

use crate::state_cell::StateCell;

/// Query of a placeholder, before its number.
const PLACEHOLDER_QUERY: &str = "?plansmith-spelling=";

/// Members of messages that contain URIs of documents.
const MEMBERS: [&str; 2] = ["uri", "target"];

/// Maximum number of stored spellings. Further URIs are normalized.
const MAX_SPELLINGS: usize = 10_000;

/// Spellings of the client that the router's type would change.
#[derive(Debug, Default)]
pub(super) struct Spellings {
    table: StateCell<SpellingTable>,
}

#[derive(Debug, Default)]
struct SpellingTable {
    numbers: HashMap<String, usize>,
    /// Spellings by number: the normalized URI, and the client's spelling as a JSON string without quotes.
    spellings: Vec<(String, String)>,
}

impl Spellings {
    /// Replaces file URIs in the parameters of a message with placeholders.
    pub(super) fn insert_placeholders(&self, params: &mut Value) {
        match params {
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::String(uri) if MEMBERS.contains(&&**name) => {
                            if let Some(placeholder) = self.placeholder_for(uri) {
                                *uri = placeholder;
                            }
                        }
                        value => self.insert_placeholders(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.insert_placeholders(value)),
            _ => {}
        }
    }

    /// Returns the placeholder of a file URI that the router's type would change.
    fn placeholder_for(&self, spelling: &str) -> Option<String> {
        let uri = Url::parse(spelling).ok()?;
        let plain = uri.scheme() == "file" && uri.query().is_none() && uri.fragment().is_none();
        if !plain || uri.as_str() == spelling {
            return None;
        }
        let json = serde_json::to_string(spelling).ok()?;
        let unquoted = json.get(1..json.len() - 1)?;
        let number = self.table.with(|table| match table.numbers.get(spelling) {
            Some(number) => Some(*number),
            None if table.spellings.len() >= MAX_SPELLINGS => None,
            None => {
                table.spellings.push((uri.to_string(), unquoted.to_owned()));
                let number = table.spellings.len() - 1;
                table.numbers.insert(spelling.to_owned(), number);
                Some(number)
            }
        })?;
        Some(format!("{uri}{PLACEHOLDER_QUERY}{number}"))
    }

    /// Returns whether no placeholder is in use.
    pub(super) fn is_empty(&self) -> bool {
        self.table.with(|table| table.spellings.is_empty())
    }

    /// Returns a message with each placeholder replaced by the client's spelling; `None` if it contains no placeholder.
    pub(super) fn restored(&self, message: &[u8]) -> Option<Vec<u8>> {
        let message = std::str::from_utf8(message).ok()?;
        let mut out = String::new();
        let mut done = 0;
        for (offset, _) in message.match_indices(PLACEHOLDER_QUERY) {
            let after = &message[offset + PLACEHOLDER_QUERY.len()..];
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let number = after[..digits].parse::<usize>().ok();
            let spelling_of = |number: usize| self.table.with(|table| table.spellings.get(number).cloned());
            let Some((uri, spelling)) = number.and_then(spelling_of) else { continue };
            let before = &message[done..offset];
            let Some(before) = before.strip_suffix(&*uri) else { continue };
            out.push_str(before);
            out.push_str(&spelling);
            done = offset + PLACEHOLDER_QUERY.len() + digits;
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
    fn placeholders_are_inserted_and_restored() {
        let spellings = Spellings::default();
        let message = json!({
            "textDocument": {"uri": "file:///w/./a.md", "text": "file:///w/./a.md"},
            "items": [{"uri": "file:///w/a b.md"}, {"uri": "file:///w/a b\""}, {"uri": "file:///w/./a.md"}],
            "uri": "file:///w/a%20b.md",
            "other": [{"uri": "untitled:a b"}, {"uri": "no uri"}, {"uri": 7}],
        });
        let mut inside = message.clone();
        spellings.insert_placeholders(&mut inside);
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
        // The URIs have a fragment or only resemble placeholders.
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
