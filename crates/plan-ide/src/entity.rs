//! Named entities of a plan and their occurrences: items, headings, people, milestones, Gantt tasks, link definitions.
//! Used by renaming, definition, references and highlights.

use plan_model::{Column, Item, Meaning, Plan};
use plan_syntax::{BlockKind, RangeExt};

use crate::{File, TextRange, editing::references::References};

/// A named part of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entity {
    /// ID of a phase or task, by item index.
    Id(usize),
    /// Text of a heading, by section index; for a phase or task, the text after its ID.
    Heading(usize),
    /// Title of a task that is not a heading, by item index.
    Title(usize),
    /// A person who owns a plan, phase or task.
    Person(String),
    /// Name of a milestone in the milestone table.
    Milestone(String),
    /// ID of a Gantt task: index of the chart, and the ID.
    GanttId(usize, String),
    /// Normalized label of a link definition.
    Label(String),
}

/// Returns the entity at an offset, with the range of its name.
pub fn entity_at(file: &File, offset: usize) -> Option<(Entity, TextRange)> {
    let touches = |place: &TextRange| place.start <= offset && offset <= place.end;
    let plan = file.plan();
    if let Some(found) = id_at(file, offset) {
        return Some(found);
    }
    if let Some(found) = gantt_id_at(file, offset) {
        return Some(found);
    }
    for (label, place) in labels(file, &(offset..offset)) {
        if touches(&place) {
            return Some((Entity::Label(label), place));
        }
    }
    let person = people(file, &(offset..offset)).into_iter().find(|(_, place)| touches(place));
    if let Some((name, place)) = person {
        return Some((Entity::Person(name), place));
    }
    let milestones = plan.segment_view_at(offset).map(|part| part.milestones()).unwrap_or_default();
    let title = milestones.into_iter().map(|milestone| milestone.title).find(|title| touches(&title.range));
    if let Some(title) = title {
        return Some((Entity::Milestone(title.text.to_owned()), title.range));
    }
    let section = plan
        .segment_view_at(offset)
        .and_then(|part| part.sections().find(|found| touches(&found.text_range())));
    if let Some(section) = section {
        let place = match section.item() {
            Some(item) => item.title_range(),
            None => section.text_range(),
        };
        return touches(&place).then_some((Entity::Heading(section.index()), place));
    }
    let mut items = plan.segment_view_at(offset)?.items();
    let item = items.find(|item| !item.title_range().is_empty() && touches(&item.title_range()))?;
    Some((Entity::Title(item.index()), item.title_range()))
}

/// Returns the entity of an item's ID at its definition or at a reference. The range includes the keyword.
fn id_at(file: &File, offset: usize) -> Option<(Entity, TextRange)> {
    let touches = |place: &TextRange| place.start <= offset && offset <= place.end;
    let plan = file.plan();
    let mut near = plan.segment_view_at(offset).into_iter().flat_map(|part| part.items());
    let own = near.find_map(|item| Some((item.index(), item.id_range().filter(&touches)?)));
    let other = || {
        let mut items = plan.items_with_other_places();
        items.find_map(|item| Some((item.index(), item.other_id_ranges().find(&touches)?)))
    };
    if let Some((index, place)) = own.or_else(other) {
        return Some((Entity::Id(index), place));
    }
    let references = References::within(file, &(offset..offset));
    let name = references.names().iter().find(|name| touches(&name.range))?;
    let place = name.range.clone();
    match name.targets[..] {
        [(_, Some(item))] => Some((Entity::Id(item), place)),
        // A range names two items. The cursor selects the nearer one.
        [(_, Some(first)), .., (_, Some(last))] if name.ids.len() == 2 => {
            let middle = place.start + place.len() / 2;
            Some((Entity::Id(if offset <= middle { first } else { last }), place))
        }
        _ => None,
    }
}

fn gantt_id_at(file: &File, offset: usize) -> Option<(Entity, TextRange)> {
    for (number, (start, chart)) in file.plan().gantt_charts().iter().enumerate() {
        let ids = chart.tasks.iter().flat_map(|task| task.id.iter().chain(&task.after).chain(&task.until));
        for id in ids {
            let place = start + id.start..start + id.end;
            if place.start <= offset && offset <= place.end {
                return Some((Entity::GanttId(number, file.document().slice(place.clone())), place));
            }
        }
    }
    None
}

