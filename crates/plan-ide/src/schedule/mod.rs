//! The schedule of a plan: start, end and slack of its phases, tasks and milestones.
//!
//! `stated.rs` reads what items state about time, and `inputs.rs` collects the statements of the whole plan.
//! `network.rs` determines the order of the items, `computation.rs` computes the dates over the working days of
//! `calendar.rs`, and `conflicts.rs` finds statements that contradict each other.

mod calendar;
mod computation;
mod conflicts;
pub(crate) mod inputs;
pub(crate) mod network;
mod stated;
#[cfg(test)]
mod tests;

use jiff::civil::Date;
use plan_model::{ItemKind, Meaning, Plan, State, TextRange};

pub use self::calendar::{ScheduleSettings, WorkCalendar};
use self::{
    computation::{ComputedTimes, DateComputation, latest_ends},
    inputs::{ScheduleInputs, is_scheduled},
    network::{Network, phase_order},
};
use crate::{File, next::before_name, rules::dates};

/// The schedule of a plan, which depends on the plan and the current date.
#[derive(Clone, Debug)]
pub struct PlanSchedule {
    /// Current date, if known.
    pub today: Option<Date>,
    /// The date on which the plan starts: its start date, otherwise its creation date.
    pub start: Option<Date>,
    /// The last day of all items, if nothing changes.
    pub end: Option<Date>,
    /// The plan's target date, with its range.
    pub target: Option<(Date, TextRange)>,
    /// Phases, tasks and milestones in document order.
    pub entries: Vec<ScheduleEntry>,
    /// The unfinished tasks and milestones without slack, as indices of entries, by date.
    pub critical_path: Vec<usize>,
    /// Statements that contradict each other, in document order.
    pub conflicts: Vec<Conflict>,
    /// Working days.
    pub calendar: WorkCalendar,
    /// The entries of items, by item index.
    by_item: Vec<Option<usize>>,
}

/// A phase, task or milestone in a [`PlanSchedule`].
#[derive(Clone, Debug)]
pub struct ScheduleEntry {
    /// Index of the item; `None` for a milestone.
    pub item: Option<usize>,
    /// Kind.
    pub kind: EntryKind,
    /// Normalized ID.
    pub id: Option<String>,
    /// Title without ID and markup.
    pub title: String,
    /// Range of the item's line, or of the milestone's title.
    pub range: TextRange,
    /// State; `None` for milestones.
    pub state: Option<State>,
    /// First day.
    pub start: Option<Date>,
    /// Last day.
    pub end: Option<Date>,
    /// Number of working days from start to end, including both; the estimate if the dates are unknown; 0 for
    /// milestones.
    pub days: Option<i64>,
    /// Number of working days by which the entry can end later without moving the end of the plan. `None` if it is finished
    /// or has no end. A phase has the smallest slack of its tasks and of its own dates or estimate.
    pub slack: Option<i64>,
    /// Whether the entry has no slack.
    pub critical: bool,
    /// Whether the end is before today and the entry is not finished.
    pub late: bool,
    /// Origin of the dates.
    pub source: DateSource,
    /// Whether the dates are those of the item's children.
    pub is_rolled_up: bool,
    /// Whether the entry states a date or a week of its own, in its text or in a chart.
    pub has_stated_date: bool,
}

/// Kind of a [`ScheduleEntry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are self-explanatory")]
pub enum EntryKind {
    Phase,
    Task,
    Milestone,
}

impl EntryKind {
    /// Returns the name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Task => "task",
            Self::Milestone => "milestone",
        }
    }
}

/// Origin of the dates of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateSource {
    /// Dates or weeks of the item itself.
    Stated,
    /// A Gantt chart or a text timeline.
    Chart,
    /// An estimate or duration, after the dependencies.
    Estimate,
    /// The ends of the dependencies.
    Dependency,
    /// No dates are known.
    #[default]
    None,
}

impl DateSource {
    /// Returns the name in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stated => "stated",
            Self::Chart => "chart",
            Self::Estimate => "estimate",
            Self::Dependency => "dependency",
            Self::None => "none",
        }
    }
}

