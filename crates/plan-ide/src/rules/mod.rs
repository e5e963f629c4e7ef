//! The rules. Each rule has its own file with its documentation, check, fixes and tests.

mod accidental_heading;
pub(crate) mod broken_anchor;
mod broken_link;
mod checkbox_marker_mismatch;
mod checkbox_text_mismatch;
pub(crate) mod common;
mod conflicting_fields;
mod current_phase_mismatch;
mod date_order;
pub(crate) mod dates;
mod dependency_cycle;
mod depends_on_later_phase;
mod done_before_dependency;
mod done_parent_open_child;
mod draft_but_finished;
mod duplicate_id;
mod duplicate_section;
mod expired;
pub(crate) mod folder_status_mismatch;
mod front_matter_syntax;
mod gantt_order;
mod gantt_syntax;
mod gantt_unknown_task;
pub(crate) mod graph;
mod index_status_mismatch;
mod invalid_date;
mod invalid_template;
mod malformed_checkbox;
mod milestone_unknown_task;
mod missing_checkboxes;
mod missing_estimate;
mod missing_field;
mod missing_owner;
pub(crate) mod missing_section;
mod misspelled_risk_level;
mod misspelled_section;
mod mojibake;
mod one_sided_supersedes;
mod overdue;
mod phase_open_tasks;
mod plan_id_format;
mod plan_id_mismatch;
mod progress_mismatch;
mod review_open_tasks;
mod self_dependency;
mod status_log_mismatch;
mod status_open_tasks;
mod table_column_count;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod text_facts;
mod token_budget;
mod total_mismatch;
mod unclosed_fence;
mod uncovered_requirement;
pub mod unfilled_placeholder;
mod unknown_choice;
pub(crate) mod unknown_dependency;
mod unknown_requirement;
mod unknown_template;
pub(crate) mod unused_suppression;
mod wrong_phase_number;

use std::{collections::BTreeMap, fmt};

use plan_model::SegmentView;
use plan_schema::Kind;

use crate::{File, Finding, Severity, Workspace, finding::Fix};

/// All rules, in the order of their documentation.
pub static RULES: &[Rule] = &[
    status_open_tasks::RULE,
    phase_open_tasks::RULE,
    done_parent_open_child::RULE,
    checkbox_text_mismatch::RULE,
    checkbox_marker_mismatch::RULE,
    progress_mismatch::RULE,
    draft_but_finished::RULE,
    review_open_tasks::RULE,
    status_log_mismatch::RULE,
    folder_status_mismatch::RULE,
    duplicate_id::RULE,
    wrong_phase_number::RULE,
    unknown_dependency::RULE,
    dependency_cycle::RULE,
    self_dependency::RULE,
    done_before_dependency::RULE,
    depends_on_later_phase::RULE,
    missing_checkboxes::RULE,
    malformed_checkbox::RULE,
    missing_owner::RULE,
    missing_estimate::RULE,
    invalid_date::RULE,
    date_order::RULE,
    overdue::RULE,
    expired::RULE,
    conflicting_fields::RULE,
    front_matter_syntax::RULE,
    plan_id_format::RULE,
    plan_id_mismatch::RULE,
    current_phase_mismatch::RULE,
    table_column_count::RULE,
    misspelled_risk_level::RULE,
    gantt_syntax::RULE,
    gantt_unknown_task::RULE,
    gantt_order::RULE,
    milestone_unknown_task::RULE,
    total_mismatch::RULE,
    one_sided_supersedes::RULE,
    index_status_mismatch::RULE,
    unclosed_fence::RULE,
    broken_link::RULE,
    broken_anchor::RULE,
    accidental_heading::RULE,
    mojibake::RULE,
    token_budget::RULE,
    unfilled_placeholder::RULE,
    missing_section::RULE,
    misspelled_section::RULE,
    duplicate_section::RULE,
    missing_field::RULE,
    unknown_choice::RULE,
    unknown_template::RULE,
    invalid_template::RULE,
    unknown_requirement::RULE,
    uncovered_requirement::RULE,
    unused_suppression::RULE,
];

/// Numeric options of rules that settings can set: `rule.option`.
pub const OPTIONS: [&str; 1] = ["token-budget.tolerance"];

/// A rule.
pub struct Rule {
    /// The problem, in kebab case: `unclosed-fence`.
    pub name: &'static str,
    /// The group of the rule.
    pub group: Group,
    /// The default severity of its findings. `None` for a rule that is off by default.
    pub severity: Option<Severity>,
    /// The kinds of documents that the rule checks.
    pub applies_to: &'static [Kind],
    /// The reported problem, in one line without a full stop.
    pub summary: &'static str,
    /// The rest of the rule's page in Markdown, with the headings *What it checks*, *Why*, *Example*, *Fix* and
    /// optionally *Options*. The first example is incorrect, the second one correct.
    pub doc: &'static str,
    /// Finds the problems.
    pub check: Check,
}

