//! The value grammar of references: what `Task 1.1, 1.2-1.4 (after review)` names.
//!
//! Reading stops where a value turns into prose: what stands in parentheses or behind a dash explains, and names
//! nothing: `None (parallel to Phase 7)` depends on nothing.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;
use smallvec::SmallVec;

use crate::{
    ascii::starts_with,
    id::{Id, PHASE_WORDS, PREFIXED, TASK_WORDS, ends_id, is_prefixed},
    patterns::regex,
    state,
};

/// What a value is, by its form alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// Nothing written.
    Empty,
    /// It says that there is none, with or without a reason.
    None,
    /// Free text.
    Prose,
    /// A template's choice or pattern that nobody filled in.
    Placeholder,
    /// One id.
    Single,
    /// Several ids.
    List,
    /// At least one range: `1.1-1.3`.
    Range,
    /// All that stand before: `All previous tasks`.
    AllPrevious,
    /// All tasks or phases.
    All,
}

/// What kind of thing an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// The word says task, or the form of the id does.
    Task,
    /// The word says phase, stage, milestone …
    Phase,
    /// A bare number: what the document's own items look like decides.
    Number,
    /// Another document: `Plan 00032`.
    Document,
}

/// One name in a value: an id, or the first and the last of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// What it names.
    pub target: Target,
    /// The id, normalised; for a range its first. A phase keeps its word.
    pub first: Id,
    /// The last id of a range.
    pub last: Option<Id>,
    /// Bytes in the value, word included.
    pub range: Range<usize>,
}

impl Name {
    /// The id, or both ends of a range.
    pub fn ids(&self) -> SmallVec<[Id; 1]> {
        [Some(&self.first), self.last.as_ref()].into_iter().flatten().cloned().collect()
    }
}

/// A value that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub class: Class,
    /// What it names, in order.
    pub names: Vec<Name>,
    /// Whether ids are all that it holds, apart from remarks: only then a name that nobody knows is a mistake.
    pub strict: bool,
    /// What `all` is said of: phases or tasks, where it says so.
    pub all: Option<Target>,
}

static NONE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^(?:none|n/a|nothing|nil|no|keine?|aucune?|无)(?:[^\w-]|$)|^(?:\[\]|-|—|–|\{\})\s*$")
});

static ALL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^(?:all|every)\s+(?:of\s+)?(?:the\s+)?
        (?:(?<previous>previous|prior|preceding|earlier|above|foregoing)\s*(?:tasks?|phases?|steps?|milestones?|stages?|work|items?)?
          |(?:other\s+)?(?<what>tasks?|phases?|steps?|milestones?|stages?)(?:\s+(?<above>above|before))?)
        \s*(?<rest>.*)$",
    )
});

static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let number = format!(r"(?:\d+(?:\.\d+)*[a-z]?|{PREFIXED})");
    regex(&format!(
        r"(?x)^
        (?: (?i:(?<document>plans?))\ \#?(?<plan>\d+)
          | (?: (?i:(?<phase>{PHASE_WORDS})(?:e?s)?) | (?i:(?<task>{TASK_WORDS}|stories|item)s?) )
            (?:\s*-\s*|\s*\#\s*|\s*) (?<worded>{number}|(?-i:[A-Z])\b)
          | \#?(?<bare>{number}) )"
    ))
});

static TO: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?x)^\s*(?:-|–|—|\.\.+|\bto\b|\bthrough\b|\bthru\b)\s*
        (?:(?i:{PHASE_WORDS}|{TASK_WORDS})s?\s*)?\#?(?<last>\d+(?:\.\d+)*[a-z]?|{PREFIXED}|(?-i:[A-Z])\b)"
    ))
});

static MENTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"(?:^|[^\w-])(?<name>(?i:{PHASE_WORDS}|{TASK_WORDS})(?:s)?[\s#]*\d|{PREFIXED})"))
});

