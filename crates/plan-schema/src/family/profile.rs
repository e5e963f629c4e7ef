//! Reads profiles of families: one TOML file per family.

use std::ops::Range;

use plan_model::State;
use toml_edit::{Document, Item, TableLike, Value};

use super::{
    ArchiveMeaning, CoveredBy, DocumentRole, Family, KindForm, ReferenceForm, ReferenceRule, RequirementKind,
    TaskValue,
    id_form::RequirementIdForm,
    path_pattern::{KeyForm, PathPattern},
    pattern::Pattern,
    words::WordGroup,
};
use crate::unknown_name_message;

/// An error in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyProblem {
    /// Byte range in the file.
    pub range: Range<usize>,
    /// The problem and the expected value.
    pub message: String,
}

/// Keys of a profile.
const PROFILE_KEYS: [&str; 18] = [
    "name",
    "description",
    "markers",
    "ignore",
    "handbook",
    "templates",
    "template-suffix",
    "set",
    "archive",
    "archive-means",
    "roles",
    "shared",
    "reference",
    "requirement",
    "tasks",
    "status",
    "coverage",
    "readers",
];
const SET_KEYS: [&str; 4] = ["directory", "files", "key", "requires"];
const REFERENCE_KEYS: [&str; 11] =
    ["role", "to", "field", "label", "group", "text", "front-matter", "heading", "section", "ranges", "all"];
const KIND_KEYS: [&str; 17] = [
    "role",
    "heading",
    "item",
    "ordered-item",
    "paragraph",
    "section",
    "section-heading",
    "section-item",
    "row",
    "row-text",
    "under",
    "id",
    "parent",
    "covered-by",
    "needs",
    "unless",
    "at-least",
];
const TASK_KEYS: [&str; 5] = ["parallel", "optional", "files", "wave", "depends-on"];
const STATUS_KEYS: [&str; 7] = ["requirements", "open", "active", "blocked", "done", "deferred", "cancelled"];

/// Readers for forms that a profile cannot describe.
pub(super) const READERS: [&str; 7] = [
    "kiro-spec-json",
    "openspec-deltas",
    "openspec-metadata",
    "gsd-summary",
    "sprint-status",
    "codev-status",
    "backlog-config",
];

/// Reads a profile. `stem` is the name of its file without extension, which names the family if the profile does not.
/// Skips invalid entries and reports them. Returns no family if the valid entries do not describe one.
pub(super) fn read(text: &str, stem: &str) -> (Option<Family>, Vec<FamilyProblem>) {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let why = error.message().lines().next().unwrap_or_default().to_owned();
            let range = error.span().unwrap_or(0..text.len().min(1));
            return (None, vec![FamilyProblem { range, message: format!("invalid TOML: {why}") }]);
        }
    };
    let mut reader = ProfileReader { problems: Vec::new() };
    let family = reader.family(document.as_table(), stem);
    reader.problems.sort_by_key(|problem| problem.range.start);
    (family, reader.problems)
}

struct ProfileReader {
    problems: Vec<FamilyProblem>,
}

impl ProfileReader {
    fn problem(&mut self, span: Option<Range<usize>>, message: impl Into<String>) {
        self.problems.push(FamilyProblem { range: span.unwrap_or(0..0), message: message.into() });
    }

    fn unknown_keys(&mut self, table: &dyn TableLike, known: &[&str]) {
        for (key, item) in table.iter() {
            if !known.contains(&key) {
                let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
                self.problem(span, unknown_name_message("key", key, known.iter().copied()));
            }
        }
    }

