//! The page of `plansmith status --format html`: all plans on one self-contained page, without scripts or external
//! resources. Folding uses `details` elements.

mod history;

use plan_ide::{
    File,
    overview::{self, PlanStatus},
};
use plan_model::State;

pub(crate) use self::history::history_page;
use crate::{
    coverage_report,
    diagram::{self, BurnUpPoint, DiagramError},
    history::PlanHistory,
    markup::Markup,
    set_status::DocumentSetStatus,
};

/// Maximum number of plans with diagrams; unfinished plans take precedence.
const MAX_PLANS_WITH_DIAGRAMS: usize = 150;
/// Maximum number of ready tasks listed per plan.
const MAX_READY_TASKS: usize = 12;

/// A plan on the page.
pub(crate) struct ReportEntry {
    status: PlanStatus,
    /// Diagrams of the timeline and the dependencies; `None` if the plan has no data for a diagram.
    diagrams: [Option<Result<Markup, DiagramError>>; 2],
    /// Burn-up chart, if the plan has several versions in git.
    burn_up: Option<Markup>,
    /// Changes since an earlier version, in a few words.
    changes: Option<String>,
}

impl ReportEntry {
    /// Returns a plan with its diagrams. `number` must be unique on the page.
    pub(crate) fn new(file: &File, status: PlanStatus, number: usize) -> Self {
        let timeline = overview::timeline(file);
        let graph = overview::graph(file);
        let timeline = (!timeline.sections.is_empty())
            .then(|| diagram::timeline_svg(&timeline, &format!("plan-{number}-timeline")));
        let graph = (!graph.edges.is_empty())
            .then(|| diagram::graph_svg(&graph, &format!("plan-{number}-dependencies")));
        Self { status, diagrams: [timeline, graph], burn_up: None, changes: None }
    }

    /// Adds the burn-up chart of a history up to today, and the changes since an earlier version.
    pub(crate) fn with_history(
        self,
        history: Option<&PlanHistory>,
        change: Option<&PlanHistory>,
        today: Option<&str>,
        number: usize,
    ) -> Self {
        let now = today.and_then(|day| day.parse().ok());
        let now = now.map(|day| BurnUpPoint { day, done: self.status.done, total: self.status.total });
        let id = format!("plan-{number}-burn-up");
        let burn_up = history.and_then(|history| history::burn_up(history, now, &id));
        let changes = change.map(|change| match (change.versions.first(), change.change_summary()) {
            (Some(first), text) if change.versions.len() > 1 => {
                let text = if text.is_empty() { "no changes" } else { &text };
                format!("Since {} (then {} of {} tasks done): {text}.", first.date, first.done, first.total)
            }
            _ => "New plan.".to_owned(),
        });
        Self { burn_up, changes, ..self }
    }

    fn has_diagrams(&self) -> bool {
        self.diagrams.iter().flatten().any(Result::is_ok) || self.burn_up.is_some()
    }
}

/// Removes the diagrams of all but `max` plans, starting with finished plans. Returns the number of plans without their
/// diagrams.
fn limit_diagrams(plans: &mut [ReportEntry], max: usize) -> usize {
    let mut order: Vec<usize> = (0..plans.len()).filter(|index| plans[*index].has_diagrams()).collect();
    order.sort_by_key(|index| matches!(plans[*index].status.state, Some(State::Done | State::Cancelled)));
    for index in order.iter().skip(max) {
        plans[*index].diagrams = [None, None];
        plans[*index].burn_up = None;
    }
    order.len().saturating_sub(max)
}

/// Returns the page. `today` is the date of the report, and `sets` are the document sets.
pub(crate) fn page(mut plans: Vec<ReportEntry>, sets: &[DocumentSetStatus], today: Option<&str>) -> String {
    document("Plan status", "plansmith status --format html", |out| {
        header(out, &plans, today);
        out.open("main").line();
        content(out, &mut plans, sets);
        out.close().line();
    })
}

/// Returns a page with a title. `body` writes its content. `command` is the command that generates it.
fn document(title: &str, command: &str, body: impl FnOnce(&mut Markup)) -> String {
    let mut out = Markup::new();
    out.open("html").attr("lang", "en").line();
    out.open("head").line();
    out.open("meta").attr("charset", "utf-8").close().line();
    // Additional protection: the browser neither runs scripts nor loads resources.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    out.open("meta").attr("http-equiv", "Content-Security-Policy").attr("content", policy).close().line();
    out.open("meta")
        .attr("name", "viewport")
        .attr("content", "width=device-width, initial-scale=1")
        .close()
        .line();
    out.open("meta").attr("name", "color-scheme").attr("content", "light dark").close().line();
    out.element("title", title).line();
    out.style(include_str!("page.css")).line();
    out.style(diagram::STYLE).line();
    out.close().line();
    out.open("body").line();
    body(&mut out);
    out.open("footer").open("p").text(format!("Generated by {command}.")).close().close().line();
    format!("<!DOCTYPE html>\n{}\n", out.finish())
}