/// All names in a text that say what they name, wherever they stand: `After Phase 1`, `Task 1.2 ──→ Task 1.3`.
pub fn mentions(text: &str) -> Value {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(found) = MENTION.captures_at(text, at).and_then(|found| found.name("name")) {
        match name_at(text, found.start(), None).filter(|(name, _)| name.target != Target::Number) {
            Some((name, _)) => {
                at = name.range.end;
                names.push(name);
            }
            None => at = found.end(),
        }
    }
    let class = if names.is_empty() { Class::Prose } else { Class::List };
    Value { class, names, strict: false, all: None }
}

/// Words that say of a name that it is not meant.
static NEGATION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:not|without|except|parallel|independent(?:ly)?|optional(?:ly)?|unless|instead|never|if|before|blocks?|unrelated)\b|n't\b",
    )
});

/// Words that may follow a name without making it prose.
static DONE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^[\s.*_`"'\]✅☑️]*(?:(?:is|are|must\s+be|fully|being|to\s+be)\s+)*(?:complete[d]?|completion|done|finished|merged|implemented|landed|approved|verified|ready|deliverables?|outputs?|tasks?)?[\s.*_`"'\]✅☑️]*$"#,
    )
});

/// Reads a value.
pub fn read(value: &str) -> Value {
    let is = |class| Value { class, names: Vec::new(), strict: false, all: None };
    let bare = value.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
    if bare.is_empty() {
        return is(Class::Empty);
    }
    if NONE.is_match(bare) {
        return is(Class::None);
    }
    if is_placeholder(bare) {
        return is(Class::Placeholder);
    }
    let mut cursor = Cursor { value, at: 0 };
    cursor.skip_marks();
    if NONE.is_match(cursor.rest()) {
        return is(Class::None);
    }
    let says_all = ["all", "every"].into_iter().any(|word| starts_with(cursor.rest(), word));
    if let Some(all) = says_all.then(|| ALL.captures(cursor.rest())).flatten() {
        let rest = all.name("rest").map_or("", |rest| rest.as_str());
        let previous = all.name("previous").is_some() || all.name("above").is_some();
        let names_some = all.name("what").is_some() && rest.starts_with(|c: char| c.is_ascii_digit());
        if !names_some && (DONE.is_match(cut_remarks(rest)) || previous) {
            let matched = all.get(0).map_or("", |all| all.as_str()).to_lowercase();
            let says = |words: [&str; 3]| words.iter().any(|word| matched.contains(word));
            let what = if says(["phase", "milestone", "stage"]) {
                Some(Target::Phase)
            } else {
                says(["task", "step", "item"]).then_some(Target::Task)
            };
            return Value { all: what, ..is(if previous { Class::AllPrevious } else { Class::All }) };
        }
        // `All phases 1-3`, `All of Phase 2`: the name follows.
        let word = all.name("what").filter(|_| names_some);
        cursor.at += word.map_or_else(|| all_prefix(cursor.rest()), |word| word.start());
    } else {
        cursor.at += all_prefix(cursor.rest());
    }
    names(cursor)
}

fn all_prefix(text: &str) -> usize {
    ["all of ", "all ", "completion of ", "the "]
        .into_iter()
        .find(|prefix| starts_with(text, prefix))
        .map_or(0, |prefix| prefix.len())
}

/// An unfilled value: `[None | Task X.Y]`, `[Other task if applicable]`, `Task X.Y`.
fn is_placeholder(value: &str) -> bool {
    if state::is_unfilled(value) {
        return true;
    }
    let stub = |text: &str| {
        let mut words = text.split([' ', '.']).filter(|word| !word.is_empty()).peekable();
        words.peek().is_some()
            && words.clone().any(|word| matches!(word, "X" | "Y" | "N" | "N.M" | "XXX"))
            && words.all(|word| {
                matches!(word, "X" | "Y" | "N" | "M" | "XXX" | "Task" | "Tasks" | "Phase" | "Step")
            })
    };
    let inner = value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    match inner {
        // A list of ids in brackets is filled in.
        Some(inner) if inner.contains(['[', ']']) => false,
        Some(inner) if inner.trim().is_empty() => false,
        Some(inner) => {
            !matches!(names(Cursor { value: inner, at: 0 }).class, Class::Single | Class::List | Class::Range)
                && !NONE.is_match(inner.trim_start_matches(['"', '\'']))
        }
        None => stub(value),
    }
}

