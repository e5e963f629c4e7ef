//! Short arguments of commands, for editors and scripts that know a path and a line: `{"file": "plan.md", "line": 12}`.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tower_lsp::lsp_types::Url;

/// A column after the end of every line. The protocol treats such a position as the end of the line.
const END_OF_LINE: u64 = i32::MAX as u64;

/// Members that a short argument adds to those of the command.
const SHORT_MEMBERS: [&str; 4] = ["file", "line", "endLine", "column"];

/// Replaces `file`, `line`, `endLine` and `column` by the protocol's members: `textDocument`, `uri`, `ranges` and
/// `position`. Returns other arguments unchanged. Lines and columns are 1-based; a relative path is relative to one of the
/// workspace folders `roots`. The client is asked to show the result unless the argument sets `show`.
///
/// # Errors
/// Returns an error that names the invalid member.
pub(super) fn expand(argument: Value, roots: &[PathBuf]) -> Result<Value, String> {
    let Value::Object(mut members) = argument else { return Ok(argument) };
    if !SHORT_MEMBERS.iter().any(|name| members.contains_key(*name)) {
        return Ok(Value::Object(members));
    }
    let uri = match members.remove("file") {
        Some(Value::String(file)) => uri_of(&file, roots)?,
        Some(other) => return Err(format!("invalid value `{other}` for `file`; expected a path")),
        None => return Err("`line` and `column` require `file`".to_owned()),
    };
    let line = number(&mut members, "line")?;
    let end_line = number(&mut members, "endLine")?;
    let column = number(&mut members, "column")?;
    if line.is_none() && (end_line.is_some() || column.is_some()) {
        return Err("`endLine` and `column` require `line`".to_owned());
    }
    if let Some(line) = line {
        let (start, end) = (line - 1, end_line.unwrap_or(line) - 1);
        if end < start {
            return Err(format!("`endLine` {} is before `line` {line}", end + 1));
        }
        // At the end of the line, a search for the next task skips the task on the line.
        let character = column.map_or(END_OF_LINE, |column| column - 1);
        let position = |line: u64| json!({"line": line, "character": 0});
        members.insert("ranges".to_owned(), json!([{"start": position(start), "end": position(end)}]));
        members.insert("position".to_owned(), json!({"line": start, "character": character}));
    }
    members.insert("textDocument".to_owned(), json!({ "uri": uri }));
    members.insert("uri".to_owned(), json!(uri));
    members.entry("show").or_insert(Value::Bool(true));
    Ok(Value::Object(members))
}

/// Removes the member `name` and returns its number, which is 1-based. Returns `None` if the member is missing.
fn number(members: &mut Map<String, Value>, name: &str) -> Result<Option<u64>, String> {
    let Some(value) = members.remove(name) else { return Ok(None) };
    let number = value.as_u64().filter(|number| (1..=END_OF_LINE).contains(number));
    number
        .map(Some)
        .ok_or_else(|| format!("invalid value `{value}` for `{name}`; expected a positive integer"))
}

/// Returns the URI of a path. A relative path is relative to a workspace folder, preferably one that contains the file.
fn uri_of(file: &str, roots: &[PathBuf]) -> Result<Url, String> {
    if file.starts_with("file:") {
        return Url::parse(file).map_err(|error| format!("invalid URI `{file}` for `file`: {error}"));
    }
    let path = Path::new(file);
    let absolute = if path.is_absolute() {
        path.to_owned()
    } else {
        let candidates = || roots.iter().map(|root| root.join(path));
        let found = candidates().find(|path| path.exists()).or_else(|| candidates().next());
        found.ok_or_else(|| {
            format!("relative path `{file}` requires a workspace folder; use an absolute path")
        })?
    };
    Url::from_file_path(&absolute).map_err(|()| format!("invalid path `{file}` for `file`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(argument: Value) -> Result<Value, String> {
        expand(argument, &[PathBuf::from("/w")])
    }

    #[test]
    fn paths_and_lines() {
        let uri = "file:///w/plans/a.md";
        let start = json!({"line": 11, "character": 0});
        let expected = json!({
            "textDocument": {"uri": uri}, "uri": uri, "show": true, "state": "done",
            "ranges": [{"start": start, "end": start}], "position": {"line": 11, "character": END_OF_LINE},
        });
        let argument = json!({"file": "plans/a.md", "line": 12, "state": "done"});
        assert_eq!(expanded(argument), Ok(expected));
        let argument = json!({"file": uri, "line": 1, "endLine": 3, "column": 5, "show": false});
        let found = expanded(argument).unwrap();
        assert_eq!(found["ranges"][0]["end"], json!({"line": 2, "character": 0}));
        assert_eq!(found["position"], json!({"line": 0, "character": 4}));
        assert_eq!(found["show"], json!(false));
    }

    #[test]
    fn other_arguments_are_unchanged() {
        for argument in [Value::Null, json!({"textDocument": {"uri": "file:///w/a.md"}}), json!([1])] {
            assert_eq!(expanded(argument.clone()), Ok(argument));
        }
    }

    #[test]
    fn invalid_members() {
        let message = |argument: Value| expanded(argument).unwrap_err();
        assert_eq!(
            message(json!({"file": "a.md", "line": 0})),
            "invalid value `0` for `line`; expected a positive integer"
        );
        assert_eq!(
            message(json!({"file": "a.md", "line": "x"})),
            "invalid value `\"x\"` for `line`; expected a positive integer"
        );
        assert_eq!(message(json!({"file": 3})), "invalid value `3` for `file`; expected a path");
        assert_eq!(message(json!({"line": 3})), "`line` and `column` require `file`");
        assert_eq!(message(json!({"file": "a.md", "column": 3})), "`endLine` and `column` require `line`");
        assert_eq!(
            message(json!({"file": "a.md", "line": 3, "endLine": 2})),
            "`endLine` 2 is before `line` 3"
        );
        assert_eq!(
            expand(json!({"file": "a.md"}), &[]).unwrap_err(),
            "relative path `a.md` requires a workspace folder; use an absolute path"
        );
    }
}
