//! Keeping the books of a plan: when it was updated, how far it is, what its log says.

use jiff::civil::Date;
use plan_model::{Column, Item, ItemKind, Meaning, Row, Section, State, Table, TableKind, date};

use super::{
    draft::Draft,
    states::{Writer, phase_rows},
};
use crate::{Edit, File, figures::figures, insert, rules::missing_section};

/// Sets items to a state and keeps the books with it. `today` goes where the plan says when it was updated.
pub(crate) fn set_and_keep(file: &File, items: &[Item<'_>], to: State) -> Vec<Edit> {
    let writer = Writer::new(file);
    let states: Vec<Edit> = items.iter().flat_map(|item| writer.set(item, to)).collect();
    let mut draft = Draft::new(file);
    draft.step(&states);
    let note = note(items, to);
    keep(&mut draft, file, Some(&note), None);
    draft.edits()
}

/// Brings the figures of progress up to date, and nothing else.
pub(crate) fn update_figures(file: &File) -> Vec<Edit> {
    let new = figures(file).into_iter().filter(|figure| !figure.is_true()).filter_map(|figure| {
        let written = file.document().slice(figure.place.clone());
        let text = figure.written_as(&written, figure.usual())?;
        Some(Edit::replace(figure.place, text))
    });
    new.collect()
}

/// Sets the plan's status, with a row in its status log, and everything that a finished plan fills in.
pub(crate) fn set_status(file: &File, to: State) -> Vec<Edit> {
    let mut draft = Draft::new(file);
    let status = Writer::new(file).set_plan(to);
    if status.is_empty() {
        return Vec::new();
    }
    draft.step(&status);
    keep(&mut draft, file, None, Some(to));
    if to == State::Done {
        let step = at_completion(draft.file());
        draft.step(&step);
    }
    draft.edits()
}

/// What a finished plan fills in: the sections that its template asks for only then.
fn at_completion(file: &File) -> Vec<Edit> {
    let plan = file.plan();
    let mut edits = Vec::new();
    if let Some(binding) = file.binding() {
        let specs = &binding.template().sections;
        let due = missing_section::due(plan, binding).into_iter().filter(|spec| specs[*spec].on_completion);
        edits = missing_section::merged(due.map(|spec| insert::section(file, binding, spec)).collect());
    }
    // The note that it is to be filled in then has done its work.
    for section in plan.sections() {
        let body = section.heading_range().end..section.range().end;
        let text = file.document().slice(body.clone());
        if let Some(at) = text.find(TO_BE_FILLED).filter(|at| text[..*at].trim().is_empty()) {
            let end = at + TO_BE_FILLED.len();
            let blank = text[end..].len() - text[end..].trim_start().len();
            edits.push(Edit::replace(body.start + at..body.start + end + blank, ""));
        }
    }
    edits.sort_by_key(|edit| edit.range.start);
    edits
}

/// How templates mark what only a finished plan has.
const TO_BE_FILLED: &str = "[To be filled upon completion]";

/// The steps after states have changed. `before` is the file as it was.
fn keep(draft: &mut Draft, before: &File, note: Option<&str>, status: Option<State>) {
    let step = phase_cells(draft.file(), before);
    draft.step(&step);
    let step = figures_after(draft.file(), before);
    draft.step(&step);
    let Some(today) = before.environment().today.as_ref().and_then(|today| today.parse::<Date>().ok()) else {
        return;
    };
    let step = updated(draft.file(), today);
    draft.step(&step);
    let step = match (status, note) {
        (Some(status), _) => status_row(draft.file(), today, status, ""),
        (None, Some(note)) => log_entry(draft.file(), today, note),
        (None, None) => Vec::new(),
    };
    draft.step(&step);
}

/// `Completed: Task 1.1 Copy the data`.
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
        let id = item.id_range().map(|range| item.plan().document().slice(range));
        id.map_or_else(|| item.title(), |id| format!("{id} {}", item.title()))
    };
    let named: Vec<String> = items.iter().filter(|item| item.kind() == ItemKind::Task).map(name).collect();
    match &named[..] {
        [] => items.first().map(|item| format!("{verb}: {}", name(item))).unwrap_or_default(),
        few if few.len() <= 3 => format!("{verb}: {}", few.join(", ")),
        [first, others @ ..] => format!("{verb}: {first} and {} more", others.len()),
    }
}

