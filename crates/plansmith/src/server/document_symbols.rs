//! Document symbols. For a long plan, they are megabytes of JSON, which editors request after every edit. They are
//! therefore serialized directly, without the protocol's types or a tree of values. The entries of a segment, with
//! converted positions and escaped texts, are cached until the segment is edited.

use std::{borrow::Cow, ops::Range};

use plan_ide::outline::{OwnEntries, SegmentOutline, Symbol, SymbolKind, by_segment};
use plan_model::SegmentView;
use plan_syntax::Document;
use tower_lsp::lsp_types as lsp;

use super::{
    json::{json, range},
    position::{PositionEncoding, PositionMap},
    to_proto::{ProtoConverter, symbol_kind},
};
use crate::transport::RawJson;

/// Form of the names of symbols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameForm {
    /// The name alone, for clients that show details.
    Short,
    /// State, name and detail: `[x] 1.1 Copy (Ada · 2 days)`.
    WithDetail,
}

impl NameForm {
    /// Returns the name of a symbol in this form.
    fn name<'a>(self, symbol: &'a Symbol) -> Cow<'a, str> {
        if self == Self::Short {
            return Cow::Borrowed(&symbol.name);
        }
        let state = checkbox_prefix(symbol.kind, symbol.cancelled);
        let detail = symbol.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
        Cow::Owned(format!("{state}{}{detail}", symbol.name))
    }
}

/// Returns the checkbox before the name of a task for clients that do not show states; empty for other symbols.
pub(super) fn checkbox_prefix(kind: SymbolKind, cancelled: bool) -> &'static str {
    match kind {
        SymbolKind::DoneTask => "[x] ",
        SymbolKind::OpenTask if cancelled => "[-] ",
        SymbolKind::OpenTask => "[ ] ",
        _ => "",
    }
}

/// Returns the response to `textDocument/documentSymbol` for clients that show trees.
pub(super) fn nested(converter: &ProtoConverter<'_>, form: NameForm) -> RawJson {
    let (encoding, file) = (converter.encoding, &converter.snapshot.file);
    let segments = by_segment::<SegmentEntries>(file, (encoding, form));
    let (mut starts, mut line, mut length) = (Vec::with_capacity(segments.len()), 0, 0);
    for SegmentOutline { part, leading, own } in &segments {
        starts.push((part.start(), line));
        let (own_lines, own_length) = match own {
            Some(own) => (own.lines, AVERAGE_ENTRY_BYTES * own.entries.len()),
            None => (PositionMap::of_text(encoding, text(part)).line_breaks(), 0),
        };
        line += own_lines;
        length += AVERAGE_ENTRY_BYTES * leading.len() + own_length;
    }
    let positions = SegmentPositions { encoding, document: file.document(), starts };
    RawJson::build(length, |out| {
        out.push(b'[');
        let mut writer = TreeWriter { out, depth: None };
        for (number, SegmentOutline { part, leading, own }) in segments.iter().enumerate() {
            // A single leading symbol is a heading on the first line. Several leading symbols can be on any line.
            let text = text(part);
            let lines = (leading.len() > 1).then(|| PositionMap::of_text(encoding, text));
            let range = |range: &Range<usize>| positions.range(number, text, lines.as_ref(), range);
            let mut texts = Vec::new();
            for symbol in leading {
                texts.clear();
                let entry = SymbolEntry::of(symbol, form, range, &mut texts);
                writer.entry(&entry, &texts, 0);
            }
            if let Some(own) = own {
                own.write(&mut writer, positions.starts[number].1);
            }
        }
        if writer.depth.is_some() {
            writer.close(0);
        }
        out.push(b']');
    })
}

/// Like [`nested`], for symbols that depend on other documents.
pub(super) fn nested_of(converter: &ProtoConverter<'_>, form: NameForm, symbols: &[Symbol]) -> RawJson {
    let positions = converter.position_map();
    RawJson::build(AVERAGE_ENTRY_BYTES * symbols.len(), |out| {
        out.push(b'[');
        let mut writer = TreeWriter { out, depth: None };
        let mut texts = Vec::new();
        for symbol in symbols {
            texts.clear();
            let entry = SymbolEntry::of(symbol, form, |range| positions.range(range), &mut texts);
            writer.entry(&entry, &texts, 0);
        }
        if writer.depth.is_some() {
            writer.close(0);
        }
        out.push(b']');
    })
}

/// Average length of an entry in bytes; used to reserve memory for the whole response.
const AVERAGE_ENTRY_BYTES: usize = 300;

fn text<'a>(part: &SegmentView<'a>) -> &'a str {
    // The content of the segment has been read already.
    part.segment().content().map_or("", |content| &content.text)
}

