//! Faults put into the healthy examples: each is found, its fix takes it back, and nothing else is said.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::borrow::Borrow;

use plan_ide::{File, Finding};
use plan_syntax::Document;

/// The healthy examples, with the name of the template that each follows.
fn examples() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/examples");
    ["project-plan", "codev-plan", "lifecycle-plan", "implementation-plan", "execution-plan"]
        .into_iter()
        .map(|name| (name.to_owned(), std::fs::read_to_string(folder.join(format!("{name}.md"))).unwrap()))
        .collect()
}

fn file(text: &str) -> File {
    File::new("plan.md", Document::new(text))
}

fn shown(findings: &[impl Borrow<Finding>]) -> Vec<String> {
    let findings = findings.iter().map(Borrow::borrow);
    findings.map(|finding| format!("{}: {}", finding.rule.name, finding.message)).collect()
}

fn fixed(text: &str, finding: &Finding) -> String {
    let edits = &finding.fixes.first().unwrap_or_else(|| panic!("no fix: {}", finding.message)).edits;
    let edits: Vec<_> = edits.iter().map(|edit| (edit.range.clone(), edit.text.clone())).collect();
    plan_test::apply(text, &edits)
}

/// Ranges of the sections at a level that stand once, with their titles.
fn sections(text: &str, level: u8) -> Vec<(std::ops::Range<usize>, String)> {
    let file = file(text);
    let binding = file.binding().unwrap();
    let template = binding.template();
    file.plan()
        .sections()
        .filter(|section| section.level() == level)
        .filter(|section| {
            binding.of(section.index()).is_some_and(|bound| {
                let spec = &template.sections[bound.spec];
                !spec.repeats && !spec.inside_repeat && !spec.key.contains('#')
            })
        })
        .map(|section| (section.range(), section.raw_title()))
        .collect()
}

