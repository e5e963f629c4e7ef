//! Values that say a state: `🔄 **In Progress** (40%)`. What is around the word stays as far as it stays true.

use plan_model::{State, Vocabulary, date};

use crate::Place;

/// Where a value says its state: the words and the emoji, in bytes of the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// The words that tell the state.
    pub(super) words: Option<Place>,
    /// The first state emoji.
    pub(super) emoji: Option<Place>,
}

/// The longest run of words that may tell a state.
const MOST_WORDS: usize = 4;

/// Takes a value apart.
pub(super) fn parts(value: &str, vocabulary: &Vocabulary) -> Parts {
    let mut parts = Parts::default();
    for (at, _) in value.char_indices() {
        if let Some((length, _)) = vocabulary.leading_emoji(&value[at..]) {
            parts.emoji = Some(at..at + length);
            break;
        }
    }
    let words = words(value);
    for (first, start) in words.iter().enumerate().take(MOST_WORDS) {
        let longest = words[first..].iter().take(MOST_WORDS);
        let found = longest.rev().find(|last| vocabulary.of_words(&value[start.start..last.end]).is_some());
        if let Some(last) = found {
            parts.words = Some(start.start..last.end);
            break;
        }
    }
    parts
}

/// The words of a value: letters, and hyphens between them.
fn words(value: &str) -> Vec<Place> {
    let mut words: Vec<Place> = Vec::new();
    for (at, letter) in value.char_indices() {
        let joins = letter.is_alphabetic() || matches!(letter, '-' | '_');
        match words.last_mut() {
            Some(last) if joins && last.end == at => last.end += letter.len_utf8(),
            _ if letter.is_alphabetic() => words.push(at..at + letter.len_utf8()),
            _ => {}
        }
    }
    for word in &mut words {
        let text = &value[word.clone()];
        word.end = word.start + text.trim_end_matches(['-', '_']).len();
    }
    words
}

/// A value that says `word` instead, with this emoji where it had one.
pub(super) fn rewritten(value: &str, word: &str, emoji: Option<&str>, vocabulary: &Vocabulary) -> String {
    let parts = parts(value, vocabulary);
    let Some(old) = &parts.words else {
        // Only an emoji, or words that nobody knows.
        return match (&parts.emoji, emoji) {
            (Some(place), Some(emoji)) => format!("{}{emoji}{}", &value[..place.start], &value[place.end..]),
            _ => wrapped(value, &cased(word, value)),
        };
    };
    let word = cased(word, &value[old.clone()]);
    let tail = &value[old.end..];
    let kept = true_still(tail, vocabulary.of_words(&value[old.clone()]));
    let mut out = format!("{}{word}{kept}", &value[..old.start]);
    if let Some(place) = parts.emoji.filter(|place| place.end <= old.start) {
        let rest = out[place.end..].to_owned();
        out.truncate(place.start);
        match emoji {
            Some(emoji) => out.push_str(&format!("{emoji}{rest}")),
            None => out.push_str(rest.trim_start()),
        }
    }
    out
}

/// What stands behind the word without what was true of the old state only: dates, percentages, and why something was
/// blocked, put off or given up.
fn true_still(tail: &str, old: Option<State>) -> &str {
    let close = tail.len() - tail.trim_start_matches(['*', '_', '`', ']', ')', '"', '\'']).len();
    let rest = &tail[close..];
    let explains = matches!(old, Some(State::Blocked | State::Deferred | State::Cancelled));
    let says = !date::dates(rest).is_empty() || rest.contains('%') || explains;
    if says { &tail[..close] } else { tail }
}

/// A word in place of all words, inside of the emphasis or brackets around them.
fn wrapped(value: &str, word: &str) -> String {
    let marks = ['*', '_', '`', '[', ']', '"', '\''];
    let front = value.len() - value.trim_start_matches(marks).len();
    let back = value.trim_end_matches(marks).len();
    if front >= back { word.to_owned() } else { format!("{}{word}{}", &value[..front], &value[back..]) }
}

/// A word in the case of the one that it replaces: `DONE` for `OPEN`, `in-progress` for `not-started`.
pub(super) fn cased(word: &str, old: &str) -> String {
    let letters: Vec<char> = old.chars().filter(|c| c.is_alphabetic()).collect();
    let all = |test: fn(&char) -> bool| letters.len() > 1 && letters.iter().all(test);
    let mut word = word.to_owned();
    if all(|c| c.is_uppercase()) {
        word = word.to_uppercase();
    } else if all(|c| c.is_lowercase()) {
        word = word.to_lowercase();
    } else if word.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase) && letters.len() > 1 {
        word = capitalised(&word.to_lowercase());
    }
    let joint = old.trim().chars().find(|c| !c.is_alphabetic());
    match joint {
        Some(joint @ ('-' | '_')) => word.replace(' ', &joint.to_string()),
        _ => word,
    }
}

fn capitalised(words: &str) -> String {
    let each = words.split(' ').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    each.collect::<Vec<String>>().join(" ")
}

/// The word for a state where nobody says another one.
pub(super) fn usual(state: State) -> &'static str {
    match state {
        State::Open => "Not Started",
        State::Active => "In Progress",
        State::Blocked => "Blocked",
        State::Done => "Completed",
        State::Deferred => "Deferred",
        State::Cancelled => "Cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_around_the_word() {
        let to = |value: &str, word: &str, emoji: Option<&str>| {
            rewritten(value, word, emoji, &Vocabulary::default())
        };
        assert_eq!(to("🔄 **In Progress** (40%)", "Completed", Some("✅")), "✅ **Completed**");
        assert_eq!(to("Complete (2026-02-10)", "In Progress", None), "In Progress");
        assert_eq!(to("[NOT STARTED]", "Completed", None), "[COMPLETED]");
        assert_eq!(to("not-started", "In Progress", None), "in-progress");
        assert_eq!(to("`in_progress`", "Not Started", None), "`not_started`");
        assert_eq!(to("✅", "Not Started", Some("⬜")), "⬜");
        assert_eq!(to("✅ Done", "Deferred", None), "Deferred");
        assert_eq!(to("Someday", "Done", None), "Done");
        assert_eq!(to("", "Done", None), "Done");
        assert_eq!(to("Blocked by the vendor", "Done", None), "Done");
        assert_eq!(to("Completed on 2026-01-03", "In Progress", None), "In Progress");
        assert_eq!(to("In Progress (see notes)", "Completed", None), "Completed (see notes)");
    }
}
