//! Status values such as `🔄 **In Progress** (40%)`. Text around the state word is kept as long as it remains valid.

use plan_model::{State, Vocabulary, date};

use crate::TextRange;

/// Parts of a value that express its state, in bytes of the value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StatusValueParts {
    /// The words that express the state.
    pub(super) words: Option<TextRange>,
    /// The first status emoji.
    pub(super) emoji: Option<TextRange>,
}

/// Maximum number of words that express a state.
const MAX_STATE_WORDS: usize = 4;

/// Splits a value into its parts.
pub(super) fn parts(value: &str, vocabulary: &Vocabulary) -> StatusValueParts {
    let mut parts = StatusValueParts::default();
    for (at, _) in value.char_indices() {
        if let Some((length, _)) = vocabulary.leading_emoji(&value[at..]) {
            parts.emoji = Some(at..at + length);
            break;
        }
    }
    let words = words(value);
    for (first, start) in words.iter().enumerate().take(MAX_STATE_WORDS) {
        let longest = words[first..].iter().take(MAX_STATE_WORDS);
        let found = longest.rev().find(|last| vocabulary.of_words(&value[start.start..last.end]).is_some());
        if let Some(last) = found {
            parts.words = Some(start.start..last.end);
            break;
        }
    }
    parts
}

/// Returns the words of a value: letters, with hyphens and underscores between them.
fn words(value: &str) -> Vec<TextRange> {
    let mut words: Vec<TextRange> = Vec::new();
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

/// Returns a value with another state word and, if the value contains an emoji, with `emoji`.
pub(super) fn rewrite(value: &str, word: &str, emoji: Option<&str>, vocabulary: &Vocabulary) -> String {
    let parts = parts(value, vocabulary);
    let Some(old) = &parts.words else {
        // The value has only an emoji or unknown words.
        return match (&parts.emoji, emoji) {
            (Some(place), Some(emoji)) => format!("{}{emoji}{}", &value[..place.start], &value[place.end..]),
            _ => within_markup(value, &with_case_of_value(word, value)),
        };
    };
    let word = with_case_of_value(word, &value[old.clone()]);
    let tail = &value[old.end..];
    let valid_tail = valid_remainder(tail, vocabulary.of_words(&value[old.clone()]));
    let mut out = format!("{}{word}{valid_tail}", &value[..old.start]);
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

/// Returns the text after the word that is still valid in the new state. Removes dates, percentages, and the reason
/// for a blocked, deferred or cancelled state.
fn valid_remainder(tail: &str, old: Option<State>) -> &str {
    let close = tail.len() - tail.trim_start_matches(['*', '_', '`', ']', ')', '"', '\'']).len();
    let rest = &tail[close..];
    let explains = matches!(old, Some(State::Blocked | State::Deferred | State::Cancelled));
    let is_outdated = !date::dates(rest).is_empty() || rest.contains('%') || explains;
    if is_outdated { &tail[..close] } else { tail }
}

/// Returns `word` inside the emphasis or brackets around `value`.
fn within_markup(value: &str, word: &str) -> String {
    let marks = ['*', '_', '`', '[', ']', '"', '\''];
    let front = value.len() - value.trim_start_matches(marks).len();
    let back = value.trim_end_matches(marks).len();
    if front >= back { word.to_owned() } else { format!("{}{word}{}", &value[..front], &value[back..]) }
}

/// Returns `word` in the case and with the word separator of `old`: `DONE` for `OPEN`, `in-progress` for `not-started`.
pub(super) fn with_case_of_value(word: &str, old: &str) -> String {
    let letters: Vec<char> = old.chars().filter(|c| c.is_alphabetic()).collect();
    let all = |test: fn(&char) -> bool| letters.len() > 1 && letters.iter().all(test);
    let mut word = word.to_owned();
    if all(|c| c.is_uppercase()) {
        word = word.to_uppercase();
    } else if all(|c| c.is_lowercase()) {
        word = word.to_lowercase();
    } else if word.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase) && letters.len() > 1 {
        word = capitalize(&word.to_lowercase());
    }
    let joint = old.trim().chars().find(|c| !c.is_alphabetic());
    match joint {
        Some(joint @ ('-' | '_')) => word.replace(' ', &joint.to_string()),
        _ => word,
    }
}

fn capitalize(words: &str) -> String {
    let each = words.split(' ').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    each.collect::<Vec<String>>().join(" ")
}

/// Returns the default word for a state.
pub(super) fn default_word(state: State) -> &'static str {
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
    fn keeps_valid_text_around_the_word() {
        let to = |value: &str, word: &str, emoji: Option<&str>| {
            rewrite(value, word, emoji, &Vocabulary::default())
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
