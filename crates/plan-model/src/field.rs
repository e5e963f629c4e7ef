//! Fields: `key: value` in the forms that people write them, and what the keys mean.

use std::{ops::Range, sync::LazyLock};

use foldhash::HashMap;

/// What a field is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each name says what it is")]
pub enum Meaning {
    Status,
    Owner,
    Author,
    Created,
    Updated,
    Target,
    Due,
    Expires,
    Reviewed,
    Estimate,
    Duration,
    Priority,
    Goal,
    Spec,
    Id,
    DependsOn,
    Blocks,
    BlockedBy,
    Prerequisites,
    After,
    Title,
    Date,
    Template,
    Type,
    Progress,
    CurrentPhase,
    Probability,
    Impact,
    Mitigation,
    Contingency,
    Supersedes,
    SupersededBy,
    Related,
}

/// The length of the longest key (bytes): whatever is longer is none.
const LONGEST_KEY: usize = 19;

static BY_KEY: LazyLock<HashMap<&str, Meaning>> = LazyLock::new(|| {
    debug_assert!(KEYS.iter().all(|(key, _)| key.len() <= LONGEST_KEY));
    KEYS.into_iter().collect()
});

/// The keys, lower case, blanks for hyphens and underscores.
const KEYS: [(&str, Meaning); 88] = [
    ("status", Meaning::Status),
    ("state", Meaning::Status),
    ("overall status", Meaning::Status),
    ("plan status", Meaning::Status),
    ("owner", Meaning::Owner),
    ("assignee", Meaning::Owner),
    ("assigned to", Meaning::Owner),
    ("assigned", Meaning::Owner),
    ("responsible", Meaning::Owner),
    ("author", Meaning::Author),
    ("authors", Meaning::Author),
    ("created", Meaning::Created),
    ("created date", Meaning::Created),
    ("creation date", Meaning::Created),
    ("created on", Meaning::Created),
    ("date created", Meaning::Created),
    ("start date", Meaning::Created),
    ("updated", Meaning::Updated),
    ("last updated", Meaning::Updated),
    ("updated date", Meaning::Updated),
    ("last modified", Meaning::Updated),
    ("target completion", Meaning::Target),
    ("target date", Meaning::Target),
    ("target", Meaning::Target),
    ("deadline", Meaning::Due),
    ("due", Meaning::Due),
    ("due date", Meaning::Due),
    ("expires", Meaning::Expires),
    ("reviewed", Meaning::Reviewed),
    ("estimate", Meaning::Estimate),
    ("estimated effort", Meaning::Estimate),
    ("estimated time", Meaning::Estimate),
    ("effort", Meaning::Estimate),
    ("duration", Meaning::Duration),
    ("priority", Meaning::Priority),
    ("goal", Meaning::Goal),
    ("objective", Meaning::Goal),
    ("specification", Meaning::Spec),
    ("spec", Meaning::Spec),
    ("related spec", Meaning::Spec),
    ("id", Meaning::Id),
    ("plan id", Meaning::Id),
    ("dependencies", Meaning::DependsOn),
    ("depends on", Meaning::DependsOn),
    ("depends", Meaning::DependsOn),
    ("dependency", Meaning::DependsOn),
    ("blocks", Meaning::Blocks),
    ("blocked by", Meaning::BlockedBy),
    ("prerequisites", Meaning::Prerequisites),
    ("prerequisite", Meaning::Prerequisites),
    ("after", Meaning::After),
    ("title", Meaning::Title),
    ("date", Meaning::Date),
    ("template", Meaning::Template),
    ("type", Meaning::Type),
    ("progress", Meaning::Progress),
    ("completion", Meaning::Progress),
    ("current phase", Meaning::CurrentPhase),
    ("probability", Meaning::Probability),
    ("likelihood", Meaning::Probability),
    ("impact", Meaning::Impact),
    ("severity", Meaning::Impact),
    ("mitigation", Meaning::Mitigation),
    ("mitigation strategy", Meaning::Mitigation),
    ("contingency", Meaning::Contingency),
    ("eta", Meaning::Due),
    ("owners", Meaning::Owner),
    ("expiry", Meaning::Expires),
    ("last reviewed", Meaning::Reviewed),
    ("time estimate", Meaning::Estimate),
    ("estimated hours", Meaning::Estimate),
    ("estimated duration", Meaning::Duration),
    ("due by", Meaning::Due),
    ("completion date", Meaning::Target),
    ("supersedes", Meaning::Supersedes),
    ("replaces", Meaning::Supersedes),
    ("superseded by", Meaning::SupersededBy),
    ("replaced by", Meaning::SupersededBy),
    ("related", Meaning::Related),
    ("related plan", Meaning::Related),
    ("related plans", Meaning::Related),
    ("related code", Meaning::Related),
    ("parent plan", Meaning::Related),
    ("parent", Meaning::Related),
    ("see also", Meaning::Related),
    ("负责人", Meaning::Owner),
    ("状态", Meaning::Status),
    ("依赖", Meaning::DependsOn),
];

