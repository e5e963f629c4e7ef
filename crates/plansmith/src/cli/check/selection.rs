//! The findings that a check reports and fixes, selected on the command line.

use std::sync::Arc;

use clap::ValueEnum;
use plan_ide::{
    Finding, RuleSeverities, Severity,
    rules::{self, RULES, Rule},
};

use crate::cli::rules::unknown_rule;

/// Options that select findings.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Rule selection")]
pub(super) struct Selection {
    /// Report only these rules and groups (comma-separated, or `all`), even if they are off
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = parse_name)]
    select: Vec<String>,
    /// Do not report these rules and groups (comma-separated)
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = parse_name)]
    ignore: Vec<String>,
    /// Report only findings of this severity or higher
    #[arg(long, value_enum, value_name = "SEVERITY")]
    min_severity: Option<MinSeverity>,
    /// Set the severity of a rule or group; can be repeated
    #[arg(long = "rule", value_name = "NAME=off|hint|info|warning|error", value_parser = parse_level)]
    rules: Vec<(String, Option<Severity>)>,
    /// Also report done tasks of the form "Create `path`" whose files are missing
    #[arg(long)]
    evidence: bool,
    /// Apply only the fixes of these rules and groups; implies --fix
    #[arg(long, value_name = "RULE", value_delimiter = ',', value_parser = parse_name)]
    fix_only: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum MinSeverity {
    Error,
    Warning,
    Info,
    Hint,
}

/// Name of the group of all rules, for `--select` and `--ignore`.
const ALL: &str = "all";

impl Selection {
    /// Applies the severities of the command line, which take precedence over the settings.
    pub(super) fn apply(&self, severities: &mut RuleSeverities) {
        if self.evidence {
            drop(severities.set("created-file-missing", Some(Severity::Warning)));
        }
        // Unknown names were rejected when the arguments were parsed.
        for (name, level) in &self.rules {
            drop(severities.set(name, *level));
        }
        for rule in RULES {
            if severities.of(rule).is_none() && matches(&self.select, rule) {
                drop(severities.set(rule.name, rule.severity.or(Some(Severity::Warning))));
            }
        }
    }

    /// Removes the findings that are not selected.
    pub(super) fn retain(&self, findings: &mut Vec<(Arc<Finding>, Severity)>) {
        let min = self.min_severity.map_or(Severity::Hint, |min| match min {
            MinSeverity::Error => Severity::Error,
            MinSeverity::Warning => Severity::Warning,
            MinSeverity::Info => Severity::Info,
            MinSeverity::Hint => Severity::Hint,
        });
        findings.retain(|(finding, severity)| {
            let is_selected = self.select.is_empty() || matches(&self.select, finding.rule);
            *severity >= min && is_selected && !matches(&self.ignore, finding.rule)
        });
    }

    /// Returns whether `--fix-only` is used.
    pub(super) fn is_fix_requested(&self) -> bool {
        !self.fix_only.is_empty()
    }

    /// Returns whether the safe fixes of a rule are applied, according to `--fix-only`.
    pub(super) fn fixes(&self, rule: &Rule) -> bool {
        self.fix_only.is_empty() || matches(&self.fix_only, rule)
    }
}

/// Returns whether `names`, which are names of rules and groups, include a rule.
fn matches(names: &[String], rule: &Rule) -> bool {
    names.iter().any(|name| name == rule.name || name == rule.group.name() || name == ALL)
}

fn parse_name(argument: &str) -> Result<String, String> {
    if argument == ALL || rules::names().any(|name| name == argument) {
        Ok(argument.to_owned())
    } else {
        Err(unknown_rule(argument))
    }
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
    let mut severities = RuleSeverities::default();
    severities.set(name, level)?;
    Ok((name.to_owned(), level))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_rules_groups_and_all() {
        assert!(parse_name("all").is_ok() && parse_name("tasks").is_ok() && parse_name("overdue").is_ok());
        assert_eq!(parse_name("overdu"), Err("unknown rule `overdu`; did you mean `overdue`?".to_owned()));
    }

    #[test]
    fn selecting_enables_rules_that_are_off_by_default() {
        let off = RULES.iter().find(|rule| rule.severity.is_none()).unwrap();
        let selection = Selection { select: vec![off.name.to_owned()], ..Selection::default() };
        let mut severities = RuleSeverities::default();
        selection.apply(&mut severities);
        assert_eq!(severities.of(off), Some(Severity::Warning));
        let other = RULES.iter().find(|rule| rule.severity.is_none() && rule.name != off.name).unwrap();
        assert_eq!(severities.of(other), None);
    }
}
