//! Completion. Each provider has its file.

mod plans;
mod sections;
mod tasks;
mod values;

use plan_schema::Skeleton;
pub use plans::title_of;
pub(crate) use sections::next_phase;
pub(crate) use tasks::following;

use crate::{Edit, File, Place};

/// All providers.
const PROVIDERS: &[fn(&File, usize) -> Vec<Completion>] =
    &[plans::plans, values::values, sections::sections, tasks::tasks];

/// Characters after which an editor should ask.
pub const TRIGGERS: &[&str] = &["#"];

/// Something that could be typed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What the list shows.
    pub label: String,
    /// A word beside it: where it comes from.
    pub detail: String,
    /// What it is about, if there is more to say.
    pub documentation: String,
    /// What it is.
    pub kind: CompletionKind,
    /// What accepting it changes; the range holds the cursor and lies on its line.
    pub edit: Edit,
    /// The same text with tab stops, for clients that know them.
    pub snippet: Option<String>,
    /// What the typed text is compared with.
    pub filter: String,
}

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// A whole plan.
    Plan,
    /// A section with what stands in it.
    Section,
    /// A phase or task.
    Item,
    /// A value of a field or cell.
    Value,
}

impl Completion {
    fn of(kind: CompletionKind, label: String, detail: &str, range: Place, skeleton: &Skeleton) -> Self {
        Self {
            filter: label.clone(),
            label,
            detail: detail.to_owned(),
            documentation: String::new(),
            kind,
            edit: Edit::replace(range, skeleton.to_text()),
            snippet: Some(skeleton.to_snippet()),
        }
    }
}

/// What could be typed at a byte, the best first.
pub fn completions(file: &File, at: usize) -> Vec<Completion> {
    PROVIDERS.iter().flat_map(|provider| provider(file, at)).collect()
}

/// Whether a line lies in a code block or an HTML block, where nothing of ours is written.
fn in_code(file: &File, line_start: usize) -> bool {
    use plan_syntax::BlockKind;
    let document = file.document();
    let Some((start, segment)) = document.segment_at(line_start) else { return false };
    if segment.is_prologue() {
        return line_start < start + segment.len();
    }
    let content = document.content(start, segment);
    content.outline.blocks.iter().any(|block| {
        matches!(block.kind, BlockKind::Fence { .. } | BlockKind::Html { .. })
            && start + (block.span.start as usize) < line_start
            && line_start < start + block.span.end as usize
    })
}
