//! Symbols of the workspace as LSP types.

use std::{collections::HashMap, sync::Arc};

use plan_ide::symbols::{self, WorkspaceSymbol as Found};
use plan_syntax::Document;
use serde::{Deserialize, Serialize};
use tower_lsp::lsp_types::{
    Location, OneOf, Position, Range, SymbolInformation, SymbolTag, Url, WorkspaceLocation, WorkspaceSymbol,
    WorkspaceSymbolResponse,
};

use super::{document_symbols::checkbox_prefix, locations, state::Global, to_proto::symbol_kind};
use crate::fault_injection;

/// Maximum number of symbols in a response.
const MAX_SYMBOLS: usize = 128;

/// Data of a symbol whose range is resolved when the user selects it.
#[derive(Deserialize, Serialize)]
struct SymbolKey {
    path: String,
    line: u32,
    start: u32,
    end: u32,
}

/// Returns the symbols that match a query. Clients that resolve symbols get them without ranges, because computing ranges
/// reads files.
pub(super) fn symbols(global: &Global, query: &str) -> WorkspaceSymbolResponse {
    fault_injection::panic_on(|| query.to_owned());
    let mut found = symbols::symbols(&global.workspace_index.read(), query, MAX_SYMBOLS);
    if !global.client_caps().shows_symbol_details {
        for symbol in &mut found {
            let state = checkbox_prefix(symbol.kind, symbol.cancelled);
            let container = match symbol.name == symbol.container {
                true => String::new(),
                false => format!(" — {}", symbol.container),
            };
            symbol.name = format!("{state}{}{container}", symbol.name);
        }
    }
    if !global.client_caps().resolves_symbols {
        return WorkspaceSymbolResponse::Flat(with_locations(global, found));
    }
    let symbol = |symbol: Found| {
        let uri = global.uri(&symbol.path)?;
        let (start, end) = (symbol.span.start, symbol.span.end);
        let key = SymbolKey { path: symbol.path.to_string(), line: symbol.line, start, end };
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

/// Adds the range of a symbol.
pub(super) fn resolved_symbol(global: &Global, mut symbol: WorkspaceSymbol) -> WorkspaceSymbol {
    let key = symbol.data.take().and_then(|data| serde_json::from_value::<SymbolKey>(data).ok());
    if let (Some(key), OneOf::Right(WorkspaceLocation { uri })) = (key, &symbol.location) {
        let document = locations::text_of(global, &key.path);
        let range = range(global, document.as_ref(), &(key.start..key.end), key.line);
        symbol.location = OneOf::Left(Location { uri: uri.clone(), range });
    }
    symbol
}

// The protocol deprecates the field `deprecated` in favor of tags, but the type requires it.
#[expect(deprecated)]
fn with_locations(global: &Global, found: Vec<Found>) -> Vec<SymbolInformation> {
    let mut texts: HashMap<Arc<str>, Option<Document>> = HashMap::new();
    let mut located = Vec::new();
    for symbol in found {
        let uri: Option<Url> = global.uri(&symbol.path);
        let Some(uri) = uri else { continue };
        let document =
            texts.entry(Arc::clone(&symbol.path)).or_insert_with(|| locations::text_of(global, &symbol.path));
        let range = range(global, document.as_ref(), &symbol.span, symbol.line);
        located.push(SymbolInformation {
            name: symbol.name,
            kind: symbol_kind(symbol.kind),
            tags: symbol.cancelled.then(|| vec![SymbolTag::DEPRECATED]),
            deprecated: None,
            location: Location { uri, range },
            container_name: Some(symbol.container),
        });
    }
    located
}

/// Returns the range of a symbol, or the start of its line if the text is not available.
fn range(global: &Global, text: Option<&Document>, span: &std::ops::Range<u32>, line: u32) -> Range {
    match text {
        Some(text) => global.encoding().range(text, &(span.start as usize..span.end as usize)),
        None => {
            let start = Position { line, character: 0 };
            Range { start, end: start }
        }
    }
}
