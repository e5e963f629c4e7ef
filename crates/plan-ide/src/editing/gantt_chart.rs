//! Writes Gantt charts: generates a chart from the schedule, updates the charts of a plan, and fills in computed dates.

use std::collections::{HashMap, HashSet};

use jiff::{ToSpan, civil::Date};
use plan_model::{
    Column, Id, Item, ItemKind, Plan, Row, State, TableKind, TextRange, date,
    gantt::{GanttChart, GanttTask},
    plain,
};

use super::text_timeline::update_text_timelines;
use crate::{
    Edit, File,
    gantt_items::{GanttItems, decoded, named_item, normalized},
    insert::uses_crlf,
    next::state,
    overview::{Timeline, escape_gantt, mermaid_of_timeline, timeline_of_work},
    schedule::{
        DateSource, EntryKind, PlanSchedule, ScheduleEntry, WorkCalendar,
        inputs::{MilestoneInput, ScheduleInputs, is_unfinished},
        schedule,
    },
};

/// Returns the text of a Gantt chart with all phases, tasks and milestones that have dates. `None` if nothing has
/// dates.
pub fn generated_chart(file: &File) -> Option<String> {
    let mut timeline = timeline_of_work(file);
    if timeline.sections.is_empty() {
        return None;
    }
    // The chart does not mark the critical path, because the path changes with every date.
    let bars = timeline.sections.iter_mut().flat_map(|section| &mut section.bars);
    bars.for_each(|bar| bar.critical = false);
    Some(computed_chart(&timeline, &schedule(file).calendar))
}

/// Returns a timeline of a schedule as a Mermaid Gantt chart with computed dates.
pub fn computed_chart(timeline: &Timeline, calendar: &WorkCalendar) -> String {
    let text = mermaid_of_timeline(timeline);
    // The days off are only marked: the ends are written as dates, which Mermaid does not move.
    let days_off = timeline.span().map(|(first, end)| calendar.gantt_lines(first, end)).unwrap_or_default();
    let days_off: String = days_off.iter().map(|line| format!("  {line}\n")).collect();
    let head = format!("  dateFormat YYYY-MM-DD\n{days_off}  {COMPUTED_LINE}\n");
    text.replacen("  dateFormat YYYY-MM-DD\n", &head, 1)
}

/// Comment before computed dates. They follow the schedule as long as the comment is there.
const COMPUTED_LINE: &str = "%% dates computed by plansmith; remove this line to keep them";

/// Returns the edits that update the Gantt charts and text timelines of a plan, or that insert a chart if the plan has
/// none. Empty if nothing changes or no dates are known.
pub fn write_gantt_charts(file: &File) -> Vec<Edit> {
    let mut edits = if has_chart(file) { update(file) } else { insert(file).into_iter().collect() };
    edits.extend(update_text_timelines(file));
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits
}

/// Returns whether a plan has a Gantt chart.
pub fn has_chart(file: &File) -> bool {
    !file.plan().gantt_charts().is_empty()
}

