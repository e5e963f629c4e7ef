//! Places of the workspace for the client: what a word leads to, and what leads to it.

use std::{path::Path, sync::Arc};

use plan_ide::{
    TextRange,
    hover::TemplateLocation,
    navigation::{self, LinkTarget, Target},
};
use plan_syntax::Document;
use serde_json::Value;
use tower_lsp::lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentLink, GotoDefinitionResponse, Location, LocationLink,
    Position, Range, Url,
};

use super::{Shared, ViewSettings, documents::Snapshot};
use crate::{fault_injection, files, workspace};

/// A document as it is now, in the editor or on disk. The error says what is wrong with it, without its name.
pub(super) fn snapshot_of(shared: &Shared, key: &str) -> Result<Snapshot, String> {
    let (open, uri, environment) = {
        let mut state = shared.state();
        let open = state.documents.snapshot_of(key);
        (open, state.uri(key), Arc::clone(state.documents.environment()))
    };
    if let Some(open) = open {
        fault_injection::panic_on(|| open.file.document().text());
        return Ok(open);
    }
    let file = files::load(key, &environment)?;
    let uri = uri.or_else(|| Url::from_file_path(key).ok()).ok_or("has no address")?;
    Ok(Snapshot { uri, version: 0, file })
}

/// Files above this length (bytes) are not read again to place something; its line must do.
const EXACT: u64 = 512 * 1024;

/// The text of a file as the client sees it: the buffer of an open one, else the disk.
pub(super) fn text_of(shared: &Shared, path: &str) -> Option<Document> {
    let open = shared.state().documents.snapshot_of(path);
    let short = || std::fs::metadata(Path::new(path)).is_ok_and(|metadata| metadata.len() <= EXACT);
    open.map(|open| open.file.document().clone()).or_else(|| {
        let text = short().then(|| files::read(Path::new(path)).ok()).flatten()?;
        Some(Document::new(&text))
    })
}

fn location(shared: &Shared, snapshot: &Snapshot, target: &Target) -> Option<Location> {
    let at_line = |line: u32| {
        let start = Position { line, character: 0 };
        Range { start, end: start }
    };
    match target {
        Target::SameDocument(place) => {
            let range = shared.state().encoding.range(snapshot.file.document(), place);
            Some(Location { uri: snapshot.uri.clone(), range })
        }
        Target::OtherDocument { path, span, line } => {
            let (uri, encoding) = {
                let state = shared.state();
                (state.uri(path)?, state.encoding)
            };
            let range = text_of(shared, path).map(|text| encoding.range(&text, span));
            Some(Location { uri, range: range.unwrap_or_else(|| at_line(*line)) })
        }
        Target::File { path, line } => {
            let uri = shared.state().roots.uri(path).or_else(|| Url::from_file_path(path).ok())?;
            Some(Location { uri, range: at_line(*line) })
        }
    }
}

/// Where the word at a byte is defined.
pub(super) fn definition(
    shared: &Shared,
    snapshot: &Snapshot,
    settings: &ViewSettings,
    at: usize,
) -> Option<GotoDefinitionResponse> {
    let file = &snapshot.file;
    let (range, targets) =
        settings.with_workspace(file, |workspace| navigation::definition(file, workspace, at))?;
    let found = targets.iter().filter_map(|target| location(shared, snapshot, target));
    if !settings.abilities.links_definitions {
        return Some(GotoDefinitionResponse::Array(found.collect()));
    }
    let origin = settings.encoding.range(file.document(), &range);
    let links = found.map(|location| LocationLink {
        origin_selection_range: Some(origin),
        target_uri: location.uri,
        target_range: location.range,
        target_selection_range: location.range,
    });
    Some(GotoDefinitionResponse::Link(links.collect()))
}

