//! Operations on files in the editor: updates links to moved or deleted files, and offers a template for new plans.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use plan_ide::{
    Edit, Environment, File,
    relink::{PathChanges, relink, unlink},
};
use plan_schema::{KnownValues, Skeleton};
use tower_lsp::lsp_types::{
    FileDelete, FileRename, MessageActionItem, MessageType, Range, TextEdit, Url, WorkspaceEdit,
};

use super::{
    changes::{self, FileEdits},
    state::Global,
};
use crate::files;

/// Returns the edit that updates links before files are renamed.
pub(super) fn rename_edit(global: &Global, renames: &[FileRename]) -> Option<WorkspaceEdit> {
    let key = |uri: &str| Some(files::key_of_uri(&Url::parse(uri).ok()?));
    let moves = PathChanges::new(
        renames.iter().filter_map(|rename| Some((key(&rename.old_uri)?, key(&rename.new_uri)?))),
    );
    let mut affected = moves.affected_files(&global.workspace_index.read());
    affected.extend(files_mentioning(global, &moves, &affected));
    edit(global, &moves, &affected, relink)
}

/// Maximum number of files that are searched for mentions of renamed files.
const MAX_SEARCHED_FILES: usize = 5_000;

/// Returns the files whose text contains the name of a renamed file or folder, except the files in `known`.
fn files_mentioning(global: &Global, moves: &PathChanges, known: &[String]) -> Vec<String> {
    let names: Vec<&str> = moves.names().collect();
    let paths: Vec<Arc<str>> = {
        let index = global.workspace_index.read();
        index.iter().take(MAX_SEARCHED_FILES).map(|(path, _)| Arc::clone(path)).collect()
    };
    let mentions = |path: &str| {
        std::fs::read_to_string(path).is_ok_and(|text| names.iter().any(|name| text.contains(name)))
    };
    let others = paths.iter().filter(|path| !known.iter().any(|known| **known == ***path));
    others.filter(|path| mentions(path)).map(ToString::to_string).collect()
}

/// Returns the edit that replaces links to files with their text before the files are deleted.
pub(super) fn delete_edit(global: &Global, deletions: &[FileDelete]) -> Option<WorkspaceEdit> {
    let key = |uri: &str| Some(files::key_of_uri(&Url::parse(uri).ok()?));
    let deleted =
        PathChanges::new(deletions.iter().filter_map(|file| Some((key(&file.uri)?, String::new()))));
    let affected = deleted.affected_files(&global.workspace_index.read());
    edit(global, &deleted, &affected, |file, index, deleted| {
        if deleted.of(file.path()).is_some() { Vec::new() } else { unlink(file, index, deleted) }
    })
}

/// Returns the edit of all files that `moves` affects, given by their paths, or `None` if nothing changes.
fn edit(
    global: &Global,
    moves: &PathChanges,
    affected: &[String],
    change: impl Fn(&File, &plan_ide::Index, &PathChanges) -> Vec<Edit>,
) -> Option<WorkspaceEdit> {
    let changes =
        changes::edits_of_files(global, affected, |file| change(file, &global.workspace_index.read(), moves));
    (!changes.is_empty()).then(|| changes::to_workspace_edit(global, changes))
}

/// Asks the user whether a new file should start from the template that the settings assign to it or that its sibling plans
/// use.
pub(super) async fn offer_skeleton(global: Arc<Global>, uri: Url) {
    global.update_today();
    let environment = global.environment();
    let found = tokio::task::spawn_blocking({
        let (global, uri, environment) = (Arc::clone(&global), uri.clone(), Arc::clone(&environment));
        move || {
            let key = files::key_of_uri(&uri);
            let by_settings = || environment.template_for(&key).map(str::to_owned);
            let found = || by_settings().or_else(|| template_of_siblings(&global, &key, &environment));
            let name = is_empty(&key).then(found).flatten()?;
            environment.templates().named(&name).map(|_| (key, name))
        }
    });
    let Ok(Some((key, name))) = found.await else { return };
    let Some(template) = environment.templates().named(&name) else { return };
    let yes = MessageActionItem { title: format!("Start from {name}"), properties: HashMap::new() };
    let no = MessageActionItem { title: "Leave empty".to_owned(), properties: HashMap::new() };
    let question =
        format!("Start the new plan {} from template {name}?", plan_ide::workspace::path::name(&key));
    let answer = global.client.show_message_request(MessageType::INFO, question, Some(vec![yes.clone(), no]));
    if !matches!(answer.await, Ok(Some(chosen)) if chosen.title == yes.title) {
        return;
    }
    let permit = global.edit_queues.acquire(&uri).await;
    let current = tokio::task::spawn_blocking({
        let (global, uri, key) = (Arc::clone(&global), uri.clone(), key.clone());
        move || {
            let open = global.snapshot(&uri).map(|(open, _)| open);
            let is_empty =
                open.as_ref().map_or_else(|| is_empty(&key), |open| open.file.document().is_empty());
            is_empty.then_some(open)
        }
    });
    let Ok(Some(open)) = current.await else { return };
    let uri = open.as_ref().map_or(uri, |open| open.uri.clone());
    let values = KnownValues {
        title: plan_ide::completion::title_of(&key),
        owner: environment.owner.clone(),
        today: environment.today.clone(),
        fields: Vec::new(),
    };
    let new_text = Skeleton::plan(template, &values).to_text();
    let version = open.map(|open| open.version);
    let edits = vec![TextEdit { range: Range::default(), new_text }];
    let edit = changes::to_workspace_edit(&global, vec![FileEdits { uri, version, edits }]);
    if let Err(reason) = permit.apply(&global, edit, version).await {
        tracing::warn!(reason, "client did not insert the template of the new plan");
    }
}

/// Returns whether a file is empty or does not exist.
fn is_empty(key: &str) -> bool {
    std::fs::metadata(Path::new(key)).map_or(true, |metadata| metadata.len() == 0)
}

/// Maximum number of sibling plans whose templates are compared.
const MAX_SIBLINGS: usize = 12;

/// Returns the template that at least two plans, and more than half of the compared plans, use in the folder of a file.
fn template_of_siblings(global: &Global, key: &str, environment: &Arc<Environment>) -> Option<String> {
    let plans: Vec<Arc<str>> =
        global.workspace_index.read().sibling_plans(key).take(MAX_SIBLINGS).map(Arc::clone).collect();
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
