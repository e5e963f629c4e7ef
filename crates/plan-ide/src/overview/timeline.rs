//! The timeline of a plan: its own Gantt charts, or computed from dates, estimates and dependencies.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};
use plan_model::{
    Item, ItemKind, Meaning, Plan, State,
    gantt::{ChartExcludes, GanttTask as ChartBar},
};

use super::{graph::label, is_finished, plain, state};
use crate::{
    File,
    gantt_items::{GanttItems, decoded, normalized},
    rules::dates,
    schedule::{DateSource, EntryKind, PlanSchedule, schedule},
};

/// The schedule of a plan. It has no sections if the plan has neither dates nor estimates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Title of the plan's only Gantt chart, otherwise of the plan.
    pub title: Option<String>,
    /// Sections in document order, without empty ones.
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
    /// Line of the task, phase, Gantt task or milestone; 0-based. `None` for the target date.
    pub line: Option<usize>,
    /// First day, and the day after the last one, in the baseline.
    pub baseline: Option<(Date, Date)>,
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
                baseline: common_baseline(&section.bars),
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

    /// Returns the first day of all bars and their baselines, and the day after the last one.
    pub fn span(&self) -> Option<(Date, Date)> {
        let baselines = || self.bars().filter_map(|bar| bar.baseline);
        let first = self.bars().map(|bar| bar.first).chain(baselines().map(|(first, _)| first)).min()?;
        let end = self.bars().map(|bar| bar.end).chain(baselines().map(|(_, end)| end)).max()?;
        Some((first, end))
    }

    /// Sets the baseline of each bar to the dates of the bar with the same name in another version of the plan. If no
    /// bar has the name, a bar with the same ID at the start of its name is used.
    pub fn set_baseline(&mut self, baseline: &Self) {
        let id = |name: &str| {
            let word = name.split(' ').next().unwrap_or_default().to_owned();
            Some(word).filter(|word| word.contains(|c: char| c.is_ascii_digit()))
        };
        let mut by_name: BTreeMap<String, (Date, Date)> = BTreeMap::new();
        for bar in baseline.bars() {
            by_name.insert(bar.name.clone(), (bar.first, bar.end));
            if let Some(id) = id(&bar.name) {
                by_name.entry(id).or_insert((bar.first, bar.end));
            }
        }
        for bar in self.sections.iter_mut().flat_map(|section| &mut section.bars) {
            let own_id = id(&bar.name);
            let found = by_name.get(&bar.name).or_else(|| by_name.get(own_id.as_ref()?));
            bar.baseline = found.copied();
        }
    }
}

/// Returns the first day and the end of the baselines of bars, if all bars have one.
fn common_baseline(bars: &[Bar]) -> Option<(Date, Date)> {
    let baselines: Vec<(Date, Date)> = bars.iter().map(|bar| bar.baseline).collect::<Option<_>>()?;
    let first = baselines.iter().map(|(first, _)| *first).min()?;
    Some((first, baselines.iter().map(|(_, end)| *end).max()?))
}

/// Returns the state that summarizes bars: done if all are over, active if any is active or over, otherwise open.
fn common_state(bars: &[Bar]) -> Option<State> {
    let states: Vec<State> = bars.iter().filter_map(|bar| bar.state).collect();
    let is_over = |state: &State| is_finished(Some(*state));
    if states.is_empty() {
        None
    } else if states.iter().all(is_over) {
        Some(State::Done)
    } else {
        let is_active = states.iter().any(|state| *state == State::Active || is_over(state));
        Some(if is_active { State::Active } else { State::Open })
    }
}

