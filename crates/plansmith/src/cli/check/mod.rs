//! `plansmith check`: reports and fixes the problems of plans.

pub(super) mod checked;
mod fix;
mod load;
mod print;
mod selection;
mod show;

use std::{collections::HashMap, path::PathBuf};

use clap::ValueEnum;
use plan_ide::{Severity, Workspace};

use self::{
    checked::CheckedFile,
    fix::{Checker, FixMode},
    load::{IndexedFiles, LoadedFiles},
    selection::Selection,
};
use super::{
    EXIT_FAILURE, count as count_of, fingerprint,
    input::{InputArguments, process_all},
    options::GlobalOptions,
    out, watch,
};
use crate::{files::RealDisk, settings::FolderSettings, workspace::Project};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    /// Check only files that changed since this git revision, e.g. `main` or `HEAD~1`
    #[arg(long, value_name = "REV")]
    since: Option<String>,
    /// Output format
    #[arg(long, alias = "output-format", value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
    /// Exit with code 1 on findings of this severity or higher [default: `fail-on` in plansmith.toml, or `warning`]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Exit with code 0 even if there are findings
    #[arg(short = 'e', long, conflicts_with = "fail_on")]
    exit_zero: bool,
    /// Apply safe fixes, then check again
    #[arg(long)]
    fix: bool,
    /// Add suppression comments for all findings, e.g. to adopt a rule step by step
    #[arg(long, alias = "add-noqa", conflicts_with_all = ["fix", "fix_only", "baseline", "write_baseline", "watch", "show_files", "show_settings"])]
    add_ignore: bool,
    /// Show what --fix or --add-ignore would change, without writing files; exit code 1 if there are changes
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Count findings per rule instead of listing them
    #[arg(long)]
    statistics: bool,
    /// Hide findings listed in this baseline
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write a baseline with all current findings
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
    /// Check again whenever a file changes
    #[arg(short, long, conflicts_with_all = ["fix", "diff", "write_baseline"])]
    watch: bool,
    /// Print the files that would be checked
    #[arg(long, conflicts_with_all = ["fix", "diff", "fix_only", "write_baseline", "watch"])]
    show_files: bool,
    /// Print the settings that apply to the first file
    #[arg(long, conflicts_with_all = ["show_files", "fix", "diff", "fix_only", "write_baseline", "watch"])]
    show_settings: bool,
    /// Date to use as today (for reproducible output)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    today: Option<String>,
    #[command(flatten)]
    selection: Selection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
    Hint,
    Never,
}

impl FailOn {
    fn minimum(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Hint => Some(Severity::Hint),
            Self::Never => None,
        }
    }
}

/// Output format of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReportFormat {
    /// Human-readable, with source lines
    #[value(alias = "full")]
    Text,
    /// One line per finding
    Concise,
    /// JSON
    Json,
    /// SARIF 2.1.0, for tools that show analysis results
    Sarif,
    /// GitHub Actions annotations
    Github,
    /// GitLab Code Quality report
    Gitlab,
    /// JUnit XML
    Junit,
    /// Markdown table, for a comment of a pull request
    Markdown,
}

impl ReportFormat {
    fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Concise)
    }
}

/// Parses a date argument.
pub(super) fn parse_date(argument: &str) -> Result<String, String> {
    let date: Result<jiff::civil::Date, _> = argument.parse();
    date.map(|date| date.to_string()).map_err(|_| "expected a date such as 2026-03-01".to_owned())
}

impl Arguments {
    fn fix_mode(&self) -> FixMode {
        match (self.diff, self.fix || self.add_ignore || self.selection.is_fix_requested()) {
            (true, _) => FixMode::Show,
            (false, true) => FixMode::Write,
            (false, false) => FixMode::Off,
        }
    }

    /// Returns whether a finding has the severity of `--fail-on` or a higher one, and `--exit-zero` is not set.
    fn is_failure(&self, checked: &[CheckedFile], folder_settings: &FolderSettings) -> bool {
        let minimum = self.fail_on.map(FailOn::minimum).or_else(|| folder_settings.fail_on());
        let minimum = minimum.unwrap_or(Some(Severity::Warning)).filter(|_| !self.exit_zero);
        let mut severities = checked.iter().flat_map(|checked| &checked.findings).map(|found| found.severity);
        severities.any(|severity| minimum.is_some_and(|minimum| severity >= minimum))
    }
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    if arguments.watch {
        watch::run(&arguments.input.paths, || check(arguments, options))
    } else {
        check(arguments, options)
    }
}

