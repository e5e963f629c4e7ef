//! The requirement coverage of document sets as text, JSON, CSV, HTML and Markdown.

use std::fmt::Write;

use plan_ide::{
    sets::{Coverage, CoverageState, DocumentSet, SetPosition},
    workspace::path,
};
use plan_schema::family::CoveredBy;
use serde::Serialize;

use crate::markup::Markup;

/// Coverage of a document set. Line numbers are 1-based, paths relative to the working directory.
#[derive(Debug, Serialize)]
pub(crate) struct SetCoverage {
    path: String,
    family: String,
    /// Share, from 0 to 1, of the requirements of a kind that must be referenced before unreferenced ones are reported.
    gate: f64,
    /// Whether at least one kind of requirements reaches the gate.
    gated: bool,
    documents: Vec<DocumentJson>,
    kinds: Vec<KindJson>,
    requirements: Vec<CoveredRequirementJson>,
    unknown: Vec<UnknownJson>,
}

#[derive(Debug, Serialize)]
struct DocumentJson {
    path: String,
    role: &'static str,
}

#[derive(Debug, Serialize)]
struct KindJson {
    kind: String,
    total: usize,
    referenced: usize,
    done: usize,
    active: usize,
    open: usize,
    #[serde(skip)]
    covered_by: CoveredBy,
    #[serde(skip)]
    has_enough_references: bool,
}

#[derive(Debug, Serialize)]
struct CoveredRequirementJson {
    id: String,
    kind: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<String>,
    path: String,
    line: usize,
    parent: Option<String>,
    state: &'static str,
    tasks: Vec<TaskJson>,
    #[serde(skip)]
    counted: bool,
    /// The state in output for people. Requirements that no task has to refer to, such as outcomes, are `not_counted`
    /// instead of `not_referenced`.
    #[serde(skip)]
    shown_state: &'static str,
}

#[derive(Debug, Serialize)]
struct TaskJson {
    id: Option<String>,
    title: String,
    path: String,
    line: usize,
    state: &'static str,
    optional: bool,
}

#[derive(Debug, Serialize)]
struct UnknownJson {
    id: String,
    path: String,
    line: usize,
}

/// Returns a path relative to `here`, the working directory; `.` for `here` itself. Paths outside of `here` are
/// unchanged.
pub(crate) fn shown_path(name: &str, here: &str) -> String {
    if name == here {
        return ".".to_owned();
    }
    if path::is_in(name, here) { path::relative(here, name) } else { name.to_owned() }
}

/// Returns whether the coverage of a document set is reported. The set needs requirements. A set with a single document
/// of its own needs requirements that tasks must refer to.
pub(crate) fn has_coverage(set: &DocumentSet, coverage: &Coverage) -> bool {
    let own = set.documents.iter().filter(|document| !document.shared).count();
    !coverage.requirements.is_empty() && (own > 1 || coverage.counted_requirements().1 > 0)
}

