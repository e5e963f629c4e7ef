//! Evidence that a document is a plan.

use super::{Item, Plan};
use crate::{facts::ItemKind, field::Meaning, id::PHASE_WORDS, words};

/// Evidence for and against a document being a plan. `plan-schema` decides, because it also has the templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Number of phases.
    pub phases: usize,
    /// Number of tasks.
    pub tasks: usize,
    /// Number of tasks with an ID.
    pub tasks_with_id: usize,
    /// Number of header fields that are typical of plans: status, owner, dates, goal.
    pub header_fields: usize,
    /// Whether the type in the front matter or in a field is a plan.
    pub plan_type: bool,
    /// Whether the title contains a word for plans at its start, at its end or before a colon.
    pub plan_title: bool,
    /// Whether the text before a colon or dash in the title only identifies the document as a plan: `Plan 12: x`.
    pub labeled_plan: bool,
    /// Whether the title or a top section with tasks contains a word for plans.
    pub plan_word: bool,
    /// Whether the document is a decision record or a proposal.
    pub record: bool,
    /// Whether the name or a directory of the file contains a word for plans.
    pub plan_path: bool,
    /// Whether a directory of the file has a word for plans.
    pub plan_folder: bool,
    /// Whether the document is a README, a changelog or a similar document.
    pub readme: bool,
}

impl Evidence {
    /// Adds the evidence of a path with `/` as separator: `tasks.md`, `plans/move-the-index.md`.
    pub fn with_path(mut self, path: &str) -> Self {
        let mut parts = path.rsplit('/');
        let name = parts.next().unwrap_or_default().to_lowercase();
        let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
        let is_readme = matches!(stem, "readme" | "index" | "changelog" | "contributing" | "template");
        let has_plan_name =
            stem.split(|c: char| !c.is_alphanumeric()).any(|word| is_plan_word(word) || word == "todo");
        let in_plan_folder = parts.any(|folder| {
            let folder = folder.to_lowercase();
            folder
                .split(|c: char| !c.is_alphanumeric())
                .any(|word| matches!(word, "plan" | "plans" | "execplans"))
        });
        self.plan_folder = !is_readme && in_plan_folder;
        self.plan_path = !is_readme && (has_plan_name || in_plan_folder);
        self.readme |= is_readme;
        self
    }
}

/// Evidence from sections and items that does not depend on the titles of items.
struct StructureEvidence {
    phases: usize,
    tasks: usize,
    tasks_with_id: usize,
    /// Indices of the tasks without a state. They are counted unless they are [weak evidence](is_weak_evidence).
    ambiguous: Vec<usize>,
    plan_word: bool,
    record: bool,
    readme: bool,
}

impl StructureEvidence {
    fn of(plan: &Plan) -> Self {
        let mut evidence = Self {
            phases: 0,
            tasks: 0,
            tasks_with_id: 0,
            ambiguous: Vec::new(),
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
                ItemKind::Phase => evidence.phases += usize::from(!is_weak_evidence(&item)),
                ItemKind::Task if item.state().is_none() => evidence.ambiguous.push(item.index()),
                ItemKind::Task => {
                    evidence.tasks += 1;
                    evidence.tasks_with_id += usize::from(item.id().is_some());
                }
            }
        }
        evidence
    }
}

impl Plan {
    /// Returns the evidence that the document is a plan.
    pub fn evidence(&self) -> Evidence {
        let cached = self.structure_memo(StructureEvidence::of);
        let ambiguous = cached
            .ambiguous
            .iter()
            .filter_map(|index| self.item(*index))
            .filter(|item| !is_weak_evidence(item));
        let (more, more_with_id) = ambiguous
            .fold((0, 0), |(tasks, with_id), item| (tasks + 1, with_id + usize::from(item.id().is_some())));
        let fields = self.fields();
        Evidence {
            phases: cached.phases,
            tasks: cached.tasks + more,
            tasks_with_id: cached.tasks_with_id + more_with_id,
            header_fields: fields
                .fields
                .iter()
                .filter(|field| {
                    matches!(
                        field.meaning,
                        Some(
                            Meaning::Status
                                | Meaning::Owner
                                | Meaning::Target
                                | Meaning::Created
                                | Meaning::Start
                                | Meaning::Updated
                                | Meaning::Goal
                                | Meaning::Spec
                                | Meaning::DependsOn
                        )
                    )
                })
                .count(),
            plan_type: fields.fields.iter().any(|field| {
                field.meaning == Some(Meaning::Type) && field.value.to_lowercase().contains("plan")
            }),
            plan_title: self.title().is_some_and(|title| is_plan_title(&title)),
            labeled_plan: self.title().is_some_and(|title| is_labeled_plan(&title)),
            plan_word: cached.plan_word,
            record: cached.record || self.title().is_some_and(|title| is_record_title(&title)),
            plan_path: false,
            plan_folder: false,
            readme: cached.readme,
        }
    }

