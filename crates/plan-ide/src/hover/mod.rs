//! Hovers: for items and references to them, dates, progress values, links, and requirements of the template.

mod date;
mod entry;
mod item;
mod link;
mod template;

use plan_schema::Kind;

pub use self::template::template_location;
use crate::{File, TextRange, Workspace, progress_claims::progress_claims_in, sets};

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
    match file.kind() {
        Kind::Plan | Kind::Checklist => {}
        Kind::Template => return template::in_template(file, offset),
        _ => return None,
    }
    let own = link::hover(file, workspace, offset)
        .or_else(|| date::hover(file, offset))
        .or_else(|| progress_claim(file, offset))
        .or_else(|| entry::hover(file, offset))
        .or_else(|| item::hover(file, workspace, offset));
    let own = own.map(|own| Hover { text: shortened(&own.text), ..own });
    match (own, template::requirement(file, offset)) {
        (Some(own), Some(requirement)) => {
            Some(Hover { text: format!("{}\n\n---\n\n{}", own.text, requirement.text), range: own.range })
        }
        (own, requirement) => own.or(requirement),
    }
}

/// Maximum number of characters of a line in a hover.
const MAX_LINE_LENGTH: usize = 500;

/// Maximum number of lines in a hover.
const MAX_LINES: usize = 60;

/// Returns a text with long lines and long lists cut.
fn shortened(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut shown: Vec<String> = lines
        .by_ref()
        .take(MAX_LINES)
        .map(|line| match line.char_indices().nth(MAX_LINE_LENGTH) {
            Some((end, _)) => format!("{}…", &line[..end]),
            None => line.to_owned(),
        })
        .collect();
    if lines.next().is_some() {
        shown.push("…".to_owned());
    }
    shown.join("\n")
}

/// Compares a stated progress value with the checkboxes.
fn progress_claim(file: &File, offset: usize) -> Option<Hover> {
    let progress_claim = progress_claims_in(file, &(offset..offset)).into_iter().next()?;
    let usual = progress_claim.standard();
    let counted = format!("{}/{} · {}%", usual.done, usual.total, usual.percent().unwrap_or_default());
    let text = match progress_claim.is_accurate() {
        true => format!("Matches the checkboxes: {counted}"),
        false => format!("Actual: **{counted}**"),
    };
    Some(Hover { text, range: progress_claim.range })
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
