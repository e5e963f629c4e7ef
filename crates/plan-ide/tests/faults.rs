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
                assert_eq!(
                    repaired.binding().unwrap().missing_sections(),
                    Vec::<usize>::new(),
                    "{name}: {title}"
                );
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
    let findings = plan_ide::report(&file, &workspace, &plan_ide::RuleSeverities::default());
    findings.into_iter().map(|(finding, _)| finding.with_fixes(&file, &workspace)).collect()
}

/// Replaces the first occurrence of `old` after `from` with `new`. Returns the text and the offset of the replacement.
fn replaced(text: &str, from: &str, old: &str, new: &str) -> Option<(String, usize)> {
    let start = text.find(from)?;
    let at = start + text[start..].find(old)?;
    // `old` must be within 12 lines of `from`, so that it belongs to it.
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
    for checkbox in ["[]", "[ ]]", "\\[ \\]", "[х]", "[ ]-", "[", "]"] {
        add("malformed-checkbox", replaced(text, "- [ ] ", "- [ ] ", &format!("- {checkbox} ")));
    }
    add("malformed-checkbox", replaced(text, "- [ ] ", "- [ ] ", "-- [ ] "));
    for link in ["[see] (#overview)", "(see)[#overview]", "[see](https://example.com/a"] {
        add("malformed-link", replaced(text, "- [ ] ", "\n", &format!(" {link}\n")));
    }
    add("merge-conflict", replaced(text, "\n\n## ", "\n", "\n<<<<<<< HEAD\n"));
    add("front-matter-syntax", replaced(text, "---\ntype", "\n---\n\n", "\n\n"));
    add("mojibake", replaced(text, "- [ ] ", "\n", " \u{fffd}\n"));
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
    add("table-column-count", replaced(text, "| ---", "\n", "\n| a | b | c | d | e | f | g | h | i |\n"));
    add("misspelled-risk-level", replaced(text, "| Risk", " High ", " Hihg "));
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

/// Returns the valid plans: the valid examples, the documents of `tests/plans` without a finding, and the built-in
/// templates with their placeholders filled in, as far as they have no finding.
fn valid_plans() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/plans");
    let mut plans = examples();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            plans.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
    for template in plan_schema::Templates::built_in().all() {
        plans.push((format!("template {}", template.name), filled_in(&template.text)));
    }
    plans.retain(|(_, text)| {
        File::new("/w/docs/move.md", Document::new(text)).kind() == plan_schema::DocumentKind::Plan
            && file(text).plan().progress().total > 1
            && report(text).is_empty()
    });
    plans.sort();
    plans
}

/// Fills in the placeholders of a template: the first of several values, a date, a word.
fn filled_in(template: &str) -> String {
    let text = template.replace("YYYY-MM-DD", "2026-02-03");
    let mut out = String::new();
    let mut rest = &*text;
    while let Some(open) = rest.find('[') {
        let Some(close) = rest[open..].find(']').map(|close| open + close) else { break };
        let inside = &rest[open + 1..close];
        out.push_str(&rest[..open]);
        // Checkboxes and links are not changed.
        if inside.chars().count() <= 1 || rest[close + 1..].starts_with('(') {
            out.push_str(&rest[open..=close]);
        } else {
            out.push_str(
                inside
                    .split('|')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .trim_matches(|c: char| !c.is_alphanumeric()),
            );
        }
        rest = &rest[close + 1..];
    }
    out + rest
}

/// A fault in a plan: the rule that finds it, the text with the fault, and the lines of the fault, 0-based.
struct Fault {
    rule: &'static str,
    text: String,
    lines: std::ops::RangeInclusive<usize>,
}

/// Returns a text with the 0-based line `number` replaced by one or more lines. `None` if nothing changes.
fn with_line(text: &str, number: usize, line: &str) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines[number] == line {
        return None;
    }
    lines[number] = line;
    Some(lines.join("\n") + "\n")
}

