//! Completion of link destinations: relative paths, one directory level at a time, and anchors of this and other
//! documents. Also completes fields that refer to other documents.

use std::borrow::Cow;

use plan_model::{Meaning, split_target};
use plan_schema::DocumentKind;

use super::{Completion, CompletionKind, context::CompletionContext};
use crate::{
    TextRange,
    workspace::path::{folder, is_in, join, name, relative},
};

/// Maximum number of files compared with the typed text.
const MAX_FILES_SEARCHED: usize = 5_000;
/// Maximum number of files offered. Larger than the limit of a response, so that the response is marked as
/// incomplete.
const MAX_OFFERED_PATHS: usize = super::MAX_COMPLETIONS + 1;

pub(super) fn links(context: &CompletionContext<'_>) -> Vec<Completion> {
    let Some(range) = in_link(context).or_else(|| in_field(context)) else { return Vec::new() };
    let document = context.file.document();
    let typed = document.slice(range.start..context.offset);
    let whole = document.slice(range.clone());
    match typed.split_once('#') {
        Some((path, _)) => anchors(context, path, range.start + path.len() + 1..range.end),
        None => {
            let end = range.start + whole.find(['#', '?']).unwrap_or(whole.len());
            paths(context, &typed, range.start..end)
        }
    }
}

/// Returns the range of the link destination that the cursor is in: `[text](…`.
fn in_link(context: &CompletionContext<'_>) -> Option<TextRange> {
    let typed = context.text_before_cursor();
    let open = typed.rfind("](")? + 2;
    let target = typed.get(open..)?;
    if let Some(target) = target.strip_prefix('<') {
        return in_angle_brackets(context, open + 1, target);
    }
    if target.contains([')', ' ', '<', '"', '\t', ':', '\\'])
        || context.in_backticks()
        || !context.in_text()
        || !context.completes_links()
    {
        return None;
    }
    let rest = context.text_after_cursor();
    let closed = rest.find([')', ' ', '\t']).unwrap_or(0);
    // Without a closing parenthesis, the rest of the line is not part of the link.
    let end = if rest[closed..].starts_with(')') { closed } else { 0 };
    Some(context.line_start + open..context.offset + end)
}

/// Returns the range of the link destination that the cursor is in: `[text](<…`. `open` is the offset of its start in
/// the line, `target` the text before the cursor.
fn in_angle_brackets(context: &CompletionContext<'_>, open: usize, target: &str) -> Option<TextRange> {
    if target.contains(['<', '>', '"', ':', '\\'])
        || context.in_backticks()
        || !context.in_text()
        || !context.completes_links()
    {
        return None;
    }
    let end = context.text_after_cursor().find('>').unwrap_or(0);
    Some(context.line_start + open..context.offset + end)
}

/// Returns the range of the element at the cursor in a field that refers to documents: `Spec`, `Related plans`.
fn in_field(context: &CompletionContext<'_>) -> Option<TextRange> {
    let value = context.value()?;
    if value.column.is_some() || !matches!(value.meaning, Some(Meaning::Spec | Meaning::Related)) {
        return None;
    }
    let element = value.element(context);
    let written = context.file.document().slice(element.range.clone());
    let plain = !written.contains(['(', '[', '`', '"', ' ']) && value.lead.is_empty();
    (plain && element.lead().is_empty()).then_some(element.range)
}

