//! Derives a template from an existing plan.

use plan_model::{ItemKind, Meaning, Plan, fields_of};
use plan_syntax::table;

use crate::title::normalize;

/// Returns the text of a template with the structure of a document: its headings, field keys and table
/// headers, and the first phase and the first task of each list. Other text is replaced by placeholders.
pub fn derive(plan: &Plan) -> String {
    let document = plan.document();
    let text = document.text();
    let mut out = String::new();
    let phases: Vec<(usize, usize, bool)> = {
        let mut first: Vec<Option<usize>> = Vec::new();
        plan.items()
            .filter(|item| item.kind() == ItemKind::Phase)
            .map(|item| {
                let list = item.scope().map(|scope| scope.index());
                let is_first = !first.contains(&list);
                first.push(list);
                (item.range().start, item.range().end, is_first)
            })
            .collect()
    };
    let mut seen_paragraph = false;
    let mut seen_task = false;
    let mut rows = 0;
    let mut fence = false;
    let mut front_matter = plan.front_matter_range();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if phases.iter().any(|(from, to, first)| !first && (*from..*to).contains(&start)) {
            continue;
        }
        let content = line.trim_end();
        let trimmed = content.trim_start();
        if let Some(range) = &front_matter {
            if range.contains(&start) {
                out.push_str(&front_matter_line(content));
                out.push('\n');
                continue;
            }
            front_matter = None;
        }
        if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            fence = !fence;
            if !fence && !out.ends_with("```\n") {
                continue;
            }
            continue;
        }
        if fence {
            continue;
        }
        let hashes = trimmed.bytes().take_while(|byte| *byte == b'#').count();
        if (1..=6).contains(&hashes) && trimmed[hashes..].starts_with(' ') {
            (seen_paragraph, seen_task, rows) = (false, false, 0);
            end_with_blank_line(&mut out);
            out.push_str(&heading(trimmed, hashes));
            out.push_str("\n\n");
            continue;
        }
        if trimmed.starts_with('|') {
            rows += 1;
            match rows {
                1 | 2 => out.push_str(content),
                3 => {
                    let header = out.lines().rev().nth(1).unwrap_or_default().to_owned();
                    let cells = table::cells(&header);
                    let row: Vec<String> = cells.into_iter().map(|cell| placeholder(&header[cell])).collect();
                    out.push_str(&format!("| {} |", row.join(" | ")));
                }
                _ => continue,
            }
            out.push('\n');
            continue;
        }
        rows = 0;
        if trimmed.is_empty() {
            continue;
        }
        if trimmed == "---" {
            end_with_blank_line(&mut out);
            out.push_str("---\n\n");
            continue;
        }
        let marker = ["- ", "* ", "+ "]
            .iter()
            .find(|bullet| trimmed.starts_with(**bullet))
            .map_or("", |bullet| *bullet);
        let rest = &trimmed[marker.len()..];
        let is_checkbox = rest.starts_with('[') && rest.get(2..3) == Some("]");
        if is_checkbox {
            if !seen_task {
                let indent = &content[..content.len() - trimmed.len()];
                out.push_str(&format!("{indent}{marker}[ ] {}\n", task(&rest[3..])));
            }
            seen_task = true;
            continue;
        }
        if let Some(field) = fields_of(rest).first() {
            if seen_task && !content.starts_with([' ', '\t']) {
                seen_task = false;
            }
            let indent = &content[..content.len() - trimmed.len()];
            let key = &rest[field.key.clone()];
            let field_line = format!(
                "{indent}{marker}{}{}",
                &rest[..field.value.start],
                value(key, &rest[field.value.clone()])
            );
            if !out.lines().rev().take(12).any(|line| line == field_line) {
                out.push_str(&field_line);
                out.push('\n');
            }
            continue;
        }
        if !seen_paragraph && !seen_task {
            end_with_blank_line(&mut out);
            out.push_str(if marker.is_empty() {
                "[Content of this section]\n"
            } else {
                "- [Content of this section]\n"
            });
        }
        seen_paragraph = true;
    }
    out.trim_end().to_owned() + "\n"
}

