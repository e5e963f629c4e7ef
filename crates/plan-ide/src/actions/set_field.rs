//! Setting owner, due date and estimate of a task, in the form that the plan uses.

use std::collections::HashMap;

use jiff::{ToSpan, civil::Date};
use plan_model::{Item, Meaning, list_names};

use super::{
    Action, Context,
    scope::{target_at, tasks_in},
};
use crate::{
    Edit, File, TextRange,
    completion::estimate_texts,
    editing::{draft::Draft, task_fields::set_field},
    rules::dates,
};

/// Last segment of the kind of the action that sets the owner.
pub const OWNER: &str = "set-owner";
/// Last segment of the kind of the action that sets the due date.
pub const DUE: &str = "set-due-date";
/// Last segment of the kind of the action that sets the estimate.
pub const ESTIMATE: &str = "set-estimate";

/// A field of tasks that can be set to any value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskField {
    /// The person who does the task.
    Owner,
    /// The date on which the task is due.
    Due,
    /// The estimated duration.
    Estimate,
}

impl TaskField {
    /// All fields.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Due, Self::Estimate];

    /// Returns the name that clients use.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Due => "due",
            Self::Estimate => "estimate",
        }
    }

    fn meanings(self) -> &'static [Meaning] {
        match self {
            Self::Owner => &[Meaning::Owner],
            Self::Due => &[Meaning::Due, Meaning::Target],
            Self::Estimate => &[Meaning::Estimate, Meaning::Duration],
        }
    }
}

/// Returns the edits that set a field of the tasks in these ranges, and the number of these tasks.
///
/// # Errors
/// Returns the reason why the value cannot be written: its form does not fit the task, or it would be parsed differently.
pub fn set_in_ranges(
    file: &File,
    ranges: &[TextRange],
    field: TaskField,
    value: &str,
) -> Result<(Vec<Edit>, usize), String> {
    let (name, value) = (field.name(), value.trim());
    let invalid = || format!("invalid {name} `{value}`");
    if value.is_empty() || value.contains(['\n', '\r']) {
        return Err(invalid());
    }
    let tasks = tasks_in(file, ranges, false);
    let mut draft = Draft::new(file);
    for index in tasks.iter().map(Item::index) {
        let before = draft.file().clone();
        let Some(task) = before.plan().item(index) else { return Err(invalid()) };
        let edits = set_field(&before, &task, field.meanings()[0], Some(value));
        draft.step(&edits.ok_or_else(|| format!("cannot write {name} `{value}` in the format of the task"))?);
    }
    let is_written = |index: usize| {
        let task = draft.file().plan().item(index);
        task.is_some_and(|task| {
            let is_same = |written: &str| written == value || written.trim_start_matches('@') == value;
            task.fields().any(|found| {
                found.meaning.is_some_and(|meaning| field.meanings().contains(&meaning))
                    && is_same(&found.value)
            })
        })
    };
    if !tasks.iter().all(|task| is_written(task.index())) {
        return Err(invalid());
    }
    Ok((draft.edits(), tasks.len()))
}

/// Maximum number of values that are offered for each field.
const MAX_OFFERED_VALUES: usize = 3;

pub(super) fn set_fields(context: &Context<'_>) -> Vec<Action> {
    let file = context.file;
    let target = target_at(file, context.range);
    let [task] = target.items[..] else { return Vec::new() };
    if target.heading.is_some() {
        return Vec::new();
    }
    let owners = people(file).into_iter().map(|name| (format!("`{name}`"), name));
    let due_dates =
        due_dates(file).into_iter().map(|(day, detail)| (format!("{day} ({detail})"), day.to_string()));
    let estimates = estimate_texts(file.plan(), MAX_OFFERED_VALUES);
    let estimates = estimates.into_iter().map(|estimate| (estimate.clone(), estimate));
    let mut found = Vec::new();
    found.extend(actions(file, &task, "owner", OWNER, Meaning::Owner, owners));
    found.extend(actions(file, &task, "due date", DUE, Meaning::Due, due_dates));
    found.extend(actions(file, &task, "estimate", ESTIMATE, Meaning::Estimate, estimates));
    found
}

