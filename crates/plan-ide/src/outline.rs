//! The outline shown by editors: header, sections, phases and tasks with progress, milestones and risks.

use std::{any::Any, cmp::Reverse, sync::Arc};

use plan_model::{
    Excerpt, Item, ItemKind, ItemsKey, ItemsView, Meaning, Plan, Progress, Section, SegmentView, State,
    StateSourceKind,
};
use plan_schema::DocumentKind;
use plan_syntax::{Memos, RangeExt, SegmentSpan, View};

use crate::{
    File, TextRange,
    depth::MAX_DEPTH,
    next::state,
    overview::{owner_and_estimate, plain},
};

/// An entry of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Name, never empty.
    pub name: Arc<str>,
    /// Detail shown next to the name: `3/7 · 43%`, `active · Ada · 2 days`.
    pub detail: Option<Arc<str>>,
    /// Kind of the entry.
    pub kind: SymbolKind,
    /// Range of the entry.
    pub range: TextRange,
    /// Range to select when the entry is chosen, within `range`.
    pub selection: TextRange,
    /// Whether the entry is cancelled.
    pub cancelled: bool,
    /// Depth of nesting.
    pub depth: usize,
}

/// Kind of an entry of the outline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// The document's title.
    Title,
    /// A heading.
    Section,
    /// A phase.
    Phase,
    /// A task that is not done.
    OpenTask,
    /// A task that is done.
    DoneTask,
    /// The header fields.
    Header,
    /// A milestone.
    Milestone,
    /// A risk.
    Risk,
    /// A requirement of a specification.
    Requirement,
}

/// Returns the outline of a plan or checklist: each entry is followed by its children, whose depth is greater by one.
/// For ordinary Markdown, which editors outline themselves, returns the headings if generic Markdown features are
/// enabled, otherwise nothing.
pub fn outline(file: &File) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for SegmentOutline { part, leading, own } in by_segment::<Vec<Symbol>>(file, ()) {
        symbols.extend(leading);
        symbols.extend(own.into_iter().flat_map(|own| own.to_vec()).map(|symbol| {
            let Symbol { name, detail, kind, range, selection, cancelled, depth } = symbol;
            let [range, selection] = [range, selection].map(|range| range.shifted(0, part.start()));
            Symbol { name, detail, kind, range, selection, cancelled, depth }
        }));
    }
    symbols
}

/// The outline of a segment.
pub struct SegmentOutline<'a, T> {
    /// The segment with its sections and items.
    pub part: SegmentView<'a>,
    /// Entries that depend on other segments: usually only the heading of the segment.
    pub leading: Vec<Symbol>,
    /// All other entries, which follow. `None` if all are leading.
    pub own: Option<Arc<T>>,
}

/// A representation of the entries that depend only on their segment. Cached with the segment.
pub trait OwnEntries: Any + Send + Sync {
    /// Input of the representation in addition to the segment.
    type EntriesContext: Copy + PartialEq + Send + 'static;

    /// Returns the representation of a segment's entries. Their ranges are relative to the segment, whose text is
    /// `text`.
    fn of(context: Self::EntriesContext, text: &str, entries: &[Symbol]) -> Self;
}

impl OwnEntries for Vec<Symbol> {
    type EntriesContext = ();

    fn of((): (), _: &str, entries: &[Symbol]) -> Self {
        entries.to_vec()
    }
}

/// Returns the outline segment by segment.
pub fn by_segment<T: OwnEntries>(file: &File, context: T::EntriesContext) -> Vec<SegmentOutline<'_, T>> {
    let plan = file.plan();
    let kind = file.kind();
    if kind == DocumentKind::Ordinary && !file.environment().markdown.covers(kind) {
        return Vec::new();
    }
    let header = if kind == DocumentKind::Plan { header(plan) } else { None };
    let mut nesting = Nesting::default();
    let parts = plan.segment_views().map(|part| {
        let range = part.start()..part.start() + part.segment().len();
        let around = header.as_ref().filter(|header| header.range.overlaps(&range));
        let items = part.with_items();
        let parts = match around {
            Some(_) => Arc::new(OutlineParts { leading: read(&items, kind).into(), own: None }),
            None => {
                let depth = nesting.depth(range.start) + usize::from(part.sections().next().is_some());
                OutlineView { items, kind, depth, context }.memo(OutlineParts::of)
            }
        };
        let mut sections = part.sections();
        let mut leading: Vec<Symbol> = parts
            .leading
            .iter()
            .map(|entry| {
                let symbol = entry.symbol(range.start);
                match entry.is_heading.then(|| sections.next()).flatten() {
                    Some(section) => heading(&section, symbol, kind),
                    None => symbol,
                }
            })
            .collect();
        if let Some(header) = around.filter(|header| range.contains(&header.range.start)) {
            let at = leading.partition_point(|other| order(&other.range) <= order(&header.range));
            leading.insert(at, header.clone());
        }
        leading.iter_mut().for_each(|symbol| nesting.enter(symbol));
        SegmentOutline { part, leading, own: parts.own.clone() }
    });
    parts.collect()
}

