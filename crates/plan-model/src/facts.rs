//! What one segment says, read from its text and outline alone.

use plan_syntax::{BlockKind, Content, Outline, Span, outline::bytes};

use crate::{
    field::{Meaning, fields_of},
    id::{Id, leading_phase_id, leading_task_id},
    state::{self, State},
};

/// What a segment says. Spans are bytes relative to the segment's start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SegmentFacts {
    /// Headings in document order; most segments have one, at their start.
    pub headings: Vec<HeadingFact>,
    /// Tasks in document order, parents before children.
    pub tasks: Vec<TaskFact>,
    /// Fields in document order.
    pub fields: Vec<FieldFact>,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadingFact {
    /// 1 to 6.
    pub level: u8,
    /// The whole heading.
    pub span: Span,
    /// Its text.
    pub text: Span,
    /// Where its text says that it is a phase.
    pub phase: Option<PhaseFact>,
}

/// What a heading says of a phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseFact {
    /// `phase 2`.
    pub id: Id,
    /// The written id: `Phase 2`.
    pub id_span: Span,
    /// A separator follows the number, so that this is surely a phase and not a part of one.
    pub separated: bool,
    /// The name without id and trailing state.
    pub title: Span,
    /// What tells its state.
    pub carriers: Vec<Carrier>,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskFact {
    /// With everything that belongs to it: its details and children.
    pub span: Span,
    /// Its own line, from the marker on.
    pub line: Span,
    /// The title without id, emoji, emphasis and trailing state.
    pub title: Span,
    /// The id it starts with.
    pub id: Option<Id>,
    /// Where the id is written.
    pub id_span: Option<Span>,
    /// What tells its state, the box first.
    pub carriers: Vec<Carrier>,
    /// What its own carriers say.
    pub state: State,
    /// Index of the task that it stands under, in the same segment.
    pub parent: Option<u32>,
    /// `- [ ]* text`.
    pub optional: bool,
    /// Set where the box is not one for Markdown.
    pub loose: Option<LooseBox>,
}

/// Something that tells an item's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carrier {
    /// What it is.
    pub kind: CarrierKind,
    /// What would change if the state did: the mark between the brackets, the emoji, the word.
    pub span: Span,
    /// What it says; nothing for a mark that nobody knows.
    pub state: Option<State>,
}

/// What can tell an item's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarrierKind {
    /// `[x]`.
    Box,
    /// `**[x]**`.
    BoldBox,
    /// An emoji at the start or the end.
    Emoji,
    /// A word in brackets or parentheses at the end: `[COMPLETED]`, `(deferred to Q3)`.
    Word,
    /// `~~all of it~~`.
    Strikethrough,
}

impl CarrierKind {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Box => "box",
            Self::BoldBox => "bold-box",
            Self::Emoji => "emoji",
            Self::Word => "word",
            Self::Strikethrough => "strikethrough",
        }
    }
}

/// A box that Markdown does not read as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LooseBox {
    /// What is wrong with it.
    pub kind: LooseKind,
    /// Bullet and box: what has to be replaced.
    pub span: Span,
}

/// What is wrong with a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LooseKind {
    /// `- [] text`.
    Empty,
    /// `-[ ] text`.
    NoSpace,
    /// `[ ] text`, without a bullet.
    NoBullet,
}

/// A field of the document, of a section or of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFact {
    /// The key as written.
    pub key: Span,
    /// The value as written; empty for a label.
    pub value: Span,
    /// What the key means, if it is known.
    pub meaning: Option<Meaning>,
    /// Index of the task it stands under.
    pub task: Option<u32>,
}

impl SegmentFacts {
    /// Reads a segment.
    pub fn read(content: &Content) -> Self {
        let mut reader = Reader { text: &content.text, outline: &content.outline, facts: Self::default() };
        reader.read();
        reader.facts
    }
}