/// Returns the occurrences of an entity in a document, in order. The definition comes first if the entity has one.
pub fn occurrences(file: &File, entity: &Entity) -> Vec<TextRange> {
    let plan = file.plan();
    match entity {
        Entity::Id(index) => {
            let item = plan.item(*index);
            let other = item.into_iter().flat_map(|item| item.other_id_ranges());
            let own = item.and_then(|item| item.id_range()).into_iter().chain(other);
            let references = References::of(file);
            let others = references.names().iter().filter(|name| {
                let ends = [name.targets.first(), name.targets.last()];
                ends.into_iter().flatten().any(|(_, item)| *item == Some(*index))
            });
            own.chain(others.map(|name| name.range.clone())).collect()
        }
        Entity::Heading(index) => {
            let section = plan.sections().nth(*index);
            let own =
                section.map(|section| section.item().map_or(section.text_range(), |item| item.title_range()));
            own.into_iter().collect()
        }
        Entity::Title(index) => {
            let Some(item) = plan.item(*index) else { return Vec::new() };
            let mut places = vec![item.title_range()];
            places.extend(tasks_with_title_of(file, &item));
            places
        }
        Entity::Person(name) => {
            let people = people(file, &(0..file.document().len())).into_iter();
            people.filter(|(other, _)| other == name).map(|(_, place)| place).collect()
        }
        Entity::Milestone(name) => {
            let rows = plan.milestones().into_iter().map(|milestone| milestone.title);
            let mut places: Vec<TextRange> =
                rows.filter(|title| title.text == name).map(|title| title.range).collect();
            places.extend(tasks_named(file, name));
            places.extend(
                plan.text_timeline_entries()
                    .into_iter()
                    .map(|task| task.name)
                    .filter(|task| file.document().slice(task.clone()) == *name),
            );
            places
        }
        Entity::GanttId(chart, id) => {
            let Some((start, chart)) = plan.gantt_charts().get(*chart) else { return Vec::new() };
            let own = chart.tasks.iter().filter_map(|task| task.id.as_ref());
            let uses = chart.tasks.iter().flat_map(|task| task.after.iter().chain(&task.until));
            let places = own.chain(uses).map(|place| start + place.start..start + place.end);
            places.filter(|place| file.document().slice(place.clone()) == *id).collect()
        }
        Entity::Label(label) => {
            let labels = labels(file, &(0..file.document().len())).into_iter();
            labels.filter(|(other, _)| other == label).map(|(_, place)| place).collect()
        }
    }
}

/// Returns the Gantt tasks that have an item's title.
fn tasks_with_title_of(file: &File, item: &Item<'_>) -> Vec<TextRange> {
    tasks_named(file, &item.title())
}

fn tasks_named(file: &File, name: &str) -> Vec<TextRange> {
    let tasks = file.plan().gantt_charts().iter();
    let names = tasks.flat_map(|(start, chart)| {
        chart.tasks.iter().map(move |task| start + task.name.start..start + task.name.end)
    });
    names.filter(|place| file.document().slice(place.clone()) == name).collect()
}

/// Returns the people in owner fields and cells that touch a range, with their ranges.
fn people(file: &File, within: &TextRange) -> Vec<(String, TextRange)> {
    let (plan, document) = (file.plan(), file.document());
    let mut values: Vec<(String, usize)> = Vec::new();
    let header = plan.fields().into_iter().chain(plan.section_fields());
    // Fields of a task in the front matter belong to the task in the body.
    let in_front = document.front_matter().is_some_and(|front| front.range.touches(within));
    let items = plan.items().filter(|item| in_front || item.range().touches(within));
    let of_items = items.flat_map(|item| item.fields().collect::<Vec<_>>());
    for field in header.chain(of_items).filter(|field| field.value_range.touches(within)) {
        if matches!(field.meaning, Some(Meaning::Owner | Meaning::Author)) {
            values.push((document.slice(field.value_range.clone()), field.value_range.start));
        }
    }
    for table in plan.tables().filter(|table| table.range().touches(within)) {
        for row in table.rows() {
            let cells = table.columns().iter().zip(&row.cells);
            let owners = cells.filter(|(column, _)| matches!(column, Column::Owner | Column::Stakeholder));
            values.extend(owners.map(|(_, cell)| (cell.text.to_owned(), cell.range.start)));
        }
    }
    let mut found: Vec<(String, TextRange)> = Vec::new();
    for (value, start) in values {
        // A placeholder is not a name.
        if value.starts_with('[') && value.ends_with(']') && !value.contains(',') {
            continue;
        }
        for (at, name) in plan_model::list_names(&value) {
            found.push((name.to_owned(), start + at..start + at + name.len()));
        }
    }
    found.sort_by_key(|(_, place)| place.start);
    found.dedup();
    found
}

/// Returns the normalized labels of link definitions and of links that use them, with their ranges: at least the labels
/// that touch a range, definitions first.
fn labels(file: &File, within: &TextRange) -> Vec<(String, TextRange)> {
    let (plan, document) = (file.plan(), file.document());
    let mut found: Vec<(String, TextRange)> = Vec::new();
    for (start, segment) in document.segments().filter(|(_, segment)| !segment.is_prologue()) {
        if !(start..start + segment.len()).touches(within) {
            continue;
        }
        let content = document.content(start, segment);
        for block in &content.outline.blocks {
            if let BlockKind::LinkDefinition { label, .. } = &block.kind {
                let place = start + label.start as usize..start + label.end as usize;
                found.push((normalized_label(&document.slice(place.clone())), place));
            }
        }
    }
    found.extend(uses(plan, within));
    found
}

/// Returns the normalized labels, with their ranges, of the links `[text][label]`, `[label][]` and `[label]` in the
/// segments that a range touches.
fn uses(plan: &Plan, within: &TextRange) -> Vec<(String, TextRange)> {
    let document = plan.document();
    let links = plan.links_in(within).into_iter().filter(|link| {
        // The target is in the definition, not in the link.
        link.target_range.end <= link.range.start || link.range.end <= link.target_range.start
    });
    links
        .filter_map(|link| {
            let written = document.slice(link.range.clone());
            let trimmed = written.strip_suffix("[]").unwrap_or(&written);
            let close = trimmed.strip_suffix(']')?.len();
            let open = trimmed[..close].rfind('[')? + 1;
            Some((normalized_label(&trimmed[open..close]), link.range.start + open..link.range.start + close))
        })
        .collect()
}

/// Normalizes a label as CommonMark does (4.7): case and runs of whitespace are ignored.
pub(crate) fn normalized_label(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
