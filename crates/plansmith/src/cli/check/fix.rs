//! Checks files and applies safe fixes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use plan_ide::{
    Edit, Environment, File, Finding, RuleSeverities, Severity, SuppressionComment, Workspace, apply_edits,
    fix_all, sets, suppress_all,
};
use plan_schema::DocumentKind;

use super::{
    checked::{CheckedFile, CheckedFinding, Suppressed},
    selection::Selection,
};
use crate::{
    cli::{fingerprint::fingerprints, input::InputFile},
    disk, plan_edit,
    settings::FolderSettings,
};

/// Whether safe fixes are applied and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FixMode {
    /// Fixes are not applied.
    Off,
    /// Fixes are applied to the text, but not written.
    Show,
    /// Fixes are applied and written.
    Write,
}

/// Checks and fixes files.
pub(super) struct Checker<'a> {
    /// Selects the findings that are reported and fixed.
    pub(super) selection: &'a Selection,
    pub(super) folder_settings: &'a FolderSettings,
    pub(super) environment: &'a Arc<Environment>,
    /// Files that are already parsed, by key.
    pub(super) parsed: &'a HashMap<String, File>,
    pub(super) workspace: Workspace<'a>,
    pub(super) fixes: FixMode,
    /// Whether suppression comments are added instead of fixes.
    pub(super) adds_ignores: bool,
    /// Fingerprints of findings that are not reported.
    pub(super) baseline: &'a BTreeSet<String>,
}

/// A file that is being checked.
struct PendingFile {
    source: InputFile,
    file: File,
    findings: Vec<(Arc<Finding>, Severity)>,
    /// Number of findings that are not selected.
    unselected: usize,
}

impl PendingFile {
    /// Returns the number of findings by rule.
    fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for (finding, _) in &self.findings {
            *counts.entry(finding.rule.name).or_default() += 1;
        }
        counts
    }
}

/// Maximum number of suppression comments that are tried one by one.
const MAX_SINGLE_COMMENTS: usize = 200;

/// Returns whether the second version of a file has fewer findings, no other ones, and the same items.
fn only_suppresses(before: &PendingFile, after: &PendingFile) -> bool {
    let mut rest: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (finding, _) in &before.findings {
        *rest.entry((finding.rule.name, &finding.message)).or_default() += 1;
    }
    for (finding, _) in &after.findings {
        match rest.get_mut(&(finding.rule.name, &*finding.message)) {
            Some(count @ 1..) => *count -= 1,
            _ => return false,
        }
    }
    let (old, new) = (before.file.plan().items(), after.file.plan().items());
    after.findings.len() < before.findings.len().max(1)
        && after.unselected <= before.unselected
        && old.len() == new.len()
        && old.zip(new).all(|(old, new)| {
            (old.kind(), old.state(), old.id()) == (new.kind(), new.state(), new.id())
                && old.title() == new.title()
        })
}

