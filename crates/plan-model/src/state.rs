//! States, and the one table of marks and words that people write them with.

/// How far an item, a phase or a plan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Nothing done yet.
    Open,
    /// Being worked on.
    Active,
    /// Waiting for something.
    Blocked,
    /// Finished.
    Done,
    /// Put off.
    Deferred,
    /// Given up or replaced.
    Cancelled,
}

impl State {
    /// All states.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Active, Self::Blocked, Self::Done, Self::Deferred, Self::Cancelled];

    /// Its name in outputs: `open`, `active`, `blocked`, `done`, `deferred`, `cancelled`.
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

/// What stands between the brackets of a box, beside the emoji.
const MARKS: [(&str, State); 11] = [
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

/// Emoji, written without variation selector.
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

/// Words, lower case, blanks for hyphens and underscores.
const WORDS: [(&str, State); 39] = [
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

const SELECTORS: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];

/// The words and marks that tell states: the tables above, and what a team adds in its settings, which goes first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<(String, State)>,
    marks: Vec<(String, State)>,
}

impl Vocabulary {
    /// Adds the words and marks of another one, which go before its own.
    pub fn extend(&mut self, other: &Self) {
        self.words.splice(0..0, other.words.iter().cloned());
        self.marks.splice(0..0, other.marks.iter().cloned());
    }

    /// Adds a word, phrase, mark or emoji. One visible character is a mark and an emoji, anything longer a word.
    pub fn add(&mut self, written: &str, state: State) {
        let bare = written.trim().trim_end_matches(SELECTORS);
        if bare.chars().count() == 1 {
            self.marks.push((bare.to_owned(), state));
        } else if !bare.is_empty() {
            self.words.push((normal(bare), state));
        }
    }

    /// The state that a mark between brackets says; nothing for one that nobody knows.
    pub fn of_mark(&self, mark: &str) -> Option<State> {
        let bare = mark.trim_end_matches(SELECTORS);
        let own = self.marks.iter().find(|(known, _)| known == bare).map(|(_, state)| *state);
        let known = || MARKS.iter().chain(&EMOJI).find(|(known, _)| *known == bare).map(|(_, state)| *state);
        own.or_else(known)
    }

    fn emoji(&self) -> impl Iterator<Item = (&str, State)> {
        let own = self.marks.iter().filter(|(mark, _)| !mark.is_ascii());
        own.map(|(emoji, state)| (emoji.as_str(), *state)).chain(EMOJI)
    }

    /// A state emoji at the start of a text: its length in bytes, with its variation selector, and what it says.
    pub fn leading_emoji(&self, text: &str) -> Option<(usize, State)> {
        if text.as_bytes().first()?.is_ascii() {
            return None;
        }
        let (emoji, state) = self.emoji().find(|(emoji, _)| text.starts_with(emoji))?;
        let rest = &text[emoji.len()..];
        let selector = rest.chars().next().filter(|next| SELECTORS.contains(next)).map_or(0, char::len_utf8);
        Some((emoji.len() + selector, state))
    }

    /// A state emoji at the end of a text: the byte it starts at, and what it says.
    pub fn trailing_emoji(&self, text: &str) -> Option<(usize, State)> {
        if text.as_bytes().last()?.is_ascii() {
            return None;
        }
        let bare = text.trim_end_matches(SELECTORS);
        let (emoji, state) = self.emoji().find(|(emoji, _)| bare.ends_with(emoji))?;
        Some((bare.len() - emoji.len(), state))
    }

    /// The state that a written value says, after emoji, emphasis, brackets, dates, percentages and remarks are cut:
    /// `✅ **Complete** (2026-02-10)` is done. Nothing for words that nobody knows, and for a value that still offers
    /// alternatives (`Draft | Done`).
    pub fn of_value(&self, value: &str) -> Option<State> {
        self.read(value).or_else(|| {
            let cut = value.split(['(', '—', ';']).next().unwrap_or_default();
            (!is_unfilled(value)).then(|| self.before_preposition(cut)).flatten()
        })
    }

