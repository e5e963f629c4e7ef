//! Summary of a document for use by other files: small and comparable, without text and outline.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use plan_syntax::{BlockKind, SegmentSpan, View, outline::bytes};

use crate::{
    Id, ItemKind, Meaning, Plan, Progress, Resolution, State, StructureView,
    anchor::{Anchors, anchor_attribute, anchors_in_html},
    facts::SegmentFlags,
};

/// The information about a document that other files depend on. Spans are bytes of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Title of the document.
    pub title: Option<Box<str>>,
    /// Headings in document order.
    pub headings: Box<[Heading]>,
    /// Anchors that HTML and attributes define: `<a id="goal">`, `{#goal}`.
    pub anchors: Box<[Box<str>]>,
    /// Links to other files.
    pub links: Box<[OutgoingLink]>,
    /// The summary of a plan; `None` for other Markdown.
    pub plan: Option<Box<PlanSummary>>,
}

/// The information about a plan that other files depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanSummary {
    /// State of its status.
    pub status: Option<State>,
    /// Status as written.
    pub status_text: Option<Box<str>>,
    /// Line of the status, or of the title if it has no status; 0-based.
    pub status_line: u32,
    /// Progress of all tasks.
    pub progress: Progress,
    /// Phases and tasks in document order.
    pub items: Box<[WorkItem]>,
    /// Owners of the plan and of its items, sorted, without duplicates.
    pub owners: Box<[Arc<str>]>,
    /// Relations to other documents: superseded and related plans.
    pub relations: Box<[DocumentRelation]>,
    /// IDs in the ID columns of tables, whether or not the rows are tasks; sorted, without duplicates.
    pub row_ids: Box<[Id]>,
    /// Paths of documents in the plan's header, as written: `plan_ref: plans/move.md`.
    pub header_paths: Box<[Box<str>]>,
    /// IDs that the plan's dependencies refer to but the document does not define, sorted, without duplicates.
    pub unresolved_ids: Box<[Id]>,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// Level, 1 to 6.
    pub level: u8,
    /// First line, 0-based.
    pub line: u32,
    /// Span of the text.
    pub span: SegmentSpan,
    /// Text without emphasis.
    pub text: Arc<str>,
    /// Anchor, without a number for duplicates.
    pub anchor: Box<str>,
}

/// A phase or a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// Phase or task.
    pub kind: ItemKind,
    /// State according to its state sources, not derived from its tasks.
    pub state: Option<State>,
    /// Whether the item is a heading. Headings are also in [`Summary::headings`].
    pub heading: bool,
    /// First line, 0-based.
    pub line: u32,
    /// Span of the title.
    pub span: SegmentSpan,
    /// Normalized ID.
    pub id: Option<Id>,
    /// Title without emphasis.
    pub title: Arc<str>,
}

/// A link to another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingLink {
    /// Path without query, [decoded](decode): `../adr/1.md`, `/docs/a.md`.
    pub path: Box<str>,
    /// Fragment after `#`, [decoded](decode).
    pub fragment: Option<Box<str>>,
    /// Span of the target, including the fragment.
    pub span: SegmentSpan,
}

/// A relation to another document, stated in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRelation {
    /// Direction of the relation.
    pub kind: RelationKind,
    /// The related document as written: a path, a number or a name.
    pub name: Box<str>,
    /// Span of the name.
    pub span: SegmentSpan,
}

/// Kind of relation to another document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// This document supersedes the other one.
    Supersedes,
    /// The other document supersedes this one.
    SupersededBy,
    /// The documents are related.
    Related,
}

impl Summary {
    /// Returns the anchors of the headings as GitHub generates them, in the order of the headings.
    pub fn heading_anchors(&self) -> Vec<String> {
        let mut anchors = Anchors::default();
        self.headings.iter().map(|heading| anchors.make_unique(&heading.anchor).into_owned()).collect()
    }

    /// Returns whether replacing `old` with this summary can affect other files: anything except positions and outgoing
    /// links has changed.
    pub fn differs_beyond_positions(&self, old: &Self) -> bool {
        let same_heading = |a: &Heading, b: &Heading| {
            let Heading { level, line: _, span: _, text, anchor } = a;
            (level, text, anchor) == (&b.level, &b.text, &b.anchor)
        };
        let same_plan = match (&self.plan, &old.plan) {
            (Some(a), Some(b)) => a.is_same_beyond_positions(b),
            (None, None) => true,
            _ => false,
        };
        let Self { title, headings, anchors, links: _, plan: _ } = self;
        *title != old.title
            || *anchors != old.anchors
            || !all(headings, &old.headings, same_heading)
            || !same_plan
    }
}

