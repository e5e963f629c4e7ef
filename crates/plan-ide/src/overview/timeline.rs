//! The timeline of a plan: its own Gantt charts, or computed from dates, estimates and dependencies.

use std::collections::BTreeMap;

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use plan_model::{
    Column, Item, ItemKind, Meaning, Milestone, Plan, Role, State,
    date::{self, RelativeDate},
    gantt::GanttTask as ChartBar,
};

use super::{Graph, graph, graph::label, hours, is_finished, plain, state};
use crate::{File, editing::states::phase_rows, rules::dates};

/// The schedule of a plan. It has no sections if the plan has neither dates nor estimates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Title of the plan's only Gantt chart, otherwise of the plan.
    pub title: Option<String>,
    /// Sections in document order; none is empty.
    pub sections: Vec<TimelineSection>,
    /// Current date, if known.
    pub today: Option<Date>,
    /// Number of Gantt tasks that are omitted because their dates cannot be computed.
    pub omitted: usize,
}

/// A group of bars: a section of a Gantt chart, or a phase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TimelineSection {
    /// Title of the group.
    pub title: Option<String>,
    /// Bars from top to bottom.
    pub bars: Vec<Bar>,
}

/// A bar of the timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Name of the task, phase or milestone.
    pub name: String,
    /// First day.
    pub first: Date,
    /// Day after the last one; for a milestone the first day.
    pub end: Date,
    /// State of the task.
    pub state: Option<State>,
    /// Whether the bar is on the critical path or tagged as critical.
    pub critical: bool,
    /// Whether the bar is a milestone, which has no duration.
    pub milestone: bool,
    /// Whether the dates are computed from an estimate.
    pub forecast: bool,
    /// Line of the task, phase, Gantt task or milestone, 0-based. `None` for the target date.
    pub line: Option<usize>,
}

impl Timeline {
    /// Returns the timeline with one bar per section. A section without a title keeps its bars.
    pub fn by_section(&self) -> Self {
        let bars = self.sections.iter().flat_map(|section| match (&section.title, section.bars.first()) {
            (Some(title), Some(first)) => vec![Bar {
                name: title.clone(),
                first: section.bars.iter().map(|bar| bar.first).min().unwrap_or(first.first),
                end: section.bars.iter().map(|bar| bar.end).max().unwrap_or(first.end),
                state: common_state(&section.bars),
                critical: section.bars.iter().any(|bar| bar.critical),
                milestone: false,
                forecast: section.bars.iter().all(|bar| bar.forecast),
                line: first.line,
            }],
            _ => section.bars.clone(),
        });
        let sections = vec![TimelineSection { title: None, bars: bars.collect() }];
        Self { sections, ..self.clone() }
    }

    /// Returns all bars.
    pub fn bars(&self) -> impl Iterator<Item = &Bar> {
        self.sections.iter().flat_map(|section| &section.bars)
    }

    /// Returns the first day of all bars, and the day after the last one.
    pub fn span(&self) -> Option<(Date, Date)> {
        let first = self.bars().map(|bar| bar.first).min()?;
        let end = self.bars().map(|bar| bar.end).max()?;
        Some((first, end))
    }
}

/// Returns the state that summarizes bars: done if all are over, active if any is active or over, otherwise open.
fn common_state(bars: &[Bar]) -> Option<State> {
    let mut states = bars.iter().filter_map(|bar| bar.state).peekable();
    states.peek()?;
    let states: Vec<State> = states.collect();
    Some(match () {
        () if states.iter().all(|state| is_finished(Some(*state))) => State::Done,
        () if states.iter().any(|state| *state == State::Active || is_finished(Some(*state))) => {
            State::Active
        }
        () => State::Open,
    })
}

