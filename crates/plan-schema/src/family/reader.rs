//! Reads requirements from a document.

use std::{ops::Range, sync::Arc};

use plan_syntax::{BlockKind, Content, SegmentSpan, outline::bytes};

use super::{
    DocumentRole, Family, RequirementKind,
    facts::{MAX_ENTRIES, Requirement},
    line::PlainLine,
    pattern::{Pattern, PatternMatch},
    words::WordGroup,
};

/// Maximum length of the text of a requirement, in characters.
const MAX_TEXT_CHARS: usize = 600;

/// A heading whose section contains the current line.
#[derive(Clone)]
pub(super) struct EnclosingHeading {
    pub level: u8,
    /// Index of the candidate that the heading defines.
    pub candidate: Option<usize>,
    /// Plain text.
    pub line: Arc<PlainLine>,
}

/// A possible requirement. Later lines can determine whether it is one.
#[derive(Clone)]
pub(super) struct RequirementCandidate {
    pub requirement: Requirement,
    pub parent: Option<usize>,
    /// Whether the candidate is under the heading or label that its kind requires, if any.
    pub under: bool,
    /// Whether only children under the heading or label that their kind requires count, as for a user story in a family
    /// of numbered requirements: it can also be an introduction.
    pub needs_label: bool,
    /// Whether the candidate is a bullet that is numbered by its position.
    pub positional: bool,
    /// Number of the list, for criteria whose kind requires no heading. `None` for a heading.
    pub list: Option<usize>,
}

impl RequirementCandidate {
    /// Returns the candidate of a heading outside the segment, with the data that the segment needs.
    pub fn stub(kind: u16, id: &Arc<str>, key: &Arc<str>) -> Self {
        let requirement = Requirement {
            kind,
            id: Arc::clone(id),
            key: Arc::clone(key),
            title: "".into(),
            text: "".into(),
            priority: None,
            parent: None,
            line: 0,
            span: 0..0,
            range: 0..0,
            exempt: false,
            id_is_written: false,
        };
        Self { requirement, parent: None, under: false, needs_label: false, positional: false, list: None }
    }
}

/// Reads the candidates of a segment.
pub(super) struct RequirementWalk<'a> {
    family: &'a Family,
    kinds: Vec<usize>,
    /// Open headings.
    pub headings: Vec<EnclosingHeading>,
    /// Candidates; those of the enclosing headings at the start of the segment come first.
    pub candidates: Vec<RequirementCandidate>,
    /// The last line of the last paragraph or bullet, if it can be the label of the next block.
    label: Option<PlainLine>,
    /// Number of lists.
    pub lists: usize,
    in_heading: bool,
    /// The candidate whose heading was read last, until its first paragraph.
    last_heading: Option<usize>,
}

impl<'a> RequirementWalk<'a> {
    /// Reads a segment of a document with this role.
    pub fn read(
        family: &'a Family,
        role: DocumentRole,
        headings: Vec<EnclosingHeading>,
        candidates: Vec<RequirementCandidate>,
        content: &Content,
    ) -> Self {
        let kinds = (0..family.kinds.len()).filter(|kind| family.kinds[*kind].role == role).collect();
        let mut walk = Self {
            family,
            kinds,
            headings,
            candidates,
            label: None,
            lists: 0,
            in_heading: false,
            last_heading: None,
        };
        walk.segment(content);
        walk
    }

    fn kind(&self, kind: usize) -> &RequirementKind {
        &self.family.kinds[kind]
    }

