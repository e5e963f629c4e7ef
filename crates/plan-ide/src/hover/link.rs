//! Links and paths: what they lead to.

use plan_model::State;

use super::Hover;
use crate::{
    File, Workspace,
    navigation::{Target, definition},
};

pub(super) fn hover(file: &File, workspace: &Workspace<'_>, at: usize) -> Option<Hover> {
    let links = file.plan().links();
    let on_link = links.iter().any(|link| link.range.start <= at && at < link.range.end);
    let on_path = file.plan().code_paths().iter().any(|path| path.range.start <= at && at <= path.range.end);
    if !on_link && !on_path {
        return None;
    }
    let (range, targets) = definition(file, workspace, at)?;
    let text = match targets.first()? {
        Target::Here(place) => {
            let section = file.plan().sections().find(|section| section.text_range() == *place)?;
            let progress = section.progress();
            match progress.total {
                0 => format!("*{}*", section.title()),
                _ => format!("*{}*: {}/{} tasks done", section.title(), progress.done, progress.total),
            }
        }
        Target::There { path, span, .. } => of_document(workspace, path, span.start as u32)?,
        Target::File { path, line } => {
            let shown = file.environment().within_roots(path);
            if *line > 0 { format!("`{shown}`, line {}", line + 1) } else { format!("`{shown}`") }
        }
    };
    Some(Hover { text, range })
}

/// Title and status of another document, and the heading that is meant in it.
fn of_document(workspace: &Workspace<'_>, path: &str, at: u32) -> Option<String> {
    let summary = &workspace.index.get(path)?.summary;
    let name = crate::workspace::path::name(path);
    let mut text = format!("**{}**", summary.title.as_deref().unwrap_or(name));
    if let Some(heading) = summary.headings.iter().find(|heading| at > 0 && heading.span.start == at)
        && Some(&*heading.text) != summary.title.as_deref()
    {
        text.push_str(&format!(" › {}", heading.text));
    }
    if let Some(work) = &summary.work {
        let status = work.status_text.as_deref().map(str::to_owned);
        let status = status.or_else(|| work.status.map(|state: State| state.name().to_owned()));
        if let Some(status) = status {
            text.push_str(&format!("\n\n{status}"));
        }
        if work.progress.total > 0 {
            text.push_str(&format!("\n\n{}/{} tasks done", work.progress.done, work.progress.total));
        }
    }
    Some(text)
}
