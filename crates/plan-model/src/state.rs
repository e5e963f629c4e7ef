//! States, and the tables of characters, emoji and words that represent them.

use plan_syntax::outline;

use crate::{
    field::Meaning,
    words::{self, CustomNouns},
};

/// State of a task, phase or plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Not started.
    Open,
    /// In progress.
    Active,
    /// Cannot continue at the moment.
    Blocked,
    /// Done.
    Done,
    /// Postponed.
    Deferred,
    /// Abandoned or superseded.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Active, Self::Blocked, Self::Done, Self::Deferred, Self::Cancelled];

    /// Returns the name in output: `open`, `active`, `blocked`, `done`, `deferred`, `cancelled`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Active => "active",
            Self::Blocked => "blocked",
            Self::Done => "done",
            Self::Deferred => "deferred",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Checkbox characters. Those of [`EMOJI`] are allowed as well.
const CHECKBOX_CHARACTERS: [(&str, State); 14] = [
    (" ", State::Open),
    ("x", State::Done),
    ("X", State::Done),
    ("v", State::Done),
    ("V", State::Done),
    ("√", State::Done),
    ("✓", State::Done),
    ("✔", State::Done),
    ("/", State::Active),
    ("~", State::Active),
    (">", State::Active),
    ("!", State::Blocked),
    ("B", State::Blocked),
    ("-", State::Cancelled),
];

/// Emoji without variation selector.
const EMOJI: [(&str, State); 14] = [
    ("⬜", State::Open),
    ("☐", State::Open),
    ("📋", State::Open),
    ("🔄", State::Active),
    ("🚧", State::Active),
    ("🟡", State::Active),
    ("⏳", State::Active),
    ("🔴", State::Blocked),
    ("⛔", State::Blocked),
    ("✅", State::Done),
    ("☑", State::Done),
    ("✔", State::Done),
    ("✓", State::Done),
    ("❌", State::Cancelled),
];

/// Words in lower case, with spaces instead of hyphens and underscores, and without apostrophes. They represent
/// states in status values, and in other texts if they are delimited.
const STATE_WORDS: [(&str, State); 43] = [
    ("not started", State::Open),
    ("not done", State::Open),
    ("to do", State::Open),
    ("todo", State::Open),
    ("pending", State::Open),
    ("planned", State::Open),
    ("planning", State::Open),
    ("draft", State::Open),
    ("proposed", State::Open),
    ("approved", State::Open),
    ("accepted", State::Open),
    ("ready for implementation", State::Open),
    ("open", State::Open),
    ("in progress", State::Active),
    ("inprogress", State::Active),
    ("active", State::Active),
    ("started", State::Active),
    ("implementing", State::Active),
    ("ongoing", State::Active),
    ("wip", State::Active),
    ("work in progress", State::Active),
    ("blocked", State::Blocked),
    ("on hold", State::Blocked),
    ("done", State::Done),
    ("complete", State::Done),
    ("completed", State::Done),
    ("implemented", State::Done),
    ("finished", State::Done),
    ("shipped", State::Done),
    ("closed", State::Done),
    ("implementation complete", State::Done),
    ("deferred", State::Deferred),
    ("postponed", State::Deferred),
    ("cancelled", State::Cancelled),
    ("canceled", State::Cancelled),
    ("superseded", State::Cancelled),
    ("abandoned", State::Cancelled),
    ("obsolete", State::Cancelled),
    ("descoped", State::Cancelled),
    ("de scoped", State::Cancelled),
    ("skipped", State::Cancelled),
    ("wont do", State::Cancelled),
    ("n/a", State::Cancelled),
];

