//! Collects the facts of a segment by walking over its blocks.

use std::sync::LazyLock;

use plan_syntax::{BlockKind, BlockOutline, Content, SegmentSpan, outline, outline::bytes};
use regex::Regex;

use super::{
    FactParent, FieldFact, HeadingFact, ItemCondition, ItemFact, ItemKind, MalformedCheckbox,
    MalformedCheckboxKind, ReferenceFact, Relation, SegmentFacts, StateSource, StateSourceKind, StateSources,
    emoji::EmojiFacts,
    heading, malformed, references,
    reuse::{self, Counts, LetterCheckbox, ListContext, PreviousSegment, TopItem},
    state_of,
    text::{self, TextKind},
};
use crate::{
    field::{Meaning, fields_of, fields_with},
    id::{IdForm, leading_phase_id, leading_task_id},
    patterns::regex,
    placeholder, reference,
    role::{self, Role, SectionContext},
    state::{self, Vocabulary},
    words,
};

pub(super) fn read(
    content: &Content,
    vocabulary: &Vocabulary,
    previous: Option<(&Content, &SegmentFacts)>,
) -> SegmentFacts {
    let text = &*content.text;
    let mut reader = FactReader {
        text,
        outline: &content.outline,
        vocabulary,
        item_texts: text::ItemTextReader { text, vocabulary },
        facts: SegmentFacts::default(),
        contexts: Vec::with_capacity(content.outline.blocks.len()),
        labels: Vec::new(),
        open_item: None,
        previous: PreviousSegment::of(previous, content),
    };
    reader.walk();
    reader.finish();
    reader.facts.emoji = EmojiFacts::of(text, vocabulary);
    reader.facts
}

/// Returns whether a text starts with a `<task>` element, unlike `<tasks>`, that has a name.
fn is_task_element(text: &str) -> bool {
    let rest = text.strip_prefix("<task");
    rest.is_some_and(|rest| rest.starts_with([' ', '>', '\t', '\r', '\n']) && rest.contains("<name>"))
}

/// Returns whether a block is a setext heading of field lines above `---`, which the author intended as fields.
pub fn is_fields_heading(text: &str, outline: &BlockOutline, block: usize) -> bool {
    let BlockKind::Heading { level: 2, setext: true, .. } = &outline.blocks[block].kind else { return false };
    let mut lines = outline.inline(block).peekable();
    lines.peek().is_some() && lines.all(|line| !fields_of(&text[bytes(line)]).is_empty())
}

/// Walks over the blocks of a segment and collects its facts.
pub(super) struct FactReader<'a> {
    pub(super) text: &'a str,
    pub(super) outline: &'a BlockOutline,
    pub(super) vocabulary: &'a Vocabulary,
    item_texts: text::ItemTextReader<'a>,
    pub(super) facts: SegmentFacts,
    /// Contexts that the visited blocks provide for their children, by block index.
    contexts: Vec<BlockContext>,
    /// Labels not yet followed by a block, each with the index of its parent block.
    labels: Vec<(Option<u32>, Label)>,
    /// Index of the item of the last `**Task 1.1**` paragraph. The item contains the following blocks.
    open_item: Option<u32>,
    previous: Option<PreviousSegment<'a>>,
}

/// Context that a block provides for its children.
#[derive(Clone, Copy, Default)]
pub(super) struct BlockContext {
    pub(super) item: Option<u32>,
    pub(super) role: Option<Role>,
    /// Relation that the bullets of this list state.
    pub(super) relation: Option<Relation>,
    /// Condition under which the emoji at the start of the bullets of this list are states.
    pub(super) emoji: Option<ItemCondition>,
    /// Whether the block is a legend that explains status markers.
    pub(super) legend: bool,
    /// Meaning of capital letters in brackets at the start of the items of this list.
    pub(super) letters: LetterCheckbox,
    /// Whether this list has items with checkboxes.
    pub(super) has_checkboxes: bool,
}

/// Meaning of a label: a line that ends in a colon and introduces the next block.
#[derive(Clone, Copy)]
struct Label {
    context: Option<SectionContext>,
    relation: Option<Relation>,
}

