//! Fields at the end of the line of a task or phase, in words: `(owner: Ada, 3 days)`, `@ada`, `— Due: 2026-01-05`,
//! `depends on 1.2`.

use std::ops::Range;

use super::{groups::trailing_group, metadata::MetadataField};
use crate::{
    ascii, date,
    field::Meaning,
    quantity::{self, DurationUnit},
    reference::{self, ValueClass},
    state::Vocabulary,
};

/// Returns the start of the fields at the end of a text, and the fields in order. From the start on, the text contains
/// only fields. Only the last group, handle, or clause after a dash is read: a second call with the text before the
/// start can find more fields.
pub(super) fn trailing_fields(text: &str, vocabulary: &Vocabulary) -> Option<(usize, Vec<MetadataField>)> {
    let reader = PartReader { text, vocabulary };
    let last = *text.as_bytes().last()?;
    let found = match last {
        b')' | b']' | 0x89 | 0xbd => reader.group(),
        // Fast path: most texts contain neither `@` nor `:`.
        _ if memchr::memchr2(b'@', b':', text.as_bytes()).is_some() => {
            reader.handle().or_else(|| reader.clause())
        }
        _ => None,
    };
    let found = found.or_else(|| reader.dependencies());
    found.filter(|(start, _)| text[..*start].contains(char::is_alphanumeric))
}

/// Separators before a clause with fields.
const CLAUSE_STARTS: [&str; 6] = [" — ", " – ", " - ", " -- ", " | ", " · "];

/// Keys in addition to those of fields on their own line.
const SHORT_KEYS: [(&str, Meaning); 5] = [
    ("est", Meaning::Estimate),
    ("est.", Meaning::Estimate),
    ("deps", Meaning::DependsOn),
    ("prio", Meaning::Priority),
    ("estimated", Meaning::Estimate),
];

/// Words that begin a part without a colon.
const LEADING_WORDS: [(&str, Meaning); 10] = [
    ("due ", Meaning::Due),
    ("est. ", Meaning::Estimate),
    ("est ", Meaning::Estimate),
    ("estimated ", Meaning::Estimate),
    ("assigned to ", Meaning::Owner),
    ("depends on ", Meaning::DependsOn),
    ("blocked by ", Meaning::DependsOn),
    ("requires ", Meaning::DependsOn),
    ("needs ", Meaning::DependsOn),
    ("after ", Meaning::DependsOn),
];

/// Words before a handle or dependency that make it part of a sentence: `Ask @ada`, `Check what depends on 1.2`.
const SENTENCE_WORDS: [&str; 44] = [
    "a",
    "an",
    "and",
    "add",
    "ask",
    "at",
    "by",
    "cc",
    "contact",
    "email",
    "for",
    "from",
    "if",
    "in",
    "into",
    "invite",
    "mention",
    "notify",
    "of",
    "on",
    "or",
    "ping",
    "remove",
    "replace",
    "tell",
    "that",
    "the",
    "their",
    "this",
    "thank",
    "to",
    "use",
    "using",
    "via",
    "what",
    "whether",
    "which",
    "who",
    "with",
    "without",
    "it",
    "everything",
    "anything",
    "not",
];

/// Handles that are names in source code: annotations, decorators and style sheet rules.
const CODE_HANDLES: [&str; 30] = [
    "override",
    "deprecated",
    "param",
    "params",
    "returns",
    "return",
    "throws",
    "see",
    "since",
    "todo",
    "property",
    "media",
    "import",
    "types",
    "type",
    "test",
    "component",
    "injectable",
    "dataclass",
    "staticmethod",
    "classmethod",
    "mock",
    "patch",
    "latest",
    "next",
    "beta",
    "layer",
    "supports",
    "container",
    "nonnull",
];

/// First words of texts that are not names: `see below`.
const NON_NAME_WORDS: [&str; 3] = ["see", "as", "to"];

/// Maximum number of words in the name of a person.
const MAX_NAME_WORDS: usize = 4;

/// Maximum number of words in a date in words: `due: end of March`.
const MAX_DATE_WORDS: usize = 3;

struct PartReader<'a> {
    text: &'a str,
    vocabulary: &'a Vocabulary,
}

/// A part of a group or clause: a field, or a dependency that `references` reads.
struct InlinePart {
    field: Option<MetadataField>,
    /// Whether the part alone shows that the group or clause consists of fields.
    is_clear: bool,
    meaning: Meaning,
}

