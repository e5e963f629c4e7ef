//! What shows that a document is a plan.

use super::{Item, Plan};
use crate::{facts::ItemKind, field::Meaning};

/// What speaks for or against a document being a plan; what follows from it is decided where templates are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Phases.
    pub phases: usize,
    /// Tasks.
    pub tasks: usize,
    /// Tasks with an id.
    pub tasks_with_id: usize,
    /// Fields that plans have on top: status, owner, dates, goal.
    pub header_fields: usize,
    /// Front matter or a field says that it is a plan.
    pub plan_type: bool,
    /// The title calls it one.
    pub plan_title: bool,
    /// The title or a top section that holds tasks has such a word in it.
    pub plan_word: bool,
    /// It is a decision record or a proposal.
    pub record: bool,
    /// Its file is called one, or lies among plans.
    pub plan_path: bool,
    /// It introduces a project or tells its changes, as READMEs and changelogs do.
    pub readme: bool,
}

impl Evidence {
    /// Adds what a path says, `/` between its folders: `tasks.md`, `plans/move-the-index.md`.
    pub fn with_path(mut self, path: &str) -> Self {
        let mut parts = path.rsplit('/');
        let name = parts.next().unwrap_or_default().to_lowercase();
        let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
        let readme = matches!(stem, "readme" | "index" | "changelog" | "contributing" | "template");
        let named =
            stem.split(|c: char| !c.is_alphanumeric()).any(|word| is_plan_word(word) || word == "todo");
        let folder = parts.any(|folder| {
            let folder = folder.to_lowercase();
            folder
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| matches!(word, "plan" | "plans" | "execplans"))
        });
        self.plan_path = !readme && (named || folder);
        self.readme |= readme;
        self
    }
}

/// What sections and items show, whatever they are called.
struct OfItems {
    phases: usize,
    tasks: usize,
    tasks_with_id: usize,
    /// Tasks of which the word before their number tells whether they count, by their indices.
    doubtful: Vec<usize>,
    plan_word: bool,
    record: bool,
    readme: bool,
}

impl OfItems {
    fn of(plan: &Plan) -> Self {
        let mut found = Self {
            phases: 0,
            tasks: 0,
            tasks_with_id: 0,
            doubtful: Vec::new(),
            plan_word: plan.sections().any(|section| {
                if section.level() > 2 || section.progress().total == 0 {
                    return false;
                }
                let title = section.title().to_lowercase();
                title.split(|c: char| !c.is_alphanumeric()).any(is_plan_word)
            }),
            record: plan.is_record(),
            readme: plan.is_readme(),
        };
        for item in plan.items() {
            match item.kind() {
                ItemKind::Phase => found.phases += usize::from(!is_weak(&item)),
                ItemKind::Task if item.state().is_none() => found.doubtful.push(item.index()),
                ItemKind::Task => {
                    found.tasks += 1;
                    found.tasks_with_id += usize::from(item.id().is_some());
                }
            }
        }
        found
    }
}

impl Plan {
    /// What shows that the document is a plan, or not.
    pub fn evidence(&self) -> Evidence {
        let known = self.of_shape(OfItems::of);
        let doubtful =
            known.doubtful.iter().filter_map(|index| self.item(*index)).filter(|item| !is_weak(item));
        let (more, more_with_id) = doubtful
            .fold((0, 0), |(tasks, with_id), item| (tasks + 1, with_id + usize::from(item.id().is_some())));
        let fields = self.fields();
        Evidence {
            phases: known.phases,
            tasks: known.tasks + more,
            tasks_with_id: known.tasks_with_id + more_with_id,
            header_fields: fields
                .found
                .iter()
                .filter(|field| {
                    matches!(
                        field.meaning,
                        Some(
                            Meaning::Status
                                | Meaning::Owner
                                | Meaning::Target
                                | Meaning::Created
                                | Meaning::Updated
                                | Meaning::Goal
                                | Meaning::Spec
                                | Meaning::DependsOn
                        )
                    )
                })
                .count(),
            plan_type: fields.found.iter().any(|field| {
                field.meaning == Some(Meaning::Type) && field.value.to_lowercase().contains("plan")
            }),
            plan_title: self.title().is_some_and(|title| is_plan_title(&title)),
            plan_word: known.plan_word,
            record: known.record || self.title().is_some_and(|title| is_record_title(&title)),
            plan_path: false,
            readme: known.readme,
        }
    }

    /// Whether its sections are those of a README or a changelog.
    fn is_readme(&self) -> bool {
        const TITLES: [&str; 16] = [
            "installation",
            "install",
            "usage",
            "getting started",
            "quick start",
            "quickstart",
            "license",
            "contributing",
            "features",
            "examples",
            "faq",
            "acknowledgements",
            "acknowledgments",
            "unreleased",
            "[unreleased]",
            "credits",
        ];
        let found = self.sections().filter(|section| section.level() <= 2).filter(|section| {
            let title = section.title().to_lowercase();
            TITLES.contains(&title.trim_matches(|c: char| !c.is_alphanumeric() && c != '[' && c != ']'))
        });
        found.count() >= 2
    }

    /// Whether its sections are those of a document that records a decision or proposes one (an ADR, an RFC, a KEP): such
    /// documents have statuses and boxes of their own, which mean something else.
    fn is_record(&self) -> bool {
        let top = self.sections().filter(|section| section.level() <= 3);
        // As written but for emphasis.
        let is = |written: &str, name: &str| {
            written.trim_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case(name)
        };
        let has = |name: &str| top.clone().any(|section| is(section.written_title(), name));
        has("decision") && (has("consequences") || has("context"))
            || has("motivation") && ["drawbacks", "proposal", "design details"].into_iter().any(has)
    }
}

/// Whether a title is that of a record or a proposal: `ADR-12: …`.
fn is_record_title(title: &str) -> bool {
    let title = title.to_lowercase();
    ["adr", "rfc", "kep", "pep"].iter().any(|kind| {
        title.strip_prefix(kind).is_some_and(|rest| {
            rest.trim_start_matches(['-', ' ', '#']).starts_with(|c: char| c.is_ascii_digit())
        })
    })
}

/// Whether an item is of a kind that instructions and tutorials have as well: steps, stories and parts without a state.
fn is_weak(item: &Item<'_>) -> bool {
    if item.state().is_some() {
        return false;
    }
    if item.kind() == ItemKind::Phase {
        return item.id().is_some_and(|id| id.as_str().starts_with("part "));
    }
    let range = item.id_range().unwrap_or_default();
    let written = item.plan().slice(range).to_lowercase();
    ["step", "story", "part", "步骤"].iter().any(|word| written.starts_with(word))
}

/// Whether a title calls its document a plan, in its first word or the last one of its name: `Plan 12: x`, `x
/// Implementation Plan`, `Tasks: x`.
fn is_plan_title(title: &str) -> bool {
    let title = title.to_lowercase();
    if ["任务", "计划", "规划"].iter().any(|word| title.contains(word)) {
        return true;
    }
    let name = title.split([':', '—', '–', '：']).next().unwrap_or_default();
    let words = |text: &str| -> Vec<bool> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(is_plan_word).collect()
    };
    let (name, whole) = (words(name), words(&title));
    [name.first(), name.last(), whole.last()].into_iter().flatten().any(|is_plan| *is_plan)
}

/// Words that plans call themselves by, lower case.
fn is_plan_word(word: &str) -> bool {
    matches!(word, "plan" | "roadmap" | "execplan" | "tasks" | "milestones")
}
