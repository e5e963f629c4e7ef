//! `plansmith check`.

use std::{io::Write, path::PathBuf, sync::Arc};

use clap::ValueEnum;
use plan_ide::{
    Environment, File, Finding, Levels, Severity, Workspace, fix_all,
    rules::{Group, RULES},
};
use rayon::prelude::*;

use super::{
    Color, FAILED, Format,
    input::{Source, read_all},
    report,
};
use crate::{files::RealDisk, workspace};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and folders; `-` for standard input
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The least severity of a finding that makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    fail_on: FailOn,
    /// Mend what has one sure fix, and check again
    #[arg(long)]
    fix: bool,
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
    if levels.set(name, level) {
        return Ok((name.to_owned(), level));
    }
    let names = RULES.iter().map(|rule| rule.name).chain(Group::ALL.iter().map(|group| group.name()));
    let nearest =
        names.max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
    Err(format!("there is no rule `{name}`; did you mean `{}`?", nearest.unwrap_or_default()))
}

/// A file with what was found in it.
pub(super) struct Checked {
    pub(super) source: Source,
    pub(super) file: File,
    pub(super) findings: Vec<(Finding, Severity)>,
    /// Why it could not be mended.
    complaint: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    arguments.color.apply();
    let mut levels = Levels::default();
    for (name, level) in &arguments.rules {
        levels.set(name, *level);
    }
    let (sources, mut complaints) = read_all(&arguments.paths, arguments.stdin_filename.as_deref());
    let (environment, roots) = workspace::of_paths(&arguments.paths);
    let files: Vec<File> = sources.par_iter().map(|source| source.file(&environment)).collect();
    let (index, wrong) = workspace::index(&roots, &environment, &files);
    complaints.extend(wrong);
    let disk = RealDisk::new(Arc::clone(&environment));
    let workspace = Workspace { index: &index, disk: &disk, is_complete: true };
    let checker = Checker { levels: &levels, environment: &environment, workspace };
    let mut checked: Vec<Checked> = sources
        .into_par_iter()
        .zip(files)
        .map(|(source, file)| {
            let checked = checker.check(source, file);
            let checked = if arguments.fix { checker.fix(checked) } else { checked };
            Checked { findings: plan_ide::shortened(checked.findings), ..checked }
        })
        .collect();
    complaints.extend(checked.iter_mut().filter_map(|checked| checked.complaint.take()));
    // With --fix, the mended text of standard input is the output.
    let piped = arguments.fix && checked.iter().any(|checked| checked.source.path.is_none());
    if piped {
        for checked in checked.iter().filter(|checked| checked.source.path.is_none()) {
            anstream::print!("{}", checked.source.text);
        }
    }
    let printed = match arguments.format {
        Format::Json => report::json(&checked).map(|json| format!("{json}\n")).unwrap_or_default(),
        Format::Text => report::text(&checked),
    };
    if piped {
        anstream::eprint!("{printed}");
    } else {
        anstream::print!("{printed}");
    }
    let _ = anstream::stdout().flush();
    for complaint in &complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    let least = arguments.fail_on.least();
    if !complaints.is_empty() {
        FAILED
    } else {
        let fails = |severity: &Severity| least.is_some_and(|least| *severity >= least);
        i32::from(checked.iter().flat_map(|checked| &checked.findings).any(|(_, severity)| fails(severity)))
    }
}

/// What files are checked with.
struct Checker<'a> {
    levels: &'a Levels,
    environment: &'a Arc<Environment>,
    workspace: Workspace<'a>,
}

impl Checker<'_> {
    fn check(&self, source: Source, file: File) -> Checked {
        let findings = plan_ide::report(&file, &self.workspace, self.levels);
        Checked { source, file, findings, complaint: None }
    }

    fn check_again(&self, source: Source) -> Checked {
        let file = source.file(self.environment);
        self.check(source, file)
    }

    /// Applies all sure fixes and writes the file, if that changes it.
    fn fix(&self, mut checked: Checked) -> Checked {
        let before = checked.source.text.clone();
        // One fix may make room for another; a handful of rounds is more than enough.
        for _ in 0..5 {
            let edits = fix_all(checked.findings.iter().map(|(finding, _)| finding));
            if edits.is_empty() {
                break;
            }
            for edit in edits.into_iter().rev() {
                checked.source.text.replace_range(edit.range, &edit.text);
            }
            checked = self.check_again(checked.source);
        }
        if let Some(path) = checked.source.path.clone().filter(|_| checked.source.text != before)
            && let Err(error) = crate::disk::replace(&path, &checked.source.text)
        {
            checked = self.check_again(Source { text: before, ..checked.source });
            checked.complaint = Some(format!("{}: cannot be written: {error}", path.display()));
        }
        checked
    }
}
