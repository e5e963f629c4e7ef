//! Finding the items that an operation names.

use std::{cell::OnceCell, collections::HashMap};

use plan_model::{Id, Item, ItemKind, Plan, Resolution, State};

use super::{Refusal, moved};
use crate::{File, TextRange, editing::draft::Draft, next};

/// Name of the plan itself.
pub(super) const PLAN_ITEM: &str = "plan";
/// Maximum number of similar IDs in a message.
const MAX_NEAREST: usize = 3;
/// Maximum number of lines in a message about an ambiguous name.
const MAX_LISTED_LINES: usize = 5;

/// The names of the items of a file.
pub(super) struct ItemNames<'a> {
    /// The file after the previous operations.
    pub(super) file: &'a File,
    /// The file before all operations.
    pub(super) original: &'a File,
    /// The steps that turn `original` into `file`; `None` if it is the same file.
    pub(super) draft: Option<&'a Draft>,
    /// Indices of the items of `file` by ID in lower case, normalized and as written.
    by_id: OnceCell<HashMap<String, Vec<usize>>>,
}

impl<'a> ItemNames<'a> {
    pub(super) fn new(file: &'a File, original: &'a File, draft: Option<&'a Draft>) -> Self {
        Self { file, original, draft, by_id: OnceCell::new() }
    }

