//! Inlay hints: progress at headings and parents, what tasks wait for, days left, days that charts compute.

use std::collections::BTreeMap;

use jiff::civil::Date;
use plan_model::{CarrierKind, Column, Item, ItemKind, Meaning, State, date};

use crate::{
    File, Place,
    actions::is_ours,
    next::{full_name, short_name, state},
};

/// Which hints are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Progress at the headings of phases: `3/7`. On by default.
    pub phases: bool,
    /// Progress at tasks with tasks in them. Off by default.
    pub parents: bool,
    /// What phases and tasks wait for: `waits for 1.2`. Off by default.
    pub waits: bool,
    /// Days left at dates: `in 3 days`. Off by default.
    pub dates: bool,
    /// The days of bars in charts that mermaid computes. Off by default.
    pub charts: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self { phases: true, parents: false, waits: false, dates: false, charts: false }
    }
}

/// A text that is shown in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlayHint {
    /// The byte before which it is shown.
    pub at: usize,
    /// What it says, without blanks around it.
    pub label: String,
    /// The same at length.
    pub tooltip: String,
    /// Whether a blank belongs before it.
    pub before: bool,
}

/// How many names a hint lists before it counts the rest.
const LISTED: usize = 3;

/// The hints of a plan or checklist that lie in a range, both ends included, in document order; nothing for other documents.
pub fn inlay_hints(file: &File, within: &Place, switches: Switches) -> Vec<InlayHint> {
    if !is_ours(file) {
        return Vec::new();
    }
    let mut hints = Hints { file, within, found: Vec::new() };
    if switches.phases || switches.parents || switches.waits {
        hints.items(switches);
    }
    if switches.dates {
        hints.dates();
    }
    if switches.charts {
        hints.charts();
    }
    hints.found.sort_by_key(|hint| hint.at);
    hints.found
}

struct Hints<'a> {
    file: &'a File,
    within: &'a Place,
    found: Vec<InlayHint>,
}