/// Words that are states in status values and in brackets at the end of headings. In other texts they usually have
/// another meaning: `Badge for pull requests (merged)`.
const VALUE_WORDS: [(&str, State); 100] = [
    ("backlog", State::Open),
    ("conceived", State::Open),
    ("drafted", State::Open),
    ("in planning", State::Open),
    ("awaiting approval", State::Open),
    ("pending approval", State::Open),
    ("waiting for approval", State::Open),
    ("proposal", State::Open),
    ("queued", State::Open),
    ("ready for dev", State::Open),
    ("ready for development", State::Open),
    ("ready for execution", State::Open),
    ("ready for planning", State::Open),
    ("ready for work", State::Open),
    ("ready to execute", State::Open),
    ("ready to implement", State::Open),
    ("ready to plan", State::Open),
    ("ready to start", State::Open),
    ("scheduled", State::Open),
    ("specified", State::Open),
    ("to be done", State::Open),
    ("unstarted", State::Open),
    ("upcoming", State::Open),
    ("at risk", State::Active),
    ("awaiting review", State::Active),
    ("begun", State::Active),
    ("behind", State::Active),
    ("behind schedule", State::Active),
    ("changes requested", State::Active),
    ("code review", State::Active),
    ("delayed", State::Active),
    ("developing", State::Active),
    ("doing", State::Active),
    ("executing", State::Active),
    ("implementation in progress", State::Active),
    ("in code review", State::Active),
    ("in development", State::Active),
    ("in execution", State::Active),
    ("in flight", State::Active),
    ("in implementation", State::Active),
    ("in process", State::Active),
    ("in qa", State::Active),
    ("in review", State::Active),
    ("in test", State::Active),
    ("in testing", State::Active),
    ("in work", State::Active),
    ("incomplete", State::Active),
    ("needs review", State::Active),
    ("off track", State::Active),
    ("on track", State::Active),
    ("partial", State::Active),
    ("partially", State::Active),
    ("pending review", State::Active),
    ("qa", State::Active),
    ("ready for deployment", State::Active),
    ("ready for done", State::Active),
    ("ready for merge", State::Active),
    ("ready for qa", State::Active),
    ("ready for release", State::Active),
    ("ready for review", State::Active),
    ("ready for test", State::Active),
    ("ready for testing", State::Active),
    ("ready to deploy", State::Active),
    ("ready to merge", State::Active),
    ("ready to release", State::Active),
    ("resumed", State::Active),
    ("review", State::Active),
    ("reviewing", State::Active),
    ("testing", State::Active),
    ("to review", State::Active),
    ("under development", State::Active),
    ("under review", State::Active),
    ("underway", State::Active),
    ("waiting for review", State::Active),
    ("paused", State::Blocked),
    ("stalled", State::Blocked),
    ("stuck", State::Blocked),
    ("waiting", State::Blocked),
    ("delivered", State::Done),
    ("deployed", State::Done),
    ("fixed", State::Done),
    ("integrated", State::Done),
    ("launched", State::Done),
    ("merged", State::Done),
    ("released", State::Done),
    ("resolved", State::Done),
    ("validated", State::Done),
    ("verified", State::Done),
    ("icebox", State::Deferred),
    ("parked", State::Deferred),
    ("shelved", State::Deferred),
    ("declined", State::Cancelled),
    ("dropped", State::Cancelled),
    ("deprecated", State::Cancelled),
    ("not applicable", State::Cancelled),
    ("not needed", State::Cancelled),
    ("out of scope", State::Cancelled),
    ("rejected", State::Cancelled),
    ("wont fix", State::Cancelled),
    ("withdrawn", State::Cancelled),
];

/// Adverbs for a state that is only partly reached: `partially complete`.
const PARTIAL_ADVERBS: [&str; 9] =
    ["partially", "partly", "mostly", "nearly", "almost", "largely", "half", "substantially", "mainly"];

/// Nouns for a part of a plan, if a number follows: `Phase 1 complete` does not describe the whole plan.
const PARTS: [&str; 12] = [
    "phase",
    "phases",
    "stage",
    "stages",
    "sprint",
    "step",
    "steps",
    "part",
    "milestone",
    "wave",
    "iteration",
    "week",
];

/// Words for remaining work in the remark on a done status: `Complete, deployment pending`.
const REMAINDERS: [&str; 8] =
    ["pending", "remaining", "remains", "in progress", "not yet", "awaiting", "partially", "outstanding"];

/// Words for remaining work if they end a clause of the remark: `Done; follow-up open`, but not `Done, open sourced`.
const CLOSING_REMAINDERS: [&str; 4] = ["open", "todo", "to do", "missing"];

/// Nouns after `with` that restrict a state: `Done with concerns`.
const RESERVATIONS: [&str; 10] = [
    "concern",
    "concerns",
    "issue",
    "issues",
    "caveat",
    "caveats",
    "exception",
    "exceptions",
    "reservations",
    "gaps",
];

/// Nouns for work that precedes that of a plan: after `Research complete`, the plan itself may not have started.
const PREPARATIONS: [&str; 14] = [
    "research",
    "design",
    "planning",
    "analysis",
    "investigation",
    "discovery",
    "exploration",
    "specification",
    "spec",
    "requirements",
    "documentation",
    "prototype",
    "review",
    "audit",
];

const VARIATION_SELECTORS: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];

/// Words and symbols that represent states: the built-in tables and custom entries from settings, which take
/// precedence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Vocabulary {
    words: Vec<(String, State)>,
    /// `None` for an emoji that does not represent a state in a document.
    symbols: Vec<(String, Option<State>)>,
    keys: Vec<(String, Meaning)>,
    nouns: CustomNouns,
}

