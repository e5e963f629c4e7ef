//! In a link's parentheses: files by their relative paths, folder by folder, and anchors of this and other documents. Also in
//! fields that name other documents.

use std::borrow::Cow;

use plan_model::{Meaning, split_target};
use plan_schema::Kind;

use super::{Completion, CompletionKind, context::Context};
use crate::{
    Place,
    workspace::path::{folder, is_in, join, name, relative},
};

/// So many files are compared with what is typed.
const LOOKED_AT: usize = 5_000;
/// So many of them are offered: more than an answer holds, so that it says that there are more.
const OFFERED: usize = super::LIMIT + 1;

pub(super) fn links(context: &Context<'_>) -> Vec<Completion> {
    let Some(range) = in_link(context).or_else(|| in_field(context)) else { return Vec::new() };
    let document = context.file.document();
    let typed = document.slice(range.start..context.at);
    let whole = document.slice(range.clone());
    match typed.split_once('#') {
        Some((path, _)) => anchors(context, path, range.start + path.len() + 1..range.end),
        None => {
            let end = range.start + whole.find(['#', '?']).unwrap_or(whole.len());
            paths(context, &typed, range.start..end)
        }
    }
}

/// The target that the cursor stands in: `[text](…`.
fn in_link(context: &Context<'_>) -> Option<Place> {
    let typed = context.typed();
    let open = typed.rfind("](")? + 2;
    let target = typed.get(open..)?;
    if target.contains([')', ' ', '<', '"', '\t', ':', '\\'])
        || context.in_backticks()
        || !context.in_text()
        || !context.links_are_ours()
    {
        return None;
    }
    let rest = context.rest();
    let closed = rest.find([')', ' ', '\t']).unwrap_or(0);
    // Without an end the rest is other text.
    let end = if rest[closed..].starts_with(')') { closed } else { 0 };
    Some(context.line_start + open..context.at + end)
}

/// The value of a field that names documents: `Spec`, `Related plans`.
fn in_field(context: &Context<'_>) -> Option<Place> {
    let value = context.value()?;
    if value.column.is_some() || !matches!(value.meaning, Some(Meaning::Spec | Meaning::Related)) {
        return None;
    }
    let element = value.element(context);
    let written = context.file.document().slice(element.range.clone());
    let plain = !written.contains(['(', '[', '`', '"', ' ']) && value.lead.is_empty();
    (plain && element.lead().is_empty()).then_some(element.range)
}

/// The anchors of the document at a path; of this one where there is none.
fn anchors(context: &Context<'_>, path: &str, range: Place) -> Vec<Completion> {
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
        let set = set.into_iter().map(|anchor| (anchor, "set in HTML".to_owned()));
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
    let set = summary.anchors.iter().map(|anchor| (anchor.to_lowercase(), "set in HTML".to_owned()));
    headings.chain(set).filter(is_anchor).map(offer).collect()
}

pub(super) fn is_markdown(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    matches!(ending.as_deref(), Some("md" | "markdown"))
}

/// Documents of the workspace, and what lies in the folder that is being typed.
fn paths(context: &Context<'_>, typed: &str, range: Place) -> Vec<Completion> {
    let own = context.file.path();
    let index = context.workspace.index;
    let root = index.root_of(own);
    let here = folder(own);
    let (written, last) = typed.split_at(typed.rfind('/').map_or(0, |slash| slash + 1));
    let mut offers: Vec<(String, String, CompletionKind)> = Vec::new();
    if !typed.starts_with('/') {
        let wanted = last.to_lowercase();
        let documents = index.iter().take(LOOKED_AT).filter(|(path, _)| {
            &***path != own && root.is_none_or(|root| is_in(path, root)) && !path.contains("  ")
        });
        let mut found: Vec<(usize, bool, String, String)> = documents
            .filter_map(|(path, entry)| {
                let title = entry.summary.title.as_deref().unwrap_or_default();
                let fits = wanted.is_empty()
                    || name(path).to_lowercase().contains(&wanted)
                    || title.to_lowercase().contains(&wanted);
                let to = relative(here, path);
                // `./` and folders that are typed narrow it down.
                let beginning = written.strip_prefix("./").unwrap_or(written);
                let below = to.strip_prefix(beginning).filter(|_| fits)?;
                let target = format!("{written}{}", encoded(below));
                Some((to.matches('/').count(), entry.kind != Kind::Plan, target, title.to_owned()))
            })
            .collect();
        found.sort();
        let documents = found.into_iter().take(OFFERED);
        offers.extend(documents.map(|(.., target, title)| (target, title, CompletionKind::File)));
    }
    let listed = match written.strip_prefix('/') {
        Some(rest) => root.and_then(|root| join(root, &decoded(rest))),
        None => join(here, &decoded(written)),
    };
    let listed = listed.filter(|listed| {
        here.starts_with('/') && root.is_none_or(|root| listed == root || is_in(listed, root))
    });
    for entry in listed.map(|listed| context.workspace.disk.list(&listed)).unwrap_or_default() {
        let slash = if entry.is_folder { "/" } else { "" };
        let target = format!("{written}{}{slash}", encoded(&entry.name));
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
                // The character that accepts it is its last one already.
                found.commit = &[];
            }
            found
        })
        .collect()
}

/// A path as it is written in a link.
fn encoded(path: &str) -> String {
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

/// Whether a target leads somewhere, as far as anyone can tell.
pub(super) fn leads_somewhere(context: &Context<'_>, target: &str) -> bool {
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

    use crate::completion::testing::{check, check_beside};

    const PLAN: &str = "# Plan: x\n\n- [ ] 1.1 a\n\n## Risks & more\n\n## Risks & more\n\n";

    #[test]
    fn paths_and_anchors() {
        let beside = [
            ("/w/plans/b c.md", "# Other plan\n\n## Goal\n"),
            ("/w/specs/index.md", "# Specification\n\n## Scope\n"),
            ("/w/plans/images/a.png", ""),
        ];
        check_beside(
            &format!("{PLAN}see [a]($0)\n"),
            &beside,
            expect![[r#"
            b%20c.md (Other plan): see [a](b%20c.md)
            ../specs/index.md (Specification): see [a](../specs/index.md)
            images/ (): see [a](images/)"#]],
        );
        check_beside(
            &format!("{PLAN}see [a](spec$0)\n"),
            &beside,
            expect!["../specs/index.md (Specification): see [a](../specs/index.md)"],
        );
        check_beside(
            &format!("{PLAN}see [a](images/$0)\n"),
            &beside,
            expect!["images/a.png (): see [a](images/a.png)"],
        );
        check_beside(
            &format!("{PLAN}see [a](../specs/index.md#$0)\n"),
            &beside,
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
    fn not_elsewhere() {
        check(&format!("{PLAN}see `[a](#$0`\n"), expect![""]);
        check(&format!("{PLAN}```\n[a](#$0)\n```\n"), expect![""]);
        check(&format!("{PLAN}see [a](#x) $0\n"), expect![""]);
    }
}
