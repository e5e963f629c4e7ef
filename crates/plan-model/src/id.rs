//! Task and phase IDs: their written forms and their normalized form for comparison.

use std::{
    fmt,
    ops::Range,
    sync::{Arc, LazyLock},
};

use regex::Regex;

use crate::{
    ascii::starts_with,
    patterns::regex,
    words::{CustomNouns, Noun, numbered_noun},
};

/// A normalized ID: `1.1`, `2.4a`, `T001`, `CHK-003`, `phase 2`. Clones share the text, because every dependency
/// contains an ID.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Arc<str>);

impl Id {
    /// Returns the ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Normalizes a task ID, given without the word before it: upper-case prefix, lower-case letter after a number, no
    /// hyphen after a single letter (`T-001` is `T001`).
    pub fn task(written: &str) -> Self {
        let prefix_len = written.bytes().take_while(u8::is_ascii_alphabetic).count();
        let mut id = written.to_owned();
        if prefix_len == 0 {
            id.make_ascii_lowercase();
        } else {
            let rest = &written[prefix_len..];
            if prefix_len == 1 && rest.starts_with('-') && rest[1..].starts_with(|c: char| c.is_ascii_digit())
            {
                id = format!("{}{}", &written[..1], &rest[1..]);
            }
            let letters = id.bytes().take_while(u8::is_ascii_alphabetic).count();
            id[..letters].make_ascii_uppercase();
        }
        Self(id.into())
    }

    /// Returns a phase ID, which consists of a word and a number: `phase 2`.
    pub fn phase(word: &str, number: &str) -> Self {
        Self(format!("{} {}", word.to_lowercase(), number.to_ascii_lowercase()).into())
    }

    /// Returns the ID of a numbered document: `plan 32` for `Plan 00032`.
    pub fn plan(number: &str) -> Self {
        let number = number.trim_start_matches('0');
        Self(format!("plan {}", if number.is_empty() { "0" } else { number }).into())
    }

    /// Returns the number of a document ID; `None` for other IDs.
    pub fn plan_number(&self) -> Option<&str> {
        self.0.strip_prefix("plan ")
    }

    /// Returns the ID of the phases with a title, which consists of words of the title: `Setup`.
    pub(crate) fn title(words: &str) -> Self {
        let words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
        Self(format!("{TITLE}{}", words.join("-")).into())
    }

    /// Returns the words of an ID that is the title of phases, in lower case and separated by hyphens; `None` for other
    /// IDs.
    pub fn title_words(&self) -> Option<&str> {
        self.0.strip_prefix(TITLE)
    }

    /// Returns the prefix letters: `T` of `T001`, `CHK` of `CHK-003`; empty for numbers and phases.
    pub fn prefix(&self) -> &str {
        let end = self.0.find(|c: char| !c.is_ascii_uppercase()).unwrap_or(self.0.len());
        &self.0[..end]
    }

    /// Splits a phase ID into word and number.
    pub fn phase_parts(&self) -> Option<(&str, &str)> {
        self.0.rsplit_once(' ')
    }

    /// Returns whether this is a phase ID.
    pub fn is_phase(&self) -> bool {
        self.phase_parts().is_some() && self.plan_number().is_none()
    }

    /// Returns the number if the ID is that of a user story: `User Story 2`, `US2`. Phases may have user stories as
    /// titles.
    pub fn user_story(&self) -> Option<&str> {
        let number =
            self.0.strip_prefix(USER_STORY).map(str::trim_start).or_else(|| self.0.strip_prefix("US"))?;
        (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
    }

    /// Returns whether the ID is a number without dots, which is unique only within its phase.
    pub fn is_plain(&self) -> bool {
        self.0.starts_with(|c: char| c.is_ascii_digit()) && !self.0.contains('.')
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Written form of an ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdForm {
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

/// An ID at the start of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadingId {
    /// The ID.
    pub id: Id,
    /// The written form.
    pub form: IdForm,
    /// Byte range of the ID with its word (`Task 1.1`), without emphasis and separator.
    pub range: Range<usize>,
    /// Offset of the text after ID, emphasis and separator.
    pub after: usize,
    /// Whether a separator (`:`, `.`, `-`, `—`, `(`) or the end of the text follows, instead of more words.
    pub separated: bool,
    /// Whether the ID is bold.
    pub bold: bool,
}

/// Start of an ID that is the title of phases.
const TITLE: &str = "title:";
/// Words for phases, as a pattern.
pub(crate) const PHASE_WORDS: &str = "phase|stage|milestone|sprint|wave|iteration|part";
/// Words before the number of a user story, in an ID.
pub(crate) const USER_STORY: &str = "user story";
/// Words for tasks, as a pattern.
pub(crate) const TASK_WORDS: &str = "sub-?task|task|step|story";

/// Pattern of prefixed IDs; matches must be checked with [`is_prefixed`].
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
        (?<whole>(?<word>{PHASE_WORDS})[\ \t]*\#?(?<number>\d+(?:\.\d+)*[a-z]?|[ivx]{{1,4}}|[a-z]))"
    ))
});