impl Vocabulary {
    /// Adds the custom entries of another vocabulary, which take precedence.
    pub fn extend(&mut self, other: &Self) {
        self.words.splice(0..0, other.words.iter().cloned());
        self.symbols.splice(0..0, other.symbols.iter().cloned());
        self.keys.splice(0..0, other.keys.iter().cloned());
        self.nouns.extend(&other.nouns);
    }

    /// Adds a field key. The key is also recognized as a column title.
    pub fn add_key(&mut self, key: &str, meaning: Meaning) {
        let key = words::folded(key.trim());
        if !key.is_empty() {
            self.keys.push((key, meaning));
        }
    }

    /// Adds a noun that names phases before a number.
    pub fn add_phase_noun(&mut self, noun: &str) {
        self.nouns.add(noun, true);
    }

    /// Adds a noun that names tasks before a number.
    pub fn add_task_noun(&mut self, noun: &str) {
        self.nouns.add(noun, false);
    }

    /// Returns the nouns for phases and tasks from settings.
    pub(crate) fn nouns(&self) -> &CustomNouns {
        &self.nouns
    }

    /// Returns the meaning that settings give to a key.
    pub(crate) fn custom_meaning_of(&self, key: &str) -> Option<Meaning> {
        if self.keys.is_empty() {
            return None;
        }
        let key = words::folded(key);
        self.keys.iter().find(|(known, _)| *known == key).map(|(_, meaning)| *meaning)
    }

    /// Returns the meaning of a key; `None` for an unknown key.
    pub fn meaning_of(&self, key: &str) -> Option<Meaning> {
        self.custom_meaning_of(key).or_else(|| Meaning::of(key))
    }

    /// Adds a word, phrase or symbol. A single visible character is a symbol and is recognized as checkbox character
    /// and emoji; a longer text is a word.
    pub fn add(&mut self, entry: &str, state: State) {
        let entry = entry.trim().trim_end_matches(VARIATION_SELECTORS);
        if entry.chars().count() == 1 {
            self.symbols.push((entry.to_owned(), Some(state)));
        } else if !entry.is_empty() {
            self.words.push((normalize(entry), state));
        }
    }

    /// Returns the state of a checkbox character; `None` for an unknown one.
    pub fn of_checkbox_character(&self, character: &str) -> Option<State> {
        let character = character.trim_end_matches(VARIATION_SELECTORS);
        let custom = self.symbols.iter().find(|(symbol, _)| symbol == character).map(|(_, state)| *state);
        let built_in = || {
            let mut entries = CHECKBOX_CHARACTERS.iter().chain(&EMOJI);
            entries.find(|(symbol, _)| *symbol == character).map(|(_, state)| *state)
        };
        custom.unwrap_or_else(built_in)
    }

