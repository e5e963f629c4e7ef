//! Families of plan documents: conventions for files and their content, such as a folder per change with a
//! specification and a task list. A TOML file, the profile, describes a family; `docs/families.md` describes the
//! format.

mod candidates;
mod document;
mod facts;
mod id_form;
mod line;
mod path_pattern;
mod pattern;
mod profile;
mod reader;
mod reference_place;
mod references;
mod stated;
#[cfg(test)]
mod tests;
mod words;
mod writing;

use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};

use plan_model::{Plan, State};

pub use self::{
    facts::{FamilyFacts, ReferenceStyle, Requirement, RequirementReference, SetTask, is_name_of_set},
    profile::FamilyProblem,
    reference_place::ReferencePlace,
    stated::{StatedStatus, StatedValues, plan_stem},
    writing::{NewId, WrittenReference, rewritten_id},
};
use self::{
    id_form::RequirementIdForm,
    line::PlainLine,
    path_pattern::{KeyForm, PathPattern},
    pattern::Pattern,
    words::WordGroup,
};

/// The built-in profiles, by name. A new profile needs a file and a line here.
const BUILT_IN_PROFILES: [(&str, &str); 13] = [
    ("kiro", include_str!("../../families/kiro.toml")),
    ("openspec", include_str!("../../families/openspec.toml")),
    ("gsd", include_str!("../../families/gsd.toml")),
    ("agent-os", include_str!("../../families/agent-os.toml")),
    ("codev", include_str!("../../families/codev.toml")),
    ("backlog", include_str!("../../families/backlog.toml")),
    ("bmad", include_str!("../../families/bmad.toml")),
    ("ccpm", include_str!("../../families/ccpm.toml")),
    ("superpowers", include_str!("../../families/superpowers.toml")),
    ("exec-plan", include_str!("../../families/exec-plan.toml")),
    ("cursor", include_str!("../../families/cursor.toml")),
    ("spec-kit", include_str!("../../families/spec-kit.toml")),
    ("req-docs", include_str!("../../families/req-docs.toml")),
];

/// Purpose of a document in a document set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentRole {
    /// Requirements of the change.
    Requirements,
    /// Technical design of the change.
    Design,
    /// Plan of the change.
    Plan,
    /// The task list.
    Tasks,
    /// A checklist for reviewers.
    Checklist,
    /// Review of the completed work.
    Review,
    /// A report on completed work.
    Report,
    /// A list of document sets or phases.
    Index,
    /// The state of the document set.
    State,
    /// Documentation of the tool.
    Handbook,
    /// Template for new documents.
    Template,
    /// Any other document, such as a prompt.
    Ignored,
}

impl DocumentRole {
    const ALL: [Self; 12] = [
        Self::Requirements,
        Self::Design,
        Self::Plan,
        Self::Tasks,
        Self::Checklist,
        Self::Review,
        Self::Report,
        Self::Index,
        Self::State,
        Self::Handbook,
        Self::Template,
        Self::Ignored,
    ];

    /// Returns the name in profiles and in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requirements => "requirements",
            Self::Design => "design",
            Self::Plan => "plan",
            Self::Tasks => "tasks",
            Self::Checklist => "checklist",
            Self::Review => "review",
            Self::Report => "report",
            Self::Index => "index",
            Self::State => "state",
            Self::Handbook => "handbook",
            Self::Template => "template",
            Self::Ignored => "ignored",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::name)
    }

    /// Returns whether tasks in documents of this role are work, so that they can cover requirements.
    pub fn has_work(self) -> bool {
        matches!(self, Self::Tasks | Self::Plan)
    }
}

/// Method by which a requirement is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoveredBy {
    /// By tasks that refer to it.
    Tasks,
    /// By its criteria, or by tasks that refer to the requirement.
    Children,
    /// By the tasks that cover its parent, or by tasks that refer to it.
    Parent,
    /// Never: an outcome, or a requirement that tasks do not refer to.
    None,
}

/// Meaning of an archive for the document sets in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ArchiveMeaning {
    /// The sets are done.
    #[default]
    Done,
    /// The sets are no longer in progress, and can have any state.
    Removed,
}

