//! Dependencies outside of fields: in the text of an item, in bullets and in tables.

use std::sync::LazyLock;

use plan_syntax::{SegmentSpan, outline::bytes};
use regex::Regex;

use super::{FactParent, ReferenceFact, Relation};
use crate::{
    ascii::contains,
    field::Meaning,
    id::Id,
    patterns::regex,
    reference::{self, Name, NameKind, Value, ValueClass},
    state::Vocabulary,
    words::DEPENDS_ON,
};

/// Returns the relation that fields with this meaning express.
pub(crate) fn relation_of(meaning: Option<Meaning>) -> Option<Relation> {
    match meaning? {
        Meaning::DependsOn | Meaning::BlockedBy | Meaning::Prerequisites | Meaning::After => {
            Some(Relation::DependsOn)
        }
        Meaning::Blocks => Some(Relation::Blocks),
        _ => None,
    }
}

/// Each English pattern below contains at least one of these words. A search for them is a cheap first check, because
/// most lines contain none of them.
static KEYWORDS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)depend|require|needs|blocked\s+by|after|must\s+follow"));

static INLINE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\(\s*(?:depends?\s+on|dependent\s+on|requires|needs|blocked\s+by|after)\s*:?\s+(?<parenthesized>[^()]+)|\bdepends?\s+on\s*:?\s+(?<unbracketed>[^()]+)",
    )
});

/// Pattern of dependencies in other languages, in parentheses: `(abhängig von Aufgabe 1.2)`, `（依赖任务 1.2）`.
static INLINE_OTHER: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"(?i)[(（]\s*(?:{DEPENDS_ON})\s*[:：]?\s*(?<parenthesized>[^()（）]+)"))
});

/// Reads a dependency in the text of an item: `(depends on T001)`.
pub(super) fn inline(
    text: &str,
    line: &SegmentSpan,
    parent: FactParent,
    vocabulary: &Vocabulary,
) -> Option<ReferenceFact> {
    let content = &text[bytes(line)];
    let english = KEYWORDS.is_match(content).then(|| INLINE.captures(content)).flatten();
    let has_bracket = || content.contains('(') || !content.is_ascii() && content.contains('（');
    let other = || has_bracket().then(|| INLINE_OTHER.captures(content)).flatten();
    let captures = english.or_else(other)?;
    let value = captures.name("parenthesized").or_else(|| captures.name("unbracketed"));
    let (value, is_bracketed) = (value?, captures.name("parenthesized").is_some());
    let parsed = reference::parse_with(value.as_str(), vocabulary.nouns());
    if parsed.names.is_empty() || !is_bracketed && !starts_with_name(&parsed) {
        return None;
    }
    let span = line.start + value.start() as u32..line.start + value.end() as u32;
    Some(ReferenceFact { parent, subject: None, relation: Relation::DependsOn, span, value: parsed })
}

fn starts_with_name(value: &Value) -> bool {
    value.names.first().is_some_and(|name| name.range.start == 0)
}

static BULLET: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\s+|:\s*|\*\*:?\s*)(?:(?:all\s+)?(?:depends?|dependent)\s+on|requires?|needs|is\s+blocked\s+by|blocked\s+by|starts\s+after|comes\s+after|must\s+follow|(?<can>can\s+start\s+after))\s+(?<value>.+)$",
    )
});

/// Maximum length of the subject of a bullet in characters.
const MAX_SUBJECT_CHARS: usize = 80;