impl Meaning {
    /// What a key means, if it is known.
    pub fn of(key: &str) -> Option<Self> {
        // Asked of every key of every document that is read: nothing is allocated.
        let mut normal = [0; LONGEST_KEY];
        let mut length = 0;
        let words = key.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_'));
        for word in words.filter(|word| !word.is_empty()) {
            let from = if length == 0 { 0 } else { length + 1 };
            normal.get(..from)?;
            normal[length..from].fill(b' ');
            let place = normal.get_mut(from..from + word.len())?;
            place.copy_from_slice(word.as_bytes());
            place.make_ascii_lowercase();
            length = from + word.len();
        }
        BY_KEY.get(std::str::from_utf8(&normal[..length]).ok()?).copied()
    }

    /// All known keys, lower case, with what they mean.
    pub fn keys() -> impl Iterator<Item = (&'static str, Self)> {
        KEYS.iter().copied()
    }

    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Owner => "owner",
            Self::Author => "author",
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Target => "target",
            Self::Due => "due",
            Self::Expires => "expires",
            Self::Reviewed => "reviewed",
            Self::Estimate => "estimate",
            Self::Duration => "duration",
            Self::Priority => "priority",
            Self::Goal => "goal",
            Self::Spec => "spec",
            Self::Id => "id",
            Self::DependsOn => "depends_on",
            Self::Blocks => "blocks",
            Self::BlockedBy => "blocked_by",
            Self::Prerequisites => "prerequisites",
            Self::After => "after",
            Self::Title => "title",
            Self::Date => "date",
            Self::Template => "template",
            Self::Type => "type",
            Self::Progress => "progress",
            Self::CurrentPhase => "current_phase",
            Self::Probability => "probability",
            Self::Impact => "impact",
            Self::Mitigation => "mitigation",
            Self::Contingency => "contingency",
            Self::Supersedes => "supersedes",
            Self::SupersededBy => "superseded-by",
            Self::Related => "related",
        }
    }
}

/// A field found in a line: byte ranges into that line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenField {
    /// The key without emphasis and colon.
    pub key: Range<usize>,
    /// The value without surrounding blanks; empty for a label that a block follows.
    pub value: Range<usize>,
    /// Whether the key is emphasised, which makes any key a field.
    pub bold: bool,
}

/// The fields of one line of text: one, or several that ` | ` joins. A key without emphasis counts only if it is known.
pub fn fields_of(line: &str) -> Vec<WrittenField> {
    let Some(first) = field_of(line) else { return Vec::new() };
    let mut fields = vec![first];
    // `**Status**: Done | **Owner**: Ada`
    let mut from = 0;
    while let Some(bar) = line[from..].find(" | ").map(|at| from + at) {
        let next = bar + 3;
        from = next;
        let skipped = line[next..].len() - line[next..].trim_start().len();
        if let Some(found) = field_of(&line[next + skipped..]) {
            let offset = next + skipped;
            if let Some(last) = fields.last_mut() {
                last.value.end = last.value.start.max(line[..bar].trim_end().len());
            }
            fields.push(WrittenField {
                key: found.key.start + offset..found.key.end + offset,
                value: found.value.start + offset..found.value.end + offset,
                bold: found.bold,
            });
        }
    }
    fields
}

/// A longer text in bold is no key, in characters.
const LONGEST_BOLD_KEY: usize = 61;

/// A longer text before a colon is no key, in bytes.
const LONGEST_BARE_KEY: usize = 41;

