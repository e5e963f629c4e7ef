//! `plansmith check --show-files` and `--show-settings`.

use std::fmt::Write;

use plan_ide::{Levels, Severity, rules::RULES};
use serde_json::Value;

use super::{load::LoadedFiles, selection::Selection};
use crate::cli::{EXIT_FAILURE, out, relative_path::relative_path, terminal};

/// Prints the files that would be checked, or the settings of the first one.
pub(super) fn run(loaded: &LoadedFiles, shows_settings: bool, selection: &Selection) -> i32 {
    if shows_settings {
        out::plain(&settings(loaded, selection));
    } else {
        for (source, _) in &loaded.files {
            out::println!("{}", terminal::line(&source.name));
        }
    }
    out::errors(&loaded.errors);
    if loaded.errors.is_empty() { 0 } else { EXIT_FAILURE }
}

/// Returns the settings of the first file in the form of a settings file, with their sources as comments.
fn settings(loaded: &LoadedFiles, selection: &Selection) -> String {
    let mut out = String::new();
    for root in &loaded.environment.roots {
        let _ = writeln!(out, "# project: {root}");
    }
    for file in &loaded.settings_files {
        let name = if file.is_argument { "command line (-c)" } else { &relative_path(&file.path) };
        let _ = writeln!(out, "# settings: {name}");
    }
    let Some((source, file)) = loaded.files.first() else {
        out.push_str("# no files found\n");
        return out;
    };
    let _ = writeln!(out, "# file: {}\n", source.name);
    let fail_on = loaded.configs.fail_on().unwrap_or(Some(Severity::Warning));
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
    let mut levels = loaded.configs.levels(file.path(), &Levels::default());
    selection.apply(&mut levels);
    for rule in RULES {
        let _ = writeln!(out, "{} = \"{}\"", rule.name, levels.of(rule).map_or("off", Severity::name));
    }
    out
}
