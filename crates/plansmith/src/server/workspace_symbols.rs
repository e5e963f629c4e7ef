//! Symbols of the whole workspace in the client's words.

use std::{collections::HashMap, sync::Arc};

use plan_ide::symbols::{self, WorkspaceSymbol as Found};
use plan_syntax::Document;
use serde::{Deserialize, Serialize};
use tower_lsp::lsp_types::{
    Location, OneOf, Position, Range, SymbolInformation, SymbolTag, Url, WorkspaceLocation, WorkspaceSymbol,
    WorkspaceSymbolResponse,
};

use super::{Shared, convert::symbol_kind, places};
use crate::fault_injection;

/// How many symbols a query is answered with.
const MOST: usize = 128;

/// What a symbol needs so that its range can be found when someone chooses it.
#[derive(Deserialize, Serialize)]
struct Key {
    path: String,
    line: u32,
    start: u32,
    end: u32,
}

/// The symbols that fit a query. A client that resolves them gets files without ranges: finding those reads texts.
pub(super) fn symbols(shared: &Shared, query: &str) -> WorkspaceSymbolResponse {
    fault_injection::panic_on(|| query.to_owned());
    let found = symbols::symbols(&shared.indexed.read(), query, MOST);
    if !shared.abilities().resolves_symbols {
        return WorkspaceSymbolResponse::Flat(placed(shared, found));
    }
    let symbol = |symbol: Found| {
        let uri = shared.uri(&symbol.path)?;
        let (start, end) = (symbol.span.start, symbol.span.end);
        let key = Key { path: symbol.path.to_string(), line: symbol.line, start, end };
        Some(WorkspaceSymbol {
            name: symbol.name,
            kind: symbol_kind(symbol.kind),
            tags: symbol.cancelled.then(|| vec![SymbolTag::DEPRECATED]),
            container_name: Some(symbol.container),
            location: OneOf::Right(WorkspaceLocation { uri }),
            data: serde_json::to_value(key).ok(),
        })
    };
    WorkspaceSymbolResponse::Nested(found.into_iter().filter_map(symbol).collect())
}

/// A symbol with its range.
pub(super) fn resolved(shared: &Shared, mut symbol: WorkspaceSymbol) -> WorkspaceSymbol {
    let key = symbol.data.take().and_then(|data| serde_json::from_value::<Key>(data).ok());
    if let (Some(key), OneOf::Right(WorkspaceLocation { uri })) = (key, &symbol.location) {
        let document = places::text_of(shared, &key.path);
        let range = range(shared, document.as_ref(), &(key.start..key.end), key.line);
        symbol.location = OneOf::Left(Location { uri: uri.clone(), range });
    }
    symbol
}

// The field is deprecated by the protocol in favour of tags, and must be given all the same.
#[expect(deprecated)]
fn placed(shared: &Shared, found: Vec<Found>) -> Vec<SymbolInformation> {
    let mut texts: HashMap<Arc<str>, Option<Document>> = HashMap::new();
    let mut answers = Vec::new();
    for symbol in found {
        let uri: Option<Url> = shared.uri(&symbol.path);
        let Some(uri) = uri else { continue };
        let document =
            texts.entry(Arc::clone(&symbol.path)).or_insert_with(|| places::text_of(shared, &symbol.path));
        let range = range(shared, document.as_ref(), &symbol.span, symbol.line);
        answers.push(SymbolInformation {
            name: symbol.name,
            kind: symbol_kind(symbol.kind),
            tags: symbol.cancelled.then(|| vec![SymbolTag::DEPRECATED]),
            deprecated: None,
            location: Location { uri, range },
            container_name: Some(symbol.container),
        });
    }
    answers
}

/// Where a symbol stands: in the text, else as far as its line tells.
fn range(shared: &Shared, text: Option<&Document>, span: &std::ops::Range<u32>, line: u32) -> Range {
    match text {
        Some(text) => shared.encoding().range(text, &(span.start as usize..span.end as usize)),
        None => {
            let start = Position { line, character: 0 };
            Range { start, end: start }
        }
    }
}
