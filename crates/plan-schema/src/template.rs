//! Templates, compiled: what a plan made from one is asked for.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::{Arc, Mutex},
};

use plan_model::{Meaning, Plan};
use plan_syntax::{BlockKind, Document, outline::bytes};

use crate::{
    lines::{self, Holder},
    slot::{self, Slot, SlotKind},
    title::normalize,
};

/// A template as it was compiled. Ranges are bytes of its text.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its name: `codev-plan`.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// The path of its file; nothing for a built-in one.
    pub path: Option<String>,
    /// Its text.
    pub text: String,
    /// The sections below the title, in order, outer ones before inner ones.
    pub sections: Vec<SectionSpec>,
    /// The fields that it asks for, in order.
    pub fields: Vec<FieldSpec>,
    /// The tables that it asks for, in order.
    pub tables: Vec<TableSpec>,
    /// All places to fill in, in order.
    pub slots: Vec<SlotSpec>,
    /// What is wrong in it.
    pub problems: Vec<Problem>,
    /// Keys in lower case of fields with a choice, and all other words for them.
    with_choices: HashSet<String>,
    /// The texts of sections as they were asked for before, by section and level: a finding on missing sections holds them
    /// after every keystroke.
    pub(crate) texts: Texts,
}

/// See [`Template`]; shared by clones, which have the same texts.
pub(crate) type Texts = Arc<Mutex<HashMap<(usize, u8), Arc<str>>>>;

/// A section that a template asks for.
#[derive(Clone, Debug)]
pub struct SectionSpec {
    /// 1 to 6.
    pub level: u8,
    /// The heading's text.
    pub title: String,
    /// The title as it is compared.
    pub key: String,
    /// Index of the section around it.
    pub parent: Option<usize>,
    /// The heading's text.
    pub heading: Range<usize>,
    /// Heading and all below it, sections included.
    pub range: Range<usize>,
    /// It may stand any number of times: a phase, an entry of a log.
    pub repeats: bool,
    /// It stands in one that repeats.
    pub inside_repeat: bool,
    /// It need not be there.
    pub optional: bool,
    /// It is demanded even of plans that leave most out.
    pub required: bool,
    /// Its choices allow nothing else.
    pub closed: bool,
    /// It is due only when the plan is completed.
    pub on_completion: bool,
    /// What is to be written there: the text of its slots.
    pub guidance: String,
}

/// A field that a template asks for.
#[derive(Clone, Debug)]
pub struct FieldSpec {
    /// The key as written.
    pub key: String,
    /// What the key means, if it is known.
    pub meaning: Option<Meaning>,
    /// Index of its section; nothing for the header.
    pub section: Option<usize>,
    /// It stands in the front matter.
    pub front_matter: bool,
    /// The value as written.
    pub value: String,
    /// Where that stands.
    pub range: Range<usize>,
    /// The alternatives, where the value is a choice.
    pub choices: Vec<String>,
}

/// A table that a template asks for.
#[derive(Clone, Debug)]
pub struct TableSpec {
    /// Index of its section.
    pub section: Option<usize>,
    /// Titles of its columns, with the alternatives of those whose cells are a choice.
    pub columns: Vec<(String, Vec<String>)>,
    /// The rows that show how it is filled in.
    pub samples: Vec<Vec<String>>,
    /// All of it.
    pub range: Range<usize>,
}

/// A place to fill in.
#[derive(Clone, Debug)]
pub struct SlotSpec {
    /// What belongs there; the range is one of the template.
    pub slot: Slot,
    /// Index of its section.
    pub section: Option<usize>,
    /// What it stands in.
    pub holder: Holder,
    /// Its line, field or cell with `□` for slots and `#` for digits: what is around it. All slots of a line share it.
    pub pattern: Arc<str>,
    /// As written.
    pub text: String,
}

/// Something in a template that can't be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub range: Range<usize>,
    /// What, and what to do about it.
    pub message: String,
}

/// Maximum number of names that `[Same structure as NAME]` is checked for.
const MAX_NAMES_SOUGHT: usize = 1_000;

/// Words of `<!-- plansmith-WORD … -->` in templates.
const DIRECTIVES: [&str; 7] =
    ["name", "description", "required", "optional", "repeat", "closed", "on-completion"];