/// The status cells of phases that have become done or are no longer, or have been begun.
fn phase_cells(file: &File, before: &File) -> Vec<Edit> {
    let writer = Writer::new(file);
    let mut edits = Vec::new();
    for (phase, row) in phase_rows(file) {
        let Some(cell) = row.cell(Column::Status) else { continue };
        let now = phase.derived();
        if before.plan().item(phase.index()).and_then(|old| old.derived()) == now {
            continue;
        }
        let to = match now {
            Some(State::Done) => State::Done,
            Some(State::Active) => State::Active,
            _ => continue,
        };
        let choices = cell.text.trim_matches(['[', ']']).split(['/', '|']).map(str::trim);
        let chosen = choices.clone().find(|choice| file.plan().state_of(choice) == Some(to));
        // A choice that nobody made is made; a written value is written anew.
        let new = match chosen.filter(|_| choices.count() > 1) {
            Some(choice) => choice.to_owned(),
            None => writer.value(cell.text, to),
        };
        if new != cell.text {
            edits.push(Edit::replace(cell.range, new));
        }
    }
    edits
}

/// Figures that were true and are no longer, counted the same way; and percentages that nobody has filled in.
fn figures_after(file: &File, before: &File) -> Vec<Edit> {
    let old = figures(before);
    let mut edits = Vec::new();
    for (number, figure) in figures(file).into_iter().enumerate() {
        let way = old.get(number).and_then(|old| old.way());
        let now = way.and_then(|way| figure.count(way)).unwrap_or_else(|| figure.usual());
        let written = file.document().slice(figure.place.clone());
        let stays = match way {
            Some(_) => false,
            None => figure.is_true(),
        };
        if let Some(text) = figure.written_as(&written, now).filter(|text| *text != written && !stays) {
            edits.push(Edit::replace(figure.place, text));
        }
    }
    edits.extend(unfilled(file));
    edits
}

/// `[X]% overall`, and `[X%]` in the row of a phase.
fn unfilled(file: &File) -> Vec<Edit> {
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

/// The days on which the plan says that it was updated.
fn updated(file: &File, today: Date) -> Vec<Edit> {
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
            let blank =
                old.is_empty() && file.document().slice(place.start.saturating_sub(1)..place.start) == ":";
            let text = if blank { format!(" {today}") } else { today.to_string() };
            edits.push(Edit::replace(place, text));
        }
    }
    edits.sort_by_key(|edit| edit.range.start);
    edits.dedup();
    edits
}

/// An entry of the update log, else a row of the status log.
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

/// A bullet at the end of the last list of a section, or at its end.
fn end_of_list(file: &File, section: &Section<'_>, bullet: &str) -> Edit {
    let text = file.document().slice(section.range());
    let bare = text.trim_end_matches(|c: char| c.is_whitespace() || c == '-');
    let newline = if insert::uses_crlf(file) { "\r\n" } else { "\n" };
    let last_line = bare.lines().last().unwrap_or_default().trim_start();
    let gap = if last_line.starts_with(['-', '*', '+']) { newline.to_owned() } else { newline.repeat(2) };
    Edit::insert(section.range().start + bare.len(), format!("{gap}{bullet}"))
}

/// A row of the status log, where there is one.
fn status_row(file: &File, today: Date, status: State, note: &str) -> Vec<Edit> {
    let plan = file.plan();
    let Some(table) = plan.tables().find(|table| table.kind() == TableKind::StatusLog) else {
        return Vec::new();
    };
    let word = plan.status().map(|field| field.value.into_owned());
    let word = word.filter(|word| plan.state_of(word) == Some(status)).unwrap_or_default();
    let rows = table.rows();
    let mut cells = Vec::new();
    let mut noted = false;
    for column in table.columns() {
        cells.push(match column {
            Column::Date => today.to_string(),
            Column::Status => word.clone(),
            Column::Owner => file.environment().owner.clone().unwrap_or_default(),
            Column::Notes | Column::Description | Column::Change if !noted => {
                noted = true;
                note.replace('|', "\\|")
            }
            _ => String::new(),
        });
    }
    let cell = |cell: &String| if cell.is_empty() { " ".to_owned() } else { format!(" {cell} ") };
    let text = format!("|{}|", cells.iter().map(cell).collect::<Vec<_>>().join("|"));
    let newline = if insert::uses_crlf(file) { "\r\n" } else { "\n" };
    let day = |row: &Row<'_>| date::first(row.cell(Column::Date)?.text)?.date;
    // A log of sample rows is a log without rows: the first real one takes the place of the first sample.
    if let Some(sample) = rows.first().filter(|_| rows.iter().all(|row| day(row).is_none())) {
        return vec![Edit::replace(sample.range.clone(), text)];
    }
    let newest_first =
        matches!((rows.first().and_then(day), rows.last().and_then(day)), (Some(a), Some(b)) if a > b);
    vec![row_at(&table, &rows, newest_first, text, newline)]
}

/// Where a new row of a log goes.
fn row_at(table: &Table<'_>, rows: &[Row<'_>], first: bool, text: String, newline: &str) -> Edit {
    match (rows.first(), rows.last()) {
        (Some(row), _) if first => Edit::insert(row.range.start, format!("{text}{newline}")),
        (_, Some(row)) => Edit::insert(row.range.end, format!("{newline}{text}")),
        _ => Edit::insert(table.range().end, format!("{newline}{text}")),
    }
}