/// A text up to its first remark.
fn cut_remarks(text: &str) -> &str {
    text.find(['(', '—', ';']).map_or(text, |at| &text[..at])
}

struct Cursor<'a> {
    value: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.value[self.at..]
    }

    /// Skips blanks, emphasis, quotes, brackets and pictures.
    fn skip_marks(&mut self) {
        let rest = self.rest();
        let kept = rest.trim_start_matches(|c: char| {
            c.is_whitespace()
                || matches!(c, '*' | '`' | '"' | '\'' | '[' | ']' | '_' | '~' | '→' | '\u{fe0f}')
                || (!c.is_ascii() && !c.is_alphanumeric() && !matches!(c, '—' | '–'))
        });
        self.at += rest.len() - kept.len();
    }
}

/// Reads names from a cursor on.
fn names(mut cursor: Cursor<'_>) -> Value {
    let mut names: Vec<Name> = Vec::new();
    // The word that bare numbers take over: `Tasks 1.1, 1.2`, `Milestones 2 and 3`.
    let mut word: Option<Word> = None;
    let (mut strict, mut prose) = (true, false);
    loop {
        cursor.skip_marks();
        if cursor.rest().is_empty() {
            break;
        }
        let found = name_at(cursor.value, cursor.at, word.as_ref());
        if let Some((name, _)) = &found {
            cursor.at = name.range.end;
        }
        let (tail, ended) = cursor.clause(word.as_ref());
        let plain = tail.is_empty() || DONE.is_match(&tail);
        match found {
            Some((name, written)) if !prose || written.is_some() => {
                // A number with words behind it counts something: `3 reviews`.
                let counts = name.target == Target::Number && name.last.is_none();
                if plain || !counts && !NEGATION.is_match(&tail) {
                    names.push(name);
                }
                strict &= plain;
                word = written.or(word).filter(|_| plain);
            }
            _ => {
                strict = false;
                prose = true;
                word = None;
            }
        }
        if ended {
            break;
        }
    }
    let class = match &names[..] {
        [] => Class::Prose,
        all if all.iter().any(|name| name.last.is_some()) => Class::Range,
        [_] => Class::Single,
        _ => Class::List,
    };
    let strict = strict && class != Class::Prose;
    Value { class, names, strict, all: None }
}

/// The word before a number.
#[derive(Clone, Debug)]
enum Word {
    Task,
    Phase(String),
    Plan,
}

