//! Links of a document, and file paths in backticks.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
};

use plan_syntax::{
    BlockKind, Content, Inline, InlineKind, LinkTarget, Memos, RangeExt, SegmentSpan, View,
    inline::normalize_label, inlines, outline::bytes,
};

use super::{Plan, ReadSegment, TextRange};
use crate::{facts::SegmentFlags, math::math_ranges};

/// A link or image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// Link text as written.
    pub text: &'a str,
    /// Target as written.
    pub target: &'a str,
    /// Range of the whole link.
    pub range: TextRange,
    /// Range of the target, in the link or in its definition.
    pub target_range: TextRange,
    /// Whether the link is an image.
    pub image: bool,
}

/// A file path in backticks: `` `src/main.rs:10` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePath {
    /// Path without the line.
    pub path: String,
    /// Line after the colon, 1-based.
    pub line: Option<usize>,
    /// Range without backticks.
    pub range: TextRange,
    /// Intended change of the file, if the label above its list states it.
    pub intent: Option<FileChange>,
}

/// Intended change of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are self-explanatory")]
pub enum FileChange {
    Create,
    Modify,
    Delete,
}

/// Inputs of the links of a segment: its content, and the labels defined in the document, which determine which
/// brackets are links.
pub(super) struct LinksView<'a> {
    content: &'a Content,
    definitions: &'a Definitions,
}

/// Key of a [`LinksView`]: [`Definitions::key`].
#[derive(PartialEq)]
pub(super) struct Labels(u64);

impl View for LinksView<'_> {
    type ViewKey = Labels;

    fn key(&self) -> Option<Labels> {
        Some(Labels(self.definitions.key))
    }

    fn memos(&self) -> &Memos {
        self.content.memos()
    }
}

impl<'a> LinksView<'a> {
    pub(super) fn of(plan: &'a Plan, segment: &'a ReadSegment) -> Self {
        Self { content: segment.content(&plan.document), definitions: plan.definitions() }
    }

    pub(super) fn is_defined(&self, label: &str) -> bool {
        self.definitions.by_label.contains_key(label)
    }

    /// Reads the links, in order.
    fn links(&self) -> Box<[LinkFact]> {
        let mut links = Vec::new();
        let math = math_ranges(&self.content.text);
        for_each_inline(self.content, &['[', '<'], &|label| self.is_defined(label), |inline, _| {
            let (target, image) = match &inline.kind {
                InlineKind::Link(reference) => (reference.clone(), false),
                InlineKind::Image(reference) => (reference.clone(), true),
                InlineKind::Autolink => (LinkTarget::Destination(inline.content.clone()), false),
                _ => return,
            };
            if math.iter().any(|math| math.contains(&(inline.span.start as usize))) {
                return;
            }
            links.push(LinkFact { span: inline.span.clone(), text: inline.content.clone(), target, image });
        });
        links.into()
    }
}

/// A link in a segment. Spans are relative to its start.
struct LinkFact {
    span: SegmentSpan,
    text: SegmentSpan,
    target: LinkTarget,
    image: bool,
}

/// The link definitions of a document.
#[derive(Clone, Debug)]
pub(super) struct Definitions {
    /// Target and its range, by the normalized label.
    by_label: HashMap<String, (String, TextRange)>,
    /// Hash of the labels, which determine which brackets are links.
    key: u64,
}

/// The file paths of one segment, cached with it. Ranges are relative to its start.
struct SegmentPaths(Vec<CodePath>);

