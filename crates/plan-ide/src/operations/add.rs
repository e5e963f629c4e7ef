//! Adding a task, in the form of the tasks next to it.

use std::cell::OnceCell;

use plan_model::{Column, Item, ItemKind, Meaning, Role, State, StateSourceKind, Table};
use plan_schema::family::WrittenReference;

use super::{NewTask, OperationResult, Refusal, check_text, find::ItemNames, moved};
use crate::{
    Edit, File, TextRange,
    completion::dependency_style::DependencyStyle,
    editing::{
        draft::Draft,
        new_task::{field_line, following_id, next_id, start_like},
        states::Writer,
    },
    insert,
};

/// Performs the operation that adds a task.
pub(super) fn add(names: &ItemNames<'_>, new: &NewTask) -> Result<OperationResult, Refusal> {
    check_text("title", &new.title)?;
    for requirement in &new.requirements {
        check_text("requirement", requirement)?;
    }
    if has_checkbox(&new.title) {
        return Err(Refusal::Invalid("title starts with a checkbox; pass its text only".to_owned()));
    }
    let file = names.file;
    let phase = new.phase.as_ref().map(|name| names.phase(name)).transpose()?;
    let after = new.after.as_ref().map(|name| names.item(name)).transpose()?;
    if let (Some(phase), Some(after)) = (&phase, &after)
        && !phase.is_ancestor_of(after)
    {
        let name = new.after.as_deref().unwrap_or_default();
        return Err(Refusal::Invalid(format!("`{name}` is not in the phase; omit the phase or `after`")));
    }
    if after.is_some_and(|after| after.kind() == ItemKind::Phase) {
        let name = new.after.as_deref().unwrap_or_default();
        return Err(Refusal::Invalid(format!(
            "`{name}` is a phase; specify it as the phase, not as `after`"
        )));
    }
    let dependencies = match &new.depends_on {
        Some(depends_on) => names.items(depends_on, None)?,
        None => Vec::new(),
    };
    if let Some(item) = dependencies.iter().find(|item| item.id().is_none()) {
        return Err(Refusal::Invalid(format!("cannot depend on `{}`: it has no ID", item.title())));
    }
    let place = match after.or_else(|| last_task(file, phase.as_ref())) {
        Some(like) => TaskPlace::After(like, None),
        None => match &phase {
            Some(phase) => TaskPlace::EndOf(*phase, last_task(file, None)),
            None => TaskPlace::End,
        },
    };
    let form = DependencyForm::default();
    let task = TaskDraft { file, new, dependencies, form: &form };
    task.check_columns(&place)?;
    let edit = task.edit(&place);
    let mut draft = Draft::new(file);
    draft.step(std::slice::from_ref(&edit));
    draft.renumber_lists();
    finish(file, draft, edit.range.start, &new.title)
}

/// Returns whether two tasks are added at the end of the same phase, so that they can be added together.
pub(super) fn is_same_place(first: &NewTask, other: &NewTask) -> bool {
    first.after.is_none() && other.after.is_none() && first.phase == other.phase
}

/// Adds tasks at the [same place](is_same_place) together. Also returns their number: a task that depends on one of the
/// others is not included. `None` if they have to be added one after the other.
pub(super) fn add_run(names: &ItemNames<'_>, tasks: &[&NewTask]) -> Option<(OperationResult, usize)> {
    let file = names.file;
    let phase = match &tasks.first()?.phase {
        Some(name) => Some(names.phase(name).ok()?),
        None => None,
    };
    let like = last_task(file, phase.as_ref())?;
    if like.is_heading() || !like.form().is_checkbox() {
        return None;
    }
    let indent = insert::line_prefix_of(file, &like);
    let form = DependencyForm::default();
    let mut text = String::new();
    let mut written = like.written_id();
    let mut count = 0;
    for new in tasks {
        let is_valid = !has_checkbox(&new.title)
            && check_text("title", &new.title).is_ok()
            && new.requirements.iter().all(|requirement| check_text("requirement", requirement).is_ok());
        let dependencies = match &new.depends_on {
            Some(depends_on) => names.items(depends_on, None).ok(),
            None => Some(Vec::new()),
        };
        let dependencies = dependencies.filter(|items| items.iter().all(|item| item.id().is_some()));
        let Some(dependencies) = dependencies.filter(|_| is_valid) else { break };
        let id = match (&written, count) {
            (Some(written), 0) => Some(next_id(file, written)),
            (Some(written), _) => Some(following_id(written)),
            (None, _) => None,
        };
        let task = TaskDraft { file, new, dependencies, form: &form };
        text.push_str(&format!("\n{indent}{}", task.list_item(&like, &indent, id.as_deref())));
        written = id.or(written);
        count += 1;
    }
    if count < 2 {
        return None;
    }
    let newline = if insert::uses_crlf(file) { "\r\n" } else { "\n" };
    let edit = Edit::insert(like.range().end, text.replace('\n', newline));
    let mut draft = Draft::new(file);
    draft.step(std::slice::from_ref(&edit));
    draft.renumber_lists();
    Some((finish_run(file, &like, draft, edit.range.start, count)?, count))
}