fn field_of(line: &str) -> Option<WrittenField> {
    let (key, rest, bold) = match bold_key(line) {
        Some((key, rest)) => (key, rest, true),
        None => {
            let (key, rest) = bare_key(line)?;
            Meaning::of(key)?;
            (key, rest, false)
        }
    };
    let start = line.len() - rest.trim_start().len();
    let key = if bold { 2..2 + key.len() } else { 0..key.len() };
    Some(WrittenField { key, value: start..line.trim_end().len().max(start), bold })
}

/// The key of `**key**: rest`, `**key:** rest` or the same with underscores, and the rest.
fn bold_key(line: &str) -> Option<(&str, &str)> {
    fn inside_of(text: &str) -> Option<&str> {
        text.strip_prefix("**").or_else(|| text.strip_prefix("__"))
    }
    let inside = inside_of(line)?;
    let stop = inside.find(['*', ':', '\n'])?;
    let (before, after) = inside.split_at(stop);
    let (key, rest) = if let Some(after) = after.strip_prefix(':') {
        match before.trim_end().strip_suffix("__") {
            Some(key) => (key, after),
            None => (before, inside_of(after.trim_start())?),
        }
    } else {
        (before, inside_of(after)?.trim_start().strip_prefix(':')?)
    };
    let key = key.trim_end();
    let long = key.chars().nth(LONGEST_BOLD_KEY).is_some();
    let starts = key.starts_with(|c: char| c != '_' && !c.is_whitespace());
    (starts && !long).then_some((key, rest))
}

/// The key of `key: rest` and the rest.
fn bare_key(line: &str) -> Option<(&str, &str)> {
    let (key, rest) = line.split_once(':')?;
    let key = key.trim_end();
    let written = key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b' ' | b'_' | b'-'));
    let apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (written && apart && key.len() <= LONGEST_BARE_KEY).then_some((key, rest))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails where it panics")]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;
    use crate::patterns::regex;

    fn fields(line: &str) -> String {
        fields_of(line)
            .into_iter()
            .map(|field| format!("{}={}", &line[field.key], &line[field.value]))
            .collect::<Vec<_>>()
            .join(" & ")
    }

    #[test]
    fn forms() {
        assert_eq!(fields("**Status**: Done"), "Status=Done");
        assert_eq!(fields("**Status:** Done"), "Status=Done");
        assert_eq!(fields("Status: Done"), "Status=Done");
        assert_eq!(fields("**Exit gate:**"), "Exit gate=");
        assert_eq!(fields("**Status**: Done | **Owner**: Ada"), "Status=Done & Owner=Ada");
        assert_eq!(fields("**Status**: [Draft | Done]"), "Status=[Draft | Done]");
        assert_eq!(fields("A remark: nothing"), "");
        assert_eq!(fields("**bold** text: no"), "");
    }

    /// What a key is, said once more as an expression.
    fn by_expression(line: &str) -> Option<(usize, usize, bool)> {
        static BOLD: LazyLock<Regex> = LazyLock::new(|| {
            regex(r"^(?:\*\*|__)(?<key>[^*_:\s][^*:\n]{0,60}?)\s*(?::\s*(?:\*\*|__)|(?:\*\*|__)\s*:)\s*")
        });
        static BARE: LazyLock<Regex> =
            LazyLock::new(|| regex(r"^(?<key>[A-Za-z][A-Za-z _-]{0,40}?)\s*:(?:\s+|$)"));
        let (found, bold) = match BOLD.captures(line) {
            Some(found) => (found, true),
            None => (BARE.captures(line)?, false),
        };
        let key = found.name("key")?;
        (bold || Meaning::of(key.as_str()).is_some()).then(|| (key.end(), found.get(0).unwrap().end(), bold))
    }

    proptest! {
        #[test]
        fn keys_are_what_the_expression_finds(line in r"(\*\*|__)?([a-c_ ]{0,3}|Status|Due date|[é:*a]{60,63})[ ]?(\*\*|__|:){0,3} ?(\*\*|__|:)?[ \t]{0,2}(x|é)?") {
            let ours = field_of(&line).map(|found| (found.key.end, found.value.start, found.bold));
            prop_assert_eq!(ours, by_expression(&line));
        }
    }
}
