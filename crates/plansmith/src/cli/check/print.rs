//! Prints the result of a check.

use super::{ReportFormat, checked::CheckedFile};
use crate::cli::{machine_formats, out, report};

/// Prints the changes of all files. Returns whether there are any.
pub(super) fn diffs(checked: &[CheckedFile]) -> bool {
    let mut differs = false;
    for checked in checked {
        let Some(before) = &checked.before else { continue };
        differs = true;
        let diff = similar::TextDiff::from_lines(before, &checked.text);
        out::print!("{}", diff.unified_diff().header(&checked.name, &checked.name));
    }
    differs
}

/// Prints the report. If standard input was fixed, its text is the output, and the report goes to standard error.
pub(super) fn findings(checked: &[CheckedFile], format: ReportFormat, statistics: bool, is_fixed: bool) {
    let mut is_piped = false;
    for checked in checked.iter().filter(|checked| is_fixed && checked.path.is_none()) {
        is_piped = true;
        out::print!("{}", checked.text);
    }
    let printed = match format {
        ReportFormat::Json => report::json(checked).map(|json| format!("{json}\n")).unwrap_or_default(),
        ReportFormat::Sarif => {
            machine_formats::sarif(checked).map(|json| format!("{json}\n")).unwrap_or_default()
        }
        ReportFormat::Github => machine_formats::github(checked),
        ReportFormat::Text if statistics => report::statistics(checked),
        ReportFormat::Text => report::text(checked),
    };
    if is_piped {
        anstream::eprint!("{printed}");
    } else {
        out::print!("{printed}");
    }
}
