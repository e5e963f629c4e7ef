//! Grammar of references to tasks and phases in values such as `Task 1.1, 1.2-1.4 (after review)`.
//!
//! Names in parentheses or after a dash are ignored, because they belong to an explanation: `None (parallel to Phase
//! 7)` has no names.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;
use smallvec::SmallVec;

use crate::{
    ascii::starts_with,
    id::{Id, PHASE_WORDS, PREFIXED, TASK_WORDS, USER_STORY, ends_id, is_prefixed},
    patterns::regex,
    state,
    words::{self, CustomNouns, Noun, NumberedNoun, numbered_noun},
};

/// Syntactic class of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueClass {
    /// Empty value.
    Empty,
    /// Explicitly none, with or without a reason.
    None,
    /// Free text.
    Prose,
    /// Unfilled placeholder of a template.
    Placeholder,
    /// One ID.
    Single,
    /// Several IDs.
    List,
    /// At least one range: `1.1-1.3`.
    Range,
    /// All previous items: `All previous tasks`.
    AllPrevious,
    /// All tasks or phases.
    All,
}

/// Kind of entity that a name refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameKind {
    /// A task, by the word before the ID or the form of the ID.
    Task,
    /// A phase, by the word before the ID: phase, stage, milestone …
    Phase,
    /// A number without a word. The items of the document determine the kind.
    Number,
    /// Another document: `Plan 00032`.
    Document,
    /// Phases by words of their titles: `Setup`.
    Title,
}

/// A name in a value: an ID or a range of IDs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Kind of entity that the name refers to.
    pub kind: NameKind,
    /// Normalized ID; for a range the first one. The ID of a phase includes its word.
    pub first: Id,
    /// Last ID of a range.
    pub last: Option<Id>,
    /// Byte range in the value, including the word.
    pub range: Range<usize>,
}

impl Name {
    /// Returns the ID, or both ends of a range.
    pub fn ids(&self) -> SmallVec<[Id; 1]> {
        [Some(&self.first), self.last.as_ref()].into_iter().flatten().cloned().collect()
    }
}

/// A parsed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    /// Syntactic class of the value.
    pub class: ValueClass,
    /// Names in order.
    pub names: Vec<Name>,
    /// Whether the value consists of IDs only, apart from remarks. Only then is an unknown name an error.
    pub strict: bool,
    /// For the classes `All` and `AllPrevious`: phases or tasks, if the value names one of them.
    pub all: Option<NameKind>,
}

static NONE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(?:none|n/a|nothing|nil|no|keine?|aucune?|无|無し?|なし|没有|沒有|없음|ningun[oa]s?|nenhuma?|nessun[oa]|geen|brak|yok|нет)(?:[^\w-]|$)|^(?:\[\]|-|—|–|\{\})\s*$",
    )
});

static ALL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^(?:all|every)\s+(?:of\s+)?(?:the\s+)?
        (?:(?<previous>previous|prior|preceding|earlier|above|foregoing)\s*(?:tasks?|phases?|steps?|milestones?|stages?|work|items?)?
          |(?:other\s+)?(?<what>tasks?|phases?|steps?|milestones?|stages?)(?:\s+(?<above>above|before))?)
        \s*(?<rest>.*)$",
    )
});

static NAME_PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    let number = format!(r"(?:\d+(?:\.\d+)*[a-z]?|{PREFIXED})");
    regex(&format!(
        r"(?x)^
        (?: (?i:(?<document>plans?))\ \#?(?<plan>\d+)
          | (?: (?i:(?<phase>{PHASE_WORDS})(?:e?s)?) | (?i:(?<task>{TASK_WORDS}|stories|item)s?) )
            (?:\s*-\s*|\s*\#\s*|\s*) (?<worded>{number}|(?-i:[A-Z]|[IVX]{{1,4}})\b)
          | (?i:user\ stor(?:y|ies))\ (?<story>\d+)
          | \#?(?<unworded>{number}) )"
    ))
});

/// A prefixed ID whose prefix is also a word for a phase or task: `TASK-001`.
static KEYWORD_ID: LazyLock<Regex> = LazyLock::new(|| regex(&format!(r"^(?:{PREFIXED})")));

