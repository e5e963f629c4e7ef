//! Text made from a template: whole plans and single sections.

use std::{
    ops::Range,
    sync::{Arc, PoisonError},
};

use plan_model::patterns::regex;

use crate::{
    slot::{self, SlotKind},
    template::Template,
};

/// Text with places to fill in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skeleton {
    /// Its parts in order.
    pub parts: Vec<Part>,
}

/// A part of a skeleton.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Text that stands as it is.
    Text(String),
    /// A place to fill in, with what stands there until then.
    Slot {
        /// What belongs there.
        kind: SlotKind,
        /// As the template writes it.
        text: String,
    },
}

/// What is known when a plan is made.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    /// The title.
    pub title: Option<String>,
    /// The owner.
    pub owner: Option<String>,
    /// Today as `YYYY-MM-DD`, for the days that mean the making of the plan.
    pub today: Option<String>,
    /// Values of fields by key.
    pub fields: Vec<(String, String)>,
}

impl Skeleton {
    /// The whole template as the text of a new plan. Directives are left out; what is known is filled in.
    pub fn plan(template: &Template, filled: &Filled) -> Self {
        let mut skeleton = Self::default();
        let mut removed = directives(&template.text);
        removed.push(template.text.len()..template.text.len());
        let mut at = 0;
        for range in removed {
            skeleton.text(template, at..range.start, filled);
            at = range.end;
        }
        skeleton
    }

    /// The text of a section without a counter, kept with the template.
    pub fn section_text(template: &Template, spec: usize, level: u8) -> Arc<str> {
        let mut texts = template.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let text = || Self::section(template, spec, level, None).to_text().into();
        Arc::clone(texts.entry((spec, level)).or_insert_with(text))
    }

    /// A section of a template with all below it, at another level if `level` says so and with `number` for its counter.
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
        skeleton.push_lines(&body, &Filled::default());
        skeleton
    }

    fn text(&mut self, template: &Template, range: Range<usize>, filled: &Filled) {
        self.push_lines(&template.text[range], filled);
    }

    fn push_lines(&mut self, text: &str, filled: &Filled) {
        let mut fence = false;
        for line in text.split_inclusive('\n') {
            let bare = line.trim_start();
            if bare.starts_with("```") {
                fence = !fence;
            }
            if fence {
                self.push(line);
            } else {
                self.line(line, filled);
            }
        }
    }

    fn line(&mut self, line: &str, filled: &Filled) {
        let content = line.trim_end_matches(['\n', '\r']);
        let ending = &line[content.len()..];
        let place = if content.trim_start().starts_with('|') {
            return self.row(content, ending);
        } else {
            slot::Place::Text
        };
        // The title, and fields that are known.
        if let (Some(rest), Some(title)) = (content.strip_prefix("# "), &filled.title) {
            let named =
                rest.split_once('[').and_then(|(before, after)| Some((before, after.split_once(']')?.1)));
            let (before, after) = named.unwrap_or(("", ""));
            self.push(&format!("# {before}{title}{after}{ending}"));
            return;
        }
        let offset = content.len() - without_marker(content).len();
        if let Some(field) = plan_model::fields_of(&content[offset..]).first() {
            let key = &content[offset + field.key.start..offset + field.key.end];
            let value = offset + field.value.start..offset + field.value.end;
            return self.field(content, key, value, ending, filled);
        }
        if let Some((key, value)) = content.split_once(':').filter(|(key, _)| is_yaml_key(key)) {
            let start = content.len() - value.trim_start().len();
            return self.field(content, key, start..content.len(), ending, filled);
        }
        self.slots(content, place);
        self.push(ending);
    }

    fn field(&mut self, content: &str, key: &str, value: Range<usize>, ending: &str, filled: &Filled) {
        self.push(&content[..value.start]);
        let written = &content[value.clone()];
        match known(key, written, filled) {
            Some(known) => self.push(&known),
            None => self.slots(written, slot::Place::Value),
        }
        self.push(&content[value.end..]);
        self.push(ending);
    }

    fn row(&mut self, row: &str, ending: &str) {
        let mut at = 0;
        for cell in plan_syntax::table::cells(row) {
            self.push(&row[at..cell.start]);
            self.slots(&row[cell.clone()], slot::Place::Cell);
            at = cell.end;
        }
        self.push(&row[at..]);
        self.push(ending);
    }

    fn slots(&mut self, text: &str, place: slot::Place) {
        let mut at = 0;
        for slot in slot::slots(text, place) {
            // Brackets in brackets are one slot.
            if slot.range.start < at {
                continue;
            }
            self.push(&text[at..slot.range.start]);
            self.parts.push(Part::Slot { kind: slot.kind, text: text[slot.range.clone()].to_owned() });
            at = slot.range.end;
        }
        self.push(&text[at..]);
    }

    fn push(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.parts.push(Part::Text(text.to_owned())),
        }
    }

    /// As text: slots as the template writes them.
    pub fn to_text(&self) -> String {
        let parts = self.parts.iter().map(|part| match part {
            Part::Text(text) | Part::Slot { text, .. } => text.as_str(),
        });
        parts.collect()
    }

    /// As a snippet of the protocol (LSP 3.17, Snippet Syntax): a tab stop for each slot, a choice for each choice.
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
                Part::Text(text) => out.push_str(&escape(text, &[])),
                Part::Slot { kind: SlotKind::Choice(choices), .. } => {
                    stop += 1;
                    let choices: Vec<String> =
                        choices.iter().map(|choice| escape(choice, &[',', '|'])).collect();
                    out.push_str(&format!("${{{stop}|{}|}}", choices.join(",")));
                }
                Part::Slot { text, .. } => {
                    stop += 1;
                    out.push_str(&format!("${{{stop}:{}}}", escape(text, &[])));
                }
            }
        }
        out.push_str("$0");
        out
    }
}

