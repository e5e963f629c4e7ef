//! What happens while someone types: the next task on a new line.

use plan_model::ItemKind;
use plan_schema::Kind;
use plan_syntax::BlockKind;

use crate::{
    Edit, File,
    completion::{context::line_at, following},
};

/// What a new line below a task becomes, when the cursor stands on it at byte `at`: the task's bullet and an open box, with
/// the id that comes next where ids count on. Below a task without a text the list ends instead: its bullet goes. Nothing
/// where the line has a text already, which an editor may have put there, and nothing below other lines.
pub fn on_newline(file: &File, at: usize) -> Vec<Edit> {
    let (start, line) = line_at(file, at);
    if start == 0
        || !line.trim_matches([' ', '\t', '>']).is_empty()
        || !matches!(file.kind(), Kind::Plan | Kind::Checklist)
    {
        return Vec::new();
    }
    let (above_start, above) = line_at(file, start - 1);
    let Some(bullet) = Bullet::of(&above).filter(|_| !in_code(file, above_start)) else { return Vec::new() };
    let whole = start..start + line.len();
    if bullet.is_empty {
        let quote = above.len() - above.trim_start_matches([' ', '\t', '>']).len();
        let quote = above[..quote].rfind('>').map_or(0, |at| at + 1);
        let removed = Edit::replace(above_start + quote..above_start + above.len(), "");
        return if whole.is_empty() { vec![removed] } else { vec![removed, Edit::replace(whole, "")] };
    }
    let text = counted(file, above_start, &above).unwrap_or_else(|| format!("{}[ ] ", bullet.next));
    vec![Edit::replace(whole, text)]
}

/// The bullet of a line with a box.
struct Bullet {
    /// What stands before the box of the next line.
    next: String,
    /// Nothing stands behind the box.
    is_empty: bool,
}

impl Bullet {
    fn of(line: &str) -> Option<Self> {
        let bare = line.trim_start_matches([' ', '\t', '>']);
        let lead = &line[..line.len() - bare.len()];
        let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
        let (mark, length) = match bare.chars().next()? {
            mark @ ('-' | '*' | '+') => (mark.to_string(), 1),
            _ if (1..=6).contains(&digits) => {
                let delimiter = bare[digits..].chars().next().filter(|c| matches!(c, '.' | ')'))?;
                let next = bare[..digits].parse::<u32>().ok()?.checked_add(1)?;
                (format!("{next}{delimiter}"), digits + 1)
            }
            _ => return None,
        };
        let after = &bare[length..];
        let inside = after.trim_start_matches(' ');
        let blanks = &after[..after.len() - inside.len()];
        let close = inside.strip_prefix('[')?.find(']')? + 2;
        let is_box = !blanks.is_empty()
            && inside[1..close - 1].chars().count() <= 2
            && !inside[1..close - 1].starts_with(|c: char| c.is_ascii_digit());
        let rest = &inside[close..];
        let ends = rest.is_empty() || rest.starts_with([' ', '\t', '*']);
        (is_box && ends)
            .then(|| Self { next: format!("{lead}{mark}{blanks}"), is_empty: rest.trim().is_empty() })
    }
}

/// The next line with its id, where the task above counts on.
fn counted(file: &File, start: usize, above: &str) -> Option<String> {
    let end = start + above.len();
    let task = file.plan().items().find(|item| {
        item.kind() == ItemKind::Task
            && item.form().is_box()
            && item.loose_box().is_none()
            && (start..=end).contains(&item.line().start)
    })?;
    let (_, text, _) = following(file, &task)?;
    let line = text.lines().next()?.strip_suffix("Title")?;
    let lead = above.get(..task.line().start - start)?;
    Some(format!("{lead}{line}"))
}

/// Whether a line lies in code, HTML or the front matter.
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

    /// The text after Enter at `$0`, which stands on the new line.
    fn entered(marked: &str) -> String {
        let (text, range) = fixture(marked);
        let file = File::new("plan.md", Document::new(&text));
        let edits = on_newline(&file, range.start);
        let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
        apply(&text, &edits)
    }

    #[test]
    fn tasks_go_on() {
        let plan = "# Plan: x\n\n### Phase 1: a\n\n- [x] **Task 1.1**: b\n";
        assert_eq!(entered(&format!("{plan}$0")), format!("{plan}- [ ] **Task 1.2**: "));
        assert_eq!(entered(&format!("{plan}  - [ ] c\n  $0\n")), format!("{plan}  - [ ] c\n  - [ ] \n"));
        assert_eq!(entered("# Tasks\n\n1. [x] a\n$0\n"), "# Tasks\n\n1. [x] a\n2. [ ] \n");
        assert_eq!(entered("# Tasks\r\n\r\n> * [ ] a\r\n$0\r\n"), "# Tasks\r\n\r\n> * [ ] a\r\n> * [ ] \r\n");
        let taken = "# Plan: x\n\n- [x] **Task 1.1**: b\n$0\n- [ ] **Task 1.2**: c\n";
        assert_eq!(entered(taken), taken.replace("$0", "- [ ] "));
    }

    #[test]
    fn an_empty_task_ends_the_list() {
        assert_eq!(entered("# Tasks\n\n- [x] a\n- [ ] \n$0\n"), "# Tasks\n\n- [x] a\n\n\n");
        assert_eq!(entered("# Tasks\n\n- [x] a\n  - [ ]\n  $0"), "# Tasks\n\n- [x] a\n\n");
    }

    #[test]
    fn nothing_elsewhere() {
        for same in [
            "# Tasks\n\n- [x] a\n- [ ] $0\n",
            "# Tasks\n\n- [x] a\n- b\n$0\n",
            "# Tasks\n\n- [x] a\n\n$0\n",
            "# Tasks\n\n- [x] a\n\n```\n- [ ] b\n$0\n```\n",
            "# Notes\n\nText\n$0",
            "- [x](link.md) a\n$0",
        ] {
            assert_eq!(entered(same), same.replace("$0", ""), "{same:?}");
        }
    }
}
