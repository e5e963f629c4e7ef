//! Compares schedules with those of an independent scheduler, which walks over the days one by one. It finds slack by
//! making a task longer until the plan ends later.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fmt::Write, sync::Arc};

use jiff::{
    ToSpan,
    civil::{Date, Weekday, date},
};
use plan_ide::{
    Environment, File,
    schedule::{EntryKind, ScheduleSettings, schedule},
};
use plan_syntax::Document;

/// A generator of pseudorandom numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Length {
    Unknown,
    /// Text, and working days.
    Days(String, i64),
}

#[derive(Clone, Debug)]
struct Task {
    done: bool,
    /// Stated dates of a done task.
    stated: Option<(Date, Date)>,
    length: Length,
    tasks: Vec<(usize, usize)>,
    phases: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Phase {
    tasks: Vec<Task>,
    weeks: Option<(i64, i64)>,
    /// Number of working days by which the weeks end later, for trying.
    longer: i64,
    /// Stated dependencies; `None` if nothing is stated.
    after: Option<Vec<usize>>,
}

#[derive(Clone, Debug)]
struct Project {
    start: Date,
    today: Date,
    holidays: BTreeSet<Date>,
    phases: Vec<Phase>,
    /// Dates, and the task that each milestone depends on.
    milestones: Vec<(Option<Date>, (usize, usize))>,
}

fn length(random: &mut Random) -> Length {
    let number = 1 + random.below(6) as i64;
    match random.below(6) {
        0 => Length::Unknown,
        1 => Length::Days(format!("{number} days"), number),
        2 => Length::Days(format!("{number}-{} days", number + 3), number + 3),
        3 => Length::Days(format!("{} hours", number * 5), (number * 5 + 7) / 8),
        4 => Length::Days("1-2 weeks".to_owned(), 10),
        _ => Length::Days(format!("{number}d"), number),
    }
}

fn project(random: &mut Random) -> Project {
    let start = date(2026, 3, 2).saturating_add((random.below(12) as i64).days());
    let today = start.saturating_add((random.below(16) as i64 - 4).days());
    let holidays =
        (0..random.below(4)).map(|_| start.saturating_add((random.below(30) as i64).days())).collect();
    let mode = random.below(3);
    let mut phases: Vec<Phase> = Vec::new();
    let mut week = 1;
    for number in 0..1 + random.below(4) as usize {
        let mut tasks: Vec<Task> = Vec::new();
        for index in 0..1 + random.below(4) as usize {
            let done = random.chance(25);
            let from = start.saturating_add((random.below(5) as i64).days());
            let stated = (done && random.chance(50)).then(|| (from, from.saturating_add(2.days())));
            let mut own = Vec::new();
            let counts = phases.iter().map(|phase| phase.tasks.len()).chain([index]);
            for (phase, count) in counts.enumerate() {
                own.extend((0..count).filter(|_| random.chance(20)).map(|task| (phase, task)));
            }
            let on_phases = (0..number).filter(|_| random.chance(8)).collect();
            tasks.push(Task { done, stated, length: length(random), tasks: own, phases: on_phases });
        }
        let after = match mode {
            0 => None,
            1 => Some((0..number).filter(|_| random.chance(50)).collect()),
            _ => None,
        };
        let length = 1 + random.below(2) as i64;
        let weeks = (mode == 2).then_some((week, week + length - 1));
        week += length;
        phases.push(Phase { tasks, weeks, longer: 0, after });
    }
    let mut milestones = Vec::new();
    for _ in 0..random.below(3) {
        let phase = random.below(phases.len() as u64) as usize;
        let count = phases[phase].tasks.len() as u64;
        let task = random.below(count) as usize;
        let day = random.chance(40).then(|| start.saturating_add((random.below(30) as i64).days()));
        milestones.push((day, (phase, task)));
    }
    Project { start, today, holidays, phases, milestones }
}

fn text(project: &Project) -> String {
    let mut out = format!("# Plan\n\n**Created**: {}\n\n", project.start);
    for (number, phase) in project.phases.iter().enumerate() {
        let weeks = match phase.weeks {
            None => String::new(),
            Some((first, last)) if first == last => format!(" (Week {first})"),
            Some((first, last)) => format!(" (Weeks {first}-{last})"),
        };
        let _ = writeln!(out, "## Phase {}: Part {}{weeks}\n", number + 1, ["a", "b", "c", "d"][number]);
        if let Some(after) = &phase.after {
            let names: Vec<String> = after.iter().map(|phase| format!("Phase {}", phase + 1)).collect();
            let names = if names.is_empty() { "None".to_owned() } else { names.join(", ") };
            let _ = writeln!(out, "**Dependencies**: {names}\n");
        }
        for (index, task) in phase.tasks.iter().enumerate() {
            let mark = if task.done { "x" } else { " " };
            let _ = writeln!(out, "- [{mark}] **Task {}.{}**: work", number + 1, index + 1);
            if let Length::Days(text, _) = &task.length {
                let _ = writeln!(out, "  - Estimate: {text}");
            }
            if let Some((first, last)) = task.stated {
                let _ = writeln!(out, "  - Start: {first}\n  - Completed on: {last}");
            }
            let tasks = task.tasks.iter().map(|(phase, task)| format!("Task {}.{}", phase + 1, task + 1));
            let phases = task.phases.iter().map(|phase| format!("Phase {}", phase + 1));
            let names: Vec<String> = tasks.chain(phases).collect();
            if !names.is_empty() {
                let _ = writeln!(out, "  - Dependencies: {}", names.join(", "));
            }
        }
        out.push('\n');
    }
    if !project.milestones.is_empty() {
        out.push_str("## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n");
        for (number, (day, (phase, task))) in project.milestones.iter().enumerate() {
            let day = day.map_or(String::new(), |day| day.to_string());
            let _ = writeln!(out, "| Goal {number} | {day} | Task {}.{} |", phase + 1, task + 1);
        }
    }
    out
}

/// The dates of a task or phase, and the first day on which others can follow it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Dates {
    start: Option<Date>,
    end: Option<Date>,
    free: Option<Date>,
}