/// Returns the edit that inserts a generated chart: in the section about the timeline, otherwise at the end.
fn insert(file: &File) -> Option<Edit> {
    let (plan, document) = (file.plan(), file.document());
    let chart = generated_chart(file)?;
    let is_timeline = |title: &str| {
        let title = title.to_lowercase();
        ["timeline", "schedule", "gantt"].iter().any(|word| title.contains(word))
    };
    let section = plan.sections().find(|section| section.level() > 1 && is_timeline(&section.title()));
    let text = document.text();
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let (at, heading) = match section {
        Some(section) => {
            let inner = plan.sections().find(|inner| inner.parent() == Some(section.index()));
            (inner.map_or(section.range().end, |inner| inner.heading_range().start), "")
        }
        None => (text.len(), "## Timeline\n\n"),
    };
    let before = &text[..at];
    let gap = match before {
        "" => "",
        _ if before.ends_with("\n\n") || before.ends_with("\n\r\n") => "",
        _ if before.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let end = if at < text.len() { "```\n\n" } else { "```\n" };
    let inserted = format!("{gap}{heading}```mermaid\n{chart}{end}").replace('\n', newline);
    Some(Edit::replace(at..at, inserted))
}

/// Returns the edits that update existing Gantt charts.
fn update(file: &File) -> Vec<Edit> {
    let plan = file.plan();
    let items = file.memo(GanttItems::of);
    let inputs = ScheduleInputs::of(file);
    let shown: Vec<usize> = items.charts.iter().flatten().flatten().copied().collect();
    let charts = plan.gantt_charts().iter();
    let names: HashSet<String> = charts
        .flat_map(|(start, chart)| {
            let name = move |task: &GanttTask| {
                let name = file.document().slice(start + task.name.start..start + task.name.end);
                normalized(&decoded(&name))
            };
            chart.tasks.iter().map(name)
        })
        .collect();
    let mut edits = Vec::new();
    for ((start, chart), items) in plan.gantt_charts().iter().zip(&items.charts) {
        // A chart that Mermaid rejects or that shows none of the plan's items is not changed.
        if chart.is_rejected || !chart.has_iso_dates || items.iter().all(Option::is_none) {
            continue;
        }
        let update = ChartUpdate { file, plan, inputs: &inputs, start: *start, chart, items };
        update.states(&mut edits);
        update.dates(&mut edits);
        update.milestones(&mut edits);
        update.new_items(&shown, &names, &mut edits);
        update.new_milestones(&names, &mut edits);
        update.removed_items(&mut edits);
    }
    edits
}

struct ChartUpdate<'a> {
    file: &'a File,
    plan: &'a Plan,
    inputs: &'a ScheduleInputs,
    /// Offset of the chart's text.
    start: usize,
    chart: &'a GanttChart,
    items: &'a [Option<usize>],
}

/// Tags that represent the state of a Gantt task.
const STATE_TAGS: [&str; 2] = ["done", "active"];

