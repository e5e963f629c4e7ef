//! Reads references to requirements.

use std::{ops::Range, sync::Arc};

use plan_model::Plan;
use plan_syntax::{BlockKind, Content, Memos, SegmentSpan, View, outline::bytes};

use super::{
    DocumentRole, Family, ReferenceForm, ReferenceRule,
    facts::{MAX_ENTRIES, ReferenceStyle, Requirement, RequirementReference, TaskList},
    id_form::ScannedId,
    line::PlainLine,
    pattern::Pattern,
    words::WordGroup,
};

/// Maximum number of IDs that a range expands to.
const MAX_RANGE: u64 = 200;
/// Maximum length of a name in a reference, in characters.
const MAX_REFERENCED_NAME_CHARS: usize = 200;

/// Reads the references of a document. `requirements` are those of the document, whose definitions are not
/// references. `set_of_link` returns the name of another set to which a link with this target leads.
pub(super) fn references(
    plan: &Plan,
    family: &Arc<Family>,
    role: DocumentRole,
    requirements: &[Requirement],
    tasks: &mut TaskList<'_>,
    set_of_link: &dyn Fn(&str) -> Option<Box<str>>,
) -> Vec<RequirementReference> {
    if family.references.iter().all(|rule| rule.role != role) {
        return Vec::new();
    }
    let mut definitions: Vec<SegmentSpan> =
        requirements.iter().filter(|own| own.id_is_written).map(|own| own.span.clone()).collect();
    definitions.sort_by_key(|span| span.start);
    let mut list = ReferenceList { plan, definitions, tasks, set_of_link, found: Vec::new(), line: None };
    let document = plan.document();
    for (start, segment) in document.segments() {
        if !segment.is_prologue() {
            let content = document.content(start, segment);
            let found = FamilySegmentView { family, role, content }.memo(SegmentReferences::of);
            found.0.iter().for_each(|reference| list.add(start as u32, reference));
        }
    }
    list.front_matter(family, role);
    list.found.sort_by_key(|reference| (reference.span.start, reference.span.end));
    list.found
}

/// A segment of a document with this role.
pub(super) struct FamilySegmentView<'a> {
    pub family: &'a Arc<Family>,
    pub role: DocumentRole,
    pub content: &'a Content,
}

impl View for FamilySegmentView<'_> {
    type ViewKey = (SameFamily, DocumentRole);

    fn key(&self) -> Option<Self::ViewKey> {
        Some((SameFamily(Arc::clone(self.family)), self.role))
    }

    fn memos(&self) -> &Memos {
        self.content.memos()
    }
}

/// A family, compared by identity.
pub(super) struct SameFamily(pub Arc<Family>);