static RANGE_END: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?x)^\s*(?:-|–|—|\.\.+|\bto\b|\bthrough\b|\bthru\b|\bbis\b|\bà\b|至|到|~|〜|～)\s*
        (?:(?i:{PHASE_WORDS}|{TASK_WORDS})s?\s*)?\#?(?<last>\d+(?:\.\d+)*[a-z]?|{PREFIXED}|(?-i:[A-Z]|[IVX]{{1,4}})\b)"
    ))
});

static MENTION: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"(?:^|[^\w-])(?<name>(?i:{PHASE_WORDS}|{TASK_WORDS})(?:s)?[\s#]*\d|{PREFIXED})"))
});

/// The separator before a further number of a list: `Phases 1, 2 and 3`.
static LISTED_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^(?:\s*,\s*(?:and\s+|or\s+|&\s*)?|\s+(?:and|or|und)\s+|\s*[&/+]\s*)(?<number>\d)")
});

/// Returns all names in a text that have a word or prefix: `After Phase 1`, `Task 1.2 ──→ Task 1.3`, and the further
/// numbers of a list after a word in the plural: `Phases 1 and 2`. A priority is not a name: `(Priority: P2)`.
pub fn mentions(text: &str) -> Value {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(found) = MENTION.captures_at(text, at).and_then(|found| found.name("name")) {
        let named = name_at(text, found.start(), None, &CustomNouns::NONE)
            .filter(|(name, _)| name.kind != NameKind::Number && !is_priority(text, &name.range));
        let Some((name, word)) = named else {
            at = found.end();
            continue;
        };
        at = name.range.end;
        let written = text[name.range.clone()].trim_end_matches(|c: char| !c.is_alphabetic());
        let is_plural = word.is_some() && written.ends_with(['s', 'S']);
        names.push(name);
        while is_plural
            && let Some(number) = LISTED_NUMBER.captures(&text[at..]).and_then(|next| next.name("number"))
            && let Some((name, _)) = name_at(text, at + number.start(), word.as_ref(), &CustomNouns::NONE)
        {
            at = name.range.end;
            names.push(name);
        }
    }
    let class = if names.is_empty() { ValueClass::Prose } else { ValueClass::List };
    Value { class, names, strict: false, all: None }
}

/// Returns whether a text in the form of a short phase ID is a priority: `P` with a digit.
pub fn has_priority_form(text: &str) -> bool {
    matches!(text.as_bytes(), [b'P', digit] if digit.is_ascii_digit())
}

/// Returns whether the text states a priority at a range: after the word, or alone in brackets.
fn is_priority(text: &str, range: &Range<usize>) -> bool {
    if !has_priority_form(&text[range.clone()]) {
        return false;
    }
    let before = text[..range.start].trim_end_matches([' ', '*', '_', '`', '(', '[', ':', '=']);
    let (open, close) = (text[..range.start].chars().next_back(), text[range.end..].chars().next());
    let is_alone = matches!((open, close), (Some('('), Some(')')) | (Some('['), Some(']')));
    // `Phase 2 (P2)` defines the abbreviation.
    is_alone && !before.ends_with(&text[range.start + 1..range.end]) || ends_with_priority_word(before)
}

fn ends_with_priority_word(text: &str) -> bool {
    let start = text.trim_end_matches(char::is_alphabetic).len();
    ["priority", "priorities", "prio"].iter().any(|word| text[start..].eq_ignore_ascii_case(word))
}

/// Returns whether a text names a priority after the word for it: `Priority: P2`. In such a document, `P2` is not the
/// phase 2.
pub fn states_priority(text: &str) -> bool {
    static PRIORITY: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?i)\bprio(?:rity|rities)?\b[\s:=*_`(\[]{1,6}P\d\b"));
    crate::ascii::contains(text, "prio") && PRIORITY.is_match(text)
}

/// Words that exclude a name from a value.
static NEGATION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:not|without|except|parallel|independent(?:ly)?|optional(?:ly)?|unless|instead|never|if|before|blocks?|unrelated)\b|n't\b",
    )
});

/// Words that may follow a name without turning the value into prose.
static COMPLETION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^[\s.*_`"'\]✅☑️]*(?:(?:is|are|must\s+be|fully|being|to\s+be)\s+)*(?:complete[d]?|completion|done|finished|merged|implemented|landed|approved|verified|ready|deliverables?|outputs?|tasks?)?[\s.*_`"'\]✅☑️]*$"#,
    )
});