impl Plan {
    /// Returns all links and images in document order.
    pub fn links(&self) -> Vec<Link<'_>> {
        self.links_in(&(0..self.document.len()))
    }

    /// Returns the links and images of all segments that may have links to other files, in document order.
    pub fn outgoing_links(&self) -> Vec<Link<'_>> {
        // If the document has definitions, any link may lead to another file.
        let everywhere = self.may_have(SegmentFlags::LINK_DEFINITION);
        let may_lead_out =
            |segment: &&ReadSegment| everywhere || segment.facts.flags.has(SegmentFlags::OUTGOING_LINK);
        self.links_of(self.markdown().filter(may_lead_out))
    }

    /// Returns the links and images of the segments that a range touches, in document order. Includes those outside of
    /// the range.
    pub fn links_in(&self, within: &TextRange) -> Vec<Link<'_>> {
        self.links_of(self.segments_in(within))
    }

    fn definitions(&self) -> &Definitions {
        self.definitions.get_or_init(|| self.read_definitions())
    }

    /// Returns the [`Definitions::key`], which identifies all data outside a segment that affects its links.
    pub(super) fn definitions_key(&self) -> u64 {
        self.definitions().key
    }

    /// Returns the links and images of these segments.
    pub(super) fn links_of<'a>(&'a self, segments: impl Iterator<Item = &'a ReadSegment>) -> Vec<Link<'a>> {
        let definitions = self.definitions();
        let mut links = Vec::new();
        for segment in segments {
            let (start, content) = (segment.start, segment.content(&self.document));
            let range_of = |span: &SegmentSpan| start + span.start as usize..start + span.end as usize;
            let slice = |span: &SegmentSpan| &content.text[bytes(span)];
            let facts = LinksView::of(self, segment).memo(LinksView::links);
            for link in &**facts {
                let (target, target_range) = match &link.target {
                    LinkTarget::Destination(span) => (slice(span), range_of(span)),
                    LinkTarget::Label(span) => {
                        let label = normalize_label(&content.text[bytes(span)]);
                        let Some((target, range)) = definitions.by_label.get(&label) else { continue };
                        (target.as_str(), range.clone())
                    }
                };
                links.push(Link {
                    text: slice(&link.text),
                    target,
                    range: range_of(&link.span),
                    target_range,
                    image: link.image,
                });
            }
        }
        links
    }

    fn read_definitions(&self) -> Definitions {
        let mut by_label: HashMap<String, (String, TextRange)> = HashMap::new();
        for (start, content) in self.contents_with(SegmentFlags::LINK_DEFINITION) {
            for block in &content.outline.blocks {
                if let BlockKind::LinkDefinition { label, destination } = &block.kind {
                    let range = start + destination.start as usize..start + destination.end as usize;
                    let target = content.text[bytes(destination)].to_owned();
                    // The first of several definitions takes precedence (CommonMark 4.7).
                    by_label.entry(normalize_label(&content.text[bytes(label)])).or_insert((target, range));
                }
            }
        }
        let labels: BTreeSet<&str> = by_label.keys().map(String::as_str).collect();
        let mut hasher = DefaultHasher::new();
        labels.hash(&mut hasher);
        Definitions { key: hasher.finish(), by_label }
    }

    /// Returns the segments that have one of these flags.
    pub(super) fn segments_with(&self, flags: SegmentFlags) -> impl Iterator<Item = &ReadSegment> {
        self.segments.iter().filter(move |segment| segment.facts.flags.has(flags))
    }

    /// Returns the Markdown segments that a range touches.
    fn segments_in(&self, within: &TextRange) -> impl Iterator<Item = &ReadSegment> {
        let from =
            self.segments.partition_point(|segment| segment.start + segment.source.len() < within.start);
        let until = within.end;
        let touched = self.segments[from..].iter().take_while(move |segment| segment.start <= until);
        touched.filter(|segment| !segment.source.is_prologue())
    }

    /// Returns the Markdown segments: all segments except the front matter.
    fn markdown(&self) -> impl Iterator<Item = &ReadSegment> {
        self.segments.iter().filter(|segment| !segment.source.is_prologue())
    }

    /// Returns all file paths in backticks, in document order.
    pub fn code_paths(&self) -> Vec<CodePath> {
        self.code_paths_in(&(0..self.document.len()))
    }

    /// Returns the file paths of the segments that a range touches, in document order. Includes those outside of the
    /// range.
    pub fn code_paths_in(&self, within: &TextRange) -> Vec<CodePath> {
        let mut paths = Vec::new();
        for segment in self.segments_in(within) {
            let found = segment.content(&self.document).memo(SegmentPaths::of);
            paths.extend(found.0.iter().map(|CodePath { path, line, range, intent }| CodePath {
                path: path.clone(),
                line: *line,
                range: range.shifted(0, segment.start),
                intent: *intent,
            }));
        }
        paths
    }

    /// Returns the values of `href` and `src` in HTML, with their ranges, in document order.
    pub fn html_targets(&self) -> Vec<(TextRange, String)> {
        let mut found = Vec::new();
        for segment in self.markdown() {
            let content = segment.content(&self.document);
            if !["href=", "src="].iter().any(|key| content.text.contains(key)) {
                continue;
            }
            let mut spans: Vec<SegmentSpan> = Vec::new();
            let blocks = content.outline.blocks.iter();
            spans.extend(blocks.filter_map(|block| match block.kind {
                BlockKind::Html { .. } => Some(block.span.clone()),
                _ => None,
            }));
            for_each_inline(content, &['<'], &|_| false, |inline, _| {
                if inline.kind == InlineKind::Html {
                    spans.push(inline.span.clone());
                }
            });
            for span in spans {
                let targets = attribute_values(&content.text[bytes(&span)]);
                found.extend(targets.into_iter().map(|(range, value)| {
                    let start = segment.start + span.start as usize;
                    (start + range.start..start + range.end, value.to_owned())
                }));
            }
        }
        found.sort_by_key(|(range, _)| range.start);
        found
    }

    /// Returns the contents of the Markdown segments that have one of these flags, each with its offset.
    pub fn contents_with(&self, flags: SegmentFlags) -> impl Iterator<Item = (usize, &Content)> {
        let segments = self.segments_with(flags).filter(|segment| !segment.source.is_prologue());
        segments.map(|segment| (segment.start, segment.content(&self.document)))
    }
}

