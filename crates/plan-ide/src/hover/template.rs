//! Hovers about the requirements of a template.

use plan_model::{Meaning, fields_of};
use plan_schema::{BindingSource, PlaceholderContext, PlaceholderKind, Template, find_placeholders};

use super::{Hover, TemplateLocation};
use crate::{File, TextRange};

/// Returns the requirements of the template for a heading, field or cell of a plan.
pub(super) fn requirement(file: &File, offset: usize) -> Option<Hover> {
    heading(file, offset)
        .or_else(|| field(file, offset))
        .or_else(|| cell(file, offset))
        .map(|(hover, _)| hover)
        .filter(|hover| !hover.text.is_empty())
}

/// Returns the range in the template that specifies the text at an offset.
pub fn template_location(file: &File, offset: usize) -> Option<TemplateLocation> {
    let (_, range) = heading(file, offset).or_else(|| field(file, offset)).or_else(|| cell(file, offset))?;
    Some(TemplateLocation { template: file.template()?.name.clone(), range })
}

/// Returns the hover at an offset of a template.
pub(super) fn in_template(file: &File, offset: usize) -> Option<Hover> {
    let template = Template::compile("template", &file.document().text());
    let holds = |range: &TextRange| range.start <= offset && offset <= range.end;
    if let Some(requirement) =
        template.placeholders.iter().find(|requirement| holds(&requirement.placeholder.range))
    {
        let text = match &requirement.placeholder.kind {
            PlaceholderKind::Choice(choices) => format!("One of: {}", choices.join(", ")),
            PlaceholderKind::Date => "Date (`YYYY-MM-DD`)".to_owned(),
            PlaceholderKind::Text(_) => "Text".to_owned(),
            PlaceholderKind::Stub => "Example; replace it".to_owned(),
        };
        return Some(Hover { text, range: requirement.placeholder.range.clone() });
    }
    let section = template.sections.iter().find(|section| holds(&section.heading))?;
    let properties = [
        (section.repeats, "Repeatable."),
        (section.inside_repeat, "Appears in every parent section."),
        (section.optional, "Optional."),
        (section.required, "Required."),
        (section.closed, "Only the listed values are allowed."),
        (section.on_completion, "Required once the plan is done."),
    ];
    let notes: Vec<&str> = properties.into_iter().filter(|(is, _)| *is).map(|(_, text)| text).collect();
    let text = if notes.is_empty() { "Appears once.".to_owned() } else { notes.join(" ") };
    Some(Hover { text, range: section.heading.clone() })
}

fn heading(file: &File, offset: usize) -> Option<(Hover, TextRange)> {
    let plan = file.plan();
    let section = plan.sections().find(|section| {
        let range = section.heading_range();
        range.start <= offset && offset <= range.end
    })?;
    let binding = file.binding()?;
    let template = binding.template();
    let bound = binding.of(section.index())?;
    let spec = &template.sections[bound.spec];
    let mut text = String::new();
    if section.level() == 1 {
        let reason = match binding.source() {
            BindingSource::Declared => "declared in the plan".to_owned(),
            BindingSource::Glob => "from the settings".to_owned(),
            BindingSource::Matched => format!("detected, {:.0}% of sections match", binding.score() * 100.0),
        };
        text = format!("Template: **{}** ({reason})\n\n{}", template.name, template.description);
    } else {
        // Misspelled headings are reported as findings, so the hover does not repeat them.
        text.push_str(&shortened_guidance(&spec.guidance));
        if spec.on_completion {
            text.push_str("\n\nRequired once the plan is done.");
        }
        if spec.optional {
            text.push_str("\n\nOptional.");
        }
        if !text.is_empty() {
            text.push_str(&format!("\n\n*From template {}.*", template.name));
        }
    }
    Some((Hover { text: text.trim_start().to_owned(), range: section.heading_range() }, spec.heading.clone()))
}

