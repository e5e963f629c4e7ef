//! Formatting: changes the layout of a plan, never its meaning.
//!
//! Each module handles one aspect and returns edits: `tables`, `lists`, and `lines` for whitespace and newlines. The
//! modules edit different bytes, so their edits can be combined. Formatting is idempotent: formatting the result again
//! changes nothing.
//!
//! The formatter does not change fences, indented code, HTML, front matter, link definitions, words and line breaks
//! of paragraphs, or text that could be parsed differently after a change.

mod comparison;
mod disputed;
mod footnotes;
mod lines;
mod lists;
pub(crate) mod options;
mod roles;
mod source;
mod tables;

use plan_syntax::Document;

pub use self::options::{Options, Tables};
use self::{
    comparison::{has_same_blocks, has_same_tree_blocks},
    footnotes::{Footnotes, footnotes},
    source::Source,
};
use crate::{Edit, File, TextRange};

/// Returns the edits that format a document: sorted, disjoint and minimal. Empty for documents that are neither plan
/// nor checklist.
///
/// With `within`, a byte range, only lines that the range touches are changed. Tables and lists are changed only if
/// they are completely within these lines.
pub fn format(file: &File, within: Option<&TextRange>, options: &Options) -> Vec<Edit> {
    if !file.has_tasks() {
        return Vec::new();
    }
    let document = file.document();
    let source = Source::new(document, within);
    let mut tables_and_lines = Vec::new();
    let mut of_lists = Vec::new();
    let footnotes = footnotes(document);
    for ((start, segment), footnotes) in document.segments().zip(&footnotes) {
        if *footnotes == Footnotes::Odd {
            continue;
        }
        let content = document.content(start, segment);
        tables::layout(&source, start, content, options.tables, &mut tables_and_lines);
        lists::layout(&source, start, content, &mut of_lists);
    }
    tables_and_lines.extend(lines::layout(&source, document, &footnotes));

    let math = math(document);
    let is_math =
        |edit: &Edit| math.iter().any(|math| edit.range.start <= math.end && math.start <= edit.range.end);
    tables_and_lines.retain(|edit| !is_math(edit));
    of_lists.retain(|edit| !is_math(edit));
    let all = tables_and_lines.iter().cloned().chain(of_lists).collect();
    [all, tables_and_lines]
        .into_iter()
        .map(|edits| source::normalize_edits(&source.text, edits))
        .find(|edits| edits.is_empty() || keeps_blocks(document, &source.text, edits))
        .unwrap_or_default()
}

/// Returns the ranges of math blocks, which are not Markdown, in document order.
fn math(document: &Document) -> Vec<TextRange> {
    let segments = document.segments().filter(|(_, segment)| !segment.is_prologue());
    let ranges = segments.flat_map(|(start, segment)| {
        let text = &document.content(start, segment).text;
        let blocks = plan_model::math_ranges(text)
            .into_iter()
            .filter(|range| text[range.clone()].contains(['\n', '\r']));
        blocks.map(move |range| start + range.start..start + range.end).collect::<Vec<_>>()
    });
    ranges.collect()
}

/// Returns whether a text has the same meaning after these edits. The edits are designed to keep the meaning; this
/// check covers unforeseen cases.
fn keeps_blocks(document: &Document, text: &str, edits: &[Edit]) -> bool {
    has_same_blocks(document, &Document::parsed(&crate::apply_edits(text, edits)))
}