/// A kind of requirements.
#[derive(Clone, Debug)]
pub struct RequirementKind {
    /// Name, e.g. `functional`.
    pub name: Box<str>,
    role: DocumentRole,
    form: KindForm,
    under: Vec<Pattern>,
    id: RequirementIdForm,
    /// Index of the parent's kind.
    pub parent: Option<usize>,
    /// Method by which requirements of this kind are covered.
    pub covered_by: CoveredBy,
    needs: Option<usize>,
    unless: Vec<String>,
    /// Minimum number of IDs with the same prefix. `None` if documents cannot define their own prefixes.
    at_least: Option<usize>,
}

/// The places in which requirements of a kind are defined.
#[derive(Clone, Debug, Default, PartialEq)]
struct KindForm {
    heading: Vec<Pattern>,
    item: Vec<Pattern>,
    ordered_item: Vec<Pattern>,
    paragraph: Vec<Pattern>,
    /// Titles of sections in which less certain forms also define requirements: [`Self::section_heading`],
    /// [`Self::section_item`] and [`Self::row`]. Without titles, rows define requirements everywhere.
    section: Vec<Pattern>,
    section_heading: Vec<Pattern>,
    section_item: Vec<Pattern>,
    /// Index of the column with the IDs of a table.
    row: Option<usize>,
    /// Titles of the column with the text. Tables without such a column define no requirements. Without titles, all
    /// tables do, and the longest cell is the text.
    row_text: Vec<Pattern>,
}

/// A form of references.
#[derive(Clone, Debug)]
struct ReferenceRule {
    role: DocumentRole,
    to: Vec<usize>,
    form: ReferenceForm,
    ranges: bool,
    all: Vec<WordGroup>,
    all_words: Vec<String>,
}

#[derive(Clone, Debug)]
enum ReferenceForm {
    /// `Name: IDs`.
    Field(Vec<Pattern>),
    /// At the start of a task.
    Label(Vec<Pattern>),
    /// Anywhere in a task.
    Group(Vec<Pattern>),
    /// IDs anywhere in a task.
    Text,
    /// IDs in a heading: all tasks below refer to them.
    Heading,
    /// IDs in a heading or in one of these fields below it: all tasks of the section refer to them.
    Section(Vec<Pattern>),
    /// IDs in an entry of the front matter.
    FrontMatter(Vec<String>),
}

impl ReferenceForm {
    /// Returns whether it is clear where a list of IDs starts and ends, so that it can contain names.
    fn delimits_lists(&self) -> bool {
        matches!(self, Self::Field(_) | Self::Label(_) | Self::Group(_) | Self::FrontMatter(_))
    }

    fn style(&self) -> ReferenceStyle {
        match self {
            Self::Field(_) => ReferenceStyle::Field,
            Self::Label(_) => ReferenceStyle::Label,
            Self::Group(_) => ReferenceStyle::Group,
            Self::Text => ReferenceStyle::Text,
            Self::Heading | Self::Section(_) => ReferenceStyle::Heading,
            Self::FrontMatter(_) => ReferenceStyle::FrontMatter,
        }
    }
}

/// Place of a value in a task or plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskValue {
    /// The first path in the text of a task.
    FirstPath,
    /// A field of a task, by name.
    Field(String),
    /// An entry of the front matter, by key.
    FrontMatter(String),
}