impl ChartUpdate<'_> {
    fn text(&self, range: &TextRange) -> String {
        self.file.document().slice(self.range(range))
    }

    fn range(&self, range: &TextRange) -> TextRange {
        self.start + range.start..self.start + range.end
    }

    fn matched(&self) -> impl Iterator<Item = (&GanttTask, usize)> {
        self.chart.tasks.iter().zip(self.items).filter_map(|(task, item)| Some((task, (*item)?)))
    }

    /// Adds the edits that update the state tags of Gantt tasks.
    fn states(&self, edits: &mut Vec<Edit>) {
        for (task, item) in self.matched() {
            let Some(state) = self.plan.item(item).and_then(|item| state(&item)) else { continue };
            let wanted = match state {
                State::Done => Some("done"),
                State::Active => Some("active"),
                _ => None,
            };
            let tags: Vec<(TextRange, String)> =
                task.tags.iter().map(|tag| (self.range(tag), self.text(tag))).collect();
            let own = tags.iter().find(|(_, tag)| STATE_TAGS.contains(&tag.as_str()));
            match (own, wanted) {
                (Some((_, tag)), Some(wanted)) if tag == wanted => {}
                (Some((range, _)), Some(wanted)) => edits.push(Edit::replace(range.clone(), wanted)),
                (Some((range, _)), None) => edits.push(Edit::replace(self.with_comma(range), "")),
                (None, Some(wanted)) => {
                    let first = task.tags.first().or(task.id.as_ref()).or(task.start.as_ref());
                    let Some(at) = first.or(task.end.as_ref()).map(|part| self.range(part).start) else {
                        continue;
                    };
                    edits.push(Edit::replace(at..at, format!("{wanted}, ")));
                }
                (None, None) => {}
            }
        }
    }

    /// Returns the range of a value with the comma and the spaces after it.
    fn with_comma(&self, range: &TextRange) -> TextRange {
        let rest = self.file.document().slice(range.end..(range.end + 100).min(self.file.document().len()));
        let line = rest.lines().next().unwrap_or_default();
        let comma = line.find(',').map_or(0, |comma| comma + 1);
        let spaces = line[comma..].len() - line[comma..].trim_start().len();
        range.start..range.end + comma + spaces
    }

    /// Adds the edits that change the dates of Gantt tasks: if their items state other dates, or if the dates are
    /// computed and differ from those of the schedule.
    fn dates(&self, edits: &mut Vec<Edit>) {
        for (task, item) in self.matched() {
            let Some((first, after)) = task.days else { continue };
            let last = self.chart.excluded.last_day(first, after);
            let is_computed = task.is_computed && is_unfinished(self.inputs.states[item]);
            let wanted = if is_computed {
                self.computed_days(item, first, last)
            } else {
                self.stated_days(item, &self.range(&task.range))
            };
            let Some((new_first, new_last)) = wanted else { continue };
            if new_first != first {
                match (&task.start, &task.end) {
                    (Some(start), _) => edits.push(Edit::replace(self.range(start), new_first.to_string())),
                    (None, Some(end)) => {
                        let at = self.range(end).start;
                        edits.push(Edit::replace(at..at, format!("{new_first}, ")));
                    }
                    (None, None) => continue,
                }
            }
            if let Some(end) = task.end.as_ref().filter(|end| !self.is_zero(end)) {
                edits.push(Edit::replace(self.range(end), self.written_end(new_last)));
            }
        }
    }

    /// Returns first and last day of a Gantt task with other dates than the item states.
    fn stated_days(&self, item: usize, task: &TextRange) -> Option<(Date, Date)> {
        let time = &self.inputs.times[item];
        let (first, last, _) = time.other_chart.as_ref().filter(|(.., place)| place == task)?;
        let new_first = time.start.as_ref().map_or(*first, |start| start.day);
        Some((new_first, time.end.as_ref().map_or(*last, |end| end.day).max(new_first)))
    }

    /// Returns first and last day of an item in the schedule, if they differ from the given ones. Days off at the start and the
    /// end make no difference.
    fn computed_days(&self, item: usize, first: Date, last: Date) -> Option<(Date, Date)> {
        let schedule = schedule(self.file);
        let entry = schedule.entry_of(item)?;
        let (new_first, new_last) = (entry.start.or(entry.end)?, entry.end.or(entry.start)?);
        let is_same = schedule.calendar.is_same_work((first, last), (new_first, new_last));
        (!is_same).then_some((new_first, new_last))
    }

    /// Adds the edits that move milestones to the dates that the plan states, or that the schedule has.
    fn milestones(&self, edits: &mut Vec<Edit>) {
        for (task, known) in self.known_milestones() {
            let Some((day, _)) = task.days else { continue };
            // The last day of a week is less precise than the chart.
            let is_date =
                |range: &TextRange| date::first(&self.file.document().slice(range.clone())).is_some();
            let stated = known.day.as_ref();
            let stated = stated.filter(|day| day.source == DateSource::Stated && is_date(&day.range));
            let computed = || {
                let of_schedule = &schedule(self.file).entries;
                let entry =
                    of_schedule.iter().find(|entry| entry.item.is_none() && entry.range == known.range)?;
                entry.end.filter(|_| task.is_computed)
            };
            let new_day = stated.map(|stated| stated.day).or_else(computed);
            let parts = new_day.filter(|new| *new != day).zip(task.start.as_ref()).zip(task.end.as_ref());
            let Some(((new_day, start), _)) = parts.filter(|(_, end)| self.is_zero(end)) else { continue };
            edits.push(Edit::replace(self.range(start), new_day.to_string()));
        }
    }

    /// Returns the Gantt tasks that are milestones, each with the milestone of the schedule.
    fn known_milestones(&self) -> impl Iterator<Item = (&GanttTask, &MilestoneInput)> {
        let others = self.chart.tasks.iter().zip(self.items).filter(|(_, item)| item.is_none());
        others.filter_map(|(task, _)| {
            let is_milestone = task.tags.iter().any(|tag| self.text(tag) == "milestone");
            let name = || plain(&decoded(&self.text(&task.name)));
            is_milestone.then(|| Some((task, self.inputs.milestone_named(&name())?))).flatten()
        })
    }

    /// Adds the edits that insert milestones that no chart shows, after the last milestone of the plan that this chart
    /// shows. `names` contains the normalized names in all charts.
    fn new_milestones(&self, names: &HashSet<String>, edits: &mut Vec<Edit>) {
        let is_in_plan = |known: &MilestoneInput| {
            !self.plan.gantt_charts().iter().any(|(start, chart)| {
                let end = chart.tasks.last().map_or(0, |task| task.range.end);
                (*start..start + end).contains(&known.range.start)
            })
        };
        let Some((last, _)) = self.known_milestones().filter(|(_, known)| is_in_plan(known)).last() else {
            return;
        };
        for entry in &schedule(self.file).entries {
            let is_new = entry.kind == EntryKind::Milestone && !names.contains(&normalized(&entry.title));
            // A milestone that was reached has no slack.
            let Some(day) = entry.end.filter(|_| is_new && entry.slack.is_some()) else { continue };
            let value = format!("{} :milestone, {day}, 0d", escape_gantt(&entry.title));
            self.insert_after(last, None, &value, entry.has_stated_date, edits);
        }
    }

    /// Adds the edit that inserts a line after a Gantt task: below the heading of a new section if there is one. In the
    /// author's chart, a comment marks computed dates.
    fn insert_after(
        &self,
        task: &GanttTask,
        section: Option<&str>,
        value: &str,
        has_stated_date: bool,
        edits: &mut Vec<Edit>,
    ) {
        let newline = if uses_crlf(self.file) { "\r\n" } else { "\n" };
        let line = self.range(&task.range);
        let indent = self.file.document().slice(self.file.document().line_start(line.start)..line.start);
        let mut text = String::new();
        if let Some(title) = section {
            let indent = self.section_indent().unwrap_or_else(|| indent.clone());
            text.push_str(&format!("{newline}{indent}section {title}"));
        }
        if !self.is_computed() && !has_stated_date {
            text.push_str(&format!("{newline}{indent}{COMPUTED_LINE}"));
        }
        text.push_str(&format!("{newline}{indent}{value}"));
        edits.push(Edit::replace(line.end..line.end, text));
    }

    /// Returns whether the end of a Gantt task is a duration of zero: `0d`.
    fn is_zero(&self, end: &TextRange) -> bool {
        matches!(self.text(end).as_bytes(), [b'0', unit] if unit.is_ascii_alphabetic())
    }

    /// Returns the end date to write for a Gantt task with this last day. It is the day after the last day, unless
    /// the chart has inclusive end dates.
    fn written_end(&self, last: Date) -> String {
        if self.chart.inclusive_end_dates { last } else { last.saturating_add(1.day()) }.to_string()
    }

    /// Adds the edits that insert Gantt tasks for unfinished items with dates that no chart shows, next to the other
    /// items of their phase. `names` contains the normalized names in all charts.
    fn new_items(&self, shown: &[usize], names: &HashSet<String>, edits: &mut Vec<Edit>) {
        let kinds: Vec<ItemKind> =
            self.matched().filter_map(|(_, item)| Some(self.plan.item(item)?.kind())).collect();
        // A chart with tasks shows no bars of phases that only have the dates of their tasks.
        let parents: Vec<ItemKind> = self
            .matched()
            .filter_map(|(_, item)| self.plan.item(item))
            .flat_map(|item| item.ancestors().map(|parent| parent.kind()))
            .collect();
        let sections: HashSet<String> =
            self.chart.sections.iter().map(|title| normalized(&decoded(&self.text(title)))).collect();
        let schedule = schedule(self.file);
        // The phase of the last inserted Gantt task.
        let mut last_phase = None;
        for entry in &schedule.entries {
            let Some(item) = entry.item.and_then(|item| self.plan.item(item)) else { continue };
            let (Some(start), Some(end)) = (entry.start, entry.end) else { continue };
            let is_open = matches!(entry.state, Some(State::Open | State::Active | State::Blocked));
            let has_section = || sections.contains(&normalized(&crate::next::full_name(&item)));
            if !entry.has_bar() && (parents.contains(&item.kind()) || has_section()) {
                continue;
            }
            if !is_open || shown.contains(&item.index()) || !kinds.contains(&item.kind()) {
                continue;
            }
            // Items with the same ID and title cannot be told apart in a chart.
            if names.contains(&normalized(&crate::next::full_name(&item))) {
                continue;
            }
            // The last Gantt task of an item with the same parent.
            let sibling = self.matched().filter_map(|(task, other)| {
                let other = self.plan.item(other)?;
                let is_before = other.kind() == item.kind() && other.parent() == item.parent();
                is_before.then_some((task, other))
            });
            let (task, sibling, section) = match sibling.last() {
                Some((task, sibling)) => (task, sibling, None),
                None => match self.last_of_previous_phase(&item) {
                    Some((task, other)) => {
                        (task, other, item.phase().filter(|phase| last_phase != Some(phase.index())))
                    }
                    None => continue,
                },
            };
            last_phase = item.phase().map(|phase| phase.index());
            let name = escape_gantt(&self.name_like(&sibling, &item));
            let state = if entry.state == Some(State::Active) { "active, " } else { "" };
            let value = format!("{name} :{state}{start}, {}", self.written_end(end));
            let section = section.map(|section| escape_gantt(&crate::next::full_name(&section)));
            self.insert_after(task, section.as_deref(), &value, entry.has_stated_date, edits);
        }
    }

    /// Returns whether the dates of the whole chart are computed.
    fn is_computed(&self) -> bool {
        self.chart.tasks.first().is_some_and(|task| task.is_computed)
    }

    /// Returns the spaces before the first section.
    fn section_indent(&self) -> Option<String> {
        let title = self.range(self.chart.sections.first()?);
        let start = self.file.document().line_start(title.start);
        let line = self.file.document().slice(start..title.start);
        Some(line[..line.len() - line.trim_start().len()].to_owned())
    }

    /// Returns the last Gantt task in the section of the phase before that of `item`, with an item of that phase. `None` unless
    /// each section of the chart has the tasks of one phase.
    fn last_of_previous_phase(&self, item: &Item<'_>) -> Option<(&GanttTask, Item<'_>)> {
        let phase_of = |other: usize| Some(self.plan.item(other)?.phase()?.index());
        let phase = item.phase()?.index();
        let mut phases: HashMap<usize, usize> = HashMap::new();
        for (task, other) in self.matched() {
            let (section, of_task) = (task.section?, phase_of(other)?);
            if *phases.entry(section).or_insert(of_task) != of_task {
                return None;
            }
        }
        let before = self.matched().filter(|(_, other)| phase_of(*other).is_some_and(|other| other < phase));
        let (task, other) = before.max_by_key(|(task, other)| (phase_of(*other), task.range.start))?;
        let last = self.chart.tasks.iter().rfind(|last| last.section == task.section)?;
        Some((last, self.plan.item(other)?))
    }

    /// Returns the name of an item in the form in which the chart names its sibling.
    fn name_like(&self, sibling: &Item<'_>, item: &Item<'_>) -> String {
        let own = self.matched().filter(|(_, other)| *other == sibling.index()).last();
        let written = own.map_or_else(String::new, |(task, _)| normalized(&decoded(&self.text(&task.name))));
        let id = |item: &Item<'_>| item.written_id().unwrap_or_default();
        let forms: [fn(&Item<'_>) -> String; 2] = [|item| item.title(), |item| crate::next::short_name(item)];
        match forms.iter().find(|form| normalized(&form(sibling)) == written) {
            Some(form) => form(item),
            None if !id(sibling).is_empty() && normalized(&id(sibling)) == written => id(item),
            None => crate::next::full_name(item),
        }
    }

    /// Adds the edits that remove the Gantt tasks of items that no longer exist, unless other Gantt tasks depend on
    /// them.
    fn removed_items(&self, edits: &mut Vec<Edit>) {
        let mut forms: HashMap<(String, usize), usize> = HashMap::new();
        for id in self.plan.items().filter_map(|item| item.id()) {
            *forms.entry(form(id)).or_default() += 1;
        }
        for (index, (task, item)) in self.chart.tasks.iter().zip(self.items).enumerate() {
            let name = decoded(&self.text(&task.name));
            let value = self.plan.parse_reference(&name);
            let [id] = &value.names[..] else { continue };
            let is_known_form =
                !id.first.is_plain() && forms.get(&form(&id.first)).is_some_and(|count| *count > 1);
            let exists = item.is_some() || self.plan.items().any(|item| item.id() == Some(&id.first));
            let starts_name = !name[..id.range.start].contains(char::is_alphanumeric);
            let next = self.chart.tasks.get(index + 1);
            let own_id = task.id.as_ref().map(|id| self.text(id));
            let is_needed = next.is_some_and(|next| next.start.is_none())
                || self
                    .chart
                    .tasks
                    .iter()
                    .flat_map(|task| task.after.iter().chain(&task.until))
                    .any(|other| Some(self.text(other)) == own_id);
            let is_removed = is_known_form && !exists && !self.is_in_empty_phase(&id.first);
            if is_removed && starts_name && id.last.is_none() && !is_needed {
                let document = self.file.document();
                let line = self.range(&task.range);
                let start = document.line_start(line.start);
                let rest = document.slice(line.end..document.len().min(line.end + 2));
                let newline = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
                edits.push(Edit::replace(start..line.end + newline, ""));
            }
        }
    }
}

impl ChartUpdate<'_> {
    /// Returns whether the ID of a task belongs to a phase whose tasks the plan does not list: `2.1` of an empty phase 2.
    fn is_in_empty_phase(&self, id: &Id) -> bool {
        let Some((number, _)) = id.as_str().split_once('.') else { return false };
        let mut phases = self
            .plan
            .items()
            .filter(|item| item.id().and_then(|id| id.phase_parts()).is_some_and(|(_, own)| own == number));
        phases.any(|phase| phase.children().next().is_none())
    }
}

