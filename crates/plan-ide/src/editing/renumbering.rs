//! Renumbering of phases and tasks, with all references to them.

use std::collections::{BTreeMap, HashMap, HashSet};

use plan_model::{
    Id, Item, ItemKind, StateSourceKind,
    numeral::{self, NumeralNotation},
};

use super::references::{self, References};
use crate::{Edit, File, TextRange};

/// New IDs of items.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbering {
    /// New ID by item index. Items that keep their ID are not included.
    pub(crate) ids: BTreeMap<usize, Id>,
}

/// Part of a document that is renumbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All lists of the document.
    Document,
    /// The list in the top-level section of the item with this index.
    ListOfItem(usize),
}

/// Key of a numbered list: top-level section, parent, common prefix of the IDs.
type List = (Option<usize>, Option<usize>, String);

/// Returns new IDs that number phases and tasks consecutively in document order. Each list starts at its lowest number;
/// IDs of tasks start with the number of the phase.
pub(crate) fn consecutive_numbering(file: &File, extent: Extent) -> Numbering {
    let scope_of = |item: Item<'_>| item.scope().map(|scope| scope.index());
    let selected_scope = match extent {
        Extent::Document => None,
        Extent::ListOfItem(index) => file.plan().item(index).map(scope_of),
    };
    numbering(file, |(scope, ..), members| match &selected_scope {
        Some(selected_scope) if selected_scope != scope => ListRule::Keep,
        _ => ListRule::CountFrom(lowest_number(members)),
    })
}

/// The numbers of the lists of a document before a change, which [`Self::continued_in`] continues after it.
pub(crate) struct ListNumbers(HashMap<ListName, PreviousList>);

/// Name of a list that does not depend on positions: scope, parent, common prefix of the IDs.
type ListName = (Option<String>, Option<String>, String);

struct PreviousList {
    first: u32,
    is_consecutive: bool,
    ids: HashSet<Id>,
}

impl ListNumbers {
    pub(crate) fn of(file: &File) -> Self {
        let mut lists: HashMap<ListName, PreviousList> = HashMap::new();
        for (list, members) in numbered_lists(file) {
            let first = lowest_number(&members);
            let is_consecutive = (first..)
                .zip(&members)
                .all(|(number, member)| member.has_number_of_parent() && member.has_number(number));
            let ids = members.iter().map(|member| member.id.clone()).collect();
            let previous = PreviousList { first, is_consecutive, ids };
            // Lists with the same name cannot be distinguished after a change.
            lists
                .entry(list_name(file, &list))
                .and_modify(|other| other.is_consecutive = false)
                .or_insert(previous);
        }
        Self(lists)
    }

    /// Returns the new IDs after a change: lists that were consecutive are consecutive again, with the same first number.
    /// Other lists keep their numbers; items that were moved into them get the numbers after the highest one.
    pub(crate) fn continued_in(&self, file: &File) -> Numbering {
        numbering(file, |list, members| {
            let name = list_name(file, list);
            match self.0.get(&name) {
                Some(previous) if previous.is_consecutive => ListRule::CountFrom(previous.first),
                Some(previous) => ListRule::KeepOf(&previous.ids),
                None => {
                    let similar =
                        self.0.iter().filter(|((scope, _, prefix), _)| (scope, prefix) == (&name.0, &name.2));
                    let first = similar.map(|(_, previous)| previous.first).min();
                    ListRule::CountFrom(first.unwrap_or_else(|| lowest_number(members)))
                }
            }
        })
    }
}

fn list_name(file: &File, (scope, parent, prefix): &List) -> ListName {
    let plan = file.plan();
    let scope = scope.and_then(|scope| plan.sections().nth(scope)).map(|scope| scope.title());
    let parent = parent
        .and_then(|parent| plan.item(parent))
        .map(|parent| parent.id().map_or_else(|| parent.title(), ToString::to_string));
    (scope, parent, prefix.clone())
}

/// New numbers of the items of a list.
enum ListRule<'a> {
    /// Consecutive numbers from this one.
    CountFrom(u32),
    /// The items keep their numbers, but IDs of tasks get the current number of their phase.
    Keep,
    /// Items with one of these IDs keep their numbers as in `Keep`. All other items get the numbers after the highest
    /// one.
    KeepOf(&'a HashSet<Id>),
}

/// An item of a numbered list.
struct Member<'a> {
    item: Item<'a>,
    id: &'a Id,
    form: NumberForm<'a>,
}

