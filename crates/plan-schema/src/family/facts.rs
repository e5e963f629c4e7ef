//! The requirements and references of a document.

use std::{collections::HashMap, sync::Arc};

use plan_model::{Item, ItemKind, Plan, Progress, State};
use plan_syntax::SegmentSpan;

use super::{DocumentRole, line::PlainLine, stated::StatedValues};

/// Maximum number of requirements and references that are read from a document.
pub(super) const MAX_ENTRIES: usize = 5_000;

/// The requirements and references of a document, for the other documents of its document set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyFacts {
    /// Index of the family.
    pub family: usize,
    /// Folder of the project.
    pub project: Box<str>,
    /// The document set; see [`DocumentPlace::set`](super::DocumentPlace::set).
    pub set: Option<Box<str>>,
    /// Whether the family has documents that all sets of a project share.
    pub has_shared_documents: bool,
    /// Role of the document.
    pub role: DocumentRole,
    /// Whether the set is archived.
    pub archived: bool,
    /// Requirements in document order, parents before children.
    pub requirements: Box<[Requirement]>,
    /// References in document order.
    pub references: Box<[RequirementReference]>,
    /// References to requirements of other sets, in document order: `016-search/FR-001`.
    pub foreign: Box<[RequirementReference]>,
    /// Tasks that contain references.
    pub tasks: Box<[SetTask]>,
    /// Progress of all tasks.
    pub progress: Progress,
    /// Number of tasks that have no place for a state. Only counted in families in which a report states that all
    /// tasks of a plan are done.
    pub stateless_tasks: usize,
    /// Whether any phase or task is done.
    pub started: bool,
    /// Values that the document states about itself; `None` without any.
    pub stated: Option<Box<StatedValues>>,
}

/// A requirement, criterion or outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Index of the kind in the family.
    pub kind: u16,
    /// ID as written.
    pub id: Arc<str>,
    /// ID for comparisons.
    pub key: Arc<str>,
    /// Title or text, on one line.
    pub title: Arc<str>,
    /// Further text: the first paragraph below a heading.
    pub text: Arc<str>,
    /// Priority, e.g. `P1`.
    pub priority: Option<Arc<str>>,
    /// Index of the parent in the document.
    pub parent: Option<u32>,
    /// First line, 0-based.
    pub line: u32,
    /// Range of the ID, or of the title if the ID is derived from the position in a list.
    pub span: SegmentSpan,
    /// Range of the block that defines the requirement.
    pub range: SegmentSpan,
    /// Whether the document marks the requirement as deferred or out of scope.
    pub exempt: bool,
    /// Whether the ID is written in the document, so that a rename changes it there.
    pub id_is_written: bool,
}

/// The form of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceStyle {
    /// `Name: IDs`.
    Field,
    /// At the start of a task: `[US1]`.
    Label,
    /// In brackets with a word: `(AC: 1)`.
    Group,
    /// An ID in text.
    Text,
    /// An ID in a heading.
    Heading,
    /// In an entry of the front matter.
    FrontMatter,
}

/// A reference to requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequirementReference {
    /// Range of the ID or range of IDs.
    pub span: SegmentSpan,
    /// Range of the first ID.
    pub first: SegmentSpan,
    /// Range of the last ID of a range of IDs.
    pub last: Option<SegmentSpan>,
    /// Form in which the reference is written.
    pub style: ReferenceStyle,
    /// Line, 0-based.
    pub line: u32,
    /// Keys of the IDs, with ranges expanded. Empty for a reference to all.
    pub keys: Arc<[Box<str>]>,
    /// Text as written.
    pub text: Arc<str>,
    /// Indices in [`FamilyFacts::tasks`] of the tasks that contain the reference.
    pub tasks: Box<[u32]>,
    /// Whether the reference names all requirements.
    pub all: bool,
    /// Whether the reference is in ordinary text or in an appendix, where IDs can refer to other sets.
    pub weak: bool,
    /// Whether the prefix of the ID is one of requirements only if a document of the set defines it: `BUG-001`.
    pub own_prefix: bool,
    /// Name or number of the set before the ID, in lower case: `016-search` in `016-search/FR-001`.
    pub qualifier: Option<Box<str>>,
    /// Whether the ID ends in a letter that denotes a part of another requirement: `FR-002b`.
    pub has_suffix: bool,
}

/// A task that refers to requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetTask {
    /// ID as written.
    pub id: Option<Box<str>>,
    /// Title of the task.
    pub title: Box<str>,
    /// Line, 0-based.
    pub line: u32,
    /// Range of the title.
    pub span: SegmentSpan,
    /// State of the task.
    pub state: State,
    /// Whether the task is optional.
    pub optional: bool,
}

