//! Lists: the bullet character, one space after the bullet, and the alignment of nested items with the text of their
//! parent.

use plan_syntax::{BlockKind, Content, SegmentSpan};

use super::source::{RULE_CHARACTERS, Source, is_blank, may_start_a_block};
use crate::Edit;

/// Bullet character of all lists that can be changed.
const LIST_BULLET: &str = "-";

/// Adds the edits that format the lists of a segment, which starts at the offset `start`.
pub(super) fn layout(source: &Source, start: usize, content: &Content, edits: &mut Vec<Edit>) {
    let lists = Lists { source, start, content };
    lists.bullets(edits);
    lists.indentation(edits);
}

struct Lists<'a> {
    source: &'a Source,
    start: usize,
    content: &'a Content,
}

impl Lists<'_> {
    fn has_bullets(&self, block: usize) -> bool {
        self.content.outline.blocks[block].kind == BlockKind::List { ordered: false }
    }

    fn is_list(&self, block: usize) -> bool {
        matches!(self.content.outline.blocks[block].kind, BlockKind::List { .. })
    }

    /// Returns the text from an offset of the segment to the end of the line.
    fn rest(&self, at: u32) -> &str {
        self.source.rest(self.start + at as usize)
    }

    /// Returns the text of the line before an offset of the segment.
    fn before(&self, at: u32) -> &str {
        let at = self.start + at as usize;
        let line = self.source.lines.get(self.source.line_of(at));
        line.and_then(|line| self.source.text.get(line.start..at)).unwrap_or_default()
    }

    fn may_change(&self, span: &SegmentSpan) -> bool {
        self.source.may_change(&(self.start + span.start as usize..self.start + span.end as usize))
    }

    fn edit(&self, span: SegmentSpan, text: impl Into<String>) -> Edit {
        Edit::replace(self.start + span.start as usize..self.start + span.end as usize, text)
    }

    /// Returns whether parsers may disagree on the end of a block: the last line could be an item, or the block is an
    /// item without text.
    fn has_ambiguous_end(&self, block: usize) -> bool {
        let outline = &self.content.outline;
        let last = outline.blocks.get(outline.blocks[block].end as usize - 1);
        last.is_some_and(|last| matches!(last.kind, BlockKind::Item { .. }))
            || outline.inline(block).last().is_some_and(|line| may_start_a_block(self.rest(line.start)))
    }

    /// Adds the edits that give all lists the bullet `LIST_BULLET`. Adjacent lists are not changed, because different
    /// bullets may separate them.
    fn bullets(&self, edits: &mut Vec<Edit>) {
        let outline = &self.content.outline;
        let blocks = &outline.blocks;
        let mut is_adjacent = vec![false; blocks.len()];
        let mut last_in: Vec<Option<usize>> = vec![None; blocks.len() + 1];
        for (index, block) in blocks.iter().enumerate() {
            let parent = block.parent().map_or(blocks.len(), |parent| parent as usize);
            let Some(before) = last_in[parent].replace(index) else { continue };
            if !self.has_bullets(index) {
                continue;
            }
            if self.has_bullets(before) {
                is_adjacent[before] = true;
                is_adjacent[index] = true;
            }
            is_adjacent[index] |= self.has_ambiguous_end(before);
        }
        for (index, block) in blocks.iter().enumerate() {
            if !self.has_bullets(index) || is_adjacent[index] || !self.may_change(&block.span) {
                continue;
            }
            let (markers, has_checkbox): (Vec<SegmentSpan>, Vec<bool>) = outline
                .children(index)
                .filter_map(|item| match &blocks[item].kind {
                    BlockKind::Item { checkbox: task, .. } => Some((blocks[item].marker(), task.is_some())),
                    _ => None,
                })
                .unzip();
            // A single item may be a note, or a wrapped line of prose that starts with a plus sign.
            let is_list = markers.len() > 1 || has_checkbox.contains(&true);
            let may_change = |marker: &SegmentSpan| {
                let starts_line = self.before(marker.start).trim_start_matches([' ', '\t', '>']).is_empty();
                // `* --` would become a thematic break, `* :-|` the delimiter row of a table.
                starts_line && !self.rest(marker.end).trim_start_matches(RULE_CHARACTERS).is_empty()
            };
            if is_list && markers.iter().all(may_change) {
                edits.extend(markers.into_iter().map(|marker| self.edit(marker, LIST_BULLET)));
            }
        }
    }

    /// Adds the edits that indent top-level lists, last list first: whether a list can be changed depends on the text
    /// that follows it.
    fn indentation(&self, edits: &mut Vec<Edit>) {
        let blocks = &self.content.outline.blocks;
        let roots: Vec<usize> = self.content.outline.roots().collect();
        let mut next_at_margin = true;
        for (number, &root) in roots.iter().enumerate().rev() {
            let block = &blocks[root];
            let before = number.checked_sub(1).map(|before| roots[before]);
            let may_move = next_at_margin
                && self.is_list(root)
                && self.may_change(&block.span)
                && before.is_none_or(|before| !self.has_ambiguous_end(before));
            let indented = may_move.then(|| self.indented(root)).flatten();
            // Text at column 0 after a list is never part of its items, regardless of their indentation.
            next_at_margin = indented.is_some() || self.before(block.span.start).is_empty();
            edits.extend(indented.into_iter().flatten());
        }
    }

    /// Returns the edits that indent a list and its content. `None` if it contains other blocks than items and
    /// paragraphs, tabs, or text that would be parsed differently at another column.
    fn indented(&self, root: usize) -> Option<Vec<Edit>> {
        let outline = &self.content.outline;
        let mut edits = Vec::new();
        // For each item in the list, the column of its text before and after formatting.
        let mut columns: Vec<(usize, usize)> = vec![(0, 0); outline.blocks[root].end as usize - root];
        for index in root..outline.blocks[root].end as usize {
            let block = &outline.blocks[index];
            let parent = block.parent().map(|parent| parent as usize);
            match &block.kind {
                BlockKind::List { .. } => {}
                BlockKind::Item { checkbox: task, .. } => {
                    let marker = block.marker();
                    let list = &outline.blocks[parent?];
                    let around = list.parent().map_or((0, 0), |item| columns[item as usize - root]);
                    // Some parsers interpret such an item as the delimiter row of a table.
                    if self.rest(marker.end).trim_start_matches(RULE_CHARACTERS).is_empty() && task.is_none()
                    {
                        return None;
                    }
                    let text = match (
                        task,
                        outline.blocks.get(index + 1).filter(|_| index + 1 < block.end as usize),
                    ) {
                        // Parsers disagree on the content of an item whose first line has only a checkbox.
                        (Some(task), _)
                            if is_blank(self.rest(task.span.end)) && block.end as usize > index + 1 =>
                        {
                            return None;
                        }
                        (Some(task), _) => task.span.start,
                        (None, Some(first)) if first.kind == BlockKind::Paragraph => first.span.start,
                        _ => return None,
                    };
                    let line_start = marker.start - spaces(self.before(marker.start))? as u32;
                    let gap = self.content.text.get(marker.end as usize..text as usize)?;
                    spaces(gap).filter(|gap| *gap > 0)?;
                    let new = around.1 + (marker.end - marker.start) as usize + 1;
                    columns[index - root] = ((text - line_start) as usize, new);
                    edits.push(self.edit(line_start..marker.start, " ".repeat(around.1)));
                    edits.push(self.edit(marker.end..text, " "));
                }
                BlockKind::Paragraph => {
                    let item = parent?;
                    self.indented_text(index, item, columns[item - root], &mut edits)?;
                }
                _ => return None,
            }
        }
        Some(edits)
    }

    /// Adds the edits that indent a paragraph of an item whose text moves from the column `old` to the column `new`.
    /// `None` if parsers could read the result differently.
    fn indented_text(
        &self,
        paragraph: usize,
        item: usize,
        (old, new): (usize, usize),
        edits: &mut Vec<Edit>,
    ) -> Option<()> {
        let mut lines = self.content.outline.inline(paragraph);
        let first = lines.next()?;
        let line_of = |at: u32| self.source.line_of(self.start + at as usize);
        let mut from = old;
        if line_of(first.start) != line_of(self.content.outline.blocks[item].span.start) {
            // The text of an item must start on the line of its bullet.
            if paragraph == item + 1 {
                return None;
            }
            from = spaces(self.before(first.start))?;
            edits.push(self.edit(first.start - from as u32..first.start, " ".repeat(new)));
        }
        for line in lines {
            if may_start_a_block(self.rest(line.start)) {
                return None;
            }
            let column = spaces(self.before(line.start))?;
            if column >= old {
                let moved = (column + new).saturating_sub(from);
                edits.push(self.edit(line.start - column as u32..line.start, " ".repeat(moved)));
            } else if column > 0 {
                // The line starts to the left of the item's text but not at column 0. After the change, it could be
                // inside or outside the item, and parsers disagree on its whitespace.
                return None;
            }
        }
        Some(())
    }
}

