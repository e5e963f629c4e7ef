//! The block structure of a text as a list of lines, as parsed by plan-syntax and by comrak.
//!
//! One line per block, indented by depth: its 1-based start line, its kind and its text. Paragraphs and
//! headings have their last line instead, because comrak counts removed definitions and checkboxes as their
//! first ones. Both texts are stripped of inline markup by comrak, so that only the bytes of the block are
//! compared, not how either parser reads links.

use std::sync::Arc;

use comrak::{
    Arena, Options, ResolvedReference,
    nodes::{AstNode, ListType, NodeValue},
    options::BrokenLinkReference,
};
use plan_syntax::{BlockKind, Content, Document, SegmentSpan, lines, outline::bytes};

fn options(text: &str) -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    // comrak supports one delimiter at a time.
    let toml = text.trim_start_matches('\u{feff}').starts_with("+++");
    options.extension.front_matter_delimiter = Some(if toml { "+++" } else { "---" }.into());
    // Resolve every reference as a link, because a block's text alone does not include the document's
    // definitions. Checkboxes are excluded.
    options.parse.broken_link_callback = Some(Arc::new(|link: BrokenLinkReference<'_>| {
        (!matches!(link.normalized, "" | "x"))
            .then(|| ResolvedReference { url: "u".into(), title: String::new() })
    }));
    options
}

/// Returns the blocks that comrak parses.
pub fn comrak(text: &str) -> Vec<String> {
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, text, &options(text));
    let mut out = Vec::new();
    let mut stack: Vec<_> = children(root).map(|node| (node, 0)).collect();
    while let Some((node, depth)) = stack.pop() {
        let data = node.data();
        let (start, end) = (data.sourcepos.start.line, data.sourcepos.end.line);
        let name = match &data.value {
            NodeValue::Heading(heading) => {
                let setext = if heading.setext { " setext" } else { "" };
                format!("{end} heading {}{setext} {:?}", heading.level, plain(node))
            }
            NodeValue::Paragraph => {
                // The paragraph of an item with only a checkbox: plan-syntax has no block for it.
                if node.first_child().is_none() {
                    continue;
                }
                format!("{end} paragraph {:?}", plain(node))
            }
            NodeValue::List(list) => {
                let ordered = list.list_type == ListType::Ordered;
                format!("{start} {} list", if ordered { "ordered" } else { "bullet" })
            }
            NodeValue::Item(_) => format!("{start} item"),
            NodeValue::TaskItem(task) => format!("{start} item task {:?}", task.symbol.unwrap_or(' ')),
            NodeValue::Table(_) => format!("{start} table"),
            NodeValue::TableRow(header) => {
                let cells = node.children().map(plain).collect();
                format!("{start} {} {:?}", if *header { "header" } else { "row" }, without_padding(cells))
            }
            NodeValue::CodeBlock(code) if code.fenced => {
                let open = if code.closed { "" } else { " unclosed" };
                format!("{start} fence {:?}{open} {:?}", code.info, code_lines(&code.literal, code.closed))
            }
            NodeValue::CodeBlock(code) => {
                format!("{start} indented code {:?}", code_lines(&code.literal, false))
            }
            NodeValue::BlockQuote => format!("{start} quote"),
            NodeValue::HtmlBlock(html) => {
                let comment = html.literal.trim_start().starts_with("<!--");
                format!("{start} {}", if comment { "comment" } else { "html" })
            }
            NodeValue::ThematicBreak => format!("{start} break"),
            NodeValue::FrontMatter(_) => format!("{start} front matter"),
            _ => continue,
        };
        out.push(format!("{}{name}", "  ".repeat(depth)));
        let inline =
            matches!(data.value, NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::TableRow(_));
        if !inline {
            stack.extend(children(node).map(|child| (child, depth + 1)));
        }
    }
    out
}

/// Returns the children, last one first.
fn children<'a>(node: &'a AstNode<'a>) -> impl Iterator<Item = &'a AstNode<'a>> {
    node.reverse_children()
}

