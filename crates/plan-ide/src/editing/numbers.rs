//! Numbers of phases and tasks: counting a list anew, with everything that refers to it.

use std::collections::{BTreeMap, HashMap};

use plan_model::{CarrierKind, Id, Item, ItemKind};

use super::references::{self, References};
use crate::{Edit, File, Place};

/// New ids for items, by their index.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbering {
    /// The new id of each item that gets another one.
    pub(crate) ids: BTreeMap<usize, Id>,
}

/// What is counted anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All lists of the document.
    Document,
    /// The list in the top section of an item.
    Around(usize),
}

/// What is counted together: the top section, the item around, and what the ids begin with.
type List = (Option<usize>, Option<usize>, String);

/// The numbers that phases and tasks have when they are counted in their order: each list from its least number on, tasks
/// of a phase by the number of the phase.
pub(crate) fn counted(file: &File, extent: Extent) -> Numbering {
    let plan = file.plan();
    let scope_of = |item: &Item<'_>| item.scope().map(|scope| scope.index());
    let wanted = match extent {
        Extent::Document => None,
        Extent::Around(index) => plan.item(index).map(|item| scope_of(&item)),
    };
    let shaped: Vec<(Item<'_>, &Id, Shape<'_>)> = plan
        .items()
        .filter(counts)
        .filter_map(|item| Some((item, item.id()?, Shape::of(item.id()?)?)))
        .collect();
    let list_of = |item: &Item<'_>, shape: &Shape<'_>| -> List {
        let scope = scope_of(item);
        match shape {
            Shape::Phase { word, .. } => (scope, item.parent(), (*word).to_owned()),
            Shape::Dotted { leading, .. } => match holder(item, leading) {
                Some(holder) => (scope, Some(holder.index()), ".".repeat(leading.matches('.').count() + 1)),
                None => (scope, None, (*leading).to_owned()),
            },
            Shape::Plain { .. } => (scope, item.parent(), String::new()),
            Shape::Prefixed { prefix, .. } => (scope, None, (*prefix).to_owned()),
        }
    };
    let mut next: HashMap<List, u32> = HashMap::new();
    for (item, _, shape) in &shaped {
        let least = next.entry(list_of(item, shape)).or_insert_with(|| shape.number());
        *least = (*least).min(shape.number());
    }
    let mut numbering = Numbering::default();
    // What has been counted so far, by item and by old id.
    let mut now: HashMap<usize, Id> = HashMap::new();
    let mut by_old: HashMap<(Option<usize>, &str), Id> = HashMap::new();
    for (item, id, shape) in &shaped {
        let new = if wanted.as_ref().is_some_and(|wanted| *wanted != scope_of(item)) {
            (*id).clone()
        } else {
            let count = next.entry(list_of(item, shape)).or_default();
            let number = *count;
            *count += 1;
            match shape {
                Shape::Phase { word, .. } => Id::phase(word, &number.to_string()),
                Shape::Dotted { leading, .. } => {
                    let base = holder(item, leading).and_then(|holder| now.get(&holder.index()));
                    let base = base.or_else(|| by_old.get(&(scope_of(item), *leading)));
                    let base = base.map_or_else(|| (*leading).to_owned(), bare);
                    Id::task(&format!("{base}.{number}"))
                }
                Shape::Plain { .. } => Id::task(&number.to_string()),
                Shape::Prefixed { prefix, width, .. } => Id::task(&format!("{prefix}{number:0width$}")),
            }
        };
        if new != **id {
            numbering.ids.insert(item.index(), new.clone());
        }
        by_old.entry((scope_of(item), id.as_str())).or_insert_with(|| new.clone());
        now.insert(item.index(), new);
    }
    numbering
}

/// Whether an item stands in a list that is counted: a row about a phase only tells of it.
fn counts(item: &Item<'_>) -> bool {
    item.kind() != ItemKind::Phase || item.form() == CarrierKind::Heading
}

/// The number of an id without a phase's word.
fn bare(id: &Id) -> String {
    id.phase_parts().map_or_else(|| id.to_string(), |(_, number)| number.to_owned())
}

/// The item around another one that its dotted id begins with the number of, or would if it were counted.
fn holder<'a>(item: &Item<'a>, leading: &str) -> Option<Item<'a>> {
    let plan = item.plan();
    let mut above = item.parent().and_then(|index| plan.item(index));
    while let Some(parent) = above {
        if let Some(id) = parent.id() {
            let number = bare(id);
            let counts = number.starts_with(|c: char| c.is_ascii_digit());
            if counts && number.matches('.').count() == leading.matches('.').count() {
                return Some(parent);
            }
        }
        above = parent.parent().and_then(|index| plan.item(index));
    }
    None
}

/// How an id counts.
enum Shape<'a> {
    Phase { word: &'a str, number: u32 },
    Dotted { leading: &'a str, last: u32 },
    Plain { number: u32 },
    Prefixed { prefix: &'a str, number: u32, width: usize },
}

impl<'a> Shape<'a> {
    fn number(&self) -> u32 {
        match self {
            Self::Phase { number, .. } | Self::Plain { number } | Self::Prefixed { number, .. } => *number,
            Self::Dotted { last, .. } => *last,
        }
    }

    /// Nothing for an id that does not count: `Stage A`, `P1-T2`.
    fn of(id: &'a Id) -> Option<Self> {
        if let Some((word, number)) = id.phase_parts() {
            return Some(Self::Phase { word, number: number.parse().ok()? });
        }
        let text = id.as_str();
        // A letter behind the number is a task that was put in: it gets a number of its own.
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
    /// Whether everything is counted as it should be.
    pub(crate) fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The edits that give the items their new ids, and everything in the document that refers to them.
    pub(crate) fn edits(&self, file: &File) -> Vec<Edit> {
        let plan = file.plan();
        let mut edits: BTreeMap<(usize, usize), String> = BTreeMap::new();
        let mut put = |place: Place, text: String| {
            if file.document().slice(place.clone()) != text {
                edits.insert((place.start, place.end), text);
            }
        };
        for (index, new) in &self.ids {
            let Some(place) = plan.item(*index).and_then(|item| item.id_range()) else { continue };
            let written = file.document().slice(place.clone());
            let (token, text) = references::rewritten(&written, new);
            put(place.start + token.start..place.start + token.end, text);
        }
        let references = References::of(file);
        for name in references.names() {
            if let Some((place, text)) = references::renamed(file, name, &self.ids) {
                put(place, text);
            }
        }
        let edits = edits.into_iter().map(|((start, end), text)| Edit::replace(start..end, text));
        // A name may be found twice, whole and by its parts: the first counts.
        let mut kept: Vec<Edit> = Vec::new();
        for edit in edits {
            if kept.last().is_none_or(|last| last.range.end <= edit.range.start) {
                kept.push(edit);
            }
        }
        kept
    }
}
