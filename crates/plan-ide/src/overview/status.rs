//! Status and progress of a plan.

use plan_model::{Meaning, State};

use super::{NextTask, plain, ready_tasks};
use crate::{File, rules::dates};

/// Status and progress of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStatus {
    /// Path of its file.
    pub path: String,
    /// Title of the plan.
    pub title: Option<String>,
    /// Name of its template.
    pub template: Option<String>,
    /// Status as written, without emphasis.
    pub status_text: Option<String>,
    /// State that the status denotes, if recognized.
    pub state: Option<State>,
    /// Number of counted tasks that are done.
    pub done: usize,
    /// Number of counted tasks: all except optional and cancelled tasks.
    pub total: usize,
    /// Ready tasks, in the order of execution.
    pub next: Vec<NextTask>,
    /// Number of days since the target date, if at least one and if the plan is not finished. `None` if the current
    /// date is unknown.
    pub overdue_days: Option<i64>,
    /// Target date, `YYYY-MM-DD`.
    pub target: Option<String>,
}

/// Returns the status of a plan as of the current date of its environment.
pub fn status(file: &File) -> PlanStatus {
    let plan = file.plan();
    let progress = plan.progress();
    let status = plan.status().filter(|status| !status.value.trim().is_empty());
    let state = status.as_ref().and_then(|status| plan.state_of(&status.value));
    let target = dates::header_dates(plan)
        .into_iter()
        .filter(|day| matches!(day.meaning, Meaning::Target | Meaning::Due))
        .find_map(|day| day.date);
    let is_running = match state {
        Some(state) => matches!(state, State::Open | State::Active | State::Blocked),
        None => progress.done < progress.total,
    };
    let overdue_days = dates::today(file).zip(target).filter(|_| is_running).and_then(|(today, target)| {
        let passed = i64::from(target.until(today).ok()?.get_days());
        (passed > 0).then_some(passed)
    });
    PlanStatus {
        path: file.path().to_owned(),
        title: plan.title(),
        template: file.template().map(|template| template.name.clone()),
        status_text: status.map(|status| plain(&status.value)),
        state,
        done: progress.done,
        total: progress.total,
        next: ready_tasks(file),
        overdue_days,
        target: target.map(|date| date.to_string()),
    }
}