/// Entries of a segment that depend only on its text.
struct SegmentEntries {
    /// Number of line endings in the segment.
    lines: u32,
    /// Entries with lines relative to the first line of the segment.
    entries: Box<[SymbolEntry]>,
    /// Names and details of the entries as JSON, one after the other.
    texts: Box<[u8]>,
}

impl OwnEntries for SegmentEntries {
    type EntriesContext = (PositionEncoding, NameForm);

    fn of((encoding, form): Self::EntriesContext, text: &str, symbols: &[Symbol]) -> Self {
        let positions = PositionMap::of_text(encoding, text);
        let mut texts = Vec::new();
        let range = |range: &Range<usize>| positions.range(range);
        let entries = symbols.iter().map(|symbol| SymbolEntry::of(symbol, form, range, &mut texts));
        Self { lines: positions.line_breaks(), entries: entries.collect(), texts: texts.into() }
    }
}

impl SegmentEntries {
    /// Writes the entries of a segment that starts on the 0-based line `line`.
    fn write(&self, writer: &mut TreeWriter<'_>, line: u32) {
        let mut start = 0;
        for entry in &self.entries {
            let end = entry.detail_end as usize;
            writer.entry(entry, &self.texts[start..end], line);
            start = end;
        }
    }
}

/// A compact document symbol: long plans have tens of thousands.
struct SymbolEntry {
    range: lsp::Range,
    selection: lsp::Range,
    depth: u32,
    /// End of the name in the texts.
    name_end: u32,
    /// End of the detail, which starts at `name_end`; equal to `name_end` without a detail.
    detail_end: u32,
    kind: SymbolKind,
    cancelled: bool,
}

impl SymbolEntry {
    /// Converts a symbol and appends its name and detail to `texts`.
    fn of(
        symbol: &Symbol,
        form: NameForm,
        range: impl Fn(&Range<usize>) -> lsp::Range,
        texts: &mut Vec<u8>,
    ) -> Self {
        json(texts, &form.name(symbol));
        let name_end = texts.len() as u32;
        if let Some(detail) = symbol.detail.as_ref().filter(|_| form == NameForm::Short) {
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

/// Converts offsets of a document using the known lines of its segments.
struct SegmentPositions<'a> {
    encoding: PositionEncoding,
    document: &'a Document,
    /// Byte offset and line of each segment start.
    starts: Vec<(usize, u32)>,
}

impl SegmentPositions<'_> {
    /// Converts a byte range that is usually in the segment with the index `segment`. `lines` are the lines of that
    /// segment. Without them, only offsets in the first line are converted quickly.
    fn range(
        &self,
        segment: usize,
        text: &str,
        lines: Option<&PositionMap<'_>>,
        range: &Range<usize>,
    ) -> lsp::Range {
        let position = |offset: usize| {
            let (start, line) = self.starts[segment];
            let inside = offset.checked_sub(start).and_then(|inside| text.get(..inside));
            match (inside, lines) {
                (Some(before), Some(lines)) => {
                    let position = lines.position(before.len());
                    lsp::Position { line: line + position.line, ..position }
                }
                (Some(before), None) if memchr::memchr2(b'\n', b'\r', before.as_bytes()).is_none() => {
                    lsp::Position { line, character: self.encoding.length(before) as u32 }
                }
                _ => self.position(offset),
            }
        };
        lsp::Range { start: position(range.start), end: position(range.end) }
    }

    /// Converts any byte offset, usually the start of a segment.
    fn position(&self, offset: usize) -> lsp::Position {
        match self.starts.binary_search_by_key(&offset, |(start, _)| *start) {
            Ok(segment) => lsp::Position { line: self.starts[segment].1, character: 0 },
            Err(_) => self.encoding.position(self.document, offset),
        }
    }
}

/// Writes entries in document order as a tree.
struct TreeWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Depth of the last entry, which is still open.
    depth: Option<usize>,
}

impl TreeWriter<'_> {
    /// Writes the separator before an entry at this depth.
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

    /// Closes all entries at this depth or deeper.
    fn close(&mut self, depth: usize) {
        self.out.push(b'}');
        (depth..self.depth.unwrap_or(depth)).for_each(|_| self.out.extend_from_slice(b"]}"));
    }

    /// Writes an entry up to its children. Its lines are relative to `line`.
    fn entry(&mut self, entry: &SymbolEntry, texts: &[u8], line: u32) {
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
        range(out, ",\"range\":", shifted(entry.range, line));
        range(out, ",\"selectionRange\":", shifted(entry.selection, line));
    }
}

/// Moves a range down by `line` lines.
fn shifted(range: lsp::Range, line: u32) -> lsp::Range {
    let shift = |position: lsp::Position| lsp::Position { line: line + position.line, ..position };
    lsp::Range { start: shift(range.start), end: shift(range.end) }
}

