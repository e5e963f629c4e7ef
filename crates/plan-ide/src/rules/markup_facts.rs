//! Facts about text that was intended as Markdown, but is ordinary text: conflict markers of a merge, headings without
//! a space, tables without a delimiter row, footnotes.

use super::malformed_links::{MalformedLink, malformed_links};
use plan_syntax::{BlockKind, Content, SegmentSpan, outline::bytes};

/// Facts about the markup of a segment. Spans are relative to its start.
#[derive(Debug, Default)]
pub(super) struct MarkupFacts {
    /// Lines with conflict markers, in order.
    pub(super) conflict_markers: Vec<(ConflictMarker, SegmentSpan)>,
    /// `##` at the start of paragraphs such as `##Next`, each with the level of the intended heading.
    pub(super) glued_headings: Vec<(u8, SegmentSpan)>,
    /// Paragraphs that were intended as tables.
    pub(super) unrendered_tables: Vec<UnrenderedTable>,
    /// Rows that a blank line separates from their table: the blank lines.
    pub(super) separated_rows: Vec<SeparatedRow>,
    /// Text that was intended as a link.
    pub(super) malformed_links: Vec<MalformedLink>,
    /// Labels of the link definitions, in lower case.
    pub(super) link_labels: Vec<String>,
    /// Labels of the footnotes that are defined, in lower case.
    pub(super) footnotes: Vec<String>,
    /// References to footnotes: `[^1]`.
    pub(super) footnote_references: Vec<SegmentSpan>,
}

/// A line that git writes around the versions of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConflictMarker {
    /// `<<<<<<< HEAD`
    Start,
    /// `=======`
    Separator,
    /// `>>>>>>> branch`
    End,
}

/// A paragraph whose lines are rows of a table.
#[derive(Debug)]
pub(super) struct UnrenderedTable {
    /// The first line.
    pub(super) header: SegmentSpan,
    /// Number of cells of the first line.
    pub(super) columns: usize,
    /// The second line and its number of cells, if it is a delimiter row with another number of cells.
    pub(super) delimiter: Option<(SegmentSpan, usize)>,
}

/// A row that a blank line separates from the table above.
#[derive(Debug)]
pub(super) struct SeparatedRow {
    /// The first line.
    pub(super) line: SegmentSpan,
    /// From the end of the table's last line to the start of the row's line.
    pub(super) gap: SegmentSpan,
}

impl MarkupFacts {
    /// Reads the facts of a segment. `None` if it has none.
    pub(super) fn of(content: &Content) -> Option<Box<Self>> {
        let mut facts = Self::default();
        facts.paragraphs(content);
        if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|marker| content.text.contains(marker)) {
            facts.conflict_markers = conflict_markers(content);
        }
        if content.text.contains("[^") {
            facts.footnotes(content);
        }
        facts.malformed_links = malformed_links(content);
        facts.link_labels(content);
        let Self {
            conflict_markers,
            glued_headings,
            unrendered_tables,
            separated_rows,
            malformed_links,
            link_labels,
            footnotes,
            footnote_references,
        } = &facts;
        let is_empty = conflict_markers.is_empty()
            && separated_rows.is_empty()
            && malformed_links.is_empty()
            && link_labels.is_empty()
            && glued_headings.is_empty()
            && unrendered_tables.is_empty()
            && footnotes.is_empty()
            && footnote_references.is_empty();
        (!is_empty).then(|| Box::new(facts))
    }

    /// Reads headings without a space, and tables without a delimiter row.
    fn paragraphs(&mut self, content: &Content) {
        for (index, block) in content.outline.blocks.iter().enumerate() {
            if block.parent().is_some() || block.kind != BlockKind::Paragraph {
                continue;
            }
            let mut lines = content.outline.inline(index);
            let Some(first) = lines.next() else { continue };
            let text = &content.text[bytes(first)];
            if text.starts_with('#') {
                let level = text.len() - text.trim_start_matches('#').len();
                let starts_title = |c: char| c.is_uppercase() || c.is_ascii_digit();
                if (2..=6).contains(&level) && text[level..].starts_with(starts_title) {
                    self.glued_headings.push((level as u8, first.start..first.start + level as u32));
                }
            } else if text.starts_with('|') {
                let rest: Vec<&SegmentSpan> = lines.collect();
                match separated_row(content, index, first, &rest) {
                    Some(row) => self.separated_rows.push(row),
                    None => self.unrendered_tables.extend(unrendered_table(content, first, &rest)),
                }
            }
        }
    }

    /// Reads the labels of the link definitions.
    fn link_labels(&mut self, content: &Content) {
        for block in &content.outline.blocks {
            if let BlockKind::LinkDefinition { label, .. } = &block.kind {
                self.link_labels.push(content.text[bytes(label)].trim().to_lowercase());
            }
        }
    }

    fn footnotes(&mut self, content: &Content) {
        // `[^1]: Why` has the form of a link definition.
        for block in &content.outline.blocks {
            if let BlockKind::LinkDefinition { label, .. } = &block.kind
                && let Some(label) = content.text[bytes(label)].strip_prefix('^')
            {
                self.footnotes.push(label.to_lowercase());
            }
        }
        for (_, lines) in content.outline.inlines() {
            for line in lines {
                let text = &content.text[bytes(line)];
                for (at, _) in text.match_indices("[^") {
                    let Some(length) = text[at + 2..].find(']') else { continue };
                    let (label, after) = (&text[at + 2..at + 2 + length], &text[at + 3 + length..]);
                    let is_label = !label.is_empty()
                        && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
                    let is_code = text[..at].matches('`').count() % 2 == 1;
                    if !is_label || is_code {
                        continue;
                    }
                    if at == 0 && after.starts_with(':') {
                        self.footnotes.push(label.to_lowercase());
                    } else if is_reference(&text[..at], label, after) {
                        let start = line.start + at as u32;
                        self.footnote_references.push(start..start + length as u32 + 3);
                    }
                }
            }
        }
    }
}

