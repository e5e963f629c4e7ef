//! Completion in Gantt charts: tasks that are not in a chart yet, IDs after `after` and `until`, tags.

use std::collections::HashSet;

use plan_model::{
    Item, Meaning, Role,
    gantt::{GanttChart, GanttTask, is_reference_id},
    quantity, reference,
};

use super::{
    Completion, CompletionKind,
    context::{CompletionContext, CursorContext},
    dependency_order::{DependencyOrder, chart_items},
    escape,
};

const GANTT_TAGS: [(&str, &str); 4] = [
    ("done", "completed task"),
    ("active", "task in progress"),
    ("crit", "critical task"),
    ("milestone", "milestone"),
];

/// Maximum number of tasks offered. Larger than the limit of a response, so that the response is marked as
/// incomplete.
const MAX_OFFERED_GANTT_TASKS: usize = super::MAX_COMPLETIONS + 10;

pub(super) fn gantt_tasks(context: &CompletionContext<'_>) -> Vec<Completion> {
    // Spaces, colons and commas occur in every text, so check for a Gantt chart first.
    let CursorContext::Gantt(place) = context.cursor_context() else { return Vec::new() };
    if !context.in_plan() {
        return Vec::new();
    }
    let charts = context.file.plan().gantt_charts();
    let Some((start, chart)) = charts.iter().find(|(start, _)| *start == place.start) else {
        return Vec::new();
    };
    if context.line_start == place.start || context.text_before_cursor().trim_start().starts_with("%%") {
        return Vec::new();
    }
    let chart_context = ChartContext { context, start: *start, chart };
    match context.text_before_cursor().find(':') {
        None => chart_context.names(),
        Some(colon) => chart_context.parts(colon),
    }
}

struct ChartContext<'a> {
    context: &'a CompletionContext<'a>,
    start: usize,
    chart: &'a GanttChart,
}

