//! Limits of tool results: page size and text length.

use serde_json::Value;

/// Maximum length of a text in a result, in characters.
const MAX_ENTRY_CHARS: usize = 500;
/// Maximum length of the text of a task, in characters.
pub(super) const MAX_TASK_CHARS: usize = 8000;
/// Maximum number of entries of a list inside an entry.
const MAX_INNER_ENTRIES: usize = 50;

/// Returns a page of at most `limit` entries, starting at the cursor, and the cursor of the next page.
///
/// # Errors
/// Returns a message if the cursor is invalid.
pub(super) fn page<T>(
    entries: Vec<T>,
    limit: usize,
    cursor: Option<&str>,
) -> Result<(Vec<T>, Option<String>), String> {
    let start = match cursor {
        None => 0,
        Some(cursor) => {
            cursor.parse::<usize>().ok().filter(|start| *start <= entries.len()).ok_or_else(|| {
                format!(
                    "invalid cursor `{}`; use next_cursor of the previous result",
                    shortened_for_message(cursor)
                )
            })?
        }
    };
    let end = start.saturating_add(limit).min(entries.len());
    let next = (end < entries.len()).then(|| end.to_string());
    Ok((entries.into_iter().skip(start).take(limit).collect(), next))
}

/// Returns at most `max_chars` characters of a text, followed by an ellipsis if it is longer.
pub(super) fn shortened(text: &str, max_chars: usize) -> String {
    match text.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns the start of a text from the client, for a message.
pub(super) fn shortened_for_message(text: &str) -> String {
    const MAX_QUOTED_CHARS: usize = 80;
    shortened(text, MAX_QUOTED_CHARS)
}

/// Shortens the texts and lists of an entry.
pub(super) fn bounded_entry(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(shortened(&text, MAX_ENTRY_CHARS)),
        Value::Array(values) => values.into_iter().take(MAX_INNER_ENTRIES).map(bounded_entry).collect(),
        Value::Object(members) => {
            Value::Object(members.into_iter().map(|(name, value)| (name, bounded_entry(value))).collect())
        }
        other => other,
    }
}
