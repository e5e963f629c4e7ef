//! All references of a document to its phases and tasks: dependencies, cells, Gantt charts, diagrams, prose.

use std::collections::{BTreeMap, HashSet};

use plan_model::{
    Column, FenceLanguage, Id, Plan, ResolvedName,
    numeral::{self, NumeralNotation},
    reference::{self, Value},
};
use plan_syntax::{BlockKind, Content, RangeExt, SegmentSpan, lines::lines, outline::bytes};

use crate::{File, TextRange};

/// References to items in a document, in document order, without duplicates and without the items' own IDs.
#[derive(Debug)]
pub(crate) struct References {
    names: Vec<ResolvedName>,
}

impl References {
    /// Returns all references of a document.
    pub(crate) fn of(file: &File) -> Self {
        Self::within(file, &(0..file.document().len()))
    }

    /// Returns the references that touch a range.
    pub(crate) fn within(file: &File, within: &TextRange) -> Self {
        let plan = file.plan();
        let mut names: Vec<ResolvedName> = Vec::new();
        let mut seen: HashSet<usize> = HashSet::new();
        let mut add = |name: ResolvedName| {
            if !name.range.is_empty() && name.range.touches(within) && seen.insert(name.range.start) {
                names.push(name);
            }
        };
        // Fields with references come first, then text that looks like a reference.
        for dependency in plan.located_dependencies_in(within) {
            dependency.names.into_iter().for_each(&mut add);
        }
        let mut cells: Vec<(Value, usize, Option<usize>)> = Vec::new();
        for table in plan.tables().filter(|table| table.range().touches(within)) {
            let is_about = |column: &Column| matches!(column, Column::Phase | Column::DependsOn);
            if !table.columns().iter().any(is_about) {
                continue;
            }
            for row in table.rows().into_iter().filter(|row| row.range.touches(within)) {
                let found = table.columns().iter().zip(&row.cells).filter(|(column, _)| is_about(column));
                cells
                    .extend(found.map(|(_, cell)| (plan.parse_reference(cell.text), cell.range.start, None)));
            }
        }
        plan.resolve_all(cells).into_iter().for_each(&mut add);
        for name in mentions(file, within) {
            add(name);
        }
        if names.is_empty() {
            return Self { names };
        }
        // An item's own ID is not a reference.
        let mut own: Vec<TextRange> = plan.items().filter_map(|item| item.id_range()).collect();
        own.extend(plan.items_with_other_places().flat_map(|item| item.other_id_ranges()));
        own.sort_by_key(|range| range.start);
        names.retain(|name| {
            let after = own.partition_point(|range| range.end <= name.range.start);
            own.get(after).is_none_or(|range| range.start >= name.range.end)
        });
        names.sort_by_key(|name| (name.range.start, name.range.end));
        Self { names }
    }

    pub(crate) fn names(&self) -> &[ResolvedName] {
        &self.names
    }
}

/// Returns the names with a keyword or prefix in prose, headings, cells, Gantt charts and text diagrams.
fn mentions(file: &File, within: &TextRange) -> Vec<ResolvedName> {
    let (plan, document) = (file.plan(), file.document());
    let mut found: Vec<(Value, usize)> = Vec::new();
    for (start, segment) in document.segments().filter(|(_, segment)| !segment.is_prologue()) {
        if !(start..start + segment.len()).touches(within) {
            continue;
        }
        let content = document.content(start, segment);
        let mut add =
            |(line, value): &(SegmentSpan, Value)| found.push((value.clone(), start + line.start as usize));
        if within.start <= start && start + segment.len() <= within.end {
            content
                .memo(|content| Mentions::of(content, &(0..content.text.len() as u32)))
                .0
                .iter()
                .for_each(&mut add);
        } else {
            // A request at a cursor concerns one line, and a segment can have thousands of lines.
            let inside = |at: usize| at.saturating_sub(start).min(segment.len()) as u32;
            let lines = Mentions::of(content, &(inside(within.start)..inside(within.end)));
            lines.0.iter().for_each(&mut add);
        }
    }
    let mut names = plan.resolve_all(with_enclosing_items(plan, found));
    // Most documents have no short names of phases, and only theirs can be priorities.
    let short = |name: &ResolvedName| {
        let has_form = matches!(&name.ids[..], [id] if reference::has_priority_form(id.as_str()));
        has_form && name.targets.iter().all(|(id, _)| !name.ids.contains(id))
    };
    if names.iter().any(short) && has_priorities(file) {
        names.retain(|name| !short(name));
    }
    names
}

