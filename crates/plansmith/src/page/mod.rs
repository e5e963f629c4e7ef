//! The page of `plansmith status --format html`: all plans on one page that stands alone. Nothing is loaded, nothing runs;
//! what folds are elements that browsers fold.

use plan_ide::{
    File,
    overview::{self, PlanStatus},
};
use plan_model::State;

use crate::{
    markup::Markup,
    picture::{self, Undrawn},
};

/// So many plans have pictures; those that are not over come first.
const PICTURED: usize = 150;
/// So many tasks that can start are listed of each plan.
const LISTED: usize = 12;

/// A plan on the page.
pub(crate) struct Entry {
    status: PlanStatus,
    /// The picture of its timeline and that of its dependencies; nothing where there is nothing to draw.
    pictures: [Option<Result<Markup, Undrawn>>; 2],
}

impl Entry {
    /// A plan with its pictures. `number` is its own among those on the page.
    pub(crate) fn of(file: &File, status: PlanStatus, number: usize) -> Self {
        let timeline = overview::timeline(file);
        let graph = overview::graph(file);
        let timeline = (!timeline.sections.is_empty())
            .then(|| picture::of_timeline(&timeline, &format!("plan-{number}-timeline")));
        let graph = (!graph.edges.is_empty())
            .then(|| picture::of_graph(&graph, &format!("plan-{number}-dependencies")));
        Self { status, pictures: [timeline, graph] }
    }

    fn has_pictures(&self) -> bool {
        self.pictures.iter().flatten().any(Result::is_ok)
    }
}

/// Takes away the pictures of the plans beyond the first ones, those that are over first. Says of how many.
fn limit(plans: &mut [Entry], most: usize) -> usize {
    let mut order: Vec<usize> = (0..plans.len()).filter(|index| plans[*index].has_pictures()).collect();
    order.sort_by_key(|index| matches!(plans[*index].status.state, Some(State::Done | State::Cancelled)));
    for index in order.iter().skip(most) {
        plans[*index].pictures = [None, None];
    }
    order.len().saturating_sub(most)
}

/// The page. `today` is the day that it is of.
pub(crate) fn page(mut plans: Vec<Entry>, today: Option<&str>) -> String {
    let mut out = Markup::new();
    out.open("html").with("lang", "en").line();
    out.open("head").line();
    out.open("meta").with("charset", "utf-8").close().line();
    // Should anything slip through after all, the browser neither runs nor loads it.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    out.open("meta").with("http-equiv", "Content-Security-Policy").with("content", policy).close().line();
    out.open("meta")
        .with("name", "viewport")
        .with("content", "width=device-width, initial-scale=1")
        .close()
        .line();
    out.open("meta").with("name", "color-scheme").with("content", "light dark").close().line();
    out.element("title", "Where the plans stand").line();
    out.style(include_str!("page.css")).line();
    out.style(picture::STYLE).line();
    out.close().line();
    out.open("body").line();
    head(&mut out, &plans, today);
    out.open("main").line();
    if plans.is_empty() {
        out.element("p", "There are no plans here.");
    } else {
        table(&mut out, &plans);
        let is_alone = plans.len() == 1;
        let left_out = limit(&mut plans, PICTURED);
        out.element("h2", "Plan by plan").line();
        if left_out > 0 {
            let text = format!(
                "{left_out} more plans have pictures that are not here: `plansmith graph` draws them."
            );
            out.open("p").with("class", "dim").text(text).close().line();
        }
        for (number, plan) in plans.into_iter().enumerate() {
            details(&mut out, plan, number, is_alone);
        }
    }
    out.close().line();
    out.open("footer").open("p").text("Written by plansmith status --format html.").close().close().line();
    format!("<!DOCTYPE html>\n{}\n", out.finish())
}

fn head(out: &mut Markup, plans: &[Entry], today: Option<&str>) {
    out.open("header").line();
    out.element("h1", "Where the plans stand").line();
    if let Some(today) = today {
        out.open("p")
            .with("class", "dim")
            .text("On ")
            .open("time")
            .with("datetime", today)
            .text(today)
            .close();
        out.close().line();
    }
    let all = || plans.iter().map(|plan| &plan.status);
    let (done, total) = all().fold((0, 0), |sum, plan| (sum.0 + plan.done, sum.1 + plan.total));
    let startable: usize = all().map(|plan| plan.next.len()).sum();
    let overdue = all().filter(|plan| plan.overdue_days.is_some()).count();
    let percent = (done * 100).checked_div(total);
    out.open("dl").with("class", "figures").line();
    figure(out, "plans", &plans.len().to_string(), None);
    let of_all = percent.map(|percent| format!("{percent} %"));
    figure(out, "tasks done", &format!("{done} of {total}"), of_all.as_deref());
    figure(out, "can start now", &startable.to_string(), None);
    let late = if overdue > 0 { "late" } else { "" };
    out.open("div").with("class", late);
    out.element("dt", "overdue").element("dd", overdue.to_string()).close().line();
    out.close().line();
    out.close().line();
}