/// Parses a value.
pub fn parse(value: &str) -> Value {
    parse_with(value, &CustomNouns::NONE)
}

/// Parses a value in a document with custom nouns for phases and tasks.
pub(crate) fn parse_with(value: &str, nouns: &CustomNouns) -> Value {
    let without_names = |class| Value { class, names: Vec::new(), strict: false, all: None };
    let trimmed = value.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
    if trimmed.is_empty() {
        return without_names(ValueClass::Empty);
    }
    if NONE.is_match(trimmed) {
        return without_names(ValueClass::None);
    }
    if is_placeholder(trimmed, nouns) {
        return without_names(ValueClass::Placeholder);
    }
    let mut cursor = ValueCursor { value, offset: 0, nouns };
    cursor.skip_decoration();
    if NONE.is_match(cursor.rest()) {
        return without_names(ValueClass::None);
    }
    let starts_with_all = ["all", "every"].into_iter().any(|word| starts_with(cursor.rest(), word));
    if let Some(all) = starts_with_all.then(|| ALL.captures(cursor.rest())).flatten() {
        let rest = all.name("rest").map_or("", |rest| rest.as_str());
        let is_previous = all.name("previous").is_some() || all.name("above").is_some();
        let has_name = all.name("what").is_some() && rest.starts_with(|c: char| c.is_ascii_digit());
        if !has_name && (COMPLETION.is_match(strip_remarks(rest)) || is_previous) {
            let matched = all.get(0).map_or("", |all| all.as_str()).to_lowercase();
            let contains_any = |words: [&str; 3]| words.iter().any(|word| matched.contains(word));
            let kind = if contains_any(["phase", "milestone", "stage"]) {
                Some(NameKind::Phase)
            } else {
                contains_any(["task", "step", "item"]).then_some(NameKind::Task)
            };
            return Value {
                all: kind,
                ..without_names(if is_previous { ValueClass::AllPrevious } else { ValueClass::All })
            };
        }
        // `All phases 1-3`, `All of Phase 2`: a name follows.
        let word = all.name("what").filter(|_| has_name);
        cursor.offset += word.map_or_else(|| all_prefix(cursor.rest()), |word| word.start());
    } else {
        cursor.offset += all_prefix(cursor.rest());
    }
    names(cursor)
}

/// Words that mean the phases of all user stories.
pub(crate) const ALL_STORIES: &str = "user-stories";

/// Phases by their titles: `Setup completion`, `Foundational (Phase 2)`, `all desired user stories being complete`.
static TITLED_PHASES: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^\s*(?:all\s+(?:(?:the|of|other|desired)\s+)*(?<stories>user\ stories)
          | (?:the\s+)?(?<title>(?-i:\p{Lu})[\w/&-]*(?:\ [\w/&-]+){0,5}?))
        (?:\s+phase)?(?:\s+(?:is|are|be|being|must|fully))*
        (?:\s+(?:complete[d]?|completion|done|finished))?
        \s*(?:\((?<remark>[^()]*)\)\s*)?[.*_]*\s*$",
    )
});

/// Parses a value that names phases by their titles. The document determines whether there are such phases.
pub(crate) fn parse_titles(value: &str, nouns: &CustomNouns) -> Option<Value> {
    let ends = [" - ", " – ", " — ", ";", ". "].into_iter().filter_map(|end| value.find(end));
    let value = &value[..ends.min().unwrap_or(value.len())];
    let mut names = Vec::new();
    for part in split_outside_parentheses(value) {
        let captures = TITLED_PHASES.captures(&value[part.clone()])?;
        let remark = captures.name("remark").map(|remark| remark.range());
        let within = |range: &Range<usize>| part.start + range.start..part.start + range.end;
        // `Foundational (Phase 2)`
        let phases = remark.and_then(|remark| {
            let named = parse_with(&value[within(&remark)], nouns);
            let is_phase = |name: &Name| name.kind == NameKind::Phase;
            (named.strict && named.names.iter().all(is_phase)).then(|| (within(&remark).start, named.names))
        });
        match (phases, captures.name("title")) {
            (Some((start, phases)), _) => names.extend(
                phases
                    .into_iter()
                    .map(|name| Name { range: start + name.range.start..start + name.range.end, ..name }),
            ),
            (None, title) => {
                let words = title.map_or(ALL_STORIES, |title| title.as_str());
                let named = title.or_else(|| captures.name("stories"))?.range();
                names.push(Name {
                    kind: NameKind::Title,
                    first: Id::title(words),
                    last: None,
                    range: within(&named),
                });
            }
        }
    }
    let class = match &names[..] {
        [] => return None,
        [_] => ValueClass::Single,
        _ => ValueClass::List,
    };
    Some(Value { class, names, strict: false, all: None })
}

