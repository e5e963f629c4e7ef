//! What is said of a file: all findings, weighed by settings, without those that were switched off in the document or
//! that others say already.

use std::{collections::HashSet, sync::Arc};

use plan_model::{ItemKind, State};

use crate::{File, Finding, Levels, Severity, Workspace, finding, suppression};

/// So many findings of one rule are listed in a file; the rest is counted.
const MOST: usize = 100;

/// Everything that is to be said of a file, in document order.
pub fn report(file: &File, workspace: &Workspace<'_>, levels: &Levels) -> Vec<(Arc<Finding>, Severity)> {
    let findings = finding::all(file, workspace, |rule| levels.of(rule).is_some()).into_iter();
    let weighed = findings.filter_map(|finding| levels.weigh(&finding).map(|severity| (finding, severity)));
    let mut kept: Vec<(Arc<Finding>, Severity)> = weighed.collect();
    swallow(file, &mut kept);
    suppression::apply(file, levels, &mut kept);
    kept
}

/// The same with long lists of one rule cut: the last one that is left counts the others.
pub fn shortened(findings: Vec<(Arc<Finding>, Severity)>) -> Vec<(Arc<Finding>, Severity)> {
    if findings.len() <= MOST {
        return findings;
    }
    // For each rule that found something, how many there are and how many of them were met.
    let mut counts: Vec<(&'static str, usize, usize)> = Vec::new();
    for (finding, _) in &findings {
        match counts.iter_mut().find(|(rule, ..)| *rule == finding.rule.name) {
            Some((_, total, _)) => *total += 1,
            None => counts.push((finding.rule.name, 1, 0)),
        }
    }
    let mut kept = Vec::new();
    for (mut finding, severity) in findings {
        let Some((_, total, number)) = counts.iter_mut().find(|(rule, ..)| *rule == finding.rule.name) else {
            continue;
        };
        *number += 1;
        if *number == MOST && *total > MOST {
            let more = *total - MOST;
            let more = format!(" (and {more} more findings of {})", finding.rule.name);
            let finding = Arc::make_mut(&mut finding);
            finding.message = (finding.message.to_string() + &more).into();
        }
        if *number <= MOST {
            kept.push((finding, severity));
        }
    }
    kept
}

/// One fact, one finding: takes away what another finding says already, or makes pointless.
fn swallow(file: &File, findings: &mut Vec<(Arc<Finding>, Severity)>) {
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
    let done_phases = joined(done_phases);
    let broken: Vec<_> = plan
        .front_matter()
        .iter()
        .filter(|entry| entry.error.is_some())
        .map(|entry| entry.value.clone())
        .collect();
    let marked = |name: &str| -> HashSet<crate::Place> {
        findings
            .iter()
            .filter(|(other, _)| other.rule.name == name)
            .map(|(other, _)| other.range.clone())
            .collect()
    };
    let (choices, dependencies) = (marked("unknown-choice"), marked("unknown-dependency"));
    findings.retain(|(finding, _)| match finding.rule.name {
        "unknown-level" => !choices.contains(&finding.range),
        "milestone-unknown-task" => !dependencies.contains(&finding.range),
        "phase-open-tasks" => !status,
        "done-parent-open-child" => {
            !status
                && around(&done_phases, finding.range.start)
                    .is_none_or(|phase| finding.range.start >= phase.end)
        }
        "missing-section" | "missing-field" => !fence,
        "front-matter-syntax" => true,
        _ => {
            let inside = |place: &crate::Place| {
                around(&broken, place.start).is_some_and(|value| place.end <= value.end)
            };
            !(inside(&finding.range) || finding.related.iter().any(|related| inside(&related.range)))
        }
    });
}

/// Ranges in order, those that touch or lie in each other as one.
fn joined(mut places: Vec<crate::Place>) -> Vec<crate::Place> {
    places.sort_by_key(|place| place.start);
    let mut joined: Vec<crate::Place> = Vec::new();
    for place in places {
        match joined.last_mut().filter(|last| place.start <= last.end) {
            Some(last) => last.end = last.end.max(place.end),
            None => joined.push(place),
        }
    }
    joined
}

/// The last of these ranges, which are in order, that starts at or before a byte.
fn around(places: &[crate::Place], at: usize) -> Option<&crate::Place> {
    places[..places.partition_point(|place| place.start <= at)].last()
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::{Index, NoDisk};

    fn said(text: &str, levels: &Levels) -> Vec<String> {
        let file = File::new("plan.md", Document::new(text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let found = shortened(report(&file, &workspace, levels));
        found.into_iter().map(|(finding, _)| finding.rule.name.to_owned()).collect()
    }

    #[test]
    fn one_fact_one_finding() {
        let text = "# Plan: x\n\n**Status**: Done\n\n## Phase 1: A ✅\n\n- [x] **1.1** a\n  - [ ] b\n\n## Phase 2: B\n\n- [x] c\n";
        assert_eq!(said(text, &Levels::default()), ["status-open-tasks"]);
        let mut levels = Levels::default();
        levels.set("status-open-tasks", None).unwrap();
        assert_eq!(said(text, &levels), ["phase-open-tasks"]);
        levels.set("phase-open-tasks", None).unwrap();
        assert_eq!(said(text, &levels), ["done-parent-open-child"]);
    }

    #[test]
    fn long_lists_are_counted() {
        let links: String = (0..130).map(|n| format!("- [ ] [x](#none-{n})\n")).collect();
        let text = format!("# Plan: x\n\n{links}");
        let file = File::new("plan.md", Document::new(&text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let all = report(&file, &workspace, &Levels::default());
        assert_eq!(all.len(), 130);
        let short = shortened(all);
        assert_eq!(short.len(), 100);
        assert!(
            short[99].0.message.ends_with("(and 30 more findings of broken-anchor)"),
            "{}",
            short[99].0.message
        );
    }
}
