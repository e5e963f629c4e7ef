//! A plan: the facts of all segments put together.

use std::{borrow::Cow, ops::Range, sync::Arc};

use plan_syntax::{Document, Segment, Span, outline::bytes};

use crate::{
    facts::{Carrier, CarrierKind, HeadingFact, LooseKind, PhaseFact, SegmentFacts, TaskFact, state_of},
    field::Meaning,
    front_matter::{self, Entry},
    id::Id,
    state::{self, State},
};

/// What a document says as a plan. Ranges are bytes of the document.
///
/// It holds references to the facts of the document's segments and compact lists over them; text is read from the
/// document when asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    document: Document,
    pieces: Vec<Piece>,
    front_matter: Vec<Entry>,
    sections: Vec<SectionEntry>,
    items: Vec<ItemEntry>,
    /// For each task in order: how many tasks up to it count, and how many of them are done.
    counts: Vec<Progress>,
}

#[derive(Clone, Debug)]
struct Piece {
    start: usize,
    segment: Arc<Segment>,
    facts: Arc<SegmentFacts>,
}

#[derive(Clone, Debug)]
struct SectionEntry {
    piece: u32,
    heading: u32,
    level: u8,
    /// Byte after the section.
    end: usize,
    /// Tasks before and up to the end of the section.
    tasks: Range<u32>,
    parent: Option<u32>,
}

#[derive(Clone, Debug)]
struct ItemEntry {
    piece: u32,
    /// Index of the heading or the task among the piece's facts.
    local: u32,
    kind: ItemKind,
    parent: Option<u32>,
    section: Option<u32>,
    /// Tasks before the item and up to its end.
    tasks: Range<u32>,
}

/// Phase or task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A container of tasks.
    Phase,
    /// Something to be done.
    Task,
}

impl ItemKind {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Phase => "phase",
            Self::Task => "task",
        }
    }
}

/// A place in the document.
pub type Place = Range<usize>;

/// Tasks done of tasks that count: optional and cancelled ones are left out, deferred ones are not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Done ones.
    pub done: usize,
    /// All that count.
    pub total: usize,
}

impl Progress {
    /// Whole percent done, rounded down so that 100 means all; nothing where there is nothing to do.
    pub fn percent(self) -> Option<usize> {
        (self.done * 100).checked_div(self.total)
    }
}

impl Plan {
    /// Reads a document. Facts of segments that were read before are taken over.
    pub fn new(document: &Document) -> Self {
        let mut pieces = Vec::new();
        let mut front_matter = Vec::new();
        for (start, segment) in document.segments() {
            if segment.is_prologue() {
                if let Some(front) = document.front_matter() {
                    front_matter = front_matter::entries(&document.content(start, segment).text, &front);
                }
                continue;
            }
            let facts = segment.facts(|| SegmentFacts::read(document.content(start, segment)));
            pieces.push(Piece { start, segment: Arc::clone(segment), facts });
        }
        let mut plan = Self {
            document: document.clone(),
            pieces,
            front_matter,
            sections: Vec::new(),
            items: Vec::new(),
            counts: Vec::new(),
        };
        Assembly::default().run(&mut plan);
        plan
    }

