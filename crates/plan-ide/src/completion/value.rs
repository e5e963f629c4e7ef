//! The value at the cursor: of a field, of a front matter entry, or of a cell. Whether a value can be at the cursor
//! is determined from the line alone.

use plan_model::{Meaning, fields_of};

use super::context::{CompletionContext, CursorContext, CursorValue};
use crate::TextRange;

/// Returns whether a field lists dependencies or dependents.
pub(super) fn is_dependency_field(meaning: Option<Meaning>) -> bool {
    use Meaning::{After, BlockedBy, Blocks, DependsOn, Prerequisites};
    matches!(meaning, Some(DependsOn | BlockedBy | Blocks | Prerequisites | After))
}

/// An element of a value that is a list.
pub(super) struct Element {
    /// Range of the element, without surrounding spaces.
    pub(super) range: TextRange,
    /// The value before the element.
    pub(super) before: String,
    /// The value after the element.
    pub(super) after: String,
}

impl CompletionContext<'_> {
    /// Returns the value of the field or cell that the cursor is in, if the document is a plan.
    pub(super) fn value(&self) -> Option<&CursorValue> {
        self.value.get_or_init(|| value_at_cursor(self)).as_ref()
    }
}

fn value_at_cursor(context: &CompletionContext<'_>) -> Option<CursorValue> {
    if context.in_backticks() {
        return None;
    }
    let trimmed = context.line.trim_start_matches([' ', '\t', '>']);
    if trimmed.starts_with('|') {
        return if context.in_plan() && context.in_text() { cell(context, trimmed) } else { None };
    }
    let found = fields_of(without_bullet(trimmed)).len();
    let may_be_entry = context.text_before_cursor().contains(':');
    if found == 0 && !may_be_entry || !context.in_plan() {
        return None;
    }
    match context.cursor_context() {
        CursorContext::FrontMatter if may_be_entry => entry(context),
        CursorContext::Text if found > 0 => field(context, trimmed),
        CursorContext::Text => inline(context),
        _ => None,
    }
}

/// Returns the value of a field in the line of a phase or task: `(owner: Ada`, `[due:: 2026-01-05`, `— Estimate: 2d`.
fn inline(context: &CompletionContext<'_>) -> Option<CursorValue> {
    let before = context.text_before_cursor();
    let colon = before.rfind(':')?;
    let typed = &before[colon + 1..];
    if typed.contains(DELIMITERS) {
        return None;
    }
    let key_end = before[..colon].trim_end_matches(':').len();
    let key_start = before[..key_end]
        .rfind(DELIMITERS)
        .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
    let vocabulary = context.file.plan().vocabulary();
    // If no bracket or dash precedes the key, it is the last word.
    let words = before[key_start..key_end].trim_matches([' ', '*', '_']);
    let key = [words, words.rsplit(' ').next().unwrap_or_default()]
        .into_iter()
        .find(|key| vocabulary.meaning_of(key).is_some_and(Meaning::is_inline))?;
    let meaning = vocabulary.meaning_of(key).filter(|meaning| !is_dependency_field(Some(*meaning)))?;
    if !context.on_item_line() {
        return None;
    }
    let spaces = typed.len() - typed.trim_start().len();
    let rest = context.text_after_cursor();
    let more = match rest.find(DELIMITERS) {
        Some(end) => rest[..end].trim_end().len(),
        None if rest.trim().is_empty() => 0,
        None => rest.find(' ').unwrap_or(rest.len()),
    };
    Some(CursorValue {
        key: key.to_owned(),
        meaning: Some(meaning),
        column: None,
        range: context.line_start + colon + 1 + spaces..context.offset + more,
        lead: if spaces == 0 { " " } else { "" },
        tail: "",
        key_offset: context.line_start + before[..key_end].rfind(key).unwrap_or(key_start),
    })
}

/// Characters that separate fields in the line of a phase or task.
const DELIMITERS: [char; 10] = ['(', ')', '[', ']', ',', ';', '|', '—', '–', '·'];

pub(super) fn without_bullet(text: &str) -> &str {
    ["- ", "* ", "+ "].iter().find_map(|bullet| text.strip_prefix(bullet)).unwrap_or(text)
}

fn field(context: &CompletionContext<'_>, trimmed: &str) -> Option<CursorValue> {
    let trimmed = without_bullet(trimmed);
    let offset = context.line.len() - trimmed.len();
    let cursor = (context.offset - context.line_start).checked_sub(offset)?;
    let fields = fields_of(trimmed);
    let index = fields.iter().rposition(|field| field.value.start <= cursor)?;
    let field = fields.get(index)?;
    // Trailing spaces belong to the value while it is being typed.
    let end = field.value.end.max(cursor);
    if !trimmed.get(field.value.end..end)?.trim().is_empty() {
        return None;
    }
    let touches = trimmed.get(..field.value.start)?.ends_with([':', '*', '_']);
    let base = context.line_start + offset;
    Some(CursorValue {
        meaning: context.file.plan().vocabulary().meaning_of(&trimmed[field.key.clone()]),
        key: trimmed[field.key.clone()].to_owned(),
        column: None,
        range: base + field.value.start..base + end,
        lead: if touches { " " } else { "" },
        tail: "",
        key_offset: base + field.key.start,
    })
}