/// Returns the parts of a text between commas and conjunctions that are not in parentheses.
fn split_outside_parentheses(text: &str) -> Vec<Range<usize>> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if at < start || depth > 0 {
            continue;
        }
        let separators = [",", " and ", " + "].into_iter();
        if let Some(separator) = separators.into_iter().find(|separator| text[at..].starts_with(separator)) {
            parts.push(start..at);
            start = at + separator.len();
        }
    }
    parts.push(start..text.len());
    parts
}

/// Returns the length of a phrase that may precede the first name.
fn all_prefix(text: &str) -> usize {
    ["all of ", "all ", "completion of ", "the "]
        .into_iter()
        .find(|prefix| starts_with(text, prefix))
        .map_or(0, |prefix| prefix.len())
}

/// Returns whether a value is an unfilled placeholder: `[None | Task X.Y]`, `[Other task if applicable]`, `Task X.Y`.
fn is_placeholder(value: &str, nouns: &CustomNouns) -> bool {
    if state::is_unfilled(value) {
        return true;
    }
    let is_pattern = |text: &str| {
        let mut words = text.split([' ', '.']).filter(|word| !word.is_empty()).peekable();
        words.peek().is_some()
            && words.clone().any(|word| matches!(word, "X" | "Y" | "N" | "N.M" | "XXX"))
            && words.all(|word| {
                matches!(word, "X" | "Y" | "N" | "M" | "XXX" | "Task" | "Tasks" | "Phase" | "Step")
            })
    };
    let inner = value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    match inner {
        // Nested brackets are a filled list.
        Some(inner) if inner.contains(['[', ']']) => false,
        Some(inner) if inner.trim().is_empty() => false,
        Some(inner) => {
            !matches!(
                names(ValueCursor { value: inner, offset: 0, nouns }).class,
                ValueClass::Single | ValueClass::List | ValueClass::Range
            ) && !NONE.is_match(inner.trim_start_matches(['"', '\'']))
        }
        None => is_pattern(value),
    }
}

/// Returns the text before the first remark.
fn strip_remarks(text: &str) -> &str {
    text.find(['(', '（', '—', ';']).map_or(text, |at| &text[..at])
}

struct ValueCursor<'a> {
    value: &'a str,
    offset: usize,
    nouns: &'a CustomNouns,
}

impl<'a> ValueCursor<'a> {
    fn rest(&self) -> &'a str {
        &self.value[self.offset..]
    }

    /// Skips whitespace, emphasis, quotes, brackets and emoji.
    fn skip_decoration(&mut self) {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches(|c: char| {
            c.is_whitespace()
                || matches!(c, '*' | '`' | '"' | '\'' | '[' | ']' | '_' | '~' | '→' | '\u{fe0f}')
                || (!c.is_ascii() && !c.is_alphanumeric() && !matches!(c, '—' | '–'))
        });
        self.offset += rest.len() - trimmed.len();
    }
}

/// Parses the names after the cursor.
fn names(mut cursor: ValueCursor<'_>) -> Value {
    let mut names: Vec<Name> = Vec::new();
    // The keyword that applies to the following numbers: `Tasks 1.1, 1.2`, `Milestones 2 and 3`.
    let mut word: Option<Word> = None;
    let (mut strict, mut seen_prose) = (true, false);
    loop {
        cursor.skip_decoration();
        if cursor.rest().is_empty() {
            break;
        }
        let found = name_at(cursor.value, cursor.offset, word.as_ref(), cursor.nouns);
        if let Some((name, _)) = &found {
            cursor.offset = name.range.end;
        }
        let (tail, ended) = cursor.clause(word.as_ref());
        let only_name = tail.is_empty() || COMPLETION.is_match(&tail) || words::is_completion(&tail);
        match found {
            Some((name, own_word)) if !seen_prose || own_word.is_some() => {
                // A number followed by words is a quantity: `3 reviews`.
                let may_be_quantity = name.kind == NameKind::Number && name.last.is_none();
                if only_name || !may_be_quantity && !NEGATION.is_match(&tail) {
                    names.push(name);
                }
                strict &= only_name;
                word = own_word.or(word).filter(|_| only_name);
            }
            _ => {
                strict = false;
                seen_prose = true;
                word = None;
            }
        }
        if ended {
            break;
        }
    }
    let class = match &names[..] {
        [] => ValueClass::Prose,
        names if names.iter().any(|name| name.last.is_some()) => ValueClass::Range,
        [_] => ValueClass::Single,
        _ => ValueClass::List,
    };
    let strict = strict && class != ValueClass::Prose;
    Value { class, names, strict, all: None }
}