impl Checker<'_> {
    /// Checks a file, and applies its safe fixes according to the mode.
    pub(super) fn process(&self, source: InputFile) -> CheckedFile {
        let mut pending = self.check(source);
        let counts = pending.counts();
        let (mut before, mut write_error) = (None, None);
        let mut suppressed = Suppressed::default();
        let found = pending.findings.len();
        if self.fixes != FixMode::Off && self.adds_ignores {
            (pending, before, suppressed.in_file) = self.suppress(pending);
            suppressed.count = found.saturating_sub(pending.findings.len());
            suppressed.rest = pending.counts();
        } else if self.fixes != FixMode::Off {
            (pending, before) = self.fix(pending);
        }
        if self.fixes == FixMode::Write
            && let (Some(path), Some(text)) = (&pending.source.path, &before)
            && let Err(error) = plan_edit::replace_file(path, Some(text), &pending.source.text)
        {
            write_error = Some(disk::replace_error(&pending.source.name, &error));
            let text = before.take().unwrap_or_default();
            pending = self.check(InputFile { text, ..pending.source });
            suppressed = Suppressed::default();
        }
        let fixed = match before {
            Some(_) if !self.adds_ignores => {
                let rest = pending.counts();
                let fixed = |(rule, count): (&'static str, usize)| {
                    let fixed = count.saturating_sub(rest.get(rule).copied().unwrap_or(0));
                    (fixed > 0).then_some((rule, fixed))
                };
                counts.into_iter().filter_map(fixed).collect()
            }
            _ => BTreeMap::new(),
        };
        let mut checked = CheckedFile { fixed, suppressed, before, write_error, ..self.finish(pending) };
        if checked.path.is_some() && checked.findings.is_empty() && checked.before.is_none() {
            checked.text = String::new();
        }
        checked
    }

    fn check(&self, source: InputFile) -> PendingFile {
        let parsed = self.parsed.get(&source.key).filter(|file| *file.document().rope() == *source.text);
        let file = parsed.cloned().unwrap_or_else(|| source.file(self.environment));
        let mut severities = self.folder_settings.severities(file.path(), &RuleSeverities::default());
        self.selection.apply(&mut severities);
        crate::fault_injection::panic_on(|| source.text.clone());
        let mut findings = plan_ide::report(&file, &self.workspace, &severities);
        let all = findings.len();
        self.selection.retain(&mut findings);
        PendingFile { unselected: all - findings.len(), source, file, findings }
    }

    /// Applies the safe fixes of the selected rules. Also returns the original text if they have changed it.
    fn fix(&self, mut pending: PendingFile) -> (PendingFile, Option<String>) {
        let mut before = None;
        // One fix can enable another. A few rounds are sufficient.
        for _ in 0..5 {
            let findings = pending.findings.iter().map(|(finding, _)| &**finding);
            let findings = findings.filter(|finding| self.selection.fixes(finding.rule));
            let edits = fix_all(&pending.file, &self.workspace, findings);
            if edits.is_empty() {
                break;
            }
            before.get_or_insert_with(|| pending.source.text.clone());
            pending.source.text = apply_edits(&pending.source.text, &edits);
            pending = self.check(pending.source);
        }
        let before = before.filter(|before| *before != pending.source.text);
        (pending, before)
    }

    /// Adds suppression comments for the findings. Also returns the original text if it has changed, and the rules that
    /// are now disabled in the whole file. Comments that would change the plan or cause other findings are left out.
    fn suppress(&self, pending: PendingFile) -> (PendingFile, Option<String>, BTreeSet<&'static str>) {
        let comments = suppress_all(&pending.file, pending.findings.iter().map(|(finding, _)| &**finding));
        let with_comments = |comments: &[SuppressionComment]| {
            let edits: Vec<Edit> = comments.iter().map(|comment| comment.edit.clone()).collect();
            let text = apply_edits(&pending.source.text, &edits);
            self.check(InputFile { text, ..pending.source.clone() })
        };
        let in_file = |comments: &[SuppressionComment]| {
            let in_file = comments.iter().filter(|comment| comment.in_document);
            in_file.flat_map(|comment| comment.rules.iter().copied()).collect()
        };
        let all = with_comments(&comments);
        if only_suppresses(&pending, &all) {
            let before = (!comments.is_empty()).then_some(pending.source.text);
            return (all, before, in_file(&comments));
        }
        let (mut accepted, mut checked): (Vec<SuppressionComment>, Option<PendingFile>) = (Vec::new(), None);
        for comment in comments.into_iter().take(MAX_SINGLE_COMMENTS) {
            accepted.push(comment);
            let next = with_comments(&accepted);
            if only_suppresses(checked.as_ref().unwrap_or(&pending), &next) {
                checked = Some(next);
            } else {
                accepted.pop();
            }
        }
        match checked {
            Some(checked) => (checked, Some(pending.source.text), in_file(&accepted)),
            None => (pending, None, BTreeSet::new()),
        }
    }

    /// Returns the checked file: limits the findings per rule, adds their fixes and removes those in the baseline.
    fn finish(&self, pending: PendingFile) -> CheckedFile {
        let PendingFile { source: InputFile { name, path, text, .. }, file, findings, unselected } = pending;
        let mut findings = plan_ide::limit_per_rule(findings);
        for (finding, _) in &mut findings {
            *finding = Arc::new(finding.with_fixes(&file, &self.workspace));
        }
        let fingerprints = fingerprints(&text, &file, &findings);
        let all = findings.len();
        let findings: Vec<CheckedFinding> = findings
            .into_iter()
            .zip(fingerprints)
            .map(|((finding, severity), fingerprint)| CheckedFinding { finding, severity, fingerprint })
            .filter(|found| !self.baseline.contains(&found.fingerprint))
            .collect();
        let in_baseline = all - findings.len();
        let progress =
            (file.kind() == DocumentKind::Plan).then(|| sets::progress(&file, self.workspace.index));
        let fixed = BTreeMap::new();
        CheckedFile {
            name,
            path,
            text,
            before: None,
            progress,
            findings,
            in_baseline,
            unselected,
            fixed,
            suppressed: Suppressed::default(),
            write_error: None,
        }
    }
}
