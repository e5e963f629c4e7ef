//! Progress values that a plan states: in its text, and in the rows of its phase table.

use plan_model::{
    Column, Item, ItemKind, Meaning, Progress, Role, Section, State, TextRange, date,
    quantity::{ProgressValue, has_other_unit},
    reference,
};
use plan_syntax::RangeExt;

use crate::{File, editing::states::phase_rows, rules::common::plural};

/// Maximum difference between a stated number of tasks and the compared count.
const MAX_DIFFERENCE: usize = 2;

/// Maximum difference between a stated number of tasks and the count, in percent of the stated number.
const MAX_DIFFERENCE_PERCENT: usize = 20;

/// Maximum difference, in percentage points, between a round percentage that may be an estimate and the count.
const MAX_ESTIMATE_ERROR: f64 = 15.0;

/// Number of counts that [`counts_in`] returns.
const COUNTS: usize = 21;

/// A progress value that the plan states.
#[derive(Clone, Debug)]
pub(crate) struct StatedProgress<'a> {
    /// Text of the value.
    pub(crate) range: TextRange,
    /// The phase that the value describes; `None` if it describes the whole plan or a section.
    pub(crate) phase: Option<Item<'a>>,
    value: ProgressValue,
    /// The counts that the value may refer to: those of each enclosing section, outermost first, or of the phase,
    /// followed by those of the plan.
    counts: Vec<Progress>,
    /// The standard count of the phase or the plan.
    standard: Progress,
}

/// Returns the progress values that describe the current state and whose subject is clear, in document order.
pub(crate) fn stated_progress(file: &File) -> Vec<StatedProgress<'_>> {
    stated_progress_in(file, &(0..file.document().len()))
}

/// Returns the values of [`stated_progress`] that touch a range.
pub(crate) fn stated_progress_in<'a>(file: &'a File, within: &TextRange) -> Vec<StatedProgress<'a>> {
    let plan = file.plan();
    let mut found = Vec::new();
    if is_report(file) {
        return found;
    }
    let touches = |range: &TextRange| range.touches(within);
    for (range, value) in plan.progress_values() {
        if touches(&range) && is_cookie(file, &range) {
            found.extend(cookie(file, range, value));
            continue;
        }
        if !touches(&range)
            || !is_current(file, &range)
            || !names_subject_of_value(file, &range, &value)
            || is_about_something_else(file, &range)
        {
            continue;
        }
        let sections = plan.sections().filter(|section| section.range().contains(&range.start));
        let sections: Vec<Section<'_>> = sections.collect();
        let in_heading = sections.last().filter(|section| section.text_range().contains(&range.start));
        let phase = in_heading.map_or_else(|| named_phase(file, &range), Section::item);
        let phase = phase.filter(|item| item.kind() == ItemKind::Phase);
        let scope = phase.as_ref().map(Item::range).or_else(|| in_heading.map(Section::range));
        let counts: Vec<Progress> = match scope {
            // `### Setup (3/3 tasks)` counts tasks below the heading, `Phase 1: 3/3 tasks` counts tasks in the phase.
            Some(scope) => counts_in(file, Some(scope)),
            None => {
                let sections = sections.iter().flat_map(|section| counts_in(file, Some(section.range())));
                sections.chain(counts_in(file, None)).collect()
            }
        };
        let in_heading = in_heading.map(Section::progress);
        let standard = phase.as_ref().map(Item::progress).or(in_heading).unwrap_or_else(|| plan.progress());
        found.push(StatedProgress { range, phase, value, counts, standard });
    }
    for (phase, row) in phase_rows(file) {
        // `3/4` in a column `Tasks`.
        let count = || {
            row.cell(Column::Tasks)
                .filter(|cell| matches!(cell_value(cell.text), Some(ProgressValue::Fraction { .. })))
        };
        let cell = row.cell(Column::Progress).or_else(count).filter(|cell| touches(&cell.range));
        let Some(cell) = cell else { continue };
        let Some(value) = cell_value(cell.text).filter(|_| phase.progress().total > 0) else { continue };
        let counts = counts_in(file, Some(phase.range()));
        found.push(StatedProgress {
            range: cell.range,
            standard: phase.progress(),
            phase: Some(phase),
            value,
            counts,
        });
    }
    found.sort_by_key(|claim| claim.range.start);
    found
}

