//! Statements of a plan about time: the dates, weeks and estimates of its items, and its milestones.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};
use plan_model::{
    Column, Item, ItemKind, Meaning, Plan, Row, State, TableKind, TextRange,
    date::{self, CalendarUnit, RelativeDate},
    quantity,
};
use plan_syntax::View;

use super::{
    DateSource, WorkCalendar,
    stated::{DateEndpoint, SegmentTimes, StatedPeriod},
};
use crate::{
    File,
    gantt_items::{GanttItems, decoded, named_item, normalized},
    next::state,
    rules::dates,
};

/// A date that a plan states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatedDay {
    pub(crate) day: Date,
    /// [`DateSource::Stated`] or [`DateSource::Chart`].
    pub(crate) source: DateSource,
    /// Range of the text that states the date.
    pub(crate) range: TextRange,
}

/// Statements of a plan about the time of an item.
#[derive(Clone, Debug, Default)]
pub(crate) struct StatedTime {
    pub(crate) start: Option<StatedDay>,
    /// Last day.
    pub(crate) end: Option<StatedDay>,
    /// Estimate or duration in working days.
    pub(crate) days: Option<i64>,
    /// First and last day of a Gantt task that differ from other dates of the item, with the range of the Gantt task.
    pub(crate) other_chart: Option<(Date, Date, TextRange)>,
    /// A start and an end that are not in order.
    pub(crate) misordered: Option<(StatedDay, StatedDay)>,
}

impl StatedTime {
    /// Adds a start and an end. A date that is already stated is kept, and a date that is not in order with it is not
    /// used.
    fn add(&mut self, start: Option<Date>, end: Option<Date>, source: DateSource, range: &TextRange) {
        let stated = |day: Date| StatedDay { day, source, range: range.clone() };
        if let (None, Some(start)) = (&self.start, start) {
            match &self.end {
                Some(end) if end.day < start => self.misordered = Some((stated(start), end.clone())),
                _ => self.start = Some(stated(start)),
            }
        }
        if let (None, Some(end)) = (&self.end, end) {
            match &self.start {
                Some(start) if end < start.day => self.misordered = Some((start.clone(), stated(end))),
                _ => self.end = Some(stated(end)),
            }
        }
    }

    /// Returns whether a start or end is stated.
    pub(crate) fn has_date(&self) -> bool {
        self.start.is_some() || self.end.is_some()
    }
}

/// A milestone of a plan: an entry of its milestones, of a chart or of a text timeline.
#[derive(Clone, Debug)]
pub(crate) struct MilestoneInput {
    pub(crate) title: String,
    pub(crate) range: TextRange,
    pub(crate) day: Option<StatedDay>,
    /// Indices of the items that the milestone depends on.
    pub(crate) items: Vec<usize>,
}

/// A column of a table whose cells state dates or weeks.
#[derive(Clone, Copy)]
struct DateColumn {
    /// Position in the table.
    at: usize,
    endpoint: DateEndpoint,
    /// Whether a number without a unit is the number of a week.
    numbers_weeks: bool,
}

impl DateColumn {
    fn of(at: usize, column: Column, title: &str) -> Option<Self> {
        let endpoint = DateEndpoint::of_column(column, title)?;
        let numbers_weeks = column != Column::Estimate && title.to_lowercase().contains("week");
        Some(Self { at, endpoint, numbers_weeks })
    }

    /// Returns the dates or weeks that a cell states.
    fn period(&self, cell: &str) -> Option<StatedPeriod> {
        let cell = cell.trim();
        let is_number = cell.starts_with(|c: char| c.is_ascii_digit())
            && cell.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '–' | '—'));
        if self.numbers_weeks && is_number {
            StatedPeriod::of(self.endpoint, &format!("Week {cell}"))
        } else {
            StatedPeriod::of(self.endpoint, cell)
        }
    }
}

/// A table row, the columns of its table about time, and the index of its estimate cell.
type DatedRow<'a> = (Row<'a>, Vec<DateColumn>, Option<usize>);

/// The states of all items, cached with the structure: the own state, otherwise the derived one.
struct States(Vec<Option<State>>);

impl States {
    fn of(plan: &Plan) -> Self {
        Self(plan.items().map(|item| state(&item)).collect())
    }
}

