//! What a word of a plan names, and where else it is named: items, headings, people, milestones, bars of charts, link
//! definitions. Rename, definition, references and highlights ask here.

use plan_model::{Column, Item, Meaning, Plan};
use plan_syntax::BlockKind;

use crate::{File, Place, editing::references::References};

/// Something that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// The number of a phase or a task, by the item's index.
    Number(usize),
    /// A heading's text, by the section's index; of a phase or task what follows its number.
    Heading(usize),
    /// The name of a task that is no heading, by the item's index.
    Title(usize),
    /// Someone who owns something.
    Person(String),
    /// A milestone of the table of milestones.
    Milestone(String),
    /// The id of a bar: the chart by its index, and the id.
    Bar(usize, String),
    /// The label of a link definition, as it is compared.
    Label(String),
}

/// What the word at a byte names, with the place of the name.
pub fn at(file: &File, offset: usize) -> Option<(Named, Place)> {
    let touches = |place: &Place| place.start <= offset && offset <= place.end;
    let plan = file.plan();
    if let Some(found) = number_at(file, offset) {
        return Some(found);
    }
    if let Some(found) = bar_at(file, offset) {
        return Some(found);
    }
    for (label, place) in labels(file, &(offset..offset)) {
        if touches(&place) {
            return Some((Named::Label(label), place));
        }
    }
    let person = people(file, &(offset..offset)).into_iter().find(|(_, place)| touches(place));
    if let Some((name, place)) = person {
        return Some((Named::Person(name), place));
    }
    let milestones = plan.part_at(offset).map(|part| part.milestones()).unwrap_or_default();
    let title = milestones.into_iter().map(|milestone| milestone.title).find(|title| touches(&title.range));
    if let Some(title) = title {
        return Some((Named::Milestone(title.text.to_owned()), title.range));
    }
    let section =
        plan.part_at(offset).and_then(|part| part.sections().find(|found| touches(&found.text_range())));
    if let Some(section) = section {
        let place = match section.item() {
            Some(item) => item.title_range(),
            None => section.text_range(),
        };
        return touches(&place).then_some((Named::Heading(section.index()), place));
    }
    let mut items = plan.part_at(offset)?.items();
    let item = items.find(|item| !item.title_range().is_empty() && touches(&item.title_range()))?;
    Some((Named::Title(item.index()), item.title_range()))
}

/// The number of an item, at itself or where it is referred to: the range covers it with its word.
fn number_at(file: &File, offset: usize) -> Option<(Named, Place)> {
    let touches = |place: &Place| place.start <= offset && offset <= place.end;
    let plan = file.plan();
    let mut near = plan.part_at(offset).into_iter().flat_map(|part| part.items());
    let own = near.find_map(|item| Some((item.index(), item.id_range().filter(&touches)?)));
    if let Some((index, place)) = own {
        return Some((Named::Number(index), place));
    }
    let references = References::within(file, &(offset..offset));
    let name = references.names().iter().find(|name| touches(&name.range))?;
    let place = name.range.clone();
    match name.targets[..] {
        [(_, Some(item))] => Some((Named::Number(item), place)),
        // A range names two: which end is meant tells the cursor.
        [(_, Some(first)), .., (_, Some(last))] if name.ids.len() == 2 => {
            let middle = place.start + place.len() / 2;
            Some((Named::Number(if offset <= middle { first } else { last }), place))
        }
        _ => None,
    }
}

fn bar_at(file: &File, offset: usize) -> Option<(Named, Place)> {
    for (number, (start, chart)) in file.plan().charts().iter().enumerate() {
        let ids = chart.bars.iter().flat_map(|bar| bar.id.iter().chain(&bar.after).chain(&bar.until));
        for id in ids {
            let place = start + id.start..start + id.end;
            if place.start <= offset && offset <= place.end {
                return Some((Named::Bar(number, file.document().slice(place.clone())), place));
            }
        }
    }
    None
}

/// Where something is named in its document, in order: the definition first where it has one.
pub fn places(file: &File, named: &Named) -> Vec<Place> {
    let plan = file.plan();
    match named {
        Named::Number(index) => {
            let own = plan.item(*index).and_then(|item| item.id_range());
            let references = References::of(file);
            let others = references.names().iter().filter(|name| {
                let ends = [name.targets.first(), name.targets.last()];
                ends.into_iter().flatten().any(|(_, item)| *item == Some(*index))
            });
            own.into_iter().chain(others.map(|name| name.range.clone())).collect()
        }
        Named::Heading(index) => {
            let section = plan.sections().nth(*index);
            let own =
                section.map(|section| section.item().map_or(section.text_range(), |item| item.title_range()));
            own.into_iter().collect()
        }
        Named::Title(index) => {
            let Some(item) = plan.item(*index) else { return Vec::new() };
            let mut places = vec![item.title_range()];
            places.extend(bars_called(file, &item));
            places
        }
        Named::Person(name) => {
            let people = people(file, &(0..file.document().len())).into_iter();
            people.filter(|(other, _)| other == name).map(|(_, place)| place).collect()
        }
        Named::Milestone(name) => {
            let rows = plan.milestones().into_iter().map(|milestone| milestone.title);
            let mut places: Vec<Place> =
                rows.filter(|title| title.text == name).map(|title| title.range).collect();
            places.extend(bars_named(file, name));
            places.extend(
                plan.text_bars()
                    .into_iter()
                    .map(|bar| bar.name)
                    .filter(|bar| file.document().slice(bar.clone()) == *name),
            );
            places
        }
        Named::Bar(chart, id) => {
            let Some((start, chart)) = plan.charts().get(*chart) else { return Vec::new() };
            let own = chart.bars.iter().filter_map(|bar| bar.id.as_ref());
            let uses = chart.bars.iter().flat_map(|bar| bar.after.iter().chain(&bar.until));
            let places = own.chain(uses).map(|place| start + place.start..start + place.end);
            places.filter(|place| file.document().slice(place.clone()) == *id).collect()
        }
        Named::Label(label) => {
            let labels = labels(file, &(0..file.document().len())).into_iter();
            labels.filter(|(other, _)| other == label).map(|(_, place)| place).collect()
        }
    }
}