/// A family, read from its profile.
#[derive(Clone, Debug, Default)]
pub struct Family {
    /// Name.
    pub name: String,
    /// Description in one sentence.
    pub description: String,
    /// Path of the profile; `None` for a built-in family.
    pub path: Option<String>,
    markers: Vec<PathPattern>,
    ignore: Vec<PathPattern>,
    handbook: Vec<PathPattern>,
    templates: Vec<PathPattern>,
    /// Suffix of template names, e.g. `-template`.
    pub template_suffix: String,
    directories: Vec<PathPattern>,
    set_files: Vec<PathPattern>,
    key: KeyForm,
    requires: Vec<PathPattern>,
    archive: Vec<PathPattern>,
    /// Meaning of the archive.
    pub archive_means: ArchiveMeaning,
    roles: Vec<(DocumentRole, Vec<PathPattern>)>,
    shared: Vec<(DocumentRole, Vec<PathPattern>)>,
    references: Vec<ReferenceRule>,
    /// Kinds of requirements, parents first.
    pub kinds: Vec<RequirementKind>,
    /// Marker of parallel tasks; empty without such a marker.
    pub parallel: String,
    /// Marker of optional tasks; empty without such a marker.
    pub optional: String,
    /// Place of the files in a task.
    pub files: Option<TaskValue>,
    /// Place of the wave in a plan.
    pub wave: Option<TaskValue>,
    /// Place of the dependencies in a task or plan.
    pub depends_on: Option<TaskValue>,
    /// Name of the field with the status of a specification.
    pub status_field: String,
    /// Words of a status in addition to the usual ones, in lower case.
    status_words: Vec<(State, String)>,
    /// Share of the requirements of a kind that must be referenced before unreferenced ones are reported.
    pub coverage_threshold: f64,
    /// Names of built-in readers.
    pub readers: Vec<String>,
}

/// The place of a document in a family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentPlace {
    /// Index of the family in [`Families::all`].
    pub family: usize,
    /// Folder of the document.
    pub folder: String,
    /// Name of the document's file.
    pub name: String,
    /// Folder of the project, without a trailing `/`.
    pub project: String,
    /// The document set: its folder, or the project with the key of the set. `None` for documents of the whole project.
    pub set: Option<String>,
    /// Role of the document in the set.
    pub role: DocumentRole,
    /// Whether the set is archived.
    pub archived: bool,
}

impl Family {
    /// Reads a profile. `stem` is the name of its file without extension. Skips invalid entries and reports them.
    /// Returns no family if the valid entries do not describe one.
    pub fn read(text: &str, stem: &str) -> (Option<Self>, Vec<FamilyProblem>) {
        profile::read(text, stem)
    }

    /// Returns the keys of the requirements that a name can denote: an ID in any case (`fr-001`), the start of a heading
    /// that defines a requirement (`User Story 2`), or a name that is an ID.
    pub fn keys_named(&self, name: &str) -> Vec<String> {
        let line = PlainLine::new(name.trim(), 0);
        let in_heading = |kind: &RequirementKind| {
            let mut patterns = kind.form.heading.iter();
            let found = patterns.find_map(|pattern| pattern.matches(&line, 0, Some(&kind.id)))?;
            match (found.id, found.number, found.rest) {
                (Some((_, id)), ..) => Some(id.key),
                (None, Some((_, number)), _) => Some(kind.id.key_of(None, &number, "")),
                (None, None, Some(title)) => Some(kind.id.key_of(None, "", &line.text(title))),
                _ => None,
            }
        };
        let keys = self.kinds.iter().filter_map(|kind| {
            let id = kind.id.at(&line, 0).filter(|id| id.end == line.len());
            id.map(|id| id.key).or_else(|| in_heading(kind))
        });
        let mut keys: Vec<String> = keys.collect();
        if self.kinds.iter().any(|kind| !kind.id.is_findable_in_text()) {
            keys.push(id_form::name_key(name));
        }
        keys
    }

    /// Returns whether headings of task lists name requirements of a kind. A phase then covers them without references
    /// in its tasks.
    pub fn is_named_in_headings(&self, kind: usize) -> bool {
        self.references
            .iter()
            .any(|rule| matches!(rule.form, ReferenceForm::Heading) && rule.to.contains(&kind))
    }

    /// Returns the name of the kind of a requirement: the prefix of its ID in lower case, if documents define their own
    /// prefixes.
    pub fn kind_name<'a>(&'a self, requirement: &'a Requirement) -> &'a str {
        let prefix = self.own_prefix(&requirement.key).filter(|_| self.has_own_prefix(requirement));
        prefix.unwrap_or(&self.kinds[usize::from(requirement.kind)].name)
    }

