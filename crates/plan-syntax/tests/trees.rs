//! Syntax trees: their nodes, and that updated trees equal newly parsed ones.
//!
//! `PLANSMITH_TREE_EDITS` sets the number of random edits, `PLANSMITH_TEST_SEED` chooses others.

#[path = "oracle/documents.rs"]
mod documents;

use std::ops::Range;

use documents::documents;
use expect_test::{Expect, expect};
use plan_syntax::{
    Document,
    tree::{SegmentTree, SyntaxTrees, TreeNode, TreeScope, TreeVisitor},
};
use proptest::{
    prelude::*,
    sample::{Index, select},
    strategy::ValueTree,
    test_runner::{RngSeed, TestRunner},
};

/// No limit on memory.
const UNLIMITED: usize = usize::MAX;

fn tree(document: &Document) -> String {
    SyntaxTrees::default().write(document, None, UNLIMITED).0
}

/// Returns a tree with each node and its text on a separate line.
fn pretty(text: &str) -> String {
    struct Lines<'a>(&'a str, usize, String);
    impl TreeVisitor for Lines<'_> {
        fn enter(&mut self, node: &TreeNode<'_>) -> bool {
            let text = self.0.get(node.range.clone()).expect("node on character boundaries");
            self.2 += &format!("{}{} {text:?}\n", "  ".repeat(self.1), node.name);
            self.1 += 1;
            true
        }
        fn leave(&mut self) {
            self.1 -= 1;
        }
    }
    let mut lines = Lines(text, 0, String::new());
    SegmentTree::parse(text).visit(&mut lines);
    assert_eq!(lines.1, 0, "every node is left");
    lines.2
}

fn check(text: &str, expected: Expect) {
    expected.assert_eq(&pretty(text));
}