impl PartReader<'_> {
    /// Reads a group at the end: `(owner: Ada, 3 days)`.
    fn group(&self) -> Option<(usize, Vec<MetadataField>)> {
        let open = trailing_group(self.text)?;
        let bracket = self.text[open..].chars().next()?.len_utf8();
        let close = self.text.chars().next_back()?.len_utf8();
        let inside = open + bracket..self.text.len() - close;
        let fields = self.parts(inside, PartPlace::Group)?;
        Some((open, fields))
    }

    /// Reads a clause at the end: `— Owner: Ada, 3 days`.
    fn clause(&self) -> Option<(usize, Vec<MetadataField>)> {
        let starts =
            CLAUSE_STARTS.into_iter().filter_map(|start| Some((self.text.rfind(start)?, start.len())));
        let (at, length) = starts.max()?;
        let inside = at + length..self.text.len();
        // A clause without a key is text.
        if !self.text[inside.clone()].contains(':') {
            return None;
        }
        Some((at, self.parts(inside, PartPlace::Clause)?))
    }

    /// Reads a handle at the end: `@ada`.
    fn handle(&self) -> Option<(usize, Vec<MetadataField>)> {
        let at = self.text.rfind(" @")?;
        let word = at + 1..self.text.len();
        if !is_handle(&self.text[word.clone()]) {
            return None;
        }
        let before = self.text[..at].trim_end();
        // A handle after another handle is not part of a sentence.
        let last = before.rsplit(' ').next().unwrap_or_default();
        let is_name_of_code = CODE_HANDLES.contains(&&*self.text[at + 2..].to_lowercase());
        let is_sentence = SENTENCE_WORDS.contains(&&*last.to_lowercase())
            || !last.starts_with('@') && before.split_whitespace().nth(1).is_none();
        (!is_name_of_code && !is_sentence && !before.ends_with(':')).then(|| (at, vec![owner_field(word)]))
    }

    /// Reads dependencies at the end: `depends on 1.2`.
    fn dependencies(&self) -> Option<(usize, Vec<MetadataField>)> {
        const DEPENDENCY_KEYS: [&str; 2] = ["depends on", "depend on"];
        if !ascii::contains(self.text, "depend") {
            return None;
        }
        let lower = self.text.to_ascii_lowercase();
        let (at, key) = DEPENDENCY_KEYS.into_iter().filter_map(|key| Some((lower.rfind(key)?, key))).max()?;
        let value = self.text[at + key.len()..].trim_start_matches(':').strip_prefix(' ')?;
        let before = self.text[..at].trim_end_matches([' ', ',', ';', '-', '–', '—']);
        let is_sentence = before
            .split(|c: char| !c.is_alphanumeric())
            .next_back()
            .is_some_and(|last| SENTENCE_WORDS.contains(&&*last.to_lowercase()))
            || [" that ", " which ", " whether ", " if ", " what "].iter().any(|word| before.contains(word));
        let starts_word = self.text[..at].ends_with(' ');
        (starts_word && !is_sentence && self.is_dependency(value.trim_end_matches('.')))
            .then(|| (before.len(), Vec::new()))
    }

    /// Reads the parts of a group or clause. Returns `None` unless all of them are fields or dependencies.
    fn parts(&self, inside: Range<usize>, of: PartPlace) -> Option<Vec<MetadataField>> {
        let content = &self.text[inside.clone()];
        if content.contains(['[', ']', '`']) || content.is_empty() {
            return None;
        }
        let mut found: Vec<InlinePart> = Vec::new();
        let mut from = inside.start;
        for piece in content.split([',', ';', '|', '·']) {
            let range = trimmed(self.text, from..from + piece.len());
            from += piece.len();
            from += self.text[from..inside.end].chars().next().map_or(0, char::len_utf8);
            let part = self.part(range.clone(), found.is_empty() && of == PartPlace::Group);
            if let Some(part) = part {
                found.push(part);
                continue;
            }
            // `owner: Ada, Lee`, `depends on 1.2, 1.3`
            let last = found.last_mut()?;
            let continues = match last.meaning {
                Meaning::Owner => is_name(&self.text[range.clone()]),
                Meaning::DependsOn => self.is_dependency(&self.text[range.clone()]),
                _ => false,
            };
            if !continues {
                return None;
            }
            if let Some(field) = &mut last.field {
                field.value.end = range.end;
            }
        }
        let is_clear = match of {
            PartPlace::Group => found.iter().any(|part| part.is_clear),
            PartPlace::Clause => found.first().is_some_and(|part| part.is_clear),
        };
        is_clear.then(|| found.into_iter().filter_map(|part| part.field).collect())
    }

    /// Reads a part: a key with a value, a duration, or a handle. `is_first` is true for the first part in parentheses,
    /// where `references` also reads dependencies after words such as `needs`.
    fn part(&self, range: Range<usize>, is_first: bool) -> Option<InlinePart> {
        let text = &self.text[range.clone()];
        let at = |offset: usize| range.start + offset;
        if is_handle(text) {
            return Some(InlinePart {
                field: Some(owner_field(range)),
                is_clear: true,
                meaning: Meaning::Owner,
            });
        }
        if let Some((key, value)) = text.split_once(':') {
            let key = key.trim_matches([' ', '*', '_']);
            let short = || {
                let found = SHORT_KEYS.iter().find(|(short, _)| short.eq_ignore_ascii_case(key));
                found.map(|(_, meaning)| *meaning)
            };
            let meaning =
                self.vocabulary.meaning_of(key).or_else(short).filter(|meaning| meaning.is_inline())?;
            let value = value.trim_start_matches(['*', '_', ' ']);
            let key_start = text.find(key)?;
            return self.keyed_field(
                at(key_start)..at(key_start + key.len()),
                at(text.len() - value.len())..range.end,
                meaning,
                is_first,
            );
        }
        let lower = text.to_ascii_lowercase();
        if let Some((word, meaning)) = LEADING_WORDS.into_iter().find(|(word, _)| lower.starts_with(word)) {
            let value = trimmed(self.text, at(word.len())..range.end);
            let key = range.start..at(word.trim_end().len());
            // Without a colon, `due` is a key only before a date.
            let is_certain = meaning != Meaning::Due || is_date(&self.text[value.clone()]);
            return if is_certain { self.keyed_field(key, value, meaning, is_first) } else { None };
        }
        let without_sign = text.trim_start_matches(['~', '≈', ' ']);
        let value = at(text.len() - without_sign.len())..range.end;
        // `Keep logs (30 days)` states no estimate, `Port the reader (2-3 days)` does.
        let duration = quantity::duration(without_sign)?;
        let is_range = duration.min < duration.max && duration.unit != DurationUnit::Minute;
        is_duration(without_sign).then_some(InlinePart {
            field: Some(MetadataField {
                key: value.start..value.start,
                value,
                meaning: Some(Meaning::Estimate),
            }),
            is_clear: without_sign.len() < text.len() || is_range,
            meaning: Meaning::Estimate,
        })
    }

    /// Returns a part with a key, if its value has the form that the meaning requires.
    fn keyed_field(
        &self,
        key: Range<usize>,
        value: Range<usize>,
        meaning: Meaning,
        is_first: bool,
    ) -> Option<InlinePart> {
        let text = &self.text[value.clone()];
        let fits = match meaning {
            Meaning::Owner => {
                let has_colon = self.text[key.end..value.start].contains(':');
                is_name(text) || is_login(text) || has_colon && is_account(text)
            }
            Meaning::Estimate | Meaning::Duration => is_duration(text.trim_start_matches(['~', '≈', ' '])),
            Meaning::Due => is_date(text) || is_date_in_words(text),
            Meaning::Target => is_date(text),
            Meaning::Priority => text.len() <= 10 && text.chars().all(char::is_alphanumeric),
            _ => self.is_dependency(text),
        };
        if !fits || text.is_empty() {
            return None;
        }
        // `references` reads `depends on` anywhere, and the other words directly after an opening parenthesis.
        let written = self.text[key.clone()].to_ascii_lowercase();
        let is_read_elsewhere = matches!(&*written, "depends on" | "depend on")
            || is_first && matches!(&*written, "blocked by" | "requires" | "needs" | "after");
        Some(InlinePart {
            field: (!is_read_elsewhere).then_some(MetadataField { key, value, meaning: Some(meaning) }),
            is_clear: true,
            meaning,
        })
    }

    /// Returns whether a text consists of task and phase IDs.
    fn is_dependency(&self, text: &str) -> bool {
        let value = reference::parse_with(text, self.vocabulary.nouns());
        value.strict
            && matches!(value.class, ValueClass::Single | ValueClass::List | ValueClass::Range)
            && value.names.first().is_some_and(|name| name.range.start == 0)
    }
}

