//! What was understood of a document, as plain data: the output of `plansmith inspect`.

use std::{fmt::Write, sync::Arc};

use plan_ide::{Environment, File};
use plan_model::{Item, ItemKind, Meaning, Progress, Relation, State, state};
use plan_schema::Kind;
use plan_syntax::Document;
use serde::Serialize;

use crate::lines::LineIndex;

/// What was understood of one document. Lines count from 1.
#[derive(Debug, Serialize)]
pub struct Inspected {
    /// The path as given.
    pub path: String,
    /// Whether it is a plan.
    pub is_plan: bool,
    /// `plan`, `checklist` or `ordinary`.
    pub kind: &'static str,
    /// The template that it follows.
    pub template: Option<Template>,
    /// Front matter's title or the first H1.
    pub title: Option<String>,
    /// The status field.
    pub status: Option<Status>,
    /// The fields of the document.
    pub fields: Vec<Field>,
    /// All headings.
    pub sections: Vec<Section>,
    /// All phases and tasks.
    pub items: Vec<Entry>,
    /// Tasks done of those that count.
    pub progress: Counts,
    /// On what the document as a whole depends.
    pub depends_on: Vec<Dependency>,
    /// All links.
    pub links: Vec<Link>,
    /// The `gantt` charts.
    pub charts: Vec<ChartShown>,
    #[serde(skip)]
    reason: &'static str,
}

/// A template with how it was found.
#[derive(Debug, Serialize)]
pub struct Template {
    /// Its name.
    pub name: String,
    /// `declared`, `glob` or `matched`.
    pub how: &'static str,
    /// How much of its sections the document has, from 0 to 1.
    pub score: f64,
}

/// A status.
#[derive(Debug, Serialize)]
pub struct Status {
    /// As written.
    pub text: String,
    /// What it says, if anyone knows.
    pub state: Option<&'static str>,
    /// Where.
    pub line: usize,
}

/// A field of the document.
#[derive(Debug, Serialize)]
pub struct Field {
    /// As written.
    pub key: String,
    /// What the key means, if it is known.
    pub meaning: Option<&'static str>,
    /// As written; as YAML reads it in front matter.
    pub value: String,
    /// Where.
    pub line: usize,
}

/// A heading.
#[derive(Debug, Serialize)]
pub struct Section {
    /// Its text without emphasis.
    pub title: String,
    /// 1 to 6.
    pub level: u8,
    /// Where.
    pub line: usize,
    /// Tasks done below it.
    pub done: usize,
    /// Tasks that count below it.
    pub total: usize,
}

/// A phase or task.
#[derive(Debug, Serialize)]
pub struct Entry {
    /// `phase` or `task`.
    pub kind: &'static str,
    /// Normalised.
    pub id: Option<String>,
    /// Without id, emoji, tags and trailing state.
    pub title: String,
    /// Where it starts.
    pub line: usize,
    /// What its own carriers say.
    pub state: Option<&'static str>,
    /// What follows from the tasks in it.
    pub derived: Option<&'static str>,
    /// Marked as optional.
    pub optional: bool,
    /// What it is for: `work`, `criterion` …
    pub role: &'static str,
    /// The title of the top section in which its id means something.
    pub scope: Option<String>,
    /// Index of the item around it.
    pub parent: Option<usize>,
    /// `P`, `US1` …
    pub tags: Vec<String>,
    /// Who does it.
    pub owner: Option<String>,
    /// How long it takes.
    pub estimate: Option<String>,
    /// Until when.
    pub due: Option<String>,
    /// What tells its state, and what it is written in.
    pub carriers: Vec<&'static str>,
    /// On what it depends.
    pub depends_on: Vec<Dependency>,
    #[serde(skip)]
    progress: Progress,
}

/// What an item depends on.
#[derive(Debug, Serialize)]
pub struct Dependency {
    /// As written.
    pub text: String,
    /// `none`, `prose`, `placeholder`, `unresolved`, `task`, `phase-list` …
    pub class: &'static str,
    /// The ids that it leads to.
    pub targets: Vec<String>,
    /// Indices of those of them that are items.
    pub items: Vec<usize>,
    /// Where.
    pub line: usize,
}

/// Tasks done of those that count.
#[derive(Debug, Serialize)]
pub struct Counts {
    /// Done.
    pub done: usize,
    /// All.
    pub total: usize,
}

/// A link.
#[derive(Debug, Serialize)]
pub struct Link {
    /// What it shows.
    pub text: String,
    /// Where it leads.
    pub target: String,
    /// Where.
    pub line: usize,
}

