//! The interpretation of a document as plain data: the output of `plansmith inspect`.

use std::{fmt::Write, sync::Arc};

use plan_ide::{Environment, File};
use plan_model::{Item, ItemKind, Meaning, Progress, Relation, State, state};
use plan_schema::DocumentKind;
use plan_syntax::Document;
use serde::Serialize;

use crate::lines::LineIndex;

/// The interpretation of a document. Line numbers are 1-based.
#[derive(Debug, Serialize)]
pub struct InspectedDocument {
    /// Path as given.
    pub path: String,
    /// Whether the document is a plan.
    pub is_plan: bool,
    /// Kind: `plan`, `checklist` or `ordinary`.
    pub kind: &'static str,
    /// Template of the document.
    pub template: Option<TemplateJson>,
    /// Title in the front matter, or the first level 1 heading.
    pub title: Option<String>,
    /// Status field.
    pub status: Option<Status>,
    /// Fields of the document.
    pub fields: Vec<FieldJson>,
    /// All headings.
    pub sections: Vec<SectionJson>,
    /// All phases and tasks.
    pub items: Vec<InspectedItem>,
    /// Done and total tasks.
    pub progress: CountsJson,
    /// Dependencies of the whole document.
    pub depends_on: Vec<DependencyJson>,
    /// All links.
    pub links: Vec<LinkJson>,
    /// All Gantt charts.
    pub gantt_charts: Vec<InspectedChart>,
    /// Family, role and requirements, if the document belongs to a family.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<FamilyJson>,
    #[serde(skip)]
    reason: &'static str,
}

/// Requirements and references of a document of a family.
#[derive(Debug, Serialize)]
pub struct FamilyJson {
    /// Name of the family.
    pub name: String,
    /// Role of the document.
    pub role: &'static str,
    /// Document set: its folder, or the project with the key of the set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Whether the document set is archived.
    pub archived: bool,
    /// Requirements, criteria and outcomes.
    pub requirements: Vec<RequirementJson>,
    /// References to requirements.
    pub references: Vec<RequirementReferenceJson>,
}

/// A requirement, criterion or outcome.
#[derive(Debug, Serialize)]
pub struct RequirementJson {
    /// ID as written.
    pub id: String,
    /// Name of the kind.
    pub kind: String,
    /// Title or text.
    pub title: String,
    /// Priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// ID of the parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Line number.
    pub line: usize,
}

/// A reference to requirements.
#[derive(Debug, Serialize)]
pub struct RequirementReferenceJson {
    /// Text as written.
    pub text: String,
    /// IDs in lower case, without leading zeros; empty for a reference to all.
    pub ids: Vec<String>,
    /// Lines of the tasks that contain the reference.
    pub tasks: Vec<usize>,
    /// Line number.
    pub line: usize,
}

/// A template, with the method by which it was determined.
#[derive(Debug, Serialize)]
pub struct TemplateJson {
    /// Name.
    pub name: String,
    /// Method by which the template was determined: `declared`, `glob` or `matched`.
    pub how: &'static str,
    /// Share of the template's sections in the document, from 0 to 1.
    pub score: f64,
}

/// A status.
#[derive(Debug, Serialize)]
pub struct Status {
    /// As written.
    pub text: String,
    /// State that the text represents, if it is recognized.
    pub state: Option<&'static str>,
    /// Line number.
    pub line: usize,
}

/// A field of the document.
#[derive(Debug, Serialize)]
pub struct FieldJson {
    /// As written.
    pub key: String,
    /// Meaning of the key, if it is recognized.
    pub meaning: Option<&'static str>,
    /// Value as written; in front matter, the parsed YAML value.
    pub value: String,
    /// Line number.
    pub line: usize,
}

/// A heading.
#[derive(Debug, Serialize)]
pub struct SectionJson {
    /// Text of the heading without emphasis.
    pub title: String,
    /// Level, 1 to 6.
    pub level: u8,
    /// Line number.
    pub line: usize,
    /// Number of done tasks in the section.
    pub done: usize,
    /// Number of tasks in the section.
    pub total: usize,
}

