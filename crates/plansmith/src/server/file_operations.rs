//! What an editor does to files: links follow those that move, a new plan can start from its template.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use plan_ide::{
    Edit, Environment, File,
    relink::{Moves, relink, unlink},
};
use plan_schema::{KnownValues, Skeleton};
use tower_lsp::lsp_types::{
    FileDelete, FileRename, MessageActionItem, MessageType, Range, TextEdit, Url, WorkspaceEdit,
};

use super::{
    Shared,
    changes::{self, Change},
    places,
};
use crate::files;

/// The edit that keeps links right when files move, made before they do.
pub(super) fn renamed(shared: &Shared, renames: &[FileRename]) -> Option<WorkspaceEdit> {
    let key = |uri: &str| Some(files::key_of_uri(&Url::parse(uri).ok()?));
    let moves =
        Moves::new(renames.iter().filter_map(|rename| Some((key(&rename.old_uri)?, key(&rename.new_uri)?))));
    edit(shared, &moves, relink)
}

/// The edit that leaves of links to files that are deleted what they show.
pub(super) fn deleted(shared: &Shared, deletions: &[FileDelete]) -> Option<WorkspaceEdit> {
    let key = |uri: &str| Some(files::key_of_uri(&Url::parse(uri).ok()?));
    let gone = Moves::new(deletions.iter().filter_map(|file| Some((key(&file.uri)?, String::new()))));
    edit(
        shared,
        &gone,
        |file, index, gone| {
            if gone.of(file.path()).is_some() { Vec::new() } else { unlink(file, index, gone) }
        },
    )
}

/// The changes of all files that `moves` concerns.
fn edit(
    shared: &Shared,
    moves: &Moves,
    change: impl Fn(&File, &plan_ide::Index, &Moves) -> Vec<Edit>,
) -> Option<WorkspaceEdit> {
    let affected = moves.affected(&shared.indexed.read());
    let changes = changes::of_files(shared, &affected, |file| change(file, &shared.indexed.read(), moves));
    (!changes.is_empty()).then(|| changes::joined(shared, changes))
}

/// Asks whether a new file shall start from the template that its neighbours follow, or that settings name for it.
pub(super) async fn offer_skeleton(shared: Arc<Shared>, uri: Url) {
    shared.notice_day();
    let environment = shared.environment();
    let found = tokio::task::spawn_blocking({
        let (shared, uri, environment) = (Arc::clone(&shared), uri.clone(), Arc::clone(&environment));
        move || {
            let key = files::key_of_uri(&uri);
            let by_settings = || environment.template_for(&key).map(str::to_owned);
            let found = || by_settings().or_else(|| template_beside(&shared, &key, &environment));
            let name = is_empty(&key).then(found).flatten()?;
            environment.templates().named(&name).map(|_| (key, name))
        }
    });
    let Ok(Some((key, name))) = found.await else { return };
    let Some(template) = environment.templates().named(&name) else { return };
    let yes = MessageActionItem { title: format!("Start from {name}"), properties: HashMap::new() };
    let no = MessageActionItem { title: "Leave it empty".to_owned(), properties: HashMap::new() };
    let question =
        format!("{}: start the new plan from the template {name}?", plan_ide::workspace::path::name(&key));
    let asked = shared.client.show_message_request(MessageType::INFO, question, Some(vec![yes.clone(), no]));
    if !matches!(asked.await, Ok(Some(chosen)) if chosen.title == yes.title) {
        return;
    }
    let turn = shared.turns.take(&uri).await;
    let open = places::buffer(&shared, &uri).map(|(open, _)| open);
    let uri = open.as_ref().map_or(uri, |open| open.uri.clone());
    let still_empty = match &open {
        Some(open) => open.file.document().is_empty(),
        None => is_empty(&key),
    };
    if !still_empty {
        return;
    }
    let filled = KnownValues {
        title: plan_ide::completion::title_of(&key),
        owner: environment.owner.clone(),
        today: environment.today.clone(),
        fields: Vec::new(),
    };
    let new_text = Skeleton::plan(template, &filled).to_text();
    let version = open.map(|open| open.version);
    let edits = vec![TextEdit { range: Range::default(), new_text }];
    let edit = changes::joined(&shared, vec![Change { uri, version, edits }]);
    if let Err(reason) = turn.apply(&shared, edit, version).await {
        tracing::warn!(reason, "the client did not start the plan from its template");
    }
}

/// Whether a file has no text, or does not exist.
fn is_empty(key: &str) -> bool {
    std::fs::metadata(Path::new(key)).map_or(true, |metadata| metadata.len() == 0)
}

/// So many plans beside a new one are asked for their template.
const NEIGHBOURS: usize = 12;

/// The template that most plans in the folder of a file follow, if at least two do.
fn template_beside(shared: &Shared, key: &str, environment: &Arc<Environment>) -> Option<String> {
    let plans: Vec<Arc<str>> =
        shared.indexed.read().sibling_plans(key).take(NEIGHBOURS).map(Arc::clone).collect();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for plan in &plans {
        let file = files::load(plan, environment).ok()?;
        if let Some(template) = file.template() {
            *counts.entry(template.name.clone()).or_default() += 1;
        }
    }
    let (name, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    (count >= 2 && count * 2 > plans.len()).then_some(name)
}