/// Returns the actions that set a field to values other than its current one. Each element of `values` consists of the
/// text for the title and the value.
fn actions(
    file: &File,
    task: &Item<'_>,
    name: &str,
    kind: &'static str,
    meaning: Meaning,
    values: impl Iterator<Item = (String, String)>,
) -> Vec<Action> {
    let own: Vec<String> = task
        .fields()
        .filter(|field| field.meaning == Some(meaning))
        .map(|field| field.value.trim_start_matches('@').to_lowercase())
        .collect();
    let others = values.filter(|(_, value)| !own.contains(&value.to_lowercase())).take(MAX_OFFERED_VALUES);
    others
        .filter_map(|(shown, value)| {
            let edits = set_field(file, task, meaning, Some(&value))?;
            Some(Action::new(format!("Set {name} to {shown}"), kind, edits).on_request())
        })
        .collect()
}

/// Returns the people of the plan, those with most tasks first. The user is inserted in second place if the plan does
/// not name them.
fn people(file: &File) -> Vec<String> {
    let plan = file.plan();
    let mut counts: HashMap<String, (usize, usize)> = HashMap::new();
    let values = plan.field_values(Meaning::Owner).map(|value| value.text.to_owned());
    let header = plan.field(Meaning::Owner).map(|field| field.value.into_owned());
    for value in values.chain(header) {
        // A placeholder is not a name.
        if value.starts_with('[') && value.ends_with(']') {
            continue;
        }
        for (_, name) in list_names(&value) {
            let next = counts.len();
            counts.entry(name.to_owned()).or_insert((0, next)).0 += 1;
        }
    }
    let mut people: Vec<(String, (usize, usize))> = counts.into_iter().collect();
    people.sort_by_key(|(_, (count, first))| (std::cmp::Reverse(*count), *first));
    let mut names: Vec<String> = people.into_iter().map(|(name, _)| name).collect();
    if let Some(user) = file.environment().owner.clone().filter(|user| !names.contains(user)) {
        names.insert(names.len().min(1), user);
    }
    names
}

