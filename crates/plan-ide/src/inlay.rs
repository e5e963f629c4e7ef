//! Inlay hints: progress of phases and parents, open dependencies, relative dates, computed dates of Gantt tasks.

use std::collections::BTreeMap;

use jiff::civil::Date;
use plan_model::{Column, Item, ItemKind, Meaning, State, StateSourceKind, date};
use plan_syntax::RangeExt;

use crate::{
    File, TextRange,
    next::{full_name, short_name, state},
    rules::common::plural,
    schedule::{ConflictKind, DateSource, EntryKind, schedule},
};

/// Enabled kinds of hints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InlayHintOptions {
    /// Progress after the headings of phases: `3/7`. On by default.
    pub phases: bool,
    /// Progress after tasks with subtasks. Off by default.
    pub parents: bool,
    /// Open dependencies of phases and tasks: `blocked by 1.2`. Off by default.
    pub dependencies: bool,
    /// Relative dates after dates: `in 3 days`. Off by default.
    pub dates: bool,
    /// Computed dates of Gantt tasks. Off by default.
    pub gantt: bool,
    /// Computed dates and slack of unfinished phases and tasks. Off by default.
    pub schedule: bool,
    /// Computed dates of milestones without a date, and hints at milestones that are before the end of their tasks. On
    /// by default.
    pub milestones: bool,
}

impl Default for InlayHintOptions {
    fn default() -> Self {
        Self {
            phases: true,
            parents: false,
            dependencies: false,
            dates: false,
            gantt: false,
            schedule: false,
            milestones: true,
        }
    }
}

/// Text that is displayed within a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlayHint {
    /// Offset before which the hint is displayed.
    pub offset: usize,
    /// Text of the hint, without surrounding spaces.
    pub label: String,
    /// Longer description.
    pub tooltip: String,
    /// Whether the hint is preceded by a space; otherwise it is followed by one.
    pub before: bool,
}

/// Maximum number of names in a hint.
const MAX_LISTED_DEPENDENCIES: usize = 3;

/// Returns the hints of a plan or checklist within a range, including both ends, in document order. Empty for other
/// documents.
pub fn inlay_hints(file: &File, within: &TextRange, options: InlayHintOptions) -> Vec<InlayHint> {
    if !file.has_tasks() {
        return Vec::new();
    }
    let mut hints = Hints { file, within, found: Vec::new() };
    if options.phases || options.parents || options.dependencies {
        hints.items(options);
    }
    if options.dates {
        hints.dates();
    }
    if options.gantt {
        hints.gantt_dates();
    }
    if options.schedule || options.milestones {
        hints.schedule(options);
    }
    hints.found.sort_by_key(|hint| hint.offset);
    hints.found
}

struct Hints<'a> {
    file: &'a File,
    within: &'a TextRange,
    found: Vec<InlayHint>,
}

