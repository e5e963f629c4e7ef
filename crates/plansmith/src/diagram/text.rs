//! The dependency graph as text: one row per phase or task, and lines that lead from dependencies to their dependents.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use plan_ide::overview::{Graph, Node};
use plan_model::{ItemKind, State};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Maximum number of lines next to each other. Other dependencies are written at the end of the row.
const MAX_LANES: usize = 12;

/// Maximum width of a label, in columns of a terminal.
const MAX_LABEL_WIDTH: usize = 64;

/// A row of a text diagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DrawnRow {
    /// The row without newline.
    pub(crate) text: String,
    /// Item index of the phase or task in the row.
    pub(crate) item: Option<usize>,
}

/// The line of a dependency to all its dependents.
struct Lane {
    /// Row of the dependency.
    source: usize,
    /// Rows of the dependents.
    targets: BTreeSet<usize>,
}

impl Lane {
    fn first(&self) -> usize {
        self.targets.first().map_or(self.source, |first| self.source.min(*first))
    }

    fn last(&self) -> usize {
        self.targets.last().map_or(self.source, |last| self.source.max(*last))
    }
}

/// Returns the rows of a graph, in document order. Rows without an item separate phases or explain the diagram.
pub(super) fn rows(graph: &Graph) -> Vec<DrawnRow> {
    let lines = lines_of(graph);
    let row_of: BTreeMap<usize, usize> =
        lines.iter().enumerate().filter_map(|(row, line)| Some((line.node()?.item, row))).collect();
    let (columns, written) = columns_of(graph, &row_of);
    let mut rows: Vec<DrawnRow> = lines
        .iter()
        .enumerate()
        .map(|(row, line)| {
            let mut text = joints(&columns, row);
            text.push_str(&line.label(graph));
            if let Some(names) = written.get(&row) {
                let _ = write!(text, "  after {}", names.join(", "));
            }
            DrawnRow { text: text.trim_end().to_owned(), item: line.item() }
        })
        .collect();
    if !graph.critical_path.is_empty() {
        let time = graph.critical_hours.map(|hours| format!(", {}", time(hours))).unwrap_or_default();
        let (count, all) = (graph.critical_path.len(), graph.nodes.len());
        rows.push(DrawnRow { text: String::new(), item: None });
        rows.push(DrawnRow { text: format!("* critical path: {count} of {all}{time}"), item: None });
    }
    rows
}

/// Content of a row.
enum RowContent<'a> {
    /// A phase or task with dependencies or dependents.
    Node(&'a Node),
    /// A phase that only contains nodes.
    Heading {
        item: usize,
        label: &'a str,
    },
    Empty,
}

impl RowContent<'_> {
    fn node(&self) -> Option<&Node> {
        match self {
            Self::Node(node) => Some(node),
            _ => None,
        }
    }

    fn item(&self) -> Option<usize> {
        match self {
            Self::Node(node) => Some(node.item),
            Self::Heading { item, .. } => Some(*item),
            Self::Empty => None,
        }
    }

    fn label(&self, graph: &Graph) -> String {
        match self {
            Self::Node(node) => {
                let hours = node.hours.filter(|_| node.kind == ItemKind::Task);
                let hours = hours.map(|hours| format!(" ({})", time(hours))).unwrap_or_default();
                let critical = if graph.critical_path.contains(node.item) { " *" } else { "" };
                format!("{} {}{hours}{critical}", checkbox(node.state), truncate(&node.label))
            }
            Self::Heading { label, .. } => truncate(label),
            Self::Empty => String::new(),
        }
    }
}

/// Returns the content of all rows: nodes below the headings of their phases, and an empty row before each heading.
fn lines_of(graph: &Graph) -> Vec<RowContent<'_>> {
    let headings = graph.groups.iter().filter(|group| graph.node(group.item).is_none());
    let headings =
        headings.map(|group| (group.item, RowContent::Heading { item: group.item, label: &group.label }));
    let mut lines: Vec<(usize, RowContent<'_>)> =
        graph.nodes.iter().map(|node| (node.item, RowContent::Node(node))).chain(headings).collect();
    lines.sort_by_key(|(item, _)| *item);
    let mut out = Vec::with_capacity(lines.len());
    for (item, line) in lines {
        if graph.is_group(item) && !out.is_empty() {
            out.push(RowContent::Empty);
        }
        out.push(line);
    }
    out
}

