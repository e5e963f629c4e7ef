//! Hovers: for items and references to them, dates, progress values, links, and requirements of the template.

mod date;
mod entry;
mod item;
mod link;
mod person;
mod plan;
mod template;

use plan_model::Item;
use plan_schema::DocumentKind;

pub use self::template::template_location;
use crate::{File, TextRange, Workspace, next::full_name, sets, stated_progress::stated_progress_in};

/// Text that describes a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// Content in Markdown.
    pub text: String,
    /// Described range.
    pub range: TextRange,
}

/// A range in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateLocation {
    /// Name of the template.
    pub template: String,
    /// Range in the template's text.
    pub range: TextRange,
}

/// Returns the hover at an offset: information about the plan first, then about the template.
pub fn hover(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    if let Some(requirement) = sets::hover(file, workspace, offset) {
        return Some(Hover { text: shortened(&requirement.text), ..requirement });
    }
    if let Some(document) = sets::named::hover(file, workspace, offset) {
        return Some(document);
    }
    match file.kind() {
        DocumentKind::Plan | DocumentKind::Checklist => {}
        DocumentKind::Template => return template::in_template(file, offset),
        _ => return None,
    }
    let own = link::hover(file, workspace, offset)
        .or_else(|| date::hover(file, offset))
        .or_else(|| stated_progress_at(file, offset))
        .or_else(|| entry::hover(file, workspace, offset))
        .or_else(|| person::hover(file, workspace, offset))
        .or_else(|| item::hover(file, workspace, offset))
        .or_else(|| plan::hover(file, workspace, offset));
    let own = own.map(|own| Hover { text: shortened(&own.text), ..own });
    match (own, template::requirement(file, offset)) {
        (Some(own), Some(requirement)) => {
            Some(Hover { text: format!("{}\n\n---\n\n{}", own.text, requirement.text), range: own.range })
        }
        (own, requirement) => own.or(requirement),
    }
}

/// Returns the name of an item as a link to its line, if the file has a URL.
fn item_link(file: &File, workspace: &Workspace<'_>, item: &Item<'_>) -> String {
    let line = file.document().rope().byte_to_line(item.line().start);
    link_to(workspace, file.path(), line, &full_name(item))
}

/// Returns a name as a link to a line of a file, 0-based, if the file has a URL.
fn link_to(workspace: &Workspace<'_>, path: &str, line: usize, name: &str) -> String {
    match workspace.disk.url(path, line) {
        // Brackets in the text end the link.
        Some(url) => format!("[{}]({url})", name.replace('[', "\\[").replace(']', "\\]")),
        None => name.to_owned(),
    }
}

/// Maximum number of characters of a line in a hover.
const MAX_LINE_LENGTH: usize = 500;

/// Maximum number of characters of a line with links, whose targets are not shown.
const MAX_LINE_LENGTH_WITH_LINKS: usize = 4_000;

/// Returns the maximum number of characters of a line.
fn max_length(line: &str) -> usize {
    if line.contains("](file:") { MAX_LINE_LENGTH_WITH_LINKS } else { MAX_LINE_LENGTH }
}

/// Maximum number of lines in a hover.
const MAX_LINES: usize = 60;

/// Returns a text limited to `MAX_LINES` lines, each truncated to its maximum length.
fn shortened(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut shown: Vec<String> = lines
        .by_ref()
        .take(MAX_LINES)
        .map(|line| match line.char_indices().nth(max_length(line)) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        })
        .collect();
    if lines.next().is_some() {
        shown.push("…".to_owned());
    }
    shown.join("\n")
}

/// Returns the hover for a stated progress value: the progress according to the checkboxes.
fn stated_progress_at(file: &File, offset: usize) -> Option<Hover> {
    let stated_progress_at = stated_progress_in(file, &(offset..offset)).into_iter().next()?;
    let usual = stated_progress_at.standard();
    let counted = format!("{}/{} · {}%", usual.done, usual.total, usual.percent().unwrap_or_default());
    let text = match stated_progress_at.is_accurate() {
        true => format!("Matches the checkboxes: {counted}"),
        false => format!("Actual: **{counted}**"),
    };
    Some(Hover { text, range: stated_progress_at.range })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hovers_are_short() {
        let text = format!("{}\n{}", "word ".repeat(20_000), "line\n".repeat(1000));
        let short = shortened(&text);
        assert!(short.len() < 1500, "{}", short.len());
        assert_eq!(shortened("a\n\nb"), "a\n\nb");
    }
}