/// Returns the timeline of a plan: its own Gantt charts if they have dates, otherwise its phases and tasks. Phases and tasks
/// have their dates in the [schedule](crate::schedule). Milestones are in the last section.
pub fn timeline(file: &File) -> Timeline {
    let plan = file.plan();
    let schedule = schedule(file);
    let (sections, omitted) = of_charts(file, schedule);
    if sections.is_empty() {
        return Timeline { omitted, ..schedule_timeline(file) };
    }
    let own_title = match plan.gantt_charts() {
        [(start, chart)] => {
            let title = chart.title.as_ref();
            title.map(|title| plain(&decoded(&file.document().slice(start + title.start..start + title.end))))
        }
        _ => None,
    };
    let title = own_title.or_else(|| plan.title());
    with_milestones(file, Timeline { title, sections, today: schedule.today, omitted }, true)
}

/// Returns the timeline of the [schedule](crate::schedule), even if the plan has its own Gantt charts, with the target date.
pub fn schedule_timeline(file: &File) -> Timeline {
    with_milestones(file, phases_and_tasks(file), true)
}

/// Returns the timeline of the schedule without the target date.
pub(crate) fn timeline_of_work(file: &File) -> Timeline {
    with_milestones(file, phases_and_tasks(file), false)
}

fn phases_and_tasks(file: &File) -> Timeline {
    let schedule = schedule(file);
    let sections = of_schedule(file, schedule);
    Timeline { title: file.plan().title(), sections, today: schedule.today, omitted: 0 }
}

/// Adds a section with the milestones, and the target date on request, that are not yet shown. A target date alone is not
/// shown.
fn with_milestones(file: &File, mut timeline: Timeline, has_target: bool) -> Timeline {
    let mut bars = milestones(file, &timeline.sections);
    if !(timeline.sections.is_empty() && bars.is_empty()) && has_target {
        bars.extend(target(file.plan()));
    }
    bars.sort_by_key(|bar| bar.first);
    if !bars.is_empty() {
        timeline.sections.push(TimelineSection { title: Some("Milestones".to_owned()), bars });
    }
    timeline
}

