//! Builds the report of a file: applies severities, suppressions and deduplication.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use plan_model::{ItemKind, State};

use crate::{
    File, Finding, RelatedLocation, RuleSeverities, Severity, Workspace,
    rules::{RULES, common::MAX_RELATED, run},
    suppression,
};

/// Maximum number of findings listed per rule and file; the rest are counted.
const MAX_FINDINGS_PER_RULE: usize = 100;

/// Condition under which several findings of a rule in one document represent the same problem.
#[derive(Clone, Copy)]
enum DuplicateCriterion {
    /// All findings represent one problem of the document.
    Always,
    /// Findings with equal messages represent one problem: the same name or target in many places.
    SameMessage,
}

/// Rules whose findings in one document can represent the same problem. The first place gets the finding; the other
/// places become related locations.
const DEDUPLICATED_RULES: [(&str, DuplicateCriterion); 8] = [
    ("mojibake", DuplicateCriterion::Always),
    ("broken-link", DuplicateCriterion::SameMessage),
    ("broken-anchor", DuplicateCriterion::SameMessage),
    ("unknown-dependency", DuplicateCriterion::SameMessage),
    ("gantt-unknown-task", DuplicateCriterion::SameMessage),
    ("invalid-date", DuplicateCriterion::SameMessage),
    ("table-column-count", DuplicateCriterion::SameMessage),
    ("unfilled-placeholder", DuplicateCriterion::SameMessage),
];

/// Rules about links. In archives, reviews and finished plans, their findings are hints, because links break over time
/// and are rarely repaired.
const LINK_RULES: [&str; 2] = ["broken-link", "broken-anchor"];

/// Rules that report open tasks of finished plans. In a workspace that does not use checkboxes, these rules would
/// report every finished plan.
const OPEN_TASK_RULES: [&str; 2] = ["status-open-tasks", "phase-open-tasks"];

/// Rule whose findings in a new plan represent one problem.
const PLACEHOLDER_RULE: &str = "unfilled-placeholder";

/// Rule whose hints follow from placeholders: the chart of a template names phases that are not written yet.
const CHART_RULE: &str = "gantt-unknown-task";

/// Maximum number of hints about placeholders that are reported separately.
const MAX_PLACEHOLDER_HINTS: usize = 3;

/// Rules about what a plan lacks, about its number of tasks, and about the targets of references. In a plan whose text is
/// misread in part, their findings are uncertain.
const WHOLE_PLAN_RULES: [&str; 11] = [
    "missing-section",
    "missing-field",
    "progress-mismatch",
    "count-mismatch",
    "duplicate-id",
    "duplicate-section",
    "gantt-unknown-task",
    "unknown-dependency",
    "milestone-unknown-task",
    "broken-anchor",
    "undefined-footnote",
];

/// Minimum number of finished plans for detecting that checkboxes are not used.
const MIN_FINISHED_PLANS: usize = 3;

/// Returns all findings of a file with their severities, in document order.
pub fn report(
    file: &File,
    workspace: &Workspace<'_>,
    severities: &RuleSeverities,
) -> Vec<(Arc<Finding>, Severity)> {
    let mut findings = run::all_findings(file, workspace, |rule| severities.of(rule).is_some());
    if is_historical(file) {
        for finding in findings.iter_mut().filter(|finding| LINK_RULES.contains(&finding.rule.name)) {
            Arc::make_mut(finding).severity = Some(Severity::Hint);
        }
    }
    report_unused_checkboxes_once(file, workspace, &mut findings);
    let with_severity = findings
        .into_iter()
        .filter_map(|finding| severities.severity_of(&finding).map(|severity| (finding, severity)));
    let mut report: Vec<(Arc<Finding>, Severity)> = with_severity.collect();
    remove_implied(file, &mut report);
    suppression::apply(file, severities, &mut report);
    join_duplicates(&mut report);
    join_placeholders(&mut report);
    report
}

/// Returns whether a rule can report something in a file, with any settings.
pub fn may_have_findings(file: &File) -> bool {
    let (kind, archived) = (file.kind(), file.is_archived());
    RULES.iter().any(|rule| rule.applies(kind, archived)) || suppression::has_comments(file)
}

