//! The value that the cursor stands in: of a field, of an entry of the front matter, of a cell. Whether there may be one is
//! told by the line alone.

use plan_model::{Column, Meaning, fields_of};

use super::context::{Context, Surroundings};
use crate::Place;

/// A value.
#[derive(Clone, Debug)]
pub(super) struct Value {
    /// The key of its field, or the title of its column.
    pub(super) key: String,
    /// What the key means.
    pub(super) meaning: Option<Meaning>,
    /// For a cell, what its column holds.
    pub(super) column: Option<Column>,
    /// The value, grown so that it holds the cursor.
    pub(super) range: Place,
    /// What has to stand before a value that is put there.
    pub(super) lead: &'static str,
    /// What has to stand behind it.
    pub(super) tail: &'static str,
    /// Where its key starts, or its row.
    pub(super) key_at: usize,
}

/// A part of a value that is a list.
pub(super) struct Element {
    /// The part, without blanks around it.
    pub(super) range: Place,
    /// The value before it.
    pub(super) before: String,
    /// The value behind it.
    pub(super) after: String,
}

/// The value at the cursor.
pub(super) fn at(context: &Context<'_>) -> Option<Value> {
    if context.in_backticks() {
        return None;
    }
    let bare = context.line.trim_start_matches([' ', '\t', '>']);
    if bare.starts_with('|') {
        return if context.in_plan() && context.in_text() { cell(context, bare) } else { None };
    }
    let found = fields_of(without_bullet(bare)).len();
    let may_be_entry = context.typed().contains(':');
    if found == 0 && !may_be_entry || !context.in_plan() {
        return None;
    }
    match context.surroundings() {
        Surroundings::FrontMatter if may_be_entry => entry(context),
        Surroundings::Text if found > 0 => field(context, bare),
        _ => None,
    }
}

fn without_bullet(text: &str) -> &str {
    ["- ", "* ", "+ "].iter().find_map(|bullet| text.strip_prefix(bullet)).unwrap_or(text)
}

fn field(context: &Context<'_>, bare: &str) -> Option<Value> {
    let bare = without_bullet(bare);
    let offset = context.line.len() - bare.len();
    let cursor = (context.at - context.line_start).checked_sub(offset)?;
    let fields = fields_of(bare);
    let index = fields.iter().rposition(|field| field.value.start <= cursor)?;
    let field = fields.get(index)?;
    // Blanks behind the value belong to it while it is being typed.
    let end = field.value.end.max(cursor);
    if !bare.get(field.value.end..end)?.trim().is_empty() {
        return None;
    }
    let touches = bare.get(..field.value.start)?.ends_with([':', '*', '_']);
    let base = context.line_start + offset;
    Some(Value {
        meaning: Meaning::of(&bare[field.key.clone()]),
        key: bare[field.key.clone()].to_owned(),
        column: None,
        range: base + field.value.start..base + end,
        lead: if touches { " " } else { "" },
        tail: "",
        key_at: base + field.key.start,
    })
}

fn entry(context: &Context<'_>) -> Option<Value> {
    let (key, value) = context.line.split_once(':')?;
    let first = context.line.len() - value.len();
    let blanks = value.len() - value.trim_start().len();
    let cursor = context.at - context.line_start;
    if cursor < first {
        return None;
    }
    let start = (first + blanks).min(cursor);
    let end = context.line.trim_end().len().max(cursor).max(start);
    Some(Value {
        meaning: Meaning::of(key.trim()),
        key: key.trim().to_owned(),
        column: None,
        range: context.line_start + start..context.line_start + end,
        lead: if start == first { " " } else { "" },
        tail: "",
        key_at: context.line_start + (key.len() - key.trim_start().len()),
    })
}

fn cell(context: &Context<'_>, bare: &str) -> Option<Value> {
    let plan = context.file.plan();
    let table = plan.tables().find(|table| {
        let range = table.range();
        range.start <= context.at && context.line_start <= range.end
    })?;
    let base = context.line_start + context.line.len() - bare.len();
    let rows = table.rows();
    let row = rows.iter().find(|row| {
        row.range.start < context.line_start + context.line.len().max(1)
            && context.line_start <= row.range.start
    })?;
    let cursor = context.at.checked_sub(base)?;
    // The pipes that are none of the text.
    let bytes = bare.as_bytes();
    let pipes: Vec<usize> =
        (0..bytes.len()).filter(|at| bytes[*at] == b'|' && (*at == 0 || bytes[*at - 1] != b'\\')).collect();
    let index = pipes.iter().rposition(|pipe| *pipe < cursor)?;
    let area = pipes[index] + 1..pipes.get(index + 1).copied().unwrap_or(bare.len());
    let inside = bare.get(area.clone())?;
    let start = area.start + (inside.len() - inside.trim_start().len());
    let (start, end) = if inside.trim().is_empty() {
        (cursor, cursor)
    } else {
        (start.min(cursor), (area.start + inside.trim_end().len()).max(cursor))
    };
    let title = table.header().get(index)?.text.to_owned();
    let empty = start == end;
    Some(Value {
        meaning: Meaning::of(&title),
        key: title,
        column: table.columns().get(index).copied(),
        range: base + start..base + end,
        lead: if empty && start == area.start { " " } else { "" },
        tail: if empty && bytes.get(end) == Some(&b'|') { " " } else { "" },
        key_at: row.range.start,
    })
}

impl Value {
    /// The part of the value, between commas, that the cursor stands in.
    pub(super) fn element(&self, context: &Context<'_>) -> Element {
        let local = |at: usize| at - context.line_start;
        let whole = context.line.get(local(self.range.start)..local(self.range.end)).unwrap_or_default();
        let cursor = context.at - self.range.start;
        let open = whole.starts_with('[') && self.column.is_none();
        let separator = |c: char| matches!(c, ',' | ';') || open && matches!(c, '[' | ']');
        let (left, right) = whole.split_at_checked(cursor).unwrap_or((whole, ""));
        let start = left.rfind(separator).map_or(0, |at| at + 1);
        let blanks = left[start..].len() - left[start..].trim_start().len();
        let end = cursor + right.find(separator).unwrap_or(right.len());
        let end = whole[..end].trim_end().len().max(cursor);
        let start = start + blanks;
        Element {
            range: self.range.start + start..self.range.start + end,
            before: whole[..start].to_owned(),
            after: whole[end..].to_owned(),
        }
    }

    /// What a text has to be so that it stands well at `range`.
    pub(super) fn fitted(&self, range: &Place, text: &str) -> String {
        let lead = if range.start == self.range.start { self.lead } else { "" };
        let tail = if range.end == self.range.end { self.tail } else { "" };
        format!("{lead}{text}{tail}")
    }
}

impl Element {
    /// A blank where the comma before the part has none.
    pub(super) fn lead(&self) -> &'static str {
        if self.before.ends_with([',', ';']) { " " } else { "" }
    }

    /// The parts around it.
    pub(super) fn others(&self) -> impl Iterator<Item = &str> {
        let parts = self.before.split([',', ';', '[', ']']).chain(self.after.split([',', ';', '[', ']']));
        parts.map(|part| part.trim().trim_matches(['"', '\'', '@'])).filter(|part| !part.is_empty())
    }
}
