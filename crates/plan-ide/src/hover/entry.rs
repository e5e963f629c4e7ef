//! Hovers for entries of plans other than tasks: risks, milestones, Gantt tasks.

use jiff::civil::Date;
use plan_model::{Excerpt, date};

use super::{Hover, date::relative_date, item_link};
use crate::{File, TextRange, Workspace, next::state, schedule::schedule};

pub(super) fn hover(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    risk(file, offset).or_else(|| milestone(file, workspace, offset)).or_else(|| gantt_task(file, offset))
}

/// Returns the hover for a risk: title, probability, impact, mitigation, contingency, owner.
fn risk(file: &File, offset: usize) -> Option<Hover> {
    let touched = |written: &Excerpt<'_>| {
        (written.range.start <= offset && offset <= written.range.end).then(|| written.range.clone())
    };
    let (risk, range) = file.plan().segment_view_at(offset)?.risks().into_iter().find_map(|risk| {
        let parts = [&risk.probability, &risk.impact, &risk.mitigation, &risk.contingency, &risk.owner];
        let range = touched(&risk.title).or_else(|| parts.into_iter().flatten().find_map(touched))?;
        Some((risk, range))
    })?;
    let mut lines = vec![format!("Risk: **{}**", risk.title.text)];
    let parts = [
        ("Probability", &risk.probability),
        ("Impact", &risk.impact),
        ("Mitigation", &risk.mitigation),
        ("Contingency", &risk.contingency),
        ("Owner", &risk.owner),
    ];
    let stated = parts.into_iter().filter_map(|(name, part)| Some((name, part.as_ref()?)));
    lines.extend(stated.map(|(name, part)| format!("{name}: {}", part.text)));
    // In a cell of a wide table, the hover shows the other cells.
    (lines.len() > 1).then(|| Hover { text: lines.join("\n\n"), range })
}

/// Returns the hover for a milestone: its stated or computed date, and its dependencies.
fn milestone(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    let plan = file.plan();
    let found = plan
        .segment_view_at(offset)?
        .milestones()
        .into_iter()
        .find(|found| found.title.range.start <= offset && offset <= found.title.range.end)?;
    let mut lines = vec![format!("Milestone: **{}**", found.title.text)];
    match found.date {
        Some(day) => lines.push(format_day(file, day)),
        None => {
            lines.extend(found.when.as_ref().map(|when| when.text.to_owned()));
            let mut scheduled = schedule(file).entries.iter().filter(|entry| entry.item.is_none());
            let own = scheduled.find(|entry| entry.range == found.title.range);
            let day = own.and_then(|entry| entry.end);
            lines.extend(day.map(|day| format!("Scheduled: {}", format_day(file, day))));
        }
    }
    let mut items: Vec<usize> =
        found.tasks.iter().flat_map(|name| &name.targets).filter_map(|(_, item)| *item).collect();
    items.sort_unstable();
    items.dedup();
    let dependencies = items.into_iter().filter_map(|item| plan.item(item)).take(MAX_LISTED_ENTRIES);
    let dependencies: Vec<String> = dependencies
        .map(|item| {
            let state = state(&item).map_or("no state", plan_model::State::name);
            format!("{} ({state})", item_link(file, workspace, &item))
        })
        .collect();
    if !dependencies.is_empty() {
        lines.push(format!("Depends on: {}", dependencies.join(", ")));
    }
    (lines.len() > 1).then(|| Hover { text: lines.join("\n\n"), range: found.title.range })
}

/// Maximum number of dependencies listed.
const MAX_LISTED_ENTRIES: usize = 5;

