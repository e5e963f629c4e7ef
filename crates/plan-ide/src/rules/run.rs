//! Runs rules on a file.

use std::{
    borrow::Borrow,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use plan_syntax::View;

use super::{RULES, RuleView};
use crate::{
    File, Finding, Workspace,
    finding::{Check, PerSegment, RestCheck, Rule},
};

/// The findings of default rules that depend on the file alone, in document order.
struct FileFindings(Vec<Arc<Finding>>);

impl FileFindings {
    fn of(file: &File) -> Self {
        let mut findings = run(file, &file_jobs()).file;
        sort(&mut findings);
        Self(findings)
    }
}

impl File {
    /// Returns the findings of default rules that depend on this file alone, in document order.
    pub fn findings(&self) -> &[Arc<Finding>] {
        &self.memo(FileFindings::of).0
    }

    /// Returns the findings of all default rules, in document order.
    pub fn findings_in(&self, workspace: &Workspace<'_>) -> Vec<Arc<Finding>> {
        all_findings(self, workspace, |_| false)
    }
}

/// Returns the findings of default rules and of rules for which `is_enabled` returns true, in document order.
pub(crate) fn all_findings(
    file: &File,
    workspace: &Workspace<'_>,
    is_enabled: impl Fn(&Rule) -> bool,
) -> Vec<Arc<Finding>> {
    let cached = file.find_memo::<FileFindings>();
    // Rules that use other files take the longest and are started first.
    let mut jobs: Vec<RuleJob<'_>> = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.severity.is_some() || is_enabled(rule)) {
        match rule.check {
            Check::Workspace(check, _) => jobs.push(RuleJob::Workspace(rule, check, workspace)),
            Check::PerSegment(PerSegment { check_rest: RestCheck::Workspace(check), .. }) => {
                jobs.push(RuleJob::Workspace(rule, *check, workspace));
            }
            Check::File(check) if rule.severity.is_none() => jobs.push(RuleJob::OptIn(rule, check)),
            Check::File(_) | Check::PerSegment(_) => {}
        }
    }
    if cached.is_none() {
        jobs.extend(file_jobs());
    }
    let Results { file: mut own, workspace: others } = run(file, &jobs);
    let mut all = match cached {
        Some(cached) => cached.0.clone(),
        None => {
            sort(&mut own);
            file.store_memo(FileFindings(own)).0.clone()
        }
    };
    all.extend(others);
    sort(&mut all);
    all
}

/// A unit of work of a thread.
enum RuleJob<'a> {
    /// All rules that check single segments.
    Segments,
    /// A default rule that checks the file.
    File(&'static Rule, fn(&File, &mut Vec<Finding>)),
    /// A rule that checks the file and is off by default.
    OptIn(&'static Rule, fn(&File, &mut Vec<Finding>)),
    /// A rule that also uses other files.
    Workspace(&'static Rule, fn(&File, &Workspace<'_>, &mut Vec<Finding>), &'a Workspace<'a>),
}

/// Returns the jobs whose results are cached with the file: they depend on the file only.
fn file_jobs<'a>() -> Vec<RuleJob<'a>> {
    let rules = RULES.iter().filter(|rule| rule.severity.is_some());
    let own = rules.filter_map(|rule| match rule.check {
        Check::File(check) => Some(RuleJob::File(rule, check)),
        Check::PerSegment(PerSegment { check_rest: RestCheck::File(check), .. }) => {
            Some(RuleJob::File(rule, *check))
        }
        _ => None,
    });
    std::iter::once(RuleJob::Segments).chain(own).collect()
}

/// The findings of some jobs.
#[derive(Default)]
struct Results {
    /// Findings that are cached with the file.
    file: Vec<Arc<Finding>>,
    /// Findings that are not cached, because they depend on other files or on settings.
    workspace: Vec<Arc<Finding>>,
}

