//! What is said of dependencies outside of fields: in the text of an item, in bullets, in tables.

use std::sync::LazyLock;

use plan_syntax::{Span, outline::bytes};
use regex::Regex;

use super::{Owner, ReferenceFact, Relation};
use crate::{
    field::Meaning,
    patterns::regex,
    reference::{self, Class, Value},
};

/// What a field of this meaning says of dependencies.
pub(crate) fn relation_of(meaning: Option<Meaning>) -> Option<Relation> {
    match meaning? {
        Meaning::DependsOn | Meaning::BlockedBy | Meaning::Prerequisites | Meaning::After => {
            Some(Relation::DependsOn)
        }
        Meaning::Blocks => Some(Relation::Blocks),
        _ => None,
    }
}

/// What each of the patterns below has in it: most lines have none of it, and literals are found fast.
static SAID: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)depend|require|needs|blocked\s+by|after|must\s+follow"));

static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\(\s*(?:depends?\s+on|dependent\s+on|requires|needs|blocked\s+by|after)\s*:?\s+(?<inside>[^()]+)|\bdepends?\s+on\s*:?\s+(?<bare>[^()]+)",
    )
});

/// Dependencies in the text of an item: `(depends on T001)`.
pub(super) fn inline(text: &str, line: &Span, owner: Owner) -> Option<ReferenceFact> {
    let here = &text[bytes(line)];
    if !SAID.is_match(here) {
        return None;
    }
    let found = INLINE.captures(here)?;
    let value = found.name("inside").or_else(|| found.name("bare"))?;
    let read = reference::read(value.as_str());
    if read.names.is_empty() || found.name("bare").is_some() && !starts_with_name(&read) {
        return None;
    }
    let span = line.start + value.start() as u32..line.start + value.end() as u32;
    Some(ReferenceFact { owner, subject: None, relation: Relation::DependsOn, span, value: read })
}

fn starts_with_name(value: &Value) -> bool {
    value.names.first().is_some_and(|name| name.range.start == 0)
}

static BULLET: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\s+|:\s*|\*\*:?\s*)(?:(?:all\s+)?(?:depends?|dependent)\s+on|requires?|needs|is\s+blocked\s+by|blocked\s+by|starts\s+after|comes\s+after|must\s+follow)\s+(?<value>.+)$",
    )
});

/// What a bullet is about is no longer than this, in characters.
const LONGEST_SUBJECT: usize = 80;

/// A bullet that says who depends on whom: `Phase 2 depends on Phase 1`, `**Phase 3 (name)**: Depends on Phase 2`.
pub(super) fn bullet(text: &str, line: &Span) -> Option<ReferenceFact> {
    let text = &text[bytes(line)];
    if !SAID.is_match(text) {
        return None;
    }
    // Something stands before.
    let found = BULLET.captures_at(text, text.chars().next()?.len_utf8())?;
    let (whole, value) = (found.get(0)?, found.name("value")?);
    let subject = &text[..whole.start()];
    if subject.chars().nth(LONGEST_SUBJECT).is_some() {
        return None;
    }
    let who = subject_of(subject)?;
    let read = reference::read(value.as_str());
    if !starts_with_name(&read) && !matches!(read.class, Class::None | Class::AllPrevious) {
        return None;
    }
    let span = line.start + value.start() as u32..line.start + value.end() as u32;
    Some(ReferenceFact {
        owner: Owner::Text,
        subject: Some(who),
        relation: Relation::DependsOn,
        span,
        value: read,
    })
}

/// The one item that a text is about: `Phase 2`, `**Setup (Phase 1)**`, `Tasks 1.2-1.4`.
pub(super) fn subject_of(text: &str) -> Option<Value> {
    let named = |text: &str| {
        let value = reference::read(text);
        (starts_with_name(&value) || !value.names.is_empty() && value.strict).then_some(value)
    };
    let bare = text.trim_matches(|c: char| matches!(c, '*' | '_' | '`' | ':') || c.is_whitespace());
    named(bare).or_else(|| {
        let open = bare.find('(')?;
        let inside = bare[open + 1..].split(')').next()?;
        named(inside).filter(|value| value.strict)
    })
}
