//! Reads requirements from a document.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use plan_model::Plan;
use plan_syntax::{BlockKind, Content, SegmentSpan, outline::bytes};

use super::{
    DocumentRole, Family, Kind,
    facts::{MAX_ENTRIES, Requirement},
    line::PlainLine,
    pattern::{Pattern, PatternMatch},
};

/// Maximum length of the text of a requirement, in characters.
const MAX_TEXT_CHARS: usize = 600;

/// Minimum number of IDs with a prefix in a document of a family without markers.
const MIN_IDS: usize = 3;
/// Prefixes that do not form IDs of requirements with a number.
const NO_REQUIREMENTS: [&str; 14] =
    ["utf", "sha", "pr", "adr", "cve", "rfc", "iso", "md", "aes", "step", "phase", "task", "sprint", "week"];

/// An open heading.
struct OpenHeading {
    level: u8,
    /// Index of the candidate that it defines.
    candidate: Option<usize>,
    /// Plain text.
    line: PlainLine,
}

/// A possible requirement. Later lines can decide whether it is one.
struct RequirementCandidate {
    requirement: Requirement,
    parent: Option<usize>,
    /// Whether it is under the heading or label that its kind requires, if any.
    under: bool,
    /// Number of the list, for criteria without such a heading. `None` for a heading.
    list: Option<usize>,
}

/// Reads the requirements of a document.
pub(super) fn requirements(plan: &Plan, family: &Family, role: DocumentRole) -> Vec<Requirement> {
    let kinds: Vec<usize> = (0..family.kinds.len()).filter(|kind| family.kinds[*kind].role == role).collect();
    if kinds.is_empty() {
        return Vec::new();
    }
    let mut walk = RequirementWalk {
        plan,
        family,
        kinds,
        headings: Vec::new(),
        candidates: Vec::new(),
        label: None,
        lists: 0,
        in_heading: false,
        last_heading: None,
    };
    let document = plan.document();
    for (start, segment) in document.segments() {
        if segment.is_prologue() {
            continue;
        }
        walk.segment(start, document.content(start, segment));
    }
    walk.finish()
}

struct RequirementWalk<'a> {
    plan: &'a Plan,
    family: &'a Family,
    kinds: Vec<usize>,
    headings: Vec<OpenHeading>,
    candidates: Vec<RequirementCandidate>,
    /// The last paragraph, if it ends in a colon or is short: a label of the next block.
    label: Option<PlainLine>,
    lists: usize,
    in_heading: bool,
    /// The candidate whose heading was read last, until its first paragraph.
    last_heading: Option<usize>,
}