/// Runs jobs in parallel. Rules that do not apply to the kind of document are skipped.
fn run(file: &File, jobs: &[RuleJob<'_>]) -> Results {
    let kind = file.kind();
    // Rules are independent of each other. After an edit, most results are cached, so threads would take more time
    // than they save.
    let threads = match file.document().len() {
        MIN_PARALLEL_CHECK_BYTES.. if file.is_first_version() => {
            plan_model::available_threads().min(MAX_THREADS)
        }
        _ => 1,
    };
    let next = AtomicUsize::new(0);
    let worker = || {
        let mut results = Results::default();
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut new = Vec::new();
            let applies = |rule: &Rule| rule.applies(kind, file.is_archived());
            match *job {
                RuleJob::Segments => results.file.extend(segment_findings(file)),
                RuleJob::File(rule, check) | RuleJob::OptIn(rule, check) if applies(rule) => {
                    check(file, &mut new)
                }
                RuleJob::Workspace(rule, check, workspace) if applies(rule) => {
                    check(file, workspace, &mut new)
                }
                _ => {}
            }
            let target =
                if matches!(job, RuleJob::File(..)) { &mut results.file } else { &mut results.workspace };
            target.extend(new.into_iter().map(Arc::new));
        }
        results
    };
    // A thread pool is not used, because a pool thread that blocks here could start another task that needs the same
    // findings.
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let mut results = worker();
        for other in others {
            match other.join() {
                Ok(more) => {
                    results.file.extend(more.file);
                    results.workspace.extend(more.workspace);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// The findings of a segment.
struct SegmentFindings {
    /// Offset of the segment when the findings were computed.
    start: usize,
    findings: Box<[Arc<Finding>]>,
}

impl SegmentFindings {
    fn of(view: &RuleView<'_>) -> Self {
        let mut found = Vec::new();
        let applies = |rule: &Rule| rule.severity.is_some() && rule.applies(view.kind(), view.is_archived());
        for rule in RULES.iter().filter(|rule| applies(rule)) {
            if let Check::PerSegment(rule) = rule.check {
                (rule.check)(view, &mut found);
            }
        }
        Self { start: view.start(), findings: found.into_iter().map(Arc::new).collect() }
    }
}

/// Runs the rules that check single segments. Findings of unchanged segments are kept.
fn segment_findings(file: &File) -> Vec<Arc<Finding>> {
    let mut all = Vec::new();
    for view in RuleView::each(file) {
        let mut found = view.memo(SegmentFindings::of);
        let (from, start) = (found.start, view.start());
        if from != start && !found.findings.is_empty() {
            let findings = found.findings.iter().map(|found| Arc::new(found.shifted(from, start))).collect();
            found = view.replace(SegmentFindings { start, findings });
        }
        all.extend(found.findings.iter().cloned());
    }
    all
}

/// Maximum number of threads that check one document.
const MAX_THREADS: usize = 4;
/// Minimum length in bytes of documents that are checked in parallel.
const MIN_PARALLEL_CHECK_BYTES: usize = 128 * 1024;

fn sort(findings: &mut [impl Borrow<Finding>]) {
    findings.sort_by(|a, b| {
        let (a, b) = (a.borrow(), b.borrow());
        (a.range.start, a.range.end, a.rule.name).cmp(&(b.range.start, b.range.end, b.rule.name))
    });
}

#[cfg(test)]
mod tests {
    use plan_schema::Template;
    use plan_syntax::Document;

    use super::*;
    use crate::Environment;

    /// Segments, and the findings cached with them, are shared between files with different settings.
    #[test]
    fn changed_templates_invalidate_cached_findings() {
        let text = "---\ntemplate: mine\n---\n# Plan: x\n\n## Risks\n\n**Impact**: Hihg\n\n- [ ] a\n";
        let document = Document::new(text);
        let mut earlier = None;
        let mut found = |template: &str| {
            let own_templates = vec![Template::compile("mine", template)].into();
            let environment = Environment { own_templates, ..Environment::default() };
            let file =
                File::with_previous(earlier.take(), "plan.md", document.clone(), Arc::new(environment));
            let names: Vec<_> = file.findings().iter().map(|finding| finding.rule.name).collect();
            earlier = file.cached_plan().cloned();
            names
        };
        let choice = "# Plan: [x]\n\n## Risks\n\n**Impact**: [Low | Medium | High]\n";
        assert_eq!(found(choice), ["unknown-choice"]);
        assert!(found("# Plan: [x]\n\n## Risks\n\n**Impact**: [What happens]\n").is_empty());
        assert_eq!(found(choice), ["unknown-choice"]);
    }
}
