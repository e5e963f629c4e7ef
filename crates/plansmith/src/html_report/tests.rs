//! Renders plans and checks the page with an XML parser.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use plan_syntax::Document;
use proptest::prelude::*;
use roxmltree::{Document as Xml, Node, ParsingOptions};

use super::*;

fn entry(text: &str, number: usize) -> ReportEntry {
    let file = File::new("plans/a & b.md", Document::new(text));
    let status = overview::status(&file);
    ReportEntry::new(&file, status, number)
}

fn plan(name: &str) -> String {
    format!(
        "# Plan: {name}\n\n**Status**: {name}\n**Owner**: {name}\n\n## Phase 1: {name}\n\n- [x] **Task 1.1**: {name}\n\
         - [ ] **Task 1.2**: {name}\n  - Depends on: Task 1.1\n  - Owner: {name}\n  - Due: 2026-03-07\n"
    )
}

/// Parses a page and checks the invariants of all pages.
fn checked_xml(page: &str) -> Xml<'_> {
    let xml = Xml::parse_with_options(page, ParsingOptions { allow_dtd: true, ..ParsingOptions::default() });
    let xml = xml.unwrap();
    let mut ids = BTreeSet::new();
    for node in xml.descendants().filter(Node::is_element) {
        let name = node.tag_name().name();
        assert!(
            !["script", "link", "iframe", "img", "object", "embed", "base", "form"].contains(&name),
            "{name}"
        );
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on"), "{attribute:?}");
            assert!(attribute.name() != "href" || attribute.value().starts_with("#plan-"), "{attribute:?}");
            assert!(attribute.name() != "src", "{attribute:?}");
            if attribute.name() == "id" {
                assert!(ids.insert(attribute.value()), "duplicate {attribute:?}");
            }
        }
    }
    for link in xml.descendants().filter_map(|node| node.attribute("href")) {
        assert!(ids.contains(&link[1..]), "broken link {link}");
    }
    for style in xml.descendants().filter(|node| node.tag_name().name() == "style") {
        let text = style.text().unwrap();
        assert!(!text.contains("url(") && !text.contains("@import"));
    }
    xml
}

#[test]
fn page_contains_tables_diagrams_and_texts() {
    let plans = ["One", "Two"].iter().enumerate().map(|(number, name)| entry(&plan(name), number)).collect();
    let page = page(plans, &[], Some("2026-03-11"));
    let xml = checked_xml(&page);
    let all = |name: &str| xml.descendants().filter(|node| node.tag_name().name() == name).count();
    assert_eq!((all("details"), all("tbody"), all("svg")), (2, 1, 4));
    let heads = xml.descendants().filter(|node| node.tag_name().name() == "th");
    assert!(heads.into_iter().all(|head| head.attribute("scope").is_some()));
    for text in ["Plan: One", "1.2 Two", "1 of 2", "2 of 4 ", "plans/a & b.md", "2026-03-11"] {
        assert!(xml.descendants().any(|node| node.text() == Some(text)), "{text}\n{page}");
    }
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
}

#[test]
fn pages_without_plans_and_with_too_large_diagrams() {
    assert!(
        checked_xml(&page(Vec::new(), &[], None))
            .descendants()
            .any(|node| node.text() == Some("No plans found."))
    );
    let mut text = "# Plan: x\n\n- [ ] **Task 1.1**: a\n".to_owned();
    for number in 2..=700 {
        text.push_str(&format!("- [ ] **Task 1.{number}**: a\n  - Depends on: Task 1.{}\n", number - 1));
    }
    let page = page(vec![entry(&text, 0)], &[], None);
    assert!(
        checked_xml(&page)
            .descendants()
            .any(|node| node.text().is_some_and(|text| text.starts_with("Diagram too large")))
    );
    let done = plan("a").replace("**Status**: a", "**Status**: Done");
    let mut entries = vec![entry("# Plan: x\n\n- [ ] a\n", 0), entry(&done, 1), entry(&plan("b"), 2)];
    assert_eq!(limit_diagrams(&mut entries, 1), 1);
    let have_diagrams: Vec<bool> = entries.iter().map(ReportEntry::has_diagrams).collect();
    assert_eq!(have_diagrams, [false, false, true], "finished plans lose their diagrams first");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn text_is_escaped(name in "[ -~<>&\"'\\]\u{0}-\u{1f}äß任\u{fffe}\u{202e}]{0,40}") {
        let name = name.replace(['\n', '\r'], " ");
        for name in [&name, &format!("<script>{name}</script>"), &format!("\"><img src=x onerror=y>{name}]]>")] {
            let text = plan(name);
            checked_xml(&page(vec![entry(&text, 0), entry(&text, 1)], &[], Some(name)));
        }
    }
}