/// Minimum number of digits before a capital letter at the end of an ID: `T027A`.
const MIN_DIGITS_BEFORE_LETTER: usize = 3;

/// Returns whether a match of [`PREFIXED`] is an ID: its last part ends in a number.
pub(crate) fn is_prefixed(token: &str) -> bool {
    let last = token.rsplit('-').next().unwrap_or(token);
    let last = last.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(last);
    // `T027A` is inserted after `T027`.
    let digits = |text: &str| text.bytes().rev().take_while(u8::is_ascii_digit).count();
    let inserted = last.strip_suffix(|c: char| c.is_ascii_uppercase());
    let is_inserted = inserted.is_some_and(|before| digits(before) >= MIN_DIGITS_BEFORE_LETTER);
    digits(last) > 0 || is_inserted && !token.contains('-')
}

/// Returns whether an ID or number can end before `rest`: no letter, digit, unit or path continues it.
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

/// Returns whether [`TASK`] may match. Checks only the first characters, because most texts start with a word.
fn may_start_with_task_id(text: &str) -> bool {
    let text = text.strip_prefix("**").or_else(|| text.strip_prefix("__")).unwrap_or(text);
    // Accepts `Task 1` and `Task #T1`, but not `Tasks of it`.
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
            // The number at the end of an ID is in the first word.
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

/// Returns the ID at the start of a task's text.
pub fn leading_task_id(text: &str, nouns: &CustomNouns) -> Option<LeadingId> {
    let is_task = |noun: &Noun<'_>| matches!(noun, Noun::Task | Noun::Step);
    english_task_id(text).or_else(|| leading_noun(text, nouns, is_task))
}

/// Returns the ID at the start of a text that consists of a noun and a number. The noun is from the settings or of a
/// language other than English.
fn leading_noun(text: &str, nouns: &CustomNouns, accepts: impl Fn(&Noun<'_>) -> bool) -> Option<LeadingId> {
    let open = if text.starts_with("**") || text.starts_with("__") { 2 } else { 0 };
    let found = numbered_noun(&text[open..], nouns).filter(|found| accepts(&found.noun))?;
    let range = open + found.range.start..open + found.range.end;
    if !ends_id(&text[range.end..]) {
        return None;
    }
    let id = match found.noun {
        Noun::Phase(word) => Id::phase(word, &found.number),
        Noun::Task | Noun::Step => Id::task(&found.number),
    };
    let leading_id = leading_id(text, id, IdForm::Worded, range, open > 0);
    (leading_id.separated || !found.needs_separator).then_some(leading_id)
}

fn english_task_id(text: &str) -> Option<LeadingId> {
    let captures = may_start_with_task_id(text).then(|| TASK.captures(text)).flatten()?;
    let open = captures.name("open").map_or(0, |open| open.len());
    let (form, number) = [
        ("worded", IdForm::Worded),
        ("dotted", IdForm::Dotted),
        ("prefixed", IdForm::Prefixed),
        ("bracketed", IdForm::Prefixed),
        ("hash", IdForm::Hash),
        ("plain", IdForm::Plain),
    ]
    .into_iter()
    .find_map(|(name, form)| Some((form, captures.name(name)?)))?;
    let rest = &text[number.end()..];
    if number.as_str().starts_with(|c: char| c.is_ascii_alphabetic()) && !is_prefixed(number.as_str()) {
        return None;
    }
    if form == IdForm::Plain {
        // Accepts `1. text`, `1) text` and `**1: text**`, but not `1.5x` and `10:30`.
        let dash = rest.trim_start().trim_start_matches(['-', '–', '—']).trim_start();
        let is_range = rest.starts_with(' ') && !dash.starts_with(|c: char| c.is_alphabetic() || c == '*');
        if is_range || !rest.starts_with(' ') && !rest[1..].starts_with([' ', '\t', '*', '\u{3000}']) {
            return None;
        }
    } else if !ends_id(rest) || form == IdForm::Dotted && is_quantity(rest) || is_enumeration(rest) {
        return None;
    }
    let mut leading_id = leading_id(text, Id::task(number.as_str()), form, open..number.end(), open > 0);
    if let Some(after_bracket) = after_closing_bracket(text, number.end()) {
        // Brackets followed by a target are a link.
        if after_bracket.starts_with(['(', '[']) {
            return None;
        }
        leading_id.after = text.len()
            - after_bracket
                .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, ':' | '-' | '—'))
                .len();
        leading_id.separated = true;
    }
    Some(leading_id)
}

/// Returns whether an ID before `rest` is the first of several: `T5, T6 and T7 pass`.
fn is_enumeration(rest: &str) -> bool {
    rest.trim_start().strip_prefix(',').is_some_and(|rest| {
        let next = rest.trim_start().split([' ', ',', '.', ':', ')', '*']).next().unwrap_or_default();
        let next = next.trim_start_matches(|c: char| c.is_ascii_uppercase() || c == '-');
        next.starts_with(|c: char| c.is_ascii_digit())
    })
}

