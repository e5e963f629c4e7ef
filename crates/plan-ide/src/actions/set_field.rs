//! Setting owner, due date and estimate of a task, in the form that the plan uses.

use std::collections::HashMap;

use jiff::{ToSpan, civil::Date};
use plan_model::{Item, Meaning, list_names};

use super::{Action, Context, scope::target_at};
use crate::{File, completion::estimate_texts, editing::task_fields::set_field, rules::dates};

/// Last segment of the kind of the action that sets the owner.
pub const OWNER: &str = "set-owner";
/// Last segment of the kind of the action that sets the due date.
pub const DUE: &str = "set-due-date";
/// Last segment of the kind of the action that sets the estimate.
pub const ESTIMATE: &str = "set-estimate";

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

/// Returns the actions that set a field to values other than its current one. Each element of `values` is the form in
/// the title and the value.
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

    use super::*;
    use crate::actions::testing::{all, applied};

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
