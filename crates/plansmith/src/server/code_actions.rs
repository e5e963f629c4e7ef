//! Code actions and their edits.

use std::collections::HashSet;

use plan_ide::{
    Edit, File, Finding, Severity, TextRange,
    actions::{self, Action, Change, Context, OfferCondition},
    fix_all,
    rules::unfilled_placeholder::placeholders,
    sets,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tower_lsp::lsp_types::{
    CodeAction, CodeActionDisabled, CodeActionKind, CodeActionOrCommand, CodeActionParams,
    CodeActionResponse, Command, Url, WorkspaceEdit,
};

use super::{
    capabilities::FIX_ALL,
    changes,
    command_names::{GO_TO_SIBLING, GO_TO_SIBLING_KIND, NEXT_PLACEHOLDER, NEXT_PLACEHOLDER_KIND},
    context::RequestContext,
    documents::Snapshot,
    state::Global,
    to_proto::{ProtoConverter, action_kind},
};

/// Maximum number of code actions at a cursor, unless the client requests certain kinds.
const MAX_ACTIONS: usize = 8;

/// Maximum number of findings in a range for which fixes are offered. Without a limit, selecting a long document
/// would return its text many times.
const MAX_FIXED_FINDINGS: usize = 100;

/// Maximum number of edits sent with a code action before it is selected.
const MAX_EAGER_EDITS: usize = 200;

/// Data of a code action whose edit is resolved lazily, to find the action again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ActionData {
    /// URI of the document.
    pub(super) uri: Url,
    version: i32,
    range: TextRange,
    kind: String,
    title: String,
}

impl ActionData {
    /// Returns the data of a code action, or `None` if its edit is already complete.
    pub(super) fn of(action: &CodeAction) -> Option<Self> {
        serde_json::from_value(action.data.clone()?).ok()
    }
}

/// Returns the edit of a code action. Returns `None` if the document has changed since the action was offered, or was
/// closed while the same file is open under another name.
pub(super) fn resolved_edit(
    global: &Global,
    snapshot: &Snapshot,
    context: &RequestContext,
    data: &ActionData,
) -> Option<WorkspaceEdit> {
    if snapshot.uri != data.uri || snapshot.version != data.version {
        return None;
    }
    let file = &snapshot.file;
    let changes = context.with_workspace(file, |workspace| {
        let context = Context { file, workspace, range: &data.range, on_request: true };
        let mut all = actions::actions(&context).into_iter();
        let action = all.find(|action| action.kind == data.kind && action.title == data.title)?;
        Some(action.changes(file, workspace))
    })?;
    Some(changes::workspace_edit(global, snapshot, changes))
}

/// The kinds of code actions that were requested; `None` for all.
struct KindFilter<'a>(Option<&'a [CodeActionKind]>);

impl KindFilter<'_> {
    /// Returns whether a kind was requested. Kinds are a hierarchy: `refactor` includes `refactor.rewrite`.
    fn includes(&self, kind: &CodeActionKind) -> bool {
        self.0.is_none_or(|only| {
            only.iter().any(|requested| {
                let requested = requested.as_str();
                let rest = kind.as_str().strip_prefix(requested);
                rest.is_some_and(|rest| requested.is_empty() || rest.is_empty() || rest.starts_with('.'))
            })
        })
    }
}

/// Returns the code actions in a range: fixes first, then refactorings by relevance, suppressions last.
pub(super) fn code_actions(
    global: &Global,
    snapshot: &Snapshot,
    context: &RequestContext,
    params: &CodeActionParams,
) -> CodeActionResponse {
    let converter = context.converter(snapshot);
    let file = &snapshot.file;
    let range = cursor_or_selection(file, context.encoding.bytes(file.document(), params.range));
    let only = KindFilter(params.context.only.as_deref());
    let findings = context.findings(file);
    let mut found = Vec::new();
    let mut suppressing = Vec::new();
    if only.includes(&CodeActionKind::QUICKFIX) {
        // A cursor selects its whole line. Findings at the cursor itself come first.
        let line = match range.is_empty() {
            true => file.document().line_start(range.start)..file.document().line_end(range.start),
            false => range.clone(),
        };
        let touches = |finding: &Finding, range: &TextRange| {
            finding.range.start <= range.end && range.start <= finding.range.end
        };
        let mut here: Vec<_> = findings.iter().filter(|(finding, _)| touches(finding, &line)).collect();
        here.sort_by_key(|(finding, _)| !touches(finding, &range));
        here.truncate(MAX_FIXED_FINDINGS);
        for (finding, severity) in here {
            found.extend(fixes(context, &converter, finding, *severity));
            suppressing.extend(suppressions(context, &converter, finding, *severity));
        }
    }
    // A selection or a request for certain kinds returns all refactorings.
    let on_request = only.0.is_some() || !range.is_empty();
    found.extend(refactorings(global, snapshot, context, &range, &only, on_request));
    if only.includes(&action_kind(NEXT_PLACEHOLDER_KIND)) {
        found.extend(to_next_placeholder(context, snapshot, &range, params));
    }
    if only.includes(&action_kind(GO_TO_SIBLING_KIND)) {
        found.extend(to_siblings(context, snapshot, &range, on_request));
    }
    if only.includes(&FIX_ALL) {
        let findings = findings.iter().map(|(finding, _)| &**finding);
        let edits: Vec<Edit> = context.with_workspace(file, |workspace| fix_all(file, workspace, findings));
        // The edits can cover the whole document, so a large number of edits is sent only if the kind was requested.
        if !edits.is_empty() && (only.0.is_some() || edits.len() <= MAX_EAGER_EDITS) {
            found.push(CodeAction {
                title: "Fix all auto-fixable problems".to_owned(),
                kind: Some(FIX_ALL),
                edit: Some(converter.workspace_edit(&edits, context.client_caps.versioned_edits)),
                ..CodeAction::default()
            });
        }
    }
    found.extend(suppressing);
    // Remove refactorings with the same title, which are duplicates, but keep fixes, which apply to different places.
    let mut titles = HashSet::new();
    found.retain(|action| {
        action.kind == Some(CodeActionKind::QUICKFIX) || titles.insert(action.title.clone())
    });
    if !on_request {
        found.truncate(MAX_ACTIONS);
    }
    found.into_iter().map(CodeActionOrCommand::CodeAction).collect()
}