impl RequirementWalk<'_> {
    fn kind(&self, kind: usize) -> &Kind {
        &self.family.kinds[kind]
    }

    fn segment(&mut self, start: usize, content: &Content) {
        let outline = &content.outline;
        let mut index = 0;
        while let Some(block) = outline.blocks.get(index) {
            match &block.kind {
                BlockKind::Heading { level, text, .. } => {
                    self.heading(start, content, *level, text, &block.span);
                    index += 1;
                }
                BlockKind::Paragraph => {
                    self.paragraph(start, content, index);
                    index += 1;
                }
                BlockKind::List { ordered } => {
                    if block.parent().is_none()
                        || !matches!(self.block_kind(content, block.parent()), Some(BlockKind::Item { .. }))
                    {
                        self.lists += 1;
                    }
                    self.list(start, content, index, *ordered);
                    index += 1;
                }
                BlockKind::Table => {
                    self.table(start, content, index);
                    index = block.end as usize;
                }
                BlockKind::Fence { .. } | BlockKind::IndentedCode | BlockKind::Html { .. } => {
                    index = block.end as usize
                }
                _ => index += 1,
            }
        }
    }

    fn block_kind<'b>(&self, content: &'b Content, index: Option<u32>) -> Option<&'b BlockKind> {
        Some(&content.outline.blocks.get(index? as usize)?.kind)
    }

    fn heading(
        &mut self,
        start: usize,
        content: &Content,
        level: u8,
        text: &SegmentSpan,
        span: &SegmentSpan,
    ) {
        while self.headings.last().is_some_and(|open| open.level >= level) {
            self.headings.pop();
        }
        self.label = None;
        self.last_heading = None;
        let source = &content.text[bytes(text)];
        let line = PlainLine::new(source, start as u32 + text.start);
        let range = start as u32 + span.start..start as u32 + span.end;
        if self.is_label(&line) {
            self.mark_open_heading();
        }
        self.in_heading = true;
        let mut candidate = None;
        for kind in self.kinds.clone() {
            let parent = self.heading_parent(kind, level);
            if self.kind(kind).parent.is_some() && parent.is_none() {
                continue;
            }
            let found = self.matches(kind, &self.kind(kind).form.heading, &line, 0);
            if let Some(found) = found {
                let under = self.is_under(kind);
                let struck = source.trim_start().starts_with("~~");
                candidate = self.add(kind, parent, &line, found, range, under, None, struck);
                break;
            }
        }
        self.in_heading = false;
        self.last_heading = candidate;
        self.headings.push(OpenHeading { level, candidate, line });
    }

    /// Returns the open requirement that a heading of this level can be a child of: it is one level above.
    fn heading_parent(&self, kind: usize, level: u8) -> Option<usize> {
        let parent = self.kind(kind).parent?;
        let open = self.headings.iter().rev().find(|open| open.level < level)?;
        open.candidate.filter(|candidate| self.candidates[*candidate].requirement.kind as usize == parent)
    }

    /// Returns the innermost open requirement of the parent's kind.
    fn open_parent(&self, kind: usize) -> Option<usize> {
        let parent = self.kind(kind).parent?;
        let open = self.headings.iter().rev().filter_map(|open| open.candidate);
        open.into_iter().find(|candidate| self.candidates[*candidate].requirement.kind as usize == parent)
    }

    /// Returns whether the heading or label above is one that the kind requires. Headings count up to that of the parent.
    fn is_under(&self, kind: usize) -> bool {
        let under = &self.kind(kind).under;
        if under.is_empty() {
            return true;
        }
        let is_asked = |line: &PlainLine| under.iter().any(|pattern| is_title(pattern, line));
        if self.label.as_ref().is_some_and(is_asked) {
            return true;
        }
        let parent = self.open_parent(kind);
        let headings =
            self.headings.iter().rev().take_while(|open| parent.is_none() || open.candidate != parent);
        headings.into_iter().any(|open| is_asked(&open.line))
    }

    /// Returns whether a line is a label that some kind requires.
    fn is_label(&self, line: &PlainLine) -> bool {
        let mut asked = self.kinds.iter().flat_map(|kind| &self.kind(*kind).under);
        asked.any(|pattern| is_title(pattern, line))
    }

    fn matches(
        &self,
        kind: usize,
        patterns: &[Pattern],
        line: &PlainLine,
        at: usize,
    ) -> Option<PatternMatch> {
        patterns.iter().find_map(|pattern| pattern.matches(line, at, Some(&self.kind(kind).id)))
    }

    fn paragraph(&mut self, start: usize, content: &Content, index: usize) {
        let outline = &content.outline;
        let parent = outline.blocks[index].parent();
        let in_item =
            parent.filter(|parent| matches!(outline.blocks[*parent as usize].kind, BlockKind::Item { .. }));
        let lines: Vec<&SegmentSpan> = outline.inline(index).collect();
        if in_item.is_some_and(|parent| parent as usize + 1 == index) {
            // The first paragraph of an item was read with its list.
            return;
        }
        let mut open: Option<usize> = None;
        for (number, span) in lines.iter().enumerate() {
            let source = &content.text[bytes(span)];
            let line = PlainLine::new(source, start as u32 + span.start);
            let range = start as u32 + span.start..start as u32 + span.end;
            let mut found = None;
            for kind in self.kinds.clone() {
                if self.kind(kind).form.paragraph.is_empty() {
                    continue;
                }
                let parent = self.open_parent(kind);
                if self.kind(kind).parent.is_some() && parent.is_none() {
                    continue;
                }
                let under = self.is_under(kind);
                if !under && self.kind(kind).parent.is_none() {
                    continue;
                }
                if let Some(matched) = self.matches(kind, &self.kind(kind).form.paragraph, &line, 0) {
                    found = self.add(
                        kind,
                        parent,
                        &line,
                        matched,
                        range.clone(),
                        under,
                        None,
                        source.starts_with("~~"),
                    );
                    break;
                }
            }
            if found.is_some() {
                open = found;
                self.last_heading = None;
            } else if let Some(open) = open {
                self.append(open, &line);
            } else if let Some(heading) = self.last_heading
                && !self.is_label(&line)
            {
                let text = line.text(0..line.len());
                push_text(&mut self.candidates[heading].requirement.text, &text);
                if number + 1 == lines.len() {
                    self.last_heading = None;
                }
            }
        }
        if open.is_none() && in_item.is_none() {
            self.label = lines
                .last()
                .filter(|_| lines.len() <= 2)
                .map(|span| PlainLine::new(&content.text[bytes(span)], start as u32 + span.start));
            if self.label.as_ref().is_some_and(|label| self.is_label(label)) {
                self.mark_open_heading();
            }
        }
    }

    /// Records that the heading or label that a kind requires follows the open heading: `### 1.1 Export` with acceptance criteria
    /// is a criterion.
    fn mark_open_heading(&mut self) {
        if let Some(candidate) = self.headings.last().and_then(|open| open.candidate) {
            self.candidates[candidate].under = true;
        }
    }

    fn list(&mut self, start: usize, content: &Content, list: usize, ordered: bool) {
        let outline = &content.outline;
        let is_nested = outline.blocks[list]
            .parent()
            .is_some_and(|parent| matches!(outline.blocks[parent as usize].kind, BlockKind::Item { .. }));
        let items: Vec<usize> = outline.children(list).collect();
        let mut previous = 0;
        let mut first = None;
        for (position, item) in items.into_iter().enumerate() {
            let block = &outline.blocks[item];
            let BlockKind::Item { checkbox, marker_end } = &block.kind else { continue };
            let paragraph = item + 1;
            if (paragraph as u32) >= block.end
                || !matches!(outline.blocks[paragraph].kind, BlockKind::Paragraph)
            {
                continue;
            }
            let marker = &content.text[bytes(&block.marker())];
            let written: Option<u64> = marker.trim_end_matches(['.', ')']).parse().ok();
            // The number as written, unless all items have the same number.
            let number =
                written.filter(|number| *number > previous).unwrap_or(first.unwrap_or(1) + position as u64);
            first = first.or(written);
            previous = number;
            let mut spans = outline.inline(paragraph);
            let Some(span) = spans.next() else { continue };
            let after_box =
                checkbox.as_ref().map_or(*marker_end, |checkbox| checkbox.span.end).max(span.start);
            let span = after_box.min(span.end)..span.end;
            let source = &content.text[bytes(&span)];
            let skipped = source.len() - source.trim_start_matches([' ', '*', '_']).len();
            let struck = source[skipped..].starts_with("~~");
            let line = PlainLine::new(source, start as u32 + span.start);
            let end = outline.inline(paragraph).last().map_or(span.end, |span| span.end);
            let range = start as u32 + block.span.start..start as u32 + end;
            let mut added = None;
            for kind in self.kinds.clone() {
                let form = &self.kind(kind).form;
                if form.item.is_empty() && (form.ordered_item.is_empty() || !ordered) {
                    continue;
                }
                let parent = self.open_parent(kind);
                if self.kind(kind).parent.is_some() && parent.is_none() {
                    continue;
                }
                let under = self.is_under(kind);
                if !under && self.kind(kind).parent.is_none() {
                    continue;
                }
                let number = if ordered { number } else { position as u64 + 1 };
                let ordered_item =
                    || self.matches(kind, &form.ordered_item, &line, 0).filter(|_| ordered && !is_nested);
                let matched = self.matches(kind, &form.item, &line, 0).or_else(ordered_item);
                if let Some(mut found) = matched {
                    let is_named = found.id.is_some() || found.number.is_some();
                    if !is_named {
                        // A word that the pattern requires is part of the text: `Given`.
                        found.rest = Some(line.skip_spaces(0)..line.len());
                    }
                    let number = (!is_named).then(|| number.to_string());
                    added = self.add(kind, parent, &line, found, range.clone(), under, number, struck);
                    break;
                }
            }
            if let Some(added) = added {
                for span in spans {
                    let line = PlainLine::new(&content.text[bytes(span)], start as u32 + span.start);
                    self.append(added, &line);
                }
            } else if !is_nested && !ordered {
                // A bullet can be the label of a nested list.
                self.label = Some(line);
            }
        }
    }

    fn table(&mut self, start: usize, content: &Content, table: usize) {
        let outline = &content.outline;
        let rows: Vec<usize> = outline.children(table).collect();
        let Some((header, rows)) = rows.split_first() else { return };
        let cell_text = |cell: usize| {
            let span = &outline.blocks[cell].span;
            PlainLine::new(&content.text[bytes(span)], start as u32 + span.start)
        };
        let titles: Vec<String> =
            outline.children(*header).map(|cell| cell_text(cell).folded.iter().collect()).collect();
        for kind in self.kinds.clone() {
            let Some(column) = self.kind(kind).form.row else { continue };
            for row in rows {
                let cells: Vec<usize> = outline.children(*row).collect();
                let Some(cell) = cells.get(column) else { continue };
                let line = cell_text(*cell);
                let at = line.skip_spaces(0);
                let Some(id) = self.kind(kind).id.at(&line, at) else { continue };
                if line.skip_spaces(id.end) < line.len() && super::pattern::separator(&line, id.end).is_none()
                {
                    continue;
                }
                let span = &outline.blocks[*row].span;
                let range = start as u32 + span.start..start as u32 + span.end;
                // The text is in the longest of the other cells.
                let texts = cells.iter().enumerate().filter(|(at, _)| *at != column);
                let texts: Vec<(usize, String)> = texts
                    .map(|(at, cell)| {
                        let line = cell_text(*cell);
                        (at, line.text(0..line.len()))
                    })
                    .collect();
                let text =
                    texts.iter().max_by_key(|(_, text)| text.chars().count()).map(|(_, text)| text.clone());
                let priority = texts.iter().find(|(at, _)| {
                    titles.get(*at).is_some_and(|title| title.starts_with("priorit") || title == "优先级")
                });
                let found = PatternMatch { id: Some((at..id.end, id)), number: None, rest: None };
                let added = self.add(kind, None, &line, found, range, true, None, false);
                if let Some(added) = added {
                    let requirement = &mut self.candidates[added].requirement;
                    requirement.title = clipped(&text.unwrap_or_default());
                    requirement.priority = priority.map(|(_, text)| text.as_str().into());
                }
            }
        }
    }

    /// Adds a candidate. `number` is its number in a list.
    #[expect(clippy::too_many_arguments, reason = "parts of a requirement")]
    fn add(
        &mut self,
        kind: usize,
        parent: Option<usize>,
        line: &PlainLine,
        found: PatternMatch,
        range: Range<u32>,
        under: bool,
        number: Option<String>,
        struck: bool,
    ) -> Option<usize> {
        if self.candidates.len() >= MAX_ENTRIES {
            return None;
        }
        let own = self.kind(kind);
        let title = found.rest.clone().map(|rest| line.text(rest)).unwrap_or_default();
        let (title, priority) = without_priority(&title);
        let parent_requirement = parent.map(|parent| &self.candidates[parent].requirement);
        let (id, key, span, id_is_written) = if let Some((range, scanned)) = found.id {
            // The number of a child must continue the ID of its parent.
            if let Some(parent) = parent_requirement
                && own.id.is_numeric()
                && !scanned.key.starts_with(&format!("{}.", parent.key))
            {
                return None;
            }
            (line.text(range.clone()), scanned.key, line.span(range), true)
        } else {
            let (number, span, written) = match (number, found.number) {
                (Some(number), _) => (number, None, false),
                (None, Some((range, number))) => (number, Some(line.span(range)), true),
                (None, None) => (String::new(), None, true),
            };
            let id = own.id.write(parent_requirement.map(|parent| &*parent.id), &number, &title);
            let key = own.id.key_of(parent_requirement.map(|parent| &*parent.key), &number, &title);
            let rest = found.rest.clone().unwrap_or(0..line.len());
            let span = span.unwrap_or_else(|| line.span(rest));
            (id, key, span, written)
        };
        let excused = struck || own.unless.iter().any(|word| self.mentions(line, word));
        let list = (!self.in_heading).then_some(self.lists);
        let requirement = Requirement {
            kind: kind as u16,
            id: id.into(),
            key: key.into(),
            title: clipped(&title),
            text: "".into(),
            priority,
            parent: None,
            line: self.plan.document().rope().byte_to_line(range.start as usize) as u32,
            span,
            range,
            excused,
            id_is_written,
        };
        self.candidates.push(RequirementCandidate { requirement, parent, under, list });
        Some(self.candidates.len() - 1)
    }

    /// Returns whether a line or a heading above it has a word.
    fn mentions(&self, line: &PlainLine, word: &str) -> bool {
        let has = |line: &PlainLine| {
            let text: String = line.folded.iter().collect();
            text.match_indices(word).any(|(at, _)| {
                let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
                !is_letter(text[..at].chars().next_back())
                    && !is_letter(text[at + word.len()..].chars().next())
            })
        };
        // The text of an item can mention anything; a remark in brackets at its end describes the item.
        let in_remark = {
            let text: String = line.folded.iter().collect();
            let open = text.rfind(['(', '[']);
            open.is_some_and(|open| text.trim_end().ends_with([')', ']']) && text[open..].contains(word))
        };
        in_remark || self.headings.iter().any(|open| has(&open.line))
    }

    fn append(&mut self, candidate: usize, line: &PlainLine) {
        let text = line.text(0..line.len());
        push_text(&mut self.candidates[candidate].requirement.title, &text);
    }

    /// Decides which candidates are requirements.
    fn finish(self) -> Vec<Requirement> {
        let family = self.family;
        let count = self.candidates.len();
        let mut keep = vec![true; count];
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
        for (index, candidate) in self.candidates.iter().enumerate() {
            if let Some(parent) = candidate.parent {
                children[parent].push(index);
            }
        }
        let kind = |index: usize| self.candidates[index].requirement.kind as usize;
        // Criteria: those under the heading that their kind requires, or those of the first list.
        for own in &children {
            let requiring: Vec<usize> =
                own.iter().copied().filter(|child| !family.kinds[kind(*child)].under.is_empty()).collect();
            let has_required = requiring.iter().any(|child| self.candidates[*child].under);
            let first_list = requiring.iter().find_map(|child| self.candidates[*child].list);
            for child in requiring {
                let candidate = &self.candidates[child];
                let is_first = first_list.is_some() && candidate.list == first_list;
                keep[child] = if has_required { candidate.under } else { is_first };
            }
        }
        // A requirement of a kind that needs another kind counts only if it has a child of that kind.
        for index in (0..count).rev() {
            if let Some(needed) = family.kinds[kind(index)].needs {
                keep[index] = children[index].iter().any(|child| keep[*child] && kind(*child) == needed);
            }
        }
        // Without markers, a word before a number counts only if several IDs have it: `UTF-8` is not a requirement.
        let is_word = |index: usize| family.kinds[kind(index)].id.has_word();
        if family.markers.is_empty() && family.path.is_none() && (0..count).any(is_word) {
            let prefix = |index: usize| {
                let key = &self.candidates[index].requirement.key;
                key.rsplit_once('-').map_or_else(|| key.to_string(), |(prefix, _)| prefix.to_owned())
            };
            let mut counts: HashMap<String, usize> = HashMap::new();
            for index in (0..count).filter(|index| keep[*index]) {
                *counts.entry(prefix(index)).or_default() += 1;
            }
            for (index, keep) in keep.iter_mut().enumerate() {
                let is_known = !NO_REQUIREMENTS.contains(&prefix(index).as_str());
                *keep &= is_known && counts.get(&prefix(index)).is_some_and(|count| *count >= MIN_IDS);
            }
        }
        let mut seen: HashSet<Box<str>> = HashSet::new();
        let mut indices: Vec<Option<u32>> = vec![None; count];
        let mut kept: Vec<Requirement> = Vec::new();
        for (index, candidate) in self.candidates.into_iter().enumerate() {
            let parent = candidate.parent.map(|parent| indices[parent]);
            if !keep[index] || parent == Some(None) || !seen.insert(candidate.requirement.key.clone()) {
                continue;
            }
            indices[index] = Some(kept.len() as u32);
            kept.push(Requirement { parent: parent.flatten(), ..candidate.requirement });
        }
        kept
    }
}

