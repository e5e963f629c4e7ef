//! Reads references to requirements.

use std::ops::Range;

use plan_model::Plan;
use plan_syntax::{BlockKind, Content, SegmentSpan, outline::bytes};

use super::{
    DocumentRole, Family, ReferenceForm, ReferenceRule,
    facts::{MAX_ENTRIES, Requirement, RequirementReference, TaskList},
    id_form::ScannedId,
    line::PlainLine,
    pattern::Pattern,
    words::WordGroup,
};

/// Maximum number of IDs that a range expands to.
const MAX_RANGE: u64 = 200;

/// Reads the references of a document. `requirements` are its own, whose definitions are not references.
pub(super) fn references(
    plan: &Plan,
    family: &Family,
    role: DocumentRole,
    requirements: &[Requirement],
    tasks: &mut TaskList<'_>,
) -> Vec<RequirementReference> {
    let rules: Vec<&ReferenceRule> = family.references.iter().filter(|rule| rule.role == role).collect();
    if rules.is_empty() {
        return Vec::new();
    }
    let mut walk = ReferenceWalk { plan, family, rules, requirements, tasks, found: Vec::new() };
    let document = plan.document();
    for (start, segment) in document.segments() {
        if !segment.is_prologue() {
            walk.segment(start, document.content(start, segment));
        }
    }
    walk.front_matter();
    walk.found.sort_by_key(|reference| (reference.span.start, reference.span.end));
    walk.found
}

struct ReferenceWalk<'a, 'b> {
    plan: &'a Plan,
    family: &'a Family,
    rules: Vec<&'a ReferenceRule>,
    requirements: &'a [Requirement],
    tasks: &'a mut TaskList<'b>,
    found: Vec<RequirementReference>,
}

/// An ID or range of IDs in a list.
struct ListEntry {
    range: Range<usize>,
    keys: Vec<String>,
    has_suffix: bool,
}

/// A list of IDs.
#[derive(Default)]
struct IdList {
    entries: Vec<ListEntry>,
    /// Whether it names all requirements, with the range of the word.
    all: Option<Range<usize>>,
}

impl ReferenceWalk<'_, '_> {
    fn segment(&mut self, start: usize, content: &Content) {
        let outline = &content.outline;
        for (index, lines) in outline.inlines() {
            let block = &outline.blocks[index];
            let is_heading = matches!(block.kind, BlockKind::Heading { .. });
            let row = block.parent().map(|parent| &outline.blocks[parent as usize]);
            let row = row.filter(|row| matches!(row.kind, BlockKind::Row { .. }));
            let mut is_first = true;
            for span in lines {
                let source = &content.text[bytes(span)];
                if self.may_refer(source) {
                    let line = PlainLine::new(source, start as u32 + span.start);
                    let place = LinePlace {
                        source,
                        source_start: start + span.start as usize,
                        block: start + block.span.start as usize..start + block.span.end as usize,
                        is_heading,
                        is_first,
                        row: row.map(|row| &content.text[bytes(&row.span)]),
                    };
                    self.line(&line, &place);
                }
                is_first = false;
            }
        }
    }

    /// Returns whether a line can have a reference: a digit, or a word for all.
    fn may_refer(&self, source: &str) -> bool {
        source.bytes().any(|byte| byte.is_ascii_digit())
            || source.contains([':', '：', '_'])
                && self.rules.iter().any(|rule| !rule.all.is_empty() || !rule.all_words.is_empty())
            || !source.is_ascii()
    }

    fn line(&mut self, line: &PlainLine, place: &LinePlace<'_>) {
        for rule in self.rules.clone() {
            match &rule.form {
                ReferenceForm::Field(names) => self.field(rule, names, line, place),
                ReferenceForm::Label(patterns) => self.label(rule, patterns, line, place),
                ReferenceForm::Group(patterns) => self.group(rule, patterns, line, place),
                ReferenceForm::Text => self.text(rule, line, place),
                ReferenceForm::Heading if place.is_heading => self.heading(rule, line, place),
                ReferenceForm::Heading | ReferenceForm::FrontMatter(_) => {}
            }
        }
    }