    /// The document it was read from.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// All headings with what lies below them, in document order.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = Section<'_>> + Clone {
        (0..self.sections.len()).map(|index| Section { plan: self, index })
    }

    /// All phases and tasks in document order.
    pub fn items(&self) -> impl ExactSizeIterator<Item = Item<'_>> + Clone {
        (0..self.items.len()).map(|index| Item { plan: self, index })
    }

    /// The item with this index.
    pub fn item(&self, index: usize) -> Option<Item<'_>> {
        (index < self.items.len()).then_some(Item { plan: self, index })
    }

    /// Tasks whose own lines touch the range.
    pub fn tasks_at(&self, range: &Place) -> Vec<Item<'_>> {
        self.items()
            .filter(|item| item.kind() == ItemKind::Task)
            .filter(|item| {
                let line = item.line();
                line.start <= range.end && range.start <= line.end
            })
            .collect()
    }

    /// Progress over all tasks.
    pub fn progress(&self) -> Progress {
        self.progress_of(&(0..self.counts.len() as u32))
    }

    fn progress_of(&self, tasks: &Range<u32>) -> Progress {
        let upto = |count: u32| {
            (count as usize)
                .checked_sub(1)
                .and_then(|last| self.counts.get(last))
                .copied()
                .unwrap_or_default()
        };
        let (before, all) = (upto(tasks.start), upto(tasks.end));
        Progress { done: all.done - before.done, total: all.total - before.total }
    }

    /// The title: front matter's, else the first H1's text without markup, else nothing.
    pub fn title(&self) -> Option<String> {
        let named = self.front_matter.iter().find(|entry| entry.meaning == Some(Meaning::Title));
        let heading = || self.sections().find(|section| section.level() == 1).map(|section| section.title());
        heading().or_else(|| named.map(|entry| entry.text.clone())).filter(|title| !title.is_empty())
    }

    /// The range of the title's text, where it is a heading.
    pub fn title_range(&self) -> Option<Place> {
        self.sections().find(|section| section.level() == 1).map(|section| section.text_range())
    }

    /// The fields of the document: front matter, and those above its first work.
    pub fn fields(&self) -> Fields<'_> {
        let mut found: Vec<Field<'_>> = self
            .front_matter
            .iter()
            .map(|entry| Field {
                key: self.slice(entry.key.clone()),
                value: entry.text.as_str().into(),
                key_range: entry.key.clone(),
                value_range: entry.value.clone(),
                meaning: entry.meaning,
                front_matter: true,
            })
            .collect();
        let mut h2 = 0;
        'pieces: for piece in &self.pieces {
            let mut header = h2 == 0;
            if let Some(heading) = piece.facts.headings.first().filter(|heading| heading.level >= 2) {
                let text = piece.str(&heading.text);
                h2 += usize::from(heading.level == 2);
                header = is_header_section(text) && h2 <= 2;
                if let Some(field) = self.status_section(piece, heading).filter(|_| h2 <= 3) {
                    found.push(field);
                    continue;
                }
                if h2 > 3 || heading.phase.is_some() {
                    break 'pieces;
                }
            }
            if header {
                found.extend(
                    piece
                        .facts
                        .fields
                        .iter()
                        .filter(|field| field.task.is_none())
                        .map(|field| piece.field(&field.key, &field.value, field.meaning)),
                );
            }
        }
        Fields { found }
    }

    /// `## Status: Done`, or `## Status` with a paragraph below.
    fn status_section<'a>(&'a self, piece: &'a Piece, heading: &HeadingFact) -> Option<Field<'a>> {
        let text = piece.str(&heading.text);
        let (key, value) = text.split_once(':').unwrap_or((text, ""));
        if Meaning::of(key)? != Meaning::Status {
            return None;
        }
        let key_span = heading.text.start..heading.text.start + key.len() as u32;
        if !value.trim().is_empty() {
            let start = heading.text.end - value.trim_start().len() as u32;
            return Some(piece.field(&key_span, &(start..heading.text.end), Some(Meaning::Status)));
        }
        let content = piece.segment_content(&self.document);
        let paragraph = content
            .outline
            .roots()
            .find(|root| content.outline.blocks[*root].span.start > heading.span.start)?;
        if !matches!(content.outline.blocks[paragraph].kind, plan_syntax::BlockKind::Paragraph) {
            return None;
        }
        let line = content.outline.inline(paragraph).next()?;
        Some(piece.field(&key_span, line, Some(Meaning::Status)))
    }

    /// The first field of a meaning that has a value.
    pub fn field(&self, meaning: Meaning) -> Option<Field<'_>> {
        self.fields()
            .found
            .into_iter()
            .find(|field| field.meaning == Some(meaning) && !state::is_unfilled(&field.value))
    }

    /// The status field: the first whose value is known, else the first.
    pub fn status(&self) -> Option<Field<'_>> {
        let statuses: Vec<Field<'_>> =
            self.fields().found.into_iter().filter(|field| field.meaning == Some(Meaning::Status)).collect();
        let known = statuses.iter().position(|field| state::of_value(&field.value).is_some()).unwrap_or(0);
        statuses.into_iter().nth(known)
    }

    /// What shows that the document is a plan, or not.
    pub fn evidence(&self) -> Evidence {
        let tasks = self.items().filter(|item| item.kind() == ItemKind::Task);
        let fields = self.fields();
        Evidence {
            phases: self.items().filter(|item| item.kind() == ItemKind::Phase).count(),
            tasks: tasks.clone().count(),
            tasks_with_id: tasks.filter(|item| item.id().is_some()).count(),
            header_fields: fields
                .found
                .iter()
                .filter(|field| {
                    matches!(
                        field.meaning,
                        Some(
                            Meaning::Status
                                | Meaning::Owner
                                | Meaning::Target
                                | Meaning::Created
                                | Meaning::Updated
                                | Meaning::Goal
                                | Meaning::Spec
                                | Meaning::DependsOn
                        )
                    )
                })
                .count(),
            plan_type: fields.found.iter().any(|field| {
                field.meaning == Some(Meaning::Type) && field.value.to_lowercase().contains("plan")
            }),
            plan_title: self.title().is_some_and(|title| is_plan_title(&title)),
            plan_word: self.sections().any(|section| {
                let own_tasks = section.level() <= 2 && section.progress().total > 0;
                let title = section.title().to_lowercase();
                own_tasks && title.split(|c: char| !c.is_alphanumeric()).any(is_plan_word)
            }),
            record: self.is_record(),
        }
    }

    /// Whether it records a decision or proposes one (an ADR, an RFC, a KEP): such documents have statuses and boxes of
    /// their own, which mean something else.
    fn is_record(&self) -> bool {
        let titled = self.title().is_some_and(|title| {
            let title = title.to_lowercase();
            ["adr", "rfc", "kep", "pep"].iter().any(|kind| {
                title.strip_prefix(kind).is_some_and(|rest| {
                    rest.trim_start_matches(['-', ' ', '#']).starts_with(|c: char| c.is_ascii_digit())
                })
            })
        });
        let titles: Vec<String> = self.sections().map(|section| section.title().to_lowercase()).collect();
        let has = |name: &str| titles.iter().any(|title| title == name);
        titled
            || has("decision") && (has("consequences") || has("context"))
            || has("motivation") && ["drawbacks", "proposal", "design details"].into_iter().any(has)
    }

    fn slice(&self, range: Place) -> String {
        self.document.slice(range)
    }
}