/// Joins the hints about placeholders of a newly created plan into one, because they represent one problem: the plan is
/// not filled in. A few hints remain separate.
fn join_placeholders(findings: &mut Vec<(Arc<Finding>, Severity)>) {
    let is_hint = |(finding, severity): &(Arc<Finding>, Severity)| {
        finding.rule.name == PLACEHOLDER_RULE && *severity == Severity::Hint
    };
    let hints = findings.iter().filter(|finding| is_hint(finding));
    let places = hints.count();
    if places <= MAX_PLACEHOLDER_HINTS {
        return;
    }
    let mut is_first = true;
    findings.retain_mut(|found| {
        if !is_hint(found) {
            return found.1 > Severity::Hint || found.0.rule.name != CHART_RULE;
        }
        let finding = Arc::make_mut(&mut found.0);
        finding.message = format!("unfilled placeholders in {places} places").into();
        std::mem::take(&mut is_first)
    });
}

/// Returns whether a file is historical: an archived or finished plan, or a review.
fn is_historical(file: &File) -> bool {
    let folder = || file.path().rsplit('/').nth(1).map(str::to_ascii_lowercase);
    file.is_archived()
        || matches!(folder().as_deref(), Some("reviews" | "review" | "retrospectives"))
        || file.plan().status().is_some_and(|status| {
            matches!(file.plan().state_of(&status.value), Some(State::Done | State::Cancelled))
        })
}