/// Returns the first fault of each kind for which the plan has a place.
fn spoiled(text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    let plan = file(text);
    let plan = plan.plan();
    let mut add = |rule: &'static str, number: usize, line: &str| {
        let text = with_line(text, number, line);
        faults.extend(text.map(|text| Fault { rule, text, lines: number..=number }));
    };
    let line_of = |at: usize| text[..at].matches('\n').count();
    let tasks: Vec<_> = plan
        .items()
        .filter(|item| {
            item.kind() == plan_model::ItemKind::Task
                && item.role().counts()
                && !item.is_optional()
                && item.state_sources().count() == 1
                && item.form() == plan_model::StateSourceKind::Checkbox
                && !lines[line_of(item.line().start)].starts_with('|')
        })
        .collect();
    let done = tasks.iter().find(|task| task.state() == Some(plan_model::State::Done));
    let open_state = Some(plan_model::State::Open);
    let open = tasks.iter().find(|task| task.state() == open_state);
    // Malformed checkboxes.
    if let Some(number) = open.map(|task| line_of(task.line().start)).filter(|_| tasks.len() > 2) {
        let is_named =
            lines[number].trim_start().trim_start_matches("- [ ] ").starts_with(|c: char| !c.is_lowercase());
        for (from, to) in [
            ("- [ ] ", if is_named { "- [] " } else { "-[ ] " }),
            ("- [ ] ", "-[ ] "),
            ("- [ ] ", "- [  ] "),
            ("- [ ] ", "- [ ]\u{a0}"),
            ("- [ ] ", "-\u{a0}[ ] "),
            ("- [ ] ", "• [ ] "),
            ("- [ ] ", "– [ ] "),
            ("- [ ] ", "- ［ ］ "),
            ("- [ ] **", "- [ ]**"),
        ] {
            add("malformed-checkbox", number, &lines[number].replacen(from, to, 1));
        }
    }
    if let Some(number) = done.map(|task| line_of(task.line().start)).filter(|_| tasks.len() > 2) {
        for to in ["- [x ] ", "- [ x] ", "- [ x ] "] {
            add("malformed-checkbox", number, &lines[number].replacen("- [x] ", to, 1));
        }
        // A remark at the end of the line; an ID alone has no text before it.
        for remark in
            [" — deferred to next year", " (deferred to 2027)", " — postponed", " (blocked by the vendor)"]
        {
            add("checkbox-text-mismatch", number, &format!("{}{remark}", lines[number]));
        }
    }
    if let Some(number) = open.map(|task| line_of(task.line().start)) {
        for remark in [" ✅ (2026-02-01)", " ✅ 2026-02-01", " ✅"] {
            add("checkbox-marker-mismatch", number, &format!("{}{remark}", lines[number]));
        }
        for remark in [" — done 2026-02-01", " (done)", " — DONE"] {
            add("checkbox-text-mismatch", number, &format!("{}{remark}", lines[number]));
        }
        add("invalid-date", number, &format!("{} (due 2026-02-30)", lines[number]));
        add("broken-anchor", number, &format!("{} ([see](#nowhere-at-all))", lines[number]));
        add("broken-link", number, &format!("{} ([see](../no/such/file.md))", lines[number]));
        add("mojibake", number, &format!("{} â€” soon", lines[number]));
    }
    // Dates and week ranges at the end of the document.
    let last = lines.len();
    let mut append = |rule: &'static str, addition: &str| {
        let text = format!("{}\n\n{addition}\n", text.trim_end());
        let count = text.lines().count();
        faults.push(Fault { rule, text, lines: last.saturating_sub(1)..=count });
    };
    if !lines
        .iter()
        .any(|line| line.starts_with("```") || line.starts_with("~~~") || line.starts_with("    "))
    {
        append("invalid-date", "### Notes on dates\n\n- 2026-13-01: asked");
        append("invalid-date", "### Notes on dates\n\n| What | When |\n|---|---|\n| Asked | 2026-02-30 |");
        append("date-order", "### Notes on dates\n\n**Duration**: Weeks 4-3");
        append("date-order", "### Notes on dates\n\n- Weeks 9–7: ask again");
        append(
            "log-order",
            "### History\n\n- 2026-01-01: a\n- 2026-01-02: b\n- 2025-01-03: c\n- 2026-01-04: d\n- 2026-01-05: e",
        );
        append("total-mismatch", "### Costs of it\n\n- Wood: $400\n- Glue: $250\n- **Total**: $600");
        append("total-mismatch", "### Costs of it\n\n- Wood: $400\n- Glue: $250\n\n**Total**: $600");
        append(
            "misspelled-risk-level",
            "### Risks of it\n\n| Risk | Probability | Impact | Mitigation |\n|---|---|---|---|\n| Mud | Low | High | Boots |\n| Rain | Banana | High | Coats |",
        );
    }
    // Structure that hides or moves text.
    append("accidental-heading", "**Reviewer**: Ada\n---\n\nThanks.");
    append("table-column-count", "| What | Who |\n|---|---|\n| Oil | Ada | Bob |");
    append("malformed-table", "| What | Who |\n| Oil | Ada |");
    append("merge-conflict", "<<<<<<< HEAD\nOne.\n=======\nTwo.\n>>>>>>> other");
    append("undefined-footnote", "Mind the saw[^saw].");
    append("broken-anchor", "[see](#nowhere-at-all)");
    append("broken-link", "![plan](../no/such/plan.png)");
    append("unclosed-fence", "```sh\nrun the saw");
    append("nested-fence", "```markdown\nUse it:\n\n```sh\nrun\n```\n\nThen stop.\n```");
    append(
        "gantt-syntax",
        "```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n    section Wood\n    Saw :a1, 2026-03-02, 3dd\n```",
    );
    append(
        "invalid-date",
        "```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n    section Wood\n    Saw :a1, 2026-02-30, 3d\n```",
    );
    // Dependencies.
    let with_remark = |task: &plan_model::Item<'_>, remark: &str| {
        let number = line_of(task.line().start);
        with_line(text, number, &format!("{}{remark}", lines[number])).map(|text| (text, number))
    };
    let has_dependencies = |task: &plan_model::Item<'_>| {
        plan.dependencies().iter().any(|dependency| dependency.dependent == Some(task.index()))
    };
    let is_unique = |task: &&plan_model::Item<'_>| {
        task.id().is_some_and(|id| plan.items().filter(|item| item.id() == Some(id)).count() == 1)
            && !task.id().is_some_and(|id| id.is_plain())
            && !has_dependencies(task)
            && task.children().next().is_none()
    };
    let mut with_ids = tasks.iter().filter(is_unique).filter(|task| task.state() == open_state);
    if let (Some(first), Some(second)) = (with_ids.next(), with_ids.next()) {
        let (id, other) = (first.id().unwrap(), second.id().unwrap());
        let unknown = format!("{id}").replace(|c: char| c.is_ascii_digit(), "9");
        let is_free = plan.items().all(|item| item.id().is_none_or(|id| id.as_str() != unknown));
        let found = [
            ("self-dependency", with_remark(first, &format!(" (depends on {id})"))),
            (
                "unknown-dependency",
                with_remark(first, &format!(" (depends on {unknown})")).filter(|_| is_free),
            ),
        ];
        for (rule, fault) in found {
            faults.extend(fault.map(|(text, number)| Fault { rule, text, lines: number..=number }));
        }
        let both = with_remark(first, &format!(" (depends on {other})")).and_then(|(text, number)| {
            let second = line_of(second.line().start);
            let line = format!("{} (depends on {id})", lines[second]);
            Some((with_line(&text, second, &line)?, number.min(second)..=number.max(second)))
        });
        faults.extend(both.map(|(text, lines)| Fault { rule: "dependency-cycle", text, lines }));
        if let Some(done) = done.filter(|done| !has_dependencies(done) && done.children().next().is_none()) {
            let fault = with_remark(done, &format!(" (depends on {id})"));
            faults.extend(fault.map(|(text, number)| Fault {
                rule: "done-before-dependency",
                text,
                lines: number..=number,
            }));
        }
    }
    // Front matter.
    if lines.first() == Some(&"---") {
        for line in ["note: the plan: second part", "note: \"half", "status:active"] {
            let text = with_line(text, 0, &format!("---\n{line}"));
            faults.extend(text.map(|text| Fault { rule: "front-matter-syntax", text, lines: 1..=1 }));
        }
    }
    // Phases and numbers.
    let phases: Vec<_> = plan.items().filter(|item| item.kind() == plan_model::ItemKind::Phase).collect();
    for phase in phases.iter().take(1) {
        let number = line_of(phase.line().start);
        if phase.is_heading() && phase.suffix().is_none() && lines[number].starts_with('#') {
            let spoiled = with_line(text, number, &format!("{} (Weeks 4-3)", lines[number]));
            faults.extend(spoiled.map(|text| Fault { rule: "date-order", text, lines: number..=number }));
            let count = phase.progress().total;
            if count > 3 && phase.state().is_none() {
                let line = format!("{} ({} tasks)", lines[number], 2 * count - 1);
                let spoiled = with_line(text, number, &line);
                faults.extend(spoiled.map(|text| Fault {
                    rule: "count-mismatch",
                    text,
                    lines: number..=number,
                }));
            }
        }
    }
    faults
}