    /// Returns the items with an ID, normalized or as written, in document order.
    fn with_id(&self, id: &Id, lower: &str) -> Vec<Item<'a>> {
        let plan = self.file.plan();
        let by_id = self.by_id.get_or_init(|| {
            let mut by_id: HashMap<String, Vec<usize>> = HashMap::new();
            for item in plan.items() {
                let own = item.id().map(|id| id.as_str().to_lowercase());
                let written = item.written_id().map(|written| written.to_lowercase());
                let written = written.filter(|written| own.as_ref() != Some(written));
                for id in own.into_iter().chain(written) {
                    by_id.entry(id).or_default().push(item.index());
                }
            }
            by_id
        });
        let found = [id.as_str().to_lowercase(), lower.to_owned()];
        let mut found: Vec<usize> = found.iter().filter_map(|id| by_id.get(id)).flatten().copied().collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().filter_map(|index| plan.item(index)).collect()
    }

    /// Returns the items with these names, separated by commas, without duplicates. An ambiguous name denotes the only
    /// item with this name in the state `expect`.
    pub(super) fn items(&self, names: &str, expect: Option<State>) -> Result<Vec<Item<'a>>, Refusal> {
        let mut found: Vec<Item<'a>> = Vec::new();
        // A title can contain commas.
        let is_list_of_lines = names.trim().starts_with("line:") && names.contains(',');
        let whole = if is_list_of_lines { Vec::new() } else { self.lookup(names.trim(), expect)? };
        if !whole.is_empty() {
            return Ok(whole);
        }
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let items = self.lookup(name, expect)?;
            if items.is_empty() {
                return Err(self.unknown(name));
            }
            for item in items {
                if found.iter().all(|other| other.index() != item.index()) {
                    found.push(item);
                }
            }
        }
        if found.is_empty() { Err(self.unknown(names)) } else { Ok(found) }
    }

    /// Returns the only item with a name.
    pub(super) fn item(&self, name: &str) -> Result<Item<'a>, Refusal> {
        match &self.items(name, None)?[..] {
            [item] => Ok(*item),
            items => Err(self.ambiguous_name(name, items)),
        }
    }

    /// Returns the phase with a name, which can be its number alone.
    pub(super) fn phase(&self, name: &str) -> Result<Item<'a>, Refusal> {
        let plan = self.file.plan();
        let phases = self.phases(plan, name);
        match &phases[..] {
            [phase] => Ok(*phase),
            [] => self.item(name).and_then(|item| match item.kind() {
                ItemKind::Phase => Ok(item),
                ItemKind::Task => Err(Refusal::Invalid(format!(
                    "`{}` is a task; expected a phase",
                    super::refusal::shortened(name)
                ))),
            }),
            phases => Err(self.ambiguous_name(name, phases)),
        }
    }

    /// Returns the phases with an ID, a number or a title.
    fn phases(&self, plan: &'a Plan, name: &str) -> Vec<Item<'a>> {
        let wanted = name.trim().to_lowercase();
        let is_named = |phase: &Item<'_>| {
            let id = phase.id().is_some_and(|id| {
                id.as_str() == wanted || id.phase_parts().is_some_and(|(_, number)| number == wanted)
            });
            id || phase.title().to_lowercase() == wanted
        };
        plan.items().filter(|item| item.kind() == ItemKind::Phase).filter(is_named).collect()
    }

    /// Returns the items with a name: none, one, or those of a range of IDs.
    fn lookup(&self, name: &str, expect: Option<State>) -> Result<Vec<Item<'a>>, Refusal> {
        if let Some(line) = name.strip_prefix("line:") {
            return self.on_line(name, line);
        }
        let plan = self.file.plan();
        // `phase 2/3`, where other phases have a task 3 as well.
        if let Some((phase, inner)) = name.split_once('/') {
            let (mut holders, id) = (self.phases(plan, phase), Id::task(inner.trim()));
            // `1/2`: task 2 of task 1.
            let holder = Id::task(phase.trim());
            holders.extend(plan.items().filter(|item| item.id() == Some(&holder)));
            let is_inside = |item: &Item<'_>| holders.iter().any(|holder| holder.is_ancestor_of(item));
            let inside = plan.items().filter(|item| item.id() == Some(&id)).filter(is_inside);
            let inside: Vec<Item<'a>> = inside.collect();
            if !inside.is_empty() {
                return self.only_item(name, inside, expect);
            }
        }
        let id = Id::task(name);
        let lower = name.to_lowercase();
        let has_id = |item: &Item<'_>| {
            item.id().is_some_and(|own| *own == id || own.as_str() == lower)
                || item.written_id().is_some_and(|written| written.to_lowercase() == lower)
        };
        let has_title = |item: &Item<'_>| {
            let title = item.title();
            !title.is_empty() && title.to_lowercase() == lower
        };
        let mut by_id = self.with_id(&id, &lower);
        by_id.retain(has_id);
        let found = if by_id.is_empty() { self.referenced(plan, name) } else { by_id };
        // `1` is a task; the phase 1 has its word.
        if name.bytes().all(|byte| byte.is_ascii_digit())
            && let [item] = &found[..]
            && !has_id(item)
        {
            let nearest = item.id().map(|id| vec![id.to_string()]).unwrap_or_default();
            return Err(Refusal::Unknown { name: name.to_owned(), nearest });
        }
        let is_range = found.len() > 1 && found.iter().any(|item| !has_id(item));
        let found = if found.is_empty() { plan.items().filter(has_title).collect::<Vec<_>>() } else { found };
        // A single task `T1 Copy`: the word `T1` is not certainly an ID, but can name the task.
        let has_first_word = |item: &Item<'_>| {
            let title = item.title();
            let first = title.split([' ', ':']).next().unwrap_or_default();
            name.contains(|c: char| c.is_ascii_digit()) && first.eq_ignore_ascii_case(name)
        };
        let found = if found.is_empty() { plan.items().filter(has_first_word).collect() } else { found };
        if is_range { Ok(found) } else { self.only_item(name, found, expect) }
    }

    /// Returns `found` if it has at most one item, otherwise the only item of `found` in the state `expect`.
    ///
    /// # Errors
    /// Returns a refusal if the name is ambiguous.
    fn only_item(
        &self,
        name: &str,
        found: Vec<Item<'a>>,
        expect: Option<State>,
    ) -> Result<Vec<Item<'a>>, Refusal> {
        if found.len() < 2 {
            return Ok(found);
        }
        let is_expected = |item: &&Item<'_>| expect.is_some() && next::state(item) == expect;
        match &found.iter().filter(is_expected).collect::<Vec<_>>()[..] {
            [item] => Ok(vec![**item]),
            _ => Err(self.ambiguous_name(name, &found)),
        }
    }

    /// Resolves a name like a dependency: `Phase 2`, `Tasks 1.1-1.3`.
    fn referenced(&self, plan: &'a Plan, name: &str) -> Vec<Item<'a>> {
        let value = plan.parse_reference(name);
        let is_whole = value.names.first().is_some_and(|first| first.range.start == 0)
            && value.names.last().is_some_and(|last| last.range.end == name.len());
        if !is_whole {
            return Vec::new();
        }
        let resolved = plan.resolve(&value, 0, None);
        // An end of a range that does not exist is probably a mistake.
        if resolved
            .iter()
            .any(|name| matches!(name.resolution, Resolution::Unresolved | Resolution::PartialRange))
        {
            return Vec::new();
        }
        let targets = resolved.iter().flat_map(|name| &name.targets).filter_map(|(_, item)| *item);
        targets.filter_map(|index| plan.item(index)).collect()
    }

    /// Returns the task on a line of the original file, 1-based, or around it.
    fn on_line(&self, name: &str, line: &str) -> Result<Vec<Item<'a>>, Refusal> {
        let document = self.original.document();
        let lines = document.rope().len_lines();
        let number = line.trim().parse::<usize>().ok().filter(|line| (1..=lines).contains(line));
        let Some(number) = number else {
            return Err(Refusal::Invalid(format!(
                "invalid line `{}`; expected 1 to {lines}",
                super::refusal::shortened(line)
            )));
        };
        let start = document.rope().line_to_byte(number - 1);
        let end = document.line_end(start);
        // After edits before the line and in it, the moved offset of its end is still on the line.
        let edits = self.draft.map(Draft::edits).unwrap_or_default();
        let offset = moved(end, &edits);
        let document = self.file.document();
        let line = document.line_start(offset)..document.line_end(offset);
        let plan = self.file.plan();
        let on_line = plan
            .items()
            .filter(|item| line.start <= item.line().start && item.line().start <= line.end)
            .last();
        let around = || {
            let tasks = plan.items().filter(|item| item.kind() == ItemKind::Task);
            let contains = |range: TextRange| range.start <= line.start && line.end <= range.end;
            tasks.filter(|item| contains(item.range())).last()
        };
        match on_line.or_else(around) {
            Some(item) => Ok(vec![item]),
            None => Err(Refusal::Unknown { name: name.to_owned(), nearest: self.nearest_lines(line.start) }),
        }
    }

    /// Returns the names `line:N` of the items before and after an offset.
    fn nearest_lines(&self, offset: usize) -> Vec<String> {
        let plan = self.file.plan();
        let rope = self.file.document().rope();
        let name = |item: Item<'_>| format!("line:{}", rope.byte_to_line(item.line().start) + 1);
        let before = plan.items().filter(|item| item.line().start < offset).last();
        let after = plan.items().find(|item| item.line().start >= offset);
        before.into_iter().chain(after).map(name).collect()
    }

    fn unknown(&self, name: &str) -> Refusal {
        let ids: Vec<String> =
            self.file.plan().items().filter_map(|item| item.id().map(ToString::to_string)).collect();
        let nearest = plan_schema::nearest_names(name, ids.iter().map(String::as_str), MAX_NEAREST);
        let nearest = nearest.into_iter().map(str::to_owned).collect();
        Refusal::Unknown { name: name.to_owned(), nearest }
    }

    fn ambiguous_name(&self, name: &str, items: &[Item<'_>]) -> Refusal {
        let rope = self.original.document().rope();
        let lines = items
            .iter()
            .take(MAX_LISTED_LINES)
            .map(|item| rope.byte_to_line(item.line().start.min(rope.len_bytes())) + 1);
        Refusal::Ambiguous { name: name.to_owned(), lines: lines.collect() }
    }
}