    fn segment(&mut self, content: &Content) {
        let outline = &content.outline;
        let mut index = 0;
        while let Some(block) = outline.blocks.get(index) {
            match &block.kind {
                BlockKind::Heading { level, text, .. } => {
                    self.heading(content, *level, text, &block.span);
                    index += 1;
                }
                BlockKind::Paragraph => {
                    self.paragraph(content, index);
                    index += 1;
                }
                BlockKind::List { ordered } => {
                    if block.parent().is_none()
                        || !matches!(self.block_kind(content, block.parent()), Some(BlockKind::Item { .. }))
                    {
                        self.lists += 1;
                    }
                    self.list(content, index, *ordered);
                    index += 1;
                }
                BlockKind::Table => {
                    self.table(content, index);
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

    fn heading(&mut self, content: &Content, level: u8, text: &SegmentSpan, span: &SegmentSpan) {
        let mut follows_label = false;
        while let Some(closed) = self.headings.pop_if(|open| open.level >= level) {
            let is_criterion = || closed.candidate.is_some_and(|candidate| self.candidates[candidate].under);
            // `#### 1.1 Export` follows `#### Acceptance Criteria`.
            follows_label = closed.level == level && (self.is_label(&closed.line) || is_criterion());
        }
        self.label = None;
        self.last_heading = None;
        let source = &content.text[bytes(text)];
        let line = Arc::new(PlainLine::new(source, text.start));
        let range = span.start..span.end;
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
            if self.is_story_of_requirement(kind, &line) {
                continue;
            }
            let form = &self.kind(kind).form;
            let found = self.matches(kind, &form.heading, &line, 0).or_else(|| {
                self.matches(kind, &form.section_heading, &line, 0).filter(|_| self.is_in_section(kind))
            });
            if let Some(found) = found {
                let is_child = self.kind(kind).parent.is_some() && !self.kind(kind).under.is_empty();
                let under = self.is_under(kind) || is_child && follows_label;
                let struck = source.trim_start().starts_with("~~");
                let name = found.rest.clone().filter(|_| self.kind(kind).id.has_title());
                candidate = self.add(kind, parent, &line, found, range, under, None, struck);
                if let (Some(candidate), Some(name)) = (candidate, name) {
                    self.set_name(candidate, source, text.start, &line, name);
                }
                break;
            }
        }
        self.in_heading = false;
        self.last_heading = candidate;
        self.headings.push(EnclosingHeading { level, candidate, line });
    }

    /// Returns whether a heading is that of a user story in the section of a requirement of the same kind, which it
    /// explains: `#### User Story 1` below `### Requirement 2`.
    fn is_story_of_requirement(&self, kind: usize, line: &PlainLine) -> bool {
        let is_requirement = |open: &EnclosingHeading| {
            let is_same = |candidate: usize| self.candidates[candidate].requirement.kind as usize == kind;
            open.candidate.is_some_and(is_same) && WordGroup::Requirement.at(&open.line, 0).is_some()
        };
        WordGroup::UserStory.at(line, 0).is_some() && self.headings.iter().any(is_requirement)
    }

    /// Returns the requirement that the nearest enclosing heading defines, if a heading of this level and kind can be
    /// its child.
    fn heading_parent(&self, kind: usize, level: u8) -> Option<usize> {
        let parent = self.kind(kind).parent?;
        let open = self.headings.iter().rev().find(|open| open.level < level)?;
        open.candidate.filter(|candidate| self.candidates[*candidate].requirement.kind as usize == parent)
    }

    /// Returns the innermost enclosing requirement whose kind is the parent of `kind`.
    fn enclosing_parent(&self, kind: usize) -> Option<usize> {
        let parent = self.kind(kind).parent?;
        let open = self.headings.iter().rev().filter_map(|open| open.candidate);
        open.into_iter().find(|candidate| self.candidates[*candidate].requirement.kind as usize == parent)
    }

    /// Returns whether a heading or label above is one that the kind requires. Only headings below that of the parent
    /// are considered.
    fn is_under(&self, kind: usize) -> bool {
        let under = &self.kind(kind).under;
        if under.is_empty() {
            return true;
        }
        let is_asked = |line: &PlainLine| under.iter().any(|pattern| is_title(pattern, line));
        if self.label.as_ref().is_some_and(is_asked) {
            return true;
        }
        let parent = self.enclosing_parent(kind);
        let headings =
            self.headings.iter().rev().take_while(|open| parent.is_none() || open.candidate != parent);
        headings.into_iter().any(|open| is_asked(&open.line))
    }

    /// Returns whether an enclosing heading names a section for less certain forms of a kind.
    fn is_in_section(&self, kind: usize) -> bool {
        let section = &self.kind(kind).form.section;
        self.headings.iter().any(|open| section.iter().any(|pattern| is_title(pattern, &open.line)))
    }

    /// Returns whether a line is a label that any kind requires.
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

    fn paragraph(&mut self, content: &Content, index: usize) {
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
            let line = PlainLine::new(source, span.start);
            let range = span.start..span.end;
            let mut found = None;
            for kind in self.kinds.clone() {
                if self.kind(kind).form.paragraph.is_empty() {
                    continue;
                }
                let parent = self.enclosing_parent(kind);
                if self.kind(kind).parent.is_some() && parent.is_none() {
                    continue;
                }
                let under = self.is_under(kind);
                if !under && self.kind(kind).parent.is_none() {
                    continue;
                }
                if self.kind(kind).at_least.is_some() && !is_bold(source) {
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
                .map(|span| PlainLine::new(&content.text[bytes(span)], span.start));
            if self.label.as_ref().is_some_and(|label| self.is_label(label)) {
                self.mark_open_heading();
            }
        }
    }

    /// Records that the heading or label that a kind requires follows the enclosing heading. For example, `### 1.1 Export`
    /// with acceptance criteria is a criterion.
    fn mark_open_heading(&mut self) {
        if let Some(candidate) = self.headings.last().and_then(|open| open.candidate) {
            self.candidates[candidate].under = true;
        }
    }

    fn list(&mut self, content: &Content, list: usize, ordered: bool) {
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
            // `[FR-001](other.md)` refers to a requirement.
            let is_link = source[skipped..].starts_with('[')
                && source[skipped..].split_once(']').is_some_and(|(_, after)| after.starts_with('('));
            let line = PlainLine::new(source, span.start);
            let end = outline.inline(paragraph).last().map_or(span.end, |span| span.end);
            let range = block.span.start..end;
            let mut added = None;
            for kind in self.kinds.clone() {
                let form = &self.kind(kind).form;
                if form.item.is_empty()
                    && form.section_item.is_empty()
                    && (form.ordered_item.is_empty() || !ordered)
                {
                    continue;
                }
                let parent = self.enclosing_parent(kind);
                if self.kind(kind).parent.is_some() && parent.is_none() {
                    continue;
                }
                let under = self.is_under(kind);
                if !under && self.kind(kind).parent.is_none() {
                    continue;
                }
                if self.kind(kind).at_least.is_some() && !is_bold(source) {
                    continue;
                }
                let number = if ordered { number } else { position as u64 + 1 };
                let ordered_item =
                    || self.matches(kind, &form.ordered_item, &line, 0).filter(|_| ordered && !is_nested);
                let section_item = || {
                    let found = self.matches(kind, &form.section_item, &line, 0);
                    found.filter(|_| !is_link && self.is_in_section(kind))
                };
                let matched =
                    self.matches(kind, &form.item, &line, 0).or_else(section_item).or_else(ordered_item);
                if let Some(mut found) = matched {
                    let is_named = found.id.is_some() || found.number.is_some();
                    // Bullets are numbered by their position only below the heading that the kind requires.
                    if !is_named && !ordered && !under {
                        continue;
                    }
                    if !is_named {
                        // A word that the pattern requires is part of the text: `Given`.
                        found.rest = Some(line.skip_spaces(0)..line.len());
                    }
                    let number = (!is_named).then(|| number.to_string());
                    added = self.add(kind, parent, &line, found, range.clone(), under, number, struck);
                    if let Some(added) = added {
                        self.candidates[added].positional = !is_named && !ordered;
                    }
                    break;
                }
            }
            if let Some(added) = added {
                for span in spans {
                    let line = PlainLine::new(&content.text[bytes(span)], span.start);
                    self.append(added, &line);
                }
            } else if !is_nested && !ordered {
                // A bullet can be the label of a nested list.
                self.label = Some(line);
            }
        }
    }

    fn table(&mut self, content: &Content, table: usize) {
        let outline = &content.outline;
        let rows: Vec<usize> = outline.children(table).collect();
        let Some((header, rows)) = rows.split_first() else { return };
        let cell_text = |cell: usize| {
            let span = &outline.blocks[cell].span;
            PlainLine::new(&content.text[bytes(span)], span.start)
        };
        let heads: Vec<PlainLine> = outline.children(*header).map(cell_text).collect();
        let titles: Vec<String> = heads.iter().map(|head| head.folded.iter().collect()).collect();
        for kind in self.kinds.clone() {
            let form = &self.kind(kind).form;
            let Some(column) = form.row.filter(|_| form.section.is_empty() || self.is_in_section(kind))
            else {
                continue;
            };
            let is_text = |at: usize| form.row_text.iter().any(|title| is_title(title, &heads[at]));
            let text_column = (0..heads.len()).filter(|at| *at != column).find(|at| is_text(*at));
            if !form.row_text.is_empty() && text_column.is_none() {
                continue;
            }
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
                let range = span.start..span.end;
                // Without a column for it, the text is in the longest of the other cells.
                let texts = cells.iter().enumerate().filter(|(at, _)| *at != column);
                let texts: Vec<(usize, String)> = texts
                    .map(|(at, cell)| {
                        let line = cell_text(*cell);
                        (at, line.text(0..line.len()))
                    })
                    .collect();
                let text = match text_column {
                    Some(column) => texts.iter().find(|(at, _)| *at == column),
                    None => texts.iter().max_by_key(|(_, text)| text.chars().count()),
                };
                let text = text.map(|(_, text)| text.clone());
                let priority = texts.iter().find(|(at, _)| {
                    titles.get(*at).is_some_and(|title| title.starts_with("priorit") || title == "优先级")
                });
                let found = PatternMatch { id: Some((at..id.end, id)), ..PatternMatch::default() };
                let added = self.add(kind, None, &line, found, range, true, None, false);
                if let Some(added) = added {
                    let requirement = &mut self.candidates[added].requirement;
                    requirement.title = clipped_text(&text.unwrap_or_default());
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
        let (title, priority) = match found.priority {
            Some(priority) => (title, Some(priority.into())),
            None => without_priority(&title),
        };
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
            let id =
                own.id.write(parent_requirement.map(|parent| &*parent.id), &number.to_uppercase(), &title);
            let key = own.id.key_of(parent_requirement.map(|parent| &*parent.key), &number, &title);
            let rest = found.rest.clone().unwrap_or(0..line.len());
            let span = span.unwrap_or_else(|| line.span(rest));
            (id, key, span, written)
        };
        let exempt = struck || own.unless.iter().any(|word| self.mentions(line, word));
        let list = (!self.in_heading).then_some(self.lists);
        let requirement = Requirement {
            kind: kind as u16,
            id: id.into(),
            key: key.into(),
            title: clipped_text(&title),
            text: "".into(),
            priority,
            parent: None,
            line: 0,
            span,
            range,
            exempt,
            id_is_written,
        };
        let needs_label = self.in_heading
            && own.id.is_numeric()
            && own.needs.is_some()
            && WordGroup::UserStory.at(line, 0).is_some();
        self.candidates.push(RequirementCandidate {
            requirement,
            parent,
            under,
            needs_label,
            positional: false,
            list,
        });
        Some(self.candidates.len() - 1)
    }

    /// Sets the name of a requirement whose ID is its name, as written: with the backticks and underscores of
    /// ``Read `max_size` ``. `source` is the source of the heading, which starts at `start`.
    fn set_name(&mut self, candidate: usize, source: &str, start: u32, line: &PlainLine, name: Range<usize>) {
        // Emphasis around the name is not part of it.
        if source.starts_with(['*', '_', '`']) {
            return;
        }
        let mut span = line.span_with_markup(source, start, name.start);
        let (written, _) =
            without_priority(&source[(span.start - start) as usize..(span.end - start) as usize]);
        if written.starts_with("**") {
            return;
        }
        span.end = span.start + written.len() as u32;
        let parent = self.candidates[candidate].parent;
        let parent = parent.map(|parent| Arc::clone(&self.candidates[parent].requirement.id));
        let kind = usize::from(self.candidates[candidate].requirement.kind);
        let id = self.kind(kind).id.write(parent.as_deref(), "", &written);
        let requirement = &mut self.candidates[candidate].requirement;
        (requirement.id, requirement.title, requirement.span) = (id.into(), clipped_text(&written), span);
    }

    /// Returns whether a word is in a remark in brackets at the end of a line, or in an enclosing heading.
    fn mentions(&self, line: &PlainLine, word: &str) -> bool {
        let has = |line: &PlainLine| {
            let text: String = line.folded.iter().collect();
            text.match_indices(word).any(|(at, _)| {
                let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
                !is_letter(text[..at].chars().next_back())
                    && !is_letter(text[at + word.len()..].chars().next())
            })
        };
        // A word in the text of an item may refer to anything, but a remark in brackets at its end describes the
        // item.
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
}

/// Returns whether a line starts with bold text, like a definition.
fn is_bold(source: &str) -> bool {
    let text = source.trim_start();
    let text = text.strip_prefix("~~").unwrap_or(text);
    text.starts_with("**") || text.starts_with("__")
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

/// Returns a title without its priority, and the priority: `(Priority: P1)`, `(P1)`, `[P1]`.
fn without_priority(title: &str) -> (String, Option<Arc<str>>) {
    let trimmed = title.trim_end();
    let inside = trimmed.strip_suffix([')', '）', ']']).and_then(|rest| rest.rsplit_once(['(', '（', '[']));
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

fn clipped_text(text: &str) -> Arc<str> {
    match text.char_indices().nth(MAX_TEXT_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

fn push_text(text: &mut Arc<str>, more: &str) {
    let joined = if text.is_empty() { more.to_owned() } else { format!("{text} {more}") };
    *text = clipped_text(&joined);
}