/// Lanes of one column, sorted by their first rows. They have no row in common.
type LaneColumn = BTreeMap<usize, Lane>;

/// Returns the lanes in columns, the column next to the labels first, and by row the names of dependencies without a lane.
/// The shortest lanes are next to the labels, so that lines cross rarely.
fn columns_of(
    graph: &Graph,
    row_of: &BTreeMap<usize, usize>,
) -> (Vec<LaneColumn>, BTreeMap<usize, Vec<String>>) {
    let mut targets: BTreeMap<usize, (usize, BTreeSet<usize>)> = BTreeMap::new();
    for edge in &graph.edges {
        if let (Some(from), Some(to)) = (row_of.get(&edge.from), row_of.get(&edge.to)) {
            targets.entry(*from).or_insert_with(|| (edge.from, BTreeSet::new())).1.insert(*to);
        }
    }
    let lanes = targets.into_iter().map(|(source, (item, targets))| (item, Lane { source, targets }));
    let mut lanes: Vec<(usize, Lane)> = lanes.collect();
    lanes.sort_by_key(|(_, lane)| (lane.last() - lane.first(), lane.source));
    let mut columns: Vec<LaneColumn> = Vec::new();
    let mut written: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (item, lane) in lanes {
        let is_free = |column: &LaneColumn| match column.range(..=lane.last()).next_back() {
            Some((_, before)) => before.last() < lane.first(),
            None => true,
        };
        match columns.iter().position(is_free) {
            Some(column) => {
                columns[column].insert(lane.first(), lane);
            }
            None if columns.len() < MAX_LANES => columns.push(LaneColumn::from([(lane.first(), lane)])),
            None => {
                let name =
                    graph.node(item).map(|node| node.id.clone().unwrap_or_else(|| truncate(&node.title)));
                for target in lane.targets {
                    written.entry(target).or_default().extend(name.clone());
                }
            }
        }
    }
    (columns, written)
}

/// Returns the lines to the left of a label, with an arrow if the item has a dependency with a lane.
fn joints(columns: &[LaneColumn], row: usize) -> String {
    if columns.is_empty() {
        return String::new();
    }
    let mut out = String::new();
    let (mut is_joined, mut is_target) = (false, false);
    for column in columns.iter().rev() {
        let line = if is_joined { '─' } else { ' ' };
        let lane = column.range(..=row).next_back().map(|(_, lane)| lane).filter(|lane| row <= lane.last());
        let Some(lane) = lane else {
            out.extend([line, line]);
            continue;
        };
        let continues = (lane.first() < row, row < lane.last());
        let joins = lane.source == row || lane.targets.contains(&row);
        out.push(match (joins, is_joined, continues) {
            (false, ..) => '│',
            (true, false, (true, true)) => '├',
            (true, false, (true, false)) => '╰',
            (true, false, _) => '╭',
            (true, true, (true, true)) => '┼',
            (true, true, (true, false)) => '┴',
            (true, true, _) => '┬',
        });
        is_joined |= joins;
        is_target |= lane.targets.contains(&row);
        out.push(if is_joined { '─' } else { ' ' });
    }
    out.push_str(match (is_target, is_joined) {
        (true, _) => "▸ ",
        (false, true) => "─ ",
        (false, false) => "  ",
    });
    out
}

/// Returns the usual Markdown checkbox of a state.
fn checkbox(state: Option<State>) -> &'static str {
    match state {
        None | Some(State::Open) => "[ ]",
        Some(State::Active) => "[/]",
        Some(State::Blocked) => "[!]",
        Some(State::Done) => "[x]",
        Some(State::Deferred) => "[>]",
        Some(State::Cancelled) => "[-]",
    }
}

/// Formats hours: `2.5 h`, `16 h`.
fn time(hours: f64) -> String {
    format!("{} h", (hours * 10.0).round() / 10.0)
}

/// Returns a label as one row, truncated to [`MAX_LABEL_WIDTH`] columns with an ellipsis.
fn truncate(label: &str) -> String {
    let label: String =
        label.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    if label.width() <= MAX_LABEL_WIDTH {
        return label;
    }
    let mut width = 1;
    let fits = |character: &char| {
        width += character.width().unwrap_or(0);
        width <= MAX_LABEL_WIDTH
    };
    let fitting: String = label.chars().take_while(fits).collect();
    format!("{}…", fitting.trim_end())
}