/// Returns the timeline of a plan: its own Gantt charts if they have dates, otherwise the dates of its phases and
/// tasks, with the other estimated work scheduled from the current date on. Milestones are in the last section.
///
/// Scheduled work starts after its dependencies, pauses on weekends, and takes one day per eight hours.
pub fn timeline(file: &File) -> Timeline {
    let plan = file.plan();
    let today = dates::today(file);
    let dependencies = graph(file);
    let charts = plan.gantt_charts();
    let (mut sections, omitted) = of_charts(file, &dependencies);
    if sections.is_empty() {
        sections = Tasks::of(file, &dependencies).sections();
    }
    let milestones = milestones(plan, &sections);
    let only_the_target =
        sections.is_empty() && plan.milestones().iter().all(|timings| timings.date.is_none());
    if !milestones.is_empty() && !only_the_target {
        sections.push(TimelineSection { title: Some("Milestones".to_owned()), bars: milestones });
    }
    let own_title = match charts {
        [(start, chart)] => {
            let title = chart.title.as_ref();
            title.map(|title| plain(&file.document().slice(start + title.start..start + title.end)))
        }
        _ => None,
    };
    Timeline { title: own_title.or_else(|| plan.title()), sections, today, omitted }
}

/// Returns the sections of the plan's Gantt charts, and the number of Gantt tasks without dates.
fn of_charts(file: &File, dependencies: &Graph) -> (Vec<TimelineSection>, usize) {
    let plan = file.plan();
    let mut sections = Vec::new();
    let mut omitted = 0;
    for (start, chart) in plan.gantt_charts() {
        let written = |range: &std::ops::Range<usize>| {
            plain(&file.document().slice(start + range.start..start + range.end))
        };
        let title_of = |section: Option<usize>| {
            let own = section.and_then(|index| chart.sections.get(index)).map(written);
            let of_chart = chart.title.as_ref().map(written).filter(|_| plan.gantt_charts().len() > 1);
            match (of_chart, own) {
                (Some(chart), Some(own)) => Some(format!("{chart}: {own}")),
                (chart, own) => chart.or(own),
            }
        };
        let mut last = None;
        for bar in &chart.tasks {
            let Some(days) = bar.days else {
                omitted += 1;
                continue;
            };
            if last != Some(bar.section) {
                sections.push(TimelineSection { title: title_of(bar.section), bars: Vec::new() });
                last = Some(bar.section);
            }
            if let Some(section) = sections.last_mut() {
                section.bars.push(of_chart_bar(file, dependencies, bar, *start, days));
            }
        }
    }
    (sections, omitted)
}

/// Returns the bar of a Gantt task in the chart at `start`. The state of the task with that name overrides its tags.
fn of_chart_bar(
    file: &File,
    dependencies: &Graph,
    bar: &ChartBar,
    start: usize,
    (first, end): (Date, Date),
) -> Bar {
    let plan = file.plan();
    let at = start + bar.name.start;
    let name = file.document().slice(at..start + bar.name.end).to_string();
    let value = plan.parse_reference(&name);
    let named = match &plan.resolve(&value, at, None)[..] {
        [found] => match found.targets[..] {
            [(_, Some(item))] => plan.item(item),
            _ => None,
        },
        _ => None,
    };
    let is_id = value.names.first().is_some_and(|id| {
        let around = [&name[..id.range.start], &name[id.range.end..]];
        around.iter().all(|rest| !rest.contains(char::is_alphanumeric))
    });
    let has = |tag: &str| {
        bar.tags.iter().any(|range| file.document().slice(start + range.start..start + range.end) == tag)
    };
    let tagged = [("done", State::Done), ("active", State::Active)];
    let tagged = tagged.into_iter().find(|(tag, _)| has(tag)).map(|(_, state)| state);
    let state = named.as_ref().and_then(state).or(tagged);
    let on_path = named.as_ref().is_some_and(|item| dependencies.critical_path.contains(item.index()));
    let milestone = has("milestone");
    let rope = file.document().rope();
    let line = rope.byte_to_line(named.as_ref().map_or(at, |item| item.line().start));
    Bar {
        name: named.filter(|_| is_id).map_or_else(|| plain(&name), |item| label(&item)),
        first,
        end: if milestone { first } else { end.max(first) },
        state,
        critical: has("crit") || on_path,
        milestone,
        forecast: false,
        line: Some(line),
    }
}