    /// The state that a remark in brackets says, which has no words beside it: `done by hand` tells how, not that.
    pub(crate) fn of_remark(&self, remark: &str) -> Option<State> {
        // `TODO/FIXME` names two things.
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
        let cut = text
            .find(['(', '—', '–', ';', ']', '*', '`', '"', ','])
            .map_or(text, |at| &text[..at])
            .trim_end();
        self.of_words(cut)
            .or_else(|| {
                let at = cut.find([':', '.', '|', '/', '-'])?;
                // `complete-or-abort` is one word.
                let joined = cut[at..].starts_with('-') && cut[at + 1..].starts_with(char::is_alphabetic);
                if joined { None } else { self.of_words(&cut[..at]) }
            })
            .or_else(|| cut.find(" - ").and_then(|at| self.of_words(&cut[..at])))
            .or_else(|| {
                // `Complete 2026-02-10`, `In Progress 40%`, `In Progress ~40%`
                let word_end = cut.find(|c: char| c.is_ascii_digit() || c == '~')?;
                self.of_words(&cut[..word_end])
            })
            .or_else(|| emoji.or_else(|| self.trailing_emoji(value.trim()).map(|(_, state)| state)))
    }

    /// `Superseded by another plan`, `Completed on`: what stands before the first preposition.
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

    /// The state of a word or phrase of the table, whatever its case, hyphens or underscores.
    pub fn of_words(&self, words: &str) -> Option<State> {
        let words = normal(words);
        let own = self.words.iter().find(|(known, _)| *known == words).map(|(_, state)| *state);
        own.or_else(|| WORDS.iter().find(|(known, _)| *known == words).map(|(_, state)| *state))
    }
}

/// Lower case, one blank for blanks, hyphens and underscores, nothing but letters and digits at both ends.
fn normal(words: &str) -> String {
    let words = words.trim_matches(|c: char| !c.is_alphanumeric());
    let mut normal = String::with_capacity(words.len());
    let mut pending = false;
    for c in words.chars().filter(|c| !SELECTORS.contains(c)) {
        if matches!(c, '-' | '_') || c.is_whitespace() {
            pending = true;
            continue;
        }
        if std::mem::take(&mut pending) {
            normal.push(' ');
        }
        normal.extend(c.to_lowercase());
    }
    normal
}

/// Whether a value still offers its template's alternatives (`[Draft | In Progress]`) or is a date's pattern.
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
    fn values_as_people_write_them() {
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
    fn marks() {
        assert_eq!(Vocabulary::default().of_mark("x"), Some(State::Done));
        assert_eq!(Vocabulary::default().of_mark("✅"), Some(State::Done));
        assert_eq!(Vocabulary::default().of_mark("☑\u{fe0f}"), Some(State::Done));
        assert_eq!(Vocabulary::default().of_mark("?"), None);
    }

    #[test]
    fn emoji_with_selectors() {
        assert_eq!(Vocabulary::default().leading_emoji("☑\u{fe0f} done"), Some((6, State::Done)));
        assert_eq!(Vocabulary::default().trailing_emoji("name ✅"), Some((5, State::Done)));
    }

    #[test]
    fn words_of_a_team() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.add("In Arbeit", State::Active);
        vocabulary.add("🟣", State::Blocked);
        vocabulary.add("done", State::Deferred);
        assert_eq!(vocabulary.of_value("**in Arbeit** (seit Mai)"), Some(State::Active));
        assert_eq!(vocabulary.of_mark("🟣"), Some(State::Blocked));
        assert_eq!(vocabulary.of_value("🟣 whatever"), Some(State::Blocked));
        assert_eq!(vocabulary.of_value("Done"), Some(State::Deferred), "a team's own word goes first");
    }
}