/// Appends the tables and the details of all plans and document sets.
fn content(out: &mut Markup, plans: &mut Vec<ReportEntry>, sets: &[DocumentSetStatus]) {
    if plans.is_empty() && sets.is_empty() {
        out.element("p", "No plans found.");
    }
    if !sets.is_empty() {
        set_table(out, sets);
    }
    if !plans.is_empty() {
        table(out, plans);
        let is_alone = plans.len() == 1;
        let omitted = limit_diagrams(plans, MAX_PLANS_WITH_DIAGRAMS);
        out.element("h2", "Details").line();
        if omitted > 0 {
            let plans = if omitted == 1 { "1 more plan".to_owned() } else { format!("{omitted} more plans") };
            let text = format!("Diagrams of {plans} omitted; use `plansmith graph` to draw them.");
            out.open("p").attr("class", "dim").text(text).close().line();
        }
        for (number, plan) in plans.drain(..).enumerate() {
            details(out, plan, number, is_alone);
        }
    }
    if sets.iter().any(|set| set.coverage.is_some()) {
        out.element("h2", "Requirement coverage").line();
        for (number, set) in sets.iter().enumerate() {
            let Some(coverage) = &set.coverage else { continue };
            out.open("details").line();
            out.open("summary").open("span").attr("class", "name").text(&set.path).close();
            out.text(format!(" {}", set.summary())).close().line();
            out.open("div").attr("class", "wide coverage").attr("id", format!("set-{number}")).line();
            coverage_report::matrix(out, coverage);
            out.close().close().line();
        }
    }
}

fn header(out: &mut Markup, plans: &[ReportEntry], today: Option<&str>) {
    out.open("header").line();
    out.element("h1", "Plan status").line();
    if let Some(today) = today {
        out.open("p")
            .attr("class", "dim")
            .text("As of ")
            .open("time")
            .attr("datetime", today)
            .text(today)
            .close();
        out.close().line();
    }
    let all = || plans.iter().map(|plan| &plan.status);
    let (done, total) = all().fold((0, 0), |sum, plan| (sum.0 + plan.done, sum.1 + plan.total));
    let ready_tasks: usize = all().map(|plan| plan.next.len()).sum();
    let overdue = all().filter(|plan| plan.overdue_days.is_some()).count();
    let percent = (done * 100).checked_div(total);
    out.open("dl").attr("class", "totals").line();
    summary_tile(out, "plans", &plans.len().to_string(), None);
    let of_all = percent.map(|percent| format!("{percent}%"));
    summary_tile(out, "tasks done", &format!("{done} of {total}"), of_all.as_deref());
    summary_tile(out, "ready tasks", &ready_tasks.to_string(), None);
    let late = if overdue > 0 { "late" } else { "" };
    out.open("div").attr("class", late);
    out.element("dt", "overdue").element("dd", overdue.to_string()).close().line();
    out.close().line();
    out.close().line();
}

fn summary_tile(out: &mut Markup, name: &str, value: &str, more: Option<&str>) {
    out.open("div").element("dt", name).open("dd").text(value);
    if let Some(more) = more {
        out.text(" ").open("span").attr("class", "dim").text(more).close();
    }
    out.close().close().line();
}

fn table(out: &mut Markup, plans: &[ReportEntry]) {
    out.open("div").attr("class", "wide").attr("role", "region").attr("aria-label", "All plans");
    out.attr("tabindex", "0").line();
    out.open("table").line();
    out.open("caption").text("All plans").close().line();
    out.open("thead").open("tr");
    for head in ["Plan", "Template", "Status", "Progress", "Next", "Overdue"] {
        out.open("th").attr("scope", "col").text(head).close();
    }
    out.close().close().line();
    out.open("tbody").line();
    for (number, ReportEntry { status, .. }) in plans.iter().enumerate() {
        out.open("tr").open("th").attr("scope", "row");
        out.open("a").attr("href", format!("#plan-{number}")).attr("dir", "auto").text(title(status)).close();
        out.open("span").attr("class", "path").text(&status.path).close().close();
        out.element("td", status.template.as_deref().unwrap_or("–"));
        out.open("td");
        state(out, status);
        out.close();
        out.open("td");
        progress(out, status);
        out.close();
        out.open("td").attr("dir", "auto");
        match status.next.first() {
            Some(task) => out.text(label(task.id.as_deref(), &task.title)),
            None => out.text("–"),
        };
        out.close();
        out.open("td");
        if let Some(days) = status.overdue_days {
            out.open("strong").attr("class", "late");
            out.text(if days == 1 { "1 day".to_owned() } else { format!("{days} days") }).close();
        }
        if let Some(target) = &status.target {
            out.open("span").attr("class", "path").text(format!("due {target}")).close();
        }
        out.close().close().line();
    }
    out.close().close().close().line();
}

