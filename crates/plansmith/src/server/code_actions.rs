//! Code actions: what is offered, and what a chosen one changes.

use std::collections::HashSet;

use plan_ide::{
    Edit, File, Finding, Severity, TextRange,
    actions::{self, Action, Change, Context, Offer},
    fix_all,
    rules::unfilled_placeholder::placeholders,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tower_lsp::lsp_types::{
    CodeAction, CodeActionDisabled, CodeActionKind, CodeActionOrCommand, CodeActionParams,
    CodeActionResponse, Command, Url, WorkspaceEdit,
};

use super::{
    Shared, ViewSettings,
    capabilities::{FIX_ALL, NEXT_PLACEHOLDER, NEXT_PLACEHOLDER_KIND},
    changes,
    convert::{View, action_kind},
    documents::Snapshot,
};

/// Without being asked for more, so many actions are a menu that can be read.
const MOST: usize = 8;

/// Of so many findings at a place fixes are offered: whoever selects everything is not given the document back many times.
const FIXED: usize = 100;

/// So many edits are sent with an action that may not be chosen.
const MANY: usize = 200;

/// What a lazily resolved action is found again by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The document.
    pub(super) uri: Url,
    version: i32,
    range: TextRange,
    kind: String,
    title: String,
}

impl Asked {
    /// What an action of ours carries; nothing for one that is whole already.
    pub(super) fn of(action: &CodeAction) -> Option<Self> {
        serde_json::from_value(action.data.clone()?).ok()
    }
}

/// The change of an action; nothing when the document has changed since it was offered.
pub(super) fn resolved(
    shared: &Shared,
    snapshot: &Snapshot,
    settings: &ViewSettings,
    asked: &Asked,
) -> Option<WorkspaceEdit> {
    if snapshot.version != asked.version {
        return None;
    }
    let file = &snapshot.file;
    let changes = settings.with_workspace(file, |workspace| {
        let context = Context { file, workspace, range: &asked.range, on_request: true };
        let mut all = actions::actions(&context).into_iter();
        let action = all.find(|action| action.kind == asked.kind && action.title == asked.title)?;
        Some(action.changes(file, workspace))
    })?;
    Some(changes::workspace_edit(shared, snapshot, changes))
}

/// Which kinds were asked for.
struct Only<'a>(Option<&'a [CodeActionKind]>);

impl Only<'_> {
    /// `refactor` asks for `refactor.rewrite` too: kinds are a hierarchy.
    fn wants(&self, kind: &CodeActionKind) -> bool {
        self.0.is_none_or(|only| {
            only.iter().any(|asked| {
                let asked = asked.as_str();
                let rest = kind.as_str().strip_prefix(asked);
                rest.is_some_and(|rest| asked.is_empty() || rest.is_empty() || rest.starts_with('.'))
            })
        })
    }
}

/// What is offered at a place: fixes first, then what is likeliest, and what silences a finding last.
pub(super) fn offered(
    shared: &Shared,
    snapshot: &Snapshot,
    settings: &ViewSettings,
    params: &CodeActionParams,
) -> CodeActionResponse {
    let view = settings.of(snapshot);
    let file = &snapshot.file;
    let range = cursor_or_selection(file, settings.encoding.bytes(file.document(), params.range));
    let only = Only(params.context.only.as_deref());
    let findings = settings.findings(file);
    let mut found = Vec::new();
    let mut silencers = Vec::new();
    if only.wants(&CodeActionKind::QUICKFIX) {
        // A cursor means its line; what is found at the cursor itself comes first.
        let line = match range.is_empty() {
            true => file.document().line_start(range.start)..file.document().line_end(range.start),
            false => range.clone(),
        };
        let touches = |finding: &Finding, place: &TextRange| {
            finding.range.start <= place.end && place.start <= finding.range.end
        };
        let mut here: Vec<_> = findings.iter().filter(|(finding, _)| touches(finding, &line)).collect();
        here.sort_by_key(|(finding, _)| !touches(finding, &range));
        here.truncate(FIXED);
        for (finding, severity) in here {
            found.extend(fixes(settings, &view, finding, *severity));
            silencers.extend(silencing(settings, &view, finding, *severity));
        }
    }
    // Whoever selects something or asks for refactorings wants to see them all.
    let asked = only.0.is_some() || !range.is_empty();
    found.extend(own(shared, snapshot, settings, &range, &only, asked));
    if only.wants(&action_kind(NEXT_PLACEHOLDER_KIND)) {
        found.extend(to_next_placeholder(settings, snapshot, &range, params));
    }
    if only.wants(&FIX_ALL) {
        let findings = findings.iter().map(|(finding, _)| &**finding);
        let edits: Vec<Edit> = settings.with_workspace(file, |workspace| fix_all(file, workspace, findings));
        // Whoever asks for no kind in particular is not sent the whole document.
        if !edits.is_empty() && (only.0.is_some() || edits.len() <= MANY) {
            found.push(CodeAction {
                title: "Mend everything that has one sure fix".to_owned(),
                kind: Some(FIX_ALL),
                edit: Some(view.workspace_edit(&edits, settings.abilities.versioned_edits)),
                ..CodeAction::default()
            });
        }
    }
    found.extend(silencers);
    // Two ways to the same change; fixes of one title mend different places.
    let mut titles = HashSet::new();
    found.retain(|action| {
        action.kind == Some(CodeActionKind::QUICKFIX) || titles.insert(action.title.clone())
    });
    if !asked {
        found.truncate(MOST);
    }
    found.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

/// A selection of one character is a cursor: in editors that always select something it is.
fn cursor_or_selection(file: &File, range: TextRange) -> TextRange {
    let text = || file.document().slice(range.clone());
    let is_cursor = range.len() <= 4 && text().chars().count() <= 1;
    if is_cursor { range.start..range.start } else { range }
}

fn fixes(settings: &ViewSettings, view: &View<'_>, finding: &Finding, severity: Severity) -> Vec<CodeAction> {
    let diagnostic = view.diagnostic(finding, severity);
    let file = &view.snapshot.file;
    let finding = settings.with_workspace(file, |workspace| finding.with_fixes(file, workspace));
    let actions = finding.fixes.iter().map(|fix| CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic.clone()]),
        edit: Some(view.workspace_edit(&fix.edits, settings.abilities.versioned_edits)),
        is_preferred: fix.safe.then_some(true),
        ..CodeAction::default()
    });
    actions.collect()
}