fn entry(context: &CompletionContext<'_>) -> Option<CursorValue> {
    let (key, value) = context.line.split_once(':')?;
    let first = context.line.len() - value.len();
    let spaces = value.len() - value.trim_start().len();
    let cursor = context.offset - context.line_start;
    if cursor < first {
        return None;
    }
    let start = (first + spaces).min(cursor);
    let end = context.line.trim_end().len().max(cursor).max(start);
    Some(CursorValue {
        meaning: context.file.plan().vocabulary().meaning_of(key.trim()),
        key: key.trim().to_owned(),
        column: None,
        range: context.line_start + start..context.line_start + end,
        lead: if start == first { " " } else { "" },
        tail: "",
        key_offset: context.line_start + (key.len() - key.trim_start().len()),
    })
}

fn cell(context: &CompletionContext<'_>, trimmed: &str) -> Option<CursorValue> {
    let plan = context.file.plan();
    let table = plan.tables().find(|table| {
        let range = table.range();
        range.start <= context.offset && context.line_start <= range.end
    })?;
    let base = context.line_start + context.line.len() - trimmed.len();
    let rows = table.rows();
    let row = rows.iter().find(|row| {
        row.range.start < context.line_start + context.line.len().max(1)
            && context.line_start <= row.range.start
    })?;
    let cursor = context.offset.checked_sub(base)?;
    // Find the pipes that separate cells.
    let bytes = trimmed.as_bytes();
    let pipes: Vec<usize> =
        (0..bytes.len()).filter(|at| bytes[*at] == b'|' && (*at == 0 || bytes[*at - 1] != b'\\')).collect();
    let index = pipes.iter().rposition(|pipe| *pipe < cursor)?;
    let area = pipes[index] + 1..pipes.get(index + 1).copied().unwrap_or(trimmed.len());
    let inside = trimmed.get(area.clone())?;
    let start = area.start + (inside.len() - inside.trim_start().len());
    let (start, end) = if inside.trim().is_empty() {
        (cursor, cursor)
    } else {
        (start.min(cursor), (area.start + inside.trim_end().len()).max(cursor))
    };
    let title = table.header().get(index)?.text.to_owned();
    let empty = start == end;
    Some(CursorValue {
        meaning: plan.vocabulary().meaning_of(&title),
        key: title,
        column: table.columns().get(index).copied(),
        range: base + start..base + end,
        lead: if empty && start == area.start { " " } else { "" },
        tail: if empty && bytes.get(end) == Some(&b'|') { " " } else { "" },
        key_offset: row.range.start,
    })
}

impl CursorValue {
    /// Returns the element, between separators, at the cursor.
    pub(super) fn element(&self, context: &CompletionContext<'_>) -> Element {
        let local = |at: usize| at - context.line_start;
        let whole = context.line.get(local(self.range.start)..local(self.range.end)).unwrap_or_default();
        let cursor = context.offset - self.range.start;
        let open = whole.starts_with('[') && self.column.is_none();
        let separator = |c: char| matches!(c, ',' | ';') || open && matches!(c, '[' | ']');
        let (left, right) = whole.split_at_checked(cursor).unwrap_or((whole, ""));
        let start = left.rfind(separator).map_or(0, |at| at + 1);
        let spaces = left[start..].len() - left[start..].trim_start().len();
        let end = cursor + right.find(separator).unwrap_or(right.len());
        let end = whole[..end].trim_end().len().max(cursor);
        let start = start + spaces;
        Element {
            range: self.range.start + start..self.range.start + end,
            before: whole[..start].to_owned(),
            after: whole[end..].to_owned(),
        }
    }

    /// Returns a text with the separators that are required around it when it is inserted at `range`.
    pub(super) fn with_separators(&self, range: &TextRange, text: &str) -> String {
        let lead = if range.start == self.range.start { self.lead } else { "" };
        let tail = if range.end == self.range.end { self.tail } else { "" };
        format!("{lead}{text}{tail}")
    }
}

impl Element {
    /// Returns a space if no space follows the comma before the element, otherwise an empty text.
    pub(super) fn lead(&self) -> &'static str {
        if self.before.ends_with([',', ';']) { " " } else { "" }
    }

    /// Returns the other elements.
    pub(super) fn other_elements(&self) -> impl Iterator<Item = &str> {
        let parts = self.before.split([',', ';', '[', ']']).chain(self.after.split([',', ';', '[', ']']));
        parts.map(|part| part.trim().trim_matches(['"', '\'', '@'])).filter(|part| !part.is_empty())
    }
}
