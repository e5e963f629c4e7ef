//! Updates of links after files were moved or deleted.

use std::collections::BTreeMap;

use plan_model::{decode, split_target};

use crate::{
    Edit, File, Index,
    workspace::path::{self, relative},
};

/// Files and folders that were moved or deleted.
#[derive(Clone, Debug, Default)]
pub struct PathChanges {
    /// Old and new paths of files and folders.
    moves: Vec<(String, String)>,
}

impl PathChanges {
    /// Creates changes from pairs of old and new paths.
    pub fn new(moves: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { moves: moves.into_iter().collect() }
    }

    /// Returns the new path of a file, if it is moved.
    pub fn of(&self, path: &str) -> Option<String> {
        self.moves.iter().find_map(|(old, new)| {
            if path == old {
                return Some(new.clone());
            }
            path::is_in(path, old).then(|| format!("{new}{}", &path[old.len()..]))
        })
    }

    /// Returns the old names of the moved files and folders, without their folders.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.moves.iter().map(|(old, _)| path::name(old))
    }

    /// Returns the files of an index that need updates: moved files and files that link to them.
    pub fn affected_files(&self, index: &Index) -> Vec<String> {
        let mut found = std::collections::BTreeSet::new();
        for (old, _) in &self.moves {
            let inside = index.below(old).map(|(path, _)| path.to_string());
            let moved: Vec<String> = std::iter::once(old.clone()).chain(inside).collect();
            for path in moved {
                found.extend(index.linked_from(&path).into_iter().map(ToString::to_string));
                // Links can omit the extension.
                if let Some(stem) = path.strip_suffix(".md") {
                    found.extend(index.linked_from(stem).into_iter().map(ToString::to_string));
                }
                found.extend(index.get(&path).is_some().then_some(path));
            }
            // Links may refer to files that are not in the index, such as images, and to the folder itself.
            found.extend(index.linked_below(old).into_iter().map(ToString::to_string));
        }
        found.into_iter().collect()
    }
}

/// Returns the edits of a file's links when files are moved, possibly including the file itself. Changes only paths
/// that would otherwise refer to another file, and keeps their style.
pub fn relink(file: &File, index: &Index, moves: &PathChanges) -> Vec<Edit> {
    let old_self = file.path();
    let new_self = moves.of(old_self);
    let from = path::folder(new_self.as_deref().unwrap_or(old_self));
    let mut edits: Vec<Edit> = Vec::new();
    for link in file.plan().links() {
        let Some((written, _)) = split_target(link.target) else { continue };
        let Some(old_target) = index.target(old_self, &written) else { continue };
        let without_extension = || {
            let new = moves.of(&format!("{old_target}.md"))?;
            Some(new.strip_suffix(".md").map_or_else(|| new.clone(), str::to_owned))
        };
        let new_target = moves.of(&old_target).or_else(without_extension);
        let new_target = new_target.unwrap_or_else(|| old_target.clone());
        let from_root = written.starts_with('/');
        let now = if from_root {
            index.target(new_self.as_deref().unwrap_or(old_self), &written)
        } else {
            path::join(from, &written)
        };
        if now.as_ref() == Some(&new_target) || (new_self.is_none() && new_target == old_target) {
            continue;
        }
        let text = match index.root_of(&new_target).filter(|_| from_root) {
            Some(root) => format!("/{}", relative(root, &new_target)),
            None => relative(from, &new_target),
        };
        let text =
            if written.starts_with("./") && !text.starts_with("../") { format!("./{text}") } else { text };
        let text = if written.ends_with('/') { format!("{text}/") } else { text };
        let raw = file.document().slice(link.target_range.clone());
        let length = raw.find(['#', '?']).unwrap_or(raw.len());
        let before =
            file.document().slice(link.target_range.start.saturating_sub(1)..link.target_range.start);
        let range = link.target_range.start..link.target_range.start + length;
        let text = encode(&text, &raw[..length], before == "<");
        if !edits.iter().any(|edit| edit.range == range) {
            edits.push(Edit::replace(range, text));
        }
    }
    edits.extend(mentioned_paths(file, index, moves));
    edits.sort_by_key(|edit| edit.range.start);
    edits
}

