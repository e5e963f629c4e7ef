//! Metadata at the end of a task, in the syntax of plugins: `📅 2026-01-05 ⏫` of Obsidian Tasks, `[due:: 2026-01-05]`
//! of Dataview.

use std::ops::Range;

use crate::field::Meaning;

/// A metadata field of a task. Ranges are bytes in the text of the task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MetadataField {
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
    /// Meaning if it is already known; `None` if the key must be looked up in the vocabulary.
    pub(super) meaning: Option<Meaning>,
}

/// Emoji before a date, with the meaning of the date. `None` for dates without a meaning for plans.
const DATES: [(char, Option<Meaning>); 6] =
    [('📅', Some(Meaning::Due)), ('⏳', None), ('🛫', None), ('➕', None), ('✅', None), ('❌', None)];

/// Emoji of priorities.
const PRIORITIES: [char; 5] = ['🔺', '⏫', '🔼', '🔽', '⏬'];

/// Emoji before an ID, a list of IDs, or the description of a repetition.
const WORD_EMOJI: [char; 3] = ['🆔', '⛔', '🔁'];

/// Returns the start of the metadata at the end of a text, and its fields. Metadata must end the text: an emoji in a
/// sentence is not metadata.
pub(super) fn metadata(text: &str) -> Option<(usize, Vec<MetadataField>)> {
    if text.is_ascii() && !text.contains(":: ") {
        return None;
    }
    let starts = text.char_indices().filter(|(at, c)| is_start(&text[*at..], *c));
    let mut starts = starts.map(|(at, _)| at);
    let found = starts.find_map(|start| Some((start, fields(text, start)?)))?;
    // `✅ 2026-01-05` alone states that the task is done.
    let is_state = text[found.0..].starts_with('✅');
    (found.0 > 0 && !is_state).then_some(found)
}

fn is_start(text: &str, first: char) -> bool {
    match first {
        '[' | '(' => {
            text[1..].split(['[', ']', '(', ')']).next().is_some_and(|inside| inside.contains(":: "))
        }
        _ => {
            DATES.iter().any(|(emoji, _)| *emoji == first)
                || PRIORITIES.contains(&first)
                || WORD_EMOJI.contains(&first)
        }
    }
}

/// Returns the fields from `start` on, or `None` if the rest of the text contains anything except metadata.
fn fields(text: &str, start: usize) -> Option<Vec<MetadataField>> {
    let mut found = Vec::new();
    let mut at = start;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let after = &rest[first.len_utf8()..];
        // A variation selector may follow an emoji.
        let value = after.trim_start_matches(['\u{fe0f}', ' ']);
        let value_at = text.len() - value.len();
        let word_end = value.find(' ').unwrap_or(value.len());
        if first == ' ' {
            at += 1;
        } else if let Some((_, meaning)) = DATES.iter().find(|(emoji, _)| *emoji == first) {
            if !is_date(&value[..word_end]) {
                return None;
            }
            let (key, value) = (at..at + first.len_utf8(), value_at..value_at + word_end);
            at = value.end;
            found.extend(meaning.map(|meaning| MetadataField { key, value, meaning: Some(meaning) }));
        } else if PRIORITIES.contains(&first) {
            at = value_at;
        } else if first == '🔁' {
            let is_emoji = |c: char| DATES.iter().any(|(emoji, _)| *emoji == c) || PRIORITIES.contains(&c);
            at = value_at + value.find(is_emoji).unwrap_or(value.len());
        } else if WORD_EMOJI.contains(&first) {
            at = value_at + word_end;
        } else if let ('[' | '(', true) = (first, is_start(rest, first)) {
            let close = rest.find(if first == '[' { ']' } else { ')' })?;
            let inside = &rest[1..close];
            let (key, written) = inside.split_once("::")?;
            let value_start = at + 1 + key.len() + 2 + (written.len() - written.trim_start().len());
            found.push(MetadataField {
                key: at + 1..at + 1 + key.trim_end().len(),
                value: value_start..value_start + written.trim().len(),
                meaning: None,
            });
            at += close + 1;
        } else if matches!(first, '#' | '^') && !after.starts_with([' ', '#']) && !after.is_empty() {
            at += rest.find(' ').unwrap_or(rest.len());
        } else {
            return None;
        }
    }
    Some(found)
}

/// Returns whether a word has the form of a date.
fn is_date(word: &str) -> bool {
    word.len() == 10
        && word.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_at_the_end() {
        for (text, expected) in [
            ("Cut posts 📅 2026-02-30", "Cut posts | 📅=2026-02-30"),
            ("Dig holes ⏫ 📅 2026-01-05 #garden ^b1", "Dig holes | 📅=2026-01-05"),
            ("Paint [due:: 2026-01-05] (owner:: Ann)", "Paint | due=2026-01-05 owner=Ann"),
            ("Glue ➕ 2026-01-02 ✅ 2026-01-05", "Glue |"),
            ("Water 🔁 every week 📅 2026-01-05", "Water | 📅=2026-01-05"),
            ("Plan 📅 meetings", "-"),
            ("Move from 📅 2026-01-05 to later", "-"),
            ("Done ✅", "-"),
            ("Done ✅ 2026-01-05", "-"),
            ("std::fmt (see core::fmt)", "-"),
        ] {
            let found = metadata(text).map_or("-".to_owned(), |(start, fields)| {
                let fields = fields
                    .iter()
                    .map(|field| format!(" {}={}", &text[field.key.clone()], &text[field.value.clone()]));
                format!("{} |{}", text[..start].trim_end(), fields.collect::<String>())
            });
            assert_eq!(found, expected, "{text}");
        }
    }
}