/// Returns the range. If it contains at most one character, returns an empty range at its start, because some editors
/// always select a character.
fn cursor_or_selection(file: &File, range: TextRange) -> TextRange {
    let text = || file.document().slice(range.clone());
    let is_cursor = range.len() <= 4 && text().chars().count() <= 1;
    if is_cursor { range.start..range.start } else { range }
}

fn fixes(
    context: &RequestContext,
    converter: &ProtoConverter<'_>,
    finding: &Finding,
    severity: Severity,
) -> Vec<CodeAction> {
    let diagnostic = converter.diagnostic(finding, severity);
    let file = &converter.snapshot.file;
    let finding = context.with_workspace(file, |workspace| finding.with_fixes(file, workspace));
    let actions = finding.fixes.iter().map(|fix| CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![diagnostic.clone()]),
        edit: Some(converter.workspace_edit(&fix.edits, context.client_caps.versioned_edits)),
        is_preferred: fix.safe.then_some(true),
        ..CodeAction::default()
    });
    actions.collect()
}

fn suppressions(
    context: &RequestContext,
    converter: &ProtoConverter<'_>,
    finding: &Finding,
    severity: Severity,
) -> Vec<CodeAction> {
    let diagnostic = converter.diagnostic(finding, severity);
    let actions =
        plan_ide::disable(&converter.snapshot.file, finding).into_iter().map(|(title, edit)| CodeAction {
            title,
            // Clients that sort actions by kind show those without a kind last.
            kind: (!context.client_caps.sorts_actions).then_some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![diagnostic.clone()]),
            edit: Some(converter.workspace_edit(&[edit], context.client_caps.versioned_edits)),
            ..CodeAction::default()
        });
    actions.collect()
}

/// Returns the code actions that are independent of findings.
fn refactorings(
    global: &Global,
    snapshot: &Snapshot,
    context: &RequestContext,
    range: &TextRange,
    only: &KindFilter<'_>,
    on_request: bool,
) -> Vec<CodeAction> {
    let file = &snapshot.file;
    let actions = context
        .with_workspace(file, |workspace| actions::actions(&Context { file, workspace, range, on_request }));
    let offered = actions.into_iter().filter(|action| {
        let shown = action.disabled.is_none() || on_request && context.client_caps.shows_disabled_actions;
        shown
            && (on_request || action.offer == OfferCondition::Always)
            && only.includes(&action_kind(action.kind))
    });
    offered.map(|action| code_action(global, snapshot, context, range, action)).collect()
}

fn code_action(
    global: &Global,
    snapshot: &Snapshot,
    context: &RequestContext,
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
        Change::Edits(edits) => edits.len() > MAX_EAGER_EDITS,
        Change::Lazy(_) => true,
    };
    if context.client_caps.resolves_actions && is_long {
        let data = ActionData {
            uri: snapshot.uri.clone(),
            version: snapshot.version,
            range: range.clone(),
            kind: action.kind.to_owned(),
            title: action.title,
        };
        return CodeAction { title, kind, data: serde_json::to_value(data).ok(), ..CodeAction::default() };
    }
    let file = &snapshot.file;
    let changes = context.with_workspace(file, |workspace| action.changes(file, workspace));
    let edit = Some(changes::workspace_edit(global, snapshot, changes));
    CodeAction { title, kind, edit, ..CodeAction::default() }
}

/// Returns the actions that open the other documents of the document set, for a range in the title or on request.
fn to_siblings(
    context: &RequestContext,
    snapshot: &Snapshot,
    range: &TextRange,
    on_request: bool,
) -> Vec<CodeAction> {
    let file = &snapshot.file;
    let in_title = || {
        file.plan().title_range().is_some_and(|title| {
            file.document().line_start(title.start) <= range.start && range.end <= title.end
        })
    };
    if !context.client_caps.shows_documents || !(on_request || in_title()) {
        return Vec::new();
    }
    let siblings = context.with_workspace(file, |workspace| sets::siblings(file, workspace));
    let actions = siblings.into_iter().map(|sibling| {
        let title = format!("Go to {}", sibling.name);
        let argument = json!({"textDocument": {"uri": snapshot.uri}, "name": sibling.name, "show": true});
        let command = Command::new(title.clone(), GO_TO_SIBLING.to_owned(), Some(vec![argument]));
        CodeAction {
            title,
            kind: Some(action_kind(GO_TO_SIBLING_KIND)),
            command: Some(command),
            ..CodeAction::default()
        }
    });
    actions.collect()
}

/// Returns the action that goes to the next placeholder, for a range in a placeholder.
fn to_next_placeholder(
    context: &RequestContext,
    snapshot: &Snapshot,
    range: &TextRange,
    params: &CodeActionParams,
) -> Option<CodeAction> {
    if !context.client_caps.shows_documents {
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
    let title = "Go to next placeholder".to_owned();
    let command = Command::new(title.clone(), NEXT_PLACEHOLDER.to_owned(), Some(vec![argument]));
    Some(CodeAction {
        title,
        kind: Some(action_kind(NEXT_PLACEHOLDER_KIND)),
        command: Some(command),
        ..CodeAction::default()
    })
}
