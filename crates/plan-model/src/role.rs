//! What a task is for, told by the heading or label that it stands under.

/// The part that a task plays in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Something to do.
    Work,
    /// Something that has to be true: success criteria, exit gates, definitions of done.
    Criterion,
    /// Something to hand over.
    Deliverable,
    /// Something that has to be there before.
    Prerequisite,
    /// Someone's consent.
    Approval,
    /// Something to find out or decide.
    Question,
}

impl Role {
    /// Its name in outputs.
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

/// What a heading or label says of what stands below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// Tasks of this role.
    Role(Role),
    /// Nothing that is done: descriptions, reviews, logs.
    Text,
    /// Marks that are explained.
    Legend,
}

/// Words and what they say; the first that a title has decides.
const WORDS: [(&str, Context); 53] = [
    ("legend", Context::Legend),
    ("图例", Context::Legend),
    ("entry criteria", Context::Role(Role::Prerequisite)),
    ("entry gate", Context::Role(Role::Prerequisite)),
    ("prerequisite", Context::Role(Role::Prerequisite)),
    ("access required", Context::Role(Role::Prerequisite)),
    ("required before", Context::Role(Role::Prerequisite)),
    ("before starting", Context::Role(Role::Prerequisite)),
    ("前置", Context::Role(Role::Prerequisite)),
    ("criteria", Context::Role(Role::Criterion)),
    ("criterion", Context::Role(Role::Criterion)),
    ("exit gate", Context::Role(Role::Criterion)),
    ("quality gate", Context::Role(Role::Criterion)),
    ("definition of done", Context::Role(Role::Criterion)),
    ("complete when", Context::Role(Role::Criterion)),
    ("done when", Context::Role(Role::Criterion)),
    ("success metrics", Context::Role(Role::Criterion)),
    ("验收", Context::Role(Role::Criterion)),
    ("deliverable", Context::Role(Role::Deliverable)),
    ("approval", Context::Role(Role::Approval)),
    ("sign-off", Context::Role(Role::Approval)),
    ("sign off", Context::Role(Role::Approval)),
    ("signoff", Context::Role(Role::Approval)),
    ("question", Context::Role(Role::Question)),
    ("decisions needed", Context::Role(Role::Question)),
    ("clarification", Context::Role(Role::Question)),
    ("unknowns", Context::Role(Role::Question)),
    ("user stories", Context::Text),
    ("user stor", Context::Text),
    ("alternatives", Context::Text),
    ("review", Context::Text),
    ("consultation", Context::Text),
    ("feedback", Context::Text),
    ("change log", Context::Text),
    ("changelog", Context::Text),
    ("update log", Context::Text),
    ("status log", Context::Text),
    ("history", Context::Text),
    ("task", Context::Role(Role::Work)),
    ("phase", Context::Role(Role::Work)),
    ("milestone", Context::Role(Role::Work)),
    ("step", Context::Role(Role::Work)),
    ("implementation", Context::Role(Role::Work)),
    ("work", Context::Role(Role::Work)),
    ("todo", Context::Role(Role::Work)),
    ("to do", Context::Role(Role::Work)),
    ("checklist", Context::Role(Role::Work)),
    ("breakdown", Context::Role(Role::Work)),
    ("action items", Context::Role(Role::Work)),
    ("backlog", Context::Role(Role::Work)),
    ("roadmap", Context::Role(Role::Work)),
    ("任务", Context::Role(Role::Work)),
    ("plan", Context::Role(Role::Work)),
];

impl Context {
    /// What a title or label says; nothing for most.
    pub(crate) fn of(title: &str) -> Option<Self> {
        let title = title.to_lowercase();
        // A word counts where one starts: `review`, not `preview`. Other scripts have no blanks.
        let mut starts: Vec<&str> = Vec::new();
        let mut after_letter = false;
        for (at, character) in title.char_indices() {
            if !after_letter {
                starts.push(&title[at..]);
            }
            after_letter = character.is_alphanumeric();
        }
        let found = WORDS.iter().find(|(word, _)| {
            if word.is_ascii() {
                starts.iter().any(|start| start.as_bytes().starts_with(word.as_bytes()))
            } else {
                !title.is_ascii() && title.contains(word)
            }
        });
        found.map(|(_, context)| *context)
    }

    /// The role of what stands below, if it has one.
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
    fn titles() {
        let role = |title: &str| Context::of(title).and_then(Context::role).map(Role::name);
        assert_eq!(role("Success Criteria"), Some("criterion"));
        assert_eq!(role("Phase 1 is complete when:"), Some("criterion"));
        assert_eq!(role("Phase 1 Deliverables"), Some("deliverable"));
        assert_eq!(role("Access Required"), Some("prerequisite"));
        assert_eq!(role("Open Questions"), Some("question"));
        assert_eq!(role("Approval"), Some("approval"));
        assert_eq!(role("Detailed Tasks"), Some("work"));
        assert_eq!(role("Background"), None);
        assert_eq!(Context::of("Expert Review"), Some(Context::Text));
        assert_eq!(Context::of("Preview"), None);
    }
}
