//! Completion of issue numbers after `#` in text: numbers that occur in this document or other files of the workspace.

use std::collections::HashMap;

use super::{Completion, CompletionKind, context::CompletionContext};
use crate::workspace::path::name;

/// Maximum number of files whose titles are searched.
const MAX_ISSUE_FILES_SEARCHED: usize = 500;
/// Maximum number of characters of a detail.
const MAX_DETAIL_CHARS: usize = 60;

pub(super) fn issues(context: &CompletionContext<'_>) -> Vec<Completion> {
    let typed = context.text_before_cursor();
    let Some(hash) = typed.rfind('#') else { return Vec::new() };
    let (before, number) = (&typed[..hash], &typed[hash + 1..]);
    let trimmed = before.trim_start_matches(|c: char| {
        c.is_ascii_whitespace()
            || matches!(c, '-' | '*' | '+' | '>' | '#' | '[' | ']' | 'x' | 'X')
            || c.is_ascii_digit()
    });
    // At the start of an item, the number is the item's own ID.
    if trimmed.trim().trim_matches(['*', '_', '.', ')']).is_empty()
        || !before.ends_with([' ', '(', '\t', ',', '['])
        || before.ends_with("](")
        || !number.bytes().all(|byte| byte.is_ascii_digit())
        || context.in_backticks()
        || !context.in_text()
        || !context.has_tasks()
        || context.value().is_some_and(|value| super::value::is_dependency_field(value.meaning))
    {
        return Vec::new();
    }
    let rest = context.text_after_cursor();
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let range = context.line_start + hash..context.offset + digits;
    let mut seen = IssueNumbers::default();
    let rope = context.file.document().rope();
    for (index, line) in rope.lines().enumerate() {
        // Most lines contain no issue number.
        if line.chunks().any(|chunk| chunk.contains('#')) && rope.line_to_byte(index) != context.line_start {
            seen.collect_from(&line.to_string(), None);
        }
    }
    for (path, entry) in context.workspace.index.iter().take(MAX_ISSUE_FILES_SEARCHED) {
        if &**path == context.file.path() {
            continue;
        }
        let summary = &entry.summary;
        let headings = summary.headings.iter().map(|heading| &*heading.text);
        let items = summary.plan.iter().flat_map(|work| work.items.iter().map(|item| &*item.title));
        for text in headings.chain(items).filter(|text| text.contains('#')) {
            seen.collect_from(text, Some(name(path)));
        }
    }
    let mut numbers: Vec<(u32, (usize, String))> = seen.numbers.into_iter().collect();
    // Most frequent first, then most recent.
    numbers.sort_by_key(|(number, (count, _))| (std::cmp::Reverse(*count), std::cmp::Reverse(*number)));
    numbers
        .into_iter()
        .map(|(number, (_, place))| {
            context.offer(CompletionKind::Reference, format!("#{number}"), place, range.clone())
        })
        .collect()
}

#[derive(Default)]
struct IssueNumbers {
    /// Number of occurrences and first location, by issue number.
    numbers: HashMap<u32, (usize, String)>,
}

impl IssueNumbers {
    fn collect_from(&mut self, text: &str, path: Option<&str>) {
        for (at, _) in text.match_indices('#') {
            let digits = text[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
            let after = text[at + 1 + digits..].chars().next();
            let before = text[..at].chars().next_back();
            let is_separate_word = before.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | ','))
                && after.is_none_or(|c| !c.is_alphanumeric() && c != '-' && c != '_');
            let Some(number) = text[at + 1..at + 1 + digits].parse::<u32>().ok().filter(|_| is_separate_word)
            else {
                continue;
            };
            let entry = self.numbers.entry(number).or_insert_with(|| {
                let shown: String = text.trim().chars().take(MAX_DETAIL_CHARS).collect();
                (0, path.map_or(shown, str::to_owned))
            });
            entry.0 += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check_with_files;

    #[test]
    fn offers_numbers_of_the_workspace() {
        let files = [("/w/b.md", "# Plan: y\n\n- [ ] 1.1 Close #77\n")];
        check_with_files(
            "# Plan: x\n\n- [ ] 1.1 a (#12)\n- [ ] 1.2 b #7, #12 and x#3 #4th\n- [ ] 1.3 see #$0\n",
            &files,
            expect![[r#"
                #12 (- [ ] 1.1 a (#12)): - [ ] 1.3 see #12
                #77 (b.md): - [ ] 1.3 see #77
                #7 (- [ ] 1.2 b #7, #12 and x#3 #4th): - [ ] 1.3 see #7"#]],
        );
        check_with_files("# Plan: x\n\n- [ ] 1.1 a (#12)\n- [ ] #$0\n", &files, expect![[r#""#]]);
    }
}
