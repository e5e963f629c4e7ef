//! How far a plan is.

use plan_model::{Meaning, State};

use super::{NextTask, plain, startable};
use crate::{File, rules::days};

/// How far a plan is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStatus {
    /// The path of its file, as the file has it.
    pub path: String,
    /// Its title.
    pub title: Option<String>,
    /// The name of the template that it follows.
    pub template: Option<String>,
    /// Its status as written, without emphasis.
    pub status_text: Option<String>,
    /// What its status says, if anyone knows.
    pub state: Option<State>,
    /// Tasks done of those that count.
    pub done: usize,
    /// Tasks that count: optional and cancelled ones are left out.
    pub total: usize,
    /// What can start now, the first thing to do first.
    pub next: Vec<NextTask>,
    /// For how many days its target date has passed, where that is at least one and the plan is not over; nothing where
    /// today is not known.
    pub overdue_days: Option<i64>,
    /// Its target date, `YYYY-MM-DD`.
    pub target: Option<String>,
}

/// How far a plan is on the day that its environment calls today.
pub fn status(file: &File) -> PlanStatus {
    let plan = file.plan();
    let progress = plan.progress();
    let status = plan.status().filter(|status| !status.value.trim().is_empty());
    let state = status.as_ref().and_then(|status| plan.state_of(&status.value));
    let target = days::header(plan)
        .into_iter()
        .filter(|day| matches!(day.meaning, Meaning::Target | Meaning::Due))
        .find_map(|day| day.date);
    let is_running = match state {
        Some(state) => matches!(state, State::Open | State::Active | State::Blocked),
        None => progress.done < progress.total,
    };
    let overdue_days = days::today(file).zip(target).filter(|_| is_running).and_then(|(today, target)| {
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
        next: startable(file),
        overdue_days,
        target: target.map(|date| date.to_string()),
    }
}