impl PartialEq for SameFamily {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// References in the text of a segment, without their tasks. Cached with the segment.
struct SegmentReferences(Box<[FoundReference]>);

/// A reference with ranges relative to its segment.
struct FoundReference {
    place: FoundPlace,
    weak: bool,
    own_prefix: bool,
    /// Name or number of another set before the ID.
    qualifier: Option<Box<str>>,
    /// Target of the link with the ID as text.
    link: Option<Box<str>>,
    style: ReferenceStyle,
    span: SegmentSpan,
    first: SegmentSpan,
    last: Option<SegmentSpan>,
    keys: Arc<[Box<str>]>,
    text: Arc<str>,
    all: bool,
    has_suffix: bool,
}

/// Origin of the tasks of a reference.
#[derive(Clone, Copy, Debug)]
enum FoundPlace {
    /// The task at this offset, or those that a row of a table names: `| FR-003 | T015, T016 |`.
    Line { start: u32, is_heading: bool, row: Option<(u32, u32)> },
    /// The tasks below the heading at this offset.
    Heading(u32),
    /// The tasks below the heading, for a reference at the line `line` that is not part of a task.
    Section { line: u32, heading: u32 },
    /// The document as a whole.
    Document,
}

impl SegmentReferences {
    fn of(view: &FamilySegmentView<'_>) -> Self {
        let mut walk = ReferenceWalk::new(view.family, view.role);
        walk.segment(view.content);
        Self(walk.found.into())
    }
}

/// The references of a document, collected segment by segment.
struct ReferenceList<'a, 'b> {
    plan: &'a Plan,
    /// Ranges of the IDs in definitions, in order.
    definitions: Vec<SegmentSpan>,
    tasks: &'a mut TaskList<'b>,
    set_of_link: &'a dyn Fn(&str) -> Option<Box<str>>,
    found: Vec<RequirementReference>,
    /// The last line with a reference, and its tasks.
    line: Option<(usize, Box<[u32]>)>,
}

impl ReferenceList<'_, '_> {
    fn add(&mut self, start: u32, found: &FoundReference) {
        let shifted = |span: &SegmentSpan| start + span.start..start + span.end;
        let span = shifted(&found.span);
        let overlaps = |other: &SegmentSpan| other.start < span.end && span.start < other.end;
        let after = self.definitions.partition_point(|own| own.start < span.end);
        let is_definition = after.checked_sub(1).is_some_and(|last| overlaps(&self.definitions[last]));
        let is_known = self.found.iter().rev().take(64).any(|other| overlaps(&other.span));
        if is_definition || is_known || self.found.len() >= MAX_ENTRIES {
            return;
        }
        let (tasks, weak): (Box<[u32]>, bool) = match found.place {
            FoundPlace::Line { start: line, is_heading, row } => {
                let offset = (start + line) as usize;
                if self.line.as_ref().is_none_or(|(last, _)| *last != offset) {
                    let mut tasks: Vec<u32> = self.tasks.at(offset).into_iter().collect();
                    if let Some((from, to)) = row.filter(|_| tasks.is_empty()) {
                        let row = (start + from) as usize..(start + to) as usize;
                        tasks = self.tasks.named_in(&self.plan.document().slice(row));
                    }
                    self.line = Some((offset, tasks.into()));
                }
                let tasks = self.line.as_ref().map(|(_, tasks)| tasks.clone()).unwrap_or_default();
                let is_outside = tasks.is_empty() && !is_heading;
                (tasks, found.weak || is_outside)
            }
            FoundPlace::Section { line, .. } if self.tasks.at((start + line) as usize).is_some() => return,
            FoundPlace::Heading(heading) | FoundPlace::Section { heading, .. } => {
                let tasks = self.tasks.below_heading((start + heading) as usize);
                // A heading without tasks, such as that of a summary, only mentions them.
                if tasks.is_empty() {
                    return;
                }
                (tasks.into(), found.weak)
            }
            FoundPlace::Document => ([self.tasks.document()].into(), found.weak),
        };
        self.found.push(RequirementReference {
            line: self.plan.document().rope().byte_to_line(span.start as usize) as u32,
            text: Arc::clone(&found.text),
            span,
            first: shifted(&found.first),
            last: found.last.as_ref().map(shifted),
            style: found.style,
            keys: Arc::clone(&found.keys),
            tasks,
            all: found.all,
            weak,
            own_prefix: found.own_prefix,
            qualifier: found.qualifier.clone().or_else(|| (self.set_of_link)(found.link.as_deref()?)),
            has_suffix: found.has_suffix,
        });
    }

    fn front_matter(&mut self, family: &Family, role: DocumentRole) {
        let mut walk = ReferenceWalk::new(family, role);
        for entry in self.plan.front_matter() {
            let key = self.plan.document().slice(entry.key.clone());
            let source = self.plan.document().slice(entry.value.clone());
            walk.front_matter(key.trim(), &source, entry.value.start);
        }
        walk.found.iter().for_each(|found| self.add(0, found));
    }
}

struct ReferenceWalk<'a> {
    family: &'a Family,
    rules: Vec<&'a ReferenceRule>,
    found: Vec<FoundReference>,
    /// The rule of a list at the end of the last line, if the list ends with a comma and continues on the next line.
    unfinished: Option<&'a ReferenceRule>,
}

/// An ID or range of IDs in a list.
struct ListEntry {
    range: Range<usize>,
    /// The first ID, and for a range the last one.
    first: Range<usize>,
    last: Option<Range<usize>>,
    keys: Vec<String>,
    has_suffix: bool,
    /// Whether the prefix of the ID is one that another document may define.
    own_prefix: bool,
}

/// A list of IDs.
#[derive(Default)]
struct IdList {
    entries: Vec<ListEntry>,
    /// Range of the word that names all requirements, if any.
    all: Option<Range<usize>>,
    /// Name or number of another set before the first ID.
    qualifier: Option<Box<str>>,
}