struct Reader<'a> {
    text: &'a str,
    outline: &'a Outline,
    facts: SegmentFacts,
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        // The task that each block stands under; blocks are listed parents first.
        let mut task_of: Vec<Option<u32>> = Vec::with_capacity(self.outline.blocks.len());
        for (index, block) in self.outline.blocks.iter().enumerate() {
            let parent = block.parent.and_then(|parent| task_of[parent as usize]);
            let mut task = parent;
            match &block.kind {
                BlockKind::Heading { level, setext, text } => {
                    self.heading(index, *level, *setext, text, parent)
                }
                BlockKind::Item { marker, task: Some(found) } => {
                    let first_line = self.first_line(index, found.span.end);
                    let state = state::of_mark(self.at(&found.mark));
                    let carrier = Carrier { kind: CarrierKind::Box, span: found.mark.clone(), state };
                    let line = marker.start..first_line.end;
                    task = Some(self.task(block.span.clone(), line, first_line, vec![carrier], parent, None));
                }
                BlockKind::Item { marker, task: None } => {
                    task = self.item_without_box(index, marker, parent).or(parent);
                }
                BlockKind::Paragraph => self.paragraph(index, parent),
                _ => {}
            }
            task_of.push(task);
        }
        self.drop_lonely_box();
    }

    fn at(&self, span: &Span) -> &'a str {
        &self.text[bytes(span)]
    }

    /// The first line of an item's text, from `start` on; empty when nothing stands there.
    fn first_line(&self, item: usize, start: u32) -> Span {
        let line_end = memchr_line_end(self.text, start as usize) as u32;
        let paragraph = item + 1;
        let line = self
            .outline
            .blocks
            .get(paragraph)
            .filter(|block| matches!(block.kind, BlockKind::Paragraph))
            .and_then(|_| self.outline.inline(paragraph).next().cloned());
        match line {
            Some(line) if line.start >= start && line.start < line_end => line,
            _ => start..start,
        }
    }

    fn heading(&mut self, index: usize, level: u8, setext: bool, text: &Span, task: Option<u32>) {
        // Field lines with `---` right below are a heading for Markdown and fields for whoever wrote them.
        if setext {
            let lines: Vec<Span> = self.outline.inline(index).cloned().collect();
            let all_fields = lines.iter().all(|line| !fields_of(self.at(line)).is_empty());
            if level == 2 && all_fields && !lines.is_empty() {
                for line in lines {
                    self.fields_in(&line, task);
                }
                return;
            }
        }
        let span = self.outline.blocks[index].span.clone();
        let phase = self.phase(text);
        self.facts.headings.push(HeadingFact { level, span, text: text.clone(), phase });
    }

    fn phase(&self, text: &Span) -> Option<PhaseFact> {
        let mut carriers = Vec::new();
        let rest = self.leading_emoji(text.clone(), &mut carriers);
        let found = leading_phase_id(self.at(&rest))?;
        let title = rest.start + found.after as u32..rest.end;
        let id_span = rest.start + found.range.start as u32..rest.start + found.range.end as u32;
        let title = self.trailing_state(title, &mut carriers);
        Some(PhaseFact { id: found.id, id_span, separated: found.separated, title, carriers })
    }

    /// A list item without a box of Markdown's: perhaps a bold box or an empty one.
    fn item_without_box(&mut self, item: usize, marker: &Span, parent: Option<u32>) -> Option<u32> {
        let line = self.first_line(item, marker.end);
        let text = self.at(&line);
        let span = self.outline.blocks[item].span.clone();
        if let Some(rest) = text.strip_prefix("[]").filter(|rest| rest.starts_with([' ', '\t'])) {
            let skip = (text.len() - rest.trim_start().len()) as u32;
            let loose = LooseBox { kind: LooseKind::Empty, span: line.start..line.start + 2 };
            let carrier = Carrier {
                kind: CarrierKind::Box,
                span: line.start + 1..line.start + 1,
                state: Some(State::Open),
            };
            let title = line.start + skip..line.end;
            return Some(self.task(span, marker.start..line.end, title, vec![carrier], parent, Some(loose)));
        }
        // `- **[x]** text`
        let bold = text.strip_prefix("**")?;
        let mark = plan_syntax::outline::task_mark_before(bold, "**")?;
        let at = line.start + 3;
        let carrier = Carrier {
            kind: CarrierKind::BoldBox,
            span: at..at + mark.len() as u32,
            state: state::of_mark(mark),
        };
        let after = 2 + 1 + mark.len() + 1 + 2;
        let skip = text.len() - text[after..].trim_start().len();
        let title = line.start + skip as u32..line.end;
        Some(self.task(span, marker.start..line.end, title, vec![carrier], parent, None))
    }

    fn paragraph(&mut self, index: usize, task: Option<u32>) {
        let lines: Vec<Span> = self.outline.inline(index).cloned().collect();
        let in_item = self.outline.blocks[index].parent.is_some_and(|parent| {
            matches!(self.outline.blocks[parent as usize].kind, BlockKind::Item { .. })
        });
        for (number, line) in lines.iter().enumerate() {
            // The first line of an item is what the item itself has been read from.
            let item_line =
                in_item && number == 0 && self.outline.blocks[index].parent == Some(index as u32 - 1);
            let own =
                item_line && task.is_some_and(|task| self.facts.tasks[task as usize].line.end == line.end);
            if !own {
                if !item_line && self.loose_box(line, task) {
                    continue;
                }
                self.fields_in(line, task);
            }
        }
    }

    /// A line that was meant to be a box: `-[ ] text`, or `[ ] text` without a bullet. Tells whether it was.
    fn loose_box(&mut self, line: &Span, parent: Option<u32>) -> bool {
        let text = self.at(line);
        let bullet = usize::from(text.starts_with(['-', '*', '+']));
        let Some(mark) = plan_syntax::outline::task_mark(&text[bullet..]) else { return false };
        let box_end = bullet + mark.len() + 2;
        let rest = &text[box_end..];
        if rest.trim().is_empty() || !matches!(mark, " " | "x" | "X") {
            return false;
        }
        let kind = if bullet == 1 { LooseKind::NoSpace } else { LooseKind::NoBullet };
        let start = line.start;
        let loose = LooseBox { kind, span: start..start + box_end as u32 };
        let mark_at = start + bullet as u32 + 1;
        let carrier = Carrier {
            kind: CarrierKind::Box,
            span: mark_at..mark_at + mark.len() as u32,
            state: state::of_mark(mark),
        };
        let title = start + (text.len() - rest.trim_start().len()) as u32..line.end;
        let parent = self.parent_by_column(line, parent);
        self.task(line.clone(), line.clone(), title, vec![carrier], parent, Some(loose));
        true
    }

    /// The task that a line without a proper bullet stands under. Markdown reads it as the text of the item before it; whoever
    /// wrote it at that item's column, or left of it, meant a new one, and the items before end there.
    fn parent_by_column(&mut self, line: &Span, mut task: Option<u32>) -> Option<u32> {
        let column = |at: u32| {
            at as usize - self.text[..at as usize].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
        };
        let (here, before) = (column(line.start), self.text[..line.start as usize].trim_end().len() as u32);
        while let Some(index) = task {
            let found = &self.facts.tasks[index as usize];
            if column(found.line.start) < here {
                break;
            }
            let (end, parent) = (found.line.end.max(before), found.parent);
            self.facts.tasks[index as usize].span.end = end;
            task = parent;
        }
        task
    }

    /// A box that is none for Markdown is one only among others: beside another box of this segment.
    fn drop_lonely_box(&mut self) {
        let [only] = &self.facts.tasks[..] else { return };
        // `-[ ] text` can mean nothing else.
        if !only.loose.as_ref().is_some_and(|loose| loose.kind != LooseKind::NoSpace) {
            return;
        }
        self.facts.tasks.clear();
        for field in &mut self.facts.fields {
            field.task = None;
        }
    }

    fn fields_in(&mut self, line: &Span, task: Option<u32>) {
        let text = self.at(line);
        for field in fields_of(text) {
            let place = |range: std::ops::Range<usize>| {
                line.start + range.start as u32..line.start + range.end as u32
            };
            self.facts.fields.push(FieldFact {
                meaning: Meaning::of(&text[field.key.clone()]),
                key: place(field.key),
                value: place(field.value),
                task,
            });
        }
    }

    /// Adds a task whose text (after the box) is `text`.
    fn task(
        &mut self,
        span: Span,
        line: Span,
        text: Span,
        mut carriers: Vec<Carrier>,
        parent: Option<u32>,
        loose: Option<LooseBox>,
    ) -> u32 {
        let optional = self.at(&text).starts_with("* ");
        let mut rest = text;
        if optional {
            rest.start += 2;
        }
        rest = self.leading_emoji(rest, &mut carriers);
        let mut id = None;
        let mut id_span = None;
        if let Some(found) = leading_task_id(self.at(&rest)) {
            id_span = Some(rest.start + found.range.start as u32..rest.start + found.range.end as u32);
            id = Some(found.id);
            rest.start += found.after as u32;
        }
        let title = self.trailing_state(rest, &mut carriers);
        let state = state_of(&carriers);
        let index = self.facts.tasks.len() as u32;
        self.facts.tasks.push(TaskFact {
            span,
            line,
            title,
            id,
            id_span,
            carriers,
            state,
            parent,
            optional,
            loose,
        });
        index
    }

    /// Cuts state emoji from the start of a text.
    fn leading_emoji(&self, mut text: Span, carriers: &mut Vec<Carrier>) -> Span {
        while let Some((length, state)) = state::leading_emoji(self.at(&text)) {
            let span = text.start..text.start + length as u32;
            carriers.push(Carrier { kind: CarrierKind::Emoji, span, state: Some(state) });
            let rest = &self.at(&text)[length..];
            text.start += (length + rest.len() - rest.trim_start().len()) as u32;
        }
        text
    }

    /// Cuts what tells a state from the end of a text: `✅`, `[COMPLETED]`, `(deferred to Q3)`, and notes that all of it
    /// is struck through.
    fn trailing_state(&self, mut text: Span, carriers: &mut Vec<Carrier>) -> Span {
        let struck = self.at(&text);
        if struck.len() > 4 && struck.starts_with("~~") && struck.ends_with("~~") {
            carriers.push(Carrier {
                kind: CarrierKind::Strikethrough,
                span: text.clone(),
                state: Some(State::Cancelled),
            });
            return text.start + 2..text.end - 2;
        }
        loop {
            let trimmed = self.at(&text).trim_end();
            text.end = text.start + trimmed.len() as u32;
            if let Some((at, state)) = state::trailing_emoji(trimmed).filter(|(at, _)| *at > 0) {
                let span = text.start + at as u32..text.end;
                carriers.push(Carrier { kind: CarrierKind::Emoji, span, state: Some(state) });
                text.end = text.start + at as u32;
            } else if let Some((inside, state)) = trailing_word(trimmed) {
                let span = text.start + inside.start as u32..text.start + inside.end as u32;
                carriers.push(Carrier { kind: CarrierKind::Word, span, state: Some(state) });
                text.end = text.start + inside.start as u32 - 1;
            } else {
                return text;
            }
        }
    }
}