/// Syntax that contains the parts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PartPlace {
    /// Brackets or parentheses at the end.
    Group,
    /// A clause after a dash or another separator.
    Clause,
}

fn owner_field(value: Range<usize>) -> MetadataField {
    MetadataField { key: value.start..value.start, value, meaning: Some(Meaning::Owner) }
}

/// Returns the range without spaces at its ends.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let content = &text[range.clone()];
    let start = range.start + content.len() - content.trim_start().len();
    start..start + content.trim().len()
}

/// Returns whether a text is the name of an account or agent: `agent-2`, `ci_bot`.
fn is_login(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() <= 39
        && text.contains(|c: char| c.is_ascii_digit() || c == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// Returns whether a text can be the name or address of an account: `agent 12`, `ada@example.org`.
fn is_account(text: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '.' | '_' | '@' | '+' | '/');
    let first = text.split_whitespace().next().unwrap_or_default();
    text.starts_with(char::is_alphabetic)
        && text.len() <= 60
        && text.split_whitespace().count() <= MAX_NAME_WORDS
        && text.contains(|c: char| c.is_ascii_digit() || matches!(c, '@' | '_'))
        && !NON_NAME_WORDS.contains(&first)
        && text.chars().all(is_allowed)
}

/// Returns whether a text is a handle: `@ada`, `@ada-l`.
fn is_handle(text: &str) -> bool {
    text.strip_prefix('@').is_some_and(|name| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && (2..=39).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    })
}