/// Returns the end of the text in a range, without the white space after it.
fn trimmed_end(file: &File, range: &TextRange) -> usize {
    range.start + file.document().slice(range.clone()).trim_end().len()
}

/// Returns the result of a draft after checking that it adds `count` tasks like the task `like` after the offset `start`
/// and changes no other task.
fn finish_run(
    file: &File,
    like: &Item<'_>,
    draft: Draft,
    start: usize,
    count: usize,
) -> Option<OperationResult> {
    let (before, after) = (file.plan(), draft.file().plan());
    let first = after.items().find(|item| item.line().start > start)?.index();
    let added = || (first..first + count).filter_map(|index| after.item(index));
    let is_task = |item: &Item<'_>| {
        item.kind() == ItemKind::Task
            && item.role() == like.role()
            && !item.is_optional()
            && item.ancestors().all(|parent| parent.kind() == ItemKind::Phase)
            && !item.title().is_empty()
            && item.state_sources().all(|(_, _, state)| state.is_none_or(|state| state == State::Open))
    };
    let others = || after.items().filter(|item| !(first..first + count).contains(&item.index()));
    let is_same = |(old, new): (Item<'_>, Item<'_>)| {
        old.state() == new.state() && old.id() == new.id() && old.title() == new.title()
    };
    let is_valid = after.items().len() == before.items().len() + count
        && added().all(|item| is_task(&item))
        && before.items().zip(others()).all(is_same);
    if !is_valid {
        return None;
    }
    let lines = added().map(|item| item.line().start).collect();
    Some(OperationResult { lines, draft, remarks: Vec::new() })
}

/// Returns whether a title is written as a list item with a checkbox: `- [ ] Copy`.
fn has_checkbox(title: &str) -> bool {
    let text = title.trim_start().trim_start_matches(['-', '*', '+']).trim_start();
    let inside = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    inside.is_some_and(|(character, after)| {
        matches!(character, "" | " " | "x" | "X" | "~" | "/" | "-" | "!") && !after.starts_with(['(', '['])
    })
}

/// Place of a new task.
enum TaskPlace<'a> {
    /// After a task, in the form of this task. The ID is `None` for the next unused ID.
    After(Item<'a>, Option<String>),
    /// In a phase without tasks, in the form of a task elsewhere.
    EndOf(Item<'a>, Option<Item<'a>>),
    /// At the end of a plan without tasks.
    End,
}

/// Returns the last task of a phase, or of the plan, that a new task can follow.
fn last_task<'a>(file: &'a File, phase: Option<&Item<'_>>) -> Option<Item<'a>> {
    let tasks = || {
        file.plan().items().filter(|item| {
            item.kind() == ItemKind::Task
                && phase.is_none_or(|phase| item.phase().is_some_and(|own| own.index() == phase.index()))
        })
    };
    // A subtask is not a sibling of the task after its parent.
    let is_top = |item: &Item<'_>| !item.ancestors().any(|parent| parent.kind() == ItemKind::Task);
    let work = tasks().filter(|item| item.role() == Role::Work && !item.is_optional());
    work.filter(is_top).last().or_else(|| tasks().filter(is_top).last())
}