/// Maximum number of lines of the guidance that a hover shows.
const MAX_GUIDANCE_LINES: usize = 3;

/// Returns the first lines of a guidance. Sections with many placeholders have a line for each.
fn shortened_guidance(guidance: &str) -> String {
    let mut lines = guidance.lines();
    let mut shown: Vec<&str> = lines.by_ref().take(MAX_GUIDANCE_LINES).collect();
    if lines.next().is_some() {
        shown.push("…");
    }
    shown.join("\n")
}

fn field(file: &File, offset: usize) -> Option<(Hover, TextRange)> {
    let document = file.document();
    let line_start = document.line_start(offset);
    let rope = document.rope();
    let line = rope.byte_to_line(offset);
    let line_end = if line + 1 < rope.len_lines() { rope.line_to_byte(line + 1) } else { rope.len_bytes() };
    let text = document.slice(line_start..line_end);
    let content = text.trim_end();
    let trimmed = content.trim_start_matches([' ', '>']);
    let trimmed =
        ["- ", "* ", "+ "].iter().find_map(|bullet| trimmed.strip_prefix(bullet)).unwrap_or(trimmed);
    let content_start = content.len() - trimmed.len();
    let front_matter = file.plan().front_matter_range().is_some_and(|range| range.contains(&line_start));
    let (key, value) = if front_matter {
        trimmed.split_once(':').map(|(key, value)| (key.trim().to_owned(), value.trim()))?
    } else {
        let cursor = (offset - line_start).saturating_sub(content_start);
        let fields = fields_of(trimmed);
        let found = fields.iter().rev().find(|field| field.key.start <= cursor + 2)?;
        (trimmed[found.key.clone()].to_owned(), &trimmed[found.value.clone()])
    };
    let binding = file.binding()?;
    let template = binding.template();
    let section = file.plan().sections().filter(|section| section.heading_range().start <= offset).last();
    let spec = section.and_then(|section| binding.of(section.index())).map(|bound| bound.spec);
    let requirement = template.field(&key, spec)?;
    let choices = match requirement.meaning {
        Some(Meaning::Status) => template.choices_for(Meaning::Status),
        _ => requirement.choices.clone(),
    };
    let is_unfilled = || find_placeholders(value, PlaceholderContext::Value).into_iter().next().is_some();
    let wanted = match choices.is_empty() {
        true if value.is_empty() || is_unfilled() => format!("`{}`", requirement.value),
        // A placeholder in the template does not restrict a value that is filled in.
        true => String::new(),
        false => format!("one of {}", choices.join(", ")),
    };
    let text = match wanted.is_empty() {
        true => wanted,
        false => format!("**{}**: {wanted}\n\n*From template {}.*", requirement.key, template.name),
    };
    Some((Hover { text, range: line_start..line_start + content.len() }, requirement.range.clone()))
}

