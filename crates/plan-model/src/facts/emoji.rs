//! The meaning of emoji in a document, determined from its legend and its use of colors.

use plan_syntax::outline;

use super::{SegmentFacts, StateSourceKind};
use crate::{
    role::SectionContext,
    state::{State, Vocabulary},
};

/// Emoji whose meaning differs most between documents: states, priorities, health.
const COLORS: [char; 14] =
    ['🔴', '🟠', '🟡', '🟢', '🔵', '🟣', '🟤', '⚫', '⚪', '🟥', '🟧', '🟨', '🟩', '🟦'];

/// Colors that represent unfinished work in documents in which colors are states.
const OPEN_COLORS: [char; 6] = ['🔴', '🟠', '🟡', '🟥', '🟧', '🟨'];

/// Colors that represent finished work or good progress in documents in which colors are states.
const DONE_COLORS: [char; 2] = ['🟢', '🟩'];

/// Maximum number of lines of a legend.
const MAX_LEGEND_LINES: usize = 24;

/// Evidence in a segment for the meaning of emoji.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EmojiFacts {
    /// Entries of a legend. `None` if an emoji does not represent a state.
    legend: Vec<(String, Option<State>)>,
    /// Number of checked tasks and finished sections with a color of [`OPEN_COLORS`].
    checked_with_open_color: usize,
    /// Number of unchecked tasks with a color of [`OPEN_COLORS`].
    unchecked_with_open_color: usize,
    /// Number of unchecked tasks and unstarted sections with a color of [`DONE_COLORS`].
    unchecked_with_done_color: usize,
    /// Color of [`OPEN_COLORS`] or [`DONE_COLORS`] at the start of the segment's heading.
    heading: Option<char>,
}

impl EmojiFacts {
    /// Reads the emoji facts of a segment; `None` if it has neither a legend nor colors.
    pub(super) fn of(text: &str, vocabulary: &Vocabulary) -> Option<Box<Self>> {
        // Fast path: emoji start with one of these bytes, and most segments contain none.
        memchr::memchr2(0xf0, 0xe2, text.as_bytes())?;
        let mut facts = Self::default();
        facts.read_legend(text, vocabulary);
        facts.read_colors(text);
        (facts != Self::default()).then(|| Box::new(facts))
    }

    fn read_legend(&mut self, text: &str, vocabulary: &Vocabulary) {
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let plain = plain(line);
            let is_heading = line.starts_with('#');
            let label = plain.split([':', '：']).next().unwrap_or_default();
            let has_label = is_heading || label.len() < plain.len();
            let is_legend = has_label
                && label.len() <= 60
                && SectionContext::mentions_legend(label)
                && SectionContext::of(label) == Some(SectionContext::Legend);
            if !is_legend {
                continue;
            }
            let mut entries = Vec::new();
            read_entries(&plain[label.len()..], &mut entries);
            let mut has_entries = !entries.is_empty();
            for line in lines.by_ref().take(MAX_LEGEND_LINES) {
                let content = line.trim_matches(|c: char| c == '>' || c.is_whitespace());
                if line.starts_with('#') || content.is_empty() && has_entries {
                    break;
                }
                has_entries |= !content.is_empty();
                read_entries(line, &mut entries);
            }
            // A single entry may be a remark.
            if entries.len() > 1 {
                let states = entries.into_iter().filter_map(|(emoji, meaning)| {
                    let first = meaning.split(['/', '(', '—', '–', ',']).next().unwrap_or_default();
                    let first = first.split(" - ").next().unwrap_or_default();
                    let state = vocabulary.of_words(&meaning).or_else(|| vocabulary.of_words(first));
                    (state.is_some() || COLORS.contains(&emoji)).then(|| (emoji.to_string(), state))
                });
                self.legend.extend(states);
            }
        }
    }

    fn read_colors(&mut self, text: &str) {
        if !text.contains(COLORS) {
            return;
        }
        for line in text.lines() {
            if let Some(title) = line.strip_prefix('#') {
                let color = title.trim_start_matches(['#', ' ', '*']).chars().next();
                self.heading =
                    color.filter(|color| OPEN_COLORS.contains(color) || DONE_COLORS.contains(color));
                continue;
            }
            let item = line.trim_start_matches(|c: char| c.is_whitespace() || c == '>' || c.is_ascii_digit());
            let Some(item) = item.strip_prefix(['-', '*', '+', '.', ')']) else { continue };
            let item = item.trim_start();
            let Some(character) = outline::checkbox_character(item) else { continue };
            let is_checked = matches!(character, "x" | "X" | "✓" | "✔");
            let rest = item[character.len() + 2..].trim_start_matches([' ', '*']);
            let Some(color) = rest.chars().next() else { continue };
            match is_checked {
                true => self.checked_with_open_color += usize::from(OPEN_COLORS.contains(&color)),
                false => {
                    self.unchecked_with_open_color += usize::from(OPEN_COLORS.contains(&color));
                    self.unchecked_with_done_color += usize::from(DONE_COLORS.contains(&color));
                }
            }
        }
    }
}

