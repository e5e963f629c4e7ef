//! Benchmarks each feature and each rule after an edit, compared with parsing the edited segment.

use std::{hint::black_box, time::Duration};

use plan_ide::{
    File, Index, NoDisk, Workspace, completion, folding, hover, inlay, lens, navigation, outline,
    rules::{Check, RULES, RestCheck, RuleView},
    tokens,
};
use plan_syntax::Document;
use plan_test::generate;

use super::{ResultColumn, time};

/// Number of edits per plan.
const FEATURE_ROUNDS: usize = 100;
/// Maximum number of rules printed, slowest first.
const MAX_RULES: usize = 60;

/// Edits a task in plans of several lengths, and runs all features and rules.
pub(super) fn run(lengths: &[usize]) {
    println!(
        "One character inserted into a task, then everything computed; medians and 95th percentiles of {FEATURE_ROUNDS} edits, microseconds.\n"
    );
    for &lines in lengths {
        let (columns, mut rules) = measure(lines);
        println!("## {lines} lines\n\n| | median | 95% |\n|---|------:|------:|");
        for column in &columns {
            println!("| {} | {:.0} | {:.0} |", column.name, column.percentile(50), column.percentile(95));
        }
        rules.sort_by(|a, b| b.percentile(50).total_cmp(&a.percentile(50)));
        let sum: f64 = rules.iter().map(|rule| rule.percentile(50)).sum();
        println!("\n| rule | median | 95% |\n|---|------:|------:|\n| all | {sum:.0} | |");
        for rule in rules.iter().take(MAX_RULES) {
            println!("| {} | {:.0} | {:.0} |", rule.name, rule.percentile(50), rule.percentile(95));
        }
        println!();
    }
}

/// Returns the measurements of the features and of the rules.
fn measure(lines: usize) -> (Vec<ResultColumn>, Vec<ResultColumn>) {
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let text = generate::dense(lines).replacen("type: plan", "type: plan\ntemplate: project-plan", 1);
    let mut document = Document::new(&text);
    let first = File::new("plan.md", document.clone());
    black_box(first.findings());
    let at = text.find("- [ ] **Task").map_or(0, |at| at + 20);
    let all = inlay::InlayHintOptions {
        phases: true,
        parents: true,
        dependencies: true,
        dates: true,
        gantt: true,
        schedule: true,
        milestones: true,
    };
    type Feature = fn(&File, &Workspace<'_>, usize, inlay::InlayHintOptions) -> usize;
    // The order is significant, because later features use results of earlier ones.
    let features: [(&'static str, Feature); 15] = [
        ("plan", |file, _, _, _| file.plan().progress().total),
        ("binding", |file, _, _, _| usize::from(file.binding().is_some())),
        ("kind", |file, _, _, _| file.kind() as usize),
        ("findings of the file", |file, _, _, _| file.findings().len()),
        ("findings across files", |file, workspace, _, _| file.findings_in(workspace).len()),
        ("summary", |file, _, _, _| file.entry().summary.headings.len()),
        ("completion", |file, workspace, at, _| completion::completions(file, workspace, at, None).len()),
        ("hover", |file, workspace, at, _| usize::from(hover::hover(file, workspace, at).is_some())),
        ("definition", |file, workspace, at, _| {
            usize::from(navigation::definition(file, workspace, at).is_some())
        }),
        ("outline", |file, _, _, _| outline::outline(file).len()),
        ("folding", |file, _, _, _| folding::folding(file).len()),
        ("links", |file, workspace, _, _| navigation::links(file, workspace).len()),
        ("all hints", |file, _, _, all| inlay::inlay_hints(file, &(0..file.document().len()), all).len()),
        ("lenses", |file, _, _, _| lens::lenses(file, lens::LensOptions::default()).len()),
        ("semantic tokens", |file, workspace, _, _| tokens::tokens(file, workspace, None).len()),
    ];
    let mut columns = vec![ResultColumn::new("reference: edit + segment")];
    columns.extend(features.iter().map(|(name, _)| ResultColumn::new(name)));
    let mut rules: Vec<ResultColumn> = RULES.iter().map(|rule| ResultColumn::new(rule.name)).collect();
    for _ in 0..FEATURE_ROUNDS {
        let reference = time(|| {
            document.edit(at..at, "x");
            document
                .segment_at(at)
                .map(|(start, segment)| black_box(document.content(start, segment)).text.len())
        });
        columns[0].times.push(reference);
        let previous = first.cached_plan().cloned();
        let file = File::with_previous(previous, "plan.md", document.clone(), first.shared_environment());
        for (column, (_, feature)) in columns[1..].iter_mut().zip(features) {
            column.times.push(time(|| feature(&file, &workspace, at, all)));
        }
        // Create a new file, so that no rule uses results of the features above.
        let previous = file.cached_plan().cloned();
        let file = File::with_previous(previous, "plan.md", document.clone(), first.shared_environment());
        black_box((file.plan(), file.binding(), file.kind()));
        for (column, rule) in rules.iter_mut().zip(RULES) {
            let mut found = Vec::new();
            let applies = rule.applies_to.contains(&file.kind()) && rule.severity.is_some();
            column.times.push(match rule.check {
                Check::File(check) if applies => time(|| check(&file, &mut found)),
                Check::Workspace(check, _) if applies => time(|| check(&file, &workspace, &mut found)),
                Check::PerSegment(check) if applies => time(|| {
                    RuleView::each(&file).for_each(|view| (check.check)(&view, &mut found));
                    match check.check_rest {
                        RestCheck::None => {}
                        RestCheck::File(rest) => rest(&file, &mut found),
                        RestCheck::Workspace(rest) => rest(&file, &workspace, &mut found),
                    }
                }),
                _ => Duration::ZERO,
            });
        }
    }
    (columns, rules)
}
