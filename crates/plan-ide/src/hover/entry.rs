//! What plans list beside tasks: risks, milestones, bars of charts.

use jiff::civil::Date;
use plan_model::{Written, date};

use super::{Hover, day::away};
use crate::{File, Place, next::state};

pub(super) fn hover(file: &File, at: usize) -> Option<Hover> {
    risk(file, at).or_else(|| milestone(file, at)).or_else(|| bar(file, at))
}

/// `**It rains** — Low × High`, and what is to be done then.
fn risk(file: &File, at: usize) -> Option<Hover> {
    let touched = |written: &Written<'_>| {
        (written.range.start <= at && at <= written.range.end).then(|| written.range.clone())
    };
    let (risk, range) = file.plan().part_at(at)?.risks().into_iter().find_map(|risk| {
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
    let said = parts.into_iter().filter_map(|(name, part)| Some((name, part.as_ref()?)));
    lines.extend(said.map(|(name, part)| format!("{name}: {}", part.text)));
    // Whoever sees a cell of a wide table sees the others here.
    (lines.len() > 1).then(|| Hover { text: lines.join("\n\n"), range })
}

/// When a milestone is, and what has to be done for it.
fn milestone(file: &File, at: usize) -> Option<Hover> {
    let plan = file.plan();
    let found = plan
        .part_at(at)?
        .milestones()
        .into_iter()
        .find(|found| found.title.range.start <= at && at <= found.title.range.end)?;
    let mut lines = vec![format!("Milestone: **{}**", found.title.text)];
    match found.date {
        Some(day) => lines.push(day_of(file, day)),
        None => lines.extend(found.when.as_ref().map(|when| when.text.to_owned())),
    }
    let mut items: Vec<usize> =
        found.tasks.iter().flat_map(|name| &name.targets).filter_map(|(_, item)| *item).collect();
    items.sort_unstable();
    items.dedup();
    let waits = items.into_iter().filter_map(|item| plan.item(item)).take(LISTED);
    let waits: Vec<String> = waits
        .map(|item| {
            let state = state(&item).map_or("no state", plan_model::State::name);
            format!("{} ({state})", crate::next::full_name(&item))
        })
        .collect();
    if !waits.is_empty() {
        lines.push(format!("Needs {}", waits.join(", ")));
    }
    (lines.len() > 1).then(|| Hover { text: lines.join("\n\n"), range: found.title.range })
}

/// So many items are listed.
const LISTED: usize = 5;

/// The days that a bar comes to.
fn bar(file: &File, at: usize) -> Option<Hover> {
    for (start, chart) in file.plan().charts() {
        let range = |place: &Place| start + place.start..start + place.end;
        for bar in &chart.bars {
            let place = range(&bar.range);
            if !(place.start <= at && at <= place.end) {
                continue;
            }
            let (first, after) = bar.days?;
            let last = if after > first { after.yesterday().unwrap_or(first) } else { first };
            let name = file.document().slice(range(&bar.name));
            let days = first.until(after).map_or(0, |span| span.get_days());
            let length = match days {
                0 => "on one day".to_owned(),
                1 => "1 day".to_owned(),
                days => format!("{days} days"),
            };
            let text = match first == last {
                true => format!("**{}**: {}", name.trim(), day_of(file, first)),
                false => format!(
                    "**{}**: {} to {}, {length}",
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

/// `Sunday 2026-03-01, in 12 days`.
fn day_of(file: &File, day: Date) -> String {
    let shown = day.strftime("%A %Y-%m-%d").to_string();
    let today = file.environment().today.as_deref().and_then(|today| date::first(today)?.date);
    match today.and_then(|today| away(today, day)) {
        Some(away) => format!("{shown}, {away}"),
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
    use crate::Environment;

    fn check(marked: &str, expect: Expect) {
        let (text, place) = fixture(marked);
        let environment = Environment { today: Some("2026-02-01".to_owned()), ..Environment::default() };
        let file = File::within("plan.md", Document::new(&text), Arc::new(environment));
        let found =
            hover(&file, place.start).map(|found| format!("{:?}\n{}", &text[found.range], found.text));
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

                Needs 1.1 a (done), 1.2 b (open)"#]],
        );
    }

    #[test]
    fn bars() {
        let chart = |bar: &str| {
            format!(
                "# Plan: x\n\n- [ ] a\n\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  Copy :a, 2026-02-01, 3d\n  {bar}\n```\n"
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
        check(&chart("Mo$0ve :after nobody, 1d"), expect![[""]]);
    }
}
