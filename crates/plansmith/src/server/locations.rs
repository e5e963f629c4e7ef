//! Definitions, references, highlights and links as LSP locations.

use std::{path::Path, sync::Arc};

use plan_ide::{
    TextRange,
    hover::TemplateLocation,
    navigation::{self, DocumentLinkTarget, NavigationTarget},
};
use plan_syntax::Document;
use serde_json::Value;
use tower_lsp::lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentLink, GotoDefinitionResponse, Location, LocationLink,
    Position, Range, Url,
};

use super::{context::RequestContext, documents::Snapshot, state::Global};
use crate::{
    fault_injection,
    files::{self, key_of_uri},
    workspace,
};

/// Returns a snapshot of the document with this URI, from its buffer or the disk.
pub(super) fn snapshot_at(global: &Global, uri: &Url) -> Result<Snapshot, String> {
    if let Some((open, _)) = global.snapshot(uri) {
        fault_injection::panic_on(|| open.file.document().text());
        return Ok(open);
    }
    // Responses about a file that is not open use the URI of the request.
    Ok(Snapshot { uri: uri.clone(), ..snapshot_of(global, &key_of_uri(uri))? })
}

/// Returns a snapshot of a file, from its current buffer or the disk. The error message does not contain the path.
pub(super) fn snapshot_of(global: &Global, key: &str) -> Result<Snapshot, String> {
    let (open, uri, environment) = global.state.with(|state| {
        let open = state.documents.snapshot_of(key);
        (open, state.uri(key), Arc::clone(state.documents.environment()))
    });
    if let Some(open) = open {
        fault_injection::panic_on(|| open.file.document().text());
        return Ok(open);
    }
    let file = files::load(key, &environment)?;
    let uri = uri.or_else(|| Url::from_file_path(key).ok()).ok_or("file has no URI")?;
    Ok(Snapshot { uri, version: 0, file })
}

/// Maximum size in bytes of files that are read to compute exact ranges; for larger files, only the line is returned.
const MAX_PRECISE_BYTES: u64 = 512 * 1024;

/// Returns the text of a file from its current buffer, otherwise from the disk; `None` for a large or unreadable
/// file.
pub(super) fn text_of(global: &Global, path: &str) -> Option<Document> {
    let open = global.state.with(|state| state.documents.snapshot_of(path));
    let is_small =
        || std::fs::metadata(Path::new(path)).is_ok_and(|metadata| metadata.len() <= MAX_PRECISE_BYTES);
    open.map(|open| open.file.document().clone()).or_else(|| {
        let text = is_small().then(|| files::read(Path::new(path)).ok()).flatten()?;
        Some(Document::new(&text))
    })
}

fn location(global: &Global, snapshot: &Snapshot, target: &NavigationTarget) -> Option<Location> {
    let at_line = |line: u32| {
        let start = Position { line, character: 0 };
        Range { start, end: start }
    };
    match target {
        NavigationTarget::SameDocument(range) => {
            let range = global.encoding().range(snapshot.file.document(), range);
            Some(Location { uri: snapshot.uri.clone(), range })
        }
        NavigationTarget::OtherDocument { path, span, line } => {
            let (uri, encoding) = global.state.with(|state| (state.uri(path), state.encoding));
            let uri = uri?;
            let range = text_of(global, path).map(|text| encoding.range(&text, span));
            Some(Location { uri, range: range.unwrap_or_else(|| at_line(*line)) })
        }
        NavigationTarget::File { path, line } => {
            let uri = global.state.with(|state| state.roots.uri(path));
            let uri = uri.or_else(|| Url::from_file_path(path).ok())?;
            Some(Location { uri, range: at_line(*line) })
        }
    }
}

/// Returns the definition of the entity at a byte offset.
pub(super) fn definition(
    global: &Global,
    snapshot: &Snapshot,
    context: &RequestContext,
    offset: usize,
) -> Option<GotoDefinitionResponse> {
    let file = &snapshot.file;
    let (range, targets) =
        context.with_workspace(file, |workspace| navigation::definition(file, workspace, offset))?;
    let found = targets.iter().filter_map(|target| location(global, snapshot, target));
    if !context.client_caps.links_definitions {
        return Some(GotoDefinitionResponse::Array(found.collect()));
    }
    let origin = context.encoding.range(file.document(), &range);
    let links = found.map(|location| LocationLink {
        origin_selection_range: Some(origin),
        target_uri: location.uri,
        target_range: location.range,
        target_selection_range: location.range,
    });
    Some(GotoDefinitionResponse::Link(links.collect()))
}