impl Template {
    /// Compiles a template. `name` is what it is called unless it names itself. Nothing fails: what is not understood is
    /// prose, and what can't be is among the problems.
    pub fn compile(name: &str, text: &str) -> Self {
        let document = Document::new(text);
        let plan = Plan::new(&document);
        let mut template = Self {
            name: name.to_owned(),
            description: String::new(),
            path: None,
            text: text.to_owned(),
            sections: sections(&plan),
            fields: Vec::new(),
            tables: Vec::new(),
            slots: Vec::new(),
            problems: Vec::new(),
            with_choices: HashSet::new(),
            texts: Texts::default(),
        };
        template.slots_and_fields(&plan);
        let choosing = || template.fields.iter().filter(|field| !field.choices.is_empty());
        let meant: HashSet<Meaning> = choosing().filter_map(|field| field.meaning).collect();
        let known =
            Meaning::keys().filter(|(_, meaning)| meant.contains(meaning)).map(|(key, _)| key.to_owned());
        template.with_choices = choosing().map(|field| field.key.to_lowercase()).chain(known).collect();
        template.tables_of(&plan);
        template.directives(&document);
        template.repetition();
        if template.description.is_empty() {
            template.description = plan.title().unwrap_or_default();
        }
        template
    }

    fn slots_and_fields(&mut self, plan: &Plan) {
        for line in lines::lines(plan) {
            let slots = &line.slots;
            if let Holder::Field(key) = &line.holder {
                let choices = slots.iter().find_map(|slot| match &slot.kind {
                    SlotKind::Choice(choices) if slot.range.len() == line.text.trim().len() => {
                        Some(choices.clone())
                    }
                    _ => None,
                });
                let written =
                    line.key.as_ref().and_then(|key| self.text.get(key.clone())).unwrap_or(key).to_owned();
                self.fields.push(FieldSpec {
                    meaning: Meaning::of(&written),
                    key: written,
                    section: line.section,
                    front_matter: line.section.is_none()
                        && plan.front_matter_range().is_some_and(|range| range.contains(&line.range.start)),
                    value: line.text.to_string(),
                    range: line.range.clone(),
                    choices: choices.unwrap_or_default(),
                });
            }
            let pattern: Arc<str> = slot::pattern(&line.text, slots).into();
            for slot in slots.iter().cloned() {
                let text = line.text[slot.range.clone()].to_owned();
                if let SlotKind::Text(inside) = &slot.kind
                    && inside.contains('|')
                {
                    self.problems.push(Problem {
                        range: line.range.start + slot.range.start..line.range.start + slot.range.end,
                        message: format!("a choice needs two alternatives at least: write `[{inside} Other]` or leave the bar out"),
                    });
                }
                self.slots.push(SlotSpec {
                    section: line.section,
                    holder: line.holder.clone(),
                    pattern: Arc::clone(&pattern),
                    text,
                    slot: Slot {
                        range: line.range.start + slot.range.start..line.range.start + slot.range.end,
                        kind: slot.kind,
                    },
                });
            }
        }
        for slot in self.slots.iter().filter(|slot| slot.holder != Holder::Heading) {
            let section = slot.section.and_then(|section| self.sections.get_mut(section));
            let (Some(section), SlotKind::Text(text)) = (section, &slot.slot.kind) else { continue };
            if &*slot.pattern == "□" && text.contains(' ') {
                if !section.guidance.is_empty() {
                    section.guidance.push_str("\n\n");
                }
                section.guidance.push_str(text);
                section.on_completion |= text.to_lowercase().contains("upon completion");
            }
        }
    }

    /// The section that a byte is in.
    fn section_at(&self, byte: usize) -> Option<usize> {
        self.sections.partition_point(|section| section.range.start <= byte).checked_sub(1)
    }

