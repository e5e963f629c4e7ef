//! Reads the versions of files, and the files that changed, from git with its own command.
//!
//! The command is used instead of a library: two processes read all versions of all plans in a small part of the time that
//! parsing them takes, renames are detected as users know them from `git log`, and every form of repository is supported.

use std::{
    collections::{BTreeMap, HashSet},
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
};

use crate::files;

/// A version of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileVersion {
    /// ID of the commit.
    pub(crate) revision: String,
    /// Author date in ISO 8601.
    pub(crate) date: String,
    /// Path in the repository.
    pub(crate) path: String,
    /// ID of the object with the text; `None` if the commit deletes the file.
    object: Option<String>,
}

impl FileVersion {
    /// Returns the version that is not committed.
    pub(super) fn current(path: String, date: String) -> Self {
        Self { revision: String::new(), date, path, object: None }
    }
}

/// A git repository.
#[derive(Debug)]
pub(crate) struct Repository {
    root: String,
}

/// Patterns of files that can be plans.
const PATHSPECS: [&str; 4] = ["*.md", "*.markdown", "*.mdx", "*.txt"];

/// Maximum size of a version in bytes; larger ones are not read.
const MAX_VERSION_BYTES: usize = 10 * 1024 * 1024;

impl Repository {
    /// Finds the repository of a folder.
    ///
    /// # Errors
    /// Returns an error if git is not installed or the folder is not in a repository.
    pub(crate) fn of(folder: &Path) -> Result<Self, String> {
        let root = run(folder, ["rev-parse", "--show-toplevel"])
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Self { root: files::key_of_path(Path::new(root.trim_end_matches('\n'))) })
    }

    /// Returns the key of the repository's root folder.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// Returns the commit of a revision. `expected` names the possible values in messages: `a branch, tag or commit`.
    ///
    /// # Errors
    /// Returns an error if the revision is unknown.
    pub(crate) fn commit(&self, revision: &str, expected: &str) -> Result<String, String> {
        let name = format!("{revision}^{{commit}}");
        let found = self.run(["rev-parse", "--verify", "--quiet", "--end-of-options", &name]);
        let found = found.map_err(|_| format!("unknown git revision `{revision}`; expected {expected}"))?;
        Ok(found.trim().to_owned())
    }

    /// Returns the keys of the files that differ from a revision, or are not tracked. If the revision is on another branch,
    /// its last common commit with the current branch is compared, as in a pull request.
    ///
    /// # Errors
    /// Returns an error if the revision is unknown.
    pub(crate) fn changed_since(&self, revision: &str) -> Result<HashSet<String>, String> {
        let commit = self.commit(revision, "a branch, tag or commit")?;
        let base = self.run(["merge-base", "HEAD", &commit]).unwrap_or_else(|_| commit.clone());
        let compared = ["diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base.trim(), "--"];
        let differing = self.run(compared)?;
        let untracked = self.run(["ls-files", "--others", "--exclude-standard", "-z"])?;
        let names = differing.split('\0').chain(untracked.split('\0')).filter(|name| !name.is_empty());
        Ok(names.map(|name| files::key_of_path(&Path::new(&self.root).join(name))).collect())
    }

    fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String, String> {
        run(Path::new(&self.root), arguments)
    }

    /// Returns the commits after a commit.
    pub(crate) fn commits_after(&self, commit: &str) -> Result<Vec<String>, String> {
        let range = format!("{commit}..HEAD");
        let found = self.run(["rev-list", "--first-parent", &range])?;
        Ok(found.lines().map(str::to_owned).collect())
    }

    /// Returns the versions of files, given by their paths in the repository, oldest first. Follows renames. Only
    /// commits along first parents are included: each was the newest commit of the current branch at some time.
    ///
    /// # Errors
    /// Returns an error if git fails.
    pub(crate) fn versions(&self, paths: &[String]) -> Result<BTreeMap<String, Vec<FileVersion>>, String> {
        let fixed = ["log", "--first-parent", "-m", "--raw", "-z", "-M", "--no-abbrev", "--no-color"];
        let format = ["--no-show-signature", "--no-ext-diff", "--format=%x01%H %aI", "--"];
        let log = self.run(fixed.into_iter().chain(format).chain(PATHSPECS));
        let log = match log {
            Ok(log) => log,
            // A repository without commits has no versions.
            Err(_) if self.run(["rev-parse", "--verify", "--quiet", "HEAD"]).is_err() => String::new(),
            Err(error) => return Err(error),
        };
        Ok(versions_in(&log, paths))
    }

    /// Returns the text of a file in a revision, following renames, with the date of the revision in ISO 8601.
    ///
    /// # Errors
    /// Returns an error if the revision is unknown or does not contain the file.
    pub(crate) fn text_at(&self, path: &str, revision: &str) -> Result<(String, String), String> {
        let commit = self.commit(revision, "a git revision or a file")?;
        let later: HashSet<String> = self.commits_after(&commit)?.into_iter().collect();
        let mut versions = self.versions(&[path.to_owned()])?.remove(path).unwrap_or_default();
        versions.retain(|version| !later.contains(&version.revision));
        let texts = self.texts(&versions[versions.len().saturating_sub(1)..])?;
        let text = texts.into_iter().next().flatten();
        let text = text.ok_or_else(|| format!("{path}: not found in revision `{revision}`"))?;
        let date = self.run(["show", "--no-patch", "--no-show-signature", "--format=%aI", &commit])?;
        Ok((text, date.trim().to_owned()))
    }

    /// Returns the text of each version; `None` if it is deleted, not text or too long.
    ///
    /// # Errors
    /// Returns an error if git fails.
    pub(crate) fn texts(&self, versions: &[FileVersion]) -> Result<Vec<Option<String>>, String> {
        let mut child = command(Path::new(&self.root))
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| cannot_run(&error))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let names: Vec<String> = versions.iter().filter_map(|version| version.object.clone()).collect();
        let writer = std::thread::spawn(move || {
            let mut stdin = stdin?;
            // If writing fails, the output is incomplete, which is an error below.
            names.iter().try_for_each(|name| writeln!(stdin, "{name}")).ok()
        });
        let mut output = BufReader::new(stdout.ok_or("git has no output")?);
        let mut read = || -> std::io::Result<Option<String>> {
            let mut header = String::new();
            output.read_line(&mut header)?;
            let size: usize = match header.trim_end().rsplit(' ').next().map(str::parse) {
                Some(Ok(size)) => size,
                _ if header.is_empty() => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                _ => return Ok(None),
            };
            let mut bytes = vec![0; size];
            output.read_exact(&mut bytes)?;
            output.read_exact(&mut [0])?;
            let is_text = size <= MAX_VERSION_BYTES && header.contains(" blob ");
            Ok(is_text.then(|| files::decode(bytes).ok()).flatten())
        };
        let texts: std::io::Result<Vec<Option<String>>> =
            versions.iter().map(|version| if version.object.is_some() { read() } else { Ok(None) }).collect();
        drop(output);
        drop(writer.join());
        drop(child.wait());
        texts.map_err(|error| format!("cannot read versions from git: {}", crate::disk::description(&error)))
    }
}

