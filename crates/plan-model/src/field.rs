//! Fields: the forms of `key: value` and the meanings of keys.

use std::{ops::Range, sync::LazyLock};

use foldhash::HashMap;

use crate::words;

/// Meaning of a field, given by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are self-explanatory")]
pub enum Meaning {
    Status,
    Owner,
    Author,
    Created,
    /// The date on which work starts.
    Start,
    /// The date on which work ends or ended.
    End,
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

/// Maximum length of a known key in ASCII, in bytes.
const MAX_KEY_BYTES: usize = 32;

static BY_KEY: LazyLock<HashMap<&str, Meaning>> = LazyLock::new(|| {
    debug_assert!(KEYS.iter().all(|(key, _)| key.len() <= MAX_KEY_BYTES));
    KEYS.into_iter().collect()
});

/// Known keys in lower case, with spaces instead of hyphens and underscores.
const KEYS: [(&str, Meaning); 98] = [
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
    ("start", Meaning::Start),
    ("start date", Meaning::Start),
    ("started", Meaning::Start),
    ("started on", Meaning::Start),
    ("planned start", Meaning::Start),
    ("end", Meaning::End),
    ("end date", Meaning::End),
    ("planned end", Meaning::End),
    ("finish", Meaning::End),
    ("finish date", Meaning::End),
    ("finish by", Meaning::End),
    ("finished", Meaning::End),
    ("finished on", Meaning::End),
    ("completed on", Meaning::End),
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
];

impl Meaning {
    /// Returns the meaning of a key; `None` for an unknown key.
    pub fn of(key: &str) -> Option<Self> {
        if !key.is_ascii() {
            return words::field(key);
        }
        // This function does not allocate, because it is called for every key of every document.
        let mut normalized = [0; MAX_KEY_BYTES];
        let mut length = 0;
        let words = key.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_'));
        for word in words.filter(|word| !word.is_empty()) {
            let from = if length == 0 { 0 } else { length + 1 };
            normalized.get(..from)?;
            normalized[length..from].fill(b' ');
            let target = normalized.get_mut(from..from + word.len())?;
            target.copy_from_slice(word.as_bytes());
            target.make_ascii_lowercase();
            length = from + word.len();
        }
        let key = std::str::from_utf8(&normalized[..length]).ok()?;
        BY_KEY.get(key).copied().or_else(|| words::ascii_field(key))
    }

    /// Returns whether fields with this meaning can be in the line of their task: `(owner: Ada)`, `— Due: 2026-01-05`.
    pub fn is_inline(self) -> bool {
        matches!(
            self,
            Self::Owner
                | Self::Estimate
                | Self::Duration
                | Self::Due
                | Self::Target
                | Self::Priority
                | Self::DependsOn
                | Self::BlockedBy
                | Self::Blocks
        )
    }

    /// Returns the known English keys in lower case, with their meanings.
    pub fn keys() -> impl Iterator<Item = (&'static str, Self)> {
        KEYS.iter().copied()
    }

