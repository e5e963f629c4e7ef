//! Renumbering of phases and tasks, with all references to them.

use std::collections::{BTreeMap, HashMap};

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
    let plan = file.plan();
    let scope_of = |item: &Item<'_>| item.scope().map(|scope| scope.index());
    let selected_scope = match extent {
        Extent::Document => None,
        Extent::ListOfItem(index) => plan.item(index).map(|item| scope_of(&item)),
    };
    let phase_numbers = || plan.items().filter_map(|item| item.id()?.phase_parts().map(|(_, number)| number));
    let is_roman = phase_numbers().any(numeral::is_roman);
    let items_with_forms: Vec<(Item<'_>, &Id, NumberForm<'_>)> = plan
        .items()
        .filter(is_numbered)
        .filter_map(|item| Some((item, item.id()?, NumberForm::of(item.id()?, is_roman)?)))
        .collect();
    let list_of = |item: &Item<'_>, shape: &NumberForm<'_>| -> List {
        let scope = scope_of(item);
        match shape {
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
    };
    let mut next: HashMap<List, u32> = HashMap::new();
    for (item, _, shape) in &items_with_forms {
        let least = next.entry(list_of(item, shape)).or_insert_with(|| shape.number());
        *least = (*least).min(shape.number());
    }
    let mut numbering = Numbering::default();
    // New IDs so far, by item and by old ID.
    let mut now: HashMap<usize, Id> = HashMap::new();
    let mut by_old: HashMap<(Option<usize>, &str), Id> = HashMap::new();
    for (item, id, shape) in &items_with_forms {
        let new = if selected_scope.as_ref().is_some_and(|selected_scope| *selected_scope != scope_of(item)) {
            (*id).clone()
        } else {
            let count = next.entry(list_of(item, shape)).or_default();
            let number = *count;
            *count += 1;
            match shape {
                NumberForm::Phase { word, notation, .. } => {
                    Id::phase(word, &notation.write(number).unwrap_or_else(|| number.to_string()))
                }
                NumberForm::Dotted { leading, .. } => {
                    let base = numbered_ancestor(item, leading)
                        .and_then(|numbered_ancestor| now.get(&numbered_ancestor.index()));
                    let base = base.or_else(|| by_old.get(&(scope_of(item), *leading)));
                    let base = base.map_or_else(|| (*leading).to_owned(), without_word);
                    Id::task(&format!("{base}.{number}"))
                }
                NumberForm::Plain { .. } => Id::task(&number.to_string()),
                NumberForm::Prefixed { prefix, width, .. } => Id::task(&format!("{prefix}{number:0width$}")),
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

/// Returns whether an item is in a numbered list. A row about a phase only refers to it.
fn is_numbered(item: &Item<'_>) -> bool {
    item.kind() != ItemKind::Phase || item.form() == StateSourceKind::Heading
}

/// Returns an ID without the keyword of a phase.
fn without_word(id: &Id) -> String {
    id.phase_parts().map_or_else(|| id.to_string(), |(_, number)| number.to_owned())
}

/// Returns the ancestor whose number is the leading part of the item's dotted ID, or would be after renumbering.
fn numbered_ancestor<'a>(item: &Item<'a>, leading: &str) -> Option<Item<'a>> {
    item.ancestors().find(|ancestor| {
        let number = ancestor.id().map(without_word).unwrap_or_default();
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