impl<'a> ReferenceWalk<'a> {
    fn new(family: &'a Family, role: DocumentRole) -> Self {
        let rules = family.references.iter().filter(|rule| rule.role == role).collect();
        Self { family, rules, found: Vec::new(), unfinished: None }
    }

    fn segment(&mut self, content: &Content) {
        let outline = &content.outline;
        let mut heading = None;
        for (index, lines) in outline.inlines() {
            let block = &outline.blocks[index];
            let is_heading = matches!(block.kind, BlockKind::Heading { .. });
            if let BlockKind::Heading { level, .. } = block.kind {
                // The fields below the title describe the document.
                heading = (level > 1).then_some(block.span.start);
            }
            let row = block.parent().map(|parent| &outline.blocks[parent as usize]);
            let row = row.filter(|row| matches!(row.kind, BlockKind::Row { .. }));
            let mut is_first = true;
            self.unfinished = None;
            for span in lines {
                let source = &content.text[bytes(span)];
                if self.may_refer(source) {
                    let line = PlainLine::new(source, span.start);
                    let place = LinePlace {
                        source,
                        source_start: span.start as usize,
                        block_start: block.span.start,
                        is_heading,
                        is_first,
                        row: row.map(|row| (row.span.start, row.span.end)),
                        heading,
                    };
                    self.line(&line, &place);
                }
                is_first = false;
            }
        }
    }

    /// Returns whether a line may contain a reference: it has a digit or a word for all requirements.
    fn may_refer(&self, source: &str) -> bool {
        source.bytes().any(|byte| byte.is_ascii_digit())
            || source.contains([':', '：', '_', '('])
                && self.rules.iter().any(|rule| !rule.all.is_empty() || !rule.all_words.is_empty())
            || !source.is_ascii()
            || self.rules.iter().any(|rule| self.family.refers_to_names(rule))
    }

    fn line(&mut self, line: &PlainLine, place: &LinePlace<'_>) {
        if let Some(rule) = self.unfinished.take() {
            let list = self.list(rule, line, 0, "", true);
            self.note_unfinished(rule, line, &list);
            self.push(rule, line, list, false, place);
        }
        for rule in self.rules.clone() {
            match &rule.form {
                ReferenceForm::Field(names) => self.field(rule, names, line, place),
                ReferenceForm::Label(patterns) => self.label(rule, patterns, line, place),
                ReferenceForm::Group(patterns) => self.group(rule, patterns, line, place),
                ReferenceForm::Text => self.text(rule, line, place),
                ReferenceForm::Heading if place.is_heading => self.heading(rule, line, place),
                ReferenceForm::Section(names) => self.section(rule, names, line, place),
                ReferenceForm::Heading | ReferenceForm::FrontMatter(_) => {}
            }
        }
    }

    fn field(&mut self, rule: &'a ReferenceRule, names: &[Pattern], line: &PlainLine, place: &LinePlace<'_>) {
        let mut at = 0;
        while at < line.len() {
            let is_start = line.before(at).is_none_or(|c| !c.is_alphanumeric());
            let name_end = is_start.then(|| longest_name_at(names, line, at)).flatten();
            let Some(name_end) = name_end else {
                at += 1;
                continue;
            };
            let next = line.skip_spaces(name_end);
            let has_colon = line.folded.get(next) == Some(&':');
            let from = line.skip_spaces(next + usize::from(has_colon));
            let list = self.list(rule, line, from, "", has_colon);
            if list.entries.is_empty() && list.all.is_none() {
                at = name_end;
                continue;
            }
            // A field is at the start of a line, in emphasis or in brackets.
            let offset = (line.span(at..at).start as usize).saturating_sub(place.source_start);
            let before = place.source[..offset.min(place.source.len())].chars().next_back();
            let is_field = has_colon
                && (line.skip_spaces(0) == at
                    || before.is_some_and(|c| matches!(c, '_' | '*' | '(' | '[' | '|')));
            let end = list.entries.last().map_or(from, |entry| entry.range.end).max(name_end);
            if is_field {
                self.note_unfinished(rule, line, &list);
            }
            self.push(rule, line, list, !is_field, place);
            at = end;
        }
    }

