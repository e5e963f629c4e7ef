//! Links and paths: what they lead to.

use plan_model::State;

use super::Hover;
use crate::{
    File, Workspace,
    navigation::{Target, definition},
};

pub(super) fn hover(file: &File, workspace: &Workspace<'_>, at: usize) -> Option<Hover> {
    let links = file.plan().links_in(&(at..at));
    let on_link = links.iter().any(|link| link.range.start <= at && at < link.range.end);
    let paths = file.plan().code_paths_in(&(at..at));
    let on_path = paths.iter().any(|path| path.range.start <= at && at <= path.range.end);
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
        Target::There { path, span, line } => {
            let mut text = of_document(workspace, path, span.start as u32)?;
            let begins = (span.start > 0).then(|| beginning(workspace, path, *line as usize)).flatten();
            if let Some(begins) = begins {
                text.push_str("\n\n");
                text.push_str(&begins);
            }
            text
        }
        Target::File { path, line } => of_file(file, workspace, path, *line as usize),
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

/// So many lines of a section are shown.
const SHOWN: usize = 4;
/// And so many are looked at, with those that are blank.
const LOOKED_AT: usize = 12;

/// The first lines below a heading, as a quote.
fn beginning(workspace: &Workspace<'_>, path: &str, heading: usize) -> Option<String> {
    let text = workspace.disk.lines(path, heading + 1, LOOKED_AT)?;
    let below =
        text.lines().take_while(|line| !line.starts_with('#') && !line.trim_start().starts_with("```"));
    let shown: Vec<String> =
        below.filter(|line| !line.trim().is_empty()).take(SHOWN).map(|line| format!("> {line}")).collect();
    (!shown.is_empty()).then(|| shown.join("\n"))
}

/// Name, size and line of a file.
fn of_file(file: &File, workspace: &Workspace<'_>, path: &str, line: usize) -> String {
    let shown = file.environment().within_roots(path);
    let mut text = format!("`{shown}`");
    if let Some(size) = workspace.disk.size(path) {
        text.push_str(&format!(", {}", amount(size)));
    }
    if line > 0 {
        text.push_str(&format!(", line {}", line + 1));
        let said = workspace.disk.lines(path, line, 1);
        if let Some(said) = said.filter(|said| !said.trim().is_empty() && !said.contains("```")) {
            let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
            text.push_str(&format!("\n\n```{ending}\n{}\n```", said.trim()));
        }
    }
    text
}

/// `340 bytes`, `12 kB`.
fn amount(bytes: u64) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