/// Sorts entries and sets their depths by their ranges.
pub(crate) fn nest(symbols: &mut [Symbol]) {
    symbols.sort_by_key(|symbol| order(&symbol.range));
    let mut nesting = Nesting::default();
    symbols.iter_mut().for_each(|symbol| nesting.enter(symbol));
}

/// Returns the key that sorts entries in document order. If two entries start at the same offset, the outer one is
/// first.
fn order(range: &TextRange) -> (usize, Reverse<usize>) {
    (range.start, Reverse(range.end))
}

/// Tracks the nesting of entries by their ranges.
#[derive(Default)]
struct Nesting {
    /// Ends of the open entries.
    open: Vec<usize>,
}

impl Nesting {
    /// Returns the depth of an entry that starts here.
    fn depth(&mut self, start: usize) -> usize {
        while self.open.pop_if(|end| *end <= start).is_some() {}
        self.open.len()
    }

    fn enter(&mut self, symbol: &mut Symbol) {
        symbol.depth = self.depth(symbol.range.start);
        if symbol.depth < MAX_DEPTH {
            self.open.push(symbol.range.end);
        }
    }
}

/// Inputs of the outline of a segment.
struct OutlineView<'a, T: OwnEntries> {
    items: ItemsView<'a>,
    kind: DocumentKind,
    /// Depth of the entries that depend on their segment only.
    depth: usize,
    context: T::EntriesContext,
}

impl<T: OwnEntries> View for OutlineView<'_, T> {
    type ViewKey = (ItemsKey, DocumentKind, usize, T::EntriesContext);

    fn key(&self) -> Option<Self::ViewKey> {
        Some((self.items.key()?, self.kind, self.depth, self.context))
    }

    fn memos(&self) -> &Memos {
        self.items.memos()
    }
}

/// The outline of a segment. It is cached with the segment, so that an edit recomputes only the segments that it
/// touches.
struct OutlineParts<T> {
    leading: Box<[OutlineEntry]>,
    own: Option<Arc<T>>,
}

/// An entry with ranges relative to its segment. For a heading, without the data that depends on other segments.
struct OutlineEntry {
    name: Arc<str>,
    detail: Option<Arc<str>>,
    kind: SymbolKind,
    range: SegmentSpan,
    selection: SegmentSpan,
    cancelled: bool,
    is_heading: bool,
}

impl OutlineEntry {
    /// Returns the entry for a segment that starts at this offset.
    fn symbol(&self, start: usize) -> Symbol {
        let place = |span: &SegmentSpan| start + span.start as usize..start + span.end as usize;
        Symbol {
            name: Arc::clone(&self.name),
            detail: self.detail.clone(),
            kind: self.kind,
            range: place(&self.range),
            selection: place(&self.selection),
            cancelled: self.cancelled,
            depth: 0,
        }
    }
}

impl<T: OwnEntries> OutlineParts<T> {
    /// Separates the heading (`leading`) from the other entries, which become a `T`. If other entries depend on more
    /// than their segment, all entries become `leading`.
    fn of(view: &OutlineView<'_, T>) -> Self {
        let mut entries = read(&view.items, view.kind);
        if view.items.key().is_none() {
            return Self { leading: entries.into(), own: None };
        }
        let headings = usize::from(entries.first().is_some_and(|first| first.is_heading));
        let length = view.items.text().len();
        let depends = |entry: &OutlineEntry| entry.is_heading || entry.range.end as usize > length;
        if headings != view.items.sections().count() || entries[headings..].iter().any(depends) {
            return Self { leading: entries.into(), own: None };
        }
        let mut nesting = Nesting { open: vec![usize::MAX; view.depth] };
        let own = entries.drain(headings..).map(|entry| {
            let mut symbol = entry.symbol(0);
            nesting.enter(&mut symbol);
            symbol
        });
        let own: Vec<Symbol> = own.collect();
        let own = T::of(view.context, view.items.text(), &own);
        Self { leading: entries.into(), own: Some(Arc::new(own)) }
    }
}

