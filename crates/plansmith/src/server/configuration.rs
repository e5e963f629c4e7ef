//! Requests the client's settings, applies them, and registers the features that depend on them.

use std::sync::Arc;

use serde_json::{Value, json};
use tower_lsp::lsp_types::{ConfigurationItem, MessageType, Registration, Unregistration};

use super::state::Global;
use crate::settings;

/// Formatting requests, which are registered only if the settings enable them.
const FORMATTING_METHODS: [&str; 3] =
    ["textDocument/formatting", "textDocument/rangeFormatting", "textDocument/onTypeFormatting"];

impl Global {
    /// Registers or unregisters formatting with the client as the settings require.
    pub(super) async fn update_formatting_registrations(&self) {
        let (client_caps, enabled) = self.state.with(|state| {
            let settings = &state.settings;
            (state.client_caps, [settings.formats, settings.formats, settings.formats_on_type])
        });
        let supported = [
            client_caps.registers_formatting,
            client_caps.registers_formatting,
            client_caps.registers_on_type,
        ];
        for (number, method) in FORMATTING_METHODS.into_iter().enumerate() {
            let is_registered = self.state.with(|state| state.registered_formatting[number]);
            if !supported[number] || enabled[number] == is_registered {
                continue;
            }
            let id = format!("plansmith-{method}");
            let result = if enabled[number] {
                let mut options = json!({"documentSelector": [{"language": "markdown"}]});
                if method == "textDocument/onTypeFormatting" {
                    options["firstTriggerCharacter"] = "\n".into();
                }
                let registration =
                    Registration { id, method: method.to_owned(), register_options: Some(options) };
                self.client.register_capability(vec![registration]).await
            } else {
                let unregistration = Unregistration { id, method: method.to_owned() };
                self.client.unregister_capability(vec![unregistration]).await
            };
            match result {
                Ok(()) => {
                    self.state.with(|state| state.registered_formatting[number] = enabled[number]);
                }
                Err(error) => {
                    tracing::warn!(%error, method, "client rejected the change of the formatting registration")
                }
            }
        }
    }

    /// Requests the settings from the client and applies them.
    pub(super) async fn fetch_settings(self: &Arc<Self>, request: u64) {
        let item = ConfigurationItem { scope_uri: None, section: Some("plansmith".to_owned()) };
        match self.client.configuration(vec![item]).await {
            Ok(answers) => self.receive_settings(answers.first().unwrap_or(&Value::Null), request).await,
            Err(error) => tracing::warn!(%error, "client did not return its settings"),
        }
    }

    /// Applies new settings and updates everything that depends on them. `request` is the number of the settings
    /// change: each change is handled by a separate task, so older settings can arrive later and are ignored.
    pub(super) async fn receive_settings(self: &Arc<Self>, section: &Value, request: u64) {
        let (settings, problems) = settings::read_client(section);
        for problem in problems {
            tracing::warn!("{problem}");
            self.client.show_message(MessageType::WARNING, problem).await;
        }
        let applied = self.install_environment(Some(&settings), None, |state, environment| {
            if request < state.settings_applied {
                return None;
            }
            state.settings_applied = request;
            if state.settings == settings {
                return None;
            }
            let before = &state.settings;
            let other_folder = before.template_folder != settings.template_folder;
            let other_environment = before.vocabulary != settings.vocabulary
                || before.templates != settings.templates
                || before.families != settings.families
                || before.filter != settings.filter
                || before.scope_is_workspace != settings.scope_is_workspace;
            // Diagnostics of closed files are cleared when the scope no longer includes them.
            let everywhere = before.scope_is_workspace || settings.scope_is_workspace;
            state.apply_settings(settings.clone(), environment);
            Some((other_folder, other_environment, everywhere))
        });
        let Some((other_folder, other_environment, everywhere)) = applied else { return };
        self.update_formatting_registrations().await;
        if other_folder {
            self.load_templates().await;
        } else {
            if other_environment {
                self.workspace_index.request_full_read();
            }
        }
        self.invalidate_diagnostics(everywhere);
    }
}
