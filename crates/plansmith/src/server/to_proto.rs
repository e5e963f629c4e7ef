//! Converts results of `plan_ide` to LSP types.

use std::{collections::HashMap, sync::LazyLock};

use plan_ide::{
    Edit, File, Finding, Severity,
    completion::{Completion, CompletionKind},
    folding::{Fold, FoldKind},
    hover::Hover,
    outline::SymbolKind,
    rules::{RULES, Rule},
};
use tower_lsp::lsp_types as lsp;

use super::{
    client_caps::ClientCaps,
    documents::Snapshot,
    position::{PositionEncoding, PositionMap},
};
use crate::{files::Roots, rule_url::rule_url};

/// Source of all diagnostics.
pub(super) const SOURCE: &str = "plansmith";

/// Converts results about a snapshot to LSP types.
pub(super) struct ProtoConverter<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) roots: &'a Roots,
    pub(super) encoding: PositionEncoding,
}

impl ProtoConverter<'_> {
    fn file(&self) -> &File {
        &self.snapshot.file
    }

    pub(super) fn range(&self, range: &std::ops::Range<usize>) -> lsp::Range {
        self.encoding.range(self.file().document(), range)
    }

    pub(super) fn diagnostic(&self, finding: &Finding, severity: Severity) -> lsp::Diagnostic {
        let related = finding.related.iter().map(|related| lsp::DiagnosticRelatedInformation {
            location: lsp::Location { uri: self.snapshot.uri.clone(), range: self.range(&related.range) },
            message: related.message.to_string(),
        });
        let related_locations = self.related_locations(finding).map(|(uri, range, message)| {
            let location = lsp::Location { uri, range };
            lsp::DiagnosticRelatedInformation { location, message: message.to_owned() }
        });
        let related: Vec<_> = related.chain(related_locations).collect();
        lsp::Diagnostic {
            range: self.range(&finding.range),
            severity: Some(severity_of(severity)),
            code: Some(lsp::NumberOrString::String(finding.rule.name.to_owned())),
            code_description: rule_page(finding.rule).map(|href| lsp::CodeDescription { href: href.clone() }),
            source: Some(SOURCE.to_owned()),
            message: finding.message.to_string(),
            related_information: Some(related).filter(|related| !related.is_empty()),
            tags: tags_of(finding.rule).map(Into::into),
            data: None,
        }
    }

    /// Returns the related locations of a finding in other files, with their messages.
    pub(super) fn related_locations<'a>(
        &'a self,
        finding: &'a Finding,
    ) -> impl Iterator<Item = (lsp::Url, lsp::Range, &'a str)> {
        finding.related_locations.iter().filter_map(|location| {
            let start = lsp::Position { line: location.line, character: 0 };
            let range = lsp::Range { start, end: start };
            Some((self.roots.uri(&location.path)?, range, &*location.message))
        })
    }

    pub(super) fn text_edits(&self, edits: &[Edit]) -> Vec<lsp::TextEdit> {
        edits
            .iter()
            .map(|edit| lsp::TextEdit { range: self.range(&edit.range), new_text: edit.text.clone() })
            .collect()
    }

    /// Returns the edits as a workspace edit. With `versioned`, the edit is bound to the version of the snapshot.
    pub(super) fn workspace_edit(&self, edits: &[Edit], versioned: bool) -> lsp::WorkspaceEdit {
        let uri = self.snapshot.uri.clone();
        let edits = self.text_edits(edits);
        if versioned {
            let change = lsp::TextDocumentEdit {
                text_document: lsp::OptionalVersionedTextDocumentIdentifier {
                    uri,
                    version: Some(self.snapshot.version),
                },
                edits: edits.into_iter().map(lsp::OneOf::Left).collect(),
            };
            lsp::WorkspaceEdit {
                document_changes: Some(lsp::DocumentChanges::Edits(vec![change])),
                ..lsp::WorkspaceEdit::default()
            }
        } else {
            lsp::WorkspaceEdit::new(HashMap::from([(uri, edits)]))
        }
    }

    pub(super) fn completion(
        &self,
        index: usize,
        completion: &Completion,
        client_caps: ClientCaps,
    ) -> lsp::CompletionItem {
        let snippet = completion.snippet.as_ref().filter(|_| client_caps.snippets);
        lsp::CompletionItem {
            label: completion.label.clone(),
            kind: Some(match completion.kind {
                CompletionKind::Plan => lsp::CompletionItemKind::FILE,
                CompletionKind::Section => lsp::CompletionItemKind::STRUCT,
                CompletionKind::Item => lsp::CompletionItemKind::EVENT,
                CompletionKind::Value => lsp::CompletionItemKind::ENUM_MEMBER,
                CompletionKind::Person => lsp::CompletionItemKind::CONSTANT,
                CompletionKind::File => lsp::CompletionItemKind::FILE,
                CompletionKind::Folder => lsp::CompletionItemKind::FOLDER,
                CompletionKind::Reference => lsp::CompletionItemKind::REFERENCE,
                CompletionKind::Form => lsp::CompletionItemKind::SNIPPET,
            }),
            documentation: (!completion.documentation.is_empty() && !client_caps.resolves_completions)
                .then(|| lsp::Documentation::String(completion.documentation.clone())),
            commit_characters: (!completion.commit.is_empty() && client_caps.commit_characters)
                .then(|| completion.commit.iter().map(|&character| character.to_owned()).collect()),
            // The lines are already indented.
            insert_text_mode: client_caps.inserts_as_is.then_some(lsp::InsertTextMode::AS_IS),
            insert_text_format: snippet.map(|_| lsp::InsertTextFormat::SNIPPET),
            detail: Some(completion.detail.clone()),
            // Clients sort by this text, so it preserves the order of the list.
            sort_text: Some(format!("{index:04}")),
            filter_text: Some(completion.filter.clone()),
            text_edit: Some(lsp::CompletionTextEdit::Edit(lsp::TextEdit {
                range: self.range(&completion.edit.range),
                new_text: snippet.unwrap_or(&completion.edit.text).clone(),
            })),
            ..lsp::CompletionItem::default()
        }
    }

    pub(super) fn hover(&self, hover: &Hover, markdown: bool) -> lsp::Hover {
        let kind = if markdown { lsp::MarkupKind::Markdown } else { lsp::MarkupKind::PlainText };
        let value = if markdown { hover.text.clone() } else { plain_text(&hover.text) };
        lsp::Hover {
            contents: lsp::HoverContents::Markup(lsp::MarkupContent { kind, value }),
            range: Some(self.range(&hover.range)),
        }
    }

    /// Returns a map for converting many offsets of the document.
    pub(super) fn position_map(&self) -> PositionMap<'_> {
        PositionMap::of(self.encoding, self.file().document())
    }

    pub(super) fn fold(&self, fold: &Fold, position_map: &PositionMap<'_>) -> lsp::FoldingRange {
        let range = position_map.range(&fold.range);
        lsp::FoldingRange {
            start_line: range.start.line,
            start_character: None,
            end_line: range.end.line,
            end_character: None,
            kind: match fold.kind {
                FoldKind::Block => None,
                FoldKind::Comment => Some(lsp::FoldingRangeKind::Comment),
                // Done phases are regions, because editors have a command that folds all regions.
                FoldKind::DonePhase => Some(lsp::FoldingRangeKind::Region),
            },
            collapsed_text: None,
        }
    }
}