/// What is known of a field of a new plan.
fn known(key: &str, written: &str, filled: &Filled) -> Option<String> {
    use plan_model::Meaning;
    if let Some((_, value)) = filled.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(key.trim())) {
        return Some(value.clone());
    }
    let today = || filled.today.clone();
    match Meaning::of(key.trim())? {
        Meaning::Owner if !written.is_empty() => filled.owner.clone(),
        Meaning::Author if !written.is_empty() => filled.owner.clone(),
        Meaning::Created | Meaning::Updated | Meaning::Date | Meaning::Reviewed => today(),
        Meaning::Title => {
            let quoted = written.starts_with('"');
            let title = filled.title.as_ref()?;
            Some(if quoted { format!("\"{}\"", title.replace('"', "'")) } else { title.clone() })
        }
        Meaning::Id => {
            let (title, today) = (filled.title.as_ref()?, today()?);
            written
                .contains("YYYY-MM-DD")
                .then(|| written.replace("[YYYY-MM-DD]", &today).replace("[short-name]", &short_name(title)))
        }
        _ => None,
    }
}

/// A title as part of an id: lower case, hyphens for what is no letter or digit.
pub(crate) fn short_name(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("-")
}

/// A line without quote marks, bullet and box.
fn without_marker(line: &str) -> &str {
    let rest = line.trim_start_matches([' ', '>']);
    let bullet = ["- ", "* ", "+ "].iter().find_map(|bullet| rest.strip_prefix(bullet));
    bullet.map_or(rest, |rest| rest.strip_prefix("[ ] ").unwrap_or(rest))
}

fn is_yaml_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// The lines of directives.
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

/// A repeated part without the notes that say so; what stands behind `[Add more phases as needed]` is no part of it.
fn without_notes(text: &str) -> String {
    let is = |line: &str, starts: &[&str]| {
        let line = line.trim().to_lowercase();
        starts.iter().any(|start| line.starts_with(start))
    };
    let part = text.split_inclusive('\n').take_while(|line| !is(line, &["[add more"]));
    part.filter(|line| !is(line, &["[repeat", "[same structure", "[continue for all"])).collect()
}

/// Replaces the counter of a repeated part everywhere in it: `Phase 1`, `Task 1.1`; `Phase N` too. What a phase depends on
/// becomes the one before.
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
                let counted = word == "Phase" || word == "Stage" || word == "Milestone" || !rest.is_empty();
                let own = own.as_deref() == Some(part("number")) || part("number") == "N";
                match (counted, depends && word == "Phase") {
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
    fn a_plan_is_filled_in() {
        let template = Template::compile(
            "x",
            "<!-- plansmith-name mine -->\n# Plan: [Title]\n\n- **ID**: plan-[YYYY-MM-DD]-[short-name]\n- **Status**: [Draft | Done]\n- **Owner**: [Who]\n- **Created**: [YYYY-MM-DD]\n\n| Risk | Impact |\n|---|---|\n| [Risk 1] | L/M/H |\n",
        );
        let filled = Filled {
            title: Some("Move the index".into()),
            owner: Some("Ada".into()),
            today: Some("2026-11-21".into()),
            fields: Vec::new(),
        };
        let skeleton = Skeleton::plan(&template, &filled);
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
    fn a_section_is_counted_and_shifted() {
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
