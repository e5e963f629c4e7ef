//! Renumbering phases and tasks, with all references in this and sibling documents.

use std::collections::BTreeMap;

use plan_model::{Id, ItemKind};
use plan_schema::DocumentKind;

use super::{Action, Changes, Context, ExternalEdits};
use crate::{
    Edit, File, Workspace,
    editing::{
        draft::Draft,
        references,
        renumbering::{Extent, Numbering, consecutive_numbering},
    },
    relink,
};

/// Last segment of the action kind.
pub const KIND: &str = "renumber";

/// Offers to renumber all lists on the title, and the lists around a phase on its heading.
pub(super) fn renumber(context: &Context<'_>) -> Vec<Action> {
    let file = context.file;
    if file.kind() != DocumentKind::Plan {
        return Vec::new();
    }
    let plan = file.plan();
    let heading = plan.sections().find(|section| {
        let heading = section.heading_range();
        heading.start <= context.range.start && context.range.end <= heading.end
    });
    let Some(heading) = heading else { return Vec::new() };
    let phase = heading.item().filter(|item| item.kind() == ItemKind::Phase);
    let (extent, what) = match phase {
        Some(phase) => (Extent::ListOfItem(phase.index()), "in list"),
        None if heading.level() == 1 => (Extent::Document, "in plan"),
        None => return Vec::new(),
    };
    let count = consecutive_numbering(file, extent).ids.len();
    if count == 0 {
        let title = format!("Renumber phases and tasks {what}");
        let any = plan.items().any(|item| item.id().is_some());
        return any
            .then(|| Action::unavailable(title, KIND, "already numbered consecutively"))
            .into_iter()
            .collect();
    }
    let changing = if count == 1 { "1 change".to_owned() } else { format!("{count} changes") };
    let title = format!("Renumber phases and tasks {what} ({changing})");
    vec![
        Action::lazy(title, KIND, move |file, workspace| {
            changes(file, workspace, &consecutive_numbering(file, extent))
        })
        .always(),
    ]
}

/// Returns the changes that apply a numbering, including links to renamed headings and references in sibling documents.
pub(crate) fn changes(file: &File, workspace: &Workspace<'_>, numbering: &Numbering) -> Changes {
    let mut draft = Draft::new(file);
    draft.step(&numbering.edits(file));
    let own = relink::renamed_anchors(file, draft.file());
    let step = own.own_link_edits(draft.file());
    draft.step(&step);
    let mut ids: BTreeMap<Id, Id> = BTreeMap::new();
    for (index, new) in &numbering.ids {
        if let Some(old) = file.plan().item(*index).and_then(|item| item.id()) {
            ids.entry(old.clone()).or_insert_with(|| new.clone());
        }
    }
    Changes { edits: draft.edits(), external: external_edits(file, workspace, ids, own) }
}

/// Returns the edits of other documents that refer to this document's IDs or link to its anchors. `None` if no document
/// needs edits.
pub(crate) fn external_edits(
    file: &File,
    workspace: &Workspace<'_>,
    ids: BTreeMap<Id, Id>,
    anchors: relink::RenamedAnchors,
) -> Option<ExternalEdits> {
    let path = file.path().to_owned();
    let mut paths: Vec<String> = Vec::new();
    for (other, entry) in workspace.index.iter().filter(|(other, _)| ***other != *path) {
        let unresolved_ids =
            entry.summary.plan.as_ref().map(|work| &work.unresolved_ids[..]).unwrap_or_default();
        let names = unresolved_ids.iter().any(|id| {
            ids.contains_key(id) && workspace.index.find(other, id).is_some_and(|found| **found == *path)
        });
        if names {
            paths.push(other.to_string());
        }
    }
    if !anchors.is_empty() {
        paths.extend(workspace.index.linked_from(&path).into_iter().map(ToString::to_string));
    }
    paths.retain(|other| *other != path);
    paths.sort();
    paths.dedup();
    if paths.is_empty() {
        return None;
    }
    let rewrite = move |other: &File, index: &crate::Index| {
        let mut edits: Vec<Edit> = Vec::new();
        for dependency in other.plan().located_dependencies() {
            for name in
                dependency.names.iter().filter(|name| name.resolution == plan_model::Resolution::Unresolved)
            {
                let [id] = &name.ids[..] else { continue };
                let Some(new) = ids.get(id) else { continue };
                if index.find(other.path(), id).is_none_or(|found| **found != *path) {
                    continue;
                }
                let written = other.document().slice(name.range.clone());
                let (token, text) = references::with_number_of(&written, new);
                edits.push(Edit::replace(name.range.start + token.start..name.range.start + token.end, text));
            }
        }
        edits.extend(anchors.links_in(other, index, &path));
        edits.sort_by_key(|edit| edit.range.start);
        edits.dedup();
        edits
    };
    Some(ExternalEdits { paths, rewrite: Box::new(rewrite) })
}