    /// Returns the word before the number of a key, in kinds of requirements whose documents choose it: `bug` of
    /// `bug-1`. `None` if no kind has such IDs.
    pub fn own_prefix<'a>(&self, key: &'a str) -> Option<&'a str> {
        let has_word = self.kinds.iter().any(|kind| kind.id.has_word());
        key.rsplit_once('-').filter(|_| has_word).map(|(prefix, _)| prefix)
    }

    /// Returns whether the IDs of a kind start with a word that documents choose: `{word}-{n}`.
    pub fn has_word(&self, kind: usize) -> bool {
        self.kinds.get(kind).is_some_and(|kind| kind.id.has_word())
    }

    /// Returns whether the prefix of a requirement's ID is one that its document defines.
    pub fn has_own_prefix(&self, requirement: &Requirement) -> bool {
        self.kinds[usize::from(requirement.kind)].at_least.is_some()
    }

    /// Returns the paths of the templates in a project, in the order of the profile, each with the name of the
    /// template. `list` returns the names in a folder of the project, and no names for a file.
    pub fn templates(&self, list: &dyn Fn(&str) -> Vec<String>) -> Vec<(String, String)> {
        let mut paths = Vec::new();
        for pattern in &self.templates {
            pattern.find(list, &mut paths);
        }
        paths.retain(|path| path.to_lowercase().ends_with(".md"));
        let mut names: Vec<String> = Vec::new();
        let mut found = Vec::new();
        for path in paths {
            let (folder, file) = path.rsplit_once('/').unwrap_or(("", &path));
            let stem = file.get(..file.len() - ".md".len()).unwrap_or(file);
            let short =
                stem.strip_suffix(&*self.template_suffix).filter(|short| !short.is_empty()).unwrap_or(stem);
            // Templates of different workflows can have the same name.
            let mut folders = folder.rsplit('/').filter(|name| !name.starts_with("template"));
            let parent = folders.next().unwrap_or(&self.name);
            let long = if short == "template" { parent.to_owned() } else { format!("{parent}-{short}") };
            // `template` and the hidden folder of a tool are not used as names. If no name is free, an earlier template
            // with the same name takes precedence.
            let is_free =
                |name: &String| name != "template" && !name.starts_with('.') && !names.contains(name);
            let name = [short.to_owned(), long].into_iter().find(is_free);
            if let Some(name) = name {
                names.push(name.clone());
                found.push((path, name));
            }
        }
        found
    }

    /// Returns whether documents with the same key in their names form a set.
    pub fn has_keys(&self) -> bool {
        !self.set_files.is_empty()
    }

    /// Returns whether finished sets are moved to an archive.
    pub fn archives_done_sets(&self) -> bool {
        !self.archive.is_empty() && self.archive_means == ArchiveMeaning::Done
    }

    /// Returns whether the profile requires a built-in reader.
    pub fn has_reader(&self, name: &str) -> bool {
        self.readers.iter().any(|reader| reader == name)
    }

    /// Returns whether a document changes requirements of another one: it has a section such as `RENAMED Requirements`.
    pub fn is_delta(&self, plan: &Plan) -> bool {
        let is_change = |title: String| {
            let lower = title.to_lowercase();
            let mut words = lower.split_whitespace();
            matches!(words.next(), Some("added" | "modified" | "removed" | "renamed"))
                && words.next() == Some("requirements")
        };
        self.has_reader("openspec-deltas") && plan.sections().any(|section| is_change(section.title()))
    }

    /// Returns whether an index of sets or phases lists their requirements.
    pub fn has_index_of_requirements(&self) -> bool {
        self.references.iter().any(|rule| rule.role == DocumentRole::Index)
    }

    /// Returns whether a plan is done if the report on it exists.
    pub fn has_reports(&self) -> bool {
        self.has_reader("gsd-summary")
    }

    /// Returns the ID of a new requirement of the kind with this index, from the ID of its parent and its number.
    pub fn written_id(&self, kind: usize, parent: Option<&str>, number: &str) -> Option<String> {
        Some(self.kinds.get(kind)?.id.write(parent, number, ""))
    }

    /// Returns whether references of a form can be names: the ID of one of its kinds is the title.
    fn refers_to_names(&self, rule: &ReferenceRule) -> bool {
        rule.to.iter().any(|kind| self.kinds[*kind].id.is_title())
    }

    /// Returns the place of a document and the number of literal components of the matching pattern. `path` contains
    /// the lower-case components of the document's path.
    fn place(&self, path: &[&str]) -> Option<(usize, FamilyPlace)> {
        let count = path.len();
        for (patterns, role) in [
            (&self.templates, DocumentRole::Template),
            (&self.ignore, DocumentRole::Ignored),
            (&self.handbook, DocumentRole::Handbook),
        ] {
            let found = patterns.iter().find_map(|pattern| {
                let start = pattern
                    .starts(count)
                    .find(|start| pattern.matches(&path[*start..], self.key).is_some())?;
                Some((pattern.literal_components(), start))
            });
            // A pattern that can match anywhere, such as `**/prompts/**`, is sufficient: the most specific family takes
            // precedence.
            if let Some((literal, project)) = found {
                return Some((literal, FamilyPlace { project, set: SetPlace::None, role, archived: false }));
            }
        }
        for (patterns, archived) in [(&self.archive, true), (&self.directories, false)] {
            for pattern in patterns.iter() {
                let Some(length) = pattern.fixed_length() else { continue };
                for start in 0..count.saturating_sub(length) {
                    let end = start + length;
                    if pattern.matches(&path[start..end], self.key).is_none() {
                        continue;
                    }
                    if let Some(role) = self.role_of(&path[end..]) {
                        let place =
                            FamilyPlace { project: start, set: SetPlace::Directory(end), role, archived };
                        return Some((pattern.literal_components(), place));
                    }
                }
            }
        }
        for pattern in &self.set_files {
            for start in 0..count {
                let Some(Some(key)) = pattern.matches(&path[start..], self.key) else { continue };
                let role = self.role_of(&path[start..]).unwrap_or(DocumentRole::Plan);
                let place = FamilyPlace { project: start, set: SetPlace::Key(key), role, archived: false };
                return Some((pattern.literal_components(), place));
            }
        }
        self.shared.iter().find_map(|(role, patterns)| {
            let (pattern, start) = patterns.iter().find_map(|pattern| {
                let start = pattern
                    .starts(count)
                    .find(|start| pattern.matches(&path[*start..], self.key).is_some())?;
                Some((pattern, start))
            })?;
            let place = FamilyPlace { project: start, set: SetPlace::None, role: *role, archived: false };
            Some((pattern.literal_components(), place))
        })
    }

    /// Returns the role of a document by its path in the set.
    fn role_of(&self, path: &[&str]) -> Option<DocumentRole> {
        let matches = |patterns: &[PathPattern]| {
            patterns.iter().any(|pattern| pattern.matches(path, self.key).is_some())
        };
        self.roles.iter().find(|(_, patterns)| matches(patterns)).map(|(role, _)| *role)
    }

    /// Returns whether a folder that contains a document at this path is a document set.
    pub fn is_required(&self, set: &str, path: &str) -> bool {
        if self.requires.is_empty() || self.directories.is_empty() {
            return true;
        }
        let Some(rest) = path.strip_prefix(set) else { return false };
        let rest = rest.trim_start_matches('/').to_lowercase();
        let components: Vec<&str> = rest.split('/').collect();
        self.requires.iter().any(|pattern| pattern.matches(&components, self.key).is_some())
    }

    /// Returns whether a set must contain a form of the family, because its path is not sufficient evidence: folders
    /// of sets have ordinary names, such as `specs`.
    pub fn needs_forms(&self) -> bool {
        !self.markers.is_empty() && self.directories.iter().any(|pattern| pattern.literal_components() <= 1)
    }

    /// Returns the paths, relative to the project, that are markers of the family or contain one.
    pub fn marker_paths(&self) -> impl Iterator<Item = String> {
        self.markers.iter().map(PathPattern::literal_path)
    }

    /// Returns whether a path relative to the project is a marker of the family.
    pub fn is_marker(&self, path: &str) -> bool {
        let lower = path.to_lowercase();
        let components: Vec<&str> = lower.split('/').collect();
        let is_start = |pattern: &PathPattern| {
            (1..=components.len()).any(|end| pattern.matches(&components[..end], self.key).is_some())
        };
        self.markers.iter().any(is_start)
    }
}