    /// Returns the built-in names of states in status values, in lower case.
    pub fn status_names() -> impl Iterator<Item = &'static str> {
        STATE_WORDS.iter().chain(&VALUE_WORDS).map(|(name, _)| *name)
    }

    /// Returns the vocabulary of a document that gives emoji these meanings. Custom entries still take precedence.
    pub(crate) fn with_emoji(&self, meanings: &[(String, Option<State>)]) -> Self {
        let mut vocabulary = self.clone();
        vocabulary.symbols.extend(meanings.iter().cloned());
        vocabulary
    }

    fn emoji(&self) -> impl Iterator<Item = (&str, Option<State>)> {
        let custom = self.symbols.iter().filter(|(symbol, _)| !symbol.is_ascii());
        let built_in = EMOJI.into_iter().map(|(emoji, state)| (emoji, Some(state)));
        custom.map(|(emoji, state)| (emoji.as_str(), *state)).chain(built_in)
    }

    /// Returns the state emoji at the start of a text: its length in bytes, including a variation selector, and its
    /// state.
    pub fn leading_emoji(&self, text: &str) -> Option<(usize, State)> {
        if text.as_bytes().first()?.is_ascii() {
            return None;
        }
        let (emoji, state) = self.emoji().find(|(emoji, _)| text.starts_with(emoji))?;
        let state = state?;
        let rest = &text[emoji.len()..];
        let selector =
            rest.chars().next().filter(|next| VARIATION_SELECTORS.contains(next)).map_or(0, char::len_utf8);
        Some((emoji.len() + selector, state))
    }

    /// Returns the state emoji at the end of a text: its offset and its state.
    pub fn trailing_emoji(&self, text: &str) -> Option<(usize, State)> {
        if text.as_bytes().last()?.is_ascii() {
            return None;
        }
        let text = text.trim_end_matches(VARIATION_SELECTORS);
        let (emoji, state) = self.emoji().find(|(emoji, _)| text.ends_with(emoji))?;
        Some((text.len() - emoji.len(), state?))
    }

    /// Returns the state of a status value, ignoring emphasis, brackets, dates, percentages and remarks: `✅
    /// **Complete** (2026-02-10)` is done. `None` for unknown words, for an unfilled value (`Draft | Done`) and for the
    /// state of a part (`Phase 1 complete`).
    pub fn of_value(&self, value: &str) -> Option<State> {
        if is_unfilled(value) {
            return None;
        }
        let value = value.trim();
        // `[x] Completed`
        if let Some(character) = outline::checkbox_character(value) {
            let rest = value[character.len() + 2..].trim();
            return self.of_value(rest).or_else(|| self.of_checkbox_character(character));
        }
        let state = self.read(value, Self::of_words).or_else(|| {
            let words = value.split(['(', '（', '—', ';', '；']).next().unwrap_or_default();
            self.before_preposition(words)
        });
        let emoji = self.leading_emoji(value).map(|(_, state)| state);
        let emoji = emoji.or_else(|| self.trailing_emoji(value).map(|(_, state)| state));
        match (state, self.completion(value)) {
            // `✅ ACCEPTED` is finished work in one plan, and an approved proposal in another.
            (Some(State::Open), _) if emoji == Some(State::Done) => None,
            (None | Some(State::Done), Some(100)) if is_about_part(value) || is_about_preparation(value) => {
                None
            }
            (None | Some(State::Done), Some(percent)) => Some(match percent {
                100.. => State::Done,
                0 => State::Open,
                _ => State::Active,
            }),
            (Some(State::Done), None) if is_about_part(value) || is_about_preparation(value) => None,
            (Some(State::Done), None) if has_remainder(value) => Some(State::Active),
            (state, _) => state,
        }
    }

    /// Returns whether a status value requests a review of finished work: `Ready for Review`, `In QA`.
    pub fn requests_review(&self, value: &str) -> bool {
        const REVIEW: [&str; 17] = [
            "awaiting review",
            "code review",
            "in code review",
            "in qa",
            "in review",
            "needs review",
            "pending review",
            "qa",
            "ready for done",
            "ready for merge",
            "ready for qa",
            "ready for review",
            "ready to merge",
            "review",
            "to review",
            "under review",
            "waiting for review",
        ];
        let words = value.trim_start_matches(|c: char| !c.is_alphanumeric());
        let words = words.split(['(', '—', '–', ';', ',', '*', '|', '.']).next().unwrap_or_default();
        let words = words.split(" - ").next().unwrap_or_default();
        self.of_value(value) == Some(State::Active) && REVIEW.contains(&&*normalize(words))
    }

    /// Returns the state of a remark in brackets if the remark has no other words: `done by hand` is not a state.
    /// With `is_heading`, all words of status values are recognized. Code and lists of values (`open, done`) are not
    /// states.
    pub(crate) fn of_remark(&self, remark: &str, is_heading: bool) -> Option<State> {
        // `TODO/FIXME` is not a single state.
        let first = remark.split([' ', '(']).next().unwrap_or_default();
        if first.contains('/') && self.of_words(first).is_none() || self.is_enumeration(remark) {
            return None;
        }
        let state = self.read(remark, if is_heading { Self::of_words } else { Self::of_text_words })?;
        let is_partly = state == State::Done && self.completion(remark).is_some_and(|percent| percent < 100);
        Some(if is_partly { State::Active } else { state })
    }

    /// Returns whether a remark lists values instead of stating one: it starts with code, or has two states or three
    /// single words.
    pub(crate) fn is_enumeration(&self, remark: &str) -> bool {
        if remark.trim_start().starts_with('`') {
            return true;
        }
        let parts: Vec<&str> = remark
            .split([',', '/', '|', ';', '→'])
            .flat_map(|part| part.split(" or "))
            .flat_map(|part| part.split("->"))
            .map(str::trim)
            .collect();
        let is_value = |part: &&&str| {
            let words = part.trim_start_matches(|c: char| !c.is_alphanumeric());
            // `🔴 vacant, 🟢 occupied`: a symbol before a word.
            part.starts_with(|c: char| !c.is_ascii() && !c.is_alphabetic()) && !words.is_empty()
                || self.of_words(words).is_some()
        };
        let are_single_words =
            || parts.iter().all(|part| !part.is_empty() && part.chars().all(char::is_alphabetic));
        parts.iter().filter(is_value).count() > 1 || parts.len() > 2 && are_single_words()
    }

    fn read(&self, value: &str, of_words: impl Fn(&Self, &str) -> Option<State>) -> Option<State> {
        let of_words = |words: &str| of_words(self, words);
        if is_unfilled(value) {
            return None;
        }
        let mut text = value.trim();
        let mut emoji = None;
        while let Some((length, state)) = self.leading_emoji(text) {
            emoji = emoji.or(Some(state));
            text = text[length..].trim_start();
        }
        let text = text.trim_start_matches(|c: char| {
            !c.is_alphanumeric() && !matches!(c, '(' | '（' | '—' | '–' | ';' | ']')
        });
        let words = text
            .find(['(', '（', '—', '–', ';', '；', ']', '】', '*', '`', '"', ',', '，', '。'])
            .map_or(text, |at| &text[..at])
            .trim_end();
        of_words(words)
            .or_else(|| {
                let at = words.find([':', '：', '.', '|', '/', '-'])?;
                // `complete-or-abort` is a compound, `todo.md` a file.
                let is_compound =
                    words[at..].starts_with(['-', '.']) && words[at + 1..].starts_with(char::is_alphabetic);
                if is_compound { None } else { of_words(&words[..at]) }
            })
            .or_else(|| words.find(" - ").and_then(|at| of_words(&words[..at])))
            .or_else(|| {
                // `Complete 2026-02-10`, `In Progress 40%`, `In Progress ~40%`
                let word_end = words.find(|c: char| c.is_ascii_digit() || c == '~')?;
                of_words(&words[..word_end])
            })
            .or_else(|| emoji.or_else(|| self.trailing_emoji(value.trim()).map(|(_, state)| state)))
    }

    /// Returns the state before the first preposition: `Superseded by another plan`, `Completed on`. `Complete for
    /// Phase 1` describes a part of a plan, and the meaning of `Ready for …` depends on the following words.
    fn before_preposition(&self, words: &str) -> Option<State> {
        let words = words.trim_start_matches(|c: char| !c.is_alphanumeric());
        const ENGLISH: [&str; 14] = [
            "by", "to", "until", "on", "in", "with", "for", "since", "as", "at", "and", "but", "via",
            "pending",
        ];
        let mut at = 0;
        for word in words.split(' ') {
            let preposition = word.to_lowercase();
            let is_preposition = |word: &str| ENGLISH.contains(&word) || words::PREPOSITIONS.contains(&word);
            if at > 0 && is_preposition(&preposition) {
                let state = self.of_words(&words[..at])?;
                let rest = words.get(at + word.len()..).unwrap_or_default();
                let is_part = matches!(&*preposition, "for" | "to" | "until") && is_about_part(rest);
                // `Done with concerns` is a value of its own, whose meaning is unknown.
                let is_qualified = preposition == "with"
                    && rest
                        .split(|c: char| !c.is_alphabetic())
                        .any(|word| RESERVATIONS.iter().any(|known| word.eq_ignore_ascii_case(known)));
                return (!is_part && !is_qualified).then_some(state);
            }
            at += word.len() + 1;
        }
        None
    }

    /// Returns the percentage that a value states as its completion: `(70%)`, `Complete 95%`, `80% complete`. `(85%
    /// test coverage)` is not a completion.
    fn completion(&self, value: &str) -> Option<u32> {
        let (before, after) = value.split_once('%')?;
        let before = before.trim_end();
        let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (before, number) = before.split_at(before.len() - digits);
        let percent = number.parse::<f64>().ok().filter(|percent| *percent <= 100.0)? as u32;
        let next = after.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
        let word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        if !word.is_empty() && !next.starts_with(word) || word.is_empty() {
            // The percentage is alone in brackets, or follows the state or a colon.
            let group = before.rsplit(['(', '[', '—', '–', ',', ';']).next().unwrap_or_default();
            let group = group.trim_matches(|c: char| !c.is_alphanumeric());
            return (group.is_empty() || self.of_words(group).is_some()).then_some(percent);
        }
        let is_completion =
            word.to_lowercase().starts_with("complet") || self.of_text_words(word) == Some(State::Done);
        is_completion.then_some(percent)
    }

    /// Returns the state of a word or phrase, ignoring case, hyphens, underscores and apostrophes.
    pub fn of_words(&self, words: &str) -> Option<State> {
        let words = normalize(words);
        self.known_state(&words, true).or_else(|| self.with_adverb(&words, true))
    }

    /// Returns the state of a delimited word or phrase in a text. In texts, fewer words represent states than in
    /// values.
    pub(crate) fn of_text_words(&self, words: &str) -> Option<State> {
        let words = normalize(words);
        self.known_state(&words, false).or_else(|| self.with_adverb(&words, false))
    }

    fn known_state(&self, words: &str, in_value: bool) -> Option<State> {
        let find = |table: &[(&str, State)]| {
            table.iter().find(|(known, _)| *known == words).map(|(_, state)| *state)
        };
        let custom = self.words.iter().find(|(known, _)| *known == words).map(|(_, state)| *state);
        let english = || find(&STATE_WORDS).or_else(|| if in_value { find(&VALUE_WORDS) } else { None });
        custom.or_else(english).or_else(|| words::state(words))
    }

    /// Returns the state of `partially complete`, `fully implemented`, `not implemented`, `all phases complete`.
    fn with_adverb(&self, words: &str, in_value: bool) -> Option<State> {
        let (adverb, rest) = words.split_once(' ')?;
        let rest = if adverb == "not" { rest.strip_prefix("yet ").unwrap_or(rest) } else { rest };
        // Fast path: most phrases start with other words.
        let is_adverb = matches!(adverb, "not" | "fully" | "successfully" | "now" | "all");
        if !is_adverb && !PARTIAL_ADVERBS.contains(&adverb) {
            return None;
        }
        let state = self.known_state(rest, in_value);
        match adverb {
            // In a text, `(not implemented, the type does it)` is an explanation.
            "not" if in_value => {
                state.filter(|state| matches!(state, State::Done | State::Active)).map(|_| State::Open)
            }
            "fully" | "successfully" | "now" => state.filter(|state| *state == State::Done),
            "all" => {
                self.known_state(rest.rsplit(' ').next()?, in_value).filter(|state| *state == State::Done)
            }
            _ if PARTIAL_ADVERBS.contains(&adverb) => {
                state.filter(|state| *state == State::Done).map(|_| State::Active)
            }
            _ => None,
        }
    }
}

