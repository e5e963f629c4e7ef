//! Robustness: for any text nothing panics, all ranges are valid, and incremental results equal fresh ones.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use plan_ide::{
    Environment, File, Finding, Index, NoDisk, RuleSeverities, TextRange, Workspace, actions, completion,
    fix_all, folding, inlay, lens, outline, overview, selection, tokens,
};
use plan_model::StateSourceKind;
use plan_schema::DocumentKind;
use plan_syntax::{Document, tree::SyntaxTrees};
use proptest::{prelude::*, test_runner::RngSeed};

/// Lines that occur in plans, well-formed and malformed.
fn line() -> impl Strategy<Value = String> {
    let whole = prop::sample::select(vec![
        "",
        "# Plan: a",
        "## Tasks",
        "### Phase 1: First ✅",
        "### Phase 2: Second [IN PROGRESS]",
        "#### Phase 1 Deliverables",
        "**Status**: Completed",
        "**Status:** In Progress | **Owner**: me",
        "Status: done",
        "> **Status**: Draft",
        "---",
        "status: done",
        "```",
        "~~~",
        "<!-- c",
        "-->",
        "| a | b |",
        "|---|---|",
        "| [ ] x | y |",
        "| ID | Task | Status | Depends On |",
        "|---|---|---|---|",
        "| 1.1 | x | ✅ Done | 1.2-1.4 |",
        "| 2 | [ ] y | [x] | Phase 1 |",
        "| Phase | Status |",
        "| Phase 2 | 🔄 |",
        "- ✅ led",
        "- 🔄 **AC2**: led",
        "  - Depends on: Task 1.1, 1.2 (both)",
        "  - Status: Blocked",
        "    - _Requirements: 1.1, 2_",
        "**Dependencies**: Phases 1–3 complete",
        "**Dependencies**:",
        "**Exit gate:**",
        "**Legend:**",
        "**Task 1.2**: paragraph",
        "- **Task 3**: bullet",
        "### Task 3: heading [DONE]",
        "### [x] 1.2 box (optional)",
        "#### 2.1 [X] between",
        "## 2. Numbered",
        "## Rollout Plan",
        "- Phase 2 depends on Phase 1",
        "tasks:",
        "  - id: T1-001",
        "    status: completed",
        "    dependencies: [\"T1-002\", é]",
        "+++",
        "<!-- plansmith-template project-plan -->",
        "template: codev-plan",
        "**Owner**: [Team/Person/Role]",
        "**Created**: YYYY-MM-DD",
        "**Due**: 2026-12-01",
        "  - Due: 2026-11-01 é",
        "- [-] ~~**Task 1.3**: gone~~ for Task 1.2",
        "| Milestone | Date |",
        "## Succes Criteria",
        "## Objective",
        "## Phase Breakdown",
        "### Phase 1: [Descriptive Name]",
        "#### Objectives",
        "[Unclosed bracket of",
        "- the template]",
        "| [Risk 1] | L/M/H | L/M/H | [Strategy] | [Name] |",
        "- [ ] **Task 1.9**: next",
        "see [a](b.md) and `src/x.rs:3`, [ref]",
        "text",
        "[x] loose",
        "-[ ] glued",
        "- [] empty",
        "é 🚀 e\u{301} 漢",
        "\t- [x] tab",
        "[ref]: x.md",
        "# ",
    ]);
    let task = (
        prop::sample::select(vec!["- ", "* ", "  - ", "1. ", "    - ", "> - "]),
        prop::sample::select(vec!["[ ]", "[x]", "[X]", "[~]", "[-]", "[✅]", "[ ]*", "[]", ""]),
        prop::sample::select(vec![
            " a",
            " **Task 1.1**: b",
            " ✅ c",
            " d (deferred)",
            " ~~e~~",
            " T001 [P] f",
            " ⬜ g ✅",
            "",
        ]),
    )
        .prop_map(|(bullet, mark, text)| format!("{bullet}{mark}{text}"));
    prop_oneof![whole.prop_map(str::to_owned), task]
}

