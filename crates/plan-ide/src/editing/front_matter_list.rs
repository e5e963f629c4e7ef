//! Adds entries to lists in the front matter.

use crate::{Edit, File};

/// Returns the edits that add an entry to the list with this key, in the style of the list. Adds the key at the end of
/// the front matter if it is missing. Empty if the document has no front matter.
pub(crate) fn added_entry(file: &File, key: &str, entry: &str) -> Vec<Edit> {
    let document = file.document();
    let entries = file.plan().front_matter();
    let is_key = |written: &str| written.trim().eq_ignore_ascii_case(key);
    let Some(found) = entries.iter().find(|other| is_key(&document.slice(other.key.clone()))) else {
        let Some(last) = entries.iter().last() else { return Vec::new() };
        let end = document.line_end(last.value.end.max(last.key.end));
        let end = end
            - (document.slice(last.key.start..end).len()
                - document.slice(last.key.start..end).trim_end().len());
        return vec![Edit::insert(end, format!("\n{key}: [{entry}]"))];
    };
    let value = document.slice(found.value.clone());
    let end = found.value.start + value.trim_end().len();
    let edit = match value.trim() {
        "" => {
            let rest = document.slice(found.key.end..document.line_end(found.key.end));
            let colon = found.key.end + usize::from(rest.starts_with(':'));
            Edit::insert(colon, format!(" [{entry}]"))
        }
        text if text.starts_with('[') => {
            let Some(close) = value.rfind(']') else { return Vec::new() };
            let inner = value[..close].trim_end();
            let separator = if inner.ends_with(['[', ',']) { "" } else { ", " };
            let space = if inner.ends_with(',') { " " } else { "" };
            Edit::replace(
                found.value.start + inner.len()..found.value.start + close,
                format!("{separator}{space}{entry}"),
            )
        }
        text if text.starts_with("- ") => {
            let last = value.trim_end().rsplit('\n').next().unwrap_or_default();
            let line = document.line_start(end);
            let before = document.slice(line..end);
            let line = if before.trim_start().starts_with('-') { &*before } else { last };
            let indent: String = line.chars().take_while(|c| *c == ' ').collect();
            Edit::insert(end, format!("\n{indent}- {entry}"))
        }
        text => Edit::replace(found.value.start..end, format!("[{text}, {entry}]")),
    };
    vec![edit]
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;
    use plan_test::apply;

    use super::*;

    fn added(front_matter: &str) -> String {
        let text = format!("---\n{front_matter}\n---\n\n# Plan\n");
        let file = File::new("plan.md", Document::new(&text));
        let edits: Vec<_> =
            added_entry(&file, "ids", "C-3").into_iter().map(|edit| (edit.range, edit.text)).collect();
        let text = apply(&text, &edits);
        let inner = text.strip_prefix("---\n").and_then(|text| text.split_once("\n---")).unwrap();
        inner.0.to_owned()
    }

    #[test]
    fn entries_follow_the_style_of_the_list() {
        for (before, after) in [
            ("ids: [A-1, B-2]", "ids: [A-1, B-2, C-3]"),
            ("ids: []", "ids: [C-3]"),
            ("ids: [A-1, ]", "ids: [A-1, C-3]"),
            ("ids:", "ids: [C-3]"),
            ("ids: A-1", "ids: [A-1, C-3]"),
            ("ids:\n  - A-1\n  - B-2\nwave: 1", "ids:\n  - A-1\n  - B-2\n  - C-3\nwave: 1"),
            ("ids:\n- A-1\nwave: 1", "ids:\n- A-1\n- C-3\nwave: 1"),
            ("wave: 1", "wave: 1\nids: [C-3]"),
        ] {
            assert_eq!(added(before), after, "{before}");
        }
        let file = File::new("plan.md", Document::new("# Plan\n"));
        assert_eq!(added_entry(&file, "ids", "C-3"), [], "no front matter");
    }
}
