//! Completion of people in fields and cells for a person, and after `@` in a task: people named in this plan and in
//! other plans of the workspace.

use plan_model::{Column, Meaning, Plan};

use super::{
    Completion, CompletionKind,
    context::{CompletionContext, CursorContext, CursorValue},
    values::is_placeholder,
};

/// Maximum number of files searched for names.
const MAX_PEOPLE_FILES_SEARCHED: usize = 2_000;

pub(super) fn people(context: &CompletionContext<'_>) -> Vec<Completion> {
    let Some(value) = context.value() else { return handles(context) };
    if !is_person_value(value) {
        return Vec::new();
    }
    let current = context.file.document().slice(value.range.clone());
    // In front matter, brackets denote lists.
    let whole = is_placeholder(&current) && *context.cursor_context() != CursorContext::FrontMatter;
    let element = value.element(context);
    let range = if whole { value.range.clone() } else { element.range.clone() };
    let others: Vec<String> =
        if whole { Vec::new() } else { element.other_elements().map(str::to_lowercase).collect() };
    let typed = context.file.document().slice(range.start..context.offset);
    let lead = if whole { "" } else { element.lead() };
    let known = all_people(context).into_iter().filter(|(name, _)| !others.contains(&name.to_lowercase()));
    known
        .map(|(name, detail)| {
            let mut found = context.offer(CompletionKind::Person, &*name, detail, range.clone());
            found.edit.text = format!("{lead}{}", value.with_separators(&range, &name));
            if whole {
                found.filter = format!("{typed}{name}");
            }
            found
        })
        .collect()
}

/// Offers people after `@` in the line of a phase or task.
fn handles(context: &CompletionContext<'_>) -> Vec<Completion> {
    let typed = context.text_before_cursor();
    let Some(at) = typed.rfind('@').filter(|at| typed[..*at].ends_with([' ', '(', '['])) else {
        return Vec::new();
    };
    let is_handle = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    if !typed[at + 1..].chars().all(is_handle) || context.in_backticks() || !context.on_item_line() {
        return Vec::new();
    }
    let rest = context.text_after_cursor();
    let more = rest.find(|c: char| !is_handle(c)).unwrap_or(rest.len());
    let range = context.line_start + at..context.offset + more;
    let people = all_people(context).into_iter();
    let handles = people.filter_map(|(name, detail)| {
        let handle = name.trim_start_matches('@');
        handle.chars().all(is_handle).then(|| (format!("@{handle}"), detail))
    });
    handles
        .map(|(handle, detail)| context.offer(CompletionKind::Person, handle, detail, range.clone()))
        .collect()
}

/// Returns the people of this plan and of other plans of the workspace, each with the origin of the name.
fn all_people(context: &CompletionContext<'_>) -> Vec<(String, String)> {
    let mut people = People { found: Vec::new() };
    if let Some(owner) = &context.file.environment().owner {
        people.add(owner, "you");
    }
    people.of_plan(context.file.plan(), context.offset);
    for (path, entry) in context.workspace.index.iter().take(MAX_PEOPLE_FILES_SEARCHED) {
        let Some(work) = entry.summary.plan.as_ref().filter(|_| &**path != context.file.path()) else {
            continue;
        };
        for owner in &work.owners {
            people.add(owner, entry.summary.title.as_deref().unwrap_or(path));
        }
    }
    people.found
}

fn is_person_value(value: &CursorValue) -> bool {
    let key = value.key.to_lowercase();
    match value.column {
        Some(Column::Owner) => key != "name" || value.meaning == Some(Meaning::Owner),
        Some(Column::Stakeholder) => true,
        Some(_) => false,
        None => {
            matches!(value.meaning, Some(Meaning::Owner | Meaning::Author))
                || matches!(
                    key.as_str(),
                    "stakeholder" | "stakeholders" | "reviewer" | "reviewers" | "assignees"
                )
        }
    }
}

struct People {
    /// Names as written, each with its origin.
    found: Vec<(String, String)>,
}

