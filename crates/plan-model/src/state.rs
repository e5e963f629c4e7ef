//! States, and the tables of characters, emoji and words that represent them.

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

    /// Name in output: `open`, `active`, `blocked`, `done`, `deferred`, `cancelled`.
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
const CHECKBOX_CHARACTERS: [(&str, State); 11] = [
    (" ", State::Open),
    ("x", State::Done),
    ("X", State::Done),
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

/// Words in lower case, with spaces instead of hyphens and underscores.
const STATE_WORDS: [(&str, State); 39] = [
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
    ("fully implemented", State::Done),
    ("deferred", State::Deferred),
    ("postponed", State::Deferred),
    ("cancelled", State::Cancelled),
    ("canceled", State::Cancelled),
    ("superseded", State::Cancelled),
    ("abandoned", State::Cancelled),
    ("obsolete", State::Cancelled),
];

const VARIATION_SELECTORS: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];

/// Words and symbols that represent states: the built-in tables and custom entries from settings, which take
/// precedence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<(String, State)>,
    symbols: Vec<(String, State)>,
}

impl Vocabulary {
    /// Adds the custom entries of another vocabulary, which take precedence.
    pub fn extend(&mut self, other: &Self) {
        self.words.splice(0..0, other.words.iter().cloned());
        self.symbols.splice(0..0, other.symbols.iter().cloned());
    }

    /// Adds a word, phrase or symbol. A single visible character is a symbol, which counts as checkbox character and
    /// emoji; anything longer is a word.
    pub fn add(&mut self, entry: &str, state: State) {
        let entry = entry.trim().trim_end_matches(VARIATION_SELECTORS);
        if entry.chars().count() == 1 {
            self.symbols.push((entry.to_owned(), state));
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
        custom.or_else(built_in)
    }

    fn emoji(&self) -> impl Iterator<Item = (&str, State)> {
        let custom = self.symbols.iter().filter(|(symbol, _)| !symbol.is_ascii());
        custom.map(|(emoji, state)| (emoji.as_str(), *state)).chain(EMOJI)
    }

    /// Returns the state emoji at the start of a text: its length in bytes, including a variation selector, and its
    /// state.
    pub fn leading_emoji(&self, text: &str) -> Option<(usize, State)> {
        if text.as_bytes().first()?.is_ascii() {
            return None;
        }
        let (emoji, state) = self.emoji().find(|(emoji, _)| text.starts_with(emoji))?;
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
        Some((text.len() - emoji.len(), state))
    }

    /// Returns the state of a status value, ignoring emphasis, brackets, dates, percentages and remarks: `✅
    /// **Complete** (2026-02-10)` is done. `None` for unknown words and for an unfilled value (`Draft | Done`).
    pub fn of_value(&self, value: &str) -> Option<State> {
        self.read(value).or_else(|| {
            let words = value.split(['(', '—', ';']).next().unwrap_or_default();
            (!is_unfilled(value)).then(|| self.before_preposition(words)).flatten()
        })
    }

    /// Returns the state of a remark in brackets that has no other words: `done by hand` is not a state.
    pub(crate) fn of_remark(&self, remark: &str) -> Option<State> {
        // `TODO/FIXME` is not a single state.
        let first = remark.split([' ', '(']).next().unwrap_or_default();
        if first.contains('/') { None } else { self.read(remark) }
    }

    fn read(&self, value: &str) -> Option<State> {
        if is_unfilled(value) {
            return None;
        }
        let mut text = value.trim();
        let mut emoji = None;
        while let Some((length, state)) = self.leading_emoji(text) {
            emoji = emoji.or(Some(state));
            text = text[length..].trim_start();
        }
        let text = text
            .trim_start_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '(' | '—' | '–' | ';' | ']'));
        let words = text
            .find(['(', '—', '–', ';', ']', '*', '`', '"', ','])
            .map_or(text, |at| &text[..at])
            .trim_end();
        self.of_words(words)
            .or_else(|| {
                let at = words.find([':', '.', '|', '/', '-'])?;
                // `complete-or-abort` is a compound.
                let is_compound =
                    words[at..].starts_with('-') && words[at + 1..].starts_with(char::is_alphabetic);
                if is_compound { None } else { self.of_words(&words[..at]) }
            })
            .or_else(|| words.find(" - ").and_then(|at| self.of_words(&words[..at])))
            .or_else(|| {
                // `Complete 2026-02-10`, `In Progress 40%`, `In Progress ~40%`
                let word_end = words.find(|c: char| c.is_ascii_digit() || c == '~')?;
                self.of_words(&words[..word_end])
            })
            .or_else(|| emoji.or_else(|| self.trailing_emoji(value.trim()).map(|(_, state)| state)))
    }

    /// Returns the state before the first preposition: `Superseded by another plan`, `Completed on`.
    fn before_preposition(&self, words: &str) -> Option<State> {
        let words = words.trim_start_matches(|c: char| !c.is_alphanumeric());
        const PREPOSITIONS: [&str; 14] = [
            "by", "to", "until", "on", "in", "with", "for", "since", "as", "at", "and", "but", "via",
            "pending",
        ];
        let mut at = 0;
        for word in words.split(' ') {
            if at > 0 && PREPOSITIONS.contains(&&*word.to_lowercase()) {
                return self.of_words(&words[..at]);
            }
            at += word.len() + 1;
        }
        None
    }

    /// Returns the state of a word or phrase, ignoring case, hyphens and underscores.
    pub fn of_words(&self, words: &str) -> Option<State> {
        let words = normalize(words);
        let custom = self.words.iter().find(|(known, _)| *known == words).map(|(_, state)| *state);
        custom.or_else(|| STATE_WORDS.iter().find(|(known, _)| *known == words).map(|(_, state)| *state))
    }
}

/// Normalizes words: lower case, one space for whitespace, hyphens and underscores, letters and digits at both ends.
fn normalize(words: &str) -> String {
    let words = words.trim_matches(|c: char| !c.is_alphanumeric());
    let mut normalized = String::with_capacity(words.len());
    let mut pending_space = false;
    for c in words.chars().filter(|c| !VARIATION_SELECTORS.contains(c)) {
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

/// Whether a value is unfilled: it has the options of its template (`[Draft | In Progress]`) or is a date pattern.
pub fn is_unfilled(value: &str) -> bool {
    let inner = value.trim().trim_start_matches('[').trim_end_matches(']');
    inner.contains(" | ") || inner.contains("YYYY-MM-DD")
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
        assert_eq!(of_value("[Draft | In Progress | Completed]"), None);
        assert_eq!(of_value("something else"), None);
        assert_eq!(of_value(""), None);
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
