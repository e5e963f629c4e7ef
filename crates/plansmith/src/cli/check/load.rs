//! Reads the files to check, and all other files of their projects.

use std::{collections::HashSet, path::PathBuf, sync::Arc};

use plan_ide::{Environment, File, Index};
use rayon::prelude::*;

use super::Arguments;
use crate::{
    cli::{
        input::{InputFile, Inputs},
        options::GlobalOptions,
        out,
    },
    history::Repository,
    settings::{Configs, SettingsFile},
    workspace,
};

pub(super) struct LoadedFiles {
    pub(super) files: Vec<(InputFile, File)>,
    pub(super) environment: Arc<Environment>,
    pub(super) configs: Configs,
    pub(super) settings_files: Vec<SettingsFile>,
    pub(super) index: Index,
    /// Messages about files that could not be read.
    pub(super) errors: Vec<String>,
}

/// Loads the files to check, and the other files of their projects. With `--since`, the files to check are those that a
/// command names and that have changed. Returns `None` if a settings file or the revision is invalid.
pub(super) fn load(arguments: &Arguments, options: &GlobalOptions) -> Option<LoadedFiles> {
    let Inputs { project, files: mut sources, errors } = arguments.input.read(options)?;
    if let Some(revision) = &arguments.since {
        match changed_files(&project.roots.paths(), revision) {
            Ok(changed) => sources.retain(|source| changed.contains(&source.key)),
            Err(error) => {
                out::error(error);
                return None;
            }
        }
    }
    let environment = match &arguments.today {
        Some(today) => Arc::new(Environment { today: Some(today.clone()), ..(*project.environment).clone() }),
        None => Arc::clone(&project.environment),
    };
    let files: Vec<File> = sources.par_iter().map(|source| source.file(&environment)).collect();
    let index = workspace::index(&project, &files);
    let files = sources.into_iter().zip(files).collect();
    let settings_files = project.settings;
    Some(LoadedFiles { files, environment, configs: project.configs, settings_files, index, errors })
}

/// Returns the keys of the files in the repositories of these folders that differ from a revision, or are not tracked.
fn changed_files(folders: &[PathBuf], revision: &str) -> Result<HashSet<String>, String> {
    let mut changed = HashSet::new();
    for folder in folders {
        changed.extend(Repository::of(folder)?.changed_since(revision)?);
    }
    Ok(changed)
}
