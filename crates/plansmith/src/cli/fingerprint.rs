//! Fingerprints of findings, which do not depend on line numbers, and baselines.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::Arc,
};

use plan_ide::{File, Finding, Severity};
use serde::{Deserialize, Serialize};

use super::check::checked::CheckedFile;
use crate::{disk, fnv::Fnv, workspace};

/// Version of the format of baselines.
const VERSION: u32 = 1;

/// Findings recorded in a baseline.
#[derive(Debug, Deserialize, Serialize)]
struct Baseline {
    version: u32,
    findings: BTreeSet<String>,
}

/// Returns the fingerprints of a file's findings, in their order. A fingerprint is a hash of the path in the project,
/// the rule, the text of the range, the enclosing headings, and a counter for identical findings.
pub(super) fn fingerprints(text: &str, file: &File, findings: &[(Arc<Finding>, Severity)]) -> Vec<String> {
    let mut seen: HashMap<u64, u64> = HashMap::new();
    let plan = file.plan();
    let path = workspace::path_in_project(file.path());
    findings
        .iter()
        .map(|(finding, _)| {
            let mut hash = Fnv::default();
            hash.text(&path);
            hash.text(finding.rule.name);
            hash.text(text.get(finding.range.clone()).unwrap_or_default());
            for section in plan.sections().filter(|section| section.range().contains(&finding.range.start)) {
                hash.text(&section.title());
            }
            let number = seen.entry(hash.value()).or_default();
            *number += 1;
            let number = *number;
            hash.text(&number.to_string());
            format!("{:016x}", hash.value())
        })
        .collect()
}

/// Reads the fingerprints in a baseline.
///
/// # Errors
/// Returns an error if the file cannot be read or is not a baseline.
pub(super) fn read(path: &Path) -> Result<BTreeSet<String>, String> {
    let text = crate::files::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
    let baseline =
        serde_json::from_str::<Baseline>(&text).ok().filter(|baseline| baseline.version == VERSION);
    let invalid = || format!("{}: invalid baseline; create one with --write-baseline", path.display());
    Ok(baseline.ok_or_else(invalid)?.findings)
}

/// Writes the fingerprints of all findings to a baseline and returns their number.
///
/// # Errors
/// Returns an error if the file cannot be written, or already exists and is not a baseline.
pub(super) fn write(path: &Path, checked: &[CheckedFile]) -> Result<usize, String> {
    if path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0) && read(path).is_err() {
        return Err(format!("{}: already exists and is not a baseline; choose another file", path.display()));
    }
    let findings: BTreeSet<String> =
        checked.iter().flat_map(|checked| &checked.findings).map(|found| found.fingerprint.clone()).collect();
    let count = findings.len();
    let json = serde_json::to_string_pretty(&Baseline { version: VERSION, findings }).unwrap_or_default();
    let text = format!("{json}\n");
    let written = disk::write(path, &text).map_err(|error| disk::write_error(path, &error));
    written.map(|()| count)
}
