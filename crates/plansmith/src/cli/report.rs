//! Reports of findings as text and JSON.

use std::{collections::BTreeMap, fmt::Write};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use plan_ide::{Finding, Severity};
use serde::Serialize;

use super::{
    check::checked::{CheckedFile, CheckedFinding},
    count,
    input::relative_path,
};
use crate::lines::{LineColumn, LineIndex};
use crate::rule_url::rule_url;

#[derive(Serialize)]
struct CheckReport<'a> {
    version: u32,
    files: usize,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    path: &'a str,
    rule: &'a str,
    severity: &'a str,
    message: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    fixable: bool,
    fingerprint: &'a str,
    url: String,
    related: Vec<LocationJson<'a>>,
}

#[derive(Serialize)]
struct LocationJson<'a> {
    path: std::borrow::Cow<'a, str>,
    line: usize,
    column: usize,
    message: &'a str,
}

/// Returns the report as JSON.
pub(super) fn json(checked: &[CheckedFile]) -> serde_json::Result<String> {
    let mut findings = Vec::new();
    for checked in checked {
        let index = LineIndex::new(&checked.text);
        let path = checked.name.as_str();
        for CheckedFinding { finding, severity, fingerprint } in &checked.findings {
            let (start, end) = (index.line_column(finding.range.start), index.line_column(finding.range.end));
            let related = finding.related.iter().map(|related| {
                let LineColumn { line, column } = index.line_column(related.range.start);
                LocationJson { path: path.into(), line, column, message: &related.message }
            });
            let in_other_files = finding.related_locations.iter().map(|related| LocationJson {
                path: relative_path(&related.path).into(),
                line: related.line as usize + 1,
                column: 1,
                message: &related.message,
            });
            findings.push(FindingJson {
                path,
                rule: finding.rule.name,
                severity: severity.name(),
                message: &finding.message,
                line: start.line,
                column: start.column,
                end_line: end.line,
                end_column: end.column,
                fixable: finding.safe_fix().is_some(),
                fingerprint,
                url: rule_url(finding.rule.name),
                related: related.chain(in_other_files).collect(),
            });
        }
    }
    serde_json::to_string_pretty(&CheckReport { version: 1, files: checked.len(), findings })
}

/// Maximum number of plans without findings listed by name.
const MAX_OK_LISTED: usize = 20;

/// Returns the human-readable report: findings with source lines, plans without findings, and a summary.
pub(super) fn text(checked: &[CheckedFile]) -> String {
    let mut out = String::new();
    let renderer = Renderer::styled();
    for checked in checked {
        for CheckedFinding { finding, severity, .. } in &checked.findings {
            let _ = writeln!(out, "{}\n", renderer.render(&groups(checked, finding, *severity)));
        }
    }
    let ok: Vec<&CheckedFile> = checked.iter().filter(|checked| checked.is_ok()).collect();
    if ok.len() <= MAX_OK_LISTED {
        for checked in &ok {
            let Some(progress) = checked.progress else { continue };
            let _ = writeln!(out, "ok  {}  ({}/{} tasks done)", checked.name, progress.done, progress.total);
        }
        if !ok.is_empty() {
            out.push('\n');
        }
    }
    out.push_str(&summary(checked, ok.len()));
    out
}

/// Returns the number of findings and files per rule, most frequent first.
pub(super) fn statistics(checked: &[CheckedFile]) -> String {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for checked in checked {
        let mut in_file: BTreeMap<&str, usize> = BTreeMap::new();
        for CheckedFinding { finding, .. } in &checked.findings {
            *in_file.entry(finding.rule.name).or_default() += 1;
        }
        for (name, number) in in_file {
            let (findings, files) = counts.entry(name).or_default();
            *findings += number;
            *files += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, (findings, _))| (std::cmp::Reverse(*findings), *name));
    let mut out = String::new();
    for (name, (findings, files)) in counts {
        let _ = writeln!(out, "{findings:>7}  {name}  (in {})", count(files, "file"));
    }
    let ok = checked.iter().filter(|checked| checked.is_ok());
    out.push_str(&summary(checked, ok.count()));
    out
}

fn groups<'a>(checked: &'a CheckedFile, finding: &'a Finding, severity: Severity) -> Vec<Group<'a>> {
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
        Severity::Hint => Level::INFO.with_name("hint"),
    };
    let text = checked.text.as_str();
    let mut snippet = Snippet::source(text)
        .path(checked.name.as_str())
        .annotation(AnnotationKind::Primary.span(first_line(text, &finding.range)));
    for related in &finding.related {
        snippet = snippet.annotation(
            AnnotationKind::Context.span(first_line(text, &related.range)).label(&*related.message),
        );
    }
    let mut group = level.primary_title(&*finding.message).id(finding.rule.name).element(snippet);
    for related in &finding.related_locations {
        let note = format!("{}:{}: {}", relative_path(&related.path), related.line + 1, related.message);
        group = group.element(Level::NOTE.message(note));
    }
    for fix in &finding.fixes {
        let hint = if fix.safe { " (applied by --fix)" } else { "" };
        group = group.element(Level::HELP.message(format!("{}{hint}", fix.title)));
    }
    vec![group]
}

/// Truncates a range to its first line, so that carets do not span several lines.
fn first_line(text: &str, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let end = text[range.clone()].find(['\n', '\r']).map_or(range.end, |at| range.start + at);
    range.start..end
}

fn summary(checked: &[CheckedFile], ok: usize) -> String {
    let findings: Vec<&CheckedFinding> = checked.iter().flat_map(|checked| &checked.findings).collect();
    let with_findings = checked.iter().filter(|checked| !checked.findings.is_empty()).count();
    let others = checked.len() - ok - with_findings;
    let mut out = count(checked.len(), "file");
    let mut parts = Vec::new();
    if ok > 0 {
        parts.push(format!("{} OK", count(ok, "plan")));
    }
    if with_findings > 0 {
        let kinds: Vec<String> = [Severity::Error, Severity::Warning, Severity::Info, Severity::Hint]
            .into_iter()
            .filter_map(|severity| {
                let number = findings.iter().filter(|found| found.severity == severity).count();
                (number > 0).then(|| count(number, severity.name()))
            })
            .collect();
        parts.push(format!("{with_findings} with findings ({})", kinds.join(", ")));
    }
    if others > 0 {
        parts.push(format!("{others} skipped ({})", if others == 1 { "not a plan" } else { "not plans" }));
    }
    if !parts.is_empty() {
        let _ = write!(out, ": {}", parts.join(", "));
    }
    out.push('\n');
    let fixable = findings.iter().filter(|found| found.finding.safe_fix().is_some()).count();
    if fixable > 0 {
        let _ = writeln!(out, "{} can be fixed with `plansmith check --fix`", count(fixable, "finding"));
    }
    out
}