impl PlanSummary {
    fn is_same_beyond_positions(&self, other: &Self) -> bool {
        let same_item = |a: &WorkItem, b: &WorkItem| {
            let WorkItem { kind, state, heading: _, line: _, span: _, id, title } = a;
            (kind, state, id, title) == (&b.kind, &b.state, &b.id, &b.title)
        };
        let same_relation = |a: &DocumentRelation, b: &DocumentRelation| {
            let DocumentRelation { kind, name, span: _ } = a;
            (kind, name) == (&b.kind, &b.name)
        };
        let Self {
            status,
            status_text,
            status_line: _,
            progress,
            items,
            relations,
            row_ids,
            header_paths,
            unresolved_ids,
            // Findings of other files do not depend on the owners.
            owners: _,
        } = self;
        (status, status_text, progress) == (&other.status, &other.status_text, &other.progress)
            && (row_ids, header_paths, unresolved_ids)
                == (&other.row_ids, &other.header_paths, &other.unresolved_ids)
            && all(items, &other.items, same_item)
            && all(relations, &other.relations, same_relation)
    }
}

/// Returns whether two lists have the same length and pairwise equal elements.
fn all<T>(a: &[T], b: &[T], is_same: impl Fn(&T, &T) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
}

/// The headings and items of one segment, cached with it. Lines and spans are relative to its start.
struct SegmentSummary {
    headings: Vec<Heading>,
    items: Vec<WorkItem>,
    owners: Vec<Arc<str>>,
}

impl SegmentSummary {
    fn of(view: &StructureView<'_>) -> Self {
        let start = view.start();
        let relative = |range: std::ops::Range<usize>| {
            range.start.saturating_sub(start) as u32..range.end.saturating_sub(start) as u32
        };
        let headings = view.sections().map(|section| Heading {
            level: section.level(),
            line: view.line(section.heading_range().start),
            span: relative(section.text_range()),
            text: section.title().into(),
            anchor: section.anchor().into(),
        });
        let items = view.items().map(|item| WorkItem {
            kind: item.kind(),
            state: item.state(),
            heading: item.is_heading(),
            line: view.line(item.line().start),
            span: relative(item.title_range()),
            id: item.id().cloned(),
            title: item.title().into(),
        });
        let mut owners: Vec<Arc<str>> = Vec::new();
        for owner in view.items().filter_map(|item| item.field(Meaning::Owner)) {
            owners.extend(list_names(&owner.value).map(|(_, name)| Arc::from(name)));
        }
        owners.sort_unstable();
        owners.dedup();
        Self { headings: headings.collect(), items: items.collect(), owners }
    }
}

/// IDs that dependencies refer to but the document does not define, sorted.
struct UnresolvedIds(Box<[Id]>);

impl UnresolvedIds {
    fn of(plan: &Plan) -> Self {
        let names = plan.dependencies().iter().flat_map(|dependency| &dependency.names);
        let unresolved = names.filter(|name| name.resolution == Resolution::Unresolved);
        let ids: BTreeSet<Id> = unresolved.flat_map(|name| name.ids.iter().cloned()).collect();
        Self(ids.into_iter().collect())
    }
}

impl Plan {
    /// Returns the anchors that a link's fragment can refer to: the anchors of the headings, in order, and the
    /// anchors defined in HTML, in lower case.
    pub fn all_anchors(&self) -> (Vec<Cow<'_, str>>, Vec<String>) {
        let mut anchors = Anchors::default();
        let headings = self.sections().map(|section| anchors.make_unique(section.anchor())).collect();
        (headings, self.html_anchors().iter().map(|anchor| anchor.to_lowercase()).collect())
    }

    /// Returns the summary of the document. `is_plan` determines whether it includes the summary of a plan.
    pub fn summary(&self, is_plan: bool) -> Summary {
        let span = |range: &std::ops::Range<usize>| range.start as u32..range.end as u32;
        let mut headings: Vec<Heading> = Vec::with_capacity(self.sections().len());
        let mut items: Vec<WorkItem> = Vec::with_capacity(if is_plan { self.items().len() } else { 0 });
        let mut owners: BTreeSet<Arc<str>> = BTreeSet::new();
        for view in self.segment_views() {
            let cached = view.with_structure().memo(SegmentSummary::of);
            let (start, first) =
                (view.start() as u32, self.document().rope().byte_to_line(view.start()) as u32);
            let shifted = |span: &SegmentSpan| start + span.start..start + span.end;
            headings.extend(cached.headings.iter().map(|heading| {
                let Heading { level, line, span, text, anchor } = heading.clone();
                Heading { level, line: first + line, span: shifted(&span), text, anchor }
            }));
            if is_plan {
                items.extend(cached.items.iter().map(|item| {
                    let WorkItem { kind, state, heading, line, span, id, title } = item.clone();
                    WorkItem { kind, state, heading, line: first + line, span: shifted(&span), id, title }
                }));
                owners.extend(cached.owners.iter().cloned());
            }
        }
        let links = self.outgoing_links().into_iter().filter_map(|link| {
            let (path, fragment) = split_target(link.target)?;
            Some(OutgoingLink { path, fragment, span: span(&link.target_range) })
        });
        Summary {
            title: self.title().map(Into::into),
            headings: headings.into(),
            anchors: self.html_anchors(),
            links: links.collect(),
            plan: is_plan.then(|| Box::new(self.plan_summary(items, owners))),
        }
    }

