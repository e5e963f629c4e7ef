//! Reports of findings as text and JSON.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use clap::builder::styling::{AnsiColor, Style};
use plan_ide::{Finding, Severity};
use serde::Serialize;

use super::{
    check::checked::{CheckedFile, CheckedFinding},
    count, out,
    relative_path::relative_path,
    table::{Cell, TextColumn, TextTable},
    terminal,
};
use crate::{
    lines::{LineColumn, LineIndex},
    rule_url::rule_url,
};

#[derive(Serialize)]
struct CheckReport<'a> {
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

/// Prints the report as JSON.
pub(super) fn json(checked: &[CheckedFile]) {
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
    out::json(&CheckReport { files: checked.len(), findings });
}

/// Maximum number of plans without findings. If there are more, none of them is listed by name.
const MAX_OK_LISTED: usize = 20;

/// Returns the findings with their source lines.
pub(super) fn text(checked: &[CheckedFile]) -> String {
    let mut out = String::new();
    let renderer = Renderer::styled();
    let renderer = terminal::width().map_or(renderer.clone(), |width| renderer.term_width(width));
    for checked in checked {
        for CheckedFinding { finding, severity, .. } in &checked.findings {
            let _ = writeln!(out, "{}\n", renderer.render(&groups(checked, finding, *severity)));
        }
    }
    out
}

/// Returns one line per finding, in the form that editors and CI systems recognize.
pub(super) fn concise(checked: &[CheckedFile]) -> String {
    let mut out = String::new();
    for checked in checked {
        let index = LineIndex::new(&checked.text);
        let name = terminal::line(&checked.name);
        for CheckedFinding { finding, severity, .. } in &checked.findings {
            let LineColumn { line, column } = index.line_column(finding.range.start);
            let (style, severity) = (style(*severity), severity.name());
            let fix = if finding.safe_fix().is_some() { " (fixable)" } else { "" };
            let message = terminal::line(&finding.message);
            let _ = writeln!(
                out,
                "{name}:{line}:{column}: {style}{severity}{style:#}: {message} [{}]{fix}",
                finding.rule.name
            );
        }
    }
    out
}

/// Returns the style of the name of a severity.
fn style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Info | Severity::Hint => AnsiColor::Cyan,
    };
    color.on_default().bold()
}

/// Number of findings of a rule in all files.
#[derive(Serialize)]
struct RuleCount {
    rule: &'static str,
    findings: usize,
    /// Number of findings with a safe fix.
    fixable: usize,
    files: usize,
}

/// Returns the number of findings and files per rule, most frequent first.
fn rule_counts(checked: &[CheckedFile]) -> Vec<RuleCount> {
    let mut counts: BTreeMap<&'static str, RuleCount> = BTreeMap::new();
    for checked in checked {
        let mut in_file = BTreeSet::new();
        for CheckedFinding { finding, .. } in &checked.findings {
            let rule = finding.rule.name;
            let count = counts.entry(rule).or_insert(RuleCount { rule, findings: 0, fixable: 0, files: 0 });
            count.findings += 1;
            count.fixable += usize::from(finding.safe_fix().is_some());
            count.files += usize::from(in_file.insert(rule));
        }
    }
    let mut counts: Vec<RuleCount> = counts.into_values().collect();
    counts.sort_by_key(|count| std::cmp::Reverse(count.findings));
    counts
}

/// Returns the number of findings and files per rule as text.
pub(super) fn statistics(checked: &[CheckedFile]) -> String {
    let columns = ["RULE", "FINDINGS", "FIXABLE", "FILES"].map(TextColumn::fixed);
    let mut table = TextTable::new(columns);
    for RuleCount { rule, findings, fixable, files } in rule_counts(checked) {
        table.row(
            [rule.to_owned(), findings.to_string(), fixable.to_string(), files.to_string()].map(Cell::from),
        );
    }
    if table.is_empty() { String::new() } else { table.text() + "\n" }
}

