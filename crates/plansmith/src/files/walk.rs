//! Finds the files of a workspace: Markdown files in its folders that git does not ignore.

use std::{fmt, path::Path, sync::Arc, time::SystemTime};

use globset::{GlobSet, GlobSetBuilder};
use ignore::{WalkBuilder, WalkState};
use plan_ide::workspace::path;

use super::key::key_of_path;
use crate::state_cell::StateCell;

/// Name of settings files.
pub const SETTINGS_FILE_NAME: &str = "plansmith.toml";

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
pub(super) const MAX_FILES_PER_ROOT: usize = 100_000;

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
    /// Returns an error that names the glob if one is invalid.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, String> {
        let set = |globs: &[String]| -> Result<Option<GlobSet>, String> {
            if globs.is_empty() {
                return Ok(None);
            }
            let mut builder = GlobSetBuilder::new();
            for glob in globs {
                let found = plan_ide::parse_glob(glob)
                    .map_err(|error| format!("invalid glob `{glob:.60}`: {error}"))?;
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
///
/// If two stamps are equal, the file was not changed or replaced. A folder can be replaced by another folder whose
/// files have the same times and sizes, so the stamp also contains the identity of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    modified: Option<SystemTime>,
    length: u64,
    identity: Identity,
}

/// Device, inode, and time of the last status change in seconds and nanoseconds.
#[cfg(unix)]
type Identity = (u64, u64, i64, i64);
/// Creation time.
#[cfg(not(unix))]
type Identity = Option<SystemTime>;

#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
}

#[cfg(not(unix))]
fn identity(metadata: &std::fs::Metadata) -> Identity {
    metadata.created().ok()
}

impl FileStamp {
    /// Returns the stamp of a file, or `None` if the path is not a file.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        Some(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            identity: identity(&metadata),
        })
    }

    /// Returns the size of the file in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// Result of a walk.
#[derive(Debug, Default)]
pub struct WalkResult {
    /// Keys of the files with their stamps, sorted.
    pub files: Vec<(String, FileStamp)>,
    /// Keys of the visited folders.
    pub folders: Vec<String>,
    /// Keys of settings files, parent folders first.
    pub settings: Vec<String>,
    /// Files and folders that could not be read or were skipped.
    pub problems: Vec<WalkProblem>,
}

/// A part of the workspace that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkProblem {
    /// A file or folder that cannot be read.
    Unreadable {
        /// Key of the file or folder, if it is known.
        path: Option<String>,
        /// Message of the failed operation, with its path.
        message: String,
    },
    /// The folder contains more files than the maximum. Only some of them are read.
    TooManyFiles {
        /// Key of the folder.
        root: String,
        /// Number of files in the folder.
        count: usize,
    },
}

impl WalkProblem {
    fn unreadable(error: &ignore::Error) -> Self {
        fn path(error: &ignore::Error) -> Option<&Path> {
            match error {
                ignore::Error::WithPath { path, .. } => Some(path),
                ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path(err),
                _ => None,
            }
        }
        Self::Unreadable { path: path(error).map(key_of_path), message: error.to_string() }
    }

    /// Returns the key of the file or folder, if it is known.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::Unreadable { path, .. } => path.as_deref(),
            Self::TooManyFiles { root, .. } => Some(root),
        }
    }
}

impl fmt::Display for WalkProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { message, .. } => f.write_str(message),
            Self::TooManyFiles { root, count } => write!(
                f,
                "{root}: only the first {MAX_FILES_PER_ROOT} of {count} Markdown files are read; skip some with `exclude`"
            ),
        }
    }
}