/// The check of a rule.
#[derive(Clone, Copy)]
pub enum Check {
    /// Checks one file. Its findings are cached with the file.
    File(fn(&File, &mut Vec<Finding>)),
    /// Checks one file together with other files. Its fixes can be computed lazily.
    Workspace(fn(&File, &Workspace<'_>, &mut Vec<Finding>), Option<FixProvider>),
    /// Checks each segment separately, and then the parts of the file that span segments.
    PerSegment(&'static PerSegment),
}

/// The part of a rule that is not limited to single segments.
pub enum RestCheck {
    /// The rule only checks single segments.
    None,
    /// Checks the file. Its findings are cached with the file.
    File(fn(&File, &mut Vec<Finding>)),
    /// Checks the file together with other files.
    Workspace(fn(&File, &Workspace<'_>, &mut Vec<Finding>)),
}

/// Computes the fixes of a finding, best first.
pub type FixProvider = fn(&File, &Workspace<'_>, &Finding) -> Vec<Fix>;

/// The functions of a rule that checks mostly single segments.
pub struct PerSegment {
    /// Checks a segment. The findings are cached with the segment. Therefore, the check may depend only on the
    /// segment, [`plan_model::Plan::context_fingerprint`], the kind of the document, its template and its state, and
    /// every range in its findings must be within the segment.
    pub check: fn(&File, &SegmentView<'_>, &mut Vec<Finding>),
    /// Checks the parts of the file that span segments.
    pub check_rest: RestCheck,
    /// Computes expensive fixes on demand. None of them is safe.
    pub fixes: Option<FixProvider>,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Rules that also check archives: rules about the page itself, and the rule about the folder.
const ARCHIVE_RULES: [&str; 9] = [
    "folder-status-mismatch",
    "malformed-checkbox",
    "front-matter-syntax",
    "table-column-count",
    "unclosed-fence",
    "broken-link",
    "broken-anchor",
    "accidental-heading",
    "mojibake",
];

impl Rule {
    /// Returns whether the rule checks documents of this kind.
    pub fn applies(&self, kind: Kind, archived: bool) -> bool {
        self.applies_to.contains(&kind) && (!archived || ARCHIVE_RULES.contains(&self.name))
    }

    /// Returns the rule with a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name)
    }
}

/// Returns the names of all rules and groups.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name).chain(Group::ALL.into_iter().map(Group::name))
}

/// A group of rules. Settings can set the severity of a whole group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Contradictory states.
    State,
    /// Tasks, checkboxes and dependencies.
    Tasks,
    /// Header fields and dates.
    Header,
    /// Tables and Gantt charts.
    Tables,
    /// References between plans.
    Files,
    /// Markdown syntax, text and links.
    Text,
    /// Conformance to the template.
    Template,
    /// Documents of a set: requirements and the tasks that refer to them.
    Families,
}

impl Group {
    /// Returns the name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Tasks => "tasks",
            Self::Header => "header",
            Self::Tables => "tables",
            Self::Files => "files",
            Self::Text => "text",
            Self::Template => "template",
            Self::Families => "families",
        }
    }

    /// All groups.
    pub const ALL: [Self; 8] = [
        Self::State,
        Self::Tasks,
        Self::Header,
        Self::Tables,
        Self::Files,
        Self::Text,
        Self::Template,
        Self::Families,
    ];
}

/// Severities of rules and groups from settings. `None` disables a rule or group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    levels: BTreeMap<String, Option<Severity>>,
}

impl Levels {
    /// Sets the severity of a rule or group.
    ///
    /// # Errors
    /// If the name is unknown. The message suggests a similar one.
    pub fn set(&mut self, name: &str, level: Option<Severity>) -> Result<(), String> {
        if names().any(|known| known == name) {
            self.levels.insert(name.to_owned(), level);
            Ok(())
        } else {
            Err(plan_schema::unknown_name_message("rule", name, names()))
        }
    }

    /// Returns the severity of a rule: its own setting, otherwise the setting of its group, otherwise its default.
    /// `None` if it is disabled.
    pub fn of(&self, rule: &Rule) -> Option<Severity> {
        let set = self.levels.get(rule.name).or_else(|| self.levels.get(rule.group.name()));
        set.copied().unwrap_or(rule.severity)
    }

    /// Returns the severity of a finding. `None` if its rule is disabled.
    pub fn severity_of(&self, finding: &Finding) -> Option<Severity> {
        let rule = finding.rule;
        let is_set = self.levels.contains_key(rule.name) || self.levels.contains_key(rule.group.name());
        if is_set { self.of(rule) } else { finding.severity.or(rule.severity) }
    }
}
