//! Reads the files to check, and the other files of their project.

use std::{path::PathBuf, sync::Arc};

use plan_ide::{Environment, File, Index};
use rayon::prelude::*;

use crate::{
    cli::{
        input::{InputFile, read_all},
        out,
    },
    lines::{LineColumn, LineIndex},
    settings::Configs,
    workspace::{self, Project},
};

pub(super) struct LoadedFiles {
    pub(super) files: Vec<(InputFile, File)>,
    pub(super) environment: Arc<Environment>,
    pub(super) configs: Configs,
    pub(super) index: Index,
    /// Messages about files that could not be read.
    pub(super) errors: Vec<String>,
}

/// Loads the files at these paths. Prints the problems of settings files.
pub(super) fn load(paths: &[PathBuf], stdin_name: Option<&str>, today: Option<&str>) -> LoadedFiles {
    let project = Project::of(paths);
    for settings in &project.settings {
        let index = LineIndex::new(&settings.text);
        for problem in &settings.problems {
            let LineColumn { line, column } = index.line_column(problem.range.start);
            out::warning(format_args!("{}:{line}:{column}: {}", settings.path, problem.message));
        }
    }
    let (sources, errors) = read_all(paths, stdin_name, Some(&project));
    let environment = match today {
        Some(today) => {
            Arc::new(Environment { today: Some(today.to_owned()), ..(*project.environment).clone() })
        }
        None => Arc::clone(&project.environment),
    };
    let files: Vec<File> = sources.par_iter().map(|source| source.file(&environment)).collect();
    let index = workspace::index(&project, &files);
    let files = sources.into_iter().zip(files).collect();
    LoadedFiles { files, environment, configs: project.configs, index, errors }
}