    fn plan_summary(&self, items: Vec<WorkItem>, mut owners: BTreeSet<Arc<str>>) -> PlanSummary {
        let fields = self.fields();
        let status = self.status_among(fields.clone());
        for field in fields {
            if field.meaning == Some(Meaning::Owner) {
                owners.extend(list_names(&field.value).map(|(_, name)| Arc::from(name)));
            }
        }
        let unresolved_ids = self.structure_memo(UnresolvedIds::of);
        let row_ids: BTreeSet<Id> = self.row_ids().collect();
        let status_offset = status.as_ref().map(|field| field.key_range.start);
        let status_offset = status_offset.or_else(|| Some(self.title_range()?.start));
        let status_line = status_offset.map_or(0, |at| self.document().rope().byte_to_line(at) as u32);
        PlanSummary {
            status: status.as_ref().and_then(|field| self.state_of(&field.value)),
            status_line,
            status_text: status.map(|field| field.value.trim().into()),
            progress: self.progress(),
            items: items.into(),
            owners: owners.into_iter().collect(),
            relations: self.relations().into(),
            row_ids: row_ids.into_iter().collect(),
            header_paths: self.header_paths().into(),
            unresolved_ids: unresolved_ids.0.clone(),
        }
    }

    /// Returns the paths of Markdown documents in the document's fields, as written: `plan_ref: plans/move.md`.
    pub fn header_paths(&self) -> Vec<Box<str>> {
        let mut paths = Vec::new();
        for field in self.fields() {
            paths.extend(list_names(&field.value).filter_map(|(_, name)| markdown_path(name)));
        }
        paths
    }

    /// Returns the relations to other documents in the document's fields.
    pub fn relations(&self) -> Vec<DocumentRelation> {
        let mut relations = Vec::new();
        for field in self.fields() {
            let Some(kind) = field.meaning.and_then(relation_kind) else { continue };
            let value = self.slice(field.value_range.clone());
            let start = field.value_range.start;
            relations.extend(list_names(&value).map(|(at, name)| DocumentRelation {
                kind,
                name: name.into(),
                span: (start + at) as u32..(start + at + name.len()) as u32,
            }));
        }
        relations
    }

    /// Returns the anchors that HTML in the document defines.
    pub(crate) fn html_anchors(&self) -> Box<[Box<str>]> {
        let mut found = Vec::new();
        for (_, content) in self.contents_with(SegmentFlags::HTML_ANCHOR) {
            for (index, block) in content.outline.blocks.iter().enumerate() {
                match &block.kind {
                    BlockKind::Html { comment: false } => {
                        anchors_in_html(&content.text[bytes(&block.span)], &mut found)
                    }
                    BlockKind::Heading { text, .. } if content.text[bytes(text)].ends_with('}') => {
                        found.extend(anchor_attribute(&content.text[bytes(text)]).map(Box::from));
                    }
                    BlockKind::Paragraph | BlockKind::Heading { .. } | BlockKind::Cell => {
                        for line in content.outline.inline(index) {
                            anchors_in_html(&content.text[bytes(line)], &mut found);
                        }
                    }
                    _ => {}
                }
            }
        }
        found.into()
    }
}

/// Returns the kind of relation that fields with this meaning express.
fn relation_kind(meaning: Meaning) -> Option<RelationKind> {
    match meaning {
        Meaning::Supersedes => Some(RelationKind::Supersedes),
        Meaning::SupersededBy => Some(RelationKind::SupersededBy),
        Meaning::Related => Some(RelationKind::Related),
        _ => None,
    }
}

/// Returns the names in a list, each with its offset in bytes. Names are separated by commas, semicolons or newlines,
/// and returned without quotes, brackets and bullets. Words such as `none` are omitted.
pub fn list_names(value: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    value.split([',', '\n', '[', ']', ';']).filter_map(move |entry| {
        let start = at;
        at += entry.len() + 1;
        let trimmed = entry.trim_start_matches([' ', '\t', '\r', '-', '"', '\'', '`', '(', '@']);
        let start = start + entry.len() - trimmed.len();
        let name = trimmed.trim_end_matches([' ', '\t', '\r', '"', '\'', '`', ')']);
        let is_filled = !name.is_empty()
            && !matches!(name.to_ascii_lowercase().as_str(), "none" | "null" | "n/a" | "tbd");
        (is_filled && name.chars().any(char::is_alphanumeric)).then_some((start, name))
    })
}

