//! Compiled templates: the sections, fields, tables and placeholders that a template defines.

use std::{
    any::Any,
    collections::{HashMap, HashSet},
    ops::Range,
    sync::{Arc, Mutex},
};

use plan_model::{Meaning, Plan};
use plan_syntax::{BlockKind, Document, Memos, outline::bytes};

use crate::{
    lines::{self, LineKind},
    placeholder::{self, Placeholder, PlaceholderKind},
    similar::nearest_of_few,
    title::normalize,
};

/// A compiled template. Ranges are in bytes of its text.
#[derive(Clone, Debug)]
pub struct Template {
    /// The name: `codev-plan`.
    pub name: String,
    /// A description in one sentence.
    pub description: String,
    /// The path of its file; `None` for built-in templates.
    pub path: Option<String>,
    /// Whether documents that do not declare the template can follow it. False for the templates of a tool.
    pub is_detected: bool,
    /// Text of the template file.
    pub text: String,
    /// The sections, including that of the title, in document order, parents before children.
    pub sections: Vec<SectionSpec>,
    /// The fields, in order.
    pub fields: Vec<FieldSpec>,
    /// The tables, in order.
    pub tables: Vec<TableSpec>,
    /// The placeholders, in order.
    pub placeholders: Vec<PlaceholderSpec>,
    /// The errors in the template.
    pub problems: Vec<TemplateProblem>,
    /// The keys, in lower case, of fields with a choice, including all other keys with the same meanings.
    with_choices: HashSet<String>,
    /// Cached texts of sections, by section and level: the fix of every missing-section finding contains
    /// them.
    pub(crate) section_texts: SectionTexts,
    /// Values computed from the template; see [`Template::memo`].
    memos: Arc<Memos>,
}

/// Cache of section texts; see [`Template::section_texts`]. Clones share it, because they have the same texts.
pub(crate) type SectionTexts = Arc<Mutex<HashMap<(usize, u8), Arc<str>>>>;

/// A section of a template.
#[derive(Clone, Debug)]
pub struct SectionSpec {
    /// The level of the heading, 1 to 6.
    pub level: u8,
    /// The text of the heading.
    pub title: String,
    /// The [normalized](normalize) title.
    pub key: String,
    /// Index of the parent section.
    pub parent: Option<usize>,
    /// The range of the heading's text.
    pub heading: Range<usize>,
    /// The range of heading and content, including subsections.
    pub range: Range<usize>,
    /// Whether the section is repeatable, such as a phase or a log entry.
    pub repeats: bool,
    /// Whether an ancestor of the section is repeatable.
    pub inside_repeat: bool,
    /// Whether plans can omit the section.
    pub optional: bool,
    /// Whether the section is required even in plans that follow only a part of the template.
    pub required: bool,
    /// Whether the section accepts only the allowed values.
    pub closed: bool,
    /// Whether the section is required only in plans that are done.
    pub on_completion: bool,
    /// Guidance for the author: the text of the section's placeholders.
    pub guidance: String,
}

/// A field of a template.
#[derive(Clone, Debug)]
pub struct FieldSpec {
    /// The key as written.
    pub key: String,
    /// The meaning of the key, if it is a known one.
    pub meaning: Option<Meaning>,
    /// Index of the section; `None` for fields above the first heading.
    pub section: Option<usize>,
    /// Whether the field is in the front matter.
    pub front_matter: bool,
    /// The value as written.
    pub value: String,
    /// The range of the value.
    pub range: Range<usize>,
    /// The allowed values if the value is a choice, otherwise empty.
    pub choices: Vec<String>,
}

/// A table of a template.
#[derive(Clone, Debug)]
pub struct TableSpec {
    /// Index of the section that contains it.
    pub section: Option<usize>,
    /// The titles of the columns, each with the allowed values if its cells are a choice.
    pub columns: Vec<(String, Vec<String>)>,
    /// The example rows.
    pub samples: Vec<Vec<String>>,
    /// The range of the table.
    pub range: Range<usize>,
}

/// A placeholder of a template.
#[derive(Clone, Debug)]
pub struct PlaceholderSpec {
    /// The placeholder; its range is in bytes of the template.
    pub placeholder: Placeholder,
    /// Index of the section that contains it.
    pub section: Option<usize>,
    /// The kind of text that it is in.
    pub line_kind: LineKind,
    /// The line, field or cell, with `□` for placeholders and `#` for digits; see [`pattern`](placeholder::pattern).
    /// All placeholders of a line share it.
    pub pattern: Arc<str>,
    /// The text as written.
    pub text: String,
}

