//! What other files see of a document: small, without text and trees, comparable.

use std::{borrow::Cow, collections::BTreeSet, sync::Arc};

use plan_syntax::{BlockKind, Span, outline::bytes};

use crate::{
    Id, ItemKind, Meaning, Part, Plan, Progress, Reach, State,
    anchor::{Anchors, anchor, anchors_in_html},
    facts::Traits,
};

/// What other files see of a document. Ranges are bytes of the document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The title.
    pub title: Option<Box<str>>,
    /// The headings in document order.
    pub headings: Box<[Heading]>,
    /// Anchors that HTML sets: `<a id="goal">`.
    pub anchors: Box<[Box<str>]>,
    /// Links to other files, by path.
    pub links: Box<[OutgoingLink]>,
    /// What only a plan has; nothing for other Markdown.
    pub work: Option<Box<Work>>,
}

/// What other files see of a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// The state that its status says.
    pub status: Option<State>,
    /// Its status as written.
    pub status_text: Option<Box<str>>,
    /// The line of its status, 0-based; that of its title where it has none.
    pub status_line: u32,
    /// Tasks done and counted.
    pub progress: Progress,
    /// Phases and tasks in document order.
    pub items: Box<[WorkItem]>,
    /// Who owns it or a part of it, each once, sorted.
    pub owners: Box<[Arc<str>]>,
    /// What it says of other documents: supersedes, related plans.
    pub relations: Box<[Named]>,
    /// Ids that it names and does not have, each once, sorted.
    pub wanted: Box<[Id]>,
}

/// A heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// The line it starts on, 0-based.
    pub line: u32,
    /// Its text.
    pub span: Span,
    /// Its text without emphasis.
    pub text: Arc<str>,
}

/// A phase or a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    /// Phase or task.
    pub kind: ItemKind,
    /// What its own carriers say.
    pub state: Option<State>,
    /// It is a heading too, and listed among those.
    pub heading: bool,
    /// The line it starts on, 0-based.
    pub line: u32,
    /// Its name.
    pub span: Span,
    /// Its id.
    pub id: Option<Id>,
    /// Its name without emphasis.
    pub title: Arc<str>,
}

/// A link to another file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingLink {
    /// The path as written, percent encoding resolved: `../adr/1.md`, `/docs/a.md`.
    pub path: Box<str>,
    /// What stands behind `#`, percent encoding resolved.
    pub fragment: Option<Box<str>>,
    /// Where the target is written, `#` and what follows included.
    pub span: Span,
}

/// What a document says of another one in a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What the field says.
    pub kind: RelationKind,
    /// The other document as written: a path, a number, a name.
    pub name: Box<str>,
    /// Where that is written.
    pub span: Span,
}

/// How a document hangs together with another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// It takes the other one's place.
    Supersedes,
    /// The other one takes its place.
    SupersededBy,
    /// They belong together.
    Related,
}

impl Summary {
    /// The anchors of the headings as GitHub makes them, in the order of the headings.
    pub fn heading_anchors(&self) -> Vec<String> {
        let mut anchors = Anchors::default();
        let made: Vec<String> = self.headings.iter().map(|heading| anchor(&heading.text)).collect();
        made.iter().map(|anchor| anchors.told_apart(anchor).into_owned()).collect()
    }

    /// Whether another file could say something else because this summary is now there instead of `old`: anything but
    /// places has changed, and the links that lead away.
    pub fn reads_differently(&self, old: &Self) -> bool {
        let same_heading = |(a, b): (&Heading, &Heading)| (a.level, &a.text) == (b.level, &b.text);
        let same_headings = self.headings.len() == old.headings.len()
            && self.headings.iter().zip(&old.headings).all(same_heading);
        let same_item = |(a, b): (&WorkItem, &WorkItem)| {
            (a.kind, a.state, &a.id, &a.title) == (b.kind, b.state, &b.id, &b.title)
        };
        let same_name = |(a, b): (&Named, &Named)| (a.kind, &a.name) == (b.kind, &b.name);
        let same_work = match (&self.work, &old.work) {
            (Some(a), Some(b)) => {
                (a.status, &a.status_text, a.progress) == (b.status, &b.status_text, b.progress)
                    && a.items.len() == b.items.len()
                    && a.items.iter().zip(&b.items).all(same_item)
                    && a.relations.len() == b.relations.len()
                    && a.relations.iter().zip(&b.relations).all(same_name)
            }
            (None, None) => true,
            _ => false,
        };
        self.title != old.title || self.anchors != old.anchors || !same_headings || !same_work
    }
}

/// The headings, phases and tasks of one segment, kept with it. Lines and spans are relative to its start.
struct PartWork {
    headings: Vec<Heading>,
    items: Vec<WorkItem>,
    owners: Vec<Arc<str>>,
}

