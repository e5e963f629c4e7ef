//! Tests of features that only some families have: deltas, dependencies in the front matter, references between sets.

use plan_schema::family::Families;
use plan_syntax::Document;

use super::editing::{Texts, with};
use crate::{File, Index, completion, hover, navigation, sets};

fn hover_text(files: Texts<'_>) -> String {
    with(files, hover::hover).map(|hover| hover.text).unwrap_or_default()
}

fn definitions(files: Texts<'_>) -> Vec<String> {
    let (_, targets) = with(files, navigation::definition).unwrap();
    let shown = targets.into_iter().map(|target| match target {
        navigation::NavigationTarget::OtherDocument { path, line, .. } => format!("{path}:{}", line + 1),
        target => format!("{target:?}"),
    });
    shown.collect()
}

const SHARED: &str = "# csv\n\n## Requirements\n\n### Requirement: Export\n\nIt SHALL write one row.\n\n#### Scenario: Empty\n\n- a\n";
const DELTA: &str = "## MODIFIED Requirements\n\n### Requirement: Export\n\nIt SHALL write two rows.\n\n#### Scenario: Empty\n\n- a\n\n#### Scenario: Full\n\n- b\n";

#[test]
fn deltas_and_their_shared_specification() {
    let delta = DELTA.replace("Requirement: Export", "Requirement: $0Export");
    let shared = SHARED.replace("Requirement: Export", "Requirement: $0Export");
    let one = "/w/openspec/changes/add-mail/specs/csv/spec.md";
    let rest = [
        ("/w/openspec/changes/add-mail/tasks.md", "- [x] 1.1 a\n- [ ] 1.2 b\n"),
        ("/w/openspec/changes/fix-csv/specs/csv/spec.md", DELTA),
        ("/w/openspec/changes/fix-csv/tasks.md", "- [ ] 1.1 a\n"),
    ];
    let at_delta = [&[(one, &*delta), ("/w/openspec/specs/csv/spec.md", SHARED)], &rest[..]].concat();
    let text = hover_text(&at_delta);
    let diff = "Changes to openspec/specs/csv/spec.md:5:\n\n```diff\n- It SHALL write one row.\n+ It SHALL write two rows.\n+ Scenario: Full\n```";
    assert!(text.contains(diff), "{text}");
    assert!(text.ends_with("Active changes:\n\n- modified by `fix-csv`, 0 of 1 task done"), "{text}");
    assert_eq!(definitions(&at_delta), ["/w/openspec/specs/csv/spec.md:5"]);
    let at_shared = [&[(one, DELTA), ("/w/openspec/specs/csv/spec.md", &*shared)], &rest[..]].concat();
    let text = hover_text(&at_shared);
    assert!(text.contains("- modified by `add-mail`, 1 of 2 tasks done"), "{text}");
    let lenses = with(&at_shared, |file, workspace, _| sets::lenses(file, workspace));
    let titles: Vec<String> = lenses.into_iter().map(|lens| lens.title).collect();
    assert_eq!(titles, ["modified by add-mail, 1 of 2 tasks done · modified by fix-csv, 0 of 1 task done"]);
    let done = [("/w/openspec/changes/add-mail/tasks.md", "$0- [x] 1.1 a\n"), (one, DELTA)];
    let lenses = with(&done, |file, workspace, _| sets::title_lenses(file, workspace));
    let titles: Vec<String> = lenses.into_iter().map(|lens| lens.title).collect();
    assert_eq!(titles, ["specs/csv/spec.md", "1/1 tasks done, not archived"]);
}

fn backlog(dependencies: &str) -> Vec<(&'static str, String)> {
    let task = |id: &str, title: &str, rest: &str| {
        format!("---\nid: {id}\ntitle: {title}\nstatus: In Progress\n{rest}---\n\n# {title}\n\n- [ ] #1 a\n")
    };
    vec![
        ("/w/backlog/tasks/task-12 - Export.md", task("TASK-12", "Export", dependencies)),
        ("/w/backlog/tasks/task-11 - Read.md", task("TASK-11", "Read files", "")),
        ("/w/backlog/tasks/task-2 - Start.md", task("TASK-2", "Start", "")),
    ]
}

#[test]
fn tasks_that_depend_on_other_documents() {
    for dependencies in [
        "dependencies: [TASK-$011]\n",
        "dependencies:\n  - TASK-$011\n",
        "dependencies: [back-$011]\n",
        "parent_task_id: $0TASK-11\n",
    ] {
        let files = backlog(dependencies);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
        assert_eq!(definitions(&files), ["/w/backlog/tasks/task-11 - Read.md:1"], "{dependencies}");
        let text = hover_text(&files);
        assert!(text.contains("Read files · In Progress"), "{text}");
    }
    for dependencies in ["dependencies: [TASK-11, $0]\n", "dependencies:\n  - TASK-11\n  - $0\n"] {
        let files = backlog(dependencies);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
        let offered =
            with(&files, |file, workspace, offset| completion::completions(file, workspace, offset, None));
        let offered: Vec<(String, String)> =
            offered.into_iter().map(|offer| (offer.label, offer.detail)).collect();
        assert_eq!(offered, [("TASK-2".to_owned(), "Start".to_owned())], "{dependencies}");
    }
}