/// An error in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateProblem {
    /// The range in the template.
    pub range: Range<usize>,
    /// The message with the expected form.
    pub message: String,
}

/// Maximum number of names in `[Same structure as NAME]` that are checked.
const MAX_CHECKED_NAMES: usize = 1_000;

/// Names of the directives `<!-- plansmith-NAME … -->` in templates.
const DIRECTIVE_NAMES: [&str; 7] =
    ["name", "description", "required", "optional", "repeat", "closed", "on-completion"];

impl Template {
    /// Returns the `T` of the template, computing it on first use.
    pub fn memo<T: Any + Send + Sync>(&self, compute: fn(&Self) -> T) -> &T {
        self.memos.get(self, compute)
    }

    /// Compiles a template. `name` is used unless a directive sets another name. Compilation always succeeds:
    /// unrecognized text is prose, and invalid constructs are listed in `problems`.
    pub fn compile(name: &str, text: &str) -> Self {
        let document = Document::new(text);
        let plan = Plan::new(&document);
        let mut template = Self {
            name: name.to_owned(),
            description: String::new(),
            is_detected: true,
            path: None,
            text: text.to_owned(),
            sections: sections(&plan),
            fields: Vec::new(),
            tables: Vec::new(),
            placeholders: Vec::new(),
            problems: Vec::new(),
            with_choices: HashSet::new(),
            section_texts: SectionTexts::default(),
            memos: Arc::default(),
        };
        template.add_fields_and_placeholders(&plan);
        let fields_with_choice = || template.fields.iter().filter(|field| !field.choices.is_empty());
        let meanings: HashSet<Meaning> = fields_with_choice().filter_map(|field| field.meaning).collect();
        let other_keys =
            Meaning::keys().filter(|(_, meaning)| meanings.contains(meaning)).map(|(key, _)| key.to_owned());
        template.with_choices =
            fields_with_choice().map(|field| field.key.to_lowercase()).chain(other_keys).collect();
        template.add_tables(&plan);
        template.apply_directives(&document);
        template.mark_repeatable();
        if template.description.is_empty() {
            template.description = plan.title().unwrap_or_default();
        }
        template
    }

    fn add_fields_and_placeholders(&mut self, plan: &Plan) {
        for line in lines::lines(plan) {
            let placeholders = &line.placeholders;
            if let LineKind::Field(key) = &line.line_kind {
                let choices = placeholders.iter().find_map(|placeholder| match &placeholder.kind {
                    PlaceholderKind::Choice(choices) if placeholder.range.len() == line.text.trim().len() => {
                        Some(choices.clone())
                    }
                    _ => None,
                });
                let written_key =
                    line.key.as_ref().and_then(|key| self.text.get(key.clone())).unwrap_or(key).to_owned();
                self.fields.push(FieldSpec {
                    meaning: Meaning::of(&written_key),
                    key: written_key,
                    section: line.section,
                    front_matter: line.section.is_none()
                        && plan.front_matter_range().is_some_and(|range| range.contains(&line.range.start)),
                    value: line.text.to_string(),
                    range: line.range.clone(),
                    choices: choices.unwrap_or_default(),
                });
            }
            let pattern: Arc<str> = placeholder::pattern(&line.text, placeholders).into();
            for placeholder in placeholders.iter().cloned() {
                let text = line.text[placeholder.range.clone()].to_owned();
                if let PlaceholderKind::Text(inside) = &placeholder.kind
                    && inside.contains('|')
                {
                    self.problems.push(TemplateProblem {
                        range: line.range.start + placeholder.range.start
                            ..line.range.start + placeholder.range.end,
                        message: "choice has one option; add another or remove the `|`".to_owned(),
                    });
                }
                self.placeholders.push(PlaceholderSpec {
                    section: line.section,
                    line_kind: line.line_kind.clone(),
                    pattern: Arc::clone(&pattern),
                    text,
                    placeholder: Placeholder {
                        range: line.range.start + placeholder.range.start
                            ..line.range.start + placeholder.range.end,
                        kind: placeholder.kind,
                    },
                });
            }
        }
        for placeholder in
            self.placeholders.iter().filter(|placeholder| placeholder.line_kind != LineKind::Heading)
        {
            let section = placeholder.section.and_then(|section| self.sections.get_mut(section));
            let (Some(section), PlaceholderKind::Text(text)) = (section, &placeholder.placeholder.kind)
            else {
                continue;
            };
            if &*placeholder.pattern == "□" && text.contains(' ') {
                if !section.guidance.is_empty() {
                    section.guidance.push_str("\n\n");
                }
                section.guidance.push_str(text);
                section.on_completion |= text.to_lowercase().contains("upon completion");
            }
        }
    }