impl SegmentPaths {
    fn of(content: &Content) -> Self {
        let mut paths = Vec::new();
        let mut intents: HashMap<u32, Option<FileChange>> = HashMap::new();
        for_each_inline(content, &['`'], &|_| false, |inline, block| {
            if inline.kind != InlineKind::Code {
                return;
            }
            let Some((path, line)) = parse_path(&content.text[bytes(&inline.content)]) else { return };
            let range = inline.content.start as usize..inline.content.end as usize;
            let intent = list_of(content, block)
                .and_then(|list| *intents.entry(list).or_insert_with(|| intent_of(content, list)));
            paths.push(CodePath { path: path.to_owned(), line, range, intent });
        });
        Self(paths)
    }
}

/// Visits the inlines, each with the index of its block, of all blocks that contain one of `characters`.
fn for_each_inline(
    content: &Content,
    characters: &[char],
    is_defined: &dyn Fn(&str) -> bool,
    mut visit: impl FnMut(&Inline, usize),
) {
    for (index, lines) in content.outline.inlines() {
        // Most cells and many lines contain none of them.
        let may_have_inline = |line: &SegmentSpan| content.text[bytes(line)].contains(characters);
        if lines.clone().any(may_have_inline) {
            for inline in &inlines(&content.text, lines, is_defined) {
                visit(inline, index);
            }
        }
    }
}