/// Returns whether a document states priorities such as `Priority: P2`.
fn has_priorities(file: &File) -> bool {
    /// Whether a segment states such a priority; cached with the segment.
    struct HasPriorities(bool);
    let document = file.document();
    let mut segments = document.segments();
    segments.any(|(start, segment)| {
        let content = document.content(start, segment);
        content.memo(|content| HasPriorities(reference::states_priority(&content.text))).0
    })
}

/// Lines of a segment that mention items; cached with the segment.
struct Mentions(Vec<(SegmentSpan, Value)>);

impl Mentions {
    /// Returns the mentions that touch a range of the segment.
    fn of(content: &Content, within: &SegmentSpan) -> Self {
        let touches = |span: &SegmentSpan| span.touches(within);
        let mut found = Vec::new();
        let mut read = |line: SegmentSpan| {
            if !touches(&line) {
                return;
            }
            let value = reference::mentions(&content.text[bytes(&line)]);
            if !value.names.is_empty() {
                found.push((line, value));
            }
        };
        let blocks = content.outline.blocks.iter().enumerate();
        for (index, block) in blocks.filter(|(_, block)| touches(&block.span)) {
            match &block.kind {
                BlockKind::Fence { info, content: inside, .. } => {
                    if FenceLanguage::of(&content.text[bytes(info)]) == FenceLanguage::Other {
                        continue;
                    }
                    for line in lines(&content.text[bytes(inside)], 0) {
                        let within = line.content();
                        read(inside.start + within.start as u32..inside.start + within.end as u32);
                    }
                }
                BlockKind::Html { .. } => {}
                // A cell with a priority. The cells that name phases have columns for them.
                BlockKind::Cell if reference::has_priority_form(content.text[bytes(&block.span)].trim()) => {}
                _ => content.outline.inline(index).for_each(|line| read(line.clone())),
            }
        }
        Self(found)
    }
}

/// Adds to each value the index of the innermost item around it.
fn with_enclosing_items(plan: &Plan, mut values: Vec<(Value, usize)>) -> Vec<(Value, usize, Option<usize>)> {
    if values.is_empty() {
        return Vec::new();
    }
    values.sort_by_key(|(_, start)| *start);
    let mut items: Vec<(TextRange, usize)> = plan.items().map(|item| (item.range(), item.index())).collect();
    items.sort_by_key(|(range, _)| range.start);
    let mut items = items.into_iter().peekable();
    let mut around: Vec<(TextRange, usize)> = Vec::new();
    let place = |(value, start): (Value, usize)| {
        while let Some(item) = items.next_if(|(range, _)| range.start <= start) {
            around.push(item);
        }
        while around.pop_if(|(range, _)| range.end <= start).is_some() {}
        (value, start, around.last().map(|(_, index)| *index))
    };
    values.into_iter().map(place).collect()
}

/// Returns whether a hyphen after `before` joins a prefix to its number: `T-1`, `CHK-003`, `T1-001`, `P1-T2`. A
/// hyphen between two IDs of the same form denotes a range: `T1-T3`.
fn is_prefix(before: &str, next: Option<char>) -> bool {
    let letters = before.bytes().take_while(u8::is_ascii_uppercase).count();
    if letters == 0 || before.contains('.') {
        return false;
    }
    letters == before.len()
        || next.is_some_and(|c| c.is_ascii_digit() || c.is_ascii_uppercase() && !before.starts_with(c))
}

/// Returns the ranges of the numbers in a name: `1.1` in `Task 1.1`, both ends of `1.1-1.3`.
fn tokens(written: &str) -> Vec<TextRange> {
    let mut found: Vec<TextRange> = Vec::new();
    let characters: Vec<(usize, char)> = written.char_indices().collect();
    let mut at = 0;
    while at < characters.len() {
        let (start, first) = characters[at];
        let before = at.checked_sub(1).map(|before| characters[before].1);
        let begins = first.is_ascii_digit() || first.is_ascii_uppercase();
        // `第1阶段`: letters of other scripts may touch a digit.
        let continues =
            |c: char| c.is_alphanumeric() && (c.is_ascii() || first.is_ascii_uppercase()) || c == '.';
        if !begins || before.is_some_and(continues) {
            at += 1;
            continue;
        }
        let mut end = at;
        while end < characters.len() {
            let (_, here) = characters[end];
            let next = characters.get(end + 1).map(|(_, next)| *next);
            // A hyphen joins a prefix to its number, but not two IDs.
            let joins = here == '.' && next.is_some_and(|c| c.is_ascii_digit())
                || here == '-' && is_prefix(&written[start..characters[end].0], next);
            if !(here.is_ascii_alphanumeric() || joins) {
                break;
            }
            end += 1;
        }
        let end_byte = characters.get(end).map_or(written.len(), |(byte, _)| *byte);
        let token = &written[start..end_byte];
        let lone_letter = token.len() == 1;
        if token.contains(|c: char| c.is_ascii_digit()) || (lone_letter && end_byte == written.len()) {
            found.push(start..end_byte);
        }
        at = end.max(at + 1);
    }
    found
}

