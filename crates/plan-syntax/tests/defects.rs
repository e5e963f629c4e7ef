//! What tree-sitter's Markdown grammar reads wrongly or gives up on, and what we read: one fixture for each defect.

use expect_test::{Expect, expect};
use plan_syntax::Document;

#[track_caller]
fn check(text: &str, expected: Expect) {
    let document = Document::with_trees(text);
    expected.assert_eq(&document.dump());
    assert_eq!(Document::new(text).dump(), document.dump(), "by lines");
}

/// An error of the grammar, with the lines around.
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

/// An error of the grammar.
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

/// For the grammar no task.
#[test]
fn a_box_without_text_on_its_line() {
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

/// For the grammar a task; for us as well, but not one of GFM's.
#[test]
fn a_tab_in_a_box() {
    check(
        "- [\t] a\n",
        expect![[r#"
        bullet list
          item "-" task "[\t]" not gfm
            paragraph "a"
    "#]],
    );
}

/// For the grammar a list.
#[test]
fn a_number_that_interrupts_no_paragraph() {
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

/// For the grammar no list.
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

/// Lost, or an error of the grammar.
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

/// An error of the grammar.
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

/// For the grammar, the first two are front matter.
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

/// For the grammar rows.
#[test]
fn what_ends_a_table() {
    for end in ["    x", "11. ", "*", "-", "7.", "<div>", "|"] {
        let dump = Document::with_trees(&format!("| a |\n|---|\n| b |\n{end}\n")).dump();
        assert_eq!(dump.matches("  row\n").count(), 1, "{end}: {dump}");
        assert!(!dump.lines().last().is_some_and(|line| line.starts_with("    cell")), "{end}: {dump}");
    }
}

/// For the grammar the end of the table, or another table.
#[test]
fn what_is_a_row() {
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

/// No defect: correct Markdown that surprises in plans.
#[test]
fn a_field_above_a_rule_is_a_heading() {
    check(
        "**A**: x\n---\n",
        expect![[r#"
        heading 2 setext "**A**: x"
    "#]],
    );
}

/// No defect either.
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

/// A row has the cells that are written, fewer or more than its header's.
#[test]
fn rows_have_the_cells_that_are_written() {
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

/// The second backslash of two still escapes a pipe, for GitHub.
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

/// The grammar counts rows by line feeds only.
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

/// For the grammar a table, then an error that takes the whole text along.
#[test]
fn a_line_in_pipes_above_a_rule() {
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

/// The grammar knows a header only if it begins with a pipe or a letter.
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

/// The grammar knows no delimiter row that is indented in a container.
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

/// The grammar knows a table of one column only by the pipes at its lines' ends.
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

/// The grammar finds no end of a declaration but a `>` at the start of a line.
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

/// An error of the grammar, or text for it.
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

/// The grammar miscounts the columns of a tab after another item's.
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

/// For the grammar a block in a quote ends with the next line's prefix.
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

/// For the grammar a quote, a list, a heading.
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

/// For the grammar the start of HTML, or of a definition, or an error.
#[test]
fn paragraphs_that_look_like_something_else() {
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

/// A paragraph goes on after definitions; for the grammar a block begins.
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

/// The parser skips a byte order mark, also the second one.
#[test]
fn two_byte_order_marks() {
    check(
        "\u{feff}\u{feff}# H\n",
        expect![[r#"
        paragraph "\u{feff}# H"
    "#]],
    );
}
