//! `cargo xtask editors`: the journeys in real editors, and what records and checks the traffic of each.

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

/// The editors with tests of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tested {
    /// Every version of Neovim
    Nvim,
    /// Every version of Helix
    Hx,
    /// VS Code
    Vscode,
    /// Emacs with eglot
    Emacs,
    /// All of them
    All,
}

impl Tested {
    /// The script that fetches and drives it, and what the script is told.
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
/// When a build or a test fails, or an editor could not be had.
pub fn run(root: &Path, tested: Tested) -> Result<(), Box<dyn Error>> {
    let root = root.canonicalize()?;
    let server = match std::env::var_os("PLANSMITH") {
        Some(server) => PathBuf::from(server),
        None => build(&root)?,
    };
    let every = [Tested::Nvim, Tested::Hx, Tested::Vscode, Tested::Emacs];
    let wanted: Vec<Tested> =
        every.into_iter().filter(|each| tested == Tested::All || *each == tested).collect();
    let mut failed = Vec::new();
    for each in wanted {
        let Some((script, arguments)) = each.script() else { continue };
        if !root.join(script).is_file() {
            if tested == Tested::All {
                eprintln!("left out: {each:?}, there is no {script}");
                continue;
            }
            return Err(format!("there is no {script}").into());
        }
        // The scripts call this program back, for the traffic.
        let mut command = Command::new("bash");
        command.arg(script).args(arguments).current_dir(&root);
        command.env("PLANSMITH", &server).env("XTASK", std::env::current_exe()?);
        if !command.status()?.success() {
            failed.push(format!("{each:?}"));
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

/// Builds the server as people get it; where it is.
///
/// # Errors
/// When it does not build.
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
