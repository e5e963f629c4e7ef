//! Comments that mark computed dates. Plansmith wrote these dates, so they are not statements of the author.

use super::GanttTask;

/// Start of the comment. Before the first task it applies to the whole chart, otherwise to the task on the next line.
pub const COMPUTED_COMMENT: &str = "%% dates computed by plansmith";

/// Marks the tasks to which comments in the text of a chart apply.
pub(super) fn mark(text: &str, tasks: &mut [GanttTask]) {
    let comments = text.match_indices(COMPUTED_COMMENT).map(|(at, _)| at).filter(|at| {
        let line_start = text[..*at].rfind('\n').map_or(0, |newline| newline + 1);
        text[line_start..*at].trim().is_empty()
    });
    for at in comments {
        let line_end = text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1);
        let first = tasks.partition_point(|task| task.range.start < at);
        let is_next_line =
            |task: &GanttTask| text.get(line_end..task.range.start).is_some_and(|gap| gap.trim().is_empty());
        let count = match tasks.get(first) {
            Some(_) if first == 0 => tasks.len(),
            Some(task) => usize::from(is_next_line(task)),
            None => 0,
        };
        tasks[first..first + count].iter_mut().for_each(|task| task.is_computed = true);
    }
}