    /// Records whether a list continues on the next line.
    fn note_unfinished(&mut self, rule: &'a ReferenceRule, line: &PlainLine, list: &IdList) {
        if list.entries.last().is_some_and(|last| ends_with_comma(line, last.range.end)) {
            self.unfinished = Some(rule);
        }
    }

    fn label(&mut self, rule: &ReferenceRule, patterns: &[Pattern], line: &PlainLine, place: &LinePlace<'_>) {
        if !place.is_first {
            return;
        }
        let mut at = line.skip_spaces(0);
        while at < line.len() {
            let found = patterns.iter().find_map(|pattern| {
                let (from, closing) = pattern.list_at(line, at)?;
                let list = self.list(rule, line, from, closing, false);
                (!list.entries.is_empty()).then_some(list)
            });
            if let Some(list) = found {
                self.push(rule, line, list, false, place);
            }
            // Other labels and the task ID can precede and follow a label.
            let end = match line.folded[at] {
                '[' => line.folded[at..].iter().position(|c| *c == ']').map(|close| at + close + 1),
                _ => {
                    let word = line.folded[at..].iter().take_while(|c| !c.is_whitespace()).count();
                    let has_digit = line.folded[at..at + word].iter().any(char::is_ascii_digit);
                    (has_digit && word <= 12).then_some(at + word)
                }
            };
            let Some(end) = end else { return };
            at = line.skip_spaces(end);
        }
    }

    fn group(
        &mut self,
        rule: &'a ReferenceRule,
        patterns: &[Pattern],
        line: &PlainLine,
        place: &LinePlace<'_>,
    ) {
        let mut at = 0;
        while at < line.len() {
            let found = patterns.iter().find_map(|pattern| {
                let (from, closing) = pattern.list_at(line, at)?;
                let list = self.list(rule, line, from, closing, true);
                let end = list.entries.last().map(|entry| &entry.range).or(list.all.as_ref())?.end;
                (pattern.follows_list(line, end) || ends_with_comma(line, end)).then_some(list)
            });
            match found {
                Some(list) => {
                    self.note_unfinished(rule, line, &list);
                    at = list.entries.last().map_or(at + 1, |entry| entry.range.end);
                    self.push(rule, line, list, false, place);
                }
                None => at += 1,
            }
        }
    }

    fn text(&mut self, rule: &ReferenceRule, line: &PlainLine, place: &LinePlace<'_>) {
        if self.family.refers_to_names(rule) {
            self.quoted_names(rule, line, place);
        }
        let mut at = 0;
        while at < line.len() {
            let is_start = line.folded[at].is_alphanumeric() || self.starts_with_sign(rule, line.folded[at]);
            if !is_start || self.id_at(rule, line, at, false).is_none() {
                at += 1;
                continue;
            }
            let qualifier = qualifier(line, at);
            let mut list = self.list(rule, line, at, "", false);
            let end = list.entries.last().map_or(at + 1, |entry| entry.range.end);
            if let Some(qualifier) = qualifier {
                // The IDs after the first one can belong to either set.
                list.entries.truncate(1);
                list.qualifier = Some(qualifier);
            }
            self.push(rule, line, list, false, place);
            at = end.max(at + 1);
        }
    }

    /// Returns whether IDs of a kind start with this sign: `§1`, `@goal/1`.
    fn starts_with_sign(&self, rule: &ReferenceRule, sign: char) -> bool {
        rule.to.iter().any(|kind| self.family.kinds[*kind].id.starts_with(sign))
    }

    /// Reads names in text: in backticks, quotes, emphasis or the text of a link.
    fn quoted_names(&mut self, rule: &ReferenceRule, line: &PlainLine, place: &LinePlace<'_>) {
        for quoted in quoted(place.source) {
            let start = place.source_start as u32;
            let range = line.range(start + quoted.start as u32..start + quoted.end as u32);
            if let Some(entry) = name_in(line, range, true) {
                let list = IdList { entries: vec![entry], ..IdList::default() };
                self.push(rule, line, list, true, place);
            }
        }
    }

