//! Injects faults into the valid examples: each one is reported, alone, and its fix restores the example.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::borrow::Borrow;

use plan_ide::{File, Finding};
use plan_syntax::Document;

/// Returns the valid examples with the names of their templates.
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

/// Returns the ranges of the non-repeatable sections at a level, with their titles.
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
fn valid_examples_have_no_findings() {
    for (name, text) in examples() {
        let file = file(&text);
        assert_eq!(file.template().map(|template| template.name.as_str()), Some(&*name));
        assert_eq!(shown(file.findings()), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn removed_sections_are_missing() {
    for (name, text) in examples() {
        for level in [2, 3] {
            for (range, title) in sections(&text, level) {
                let mut broken = text.clone();
                broken.replace_range(range, "");
                let findings = file(&broken);
                let missing =
                    findings.findings().iter().find(|finding| finding.rule.name == "missing-section");
                let missing =
                    missing.unwrap_or_else(|| panic!("{name}: `{title}` is not reported as missing"));
                assert!(missing.message.contains(&format!("`{title}`")), "{name}: {}", missing.message);
                // Links to the section are now broken.
                let others: Vec<String> = shown(findings.findings())
                    .into_iter()
                    .filter(|finding| {
                        !finding.starts_with("missing-section") && !finding.starts_with("broken-anchor")
                    })
                    .collect();
                assert!(others.is_empty(), "{name} without {title}: {others:?}");
                let repaired = file(&fixed(&broken, missing));
                assert_eq!(repaired.binding().unwrap().missing(), Vec::<usize>::new(), "{name}: {title}");
                let titles = |file: &File| -> Vec<String> {
                    file.plan()
                        .sections()
                        .filter(|section| section.level() == level)
                        .map(|section| section.title())
                        .collect()
                };
                assert!(titles(&repaired).contains(&title.replace("**", "")), "{name}: {title}");
            }
        }
    }
}

#[test]
fn misspelled_headings_are_reported() {
    for (name, text) in examples() {
        for (range, title) in sections(&text, 2).into_iter().filter(|(_, title)| title.len() > 7) {
            // Doubles the third letter.
            let at = text[range.clone()].find(&title).unwrap() + range.start;
            let third = title.char_indices().nth(2).unwrap();
            let mut broken = text.clone();
            broken.insert(at + third.0, third.1);
            let findings = file(&broken);
            // Links to the section are now broken.
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
fn duplicate_sections_are_reported() {
    for (name, text) in examples() {
        for (range, title) in sections(&text, 2) {
            let mut copy = text[range.clone()].to_owned();
            if !copy.ends_with("\n\n") {
                copy.push_str("\n\n");
            }
            let mut broken = text.clone();
            broken.insert_str(range.end, &copy);
            if range.end == text.len() && !text.ends_with("\n\n") {
                broken.insert(range.end, '\n');
            }
            let findings = file(&broken);
            let duplicate =
                findings.findings().iter().find(|finding| finding.rule.name == "duplicate-section");
            let duplicate =
                duplicate.unwrap_or_else(|| panic!("{name}: the duplicate of `{title}` is not reported"));
            assert_eq!(fixed(&broken, duplicate).trim_end(), text.trim_end(), "{name}: {title}");
        }
    }
}

#[test]
fn reordered_sections_are_accepted() {
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
fn numbers_emphasis_and_emoji_in_headings_are_ignored() {
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
        let sections: Vec<String> =
            shown(file.findings()).into_iter().filter(|finding| finding.contains("section")).collect();
        assert_eq!(sections, Vec::<String>::new(), "{name}");
    }
}

/// While a plan is typed from top to bottom, its template is recognized at the second phase at the latest and then
/// remains the same.
#[test]
fn templates_are_recognized_while_typing() {
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

/// Returns the findings of all default rules with their fixes.
fn report(text: &str) -> Vec<Finding> {
    let environment = plan_ide::Environment { today: Some("2026-03-02".to_owned()), ..Default::default() };
    let file =
        File::with_environment("/w/docs/move.md", Document::new(text), std::sync::Arc::new(environment));
    let index = plan_ide::Index::new(["/w".to_owned()]);
    let workspace = plan_ide::Workspace { index: &index, disk: &plan_ide::NoDisk, is_complete: true };
    let findings = plan_ide::report(&file, &workspace, &plan_ide::Levels::default());
    findings.into_iter().map(|(finding, _)| finding.with_fixes(&file, &workspace)).collect()
}

/// Replaces the first occurrence of `old` after `from` with `new`. Returns the text and the offset of the replacement.
fn replaced(text: &str, from: &str, old: &str, new: &str) -> Option<(String, usize)> {
    let start = text.find(from)?;
    let at = start + text[start..].find(old)?;
    // It must be in the same line or the next few, so that it belongs to `from`.
    if text[start..at].lines().count() > 12 {
        return None;
    }
    let mut text = text.to_owned();
    text.replace_range(at..at + old.len(), new);
    Some((text, at))
}

/// Returns one fault of each kind, if the example has a place for it: rule, text and offset.
fn faults(text: &str) -> Vec<(&'static str, String, usize)> {
    let mut found = Vec::new();
    let mut add = |rule: &'static str, fault: Option<(String, usize)>| {
        found.extend(fault.map(|(text, at)| (rule, text, at)));
    };
    let task = |number: &str| format!("**Task {number}**");
    add("malformed-checkbox", replaced(text, "- [ ] ", "- [ ] ", "- [] "));
    add("checkbox-text-mismatch", replaced(text, "- [x] **Task", "\n", " (deferred to 2027)\n"));
    add("checkbox-marker-mismatch", replaced(text, "- [ ] **Task", "**Task", "✅ **Task"));
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
    add("table-column-count", replaced(text, "|-----", "\n", "\n| a | b | c | d | e | f | g | h | i |\n"));
    add("misspelled-risk-level", replaced(text, "| Risk", " High |", " Hihg |"));
    add("gantt-syntax", replaced(text, "```mermaid", "3d\n", "3dd\n"));
    add("gantt-unknown-task", replaced(text, "```mermaid", "after task1,", "after task91,"));
    add("invalid-date", replaced(text, "```mermaid", ":2026-03-09", ":2026-02-30"));
    add("mojibake", replaced(text, "## ", "\n", " → â€”\n"));
    add("broken-anchor", replaced(text, "- [ ] ", "\n", " ([see](#nowhere-at-all))\n"));
    add("broken-link", replaced(text, "- [ ] ", "\n", " ([see](../no/such/file.md))\n"));
    add("accidental-heading", replaced(text, "\n**Status**: ", "\n\n", "\n---\n\n"));
    found
}

#[test]
fn faults_of_every_kind_are_reported_at_their_line() {
    let mut kinds = std::collections::BTreeSet::new();
    let (mut count, mut missing) = (0, Vec::new());
    for (name, text) in examples() {
        for (rule, fault, at) in faults(&text) {
            count += 1;
            kinds.insert(rule);
            let findings = report(&fault);
            let line = |at: usize| fault[..at].matches('\n').count();
            // A fault that adds a line can be reported there.
            let hit = findings.iter().any(|finding| {
                finding.rule.name == rule
                    && (line(finding.range.start)..=line(finding.range.end))
                        .any(|found| found.abs_diff(line(at)) <= 2)
            });
            if !hit {
                missing.push(format!("{name} {rule}: {:?}", shown(&findings)));
            }
        }
    }
    assert!(count > 40 && kinds.len() > 15, "{count} faults of {kinds:?}");
    assert!(missing.is_empty(), "{} of {count} not reported:\n{}", missing.len(), missing.join("\n"));
}
