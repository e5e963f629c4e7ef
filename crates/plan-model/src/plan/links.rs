//! Links of a document, and the paths that it names in backticks.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use plan_syntax::{
    BlockKind, Content, Inline, InlineKind, Reference, Span, inline::normalize_label, inlines, outline::bytes,
};

use super::{Piece, Place, Plan};
use crate::facts::Traits;

/// A link or image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link<'a> {
    /// What it shows, as written.
    pub text: &'a str,
    /// Where it leads, as written.
    pub target: &'a str,
    /// All of it.
    pub range: Place,
    /// Where the target is written: in the link, or in the definition that it names.
    pub target_range: Place,
    /// It is an image.
    pub image: bool,
}

/// A path in backticks: `` `src/main.rs:10` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePath {
    /// The path without the line.
    pub path: String,
    /// The line behind the colon, 1-based.
    pub line: Option<usize>,
    /// The path in the text, without backticks.
    pub range: Place,
    /// What is to happen to the file, where a label above its list says so.
    pub intent: Option<Intent>,
}

/// What a plan means to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name says what it is")]
pub enum Intent {
    Create,
    Modify,
    Delete,
}

/// The links of one segment, kept with it. Which brackets are links depends on the labels that the document defines.
#[derive(Default)]
struct SegmentLinks {
    kept: Mutex<Option<(u64, Arc<[LinkFact]>)>>,
}

/// A link in a segment. Spans are relative to its start.
struct LinkFact {
    span: Span,
    text: Span,
    target: Reference,
    image: bool,
}

impl SegmentLinks {
    /// The links as definitions with this key make them.
    fn of(&self, key: u64, read: impl FnOnce() -> Vec<LinkFact>) -> Arc<[LinkFact]> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((known, links)) if *known == key => Arc::clone(links),
            _ => {
                let links: Arc<[LinkFact]> = read().into();
                *kept = Some((key, Arc::clone(&links)));
                links
            }
        }
    }
}

/// The link definitions of a document.
#[derive(Clone, Debug)]
pub(super) struct Definitions {
    /// Target and its place, by the normalised label.
    by_label: HashMap<String, (String, Place)>,
    /// Equal for equal labels: which brackets are links depends on those alone.
    key: u64,
}

/// The paths in backticks of one segment, kept with it. Places are relative to its start.
struct SegmentPaths(Vec<CodePath>);