    fn heading(&mut self, rule: &ReferenceRule, line: &PlainLine, place: &LinePlace<'_>) {
        let mut at = 0;
        while at < line.len() {
            let words = [WordGroup::UserStory, WordGroup::Requirement];
            let is_start = line.before(at).is_none_or(|c| !c.is_alphanumeric() || !c.is_ascii());
            let word = words.into_iter().find_map(|group| group.at(line, at)).filter(|_| is_start);
            let list = match word {
                Some(end) => self.list(rule, line, end, "", true),
                None if line.folded[at].is_alphabetic() => self.list(rule, line, at, "", false),
                None => IdList::default(),
            };
            match list.entries.last() {
                Some(last) => {
                    at = last.range.end;
                    self.push_with(rule, line, list, false, FoundPlace::Heading(place.block_start));
                }
                None => at += 1,
            }
        }
    }

    fn section(&mut self, rule: &ReferenceRule, names: &[Pattern], line: &PlainLine, place: &LinePlace<'_>) {
        let Some(heading) = place.heading else { return };
        let mut at = line.skip_spaces(0);
        if !place.is_heading {
            let Some(end) = longest_name_at(names, line, at) else { return };
            let colon = line.skip_spaces(end);
            if line.folded.get(colon) != Some(&':') {
                return;
            }
            at = colon + 1;
        }
        let section = FoundPlace::Section { line: place.source_start as u32, heading };
        while at < line.len() {
            let starts = line.before(at).is_none_or(|c| !c.is_alphanumeric());
            let list = match starts && line.folded[at].is_alphanumeric() && qualifier(line, at).is_none() {
                true => self.list(rule, line, at, "", false),
                false => IdList::default(),
            };
            at = list.entries.last().map_or(at + 1, |entry| entry.range.end);
            self.push_with(rule, line, list, false, section);
        }
    }

