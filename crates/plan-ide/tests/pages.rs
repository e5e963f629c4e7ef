//! The examples on the rules' pages: in the first the rule finds something, in a second one nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use plan_ide::{
    Environment, File, Index, Levels, NoDisk, Severity, Workspace,
    rules::{RULES, Rule},
};
use plan_schema::Kind;
use plan_syntax::Document;

/// The day on which the examples are read.
const TODAY: &str = "2026-03-02";

/// The code blocks of a page that are documents.
fn examples(rule: &Rule) -> Vec<&'static str> {
    // A block with a fence in it has four backticks.
    let fence = if rule.doc.contains("````markdown") { "````" } else { "```" };
    let (open, close) = (format!("{fence}markdown\n"), format!("\n{fence}"));
    let blocks = rule.doc.split(&*open).skip(1);
    blocks.map(|block| block.split(&*close).next().unwrap()).collect()
}

/// How many findings of a rule a document has.
fn found(rule: &Rule, text: &str) -> usize {
    let template = rule.applies_to == [Kind::Template];
    // The place that a page names in a comment, else one that says nothing.
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
    for other in rule.doc.split("<!-- beside: ").skip(1) {
        let (name, text) = other.split(" -->").next().unwrap().split_once(": ").unwrap();
        let path = format!("/w/{name}");
        let file = File::within(&*path, Document::new(&text.replace("\\n", "\n")), Arc::clone(&environment));
        index.set(&path, Some(file.entry()));
    }
    let file = File::within(path, Document::new(&format!("{text}\n")), environment);
    index.set(file.path(), Some(file.entry()));
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    // Rules that are off are switched on.
    let mut levels = Levels::default();
    levels.set(rule.name, Some(Severity::Hint)).unwrap();
    let said = plan_ide::report(&file, &workspace, &levels);
    said.iter().filter(|(finding, _)| finding.rule.name == rule.name).count()
}

#[test]
fn examples_are_true() {
    for rule in RULES {
        let examples = examples(rule);
        assert!(!examples.is_empty(), "the page of {} has no example", rule.name);
        assert!(found(rule, examples[0]) > 0, "{} finds nothing in\n{}", rule.name, examples[0]);
        if let Some(healthy) = examples.get(1) {
            assert_eq!(found(rule, healthy), 0, "{} in\n{healthy}", rule.name);
        }
    }
}