impl Plan {
    /// All links and images, in document order.
    pub fn links(&self) -> Vec<Link<'_>> {
        self.links_in(&(0..self.document.len()))
    }

    /// The links and images of all segments that have some to other files, in document order.
    pub fn links_out(&self) -> Vec<Link<'_>> {
        // By a definition any link may lead out.
        let everywhere = self.may_have(Traits::DEFINITION);
        let may_lead_out = |piece: &&Piece| everywhere || piece.facts.traits.has(Traits::LINK_OUT);
        self.links_of(self.markdown().filter(may_lead_out))
    }

    /// The links and images of the segments that a range touches, in document order: at least those in the range.
    pub fn links_in(&self, within: &Place) -> Vec<Link<'_>> {
        self.links_of(self.pieces_in(within))
    }

    fn definitions(&self) -> &Definitions {
        self.definitions.get_or_init(|| self.read_definitions())
    }

    /// What links depend on beside the text of their segment: equal for equal labels of definitions.
    pub(super) fn defined(&self) -> u64 {
        self.definitions().key
    }

    /// The links and images of these segments.
    pub(super) fn links_of<'a>(&'a self, pieces: impl Iterator<Item = &'a Piece>) -> Vec<Link<'a>> {
        let definitions = self.definitions();
        let mut links = Vec::new();
        for piece in pieces {
            let (start, content) = (piece.start, piece.segment_content(&self.document));
            let place = |span: &Span| start + span.start as usize..start + span.end as usize;
            let at = |span: &Span| &content.text[bytes(span)];
            let kept = piece.segment.facts(SegmentLinks::default);
            for found in kept.of(definitions.key, || self.link_facts(content, &definitions.by_label)).iter() {
                let (target, target_range) = match &found.target {
                    Reference::Destination(span) => (at(span), place(span)),
                    Reference::Label(span) => {
                        let label = normalize_label(&content.text[bytes(span)]);
                        let Some((target, range)) = definitions.by_label.get(&label) else { continue };
                        (target.as_str(), range.clone())
                    }
                };
                links.push(Link {
                    text: at(&found.text),
                    target,
                    range: place(&found.span),
                    target_range,
                    image: found.image,
                });
            }
        }
        links
    }

    fn read_definitions(&self) -> Definitions {
        let mut by_label: HashMap<String, (String, Place)> = HashMap::new();
        for (start, content) in self.contents_with(Traits::DEFINITION) {
            for block in &content.outline.blocks {
                if let BlockKind::LinkDefinition { label, destination } = &block.kind {
                    let range = start + destination.start as usize..start + destination.end as usize;
                    let target = content.text[bytes(destination)].to_owned();
                    // The first of several counts (CommonMark 4.7).
                    by_label.entry(normalize_label(&content.text[bytes(label)])).or_insert((target, range));
                }
            }
        }
        let labels: BTreeSet<&str> = by_label.keys().map(String::as_str).collect();
        let mut hasher = DefaultHasher::new();
        labels.hash(&mut hasher);
        Definitions { key: hasher.finish(), by_label }
    }

    /// The segments that may have one of these traits.
    pub(super) fn pieces_with(&self, traits: Traits) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(move |piece| piece.facts.traits.has(traits))
    }

    /// The Markdown segments that a range touches.
    fn pieces_in(&self, within: &Place) -> impl Iterator<Item = &Piece> {
        let from = self.pieces.partition_point(|piece| piece.start + piece.segment.len() < within.start);
        let until = within.end;
        let touched = self.pieces[from..].iter().take_while(move |piece| piece.start <= until);
        touched.filter(|piece| !piece.segment.is_prologue())
    }

    /// All segments of Markdown.
    fn markdown(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.iter().filter(|piece| !piece.segment.is_prologue())
    }

    /// The links of a segment, in order.
    fn link_facts(&self, content: &Content, defined: &HashMap<String, (String, Place)>) -> Vec<LinkFact> {
        let mut links = Vec::new();
        self.inlines(content, &['[', '<'], &|label| defined.contains_key(label), |found, _| {
            let (target, image) = match &found.kind {
                InlineKind::Link(reference) => (reference.clone(), false),
                InlineKind::Image(reference) => (reference.clone(), true),
                InlineKind::Autolink => (Reference::Destination(found.content.clone()), false),
                _ => return,
            };
            links.push(LinkFact { span: found.span.clone(), text: found.content.clone(), target, image });
        });
        links
    }

    /// All paths in backticks, in document order.
    pub fn code_paths(&self) -> Vec<CodePath> {
        self.code_paths_in(&(0..self.document.len()))
    }

    /// The paths in backticks of the segments that a range touches, in document order: at least those in the range.
    pub fn code_paths_in(&self, within: &Place) -> Vec<CodePath> {
        let mut paths = Vec::new();
        for piece in self.pieces_in(within) {
            let kept = piece.segment.facts(|| self.path_facts(piece.segment_content(&self.document)));
            paths.extend(kept.0.iter().map(|path| CodePath {
                range: piece.start + path.range.start..piece.start + path.range.end,
                ..path.clone()
            }));
        }
        paths
    }

    fn path_facts(&self, content: &Content) -> SegmentPaths {
        let mut paths = Vec::new();
        let mut intents: HashMap<u32, Option<Intent>> = HashMap::new();
        self.inlines(content, &['`'], &|_| false, |found, block| {
            if found.kind != InlineKind::Code {
                return;
            }
            let Some((path, line)) = path_of(&content.text[bytes(&found.content)]) else { return };
            let range = found.content.start as usize..found.content.end as usize;
            let intent = list_of(content, block)
                .and_then(|list| *intents.entry(list).or_insert_with(|| intent_of(content, list)));
            paths.push(CodePath { path: path.to_owned(), line, range, intent });
        });
        SegmentPaths(paths)
    }

    /// The segments of Markdown that may have one of these traits, with the bytes they start at.
    pub fn contents_with(&self, traits: Traits) -> impl Iterator<Item = (usize, &Content)> {
        let pieces = self.pieces_with(traits).filter(|piece| !piece.segment.is_prologue());
        pieces.map(|piece| (piece.start, piece.segment_content(&self.document)))
    }

    /// Visits the inline structure, with the block's index, of every block that has one of these marks.
    fn inlines(
        &self,
        content: &Content,
        marks: &[char],
        defined: &dyn Fn(&str) -> bool,
        mut visit: impl FnMut(&Inline, usize),
    ) {
        for (index, lines) in content.outline.inlines() {
            // Most cells, and many lines, begin none of them.
            let begins_one = |line: &Span| content.text[bytes(line)].contains(marks);
            if lines.clone().any(begins_one) {
                for found in &inlines(&content.text, lines, defined) {
                    visit(found, index);
                }
            }
        }
    }
}