/// Returns the text of a node without its markup, with whitespace and line endings collapsed to one space.
fn plain<'a>(node: &'a AstNode<'a>) -> String {
    let mut text = String::new();
    for inline in node.descendants() {
        match &inline.data().value {
            NodeValue::Text(part) => text.push_str(part),
            NodeValue::Code(code) => text.push_str(&code.literal),
            NodeValue::HtmlInline(html) => text.push_str(html),
            NodeValue::SoftBreak | NodeValue::LineBreak => text.push(' '),
            _ => {}
        }
    }
    text.split([' ', '\t', '\n', '\r']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Removes the empty cells that comrak appends to short rows.
fn without_padding(mut cells: Vec<String>) -> Vec<String> {
    while cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
    cells
}

/// Returns the lines of a code block without their prefixes: plan-syntax keeps the text, comrak removes the
/// prefixes of the containers. `exact` keeps trailing blank lines, which only belong to a closed fence.
fn code_lines(code: &str, exact: bool) -> Vec<String> {
    let mut lines: Vec<String> = lines::lines(code, 0)
        .map(|line| code[line.content()].trim_start_matches([' ', '\t', '>']).trim_end().to_owned())
        .collect();
    while !exact && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

/// Returns the blocks that plan-syntax parses, in the same form.
pub fn ours(document: &Document) -> Vec<String> {
    let text = document.text();
    let starts: Vec<usize> = lines::lines(&text, 0).map(|line| line.start).collect();
    let mut out = Vec::new();
    if document.front_matter().is_some() {
        out.push(Line { depth: 0, name: "1 front matter".into(), text: Text::None });
    }
    for (start, segment) in document.segments() {
        let line_of = |at: u32| starts.partition_point(|line| *line <= start + at as usize);
        segment_lines(document.content(start, segment), &line_of, &mut out);
    }
    rendered(out)
}

struct Line {
    depth: usize,
    name: String,
    text: Text,
}

/// The raw text of a block, rendered after its name.
enum Text {
    None,
    Inline(String),
    Cells(Vec<String>),
}

fn segment_lines(content: &Content, line_of: &dyn Fn(u32) -> usize, out: &mut Vec<Line>) {
    let outline = &content.outline;
    let blocks = &outline.blocks;
    let at = |span: &SegmentSpan| &content.text[bytes(span)];
    // Number of columns of the current table.
    let mut columns = 0;
    for (index, block) in blocks.iter().enumerate() {
        let depth = std::iter::successors(block.parent(), |p| blocks[*p as usize].parent()).count();
        let mut line = line_of(block.span.start);
        let inline = || joined(outline.inline(index).map(at));
        let mut text = Text::None;
        let name = match &block.kind {
            BlockKind::Heading { level, setext, .. } => {
                text = Text::Inline(inline());
                line = line_of(block.span.end);
                format!("heading {level}{}", if *setext { " setext" } else { "" })
            }
            BlockKind::Paragraph => {
                line = line_of(block.span.end);
                let non_gfm_checkbox = non_gfm_checkbox(content, index).unwrap_or_default();
                text = Text::Inline(non_gfm_checkbox + &inline());
                "paragraph".into()
            }
            BlockKind::List { ordered } => if *ordered { "ordered list" } else { "bullet list" }.into(),
            BlockKind::Item { checkbox: Some(checkbox), .. } if checkbox.gfm => {
                format!("item task {:?}", at(&checkbox.character()).chars().next().unwrap_or(' '))
            }
            BlockKind::Item { checkbox: Some(checkbox), .. }
                if blocks.get(index + 1).is_none_or(|next| next.kind != BlockKind::Paragraph) =>
            {
                let text = Text::Inline(at(&checkbox.span).to_owned());
                out.push(Line { depth, name: format!("{line} item"), text: Text::None });
                out.push(Line { depth: depth + 1, name: format!("{line} paragraph"), text });
                continue;
            }
            BlockKind::Item { .. } => "item".into(),
            BlockKind::Table => "table".into(),
            BlockKind::Row { header } => {
                let mut cells: Vec<String> =
                    outline.children(index).map(|cell| at(&blocks[cell].span).to_owned()).collect();
                if *header {
                    columns = cells.len();
                }
                // GFM 4.10 ignores the cells of a row beyond those of the header; plan-syntax keeps them
                // because they are in the text.
                cells.truncate(columns);
                text = Text::Cells(cells);
                if *header { "header" } else { "row" }.into()
            }
            BlockKind::Cell | BlockKind::LinkDefinition { .. } => continue,
            BlockKind::Fence { info, content, closed } => {
                let open = if *closed { "" } else { " unclosed" };
                format!("fence {:?}{open} {:?}", at(info), code_lines(at(content), *closed))
            }
            BlockKind::IndentedCode => format!("indented code {:?}", code_lines(at(&block.span), false)),
            BlockKind::Quote => "quote".into(),
            BlockKind::Html { comment } => if *comment { "comment" } else { "html" }.into(),
            BlockKind::ThematicBreak => "break".into(),
        };
        out.push(Line { depth, name: format!("{line} {name}"), text });
    }
}

/// Returns the checkbox before a paragraph's text, with the whitespace after it, if GFM reads it as text.
fn non_gfm_checkbox(content: &Content, paragraph: usize) -> Option<String> {
    let blocks = &content.outline.blocks;
    let item = blocks[paragraph].parent()? as usize;
    let BlockKind::Item { checkbox: Some(checkbox), .. } = &blocks[item].kind else { return None };
    if checkbox.gfm || paragraph != item + 1 {
        return None;
    }
    let text = &content.text[checkbox.span.start as usize..blocks[paragraph].span.start as usize];
    Some(text.replace(['\n', '\r'], " "))
}

/// Joins lines by spaces. A backslash at the end of a line is removed, because it is a line break there and
/// would be text before a space.
fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut out = String::new();
    for line in lines {
        if !out.is_empty() {
            if (out.len() - out.trim_end_matches('\\').len()) % 2 == 1 {
                out.pop();
            }
            out.push(' ');
        }
        out.push_str(line);
    }
    out
}

/// Renders the lines with their texts as comrak reads them, each one as a separate heading or cell.
fn rendered(lines: Vec<Line>) -> Vec<String> {
    let mut source = String::new();
    for line in &lines {
        match &line.text {
            Text::None => {}
            Text::Inline(text) => source.push_str(&format!("# {text} #\n")),
            Text::Cells(cells) => {
                source.push_str("| |\n|-|\n");
                cells.iter().for_each(|cell| source.push_str(&format!("| {cell} |\n")));
                source.push_str("\n***\n");
            }
        }
    }
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, &source, &options(""));
    let mut blocks = root.children();
    let mut next = || blocks.next().expect("comrak returns one block for each text");
    lines
        .into_iter()
        .map(|line| {
            let rendered = match line.text {
                Text::None => String::new(),
                Text::Inline(_) => format!(" {:?}", plain(next())),
                Text::Cells(_) => {
                    let cells = next().children().skip(1).map(plain).collect();
                    next();
                    format!(" {:?}", without_padding(cells))
                }
            };
            format!("{}{}{rendered}", "  ".repeat(line.depth), line.name)
        })
        .collect()
}