/// Returns whether a text can be the name of a person or team.
fn is_name(text: &str) -> bool {
    // `agent-1`, but not `Keep 3 backups`
    let is_word = !text.contains(' ');
    is_handle(text)
        || (1..=60).contains(&text.len())
            && text.split_whitespace().count() <= MAX_NAME_WORDS
            && text.starts_with(char::is_alphabetic)
            && !text.split_whitespace().next().is_some_and(|first| NON_NAME_WORDS.contains(&first))
            && text.chars().all(|c| {
                c.is_alphabetic()
                    || is_word && c.is_ascii_digit()
                    || matches!(c, ' ' | '-' | '.' | '\'' | '’' | '&' | '+' | '/')
            })
}

/// Returns whether a text is a duration and nothing else: `3 days`, `2-3h`.
fn is_duration(text: &str) -> bool {
    quantity::duration(text).is_some_and(|found| found.range == (0..text.len()))
}

/// Returns whether a text is a date and nothing else.
fn is_date(text: &str) -> bool {
    date::first(text).is_some_and(|found| found.range == (0..text.len()))
}

/// Returns whether a text can be a date in words: `Friday`, `end of March`, `week 3`.
fn is_date_in_words(text: &str) -> bool {
    text.split_whitespace().count() <= MAX_DATE_WORDS
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_at_the_end() {
        for (text, expected) in [
            ("Copy (owner: Dana, 3 days)", "Copy | owner=Dana =3 days"),
            ("Copy (Owner: Dana Smith; est: ~2d)", "Copy | Owner=Dana Smith est=~2d"),
            ("Copy (owner: Dana, Lee)", "Copy | owner=Dana, Lee"),
            ("Copy (owner: agent-2)", "Copy | owner=agent-2"),
            ("Copy (owner: agent 12)", "Copy | owner=agent 12"),
            ("Copy (owner: ada@example.org, 2 days)", "Copy | owner=ada@example.org =2 days"),
            ("Copy (due: 2026-12-01)", "Copy | due=2026-12-01"),
            ("Copy (due 2026-12-01, @dana)", "Copy | due=2026-12-01 =@dana"),
            ("Copy (~3h)", "Copy | =3h"),
            ("Copy (2-3 days)", "Copy | =2-3 days"),
            ("Copy (@dana)", "Copy | =@dana"),
            ("Copy [owner: Dana]", "Copy | owner=Dana"),
            ("Copy the data @dana", "Copy the data | =@dana"),
            ("Copy — Owner: Dana", "Copy | Owner=Dana"),
            ("Copy | Owner: Dana", "Copy | Owner=Dana"),
            ("Copy - owner: Dana, est: 3d", "Copy | owner=Dana est=3d"),
            ("Copy – **Owner**: Dana", "Copy | Owner=Dana"),
            ("Copy depends on 1.2", "Copy |"),
            ("Copy (owner: Lee, 2 days) depends on 1.2, 1.3", "Copy (owner: Lee, 2 days) |"),
            ("Copy (depends on 1.2, 1.3)", "Copy |"),
            ("Copy (after 1.2, owner: Lee)", "Copy | owner=Lee"),
            ("Copy (owner: Lee, blocked by 1.2)", "Copy | owner=Lee blocked by=1.2"),
            ("Copy (deps: T001, T002)", "Copy | deps=T001, T002"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn text_at_the_end() {
        for text in [
            "Keep backups (30 days)",
            "Add the line (after line 417)",
            "Reduce the length (target: ~285 lines)",
            "Wait (after approval)",
            "Set the owner (owner: see below)",
            "Set the owner (owner: see section 2)",
            "Ask @dana",
            "Send the draft to @dana",
            "Add the missing @Override",
            "Install @scope/package",
            "Check what depends on 1.2",
            "Find the tasks that depend on 1.2",
            "Order fields: id, owner: Dana",
            "Depends on 1.2",
            "(owner: Dana)",
            "Read [the text](owner: x)",
            "Note (see: 1.2)",
            "Ship it - done: yes",
            "Call `f(owner: x)`",
        ] {
            assert_eq!(shown(text), "-", "{text}");
        }
    }

    fn shown(text: &str) -> String {
        let found = trailing_fields(text, &Vocabulary::default());
        found.map_or("-".to_owned(), |(start, fields)| {
            let fields = fields
                .iter()
                .map(|field| format!(" {}={}", &text[field.key.clone()], &text[field.value.clone()]));
            format!("{} |{}", text[..start].trim_end(), fields.collect::<String>())
        })
    }
}
