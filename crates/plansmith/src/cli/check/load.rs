//! Reads the files to check, and all other files of their projects.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use plan_ide::{Environment, File, Index};

use super::{Arguments, checked::CheckedFile};
use crate::{
    cli::{
        input::{InputPath, Inputs, process_all},
        options::GlobalOptions,
        out,
    },
    history::Repository,
    workspace::{self, Project},
};

/// The files to check, with their projects.
pub(super) struct LoadedFiles {
    pub(super) project: Project,
    pub(super) files: Vec<InputPath>,
    /// The environment of the project, with the date of `--today`.
    pub(super) environment: Arc<Environment>,
    /// Messages about files that cannot be read.
    pub(super) errors: Vec<String>,
}

/// The files to check, with the index of their projects.
pub(super) struct IndexedFiles {
    pub(super) index: Index,
    /// Files in which a rule can report something.
    pub(super) to_check: Vec<InputPath>,
    /// Some of these files as they were indexed, by key.
    pub(super) parsed: HashMap<String, File>,
    /// Results of the other files.
    pub(super) without_findings: Vec<CheckedFile>,
}

/// Maximum number of bytes of text whose parsed files are kept between indexing and checking. A parsed file takes about
/// five times its text. Files beyond it are parsed again.
const MAX_PARSED_BYTES: usize = 2 << 20;

impl LoadedFiles {
    /// Indexes all files of the projects. Keeps at most `MAX_PARSED_BYTES` of parsed text, so that memory does not grow
    /// with the text of a workspace.
    pub(super) fn index(&mut self) -> IndexedFiles {
        let files = std::mem::take(&mut self.files);
        let parsed = AtomicUsize::new(0);
        let indexed = process_all(files.clone(), &mut self.errors, |source| {
            let file = source.file(&self.environment);
            let has_checks = source.path.is_none() || plan_ide::may_have_findings(&file);
            let entry = file.entry();
            let length = source.text.len();
            let is_kept =
                has_checks && parsed.fetch_add(length, Ordering::Relaxed) + length <= MAX_PARSED_BYTES;
            (source.key, entry, has_checks, is_kept.then_some(file))
        });
        let mut entries = Vec::with_capacity(indexed.len());
        let (mut parsed, mut checks) = (HashMap::new(), HashMap::new());
        for (key, entry, has_checks, file) in indexed {
            parsed.extend(file.map(|file| (key.clone(), file)));
            checks.insert(key.clone(), has_checks);
            entries.push((key, entry));
        }
        let (mut to_check, mut without_findings) = (Vec::new(), Vec::new());
        for file in files {
            match checks.get(&file.key) {
                Some(true) => to_check.push(file),
                Some(false) => without_findings.push(CheckedFile::without_findings(file)),
                // It could not be read.
                None => {}
            }
        }
        let index = workspace::index(&self.project, entries);
        IndexedFiles { index, to_check, parsed, without_findings }
    }
}

/// Lists the files to check. With `--since`, they are those that the command names and that have changed. Returns `None`
/// if a settings file or the revision is invalid.
pub(super) fn load(arguments: &Arguments, options: &GlobalOptions) -> Option<LoadedFiles> {
    let Inputs { project, mut files, errors } = arguments.input.find(options)?;
    if let Some(revision) = &arguments.since {
        match changed_files(&project.roots.paths(), revision) {
            Ok(changed) => files.retain(|file| changed.contains(&file.key)),
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
    Some(LoadedFiles { project, files, environment, errors })
}

/// Returns the keys of the files in the repositories of these folders that differ from a revision, or are not tracked.
fn changed_files(folders: &[PathBuf], revision: &str) -> Result<HashSet<String>, String> {
    let mut changed = HashSet::new();
    for folder in folders {
        changed.extend(Repository::of(folder)?.changed_since(revision)?);
    }
    Ok(changed)
}
