//! Findings: what rules say, before it is LSP or a line in a terminal.

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
    Edit, Environment, File, Place, Workspace,
    rules::{BySegment, Check, RULES, Rest, Rule},
};

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something to know, shown as little as the editor can.
    Hint,
    /// Something worth a look.
    Info,
    /// Probably wrong.
    Warning,
    /// Wrong. No rule says so by default.
    Error,
}

impl Severity {
    /// Its name in settings and outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The severity of a name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Hint, Self::Info, Self::Warning, Self::Error]
            .into_iter()
            .find(|severity| severity.name() == name)
    }
}

/// Something that a rule found.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// What is wrong, as a sentence without full stop.
    pub message: Arc<str>,
    /// How much it weighs, where that is not what the rule says.
    pub severity: Option<Severity>,
    /// The marked text.
    pub range: Place,
    /// Other places that show it.
    pub related: Vec<Related>,
    /// Places in other files that show it.
    pub elsewhere: Vec<Elsewhere>,
    /// Ways to mend it, the best first, but for those that are worked out when someone asks ([`Finding::with_fixes`]).
    pub fixes: Vec<Fix>,
}

/// Another place of the same file that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The place.
    pub range: Place,
    /// What is there.
    pub message: Arc<str>,
}

/// A line of another file that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The file, by the path that the index has for it.
    pub path: String,
    /// 0-based.
    pub line: u32,
    /// What is there.
    pub message: String,
}

/// A change that removes a finding and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as a command: `Close the fence`.
    pub title: String,
    /// The change.
    pub edits: Vec<Edit>,
    /// Whether it is surely what was meant, so that it may be applied with all others at once.
    pub safe: bool,
}

impl Finding {
    /// A finding without related places and fixes.
    pub(crate) fn new(rule: &'static Rule, range: Place, message: impl Into<Arc<str>>) -> Self {
        Self {
            rule,
            message: message.into(),
            severity: None,
            range,
            related: Vec::new(),
            elsewhere: Vec::new(),
            fixes: Vec::new(),
        }
    }

    /// With a further place that shows it.
    pub(crate) fn related(mut self, range: Place, message: impl Into<Arc<str>>) -> Self {
        self.related.push(Related { range, message: message.into() });
        self
    }

    /// With a line of another file that shows it.
    pub(crate) fn elsewhere(
        mut self,
        path: impl Into<String>,
        line: u32,
        message: impl Into<String>,
    ) -> Self {
        self.elsewhere.push(Elsewhere { path: path.into(), line, message: message.into() });
        self
    }

    /// With a further way to mend it.
    pub(crate) fn fix(mut self, title: impl Into<String>, edits: Vec<Edit>, safe: bool) -> Self {
        self.fixes.push(Fix { title: title.into(), edits, safe });
        self
    }

    /// With further ways to mend it.
    pub(crate) fn mended_by(mut self, fixes: impl IntoIterator<Item = Fix>) -> Self {
        self.fixes.extend(fixes);
        self
    }

    /// The same with all ways to mend it.
    pub fn with_fixes(&self, file: &File, workspace: &Workspace<'_>) -> Self {
        let fixes = match self.rule.check {
            Check::Segments(&BySegment { mend: Some(mend), .. }) | Check::Workspace(_, Some(mend)) => {
                mend(file, workspace, self)
            }
            _ => self.fixes.clone(),
        };
        Self { fixes, ..self.clone() }
    }

    /// The same in a text in which what stood at byte `from` stands at byte `to`.
    fn moved(&self, from: usize, to: usize) -> Self {
        let place = |place: &Place| place.start - from + to..place.end - from + to;
        let edit = |edit: &Edit| Edit::replace(place(&edit.range), edit.text.clone());
        let fix = |fix: &Fix| Fix {
            title: fix.title.clone(),
            edits: fix.edits.iter().map(edit).collect(),
            safe: fix.safe,
        };
        let related = self.related.iter();
        Self {
            range: place(&self.range),
            related: related
                .map(|other| Related { range: place(&other.range), message: Arc::clone(&other.message) })
                .collect(),
            message: Arc::clone(&self.message),
            elsewhere: self.elsewhere.clone(),
            fixes: self.fixes.iter().map(fix).collect(),
            ..*self
        }
    }

    /// The fix that may be applied without asking.
    pub fn safe_fix(&self) -> Option<&Fix> {
        self.fixes.iter().find(|fix| fix.safe)
    }
}