/// Returns the number of spaces in a text; `None` if it contains anything else.
fn spaces(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte == b' ').then_some(text.len())
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::formatting::source::normalize_edits;

    fn formatted_text(text: &str) -> String {
        let document = Document::new(text);
        let source = Source::new(&document, None);
        let mut edits = Vec::new();
        for (start, segment) in document.segments() {
            layout(&source, start, document.content(start, segment), &mut edits);
        }
        crate::apply_edits(text, &normalize_edits(text, edits))
    }

    #[track_caller]
    fn check(text: &str, formatted: &str) {
        assert_eq!(formatted_text(text), formatted);
        assert_eq!(formatted_text(formatted), formatted);
    }

    #[test]
    fn bullets() {
        check(
            "* a\n  + b\n  + c\n* d\n\n1. c\n   * [ ] d\n\n> + e\n> + f\n",
            "- a\n  - b\n  - c\n- d\n\n1. c\n   - [ ] d\n\n> - e\n> - f\n",
        );
        check("* a\n\n  ```\n  x\n  ```\n* b\n", "- a\n\n  ```\n  x\n  ```\n- b\n");
    }

    #[test]
    fn bullets_that_separate_lists() {
        for text in [
            "- a\n- b\n\n* c\n* d\n",
            "* a\n* b\n+ c\n+ d\n",
            "* --\n* a\n",
            "* a\n* __\n",
            "*\n* a\n",
            "the work\n+ the rest\n",
            "1. + a\n   + b\n",
        ] {
            check(text, text);
        }
        check("* [ ] a\n\ntext\n\n- b\n", "- [ ] a\n\ntext\n\n- b\n");
    }

    #[test]
    fn indentation() {
        check("-   a\n    more\n    -  b\n\n       text\n- c\n", "- a\n  more\n  - b\n\n    text\n- c\n");
        check("1.  a\n    - b\n      - c\n2. d\n", "1. a\n   - b\n     - c\n2. d\n");
        check("  - [ ] a\n      - [x] b\n        1) c\n", "- [ ] a\n  - [x] b\n    1) c\n");
        check("- a\n   text\nlazy\n\n   text\n      more\n", "- a\n   text\nlazy\n\n  text\n     more\n");
    }

    #[test]
    fn lists_that_are_not_changed() {
        for text in [
            "-   a\n\n        code\n",
            "-   a\n    ```\n    code\n    ```\n",
            "-   a\n\n  text\n",
            "-\ta\n",
            "-   - a\n",
            "-   a\n  b\n",
            "-   a\n        - b\n",
            "-   a\n    <b>\n",
            ">  -   a\n",
            "-\n  a\n",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn consecutive_lists() {
        check("1.  a\n\n  - b\n", "1. a\n\n- b\n");
        check("-   a\n\n  1.  b\n\n ---\n", "-   a\n\n  1.  b\n\n ---\n");
    }
}