/// Everything that names what the word at a byte names, without what defines it unless that is asked for, too.
pub(super) fn references(
    shared: &Shared,
    snapshot: &Snapshot,
    settings: &ViewSettings,
    at: usize,
    with_definition: bool,
) -> Option<Vec<Location>> {
    let file = &snapshot.file;
    let uses = settings.with_workspace(file, |workspace| navigation::references(file, workspace, at))?;
    let skipped = usize::from(!with_definition);
    let here = uses.here.iter().skip(skipped);
    let mut found: Vec<Location> =
        here.filter_map(|place| location(shared, snapshot, &Target::SameDocument(place.clone()))).collect();
    for path in &uses.paths {
        let Ok(Snapshot { uri, file: other, .. }) = snapshot_of(shared, path) else { continue };
        let places = (uses.find)(&other, &shared.indexed.read());
        let range = |place: &TextRange| settings.encoding.range(other.document(), place);
        found.extend(places.iter().map(|place| Location { uri: uri.clone(), range: range(place) }));
    }
    Some(found)
}

/// The places of the document that name what the word at a byte names.
pub(super) fn highlights(snapshot: &Snapshot, settings: &ViewSettings, at: usize) -> Vec<DocumentHighlight> {
    let file = &snapshot.file;
    let places = navigation::highlights(file, at).into_iter().enumerate();
    places
        .map(|(number, place)| DocumentHighlight {
            range: settings.encoding.range(file.document(), &place),
            // What defines it comes first.
            kind: Some(if number == 0 { DocumentHighlightKind::WRITE } else { DocumentHighlightKind::READ }),
        })
        .collect()
}

/// The links of the document. What stands where they lead is told when someone looks at one.
pub(super) fn links(shared: &Shared, snapshot: &Snapshot, settings: &ViewSettings) -> Vec<DocumentLink> {
    let file = &snapshot.file;
    let found = settings.with_workspace(file, |workspace| navigation::links(file, workspace));
    let links = found.into_iter().filter_map(|link| {
        let (target, path) = match link.target {
            LinkTarget::Web(address) => (Url::parse(&address).ok()?, None),
            LinkTarget::Location(target) => {
                let (mut uri, line, path) = match target {
                    Target::SameDocument(place) => {
                        (snapshot.uri.clone(), file.document().rope().byte_to_line(place.start), None)
                    }
                    Target::OtherDocument { path, line, .. } => {
                        (shared.state().uri(&path)?, line as usize, Some(path))
                    }
                    Target::File { path, line } => {
                        let uri = shared.state().roots.uri(&path);
                        (uri.or_else(|| Url::from_file_path(&path).ok())?, line as usize, None)
                    }
                };
                // Clients open a place of a file by its line as a fragment.
                if line > 0 {
                    uri.set_fragment(Some(&format!("L{}", line + 1)));
                }
                (uri, path)
            }
        };
        Some(DocumentLink {
            range: settings.encoding.range(file.document(), &link.range),
            target: Some(target),
            tooltip: None,
            data: path.filter(|_| settings.abilities.link_tooltips).map(Value::String),
        })
    });
    links.collect()
}

/// A link with the title of the document that it leads to, and how far that is.
pub(super) fn explained(shared: &Shared, mut link: DocumentLink) -> DocumentLink {
    if let Some(Value::String(path)) = link.data.take() {
        let index = shared.indexed.read();
        let summary = index.get(&path).map(|entry| &entry.summary);
        link.tooltip = summary.and_then(|summary| {
            let mut said = summary.title.as_ref()?.to_string();
            let status = summary.plan.as_ref().and_then(|work| work.status_text.as_deref());
            let progress =
                summary.plan.as_ref().map(|work| work.progress).filter(|progress| progress.total > 0);
            let progress = progress.map(|progress| format!("{}/{}", progress.done, progress.total));
            let details: Vec<&str> = status.into_iter().chain(progress.as_deref()).collect();
            if !details.is_empty() {
                said = format!("{said} ({})", details.join(", "));
            }
            Some(said)
        });
    }
    link
}

/// Where a template's line stands on disk. A built-in one is written to the user's cache first.
pub(super) fn template_location(
    snapshot: &Snapshot,
    view: &ViewSettings,
    place: &TemplateLocation,
) -> Option<Location> {
    let template = snapshot.file.environment().templates().named(&place.template)?;
    let path = match workspace::template_file(template) {
        Ok(path) => path,
        Err(error) => {
            tracing::warn!(%error, template = template.name, "the template could not be written for reading");
            return None;
        }
    };
    let uri = Url::from_file_path(path).ok()?;
    let range = view.encoding.range(&Document::new(&template.text), &place.range);
    Some(Location { uri, range })
}
