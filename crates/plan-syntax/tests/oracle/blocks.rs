//! The block structure of a text as a list of lines, read by us and by comrak.

use comrak::{
    Arena, Options,
    nodes::{ListType, NodeValue},
};
use plan_syntax::{BlockKind, Document, lines};

fn options() -> Options<'static> {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.front_matter_delimiter = Some("---".into());
    options
}

/// What comrak reads: one line per block, indented by depth, with the 1-based line it starts on.
pub fn comrak(text: &str) -> Vec<String> {
    // comrak counts U+2028 and the like as text and a lone CR as a line end, as we do.
    let arena = Arena::new();
    let root = comrak::parse_document(&arena, text, &options());
    let mut out = Vec::new();
    let mut stack: Vec<_> = root.children().collect();
    stack.reverse();
    let mut stack: Vec<_> = stack.into_iter().map(|node| (node, 0)).collect();
    while let Some((node, depth)) = stack.pop() {
        let data = node.data();
        let line = data.sourcepos.start.line;
        let name = match &data.value {
            NodeValue::Heading(heading) => {
                format!("heading {}{}", heading.level, if heading.setext { " setext" } else { "" })
            }
            NodeValue::Paragraph => {
                // A paragraph that is nothing but what is left of a task's box is none of ours.
                if node.first_child().is_none() {
                    continue;
                }
                "paragraph".into()
            }
            NodeValue::List(list) => {
                if list.list_type == ListType::Ordered { "ordered list" } else { "bullet list" }.into()
            }
            NodeValue::Item(_) => "item".into(),
            NodeValue::TaskItem(task) => format!("item task {:?}", task.symbol.unwrap_or(' ')),
            NodeValue::Table(_) => "table".into(),
            NodeValue::TableRow(header) => if *header { "header" } else { "row" }.into(),
            NodeValue::CodeBlock(code) if code.fenced => {
                format!("fence {:?}{}", code.info, if code.closed { "" } else { " unclosed" })
            }
            NodeValue::CodeBlock(_) => "indented code".into(),
            NodeValue::BlockQuote => "quote".into(),
            NodeValue::HtmlBlock(_) => "html".into(),
            NodeValue::ThematicBreak => "break".into(),
            NodeValue::FrontMatter(_) => "front matter".into(),
            _ => continue,
        };
        out.push(format!("{}{line} {name}", "  ".repeat(depth)));
        let inline =
            matches!(data.value, NodeValue::Paragraph | NodeValue::Heading(_) | NodeValue::TableRow(_));
        if !inline {
            let mut children: Vec<_> = node.children().map(|child| (child, depth + 1)).collect();
            children.reverse();
            stack.extend(children);
        }
    }
    out
}

/// What we read, in the same form.
pub fn ours(document: &Document) -> Vec<String> {
    let text = document.text();
    let starts: Vec<usize> = lines::lines(&text, 0).map(|line| line.start).collect();
    let mut out = Vec::new();
    if document.front_matter().is_some() {
        out.push("1 front matter".into());
    }
    for (start, segment) in document.segments() {
        let content = document.content(start, segment);
        let blocks = &content.outline.blocks;
        for block in blocks {
            let depth = std::iter::successors(block.parent, |p| blocks[*p as usize].parent).count();
            let at = |span: &plan_syntax::Span| &content.text[plan_syntax::outline::bytes(span)];
            let name = match &block.kind {
                BlockKind::Heading { level, setext, .. } => {
                    format!("heading {level}{}", if *setext { " setext" } else { "" })
                }
                BlockKind::Paragraph => "paragraph".into(),
                BlockKind::List { ordered } => if *ordered { "ordered list" } else { "bullet list" }.into(),
                BlockKind::Item { task: Some(task), .. } if task.gfm => {
                    format!("item task {:?}", at(&task.mark).chars().next().unwrap_or(' '))
                }
                BlockKind::Item { .. } => "item".into(),
                BlockKind::Table => "table".into(),
                BlockKind::Row { header } => if *header { "header" } else { "row" }.into(),
                BlockKind::Cell | BlockKind::LinkDefinition { .. } => continue,
                BlockKind::Fence { info, closed, .. } => {
                    format!("fence {:?}{}", at(info), if *closed { "" } else { " unclosed" })
                }
                BlockKind::IndentedCode => "indented code".into(),
                BlockKind::Quote => "quote".into(),
                BlockKind::Html { .. } => "html".into(),
                BlockKind::ThematicBreak => "break".into(),
            };
            let line = starts.partition_point(|at| *at <= start + block.span.start as usize);
            out.push(format!("{}{line} {name}", "  ".repeat(depth)));
        }
    }
    out
}
