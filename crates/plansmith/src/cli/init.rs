//! `plansmith init`: writes a commented settings file, and files for editors.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use plan_schema::{family::Families, unknown_name_message};

use super::{EXIT_FAILURE, out};
use crate::{disk, files::SETTINGS_FILE_NAME};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Directory of the project
    #[arg(default_value = ".")]
    directory: PathBuf,
    /// Add the recommended settings for a family of documents, e.g. `spec-kit`
    #[arg(long, value_name = "NAME")]
    family: Option<String>,
    /// Also create the configuration files of these editors
    #[arg(long, value_enum, value_delimiter = ',', value_name = "EDITOR")]
    editor: Vec<InitEditor>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
    /// Print the files instead of writing them
    #[arg(long)]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum InitEditor {
    /// .vscode/extensions.json
    Vscode,
    /// .helix/languages.toml
    Helix,
    /// .nvim.lua
    Neovim,
}

/// Text of the settings file, without the settings of a family.
const SETTINGS_TEMPLATE: &str = r##"# Settings of Plansmith for this project. Everything is optional: without this file the defaults apply.
# `plansmith check --show-settings FILE` prints the settings that apply to a file.

# Minimum severity for exit code 1 of `plansmith check`: error, warning, info, hint or never.
# fail-on = "warning"

# Globs of Markdown files. By default, all files that git does not ignore.
# include = ["docs/**/*.md"]
# exclude = ["docs/archive/**"]

# Folder with your own templates.
# template-folder = ".plansmith/templates"

# Severity of a rule or a group: off, hint, info, warning or error. `plansmith rules` lists them.
# [rules]
# missing-owner = "warning"
# template = "hint"

# Additional words for states.
# [state-names]
# done = ["shipped"]
# blocked = ["on hold"]

# Templates by file; the first match applies. `plansmith templates` lists them.
# [[template]]
# files = "docs/plans/**"
# name = "implementation-plan"

# Severities for some files.
# [[override]]
# files = "drafts/**"
# rules = { missing-section = "off" }
"##;

impl InitEditor {
    /// Returns the path of the editor's file in the project, and its text.
    fn file(self) -> (&'static str, &'static str) {
        match self {
            Self::Vscode => {
                (".vscode/extensions.json", "{\n  \"recommendations\": [\"plansmith.plansmith\"]\n}\n")
            }
            Self::Helix => (
                ".helix/languages.toml",
                "[language-server.plansmith]\ncommand = \"plansmith\"\nargs = [\"server\"]\n\n[[language]]\nname = \"markdown\"\nlanguage-servers = [\"plansmith\", \"marksman\"]\n",
            ),
            Self::Neovim => (
                ".nvim.lua",
                "-- Neovim reads this file with `set exrc`.\nvim.lsp.config('plansmith', {\n  cmd = { 'plansmith', 'server' },\n  filetypes = { 'markdown' },\n  root_markers = { '.git', 'plansmith.toml' },\n})\nvim.lsp.enable('plansmith')\n",
            ),
        }
    }
}

/// Returns the recommended settings for a family, as lines of a settings file.
fn family_settings(name: &str) -> &'static str {
    match name {
        "spec-kit" => {
            "# Report requirements without tasks before the implementation starts.\n[rules]\nuncovered-requirement = \"warning\"\n"
        }
        "kiro" => "[rules]\nuncovered-requirement = \"warning\"\nunknown-requirement = \"warning\"\n",
        "openspec" => "[rules]\ndelta-target-missing = \"warning\"\narchived-with-open-tasks = \"warning\"\n",
        _ => "",
    }
}

pub(super) fn run(arguments: &Arguments) -> i32 {
    match files(arguments) {
        Ok(files) => write(arguments, &files),
        Err(error) => {
            out::error(error);
            EXIT_FAILURE
        }
    }
}

/// Returns the files to write, by their paths in the project.
fn files(arguments: &Arguments) -> Result<Vec<(&'static str, String)>, String> {
    let mut settings = SETTINGS_TEMPLATE.to_owned();
    if let Some(name) = &arguments.family {
        let families = Families::built_in();
        let Some(family) = families.all().iter().find(|family| family.name == *name) else {
            let known: Vec<&str> = families.all().iter().map(|family| family.name.as_str()).collect();
            let message = unknown_name_message("family", name, known.iter().copied());
            return Err(format!("{message}; available: {}", known.join(", ")));
        };
        let own = family_settings(name);
        let head = format!(
            "# {}: {}. Plansmith recognizes these documents without settings.\n",
            family.name, family.description
        );
        settings = format!("{settings}\n{head}{own}");
    }
    let mut files = vec![(SETTINGS_FILE_NAME, settings)];
    let editors: BTreeSet<InitEditor> = arguments.editor.iter().copied().collect();
    files.extend(editors.into_iter().map(|editor| {
        let (path, text) = editor.file();
        (path, text.to_owned())
    }));
    Ok(files)
}

fn write(arguments: &Arguments, files: &[(&str, String)]) -> i32 {
    if !arguments.directory.is_dir() {
        out::error(format_args!("{}: no such directory; create it first", arguments.directory.display()));
        return EXIT_FAILURE;
    }
    let mut code = 0;
    for (name, text) in files {
        let path = arguments.directory.join(name);
        if arguments.dry_run {
            out::remark(format_args!("# {}\n", path.display()));
            out::document(text);
            continue;
        }
        match write_file(&path, text, arguments.force) {
            Ok(()) => out::remark(format_args!("wrote  {}\n", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                out::error(format_args!("`{}` already exists; replace it with --force", path.display()));
                code = EXIT_FAILURE;
            }
            Err(error) => {
                out::error(disk::create_error(&path, &error));
                code = EXIT_FAILURE;
            }
        }
    }
    code
}

fn write_file(path: &Path, text: &str, force: bool) -> std::io::Result<()> {
    disk::create_folder_of(path)?;
    if force { disk::write(path, text) } else { disk::create_new(path, text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_settings_are_valid() {
        let families = Families::built_in();
        let names = families.all().iter().map(|family| Some(family.name.clone())).chain([None]);
        for family in names {
            let arguments = Arguments {
                directory: ".".into(),
                family,
                editor: vec![InitEditor::Helix, InitEditor::Vscode, InitEditor::Neovim],
                force: false,
                dry_run: true,
            };
            let files = files(&arguments).unwrap();
            assert_eq!(files.len(), 4);
            let (settings, problems) = crate::settings::read_file(&files[0].1);
            assert!(settings.is_some() && problems.is_empty(), "{problems:?}\n{}", files[0].1);
        }
    }

    #[test]
    fn commented_settings_are_valid() {
        let examples: String = SETTINGS_TEMPLATE
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| {
                line.starts_with('[') || line.contains(" = ") && !line.starts_with(char::is_uppercase)
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let (settings, problems) = crate::settings::read_file(&examples);
        assert!(settings.is_some() && problems.is_empty(), "{problems:?}\n{examples}");
    }
}
