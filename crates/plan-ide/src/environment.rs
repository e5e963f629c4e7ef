//! What a file is read with: what a team and a workspace bring along.

use std::sync::Arc;

use plan_model::Vocabulary;
use plan_schema::Templates;

/// Words, templates and the day. One value is shared by all files that are read with it.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Words and marks for states.
    pub vocabulary: Arc<Vocabulary>,
    /// The built-in templates and the workspace's own.
    pub templates: Arc<Templates>,
    /// The folder of the workspace's templates, relative to its root: what lies in it are templates, no plans.
    pub template_folder: String,
    /// Today as `YYYY-MM-DD`, where it is known.
    pub today: Option<String>,
    /// Who makes new plans, where it is known.
    pub owner: Option<String>,
}

/// Where a workspace keeps its templates unless its settings say otherwise.
pub const TEMPLATE_FOLDER: &str = ".plansmith/templates";

impl Default for Environment {
    fn default() -> Self {
        Self {
            vocabulary: Arc::default(),
            templates: Templates::built_in(),
            template_folder: TEMPLATE_FOLDER.to_owned(),
            today: None,
            owner: None,
        }
    }
}

impl Environment {
    /// Whether a file lies among the templates, by its path.
    pub fn is_template(&self, path: &str) -> bool {
        let folder = self.template_folder.trim_matches('/');
        let path = path.replace('\\', "/");
        !folder.is_empty()
            && path
                .rsplit_once('/')
                .is_some_and(|(parent, _)| parent == folder || parent.ends_with(&format!("/{folder}")))
    }
}
