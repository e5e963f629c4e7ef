//! `cargo xtask editors`: tests in real editors, with recording and checking of their traffic.

mod tee;
mod traffic;

use std::{
    error::Error,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum;

pub use tee::run as tee;
pub use traffic::run as traffic;

/// The editors with tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TestedEditor {
    /// Every version of Neovim
    Nvim,
    /// Every version of Helix
    Hx,
    /// VS Code
    Vscode,
    /// Emacs with eglot
    Emacs,
    /// All editors
    All,
}

impl TestedEditor {
    /// Returns the script that fetches and drives the editor, with its arguments.
    fn script(self) -> Option<(&'static str, &'static [&'static str])> {
        match self {
            Self::Nvim => Some(("tests/editors/run.sh", &["nvim"])),
            Self::Hx => Some(("tests/editors/run.sh", &["hx"])),
            Self::Emacs => Some(("tests/editors/run.sh", &["emacs"])),
            Self::Vscode => Some(("tests/editors/vscode/run.sh", &[])),
            Self::All => None,
        }
    }
}

/// Builds the server and runs the tests of an editor with it.
///
/// # Errors
/// Returns an error if a build or test fails, or if an editor is not available.
pub fn run(root: &Path, editor: TestedEditor) -> Result<(), Box<dyn Error>> {
    let root = root.canonicalize()?;
    let server = match std::env::var_os("PLANSMITH") {
        Some(server) => PathBuf::from(server),
        None => build(&root)?,
    };
    let all = [TestedEditor::Nvim, TestedEditor::Hx, TestedEditor::Vscode, TestedEditor::Emacs];
    let selected: Vec<TestedEditor> =
        all.into_iter().filter(|other| editor == TestedEditor::All || *other == editor).collect();
    let mut failed = Vec::new();
    for selected_editor in selected {
        let Some((script, arguments)) = selected_editor.script() else { continue };
        if !root.join(script).is_file() {
            if editor == TestedEditor::All {
                eprintln!("skipped {selected_editor:?}: {script} not found");
                continue;
            }
            return Err(format!("{script} not found").into());
        }
        // The scripts call this program for recording and checking traffic.
        let mut command = Command::new("bash");
        command.arg(script).args(arguments).current_dir(&root);
        command.env("PLANSMITH", &server).env("XTASK", std::env::current_exe()?);
        if !command.status()?.success() {
            failed.push(format!("{selected_editor:?}"));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

/// Builds the server for release and returns its path.
///
/// # Errors
/// Returns an error if the build fails.
pub fn build(root: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let cargo = Command::new("cargo")
        .args(["build", "--release", "--package", "plansmith"])
        .current_dir(root)
        .status()
        .map_err(|error| format!("cannot start cargo: {error}"))?;
    if !cargo.success() {
        return Err(format!("cargo ended with {cargo}").into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(root.join(target).join("release").join("plansmith"))
}