/// What the rules find that look at nothing but the file, in document order.
pub(crate) fn own(file: &File) -> Vec<Arc<Finding>> {
    let mut findings = found(file, &own_work()).own;
    sort(&mut findings);
    findings
}

/// What all rules find that are on by default, and those that are off and `wanted`, in document order.
pub(crate) fn all(
    file: &File,
    workspace: &Workspace<'_>,
    wanted: impl Fn(&Rule) -> bool,
) -> Vec<Arc<Finding>> {
    let known = file.known_findings();
    // What asks others takes the longest, and is begun first.
    let mut work: Vec<Work<'_>> = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.severity.is_some() || wanted(rule)) {
        match rule.check {
            Check::Workspace(check, _) => work.push(Work::Others(rule, check, workspace)),
            Check::Segments(BySegment { rest: Rest::Workspace(check), .. }) => {
                work.push(Work::Others(rule, *check, workspace));
            }
            Check::File(check) if rule.severity.is_none() => work.push(Work::Wanted(rule, check)),
            Check::File(_) | Check::Segments(_) => {}
        }
    }
    if known.is_none() {
        work.extend(own_work());
    }
    let Looked { mut own, others } = found(file, &work);
    let mut all = match known {
        Some(known) => known.to_vec(),
        None => {
            sort(&mut own);
            file.keep_findings(own).to_vec()
        }
    };
    all.extend(others);
    sort(&mut all);
    all
}

/// Something that a thread looks for.
enum Work<'a> {
    /// What stands in single segments, whatever the rule.
    Segments,
    /// What a rule finds in the file that everyone wants to know.
    Own(&'static Rule, fn(&File, &mut Vec<Finding>)),
    /// What a rule finds in the file for who wants to know.
    Wanted(&'static Rule, fn(&File, &mut Vec<Finding>)),
    /// What a rule finds with the help of others.
    Others(&'static Rule, fn(&File, &Workspace<'_>, &mut Vec<Finding>), &'a Workspace<'a>),
}

/// What there is to find that stays with the file: it looks at nothing else, and everyone wants it.
fn own_work<'a>() -> Vec<Work<'a>> {
    let rules = RULES.iter().filter(|rule| rule.severity.is_some());
    let own = rules.filter_map(|rule| match rule.check {
        Check::File(check) => Some(Work::Own(rule, check)),
        Check::Segments(BySegment { rest: Rest::File(check), .. }) => Some(Work::Own(rule, *check)),
        _ => None,
    });
    std::iter::once(Work::Segments).chain(own).collect()
}

/// What was found: what stays with the file, and what depends on others or on who asks.
#[derive(Default)]
struct Looked {
    own: Vec<Arc<Finding>>,
    others: Vec<Arc<Finding>>,
}

/// Looks for all of this in a document, as far as it is about documents of its kind.
fn found(file: &File, work: &[Work<'_>]) -> Looked {
    let kind = file.kind();
    // Each rule looks at the whole document, and none at what another one finds. After an edit most of what is found is
    // known, and threads would cost more than they save.
    let threads = match file.document().len() {
        LONG.. if file.is_first() => plan_model::threads().min(THREADS),
        _ => 1,
    };
    let next = AtomicUsize::new(0);
    let share = || {
        let mut found = Looked::default();
        while let Some(work) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut new = Vec::new();
            let is_about = |rule: &Rule| rule.applies_to.contains(&kind);
            match *work {
                Work::Segments => found.own.extend(in_segments(file, kind)),
                Work::Own(rule, check) | Work::Wanted(rule, check) if is_about(rule) => check(file, &mut new),
                Work::Others(rule, check, workspace) if is_about(rule) => check(file, workspace, &mut new),
                _ => {}
            }
            let kept = if matches!(work, Work::Own(..)) { &mut found.own } else { &mut found.others };
            kept.extend(new.into_iter().map(Arc::new));
        }
        found
    };
    // Not on a pool: a thread of one that waits here may take up work that needs these very findings.
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(share)).collect();
        let mut found = share();
        for other in others {
            match other.join() {
                Ok(more) => {
                    found.own.extend(more.own);
                    found.others.extend(more.others);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        found
    })
}

/// What was found in a segment, kept with it.
#[derive(Default)]
struct InSegment {
    kept: Mutex<Option<FoundIn>>,
}

struct FoundIn {
    read_as: Arc<ReadAs>,
    /// The byte at which the segment started.
    start: usize,
    findings: Box<[Arc<Finding>]>,
}

