//! Completion of workspace paths in backticks, one directory level at a time.

use super::{Completion, CompletionKind, context::CompletionContext};
use crate::workspace::path::join;

pub(super) fn code_paths(context: &CompletionContext<'_>) -> Vec<Completion> {
    if !context.in_backticks() {
        return Vec::new();
    }
    let typed = context.text_before_cursor();
    let open = typed.rfind('`').map_or(0, |at| at + 1);
    let path = &typed[open..];
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '@' | '+');
    if !path.chars().all(plain)
        || path.starts_with('/')
        || path.split('/').any(|part| part == "..")
        || !context.in_text()
        || !context.has_tasks()
    {
        return Vec::new();
    }
    let Some(root) = context.workspace.index.root_of(context.file.path()) else { return Vec::new() };
    let (written, last) = path.split_at(path.rfind('/').map_or(0, |slash| slash + 1));
    let Some(folder) = join(root, written) else { return Vec::new() };
    let rest = context.text_after_cursor();
    let end = rest.find(|c: char| !plain(c)).unwrap_or(rest.len());
    // The text after the cursor is replaced only if it is the rest of the path.
    let end = if rest[end..].starts_with('`') { rest[..end].find('/').unwrap_or(end) } else { 0 };
    let range = context.offset - last.len()..context.offset + end;
    let mut entries = context.workspace.disk.list(&folder);
    entries.sort_by(|a, b| b.is_folder.cmp(&a.is_folder).then_with(|| a.name.cmp(&b.name)));
    entries
        .into_iter()
        .filter(|entry| entry.name.chars().all(|c| plain(c) || matches!(c, '[' | ']' | '(' | ')')))
        .map(|entry| {
            let (kind, slash) = match entry.is_folder {
                true => (CompletionKind::Folder, "/"),
                false => (CompletionKind::File, ""),
            };
            let slash = if rest[end..].starts_with('/') { "" } else { slash };
            let mut found = context.offer(kind, format!("{}{slash}", entry.name), written, range.clone());
            found.commit = if entry.is_folder { &[] } else { &["`"] };
            found
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check_with_files;

    #[test]
    fn offers_one_directory_level() {
        let files = [("/w/src/main.rs", ""), ("/w/src/lib/a.rs", ""), ("/w/README", "")];
        check_with_files(
            "# Plan: x\n\n- [ ] 1.1 Change `$0`\n",
            &files,
            expect![[r#"
            src/ (): - [ ] 1.1 Change `src/`
            README (): - [ ] 1.1 Change `README`"#]],
        );
        check_with_files(
            "# Plan: x\n\n- [ ] 1.1 Change `src/$0` and `b`\n",
            &files,
            expect![[r#"
            lib/ (src/): - [ ] 1.1 Change `src/lib/` and `b`
            main.rs (src/): - [ ] 1.1 Change `src/main.rs` and `b`"#]],
        );
        check_with_files("# Plan: x\n\n- [ ] 1.1 Change `src`/$0\n", &files, expect![[r#""#]]);
        check_with_files("# Plan: x\n\n- [ ] 1.1 Change `../$0`\n", &files, expect![[r#""#]]);
    }
}
