//! Builds the report of a file: applies severities, suppressions and deduplication.

use std::{collections::HashSet, sync::Arc};

use plan_model::{ItemKind, State};

use crate::{File, Finding, Levels, Severity, Workspace, finding, suppression};

/// Maximum number of findings listed per rule and file; the rest are counted.
const MAX_FINDINGS_PER_RULE: usize = 100;

/// Returns all findings of a file with their severities, in document order.
pub fn report(file: &File, workspace: &Workspace<'_>, levels: &Levels) -> Vec<(Arc<Finding>, Severity)> {
    let findings = finding::all_findings(file, workspace, |rule| levels.of(rule).is_some()).into_iter();
    let with_severity =
        findings.filter_map(|finding| levels.severity_of(&finding).map(|severity| (finding, severity)));
    let mut report: Vec<(Arc<Finding>, Severity)> = with_severity.collect();
    remove_implied(file, &mut report);
    suppression::apply(file, levels, &mut report);
    report
}

/// Keeps at most [`MAX_FINDINGS_PER_RULE`] findings per rule. The message of the last one counts the rest.
pub fn limit_per_rule(findings: Vec<(Arc<Finding>, Severity)>) -> Vec<(Arc<Finding>, Severity)> {
    if findings.len() <= MAX_FINDINGS_PER_RULE {
        return findings;
    }
    // For each rule: the total number of findings, and the number of findings visited so far.
    let mut counts: Vec<(&'static str, usize, usize)> = Vec::new();
    for (finding, _) in &findings {
        match counts.iter_mut().find(|(rule, ..)| *rule == finding.rule.name) {
            Some((_, total, _)) => *total += 1,
            None => counts.push((finding.rule.name, 1, 0)),
        }
    }
    let mut listed = Vec::new();
    for (mut finding, severity) in findings {
        let Some((_, total, number)) = counts.iter_mut().find(|(rule, ..)| *rule == finding.rule.name) else {
            continue;
        };
        *number += 1;
        if *number == MAX_FINDINGS_PER_RULE && *total > MAX_FINDINGS_PER_RULE {
            let more = *total - MAX_FINDINGS_PER_RULE;
            let more = format!(" (and {more} more `{}` findings)", finding.rule.name);
            let finding = Arc::make_mut(&mut finding);
            finding.message = (finding.message.to_string() + &more).into();
        }
        if *number <= MAX_FINDINGS_PER_RULE {
            listed.push((finding, severity));
        }
    }
    listed
}

/// Removes findings that are implied by another finding.
fn remove_implied(file: &File, findings: &mut Vec<(Arc<Finding>, Severity)>) {
    let has = |name: &str| findings.iter().any(|(finding, _)| finding.rule.name == name);
    let status = has("status-open-tasks");
    let phases = has("phase-open-tasks");
    let fence = has("unclosed-fence");
    let plan = file.plan();
    let done_phases: Vec<_> = if phases {
        let done =
            plan.items().filter(|item| item.kind() == ItemKind::Phase && item.state() == Some(State::Done));
        done.map(|item| item.range()).collect()
    } else {
        Vec::new()
    };
    let done_phases = merged(done_phases);
    let invalid: Vec<_> = plan
        .front_matter()
        .iter()
        .filter(|entry| entry.error.is_some())
        .map(|entry| entry.value.clone())
        .collect();
    let ranges_of = |name: &str| -> HashSet<crate::TextRange> {
        findings
            .iter()
            .filter(|(other, _)| other.rule.name == name)
            .map(|(other, _)| other.range.clone())
            .collect()
    };
    let (choices, dependencies) = (ranges_of("unknown-choice"), ranges_of("unknown-dependency"));
    findings.retain(|(finding, _)| match finding.rule.name {
        "misspelled-risk-level" => !choices.contains(&finding.range),
        "milestone-unknown-task" => !dependencies.contains(&finding.range),
        "phase-open-tasks" => !status,
        "done-parent-open-child" => {
            !status
                && last_starting_before(&done_phases, finding.range.start)
                    .is_none_or(|phase| finding.range.start >= phase.end)
        }
        "missing-section" | "missing-field" => !fence,
        "front-matter-syntax" => true,
        _ => {
            let is_inside = |range: &crate::TextRange| {
                last_starting_before(&invalid, range.start).is_some_and(|value| range.end <= value.end)
            };
            !(is_inside(&finding.range) || finding.related.iter().any(|related| is_inside(&related.range)))
        }
    });
}

/// Sorts ranges and merges touching and overlapping ones.
fn merged(mut ranges: Vec<crate::TextRange>) -> Vec<crate::TextRange> {
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<crate::TextRange> = Vec::new();
    for range in ranges {
        match merged.last_mut().filter(|last| range.start <= last.end) {
            Some(last) => last.end = last.end.max(range.end),
            None => merged.push(range),
        }
    }
    merged
}

/// Returns the last of these sorted ranges that starts at or before an offset.
fn last_starting_before(ranges: &[crate::TextRange], offset: usize) -> Option<&crate::TextRange> {
    ranges[..ranges.partition_point(|range| range.start <= offset)].last()
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::{Index, NoDisk};

    fn rule_names(text: &str, levels: &Levels) -> Vec<String> {
        let file = File::new("plan.md", Document::new(text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let found = limit_per_rule(report(&file, &workspace, levels));
        found.into_iter().map(|(finding, _)| finding.rule.name.to_owned()).collect()
    }

    #[test]
    fn implied_findings_are_removed() {
        let text = "# Plan: x\n\n**Status**: Done\n\n## Phase 1: A ✅\n\n- [x] **1.1** a\n  - [ ] b\n\n## Phase 2: B\n\n- [x] c\n";
        assert_eq!(rule_names(text, &Levels::default()), ["status-open-tasks"]);
        let mut levels = Levels::default();
        levels.set("status-open-tasks", None).unwrap();
        assert_eq!(rule_names(text, &levels), ["phase-open-tasks"]);
        levels.set("phase-open-tasks", None).unwrap();
        assert_eq!(rule_names(text, &levels), ["done-parent-open-child"]);
    }

    #[test]
    fn findings_beyond_the_limit_are_counted() {
        let links: String = (0..130).map(|n| format!("- [ ] [x](#none-{n})\n")).collect();
        let text = format!("# Plan: x\n\n{links}");
        let file = File::new("plan.md", Document::new(&text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let all = report(&file, &workspace, &Levels::default());
        assert_eq!(all.len(), 130);
        let short = limit_per_rule(all);
        assert_eq!(short.len(), 100);
        assert!(
            short[99].0.message.ends_with("(and 30 more `broken-anchor` findings)"),
            "{}",
            short[99].0.message
        );
    }
}