/// Returns whether a value is alone in brackets: `[2/5]`.
fn is_cookie(file: &File, range: &TextRange) -> bool {
    let written = file.document().slice(range.clone());
    written.starts_with(['[', '(']) && !written.contains(char::is_alphabetic)
}

/// Returns the stated progress in brackets at the end of a heading, or of a task with tasks below it. `(1/3)` in a
/// heading can be the number of a part.
fn cookie(file: &File, range: TextRange, value: ProgressValue) -> Option<StatedProgress<'_>> {
    let plan = file.plan();
    let in_square_brackets = file.document().slice(range.clone()).starts_with('[');
    // `(40%)` of a task can describe its subject.
    if !in_square_brackets && matches!(value, ProgressValue::Percent(_)) {
        return None;
    }
    let heading = plan.sections().take_while(|section| section.text_range().start <= range.start).last();
    let heading = heading.filter(|section| section.text_range().end >= range.end);
    let (scope, phase, standard) = match &heading {
        Some(section) => {
            if !in_square_brackets || is_numbered_part(file, section, &range) {
                return None;
            }
            (section.range(), section.item(), section.progress())
        }
        None => {
            let task = plan.item_before(range.start).filter(|item| item.line().end >= range.end)?;
            let below = task.line().end..task.range().end;
            task.children().next()?;
            let states: Vec<Option<State>> = task
                .children()
                .map(|child| child.state())
                .filter(|state| *state != Some(State::Cancelled))
                .collect();
            let done = states.iter().filter(|state| **state == Some(State::Done)).count();
            (below, None, Progress { done, total: states.len() })
        }
    };
    let mut counts = counts_in(file, Some(scope));
    // The heading of a phase does not count phases.
    counts.pop();
    if standard.total == 0 {
        return None;
    }
    // A fraction refers to the count that has the same total. In a heading, the total can be outdated by a few tasks.
    let standard = match &value {
        ProgressValue::Fraction { total, .. } => {
            let same = counts.iter().chain([&standard]).find(|count| count.total == *total).copied();
            let is_near = heading.is_some() && standard.total.abs_diff(*total) <= MAX_DIFFERENCE;
            same.or(Some(standard).filter(|_| is_near))?
        }
        _ => standard,
    };
    let phase = phase.filter(|item| item.kind() == ItemKind::Phase);
    Some(StatedProgress { range, phase, value, counts, standard })
}

/// Returns whether brackets at the end of a heading number the parts of a text: another heading has the same title with
/// another number, such as `Roof [1/2]` and `Roof [2/2]`.
fn is_numbered_part(file: &File, section: &Section<'_>, range: &TextRange) -> bool {
    let title = |section: &Section<'_>| {
        let text = file.document().slice(section.text_range());
        text.rfind('[').map(|at| text[..at].trim().to_owned())
    };
    let own = file.document().slice(section.text_range().start..range.start).trim().to_owned();
    file.plan()
        .sections()
        .any(|other| other.index() != section.index() && title(&other).is_some_and(|title| title == own))
}

