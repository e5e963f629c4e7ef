//! Runs `git` for options such as `--since`. The server never runs `git`.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::Command,
};

use crate::files::key_of_path;

/// Returns the keys of the files in the repositories of `folders` that differ from a revision, or are not tracked. If
/// the revision is on another branch, compares with its last common commit with the current branch, as in a pull
/// request.
///
/// # Errors
/// Returns an error if `git` cannot be run, a folder is not in a repository, or the revision is unknown.
pub(in crate::cli) fn changed_files(folders: &[PathBuf], revision: &str) -> Result<HashSet<String>, String> {
    let mut changed = HashSet::new();
    for folder in folders {
        let top = run(folder, &["rev-parse", "--show-toplevel"])
            .map_err(|why| format!("{}: not in a git repository ({why})", folder.display()))?;
        let top = PathBuf::from(top.trim_end_matches('\n'));
        let commit = format!("{revision}^{{commit}}");
        let is_option = revision.starts_with('-');
        let found =
            if is_option { None } else { run(&top, &["rev-parse", "--verify", "--quiet", &commit]).ok() };
        let Some(commit) = found else {
            return Err(format!("unknown git revision `{revision}`; expected a branch, tag or commit"));
        };
        let commit = commit.trim();
        let base = run(&top, &["merge-base", "HEAD", commit]).unwrap_or_else(|_| commit.to_owned());
        let differing =
            run(&top, &["diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", base.trim(), "--"])?;
        let untracked = run(&top, &["ls-files", "--others", "--exclude-standard", "-z"])?;
        let names = differing.split('\0').chain(untracked.split('\0')).filter(|name| !name.is_empty());
        changed.extend(names.map(|name| key_of_path(&top.join(name))));
    }
    Ok(changed)
}

/// Runs `git` in a folder and returns its output.
fn run(folder: &Path, arguments: &[&str]) -> Result<String, String> {
    // Disable the file system monitor, because the configuration of the repository can set it to any program.
    let output =
        Command::new("git").args(["-c", "core.fsmonitor=false", "-C"]).arg(folder).args(arguments).output();
    let output = output.map_err(|error| format!("cannot run `git`: {}", crate::disk::description(&error)))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let why = String::from_utf8_lossy(&output.stderr);
        Err(why.lines().next().unwrap_or("`git` failed").trim_start_matches("fatal: ").to_owned())
    }
}
