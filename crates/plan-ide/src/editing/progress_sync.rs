//! Updates derived data after state changes: last-updated date, progress values, logs.

use jiff::civil::Date;
use plan_model::{Column, Item, ItemKind, Meaning, Row, Section, State, Table, TableKind, date};

use super::{
    draft::Draft,
    states::{Writer, phase_rows},
};
use crate::{Edit, File, insert, rules::missing_section, stated_progress::stated_progress};

/// Returns the edits that set items to a state, set `parents` to their states, and update progress values, dates and
/// logs.
pub(crate) fn set_state_and_sync(
    file: &File,
    items: &[Item<'_>],
    to: State,
    parents: &[(Item<'_>, State)],
) -> Vec<Edit> {
    let writer = Writer::new(file);
    let own = items.iter().map(|item| (item, to)).chain(parents.iter().map(|(item, state)| (item, *state)));
    let states: Vec<Edit> = own.flat_map(|(item, to)| writer.set(item, to)).collect();
    let mut draft = Draft::new(file);
    draft.step(&states);
    let note = note(items, to);
    update_progress(&mut draft, file, Some(&note), None);
    draft.edits()
}

/// Returns the edits that correct outdated progress values.
pub(crate) fn update_progress_values(file: &File) -> Vec<Edit> {
    let new = stated_progress(file).into_iter().filter(|claim| !claim.is_accurate()).filter_map(|claim| {
        let written = file.document().slice(claim.range.clone());
        let text = claim.with_progress(&written, claim.correction()?)?;
        Some(Edit::replace(claim.range, text))
    });
    new.collect()
}

/// Returns the edits that set the plan status, append a status log row and, if the plan is done, insert on-completion
/// sections. Empty if the status does not change.
pub(crate) fn set_status(file: &File, to: State) -> Vec<Edit> {
    let mut draft = Draft::new(file);
    let status = Writer::new(file).set_plan_status(to);
    if status.is_empty() {
        return Vec::new();
    }
    draft.step(&status);
    update_progress(&mut draft, file, None, Some(to));
    if to == State::Done {
        let step = completion_sections(draft.file());
        draft.step(&step);
    }
    draft.edits()
}

/// Returns the edits that insert the sections that the template requires only on completion, and that remove its notes
/// about them.
fn completion_sections(file: &File) -> Vec<Edit> {
    let plan = file.plan();
    let mut edits = Vec::new();
    if let Some(binding) = file.binding() {
        let specs = &binding.template().sections;
        let due = missing_section::due_sections(plan, binding)
            .into_iter()
            .filter(|spec| specs[*spec].on_completion);
        edits = missing_section::merged(due.map(|spec| insert::section(file, binding, spec)).collect());
    }
    // Remove the `[To be filled upon completion]` note.
    for section in plan.sections() {
        let body = section.heading_range().end..section.range().end;
        let text = file.document().slice(body.clone());
        if let Some(at) = text.find(COMPLETION_NOTE).filter(|at| text[..*at].trim().is_empty()) {
            let end = at + COMPLETION_NOTE.len();
            let spaces = text[end..].len() - text[end..].trim_start().len();
            edits.push(Edit::replace(body.start + at..body.start + end + spaces, ""));
        }
    }
    edits.sort_by_key(|edit| edit.range.start);
    edits
}

/// Note of templates in sections that are filled in on completion.
const COMPLETION_NOTE: &str = "[To be filled upon completion]";

/// Applies the steps that follow a state change. `before` is the file before the change.
///
/// Progress values, dates and logs are at different positions, so a single step writes them. The plan is parsed again
/// only if a step depends on the previous one.
fn update_progress(draft: &mut Draft, before: &File, note: Option<&str>, status: Option<State>) {
    let step = phase_cells(draft.file(), before);
    draft.step(&step);
    let file = draft.file();
    let mut step = progress_values_after(file, before);
    if let Some(today) = before.environment().today.as_ref().and_then(|today| today.parse::<Date>().ok()) {
        step.extend(update_dates(file, today));
        step.extend(match (status, note) {
            (Some(status), _) => status_row(file, today, status, ""),
            (None, Some(note)) => log_entry(file, today, note),
            (None, None) => Vec::new(),
        });
    }
    draft.step(&step);
}

/// Returns a log note: `Completed: Task 1.1 Copy the data`.
fn note(items: &[Item<'_>], to: State) -> String {
    let verb = match to {
        State::Done => "Completed",
        State::Open => "Reopened",
        State::Active => "Started",
        State::Blocked => "Blocked",
        State::Deferred => "Deferred",
        State::Cancelled => "Cancelled",
    };
    let name = |item: &Item<'_>| {
        item.written_id().map_or_else(|| item.title(), |id| format!("{id} {}", item.title()))
    };
    let named: Vec<String> = items.iter().filter(|item| item.kind() == ItemKind::Task).map(name).collect();
    match &named[..] {
        [] => items.first().map(|item| format!("{verb}: {}", name(item))).unwrap_or_default(),
        few if few.len() <= 3 => format!("{verb}: {}", few.join(", ")),
        [first, others @ ..] => format!("{verb}: {first} and {} more", others.len()),
    }
}

/// Returns the edits that update the status cells of phases whose derived state changed to done or active.
fn phase_cells(file: &File, before: &File) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (phase, row) in phase_rows(file) {
        let Some(cell) = row.cell(Column::Status) else { continue };
        let now = phase.derived_state();
        if before.plan().item(phase.index()).and_then(|old| old.derived_state()) == now {
            continue;
        }
        let to = match now {
            Some(State::Done) => State::Done,
            Some(State::Active) => State::Active,
            _ => continue,
        };
        let choices = cell.text.trim_matches(['[', ']']).split(['/', '|']).map(str::trim);
        let chosen = choices.clone().find(|choice| file.plan().state_of(choice) == Some(to));
        // Replace a list of options with one option. Replace any other value in the style of that value.
        let new = match chosen.filter(|_| choices.count() > 1) {
            Some(choice) => choice.to_owned(),
            // Created only if needed, because the writer reads the whole document.
            None => Writer::new(file).value(cell.text, to),
        };
        if new != cell.text {
            edits.push(Edit::replace(cell.range, new));
        }
    }
    edits
}

/// Returns the edits that update progress values that the change has made incorrect, with the same counting method, and
/// that fill in placeholders of percentages.
fn progress_values_after(file: &File, before: &File) -> Vec<Edit> {
    let old = stated_progress(before);
    let mut edits = Vec::new();
    for (number, claim) in stated_progress(file).into_iter().enumerate() {
        let method = old.get(number).and_then(|old| old.matching_count());
        let now = method.and_then(|method| claim.count(method)).or_else(|| claim.correction());
        let Some(now) = now else { continue };
        let written = file.document().slice(claim.range.clone());
        let is_unchanged = match method {
            Some(_) => false,
            None => claim.is_accurate(),
        };
        if let Some(text) =
            claim.with_progress(&written, now).filter(|text| *text != written && !is_unchanged)
        {
            edits.push(Edit::replace(claim.range, text));
        }
    }
    edits.extend(fill_placeholders(file));
    edits
}

/// Returns the edits that fill in the placeholders `[X]% overall` and, in the row of a phase, `[X%]`.
fn fill_placeholders(file: &File) -> Vec<Edit> {
    let mut edits = Vec::new();
    let fields = file.plan().section_fields().filter(|field| field.meaning == Some(Meaning::Progress));
    for field in fields {
        let written = file.document().slice(field.value_range.clone());
        if let (true, Some(percent)) = (written.starts_with("[X]%"), file.plan().progress().percent()) {
            let place = field.value_range.start..field.value_range.start + "[X]".len();
            edits.push(Edit::replace(place, percent.to_string()));
        }
    }
    for (phase, row) in phase_rows(file) {
        if let (Some(cell), Some(percent)) = (row.cell(Column::Progress), phase.progress().percent())
            && cell.text == "[X%]"
        {
            edits.push(Edit::replace(cell.range, format!("{percent}%")));
        }
    }
    edits
}

/// Returns the edits that set the last-updated dates of the plan to today.
fn update_dates(file: &File, today: Date) -> Vec<Edit> {
    let plan = file.plan();
    let header = plan.fields().into_iter().chain(plan.section_fields());
    let mut edits: Vec<Edit> = Vec::new();
    for field in header.filter(|field| field.meaning == Some(Meaning::Updated)) {
        let written = file.document().slice(field.value_range.clone());
        let place = match date::first(&written) {
            Some(found) => {
                field.value_range.start + found.range.start..field.value_range.start + found.range.end
            }
            None if written.is_empty() || !field.front_matter => field.value_range.clone(),
            None => continue,
        };
        let is_placeholder = |text: &str| text.starts_with(['[', '{', 'Y']) || text.is_empty();
        let old = file.document().slice(place.clone());
        if (date::first(&old).is_some() || is_placeholder(&old)) && old != today.to_string() {
            let needs_space =
                old.is_empty() && file.document().slice(place.start.saturating_sub(1)..place.start) == ":";
            let text = if needs_space { format!(" {today}") } else { today.to_string() };
            edits.push(Edit::replace(place, text));
        }
    }
    edits.sort_by_key(|edit| edit.range.start);
    edits.dedup();
    edits
}

/// Returns the edits that append an entry to the update log or, if the plan has none, a row to the status log.
fn log_entry(file: &File, today: Date, note: &str) -> Vec<Edit> {
    let plan = file.plan();
    let section = plan.sections().find(|section| {
        let title = section.title().to_lowercase();
        ["update log", "progress log", "work log", "log of updates", "updates"].contains(&title.as_str())
    });
    let Some(log) = section else {
        let status = plan.status().and_then(|status| plan.state_of(&status.value)).unwrap_or(State::Active);
        return status_row(file, today, status, note);
    };
    let dated =
        |section: &Section<'_>| date::first(&section.title()).filter(|found| found.range.start == 0)?.date;
    let entries: Vec<(Date, Section<'_>)> = plan
        .sections()
        .filter(|section| section.parent() == Some(log.index()))
        .filter_map(|section| Some((dated(&section)?, section)))
        .collect();
    let bullet = format!("- {note}");
    if let Some((_, entry)) = entries.iter().find(|(date, _)| *date == today) {
        return vec![end_of_list(file, entry, &bullet)];
    }
    let level = entries.first().map_or(log.level() + 1, |(_, entry)| entry.level());
    let text = format!("{} {today}\n\n{bullet}", "#".repeat(level.into()));
    let newest_last = matches!(&entries[..], [(first, _), .., (last, _)] if first < last);
    let at = match (&entries[..], newest_last) {
        ([.., (_, last)], true) => last.range().end,
        ([(_, first), ..], false) => first.heading_range().start,
        _ => {
            let children = plan.sections().filter(|section| section.parent() == Some(log.index()));
            children.map(|child| child.heading_range().start).next().unwrap_or(log.range().end)
        }
    };
    vec![insert::block(file, at, &text)]
}

/// Returns the edit that appends a bullet to a section: directly after a list at its end, otherwise after a blank line.
fn end_of_list(file: &File, section: &Section<'_>, bullet: &str) -> Edit {
    let text = file.document().slice(section.range());
    let trimmed = text.trim_end_matches(|c: char| c.is_whitespace() || c == '-');
    let newline = if insert::uses_crlf(file) { "\r\n" } else { "\n" };
    let last_line = trimmed.lines().last().unwrap_or_default().trim_start();
    let gap = if last_line.starts_with(['-', '*', '+']) { newline.to_owned() } else { newline.repeat(2) };
    Edit::insert(section.range().start + trimmed.len(), format!("{gap}{bullet}"))
}

/// Returns the edit that appends a row to the status log, if the plan has one.
fn status_row(file: &File, today: Date, status: State, note: &str) -> Vec<Edit> {
    let plan = file.plan();
    let Some(table) = plan.tables().find(|table| table.kind() == TableKind::StatusLog) else {
        return Vec::new();
    };
    let word = plan.status().map(|field| field.value.into_owned());
    let word = word.filter(|word| plan.state_of(word) == Some(status)).unwrap_or_default();
    let rows = table.rows();
    let mut cells = Vec::new();
    let mut has_note = false;
    for column in table.columns() {
        cells.push(match column {
            Column::Date => today.to_string(),
            Column::Status => word.clone(),
            Column::Owner => file.environment().owner.clone().unwrap_or_default(),
            Column::Notes | Column::Description | Column::Change if !has_note => {
                has_note = true;
                note.replace('|', "\\|")
            }
            _ => String::new(),
        });
    }
    let cell = |cell: &String| if cell.is_empty() { " ".to_owned() } else { format!(" {cell} ") };
    let text = format!("|{}|", cells.iter().map(cell).collect::<Vec<_>>().join("|"));
    let newline = if insert::uses_crlf(file) { "\r\n" } else { "\n" };
    let day = |row: &Row<'_>| date::first(row.cell(Column::Date)?.text)?.date;
    // A log with only sample rows is treated as empty, so the first entry replaces the first sample.
    if let Some(sample) = rows.first().filter(|_| rows.iter().all(|row| day(row).is_none())) {
        return vec![Edit::replace(sample.range.clone(), text)];
    }
    let newest_first =
        matches!((rows.first().and_then(day), rows.last().and_then(day)), (Some(a), Some(b)) if a > b);
    vec![row_at(&table, &rows, newest_first, text, newline)]
}

/// Returns the edit that inserts a row at the start (`first`) or at the end of a log.
fn row_at(table: &Table<'_>, rows: &[Row<'_>], first: bool, text: String, newline: &str) -> Edit {
    match (rows.first(), rows.last()) {
        (Some(row), _) if first => Edit::insert(row.range.start, format!("{text}{newline}")),
        (_, Some(row)) => Edit::insert(row.range.end, format!("{newline}{text}")),
        _ => Edit::insert(table.range().end, format!("{newline}{text}")),
    }
}
