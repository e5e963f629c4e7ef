//! Reads custom families from the profiles in `.plansmith/families`.

use std::path::{Path, PathBuf};

use plan_schema::family::{Families, Family, FamilyProblem};

use crate::{
    files,
    lines::{LineColumn, LineIndex},
};

/// Folder of custom profiles, in the root of a project.
pub const FAMILY_FOLDER: &str = ".plansmith/families";
/// Maximum number of custom profiles that are read for all projects together.
const MAX_FAMILIES: usize = 50;
/// Maximum number of tool templates that are read from a project.
const MAX_TOOL_TEMPLATES: usize = 100;
/// Maximum size of a profile, in bytes.
const MAX_FAMILY_BYTES: u64 = 256 * 1024;

/// Returns the paths of the custom profiles in a project, sorted.
pub fn family_paths(root: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root.join(FAMILY_FOLDER)).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    paths
}

/// Returns the paths of the tool templates in a project, each with the name of the template.
pub fn tool_templates(root: &Path, families: &Families) -> Vec<(PathBuf, String)> {
    let list = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| name != ".git" && name != "node_modules").collect();
        names.sort();
        names
    };
    let found = families.all().iter().flat_map(|family| family.templates(&list));
    let paths = found.map(|(path, name)| (root.join(path), name)).filter(|(path, _)| path.is_file());
    paths.take(MAX_TOOL_TEMPLATES).collect()
}

/// A custom profile in a project.
#[derive(Debug)]
pub struct Profile {
    /// Path of the profile.
    pub path: PathBuf,
    /// Text; empty if the file could not be read.
    pub text: String,
    /// The family, if the text describes one.
    pub family: Option<Family>,
    /// Problems in the text, or the reason why it was not read.
    pub problems: Vec<FamilyProblem>,
}

/// Reads the custom profiles of the projects with these `roots`.
pub fn profiles(roots: &[PathBuf]) -> Vec<Profile> {
    let paths = roots.iter().flat_map(|root| family_paths(root)).take(MAX_FAMILIES);
    paths.map(profile).collect()
}

fn profile(path: PathBuf) -> Profile {
    let not_read = |path: PathBuf, message: String| Profile {
        path,
        text: String::new(),
        family: None,
        problems: vec![FamilyProblem { range: 0..0, message }],
    };
    if path.metadata().is_ok_and(|metadata| metadata.len() > MAX_FAMILY_BYTES) {
        return not_read(path, "profile is larger than 256 KiB".to_owned());
    }
    let text = match files::read_regular(&path) {
        Ok(text) => text,
        Err(why) => return not_read(path, why.to_string()),
    };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let (mut family, problems) = Family::read(&text, &stem);
    if let Some(family) = &mut family {
        family.path = Some(path.to_string_lossy().into_owned());
    }
    Profile { path, text, family, problems }
}

/// Returns the families of the projects with these `roots`, including the built-in families. Also returns a message for
/// each problem in a profile, with path, line and column.
pub fn families(roots: &[PathBuf]) -> (Families, Vec<String>) {
    let (mut own, mut problems) = (Vec::new(), Vec::new());
    for Profile { path, text, family, problems: found } in profiles(roots) {
        own.extend(family);
        let lines = LineIndex::new(&text);
        problems.extend(found.into_iter().map(|problem| {
            let LineColumn { line, column } = lines.line_column(problem.range.start);
            format!("{}:{line}:{column}: {}", path.display(), problem.message)
        }));
    }
    (Families::with(own), problems)
}
