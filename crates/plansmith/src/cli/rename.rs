//! `plansmith rename`: renames an ID or a title in all documents that use it.

use std::path::{Path, PathBuf};

use plan_ide::{Edit, File, Workspace, apply_edits, rename};
use serde::Serialize;

use super::{
    EXIT_FAILURE, OutputFormat, count,
    edits::{self, EditOptions},
    options::GlobalOptions,
    out,
    relative_path::relative_path,
    terminal,
};
use crate::{
    files::{self, RealDisk},
    plan_edit::{self, EditError, Replacement},
    workspace,
};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  plansmith rename plan.md 1.2 1.7
  plansmith rename specs/001-login/tasks.md T012 T030 --dry-run

References in other documents change as well. Either all files are written or none.
Exit codes: 0 success, 2 error or unknown name, 3 edit refused (unsaved changes or concurrent edits)")]
pub(super) struct Arguments {
    /// File that contains the name
    file: PathBuf,
    /// Current ID (`1.2`, `T012`, `phase 2`, `FR-001`), or exact title
    old: String,
    /// New ID or title
    new: String,
    #[command(flatten)]
    edit: EditOptions,
}

/// JSON report of a rename.
#[derive(Serialize)]
struct RenameReport {
    files: Vec<RenamedFile>,
    /// Whether the files were changed; `false` with `--dry-run`.
    changed: bool,
}

#[derive(Serialize)]
struct RenamedFile {
    path: String,
    /// Number of changed places.
    edits: usize,
}

pub(super) fn run(arguments: &Arguments, options: &GlobalOptions) -> i32 {
    if arguments.file.as_os_str() == "-" {
        out::error("cannot rename on standard input; pass a file");
        return EXIT_FAILURE;
    }
    let Some(project) = options.project(std::slice::from_ref(&arguments.file)) else { return EXIT_FAILURE };
    let environment = &project.environment;
    let key = files::key_of_path(&arguments.file);
    let failed = |name: &str, error: EditError| edits::report_error(name, &error, arguments.edit.format);
    let load =
        |key: &str| files::load(key, environment).map_err(|error| EditError::Failed(error.to_string()));
    let file = match load(&key) {
        Ok(file) => file,
        Err(error) => return failed(&relative_path(&key), error),
    };
    let index = workspace::index(&project, vec![(key.clone(), file.entry())]);
    let disk = RealDisk::new(environment.clone());
    let workspace = Workspace { index: &index, disk: &disk, is_complete: true };
    let changes = rename::offset_of(&file, &workspace, &arguments.old)
        .map_err(EditError::Refused)
        .and_then(|at| rename::rename(&file, &workspace, at, &arguments.new).map_err(EditError::Failed));
    let changes = match changes {
        Ok(changes) => changes,
        Err(error) => return failed(&relative_path(&key), error),
    };
    if project.roots.keys().next().is_none() {
        out::note(format_args!(
            "{} is not in a project, so only this file is changed; create `plansmith.toml` in its root directory",
            relative_path(&key)
        ));
    }
    let mut all: Vec<(Replacement, usize)> = Vec::new();
    all.extend(replacement(&key, &file, changes.edits));
    for path in changes.external.iter().flat_map(|external| &external.paths).filter(|path| **path != key) {
        let other = match load(path) {
            Ok(other) => other,
            Err(error) => return failed(&relative_path(path), error),
        };
        let edits = changes.external.as_ref().map(|external| (external.rewrite)(&other, &index));
        all.extend(replacement(path, &other, edits.unwrap_or_default()));
    }
    if all.is_empty() {
        out::note(format_args!("nothing to change: `{}` already has this name", arguments.old));
    }
    let replacements: Vec<&Replacement> = all.iter().map(|(replacement, _)| replacement).collect();
    if !arguments.edit.dry_run
        && let Err((path, error)) = plan_edit::replace_files(&replacements)
    {
        return failed(&relative_path(&files::key_of_path(&path)), error);
    }
    match arguments.edit.format {
        OutputFormat::Json => {
            let files = all.iter().map(|(replacement, edits)| RenamedFile {
                path: relative_path(&files::key_of_path(&replacement.path)),
                edits: *edits,
            });
            let changed = !arguments.edit.dry_run && !all.is_empty();
            out::json(&RenameReport { files: files.collect(), changed });
        }
        OutputFormat::Text => {
            for (replacement, edits) in &all {
                let name = relative_path(&files::key_of_path(&replacement.path));
                if arguments.edit.dry_run {
                    out::diff(&name, &replacement.before, &replacement.after);
                } else {
                    out::println!("{}: {}", terminal::line(&name), count(*edits, "change"));
                }
            }
        }
    }
    0
}

/// Returns the new text of a file and the number of its edits; `None` without edits.
fn replacement(key: &str, file: &File, mut edits: Vec<Edit>) -> Option<(Replacement, usize)> {
    let before = file.document().text();
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits.dedup();
    let after = apply_edits(&before, &edits);
    let path = Path::new(key).to_owned();
    (after != before).then_some((Replacement { path, before, after }, edits.len()))
}