/// Appends a table of the document sets, with links to their coverage.
fn set_table(out: &mut Markup, sets: &[DocumentSetStatus]) {
    out.open("div").attr("class", "wide").attr("role", "region").attr("aria-label", "Document sets");
    out.attr("tabindex", "0").line();
    out.open("table").line();
    out.open("caption").text("Document sets").close().line();
    out.open("thead").open("tr");
    for head in ["Set", "Family", "Documents", "Progress", "Requirements referenced"] {
        out.open("th").attr("scope", "col").text(head).close();
    }
    out.close().close().line();
    out.open("tbody").line();
    for (number, set) in sets.iter().enumerate() {
        out.open("tr").open("th").attr("scope", "row");
        match set.coverage {
            Some(_) => out.open("a").attr("href", format!("#set-{number}")).text(&set.path).close(),
            None => out.text(&set.path),
        };
        out.close();
        out.element("td", &set.family).element("td", set.documents.len().to_string());
        out.open("td");
        progress_bar(out, set.done, set.total);
        out.close();
        let referenced = set.referenced.map(|referenced| format!("{referenced} of {}", set.requirements));
        out.element("td", referenced.as_deref().unwrap_or("–"));
        out.close().line();
    }
    out.close().close().close().line();
}

fn details(out: &mut Markup, plan: ReportEntry, number: usize, is_open: bool) {
    let ReportEntry { status, diagrams: [timeline, graph], burn_up, changes } = plan;
    out.open("details");
    if is_open {
        out.attr("open", "");
    }
    out.line()
        .open("summary")
        .open("span")
        .attr("class", "name")
        .attr("dir", "auto")
        .text(title(&status))
        .close();
    out.text(" ");
    state(out, &status);
    progress(out, &status);
    out.close().line();
    // Following a link to the `div` opens the `details` element.
    out.open("div").attr("class", "plan").attr("id", format!("plan-{number}")).line();
    out.open("p").attr("class", "path").text(&status.path).close().line();
    if let Some(changes) = changes {
        out.element("p", changes).line();
    }
    out.element("h3", "Ready tasks").line();
    if status.next.is_empty() {
        out.open("p").attr("class", "dim").text("None.").close().line();
    } else {
        out.open("ul").line();
        for task in status.next.iter().take(MAX_READY_TASKS) {
            out.open("li")
                .open("span")
                .attr("dir", "auto")
                .text(label(task.id.as_deref(), &task.title))
                .close();
            let active = (task.state == State::Active).then_some("active");
            let remarks = [active, task.owner.as_deref(), task.estimate.as_deref()];
            let remarks: Vec<&str> = remarks.into_iter().flatten().collect();
            if !remarks.is_empty() {
                out.text(" ").open("span").attr("class", "dim").text(remarks.join(", ")).close();
            }
            out.close().line();
        }
        out.close().line();
        if let more @ 1.. = status.next.len().saturating_sub(MAX_READY_TASKS) {
            out.open("p").attr("class", "dim").text(format!("… and {more} more.")).close().line();
        }
    }
    let burn_up = burn_up.map(Ok);
    for (name, diagram) in [("Timeline", timeline), ("Burn-up", burn_up), ("Dependencies", graph)] {
        let Some(diagram) = diagram else { continue };
        out.element("h3", name).line();
        match diagram {
            Ok(diagram) => {
                out.open("div").attr("class", "wide").attr("role", "region").attr("tabindex", "0");
                out.attr("aria-label", format!("{name} of {}", title(&status))).line();
                out.markup(diagram);
                out.close().line();
            }
            Err(why) => {
                out.open("p").attr("class", "dim").text(sentence(&why.to_string())).close().line();
            }
        }
    }
    out.close().close().line();
}

fn title(status: &PlanStatus) -> &str {
    status.title.as_deref().filter(|title| !title.trim().is_empty()).unwrap_or(&status.path)
}

fn label(id: Option<&str>, title: &str) -> String {
    id.map_or_else(|| title.to_owned(), |id| format!("{id} {title}"))
}

/// Formats a message as a sentence: `Diagram too large.`
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

fn state(out: &mut Markup, status: &PlanStatus) {
    let class = status.state.map_or("none", State::name);
    let text = status.status_text.as_deref().unwrap_or("no status");
    out.open("span").attr("class", format!("state {class}")).attr("dir", "auto");
    // The tooltip shows text that exceeds the width.
    out.attr("title", text).text(text).close();
}

/// Writes a progress bar, full only if all tasks are done, and the count.
fn progress(out: &mut Markup, status: &PlanStatus) {
    progress_bar(out, status.done, status.total);
}

fn progress_bar(out: &mut Markup, done: usize, total: usize) {
    out.open("span").attr("class", "progress");
    let Some(percent) = (done * 100).checked_div(total) else {
        out.open("span").attr("class", "dim").text("no tasks").close().close();
        return;
    };
    out.open("span").attr("class", "bar").attr("aria-hidden", "true");
    out.open("span").attr("style", format!("width:{percent}%")).close().close();
    out.open("span").attr("class", "count").text(format!("{done} of {total}")).close().close();
}

#[cfg(test)]
mod tests;
