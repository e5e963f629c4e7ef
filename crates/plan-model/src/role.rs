//! Roles of tasks, determined by the heading or label above them.

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

/// The words of [`WORDS`] that must be what the title is about: `Code Review`, but not `Review queue`.
const IS_TEXT: [&str; 8] =
    ["user stories", "user stor", "review", "feedback", "change log", "changelog", "update log", "history"];

/// Words that may follow one of [`IS_TEXT`] in a title that is still about it: `Review Log`, `Review by the team`.
const AFTER_TEXT: [&str; 20] = [
    "log",
    "logs",
    "notes",
    "comments",
    "results",
    "result",
    "summary",
    "findings",
    "feedback",
    "record",
    "records",
    "history",
    "round",
    "iteration",
    "by",
    "of",
    "from",
    "on",
    "and",
    "received",
];

/// Whether a title is about `word`, and not about a thing of which `word` is only the subject. `title` begins with the
/// word, `before` precedes it. `Chunk 2: Review` is a piece of work with a name.
fn is_subject(before: &str, title: &str, word: &str) -> bool {
    let Some(rest) = title.strip_prefix(word) else { return false };
    let unit = before.trim_end().strip_suffix(':').map(|unit| unit.trim_end());
    let is_named_unit = unit.is_some_and(|unit| {
        unit.ends_with(|c: char| c.is_ascii_digit()) && !unit.starts_with("appendix") && unit.contains(' ')
    });
    // The rest of the word: `user stories`, `reviews`.
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    let (ending, rest) = rest.split_at(end);
    let rest = rest.trim_start();
    let next = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    !is_named_unit
        && matches!(ending, "" | "s" | "y" | "ies")
        && (next.is_empty() || next.starts_with(|c: char| c.is_ascii_digit()) || AFTER_TEXT.contains(&next))
}

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
            if IS_TEXT.contains(word) {
                word_starts.iter().any(|start| is_subject(&title[..title.len() - start.len()], start, word))
            } else if word.is_ascii() {
                word_starts.iter().any(|start| start.as_bytes().starts_with(word.as_bytes()))
            } else {
                !title.is_ascii() && title.contains(word)
            }
        });
        entry.map(|(_, context)| *context)
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

    #[test]
    fn sections_about_reviews_are_not_sections_of_reviews() {
        for text in [
            "Review",
            "Code Reviews",
            "3. Review Log",
            "Review (round 2)",
            "Reviews by the board",
            "Appendix 1: Change Log",
            "Revision history",
            "User Stories",
            "User Story 1 - Lend a book",
        ] {
            assert_eq!(SectionContext::of(text), Some(SectionContext::Text), "{text}");
        }
        for other in [
            "Chunk 2: Shelf Reviewer",
            "Chunk 2: Review",
            "Review queue",
            "Code review bot",
            "User stories page",
            "Changelog generator",
            "History view",
        ] {
            assert_eq!(SectionContext::of(other), None, "{other}");
        }
    }
}
