//! `cargo xtask corpus`: what the engine reads and finds in a folder of real plans.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use plan_ide::File;
use plan_model::ItemKind;
use plan_schema::Kind;
use plan_syntax::Document;

/// Families of documents that are no plans: a finding in one is a defect.
const NO_PLANS: [&str; 3] = ["kep", "rust-rfc", "adr"];

#[derive(Default)]
struct Counts {
    documents: usize,
    plans: usize,
    checklists: usize,
    phases: usize,
    tasks: usize,
    done: usize,
    ids: usize,
    status: usize,
    known_status: usize,
    findings: BTreeMap<&'static str, usize>,
}

/// Reads every document that `INDEX.tsv` in the folder lists and prints counts per family. Fails where a document of a
/// family that is no plan has a finding.
pub fn run(folder: &Path) -> ExitCode {
    let index = folder.join("INDEX.tsv");
    let Ok(listed) = std::fs::read_to_string(&index) else {
        eprintln!("cannot read {}: give the folder of a corpus with its index", index.display());
        return ExitCode::from(2);
    };
    let mut families: BTreeMap<String, Counts> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in listed.lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(family), Some(repository), Some(path)) = (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        let path: PathBuf = folder.join(repository.replace('/', "+")).join(path);
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("cannot read {}", path.display());
            continue;
        };
        let file = File::new(path.to_string_lossy(), Document::new(&text));
        let counts = families.entry(family.to_owned()).or_default();
        count(counts, &file);
        if NO_PLANS.contains(&family) {
            wrong.extend(
                file.findings().iter().map(|finding| format!("{}: {}", path.display(), finding.message)),
            );
        }
    }
    print(&families);
    for finding in &wrong {
        eprintln!("a finding in a document that is no plan: {finding}");
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn count(counts: &mut Counts, file: &File) {
    counts.documents += 1;
    match file.kind() {
        Kind::Plan => counts.plans += 1,
        Kind::Checklist => counts.checklists += 1,
        Kind::Ordinary => {}
    }
    let plan = file.plan();
    counts.phases += plan.items().filter(|item| item.kind() == ItemKind::Phase).count();
    counts.tasks += plan.items().filter(|item| item.kind() == ItemKind::Task).count();
    counts.ids += plan.items().filter(|item| item.kind() == ItemKind::Task && item.id().is_some()).count();
    counts.done += plan.progress().done;
    if let Some(status) = plan.status() {
        counts.status += 1;
        counts.known_status += usize::from(plan.state_of(&status.value).is_some());
    }
    for finding in file.findings() {
        *counts.findings.entry(finding.rule.name).or_default() += 1;
    }
}

fn print(families: &BTreeMap<String, Counts>) {
    println!(
        "| family | documents | plans | checklists | phases | tasks | with id | done | status | known | findings |"
    );
    println!(
        "|--------|----------:|------:|-----------:|-------:|------:|--------:|-----:|-------:|------:|----------|"
    );
    for (family, counts) in families {
        let findings: Vec<String> =
            counts.findings.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        println!(
            "| {family} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            counts.documents,
            counts.plans,
            counts.checklists,
            counts.phases,
            counts.tasks,
            counts.ids,
            counts.done,
            counts.status,
            counts.known_status,
            findings.join(", "),
        );
    }
}
