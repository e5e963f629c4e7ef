//! Completion at every offset of the example documents: it never panics, offers fit the typed text, and accepting an
//! offer causes no new finding.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{
    DirEntry, Disk, Environment, File, Index, Workspace,
    completion::{Completion, CompletionKind, MAX_COMPLETIONS, completions},
    on_type,
};
use plan_model::Summary;
use plan_syntax::Document;

/// Returns the example documents, each with its path in the workspace `/w`.
fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> =
        ["tests/plans", "docs/examples"].iter().map(|name| root.join(name)).collect();
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((format!("/w/{name}"), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(found.len() > 20);
    found
}

/// A workspace with the example documents.
struct Examples {
    index: Index,
    disk: Tree,
    environment: Arc<Environment>,
}

struct Tree(BTreeMap<String, BTreeSet<DirEntry>>);

impl Disk for Tree {
    fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.0.contains_key(path)
            || self.0.get(folder).is_some_and(|entries| entries.iter().any(|entry| entry.name == name))
    }

    fn summary(&self, _: &str) -> Option<Arc<Summary>> {
        None
    }

    fn list(&self, folder: &str) -> Vec<DirEntry> {
        self.0.get(folder.trim_end_matches('/')).into_iter().flatten().cloned().collect()
    }
}

impl Examples {
    fn new(documents: &[(String, String)]) -> Self {
        let environment =
            Arc::new(Environment { today: Some("2026-11-21".into()), ..Environment::default() });
        let mut index = Index::new(["/w".to_owned()]);
        let mut folders: BTreeMap<String, BTreeSet<DirEntry>> = BTreeMap::new();
        for (path, text) in documents {
            let file =
                File::with_environment(path.as_str(), Document::parsed(text), Arc::clone(&environment));
            index.set(path, Some(file.entry()));
            let mut below = path.as_str();
            let mut is_folder = false;
            while let Some((folder, name)) = below.rsplit_once('/') {
                let entry = DirEntry { name: name.to_owned(), is_folder };
                folders.entry(folder.to_owned()).or_default().insert(entry);
                (below, is_folder) = (folder, true);
            }
        }
        Self { index, disk: Tree(folders), environment }
    }

    fn file(&self, path: &str, text: &str) -> File {
        File::with_environment(path, Document::new(text), Arc::clone(&self.environment))
    }

    fn workspace(&self) -> Workspace<'_> {
        Workspace { index: &self.index, disk: &self.disk, is_complete: true }
    }

    /// Counts the findings in a text by rule and message.
    fn findings(&self, path: &str, text: &str) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for finding in self.file(path, text).findings_in(&self.workspace()) {
            *found.entry(format!("{} {}", finding.rule.name, finding.message)).or_default() += 1;
        }
        found
    }
}

fn accepted(text: &str, found: &Completion) -> String {
    plan_test::apply(text, &[(found.edit.range.clone(), found.edit.text.clone())])
}

/// Completions are valid for an editor at every offset, including invalid ones.
#[test]
fn valid_at_every_offset() {
    let documents = documents();
    let examples = Examples::new(&documents);
    let workspace = examples.workspace();
    let mut offered = 0;
    for (path, text) in &documents {
        let file = examples.file(path, text);
        // Every offset at the beginning of long documents, then a sample.
        let places = (0..=text.len() + 1).filter(|at| *at < 600 || at % 11 == 0);
        for at in places {
            on_type::on_newline(&file, at.min(text.len()));
            let all = completions(&file, &workspace, at, None);
            assert!(all.len() <= MAX_COMPLETIONS);
            if !text.is_char_boundary(at) {
                assert!(all.is_empty());
                continue;
            }
            let line_start = text[..at].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
            let line_end = text[at..].find(['\n', '\r']).map_or(text.len(), |newline| at + newline);
            for found in all {
                let range = &found.edit.range;
                let place = format!("{path} at {at}: {found:?}");
                assert!(line_start <= range.start && range.start <= at, "{place}");
                assert!(at <= range.end && range.end <= line_end, "{place}");
                assert!(found.filter.starts_with(&text[range.start..at]), "{place}");
                assert!(!found.label.is_empty() && !found.commit.contains(&"\n"), "{place}");
                offered += 1;
            }
        }
    }
    assert!(offered > 1_000, "{offered}");
}

/// Returns offsets where completion is typical, in existing lines and in inserted ones.
fn places(text: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim_end_matches(['\n', '\r']);
        let ends = [content.find(':').map(|colon| colon + 1), content.rfind('|'), Some(content.len())];
        for place in ends.into_iter().flatten() {
            found.push((text.to_owned(), at + place));
        }
        // Below a task: fields, links.
        let indent = content.len() - content.trim_start().len();
        if content.trim_start().starts_with("- [") {
            for field in ["Depends on: ", "Blocks: ", "see [x](", "see [x](#", "see [x][", "Due: "] {
                let put = format!("{}  - {field}", " ".repeat(indent));
                let close = if field.contains('(') { ")" } else { "" };
                let mut edited = text.to_owned();
                edited.insert_str(at + line.len(), &format!("{put}{close}\n"));
                found.push((edited, at + line.len() + put.len()));
            }
        }
        at += line.len();
    }
    found
}

/// Offers for dependencies, links, anchors, levels and dates cause no new finding when accepted.
#[test]
fn accepting_causes_no_finding() {
    let documents = documents();
    let examples = Examples::new(&documents);
    let workspace = examples.workspace();
    let mut accepted_items = 0;
    let mut wrong: Vec<String> = Vec::new();
    for (path, text) in &documents {
        for (number, (edited, at)) in places(text).into_iter().enumerate() {
            // A sample is sufficient for long documents.
            if text.len() > 2_000 && number % 11 != 0 {
                continue;
            }
            let file = examples.file(path, &edited);
            let all = completions(&file, &workspace, at, None);
            let checked = |found: &&Completion| match found.kind {
                CompletionKind::Item => found.commit == [","],
                CompletionKind::Reference | CompletionKind::File | CompletionKind::Folder => true,
                CompletionKind::Value => {
                    ["level", "today", "tomorrow", "in a week", "in two weeks"].contains(&&*found.detail)
                        || found.detail.starts_with("end of")
                }
                _ => false,
            };
            // Compare with the text before the replacement, which can have findings itself.
            let mut before: Option<BTreeMap<String, usize>> = None;
            let offered: Vec<&Completion> = all.iter().filter(checked).collect();
            let step = (offered.len() / 5).max(1);
            for found in offered.into_iter().step_by(step) {
                let before = before.get_or_insert_with(|| examples.findings(path, &edited));
                let after = examples.findings(path, &accepted(&edited, found));
                for (finding, count) in &after {
                    let known = before.get(finding).copied().unwrap_or_default();
                    if *count > known {
                        let (label, line) = (&found.label, edited[..at].rsplit('\n').next());
                        wrong.push(format!("{path}: `{label}` after {line:?} causes `{finding}`"));
                    }
                }
                accepted_items += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {accepted_items}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(accepted_items > 300, "{accepted_items}");
}
