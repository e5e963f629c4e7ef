//! Where plans stand, for programs: what `next` and `status` print as JSON, and what the server's commands of these names
//! answer.

use plan_ide::overview::{self, PlanStatus};
use serde::Serialize;
use tower_lsp::lsp_types::Url;

/// A plan with what can start in it.
#[derive(Debug, Serialize)]
pub(crate) struct PlanTasks {
    pub(crate) path: String,
    /// Only the server says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uri: Option<Url>,
    pub(crate) title: Option<String>,
    pub(crate) tasks: Vec<Task>,
}

/// A task that can start or go on.
#[derive(Debug, Serialize)]
pub(crate) struct Task {
    pub(crate) id: Option<String>,
    pub(crate) title: String,
    /// 1-based.
    pub(crate) line: usize,
    pub(crate) state: &'static str,
    pub(crate) owner: Option<String>,
    pub(crate) estimate: Option<String>,
}

impl From<overview::NextTask> for Task {
    fn from(task: overview::NextTask) -> Self {
        Self {
            id: task.id,
            title: task.title,
            line: task.line + 1,
            state: task.state.name(),
            owner: task.owner,
            estimate: task.estimate,
        }
    }
}

/// How far plans are.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    version: u32,
    plans: Vec<Standing>,
}

impl Report {
    /// A report in the form that we have now.
    pub(crate) fn new(plans: impl IntoIterator<Item = Standing>) -> Self {
        Self { version: 1, plans: plans.into_iter().collect() }
    }
}

/// How far a plan is.
#[derive(Debug, Serialize)]
pub(crate) struct Standing {
    pub(crate) path: String,
    /// Only the server says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uri: Option<Url>,
    pub(crate) title: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) state: Option<&'static str>,
    pub(crate) done: usize,
    pub(crate) total: usize,
    pub(crate) next: Vec<Task>,
    pub(crate) target: Option<String>,
    pub(crate) overdue_days: Option<i64>,
}

impl From<PlanStatus> for Standing {
    fn from(plan: PlanStatus) -> Self {
        Self {
            path: plan.path,
            uri: None,
            title: plan.title,
            template: plan.template,
            status: plan.status_text,
            state: plan.state.map(plan_model::State::name),
            done: plan.done,
            total: plan.total,
            next: plan.next.into_iter().map(Task::from).collect(),
            target: plan.target,
            overdue_days: plan.overdue_days,
        }
    }
}