/// Returns the quoted values of `href` and `src` in HTML.
fn attribute_values(html: &str) -> Vec<(TextRange, &str)> {
    let keys = ["href=", "src="];
    let places = keys.iter().flat_map(|key| html.match_indices(key).map(|(at, key)| (at, at + key.len())));
    let values = places.filter_map(|(at, from)| {
        let quote = html[from..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let value = html[from + 1..].split(quote).next()?;
        let is_attribute = html[..at].ends_with(char::is_whitespace);
        is_attribute.then(|| (from + 1..from + 1 + value.len(), value))
    });
    values.collect()
}

/// Parses the text of inline code as a path with an optional line. Returns `None` if it is not a path.
fn parse_path(code: &str) -> Option<(&str, Option<usize>)> {
    let (path, line) = match code.rsplit_once(':') {
        Some((path, line)) if !line.is_empty() && line.starts_with(|c: char| c.is_ascii_digit()) => {
            let first = line.split(['-', '–']).next().unwrap_or_default();
            (path, first.parse().ok())
        }
        _ => (code, None),
    };
    let is_path_character = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '.' | '_' | '-' | '/' | '\\' | '@' | '+' | '~' | '[' | ']' | '(' | ')')
    };
    let name = path.rsplit(['/', '\\']).next()?;
    let has_extension = name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (1..=5).contains(&extension.len())
            && extension.starts_with(|c: char| c.is_ascii_alphabetic())
            && extension.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let has_directories = path.contains('/') && !path.contains("//") && !path.starts_with('@');
    let is_path = !path.is_empty()
        && path.chars().all(is_path_character)
        && !path.contains("()")
        && (has_directories && (has_extension || path.ends_with('/') || name.starts_with('.'))
            || has_extension && is_file_type(name));
    is_path.then_some((path, line))
}

/// Returns whether a name without directories has the extension of a file type and is not a method: `main.rs`, not
/// `list.push`.
pub fn is_file_type(name: &str) -> bool {
    const FILE_EXTENSIONS: [&str; 44] = [
        "rs", "ts", "tsx", "js", "jsx", "mjs", "cjs", "py", "go", "java", "kt", "c", "h", "cpp", "hpp", "cs",
        "rb", "php", "swift", "sh", "bash", "zsh", "fish", "ps1", "lua", "sql", "md", "mdx", "txt", "json",
        "jsonc", "yaml", "yml", "toml", "xml", "html", "css", "scss", "lock", "proto", "ini", "cfg", "env",
        "svg",
    ];
    name.rsplit_once('.').is_some_and(|(_, extension)| FILE_EXTENSIONS.contains(&extension))
}

/// Returns the innermost list that contains a block.
fn list_of(content: &Content, block: usize) -> Option<u32> {
    let blocks = &content.outline.blocks;
    let ancestors = std::iter::successors(blocks[block].parent(), |at| blocks[*at as usize].parent());
    ancestors.into_iter().find(|at| matches!(blocks[*at as usize].kind, BlockKind::List { .. }))
}

/// Returns the intended change of the files in a list, as stated by the label above the list.
fn intent_of(content: &Content, list: u32) -> Option<FileChange> {
    let outline = &content.outline;
    let preceding_blocks = outline.blocks[..list as usize].iter().enumerate().rev();
    let (before, label) = preceding_blocks
        .into_iter()
        .find(|(_, other)| other.parent() == outline.blocks[list as usize].parent())?;
    if !matches!(label.kind, BlockKind::Paragraph | BlockKind::Heading { .. }) {
        return None;
    }
    let text: String = outline.inline(before).map(|line| content.text[bytes(line)].to_lowercase()).collect();
    match () {
        () if !text.contains("file") => None,
        () if text.contains("new") || text.contains("create") => Some(FileChange::Create),
        () if text.contains("modif") || text.contains("changed") || text.contains("update") => {
            Some(FileChange::Modify)
        }
        () if text.contains("delet") || text.contains("remove") => Some(FileChange::Delete),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse_path;

    #[test]
    fn paths_in_code() {
        assert_eq!(parse_path("src/main.rs:10"), Some(("src/main.rs", Some(10))));
        assert_eq!(parse_path("src/main.rs:10-20"), Some(("src/main.rs", Some(10))));
        assert_eq!(parse_path("Cargo.toml"), Some(("Cargo.toml", None)));
        assert_eq!(parse_path("docs/"), Some(("docs/", None)));
        for none in [
            "list.push",
            "a / b",
            "cargo test",
            "https://example.org/x.html",
            "foo()",
            "--flag",
            "a::b",
            "1.5",
        ] {
            assert_eq!(parse_path(none), None, "{none}");
        }
    }
}