impl Project {
    fn works(&self, day: Date) -> bool {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !self.holidays.contains(&day)
    }

    fn from(&self, mut day: Date) -> Date {
        while !self.works(day) {
            day = day.tomorrow().unwrap();
        }
        day
    }

    fn until(&self, mut day: Date) -> Date {
        while !self.works(day) {
            day = day.yesterday().unwrap();
        }
        day
    }

    fn count(&self, mut first: Date, last: Date) -> i64 {
        let mut count = 0;
        while first <= last {
            count += i64::from(self.works(first));
            first = first.tomorrow().unwrap();
        }
        count
    }

    fn week(&self, phase: usize) -> Option<(Date, Date)> {
        let (first, last) = self.phases[phase].weeks?;
        let day = |weeks: i64, days: i64| self.start.saturating_add((weeks * 7 + days).days());
        let mut end = self.until(day(last, -1));
        for _ in 0..self.phases[phase].longer {
            end = self.from(end.tomorrow().unwrap());
        }
        Some((self.from(day(first - 1, 0)), end))
    }

    /// Returns the indices of the phases that a phase depends on.
    fn before(&self, phase: usize) -> Vec<usize> {
        match &self.phases[phase].after {
            Some(after) => after.clone(),
            None if self.phases[phase].weeks.is_some() => Vec::new(),
            None => phase.checked_sub(1).into_iter().collect(),
        }
    }

    /// Returns the first day of a phase: after the phases that it depends on.
    fn bound(&self, phase: usize) -> Date {
        let mut day = self.from(self.start.max(self.today));
        for before in self.before(phase) {
            day = day.max(self.phase(before).free.unwrap());
        }
        match self.week(phase) {
            Some((first, _)) => day.max(first),
            None => day,
        }
    }