/// Returns whether a name in lower case denotes a set: it is the name or key of the set, the number at its start, or an
/// ID with the same number (`back-354` for `task-354`).
pub fn is_name_of_set(name: &str, set: &str) -> bool {
    let own = set.rsplit('/').next().unwrap_or(set).trim_start_matches('#');
    let number = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let value = |digits: &str| digits.trim_start_matches('0').to_owned();
    let digits = number(name);
    if digits > 0 && digits == name.len() && number(own) > 0 {
        return value(name) == value(&own[..number(own)]);
    }
    let own = own.to_lowercase();
    // The number of an ID without further words.
    let tail = |text: &str| {
        let (word, tail) = text.split_once('-')?;
        let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_number = number(tail) > 0 && tail.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        (is_word && is_number).then(|| value(tail))
    };
    own == *name || tail(name).is_some_and(|number| Some(number) == tail(&own))
}

impl RequirementReference {
    /// Returns whether the reference is to requirements, whatever the documents of the set define.
    pub fn is_certain(&self) -> bool {
        !self.weak && !self.own_prefix
    }

    /// Returns whether the qualifier of the reference names a set, see [`is_name_of_set`].
    pub fn is_qualified_by(&self, set: &str) -> bool {
        self.qualifier.as_deref().is_some_and(|qualifier| is_name_of_set(qualifier, set))
    }

    /// Returns the ID with one of the keys of the reference, as it would be written here: `FR-011` in `FR-004–FR-011`.
    pub fn written_id(&self, key: &str) -> String {
        let has_letters = |text: &str| text.contains(|c: char| c.is_ascii_alphabetic());
        if let [only] = &*self.keys
            && **only == *key
            && (has_letters(&self.text) || !has_letters(key))
        {
            return self.text.to_string();
        }
        let digits = |text: &str| text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let first = self.text.get(..(self.first.end - self.first.start) as usize).unwrap_or_default();
        let (prefix, number) = key.split_at(key.len() - digits(key));
        let (first_prefix, first_number) = first.split_at(first.len() - digits(first));
        if first_prefix.eq_ignore_ascii_case(prefix) {
            return format!("{first_prefix}{number:0>width$}", width = first_number.len());
        }
        key.to_uppercase()
    }
}

impl FamilyFacts {
    /// Returns whether replacing `old` with these facts can affect other documents: anything except positions has
    /// changed.
    pub fn differs_beyond_positions(&self, old: &Self) -> bool {
        type ComparedFields<'a> = (u16, &'a str, &'a str, &'a str, Option<u32>, bool);
        fn requirement(item: &Requirement) -> ComparedFields<'_> {
            (item.kind, &item.id, &item.title, &item.text, item.parent, item.exempt)
        }
        fn reference(item: &RequirementReference) -> (&[Box<str>], &[u32], bool, bool) {
            (&item.keys, &item.tasks, item.all, item.weak)
        }
        fn task(item: &SetTask) -> (Option<&str>, &str, State, bool) {
            (item.id.as_deref(), &item.title, item.state, item.optional)
        }
        type DocumentFields<'a> = (usize, &'a Option<Box<str>>, DocumentRole, bool, Progress, usize, bool);
        fn document(facts: &FamilyFacts) -> DocumentFields<'_> {
            let FamilyFacts { family, set, role, archived, progress, stateless_tasks, started, .. } = facts;
            (*family, set, *role, *archived, *progress, *stateless_tasks, *started)
        }
        document(self) != document(old)
            || !StatedValues::are_same_beyond_positions(self.stated.as_deref(), old.stated.as_deref())
            || !self.requirements.iter().map(requirement).eq(old.requirements.iter().map(requirement))
            || !self.references.iter().map(reference).eq(old.references.iter().map(reference))
            || !self.tasks.iter().map(task).eq(old.tasks.iter().map(task))
    }
}

/// Tasks that contain references, collected while references are read.
pub(super) struct TaskList<'a> {
    plan: &'a Plan,
    /// ID of the document as a task.
    id: Option<&'a str>,
    by_item: HashMap<usize, u32>,
    /// Items by lower-case ID; `None` until the first lookup.
    ids: Option<HashMap<String, usize>>,
    document: Option<u32>,
    tasks: Vec<SetTask>,
    /// Ends of sections by the starts of their headings.
    sections: Option<HashMap<usize, usize>>,
}

