//! The walk over a segment's blocks that collects its facts.

use std::sync::LazyLock;

use plan_syntax::{BlockKind, Content, Outline, Span, outline, outline::bytes};
use regex::Regex;

use super::{
    Carrier, CarrierKind, Carriers, Condition, FieldFact, HeadingFact, ItemFact, ItemKind, LooseBox,
    LooseKind, Owner, ReferenceFact, Relation, SegmentFacts,
    earlier::{self, Counts, Earlier, Introduction, Mark},
    heading, references, state_of,
    text::{self, Kind},
};
use crate::{
    field::{Meaning, fields_of},
    id::{Form, leading_task_id},
    patterns::regex,
    reference,
    role::{Context, Role},
    state::{self, Vocabulary},
};

pub(super) fn read(
    content: &Content,
    vocabulary: &Vocabulary,
    earlier: Option<(&Content, &SegmentFacts)>,
) -> SegmentFacts {
    let text = &*content.text;
    let mut reader = Reader {
        text,
        outline: &content.outline,
        vocabulary,
        words: text::Reader { text, vocabulary },
        facts: SegmentFacts::default(),
        around: Vec::with_capacity(content.outline.blocks.len()),
        labels: Vec::new(),
        open: None,
        earlier: Earlier::of(earlier, content),
    };
    reader.walk();
    reader.finish();
    reader.facts
}

/// Whether a setext heading is made of field lines above a `---`: those are fields for whoever wrote them.
fn fields_as_heading(text: &str, outline: &Outline, block: usize) -> bool {
    let BlockKind::Heading { level: 2, setext: true, .. } = &outline.blocks[block].kind else { return false };
    let mut lines = outline.inline(block).peekable();
    lines.peek().is_some() && lines.all(|line| !fields_of(&text[bytes(line)]).is_empty())
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) outline: &'a Outline,
    pub(super) vocabulary: &'a Vocabulary,
    words: text::Reader<'a>,
    pub(super) facts: SegmentFacts,
    /// For each block that was visited, what holds for its children.
    around: Vec<Around>,
    /// Labels that wait for the list behind them, with the block that both stand in.
    labels: Vec<(Option<u32>, Label)>,
    /// The item of the last `**Task 1.1**` paragraph, which owns what follows.
    open: Option<u32>,
    earlier: Option<Earlier<'a>>,
}

/// What holds for the children of a block.
#[derive(Clone, Copy, Default)]
pub(super) struct Around {
    pub(super) item: Option<u32>,
    pub(super) role: Option<Role>,
    /// The bullets of this list say on what something depends.
    pub(super) relation: Option<Relation>,
    /// What the emoji at the start of this list's bullets are.
    pub(super) emoji: Option<Condition>,
    /// What stands here explains marks.
    pub(super) legend: bool,
}

/// A line that ends in a colon, and what it says of the block behind it.
#[derive(Clone, Copy)]
struct Label {
    context: Option<Context>,
    relation: Option<Relation>,
}