    fn front_matter(&mut self, key: &str, source: &str, start: usize) {
        for rule in self.rules.clone() {
            let ReferenceForm::FrontMatter(keys) = &rule.form else { continue };
            if !keys.iter().any(|known| known.eq_ignore_ascii_case(key)) {
                continue;
            }
            let mut offset = start;
            for part in source.split_inclusive(['\n', ',']) {
                let trimmed = part
                    .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '[' | '"' | '\''));
                let skipped = part.len() - trimmed.len();
                let line = PlainLine::new(trimmed.trim_end(), (offset + skipped) as u32);
                let list = self.list(rule, &line, 0, "", false);
                if !list.entries.is_empty() {
                    self.push_with(rule, &line, list, false, FoundPlace::Document);
                }
                offset += part.len();
            }
        }
    }

    /// Reads IDs and ranges from an offset up to `closing` or other text.
    fn list(
        &self,
        rule: &ReferenceRule,
        line: &PlainLine,
        start: usize,
        closing: &str,
        bare: bool,
    ) -> IdList {
        let mut list = IdList::default();
        let mut at = start;
        let has_names = self.family.refers_to_names(rule) && rule.form.delimits_lists();
        loop {
            at = skip_list_separators(line, at, !list.entries.is_empty());
            if at >= line.len() || !closing.is_empty() && line.literal(at, closing).is_some() {
                break;
            }
            let word = [WordGroup::Requirement, WordGroup::UserStory]
                .into_iter()
                .find_map(|group| group.at(line, at));
            if let Some(end) = word.filter(|_| !has_names) {
                let next = line.skip_spaces(end);
                let is_number = line.folded.get(next).is_some_and(|c| c.is_alphanumeric() || *c == '#');
                if is_number && (list.entries.is_empty() || line.folded[next].is_ascii_digit()) {
                    at = next;
                    continue;
                }
                break;
            }
            if list.entries.is_empty() && list.all.is_none() {
                let groups = rule.all.iter().find_map(|group| group.at(line, at));
                let own = rule.all_words.iter().find_map(|word| line.literal(at, word));
                if let Some(end) = groups.or(own) {
                    list.all = Some(at..end);
                    break;
                }
            }
            let found = self.id_at(rule, line, at, bare);
            if has_names && found.is_none() {
                let is_closed = |at: &usize| {
                    matches!(line.folded[*at], ',' | ';' | '、')
                        || !closing.is_empty() && line.literal(*at, closing).is_some()
                };
                let end = (at..line.len()).find(is_closed).unwrap_or(line.len());
                // In brackets, any words can be meant.
                let is_uncertain = matches!(rule.form, ReferenceForm::Label(_) | ReferenceForm::Group(_));
                if is_uncertain && end == line.len() {
                    break;
                }
                list.entries.extend(name_in(line, at..end, is_uncertain));
                at = end;
                if line.folded.get(at).is_none_or(|c| !matches!(c, ',' | ';' | '、')) {
                    break;
                }
                continue;
            }
            let found = found.or_else(|| Some((shortened_id(line, at, list.entries.last()?)?, false)));
            let Some((first, own_prefix)) = found else { break };
            let mut entry = ListEntry {
                range: at..first.end,
                first: at..first.end,
                last: None,
                keys: vec![first.key],
                has_suffix: first.has_suffix,
                own_prefix,
            };
            at = first.end;
            if let Some(after) = range_separator(line, at)
                && let Some(last) = self.range_end(rule, line, after)
            {
                let expanded = expand(&entry.keys[0], &last.key, rule.ranges);
                entry.keys.extend(expanded);
                entry.range.end = last.end;
                entry.last = Some(after..last.end);
                at = last.end;
            }
            list.entries.push(entry);
            if !continues(line, at) {
                break;
            }
        }
        list
    }

    /// Returns the longest ID of any of the rule's kinds at an offset, and whether another document would have to
    /// define its prefix.
    fn id_at(
        &self,
        rule: &ReferenceRule,
        line: &PlainLine,
        at: usize,
        bare: bool,
    ) -> Option<(ScannedId, bool)> {
        let longest = |own_prefix: bool| {
            let kinds = rule.to.iter().map(|kind| &self.family.kinds[*kind]);
            let kinds = kinds.filter(|kind| kind.at_least.is_some() == own_prefix);
            let found = kinds.filter_map(|kind| kind.id.at(line, at)).max_by_key(|found| found.end);
            found.map(|found| (found, own_prefix))
        };
        longest(false).or_else(|| longest(true)).or_else(|| {
            let (end, number) = line.number(at).filter(|_| bare)?;
            let ends = line.folded.get(end).is_none_or(|c| !c.is_alphanumeric());
            let key = rule.to.iter().find_map(|kind| self.family.kinds[*kind].id.of_bare_number(&number))?;
            ends.then_some((ScannedId { end, key, has_suffix: false }, false))
        })
    }

    /// Returns the ID at the end of a range. It can be only a number, if the start of the range contains the remaining
    /// parts of the ID: `5` of `3.1-5`.
    fn range_end(&self, rule: &ReferenceRule, line: &PlainLine, at: usize) -> Option<ScannedId> {
        let kinds = rule.to.iter().map(|kind| &self.family.kinds[*kind]);
        let found = kinds.filter_map(|kind| kind.id.after_range_sign(line, at)).max_by_key(|found| found.end);
        found.or_else(|| {
            let (end, key) = line.number(at)?;
            let ends = line.folded.get(end).is_none_or(|c| !c.is_alphanumeric());
            ends.then_some(ScannedId { end, key, has_suffix: false })
        })
    }

    fn push(
        &mut self,
        rule: &ReferenceRule,
        line: &PlainLine,
        list: IdList,
        weak: bool,
        place: &LinePlace<'_>,
    ) {
        let (start, is_heading) = (place.source_start as u32, place.is_heading);
        let place = FoundPlace::Line { start, is_heading, row: place.row };
        self.push_with(rule, line, list, weak, place);
    }

    fn push_with(
        &mut self,
        rule: &ReferenceRule,
        line: &PlainLine,
        list: IdList,
        weak: bool,
        place: FoundPlace,
    ) {
        let all = list.all.map(|range| {
            let first = range.clone();
            (
                ListEntry {
                    range,
                    first,
                    last: None,
                    keys: Vec::new(),
                    has_suffix: false,
                    own_prefix: false,
                },
                true,
            )
        });
        for (entry, all) in list.entries.into_iter().map(|entry| (entry, false)).chain(all) {
            self.found.push(FoundReference {
                place,
                weak,
                own_prefix: entry.own_prefix,
                qualifier: list.qualifier.clone(),
                link: line.link_target(entry.range.start).map(Into::into),
                style: rule.form.style(),
                span: line.span(entry.range.clone()),
                first: line.span(entry.first),
                last: entry.last.map(|last| line.span(last)),
                keys: entry.keys.into_iter().map(Into::into).collect(),
                text: line.text(entry.range).into(),
                all,
                has_suffix: entry.has_suffix,
            });
        }
    }
}