/// A `gantt` chart.
#[derive(Debug, Serialize)]
pub struct ChartShown {
    /// Its title.
    pub title: Option<String>,
    /// Where its text starts.
    pub line: usize,
    /// Its bars.
    pub bars: Vec<BarShown>,
    /// What is wrong in it.
    pub problems: Vec<String>,
}

/// A bar of a chart.
#[derive(Debug, Serialize)]
pub struct BarShown {
    /// Its name.
    pub name: String,
    /// What other bars name it by.
    pub id: Option<String>,
    /// `done`, `active`, `crit`, `milestone`.
    pub tags: Vec<String>,
    /// Its first day, as far as it can be told.
    pub start: Option<String>,
    /// The day after its last one.
    pub end: Option<String>,
    /// Where.
    pub line: usize,
}

impl Inspected {
    /// Reads a document with what everyone has.
    pub fn new(path: &str, text: &str) -> Self {
        Self::within(path, text, Arc::default())
    }

    /// Reads a document with what a workspace brings along.
    pub fn within(path: &str, text: &str, environment: Arc<Environment>) -> Self {
        Self::of(&File::within(path, Document::new(text), environment), path)
    }

    /// What was understood of a file, under the name that it shall be shown by.
    pub fn of(file: &File, name: &str) -> Self {
        let text = &*file.document().text();
        let index = LineIndex::new(text);
        let line = |offset: usize| index.at(offset).line;
        let plan = file.plan();
        let progress = plan.progress();
        let classification = file.classification();
        let dependency = |found: &plan_model::Dependency| Dependency {
            text: text[found.range.clone()].to_owned(),
            class: found.class_name(),
            targets: found.targets().iter().map(|(id, _)| id.to_string()).collect(),
            items: found.targets().iter().filter_map(|(_, item)| *item).collect(),
            line: line(found.range.start),
        };
        Self {
            path: name.to_owned(),
            is_plan: classification.kind == Kind::Plan,
            kind: classification.kind.name(),
            reason: classification.reason,
            template: file.binding().map(|binding| Template {
                name: binding.template().name.clone(),
                how: binding.how().name(),
                score: (binding.score() * 100.0).round() / 100.0,
            }),
            title: plan.title(),
            status: plan.status().map(|status| Status {
                state: plan.state_of(&status.value).map(State::name),
                line: line(status.value_range.start),
                text: status.value.into_owned(),
            }),
            fields: plan
                .fields()
                .into_iter()
                .map(|field| Field {
                    meaning: field.meaning.map(Meaning::name),
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
            items: plan
                .items()
                .map(|item| {
                    let depends_on = item
                        .dependencies()
                        .filter(|found| found.relation == Relation::DependsOn)
                        .map(|found| dependency(&found))
                        .collect();
                    entry(&item, line(item.line().start), depends_on)
                })
                .collect(),
            progress: Counts { done: progress.done, total: progress.total },
            depends_on: plan
                .dependencies()
                .iter()
                .filter(|found| found.owner.is_none() && found.relation == Relation::DependsOn)
                .map(&dependency)
                .collect(),
            links: plan
                .links()
                .into_iter()
                .map(|link| Link {
                    line: line(link.range.start),
                    text: link.text.to_owned(),
                    target: link.target.to_owned(),
                })
                .collect(),
            charts: plan
                .charts()
                .iter()
                .map(|(start, chart)| {
                    let shown = |range: &std::ops::Range<usize>| {
                        text[start + range.start..start + range.end].to_owned()
                    };
                    ChartShown {
                        title: chart.title.as_ref().map(shown),
                        line: line(*start),
                        bars: chart
                            .bars
                            .iter()
                            .map(|bar| BarShown {
                                name: shown(&bar.name),
                                id: bar.id.as_ref().map(shown),
                                tags: bar.tags.iter().map(shown).collect(),
                                start: bar.days.map(|(first, _)| first.to_string()),
                                end: bar.days.map(|(_, end)| end.to_string()),
                                line: line(start + bar.range.start),
                            })
                            .collect(),
                        problems: chart.problems.iter().map(|problem| problem.message.clone()).collect(),
                    }
                })
                .collect(),
        }
    }

    /// The document as a tree for people.
    pub fn tree(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}: {}", self.path, self.title.as_deref().unwrap_or("(no title)"));
        let _ = writeln!(out, "  {}, since {}", self.kind, self.reason);
        if let Some(template) = &self.template {
            let _ = writeln!(out, "  follows the template {} ({})", template.name, template.how);
        }
        if let Some(status) = &self.status {
            let unknown =
                if state::is_unfilled(&status.text) { "not filled in" } else { "a word that nobody knows" };
            let _ = writeln!(out, "  status: {} ({})", status.text, status.state.unwrap_or(unknown));
        }
        let known =
            self.fields.iter().filter(|field| !matches!(field.meaning, None | Some("status" | "title")));
        for field in known.filter(|field| !field.value.is_empty()) {
            let _ =
                writeln!(out, "  {}: {}", field.meaning.unwrap_or_default().replace('_', " "), field.value);
        }
        if self.progress.total > 0 {
            let _ = writeln!(out, "  {}", bar(self.progress.done, self.progress.total));
        }
        for item in &self.items {
            let depth = std::iter::successors(item.parent, |parent| self.items[*parent].parent).count();
            let indent = "  ".repeat(depth);
            let _ = write!(out, "{:>5}  {indent}{}", item.line, item.heading());
            if item.kind == "phase" && item.progress.total > 0 {
                let _ = write!(out, "  {}", bar(item.progress.done, item.progress.total));
            }
            out.push('\n');
            for detail in item.details() {
                let _ = writeln!(out, "       {indent}      {detail}");
            }
        }
        out
    }
}

impl Entry {
    /// `[x] 1.2 Name (done)`.
    fn heading(&self) -> String {
        let mark = match (self.kind, self.state) {
            ("phase", _) => "#",
            (_, Some("done")) => "x",
            (_, Some("active")) => "~",
            (_, Some("blocked")) => "!",
            (_, Some("deferred")) => ">",
            (_, Some("cancelled")) => "-",
            (_, Some(_)) => " ",
            (_, None) => "·",
        };
        let mut shown = format!("[{mark}] ");
        if let Some(id) = &self.id {
            let _ = write!(shown, "{id} ");
        }
        shown.push_str(&self.title);
        for tag in &self.tags {
            let _ = write!(shown, " [{tag}]");
        }
        let mut remarks: Vec<&str> = self.state.into_iter().collect();
        remarks.extend(self.optional.then_some("optional"));
        remarks.extend((self.role != "work").then_some(self.role));
        if !remarks.is_empty() {
            let _ = write!(shown, " ({})", remarks.join(", "));
        }
        shown
    }

