//! `cargo xtask try`: opens an editor with the current server, without using the user's configuration.

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use clap::ValueEnum;

use crate::editors;

/// The available editors.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Editor {
    /// Neovim
    Nvim,
    /// Helix
    Hx,
    /// VS Code
    Code,
}

/// Builds the server, copies the examples to a scratch directory below `target`, and opens them in the
/// editor.
///
/// # Errors
/// Returns an error if a program is missing or a step fails.
pub fn run(root: &Path, editor: Editor) -> Result<(), Box<dyn Error>> {
    let root = root.canonicalize()?;
    let server = match std::env::var_os("PLANSMITH") {
        Some(server) => PathBuf::from(server).canonicalize()?,
        None => editors::build(&root)?,
    };
    let scratch = root.join("target/try");
    let home = scratch.join("home");
    let plans = scratch.join("plans");
    fs::create_dir_all(&home)?;
    copy(&root.join("docs/examples"), &plans)?;
    // Make this directory the root of the workspace instead of the repository.
    fs::write(plans.join("plansmith.toml"), "")?;
    let bin = scratch.join("bin");
    fs::create_dir_all(&bin)?;
    fs::copy(server, bin.join("plansmith"))?;
    let path = std::env::join_paths(
        std::iter::once(bin).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    )?;
    let mut command = match editor {
        Editor::Nvim => {
            let config = home.join(".config/nvim");
            fs::create_dir_all(&config)?;
            fs::write(config.join("init.lua"), nvim_profile(&root)?)?;
            let mut command = Command::new(find(&root, "nvim")?);
            command.arg("broken.md");
            command
        }
        Editor::Hx => {
            let config = home.join(".config/helix");
            fs::create_dir_all(&config)?;
            for file in ["languages.toml", "config.toml"] {
                fs::copy(root.join("editors/helix").join(file), config.join(file))?;
            }
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

/// Returns the configuration from the plugin's README, in its order, with all visible features enabled.
fn nvim_profile(root: &Path) -> Result<String, Box<dyn Error>> {
    let page = fs::read_to_string(root.join("editors/neovim/README.md"))?;
    let blocks: Vec<&str> = page
        .split("```lua\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```").map(|(block, _)| block))
        .filter(|block| {
            ["vim.opt.runtimepath", "vim.keymap.set", "vim.o.statusline"]
                .iter()
                .any(|start| block.starts_with(start))
        })
        .collect();
    let blocks = blocks.concat().replace("/path/to/plansmith", &root.display().to_string());
    Ok(format!("vim.g.mapleader = ' '\n{blocks}{VISIBLE_FEATURES}"))
}

const VISIBLE_FEATURES: &str = "vim.o.number = true
vim.o.completeopt = 'menuone,noselect,popup'
if vim.fn.exists('&winborder') == 1 then vim.o.winborder = 'rounded' end
vim.lsp.inlay_hint.enable(true)
vim.api.nvim_create_autocmd('LspAttach', {
  callback = function(event)
    vim.diagnostic.config({ virtual_text = true })
    if vim.lsp.codelens.enable then
      vim.lsp.codelens.enable(true)
    else
      vim.lsp.codelens.refresh({ bufnr = event.buf })
    end
    if vim.lsp.completion then
      vim.lsp.completion.enable(true, event.data.client_id, event.buf, { autotrigger = true })
    end
  end,
})
";

/// Returns the path of the editor in `PATH`, otherwise of the editor that the editor tests downloaded.
fn find(root: &Path, name: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join(name));
    let fetched = match name {
        "hx" => Some("hx-forky"),
        "nvim" => Some("nvim-forky-screen"),
        _ => None,
    };
    let fetched = fetched.map(|file| root.join("target/editors").join(file));
    on_path.chain(fetched).find(|file| file.is_file()).ok_or_else(|| {
        format!("`{name}` not found on the PATH; `bash tests/editors/get.sh target/editors` fetches Neovim and Helix")
    })
}

fn succeed(command: &mut Command) -> Result<(), Box<dyn Error>> {
    let status = command
        .status()
        .map_err(|error| format!("cannot start {}: {error}", command.get_program().to_string_lossy()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{} failed: {status}", command.get_program().to_string_lossy()).into())
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
