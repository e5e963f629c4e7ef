//! Reports for other tools: SARIF, GitHub Actions annotations, GitLab Code Quality, JUnit, and Markdown for comments.

use std::fmt::Write;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use plan_ide::{
    Severity,
    rules::{RULES, Rule},
};
use serde_json::json;
use serde_sarif::sarif;

use super::{
    check::checked::{CheckedFile, CheckedFinding},
    count,
    relative_path::relative_path,
};
use crate::{
    lines::{LineColumn, LineIndex},
    markup::Markup,
    rule_url::rule_url,
};

/// Returns a report in SARIF 2.1.0.
pub(super) fn sarif(checked: &[CheckedFile]) -> serde_json::Result<String> {
    let driver = sarif::ToolComponent::builder()
        .name("plansmith")
        .version(env!("CARGO_PKG_VERSION"))
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(RULES.iter().map(descriptor).collect::<Vec<_>>())
        .build();
    let mut results = Vec::new();
    for checked in checked {
        let index = LineIndex::new(&checked.text);
        let uri = artifact_uri(&checked.name);
        let location = |range: &plan_ide::TextRange, message: Option<&str>| {
            let (start, end) = (index.line_column(range.start), index.line_column(range.end));
            let region = sarif::Region::builder()
                .start_line(start.line as i64)
                .start_column(start.column as i64)
                .end_line(end.line as i64)
                .end_column(end.column as i64)
                .build();
            let artifact = sarif::ArtifactLocation::builder().uri(uri.clone()).build();
            let place = sarif::PhysicalLocation::builder().artifact_location(artifact).region(region).build();
            let location = sarif::Location::builder().physical_location(place);
            match message {
                Some(text) => location.message(sarif::Message::builder().text(text).build()).build(),
                None => location.build(),
            }
        };
        for CheckedFinding { finding, severity, fingerprint } in &checked.findings {
            let related: Vec<sarif::Location> = finding
                .related
                .iter()
                .map(|related| location(&related.range, Some(&related.message)))
                .collect();
            let in_other_files = finding.related_locations.iter().map(|related| {
                let uri = artifact_uri(&relative_path(&related.path));
                let artifact = sarif::ArtifactLocation::builder().uri(uri).build();
                let region = sarif::Region::builder().start_line(i64::from(related.line) + 1).build();
                let place = sarif::PhysicalLocation::builder().artifact_location(artifact).region(region);
                sarif::Location::builder()
                    .physical_location(place.build())
                    .message(sarif::Message::builder().text(related.message.as_str()).build())
                    .build()
            });
            let related: Vec<sarif::Location> = related.into_iter().chain(in_other_files).collect();
            let number = RULES.iter().position(|rule| rule.name == finding.rule.name).unwrap_or_default();
            let result = sarif::Result::builder()
                .rule_id(finding.rule.name)
                .rule_index(number as i64)
                .level(level(*severity))
                .message(sarif::Message::builder().text(&*finding.message).build())
                .locations(vec![location(&finding.range, None)])
                .related_locations(related)
                .partial_fingerprints(std::collections::BTreeMap::from([(
                    "plansmith/v1".to_owned(),
                    fingerprint.clone(),
                )]))
                .build();
            results.push(result);
        }
    }
    let run = sarif::Run::builder()
        .tool(sarif::Tool::builder().driver(driver).build())
        .column_kind(serde_json::json!("unicodeCodePoints"))
        .results(results)
        .build();
    let report = sarif::Sarif::builder()
        .version(serde_json::json!("2.1.0"))
        .schema(sarif::SCHEMA_URL)
        .runs(vec![run])
        .build();
    serde_json::to_string_pretty(&report)
}

/// Percent-encodes a path as a URI reference.
fn artifact_uri(path: &str) -> String {
    const KEPT: AsciiSet = NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    utf8_percent_encode(path, &KEPT).to_string()
}

fn descriptor(rule: &Rule) -> sarif::ReportingDescriptor {
    sarif::ReportingDescriptor::builder()
        .id(rule.name)
        .short_description(sarif::MultiformatMessageString::builder().text(rule.summary).build())
        .help_uri(rule_url(rule.name))
        .build()
}

fn level(severity: Severity) -> sarif::ResultLevel {
    match severity {
        Severity::Error => sarif::ResultLevel::Error,
        Severity::Warning => sarif::ResultLevel::Warning,
        Severity::Info | Severity::Hint => sarif::ResultLevel::Note,
    }
}

