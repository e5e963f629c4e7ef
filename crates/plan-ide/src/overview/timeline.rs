//! When what is done: a plan's own gantt charts, or what its dates, estimates and dependencies come to.

use std::collections::BTreeMap;

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};
use plan_model::{
    Column, Item, ItemKind, Meaning, Milestone, Plan, Role, State,
    date::{self, Relative},
    gantt::Bar as ChartBar,
    reference,
};

use super::{Graph, graph, graph::label, hours, is_over, plain, state};
use crate::{File, editing::states::phase_rows, rules::days};

pub use super::draw::mermaid_of_timeline;

/// When a plan's work is done. Without sections there is nothing that anyone could know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// The title of the plan's only chart, else of the plan.
    pub title: Option<String>,
    /// In the order of the document; none is empty.
    pub sections: Vec<Section>,
    /// The day that is called today, where it is known.
    pub today: Option<Date>,
    /// Bars of the plan's charts that are missing, as their days can't be told.
    pub left_out: usize,
}

/// Bars that belong together: a section of a chart, or a phase.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// What it is called.
    pub title: Option<String>,
    /// Its bars from top to bottom.
    pub bars: Vec<Bar>,
}

/// When something is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What is done.
    pub name: String,
    /// The first day.
    pub first: Date,
    /// The day after the last one; the first day for a milestone.
    pub end: Date,
    /// How far it is.
    pub state: Option<State>,
    /// It is on the critical path, or its chart says so.
    pub critical: bool,
    /// It is a day, not work.
    pub milestone: bool,
    /// Nobody wrote its days: it is laid out by its estimate, from today on.
    pub forecast: bool,
}

impl Timeline {
    /// All bars.
    pub fn bars(&self) -> impl Iterator<Item = &Bar> {
        self.sections.iter().flat_map(|section| &section.bars)
    }

    /// The first day of all, and the day after the last one.
    pub fn span(&self) -> Option<(Date, Date)> {
        let first = self.bars().map(|bar| bar.first).min()?;
        let end = self.bars().map(|bar| bar.end).max()?;
        Some((first, end))
    }
}

/// The timeline of a plan: its own `gantt` charts where they have days, else what its phases and tasks say of theirs, with
/// the rest of the estimated work laid out from today on. Milestones come last.
///
/// What is laid out waits for what it depends on, rests on weekends, and takes a day for eight hours.
pub fn timeline(file: &File) -> Timeline {
    let plan = file.plan();
    let today = days::today(file);
    let dependencies = graph(file);
    let charts = plan.charts();
    let (mut sections, left_out) = of_charts(file, &dependencies);
    if sections.is_empty() {
        sections = Tasks::of(file, &dependencies).sections();
    }
    let milestones = milestones(plan, &sections);
    let only_the_target = sections.is_empty() && plan.milestones().iter().all(|known| known.date.is_none());
    if !milestones.is_empty() && !only_the_target {
        sections.push(Section { title: Some("Milestones".to_owned()), bars: milestones });
    }
    let own_title = match charts {
        [(start, chart)] => {
            let title = chart.title.as_ref();
            title.map(|title| plain(&file.document().slice(start + title.start..start + title.end)))
        }
        _ => None,
    };
    Timeline { title: own_title.or_else(|| plan.title()), sections, today, left_out }
}

/// The sections of the plan's charts, and how many bars have no days.
fn of_charts(file: &File, dependencies: &Graph) -> (Vec<Section>, usize) {
    let plan = file.plan();
    let mut sections = Vec::new();
    let mut left_out = 0;
    for (start, chart) in plan.charts() {
        let written = |range: &std::ops::Range<usize>| {
            plain(&file.document().slice(start + range.start..start + range.end))
        };
        let title_of = |section: Option<usize>| {
            let own = section.and_then(|index| chart.sections.get(index)).map(written);
            let of_chart = chart.title.as_ref().map(written).filter(|_| plan.charts().len() > 1);
            match (of_chart, own) {
                (Some(chart), Some(own)) => Some(format!("{chart}: {own}")),
                (chart, own) => chart.or(own),
            }
        };
        let mut last = None;
        for bar in &chart.bars {
            let Some(days) = bar.days else {
                left_out += 1;
                continue;
            };
            if last != Some(bar.section) {
                sections.push(Section { title: title_of(bar.section), bars: Vec::new() });
                last = Some(bar.section);
            }
            if let Some(section) = sections.last_mut() {
                section.bars.push(of_chart_bar(file, dependencies, bar, *start, days));
            }
        }
    }
    (sections, left_out)
}