/// Whether a title calls its document a plan, in its first word or the last one of its name: `Plan 12: x`, `x
/// Implementation Plan`, `Tasks: x`.
fn is_plan_title(title: &str) -> bool {
    let title = title.to_lowercase();
    let name = title.split(':').next().unwrap_or_default();
    let words = |text: &str| -> Vec<bool> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(is_plan_word).collect()
    };
    let (name, whole) = (words(name), words(&title));
    [name.first(), name.last(), whole.last()].into_iter().flatten().any(|is_plan| *is_plan)
}

/// Words that plans call themselves by, lower case.
fn is_plan_word(word: &str) -> bool {
    matches!(word, "plan" | "roadmap" | "execplan" | "tasks" | "milestones")
}

/// H2 sections that hold a document's fields.
fn is_header_section(title: &str) -> bool {
    let title = title.to_lowercase();
    ["metadata", "status", "overview", "header", "information", "info", "summary", "details"]
        .iter()
        .any(|word| title.contains(word))
}

impl Piece {
    fn str(&self, span: &Span) -> &str {
        // Whoever read the facts has read the content.
        self.segment.content().and_then(|content| content.text.get(bytes(span))).unwrap_or_default()
    }

    fn segment_content<'a>(&'a self, document: &Document) -> &'a plan_syntax::Content {
        document.content(self.start, &self.segment)
    }

    fn range(&self, span: &Span) -> Place {
        self.start + span.start as usize..self.start + span.end as usize
    }

    fn field(&self, key: &Span, value: &Span, meaning: Option<Meaning>) -> Field<'_> {
        Field {
            key: self.str(key).to_owned(),
            value: self.str(value).into(),
            key_range: self.range(key),
            value_range: self.range(value),
            meaning,
            front_matter: false,
        }
    }
}

