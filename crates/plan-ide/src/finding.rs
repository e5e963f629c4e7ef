//! Findings reported by rules, independent of the output format.

use std::{
    borrow::Borrow,
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use plan_model::State;
use plan_schema::{Kind, Template};

use crate::{
    Edit, Environment, File, TextRange, Workspace,
    rules::{Check, PerSegment, RULES, RestCheck, Rule},
};

/// Severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A suggestion, which editors display unobtrusively.
    Hint,
    /// A potential problem.
    Info,
    /// A probable mistake.
    Warning,
    /// A certain mistake. No rule has this severity by default.
    Error,
}

impl Severity {
    /// Returns the name in settings and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Returns the severity with a name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Hint, Self::Info, Self::Warning, Self::Error]
            .into_iter()
            .find(|severity| severity.name() == name)
    }
}

/// A problem that a rule reports.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that reports it.
    pub rule: &'static Rule,
    /// The problem, in lower case and without full stop.
    pub message: Arc<str>,
    /// The severity, if it differs from that of the rule.
    pub severity: Option<Severity>,
    /// The affected text.
    pub range: TextRange,
    /// Related ranges in the file.
    pub related: Vec<Related>,
    /// Further places with the same problem, which are not reported separately.
    pub places: Vec<TextRange>,
    /// Related lines of other files.
    pub related_locations: Vec<RelatedLocation>,
    /// Fixes, best first. Lazily computed fixes are returned by [`Finding::with_fixes`].
    pub fixes: Vec<Fix>,
}

/// Another range in the same file that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The range.
    pub range: TextRange,
    /// The label.
    pub message: Arc<str>,
}

/// A line of another file that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedLocation {
    /// The path of the file in the index.
    pub path: String,
    /// Line number, 0-based.
    pub line: u32,
    /// The label.
    pub message: String,
}

/// A change that removes a finding and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The title, as an imperative: `Insert closing fence`.
    pub title: String,
    /// The edits.
    pub edits: Vec<Edit>,
    /// Whether the fix matches the author's intention with certainty, so that it may be applied without confirmation.
    pub safe: bool,
}

