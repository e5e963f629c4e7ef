//! JSON of the commands `next` and `status`, on the command line and in the server.

use plan_ide::overview::{self, PlanStatus};
use serde::Serialize;
use tower_lsp::lsp_types::Url;

use crate::{
    history::{PlanHistory, PlanVersion, TargetChange, TaskChange},
    set_status::DocumentSetStatus,
};

/// A plan with its ready tasks.
#[derive(Debug, Serialize)]
pub(crate) struct PlanTasks {
    pub(crate) path: String,
    /// Present only in responses of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uri: Option<Url>,
    pub(crate) title: Option<String>,
    pub(crate) tasks: Vec<ReadyTask>,
}

/// A ready task.
#[derive(Debug, Serialize)]
pub(crate) struct ReadyTask {
    pub(crate) id: Option<String>,
    pub(crate) title: String,
    /// Line number, 1-based.
    pub(crate) line: usize,
    pub(crate) state: &'static str,
    pub(crate) phase: Option<String>,
    pub(crate) owner: Option<String>,
    pub(crate) estimate: Option<String>,
}

impl From<overview::NextTask> for ReadyTask {
    fn from(task: overview::NextTask) -> Self {
        Self {
            id: task.id,
            title: task.title,
            line: task.line + 1,
            state: task.state.name(),
            phase: task.phase,
            owner: task.owner,
            estimate: task.estimate,
        }
    }
}

/// The plan status report.
#[derive(Debug, Serialize)]
pub(crate) struct StatusReport {
    plans: Vec<PlanStatusJson>,
    /// Document sets. Present only in the output of the command line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sets: Vec<DocumentSetStatus>,
}

impl StatusReport {
    /// Returns a report without document sets.
    pub(crate) fn new(plans: impl IntoIterator<Item = PlanStatusJson>) -> Self {
        Self { plans: plans.into_iter().collect(), sets: Vec::new() }
    }

    /// Adds document sets.
    pub(crate) fn with_sets(self, sets: Vec<DocumentSetStatus>) -> Self {
        Self { sets, ..self }
    }
}

/// Status and progress of a plan.
#[derive(Debug, Serialize)]
pub(crate) struct PlanStatusJson {
    pub(crate) path: String,
    /// Present only in responses of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uri: Option<Url>,
    pub(crate) title: Option<String>,
    pub(crate) template: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) state: Option<&'static str>,
    pub(crate) done: usize,
    pub(crate) total: usize,
    pub(crate) next: Vec<ReadyTask>,
    pub(crate) target: Option<String>,
    pub(crate) overdue_days: Option<i64>,
    /// Present only in responses of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) archived: Option<bool>,
    /// Changes since a version in git. Set by the command with `--since` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) since: Option<StatusChange>,
}

/// Changes of a plan since an earlier version.
#[derive(Debug, Serialize)]
pub(crate) struct StatusChange {
    /// The earlier version; `None` if the plan is new.
    version: Option<PlanVersion>,
    /// Target dates that moved.
    targets: Vec<TargetChange>,
    completed: Vec<TaskChange>,
    added: Vec<TaskChange>,
    removed: Vec<TaskChange>,
    reopened: Vec<TaskChange>,
}

impl From<&PlanHistory> for StatusChange {
    fn from(change: &PlanHistory) -> Self {
        let PlanHistory { versions, targets, completed, added, removed, reopened, .. } = change.clone();
        let version = if versions.len() > 1 { versions.into_iter().next() } else { None };
        Self { version, targets, completed, added, removed, reopened }
    }
}

impl From<PlanStatus> for PlanStatusJson {
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
            next: plan.next.into_iter().map(ReadyTask::from).collect(),
            target: plan.target,
            overdue_days: plan.overdue_days,
            archived: None,
            since: None,
        }
    }
}