/// The walk that builds sections and items from the pieces.
#[derive(Default)]
struct Assembly {
    /// Open sections, outermost first.
    sections: Vec<u32>,
    /// Open phases, outermost first: level of the heading, index of the item, id.
    phases: Vec<(u8, u32, Id)>,
    progress: Progress,
    tasks: u32,
}

impl Assembly {
    fn run(mut self, plan: &mut Plan) {
        let pieces = std::mem::take(&mut plan.pieces);
        for (number, piece) in pieces.iter().enumerate() {
            let facts = &piece.facts;
            let mut headings = facts.headings.iter().enumerate().peekable();
            let first_item = plan.items.len();
            // Where each task of the piece stands in the list of items.
            let mut placed: Vec<u32> = Vec::with_capacity(facts.tasks.len());
            for (local, task) in facts.tasks.iter().enumerate() {
                while let Some((index, heading)) = headings.next_if(|(_, h)| h.span.start < task.span.start) {
                    self.heading(plan, piece, number, index, heading);
                }
                let parent = task.parent.map(|parent| placed[parent as usize]);
                self.tasks += 1;
                if task.state != State::Cancelled && !task.optional {
                    self.progress.total += 1;
                    self.progress.done += usize::from(task.state == State::Done);
                }
                plan.counts.push(self.progress);
                placed.push(plan.items.len() as u32);
                plan.items.push(ItemEntry {
                    piece: number as u32,
                    local: local as u32,
                    kind: ItemKind::Task,
                    parent: parent.or_else(|| self.phases.last().map(|(_, phase, _)| *phase)),
                    section: self.sections.last().copied(),
                    tasks: self.tasks - 1..self.tasks,
                });
                // Everything from here to the ancestors' ends is theirs too.
                let mut above = parent;
                while let Some(index) = above.filter(|index| *index as usize >= first_item) {
                    let entry = &mut plan.items[index as usize];
                    entry.tasks.end = self.tasks;
                    above = entry.parent.filter(|_| entry.kind == ItemKind::Task);
                }
            }
            for (index, heading) in headings {
                self.heading(plan, piece, number, index, heading);
            }
        }
        let end = plan.document.len();
        self.close_to(plan, 0, end);
        plan.pieces = pieces;
    }

    fn heading(
        &mut self,
        plan: &mut Plan,
        piece: &Piece,
        number: usize,
        index: usize,
        heading: &HeadingFact,
    ) {
        let start = piece.start + heading.span.start as usize;
        self.close_to(plan, heading.level, start);
        let section = plan.sections.len() as u32;
        plan.sections.push(SectionEntry {
            piece: number as u32,
            heading: index as u32,
            level: heading.level,
            end: start,
            tasks: self.tasks..self.tasks,
            parent: self.sections.last().copied(),
        });
        self.sections.push(section);
        let Some(phase) = &heading.phase else { return };
        // `#### Phase 1 Deliverables` inside phase 1 is a section of that phase.
        if !phase.separated && self.phases.iter().any(|(_, _, open)| *open == phase.id) {
            return;
        }
        let item = plan.items.len() as u32;
        plan.items.push(ItemEntry {
            piece: number as u32,
            local: index as u32,
            kind: ItemKind::Phase,
            parent: self.phases.last().map(|(_, phase, _)| *phase),
            section: Some(section),
            tasks: self.tasks..self.tasks,
        });
        self.phases.push((heading.level, item, phase.id.clone()));
    }

