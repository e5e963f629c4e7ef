//! `plansmith check`.

use std::{path::PathBuf, sync::Arc};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use plan_ide::{Environment, File, Finding, Levels, Severity, Workspace, fix_all};
use rayon::prelude::*;

use super::{
    Color, FAILED, count as count_of, fingerprint,
    input::{Source, each, read_all},
    machines, out, report,
};
use crate::{config::Configs, files::RealDisk, lines::LineIndex, workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and folders; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Output::Text)]
    format: Output,
    /// The least severity of a finding that makes the exit code 1: that of the settings, else `error`
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Mend what has one sure fix, and check again
    #[arg(long)]
    fix: bool,
    /// Print what --fix would change, and change nothing; the exit code is 1 if there is something
    #[arg(long, conflicts_with = "fix")]
    diff: bool,
    /// Count the findings of each rule instead of listing them
    #[arg(long)]
    statistics: bool,
    /// Leave out findings that this file knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all findings to this file, so that only new ones count from now on
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
    /// The day that dates are compared with, for runs that can be repeated
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = parse_day)]
    today: Option<String>,
    /// Set the severity of a rule or a group of rules, or turn it off
    #[arg(long = "rule", value_name = "NAME=off|hint|info|warning|error", value_parser = parse_level)]
    rules: Vec<(String, Option<Severity>)>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto)]
    color: Color,
    /// What to call standard input in findings
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
    fn least(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Info => Some(Severity::Info),
            Self::Hint => Some(Severity::Hint),
            Self::Never => None,
        }
    }
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people
    Text,
    /// For programs
    Json,
    /// For tools that show results of analyses (SARIF 2.1.0)
    Sarif,
    /// As annotations in GitHub's workflows
    Github,
}

/// A day of the calendar, as an argument.
pub(super) fn parse_day(argument: &str) -> Result<String, String> {
    let day: Result<jiff::civil::Date, _> = argument.parse();
    day.map(|day| day.to_string()).map_err(|_| "write a day such as 2026-03-01".to_owned())
}

fn parse_level(argument: &str) -> Result<(String, Option<Severity>), String> {
    let (name, level) =
        argument.split_once('=').ok_or("write NAME=LEVEL, for example unclosed-fence=error")?;
    let level =
        match level {
            "off" => None,
            level => Some(Severity::of(level).ok_or_else(|| {
                format!("`{level}` is no severity; write off, hint, info, warning or error")
            })?),
        };
    let mut levels = Levels::default();
    levels.set(name, level)?;
    Ok((name.to_owned(), level))
}

