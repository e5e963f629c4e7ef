//! Hovers for the title and the status of a plan: its progress and next tasks.

use plan_model::Meaning;

use super::{Hover, date::relative_date, item::progress_bar, item_link};
use crate::{File, TextRange, Workspace, overview, rules::dates};

/// Maximum number of next tasks listed.
const MAX_NEXT_TASKS: usize = 3;

pub(super) fn hover(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    let contains = |range: &TextRange| range.start <= offset && offset <= range.end;
    let plan = file.plan();
    let title = plan.sections().next().map(|section| section.heading_range());
    let title = title.filter(|range| plan.title_range().is_some() && contains(range));
    let status = || {
        plan.fields().into_iter().find(|field| {
            field.meaning == Some(Meaning::Status)
                && contains(&(field.key_range.start..field.value_range.end))
        })
    };
    let (range, is_title) = match title {
        Some(range) => (range, true),
        None => (status()?.value_range, false),
    };
    let found = overview::status(file);
    let mut lines = Vec::new();
    let state = found.state.map(|state| state.name().to_owned());
    match is_title {
        true => {
            let owner = plan.field(Meaning::Owner).map(|field| overview::plain(&field.value));
            let target = found.target.as_ref().map(|target| match found.overdue_days {
                Some(1) => format!("due {target}, 1 day overdue"),
                Some(days) => format!("due {target}, {days} days overdue"),
                None => format!("due {target}{}", relative(file, target)),
            });
            let facts: Vec<String> = [found.status_text, owner, target].into_iter().flatten().collect();
            lines.extend(Some(facts.join(" · ")).filter(|facts| !facts.is_empty()));
        }
        false => lines.extend(state),
    }
    if found.total > 0 {
        lines.push(progress_bar(found.done, found.total));
    }
    let next: Vec<String> = found
        .next
        .iter()
        .take(MAX_NEXT_TASKS)
        .filter_map(|task| plan.item(task.item))
        .map(|item| item_link(file, workspace, &item))
        .collect();
    if !next.is_empty() {
        lines.push(format!("Next: {}", next.join(", ")));
    }
    (!lines.is_empty()).then(|| Hover { text: lines.join("\n\n"), range })
}

/// Returns the relative date after a comma: `, in 12 days`.
fn relative(file: &File, day: &str) -> String {
    let relative =
        dates::today(file).zip(day.parse().ok()).and_then(|(today, day)| relative_date(today, day));
    relative.map(|relative| format!(", {relative}")).unwrap_or_default()
}