/// Returns the entries of a segment in order.
fn read(part: &ItemsView<'_>, kind: DocumentKind) -> Vec<OutlineEntry> {
    let TextRange { start, end } = part.range();
    let span = |place: &TextRange| (place.start - start) as u32..(place.end - start) as u32;
    let mut entries: Vec<OutlineEntry> = part
        .sections()
        .map(|section| {
            let title = title_without_fields(&section);
            let tail = section
                .item()
                .filter(|_| kind != DocumentKind::Ordinary)
                .map(|item| filled_owner_and_estimate(&item));
            OutlineEntry {
                name: if title.is_empty() { "(no text)".into() } else { title.into() },
                detail: tail.and_then(|tail| join_parts(tail.into_iter().flatten())),
                kind: SymbolKind::Section,
                range: span(&(section.heading_range().start..end)),
                selection: span(&section.text_range()),
                cancelled: false,
                is_heading: true,
            }
        })
        .collect();
    if kind == DocumentKind::Ordinary {
        return entries;
    }
    let tasks = part
        .items()
        // Rows that refer to phases have no entry. The entry of a heading represents its section.
        .filter(|item| !(item.kind() == ItemKind::Phase && item.form() == StateSourceKind::TableRow))
        .filter(|item| !item.is_heading())
        .map(|item| task(&item, span));
    let tasks: Vec<OutlineEntry> = tasks.collect();
    if kind == DocumentKind::Plan {
        let is_task = |entry: &OutlineEntry| {
            let after = tasks.partition_point(|task| task.selection.end <= entry.selection.start);
            tasks.get(after).is_some_and(|task| task.selection.start < entry.selection.end)
        };
        entries.extend(milestones_and_risks(part, span).into_iter().filter(|entry| !is_task(entry)));
    }
    entries.extend(tasks);
    // If entries start at the same offset, headings come first, then outer entries.
    entries.sort_by_key(|entry| (entry.range.start, !entry.is_heading, Reverse(entry.range.end)));
    entries
}

/// Returns the title of a section; if the section is an item, without the fields at the end of its heading.
fn title_without_fields(section: &Section<'_>) -> String {
    let range = section.text_range();
    let item = section.item().filter(|item| {
        item.fields()
            .any(|field| range.start <= field.value_range.start && field.value_range.end <= range.end)
    });
    let raw = section.raw_title();
    let end = item.map(|item| item.title_range().end.saturating_sub(range.start));
    match end.and_then(|end| raw.get(..end)) {
        Some(title) => plain(title),
        None => section.title(),
    }
}

/// Completes the entry of a heading with data that depends on other segments.
fn heading(section: &Section<'_>, entry: Symbol, document: DocumentKind) -> Symbol {
    let item = section.item();
    let kind = match item {
        Some(item) if item.kind() == ItemKind::Phase => SymbolKind::Phase,
        Some(item) if state(&item) == Some(State::Done) => SymbolKind::DoneTask,
        Some(_) => SymbolKind::OpenTask,
        None if section.level() == 1 => SymbolKind::Title,
        None => SymbolKind::Section,
    };
    let head = match item {
        _ if document == DocumentKind::Ordinary => None,
        Some(item) => progress_or_state(&item),
        None => progress(section.progress()),
    };
    Symbol {
        detail: match (head, entry.detail) {
            (Some(head), Some(tail)) => Some(format!("{head} · {tail}").into()),
            (Some(head), None) => Some(head.into()),
            (None, tail) => tail,
        },
        kind,
        range: section.range(),
        cancelled: item.is_some_and(|item| item.state() == Some(State::Cancelled)),
        ..entry
    }
}

fn task(item: &Item<'_>, span: impl Fn(&TextRange) -> SegmentSpan) -> OutlineEntry {
    let title = item.title();
    let name = match (item.id(), title.is_empty()) {
        (Some(id), false) => format!("{id} {title}").into(),
        (Some(id), true) => id.as_str().into(),
        (None, false) => title.into(),
        (None, true) => "(no text)".into(),
    };
    let done = state(item) == Some(State::Done);
    let [owner, estimate] = filled_owner_and_estimate(item);
    OutlineEntry {
        name,
        detail: join_parts([progress_or_state(item), owner, estimate].into_iter().flatten()),
        kind: if done { SymbolKind::DoneTask } else { SymbolKind::OpenTask },
        range: span(&item.range()),
        selection: span(&item.line()),
        cancelled: item.state() == Some(State::Cancelled),
        is_heading: false,
    }
}