/// A file with what was found in it.
pub(super) struct Checked {
    pub(super) source: Source,
    pub(super) file: File,
    pub(super) findings: Vec<(Arc<Finding>, Severity)>,
    /// Its text before anything was mended.
    before: String,
    /// Why it could not be mended.
    complaint: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let project = workspace::Project::of(&arguments.paths);
    for settings in &project.settings {
        let index = LineIndex::new(&settings.text);
        for problem in &settings.problems {
            let at = index.at(problem.range.start);
            anstream::eprintln!(
                "plansmith: {}:{}:{}: {}",
                settings.path,
                at.line,
                at.column,
                problem.message
            );
        }
    }
    let (sources, mut complaints) =
        read_all(&arguments.paths, arguments.stdin_filename.as_deref(), &|key| project.takes(key));
    let environment = match &arguments.today {
        Some(today) => Arc::new(Environment { today: Some(today.clone()), ..(*project.environment).clone() }),
        None => Arc::clone(&project.environment),
    };
    let known = match arguments.baseline.as_deref().map(fingerprint::read).transpose() {
        Ok(known) => known.unwrap_or_default(),
        Err(complaint) => {
            anstream::eprintln!("plansmith: {complaint}");
            return FAILED;
        }
    };
    let progress = bar(sources.len());
    let files: Vec<File> = sources.par_iter().map(|source| source.file(&environment)).collect();
    let index = workspace::index(&project, &files);
    let disk = RealDisk::new(Arc::clone(&environment));
    let workspace = Workspace { index: &index, disk: &disk, is_complete: true };
    let checker =
        Checker { rules: &arguments.rules, configs: &project.configs, environment: &environment, workspace };
    let sources = sources.into_iter().zip(files).collect();
    let mut checked: Vec<Checked> = each(sources, &mut complaints, |source, file| {
        let mut checked = checker.check(source, file);
        let before = checked.source.text.clone();
        if arguments.fix || arguments.diff {
            checked = checker.mend(checked);
        }
        if arguments.fix {
            checked = checker.write(checked, &before);
        }
        let mut checked = Checked { before, findings: plan_ide::shortened(checked.findings), ..checked };
        for (finding, _) in &mut checked.findings {
            *finding = Arc::new(finding.with_fixes(&checked.file, &checker.workspace));
        }
        if !known.is_empty() {
            let names = fingerprint::fingerprints(&checked).into_iter();
            let mut new = names.map(|name| !known.contains(&name));
            checked.findings.retain(|_| new.next().unwrap_or(true));
        }
        progress.inc(1);
        checked
    });
    progress.finish_and_clear();
    complaints.extend(checked.iter_mut().filter_map(|checked| checked.complaint.take()));
    if let Some(path) = &arguments.write_baseline {
        return match fingerprint::write(path, &checked) {
            Ok(count) => {
                anstream::eprintln!(
                    "plansmith: {} written to {}",
                    count_of(count, "finding"),
                    path.display()
                );
                if complaints.is_empty() { 0 } else { FAILED }
            }
            Err(complaint) => {
                anstream::eprintln!("plansmith: {complaint}");
                FAILED
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
        for complaint in &complaints {
            anstream::eprintln!("plansmith: {complaint}");
        }
        return if complaints.is_empty() { i32::from(differs) } else { FAILED };
    }
    // With --fix, the mended text of standard input is the output.
    let piped = arguments.fix && checked.iter().any(|checked| checked.source.path.is_none());
    if piped {
        for checked in checked.iter().filter(|checked| checked.source.path.is_none()) {
            out::print!("{}", checked.source.text);
        }
    }
    let printed = match arguments.format {
        Output::Json => report::json(&checked).map(|json| format!("{json}\n")).unwrap_or_default(),
        Output::Sarif => machines::sarif(&checked).map(|json| format!("{json}\n")).unwrap_or_default(),
        Output::Github => machines::github(&checked),
        Output::Text if arguments.statistics => report::statistics(&checked),
        Output::Text => report::text(&checked),
    };
    if piped {
        anstream::eprint!("{printed}");
    } else {
        out::print!("{printed}");
    }
    for complaint in &complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    let of_settings = project.configs.iter().find_map(|(_, config)| config.fail_on);
    let least = arguments.fail_on.map(FailOn::least).or(of_settings).unwrap_or(Some(Severity::Error));
    if !complaints.is_empty() {
        FAILED
    } else {
        let fails = |severity: &Severity| least.is_some_and(|least| *severity >= least);
        i32::from(checked.iter().flat_map(|checked| &checked.findings).any(|(_, severity)| fails(severity)))
    }
}

/// What files are checked with.
struct Checker<'a> {
    /// From the command line, which has the last word.
    rules: &'a [(String, Option<Severity>)],
    configs: &'a Configs,
    environment: &'a Arc<Environment>,
    workspace: Workspace<'a>,
}

impl Checker<'_> {
    fn check(&self, source: Source, file: File) -> Checked {
        let mut levels = self.configs.levels(file.path(), &Levels::default());
        for (name, level) in self.rules {
            // The argument has been parsed, so the name is known.
            drop(levels.set(name, *level));
        }
        crate::trial::panic_over(|| source.text.clone());
        let findings = plan_ide::report(&file, &self.workspace, &levels);
        Checked { before: source.text.clone(), source, file, findings, complaint: None }
    }

    fn check_again(&self, source: Source) -> Checked {
        let file = source.file(self.environment);
        self.check(source, file)
    }

    /// Applies all sure fixes.
    fn mend(&self, mut checked: Checked) -> Checked {
        // One fix may make room for another; a handful of rounds is more than enough.
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

    /// Writes a file whose text is another one than before.
    fn write(&self, checked: Checked, before: &str) -> Checked {
        if let Some(path) = checked.source.path.clone().filter(|_| checked.source.text != before)
            && let Err(error) = crate::disk::replace(&path, Some(before), &checked.source.text)
        {
            let mut checked = self.check_again(Source { text: before.to_owned(), ..checked.source });
            checked.complaint = Some(format!("{}: {}", path.display(), crate::disk::not_replaced(&error)));
            return checked;
        }
        checked
    }
}

/// A bar that shows how far a long run is, on a terminal.
fn bar(files: usize) -> ProgressBar {
    // Short runs are over before anyone has read it.
    const LONG: usize = 200;
    if files < LONG {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(files as u64).with_style(style)
}