    fn family(&mut self, table: &dyn TableLike, stem: &str) -> Option<Family> {
        self.unknown_keys(table, &PROFILE_KEYS);
        let mut family = Family {
            name: self.text(table, "name", "\"my-family\"").unwrap_or_else(|| stem.to_owned()),
            description: self.text(table, "description", "a sentence").unwrap_or_default(),
            markers: self.globs(table, "markers"),
            ignore: self.globs(table, "ignore"),
            handbook: self.globs(table, "handbook"),
            templates: self.globs(table, "templates"),
            template_suffix: self.text(table, "template-suffix", "\"-template\"").unwrap_or_default(),
            archive: self.globs(table, "archive"),
            coverage_threshold: 0.5,
            ..Family::default()
        };
        match self.text(table, "archive-means", "\"done\" or \"removed\"").as_deref() {
            None | Some("done") => {}
            Some("removed") => family.archive_means = ArchiveMeaning::Removed,
            Some(other) => {
                let message = format!("unknown meaning `{other:.40}`; expected \"done\" or \"removed\"");
                self.problem(table.get("archive-means").and_then(Item::span), message);
            }
        }
        self.read_set(table, &mut family);
        family.roles = self.roles(table, "roles");
        family.shared = self.roles(table, "shared");
        let keys_problem = family.set_files.iter().any(|pattern| !pattern.has_key());
        if keys_problem {
            let span = table.get("set").and_then(Item::span);
            self.problem(span, "missing `{key}` in `set.files`; expected e.g. \"plans/{key}-*.md\"");
            family.set_files.retain(PathPattern::has_key);
        }
        self.read_kinds(table, &mut family);
        self.read_references(table, &mut family);
        if let Some(tasks) = self.table(table, "tasks") {
            self.unknown_keys(tasks, &TASK_KEYS);
            family.parallel = self.text(tasks, "parallel", "\"[P]\"").unwrap_or_default();
            family.optional = self.text(tasks, "optional", "\"*\"").unwrap_or_default();
            family.files = self.task_value(tasks, "files");
            family.wave = self.task_value(tasks, "wave");
            family.depends_on = self.task_value(tasks, "depends-on");
        }
        if let Some(status) = self.table(table, "status") {
            self.unknown_keys(status, &STATUS_KEYS);
            family.status_field =
                self.text(status, "requirements", "the name of a field").unwrap_or_default();
            for state in State::ALL {
                let words = self.texts(status, state.name(), "a list of words");
                family.status_words.extend(words.into_iter().map(|(word, _)| (state, word.to_lowercase())));
            }
        }
        if let Some(coverage) = self.table(table, "coverage") {
            self.unknown_keys(coverage, &["gate"]);
            if let Some(item) = coverage.get("gate") {
                let gate = item.as_float().or_else(|| item.as_integer().map(|gate| gate as f64));
                match gate.filter(|gate| (0.0..=1.0).contains(gate)) {
                    Some(gate) => family.coverage_threshold = gate,
                    None => {
                        self.problem(item.span(), "invalid `gate`; expected a number from 0 to 1, e.g. 0.5")
                    }
                }
            }
        }
        for (reader, span) in self.texts(table, "readers", "a list of names") {
            if READERS.contains(&reader.as_str()) {
                family.readers.push(reader);
            } else {
                self.problem(span, unknown_name_message("reader", &reader, READERS));
            }
        }
        if family.directories.is_empty() && family.set_files.is_empty() && family.shared.is_empty() {
            let message = "family has no documents; add e.g. set = { directory = [\"specs/*\"] }";
            let span = table.get("set").and_then(Item::span);
            self.problem(span, message);
            return None;
        }
        if family.roles.is_empty() && family.shared.is_empty() {
            self.problem(None, "missing `[roles]`; add e.g. requirements = [\"spec.md\"]");
            return None;
        }
        Some(family)
    }

    fn read_set(&mut self, table: &dyn TableLike, family: &mut Family) {
        let Some(set) = self.table(table, "set") else { return };
        self.unknown_keys(set, &SET_KEYS);
        family.directories = self.globs(set, "directory");
        family.set_files = self.globs(set, "files");
        family.requires = self.globs(set, "requires");
        family.key = match self.text(set, "key", "\"{n}\" or \"{text}\"").as_deref() {
            Some("{n}") => KeyForm::Number,
            None | Some("{text}") => KeyForm::Text,
            Some(other) => {
                let message = format!("unknown key form `{other:.40}`; expected \"{{n}}\" or \"{{text}}\"");
                self.problem(set.get("key").and_then(Item::span), message);
                KeyForm::Text
            }
        };
    }

    fn roles(&mut self, table: &dyn TableLike, key: &str) -> Vec<(DocumentRole, Vec<PathPattern>)> {
        let Some(roles) = self.table(table, key) else { return Vec::new() };
        let mut found = Vec::new();
        for (name, item) in roles.iter() {
            match DocumentRole::of(name) {
                Some(role) => found.push((role, self.globs(roles, name))),
                None => {
                    let span = roles.key(name).and_then(toml_edit::Key::span).or_else(|| item.span());
                    self.problem(span, unknown_name_message("role", name, DocumentRole::names()));
                }
            }
        }
        found
    }

