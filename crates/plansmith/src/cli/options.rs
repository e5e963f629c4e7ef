//! Options that every command accepts, before or after its name.

use std::path::PathBuf;

use clap::{ArgAction, ValueEnum};

use super::out::{self, Verbosity};
use crate::{
    files::SETTINGS_FILE_NAME,
    lines::{LineColumn, LineIndex},
    settings::{SettingsFile, SettingsSelection},
    workspace::Project,
};

/// The options that all commands share.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct GlobalOptions {
    /// Write the result to FILE instead of standard output
    #[arg(short = 'o', long, alias = "output", value_name = "FILE", global = true)]
    pub(super) output_file: Option<PathBuf>,
    /// Settings file to use instead of plansmith.toml
    #[arg(long, value_name = "FILE", global = true, conflicts_with = "no_config")]
    config: Option<String>,
    /// Ignore all settings files
    #[arg(long, global = true)]
    no_config: bool,
    /// Override a setting, e.g. `-c fail-on=error`; can be repeated
    #[arg(short = 'c', value_name = "KEY=VALUE", id = "setting", global = true, action = ArgAction::Append)]
    settings: Vec<String>,
    /// When to use color
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto, global = true)]
    color: Color,
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Also print the paths of the settings files and documents that are read
    #[arg(short, long, global = true)]
    verbose: bool,
}

/// When to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl GlobalOptions {
    /// Applies the options that concern output. `writes_output_itself` states that the command writes the output file itself.
    pub(super) fn apply(&self, writes_output_itself: bool) {
        match self.color {
            Color::Auto => {}
            Color::Always => anstream::ColorChoice::Always.write_global(),
            Color::Never => anstream::ColorChoice::Never.write_global(),
        }
        let verbosity = match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        out::configure(verbosity, self.output_file.as_deref().filter(|_| !writes_output_itself));
    }

    /// Returns the settings files and settings that the options select.
    fn settings_selection(&self) -> SettingsSelection {
        // As in other tools, `--config` also accepts a setting.
        let is_setting = |value: &str| value.contains('=') && !PathBuf::from(value).exists();
        let (setting, file) = match &self.config {
            Some(value) if is_setting(value) => (Some(value.clone()), None),
            value => (None, value.as_ref().map(PathBuf::from)),
        };
        let entries = setting.into_iter().chain(self.settings.iter().cloned()).collect();
        SettingsSelection { file, ignores_files: self.no_config, entries }
    }

    /// Returns the projects that contain `paths`, with all their files. Prints the problems of their settings. Returns
    /// `None` if a settings file is invalid: a command must not run with settings that its user did not choose.
    pub(super) fn project(&self, paths: &[PathBuf]) -> Option<Project> {
        checked_project(Project::of(paths, &self.settings_selection()))
    }

    /// Like [`project`](Self::project), for a command that reads only `paths`: the project has no files.
    pub(super) fn project_without_files(&self, paths: &[PathBuf]) -> Option<Project> {
        checked_project(Project::without_files(paths, &self.settings_selection()))
    }
}

/// Prints the problems of a project. Returns `None` if a settings file is invalid.
fn checked_project(project: Project) -> Option<Project> {
    project.warnings.iter().for_each(out::warning);
    // Collected before the check, so that the problems of every file are printed.
    let valid: Vec<bool> = project.settings.iter().map(print_problems).collect();
    for folder in project.folder_settings.unused_fail_on() {
        let file = format!("{folder}/{SETTINGS_FILE_NAME}");
        out::warning(format_args!(
            "{}: `fail-on` is not used; a settings file of a parent directory or the command line sets it",
            super::relative_path::relative_path(&file)
        ));
    }
    let is_valid = valid.into_iter().all(|valid| valid);
    is_valid.then_some(project)
}

/// Prints the problems of a settings file. Returns whether the file can be used.
fn print_problems(file: &SettingsFile) -> bool {
    let name = super::relative_path::relative_path(&file.path);
    out::detail(format_args!("settings file {name}"));
    let index = LineIndex::new(&file.text);
    for problem in &file.problems {
        let LineColumn { line, column } = index.line_column(problem.range.start);
        // A file that cannot be read has no position.
        let is_unread = file.text.is_empty() && !file.is_in_force;
        let place =
            if file.is_argument || is_unread { name.clone() } else { format!("{name}:{line}:{column}") };
        if problem.is_error {
            out::error(format_args!("{place}: {}", problem.message));
        } else {
            out::warning(format_args!("{place}: {}", problem.message));
        }
    }
    file.problems.iter().all(|problem| !problem.is_error)
}
