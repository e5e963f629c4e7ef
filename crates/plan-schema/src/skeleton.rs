//! Generates text from a template: whole plans and single sections.

use std::{
    ops::Range,
    sync::{Arc, PoisonError},
};

use plan_model::patterns::regex;

use crate::{
    placeholder::{self, PlaceholderKind},
    template::Template,
};

/// Text with placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skeleton {
    /// The parts, in order.
    pub parts: Vec<SkeletonPart>,
}

/// A part of a skeleton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SkeletonPart {
    /// Fixed text.
    Text(String),
    /// A placeholder.
    Placeholder {
        /// The kind of value expected.
        kind: PlaceholderKind,
        /// The placeholder's text as written in the template.
        text: String,
    },
}

/// Values for a new plan.
#[derive(Clone, Debug, Default)]
pub struct KnownValues {
    /// Title of the plan.
    pub title: Option<String>,
    /// Owner of the plan.
    pub owner: Option<String>,
    /// Today as `YYYY-MM-DD`, for dates such as the creation date.
    pub today: Option<String>,
    /// Values of fields, by key.
    pub fields: Vec<(String, String)>,
}

impl Skeleton {
    /// Returns the whole template as the text of a new plan, without directives and with `values` inserted.
    pub fn plan(template: &Template, values: &KnownValues) -> Self {
        let mut skeleton = Self::default();
        let mut removed = directives(&template.text);
        removed.push(template.text.len()..template.text.len());
        let mut at = 0;
        for range in removed {
            skeleton.text(template, at..range.start, values);
            at = range.end;
        }
        skeleton
    }

    /// Returns the text of a section without renumbering, cached in the template.
    pub fn section_text(template: &Template, spec: usize, level: u8) -> Arc<str> {
        let mut texts = template.section_texts.lock().unwrap_or_else(PoisonError::into_inner);
        let text = || Self::section(template, spec, level, None).to_text().into();
        Arc::clone(texts.entry((spec, level)).or_insert_with(text))
    }

    /// Returns a section of a template, including its subsections. The heading has the level `level`. If `number` is
    /// given, it replaces the counter of the section.
    pub fn section(template: &Template, spec: usize, level: u8, number: Option<usize>) -> Self {
        let section = &template.sections[spec];
        let text = &template.text[section.range.clone()];
        let text = text.trim_end().trim_end_matches("---").trim_end();
        let mut body = String::new();
        for line in without_directives(text).split_inclusive('\n') {
            let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
            if hashes > 0 && line[hashes..].starts_with(' ') {
                let shifted =
                    (hashes + usize::from(level)).saturating_sub(usize::from(section.level)).clamp(1, 6);
                body.push_str(&"#".repeat(shifted));
                body.push_str(&line[hashes..]);
            } else {
                body.push_str(line);
            }
        }
        if let Some(number) = number {
            body = renumber(without_notes(&body).trim_end(), number);
        }
        let mut skeleton = Self::default();
        skeleton.push_lines(&body, &KnownValues::default());
        skeleton
    }

    fn text(&mut self, template: &Template, range: Range<usize>, values: &KnownValues) {
        self.push_lines(&template.text[range], values);
    }

    fn push_lines(&mut self, text: &str, values: &KnownValues) {
        let mut fence = false;
        for line in text.split_inclusive('\n') {
            let trimmed = line.trim_start();
            if trimmed.starts_with("```") {
                fence = !fence;
            }
            if fence {
                self.push(line);
            } else {
                self.line(line, values);
            }
        }
    }

    fn line(&mut self, line: &str, values: &KnownValues) {
        let content = line.trim_end_matches(['\n', '\r']);
        let ending = &line[content.len()..];
        let context = if content.trim_start().starts_with('|') {
            return self.row(content, ending);
        } else {
            placeholder::PlaceholderContext::Text
        };
        // The title, and fields with known values.
        if let (Some(rest), Some(title)) = (content.strip_prefix("# "), &values.title) {
            let around_placeholder =
                rest.split_once('[').and_then(|(before, after)| Some((before, after.split_once(']')?.1)));
            let (before, after) = around_placeholder.unwrap_or(("", ""));
            self.push(&format!("# {before}{title}{after}{ending}"));
            return;
        }
        let offset = content.len() - without_marker(content).len();
        if let Some(field) = plan_model::fields_of(&content[offset..]).first() {
            let key = &content[offset + field.key.start..offset + field.key.end];
            let value = offset + field.value.start..offset + field.value.end;
            return self.field(content, key, value, ending, values);
        }
        if let Some((key, value)) = content.split_once(':').filter(|(key, _)| is_yaml_key(key)) {
            let start = content.len() - value.trim_start().len();
            return self.field(content, key, start..content.len(), ending, values);
        }
        self.push_text(content, context);
        self.push(ending);
    }