/// The rule and the message of a problem. The message is empty if all findings of the rule represent one problem.
type ProblemKey = (&'static str, Arc<str>);

/// Joins findings that represent the same problem.
fn join_duplicates(findings: &mut Vec<(Arc<Finding>, Severity)>) {
    // For each problem, the index of the first finding and the indices of the others.
    let mut facts: BTreeMap<ProblemKey, (usize, Vec<usize>)> = BTreeMap::new();
    for (index, (finding, _)) in findings.iter().enumerate() {
        let Some((_, same)) = DEDUPLICATED_RULES.iter().find(|(rule, _)| *rule == finding.rule.name) else {
            continue;
        };
        let key = match same {
            DuplicateCriterion::Always => "".into(),
            DuplicateCriterion::SameMessage => Arc::clone(&finding.message),
        };
        facts
            .entry((finding.rule.name, key))
            .and_modify(|(_, others)| others.push(index))
            .or_insert((index, Vec::new()));
    }
    let mut joined = HashSet::new();
    for (first, others) in facts.into_values().filter(|(_, others)| !others.is_empty()) {
        let mut finding = Arc::unwrap_or_clone(Arc::clone(&findings[first].0));
        let places = others.len() + 1;
        finding.message = format!("{} (in {places} places)", finding.message).into();
        others.iter().for_each(|other| finding.join(&findings[*other].0));
        let listed = finding.places.clone().into_iter().map(|place| (place, "same problem here"));
        findings[first].0 = Arc::new(finding.list(listed));
        joined.extend(others);
    }
    let mut index = 0;
    findings.retain(|_| {
        index += 1;
        !joined.contains(&(index - 1))
    });
}

/// Reports open tasks in finished plans only once per workspace if checkboxes are not used: less than a quarter of
/// the finished plans have a checked task. The finding is in the first of these plans.
fn report_unused_checkboxes_once(file: &File, workspace: &Workspace<'_>, findings: &mut Vec<Arc<Finding>>) {
    let is_about_open_tasks = |finding: &Arc<Finding>| OPEN_TASK_RULES.contains(&finding.rule.name);
    if !workspace.is_complete || file.plan().progress().done > 0 || !findings.iter().any(is_about_open_tasks)
    {
        return;
    }
    let finished: Vec<_> = workspace
        .index
        .iter()
        .filter_map(|(path, entry)| Some((path, entry, entry.summary.plan.as_ref()?)))
        .filter(|(.., plan)| plan.status == Some(State::Done) && plan.progress.total > 0)
        .collect();
    let never: Vec<_> = finished.iter().filter(|(.., plan)| plan.progress.done == 0).collect();
    let checked = finished.len() - never.len();
    if finished.len() < MIN_FINISHED_PLANS || checked * 4 >= finished.len() {
        return;
    }
    let first = never.iter().find(|(_, entry, _)| !entry.archived);
    let mut is_reported = first.is_none_or(|(path, ..)| ***path != *file.path());
    findings.retain_mut(|finding| {
        if !is_about_open_tasks(finding) {
            return true;
        }
        if std::mem::replace(&mut is_reported, true) {
            return false;
        }
        let finding = Arc::make_mut(finding);
        finding.severity = Some(Severity::Hint);
        finding.message =
            format!("{} of {} finished plans have no checked tasks", never.len(), finished.len()).into();
        finding.related.clear();
        let others: Vec<_> = never.iter().filter(|(path, ..)| ***path != *file.path()).collect();
        let locations = others.iter().take(MAX_RELATED).map(|(path, _, plan)| RelatedLocation {
            path: path.to_string(),
            line: plan.status_line,
            message: "finished without a checked task".to_owned(),
        });
        finding.related_locations.extend(locations);
        if let (Some(last), Some(more @ 1..)) =
            (finding.related_locations.last_mut(), others.len().checked_sub(MAX_RELATED))
        {
            last.message = format!("{} (and {more} more)", last.message);
        }
        true
    });
}

/// Keeps at most `MAX_FINDINGS_PER_RULE` findings per rule. The message of the last finding states the number of
/// omitted findings.
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
            let noun = if more == 1 { "finding" } else { "findings" };
            let more = format!(" (and {more} more `{}` {noun})", finding.rule.name);
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
    let misread: Vec<crate::TextRange> =
        findings.iter().filter_map(|(finding, _)| finding.misread.clone()).collect();
    let is_misread = !misread.is_empty();
    let plan = file.plan();
    let done_phases: Vec<_> = if phases {
        let done =
            plan.items().filter(|item| item.kind() == ItemKind::Phase && item.state() == Some(State::Done));
        done.map(|item| item.range()).collect()
    } else {
        Vec::new()
    };
    let done_phases = merge_ranges(done_phases);
    let entries = plan.front_matter().iter().filter(|entry| entry.is_invalid);
    let invalid =
        merge_ranges(entries.map(|entry| entry.value.clone()).chain(misread.iter().cloned()).collect());
    let ranges_of = |name: &str| -> HashSet<crate::TextRange> {
        findings
            .iter()
            .filter(|(other, _)| other.rule.name == name)
            .map(|(other, _)| other.range.clone())
            .collect()
    };
    let (choices, dependencies) = (ranges_of("unknown-choice"), ranges_of("unknown-dependency"));
    let statuses = ranges_of("unknown-status");
    let nested = findings.iter().filter(|(finding, _)| finding.rule.name == "nested-fence");
    let first_nested = nested.map(|(finding, _)| finding.range.start).min();
    // After a broken block, a fence without a language may have been intended as the end of a block.
    let is_after_nested_fence = |fence: &Finding| {
        let document = file.document();
        let next = document.slice(fence.range.end..document.len().min(fence.range.end + 1));
        first_nested.is_some_and(|first| first < fence.range.start) && next.trim().is_empty()
    };
    findings.retain(|(finding, _)| match finding.rule.name {
        "misspelled-risk-level" => !choices.contains(&finding.range),
        "misspelled-status" => !choices.contains(&finding.range) && !statuses.contains(&finding.range),
        "milestone-unknown-task" => !dependencies.contains(&finding.range),
        "phase-open-tasks" => !status,
        "done-parent-open-child" => {
            !status
                && last_starting_before(&done_phases, finding.range.start)
                    .is_none_or(|phase| finding.range.start >= phase.end)
        }
        name if is_misread && WHOLE_PLAN_RULES.contains(&name) => false,
        "front-matter-syntax" => true,
        "unclosed-fence" if is_after_nested_fence(finding) => false,
        _ if finding.misread.is_some() => {
            let mut others = misread.iter().filter(|range| finding.misread.as_ref() != Some(range));
            !others.any(|range| range.start <= finding.range.start && finding.range.end <= range.end)
        }
        _ => {
            let is_inside = |range: &crate::TextRange| {
                last_starting_before(&invalid, range.start).is_some_and(|value| range.end <= value.end)
            };
            !(is_inside(&finding.range) || finding.related.iter().any(|related| is_inside(&related.range)))
        }
    });
}

