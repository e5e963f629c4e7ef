//! Blocks that Markdown parsers interpret differently although the specification is unambiguous. Parsers may also
//! disagree on the text after such a block, so neither is formatted.

use plan_syntax::{Block, BlockKind, Content, Document, is_html_only_after_blank, outline::bytes};

use super::source::{RULE_CHARACTERS, VERBATIM_TAGS, WHITESPACE, is_blank};

/// Returns whether front matter contains the start of a fence or of HTML, which continues after the front matter in
/// parsers without support for front matter.
pub(super) fn is_front_matter_disputed(document: &Document) -> bool {
    let Some(front) = document.front_matter() else { return false };
    // Text after a blank line is not parsed as front matter.
    let body = Document::parsed(&format!("\n{}", document.slice(front.range)));
    body.segments().any(|(start, segment)| {
        let blocks = &body.content(start, segment).outline.blocks;
        blocks.iter().any(|block| {
            matches!(block.kind, BlockKind::Html { .. } | BlockKind::Fence { closed: false, .. })
        })
    })
}

/// Returns whether a segment has blocks that parsers interpret differently.
pub(super) fn is_disputed(content: &Content) -> bool {
    let blocks = &content.outline.blocks;
    blocks.iter().enumerate().any(|(index, block)| match &block.kind {
        // Some parsers accept only spaces after a closing fence.
        BlockKind::Fence { closed: true, .. } => line_after(content, block.span.end).contains('\t'),
        // Such a line can be an item or the delimiter row of a table.
        BlockKind::Item { checkbox: None, .. }
            if is_delimiter_row(line_after(content, block.marker().end)) =>
        {
            true
        }
        BlockKind::Item { checkbox: Some(task), .. } => {
            is_blank(line_after(content, task.span.end)) && continues_below(content, task.span.end)
        }
        // Some parsers require the same tag at the end of the block as at its start.
        BlockKind::Html { comment: false } if is_closed_by_another(&content.text[bytes(&block.span)]) => true,
        // In a list or quote, some parsers read a line with a tag as the next line of a paragraph.
        BlockKind::Html { comment: false } => {
            let before = index.checked_sub(1).map(|before| &blocks[before]);
            before.is_some_and(|before| {
                before.kind == BlockKind::Paragraph
                    && before.parent() != block.parent()
                    && is_next_line(content, before, block)
            }) && is_html_only_after_blank(line_after(content, block.span.start))
        }
        _ => false,
    })
}

/// Returns whether a text may be the delimiter row of a table.
fn is_delimiter_row(text: &str) -> bool {
    text.contains('|') && text.trim_start_matches(RULE_CHARACTERS).is_empty()
}

/// Returns whether an HTML block of verbatim text (`<pre>`, `<script>` ...) lacks the closing tag of its own element,
/// so that the tag of another element closes it.
fn is_closed_by_another(html: &str) -> bool {
    let html = html.to_ascii_lowercase();
    let name = html.trim_start_matches('<');
    VERBATIM_TAGS.iter().any(|verbatim| {
        name.strip_prefix(verbatim).is_some_and(|after| !after.contains(&format!("</{verbatim}")))
    })
}

/// Returns the text from an offset to the end of its line.
fn line_after(content: &Content, offset: u32) -> &str {
    let rest = content.text.get(offset as usize..).unwrap_or_default();
    rest.split(['\n', '\r']).next().unwrap_or_default()
}

/// Returns whether a block starts on the line after the last line of another block.
fn is_next_line(content: &Content, before: &Block, block: &Block) -> bool {
    let between = &content.text[bytes(&(before.span.end..block.span.start.max(before.span.end)))];
    between.replace("\r\n", "\n").matches(['\n', '\r']).count() <= 1
}

/// Returns whether the line after a checkbox without text is neither blank nor the start of an item or heading: some
/// parsers read it as the text of the checkbox.
fn continues_below(content: &Content, offset: u32) -> bool {
    let rest = content.text.get(offset as usize..).unwrap_or_default();
    let Some(end) = rest.find(['\n', '\r']) else { return false };
    let below = rest[end..].strip_prefix("\r\n").unwrap_or(&rest[end + 1..]);
    let below = below.split(['\n', '\r']).next().unwrap_or_default().trim_start_matches(WHITESPACE);
    !is_blank(below) && !["- ", "* ", "+ ", "#"].iter().any(|start| below.starts_with(start))
}