/// Returns the path of a Markdown file in a field: `plans/move.md`, the target of `[move](plans/move.md)`.
fn markdown_path(name: &str) -> Option<Box<str>> {
    let target = name.rsplit_once('(').map_or(name, |(_, target)| target);
    let path = target.split('#').next()?.trim_matches(['`', ')', '<', '>', ' ']);
    let path = path.trim_start_matches("./");
    (path.ends_with(".md") && !path.contains(char::is_whitespace) && !has_scheme(path)).then(|| path.into())
}

/// Splits the target of a link to another file into path and fragment, both [decoded](decode). Returns `None` for other
/// targets.
pub fn split_target(target: &str) -> Option<(Box<str>, Option<Box<str>>)> {
    let (path, fragment) = match target.split_once('#') {
        Some((path, fragment)) => (path, Some(fragment)),
        None => (target, None),
    };
    let path = path.split('?').next().unwrap_or_default();
    if path.is_empty() || has_scheme(path) || path.starts_with("//") {
        return None;
    }
    Some((decode(path), fragment.map(decode)))
}

/// Returns whether a target is an email address or has a scheme, such as `https:`. A drive letter is not a scheme.
fn has_scheme(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    }) || target.contains('@') && !target.contains('/')
}

/// Decodes percent encoding, if the result is valid UTF-8, and removes backslashes before punctuation.
pub fn decode(text: &str) -> Box<str> {
    if !text.contains(['%', '\\']) {
        return text.into();
    }
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    let text = decoded.map_or_else(|_| text.to_owned(), |text| text.into_owned());
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '\\' && characters.peek().is_some_and(|next| next.is_ascii_punctuation()) {
            continue;
        }
        out.push(character);
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan_syntax::Document;

    fn summary(text: &str) -> Summary {
        Plan::new(&Document::new(text)).summary(true)
    }

    #[test]
    fn summary_of_a_plan() {
        let found = summary(
            "---\nowner: Ada, Grace\nsupersedes: [0031, \"0032-old.md\"]\n---\n# A plan\n\nStatus: Done\n\n\
             ## Phase 1: Set **up**\n\n- [x] **Task 1.1**: one\n- [ ] Task 1.2: two, see [it](../b%20c.md#x%20y)\n  - Depends on: T2-011\n",
        );
        assert_eq!(found.title.as_deref(), Some("A plan"));
        assert_eq!(found.heading_anchors(), ["a-plan", "phase-1-set-up"]);
        let link = &found.links[0];
        assert_eq!((&*link.path, link.fragment.as_deref()), ("../b c.md", Some("x y")));
        let plan = found.plan.unwrap();
        assert_eq!(plan.status, Some(State::Done));
        assert_eq!(plan.progress, Progress { done: 1, total: 2 });
        let items: Vec<String> =
            plan.items.iter().map(|item| format!("{:?} {} {}", item.id, item.title, item.line)).collect();
        assert_eq!(items.len(), 3, "{items:?}");
        assert_eq!(plan.unresolved_ids.iter().map(Id::as_str).collect::<Vec<_>>(), ["T2-011"]);
        assert_eq!(plan.owners.iter().map(|name| &**name).collect::<Vec<_>>(), ["Ada", "Grace"]);
        let names: Vec<(RelationKind, &str)> = plan.relations.iter().map(|n| (n.kind, &*n.name)).collect();
        assert_eq!(names, [(RelationKind::Supersedes, "0031"), (RelationKind::Supersedes, "0032-old.md")]);
    }

    #[test]
    fn positions_do_not_matter_to_other_files() {
        let (a, b) = (summary("# A\n\n- [ ] x\n"), summary("# A\n\ntext\n\n- [ ] x\n"));
        assert_ne!(a, b);
        assert!(!a.differs_beyond_positions(&b));
        assert!(a.differs_beyond_positions(&summary("# A\n\n- [x] x\n")));
        assert!(a.differs_beyond_positions(&summary("# B\n\n- [ ] x\n")));
    }

    #[test]
    fn link_targets_are_split() {
        let path = |target: &str| split_target(target).map(|(path, _)| path.into_string());
        assert_eq!(path("a.md#b"), Some("a.md".into()));
        assert_eq!(path("/a%C3%A4.md"), Some("/aä.md".into()));
        for none in ["#x", "https://a.b/c", "mailto:a@b.c", "//host/x", "ada@example.org"] {
            assert_eq!(path(none), None, "{none}");
        }
    }
}