fn text() -> impl Strategy<Value = String> {
    let ending = prop::sample::select(vec!["\n", "\r\n", "\r"]);
    (prop::collection::vec(line(), 0..14), ending).prop_map(|(lines, ending)| lines.join(ending))
}

/// Returns the findings of all rules in a file without a workspace.
fn found_in(file: &File) -> Vec<Finding> {
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let reported = plan_ide::report(file, &workspace, &RuleSeverities::default());
    reported.into_iter().map(|(finding, _)| finding.with_fixes(file, &workspace)).collect()
}

/// Returns all safe fixes in a file without a workspace.
fn all_fixes(file: &File) -> Vec<plan_ide::Edit> {
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    fix_all(file, &workspace, &found_in(file))
}

/// Words that are exchanged for each other in plans based on templates.
const WORDS: [[&str; 2]; 8] = [
    ["Draft", "In Progress"],
    ["In Progress", "Completed"],
    ["template: ", "templat: "],
    ["-plan\n", "-pla\n"],
    ["- [ ]", "- [x]"],
    ["## ", "### "],
    ["2026-01-01", "2026-02-30"],
    ["Low/Med/High", "Hihg"],
];

/// Returns a plan based on a template: it declares the template and has a status.
fn plan_from_template(template: &plan_schema::Template) -> String {
    let text = template.text.replace("YYYY-MM-DD", "2026-01-01");
    let status = text.lines().find(|line| line.to_lowercase().contains("status") && line.contains(" | "));
    let text = match status.and_then(|line| Some((line, line.split_once(' ')?))) {
        Some((line, (key, _))) => text.replacen(line, &format!("{key} Draft"), 1),
        None => text,
    };
    let declared = format!("---\ntemplate: {}\n", template.name);
    match text.strip_prefix("---\n") {
        Some(rest) => declared + rest,
        None => declared + "---\n" + &text,
    }
}

/// Returns the next version of a file.
fn next_version(previous: &File, document: &Document) -> File {
    let plan = previous.cached_plan().cloned();
    File::with_previous(plan, "plan.md", document.clone(), previous.shared_environment())
}

/// Returns all results for a file as text.
fn all_results(file: &File) -> String {
    let plan = file.plan();
    let items: Vec<String> = plan
        .items()
        .map(|item| {
            let state_sources: Vec<_> = item.state_sources().collect();
            let fields: Vec<_> = item.fields().collect();
            let tags: Vec<_> = item.tags().collect();
            format!(
                "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {state_sources:?} {fields:?} {tags:?} {:?} {:?}",
                item.kind(),
                item.id(),
                item.id_range(),
                item.title(),
                item.state(),
                item.derived_state(),
                item.range(),
                item.parent(),
                item.progress(),
                item.role(),
                item.scope().map(|section| section.index()),
            )
        })
        .collect();
    let fields: Vec<String> = plan.fields().into_iter().map(|field| format!("{field:?}")).collect();
    let findings: Vec<String> = found_in(file)
        .iter()
        .map(|found| {
            format!(
                "{:?} {:?} {:?} {} {:?} {:?}",
                found.rule, found.severity, found.range, found.message, found.related, found.fixes
            )
        })
        .collect();
    format!(
        "{:?}\n{}\n{}\n{}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{:?}",
        file.kind(),
        items.join("\n"),
        fields.join("\n"),
        findings.join("\n"),
        file.entry(),
        plan.located_dependencies(),
        plan.links(),
        plan.code_paths(),
        outline::outline(file),
        folding::folding(file)
    )
}