    /// Returns the section at an offset.
    fn section_at(&self, byte: usize) -> Option<usize> {
        self.sections.partition_point(|section| section.range.start <= byte).checked_sub(1)
    }

    fn add_tables(&mut self, plan: &Plan) {
        for table in plan.tables() {
            let titles = table.header();
            let rows = table.rows();
            let columns = titles.iter().enumerate().map(|(at, title)| {
                let choices =
                    rows.iter().find_map(|row| {
                        let cell = row.cells.get(at)?;
                        match &placeholder::find_placeholders(
                            cell.text,
                            placeholder::PlaceholderContext::Cell,
                        )[..]
                        {
                            [Placeholder { kind: PlaceholderKind::Choice(choices), .. }] => {
                                Some(choices.clone())
                            }
                            _ => None,
                        }
                    });
                (title.text.to_owned(), choices.unwrap_or_default())
            });
            let start = table.range().start;
            let section = self.section_at(start);
            self.tables.push(TableSpec {
                section,
                columns: columns.collect(),
                samples: rows
                    .iter()
                    .map(|row| row.cells.iter().map(|cell| cell.text.to_owned()).collect())
                    .collect(),
                range: table.range(),
            });
        }
    }

    fn apply_directives(&mut self, document: &Document) {
        for (start, segment) in document.segments() {
            let content = document.content(start, segment);
            for block in &content.outline.blocks {
                if !matches!(block.kind, BlockKind::Html { comment: true }) {
                    continue;
                }
                let text = &content.text[bytes(&block.span)];
                let Some(directive) = directive(text) else { continue };
                let range = start + block.span.start as usize..start + block.span.end as usize;
                self.apply_directive(directive, range);
            }
        }
    }

    fn apply_directive(&mut self, (word, argument): (&str, &str), range: Range<usize>) {
        match word {
            "name" if !argument.is_empty() => return argument.clone_into(&mut self.name),
            "description" if !argument.is_empty() => return argument.clone_into(&mut self.description),
            "name" | "description" => {
                let message = format!("missing value: expected `<!-- plansmith-{word} … -->`");
                return self.problems.push(TemplateProblem { range, message });
            }
            _ if !DIRECTIVE_NAMES.contains(&word) => {
                let mut message = format!("unknown template directive `plansmith-{word}`");
                if let Some(nearest) = nearest_of_few(word, DIRECTIVE_NAMES) {
                    message.push_str(&format!("; did you mean `plansmith-{nearest}`?"));
                }
                return self.problems.push(TemplateProblem { range, message });
            }
            _ => {}
        }
        // The directive applies to the heading that follows, otherwise to the enclosing section.
        let below = self.sections.partition_point(|section| section.range.start < range.end);
        let next = self
            .sections
            .get(below)
            .is_some_and(|section| self.text[range.end..section.range.start].trim().is_empty());
        let next = next.then_some(below);
        let enclosing = || self.section_at(range.start);
        let Some(section) = next.or_else(enclosing).map(|at| &mut self.sections[at]) else {
            let message = format!("`plansmith-{word}` must be above a heading or in a section");
            return self.problems.push(TemplateProblem { range, message });
        };
        match word {
            "required" => section.required = true,
            "optional" => section.optional = true,
            "repeat" => section.repeats = true,
            "closed" => section.closed = true,
            _ => section.on_completion = true,
        }
    }