/// Returns an error message for options that the output format does not support.
fn conflict(arguments: &Arguments) -> Option<&'static str> {
    let is_text = arguments.format.is_text();
    if arguments.statistics && !is_text && arguments.format != ReportFormat::Json {
        Some("`--statistics` supports the formats text and json only")
    } else if (arguments.show_files || arguments.show_settings) && !is_text {
        Some("`--show-files` and `--show-settings` support the format text only")
    } else {
        None
    }
}

/// Prints a note about fixes that are not applied, because the user has to choose or confirm them.
fn note_other_fixes(checked: &[CheckedFile], selection: &Selection) {
    let findings = checked.iter().flat_map(|checked| &checked.findings);
    let others = findings.filter(|found| {
        let finding = &found.finding;
        selection.fixes(finding.rule) && !finding.fixes.is_empty() && finding.safe_fix().is_none()
    });
    let message = match others.count() {
        0 => return,
        1 => "1 finding has a fix that `--fix` does not apply, because you have to decide; use an editor"
            .to_owned(),
        number => format!(
            "{number} findings have fixes that `--fix` does not apply, because you have to decide; use an editor"
        ),
    };
    out::note(message);
}

/// Prints notes about the comments of `--add-ignore`, and the findings that they cannot suppress.
fn note_suppressed(checked: &[CheckedFile]) {
    let suppressed: usize = checked.iter().map(|checked| checked.suppressed.count).sum();
    let files = checked.iter().filter(|checked| checked.before.is_some()).count();
    out::note(format_args!("{} suppressed in {}", count_of(suppressed, "finding"), count_of(files, "file")));
    for CheckedFile { name, suppressed, .. } in checked {
        if !suppressed.in_file.is_empty() {
            let rules: Vec<&str> = suppressed.in_file.iter().copied().collect();
            out::note(format_args!("{name}: disabled in the whole file: {}", rules.join(", ")));
        }
        let rest: usize = suppressed.rest.values().sum();
        if rest > 0 {
            let rules: Vec<&str> = suppressed.rest.keys().copied().collect();
            out::note(format_args!(
                "{name}: {} not suppressed, because a comment would change the plan: {}",
                count_of(rest, "finding"),
                rules.join(", ")
            ));
        }
    }
}

fn check(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    if let Some(conflict) = conflict(arguments) {
        out::error(conflict);
        return EXIT_FAILURE;
    }
    let baseline = match arguments.baseline.as_deref().map(fingerprint::read).transpose() {
        Ok(baseline) => baseline.unwrap_or_default(),
        Err(error) => {
            out::error(error);
            return EXIT_FAILURE;
        }
    };
    let Some(mut loaded) = load::load(arguments, options) else { return EXIT_FAILURE };
    if arguments.show_files || arguments.show_settings {
        return show::run(&loaded, arguments.show_settings, &arguments.selection);
    }
    let positions: HashMap<String, usize> =
        loaded.files.iter().enumerate().map(|(position, file)| (file.name.clone(), position)).collect();
    let IndexedFiles { index, to_check, parsed, mut without_findings } = loaded.index();
    let LoadedFiles { project: Project { folder_settings, .. }, environment, mut errors, .. } = loaded;
    let disk = RealDisk::new(environment.clone());
    let checker = Checker {
        selection: &arguments.selection,
        folder_settings: &folder_settings,
        environment: &environment,
        parsed: &parsed,
        workspace: Workspace { index: &index, disk: &disk, is_complete: true },
        fixes: arguments.fix_mode(),
        adds_ignores: arguments.add_ignore,
        baseline: &baseline,
    };
    let mut checked = process_all(to_check, &mut errors, |source| checker.process(source));
    checked.append(&mut without_findings);
    checked.sort_by_key(|checked| positions.get(&checked.name));
    errors.extend(checked.iter_mut().filter_map(|checked| checked.write_error.take()));
    let is_failure = if let Some(path) = &arguments.write_baseline {
        match fingerprint::write(path, &checked) {
            Ok(count) => {
                out::note(format_args!("{} written to {}", count_of(count, "finding"), path.display()));
            }
            Err(error) => errors.push(error),
        }
        false
    } else if arguments.fix_mode() == FixMode::Show {
        print::diffs(&checked) && !arguments.exit_zero
    } else if checked.is_empty() && !errors.is_empty() && arguments.format.is_text() {
        // No file was checked, so only the errors are printed.
        false
    } else {
        print::findings(&checked, arguments.format, arguments.statistics, arguments.fix_mode());
        arguments.is_failure(&checked, &folder_settings)
    };
    if arguments.add_ignore {
        note_suppressed(&checked);
    } else if arguments.fix_mode() != FixMode::Off && errors.is_empty() {
        note_other_fixes(&checked, &arguments.selection);
    }
    out::errors(&errors);
    if errors.is_empty() { i32::from(is_failure) } else { EXIT_FAILURE }
}
