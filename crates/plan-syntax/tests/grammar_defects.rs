//! Defects of tree-sitter's Markdown grammar that `prepare` works around: one fixture for each.

use expect_test::{Expect, expect};
use plan_syntax::{Document, tree};

#[track_caller]
fn check(text: &str, expected: Expect) {
    let document = tree::document(text);
    expected.assert_eq(&document.dump());
    assert_eq!(Document::new(text).dump(), document.dump(), "block parser");
}

/// The grammar reports an error that includes the surrounding lines.
#[test]
fn rows_of_blank_cells() {
    check(
        "| a | b |\n|---|---|\n|   |   |\n|  |  |\n| x | y |\n\n## H\n\n- [ ] t\n",
        expect![[r#"
        table
          header
            cell "a"
            cell "b"
          row
            cell ""
            cell ""
          row
            cell ""
            cell ""
          row
            cell "x"
            cell "y"
        heading 2 "H"
        bullet list
          item "-" task "[ ]"
            paragraph "t"
    "#]],
    );
}

/// The grammar reports an error.
#[test]
fn cells_of_no_width() {
    check(
        "| a | b |\n|---|---|\n||x|\n|||\n\ntext\n",
        expect![[r#"
        table
          header
            cell "a"
            cell "b"
          row
            cell ""
            cell "x"
          row
            cell ""
            cell ""
        paragraph "text"
    "#]],
    );
    check(
        "|||\n|---|---|\n| x | y |\n",
        expect![[r#"
        table
          header
            cell ""
            cell ""
          row
            cell "x"
            cell "y"
    "#]],
    );
    check(
        "a || b\n|-|-|-|\n",
        expect![[r#"
        table
          header
            cell "a"
            cell ""
            cell "b"
    "#]],
    );
}

/// The grammar does not recognize these checkboxes.
#[test]
fn checkboxes_without_text_on_their_line() {
    check(
        "- [ ]\n- [x]\n  text\n- [ ]",
        expect![[r#"
        bullet list
          item "-" task "[ ]"
          item "-" task "[x]"
            paragraph "text"
          item "-" task "[ ]"
    "#]],
    );
    check(
        "1.\n   [ ] late\n",
        expect![[r#"
        ordered list
          item "1." task "[ ]"
            paragraph "late"
    "#]],
    );
}

/// The grammar recognizes a task list item. The checkbox is not one according to GFM.
#[test]
fn tabs_in_checkboxes() {
    check(
        "- [\t] a\n",
        expect![[r#"
        bullet list
          item "-" task "[\t]" not gfm
            paragraph "a"
    "#]],
    );
}

/// The grammar starts a list.
#[test]
fn numbers_that_cannot_interrupt_a_paragraph() {
    check(
        "text\n2. item\n",
        expect![[r#"
        paragraph "text⏎2. item"
    "#]],
    );
    check(
        "- a\n  2. b\n",
        expect![[r#"
        bullet list
          item "-"
            paragraph "a⏎2. b"
    "#]],
    );
    check(
        "text\n10) item\n",
        expect![[r#"
        paragraph "text⏎10) item"
    "#]],
    );
}

/// The grammar continues the paragraph.
#[test]
fn number_one_with_zeros_interrupts_a_paragraph() {
    check(
        "text\n01. item\n",
        expect![[r#"
        paragraph "text"
        ordered list
          item "01."
            paragraph "item"
    "#]],
    );
}

/// The grammar loses the last line or reports an error.
#[test]
fn last_lines_without_newline() {
    check(
        "text\n## H",
        expect![[r#"
        paragraph "text"
        heading 2 "H"
    "#]],
    );
    check(
        "text\n\n- ",
        expect![[r#"
        paragraph "text"
        bullet list
          item "-"
    "#]],
    );
    check(
        "```\na\n```",
        expect![[r#"
        fence "" "a\n"
    "#]],
    );
    check(
        "```\na",
        expect![[r#"
        fence "" unclosed "a"
    "#]],
    );
    check(
        "text\n\n---",
        expect![[r#"
        paragraph "text"
        break
    "#]],
    );
    check(
        "| a |\n|---|",
        expect![[r#"
        table
          header
            cell "a"
    "#]],
    );
}

/// The grammar reports an error.
#[test]
fn nul_bytes() {
    check(
        "# H\0\n\0\n- [ ] a\0b\n",
        expect![[r#"
        heading 1 "H\0"
        paragraph "\0"
        bullet list
          item "-" task "[ ]"
            paragraph "a\0b"
    "#]],
    );
}

/// The grammar recognizes the first two lines as front matter.
#[test]
fn front_matter() {
    check(
        "---\n---\n# H\n",
        expect![[r#"
        break
        break
        heading 1 "H"
    "#]],
    );
    check(
        "---  \na: b\n---\n# H\n",
        expect![[r#"
        break
        heading 2 setext "a: b"
        heading 1 "H"
    "#]],
    );
    check(
        "---\na: b\n---\n# H\n",
        expect![[r#"
        front matter "a: b\n"
        heading 1 "H"
    "#]],
    );
    check(
        "\u{feff}+++\na = 1\n+++\n# H\n",
        expect![[r#"
        front matter "a = 1\n"
        heading 1 "H"
    "#]],
    );
}

/// The grammar reads these lines as rows.
#[test]
fn lines_that_end_a_table() {
    for end in ["    x", "11. ", "*", "-", "7.", "<div>", "|"] {
        let dump = tree::document(&format!("| a |\n|---|\n| b |\n{end}\n")).dump();
        assert_eq!(dump.matches("  row\n").count(), 1, "{end}: {dump}");
        assert!(!dump.lines().last().is_some_and(|line| line.starts_with("    cell")), "{end}: {dump}");
    }
}

/// The grammar ends the table, or starts another one.
#[test]
fn lines_that_are_rows() {
    check(
        "| a | b |\n|---|---|\n===\n| c | d |\n|---|---|\nplain\n",
        expect![[r#"
        table
          header
            cell "a"
            cell "b"
          row
            cell "==="
          row
            cell "c"
            cell "d"
          row
            cell "---"
            cell "---"
          row
            cell "plain"
    "#]],
    );
}

/// Not a defect: correct Markdown that is surprising in plans.
#[test]
fn a_field_above_a_setext_underline_is_a_heading() {
    check(
        "**A**: x\n---\n",
        expect![[r#"
        heading 2 setext "**A**: x"
    "#]],
    );
}

/// Not a defect: correct Markdown that is surprising in plans.
#[test]
fn another_bullet_starts_another_list() {
    check(
        "- [x] a\n* [ ] b\n",
        expect![[r#"
        bullet list
          item "-" task "[x]"
            paragraph "a"
        bullet list
          item "*" task "[ ]"
            paragraph "b"
    "#]],
    );
}

/// A row has exactly the cells of its text, fewer or more than its header.
#[test]
fn rows_have_the_cells_of_their_text() {
    check(
        "| a | b | c |\n|---|---|---|\n| 1 |\n| 1 | 2 | 3 | 4 |\n",
        expect![[r#"
        table
          header
            cell "a"
            cell "b"
            cell "c"
          row
            cell "1"
          row
            cell "1"
            cell "2"
            cell "3"
            cell "4"
    "#]],
    );
}

/// On GitHub the second of two backslashes still escapes a pipe.
#[test]
fn escaped_pipes() {
    check(
        "| a | b |\n|---|---|\n| x \\| y | `c\\|d` |\n| x \\\\| y | z |\n",
        expect![[r#"
        table
          header
            cell "a"
            cell "b"
          row
            cell "x \\| y"
            cell "`c\\|d`"
          row
            cell "x \\\\| y"
            cell "z"
    "#]],
    );
}

/// The grammar ends rows only at line feeds.
#[test]
fn carriage_returns_alone() {
    check(
        "# H\r\r- [ ] a\r  - b\r\r| a |\r|---|\r| x |\r```\r# no\r```\r# yes\r",
        expect![[r##"
        heading 1 "H"
        bullet list
          item "-" task "[ ]"
            paragraph "a"
            bullet list
              item "-"
                paragraph "b"
        table
          header
            cell "a"
          row
            cell "x"
        fence "" "# no\r"
        heading 1 "yes"
    "##]],
    );
}

/// The grammar reads a table, then reports an error that includes the whole text.
#[test]
fn a_line_in_pipes_above_a_setext_underline() {
    check(
        "| a |\n---\n\n- [ ] t\n",
        expect![[r#"
        heading 2 setext "| a |"
        bullet list
          item "-" task "[ ]"
            paragraph "t"
    "#]],
    );
}

/// The grammar recognizes a header only if it begins with a pipe or a letter.
#[test]
fn headers_in_markup() {
    check(
        "**Field** | `value`\n--- | ---\n**Owner** | mia\n",
        expect![[r#"
        table
          header
            cell "**Field**"
            cell "`value`"
          row
            cell "**Owner**"
            cell "mia"
    "#]],
    );
}

/// The grammar does not recognize a delimiter row that is indented in a container.
#[test]
fn indented_delimiter_rows() {
    check(
        "> | a | b |\n>   |:--|---|\n> | x | y |\n",
        expect![[r#"
        quote
          table
            header
              cell "a"
              cell "b"
            row
              cell "x"
              cell "y"
    "#]],
    );
}

/// The grammar recognizes a one-column table only if its lines end in pipes.
#[test]
fn tables_of_one_column() {
    check(
        "a\n:--\n1\n",
        expect![[r#"
        table
          header
            cell "a"
          row
            cell "1"
    "#]],
    );
}

/// The grammar ends a declaration only at a `>` at the start of a line.
#[test]
fn declarations() {
    check(
        "<!DOCTYPE html>\ntext\n",
        expect![[r#"
        html "<!DOCTYPE html>"
        paragraph "text"
    "#]],
    );
}

/// The grammar reports an error, or reads a paragraph.
#[test]
fn html_in_containers() {
    check(
        "- <div>\n  a\n\n  b\n- <!-- c\ntext\n",
        expect![[r#"
        bullet list
          item "-"
            html "<div>\n  a"
            paragraph "b"
          item "-"
            comment "<!-- c"
        paragraph "text"
    "#]],
    );
    check(
        "> <pre>\n> # no\n>\n> x\ntext\n# H\n",
        expect![[r#"
        quote
          html "<pre>\n> # no\n>\n> x"
        paragraph "text"
        heading 1 "H"
    "#]],
    );
}

/// The grammar miscounts the columns of a tab after another item's tab.
#[test]
fn tabs_after_markers() {
    check(
        "-\t-\t- a\n\t\t- b\n",
        expect![[r#"
        bullet list
          item "-"
            bullet list
              item "-"
                bullet list
                  item "-"
                    paragraph "a"
                  item "-"
                    paragraph "b"
    "#]],
    );
}

/// The grammar ends the list.
#[test]
fn two_blank_lines_after_an_empty_item() {
    check(
        "- a\n-\n\n\n- b\n",
        expect![[r#"
        bullet list
          item "-"
            paragraph "a"
          item "-"
          item "-"
            paragraph "b"
    "#]],
    );
}

/// In the grammar's tree a block in a quote ends with the next line's prefix.
#[test]
fn blocks_in_quotes() {
    check(
        "> # H ##\n> text\n>\n> ```\n> a\n> ```\n> end\n",
        expect![[r#"
        quote
          heading 1 "H"
          paragraph "text"
          fence "" "> a\n"
          paragraph "end"
    "#]],
    );
}

/// The grammar starts a quote, a list or a heading.
#[test]
fn markers_that_are_indented_like_code() {
    check(
        "text\n    > a\n    # b\n\n    > code\n",
        expect![[r#"
        paragraph "text⏎> a⏎# b"
        indented code "> code"
    "#]],
    );
}

/// The grammar reads HTML or a definition, or reports an error.
#[test]
fn paragraphs_that_look_like_other_blocks() {
    check(
        "<b/b>\n# H\n",
        expect![[r#"
        paragraph "<b/b>"
        heading 1 "H"
    "#]],
    );
    check(
        "[\\\\: b\n\n- [ ] t\n",
        expect![[r#"
        paragraph "[\\\\: b"
        bullet list
          item "-" task "[ ]"
            paragraph "t"
    "#]],
    );
    check(
        "a |\n|\n\n- [ ] t\n",
        expect![[r#"
        paragraph "a |⏎|"
        bullet list
          item "-" task "[ ]"
            paragraph "t"
    "#]],
    );
}

/// A paragraph continues after definitions; the grammar starts a block.
#[test]
fn text_after_definitions() {
    check(
        "[a]: b\n    text\n",
        expect![[r#"
        definition "a" -> "b"
        paragraph "text"
    "#]],
    );
}

/// tree-sitter skips a byte order mark, including the second one.
#[test]
fn two_byte_order_marks() {
    check(
        "\u{feff}\u{feff}# H\n",
        expect![[r#"
        paragraph "\u{feff}# H"
    "#]],
    );
}
