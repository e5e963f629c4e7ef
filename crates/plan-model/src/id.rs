//! Ids of tasks and phases, as people write them and as they are compared.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, LazyLock},
};

use regex::Regex;

use crate::{ascii::starts_with, patterns::regex};

/// A normalised id: `1.1`, `2.4a`, `T001`, `CHK-003`, `phase 2`. A clone shares its text: every dependency has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Arc<str>);

impl Id {
    /// The id as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A task's id from its written form without the word before it: letters of a prefix are upper case, the letter
    /// after a number lower case, and a single letter has no hyphen (`T-001` is `T001`).
    pub fn task(written: &str) -> Self {
        let prefix = written.bytes().take_while(u8::is_ascii_alphabetic).count();
        let mut id = written.to_owned();
        if prefix == 0 {
            id.make_ascii_lowercase();
        } else {
            let rest = &written[prefix..];
            if prefix == 1 && rest.starts_with('-') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
                id = format!("{}{}", &written[..1], &rest[1..]);
            }
            let letters = id.bytes().take_while(u8::is_ascii_alphabetic).count();
            id[..letters].make_ascii_uppercase();
        }
        Self(id.into())
    }

    /// A phase's id: its word and its number, `phase 2`.
    pub fn phase(word: &str, number: &str) -> Self {
        Self(format!("{} {}", word.to_lowercase(), number.to_ascii_lowercase()).into())
    }

    /// The id of a document that is named by its number, `Plan 00032`: `plan 32`.
    pub fn plan(number: &str) -> Self {
        let number = number.trim_start_matches('0');
        Self(format!("plan {}", if number.is_empty() { "0" } else { number }).into())
    }

    /// The number of a document that the id names.
    pub fn plan_number(&self) -> Option<&str> {
        self.0.strip_prefix("plan ")
    }

    /// The letters that a prefixed id begins with: `T` of `T001`, `CHK` of `CHK-003`; empty for numbers and phases.
    pub fn prefix(&self) -> &str {
        let end = self.0.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(self.0.len());
        &self.0[..end]
    }

    /// The word and the number of a phase's id.
    pub fn phase_parts(&self) -> Option<(&str, &str)> {
        self.0.rsplit_once(' ')
    }

    /// Whether it is a number without dots, which means something only within its phase.
    pub fn is_plain(&self) -> bool {
        self.0.starts_with(|c: char| c.is_ascii_digit()) && !self.0.contains('.')
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How an id is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// After a word: `Task 1.1`, `Step 3`, `Phase 2`.
    Worded,
    /// `1.1`.
    Dotted,
    /// `T001`, `CHK-003`, `P1-T2`.
    Prefixed,
    /// `#12`.
    Hash,
    /// `3.`.
    Plain,
}

/// An id at the start of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leading {
    /// The id.
    pub id: Id,
    /// How it is written.
    pub form: Form,
    /// Bytes of the id with its word (`Task 1.1`), without emphasis and separator.
    pub range: Range<usize>,
    /// Bytes to skip to the text after id, emphasis and separator.
    pub after: usize,
    /// Whether a separator follows (`:`, `.`, `-`, `—`, `(`, the end), not just more words.
    pub separated: bool,
    /// Whether it stands in bold.
    pub bold: bool,
}

/// The words for a container of tasks, with the word that its id is normalised to.
pub(crate) const PHASE_WORDS: &str = "phase|stage|milestone|sprint|wave|iteration|part|阶段";
/// The words for a task.
pub(crate) const TASK_WORDS: &str = "sub-?task|task|step|story|任务|步骤";

/// A prefixed id, to be checked by [`is_prefixed`].
pub(crate) const PREFIXED: &str = r"[A-Z][A-Z0-9]{0,9}(?:-[A-Z0-9]{1,10}){0,3}(?:\.\d+)*[a-z]?";

static TASK: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?x)^
        (?<open>\*\*|__)?
        (?: (?i:{TASK_WORDS})[\ \t]*\#?(?<worded>{PREFIXED}|\d+(?:\.\d+)*[a-z]?)
          | (?<dotted>\d+(?:\.\d+)+[a-z]?)
          | (?<prefixed>{PREFIXED})
          | \[(?<bracketed>[A-Z]{{2,10}}-\d+|T-?\d{{2,5}})\]
          | \#(?<hash>\d+)
          | (?<plain>\d{{1,3}}[a-z]?)(?:[.):]|\ +[-–—]\ )
        )"
    ))
});

static PHASE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?xi)^(?<open>\*\*|__)?
        (?<whole>(?<word>{PHASE_WORDS})[\ \t]*\#?(?<number>\d+(?:\.\d+)*[a-z]?|[a-z]|[ivx]{{1,4}}))"
    ))
});