impl ChartContext<'_> {
    fn text(&self, range: &std::ops::Range<usize>) -> String {
        self.context.file.document().slice(self.start + range.start..self.start + range.end)
    }

    /// Returns whether a Gantt task is on the cursor's line.
    fn is_on_cursor_line(&self, task: &GanttTask) -> bool {
        let at = self.start + task.range.start;
        (self.context.line_start..=self.context.line_start + self.context.line.len()).contains(&at)
    }

    fn ids(&self) -> HashSet<String> {
        let tasks = self.chart.tasks.iter().filter(|task| !self.is_on_cursor_line(task));
        tasks.filter_map(|task| Some(self.text(task.id.as_ref()?))).collect()
    }

    /// Offers whole Gantt tasks at the start of a line.
    fn names(&self) -> Vec<Completion> {
        let context = self.context;
        let typed = context.text_before_cursor();
        let trimmed = typed.trim_start();
        let rest = context.text_after_cursor();
        if !rest.trim().is_empty() || trimmed.starts_with("section") || trimmed.starts_with("title") {
            return Vec::new();
        }
        let (plan, line) = (context.file.plan(), context.line_start);
        // The line being typed is not a Gantt task yet.
        let in_charts: HashSet<usize> = plan
            .gantt_charts()
            .iter()
            .flat_map(|(start, chart)| {
                chart_items(plan, *start, chart).into_iter().filter_map(|(_, item)| item)
            })
            .collect();
        let order = DependencyOrder::of(plan, context.offset);
        let own_bars = chart_items(plan, self.start, self.chart);
        let used = self.ids();
        let range = line + (typed.len() - trimmed.len())..line + context.line.len();
        let typed_lower = trimmed.trim().to_lowercase();
        let shown = |item: &Item<'_>| {
            let written = item.id_range().map(|range| plan.document().slice(range)).unwrap_or_default();
            let word = if written.starts_with(|c: char| c.is_ascii_digit()) { "Task " } else { "" };
            format!("{word}{written} {}", item.title()).to_lowercase()
        };
        let missing = plan.items().filter(|item| {
            item.id().is_some()
                && item.role() == Role::Work
                && !in_charts.contains(&item.index())
                // A task that existing Gantt tasks depend on must precede them, so it is not offered.
                && !order.dependents_of(item.index()).iter().any(|later| in_charts.contains(later))
                && (typed_lower.is_empty() || shown(item).contains(&typed_lower))
        });
        with_names(plan, missing.take(MAX_OFFERED_GANTT_TASKS))
            .into_iter()
            .map(|(item, name)| {
                let start = self.start_of(&item, &order, &own_bars);
                let (duration, is_known) =
                    mermaid_duration(&item).map_or(("1d".to_owned(), false), |days| (days, true));
                let id = unused_id(&item, &used);
                let head = format!("{name} :{id}, {start}");
                let mut found = context.offer(CompletionKind::Item, &*name, item.title(), range.clone());
                found.filter = format!("{name} {}", found.detail);
                found.edit.text = format!("{head}{duration}");
                found.snippet = (!is_known).then(|| format!("{}${{1:{duration}}}$0", escape(&head)));
                found
            })
            .collect()
    }

    /// Returns `after a, ` if the item depends on Gantt tasks, or a date if it is the first Gantt task.
    fn start_of(
        &self,
        item: &Item<'_>,
        order: &DependencyOrder<'_>,
        tasks: &[(usize, Option<usize>)],
    ) -> String {
        let dependencies = order.dependencies_of(item.index());
        let of_item =
            tasks.iter().filter(|(_, other)| other.is_some_and(|other| dependencies.contains(&other)));
        let found: Vec<&GanttTask> = of_item.filter_map(|(task, _)| self.chart.tasks.get(*task)).collect();
        let id = |task: &&GanttTask| Some(self.text(task.id.as_ref()?)).filter(|id| is_reference_id(id));
        let ids: Option<Vec<String>> = found.iter().map(id).collect();
        if let Some(ids) = ids.filter(|ids| !ids.is_empty()) {
            return format!("after {}, ", ids.join(" "));
        }
        if let Some(last) = found.iter().filter_map(|task| Some(task.days?.1)).max() {
            return format!("{last}, ");
        }
        let is_first = self.chart.tasks.iter().all(|task| self.is_on_cursor_line(task));
        let text = self.context.file.document().slice(self.start..self.context.line_start);
        let iso = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("dateFormat"))
            .all(|format| format.trim().starts_with("YYYY-MM-DD"));
        let today = self.context.file.environment().today.clone();
        today.filter(|_| is_first && iso).map_or_else(String::new, |today| format!("{today}, "))
    }

    /// Offers tags and IDs after the colon.
    fn parts(&self, colon: usize) -> Vec<Completion> {
        let context = self.context;
        let typed = context.text_before_cursor();
        let start = typed[colon..].rfind(',').map_or(colon + 1, |comma| colon + comma + 1);
        let spaces = typed[start..].len() - typed[start..].trim_start().len();
        let part = &typed[start + spaces..];
        let before: Vec<&str> =
            typed[colon + 1..].split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let before = &before[..before.len() - usize::from(!part.is_empty()).min(before.len())];
        let rest = context.text_after_cursor();
        let is_tag = |part: &str| GANTT_TAGS.iter().any(|(tag, _)| *tag == part) || part == "vert";
        if let Some(list) = part.strip_prefix("after ").or_else(|| part.strip_prefix("until ")) {
            return self.referenced_ids(list, part.starts_with("after"));
        }
        let end = rest.find([',', ' ']).unwrap_or(rest.trim_end().len());
        let from = context.line_start + start + spaces;
        let range = from..context.offset + end;
        let mut found = Vec::new();
        if before.iter().all(|part| is_tag(part)) {
            for (tag, what) in GANTT_TAGS.iter().filter(|(tag, _)| !before.contains(tag)) {
                let mut offer = context.offer(CompletionKind::Value, *tag, *what, range.clone());
                let lead = if spaces == 0 && typed[..start].ends_with(',') { " " } else { "" };
                offer.edit.text = format!("{lead}{tag}");
                offer.commit = &[","];
                found.push(offer);
            }
        }
        let others = before.iter().filter(|part| !is_tag(part)).count();
        if others <= 1 && rest.trim().is_empty() && !before.is_empty() {
            let lead = if spaces == 0 { " " } else { "" };
            for (id, name) in self.open_ids(&[]) {
                let label = format!("after {id}");
                let mut offer = context.offer(CompletionKind::Reference, &*label, name, range.clone());
                offer.edit.text = format!("{lead}{label}, 1d");
                offer.snippet = Some(format!("{lead}{}, ${{1:1d}}$0", escape(&label)));
                found.push(offer);
            }
        }
        found
    }

    /// Offers IDs of Gantt tasks after `after` or `until`.
    fn referenced_ids(&self, list: &str, is_after: bool) -> Vec<Completion> {
        let context = self.context;
        let word = list.rsplit(' ').next().unwrap_or_default();
        let listed: Vec<&str> = list[..list.len() - word.len()].split_whitespace().collect();
        let rest = context.text_after_cursor();
        let end = rest.find([',', ' ']).unwrap_or(rest.trim_end().len());
        let range = context.offset - word.len()..context.offset + end;
        let ids = if is_after { self.open_ids(&listed) } else { self.all_ids(&listed) };
        ids.into_iter()
            .map(|(id, name)| {
                let mut offer = context.offer(CompletionKind::Reference, &*id, name, range.clone());
                offer.filter = format!("{id} {}", offer.detail);
                offer.commit = &[","];
                offer
            })
            .collect()
    }

    fn all_ids(&self, listed: &[&str]) -> Vec<(String, String)> {
        let tasks = self.chart.tasks.iter().filter(|task| !self.is_on_cursor_line(task));
        let ids = tasks.filter_map(|task| Some((self.text(task.id.as_ref()?), self.text(&task.name))));
        ids.filter(|(id, _)| is_reference_id(id) && !listed.contains(&id.as_str())).collect()
    }

    /// Returns the IDs and names of the Gantt tasks that do not depend on the Gantt task on the cursor's line. The
    /// nearest preceding ones come first.
    fn open_ids(&self, listed: &[&str]) -> Vec<(String, String)> {
        let own = self.chart.tasks.iter().position(|task| self.is_on_cursor_line(task));
        let own_id = own.and_then(|own| Some(self.text(self.chart.tasks[own].id.as_ref()?)));
        let mut later: HashSet<String> = own_id.into_iter().collect();
        for _ in 0..self.chart.tasks.len().min(64) {
            let before = later.len();
            for task in self.chart.tasks.iter().filter(|task| !self.is_on_cursor_line(task)) {
                if task.after.iter().any(|id| later.contains(&self.text(id))) {
                    later.extend(task.id.as_ref().map(|id| self.text(id)));
                }
            }
            if later.len() == before {
                break;
            }
        }
        let mut ids = self.all_ids(listed);
        ids.retain(|(id, _)| !later.contains(id));
        ids.reverse();
        ids
    }
}

