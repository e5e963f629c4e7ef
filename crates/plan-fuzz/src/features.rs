//! Runs every feature on a plan, at sampled offsets.

use std::sync::Arc;

use plan_ide::{
    Edit, Environment, File, Index, NoDisk, RuleSeverities, TextRange, Workspace, actions, completion,
    fix_all, folding, formatting, hierarchy, hover, inlay, lens, navigation, on_type, outline, overview,
    rename, selection, symbols, tokens,
};
use plan_syntax::{Document, tree::SyntaxTrees};

use crate::boundary;

/// Maximum length in bytes of a text for features that parse the document several times.
const MAX_SHORT_TEXT_BYTES: usize = 600;

const ALL_HINTS: inlay::InlayHintOptions = inlay::InlayHintOptions {
    phases: true,
    parents: true,
    dependencies: true,
    dates: true,
    gantt: true,
    schedule: true,
    milestones: true,
};

/// Checks that a range is valid in the text and on character boundaries.
#[track_caller]
pub(crate) fn check(text: &str, range: &TextRange) {
    assert!(
        range.start <= range.end && text.is_char_boundary(range.start) && text.is_char_boundary(range.end),
        "{range:?} in {text:?}"
    );
}

/// Checks that edits that are applied together do not overlap.
#[track_caller]
fn check_edits(text: &str, edits: &[Edit]) {
    edits.iter().for_each(|edit| check(text, &edit.range));
    let edits: Vec<_> = edits.iter().map(|edit| (edit.range.clone(), edit.text.clone())).collect();
    plan_test::apply(text, &edits);
}

/// Runs every feature on a plan with this text.
pub(crate) fn run_all(text: &str) {
    let environment =
        Arc::new(Environment { today: Some("2026-11-21".to_owned()), ..Environment::default() });
    let file = File::with_environment("plans/plan.md", Document::new(text), Arc::clone(&environment));
    let mut index = Index::default();
    index.set("plans/plan.md", Some(file.entry()));
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    run_on_document(text, &file, &workspace);
    for offset in sampled_offsets(text) {
        run_at_offset(text, &file, &workspace, offset);
    }
}

/// Returns a few byte offsets: both ends, and some that depend on the text, so that mutations change them.
fn sampled_offsets(text: &str) -> Vec<usize> {
    let mut hash = text
        .bytes()
        .fold(text.len() as u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
    let mut found = vec![0, text.len()];
    for _ in 0..4 {
        hash = hash.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        found.push(boundary(text, (hash >> 33) as usize % (text.len() + 1)));
    }
    found
}

fn run_on_document(text: &str, file: &File, workspace: &Workspace<'_>) {
    let findings: Vec<_> = plan_ide::report(file, workspace, &RuleSeverities::default());
    for (finding, _) in &findings {
        check(text, &finding.range);
        finding.related.iter().for_each(|related| check(text, &related.range));
        let fixes = finding.with_fixes(file, workspace).fixes;
        fixes.iter().for_each(|fix| check_edits(text, &fix.edits));
        plan_ide::disable(file, finding).iter().for_each(|(_, edit)| check(text, &edit.range));
    }
    check_edits(text, &fix_all(file, workspace, findings.iter().map(|(finding, _)| &**finding)));
    for symbol in outline::outline(file) {
        check(text, &symbol.range);
        check(text, &symbol.selection);
    }
    folding::folding(file).iter().for_each(|fold| check(text, &fold.range));
    tokens::tokens(file, workspace, None).iter().for_each(|token| check(text, &token.range));
    inlay::inlay_hints(file, &(0..text.len()), ALL_HINTS)
        .iter()
        .for_each(|hint| check(text, &(hint.offset..hint.offset)));
    lens::lenses(file, lens::LensOptions { title: true, phases: true })
        .iter()
        .for_each(|lens| check(text, &lens.range));
    navigation::links(file, workspace).iter().for_each(|link| check(text, &link.range));
    let graph = overview::graph(file);
    assert!(overview::mermaid(&graph).lines().count() > graph.edges.len());
    let status = overview::status(file);
    assert!(status.done <= status.total);
    file.open_dependencies();
    symbols::symbols(workspace.index, "a", 10);
    if text.len() < MAX_SHORT_TEXT_BYTES {
        check_edits(text, &formatting::format(file, None, &formatting::Options::default()));
    }
}

fn run_at_offset(text: &str, file: &File, workspace: &Workspace<'_>, offset: usize) {
    for found in completion::completions(file, workspace, offset, None) {
        check(text, &found.edit.range);
    }
    hover::hover(file, workspace, offset).iter().for_each(|found| check(text, &found.range));
    hover::template_location(file, offset);
    let (enclosing, _) = SyntaxTrees::default().enclosing(file.document(), offset, usize::MAX);
    selection::selection_ranges(file, offset, &enclosing).iter().for_each(|range| check(text, range));
    navigation::highlights(file, offset).iter().for_each(|range| check(text, range));
    navigation::definition(file, workspace, offset).iter().for_each(|(range, _)| check(text, range));
    if let Some(uses) = navigation::references(file, workspace, offset) {
        (uses.find)(file, workspace.index);
    }
    if rename::prepare(file, workspace, offset).is_some()
        && let Ok(changes) = rename::rename(file, workspace, offset, "Task 77")
    {
        check_edits(text, &changes.edits);
    }
    for entry in hierarchy::prepare(file, workspace, offset) {
        if let Some(item) = hierarchy::find(file, entry.item, None, &entry.name) {
            hierarchy::calls(file, workspace.index, item, hierarchy::Direction::Incoming, &[]);
            hierarchy::calls(file, workspace.index, item, hierarchy::Direction::Outgoing, &[]);
        }
    }
    check_edits(text, &on_type::on_newline(file, offset));
    for range in [offset..offset, offset..text.len()] {
        let context = actions::Context { file, workspace, range: &range, on_request: true };
        for action in actions::actions(&context) {
            if text.len() < MAX_SHORT_TEXT_BYTES || matches!(action.change, actions::Change::Edits(_)) {
                check_edits(text, &action.changes(file, workspace).edits);
            }
        }
    }
}
