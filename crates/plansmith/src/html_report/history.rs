//! The page of `plansmith history --format html`: the burn-up chart and the changes of each plan.

use crate::{
    diagram::{self, BurnUpPoint},
    history::{ActiveTask, PlanHistory, TaskChange},
    markup::Markup,
};

/// Maximum number of changes listed per plan and kind.
const MAX_LISTED_CHANGES: usize = 50;

/// Returns the page of `plansmith history`.
pub(crate) fn history_page(plans: &[PlanHistory]) -> String {
    super::document("Plan history", "plansmith history --format html", |out| {
        out.open("header").line();
        out.element("h1", "Plan history").line();
        out.close().line();
        out.open("main").line();
        if plans.is_empty() {
            out.element("p", "No versions of plans found.");
        }
        for (number, plan) in plans.iter().enumerate() {
            out.open("section").attr("id", format!("plan-{number}")).line();
            out.open("h2")
                .attr("dir", "auto")
                .text(plan.title.as_deref().unwrap_or("(no title)"))
                .close()
                .line();
            out.open("p").attr("class", "path").text(&plan.path).close().line();
            out.element("p", plan.summary()).line();
            if let Some(drawn) = burn_up(plan, None, &format!("plan-{number}-burn-up")) {
                out.open("figure").attr("class", "wide").attr("tabindex", "0").line();
                out.markup(drawn).line();
                out.close().line();
            }
            details(out, plan);
            out.close().line();
        }
        out.close().line();
    })
}

/// Returns the burn-up chart of a plan. `now` is the last point, if it is later. `None` for fewer than two points.
pub(super) fn burn_up(plan: &PlanHistory, now: Option<BurnUpPoint>, id: &str) -> Option<Markup> {
    let versions = plan.versions.iter().filter_map(|version| {
        let day = version.date.parse().ok()?;
        Some(BurnUpPoint { day, done: version.done, total: version.total })
    });
    let mut points: Vec<BurnUpPoint> = Vec::new();
    for point in versions.chain(now) {
        // The author dates of successive commits can decrease.
        let day = points.last().map_or(point.day, |last| last.day.max(point.day));
        if points.last().is_some_and(|last| last.day == day) {
            points.pop();
        }
        points.push(BurnUpPoint { day, ..point });
    }
    let target = plan.versions.last().and_then(|version| version.target.as_ref()?.parse().ok());
    if points.len() < 2 { None } else { diagram::burn_up_svg(&points, target, id) }
}

fn details(out: &mut Markup, plan: &PlanHistory) {
    if !plan.targets.is_empty() {
        out.element("h3", "Target date").line();
        out.open("ul").line();
        for change in &plan.targets {
            let text = match (&change.from, &change.to) {
                (Some(from), Some(to)) => format!("moved from {from} to {to}"),
                (None, Some(to)) => format!("set to {to}"),
                (Some(from), None) => format!("{from} removed"),
                (None, None) => continue,
            };
            out.element("li", format!("{}: {text}", change.date)).line();
        }
        out.close().line();
    }
    for (name, changes) in [
        ("Completed", &plan.completed),
        ("Added", &plan.added),
        ("Removed", &plan.removed),
        ("Reopened", &plan.reopened),
    ] {
        let texts = changes
            .iter()
            .map(|TaskChange { date, id, title, .. }| format!("{date}: {}", name_of(id.as_deref(), title)));
        list(out, &format!("{name} tasks"), texts.collect());
    }
    let texts = plan.active.iter().map(|ActiveTask { id, title, days, since, .. }| {
        let how_long = match since {
            Some(since) => format!("since {since}"),
            None if *days == 1 => "1 day".to_owned(),
            None => format!("{days} days"),
        };
        format!("{}: {how_long}", name_of(id.as_deref(), title))
    });
    list(out, "Active tasks", texts.collect());
}

fn list(out: &mut Markup, title: &str, texts: Vec<String>) {
    if texts.is_empty() {
        return;
    }
    out.open("details").line();
    out.open("summary").text(format!("{title}: {}", texts.len())).close().line();
    out.open("ul").line();
    for text in texts.iter().take(MAX_LISTED_CHANGES) {
        out.open("li").attr("dir", "auto").text(text).close().line();
    }
    if let more @ 1.. = texts.len().saturating_sub(MAX_LISTED_CHANGES) {
        out.element("li", format!("and {more} more")).line();
    }
    out.close().line();
    out.close().line();
}

fn name_of(id: Option<&str>, title: &str) -> String {
    match id {
        Some(id) => format!("{id} {title}"),
        None => title.to_owned(),
    }
}