impl PartWork {
    fn of(part: &Part<'_>) -> Self {
        let (start, rope) = (part.start(), part.document().rope());
        let line = |at: usize| rope.byte_to_line(at) as u32;
        let first = line(start);
        let relative = |place: std::ops::Range<usize>| {
            place.start.saturating_sub(start) as u32..place.end.saturating_sub(start) as u32
        };
        let headings = part.sections().map(|section| Heading {
            level: section.level(),
            line: line(section.heading_range().start) - first,
            span: relative(section.text_range()),
            text: section.title().into(),
        });
        let items = part.items().map(|item| WorkItem {
            kind: item.kind(),
            state: item.state(),
            heading: item.is_heading(),
            line: line(item.line().start) - first,
            span: relative(item.title_range()),
            id: item.id().cloned(),
            title: item.title().into(),
        });
        let mut owners: Vec<Arc<str>> = Vec::new();
        for owner in part.items().filter_map(|item| item.field(Meaning::Owner)) {
            owners.extend(names(&owner.value).map(|(_, name)| Arc::from(name)));
        }
        owners.sort_unstable();
        owners.dedup();
        Self { headings: headings.collect(), items: items.collect(), owners }
    }
}

/// Ids that dependencies name and that the document does not have, in order.
struct Wanted(Box<[Id]>);

impl Wanted {
    fn of(plan: &Plan) -> Self {
        let names = plan.said().iter().flat_map(|said| &said.names);
        let nowhere = names.filter(|name| name.reach == Reach::Nowhere);
        let ids: BTreeSet<Id> = nowhere.flat_map(|name| name.ids.iter().cloned()).collect();
        Self(ids.into_iter().collect())
    }
}

impl Plan {
    /// What a link's fragment can name: the anchors of the headings in their order, and those that HTML sets, lower case.
    pub fn all_anchors(&self) -> (Vec<Cow<'_, str>>, Vec<String>) {
        let mut anchors = Anchors::default();
        let headings = self.sections().map(|section| anchors.told_apart(section.anchor())).collect();
        (headings, self.html_anchors().iter().map(|anchor| anchor.to_lowercase()).collect())
    }

    /// What other files see of the document; `is_plan` tells whether its phases and tasks count.
    pub fn summary(&self, is_plan: bool) -> Summary {
        let span = |range: &std::ops::Range<usize>| range.start as u32..range.end as u32;
        let mut headings: Vec<Heading> = Vec::with_capacity(self.sections().len());
        let mut items: Vec<WorkItem> = Vec::with_capacity(if is_plan { self.items().len() } else { 0 });
        let mut owners: BTreeSet<Arc<str>> = BTreeSet::new();
        for part in self.parts() {
            let own = part.of_shape(|| PartWork::of(&part));
            let (start, first) =
                (part.start() as u32, self.document().rope().byte_to_line(part.start()) as u32);
            let at = |span: &Span| start + span.start..start + span.end;
            headings.extend(own.headings.iter().map(|heading| Heading {
                line: first + heading.line,
                span: at(&heading.span),
                ..heading.clone()
            }));
            if is_plan {
                items.extend(own.items.iter().map(|item| WorkItem {
                    line: first + item.line,
                    span: at(&item.span),
                    ..item.clone()
                }));
                owners.extend(own.owners.iter().cloned());
            }
        }
        let links = self.links_out().into_iter().filter_map(|link| {
            let (path, fragment) = split_target(link.target)?;
            Some(OutgoingLink { path, fragment, span: span(&link.target_range) })
        });
        Summary {
            title: self.title().map(Into::into),
            headings: headings.into(),
            anchors: self.html_anchors(),
            links: links.collect(),
            work: is_plan.then(|| Box::new(self.work(items, owners))),
        }
    }

    fn work(&self, items: Vec<WorkItem>, mut owners: BTreeSet<Arc<str>>) -> Work {
        let fields = self.fields();
        let status = self.status_among(fields.clone());
        for field in fields {
            if field.meaning == Some(Meaning::Owner) {
                owners.extend(names(&field.value).map(|(_, name)| Arc::from(name)));
            }
        }
        let wanted = self.of_shape(Wanted::of);
        let status_at = status.as_ref().map(|field| field.key_range.start);
        let status_at = status_at.or_else(|| Some(self.title_range()?.start));
        let status_line = status_at.map_or(0, |at| self.document().rope().byte_to_line(at) as u32);
        Work {
            status: status.as_ref().and_then(|field| self.state_of(&field.value)),
            status_line,
            status_text: status.map(|field| field.value.trim().into()),
            progress: self.progress(),
            items: items.into(),
            owners: owners.into_iter().collect(),
            relations: self.relations().into(),
            wanted: wanted.0.clone(),
        }
    }