/// A section whose heading starts with a color, and the number of its checkboxes.
struct ColoredSection {
    level: u8,
    color: char,
    checked: usize,
    unchecked: usize,
}

impl EmojiFacts {
    /// Counts finished and unstarted sections with a color. Their tasks can be in subsections.
    fn count_sections<'a>(&mut self, segments: impl Iterator<Item = &'a SegmentFacts>) {
        let mut open: Vec<ColoredSection> = Vec::new();
        for segment in segments {
            let level = segment.headings.first().map(|heading| heading.level);
            while let Some(ended) = open.pop_if(|section| level.is_some_and(|level| section.level >= level)) {
                self.count_section(&ended);
            }
            let color = segment.emoji.as_ref().and_then(|facts| facts.heading);
            if let (Some(level), Some(color)) = (level, color) {
                open.push(ColoredSection { level, color, checked: 0, unchecked: 0 });
            }
            if open.is_empty() {
                continue;
            }
            let sources = segment.items.iter().filter_map(|item| item.state_sources.first());
            let (checked, unchecked): (Vec<_>, Vec<_>) = sources
                .filter(|source| source.kind == StateSourceKind::Checkbox)
                .partition(|source| source.state == Some(State::Done));
            for section in &mut open {
                section.checked += checked.len();
                section.unchecked += unchecked.len();
            }
        }
        open.iter().for_each(|section| self.count_section(section));
    }

    fn count_section(&mut self, section: &ColoredSection) {
        let is_finished = section.checked > 0 && section.unchecked == 0;
        let is_untouched = section.checked == 0 && section.unchecked > 0;
        self.checked_with_open_color += usize::from(is_finished && OPEN_COLORS.contains(&section.color));
        self.unchecked_with_done_color += usize::from(is_untouched && DONE_COLORS.contains(&section.color));
    }
}

/// Returns the meanings of emoji that a document with these segments defines: the entries of its legend. If its
/// checkboxes show that colors are priorities, all colors are added with `None`, which means no state.
pub(crate) fn meanings<'a>(
    segments: impl Iterator<Item = &'a SegmentFacts> + Clone,
) -> Vec<(String, Option<State>)> {
    let mut all = EmojiFacts::default();
    for facts in segments.clone().filter_map(|segment| segment.emoji.as_ref()) {
        all.legend.extend(facts.legend.iter().cloned());
        all.checked_with_open_color += facts.checked_with_open_color;
        all.unchecked_with_open_color += facts.unchecked_with_open_color;
        all.unchecked_with_done_color += facts.unchecked_with_done_color;
        all.heading = all.heading.or(facts.heading);
    }
    if all.heading.is_some() {
        all.count_sections(segments);
    }
    let mut meanings = all.legend;
    let are_other_colors_used = all.checked_with_open_color + all.unchecked_with_open_color > 0;
    // `[ ] 🟢` next to `[ ] 🔴`, or mostly `[x] 🔴`: the colors are priorities.
    let are_priorities = all.unchecked_with_done_color > 0 && are_other_colors_used
        || all.checked_with_open_color > all.unchecked_with_open_color;
    if are_priorities {
        meanings.extend(COLORS.iter().map(|color| (color.to_string(), None)));
    }
    meanings
}

/// Removes quote markers, bullets, heading markers and emphasis from the start of a line.
fn plain(line: &str) -> &str {
    line.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '#' | '>' | '-' | '*' | '+' | '_' | '|')
    })
}

/// Reads the emoji in a line, each with the text after it: `✅ Done | 🔄 In progress`.
fn read_entries(line: &str, entries: &mut Vec<(char, String)>) {
    let is_emoji = |c: char| ('\u{2300}'..='\u{2bff}').contains(&c) || c >= '\u{1f000}';
    let mut rest = line;
    while let Some((at, emoji)) = rest.char_indices().find(|(_, c)| is_emoji(*c)) {
        rest = rest[at + emoji.len_utf8()..].trim_start_matches(['\u{fe0e}', '\u{fe0f}']);
        let text = rest.trim_start_matches(|c: char| {
            c.is_whitespace() || matches!(c, '=' | ':' | '|' | '-' | '–' | '—' | '*' | '`' | '_' | '→')
        });
        let end = text.find(|c: char| is_emoji(c) || matches!(c, '|' | ';' | '·')).unwrap_or(text.len());
        let meaning = text[..end].trim_matches(|c: char| !c.is_alphanumeric() && c != ')');
        if !meaning.is_empty() {
            entries.push((emoji, meaning.to_owned()));
        }
        rest = &text[end..];
    }
}
