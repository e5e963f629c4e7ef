//! Test helpers that print findings below the text and apply fixes.

use expect_test::Expect;
use plan_syntax::Document;
use plan_test::{annotate, apply};

use super::Rule;
use crate::{Disk, File, Finding, Index, NoDisk, Workspace};

fn findings(rule: &Rule, text: &str) -> Vec<Finding> {
    let file = File::new("plan.md", Document::new(text));
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let found = file.findings_in(&workspace).into_iter();
    let found = found.filter(|finding| finding.rule.name == rule.name);
    found.map(|finding| finding.with_fixes(&file, &workspace)).collect()
}

/// Returns the findings of a rule in the first of these files, which are in the workspace `/w`. Each finding has its
/// message and, for each fix, the first changed line.
pub(crate) fn findings_among(rule: &Rule, files: &[(&str, &str)]) -> Vec<String> {
    let mut index = Index::new(["/w".to_owned()]);
    let files: Vec<File> = files.iter().map(|(path, text)| File::new(*path, Document::new(text))).collect();
    for file in files.iter().filter(|file| file.path().ends_with(".md")) {
        index.set(file.path(), Some(file.entry()));
    }
    struct Folders<'a>(&'a [File]);
    impl Disk for Folders<'_> {
        fn exists(&self, path: &str) -> bool {
            let path = path.trim_end_matches('/');
            self.0.iter().any(|file| file.path() == path || crate::workspace::path::is_in(file.path(), path))
        }

        fn summary(&self, _: &str) -> Option<std::sync::Arc<plan_model::Summary>> {
            None
        }

        fn lines(&self, path: &str, _: usize, _: usize) -> Option<String> {
            let file = self.0.iter().find(|file| file.path() == path)?;
            Some(file.document().text())
        }
    }
    let workspace = Workspace { index: &index, disk: &Folders(&files), is_complete: true };
    let Some(first) = files.first() else { return Vec::new() };
    // Enable the rule even if it is off by default.
    let found = super::run::all_findings(first, &workspace, |other| other.name == rule.name).into_iter();
    let found = found.filter(|finding| finding.rule.name == rule.name);
    let text = first.document().text();
    found
        .map(|finding| {
            let mut output = finding.message.to_string();
            for fix in &finding.with_fixes(first, &workspace).fixes {
                let line = fixed(&text, fix)
                    .lines()
                    .zip(text.lines())
                    .find(|(a, b)| a != b)
                    .map(|(a, _)| a.to_owned());
                output.push_str(&format!(" -> {}", line.unwrap_or_default()));
            }
            output
        })
        .collect()
}

/// Compares the findings of a rule with an expectation: the affected lines with carets and messages. Also checks that
/// every fix removes exactly its finding.
#[track_caller]
pub(crate) fn check(rule: &Rule, text: &str, expect: Expect) {
    let found = findings(rule, text);
    let notes: Vec<_> = found
        .iter()
        .flat_map(|finding| {
            let own = (finding.range.clone(), finding.message.to_string());
            let related = finding
                .related
                .iter()
                .map(|related| (related.range.clone(), format!("({})", related.message)));
            std::iter::once(own).chain(related)
        })
        .collect();
    expect.assert_eq(&annotate(text, &notes));
    for (index, finding) in found.iter().enumerate() {
        for fix in &finding.fixes {
            let fixed = fixed(text, fix);
            let left = findings(rule, &fixed);
            assert_eq!(left.len(), found.len() - 1, "`{}` of finding {index} gives:\n{fixed}", fix.title);
        }
    }
}

/// Checks that a rule reports nothing in any of these texts.
#[track_caller]
pub(crate) fn check_silent(rule: &Rule, texts: &[&str]) {
    for text in texts {
        let found: Vec<String> =
            findings(rule, text).into_iter().map(|finding| finding.message.to_string()).collect();
        assert!(found.is_empty(), "{text}\ngives {found:?}");
    }
}

/// Applies the first fix with this title, and compares the result with an expectation.
#[track_caller]
pub(crate) fn check_fix(rule: &Rule, text: &str, title: &str, expect: Expect) {
    let fix =
        findings(rule, text).into_iter().flat_map(|finding| finding.fixes).find(|fix| fix.title == title);
    expect.assert_eq(&fixed(text, &fix.unwrap_or_else(|| panic!("no fix `{title}`"))));
}

fn fixed(text: &str, fix: &crate::Fix) -> String {
    let edits: Vec<_> = fix.edits.iter().map(|edit| (edit.range.clone(), edit.text.clone())).collect();
    apply(text, &edits)
}