    fn field(&mut self, content: &str, key: &str, value: Range<usize>, ending: &str, values: &KnownValues) {
        self.push(&content[..value.start]);
        let template_value = &content[value.clone()];
        match known_value(key, template_value, values) {
            Some(known) => self.push(&known),
            None => self.push_text(template_value, placeholder::PlaceholderContext::Value),
        }
        self.push(&content[value.end..]);
        self.push(ending);
    }

    fn row(&mut self, row: &str, ending: &str) {
        let mut at = 0;
        for cell in plan_syntax::table::cells(row) {
            self.push(&row[at..cell.start]);
            self.push_text(&row[cell.clone()], placeholder::PlaceholderContext::Cell);
            at = cell.end;
        }
        self.push(&row[at..]);
        self.push(ending);
    }

    fn push_text(&mut self, text: &str, context: placeholder::PlaceholderContext) {
        let mut at = 0;
        for placeholder in placeholder::find_placeholders(text, context) {
            // Nested brackets form one placeholder.
            if placeholder.range.start < at {
                continue;
            }
            self.push(&text[at..placeholder.range.start]);
            self.parts.push(SkeletonPart::Placeholder {
                kind: placeholder.kind,
                text: text[placeholder.range.clone()].to_owned(),
            });
            at = placeholder.range.end;
        }
        self.push(&text[at..]);
    }

    fn push(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(SkeletonPart::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.parts.push(SkeletonPart::Text(text.to_owned())),
        }
    }

    /// Returns the skeleton as text, with placeholders as written in the template.
    pub fn to_text(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            SkeletonPart::Text(text) | SkeletonPart::Placeholder { text, .. } => text.as_str(),
        });
        parts.collect()
    }

    /// Returns the skeleton as an LSP snippet (LSP 3.17, Snippet Syntax): a tab stop for each placeholder, and a
    /// choice element for each placeholder with options.
    pub fn to_snippet(&self) -> String {
        let escape = |text: &str, also: &[char]| {
            let mut out = String::with_capacity(text.len());
            for c in text.chars() {
                if matches!(c, '\\' | '$' | '}') || also.contains(&c) {
                    out.push('\\');
                }
                out.push(c);
            }
            out
        };
        let mut out = String::new();
        let mut stop = 0;
        for part in &self.parts {
            match part {
                SkeletonPart::Text(text) => out.push_str(&escape(text, &[])),
                SkeletonPart::Placeholder { kind: PlaceholderKind::Choice(choices), .. } => {
                    stop += 1;
                    let choices: Vec<String> =
                        choices.iter().map(|choice| escape(choice, &[',', '|'])).collect();
                    out.push_str(&format!("${{{stop}|{}|}}", choices.join(",")));
                }
                SkeletonPart::Placeholder { text, .. } => {
                    stop += 1;
                    out.push_str(&format!("${{{stop}:{}}}", escape(text, &[])));
                }
            }
        }
        out.push_str("$0");
        out
    }
}

/// Returns the value of a field of a new plan, if it is known.
fn known_value(key: &str, template_value: &str, values: &KnownValues) -> Option<String> {
    use plan_model::Meaning;
    if let Some((_, value)) = values.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key.trim())) {
        return Some(value.clone());
    }
    let today = || values.today.clone();
    match Meaning::of(key.trim())? {
        Meaning::Owner if !template_value.is_empty() => values.owner.clone(),
        Meaning::Author if !template_value.is_empty() => values.owner.clone(),
        Meaning::Created | Meaning::Start | Meaning::Updated | Meaning::Date | Meaning::Reviewed => today(),
        Meaning::Title => {
            let quoted = template_value.starts_with('"');
            let title = values.title.as_ref()?;
            Some(if quoted { format!("\"{}\"", title.replace('"', "'")) } else { title.clone() })
        }
        Meaning::Id => {
            let (title, today) = (values.title.as_ref()?, today()?);
            template_value.contains("YYYY-MM-DD").then(|| {
                template_value.replace("[YYYY-MM-DD]", &today).replace("[short-name]", &short_name(title))
            })
        }
        _ => None,
    }
}

/// Converts a title to a part of an ID: lower case, characters other than letters and digits replaced with
/// hyphens.
pub(crate) fn short_name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// Returns a line without quote markers, bullet and checkbox.
fn without_marker(line: &str) -> &str {
    let rest = line.trim_start_matches([' ', '>']);
    let bullet = ["- ", "* ", "+ "].iter().find_map(|bullet| rest.strip_prefix(bullet));
    bullet.map_or(rest, |rest| rest.strip_prefix("[ ] ").unwrap_or(rest))
}