impl StatedProgress<'_> {
    /// Returns the count with which an incorrect value is replaced. `None` if no count has a similar number of tasks,
    /// so that the subject of the value is uncertain.
    pub(crate) fn correction(&self) -> Option<Progress> {
        let stated = match self.value {
            ProgressValue::Percent(_) => return Some(self.standard).filter(|count| count.total > 0),
            ProgressValue::Fraction { total, .. } | ProgressValue::Total(total) => total,
        };
        let difference = |count: &Progress| count.total.abs_diff(stated);
        let is_near = |count: &Progress| {
            count.total > 0 && difference(count) <= MAX_DIFFERENCE.max(stated * MAX_DIFFERENCE_PERCENT / 100)
        };
        if is_near(&self.standard) {
            return Some(self.standard);
        }
        // The last count of each scope counts phases instead of tasks and is not used for corrections.
        let tasks = self
            .counts
            .chunks(COUNTS)
            .flat_map(|counts| counts.split_last().map_or(&[][..], |(_, rest)| rest));
        tasks.copied().filter(is_near).min_by_key(difference)
    }

    /// Returns whether the value equals one of the counts that it may refer to.
    pub(crate) fn is_accurate(&self) -> bool {
        self.matching_count().is_some()
    }

    /// Returns the index of the first count that equals the value.
    pub(crate) fn matching_count(&self) -> Option<usize> {
        self.counts.iter().position(|count| matches_value(&self.value, *count))
    }

    /// Returns whether the value may be an estimate: a round percentage close to the count.
    pub(crate) fn is_estimate(&self) -> bool {
        let ProgressValue::Percent(percent) = self.value else { return false };
        let actual = self.standard.done as f64 * 100.0 / self.standard.total.max(1) as f64;
        percent % 5.0 == 0.0
            && percent > 0.0
            && percent < 100.0
            && (percent - actual).abs() <= MAX_ESTIMATE_ERROR
    }

    /// Returns the count with an index; `None` if it counts no tasks.
    pub(crate) fn count(&self, index: usize) -> Option<Progress> {
        self.counts.get(index).copied().filter(|count| count.total > 0)
    }

    /// Returns the standard count of the phase or the plan.
    pub(crate) fn standard(&self) -> Progress {
        self.standard
    }

    /// Formats progress in the form of this value: `90%`, `12/40`, `40`.
    pub(crate) fn format(&self, progress: Progress) -> String {
        match self.value {
            ProgressValue::Percent(_) => format!("{}%", progress.percent().unwrap_or_default()),
            ProgressValue::Fraction { .. } => format!("{}/{}", progress.done, progress.total),
            ProgressValue::Total(_) => progress.total.to_string(),
        }
    }

    /// Returns the message about the mismatch between the value and the standard count: `stated progress is 90%, but
    /// 2 of 7 tasks are done (28%)`.
    pub(crate) fn mismatch(&self) -> String {
        let actual = self.correction().unwrap_or(self.standard);
        let Progress { done, total } = actual;
        let stated = match &self.value {
            ProgressValue::Percent(percent) => format!("stated progress is {percent}%"),
            ProgressValue::Fraction { done, total } => format!("stated progress is {done}/{total}"),
            ProgressValue::Total(stated) => {
                let holder = if self.phase.is_some() { "phase" } else { "plan" };
                return format!("stated total is {}, but the {holder} has {total}", plural(*stated, "task"));
            }
        };
        let tasks = if self.phase.is_some() { "tasks of the phase" } else { "tasks" };
        let percent = actual.percent().unwrap_or_default();
        let verb = if done == 1 { "is" } else { "are" };
        format!("{stated}, but {done} of {total} {tasks} {verb} done ({percent}%)")
    }

    /// Returns the text of the value, `written`, with its progress replaced.
    pub(crate) fn with_progress(&self, written: &str, progress: Progress) -> Option<String> {
        let digits: Vec<&str> = written
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|part| part.starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        let mut text = written.to_owned();
        match (&self.value, &digits[..]) {
            (ProgressValue::Percent(_), [.., old]) => {
                text = replace_last(&text, old, &progress.percent()?.to_string())
            }
            (ProgressValue::Fraction { .. }, [done, total]) => {
                let (first, last) = (text.find(done)?, text.rfind(total)?);
                if last <= first {
                    return None;
                }
                text.replace_range(last..last + total.len(), &progress.total.to_string());
                text.replace_range(first..first + done.len(), &progress.done.to_string());
            }
            (ProgressValue::Total(_), [.., old]) => {
                text = replace_last(&text, old, &progress.total.to_string())
            }
            _ => return None,
        }
        Some(text)
    }
}

fn replace_last(text: &str, old: &str, new: &str) -> String {
    let mut out = text.to_owned();
    if let Some(at) = out.rfind(old) {
        out.replace_range(at..at + old.len(), new);
    }
    out
}

/// Reads the progress value of a table cell: `43%`, `3/7`.
fn cell_value(cell: &str) -> Option<ProgressValue> {
    if has_other_unit(cell.trim_start_matches(|c: char| !c.is_alphabetic())) {
        return None;
    }
    let text = cell.trim_matches(|c: char| !c.is_ascii_digit() && c != '%');
    if let Some(percent) = text.strip_suffix('%') {
        return percent.trim().parse().ok().map(ProgressValue::Percent);
    }
    let (done, total) = text.split_once('/')?;
    Some(ProgressValue::Fraction { done: done.trim().parse().ok()?, total: total.trim().parse().ok()? })
}