/// Returns whether a text starts with a part of a plan and its number: `Phase 1-6`, `Sprint 2`.
fn is_about_part(text: &str) -> bool {
    // `Implementation complete for #291`
    if text.split(" for #").skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
        return true;
    }
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let mut words = text.split(|c: char| c.is_whitespace() || c == '-');
    let is_part = words.next().is_some_and(|word| PARTS.iter().any(|part| word.eq_ignore_ascii_case(part)));
    is_part && words.next().is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
}

/// Returns whether a text starts with the completion of work that precedes that of a plan: `Research complete`.
fn is_about_preparation(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let is_preparation = words
        .next()
        .is_some_and(|word| PREPARATIONS.iter().any(|preparation| word.eq_ignore_ascii_case(preparation)));
    is_preparation
        && words.next().is_some_and(|word| {
            ["complete", "completed", "done", "finished"].iter().any(|done| word.eq_ignore_ascii_case(done))
        })
}

/// Words before a remainder that negate it or put it in the past: `no known issues remaining`, `previously pending`.
const NEGATIONS: [&str; 12] =
    ["no", "nothing", "none", "0", "zero", "sin", "sem", "sans", "keine", "was", "previously", "formerly"];

/// Maximum number of bytes of a status value that are searched for remaining work.
const MAX_REMARK_BYTES: usize = 120;