/// All that rules look at beside the segment.
struct ReadAs {
    /// [`plan_model::Plan::surroundings`].
    surroundings: u64,
    kind: Kind,
    /// Which sections follow which of the template's is told by this and the surroundings.
    template: Option<Arc<Template>>,
    /// What the status of the document says.
    state: Option<State>,
    /// Words for states, and what else settings say.
    environment: Arc<Environment>,
}

impl ReadAs {
    fn of(file: &File, kind: Kind) -> Self {
        let plan = file.plan();
        let state = plan.status().and_then(|status| plan.state_of(&status.value));
        Self {
            surroundings: plan.surroundings(),
            kind,
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
        (self.surroundings, self.kind, self.state) == (other.surroundings, other.kind, other.state)
            && same_template
            && Arc::ptr_eq(&self.environment, &other.environment)
    }
}

/// What rules find that look at one segment after the other.
fn in_segments(file: &File, kind: Kind) -> Vec<Arc<Finding>> {
    let rules = RULES.iter().filter(|rule| rule.severity.is_some() && rule.applies_to.contains(&kind));
    let checks: Vec<_> = rules
        .filter_map(|rule| match rule.check {
            Check::Segments(check) => Some(check.each),
            _ => None,
        })
        .collect();
    if checks.is_empty() {
        return Vec::new();
    }
    let read_as = Arc::new(ReadAs::of(file, kind));
    let mut all = Vec::new();
    for part in file.plan().parts() {
        let (start, segment) = (part.start(), part.segment().facts(InSegment::default));
        let mut kept = segment.kept.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut *kept {
            Some(known) if known.read_as.is_same(&read_as) => {
                if known.start != start && !known.findings.is_empty() {
                    let moved = known.findings.iter().map(|found| Arc::new(found.moved(known.start, start)));
                    known.findings = moved.collect();
                }
                known.start = start;
                known.read_as = Arc::clone(&read_as);
                all.extend(known.findings.iter().cloned());
            }
            kept => {
                let mut found = Vec::new();
                checks.iter().for_each(|check| check(file, &part, &mut found));
                let findings: Box<[_]> = found.into_iter().map(Arc::new).collect();
                all.extend(findings.iter().cloned());
                *kept = Some(FoundIn { read_as: Arc::clone(&read_as), start, findings });
            }
        }
    }
    all
}

/// So many threads at most look for findings in one document.
const THREADS: usize = 4;
/// For documents of this length (bytes) on it pays to ask several rules at once.
const LONG: usize = 128 * 1024;

fn sort(findings: &mut [impl Borrow<Finding>]) {
    findings.sort_by(|a, b| {
        let (a, b) = (a.borrow(), b.borrow());
        (a.range.start, a.range.end, a.rule.name).cmp(&(b.range.start, b.range.end, b.rule.name))
    });
}

/// What is longer (characters) is no misspelt word.
const LONGEST_WORD: usize = 200;

/// The word that a misspelt one was meant to be: the one that differs in so little, if it is the only one.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > LONGEST_WORD {
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

/// The edits of all safe fixes of these findings; of two that overlap the first in the document wins.
pub fn fix_all<'a>(
    file: &File,
    workspace: &Workspace<'_>,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> Vec<Edit> {
    let fixes = findings.into_iter().filter_map(|finding| match finding.rule.check {
        Check::Workspace(_, Some(_)) => finding.with_fixes(file, workspace).safe_fix().cloned(),
        _ => finding.safe_fix().cloned(),
    });
    // By place: no two overlap, so that only the last one that starts before an edit's end can overlap it.
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

    /// What is found in segments stays with them, which are the same in a file that is read with other settings.
    #[test]
    fn settings_are_heeded_at_once() {
        let text = "---\ntemplate: mine\n---\n# Plan: x\n\n## Risks\n\n**Impact**: Hihg\n\n- [ ] a\n";
        let document = Document::new(text);
        let mut earlier = None;
        let mut found = |template: &str| {
            let own_templates = vec![Template::compile("mine", template)].into();
            let environment = Environment { own_templates, ..Environment::default() };
            let file = File::following(earlier.take(), "plan.md", document.clone(), Arc::new(environment));
            let said: Vec<_> = own(&file).iter().map(|finding| finding.rule.name).collect();
            earlier = file.known_plan().cloned();
            said
        };
        let asks = "# Plan: [x]\n\n## Risks\n\n**Impact**: [Low | Medium | High]\n";
        assert_eq!(found(asks), ["unknown-choice"]);
        assert!(found("# Plan: [x]\n\n## Risks\n\n**Impact**: [What happens]\n").is_empty());
        assert_eq!(found(asks), ["unknown-choice"]);
    }
}