/// Returns the edits of moved paths in backticks, which can be relative to the root, and in attributes of HTML.
fn mentioned_paths(file: &File, index: &Index, moves: &PathChanges) -> Vec<Edit> {
    let (old_self, new_self) = (file.path(), moves.of(file.path()));
    let new_folder = path::folder(new_self.as_deref().unwrap_or(old_self));
    let root = index.root_of(old_self);
    let in_code = file.plan().code_paths().into_iter().map(|path| {
        let end = path.range.start + path.path.len();
        (path.range.start..end, path.path, true)
    });
    let in_html = file.plan().html_targets().into_iter().filter_map(|(range, value)| {
        let length = value.find(['#', '?']).unwrap_or(value.len());
        let is_local = !value.contains(':') && length > 0;
        is_local.then(|| (range.start..range.start + length, value[..length].to_owned(), false))
    });
    let edits = in_code.chain(in_html).filter_map(|(range, written, is_code)| {
        let plain = written.trim_start_matches("./").trim_end_matches('/');
        let of_folder = path::join(path::folder(old_self), plain).and_then(|target| moves.of(&target));
        let of_root = || {
            let root = root.filter(|_| is_code)?;
            Some(relative(root, &moves.of(&path::join(root, plain)?)?))
        };
        let new = of_folder.map(|target| relative(new_folder, &target)).or_else(of_root)?;
        let lead = if written.starts_with("./") && !new.starts_with("../") { "./" } else { "" };
        let tail = if written.ends_with('/') { "/" } else { "" };
        let new = format!("{lead}{new}{tail}");
        (new != written).then(|| Edit::replace(range, new))
    });
    edits.collect()
}

/// Returns the edits that replace links to deleted files with their text.
pub fn unlink(file: &File, index: &Index, deleted: &PathChanges) -> Vec<Edit> {
    let links = file.plan().links();
    let lead_there = links.iter().filter(|link| !link.image).filter(|link| {
        split_target(link.target)
            .and_then(|(path, _)| index.target(file.path(), &path))
            .is_some_and(|target| deleted.of(&target).is_some())
    });
    // Only links of the form `[text](target)` are replaced, because the text of other forms is not readable without
    // the link.
    let inline = lead_there.filter(|link| {
        let written = file.document().slice(link.range.clone());
        written.starts_with('[') && written.ends_with(')') && !link.text.is_empty()
    });
    inline.map(|link| Edit::replace(link.range.clone(), link.text)).collect()
}

/// Renamed anchors of changed headings.
#[derive(Clone, Debug, Default)]
pub(crate) struct RenamedAnchors {
    /// New anchors by old ones.
    moved: BTreeMap<String, String>,
}

/// Returns the anchors that differ between two versions of a document with the same headings in the same order. Empty
/// if the headings are not the same.
pub(crate) fn renamed_anchors(before: &File, after: &File) -> RenamedAnchors {
    let (old, _) = before.plan().all_anchors();
    let (new, _) = after.plan().all_anchors();
    if old.len() != new.len() {
        return RenamedAnchors::default();
    }
    let moved = old.into_iter().zip(new).filter(|(old, new)| old != new);
    RenamedAnchors { moved: moved.map(|(old, new)| (old.into_owned(), new.into_owned())).collect() }
}

impl RenamedAnchors {
    pub(crate) fn is_empty(&self) -> bool {
        self.moved.is_empty()
    }

    /// Returns edits of links in the document itself that refer to changed anchors.
    pub(crate) fn own_link_edits(&self, file: &File) -> Vec<Edit> {
        self.links(file, |target| {
            target.starts_with('#')
                || split_target(target)
                    .and_then(|(written, _)| path::join(path::folder(file.path()), &written))
                    .is_some_and(|target| target == file.path())
        })
    }

    /// Returns edits of links in another document that refer to changed anchors of the document at `path`.
    pub(crate) fn links_in(&self, other: &File, index: &Index, path: &str) -> Vec<Edit> {
        self.links(other, |target| {
            let target = split_target(target).and_then(|(target, _)| index.target(other.path(), &target));
            target.as_deref() == Some(path)
        })
    }

    fn links(&self, file: &File, leads_here: impl Fn(&str) -> bool) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::new();
        for link in file.plan().links() {
            let Some((_, fragment)) = link.target.split_once('#').filter(|_| leads_here(link.target)) else {
                continue;
            };
            let decoded = decode(fragment);
            let Some(new) = self.moved.get(&decoded.to_lowercase()) else { continue };
            let raw = file.document().slice(link.target_range.clone());
            let Some(at) = raw.rfind('#') else { continue };
            let range = link.target_range.start + at + 1..link.target_range.end;
            if !edits.iter().any(|edit| edit.range == range) {
                edits.push(Edit::replace(range, new.as_str()));
            }
        }
        edits
    }
}

