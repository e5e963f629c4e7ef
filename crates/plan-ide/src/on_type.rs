//! On-type edits: the next task on a new line.

use plan_model::ItemKind;
use plan_syntax::BlockKind;

use crate::{
    Edit, File,
    completion::{context::line_at, next_task_after},
};

/// Returns the edits for a new line below a task, with the cursor at `offset`: the line gets the task's bullet, an
/// unchecked checkbox and, in a numbered list, the next ID. Below an empty task, the list ends instead and the empty
/// bullet is removed.
///
/// Empty if the line already has text, which the editor may have inserted, or if it does not follow a task.
pub fn on_newline(file: &File, offset: usize) -> Vec<Edit> {
    let (start, line) = line_at(file, offset);
    if start == 0 || !line.trim_matches([' ', '\t', '>']).is_empty() || !file.has_tasks() {
        return Vec::new();
    }
    let (above_start, above) = line_at(file, start - 1);
    let Some(bullet) = Bullet::of(&above).filter(|_| !in_code(file, above_start)) else { return Vec::new() };
    let whole = start..start + line.len();
    if bullet.is_empty {
        let quote = above.len() - above.trim_start_matches([' ', '\t', '>']).len();
        let quote = above[..quote].rfind('>').map_or(0, |offset| offset + 1);
        let removed = Edit::replace(above_start + quote..above_start + above.len(), "");
        return if whole.is_empty() { vec![removed] } else { vec![removed, Edit::replace(whole, "")] };
    }
    let text = next_item_text(file, above_start, &above).unwrap_or_else(|| format!("{}[ ] ", bullet.next));
    vec![Edit::replace(whole, text)]
}

/// The bullet of a line with a checkbox.
struct Bullet {
    /// Text before the checkbox of the next line.
    next: String,
    /// Whether the item has no text after the checkbox.
    is_empty: bool,
}

impl Bullet {
    fn of(line: &str) -> Option<Self> {
        let trimmed = line.trim_start_matches([' ', '\t', '>']);
        let lead = &line[..line.len() - trimmed.len()];
        let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
        let (mark, length) = match trimmed.chars().next()? {
            mark @ ('-' | '*' | '+') => (mark.to_string(), 1),
            _ if (1..=6).contains(&digits) => {
                let delimiter = trimmed[digits..].chars().next().filter(|c| matches!(c, '.' | ')'))?;
                let next = trimmed[..digits].parse::<u32>().ok()?.checked_add(1)?;
                (format!("{next}{delimiter}"), digits + 1)
            }
            _ => return None,
        };
        let after = &trimmed[length..];
        let inside = after.trim_start_matches(' ');
        let spaces = &after[..after.len() - inside.len()];
        let close = inside.strip_prefix('[')?.find(']')? + 2;
        let is_checkbox = !spaces.is_empty()
            && inside[1..close - 1].chars().count() <= 2
            && !inside[1..close - 1].starts_with(|c: char| c.is_ascii_digit());
        let rest = &inside[close..];
        let ends = rest.is_empty() || rest.starts_with([' ', '\t', '*']);
        (is_checkbox && ends)
            .then(|| Self { next: format!("{lead}{mark}{spaces}"), is_empty: rest.trim().is_empty() })
    }
}

/// Returns the text of the next line with its ID, if the task above has an ID.
fn next_item_text(file: &File, start: usize, above: &str) -> Option<String> {
    let end = start + above.len();
    let task = file.plan().items().find(|item| {
        item.kind() == ItemKind::Task
            && item.form().is_checkbox()
            && item.malformed_checkbox().is_none()
            && (start..=end).contains(&item.line().start)
    })?;
    let (_, text, _) = next_task_after(file, &task)?;
    let line = text.lines().next()?.strip_suffix("Title")?;
    let lead = above.get(..task.line().start - start)?;
    Some(format!("{lead}{line}"))
}

/// Returns whether a line is in code, HTML or front matter.
fn in_code(file: &File, line_start: usize) -> bool {
    let document = file.document();
    let Some((start, segment)) = document.segment_at(line_start) else { return false };
    if segment.is_prologue() {
        return true;
    }
    document.content(start, segment).outline.blocks.iter().any(|block| {
        matches!(block.kind, BlockKind::Fence { .. } | BlockKind::Html { .. } | BlockKind::IndentedCode)
            && start + block.span.start as usize <= line_start
            && line_start < start + block.span.end as usize
    })
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;
    use plan_test::{apply, fixture};

    use super::*;

    /// Returns the text after Enter was pressed; `$0` is on the new line.
    fn after_enter(marked: &str) -> String {
        let (text, range) = fixture(marked);
        let file = File::new("plan.md", Document::new(&text));
        let edits = on_newline(&file, range.start);
        let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
        apply(&text, &edits)
    }

    #[test]
    fn continues_task_lists() {
        let plan = "# Plan: x\n\n### Phase 1: a\n\n- [x] **Task 1.1**: b\n";
        assert_eq!(after_enter(&format!("{plan}$0")), format!("{plan}- [ ] **Task 1.2**: "));
        assert_eq!(after_enter(&format!("{plan}  - [ ] c\n  $0\n")), format!("{plan}  - [ ] c\n  - [ ] \n"));
        assert_eq!(after_enter("# Tasks\n\n1. [x] a\n$0\n"), "# Tasks\n\n1. [x] a\n2. [ ] \n");
        assert_eq!(
            after_enter("# Tasks\r\n\r\n> * [ ] a\r\n$0\r\n"),
            "# Tasks\r\n\r\n> * [ ] a\r\n> * [ ] \r\n"
        );
        let taken = "# Plan: x\n\n- [x] **Task 1.1**: b\n$0\n- [ ] **Task 1.2**: c\n";
        assert_eq!(after_enter(taken), taken.replace("$0", "- [ ] "));
    }

    #[test]
    fn an_empty_task_ends_the_list() {
        assert_eq!(after_enter("# Tasks\n\n- [x] a\n- [ ] \n$0\n"), "# Tasks\n\n- [x] a\n\n\n");
        assert_eq!(after_enter("# Tasks\n\n- [x] a\n  - [ ]\n  $0"), "# Tasks\n\n- [x] a\n\n");
    }

    #[test]
    fn not_offered_outside_tasks() {
        for same in [
            "# Tasks\n\n- [x] a\n- [ ] $0\n",
            "# Tasks\n\n- [x] a\n- b\n$0\n",
            "# Tasks\n\n- [x] a\n\n$0\n",
            "# Tasks\n\n- [x] a\n\n```\n- [ ] b\n$0\n```\n",
            "# Notes\n\nText\n$0",
            "- [x](link.md) a\n$0",
        ] {
            assert_eq!(after_enter(same), same.replace("$0", ""), "{same:?}");
        }
    }
}