impl<'a> Reader<'a> {
    pub(super) fn at(&self, span: &Span) -> &'a str {
        &self.text[bytes(span)]
    }

    fn walk(&mut self) {
        let mut next = 0;
        // The top item that is being read, and the block after it.
        let mut top: Option<(Mark, u32)> = None;
        while let Some(block) = self.outline.blocks.get(next) {
            let index = next;
            next += 1;
            if let Some((mark, _)) = top.take_if(|(_, end)| *end == index as u32) {
                self.facts.marks.push(Mark { after: Counts::of(&self.facts), ..mark });
            }
            if let Some(mark) = self.top_item(index) {
                if self.take_over(index, mark.said) {
                    next = block.end as usize;
                    self.around.resize(next, Around::default());
                    self.facts.marks.push(Mark { after: Counts::of(&self.facts), ..mark });
                    continue;
                }
                top = Some((mark, block.end));
            }
            let inherited = match block.parent() {
                Some(parent) => Around { relation: None, emoji: None, ..self.around[parent as usize] },
                None => Around { item: self.open, ..Around::default() },
            };
            let mut around = inherited;
            let label = match block.kind {
                BlockKind::Item { .. } | BlockKind::Row { .. } | BlockKind::Cell => None,
                _ => self.take_label(block.parent()),
            };
            match &block.kind {
                BlockKind::Heading { level, text, .. } => {
                    self.open = None;
                    if fields_as_heading(self.text, self.outline, index) {
                        let lines: Vec<Span> = self.outline.inline(index).cloned().collect();
                        for line in lines {
                            self.fields_in(&line, self.owner(None));
                        }
                    } else {
                        self.heading(*level, &block.span, text);
                    }
                }
                BlockKind::ThematicBreak => self.open = None,
                BlockKind::List { .. } => {
                    around.role = label.and_then(|label| label.context?.role()).or(inherited.role);
                    around.relation = label.and_then(|label| label.relation);
                    around.legend |= label.is_some_and(|label| label.context == Some(Context::Legend));
                    let is_text = label.is_some_and(|label| label.context == Some(Context::Text));
                    around.emoji = if is_text || around.legend { None } else { self.emoji_list(index) };
                }
                BlockKind::Item { task, .. } => {
                    let marker = &block.marker();
                    let list = block.parent().map(|list| self.around[list as usize]).unwrap_or_default();
                    let before = self.facts.items.len();
                    around.item = self.item(index, marker, task.as_ref(), inherited, list).or(inherited.item);
                    if self.facts.items.len() == before {
                        self.bullet(index, marker, inherited, list);
                    }
                }
                BlockKind::Paragraph => self.paragraph(index, inherited.item, inherited.role),
                BlockKind::Table => self.table(index, inherited),
                _ => {}
            }
            if let Some(item) = self.open
                && block.parent().is_none()
            {
                let fact = &mut self.facts.items[item as usize];
                fact.span.end = fact.span.end.max(block.span.end);
            }
            self.around.push(around);
        }
        if let Some((mark, _)) = top {
            self.facts.marks.push(Mark { after: Counts::of(&self.facts), ..mark });
        }
    }

    /// The mark of an item whose list stands in nothing else, if the segment is so long that this is worth it.
    fn top_item(&self, index: usize) -> Option<Mark> {
        let block = &self.outline.blocks[index];
        let is_item = self.text.len() >= earlier::LONG && matches!(block.kind, BlockKind::Item { .. });
        let list = block.parent().filter(|_| is_item)? as usize;
        let Around { item: None, role, relation, emoji, legend } = self.around[list] else { return None };
        let said = Introduction { role, relation, emoji, legend };
        let is_top = self.outline.blocks[list].parent().is_none();
        let before = Counts::of(&self.facts);
        is_top.then_some(Mark { block: index as u32, said, before, after: before })
    }

    /// Takes over what an earlier version says of an item, if it is the same.
    fn take_over(&mut self, index: usize, said: Introduction) -> bool {
        let Some(earlier) = &self.earlier else { return false };
        let block = &self.outline.blocks[index];
        let blocks = block.end - index as u32;
        let found = earlier.find(&block.span, blocks, said, &self.facts.headings, self.text);
        let found = found.filter(|found| !found.has_more());
        if let Some(found) = &found {
            found.add_to(&mut self.facts);
        }
        found.is_some()
    }

    fn take_label(&mut self, parent: Option<u32>) -> Option<Label> {
        let at = self.labels.iter().position(|(of, _)| *of == parent)?;
        Some(self.labels.swap_remove(at).1)
    }

    pub(super) fn owner(&self, item: Option<u32>) -> Owner {
        match (item, self.facts.headings.len()) {
            (Some(item), _) => Owner::Item(item),
            (None, 0) => Owner::Text,
            (None, count) => Owner::Heading(count as u32 - 1),
        }
    }

    /// The first line of an item's text, from `start` on; empty when nothing stands there.
    fn first_line(&self, item: usize, start: u32) -> Span {
        let paragraph = item + 1;
        let line = self
            .outline
            .blocks
            .get(paragraph)
            .filter(|block| matches!(block.kind, BlockKind::Paragraph))
            .and_then(|_| self.outline.inline(paragraph).next().cloned());
        // A hundred thousand items may stand on one line: nothing is sought to its end.
        let is_here = |line: &Span| {
            self.text.get(start as usize..line.start as usize).is_some_and(|gap| !gap.contains(['\n', '\r']))
        };
        line.filter(is_here).unwrap_or(start..start)
    }

    /// The last line of an item's first paragraph, if it has several.
    fn last_line(&self, item: usize) -> Option<Span> {
        let block = self.outline.blocks.get(item + 1)?;
        if !matches!(block.kind, BlockKind::Paragraph) || block.parent() != Some(item as u32) {
            return None;
        }
        self.outline.inline(item + 1).skip(1).last().cloned()
    }

    /// Whether a line has a field that tells a state: what stands at its end in brackets is the field's.
    fn says_status(&self, line: &Span) -> bool {
        let text = self.at(line);
        fields_of(text).into_iter().any(|field| Meaning::of(&text[field.key]) == Some(Meaning::Status))
    }

    fn heading(&mut self, level: u8, span: &Span, text: &Span) {
        let item = heading::read(&self.words, span, text);
        let (span, compared, anchor) = (span.clone(), super::Made::default(), super::Made::default());
        self.facts.headings.push(HeadingFact {
            level,
            span,
            text: text.clone(),
            item: item.map(Box::new),
            compared,
            anchor,
        });
        let owner = self.owner(None);
        self.facts.references.extend(references::inline(self.text, text, owner));
    }

    /// The item that a list item is, if it is one.
    fn item(
        &mut self,
        index: usize,
        marker: &Span,
        task: Option<&plan_syntax::TaskMarker>,
        around: Around,
        list: Around,
    ) -> Option<u32> {
        if list.legend {
            return None;
        }
        let span = self.outline.blocks[index].span.clone();
        // `- [1] text` cites a source.
        let task = task.filter(|task| !self.at(&task.mark()).starts_with(|c: char| c.is_ascii_digit()));
        let (text, line_end, carrier, loose) = if let Some(task) = task {
            let text = self.first_line(index, task.span.end);
            let state = self.vocabulary.of_mark(self.at(&task.mark()));
            (text.clone(), text.end, Carrier { kind: CarrierKind::Box, span: task.mark(), state }, None)
        } else {
            let line = self.first_line(index, marker.end);
            let (text, carrier, loose) = self.item_without_box(&line, list)?;
            (text, line.end, carrier, loose)
        };
        let line = marker.start..line_end;
        let draft = Draft { span, line, text, carrier, loose, parent: around.item, role: list.role };
        let item = self.push(draft, Kind::Task)?;
        if let Some(last) = self.last_line(index).filter(|last| !self.says_status(last)) {
            let remark = self.words.remark(&last);
            self.facts.items[item as usize].carriers.extend(remark);
        }
        let fact = &mut self.facts.items[item as usize];
        match fact.form {
            CarrierKind::Emoji => fact.condition = list.emoji.unwrap_or(Condition::Never),
            CarrierKind::Bullet => fact.condition = Condition::NoOther,
            _ => {}
        }
        Some(item)
    }

    /// A list item without a box of Markdown's: perhaps a bold box, an empty one, an emoji that is a state, or a task's
    /// bold id. What follows the box, the box, and what is wrong with it.
    fn item_without_box(&self, line: &Span, list: Around) -> Option<(Span, Carrier, Option<LooseBox>)> {
        let text = self.at(line);
        if let Some(rest) = text.strip_prefix("[]").filter(|rest| rest.starts_with([' ', '\t'])) {
            let skip = (text.len() - rest.trim_start().len()) as u32;
            let loose = LooseBox { kind: LooseKind::Empty, span: line.start..line.start + 2 };
            let span = line.start + 1..line.start + 1;
            let carrier = Carrier { kind: CarrierKind::Box, span, state: Some(state::State::Open) };
            return Some((line.start + skip..line.end, carrier, Some(loose)));
        }
        // `- **[x]** text`
        if let Some(bold) = text.strip_prefix("**")
            && let Some(mark) = outline::task_mark_before(bold, "**")
        {
            let at = line.start + 3;
            let span = at..at + mark.len() as u32;
            let carrier = Carrier { kind: CarrierKind::BoldBox, span, state: self.vocabulary.of_mark(mark) };
            let after = 2 + 1 + mark.len() + 1 + 2;
            let skip = text.len() - text[after..].trim_start().len();
            return Some((line.start + skip as u32..line.end, carrier, None));
        }
        // `- **[x] text**`
        if let Some(bold) = text.strip_prefix("**")
            && let Some(mark) =
                outline::task_mark(bold).filter(|mark| !mark.starts_with(|c: char| c.is_ascii_digit()))
            && bold[mark.len() + 2..].trim_start().starts_with(|c: char| c != '*')
        {
            let at = line.start + 3;
            let carrier = Carrier {
                kind: CarrierKind::BoldBox,
                span: at..at + mark.len() as u32,
                state: self.vocabulary.of_mark(mark),
            };
            let skip = text.len() - bold[mark.len() + 2..].trim_start().len();
            return Some((line.start + skip as u32..line.end, carrier, None));
        }
        if list.emoji.is_some()
            && let Some((length, state)) = self.vocabulary.leading_emoji(text)
        {
            let carrier = Carrier {
                kind: CarrierKind::Emoji,
                span: line.start..line.start + length as u32,
                state: Some(state),
            };
            let skip = text.len() - text[length..].trim_start().len();
            return Some((line.start + skip as u32..line.end, carrier, None));
        }
        // `- **Task 1.1**: text`
        bold_task(text)?;
        let carrier = Carrier { kind: CarrierKind::Bullet, span: line.clone(), state: None };
        Some((line.clone(), carrier, None))
    }

    /// What the emoji at the start of a list's bullets are: nothing where there are none, or where they explain
    /// themselves as a legend does.
    fn emoji_list(&self, list: usize) -> Option<Condition> {
        let mut led = 0;
        let (mut all_ids, mut all_legend) = (true, true);
        for item in self.outline.children(list) {
            let BlockKind::Item { marker_end, task: None } = self.outline.blocks[item].kind else { continue };
            let line = self.first_line(item, marker_end);
            let text = self.at(&line);
            let Some((length, _)) = self.vocabulary.leading_emoji(text) else { continue };
            let rest = text[length..].trim_start();
            led += 1;
            all_ids &= leading_task_id(rest).is_some_and(|found| {
                found.form != Form::Plain && (found.separated || found.bold || found.form != Form::Prefixed)
            });
            let name = rest.split([':', '(', '—']).next().unwrap_or_default();
            let name = name.split(" - ").next().unwrap_or_default();
            all_legend &= self.vocabulary.of_words(name).is_some();
        }
        match (led, all_legend, all_ids) {
            (0, ..) => None,
            (2.., true, _) => None,
            (_, _, true) => Some(Condition::Sure),
            _ => Some(Condition::EmojiIsState),
        }
    }

    /// A bullet that is no item: perhaps it says on what something depends.
    fn bullet(&mut self, index: usize, marker: &Span, around: Around, list: Around) {
        let line = self.first_line(index, marker.end);
        if line.is_empty() {
            return;
        }
        if let Some(reference) = references::bullet(self.text, &line) {
            self.facts.references.push(reference);
        } else if let Some(relation) = list.relation {
            let owner = self.owner(around.item);
            self.reference(&line, relation, owner);
        } else if self.facts.headings.last().is_some_and(|heading| {
            heading.level > 2 && references::relation_of(Meaning::of(self.at(&heading.text))).is_some()
        }) && around.item.is_none()
        {
            // `#### Dependencies` inside a phase.
            let owner = self.owner(None);
            self.reference(&line, Relation::DependsOn, owner);
        }
    }

    fn reference(&mut self, span: &Span, relation: Relation, owner: Owner) {
        let value = reference::read(self.at(span));
        self.facts.references.push(ReferenceFact {
            owner,
            subject: None,
            relation,
            span: span.clone(),
            value,
        });
    }

    fn paragraph(&mut self, index: usize, item: Option<u32>, role: Option<Role>) {
        let block = &self.outline.blocks[index];
        let lines: Vec<Span> = self.outline.inline(index).cloned().collect();
        let in_item = block.parent().is_some_and(|parent| {
            parent + 1 == index as u32
                && matches!(self.outline.blocks[parent as usize].kind, BlockKind::Item { .. })
        });
        let mut item = item;
        for (number, line) in lines.iter().enumerate() {
            let is_item_line = in_item && number == 0;
            let is_own = item.is_some_and(|item| {
                let fact = &self.facts.items[item as usize];
                in_item && fact.line.start < line.start && fact.span.end >= line.end && {
                    let parent = block.parent().map(|parent| self.outline.blocks[parent as usize].span.start);
                    parent == Some(fact.span.start)
                }
            });
            let says_more = is_own || is_item_line && item.is_some() && fields_of(self.at(line)).is_empty();
            if says_more {
                let owner = self.owner(item);
                self.facts.references.extend(references::inline(self.text, line, owner));
            }
            if is_item_line && is_own {
                continue;
            }
            if !is_item_line && self.loose_box(line, item, role) {
                continue;
            }
            if block.parent().is_none() && self.paragraph_item(index, line) {
                item = self.open;
                let owner = self.owner(item);
                self.facts.references.extend(references::inline(self.text, line, owner));
                continue;
            }
            let owner = self.owner(item);
            self.fields_in(line, owner);
        }
        self.label(block.parent(), lines.last());
    }

    /// `**Task 1.1**: text`: an item that owns what follows it.
    fn paragraph_item(&mut self, block: usize, line: &Span) -> bool {
        let Some(word) = bold_task(self.at(line)) else { return false };
        let draft = Draft {
            span: line.start..self.outline.blocks[block].span.end,
            line: line.clone(),
            text: line.clone(),
            carrier: Carrier { kind: CarrierKind::Paragraph, span: line.clone(), state: None },
            loose: None,
            parent: None,
            role: None,
        };
        self.open = self.push(draft, Kind::Task);
        if let Some(item) = self.open
            && word == "task"
        {
            self.facts.items[item as usize].condition = Condition::NoOther;
        }
        self.open.is_some()
    }

    /// Notes that a paragraph ends in a label: the block behind it is what the label says.
    fn label(&mut self, parent: Option<u32>, line: Option<&Span>) {
        let Some(line) = line else { return };
        let text = self.at(line).trim_end();
        let bare = text.trim_end_matches(['*', '_']);
        let label = bare
            .strip_suffix([':', '：'])
            .or_else(|| text.strip_prefix("**").and_then(|bold| bold.strip_suffix("**")));
        let Some(label) = label else { return };
        let label = label.trim_matches(|c: char| matches!(c, '*' | '_') || c.is_whitespace());
        let relation = references::relation_of(Meaning::of(label));
        self.labels.push((parent, Label { context: Context::of(label), relation }));
    }

    /// A line that was meant to be a box: `-[ ] text`, or `[ ] text` without a bullet. Tells whether it was.
    fn loose_box(&mut self, line: &Span, parent: Option<u32>, role: Option<Role>) -> bool {
        let text = self.at(line);
        let bullet = usize::from(text.starts_with(['-', '*', '+']));
        let Some(mark) = outline::task_mark(&text[bullet..]) else { return false };
        let box_end = bullet + mark.len() + 2;
        let rest = &text[box_end..];
        if rest.trim().is_empty() || !matches!(mark, " " | "x" | "X") {
            return false;
        }
        let kind = if bullet == 1 { LooseKind::NoSpace } else { LooseKind::NoBullet };
        let start = line.start;
        let mark_at = start + bullet as u32 + 1;
        let carrier = Carrier {
            kind: CarrierKind::Box,
            span: mark_at..mark_at + mark.len() as u32,
            state: self.vocabulary.of_mark(mark),
        };
        let text = start + (text.len() - rest.trim_start().len()) as u32..line.end;
        let loose = Some(LooseBox { kind, span: start..start + box_end as u32 });
        let parent = self.parent_by_column(line, parent);
        self.push(
            Draft { span: line.clone(), line: line.clone(), text, carrier, loose, parent, role },
            Kind::Task,
        );
        true
    }

    /// The item that a line without a proper bullet stands under. Markdown reads it as the text of the item before it; whoever
    /// wrote it at that item's column, or left of it, meant a new one, and the items before end there.
    fn parent_by_column(&mut self, line: &Span, mut item: Option<u32>) -> Option<u32> {
        let column = |at: u32| {
            at as usize - self.text[..at as usize].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
        };
        let (here, before) = (column(line.start), self.text[..line.start as usize].trim_end().len() as u32);
        while let Some(index) = item {
            let found = &self.facts.items[index as usize];
            if column(found.line.start) < here || found.form == CarrierKind::Paragraph {
                break;
            }
            let (end, parent) = (found.line.end.max(before), found.parent);
            self.facts.items[index as usize].span.end = end;
            item = parent;
        }
        item
    }

    fn fields_in(&mut self, line: &Span, owner: Owner) {
        let text = self.at(line);
        if let Some(found) = REQUIREMENTS.captures(text).and_then(|found| found.name("value")) {
            self.facts.kiro |= text.starts_with('_');
            let span = line.start + found.start() as u32..line.start + found.end() as u32;
            self.reference(&span, Relation::Requirement, owner);
            return;
        }
        for field in fields_of(text) {
            let place = |range: std::ops::Range<usize>| {
                line.start + range.start as u32..line.start + range.end as u32
            };
            let meaning = Meaning::of(&text[field.key.clone()]);
            let (key, value) = (place(field.key), place(field.value));
            if let Some(relation) = references::relation_of(meaning).filter(|_| !value.is_empty()) {
                self.reference(&value, relation, owner);
                // `Before: …`, `After: …` compare.
                if meaning == Some(Meaning::After) {
                    self.facts
                        .references
                        .pop_if(|reference| reference.value.class == reference::Class::Prose);
                }
            }
            self.facts.fields.push(FieldFact { meaning, key, value, owner });
        }
    }

    pub(super) fn push(&mut self, draft: Draft, kind: Kind) -> Option<u32> {
        let Draft { span, line, text, carrier, loose, parent, role } = draft;
        let read = self.words.read(text, kind)?;
        self.facts.kiro |= read.optional && carrier.kind == CarrierKind::Box;
        let dash = carrier.kind == CarrierKind::Box && self.at(&carrier.span) == "-";
        let form = carrier.kind;
        let mut carriers: Carriers = [carrier].into();
        carriers.extend(read.carriers);
        self.facts.items.push(ItemFact {
            kind: ItemKind::Task,
            form,
            condition: Condition::Sure,
            span,
            line,
            title: read.title,
            id: read.id,
            id_span: read.id_span,
            unsure_id: read.unsure_id,
            tags: read.tags,
            carriers,
            state: None,
            dash,
            parent,
            optional: read.optional,
            loose,
            role,
            suffix: None,
        });
        Some(self.facts.items.len() as u32 - 1)
    }

    /// What can be said only when all is read: states from fields, lonely boxes.
    fn finish(&mut self) {
        for field in &self.facts.fields {
            if field.meaning != Some(Meaning::Status) {
                continue;
            }
            let value = &self.text[bytes(&field.value)];
            let item = match field.owner {
                Owner::Item(item) => self.facts.items.get_mut(item as usize),
                Owner::Heading(heading) => self.facts.headings[heading as usize].item.as_deref_mut(),
                Owner::Text => None,
            };
            let Some(item) = item else { continue };
            let first = item.carriers.iter().all(|carrier| carrier.kind != CarrierKind::Field);
            if first && !value.is_empty() && !state::is_unfilled(value) {
                let state = self.vocabulary.of_value(value);
                item.carriers.push(Carrier { kind: CarrierKind::Field, span: field.value.clone(), state });
            }
        }
        // A box that is none for Markdown is one only among others; `-[ ] text` can mean nothing else.
        let mut boxes = self.facts.items.iter_mut().filter(|item| item.form.is_box());
        if let (Some(only), None) = (boxes.next(), boxes.next())
            && only.loose.as_ref().is_some_and(|loose| loose.kind != LooseKind::NoSpace)
        {
            only.condition = Condition::Never;
        }
        for item in &mut self.facts.items {
            item.state = state_of(&item.carriers);
        }
        for heading in &mut self.facts.headings {
            if let Some(item) = &mut heading.item {
                item.state = state_of(&item.carriers);
            }
        }
    }
}