/// Queries every feature and checks that the returned ranges are within the text and on character boundaries.
fn check_all_ranges(text: &str) {
    let environment = Environment { today: Some("2026-11-21".to_owned()), ..Environment::default() };
    let file = File::with_environment("plan.md", Document::new(text), Arc::new(environment));
    let check = |range: &TextRange| {
        assert!(
            range.start <= range.end
                && text.is_char_boundary(range.start)
                && text.is_char_boundary(range.end),
            "{range:?} in {text:?}"
        );
    };
    for item in file.plan().items() {
        check(&item.line());
        check(&item.range());
        item.state_sources().for_each(|(_, place, _)| check(&place));
        item.tags().for_each(|(_, place)| check(&place));
        item.id_range().iter().for_each(check);
        item.suffix().iter().for_each(|(_, place)| check(place));
        check(&item.title_range());
    }
    for dependency in file.plan().located_dependencies() {
        check(&dependency.range);
        dependency.names.iter().for_each(|name| check(&name.range));
    }
    file.plan().links().iter().for_each(|link| {
        check(&link.range);
        check(&link.target_range);
    });
    file.plan().code_paths().iter().for_each(|path| check(&path.range));
    for finding in &found_in(&file) {
        for (_, edit) in plan_ide::disable(&file, finding) {
            check(&edit.range);
        }
        check(&finding.range);
        finding.related.iter().for_each(|related| check(&related.range));
        finding.fixes.iter().flat_map(|fix| &fix.edits).for_each(|edit| check(&edit.range));
    }
    all_fixes(&file).iter().for_each(|edit| check(&edit.range));
    folding::folding(&file).iter().for_each(|fold| check(&fold.range));
    let graph = overview::graph(&file);
    let critical_edges = graph.critical_path.windows(2);
    let is_edge = |pair: &[usize]| {
        graph.edges.iter().any(|edge| pair == [edge.from, edge.to] && graph.critical_path.has_edge(edge))
    };
    assert!({ critical_edges }.all(is_edge), "the critical path consists of edges of the graph");
    assert!(overview::mermaid(&graph).lines().count() > graph.edges.len());
    assert!(overview::dot(&graph).lines().count() > graph.edges.len());
    let status = overview::status(&file);
    assert!(status.done <= status.total && status.next.len() <= file.plan().items().len());
    for symbol in outline::outline(&file) {
        check(&symbol.range);
        assert!(symbol.range.start <= symbol.selection.start && symbol.selection.end <= symbol.range.end);
        assert!(!symbol.name.is_empty());
    }
    let tokens = decorations(&file, text);
    for at in [0, text.len() / 4, text.len() / 3, text.len() / 2, text.len() * 2 / 3, text.len()] {
        let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let selection = (at > 0 && text.len() < 1_500).then_some(at..text.len());
        for range in [Some(at..at), selection].into_iter().flatten() {
            let context =
                actions::Context { file: &file, workspace: &workspace, range: &range, on_request: true };
            for action in actions::actions(&context) {
                // Actions that take several passes over the document are tried on short texts only.
                if text.len() < 1_500 || matches!(action.change, actions::Change::Edits(_)) {
                    action.changes(&file, &workspace).edits.iter().for_each(|edit| check(&edit.range));
                }
            }
        }
        let offered = completion::completions(&file, &workspace, at, None);
        offered.iter().for_each(|found| check(&found.edit.range));
        plan_ide::on_type::on_newline(&file, at).iter().for_each(|edit| check(&edit.range));
        plan_ide::hover::hover(&file, &workspace, at).iter().for_each(|found| check(&found.range));
        plan_ide::hover::template_location(&file, at);
        selection_is_nested(&file, text, at);
        hints_and_tokens_of_a_range(&file, text, at, &tokens);
    }
}

const ALL_HINTS: inlay::InlayHintOptions = inlay::InlayHintOptions {
    phases: true,
    parents: true,
    dependencies: true,
    dates: true,
    gantt: true,
    schedule: true,
    milestones: true,
};

/// Each range contains the previous one; the last one is the document.
fn selection_is_nested(file: &File, text: &str, at: usize) {
    let (enclosing, _) = SyntaxTrees::default().enclosing(file.document(), at, usize::MAX);
    let chain = selection::selection_ranges(file, at, &enclosing);
    assert_eq!(chain.is_empty(), !matches!(file.kind(), DocumentKind::Plan | DocumentKind::Checklist));
    for range in &chain {
        assert!(range.start <= at && at <= range.end, "{range:?} at {at} in {text:?}");
        assert!(
            text.is_char_boundary(range.start) && text.is_char_boundary(range.end),
            "{range:?} in {text:?}"
        );
    }
    for pair in chain.windows(2) {
        let contains = pair[1].start <= pair[0].start && pair[0].end <= pair[1].end;
        assert!(contains && pair[0] != pair[1], "{pair:?} in {text:?}");
    }
    assert!(chain.last().is_none_or(|last| *last == (0..text.len())));
}

