//! What a file is read with: what a team and a workspace bring along.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use globset::{Glob, GlobMatcher};
use plan_model::{State, Vocabulary};
use plan_schema::{Kind, Template, Templates};

use crate::{
    File,
    depth::{MAX_ALTERNATIVES, is_deep_glob},
    formatting,
    workspace::path,
};

/// Words, templates and the day. One value is shared by all files that are read with it.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Words and marks for states.
    pub vocabulary: Arc<Vocabulary>,
    /// The folders of the workspace: what lies above them says nothing of a file.
    pub roots: Vec<String>,
    /// The workspace's own templates.
    pub own_templates: OwnTemplates,
    /// The folder of the workspace's templates, relative to its root: what lies in it are templates, no plans.
    pub template_folder: String,
    /// Which files follow which template, by name; the first that fits decides.
    pub globs: Vec<(GlobMatcher, String)>,
    /// What settings say of [options](crate::rules::OPTIONS) of rules.
    pub options: BTreeMap<String, f64>,
    /// Marks for boxes that nothing else in an item or document can say: the last resort.
    pub marks: BTreeMap<State, String>,
    /// How the formatter lays things out.
    pub format: formatting::Options,
    /// Where what any Markdown server does is ours to do.
    pub markdown: Markdown,
    /// Today as `YYYY-MM-DD`, where it is known.
    pub today: Option<String>,
    /// Who makes new plans, where it is known.
    pub owner: Option<String>,
}

/// Where we do what any Markdown server does: links, anchors, names of headings. What only we do never depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Markdown {
    /// In all documents.
    All,
    /// In plans and checklists.
    #[default]
    Plans,
    /// Nowhere: another server or the editor does it.
    Off,
}

impl Markdown {
    /// The value of a name in settings: `all`, `plans`, `off`.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "all" => Some(Self::All),
            "plans" => Some(Self::Plans),
            "off" => Some(Self::Off),
            _ => None,
        }
    }

    /// Whether it is ours to do in a file.
    pub fn covers(self, file: &File) -> bool {
        match self {
            Self::All => true,
            Self::Plans => matches!(file.kind(), Kind::Plan | Kind::Checklist),
            Self::Off => false,
        }
    }
}

/// A workspace's own templates. They join the built-in ones when someone asks: a server that has just started need not
/// compile any.
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

/// Where a workspace keeps its templates unless its settings say otherwise.
pub const TEMPLATE_FOLDER: &str = ".plansmith/templates";

impl Default for Environment {
    fn default() -> Self {
        Self {
            vocabulary: Arc::default(),
            roots: Vec::new(),
            own_templates: OwnTemplates::default(),
            template_folder: TEMPLATE_FOLDER.to_owned(),
            globs: Vec::new(),
            options: BTreeMap::new(),
            marks: BTreeMap::new(),
            format: formatting::Options::default(),
            markdown: Markdown::default(),
            today: None,
            owner: None,
        }
    }
}

/// A glob over paths: `codev/plans/**` fits wherever that folder lies.
///
/// # Errors
/// When it is no glob, with the reason.
pub fn glob(pattern: &str) -> Result<GlobMatcher, String> {
    let anywhere = if pattern.starts_with('/') || pattern.starts_with("**/") {
        pattern.to_owned()
    } else {
        format!("**/{pattern}")
    };
    parse_glob(&anywhere).map(|glob| glob.compile_matcher())
}

/// Reads a glob as it is written.
///
/// # Errors
/// If it is invalid or too deep, with the reason.
pub fn parse_glob(pattern: &str) -> Result<Glob, String> {
    if is_deep_glob(pattern) {
        return Err(format!("more than {MAX_ALTERNATIVES} alternatives inside of each other"));
    }
    Glob::new(pattern).map_err(|error| error.kind().to_string())
}

impl Environment {
    /// The built-in templates and the workspace's own.
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

    /// The mark for a box that is in this state; nothing where it would be read as something else.
    pub fn mark_of(&self, state: State) -> Option<&str> {
        let usual = match state {
            State::Open => " ",
            State::Active => "/",
            State::Blocked => "!",
            State::Done => "x",
            State::Deferred => ">",
            State::Cancelled => "-",
        };
        let mark = self.marks.get(&state).map_or(usual, String::as_str);
        (self.vocabulary.of_mark(mark) == Some(state)).then_some(mark)
    }

    /// A file's path as the workspace knows it: below its folder. Of a file outside of all folders its name and the folder
    /// it lies in.
    pub fn within_roots<'a>(&self, path: &'a str) -> &'a str {
        let holding = self.roots.iter().filter(|root| path::is_in(path, root));
        if let Some(root) = holding.max_by_key(|root| root.len()) {
            return path[root.len()..].trim_start_matches('/');
        }
        let is_absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
        let folder = path::folder(path::folder(path));
        if is_absolute { path[folder.len()..].trim_start_matches('/') } else { path }
    }

    /// The name of the template that a file follows by its path.
    pub fn template_for(&self, path: &str) -> Option<&str> {
        self.globs.iter().find(|(glob, _)| glob.is_match(path)).map(|(_, name)| name.as_str())
    }

    /// Whether a file lies among the templates, by its path.
    pub fn is_template(&self, path: &str) -> bool {
        let folder = self.template_folder.trim_matches('/');
        let path = path.replace('\\', "/");
        // Where built-in templates are kept for reading.
        if path.contains("/plansmith/templates/") {
            return true;
        }
        !folder.is_empty()
            && path
                .rsplit_once('/')
                .is_some_and(|(parent, _)| parent == folder || parent.ends_with(&format!("/{folder}")))
    }
}