    fn is_done(&self, phase: usize) -> bool {
        self.phases[phase].tasks.iter().all(|task| task.done)
    }

    fn phase(&self, phase: usize) -> Dates {
        let tasks: Vec<Dates> =
            (0..self.phases[phase].tasks.len()).map(|task| self.task(phase, task)).collect();
        let first = tasks.iter().filter_map(|task| task.start).min();
        let last = tasks.iter().filter_map(|task| task.end).max();
        let own = self.week(phase);
        if self.is_done(phase) {
            let (start, end) = own.map_or((first, last), |(first, last)| (Some(first), Some(last)));
            return Dates { start, end, free: Some(date(2000, 1, 1)) };
        }
        let open = self.phases[phase].tasks.iter().zip(&tasks).filter(|(task, _)| !task.done);
        let free = open.clone().filter_map(|(_, dates)| dates.free).max();
        // The end of a phase is unknown while only its done tasks have an end.
        let mut open = open;
        let is_known = open.any(|(_, dates)| dates.end.is_some());
        let end = own.map(|(_, last)| last).or(last.filter(|_| is_known));
        let after = end.map(|end| self.from(end.tomorrow().unwrap()));
        // The start is also known if the phase depends on an unfinished phase with a known end.
        let is_delayed =
            self.before(phase).iter().any(|other| !self.is_done(*other) && self.phase(*other).end.is_some());
        Dates {
            start: own.map(|(first, _)| first).or(first).or(is_delayed.then(|| self.bound(phase))),
            end,
            free: free.max(after).max(end.is_none().then(|| self.bound(phase))),
        }
    }

    fn task(&self, phase: usize, index: usize) -> Dates {
        let task = &self.phases[phase].tasks[index];
        if task.done {
            let (start, end) = task.stated.map_or((None, None), |(first, last)| (Some(first), Some(last)));
            return Dates { start, end, free: Some(date(2000, 1, 1)) };
        }
        let mut start = self.bound(phase);
        let mut is_delayed = false;
        for (other, before) in &task.tasks {
            let dates = self.task(*other, *before);
            start = start.max(dates.free.unwrap());
            is_delayed |= !self.phases[*other].tasks[*before].done && dates.start.is_some();
        }
        for before in &task.phases {
            let dates = self.phase(*before);
            start = start.max(dates.free.unwrap());
            is_delayed |= !self.is_done(*before) && dates.end.is_some();
        }
        let Length::Days(_, days) = task.length else {
            return Dates { start: is_delayed.then_some(start), end: None, free: Some(start) };
        };
        let mut end = start;
        for _ in 1..days {
            end = self.from(end.tomorrow().unwrap());
        }
        Dates { start: Some(start), end: Some(end), free: Some(self.from(end.tomorrow().unwrap())) }
    }

    fn end(&self) -> Option<Date> {
        let phases = (0..self.phases.len()).map(|phase| self.phase(phase).end);
        let tasks = (0..self.phases.len())
            .flat_map(|phase| (0..self.phases[phase].tasks.len()).map(move |task| (phase, task)));
        phases.chain(tasks.map(|(phase, task)| self.task(phase, task).end)).flatten().max()
    }

    /// Returns the number of days by which a task can be longer without moving the end of the plan.
    fn slack(&self, phase: usize, index: usize) -> Option<i64> {
        let task = &self.phases[phase].tasks[index];
        let Length::Days(text, days) = &task.length else { return None };
        if task.done {
            return None;
        }
        let end = self.end();
        let later = (1..).find(|more| {
            let mut changed = self.clone();
            changed.phases[phase].tasks[index].length = Length::Days(text.clone(), days + more);
            changed.end() > end
        });
        later.map(|later| later - 1)
    }