/// Whether a match of [`PREFIXED`] is an id: there is a number at its end, and it is no longer word.
pub(crate) fn is_prefixed(token: &str) -> bool {
    let last = token.rsplit('-').next().unwrap_or(token);
    let last = last.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(last);
    last.ends_with(|c: char| c.is_ascii_digit())
}

/// Whether a text that follows an id or a number lets it end there: no letter, digit, unit or path goes on.
pub(crate) fn ends_id(rest: &str) -> bool {
    let mut next = rest.chars();
    match next.next() {
        None => true,
        Some('.' | '-' | ',' | '\'' | '_') => {
            !next.next().is_some_and(|after| after.is_alphanumeric() || after == '_')
        }
        Some('%' | '/' | '\\' | '=' | '@') => false,
        Some(other) => !other.is_alphanumeric() || !other.is_ascii(),
    }
}

/// Whether [`TASK`] may match, by a look at the first letters: most texts start with a word.
fn may_start_with_task_id(text: &str) -> bool {
    let text = text.strip_prefix("**").or_else(|| text.strip_prefix("__")).unwrap_or(text);
    // `Task 1`, `Task #T1`; not `Tasks of it`.
    let numbered = |word: &str| {
        let rest = text.get(word.len()..).unwrap_or_default().trim_ascii_start();
        let first = rest.strip_prefix('#').unwrap_or(rest).as_bytes().first();
        starts_with(text, word)
            && first.is_some_and(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
    };
    match text.as_bytes() {
        [b'T' | b't' | b'S' | b's', ..]
            if starts_with(text, "sub") || ["task", "step", "story"].into_iter().any(numbered) =>
        {
            true
        }
        [b'A'..=b'Z', ..] => {
            // The number that an id ends with is part of its first word.
            let word =
                text.bytes().take_while(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.'));
            word.into_iter().any(|byte| byte.is_ascii_digit())
        }
        [b'[', next, ..] => next.is_ascii_uppercase(),
        [b'#', next, ..] => next.is_ascii_digit(),
        [first, ..] => first.is_ascii_digit() || !first.is_ascii(),
        [] => false,
    }
}

/// The id that a task's text starts with.
pub fn leading_task_id(text: &str) -> Option<Leading> {
    let found = may_start_with_task_id(text).then(|| TASK.captures(text)).flatten()?;
    let open = found.name("open").map_or(0, |open| open.len());
    let (form, number) = [
        ("worded", Form::Worded),
        ("dotted", Form::Dotted),
        ("prefixed", Form::Prefixed),
        ("bracketed", Form::Prefixed),
        ("hash", Form::Hash),
        ("plain", Form::Plain),
    ]
    .into_iter()
    .find_map(|(name, form)| Some((form, found.name(name)?)))?;
    let rest = &text[number.end()..];
    if number.as_str().starts_with(|c: char| c.is_ascii_alphabetic()) && !is_prefixed(number.as_str()) {
        return None;
    }
    if form == Form::Plain {
        // `1. text`, `1) text`, `**1: text**`; not `1.5x`, `10:30`.
        let dash = rest.trim_start().trim_start_matches(['-', '–', '—']).trim_start();
        let range = rest.starts_with(' ') && !dash.starts_with(|c: char| c.is_alphabetic() || c == '*');
        if range || !rest.starts_with(' ') && !rest[1..].starts_with([' ', '\t', '*', '\u{3000}']) {
            return None;
        }
    } else if !ends_id(rest) || form == Form::Dotted && is_quantity(rest) {
        return None;
    }
    let mut found = leading(text, Id::task(number.as_str()), form, open..number.end(), open > 0);
    if let Some(bracketed) = found_bracket(text, number.end()) {
        if bracketed.starts_with(['(', '[']) {
            return None;
        }
        found.after = text.len()
            - bracketed.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '—')).len();
        found.separated = true;
    }
    Some(found)
}

/// What follows the bracket that an id in brackets ends with.
fn found_bracket(text: &str, end: usize) -> Option<&str> {
    text.trim_start_matches('*').starts_with('[').then(|| text[end..].strip_prefix(']')).flatten()
}

/// Whether a number with dots is an amount, since a unit follows: `1.5 hours`, `2.5x`.
fn is_quantity(rest: &str) -> bool {
    let word: String = rest.trim_start().chars().take_while(|c| c.is_alphabetic()).collect();
    matches!(
        word.to_lowercase().as_str(),
        "hour"
            | "hours"
            | "day"
            | "days"
            | "week"
            | "weeks"
            | "h"
            | "s"
            | "ms"
            | "seconds"
            | "minutes"
            | "mb"
            | "gb"
            | "kb"
    )
}

