//! Diagnostics as JSON. They are pulled or published after every edit, so findings are serialized directly, without the
//! protocol's types in between.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use plan_ide::{Finding, Severity};
use serde_json::json;
use tower_lsp::lsp_types as lsp;

use super::{
    json::{self, range},
    to_proto::{ProtoConverter, SOURCE, rule_page, severity_of, tags_of},
};
use crate::transport::RawJson;

/// A list of diagnostics, serialized as JSON.
#[derive(Clone, PartialEq)]
pub(super) struct DiagnosticsJson(RawJson);

impl DiagnosticsJson {
    /// Serializes findings.
    pub(super) fn of(converter: &ProtoConverter<'_>, findings: &[(Arc<Finding>, Severity)]) -> Self {
        let uri = serde_json::to_vec(&converter.snapshot.uri).unwrap_or_default();
        let mut out = Vec::with_capacity(findings.len() * AVERAGE_DIAGNOSTIC_BYTES);
        out.push(b'[');
        for (number, (finding, severity)) in findings.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            write(&mut out, converter, &uri, finding, *severity);
        }
        out.push(b']');
        Self(out.into())
    }

    /// Serializes diagnostics of the protocol's types.
    pub(super) fn from_lsp(diagnostics: &[lsp::Diagnostic]) -> Self {
        Self(RawJson::from_value(&diagnostics))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.parts().iter().map(|part| part.len()).sum::<usize>() == "[]".len()
    }

    /// Returns the list as JSON.
    pub(super) fn into_json(self) -> RawJson {
        self.0
    }

    /// Returns an ID of the content: equal lists have equal IDs.
    pub(super) fn id(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.0.parts().hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// Returns the response to `textDocument/diagnostic` for a client that has the list with the ID `previous`.
    pub(super) fn report(self, previous: Option<&str>) -> RawJson {
        let id = self.id();
        if previous == Some(&*id) {
            return RawJson::from_value(&json!({"kind": "unchanged", "resultId": id}));
        }
        self.0.between("{\"kind\":\"full\",\"items\":", &format!(",\"resultId\":\"{id}\"}}"))
    }
}

/// Average length of a diagnostic in bytes; used to reserve memory.
const AVERAGE_DIAGNOSTIC_BYTES: usize = 500;

/// Writes a diagnostic equal to that of [`ProtoConverter::diagnostic`].
fn write(
    out: &mut Vec<u8>,
    converter: &ProtoConverter<'_>,
    uri: &[u8],
    finding: &Finding,
    severity: Severity,
) {
    range(out, "{\"range\":", converter.range(&finding.range));
    out.extend_from_slice(b",\"severity\":");
    json::json(out, &severity_of(severity));
    out.extend_from_slice(b",\"code\":");
    json::json(out, finding.rule.name);
    if let Some(page) = rule_page(finding.rule) {
        out.extend_from_slice(b",\"codeDescription\":{\"href\":");
        json::json(out, page.as_str());
        out.push(b'}');
    }
    out.extend_from_slice(b",\"source\":");
    json::json(out, SOURCE);
    out.extend_from_slice(b",\"message\":");
    json::json(out, &*finding.message);
    let mut opening: &[u8] = b",\"relatedInformation\":[";
    let mut related = |out: &mut Vec<u8>, uri: &[u8], location: lsp::Range, message: &str| {
        out.extend_from_slice(opening);
        opening = b",";
        out.extend_from_slice(b"{\"location\":{\"uri\":");
        out.extend_from_slice(uri);
        range(out, ",\"range\":", location);
        out.extend_from_slice(b"},\"message\":");
        json::json(out, message);
        out.push(b'}');
    };
    for other in &finding.related {
        related(out, uri, converter.range(&other.range), &other.message);
    }
    for (uri, location, message) in converter.related_locations(finding) {
        related(out, &serde_json::to_vec(&uri).unwrap_or_default(), location, message);
    }
    if opening == b"," {
        out.push(b']');
    }
    if let Some(tags) = tags_of(finding.rule) {
        out.extend_from_slice(b",\"tags\":");
        json::json(out, &tags);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use plan_ide::{File, RelatedLocation, RelatedRange, rules::RULES};
    use plan_syntax::Document;

    use super::*;
    use crate::{
        files::Roots,
        server::{documents::Snapshot, position::PositionEncoding},
    };

    #[test]
    fn json_equals_that_of_the_protocol_types() {
        let snapshot = Snapshot {
            uri: lsp::Url::parse("file:///w/a%20b.md").unwrap(),
            version: 1,
            file: File::new("/w/a b.md", Document::new("# Plan: \"x\"\n\n- [ ] 🚀 a\n\n- [x] b\n")),
        };
        let roots = Roots::default();
        let converter =
            ProtoConverter { snapshot: &snapshot, roots: &roots, encoding: PositionEncoding::Utf16 };
        let related = [
            RelatedRange { range: 2..6, message: "one\n".into() },
            RelatedRange { range: 20..30, message: "two".into() },
        ];
        let related_locations =
            [RelatedLocation { path: "/w/c.md".to_owned(), line: 3, message: "there \"too\"".to_owned() }];
        let mut findings = Vec::new();
        for (number, rule) in RULES.iter().enumerate() {
            let finding = Finding {
                rule,
                message: format!("message \u{1} {number}").into(),
                severity: None,
                range: number.min(14)..28,
                related: related[..number % 3].to_vec(),
                places: Vec::new(),
                related_locations: related_locations[..number % 2].to_vec(),
                misread: None,
                fixes: Vec::new(),
            };
            let severity = [Severity::Hint, Severity::Info, Severity::Warning, Severity::Error][number % 4];
            findings.push((Arc::new(finding), severity));
        }
        let typed: Vec<_> =
            findings.iter().map(|(finding, severity)| converter.diagnostic(finding, *severity)).collect();
        let text = |diagnostics: DiagnosticsJson| {
            String::from_utf8(diagnostics.into_json().parts().concat()).unwrap()
        };
        assert_eq!(text(DiagnosticsJson::of(&converter, &findings)), text(DiagnosticsJson::from_lsp(&typed)));
    }
}
