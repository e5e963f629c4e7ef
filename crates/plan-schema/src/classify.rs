//! Classifies documents as plan, checklist, specification, template or ordinary Markdown. Every feature that
//! Plansmith offers depends on this classification.

use plan_model::Evidence;

use crate::PathRole;

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// A plan: all rules and features.
    Plan,
    /// Ordinary text with checkboxes. It has task actions and progress; only the rule on malformed checkboxes
    /// applies.
    Checklist,
    /// Requirements of a family of documents: navigation, coverage and the rules about requirements.
    Specification,
    /// Other Markdown. It has neither rules nor plan features.
    Ordinary,
    /// A template, which is never checked as a plan.
    Template,
}

impl DocumentKind {
    /// Returns the name used in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Checklist => "checklist",
            Self::Specification => "specification",
            Self::Ordinary => "ordinary",
            Self::Template => "template",
        }
    }

    /// Returns whether checkboxes and states in documents of this kind are tasks.
    pub fn has_tasks(self) -> bool {
        matches!(self, Self::Plan | Self::Checklist)
    }
}

/// A kind of document, with the reason for the classification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classification {
    /// Kind of the document.
    pub kind: DocumentKind,
    /// The reason: `has phases`.
    pub reason: &'static str,
}

/// Classifies a document that has a role by its path. Returns `None` for archives, which are classified by their
/// content.
pub fn classify_role(role: PathRole) -> Option<Classification> {
    let kind = match role {
        PathRole::Archive => return None,
        PathRole::Template => DocumentKind::Template,
        PathRole::Vendored | PathRole::Prompt | PathRole::Handbook | PathRole::Fixture => {
            DocumentKind::Ordinary
        }
    };
    Some(Classification { kind, reason: role.reason() })
}

/// Classifies a document by its content and by whether it follows a template. `follows_template` is only
/// called if nothing else indicates a plan.
pub fn classify(evidence: &Evidence, follows_template: impl FnOnce() -> bool) -> Classification {
    let is = |kind, reason| Classification { kind, reason };
    // A single checkbox in a README is an example or a remark.
    let is_single_checkbox =
        evidence.readme && evidence.tasks <= 1 && evidence.phases + evidence.header_fields == 0;
    if evidence.record && !evidence.plan_type {
        return is(DocumentKind::Ordinary, "decision record");
    }
    if evidence.plan_type {
        return is(DocumentKind::Plan, "type field declares a plan");
    }
    // A title alone is not sufficient: `Floor plan`, `Background tasks`.
    let has_work = evidence.phases + evidence.header_fields + evidence.tasks > 0;
    if (evidence.labeled_plan || evidence.plan_title && (has_work || evidence.plan_folder))
        && !is_single_checkbox
    {
        return is(DocumentKind::Plan, "title names a plan");
    }
    if !evidence.readme {
        if evidence.plan_word {
            return is(DocumentKind::Plan, "heading above the tasks names a plan");
        }
        if evidence.phases >= 2 || evidence.phases > 0 && (evidence.tasks > 0 || evidence.header_fields > 0) {
            return is(DocumentKind::Plan, "has phases");
        }
        if evidence.header_fields > 0 && evidence.tasks > 0 {
            return is(DocumentKind::Plan, "has header fields and tasks");
        }
        if evidence.tasks_with_id >= 3 && evidence.tasks_with_id * 2 >= evidence.tasks {
            return is(DocumentKind::Plan, "tasks have IDs");
        }
        if evidence.plan_path && (evidence.tasks > 0 || evidence.header_fields > 2) {
            return is(DocumentKind::Plan, "path names a plan; has tasks or header fields");
        }
    }
    if follows_template() {
        return is(DocumentKind::Plan, "follows a template");
    }
    let reason = match (evidence.readme, evidence.tasks > 0) {
        (true, _) => "README or changelog",
        (false, true) => "has checkboxes, but no other plan features",
        (false, false) => "no phases or tasks",
    };
    is(
        if evidence.tasks > 0 && !is_single_checkbox {
            DocumentKind::Checklist
        } else {
            DocumentKind::Ordinary
        },
        reason,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_evidence() {
        let kind = |evidence: Evidence| classify(&evidence, || false).kind;
        assert_eq!(kind(Evidence::default()), DocumentKind::Ordinary);
        assert_eq!(kind(Evidence { tasks: 3, ..Evidence::default() }), DocumentKind::Checklist);
        assert_eq!(kind(Evidence { tasks: 3, header_fields: 1, ..Evidence::default() }), DocumentKind::Plan);
        assert_eq!(
            kind(Evidence { tasks: 3, plan_word: true, readme: true, ..Evidence::default() }),
            DocumentKind::Checklist
        );
        assert_eq!(kind(Evidence { header_fields: 3, ..Evidence::default() }), DocumentKind::Ordinary);
        assert_eq!(
            kind(Evidence { header_fields: 1, plan_path: true, ..Evidence::default() }),
            DocumentKind::Ordinary
        );
        assert_eq!(kind(Evidence { tasks: 1, plan_path: true, ..Evidence::default() }), DocumentKind::Plan);
        assert_eq!(kind(Evidence { plan_title: true, ..Evidence::default() }), DocumentKind::Ordinary);
        assert_eq!(
            kind(Evidence { plan_title: true, plan_folder: true, ..Evidence::default() }),
            DocumentKind::Plan
        );
        assert_eq!(kind(Evidence { labeled_plan: true, ..Evidence::default() }), DocumentKind::Plan);
        assert_eq!(kind(Evidence { plan_title: true, tasks: 1, ..Evidence::default() }), DocumentKind::Plan);
        assert_eq!(kind(Evidence { readme: true, tasks: 1, ..Evidence::default() }), DocumentKind::Ordinary);
        assert_eq!(kind(Evidence { readme: true, tasks: 2, ..Evidence::default() }), DocumentKind::Checklist);
    }
}