fn silencing(
    settings: &ViewSettings,
    view: &View<'_>,
    finding: &Finding,
    severity: Severity,
) -> Vec<CodeAction> {
    let diagnostic = view.diagnostic(finding, severity);
    let actions =
        plan_ide::disable(&view.snapshot.file, finding).into_iter().map(|(title, edit)| CodeAction {
            title,
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic.clone()]),
            edit: Some(view.workspace_edit(&[edit], settings.abilities.versioned_edits)),
            ..CodeAction::default()
        });
    actions.collect()
}

/// The actions that no finding asks for.
fn own(
    shared: &Shared,
    snapshot: &Snapshot,
    settings: &ViewSettings,
    range: &TextRange,
    only: &Only<'_>,
    asked: bool,
) -> Vec<CodeAction> {
    let file = &snapshot.file;
    let actions = settings.with_workspace(file, |workspace| {
        actions::actions(&Context { file, workspace, range, on_request: asked })
    });
    let kept = actions.into_iter().filter(|action| {
        let shown = action.disabled.is_none() || asked && settings.abilities.shows_disabled_actions;
        shown && (asked || action.offer == Offer::Always) && only.wants(&action_kind(action.kind))
    });
    kept.map(|action| code_action(shared, snapshot, settings, range, action)).collect()
}

fn code_action(
    shared: &Shared,
    snapshot: &Snapshot,
    settings: &ViewSettings,
    range: &TextRange,
    action: Action,
) -> CodeAction {
    let kind = Some(action_kind(action.kind));
    let title = action.title.clone();
    if let Some(reason) = action.disabled {
        return CodeAction {
            title,
            kind,
            disabled: Some(CodeActionDisabled { reason }),
            ..CodeAction::default()
        };
    }
    let is_long = match &action.change {
        Change::Edits(edits) => edits.len() > MANY,
        Change::Lazy(_) => true,
    };
    if settings.abilities.resolves_actions && is_long {
        let asked = Asked {
            uri: snapshot.uri.clone(),
            version: snapshot.version,
            range: range.clone(),
            kind: action.kind.to_owned(),
            title: action.title,
        };
        return CodeAction { title, kind, data: serde_json::to_value(asked).ok(), ..CodeAction::default() };
    }
    let file = &snapshot.file;
    let changes = settings.with_workspace(file, |workspace| action.changes(file, workspace));
    let edit = Some(changes::workspace_edit(shared, snapshot, changes));
    CodeAction { title, kind, edit, ..CodeAction::default() }
}

/// Whoever fills in one placeholder goes on to the next.
fn to_next_placeholder(
    settings: &ViewSettings,
    snapshot: &Snapshot,
    range: &TextRange,
    params: &CodeActionParams,
) -> Option<CodeAction> {
    if !settings.abilities.shows_documents {
        return None;
    }
    let all = placeholders(&snapshot.file);
    let here = all.iter().position(|found| found.range.start <= range.start && range.end <= found.range.end);
    here.filter(|here| here + 1 < all.len())?;
    let argument = json!({
        "textDocument": {"uri": params.text_document.uri},
        "position": params.range.end,
        "show": true,
    });
    let title = "Go to the next placeholder".to_owned();
    let command = Command::new(title.clone(), NEXT_PLACEHOLDER.to_owned(), Some(vec![argument]));
    Some(CodeAction {
        title,
        kind: Some(action_kind(NEXT_PLACEHOLDER_KIND)),
        command: Some(command),
        ..CodeAction::default()
    })
}
