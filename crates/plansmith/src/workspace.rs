//! What a workspace brings along: its own templates, the day, the owner of new plans.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
};

use plan_ide::{Environment, TEMPLATE_FOLDER};
use plan_schema::Template;

/// A template may not be longer (bytes).
const LONGEST: u64 = 1024 * 1024;
/// A folder may not have more templates.
const MOST: usize = 200;

/// What documents below these folders are read with (`folder` holds their templates), and complaints about templates that could not be read.
pub fn environment(roots: &[PathBuf], folder: &str) -> (Environment, Vec<String>) {
    let mut own = Vec::new();
    let mut complaints = Vec::new();
    for root in roots {
        let (found, wrong) = templates_in(&root.join(folder));
        own.extend(found);
        complaints.extend(wrong);
    }
    let environment = Environment {
        template_folder: folder.to_owned(),
        today: Some(today()),
        own_templates: own.into(),
        ..Environment::default()
    };
    (environment, complaints)
}

/// The folder that a command's paths belong to: the nearest one at or above `from` that has templates of its own.
pub fn root_of(from: &Path) -> Option<PathBuf> {
    let from = from.canonicalize().ok()?;
    from.ancestors().find(|folder| folder.join(TEMPLATE_FOLDER).is_dir()).map(Path::to_owned)
}

/// The environment of commands that run in the current folder. Complaints go to standard error.
pub fn current() -> Arc<Environment> {
    let root = std::env::current_dir().ok().and_then(|folder| root_of(&folder));
    let (environment, complaints) = environment(root.as_slice(), TEMPLATE_FOLDER);
    for complaint in complaints {
        anstream::eprintln!("plansmith: {complaint}");
    }
    Arc::new(environment)
}

/// The templates in a folder, by name.
fn templates_in(folder: &Path) -> (Vec<Template>, Vec<String>) {
    let (mut found, mut complaints) = (Vec::new(), Vec::new());
    let Ok(entries) = std::fs::read_dir(folder) else { return (found, complaints) };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    if paths.len() > MOST {
        complaints.push(format!(
            "{}: only the first {MOST} of {} templates are read",
            folder.display(),
            paths.len()
        ));
        paths.truncate(MOST);
    }
    for path in paths {
        let too_long = path.metadata().is_ok_and(|metadata| metadata.len() > LONGEST);
        if too_long {
            complaints.push(format!("{}: a template may not be longer than 1 MiB", path.display()));
            continue;
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let name =
                    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                let mut template = Template::compile(&name, &text);
                template.path = Some(path.to_string_lossy().into_owned());
                found.push(template);
            }
            Err(error) => {
                complaints.push(format!("{}: {error}; a template is a text in UTF-8", path.display()))
            }
        }
    }
    (found, complaints)
}

/// Today where the user is, as `YYYY-MM-DD`.
pub fn today() -> String {
    jiff::Zoned::now().date().to_string()
}

/// The name that git knows the user by.
pub fn owner() -> Option<String> {
    let output = Command::new("git")
        .args(["config", "user.name"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// The file of a built-in template for reading, written to the user's cache folder when it is first asked for.
///
/// # Errors
/// When there is no such folder, or it may not be written.
pub fn template_file(template: &Template) -> std::io::Result<PathBuf> {
    if let Some(path) = &template.path {
        return Ok(path.into());
    }
    let cache = dirs::cache_dir().ok_or_else(|| std::io::Error::other("there is no cache folder"))?;
    let folder = cache.join("plansmith/templates").join(env!("CARGO_PKG_VERSION"));
    let path = folder.join(format!("{}.md", template.name));
    if std::fs::read_to_string(&path).is_ok_and(|text| text == template.text) {
        return Ok(path);
    }
    std::fs::create_dir_all(&folder)?;
    crate::disk::create(&path, &template.text, true)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_templates_join_the_built_in_ones() {
        let folder = tempfile::tempdir().unwrap();
        let templates = folder.path().join(TEMPLATE_FOLDER);
        std::fs::create_dir_all(&templates).unwrap();
        std::fs::write(templates.join("mine.md"), "# [Title]\n\n## Goal\n").unwrap();
        std::fs::write(templates.join("broken.md"), b"\xff\xfe").unwrap();
        let (environment, complaints) = environment(&[folder.path().to_owned()], TEMPLATE_FOLDER);
        assert!(environment.templates().named("mine").is_some());
        assert_eq!(environment.templates().all().len(), 6);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        let below = folder.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        assert_eq!(root_of(&below), folder.path().canonicalize().ok());
    }
}