struct FamilyPlace {
    project: usize,
    set: SetPlace,
    role: DocumentRole,
    archived: bool,
}

enum SetPlace {
    None,
    /// The folder up to this component.
    Directory(usize),
    Key(String),
}

/// All families, custom and built-in.
#[derive(Clone, Debug)]
pub struct Families {
    families: Vec<Arc<Family>>,
    /// Names of the families to which documents can belong; `None` for all.
    selected: Option<BTreeSet<String>>,
}

static BUILT_IN_FAMILIES: LazyLock<Arc<Families>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| Family::read(text, name).0.map(Arc::new);
    Arc::new(Families { families: BUILT_IN_PROFILES.iter().filter_map(read).collect(), selected: None })
});

impl Families {
    /// Returns the built-in families.
    pub fn built_in() -> Arc<Self> {
        Arc::clone(&BUILT_IN_FAMILIES)
    }

    /// Returns an empty list of families.
    pub fn none() -> Self {
        Self { families: Vec::new(), selected: None }
    }

    /// Returns custom families, followed by the built-in families. A custom family with the name of a built-in family
    /// replaces it, in its place.
    pub fn with(own: impl IntoIterator<Item = Family>) -> Self {
        let mut families: Vec<Arc<Family>> = Self::built_in().families.clone();
        let mut others = Vec::new();
        for family in own.into_iter().map(Arc::new) {
            match families.iter_mut().find(|known| known.name == family.name) {
                Some(known) => *known = family,
                None => others.push(family),
            }
        }
        families.splice(0..0, others);
        Self { families, selected: None }
    }