    fn tables_of(&mut self, plan: &Plan) {
        for table in plan.tables() {
            let titles = table.header();
            let rows = table.rows();
            let columns = titles.iter().enumerate().map(|(at, title)| {
                let choices = rows.iter().find_map(|row| {
                    let cell = row.cells.get(at)?;
                    match &slot::slots(cell.text, slot::Place::Cell)[..] {
                        [Slot { kind: SlotKind::Choice(choices), .. }] => Some(choices.clone()),
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

    fn directives(&mut self, document: &Document) {
        for (start, segment) in document.segments() {
            let content = document.content(start, segment);
            for block in &content.outline.blocks {
                if !matches!(block.kind, BlockKind::Html { comment: true }) {
                    continue;
                }
                let text = &content.text[bytes(&block.span)];
                let Some(directive) = directive(text) else { continue };
                let range = start + block.span.start as usize..start + block.span.end as usize;
                self.directive(directive, range);
            }
        }
    }

    fn directive(&mut self, (word, argument): (&str, &str), range: Range<usize>) {
        match word {
            "name" if !argument.is_empty() => return argument.clone_into(&mut self.name),
            "description" if !argument.is_empty() => return argument.clone_into(&mut self.description),
            "name" | "description" => {
                let message = format!("`plansmith-{word}` needs a text: `<!-- plansmith-{word} … -->`");
                return self.problems.push(Problem { range, message });
            }
            _ if !DIRECTIVES.contains(&word) => {
                let nearest = crate::nearest_name(word, DIRECTIVES.iter().copied()).unwrap_or_default();
                let message = format!(
                    "there is no `plansmith-{word}` in templates; did you mean `plansmith-{nearest}`?"
                );
                return self.problems.push(Problem { range, message });
            }
            _ => {}
        }
        // It means the heading that follows, else the section that it stands in.
        let below = self.sections.partition_point(|section| section.range.start < range.end);
        let next = self
            .sections
            .get(below)
            .is_some_and(|section| self.text[range.end..section.range.start].trim().is_empty());
        let next = next.then_some(below);
        let around = || self.section_at(range.start);
        let Some(section) = next.or_else(around).map(|at| &mut self.sections[at]) else {
            let message = format!("`plansmith-{word}` stands above a heading, and there is none below");
            return self.problems.push(Problem { range, message });
        };
        match word {
            "required" => section.required = true,
            "optional" => section.optional = true,
            "repeat" => section.repeats = true,
            "closed" => section.closed = true,
            _ => section.on_completion = true,
        }
    }

    /// Which sections repeat, and which stand in one that does.
    fn repetition(&mut self) {
        for at in 0..self.sections.len() {
            let section = &self.sections[at];
            let body = &self.text[section.range.clone()];
            let lower = body.to_lowercase();
            let note = ["[repeat", "[same structure", "[continue for all", "[add more"]
                .iter()
                .any(|note| lower.contains(note));
            let name = section.title.split_once(':').map_or("", |(_, name)| name).trim();
            let counted = section.key.ends_with(" #");
            let repeats = section.repeats
                || section.key == "date #"
                || counted && (name.starts_with('[') || note || section.title.ends_with('N'));
            let inside = section.parent.is_some_and(|parent| {
                let parent = &self.sections[parent];
                parent.repeats || parent.inside_repeat
            });
            let section = &mut self.sections[at];
            section.repeats = repeats;
            section.inside_repeat = inside;
        }
        // `[Same structure as NAME]` needs a sibling of that name before it.
        let mut first: HashMap<&str, usize> = HashMap::new();
        for slot in &self.slots {
            let SlotKind::Text(text) = &slot.slot.kind else { continue };
            let Some(name) = text.strip_prefix("Same structure as ") else { continue };
            if first.len() >= MAX_NAMES_SOUGHT && !first.contains_key(name.trim()) {
                continue;
            }
            let first = *first
                .entry(name.trim())
                .or_insert_with_key(|name| self.text.find(*name).map_or(usize::MAX, |at| at + name.len()));
            if first > slot.slot.range.start {
                let message = format!("there is no `{}` above that could be repeated", name.trim());
                self.problems.push(Problem { range: slot.slot.range.clone(), message });
            }
        }
    }

    /// The header's field with this meaning or key.
    pub fn header_field(&self, key: &str) -> Option<&FieldSpec> {
        self.field_in(key, |field| self.is_header(field))
    }

    /// The field with this meaning or key, in a section or anywhere.
    pub fn field(&self, key: &str, section: Option<usize>) -> Option<&FieldSpec> {
        self.field_in(key, |field| field.section == section).or_else(|| self.field_in(key, |_| true))
    }

    fn field_in(&self, key: &str, wanted: impl Fn(&FieldSpec) -> bool) -> Option<&FieldSpec> {
        let meaning = Meaning::of(key);
        let same = |field: &&FieldSpec| {
            wanted(field)
                && (field.key.eq_ignore_ascii_case(key) || meaning.is_some() && field.meaning == meaning)
        };
        // A choice tells more than an example.
        self.fields
            .iter()
            .filter(same)
            .find(|field| !field.choices.is_empty())
            .or_else(|| self.fields.iter().find(same))
    }

    /// Whether a field stands in the front matter, below the title, or in a section of metadata.
    pub fn is_header(&self, field: &FieldSpec) -> bool {
        match field.section.map(|section| &self.sections[section]) {
            None => true,
            Some(section) => section.level == 1 || section.key == "metadata",
        }
    }

    /// Whether a field with this key, lower case, is one with a choice, by its key or by another word for it.
    pub fn may_choose(&self, key: &str) -> bool {
        self.with_choices.contains(key)
    }

    /// All alternatives that the template uses anywhere for a meaning: its choices, and what its logs show.
    pub fn choices_for(&self, meaning: Meaning) -> Vec<String> {
        let mut choices: Vec<String> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        for choice in
            self.fields.iter().filter(|field| field.meaning == Some(meaning)).flat_map(|field| &field.choices)
        {
            if known.insert(slot::compared_choice(choice)) {
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
                    if plain && !choices.is_empty() && known.insert(slot::compared_choice(cell)) {
                        choices.push(cell.clone());
                    }
                }
            }
        }
        choices
    }

    /// The path of a section: its compared title behind those around it.
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

/// The word and the argument of `<!-- plansmith-WORD args -->`.
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

    /// Bytes of the texts that the slots of a template hold, a shared one counted once.
    fn bytes_of_slots(template: &Template) -> usize {
        let mut shared: HashSet<*const u8> = HashSet::new();
        let mut once = |text: &Arc<str>| if shared.insert(text.as_ptr()) { text.len() } else { 0 };
        let of_slot = |slot: &SlotSpec| {
            let holder = match &slot.holder {
                Holder::Field(key) => once(key),
                _ => 0,
            };
            let kind = match &slot.slot.kind {
                SlotKind::Choice(choices) => choices.iter().map(String::len).sum(),
                SlotKind::Text(text) => text.len(),
                SlotKind::Date | SlotKind::Stub => 0,
            };
            holder + kind + once(&slot.pattern) + slot.text.len()
        };
        template.slots.iter().map(of_slot).sum()
    }

    #[test]
    fn slots_of_a_line_hold_no_more_than_a_few_times_the_line() {
        type Write = fn(usize) -> String;
        let documents: [(&str, Write); 6] = [
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
            assert!(!large.slots.is_empty(), "{name}");
            let (small, large) = (bytes_of_slots(&small), bytes_of_slots(&large));
            assert!(large <= 5 * small, "{name}: {small}, then {large} bytes");
        }
    }

    #[test]
    fn long_templates_are_read_in_time() {
        // Each of these took time with its square or cube.
        let template = |text: String| Template::compile("t", &text);
        assert_eq!(template(format!("# T\n\n{}\n", "[".repeat(200_000))).slots.len(), 0);
        assert_eq!(template(format!("# T\n\n{}\n", "[What now] $X ".repeat(20_000))).slots.len(), 40_000);
        let sections = template("<!-- plansmith-optional -->\n## A\n\n[What now]\n\n".repeat(5_000));
        assert!(sections.sections.iter().all(|section| section.optional && section.guidance == "What now"));
        let choices: Vec<String> = (0..20_000).map(|number| format!("s{number}")).collect();
        let template = template(format!("# T\n\n**Status**: [{}]\n", choices.join(" | ")));
        assert_eq!(template.choices_for(Meaning::Status).len(), choices.len());
    }

    #[test]
    fn sections_that_repeat_what_is_not_there() {
        let text =
            "# T\n\n## Phase 1: [Name]\n\n[Same structure as Phase 1]\n\n[Same structure as Phase 9]\n";
        let messages: Vec<String> =
            Template::compile("t", text).problems.into_iter().map(|problem| problem.message).collect();
        assert_eq!(messages.len(), 1, "{messages:?}");
        assert!(messages[0].contains("`Phase 9`"), "{messages:?}");
    }
}