/// Returns the range of the number in an item's own ID or a single name, and its text for a new ID. Keeps hyphens and
/// leading zeros.
pub(crate) fn with_number_of(written: &str, new: &Id) -> (TextRange, String) {
    let token = tokens(written).pop().or_else(|| numeral::find(written).map(|(range, _)| range));
    let token = token.unwrap_or(0..written.len());
    let text = number_like(&written[token.clone()], new);
    (token, text)
}

/// Returns the number of the ID `new` in the style of `old`.
pub(crate) fn number_like(old: &str, new: &Id) -> String {
    let number = new.phase_parts().map_or(new.as_str(), |(_, number)| number);
    if !old.contains(|c: char| c.is_ascii_digit()) {
        return numeral_like(old, number);
    }
    let groups = |text: &str| -> Vec<TextRange> {
        let mut found: Vec<TextRange> = Vec::new();
        for (at, _) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
            match found.last_mut() {
                Some(last) if last.end == at => last.end += 1,
                _ => found.push(at..at + 1),
            }
        }
        found
    };
    let (before, after) = (groups(old), groups(number));
    let ends_in_letter = |text: &str| text.ends_with(|c: char| c.is_ascii_alphabetic());
    if before.len() != after.len() || ends_in_letter(old) || ends_in_letter(number) {
        return number.to_owned();
    }
    let mut out = old.to_owned();
    for (place, digits) in before.iter().zip(&after).rev() {
        let width = if old[place.clone()].starts_with('0') { place.len() } else { 0 };
        let value = number[digits.clone()].trim_start_matches('0');
        out.replace_range(place.clone(), &format!("{value:0>width$}", width = width.max(1)));
    }
    out
}

/// Returns a number in the notation of a numeral without ASCII digits: `III` for `I`, `三` for `一`.
fn numeral_like(old: &str, number: &str) -> String {
    // A single letter is a numeral only if a word precedes it.
    let notation = numeral::find(&format!(" {old}")).map(|(_, notation)| notation);
    let is_roman = numeral::is_roman(old) || numeral::is_roman(number);
    let value = numeral::value(number, is_roman);
    let written = match (notation, value) {
        (Some(NumeralNotation::Roman | NumeralNotation::Letter), Some((value, notation))) => {
            notation.write(value)
        }
        (Some(notation), Some((value, _))) => notation.write(value),
        _ => None,
    };
    let written = written.unwrap_or_else(|| number.to_owned());
    if old.starts_with(|c: char| c.is_ascii_lowercase()) { written.to_lowercase() } else { written }
}

/// Returns the range and new text of a name after items have received new IDs. `None` if the name refers to none of
/// these items.
pub(crate) fn renumbered(
    file: &File,
    name: &ResolvedName,
    ids: &BTreeMap<usize, Id>,
) -> Option<(TextRange, String)> {
    let items: Vec<usize> = name.targets.iter().filter_map(|(_, item)| *item).collect();
    if name.ids.iter().any(|id| id.title_words().is_some()) {
        return None;
    }
    // The number of a user story differs from the number of its phase.
    let is_story = name.ids.iter().any(|id| id.user_story().is_some());
    let named = |item: &usize| file.plan().item(*item).and_then(|item| item.id()).map(Id::is_phase);
    if !items.iter().any(|item| ids.contains_key(item))
        || is_story && items.iter().any(|item| named(item) == Some(true))
    {
        return None;
    }
    let plan = file.plan();
    let written = file.document().slice(name.range.clone());
    let new_id = |item: usize| ids.get(&item).cloned().or_else(|| plan.item(item)?.id().cloned());
    let found = tokens(&written);
    let at = |place: &TextRange| name.range.start + place.start..name.range.start + place.end;
    if name.ids.len() < 2 {
        let numeral = || numeral::find(&written).map(|(range, _)| range);
        let token = &found.last().cloned().or_else(numeral)?;
        // If `2.4` refers to 2.4a and 2.4b, the new text names both of them.
        let new = items.iter().filter_map(|item| Some(number_like(&written[token.clone()], &new_id(*item)?)));
        return Some((at(token), new.collect::<Vec<_>>().join(", ")));
    }
    let ([.., first, last], Some(from), Some(to)) = (&found[..], items.first(), items.last()) else {
        return None;
    };
    let mut new: Vec<(Id, usize)> = items.iter().filter_map(|item| Some((new_id(*item)?, *item))).collect();
    new.sort_by_cached_key(|(id, _)| sort_key(id));
    let (from, to) = match (&new[..], items.len()) {
        ([(_, low), .., (_, high)], _) => (low, high),
        _ => (from, to),
    };
    let new: Vec<Id> = new.iter().map(|(id, _)| id.clone()).collect();
    if new.len() > 1 && !is_increasing(&new) {
        // A range that has become non-contiguous turns into a list.
        let word = &written[..first.start];
        let listed: Vec<String> = new.iter().map(|id| number_like(&written[first.clone()], id)).collect();
        return Some((name.range.clone(), format!("{word}{}", listed.join(", "))));
    }
    let (low, high) = (new_id(*from)?, new_id(*to)?);
    let between = &written[first.end..last.start];
    let text = format!(
        "{}{between}{}",
        number_like(&written[first.clone()], &low),
        number_like(&written[last.clone()], &high)
    );
    Some((name.range.start + first.start..name.range.start + last.end, text))
}