impl Member<'_> {
    fn has_number(&self, number: u32) -> bool {
        // Only the ID of a phase can end with a letter that is a number: `Phase B`, `Phase II`.
        let is_exact = matches!(self.form, NumberForm::Phase { .. })
            || !self.id.as_str().ends_with(|c: char| c.is_ascii_lowercase());
        is_exact && self.form.number() == number
    }

    /// Returns whether the ID starts with the number of the phase or task that contains the item.
    fn has_number_of_parent(&self) -> bool {
        let NumberForm::Dotted { leading, .. } = &self.form else { return true };
        numbered_ancestor(&self.item, leading)
            .and_then(|ancestor| ancestor.id().map(without_keyword))
            .is_none_or(|number| number == *leading)
    }
}

fn lowest_number(members: &[Member<'_>]) -> u32 {
    members.iter().map(|member| member.form.number()).min().unwrap_or(1)
}

fn list_of(Member { item, form, .. }: &Member<'_>) -> List {
    let scope = item.scope().map(|scope| scope.index());
    match form {
        NumberForm::Phase { word, .. } => (scope, item.parent(), (*word).to_owned()),
        NumberForm::Dotted { leading, .. } => match numbered_ancestor(item, leading) {
            Some(numbered_ancestor) => {
                (scope, Some(numbered_ancestor.index()), ".".repeat(leading.matches('.').count() + 1))
            }
            None => (scope, None, (*leading).to_owned()),
        },
        NumberForm::Plain { .. } => (scope, item.parent(), String::new()),
        NumberForm::Prefixed { prefix, .. } => (scope, None, (*prefix).to_owned()),
    }
}

/// Returns the items with numbered IDs, in document order.
fn numbered_items(file: &File) -> Vec<Member<'_>> {
    let plan = file.plan();
    let phase_numbers = || plan.items().filter_map(|item| item.id()?.phase_parts().map(|(_, number)| number));
    let is_roman = phase_numbers().any(numeral::is_roman);
    plan.items()
        .filter(is_numbered)
        .filter_map(|item| {
            let id = item.id()?;
            Some(Member { item, id, form: NumberForm::of(id, is_roman)? })
        })
        .collect()
}

/// Returns the items of each numbered list, in document order.
fn numbered_lists(file: &File) -> HashMap<List, Vec<Member<'_>>> {
    let mut lists: HashMap<List, Vec<Member<'_>>> = HashMap::new();
    for member in numbered_items(file) {
        lists.entry(list_of(&member)).or_default().push(member);
    }
    lists
}

/// Returns the new IDs of the items of all lists, each by its rule.
fn numbering<'a>(file: &File, rule: impl Fn(&List, &[Member<'_>]) -> ListRule<'a>) -> Numbering {
    // The rule of each list, and its next number.
    let mut lists: HashMap<List, (ListRule<'a>, u32)> = HashMap::new();
    for (list, members) in numbered_lists(file) {
        let rule = rule(&list, &members);
        let next = match &rule {
            ListRule::CountFrom(first) => *first,
            ListRule::Keep => 0,
            ListRule::KeepOf(ids) => {
                let kept = members.iter().filter(|member| ids.contains(member.id));
                kept.map(|member| member.form.number()).max().unwrap_or(0) + 1
            }
        };
        lists.insert(list, (rule, next));
    }
    let mut numbering = Numbering::default();
    // New IDs so far, by item and by old ID.
    let mut now: HashMap<usize, Id> = HashMap::new();
    let mut by_old: HashMap<(Option<usize>, &str), Id> = HashMap::new();
    for member in &numbered_items(file) {
        let Member { item, id, form } = member;
        let list = list_of(member);
        let scope = list.0;
        let Some((rule, next)) = lists.get_mut(&list) else { continue };
        let is_kept = match rule {
            ListRule::CountFrom(_) => false,
            ListRule::Keep => true,
            ListRule::KeepOf(ids) => ids.contains(*id),
        };
        let number = if is_kept { form.number() } else { *next };
        *next += u32::from(!is_kept);
        let renumbered_base = |leading: &str, is_kept: bool| {
            // A task that keeps its number also stays in a phase with another number.
            let ancestor = numbered_ancestor(item, leading).filter(|ancestor| {
                !is_kept || ancestor.id().map(without_keyword).is_some_and(|id| id == leading)
            });
            let base = ancestor.and_then(|ancestor| now.get(&ancestor.index()));
            let base = base.or_else(|| by_old.get(&(scope, leading)));
            base.map_or_else(|| leading.to_owned(), without_keyword)
        };
        let new = match form {
            NumberForm::Dotted { leading, .. } if is_kept => {
                let base = renumbered_base(leading, true);
                if base == *leading {
                    (*id).clone()
                } else {
                    Id::task(&format!("{base}{}", &id.as_str()[leading.len()..]))
                }
            }
            _ if is_kept => (*id).clone(),
            NumberForm::Phase { word, notation, .. } => {
                Id::phase(word, &notation.write(number).unwrap_or_else(|| number.to_string()))
            }
            NumberForm::Dotted { leading, .. } => {
                Id::task(&format!("{}.{number}", renumbered_base(leading, false)))
            }
            NumberForm::Plain { .. } => Id::task(&number.to_string()),
            NumberForm::Prefixed { prefix, width, .. } => Id::task(&format!("{prefix}{number:0width$}")),
        };
        if new != **id {
            numbering.ids.insert(item.index(), new.clone());
        }
        by_old.entry((scope, id.as_str())).or_insert_with(|| new.clone());
        now.insert(item.index(), new);
    }
    numbering
}

