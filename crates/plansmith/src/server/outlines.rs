//! The outline as the protocol has it. That of a long plan is megabytes of JSON, asked for after every keystroke. So it is
//! written as it is read, without the protocol's types or a tree of values in between, and what a segment gives to it, places
//! converted and texts escaped, stays with it until an edit touches it.

use std::ops::Range;

use plan_ide::outline::{SegmentOutline, Symbol, SymbolKind, by_segment, outline};
use plan_model::SegmentView;
use plan_syntax::Document;
use tower_lsp::lsp_types as lsp;

use super::{
    convert::{View, symbol_kind},
    json::{json, range},
    position::{Encoding, Positions},
};
use crate::transport::Written;

/// The answer to `textDocument/documentSymbol` for clients that show trees.
pub(super) fn nested(view: &View<'_>) -> Written {
    let (encoding, file) = (view.encoding, &view.snapshot.file);
    let segments = by_segment(file, |part, own| Own::written(encoding, text(part), own));
    let (mut starts, mut line, mut length) = (Vec::with_capacity(segments.len()), 0, 0);
    for SegmentOutline { part, leading, own } in &segments {
        starts.push((part.start(), line));
        let (own_lines, own_length) = match own {
            Some(own) => (own.lines, AVERAGE * own.entries.len()),
            None => (Positions::of_text(encoding, text(part)).line_breaks(), 0),
        };
        line += own_lines;
        length += AVERAGE * leading.len() + own_length;
    }
    let places = Places { encoding, document: file.document(), starts };
    Written::by(length, |out| {
        out.push(b'[');
        let mut tree = Tree { out, depth: None };
        for (number, SegmentOutline { part, leading, own }) in segments.iter().enumerate() {
            // A heading alone stands on the first line; what else there is may stand anywhere.
            let text = text(part);
            let lines = (leading.len() > 1).then(|| Positions::of_text(encoding, text));
            let range = |place: &Range<usize>| places.range(number, text, lines.as_ref(), place);
            let mut texts = Vec::new();
            for symbol in leading {
                texts.clear();
                let entry = Entry::of(symbol, range, &mut texts);
                tree.entry(&entry, &texts, 0);
            }
            if let Some(own) = own {
                own.write(&mut tree, places.starts[number].1);
            }
        }
        if tree.depth.is_some() {
            tree.close(0);
        }
        out.push(b']');
    })
}

/// So many bytes an entry takes, more or less: the answer is written into one piece of memory.
const AVERAGE: usize = 300;

fn text<'a>(part: &SegmentView<'a>) -> &'a str {
    // It has been read.
    part.segment().content().map_or("", |content| &content.text)
}

/// The entries of a segment that depend on nothing else.
struct Own {
    /// How many lines end in the segment.
    lines: u32,
    /// Their lines are counted from that on which the segment starts.
    entries: Box<[Entry]>,
    /// Their names and details.
    texts: Box<[u8]>,
}

impl Own {
    fn written(encoding: Encoding, text: &str, symbols: &[Symbol]) -> Self {
        let positions = Positions::of_text(encoding, text);
        let mut texts = Vec::new();
        let entries =
            symbols.iter().map(|symbol| Entry::of(symbol, |place| positions.range(place), &mut texts));
        Self { lines: positions.line_breaks(), entries: entries.collect(), texts: texts.into() }
    }

    /// Writes the entries, for a segment that starts on this line.
    fn write(&self, tree: &mut Tree<'_>, line: u32) {
        let mut start = 0;
        for entry in &self.entries {
            let end = entry.detail_end as usize;
            tree.entry(entry, &self.texts[start..end], line);
            start = end;
        }
    }
}

/// An entry in few bytes, as it is written: long plans have some ten thousand.
struct Entry {
    range: lsp::Range,
    selection: lsp::Range,
    depth: u32,
    /// Where its name ends among the texts, which are JSON.
    name_end: u32,
    /// Where its detail ends, which begins there; the same if it has none.
    detail_end: u32,
    kind: SymbolKind,
    cancelled: bool,
}

