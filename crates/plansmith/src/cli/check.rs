//! `plansmith check`.

use std::{path::PathBuf, sync::Arc};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use plan_ide::{Environment, File, Finding, Levels, Severity, Workspace, fix_all};
use rayon::prelude::*;

use super::{
    Color, EXIT_FAILURE, count as count_of, fingerprint,
    input::{InputFile, process_all, read_all},
    machine_formats, out, report,
};
use crate::{
    config::Configs,
    files::RealDisk,
    lines::{LineColumn, LineIndex},
    workspace,
};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and directories; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    format: ReportFormat,
    /// Exit with code 1 on findings of this severity or higher [default: `fail-on` in plansmith.toml, or `error`]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Apply safe fixes, then check again
    #[arg(long)]
    fix: bool,
    /// Show what --fix would change, without writing files; exit code 1 if there are changes
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
    /// Date to use as today (for reproducible output)
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_date)]
    today: Option<String>,
    /// Set the severity of a rule or group; can be repeated
    #[arg(long = "rule", value_name = "NAME=off|hint|info|warning|error", value_parser = parse_level)]
    rules: Vec<(String, Option<Severity>)>,
    /// When to use color
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// File name to report for standard input
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
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
    /// Human-readable
    Text,
    /// JSON
    Json,
    /// SARIF 2.1.0, for tools that show analysis results
    Sarif,
    /// Annotations of GitHub workflows
    Github,
}

/// Parses a date argument.
pub(super) fn parse_date(argument: &str) -> Result<String, String> {
    let date: Result<jiff::civil::Date, _> = argument.parse();
    date.map(|date| date.to_string()).map_err(|_| "expected a date such as 2026-03-01".to_owned())
}

fn parse_level(argument: &str) -> Result<(String, Option<Severity>), String> {
    let (name, level) =
        argument.split_once('=').ok_or("expected NAME=SEVERITY, e.g. unclosed-fence=error")?;
    let level = match level {
        "off" => None,
        level => Some(Severity::of(level).ok_or_else(|| {
            format!("unknown severity `{level}`; expected off, hint, info, warning or error")
        })?),
    };
    let mut levels = Levels::default();
    levels.set(name, level)?;
    Ok((name.to_owned(), level))
}

/// A file with its findings.
pub(super) struct Checked {
    pub(super) source: InputFile,
    pub(super) file: File,
    pub(super) findings: Vec<(Arc<Finding>, Severity)>,
    /// The text before fixes were applied.
    before: String,
    /// Error message if the fixed text could not be written.
    write_error: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let project = workspace::Project::of(&arguments.paths);
    for settings in &project.settings {
        let index = LineIndex::new(&settings.text);
        for problem in &settings.problems {
            let LineColumn { line, column } = index.line_column(problem.range.start);
            out::warning(format_args!("{}:{line}:{column}: {}", settings.path, problem.message));
        }
    }
    let (sources, mut errors) =
        read_all(&arguments.paths, arguments.stdin_filename.as_deref(), &|key| project.includes(key));
    let environment = match &arguments.today {
        Some(today) => Arc::new(Environment { today: Some(today.clone()), ..(*project.environment).clone() }),
        None => Arc::clone(&project.environment),
    };
    let baseline = match arguments.baseline.as_deref().map(fingerprint::read).transpose() {
        Ok(baseline) => baseline.unwrap_or_default(),
        Err(error) => {
            out::error(error);
            return EXIT_FAILURE;
        }
    };
    let progress = progress_bar(sources.len());
    let files: Vec<File> = sources.par_iter().map(|source| source.file(&environment)).collect();
    let index = workspace::index(&project, &files);
    let disk = RealDisk::new(Arc::clone(&environment));
    let workspace = Workspace { index: &index, disk: &disk, is_complete: true };
    let checker =
        Checker { rules: &arguments.rules, configs: &project.configs, environment: &environment, workspace };
    let sources = sources.into_iter().zip(files).collect();
    let mut checked: Vec<Checked> = process_all(sources, &mut errors, |source, file| {
        let mut checked = checker.check(source, file);
        let before = checked.source.text.clone();
        if arguments.fix || arguments.diff {
            checked = checker.fix(checked);
        }
        if arguments.fix {
            checked = checker.write(checked, &before);
        }
        let mut checked = Checked { before, findings: plan_ide::limit_per_rule(checked.findings), ..checked };
        for (finding, _) in &mut checked.findings {
            *finding = Arc::new(finding.with_fixes(&checked.file, &checker.workspace));
        }
        if !baseline.is_empty() {
            let fingerprints = fingerprint::fingerprints(&checked).into_iter();
            let mut is_new = fingerprints.map(|fingerprint| !baseline.contains(&fingerprint));
            checked.findings.retain(|_| is_new.next().unwrap_or(true));
        }
        progress.inc(1);
        checked
    });
    progress.finish_and_clear();
    errors.extend(checked.iter_mut().filter_map(|checked| checked.write_error.take()));
    if let Some(path) = &arguments.write_baseline {
        return match fingerprint::write(path, &checked) {
            Ok(count) => {
                out::note(format_args!("{} written to {}", count_of(count, "finding"), path.display()));
                if errors.is_empty() { 0 } else { EXIT_FAILURE }
            }
            Err(error) => {
                out::error(error);
                EXIT_FAILURE
            }
        };
    }
    if arguments.diff {
        let mut differs = false;
        for checked in checked.iter().filter(|checked| checked.before != checked.source.text) {
            differs = true;
            let name = &checked.source.name;
            let diff = similar::TextDiff::from_lines(&checked.before, &checked.source.text);
            out::print!("{}", diff.unified_diff().header(name, name));
        }
        out::errors(&errors);
        return if errors.is_empty() { i32::from(differs) } else { EXIT_FAILURE };
    }
    // With --fix, the fixed text of standard input is the output, and the report goes to standard error.
    let is_piped = arguments.fix && checked.iter().any(|checked| checked.source.path.is_none());
    if is_piped {
        for checked in checked.iter().filter(|checked| checked.source.path.is_none()) {
            out::print!("{}", checked.source.text);
        }
    }
    let printed = match arguments.format {
        ReportFormat::Json => report::json(&checked).map(|json| format!("{json}\n")).unwrap_or_default(),
        ReportFormat::Sarif => {
            machine_formats::sarif(&checked).map(|json| format!("{json}\n")).unwrap_or_default()
        }
        ReportFormat::Github => machine_formats::github(&checked),
        ReportFormat::Text if arguments.statistics => report::statistics(&checked),
        ReportFormat::Text => report::text(&checked),
    };
    if is_piped {
        anstream::eprint!("{printed}");
    } else {
        out::print!("{printed}");
    }
    out::errors(&errors);
    let configured = project.configs.iter().find_map(|(_, config)| config.fail_on);
    let minimum = arguments.fail_on.map(FailOn::minimum).or(configured).unwrap_or(Some(Severity::Error));
    if !errors.is_empty() {
        EXIT_FAILURE
    } else {
        let fails = |severity: &Severity| minimum.is_some_and(|minimum| *severity >= minimum);
        i32::from(checked.iter().flat_map(|checked| &checked.findings).any(|(_, severity)| fails(severity)))
    }
}