/// Returns a git command that neither runs other programs nor writes anything.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    // Disable the file system monitor: the configuration of the repository can set it to any program.
    command
        .args(["--no-pager", "-c", "core.fsmonitor=false"])
        .arg("-C")
        .arg(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command
}

fn cannot_run(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "git not found; install git to read the history".to_owned(),
        _ => format!("cannot run git: {}", crate::disk::description(error)),
    }
}

/// Returns the output of git.
fn run<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Result<String, String> {
    let output = command(folder).args(arguments).output().map_err(|error| cannot_run(&error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let message = String::from_utf8_lossy(&output.stderr);
    let message = message.lines().next().unwrap_or_default().trim_start_matches("fatal: ");
    Err(match message {
        "" => "git failed".to_owned(),
        _ if message.starts_with("not a git repository") => "not in a git repository".to_owned(),
        message => format!("git: {message}"),
    })
}

/// Returns the versions of paths in the output of `git log --raw -z`, which has the newest commit first.
fn versions_in(log: &str, paths: &[String]) -> BTreeMap<String, Vec<FileVersion>> {
    // The current path of each file by the path that it has in the commit.
    let mut names: BTreeMap<String, String> = paths.iter().map(|path| (path.clone(), path.clone())).collect();
    let mut found: BTreeMap<String, Vec<FileVersion>> =
        paths.iter().map(|path| (path.clone(), Vec::new())).collect();
    let (mut revision, mut date) = (String::new(), String::new());
    let mut parts = log.split('\0');
    while let Some(part) = parts.next() {
        if let Some(commit) = part.strip_prefix('\u{1}') {
            let (hash, day) = commit.split_once(' ').unwrap_or((commit, ""));
            (revision, date) = (hash.to_owned(), day.to_owned());
            continue;
        }
        let Some(change) = part.trim_start_matches('\n').strip_prefix(':') else { continue };
        let fields: Vec<&str> = change.split(' ').collect();
        let [_, _, _, object, status] = fields[..] else { continue };
        let Some(old) = parts.next() else { break };
        let is_moved = status.starts_with(['R', 'C']);
        let new = if is_moved { parts.next().unwrap_or(old) } else { old };
        let Some(current) = names.get(new).cloned() else { continue };
        if let Some(versions) = found.get_mut(&current) {
            versions.push(FileVersion {
                revision: revision.clone(),
                date: date.clone(),
                path: new.to_owned(),
                object: (status != "D").then(|| object.to_owned()),
            });
        }
        if is_moved {
            names.remove(new);
            names.insert(old.to_owned(), current);
        } else if status == "A" {
            // An older file with the same path is another file.
            names.remove(new);
        }
    }
    found.values_mut().for_each(|versions| versions.reverse());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_follow_renames_and_end_where_the_file_was_added() {
        let zeros = "0".repeat(40);
        let log = format!(
            "\u{1}c5 2026-03-05T00:00:00Z\0\n:100644 100644 o1 o3 M\0b.md\0:100644 000000 o9 {zeros} D\0c.md\0\
             \u{1}c4 2026-03-04T00:00:00Z\0\n:100644 100644 o1 o1 R100\0a.md\0b.md\0\
             \u{1}c3 2026-03-03T00:00:00Z\0\u{1}c2 2026-03-02T00:00:00Z\0\n:000000 100644 {zeros} o1 A\0a.md\0\
             \u{1}c1 2026-03-01T00:00:00Z\0\n:100644 000000 o0 {zeros} D\0a.md\0"
        );
        let found = versions_in(&log, &["b.md".to_owned()]);
        let shown: Vec<_> =
            found["b.md"].iter().map(|v| (&*v.revision, &*v.path, v.object.as_deref())).collect();
        assert_eq!(
            shown,
            [("c2", "a.md", Some("o1")), ("c4", "b.md", Some("o1")), ("c5", "b.md", Some("o3"))]
        );
    }
}
