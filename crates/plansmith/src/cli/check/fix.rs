//! Checks files and applies safe fixes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plan_ide::{Environment, File, Finding, Levels, Severity, Workspace, fix_all};
use plan_schema::DocumentKind;

use super::{
    checked::{CheckedFile, CheckedFinding},
    selection::Selection,
};
use crate::{
    cli::{fingerprint::fingerprints, input::InputFile},
    disk, plan_edit,
    settings::Configs,
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
    pub(super) configs: &'a Configs,
    pub(super) environment: &'a Arc<Environment>,
    pub(super) workspace: Workspace<'a>,
    pub(super) fixes: FixMode,
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

impl Checker<'_> {
    /// Checks a file, and applies its safe fixes according to the mode.
    pub(super) fn process(&self, source: InputFile, file: File) -> CheckedFile {
        let mut pending = self.check(source, file);
        let counts = pending.counts();
        let (mut before, mut write_error) = (None, None);
        if self.fixes != FixMode::Off {
            (pending, before) = self.fix(pending);
        }
        if self.fixes == FixMode::Write
            && let (Some(path), Some(text)) = (&pending.source.path, &before)
            && let Err(error) = plan_edit::replace_file(path, Some(text), &pending.source.text)
        {
            write_error = Some(disk::replace_error(&pending.source.name, &error));
            let text = before.take().unwrap_or_default();
            pending = self.check_again(InputFile { text, ..pending.source });
        }
        let fixed = match before {
            Some(_) => {
                let rest = pending.counts();
                let fixed = |(rule, count): (&'static str, usize)| {
                    let fixed = count.saturating_sub(rest.get(rule).copied().unwrap_or(0));
                    (fixed > 0).then_some((rule, fixed))
                };
                counts.into_iter().filter_map(fixed).collect()
            }
            None => BTreeMap::new(),
        };
        CheckedFile { fixed, before, write_error, ..self.finish(pending) }
    }

    fn check(&self, source: InputFile, file: File) -> PendingFile {
        let mut levels = self.configs.levels(file.path(), &Levels::default());
        self.selection.apply(&mut levels);
        crate::fault_injection::panic_on(|| source.text.clone());
        let mut findings = plan_ide::report(&file, &self.workspace, &levels);
        let all = findings.len();
        self.selection.retain(&mut findings);
        PendingFile { unselected: all - findings.len(), source, file, findings }
    }

    fn check_again(&self, source: InputFile) -> PendingFile {
        let file = source.file(self.environment);
        self.check(source, file)
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
            for edit in edits.into_iter().rev() {
                pending.source.text.replace_range(edit.range, &edit.text);
            }
            pending = self.check_again(pending.source);
        }
        let before = before.filter(|before| *before != pending.source.text);
        (pending, before)
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
        let progress = (file.kind() == DocumentKind::Plan).then(|| file.plan().progress());
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
            write_error: None,
        }
    }
}
