//! The envelope of every JSON report.

use serde::Serialize;

/// A report with the version of its format as first member. The version changes if a member is removed or changes its
/// meaning; new members do not change it.
#[derive(Debug, Serialize)]
pub(crate) struct Versioned<T> {
    version: u32,
    #[serde(flatten)]
    report: T,
}

impl<T> Versioned<T> {
    /// Returns a report in the current version of the format.
    pub(crate) fn new(report: T) -> Self {
        Self { version: 1, report }
    }
}