/// Keyword before a number.
#[derive(Clone, Debug)]
enum Word {
    Task,
    Phase(String),
    Plan,
}

/// Parses the name at `offset`. Returns the name and its keyword. `inherited` is the keyword of the preceding name,
/// which applies to numbers without a keyword.
fn name_at(
    value: &str,
    offset: usize,
    inherited: Option<&Word>,
    nouns: &CustomNouns,
) -> Option<(Name, Option<Word>)> {
    let text = &value[offset..];
    if let Some(found) = numbered_noun(text, nouns)
        .filter(|found| !found.needs_separator || ends_name(&text[found.range.end..]))
    {
        return other_name(text, offset, found);
    }
    // A cheap check: most words of prose start with other characters.
    let may_name = |first: &u8| {
        first.is_ascii_digit()
            || first.is_ascii_uppercase()
            || !first.is_ascii()
            || matches!(first, b'#' | b'i' | b'm' | b'p' | b's' | b't' | b'u' | b'w')
    };
    let captures =
        text.as_bytes().first().filter(|first| may_name(first)).and_then(|_| NAME_PATTERN.captures(text))?;
    let own_word = match (captures.name("phase"), captures.name("task")) {
        (Some(phase), _) => Some(Word::Phase(phase.as_str().to_lowercase())),
        (_, Some(_)) => Some(Word::Task),
        _ if captures.name("story").is_some() => Some(Word::Phase(USER_STORY.to_owned())),
        _ => captures.name("document").map(|_| Word::Plan),
    };
    let number = ["worded", "unworded", "plan", "story"].into_iter().find_map(|name| captures.name(name))?;
    let token = number.as_str();
    // In capitals and with a hyphen, the word is the prefix of the ID.
    let keyed = own_word.is_some().then(|| keyed_id(text)).flatten();
    let own_word = own_word.filter(|_| keyed.is_none());
    let (start, token) = keyed.map_or((number.start(), token), |keyed| (0, keyed));
    let mut end = start + token.len();
    let mut last = None;
    let mut first = token;
    if token.starts_with(|c: char| c.is_ascii_uppercase()) {
        if let Some((from, to)) = prefixed_range(token) {
            (first, last) = (from, Some(to));
        } else if !(is_prefixed(token) || token.len() == 1 && matches!(own_word, Some(Word::Phase(_)))) {
            return None;
        }
    }
    if last.is_none()
        && end < text.len()
        && let Some(to) = RANGE_END.captures(&text[end..]).and_then(|to| to.name("last"))
        && ends_id(&text[end + to.end()..])
        && id_pattern(to.as_str()) == id_pattern(first)
    {
        last = Some(to.as_str());
        end += to.end();
    }
    if !ends_id(&text[end..]) {
        return None;
    }
    let word = own_word.as_ref().or(inherited);
    let is_number = first.bytes().all(|byte| byte.is_ascii_digit());
    // `#2` is an issue or a task, never a phase.
    let has_hash = text[..start].ends_with('#');
    let to_id = |number: &str| match word {
        Some(Word::Phase(word))
            if !number.starts_with(|c: char| c.is_ascii_uppercase()) || number.len() == 1 =>
        {
            Id::phase(word, number)
        }
        Some(Word::Plan) if is_number => Id::plan(number),
        _ => Id::task(number),
    };
    let id = to_id(first);
    let kind = match word {
        _ if id.plan_number().is_some() => NameKind::Document,
        _ if id.phase_parts().is_some() => NameKind::Phase,
        None if is_number && !has_hash => NameKind::Number,
        _ => NameKind::Task,
    };
    Some((Name { kind, first: id, last: last.map(to_id), range: offset..offset + end }, own_word))
}

