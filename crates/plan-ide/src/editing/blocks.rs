//! Items as blocks of text that can be moved.

use plan_model::{Item, ItemKind, MalformedCheckboxKind, StateSourceKind};

use crate::{Edit, File, TextRange, insert};

/// Returns the range of an item and its details, without trailing newlines and thematic breaks. `None` for rows and
/// bold paragraphs, whose details cannot be distinguished from the following text.
pub(crate) fn text_of(file: &File, item: &Item<'_>) -> Option<TextRange> {
    let range = match item.form() {
        StateSourceKind::TableRow | StateSourceKind::FrontMatter | StateSourceKind::Paragraph => return None,
        _ => item.range(),
    };
    let is_no_list_item = |kind| {
        matches!(
            kind,
            MalformedCheckboxKind::NoBullet
                | MalformedCheckboxKind::UnknownBullet
                | MalformedCheckboxKind::OddSpace
        )
    };
    if item.malformed_checkbox().is_some_and(|(kind, _)| is_no_list_item(kind)) {
        return None;
    }
    let text = file.document().slice(range.clone());
    let mut trimmed = text.trim_end();
    if is_heading(item) {
        trimmed = trimmed.strip_suffix("\n---").unwrap_or(trimmed).trim_end();
    }
    (!trimmed.is_empty()).then(|| range.start..range.start + trimmed.len())
}

/// Returns whether an item is a heading, so that its block is the whole section.
pub(crate) fn is_heading(item: &Item<'_>) -> bool {
    item.section().is_some_and(|section| section.item().is_some_and(|own| own.index() == item.index()))
}

/// Returns the items in the same list as `item`, including itself: same parent, same form, same section; for headings,
/// the same level instead.
pub(crate) fn siblings<'a>(file: &'a File, item: &Item<'_>) -> Vec<Item<'a>> {
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
    file.plan().items().filter(alike).collect()
}

/// Returns the edits that exchange the texts of two ranges, given in document order.
pub(crate) fn exchange(file: &File, first: &TextRange, second: &TextRange) -> Vec<Edit> {
    let text = |place: &TextRange| file.document().slice(place.clone());
    vec![Edit::replace(first.clone(), text(second)), Edit::replace(second.clone(), text(first))]
}

/// Returns the edit that removes an item and the newline that becomes superfluous. `None` if the item cannot be moved;
/// see [`text_of`].
pub(crate) fn removal(file: &File, item: &Item<'_>) -> Option<Edit> {
    let text = text_of(file, item)?;
    let document = file.document();
    let range = if is_heading(item) {
        // Remove the whole section: the following text starts at the same offset.
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

/// Returns the edit that inserts the text of an item after another item of the same form. `None` if that item cannot be
/// moved; see [`text_of`].
pub(crate) fn insert_after(file: &File, item: &Item<'_>, text: &str) -> Option<Edit> {
    let place = text_of(file, item)?;
    if is_heading(item) {
        return Some(insert::block(file, item.range().end, text));
    }
    let newline = if insert::uses_crlf(file) { "\r\n" } else { "\n" };
    let column = item.line().start - file.document().line_start(item.line().start);
    let text = text.replace("\r\n", "\n").replace('\n', newline);
    Some(Edit::insert(place.end, format!("{newline}{}{text}", " ".repeat(column))))
}

/// Returns the name of an item for the titles of actions: its ID with `Phase` or `Task`, otherwise its truncated title.
pub(crate) fn display_name(item: &Item<'_>) -> String {
    if let Some(written) = item.written_id() {
        // `2단계` has its keyword after the number.
        let has_word = written.starts_with(|c: char| c.is_alphabetic()) || !written.is_ascii();
        let word = if item.kind() == ItemKind::Phase { "Phase" } else { "Task" };
        return if has_word { written } else { format!("{word} {written}") };
    }
    let title = item.title();
    let cut: String = title.chars().take(40).collect();
    if cut.len() < title.len() { format!("`{cut}…`") } else { format!("`{cut}`") }
}