/// Returns whether the remark after a state mentions remaining work: `Complete, deployment pending`. A preceding `no`
/// or similar word negates it.
fn has_remainder(value: &str) -> bool {
    let words = normalize(value);
    if !words.is_ascii() && words::has_remainder(&words) {
        return true;
    }
    let mut end = words.len().min(MAX_REMARK_BYTES);
    while !words.is_char_boundary(end) {
        end -= 1;
    }
    let words = &words[..end];
    let closing = CLOSING_REMAINDERS.iter().map(|remainder| (remainder, true));
    REMAINDERS.iter().chain(words::REMAINDER_WORDS).map(|remainder| (remainder, false)).chain(closing).any(
        |(remainder, is_closing)| {
            words.match_indices(remainder).any(|(at, _)| {
                let (before, after) = (&words[..at], &words[at + remainder.len()..]);
                let is_word = !before.ends_with(char::is_alphanumeric)
                    && match is_closing {
                        true => after.is_empty() || after.starts_with([',', ';', '.', ')', ']']),
                        false => !after.starts_with(char::is_alphanumeric),
                    };
                // `no known issues remaining`, but not `no tests, deployment pending`.
                let clause = before.rsplit([',', ';', '.', '(']).next().unwrap_or_default();
                let mut previous =
                    clause.split(|c: char| !c.is_alphanumeric()).rev().filter(|word| !word.is_empty());
                let is_negated = previous.by_ref().take(3).any(|word| NEGATIONS.contains(&word));
                at > 0 && is_word && !is_negated
            })
        },
    )
}