/// Returns the ID at the start of a text if its prefix consists of capitals and precedes a hyphen and a digit.
fn keyed_id(text: &str) -> Option<&str> {
    let prefix = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let is_keyed =
        prefix > 1 && matches!(text.as_bytes()[prefix..], [b'-', next, ..] if next.is_ascii_digit());
    is_keyed.then(|| KEYWORD_ID.find(text)).flatten().map(|found| found.as_str())
}

/// Returns whether a name ends before `rest`, because no words of a sentence follow.
fn ends_name(rest: &str) -> bool {
    !rest.trim_start().starts_with(char::is_alphanumeric)
}

/// Returns the name that consists of a number and a noun of another language or from settings, or the range that
/// starts with it: `Fase 1`, `阶段一`, `Fases 1-3`.
fn other_name(text: &str, offset: usize, found: NumberedNoun<'_>) -> Option<(Name, Option<Word>)> {
    let mut end = found.range.end;
    if !ends_id(&text[end..]) {
        return None;
    }
    let mut last = None;
    if let Some(to) = RANGE_END.captures(&text[end..]).and_then(|to| to.name("last"))
        && ends_id(&text[end + to.end()..])
        && id_pattern(to.as_str()) == id_pattern(&found.number)
    {
        last = Some(to.as_str());
        end += to.end();
    }
    let (kind, word) = match found.noun {
        Noun::Phase(word) => (NameKind::Phase, Word::Phase(word.to_owned())),
        Noun::Task | Noun::Step => (NameKind::Task, Word::Task),
    };
    let to_id = |number: &str| match &word {
        Word::Phase(word) => Id::phase(word, number),
        _ => Id::task(number),
    };
    let name = Name { kind, first: to_id(&found.number), last: last.map(to_id), range: offset..offset + end };
    Some((name, Some(word)))
}

/// Splits a token that is a range of prefixed IDs: `T001-T020`, `CHK-001-CHK-005`.
fn prefixed_range(token: &str) -> Option<(&str, &str)> {
    token.match_indices('-').map(|(at, _)| (&token[..at], &token[at + 1..])).find(|(from, to)| {
        to.starts_with(|c: char| c.is_ascii_uppercase())
            && is_prefixed(from)
            && is_prefixed(to)
            && id_pattern(from) == id_pattern(to)
    })
}

/// Returns an ID without its digits and trailing letter. The result is equal for both ends of a range.
fn id_pattern(id: &str) -> String {
    let id = id.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(id);
    if id.len() == 1 && id.starts_with(|c: char| c.is_ascii_uppercase()) {
        return "letter".into();
    }
    id.chars().filter(|c| !c.is_ascii_digit()).collect()
}

impl ValueCursor<'_> {
    /// Moves the cursor past the next separator. Returns the text before the separator, without remarks, and whether
    /// the value ends there: at a dash, at the end of a sentence, or at the end of the text.
    fn clause(&mut self, word: Option<&Word>) -> (String, bool) {
        let mut tail = String::new();
        let start = self.offset;
        while let Some(character) = self.rest().chars().next() {
            let rest = self.rest();
            let next = &rest[character.len_utf8()..];
            match character {
                '(' | '（' => match closing(rest) {
                    Some(close) => {
                        self.offset += close;
                        continue;
                    }
                    None => return (tail, true),
                },
                ',' | ';' | '&' | '+' | '、' | '，' | '；' | '\n' => {
                    self.offset += character.len_utf8();
                    return (tail, false);
                }
                '/' if self.offset == start => {
                    self.offset += 1;
                    return (tail, false);
                }
                '—' => return (tail, true),
                '-' | '–' if tail.ends_with(' ') && next.starts_with(' ') => return (tail, true),
                '.' if next.starts_with(' ') || next.is_empty() => return (tail, true),
                ' ' => {
                    for conjunction in ["and ", "or ", "und ", "plus "] {
                        if next.starts_with(conjunction)
                            && name_at(
                                self.value,
                                self.offset + 1 + conjunction.len(),
                                word.or(Some(&Word::Task)),
                                self.nouns,
                            )
                            .is_some()
                        {
                            self.offset += 1 + conjunction.len();
                            return (tail, false);
                        }
                    }
                    if let Some(length) = self.conjunction_length(next, word) {
                        self.offset += 1 + length;
                        return (tail, false);
                    }
                    tail.push(' ');
                    self.offset += 1;
                }
                other if !other.is_ascii() && self.conjunction_length(rest, word).is_some() => {
                    self.offset += self.conjunction_length(rest, word).unwrap_or_default();
                    return (tail, false);
                }
                other => {
                    tail.push(other);
                    self.offset += other.len_utf8();
                }
            }
        }
        (tail, true)
    }
}