/// A bar of a chart that begins at this byte: what the plan says of the task that it is called like counts more than its tags.
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
    let value = reference::read(&name);
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
    let on_path = named.as_ref().is_some_and(|item| dependencies.critical.contains(&item.index()));
    let milestone = has("milestone");
    Bar {
        name: named.filter(|_| is_id).map_or_else(|| plain(&name), |item| label(&item)),
        first,
        end: if milestone { first } else { end.max(first) },
        state,
        critical: has("crit") || on_path,
        milestone,
        forecast: false,
    }
}

/// The plan's milestones and its target, as far as they have days and no bar is called like them.
fn milestones(plan: &Plan, sections: &[Section]) -> Vec<Bar> {
    let bar = |name: String, day: Date| Bar {
        name,
        first: day,
        end: day,
        state: None,
        critical: false,
        milestone: true,
        forecast: false,
    };
    let own = plan.milestones();
    let own = own.iter().filter_map(|own: &Milestone<'_>| Some(bar(plain(own.title.text), own.date?)));
    let target = days::header(plan)
        .into_iter()
        .filter(|day| matches!(day.meaning, Meaning::Target | Meaning::Due))
        .find_map(|day| day.date)
        .map(|day| bar("Target".to_owned(), day));
    let is_drawn = |name: &str| sections.iter().flat_map(|section| &section.bars).any(|bar| bar.name == name);
    let mut found: Vec<Bar> = own.chain(target).filter(|own| !is_drawn(&own.name)).collect();
    found.sort_by_key(|bar| bar.first);
    found
}

/// What is known of when an item is done.
#[derive(Clone, Copy, Debug)]
enum Known {
    /// From the first day to the day after the last one.
    Days(Date, Date),
    /// Only the day by which it must be done.
    Due(Date),
    /// It takes so many days of work, at least one.
    Takes(i64),
}

/// The phases and tasks of a plan with what is known of when they are done.
struct Tasks<'a> {
    plan: &'a Plan,
    dependencies: &'a Graph,
    known: BTreeMap<usize, Known>,
    /// Where what is laid out begins.
    begin: Option<Date>,
}

impl<'a> Tasks<'a> {
    fn of(file: &'a File, dependencies: &'a Graph) -> Self {
        let plan = file.plan();
        let header = days::header(plan);
        let created = header.iter().find(|day| day.meaning == Meaning::Created).and_then(|day| day.date);
        let begin = days::today(file).max(created);
        let cells = cells(file);
        let mut known = BTreeMap::new();
        // Who is told by an estimate of its own, or lies in somebody who is.
        let mut covered = vec![false; plan.items().len()];
        for item in plan.items().filter(|item| item.role() == Role::Work) {
            let index = item.index();
            covered[index] = item.parent().is_some_and(|parent| covered[parent]);
            let own_state = state(&item);
            if own_state == Some(State::Cancelled) {
                continue;
            }
            let written = days_of(&item, cells.get(&index), created);
            // A phase's estimate stands for what lies in it only where that says nothing; this is decided below.
            let estimate = hours(&item).filter(|_| !is_over(own_state) && begin.is_some());
            let takes = estimate.filter(|_| !covered[index]).map(|hours| Known::Takes(working_days(hours)));
            let Some(found) = written.or(takes) else { continue };
            covered[index] |= item.kind() == ItemKind::Task && matches!(found, Known::Takes(_));
            known.insert(index, found);
        }
        let mut spoken_for = vec![false; plan.items().len()];
        for index in known.keys() {
            let mut above = plan.item(*index).and_then(|item| item.parent());
            while let Some(parent) = above.filter(|parent| !spoken_for[*parent]) {
                spoken_for[parent] = true;
                above = plan.item(parent).and_then(|item| item.parent());
            }
        }
        known.retain(|index, found| {
            let is_phase = plan.item(*index).is_some_and(|item| item.kind() == ItemKind::Phase);
            !(is_phase && spoken_for[*index] && matches!(found, Known::Takes(_)))
        });
        Self { plan, dependencies, known, begin }
    }