impl<'a> FactReader<'a> {
    pub(super) fn at(&self, span: &SegmentSpan) -> &'a str {
        &self.text[bytes(span)]
    }

    fn walk(&mut self) {
        let mut next = 0;
        // The current top-level item and the index of the block after it.
        let mut current: Option<(TopItem, u32)> = None;
        while let Some(block) = self.outline.blocks.get(next) {
            let index = next;
            next += 1;
            if let Some((top_item, _)) = current.take_if(|(_, end)| *end == index as u32) {
                self.facts.top_items.push(TopItem { after: Counts::of(&self.facts), ..top_item });
            }
            if let Some(top_item) = self.top_item(index) {
                if self.reuse_item(index, top_item.context) {
                    next = block.end as usize;
                    self.contexts.resize(next, BlockContext::default());
                    self.facts.top_items.push(TopItem { after: Counts::of(&self.facts), ..top_item });
                    continue;
                }
                current = Some((top_item, block.end));
            }
            let inherited = match block.parent() {
                Some(parent) => {
                    let context = self.contexts[parent as usize];
                    BlockContext {
                        relation: None,
                        emoji: None,
                        letters: LetterCheckbox::Checkbox,
                        has_checkboxes: false,
                        ..context
                    }
                }
                None => BlockContext { item: self.open_item, ..BlockContext::default() },
            };
            let mut context = inherited;
            let label = match block.kind {
                BlockKind::Item { .. } | BlockKind::Row { .. } | BlockKind::Cell => None,
                _ => self.take_label(block.parent()),
            };
            match &block.kind {
                BlockKind::Heading { level, text, .. } => {
                    self.open_item = None;
                    if is_fields_heading(self.text, self.outline, index) {
                        let lines: Vec<SegmentSpan> = self.outline.inline(index).cloned().collect();
                        for line in lines {
                            self.fields_in(&line, self.fact_parent(None));
                        }
                    } else {
                        self.heading(*level, &block.span, text);
                    }
                }
                BlockKind::ThematicBreak => self.open_item = None,
                BlockKind::List { .. } => {
                    context.role = label.and_then(|label| label.context?.role()).or(inherited.role);
                    context.relation = label.and_then(|label| label.relation);
                    context.legend |= label
                        .is_some_and(|label| label.context == Some(SectionContext::Legend))
                        || self.is_checkbox_legend(index);
                    context.letters = self.letters(index);
                    context.has_checkboxes = self.has_checkboxes(index);
                    let is_text = label.is_some_and(|label| label.context == Some(SectionContext::Text));
                    context.emoji =
                        if is_text || context.legend { None } else { self.emoji_condition(index) };
                }
                BlockKind::Item { checkbox, .. } => {
                    let marker = &block.marker();
                    let list = block.parent().map(|list| self.contexts[list as usize]).unwrap_or_default();
                    let before = self.facts.items.len();
                    context.item =
                        self.item(index, marker, checkbox.as_ref(), inherited, list).or(inherited.item);
                    if self.facts.items.len() == before {
                        self.bullet(index, marker, inherited, list);
                    }
                }
                // An element that is complete on one line is inline HTML.
                BlockKind::Paragraph if is_task_element(self.at(&block.span)) => {
                    self.task_elements(&block.span, inherited);
                }
                BlockKind::Paragraph => self.paragraph(index, inherited.item, inherited.role),
                BlockKind::Table => self.table(index, inherited),
                BlockKind::Html { comment: false } => self.task_elements(&block.span, inherited),
                _ => {}
            }
            if let Some(item) = self.open_item
                && block.parent().is_none()
            {
                let fact = &mut self.facts.items[item as usize];
                fact.span.end = fact.span.end.max(block.span.end);
            }
            self.contexts.push(context);
        }
        if let Some((top_item, _)) = current {
            self.facts.top_items.push(TopItem { after: Counts::of(&self.facts), ..top_item });
        }
    }

    /// Returns the [`TopItem`] of an item in a top-level list if the segment is long enough for reuse.
    fn top_item(&self, index: usize) -> Option<TopItem> {
        let block = &self.outline.blocks[index];
        let is_item =
            self.text.len() >= reuse::MIN_REUSE_BYTES && matches!(block.kind, BlockKind::Item { .. });
        let list = block.parent().filter(|_| is_item)? as usize;
        let BlockContext { item: None, role, relation, emoji, legend, letters, has_checkboxes } =
            self.contexts[list]
        else {
            return None;
        };
        let context = ListContext { role, relation, emoji, legend, letters, has_checkboxes };
        let is_top = self.outline.blocks[list].parent().is_none();
        let before = Counts::of(&self.facts);
        is_top.then_some(TopItem { block: index as u32, context, before, after: before })
    }

    /// Reuses the facts of an item from the previous version. Returns `false` if this is not possible.
    fn reuse_item(&mut self, index: usize, context: ListContext) -> bool {
        let Some(previous) = &self.previous else { return false };
        let block = &self.outline.blocks[index];
        let blocks = block.end - index as u32;
        let reusable = previous.find(&block.span, blocks, context, &self.facts.headings, self.text);
        let reusable = reusable.filter(|reusable| !reusable.has_tables_or_headings());
        if let Some(reusable) = &reusable {
            reusable.add_to(&mut self.facts);
        }
        reusable.is_some()
    }

    fn take_label(&mut self, parent: Option<u32>) -> Option<Label> {
        let at = self.labels.iter().position(|(of, _)| *of == parent)?;
        Some(self.labels.swap_remove(at).1)
    }

    pub(super) fn fact_parent(&self, item: Option<u32>) -> FactParent {
        match (item, self.facts.headings.len()) {
            (Some(item), _) => FactParent::Item(item),
            (None, 0) => FactParent::Text,
            (None, count) => FactParent::Heading(count as u32 - 1),
        }
    }

    /// Returns the first line of an item's text, which begins at `start`; empty if the line has no text.
    fn first_line(&self, item: usize, start: u32) -> SegmentSpan {
        let paragraph = item + 1;
        let line = self
            .outline
            .blocks
            .get(paragraph)
            .filter(|block| matches!(block.kind, BlockKind::Paragraph))
            .and_then(|_| self.outline.inline(paragraph).next().cloned());
        // A line can contain a hundred thousand items, so do not search to the end of the line.
        let is_on_this_line = |line: &SegmentSpan| {
            self.text.get(start as usize..line.start as usize).is_some_and(|gap| !gap.contains(['\n', '\r']))
        };
        line.filter(is_on_this_line).unwrap_or(start..start)
    }

    /// Returns the last line of an item's first paragraph if it has several.
    fn last_line(&self, item: usize) -> Option<SegmentSpan> {
        let block = self.outline.blocks.get(item + 1)?;
        if !matches!(block.kind, BlockKind::Paragraph) || block.parent() != Some(item as u32) {
            return None;
        }
        self.outline.inline(item + 1).skip(1).last().cloned()
    }

    /// Returns whether a line has a status field. Brackets at its end are then part of the field.
    fn has_status_field(&self, line: &SegmentSpan) -> bool {
        let text = self.at(line);
        fields_with(text, |key| self.vocabulary.meaning_of(key))
            .into_iter()
            .any(|field| self.vocabulary.meaning_of(&text[field.key]) == Some(Meaning::Status))
    }

    fn heading(&mut self, level: u8, span: &SegmentSpan, text: &SegmentSpan) {
        let (item, fields) = heading::read(&self.item_texts, span, text).unzip();
        // In `Phase 3 — Gates`, the words after the ID determine the meaning; in `Phase 3 — Roof`, the ID does.
        let of_title = item
            .as_ref()
            .filter(|item| item.kind == ItemKind::Phase)
            .and_then(|item| SectionContext::of(self.at(&item.title)));
        self.facts.headings.push(HeadingFact {
            level,
            span: span.clone(),
            text: text.clone(),
            item: item.map(Box::new),
            context: of_title.or_else(|| SectionContext::of(self.at(text))),
            comparison_key: super::TextMemo::default(),
            anchor: super::TextMemo::default(),
        });
        let parent = self.fact_parent(None);
        self.facts.references.extend(references::inline(self.text, text, parent, self.vocabulary));
        self.inline_fields(fields.unwrap_or_default(), parent);
    }

    /// Reads a list item as a task. Returns the index of the task, or `None` if the list item is not a task.
    fn item(
        &mut self,
        index: usize,
        marker: &SegmentSpan,
        checkbox: Option<&plan_syntax::Checkbox>,
        context: BlockContext,
        list: BlockContext,
    ) -> Option<u32> {
        if list.legend {
            return None;
        }
        let span = self.outline.blocks[index].span.clone();
        // `- [1] text` is a citation.
        let checkbox = checkbox
            .filter(|checkbox| !self.at(&checkbox.character()).starts_with(|c: char| c.is_ascii_digit()));
        let is_capital_letter =
            checkbox.is_some_and(|checkbox| is_capital_letter(self.at(&checkbox.character())));
        // `[\u{a0}]` and `[×]` have one character between their brackets, but code hosts show them as text.
        let is_odd = |checkbox: &&plan_syntax::Checkbox| {
            let character = self.at(&checkbox.character());
            character.starts_with(malformed::is_odd_space) || malformed::is_lookalike(character)
        };
        let (text, line_end, source, malformed) =
            if let Some(checkbox) = checkbox.filter(|checkbox| !is_odd(checkbox)) {
                let text = self.first_line(index, checkbox.span.end);
                let state = self.vocabulary.of_checkbox_character(self.at(&checkbox.character()));
                (
                    text.clone(),
                    text.end,
                    StateSource { kind: StateSourceKind::Checkbox, span: checkbox.character(), state },
                    None,
                )
            } else {
                let line = match checkbox {
                    // `first_line` starts after the checkbox, but the line includes the checkbox.
                    Some(checkbox) => checkbox.span.start..self.first_line(index, checkbox.span.end).end,
                    None => self.first_line(index, marker.end),
                };
                let (text, source, malformed) = self.item_without_checkbox(&line, list)?;
                (text, line.end, source, malformed)
            };
        let line = marker.start..line_end;
        let draft = ItemDraft { span, line, text, source, malformed, parent: context.item, role: list.role };
        let item = self.push(draft, TextKind::Task)?;
        // If the checkbox of a task means active, `(done)` on a later line describes a part of the task.
        let is_active = self.facts.items[item as usize]
            .state_sources
            .first()
            .is_some_and(|source| source.state == Some(state::State::Active));
        let is_remark = |last: &SegmentSpan| {
            !is_active && !self.has_status_field(last) && malformed::without_marker(self.at(last)).is_none()
        };
        if let Some(last) = self.last_line(index).filter(is_remark) {
            let remark = self.item_texts.remark(&last);
            self.facts.items[item as usize].state_sources.extend(remark);
        }
        let fact = &mut self.facts.items[item as usize];
        match fact.form {
            StateSourceKind::Emoji => fact.condition = list.emoji.unwrap_or(ItemCondition::Never),
            StateSourceKind::Bullet => fact.condition = ItemCondition::OnlyOccurrence,
            StateSourceKind::Checkbox if is_capital_letter => {
                let has_meaning = fact.state_sources.first().is_some_and(|source| source.state.is_some());
                match list.letters {
                    LetterCheckbox::Tag => fact.condition = ItemCondition::LetterIsCheckbox,
                    LetterCheckbox::Checkbox if !has_meaning => {
                        fact.condition = ItemCondition::LetterIsNotTag
                    }
                    LetterCheckbox::Checkbox => {}
                }
            }
            _ => {}
        }
        Some(item)
    }

    /// Reads the first line of a list item without a Markdown checkbox: a bold or malformed checkbox, an emoji that is
    /// a state, or a bold task ID. Returns the remaining text, the state source, and the defect of a malformed
    /// checkbox.
    fn item_without_checkbox(
        &self,
        line: &SegmentSpan,
        list: BlockContext,
    ) -> Option<(SegmentSpan, StateSource, Option<MalformedCheckbox>)> {
        let text = self.at(line);
        let among_checkboxes = || if list.has_checkboxes { malformed::among_checkboxes(text) } else { None };
        if let Some(found) = malformed::after_marker(text).or_else(among_checkboxes) {
            let (text, source, malformed) = with_segment_offsets(&found, line);
            return Some((text, source, Some(malformed)));
        }
        // `- **[x]** text`
        if let Some(bold) = text.strip_prefix("**")
            && let Some(character) = outline::checkbox_character_before(bold, "**")
        {
            let at = line.start + 3;
            let span = at..at + character.len() as u32;
            let source = StateSource {
                kind: StateSourceKind::BoldCheckbox,
                span,
                state: self.vocabulary.of_checkbox_character(character),
            };
            let after = 2 + 1 + character.len() + 1 + 2;
            let skip = text.len() - text[after..].trim_start().len();
            return Some((line.start + skip as u32..line.end, source, None));
        }
        // `- **[x] text**`
        if let Some(bold) = text.strip_prefix("**")
            && let Some(character) = outline::checkbox_character(bold)
                .filter(|character| !character.starts_with(|c: char| c.is_ascii_digit()))
            && bold[character.len() + 2..].trim_start().starts_with(|c: char| c != '*')
        {
            let at = line.start + 3;
            let source = StateSource {
                kind: StateSourceKind::BoldCheckbox,
                span: at..at + character.len() as u32,
                state: self.vocabulary.of_checkbox_character(character),
            };
            let skip = text.len() - bold[character.len() + 2..].trim_start().len();
            return Some((line.start + skip as u32..line.end, source, None));
        }
        if list.emoji.is_some()
            && let Some((length, state)) = self.vocabulary.leading_emoji(text)
        {
            let source = StateSource {
                kind: StateSourceKind::Emoji,
                span: line.start..line.start + length as u32,
                state: Some(state),
            };
            let skip = text.len() - text[length..].trim_start().len();
            return Some((line.start + skip as u32..line.end, source, None));
        }
        // `- **Task 1.1**: text`, `- 🔵 **Task 1.1**: text`
        bold_task_word(&text[text::decoration_length(text)..], self.vocabulary)?;
        let source = StateSource { kind: StateSourceKind::Bullet, span: line.clone(), state: None };
        Some((line.clone(), source, None))
    }

    /// Returns whether a list is a legend of checkboxes: it has several different checkboxes, and the text of each item
    /// is the state that its checkbox denotes. An example is `- [ ] To do`, `- [x] Done`.
    fn is_checkbox_legend(&self, list: usize) -> bool {
        /// Maximum number of items of a legend.
        const MAX_ITEMS: usize = 8;
        let mut characters: Vec<&str> = Vec::new();
        for item in self.outline.children(list) {
            let BlockKind::Item { checkbox: Some(checkbox), .. } = &self.outline.blocks[item].kind else {
                return false;
            };
            let character = self.at(&checkbox.character());
            if characters.len() == MAX_ITEMS || characters.contains(&character) {
                return false;
            }
            characters.push(character);
            let line = self.first_line(item, checkbox.span.end);
            let name = self.at(&line).trim_matches(|c: char| !c.is_alphanumeric());
            let state = self.vocabulary.of_words(name);
            if state.is_none() || state != self.vocabulary.of_checkbox_character(character) {
                return false;
            }
        }
        characters.len() > 1
    }

    fn has_checkboxes(&self, list: usize) -> bool {
        self.outline
            .children(list)
            .any(|item| matches!(self.outline.blocks[item].kind, BlockKind::Item { checkbox: Some(_), .. }))
    }

    /// Returns the meaning of capital letters in brackets in a list.
    fn letters(&self, list: usize) -> LetterCheckbox {
        let mut letter = None;
        let mut is_mixed = false;
        for item in self.outline.children(list) {
            let BlockKind::Item { checkbox, .. } = &self.outline.blocks[item].kind else { continue };
            let Some(checkbox) = checkbox else {
                is_mixed = true;
                continue;
            };
            let character = self.at(&checkbox.character());
            if !is_capital_letter(character) {
                return LetterCheckbox::Checkbox;
            }
            is_mixed |= letter.is_some_and(|letter| letter != character)
                || self.vocabulary.of_checkbox_character(character).is_none();
            letter = Some(character);
        }
        if letter.is_some() && is_mixed { LetterCheckbox::Tag } else { LetterCheckbox::Checkbox }
    }

    /// Returns the condition under which emoji at the start of a list's bullets are states. `None` if no bullet starts
    /// with an emoji or the list is a legend.
    fn emoji_condition(&self, list: usize) -> Option<ItemCondition> {
        let mut with_emoji = 0;
        let (mut all_have_ids, mut all_are_state_names) = (true, true);
        for item in self.outline.children(list) {
            let BlockKind::Item { marker_end, checkbox: None } = self.outline.blocks[item].kind else {
                continue;
            };
            let line = self.first_line(item, marker_end);
            let text = self.at(&line);
            let Some((length, _)) = self.vocabulary.leading_emoji(text) else { continue };
            let rest = text[length..].trim_start();
            with_emoji += 1;
            all_have_ids &= leading_task_id(rest, self.vocabulary.nouns()).is_some_and(|found| {
                found.form != IdForm::Plain
                    && (found.separated || found.bold || found.form != IdForm::Prefixed)
            });
            let name = rest.split([':', '(', '—']).next().unwrap_or_default();
            let name = name.split(" - ").next().unwrap_or_default();
            all_are_state_names &= self.vocabulary.of_words(name).is_some();
        }
        match (with_emoji, all_are_state_names, all_have_ids) {
            (0, ..) => None,
            (2.., true, _) => None,
            (_, _, true) => Some(ItemCondition::Always),
            _ => Some(ItemCondition::EmojiIsState),
        }
    }

    /// Reads a bullet that is not an item; it may state a dependency.
    fn bullet(&mut self, index: usize, marker: &SegmentSpan, context: BlockContext, list: BlockContext) {
        let line = self.first_line(index, marker.end);
        if line.is_empty() {
            return;
        }
        let heading = self.facts.headings.last().map_or("", |heading| self.at(&heading.text));
        if let Some(reference) = references::bullet(self.text, &line, heading, self.vocabulary) {
            self.facts.references.push(reference);
        } else if let Some(relation) = list.relation {
            let parent = self.fact_parent(context.item);
            self.reference(&line, relation, parent);
        } else if self.facts.headings.last().is_some_and(|heading| {
            heading.level > 2
                && references::relation_of(self.vocabulary.meaning_of(self.at(&heading.text))).is_some()
        }) && context.item.is_none()
        {
            // The list is below `#### Dependencies` in a phase.
            let parent = self.fact_parent(None);
            self.reference(&line, Relation::DependsOn, parent);
        }
    }

    fn reference(&mut self, span: &SegmentSpan, relation: Relation, parent: FactParent) {
        let value = reference::parse_with(self.at(span), self.vocabulary.nouns());
        self.facts.references.push(ReferenceFact {
            parent,
            subject: None,
            relation,
            span: span.clone(),
            value,
        });
    }

    fn paragraph(&mut self, index: usize, item: Option<u32>, role: Option<Role>) {
        let block = &self.outline.blocks[index];
        let lines: Vec<SegmentSpan> = self.outline.inline(index).cloned().collect();
        let is_first_in_item = block.parent().is_some_and(|parent| {
            parent + 1 == index as u32
                && matches!(self.outline.blocks[parent as usize].kind, BlockKind::Item { .. })
        });
        let mut item = item;
        for (number, line) in lines.iter().enumerate() {
            let is_first_line_of_item = is_first_in_item && number == 0;
            let belongs_to_item = item.is_some_and(|item| {
                let fact = &self.facts.items[item as usize];
                is_first_in_item && fact.line.start < line.start && fact.span.end >= line.end && {
                    let parent = block.parent().map(|parent| self.outline.blocks[parent as usize].span.start);
                    parent == Some(fact.span.start)
                }
            });
            let may_have_reference = belongs_to_item
                || is_first_line_of_item && item.is_some() && fields_of(self.at(line)).is_empty();
            if may_have_reference {
                let parent = self.fact_parent(item);
                self.facts.references.extend(references::inline(self.text, line, parent, self.vocabulary));
            }
            if is_first_line_of_item && belongs_to_item {
                continue;
            }
            if !is_first_line_of_item && self.malformed_checkbox(line, item, role) {
                self.adopt_nested_blocks(block);
                continue;
            }
            if block.parent().is_none() && self.paragraph_item(index, line) {
                item = self.open_item;
                let parent = self.fact_parent(item);
                self.facts.references.extend(references::inline(self.text, line, parent, self.vocabulary));
                continue;
            }
            let parent = self.fact_parent(item);
            self.fields_in(line, parent);
        }
        self.label(block.parent(), lines.last());
    }

    /// Reads `**Task 1.1**: text` as an item that contains the following blocks. Returns whether the line is an item.
    fn paragraph_item(&mut self, block: usize, line: &SegmentSpan) -> bool {
        let Some(word) = bold_task_word(self.at(line), self.vocabulary) else { return false };
        let draft = ItemDraft {
            span: line.start..self.outline.blocks[block].span.end,
            line: line.clone(),
            text: line.clone(),
            source: StateSource { kind: StateSourceKind::Paragraph, span: line.clone(), state: None },
            malformed: None,
            parent: None,
            role: None,
        };
        self.open_item = self.push(draft, TextKind::Task);
        if let Some(item) = self.open_item
            && word == "task"
        {
            self.facts.items[item as usize].condition = ItemCondition::OnlyOccurrence;
        }
        self.open_item.is_some()
    }

    /// Reads `<task>` elements with a `<name>` as tasks.
    fn task_elements(&mut self, span: &SegmentSpan, context: BlockContext) {
        let text = self.at(span);
        if !text.contains("<task") {
            return;
        }
        let starts: Vec<usize> = text.match_indices("<task").map(|(at, _)| at).collect();
        for (number, start) in starts.iter().enumerate() {
            let until = starts.get(number + 1).copied().unwrap_or(text.len());
            let element = &text[*start..until];
            if !is_task_element(element) {
                continue;
            }
            let Some((before, rest)) = element.split_once("<name>") else { continue };
            let Some(name) = rest.split("</name>").next().filter(|name| !name.contains(['\r', '\n'])) else {
                continue;
            };
            let at = |offset: usize| span.start + (start + offset) as u32;
            let name_start = before.len() + "<name>".len();
            let line = at(name_start)..at(name_start + name.len());
            let end = element.find("</task>").map_or(element.trim_end().len(), |end| end + "</task>".len());
            let source = StateSource { kind: StateSourceKind::Paragraph, span: line.clone(), state: None };
            let draft = ItemDraft {
                span: line.start..at(end).max(line.end),
                line: line.clone(),
                text: line,
                source,
                malformed: None,
                parent: context.item,
                role: context.role,
            };
            self.push(draft, TextKind::Task);
        }
    }

    /// Records the label that a paragraph ends in; it applies to the next block.
    fn label(&mut self, parent: Option<u32>, line: Option<&SegmentSpan>) {
        let Some(line) = line else { return };
        let text = self.at(line).trim_end();
        let without_emphasis = text.trim_end_matches(['*', '_']);
        let label = without_emphasis
            .strip_suffix([':', '：'])
            .or_else(|| text.strip_prefix("**").and_then(|bold| bold.strip_suffix("**")));
        let Some(label) = label else { return };
        let label = label.trim_matches(|c: char| matches!(c, '*' | '_') || c.is_whitespace());
        let relation = references::relation_of(self.vocabulary.meaning_of(label));
        // A sentence that mentions work does not determine the role of the checkboxes below.
        let is_sentence = || label.split_whitespace().nth(MAX_WORK_LABEL_WORDS).is_some();
        let context = SectionContext::of(label)
            .filter(|context| *context != SectionContext::Role(Role::Work) || !is_sentence());
        self.labels.push((parent, Label { context, relation }));
    }

    /// Reads a line with a malformed checkbox that is not a list item: `-[ ] text`, `• [ ] text`, or `[ ] text`
    /// without a bullet. Returns whether the line has a malformed checkbox.
    fn malformed_checkbox(&mut self, line: &SegmentSpan, parent: Option<u32>, role: Option<Role>) -> bool {
        let Some(found) = malformed::without_marker(self.at(line)) else { return false };
        let (text, source, malformed) = with_segment_offsets(&found, line);
        let malformed = Some(malformed);
        let parent = self.parent_by_column(line, parent);
        self.push(
            ItemDraft { span: line.clone(), line: line.clone(), text, source, malformed, parent, role },
            TextKind::Task,
        );
        true
    }

    /// Makes the blocks below a paragraph part of the last item, if the item's line in the paragraph starts a new item.
    /// In Markdown, these blocks belong to the list item that contains the paragraph.
    fn adopt_nested_blocks(&mut self, paragraph: &plan_syntax::Block) {
        let Some(list_item) = paragraph.parent().map(|parent| parent as usize) else { return };
        let block = &self.outline.blocks[list_item];
        let (Some(new), Some(context)) =
            (self.facts.items.len().checked_sub(1), self.contexts.get(list_item))
        else {
            return;
        };
        let is_sibling = matches!(block.kind, BlockKind::Item { .. })
            && context.item.is_some_and(|item| self.facts.items[new].parent != Some(item));
        if is_sibling && paragraph.span.end < block.span.end {
            self.facts.items[new].span.end = block.span.end;
            self.contexts[list_item].item = Some(new as u32);
        }
    }

    /// Returns the parent item of a line with a malformed checkbox. In Markdown, the line continues the preceding
    /// item. If it starts at that item's column or to the left of it, the author intended a new item, so the
    /// preceding items end before the line.
    fn parent_by_column(&mut self, line: &SegmentSpan, mut item: Option<u32>) -> Option<u32> {
        let column = |at: u32| {
            at as usize - self.text[..at as usize].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
        };
        let (own_column, text_before) =
            (column(line.start), self.text[..line.start as usize].trim_end().len() as u32);
        while let Some(index) = item {
            let candidate = &self.facts.items[index as usize];
            if column(candidate.line.start) < own_column || candidate.form == StateSourceKind::Paragraph {
                break;
            }
            let (end, parent) = (candidate.line.end.max(text_before), candidate.parent);
            self.facts.items[index as usize].span.end = end;
            item = parent;
        }
        item
    }

    fn fields_in(&mut self, line: &SegmentSpan, parent: FactParent) {
        let text = self.at(line);
        if let Some(found) = REQUIREMENTS.captures(text).and_then(|found| found.name("value")) {
            self.facts.kiro |= text.starts_with('_');
            let span = line.start + found.start() as u32..line.start + found.end() as u32;
            self.reference(&span, Relation::Requirement, parent);
            return;
        }
        for field in fields_with(text, |key| self.vocabulary.meaning_of(key)) {
            let span_of = |range: std::ops::Range<usize>| {
                line.start + range.start as u32..line.start + range.end as u32
            };
            let meaning = self.vocabulary.meaning_of(&text[field.key.clone()]);
            let (key, value) = (span_of(field.key), span_of(field.value));
            if let Some(relation) = references::relation_of(meaning).filter(|_| !value.is_empty()) {
                self.reference(&value, relation, parent);
                // `Before: …` and `After: …` may describe a comparison.
                if meaning == Some(Meaning::After) {
                    self.facts
                        .references
                        .pop_if(|reference| reference.value.class == reference::ValueClass::Prose);
                }
            }
            self.facts.fields.push(FieldFact { meaning, key, value, parent });
        }
    }

    pub(super) fn push(&mut self, draft: ItemDraft, kind: TextKind) -> Option<u32> {
        let ItemDraft { span, line, text, source, malformed, parent, role } = draft;
        let text = self.item_texts.read(text, kind)?;
        self.facts.kiro |= text.optional && source.kind == StateSourceKind::Checkbox;
        let phase = if text.id.is_none() && source.kind.is_checkbox() {
            leading_phase_id(self.at(&text.title), self.vocabulary.nouns())
                .filter(|leading_id| leading_id.separated)
                .map(|leading_id| leading_id.id)
        } else {
            None
        };
        let dash = source.kind == StateSourceKind::Checkbox && self.at(&source.span) == "-";
        let form = source.kind;
        let title = self.at(&text.title);
        let unfilled = text.id.is_none() && title.trim().is_empty() || placeholder::is_unfilled(title);
        let is_nothing = form.is_checkbox() && text.id.is_none() && role::means_nothing_to_do(title);
        let condition = if is_nothing { ItemCondition::Never } else { ItemCondition::Always };
        let mut state_sources: StateSources = [source].into();
        state_sources.extend(text.state_sources);
        self.facts.items.push(ItemFact {
            kind: ItemKind::Task,
            form,
            condition,
            span,
            line,
            title: text.title,
            id: text.id,
            id_span: text.id_span,
            ambiguous_id: text.ambiguous_id,
            tags: text.tags,
            state_sources,
            state: None,
            dash,
            unfilled,
            parent,
            optional: text.optional,
            phase,
            malformed,
            role,
            suffix: None,
        });
        let item = self.facts.items.len() as u32 - 1;
        self.inline_fields(text.fields, FactParent::Item(item));
        Some(item)
    }

    /// Adds the fields at the end of an item's text.
    fn inline_fields(&mut self, fields: Vec<text::InlineField>, parent: FactParent) {
        for text::InlineField { key, value, meaning } in fields {
            let meaning = meaning.or_else(|| self.vocabulary.meaning_of(self.at(&key)));
            if let Some(relation) = references::relation_of(meaning).filter(|_| !value.is_empty()) {
                self.reference(&value, relation, parent);
            }
            self.facts.fields.push(FieldFact { key, value, meaning, parent });
        }
    }

    /// Moves the fields below a malformed checkbox to its item. To Markdown, `-[ ] text` continues the paragraph of the
    /// item above, so the fields below it belong to that item.
    fn move_fields_to_malformed_checkboxes(&mut self) {
        let column = |at: u32| {
            at as usize - self.text[..at as usize].rfind(['\n', '\r']).map_or(0, |newline| newline + 1)
        };
        let items = &self.facts.items;
        let is_no_list_item = |item: &ItemFact| {
            let kind = item.malformed.as_ref().map(|malformed| malformed.kind);
            kind.is_some_and(|kind| {
                matches!(
                    kind,
                    MalformedCheckboxKind::NoSpace
                        | MalformedCheckboxKind::NoBullet
                        | MalformedCheckboxKind::UnknownBullet
                )
            })
        };
        let malformed = |item: &ItemFact| is_no_list_item(item).then(|| column(item.span.start));
        let moved = |parent: FactParent, at: u32| {
            let FactParent::Item(item) = parent else { return parent };
            let after = item as usize + 1;
            let between = items[after..].iter().enumerate().take_while(|(_, other)| other.span.start < at);
            let below = between.filter(|(_, other)| malformed(other).is_some_and(|own| own < column(at)));
            below.last().map_or(parent, |(index, _)| FactParent::Item((after + index) as u32))
        };
        for field in &mut self.facts.fields {
            field.parent = moved(field.parent, field.key.start);
        }
        for reference in &mut self.facts.references {
            reference.parent = moved(reference.parent, reference.span.start);
        }
    }

    /// Decides about the headings whose meaning depends on the content below them.
    fn set_heading_conditions(&mut self) {
        let has_checkbox = self.facts.items.iter().any(|item| item.form.is_checkbox());
        let is_done = |item: &ItemFact| {
            item.state_sources.first().is_some_and(|source| source.state == Some(state::State::Done))
        };
        let has_done = self.facts.items.iter().any(is_done);
        for heading in &mut self.facts.headings {
            let Some(item) = &mut heading.item else { continue };
            match item.condition {
                // `### ENV-001: Name` with `Status: Done` below it.
                ItemCondition::HasStatusField => {
                    let has_status = item
                        .state_sources
                        .iter()
                        .any(|source| source.kind == StateSourceKind::Field && source.state.is_some());
                    match has_status {
                        true => item.condition = ItemCondition::InWorkSection,
                        false => heading.item = None,
                    }
                }
                // `## 1. ✅ Name` above open checkboxes: the emoji is a decoration.
                ItemCondition::HasCheckboxes if has_checkbox && !has_done => {
                    let title = item.title.start;
                    item.state_sources.retain(|source| {
                        source.kind != StateSourceKind::Emoji
                            || source.state != Some(state::State::Done)
                            || source.span.start >= title
                    });
                }
                _ => {}
            }
        }
    }

    /// Completes the facts after the walk: states from fields, malformed checkboxes, final states.
    fn finish(&mut self) {
        if self.facts.items.iter().any(|item| item.malformed.is_some()) {
            self.move_fields_to_malformed_checkboxes();
        }
        for field in &self.facts.fields {
            if field.meaning != Some(Meaning::Status) {
                continue;
            }
            let value = &self.text[bytes(&field.value)];
            let item = match field.parent {
                FactParent::Item(item) => self.facts.items.get_mut(item as usize),
                FactParent::Heading(heading) => self.facts.headings[heading as usize].item.as_deref_mut(),
                FactParent::Text => None,
            };
            let Some(item) = item else { continue };
            let is_first = item.state_sources.iter().all(|source| source.kind != StateSourceKind::Field);
            if is_first && !value.is_empty() && !state::is_unfilled(value) {
                // `Phase 1 complete` in a field of phase 1 describes the phase itself.
                let own = leading_phase_id(value, self.vocabulary.nouns())
                    .filter(|leading_id| item.id.as_ref() == Some(&leading_id.id));
                let state = self.vocabulary.of_value(own.map_or(value, |own| &value[own.range.end..]));
                item.state_sources.push(StateSource {
                    kind: StateSourceKind::Field,
                    span: field.value.clone(),
                    state,
                });
            }
        }
        self.set_heading_conditions();
        malformed::set_conditions(&mut self.facts, self.text, self.vocabulary);
        for item in &mut self.facts.items {
            item.state = state_of(&item.state_sources);
        }
        for heading in &mut self.facts.headings {
            if let Some(item) = &mut heading.item {
                item.state = state_of(&item.state_sources);
            }
        }
    }
}

