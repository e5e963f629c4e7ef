//! The history of plans: their versions in git, and what changed from one to the next.

mod git;
mod repositories;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use jiff::civil::Date;
use plan_ide::{Environment, File, schedule};
use plan_model::{Item, ItemKind, State};
use plan_syntax::Document;
use rayon::prelude::*;
use serde::Serialize;

pub(crate) use self::{
    git::Repository,
    repositories::{RepositoryFiles, by_repository},
};

/// The history of a plan.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct PlanHistory {
    pub(crate) path: String,
    pub(crate) title: Option<String>,
    /// Versions, oldest first.
    pub(crate) versions: Vec<PlanVersion>,
    /// Target dates that moved.
    pub(crate) targets: Vec<TargetChange>,
    /// Tasks that were added after the first version.
    pub(crate) added: Vec<TaskChange>,
    pub(crate) removed: Vec<TaskChange>,
    /// Tasks that became done after the first version.
    pub(crate) completed: Vec<TaskChange>,
    /// Tasks that were done and became open again.
    pub(crate) reopened: Vec<TaskChange>,
    /// Tasks that were active, with the days until they were done or until the last version.
    pub(crate) active: Vec<ActiveTask>,
}

/// A version of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct PlanVersion {
    pub(crate) revision: String,
    /// Author date, `YYYY-MM-DD`.
    pub(crate) date: String,
    /// Path in the repository.
    pub(crate) path: String,
    pub(crate) done: usize,
    pub(crate) total: usize,
    pub(crate) target: Option<String>,
}

/// A target date that moved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TargetChange {
    pub(crate) revision: String,
    pub(crate) date: String,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// A change of a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TaskChange {
    pub(crate) revision: String,
    pub(crate) date: String,
    pub(crate) id: Option<String>,
    pub(crate) title: String,
}

/// A task that was active.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ActiveTask {
    pub(crate) id: Option<String>,
    pub(crate) title: String,
    /// Total number of days in which the task was active, according to the dates of the versions: until the version in which
    /// its state changed, otherwise until the last version.
    pub(crate) days: i64,
    /// Whether the task is still active.
    pub(crate) is_active: bool,
    /// Date of the version in which the task became active, if it is still active.
    pub(crate) since: Option<String>,
}

/// The start of the history that is shown.
#[derive(Clone, Debug)]
pub(crate) enum HistoryStart {
    /// All versions.
    Start,
    /// Versions from a date on.
    Date(Date),
    /// Versions after a revision.
    Revision(String),
}

impl HistoryStart {
    /// Parses a date or a revision.
    pub(crate) fn parse(text: Option<&str>) -> Self {
        match text.map(|text| (text, text.parse())) {
            None => Self::Start,
            Some((_, Ok(date))) => Self::Date(date),
            Some((revision, Err(_))) => Self::Revision(revision.to_owned()),
        }
    }
}

/// The versions of a plan that are shown, oldest first.
#[derive(Default)]
struct SelectedVersions {
    versions: Vec<git::FileVersion>,
    /// Whether the first version is the last one before `since`. It is the base of the comparison.
    has_base: bool,
}

/// Returns the versions of plans from the last one before `since` on, by path.
fn selected_versions(
    repository: &Repository,
    paths: &[String],
    since: &HistoryStart,
) -> Result<BTreeMap<String, SelectedVersions>, String> {
    let after = match since {
        HistoryStart::Revision(revision) => {
            let commit = repository.commit(revision, "a git revision or a date")?;
            Some(repository.commits_after(&commit)?.into_iter().collect::<HashSet<_>>())
        }
        _ => None,
    };
    let is_shown = |version: &git::FileVersion| match since {
        HistoryStart::Start => true,
        HistoryStart::Date(date) => day_of(&version.date).is_none_or(|day| day >= *date),
        HistoryStart::Revision(_) => after.as_ref().is_none_or(|after| after.contains(&version.revision)),
    };
    let found = repository.versions(paths)?.into_iter().map(|(path, mut versions)| {
        let first = versions.iter().position(is_shown).unwrap_or(versions.len());
        versions.drain(..first.saturating_sub(1));
        (path, SelectedVersions { versions, has_base: first > 0 })
    });
    Ok(found.collect())
}