    /// Determines which sections are repeatable, and which are inside one.
    fn mark_repeatable(&mut self) {
        for at in 0..self.sections.len() {
            let section = &self.sections[at];
            let body = &self.text[section.range.clone()];
            let lower = body.to_lowercase();
            let note = ["[repeat", "[same structure", "[continue for all", "[add more"]
                .iter()
                .any(|note| lower.contains(note));
            let name = section.title.split_once(':').map_or("", |(_, name)| name).trim();
            let is_numbered = section.key.ends_with(" #");
            let repeats = section.repeats
                || section.key == "date #"
                || is_numbered && (name.starts_with('[') || note || section.title.ends_with('N'));
            let inside = section.parent.is_some_and(|parent| {
                let parent = &self.sections[parent];
                parent.repeats || parent.inside_repeat
            });
            let section = &mut self.sections[at];
            section.repeats = repeats;
            section.inside_repeat = inside;
        }
        // In `[Same structure as NAME]`, NAME must occur in the preceding text.
        let mut first: HashMap<&str, usize> = HashMap::new();
        for placeholder in &self.placeholders {
            let PlaceholderKind::Text(text) = &placeholder.placeholder.kind else { continue };
            let Some(name) = text.strip_prefix("Same structure as ") else { continue };
            if first.len() >= MAX_CHECKED_NAMES && !first.contains_key(name.trim()) {
                continue;
            }
            let first = *first
                .entry(name.trim())
                .or_insert_with_key(|name| self.text.find(*name).map_or(usize::MAX, |at| at + name.len()));
            if first > placeholder.placeholder.range.start {
                let message = format!("unknown section `{}`; not found above this line", name.trim());
                self.problems.push(TemplateProblem { range: placeholder.placeholder.range.clone(), message });
            }
        }
    }

    /// Returns the field with this key or meaning in the section, otherwise anywhere in the template.
    pub fn field(&self, key: &str, section: Option<usize>) -> Option<&FieldSpec> {
        self.find_field(key, |field| field.section == section).or_else(|| self.find_field(key, |_| true))
    }

    fn find_field(&self, key: &str, wanted: impl Fn(&FieldSpec) -> bool) -> Option<&FieldSpec> {
        let meaning = Meaning::of(key);
        let matches = |field: &&FieldSpec| {
            wanted(field)
                && (field.key.eq_ignore_ascii_case(key) || meaning.is_some() && field.meaning == meaning)
        };
        // Fields with a choice take precedence over fields with an example value.
        self.fields
            .iter()
            .filter(matches)
            .find(|field| !field.choices.is_empty())
            .or_else(|| self.fields.iter().find(matches))
    }

    /// Returns whether a field is in the front matter, below the title, or in a metadata section.
    pub fn is_header(&self, field: &FieldSpec) -> bool {
        match field.section.map(|section| &self.sections[section]) {
            None => true,
            Some(section) => section.level == 1 || section.key == "metadata",
        }
    }

    /// Returns whether a field with this key (lower case), or another key with the same meaning, has a
    /// choice.
    pub fn may_have_choice(&self, key: &str) -> bool {
        self.with_choices.contains(key)
    }

    /// Returns all allowed values for a meaning: those of all choices, and for the status also the values in
    /// example rows.
    pub fn choices_for(&self, meaning: Meaning) -> Vec<String> {
        let mut choices: Vec<String> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        for choice in
            self.fields.iter().filter(|field| field.meaning == Some(meaning)).flat_map(|field| &field.choices)
        {
            if known.insert(placeholder::normalized_choice(choice)) {
                choices.push(choice.clone());
            }
        }
        if meaning == Meaning::Status {
            for table in &self.tables {
                let column = table.columns.iter().position(|(title, _)| title.eq_ignore_ascii_case("status"));
                for cell in
                    column.into_iter().flat_map(|at| table.samples.iter().filter_map(move |row| row.get(at)))
                {
                    let plain = cell.chars().all(|c| c.is_alphabetic() || c == ' ') && !cell.is_empty();
                    if plain && !choices.is_empty() && known.insert(placeholder::normalized_choice(cell)) {
                        choices.push(cell.clone());
                    }
                }
            }
        }
        choices
    }

    /// Returns the normalized titles of a section and its ancestors, outermost first.
    pub fn path(&self, section: usize) -> Vec<&str> {
        let above = std::iter::successors(Some(section), |at| self.sections[*at].parent);
        let mut path: Vec<&str> = above
            .filter(|at| self.sections[*at].level > 1)
            .map(|at| self.sections[at].key.as_str())
            .collect();
        path.reverse();
        path
    }
}

