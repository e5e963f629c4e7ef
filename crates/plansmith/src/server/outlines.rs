//! The outline as the protocol has it. That of a long plan is megabytes of JSON, asked for after every keystroke. So it is
//! written as it is read, without the protocol's types or a tree of values in between, and what is written of a segment
//! stays with it until an edit touches it.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

use memchr::memmem;
use plan_ide::outline::{InSegment, Symbol, by_segment, outline};
use plan_model::Part;
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
    for InSegment { part, leading, own } in &segments {
        starts.push((part.start(), line));
        let (own_lines, own_length) = match own {
            Some(own) => (own.lines, own.lock().json.len()),
            None => (Positions::of_text(encoding, text(part)).line_breaks(), 0),
        };
        line += own_lines;
        length += AVERAGE * leading.len() + own_length;
    }
    let places = Places { encoding, document: file.document(), starts };
    Written::by(length, |out| {
        out.push(b'[');
        let mut tree = Tree { out, depth: None };
        for (number, InSegment { part, leading, own }) in segments.iter().enumerate() {
            // A heading alone stands on the first line; what else there is may stand anywhere.
            let text = text(part);
            let lines = (leading.len() > 1).then(|| Positions::of_text(encoding, text));
            let range = |place: &Range<usize>| places.range(number, text, lines.as_ref(), place);
            for symbol in leading {
                tree.entry(symbol, range(&symbol.range), range(&symbol.selection));
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

fn text<'a>(part: &Part<'a>) -> &'a str {
    // It has been read.
    part.segment().content().map_or("", |content| &content.text)
}

/// The entries of a segment that depend on nothing else, as they are written in an answer.
struct Own {
    /// How many lines end in the segment.
    lines: u32,
    /// How deep the first of them lies.
    depth: usize,
    latest: Mutex<Latest>,
}

/// What was written last.
struct Latest {
    /// The line on which the segment started.
    line: u32,
    /// The entries up to the end of the last one that lies as deep as the first, which is left open.
    json: Box<[u8]>,
}

impl Own {
    fn written(encoding: Encoding, text: &str, symbols: &[Symbol]) -> Self {
        let positions = Positions::of_text(encoding, text);
        let mut json = Vec::with_capacity(symbols.len() * AVERAGE);
        let mut tree = Tree { out: &mut json, depth: None };
        for symbol in symbols {
            tree.entry(symbol, positions.range(&symbol.range), positions.range(&symbol.selection));
        }
        let depth = symbols.first().map_or(0, |first| first.depth);
        tree.leave(depth);
        let latest = Mutex::new(Latest { line: 0, json: json.into() });
        Self { lines: positions.line_breaks(), depth, latest }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the entries, for a segment that starts on this line.
    fn write(&self, tree: &mut Tree<'_>, line: u32) {
        let mut latest = self.lock();
        if latest.json.is_empty() {
            return;
        }
        if latest.line != line {
            latest.json = moved(&latest.json, latest.line, line);
            latest.line = line;
        }
        tree.begin(self.depth);
        tree.out.extend_from_slice(&latest.json);
        tree.depth = Some(self.depth);
    }
}

/// Entries in which what stood on line `from` stands on line `to`.
fn moved(entries: &[u8], from: u32, to: u32) -> Box<[u8]> {
    /// No name or detail has it: their quotation marks are escaped.
    const LINE: &[u8] = b"\"line\":";
    let mut out = Vec::with_capacity(entries.len() + 16);
    let mut copied = 0;
    for at in memmem::find_iter(entries, LINE) {
        let digits = at + LINE.len();
        let number = entries[digits..].iter().take_while(|byte| byte.is_ascii_digit());
        let (line, length) =
            number.fold((0, 0), |(line, length), digit| (line * 10 + u32::from(digit - b'0'), length + 1));
        out.extend_from_slice(&entries[copied..digits]);
        json(&mut out, &(line - from + to));
        copied = digits + length;
    }
    out.extend_from_slice(&entries[copied..]);
    out.into()
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

    /// Closes all entries that lie deeper, so that one that lies so deep is the last.
    fn leave(&mut self, depth: usize) {
        if self.depth.is_some_and(|last| last > depth) {
            self.close(depth + 1);
            self.out.push(b']');
            self.depth = Some(depth);
        }
    }

    /// Writes an entry up to its children.
    fn entry(&mut self, symbol: &Symbol, all: lsp::Range, selection: lsp::Range) {
        self.begin(symbol.depth);
        let out = &mut *self.out;
        out.extend_from_slice(b"{\"name\":");
        json(out, &*symbol.name);
        if let Some(detail) = &symbol.detail {
            out.extend_from_slice(b",\"detail\":");
            json(out, &**detail);
        }
        out.extend_from_slice(b",\"kind\":");
        json(out, &symbol_kind(symbol.kind));
        if symbol.cancelled {
            out.extend_from_slice(b",\"tags\":");
            json(out, &[lsp::SymbolTag::DEPRECATED]);
        }
        range(out, ",\"range\":", all);
        range(out, ",\"selectionRange\":", selection);
    }
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
                let earlier = file.known_plan().cloned();
                file = File::following(earlier, "/w/a.md", document.clone(), file.shared_environment());
            }
        }
    }
}