/// Returns whether a second parser, tree-sitter's grammar, finds the same blocks before and after these edits of
/// [`format()`]. Segments that are too long for the grammar are not compared. If the blocks differ, one of the two
/// parsers has a defect, and the edits must not be applied.
pub fn is_confirmed(document: &Document, edits: &[Edit]) -> bool {
    edits.is_empty()
        || has_same_tree_blocks(document, &Document::new(&crate::apply_edits(&document.text(), edits)))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_schema::DocumentKind;

    use super::*;

    fn formatted(text: &str, within: Option<&TextRange>) -> String {
        let file = File::new("plans/plan.md", Document::new(text));
        assert_ne!(file.kind(), DocumentKind::Ordinary, "{text}");
        let edits = format(&file, within, &Options::default());
        assert!(is_confirmed(file.document(), &edits), "{text}");
        crate::apply_edits(text, &edits)
    }

    #[track_caller]
    fn check(text: &str, expect: Expect) {
        let once = formatted(text, None);
        assert_eq!(formatted(&once, None), once);
        expect.assert_eq(&once);
    }

    #[test]
    fn a_second_parser_confirms_edits() {
        let confirmed = |text: &str, range: TextRange, new: &str| {
            is_confirmed(&Document::new(text), &[Edit { range, text: new.to_owned() }])
        };
        assert!(confirmed("# A\n- a\n- b\n", 3..3, "\n"));
        assert!(!confirmed("# A\n- a\n- b\n", 8..8, "  "));
        assert!(!confirmed("# A\n\nb\n", 0..1, "##"));
        assert!(confirmed("---\na: b\n---\n# A\n", 13..13, "\n"));
    }

    #[test]
    fn formats_a_plan() {
        check(
            "---\nowner:   me\n---\n# Plan: x  \n**Status**: Draft  \n**Owner**: me \n## Work\n\n\n*   [ ] one  \n    more\n    *   [x] two\n\n| Phase | Status |\n|-|-|\n| 1 | ✅ |\n```\ncode  \n```\n\n\n",
            expect![[r#"
                ---
                owner:   me
                ---

                # Plan: x

                **Status**: Draft  
                **Owner**: me

                ## Work

                - [ ] one  
                  more
                  - [x] two

                | Phase | Status |
                | ----- | ------ |
                | 1     | ✅     |
                ```
                code  
                ```
            "#]],
        );
    }

    #[test]
    fn math_is_kept() {
        let text = "# Plan: x\n\n- [ ] a\n\n$$\nx\n+ y\n   + z  \n$$\n\n* b\n";
        let formatted = formatted(text, None);
        assert!(formatted.contains("$$\nx\n+ y\n   + z  \n$$"), "{formatted}");
    }

    #[test]
    fn formats_plans_only() {
        let file = File::new("README.md", Document::new("# Readme  \ntext  \n"));
        assert_eq!(format(&file, None, &Options::default()), []);
    }

    #[test]
    fn edits_are_no_larger_than_the_change() {
        let text = "# Plan: x\n\n- [ ] one \n-  [ ] two\n\n| Task | Status |\n| - | --- |\n| 1 | done |\n";
        let file = File::new("plans/plan.md", Document::new(text));
        let shown: Vec<String> = format(&file, None, &Options::default())
            .into_iter()
            .map(|edit| format!("{:?} {:?} -> {:?}", edit.range, &text[edit.range.clone()], edit.text))
            .collect();
        expect![[r#"
            20..21 " " -> ""
            24..25 " " -> ""
            55..55 "" -> "---"
            61..61 "" -> "---"
            68..68 "" -> "   "
            75..75 "" -> "  ""#]]
        .assert_eq(&shown.join("\n"));
    }

    #[test]
    fn formats_a_range() {
        let text = "# Plan: x  \n- [ ] one  \n\n*  [ ] two  \n## End  \ntext  ";
        let at = text.find("*  ").unwrap();
        expect![[r#"
            # Plan: x  
            - [ ] one  

            * [ ] two
            ## End  
            text  "#]]
        .assert_eq(&formatted(text, Some(&(at..at + 3))));
        let end = text.find("## End").unwrap();
        expect![[r"
            # Plan: x  
            - [ ] one  

            *  [ ] two  

            ## End

            text  "]]
        .assert_eq(&formatted(text, Some(&(end..end))));
    }

    /// For these texts, renderers produce different results if a space, a tab or a blank line changes.
    #[test]
    fn significant_whitespace_is_kept() {
        for text in [
            "# Plan: x\n\n- [ ] a\n- [x] \n",
            "# Plan: x\n\n- [ ] a\n- [x] \n\n    - b\n",
            "- [ ] a\n- [x] \ntext\n1.  \ntext\n",
            "type: plan \t\nstatus: active\n\n- [ ] a\n",
            "- [ ] a\n\n## Head ##\t\n",
            "- [ ] a\n\n| Phase | Status |\n|-------|------------|\t\n| 1 | done |\n",
            "- [ ] a\n- [ ] b  \n<br>\n",
            "- [ ] a\n</pre>\n\n  - [ ] b\n",
            "- [ ] a\n\n```\n```\t\n# Head\n",
            "---\n<!--\n---\n# Plan: x\n- [ ] a  \n",
            "---\n<div>\n---\n# Plan: x\n- [ ] a\n",
            "---\n```\ntype: plan\n---\n- [x] z\n ",
            "- [ ] a\n\na   \n| :-: |\n",
            "- [ ] a\n\na | b\n- | -\n  <div>\n- \n",
            "- [ ] a\n\n<script>\n</pre>\n* [ ] b  \n\n",
            "- [ ] a\n\na | b\n- | -\n\n    **Status**: Done\n",
        ] {
            assert_eq!(formatted(text, None), text);
        }
        assert_eq!(
            formatted("- [ ] a\n- [x] b \n<!-- c\n-->\n- [ ] d  \n", None),
            "- [ ] a\n- [x] b\n<!-- c\n-->\n- [ ] d\n"
        );
    }

    #[test]
    fn newlines_are_kept() {
        let text = "# Plan: x\r\n## Work\r\n- [ ] a \r\n- [ ] b";
        assert_eq!(formatted(text, None), "# Plan: x\r\n\r\n## Work\r\n\r\n- [ ] a\r\n- [ ] b\r\n");
        let text = "# Plan: x\r## Work\r- [ ] a \r  \r- [ ] b";
        assert_eq!(formatted(text, None), "# Plan: x\r\r## Work\r\r- [ ] a\r\r- [ ] b\r");
    }
}
