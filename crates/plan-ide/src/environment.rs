//! The environment of files: settings and data of the workspace.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

use globset::{Glob, GlobMatcher};
use plan_model::{State, Vocabulary};
use plan_schema::{DocumentKind, PathRole, Template, Templates, family::Families};

use crate::{
    depth::{MAX_ALTERNATIVE_DEPTH, is_deep_glob},
    formatting::options::Options,
    schedule::ScheduleSettings,
    workspace::path,
};

/// State names, templates, options and the current date, shared by all files of a workspace.
#[derive(Clone, Debug)]
pub struct Environment {
    /// State names and checkbox characters.
    pub vocabulary: Arc<Vocabulary>,
    /// The workspace folders. Folders above them are ignored in paths.
    pub roots: Vec<String>,
    /// Templates of the workspace.
    pub own_templates: OwnTemplates,
    /// The template folder, relative to the workspace root. Files in it are templates, not plans.
    pub template_folder: String,
    /// Names of templates by file glob; the first match applies.
    pub globs: Vec<(GlobMatcher, String)>,
    /// Families of documents, with those of the workspace.
    pub families: Arc<Families>,
    /// Roles of documents that are not treated as plans in progress. Only a few rules apply to archives.
    pub skip: BTreeSet<PathRole>,
    /// Values of rule [options](crate::rules::OPTIONS).
    pub options: BTreeMap<String, f64>,
    /// Checkbox characters for states that no other state source of an item can express, and for which the document
    /// uses no character.
    pub checkbox_characters: BTreeMap<State, String>,
    /// Options of the formatter.
    pub format: Options,
    /// The documents with generic Markdown features.
    pub markdown: Markdown,
    /// Settings of schedules.
    pub schedule: ScheduleSettings,
    /// The current date as `YYYY-MM-DD`, if known.
    pub today: Option<String>,
    /// The name of the user, who is the default owner of new plans; `None` if unknown.
    pub owner: Option<String>,
}

/// Documents with generic Markdown features, which other Markdown servers also provide: links, anchors, headings.
/// Does not affect features for plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Markdown {
    /// In all documents.
    All,
    /// In plans and checklists.
    #[default]
    Plans,
    /// In no document, because another server or the editor provides them.
    Off,
}

impl Markdown {
    /// Returns the value with this name in settings: `all`, `plans`, `off`.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            "plans" => Some(Self::Plans),
            "off" => Some(Self::Off),
            _ => None,
        }
    }

    /// Returns whether generic Markdown features are enabled for documents of this kind.
    pub fn covers(self, kind: DocumentKind) -> bool {
        match self {
            Self::All => true,
            Self::Plans => kind.has_tasks(),
            Self::Off => false,
        }
    }
}

/// The templates of a workspace. They are merged with the built-in templates on first use, so that starting a server
/// compiles no templates.
#[derive(Clone, Debug, Default)]
pub struct OwnTemplates {
    own: Arc<Vec<Template>>,
    all: Arc<OnceLock<Arc<Templates>>>,
}

impl From<Vec<Template>> for OwnTemplates {
    fn from(own: Vec<Template>) -> Self {
        Self { own: Arc::new(own), all: Arc::default() }
    }
}

/// The default template folder of a workspace.
pub const TEMPLATE_FOLDER: &str = ".plansmith/templates";

impl Default for Environment {
    fn default() -> Self {
        Self {
            vocabulary: Arc::default(),
            roots: Vec::new(),
            own_templates: OwnTemplates::default(),
            template_folder: TEMPLATE_FOLDER.to_owned(),
            globs: Vec::new(),
            families: Families::built_in(),
            skip: PathRole::ALL.into(),
            options: BTreeMap::new(),
            checkbox_characters: BTreeMap::new(),
            format: Options::default(),
            markdown: Markdown::default(),
            schedule: ScheduleSettings::default(),
            today: None,
            owner: None,
        }
    }
}

/// Compiles a glob for paths. A relative pattern matches at any depth: `codev/plans/**` matches that folder in any
/// parent folder.
///
/// # Errors
/// Returns an error with the reason if the pattern is not a valid glob.
pub fn glob(pattern: &str) -> Result<GlobMatcher, String> {
    let anywhere = if pattern.starts_with('/') || pattern.starts_with("**/") {
        pattern.to_owned()
    } else {
        format!("**/{pattern}")
    };
    parse_glob(&anywhere).map(|glob| glob.compile_matcher())
}

/// Parses a glob without extending relative patterns.
///
/// # Errors
/// Returns an error with the reason if the glob is invalid or its alternatives are nested too deeply.
pub fn parse_glob(pattern: &str) -> Result<Glob, String> {
    if is_deep_glob(pattern) {
        return Err(format!("alternatives nested more than {MAX_ALTERNATIVE_DEPTH} levels deep"));
    }
    Glob::new(pattern).map_err(|error| error.kind().to_string())
}

impl Environment {
    /// Returns the built-in templates and those of the workspace.
    pub fn templates(&self) -> &Arc<Templates> {
        let OwnTemplates { own, all } = &self.own_templates;
        all.get_or_init(|| {
            if own.is_empty() {
                Templates::built_in()
            } else {
                Arc::new(Templates::with(own.iter().cloned()))
            }
        })
    }

    /// Returns the checkbox character for a state. `None` if the character would be parsed as another state.
    pub fn checkbox_character(&self, state: State) -> Option<&str> {
        let default = match state {
            State::Open => " ",
            State::Active => "/",
            State::Blocked => "!",
            State::Done => "x",
            State::Deferred => ">",
            State::Cancelled => "-",
        };
        let character = self.checkbox_characters.get(&state).map_or(default, String::as_str);
        (self.vocabulary.of_checkbox_character(character) == Some(state)).then_some(character)
    }

    /// Returns the path of a file relative to its workspace folder. For a file outside of all folders: its name and the
    /// name of its folder.
    pub fn within_roots<'a>(&self, path: &'a str) -> &'a str {
        let containing = self.roots.iter().filter(|root| path::is_in(path, root));
        if let Some(root) = containing.max_by_key(|root| root.len()) {
            return path[root.len()..].trim_start_matches('/');
        }
        let is_absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
        let folder = path::folder(path::folder(path));
        if is_absolute { path[folder.len()..].trim_start_matches('/') } else { path }
    }

    /// Returns the name of the template that the globs assign to a path.
    pub fn template_for(&self, path: &str) -> Option<&str> {
        self.globs.iter().find(|(glob, _)| glob.is_match(path)).map(|(_, name)| name.as_str())
    }

    /// Returns whether a path is directly in the template folder, or is a copy of a built-in template.
    pub fn is_template(&self, path: &str) -> bool {
        let folder = self.template_folder.trim_matches('/');
        let path = path.replace('\\', "/");
        // This folder contains read-only copies of the built-in templates.
        if path.contains("/plansmith/templates/") {
            return true;
        }
        !folder.is_empty()
            && path
                .rsplit_once('/')
                .is_some_and(|(parent, _)| parent == folder || parent.ends_with(&format!("/{folder}")))
    }
}