impl<'a> TaskList<'a> {
    /// Returns an empty list. `id` is the ID of the document as a task.
    pub fn new(plan: &'a Plan, id: Option<&'a str>) -> Self {
        Self {
            plan,
            id,
            by_item: HashMap::new(),
            ids: None,
            document: None,
            tasks: Vec::new(),
            sections: None,
        }
    }

    /// Returns the collected tasks.
    pub fn into_tasks(self) -> Box<[SetTask]> {
        self.tasks.into()
    }

    /// Returns the index of the innermost task that contains an offset.
    pub fn at(&mut self, offset: usize) -> Option<u32> {
        let mut item = self.plan.item_before(offset)?;
        loop {
            // The title of a story is also an item, which contains the whole document.
            let is_title = || {
                let title = self.plan.title_range();
                item.is_heading() && title.is_some_and(|title| item.line().contains(&title.start))
            };
            if item.kind() == ItemKind::Task && item.range().contains(&offset) && !is_title() {
                return Some(self.index_of(&item));
            }
            item = self.plan.item(item.parent()?)?;
        }
    }

    /// Returns the indices of the tasks whose IDs are words of a text. Plain numbers are ignored.
    pub fn named_in(&mut self, text: &str) -> Vec<u32> {
        let plan = self.plan;
        let ids = self.ids.get_or_insert_with(|| {
            let tasks = plan.items().filter(|item| item.kind() == ItemKind::Task);
            tasks.filter_map(|item| Some((item.id()?.to_string().to_lowercase(), item.index()))).collect()
        });
        let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-')));
        let words = words.map(|word| word.trim_matches(['.', '-']).to_lowercase());
        let named = words.filter(|word| word.contains(|c: char| c.is_alphabetic()));
        let mut items: Vec<usize> = named.filter_map(|word| ids.get(&word).copied()).collect();
        items.dedup();
        items.into_iter().filter_map(|index| Some(self.index_of(&plan.item(index)?))).collect()
    }

    /// Returns the indices of the tasks in the section whose heading starts at an offset.
    pub fn below_heading(&mut self, heading: usize) -> Vec<u32> {
        let plan = self.plan;
        let sections = self.sections.get_or_insert_with(|| {
            plan.sections().map(|section| (section.heading_range().start, section.range().end)).collect()
        });
        let Some(end) = sections.get(&heading).copied() else { return Vec::new() };
        // The items are in document order.
        let first = plan.item_before(heading).map_or(0, |item| item.index());
        let inside = (first..).map_while(|index| plan.item(index));
        let inside = inside.take_while(|item| item.line().start < end);
        let tasks: Vec<Item<'_>> =
            inside.filter(|item| item.line().start > heading && item.kind() == ItemKind::Task).collect();
        tasks.iter().map(|item| self.index_of(item)).collect()
    }

    /// Adds the document itself as a task, for references in its front matter, and returns the index.
    pub fn document(&mut self) -> u32 {
        if let Some(index) = self.document {
            return index;
        }
        let plan = self.plan;
        let progress = plan.progress();
        let stated = plan.status().and_then(|status| plan.state_of(&status.value));
        let state = stated.unwrap_or(match progress {
            Progress { total: 0, .. } | Progress { done: 0, .. } => State::Open,
            Progress { done, total } if done == total => State::Done,
            _ => State::Active,
        });
        let span = plan.title_range().unwrap_or(0..0);
        let index = self.tasks.len() as u32;
        self.tasks.push(SetTask {
            id: self.id.map(Into::into),
            title: plan.title().unwrap_or_default().into(),
            line: plan.document().rope().byte_to_line(span.start) as u32,
            span: span.start as u32..span.end as u32,
            state,
            optional: false,
        });
        self.document = Some(index);
        index
    }

    fn index_of(&mut self, item: &Item<'_>) -> u32 {
        if let Some(index) = self.by_item.get(&item.index()) {
            return *index;
        }
        let index = self.tasks.len() as u32;
        let title = item.title_range();
        let id = item.id_range().map(|range| self.plan.document().slice(range));
        let state = item.state().or_else(|| item.derived_state()).unwrap_or(State::Open);
        self.tasks.push(SetTask {
            id: id.map(|id| PlainLine::new(&id, 0)).map(|id| id.text(0..id.len()).into()),
            title: item.title().into(),
            line: self.plan.document().rope().byte_to_line(item.line().start) as u32,
            span: title.start as u32..title.end as u32,
            state,
            optional: item.is_optional(),
        });
        self.by_item.insert(item.index(), index);
        index
    }
}