    fn field(&mut self, rule: &ReferenceRule, names: &[Pattern], line: &PlainLine, place: &LinePlace<'_>) {
        let mut at = 0;
        while at < line.len() {
            let is_start = line.before(at).is_none_or(|c| !c.is_alphanumeric());
            let name_end = is_start.then(|| names.iter().find_map(|name| name.prefix_at(line, at))).flatten();
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
            self.push(line, list, !is_field, place);
            at = end;
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
                self.push(line, list, false, place);
            }
            // Other labels and the ID of the task come before, between and after.
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

    fn group(&mut self, rule: &ReferenceRule, patterns: &[Pattern], line: &PlainLine, place: &LinePlace<'_>) {
        let mut at = 0;
        while at < line.len() {
            let found = patterns.iter().find_map(|pattern| {
                let (from, closing) = pattern.list_at(line, at)?;
                let list = self.list(rule, line, from, closing, true);
                (!list.entries.is_empty() || list.all.is_some()).then_some(list)
            });
            match found {
                Some(list) => {
                    at = list.entries.last().map_or(at + 1, |entry| entry.range.end);
                    self.push(line, list, false, place);
                }
                None => at += 1,
            }
        }
    }

    fn text(&mut self, rule: &ReferenceRule, line: &PlainLine, place: &LinePlace<'_>) {
        let mut at = 0;
        while at < line.len() {
            if !line.folded[at].is_alphanumeric() || self.id_at(rule, line, at, false).is_none() {
                at += 1;
                continue;
            }
            let is_foreign = is_qualified(line, at);
            let list = self.list(rule, line, at, "", false);
            let end = list.entries.last().map_or(at + 1, |entry| entry.range.end);
            if !is_foreign {
                self.push(line, list, false, place);
            }
            at = end.max(at + 1);
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
                    let section = self
                        .plan
                        .sections()
                        .find(|section| section.heading_range().start == place.block.start);
                    let tasks = section.map(|section| self.tasks.below(&section.range())).unwrap_or_default();
                    // A heading without tasks, such as that of a summary, only mentions them.
                    if !tasks.is_empty() {
                        self.push_with(line, list, false, &tasks);
                    }
                }
                None => at += 1,
            }
        }
    }

    fn front_matter(&mut self) {
        for rule in self.rules.clone() {
            let ReferenceForm::FrontMatter(keys) = &rule.form else { continue };
            for entry in self.plan.front_matter() {
                let key = self.plan.document().slice(entry.key.clone());
                if !keys.iter().any(|known| known.eq_ignore_ascii_case(key.trim())) {
                    continue;
                }
                let source = self.plan.document().slice(entry.value.clone());
                let mut offset = entry.value.start;
                for part in source.split_inclusive(['\n', ',']) {
                    let trimmed = part.trim_start_matches(|c: char| {
                        c.is_whitespace() || matches!(c, '-' | '[' | '"' | '\'')
                    });
                    let skipped = part.len() - trimmed.len();
                    let line = PlainLine::new(trimmed.trim_end(), (offset + skipped) as u32);
                    let list = self.list(rule, &line, 0, "", false);
                    if !list.entries.is_empty() {
                        let task = self.tasks.document();
                        self.push_with(&line, list, false, &[task]);
                    }
                    offset += part.len();
                }
            }
        }
    }

    /// Reads IDs and ranges from an offset on, up to `closing` or other text.
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
        loop {
            at = skip_list_separators(line, at, !list.entries.is_empty());
            if at >= line.len() || !closing.is_empty() && line.literal(at, closing).is_some() {
                break;
            }
            let word = [WordGroup::Requirement, WordGroup::UserStory]
                .into_iter()
                .find_map(|group| group.at(line, at));
            if let Some(end) = word {
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
            let Some(first) = self.id_at(rule, line, at, bare) else { break };
            let mut entry =
                ListEntry { range: at..first.end, keys: vec![first.key], has_suffix: first.has_suffix };
            at = first.end;
            if let Some(after) = range_separator(line, at)
                && let Some(last) = self.range_end(rule, line, after)
            {
                let expanded = expand(&entry.keys[0], &last.key, rule.ranges);
                entry.keys.extend(expanded);
                entry.range.end = last.end;
                at = last.end;
            }
            list.entries.push(entry);
            if !continues(line, at) {
                break;
            }
        }
        list
    }

    /// Returns the longest ID of the rule's kinds at an offset.
    fn id_at(&self, rule: &ReferenceRule, line: &PlainLine, at: usize, bare: bool) -> Option<ScannedId> {
        let kinds = rule.to.iter().map(|kind| &self.family.kinds[*kind]);
        let found = kinds.filter_map(|kind| kind.id.at(line, at)).max_by_key(|found| found.end);
        found.or_else(|| {
            let (end, number) = line.number(at).filter(|_| bare)?;
            let ends = line.folded.get(end).is_none_or(|c| !c.is_alphanumeric());
            let key = rule.to.iter().find_map(|kind| self.family.kinds[*kind].id.of_bare_number(&number))?;
            ends.then_some(ScannedId { end, key, has_suffix: false })
        })
    }

    /// Returns the ID at the end of a range. It can be a number, if the start has the other parts: `5` of `3.1-5`.
    fn range_end(&self, rule: &ReferenceRule, line: &PlainLine, at: usize) -> Option<ScannedId> {
        let kinds = rule.to.iter().map(|kind| &self.family.kinds[*kind]);
        let found = kinds.filter_map(|kind| kind.id.after_range_sign(line, at)).max_by_key(|found| found.end);
        found.or_else(|| {
            let (end, key) = line.number(at)?;
            let ends = line.folded.get(end).is_none_or(|c| !c.is_alphanumeric());
            ends.then_some(ScannedId { end, key, has_suffix: false })
        })
    }

    fn push(&mut self, line: &PlainLine, list: IdList, weak: bool, place: &LinePlace<'_>) {
        let mut tasks: Vec<u32> = self.tasks.at(place.source_start).into_iter().collect();
        // A row of a traceability table: `| FR-003 | T015, T016 |`.
        if let Some(row) = place.row.filter(|_| tasks.is_empty()) {
            tasks = self.tasks.named_in(row);
        }
        self.push_with(line, list, weak || tasks.is_empty() && !place.is_heading, &tasks);
    }

    fn push_with(&mut self, line: &PlainLine, list: IdList, weak: bool, tasks: &[u32]) {
        let all = list.all.map(|range| (ListEntry { range, keys: Vec::new(), has_suffix: false }, true));
        for (entry, all) in list.entries.into_iter().map(|entry| (entry, false)).chain(all) {
            let span = line.span(entry.range.clone());
            let overlaps = |other: &SegmentSpan| other.start < span.end && span.start < other.end;
            let is_known = self.found.iter().rev().take(64).any(|other| overlaps(&other.span))
                || self.requirements.iter().any(|own| own.id_is_written && overlaps(&own.span));
            if is_known || self.found.len() >= MAX_ENTRIES {
                continue;
            }
            self.found.push(RequirementReference {
                line: self.plan.document().rope().byte_to_line(span.start as usize) as u32,
                text: line.text(entry.range).into(),
                span,
                keys: entry.keys.into_iter().map(Into::into).collect(),
                tasks: tasks.into(),
                all,
                weak,
                has_suffix: entry.has_suffix,
            });
        }
    }
}