/// Returns items with the names of their Gantt tasks, which are their IDs with a keyword. Omits names that would
/// resolve to other items.
fn with_names<'a>(plan: &plan_model::Plan, items: impl Iterator<Item = Item<'a>>) -> Vec<(Item<'a>, String)> {
    let mut found: Vec<(Item<'a>, String)> = Vec::new();
    let mut names = Vec::new();
    for item in items {
        let Some(written) = item.written_id() else { continue };
        let written = written.trim_matches(|c: char| matches!(c, '*' | '_' | '[' | ']' | '`' | ' '));
        let name = match written.starts_with(|c: char| c.is_ascii_digit()) {
            true => format!("Task {written}"),
            false => written.to_owned(),
        };
        let mut value = reference::parse(&name);
        if let (Some(read), true) = (value.names.pop(), value.names.is_empty())
            && !name.contains([':', ';', '#', ','])
        {
            names.push(read);
            found.push((item, name));
        }
    }
    if found.is_empty() {
        return found;
    }
    // Resolve all names at once: each resolution reads the whole plan.
    let value = reference::Value { class: reference::ValueClass::List, names, strict: true, all: None };
    let resolved = plan.resolve(&value, 0, None);
    let leads_to = |(item, _): &(Item<'_>, String), targets: &[(plan_model::Id, Option<usize>)]| matches!(targets, [(_, Some(found))] if *found == item.index());
    let pairs = found.into_iter().zip(resolved);
    pairs.filter(|(item, name)| leads_to(item, &name.targets)).map(|(item, _)| item).collect()
}

/// Returns an unused Gantt task ID that is derived from an item's ID: `t1_2`.
fn unused_id(item: &Item<'_>, used: &HashSet<String>) -> String {
    let id = item.id().map(ToString::to_string).unwrap_or_default();
    let id = id.replace("phase ", "p").to_lowercase();
    let plain: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let id = if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("t{plain}") } else { plain };
    let mut found = id.clone();
    let mut count = 1;
    while used.contains(&found) {
        count += 1;
        found = format!("{id}_{count}");
    }
    found
}

/// Returns the duration of an item in Mermaid syntax.
fn mermaid_duration(item: &Item<'_>) -> Option<String> {
    let estimate = item.field(Meaning::Estimate).or_else(|| item.field(Meaning::Duration))?;
    let found = quantity::duration(&estimate.value)?;
    let unit = match found.unit {
        quantity::DurationUnit::Minute => "m",
        quantity::DurationUnit::Hour => "h",
        quantity::DurationUnit::Day => "d",
        quantity::DurationUnit::Week => "w",
        quantity::DurationUnit::Month => "M",
    };
    Some(format!("{}{unit}", found.max))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::completion::testing::check;

    const PLAN: &str = "# Plan: x\n\n- [ ] **Task 1.1**: Copy\n  - Estimate: 2 days\n- [ ] **Task 1.2**: Move\n  - Estimate: 3d\n  - Depends on: Task 1.1\n- [ ] **Task 1.3**: Rest\n\n```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n";

    fn chart(lines: &str, expect: Expect) {
        check(&format!("{PLAN}{lines}\n```\n"), expect);
    }

    #[test]
    fn offers_tasks_that_are_not_in_the_chart() {
        chart(
            "    $0",
            expect![[r#"
            Task 1.1 (Copy):     Task 1.1 :t1_1, 2026-11-21, 2d
            Task 1.2 (Move):     Task 1.2 :t1_2, 2026-11-21, 3d
            Task 1.3 (Rest):     Task 1.3 :t1_3, 2026-11-21, 1d"#]],
        );
        chart(
            "    Task 1.1 :t1, 2026-03-02, 2d\n    Ta$0",
            expect![[r#"
            Task 1.2 (Move):     Task 1.2 :t1_2, after t1, 3d
            Task 1.3 (Rest):     Task 1.3 :t1_3, 1d"#]],
        );
    }

    #[test]
    fn offers_ids_and_tags() {
        chart(
            "    Task 1.1 :t1, 2026-03-02, 2d\n    Task 1.2 :t2, after t1, 2d\n    Task 1.3 :t3, after $0, 1d",
            expect![[r#"
                t2 (Task 1.2):     Task 1.3 :t3, after t2, 1d
                t1 (Task 1.1):     Task 1.3 :t3, after t1, 1d"#]],
        );
        chart(
            "    Task 1.1 :t1, after $0, 2d\n    Task 1.2 :t2, after t1, 2d\n    Task 1.3 :t3, 2026-03-02, 1d",
            expect!["t3 (Task 1.3):     Task 1.1 :t1, after t3, 2d"],
        );
        chart(
            "    Task 1.1 :t1, 2026-03-02, 2d\n    Task 1.2 :crit, $0",
            expect![[r#"
                done (completed task):     Task 1.2 :crit, done
                active (task in progress):     Task 1.2 :crit, active
                milestone (milestone):     Task 1.2 :crit, milestone
                after t1 (Task 1.1):     Task 1.2 :crit, after t1, 1d"#]],
        );
        chart(
            "    Task 1.1 :$0",
            expect![[r#"
                done (completed task):     Task 1.1 :done
                active (task in progress):     Task 1.1 :active
                crit (critical task):     Task 1.1 :crit
                milestone (milestone):     Task 1.1 :milestone"#]],
        );
    }
}