#[test]
fn blocks_and_inline_content() {
    check(
        "# A *b* ##\n\nText with `code`,\na **strong _word_** and [a *link*](to.md \"t\").\n",
        expect![[r##"
            section "# A *b* ##\n\nText with `code`,\na **strong _word_** and [a *link*](to.md \"t\").\n"
              atx_heading "# A *b* ##\n"
                atx_h1_marker "#"
                inline "A *b*"
                  emphasis "*b*"
                    emphasis_delimiter "*"
                    emphasis_delimiter "*"
              paragraph "Text with `code`,\na **strong _word_** and [a *link*](to.md \"t\").\n"
                inline "Text with `code`,\na **strong _word_** and [a *link*](to.md \"t\")."
                  code_span "`code`"
                    code_span_delimiter "`"
                    code_span_delimiter "`"
                  strong_emphasis "**strong _word_**"
                    emphasis_delimiter "*"
                    emphasis_delimiter "*"
                    emphasis "_word_"
                      emphasis_delimiter "_"
                      emphasis_delimiter "_"
                    emphasis_delimiter "*"
                    emphasis_delimiter "*"
                  inline_link "[a *link*](to.md \"t\")"
                    link_text "a *link*"
                      emphasis "*link*"
                        emphasis_delimiter "*"
                        emphasis_delimiter "*"
                    link_destination "to.md"
                    link_title "\"t\""
        "##]],
    );
    check(
        "> one *two\n> three* four\n",
        expect![[r#"
        section "> one *two\n> three* four\n"
          block_quote "> one *two\n> three* four\n"
            block_quote_marker "> "
            paragraph "one *two\n> three* four\n"
              inline "one *two\n> three* four"
                emphasis "*two\n> three*"
                  emphasis_delimiter "*"
                  emphasis_delimiter "*"
    "#]],
    );
    check(
        "| A | `b` |\n|---|---|\n| *c* |  |\n",
        expect![[r#"
        section "| A | `b` |\n|---|---|\n| *c* |  |\n"
          pipe_table "| A | `b` |\n|---|---|\n| *c* |  |\n"
            pipe_table_header "| A | `b` |"
              pipe_table_cell "A "
              pipe_table_cell "`b` "
                code_span "`b`"
                  code_span_delimiter "`"
                  code_span_delimiter "`"
            pipe_table_delimiter_row "|---|---|"
              pipe_table_delimiter_cell "---"
              pipe_table_delimiter_cell "---"
            pipe_table_row "| *c* |  |"
              pipe_table_cell "*c* "
                emphasis "*c*"
                  emphasis_delimiter "*"
                  emphasis_delimiter "*"
              pipe_table_cell " "
    "#]],
    );
}

#[test]
fn nodes_that_the_grammar_does_not_see() {
    check(
        "- [x] done *it*\n- [ ] open\n- [~] other\n",
        expect![[r#"
        section "- [x] done *it*\n- [ ] open\n- [~] other\n"
          list "- [x] done *it*\n- [ ] open\n- [~] other\n"
            list_item "- [x] done *it*\n"
              list_marker_minus "- "
              task_list_marker_checked "[x]"
              paragraph "done *it*\n"
                inline "done *it*"
                  emphasis "*it*"
                    emphasis_delimiter "*"
                    emphasis_delimiter "*"
            list_item "- [ ] open\n"
              list_marker_minus "- "
              task_list_marker_unchecked "[ ]"
              paragraph "open\n"
                inline "open"
            list_item "- [~] other\n"
              list_marker_minus "- "
              paragraph "[~] other\n"
                inline "other"
    "#]],
    );
    check(
        "[a]: b \"c\"\n[d]: e\ntext [a]\n",
        expect![[r#"
        section "[a]: b \"c\"\n[d]: e\ntext [a]\n"
          link_reference_definition "[a]: b \"c\""
          link_reference_definition "[d]: e"
          paragraph "text [a]\n"
            inline "text [a]"
              shortcut_link "[a]"
                link_text "a"
    "#]],
    );
    check(
        "<div>\n*a*\n</div>\n\n<!-- c -->\n",
        expect![[r#"
        section "<div>\n*a*\n</div>\n\n<!-- c -->\n"
          html_block "<div>\n*a*\n</div>\n"
          html_block "<!-- c -->\n"
    "#]],
    );
}

#[test]
fn trees_of_documents() {
    let document = Document::new("---\na: b\n---\n# A\n\nä *b*\n\n## C\n\nd\n");
    let trees = SyntaxTrees::default();
    let shown = |range: Option<Range<usize>>| trees.write(&document, range.as_ref(), UNLIMITED).0;
    expect!["(document 0 34 (minus_metadata 0 13) (section 13 26 (atx_heading 13 17 (atx_h1_marker 13 14) (inline 15 16)) (paragraph 18 25 (inline 18 24 (emphasis 21 24 (emphasis_delimiter 21 22) (emphasis_delimiter 23 24))))) (section 26 34 (atx_heading 26 31 (atx_h2_marker 26 28) (inline 29 30)) (paragraph 32 34 (inline 32 33))))"].assert_eq(&shown(None));
    expect!["(document 0 34 (section 13 26 (paragraph 18 25 (inline 18 24 (emphasis 21 24 (emphasis_delimiter 21 22) (emphasis_delimiter 23 24))))))"].assert_eq(&shown(Some(22..23)));
    expect!["(document 0 34 (minus_metadata 0 13))"].assert_eq(&shown(Some(0..2)));
    assert_eq!(tree(&Document::new("")), "(document 0 0)");
    let (_, kept) = trees.write(&document, Some(&(22..23)), UNLIMITED);
    assert!(kept.bytes() > 0);
    // Nothing is kept beyond the limit, and the answer is the same.
    let (limited, none) = trees.write(&document, None, 1);
    assert_eq!((limited, none.is_empty()), (shown(None), true));
}

#[test]
fn enclosing_nodes() {
    let found = |text: &str| {
        let at = text.find('^').expect("a cursor");
        let text = text.replace('^', "");
        let found = SegmentTree::parse(&text).enclosing(at);
        let shown = found
            .into_iter()
            .map(|found| format!("{} {:?} {:?}", found.name, &text[found.range], &text[found.content]));
        shown.collect::<Vec<_>>().join("\n")
    };
    expect![[r#"
        section "a **b _cd_ e**\n" "a **b _cd_ e**\n"
        paragraph "a **b _cd_ e**\n" "a **b _cd_ e**\n"
        inline "a **b _cd_ e**" "a **b _cd_ e**"
        strong_emphasis "**b _cd_ e**" "b _cd_ e"
        emphasis "_cd_" "cd""#]]
    .assert_eq(&found("a **b _c^d_ e**\n"));
    expect![[r#"
        section "- [ ] see [the `text`](to.md)\n" "- [ ] see [the `text`](to.md)\n"
        list "- [ ] see [the `text`](to.md)\n" "- [ ] see [the `text`](to.md)\n"
        list_item "- [ ] see [the `text`](to.md)\n" "- [ ] see [the `text`](to.md)\n"
        paragraph "see [the `text`](to.md)\n" "see [the `text`](to.md)\n"
        inline "see [the `text`](to.md)" "see [the `text`](to.md)"
        inline_link "[the `text`](to.md)" "[the `text`](to.md)"
        link_text "the `text`" "the `text`"
        code_span "`text`" "text""#]]
    .assert_eq(&found("- [ ] see [the `te^xt`](to.md)\n"));
    expect![[r#"
        section "see [the text](to.md)\n" "see [the text](to.md)\n"
        paragraph "see [the text](to.md)\n" "see [the text](to.md)\n"
        inline "see [the text](to.md)" "see [the text](to.md)"
        inline_link "[the text](to.md)" "[the text](to.md)"
        link_destination "to.md" "to.md""#]]
    .assert_eq(&found("see [the text](t^o.md)\n"));
}

/// A segment that replaces another one is parsed with the tree of the replaced segment. No other segment is parsed.
#[test]
fn only_changed_segments_are_parsed() {
    let mut document = Document::new("# A\n\na\n\n# B\n\nb\n\n# C\n\nc\n");
    let parsed = |trees: &SyntaxTrees, document: &Document, scope: TreeScope| {
        let mut new = Vec::new();
        let trees = trees.update(document, &scope, UNLIMITED, |found| {
            if found.is_new {
                new.push(found.start);
            }
        });
        (trees, new)
    };
    let trees = SyntaxTrees::default();
    let (trees, new) = parsed(&trees, &document, TreeScope::Parsed);
    assert_eq!((trees.is_empty(), new), (true, vec![]));
    let (trees, new) = parsed(&trees, &document, TreeScope::Range(9..10));
    assert_eq!(new, [8]);
    document.edit(13..14, "bb");
    // A request for another part keeps the tree of the replaced segment.
    let (trees, new) = parsed(&trees, &document, TreeScope::Range(0..1));
    assert_eq!(new, [0]);
    let (trees, new) = parsed(&trees, &document, TreeScope::Parsed);
    assert_eq!(new, [8]);
    document.edit(0..0, "x\n\n");
    let (trees, new) = parsed(&trees, &document, TreeScope::All);
    assert_eq!(new, [0, 20]);
    let (_, new) = parsed(&trees, &document, TreeScope::All);
    assert_eq!(new, []);
}

#[test]
fn differences_to_another_outline() {
    let text = "# A\n\nb\n\n- c\n";
    let tree = SegmentTree::parse(text);
    let difference = |other: &str| {
        let document = Document::new(other);
        let (start, segment) = document.segment_at(0).expect("a segment");
        tree.difference(&document.content(start, segment).outline)
    };
    assert_eq!(difference(text), None);
    assert_eq!(difference("# A\n\nb\n\n* c\n"), None);
    assert_eq!(difference("# A\n\nb\n\n1. c\n"), Some(8));
    assert_eq!(difference("# A\n\nb\n"), Some(8));
    assert_eq!(difference("# A\n\n\nb\n- c\n"), Some(5));
}

fn edits(max: usize) -> impl Strategy<Value = Vec<(Index, usize, String)>> {
    #[rustfmt::skip]
    let typed = select(vec![
        "#", "# H\n", "\n## H\n", " ", "\n", "\r\n", "\n\n", "`", "```", "```\n", "-", "---\n",
        "é", "🚀", "- [ ] t\n", "\n- x", "> ", "  ", "\t", "|", "| a | b |\n|---|---|\n", "<!--", "-->\n", "<div>",
        "===\n", "x", "word", "*", "**", "_", "[", "](b)", "[a]: b\n", "\\", "\0", "~", "$", "<http://a.b>", "\r", "---\na: b\n---\n",
    ]);
    let new = prop_oneof![8 => typed.prop_map(str::to_owned), 3 => Just(String::new()), 1 => documents()];
    let removed = prop_oneof![6 => Just(0), 6 => 1..4usize, 3 => 4..60usize];
    prop::collection::vec((any::<Index>(), removed, new), 1..max)
}

/// Applies the edits and compares the trees with new ones. Returns the first difference.
fn difference(text: &str, edits: &[(Index, usize, String)]) -> Option<String> {
    let mut document = Document::new(text);
    let mut trees = SyntaxTrees::default();
    for (number, (position, removed, new)) in edits.iter().enumerate() {
        let before = document.clone();
        let start = position.index(document.len() + 1);
        document.edit(start..(start + removed).min(document.len()), new);
        // Several edits can be one update.
        if number % 4 == 3 {
            continue;
        }
        let (shown, updated) = trees.write(&document, None, UNLIMITED);
        let expected = tree(&document);
        if shown != expected {
            return Some(format!("{:?}\nto {:?}\n  {shown}\nnot {expected}", before.text(), document.text()));
        }
        trees = updated;
        for (start, segment) in document.segments().filter(|(_, segment)| !segment.is_prologue()) {
            let text = &document.content(start, segment).text;
            let mut outlines = Vec::new();
            let range = TreeScope::Range(start..start + segment.len());
            trees.update(&document, &range, UNLIMITED, |found| {
                if found.start == start {
                    outlines.push((found.is_new, found.tree.outline()));
                }
            });
            if outlines != [(false, SegmentTree::parse(text).outline())] {
                return Some(format!("the outline of {text:?} differs"));
            }
        }
    }
    None
}

#[test]
fn updated_trees_equal_new_ones() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    let count = number("PLANSMITH_TREE_EDITS").unwrap_or(1_500);
    let seed = number("PLANSMITH_TEST_SEED").unwrap_or(1);
    let config = ProptestConfig { rng_seed: RngSeed::Fixed(seed), ..ProptestConfig::default() };
    let mut runner = TestRunner::new(config);
    let strategy = (prop::collection::vec(documents(), 1..4), edits(60));
    let (mut done, mut differences) = (0, Vec::new());
    while done < count {
        let (parts, edits) = strategy.new_tree(&mut runner).expect("documents are generated").current();
        done += edits.len() as u64;
        differences.extend(difference(&parts.join("\n\n"), &edits));
    }
    assert!(
        differences.is_empty(),
        "{} of {done} edits:\n{}",
        differences.len(),
        differences[..differences.len().min(3)].join("\n\n")
    );
    println!("{done} edits");
}
