//! What the rules' tests share: findings shown under the text, fixes applied.

use expect_test::Expect;
use plan_syntax::Document;
use plan_test::{annotate, apply};

use super::Rule;
use crate::{File, Finding};

fn findings(rule: &Rule, text: &str) -> Vec<Finding> {
    let file = File::new("plan.md", Document::new(text));
    file.findings().iter().filter(|finding| finding.rule.name == rule.name).cloned().collect()
}

/// Compares what a rule finds with an expectation: the marked lines with carets and messages. Also checks that every
/// fix removes its finding and nothing else.
#[track_caller]
pub(crate) fn check(rule: &Rule, text: &str, expect: Expect) {
    let found = findings(rule, text);
    let notes: Vec<_> = found
        .iter()
        .flat_map(|finding| {
            let own = (finding.range.clone(), finding.message.clone());
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

/// Checks that a rule finds nothing in any of these texts.
#[track_caller]
pub(crate) fn check_silent(rule: &Rule, texts: &[&str]) {
    for text in texts {
        let found: Vec<String> = findings(rule, text).into_iter().map(|finding| finding.message).collect();
        assert!(found.is_empty(), "{text}\ngives {found:?}");
    }
}

/// Compares the text after the fix with this title, of the first finding that has one.
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