/// A phase or task.
#[derive(Debug, Serialize)]
pub struct InspectedItem {
    /// `phase` or `task`.
    pub kind: &'static str,
    /// Normalized ID.
    pub id: Option<String>,
    /// Title without ID, emoji, tags and trailing state.
    pub title: String,
    /// Line number of the first line.
    pub line: usize,
    /// State according to the item's own state sources.
    pub state: Option<&'static str>,
    /// State derived from the item's children.
    pub derived: Option<&'static str>,
    /// Whether the item is marked as optional.
    pub optional: bool,
    /// Role: `work`, `criterion`, ...
    pub role: &'static str,
    /// Title of the top-level section in which the ID is unique.
    pub scope: Option<String>,
    /// Index of the parent.
    pub parent: Option<usize>,
    /// Tags: `P`, `US1`, ...
    pub tags: Vec<String>,
    /// Owner, as written.
    pub owner: Option<String>,
    /// Estimate, as written.
    pub estimate: Option<String>,
    /// Due date.
    pub due: Option<String>,
    /// Kinds of the item's state sources.
    pub state_sources: Vec<&'static str>,
    /// Dependencies stated for the item.
    pub depends_on: Vec<DependencyJson>,
    #[serde(skip)]
    progress: Progress,
}

/// A dependency.
#[derive(Debug, Serialize)]
pub struct DependencyJson {
    /// As written.
    pub text: String,
    /// Kind: `none`, `prose`, `placeholder`, `unresolved`, `task`, `phase-list`, ...
    pub class: &'static str,
    /// IDs of the targets.
    pub targets: Vec<String>,
    /// Indices of targets that are items of the document.
    pub items: Vec<usize>,
    /// Line number.
    pub line: usize,
}

/// Done and total tasks.
#[derive(Debug, Serialize)]
pub struct CountsJson {
    /// Number of done tasks.
    pub done: usize,
    /// Number of tasks.
    pub total: usize,
}

/// A link.
#[derive(Debug, Serialize)]
pub struct LinkJson {
    /// Link text.
    pub text: String,
    /// Link target.
    pub target: String,
    /// Line number.
    pub line: usize,
}

/// A Gantt chart.
#[derive(Debug, Serialize)]
pub struct InspectedChart {
    /// Title.
    pub title: Option<String>,
    /// Line number of the first line.
    pub line: usize,
    /// Tasks in document order.
    pub tasks: Vec<InspectedGanttTask>,
    /// Problems in the chart.
    pub problems: Vec<String>,
    /// Whether Mermaid shows an error instead of the chart.
    pub is_rejected: bool,
}

/// A task of a Gantt chart.
#[derive(Debug, Serialize)]
pub struct InspectedGanttTask {
    /// Name.
    pub name: String,
    /// ID for references from other tasks.
    pub id: Option<String>,
    /// `done`, `active`, `crit`, `milestone`.
    pub tags: Vec<String>,
    /// First date, if it can be computed.
    pub start: Option<String>,
    /// Date after the last one, if it can be computed.
    pub end: Option<String>,
    /// Line number.
    pub line: usize,
}

impl InspectedDocument {
    /// Interprets a document in the default environment.
    pub fn new(path: &str, text: &str) -> Self {
        Self::with_environment(path, text, Arc::default())
    }

    /// Interprets a document in the environment of a workspace.
    pub fn with_environment(path: &str, text: &str, environment: Arc<Environment>) -> Self {
        Self::of(&File::with_environment(path, Document::new(text), environment), path)
    }