struct TaskDraft<'a> {
    file: &'a File,
    new: &'a NewTask,
    dependencies: Vec<Item<'a>>,
    form: &'a DependencyForm,
}

/// The form of dependencies in a plan, computed on demand for all new tasks.
#[derive(Default)]
struct DependencyForm {
    /// See [`TaskDraft::dependency_field`].
    field: OnceCell<Option<(String, String)>>,
    style: OnceCell<DependencyStyle>,
}

impl TaskDraft<'_> {
    fn edit(&self, place: &TaskPlace<'_>) -> Edit {
        let file = self.file;
        let newline = if insert::uses_crlf(file) { "\r\n" } else { "\n" };
        match place {
            TaskPlace::After(like, id) if like.is_heading() => {
                insert::block(file, like.range().end, &self.heading(like, id.as_deref()))
            }
            TaskPlace::After(like, _) if like.form() == StateSourceKind::TableRow => {
                let row = self.row(like).unwrap_or_default();
                Edit::insert(like.line().end, format!("{newline}{row}"))
            }
            // `**Task 2.3**: title` is a paragraph, and the list below it belongs to the task.
            TaskPlace::After(like, id) if like.form() == StateSourceKind::Paragraph => {
                let text = format!("\n\n{}", self.list_item(like, "", id.as_deref()));
                Edit::insert(trimmed_end(file, &like.range()), text.replace('\n', newline))
            }
            TaskPlace::After(like, id) => {
                let indent = insert::line_prefix_of(file, like);
                let text = format!("\n{indent}{}", self.list_item(like, &indent, id.as_deref()));
                Edit::insert(like.range().end, text.replace('\n', newline))
            }
            TaskPlace::EndOf(phase, like) => {
                let end = match phase.section() {
                    Some(section) if phase.is_heading() => section.range().end,
                    _ => phase.range().end,
                };
                insert::block(file, end, &self.first_task(phase, like.as_ref()))
            }
            TaskPlace::End => {
                insert::block(file, file.document().len(), &format!("- [ ] {}", self.title("", None)))
            }
        }
    }

    /// Returns the text of the first task of a phase: `- [ ] 2.1 Title` if other tasks are numbered by phase. `like` is
    /// a task of another phase.
    fn first_task(&self, phase: &Item<'_>, like: Option<&Item<'_>>) -> String {
        let Some(like) = like.filter(|like| like.form().is_checkbox() && !like.is_heading()) else {
            return format!("- [ ] {}", self.title("", None));
        };
        let number = phase.id().and_then(|id| Some(id.phase_parts()?.1.to_owned()));
        let written = like.written_id().unwrap_or_default();
        let id = number.filter(|_| like.id().is_some_and(|id| id.as_str().contains('.'))).map(|number| {
            let word = written.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            format!("{word}{number}.1")
        });
        self.list_item(like, "", id.as_deref())
    }

    fn list_item(&self, like: &Item<'_>, indent: &str, id: Option<&str>) -> String {
        let mut text = start_like(self.file, like, id);
        if like.id().is_none() && !text.contains("[ ]") && like.form().is_checkbox() {
            "- [ ] ".clone_into(&mut text);
        }
        // The emphasis around ID and title continues after the title.
        let close = ["**", "__"].into_iter().find(|mark| text.matches(mark).count() % 2 == 1);
        let title = self.title(close.unwrap_or_default(), Some(like));
        text.push_str(&title);
        text.push_str(&self.details(indent));
        text
    }

    fn heading(&self, like: &Item<'_>, id: Option<&str>) -> String {
        let mut text = start_like(self.file, like, id);
        text.push_str(self.new.title.trim());
        let mut fields = Vec::new();
        let below =
            like.fields().filter(|field| !field.front_matter && field.key_range.start >= like.line().end);
        for field in below.filter(|field| field.meaning == Some(Meaning::Status)) {
            let document = self.file.document();
            let before = document.slice(document.line_start(field.key_range.start)..field.value_range.start);
            let status = Writer::new(self.file).value(&field.value, State::Open);
            fields.push(format!("{before}{status}"));
        }
        if !self.dependencies.is_empty() {
            fields.push(format!("**Depends on**: {}", self.dependency_names()));
        }
        if !self.new.requirements.is_empty() {
            fields.push(format!("**Requirements**: {}", self.new.requirements.join(", ")));
        }
        if fields.is_empty() { text } else { format!("{text}\n\n{}", fields.join("\n")) }
    }

    /// Returns the table with the row of a task.
    fn table_of(&self, like: &Item<'_>) -> Option<Table<'_>> {
        let start = like.line().start;
        let mut tables = self.file.plan().tables();
        tables.find(|table| table.range().start <= start && start < table.range().end)
    }

    /// Checks that a row has a place for the dependencies and requirements of the task.
    fn check_columns(&self, place: &TaskPlace<'_>) -> Result<(), Refusal> {
        let TaskPlace::After(like, _) = place else { return Ok(()) };
        if like.is_heading() || like.form() != StateSourceKind::TableRow {
            return Ok(());
        }
        let has_column = |table: Table<'_>| table.columns().contains(&Column::DependsOn);
        if !self.dependencies.is_empty() && !self.table_of(like).is_some_and(has_column) {
            return Err(Refusal::Invalid(
                "table has no column for dependencies; add a column `Depends on`, or omit them".to_owned(),
            ));
        }
        if !self.new.requirements.is_empty() {
            return Err(Refusal::Invalid("cannot write requirements of a table row; omit them".to_owned()));
        }
        Ok(())
    }

    /// Returns the text of a table row for the task, in the form of the row of `like`.
    fn row(&self, like: &Item<'_>) -> Option<String> {
        let start = like.line().start;
        let table = self.table_of(like)?;
        let rows = table.rows();
        let row = rows.iter().find(|row| row.range.start <= start && start <= row.range.end)?;
        let title_column = table
            .columns()
            .iter()
            .position(|column| matches!(column, Column::Task | Column::Item | Column::Description));
        let mut text = "|".to_owned();
        for (index, column) in table.columns().iter().enumerate() {
            let old = row.cells.get(index).map(|cell| cell.text).unwrap_or_default();
            let new = match column {
                _ if Some(index) == title_column => self.new.title.replace('|', "\\|"),
                Column::Id => {
                    like.written_id().map(|written| next_id(self.file, &written)).unwrap_or_default()
                }
                Column::Status => Writer::new(self.file).value(old, State::Open),
                Column::DependsOn => self.dependency_names(),
                _ => String::new(),
            };
            text.push_str(&if new.is_empty() { "  |".to_owned() } else { format!(" {new} |") });
        }
        Some(text)
    }

    /// Returns the title with its references, after which `close` ends the emphasis.
    fn title(&self, close: &str, like: Option<&Item<'_>>) -> String {
        let mut text = String::new();
        let requirements = &self.new.requirements;
        let form = self.reference_form();
        if let Some(WrittenReference::Label(before, after)) =
            form.as_ref().filter(|_| !requirements.is_empty())
        {
            text.push_str(&format!("{before}{}{after} ", requirements.join("+")));
        }
        text.push_str(self.new.title.trim());
        text.push_str(close);
        match form {
            _ if requirements.is_empty() => {}
            Some(WrittenReference::Label(..) | WrittenReference::Field(_)) => {}
            Some(WrittenReference::Group(before, after)) => {
                text.push_str(&format!(" {before}{}{after}", requirements.join(", ")));
            }
            _ => text.push_str(&format!(" ({})", requirements.join(", "))),
        }
        if !self.dependencies.is_empty() && (like.is_none() || self.field().is_none()) {
            text.push_str(&format!(" (depends on {})", self.dependency_names()));
        }
        text
    }

    /// Returns the lines below the title: dependencies and requirements, if the plan writes them in fields.
    fn details(&self, indent: &str) -> String {
        let mut text = String::new();
        if !self.dependencies.is_empty()
            && let Some((own, before)) = self.field()
        {
            text.push_str(&format!("\n{indent}{own}{before}{}", self.dependency_names()));
        }
        if let Some(WrittenReference::Field(name)) = self.reference_form()
            && !self.new.requirements.is_empty()
        {
            text.push_str(&field_line(self.file, &name, indent, &self.new.requirements));
        }
        text
    }

    fn field(&self) -> Option<&(String, String)> {
        self.form.field.get_or_init(|| self.dependency_field()).as_ref()
    }

    /// Returns the form of a dependency line below a task: its indentation relative to the task, and its text
    /// before the value. `None` if no task has such a line.
    fn dependency_field(&self) -> Option<(String, String)> {
        let document = self.file.document();
        let tasks =
            self.file.plan().items().filter(|item| item.kind() == ItemKind::Task && !item.is_heading());
        tasks.into_iter().find_map(|item| {
            let end = item.line().end;
            let field = item.fields().find(|field| {
                field.meaning == Some(Meaning::DependsOn)
                    && !field.front_matter
                    && field.key_range.start >= end
            })?;
            let start = document.line_start(field.key_range.start);
            let before = document.slice(start..field.value_range.start);
            let column = item.line().start - document.line_start(item.line().start);
            let text = before.trim_start();
            let is_line = text.starts_with(['-', '*', '+', '_']) || text.starts_with(char::is_alphabetic);
            let indent = before.get(column..before.len() - text.len())?.to_owned();
            let separator = if text.ends_with(char::is_whitespace) { "" } else { " " };
            (is_line && !before.contains('|')).then(|| (indent, format!("{text}{separator}")))
        })
    }

    fn dependency_names(&self) -> String {
        let style = self.form.style.get_or_init(|| DependencyStyle::of(self.file.plan(), usize::MAX));
        let names: Vec<String> = self.dependencies.iter().map(|item| style.styled_id(item)).collect();
        names.join(", ")
    }

    /// Returns the way in which tasks of the family refer to the kind of the first requirement.
    fn reference_form(&self) -> Option<WrittenReference> {
        let id = self.new.requirements.first()?;
        let facts = self.file.family_facts()?;
        let family = self.file.environment().families.all().get(facts.family)?;
        let kinds = (0..family.kinds.len()).filter(|kind| !family.has_names(*kind));
        let kind = kinds.into_iter().find(|kind| family.new_id(*kind, None, id, id).is_some())?;
        let forms = family.written_references(facts.role, kind);
        forms.into_iter().find(|form| !matches!(form, WrittenReference::FrontMatter(_)))
    }
}