    fn read_kinds(&mut self, table: &dyn TableLike, family: &mut Family) {
        let Some(kinds) = self.table(table, "requirement") else { return };
        let names: Vec<String> = kinds.iter().map(|(name, _)| name.to_owned()).collect();
        let mut pending: Vec<&str> = names.iter().map(String::as_str).collect();
        // Parents first, because the form of a child's IDs contains theirs.
        while !pending.is_empty() {
            let before = pending.len();
            pending.retain(|name| {
                let Some(kind) = kinds.get(name).and_then(Item::as_table_like) else {
                    let span = kinds.get(name).and_then(Item::span);
                    self.problem(
                        span,
                        format!("invalid `requirement.{name}`; expected a table with `id` and e.g. `item`"),
                    );
                    return false;
                };
                let parent = kind.get("parent").and_then(Item::as_str);
                match parent {
                    Some(parent) if !names.iter().any(|name| name == parent) => {
                        let known = names.iter().map(String::as_str);
                        self.problem(
                            kind.get("parent").and_then(Item::span),
                            unknown_name_message("kind", parent, known),
                        );
                        false
                    }
                    Some(parent) if !family.kinds.iter().any(|kind| *kind.name == *parent) => true,
                    _ => {
                        if let Some(kind) = self.read_kind(name, kind, family) {
                            family.kinds.push(kind);
                        }
                        false
                    }
                }
            });
            if pending.len() == before {
                // The parent is invalid and was reported, or the parents form a cycle.
                if pending.iter().all(|name| kinds.get(name).is_some()) && self.problems.is_empty() {
                    let span = kinds.get(pending[0]).and_then(Item::span);
                    self.problem(span, format!("cyclic `parent` of `{}`", pending[0]));
                }
                break;
            }
        }
        for (name, item) in kinds.iter() {
            let needs = item.as_table_like().and_then(|table| table.get("needs"));
            let Some(needs) = needs else { continue };
            let needed = needs.as_str().unwrap_or_default();
            let index = family.kinds.iter().position(|kind| *kind.name == *needed);
            match index {
                Some(index) => {
                    if let Some(kind) = family.kinds.iter_mut().find(|kind| *kind.name == *name) {
                        kind.needs = Some(index);
                    }
                }
                None => {
                    let known: Vec<&str> = family.kinds.iter().map(|kind| &*kind.name).collect();
                    let message = unknown_name_message("kind", needed, known);
                    self.problem(needs.span(), message);
                }
            }
        }
    }

    fn read_kind(&mut self, name: &str, table: &dyn TableLike, family: &Family) -> Option<RequirementKind> {
        self.unknown_keys(table, &KIND_KEYS);
        let parent = table.get("parent").and_then(Item::as_str);
        let parent = parent.and_then(|parent| family.kinds.iter().position(|kind| *kind.name == *parent));
        let parent_kind = parent.map(|parent| &family.kinds[parent]);
        let Some(id) = self.text(table, "id", "\"REQ-{n:3}\"") else {
            let message = format!("missing `id` of `requirement.{name}`; add e.g. id = \"REQ-{{n:3}}\"");
            self.problem(None, message);
            return None;
        };
        let id = match RequirementIdForm::parse(&id, parent_kind.map(|kind| &kind.id)) {
            Ok(form) => form,
            Err(why) => {
                self.problem(table.get("id").and_then(Item::span), why);
                return None;
            }
        };
        let role = match self.text(table, "role", "a role, e.g. \"tasks\"").as_deref() {
            None => parent_kind.map_or(DocumentRole::Requirements, |kind| kind.role),
            Some(role) => self.role(role, table.get("role"))?,
        };
        let covered_by = match self.text(table, "covered-by", "\"tasks\"").as_deref() {
            None | Some("tasks") => CoveredBy::Tasks,
            Some("children") => CoveredBy::Children,
            Some("parent") => CoveredBy::Parent,
            Some("none") => CoveredBy::None,
            Some(other) => {
                let message = unknown_name_message("value", other, ["tasks", "children", "parent", "none"]);
                self.problem(table.get("covered-by").and_then(Item::span), message);
                CoveredBy::Tasks
            }
        };
        let row =
            self.positive_number(table, "row", "the number of the ID's column, e.g. 1").map(|row| row - 1);
        let at_least =
            self.positive_number(table, "at-least", "a number of IDs, e.g. 2").filter(|_| id.has_word());
        let form = KindForm {
            heading: self.patterns(table, "heading"),
            item: self.patterns(table, "item"),
            ordered_item: self.patterns(table, "ordered-item"),
            paragraph: self.patterns(table, "paragraph"),
            section: self.patterns(table, "section"),
            section_heading: self.patterns(table, "section-heading"),
            section_item: self.patterns(table, "section-item"),
            row,
            row_text: self.patterns(table, "row-text"),
        };
        if form == KindForm::default() {
            let message = format!(
                "missing pattern in `requirement.{name}`; add e.g. item = [\"{{id}} {{sep}} {{text}}\"]"
            );
            self.problem(table.get("id").and_then(Item::span), message);
            return None;
        }
        let unless =
            self.texts(table, "unless", "a list of words").into_iter().map(|(text, _)| text.to_lowercase());
        Some(RequirementKind {
            name: name.into(),
            role,
            form,
            under: self.patterns(table, "under"),
            id,
            parent,
            covered_by,
            needs: None,
            unless: unless.collect(),
            at_least,
        })
    }