impl Entry {
    /// Its texts are added to those of others.
    fn of(symbol: &Symbol, range: impl Fn(&Range<usize>) -> lsp::Range, texts: &mut Vec<u8>) -> Self {
        json(texts, &*symbol.name);
        let name_end = texts.len() as u32;
        if let Some(detail) = &symbol.detail {
            json(texts, &**detail);
        }
        Self {
            range: range(&symbol.range),
            selection: range(&symbol.selection),
            depth: symbol.depth as u32,
            name_end,
            detail_end: texts.len() as u32,
            kind: symbol.kind,
            cancelled: symbol.cancelled,
        }
    }
}

/// Where things stand in a document whose lines were counted segment by segment.
struct Places<'a> {
    encoding: Encoding,
    document: &'a Document,
    /// The byte and the line at which each segment starts.
    starts: Vec<(usize, u32)>,
}

impl Places<'_> {
    /// The range of bytes, most of them in this segment, whose lines are known or only the first one is.
    fn range(
        &self,
        segment: usize,
        text: &str,
        lines: Option<&Positions<'_>>,
        place: &Range<usize>,
    ) -> lsp::Range {
        let position = |byte: usize| {
            let (start, line) = self.starts[segment];
            let inside = byte.checked_sub(start).and_then(|inside| text.get(..inside));
            match (inside, lines) {
                (Some(before), Some(lines)) => {
                    let position = lines.position(before.len());
                    lsp::Position { line: line + position.line, ..position }
                }
                (Some(before), None) if memchr::memchr2(b'\n', b'\r', before.as_bytes()).is_none() => {
                    lsp::Position { line, character: self.encoding.length(before) as u32 }
                }
                _ => self.position(byte),
            }
        };
        lsp::Range { start: position(place.start), end: position(place.end) }
    }

    /// The position of any byte; mostly one at which a segment starts.
    fn position(&self, byte: usize) -> lsp::Position {
        match self.starts.binary_search_by_key(&byte, |(start, _)| *start) {
            Ok(segment) => lsp::Position { line: self.starts[segment].1, character: 0 },
            Err(_) => self.encoding.position(self.document, byte),
        }
    }
}

/// Entries that are written one after the other, each with those that lie in it.
struct Tree<'a> {
    out: &'a mut Vec<u8>,
    /// How deep the entry lies that was written last, which is still open.
    depth: Option<usize>,
}

impl Tree<'_> {
    /// Writes what stands before an entry that lies so deep.
    fn begin(&mut self, depth: usize) {
        match self.depth {
            None => {}
            Some(last) if depth > last => self.out.extend_from_slice(b",\"children\":["),
            Some(_) => {
                self.close(depth);
                self.out.push(b',');
            }
        }
        self.depth = Some(depth);
    }

    /// Closes all entries that lie so deep or deeper.
    fn close(&mut self, depth: usize) {
        self.out.push(b'}');
        (depth..self.depth.unwrap_or(depth)).for_each(|_| self.out.extend_from_slice(b"]}"));
    }

    /// Writes an entry up to its children, its lines counted from `line` on.
    fn entry(&mut self, entry: &Entry, texts: &[u8], line: u32) {
        self.begin(entry.depth as usize);
        let out = &mut *self.out;
        let (name, detail) = texts.split_at(texts.len() - (entry.detail_end - entry.name_end) as usize);
        out.extend_from_slice(b"{\"name\":");
        out.extend_from_slice(name);
        if !detail.is_empty() {
            out.extend_from_slice(b",\"detail\":");
            out.extend_from_slice(detail);
        }
        out.extend_from_slice(b",\"kind\":");
        json(out, &symbol_kind(entry.kind));
        if entry.cancelled {
            out.extend_from_slice(b",\"tags\":");
            json(out, &[lsp::SymbolTag::DEPRECATED]);
        }
        range(out, ",\"range\":", below(entry.range, line));
        range(out, ",\"selectionRange\":", below(entry.selection, line));
    }
}

/// A range whose lines were counted from this one on.
fn below(range: lsp::Range, line: u32) -> lsp::Range {
    let moved = |position: lsp::Position| lsp::Position { line: line + position.line, ..position };
    lsp::Range { start: moved(range.start), end: moved(range.end) }
}

