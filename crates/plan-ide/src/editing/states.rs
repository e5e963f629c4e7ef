//! Writing states: updates all state sources of an item, in the style of the document.

use std::collections::HashMap;

use plan_model::{
    Column, Item, ItemKind, MalformedCheckboxKind, Meaning, Row, State, StateSourceKind, TableKind, date,
};

use super::value::{default_word, parts, rewrite, with_case_of_value};
use crate::{Edit, File, TextRange};

/// Computes edits that write states in the style of a file.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    file: &'a File,
    style: &'a StateStyle,
}

/// The style in which a file writes states.
#[derive(Debug, Default)]
pub(crate) struct StateStyle {
    /// Checkbox characters by state, with their frequency.
    checkbox_characters: StateCounts,
    emoji: StateCounts,
    words: StateCounts,
    /// Notations by state, with their frequency.
    notations: HashMap<State, Vec<(Notation, usize)>>,
}

/// A notation for a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notation {
    Checkbox,
    Emoji { leading: bool },
    Word { open: char },
    Field,
    Strikethrough,
}

/// Frequency of texts by state.
#[derive(Debug, Default)]
struct StateCounts(HashMap<State, Vec<(String, usize)>>);

impl StateCounts {
    fn add(&mut self, state: State, written: &str) {
        let known = self.0.entry(state).or_default();
        match known.iter_mut().find(|(text, _)| text == written) {
            Some((_, count)) => *count += 1,
            None => known.push((written.to_owned(), 1)),
        }
    }

    /// Returns the most frequent text; the first of equally frequent ones.
    fn most_frequent(&self, state: State) -> Option<&str> {
        let known = self.0.get(&state)?;
        let most = known.iter().map(|(_, count)| *count).max()?;
        known.iter().find(|(_, count)| *count == most).map(|(text, _)| text.as_str())
    }
}

impl<'a> Writer<'a> {
    /// Returns a writer for a file.
    pub fn new(file: &'a File) -> Self {
        Self { file, style: file.memo(StateStyle::of) }
    }
}

impl StateStyle {
    /// Determines the style in which a file writes states.
    pub(crate) fn of(file: &File) -> Self {
        let mut notations = Self::default();
        let plan = file.plan();
        for item in plan.items() {
            notations.learn(file, &item);
        }
        let rows: Vec<(Item<'_>, Row<'_>)> = phase_rows(file);
        let cells = rows.iter().filter_map(|(_, row)| row.cell(Column::Status));
        cells.for_each(|cell| notations.learn_value(file, cell.text));
        if let Some(status) = plan.status() {
            notations.learn_value(file, &status.value);
        }
        notations
    }

    fn learn(&mut self, file: &File, item: &Item<'_>) {
        let document = file.document();
        let effective = item.state();
        for ((kind, place, stated), text) in item.state_sources().zip(item.state_source_texts()) {
            let Some(stated) = stated.filter(|_| !place.is_empty()) else { continue };
            let notation = match kind {
                StateSourceKind::Checkbox | StateSourceKind::BoldCheckbox => {
                    self.checkbox_characters.add(stated, text);
                    Notation::Checkbox
                }
                StateSourceKind::Emoji => {
                    self.emoji.add(stated, text);
                    Notation::Emoji { leading: place.start <= item.title_range().start }
                }
                StateSourceKind::Word => {
                    self.learn_value(file, text);
                    let before = document.slice(item.line().start..place.start);
                    Notation::Word {
                        open: before.chars().last().filter(|c| "([".contains(*c)).unwrap_or('—'),
                    }
                }
                StateSourceKind::Field | StateSourceKind::TableRow | StateSourceKind::FrontMatter => {
                    self.learn_value(file, text);
                    Notation::Field
                }
                StateSourceKind::Strikethrough => Notation::Strikethrough,
                StateSourceKind::Heading | StateSourceKind::Paragraph | StateSourceKind::Bullet => continue,
            };
            if effective == Some(stated) {
                let notations = self.notations.entry(stated).or_default();
                match notations.iter_mut().find(|(known, _)| *known == notation) {
                    Some((_, count)) => *count += 1,
                    None => notations.push((notation, 1)),
                }
            }
        }
    }

