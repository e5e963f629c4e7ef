//! Helpers of the tests of providers.

use expect_test::Expect;
use plan_syntax::Document;
use plan_test::fixture;

use super::Completion;
use crate::{DirEntry, Disk, Environment, File, Index, Workspace};

/// Returns the completions in a file without a workspace.
pub(super) fn completions(file: &File, at: usize) -> Vec<Completion> {
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &crate::NoDisk, is_complete: true };
    super::completions(file, &workspace, at, None)
}

/// Returns the completions at `$0` in `/w/plans/plan.md`, in a workspace with these files.
pub(super) fn offered(
    marked: &str,
    files: &[(&str, &str)],
    trigger: Option<char>,
) -> (String, Vec<Completion>) {
    let (text, range) = fixture(marked);
    let environment = Environment { today: Some("2026-11-21".into()), ..Environment::default() };
    let file = File::with_environment("/w/plans/plan.md", Document::new(&text), environment.into());
    let mut index = Index::new(["/w".to_owned()]);
    index.set(file.path(), Some(file.entry()));
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".md")) {
        index.set(path, Some(File::new(*path, Document::new(text)).entry()));
    }
    let disk = Tree(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect());
    let workspace = Workspace { index: &index, disk: &disk, is_complete: true };
    let found = super::completions(&file, &workspace, range.start, trigger);
    (text, found)
}

/// Compares the completions: label, detail, and the resulting line.
#[track_caller]
pub(super) fn check(marked: &str, expect: Expect) {
    check_with_files(marked, &[], expect);
}

/// Compares the completions, like [`check`], in a workspace with other files.
#[track_caller]
pub(super) fn check_with_files(marked: &str, files: &[(&str, &str)], expect: Expect) {
    let (text, found) = offered(marked, files, None);
    let shown: Vec<String> = found
        .iter()
        .map(|found| {
            let start = text[..found.edit.range.start].rfind('\n').map_or(0, |at| at + 1);
            let end =
                text[found.edit.range.end..].find('\n').map_or(text.len(), |at| found.edit.range.end + at);
            let before = &text[start..found.edit.range.start];
            let after = &text[found.edit.range.end..end];
            format!("{} ({}): {before}{}{after}", found.label, found.detail, found.edit.text)
        })
        .collect();
    expect.assert_eq(&shown.join("\n"));
}

/// A directory tree, given by the paths and texts of its files.
struct Tree(Vec<(String, String)>);

impl Disk for Tree {
    fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.0.iter().any(|(file, _)| file == path || crate::workspace::path::is_in(file, path))
    }

    fn summary(&self, _: &str) -> Option<std::sync::Arc<plan_model::Summary>> {
        None
    }

    fn list(&self, folder: &str) -> Vec<DirEntry> {
        let mut found: Vec<DirEntry> = Vec::new();
        for (file, _) in &self.0 {
            let Some(rest) = file.strip_prefix(&format!("{}/", folder.trim_end_matches('/'))) else {
                continue;
            };
            let name = rest.split('/').next().unwrap_or_default().to_owned();
            let entry = DirEntry { is_folder: rest.contains('/'), name };
            if !found.contains(&entry) {
                found.push(entry);
            }
        }
        found
    }

    fn lines(&self, path: &str, first: usize, count: usize) -> Option<String> {
        let (_, text) = self.0.iter().find(|(file, _)| file == path)?;
        Some(text.lines().skip(first).take(count).map(|line| format!("{line}\n")).collect())
    }
}