/// Returns the plan's milestones and target date, except those that are already shown as bars.
fn milestones(plan: &Plan, sections: &[TimelineSection]) -> Vec<Bar> {
    let bar = |name: String, day: Date, line: Option<usize>| Bar {
        name,
        first: day,
        end: day,
        state: None,
        critical: false,
        milestone: true,
        forecast: false,
        line,
    };
    let own = plan.milestones();
    let own = own.iter().filter_map(|own: &Milestone<'_>| {
        let line = plan.document().rope().byte_to_line(own.title.range.start);
        Some(bar(plain(own.title.text), own.date?, Some(line)))
    });
    let target = dates::header_dates(plan)
        .into_iter()
        .filter(|day| matches!(day.meaning, Meaning::Target | Meaning::Due))
        .find_map(|day| day.date)
        .map(|day| bar("Target".to_owned(), day, None));
    let is_drawn = |name: &str| sections.iter().flat_map(|section| &section.bars).any(|bar| bar.name == name);
    let mut found: Vec<Bar> = own.chain(target).filter(|own| !is_drawn(&own.name)).collect();
    found.sort_by_key(|bar| bar.first);
    found
}

/// Schedule information of an item.
#[derive(Clone, Copy, Debug)]
enum Timing {
    /// First day, and the day after the last one.
    Days(Date, Date),
    /// Due date, without a start.
    Due(Date),
    /// Duration in working days, at least one.
    Takes(i64),
}

/// The phases and tasks of a plan with their schedule information.
struct Tasks<'a> {
    plan: &'a Plan,
    dependencies: &'a Graph,
    timings: BTreeMap<usize, Timing>,
    /// Start of scheduled work.
    begin: Option<Date>,
}

impl<'a> Tasks<'a> {
    fn of(file: &'a File, dependencies: &'a Graph) -> Self {
        let plan = file.plan();
        let header = dates::header_dates(plan);
        let created = header.iter().find(|day| day.meaning == Meaning::Created).and_then(|day| day.date);
        let begin = dates::today(file).max(created);
        let cells = start_and_end_cells(file);
        let mut timings = BTreeMap::new();
        // Whether an item or one of its ancestors has an estimate.
        let mut covered = vec![false; plan.items().len()];
        for item in plan.items().filter(|item| item.role() == Role::Work) {
            let index = item.index();
            covered[index] = item.parent().is_some_and(|parent| covered[parent]);
            let own_state = state(&item);
            if own_state == Some(State::Cancelled) {
                continue;
            }
            let written = days_of(&item, cells.get(&index), created);
            // The estimate of a phase applies only if its tasks have no estimates. Phases with estimated tasks are
            // filtered below.
            let estimate = hours(&item).filter(|_| !is_finished(own_state) && begin.is_some());
            let takes = estimate.filter(|_| !covered[index]).map(|hours| Timing::Takes(working_days(hours)));
            let Some(found) = written.or(takes) else { continue };
            covered[index] |= item.kind() == ItemKind::Task && matches!(found, Timing::Takes(_));
            timings.insert(index, found);
        }
        let mut has_scheduled_children = vec![false; plan.items().len()];
        for index in timings.keys() {
            let mut above = plan.item(*index).and_then(|item| item.parent());
            while let Some(parent) = above.filter(|parent| !has_scheduled_children[*parent]) {
                has_scheduled_children[parent] = true;
                above = plan.item(parent).and_then(|item| item.parent());
            }
        }
        timings.retain(|index, found| {
            let is_phase = plan.item(*index).is_some_and(|item| item.kind() == ItemKind::Phase);
            !(is_phase && has_scheduled_children[*index] && matches!(found, Timing::Takes(_)))
        });
        Self { plan, dependencies, timings, begin }
    }

