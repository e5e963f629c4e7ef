//! Plan, checklist or ordinary Markdown: the one answer that everything depends on which the server says by itself.

use plan_model::Evidence;

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It says what will be done: rules, outline, completion and actions.
    Plan,
    /// Boxes in ordinary text: task actions and progress, no other rules than the one on malformed boxes.
    Checklist,
    /// Neither. It gets nothing.
    Ordinary,
    /// A template: it is never checked as a plan.
    Template,
}

impl Kind {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Checklist => "checklist",
            Self::Ordinary => "ordinary",
            Self::Template => "template",
        }
    }
}

/// A kind with the reason for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classification {
    /// The kind.
    pub kind: Kind,
    /// What decided, as half a sentence: `it has phases with tasks`.
    pub reason: &'static str,
}

/// Decides what a document is, by what it holds and by whether it follows a template, which is asked only where nothing
/// else shows a plan.
pub fn classify(evidence: &Evidence, follows_template: impl FnOnce() -> bool) -> Classification {
    let is = |kind, reason| Classification { kind, reason };
    if evidence.record && !evidence.plan_type {
        return is(Kind::Ordinary, "it records or proposes a decision");
    }
    if evidence.plan_type {
        return is(Kind::Plan, "its type says so");
    }
    if evidence.plan_title {
        return is(Kind::Plan, "its title says so");
    }
    if !evidence.readme {
        if evidence.plan_word {
            return is(Kind::Plan, "the heading above its tasks says so");
        }
        if evidence.phases >= 2 || evidence.phases > 0 && (evidence.tasks > 0 || evidence.header_fields > 0) {
            return is(Kind::Plan, "it has phases");
        }
        if evidence.header_fields > 0 && evidence.tasks > 0 {
            return is(Kind::Plan, "it has a plan's fields and tasks");
        }
        if evidence.tasks_with_id >= 3 && evidence.tasks_with_id * 2 >= evidence.tasks {
            return is(Kind::Plan, "its tasks have ids");
        }
        if evidence.plan_path && (evidence.tasks > 0 || evidence.header_fields > 2) {
            return is(Kind::Plan, "its file is called one and it has a plan's parts");
        }
    }
    if follows_template() {
        return is(Kind::Plan, "it follows a template");
    }
    let reason = match (evidence.readme, evidence.tasks > 0) {
        (true, _) => "it introduces a project or tells its changes",
        (false, true) => "it has boxes, but nothing else of a plan",
        (false, false) => "it has neither phases nor tasks",
    };
    is(if evidence.tasks > 0 { Kind::Checklist } else { Kind::Ordinary }, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let kind = |evidence: Evidence| classify(&evidence, || false).kind;
        assert_eq!(kind(Evidence::default()), Kind::Ordinary);
        assert_eq!(kind(Evidence { tasks: 3, ..Evidence::default() }), Kind::Checklist);
        assert_eq!(kind(Evidence { tasks: 3, header_fields: 1, ..Evidence::default() }), Kind::Plan);
        assert_eq!(
            kind(Evidence { tasks: 3, plan_word: true, readme: true, ..Evidence::default() }),
            Kind::Checklist
        );
        assert_eq!(kind(Evidence { header_fields: 3, ..Evidence::default() }), Kind::Ordinary);
        assert_eq!(
            kind(Evidence { header_fields: 1, plan_path: true, ..Evidence::default() }),
            Kind::Ordinary
        );
        assert_eq!(kind(Evidence { tasks: 1, plan_path: true, ..Evidence::default() }), Kind::Plan);
    }
}
