//! What each feature and each rule costs after a keystroke, beside reading the touched segment.

use std::{hint::black_box, time::Duration};

use plan_ide::{
    File, Index, NoDisk, Workspace, completion, folding, hover, inlay, lens, navigation, outline,
    rules::{Check, RULES, Rest},
    tokens,
};
use plan_syntax::Document;
use plan_test::generate;

use super::{Column, time};

/// Keystrokes per size.
const ROUNDS: usize = 100;
/// So many rules are listed, the slowest first.
const RULES_LISTED: usize = 60;

/// Types into a task of plans of several sizes and asks for everything.
pub(super) fn run(lengths: &[usize]) {
    println!(
        "One character typed into a task, then everything asked; medians / 95th percentiles of {ROUNDS}, microseconds.\n"
    );
    for &lines in lengths {
        let (columns, mut rules) = measured(lines);
        println!("## {lines} lines\n\n| | median | 95 % |\n|---|------:|------:|");
        for column in &columns {
            println!("| {} | {:.0} | {:.0} |", column.name, column.part(50), column.part(95));
        }
        rules.sort_by(|a, b| b.part(50).total_cmp(&a.part(50)));
        let sum: f64 = rules.iter().map(|rule| rule.part(50)).sum();
        println!("\n| rule | median | 95 % |\n|---|------:|------:|\n| all | {sum:.0} | |");
        for rule in rules.iter().take(RULES_LISTED) {
            println!("| {} | {:.0} | {:.0} |", rule.name, rule.part(50), rule.part(95));
        }
        println!();
    }
}

/// The features, then the rules.
fn measured(lines: usize) -> (Vec<Column>, Vec<Column>) {
    let index = Index::default();
    let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
    let text = generate::dense(lines).replacen("type: plan", "type: plan\ntemplate: project-plan", 1);
    let mut document = Document::new(&text);
    let first = File::new("plan.md", document.clone());
    black_box(first.findings());
    let at = text.find("- [ ] **Task").map_or(0, |at| at + 20);
    let all = inlay::Switches { phases: true, parents: true, waits: true, dates: true, charts: true };
    type Ask = fn(&File, &Workspace<'_>, usize, inlay::Switches) -> usize;
    // In this order: each builds on those before it.
    let features: [(&'static str, Ask); 15] = [
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
        ("lenses", |file, _, _, _| lens::lenses(file, lens::LensSwitches::default()).len()),
        ("semantic tokens", |file, workspace, _, _| tokens::tokens(file, workspace, None).len()),
    ];
    let mut columns = vec![Column::new("floor: edit + segment")];
    columns.extend(features.iter().map(|(name, _)| Column::new(name)));
    let mut rules: Vec<Column> = RULES.iter().map(|rule| Column::new(rule.name)).collect();
    for _ in 0..ROUNDS {
        let floor = time(|| {
            document.edit(at..at, "x");
            document
                .segment_at(at)
                .map(|(start, segment)| black_box(document.content(start, segment)).text.len())
        });
        columns[0].times.push(floor);
        let earlier = first.known_plan().cloned();
        let file = File::following(earlier, "plan.md", document.clone(), first.shared_environment());
        for (column, (_, ask)) in columns[1..].iter_mut().zip(features) {
            column.times.push(time(|| ask(&file, &workspace, at, all)));
        }
        // A file of its own, so that each rule is the first to ask what it asks.
        let earlier = file.known_plan().cloned();
        let file = File::following(earlier, "plan.md", document.clone(), first.shared_environment());
        black_box((file.plan(), file.binding(), file.kind()));
        for (column, rule) in rules.iter_mut().zip(RULES) {
            let mut found = Vec::new();
            let asked = rule.applies_to.contains(&file.kind()) && rule.severity.is_some();
            column.times.push(match rule.check {
                Check::File(check) if asked => time(|| check(&file, &mut found)),
                Check::Workspace(check, _) if asked => time(|| check(&file, &workspace, &mut found)),
                Check::Segments(check) if asked => time(|| {
                    file.plan().parts().for_each(|part| (check.each)(&file, &part, &mut found));
                    match check.rest {
                        Rest::Nothing => {}
                        Rest::File(rest) => rest(&file, &mut found),
                        Rest::Workspace(rest) => rest(&file, &workspace, &mut found),
                    }
                }),
                _ => Duration::ZERO,
            });
        }
    }
    (columns, rules)
}
