//! Starts `plansmith server` in Zed: the program in the setting `lsp.plansmith.binary`, on the `PATH`, or from npm.

use zed_extension_api::{self as zed, LanguageServerId, LanguageServerInstallationStatus, Worktree, settings::LspSettings};

/// Name of the npm package, which starts the program for the platform.
const PACKAGE: &str = "plansmith";

/// File that starts the program in the npm package.
const SCRIPT: &str = "node_modules/plansmith/bin/plansmith.js";

struct Plansmith;

impl Plansmith {
    /// Installs the latest npm package in the directory of the extension, unless it is installed. Returns the path of
    /// its script.
    fn install(&self, server: &LanguageServerId) -> zed::Result<String> {
        zed::set_language_server_installation_status(server, &LanguageServerInstallationStatus::CheckingForUpdate);
        let latest = zed::npm_package_latest_version(PACKAGE)?;
        if zed::npm_package_installed_version(PACKAGE)?.as_ref() != Some(&latest) {
            zed::set_language_server_installation_status(server, &LanguageServerInstallationStatus::Downloading);
            zed::npm_install_package(PACKAGE, &latest)?;
        }
        let directory = std::env::current_dir().map_err(|error| error.to_string())?;
        Ok(directory.join(SCRIPT).to_string_lossy().into_owned())
    }
}

impl zed::Extension for Plansmith {
    fn new() -> Self {
        Self
    }

    fn language_server_command(&mut self, server: &LanguageServerId, worktree: &Worktree) -> zed::Result<zed::Command> {
        let binary = LspSettings::for_worktree("plansmith", worktree)?.binary;
        let (path, arguments) = binary.map_or((None, None), |binary| (binary.path, binary.arguments));
        let arguments = arguments.unwrap_or_else(|| vec!["server".to_owned()]);
        if let Some(command) = path.or_else(|| worktree.which("plansmith")) {
            return Ok(zed::Command { command, args: arguments, env: worktree.shell_env() });
        }
        let script = self.install(server)?;
        let args = std::iter::once(script).chain(arguments).collect();
        Ok(zed::Command { command: zed::node_binary_path()?, args, env: worktree.shell_env() })
    }

    fn language_server_workspace_configuration(
        &mut self,
        _: &LanguageServerId,
        worktree: &Worktree,
    ) -> zed::Result<Option<zed::serde_json::Value>> {
        Ok(LspSettings::for_worktree("plansmith", worktree)?.settings)
    }
}

zed::register_extension!(Plansmith);