    /// Returns the bars, grouped by phase.
    fn sections(&self) -> Vec<TimelineSection> {
        let scheduled = self.schedule();
        let mut sections: Vec<(Option<usize>, TimelineSection)> = Vec::new();
        for (index, timing) in &self.timings {
            let Some(item) = self.plan.item(*index) else { continue };
            let days = match timing {
                Timing::Days(first, end) => Some((*first, *end)),
                Timing::Due(day) => Some((*day, *day)),
                Timing::Takes(_) => scheduled.get(index).copied(),
            };
            let Some((first, end)) = days else { continue };
            let phase = match item.kind() {
                ItemKind::Phase => Some(item),
                ItemKind::Task => item.phase(),
            };
            let key = phase.as_ref().map(Item::index);
            let at = sections.iter().position(|(other, _)| *other == key).unwrap_or_else(|| {
                let title = phase.as_ref().map(label);
                sections.push((key, TimelineSection { title, bars: Vec::new() }));
                sections.len() - 1
            });
            sections[at].1.bars.push(Bar {
                name: label(&item),
                first,
                end,
                state: state(&item),
                critical: self.dependencies.critical_path.contains(*index),
                milestone: matches!(timing, Timing::Due(_)),
                forecast: matches!(timing, Timing::Takes(_)),
                line: Some(self.plan.document().rope().byte_to_line(item.line().start)),
            });
        }
        sections.into_iter().map(|(_, section)| section).collect()
    }

    /// Returns the dates of items that only have an estimate: as early as their dependencies allow.
    ///
    /// Every item has a start and an end. An item starts after the start of its parent and the ends of its
    /// dependencies; it ends after its start and the ends of its children.
    fn schedule(&self) -> BTreeMap<usize, (Date, Date)> {
        let Some(begin) = self.begin else { return BTreeMap::new() };
        let count = self.plan.items().len();
        let (start_of, end_of) = (|item: usize| 2 * item, |item: usize| 2 * item + 1);
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); 2 * count];
        let mut predecessors = vec![0_usize; 2 * count];
        let mut follows = |first: usize, second: usize| {
            after[first].push(second);
            predecessors[second] += 1;
        };
        for item in self.plan.items() {
            follows(start_of(item.index()), end_of(item.index()));
            if let Some(parent) = item.parent() {
                follows(start_of(parent), start_of(item.index()));
                follows(end_of(item.index()), end_of(parent));
            }
        }
        for edge in &self.dependencies.edges {
            follows(end_of(edge.from), start_of(edge.to));
        }
        let is_finished: Vec<bool> = self.plan.items().map(|item| is_finished(state(&item))).collect();
        let mut found = BTreeMap::new();
        let mut earliest = vec![begin; 2 * count];
        let mut is_known = vec![false; 2 * count];
        let mut ready: Vec<usize> = (0..2 * count).rev().filter(|node| predecessors[*node] == 0).collect();
        let mut unseen = 0;
        loop {
            let node = match ready.pop() {
                Some(node) => node,
                // All remaining nodes are in cycles: start with the first.
                None => match (unseen..2 * count).find(|node| !is_known[*node]) {
                    Some(node) => node,
                    None => break,
                },
            };
            if std::mem::replace(&mut is_known[node], true) {
                continue;
            }
            while unseen < 2 * count && is_known[unseen] {
                unseen += 1;
            }
            let item = node / 2;
            if node == end_of(item) {
                match self.timings.get(&item) {
                    _ if is_finished[item] => earliest[node] = begin,
                    Some(Timing::Days(_, end)) => earliest[node] = earliest[node].max(*end),
                    Some(Timing::Due(day)) => earliest[node] = earliest[node].max(next(*day)),
                    Some(Timing::Takes(days)) => {
                        let first = working_day(earliest[start_of(item)]);
                        let end = after_work(first, *days);
                        found.insert(item, (first, end));
                        earliest[node] = earliest[node].max(end);
                    }
                    None => {}
                }
            }
            let day = earliest[node];
            for following in std::mem::take(&mut after[node]) {
                earliest[following] = earliest[following].max(day);
                predecessors[following] = predecessors[following].saturating_sub(1);
                if predecessors[following] == 0 {
                    ready.push(following);
                }
            }
        }
        found
    }
}