#[test]
fn references_to_other_sets() {
    let mail = "# Feature: Mail\n\n- **FR-001**: It MUST send.\n- **FR-002**: It MUST retry.\n";
    let print = "# Feature: Print\n\n- **FR-001**: It MUST print.\n";
    let files = |text: &str| {
        let tasks = format!("# Tasks\n\n- [ ] T001 {text}\n");
        vec![
            ("/w/specs/003-mail/spec.md", mail.to_owned()),
            ("/w/specs/004-print/spec.md", print.to_owned()),
            ("/w/specs/004-print/tasks.md", tasks),
        ]
    };
    for (text, expected) in [
        ("See 003-mail/FR-0$001", "/w/specs/003-mail/spec.md:3"),
        ("See specs/003-mail/spec.md#FR-0$001", "/w/specs/003-mail/spec.md:3"),
        ("See spec 003 FR-0$001", "/w/specs/003-mail/spec.md:3"),
        ("See spec.md#FR-0$001", "/w/specs/004-print/spec.md:3"),
        ("See 004-print/FR-0$001", "/w/specs/004-print/spec.md:3"),
    ] {
        let files = files(text);
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, &**text)).collect();
        assert_eq!(definitions(&files), [expected], "{text}");
    }
    let shown = files("See 003-mail/FR-0$001");
    let shown: Vec<(&str, &str)> = shown.iter().map(|(path, text)| (*path, &**text)).collect();
    let text = hover_text(&shown);
    assert!(text.contains("specs/003-mail/spec.md:3") && text.contains("It MUST send."), "{text}");
    let uses = with(&shown, |file, workspace, offset| {
        let uses = navigation::references(file, workspace, offset).unwrap();
        (uses.here.len(), uses.paths)
    });
    assert_eq!(uses, (1, vec!["/w/specs/003-mail/spec.md".to_owned()]));
}

#[test]
fn coverage_of_a_project_has_only_the_shared_requirements() {
    let mut index = Index::new(["/w".to_owned()]);
    let story = "# Story 2.3: Export\n\n## Acceptance Criteria\n\n1. a\n2. b\n\n## Tasks\n\n- [ ] Task 1: x (AC: 1)\n";
    for (path, text) in [
        ("/w/_bmad-output/planning-artifacts/epics.md", "# Epics\n\nFR1: It exports.\n"),
        ("/w/_bmad-output/implementation-artifacts/2-3-export.md", story),
    ] {
        index.set(path, Some(File::new(path, Document::new(text)).entry()));
    }
    let sets = sets::DocumentSet::all(&index, &Families::built_in());
    let shown = sets.iter().map(|set| {
        let coverage = sets::Coverage::of(set);
        let ids = coverage.requirements.iter().map(|own| &*set.requirement(own.place).id);
        format!("{}: {}", set.name, ids.collect::<Vec<_>>().join(" "))
    });
    let shown: Vec<String> = shown.collect();
    assert_eq!(shown, ["/w: FR1", "/w/#2-3-export: AC1 AC2"]);
}

#[test]
fn progress_of_plans_without_states() {
    let plan = "---\nphase: 01-a\nplan: 01\n---\n\n<tasks>\n<task type=\"auto\"><name>Task 1: a</name></task>\n<task type=\"auto\">\n  <name>Task 2: b</name>\n</task>\n</tasks>\n";
    let progress = |files: Texts<'_>| {
        with(files, |file, workspace, _| {
            let progress = sets::progress(file, workspace.index);
            let set = sets::DocumentSet::of(file, workspace.index).map(|set| set.progress());
            (progress, set.unwrap_or_default())
        })
    };
    let counts = |done, total| plan_model::Progress { done, total };
    let path = "/w/.planning/phases/01-a/01-01-PLAN.md";
    let cursor = plan.replace("<tasks>", "$0<tasks>");
    let cursor = &*cursor;
    let other = ("/w/.planning/phases/01-a/01-02-PLAN.md", plan);
    let summary = ("/w/.planning/phases/01-a/01-01-SUMMARY.md", "# Summary\n");
    assert_eq!(progress(&[(path, cursor), other]), (counts(0, 2), counts(0, 4)));
    assert_eq!(progress(&[(path, cursor), other, summary]), (counts(2, 2), counts(2, 4)));
    let halted = ("/w/.planning/phases/01-a/01-01-SUMMARY.md", "---\nstatus: halted\n---\n\n# Summary\n");
    assert_eq!(progress(&[(path, cursor), other, halted]), (counts(0, 2), counts(0, 4)));
    // In other families, a report does not state that tasks are done.
    let elsewhere = ("/w/docs/01-01-PLAN.md", cursor);
    assert_eq!(progress(&[elsewhere, ("/w/docs/01-01-SUMMARY.md", "# Summary\n")]).0, counts(0, 0));
}
