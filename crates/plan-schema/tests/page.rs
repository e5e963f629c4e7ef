//! Tests the examples of docs/templates.md: each template in Markdown and its compiled form.
//! `UPDATE_EXPECT=1` writes the latter.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use std::fmt::Write;

use plan_schema::{PlaceholderKind, Template};

/// Returns a compiled template as text, one line per section, field, table, placeholder and problem.
fn compiled(text: &str) -> String {
    let template = Template::compile("example", text);
    let mut out = String::new();
    if template.name != "example" {
        let _ = writeln!(out, "template {}: {}", template.name, template.description);
    }
    let mut lines: Vec<(usize, String)> = Vec::new();
    for section in &template.sections {
        let mut flags = Vec::new();
        for (is_set, flag) in [
            (section.repeats, "repeats"),
            (section.inside_repeat, "in each"),
            (section.optional, "optional"),
            (section.required, "required"),
            (section.closed, "closed"),
            (section.on_completion, "on completion"),
        ] {
            if is_set {
                flags.push(flag);
            }
        }
        let flags = if flags.is_empty() { String::new() } else { format!(" ({})", flags.join(", ")) };
        lines.push((section.range.start, format!("section {} {}{flags}", section.level, section.title)));
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
    for placeholder in &template.placeholders {
        let kind = match &placeholder.placeholder.kind {
            PlaceholderKind::Choice(_) => "choice",
            PlaceholderKind::Date => "date",
            PlaceholderKind::Text(_) => "text",
            PlaceholderKind::Stub => "stub",
        };
        lines.push((placeholder.placeholder.range.start, format!("  {kind} {}", placeholder.text)));
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
fn examples_of_the_page_compile_as_shown() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/templates.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let mut updated = String::new();
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
            "an example must be followed by its compiled form:\n{template}"
        );
        let expected = after + opening + "```text\n".len();
        let close = expected + rest[expected..].find("```\n").unwrap();
        updated.push_str(&rest[..expected]);
        updated.push_str(&compiled(template));
        rest = &rest[close..];
        examples += 1;
    }
    updated.push_str(rest);
    assert!(examples >= 10, "only {examples} examples");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &updated).unwrap();
    } else {
        assert!(
            updated == page,
            "docs/templates.md differs; run with UPDATE_EXPECT=1 to update it:\n{updated}"
        );
    }
}