/// Offers the anchors of the document at a path; of this document if the path is empty.
fn anchors(context: &CompletionContext<'_>, path: &str, range: TextRange) -> Vec<Completion> {
    let offer = |(anchor, title): (String, String)| {
        let mut found = context.offer(CompletionKind::Reference, &*anchor, title, range.clone());
        found.filter = format!("{anchor} {}", found.detail);
        found.commit = &[")"];
        found
    };
    let is_anchor = |(anchor, _): &(String, String)| !anchor.trim_matches('-').is_empty();
    if path.is_empty() {
        let plan = context.file.plan();
        let (headings, set) = plan.all_anchors();
        let titles = plan.sections().map(|section| section.title());
        let headings = headings.into_iter().map(Cow::into_owned);
        let set = set.into_iter().map(|anchor| (anchor, "HTML anchor".to_owned()));
        return headings.zip(titles).chain(set).filter(is_anchor).map(offer).collect();
    }
    let workspace = context.workspace;
    let summary = split_target(path)
        .and_then(|(path, _)| workspace.index.target(context.file.path(), &path))
        .filter(|target| is_markdown(target))
        .and_then(|target| workspace.summary(&target));
    let Some(summary) = summary else { return Vec::new() };
    let headings = summary.heading_anchors().into_iter();
    let headings = headings.zip(summary.headings.iter().map(|heading| heading.text.to_string()));
    let set = summary.anchors.iter().map(|anchor| (anchor.to_lowercase(), "HTML anchor".to_owned()));
    headings.chain(set).filter(is_anchor).map(offer).collect()
}

pub(super) fn is_markdown(path: &str) -> bool {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    matches!(extension.as_deref(), Some("md" | "markdown"))
}

/// Offers documents of the workspace, and the entries of the directory being typed.
fn paths(context: &CompletionContext<'_>, typed: &str, range: TextRange) -> Vec<Completion> {
    let own = context.file.path();
    // An unsaved document without a path has no folder.
    if own.starts_with("untitled:") || own.contains("://") {
        return Vec::new();
    }
    let index = context.workspace.index;
    let root = index.root_of(own);
    let own_folder = folder(own);
    let in_angle_brackets = context.file.document().slice(range.start.saturating_sub(1)..range.start) == "<";
    let encode = |path: &str| if in_angle_brackets { path.to_owned() } else { encode(path) };
    let (written, last) = typed.split_at(typed.rfind('/').map_or(0, |slash| slash + 1));
    let mut offers: Vec<(String, String, CompletionKind)> = Vec::new();
    if !typed.starts_with('/') {
        let typed_lower = last.to_lowercase();
        let documents = index.iter().take(MAX_FILES_SEARCHED).filter(|(path, _)| {
            &***path != own && root.is_none_or(|root| is_in(path, root)) && !path.contains("  ")
        });
        let mut found: Vec<(usize, bool, String, String)> = documents
            .filter_map(|(path, entry)| {
                let title = entry.summary.title.as_deref().unwrap_or_default();
                let fits = typed_lower.is_empty()
                    || name(path).to_lowercase().contains(&typed_lower)
                    || title.to_lowercase().contains(&typed_lower);
                let to = relative(own_folder, path);
                // `./` and typed directories narrow the list.
                let beginning = written.strip_prefix("./").unwrap_or(written);
                let below = to.strip_prefix(beginning).filter(|_| fits)?;
                let target = format!("{written}{}", encode(below));
                Some((to.matches('/').count(), entry.kind != DocumentKind::Plan, target, title.to_owned()))
            })
            .collect();
        found.sort();
        let documents = found.into_iter().take(MAX_OFFERED_PATHS);
        offers.extend(documents.map(|(.., target, title)| (target, title, CompletionKind::File)));
    }
    let listed = match written.strip_prefix('/') {
        Some(rest) => root.and_then(|root| join(root, &decoded(rest))),
        None => join(own_folder, &decoded(written)),
    };
    let listed = listed.filter(|listed| {
        own_folder.starts_with('/') && root.is_none_or(|root| listed == root || is_in(listed, root))
    });
    for entry in listed.map(|listed| context.workspace.disk.list(&listed)).unwrap_or_default() {
        let slash = if entry.is_folder { "/" } else { "" };
        let target = format!("{written}{}{slash}", encode(&entry.name));
        let kind = if entry.is_folder { CompletionKind::Folder } else { CompletionKind::File };
        if !offers.iter().any(|(known, ..)| *known == target) {
            offers.push((target, String::new(), kind));
        }
    }
    offers
        .into_iter()
        .map(|(target, title, kind)| {
            let mut found = context.offer(kind, &*target, title, range.clone());
            found.filter = format!("{target} {}", found.detail);
            found.commit = if kind == CompletionKind::Folder { &["/"] } else { &["#", ")"] };
            if kind == CompletionKind::Folder {
                // The label already ends with the commit character.
                found.commit = &[];
            }
            found
        })
        .collect()
}

