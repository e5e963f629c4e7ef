//! Which files belong to a workspace: Markdown below its folders that git would not ignore.

use std::{path::Path, sync::Arc, time::SystemTime};

use globset::{GlobSet, GlobSetBuilder};
use ignore::{WalkBuilder, WalkState};
use plan_ide::workspace::path;

use super::key::key_of_path;
use crate::state_cell::StateCell;

/// The file endings of Markdown.
const ENDINGS: [&str; 2] = ["md", "markdown"];

/// Folders that hold no plans, whether git ignores them or not: of version control, of package managers, of build tools.
const NEVER: [&str; 17] = [
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

/// More files than this are not read along.
pub(super) const MOST: usize = 100_000;

/// Whether a file is Markdown, by its ending.
pub fn is_markdown(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// What settings say about which files belong to a workspace: globs over paths relative to its folder.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
    written: (Vec<String>, Vec<String>),
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Filter {}

impl Filter {
    /// Only files that fit one of `include`, if there are any, and none that fits one of `exclude`.
    ///
    /// # Errors
    /// With the glob that is none.
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
            written: (include.to_vec(), exclude.to_vec()),
        })
    }

    /// Whether a file belongs to the workspace, by its path below the workspace's folder.
    pub fn takes(&self, relative: &str) -> bool {
        self.include.as_ref().is_none_or(|globs| globs.is_match(relative))
            && !self.exclude.as_ref().is_some_and(|globs| globs.is_match(relative))
    }
}

/// Identifies one state of a file: equal stamps mean that the file was not changed or replaced.
///
/// A folder can be replaced by another one whose files have the same times and lengths, so the stamp also identifies the
/// file itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    identity: Identity,
}

/// Device, inode and time of the last change of status.
#[cfg(unix)]
type Identity = (u64, u64, i64, i64);
/// Time of creation.
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

impl Stamp {
    /// Returns the stamp of a file, `None` if the path is not a file.
    pub fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        Some(Self {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            identity: identity(&metadata),
        })
    }

    /// The length of the file in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }
}

/// What a walk has found.
#[derive(Debug, Default)]
pub struct Walked {
    /// The keys of the files with their stamps, sorted.
    pub files: Vec<(String, Stamp)>,
    /// The keys of the folders that were entered.
    pub folders: Vec<String>,
    /// The keys of settings files, those above before those below.
    pub settings: Vec<String>,
    /// What could not be read, or was left out.
    pub complaints: Vec<String>,
}

/// Returns whether a folder's list of ignored files has a glob that cannot be read without overflowing the stack. What is in
/// such a folder is left out; in or above the root, nothing is ignored instead.
fn ignores_too_deeply(folder: &Path) -> bool {
    [".gitignore", ".ignore", ".git/info/exclude"].iter().any(|name| {
        let text = std::fs::read(folder.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&text).lines().any(plan_ide::depth::is_deep_glob)
    })
}

/// Finds the Markdown below a folder that git would not ignore. Symbolic links to folders are not followed, those to files
/// only where the file lies in the same folder.
pub fn walk(root: &str, filter: &Filter) -> Walked {
    let found = Arc::new(StateCell::new(Walked::default()));
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .require_git(false)
        .threads(std::thread::available_parallelism().map_or(2, |count| count.get().min(8)))
        .filter_entry(|entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            !(is_folder
                && entry.depth() > 0
                && (entry.file_name().to_str().is_some_and(|name| NEVER.contains(&name))
                    || ignores_too_deeply(entry.path())))
        });
    if Path::new(root).ancestors().any(ignores_too_deeply) {
        builder.standard_filters(false);
    }
    builder.build_parallel().run(|| {
        let mut local = Local { walked: Walked::default(), all: Arc::clone(&found) };
        Box::new(move |entry| {
            match entry {
                Ok(entry) => local.take(&entry, root, filter),
                Err(error) => local.walked.complaints.push(error.to_string()),
            }
            WalkState::Continue
        })
    });
    let mut walked = found.take();
    walked.settings.sort();
    walked.files.sort_by(|a, b| a.0.cmp(&b.0));
    walked.files.dedup_by(|a, b| a.0 == b.0);
    if walked.files.len() > MOST {
        walked.complaints.push(format!(
            "{root}: only the first {MOST} of {} Markdown files are read; leave some out with `exclude`",
            walked.files.len()
        ));
        walked.files.truncate(MOST);
    }
    walked
}

/// Returns the key of an entry that is not a symbolic link. Outside of Windows the path below a key is a key.
fn key_of_entry(path: &Path) -> String {
    if cfg!(windows) { key_of_path(path) } else { path.to_string_lossy().into_owned() }
}

/// Whether a walk of `root` never enters the folder that contains a path, or the path itself.
pub fn is_never_entered(root: &str, path: &str) -> bool {
    path.strip_prefix(root).is_some_and(|relative| relative.split('/').any(|part| NEVER.contains(&part)))
}

/// What one thread of a walk has found; it is handed over when the thread is done.
struct Local {
    walked: Walked,
    all: Arc<StateCell<Walked>>,
}

impl Local {
    fn take(&mut self, entry: &ignore::DirEntry, root: &str, filter: &Filter) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() {
            self.walked.folders.push(key_of_entry(entry.path()));
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
        } else {
            key_of_entry(entry.path())
        };
        let relative = key.get(root.len()..).unwrap_or_default().trim_start_matches('/');
        if filter.takes(relative)
            && let Some(stamp) = Stamp::of(entry.path())
        {
            self.walked.files.push((key, stamp));
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.all.with(|all| {
            all.files.append(&mut self.walked.files);
            all.folders.append(&mut self.walked.folders);
            all.settings.append(&mut self.walked.settings);
            all.complaints.append(&mut self.walked.complaints);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(root: &Path, filter: &Filter) -> Vec<String> {
        let root = key_of_path(root);
        let walked = walk(&root, filter);
        assert_eq!(walked.complaints, Vec::<String>::new());
        walked.files.into_iter().map(|(key, _)| key[root.len() + 1..].to_owned()).collect()
    }

    #[test]
    fn markdown_that_git_would_not_ignore() {
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

    #[test]
    fn folders_that_are_never_entered() {
        assert!(is_never_entered("/w", "/w/a/target/x.md") && is_never_entered("/w", "/w/target"));
        assert!(
            !is_never_entered("/target/w", "/target/w/a.md") && !is_never_entered("/w", "/w/targets/a.md")
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
        let before = Stamp::of(&a).unwrap();
        assert_eq!(Stamp::of(&a), Some(before));
        std::fs::rename(&b, &a).unwrap();
        assert_ne!(Stamp::of(&a), Some(before));
    }

    #[cfg(unix)]
    #[test]
    fn links_make_no_circles_and_no_doubles() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.md"), "x").unwrap();
        std::fs::create_dir(folder.path().join("d")).unwrap();
        std::fs::write(folder.path().join("d/a.md"), "x").unwrap();
        symlink(folder.path(), folder.path().join("d/circle")).unwrap();
        symlink(folder.path().join("d/a.md"), folder.path().join("b.md")).unwrap();
        symlink(outside.path().join("secret.md"), folder.path().join("c.md")).unwrap();
        assert_eq!(found(folder.path(), &Filter::default()), ["d/a.md"]);
    }
}
