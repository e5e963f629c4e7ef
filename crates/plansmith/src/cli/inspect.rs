//! `plansmith inspect`: what was understood.

use std::{fmt::Write, path::PathBuf};

use plan_ide::File;
use plan_model::{Item, ItemKind, Progress, state};
use plan_schema::Kind;
use plan_syntax::Document;
use serde::Serialize;

use super::{
    Color, FAILED, Format,
    input::{Source, read_all},
    lines::LineIndex,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files; `-` for standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
}

#[derive(Serialize)]
struct Inspected {
    path: String,
    is_plan: bool,
    kind: &'static str,
    template: Option<TemplateMatch>,
    title: Option<String>,
    status: Option<Status>,
    fields: Vec<Field>,
    sections: Vec<Section>,
    items: Vec<ItemEntry>,
    progress: Counts,
    #[serde(skip)]
    reason: &'static str,
}

#[derive(Serialize)]
struct TemplateMatch {
    name: &'static str,
    how: &'static str,
}

#[derive(Serialize)]
struct Status {
    text: String,
    state: Option<&'static str>,
    line: usize,
}

#[derive(Serialize)]
struct Field {
    key: String,
    meaning: Option<&'static str>,
    value: String,
    line: usize,
}

#[derive(Serialize)]
struct Section {
    title: String,
    level: u8,
    line: usize,
    done: usize,
    total: usize,
}

#[derive(Serialize)]
struct ItemEntry {
    kind: &'static str,
    id: Option<String>,
    title: String,
    line: usize,
    state: Option<&'static str>,
    optional: bool,
    parent: Option<usize>,
    carriers: Vec<&'static str>,
    #[serde(skip)]
    progress: Progress,
}

#[derive(Serialize)]
struct Counts {
    done: usize,
    total: usize,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let (sources, complaints) = read_all(&arguments.files, None);
    let mut inspected: Vec<Inspected> = sources.iter().map(inspect).collect();
    match arguments.format {
        Format::Json => {
            // One file prints an object, several an array, whatever could be read of them.
            let single = arguments.files.len() == 1 && !arguments.files[0].is_dir();
            let json = match inspected.pop() {
                Some(only) if single => serde_json::to_string_pretty(&only),
                last => {
                    inspected.extend(last);
                    serde_json::to_string_pretty(&inspected)
                }
            };
            if !single || !sources.is_empty() {
                anstream::println!("{}", json.unwrap_or_default());
            }
        }
        Format::Text => {
            for document in &inspected {
                anstream::println!("{}", tree(document));
            }
        }
    }
    for complaint in &complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    if complaints.is_empty() { 0 } else { FAILED }
}

fn inspect(source: &Source) -> Inspected {
    let file = File::new(source.name.clone(), Document::new(&source.text));
    let index = LineIndex::new(&source.text);
    let line = |offset: usize| index.at(offset).line;
    let plan = file.plan();
    let progress = plan.progress();
    let classification = file.classification();
    Inspected {
        path: source.name.clone(),
        is_plan: classification.kind == Kind::Plan,
        kind: classification.kind.name(),
        reason: classification.reason,
        template: file.template().map(|template| TemplateMatch { name: template.name, how: "matched" }),
        title: plan.title(),
        status: plan.status().map(|status| Status {
            state: state::of_value(&status.value).map(state::State::name),
            line: line(status.value_range.start),
            text: status.value.into_owned(),
        }),
        fields: plan
            .fields()
            .into_iter()
            .map(|field| Field {
                meaning: field.meaning.map(plan_model::Meaning::name),
                line: line(field.key_range.start),
                key: field.key,
                value: field.value.into_owned(),
            })
            .collect(),
        sections: plan
            .sections()
            .map(|section| Section {
                title: section.title(),
                level: section.level(),
                line: line(section.heading_range().start),
                done: section.progress().done,
                total: section.progress().total,
            })
            .collect(),
        items: plan.items().map(|item| entry(&item, line(item.line().start))).collect(),
        progress: Counts { done: progress.done, total: progress.total },
    }
}

fn entry(item: &Item<'_>, line: usize) -> ItemEntry {
    ItemEntry {
        kind: item.kind().name(),
        id: item.id().map(ToString::to_string),
        title: item.title(),
        line,
        state: item.state().map(state::State::name),
        optional: item.is_optional(),
        parent: item.parent(),
        carriers: match item.kind() {
            ItemKind::Phase if item.carriers().next().is_none() => vec!["heading"],
            _ => item.carriers().map(|(kind, ..)| kind.name()).collect(),
        },
        progress: item.progress(),
    }
}

/// A document as a tree for people.
fn tree(document: &Inspected) -> String {
    let mut out = String::new();
    let title = document.title.as_deref().unwrap_or("(no title)");
    let _ = writeln!(out, "{}: {title}", document.path);
    let _ = writeln!(out, "  {}, since {}", document.kind, document.reason);
    if let Some(template) = &document.template {
        let _ = writeln!(out, "  follows the template {}", template.name);
    }
    if let Some(status) = &document.status {
        let _ = writeln!(
            out,
            "  status: {} ({})",
            status.text,
            status.state.unwrap_or("a word that nobody knows")
        );
    }
    if document.progress.total > 0 {
        let _ = writeln!(out, "  {}", bar(document.progress.done, document.progress.total));
    }
    for item in &document.items {
        let depth = std::iter::successors(item.parent, |parent| document.items[*parent].parent).count();
        let mark = match (item.kind, item.state) {
            ("phase", _) => "#",
            (_, Some("done")) => "x",
            (_, Some("active")) => "~",
            (_, Some("blocked")) => "!",
            (_, Some("deferred")) => ">",
            (_, Some("cancelled")) => "-",
            _ => " ",
        };
        let id = item.id.as_deref().map(|id| format!("{id} ")).unwrap_or_default();
        let state = item.state.map(|state| format!(" ({state})")).unwrap_or_default();
        let _ = write!(out, "{:>5}  {}[{mark}] {id}{}{state}", item.line, "  ".repeat(depth), item.title);
        if item.kind == "phase" && item.progress.total > 0 {
            let _ = write!(out, "  {}", bar(item.progress.done, item.progress.total));
        }
        out.push('\n');
    }
    out
}

/// `██████░░░░ 12/20 · 60 %`.
fn bar(done: usize, total: usize) -> String {
    const WIDTH: usize = 10;
    let filled = done * WIDTH / total.max(1);
    let percent = done * 100 / total.max(1);
    format!("{}{} {done}/{total} · {percent} %", "█".repeat(filled), "░".repeat(WIDTH - filled))
}
