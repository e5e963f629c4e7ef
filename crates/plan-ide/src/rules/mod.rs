//! The rules. Each has its file: doc, code, fix and tests.

mod box_contradicts_marker;
mod box_contradicts_text;
pub(crate) mod broken_anchor;
mod broken_link;
mod common;
mod conflicting_fields;
mod current_phase_mismatch;
mod date_order;
pub(crate) mod days;
mod dependency_cycle;
mod depends_on_later_phase;
mod done_before_dependency;
mod done_parent_open_child;
mod draft_but_finished;
mod duplicate_id;
mod duplicate_section;
mod expired;
mod folder_contradicts_status;
mod front_matter_syntax;
mod gantt_order;
mod gantt_syntax;
mod gantt_unknown_task;
pub(crate) mod graph;
mod heading_from_rule;
mod id_format;
mod id_mismatch;
mod index_contradicts_plan;
mod invalid_date;
mod log_contradicts_status;
mod malformed_checkbox;
mod milestone_unknown_task;
mod mis_decoded_text;
mod missing_estimate;
mod missing_field;
mod missing_owner;
pub(crate) mod missing_section;
mod misspelled_section;
mod number_out_of_place;
mod overdue;
mod phase_open_tasks;
pub mod placeholder_left;
mod progress_mismatch;
mod self_dependency;
mod status_open_tasks;
mod supersedes_one_sided;
mod table_cells;
mod tasks_without_boxes;
mod template_problem;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod text_facts;
mod token_budget;
mod total_mismatch;
mod unclosed_fence;
mod unknown_choice;
pub(crate) mod unknown_dependency;
mod unknown_level;
mod unknown_template;
pub(crate) mod unused_suppression;

use std::{collections::BTreeMap, fmt};

use plan_model::Part;
use plan_schema::Kind;

use crate::{File, Finding, Severity, Workspace, finding::Fix};

/// All rules, in the order of their documentation.
pub static RULES: &[Rule] = &[
    status_open_tasks::RULE,
    phase_open_tasks::RULE,
    done_parent_open_child::RULE,
    box_contradicts_text::RULE,
    box_contradicts_marker::RULE,
    progress_mismatch::RULE,
    draft_but_finished::RULE,
    log_contradicts_status::RULE,
    folder_contradicts_status::RULE,
    duplicate_id::RULE,
    number_out_of_place::RULE,
    unknown_dependency::RULE,
    dependency_cycle::RULE,
    self_dependency::RULE,
    done_before_dependency::RULE,
    depends_on_later_phase::RULE,
    tasks_without_boxes::RULE,
    malformed_checkbox::RULE,
    missing_owner::RULE,
    missing_estimate::RULE,
    invalid_date::RULE,
    date_order::RULE,
    overdue::RULE,
    expired::RULE,
    conflicting_fields::RULE,
    front_matter_syntax::RULE,
    id_format::RULE,
    id_mismatch::RULE,
    current_phase_mismatch::RULE,
    table_cells::RULE,
    unknown_level::RULE,
    gantt_syntax::RULE,
    gantt_unknown_task::RULE,
    gantt_order::RULE,
    milestone_unknown_task::RULE,
    total_mismatch::RULE,
    supersedes_one_sided::RULE,
    index_contradicts_plan::RULE,
    unclosed_fence::RULE,
    broken_link::RULE,
    broken_anchor::RULE,
    heading_from_rule::RULE,
    mis_decoded_text::RULE,
    token_budget::RULE,
    placeholder_left::RULE,
    missing_section::RULE,
    misspelled_section::RULE,
    duplicate_section::RULE,
    missing_field::RULE,
    unknown_choice::RULE,
    unknown_template::RULE,
    template_problem::RULE,
    unused_suppression::RULE,
];

/// Options of rules that settings can give a number: `rule.option`.
pub const OPTIONS: [&str; 1] = ["token-budget.tolerance"];

