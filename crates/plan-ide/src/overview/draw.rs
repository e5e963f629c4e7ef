//! Graphs and timelines as Mermaid and Graphviz source.

use std::{collections::BTreeMap, fmt::Write};

use plan_model::{ItemKind, State};

use super::{Graph, Node, Timeline};

/// Returns the fill and line color of a state.
fn colors(state: State) -> (&'static str, &'static str) {
    match state {
        State::Open => ("#ffffff", "#6b7280"),
        State::Active => ("#dbeafe", "#2563eb"),
        State::Blocked => ("#fee2e2", "#dc2626"),
        State::Done => ("#dcfce7", "#16a34a"),
        State::Deferred => ("#fef3c7", "#d97706"),
        State::Cancelled => ("#f3f4f6", "#9ca3af"),
    }
}

/// Line color of the critical path.
const CRITICAL: &str = "#b91c1c";

/// Formats hours: `2.5 h`, `16 h`.
fn hours(hours: f64) -> String {
    let rounded = (hours * 10.0).round() / 10.0;
    format!("{rounded} h")
}

fn label(node: &Node) -> String {
    match node.hours.filter(|_| node.kind == ItemKind::Task) {
        Some(time) => format!("{} ({})", node.label, hours(time)),
        None => node.label.clone(),
    }
}

/// Returns the nodes by the item index of their phase; `None` has the nodes outside phases. Phases that are drawn as
/// groups are omitted.
fn nodes_by_phase(graph: &Graph) -> BTreeMap<Option<usize>, Vec<&Node>> {
    let mut by_phase: BTreeMap<Option<usize>, Vec<&Node>> = BTreeMap::new();
    for node in graph.nodes.iter().filter(|node| !graph.is_group(node.item)) {
        by_phase.entry(node.phase).or_default().push(node);
    }
    by_phase
}

/// Returns a graph as a Mermaid flowchart: phases as subgraphs, a class per state, thick arrows along the critical
/// path.
pub fn mermaid(graph: &Graph) -> String {
    let mut out = String::from("flowchart LR\n");
    if !graph.critical_path.is_empty() {
        let time = graph.critical_hours.map(|time| format!(", {}", hours(time))).unwrap_or_default();
        let _ =
            writeln!(out, "  %% critical path: {} of {}{time}", graph.critical_path.len(), graph.nodes.len());
    }
    let by_phase = nodes_by_phase(graph);
    for group in &graph.groups {
        let _ = writeln!(out, "  subgraph n{}[\"{}\"]", group.item, escape_mermaid(&group.label));
        for node in by_phase.get(&Some(group.item)).into_iter().flatten() {
            let _ = writeln!(out, "    n{}[\"{}\"]", node.item, escape_mermaid(&label(node)));
        }
        out.push_str("  end\n");
    }
    for node in by_phase.get(&None).into_iter().flatten() {
        let text = escape_mermaid(&label(node));
        let _ = match node.kind {
            ItemKind::Phase => writeln!(out, "  n{}([\"{text}\"])", node.item),
            ItemKind::Task => writeln!(out, "  n{}[\"{text}\"]", node.item),
        };
    }
    for edge in &graph.edges {
        let arrow = if graph.critical_path.has_edge(edge) { "==>" } else { "-->" };
        let _ = writeln!(out, "  n{} {arrow} n{}", edge.from, edge.to);
    }
    let names = |items: Vec<usize>| items.iter().map(|item| format!("n{item}")).collect::<Vec<_>>().join(",");
    for state in State::ALL {
        let these: Vec<usize> =
            graph.nodes.iter().filter(|node| node.state == Some(state)).map(|node| node.item).collect();
        if these.is_empty() {
            continue;
        }
        let (fill, line) = colors(state);
        let name = state.name();
        let _ = writeln!(out, "  classDef {name} fill:{fill},stroke:{line},color:#111827");
        let _ = writeln!(out, "  class {} {name}", names(these));
    }
    if !graph.critical_path.is_empty() {
        let _ = writeln!(out, "  classDef critical stroke:{CRITICAL},stroke-width:3px");
        let _ = writeln!(out, "  class {} critical", names(graph.critical_path.to_vec()));
    }
    out
}