/// The block around a line.
struct LinePlace<'a> {
    source: &'a str,
    source_start: usize,
    block: Range<usize>,
    is_heading: bool,
    is_first: bool,
    /// The row of a table that contains the line.
    row: Option<&'a str>,
}

/// Returns whether an ID belongs to another set: `016-search/FR-001`, `spec 020 FR-018`.
fn is_qualified(line: &PlainLine, at: usize) -> bool {
    let before: String = line.folded[..at].iter().collect();
    if before.ends_with(['/', '§']) {
        return before.ends_with('/');
    }
    let mut words = before.split_whitespace().rev();
    let last = words.next().unwrap_or_default().trim_end_matches([':', '\'', 's', '’']);
    let is_number = |word: &str| {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        digits >= 2 && (digits == word.len() || word[digits..].starts_with('-'))
    };
    is_number(last)
        && (last.contains('-')
            || words.next().is_some_and(|word| word.starts_with("spec") || word == "feature"))
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

/// Returns whether a list continues after an entry: a separator follows, and not just a space.
fn continues(line: &PlainLine, at: usize) -> bool {
    let next = skip_list_separators(line, at, true);
    let between = &line.folded[at.min(line.len())..next];
    between.iter().any(|c| !c.is_whitespace() && !matches!(c, ']' | '\'' | '"'))
}

/// Returns the offset after the sign or word of a range.
fn range_separator(line: &PlainLine, at: usize) -> Option<usize> {
    let mut at = line.skip_spaces(at);
    // A link ends here.
    while line.folded.get(at) == Some(&']') {
        at = line.skip_spaces(at + 1);
    }
    let sign = ["..", "-", "–", "—", "~", "〜", "至", "through ", "to ", "bis "].into_iter();
    let end = sign.filter_map(|sign| line.literal(at, sign)).next()?;
    let mut end = line.skip_spaces(end);
    while line.folded.get(end) == Some(&'[') || line.folded.get(end) == Some(&'.') {
        end += 1;
    }
    Some(end)
}

/// Returns the keys after `first` up to `last`.
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

/// A place where a reference can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferencePlace {
    /// The start of the ID that is typed already.
    pub typed: String,
    /// Indices of the kinds that the reference can name.
    pub kinds: Vec<usize>,
    /// Whether IDs are written as bare numbers there: `(AC: 1)`.
    pub bare: bool,
}

