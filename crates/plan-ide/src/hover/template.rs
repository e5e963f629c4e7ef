//! What is said of a place: what the template asks for there.

use plan_model::{Meaning, fields_of};
use plan_schema::{How, SlotKind, Template};

use super::{Hover, TemplatePlace};
use crate::{File, Place};

/// What the template says of a heading, field or cell of a plan.
pub(super) fn asked(file: &File, at: usize) -> Option<Hover> {
    heading(file, at).or_else(|| field(file, at)).or_else(|| cell(file, at)).map(|(hover, _)| hover)
}

/// The line of the template that asked for what stands here.
pub fn template_place(file: &File, at: usize) -> Option<TemplatePlace> {
    let (_, range) = heading(file, at).or_else(|| field(file, at)).or_else(|| cell(file, at))?;
    Some(TemplatePlace { template: file.template()?.name.clone(), range })
}

/// In a template: what a place asks for.
pub(super) fn in_template(file: &File, at: usize) -> Option<Hover> {
    let template = Template::compile("template", &file.document().text());
    let holds = |range: &Place| range.start <= at && at <= range.end;
    if let Some(asked) = template.slots.iter().find(|asked| holds(&asked.slot.range)) {
        let text = match &asked.slot.kind {
            SlotKind::Choice(choices) => format!("A choice: {}", choices.join(", ")),
            SlotKind::Date => "A day, `YYYY-MM-DD`".to_owned(),
            SlotKind::Text(_) => "Text to fill in".to_owned(),
            SlotKind::Stub => "An example of a form; to be filled in".to_owned(),
        };
        return Some(Hover { text, range: asked.slot.range.clone() });
    }
    let section = template.sections.iter().find(|section| holds(&section.heading))?;
    let marks = [
        (section.repeats, "It may stand any number of times."),
        (section.inside_repeat, "It stands in each of the sections around it."),
        (section.optional, "It is optional."),
        (section.required, "It is always demanded."),
        (section.closed, "Its choices allow nothing else."),
        (section.on_completion, "It is due when the plan is completed."),
    ];
    let said: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, text)| text).collect();
    let text = if said.is_empty() { "A section that plans have once.".to_owned() } else { said.join(" ") };
    Some(Hover { text, range: section.heading.clone() })
}

fn heading(file: &File, at: usize) -> Option<(Hover, Place)> {
    let plan = file.plan();
    let section = plan.sections().find(|section| {
        let range = section.heading_range();
        range.start <= at && at <= range.end
    })?;
    let binding = file.binding()?;
    let template = binding.template();
    let bound = binding.of(section.index())?;
    let spec = &template.sections[bound.spec];
    let mut text = String::new();
    if section.level() == 1 {
        let why = match binding.how() {
            How::Declared => "as it says".to_owned(),
            How::Glob => "as the settings say".to_owned(),
            How::Matched => format!("since it has {:.0} % of its sections", binding.score() * 100.0),
        };
        text = format!(
            "This plan follows the template **{}**, {why}.\n\n{}",
            template.name, template.description
        );
    } else {
        if !spec.guidance.is_empty() {
            text.push_str(&spec.guidance);
        }
        if bound.near {
            text.push_str(&format!("\n\nThe template calls it *{}*.", spec.title));
        }
        if spec.on_completion {
            text.push_str("\n\nIt is due when the plan is completed.");
        }
        if spec.optional {
            text.push_str("\n\nIt is optional.");
        }
        if text.is_empty() {
            return Some((
                Hover {
                    text: format!("*A section of the template {}.*", template.name),
                    range: section.heading_range(),
                },
                spec.heading.clone(),
            ));
        }
        text.push_str(&format!("\n\n*From the template {}.*", template.name));
    }
    Some((Hover { text: text.trim_start().to_owned(), range: section.heading_range() }, spec.heading.clone()))
}

fn field(file: &File, at: usize) -> Option<(Hover, Place)> {
    let document = file.document();
    let line_start = document.line_start(at);
    let rope = document.rope();
    let line = rope.byte_to_line(at);
    let line_end = if line + 1 < rope.len_lines() { rope.line_to_byte(line + 1) } else { rope.len_bytes() };
    let text = document.slice(line_start..line_end);
    let content = text.trim_end();
    let bare = content.trim_start_matches([' ', '>']);
    let bare = ["- ", "* ", "+ "].iter().find_map(|bullet| bare.strip_prefix(bullet)).unwrap_or(bare);
    let offset = content.len() - bare.len();
    let front_matter = file.plan().front_matter_range().is_some_and(|range| range.contains(&line_start));
    let key = if front_matter {
        bare.split_once(':').map(|(key, _)| key.trim().to_owned())?
    } else {
        let cursor = (at - line_start).saturating_sub(offset);
        let fields = fields_of(bare);
        let found = fields.iter().rev().find(|field| field.key.start <= cursor + 2)?;
        bare[found.key.clone()].to_owned()
    };
    let binding = file.binding()?;
    let template = binding.template();
    let section = file.plan().sections().filter(|section| section.heading_range().start <= at).last();
    let spec = section.and_then(|section| binding.of(section.index())).map(|bound| bound.spec);
    let asked = template.field(&key, spec)?;
    let choices = match asked.meaning {
        Some(Meaning::Status) => template.choices_for(Meaning::Status),
        _ => asked.choices.clone(),
    };
    let mut text = format!("**{}**", asked.key);
    if choices.is_empty() {
        text.push_str(&format!(": `{}`", asked.value));
    } else {
        text.push_str(&format!(": one of {}", choices.join(", ")));
    }
    text.push_str(&format!("\n\n*From the template {}.*", template.name));
    Some((Hover { text, range: line_start..line_start + content.len() }, asked.range.clone()))
}