/// Returns the sections of the plan's Gantt charts, and the number of Gantt tasks without dates.
fn of_charts(file: &File, schedule: &PlanSchedule) -> (Vec<TimelineSection>, usize) {
    let plan = file.plan();
    let mut sections = Vec::new();
    let mut omitted = 0;
    let items = file.memo(GanttItems::of);
    for ((start, chart), items) in plan.gantt_charts().iter().zip(&items.charts) {
        let written = |range: &std::ops::Range<usize>| {
            plain(&decoded(&file.document().slice(start + range.start..start + range.end)))
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
        for (bar, item) in chart.tasks.iter().zip(items) {
            let named = item.and_then(|item| plan.item(item));
            let Some(days) = bar.days else {
                omitted += 1;
                continue;
            };
            if last != Some(bar.section) {
                sections.push(TimelineSection { title: title_of(bar.section), bars: Vec::new() });
                last = Some(bar.section);
            }
            if let Some(section) = sections.last_mut() {
                section.bars.push(of_chart_bar(file, schedule, bar, named, *start, &chart.excluded, days));
            }
        }
    }
    (sections, omitted)
}

/// Returns the bar of a Gantt task in the chart at the offset `start`. The state of the item `named` overrides the tags
/// of the Gantt task, and its dates in the schedule override those of the chart.
fn of_chart_bar(
    file: &File,
    schedule: &PlanSchedule,
    bar: &ChartBar,
    named: Option<Item<'_>>,
    start: usize,
    excluded: &ChartExcludes,
    (first, end): (Date, Date),
) -> Bar {
    let plan = file.plan();
    let name = decoded(&file.document().slice(start + bar.name.start..start + bar.name.end));
    let is_id = plan.parse_reference(&name).names.first().is_some_and(|id| {
        let around = [&name[..id.range.start], &name[id.range.end..]];
        around.iter().all(|rest| !rest.contains(char::is_alphanumeric))
    });
    let has = |tag: &str| {
        bar.tags.iter().any(|range| file.document().slice(start + range.start..start + range.end) == tag)
    };
    let tagged = [("done", State::Done), ("active", State::Active)];
    let tagged = tagged.into_iter().find(|(tag, _)| has(tag)).map(|(_, state)| state);
    let state = named.as_ref().and_then(state).or(tagged);
    let entry = named.as_ref().and_then(|item| schedule.entry_of(item.index()));
    let on_path = entry.is_some_and(|entry| entry.critical);
    let milestone = has("milestone");
    let last = excluded.last_day(first, end);
    let of_schedule = entry.and_then(|entry| entry.start.or(entry.end).zip(entry.end.or(entry.start)));
    let (first, last) = of_schedule.unwrap_or((first, last));
    let rope = file.document().rope();
    let line = rope.byte_to_line(named.as_ref().map_or(start + bar.name.start, |item| item.line().start));
    Bar {
        name: named.filter(|_| is_id).map_or_else(|| plain(&name), |item| label(&item)),
        first,
        end: if milestone { first } else { next(last.max(first)) },
        state,
        critical: has("crit") || on_path,
        milestone,
        forecast: false,
        line: Some(line),
        baseline: None,
    }
}

fn milestone(name: String, day: Date, line: Option<usize>) -> Bar {
    Bar {
        name,
        first: day,
        end: day,
        state: None,
        critical: false,
        milestone: true,
        forecast: false,
        line,
        baseline: None,
    }
}

/// Returns the milestones with their dates in the schedule, except those that are already shown as bars.
fn milestones(file: &File, sections: &[TimelineSection]) -> Vec<Bar> {
    let is_drawn = |name: &str| {
        let mut bars = sections.iter().flat_map(|section| &section.bars);
        bars.any(|bar| normalized(&bar.name) == normalized(name))
    };
    let entries = schedule(file).entries.iter().filter(|entry| entry.kind == EntryKind::Milestone);
    let bars = entries.filter(|entry| !is_drawn(&entry.title)).filter_map(|entry| {
        let line = file.document().rope().byte_to_line(entry.range.start);
        Some(Bar { critical: entry.critical, ..milestone(entry.title.clone(), entry.end?, Some(line)) })
    });
    bars.collect()
}

/// Returns the bar of the plan's target date.
fn target(plan: &Plan) -> Option<Bar> {
    let targets = dates::header_dates(plan)
        .into_iter()
        .filter(|day| matches!(day.meaning, Meaning::Target | Meaning::Due));
    targets.into_iter().find_map(|day| day.date).map(|day| milestone("Target".to_owned(), day, None))
}

/// Returns the bars of phases and tasks with dates, grouped by phase.
fn of_schedule(file: &File, schedule: &PlanSchedule) -> Vec<TimelineSection> {
    let plan = file.plan();
    let mut sections: Vec<TimelineSection> = Vec::new();
    let mut section_of: BTreeMap<Option<usize>, usize> = BTreeMap::new();
    for entry in schedule.entries.iter().filter(|entry| entry.has_bar()) {
        let Some(item) = entry.item.and_then(|item| plan.item(item)) else { continue };
        let Some(first) = entry.start.or(entry.end) else { continue };
        let phase = match item.kind() {
            ItemKind::Phase => Some(item),
            ItemKind::Task => item.phase(),
        };
        let key = phase.as_ref().map(Item::index);
        let at = *section_of.entry(key).or_insert_with(|| {
            let title = phase.as_ref().map(label);
            sections.push(TimelineSection { title, bars: Vec::new() });
            sections.len() - 1
        });
        let milestone = entry.start.is_none();
        sections[at].bars.push(Bar {
            name: label(&item),
            first,
            end: if milestone { first } else { next(entry.end.unwrap_or(first)) },
            state: entry.state,
            critical: entry.critical,
            milestone,
            forecast: entry.source == DateSource::Estimate,
            line: Some(plan.document().rope().byte_to_line(item.line().start)),
            baseline: None,
        });
    }
    sections
}

fn next(day: Date) -> Date {
    day.saturating_add(1.day())
}