    /// The slack of a phase: the smallest one of its tasks, and the number of days by which its weeks can end later.
    fn phase_slack(&self, phase: usize) -> Option<i64> {
        if self.is_done(phase) {
            return None;
        }
        let tasks = (0..self.phases[phase].tasks.len()).filter_map(|task| self.slack(phase, task));
        let end = self.end();
        let later = self.phases[phase].weeks.and_then(|_| {
            (1..).find(|more| {
                let mut changed = self.clone();
                changed.phases[phase].longer = *more;
                changed.end() > end
            })
        });
        tasks.chain(later.map(|later| later - 1)).min()
    }
}

#[test]
fn schedules_equal_those_of_an_independent_scheduler() {
    let mut random = Random(31);
    let mut compared = 0;
    for number in 0..150 {
        let project = project(&mut random);
        let text = text(&project);
        let settings = ScheduleSettings { holidays: project.holidays.clone(), ..ScheduleSettings::default() };
        let environment = Environment {
            today: Some(project.today.to_string()),
            schedule: settings,
            ..Environment::default()
        };
        let file = File::with_environment("plan.md", Document::new(&text), Arc::new(environment));
        let found = schedule(&file);
        let context = |id: &str| {
            format!("{id} of plan {number} on {}, holidays {:?}:\n{text}", project.today, project.holidays)
        };
        assert_eq!(found.end, project.end(), "{}", context("end"));
        let mut entries = found.entries.iter();
        for (phase, expected) in project.phases.iter().enumerate() {
            let id = format!("phase {}", phase + 1);
            let entry = entries.find(|entry| entry.id.as_deref() == Some(&id)).unwrap();
            let dates = project.phase(phase);
            assert_eq!((entry.start, entry.end), (dates.start, dates.end), "{}", context(&id));
            let slack = project.phase_slack(phase);
            assert_eq!(entry.slack, slack, "slack {}", context(&id));
            assert_eq!(entry.critical, slack == Some(0), "critical {}", context(&id));
            for task in 0..expected.tasks.len() {
                let id = format!("{}.{}", phase + 1, task + 1);
                let entry = entries.find(|entry| entry.id.as_deref() == Some(&id)).unwrap();
                let dates = project.task(phase, task);
                assert_eq!((entry.start, entry.end), (dates.start, dates.end), "{}", context(&id));
                let slack = project.slack(phase, task);
                assert_eq!(entry.slack, slack, "slack {}", context(&id));
                assert_eq!(entry.critical, slack == Some(0), "critical {}", context(&id));
                if let (Some(start), Some(end)) = (dates.start, dates.end) {
                    assert_eq!(entry.days, Some(project.count(start, end)), "days {}", context(&id));
                }
                compared += 1;
            }
        }
        let ids = |indices: &mut dyn Iterator<Item = usize>| -> BTreeSet<String> {
            indices
                .filter_map(|index| found.entries[index].id.clone())
                .filter(|id| !id.starts_with('p'))
                .collect()
        };
        let critical = &mut (0..found.entries.len()).filter(|index| found.entries[*index].critical);
        assert_eq!(
            ids(&mut found.critical_path.iter().copied()),
            ids(critical),
            "{}",
            context("critical path")
        );
        let starts = found.critical_path.iter().map(|index| found.entries[*index].start);
        assert!(starts.is_sorted(), "{}", context("critical path"));
        for (day, (phase, task)) in &project.milestones {
            let entry = entries.find(|entry| entry.kind == EntryKind::Milestone).unwrap();
            let (phase, task) = (*phase, *task);
            let dates = project.task(phase, task);
            assert_eq!(entry.end, day.or(dates.end), "milestone {}", context(&entry.title));
            let is_open = !project.phases[phase].tasks[task].done;
            let last = entry.end.filter(|_| is_open).zip(found.end);
            let slack = last
                .filter(|(day, end)| day <= end)
                .map(|(day, end)| project.count(day.tomorrow().unwrap(), end));
            assert_eq!(entry.slack, slack, "slack of milestone {}", context(&entry.title));
        }
    }
    assert!(compared > 500, "{compared}");
}
