//! `cargo xtask corpus`: statistics and findings of a directory of real plans.

mod changes;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use plan_ide::File;
use plan_model::{Item, ItemKind, Plan, Relation, State};
use plan_schema::DocumentKind;
use plan_syntax::Document;
use plansmith::inspect::InspectedDocument;

/// Families of documents that are not plans. A finding in such a document is a defect.
const FAMILIES_WITHOUT_PLANS: [&str; 3] = ["kep", "rust-rfc", "adr"];

#[derive(Default)]
struct CorpusCounts {
    documents: usize,
    plans: usize,
    checklists: usize,
    phases: usize,
    tasks: usize,
    done: usize,
    ids: usize,
    status: usize,
    known_status: usize,
    dependencies: usize,
    findings: BTreeMap<&'static str, usize>,
}

/// The number of occurrences of each form, by category.
type Forms = BTreeMap<&'static str, BTreeMap<String, usize>>;

/// Reads every document that the directory's `INDEX.tsv` lists and prints counts per family and form. Fails
/// if a document of a family that has no plans has a finding.
pub fn run(directory: &Path, save: Option<&Path>, diff: Option<&Path>) -> ExitCode {
    let index = directory.join("INDEX.tsv");
    let Ok(listing) = std::fs::read_to_string(&index) else {
        eprintln!("cannot read {}: expected a corpus directory with an index", index.display());
        return ExitCode::from(2);
    };
    let mut families: BTreeMap<String, CorpusCounts> = BTreeMap::new();
    let mut forms = Forms::new();
    let mut defects = Vec::new();
    let mut inspected = Vec::new();
    for line in listing.lines().skip(1) {
        let mut columns = line.split('\t');
        let (Some(family), Some(repository), Some(path)) = (columns.next(), columns.next(), columns.next())
        else {
            continue;
        };
        let name = format!("{}/{path}", repository.replace('/', "+"));
        let path: PathBuf = directory.join(&name);
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("cannot read {}", path.display());
            continue;
        };
        let file = File::new(name.clone(), Document::new(&text));
        count(families.entry(family.to_owned()).or_default(), &file);
        count_forms(&mut forms, &file);
        if FAMILIES_WITHOUT_PLANS.contains(&family) {
            defects.extend(file.findings().iter().map(|finding| format!("{name}: {}", finding.message)));
        }
        if save.is_some() || diff.is_some() {
            inspected.push(InspectedDocument::new(&name, &text));
        }
    }
    if let Some(old) = diff {
        if let Err(error) = changes::print(old, &inspected) {
            eprintln!("cannot compare with {}: {error}", old.display());
            return ExitCode::from(2);
        }
    } else {
        print(&families);
        print_forms(&forms);
    }
    if let Some(path) = save
        && let Err(error) = changes::save(path, &inspected)
    {
        eprintln!("cannot write {}: {error}", path.display());
        return ExitCode::from(2);
    }
    for finding in &defects {
        eprintln!("finding in a document that is not a plan: {finding}");
    }
    if defects.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn count(counts: &mut CorpusCounts, file: &File) {
    counts.documents += 1;
    match file.kind() {
        DocumentKind::Plan => counts.plans += 1,
        DocumentKind::Checklist => counts.checklists += 1,
        DocumentKind::Specification | DocumentKind::Ordinary | DocumentKind::Template => {}
    }
    let plan = file.plan();
    let tasks = || plan.items().filter(|item| item.kind() == ItemKind::Task);
    counts.phases += plan.items().filter(|item| item.kind() == ItemKind::Phase).count();
    counts.tasks += tasks().count();
    counts.ids += tasks().filter(|item| item.id().is_some()).count();
    counts.done += plan.progress().done;
    counts.dependencies +=
        plan.located_dependencies().iter().filter(|found| !found.targets().is_empty()).count();
    if let Some(status) = plan.status() {
        counts.status += 1;
        counts.known_status += usize::from(plan.state_of(&status.value).is_some());
    }
    for finding in file.findings() {
        *counts.findings.entry(finding.rule.name).or_default() += 1;
    }
}

fn count_forms(forms: &mut Forms, file: &File) {
    let mut add = |category: &'static str, form: String| {
        *forms.entry(category).or_default().entry(form).or_default() += 1
    };
    let plan = file.plan();
    for item in plan.items() {
        let mut sources: Vec<&str> = item.state_sources().map(|(kind, ..)| kind.name()).collect();
        sources.dedup();
        add("written as", format!("{} {}", item.kind().name(), sources.join(" + ")));
        add("state", item.state().map_or("none", State::name).to_owned());
        if item.kind() == ItemKind::Task {
            add("role", item.role().name().to_owned());
            if let Some((_, range, _)) = item.state_sources().find(|(kind, ..)| kind.is_checkbox()) {
                add("checkbox character", format!("[{}]", file.document().slice(range)));
            }
            add("starts with", start(plan, &item).to_owned());
        } else if let Some((word, _)) = item.id().and_then(|id| id.phase_parts()) {
            add("phase", word.to_owned());
        } else {
            add("phase", "a number".to_owned());
        }
    }
    for found in plan.located_dependencies() {
        let relation = match found.relation {
            Relation::DependsOn => "depends on",
            Relation::Blocks => "blocks",
            Relation::Requirement => "requirement",
        };
        let document = if found.dependent.is_some() { "" } else { " (document)" };
        add("dependency", format!("{relation}{document}: {}", found.class_name()));
    }
    for table in plan.tables() {
        add("table", format!("{:?}", table.kind()));
    }
}

/// Returns the form of the start of a task's text.
fn start(plan: &Plan, item: &Item<'_>) -> &'static str {
    let id = item.written_id().unwrap_or_default();
    let first = |c: fn(char) -> bool| id.starts_with(c);
    match () {
        () if id.is_empty() && item.title().is_empty() => "nothing",
        () if id.is_empty() && plan.document().slice(item.title_range()).starts_with('`') => "code",
        () if id.is_empty() => "plain words",
        () if id.contains(' ') => "a word and a number",
        () if id.starts_with('#') => "#1",
        () if first(|c| c.is_ascii_digit()) && id.contains('.') => "1.1",
        () if first(|c| c.is_ascii_digit()) => "1",
        () if id.contains('-') => "ID-001",
        () => "T001",
    }
}

fn print(families: &BTreeMap<String, CorpusCounts>) {
    println!(
        "| family | documents | plans | checklists | phases | tasks | with ID | done | status | known | dependencies | findings |"
    );
    println!(
        "|--------|----------:|------:|-----------:|-------:|------:|--------:|-----:|-------:|------:|-------------:|----------|"
    );
    for (family, counts) in families {
        let findings: Vec<String> =
            counts.findings.iter().map(|(rule, count)| format!("{rule} {count}")).collect();
        println!(
            "| {family} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            counts.documents,
            counts.plans,
            counts.checklists,
            counts.phases,
            counts.tasks,
            counts.ids,
            counts.done,
            counts.status,
            counts.known_status,
            counts.dependencies,
            findings.join(", "),
        );
    }
}

fn print_forms(forms: &Forms) {
    for (category, counts) in forms {
        println!("\n{category}");
        let mut counts: Vec<(&String, &usize)> = counts.iter().collect();
        counts.sort_by_key(|(form, count)| (std::cmp::Reverse(**count), form.as_str()));
        for (form, count) in counts {
            println!("{count:>7}  {form}");
        }
    }
}