/// A statement about time that contradicts another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The statement.
    pub range: TextRange,
    /// Message for the user.
    pub message: String,
    /// The other statement.
    pub related: Option<TextRange>,
    /// Kind of the conflict.
    pub kind: ConflictKind,
}

/// Kind of a [`Conflict`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictKind {
    /// An item starts before its dependency ends.
    Order,
    /// The start of an item is after its end.
    Reversed,
    /// An item has to end before its work is done.
    TooShort,
    /// A chart has other dates than the plan.
    Chart,
    /// An item ends after the phase or task that contains it.
    Parent,
    /// A milestone is before the end of its tasks.
    Milestone,
    /// The plan ends after its target.
    Target,
    /// Dependencies form a cycle.
    Cycle,
}

/// Returns the schedule of a plan. It is computed once per version of the file.
pub fn schedule(file: &File) -> &PlanSchedule {
    file.memo(|file| PlanSchedule::of(file, file.environment().schedule.phases_in_order))
}

/// Returns the schedule in which phases are not assumed to follow each other.
pub(crate) fn stated_schedule(file: &File) -> &PlanSchedule {
    &file.memo(|file| StatedSchedule(PlanSchedule::of(file, false))).0
}

/// A schedule from stated dependencies only.
struct StatedSchedule(PlanSchedule);

/// Returns the target date of a plan.
pub fn target(file: &File) -> Option<Date> {
    inputs::bounds(file).1.map(|target| target.day)
}

/// Returns the date of the last change according to the text of a plan: the date of its last update, otherwise its start or
/// creation date, whichever is later.
pub fn version_date(file: &File) -> Option<Date> {
    let found = dates::header_dates(file.plan());
    let latest = |meanings: &[Meaning]| {
        found.iter().filter(|day| meanings.contains(&day.meaning)).filter_map(|day| day.date).max()
    };
    latest(&[Meaning::Updated]).or_else(|| latest(&[Meaning::Start, Meaning::Created]))
}

