//! Context of the cursor: its line, read immediately, and the surrounding document, read on demand.

use std::cell::OnceCell;

use plan_model::{Column, FenceLanguage, Meaning};
use plan_schema::DocumentKind;
use plan_syntax::{BlockKind, outline::bytes};

use super::{Completion, CompletionKind};
use crate::{Edit, File, TextRange, Workspace};

/// Input of the providers.
pub(super) struct CompletionContext<'a> {
    pub(super) file: &'a File,
    pub(super) workspace: &'a Workspace<'a>,
    /// Offset of the cursor.
    pub(super) offset: usize,
    /// Offset of the start of the cursor's line.
    pub(super) line_start: usize,
    /// The line without its newline.
    pub(super) line: String,
    /// Whether a character that is common in ordinary text caused the request: a space, a colon or a comma.
    pub(super) is_common_trigger: bool,
    cursor_context: OnceCell<CursorContext>,
    /// The value at the cursor; see [`super::value`].
    pub(super) value: OnceCell<Option<CursorValue>>,
}

/// The value at the cursor.
#[derive(Clone, Debug)]
pub(super) struct CursorValue {
    /// Key of the field, or title of the column.
    pub(super) key: String,
    /// Meaning of the key.
    pub(super) meaning: Option<Meaning>,
    /// Kind of the column, if the value is in a table cell.
    pub(super) column: Option<Column>,
    /// Range of the value, extended to contain the cursor.
    pub(super) range: TextRange,
    /// Text required before an inserted value.
    pub(super) lead: &'static str,
    /// Text required after an inserted value.
    pub(super) tail: &'static str,
    /// Offset of the field's key, or of the row that contains the cell.
    pub(super) key_offset: usize,
}

/// Kind of text that a line is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CursorContext {
    /// Markdown text.
    Text,
    FrontMatter,
    /// A Mermaid block with a Gantt chart, with the range of its content.
    Gantt(TextRange),
    /// Code, HTML or a comment, where no completions are offered.
    Code,
}

impl<'a> CompletionContext<'a> {
    /// Creates the context of an offset. Returns `None` if the offset is not a character boundary of the text.
    pub(super) fn new(
        file: &'a File,
        workspace: &'a Workspace<'a>,
        offset: usize,
        is_common_trigger: bool,
    ) -> Option<Self> {
        let document = file.document();
        let rope = document.rope();
        if offset > rope.len_bytes() || rope.char_to_byte(rope.byte_to_char(offset)) != offset {
            return None;
        }
        let (line_start, line) = line_at(file, offset);
        let (cursor_context, value) = (OnceCell::new(), OnceCell::new());
        (offset - line_start <= line.len()).then_some(Self {
            file,
            workspace,
            offset,
            line_start,
            line,
            is_common_trigger,
            cursor_context,
            value,
        })
    }

    /// Returns the text of the line before the cursor.
    pub(super) fn text_before_cursor(&self) -> &str {
        self.line.get(..self.offset - self.line_start).unwrap_or_default()
    }

    /// Returns the text of the line after the cursor.
    pub(super) fn text_after_cursor(&self) -> &str {
        self.line.get(self.offset - self.line_start..).unwrap_or_default()
    }

    /// Returns the kind of text that the line is in.
    pub(super) fn cursor_context(&self) -> &CursorContext {
        self.cursor_context.get_or_init(|| cursor_context(self))
    }

    /// Returns whether the line is Markdown text.
    pub(super) fn in_text(&self) -> bool {
        *self.cursor_context() == CursorContext::Text
    }

    /// Returns whether the document is a plan.
    pub(super) fn in_plan(&self) -> bool {
        self.file.kind() == DocumentKind::Plan
    }

    /// Returns whether Plansmith completes links in this document.
    pub(super) fn completes_links(&self) -> bool {
        self.file.environment().markdown.covers(self.file.kind())
    }

    /// Returns whether the document has tasks.
    pub(super) fn has_tasks(&self) -> bool {
        self.file.has_tasks()
    }

    /// Returns whether a phase or task of a plan starts on the line.
    pub(super) fn on_item_line(&self) -> bool {
        let line = self.line_start..self.line_start + self.line.len();
        self.in_plan()
            && self
                .file
                .plan()
                .segment_view_at(self.line_start)
                .is_some_and(|segment| segment.items().any(|item| line.contains(&item.line().start)))
    }

    /// Returns whether the cursor is in a code span.
    pub(super) fn in_backticks(&self) -> bool {
        self.text_before_cursor().matches('`').count() % 2 == 1
    }

    /// Returns a completion that replaces a range of the line with its label.
    pub(super) fn offer(
        &self,
        kind: CompletionKind,
        label: impl Into<String>,
        detail: impl Into<String>,
        range: TextRange,
    ) -> Completion {
        let label = label.into();
        Completion {
            edit: Edit::replace(range, label.clone()),
            filter: label.clone(),
            label,
            detail: detail.into(),
            documentation: String::new(),
            kind,
            snippet: None,
            commit: &[],
        }
    }
}

/// Returns the offset of the start of the line that contains an offset, and the text of the line without its newline.
pub(crate) fn line_at(file: &File, offset: usize) -> (usize, String) {
    let document = file.document();
    let rope = document.rope();
    let line = rope.byte_to_line(offset.min(rope.len_bytes()));
    let start = rope.line_to_byte(line);
    let next = if line + 1 < rope.len_lines() { rope.line_to_byte(line + 1) } else { rope.len_bytes() };
    let mut text = document.slice(start..next);
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    (start, text)
}

fn cursor_context(context: &CompletionContext<'_>) -> CursorContext {
    let document = context.file.document();
    let line_start = context.line_start;
    let Some((start, segment)) = document.segment_at(line_start) else { return CursorContext::Text };
    if segment.is_prologue() && line_start < start + segment.len() {
        let closes = context.line.trim_end().len() == 3 && ["---", "+++"].contains(&context.line.trim_end());
        return if closes { CursorContext::Code } else { CursorContext::FrontMatter };
    }
    let content = document.content(start, segment);
    let (Some(line), Some(offset)) = (line_start.checked_sub(start), context.offset.checked_sub(start))
    else {
        return CursorContext::Text;
    };
    let line_end = line + context.line.len();
    for block in &content.outline.blocks {
        let span = bytes(&block.span);
        if span.start > line_end {
            break;
        }
        // A block that ends at the end of the text may be continued there.
        if span.end < line || span.end == line && span.end != content.text.len() {
            continue;
        }
        match &block.kind {
            BlockKind::Fence { info, content: inside, closed } => {
                if *closed && span.end <= line {
                    continue;
                }
                let inside = bytes(inside);
                let is_inside = inside.start <= line && (line < inside.end || !closed && line <= inside.end);
                if is_inside
                    && FenceLanguage::of(&content.text[bytes(info)]) == FenceLanguage::Mermaid
                    && plan_model::gantt::is_gantt(&content.text[inside.clone()])
                {
                    return CursorContext::Gantt(start + inside.start..start + inside.end);
                }
                return CursorContext::Code;
            }
            BlockKind::Html { .. } if span.end > line || !content.text[span.clone()].ends_with("-->") => {
                return CursorContext::Code;
            }
            BlockKind::IndentedCode if span.end > line => return CursorContext::Code,
            BlockKind::Paragraph | BlockKind::Table | BlockKind::Heading { .. } => {
                let before = content.text.get(span.start.min(offset)..offset).unwrap_or_default();
                if before.rfind("<!--") > before.rfind("-->") {
                    return CursorContext::Code;
                }
            }
            _ => {}
        }
    }
    CursorContext::Text
}
