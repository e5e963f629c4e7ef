//! Prints the result of a check.

use super::{ReportFormat, checked::CheckedFile, fix::FixMode};
use crate::cli::{machine_formats, out, report};

/// Prints the changes of all files. Returns whether there are any.
pub(super) fn diffs(checked: &[CheckedFile]) -> bool {
    let changed = checked.iter().filter_map(|checked| Some((checked, checked.before.as_ref()?)));
    changed.map(|(checked, before)| out::diff(&checked.name, before, &checked.text)).count() > 0
}

/// Prints the report. If standard input was fixed, its text is the output, and the report goes to standard error.
pub(super) fn findings(checked: &[CheckedFile], format: ReportFormat, statistics: bool, fixes: FixMode) {
    let is_piped = |checked: &&CheckedFile| fixes == FixMode::Write && checked.path.is_none();
    let piped: Vec<&CheckedFile> = checked.iter().filter(is_piped).collect();
    if !piped.is_empty() {
        piped.iter().for_each(|checked| out::document(&checked.text));
        return out::write_to_stderr(&(report::text(checked) + &report::summary(checked)));
    }
    match format {
        ReportFormat::Json if statistics => report::statistics_json(checked),
        ReportFormat::Json => report::json(checked),
        ReportFormat::Sarif => out::json_text(&machine_formats::sarif(checked).unwrap_or_default()),
        ReportFormat::Gitlab => out::json_text(&machine_formats::gitlab(checked).unwrap_or_default()),
        ReportFormat::Github => out::plain(&machine_formats::github(checked)),
        ReportFormat::Junit => out::plain(&machine_formats::junit(checked)),
        ReportFormat::Markdown => out::plain(&machine_formats::markdown(checked)),
        ReportFormat::Concise | ReportFormat::Text => {
            let findings = match format {
                _ if statistics => report::statistics(checked),
                ReportFormat::Concise => report::concise(checked),
                _ => report::text(checked),
            };
            out::print!("{findings}");
            out::remark(format_args!("{}", report::summary(checked)));
        }
    }
}
