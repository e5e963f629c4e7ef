//! The source files that tasks name.

use plan_model::{Item, is_file_type};

use crate::File;

/// Returns the source files that a task names in its line and details, without those of its subtasks, in order and
/// without duplicates.
pub fn files_of(file: &File, item: &Item<'_>) -> Vec<String> {
    let range = item.range();
    let mut end = range.end;
    if let Some(child) = item.children().next() {
        end = end.min(child.line().start);
    }
    let text = file.document().slice(range.start..end.max(range.start));
    let mut found: Vec<String> = Vec::new();
    for path in paths(&text).filter(|path| is_source(path)) {
        if !found.iter().any(|known| known == path) {
            found.push(path.to_owned());
        }
    }
    found
}

/// Returns the first path in a text.
pub(crate) fn first_path(text: &str) -> Option<String> {
    paths(text).next().map(str::to_owned)
}

/// Returns whether a path is that of a single source file: neither a Markdown or text document nor a pattern.
pub(crate) fn is_source(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_text = matches!(extension.as_str(), "md" | "mdx" | "txt");
    !is_text && !path.contains(['*', '{', '<', '$', '?'])
}

/// Returns the paths in a text: words with a slash and a file extension, and file names in backticks.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let is_quoted = move |word: &str| {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        text[..start].ends_with('`') && text[start + word.len()..].starts_with('`')
    };
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '`' | ',' | ';' | '"' | '|'));
    words.filter_map(move |word| {
        let word = word.trim_start_matches(['(', '[', '*']).trim_end_matches(['.', ':', '*', ']']);
        // A path can contain balanced parentheses: `src/app/(group)/page.tsx`.
        let is_balanced = word.matches('(').count() == word.matches(')').count();
        let word = if is_balanced { word } else { word.trim_end_matches(')') };
        let (_, extension) = word.rsplit('/').next()?.rsplit_once('.')?;
        let is_extension = (1..=5).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && extension.starts_with(|c: char| c.is_ascii_alphabetic());
        let is_path = word.contains('/') && !word.contains("://") && is_extension;
        let is_name = || is_quoted(word) && is_file_type(word);
        (is_path || is_name()).then_some(word)
    })
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    #[test]
    fn paths_in_texts() {
        let path = |text: &str| first_path(text);
        assert_eq!(path("Add `src/a.rs`, see b").as_deref(), Some("src/a.rs"));
        assert_eq!(path("page src/app/(group)/page.tsx)").as_deref(), Some("src/app/(group)/page.tsx"));
        assert_eq!(path("Pin `serde` in `Cargo.toml`").as_deref(), Some("Cargo.toml"));
        assert_eq!(path("Show `user.name` of Cargo.toml"), None);
        assert_eq!(path("(src/a.rs)").as_deref(), Some("src/a.rs"));
        assert_eq!(path("per v1.2 and e.g. https://a.b/c.html"), None);
    }

    #[test]
    fn files_of_a_task_without_its_subtasks() {
        let text =
            "- [ ] a in src/a.rs and `src/b.rs`\n  - Files: src/a.rs, docs/c.md\n  - [ ] b in src/d.rs\n";
        let file = File::new("plan.md", Document::new(text));
        let found: Vec<_> = file.plan().items().map(|item| files_of(&file, &item)).collect();
        assert_eq!(found, [vec!["src/a.rs", "src/b.rs"], vec!["src/d.rs"]]);
    }
}