/// Normalizes words: lower case, one space for whitespace, hyphens and underscores, no apostrophes, letters and digits
/// at both ends.
fn normalize(words: &str) -> String {
    let words = words.trim_matches(|c: char| !c.is_alphanumeric());
    let mut normalized = String::with_capacity(words.len());
    let mut pending_space = false;
    for c in words.chars().filter(|c| !VARIATION_SELECTORS.contains(c) && !matches!(c, '\'' | '’')) {
        if matches!(c, '-' | '_') || c.is_whitespace() {
            pending_space = true;
            continue;
        }
        if std::mem::take(&mut pending_space) {
            normalized.push(' ');
        }
        normalized.extend(c.to_lowercase());
    }
    normalized
}

/// Returns whether a value is unfilled: it contains the options of the template (`[Draft | In Progress]`, `Draft /
/// Done`) or is a date pattern. Without brackets, every option must be a single word or phrase, because other values
/// may contain a bar.
pub fn is_unfilled(value: &str) -> bool {
    let value = value.trim();
    // `[completed/needs-fixes]`
    let is_choice = value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).is_some_and(|inner| {
        inner.contains('/')
            && inner.split('/').all(|name| {
                name.trim().starts_with(char::is_alphabetic)
                    && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '_'))
            })
    });
    if is_choice {
        return true;
    }
    let inner = value.trim_start_matches('[').trim_end_matches(']');
    if inner.contains("YYYY-MM-DD") {
        return true;
    }
    if inner.contains('|') && inner.split('|').all(is_option) {
        return true;
    }
    if inner.contains(" / ") {
        let mut states =
            inner.split(" / ").map(|part| Vocabulary::default().known_state(&normalize(part), true));
        let first = states.next().flatten();
        let others: Vec<Option<State>> = states.collect();
        if first.is_some() && others.iter().all(Option::is_some) && others.iter().any(|other| *other != first)
        {
            return true;
        }
    }
    inner.contains(" | ") && value.starts_with('[') && value.ends_with(']')
}

