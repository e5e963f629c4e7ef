//! The plans in the roots.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use plan_ide::{Environment, File, Index, workspace::path};
use plan_schema::unknown_name_message;
use rayon::prelude::*;

use super::results::shortened_for_message;
use crate::{
    files::{self, key_of_path},
    workspace::{self, Project},
};

/// Returns the name of a file without folder and extension.
fn stem(path: &str) -> &str {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    name.strip_suffix(".md").unwrap_or(name)
}

/// The Markdown files in the roots.
#[derive(Debug)]
pub(super) struct Plans {
    pub(super) project: Project,
    roots: Vec<String>,
}

impl Plans {
    /// Finds the files in `roots`, whose paths are canonical.
    pub(super) fn read(roots: Vec<PathBuf>) -> Self {
        let keys = roots.iter().map(|root| key_of_path(root)).collect();
        Self { project: Project::isolated(roots), roots: keys }
    }

    pub(super) fn environment(&self) -> &Arc<Environment> {
        &self.project.environment
    }

    /// Returns the key of the first root.
    pub(super) fn first_root(&self) -> &str {
        self.roots.first().map_or("/", String::as_str)
    }

    /// Returns the index of all files.
    pub(super) fn index(&self) -> Index {
        workspace::index(&self.project, Vec::new())
    }

    /// Returns the path of a file in results: relative to the first root, absolute in other roots.
    pub(super) fn name(&self, key: &str) -> String {
        let first = self.roots.first().filter(|root| path::is_in(key, root));
        first.map_or_else(|| key.to_owned(), |root| path::relative(root, key))
    }

    /// Returns the plans that are not archived, sorted by their paths in results.
    pub(super) fn unarchived_plans(&self) -> Vec<(String, File)> {
        let read = |key: &String| {
            let file = files::load(key, self.environment()).ok()?;
            file.is_unarchived_plan().then(|| (self.name(key), file))
        };
        let mut plans: Vec<(String, File)> = self.project.files.par_iter().filter_map(read).collect();
        plans.sort_by(|a, b| a.0.cmp(&b.0));
        plans
    }

    /// Returns the file with a path, relative to a root or absolute, and its path in results.
    ///
    /// # Errors
    /// Returns a message if the file is not in the roots or cannot be read.
    pub(super) fn file(&self, named: &str) -> Result<(String, File), String> {
        let key = self.key(named)?;
        let file = files::load(key, self.environment()).map_err(|error| format!("`{named}`: {error}"))?;
        Ok((self.name(key), file))
    }

    /// Returns the key of the file with a path. Only files that were found in the roots are compared, so no other path is
    /// accessed.
    pub(super) fn key(&self, named: &str) -> Result<&str, String> {
        if self.roots.is_empty() {
            return Err("no roots found; add a folder to the roots of the client".to_owned());
        }
        let is_absolute = Path::new(named).is_absolute();
        let candidates = self.roots.iter().filter_map(|root| match is_absolute {
            // Without a folder, so that the path has one slash at its start.
            true => path::join("", named),
            false => path::join(root, named),
        });
        let mut keys = candidates.filter_map(|key| self.project.files.binary_search(&key).ok());
        match keys.next() {
            Some(index) => Ok(&self.project.files[index]),
            None => {
                let names: Vec<String> = self.project.files.iter().map(|key| self.name(key)).collect();
                let shown = shortened_for_message(named);
                let same_name: Vec<&String> =
                    names.iter().filter(|name| stem(name).eq_ignore_ascii_case(stem(named))).collect();
                let message = match same_name[..] {
                    [only] => format!("unknown plan `{shown}`; did you mean `{only}`?"),
                    _ => unknown_name_message("plan", &shown, names.iter().map(String::as_str)),
                };
                Err(format!("{message}; call list_plans for the paths"))
            }
        }
    }
}