/// Percent-encodes the characters of a path that have a special meaning in a link destination.
fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            ' ' => out.push_str("%20"),
            '(' => out.push_str("%28"),
            ')' => out.push_str("%29"),
            '#' => out.push_str("%23"),
            '?' => out.push_str("%3F"),
            '%' => out.push_str("%25"),
            '<' => out.push_str("%3C"),
            '>' => out.push_str("%3E"),
            ':' => out.push_str("%3A"),
            c => out.push(c),
        }
    }
    out
}

fn decoded(path: &str) -> String {
    split_target(path).map_or_else(|| path.to_owned(), |(path, _)| path.into_string())
}

/// Returns whether a link destination exists. Destinations that cannot be checked are assumed to exist.
pub(super) fn target_exists(context: &CompletionContext<'_>, target: &str) -> bool {
    let workspace = context.workspace;
    let fragment = target.split_once('#').map(|(_, fragment)| fragment.to_lowercase());
    let found = match split_target(target) {
        None if target.starts_with('#') => {
            let (headings, set) = context.file.plan().all_anchors();
            return fragment.is_none_or(|fragment| {
                fragment.is_empty()
                    || headings.iter().any(|anchor| **anchor == fragment)
                    || set.contains(&fragment)
            });
        }
        None => return true,
        Some((path, _)) => workspace.index.target(context.file.path(), &path),
    };
    let Some(path) = found.filter(|path| workspace.exists(path)) else { return false };
    let Some(fragment) = fragment.filter(|fragment| !fragment.is_empty() && is_markdown(&path)) else {
        return true;
    };
    workspace.summary(&path).is_none_or(|summary| {
        summary.heading_anchors().contains(&fragment)
            || summary.anchors.iter().any(|anchor| anchor.to_lowercase() == fragment)
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::{check, check_with_files};

    const PLAN: &str = "# Plan: x\n\n- [ ] 1.1 a\n\n## Risks & more\n\n## Risks & more\n\n";

    #[test]
    fn offers_paths_and_anchors() {
        let files = [
            ("/w/plans/b c.md", "# Other plan\n\n## Goal\n"),
            ("/w/specs/index.md", "# Specification\n\n## Scope\n"),
            ("/w/plans/images/a.png", ""),
        ];
        check_with_files(
            &format!("{PLAN}see [a]($0)\n"),
            &files,
            expect![[r#"
            b%20c.md (Other plan): see [a](b%20c.md)
            ../specs/index.md (Specification): see [a](../specs/index.md)
            images/ (): see [a](images/)"#]],
        );
        check_with_files(
            &format!("{PLAN}see [a](spec$0)\n"),
            &files,
            expect!["../specs/index.md (Specification): see [a](../specs/index.md)"],
        );
        check_with_files(
            &format!("{PLAN}see [a](<b$0\n"),
            &files,
            expect!["b c.md (Other plan): see [a](<b c.md"],
        );
        check_with_files(
            &format!("{PLAN}see ![a](im$0)\n"),
            &files,
            expect!["images/ (): see ![a](images/)"],
        );
        check_with_files(
            &format!("{PLAN}see [a](images/$0)\n"),
            &files,
            expect!["images/a.png (): see [a](images/a.png)"],
        );
        check_with_files(
            &format!("{PLAN}see [a](../specs/index.md#$0)\n"),
            &files,
            expect![[r#"
            specification (Specification): see [a](../specs/index.md#specification)
            scope (Scope): see [a](../specs/index.md#scope)"#]],
        );
        check(
            &format!("{PLAN}see [a](#ri$0x)\n"),
            expect![[r#"
            risks--more (Risks & more): see [a](#risks--more)
            risks--more-1 (Risks & more): see [a](#risks--more-1)"#]],
        );
    }

    #[test]
    fn offered_only_in_links() {
        check(&format!("{PLAN}see `[a](#$0`\n"), expect![""]);
        check(&format!("{PLAN}```\n[a](#$0)\n```\n"), expect![""]);
        check(&format!("{PLAN}see [a](#x) $0\n"), expect![""]);
    }
}