/// Returns the offered due dates.
fn due_dates(file: &File) -> Vec<(Date, &'static str)> {
    let Some(today) = dates::today(file) else { return Vec::new() };
    let later = |days: i64| today.checked_add(days.days()).ok();
    let days = [(later(1), "tomorrow"), (later(7), "in a week"), (later(14), "in two weeks")];
    days.into_iter().filter_map(|(day, detail)| Some((day?, detail))).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::actions::testing::{all, applied};

    #[test]
    fn sets_a_given_value() {
        let text = "# Plan: x\n\n- [ ] 1.1 a (owner: Bo)\n- [ ] 1.2 b\n\n| Task | Done |\n|---|---|\n| 1.3 c | [ ] |\n";
        let set = |line: &str, field, value: &str| {
            let file = File::new("plan.md", Document::new(text));
            let start = text.find(line).unwrap();
            let range = start..start + 1;
            let edits = set_in_ranges(&file, std::slice::from_ref(&range), field, value)?;
            let after = crate::apply_edits(text, &edits.0);
            Ok::<_, String>(after.lines().nth(text[..start].lines().count()).unwrap().to_owned())
        };
        let owner = |line, value| set(line, TaskField::Owner, value);
        assert_eq!(owner("- [ ] 1.1", "Ada"), Ok("- [ ] 1.1 a (owner: Ada)".to_owned()));
        assert_eq!(owner("- [ ] 1.2", "Ada"), Ok("- [ ] 1.2 b (owner: Ada)".to_owned()));
        assert_eq!(
            set("- [ ] 1.2", TaskField::Due, "2026-12-01"),
            Ok("- [ ] 1.2 b (due: 2026-12-01)".to_owned())
        );
        assert_eq!(
            set("- [ ] 1.2", TaskField::Estimate, "3 days"),
            Ok("- [ ] 1.2 b (estimate: 3 days)".to_owned())
        );
        assert_eq!(owner("- [ ] 1.2", "a)\nb"), Err("invalid owner `a)\nb`".to_owned()));
        assert_eq!(owner("- [ ] 1.2", " "), Err("invalid owner ``".to_owned()));
        assert_eq!(owner("- [ ] 1.2", "Ada) x"), Err("invalid owner `Ada) x`".to_owned()));
    }

    fn check(tasks: &str, kind: &str, expect: Expect) {
        let marked = format!("# Plan: x\n\n**Owner**: Ada\n\n{tasks}");
        let text = applied(&marked, kind);
        let (title, text) = text.split_once("\n\n").unwrap();
        expect.assert_eq(&format!("{title}\n\n{}", text.split_once("Ada\n\n").unwrap().1));
    }

    #[test]
    fn uses_the_form_of_other_tasks() {
        for (task, expected) in [
            ("(owner: Bo, 3 days)", "(owner: Bo)"),
            ("(@bo)", "(@bo)"),
            ("fast @bo", "@bo"),
            ("— Owner: Bo", "— Owner: Bo"),
            ("[owner:: Bo]", "[owner:: Bo]"),
        ] {
            let plan = format!("# Plan: x\n\n- [ ] 1.1 a {task}\n- [ ] 1.2 b$0\n");
            let text = applied(&plan, OWNER);
            assert!(text.ends_with(&format!("- [ ] 1.2 b {expected}\n")), "{text}");
        }
        check(
            "- [ ] 1.1 a\n  - **Owner:** Bo\n- [ ] 1.2 b$0\n  - **Estimate:** 2d\n",
            OWNER,
            expect![[r#"
                Set owner to `Ada`

                - [ ] 1.1 a
                  - **Owner:** Bo
                - [ ] 1.2 b
                  - **Estimate:** 2d
                  - **Owner:** Ada
            "#]],
        );
        check(
            "- [ ] 1.1 a 📅 2026-12-01\n- [ ] 1.2 b$0\n",
            DUE,
            expect![[r#"
                Set due date to 2026-11-22 (tomorrow)

                - [ ] 1.1 a 📅 2026-12-01
                - [ ] 1.2 b 📅 2026-11-22
            "#]],
        );
    }

    #[test]
    fn uses_the_form_of_other_fields() {
        check(
            "- [ ] 1.1 a (owner: Bo)\n- [ ] 1.2 b (owner: Bo)$0\n",
            ESTIMATE,
            expect![[r#"
                Set estimate to 1d

                - [ ] 1.1 a (owner: Bo)
                - [ ] 1.2 b (owner: Bo, estimate: 1d)
            "#]],
        );
        check(
            "- [ ] 1.1 a\n  - Owner: Bo\n- [ ] 1.2 b$0\n  on two lines\n  - [ ] c\n",
            DUE,
            expect![[r#"
                Set due date to 2026-11-22 (tomorrow)

                - [ ] 1.1 a
                  - Owner: Bo
                - [ ] 1.2 b
                  on two lines
                  - Due: 2026-11-22
                  - [ ] c
            "#]],
        );
        check(
            "- [ ] 1.1 a\n- [ ] 1.2 b$0\n",
            OWNER,
            expect![[r#"
                Set owner to `Ada`

                - [ ] 1.1 a
                - [ ] 1.2 b (owner: Ada)
            "#]],
        );
    }

    #[test]
    fn replaces_the_value() {
        check(
            "- [ ] 1.1 a (owner: Ada, due: 2026-12-01)$0\n",
            DUE,
            expect![[r#"
                Set due date to 2026-11-22 (tomorrow)

                - [ ] 1.1 a (owner: Ada, due: 2026-11-22)
            "#]],
        );
        let titles = all("# Plan: x\n\n**Owner**: Ada\n\n- [ ] 1.1 a (owner: Ada)$0\n");
        assert!(!titles.contains("Set owner"), "{titles}");
    }
}