/// Checks and fixes files.
struct Checker<'a> {
    /// Severities from the command line, which take precedence.
    rules: &'a [(String, Option<Severity>)],
    configs: &'a Configs,
    environment: &'a Arc<Environment>,
    workspace: Workspace<'a>,
}

impl Checker<'_> {
    fn check(&self, source: InputFile, file: File) -> Checked {
        let mut levels = self.configs.levels(file.path(), &Levels::default());
        for (name, level) in self.rules {
            // Unknown names were rejected when the arguments were parsed.
            drop(levels.set(name, *level));
        }
        crate::fault_injection::panic_on(|| source.text.clone());
        let findings = plan_ide::report(&file, &self.workspace, &levels);
        Checked { before: source.text.clone(), source, file, findings, write_error: None }
    }

    fn check_again(&self, source: InputFile) -> Checked {
        let file = source.file(self.environment);
        self.check(source, file)
    }

    /// Applies all safe fixes.
    fn fix(&self, mut checked: Checked) -> Checked {
        // One fix can enable another. A few rounds are sufficient.
        for _ in 0..5 {
            let findings = checked.findings.iter().map(|(finding, _)| &**finding);
            let edits = fix_all(&checked.file, &self.workspace, findings);
            if edits.is_empty() {
                break;
            }
            for edit in edits.into_iter().rev() {
                checked.source.text.replace_range(edit.range, &edit.text);
            }
            checked = self.check_again(checked.source);
        }
        checked
    }

    /// Writes a file if its text differs from `before`.
    fn write(&self, checked: Checked, before: &str) -> Checked {
        if let Some(path) = checked.source.path.clone().filter(|_| checked.source.text != before)
            && let Err(error) = crate::disk::replace(&path, Some(before), &checked.source.text)
        {
            let mut checked = self.check_again(InputFile { text: before.to_owned(), ..checked.source });
            checked.write_error = Some(crate::disk::replace_error(&path.display().to_string(), &error));
            return checked;
        }
        checked
    }
}

/// Returns a progress bar for the terminal, hidden for short runs.
fn progress_bar(files: usize) -> ProgressBar {
    /// Minimum number of files for a visible progress bar.
    const MIN_FILES: usize = 200;
    if files < MIN_FILES {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(files as u64).with_style(style)
}