/// Returns the progress, or a state that the icon does not show.
fn progress_or_state(item: &Item<'_>) -> Option<String> {
    let counted = item.progress();
    let counts = match item.kind() {
        ItemKind::Phase => progress(counted),
        ItemKind::Task if counted.total > 1 => progress(counted),
        ItemKind::Task => None,
    };
    let of_state = || {
        let state = state(item).filter(|state| !matches!(state, State::Open | State::Done))?;
        Some(state.name().to_owned())
    };
    counts.or_else(of_state)
}

/// Returns the owner of an item, unless it is empty, and its estimate.
fn filled_owner_and_estimate(item: &Item<'_>) -> [Option<String>; 2] {
    let (owner, estimate) = owner_and_estimate(item);
    [owner.filter(|owner| !owner.is_empty()), estimate]
}

fn progress(progress: Progress) -> Option<String> {
    let percent = progress.percent()?;
    Some(format!("{}/{} · {percent}%", progress.done, progress.total))
}

fn join_parts(parts: impl Iterator<Item = String>) -> Option<Arc<str>> {
    Some(parts.collect::<Vec<_>>().join(" · ")).filter(|parts| !parts.is_empty()).map(Into::into)
}

/// Returns the header: the front matter, otherwise the fields after the title.
fn header(plan: &Plan) -> Option<Symbol> {
    let front = plan.document().front_matter().map(|front| front.range);
    let fields: Vec<_> = plan.fields().into_iter().collect();
    let range = match front.filter(|_| !plan.front_matter().is_empty()) {
        Some(range) => range,
        None => {
            let title_only = plan.sections().take_while(|section| section.level() == 1).last();
            let after = title_only.map_or(0, |title| title.heading_range().end);
            let next = plan.sections().find(|section| section.heading_range().start >= after);
            let before = next.map_or(usize::MAX, |next| next.heading_range().start);
            let mut header_fields = fields
                .iter()
                .filter(|field| after <= field.key_range.start && field.value_range.end <= before);
            let first = header_fields.next()?;
            first.key_range.start..header_fields.next_back().unwrap_or(first).value_range.end
        }
    };
    let value = |meaning: Meaning| {
        let field = fields.iter().find(|field| field.meaning == Some(meaning))?;
        Some(plain(&field.value)).filter(|value| !value.is_empty())
    };
    let day = value(Meaning::Target).or_else(|| value(Meaning::Due));
    let day = day.map(|day| format!("due {day}"));
    let detail = join_parts([value(Meaning::Status), value(Meaning::Owner), day].into_iter().flatten());
    let first = plan.document().line_end(range.start).min(range.end);
    Some(Symbol {
        name: "Header".into(),
        detail,
        kind: SymbolKind::Header,
        selection: range.start..first.max(range.start),
        range,
        cancelled: false,
        depth: 0,
    })
}

