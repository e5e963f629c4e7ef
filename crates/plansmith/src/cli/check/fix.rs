//! Checks files and applies safe fixes.

use std::{collections::BTreeSet, sync::Arc};

use plan_ide::{Environment, File, Finding, Levels, Severity, Workspace, fix_all};
use plan_schema::Kind;

use super::checked::{Checked, CheckedFinding};
use crate::{
    cli::{fingerprint::fingerprints, input::InputFile},
    disk,
    settings::Configs,
};

/// Use of safe fixes.
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
    /// Severities from the command line, which take precedence.
    pub(super) rules: &'a [(String, Option<Severity>)],
    pub(super) configs: &'a Configs,
    pub(super) environment: &'a Arc<Environment>,
    pub(super) workspace: Workspace<'a>,
    pub(super) fixes: FixMode,
    /// Fingerprints of findings that are not reported.
    pub(super) baseline: &'a BTreeSet<String>,
}

/// A file that is being checked.
struct Work {
    source: InputFile,
    file: File,
    findings: Vec<(Arc<Finding>, Severity)>,
}

impl Checker<'_> {
    /// Checks a file, and applies its safe fixes according to the mode.
    pub(super) fn process(&self, source: InputFile, file: File) -> Checked {
        let mut work = self.check(source, file);
        let (mut before, mut write_error) = (None, None);
        if self.fixes != FixMode::Off {
            (work, before) = self.fix(work);
        }
        if self.fixes == FixMode::Write
            && let (Some(path), Some(text)) = (&work.source.path, &before)
            && let Err(error) = disk::replace(path, Some(text), &work.source.text)
        {
            write_error = Some(disk::replace_error(&path.display().to_string(), &error));
            let text = before.take().unwrap_or_default();
            work = self.check_again(InputFile { text, ..work.source });
        }
        self.finish(work, before, write_error)
    }

    fn check(&self, source: InputFile, file: File) -> Work {
        let mut levels = self.configs.levels(file.path(), &Levels::default());
        for (name, level) in self.rules {
            // Unknown names were rejected when the arguments were parsed.
            drop(levels.set(name, *level));
        }
        crate::fault_injection::panic_on(|| source.text.clone());
        let findings = plan_ide::report(&file, &self.workspace, &levels);
        Work { source, file, findings }
    }

    fn check_again(&self, source: InputFile) -> Work {
        let file = source.file(self.environment);
        self.check(source, file)
    }

    /// Applies all safe fixes. Also returns the text before them, if they have changed it.
    fn fix(&self, mut work: Work) -> (Work, Option<String>) {
        let mut before = None;
        // One fix can enable another. A few rounds are sufficient.
        for _ in 0..5 {
            let findings = work.findings.iter().map(|(finding, _)| &**finding);
            let edits = fix_all(&work.file, &self.workspace, findings);
            if edits.is_empty() {
                break;
            }
            before.get_or_insert_with(|| work.source.text.clone());
            for edit in edits.into_iter().rev() {
                work.source.text.replace_range(edit.range, &edit.text);
            }
            work = self.check_again(work.source);
        }
        let before = before.filter(|before| *before != work.source.text);
        (work, before)
    }

    /// Returns the findings to report.
    fn finish(&self, work: Work, before: Option<String>, write_error: Option<String>) -> Checked {
        let Work { source: InputFile { name, path, text }, file, findings } = work;
        let mut findings = plan_ide::limit_per_rule(findings);
        for (finding, _) in &mut findings {
            *finding = Arc::new(finding.with_fixes(&file, &self.workspace));
        }
        let fingerprints = fingerprints(&name, &text, &file, &findings);
        let findings = findings
            .into_iter()
            .zip(fingerprints)
            .map(|((finding, severity), fingerprint)| CheckedFinding { finding, severity, fingerprint })
            .filter(|found| !self.baseline.contains(&found.fingerprint))
            .collect();
        let progress = (file.kind() == Kind::Plan).then(|| file.plan().progress());
        Checked { name, path, text, before, progress, findings, write_error }
    }
}