/// Statements of a plan about time.
pub(crate) struct ScheduleInputs {
    pub(crate) calendar: WorkCalendar,
    pub(crate) today: Option<Date>,
    /// The date on which the plan starts: its start date, otherwise its creation date.
    pub(crate) start: Option<Date>,
    pub(crate) target: Option<StatedDay>,
    /// By item index.
    pub(crate) times: Vec<StatedTime>,
    /// By item index: the own state, otherwise the derived one.
    pub(crate) states: Vec<Option<State>>,
    pub(crate) milestones: Vec<MilestoneInput>,
}

impl ScheduleInputs {
    pub(crate) fn of(file: &File) -> Self {
        let plan = file.plan();
        let calendar = WorkCalendar::of(plan, &file.environment().schedule);
        let (start, target) = bounds(file);
        let mut inputs = Self {
            today: dates::today(file),
            start,
            target,
            times: vec![StatedTime::default(); plan.items().len()],
            states: plan.structure_memo(States::of).0.clone(),
            milestones: Vec::new(),
            calendar,
        };
        inputs.own_times(plan);
        inputs.rows(plan);
        inputs.milestones(plan);
        inputs.charts(file);
        inputs.text_timelines(file);
        inputs
    }

    /// Adds the times that items themselves state: in their fields, their rows, the suffixes of their headings.
    fn own_times(&mut self, plan: &Plan) {
        for view in plan.segment_views() {
            let view = view.with_items();
            let Some(first) = view.items().next().map(|item| item.index()) else { continue };
            let start = view.range().start;
            for (position, own) in &view.memo(SegmentTimes::of).0 {
                let mut time = StatedTime::default();
                for (when, range) in &own.dates {
                    let range = range.start.wrapping_add(start)..range.end.wrapping_add(start);
                    let (first, last) = self.days(when);
                    time.add(first, last, DateSource::Stated, &range);
                }
                time.days = own.length.as_ref().map(|length| self.calendar.days(length));
                self.times[first + position] = time;
            }
        }
    }

    /// Returns the start and end that a text states.
    fn days(&self, when: &StatedPeriod) -> (Option<Date>, Option<Date>) {
        match when {
            StatedPeriod::Start(first) => (Some(*first), None),
            StatedPeriod::End(last) => (None, Some(*last)),
            StatedPeriod::Both(first, last) => (Some(*first), Some(*last)),
            StatedPeriod::Relative(part, when) => match (part, self.relative(when)) {
                (_, None) => (None, None),
                (DateEndpoint::Start, Some((first, _))) => (Some(first), None),
                (DateEndpoint::End | DateEndpoint::EndOrBoth, Some((_, last))) => (None, Some(last)),
                (DateEndpoint::Both, Some((first, last))) => (Some(first), Some(last)),
            },
        }
    }

    /// Returns the first and last day of a range such as `Weeks 2-3`, counted from the start of the plan. Numbered days
    /// are working days.
    fn relative(&self, when: &RelativeDate) -> Option<(Date, Date)> {
        let (start, calendar) = (self.start?, &self.calendar);
        let (before, last) = (i64::from(when.first).checked_sub(1)?, i64::from(when.last));
        let (first, after) = match when.unit {
            CalendarUnit::Day => (calendar.index_of(start) + before, calendar.index_of(start) + last),
            unit => {
                let day = |count: i64| {
                    let span = if unit == CalendarUnit::Week { (count * 7).days() } else { count.months() };
                    start.checked_add(span).ok()
                };
                (calendar.index_of(day(before)?), calendar.index_of(day(last)?))
            }
        };
        (0 <= before && first < after).then(|| (calendar.date(first), calendar.date(after - 1)))
    }

