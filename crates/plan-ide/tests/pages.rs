//! Tests the examples on the pages of rules: the first one is incorrect, the second one correct.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeMap, sync::Arc};

use expect_test::expect_file;
use plan_ide::{
    Disk, Environment, File, Finding, Index, RuleSeverities, Severity, Workspace,
    rules::{RULES, Rule},
};
use plan_schema::DocumentKind;
use plan_syntax::Document;

/// The current date of the tests.
const TODAY: &str = "2026-03-02";

/// Returns the examples of a page: its Markdown code blocks.
fn examples(rule: &Rule) -> Vec<&'static str> {
    // The fence of an example with a code block is longer than the fences in it.
    let fences = ["`````", "````", "```"];
    let fence = fences.into_iter().find(|fence| rule.doc.contains(&format!("\n{fence}markdown"))).unwrap();
    let (open, close) = (format!("{fence}markdown\n"), format!("\n{fence}"));
    let blocks = rule.doc.split(&*open).skip(1);
    blocks.map(|block| block.split(&*close).next().unwrap()).collect()
}

/// The other files of a page.
#[derive(Debug, Default)]
struct Siblings(BTreeMap<String, String>);

impl Disk for Siblings {
    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    fn summary(&self, _: &str) -> Option<Arc<plan_model::Summary>> {
        None
    }

    fn lines(&self, path: &str, _: usize, _: usize) -> Option<String> {
        self.0.get(path).cloned()
    }
}

/// Returns the findings of a rule in a document, with their fixes.
fn findings(rule: &Rule, text: &str) -> Vec<Finding> {
    let template = rule.applies_to == [DocumentKind::Template];
    // The path in the page's comment, or a neutral one.
    let named = rule.doc.split("<!-- file: ").nth(1).and_then(|rest| rest.split(" -->").next());
    let path = match named {
        Some(path) => format!("/w/{path}"),
        None if template => "/w/.plansmith/templates/a.md".to_owned(),
        None => "/w/docs/move.md".to_owned(),
    };
    let environment =
        Environment { today: Some(TODAY.to_owned()), roots: vec!["/w".to_owned()], ..Environment::default() };
    let mut index = Index::new(["/w".to_owned()]);
    let environment = Arc::new(environment);
    let mut disk = Siblings::default();
    for other in rule.doc.split("<!-- sibling: ").skip(1) {
        let (name, text) = other.split(" -->").next().unwrap().split_once(": ").unwrap();
        let path = format!("/w/{name}");
        disk.0.insert(path.clone(), text.replace("\\n", "\n"));
        if !name.ends_with(".md") {
            continue;
        }
        let file = File::with_environment(
            &*path,
            Document::new(&text.replace("\\n", "\n")),
            Arc::clone(&environment),
        );
        index.set(&path, Some(file.entry()));
    }
    let file = File::with_environment(path, Document::new(&format!("{text}\n")), environment);
    index.set(file.path(), Some(file.entry()));
    let workspace = Workspace { index: &index, disk: &disk, is_complete: true };
    // Enables rules that are off by default.
    let mut severities = RuleSeverities::default();
    severities.set(rule.name, Some(Severity::Hint)).unwrap();
    let report = plan_ide::report(&file, &workspace, &severities);
    let own = report.iter().filter(|(finding, _)| finding.rule.name == rule.name);
    own.map(|(finding, _)| finding.with_fixes(&file, &workspace)).collect()
}

#[test]
fn incorrect_examples_have_findings_and_correct_ones_have_none() {
    for rule in RULES {
        let [incorrect, correct] = examples(rule)[..] else {
            panic!("the page of {} needs an incorrect and a correct example", rule.name);
        };
        assert!(!findings(rule, incorrect).is_empty(), "{} has no finding in\n{incorrect}", rule.name);
        assert!(findings(rule, correct).is_empty(), "{} has a finding in\n{correct}", rule.name);
    }
}

/// Every rule with its summary, and the messages, labels and fixes of its incorrect example.
#[test]
fn messages() {
    let mut text = String::new();
    for rule in RULES {
        text.push_str(&format!("{}: {}\n", rule.name, rule.summary));
        for finding in findings(rule, examples(rule)[0]) {
            text.push_str(&format!("  {}\n", finding.message));
            finding
                .related
                .iter()
                .for_each(|related| text.push_str(&format!("    at: {}\n", related.message)));
            let locations = finding.related_locations.iter();
            locations.for_each(|location| text.push_str(&format!("    at: {}\n", location.message)));
            finding.fixes.iter().for_each(|fix| text.push_str(&format!("    fix: {}\n", fix.title)));
        }
    }
    expect_file!["messages.txt"].assert_eq(&text);
}
