//! Diagnostics of custom family profiles. They are pushed to every client, because clients do not pull diagnostics of
//! files that are not Markdown.

use std::{collections::BTreeSet, path::PathBuf};

use plan_syntax::Document;
use tower_lsp::lsp_types::{Diagnostic, DiagnosticSeverity, Url};

use super::state::Global;
use crate::families;

impl Global {
    /// Publishes the problems of all profiles, and clears those of profiles that no longer have any.
    pub(super) async fn publish_profiles(&self) {
        let (roots, encoding) = self.state.with(|state| (state.roots.paths(), state.encoding));
        let Ok(profiles) = tokio::task::spawn_blocking(move || families::profiles(&roots)).await else {
            return;
        };
        let mut published: BTreeSet<PathBuf> = BTreeSet::new();
        let mut reports = Vec::new();
        for profile in profiles {
            let document = Document::new(&profile.text);
            let problems = profile.problems.into_iter().map(|problem| Diagnostic {
                range: encoding.range(&document, &problem.range),
                severity: Some(DiagnosticSeverity::WARNING),
                source: Some("plansmith".to_owned()),
                message: problem.message,
                ..Diagnostic::default()
            });
            let problems: Vec<Diagnostic> = problems.collect();
            if !problems.is_empty() {
                published.insert(profile.path.clone());
                reports.push((profile.path, problems));
            }
        }
        let before =
            self.state.with(|state| std::mem::replace(&mut state.profiles_with_problems, published.clone()));
        reports.extend(before.difference(&published).map(|path| (path.clone(), Vec::new())));
        for (path, problems) in reports {
            if let Ok(uri) = Url::from_file_path(path) {
                self.client.publish_diagnostics(uri, problems, None).await;
            }
        }
    }
}