/// Reads versions of plans. `None` for versions that cannot be read.
fn snapshots(
    repository: &Repository,
    versions: &[git::FileVersion],
    environment: &Arc<Environment>,
) -> Result<Vec<Option<VersionSnapshot>>, String> {
    let read = |(text, version): (Option<String>, &git::FileVersion)| {
        let path = format!("{}/{}", repository.root(), version.path);
        let file = File::with_environment(path, Document::new(&text?), Arc::clone(environment));
        Some(VersionSnapshot::of(&file))
    };
    Ok(repository.texts(versions)?.into_par_iter().zip(versions).map(read).collect())
}

/// Returns the histories of plans in a repository, given by their paths in it. The first version is the last one before
/// `since`: the base of the comparison.
///
/// # Errors
/// Returns an error if git fails or the revision is unknown.
pub(crate) fn histories(
    repository: &Repository,
    paths: &[String],
    since: &HistoryStart,
    environment: &Arc<Environment>,
) -> Result<Vec<PlanHistory>, String> {
    let found = selected_versions(repository, paths, since)?;
    let all: Vec<git::FileVersion> = found.values().flat_map(|found| found.versions.clone()).collect();
    let snapshots = snapshots(repository, &all, environment)?;
    let mut read = all.into_iter().zip(snapshots);
    let histories = found.into_iter().map(|(path, found)| {
        let own = read.by_ref().take(found.versions.len());
        history(path, own.filter_map(|(version, snapshot)| Some((version, snapshot?))).collect())
    });
    Ok(histories.collect())
}

/// Returns what changed in plans since their last version before `since`, by path: a history of that version and the current
/// text, which has an empty revision. A plan without an earlier version has a history of one version.
///
/// # Errors
/// Returns an error if git fails or the revision is unknown.
pub(crate) fn changes(
    repository: &Repository,
    files: &BTreeMap<String, &File>,
    since: &HistoryStart,
    environment: &Arc<Environment>,
) -> Result<BTreeMap<String, PlanHistory>, String> {
    let paths: Vec<String> = files.keys().cloned().collect();
    let found = selected_versions(repository, &paths, since)?;
    let bases = found.into_iter().filter(|(_, found)| found.has_base);
    let (paths, bases): (Vec<String>, Vec<git::FileVersion>) =
        bases.filter_map(|(path, found)| Some((path, found.versions.into_iter().next()?))).unzip();
    let snapshots = snapshots(repository, &bases, environment)?;
    let bases = bases.into_iter().zip(snapshots).map(|(version, snapshot)| Some((version, snapshot?)));
    let mut bases: BTreeMap<String, _> = paths.into_iter().zip(bases).collect();
    let changes = files.iter().map(|(path, file)| {
        let date = environment.today.clone().unwrap_or_default();
        let now = (git::FileVersion::current(path.clone(), date), VersionSnapshot::of(file));
        let versions = bases.remove(path).flatten().into_iter().chain([now]);
        (path.clone(), history(path.clone(), versions.collect()))
    });
    Ok(changes.collect())
}

/// Returns the day of a date in ISO 8601.
pub(crate) fn day_of(date: &str) -> Option<Date> {
    date.get(..10)?.parse().ok()
}

/// The data of a version that the history compares.
#[derive(Clone, Debug)]
struct VersionSnapshot {
    title: Option<String>,
    done: usize,
    total: usize,
    target: Option<Date>,
    tasks: Vec<Task>,
}

#[derive(Clone, Debug)]
struct Task {
    /// Identity within the plan: the ID with its phase if it is a plain number, otherwise the title.
    key: String,
    id: Option<String>,
    title: String,
    state: Option<State>,
}

