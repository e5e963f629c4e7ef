//! Links of a document, and the paths that it names in backticks.

use std::{
    collections::{BTreeSet, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, PoisonError},
};

use plan_syntax::{
    BlockKind, Content, Inline, InlineKind, Reference, Span, inline::normalize_label, inlines, outline::bytes,
};

use super::{Place, Plan};

/// A link or image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it shows, as written.
    pub text: String,
    /// Where it leads, as written.
    pub target: String,
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
    /// The links as these definitions make them.
    fn of(&self, defined: &BTreeSet<&str>, read: impl FnOnce() -> Vec<LinkFact>) -> Arc<[LinkFact]> {
        let mut hasher = DefaultHasher::new();
        defined.hash(&mut hasher);
        let key = hasher.finish();
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

impl Plan {
    /// All links and images, in document order.
    pub fn links(&self) -> Vec<Link> {
        let mut definitions: HashMap<String, (String, Place)> = HashMap::new();
        for (start, content) in self.contents() {
            for block in &content.outline.blocks {
                if let BlockKind::LinkDefinition { label, destination } = &block.kind {
                    let range = start + destination.start as usize..start + destination.end as usize;
                    let target = content.text[bytes(destination)].to_owned();
                    // The first of several counts (CommonMark 4.7).
                    definitions
                        .entry(normalize_label(&content.text[bytes(label)]))
                        .or_insert((target, range));
                }
            }
        }
        let defined: BTreeSet<&str> = definitions.keys().map(String::as_str).collect();
        let mut links = Vec::new();
        for piece in self.pieces.iter().filter(|piece| !piece.segment.is_prologue()) {
            let (start, content) = (piece.start, piece.segment_content(&self.document));
            let place = |span: &Span| start + span.start as usize..start + span.end as usize;
            let at = |span: &Span| content.text[bytes(span)].to_owned();
            let kept = piece.segment.facts(SegmentLinks::default);
            for found in kept.of(&defined, || self.link_facts(content, &defined)).iter() {
                let (target, target_range) = match &found.target {
                    Reference::Destination(span) => (at(span), place(span)),
                    Reference::Label(span) => {
                        let Some(known) = definitions.get(&normalize_label(&content.text[bytes(span)]))
                        else {
                            continue;
                        };
                        known.clone()
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

    /// The links of a segment, in order.
    fn link_facts(&self, content: &Content, defined: &BTreeSet<&str>) -> Vec<LinkFact> {
        let mut links = Vec::new();
        self.inlines(content, &|label| defined.contains(label), |found, _| {
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
        let mut paths = Vec::new();
        for (start, content) in self.contents() {
            let mut intents: HashMap<Option<u32>, Intent> = HashMap::new();
            self.inlines(content, &|_| false, |found, block| {
                if found.kind != InlineKind::Code {
                    return;
                }
                let Some((path, line)) = path_of(&content.text[bytes(&found.content)]) else { return };
                let range = start + found.content.start as usize..start + found.content.end as usize;
                let intent = intent_of(content, block, &mut intents);
                paths.push(CodePath { path: path.to_owned(), line, range, intent });
            });
        }
        paths
    }

    /// The segments that hold Markdown, with the bytes they start at.
    pub(crate) fn contents(&self) -> impl Iterator<Item = (usize, &Content)> {
        let pieces = self.pieces.iter().filter(|piece| !piece.segment.is_prologue());
        pieces.map(|piece| (piece.start, piece.segment_content(&self.document)))
    }

    /// Visits the inline structure of every block with the block's index.
    fn inlines(
        &self,
        content: &Content,
        defined: &dyn Fn(&str) -> bool,
        mut visit: impl FnMut(&Inline, usize),
    ) {
        for (index, block) in content.outline.blocks.iter().enumerate() {
            if matches!(block.kind, BlockKind::Heading { .. } | BlockKind::Paragraph | BlockKind::Cell) {
                for found in &inlines(&content.text, content.outline.inline(index), defined) {
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

/// What the label above the list of a block says of its files.
fn intent_of(content: &Content, block: usize, known: &mut HashMap<Option<u32>, Intent>) -> Option<Intent> {
    let outline = &content.outline;
    let mut list = outline.blocks[block].parent;
    while let Some(at) =
        list.filter(|at| !matches!(outline.blocks[*at as usize].kind, BlockKind::List { .. }))
    {
        list = outline.blocks[at as usize].parent;
    }
    let list = list?;
    if let Some(intent) = known.get(&Some(list)) {
        return Some(*intent);
    }
    let siblings = outline.blocks[..list as usize].iter().enumerate().rev();
    let (before, label) =
        siblings.into_iter().find(|(_, other)| other.parent == outline.blocks[list as usize].parent)?;
    if !matches!(label.kind, BlockKind::Paragraph | BlockKind::Heading { .. }) {
        return None;
    }
    let text: String = outline.inline(before).map(|line| content.text[bytes(line)].to_lowercase()).collect();
    let intent = match () {
        () if !text.contains("file") => return None,
        () if text.contains("new") || text.contains("create") => Intent::Create,
        () if text.contains("modif") || text.contains("changed") || text.contains("update") => Intent::Modify,
        () if text.contains("delet") || text.contains("remove") => Intent::Delete,
        () => return None,
    };
    known.insert(Some(list), intent);
    Some(intent)
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