    /// Returns the positive number of a key. Reports an error for another value.
    fn positive_number(&mut self, table: &dyn TableLike, key: &str, expected: &str) -> Option<usize> {
        let item = table.get(key)?;
        let number = item.as_integer().and_then(|number| usize::try_from(number).ok());
        let number = number.filter(|number| *number > 0);
        if number.is_none() {
            self.problem(item.span(), format!("invalid `{key}`; expected {expected}"));
        }
        number
    }

    fn read_references(&mut self, table: &dyn TableLike, family: &mut Family) {
        let Some(item) = table.get("reference") else { return };
        let tables: Vec<&dyn TableLike> = match item {
            Item::ArrayOfTables(tables) => tables.iter().map(|table| table as &dyn TableLike).collect(),
            Item::Value(Value::Array(array)) => array
                .iter()
                .filter_map(|value| value.as_inline_table().map(|table| table as &dyn TableLike))
                .collect(),
            _ => Vec::new(),
        };
        if tables.is_empty() {
            self.problem(
                item.span(),
                "invalid `reference`; expected e.g. [{ role = \"tasks\", text = true, to = [\"requirement\"] }]",
            );
        }
        for table in tables {
            self.unknown_keys(table, &REFERENCE_KEYS);
            let rule = self.reference(table, family, item.span());
            family.references.extend(rule);
        }
    }