/// Returns the form of an ID: its letters and the number of its dots.
fn form(id: &Id) -> (String, usize) {
    let letters = id.phase_parts().map_or_else(|| id.prefix().to_owned(), |(word, _)| word.to_owned());
    (letters, id.as_str().matches('.').count())
}

/// Returns the edits that write computed dates into empty cells of milestones and phases.
pub fn fill_dates(file: &File) -> Vec<Edit> {
    let plan = file.plan();
    let schedule = schedule(file);
    let mut edits = Vec::new();
    for table in plan.tables() {
        let columns = table.columns();
        let is_milestones = table.kind() == TableKind::Milestones;
        for row in table.rows() {
            let Some(entry) = entry_of_row(plan, schedule, &row, is_milestones) else { continue };
            for (at, column) in columns.iter().enumerate() {
                let day = match column {
                    Column::Start => entry.start,
                    Column::End => entry.end,
                    Column::Date if is_milestones => entry.end,
                    _ => None,
                };
                let Some((day, cell)) = day.zip(row.cells.get(at)) else { continue };
                if is_empty_date(cell.text) {
                    edits.extend(cell_edit(file, &cell.range, day));
                }
            }
        }
    }
    edits
}

fn entry_of_row<'a>(
    plan: &Plan,
    schedule: &'a PlanSchedule,
    row: &Row<'_>,
    is_milestone: bool,
) -> Option<&'a ScheduleEntry> {
    if is_milestone {
        let title = row.cell(Column::Milestone)?;
        let is_own =
            |entry: &&ScheduleEntry| entry.kind == EntryKind::Milestone && entry.range == title.range;
        return schedule.entries.iter().find(is_own);
    }
    let name = row.cell(Column::Phase)?;
    schedule.entry_of(named_item(plan, name.text, name.range.start)?)
}

/// Returns whether a cell has no date yet.
fn is_empty_date(text: &str) -> bool {
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '*' | '_' | '`'));
    matches!(text, "" | "-" | "–" | "—" | "?") || text.contains("YYYY") || text.eq_ignore_ascii_case("tbd")
}

/// Returns the edit that writes a date into a cell.
fn cell_edit(file: &File, cell: &TextRange, day: Date) -> Option<Edit> {
    if !cell.is_empty() {
        return Some(Edit::replace(cell.clone(), day.to_string()));
    }
    // For an empty cell, replace the text between the pipes around it.
    let document = file.document();
    let line = document.line_start(cell.start);
    let before = document.slice(line..cell.start);
    let start = line + before.rfind('|')? + 1;
    let rest = document.slice(start..document.len().min(start + 1000));
    let end = start + rest.lines().next()?.find('|')?;
    let is_blank = document.slice(start..end).trim().is_empty();
    is_blank.then(|| Edit::replace(start..end, format!(" {day} ")))
}
