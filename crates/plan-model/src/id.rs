//! Ids of tasks and phases, as people write them and as they are compared.

use std::{fmt, ops::Range, sync::LazyLock};

use regex::Regex;

/// A normalised id: `1.1`, `2.4a`, `T001`, `CHK-003`, `phase 2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Box<str>);

impl Id {
    /// The id as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A task's id from its written form: the word before a number is left out, letters are upper case for prefixed
    /// ids and lower case after a number, and a single letter has no hyphen (`T-001` is `T001`).
    fn task(written: &str) -> Self {
        let prefix = written.bytes().take_while(u8::is_ascii_alphabetic).count();
        let mut id = written.to_owned();
        if prefix == 0 {
            id.make_ascii_lowercase();
        } else if prefix == 1 {
            id = id.replacen('-', "", 1);
        }
        Self(id.into())
    }

    fn phase(word: &str, number: &str) -> Self {
        Self(format!("{} {}", word.to_ascii_lowercase(), number.to_ascii_lowercase()).into())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An id at the start of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leading {
    /// The id.
    pub id: Id,
    /// Bytes of the id with its word (`Task 1.1`), without emphasis and separator.
    pub range: Range<usize>,
    /// Bytes to skip to the text after id, emphasis and separator.
    pub after: usize,
    /// Whether a separator follows (`:`, `.`, `-`, `—`, `(`, the end), not just more words.
    pub separated: bool,
}

/// The containers of tasks.
const PHASE_WORDS: &str = "phase|stage|milestone|sprint|wave|iteration|part";

#[expect(clippy::unwrap_used, reason = "the pattern is a constant that every test compiles")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

static TASK: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)^
        (?<open>\*\*|__)?
        (?: (?i:task|step|story)\s+\#?(?<worded>[A-Z]{1,4}-?\d+[a-z]?|\d+(?:\.\d+)*[a-z]?)\b
          | (?<dotted>\d+(?:\.\d+)+[a-z]?)\b
          | (?<prefixed>[A-Z][A-Z0-9]{0,9}-\d+[a-z]?|[A-Z]{1,4}\d+[a-z]?)\b
          | \#(?<hash>\d+)\b
          | (?<plain>\d{1,3})[.):]\s
        )",
    )
});

static PHASE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?xi)^(?<open>\*\*|__)?(?<whole>(?<word>{PHASE_WORDS})\s+(?<number>\d+(?:\.\d+)*[a-z]?|[a-z]|[ivx]{{1,4}}))(?:\b|$)"
    ))
});

/// The id that a task's text starts with.
pub fn leading_task_id(text: &str) -> Option<Leading> {
    let found = TASK.captures(text)?;
    let number =
        ["worded", "dotted", "prefixed", "hash", "plain"].iter().find_map(|name| found.name(name))?;
    let open = found.name("open").map_or(0, |open| open.len());
    Some(leading(text, Id::task(number.as_str()), open..number.end(), open > 0))
}

/// The id of a phase that a heading's text starts with.
pub fn leading_phase_id(text: &str) -> Option<Leading> {
    let found = PHASE.captures(text)?;
    let (word, number, whole) = (found.name("word")?, found.name("number")?, found.name("whole")?);
    let open = found.name("open").is_some();
    Some(leading(text, Id::phase(word.as_str(), number.as_str()), whole.range(), open))
}

fn leading(text: &str, id: Id, range: Range<usize>, bold: bool) -> Leading {
    let rest = &text[range.end..];
    let separators = |c: char| c.is_whitespace() || matches!(c, ':' | '.' | ')' | '-' | '–' | '—');
    // `**Task 1.1**: name`, `**Task 1.1:** name`, `**Task 1.1: name**`
    let trimmed = rest.trim_start();
    let separated = trimmed.is_empty()
        || trimmed.starts_with(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '&' | '`' | '"' | '\''));
    let mut title = rest.trim_start_matches(separators);
    if bold && let Some(after) = title.strip_prefix("**").or_else(|| title.strip_prefix("__")) {
        title = after.trim_start_matches(separators);
    }
    Leading { id, after: text.len() - title.len(), range, separated }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(text: &str) -> String {
        leading_task_id(text)
            .map_or_else(|| "none".into(), |found| format!("{} | {}", found.id, &text[found.after..]))
    }

    #[test]
    fn tasks() {
        assert_eq!(task("**Task 1.1**: Name"), "1.1 | Name");
        assert_eq!(task("**Task 1.1: Name**"), "1.1 | Name**");
        assert_eq!(task("Task 2: Name"), "2 | Name");
        assert_eq!(task("2.4a Name"), "2.4a | Name");
        assert_eq!(task("T-001 [P] Name"), "T001 | [P] Name");
        assert_eq!(task("CHK-003 Name"), "CHK-003 | Name");
        assert_eq!(task("1. Name"), "1 | Name");
        assert_eq!(task("#12 Name"), "12 | Name");
        assert_eq!(task("**1.2** Name"), "1.2 | Name");
        assert_eq!(task("Name 1.2"), "none");
        assert_eq!(task("3 apples"), "none");
    }

    #[test]
    fn phases() {
        let phase = |text: &str| leading_phase_id(text).map(|found| (found.id.to_string(), found.separated));
        assert_eq!(phase("Phase 1: Name"), Some(("phase 1".into(), true)));
        assert_eq!(phase("Phase 1 Deliverables"), Some(("phase 1".into(), false)));
        assert_eq!(phase("Stage A — Name"), Some(("stage a".into(), true)));
        assert_eq!(phase("Milestone 2"), Some(("milestone 2".into(), true)));
        assert_eq!(phase("Phases"), None);
        assert_eq!(phase("Part of it"), None);
    }
}
