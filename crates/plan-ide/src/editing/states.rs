//! Writing states: every carrier that an item has says the new one, in the document's own way.

use std::collections::HashMap;

use plan_model::{CarrierKind, Column, Item, ItemKind, LooseKind, Meaning, Row, State, TableKind, reference};

use super::value::{cased, parts, rewritten, usual};
use crate::{Edit, File, Place};

/// Writes states into a file the way it writes them.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    file: &'a File,
    own: &'a Habits,
}

/// How a file writes states.
#[derive(Debug, Default)]
pub(crate) struct Habits {
    /// What stands between the brackets of boxes, by state, with how often.
    marks: Counts,
    emoji: Counts,
    words: Counts,
    /// How items of a state say it.
    ways: HashMap<State, Vec<(Habit, usize)>>,
}

/// A way of saying a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    Mark,
    Emoji { leading: bool },
    Word { open: char },
    Field,
    Strikethrough,
}

/// How often something is written for a state.
#[derive(Debug, Default)]
struct Counts(HashMap<State, Vec<(String, usize)>>);

impl Counts {
    fn add(&mut self, state: State, written: &str) {
        let known = self.0.entry(state).or_default();
        match known.iter_mut().find(|(text, _)| text == written) {
            Some((_, count)) => *count += 1,
            None => known.push((written.to_owned(), 1)),
        }
    }

    /// What is written most often, of equals the first.
    fn most(&self, state: State) -> Option<&str> {
        let known = self.0.get(&state)?;
        let most = known.iter().map(|(_, count)| *count).max()?;
        known.iter().find(|(_, count)| *count == most).map(|(text, _)| text.as_str())
    }
}

impl<'a> Writer<'a> {
    /// For a file.
    pub fn new(file: &'a File) -> Self {
        Self { file, own: file.habits() }
    }
}

impl Habits {
    /// Looks how a file writes states.
    pub(crate) fn of(file: &File) -> Self {
        let mut habits = Self::default();
        let plan = file.plan();
        for item in plan.items() {
            habits.learn(file, &item);
        }
        let rows: Vec<(Item<'_>, Row<'_>)> = phase_rows(file);
        let cells = rows.iter().filter_map(|(_, row)| row.cell(Column::Status));
        cells.for_each(|cell| habits.learn_value(file, cell.text));
        if let Some(status) = plan.status() {
            habits.learn_value(file, &status.value);
        }
        habits
    }

