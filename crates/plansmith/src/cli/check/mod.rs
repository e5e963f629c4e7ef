//! `plansmith check`.

pub(super) mod checked;
mod fix;
mod load;
mod print;

use std::path::PathBuf;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use plan_ide::{Levels, Severity, Workspace};

use self::{
    checked::CheckedFile,
    fix::{Checker, FixMode},
    load::LoadedFiles,
};
use super::{Color, EXIT_FAILURE, count as count_of, fingerprint, input::process_all, out};
use crate::files::RealDisk;

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
    /// GitHub Actions annotations
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

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let baseline = match arguments.baseline.as_deref().map(fingerprint::read).transpose() {
        Ok(baseline) => baseline.unwrap_or_default(),
        Err(error) => {
            out::error(error);
            return EXIT_FAILURE;
        }
    };
    let loaded =
        load::load(&arguments.paths, arguments.stdin_filename.as_deref(), arguments.today.as_deref());
    let LoadedFiles { files, environment, configs, index, mut errors } = loaded;
    let disk = RealDisk::new(environment.clone());
    let checker = Checker {
        rules: &arguments.rules,
        configs: &configs,
        environment: &environment,
        workspace: Workspace { index: &index, disk: &disk, is_complete: true },
        fixes: match (arguments.fix, arguments.diff) {
            (true, _) => FixMode::Write,
            (false, true) => FixMode::Show,
            (false, false) => FixMode::Off,
        },
        baseline: &baseline,
    };
    let progress = progress_bar(files.len());
    let mut checked: Vec<CheckedFile> = process_all(files, &mut errors, |source, file| {
        let checked = checker.process(source, file);
        progress.inc(1);
        checked
    });
    progress.finish_and_clear();
    errors.extend(checked.iter_mut().filter_map(|checked| checked.write_error.take()));
    let is_failure = if let Some(path) = &arguments.write_baseline {
        match fingerprint::write(path, &checked) {
            Ok(count) => {
                out::note(format_args!("{} written to {}", count_of(count, "finding"), path.display()))
            }
            Err(error) => errors.push(error),
        }
        false
    } else if arguments.diff {
        print::diffs(&checked)
    } else {
        print::findings(&checked, arguments.format, arguments.statistics, arguments.fix);
        let configured = configs.iter().find_map(|(_, settings)| settings.fail_on);
        let minimum = arguments.fail_on.map(FailOn::minimum).or(configured).unwrap_or(Some(Severity::Error));
        let mut severities = checked.iter().flat_map(|checked| &checked.findings).map(|found| found.severity);
        severities.any(|severity| minimum.is_some_and(|minimum| severity >= minimum))
    };
    out::errors(&errors);
    if errors.is_empty() { i32::from(is_failure) } else { EXIT_FAILURE }
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