/// Returns whether an item is in a numbered list. A row about a phase only refers to it.
fn is_numbered(item: &Item<'_>) -> bool {
    item.kind() != ItemKind::Phase || item.form() == StateSourceKind::Heading
}

/// Returns an ID without the keyword of a phase.
fn without_keyword(id: &Id) -> String {
    id.phase_parts().map_or_else(|| id.to_string(), |(_, number)| number.to_owned())
}

/// Returns the ancestor whose number is the leading part of the item's dotted ID, or would be after renumbering.
fn numbered_ancestor<'a>(item: &Item<'a>, leading: &str) -> Option<Item<'a>> {
    item.ancestors().find(|ancestor| {
        let number = ancestor.id().map(without_keyword).unwrap_or_default();
        let is_numbered = number.starts_with(|c: char| c.is_ascii_digit());
        is_numbered && number.matches('.').count() == leading.matches('.').count()
    })
}

/// The numbered form of an ID.
enum NumberForm<'a> {
    Phase { word: &'a str, number: u32, notation: NumeralNotation },
    Dotted { leading: &'a str, last: u32 },
    Plain { number: u32 },
    Prefixed { prefix: &'a str, number: u32, width: usize },
}

impl<'a> NumberForm<'a> {
    fn number(&self) -> u32 {
        match self {
            Self::Phase { number, .. } | Self::Plain { number } | Self::Prefixed { number, .. } => *number,
            Self::Dotted { last, .. } => *last,
        }
    }

    /// Returns `None` for IDs without a number to increment: `P1-T2`. Single letters of phases are Roman numerals if
    /// `is_roman`.
    fn of(id: &'a Id, is_roman: bool) -> Option<Self> {
        if let Some((word, number)) = id.phase_parts() {
            let (number, notation) = numeral::value(number, is_roman)?;
            return Some(Self::Phase { word, number, notation });
        }
        let text = id.as_str();
        // `1.2a` is a task that was inserted later. It gets its own number.
        let text = text.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(text);
        let prefix = id.prefix();
        if !prefix.is_empty() {
            let digits = text[prefix.len()..].trim_start_matches('-');
            let prefix = &text[..text.len() - digits.len()];
            return Some(Self::Prefixed { prefix, number: digits.parse().ok()?, width: digits.len() });
        }
        match text.rsplit_once('.') {
            Some((leading, last)) => Some(Self::Dotted { leading, last: last.parse().ok()? }),
            None => Some(Self::Plain { number: text.parse().ok()? }),
        }
    }
}

impl Numbering {
    /// Returns whether all lists are already numbered consecutively.
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Returns the edits that write the new IDs and update all references to them in the document.
    pub(crate) fn edits(&self, file: &File) -> Vec<Edit> {
        let plan = file.plan();
        let mut edits: BTreeMap<(usize, usize), String> = BTreeMap::new();
        let mut put = |place: TextRange, text: String| {
            if file.document().slice(place.clone()) != text {
                edits.insert((place.start, place.end), text);
            }
        };
        for (index, new) in &self.ids {
            let Some(item) = plan.item(*index) else { continue };
            for place in item.id_range().into_iter().chain(item.other_id_ranges()) {
                let written = file.document().slice(place.clone());
                let (token, text) = references::with_number_of(&written, new);
                put(place.start + token.start..place.start + token.end, text);
            }
        }
        let references = References::of(file);
        for name in references.names() {
            if let Some((place, text)) = references::renumbered(file, name, &self.ids) {
                put(place, text);
            }
        }
        let edits = edits.into_iter().map(|((start, end), text)| Edit::replace(start..end, text));
        // A name can be found twice, as a whole and by its parts: the first edit is applied.
        let mut kept: Vec<Edit> = Vec::new();
        for edit in edits {
            if kept.last().is_none_or(|last| last.range.end <= edit.range.start) {
                kept.push(edit);
            }
        }
        kept
    }
}