    fn reference(
        &mut self,
        table: &dyn TableLike,
        family: &Family,
        span: Option<Range<usize>>,
    ) -> Option<ReferenceRule> {
        let role = match self.text(table, "role", "a role, e.g. \"tasks\"").as_deref() {
            None => DocumentRole::Tasks,
            Some(role) => self.role(role, table.get("role"))?,
        };
        let mut to = Vec::new();
        for (name, span) in self.texts(table, "to", "a list of kinds") {
            match family.kinds.iter().position(|kind| *kind.name == *name) {
                Some(kind) => to.push(kind),
                None => {
                    let known: Vec<&str> = family.kinds.iter().map(|kind| &*kind.name).collect();
                    self.problem(span, unknown_name_message("kind", &name, known));
                }
            }
        }
        if to.is_empty() {
            if table.get("to").is_none() {
                let message =
                    "missing `to` in `reference`; expected the referenced kinds, e.g. [\"requirement\"]";
                self.problem(span, message);
            }
            return None;
        }
        let is_set = |key: &str| table.get(key).and_then(Item::as_bool) == Some(true);
        let list_pattern = |reader: &mut Self, key: &str| {
            let item = table.get(key)?;
            let mut patterns = reader.patterns(table, key);
            if patterns.iter().any(|pattern| !pattern.has_list()) {
                let message = format!("missing `{{list}}` in `{key}`; expected e.g. \"[{{list}}]\"");
                reader.problem(item.span(), message);
                patterns.retain(Pattern::has_list);
            }
            Some(patterns)
        };
        let form = if table.get("field").is_some() {
            ReferenceForm::Field(self.patterns(table, "field"))
        } else if let Some(patterns) = list_pattern(self, "label") {
            ReferenceForm::Label(patterns)
        } else if let Some(patterns) = list_pattern(self, "group") {
            ReferenceForm::Group(patterns)
        } else if table.get("front-matter").is_some() {
            let keys = self.texts(table, "front-matter", "the name of a key").into_iter().map(|(key, _)| key);
            ReferenceForm::FrontMatter(keys.collect())
        } else if table.get("section").is_some() {
            ReferenceForm::Section(self.patterns(table, "section"))
        } else if is_set("heading") {
            ReferenceForm::Heading
        } else if is_set("text") {
            ReferenceForm::Text
        } else {
            let message = "missing form in `reference`; add `field`, `label`, `group`, `front-matter`, `heading`, `section` or `text`";
            self.problem(span, message);
            return None;
        };
        let mut all = Vec::new();
        let mut all_words = Vec::new();
        for (text, span) in self.texts(table, "all", "a list of words") {
            match text.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                None => all_words.push(text.to_lowercase()),
                Some(name) => match WordGroup::of(name) {
                    Some(group) => all.push(group),
                    None => self.problem(span, format!("unknown `{{{name}}}`; expected {{all}} or a word")),
                },
            }
        }
        Some(ReferenceRule { role, to, form, ranges: is_set("ranges"), all, all_words })
    }

    fn task_value(&mut self, table: &dyn TableLike, key: &str) -> Option<TaskValue> {
        let expected = "\"first-path\", \"field NAME\" or \"front-matter KEY\"";
        let text = self.text(table, key, expected)?;
        match text.split_once(' ') {
            None if text == "first-path" => Some(TaskValue::FirstPath),
            Some(("field", name)) => Some(TaskValue::Field(name.trim().to_owned())),
            Some(("front-matter", key)) => Some(TaskValue::FrontMatter(key.trim().to_owned())),
            _ => {
                self.problem(
                    table.get(key).and_then(Item::span),
                    format!("invalid `{key}`; expected {expected}"),
                );
                None
            }
        }
    }

    fn role(&mut self, name: &str, item: Option<&Item>) -> Option<DocumentRole> {
        let role = DocumentRole::of(name);
        if role.is_none() {
            self.problem(
                item.and_then(Item::span),
                unknown_name_message("role", name, DocumentRole::names()),
            );
        }
        role
    }

    fn table<'a>(&mut self, table: &'a dyn TableLike, key: &str) -> Option<&'a dyn TableLike> {
        let item = table.get(key)?;
        let found = item.as_table_like();
        if found.is_none() {
            self.problem(item.span(), format!("invalid `{key}`; expected a table"));
        }
        found
    }

    fn text(&mut self, table: &dyn TableLike, key: &str, expected: &str) -> Option<String> {
        let item = table.get(key)?;
        let found = item.as_str().map(str::to_owned);
        if found.is_none() {
            self.problem(item.span(), format!("invalid `{key}`; expected {expected}"));
        }
        found
    }

    /// Returns the texts of a list, or a single text.
    fn texts(
        &mut self,
        table: &dyn TableLike,
        key: &str,
        expected: &str,
    ) -> Vec<(String, Option<Range<usize>>)> {
        let Some(item) = table.get(key) else { return Vec::new() };
        if let Some(text) = item.as_str() {
            return vec![(text.to_owned(), item.span())];
        }
        let values = item.as_array();
        let texts: Option<Vec<_>> = values.map(|array| array.iter()).and_then(|values| {
            values.map(|value| Some((value.as_str()?.to_owned(), value.span()))).collect()
        });
        match texts {
            Some(texts) => texts,
            None => {
                self.problem(item.span(), format!("invalid `{key}`; expected {expected}"));
                Vec::new()
            }
        }
    }

    fn globs(&mut self, table: &dyn TableLike, key: &str) -> Vec<PathPattern> {
        let mut found = Vec::new();
        for (glob, span) in self.texts(table, key, "a list of globs, e.g. [\"specs/*\"]") {
            match PathPattern::parse(&glob) {
                Ok(patterns) => found.extend(patterns),
                Err(why) => self.problem(span, format!("invalid glob `{glob:.60}`: {why}")),
            }
        }
        found
    }

    fn patterns(&mut self, table: &dyn TableLike, key: &str) -> Vec<Pattern> {
        let mut found = Vec::new();
        for (text, span) in self.texts(table, key, "a list of patterns, e.g. [\"{id} {sep} {title}\"]") {
            match Pattern::parse(&text) {
                Ok(pattern) => found.push(pattern),
                Err(why) => self.problem(span, format!("invalid pattern: {why}")),
            }
        }
        found
    }
}
