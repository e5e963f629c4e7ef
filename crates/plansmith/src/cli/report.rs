//! Findings as text for people and as JSON for programs.

use std::{collections::BTreeMap, fmt::Write, sync::Arc};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use plan_ide::{Finding, Severity};
use plan_schema::Kind;
use serde::Serialize;

use super::{check::Checked, count, fingerprint::fingerprints, input::shown_path};
use crate::lines::LineIndex;
use crate::rule_url::rule_url;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    files: usize,
    findings: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    path: &'a str,
    rule: &'a str,
    severity: &'a str,
    message: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    fixable: bool,
    fingerprint: String,
    url: String,
    related: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    path: std::borrow::Cow<'a, str>,
    line: usize,
    column: usize,
    message: &'a str,
}

/// The report for programs.
pub(super) fn json(checked: &[Checked]) -> serde_json::Result<String> {
    let mut findings = Vec::new();
    for checked in checked {
        let index = LineIndex::new(&checked.source.text);
        let path = checked.source.name.as_str();
        for ((finding, severity), fingerprint) in checked.findings.iter().zip(fingerprints(checked)) {
            let (start, end) = (index.at(finding.range.start), index.at(finding.range.end));
            let related = finding.related.iter().map(|related| {
                let at = index.at(related.range.start);
                Place { path: path.into(), line: at.line, column: at.column, message: &related.message }
            });
            let elsewhere = finding.elsewhere.iter().map(|elsewhere| Place {
                path: shown_path(&elsewhere.path).into(),
                line: elsewhere.line as usize + 1,
                column: 1,
                message: &elsewhere.message,
            });
            findings.push(Entry {
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
                related: related.chain(elsewhere).collect(),
            });
        }
    }
    serde_json::to_string_pretty(&Report { version: 1, files: checked.len(), findings })
}

/// Up to this many healthy plans are listed by name.
const LISTED: usize = 20;

/// The report for people: each finding with its line and a caret, then what is healthy, then a summary.
pub(super) fn text(checked: &[Checked]) -> String {
    let mut out = String::new();
    let renderer = Renderer::styled();
    for checked in checked {
        for (finding, severity) in &checked.findings {
            let _ = writeln!(out, "{}\n", renderer.render(&groups(checked, finding, *severity)));
        }
    }
    let healthy: Vec<&Checked> = checked
        .iter()
        .filter(|checked| checked.findings.is_empty() && checked.file.kind() == Kind::Plan)
        .collect();
    if healthy.len() <= LISTED {
        for checked in &healthy {
            let progress = checked.file.plan().progress();
            let _ = writeln!(
                out,
                "healthy  {}  ({}/{} tasks done)",
                checked.source.name, progress.done, progress.total
            );
        }
        if !healthy.is_empty() {
            out.push('\n');
        }
    }
    out.push_str(&summary(checked, healthy.len()));
    out
}

/// How many findings each rule has in how many files, the commonest first.
pub(super) fn statistics(checked: &[Checked]) -> String {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for checked in checked {
        let mut here: BTreeMap<&str, usize> = BTreeMap::new();
        for (finding, _) in &checked.findings {
            *here.entry(finding.rule.name).or_default() += 1;
        }
        for (name, number) in here {
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
    let healthy =
        checked.iter().filter(|checked| checked.findings.is_empty() && checked.file.kind() == Kind::Plan);
    out.push_str(&summary(checked, healthy.count()));
    out
}

fn groups<'a>(checked: &'a Checked, finding: &'a Finding, severity: Severity) -> Vec<Group<'a>> {
    let level = match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
        Severity::Hint => Level::INFO.with_name("hint"),
    };
    let text = checked.source.text.as_str();
    let mut snippet = Snippet::source(text)
        .path(checked.source.name.as_str())
        .annotation(AnnotationKind::Primary.span(first_line(text, &finding.range)));
    for related in &finding.related {
        snippet = snippet.annotation(
            AnnotationKind::Context.span(first_line(text, &related.range)).label(&*related.message),
        );
    }
    let mut group = level.primary_title(&*finding.message).id(finding.rule.name).element(snippet);
    for elsewhere in &finding.elsewhere {
        let place = format!("{}:{}: {}", shown_path(&elsewhere.path), elsewhere.line + 1, elsewhere.message);
        group = group.element(Level::NOTE.message(place));
    }
    for fix in &finding.fixes {
        let how = if fix.safe { " (--fix does this)" } else { "" };
        group = group.element(Level::HELP.message(format!("{}{how}", fix.title)));
    }
    vec![group]
}

/// A range cut at the end of its first line: a caret under one line says as much as under many.
fn first_line(text: &str, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let end = text[range.clone()].find(['\n', '\r']).map_or(range.end, |at| range.start + at);
    range.start..end
}

fn summary(checked: &[Checked], healthy: usize) -> String {
    let findings: Vec<&(Arc<Finding>, Severity)> =
        checked.iter().flat_map(|checked| &checked.findings).collect();
    let unhealthy = checked.iter().filter(|checked| !checked.findings.is_empty()).count();
    let others = checked.len() - healthy - unhealthy;
    let mut out = count(checked.len(), "file");
    let mut parts = Vec::new();
    if healthy > 0 {
        parts.push(count(healthy, "healthy plan"));
    }
    if unhealthy > 0 {
        let kinds: Vec<String> = [Severity::Error, Severity::Warning, Severity::Info, Severity::Hint]
            .into_iter()
            .filter_map(|severity| {
                let number = findings.iter().filter(|(_, found)| *found == severity).count();
                (number > 0).then(|| count(number, severity.name()))
            })
            .collect();
        parts.push(format!("{unhealthy} with findings ({})", kinds.join(", ")));
    }
    if others > 0 {
        parts.push(format!("{others} that {} no plan", if others == 1 { "is" } else { "are" }));
    }
    if !parts.is_empty() {
        let _ = write!(out, ": {}", parts.join(", "));
    }
    out.push_str(".\n");
    let fixable = findings.iter().filter(|(finding, _)| finding.safe_fix().is_some()).count();
    if fixable > 0 {
        let _ = writeln!(out, "{} can be mended by `plansmith check --fix`.", count(fixable, "finding"));
    }
    out
}
