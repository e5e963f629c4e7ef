//! Roles of tasks, determined by the heading or label above them.

mod follow_up;
mod phrases;

use std::sync::LazyLock;

pub(crate) use self::follow_up::{is_follow_up_title, means_nothing_to_do};
use self::{follow_up::title_role, phrases::PhraseTable};
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
    /// A check for the reader of the document: before a release, before a review.
    Checklist,
    /// Follow-up work that is not part of the plan: next steps, ideas, deferred items.
    FollowUp,
}

impl Role {
    /// Returns whether tasks of this role count toward the progress. Open tasks of such a role contradict a status that
    /// marks the plan as done.
    pub fn counts(self) -> bool {
        matches!(self, Self::Work | Self::Criterion | Self::Deliverable)
    }

    /// Returns whether tasks of this role are work, in contrast to checks and decisions.
    pub fn is_work(self) -> bool {
        matches!(self, Self::Work | Self::Deliverable)
    }

    /// Returns the name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Criterion => "criterion",
            Self::Deliverable => "deliverable",
            Self::Prerequisite => "prerequisite",
            Self::Approval => "approval",
            Self::Question => "question",
            Self::Checklist => "checklist",
            Self::FollowUp => "follow-up",
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

/// Words with their meaning. The first word that occurs in a title determines its meaning.
const WORDS: [(&str, SectionContext); 149] = [
    ("legend", SectionContext::Legend),
    ("légende", SectionContext::Legend),
    ("leyenda", SectionContext::Legend),
    ("legenda", SectionContext::Legend),
    ("lenda", SectionContext::Legend),
    ("легенда", SectionContext::Legend),
    ("условные обозначения", SectionContext::Legend),
    ("图例", SectionContext::Legend),
    ("圖例", SectionContext::Legend),
    ("凡例", SectionContext::Legend),
    ("범례", SectionContext::Legend),
    // Conditions that should not come true.
    ("disproof", SectionContext::Role(Role::Checklist)),
    ("falsification", SectionContext::Role(Role::Checklist)),
    ("kill criteria", SectionContext::Role(Role::Checklist)),
    ("abort criteria", SectionContext::Role(Role::Checklist)),
    ("stop criteria", SectionContext::Role(Role::Checklist)),
    ("rollback criteria", SectionContext::Role(Role::Checklist)),
    ("entry criteria", SectionContext::Role(Role::Prerequisite)),
    ("entry gate", SectionContext::Role(Role::Prerequisite)),
    ("prerequisite", SectionContext::Role(Role::Prerequisite)),
    ("pre-requisite", SectionContext::Role(Role::Prerequisite)),
    ("definition of ready", SectionContext::Role(Role::Prerequisite)),
    ("access required", SectionContext::Role(Role::Prerequisite)),
    ("required before", SectionContext::Role(Role::Prerequisite)),
    ("before starting", SectionContext::Role(Role::Prerequisite)),
    ("before you start", SectionContext::Role(Role::Prerequisite)),
    ("before you begin", SectionContext::Role(Role::Prerequisite)),
    ("voraussetzung", SectionContext::Role(Role::Prerequisite)),
    ("prerrequisit", SectionContext::Role(Role::Prerequisite)),
    ("pré-requisit", SectionContext::Role(Role::Prerequisite)),
    ("requisitos previos", SectionContext::Role(Role::Prerequisite)),
    ("prérequis", SectionContext::Role(Role::Prerequisite)),
    ("pré-requis", SectionContext::Role(Role::Prerequisite)),
    ("prerequisiti", SectionContext::Role(Role::Prerequisite)),
    ("предварительные", SectionContext::Role(Role::Prerequisite)),
    ("前置", SectionContext::Role(Role::Prerequisite)),
    ("前提条件", SectionContext::Role(Role::Prerequisite)),
    ("사전 조건", SectionContext::Role(Role::Prerequisite)),
    ("criteria", SectionContext::Role(Role::Criterion)),
    ("criterion", SectionContext::Role(Role::Criterion)),
    ("exit gate", SectionContext::Role(Role::Criterion)),
    ("quality gate", SectionContext::Role(Role::Criterion)),
    ("definition of done", SectionContext::Role(Role::Criterion)),
    ("complete when", SectionContext::Role(Role::Criterion)),
    ("done when", SectionContext::Role(Role::Criterion)),
    ("success metrics", SectionContext::Role(Role::Criterion)),
    ("testing checklist", SectionContext::Role(Role::Criterion)),
    ("test checklist", SectionContext::Role(Role::Criterion)),
    ("verification checklist", SectionContext::Role(Role::Criterion)),
    ("validation checklist", SectionContext::Role(Role::Criterion)),
    ("acceptance checklist", SectionContext::Role(Role::Criterion)),
    ("qa checklist", SectionContext::Role(Role::Criterion)),
    ("akzeptanzkriteri", SectionContext::Role(Role::Criterion)),
    ("abnahmekriteri", SectionContext::Role(Role::Criterion)),
    ("erfolgskriteri", SectionContext::Role(Role::Criterion)),
    ("criterios", SectionContext::Role(Role::Criterion)),
    ("critérios", SectionContext::Role(Role::Criterion)),
    ("critères", SectionContext::Role(Role::Criterion)),
    ("criteri di", SectionContext::Role(Role::Criterion)),
    ("critério", SectionContext::Role(Role::Criterion)),
    ("kryteria", SectionContext::Role(Role::Criterion)),
    ("критери", SectionContext::Role(Role::Criterion)),
    ("критері", SectionContext::Role(Role::Criterion)),
    ("验收", SectionContext::Role(Role::Criterion)),
    ("驗收", SectionContext::Role(Role::Criterion)),
    ("成功标准", SectionContext::Role(Role::Criterion)),
    ("完成标准", SectionContext::Role(Role::Criterion)),
    ("完成定义", SectionContext::Role(Role::Criterion)),
    ("受け入れ", SectionContext::Role(Role::Criterion)),
    ("受入", SectionContext::Role(Role::Criterion)),
    ("完了条件", SectionContext::Role(Role::Criterion)),
    ("成功基準", SectionContext::Role(Role::Criterion)),
    ("완료 조건", SectionContext::Role(Role::Criterion)),
    ("완료 기준", SectionContext::Role(Role::Criterion)),
    ("승인 기준", SectionContext::Role(Role::Criterion)),
    ("인수 조건", SectionContext::Role(Role::Criterion)),
    ("수락 기준", SectionContext::Role(Role::Criterion)),
    ("성공 기준", SectionContext::Role(Role::Criterion)),
    ("deliverable", SectionContext::Role(Role::Deliverable)),
    ("liefergegenst", SectionContext::Role(Role::Deliverable)),
    ("lieferergebnis", SectionContext::Role(Role::Deliverable)),
    ("livrable", SectionContext::Role(Role::Deliverable)),
    ("entregable", SectionContext::Role(Role::Deliverable)),
    ("entregáveis", SectionContext::Role(Role::Deliverable)),
    ("交付物", SectionContext::Role(Role::Deliverable)),
    ("成果物", SectionContext::Role(Role::Deliverable)),
    ("산출물", SectionContext::Role(Role::Deliverable)),
    ("approval", SectionContext::Role(Role::Approval)),
    ("sign-off", SectionContext::Role(Role::Approval)),
    ("sign off", SectionContext::Role(Role::Approval)),
    ("signoff", SectionContext::Role(Role::Approval)),
    ("freigabe", SectionContext::Role(Role::Approval)),
    ("genehmigung", SectionContext::Role(Role::Approval)),
    ("aprobaci", SectionContext::Role(Role::Approval)),
    ("aprovação", SectionContext::Role(Role::Approval)),
    ("approbation", SectionContext::Role(Role::Approval)),
    ("утверждение", SectionContext::Role(Role::Approval)),
    ("согласование", SectionContext::Role(Role::Approval)),
    ("审批", SectionContext::Role(Role::Approval)),
    ("批准", SectionContext::Role(Role::Approval)),
    ("承認", SectionContext::Role(Role::Approval)),
    ("승인", SectionContext::Role(Role::Approval)),
    ("question", SectionContext::Role(Role::Question)),
    ("decisions needed", SectionContext::Role(Role::Question)),
    ("clarification", SectionContext::Role(Role::Question)),
    ("unknowns", SectionContext::Role(Role::Question)),
    ("offene fragen", SectionContext::Role(Role::Question)),
    ("offene punkte", SectionContext::Role(Role::Question)),
    ("points ouverts", SectionContext::Role(Role::Question)),
    ("puntos abiertos", SectionContext::Role(Role::Question)),
    ("pontos em aberto", SectionContext::Role(Role::Question)),
    ("punti aperti", SectionContext::Role(Role::Question)),
    ("preguntas", SectionContext::Role(Role::Question)),
    ("perguntas", SectionContext::Role(Role::Question)),
    ("domande", SectionContext::Role(Role::Question)),
    ("pytania", SectionContext::Role(Role::Question)),
    ("вопрос", SectionContext::Role(Role::Question)),
    ("питання", SectionContext::Role(Role::Question)),
    ("待确认", SectionContext::Role(Role::Question)),
    ("未决", SectionContext::Role(Role::Question)),
    ("質問", SectionContext::Role(Role::Question)),
    ("未解決", SectionContext::Role(Role::Question)),
    ("질문", SectionContext::Role(Role::Question)),
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

/// Words of [`WORDS`] that apply only if they are the head of the title: `Code Review`, but not `Review queue`.
const HEAD_ONLY_WORDS: [&str; 8] =
    ["user stories", "user stor", "review", "feedback", "change log", "changelog", "update log", "history"];

/// Words that may follow a word of [`HEAD_ONLY_WORDS`] without changing the subject of the title: `Review Log`,
/// `Review by the team`.
const WORDS_AFTER_HEAD: [&str; 21] = [
    "log",
    "logs",
    "notes",
    "comments",
    "remarks",
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

/// Returns whether `word` is the subject of a title instead of an attribute. `title` begins with the word, `before`
/// is the text before it. `Chunk 2: Review` is a piece of work with a name.
fn is_subject(before: &str, title: &str, word: &str) -> bool {
    let Some(rest) = title.strip_prefix(word) else { return false };
    let unit = before.trim_end().strip_suffix(':').map(|unit| unit.trim_end());
    let is_named_unit = unit.is_some_and(|unit| {
        unit.ends_with(|c: char| c.is_ascii_digit()) && !unit.starts_with("appendix") && unit.contains(' ')
    });
    // Skip the ending of the word: `user stories`, `reviews`.
    let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
    let (ending, rest) = rest.split_at(end);
    let rest = rest.trim_start();
    let next = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    !is_named_unit
        && matches!(ending, "" | "s" | "y" | "ies")
        && (next.is_empty()
            || next.starts_with(|c: char| c.is_ascii_digit())
            || WORDS_AFTER_HEAD.contains(&next))
}

/// Words that may follow a word for approvals or questions in the title of a section with approvals or questions.
/// Other words change the subject: `Approval workflow`, `Question bank`.
const WORDS_AFTER_APPROVAL: [&str; 34] = [
    "checklist",
    "status",
    "signatures",
    "required",
    "needed",
    "pending",
    "gate",
    "gates",
    "log",
    "list",
    "record",
    "requirements",
    "table",
    "section",
    "and",
    "or",
    "for",
    "by",
    "from",
    "of",
    "to",
    "before",
    "about",
    "on",
    "in",
    "that",
    "we",
    "i",
    "remaining",
    "resolved",
    "answered",
    "open",
    "raised",
    "with",
];

/// Returns whether `word` is the subject of a title. `start` is the rest of the title, beginning with `word`.
fn is_title_subject(start: &str, word: &str) -> bool {
    let Some(rest) = start.strip_prefix(word) else { return false };
    let rest = rest.trim_start_matches(char::is_alphanumeric).trim_start();
    let next = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    next.is_empty() || next.starts_with(|c: char| c.is_ascii_digit()) || WORDS_AFTER_APPROVAL.contains(&next)
}

impl SectionContext {
    /// Returns whether a title has a word for a legend. Cheaper than [`SectionContext::of`].
    pub(crate) fn mentions_legend(title: &str) -> bool {
        let title = title.to_lowercase();
        WORDS.iter().any(|(word, context)| *context == Self::Legend && title.contains(word))
    }

    /// Returns the meaning of a title or label; `None` for titles without known words.
    pub(crate) fn of(title: &str) -> Option<Self> {
        let title = title.to_lowercase();
        if let Some(role) = title_role(&title) {
            return Some(Self::Role(role));
        }
        static SECTION_WORDS: LazyLock<PhraseTable> =
            LazyLock::new(|| PhraseTable::new(WORDS.iter().map(|(word, _)| *word)));
        let applies = |(index, at): &(usize, usize)| {
            let (word, context) = WORDS[*index];
            let (before, start) = title.split_at(*at);
            if HEAD_ONLY_WORDS.contains(&word) {
                is_subject(before, start, word)
            } else if matches!(context, Self::Role(Role::Approval | Role::Question)) && word.is_ascii() {
                is_title_subject(start, word)
            } else {
                true
            }
        };
        let first = SECTION_WORDS.find(&title).filter(applies).map(|(index, _)| index).min();
        let known = first.map(|index| WORDS[index].1);
        known.or_else(|| words::is_work_title(&title).then_some(Self::Role(Role::Work)))
    }

    /// Returns the role of the tasks below the title, if it determines one.
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
        assert_eq!(role("Kill Criteria"), Some("checklist"));
        assert_eq!(role("Phase 1 is complete when:"), Some("criterion"));
        assert_eq!(role("Phase 1 Deliverables"), Some("deliverable"));
        assert_eq!(role("Access Required"), Some("prerequisite"));
        assert_eq!(role("Open Questions"), Some("question"));
        assert_eq!(role("Approval"), Some("approval"));
        assert_eq!(role("Detailed Tasks"), Some("work"));
        assert_eq!(role("Approval screen"), None);
        assert_eq!(role("Question bank import"), None);
        assert_eq!(role("Approval checklist"), Some("approval"));
        assert_eq!(role("Open questions for the board"), Some("question"));
        assert_eq!(role("Abnahmekriterien"), Some("criterion"));
        assert_eq!(role("Critères d'acceptation"), Some("criterion"));
        assert_eq!(role("Entregables"), Some("deliverable"));
        assert_eq!(role("前提条件"), Some("prerequisite"));
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
