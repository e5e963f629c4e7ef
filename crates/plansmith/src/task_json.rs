//! JSON of tasks, in the commands that agents use and in the MCP server.

use plan_ide::{
    File,
    overview::{TaskDetails, task_details},
};
use serde::Serialize;

/// A task with everything that is needed to work on it.
#[derive(Debug, Serialize)]
pub(crate) struct TaskDetailsJson {
    pub(crate) path: String,
    /// Line number, 1-based.
    pub(crate) line: usize,
    pub(crate) id: Option<String>,
    pub(crate) title: String,
    pub(crate) state: &'static str,
    pub(crate) owner: Option<String>,
    pub(crate) files: Vec<String>,
    pub(crate) requirements: Vec<String>,
    pub(crate) depends_on: Vec<String>,
}

impl TaskDetailsJson {
    /// Returns the JSON of a task of the plan at `path`.
    pub(crate) fn new(path: &str, task: TaskDetails) -> Self {
        Self {
            path: path.to_owned(),
            line: task.line + 1,
            id: task.id,
            title: task.title,
            state: task.state.name(),
            owner: task.owner,
            files: task.files,
            requirements: task.requirements,
            depends_on: task.depends_on,
        }
    }

    /// Returns the JSON of items of a file.
    pub(crate) fn of_items(path: &str, file: &File, items: &[usize]) -> Vec<Self> {
        let details = items.iter().filter_map(|item| task_details(file, *item));
        details.map(|task| Self::new(path, task)).collect()
    }

    /// Returns the name of the task: its ID and title.
    pub(crate) fn name(&self) -> String {
        match &self.id {
            Some(id) => format!("{id} {}", self.title),
            None => self.title.clone(),
        }
    }

    /// Returns the task on one line: `plan.md:12: 1.2 Copy the data: active (Ada)`.
    pub(crate) fn summary(&self) -> String {
        let owner = self.owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default();
        format!("{}:{}: {}: {}{owner}", self.path, self.line, self.name(), self.state)
    }
}