/// Returns whether a line is a title that a pattern describes, with or without a colon and a number before it.
fn is_title(pattern: &Pattern, line: &PlainLine) -> bool {
    let mut line = line.clone();
    while line.folded.last().is_some_and(|c| c.is_whitespace() || matches!(c, ':' | '.')) {
        line.truncate(line.len() - 1);
    }
    let after_number = || {
        let (end, _) = line.number(0)?;
        super::pattern::separator(&line, end).map(|at| line.skip_spaces(at))
    };
    let is_at = |at: usize| {
        pattern.matches(&line, at, None).is_some()
            // `Expected Behavior (Correct)`: a remark may follow.
            || line.folded.iter().rposition(|c| *c == '(').is_some_and(|open| {
                let mut shorter = line.clone();
                shorter.truncate(open);
                open > at && pattern.matches(&shorter, at, None).is_some()
            })
    };
    is_at(0) || after_number().is_some_and(is_at)
}

/// Returns a title without its priority, and the priority: `(Priority: P1)`, `(P1)`.
fn without_priority(title: &str) -> (String, Option<Box<str>>) {
    let trimmed = title.trim_end();
    let inside = trimmed.strip_suffix([')', '）']).and_then(|rest| rest.rsplit_once(['(', '（']));
    if let Some((before, inside)) = inside {
        let lower = inside.trim().to_lowercase();
        let value = match lower.split_once([':', '：']) {
            Some((key, _)) if key.trim_start().starts_with("priorit") || key.contains("优先级") => {
                inside.split([':', '：']).nth(1).map(str::trim)
            }
            Some((_, value)) if matches!(value.trim().as_bytes(), [b'p', b'0'..=b'9']) => {
                inside.split([':', '：']).nth(1).map(str::trim)
            }
            None if matches!(lower.as_bytes(), [b'p', b'0'..=b'9']) => Some(inside.trim()),
            _ => None,
        };
        if let Some(value) = value {
            return (before.trim_end().to_owned(), Some(value.into()));
        }
    }
    (title.to_owned(), None)
}

fn clipped(text: &str) -> Box<str> {
    match text.char_indices().nth(MAX_TEXT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

fn push_text(text: &mut Box<str>, more: &str) {
    let joined = if text.is_empty() { more.to_owned() } else { format!("{text} {more}") };
    *text = clipped(&joined);
}
