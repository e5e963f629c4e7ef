//! Completion of keys in the front matter and the title area: fields that the plan does not have yet, in the form of
//! its other fields.

use plan_model::{Meaning, fields_of};

use super::{
    Completion, CompletionKind,
    context::{CompletionContext, CursorContext, line_at},
    value::without_bullet,
};

/// Keys offered in every plan, with their meanings. A key is offered only if no field of the plan has its meaning.
const COMMON_KEYS: [(&str, Meaning); 5] = [
    ("Status", Meaning::Status),
    ("Owner", Meaning::Owner),
    ("Created", Meaning::Created),
    ("Updated", Meaning::Updated),
    ("Target", Meaning::Target),
];

/// Maximum number of sibling files whose front matter is read.
const MAX_SIBLINGS_READ: usize = 8;

/// Maximum number of lines of a sibling file that are read for its front matter.
const MAX_LINES_OF_SIBLING: usize = 60;

pub(super) fn keys(context: &CompletionContext<'_>) -> Vec<Completion> {
    if !context.text_after_cursor().trim().is_empty() || context.is_common_trigger || !context.in_plan() {
        return Vec::new();
    }
    match context.cursor_context() {
        CursorContext::FrontMatter => front_matter_keys(context),
        CursorContext::Text => header_keys(context),
        _ => Vec::new(),
    }
}

/// A key, and the text that describes its origin: the name of the template, `sibling files` or `field`.
type OfferedKey = (String, String);

fn front_matter_keys(context: &CompletionContext<'_>) -> Vec<Completion> {
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    if !context.line.trim_end().chars().all(is_key) {
        return Vec::new();
    }
    let file = context.file;
    let entries = file.plan().front_matter();
    let mut offered: Vec<OfferedKey> = Vec::new();
    if let Some(template) = file.template() {
        let fields = template.fields.iter().filter(|field| field.front_matter);
        offered.extend(fields.map(|field| (field.key.clone(), template.name.clone())));
    }
    offered.extend(sibling_entries(context).into_iter().map(|(key, _)| (key, "sibling files".to_owned())));
    if offered.is_empty() {
        let common = [("template", Meaning::Template)].into_iter().chain(COMMON_KEYS);
        let is_new = |meaning: Meaning| entries.iter().all(|entry| entry.meaning != Some(meaning));
        let common = common.filter(|(_, meaning)| is_new(*meaning));
        offered.extend(common.map(|(key, _)| (key.to_lowercase(), "field".to_owned())));
    }
    let mut present: Vec<String> =
        entries.iter().map(|entry| file.document().slice(entry.key.clone()).to_lowercase()).collect();
    let range = context.line_start..context.line_start + context.line.len();
    let mut found = Vec::new();
    for (key, detail) in offered {
        if present.contains(&key.to_lowercase()) {
            continue;
        }
        present.push(key.to_lowercase());
        let mut completion = context.offer(CompletionKind::Value, &*key, detail, range.clone());
        completion.edit.text = format!("{key}: ");
        found.push(completion);
    }
    found
}

/// Returns the keys and values of the front matter of sibling files.
pub(super) fn sibling_entries(context: &CompletionContext<'_>) -> Vec<(String, String)> {
    let own = context.file.path();
    let siblings = context.workspace.index.siblings(own).take(MAX_SIBLINGS_READ);
    let mut found: Vec<(String, String)> = Vec::new();
    for path in siblings {
        let Some(text) = context.workspace.disk.lines(path, 0, MAX_LINES_OF_SIBLING) else { continue };
        let mut lines = text.lines();
        if lines.next().is_none_or(|first| first.trim_end() != "---") {
            continue;
        }
        for line in lines.take_while(|line| line.trim_end() != "---") {
            let Some((key, value)) = line.split_once(':') else { continue };
            if key.starts_with(char::is_alphabetic) {
                let value = value.trim().trim_matches(['"', '\'']);
                found.push((key.trim_end().to_owned(), value.to_owned()));
            }
        }
    }
    found
}

