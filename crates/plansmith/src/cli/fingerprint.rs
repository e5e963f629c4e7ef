//! Names for findings that survive moved lines, and the list of those that are known already.

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

use serde::{Deserialize, Serialize};

use super::check::Checked;
use crate::disk;

/// The findings of an old tree, which are nobody's fault now.
#[derive(Debug, Deserialize, Serialize)]
struct Baseline {
    version: u32,
    findings: BTreeSet<String>,
}

/// The fingerprints of a file's findings, in their order: of path, rule, marked words, headings around them, and the
/// number among equal ones.
pub(super) fn fingerprints(checked: &Checked) -> Vec<String> {
    let mut seen: HashMap<u64, u64> = HashMap::new();
    let plan = checked.file.plan();
    checked
        .findings
        .iter()
        .map(|(finding, _)| {
            let mut hash = Fnv::default();
            hash.text(checked.source.name.trim_start_matches("./"));
            hash.text(finding.rule.name);
            hash.text(checked.source.text.get(finding.range.clone()).unwrap_or_default());
            for section in plan.sections().filter(|section| section.range().contains(&finding.range.start)) {
                hash.text(&section.title());
            }
            let number = seen.entry(hash.0).or_default();
            *number += 1;
            let number = *number;
            hash.text(&number.to_string());
            format!("{:016x}", hash.0)
        })
        .collect()
}

/// The known fingerprints in a file.
///
/// # Errors
/// When it cannot be read or is no baseline, with what to do.
pub(super) fn read(path: &Path) -> Result<BTreeSet<String>, String> {
    let text = crate::files::read(path).map_err(|why| format!("{}: {why}", path.display()))?;
    let baseline: Baseline = serde_json::from_str(&text).map_err(|error| {
        format!("{}: is no baseline: {error}; make one with --write-baseline", path.display())
    })?;
    Ok(baseline.findings)
}

/// Writes the fingerprints of all findings.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(path: &Path, checked: &[Checked]) -> Result<usize, String> {
    let findings: BTreeSet<String> = checked.iter().flat_map(fingerprints).collect();
    let count = findings.len();
    let json = serde_json::to_string_pretty(&Baseline { version: 1, findings }).unwrap_or_default();
    let text = format!("{json}\n");
    let written = if path.exists() {
        disk::replace(path, None, &text).map_err(|error| disk::not_replaced(&error))
    } else {
        disk::create(path, &text, false).map_err(|error| disk::not_made(&error))
    };
    written.map(|()| count).map_err(|why| format!("{}: {why}", path.display()))
}

/// FNV-1a of 64 bits: small, and the same for ever, which the standard library's hashes do not promise.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn text(&mut self, text: &str) {
        // With a byte that no text has, so that parts do not run into each other.
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}