/// Returns the range and new text of an ID range without the items in `deleted`. `None` if the name is not a range or
/// has none of these items.
pub(crate) fn without_items(
    file: &File,
    name: &ResolvedName,
    deleted: &[usize],
) -> Option<(TextRange, String)> {
    let items: Vec<usize> = name.targets.iter().filter_map(|(_, item)| *item).collect();
    if name.ids.len() < 2 || !items.iter().any(|item| deleted.contains(item)) {
        return None;
    }
    let left: Vec<&Id> = items
        .iter()
        .filter(|item| !deleted.contains(item))
        .filter_map(|item| file.plan().item(*item)?.id())
        .collect();
    let written = file.document().slice(name.range.clone());
    let ([first, .., last], [low, .., high]) = (&tokens(&written)[..], &left[..]) else {
        let ([first, .., last], [only]) = (&tokens(&written)[..], &left[..]) else { return None };
        let place = name.range.start + first.start..name.range.start + last.end;
        return Some((place, number_like(&written[first.clone()], only)));
    };
    let text = format!(
        "{}{}{}",
        number_like(&written[first.clone()], low),
        &written[first.end..last.start],
        number_like(&written[last.clone()], high)
    );
    Some((name.range.start + first.start..name.range.start + last.end, text))
}

/// Returns a key that sorts IDs: letters first, then numbers.
fn sort_key(id: &Id) -> (String, Vec<u32>) {
    let letters: String = id.as_str().chars().filter(|c| c.is_alphabetic()).collect();
    let numbers = id.as_str().split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok());
    (letters, numbers.collect())
}

/// Returns whether IDs have the same prefix and increasing numbers, so that a range of the first and the last ID
/// denotes all of them.
fn is_increasing(ids: &[Id]) -> bool {
    let key = |id: &Id| -> Option<(String, u32)> {
        let text = id.as_str();
        let at = text.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
        Some((text[..at].to_owned(), text[at..].parse().ok()?))
    };
    ids.windows(2).all(|pair| match (key(&pair[0]), key(&pair[1])) {
        (Some((base, low)), Some((other, high))) => base == other && low < high,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_numbers_keep_the_old_style() {
        let written = |old: &str, new: Id| {
            let (token, text) = with_number_of(old, &new);
            format!("{}{text}{}", &old[..token.start], &old[token.end..])
        };
        assert_eq!(written("Task 1.1", Id::task("2.10")), "Task 2.10");
        assert_eq!(written("T-001", Id::task("T012")), "T-012");
        assert_eq!(written("T001", Id::task("T002")), "T002");
        assert_eq!(written("Phase 3", Id::phase("phase", "4")), "Phase 4");
        assert_eq!(written("#7", Id::task("8")), "#8");
        assert_eq!(written("2.4a", Id::task("2.5")), "2.5");
        assert_eq!(written("Task 01", Id::task("2")), "Task 02");
        assert_eq!(written("T1-001", Id::task("T1-007")), "T1-007");
        assert_eq!(written("P1-T2", Id::task("P1-T9")), "P1-T9");
    }

    #[test]
    fn tokens_include_both_ends_of_a_range() {
        let found =
            |text: &str| tokens(text).into_iter().map(|token| text[token].to_owned()).collect::<Vec<_>>();
        assert_eq!(found("Task 1.1-1.3"), ["1.1", "1.3"]);
        assert_eq!(found("T001-T010"), ["T001", "T010"]);
        assert_eq!(found("Phases 1–3"), ["1", "3"]);
        assert_eq!(found("CHK-003"), ["CHK-003"]);
        assert_eq!(found("Stage B"), ["B"]);
        assert_eq!(found("Task 1.1 to Task 1.4"), ["1.1", "1.4"]);
    }
}