impl SetCoverage {
    /// Returns the coverage of a document set as plain data. `here` is the working directory.
    pub(crate) fn new(set: &DocumentSet, coverage: &Coverage, here: &str, only_uncovered: bool) -> Self {
        let shown = |document: usize| shown_path(&set.documents[document].path, here);
        let task = |place: &SetPosition| {
            let task = set.task(*place);
            let path = shown(place.document);
            let title = if task.title.is_empty() { path::name(&path) } else { &*task.title };
            TaskJson {
                id: task.id.as_deref().map(str::to_owned),
                title: title.to_owned(),
                path: path.clone(),
                line: task.line as usize + 1,
                state: set.task_state(*place).name(),
                optional: task.optional,
            }
        };
        let wanted = coverage.requirements.iter().filter(|covered| {
            !only_uncovered || covered.counted && covered.state == CoverageState::NotReferenced
        });
        let requirements = wanted.map(|covered| {
            let requirement = set.requirement(covered.place);
            let parent =
                requirement.parent.map(|parent| SetPosition { index: parent as usize, ..covered.place });
            CoveredRequirementJson {
                id: requirement.id.to_string(),
                kind: set.family.kind_name(requirement).to_owned(),
                title: requirement.title.to_string(),
                priority: requirement.priority.as_deref().map(str::to_owned),
                path: shown(covered.place.document),
                line: requirement.line as usize + 1,
                parent: parent.map(|parent| set.requirement(parent).id.to_string()),
                state: covered.state.name(),
                tasks: covered.tasks.iter().map(task).collect(),
                counted: covered.counted,
                shown_state: match covered.state {
                    CoverageState::NotReferenced if is_outside_coverage(set, covered.place) => "not_counted",
                    state => state.name(),
                },
            }
        });
        let unknown = set.references().filter(|(document, reference)| {
            set.is_certain(reference) && !reference.all && set.documents[*document].facts.role.has_work()
        });
        let unknown = unknown.flat_map(|(document, reference)| {
            let missing = reference.keys.iter().filter(|key| set.find(key).is_none());
            let path = shown(document);
            let line = reference.line as usize + 1;
            missing.map(move |key| UnknownJson { id: reference.written_id(key), path: path.clone(), line })
        });
        Self {
            path: shown_path(&set.name, here),
            family: set.family.name.clone(),
            gate: set.family.coverage_threshold,
            gated: coverage.any_kind_has_enough_references(set),
            documents: (0..set.documents.len())
                .filter(|document| !set.documents[*document].shared)
                .map(|document| DocumentJson {
                    path: shown(document),
                    role: set.documents[document].facts.role.name(),
                })
                .collect(),
            kinds: coverage
                .kinds
                .iter()
                .map(|totals| KindJson {
                    kind: totals.name.to_string(),
                    total: totals.total,
                    referenced: totals.referenced,
                    done: totals.done,
                    active: totals.active,
                    open: totals.open,
                    covered_by: set.family.kinds[totals.kind].covered_by,
                    has_enough_references: totals.has_enough_references(set.family.coverage_threshold),
                })
                .collect(),
            requirements: requirements.collect(),
            unknown: unknown.collect(),
        }
    }
}

/// Returns whether coverage ignores a requirement: its kind is not covered by tasks, or the document marks it or its
/// parent as deferred.
fn is_outside_coverage(set: &DocumentSet, place: SetPosition) -> bool {
    let requirement = set.requirement(place);
    let parent = requirement.parent.map(|parent| SetPosition { index: parent as usize, ..place });
    set.family.kinds[usize::from(requirement.kind)].covered_by == CoveredBy::None
        || requirement.exempt
        || parent.is_some_and(|parent| set.requirement(parent).exempt)
}

/// Returns the sentence about the absence of requirements to list.
fn nothing_to_list(only_uncovered: bool) -> &'static str {
    if only_uncovered { "All requirements are referenced" } else { "No requirements found" }
}

/// Returns the JSON form.
pub(crate) fn json(sets: &[SetCoverage]) -> impl Serialize {
    #[derive(Serialize)]
    struct CoverageJson<'a> {
        sets: &'a [SetCoverage],
    }
    CoverageJson { sets }
}

/// Returns a share in percent, rounded down, so that only a full share is 100.
pub(crate) fn percent(part: usize, total: usize) -> usize {
    part * 100 / total.max(1)
}

/// Returns the start of a text, up to a word boundary, with an ellipsis if it is longer than `max_chars` characters.
fn excerpt(text: &str, max_chars: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(max_chars) else { return text.to_owned() };
    let start = &text[..end];
    let start = start.rsplit_once(' ').map_or(start, |(words, _)| words);
    format!("{}…", start.trim_end_matches([' ', ',', ';', ':']))
}