impl VersionSnapshot {
    fn of(file: &File) -> Self {
        let plan = file.plan();
        let progress = plan.progress();
        let counts = |item: &Item<'_>| {
            item.kind() == ItemKind::Task
                && item.role().counts()
                && !item.is_optional()
                && !item.is_unfilled()
        };
        let mut tasks: Vec<Task> = plan
            .items()
            .filter(counts)
            .map(|item| {
                let phase =
                    || item.phase().and_then(|phase| Some(phase.id()?.to_string())).unwrap_or_default();
                let key = match item.id() {
                    Some(id) if id.is_plain() => format!("{}/{id}", phase()),
                    Some(id) => id.to_string(),
                    None => format!("\"{}", item.title()),
                };
                let state = item.state().or_else(|| item.derived_state());
                Task { key, id: item.id().map(ToString::to_string), title: item.title(), state }
            })
            .collect();
        // Tasks with the same key are distinguished by their order.
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for task in &mut tasks {
            let count = seen.entry(task.key.clone()).or_default();
            *count += 1;
            if *count > 1 {
                task.key = format!("{}#{count}", task.key);
            }
        }
        Self {
            title: plan.title(),
            done: progress.done,
            total: progress.total,
            target: schedule::target(file),
            tasks,
        }
    }
}

/// A task over all versions.
struct TrackedTask {
    id: Option<String>,
    title: String,
    state: Option<State>,
    active_since: Option<Date>,
    active_days: Option<i64>,
}

/// Returns the counterpart of each task in the previous version, as an index of `tracked`, and removes it from `left`.
/// The counterpart has the same key and title. Otherwise it is the only task with the same title, which was renumbered,
/// or the task with the same key, which was renamed.
fn known_tasks(
    tasks: &[Task],
    left: &mut BTreeMap<String, usize>,
    tracked: &[TrackedTask],
) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = tasks
        .iter()
        .map(|task| {
            let index = *left.get(&task.key)?;
            if tracked[index].title != task.title {
                return None;
            }
            left.remove(&task.key)
        })
        .collect();
    for (task, known) in tasks.iter().zip(&mut found).filter(|(_, known)| known.is_none()) {
        let mut same = left.iter().filter(|(_, index)| tracked[**index].title == task.title);
        let first = same.next().map(|(key, _)| key.clone()).filter(|_| same.next().is_none());
        *known = first.and_then(|key| left.remove(&key));
    }
    for (task, known) in tasks.iter().zip(&mut found).filter(|(_, known)| known.is_none()) {
        *known = left.remove(&task.key);
    }
    found
}