impl Finding {
    /// Creates a finding without related ranges and fixes.
    pub(crate) fn new(rule: &'static Rule, range: TextRange, message: impl Into<Arc<str>>) -> Self {
        Self {
            rule,
            message: message.into(),
            severity: None,
            range,
            related: Vec::new(),
            places: Vec::new(),
            related_locations: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// Adds a related range.
    pub(crate) fn related(mut self, range: TextRange, message: impl Into<Arc<str>>) -> Self {
        self.related.push(Related { range, message: message.into() });
        self
    }

    /// Adds a related line of another file.
    pub(crate) fn related_location(
        mut self,
        path: impl Into<String>,
        line: u32,
        message: impl Into<String>,
    ) -> Self {
        self.related_locations.push(RelatedLocation { path: path.into(), line, message: message.into() });
        self
    }

    /// Adds a fix.
    pub(crate) fn fix(mut self, title: impl Into<String>, edits: Vec<Edit>, safe: bool) -> Self {
        self.fixes.push(Fix { title: title.into(), edits, safe });
        self
    }

    /// Adds fixes.
    pub(crate) fn extend_fixes(mut self, fixes: impl IntoIterator<Item = Fix>) -> Self {
        self.fixes.extend(fixes);
        self
    }

    /// Returns the finding with all fixes, including lazily computed ones.
    pub fn with_fixes(&self, file: &File, workspace: &Workspace<'_>) -> Self {
        let fixes = match self.rule.check {
            Check::PerSegment(&PerSegment { fixes: Some(fixes), .. }) | Check::Workspace(_, Some(fixes)) => {
                let mut found = fixes(file, workspace, self);
                for place in self.places.iter().take(MAX_PLACES) {
                    let other = Self { range: place.clone(), places: Vec::new(), ..self.clone() };
                    merge_fixes(&mut found, &fixes(file, workspace, &other));
                }
                found
            }
            _ => self.fixes.clone(),
        };
        Self { fixes, ..self.clone() }
    }

    /// Adds another finding of the same problem.
    pub(crate) fn join(&mut self, other: &Self) {
        self.places.push(other.range.clone());
        merge_fixes(&mut self.fixes, &other.fixes);
    }

    /// Returns the finding shifted from offset `from` to `to`.
    fn shifted(&self, from: usize, to: usize) -> Self {
        let range = |range: &TextRange| range.start - from + to..range.end - from + to;
        let edit = |edit: &Edit| Edit::replace(range(&edit.range), edit.text.clone());
        let fix = |fix: &Fix| Fix {
            title: fix.title.clone(),
            edits: fix.edits.iter().map(edit).collect(),
            safe: fix.safe,
        };
        let related = self.related.iter();
        Self {
            range: range(&self.range),
            related: related
                .map(|other| Related { range: range(&other.range), message: Arc::clone(&other.message) })
                .collect(),
            message: Arc::clone(&self.message),
            places: self.places.iter().map(range).collect(),
            related_locations: self.related_locations.clone(),
            fixes: self.fixes.iter().map(fix).collect(),
            ..*self
        }
    }

    /// Returns the fix that may be applied without confirmation.
    pub fn safe_fix(&self) -> Option<&Fix> {
        self.fixes.iter().find(|fix| fix.safe)
    }
}

/// Maximum number of places that a fix changes at once.
const MAX_PLACES: usize = 200;

/// Extends fixes by the edits of the same fixes at another place.
fn merge_fixes(fixes: &mut [Fix], more: &[Fix]) {
    if let (Some(first), Some(more)) = (fixes.first_mut(), more.first())
        && (&first.title, first.safe) == (&more.title, more.safe)
    {
        let new = more.edits.iter().filter(|edit| !first.edits.contains(edit));
        let new: Vec<Edit> = new.cloned().collect();
        first.edits.extend(new);
    }
}

/// Returns the findings of default rules that depend on the file alone, in document order.
pub(crate) fn file_findings(file: &File) -> Vec<Arc<Finding>> {
    let mut findings = run(file, &file_jobs()).file;
    sort(&mut findings);
    findings
}

/// Returns the findings of default rules and of rules for which `is_enabled` returns true, in document order.
pub(crate) fn all_findings(
    file: &File,
    workspace: &Workspace<'_>,
    is_enabled: impl Fn(&Rule) -> bool,
) -> Vec<Arc<Finding>> {
    let cached = file.cached_findings();
    // Rules that use other files take the longest and are started first.
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.severity.is_some() || is_enabled(rule)) {
        match rule.check {
            Check::Workspace(check, _) => jobs.push(Job::Workspace(rule, check, workspace)),
            Check::PerSegment(PerSegment { check_rest: RestCheck::Workspace(check), .. }) => {
                jobs.push(Job::Workspace(rule, *check, workspace));
            }
            Check::File(check) if rule.severity.is_none() => jobs.push(Job::OptIn(rule, check)),
            Check::File(_) | Check::PerSegment(_) => {}
        }
    }
    if cached.is_none() {
        jobs.extend(file_jobs());
    }
    let Results { file: mut own, workspace: others } = run(file, &jobs);
    let mut all = match cached {
        Some(cached) => cached.to_vec(),
        None => {
            sort(&mut own);
            file.cache_findings(own).to_vec()
        }
    };
    all.extend(others);
    sort(&mut all);
    all
}

/// A unit of work of a thread.
enum Job<'a> {
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
fn file_jobs<'a>() -> Vec<Job<'a>> {
    let rules = RULES.iter().filter(|rule| rule.severity.is_some());
    let own = rules.filter_map(|rule| match rule.check {
        Check::File(check) => Some(Job::File(rule, check)),
        Check::PerSegment(PerSegment { check_rest: RestCheck::File(check), .. }) => {
            Some(Job::File(rule, *check))
        }
        _ => None,
    });
    std::iter::once(Job::Segments).chain(own).collect()
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
fn run(file: &File, jobs: &[Job<'_>]) -> Results {
    let kind = file.kind();
    // Rules are independent of each other. After an edit, most results are cached, so threads would take more time
    // than they save.
    let threads = match file.document().len() {
        MIN_PARALLEL_CHECK_BYTES.. if file.has_no_previous() => {
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
                Job::Segments => results.file.extend(segment_findings(file, kind)),
                Job::File(rule, check) | Job::OptIn(rule, check) if applies(rule) => check(file, &mut new),
                Job::Workspace(rule, check, workspace) if applies(rule) => check(file, workspace, &mut new),
                _ => {}
            }
            let target =
                if matches!(job, Job::File(..)) { &mut results.file } else { &mut results.workspace };
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

/// The findings of a segment, cached with it.
#[derive(Default)]
struct SegmentCache {
    cached: Mutex<Option<SegmentFindings>>,
}

/// The findings of a segment, with the inputs that they depend on.
struct SegmentFindings {
    inputs: Arc<RuleInputs>,
    /// The offset of the segment when they were computed.
    start: usize,
    findings: Box<[Arc<Finding>]>,
}

/// Cache key: every input of segment rules except the segment.
struct RuleInputs {
    /// [`plan_model::Plan::context_fingerprint`].
    context_fingerprint: u64,
    kind: Kind,
    /// Whether only the rules about the page apply.
    archived: bool,
    /// The template, which determines the binding of sections together with the context fingerprint.
    template: Option<Arc<Template>>,
    /// State of the plan according to its status.
    state: Option<State>,
    /// State names and other settings.
    environment: Arc<Environment>,
}

impl RuleInputs {
    fn of(file: &File, kind: Kind) -> Self {
        let plan = file.plan();
        let state = plan.status().and_then(|status| plan.state_of(&status.value));
        Self {
            context_fingerprint: plan.context_fingerprint(),
            kind,
            archived: file.is_archived(),
            template: file.template().cloned(),
            state,
            environment: file.shared_environment(),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        let same_template = match (&self.template, &other.template) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        (self.context_fingerprint, self.kind, self.archived, self.state)
            == (other.context_fingerprint, other.kind, other.archived, other.state)
            && same_template
            && Arc::ptr_eq(&self.environment, &other.environment)
    }
}

/// Runs the rules that check single segments. Findings of unchanged segments are taken from the cache.
fn segment_findings(file: &File, kind: Kind) -> Vec<Arc<Finding>> {
    let rules = RULES.iter().filter(|rule| rule.severity.is_some() && rule.applies(kind, file.is_archived()));
    let checks: Vec<_> = rules
        .filter_map(|rule| match rule.check {
            Check::PerSegment(check) => Some(check.check),
            _ => None,
        })
        .collect();
    if checks.is_empty() {
        return Vec::new();
    }
    let inputs = Arc::new(RuleInputs::of(file, kind));
    let mut all = Vec::new();
    for part in file.plan().segment_views() {
        let (start, segment) = (part.start(), part.segment().facts(SegmentCache::default));
        let mut cached = segment.cached.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *cached {
            Some(cached) if cached.inputs.is_same(&inputs) => {
                if cached.start != start && !cached.findings.is_empty() {
                    let shifted =
                        cached.findings.iter().map(|found| Arc::new(found.shifted(cached.start, start)));
                    cached.findings = shifted.collect();
                }
                cached.start = start;
                cached.inputs = Arc::clone(&inputs);
                all.extend(cached.findings.iter().cloned());
            }
            cached => {
                let mut found = Vec::new();
                checks.iter().for_each(|check| check(file, &part, &mut found));
                let findings: Box<[_]> = found.into_iter().map(Arc::new).collect();
                all.extend(findings.iter().cloned());
                *cached = Some(SegmentFindings { inputs: Arc::clone(&inputs), start, findings });
            }
        }
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

/// Maximum length in characters of words for which similar words are searched.
const MAX_WORD_CHARS: usize = 200;

/// Returns the word that was probably intended instead of a misspelled one: the most similar word, if it is unique.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > MAX_WORD_CHARS {
        return None;
    }
    let allowed = if length < 5 { 1 } else { length / 4 };
    let mut near: Vec<(usize, &str)> = known
        .filter(|other| *other != word && other.chars().count().abs_diff(length) <= allowed)
        .map(|other| (strsim::osa_distance(word, other), other))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort_unstable();
    near.dedup();
    match near[..] {
        [(_, only)] => Some(only),
        [(first, nearest), (second, _), ..] if first < second => Some(nearest),
        _ => None,
    }
}

/// Returns the edits of all safe fixes of these findings. If two fixes overlap, the first one is used.
pub fn fix_all<'a>(
    file: &File,
    workspace: &Workspace<'_>,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> Vec<Edit> {
    let fixes = findings.into_iter().filter_map(|finding| match finding.rule.check {
        Check::Workspace(_, Some(_)) => finding.with_fixes(file, workspace).safe_fix().cloned(),
        _ => finding.safe_fix().cloned(),
    });
    // Sorted by position. The edits do not overlap, so only the last one that starts before the end of an edit can
    // overlap it.
    let mut edits: BTreeMap<(usize, usize), Edit> = BTreeMap::new();
    for fix in fixes {
        let overlaps = |edit: &Edit| {
            let before = edits.range(..(edit.range.end, 0)).next_back();
            before.is_some_and(|((_, end), _)| edit.range.start < *end)
                || edits.contains_key(&(edit.range.start, edit.range.end))
        };
        if !fix.edits.iter().any(overlaps) {
            edits.extend(fix.edits.iter().map(|edit| ((edit.range.start, edit.range.end), edit.clone())));
        }
    }
    edits.into_values().collect()
}

#[cfg(test)]
mod tests {
    use plan_schema::Template;
    use plan_syntax::Document;

    use super::*;

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
            let names: Vec<_> = file_findings(&file).iter().map(|finding| finding.rule.name).collect();
            earlier = file.cached_plan().cloned();
            names
        };
        let choice = "# Plan: [x]\n\n## Risks\n\n**Impact**: [Low | Medium | High]\n";
        assert_eq!(found(choice), ["unknown-choice"]);
        assert!(found("# Plan: [x]\n\n## Risks\n\n**Impact**: [What happens]\n").is_empty());
        assert_eq!(found(choice), ["unknown-choice"]);
    }
}