/// Returns the human-readable form.
pub(crate) fn text(sets: &[SetCoverage], only_uncovered: bool) -> String {
    if sets.is_empty() {
        return format!("{}\n", nothing_to_list(false));
    }
    let mut out = String::new();
    for set in sets {
        if only_uncovered && set.requirements.is_empty() {
            continue;
        }
        let _ = writeln!(out, "{}  ({})", set.path, set.family);
        let width = set.kinds.iter().map(|kind| kind.kind.len()).max().unwrap_or_default();
        for kind in &set.kinds {
            let name = &kind.kind;
            let _ = match kind.covered_by {
                CoveredBy::None => writeln!(out, "  {name:width$}  {} (not counted)", kind.total),
                _ => {
                    let percent = percent(kind.referenced, kind.total);
                    let states = [(kind.done, "done"), (kind.active, "active"), (kind.open, "open")];
                    let states = states.iter().filter(|(count, _)| *count > 0);
                    let states: Vec<String> =
                        states.map(|(count, state)| format!("{count} {state}")).collect();
                    let colon = if states.is_empty() { "" } else { ": " };
                    writeln!(
                        out,
                        "  {name:width$}  {} of {} referenced ({percent}%){colon}{}",
                        kind.referenced,
                        kind.total,
                        states.join(", ")
                    )
                }
            };
            let uncovered = set.requirements.iter().filter(|requirement| {
                requirement.counted && requirement.kind == *name && requirement.tasks.is_empty()
            });
            for requirement in uncovered.filter(|_| kind.has_enough_references || only_uncovered) {
                let title = excerpt(&requirement.title, 60);
                let place = format!("{}:{}", requirement.path, requirement.line);
                let _ = writeln!(out, "    not referenced: {} {place} {title}", requirement.id);
            }
        }
        let counted = set.kinds.iter().filter(|kind| kind.covered_by == CoveredBy::Tasks);
        let (referenced, total) =
            counted.fold((0, 0), |sum, kind| (sum.0 + kind.referenced, sum.1 + kind.total));
        if !set.gated && total > 0 && referenced > 0 {
            let _ =
                writeln!(out, "  coverage gate {} not met ({referenced} of {total} referenced)", set.gate);
        }
        for unknown in &set.unknown {
            let _ = writeln!(out, "  unknown requirement: {} {}:{}", unknown.id, unknown.path, unknown.line);
        }
    }
    if out.is_empty() {
        return format!("{}\n", nothing_to_list(only_uncovered));
    }
    out
}

/// Returns one line per requirement.
pub(crate) fn csv(sets: &[SetCoverage]) -> String {
    let mut out = "set,family,id,kind,title,path,line,parent,state,tasks\n".to_owned();
    for set in sets {
        for requirement in &set.requirements {
            let tasks: Vec<String> = requirement.tasks.iter().map(task_name).collect();
            let line = requirement.line.to_string();
            let parent = requirement.parent.clone().unwrap_or_default();
            let cells = [
                &set.path,
                &set.family,
                &requirement.id,
                &requirement.kind,
                &requirement.title,
                &requirement.path,
                &line,
                &parent,
                requirement.shown_state,
                &tasks.join("; "),
            ]
            .map(csv_cell);
            let _ = writeln!(out, "{}", cells.join(","));
        }
    }
    out
}