impl Hints<'_> {
    fn holds(&self, at: usize) -> bool {
        self.within.start <= at && at <= self.within.end
    }

    fn add(&mut self, at: usize, label: String, tooltip: String) {
        if self.holds(at) {
            self.found.push(InlayHint { at, label, tooltip, before: true });
        }
    }

    fn items(&mut self, switches: Switches) {
        let nothing = BTreeMap::new();
        let waiting = if switches.waits { self.file.waits() } else { &nothing };
        for item in self.file.plan().items() {
            let line = item.line();
            if line.end < self.within.start || self.within.end < line.start {
                continue;
            }
            let Some(at) = self.end_of_name(&item) else { continue };
            let progress = item.progress();
            let counts = match item.kind() {
                ItemKind::Phase => switches.phases && progress.total > 0,
                ItemKind::Task => switches.parents && progress.total > 1,
            };
            if counts && let Some(percent) = progress.percent() {
                let tooltip = format!("{} of {} tasks done ({percent} %)", progress.done, progress.total);
                self.add(at, format!("{}/{}", progress.done, progress.total), tooltip);
            }
            let over = matches!(state(&item), Some(State::Done | State::Cancelled));
            if let Some(first) = waiting.get(&item.index()).filter(|_| !over) {
                let first: Vec<Item<'_>> =
                    first.iter().filter_map(|index| self.file.plan().item(*index)).collect();
                let short = listed(first.iter().map(short_name).collect());
                let full: Vec<String> = first.iter().map(full_name).collect();
                self.add(at, format!("waits for {short}"), format!("Not done yet: {}", full.join("; ")));
            }
        }
    }

    /// The end of the first line of an item, where a hint can stand: not in tables and front matter.
    fn end_of_name(&self, item: &Item<'_>) -> Option<usize> {
        match item.form() {
            CarrierKind::TableRow | CarrierKind::FrontMatter => None,
            CarrierKind::Heading => Some(item.section()?.text_range().end),
            _ => {
                let line = item.line();
                let text = self.file.document().slice(line.clone());
                let first = text.lines().next().unwrap_or_default();
                Some(line.start + first.split('\r').next().unwrap_or_default().trim_end().len())
            }
        }
    }

    /// Days left: of the plan, of items that are not finished, and of days to come in tables.
    fn dates(&mut self) {
        let plan = self.file.plan();
        let Some(today) = self.file.environment().today.as_ref().and_then(|today| today.parse().ok()) else {
            return;
        };
        let status = plan.status().and_then(|status| plan.state_of(&status.value));
        if is_over(status) {
            return;
        }
        let meanings = [Meaning::Target, Meaning::Due, Meaning::Expires];
        let document = self.file.document();
        let front =
            plan.front_matter().iter().filter(|entry| entry.meaning.is_some_and(|m| meanings.contains(&m)));
        let written = meanings.into_iter().flat_map(|meaning| plan.written(meaning)).map(|value| value.range);
        let mut places: Vec<Place> = front.map(|entry| entry.value.clone()).chain(written).collect();
        places.retain(|place| place.start <= self.within.end && self.within.start <= place.end);
        places.sort_by_key(|place| place.start);
        places.dedup();
        let finished = self.finished();
        for place in places {
            self.day(today, &finished, &document.slice(place.clone()), place.start, true);
        }
        for table in plan.tables() {
            let all = table.range();
            if all.end < self.within.start || self.within.end < all.start {
                continue;
            }
            for row in table.rows() {
                for cell in [Column::Date, Column::Start, Column::End].into_iter().filter_map(|c| row.cell(c))
                {
                    self.day(today, &finished, cell.text, cell.range.start, false);
                }
            }
        }
    }

    /// The first day in a text; with `late` also where it has passed.
    fn day(&mut self, today: Date, finished: &[Place], text: &str, start: usize, late: bool) {
        let Some((found, day)) = date::first(text).and_then(|found| Some((found.range, found.date?))) else {
            return;
        };
        let at = start + found.end;
        let before = finished.partition_point(|range| range.start <= at);
        let is_finished = before.checked_sub(1).is_some_and(|last| at <= finished[last].end);
        let left = (day - today).get_days();
        if !self.holds(at) || left < 0 && !late || is_finished {
            return;
        }
        let label = match left {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            -1 => "1 day late".to_owned(),
            2.. => format!("in {left} days"),
            _ => format!("{} days late", -left),
        };
        self.add(at, label, format!("{}, seen on {today}", day.strftime("%A, %-d %B %Y")));
    }

    /// What lies in items that are done, put off or cancelled, in order, without overlaps.
    fn finished(&self) -> Vec<Place> {
        let over = self.file.plan().items().filter(|item| is_over(state(item)));
        let mut ranges: Vec<Place> = over.map(|item| item.range()).collect();
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

    /// The days of bars that are not written at them.
    fn charts(&mut self) {
        for (start, chart) in self.file.plan().charts() {
            for bar in &chart.bars {
                let at = start + bar.range.end;
                let Some((first, after)) = bar.days.filter(|_| self.holds(at)) else { continue };
                let last = if after > first { after.yesterday().unwrap_or(first) } else { first };
                let is_day = |part: &Option<Place>| {
                    part.as_ref().is_some_and(|part| {
                        let text = self.file.document().slice(start + part.start..start + part.end);
                        date::first(&text).is_some_and(|found| found.range.start == 0)
                    })
                };
                let label = match (is_day(&bar.start), is_day(&bar.end)) {
                    (true, true) => continue,
                    (true, false) if last == first => continue,
                    _ if last == first => first.to_string(),
                    (true, false) => format!("to {last}"),
                    (false, true) => format!("from {first}"),
                    (false, false) => format!("{first} – {last}"),
                };
                let tooltip = format!("From {first} to {last}");
                self.add(at, label, tooltip);
            }
        }
    }
}

fn is_over(state: Option<State>) -> bool {
    matches!(state, Some(State::Done | State::Deferred | State::Cancelled))
}

/// A list with as many names as there is room for.
fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(LISTED);
    names.truncate(LISTED);
    let shown = names.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

#[cfg(test)]
mod tests;