/// The name that stands at `at`, and the word that is written before it.
fn name_at(value: &str, at: usize, inherited: Option<&Word>) -> Option<(Name, Option<Word>)> {
    let text = &value[at..];
    // Most words of prose begin with none of these.
    let may_name = |first: &u8| {
        first.is_ascii_digit()
            || first.is_ascii_uppercase()
            || !first.is_ascii()
            || matches!(first, b'#' | b'i' | b'm' | b'p' | b's' | b't' | b'w')
    };
    let found = text.as_bytes().first().filter(|first| may_name(first)).and_then(|_| NAME.captures(text))?;
    let written = match (found.name("phase"), found.name("task")) {
        (Some(phase), _) => Some(Word::Phase(phase.as_str().to_lowercase())),
        (_, Some(_)) => Some(Word::Task),
        _ => found.name("document").map(|_| Word::Plan),
    };
    let number = found.name("worded").or_else(|| found.name("bare")).or_else(|| found.name("plan"))?;
    let token = number.as_str();
    let mut end = number.end();
    let mut last = None;
    let mut first = token;
    if token.starts_with(|c: char| c.is_ascii_uppercase()) {
        if let Some((from, to)) = prefixed_range(token) {
            (first, last) = (from, Some(to));
        } else if !(is_prefixed(token) || token.len() == 1 && matches!(written, Some(Word::Phase(_)))) {
            return None;
        }
    }
    if last.is_none()
        && end < text.len()
        && let Some(to) = TO.captures(&text[end..]).and_then(|to| to.name("last"))
        && ends_id(&text[end + to.end()..])
        && shape(to.as_str()) == shape(first)
    {
        last = Some(to.as_str());
        end += to.end();
    }
    if !ends_id(&text[end..]) {
        return None;
    }
    let word = written.as_ref().or(inherited);
    let is_plain = first.bytes().all(|byte| byte.is_ascii_digit());
    let make = |number: &str| match word {
        Some(Word::Phase(word))
            if !number.starts_with(|c: char| c.is_ascii_uppercase()) || number.len() == 1 =>
        {
            Id::phase(word, number)
        }
        Some(Word::Plan) if is_plain => Id::plan(number),
        _ => Id::task(number),
    };
    let id = make(first);
    let target = match word {
        _ if id.plan_number().is_some() => Target::Document,
        _ if id.phase_parts().is_some() => Target::Phase,
        None if is_plain => Target::Number,
        _ => Target::Task,
    };
    Some((Name { target, first: id, last: last.map(make), range: at..at + end }, written))
}

/// A token that is a range of prefixed ids: `T001-T020`, `CHK-001-CHK-005`.
fn prefixed_range(token: &str) -> Option<(&str, &str)> {
    token.match_indices('-').map(|(at, _)| (&token[..at], &token[at + 1..])).find(|(from, to)| {
        to.starts_with(|c: char| c.is_ascii_uppercase())
            && is_prefixed(from)
            && is_prefixed(to)
            && shape(from) == shape(to)
    })
}

/// An id without its digits and the letter behind them: what two ends of a range have in common.
fn shape(id: &str) -> String {
    let id = id.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(id);
    if id.len() == 1 && id.starts_with(|c: char| c.is_ascii_uppercase()) {
        return "letter".into();
    }
    id.chars().filter(|c| !c.is_ascii_digit()).collect()
}

impl Cursor<'_> {
    /// Moves behind the next separator. Gives what stands before it, remarks left out, and whether the value ends there:
    /// at its end, at a dash, at the end of a sentence.
    fn clause(&mut self, word: Option<&Word>) -> (String, bool) {
        let mut tail = String::new();
        let start = self.at;
        while let Some(character) = self.rest().chars().next() {
            let rest = self.rest();
            let next = &rest[character.len_utf8()..];
            match character {
                '(' => match closing(rest) {
                    Some(close) => {
                        self.at += close;
                        continue;
                    }
                    None => return (tail, true),
                },
                ',' | ';' | '&' | '+' | '、' | '，' | '\n' => {
                    self.at += character.len_utf8();
                    return (tail, false);
                }
                '/' if self.at == start => {
                    self.at += 1;
                    return (tail, false);
                }
                '—' => return (tail, true),
                '-' | '–' if tail.ends_with(' ') && next.starts_with(' ') => return (tail, true),
                '.' if next.starts_with(' ') || next.is_empty() => return (tail, true),
                ' ' => {
                    for joint in ["and ", "or ", "und ", "plus "] {
                        if next.starts_with(joint)
                            && name_at(self.value, self.at + 1 + joint.len(), word.or(Some(&Word::Task)))
                                .is_some()
                        {
                            self.at += 1 + joint.len();
                            return (tail, false);
                        }
                    }
                    tail.push(' ');
                    self.at += 1;
                }
                other => {
                    tail.push(other);
                    self.at += other.len_utf8();
                }
            }
        }
        (tail, true)
    }
}