fn is_yaml_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Returns the ranges of lines with directives.
fn directives(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if crate::template::directive(line).is_some() {
            found.push(at..at + line.len());
        }
        at += line.len();
    }
    found
}

fn without_directives(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| crate::template::directive(line).is_none()).collect()
}

/// Returns a repeated section without its repetition notes. Text after `[Add more phases as needed]` is not
/// part of the section.
fn without_notes(text: &str) -> String {
    let is = |line: &str, starts: &[&str]| {
        let line = line.trim().to_lowercase();
        starts.iter().any(|start| line.starts_with(start))
    };
    let part = text.split_inclusive('\n').take_while(|line| !is(line, &["[add more"]));
    part.filter(|line| !is(line, &["[repeat", "[same structure", "[continue for all"])).collect()
}

/// Replaces the counter of a repeated section everywhere in it, in `Phase 1`, `Task 1.1` and `Phase N`.
/// Phases that the section depends on become the previous phase.
fn renumber(text: &str, number: usize) -> String {
    use std::sync::LazyLock;
    static COUNTER: LazyLock<regex::Regex> = LazyLock::new(|| {
        regex(r"\b(?<word>Phase|Task|Step|Stage|Milestone)\s(?<number>\d+|N)(?<rest>(?:\.\d+)?)\b")
    });
    let own = COUNTER.captures(text).and_then(|found| Some(found.name("number")?.as_str().to_owned()));
    let replaced = text.split_inclusive('\n').map(|line| {
        let depends = line.to_lowercase().contains("depend");
        COUNTER
            .replace_all(line, |found: &regex::Captures<'_>| {
                let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
                let (word, rest) = (part("word"), part("rest"));
                let is_numbered =
                    word == "Phase" || word == "Stage" || word == "Milestone" || !rest.is_empty();
                let own = own.as_deref() == Some(part("number")) || part("number") == "N";
                match (is_numbered, depends && word == "Phase") {
                    (true, true) => format!("{word} {}{rest}", number.saturating_sub(1)),
                    (true, false) if own => format!("{word} {number}{rest}"),
                    _ => format!("{word} {}{rest}", part("number")),
                }
            })
            .into_owned()
    });
    let text: String = replaced.collect();
    if number > 1 {
        text.replacen("**Dependencies**: None", &format!("**Dependencies**: Phase {}", number - 1), 1)
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values_are_inserted() {
        let template = Template::compile(
            "x",
            "<!-- plansmith-name mine -->\n# Plan: [Title]\n\n- **ID**: plan-[YYYY-MM-DD]-[short-name]\n- **Status**: [Draft | Done]\n- **Owner**: [Who]\n- **Created**: [YYYY-MM-DD]\n\n| Risk | Impact |\n|---|---|\n| [Risk 1] | L/M/H |\n",
        );
        let values = KnownValues {
            title: Some("Move the index".into()),
            owner: Some("Ada".into()),
            today: Some("2026-11-21".into()),
            fields: Vec::new(),
        };
        let skeleton = Skeleton::plan(&template, &values);
        assert_eq!(
            skeleton.to_text(),
            "# Plan: Move the index\n\n- **ID**: plan-2026-11-21-move-the-index\n- **Status**: [Draft | Done]\n- **Owner**: Ada\n- **Created**: 2026-11-21\n\n| Risk | Impact |\n|---|---|\n| [Risk 1] | L/M/H |\n"
        );
        assert_eq!(
            skeleton.to_snippet(),
            "# Plan: Move the index\n\n- **ID**: plan-2026-11-21-move-the-index\n- **Status**: ${1|Draft,Done|}\n- **Owner**: Ada\n- **Created**: 2026-11-21\n\n| Risk | Impact |\n|---|---|\n| ${2:[Risk 1]} | ${3|L,M,H|} |\n$0"
        );
    }

    #[test]
    fn sections_are_renumbered_and_shifted() {
        let template = Template::compile(
            "x",
            "# [T]\n\n### Phase 1: [Name]\n**Dependencies**: None\n\n#### Phase 1 Deliverables\n- [ ] **Task 1.1**: [What]\n\n---\n\n### Phase 2: [Name]\n[Repeat structure for each phase]\n",
        );
        let skeleton = Skeleton::section(&template, 1, 2, Some(3));
        assert_eq!(
            skeleton.to_text(),
            "## Phase 3: [Name]\n**Dependencies**: Phase 2\n\n### Phase 3 Deliverables\n- [ ] **Task 3.1**: [What]"
        );
    }
}