fn history(path: String, versions: Vec<(git::FileVersion, VersionSnapshot)>) -> PlanHistory {
    let mut history = PlanHistory { path, ..PlanHistory::default() };
    let mut tracked: Vec<TrackedTask> = Vec::new();
    // The tasks of the last version by their keys, as indices of `tracked`.
    let mut current: BTreeMap<String, usize> = BTreeMap::new();
    let mut previous: Option<VersionSnapshot> = None;
    for (version, snapshot) in versions {
        let day = day_of(&version.date);
        let date = day.map_or_else(String::new, |day| day.to_string());
        let change = |id: &Option<String>, title: &str| TaskChange {
            revision: version.revision.clone(),
            date: date.clone(),
            id: id.clone(),
            title: title.to_owned(),
        };
        let is_first = previous.is_none();
        let mut next: BTreeMap<String, usize> = BTreeMap::new();
        let mut left = current.clone();
        let known = known_tasks(&snapshot.tasks, &mut left, &tracked);
        for (task, known) in snapshot.tasks.iter().zip(known) {
            let index = match known {
                Some(index) => index,
                None => {
                    if !is_first {
                        history.added.push(change(&task.id, &task.title));
                    }
                    tracked.push(TrackedTask {
                        id: task.id.clone(),
                        title: task.title.clone(),
                        state: None,
                        active_since: None,
                        active_days: None,
                    });
                    tracked.len() - 1
                }
            };
            let known = &mut tracked[index];
            if known.state == Some(State::Done)
                && matches!(task.state, Some(State::Open | State::Active | State::Blocked))
            {
                history.reopened.push(change(&task.id, &task.title));
            }
            if !is_first && known.state != Some(State::Done) && task.state == Some(State::Done) {
                history.completed.push(change(&task.id, &task.title));
            }
            known.follow(task, day);
            next.insert(task.key.clone(), index);
        }
        for index in left.into_values() {
            tracked[index].stop(day);
            history.removed.push(change(&tracked[index].id.clone(), &tracked[index].title.clone()));
        }
        current = next;
        let shown = |target: Option<Date>| target.map(|target| target.to_string());
        if let Some(previous) = previous.as_ref().filter(|previous| previous.target != snapshot.target) {
            history.targets.push(TargetChange {
                revision: version.revision.clone(),
                date: date.clone(),
                from: shown(previous.target),
                to: shown(snapshot.target),
            });
        }
        history.title.clone_from(&snapshot.title);
        history.versions.push(PlanVersion {
            revision: version.revision,
            date,
            path: version.path,
            done: snapshot.done,
            total: snapshot.total,
            target: shown(snapshot.target),
        });
        previous = Some(snapshot);
    }
    let last = history.versions.last().and_then(|version| version.date.parse().ok());
    for task in &mut tracked {
        let since = task.active_since.map(|since| since.to_string());
        task.stop(last);
        if let Some(days) = task.active_days {
            let (id, title) = (task.id.clone(), task.title.clone());
            history.active.push(ActiveTask { id, title, days, is_active: since.is_some(), since });
        }
    }
    history
}

impl TrackedTask {
    /// Updates ID, title, state and active days from a version of the task.
    fn follow(&mut self, task: &Task, day: Option<Date>) {
        (self.id, self.title) = (task.id.clone(), task.title.clone());
        self.state = task.state;
        match task.state {
            Some(State::Active) => self.active_since = self.active_since.or(day),
            _ => self.stop(day),
        }
    }

    /// Ends the current active period, if any, and adds its days to the total.
    fn stop(&mut self, day: Option<Date>) {
        if let (Some(since), Some(day)) = (self.active_since.take(), day) {
            let days = since.until(day).map_or(0, |span| i64::from(span.get_days())).max(0);
            self.active_days = Some(self.active_days.unwrap_or(0) + days);
        }
    }
}

impl PlanHistory {
    /// Returns the number of versions and the progress: `12 versions from 2026-01-05 to 2026-03-01: 2/10 to 9/12 done`.
    pub(crate) fn summary(&self) -> String {
        let (Some(first), Some(last)) = (self.versions.first(), self.versions.last()) else {
            return "no versions".to_owned();
        };
        let versions = crate::wording::count(self.versions.len(), "version");
        let done = format!("{}/{} to {}/{} done", first.done, first.total, last.done, last.total);
        format!("{versions} from {} to {}: {done}", first.date, last.date)
    }

    /// Returns the number of changes of each kind: `3 completed, 1 added, target 2026-02-01 to 2026-02-15`. Empty without changes.
    pub(crate) fn change_summary(&self) -> String {
        let kinds = [
            (self.completed.len(), "completed"),
            (self.added.len(), "added"),
            (self.removed.len(), "removed"),
            (self.reopened.len(), "reopened"),
        ];
        let counts = kinds.into_iter().filter(|(count, _)| *count > 0);
        let mut parts: Vec<String> = counts.map(|(count, kind)| format!("{count} {kind}")).collect();
        if let (Some(first), Some(last)) = (self.targets.first(), self.targets.last()) {
            let day = |day: &Option<String>| day.clone().unwrap_or_else(|| "none".to_owned());
            parts.push(format!("target {} to {}", day(&first.from), day(&last.to)));
        }
        parts.join(", ")
    }
}