/// Returns annotations of GitHub workflows, one per line.
pub(super) fn github(checked: &[CheckedFile]) -> String {
    let mut out = String::new();
    for checked in checked {
        let index = LineIndex::new(&checked.text);
        for CheckedFinding { finding, severity, .. } in &checked.findings {
            let (start, end) = (index.line_column(finding.range.start), index.line_column(finding.range.end));
            let kind = match severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Info | Severity::Hint => "notice",
            };
            let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
            let file = escape(&checked.name).replace(':', "%3A").replace(',', "%2C");
            let _ = writeln!(
                out,
                "::{kind} file={file},line={},col={},endLine={},endColumn={},title={}::{}",
                start.line,
                start.column,
                end.line,
                end.column,
                finding.rule.name,
                escape(&finding.message)
            );
        }
    }
    out
}

/// Returns a GitLab Code Quality report.
pub(super) fn gitlab(checked: &[CheckedFile]) -> serde_json::Result<String> {
    let mut issues = Vec::new();
    for checked in checked {
        let index = LineIndex::new(&checked.text);
        for CheckedFinding { finding, severity, fingerprint } in &checked.findings {
            let (start, end) = (index.line_column(finding.range.start), index.line_column(finding.range.end));
            issues.push(json!({
                "description": format!("{}: {}", finding.rule.name, finding.message),
                "check_name": finding.rule.name,
                "fingerprint": fingerprint,
                "severity": match severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Info | Severity::Hint => "info",
                },
                "location": {
                    "path": checked.name,
                    "positions": {
                        "begin": {"line": start.line, "column": start.column},
                        "end": {"line": end.line, "column": end.column},
                    },
                },
            }));
        }
    }
    serde_json::to_string_pretty(&issues)
}

/// Maximum number of findings in a report in Markdown. Comments have a maximum length.
const MAX_MARKDOWN_FINDINGS: usize = 100;

/// Returns the findings as a Markdown table.
pub(super) fn markdown(checked: &[CheckedFile]) -> String {
    let findings: usize = checked.iter().map(|checked| checked.findings.len()).sum();
    let files = count(checked.len(), "file");
    if findings == 0 {
        return format!("**Plansmith**: no findings in {files}\n");
    }
    let mut out = format!("**Plansmith**: {} in {files}\n\n", count(findings, "finding"));
    out.push_str("| line | severity | finding |\n| --- | --- | --- |\n");
    let cell = |text: &str| text.replace('|', "\\|").replace(['\r', '\n'], " ");
    let all = checked.iter().flat_map(|checked| {
        let index = LineIndex::new(&checked.text);
        checked
            .findings
            .iter()
            .map(move |found| (checked, index.line_column(found.finding.range.start), found))
    });
    for (checked, LineColumn { line, .. }, CheckedFinding { finding, severity, .. }) in
        all.take(MAX_MARKDOWN_FINDINGS)
    {
        let rule = finding.rule.name;
        let _ = writeln!(
            out,
            "| `{}:{line}` | {} | {} ([{rule}]({})) |",
            cell(&checked.name).replace('`', "'"),
            severity.name(),
            cell(&finding.message),
            rule_url(rule)
        );
    }
    if let more @ 1.. = findings.saturating_sub(MAX_MARKDOWN_FINDINGS) {
        let _ = writeln!(out, "\nand {more} more");
    }
    out
}

/// Returns a JUnit report: a test suite for each file, a failed test for each finding, and a passed one for a file without
/// findings.
pub(super) fn junit(checked: &[CheckedFile]) -> String {
    let mut xml = Markup::new();
    let findings: usize = checked.iter().map(|checked| checked.findings.len()).sum();
    let tests: usize = checked.iter().map(|checked| checked.findings.len().max(1)).sum();
    xml.open("testsuites").attr("name", "plansmith");
    xml.attr("tests", tests.to_string()).attr("failures", findings.to_string()).attr("errors", "0").line();
    for checked in checked {
        let count = checked.findings.len();
        xml.open("testsuite").attr("name", &checked.name).attr("tests", count.max(1).to_string());
        xml.attr("failures", count.to_string()).attr("errors", "0").line();
        if checked.findings.is_empty() {
            xml.open("testcase").attr("name", "plansmith").attr("classname", &checked.name).close().line();
        }
        let index = LineIndex::new(&checked.text);
        for CheckedFinding { finding, severity, .. } in &checked.findings {
            let LineColumn { line, column } = index.line_column(finding.range.start);
            xml.open("testcase").attr("name", finding.rule.name).attr("classname", &checked.name);
            xml.attr("file", &checked.name).attr("line", line.to_string());
            xml.open("failure").attr("message", &*finding.message).attr("type", severity.name());
            xml.text(format!("{}:{line}:{column}: {}", checked.name, finding.message)).close().close().line();
        }
        xml.close().line();
    }
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", xml.finish())
}