/// Returns the name and the argument of a directive `<!-- plansmith-NAME args -->`.
pub fn directive(comment: &str) -> Option<(&str, &str)> {
    let inside = comment.trim().strip_prefix("<!--")?.strip_suffix("-->")?.trim();
    let rest = inside.strip_prefix("plansmith-")?;
    let (word, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    Some((word, argument.trim()))
}

fn sections(plan: &Plan) -> Vec<SectionSpec> {
    plan.sections()
        .map(|section| {
            let title = section.raw_title();
            SectionSpec {
                level: section.level(),
                key: normalize(&title),
                title,
                parent: section.parent(),
                heading: section.text_range(),
                range: section.range(),
                repeats: false,
                inside_repeat: false,
                optional: false,
                required: false,
                closed: false,
                on_completion: false,
                guidance: String::new(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of bytes of all placeholder texts of a template. Shared texts are counted once.
    fn placeholder_bytes(template: &Template) -> usize {
        let mut shared: HashSet<*const u8> = HashSet::new();
        let mut once = |text: &Arc<str>| if shared.insert(text.as_ptr()) { text.len() } else { 0 };
        let of_placeholder = |placeholder: &PlaceholderSpec| {
            let line_kind = match &placeholder.line_kind {
                LineKind::Field(key) => once(key),
                _ => 0,
            };
            let kind = match &placeholder.placeholder.kind {
                PlaceholderKind::Choice(choices) => choices.iter().map(String::len).sum(),
                PlaceholderKind::Text(text) => text.len(),
                PlaceholderKind::Date | PlaceholderKind::Stub => 0,
            };
            line_kind + kind + once(&placeholder.pattern) + placeholder.text.len()
        };
        template.placeholders.iter().map(of_placeholder).sum()
    }

    #[test]
    fn placeholder_texts_grow_linearly_with_the_line() {
        type WriteDocument = fn(usize) -> String;
        let documents: [(&str, WriteDocument); 6] = [
            ("a paragraph", |n| "[What to write here] or ".repeat(n)),
            ("a value", |n| format!("**Status**: {}", "[What to write here] or ".repeat(n))),
            ("front matter", |n| format!("---\n{}: {}\n---\n", "k".repeat(20 * n), "[a b] [c d] ".repeat(n))),
            ("a row", |n| {
                format!("{}|\n{}|\n{}|\n", "| a ".repeat(n), "|---".repeat(n), "| [what] [who] ".repeat(n))
            }),
            ("choices", |n| (0..n).map(|i| format!("[a{i} | b{i}] ")).collect()),
            ("a choice", |n| {
                format!("**Status**: [{}]", (0..n).map(|i| format!("s{i} | ")).collect::<String>() + "z")
            }),
        ];
        for (name, write) in documents {
            let template = |count: usize| Template::compile("t", &format!("{}\n\n# T\n", write(count)));
            let (small, large) = (template(200), template(800));
            assert!(!large.placeholders.is_empty(), "{name}");
            let (small, large) = (placeholder_bytes(&small), placeholder_bytes(&large));
            assert!(large <= 5 * small, "{name}: {small}, then {large} bytes");
        }
    }

    #[test]
    fn long_templates_are_read_in_time() {
        // Regression test: each of these templates once took quadratic or cubic time.
        let template = |text: String| Template::compile("t", &text);
        assert_eq!(template(format!("# T\n\n{}\n", "[".repeat(200_000))).placeholders.len(), 0);
        assert_eq!(
            template(format!("# T\n\n{}\n", "[What now] $X ".repeat(20_000))).placeholders.len(),
            40_000
        );
        let sections = template("<!-- plansmith-optional -->\n## A\n\n[What now]\n\n".repeat(5_000));
        assert!(sections.sections.iter().all(|section| section.optional && section.guidance == "What now"));
        let choices: Vec<String> = (0..20_000).map(|number| format!("s{number}")).collect();
        let template = template(format!("# T\n\n**Status**: [{}]\n", choices.join(" | ")));
        assert_eq!(template.choices_for(Meaning::Status).len(), choices.len());
    }

    #[test]
    fn sections_that_repeat_an_unknown_section() {
        let text =
            "# T\n\n## Phase 1: [Name]\n\n[Same structure as Phase 1]\n\n[Same structure as Phase 9]\n";
        let messages: Vec<String> =
            Template::compile("t", text).problems.into_iter().map(|problem| problem.message).collect();
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains("`Phase 9`"), "{messages:?}");
    }
}
