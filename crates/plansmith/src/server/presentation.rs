//! Hovers, hints, lenses, semantic tokens and selection ranges as LSP types.

use std::sync::Arc;

use plan_ide::{
    Finding, Severity,
    hover::Hover,
    inlay::inlay_hints,
    lens::{LensAction, lenses},
    selection::selection_ranges,
    sets,
    tokens::{Token, TokenKind, tokens},
};
use plan_syntax::tree::EnclosingNode;
use serde_json::json;
use tower_lsp::lsp_types::{
    CodeLens, Command, InlayHint, InlayHintLabel, InlayHintTooltip, Position, Range, SelectionRange,
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensLegend,
};

use super::{
    client_caps::ClientCaps,
    command_names::{GO_TO_SIBLING, NEXT_TASK, SET_STATE, TOGGLE_TASK},
    context::RequestContext,
    documents::Snapshot,
    position::PositionMap,
};
use crate::rule_url::rule_url;

/// Returns the hints in a range.
pub(super) fn hints(snapshot: &Snapshot, context: &RequestContext, range: Range) -> Vec<InlayHint> {
    let document = snapshot.file.document();
    let within = context.encoding.bytes(document, range);
    let found = inlay_hints(&snapshot.file, &within, context.hints).into_iter();
    found
        .map(|hint| InlayHint {
            position: context.encoding.range(document, &(hint.offset..hint.offset)).start,
            label: InlayHintLabel::String(hint.label),
            kind: None,
            text_edits: None,
            tooltip: (!hint.tooltip.is_empty()).then_some(InlayHintTooltip::String(hint.tooltip)),
            padding_left: Some(hint.before),
            padding_right: Some(!hint.before),
            data: None,
        })
        .collect()
}

/// Returns the lenses of a document.
pub(super) fn code_lenses(snapshot: &Snapshot, context: &RequestContext) -> Vec<CodeLens> {
    let document = snapshot.file.document();
    let range = |range: &plan_ide::TextRange| context.encoding.range(document, range);
    let uri = json!({"uri": snapshot.uri});
    let mut found = lenses(&snapshot.file, context.lenses);
    if context.lenses.title {
        let file = &snapshot.file;
        context.with_workspace(file, |workspace| {
            found.extend(sets::lenses(file, workspace));
            if context.client_caps.shows_documents {
                found.extend(sets::title_lenses(file, workspace));
            }
        });
        found.sort_by_key(|lens| lens.range.start);
    }
    let found = found.into_iter();
    found
        .map(|lens| {
            let (name, argument) = match &lens.action {
                LensAction::None => ("", None),
                LensAction::Show(_) => (NEXT_TASK, Some(json!({"textDocument": uri, "show": true}))),
                LensAction::Toggle(task) => {
                    (TOGGLE_TASK, Some(json!({"textDocument": uri, "ranges": [range(task)]})))
                }
                LensAction::Open(name) => {
                    (GO_TO_SIBLING, Some(json!({"textDocument": uri, "name": name, "show": true})))
                }
                LensAction::Complete(phase) => (
                    SET_STATE,
                    Some(json!({
                        "textDocument": uri, "ranges": [range(phase)], "withChildren": true, "state": "done",
                    })),
                ),
            };
            let command = Command::new(lens.title, name.to_owned(), argument.map(|argument| vec![argument]));
            CodeLens { range: range(&lens.range), command: Some(command), data: None }
        })
        .collect()
}

/// Returns the legend of semantic tokens. IDs are enum members; an unresolved reference has the modifier `abstract`. The
/// type `task` is not a standard type, so that done and blocked tasks look like text unless a theme defines it.
pub(super) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: vec![
            SemanticTokenType::ENUM_MEMBER,
            SemanticTokenType::COMMENT,
            SemanticTokenType::PARAMETER,
            SemanticTokenType::new("task"),
        ],
        token_modifiers: vec![
            SemanticTokenModifier::DEFINITION,
            SemanticTokenModifier::DEPRECATED,
            SemanticTokenModifier::ABSTRACT,
            SemanticTokenModifier::new("done"),
            SemanticTokenModifier::new("blocked"),
        ],
    }
}

