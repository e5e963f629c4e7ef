//! Where the cursor stands: what the line says, and what lies around it. The line is read at once, the rest when asked for.

use std::cell::OnceCell;

use plan_schema::Kind;
use plan_syntax::{BlockKind, outline::bytes};

use super::{
    Completion, CompletionKind,
    value::{self, Value},
};
use crate::{Edit, File, Place, Workspace};

/// What a provider looks at.
pub(super) struct Context<'a> {
    pub(super) file: &'a File,
    pub(super) workspace: &'a Workspace<'a>,
    /// The cursor, a byte of the document.
    pub(super) at: usize,
    /// The byte at which the cursor's line starts.
    pub(super) line_start: usize,
    /// The line without its ending.
    pub(super) line: String,
    surroundings: OnceCell<Surroundings>,
    value: OnceCell<Option<Value>>,
}

/// What a line lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Surroundings {
    /// Markdown.
    Text,
    FrontMatter,
    /// A mermaid block with a chart, with the bytes of its text.
    Gantt(Place),
    /// Code, HTML or a comment, where nothing of ours is written.
    Code,
}

impl<'a> Context<'a> {
    /// Nothing for a place that is none of the text.
    pub(super) fn new(file: &'a File, workspace: &'a Workspace<'a>, at: usize) -> Option<Self> {
        let document = file.document();
        let rope = document.rope();
        if at > rope.len_bytes() || rope.char_to_byte(rope.byte_to_char(at)) != at {
            return None;
        }
        let (line_start, line) = line_at(file, at);
        let (surroundings, value) = (OnceCell::new(), OnceCell::new());
        (at - line_start <= line.len()).then_some(Self {
            file,
            workspace,
            at,
            line_start,
            line,
            surroundings,
            value,
        })
    }

    /// The line up to the cursor.
    pub(super) fn typed(&self) -> &str {
        self.line.get(..self.at - self.line_start).unwrap_or_default()
    }

    /// The line behind the cursor.
    pub(super) fn rest(&self) -> &str {
        self.line.get(self.at - self.line_start..).unwrap_or_default()
    }

    /// What the line lies in.
    pub(super) fn surroundings(&self) -> &Surroundings {
        self.surroundings.get_or_init(|| surroundings(self))
    }

    /// Whether the line is Markdown's own text.
    pub(super) fn in_text(&self) -> bool {
        *self.surroundings() == Surroundings::Text
    }

    /// Whether the document is a plan.
    pub(super) fn in_plan(&self) -> bool {
        self.file.kind() == Kind::Plan
    }

    /// Whether links are ours to complete here.
    pub(super) fn links_are_ours(&self) -> bool {
        self.file.environment().markdown.covers(self.file)
    }

    /// Whether the document has tasks.
    pub(super) fn has_tasks(&self) -> bool {
        matches!(self.file.kind(), Kind::Plan | Kind::Checklist)
    }

    /// Whether the cursor stands in code between backticks.
    pub(super) fn in_backticks(&self) -> bool {
        self.typed().matches('`').count() % 2 == 1
    }

    /// The value of a field or cell of a plan that the cursor stands in.
    pub(super) fn value(&self) -> Option<&Value> {
        self.value.get_or_init(|| value::at(self)).as_ref()
    }

    /// Something that replaces a range of the line.
    pub(super) fn offer(
        &self,
        kind: CompletionKind,
        label: impl Into<String>,
        detail: impl Into<String>,
        range: Place,
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

/// The line of a byte, without its ending, and the byte it starts at.
pub(crate) fn line_at(file: &File, at: usize) -> (usize, String) {
    let document = file.document();
    let rope = document.rope();
    let line = rope.byte_to_line(at.min(rope.len_bytes()));
    let start = rope.line_to_byte(line);
    let next = if line + 1 < rope.len_lines() { rope.line_to_byte(line + 1) } else { rope.len_bytes() };
    let mut text = document.slice(start..next);
    text.truncate(text.trim_end_matches(['\n', '\r']).len());
    (start, text)
}

fn surroundings(context: &Context<'_>) -> Surroundings {
    let document = context.file.document();
    let line_start = context.line_start;
    let Some((start, segment)) = document.segment_at(line_start) else { return Surroundings::Text };
    if segment.is_prologue() && line_start < start + segment.len() {
        let closes = context.line.trim_end().len() == 3 && ["---", "+++"].contains(&context.line.trim_end());
        return if closes { Surroundings::Code } else { Surroundings::FrontMatter };
    }
    let content = document.content(start, segment);
    let (Some(line), Some(at)) = (line_start.checked_sub(start), context.at.checked_sub(start)) else {
        return Surroundings::Text;
    };
    let line_end = line + context.line.len();
    for block in &content.outline.blocks {
        let span = bytes(&block.span);
        if span.start > line_end {
            break;
        }
        // What ends at the end of the text may go on there.
        if span.end < line || span.end == line && span.end != content.text.len() {
            continue;
        }
        match &block.kind {
            BlockKind::Fence { info, content: inside, closed } => {
                if *closed && span.end <= line {
                    continue;
                }
                let inside = bytes(inside);
                let mermaid = content.text[bytes(info)].split([' ', '{', ',']).next().unwrap_or_default();
                let here = inside.start <= line && (line < inside.end || !closed && line <= inside.end);
                if here
                    && mermaid.eq_ignore_ascii_case("mermaid")
                    && plan_model::gantt::is_gantt(&content.text[inside.clone()])
                {
                    return Surroundings::Gantt(start + inside.start..start + inside.end);
                }
                return Surroundings::Code;
            }
            BlockKind::Html { .. } if span.end > line || !content.text[span.clone()].ends_with("-->") => {
                return Surroundings::Code;
            }
            BlockKind::IndentedCode if span.end > line => return Surroundings::Code,
            BlockKind::Paragraph | BlockKind::Table | BlockKind::Heading { .. } => {
                let before = content.text.get(span.start.min(at)..at).unwrap_or_default();
                if before.rfind("<!--") > before.rfind("-->") {
                    return Surroundings::Code;
                }
            }
            _ => {}
        }
    }
    Surroundings::Text
}
