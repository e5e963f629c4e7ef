//! `plansmith check --show-files` and `--show-settings`: print the files to check, or their settings.

use std::fmt::Write;

use plan_ide::{RuleSeverities, Severity, rules::RULES, workspace::path};
use serde_json::Value;

use super::{load::LoadedFiles, selection::Selection};
use crate::cli::{EXIT_FAILURE, out, relative_path::relative_path, terminal};

/// Prints the files that would be checked, or the settings of the first one.
pub(super) fn run(loaded: &LoadedFiles, shows_settings: bool, selection: &Selection) -> i32 {
    if shows_settings {
        out::plain(&settings(loaded, selection));
    } else {
        for source in &loaded.files {
            out::println!("{}", terminal::line(&source.name));
        }
    }
    out::errors(&loaded.errors);
    if loaded.errors.is_empty() { 0 } else { EXIT_FAILURE }
}

/// Returns the settings of the first file in the form of a settings file. Comments name the source of each severity that is
/// not the default.
fn settings(loaded: &LoadedFiles, selection: &Selection) -> String {
    let mut out = String::new();
    for root in &loaded.environment.roots {
        let _ = writeln!(out, "# project: {root}");
    }
    for file in &loaded.project.settings {
        let name = if file.is_argument { COMMAND_LINE } else { &relative_path(&file.path) };
        let _ = writeln!(out, "# settings: {name}");
    }
    let Some(file) = loaded.files.first() else {
        out.push_str("# no files found\n");
        return out;
    };
    let _ = writeln!(out, "# file: {}\n", file.name);
    let fail_on = loaded.project.folder_settings.fail_on().unwrap_or(Some(Severity::Warning));
    let _ = writeln!(out, "fail-on = {}", Value::from(fail_on.map_or("never", Severity::name)));
    let environment = &loaded.environment;
    let _ = writeln!(out, "template-folder = {}", Value::from(environment.template_folder.as_str()));
    let _ = writeln!(out, "\n[format]\ntables = {}", Value::from(environment.format.tables.name()));
    for (option, value) in &environment.options {
        if let Some((rule, option)) = option.split_once('.') {
            let _ = writeln!(out, "\n[rule-options.{rule}]\n{option} = {value}");
        }
    }
    out.push_str("\n[rules]\n");
    // The severities after each source of settings.
    let mut steps: Vec<(String, RuleSeverities)> = Vec::new();
    let mut severities = loaded.project.folder_settings.severities_by_source(
        &file.key,
        &RuleSeverities::default(),
        |folder, severities| {
            let name = folder.map_or_else(|| COMMAND_LINE.to_owned(), |folder| settings_name(loaded, folder));
            steps.push((name, severities.clone()));
        },
    );
    selection.apply(&mut severities);
    steps.push((COMMAND_LINE.to_owned(), severities.clone()));
    for rule in RULES {
        let level = |severities: &RuleSeverities| severities.of(rule).map_or("off", Severity::name);
        let mut source = None;
        let mut before = level(&RuleSeverities::default());
        for (name, severities) in &steps {
            if level(severities) != before {
                (source, before) = (Some(name), level(severities));
            }
        }
        let source = source.map(|name| format!("  # {name}")).unwrap_or_default();
        let _ = writeln!(out, "{} = \"{}\"{source}", rule.name, level(&severities));
    }
    out
}

/// Name of the settings in arguments.
const COMMAND_LINE: &str = "command line";

/// Returns the name of the settings file that applies to a folder: its own, or the one of `--config`.
fn settings_name(loaded: &LoadedFiles, folder: &str) -> String {
    let mut files = loaded.project.settings.iter().filter(|file| !file.is_argument);
    let own = files.clone().find(|file| path::folder(&file.path) == folder);
    own.or_else(|| files.next()).map_or_else(|| folder.to_owned(), |file| relative_path(&file.path))
}
