//! What is said of a place: of an item or what names it, of a day, a figure, a link, and what the template asks for.

mod day;
mod entry;
mod item;
mod link;
mod template;

use plan_schema::Kind;

pub use self::template::template_place;
use crate::{File, Place, Workspace, figures::figures_in};

/// Text about a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// Markdown.
    pub text: String,
    /// What it is about.
    pub range: Place,
}

/// A place in a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplatePlace {
    /// The template's name.
    pub template: String,
    /// Bytes of its text.
    pub range: Place,
}

/// What there is to say of a place: the plan's own words first, below them the template's.
pub fn hover(file: &File, workspace: &Workspace<'_>, at: usize) -> Option<Hover> {
    match file.kind() {
        Kind::Plan | Kind::Checklist => {}
        Kind::Template => return template::in_template(file, at),
        _ => return None,
    }
    let own = link::hover(file, workspace, at)
        .or_else(|| day::hover(file, at))
        .or_else(|| figure(file, at))
        .or_else(|| entry::hover(file, at))
        .or_else(|| item::hover(file, workspace, at));
    match (own, template::asked(file, at)) {
        (Some(own), Some(asked)) => {
            Some(Hover { text: format!("{}\n\n---\n\n{}", own.text, asked.text), range: own.range })
        }
        (own, asked) => own.or(asked),
    }
}

/// A figure of progress, beside the one that the boxes give.
fn figure(file: &File, at: usize) -> Option<Hover> {
    let figure = figures_in(file, &(at..at)).into_iter().next()?;
    let usual = figure.usual();
    let counted = format!("{}/{} · {} %", usual.done, usual.total, usual.percent().unwrap_or_default());
    let text = match figure.is_true() {
        true => format!("The boxes say so, too: {counted}"),
        false => format!("The boxes say **{counted}**"),
    };
    Some(Hover { text, range: figure.place })
}
