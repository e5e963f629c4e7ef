//! Diagnostics as JSON. Those of a plan are asked for, or published, after every keystroke, so they are written where they
//! are found, without the protocol's types in between.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use plan_ide::{Finding, Severity};
use tower_lsp::lsp_types as lsp;

use super::{
    convert::{SOURCE, View, rule_page, severity_of, tags_of},
    json::{json, range},
};
use crate::transport::Written;

/// A list of diagnostics, written.
#[derive(PartialEq)]
pub(super) struct Diagnostics(String);

impl Diagnostics {
    /// Those that findings are.
    pub(super) fn of(view: &View<'_>, findings: &[(Arc<Finding>, Severity)]) -> Self {
        let uri = serde_json::to_vec(&view.snapshot.uri).unwrap_or_default();
        let mut out = Vec::with_capacity(findings.len() * AVERAGE);
        out.push(b'[');
        for (number, (finding, severity)) in findings.iter().enumerate() {
            if number > 0 {
                out.push(b',');
            }
            write(&mut out, view, &uri, finding, *severity);
        }
        out.push(b']');
        Self(String::from_utf8(out).unwrap_or_else(|_| "[]".to_owned()))
    }

    /// Those that others have put into the protocol's types.
    pub(super) fn typed(diagnostics: &[lsp::Diagnostic]) -> Self {
        Self(serde_json::to_string(diagnostics).unwrap_or_else(|_| "[]".to_owned()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0 == "[]"
    }

    pub(super) fn json(&self) -> &str {
        &self.0
    }

    /// A name for the list: equal lists have equal names.
    pub(super) fn id(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// The answer to `textDocument/diagnostic` for a client that knows the list of this name.
    pub(super) fn report(&self, known: Option<&str>) -> Written {
        let id = self.id();
        Written::by(self.0.len() + 64, |out| {
            if known == Some(&*id) {
                out.extend_from_slice(b"{\"kind\":\"unchanged\",\"resultId\":");
            } else {
                out.extend_from_slice(b"{\"kind\":\"full\",\"items\":");
                out.extend_from_slice(self.0.as_bytes());
                out.extend_from_slice(b",\"resultId\":");
            }
            json(out, &id);
            out.push(b'}');
        })
    }
}

/// So many bytes one takes, more or less.
const AVERAGE: usize = 500;

/// Writes one as [`View::diagnostic`] makes it.
fn write(out: &mut Vec<u8>, view: &View<'_>, uri: &[u8], finding: &Finding, severity: Severity) {
    range(out, "{\"range\":", view.range(&finding.range));
    out.extend_from_slice(b",\"severity\":");
    json(out, &severity_of(severity));
    out.extend_from_slice(b",\"code\":");
    json(out, finding.rule.name);
    if let Some(page) = rule_page(finding.rule) {
        out.extend_from_slice(b",\"codeDescription\":{\"href\":");
        json(out, page.as_str());
        out.push(b'}');
    }
    out.extend_from_slice(b",\"source\":");
    json(out, SOURCE);
    out.extend_from_slice(b",\"message\":");
    json(out, &*finding.message);
    let mut opening: &[u8] = b",\"relatedInformation\":[";
    let mut related = |out: &mut Vec<u8>, uri: &[u8], place: lsp::Range, message: &str| {
        out.extend_from_slice(opening);
        opening = b",";
        out.extend_from_slice(b"{\"location\":{\"uri\":");
        out.extend_from_slice(uri);
        range(out, ",\"range\":", place);
        out.extend_from_slice(b"},\"message\":");
        json(out, message);
        out.push(b'}');
    };
    for other in &finding.related {
        related(out, uri, view.range(&other.range), &other.message);
    }
    for (uri, place, message) in view.elsewhere(finding) {
        related(out, &serde_json::to_vec(&uri).unwrap_or_default(), place, message);
    }
    if opening == b"," {
        out.push(b']');
    }
    if let Some(tags) = tags_of(finding.rule) {
        out.extend_from_slice(b",\"tags\":");
        json(out, &tags);
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use plan_ide::{File, Related, RelatedLocation, rules::RULES};
    use plan_syntax::Document;

    use super::*;
    use crate::{
        files::Roots,
        server::{documents::Snapshot, position::Encoding},
    };

    #[test]
    fn written_as_the_protocols_types_are() {
        let snapshot = Snapshot {
            uri: lsp::Url::parse("file:///w/a%20b.md").unwrap(),
            version: 1,
            file: File::new("/w/a b.md", Document::new("# Plan: \"x\"\n\n- [ ] 🚀 a\n\n- [x] b\n")),
        };
        let roots = Roots::default();
        let view = View { snapshot: &snapshot, roots: &roots, encoding: Encoding::Utf16 };
        let related = [
            Related { range: 2..6, message: "one\n".into() },
            Related { range: 20..30, message: "two".into() },
        ];
        let elsewhere =
            [RelatedLocation { path: "/w/c.md".to_owned(), line: 3, message: "there \"too\"".to_owned() }];
        let mut findings = Vec::new();
        for (number, rule) in RULES.iter().enumerate() {
            let finding = Finding {
                rule,
                message: format!("message \u{1} {number}").into(),
                severity: None,
                range: number.min(14)..28,
                related: related[..number % 3].to_vec(),
                related_locations: elsewhere[..number % 2].to_vec(),
                fixes: Vec::new(),
            };
            let severity = [Severity::Hint, Severity::Info, Severity::Warning, Severity::Error][number % 4];
            findings.push((Arc::new(finding), severity));
        }
        let typed: Vec<_> =
            findings.iter().map(|(finding, severity)| view.diagnostic(finding, *severity)).collect();
        assert_eq!(Diagnostics::of(&view, &findings).json(), Diagnostics::typed(&typed).json());
    }
}