    /// Returns the same families, of which documents can belong only to those in `selected`; `None` for all.
    pub fn limited_to(&self, selected: Option<BTreeSet<String>>) -> Self {
        Self { families: self.families.clone(), selected }
    }

    /// Returns the names of the families to which documents can belong; `None` for all.
    pub fn selected(&self) -> Option<&BTreeSet<String>> {
        self.selected.as_ref()
    }

    /// Returns all families. Custom ones are first, unless they replace a built-in family.
    pub fn all(&self) -> &[Arc<Family>] {
        &self.families
    }

    /// Returns the text of a built-in profile, for example as the basis of a custom profile.
    pub fn profile(name: &str) -> Option<&'static str> {
        BUILT_IN_PROFILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// Returns the place of a document by its path. If several families match, the most specific folder takes
    /// precedence, then the order of the families.
    pub fn place(&self, path: &str) -> Option<DocumentPlace> {
        let path = path.replace('\\', "/");
        let lower = path.to_lowercase();
        let components: Vec<&str> = lower.split('/').collect();
        let is_selected =
            |family: &Family| self.selected.as_ref().is_none_or(|selected| selected.contains(&family.name));
        let selected = self.families.iter().enumerate().filter(|(_, profile)| is_selected(profile));
        let found = selected.filter_map(|(family, profile)| {
            let (literal, place) = profile.place(&components)?;
            Some((literal, family, place))
        });
        // If several patterns are equally specific, the pattern of the first family applies.
        let (_, family, found) =
            found.fold(None, |best: Option<(usize, usize, FamilyPlace)>, next| match best {
                Some(best) if best.0 >= next.0 => Some(best),
                _ => Some(next),
            })?;
        let written: Vec<&str> = path.split('/').collect();
        let project = written.get(..found.project).unwrap_or_default().join("/");
        let set = match found.set {
            SetPlace::None => None,
            SetPlace::Directory(end) => Some(written.get(..end).unwrap_or_default().join("/")),
            SetPlace::Key(key) => Some(format!("{project}/#{key}")),
        };
        let folder = written[..written.len().saturating_sub(1)].join("/");
        let name = written.last().copied().unwrap_or_default().to_owned();
        Some(DocumentPlace { family, folder, name, project, set, role: found.role, archived: found.archived })
    }
}
