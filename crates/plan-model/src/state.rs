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
const EMOJI: [(&str, State); 16] = [
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
    ("🚫", State::Cancelled),
    ("⏸", State::Deferred),
];

/// Words, lower case, blanks for hyphens and underscores.
const WORDS: [(&str, State); 47] = [
    ("not started", State::Open),
    ("to do", State::Open),
    ("todo", State::Open),
    ("pending", State::Open),
    ("planned", State::Open),
    ("planning", State::Open),
    ("draft", State::Open),
    ("proposed", State::Open),
    ("approved", State::Open),
    ("accepted", State::Open),
    ("ready", State::Open),
    ("ready for implementation", State::Open),
    ("open", State::Open),
    ("new", State::Open),
    ("in progress", State::Active),
    ("inprogress", State::Active),
    ("active", State::Active),
    ("started", State::Active),
    ("implementing", State::Active),
    ("ongoing", State::Active),
    ("wip", State::Active),
    ("work in progress", State::Active),
    ("in review", State::Active),
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
    ("rejected", State::Cancelled),
    ("withdrawn", State::Cancelled),
    ("archived", State::Cancelled),
    ("integrated", State::Done),
    ("landed", State::Done),
    ("merged", State::Done),
];

/// The state that a mark between brackets says; nothing for one that nobody knows.
pub fn of_mark(mark: &str) -> Option<State> {
    let bare = mark.trim_end_matches(SELECTORS);
    let known = MARKS.iter().chain(&EMOJI).find(|(known, _)| *known == bare);
    known.map(|(_, state)| *state)
}

const SELECTORS: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];

/// A state emoji at the start of a text: its length in bytes, with its variation selector, and what it says.
pub fn leading_emoji(text: &str) -> Option<(usize, State)> {
    // `✓` and `✔` are text as often as not; at an item's start they are marks.
    let (emoji, state) = EMOJI.iter().find(|(emoji, _)| text.starts_with(emoji))?;
    let rest = &text[emoji.len()..];
    let selector = rest.chars().next().filter(|next| SELECTORS.contains(next)).map_or(0, char::len_utf8);
    Some((emoji.len() + selector, *state))
}

/// A state emoji at the end of a text: the byte it starts at, and what it says.
pub fn trailing_emoji(text: &str) -> Option<(usize, State)> {
    let bare = text.trim_end_matches(SELECTORS);
    let (emoji, state) = EMOJI.iter().find(|(emoji, _)| bare.ends_with(emoji))?;
    Some((bare.len() - emoji.len(), *state))
}

/// The state that a written value says, after emoji, emphasis, brackets, dates, percentages and remarks are cut:
/// `✅ **Complete** (2026-02-10)` is done. Nothing for words that nobody knows, and for a value that still offers
/// alternatives (`Draft | Done`).
pub fn of_value(value: &str) -> Option<State> {
    if is_unfilled(value) {
        return None;
    }
    let mut text = value.trim();
    let mut emoji = None;
    while let Some((length, state)) = leading_emoji(text) {
        emoji = emoji.or(Some(state));
        text = text[length..].trim_start();
    }
    let text =
        text.trim_matches(|c: char| matches!(c, '*' | '_' | '`' | '[' | '"' | '\'') || c.is_whitespace());
    let cut = text.find(['(', '—', '–', ';', ']', '*', '`', '"', ',']).map_or(text, |at| &text[..at]);
    of_words(cut)
        .or_else(|| cut.find([':', '.', '|', '/', '-']).and_then(|at| of_words(&cut[..at])))
        .or_else(|| {
            // `Complete 2026-02-10`, `In Progress 40%`
            let word_end = cut.find(|c: char| c.is_ascii_digit() || c == '~')?;
            of_words(&cut[..word_end])
        })
        .or(emoji)
}

/// The state of a word or phrase of the table, whatever its case, hyphens or underscores.
pub fn of_words(words: &str) -> Option<State> {
    let words: String = words
        .chars()
        .filter(|c| !SELECTORS.contains(c))
        .map(|c| if matches!(c, '-' | '_') { ' ' } else { c.to_ascii_lowercase() })
        .collect();
    let words = words.trim_matches(|c: char| !c.is_alphanumeric());
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    WORDS.iter().find(|(known, _)| *known == words).map(|(_, state)| *state)
}

/// Whether a value still offers its template's alternatives (`[Draft | In Progress]`) or is a date's pattern.
pub fn is_unfilled(value: &str) -> bool {
    let inner = value.trim().trim_start_matches('[').trim_end_matches(']');
    inner.contains(" | ") || inner.contains("YYYY-MM-DD")
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(of_mark("x"), Some(State::Done));
        assert_eq!(of_mark("✅"), Some(State::Done));
        assert_eq!(of_mark("☑\u{fe0f}"), Some(State::Done));
        assert_eq!(of_mark("?"), None);
    }

    #[test]
    fn emoji_with_selectors() {
        assert_eq!(leading_emoji("☑\u{fe0f} done"), Some((6, State::Done)));
        assert_eq!(trailing_emoji("name ✅"), Some((5, State::Done)));
    }
}
