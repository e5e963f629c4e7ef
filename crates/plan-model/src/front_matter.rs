//! Fields of YAML front matter, each read on its own so that one that is no YAML costs only itself.

use std::ops::Range;

use plan_syntax::{FrontMatter, FrontMatterKind, lines::lines};
use saphyr_parser::{Event, Parser};

use crate::field::Meaning;

/// A top-level entry of front matter. Ranges are bytes of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Range<usize>,
    /// The value as written, with quotes.
    pub value: Range<usize>,
    /// The value as YAML reads it: one scalar, or the items of a list joined by `, `. Empty for what is neither.
    pub text: String,
    /// What the key means, if it is known.
    pub meaning: Option<Meaning>,
}

/// The top-level entries of a document's front matter. `text` is the text that `front` was found in.
pub(crate) fn entries(text: &str, front: &FrontMatter) -> Vec<Entry> {
    let separator = match front.kind {
        FrontMatterKind::Yaml => ':',
        FrontMatterKind::Toml => '=',
    };
    let mut entries: Vec<Entry> = Vec::new();
    for line in lines(&text[..front.content.end], front.content.start) {
        let content = &text[line.content()];
        let starts_entry =
            content.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '"' | '\''));
        match content.find(separator).filter(|_| starts_entry) {
            Some(at) if content[at + 1..].is_empty() || content[at + 1..].starts_with([' ', '\t']) => {
                let value = &content[at + 1..];
                let start = line.start + at + 1 + (value.len() - value.trim_start().len());
                let key = content[..at].trim_end();
                entries.push(Entry {
                    key: line.start..line.start + key.len(),
                    value: start..line.start + content.trim_end().len().max(start - line.start),
                    text: String::new(),
                    meaning: Meaning::of(key.trim_matches(['"', '\''])),
                });
            }
            // A continued value: nested lines, list items.
            _ => {
                if let Some(last) = entries.last_mut().filter(|_| !content.trim().is_empty()) {
                    last.value.end = line.start + content.trim_end().len();
                }
            }
        }
    }
    for entry in &mut entries {
        entry.text = scalar_text(&text[entry.value.clone()]);
    }
    entries
}

/// A value as YAML reads it; as it is written where it is no YAML.
fn scalar_text(value: &str) -> String {
    let mut scalars: Vec<String> = Vec::new();
    for event in Parser::new_from_str(value) {
        match event {
            Ok((Event::Scalar(text, ..), _)) => scalars.push(text.into_owned()),
            Ok((Event::MappingStart(..), _)) => return String::new(),
            Ok(_) => {}
            Err(_) => return value.trim().to_owned(),
        }
    }
    scalars.join(", ")
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    #[test]
    fn entries_stand_alone() {
        let text = "---\ntitle: \"A: plan\"\nowner: @ada\nstatus: done # yes\ntags:\n  - a\n  - b\nai:\n  k: v\n---\n";
        let front = Document::new(text).front_matter().unwrap();
        let shown: Vec<String> = entries(text, &front)
            .into_iter()
            .map(|entry| format!("{}={}", &text[entry.key], entry.text))
            .collect();
        assert_eq!(shown, ["title=A: plan", "owner=@ada", "status=done", "tags=a, b", "ai="]);
    }
}