/// Length of a plan in bytes above which all faults are tried.
const LONG_PLAN: usize = 2500;

/// Step between the tried faults of a short plan, so that the test takes a few seconds. Plans start at different
/// faults.
const FAULT_STEP: usize = 6;

/// Adds faults to the valid plans, one at a time. Each fault is found on its lines, and nothing is found elsewhere.
#[test]
fn faults_in_valid_plans_are_found_at_their_place_and_nowhere_else() {
    let plans = valid_plans();
    assert!(plans.len() > 25, "{} valid plans", plans.len());
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    let mut problems = Vec::new();
    for (number, (name, text)) in plans.iter().enumerate() {
        // All faults in the long examples, and some in each other plan.
        let step = if text.len() > LONG_PLAN { 1 } else { FAULT_STEP };
        for fault in spoiled(text).into_iter().skip(number % step).step_by(step) {
            *counts.entry(fault.rule).or_default() += 1;
            let findings = report(&fault.text);
            let line = |at: usize| fault.text[..at].matches('\n').count();
            let is_there = |finding: &&Finding| fault.lines.contains(&line(finding.range.start));
            let is_found =
                findings.iter().any(|finding| finding.rule.name == fault.rule && is_there(&finding));
            let elsewhere: Vec<&Finding> = findings.iter().filter(|finding| !is_there(finding)).collect();
            if !is_found || !elsewhere.is_empty() {
                let spoiled: Vec<&str> = fault.text.lines().skip(*fault.lines.start()).take(2).collect();
                problems.push(format!(
                    "{name}:{} {} {spoiled:?}: {:?}",
                    fault.lines.start() + 1,
                    fault.rule,
                    shown(&findings)
                ));
            }
        }
    }
    let total: usize = counts.values().sum();
    assert!(problems.is_empty(), "{} of {total} faults {counts:?}:\n{}", problems.len(), problems.join("\n"));
    assert!(total > 200 && counts.len() > 10, "{total} faults: {counts:?}");
}