/// Returns the symbols for clients that show flat lists. The names contain the details, because list entries have no
/// field for them.
// The protocol deprecates the field `deprecated` in favor of tags, but the type requires it.
#[expect(deprecated)]
pub(super) fn flat(
    converter: &ProtoConverter<'_>,
    form: NameForm,
    symbols: &[Symbol],
) -> Vec<lsp::SymbolInformation> {
    let positions = converter.position_map();
    let mut ancestors: Vec<&Symbol> = Vec::new();
    let mut listed = Vec::new();
    for symbol in symbols {
        ancestors.truncate(symbol.depth);
        let name = match (form, &symbol.detail) {
            (NameForm::Short, Some(detail)) => format!("{} ({detail})", symbol.name),
            (form, _) => form.name(symbol).into_owned(),
        };
        listed.push(lsp::SymbolInformation {
            name,
            kind: symbol_kind(symbol.kind),
            tags: symbol.cancelled.then(|| vec![lsp::SymbolTag::DEPRECATED]),
            deprecated: None,
            location: lsp::Location {
                uri: converter.snapshot.uri.clone(),
                range: positions.range(&symbol.selection),
            },
            container_name: ancestors.last().map(|parent| parent.name.to_string()),
        });
        ancestors.push(symbol);
    }
    listed
}

#[cfg(test)]
mod tests {
    use plan_ide::{File, outline::outline};
    use plan_syntax::Document;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::{files::Roots, server::documents::Snapshot};

    fn snapshot(file: File) -> Snapshot {
        Snapshot { uri: lsp::Url::parse("file:///w/a.md").unwrap(), version: 1, file }
    }

    fn converter<'a>(snapshot: &'a Snapshot, roots: &'a Roots) -> ProtoConverter<'a> {
        ProtoConverter { snapshot, roots, encoding: PositionEncoding::Utf16 }
    }

    /// Returns the symbols built with the protocol's types.
    fn expected(converter: &ProtoConverter<'_>) -> Value {
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
        for symbol in outline(&converter.snapshot.file) {
            close(&mut open, symbol.depth);
            let mut entry = json!({
                "name": &*symbol.name,
                "kind": symbol_kind(symbol.kind),
                "range": converter.range(&symbol.range),
                "selectionRange": converter.range(&symbol.selection),
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

    /// Fragments of plans that move lines, nest, or depend on other parts of a plan.
    const FRAGMENTS: [&str; 16] = [
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

    #[test]
    fn names_with_state_and_detail() {
        let text = "# Plan: x\n\n## Phase 1: a\n\n- [x] 1.1 b\n  - Owner: Ada\n- [/] 1.2 c\n- [-] 1.3 d\n";
        let snapshot = snapshot(File::new("/w/a.md", Document::new(text)));
        let roots = Roots::default();
        let json = nested(&converter(&snapshot, &roots), NameForm::WithDetail).parts().concat();
        let symbols: Value = serde_json::from_slice(&json).unwrap();
        let phase = &symbols[0]["children"][0];
        assert_eq!(phase["name"], "Phase 1: a (1/2 · 50%)");
        let names: Vec<&str> =
            phase["children"].as_array().unwrap().iter().map(|task| task["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["[x] 1.1 b (Ada)", "[ ] 1.2 c (active)", "[-] 1.3 d (cancelled)"]);
        let flat = flat(&converter(&snapshot, &roots), NameForm::Short, &outline(&snapshot.file));
        assert_eq!(flat[2].name, "1.1 b (Ada)");
    }

    proptest! {
        #[test]
        fn cached_entries_equal_recomputed_ones(
            start in prop::collection::vec(0..FRAGMENTS.len(), 0..24),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0..FRAGMENTS.len(), 0usize..12), 1..5),
        ) {
            let roots = Roots::default();
            let text: String = start.iter().map(|fragment| FRAGMENTS[*fragment]).collect();
            let mut document = Document::new(&text);
            let mut file = File::new("/w/a.md", document.clone());
            for (start, fragment, length) in edits {
                let current = snapshot(file.clone());
                let json: Value =
                    serde_json::from_slice(&nested(&converter(&current, &roots), NameForm::Short).parts().concat()).unwrap();
                prop_assert_eq!(json, expected(&converter(&current, &roots)));
                let text = document.text();
                let offsets: Vec<usize> = (0..=text.len()).filter(|offset| text.is_char_boundary(*offset)).collect();
                let start = *start.get(&offsets);
                let end = offsets.iter().copied().find(|end| *end >= start + length).unwrap_or(text.len());
                document.edit(start..end, FRAGMENTS[fragment]);
                let previous = file.cached_plan().cloned();
                file = File::with_previous(previous, "/w/a.md", document.clone(), file.shared_environment());
            }
        }
    }
}