/// Returns milestones and risks of a segment, with the ranges of their lines.
fn milestones_and_risks(part: &ItemsView<'_>, span: impl Fn(&TextRange) -> SegmentSpan) -> Vec<OutlineEntry> {
    let entry = |kind: SymbolKind, title: &Excerpt<'_>, detail: Option<Arc<str>>| {
        let name = plain(title.text);
        OutlineEntry {
            name: if name.is_empty() { "(no text)".into() } else { name.into() },
            detail,
            kind,
            range: span(&part.lines_of(&title.range)),
            selection: span(&title.range),
            cancelled: false,
            is_heading: false,
        }
    };
    let text = |written: &Option<Excerpt<'_>>| written.as_ref().map(|written| plain(written.text));
    let milestones = part.milestones();
    let milestones = milestones
        .iter()
        .map(|found| entry(SymbolKind::Milestone, &found.title, join_parts(text(&found.when).into_iter())));
    let risks = part.risks();
    let risks = risks.iter().map(|found| {
        let levels = [text(&found.probability), text(&found.impact)];
        entry(SymbolKind::Risk, &found.title, join_parts(levels.into_iter().flatten()))
    });
    milestones.chain(risks).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::{Environment, Markdown};

    fn check(text: &str, expect: Expect) {
        let file = File::new("plan.md", Document::new(text));
        let mut out = String::new();
        for symbol in outline(&file) {
            out.push_str(&format!("{}{:?} {:?}", "  ".repeat(symbol.depth), symbol.kind, symbol.name));
            if let Some(detail) = &symbol.detail {
                out.push_str(&format!(" {detail}"));
            }
            out.push('\n');
            assert!(symbol.range.start <= symbol.selection.start && symbol.selection.end <= symbol.range.end);
        }
        expect.assert_eq(&out);
    }

    #[test]
    fn sections_phases_tasks() {
        check(
            "# Plan: Move\n\n**Status**: Active\n\n## Work\n\n### Phase 1: Copy\n\n- [x] **Task 1.1**: a\n  - [ ] b\n- [~] c\n\n## Notes\n\ntext\n",
            expect![[r#"
                Title "Plan: Move" 1/3 · 33%
                  Header "Header" Active
                  Section "Work" 1/3 · 33%
                    Phase "Phase 1: Copy" 1/3 · 33%
                      DoneTask "1.1 a" 1/2 · 50%
                        OpenTask "b"
                      OpenTask "c" active
                  Section "Notes"
            "#]],
        );
    }

    #[test]
    fn titles_without_fields() {
        check(
            "# Plan: x\n\n## Phase 1: Dig (owner: Mia, 5 days)\n\n- [ ] 1.1 Mark the edge (owner: Bo) depends on 1.2\n- [x] 1.2 Rent a digger @bo\n",
            expect![[r#"
                Title "Plan: x" 1/2 · 50%
                  Phase "Phase 1: Dig" 1/2 · 50% · Mia · 5 days
                    OpenTask "1.1 Mark the edge" Bo
                    DoneTask "1.2 Rent a digger" @bo
            "#]],
        );
    }

    #[test]
    fn checklist_without_headings() {
        check(
            "- [x] a\n- [ ] b\n",
            expect![[r#"
            DoneTask "a"
            OpenTask "b"
        "#]],
        );
    }

    #[test]
    fn ordinary_markdown_has_only_headings_if_enabled() {
        check("# Title\n\ntext\n", expect![""]);
        let environment = Environment { markdown: Markdown::All, ..Environment::default() };
        let document = Document::new("# Title\n\n## Part\n\ntext\n");
        let found = outline(&File::with_environment("notes.md", document, Arc::new(environment)));
        let found: Vec<(&str, usize)> = found.iter().map(|symbol| (&*symbol.name, symbol.depth)).collect();
        assert_eq!(found, [("Title", 0), ("Part", 1)]);
    }

    #[test]
    fn tasks_in_headings_and_paragraphs() {
        check(
            "# Plan: x\n\n## Task 1: Cut\n\n- [x] a\n\n### Step 2: Glue ✅\n\n**Task 1.1**: Press\n- **Status**: Completed\n\n| Phase | Status |\n|---|---|\n| Phase 9 | ✅ |\n",
            expect![[r#"
                Title "Plan: x" 3/3 · 100%
                  DoneTask "Task 1: Cut" 3/3 · 100%
                    DoneTask "a"
                    DoneTask "Step 2: Glue ✅" 2/2 · 100%
                      DoneTask "1.1 Press"
            "#]],
        );
    }

    #[test]
    fn milestones_risks_and_header() {
        check(
            "# Plan: x\n\n**Status**: Active\n**Owner**: Ada\n**Target**: 2026-03-01\n\n## Work\n\n- [ ] **Task 1.1**: a\n  - **Owner**: Bo\n  - **Estimate**: 2 days\n- [-] b\n\n## Milestones\n\n| Milestone | Date |\n|---|---|\n| Beta | 2026-02-01 |\n\n## Risks\n\n| Risk | Probability | Impact | Mitigation |\n|---|---|---|---|\n| It rains | Low | High | Umbrella |\n",
            expect![[r#"
                Title "Plan: x" 0/1 · 0%
                  Header "Header" Active · Ada · due 2026-03-01
                  Section "Work" 0/1 · 0%
                    OpenTask "1.1 a" Bo · 2 days
                    OpenTask "b" cancelled
                  Section "Milestones"
                    Milestone "Beta" 2026-02-01
                  Section "Risks"
                    Risk "It rains" Low · High
            "#]],
        );
        check(
            "---\nstatus: draft\nowner: Ada\n---\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
                Header "Header" draft · Ada
                Title "Plan: x" 0/1 · 0%
                  OpenTask "a"
            "#]],
        );
    }

    #[test]
    fn depth_is_limited() {
        let tasks: String = (0..200).map(|level| format!("{}- [ ] t{level}\n", "  ".repeat(level))).collect();
        let file = File::new("plan.md", Document::new(&format!("# Plan: x\n\n{tasks}")));
        let found = outline(&file);
        let deepest = found.iter().map(|symbol| symbol.depth).max();
        assert_eq!((deepest, found.len()), (Some(MAX_DEPTH), 201));
    }
}