/// Returns the progress of the tasks in a range or in the whole document, once for each supported counting method,
/// always in the same order.
pub(crate) fn counts_in(file: &File, range: Option<TextRange>) -> Vec<Progress> {
    let plan = file.plan();
    let counts = |item: &Item<'_>| {
        item.kind() == ItemKind::Task
            && !item.is_optional()
            && item.state().is_some()
            && range.as_ref().is_none_or(|range| range.contains(&item.line().start))
    };
    let is_cancelled = |item: &Item<'_>| item.state() == Some(State::Cancelled);
    let (cancelled, tasks): (Vec<Item<'_>>, Vec<Item<'_>>) =
        plan.items().filter(counts).partition(is_cancelled);
    let has_checkbox = |item: &Item<'_>| item.state_sources().any(|(kind, ..)| kind.is_checkbox());
    let ways: [&dyn Fn(&Item<'_>) -> bool; 9] = [
        &|_| true,
        &|item| item.children().next().is_none(),
        &|item| item.id().is_some(),
        &|item| item.phase().is_some(),
        &|item| item.role() == Role::Work,
        &|item| item.role() == Role::Work && item.phase().is_some(),
        &|item| {
            item.parent()
                .is_none_or(|parent| plan.item(parent).is_some_and(|parent| parent.kind() == ItemKind::Phase))
        },
        &|item| has_checkbox(item),
        &|item| item.role().counts(),
    ];
    let count = |way: &dyn Fn(&Item<'_>) -> bool| {
        let counted = tasks.iter().filter(|item| way(item));
        let done = counted.clone().filter(|item| item.state() == Some(State::Done)).count();
        Progress { done, total: counted.count() }
    };
    let mut found: Vec<Progress> = ways.iter().map(|way| count(way)).collect();
    // Some plans count cancelled tasks as tasks that are not done.
    let all = found[0];
    found.push(Progress { total: all.total + cancelled.len(), ..all });
    // Some plans exclude deferred tasks, or count phases instead of tasks.
    let deferred = tasks.iter().filter(|item| item.state() == Some(State::Deferred)).count();
    let without_deferred: Vec<Progress> =
        found.iter().map(|way| Progress { total: way.total.saturating_sub(deferred), ..*way }).collect();
    found.extend(without_deferred);
    let phases: Vec<Item<'_>> = plan.items().filter(|item| item.kind() == ItemKind::Phase).collect();
    let done =
        phases.iter().filter(|phase| phase.state().or(phase.derived_state()) == Some(State::Done)).count();
    found.push(Progress { done, total: phases.len() });
    debug_assert_eq!(found.len(), COUNTS);
    found
}

/// Returns the phase named by the text before a value: `**Phase 1 Status**: 14/14 tasks`.
fn named_phase<'a>(file: &'a File, range: &TextRange) -> Option<Item<'a>> {
    let plan = file.plan();
    let document = file.document();
    let before = document.slice(document.line_start(range.start)..range.start);
    let name = before.trim_start_matches(|c: char| !c.is_alphanumeric());
    let value = reference::mentions(name);
    let resolved = plan.resolve(&value, range.start, None);
    let [name] = &resolved[..] else { return None };
    let [(_, Some(item))] = &name.targets[..] else { return None };
    plan.item(*item).filter(|item| item.kind() == ItemKind::Phase)
}

fn matches_value(value: &ProgressValue, count: Progress) -> bool {
    match value {
        _ if count.total == 0 => false,
        ProgressValue::Percent(percent) => {
            (percent - count.done as f64 * 100.0 / count.total as f64).abs() <= 1.0
        }
        ProgressValue::Fraction { done, total } => *done == count.done && *total == count.total,
        ProgressValue::Total(total) => *total == count.total,
    }
}

/// Returns whether a value describes the current state, because it is neither in a log nor next to a date.
fn is_current(file: &File, range: &TextRange) -> bool {
    let document = file.document();
    let start = document.line_start(range.start);
    let line = document.slice(start..range.end + 120);
    let line = line.lines().next().unwrap_or_default();
    let dated = !date::dates(line).is_empty();
    let in_log =
        file.plan().sections().filter(|section| section.range().contains(&range.start)).any(|section| {
            let title = section.title().to_lowercase();
            !date::dates(&title).is_empty()
                || [
                    "log",
                    "history",
                    "update",
                    "changelog",
                    "retrospective",
                    "review",
                    "lessons",
                    "metric",
                    "criteria",
                    "risk",
                    "test",
                ]
                .iter()
                .any(|word| title.contains(word))
        });
    let quoted = line.trim_start().starts_with(['>', '|']);
    !dated && !in_log && !quoted
}