/// Returns whether a text looks like one of several options: up to three words, possibly after an emoji.
fn is_option(text: &str) -> bool {
    let words = text.trim().trim_start_matches(|c: char| !c.is_ascii() && !c.is_alphanumeric()).trim_start();
    let is_word = |word: &str| {
        word.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '_' | '\'' | '"' | '`' | '/'))
    };
    !words.is_empty() && words.split_whitespace().count() <= 3 && words.split_whitespace().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_value(value: &str) -> Option<State> {
        Vocabulary::default().of_value(value)
    }

    #[test]
    fn status_values() {
        let done = [
            "Done",
            "✅ Complete",
            "**Completed** (2026-02-10)",
            "[COMPLETED]",
            "complete — all of it",
            "Completed 2026-02-10",
            "Implemented; see below",
            "DONE.",
            "Completed on 2026-02-10",
            "Complete and merged",
            "✅",
        ];
        for value in done {
            assert_eq!(of_value(value), Some(State::Done), "{value}");
        }
        assert_eq!(of_value("in-progress"), Some(State::Active));
        assert_eq!(of_value("In Progress 40%"), Some(State::Active));
        assert_eq!(of_value("[NOT STARTED]"), Some(State::Open));
        assert_eq!(of_value("Accepted"), Some(State::Open));
        assert_eq!(of_value("✅ ACCEPTED"), None);
        assert_eq!(of_value("Approved ✅"), None);
        assert_eq!(of_value("[Draft | In Progress | Completed]"), None);
        assert_eq!(of_value("something else"), None);
        assert_eq!(of_value("Implementation complete for #291"), None);
        assert_eq!(of_value(""), None);
    }

    #[test]
    fn partial_values() {
        let active = [
            "PARTIALLY COMPLETE",
            "Mostly done",
            "Partial",
            "✅ Functional (70% complete)",
            "✅ Complete (70 %)",
            "Done 95%",
            "80% complete",
            "Implementation complete; deployment pending",
            "Done; follow-up open",
            "Complete (two tests missing)",
            "Complete: no tests, deployment pending",
            "IN_PROGRESS",
            "Complete, tests in progress",
            "Ready for Review",
            "QA",
            "Project made ✅ | Configuration in progress ⏳",
            "✅ IMPLEMENTADO — pendiente de revisión",
            "Abgeschlossen, Freigabe ausstehend",
            "✅ 已完成，待部署",
            "完了（レビュー待ち）",
        ];
        for value in active {
            assert_eq!(of_value(value), Some(State::Active), "{value}");
        }
        let done = [
            "Complete (85% test coverage)",
            "Complete (coverage 85%)",
            "Completed (no pending tasks)",
            "Done (no known issues remaining)",
            "Completado (sin tareas pendientes)",
            "已完成（无待办）",
            "✅ 100% complete",
            "All phases complete",
            "Fully implemented",
            "COMPLETED (stages E–F descoped)",
            "Completed with two spare boards",
            "Done, open sourced",
            "Done; no follow-up open",
            "✅ Implementation complete",
            "[x] Completed",
            "Released",
            "Merged to main",
        ];
        for value in done {
            assert_eq!(of_value(value), Some(State::Done), "{value}");
        }
        for value in ["N/A", "Won't Do", "Won’t do", "Skipped: the file was deleted", "de-scoped"] {
            assert_eq!(of_value(value), Some(State::Cancelled), "{value}");
        }
        for value in ["Not yet implemented", "Backlog", "ready-for-dev", "[ ] Pending"] {
            assert_eq!(of_value(value), Some(State::Open), "{value}");
        }
        let unknown = [
            "✅ Phase 1 Complete - all 14 lists",
            "✅ Phase 1-6 + Phase 9 Complete | Frontend (F-001 to F-019) Complete",
            "Complete for Phase 1",
            "Phase 1 Complete (100%)",
            "Ready for anything",
            "DONE_WITH_CONCERNS",
            "Done with concerns",
            "BLOCKED_BY_REVIEW",
            "Research Complete",
            "✅ Research complete",
            "✅ Design complete (100%)",
            "draft|active|done",
            "Draft / Done",
            "✅ PASSED | ❌ FAILED",
        ];
        for value in unknown {
            assert_eq!(of_value(value), None, "{value}");
        }
    }

    #[test]
    fn unfilled_values() {
        for value in
            ["[Draft | Done]", "Draft | In Progress | Done", "Draft / Done", "[None | Task X.Y]", "a|b"]
        {
            assert!(is_unfilled(value), "{value}");
        }
        for value in
            ["✅ Phase 1 Complete | Frontend (F-1) complete", "Done / Merged", "Done", "Tests: 4 | Done"]
        {
            assert!(!is_unfilled(value), "{value}");
        }
    }

    #[test]
    fn remarks() {
        let of_remark = |remark: &str| Vocabulary::default().of_remark(remark, false);
        assert_eq!(of_remark("done"), Some(State::Done));
        assert_eq!(of_remark("n/a"), Some(State::Cancelled));
        let lists = [
            "To Do, In Progress, Done",
            "active, suspended, archived",
            "🔴 vacant, 🟢 occupied",
            "`complete`, `Completed`",
            "open → done",
            "todo.md updated with results",
            "merged",
        ];
        for remark in lists {
            assert_eq!(of_remark(remark), None, "{remark}");
        }
        assert_eq!(Vocabulary::default().of_remark("Merged", true), Some(State::Done));
    }

    #[test]
    fn checkbox_characters() {
        assert_eq!(Vocabulary::default().of_checkbox_character("x"), Some(State::Done));
        assert_eq!(Vocabulary::default().of_checkbox_character("✅"), Some(State::Done));
        assert_eq!(Vocabulary::default().of_checkbox_character("☑\u{fe0f}"), Some(State::Done));
        assert_eq!(Vocabulary::default().of_checkbox_character("?"), None);
    }

    #[test]
    fn emoji_with_selectors() {
        assert_eq!(Vocabulary::default().leading_emoji("☑\u{fe0f} done"), Some((6, State::Done)));
        assert_eq!(Vocabulary::default().trailing_emoji("name ✅"), Some((5, State::Done)));
    }

    #[test]
    fn custom_entries() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.add("In Arbeit", State::Active);
        vocabulary.add("🟣", State::Blocked);
        vocabulary.add("done", State::Deferred);
        assert_eq!(vocabulary.of_value("**in Arbeit** (seit Mai)"), Some(State::Active));
        assert_eq!(vocabulary.of_checkbox_character("🟣"), Some(State::Blocked));
        assert_eq!(vocabulary.of_value("🟣 whatever"), Some(State::Blocked));
        assert_eq!(vocabulary.of_value("Done"), Some(State::Deferred), "custom words take precedence");
    }
}