#[test]
fn healthy_examples_are_healthy() {
    for (name, text) in examples() {
        let file = file(&text);
        assert_eq!(file.template().map(|template| template.name.as_str()), Some(&*name));
        assert_eq!(shown(file.findings()), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_section_that_was_removed() {
    for (name, text) in examples() {
        for level in [2, 3] {
            for (range, title) in sections(&text, level) {
                let mut broken = text.clone();
                broken.replace_range(range, "");
                let findings = file(&broken);
                let missing =
                    findings.findings().iter().find(|finding| finding.rule.name == "missing-section");
                let missing = missing.unwrap_or_else(|| panic!("{name}: `{title}` is not missed"));
                assert!(missing.message.contains(&format!("`{title}`")), "{name}: {}", missing.message);
                // What linked to the section leads nowhere now.
                let others: Vec<String> = shown(findings.findings())
                    .into_iter()
                    .filter(|said| !said.starts_with("missing-section") && !said.starts_with("broken-anchor"))
                    .collect();
                assert!(others.is_empty(), "{name} without {title}: {others:?}");
                let mended = file(&fixed(&broken, missing));
                assert_eq!(mended.binding().unwrap().missing(), Vec::<usize>::new(), "{name}: {title}");
                let order = |file: &File| -> Vec<String> {
                    file.plan()
                        .sections()
                        .filter(|section| section.level() == level)
                        .map(|section| section.title())
                        .collect()
                };
                assert!(order(&mended).contains(&title.replace("**", "")), "{name}: {title}");
            }
        }
    }
}

#[test]
fn a_heading_with_a_slip() {
    for (name, text) in examples() {
        for (range, title) in sections(&text, 2).into_iter().filter(|(_, title)| title.len() > 7) {
            // The third letter is written twice.
            let at = text[range.clone()].find(&title).unwrap() + range.start;
            let third = title.char_indices().nth(2).unwrap();
            let mut broken = text.clone();
            broken.insert(at + third.0, third.1);
            let findings = file(&broken);
            // A link to the section leads nowhere now.
            let mut found = findings.findings().to_vec();
            found.retain(|finding| finding.rule.name != "broken-anchor");
            assert_eq!(found.len(), 1, "{name}: {title}: {:?}", shown(&found));
            let finding = &found[0];
            assert_eq!(finding.rule.name, "misspelled-section", "{name}: {title}");
            assert_eq!(fixed(&broken, finding), text, "{name}: {title}");
        }
    }
}

#[test]
fn a_section_that_stands_twice() {
    for (name, text) in examples() {
        for (range, title) in sections(&text, 2) {
            let mut again = text[range.clone()].to_owned();
            if !again.ends_with("\n\n") {
                again.push_str("\n\n");
            }
            let mut broken = text.clone();
            broken.insert_str(range.end, &again);
            if range.end == text.len() && !text.ends_with("\n\n") {
                broken.insert(range.end, '\n');
            }
            let findings = file(&broken);
            let twice = findings.findings().iter().find(|finding| finding.rule.name == "duplicate-section");
            let twice = twice.unwrap_or_else(|| panic!("{name}: `{title}` twice is not found"));
            assert_eq!(fixed(&broken, twice).trim_end(), text.trim_end(), "{name}: {title}");
        }
    }
}

#[test]
fn sections_in_another_order() {
    for (name, text) in examples() {
        let tops = sections(&text, 2);
        let (first, second) = (&tops[tops.len() - 2].0, &tops[tops.len() - 1].0);
        let mut moved = text[..first.start].to_owned();
        moved.push_str(text[second.clone()].trim_end());
        moved.push_str("\n\n");
        moved.push_str(text[first.clone()].trim_end());
        moved.push('\n');
        assert_eq!(shown(file(&moved).findings()), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn numbered_bold_and_ticked_headings_are_the_same() {
    for (name, text) in examples() {
        let mut number = 0;
        let lines = text.lines().map(|line| match line.strip_prefix("## ") {
            Some(title) => {
                number += 1;
                match number % 3 {
                    0 => format!("## {number}. {title}"),
                    1 => format!("## **{title}**"),
                    _ => format!("## ✅ {} [DONE]", title.to_uppercase()),
                }
            }
            None => line.to_owned(),
        });
        let changed = lines.collect::<Vec<_>>().join("\n") + "\n";
        let file = file(&changed);
        assert_eq!(file.template().map(|template| template.name.as_str()), Some(&*name));
        let said: Vec<String> =
            shown(file.findings()).into_iter().filter(|said| said.contains("section")).collect();
        assert_eq!(said, Vec::<String>::new(), "{name}");
    }
}

/// While a plan is typed from its top, its template is found by the second phase at the latest, and stays.
#[test]
fn a_plan_that_is_being_typed() {
    for (name, text) in examples() {
        let phases: Vec<usize> = file(&text)
            .plan()
            .items()
            .filter(|item| item.kind() == plan_model::ItemKind::Phase)
            .map(|item| item.line().end)
            .collect();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            at += line.len();
            let template = file(&text[..at]).template().map(|template| template.name.clone());
            if at > phases[1] {
                assert_eq!(template.as_deref(), Some(&*name), "at byte {at}");
            } else {
                assert!(template.is_none_or(|template| template == name), "at byte {at}");
            }
        }
    }
}

/// What all rules say of a text, off or not.
fn said(text: &str) -> Vec<Finding> {
    let environment = plan_ide::Environment { today: Some("2026-03-02".to_owned()), ..Default::default() };
    let file = File::within("/w/docs/move.md", Document::new(text), std::sync::Arc::new(environment));
    let index = plan_ide::Index::new(["/w".to_owned()]);
    let workspace = plan_ide::Workspace { index: &index, disk: &plan_ide::NoDisk, is_complete: true };
    let said = plan_ide::report(&file, &workspace, &plan_ide::Levels::default());
    said.into_iter().map(|(finding, _)| finding.with_fixes(&file, &workspace)).collect()
}

/// The text with `old` replaced by `new` where it stands first after `from`, and the byte where that is.
fn replaced(text: &str, from: &str, old: &str, new: &str) -> Option<(String, usize)> {
    let start = text.find(from)?;
    let at = start + text[start..].find(old)?;
    // Within the same line, or the next few: what is meant belongs to `from`.
    if text[start..at].lines().count() > 12 {
        return None;
    }
    let mut text = text.to_owned();
    text.replace_range(at..at + old.len(), new);
    Some((text, at))
}

/// One fault of each kind, where the example has a place for it.
fn faults(text: &str) -> Vec<(&'static str, String, usize)> {
    let mut found = Vec::new();
    let mut add = |rule: &'static str, fault: Option<(String, usize)>| {
        found.extend(fault.map(|(text, at)| (rule, text, at)));
    };
    let task = |number: &str| format!("**Task {number}**");
    add("malformed-checkbox", replaced(text, "- [ ] ", "- [ ] ", "- [] "));
    add("box-contradicts-text", replaced(text, "- [x] **Task", "\n", " (deferred to 2027)\n"));
    add("box-contradicts-marker", replaced(text, "- [ ] **Task", "**Task", "✅ **Task"));
    add("duplicate-id", replaced(text, &task("1.2"), "1.2", "1.1"));
    add("self-dependency", replaced(text, &task("1.2"), "Dependencies: Task 1.1", "Dependencies: Task 1.2"));
    add(
        "unknown-dependency",
        replaced(text, &task("1.2"), "Dependencies: Task 1.1", "Dependencies: Task 1.19"),
    );
    add("dependency-cycle", replaced(text, &task("1.1"), "Dependencies: None", "Dependencies: Task 1.2"));
    for key in ["**Created**: ", "**Created:** ", "created: "] {
        let date =
            text.find(key).and_then(|at| text.get(at + key.len()..at + key.len() + 10)).unwrap_or("none");
        add("invalid-date", replaced(text, key, date, "2026-02-30"));
        if text.contains("pdated") || text.contains("Target") {
            add("date-order", replaced(text, key, date, "2031-01-01"));
        }
    }
    add("table-cells", replaced(text, "|-----", "\n", "\n| a | b | c | d | e | f | g | h | i |\n"));
    add("unknown-level", replaced(text, "| Risk", " High |", " Hihg |"));
    add("gantt-syntax", replaced(text, "```mermaid", "3d\n", "3dd\n"));
    add("gantt-unknown-task", replaced(text, "```mermaid", "after task1,", "after task91,"));
    add("invalid-date", replaced(text, "```mermaid", ":2026-03-09", ":2026-02-30"));
    add("mis-decoded-text", replaced(text, "## ", "\n", " → â€”\n"));
    add("broken-anchor", replaced(text, "- [ ] ", "\n", " ([see](#nowhere-at-all))\n"));
    add("broken-link", replaced(text, "- [ ] ", "\n", " ([see](../no/such/file.md))\n"));
    add("heading-from-rule", replaced(text, "\n**Status**: ", "\n\n", "\n---\n\n"));
    found
}

#[test]
fn faults_of_every_kind_are_found_where_they_are() {
    let mut kinds = std::collections::BTreeSet::new();
    let (mut count, mut missed) = (0, Vec::new());
    for (name, text) in examples() {
        for (rule, fault, at) in faults(&text) {
            count += 1;
            kinds.insert(rule);
            let findings = said(&fault);
            let line = |at: usize| fault[..at].matches('\n').count();
            // A fault that stands on a line is found on that line, or on the next one where it made one.
            let hit = findings.iter().any(|finding| {
                finding.rule.name == rule
                    && (line(finding.range.start)..=line(finding.range.end))
                        .any(|found| found.abs_diff(line(at)) <= 2)
            });
            if !hit {
                missed.push(format!("{name} {rule}: {:?}", shown(&findings)));
            }
        }
    }
    assert!(count > 40 && kinds.len() > 15, "{count} faults of {kinds:?}");
    assert!(missed.is_empty(), "{} of {count} missed:\n{}", missed.len(), missed.join("\n"));
}
