//! Text of new tasks, in the form of the tasks next to them.

use plan_model::Item;
use plan_schema::family::ReferenceStyle;

use crate::File;

/// Returns the start of a new task in the form of the task `like`: its bullet, an unchecked checkbox, and the next free
/// ID, or `first_id` instead. Ends where the title starts.
pub(crate) fn start_like(file: &File, like: &Item<'_>, first_id: Option<&str>) -> String {
    let document = file.document();
    let (line, title_start) = (like.line(), like.title_range().start);
    let id_range = like.id_range().filter(|range| range.end <= title_start);
    let before_end = id_range.as_ref().map_or(title_start, |range| range.start);
    let mut text = unchecked_start(&document.slice(line.start..before_end.max(line.start)));
    if let Some(range) = id_range {
        let id = first_id.map_or_else(|| next_id(file, &document.slice(range.clone())), str::to_owned);
        text.push_str(&id);
        let between = document.slice(range.end..title_start.max(range.end));
        let between = between.split('[').next().unwrap_or_default();
        text.push_str(between);
        if !between.ends_with(' ') {
            text.push(' ');
        }
    }
    text
}

/// Returns the start of a task with an unchecked checkbox, without a marker of optional tasks.
fn unchecked_start(before: &str) -> String {
    let mut characters = before.char_indices();
    let open = characters.find(|(_, c)| *c == '[').map(|(at, _)| at);
    match open.and_then(|open| Some((open, open + before[open..].find(']')?))) {
        Some((open, close)) => {
            let rest = before[close + 1..].strip_prefix('*').unwrap_or(&before[close + 1..]);
            format!("{}[ ]{}", &before[..open], rest.replace('✅', "⬜"))
        }
        None => before.to_owned(),
    }
}

/// Splits an ID into the text before its last number, the number, and its digits.
fn split(id: &str) -> Option<(String, u64, usize)> {
    let digits = id.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (prefix, number) = id.split_at(id.len() - digits);
    Some((prefix.to_owned(), number.parse().ok()?, digits))
}

/// Returns an ID as written with the next number: `T016` for `T015`.
pub(crate) fn following_id(written: &str) -> String {
    match split(written) {
        Some((prefix, number, digits)) => format!("{prefix}{:0digits$}", number.saturating_add(1)),
        None => written.to_owned(),
    }
}

/// Returns the next free ID in the series of an ID as written: `T032` for `T015`, `3.4` for `3.1`.
pub(crate) fn next_id(file: &File, written: &str) -> String {
    let Some((prefix, number, digits)) = split(written) else { return written.to_owned() };
    // The texts of IDs are compared from the largest number on, because reading all of them is slow.
    let plan = file.plan();
    let number_of = |item: &Item<'_>| {
        let id = item.id()?.as_str();
        id[id.trim_end_matches(|c: char| c.is_ascii_digit()).len()..].parse::<u64>().ok()
    };
    let mut numbers: Vec<(u64, usize)> =
        plan.items().filter_map(|item| Some((number_of(&item)?, item.index()))).collect();
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let last = numbers.into_iter().find_map(|(_, index)| {
        let (other, number, _) = split(&file.document().slice(plan.item(index)?.id_range()?))?;
        (other == prefix).then_some(number)
    });
    format!("{prefix}{:0digits$}", last.unwrap_or(number) + 1)
}

/// Returns a line with a field that refers to requirements, in the form of the last such field of the document. The
/// line starts with a newline.
pub(crate) fn field_line(file: &File, name: &str, indent: &str, ids: &[String]) -> String {
    let ids = ids.join(", ");
    let last = file.family_facts().and_then(|facts| {
        facts
            .references
            .iter()
            .rev()
            .find(|reference| reference.style == ReferenceStyle::Field && reference.is_certain())
    });
    if let Some(last) = last {
        let document = file.document();
        let range =
            document.line_start(last.span.start as usize)..document.line_end(last.span.start as usize);
        let line = document.slice(range.clone());
        let line = line.trim_end();
        let before = &line[..(last.first.start as usize - range.start).min(line.len())];
        let bullet = before.trim_start();
        // The first ID of the line follows the name of the field.
        let colon = bullet
            .find([':', '：'])
            .map_or(bullet.len(), |at| at + bullet[at..].chars().next().map_or(0, char::len_utf8));
        let closing: String = line
            .chars()
            .rev()
            .take_while(|c| matches!(c, '_' | '*' | ')' | ']'))
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let is_item = bullet.starts_with(['-', '*', '+']) && bullet[1..].starts_with(' ');
        if is_item {
            let after_colon: String =
                bullet[colon..].chars().take_while(|c| c.is_whitespace() || matches!(c, '*' | '_')).collect();
            return format!("\n{indent}  {}{after_colon}{ids}{closing}", &bullet[..colon]);
        }
    }
    format!("\n{indent}  - _{name}: {ids}_")
}