/// Results for a range equal the results for the whole document, restricted to the range.
fn hints_and_tokens_of_a_range(file: &File, text: &str, at: usize, all: &[tokens::Token]) {
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let end =
        (at..=text.len()).find(|end| *end >= at + 40 && text.is_char_boundary(*end)).unwrap_or(text.len());
    let part = at..end;
    let mut whole = inlay::inlay_hints(file, &(0..text.len()), ALL_HINTS);
    whole.retain(|hint| part.start <= hint.offset && hint.offset <= part.end);
    assert_eq!(inlay::inlay_hints(file, &part, ALL_HINTS), whole, "{part:?} of {text:?}");
    let lines = |range: &TextRange| {
        let first = file.document().rope().byte_to_line(range.start);
        first..file.document().rope().byte_to_line(range.end) + 1
    };
    let requested = lines(&part);
    let whole: Vec<_> = all.iter().filter(|token| requested.contains(&lines(&token.range).start)).collect();
    let found = tokens::tokens(file, &workspace, Some(&part));
    assert_eq!(found.iter().collect::<Vec<_>>(), whole, "{part:?} of {text:?}");
}

/// Checks hints, lenses and folds of a document; returns its tokens.
fn decorations(file: &File, text: &str) -> Vec<tokens::Token> {
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let plan = file.plan();
    let is_plan_or_checklist = matches!(file.kind(), DocumentKind::Plan | DocumentKind::Checklist);
    let on_a_line = |range: &TextRange| {
        assert!(
            text.is_char_boundary(range.start) && text.is_char_boundary(range.end),
            "{range:?} in {text:?}"
        );
        assert!(!text[range.clone()].contains(['\n', '\r']), "{range:?} in {text:?}");
    };
    let found = tokens::tokens(file, &workspace, None);
    found.iter().for_each(|token| on_a_line(&token.range));
    assert!(found.iter().all(|token| !token.range.is_empty()));
    assert!(found.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start), "{found:?} in {text:?}");
    let hints = inlay::inlay_hints(file, &(0..text.len()), ALL_HINTS);
    for hint in &hints {
        assert!(text.is_char_boundary(hint.offset) && !hint.label.is_empty(), "{hint:?} in {text:?}");
        if let Some((done, total)) = hint.label.split_once('/') {
            let line = file.document().line_start(hint.offset);
            let on_line = plan.items().filter(|item| file.document().line_start(item.line().start) == line);
            let counts: Vec<String> = on_line
                .map(|item| item.progress())
                .map(|progress| format!("{}/{}", progress.done, progress.total))
                .collect();
            assert!(counts.contains(&format!("{done}/{total}")), "{hint:?} in {text:?}");
        }
    }
    let lenses = lens::lenses(file, lens::LensOptions { title: true, phases: true });
    for lens in &lenses {
        on_a_line(&lens.range);
        match &lens.action {
            lens::LensAction::None | lens::LensAction::Open(_) => {}
            lens::LensAction::Show(at) => assert!(text.is_char_boundary(*at)),
            lens::LensAction::Toggle(place) | lens::LensAction::Complete(place) => {
                assert!(text.is_char_boundary(place.start) && text.is_char_boundary(place.end));
            }
        }
    }
    let open_dependencies = file.open_dependencies();
    let next = file.next_tasks();
    for index in next {
        assert!(plan.item(*index).is_some() && !open_dependencies.contains_key(index), "{index} in {text:?}");
    }
    let folds = folding::folding(file);
    for fold in &folds {
        assert!(text[fold.range.clone()].contains(['\n', '\r']), "{fold:?} in {text:?}");
    }
    if !is_plan_or_checklist {
        let nothing =
            found.is_empty() && hints.is_empty() && lenses.is_empty() && next.is_empty() && folds.is_empty();
        assert!(nothing, "{text:?}");
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_121), ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_handled(text in text()) {
        check_all_ranges(&text);
        File::new(".plansmith/templates/x.md", Document::new(&text)).findings();
        let derived = plan_schema::derive(&plan_model::Plan::new(&Document::new(&text)));
        plan_schema::Template::compile("derived", &derived);
    }

    #[test]
    fn edited_equals_fresh(text in text(), edits in prop::collection::vec((any::<prop::sample::Index>(), 0usize..6, text_or_char()), 1..8)) {
        let mut document = Document::new(&text);
        let mut model = text;
        let mut previous = File::new("plan.md", document.clone());
        all_results(&previous);
        for (at, removed, new) in edits {
            let boundaries: Vec<usize> = model.char_indices().map(|(at, _)| at).chain([model.len()]).collect();
            let first = at.index(boundaries.len());
            let last = (first + removed).min(boundaries.len() - 1);
            let range = boundaries[first]..boundaries[last];
            document.edit(range.clone(), &new);
            model.replace_range(range, &new);
            let edited = next_version(&previous, &document);
            let fresh = File::new("plan.md", Document::new(&model));
            prop_assert_eq!(all_results(&edited), all_results(&fresh), "{:?}", model);
            previous = edited;
        }
    }

    /// Incremental results equal fresh ones in long plans, where most edits change only a word.
    #[test]
    fn typed_equals_fresh(lines in 20usize..80, typed in prop::collection::vec((any::<prop::sample::Index>(), "[a-z0-9 .x]|", 0usize..2), 1..4)) {
        let mut model = plan_test::generate::dense(lines);
        let mut document = Document::new(&model);
        let mut previous = File::new("plan.md", document.clone());
        all_results(&previous);
        for (at, new, removed) in typed {
            let at = (0..=at.index(model.len())).rev().find(|at| model.is_char_boundary(*at)).unwrap_or(0);
            let end = model[at..].char_indices().map(|(next, _)| at + next).nth(removed).unwrap_or(at);
            document.edit(at..end, &new);
            model.replace_range(at..end, &new);
            let edited = next_version(&previous, &document);
            let fresh = File::new("plan.md", Document::new(&model));
            prop_assert_eq!(all_results(&edited), all_results(&fresh), "{:?}", model);
            previous = edited;
        }
    }

    /// Incremental results equal fresh ones in plans that follow a template closely, while states, titles and the
    /// template change.
    #[test]
    fn filled_in_equals_fresh(
        template in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        let templates = plan_schema::Templates::built_in();
        let template = &templates.all()[template.index(templates.all().len())];
        let mut model = plan_from_template(template);
        let mut document = Document::new(&model);
        let mut previous = File::new("plan.md", document.clone());
        all_results(&previous);
        for (place, word) in edits {
            let [one, other] = WORDS[word.index(WORDS.len())];
            let of = |from: &'static str, to: &'static str| {
                model.match_indices(from).map(move |(at, _)| (at..at + from.len(), to)).collect::<Vec<_>>()
            };
            let changes = [of(one, other), of(other, one)].concat();
            if changes.is_empty() {
                continue;
            }
            let (place, new) = changes[place.index(changes.len())].clone();
            document.edit(place.clone(), new);
            model.replace_range(place, new);
            let edited = next_version(&previous, &document);
            let fresh = File::new("plan.md", Document::new(&model));
            prop_assert_eq!(all_results(&edited), all_results(&fresh), "{:?}", model);
            previous = edited;
        }
    }

    /// Applying `--fix` repeatedly terminates: fixing one checkbox can reveal another one in the next line, but not
    /// endlessly.
    #[test]
    fn fixing_repeatedly_terminates(text in text()) {
        let mut fixed = text.clone();
        for _ in 0..5 {
            fixed = apply_all(&fixed);
        }
        prop_assert_eq!(apply_all(&fixed), fixed, "{:?}", text);
    }

    /// Toggling a whole document leaves all its checkboxes in the same state.
    #[test]
    fn toggling_leads_to_one_state(text in text()) {
        let file = File::new("plan.md", Document::new(&text));
        let (edits, _) = actions::toggle_task::toggle_ranges(&file, std::slice::from_ref(&(0..text.len())), false);
        let toggled = apply(&text, &edits);
        let file = File::new("plan.md", Document::new(&toggled));
        let boxes: Vec<_> = file
            .plan()
            .items()
            .filter(|item| item.state() != Some(plan_model::State::Cancelled))
            .filter_map(|item| item.state_sources().find(|(kind, ..)| matches!(kind, StateSourceKind::Checkbox | StateSourceKind::BoldCheckbox)))
            .map(|(_, _, state)| state)
            .collect();
        prop_assert!(edits.is_empty() || boxes.windows(2).all(|pair| pair[0] == pair[1]), "{:?} became {:?}", text, toggled);
    }
}

