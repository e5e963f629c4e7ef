//! `plansmith coverage`: which tasks cover each requirement of a document set.

use std::path::PathBuf;

use clap::ValueEnum;
use plan_ide::{
    sets::{Coverage, DocumentSet},
    workspace::path,
};

use super::{
    EXIT_FAILURE,
    input::{is_given, not_found},
    options::GlobalOptions,
    out,
};
use crate::{
    coverage_report::{self, SetCoverage},
    files,
    wording::with_available,
    workspace,
};

/// Exit code if the coverage is below `--fail-under`.
const EXIT_LOW_COVERAGE: i32 = 1;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Files and directories
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = CoverageFormat::Text)]
    format: CoverageFormat,
    /// Show only document sets of this family
    #[arg(long, value_name = "NAME")]
    family: Option<String>,
    /// Show only requirements that no task refers to
    #[arg(long)]
    uncovered: bool,
    /// Exit with code 1 if less than PERCENT of a set's requirements are referenced; ignores kinds of requirements below the family's `coverage.gate` (50% by default)
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent)]
    fail_under: Option<f64>,
}

/// Output format of `plansmith coverage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum CoverageFormat {
    /// Human-readable summary
    Text,
    /// JSON
    Json,
    /// One line per requirement
    Csv,
    /// Self-contained HTML page
    Html,
    /// Tables for a review comment
    Markdown,
}

fn parse_percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').parse::<f64>().ok();
    number
        .filter(|number| (0.0..=100.0).contains(number))
        .ok_or_else(|| "expected a number from 0 to 100".to_owned())
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    let missing: Vec<String> =
        arguments.paths.iter().filter(|path| !path.exists()).map(|path| not_found(path)).collect();
    if !missing.is_empty() {
        out::errors(&missing);
        return EXIT_FAILURE;
    }
    let Some(project) = options.project(&arguments.paths) else { return EXIT_FAILURE };
    let mut errors: Vec<String> = Vec::new();
    for path in arguments.paths.iter().filter(|path| !path.is_dir()) {
        errors.extend(files::read(path).err().map(|why| format!("{}: {why}", path.display())));
    }
    let problems = project.problems.iter();
    let problems =
        problems.filter(|problem| problem.path().is_none_or(|key| is_given(&arguments.paths, key)));
    errors.extend(problems.map(ToString::to_string));
    if !errors.is_empty() {
        out::errors(&errors);
        return EXIT_FAILURE;
    }
    let families = &project.environment.families;
    if let Some(name) = &arguments.family
        && families.all().iter().all(|family| family.name != *name)
    {
        let known: Vec<&str> = families.all().iter().map(|family| family.name.as_str()).collect();
        let message = plan_schema::unknown_name_message("family", name, known.iter().copied());
        out::error(with_available(&message, &known));
        return EXIT_FAILURE;
    }
    let index = workspace::index(&project, Vec::new());
    let asked: Vec<String> = arguments.paths.iter().map(|path| files::key_of_path(path)).collect();
    let is_asked = |set: &DocumentSet| {
        let own = set.documents.iter().filter(|document| !document.shared);
        own.into_iter().any(|document| {
            asked.iter().any(|asked| *document.path == **asked || path::is_in(&document.path, asked))
        })
    };
    let here = files::key_of_path(&std::env::current_dir().unwrap_or_default());
    let sets = DocumentSet::all(&index, families).into_iter();
    let sets = sets.filter(|set| {
        !set.archived
            && is_asked(set)
            && arguments.family.as_ref().is_none_or(|family| set.family.name == *family)
    });
    let covered = sets.map(|set| {
        let coverage = Coverage::of(&set);
        (set, coverage)
    });
    let covered: Vec<(DocumentSet, Coverage)> =
        covered.filter(|(set, coverage)| coverage_report::has_coverage(set, coverage)).collect();
    let reports: Vec<SetCoverage> = covered
        .iter()
        .map(|(set, coverage)| SetCoverage::new(set, coverage, &here, arguments.uncovered))
        .collect();
    let text = match arguments.format {
        CoverageFormat::Text => coverage_report::text(&reports, arguments.uncovered),
        CoverageFormat::Json => {
            out::json(&coverage_report::json(&reports));
            String::new()
        }
        CoverageFormat::Csv => coverage_report::csv(&reports),
        CoverageFormat::Html => coverage_report::html(&reports, arguments.uncovered),
        CoverageFormat::Markdown => coverage_report::markdown(&reports, arguments.uncovered),
    };
    out::plain(&text);
    let mut code = 0;
    if let Some(least) = arguments.fail_under {
        for (set, coverage) in &covered {
            let name = coverage_report::shown_path(&set.name, &here);
            if !coverage.any_kind_has_enough_references(set) {
                let gate = set.family.coverage_threshold * 100.0;
                out::note(format_args!(
                    "{name}: not compared with --fail-under; tasks refer to less than {gate:.0}% of its requirements"
                ));
                continue;
            }
            let (referenced, total) = coverage.counted_requirements_with_gate(set);
            if (referenced as f64) * 100.0 < least * total.max(1) as f64 {
                let share = coverage_report::percent(referenced, total);
                out::error(format_args!(
                    "{name}: {share}% of requirements are referenced; expected at least {least}%"
                ));
                code = EXIT_LOW_COVERAGE;
            }
        }
    }
    code
}
