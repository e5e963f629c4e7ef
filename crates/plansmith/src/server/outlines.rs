//! The outline as the protocol has it. That of a long plan is megabytes of JSON, asked for after every keystroke, so it is
//! written as it is read: neither the protocol's types nor a tree of values are made of it first.

use std::ops::Range;

use plan_ide::outline::Symbol;
use serde_json::Value;
use tower_lsp::lsp_types as lsp;

use super::{
    convert::{View, symbol_kind},
    json::{json, range},
    position::Positions,
};
use crate::transport::written_as;

/// The answer to `textDocument/documentSymbol` for clients that show trees.
pub(super) fn nested(view: &View<'_>, symbols: &[Symbol]) -> Value {
    let positions = view.positions();
    written_as(symbols.len() * AVERAGE, |out| {
        let mut line = 0;
        let mut depth = 0;
        out.push(b'[');
        for (number, symbol) in symbols.iter().enumerate() {
            if number > 0 {
                if symbol.depth > depth {
                    out.extend_from_slice(b",\"children\":[");
                } else {
                    out.push(b'}');
                    (symbol.depth..depth).for_each(|_| out.extend_from_slice(b"]}"));
                    out.push(b',');
                }
            }
            depth = symbol.depth;
            line = entry(out, symbol, &positions, line);
        }
        if !symbols.is_empty() {
            out.push(b'}');
            (0..depth).for_each(|_| out.extend_from_slice(b"]}"));
        }
        out.push(b']');
    })
}

/// So many bytes an entry takes, more or less: the answer is written into one piece of memory.
const AVERAGE: usize = 300;

/// Writes an entry up to its children, and says on which line it starts: the next one starts there or below.
fn entry(out: &mut Vec<u8>, symbol: &Symbol, positions: &Positions<'_>, line: usize) -> usize {
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
    let line = positions.line_from(line, symbol.range.start);
    range(out, ",\"range\":", range_from(positions, line, &symbol.range));
    range(out, ",\"selectionRange\":", range_from(positions, line, &symbol.selection));
    line
}

/// A range that starts at this line or below.
fn range_from(positions: &Positions<'_>, line: usize, range: &Range<usize>) -> lsp::Range {
    let start = positions.line_from(line, range.start);
    let end = positions.line_from(start, range.end);
    lsp::Range { start: positions.in_line(start, range.start), end: positions.in_line(end, range.end) }
}

/// The same for clients that show lists.
// The field is deprecated by the protocol in favour of tags, and must be given all the same.
#[expect(deprecated)]
pub(super) fn flat(view: &View<'_>, symbols: &[Symbol]) -> Vec<lsp::SymbolInformation> {
    let positions = view.positions();
    let mut around: Vec<&Symbol> = Vec::new();
    let mut listed = Vec::new();
    for symbol in symbols {
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