    /// Closes sections and phases of `level` and below, which end at byte `end`.
    fn close_to(&mut self, plan: &mut Plan, level: u8, end: usize) {
        while let Some(open) = self.sections.last().map(|index| *index as usize)
            && plan.sections[open].level >= level
        {
            plan.sections[open].end = end;
            plan.sections[open].tasks.end = self.tasks;
            self.sections.pop();
        }
        while let Some((_, phase, _)) = self.phases.pop_if(|(open, ..)| *open >= level) {
            plan.items[phase as usize].tasks.end = self.tasks;
        }
    }
}

/// A heading and what lies below it, up to the next heading of its level or above.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    plan: &'a Plan,
    index: usize,
}

impl<'a> Section<'a> {
    fn entry(&self) -> &'a SectionEntry {
        &self.plan.sections[self.index]
    }

    fn heading(&self) -> (&'a Piece, &'a HeadingFact) {
        let entry = self.entry();
        let piece = &self.plan.pieces[entry.piece as usize];
        (piece, &piece.facts.headings[entry.heading as usize])
    }

    /// Its place in [`Plan::sections`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// The level of its heading, 1 to 6.
    pub fn level(&self) -> u8 {
        self.entry().level
    }

    /// The heading's text without emphasis.
    pub fn title(&self) -> String {
        let (piece, heading) = self.heading();
        plain(piece.str(&heading.text))
    }

    /// The heading's text.
    pub fn text_range(&self) -> Place {
        let (piece, heading) = self.heading();
        piece.range(&heading.text)
    }

    /// The heading.
    pub fn heading_range(&self) -> Place {
        let (piece, heading) = self.heading();
        piece.range(&heading.span)
    }

    /// Heading and all below it.
    pub fn range(&self) -> Place {
        self.heading_range().start..self.entry().end
    }

    /// Index of the section around it.
    pub fn parent(&self) -> Option<usize> {
        self.entry().parent.map(|parent| parent as usize)
    }

    /// Progress of the tasks inside.
    pub fn progress(&self) -> Progress {
        self.plan.progress_of(&self.entry().tasks)
    }
}

/// A phase or task.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    plan: &'a Plan,
    index: usize,
}

/// The facts behind an item.
enum Facts<'a> {
    Phase(&'a HeadingFact, &'a PhaseFact),
    Task(&'a TaskFact),
}