    fn learn_value(&mut self, file: &File, value: &str) {
        let vocabulary = &file.environment().vocabulary;
        if let Some(words) = parts(value, vocabulary).words
            && let Some(state) = vocabulary.of_words(&value[words.clone()])
        {
            self.words.add(state, &value[words]);
        }
    }
}

impl Writer<'_> {
    /// Returns the checkbox character of a checked checkbox.
    fn done_character(&self) -> &str {
        if self.style.checkbox_characters.most_frequent(State::Done) == Some("X") { "X" } else { "x" }
    }

    /// Returns the checkbox character for a state in this document.
    fn checkbox_character(&self, state: State) -> Option<&str> {
        match state {
            State::Done => Some(self.done_character()),
            State::Open => Some(" "),
            other => {
                self.style.checkbox_characters.most_frequent(other).filter(|character| character.len() < 4)
            }
        }
    }

    fn emoji(&self, state: State) -> Option<&str> {
        let default_word = match state {
            State::Open => Some("⬜"),
            State::Active => Some("🔄"),
            State::Blocked => Some("🔴"),
            State::Done => Some("✅"),
            State::Deferred => None,
            State::Cancelled => Some("❌"),
        };
        self.style.emoji.most_frequent(state).or(default_word)
    }

    /// Returns the word for a state: the template's value, otherwise the document's most frequent word, otherwise the
    /// default.
    fn word(&self, state: State) -> String {
        let plan = self.file.plan();
        let choices = self.file.template().map(|template| template.choices_for(Meaning::Status));
        let chosen =
            choices.unwrap_or_default().into_iter().find(|choice| plan.state_of(choice) == Some(state));
        chosen
            .or_else(|| self.style.words.most_frequent(state).map(str::to_owned))
            .unwrap_or_else(|| default_word(state).to_owned())
    }

    /// Returns a status value rewritten for another state.
    pub(crate) fn value(&self, old: &str, to: State) -> String {
        let plan = self.file.plan();
        if plan.state_of(old) == Some(to) {
            return old.to_owned();
        }
        let vocabulary = &self.file.environment().vocabulary;
        rewrite(old, &self.word(to), self.emoji(to), vocabulary)
    }

    /// Returns the edits that set the state of an item. Empty if the item already has the state, or if the state cannot
    /// be expressed.
    pub fn set(&self, item: &Item<'_>, to: State) -> Vec<Edit> {
        let document = self.file.document();
        let has_checkbox = item.state_sources().any(|(kind, ..)| kind.is_checkbox());
        // A malformed checkbox can only express open and done.
        let is_malformed = item.malformed_checkbox().is_some_and(|(kind, _)| {
            !matches!(
                kind,
                MalformedCheckboxKind::Empty
                    | MalformedCheckboxKind::Padded
                    | MalformedCheckboxKind::Lookalike
            )
        });
        if is_malformed && !matches!(to, State::Done | State::Open) {
            return Vec::new();
        }
        let mut edits = Vec::new();
        let mut is_expressed = has_checkbox && matches!(to, State::Done | State::Open);
        let mut has_source = false;
        for (kind, place, stated) in item.state_sources() {
            let text = document.slice(place.clone());
            let new = match kind {
                StateSourceKind::Heading | StateSourceKind::Paragraph | StateSourceKind::Bullet => continue,
                StateSourceKind::Checkbox | StateSourceKind::BoldCheckbox => {
                    let character = self.checkbox_character(to);
                    is_expressed |= character.is_some();
                    // Without its brackets, the character would not be a checkbox.
                    if let Some((MalformedCheckboxKind::Misspelled, checkbox)) = item.malformed_checkbox() {
                        has_source = true;
                        if stated != Some(to) {
                            edits.push(Edit::replace(checkbox, format!("[{}]", character.unwrap_or(" "))));
                        }
                        continue;
                    }
                    // Keep a custom character for the same state.
                    if stated == Some(to) && !text.is_empty() {
                        text.clone()
                    } else {
                        character.unwrap_or(" ").to_owned()
                    }
                }
                StateSourceKind::Emoji
                    if stated == Some(State::Done)
                        && to != State::Done
                        && let Some(dated) = self.dated_emoji(&place) =>
                {
                    // The completion date is removed with the emoji.
                    edits.push(Edit::replace(dated, ""));
                    has_source = true;
                    continue;
                }
                StateSourceKind::Emoji => match self.emoji(to) {
                    Some(emoji) => {
                        is_expressed = true;
                        if stated == Some(to) { text.clone() } else { emoji.to_owned() }
                    }
                    None => self.emoji(State::Open).unwrap_or_default().to_owned(),
                },
                StateSourceKind::Word => {
                    let notation = self.style.notations.get(&to).is_some_and(|notations| {
                        notations.iter().any(|(notation, _)| matches!(notation, Notation::Word { .. }))
                    });
                    if stated == Some(to) {
                        is_expressed = true;
                        text.clone()
                    } else if has_checkbox && matches!(to, State::Done | State::Open) && !notation {
                        let (range, new) = self.without_remark(item, &place, to);
                        edits.push(Edit::replace(range, new));
                        continue;
                    } else {
                        is_expressed = true;
                        with_case_of_value(&self.word(to), &text)
                    }
                }
                StateSourceKind::Strikethrough => {
                    if to == State::Cancelled {
                        is_expressed = true;
                    } else {
                        edits.push(Edit::replace(place.start..place.start + 2, ""));
                        edits.push(Edit::replace(place.end - 2..place.end, ""));
                    }
                    has_source = true;
                    continue;
                }
                StateSourceKind::TableRow | StateSourceKind::Field | StateSourceKind::FrontMatter => {
                    is_expressed = true;
                    self.value(&text, to)
                }
            };
            has_source = true;
            if new != text {
                edits.push(Edit::replace(place, new));
            }
        }
        if item.kind() == ItemKind::Phase {
            // The state of a phase without a state source is derived from its tasks.
            edits.extend(self.in_phase_rows(item, to));
        } else if !is_expressed && (has_source || to != State::Open) && item.state() != Some(to) {
            match self.add_state_source(item, to) {
                Some(added) => {
                    edits.retain(|edit| !added.iter().any(|other| other.range == edit.range));
                    edits.extend(added);
                }
                // Applying only some of the edits would express a different state.
                None => return Vec::new(),
            }
        }
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        edits.dedup();
        edits
    }

    /// Returns the range of an emoji at `place` with the date that ends its line and the space before it: ` ✅
    /// 2026-03-02`, ` ✅ (2026-03-02)`. Returns `None` if other text follows.
    fn dated_emoji(&self, place: &TextRange) -> Option<TextRange> {
        let document = self.file.document();
        let after = document.slice(place.end..document.line_end(place.end));
        let end = after.trim_end();
        let date = end.trim_start().trim_start_matches(['(', '（']).trim_end_matches([')', '）']);
        date::first(date).filter(|found| found.range == (0..date.len()))?;
        let before = document.slice(document.line_start(place.start)..place.start);
        let spaces = before.len() - before.trim_end().len();
        Some(place.start - spaces..place.end + end.len())
    }

    /// Returns the edits that update the rows of the phase table that refer to a phase.
    fn in_phase_rows(&self, phase: &Item<'_>, to: State) -> Vec<Edit> {
        let rows = phase_rows(self.file);
        let style = rows.iter().filter(|(other, _)| other.index() == phase.index());
        let cells = style.filter_map(|(_, row)| row.cell(Column::Status));
        let new = cells.filter_map(|cell| {
            let new = self.value(cell.text, to);
            (new != cell.text).then(|| Edit::replace(cell.range, new))
        });
        new.collect()
    }

    /// Returns the range and new text that remove a remark about the state, with its brackets or dash and the preceding
    /// space. A state word without brackets or dash is replaced with the word for `to`.
    fn without_remark(&self, item: &Item<'_>, place: &TextRange, to: State) -> (TextRange, String) {
        let document = self.file.document();
        // The state source may be in another place of the item.
        let own = item.range();
        let is_own = own.start <= place.start && place.end <= own.end;
        let line = if is_own { item.line() } else { document.line_start(place.start)..place.end };
        let before = document.slice(line.start..place.start);
        let after = document.slice(place.end..if is_own { own.end } else { document.len() });
        let after = after.lines().next().unwrap_or_default();
        let opens = before.ends_with(['(', '[']);
        let closes = after.starts_with([')', ']']);
        if opens && closes {
            let trimmed = before[..before.len() - 1].trim_end();
            // At the start of a text remove the space after the remark, otherwise the one before it.
            if trimmed.ends_with(']') || trimmed.is_empty() {
                let spaces = after[1..].len() - after[1..].trim_start_matches(' ').len();
                return (place.start - 1..place.end + 1 + spaces, String::new());
            }
            return (line.start + trimmed.len()..place.end + 1, String::new());
        }
        let trimmed = before.trim_end().trim_end_matches(['—', '–', '-', ':']).trim_end();
        if trimmed.len() < before.trim_end().len() && after.trim().is_empty() {
            return (line.start + trimmed.len()..place.end, String::new());
        }
        // `BLOCKED: text`
        if let Some(rest) = after.strip_prefix(": ").filter(|_| before.ends_with("] ")) {
            return (place.start..place.end + after.len() - rest.len(), String::new());
        }
        (place.clone(), with_case_of_value(&self.word(to), &document.slice(place.clone())))
    }

    /// Returns the edits that add a state source for a state that the existing sources cannot express: in the
    /// document's notation, as a field, as a checkbox character, or as a remark. `None` if the state cannot be
    /// expressed.
    fn add_state_source(&self, item: &Item<'_>, to: State) -> Option<Vec<Edit>> {
        let mut notations = self.style.notations.get(&to).cloned().unwrap_or_default();
        notations.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let by_notation = notations.into_iter().find_map(|(notation, _)| match notation {
            Notation::Checkbox => self.with_checkbox_character(item, self.checkbox_character(to)?),
            Notation::Emoji { leading } => self.with_emoji(item, self.emoji(to)?, leading),
            Notation::Word { open } => self.with_remark(item, to, open),
            Notation::Field => self.with_field(item, "Status", &self.word(to)),
            Notation::Strikethrough => self.with_strikethrough(item),
        });
        let field = || self.with_field(item, "Status", &self.word(to));
        let checkbox = || {
            let character = match to {
                State::Active if self.file.plan().is_kiro() => "-",
                State::Cancelled if self.file.plan().is_kiro() => return None,
                _ => self.file.environment().checkbox_character(to)?,
            };
            // A character that means another state in this document is ambiguous.
            let is_ambiguous = self.style.checkbox_characters.0.iter().any(|(state, checkbox_characters)| {
                *state != to && checkbox_characters.iter().any(|(known, _)| known == character)
            });
            if is_ambiguous {
                return None;
            }
            self.with_checkbox_character(item, character)
        };
        let remark = || {
            item.state_sources()
                .any(|(kind, ..)| kind.is_checkbox())
                .then(|| self.with_remark(item, to, '('))?
        };
        by_notation.or_else(field).or_else(checkbox).or_else(remark)
    }

    fn with_checkbox_character(&self, item: &Item<'_>, character: &str) -> Option<Vec<Edit>> {
        let (_, place, _) = item.state_sources().find(|(kind, ..)| kind.is_checkbox())?;
        Some(vec![Edit::replace(place, character)])
    }

    fn with_emoji(&self, item: &Item<'_>, emoji: &str, leading: bool) -> Option<Vec<Edit>> {
        let document = self.file.document();
        if !leading {
            return Some(vec![Edit::insert(self.end_of_text(item)?, format!(" {emoji}"))]);
        }
        let line = item.line();
        let text = document.slice(line.clone());
        let at = match item.state_sources().find(|(kind, ..)| *kind == StateSourceKind::Checkbox) {
            Some((_, place, _)) => place.end + 1,
            None => line.start + text.find(' ')?,
        };
        document
            .slice(at..line.end.max(at))
            .starts_with(' ')
            .then(|| vec![Edit::insert(at + 1, format!("{emoji} "))])
    }

    fn with_remark(&self, item: &Item<'_>, to: State, open: char) -> Option<Vec<Edit>> {
        let at = self.end_of_text(item)?;
        let word = self.word(to);
        let text = match open {
            '[' => format!(" [{}]", word.to_uppercase()),
            '(' => format!(" ({})", word.to_lowercase()),
            _ => format!(" — {word}"),
        };
        Some(vec![Edit::insert(at, text)])
    }

    /// Returns the offset after the item's text on its first line. `None` if other content follows there.
    pub(crate) fn end_of_text(&self, item: &Item<'_>) -> Option<usize> {
        if item.form() == StateSourceKind::TableRow {
            return None;
        }
        let text = self.file.document().slice(item.line());
        let first = text.lines().next().unwrap_or_default().trim_end();
        let own = item.line();
        let in_row = item
            .state_sources()
            .any(|(kind, place, _)| kind == StateSourceKind::TableRow && own.contains(&place.start));
        (!first.ends_with(['#', '\\', '|']) && !in_row && !first.is_empty())
            .then(|| item.line().start + first.len())
    }

    /// Returns the edit that inserts a field before the item's other fields, in the style of the first one. `None` if
    /// the item has no fields on lines of their own.
    pub(crate) fn with_field(&self, item: &Item<'_>, key: &str, value: &str) -> Option<Vec<Edit>> {
        let document = self.file.document();
        let line = item.line();
        let below = |field: &plan_model::Field<'_>| !field.front_matter && field.key_range.start >= line.end;
        let first = item.fields().filter(below).min_by_key(|field| field.key_range.start)?;
        let start = document.line_start(first.key_range.start);
        let before = document.slice(start..first.key_range.start);
        // Several fields on one line and cells are not extended.
        if before.chars().any(|c| c.is_alphanumeric() || c == '|') || first.value.is_empty() {
            return None;
        }
        let between = document.slice(first.key_range.end..first.value_range.start);
        if between.contains(['\n', '|']) {
            return None;
        }
        let key = with_case_of_value(key, &first.key);
        let newline = if crate::insert::uses_crlf(self.file) { "\r\n" } else { "\n" };
        Some(vec![Edit::insert(start, format!("{before}{key}{between}{value}{newline}"))])
    }

    fn with_strikethrough(&self, item: &Item<'_>) -> Option<Vec<Edit>> {
        let title = item.title_range();
        let at = item.line().start + self.file.document().slice(item.line()).find("] ")? + 2;
        let end = self.end_of_text(item)?;
        (at <= title.start && title.end <= end).then(|| vec![Edit::insert(at, "~~"), Edit::insert(end, "~~")])
    }

    /// Returns the edits that set the plan status.
    pub(crate) fn set_plan_status(&self, to: State) -> Vec<Edit> {
        let fields = self.file.plan().fields().into_iter();
        let statuses = fields.filter(|field| field.meaning == Some(Meaning::Status));
        let new = statuses.filter_map(|field| {
            let old = self.file.document().slice(field.value_range.clone());
            let new = self.value(&old, to);
            (new != old).then(|| Edit::replace(field.value_range, new))
        });
        new.collect()
    }
}

/// Returns the rows of phase tables, each with its phase.
pub(crate) fn phase_rows(file: &File) -> Vec<(Item<'_>, Row<'_>)> {
    let plan = file.plan();
    let mut found = Vec::new();
    for table in plan.tables().filter(|table| table.kind() == TableKind::PhaseStatus) {
        for row in table.rows() {
            let Some(name) = row.cell(Column::Phase).or_else(|| row.cells.first().cloned()) else { continue };
            let value = plan.parse_reference(name.text);
            let resolved = plan.resolve(&value, name.range.start, None);
            let target = resolved.first().and_then(|name| name.targets.first()).and_then(|(_, item)| *item);
            let phase = target.and_then(|item| plan.item(item)).filter(|item| item.kind() == ItemKind::Phase);
            found.extend(phase.map(|phase| (phase, row)));
        }
    }
    found
}