/// The bars of charts that have an item's name.
fn bars_called(file: &File, item: &Item<'_>) -> Vec<Place> {
    bars_named(file, &item.title())
}

fn bars_named(file: &File, name: &str) -> Vec<Place> {
    let bars = file.plan().charts().iter();
    let names = bars.flat_map(|(start, chart)| {
        chart.bars.iter().map(move |bar| start + bar.name.start..start + bar.name.end)
    });
    names.filter(|place| file.document().slice(place.clone()) == name).collect()
}

fn touch(a: &Place, b: &Place) -> bool {
    a.start <= b.end && b.start <= a.end
}

/// The names of people in owner fields and cells that touch a range, with their places.
fn people(file: &File, within: &Place) -> Vec<(String, Place)> {
    let (plan, document) = (file.plan(), file.document());
    let mut values: Vec<(String, usize)> = Vec::new();
    let header = plan.fields().into_iter().chain(plan.section_fields());
    // The fields of a task in the front matter belong to the task in the text.
    let in_front = document.front_matter().is_some_and(|front| touch(&front.range, within));
    let items = plan.items().filter(|item| in_front || touch(&item.range(), within));
    let of_items = items.flat_map(|item| item.fields().collect::<Vec<_>>());
    for field in header.chain(of_items).filter(|field| touch(&field.value_range, within)) {
        if matches!(field.meaning, Some(Meaning::Owner | Meaning::Author)) {
            values.push((document.slice(field.value_range.clone()), field.value_range.start));
        }
    }
    for table in plan.tables().filter(|table| touch(&table.range(), within)) {
        for row in table.rows() {
            let cells = table.columns().iter().zip(&row.cells);
            let owners = cells.filter(|(column, _)| matches!(column, Column::Owner | Column::Stakeholder));
            values.extend(owners.map(|(_, cell)| (cell.text.to_owned(), cell.range.start)));
        }
    }
    let mut found: Vec<(String, Place)> = Vec::new();
    for (value, start) in values {
        // What nobody filled in is nobody's name.
        if value.starts_with('[') && value.ends_with(']') && !value.contains(',') {
            continue;
        }
        for (at, name) in plan_model::names(&value) {
            found.push((name.to_owned(), start + at..start + at + name.len()));
        }
    }
    found.sort_by_key(|(_, place)| place.start);
    found.dedup();
    found
}

/// The labels of link definitions and of the links that use them, as they are compared, with their places: at least those
/// that touch a range, the definitions first.
fn labels(file: &File, within: &Place) -> Vec<(String, Place)> {
    let (plan, document) = (file.plan(), file.document());
    let mut found: Vec<(String, Place)> = Vec::new();
    for (start, segment) in document.segments().filter(|(_, segment)| !segment.is_prologue()) {
        if !touch(&(start..start + segment.len()), within) {
            continue;
        }
        let content = document.content(start, segment);
        for block in &content.outline.blocks {
            if let BlockKind::LinkDefinition { label, .. } = &block.kind {
                let place = start + label.start as usize..start + label.end as usize;
                found.push((compared(&document.slice(place.clone())), place));
            }
        }
    }
    found.extend(uses(plan, within));
    found
}

/// `[text][label]`, `[label][]` and `[label]` in the segments that a range touches.
fn uses(plan: &Plan, within: &Place) -> Vec<(String, Place)> {
    let document = plan.document();
    let links = plan.links_in(within).into_iter().filter(|link| {
        // The target stands in the definition, not in the link.
        link.target_range.end <= link.range.start || link.range.end <= link.target_range.start
    });
    links
        .filter_map(|link| {
            let written = document.slice(link.range.clone());
            let bare = written.strip_suffix("[]").unwrap_or(&written);
            let close = bare.strip_suffix(']')?.len();
            let open = bare[..close].rfind('[')? + 1;
            Some((compared(&bare[open..close]), link.range.start + open..link.range.start + close))
        })
        .collect()
}

/// A label as CommonMark compares it (4.7): case and runs of blanks do not count.
pub(crate) fn compared(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