impl<'a> Item<'a> {
    fn entry(&self) -> &'a ItemEntry {
        &self.plan.items[self.index]
    }

    fn piece(&self) -> &'a Piece {
        &self.plan.pieces[self.entry().piece as usize]
    }

    fn facts(&self) -> Option<Facts<'a>> {
        let (entry, facts) = (self.entry(), &self.piece().facts);
        match entry.kind {
            ItemKind::Phase => {
                let heading = &facts.headings[entry.local as usize];
                heading.phase.as_ref().map(|phase| Facts::Phase(heading, phase))
            }
            ItemKind::Task => Some(Facts::Task(&facts.tasks[entry.local as usize])),
        }
    }

    fn task(&self) -> Option<&'a TaskFact> {
        match self.facts() {
            Some(Facts::Task(task)) => Some(task),
            _ => None,
        }
    }

    /// The plan it belongs to.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Its place in [`Plan::items`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// Phase or task.
    pub fn kind(&self) -> ItemKind {
        self.entry().kind
    }

    /// Its id, if one is written.
    pub fn id(&self) -> Option<&'a Id> {
        match self.facts()? {
            Facts::Phase(_, phase) => Some(&phase.id),
            Facts::Task(task) => task.id.as_ref(),
        }
    }

    /// Its name without id, emoji, emphasis and trailing state.
    pub fn title(&self) -> String {
        let span = match self.facts() {
            Some(Facts::Phase(_, phase)) => &phase.title,
            Some(Facts::Task(task)) => &task.title,
            None => return String::new(),
        };
        plain(self.piece().str(span))
    }

    /// Its own line: for a task from the bullet to the end of the line, for a phase its heading.
    pub fn line(&self) -> Place {
        match self.facts() {
            Some(Facts::Phase(heading, _)) => self.piece().range(&heading.span),
            Some(Facts::Task(task)) => self.piece().range(&task.line),
            None => 0..0,
        }
    }

    /// All of it, with details and children.
    pub fn range(&self) -> Place {
        match (self.entry().section, self.task()) {
            (_, Some(task)) => self.piece().range(&task.span),
            (Some(section), None) => Section { plan: self.plan, index: section as usize }.range(),
            (None, None) => self.line(),
        }
    }

    /// What tells its state, with the place of each.
    pub fn carriers(&self) -> impl Iterator<Item = (CarrierKind, Place, Option<State>)> + 'a {
        let carriers: &'a [Carrier] = match self.facts() {
            Some(Facts::Phase(_, phase)) => &phase.carriers,
            Some(Facts::Task(task)) => &task.carriers,
            None => &[],
        };
        let piece = self.piece();
        carriers.iter().map(|carrier| (carrier.kind, piece.range(&carrier.span), carrier.state))
    }

    /// What its own carriers say; nothing where it has none.
    pub fn state(&self) -> Option<State> {
        match self.facts()? {
            Facts::Phase(_, phase) if phase.carriers.is_empty() => None,
            Facts::Phase(_, phase) => Some(state_of(&phase.carriers)),
            Facts::Task(task) => Some(task.state),
        }
    }

    /// Whether its work is marked as optional.
    pub fn is_optional(&self) -> bool {
        self.task().is_some_and(|task| task.optional)
    }

    /// What is wrong with its box, and what would have to be replaced.
    pub fn loose_box(&self) -> Option<(LooseKind, Place)> {
        let loose = self.task()?.loose.as_ref()?;
        Some((loose.kind, self.piece().range(&loose.span)))
    }

    /// Index of the item it belongs to.
    pub fn parent(&self) -> Option<usize> {
        self.entry().parent.map(|parent| parent as usize)
    }

    /// The section it stands in; for a phase the one it heads.
    pub fn section(&self) -> Option<Section<'a>> {
        self.entry().section.map(|section| Section { plan: self.plan, index: section as usize })
    }

    /// Progress of what lies in it, the item itself included if it is a task.
    pub fn progress(&self) -> Progress {
        self.plan.progress_of(&self.entry().tasks)
    }
}

/// The fields of a document.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    found: Vec<Field<'a>>,
}

impl<'a> IntoIterator for Fields<'a> {
    type Item = Field<'a>;
    type IntoIter = std::vec::IntoIter<Field<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.found.into_iter()
    }
}

/// A field of the document.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    /// The key as written.
    pub key: String,
    /// The value: as written in the text, as YAML reads it in front matter.
    pub value: Cow<'a, str>,
    /// Where the key stands.
    pub key_range: Place,
    /// Where the value stands.
    pub value_range: Place,
    /// What the key means, if it is known.
    pub meaning: Option<Meaning>,
    /// Whether it is an entry of the front matter.
    pub front_matter: bool,
}

/// What speaks for or against a document being a plan; what follows from it is decided where templates are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Phases.
    pub phases: usize,
    /// Tasks.
    pub tasks: usize,
    /// Tasks with an id.
    pub tasks_with_id: usize,
    /// Fields that plans have on top: status, owner, dates, goal.
    pub header_fields: usize,
    /// Front matter or a field says that it is a plan.
    pub plan_type: bool,
    /// The title calls it one.
    pub plan_title: bool,
    /// The title or a top section that holds tasks has such a word in it.
    pub plan_word: bool,
    /// It is a decision record or a proposal.
    pub record: bool,
}

/// A text without emphasis and code marks, on one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '`' => {}
            '*' | '_' | '~' if characters.peek() == Some(&character) => {
                characters.next();
            }
            blank if blank.is_whitespace() => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            other => out.push(other),
        }
    }
    out.truncate(out.trim_end().len());
    out
}