/// Returns the references to the entity at a byte offset, with its definition if `with_definition` is set.
pub(super) fn references(
    global: &Global,
    snapshot: &Snapshot,
    context: &RequestContext,
    offset: usize,
    with_definition: bool,
) -> Option<Vec<Location>> {
    let file = &snapshot.file;
    let uses = context.with_workspace(file, |workspace| navigation::references(file, workspace, offset))?;
    let skipped = usize::from(!with_definition);
    let here = uses.here.iter().skip(skipped);
    let mut found: Vec<Location> = here
        .filter_map(|range| location(global, snapshot, &NavigationTarget::SameDocument(range.clone())))
        .collect();
    for path in &uses.paths {
        let Ok(Snapshot { uri, file: other, .. }) = snapshot_of(global, path) else { continue };
        let ranges = (uses.find)(&other, &global.workspace_index.read());
        let range = |range: &TextRange| context.encoding.range(other.document(), range);
        found.extend(ranges.iter().map(|found| Location { uri: uri.clone(), range: range(found) }));
    }
    Some(found)
}

/// Returns the definition and the references, in the same document, of the entity at a byte offset.
pub(super) fn highlights(
    snapshot: &Snapshot,
    context: &RequestContext,
    offset: usize,
) -> Vec<DocumentHighlight> {
    let file = &snapshot.file;
    let ranges = navigation::highlights(file, offset).into_iter().enumerate();
    ranges
        .map(|(number, range)| DocumentHighlight {
            range: context.encoding.range(file.document(), &range),
            // The definition comes first.
            kind: Some(if number == 0 { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
        })
        .collect()
}

/// Returns the links of a document. Tooltips are resolved when a link is shown.
pub(super) fn links(global: &Global, snapshot: &Snapshot, context: &RequestContext) -> Vec<DocumentLink> {
    let file = &snapshot.file;
    let found = context.with_workspace(file, |workspace| navigation::links(file, workspace));
    let links = found.into_iter().filter_map(|link| {
        let (target, path) = match link.target {
            DocumentLinkTarget::Web(address) => (Url::parse(&address).ok()?, None),
            DocumentLinkTarget::Location(target) => {
                let (mut uri, line, path) = match target {
                    NavigationTarget::SameDocument(range) => {
                        (snapshot.uri.clone(), file.document().rope().byte_to_line(range.start), None)
                    }
                    NavigationTarget::OtherDocument { path, line, .. } => {
                        (global.uri(&path)?, line as usize, Some(path))
                    }
                    NavigationTarget::File { path, line } => {
                        let uri = global.state.with(|state| state.roots.uri(&path));
                        (uri.or_else(|| Url::from_file_path(&path).ok())?, line as usize, None)
                    }
                };
                // Clients open a file at the line in the fragment.
                if line > 0 {
                    uri.set_fragment(Some(&format!("L{}", line + 1)));
                }
                (uri, path)
            }
        };
        Some(DocumentLink {
            range: context.encoding.range(file.document(), &link.range),
            target: Some(target),
            tooltip: None,
            data: path.filter(|_| context.client_caps.link_tooltips).map(Value::String),
        })
    });
    links.collect()
}

/// Adds the title, status and progress of the linked document as tooltip.
pub(super) fn with_tooltip(global: &Global, mut link: DocumentLink) -> DocumentLink {
    if let Some(Value::String(path)) = link.data.take() {
        let index = global.workspace_index.read();
        let summary = index.get(&path).map(|entry| &entry.summary);
        link.tooltip = summary.and_then(|summary| {
            let mut tooltip = summary.title.as_ref()?.to_string();
            let status = summary.plan.as_ref().and_then(|work| work.status_text.as_deref());
            let progress =
                summary.plan.as_ref().map(|work| work.progress).filter(|progress| progress.total > 0);
            let progress = progress.map(|progress| format!("{}/{}", progress.done, progress.total));
            let details: Vec<&str> = status.into_iter().chain(progress.as_deref()).collect();
            if !details.is_empty() {
                tooltip = format!("{tooltip} ({})", details.join(", "));
            }
            Some(tooltip)
        });
    }
    link
}

/// Returns the location of a template's line on disk. A built-in template is written to the user's cache first.
pub(super) fn template_location(
    snapshot: &Snapshot,
    context: &RequestContext,
    target: &TemplateLocation,
) -> Option<Location> {
    let template = snapshot.file.environment().templates().named(&target.template)?;
    let path = match workspace::template_file(template) {
        Ok(path) => path,
        Err(error) => {
            tracing::warn!(%error, template = template.name, "cannot write the template to the cache");
            return None;
        }
    };
    let uri = Url::from_file_path(path).ok()?;
    let range = context.encoding.range(&Document::new(&template.text), &target.range);
    Some(Location { uri, range })
}