    fn learn(&mut self, file: &File, item: &Item<'_>) {
        let document = file.document();
        let effective = item.state();
        for ((kind, place, said), text) in item.carriers().zip(item.written_carriers()) {
            let Some(said) = said.filter(|_| !place.is_empty()) else { continue };
            let habit = match kind {
                CarrierKind::Box | CarrierKind::BoldBox => {
                    self.marks.add(said, text);
                    Habit::Mark
                }
                CarrierKind::Emoji => {
                    self.emoji.add(said, text);
                    Habit::Emoji { leading: place.start <= item.title_range().start }
                }
                CarrierKind::Word => {
                    self.learn_value(file, text);
                    let before = document.slice(item.line().start..place.start);
                    Habit::Word { open: before.chars().last().filter(|c| "([".contains(*c)).unwrap_or('—') }
                }
                CarrierKind::Field | CarrierKind::TableRow | CarrierKind::FrontMatter => {
                    self.learn_value(file, text);
                    Habit::Field
                }
                CarrierKind::Strikethrough => Habit::Strikethrough,
                CarrierKind::Heading | CarrierKind::Paragraph | CarrierKind::Bullet => continue,
            };
            if effective == Some(said) {
                let habits = self.ways.entry(said).or_default();
                match habits.iter_mut().find(|(known, _)| *known == habit) {
                    Some((_, count)) => *count += 1,
                    None => habits.push((habit, 1)),
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
    /// The mark of a ticked box.
    fn tick(&self) -> &str {
        if self.own.marks.most(State::Done) == Some("X") { "X" } else { "x" }
    }

    /// The mark that says a state in the boxes of this document.
    fn mark(&self, state: State) -> Option<&str> {
        match state {
            State::Done => Some(self.tick()),
            State::Open => Some(" "),
            other => self.own.marks.most(other).filter(|mark| mark.len() < 4),
        }
    }

    fn emoji(&self, state: State) -> Option<&str> {
        let usual = match state {
            State::Open => Some("⬜"),
            State::Active => Some("🔄"),
            State::Blocked => Some("🔴"),
            State::Done => Some("✅"),
            State::Deferred => None,
            State::Cancelled => Some("❌"),
        };
        self.own.emoji.most(state).or(usual)
    }

    /// The word for a state: the template's choice, else what the document writes most often, else the usual one.
    fn word(&self, state: State) -> String {
        let plan = self.file.plan();
        let choices = self.file.template().map(|template| template.choices_for(Meaning::Status));
        let chosen =
            choices.unwrap_or_default().into_iter().find(|choice| plan.state_of(choice) == Some(state));
        chosen
            .or_else(|| self.own.words.most(state).map(str::to_owned))
            .unwrap_or_else(|| usual(state).to_owned())
    }

    /// A status value that says a state instead.
    pub(super) fn value(&self, old: &str, to: State) -> String {
        let plan = self.file.plan();
        if plan.state_of(old) == Some(to) {
            return old.to_owned();
        }
        let vocabulary = &self.file.environment().vocabulary;
        rewritten(old, &self.word(to), self.emoji(to), vocabulary)
    }

    /// The edits that give an item a state; none where it has it, or where nothing of it can say it.
    pub fn set(&self, item: &Item<'_>, to: State) -> Vec<Edit> {
        let document = self.file.document();
        let boxed = item.carriers().any(|(kind, ..)| kind.is_box());
        // What is no box for Markdown is one for us while it is ticked or not.
        let loose = item.loose_box().is_some_and(|(kind, _)| kind != LooseKind::Empty);
        if loose && !matches!(to, State::Done | State::Open) {
            return Vec::new();
        }
        let mut edits = Vec::new();
        let mut says = boxed && matches!(to, State::Done | State::Open);
        let mut tells = false;
        for (kind, place, said) in item.carriers() {
            let text = document.slice(place.clone());
            let new = match kind {
                CarrierKind::Heading | CarrierKind::Paragraph | CarrierKind::Bullet => continue,
                CarrierKind::Box | CarrierKind::BoldBox => {
                    let mark = self.mark(to);
                    says |= mark.is_some();
                    // A mark of the team's own that says the same stays.
                    if said == Some(to) && !text.is_empty() {
                        text.clone()
                    } else {
                        mark.unwrap_or(" ").to_owned()
                    }
                }
                CarrierKind::Emoji => match self.emoji(to) {
                    Some(emoji) => {
                        says = true;
                        if said == Some(to) { text.clone() } else { emoji.to_owned() }
                    }
                    None => self.emoji(State::Open).unwrap_or_default().to_owned(),
                },
                CarrierKind::Word => {
                    let habit = self.own.ways.get(&to).is_some_and(|habits| {
                        habits.iter().any(|(habit, _)| matches!(habit, Habit::Word { .. }))
                    });
                    if said == Some(to) {
                        says = true;
                        text.clone()
                    } else if boxed && matches!(to, State::Done | State::Open) && !habit {
                        let (range, new) = self.without_remark(item, &place, to);
                        edits.push(Edit::replace(range, new));
                        continue;
                    } else {
                        says = true;
                        cased(&self.word(to), &text)
                    }
                }
                CarrierKind::Strikethrough => {
                    if to == State::Cancelled {
                        says = true;
                    } else {
                        edits.push(Edit::replace(place.start..place.start + 2, ""));
                        edits.push(Edit::replace(place.end - 2..place.end, ""));
                    }
                    tells = true;
                    continue;
                }
                CarrierKind::TableRow | CarrierKind::Field | CarrierKind::FrontMatter => {
                    says = true;
                    self.value(&text, to)
                }
            };
            tells = true;
            if new != text {
                edits.push(Edit::replace(place, new));
            }
        }
        if item.kind() == ItemKind::Phase {
            // A phase without a carrier of its own is what its tasks are.
            edits.extend(self.in_phase_rows(item, to));
        } else if !says && (tells || to != State::Open) && item.state() != Some(to) {
            match self.added(item, to) {
                Some(added) => {
                    edits.retain(|edit| !added.iter().any(|other| other.range == edit.range));
                    edits.extend(added);
                }
                // Half of it would be another state.
                None => return Vec::new(),
            }
        }
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        edits.dedup();
        edits
    }

    /// The rows of the table of phases that speak of a phase.
    fn in_phase_rows(&self, phase: &Item<'_>, to: State) -> Vec<Edit> {
        let rows = phase_rows(self.file);
        let own = rows.iter().filter(|(other, _)| other.index() == phase.index());
        let cells = own.filter_map(|(_, row)| row.cell(Column::Status));
        let new = cells.filter_map(|cell| {
            let new = self.value(cell.text, to);
            (new != cell.text).then(|| Edit::replace(cell.range, new))
        });
        new.collect()
    }

    /// What has to go so that a remark about the state is gone: its brackets or dash, and the blank before them.
    fn without_remark(&self, item: &Item<'_>, place: &Place, to: State) -> (Place, String) {
        let document = self.file.document();
        let line = item.line();
        let before = document.slice(line.start..place.start);
        let after = document.slice(place.end..item.range().end.max(place.end));
        let after = after.lines().next().unwrap_or_default();
        let opens = before.ends_with(['(', '[']);
        let closes = after.starts_with([')', ']']);
        if opens && closes {
            let bare = before[..before.len() - 1].trim_end();
            // At the start of a text the blank behind goes, elsewhere the one before.
            if bare.ends_with(']') || bare.is_empty() {
                let blank = after[1..].len() - after[1..].trim_start_matches(' ').len();
                return (place.start - 1..place.end + 1 + blank, String::new());
            }
            return (line.start + bare.len()..place.end + 1, String::new());
        }
        let bare = before.trim_end().trim_end_matches(['—', '–', '-', ':']).trim_end();
        if bare.len() < before.trim_end().len() && after.trim().is_empty() {
            return (line.start + bare.len()..place.end, String::new());
        }
        // `BLOCKED: text`
        if let Some(rest) = after.strip_prefix(": ").filter(|_| before.ends_with("] ")) {
            return (place.start..place.end + after.len() - rest.len(), String::new());
        }
        (place.clone(), cased(&self.word(to), &document.slice(place.clone())))
    }

    /// A carrier for a state that none of an item's own can say: the one that others use, a field, a mark, a remark.
    fn added(&self, item: &Item<'_>, to: State) -> Option<Vec<Edit>> {
        let mut habits = self.own.ways.get(&to).cloned().unwrap_or_default();
        habits.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let by_habit = habits.into_iter().find_map(|(habit, _)| match habit {
            Habit::Mark => self.marked(item, self.mark(to)?),
            Habit::Emoji { leading } => self.with_emoji(item, self.emoji(to)?, leading),
            Habit::Word { open } => self.with_remark(item, to, open),
            Habit::Field => self.with_field(item, to),
            Habit::Strikethrough => self.struck(item),
        });
        let field = || self.with_field(item, to);
        let marker = || {
            let marker = match to {
                State::Active if self.file.plan().is_kiro() => "-",
                State::Cancelled if self.file.plan().is_kiro() => return None,
                _ => self.file.environment().mark_of(to)?,
            };
            // What says something else in this document says nothing new.
            let taken = self
                .own
                .marks
                .0
                .iter()
                .any(|(state, marks)| *state != to && marks.iter().any(|(mark, _)| mark == marker));
            if taken {
                return None;
            }
            self.marked(item, marker)
        };
        let remark =
            || item.carriers().any(|(kind, ..)| kind.is_box()).then(|| self.with_remark(item, to, '('))?;
        by_habit.or_else(field).or_else(marker).or_else(remark)
    }

    fn marked(&self, item: &Item<'_>, mark: &str) -> Option<Vec<Edit>> {
        let (_, place, _) = item.carriers().find(|(kind, ..)| kind.is_box())?;
        Some(vec![Edit::replace(place, mark)])
    }

    fn with_emoji(&self, item: &Item<'_>, emoji: &str, leading: bool) -> Option<Vec<Edit>> {
        let document = self.file.document();
        if !leading {
            return Some(vec![Edit::insert(self.end_of_text(item)?, format!(" {emoji}"))]);
        }
        let line = item.line();
        let text = document.slice(line.clone());
        let at = match item.carriers().find(|(kind, ..)| *kind == CarrierKind::Box) {
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

    /// Byte after the item's text on its first line; nothing where something else follows it there.
    fn end_of_text(&self, item: &Item<'_>) -> Option<usize> {
        if item.form() == CarrierKind::TableRow {
            return None;
        }
        let text = self.file.document().slice(item.line());
        let first = text.lines().next().unwrap_or_default().trim_end();
        let in_row = item.carriers().any(|(kind, ..)| kind == CarrierKind::TableRow);
        (!first.ends_with(['#', '\\', '|']) && !in_row && !first.is_empty())
            .then(|| item.line().start + first.len())
    }

    /// A `Status` field before the item's other fields, written like the first of them.
    fn with_field(&self, item: &Item<'_>, to: State) -> Option<Vec<Edit>> {
        let document = self.file.document();
        let line = item.line();
        let below = |field: &plan_model::Field<'_>| !field.front_matter && field.key_range.start >= line.end;
        let first = item.fields().filter(below).min_by_key(|field| field.key_range.start)?;
        let start = document.line_start(first.key_range.start);
        let before = document.slice(start..first.key_range.start);
        // Not one of several on a line, not a cell.
        if before.chars().any(|c| c.is_alphanumeric() || c == '|') || first.value.is_empty() {
            return None;
        }
        let between = document.slice(first.key_range.end..first.value_range.start);
        if between.contains(['\n', '|']) {
            return None;
        }
        let key = cased("Status", &first.key);
        let newline = if crate::insert::uses_crlf(self.file) { "\r\n" } else { "\n" };
        Some(vec![Edit::insert(start, format!("{before}{key}{between}{}{newline}", self.word(to)))])
    }

    fn struck(&self, item: &Item<'_>) -> Option<Vec<Edit>> {
        let title = item.title_range();
        let at = item.line().start + self.file.document().slice(item.line()).find("] ")? + 2;
        let end = self.end_of_text(item)?;
        (at <= title.start && title.end <= end).then(|| vec![Edit::insert(at, "~~"), Edit::insert(end, "~~")])
    }

    /// The edit that gives the plan a status.
    pub(crate) fn set_plan(&self, to: State) -> Vec<Edit> {
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

/// The rows of tables of phases, each with the phase that it speaks of.
pub(crate) fn phase_rows(file: &File) -> Vec<(Item<'_>, Row<'_>)> {
    let plan = file.plan();
    let mut found = Vec::new();
    for table in plan.tables().filter(|table| table.kind() == TableKind::PhaseStatus) {
        for row in table.rows() {
            let Some(name) = row.cell(Column::Phase).or_else(|| row.cells.first().cloned()) else { continue };
            let value = reference::read(name.text);
            let resolved = plan.resolve(&value, name.range.start, None);
            let target = resolved.first().and_then(|name| name.targets.first()).and_then(|(_, item)| *item);
            let phase = target.and_then(|item| plan.item(item)).filter(|item| item.kind() == ItemKind::Phase);
            found.extend(phase.map(|phase| (phase, row)));
        }
    }
    found
}
