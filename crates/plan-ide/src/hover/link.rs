//! Hovers for links and paths: a preview of the target.

use plan_model::State;

use super::Hover;
use crate::{
    File, Workspace,
    navigation::{NavigationTarget, definition},
    rules::common::plural,
};

pub(super) fn hover(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    let links = file.plan().links_in(&(offset..offset));
    let on_link = links.iter().any(|link| link.range.start <= offset && offset < link.range.end);
    let paths = file.plan().code_paths_in(&(offset..offset));
    let on_path = paths.iter().any(|path| path.range.start <= offset && offset <= path.range.end);
    if !on_link && !on_path {
        return None;
    }
    let (range, targets) = definition(file, workspace, offset)?;
    let text = match targets.first()? {
        NavigationTarget::SameDocument(place) => {
            let section = file.plan().sections().find(|section| section.text_range() == *place)?;
            let progress = section.progress();
            match progress.total {
                0 => format!("*{}*", section.title()),
                total => format!("*{}*: {}/{} done", section.title(), progress.done, plural(total, "task")),
            }
        }
        NavigationTarget::OtherDocument { path, span, line } => {
            let mut text = describe_document(workspace, path, span.start as u32)?;
            let begins = (span.start > 0).then(|| first_lines(workspace, path, *line as usize)).flatten();
            if let Some(begins) = begins {
                text.push_str("\n\n");
                text.push_str(&begins);
            }
            text
        }
        NavigationTarget::File { path, line } => describe_file(file, workspace, path, *line as usize),
    };
    Some(Hover { text, range })
}

/// Returns the title and status of another document in Markdown, and the heading that starts at an offset, if there is
/// one.
fn describe_document(workspace: &Workspace<'_>, path: &str, offset: u32) -> Option<String> {
    let summary = &workspace.index.get(path)?.summary;
    let name = crate::workspace::path::name(path);
    let mut text = format!("**{}**", summary.title.as_deref().unwrap_or(name));
    if let Some(heading) = summary.headings.iter().find(|heading| offset > 0 && heading.span.start == offset)
        && Some(&*heading.text) != summary.title.as_deref()
    {
        text.push_str(&format!(" › {}", heading.text));
    }
    if let Some(work) = &summary.plan {
        let status = work.status_text.as_deref().map(str::to_owned);
        let status = status.or_else(|| work.status.map(|state: State| state.name().to_owned()));
        if let Some(status) = status {
            text.push_str(&format!("\n\n{status}"));
        }
        if work.progress.total > 0 {
            text.push_str(&format!(
                "\n\n{}/{} done",
                work.progress.done,
                plural(work.progress.total, "task")
            ));
        }
    }
    Some(text)
}

/// Maximum number of lines shown of a section.
const MAX_LINES_SHOWN: usize = 4;
/// Maximum number of lines read below a heading, including blank ones.
const MAX_LINES_READ: usize = 12;

/// Returns the first lines below a heading as a block quote. `heading` is the line of the heading, 0-based.
fn first_lines(workspace: &Workspace<'_>, path: &str, heading: usize) -> Option<String> {
    let text = workspace.disk.lines(path, heading + 1, MAX_LINES_READ)?;
    let below =
        text.lines().take_while(|line| !line.starts_with('#') && !line.trim_start().starts_with("```"));
    let shown: Vec<String> = below
        .filter(|line| !line.trim().is_empty())
        .take(MAX_LINES_SHOWN)
        .map(|line| format!("> {line}"))
        .collect();
    (!shown.is_empty()).then(|| shown.join("\n"))
}

/// Returns the name and size of a file and, unless `line` is 0, the number and text of that line. `line` is 0-based.
fn describe_file(file: &File, workspace: &Workspace<'_>, path: &str, line: usize) -> String {
    let shown = file.environment().within_roots(path);
    let mut text = format!("`{shown}`");
    if let Some(size) = workspace.disk.size(path) {
        text.push_str(&format!(", {}", format_size(size)));
    }
    if line > 0 {
        text.push_str(&format!(", line {}", line + 1));
        let line_text = workspace.disk.lines(path, line, 1);
        if let Some(line_text) = line_text.filter(|text| !text.trim().is_empty() && !text.contains("```")) {
            let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
            text.push_str(&format!("\n\n```{ending}\n{}\n```", line_text.trim()));
        }
    }
    text
}

/// Formats a size: `340 bytes`, `12 kB`.
fn format_size(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