/// Returns the start and end cells of table rows, by the item that they define or refer to.
fn start_and_end_cells(file: &File) -> BTreeMap<usize, (Option<Date>, Option<Date>)> {
    let plan = file.plan();
    let mut rows: BTreeMap<usize, (Option<Date>, Option<Date>)> = BTreeMap::new();
    for table in plan.tables() {
        if !table.columns().iter().any(|column| matches!(column, Column::Start | Column::End)) {
            continue;
        }
        for row in table.rows() {
            let day = |column| date::first(row.cell(column)?.text)?.date;
            rows.insert(row.range.start, (day(Column::Start), day(Column::End)));
        }
    }
    let inside = plan.items().filter_map(|item| Some((item.index(), *rows.get(&item.line().start)?)));
    let mut found: BTreeMap<usize, (Option<Date>, Option<Date>)> = inside.collect();
    for (phase, row) in phase_rows(file) {
        if let Some(days) = rows.get(&row.range.start) {
            found.entry(phase.index()).or_insert(*days);
        }
    }
    found
}

/// Returns the dates of an item from its fields, its row, or the suffix of its heading, whose weeks are counted from
/// the plan's creation date.
fn days_of(
    item: &Item<'_>,
    cells: Option<&(Option<Date>, Option<Date>)>,
    created: Option<Date>,
) -> Option<Timing> {
    let (mut start, mut end) = cells.copied().unwrap_or_default();
    for field in item.fields() {
        let days: Vec<Date> = date::dates(&field.value).into_iter().filter_map(|found| found.date).collect();
        match (field.meaning, &days[..]) {
            (
                Some(Meaning::Date | Meaning::Duration | Meaning::Estimate | Meaning::Due),
                [first, last, ..],
            ) => {
                (start, end) = (start.or(Some(*first)), end.or(Some(*last)));
            }
            (Some(Meaning::Created), [first, ..]) => start = start.or(Some(*first)),
            (Some(Meaning::Due | Meaning::Target | Meaning::Date), [last, ..]) => end = end.or(Some(*last)),
            _ => {}
        }
    }
    if let Some((suffix, _)) = item.suffix() {
        let days: Vec<Date> = date::dates(suffix).into_iter().filter_map(|found| found.date).collect();
        if let [first, last, ..] = days[..] {
            (start, end) = (start.or(Some(first)), end.or(Some(last)));
        } else if start.is_none() && end.is_none() {
            let span = date::relative(suffix).zip(created).and_then(|(when, from)| relative(&when, from));
            if let Some((first, end)) = span {
                return Some(Timing::Days(first, end));
            }
        }
    }
    let takes = hours(item).map(working_days);
    match (start, end) {
        (Some(first), Some(last)) if first <= last => Some(Timing::Days(first, next(last))),
        (Some(first), _) => {
            Some(Timing::Days(first, takes.map_or(next(first), |days| after_work(first, days))))
        }
        (None, Some(last)) => Some(Timing::Due(last)),
        (None, None) => None,
    }
}

/// Returns the dates of `Weeks 2-3`, counted from a date.
fn relative(when: &RelativeDate, from: Date) -> Option<(Date, Date)> {
    let after = |units: u32| {
        let units = i64::from(units);
        from.checked_add(match when.unit {
            date::CalendarUnit::Day => units.days(),
            date::CalendarUnit::Week => units.weeks(),
            date::CalendarUnit::Month => units.months(),
        })
        .ok()
    };
    let (first, end) = (after(when.first.checked_sub(1)?)?, after(when.last)?);
    (first < end).then_some((first, end))
}

/// Maximum number of working days.
const MAX_WORKING_DAYS: i64 = 5_000;

fn working_days(hours: f64) -> i64 {
    ((hours / 8.0).ceil() as i64).clamp(1, MAX_WORKING_DAYS)
}

fn next(day: Date) -> Date {
    day.saturating_add(1.day())
}

/// Returns the date itself, or the following Monday on weekends.
fn working_day(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => day.saturating_add(2.days()),
        Weekday::Sunday => day.saturating_add(1.day()),
        _ => day,
    }
}

/// Returns the day after the last of a number of working days.
fn after_work(first: Date, days: i64) -> Date {
    let first = working_day(first);
    // Two days of weekend follow every five working days.
    let weeks = (days - 1) / 5;
    let mut last = first.saturating_add((weeks * 7).days());
    for _ in 0..(days - 1) % 5 {
        last = working_day(next(last));
    }
    next(last)
}
