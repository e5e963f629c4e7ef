//! Items as pieces of text that can be put elsewhere.

use plan_model::{CarrierKind, Item, ItemKind};

use crate::{Edit, File, Place, insert};

/// The text of an item with all that belongs to it, without line ends and rules behind it. Nothing for rows and bold
/// paragraphs, whose details nobody can tell from what follows.
pub(crate) fn text_of(file: &File, item: &Item<'_>) -> Option<Place> {
    let range = match item.form() {
        CarrierKind::TableRow | CarrierKind::FrontMatter | CarrierKind::Paragraph => return None,
        _ => item.range(),
    };
    if item.loose_box().is_some_and(|(kind, _)| kind == plan_model::LooseKind::NoBullet) {
        return None;
    }
    let text = file.document().slice(range.clone());
    let mut bare = text.trim_end();
    if is_heading(item) {
        bare = bare.strip_suffix("\n---").unwrap_or(bare).trim_end();
    }
    (!bare.is_empty()).then(|| range.start..range.start + bare.len())
}

/// Whether an item is a heading with what stands below.
pub(crate) fn is_heading(item: &Item<'_>) -> bool {
    item.section().is_some_and(|section| section.item().is_some_and(|own| own.index() == item.index()))
}

/// The items that stand beside one in its list: same item around, same section, written alike.
pub(crate) fn siblings<'a>(item: &Item<'a>) -> Vec<Item<'a>> {
    let plan = item.plan();
    let section = |item: &Item<'_>| if is_heading(item) { None } else { item.section().map(|s| s.index()) };
    let level = |item: &Item<'_>| item.section().filter(|_| is_heading(item)).map(|s| s.level());
    let alike = |other: &Item<'_>| {
        other.kind() == item.kind()
            && other.parent() == item.parent()
            && section(other) == section(item)
            && level(other) == level(item)
            && other.form() == item.form()
            && other.scope().map(|s| s.index()) == item.scope().map(|s| s.index())
    };
    plan.items().filter(alike).collect()
}

/// Takes two pieces of text in document order and puts each in the place of the other.
pub(crate) fn swapped(file: &File, first: &Place, second: &Place) -> Vec<Edit> {
    let text = |place: &Place| file.document().slice(place.clone());
    vec![Edit::replace(first.clone(), text(second)), Edit::replace(second.clone(), text(first))]
}

/// Takes an item away with the line ends that nobody needs any more.
pub(crate) fn without(file: &File, item: &Item<'_>) -> Option<Edit> {
    let text = text_of(file, item)?;
    let document = file.document();
    let range = if is_heading(item) {
        // All of the section: what follows begins where it began.
        let range = item.range();
        let before = document.slice(0..range.start);
        let last = range.end >= document.len();
        let start = if last { before.trim_end().len() } else { range.start };
        let newline = if insert::uses_crlf(file) { 2 } else { 1 };
        if last && start + newline <= range.start { start + newline..range.end } else { range }
    } else {
        let start = document.line_start(text.start);
        let rest = document.slice(text.end..document.len().min(text.end + 2));
        let line_end = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with(['\n', '\r'])) };
        start..text.end + line_end
    };
    Some(Edit::replace(range, ""))
}

/// Puts the text of an item behind another one of the same form.
pub(crate) fn behind(file: &File, item: &Item<'_>, text: &str) -> Option<Edit> {
    let place = text_of(file, item)?;
    if is_heading(item) {
        return Some(insert::block(file, item.range().end, text));
    }
    let newline = if insert::uses_crlf(file) { "\r\n" } else { "\n" };
    let column = item.line().start - file.document().line_start(item.line().start);
    let text = text.replace("\r\n", "\n").replace('\n', newline);
    Some(Edit::insert(place.end, format!("{newline}{}{text}", " ".repeat(column))))
}

/// What a title calls an item: its id with its word, else its name, cut.
pub(crate) fn called(item: &Item<'_>) -> String {
    if let Some(id) = item.id_range() {
        let written = item.plan().document().slice(id);
        let worded = written.starts_with(|c: char| c.is_alphabetic());
        let word = if item.kind() == ItemKind::Phase { "Phase" } else { "Task" };
        return if worded { written } else { format!("{word} {written}") };
    }
    let title = item.title();
    let cut: String = title.chars().take(40).collect();
    if cut.len() < title.len() { format!("`{cut}…`") } else { format!("`{cut}`") }
}