impl Hints<'_> {
    fn includes(&self, offset: usize) -> bool {
        self.within.start <= offset && offset <= self.within.end
    }

    fn add(&mut self, offset: usize, label: String, tooltip: String) {
        if self.includes(offset) {
            self.found.push(InlayHint { offset, label, tooltip, before: true });
        }
    }

    fn items(&mut self, options: InlayHintOptions) {
        let nothing = BTreeMap::new();
        let open_dependencies = if options.dependencies { self.file.open_dependencies() } else { &nothing };
        for item in self.file.plan().items() {
            let line = item.line();
            if line.end < self.within.start || self.within.end < line.start {
                continue;
            }
            let Some(offset) = self.end_of_name(&item) else { continue };
            let progress = item.progress();
            let counts = match item.kind() {
                ItemKind::Phase => options.phases && progress.total > 0,
                ItemKind::Task => options.parents && progress.total > 1,
            };
            if counts && let Some(percent) = progress.percent() {
                let tooltip =
                    format!("{} of {} done ({percent}%)", progress.done, plural(progress.total, "task"));
                self.add(offset, format!("{}/{}", progress.done, progress.total), tooltip);
            }
            let is_finished = matches!(state(&item), Some(State::Done | State::Cancelled));
            if let Some(open) = open_dependencies.get(&item.index()).filter(|_| !is_finished) {
                let dependencies: Vec<Item<'_>> =
                    open.iter().filter_map(|index| self.file.plan().item(*index)).collect();
                let short = join_limited(dependencies.iter().map(short_name).collect());
                let full: Vec<String> = dependencies.iter().map(full_name).collect();
                let noun = if full.len() == 1 { "dependency" } else { "dependencies" };
                self.add(offset, format!("blocked by {short}"), format!("Open {noun}: {}", full.join("; ")));
            }
        }
    }

    /// Returns the offset of the end of an item's first line. `None` in tables and front matter, where hints are not
    /// displayed.
    fn end_of_name(&self, item: &Item<'_>) -> Option<usize> {
        match item.form() {
            StateSourceKind::TableRow | StateSourceKind::FrontMatter => None,
            StateSourceKind::Heading => Some(item.section()?.text_range().end),
            _ => {
                let line = item.line();
                let text = self.file.document().slice(line.clone());
                let first = text.lines().next().unwrap_or_default();
                Some(line.start + first.split('\r').next().unwrap_or_default().trim_end().len())
            }
        }
    }

    /// Adds relative dates: of the plan, of unfinished items, and of future dates in tables.
    fn dates(&mut self) {
        let plan = self.file.plan();
        let Some(today) = self.file.environment().today.as_ref().and_then(|today| today.parse().ok()) else {
            return;
        };
        let status = plan.status().and_then(|status| plan.state_of(&status.value));
        if is_finished(status) {
            return;
        }
        let meanings = [Meaning::Target, Meaning::Due, Meaning::Expires];
        let document = self.file.document();
        let front =
            plan.front_matter().iter().filter_map(|entry| Some((entry.value.clone(), entry.meaning?)));
        let front = front.filter(|(_, meaning)| meanings.contains(meaning));
        let written = meanings
            .into_iter()
            .flat_map(|meaning| plan.field_values(meaning).map(move |value| (value.range, meaning)));
        let mut places: Vec<(TextRange, Meaning)> = front.chain(written).collect();
        places.retain(|(place, _)| place.touches(self.within));
        places.sort_by_key(|(place, _)| place.start);
        places.dedup_by(|(next, _), (last, _)| next == last);
        let finished = self.finished_ranges();
        for (place, meaning) in places {
            let past = if meaning == Meaning::Expires { past_expiry } else { days_overdue };
            self.day(today, &finished, &document.slice(place.clone()), place.start, Some(past));
        }
        for table in plan.tables() {
            let all = table.range();
            if all.end < self.within.start || self.within.end < all.start {
                continue;
            }
            for row in table.rows() {
                for cell in [Column::Date, Column::Start, Column::End].into_iter().filter_map(|c| row.cell(c))
                {
                    self.day(today, &finished, cell.text, cell.range.start, None);
                }
            }
        }
    }

    /// Adds a hint for the first date of a text. `past` formats the number of days since a past date; without it, past
    /// dates have no hint.
    fn day(
        &mut self,
        today: Date,
        finished: &[TextRange],
        text: &str,
        start: usize,
        past: Option<fn(i32) -> String>,
    ) {
        let Some((found, day)) = date::first(text).and_then(|found| Some((found.range, found.date?))) else {
            return;
        };
        let offset = start + found.end;
        let before = finished.partition_point(|range| range.start <= offset);
        let is_finished = before.checked_sub(1).is_some_and(|last| offset <= finished[last].end);
        let left = (day - today).get_days();
        if !self.includes(offset) || is_finished {
            return;
        }
        let label = match (left, past) {
            (0, _) => "today".to_owned(),
            (1, _) => "tomorrow".to_owned(),
            (2.., _) => format!("in {left} days"),
            (_, Some(past)) => past(-left),
            (_, None) => return,
        };
        self.add(offset, label, format!("{} (today is {today})", day.strftime("%A, %B %-d, %Y")));
    }

    /// Returns the ranges of items that are done, deferred or cancelled, sorted and merged.
    fn finished_ranges(&self) -> Vec<TextRange> {
        let finished_items = self.file.plan().items().filter(|item| is_finished(state(item)));
        let mut ranges: Vec<TextRange> = finished_items.map(|item| item.range()).collect();
        ranges.sort_by_key(|range| range.start);
        ranges.dedup_by(|next, last| {
            let joined = next.start <= last.end;
            if joined {
                last.end = last.end.max(next.end);
            }
            joined
        });
        ranges
    }

    /// Adds the computed dates of phases, tasks and milestones, depending on the options.
    fn schedule(&mut self, options: InlayHintOptions) {
        let plan = self.file.plan();
        // A schedule is computed only if it can be shown.
        if !options.schedule && !plan.milestones().iter().any(|own| self.includes(own.title.range.end)) {
            return;
        }
        let found = schedule(self.file);
        for entry in &found.entries {
            let Some(slack) = entry.slack else { continue };
            let (Some(start), Some(end)) = (entry.start, entry.end) else { continue };
            let days = if slack == 1 { "1 working day".to_owned() } else { format!("{slack} working days") };
            let tooltip = match slack {
                ..=0 => "On the critical path".to_owned(),
                _ => format!("Can end {days} later without delaying the plan"),
            };
            match entry.kind {
                EntryKind::Milestone if options.milestones && entry.source == DateSource::Dependency => {
                    self.add(entry.range.end, end.to_string(), format!("Date of its last task. {tooltip}"));
                }
                EntryKind::Phase | EntryKind::Task if options.schedule => {
                    let Some(item) = entry.item.and_then(|item| plan.item(item)) else { continue };
                    let Some(offset) = self.end_of_name(&item).filter(|offset| self.includes(*offset)) else {
                        continue;
                    };
                    let dates = if start == end { start.to_string() } else { format!("{start} – {end}") };
                    let slack = if entry.critical { "critical".to_owned() } else { format!("slack {slack}") };
                    self.add(offset, format!("{dates}, {slack}"), tooltip);
                }
                _ => {}
            }
        }
        if !options.milestones {
            return;
        }
        for conflict in found.conflicts.iter().filter(|found| found.kind == ConflictKind::Milestone) {
            self.add(conflict.range.end, "before its tasks end".to_owned(), conflict.message.clone());
        }
    }

    /// Adds the computed dates of Gantt tasks, unless their lines contain these dates.
    fn gantt_dates(&mut self) {
        for (start, chart) in self.file.plan().gantt_charts() {
            for task in &chart.tasks {
                let offset = start + task.range.end;
                let Some((first, after)) = task.days.filter(|_| self.includes(offset)) else { continue };
                let last = chart.excluded.last_day(first, after);
                let is_day = |part: &Option<TextRange>| {
                    part.as_ref().is_some_and(|part| {
                        let text = self.file.document().slice(start + part.start..start + part.end);
                        date::first(&text).is_some_and(|found| found.range.start == 0)
                    })
                };
                let label = match (is_day(&task.start), is_day(&task.end)) {
                    (true, true) => continue,
                    (true, false) if last == first => continue,
                    _ if last == first => first.to_string(),
                    (true, false) => format!("to {last}"),
                    (false, true) => format!("from {first}"),
                    (false, false) => format!("{first} – {last}"),
                };
                let tooltip = format!("From {first} to {last}");
                self.add(offset, label, tooltip);
            }
        }
    }
}

/// Formats the days since a missed date: `3 days overdue`.
fn days_overdue(days: i32) -> String {
    if days == 1 { "1 day overdue".to_owned() } else { format!("{days} days overdue") }
}

/// Formats the days since an expiry date: `expired 3 days ago`.
fn past_expiry(days: i32) -> String {
    if days == 1 { "expired yesterday".to_owned() } else { format!("expired {days} days ago") }
}

fn is_finished(state: Option<State>) -> bool {
    matches!(state, Some(State::Done | State::Deferred | State::Cancelled))
}

/// Joins names up to the maximum number, followed by the number of other names.
fn join_limited(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(MAX_LISTED_DEPENDENCIES);
    names.truncate(MAX_LISTED_DEPENDENCIES);
    let shown = names.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

#[cfg(test)]
mod tests;