/// Bytes of a text in parentheses, nested ones included.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(value: &str) -> String {
        let read = read(value);
        let names: Vec<String> = read
            .names
            .iter()
            .map(|name| {
                assert!(value.get(name.range.clone()).is_some());
                let kind = match name.target {
                    Target::Number => "#",
                    _ => "",
                };
                let last = name.last.as_ref().map(|last| format!("..{last}")).unwrap_or_default();
                format!("{kind}{}{last}", name.first)
            })
            .collect();
        format!("{:?} {}{}", read.class, names.join(", "), if read.strict { "!" } else { "" })
    }

    #[test]
    fn values() {
        let cases = [
            ("", "Empty "),
            ("None", "None "),
            ("None (parallel to Phase 7)", "None "),
            ("None.", "None "),
            ("N/A", "None "),
            ("No external ones", "None "),
            ("Nothing — this stands alone", "None "),
            ("[]", "None "),
            ("-", "None "),
            ("Task 1.1", "Single 1.1!"),
            ("Task 1.1 completed", "Single 1.1!"),
            ("1.1, 1.2", "List 1.1, 1.2!"),
            ("Tasks 1.1-1.3", "Range 1.1..1.3!"),
            ("Tasks 4.4–4.6", "Range 4.4..4.6!"),
            ("Tasks 3.1-3.3.", "Range 3.1..3.3!"),
            ("T001-T020", "Range T001..T020!"),
            ("CHK-001-CHK-005", "Range CHK-001..CHK-005!"),
            ("P1-T2, P1-T3", "List P1-T2, P1-T3!"),
            ("P2-T2 (job), P1-T3 (the store)", "List P2-T2, P1-T3!"),
            ("Phase 1", "Single phase 1!"),
            ("Phase 1 complete", "Single phase 1!"),
            ("Phase 2 complete (Phase 3 is not on the way)", "Single phase 2!"),
            ("Phases 1–7 complete", "Range phase 1..phase 7!"),
            ("Phases 1, 2, 3", "List phase 1, phase 2, phase 3!"),
            ("Milestones 2 and 3", "List milestone 2, milestone 3!"),
            ("Milestones 1-4", "Range milestone 1..milestone 4!"),
            ("Task 5.1, Milestone 1", "List 5.1, milestone 1!"),
            ("Task 2.4a", "Single 2.4a!"),
            ("Stage A", "Single stage a!"),
            ("Task 4.1 results; data at hand.", "Single 4.1"),
            ("A decision on storage; Task 2.1 schema.", "Single 2.1"),
            ("Results of the review, 3 approvals", "Prose "),
            ("Phase 3 not needed", "Prose "),
            ("3", "Single #3!"),
            ("1, 2", "List #1, #2!"),
            ("1 and 2", "List #1, #2!"),
            ("3 reviews", "Prose "),
            ("All previous tasks", "AllPrevious "),
            ("All previous", "AllPrevious "),
            ("All phases complete", "All "),
            ("All phases 1-3 complete", "Range phase 1..phase 3!"),
            ("All of Phase 2", "Single phase 2!"),
            ("[None | Task X.Y]", "Placeholder "),
            ("[Other task if applicable]", "Placeholder "),
            ("Task X.Y", "Placeholder "),
            ("[P2]", "Single P2!"),
            ("[\"task-4.4\", \"task-4.5\"]", "List 4.4, 4.5!"),
            ("P1 is in. May run beside P4 after P1 is out.", "Single P1"),
            ("a library, another library", "Prose "),
            ("2026-01-02", "Prose "),
        ];
        let wrong: Vec<String> = cases
            .into_iter()
            .map(|(value, expected)| (value, show(value), expected))
            .filter(|(_, shown, expected)| shown != expected)
            .map(|(value, shown, expected)| format!("{value:?}: {shown:?}, not {expected:?}"))
            .collect();
        assert_eq!(wrong.join("\n"), "");
    }
}