fn figure(out: &mut Markup, name: &str, value: &str, more: Option<&str>) {
    out.open("div").element("dt", name).open("dd").text(value);
    if let Some(more) = more {
        out.text(" ").open("span").with("class", "dim").text(more).close();
    }
    out.close().close().line();
}

fn table(out: &mut Markup, plans: &[Entry]) {
    out.open("div").with("class", "wide").with("role", "region").with("aria-label", "All plans");
    out.with("tabindex", "0").line();
    out.open("table").line();
    out.open("caption").text("All plans").close().line();
    out.open("thead").open("tr");
    for head in ["Plan", "Template", "Status", "Progress", "Next", "Overdue"] {
        out.open("th").with("scope", "col").text(head).close();
    }
    out.close().close().line();
    out.open("tbody").line();
    for (number, Entry { status, .. }) in plans.iter().enumerate() {
        out.open("tr").open("th").with("scope", "row");
        out.open("a").with("href", format!("#plan-{number}")).with("dir", "auto").text(title(status)).close();
        out.open("span").with("class", "path").text(&status.path).close().close();
        out.element("td", status.template.as_deref().unwrap_or("–"));
        out.open("td");
        state(out, status);
        out.close();
        out.open("td");
        progress(out, status);
        out.close();
        out.open("td").with("dir", "auto");
        match status.next.first() {
            Some(task) => out.text(named(task.id.as_deref(), &task.title)),
            None => out.text("–"),
        };
        out.close();
        out.open("td");
        if let Some(days) = status.overdue_days {
            out.open("strong").with("class", "late");
            out.text(if days == 1 { "1 day".to_owned() } else { format!("{days} days") }).close();
        }
        if let Some(target) = &status.target {
            out.open("span").with("class", "path").text(format!("due {target}")).close();
        }
        out.close().close().line();
    }
    out.close().close().close().line();
}

fn details(out: &mut Markup, plan: Entry, number: usize, is_open: bool) {
    let Entry { status, pictures: [timeline, graph] } = plan;
    out.open("details");
    if is_open {
        out.with("open", "");
    }
    out.line()
        .open("summary")
        .open("span")
        .with("class", "name")
        .with("dir", "auto")
        .text(title(&status))
        .close();
    out.text(" ");
    state(out, &status);
    progress(out, &status);
    out.close().line();
    // A link to what is inside opens it.
    out.open("div").with("class", "plan").with("id", format!("plan-{number}")).line();
    out.open("p").with("class", "path").text(&status.path).close().line();
    out.element("h3", "Can start now").line();
    if status.next.is_empty() {
        out.open("p").with("class", "dim").text("Nothing.").close().line();
    } else {
        out.open("ul").line();
        for task in status.next.iter().take(LISTED) {
            out.open("li")
                .open("span")
                .with("dir", "auto")
                .text(named(task.id.as_deref(), &task.title))
                .close();
            let active = (task.state == State::Active).then_some("active");
            let remarks = [active, task.owner.as_deref(), task.estimate.as_deref()];
            let remarks: Vec<&str> = remarks.into_iter().flatten().collect();
            if !remarks.is_empty() {
                out.text(" ").open("span").with("class", "dim").text(remarks.join(", ")).close();
            }
            out.close().line();
        }
        out.close().line();
        if let more @ 1.. = status.next.len().saturating_sub(LISTED) {
            out.open("p").with("class", "dim").text(format!("… and {more} more.")).close().line();
        }
    }
    for (name, picture) in [("Timeline", timeline), ("Dependencies", graph)] {
        let Some(picture) = picture else { continue };
        out.element("h3", name).line();
        match picture {
            Ok(picture) => {
                out.open("div").with("class", "wide").with("role", "region").with("tabindex", "0");
                out.with("aria-label", format!("{name} of {}", title(&status))).line();
                out.markup(picture);
                out.close().line();
            }
            Err(why) => {
                out.open("p").with("class", "dim").text(sentence(&why.to_string())).close().line();
            }
        }
    }
    out.close().close().line();
}

fn title(status: &PlanStatus) -> &str {
    status.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&status.path)
}

fn named(id: Option<&str>, title: &str) -> String {
    id.map_or_else(|| title.to_owned(), |id| format!("{id} {title}"))
}

/// `too large` as `Too large.`
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn state(out: &mut Markup, status: &PlanStatus) {
    let class = status.state.map_or("none", State::name);
    let text = status.status_text.as_deref().unwrap_or("no status");
    out.open("span").with("class", format!("state {class}")).with("dir", "auto");
    // What does not fit is there to be read.
    out.with("title", text).text(text).close();
}

/// A bar that is full only when all is done, with the count beside it.
fn progress(out: &mut Markup, status: &PlanStatus) {
    let (done, total) = (status.done, status.total);
    out.open("span").with("class", "progress");
    let Some(percent) = (done * 100).checked_div(total) else {
        out.open("span").with("class", "dim").text("no tasks").close().close();
        return;
    };
    out.open("span").with("class", "bar").with("aria-hidden", "true");
    out.open("span").with("style", format!("width:{percent}%")).close().close();
    out.open("span").with("class", "count").text(format!("{done} of {total}")).close().close();
}

#[cfg(test)]
mod tests;