impl Family {
    /// Returns whether a text is an ID of the kind with this index.
    pub fn is_id_of(&self, kind: usize, id: &str) -> bool {
        let line = PlainLine::new(id, 0);
        self.kinds
            .get(kind)
            .is_some_and(|kind| kind.id.at(&line, 0).is_some_and(|found| found.end == line.len()))
    }

    /// Returns the place of a reference at the end of `typed`, the start of a line in a document with this role.
    pub fn reference_place(&self, role: DocumentRole, typed: &str) -> Option<ReferencePlace> {
        let length = typed
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
            .map(char::len_utf8)
            .sum::<usize>();
        let (before, word) = typed.split_at(typed.len() - length);
        let line = PlainLine::new(before, 0);
        let rules = self.references.iter().filter(|rule| rule.role == role);
        rules.into_iter().find_map(|rule| {
            let is_list = |from: usize| {
                line.folded[from.min(line.len())..].iter().all(|c| {
                    c.is_alphanumeric()
                        || c.is_whitespace()
                        || matches!(c, ',' | '、' | ';' | '.' | '-' | '–' | '#' | '+')
                })
            };
            let mut bare = false;
            let is_place = match &rule.form {
                ReferenceForm::Field(names) => (0..line.len()).any(|at| {
                    let starts = line.before(at).is_none_or(|c| !c.is_alphanumeric());
                    let end = names.iter().find_map(|name| name.prefix_at(&line, at)).filter(|_| starts);
                    end.map(|end| line.skip_spaces(end))
                        .is_some_and(|colon| line.folded.get(colon) == Some(&':') && is_list(colon + 1))
                }),
                ReferenceForm::Label(patterns) | ReferenceForm::Group(patterns) => {
                    (0..line.len()).any(|at| {
                        let from = patterns
                            .iter()
                            .find_map(|pattern| pattern.list_at(&line, at))
                            .map(|(from, _)| from);
                        let found = from.is_some_and(is_list);
                        if found && matches!(rule.form, ReferenceForm::Group(_)) {
                            let has_letters = line.folded[at..].iter().any(|c| c.is_alphabetic());
                            bare = has_letters;
                        }
                        found
                    })
                }
                ReferenceForm::Text => {
                    // After the letters of an ID: `FR-`.
                    let lower = word.to_lowercase();
                    let kinds = rule.to.iter().map(|kind| &self.kinds[*kind]);
                    kinds.into_iter().any(|kind| {
                        let prefix = kind.id.prefix();
                        prefix.len() >= 2 && lower.starts_with(&prefix)
                    })
                }
                ReferenceForm::FrontMatter(keys) => {
                    let lower = before.to_lowercase();
                    keys.iter().any(|key| lower.trim_start().starts_with(&format!("{}:", key.to_lowercase())))
                }
                ReferenceForm::Heading => false,
            };
            is_place.then(|| ReferencePlace { typed: word.to_owned(), kinds: rule.to.clone(), bare })
        })
    }
}