    /// Returns the interpretation of a file. `name` is the path to report.
    pub fn of(file: &File, name: &str) -> Self {
        let text = &*file.document().text();
        let index = LineIndex::new(text);
        let line = |offset: usize| index.line_column(offset).line;
        let plan = file.plan();
        let progress = plan.progress();
        let classification = file.classification();
        let dependency = |found: &plan_model::LocatedDependency| DependencyJson {
            text: text[found.range.clone()].to_owned(),
            class: found.class_name(),
            targets: found.targets().iter().map(|(id, _)| id.to_string()).collect(),
            items: found.targets().iter().filter_map(|(_, item)| *item).collect(),
            line: line(found.range.start),
        };
        Self {
            path: name.to_owned(),
            is_plan: classification.kind == DocumentKind::Plan,
            kind: classification.kind.name(),
            family: FamilyJson::of(file),
            reason: classification.reason,
            template: file.binding().map(|binding| TemplateJson {
                name: binding.template().name.clone(),
                how: binding.source().name(),
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
                .map(|field| FieldJson {
                    meaning: field.meaning.map(Meaning::name),
                    line: line(field.key_range.start),
                    key: field.key,
                    value: field.value.into_owned(),
                })
                .collect(),
            sections: plan
                .sections()
                .map(|section| SectionJson {
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
                        .located_dependencies()
                        .filter(|found| found.relation == Relation::DependsOn)
                        .map(|found| dependency(&found))
                        .collect();
                    entry(&item, line(item.line().start), depends_on)
                })
                .collect(),
            progress: CountsJson { done: progress.done, total: progress.total },
            depends_on: plan
                .located_dependencies()
                .iter()
                .filter(|found| found.dependent.is_none() && found.relation == Relation::DependsOn)
                .map(&dependency)
                .collect(),
            links: plan
                .links()
                .into_iter()
                .map(|link| LinkJson {
                    line: line(link.range.start),
                    text: link.text.to_owned(),
                    target: link.target.to_owned(),
                })
                .collect(),
            gantt_charts: plan
                .gantt_charts()
                .iter()
                .map(|(start, chart)| {
                    let text_of = |range: &std::ops::Range<usize>| {
                        text[start + range.start..start + range.end].to_owned()
                    };
                    InspectedChart {
                        title: chart.title.as_ref().map(text_of),
                        line: line(*start),
                        tasks: chart
                            .tasks
                            .iter()
                            .map(|task| InspectedGanttTask {
                                name: text_of(&task.name),
                                id: task.id.as_ref().map(text_of),
                                tags: task.tags.iter().map(text_of).collect(),
                                start: task.days.map(|(first, _)| first.to_string()),
                                end: task.days.map(|(_, end)| end.to_string()),
                                line: line(start + task.range.start),
                            })
                            .collect(),
                        problems: chart.problems.iter().map(|problem| problem.message.clone()).collect(),
                        is_rejected: chart.is_rejected,
                    }
                })
                .collect(),
        }
    }

    /// Returns the human-readable form: a tree.
    pub fn tree(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}: {}", self.path, self.title.as_deref().unwrap_or("(no title)"));
        let kind = if self.kind == DocumentKind::Ordinary.name() { "not a plan" } else { self.kind };
        let _ = writeln!(out, "  {kind}: {}", self.reason);
        if let Some(template) = &self.template {
            let _ = writeln!(out, "  follows template {} ({})", template.name, template.how);
        }
        if let Some(status) = &self.status {
            let unknown =
                if state::is_unfilled(&status.text) { "unfilled placeholder" } else { "unknown status" };
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
        if let Some(family) = &self.family {
            let _ = writeln!(out, "  {} of {}", family.role, family.name);
            for requirement in &family.requirements {
                let indent = if requirement.parent.is_some() { "  " } else { "" };
                let title: String = requirement.title.chars().take(100).collect();
                let _ = writeln!(
                    out,
                    "{:>5}  {indent}{} {title} ({})",
                    requirement.line, requirement.id, requirement.kind
                );
            }
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

impl FamilyJson {
    fn of(file: &File) -> Option<Self> {
        let families = &file.environment().families;
        let Some(facts) = file.family_facts() else {
            // Requirements are not read in handbooks, templates and prompts.
            let place = families.place(file.path())?;
            return Some(Self {
                name: families.all().get(place.family)?.name.clone(),
                role: place.role.name(),
                set: place.set,
                archived: place.archived,
                requirements: Vec::new(),
                references: Vec::new(),
            });
        };
        let family = families.all().get(facts.family)?;
        let requirements = facts.requirements.iter().map(|requirement| RequirementJson {
            id: requirement.id.to_string(),
            kind: family.kinds[usize::from(requirement.kind)].name.to_string(),
            title: requirement.title.to_string(),
            priority: requirement.priority.as_deref().map(str::to_owned),
            parent: requirement.parent.map(|parent| facts.requirements[parent as usize].id.to_string()),
            line: requirement.line as usize + 1,
        });
        let references = facts.references.iter().map(|reference| RequirementReferenceJson {
            text: reference.text.to_string(),
            ids: reference.keys.iter().map(ToString::to_string).collect(),
            tasks: reference.tasks.iter().map(|task| facts.tasks[*task as usize].line as usize + 1).collect(),
            line: reference.line as usize + 1,
        });
        let (requirements, references): (Vec<_>, Vec<_>) = (requirements.collect(), references.collect());
        // A document with an ordinary name such as `plan.md` belongs to a family only if it refers to requirements.
        let is_document = facts.set.is_some() || !facts.role.has_work();
        (is_document || !requirements.is_empty() || !references.is_empty()).then(|| Self {
            name: family.name.clone(),
            role: facts.role.name(),
            set: facts.set.as_deref().map(str::to_owned),
            archived: facts.archived,
            requirements,
            references,
        })
    }
}

impl InspectedItem {
    /// Returns a line such as `[x] 1.2 Name (done)`.
    fn heading(&self) -> String {
        let character = match (self.kind, self.state) {
            ("phase", _) => "#",
            (_, Some("done")) => "x",
            (_, Some("active")) => "~",
            (_, Some("blocked")) => "!",
            (_, Some("deferred")) => ">",
            (_, Some("cancelled")) => "-",
            (_, Some(_)) => " ",
            (_, None) => "·",
        };
        let mut line = format!("[{character}] ");
        if let Some(id) = &self.id {
            let _ = write!(line, "{id} ");
        }
        line.push_str(&self.title);
        for tag in &self.tags {
            let _ = write!(line, " [{tag}]");
        }
        let mut remarks: Vec<&str> = self.state.into_iter().collect();
        remarks.extend(self.optional.then_some("optional"));
        remarks.extend((self.role != "work").then_some(self.role));
        if !remarks.is_empty() {
            let _ = write!(line, " ({})", remarks.join(", "));
        }
        line
    }

    /// Returns one line each for owner, estimate, due date and dependencies.
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

fn entry(item: &Item<'_>, line: usize, depends_on: Vec<DependencyJson>) -> InspectedItem {
    let field = |meaning| item.field(meaning).map(|field| field.value.into_owned());
    let mut state_sources: Vec<&'static str> = Vec::new();
    for (kind, ..) in item.state_sources() {
        if !state_sources.contains(&kind.name()) {
            state_sources.push(kind.name());
        }
    }
    InspectedItem {
        kind: item.kind().name(),
        id: item.id().map(ToString::to_string),
        title: item.title(),
        line,
        state: item.state().map(State::name),
        derived: item.derived_state().map(State::name),
        optional: item.is_optional(),
        role: item.role().name(),
        scope: item.scope().map(|section| section.title()),
        parent: item.parent(),
        tags: item.tags().map(|(tag, _)| tag.to_owned()).collect(),
        owner: field(Meaning::Owner),
        estimate: field(Meaning::Estimate).or_else(|| field(Meaning::Duration)).or_else(|| estimate(item)),
        due: field(Meaning::Due).or_else(|| field(Meaning::Target)),
        state_sources,
        depends_on,
        progress: match item.kind() {
            ItemKind::Phase => item.progress(),
            ItemKind::Task => Progress::default(),
        },
    }
}

/// Returns the estimate in a heading's suffix: `(Estimated: 3 days)`.
fn estimate(item: &Item<'_>) -> Option<String> {
    let (suffix, _) = item.suffix()?;
    let found = plan_model::quantity::duration(suffix)?;
    Some(suffix[found.range].to_owned())
}

/// Formats progress: `██████░░░░ 12/20 · 60%`.
fn bar(done: usize, total: usize) -> String {
    let progress = Progress { done, total };
    format!("{} · {}%", progress.bar(), progress.percent().unwrap_or_default())
}