/// Returns the hover for a Gantt task: its computed dates.
fn gantt_task(file: &File, offset: usize) -> Option<Hover> {
    for (start, chart) in file.plan().gantt_charts() {
        let range = |place: &TextRange| start + place.start..start + place.end;
        for gantt_task in &chart.tasks {
            let place = range(&gantt_task.range);
            if !(place.start <= offset && offset <= place.end) {
                continue;
            }
            let (first, after) = gantt_task.days?;
            let last = chart.excluded.last_day(first, after);
            let name = file.document().slice(range(&gantt_task.name));
            let days = first.until(last).map_or(0, |span| span.get_days()) + 1;
            let duration = format!("{days} days");
            let text = match first == last {
                true => format!("**{}**: {}", name.trim(), format_day(file, first)),
                false => format!(
                    "**{}**: {} to {}, {duration}",
                    name.trim(),
                    first.strftime("%a %Y-%m-%d"),
                    last.strftime("%a %Y-%m-%d")
                ),
            };
            return Some(Hover { text, range: place });
        }
    }
    None
}

/// Formats a date: `Sunday 2026-03-01, in 12 days`.
fn format_day(file: &File, day: Date) -> String {
    let shown = day.strftime("%A %Y-%m-%d").to_string();
    let today = file.environment().today.as_deref().and_then(|today| date::first(today)?.date);
    match today.and_then(|today| relative_date(today, day)) {
        Some(relative_date) => format!("{shown}, {relative_date}"),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use super::*;
    use crate::{Environment, Index, NoDisk};

    fn check(marked: &str, expect: Expect) {
        let (text, place) = fixture(marked);
        let environment = Environment { today: Some("2026-02-01".to_owned()), ..Environment::default() };
        let file = File::with_environment("plan.md", Document::new(&text), Arc::new(environment));
        let workspace = Workspace { index: &Index::new([]), disk: &NoDisk, is_complete: true };
        let found = hover(&file, &workspace, place.start)
            .map(|found| format!("{:?}\n{}", &text[found.range], found.text));
        expect.assert_eq(&found.unwrap_or_default());
    }

    #[test]
    fn risks() {
        let table = "# Plan: x\n\n- [ ] a\n\n## Risks\n\n| Risk | Probability | Impact | Mitigation |\n|---|---|---|---|\n| It rains | Low | Hi$0gh | Umbrella |\n";
        check(
            table,
            expect![[r#"
                "High"
                Risk: **It rains**

                Probability: Low

                Impact: High

                Mitigation: Umbrella"#]],
        );
        check(
            "# Plan: x\n\n- [ ] a\n\n## Risks\n\n| Ri$0sk | Impact | Mitigation |\n|---|---|---|\n| a | b | c |\n",
            expect![[""]],
        );
    }

    #[test]
    fn milestones() {
        check(
            "# Plan: x\n\n- [x] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n\n## Milestones\n\n| Milestone | Date | Depends on |\n|---|---|---|\n| Be$0ta | 2026-02-03 | 1.1, 1.2 |\n",
            expect![[r#"
                "Beta"
                Milestone: **Beta**

                Tuesday 2026-02-03, in 2 days

                Depends on: 1.1 a (done), 1.2 b (open)"#]],
        );
        check(
            "# Plan: x\n\n- [ ] **Task 1.1**: a (2-3 days)\n\n## Milestones\n\n| Milestone | Depends on |\n|---|---|\n| Be$0ta | 1.1 |\n",
            expect![[r#"
                "Beta"
                Milestone: **Beta**

                Scheduled: Wednesday 2026-02-04, in 3 days

                Depends on: 1.1 a (open)"#]],
        );
    }

    #[test]
    fn gantt_tasks() {
        let chart = |gantt_task: &str| {
            format!(
                "# Plan: x\n\n- [ ] a\n\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  Copy :a, 2026-02-01, 3d\n  {gantt_task}\n```\n"
            )
        };
        check(
            &chart("Mo$0ve :b, after a, 1w"),
            expect![[r#"
            "Move :b, after a, 1w"
            **Move**: Wed 2026-02-04 to Tue 2026-02-10, 7 days"#]],
        );
        check(
            &chart("Mo$0ve :milestone, after a, 0d"),
            expect![[r#"
            "Move :milestone, after a, 0d"
            **Move**: Wednesday 2026-02-04, in 3 days"#]],
        );
        check(&chart("Mo$0ve :after unknown, 1d"), expect![[""]]);
    }
}