    /// Adds the times in table rows that name an item.
    fn rows(&mut self, plan: &Plan) {
        use TableKind::{Dependencies, Other, PhaseStatus, Tasks};
        let mut found: Vec<DatedRow<'_>> = Vec::new();
        for table in plan.tables() {
            let columns = table.columns();
            let has_name =
                columns.iter().any(|column| matches!(column, Column::Id | Column::Task | Column::Phase));
            if !has_name || !matches!(table.kind(), Tasks | PhaseStatus | Dependencies | Other) {
                continue;
            }
            let estimate = columns.iter().position(|column| *column == Column::Estimate);
            let header = table.header();
            let dated: Vec<DateColumn> = columns
                .iter()
                .enumerate()
                .filter_map(|(at, column)| DateColumn::of(at, *column, header.get(at)?.text))
                .collect();
            if estimate.is_some() || !dated.is_empty() {
                found.extend(table.rows().into_iter().map(|row| (row, dated.clone(), estimate)));
            }
        }
        if found.is_empty() {
            return;
        }
        let own: BTreeMap<usize, usize> =
            plan.items().map(|item| (item.line().start, item.index())).collect();
        for (row, dated, estimate) in found {
            let name = || {
                let cell = [Column::Id, Column::Task, Column::Phase].into_iter().find_map(|c| row.cell(c))?;
                named_item(plan, cell.text, cell.range.start)
            };
            let Some(index) = own.get(&row.range.start).copied().or_else(name) else { continue };
            let Some(time) = self.times.get(index) else { continue };
            let mut time = time.clone();
            for column in dated {
                let Some(cell) = row.cells.get(column.at) else { continue };
                let (start, end) = column.period(cell.text).map_or((None, None), |when| self.days(&when));
                time.add(start, end, DateSource::Stated, &cell.range);
            }
            let length = estimate.and_then(|at| quantity::duration(row.cells.get(at)?.text));
            time.days = time.days.or_else(|| length.map(|length| self.calendar.days(&length)));
            self.times[index] = time;
        }
    }

    fn milestones(&mut self, plan: &Plan) {
        for milestone in plan.milestones() {
            let range = || milestone.when.as_ref().map_or(milestone.title.range.clone(), |w| w.range.clone());
            let last = milestone.relative.as_ref().and_then(|when| self.relative(when)).map(|(_, last)| last);
            let day = milestone.date.or(last);
            let mut items: Vec<usize> =
                milestone.tasks.iter().flat_map(|name| &name.targets).filter_map(|(_, item)| *item).collect();
            if items.is_empty() {
                items.extend(completed_item(plan, milestone.title.text, milestone.title.range.start));
            }
            items.sort_unstable();
            items.dedup();
            self.milestones.push(MilestoneInput {
                title: plan_model::plain(milestone.title.text),
                day: day.map(|day| StatedDay { day, source: DateSource::Stated, range: range() }),
                range: milestone.title.range.clone(),
                items,
            });
        }
    }

    /// Adds the dates of Gantt tasks to items and milestones. Computed dates of unfinished work are results of the schedule
    /// and therefore not added.
    fn charts(&mut self, file: &File) {
        let plan = file.plan();
        let charts = plan.gantt_charts();
        if charts.is_empty() {
            return;
        }
        let items = file.memo(GanttItems::of);
        for ((start, chart), items) in charts.iter().zip(&items.charts) {
            if chart.is_rejected {
                continue;
            }
            for (task, item) in chart.tasks.iter().zip(items) {
                let Some((first, after)) = task.days else { continue };
                let last = chart.excluded.last_day(first, after);
                let range = start + task.range.start..start + task.range.end;
                let slice = |range: &TextRange| file.document().slice(start + range.start..start + range.end);
                let is_milestone = task.tags.iter().any(|tag| slice(tag) == "milestone");
                match item {
                    Some(index) if task.is_computed && is_unfinished(self.states[*index]) => {}
                    Some(index) => {
                        let (time, calendar) = (&mut self.times[*index], &self.calendar);
                        // A weekend after the last working day makes no difference.
                        let begin = |day: Date| calendar.index_of(day);
                        let end = |day: Date| calendar.index_after(day);
                        let differs =
                            time.start.as_ref().is_some_and(|stated| begin(stated.day) != begin(first))
                                || time.end.as_ref().is_some_and(|stated| end(stated.day) != end(last));
                        if differs {
                            time.other_chart = Some((first, last, range));
                        } else {
                            time.add(Some(first), Some(last), DateSource::Chart, &range);
                        }
                    }
                    None if is_milestone => {
                        let title = plan_model::plain(&decoded(&slice(&task.name)));
                        let place = start + task.name.start..start + task.name.end;
                        let is_known =
                            || self.milestone_named(&title).is_some_and(|known| !known.items.is_empty());
                        if !(task.is_computed && is_known()) {
                            self.add_milestone(plan, title, place, first, range);
                        }
                    }
                    None => {}
                }
            }
        }
    }