fn text_or_char() -> impl Strategy<Value = String> {
    prop_oneof![text(), "(#|`|-|x|\\[|\\]| |\n|\r|é|🚀|a|1|2|\\.){0,4}"]
}

fn apply(text: &str, edits: &[plan_ide::Edit]) -> String {
    let edits: Vec<_> = edits.iter().map(|edit| (edit.range.clone(), edit.text.clone())).collect();
    plan_test::apply(text, &edits)
}

fn apply_all(text: &str) -> String {
    let file = File::new("plan.md", Document::new(text));
    apply(text, &all_fixes(&file))
}

/// Fixes in real documents: a fix removes its finding, and safe fixes cause no findings of other rules.
#[test]
fn a_fix_removes_its_finding_and_causes_no_others() {
    let mut fixes = 0;
    for (name, text) in plan_test::real_documents() {
        {
            let before = found_in(&File::new(&*name, Document::new(&text)));
            let key = |finding: &Finding| format!("{:?} {}", finding.rule, finding.message);
            // A few findings per rule are sufficient.
            let mut of_rule: std::collections::HashMap<&str, usize> = std::collections::HashMap::new();
            for finding in &before {
                let number = of_rule.entry(finding.rule.name).or_default();
                *number += 1;
                if *number > 6 {
                    continue;
                }
                for fix in &finding.fixes {
                    fixes += 1;
                    let fixed = apply(&text, &fix.edits);
                    let after = found_in(&File::new(&*name, Document::new(&fixed)));
                    let count =
                        |all: &[Finding]| all.iter().filter(|other| key(other) == key(finding)).count();
                    // Below a longer fence, the next nested fence becomes visible.
                    let is_gone = !after
                        .iter()
                        .any(|other| key(other) == key(finding) && other.range.start == finding.range.start);
                    assert!(
                        count(&after) < count(&before) || finding.rule.name == "nested-fence" && is_gone,
                        "{name}: `{}` leaves {}",
                        fix.title,
                        key(finding)
                    );
                    if fix.safe {
                        let known: std::collections::HashSet<&str> =
                            before.iter().map(|other| other.rule.name).collect();
                        let new: Vec<String> =
                            after.iter().filter(|other| !known.contains(other.rule.name)).map(key).collect();
                        assert_eq!(new, Vec::<String>::new(), "{name}: `{}`", fix.title);
                    }
                }
            }
        }
    }
    assert!(fixes > 10, "{fixes}");
}

#[test]
fn prefixes_of_real_documents() {
    let mut files = Vec::new();
    let mut folders = vec![plan_test::repository().join("docs/examples")];
    folders.extend(["seeds", "corpus"].into_iter().filter_map(plan_test::shared));
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md" || extension == "txt") {
                files.push(path);
            }
        }
    }
    assert!(!files.is_empty());
    files.sort();
    for path in files {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        // Testing every prefix would take minutes; steps that differ per file cover all kinds of offsets.
        let cuts = if cfg!(debug_assertions) { 3 } else { 12 };
        let step = (text.len() / cuts).max(1) | 1;
        for at in (0..text.len()).step_by(step).filter(|at| text.is_char_boundary(*at)) {
            check_all_ranges(&text[..at]);
        }
        check_all_ranges(&text);
    }
}
