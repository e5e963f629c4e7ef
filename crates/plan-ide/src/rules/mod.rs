//! The rules. Each rule has its own file with its documentation, check, fixes and tests.

mod accidental_heading;
mod archived_with_open_tasks;
pub(crate) mod broken_anchor;
mod broken_link;
mod checkbox_marker_mismatch;
mod checkbox_text_mismatch;
pub(crate) mod common;
mod conflicting_deltas;
mod conflicting_fields;
mod count_mismatch;
mod created_file_exists;
mod created_file_missing;
mod current_phase_mismatch;
mod date_order;
pub(crate) mod dates;
mod delta_target_missing;
mod dependency_cycle;
mod depends_on_later_phase;
mod done_before_dependency;
mod done_parent_open_child;
mod draft_but_finished;
mod duplicate_document_number;
mod duplicate_id;
mod duplicate_section;
mod expired;
pub(crate) mod folder_status_mismatch;
mod front_matter_syntax;
mod gantt_order;
mod gantt_outdated;
mod gantt_syntax;
mod gantt_unknown_task;
pub(crate) mod graph;
mod index_status_mismatch;
mod invalid_date;
mod invalid_template;
mod log_order;
mod malformed_checkbox;
mod malformed_heading;
mod malformed_link;
mod malformed_links;
mod malformed_table;
mod markup_facts;
mod merge_conflict;
mod milestone_before_tasks;
mod milestone_unknown_task;
mod missing_checkboxes;
mod missing_estimate;
mod missing_field;
mod missing_owner;
pub(crate) mod missing_section;
mod misspelled_risk_level;
mod misspelled_section;
mod misspelled_status;
mod mojibake;
mod nested_fence;
mod one_sided_supersedes;
mod open_clarification;
mod overallocated_owner;
mod overdue;
mod overview_checkbox_mismatch;
mod parallel_tasks_share_file;
mod phase_open_tasks;
mod plan_id_format;
mod plan_id_mismatch;
mod progress_mismatch;
mod review_open_tasks;
mod roadmap_mismatch;
pub(crate) mod run;
mod self_dependency;
mod sibling_status;
mod status_log_mismatch;
mod status_open_tasks;
mod story_status_mismatch;
mod table_column_count;
mod target_before_schedule;
mod task_id_format;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod text_facts;
mod token_budget;
mod total_mismatch;
mod unclosed_comment;
mod unclosed_fence;
mod uncovered_requirement;
mod undefined_footnote;
pub mod unfilled_placeholder;
mod unfilled_when_done;
mod unknown_choice;
mod unknown_criterion;
pub(crate) mod unknown_dependency;
mod unknown_requirement;
pub(crate) mod unknown_status;
mod unknown_template;
pub(crate) mod unused_suppression;
mod view;
mod wave_files_overlap;
mod wave_order;
mod wrong_phase_number;

use std::collections::BTreeMap;

pub use self::view::RuleView;
pub use crate::finding::{Check, FixProvider, Group, PerSegment, RestCheck, Rule};
use crate::{Finding, Severity};

/// All rules, in the order of their documentation.
pub static RULES: &[Rule] = &[
    status_open_tasks::RULE,
    phase_open_tasks::RULE,
    done_parent_open_child::RULE,
    checkbox_text_mismatch::RULE,
    checkbox_marker_mismatch::RULE,
    progress_mismatch::RULE,
    overview_checkbox_mismatch::RULE,
    draft_but_finished::RULE,
    review_open_tasks::RULE,
    unfilled_when_done::RULE,
    misspelled_status::RULE,
    status_log_mismatch::RULE,
    folder_status_mismatch::RULE,
    duplicate_id::RULE,
    task_id_format::RULE,
    wrong_phase_number::RULE,
    unknown_dependency::RULE,
    unknown_criterion::RULE,
    dependency_cycle::RULE,
    self_dependency::RULE,
    done_before_dependency::RULE,
    depends_on_later_phase::RULE,
    missing_checkboxes::RULE,
    malformed_checkbox::RULE,
    count_mismatch::RULE,
    missing_owner::RULE,
    missing_estimate::RULE,
    overallocated_owner::RULE,
    invalid_date::RULE,
    date_order::RULE,
    log_order::RULE,
    overdue::RULE,
    target_before_schedule::RULE,
    expired::RULE,
    conflicting_fields::RULE,
    front_matter_syntax::RULE,
    plan_id_format::RULE,
    plan_id_mismatch::RULE,
    current_phase_mismatch::RULE,
    table_column_count::RULE,
    malformed_table::RULE,
    misspelled_risk_level::RULE,
    gantt_syntax::RULE,
    gantt_unknown_task::RULE,
    gantt_order::RULE,
    gantt_outdated::RULE,
    milestone_unknown_task::RULE,
    milestone_before_tasks::RULE,
    total_mismatch::RULE,
    one_sided_supersedes::RULE,
    index_status_mismatch::RULE,
    duplicate_document_number::RULE,
    created_file_exists::RULE,
    created_file_missing::RULE,
    unclosed_comment::RULE,
    unclosed_fence::RULE,
    nested_fence::RULE,
    broken_link::RULE,
    broken_anchor::RULE,
    malformed_link::RULE,
    undefined_footnote::RULE,
    accidental_heading::RULE,
    malformed_heading::RULE,
    merge_conflict::RULE,
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
    parallel_tasks_share_file::RULE,
    wave_order::RULE,
    wave_files_overlap::RULE,
    open_clarification::RULE,
    sibling_status::RULE,
    archived_with_open_tasks::RULE,
    delta_target_missing::RULE,
    conflicting_deltas::RULE,
    roadmap_mismatch::RULE,
    story_status_mismatch::RULE,
    unknown_status::RULE,
    unused_suppression::RULE,
];

/// Numeric options of rules that settings can set: `rule.option`.
pub const OPTIONS: [&str; 1] = ["token-budget.tolerance"];

impl Rule {
    /// Returns the rule with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        RULES.iter().find(|rule| rule.name == name)
    }
}

/// Returns the names of all rules and groups.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.name).chain(Group::ALL.into_iter().map(Group::name))
}

/// Severities of rules and groups from settings. `None` disables a rule or group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleSeverities {
    severities: BTreeMap<String, Option<Severity>>,
}

impl RuleSeverities {
    /// Sets the severity of a rule or group.
    ///
    /// # Errors
    /// Returns an error that suggests a similar name if the name is unknown.
    pub fn set(&mut self, name: &str, level: Option<Severity>) -> Result<(), String> {
        if names().any(|known| known == name) {
            self.severities.insert(name.to_owned(), level);
            Ok(())
        } else {
            Err(plan_schema::unknown_name_message("rule", name, names()))
        }
    }

    /// Adds other severities, which take precedence.
    pub fn extend(&mut self, other: &Self) {
        self.severities.extend(other.severities.iter().map(|(name, level)| (name.clone(), *level)));
    }

    /// Returns the severity of a rule: its own setting, otherwise the setting of its group, otherwise its default.
    /// `None` if it is disabled.
    pub fn of(&self, rule: &Rule) -> Option<Severity> {
        let set = self.severities.get(rule.name).or_else(|| self.severities.get(rule.group.name()));
        set.copied().unwrap_or(rule.severity)
    }

    /// Returns the severity of a finding. `None` if its rule is disabled.
    pub fn severity_of(&self, finding: &Finding) -> Option<Severity> {
        let rule = finding.rule;
        let is_set =
            self.severities.contains_key(rule.name) || self.severities.contains_key(rule.group.name());
        if is_set { self.of(rule) } else { finding.severity.or(rule.severity) }
    }
}