fn cell(file: &File, at: usize) -> Option<(Hover, Place)> {
    let table = file.plan().tables().find(|table| table.range().start <= at && at <= table.range().end)?;
    let rows = table.rows();
    let header = table.header();
    let cells = rows.iter().map(|row| &row.cells).chain(std::iter::once(&header));
    let (column, range) = cells
        .flat_map(|cells| cells.iter().enumerate())
        .find(|(_, cell)| cell.range.start <= at && at <= cell.range.end)
        .map(|(column, cell)| (column, cell.range.clone()))?;
    let title = header.get(column)?.text;
    let template = file.template()?;
    let same = |table: &&plan_schema::TableSpec| {
        table.columns.iter().any(|(known, _)| known.eq_ignore_ascii_case(title))
    };
    let asked = template.tables.iter().find(same)?;
    let at_column = asked.columns.iter().position(|(known, _)| known.eq_ignore_ascii_case(title))?;
    let choices = &asked.columns[at_column].1;
    let sample = asked.samples.first().and_then(|row| row.get(at_column)).map_or("", String::as_str);
    let text = match (choices.is_empty(), sample.is_empty()) {
        (false, _) => format!("**{title}**: one of {}", choices.join(", ")),
        (true, false) => format!("**{title}**: `{sample}`"),
        (true, true) => return None,
    };
    let text = format!("{text}\n\n*From the template {}.*", template.name);
    Some((Hover { text, range }, asked.range.clone()))
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
        let place = template_place(&file, range.start);
        let shown = asked(&file, range.start).map(|found| {
            let quoted = place.map_or("", |place| &file.template().unwrap().text[place.range]);
            format!("{:?}\n{}\n<- {quoted}", &text[found.range], found.text)
        });
        expect.assert_eq(&shown.unwrap_or_else(|| "nothing".into()));
    }

    const TOP: &str = "---\ntemplate: project-plan\n---\n";

    #[test]
    fn what_the_template_says() {
        check(
            &format!("{TOP}# Mo$0ve it\n\n- [ ] a\n"),
            expect![[r##"
            "# Move it"
            This plan follows the template **project-plan**, as it says.

            A project with phases, risks, milestones and a chart
            <- [Plan Title]"##]],
        );
        check(
            &format!("{TOP}# Move it\n\n## Objec$0tive\n"),
            expect![[r###"
            "## Objective"
            The one result this plan exists for, stated so that anyone can tell whether it was reached

            *From the template project-plan.*
            <- Objective"###]],
        );
        check(
            &format!("{TOP}# Move it\n\n**Sta$0tus**: Draft\n"),
            expect![[r#"
            "**Status**: Draft"
            **Status**: one of Draft, In Progress, Completed, Blocked

            *From the template project-plan.*
            <- [Draft | In Progress | Completed | Blocked]"#]],
        );
        check(
            &format!("{TOP}# Move it\n\n## Detailed Tasks\n\n### Phase 2: a\n\n**Goal**: $0b\n"),
            expect![[r#"
                "**Goal**: b"
                **Goal**: `[What is true after this phase that was not before]`

                *From the template project-plan.*
                <- [What is true after this phase that was not before]"#]],
        );
        check(
            &format!("{TOP}# Move it\n\n## Risks\n\n| Risk | Impact |\n|---|---|\n| a | Hi$0gh |\n"),
            expect![[r#"
                "High"
                **Impact**: one of Low, Med, High

                *From the template project-plan.*
                <- | Risk | Probability | Impact | Mitigation Strategy | Owner |
                |------|-------------|--------|---------------------|-------|
                | [Risk description] | Low/Med/High | Low/Med/High | [What we do about it] | [Person] |
                | Example: Team bandwidth | Medium | Medium | Do the critical tasks first, put off the rest | PM |"#]],
        );
    }

    #[test]
    fn in_a_template() {
        let text = "# Plan: [Title]\n\n**Level**: [Low | High]\n\n### Phase 1: [Name]\n";
        let file = File::new(".plansmith/templates/x.md", Document::new(text));
        let said = |what: &str| in_template(&file, text.find(what).unwrap() + 1).map(|found| found.text);
        assert_eq!(said("[Title]").as_deref(), Some("Text to fill in"));
        assert_eq!(said("[Low").as_deref(), Some("A choice: Low, High"));
        assert_eq!(said("Phase 1").as_deref(), Some("It may stand any number of times."));
        assert_eq!(said("**Level").as_deref(), None);
    }

    #[test]
    fn nothing_elsewhere() {
        check(&format!("{TOP}# Move it\n\n## My ow$0n\n\ntext\n"), expect!["nothing"]);
        check("# Plan: x\n\n**Sta$0tus**: Draft\n\n- [ ] a\n", expect!["nothing"]);
    }
}