/// Sorts ranges and merges touching and overlapping ones.
fn merge_ranges(mut ranges: Vec<crate::TextRange>) -> Vec<crate::TextRange> {
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

/// Returns the last range that starts at or before an offset. `ranges` is sorted.
fn last_starting_before(ranges: &[crate::TextRange], offset: usize) -> Option<&crate::TextRange> {
    ranges[..ranges.partition_point(|range| range.start <= offset)].last()
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::{Index, NoDisk};

    fn rule_names(text: &str, severities: &RuleSeverities) -> Vec<String> {
        let file = File::new("plan.md", Document::new(text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let found = limit_per_rule(report(&file, &workspace, severities));
        found.into_iter().map(|(finding, _)| finding.rule.name.to_owned()).collect()
    }

    #[test]
    fn implied_findings_are_removed() {
        let text = "# Plan: x\n\n**Status**: Done\n\n## Phase 1: A ✅\n\n- [x] **1.1** a\n  - [ ] b\n\n## Phase 2: B\n\n- [x] c\n";
        assert_eq!(rule_names(text, &RuleSeverities::default()), ["status-open-tasks"]);
        let mut severities = RuleSeverities::default();
        severities.set("status-open-tasks", None).unwrap();
        assert_eq!(rule_names(text, &severities), ["phase-open-tasks"]);
        severities.set("phase-open-tasks", None).unwrap();
        assert_eq!(rule_names(text, &severities), ["done-parent-open-child"]);
    }

    fn findings(text: &str) -> Vec<Arc<Finding>> {
        let file = File::new("plan.md", Document::new(text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        report(&file, &workspace, &RuleSeverities::default())
            .into_iter()
            .map(|(finding, _)| finding)
            .collect()
    }

    #[test]
    fn a_problem_in_many_places_is_reported_once() {
        let links = "- [ ] [a](#none)\n".repeat(13);
        let text = format!("# Plan: x\n\n{links}- [ ] [b](#other)\n");
        let found = findings(&text);
        let messages: Vec<&str> = found.iter().map(|finding| &*finding.message).collect();
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].ends_with(" (in 13 places)"), "{messages:?}");
        assert!(!messages[1].ends_with("places)"), "{messages:?}");
        assert_eq!((found[0].places.len(), found[0].related.len()), (12, 10));
        assert_eq!(&*found[0].related[9].message, "same problem here (and 2 more)");
    }

    #[test]
    fn joined_fixes_change_all_places() {
        let text = "# Plan: x\n\n- [ ] f\u{c3}\u{bc}r\n- [ ] T\u{c3}\u{bc}r\n- [ ] gr\u{c3}\u{bc}n\n";
        let found = findings(text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].safe_fix().map(|fix| fix.edits.len()), Some(3));
    }

    #[test]
    fn unused_checkboxes_are_reported_once_per_workspace() {
        let plan = |state: &str| format!("# Plan: x\n\n**Status**: Done\n\n- [{state}] a\n- [ ] b\n");
        let found = |states: [&str; 5]| {
            let files: Vec<File> = (states.iter().enumerate())
                .map(|(n, state)| File::new(format!("/w/{n}.md"), Document::new(&plan(state))))
                .collect();
            let mut index = Index::new(["/w".to_owned()]);
            for file in &files {
                index.set(file.path(), Some(file.entry()));
            }
            let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
            let of = |file| report(file, &workspace, &RuleSeverities::default());
            let all = files.iter().flat_map(of);
            all.map(|(finding, severity)| (finding.message.to_string(), severity)).collect::<Vec<_>>()
        };
        let unused = "4 of 5 finished plans have no checked tasks".to_owned();
        let one = ("status is `Done`, but 1 of 2 tasks is open".to_owned(), Severity::Warning);
        assert_eq!(found([" ", " ", "x", " ", " "]), [(unused, Severity::Hint), one]);
        assert_eq!(found([" ", " ", "x", "x", " "]).len(), 5, "checkboxes are used");
    }

    #[test]
    fn archives_get_findings_about_the_page() {
        let text = "# Plan: x\n\n**Status**: Done\n\n- [ ] [a](#none)\n";
        let names = |path: &str| {
            let file = File::new(path, Document::new(text));
            let index = Index::default();
            let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
            let found = report(&file, &workspace, &RuleSeverities::default()).into_iter();
            found.map(|(finding, severity)| (finding.rule.name, severity)).collect::<Vec<_>>()
        };
        assert_eq!(names("plans/archive/x.md"), [("broken-anchor", Severity::Hint)]);
        assert_eq!(names("plans/x.md").len(), 2);
        assert!(names(".claude/commands/plan.md").is_empty());
    }

    #[test]
    fn findings_beyond_the_limit_are_counted() {
        let links: String = (0..130).map(|n| format!("- [ ] [x](#none-{n})\n")).collect();
        let text = format!("# Plan: x\n\n{links}");
        let file = File::new("plan.md", Document::new(&text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let all = report(&file, &workspace, &RuleSeverities::default());
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