impl People {
    fn add(&mut self, name: &str, detail: &str) {
        let name = name.trim().trim_matches(['*', '_']).trim();
        let is_name = (2..=60).contains(&name.len())
            && name.starts_with(|c: char| c.is_alphabetic() || c == '@')
            && !name.contains(['|', '[', ']', '<', '>', '{', '}', '\n', '`', ':'])
            && !matches!(name.to_lowercase().as_str(), "none" | "tbd" | "n/a" | "unassigned" | "null");
        if is_name && !self.found.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
            self.found.push((name.to_owned(), detail.to_owned()));
        }
    }

    /// Adds the people named in the plan, except at the cursor.
    fn of_plan(&mut self, plan: &Plan, at: usize) {
        let mut add = |value: &str| {
            if !is_placeholder(value) {
                value.split([',', ';', '[', ']', '"']).for_each(|name| self.add(name, "in this plan"));
            }
        };
        let is_at_cursor = |range: &crate::TextRange| range.start <= at && at <= range.end;
        for field in plan.fields() {
            if matches!(field.meaning, Some(Meaning::Owner | Meaning::Author))
                && !is_at_cursor(&field.value_range)
            {
                add(&field.value);
            }
        }
        for value in plan.field_values(Meaning::Owner) {
            if !is_at_cursor(&value.range) {
                add(value.text);
            }
        }
        for table in plan.tables() {
            let people = |column: &Column| matches!(column, Column::Owner | Column::Stakeholder);
            if !table.columns().iter().any(people) {
                continue;
            }
            for row in table.rows() {
                for column in [Column::Owner, Column::Stakeholder] {
                    if let Some(cell) = row.cell(column).filter(|cell| !is_at_cursor(&cell.range)) {
                        add(cell.text);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check_with_files;

    #[test]
    fn offers_people_of_the_workspace() {
        let files = [("/w/b.md", "# Plan: y\n\n**Owner**: Grace, Ada\n\n- [ ] 1.1 a\n")];
        let plan = "# Plan: x\n\n**Owner**: Ada\n\n- [ ] 1.1 a\n  - Owner: Bob\n- [ ] 1.2 b\n";
        check_with_files(
            &format!("{plan}  - Owner: $0\n"),
            &files,
            expect![[r#"
            Ada (in this plan):   - Owner: Ada
            Bob (in this plan):   - Owner: Bob
            Grace (Plan: y):   - Owner: Grace"#]],
        );
        check_with_files(
            &format!("{plan}  - Assignee: Ada, g$0\n"),
            &files,
            expect!["Grace (Plan: y):   - Assignee: Ada, Grace"],
        );
        check_with_files(
            &format!("{plan}\n| Task | Owner |\n|---|---|\n| c | [Name]$0 |\n"),
            &files,
            expect![[r#"
                Ada (in this plan): | c | Ada |
                Bob (in this plan): | c | Bob |
                Grace (Plan: y): | c | Grace |"#]],
        );
        check_with_files(
            &plan.replace("# Plan", "---\nstakeholders: [Ada, $0]\n---\n# Plan"),
            &files,
            expect![[r#"
                Bob (in this plan): stakeholders: [Ada, Bob]
                Grace (Plan: y): stakeholders: [Ada, Grace]"#]],
        );
    }

    #[test]
    fn in_the_line_of_a_task() {
        let plan = "# Plan: x\n\n**Owner**: Ada\n\n- [ ] 1.1 a\n  - Owner: Bob\n";
        check_with_files(
            &format!("{plan}- [ ] 1.2 b (owner: $0)\n"),
            &[],
            expect![[r#"
                Ada (in this plan): - [ ] 1.2 b (owner: Ada)
                Bob (in this plan): - [ ] 1.2 b (owner: Bob)"#]],
        );
        check_with_files(
            &format!("{plan}- [ ] 1.2 b — Owner: b$0\n"),
            &[],
            expect!["Bob (in this plan): - [ ] 1.2 b — Owner: Bob"],
        );
        check_with_files(
            &format!("{plan}- [ ] 1.2 b @a$0 (2 days)\n"),
            &[],
            expect!["@Ada (in this plan): - [ ] 1.2 b @Ada (2 days)"],
        );
        check_with_files(&format!("{plan}\nAsk the owner: $0\n"), &[], expect![""]);
        check_with_files(&format!("{plan}\nAsk @$0\n"), &[], expect![""]);
    }
}