/// Reads a bullet that states a dependency with its subject: `Phase 2 depends on Phase 1`, `**Phase 3 (name)**: Depends
/// on Phase 2`. In a section about dependencies, phases can be named by their titles: `**Polish (Final Phase)**: Depends
/// on all user stories`.
pub(super) fn bullet(
    text: &str,
    line: &SegmentSpan,
    heading: &str,
    vocabulary: &Vocabulary,
) -> Option<ReferenceFact> {
    let text = &text[bytes(line)];
    if !KEYWORDS.is_match(text) {
        return None;
    }
    let is_about_dependencies = contains(heading, "dependenc");
    // The subject has at least one character.
    let captures = BULLET.captures_at(text, text.chars().next()?.len_utf8())?;
    let (whole, value) = (captures.get(0)?, captures.name("value")?);
    let subject = &text[..whole.start()];
    let is_too_long = subject.chars().nth(MAX_SUBJECT_CHARS).is_some();
    if is_too_long || captures.name("can").is_some() && !is_about_dependencies {
        return None;
    }
    let titles = |text: &str| {
        let titles = || reference::parse_titles(text, vocabulary.nouns());
        is_about_dependencies.then(titles).flatten()
    };
    let titled_subject =
        || titles(subject.trim_start_matches(['*', '_', '`']).trim_end_matches(['*', '_', '`', ':']));
    let subject = phases_from(subject)
        .filter(|_| is_about_dependencies)
        .or_else(|| subject_of(subject, vocabulary))
        .or_else(titled_subject)?;
    let parsed = reference::parse_with(value.as_str(), vocabulary.nouns());
    let has_names =
        starts_with_name(&parsed) || matches!(parsed.class, ValueClass::None | ValueClass::AllPrevious);
    let parsed = if has_names { parsed } else { titles(value.as_str())? };
    let span = line.start + value.start() as u32..line.start + value.end() as u32;
    Some(ReferenceFact {
        parent: FactParent::Text,
        subject: Some(subject),
        relation: Relation::DependsOn,
        span,
        value: parsed,
    })
}

/// A phase and all phases after it: `User Stories (Phase 3+)`.
static PHASES_FROM: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)\(\s*phases?\s+(?<first>\d{1,3})\s*\+\s*\)[\s*_:`]*$"));

/// Returns the phases that a subject names by the first of them.
fn phases_from(subject: &str) -> Option<Value> {
    let captures = PHASES_FROM.captures(subject)?;
    let first = captures.name("first")?;
    let name = Name {
        kind: NameKind::Phase,
        first: Id::phase("phase", first.as_str()),
        last: Some(Id::phase("phase", &u32::MAX.to_string())),
        range: first.range(),
    };
    Some(Value { class: ValueClass::Range, names: vec![name], strict: false, all: None })
}

/// Returns the items that are the subject of a text: `Phase 2`, `**Setup (Phase 1)**`, `Tasks 1.2-1.4`.
pub(super) fn subject_of(text: &str, vocabulary: &Vocabulary) -> Option<Value> {
    let parse_names = |text: &str| {
        let value = reference::parse_with(text, vocabulary.nouns());
        (starts_with_name(&value) || !value.names.is_empty() && value.strict).then_some(value)
    };
    let trimmed = text.trim_matches(|c: char| matches!(c, '*' | '_' | '`' | ':') || c.is_whitespace());
    // `User Story 2 (P1)` refers to the story; `P1` is its priority.
    let trimmed = trimmed.split_once('(').map_or(trimmed, |(name, remark)| {
        let remark = remark.split(')').next().unwrap_or_default();
        if is_priority(remark) { name.trim_end() } else { trimmed }
    });
    let in_parentheses = || {
        let open = trimmed.find('(')?;
        let inside = trimmed[open + 1..].split(')').next()?;
        parse_names(inside).filter(|value| value.strict && !is_priority(inside))
    };
    // `US1: Extensions (Phase 4)` is about the phase, because several phases can belong to a story.
    let is_phase = |value: &Value| value.names.iter().all(|name| name.kind == NameKind::Phase);
    in_parentheses().filter(is_phase).or_else(|| parse_names(trimmed)).or_else(in_parentheses)
}

/// Returns whether a remark after a name is its priority: `User Story 2 (P1)`.
fn is_priority(remark: &str) -> bool {
    reference::has_priority_form(remark.trim())
}