    /// The bars, phase by phase.
    fn sections(&self) -> Vec<Section> {
        let laid_out = self.lay_out();
        let mut sections: Vec<(Option<usize>, Section)> = Vec::new();
        for (index, known) in &self.known {
            let Some(item) = self.plan.item(*index) else { continue };
            let days = match known {
                Known::Days(first, end) => Some((*first, *end)),
                Known::Due(day) => Some((*day, *day)),
                Known::Takes(_) => laid_out.get(index).copied(),
            };
            let Some((first, end)) = days else { continue };
            let phase = match item.kind() {
                ItemKind::Phase => Some(item),
                ItemKind::Task => item.phase(),
            };
            let key = phase.as_ref().map(Item::index);
            let at = sections.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                let title = phase.as_ref().map(label);
                sections.push((key, Section { title, bars: Vec::new() }));
                sections.len() - 1
            });
            sections[at].1.bars.push(Bar {
                name: label(&item),
                first,
                end,
                state: state(&item),
                critical: self.dependencies.critical.contains(index),
                milestone: matches!(known, Known::Due(_)),
                forecast: matches!(known, Known::Takes(_)),
            });
        }
        sections.into_iter().map(|(_, section)| section).collect()
    }

    /// The days of what has only an estimate: as early as what it waits for allows.
    ///
    /// Every item has a start and an end. An item's start comes after the start of what is around it and the ends of what it
    /// waits for; its end after its start and the ends of what is in it.
    fn lay_out(&self) -> BTreeMap<usize, (Date, Date)> {
        let Some(begin) = self.begin else { return BTreeMap::new() };
        let count = self.plan.items().len();
        let (start_of, end_of) = (|item: usize| 2 * item, |item: usize| 2 * item + 1);
        let mut after: Vec<Vec<usize>> = vec![Vec::new(); 2 * count];
        let mut waits_for = vec![0_usize; 2 * count];
        let mut follows = |first: usize, second: usize| {
            after[first].push(second);
            waits_for[second] += 1;
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
        let is_over: Vec<bool> = self.plan.items().map(|item| is_over(state(&item))).collect();
        let mut found = BTreeMap::new();
        let mut earliest = vec![begin; 2 * count];
        let mut is_known = vec![false; 2 * count];
        let mut ready: Vec<usize> = (0..2 * count).rev().filter(|node| waits_for[*node] == 0).collect();
        let mut unseen = 0;
        loop {
            let node = match ready.pop() {
                Some(node) => node,
                // All that is left is in circles: the first one begins.
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
                match self.known.get(&item) {
                    _ if is_over[item] => earliest[node] = begin,
                    Some(Known::Days(_, end)) => earliest[node] = earliest[node].max(*end),
                    Some(Known::Due(day)) => earliest[node] = earliest[node].max(next(*day)),
                    Some(Known::Takes(days)) => {
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
                waits_for[following] = waits_for[following].saturating_sub(1);
                if waits_for[following] == 0 {
                    ready.push(following);
                }
            }
        }
        found
    }
}

/// The cells for start and end in the rows that tasks are written in, or that speak of phases.
fn cells(file: &File) -> BTreeMap<usize, (Option<Date>, Option<Date>)> {
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

/// What an item says of its days: in fields, in the cells of its row, or behind the name of its heading, where weeks count from
/// the plan's start.
fn days_of(
    item: &Item<'_>,
    cells: Option<&(Option<Date>, Option<Date>)>,
    created: Option<Date>,
) -> Option<Known> {
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
                return Some(Known::Days(first, end));
            }
        }
    }
    let takes = hours(item).map(working_days);
    match (start, end) {
        (Some(first), Some(last)) if first <= last => Some(Known::Days(first, next(last))),
        (Some(first), _) => {
            Some(Known::Days(first, takes.map_or(next(first), |days| after_work(first, days))))
        }
        (None, Some(last)) => Some(Known::Due(last)),
        (None, None) => None,
    }
}

/// The days of `Weeks 2-3`, counted from a day.
fn relative(when: &Relative, from: Date) -> Option<(Date, Date)> {
    let after = |units: u32| {
        let units = i64::from(units);
        from.checked_add(match when.unit {
            date::Unit::Day => units.days(),
            date::Unit::Week => units.weeks(),
            date::Unit::Month => units.months(),
        })
        .ok()
    };
    let (first, end) = (after(when.first.checked_sub(1)?)?, after(when.last)?);
    (first < end).then_some((first, end))
}

/// No work takes longer (days).
const LONGEST: i64 = 5_000;

fn working_days(hours: f64) -> i64 {
    ((hours / 8.0).ceil() as i64).clamp(1, LONGEST)
}

fn next(day: Date) -> Date {
    day.saturating_add(1.day())
}

/// The day itself, or the Monday after it.
fn working_day(day: Date) -> Date {
    match day.weekday() {
        Weekday::Saturday => day.saturating_add(2.days()),
        Weekday::Sunday => day.saturating_add(1.day()),
        _ => day,
    }
}

/// The day after the last one of so much work.
fn after_work(first: Date, days: i64) -> Date {
    let first = working_day(first);
    // Of every five days of work two days of rest follow the fifth.
    let weeks = (days - 1) / 5;
    let mut last = first.saturating_add((weeks * 7).days());
    for _ in 0..(days - 1) % 5 {
        last = working_day(next(last));
    }
    next(last)
}