    fn text_timelines(&mut self, file: &File) {
        let plan = file.plan();
        for entry in plan.text_timeline_entries() {
            let Some((first, last)) = self.relative(&entry.when) else { continue };
            let name = file.document().slice(entry.name.clone());
            match named_item(plan, &name, entry.name.start) {
                Some(index) if entry.has_bar => {
                    self.times[index].add(Some(first), Some(last), DateSource::Chart, &entry.when_range);
                }
                None if !entry.has_bar => {
                    let title = plan_model::plain(&name);
                    self.add_milestone(plan, title, entry.name.clone(), last, entry.when_range);
                }
                _ => {}
            }
        }
    }

    /// Returns the milestone with this title.
    pub(crate) fn milestone_named(&self, title: &str) -> Option<&MilestoneInput> {
        let name = normalized(title);
        self.milestones.iter().find(|known| normalized(&known.title) == name)
    }

    /// Adds the milestone of a chart, or its date to the milestone with this title.
    fn add_milestone(&mut self, plan: &Plan, title: String, place: TextRange, day: Date, range: TextRange) {
        let day = StatedDay { day, source: DateSource::Chart, range };
        let name = normalized(&title);
        match self.milestones.iter_mut().find(|known| normalized(&known.title) == name) {
            Some(known) => {
                known.day.get_or_insert(day);
            }
            None => {
                let items = completed_item(plan, &title, place.start).into_iter().collect();
                self.milestones.push(MilestoneInput { title, range: place, day: Some(day), items });
            }
        }
    }
}

/// Returns whether work with this state remains to be done.
pub(crate) fn is_unfinished(state: Option<State>) -> bool {
    !matches!(state, Some(State::Done | State::Cancelled | State::Deferred))
}

/// Returns the index of the phase or task whose completion is the title of a milestone: `Phase 1 complete`. `offset` is
/// the position of the title in the document.
fn completed_item(plan: &Plan, title: &str, offset: usize) -> Option<usize> {
    let title = title.trim_matches(|c: char| !c.is_alphanumeric());
    let words = ["complete", "completed", "done", "finished"];
    let name = words.iter().find_map(|word| {
        let at = title.len().checked_sub(word.len())?;
        let (name, last) = (title.get(..at)?, title.get(at..)?);
        last.eq_ignore_ascii_case(word).then_some(name.trim_end())
    })?;
    let value = plan.parse_reference(name);
    let [id] = &value.names[..] else { return None };
    let is_whole = !name[..id.range.start].contains(char::is_alphanumeric)
        && !name[id.range.end..].contains(char::is_alphanumeric);
    if !is_whole {
        return None;
    }
    match &plan.resolve(&value, offset, None)[..] {
        [found] => match found.targets[..] {
            [(_, Some(item))] => Some(item),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the start date and the target date of a plan.
pub(crate) fn bounds(file: &File) -> (Option<Date>, Option<StatedDay>) {
    let plan = file.plan();
    let (mut start, mut created, mut target) = (None, None, None);
    let mut timeline = None;
    for field in plan.fields() {
        let found: Vec<_> = date::dates(&file.document().slice(field.value_range.clone()))
            .into_iter()
            .filter_map(|found| {
                let range =
                    field.value_range.start + found.range.start..field.value_range.start + found.range.end;
                Some(StatedDay { day: found.date?, source: DateSource::Stated, range })
            })
            .collect();
        let Some(first) = found.first() else { continue };
        match field.meaning {
            Some(Meaning::Start) => start = start.or(Some(first.day)),
            Some(Meaning::Created) => created = created.or(Some(first.day)),
            Some(Meaning::Target | Meaning::Due) => target = target.or_else(|| Some(first.clone())),
            Some(Meaning::Duration) | None if found.len() == 2 => {
                let key = field.key.to_lowercase();
                if field.meaning.is_some() || key == "timeline" {
                    timeline.get_or_insert((found[0].clone(), found[1].clone()));
                }
            }
            _ => {}
        }
    }
    let (from, to) = timeline.map_or((None, None), |(from, to)| (Some(from.day), Some(to)));
    (start.or(from).or(created), target.or(to))
}

/// Returns whether an item is a phase or task of work.
pub(crate) fn is_scheduled(item: &Item<'_>) -> bool {
    item.role().is_work() || item.kind() == ItemKind::Phase
}