/// A bracketed or parenthesised state at the end of a text: the bytes inside, and what it says.
fn trailing_word(text: &str) -> Option<(std::ops::Range<usize>, State)> {
    let (open, close) = match text.as_bytes().last()? {
        b']' => ('[', ']'),
        b')' => ('(', ')'),
        _ => return None,
    };
    let start = text.rfind(open)? + 1;
    let inside = text[start..].strip_suffix(close)?;
    // `(deferred to Q3)` says so with its first word; `(done by hand)` does not.
    let first = inside.split_whitespace().next().unwrap_or_default();
    let state = state::of_value(inside).or_else(|| {
        state::of_words(first).filter(|state| matches!(state, State::Deferred | State::Cancelled))
    })?;
    Some((start..start + inside.len(), state))
}

/// What carriers say together: a box decides between done and not done, the others tell more of what is not done; without
/// a box the first that says something does.
pub(crate) fn state_of(carriers: &[Carrier]) -> State {
    let boxed =
        carriers.iter().find(|carrier| matches!(carrier.kind, CarrierKind::Box | CarrierKind::BoldBox));
    // The last one is nearest to the reader: what stands at the end was usually added later.
    let mut others = carriers
        .iter()
        .rev()
        .filter(|carrier| !matches!(carrier.kind, CarrierKind::Box | CarrierKind::BoldBox))
        .filter_map(|carrier| carrier.state);
    match boxed {
        Some(Carrier { state: Some(State::Done), .. }) => {
            let says_cancelled = carriers
                .iter()
                .any(|carrier| carrier.kind == CarrierKind::Word && carrier.state == Some(State::Cancelled));
            if says_cancelled && others.all(|state| state == State::Cancelled) {
                State::Cancelled
            } else {
                State::Done
            }
        }
        Some(Carrier { state: Some(state), .. }) if *state != State::Open => *state,
        Some(_) => others.find(|state| !matches!(state, State::Done | State::Open)).unwrap_or(State::Open),
        None => others.next().unwrap_or(State::Open),
    }
}

fn memchr_line_end(text: &str, from: usize) -> usize {
    text[from..].find(['\n', '\r']).map_or(text.len(), |at| from + at)
}
