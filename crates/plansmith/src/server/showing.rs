//! What shows without changing: hovers, hints, lenses, tokens, selection ranges, in the client's words.

use std::sync::Arc;

use plan_ide::{
    Finding, Severity,
    hover::Hover,
    inlay::inlay_hints,
    lens::{LensAction, lenses},
    selection::selection_ranges,
    tokens::{Token, TokenKind, tokens},
};
use serde_json::json;
use tower_lsp::lsp_types::{
    CodeLens, Command, InlayHint, InlayHintLabel, InlayHintTooltip, Position, Range, SelectionRange,
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensLegend,
};

use super::{
    ViewSettings,
    capabilities::{NEXT_TASK, SET_STATE, TOGGLE_TASK},
    documents::Snapshot,
    position::Positions,
};
use crate::rule_url::rule_url;

/// The hints of a range.
pub(super) fn hints(snapshot: &Snapshot, settings: &ViewSettings, range: Range) -> Vec<InlayHint> {
    let document = snapshot.file.document();
    let within = settings.encoding.bytes(document, range);
    let found = inlay_hints(&snapshot.file, &within, settings.hints).into_iter();
    found
        .map(|hint| InlayHint {
            position: settings.encoding.range(document, &(hint.offset..hint.offset)).start,
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

/// The lenses of the document.
pub(super) fn code_lenses(snapshot: &Snapshot, settings: &ViewSettings) -> Vec<CodeLens> {
    let document = snapshot.file.document();
    let range = |place: &plan_ide::TextRange| settings.encoding.range(document, place);
    let uri = json!({"uri": snapshot.uri});
    let found = lenses(&snapshot.file, settings.lenses).into_iter();
    found
        .map(|lens| {
            let (name, argument) = match &lens.action {
                LensAction::None => ("", None),
                LensAction::Show(_) => (NEXT_TASK, Some(json!({"textDocument": uri, "show": true}))),
                LensAction::Toggle(place) => {
                    (TOGGLE_TASK, Some(json!({"textDocument": uri, "ranges": [range(place)]})))
                }
                LensAction::Complete(place) => (
                    SET_STATE,
                    Some(json!({
                        "textDocument": uri, "ranges": [range(place)], "withChildren": true, "state": "done",
                    })),
                ),
            };
            let command = Command::new(lens.title, name.to_owned(), argument.map(|argument| vec![argument]));
            CodeLens { range: range(&lens.range), command: Some(command), data: None }
        })
        .collect()
}

/// What tokens are called. Ids are like members of an enumeration; a reference that leads nowhere is abstract.
pub(super) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: vec![
            SemanticTokenType::ENUM_MEMBER,
            SemanticTokenType::COMMENT,
            SemanticTokenType::PARAMETER,
        ],
        token_modifiers: vec![
            SemanticTokenModifier::DEFINITION,
            SemanticTokenModifier::DEPRECATED,
            SemanticTokenModifier::ABSTRACT,
        ],
    }
}

/// The tokens of the document, or of a range of it.
pub(super) fn semantic_tokens(
    snapshot: &Snapshot,
    settings: &ViewSettings,
    range: Option<Range>,
) -> SemanticTokens {
    let document = snapshot.file.document();
    let within = range.map(|range| settings.encoding.bytes(document, range));
    let found = settings
        .with_workspace(&snapshot.file, |workspace| tokens(&snapshot.file, workspace, within.as_ref()));
    let positions = Positions::of(settings.encoding, document);
    let mut last = Position::default();
    let data = found.iter().map(|token| {
        let range = positions.range(&token.range);
        let (token_type, token_modifiers_bitset) = named(token);
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

/// Type and modifiers of a token, as the legend counts them.
fn named(token: &Token) -> (u32, u32) {
    let (kind, modifiers) = match token.kind {
        TokenKind::Id => (0, 0b001),
        TokenKind::Reference => (0, 0),
        TokenKind::Cancelled => (1, 0b010),
        TokenKind::Placeholder => (2, 0),
    };
    (kind, if token.unresolved { modifiers | 0b100 } else { modifiers })
}

/// What there is to say of a place, and of the rules that found something there. Their messages the editor shows itself.
pub(super) fn with_rules(
    own: Option<Hover>,
    findings: &[(Arc<Finding>, Severity)],
    at: usize,
) -> Option<Hover> {
    let mut here: Vec<&Finding> = findings.iter().map(|(finding, _)| &**finding).collect();
    here.retain(|finding| finding.range.start <= at && at <= finding.range.end);
    here.dedup_by_key(|finding| finding.rule.name);
    let Some(first) = here.first() else { return own };
    let rules = here.iter().take(RULES_TOLD).map(|finding| {
        let rule = finding.rule;
        format!("[`{}`]({}): {}", rule.name, rule_url(rule.name), rule.summary)
    });
    let rules: Vec<String> = rules.collect();
    Some(match own {
        Some(own) => Hover { text: format!("{}\n\n---\n\n{}", own.text, rules.join("\n\n")), ..own },
        None => Hover { text: rules.join("\n\n"), range: first.range.clone() },
    })
}

/// Of so many rules it is told what they are about.
const RULES_TOLD: usize = 3;

/// The ranges around a position, from the inside out.
pub(super) fn selection(snapshot: &Snapshot, settings: &ViewSettings, position: Position) -> SelectionRange {
    let document = snapshot.file.document();
    let at = settings.encoding.offset(document, position);
    let outwards = selection_ranges(&snapshot.file, at);
    let around = outwards.iter().rev().fold(None, |parent: Option<Box<SelectionRange>>, place| {
        Some(Box::new(SelectionRange { range: settings.encoding.range(document, place), parent }))
    });
    // A document that is no plan has nothing around a position but the position.
    let alone = || SelectionRange { range: Range { start: position, end: position }, parent: None };
    around.map_or_else(alone, |innermost| *innermost)
}