/// The block around a line.
struct LinePlace<'a> {
    source: &'a str,
    source_start: usize,
    block_start: u32,
    is_heading: bool,
    is_first: bool,
    /// The row of a table that contains the line.
    row: Option<(u32, u32)>,
    /// The heading of the section, below the title.
    heading: Option<u32>,
}

/// Returns the end of the longest name of a field at an offset: `Requirements Covered` instead of `Requirements`.
fn longest_name_at(names: &[Pattern], line: &PlainLine, at: usize) -> Option<usize> {
    names.iter().filter_map(|name| name.prefix_at(line, at)).max()
}

/// Returns the name or number of another set before an ID: `016-search/FR-001`, `016-search/spec.md#FR-001`,
/// `spec 020 FR-018`. `None` for an ID of the own set, also with the name of its document: `spec.md#FR-001`.
fn qualifier(line: &PlainLine, at: usize) -> Option<Box<str>> {
    let before: String = line.folded[..at].iter().collect();
    let is_path = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.');
    if let Some(path) = before.strip_suffix(['/', '#']) {
        let start = path.trim_end_matches(is_path).len();
        let mut folders = path[start..].rsplit('/');
        if before.ends_with('#') {
            // The document.
            folders.next();
        }
        let folder = folders.next().filter(|folder| !matches!(*folder, "." | ".."));
        return folder.filter(|folder| before.ends_with('/') || !folder.is_empty()).map(Into::into);
    }
    if before.ends_with('§') {
        return None;
    }
    // The number can be in brackets or in the text of a link: `(spec 020 FR-018)`, `[spec 020] FR-018`.
    let brackets = ['(', ')', '[', ']', '"'];
    let mut words = before.split_whitespace().rev().map(|word| word.trim_matches(brackets));
    let last =
        words.next().unwrap_or_default().trim_end_matches([':', '\'', 's', '’']).trim_matches(brackets);
    let is_number = |word: &str| {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        digits >= 2 && (digits == word.len() || word[digits..].starts_with('-'))
    };
    let is_set = is_number(last)
        && (last.contains('-')
            || words
                .next()
                .is_some_and(|word| matches!(word, "spec" | "specs" | "specification" | "feature")));
    is_set.then(|| last.into())
}

/// Returns the ranges of the texts in a line that are in backticks, quotes, double asterisks or the text of a link.
fn quoted(source: &str) -> Vec<Range<usize>> {
    const PAIRS: [(&str, &str); 7] =
        [("**", "**"), ("`", "`"), ("\"", "\""), ("“", "”"), ("«", "»"), ("「", "」"), ("[", "]")];
    let mut found = Vec::new();
    for (open, close) in PAIRS {
        let mut at = 0;
        while let Some(start) = source[at..].find(open).map(|start| at + start + open.len())
            && let Some(end) = source[start..].find(close).map(|end| start + end)
        {
            found.push(start..end);
            at = end + close.len();
        }
    }
    found
}

/// Returns the reference to a name in a range of a line, without spaces and punctuation around it. `is_uncertain` states
/// whether the text can be something else.
fn name_in(line: &PlainLine, range: Range<usize>, is_uncertain: bool) -> Option<ListEntry> {
    let is_mark = |at: usize| {
        let c = line.folded[at];
        c.is_whitespace() || matches!(c, '.' | '"' | '[' | ']' | '“' | '”')
    };
    let (mut start, mut end) = (range.start, range.end);
    while start < end && is_mark(start) {
        start += 1;
    }
    while start < end && is_mark(end - 1) {
        end -= 1;
    }
    // The field is in brackets: `(Fulfills: Warm soup)`.
    let count = |bracket: char| line.folded[start..end].iter().filter(|c| **c == bracket).count();
    if end > start && line.folded[end - 1] == ')' && count(')') > count('(') {
        end -= 1;
    }
    let text: String = line.folded[start..end].iter().collect();
    let key = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_name = key.chars().any(char::is_alphanumeric) && end - start <= MAX_REFERENCED_NAME_CHARS;
    is_name.then(|| ListEntry {
        range: start..end,
        first: start..end,
        last: None,
        keys: vec![key],
        has_suffix: false,
        own_prefix: is_uncertain,
    })
}

