//! Roles of tasks, determined by the heading or label above them.

use crate::words;

/// Role of a task in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Work to do.
    Work,
    /// A condition: success criteria, exit gates, definitions of done.
    Criterion,
    /// A result to deliver.
    Deliverable,
    /// A condition for starting.
    Prerequisite,
    /// An approval by a person.
    Approval,
    /// An open question or decision.
    Question,
}

impl Role {
    /// Name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Criterion => "criterion",
            Self::Deliverable => "deliverable",
            Self::Prerequisite => "prerequisite",
            Self::Approval => "approval",
            Self::Question => "question",
        }
    }
}

/// Meaning of a heading or label for the content below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SectionContext {
    /// Tasks of this role.
    Role(Role),
    /// Content that is not work: descriptions, reviews, logs.
    Text,
    /// Explanations of status markers.
    Legend,
}

/// Words with their meaning. The first one that occurs in a title counts.
const WORDS: [(&str, SectionContext); 53] = [
    ("legend", SectionContext::Legend),
    ("图例", SectionContext::Legend),
    ("entry criteria", SectionContext::Role(Role::Prerequisite)),
    ("entry gate", SectionContext::Role(Role::Prerequisite)),
    ("prerequisite", SectionContext::Role(Role::Prerequisite)),
    ("access required", SectionContext::Role(Role::Prerequisite)),
    ("required before", SectionContext::Role(Role::Prerequisite)),
    ("before starting", SectionContext::Role(Role::Prerequisite)),
    ("前置", SectionContext::Role(Role::Prerequisite)),
    ("criteria", SectionContext::Role(Role::Criterion)),
    ("criterion", SectionContext::Role(Role::Criterion)),
    ("exit gate", SectionContext::Role(Role::Criterion)),
    ("quality gate", SectionContext::Role(Role::Criterion)),
    ("definition of done", SectionContext::Role(Role::Criterion)),
    ("complete when", SectionContext::Role(Role::Criterion)),
    ("done when", SectionContext::Role(Role::Criterion)),
    ("success metrics", SectionContext::Role(Role::Criterion)),
    ("验收", SectionContext::Role(Role::Criterion)),
    ("deliverable", SectionContext::Role(Role::Deliverable)),
    ("approval", SectionContext::Role(Role::Approval)),
    ("sign-off", SectionContext::Role(Role::Approval)),
    ("sign off", SectionContext::Role(Role::Approval)),
    ("signoff", SectionContext::Role(Role::Approval)),
    ("question", SectionContext::Role(Role::Question)),
    ("decisions needed", SectionContext::Role(Role::Question)),
    ("clarification", SectionContext::Role(Role::Question)),
    ("unknowns", SectionContext::Role(Role::Question)),
    ("user stories", SectionContext::Text),
    ("user stor", SectionContext::Text),
    ("alternatives", SectionContext::Text),
    ("review", SectionContext::Text),
    ("consultation", SectionContext::Text),
    ("feedback", SectionContext::Text),
    ("change log", SectionContext::Text),
    ("changelog", SectionContext::Text),
    ("update log", SectionContext::Text),
    ("status log", SectionContext::Text),
    ("history", SectionContext::Text),
    ("task", SectionContext::Role(Role::Work)),
    ("phase", SectionContext::Role(Role::Work)),
    ("milestone", SectionContext::Role(Role::Work)),
    ("step", SectionContext::Role(Role::Work)),
    ("implementation", SectionContext::Role(Role::Work)),
    ("work", SectionContext::Role(Role::Work)),
    ("todo", SectionContext::Role(Role::Work)),
    ("to do", SectionContext::Role(Role::Work)),
    ("checklist", SectionContext::Role(Role::Work)),
    ("breakdown", SectionContext::Role(Role::Work)),
    ("action items", SectionContext::Role(Role::Work)),
    ("backlog", SectionContext::Role(Role::Work)),
    ("roadmap", SectionContext::Role(Role::Work)),
    ("任务", SectionContext::Role(Role::Work)),
    ("plan", SectionContext::Role(Role::Work)),
];

impl SectionContext {
    /// Returns the meaning of a title or label; `None` for most.
    pub(crate) fn of(title: &str) -> Option<Self> {
        let title = title.to_lowercase();
        // A word matches at the start of a word: `review`, not `preview`. Chinese text has no spaces, so its words
        // match anywhere.
        let mut word_starts: Vec<&str> = Vec::new();
        let mut after_letter = false;
        for (at, character) in title.char_indices() {
            if !after_letter {
                word_starts.push(&title[at..]);
            }
            after_letter = character.is_alphanumeric();
        }
        let entry = WORDS.iter().find(|(word, _)| {
            if word.is_ascii() {
                word_starts.iter().any(|start| start.as_bytes().starts_with(word.as_bytes()))
            } else {
                !title.is_ascii() && title.contains(word)
            }
        });
        let known = entry.map(|(_, context)| *context);
        known.or_else(|| words::is_work_title(&title).then_some(Self::Role(Role::Work)))
    }

    /// Returns the role of the tasks below, if it has one.
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            Self::Role(role) => Some(role),
            Self::Text | Self::Legend => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_by_title() {
        let role = |title: &str| SectionContext::of(title).and_then(SectionContext::role).map(Role::name);
        assert_eq!(role("Success Criteria"), Some("criterion"));
        assert_eq!(role("Phase 1 is complete when:"), Some("criterion"));
        assert_eq!(role("Phase 1 Deliverables"), Some("deliverable"));
        assert_eq!(role("Access Required"), Some("prerequisite"));
        assert_eq!(role("Open Questions"), Some("question"));
        assert_eq!(role("Approval"), Some("approval"));
        assert_eq!(role("Detailed Tasks"), Some("work"));
        assert_eq!(role("Background"), None);
        assert_eq!(SectionContext::of("Expert Review"), Some(SectionContext::Text));
        assert_eq!(SectionContext::of("Preview"), None);
    }
}