/// Converts a malformed checkbox at the start of a line. Returns the text after it, the state source and the defect,
/// with offsets in the segment.
fn with_segment_offsets(
    found: &malformed::FoundCheckbox,
    line: &SegmentSpan,
) -> (SegmentSpan, StateSource, MalformedCheckbox) {
    let at = |offset: usize| line.start + offset as u32;
    let state = if found.checked { state::State::Done } else { state::State::Open };
    let source = StateSource {
        kind: StateSourceKind::Checkbox,
        span: at(found.inside.start)..at(found.inside.end),
        state: Some(state),
    };
    let malformed = MalformedCheckbox { kind: found.kind, span: line.start..at(found.end) };
    (at(found.text)..line.end, source, malformed)
}

/// Maximum number of words in a label that introduces a list of work.
const MAX_WORK_LABEL_WORDS: usize = 5;

/// Returns whether the character of a checkbox is a capital letter other than `X`, which can be a tag: `[P]`.
fn is_capital_letter(character: &str) -> bool {
    matches!(character.as_bytes(), [letter] if letter.is_ascii_uppercase() && *letter != b'X')
}

/// An item whose text has not been read yet.
pub(super) struct ItemDraft {
    pub(super) span: SegmentSpan,
    pub(super) line: SegmentSpan,
    pub(super) text: SegmentSpan,
    pub(super) source: StateSource,
    pub(super) malformed: Option<MalformedCheckbox>,
    pub(super) parent: Option<u32>,
    pub(super) role: Option<Role>,
}

static REQUIREMENTS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^_?\*{0,2}Requirements?\*{0,2}:\*{0,2}\s*(?<value>\d[\d., a-z]*\d|\d)_?\s*$"));

/// Returns the word (`task`, `step` or `story`) of a bold task ID at the start of a text, if a separator follows the
/// ID.
fn bold_task_word(text: &str, vocabulary: &Vocabulary) -> Option<&'static str> {
    let bold = text.strip_prefix("**")?;
    let found = leading_task_id(text, vocabulary.nouns())
        .filter(|found| found.form == IdForm::Worded && found.separated)?;
    // `**Task 1.1** needs …` only mentions a task; `**Task 1.1: name**` and `**Task 1.1**: name` define one.
    let rest = &text[found.range.end..];
    if rest.strip_prefix("**").is_some_and(|rest| {
        let rest = rest.trim_start();
        !rest.is_empty() && !rest.starts_with([':', '-', '–', '—', '(', '['])
    }) {
        return None;
    }
    let word = bold.to_lowercase();
    Some(if word.starts_with("step") || words::is_step(bold) {
        "step"
    } else if word.starts_with("story") {
        "story"
    } else {
        "task"
    })
}