/// Returns whether the document is a report, which counts the tasks of another document.
pub(crate) fn is_report(file: &File) -> bool {
    const REPORT_WORDS: [&str; 6] = ["report", "summary", "handover", "handoff", "retrospective", "recap"];
    let title = file.plan().title().unwrap_or_default();
    let name = file.path().rsplit('/').next().unwrap_or_default();
    [title.as_str(), name]
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
        .any(|word| REPORT_WORDS.iter().any(|report| word.eq_ignore_ascii_case(report)))
}

/// Returns whether a value ends a heading: `## Roof — 0% complete`. Other percentages are estimates.
fn is_at_end_of_heading(file: &File, range: &TextRange) -> bool {
    let sections = file.plan().sections().take_while(|section| section.text_range().start <= range.start);
    sections.last().is_some_and(|section| {
        let heading = section.text_range();
        heading.end >= range.end
            && file
                .document()
                .slice(range.end..heading.end)
                .chars()
                .all(|c| matches!(c, ')' | ']' | '*' | ' '))
    })
}

/// Returns whether a value refers to something other than the plan. Its line is a task, names another file, shows a
/// change (`3/8 → 5/8 tasks`), or has words before the value that are not about progress (`Unit tests: 3/8 items`).
fn is_about_something_else(file: &File, range: &TextRange) -> bool {
    let plan = file.plan();
    let document = file.document();
    let start = document.line_start(range.start);
    let line = document.slice(start..range.end + 120);
    let line = line.lines().next().unwrap_or_default();
    if line.contains(['→', '"', '“', '~', '≈']) || line.contains("->") || line.contains(".md") {
        return true;
    }
    // `50% complete (6/12 weeks)` is about the time.
    let mut words = line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    if words.any(|word| TIME_UNITS.iter().any(|time| word.eq_ignore_ascii_case(time)) && line.contains('/')) {
        return true;
    }
    let before = document.slice(start..range.start);
    let before = before.trim_start();
    if before.starts_with('#') {
        return false;
    }
    if plan.tasks_at(range).iter().any(|task| task.line().contains(&range.start)) {
        return true;
    }
    const REPORT_WORDS: [&str; 35] = [
        "overall",
        "progress",
        "completion",
        "complete",
        "completed",
        "done",
        "finished",
        "tasks",
        "task",
        "total",
        "status",
        "current",
        "currently",
        "plan",
        "implementation",
        "checkboxes",
        "items",
        "steps",
        "so",
        "far",
        "we",
        "have",
        "is",
        "are",
        "with",
        "at",
        "now",
        "phase",
        "stage",
        "sprint",
        "milestone",
        "iteration",
        "wave",
        "all",
        "project",
    ];
    // A preceding sentence or remark does not describe the value.
    let key = before.rsplit(['.', ';', '|']).next().unwrap_or_default();
    let mut words = key.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    !words.all(|word| {
        word.bytes().all(|byte| byte.is_ascii_digit())
            || REPORT_WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
    })
}

/// Units of time: a fraction of them is not progress of tasks.
const TIME_UNITS: [&str; 6] = ["days", "weeks", "months", "sprints", "hours", "sessions"];

/// Returns whether the text of a value shows that it counts tasks or describes the whole plan.
fn names_subject_of_value(file: &File, range: &TextRange, value: &ProgressValue) -> bool {
    match value {
        ProgressValue::Total(_) => true,
        // `0/0 tasks` is not filled in.
        ProgressValue::Fraction { total: 0, .. } => false,
        ProgressValue::Fraction { .. } => {
            // `In Progress: 1/8 tasks` counts active tasks.
            let document = file.document();
            let before = document.slice(document.line_start(range.start)..range.start);
            let key = before.rsplit(['(', ',', ';', '|']).next().unwrap_or_default();
            let key = key.trim_matches(|c: char| !c.is_alphanumeric());
            !["remain", "left", "open", "new", "optional"]
                .iter()
                .any(|word| key.to_lowercase().contains(word))
                && file.plan().state_of(key).is_none_or(|state| state == State::Done)
        }
        ProgressValue::Percent(_) => {
            let fields = file.plan().fields();
            let in_header = fields.into_iter().any(|field| {
                field.meaning == Some(Meaning::Progress)
                    && field.key_range.start <= range.start
                    && range.end <= field.value_range.end + 1
            });
            let words = file.document().slice(range.start.saturating_sub(20)..range.end + 12).to_lowercase();
            let is_extreme =
                matches!(value, ProgressValue::Percent(percent) if [0.0, 100.0].contains(percent));
            in_header || words.contains("overall") || is_extreme && is_at_end_of_heading(file, range)
        }
    }
}
