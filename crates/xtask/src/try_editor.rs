//! `cargo xtask try`: a real editor with the server just built, and nothing of your own configuration touched.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum;

/// The editors that can be tried.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Editor {
    /// Neovim
    Nvim,
    /// Helix
    Hx,
    /// VS Code
    Code,
}

/// Builds the server, copies the examples to a scratch folder below `target`, and opens them in the editor.
///
/// # Errors
/// When something is missing or fails; the message says what.
pub fn run(root: &Path, editor: Editor) -> Result<(), Box<dyn Error>> {
    let root = root.canonicalize()?;
    succeed(Command::new("cargo").args(["build", "--release", "--package", "plansmith"]).current_dir(&root))?;
    let scratch = root.join("target/try");
    let home = scratch.join("home");
    let plans = scratch.join("plans");
    fs::create_dir_all(&home)?;
    copy(&root.join("docs/examples"), &plans)?;
    // Roots the workspace here instead of at the project.
    fs::write(plans.join("plansmith.toml"), "")?;
    let server = root.join("target/release");
    let path = std::env::join_paths(
        std::iter::once(server).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )?;
    let mut command = match editor {
        Editor::Nvim => {
            let mut command = Command::new(find(&root, "nvim")?);
            let enable = format!(
                "lua vim.opt.runtimepath:append('{}'); vim.lsp.enable('plansmith')",
                root.join("editors/neovim").display()
            );
            command.args(["--clean", "-c", &enable, "-c", "edit broken.md"]);
            command
        }
        Editor::Hx => {
            let config = home.join(".config/helix");
            fs::create_dir_all(&config)?;
            fs::copy(root.join("editors/helix/languages.toml"), config.join("languages.toml"))?;
            fs::write(config.join("config.toml"), "[editor]\nend-of-line-diagnostics = \"hint\"\n")?;
            let mut command = Command::new(find(&root, "hx")?);
            command.arg("broken.md");
            command
        }
        Editor::Code => {
            let extension = root.join("editors/vscode");
            succeed(Command::new("npm").arg("ci").current_dir(&extension))?;
            succeed(Command::new("npm").args(["run", "build"]).current_dir(&extension))?;
            let mut command = Command::new(find(&root, "code")?);
            command
                .arg(format!("--extensionDevelopmentPath={}", extension.display()))
                .arg(format!("--user-data-dir={}", home.join("code").display()))
                .args([".", "broken.md", "--wait"]);
            command
        }
    };
    command
        .current_dir(&plans)
        .env("PATH", path)
        .env("HOME", &home)
        .env("XDG_CONFIG_HOME", home.join(".config"))
        .env("XDG_CACHE_HOME", home.join(".cache"))
        .env("XDG_DATA_HOME", home.join(".local/share"))
        .env("XDG_STATE_HOME", home.join(".local/state"));
    succeed(&mut command)
}

/// The editor on the path, else the Helix that the editor tests fetched; their Neovim runs only without a screen.
fn find(root: &Path, name: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(name));
    let fetched = (name == "hx").then(|| root.join("target/editors/hx-forky"));
    on_path
        .chain(fetched)
        .find(|file| file.is_file())
        .ok_or_else(|| format!("there is no `{name}` on the PATH"))
}

fn succeed(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command
        .status()
        .map_err(|error| format!("cannot start {}: {error}", command.get_program().to_string_lossy()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} ended with {status}", command.get_program().to_string_lossy()).into())
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