/// Percent-encodes a path for a link destination: characters with a special meaning, spaces and parentheses unless
/// `in_angles`, and non-ASCII characters if the path `old` encodes characters.
fn encode(path: &str, old: &str, in_angles: bool) -> String {
    let encodes = old.contains('%');
    let mut out = String::with_capacity(path.len());
    for character in path.chars() {
        let special = match character {
            '%' | '#' | '?' => true,
            ' ' | '(' | ')' => !in_angles,
            '<' | '>' => true,
            c => encodes && !c.is_ascii(),
        };
        if special {
            let mut buffer = [0; 4];
            for byte in character.encode_utf8(&mut buffer).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    fn after(path: &str, text: &str, moves: &[(&str, &str)]) -> String {
        let mut index = Index::new(["/w".to_owned()]);
        let file = File::new(path, Document::new(text));
        index.set(path, Some(file.entry()));
        let moves = PathChanges::new(moves.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())));
        let mut out = text.to_owned();
        for edit in relink(&file, &index, &moves).into_iter().rev() {
            out.replace_range(edit.range, &edit.text);
        }
        out
    }

    #[test]
    fn updates_links_to_a_moved_target() {
        let moves = [("/w/docs/b.md", "/w/done/b c.md")];
        assert_eq!(
            after(
                "/w/plans/a.md",
                "[b](../docs/b.md#x), [b](./../docs/b.md \"t\"), ![p](b.png)\n\n[r]: <../docs/b.md>\n[r]\n",
                &moves
            ),
            "[b](../done/b%20c.md#x), [b](../done/b%20c.md \"t\"), ![p](b.png)\n\n[r]: <../done/b c.md>\n[r]\n"
        );
        assert_eq!(after("/w/a.md", "[b](/docs/b.md)\n", &moves), "[b](/done/b%20c.md)\n");
        assert_eq!(
            after("/w/docs/a.md", "| [b](./b.md) |\n|---|\n| `b.md` |\n", &moves),
            "| [b](../done/b%20c.md) |\n|---|\n| `../done/b c.md` |\n"
        );
    }

    #[test]
    fn updates_links_without_extension() {
        let moves = [("/w/docs/b.md", "/w/done/c.md")];
        assert_eq!(
            after("/w/plans/a.md", "[b](../docs/b#x) [b](../docs/bb)\n", &moves),
            "[b](../done/c#x) [b](../docs/bb)\n"
        );
        let moves = [("/w/docs/b.md", "/w/docs/b.txt"), ("/w/docs/a.md", "/w/a.md")];
        assert_eq!(after("/w/docs/a.md", "[b](b)\n", &moves), "[b](docs/b.txt)\n");
    }

    #[test]
    fn updates_paths_in_code_and_html() {
        let moves = [("/w/foo", "/w/bar")];
        assert_eq!(
            after(
                "/w/plans/a.md",
                "`foo/spec.md`, `../foo/src.rs:12`, <a href=\"../foo/spec.md#x\">x</a> <img src='../foo/i.png'> `food/x.md`\n\n```\n`foo/spec.md`\n```\n",
                &moves
            ),
            "`bar/spec.md`, `../bar/src.rs:12`, <a href=\"../bar/spec.md#x\">x</a> <img src='../bar/i.png'> `food/x.md`\n\n```\n`foo/spec.md`\n```\n"
        );
    }

    #[test]
    fn updates_links_of_a_moved_file() {
        let moves = [("/w/plans/a.md", "/w/plans/done/a.md")];
        assert_eq!(
            after("/w/plans/a.md", "[b](b.md) [c](../c.md#y) [a](a.md) [x](#x) <https://a.b>\n", &moves),
            "[b](../b.md) [c](../../c.md#y) [a](a.md) [x](#x) <https://a.b>\n"
        );
    }

    #[test]
    fn updates_links_of_a_moved_folder() {
        let moves = [("/w/plans", "/w/archive/plans")];
        assert_eq!(after("/w/plans/a.md", "[b](b.md) [c](../c.md)\n", &moves), "[b](b.md) [c](../../c.md)\n");
        assert_eq!(
            after("/w/c.md", "[a](plans/a.md) [all](plans/)\n", &moves),
            "[a](archive/plans/a.md) [all](archive/plans/)\n"
        );
    }

    #[test]
    fn replaces_links_to_deleted_files_by_their_text() {
        let mut index = Index::new(["/w".to_owned()]);
        let text = "See [the *b*](b.md#x) and [c](c.md).\n";
        let file = File::new("/w/a.md", Document::new(text));
        index.set("/w/a.md", Some(file.entry()));
        let deleted = PathChanges::new([("/w/b.md".to_owned(), String::new())]);
        assert_eq!(deleted.affected_files(&index), ["/w/a.md"]);
        let edits = unlink(&file, &index, &deleted);
        assert_eq!(edits, [Edit::replace(4..21, "the *b*")]);
    }
}