/// A rule.
pub struct Rule {
    /// The problem, in kebab case: `unclosed-fence`.
    pub name: &'static str,
    /// What kind of problem it is.
    pub group: Group,
    /// How much its findings weigh unless settings say otherwise; nothing for a rule that is off until someone wants it.
    pub severity: Option<Severity>,
    /// The documents it looks at.
    pub applies_to: &'static [Kind],
    /// One line for lists: what it finds, without full stop.
    pub summary: &'static str,
    /// The rest of its page, Markdown with the headings *What it finds*, *Why*, *Example*, *Fix*.
    pub doc: &'static str,
    /// Finds.
    pub check: Check,
}

/// How a rule finds.
#[derive(Clone, Copy)]
pub enum Check {
    /// By looking at one file. What it finds stays with the file.
    File(fn(&File, &mut Vec<Finding>)),
    /// By looking at what others say, too; with ways to mend a finding that are worked out when someone asks.
    Workspace(fn(&File, &Workspace<'_>, &mut Vec<Finding>), Option<Mend>),
    /// By looking at one segment after the other, and then at the rest.
    Segments(&'static BySegment),
}

/// How a rule by segment finds what does not stand in one.
pub enum Rest {
    /// There is nothing of the kind.
    Nothing,
    /// By looking at the file. What it finds stays with the file.
    File(fn(&File, &mut Vec<Finding>)),
    /// By looking at what others say, too.
    Workspace(fn(&File, &Workspace<'_>, &mut Vec<Finding>)),
}

/// Works out ways to mend a finding, the best first.
pub type Mend = fn(&File, &Workspace<'_>, &Finding) -> Vec<Fix>;

/// A rule that finds most of what it finds in one segment.
pub struct BySegment {
    /// Finds what stands in a segment. It looks at nothing else but what [`plan_model::Plan::surroundings`] tells of, the
    /// kind of the document, its template and its state, and every place in its findings lies in the segment: so what it
    /// finds stays with the segment until an edit touches it.
    pub each: fn(&File, &Part<'_>, &mut Vec<Finding>),
    /// Finds what does not stand in one segment.
    pub rest: Rest,
    /// Ways to mend a finding, the best first, none of them sure: where they are worked out when someone asks, and not at
    /// once.
    pub mend: Option<Mend>,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Rule {
    /// The rule of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name)
    }
}

/// The names of all rules and groups.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name).chain(Group::ALL.into_iter().map(Group::name))
}

/// The groups of rules, which settings can set at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// States that contradict each other.
    State,
    /// Tasks and their boxes.
    Tasks,
    /// Fields of the header, and dates.
    Header,
    /// Tables and charts.
    Tables,
    /// What documents say of each other.
    Files,
    /// Text that Markdown reads otherwise than its author, and links.
    Text,
    /// What the template asks for.
    Template,
}

impl Group {
    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Tasks => "tasks",
            Self::Header => "header",
            Self::Tables => "tables",
            Self::Files => "files",
            Self::Text => "text",
            Self::Template => "template",
        }
    }

    /// All groups.
    pub const ALL: [Self; 7] =
        [Self::State, Self::Tasks, Self::Header, Self::Tables, Self::Files, Self::Text, Self::Template];
}

/// Severities that settings gave to rules and groups; `None` turns one off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    levels: BTreeMap<String, Option<Severity>>,
}

impl Levels {
    /// Sets a rule or a group.
    ///
    /// # Errors
    /// When there is neither of that name; says which one may be meant.
    pub fn set(&mut self, name: &str, level: Option<Severity>) -> Result<(), String> {
        if names().any(|known| known == name) {
            self.levels.insert(name.to_owned(), level);
            Ok(())
        } else {
            Err(plan_schema::no_such("rule", name, names()))
        }
    }

    /// The severity of a rule's findings: its own setting, else its group's, else its default; `None` for off.
    pub fn of(&self, rule: &Rule) -> Option<Severity> {
        let set = self.levels.get(rule.name).or_else(|| self.levels.get(rule.group.name()));
        set.copied().unwrap_or(rule.severity)
    }

    /// The severity of a finding; nothing where its rule is turned off.
    pub fn weigh(&self, finding: &Finding) -> Option<Severity> {
        let rule = finding.rule;
        let is_set = self.levels.contains_key(rule.name) || self.levels.contains_key(rule.group.name());
        if is_set { self.of(rule) } else { finding.severity.or(rule.severity) }
    }
}