    /// Returns the name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Owner => "owner",
            Self::Author => "author",
            Self::Created => "created",
            Self::Start => "start",
            Self::End => "end",
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

/// A field found in a line. Ranges are bytes of the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRanges {
    /// Key without emphasis and colon.
    pub key: Range<usize>,
    /// Value without surrounding whitespace; empty for a label that introduces a block.
    pub value: Range<usize>,
    /// Whether the key is bold. Bold keys are recognized even if they are unknown.
    pub bold: bool,
}

/// Returns the fields of a line: one, or several separated by ` | `. A key without emphasis is recognized only if it
/// is known.
pub fn fields_of(line: &str) -> Vec<FieldRanges> {
    fields_with(line, Meaning::of)
}

/// Returns the fields of a line. A key is known if `meaning` returns a value.
pub(crate) fn fields_with(line: &str, meaning: impl Fn(&str) -> Option<Meaning>) -> Vec<FieldRanges> {
    let Some(first) = field_of(line, &meaning) else { return Vec::new() };
    let mut fields = vec![first];
    // `**Status**: Done | **Owner**: Ada`
    let mut from = 0;
    while let Some(bar) = line[from..].find(" | ").map(|at| from + at) {
        let next = bar + 3;
        from = next;
        let skipped = line[next..].len() - line[next..].trim_start().len();
        if let Some(found) = field_of(&line[next + skipped..], &meaning) {
            let offset = next + skipped;
            if let Some(last) = fields.last_mut() {
                last.value.end = last.value.start.max(line[..bar].trim_end().len());
            }
            fields.push(FieldRanges {
                key: found.key.start + offset..found.key.end + offset,
                value: found.value.start + offset..found.value.end + offset,
                bold: found.bold,
            });
        }
    }
    fields
}

/// Maximum length of a bold key in characters.
const MAX_BOLD_KEY_CHARS: usize = 61;

/// Maximum length of a key without emphasis in bytes.
const MAX_PLAIN_KEY_BYTES: usize = 41;

fn field_of(line: &str, meaning: &impl Fn(&str) -> Option<Meaning>) -> Option<FieldRanges> {
    let (key, rest, bold) = match bold_key(line) {
        Some((key, rest)) => (key, rest, true),
        None => {
            let (key, rest) = plain_key(line)?;
            meaning(key)?;
            (key, rest, false)
        }
    };
    let start = line.len() - rest.trim_start().len();
    let key = if bold { 2..2 + key.len() } else { 0..key.len() };
    Some(FieldRanges { key, value: start..line.trim_end().len().max(start), bold })
}

/// Splits `**key**: rest` or `**key:** rest`, also with underscores, into key and rest.
fn bold_key(line: &str) -> Option<(&str, &str)> {
    fn after_marker(text: &str) -> Option<&str> {
        text.strip_prefix("**").or_else(|| text.strip_prefix("__"))
    }
    let inside = after_marker(line)?;
    let stop = inside.find(['*', ':', '：', '\n'])?;
    let (before, after) = inside.split_at(stop);
    let (key, rest) = if let Some(after) = after.strip_prefix([':', '：']) {
        match before.trim_end().strip_suffix("__") {
            Some(key) => (key, after),
            None => (before, after_marker(after.trim_start())?),
        }
    } else {
        (before, after_marker(after)?.trim_start().strip_prefix([':', '：'])?)
    };
    let key = key.trim_end();
    let is_too_long = key.chars().nth(MAX_BOLD_KEY_CHARS).is_some();
    let starts_like_key = key.starts_with(|c: char| c != '_' && !c.is_whitespace());
    (starts_like_key && !is_too_long).then_some((key, rest))
}

/// Splits `key: rest` into key and rest.
fn plain_key(line: &str) -> Option<(&str, &str)> {
    let colon = if line.is_ascii() { line.find(':') } else { line.find([':', '：']) }?;
    let (key, rest) = (line[..colon].trim_end(), &line[colon..]);
    let is_wide = rest.starts_with('：');
    let rest = &rest[if is_wide { '：'.len_utf8() } else { 1 }..];
    let is_key = key.starts_with(char::is_alphabetic)
        && key
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, ' ' | '_' | '-' | '\'' | '\u{300}'..='\u{36f}'));
    let is_separated = is_wide || rest.is_empty() || rest.starts_with(char::is_whitespace);
    (is_key && is_separated && key.len() <= MAX_PLAIN_KEY_BYTES).then_some((key, rest))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic fails the test")]
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
    fn field_forms() {
        assert_eq!(fields("**Status**: Done"), "Status=Done");
        assert_eq!(fields("**Status:** Done"), "Status=Done");
        assert_eq!(fields("Status: Done"), "Status=Done");
        assert_eq!(fields("**Exit gate:**"), "Exit gate=");
        assert_eq!(fields("**Status**: Done | **Owner**: Ada"), "Status=Done & Owner=Ada");
        assert_eq!(fields("**Status**: [Draft | Done]"), "Status=[Draft | Done]");
        assert_eq!(fields("**状态**：进行中"), "状态=进行中");
        assert_eq!(fields("**状态：** 进行中"), "状态=进行中");
        assert_eq!(fields("担当：佐藤"), "担当=佐藤");
        assert_eq!(fields("État : en cours"), "État=en cours");
        assert_eq!(fields("时间：三天"), "");
        assert_eq!(fields("A remark: nothing"), "");
        assert_eq!(fields("**bold** text: no"), "");
    }

    /// Finds a field with regular expressions, as a reference implementation of [`field_of`].
    fn field_by_regex(line: &str) -> Option<(usize, usize, bool)> {
        static BOLD: LazyLock<Regex> = LazyLock::new(|| {
            regex(r"^(?:\*\*|__)(?<key>[^*_:\s][^*:\n]{0,60}?)\s*(?::\s*(?:\*\*|__)|(?:\*\*|__)\s*:)\s*")
        });
        static PLAIN: LazyLock<Regex> =
            LazyLock::new(|| regex(r"^(?<key>[A-Za-z][A-Za-z _-]{0,40}?)\s*:(?:\s+|$)"));
        let (found, bold) = match BOLD.captures(line) {
            Some(found) => (found, true),
            None => (PLAIN.captures(line)?, false),
        };
        let key = found.name("key")?;
        (bold || Meaning::of(key.as_str()).is_some()).then(|| (key.end(), found.get(0).unwrap().end(), bold))
    }

    proptest! {
        #[test]
        fn field_of_agrees_with_the_regex(line in r"(\*\*|__)?([a-c_ ]{0,3}|Status|Due date|[é:*a]{60,63})[ ]?(\*\*|__|:){0,3} ?(\*\*|__|:)?[ \t]{0,2}(x|é)?") {
            let found = field_of(&line, &Meaning::of).map(|found| (found.key.end, found.value.start, found.bold));
            prop_assert_eq!(found, field_by_regex(&line));
        }
    }
}