    /// Returns whether the sections are those of a README or a changelog.
    fn is_readme(&self) -> bool {
        const EVIDENCE_TITLES: [&str; 16] = [
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
            EVIDENCE_TITLES
                .contains(&title.trim_matches(|c: char| !c.is_alphanumeric() && c != '[' && c != ']'))
        });
        found.count() >= 2
    }

    /// Returns whether the sections are those of a decision record or proposal (ADR, RFC, KEP). In such documents,
    /// statuses and checkboxes have another meaning.
    fn is_record(&self) -> bool {
        let top = self.sections().filter(|section| section.level() <= 3);
        let is_titled = |title: &str, name: &str| {
            title.trim_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case(name)
        };
        let has = |name: &str| top.clone().any(|section| is_titled(section.title_source(), name));
        has("decision") && (has("consequences") || has("context"))
            || has("motivation") && ["drawbacks", "proposal", "design details"].into_iter().any(has)
    }
}

/// Returns whether a title is that of a decision record or proposal: `ADR-12: …`.
fn is_record_title(title: &str) -> bool {
    let title = title.to_lowercase();
    ["adr", "rfc", "kep", "pep"].iter().any(|kind| {
        title.strip_prefix(kind).is_some_and(|rest| {
            rest.trim_start_matches(['-', ' ', '#']).starts_with(|c: char| c.is_ascii_digit())
        })
    })
}

/// Returns whether an item is weak evidence, because instructions and tutorials have such items as well: steps, stories
/// and parts without a state.
fn is_weak_evidence(item: &Item<'_>) -> bool {
    if item.state().is_some() {
        return false;
    }
    if item.kind() == ItemKind::Phase {
        // Phases in languages other than English, and phases after a section number (`7.1 Phase 1`), also occur in
        // ordinary documents.
        let is_english = |id: &str| PHASE_WORDS.split('|').any(|word| id.starts_with(word));
        let id_start = item.id_range().map_or(item.line().start, |range| range.start);
        let is_numbered =
            || item.plan.slice(item.line().start..id_start).contains(|c: char| c.is_ascii_digit());
        if item.progress().total == 0
            && (item.id().is_some_and(|id| !is_english(id.as_str())) || is_numbered())
        {
            return true;
        }
        // An `étape` or `단계` may be a step as well.
        let weak = ["part ", "étape ", "단계 "];
        return item.id().is_some_and(|id| weak.iter().any(|word| id.as_str().starts_with(word)));
    }
    let range = item.id_range().unwrap_or_default();
    let id_text = item.plan.slice(range).to_lowercase();
    ["step", "story", "part"].iter().any(|word| id_text.starts_with(word)) || words::is_step(&id_text)
}

/// Returns whether a title contains a word for plans at its start, at its end or before a colon: `Plan 12: x`, `x
/// Implementation Plan`, `Tasks: x`.
fn is_plan_title(title: &str) -> bool {
    let title = title.to_lowercase();
    if ["任务", "计划", "规划"].iter().any(|word| title.contains(word)) || words::is_plan_title(&title)
    {
        return true;
    }
    let name = title.split([':', '—', '–', '：']).next().unwrap_or_default();
    let are_plan_words = |text: &str| -> Vec<bool> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(is_plan_word).collect()
    };
    let (name, whole) = (are_plan_words(name), are_plan_words(&title));
    [name.first(), name.last(), whole.last()].into_iter().flatten().any(|is_plan| *is_plan)
}

/// Returns whether the part of a title before a colon or dash consists of a word for plans, numbers and common
/// attributes.
fn is_labeled_plan(title: &str) -> bool {
    const ATTRIBUTES: [&str; 7] =
        ["implementation", "project", "development", "work", "migration", "execution", "delivery"];
    let Some((label, _)) = title.split_once([':', '—', '–', '：']) else { return false };
    let label = label.to_lowercase();
    let words = label.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut plan_words = 0;
    for word in words {
        plan_words += usize::from(is_plan_word(word));
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        if !is_plan_word(word) && !is_number && !ATTRIBUTES.contains(&word) {
            return false;
        }
    }
    plan_words == 1
}

/// Returns whether a lower-case word denotes a plan.
fn is_plan_word(word: &str) -> bool {
    matches!(word, "plan" | "roadmap" | "execplan" | "tasks" | "milestones")
}