/// Returns the result of a draft after checking that it adds exactly one open task and changes no other task.
fn finish(file: &File, draft: Draft, start: usize, title: &str) -> Result<OperationResult, Refusal> {
    let (before, after) = (file.plan(), draft.file().plan());
    let added = after.items().find(|item| {
        item.line().end > start && {
            let old = before.item(item.index());
            old.is_none_or(|old| {
                old.title() != item.title() || old.line().start < start || old.id() != item.id()
            })
        }
    });
    let added = added.filter(|item| {
        item.kind() == ItemKind::Task
            && !item.title().is_empty()
            && item.state_sources().all(|(_, _, state)| state.is_none_or(|state| state == State::Open))
            && item.state().is_none_or(|state| state == State::Open)
            && item.line().start >= start
    });
    let edits = draft.edits();
    // Comparing ranges is cheaper than comparing texts.
    let is_same_title = |old: &Item<'_>, new: &Item<'_>| {
        let is_moved = match &edits[..] {
            [edit] => {
                let title = old.title_range();
                let is_outside = title.end <= edit.range.start || edit.range.end <= title.start;
                let shift = |at: usize| moved(at, &edits);
                let new = new.title_range();
                is_outside && shift(title.start) == new.start && title.len() == new.len()
            }
            _ => false,
        };
        is_moved || old.title() == new.title()
    };
    let others = |index: usize| after.items().filter(move |item| item.index() != index);
    let is_same = added.is_some_and(|added| {
        after.items().len() == before.items().len() + 1
            && before
                .items()
                .zip(others(added.index()))
                .all(|(old, new)| old.state() == new.state() && is_same_title(&old, &new))
    });
    match added.filter(|_| is_same) {
        Some(item) => {
            let line = item.line().start;
            Ok(OperationResult { lines: vec![line], draft, remarks: Vec::new() })
        }
        None => Err(Refusal::Invalid(format!(
            "cannot add `{}` as one task; choose another title",
            super::refusal::shortened(title)
        ))),
    }
}