/// Quotes a cell where necessary. A text that a spreadsheet would evaluate as a formula is prefixed with `'`.
fn csv_cell(text: &str) -> String {
    let guarded = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([',', '"', '\n', '\r', '\'']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

/// Returns tables for a review comment. `only_uncovered` omits sets without rows.
pub(crate) fn markdown(sets: &[SetCoverage], only_uncovered: bool) -> String {
    let mut out = String::new();
    for set in listed(sets, only_uncovered) {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "## {} ({})\n", cell(&set.path), set.family);
        out.push_str("| Requirement | Title | State | Tasks |\n| --- | --- | --- | --- |\n");
        for requirement in &set.requirements {
            let tasks: Vec<String> = requirement
                .tasks
                .iter()
                .map(|task| format!("{} ({})", task_name(task), task.state))
                .collect();
            let title = excerpt(&requirement.title, 100);
            let state = requirement.shown_state.replace('_', " ");
            let _ = writeln!(
                out,
                "| {} | {} | {state} | {} |",
                cell(&requirement.id),
                cell(&title),
                cell(&tasks.join(", "))
            );
        }
    }
    if out.is_empty() { format!("{}.\n", nothing_to_list(only_uncovered)) } else { out }
}

/// Returns the sets with rows, or all sets.
fn listed(sets: &[SetCoverage], only_with_rows: bool) -> impl Iterator<Item = &SetCoverage> {
    sets.iter().filter(move |set| !only_with_rows || !set.requirements.is_empty())
}

/// Returns a text, escaped for a cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

fn task_name(task: &TaskJson) -> String {
    match &task.id {
        Some(id) => id.clone(),
        None => task.title.clone(),
    }
}

/// Returns an HTML page with a matrix for each document set. `only_uncovered` omits sets without rows.
pub(crate) fn html(sets: &[SetCoverage], only_uncovered: bool) -> String {
    let mut out = Markup::new();
    out.open("html").attr("lang", "en").line();
    out.open("head").line();
    out.open("meta").attr("charset", "utf-8").close().line();
    out.open("meta")
        .attr("http-equiv", "Content-Security-Policy")
        .attr("content", "default-src 'none'; style-src 'unsafe-inline'")
        .close()
        .line();
    out.element("title", "Requirement coverage").line();
    out.style(include_str!("html_report/coverage.css")).line();
    out.close().line();
    out.open("body").line();
    out.element("h1", "Requirement coverage").line();
    if listed(sets, only_uncovered).next().is_none() {
        out.element("p", format!("{}.", nothing_to_list(only_uncovered))).line();
    }
    for set in listed(sets, only_uncovered) {
        out.open("section").line();
        out.element("h2", format!("{} ({})", set.path, set.family)).line();
        matrix(&mut out, set);
        out.close().line();
    }
    out.open("footer").element("p", "Generated by plansmith coverage --format html.").close().line();
    out.close().line();
    format!("<!DOCTYPE html>\n{}\n", out.finish())
}

/// Appends the matrix of a document set: its requirements with their tasks.
pub(crate) fn matrix(out: &mut Markup, set: &SetCoverage) {
    out.open("ul").line();
    for kind in &set.kinds {
        let text = match kind.covered_by {
            CoveredBy::None => format!("{}: {} (not counted)", kind.kind, kind.total),
            _ => format!(
                "{}: {} of {} referenced, {} done, {} active, {} open",
                kind.kind, kind.referenced, kind.total, kind.done, kind.active, kind.open
            ),
        };
        out.element("li", text).line();
    }
    out.close().line();
    out.open("table").line();
    out.open("tr");
    for title in ["Requirement", "Title", "State", "Tasks"] {
        out.open("th").attr("scope", "col").text(title).close();
    }
    out.close().line();
    for requirement in &set.requirements {
        let class = if requirement.parent.is_some() {
            format!("child {}", requirement.shown_state)
        } else {
            requirement.shown_state.to_owned()
        };
        out.open("tr").attr("class", class);
        out.element("td", &requirement.id).element("td", &requirement.title);
        out.element("td", requirement.shown_state.replace('_', " "));
        let tasks: Vec<String> =
            requirement.tasks.iter().map(|task| format!("{} ({})", task_name(task), task.state)).collect();
        out.element("td", tasks.join(", ")).close().line();
    }
    out.close().line();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted() {
        assert_eq!(csv_cell("a, \"b\""), "\"a, \"\"b\"\"\"");
        assert_eq!(csv_cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("a|b<c"), "a\\|b&lt;c");
    }
}
