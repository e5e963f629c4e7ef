//! Finds the files of a workspace: Markdown files in its folders that git does not ignore.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use globset::{GlobSet, GlobSetBuilder};
use ignore::{WalkBuilder, WalkState};
use plan_ide::workspace::path;

use super::key::key_of_path;

/// File extensions of Markdown.
const EXTENSIONS: [&str; 2] = ["md", "markdown"];

/// Folders that are always skipped: those of version control, package managers and build tools.
const SKIPPED_FOLDERS: [&str; 17] = [
    ".git",
    ".hg",
    ".svn",
    ".jj",
    "node_modules",
    "target",
    ".venv",
    "venv",
    "__pycache__",
    ".tox",
    ".cache",
    ".cargo",
    ".rustup",
    ".next",
    ".terraform",
    ".gradle",
    "bower_components",
];

/// Maximum number of files read per workspace folder.
pub(super) const MAX_FILES: usize = 100_000;

/// Returns whether a file has an extension of Markdown.
pub fn is_markdown(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

/// The settings `include` and `exclude`: globs of paths relative to the workspace folder.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
    patterns: (Vec<String>, Vec<String>),
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.patterns == other.patterns
    }
}

impl Eq for Filter {}

impl Filter {
    /// Returns a filter for files that match one of `include` (if not empty) and none of `exclude`.
    ///
    /// # Errors
    /// If a glob is invalid; the message names it.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, String> {
        let set = |globs: &[String]| -> Result<Option<GlobSet>, String> {
            if globs.is_empty() {
                return Ok(None);
            }
            let mut builder = GlobSetBuilder::new();
            for glob in globs {
                let found = globset::Glob::new(glob)
                    .map_err(|error| format!("invalid glob `{glob}`: {}", error.kind()))?;
                builder.add(found);
            }
            builder.build().map(Some).map_err(|error| error.to_string())
        };
        Ok(Self {
            include: set(include)?,
            exclude: set(exclude)?,
            patterns: (include.to_vec(), exclude.to_vec()),
        })
    }

    /// Returns whether a file belongs to the workspace, by its path relative to the workspace folder.
    pub fn includes(&self, relative: &str) -> bool {
        self.include.as_ref().is_none_or(|globs| globs.is_match(relative))
            && !self.exclude.as_ref().is_some_and(|globs| globs.is_match(relative))
    }
}

/// Modification time and size of a file, to detect changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    modified: Option<SystemTime>,
    length: u64,
}

impl FileStamp {
    /// Returns the stamp of a file, or `None` if it does not exist.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        Some(Self { modified: metadata.modified().ok(), length: metadata.len() })
    }

    /// Returns the size of the file in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// Result of a walk.
#[derive(Debug, Default)]
pub struct Walked {
    /// Keys of the files with their stamps, sorted.
    pub files: Vec<(String, FileStamp)>,
    /// Visited folders.
    pub folders: Vec<PathBuf>,
    /// Keys of settings files, parent folders first.
    pub settings: Vec<String>,
    /// Files and folders that could not be read or were skipped.
    pub problems: Vec<String>,
}

/// Finds the Markdown files in a folder that git does not ignore. Symbolic links to folders are not followed; those to files
/// only if the target is in `root`.
pub fn walk(root: &str, filter: &Filter) -> Walked {
    let found = Arc::new(Mutex::new(Walked::default()));
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .require_git(false)
        .threads(std::thread::available_parallelism().map_or(2, |count| count.get().min(8)))
        .filter_entry(|entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !(is_folder
                && entry.depth() > 0
                && entry.file_name().to_str().is_some_and(|name| SKIPPED_FOLDERS.contains(&name)))
        });
    builder.build_parallel().run(|| {
        let mut thread = WalkThread { walked: Walked::default(), all: Arc::clone(&found) };
        Box::new(move |entry| {
            match entry {
                Ok(entry) => thread.visit(&entry, root, filter),
                Err(error) => thread.walked.problems.push(error.to_string()),
            }
            WalkState::Continue
        })
    });
    let mut walked = std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner));
    walked.settings.sort();
    walked.files.sort_by(|a, b| a.0.cmp(&b.0));
    walked.files.dedup_by(|a, b| a.0 == b.0);
    if walked.files.len() > MAX_FILES {
        walked.problems.push(format!(
            "{root}: only the first {MAX_FILES} of {} Markdown files are read; skip some with `exclude`",
            walked.files.len()
        ));
        walked.files.truncate(MAX_FILES);
    }
    walked
}

/// Files found by one thread of a walk. Merged into `all` when the thread ends.
struct WalkThread {
    walked: Walked,
    all: Arc<Mutex<Walked>>,
}

impl WalkThread {
    fn visit(&mut self, entry: &ignore::DirEntry, root: &str, filter: &Filter) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() {
            self.walked.folders.push(entry.path().to_owned());
            return;
        }
        if entry.file_name() == crate::config::NAME {
            self.walked.settings.push(key_of_path(entry.path()));
        }
        if !is_markdown(entry.path()) {
            return;
        }
        let key = if kind.is_symlink() {
            let key = key_of_path(entry.path());
            if !path::is_in(&key, root) {
                return;
            }
            key
        } else if cfg!(windows) {
            key_of_path(entry.path())
        } else {
            entry.path().to_string_lossy().into_owned()
        };
        let relative = key.get(root.len()..).unwrap_or_default().trim_start_matches('/');
        if filter.includes(relative)
            && let Some(stamp) = FileStamp::of(entry.path())
        {
            self.walked.files.push((key, stamp));
        }
    }
}

impl Drop for WalkThread {
    fn drop(&mut self) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.files.append(&mut self.walked.files);
        all.folders.append(&mut self.walked.folders);
        all.settings.append(&mut self.walked.settings);
        all.problems.append(&mut self.walked.problems);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(root: &Path, filter: &Filter) -> Vec<String> {
        let root = key_of_path(root);
        let walked = walk(&root, filter);
        assert_eq!(walked.problems, Vec::<String>::new());
        walked.files.into_iter().map(|(key, _)| key[root.len() + 1..].to_owned()).collect()
    }

    #[test]
    fn markdown_that_git_does_not_ignore() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "a.md",
            "b.MARKDOWN",
            "c.txt",
            "d/e.md",
            "node_modules/x/README.md",
            "target/doc/y.md",
            ".kiro/specs/tasks.md",
            ".git/z.md",
            "out/f.md",
            "d/draft.md",
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        std::fs::write(folder.path().join(".gitignore"), "out/\n").unwrap();
        std::fs::write(folder.path().join("d/.gitignore"), "draft*\n").unwrap();
        assert_eq!(
            found(folder.path(), &Filter::default()),
            [".kiro/specs/tasks.md", "a.md", "b.MARKDOWN", "d/e.md"]
        );
        let filter = Filter::new(&["**/*.md".into()], &["d/**".into()]).unwrap();
        assert_eq!(found(folder.path(), &filter), [".kiro/specs/tasks.md", "a.md"]);
        assert!(Filter::new(&["[".into()], &[]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn symbolic_links_cause_no_cycles_and_no_duplicates() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.md"), "x").unwrap();
        std::fs::create_dir(folder.path().join("d")).unwrap();
        std::fs::write(folder.path().join("d/a.md"), "x").unwrap();
        symlink(folder.path(), folder.path().join("d/cycle")).unwrap();
        symlink(folder.path().join("d/a.md"), folder.path().join("b.md")).unwrap();
        symlink(outside.path().join("secret.md"), folder.path().join("c.md")).unwrap();
        assert_eq!(found(folder.path(), &Filter::default()), ["d/a.md"]);
    }
}