/// Returns whether an ignore file of a folder contains a glob that is nested too deeply to be parsed. Such a folder
/// is skipped. If the folder is the root or one of its parents, ignore files are not applied at all.
fn ignores_too_deeply(folder: &Path) -> bool {
    [".gitignore", ".ignore", ".git/info/exclude"].iter().any(|name| {
        let text = std::fs::read(folder.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().any(plan_ide::depth::is_deep_glob)
    })
}

/// Finds the Markdown files in a folder that git does not ignore. Symbolic links to folders are not followed.
/// Symbolic links to files are followed only if the target is in `root`.
pub fn walk(root: &str) -> WalkResult {
    walk_from(root, true)
}

/// Like [`walk`], but accesses nothing outside of the folder: the ignore files of its parents and of the user do not apply.
pub fn walk_isolated(root: &str) -> WalkResult {
    walk_from(root, false)
}

fn walk_from(root: &str, has_parents: bool) -> WalkResult {
    let found = Arc::new(StateCell::new(WalkResult::default()));
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .require_git(false)
        .threads(std::thread::available_parallelism().map_or(2, |count| count.get().min(8)))
        .filter_entry(|entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !(is_folder
                && entry.depth() > 0
                && (entry.file_name().to_str().is_some_and(|name| SKIPPED_FOLDERS.contains(&name))
                    || ignores_too_deeply(entry.path())))
        });
    if !has_parents {
        // The walker reads git's ignore rules from all parent folders, even if it does not apply them. It does not read
        // custom ignore files from parent folders.
        builder.parents(false).git_ignore(false).git_exclude(false).git_global(false);
        builder.add_custom_ignore_filename(".gitignore");
    }
    let applied = Path::new(root).ancestors().take(if has_parents { usize::MAX } else { 1 });
    if applied.into_iter().any(ignores_too_deeply) {
        builder.standard_filters(false);
    }
    builder.build_parallel().run(|| {
        let mut thread = WalkThread { walked: WalkResult::default(), all: Arc::clone(&found) };
        Box::new(move |entry| {
            match entry {
                Ok(entry) => thread.visit(&entry, root),
                Err(error) => thread.walked.problems.push(WalkProblem::unreadable(&error)),
            }
            WalkState::Continue
        })
    });
    let mut walked = found.take();
    walked.settings.sort();
    walked.files.sort_by(|a, b| a.0.cmp(&b.0));
    walked.files.dedup_by(|a, b| a.0 == b.0);
    if walked.files.len() > MAX_FILES_PER_ROOT {
        walked.problems.push(WalkProblem::TooManyFiles { root: root.to_owned(), count: walked.files.len() });
        walked.files.truncate(MAX_FILES_PER_ROOT);
    }
    walked
}

/// Returns the key of an entry that is not a symbolic link. Except on Windows, a path below a key is a key as well.
fn key_of_entry(path: &Path) -> String {
    if cfg!(windows) { key_of_path(path) } else { path.to_string_lossy().into_owned() }
}

/// Returns whether `path` is in `root`, and is or is in a folder that walks of `root` always skip.
pub fn is_in_skipped_folder(root: &str, path: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|relative| relative.split('/').any(|part| SKIPPED_FOLDERS.contains(&part)))
}

/// Files found by one thread of a walk. The files are merged into `all` when the thread ends.
struct WalkThread {
    walked: WalkResult,
    all: Arc<StateCell<WalkResult>>,
}

impl WalkThread {
    fn visit(&mut self, entry: &ignore::DirEntry, root: &str) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() {
            self.walked.folders.push(key_of_entry(entry.path()));
            return;
        }
        if entry.file_name() == SETTINGS_FILE_NAME {
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
        } else {
            key_of_entry(entry.path())
        };
        if let Some(stamp) = FileStamp::of(entry.path()) {
            self.walked.files.push((key, stamp));
        }
    }
}

impl Drop for WalkThread {
    fn drop(&mut self) {
        self.all.with(|all| {
            all.files.append(&mut self.walked.files);
            all.folders.append(&mut self.walked.folders);
            all.settings.append(&mut self.walked.settings);
            all.problems.append(&mut self.walked.problems);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(root: &Path) -> Vec<String> {
        let root = key_of_path(root);
        let walked = walk(&root);
        assert_eq!(walked.problems, []);
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
        assert_eq!(found(folder.path()), [".kiro/specs/tasks.md", "a.md", "b.MARKDOWN", "d/e.md"]);
        let filter = Filter::new(&["**/*.md".into()], &["d/**".into()]).unwrap();
        assert!(filter.includes("a.md") && !filter.includes("d/e.md") && !filter.includes("b.MARKDOWN"));
        assert!(Filter::new(&["[".into()], &[]).is_err());
    }

    #[test]
    fn folders_that_are_never_entered() {
        assert!(is_in_skipped_folder("/w", "/w/a/target/x.md") && is_in_skipped_folder("/w", "/w/target"));
        assert!(
            !is_in_skipped_folder("/target/w", "/target/w/a.md")
                && !is_in_skipped_folder("/w", "/w/targets/a.md")
        );
    }

    #[test]
    fn a_replaced_file_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.md"), folder.path().join("b.md"));
        let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
        for path in [&a, &b] {
            std::fs::write(path, "same").unwrap();
            std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        }
        let before = FileStamp::of(&a).unwrap();
        assert_eq!(FileStamp::of(&a), Some(before));
        std::fs::rename(&b, &a).unwrap();
        assert_ne!(FileStamp::of(&a), Some(before));
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
        assert_eq!(found(folder.path()), ["d/a.md"]);
    }
}