    /// What the document's fields say of other documents.
    pub fn relations(&self) -> Vec<Named> {
        let mut relations = Vec::new();
        for field in self.fields() {
            let Some(kind) = field.meaning.and_then(relation_kind) else { continue };
            let written = self.slice(field.value_range.clone());
            let start = field.value_range.start;
            relations.extend(names(&written).map(|(at, name)| Named {
                kind,
                name: name.into(),
                span: (start + at) as u32..(start + at + name.len()) as u32,
            }));
        }
        relations
    }

    /// The anchors that HTML in the document sets.
    pub(crate) fn html_anchors(&self) -> Box<[Box<str>]> {
        let mut found = Vec::new();
        for (_, content) in self.contents_with(Traits::ANCHOR) {
            for (index, block) in content.outline.blocks.iter().enumerate() {
                match &block.kind {
                    BlockKind::Html { .. } => anchors_in_html(&content.text[bytes(&block.span)], &mut found),
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

/// What a field says of another document.
fn relation_kind(meaning: Meaning) -> Option<RelationKind> {
    match meaning {
        Meaning::Supersedes => Some(RelationKind::Supersedes),
        Meaning::SupersededBy => Some(RelationKind::SupersededBy),
        Meaning::Related => Some(RelationKind::Related),
        _ => None,
    }
}

/// The names in a list, each with the byte it starts at: between commas, on lines of their own, without quotes, brackets
/// and bullets.
pub fn names(value: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    value.split([',', '\n', '[', ']', ';']).filter_map(move |part| {
        let start = at;
        at += part.len() + 1;
        let kept = part.trim_start_matches([' ', '\t', '\r', '-', '"', '\'', '`', '(', '@']);
        let start = start + part.len() - kept.len();
        let name = kept.trim_end_matches([' ', '\t', '\r', '"', '\'', '`', ')']);
        let filled = !name.is_empty()
            && !matches!(name.to_ascii_lowercase().as_str(), "none" | "null" | "n/a" | "tbd");
        (filled && name.chars().any(char::is_alphanumeric)).then_some((start, name))
    })
}

/// The path and the fragment of a link that leads to another file; nothing for other addresses.
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

/// `https:`, `mailto:`; a drive letter is none.
fn has_scheme(target: &str) -> bool {
    target.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    }) || target.contains('@') && !target.contains('/')
}

/// Resolves percent encoding, where it gives UTF-8, and backslashes before punctuation.
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
    fn what_others_see() {
        let found = summary(
            "---\nowner: Ada, Grace\nsupersedes: [0031, \"0032-old.md\"]\n---\n# A plan\n\nStatus: Done\n\n\
             ## Phase 1: Set **up**\n\n- [x] **Task 1.1**: one\n- [ ] Task 1.2: two, see [it](../b%20c.md#x%20y)\n  - Depends on: T2-011\n",
        );
        assert_eq!(found.title.as_deref(), Some("A plan"));
        assert_eq!(found.heading_anchors(), ["a-plan", "phase-1-set-up"]);
        let link = &found.links[0];
        assert_eq!((&*link.path, link.fragment.as_deref()), ("../b c.md", Some("x y")));
        let work = found.work.unwrap();
        assert_eq!(work.status, Some(State::Done));
        assert_eq!(work.progress, Progress { done: 1, total: 2 });
        let items: Vec<String> =
            work.items.iter().map(|item| format!("{:?} {} {}", item.id, item.title, item.line)).collect();
        assert_eq!(items.len(), 3, "{items:?}");
        assert_eq!(work.wanted.iter().map(Id::as_str).collect::<Vec<_>>(), ["T2-011"]);
        assert_eq!(work.owners.iter().map(|name| &**name).collect::<Vec<_>>(), ["Ada", "Grace"]);
        let names: Vec<(RelationKind, &str)> = work.relations.iter().map(|n| (n.kind, &*n.name)).collect();
        assert_eq!(names, [(RelationKind::Supersedes, "0031"), (RelationKind::Supersedes, "0032-old.md")]);
    }

    #[test]
    fn places_make_no_difference_to_others() {
        let (a, b) = (summary("# A\n\n- [ ] x\n"), summary("# A\n\ntext\n\n- [ ] x\n"));
        assert_ne!(a, b);
        assert!(!a.reads_differently(&b));
        assert!(a.reads_differently(&summary("# A\n\n- [x] x\n")));
        assert!(a.reads_differently(&summary("# B\n\n- [ ] x\n")));
    }

    #[test]
    fn targets() {
        let path = |target: &str| split_target(target).map(|(path, _)| path.into_string());
        assert_eq!(path("a.md#b"), Some("a.md".into()));
        assert_eq!(path("/a%C3%A4.md"), Some("/aä.md".into()));
        for none in ["#x", "https://a.b/c", "mailto:a@b.c", "//host/x", "ada@example.org"] {
            assert_eq!(path(none), None, "{none}");
        }
    }
}
