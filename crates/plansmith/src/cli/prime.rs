//! `plansmith prime`: a short introduction for the context of a coding agent.

use std::fmt::Write;

use plan_ide::{File, overview};

use super::{
    EXIT_FAILURE, count,
    input::{InputArguments, InputFile, Inputs, process_all},
    options::GlobalOptions,
    out, terminal,
};

/// Maximum number of words of the introduction.
const MAX_INTRODUCTION_WORDS: usize = 400;
/// Maximum number of ready tasks per plan.
const MAX_TASKS: usize = 3;
/// Maximum number of words of a title.
const MAX_TITLE_WORDS: usize = 12;

/// The commands of a session.
const COMMAND_HELP: &str = "\
## Commands

- `plansmith next --claim --owner NAME [PATH]`: take the first ready task and mark it active. Exit code 4: no task is ready.
- `plansmith set FILE ITEM done --expect active --update-progress`: complete a task. ITEM is an ID (`1.2`, `T012`, `phase 2`), an exact title, or `line:N`. Exit code 3: the task has changed; read the plan again.
- `plansmith set FILE ITEM blocked --note REASON`: mark a task blocked if you cannot finish it.
- `plansmith add FILE TITLE --phase PHASE --depends-on IDS`: add a task if you find more work.
- `plansmith check FILE`: run it after each change to a plan, and fix its findings.

Change states with these commands, not by editing checkboxes, because other processes may change the plan at the same time. Mark a task done only after its work is done and tested.
";

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
}

/// A plan that is not archived, as listed in the introduction.
struct ListedPlan {
    /// Number of ready tasks.
    ready: usize,
    text: String,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let Some(Inputs { project, files, mut errors }) = arguments.input.find(options) else {
        return EXIT_FAILURE;
    };
    let summary = |source: InputFile| {
        let file = source.file(&project.environment);
        file.is_unarchived_plan().then(|| summary(&source.name, &file))
    };
    let plans = process_all(files, &mut errors, summary).into_iter().flatten().collect();
    out::print!("{}", terminal::lines(&introduction(plans)));
    out::errors(&errors);
    if errors.is_empty() { 0 } else { EXIT_FAILURE }
}

fn summary(path: &str, file: &File) -> ListedPlan {
    let status = overview::status(file);
    let title = status.title.map(|title| format!("{}, ", shortened(&title))).unwrap_or_default();
    let tasks = count(status.total, "task");
    let mut text = format!("- {path}: {title}{} of {tasks} done\n", status.done);
    let ready = overview::ready_tasks(file);
    for task in ready.iter().take(MAX_TASKS) {
        let id = task.id.as_ref().map_or_else(|| format!("line:{}", task.line + 1), Clone::clone);
        let owner = task.owner.as_ref().map(|owner| format!(", {}", shortened(owner))).unwrap_or_default();
        let _ = writeln!(text, "  - {id} {} ({}{owner})", shortened(&task.title), task.state.name());
    }
    if let more @ 1.. = ready.len().saturating_sub(MAX_TASKS) {
        let _ = writeln!(text, "  - {more} more");
    }
    ListedPlan { ready: ready.len(), text }
}

/// Returns the introduction: the commands, and as many plans as fit into [`MAX_INTRODUCTION_WORDS`]. Plans with ready
/// tasks come first.
fn introduction(mut plans: Vec<ListedPlan>) -> String {
    plans.sort_by_key(|plan| plan.ready == 0);
    let ready: usize = plans.iter().map(|plan| plan.ready).sum();
    let mut text = format!(
        "# Plans\n\nThis project has {} in Markdown, with {} ready.\n\n",
        count(plans.len(), "plan"),
        count(ready, "task"),
    );
    /// Maximum number of words of the line about plans that are not listed.
    const MAX_REMARK_WORDS: usize = 10;
    let mut left = MAX_INTRODUCTION_WORDS - words(COMMAND_HELP) - words(&text) - MAX_REMARK_WORDS;
    let mut listed = 0;
    for plan in &plans {
        let Some(rest) = left.checked_sub(words(&plan.text)) else { break };
        left = rest;
        listed += 1;
        text.push_str(&plan.text);
    }
    if let more @ 1.. = plans.len() - listed {
        let _ = writeln!(text, "- {} (see `plansmith status`)", count(more, "more plan"));
    }
    if !plans.is_empty() {
        text.push('\n');
    }
    text + COMMAND_HELP
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Returns a title, truncated to [`MAX_TITLE_WORDS`] words with an ellipsis.
fn shortened(title: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    match words.get(..MAX_TITLE_WORDS) {
        Some(first) if words.len() > MAX_TITLE_WORDS => format!("{} …", first.join(" ")),
        _ => words.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introductions_are_short() {
        for number in [0, 1, 5, 500] {
            let plans = (0..number).map(|index| ListedPlan {
                ready: index % 3,
                text: format!("- plans/{index}.md: a plan with a title, 1 of 2 tasks done\n"),
            });
            let text = introduction(plans.collect());
            assert!(words(&text) <= MAX_INTRODUCTION_WORDS, "{number}: {}", words(&text));
            assert!(text.contains("plansmith next --claim"));
        }
    }
}