fn cell(file: &File, offset: usize) -> Option<(Hover, TextRange)> {
    let table =
        file.plan().tables().find(|table| table.range().start <= offset && offset <= table.range().end)?;
    let rows = table.rows();
    let header = table.header();
    let cells = rows.iter().map(|row| &row.cells).chain(std::iter::once(&header));
    let (column, range) = cells
        .flat_map(|cells| cells.iter().enumerate())
        .find(|(_, cell)| cell.range.start <= offset && offset <= cell.range.end)
        .map(|(column, cell)| (column, cell.range.clone()))?;
    let title = header.get(column)?.text;
    let template = file.template()?;
    let same = |table: &&plan_schema::TableSpec| {
        table.columns.iter().any(|(known, _)| known.eq_ignore_ascii_case(title))
    };
    let requirement = template.tables.iter().find(same)?;
    let at_column = requirement.columns.iter().position(|(known, _)| known.eq_ignore_ascii_case(title))?;
    let choices = &requirement.columns[at_column].1;
    let sample = requirement.samples.first().and_then(|row| row.get(at_column)).map_or("", String::as_str);
    let text = match (choices.is_empty(), sample.is_empty()) {
        (false, _) => format!("**{title}**: one of {}", choices.join(", ")),
        (true, false) => format!("**{title}**: `{sample}`"),
        (true, true) => return None,
    };
    let text = format!("{text}\n\n*From template {}.*", template.name);
    Some((Hover { text, range }, requirement.range.clone()))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use super::*;

    fn check(marked: &str, expect: Expect) {
        let (text, range) = fixture(marked);
        let file = File::new("plan.md", Document::new(&text));
        let place = template_location(&file, range.start);
        let shown = requirement(&file, range.start).map(|found| {
            let quoted = place.map_or("", |place| &file.template().unwrap().text[place.range]);
            format!("{:?}\n{}\n<- {quoted}", &text[found.range], found.text)
        });
        expect.assert_eq(&shown.unwrap_or_else(|| "nothing".into()));
    }

    const TOP: &str = "---\ntemplate: project-plan\n---\n";

    #[test]
    fn hovers_about_the_template() {
        check(
            &format!("{TOP}# Mo$0ve it\n\n- [ ] a\n"),
            expect![[r##"
                "# Move it"
                Template: **project-plan** (declared in the plan)

                A project with phases, risks, milestones and a Gantt chart
                <- [Plan Title]"##]],
        );
        check(
            &format!("{TOP}# Move it\n\n## Objec$0tive\n"),
            expect![[r###"
                "## Objective"
                Result of this plan, stated so that it can be verified

                *From template project-plan.*
                <- Objective"###]],
        );
        check(
            &format!("{TOP}# Move it\n\n**Sta$0tus**: Draft\n"),
            expect![[r#"
                "**Status**: Draft"
                **Status**: one of Draft, In Progress, Completed, Blocked

                *From template project-plan.*
                <- [Draft | In Progress | Completed | Blocked]"#]],
        );
        check(
            &format!("{TOP}# Move it\n\n## Detailed Tasks\n\n### Phase 2: a\n\n**Goal**: $0\n"),
            expect![[r#"
                "**Goal**:"
                **Goal**: `[Outcome of this phase]`

                *From template project-plan.*
                <- [Outcome of this phase]"#]],
        );
        check(
            &format!("{TOP}# Move it\n\n## Risks\n\n| Risk | Impact |\n|---|---|\n| a | Hi$0gh |\n"),
            expect![[r#"
                "High"
                **Impact**: one of Low, Med, High

                *From template project-plan.*
                <- | Risk | Probability | Impact | Mitigation Strategy | Owner |
                |------|-------------|--------|---------------------|-------|
                | [Risk description] | Low/Med/High | Low/Med/High | [Action that reduces the risk] | [Person] |
                | Example: Team bandwidth | Medium | Medium | Do the critical tasks first, defer the rest | PM |"#]],
        );
    }

    #[test]
    fn in_a_template() {
        let text = "# Plan: [Title]\n\n**Level**: [Low | High]\n\n### Phase 1: [Name]\n";
        let file = File::new(".plansmith/templates/x.md", Document::new(text));
        let text_of = |what: &str| in_template(&file, text.find(what).unwrap() + 1).map(|found| found.text);
        assert_eq!(text_of("[Title]").as_deref(), Some("Text"));
        assert_eq!(text_of("[Low").as_deref(), Some("One of: Low, High"));
        assert_eq!(text_of("Phase 1").as_deref(), Some("Repeatable."));
        assert_eq!(text_of("**Level").as_deref(), None);
    }

    #[test]
    fn not_offered_outside_the_template() {
        check(&format!("{TOP}# Move it\n\n## My ow$0n\n\ntext\n"), expect!["nothing"]);
        check("# Plan: x\n\n**Sta$0tus**: Draft\n\n- [ ] a\n", expect!["nothing"]);
    }
}