impl ValueCursor<'_> {
    /// Returns the length of a conjunction of another language at the start of `rest`, the rest of the value, if a name
    /// follows it.
    fn conjunction_length(&self, rest: &str, word: Option<&Word>) -> Option<usize> {
        let length = words::conjunction_length(rest)?;
        let at = self.value.len() - rest.len() + length;
        let name = rest[length..].trim_start();
        let at = at + rest[length..].len() - name.len();
        name_at(self.value, at, word.or(Some(&Word::Task)), self.nouns).map(|_| length)
    }
}

/// Returns the length of the parenthesized group at the start of a text, including nested groups.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' | '（' => depth += 1,
            ')' | '）' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + character.len_utf8());
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

    fn formatted(value: &str) -> String {
        let parsed = parse(value);
        let names: Vec<String> = parsed
            .names
            .iter()
            .map(|name| {
                assert!(value.get(name.range.clone()).is_some());
                let kind = match name.kind {
                    NameKind::Number => "#",
                    _ => "",
                };
                let last = name.last.as_ref().map(|last| format!("..{last}")).unwrap_or_default();
                format!("{kind}{}{last}", name.first)
            })
            .collect();
        format!("{:?} {}{}", parsed.class, names.join(", "), if parsed.strict { "!" } else { "" })
    }

    #[test]
    fn names_in_text() {
        let names = |text: &str| {
            let names = mentions(text).names;
            names.iter().flat_map(|name| name.ids()).map(|id| id.to_string()).collect::<Vec<_>>().join(" ")
        };
        for (text, expected) in [
            ("after Phases 1 and 2, then Task 4.1", "phase 1 phase 2 4.1"),
            ("Phases 1, 2, and 3-4 follow", "phase 1 phase 2 phase 3 phase 4"),
            ("Tasks 1.1 & 1.2", "1.1 1.2"),
            ("Phase 1 and 2 people", "phase 1"),
            ("Phases 1 and two more", "phase 1"),
            ("P2 follows P1", "P2 P1"),
            ("Lend a book (Priority: P2)", ""),
            ("**Priority**: P1, after P3", "P3"),
            ("priority P2", ""),
            ("Lend a book (P2)", ""),
            ("Phase 2 (P2)", "phase 2 P2"),
            ("P2", "P2"),
            ("P2-T1 and T003", "P2-T1 T003"),
        ] {
            assert_eq!(names(text), expected, "{text}");
        }
        assert!(states_priority("Story (Priority: P2)") && states_priority("**Priority**: P0"));
        assert!(!states_priority("the priorities of P2") && !states_priority("Phase 2 (P2)"));
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
            ("Nothing — this is self-contained", "None "),
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
            ("User Story 1", "Single user story 1!"),
            ("User Stories 1, 2", "List user story 1, user story 2!"),
            ("Task 4.1 results; data at hand.", "Single 4.1"),
            ("A decision on storage; Task 2.1 schema.", "Single 2.1"),
            ("Results of the review, 3 approvals", "Prose "),
            ("Phase 3 not needed", "Prose "),
            ("3", "Single #3!"),
            ("1, 2", "List #1, #2!"),
            // An issue or a task, never a phase.
            ("#2 (Sprint 1)", "Single 2!"),
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
            ("P1 is in. May run next to P4 after P1 is out.", "Single P1"),
            ("a library, another library", "Prose "),
            ("2026-01-02", "Prose "),
        ];
        let wrong: Vec<String> = cases
            .into_iter()
            .map(|(value, expected)| (value, formatted(value), expected))
            .filter(|(_, actual, expected)| actual != expected)
            .map(|(value, actual, expected)| format!("{value:?}: {actual:?}, not {expected:?}"))
            .collect();
        assert_eq!(wrong.join("\n"), "");
    }
}