/// Escapes a Mermaid label: special characters become entities.
fn escape_mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // `1. Name` and `- Name` would become lists.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let bullet = text[digits..].starts_with(['.', ')', '-', '+', '*']).then_some(digits);
    for (at, character) in text.char_indices() {
        match character {
            '"' => out.push_str("#quot;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '&' => out.push_str("#amp;"),
            '#' | '`' | '*' | '_' | '~' | '\\' | '%' | '[' | ']' | '{' | '}' => {
                let _ = write!(out, "#{};", u32::from(character));
            }
            other if Some(at) == bullet && text[at + 1..].starts_with(' ') => {
                let _ = write!(out, "#{};", u32::from(other));
            }
            other if other.is_control() || other.is_whitespace() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// Returns a timeline as a Mermaid Gantt chart: a chart section for each section, and tags for done, active and
/// critical tasks.
pub fn mermaid_of_timeline(timeline: &Timeline) -> String {
    let mut out = String::from("gantt\n");
    if let Some(title) = &timeline.title {
        let _ = writeln!(out, "  title {}", escape_gantt(title));
    }
    out.push_str("  dateFormat YYYY-MM-DD\n");
    for section in &timeline.sections {
        if let Some(title) = &section.title {
            let _ = writeln!(out, "  section {}", escape_gantt(title));
        }
        for bar in &section.bars {
            let mut tags = Vec::new();
            tags.extend(bar.critical.then_some("crit"));
            match bar.state {
                Some(State::Done | State::Cancelled) => tags.push("done"),
                Some(State::Active) => tags.push("active"),
                _ => {}
            }
            tags.extend(bar.milestone.then_some("milestone"));
            let tags: String = tags.iter().map(|tag| format!("{tag}, ")).collect();
            let end = if bar.milestone { "0d".to_owned() } else { bar.end.to_string() };
            let _ = writeln!(out, "  {} :{tags}{}, {end}", escape_gantt(&bar.name), bar.first);
        }
    }
    out
}

/// Escapes text in a Gantt chart: special characters become entities.
pub(crate) fn escape_gantt(text: &str) -> String {
    let shown = if text.trim().is_empty() { "(no text)" } else { text.trim() };
    let mut out = String::with_capacity(shown.len());
    let first_word = shown.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let first_word = first_word.to_ascii_lowercase();
    // A line that starts with a keyword or a date would be parsed as a directive.
    let is_directive = GANTT_KEYWORDS.contains(&first_word.as_str())
        || shown.starts_with(|first: char| first.is_ascii_digit()) && shown.contains('-');
    for (at, character) in shown.char_indices() {
        match character {
            ':' | ';' | '#' | '%' | '<' | '>' | '&' | '"' | '{' | '}' | '\\' | '`' => {
                let _ = write!(out, "#{};", u32::from(character));
            }
            other if at == 0 && is_directive => {
                let _ = write!(out, "#{};", u32::from(other));
            }
            other if other.is_control() || other.is_whitespace() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// Keywords at the start of a line in a Gantt chart, in lower case.
const GANTT_KEYWORDS: [&str; 20] = [
    "gantt",
    "title",
    "section",
    "dateformat",
    "axisformat",
    "tickinterval",
    "excludes",
    "includes",
    "todaymarker",
    "weekday",
    "weekend",
    "inclusiveenddates",
    "topaxis",
    "displaymode",
    "acctitle",
    "accdescr",
    "accdescription",
    "click",
    "call",
    "href",
];

/// Returns a graph in Graphviz format: phases as clusters, colors for states, thick arrows along the critical path.
pub fn dot(graph: &Graph) -> String {
    let mut out = String::from(
        "digraph plan {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fillcolor=\"#ffffff\"];\n",
    );
    let node = |node: &Node| {
        let (fill, line) = colors(node.state.unwrap_or(State::Open));
        let on_path = graph.critical_path.contains(node.item);
        let (line, width) = if on_path { (CRITICAL, ", penwidth=3") } else { (line, "") };
        let shape = if node.kind == ItemKind::Phase { ", shape=folder" } else { "" };
        let text = escape_dot(&label(node));
        format!("n{} [label=\"{text}\", fillcolor=\"{fill}\", color=\"{line}\"{width}{shape}];\n", node.item)
    };
    let by_phase = nodes_by_phase(graph);
    for group in &graph.groups {
        let _ = writeln!(out, "  subgraph cluster_{} {{", group.item);
        let _ = writeln!(out, "    label=\"{}\";", escape_dot(&group.label));
        // An edge cannot lead to a cluster, so a phase with dependents is also a node.
        if let Some(phase) = graph.node(group.item) {
            let _ = write!(out, "    {}", node(phase));
        }
        for task in by_phase.get(&Some(group.item)).into_iter().flatten() {
            let _ = write!(out, "    {}", node(task));
        }
        out.push_str("  }\n");
    }
    for outside in by_phase.get(&None).into_iter().flatten() {
        let _ = write!(out, "  {}", node(outside));
    }
    for edge in &graph.edges {
        let look = if graph.critical_path.has_edge(edge) {
            format!(" [penwidth=3, color=\"{CRITICAL}\"]")
        } else {
            String::new()
        };
        let _ = writeln!(out, "  n{} -> n{}{look};", edge.from, edge.to);
    }
    out.push_str("}\n");
    out
}

/// Escapes a Graphviz label.
fn escape_dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            other if other.is_control() || other.is_whitespace() => out.push(' '),
            other => out.push(other),
        }
    }
    out
}