    /// Owner, estimate, due date and dependencies, a line each.
    fn details(&self) -> Vec<String> {
        let values = [("owner", &self.owner), ("estimate", &self.estimate), ("due", &self.due)];
        let fields =
            values.into_iter().filter_map(|(name, value)| Some(format!("{name}: {}", value.as_ref()?)));
        let dependencies = self.depends_on.iter().map(|found| match &found.targets[..] {
            [] => format!("depends on: {} ({})", found.text, found.class),
            targets => format!("depends on: {}", targets.join(", ")),
        });
        fields.chain(dependencies).collect()
    }
}

fn entry(item: &Item<'_>, line: usize, depends_on: Vec<Dependency>) -> Entry {
    let field = |meaning| item.field(meaning).map(|field| field.value.into_owned());
    let mut carriers: Vec<&'static str> = Vec::new();
    for (kind, ..) in item.carriers() {
        if !carriers.contains(&kind.name()) {
            carriers.push(kind.name());
        }
    }
    Entry {
        kind: item.kind().name(),
        id: item.id().map(ToString::to_string),
        title: item.title(),
        line,
        state: item.state().map(State::name),
        derived: item.derived().map(State::name),
        optional: item.is_optional(),
        role: item.role().name(),
        scope: item.scope().map(|section| section.title()),
        parent: item.parent(),
        tags: item.tags().map(|(tag, _)| tag.to_owned()).collect(),
        owner: field(Meaning::Owner),
        estimate: field(Meaning::Estimate).or_else(|| field(Meaning::Duration)).or_else(|| estimate(item)),
        due: field(Meaning::Due).or_else(|| field(Meaning::Target)),
        carriers,
        depends_on,
        progress: match item.kind() {
            ItemKind::Phase => item.progress(),
            ItemKind::Task => Progress::default(),
        },
    }
}

/// The estimate in a heading's suffix: `(Estimated: 3 days)`.
fn estimate(item: &Item<'_>) -> Option<String> {
    let (suffix, _) = item.suffix()?;
    let found = plan_model::quantity::duration(suffix)?;
    Some(suffix[found.range].to_owned())
}

/// `██████░░░░ 12/20 · 60 %`.
fn bar(done: usize, total: usize) -> String {
    let progress = Progress { done, total };
    format!("{} · {} %", progress.bar(), progress.percent().unwrap_or_default())
}