/// Returns the text after the closing bracket of an ID in brackets; `None` for other IDs.
fn after_closing_bracket(text: &str, end: usize) -> Option<&str> {
    text.trim_start_matches('*').starts_with('[').then(|| text[end..].strip_prefix(']')).flatten()
}

/// Returns whether a number before `rest` is a quantity because a unit follows: `1.5 hours`.
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

/// Returns the ID at the start of a phase's heading.
pub fn leading_phase_id(text: &str, nouns: &CustomNouns) -> Option<LeadingId> {
    english_phase_id(text).or_else(|| leading_noun(text, nouns, |noun| matches!(noun, Noun::Phase(_))))
}

fn english_phase_id(text: &str) -> Option<LeadingId> {
    let captures = PHASE.captures(text)?;
    let (word, number, whole) = (captures.name("word")?, captures.name("number")?, captures.name("whole")?);
    let is_letter = number.as_str().starts_with(|c: char| c.is_ascii_alphabetic());
    let has_space = whole.as_str()[word.len()..].starts_with([' ', '\t', '#']) || !word.as_str().is_ascii();
    if !ends_id(&text[number.end()..]) || !has_space {
        return None;
    }
    let is_bold = captures.name("open").is_some();
    let leading_id =
        leading_id(text, Id::phase(word.as_str(), number.as_str()), IdForm::Worded, whole.range(), is_bold);
    // `Part a of it`, `Phase I did`: a letter is an ID only if a separator follows.
    (leading_id.separated || !is_letter).then_some(leading_id)
}

fn leading_id(text: &str, id: Id, form: IdForm, range: Range<usize>, bold: bool) -> LeadingId {
    let rest = &text[range.end..];
    let separators = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ':' | '.'
                    | ')'
                    | '-'
                    | '–'
                    | '—'
                    | '―'
                    | '：'
                    | '、'
                    | '。'
                    | '．'
                    | '）'
                    | '・'
                    | '－'
                    | '|'
                    | '│'
            )
    };
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
    LeadingId { id, form, after: text.len() - title.len(), range, separated, bold }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(text: &str) -> String {
        leading_task_id(text, &CustomNouns::NONE).map_or_else(
            || "none".into(),
            |leading_id| format!("{} | {}", leading_id.id, &text[leading_id.after..]),
        )
    }

    #[test]
    fn task_ids() {
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
        assert_eq!(task("**Tarea 1.1**: Name"), "1.1 | Name");
        assert_eq!(task("第一步：Name"), "1 | Name");
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
            "T5, T6, T7 pass",
            "Tasks 1.1, 1.2 pass",
        ] {
            assert_eq!(task(none), "none", "{none}");
        }
    }

    #[test]
    fn the_cheap_check_rejects_only_texts_without_an_id() {
        let starts =
            ["", "**", "__", "*", "_", "[", "#", "T", "t", "Task ", "s", "S-", "A", "AB", "7", "é", "Ta"];
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
            let has_id = TASK.captures(&text).is_some_and(|captures| {
                captures.iter().skip(2).flatten().any(|number| {
                    let token = number.as_str();
                    !token.starts_with(|c: char| c.is_ascii_alphabetic()) || is_prefixed(token)
                })
            });
            assert!(may_start_with_task_id(&text) || !has_id, "{text}");
        }
    }

    #[test]
    fn phase_ids() {
        let phase = |text: &str| {
            leading_phase_id(text, &CustomNouns::NONE)
                .map(|leading_id| (leading_id.id.to_string(), leading_id.separated))
        };
        assert_eq!(phase("Phase 1: Name"), Some(("phase 1".into(), true)));
        assert_eq!(phase("Phase 1 Deliverables"), Some(("phase 1".into(), false)));
        assert_eq!(phase("Stage A — Name"), Some(("stage a".into(), true)));
        assert_eq!(phase("Milestone 2"), Some(("milestone 2".into(), true)));
        assert_eq!(phase("Phase 4.5: Name"), Some(("phase 4.5".into(), true)));
        assert_eq!(phase("Fase 1: Name"), Some(("fase 1".into(), true)));
        assert_eq!(phase("**Étape 2** – Name"), Some(("étape 2".into(), true)));
        assert_eq!(phase("第一阶段 Name"), Some(("阶段 1".into(), false)));
        assert_eq!(phase("2단계 Name"), None);
        assert_eq!(phase("Fase A de Name"), None);
        assert_eq!(phase("Phases"), None);
        assert_eq!(phase("Part of it"), None);
        assert_eq!(phase("Part a story"), None);
        assert_eq!(phase("Parti: x"), None);
    }

    #[test]
    fn ids_are_normalized() {
        assert_eq!(Id::task("T-001"), Id::task("T001"));
        assert_eq!(Id::task("P2-T2").as_str(), "P2-T2");
        assert_eq!(Id::task("CHK-003").prefix(), "CHK");
    }
}