/// An item before its text is read.
pub(super) struct Draft {
    pub(super) span: Span,
    pub(super) line: Span,
    pub(super) text: Span,
    pub(super) carrier: Carrier,
    pub(super) loose: Option<LooseBox>,
    pub(super) parent: Option<u32>,
    pub(super) role: Option<Role>,
}

static REQUIREMENTS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^_?\*{0,2}Requirements?\*{0,2}:\*{0,2}\s*(?<value>\d[\d., a-z]*\d|\d)_?\s*$"));

/// The word, lower case, of a task that stands in bold at the start of a text and is set off from it.
fn bold_task(text: &str) -> Option<&'static str> {
    let bold = text.strip_prefix("**")?;
    let found = leading_task_id(text).filter(|found| found.form == Form::Worded && found.separated)?;
    // `**Task 1.1** needs …` speaks of a task; `**Task 1.1: name**` and `**Task 1.1**: name` are one.
    let rest = &text[found.range.end..];
    if rest.strip_prefix("**").is_some_and(|rest| {
        let rest = rest.trim_start();
        !rest.is_empty() && !rest.starts_with([':', '-', '–', '—', '(', '['])
    }) {
        return None;
    }
    let word = bold.to_lowercase();
    Some(if word.starts_with("step") || word.starts_with("步骤") {
        "step"
    } else if word.starts_with("story") {
        "story"
    } else {
        "task"
    })
}
