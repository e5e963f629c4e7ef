//! Every example of docs/templates.md: a template in Markdown, and what is made of it. `UPDATE_EXPECT=1` writes the latter.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fmt::Write;

use plan_schema::{SlotKind, Template};

/// A compiled template as text, a line for each thing that it asks for.
fn shown(text: &str) -> String {
    let template = Template::compile("example", text);
    let mut out = String::new();
    if template.name != "example" {
        let _ = writeln!(out, "template {}: {}", template.name, template.description);
    }
    let mut lines: Vec<(usize, String)> = Vec::new();
    for section in &template.sections {
        let mut marks = Vec::new();
        for (is, mark) in [
            (section.repeats, "repeats"),
            (section.inside_repeat, "in each"),
            (section.optional, "optional"),
            (section.required, "required"),
            (section.closed, "closed"),
            (section.on_completion, "on completion"),
        ] {
            if is {
                marks.push(mark);
            }
        }
        let marks = if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
        lines.push((section.range.start, format!("section {} {}{marks}", section.level, section.title)));
    }
    for field in &template.fields {
        let value = match &field.choices[..] {
            [] => format!("`{}`", field.value),
            choices => format!("one of {}", choices.join(", ")),
        };
        lines.push((field.range.start, format!("field {}: {value}", field.key)));
    }
    for table in &template.tables {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|(title, choices)| match &choices[..] {
                [] => title.clone(),
                choices => format!("{title} (one of {})", choices.join(", ")),
            })
            .collect();
        lines.push((table.range.start, format!("table {}", columns.join(" | "))));
    }
    for slot in &template.slots {
        let what = match &slot.slot.kind {
            SlotKind::Choice(_) => "choice",
            SlotKind::Date => "date",
            SlotKind::Text(_) => "text",
            SlotKind::Stub => "stub",
        };
        lines.push((slot.slot.range.start, format!("  {what} {}", slot.text)));
    }
    for problem in &template.problems {
        lines.push((problem.range.start, format!("problem: {}", problem.message)));
    }
    lines.sort_by_key(|(at, _)| *at);
    for (_, line) in lines {
        let _ = writeln!(out, "{line}");
    }
    out
}

#[test]
fn every_example_is_what_the_page_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/templates.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut written = String::new();
    let mut examples = 0;
    let mut rest = page.as_str();
    while let Some(at) = rest.find("````markdown\n") {
        let start = at + "````markdown\n".len();
        let end = start + rest[start..].find("````\n").unwrap();
        let template = &rest[start..end];
        let after = end + "````\n".len();
        let opening = rest[after..].find("```text\n").unwrap();
        assert!(
            rest[after..after + opening].trim().is_empty(),
            "an example is followed by what is made of it:\n{template}"
        );
        let expected = after + opening + "```text\n".len();
        let close = expected + rest[expected..].find("```\n").unwrap();
        written.push_str(&rest[..expected]);
        written.push_str(&shown(template));
        rest = &rest[close..];
        examples += 1;
    }
    written.push_str(rest);
    assert!(examples >= 10, "only {examples} examples");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &written).unwrap();
    } else {
        assert!(written == page, "docs/templates.md differs; UPDATE_EXPECT=1 writes it anew:\n{written}");
    }
}