/// Offers keys on a line of the title area that begins with `**`, or that is next to a field.
fn header_keys(context: &CompletionContext<'_>) -> Vec<Completion> {
    let typed = context.text_before_cursor();
    let content = without_bullet(typed.trim_start_matches([' ', '\t', '>']));
    let word = content.trim_start_matches('*');
    let is_bold = content.starts_with("**");
    let is_key = word.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-')) && word.len() < 40;
    if !is_key || !(is_bold || is_next_to_field(context)) || !in_title_area(context) {
        return Vec::new();
    }
    let file = context.file;
    let (plan, document) = (file.plan(), file.document());
    let fields: Vec<_> = plan.fields().into_iter().filter(|field| !field.front_matter).collect();
    let lead = fields.first().map_or_else(
        || "**Status**: ".to_owned(),
        |field| document.slice(document.line_start(field.key_range.start)..field.value_range.start),
    );
    let written_key = fields.first().map_or("Status", |field| field.key.as_str());
    // The key may be repeated in the text before it, and an empty value may have no space before it.
    let Some(at) = lead.rfind(written_key) else { return Vec::new() };
    let (before, after) = (&lead[..at], lead[at + written_key.len()..].trim_end());
    let in_template = file.template().into_iter().flat_map(|template| {
        let header = template.fields.iter().filter(|field| !field.front_matter && template.is_header(field));
        header.map(|field| (field.key.clone(), field.meaning, template.name.clone()))
    });
    let common =
        COMMON_KEYS.into_iter().map(|(key, meaning)| (key.to_owned(), Some(meaning), "field".to_owned()));
    let mut present: Vec<(String, Option<Meaning>)> =
        plan.fields().into_iter().map(|field| (field.key.to_lowercase(), field.meaning)).collect();
    let range = context.line_start..context.line_start + context.line.len();
    let mut found = Vec::new();
    for (key, meaning, detail) in in_template.chain(common) {
        let is_present = |(known, other): &(String, Option<Meaning>)| {
            *known == key.to_lowercase() || meaning.is_some() && *other == meaning
        };
        if present.iter().any(is_present) {
            continue;
        }
        present.push((key.to_lowercase(), meaning));
        let mut completion = context.offer(CompletionKind::Value, &*key, detail, range.clone());
        completion.edit.text = format!("{before}{key}{after} ");
        let typed_before = &typed[..typed.len() - word.len()];
        completion.filter = format!("{typed_before}{key}");
        found.push(completion);
    }
    found
}

/// Returns whether the line before or after the cursor's line has a field.
fn is_next_to_field(context: &CompletionContext<'_>) -> bool {
    let has_field = |offset: usize| {
        let (_, line) = line_at(context.file, offset);
        !fields_of(without_bullet(line.trim_start_matches([' ', '\t', '>']))).is_empty()
    };
    let after = context.line_start + context.line.len() + 1;
    context.line_start.checked_sub(1).is_some_and(has_field)
        || after < context.file.document().len() && has_field(after)
}

/// Returns whether the cursor is above the first section below the title.
fn in_title_area(context: &CompletionContext<'_>) -> bool {
    let mut before =
        context.file.plan().sections().filter(|section| section.range().start < context.line_start);
    before.all(|section| section.level() == 1 && section.item().is_none())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::{check, check_with_files};

    #[test]
    fn keys_of_the_front_matter() {
        check(
            "---\nstatus: draft\n$0\n---\n# Plan: x\n\n- [ ] 1.1 a\n",
            expect![[r#"
                template (field): template: 
                owner (field): owner: 
                created (field): created: 
                updated (field): updated: 
                target (field): target: "#]],
        );
        check(
            "---\nid: task-2\na$0\n---\n# Plan: x\n\n- [ ] 1.1 a\n",
            expect![[r#"
                template (field): template: 
                status (field): status: 
                created (field): created: 
                updated (field): updated: 
                target (field): target: "#]],
        );
        let sibling = "---\nid: task-1\nassignee: ['@dana']\nstatus: To Do\n---\n# Plan: y\n\n- [ ] 1.1 a\n";
        check_with_files(
            "---\nid: task-2\na$0\n---\n# Plan: x\n\n- [ ] 1.1 a\n",
            &[("/w/plans/task-1.md", sibling)],
            expect![[r#"
                assignee (sibling files): assignee: 
                status (sibling files): status: "#]],
        );
        check_with_files(
            "---\nid: task-2\nstatus: $0\n---\n# Plan: x\n\n- [ ] 1.1 a\n",
            &[("/w/plans/task-1.md", sibling)],
            expect![[r#"
                To Do (sibling files): status: To Do
                In Progress (status): status: In Progress
                Blocked (status): status: Blocked
                Completed (status): status: Completed
                Deferred (status): status: Deferred
                Cancelled (status): status: Cancelled"#]],
        );
    }

    #[test]
    fn keys_of_the_title_area() {
        check(
            "# Plan: x\n\n- **Status:** Draft\n- **O$0\n\n- [ ] 1.1 a\n",
            expect![[r#"Owner (field): - **Owner:** "#]],
        );
        check(
            "# Plan: x\n\nStatus: Draft\ncr$0\n\n- [ ] 1.1 a\n",
            expect![[r#"Created (field): Created: "#]],
        );
        check(
            "---\ntemplate: project-plan\n---\n# x\n\n**$0\n\n## Objective\n",
            expect![[r#"
            Status (project-plan): **Status**: 
            Owner (project-plan): **Owner**: 
            Created (project-plan): **Created**: 
            Target Completion (project-plan): **Target Completion**: 
            Last Updated (project-plan): **Last Updated**: "#]],
        );
        check("# Plan: x\n\nOwn$0\n\n- [ ] 1.1 a\n", expect![[""]]);
        check("# Plan: x\n\n**Status**: Draft\n\n## Notes\n\n**O$0\n\n- [ ] 1.1 a\n", expect![[""]]);
    }
}
