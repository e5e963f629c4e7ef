//! Completion of whole plans in an empty document, one from each template.

use plan_schema::{DocumentKind, KnownValues, Skeleton};

use super::{Completion, CompletionKind, context::CompletionContext};

/// Maximum length in bytes of a document that is treated as empty.
const MAX_EMPTY_BYTES: usize = 200;

pub(super) fn plans(context: &CompletionContext<'_>) -> Vec<Completion> {
    let file = context.file;
    let document = file.document();
    let (start, at) = (context.line_start, context.offset);
    // One word can already have been typed.
    let typed = context.text_before_cursor().trim();
    if document.len() > MAX_EMPTY_BYTES
        || !context.text_after_cursor().trim().is_empty()
        || typed.contains(char::is_whitespace)
        || typed.starts_with(|c: char| c.is_ascii_punctuation())
        || document.text().trim() != typed
        || file.kind() == DocumentKind::Template
    {
        return Vec::new();
    }
    let environment = file.environment();
    let filled = KnownValues {
        title: title_of(file.path()),
        owner: environment.owner.clone(),
        today: environment.today.clone(),
        fields: Vec::new(),
    };
    let best = environment.template_for(file.path()).or_else(|| best_for(file.path()));
    let mut templates: Vec<_> = environment.templates().all().iter().collect();
    templates.sort_by_key(|template| Some(template.name.as_str()) != best);
    templates
        .into_iter()
        .map(|template| {
            let skeleton = Skeleton::plan(template, &filled);
            let label = format!("Plan: {}", template.name);
            let mut completion =
                Completion::of(CompletionKind::Plan, label, "new plan", start..at, &skeleton);
            completion.documentation.clone_from(&template.description);
            completion
        })
        .collect()
}

/// Returns the template associated with a directory name.
fn best_for(path: &str) -> Option<&'static str> {
    let folders: Vec<&str> = path.split('/').collect();
    match () {
        () if folders.contains(&"codev") => Some("codev-plan"),
        () if folders.iter().any(|folder| folder.starts_with("execplan")) => Some("execution-plan"),
        () => None,
    }
}

/// Derives a title from a file name: `2026-01-02-move-the-index.md` gives `Move the index`.
pub fn title_of(path: &str) -> Option<String> {
    let name = path.rsplit('/').next()?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words: Vec<&str> = stem
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .skip_while(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let title = words.join(" ");
    if title.is_empty() || matches!(&*title.to_lowercase(), "plan" | "untitled" | "tasks" | "new") {
        return None;
    }
    let mut letters = title.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use plan_syntax::Document;

    use crate::{Environment, File, completion::testing::completions};

    fn labels(path: &str, text: &str, at: usize) -> Vec<String> {
        let file = File::new(path, Document::new(text));
        completions(&file, at).into_iter().map(|found| found.label).collect()
    }

    #[test]
    fn offers_every_template_in_an_empty_document() {
        assert_eq!(labels("plans/x.md", "", 0).len(), 5);
        assert_eq!(labels("codev/plans/x.md", "\n\n", 1)[0], "Plan: codev-plan");
        assert_eq!(labels("x.md", "pl", 2).len(), 5);
        assert!(labels("x.md", "some words", 10).is_empty());
        assert!(labels("x.md", "# Title\n\n", 9).is_empty());
    }

    #[test]
    fn fills_in_known_values() {
        let environment = Environment {
            today: Some("2026-11-21".into()),
            owner: Some("Ada".into()),
            ..Environment::default()
        };
        let file = File::with_environment(
            "plans/2026-11-21-move-the-index.md",
            Document::new(""),
            Arc::new(environment),
        );
        let found = completions(&file, 0);
        let project = found.iter().find(|found| found.label == "Plan: project-plan").unwrap();
        assert!(
            project.edit.text.starts_with(
                "# Move the index\n\n**Status**: [Draft | In Progress | Completed | Blocked]\n**Owner**: Ada\n**Created**: 2026-11-21\n"
            ),
            "{}",
            project.edit.text
        );
        assert!(
            project
                .snippet
                .as_ref()
                .unwrap()
                .contains("**Status**: ${1|Draft,In Progress,Completed,Blocked|}")
        );
    }
}