/// The same for clients that show lists.
// The field is deprecated by the protocol in favour of tags, and must be given all the same.
#[expect(deprecated)]
pub(super) fn flat(view: &View<'_>) -> Vec<lsp::SymbolInformation> {
    let (symbols, positions) = (outline(&view.snapshot.file), view.positions());
    let mut around: Vec<&Symbol> = Vec::new();
    let mut listed = Vec::new();
    for symbol in &symbols {
        around.truncate(symbol.depth);
        let name = match &symbol.detail {
            Some(detail) => format!("{} ({detail})", symbol.name),
            None => symbol.name.to_string(),
        };
        listed.push(lsp::SymbolInformation {
            name,
            kind: symbol_kind(symbol.kind),
            tags: symbol.cancelled.then(|| vec![lsp::SymbolTag::DEPRECATED]),
            deprecated: None,
            location: lsp::Location {
                uri: view.snapshot.uri.clone(),
                range: positions.range(&symbol.selection),
            },
            container_name: around.last().map(|parent| parent.name.to_string()),
        });
        around.push(symbol);
    }
    listed
}

#[cfg(test)]
mod tests {
    use plan_ide::File;
    use plan_syntax::Document;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::{files::Roots, server::documents::Snapshot};

    fn snapshot(file: File) -> Snapshot {
        Snapshot { uri: lsp::Url::parse("file:///w/a.md").unwrap(), version: 1, file }
    }

    fn view<'a>(snapshot: &'a Snapshot, roots: &'a Roots) -> View<'a> {
        View { snapshot, roots, encoding: Encoding::Utf16 }
    }

    /// The outline as the protocol's types would make it.
    fn expected(view: &View<'_>) -> Value {
        let mut open: Vec<(usize, Value)> = vec![(0, json!({"children": []}))];
        let close = |open: &mut Vec<(usize, Value)>, depth: usize| {
            while open.len() > depth + 1 {
                let Some(((_, mut done), (_, parent))) = open.pop().zip(open.last_mut()) else { return };
                if done["children"] == json!([]) {
                    done.as_object_mut().unwrap().remove("children");
                }
                parent["children"].as_array_mut().unwrap().push(done);
            }
        };
        for symbol in outline(&view.snapshot.file) {
            close(&mut open, symbol.depth);
            let mut entry = json!({
                "name": &*symbol.name,
                "kind": symbol_kind(symbol.kind),
                "range": view.range(&symbol.range),
                "selectionRange": view.range(&symbol.selection),
                "children": [],
            });
            if let Some(detail) = &symbol.detail {
                entry["detail"] = json!(&**detail);
            }
            if symbol.cancelled {
                entry["tags"] = json!([1]);
            }
            open.push((symbol.depth, entry));
        }
        close(&mut open, 0);
        open[0].1["children"].take()
    }

    /// Pieces of plans: whatever moves lines, nests or depends on what stands elsewhere.
    const PIECES: [&str; 16] = [
        "# Plan: x\n",
        "## Work\n",
        "### Phase 1: 🚀\n",
        "Under\n=====\n",
        "- [ ] **Task 1.1**: \"line\":1 é\n",
        "  - [x] b 漢\n",
        "- [-] c\r\n",
        "**Status**: Active\n",
        "| Risk | Impact |\n|---|---|\n| a | High |\n",
        "\n",
        "text\n",
        "```\n",
        "---\nstatus: draft\n---\n",
        "## Milestones\n\n- Beta (2026-02-01)\n",
        "x",
        " ",
    ];

    proptest! {
        #[test]
        fn what_stays_is_what_would_be_written(
            start in prop::collection::vec(0..PIECES.len(), 0..24),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0..PIECES.len(), 0usize..12), 1..5),
        ) {
            let roots = Roots::default();
            let text: String = start.iter().map(|piece| PIECES[*piece]).collect();
            let mut document = Document::new(&text);
            let mut file = File::new("/w/a.md", document.clone());
            for (at, piece, length) in edits {
                let of = snapshot(file.clone());
                let written = nested(&view(&of, &roots)).params();
                let written: Value = serde_json::from_str(written.as_str().unwrap().split_once(':').unwrap().1).unwrap();
                prop_assert_eq!(written, expected(&view(&of, &roots)));
                let text = document.text();
                let starts: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
                let at = *at.get(&starts);
                let end = starts.iter().copied().find(|end| *end >= at + length).unwrap_or(text.len());
                document.edit(at..end, PIECES[piece]);
                let earlier = file.cached_plan().cloned();
                file = File::with_previous(earlier, "/w/a.md", document.clone(), file.shared_environment());
            }
        }
    }
}