/// The path and the line that code in backticks names; nothing where it is no path.
fn path_of(code: &str) -> Option<(&str, Option<usize>)> {
    let (path, line) = match code.rsplit_once(':') {
        Some((path, line)) if !line.is_empty() && line.starts_with(|c: char| c.is_ascii_digit()) => {
            let first = line.split(['-', '–']).next().unwrap_or_default();
            (path, first.parse().ok())
        }
        _ => (code, None),
    };
    let plain = |c: char| {
        c.is_alphanumeric()
            || matches!(c, '.' | '_' | '-' | '/' | '\\' | '@' | '+' | '~' | '[' | ']' | '(' | ')')
    };
    let name = path.rsplit(['/', '\\']).next()?;
    let extension = name.rsplit_once('.').is_some_and(|(stem, extension)| {
        !stem.is_empty()
            && (1..=5).contains(&extension.len())
            && extension.starts_with(|c: char| c.is_ascii_alphabetic())
            && extension.chars().all(|c| c.is_ascii_alphanumeric())
    });
    let folders = path.contains('/') && !path.contains("//") && !path.starts_with('@');
    let is_path = !path.is_empty()
        && path.chars().all(plain)
        && !path.contains("()")
        && (folders && (extension || path.ends_with('/') || name.starts_with('.'))
            || extension && is_file_type(name));
    is_path.then_some((path, line))
}

/// Whether a name without folders ends like a file and not like a method: `main.rs`, not `list.push`.
fn is_file_type(name: &str) -> bool {
    const TYPES: [&str; 44] = [
        "rs", "ts", "tsx", "js", "jsx", "mjs", "cjs", "py", "go", "java", "kt", "c", "h", "cpp", "hpp", "cs",
        "rb", "php", "swift", "sh", "bash", "zsh", "fish", "ps1", "lua", "sql", "md", "mdx", "txt", "json",
        "jsonc", "yaml", "yml", "toml", "xml", "html", "css", "scss", "lock", "proto", "ini", "cfg", "env",
        "svg",
    ];
    name.rsplit_once('.').is_some_and(|(_, extension)| TYPES.contains(&extension))
}

/// The list that a block lies in.
fn list_of(content: &Content, block: usize) -> Option<u32> {
    let blocks = &content.outline.blocks;
    let around = std::iter::successors(blocks[block].parent(), |at| blocks[*at as usize].parent());
    around.into_iter().find(|at| matches!(blocks[*at as usize].kind, BlockKind::List { .. }))
}

/// What the label above a list says of its files.
fn intent_of(content: &Content, list: u32) -> Option<Intent> {
    let outline = &content.outline;
    let siblings = outline.blocks[..list as usize].iter().enumerate().rev();
    let (before, label) =
        siblings.into_iter().find(|(_, other)| other.parent() == outline.blocks[list as usize].parent())?;
    if !matches!(label.kind, BlockKind::Paragraph | BlockKind::Heading { .. }) {
        return None;
    }
    let text: String = outline.inline(before).map(|line| content.text[bytes(line)].to_lowercase()).collect();
    match () {
        () if !text.contains("file") => None,
        () if text.contains("new") || text.contains("create") => Some(Intent::Create),
        () if text.contains("modif") || text.contains("changed") || text.contains("update") => {
            Some(Intent::Modify)
        }
        () if text.contains("delet") || text.contains("remove") => Some(Intent::Delete),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn paths() {
        assert_eq!(path_of("src/main.rs:10"), Some(("src/main.rs", Some(10))));
        assert_eq!(path_of("src/main.rs:10-20"), Some(("src/main.rs", Some(10))));
        assert_eq!(path_of("Cargo.toml"), Some(("Cargo.toml", None)));
        assert_eq!(path_of("docs/"), Some(("docs/", None)));
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
            assert_eq!(path_of(none), None, "{none}");
        }
    }
}