/// Returns the tokens of a document or of a range.
pub(super) fn semantic_tokens(
    snapshot: &Snapshot,
    context: &RequestContext,
    range: Option<Range>,
) -> SemanticTokens {
    let document = snapshot.file.document();
    let within = range.map(|range| context.encoding.bytes(document, range));
    let found = context
        .with_workspace(&snapshot.file, |workspace| tokens(&snapshot.file, workspace, within.as_ref()));
    let positions = PositionMap::of(context.encoding, document);
    let mut last = Position::default();
    let data = found.iter().map(|token| {
        let range = positions.range(&token.range);
        let (token_type, token_modifiers_bitset) = legend_indices(token);
        let delta_line = range.start.line - last.line;
        let delta_start =
            if delta_line == 0 { range.start.character - last.character } else { range.start.character };
        last = range.start;
        SemanticToken {
            delta_line,
            delta_start,
            length: range.end.character.saturating_sub(range.start.character),
            token_type,
            token_modifiers_bitset,
        }
    });
    SemanticTokens { result_id: None, data: data.collect() }
}

/// Returns the type of a token as an index of the legend, and its modifiers as a set of bits, one for each modifier of
/// the legend.
fn legend_indices(token: &Token) -> (u32, u32) {
    let (kind, modifiers) = match token.kind {
        TokenKind::Id => (0, 0b001),
        TokenKind::Reference => (0, 0),
        TokenKind::Cancelled => (1, 0b010),
        TokenKind::Placeholder => (2, 0),
        TokenKind::Done => (3, 0b0_1000),
        TokenKind::Blocked => (3, 0b1_0000),
    };
    (kind, if token.unresolved { modifiers | 0b100 } else { modifiers })
}

/// Adds the summaries of the rules with findings at an offset to a hover, for clients that do not link the pages of the
/// rules themselves. Editors show the messages of findings.
pub(super) fn with_rule_summaries(
    own: Option<Hover>,
    client_caps: ClientCaps,
    findings: &[(Arc<Finding>, Severity)],
    offset: usize,
) -> Option<Hover> {
    if client_caps.shows_rule_pages {
        return own;
    }
    let mut here: Vec<&Finding> = findings.iter().map(|(finding, _)| &**finding).collect();
    here.retain(|finding| finding.range.start <= offset && offset <= finding.range.end);
    here.dedup_by_key(|finding| finding.rule.name);
    let Some(first) = here.first() else { return own };
    let rules = here.iter().take(MAX_HOVER_RULES).map(|finding| {
        let rule = finding.rule;
        format!("[`{}`]({}): {}", rule.name, rule_url(rule.name), rule.summary)
    });
    let rules: Vec<String> = rules.collect();
    Some(match own {
        Some(own) => Hover { text: format!("{}\n\n---\n\n{}", own.text, rules.join("\n\n")), ..own },
        None => Hover { text: rules.join("\n\n"), range: first.range.clone() },
    })
}

/// Maximum number of rules in a hover.
const MAX_HOVER_RULES: usize = 3;

/// Returns the ranges around a position, innermost first.
pub(super) fn selection(
    snapshot: &Snapshot,
    context: &RequestContext,
    position: Position,
    enclosing: &[EnclosingNode],
) -> SelectionRange {
    let document = snapshot.file.document();
    let offset = context.encoding.offset(document, position);
    let ranges = selection_ranges(&snapshot.file, offset, enclosing);
    let around = ranges.iter().rev().fold(None, |parent: Option<Box<SelectionRange>>, range| {
        Some(Box::new(SelectionRange { range: context.encoding.range(document, range), parent }))
    });
    // Documents other than plans and checklists have no ranges around a position.
    let empty = || SelectionRange { range: Range { start: position, end: position }, parent: None };
    around.map_or_else(empty, |innermost| *innermost)
}