/// Prints the number of findings and files per rule as JSON.
pub(super) fn statistics_json(checked: &[CheckedFile]) {
    #[derive(Serialize)]
    struct Statistics {
        files: usize,
        rules: Vec<RuleCount>,
    }
    out::json(&Statistics { files: checked.len(), rules: rule_counts(checked) });
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
        .path(terminal::line(&checked.name))
        .annotation(AnnotationKind::Primary.span(first_line(text, &finding.range)));
    for related in &finding.related {
        snippet = snippet.annotation(
            AnnotationKind::Context
                .span(first_line(text, &related.range))
                .label(terminal::line(&related.message)),
        );
    }
    let mut title = level.primary_title(terminal::line(&finding.message)).id(finding.rule.name);
    if terminal::has_hyperlinks() {
        title = title.id_url(rule_url(finding.rule.name));
    }
    let mut group = title.element(snippet);
    for related in &finding.related_locations {
        let note = format!("{}:{}: {}", relative_path(&related.path), related.line + 1, related.message);
        group = group.element(Level::NOTE.message(terminal::line(&note).into_owned()));
    }
    for fix in &finding.fixes {
        let hint = if fix.safe { " (applied by --fix)" } else { "" };
        group = group.element(Level::HELP.message(format!("{}{hint}", terminal::line(&fix.title))));
    }
    vec![group]
}

/// Truncates a range to its first line, so that carets do not span several lines.
fn first_line(text: &str, range: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let end = text[range.clone()].find(['\n', '\r']).map_or(range.end, |at| range.start + at);
    range.start..end
}

/// Returns the plans without findings, the applied fixes, and the numbers of files and findings.
pub(super) fn summary(checked: &[CheckedFile]) -> String {
    let mut out = String::new();
    let ok: Vec<&CheckedFile> = checked.iter().filter(|checked| checked.is_ok()).collect();
    if ok.len() <= MAX_OK_LISTED {
        for checked in &ok {
            let Some(progress) = checked.progress else { continue };
            let name = terminal::line(&checked.name);
            let _ = writeln!(out, "ok  {name}  ({}/{} tasks done)", progress.done, progress.total);
        }
        if !ok.is_empty() {
            out.push('\n');
        }
    }
    for checked in checked.iter().filter(|checked| !checked.fixed.is_empty()) {
        let rules = checked.fixed.iter().map(|(rule, number)| format!("{rule} ({number})"));
        let rules = rules.collect::<Vec<_>>().join(", ");
        let _ = writeln!(out, "fixed  {}  {rules}", terminal::line(&checked.name));
    }
    let _ = writeln!(out, "{}", counts(checked, ok.len()));
    let in_baseline: usize = checked.iter().map(|checked| checked.in_baseline).sum();
    if in_baseline > 0 {
        let _ = writeln!(out, "{} in the baseline not shown", count(in_baseline, "finding"));
    }
    let findings = checked.iter().flat_map(|checked| &checked.findings);
    let fixable = findings.filter(|found| found.finding.safe_fix().is_some()).count();
    if fixable > 0 {
        let _ = writeln!(out, "{} can be fixed with `plansmith check --fix`", count(fixable, "finding"));
    }
    out
}

/// Returns the numbers of files and findings: `7 files: 5 plans OK, 2 with findings (7 warnings)`.
fn counts(checked: &[CheckedFile], ok: usize) -> String {
    let findings: Vec<&CheckedFinding> = checked.iter().flat_map(|checked| &checked.findings).collect();
    let with_findings = checked.iter().filter(|checked| !checked.findings.is_empty()).count();
    let is_hidden = |checked: &&CheckedFile| checked.findings.is_empty() && checked.has_hidden_findings();
    let hidden = checked.iter().filter(is_hidden).count();
    let others = checked.len() - ok - with_findings - hidden;
    let mut parts = Vec::new();
    if ok > 0 {
        parts.push(format!("{} OK", count(ok, "plan")));
    }
    if with_findings > 0 {
        let severities = [Severity::Error, Severity::Warning, Severity::Info, Severity::Hint].into_iter();
        let of_severity = severities.filter_map(|severity| {
            let number = findings.iter().filter(|found| found.severity == severity).count();
            (number > 0).then(|| count(number, severity.name()))
        });
        let of_severity = of_severity.collect::<Vec<_>>().join(", ");
        parts.push(format!("{with_findings} with findings ({of_severity})"));
    }
    if hidden > 0 {
        parts.push(format!("{hidden} with other findings"));
    }
    if others > 0 {
        parts.push(format!("{others} skipped ({})", if others == 1 { "not a plan" } else { "not plans" }));
    }
    let mut out = count(checked.len(), "file");
    if !parts.is_empty() {
        let _ = write!(out, ": {}", parts.join(", "));
    }
    let fixed: usize = checked.iter().flat_map(|checked| checked.fixed.values()).sum();
    if fixed > 0 {
        let _ = write!(out, "; {} fixed", count(fixed, "finding"));
    }
    out
}