/// Returns whether `[^label]` is a reference to a footnote instead of a set of characters in a pattern.
fn is_reference(before: &str, label: &str, after: &str) -> bool {
    let is_name = label.len() > 1 || label.bytes().all(|byte| byte.is_ascii_digit());
    let follows_text =
        before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | ',' | ')' | '"' | '*' | ' '));
    is_name && follows_text && !after.starts_with(['+', '*', '?', '{', '(', '\\', '/', '['])
}

/// Returns the table that a paragraph was intended as: all of its lines are rows with the same number of cells.
fn unrendered_table(
    content: &Content,
    first: &SegmentSpan,
    rest: &[&SegmentSpan],
) -> Option<UnrenderedTable> {
    let cells = |line: &SegmentSpan| cell_count(&content.text[bytes(line)]);
    let columns = cells(first).filter(|columns| *columns > 1)?;
    let (second, others) = rest.split_first()?;
    let is_delimiter = content.text[bytes(second)].chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
        && content.text[bytes(second)].contains('-');
    let delimiter = if is_delimiter { Some(((*second).clone(), cells(second)?)) } else { None };
    let mut rows = others.iter().chain(if is_delimiter { None } else { Some(second) });
    let is_table = rows.all(|row| cells(row) == Some(columns)) && (!is_delimiter || !others.is_empty());
    is_table.then(|| UnrenderedTable { header: first.clone(), columns, delimiter })
}

/// Returns the row that a paragraph was intended as: the block before it is a table with the same number of cells.
fn separated_row(
    content: &Content,
    paragraph: usize,
    first: &SegmentSpan,
    rest: &[&SegmentSpan],
) -> Option<SeparatedRow> {
    let outline = &content.outline;
    let above = outline.blocks[..paragraph].iter().rposition(|block| block.parent().is_none())?;
    if !matches!(outline.blocks[above].kind, BlockKind::Table) {
        return None;
    }
    let header = outline.children(above).next()?;
    let columns = outline.children(header).count();
    let is_row = |line: &SegmentSpan| cell_count(&content.text[bytes(line)]) == Some(columns);
    // A delimiter row below it makes the line the header of another table.
    let is_delimiter =
        |line: &SegmentSpan| content.text[bytes(line)].chars().all(|c| matches!(c, '|' | '-' | ':' | ' '));
    let is_part = is_row(first) && rest.iter().all(|line| is_row(line) && !is_delimiter(line));
    let end = content.text[..first.start as usize].trim_end().len();
    is_part.then(|| SeparatedRow { line: first.clone(), gap: end as u32..first.start })
}

/// Returns the number of cells of a line that starts and ends with a pipe.
fn cell_count(line: &str) -> Option<usize> {
    let inside = line.trim_end().strip_prefix('|')?.strip_suffix('|')?;
    let escaped = inside.matches("\\|").count();
    Some(inside.matches('|').count() - escaped + 1)
}

/// Returns the lines with conflict markers that are not in code.
fn conflict_markers(content: &Content) -> Vec<(ConflictMarker, SegmentSpan)> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in content.text.split_inclusive('\n') {
        let text = line.trim_end_matches(['\r', '\n']);
        let marker = match text.get(..7) {
            Some("<<<<<<<") if text[7..].starts_with(' ') => Some(ConflictMarker::Start),
            Some("=======") if text.len() == 7 => Some(ConflictMarker::Separator),
            Some(">>>>>>>") if text.len() == 7 || text[7..].starts_with(' ') => Some(ConflictMarker::End),
            _ => None,
        };
        if let Some(marker) = marker {
            let span = start as u32..(start + text.len()) as u32;
            let is_code = content.outline.blocks.iter().any(|block| {
                matches!(block.kind, BlockKind::Fence { .. } | BlockKind::Html { .. })
                    && block.span.contains(&span.start)
            });
            if !is_code {
                found.push((marker, span));
            }
        }
        start += line.len();
    }
    found
}