/// Skips separators between the entries of a list, and remarks in parentheses after an entry.
fn skip_list_separators(line: &PlainLine, start: usize, after_entry: bool) -> usize {
    let mut at = start;
    while let Some(c) = line.folded.get(at).copied() {
        match c {
            c if c.is_whitespace() => at += 1,
            ',' | '、' | ';' | '/' | '+' | '&' | '#' | '[' | ']' | '"' | '\'' | '•' => at += 1,
            '(' if after_entry => match line.folded[at..].iter().position(|c| *c == ')') {
                Some(close) => at += close + 1,
                None => return at,
            },
            _ => {
                let word = ["and", "und", "et", "y", "e", "en", "i", "ve", "и", "和", "及", "と", "및"]
                    .into_iter()
                    .find_map(|word| {
                        let end = line.literal(at, word)?;
                        let next = line.folded.get(end);
                        (next.is_some_and(|c| c.is_whitespace()) || !word.is_ascii()).then_some(end)
                    });
                match word.filter(|_| after_entry) {
                    Some(end) => at = end,
                    None => return at,
                }
            }
        }
    }
    at
}

/// Returns whether only a comma follows on the line.
fn ends_with_comma(line: &PlainLine, at: usize) -> bool {
    let mut rest = line.folded[at.min(line.len())..].iter().filter(|c| !c.is_whitespace());
    matches!(rest.next(), Some(',' | '、')) && rest.next().is_none()
}

/// Returns the ID of which a list contains only the number: `002` of `FR-001, 002`, `5` of `FR-4/5`. After a comma, only
/// a number with a leading zero is one, because others can count something.
fn shortened_id(line: &PlainLine, at: usize, before: &ListEntry) -> Option<ScannedId> {
    let (end, number) = line.number(at)?;
    let prefix = before.keys.last()?.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_digit = |at: usize| line.folded.get(at).is_some_and(char::is_ascii_digit);
    let ends = match line.folded.get(end) {
        Some('-' | '/') => is_digit(end + 1),
        Some(next) => !next.is_alphanumeric() && !matches!(next, '.' | '%'),
        None => true,
    };
    let is_number = line.before(at) == Some('/') || line.folded[at] == '0';
    (ends && is_number && prefix.ends_with('-')).then(|| ScannedId {
        end,
        key: format!("{prefix}{number}"),
        has_suffix: false,
    })
}

/// Returns whether a list continues after an entry: a separator follows, and not just a space.
fn continues(line: &PlainLine, at: usize) -> bool {
    let next = skip_list_separators(line, at, true);
    let between = &line.folded[at.min(line.len())..next];
    between.iter().any(|c| !c.is_whitespace() && !matches!(c, ']' | '\'' | '"'))
}

/// Returns the offset after a range separator, such as `-`, `..` or `to`.
fn range_separator(line: &PlainLine, at: usize) -> Option<usize> {
    let mut at = line.skip_spaces(at);
    // The first ID can be the text of a link, which ends in `]`.
    while line.folded.get(at) == Some(&']') {
        at = line.skip_spaces(at + 1);
    }
    let sign = ["..", "-", "–", "—", "~", "〜", "至", "through ", "to ", "bis "].into_iter();
    let end = sign.filter_map(|sign| line.literal(at, sign)).next()?;
    let mut end = line.skip_spaces(end);
    while matches!(line.folded.get(end), Some('[' | '.' | '#')) {
        end += 1;
    }
    Some(end)
}

/// Returns the keys after `first` up to and including `last`. Without `ranges`, returns only `last`.
fn expand(first: &str, last: &str, ranges: bool) -> Vec<String> {
    let split = |key: &str| -> Option<(String, u64)> {
        let digits = key.bytes().rev().take_while(u8::is_ascii_digit).count();
        let (prefix, number) = key.split_at(key.len() - digits);
        Some((prefix.to_owned(), number.parse().ok()?))
    };
    let (Some((prefix, from)), Some((last_prefix, to))) = (split(first), split(last)) else {
        return vec![last.to_owned()];
    };
    if !(last_prefix.is_empty() || last_prefix == prefix) || to <= from || to - from > MAX_RANGE {
        return if last_prefix.is_empty() && !prefix.is_empty() { Vec::new() } else { vec![last.to_owned()] };
    }
    let from = if ranges { from + 1 } else { to };
    (from..=to).map(|number| format!("{prefix}{number}")).collect()
}