/// The id of a phase that a heading's text starts with.
pub fn leading_phase_id(text: &str) -> Option<Leading> {
    let found = PHASE.captures(text)?;
    let (word, number, whole) = (found.name("word")?, found.name("number")?, found.name("whole")?);
    let lettered = number.as_str().starts_with(|c: char| c.is_ascii_alphabetic());
    let spaced = whole.as_str()[word.len()..].starts_with([' ', '\t', '#']) || !word.as_str().is_ascii();
    if !ends_id(&text[number.end()..]) || !spaced {
        return None;
    }
    let open = found.name("open").is_some();
    let leading = leading(text, Id::phase(word.as_str(), number.as_str()), Form::Worded, whole.range(), open);
    // `Part a of it`, `Phase I did`: a letter is an id only where the name is set off.
    (leading.separated || !lettered).then_some(leading)
}

fn leading(text: &str, id: Id, form: Form, range: Range<usize>, bold: bool) -> Leading {
    let rest = &text[range.end..];
    let separators =
        |c: char| c.is_whitespace() || matches!(c, ':' | '.' | ')' | '-' | '–' | '—' | '：' | '、' | '|');
    // `**Task 1.1**: name`, `**Task 1.1:** name`, `**Task 1.1: name**`
    let trimmed = rest.trim_start();
    let separated = trimmed.is_empty()
        || trimmed.starts_with(|c: char| {
            !c.is_alphanumeric() && !matches!(c, '/' | '&' | '`' | '"' | '\'' | '+' | '“')
        });
    let mut title = rest.trim_start_matches(separators);
    if bold && let Some(after) = title.strip_prefix("**").or_else(|| title.strip_prefix("__")) {
        title = after.trim_start_matches(separators);
    }
    Leading { id, form, after: text.len() - title.len(), range, separated, bold }
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
        assert_eq!(task("P1-T2: Name"), "P1-T2 | Name");
        assert_eq!(task("1. Name"), "1 | Name");
        assert_eq!(task("1) Name"), "1 | Name");
        assert_eq!(task("1 - Name"), "1 | Name");
        assert_eq!(task("Subtask 1.1.1: Name"), "1.1.1 | Name");
        assert_eq!(task("[TASK-7] Name"), "TASK-7 | Name");
        assert_eq!(task("#12 Name"), "12 | Name");
        assert_eq!(task("**1.2** Name"), "1.2 | Name");
        assert_eq!(task("Step 7b: Name"), "7b | Name");
        assert_eq!(task("任务 3：Name"), "3 | Name");
        for none in [
            "Name 1.2",
            "3 apples",
            "1.5 hours of it",
            "95.5% of it",
            "README of it",
            "A2A-x y",
            "10:30 x",
            "3 - 5 days",
            "[US1] x",
            "[TASK-7](x.md)",
        ] {
            assert_eq!(task(none), "none", "{none}");
        }
    }

    #[test]
    fn what_is_passed_over_has_no_id() {
        let starts = [
            "", "**", "__", "*", "_", "[", "#", "T", "t", "Task ", "s", "S-", "A", "AB", "7", "步骤 ", "é",
            "Ta",
        ];
        let ends = [
            "",
            "1",
            "1.1",
            "-1",
            "12a",
            "A-1",
            "ask 1",
            "tep-2",
            " 3",
            "B2C",
            "].",
            "x",
            "9]",
            "TASK-1]",
            " 1. x",
            "ub-task 4",
        ];
        for text in starts.iter().flat_map(|start| ends.iter().map(move |end| format!("{start}{end}"))) {
            let has_id = TASK.captures(&text).is_some_and(|found| {
                found.iter().skip(2).flatten().any(|number| {
                    let token = number.as_str();
                    !token.starts_with(|c: char| c.is_ascii_alphabetic()) || is_prefixed(token)
                })
            });
            assert!(may_start_with_task_id(&text) || !has_id, "{text}");
        }
    }

    #[test]
    fn phases() {
        let phase = |text: &str| leading_phase_id(text).map(|found| (found.id.to_string(), found.separated));
        assert_eq!(phase("Phase 1: Name"), Some(("phase 1".into(), true)));
        assert_eq!(phase("Phase 1 Deliverables"), Some(("phase 1".into(), false)));
        assert_eq!(phase("Stage A — Name"), Some(("stage a".into(), true)));
        assert_eq!(phase("Milestone 2"), Some(("milestone 2".into(), true)));
        assert_eq!(phase("Phase 4.5: Name"), Some(("phase 4.5".into(), true)));
        assert_eq!(phase("Phases"), None);
        assert_eq!(phase("Part of it"), None);
        assert_eq!(phase("Part a story"), None);
        assert_eq!(phase("Parti: x"), None);
    }

    #[test]
    fn normalised() {
        assert_eq!(Id::task("T-001"), Id::task("T001"));
        assert_eq!(Id::task("P2-T2").as_str(), "P2-T2");
        assert_eq!(Id::task("CHK-003").prefix(), "CHK");
    }
}