impl PlanSchedule {
    fn of(file: &File, in_order: bool) -> Self {
        let plan = file.plan();
        let inputs = ScheduleInputs::of(file);
        let network = Network::of(plan, |stated| match in_order {
            true => phase_order(plan, &inputs, stated),
            false => Vec::new(),
        });
        let computation = DateComputation::of(plan, &inputs, &network);
        let end = computation.end;
        let after = end.map(|end| inputs.calendar.index_after(end));
        let latest = after.map(|after| latest_ends(plan, &network, &computation.items, after));
        let slack = |found: &ComputedTimes, latest: i64| {
            let end = found.end.filter(|_| found.is_open)?;
            Some(latest - inputs.calendar.index_after(end))
        };
        let slacks = slacks(plan, |index| {
            let (found, time) = (&computation.items[index], &inputs.times[index]);
            let is_own = !found.is_rolled_up || time.has_date() || time.days.is_some();
            latest.as_ref().filter(|_| is_own).and_then(|latest| slack(found, latest[index]))
        });
        let is_late = |found: &ComputedTimes| {
            found.is_open && found.end.zip(inputs.today).is_some_and(|(end, today)| end < today)
        };
        let mut entries: Vec<ScheduleEntry> = Vec::new();
        for item in plan.items().filter(is_scheduled) {
            let found = &computation.items[item.index()];
            let slack = slacks[item.index()].filter(|_| found.is_open && found.end.is_some());
            // A stated end can be before the start of the tasks.
            let dates = found.start.zip(found.end).filter(|(start, end)| start <= end);
            let days = dates.map(|(start, end)| inputs.calendar.count(start, end));
            entries.push(ScheduleEntry {
                item: Some(item.index()),
                kind: match item.kind() {
                    ItemKind::Phase => EntryKind::Phase,
                    ItemKind::Task => EntryKind::Task,
                },
                id: item.id().map(ToString::to_string),
                title: item.title(),
                range: item.line(),
                state: inputs.states[item.index()],
                start: found.start,
                end: found.end,
                days: days.or(inputs.times[item.index()].days.filter(|_| found.is_open)),
                slack,
                critical: slack.is_some_and(|slack| slack <= 0),
                late: is_late(found),
                source: found.source,
                is_rolled_up: found.is_rolled_up,
                has_stated_date: inputs.times[item.index()].has_date(),
            });
        }
        for (milestone, found) in inputs.milestones.iter().zip(&computation.milestones) {
            let slack = after.and_then(|after| slack(found, after)).filter(|slack| *slack >= 0);
            entries.push(ScheduleEntry {
                item: None,
                kind: EntryKind::Milestone,
                id: None,
                title: milestone.title.clone(),
                range: milestone.range.clone(),
                state: None,
                start: found.start,
                end: found.end,
                days: found.end.map(|_| 0),
                slack,
                critical: slack.is_some_and(|slack| slack <= 0),
                late: is_late(found) && !milestone.items.is_empty(),
                source: found.source,
                is_rolled_up: false,
                has_stated_date: milestone.day.is_some(),
            });
        }
        entries.sort_by_key(|entry| entry.range.start);
        let is_on_path = |entry: &ScheduleEntry| entry.critical && !entry.is_rolled_up;
        let mut critical_path: Vec<usize> =
            (0..entries.len()).filter(|index| is_on_path(&entries[*index])).collect();
        critical_path.sort_by_key(|index| (entries[*index].start, entries[*index].end, *index));
        let mut by_item = vec![None; plan.items().len()];
        for (index, entry) in entries.iter().enumerate() {
            entry.item.into_iter().for_each(|item| by_item[item] = Some(index));
        }
        let conflicts = conflicts::find(plan, &inputs, &network, &computation);
        Self {
            today: inputs.today,
            start: inputs.start,
            end,
            target: inputs.target.map(|target| (target.day, target.range)),
            entries,
            critical_path,
            conflicts,
            calendar: inputs.calendar,
            by_item,
        }
    }

    /// Returns the entry of an item.
    pub fn entry_of(&self, item: usize) -> Option<&ScheduleEntry> {
        self.entries.get((*self.by_item.get(item)?)?)
    }

    /// Returns the number of days by which the plan ends after its target; negative if it ends before.
    pub fn days_after_target(&self) -> Option<i64> {
        let (target, _) = self.target.as_ref()?;
        Some(i64::from(target.until(self.end?).ok()?.get_days()))
    }
}

/// Returns the slack of all items: the smallest one of those in it and of its own dates or estimate.
fn slacks(plan: &Plan, own: impl Fn(usize) -> Option<i64>) -> Vec<Option<i64>> {
    let mut slacks: Vec<Option<i64>> = (0..plan.items().len()).map(own).collect();
    // Children follow their parents.
    for item in (0..slacks.len()).rev() {
        if let (Some(parent), Some(slack)) = (plan.item(item).and_then(|item| item.parent()), slacks[item]) {
            slacks[parent] = Some(slacks[parent].map_or(slack, |around| around.min(slack)));
        }
    }
    slacks
}

impl ScheduleEntry {
    /// Returns whether the entry has a bar in a timeline: its dates are not those of its children, which have their own
    /// bars. A phase that states its dates has a bar next to those of its tasks.
    pub(crate) fn has_bar(&self) -> bool {
        let is_own = !self.is_rolled_up || self.has_stated_date && self.kind == EntryKind::Phase;
        is_own && (self.end.is_some() || self.has_stated_date)
    }

    /// Returns ID and title: `1.2 Copy the data`, `Phase 2: Build`.
    pub fn name(&self, file: &File) -> String {
        let item = self.item.and_then(|item| file.plan().item(item));
        let id = item.as_ref().and_then(|item| item.id()).map(before_name);
        match id {
            Some(id) if self.title.is_empty() => id.trim_end_matches(':').to_owned(),
            Some(id) => format!("{id} {}", self.title),
            None => self.title.clone(),
        }
    }
}