fn end_with_blank_line(out: &mut String) {
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
}

fn heading(line: &str, hashes: usize) -> String {
    let title = line[hashes..].trim();
    let key = normalize(title);
    let prefix = "#".repeat(hashes);
    match (hashes, key.as_str()) {
        (1, _) => format!(
            "# {}[Title]",
            title.split_once(':').map_or(String::new(), |(word, _)| format!("{word}: "))
        ),
        (_, "date #") => format!("{prefix} YYYY-MM-DD"),
        (_, key) if key.ends_with(" #") => {
            let end = title.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
            let word = title[..end].trim_start_matches(|c: char| !c.is_alphanumeric()).trim();
            format!("{prefix} {} 1: [Name]", if word.is_empty() { "Phase" } else { word })
        }
        _ => format!("{prefix} {title}"),
    }
}

fn task(text: &str) -> String {
    let text = text.trim();
    let bold = text.starts_with("**");
    let word = text.trim_start_matches('*');
    if word.to_lowercase().starts_with("task ") {
        return if bold { "**Task 1.1**: [Description]".into() } else { "Task 1.1: [Description]".into() };
    }
    "[Task]".into()
}

fn value(key: &str, value: &str) -> String {
    match Meaning::of(key) {
        _ if value.is_empty() => String::new(),
        Some(Meaning::Status) => "[Not Started | In Progress | Blocked | Completed]".into(),
        Some(
            Meaning::Created
            | Meaning::Start
            | Meaning::End
            | Meaning::Updated
            | Meaning::Target
            | Meaning::Due
            | Meaning::Date
            | Meaning::Expires
            | Meaning::Reviewed,
        ) => "YYYY-MM-DD".into(),
        Some(Meaning::Priority | Meaning::Probability | Meaning::Impact) => "[Low | Medium | High]".into(),
        Some(Meaning::DependsOn) => "[None | Task X.Y]".into(),
        _ => placeholder(key),
    }
}

fn placeholder(title: &str) -> String {
    let title = title.trim_matches(|c: char| c == '*' || c == '`' || c.is_whitespace());
    format!("[{}]", if title.is_empty() { "…" } else { title })
}

fn front_matter_line(line: &str) -> String {
    match line.split_once(':') {
        Some((key, written)) if !key.starts_with([' ', '-', '#']) && !written.trim().is_empty() => {
            format!("{key}: {}", value(key.trim(), written.trim()))
        }
        _ => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::Template;

    #[test]
    fn derived_templates_have_the_structure_of_the_plan() {
        let text = "# Plan: Move the index\n\n**Status**: Completed\n**Owner**: Ada\n\n## Goal\n\nAll of it.\n\nAnd more.\n\n## Work\n\n### Phase 1: Copy\n\n- [x] **Task 1.1**: Export\n  - Owner: Ada\n- [x] **Task 1.2**: Import\n\n### Phase 2: Switch\n\n- [ ] **Task 2.1**: DNS\n\n## Risks\n\n| Risk | Impact |\n|---|---|\n| Slow | High |\n| Late | Low |\n\n## Log\n\n### 2026-01-02\n\nwent well\n";
        let derived = derive(&Plan::new(&Document::new(text)));
        assert_eq!(
            derived,
            "# Plan: [Title]\n\n**Status**: [Not Started | In Progress | Blocked | Completed]\n**Owner**: [Owner]\n\n## Goal\n\n[Content of this section]\n\n## Work\n\n### Phase 1: [Name]\n\n- [ ] **Task 1.1**: [Description]\n  - Owner: [Owner]\n\n## Risks\n\n| Risk | Impact |\n|---|---|\n| [Risk] | [Impact] |\n\n## Log\n\n### YYYY-MM-DD\n\n[Content of this section]\n"
        );
        let template = Template::compile("mine", &derived);
        assert_eq!(template.problems, []);
        assert!(
            template.sections.iter().any(|section| section.repeats && section.title == "Phase 1: [Name]")
        );
    }
}