/// Returns the text of Markdown without emphasis markers, backticks and link destinations.
fn plain_text(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(end) = rest.find("](") {
        let close = rest[end..].find(')').map_or(rest.len(), |close| end + close + 1);
        let open = rest[..end].rfind('[').unwrap_or(end);
        out.push_str(&rest[..open]);
        out.push_str(rest.get(open + 1..end).unwrap_or_default());
        rest = &rest[close..];
    }
    out.push_str(rest);
    out.replace(['*', '`'], "").replace("\\[", "[").replace("\\]", "]")
}

/// Returns the URL of a rule's page.
pub(super) fn rule_page(rule: &Rule) -> Option<&'static lsp::Url> {
    static PAGES: LazyLock<HashMap<&str, lsp::Url>> = LazyLock::new(|| {
        let pages = RULES.iter().map(|rule| (rule.name, lsp::Url::parse(&rule_url(rule.name))));
        pages.filter_map(|(name, page)| Some((name, page.ok()?))).collect()
    });
    PAGES.get(rule.name)
}

pub(super) fn severity_of(severity: Severity) -> lsp::DiagnosticSeverity {
    match severity {
        Severity::Error => lsp::DiagnosticSeverity::ERROR,
        Severity::Warning => lsp::DiagnosticSeverity::WARNING,
        Severity::Info => lsp::DiagnosticSeverity::INFORMATION,
        Severity::Hint => lsp::DiagnosticSeverity::HINT,
    }
}

/// Returns the tags of a rule's diagnostics. Unnecessary text is shown faded.
pub(super) fn tags_of(rule: &Rule) -> Option<[lsp::DiagnosticTag; 1]> {
    (rule.name == "unused-suppression").then_some([lsp::DiagnosticTag::UNNECESSARY])
}

/// Returns `refactor.rewrite.plansmith.KIND`.
pub(super) fn action_kind(kind: &str) -> lsp::CodeActionKind {
    lsp::CodeActionKind::from(format!("refactor.rewrite.plansmith.{kind}"))
}

/// Returns the symbol kind with the most suitable icon in VS Code, Neovim and Emacs.
pub(super) fn symbol_kind(kind: SymbolKind) -> lsp::SymbolKind {
    match kind {
        SymbolKind::Title => lsp::SymbolKind::FILE,
        SymbolKind::Section => lsp::SymbolKind::STRING,
        SymbolKind::Phase => lsp::SymbolKind::MODULE,
        SymbolKind::OpenTask => lsp::SymbolKind::EVENT,
        SymbolKind::DoneTask => lsp::SymbolKind::BOOLEAN,
        SymbolKind::Header => lsp::SymbolKind::PROPERTY,
        SymbolKind::Milestone => lsp::SymbolKind::CONSTANT,
        SymbolKind::Risk => lsp::SymbolKind::INTERFACE,
        SymbolKind::Requirement => lsp::SymbolKind::CLASS,
    }
}
