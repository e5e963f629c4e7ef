//! What must hold for every text and every sequence of edits.

#[path = "oracle/documents.rs"]
mod documents;
#[path = "oracle/files.rs"]
mod files;

use std::{ops::Range, sync::Arc};

use documents::documents;
use files::shared;
use plan_syntax::{Document, LONGEST, Outline, Segment};
use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::RngSeed,
};

/// The same cases every time.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

/// Everything that is read from a document.
fn reading(document: &Document) -> Vec<(usize, bool, Outline)> {
    document
        .segments()
        .map(|(start, segment)| {
            (start, segment.is_prologue(), document.content(start, segment).outline.clone())
        })
        .collect()
}

fn boundaries(document: &Document) -> Vec<(usize, usize, bool)> {
    document.segments().map(|(start, segment)| (start, segment.len(), segment.is_prologue())).collect()
}

/// A change to a text whose length is not known yet.
#[derive(Clone, Debug)]
struct Edit {
    at: Index,
    /// Near the start, where byte order mark and front matter are.
    at_start: bool,
    removed: usize,
    new: String,
    /// Whether someone reads the document afterwards.
    read: bool,
}

impl Edit {
    fn range(&self, len: usize) -> Range<usize> {
        let start = if self.at_start { self.at.index(24).min(len) } else { self.at.index(len + 1) };
        start..start.saturating_add(self.removed).min(len)
    }
}

fn edits(most: usize) -> impl Strategy<Value = Vec<Edit>> {
    let typed = select(vec![
        "#",
        "# H\n",
        "\n## H\n",
        " ",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "`",
        "```",
        "```\n",
        "\n~~~\n",
        "-",
        "---\n",
        "\n---\n",
        "+++\n",
        "---",
        "\u{feff}",
        "é",
        "🚀",
        "e\u{301}",
        "- [ ] t\n",
        "\n- x",
        "> ",
        "  ",
        "\t",
        "|",
        "| a | b |\n|---|---|\n",
        "<!--",
        "-->\n",
        "\n<pre>\n",
        "</pre>",
        "<div>",
        "===\n",
        "x",
        "\\",
        "\0",
        "[a]: b\n",
    ]);
    let new = prop_oneof![6 => typed.prop_map(str::to_owned), 2 => Just(String::new()), 1 => documents()];
    let removed = prop_oneof![8 => Just(0), 6 => 1..4usize, 4 => 4..60usize, 1 => Just(usize::MAX)];
    let edit = (any::<Index>(), prop::bool::weighted(0.25), removed, new, prop::bool::weighted(0.4))
        .prop_map(|(at, at_start, removed, new, read)| Edit { at, at_start, removed, new, read });
    prop::collection::vec(edit, 1..most)
}

/// Applies the edits and checks after each that the document is what its text says.
fn check_edits(text: &str, edits: &[Edit]) -> Result<(), TestCaseError> {
    let mut model = text.to_owned();
    let mut document = Document::new(text);
    for (number, edit) in edits.iter().enumerate() {
        let asked = edit.range(model.len());
        // Someone keeps the version before, as a server does.
        let _earlier = document.clone();
        let replaced = document.edit(asked.clone(), &edit.new);
        prop_assert!(replaced.start <= asked.start && asked.end <= replaced.end);
        model.replace_range(replaced, &edit.new);
        prop_assert_eq!(&document.text(), &model);
        let fresh = Document::new(&model);
        prop_assert_eq!(boundaries(&document), boundaries(&fresh), "of {:?}", model);
        prop_assert_eq!(document.front_matter(), fresh.front_matter());
        if edit.read || number + 1 == edits.len() {
            prop_assert_eq!(reading(&document), reading(&fresh), "of {:?}", model);
            let unread = document.unread();
            prop_assert_eq!(unread.text(), fresh.text());
            prop_assert_eq!(reading(&unread), reading(&fresh), "of {:?}, read again", model);
        }
    }
    Ok(())
}

/// A text that is one long segment.
fn giants() -> impl Strategy<Value = String> {
    (prop::collection::vec(documents(), 1..4), 66..90usize).prop_map(|(parts, kilobytes)| {
        let part = parts.join("\n\n").replace(['#', '\u{feff}', '<', '`', '~'], "x");
        let part = format!("text\n\n{part}\n\n");
        part.repeat(kilobytes * 1024 / part.len() + 1)
    })
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn edited_is_fresh(text in documents(), edits in edits(12)) {
        check_edits(&text, &edits)?;
    }

    /// A line ending is a line ending, and a final one means nothing.
    #[test]
    fn line_endings_are_equal(text in documents()) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let dump = |ending: &str| {
            let dump = Document::new(&text.replace('\n', ending)).dump();
            dump.replace("\\r\\n", "\\n").replace("\\r", "\\n")
        };
        prop_assert_eq!(dump("\r\n"), dump("\n"));
        prop_assert_eq!(dump("\r"), dump("\n"));
    }

    #[test]
    fn any_bytes_are_a_document(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        check_spans(&Document::new(&text));
    }

    #[test]
    fn spans_are_text(text in documents()) {
        check_spans(&Document::new(&text));
    }
}

/// Lines that a letter more or less makes begin or end a block, or mean something else, and headings that are cuts unless a
/// block is open.
fn lines_on_the_edge() -> impl Strategy<Value = String> {
    let begins_or_ends = select(vec![
        "<d",
        "<di",
        "<div a",
        "</div a",
        "<pr a",
        "<pre a",
        "</pre a>",
        "<a",
        "<a b>",
        "<!- a",
        "<!-- a",
        "a --x>",
        "a --",
        "a -x->",
        "a ->",
        "```a`b",
        "```ab",
        "```",
        "- ```a`b",
        "~~~ a",
        "~~~",
        "<?a",
        "a ?x>",
        "<![CDATA a",
        "a ]]x>",
    ]);
    let means = select(vec![
        "- [ ] ab c",
        "- [a] b c",
        "- [ab] cd",
        "- [abc] d",
        "- [xa ] b",
        "[ab]: cd",
        "[ab",
        "cd]: ef",
        "[ab]: cd ef",
        "[a]: b",
        "\"ab\" c",
        "\"ab\" c\"",
        "(ab) c)",
        "# ab #",
        "# ab #c",
        "## ab cd ##",
        "### ab##",
        "ab  ",
        "ab c\\",
        "ab cd #",
        "===",
        "---",
        "- 1. ab",
        "12. ab",
        "a1. b",
        "1a. b",
        "- ab [x] c",
        "- ab",
        "  cd ef",
        "    ab cd",
        "> ab cd",
        "ab cd",
        "a | b",
        "|a|",
        "|-|",
        "-|-",
        ":-",
        "ab",
        "",
    ]);
    let line = prop_oneof![1 => Just("# H"), 3 => begins_or_ends, 4 => means];
    prop::collection::vec(line, 1..10).prop_map(|lines| lines.join("\n") + "\n")
}

proptest! {
    #![proptest_config(config(40_000))]

    #[test]
    fn words_may_be_blocks(
        text in lines_on_the_edge(),
        typed in prop::collection::vec((any::<Index>(), 0..3usize, select(vec!["", "", "x", "v", "e", "7", "x1", "`", "-", "!", "|", ">", "[", "]", " ", "<"])), 1..4),
    ) {
        let edits = typed.into_iter().map(|(at, removed, new)| Edit { at, at_start: false, removed, new: new.to_owned(), read: true });
        check_edits(&text, &edits.collect::<Vec<_>>())?;
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn edited_is_fresh_over_many_segments(texts in prop::collection::vec(documents(), 1..40), edits in edits(6)) {
        check_edits(&texts.join("\n# H\n"), &edits)?;
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn edited_is_fresh_in_giants(text in giants(), edits in edits(6)) {
        // A heading would cut it.
        let edits: Vec<Edit> = edits.into_iter().filter(|edit| !edit.new.contains('#')).collect();
        check_edits(&text, &edits)?;
    }
}

/// Every block stands in its parent and after its sibling, at character boundaries.
fn check_spans(document: &Document) {
    for (start, segment) in document.segments() {
        let content = document.content(start, segment);
        let blocks = &content.outline.blocks;
        for (index, block) in blocks.iter().enumerate() {
            let span = &block.span;
            assert!(content.text.get(span.start as usize..span.end as usize).is_some(), "{block:?}");
            if let Some(parent) = block.parent().map(|parent| &blocks[parent as usize]) {
                assert!(
                    parent.span.start <= span.start && span.end <= parent.span.end,
                    "{block:?} in {parent:?} of {:?}",
                    content.text
                );
                assert!(index < parent.end as usize && block.end <= parent.end);
            }
            if let Some(next) = blocks.get(block.end as usize) {
                assert!(span.end <= next.span.start, "{block:?} before {next:?} of {:?}", content.text);
            }
            for line in content.outline.inline(index) {
                assert!(span.start <= line.start && line.end <= span.end, "{block:?} of {:?}", content.text);
            }
        }
        content.outline.dump(&content.text);
    }
}

fn known_texts() -> Vec<String> {
    let mut texts: Vec<String> =
        ["seeds", "corpus"].into_iter().flat_map(shared).map(|(_, text)| text).collect();
    let cases = std::fs::read_to_string(files::workspace().join("tests/data/markdown/cases.txt"));
    texts.extend(cases.expect("the cases are part of the project").split("\n=== ").map(str::to_owned));
    texts
}

#[test]
fn every_prefix_is_a_document() {
    for text in known_texts() {
        // All of a short text, and some of a long one.
        let step = if text.len() < 400 { 1 } else { text.len() / 7 - 3 };
        for end in (0..=text.len()).step_by(step).filter(|end| text.is_char_boundary(*end)) {
            check_spans(&Document::new(&text[..end]));
        }
    }
}

#[test]
fn edited_is_fresh_in_known_texts() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::new(config(1));
    for text in known_texts() {
        let edits = edits(4).new_tree(&mut runner).expect("no edit is rejected").current();
        check_edits(&text, &edits).expect("edited is fresh");
    }
}

/// How many segments of a document are not those of an earlier one.
fn new_segments(document: &Document, earlier: &Document) -> usize {
    let old: std::collections::HashSet<*const Segment> =
        earlier.segments().map(|(_, segment)| Arc::as_ptr(segment)).collect();
    document.segments().filter(|(_, segment)| !old.contains(&Arc::as_ptr(segment))).count()
}

/// An edit makes few segments anew, wherever it is.
#[test]
fn an_edit_keeps_the_other_segments() {
    let section = "## Phase\n\ntext\n\n- [ ] task\n\n```sh\nmake\n```\n\n";
    let text = format!("---\nstatus: draft\n---\n\n# Plan\n\n{}", section.repeat(2000));
    let middle = text.len() / 2;
    let section_start = middle + text[middle..].find("## ").expect("there are sections on");
    let fence = middle + text[middle..].find("```\n\n").expect("there are fences on");
    for (range, new, most) in [
        (middle..middle, "x", 1),
        (section_start..section_start + 2, "", 1),
        (section_start..section_start, "# New\n", 2),
        (section_start..section_start, "x", 1),
        (section_start + 20..section_start + 60, "", 2),
        (fence..fence, "x", 1),
        (4..4, "a: b\n", 1),
        (26..26, "x", 1),
        (text.len()..text.len(), "x", 1),
    ] {
        let earlier = Document::new(&text);
        let mut document = earlier.clone();
        document.edit(range.clone(), new);
        let count = new_segments(&document, &earlier);
        assert!(count <= most, "{count} new segments for {new:?} at {range:?}");
        assert!(document.segments().count() > 1900);
    }
}

/// A text that is too long is not cut; one that edits bring below the limit is, as if it had always been so short.
#[test]
fn a_text_that_is_too_long_is_one_segment() {
    let section = "---\na: b\n---\n\n# A\n\n```\n# B\n```\n\n- c\n\n";
    let text = section.repeat(LONGEST / section.len());
    let mut document = Document::new(&text);
    assert!(document.segments().count() > 1000);
    document.edit(0..0, &section.repeat(2));
    assert_eq!(document.segments().count(), 1);
    document.edit(5..6, "x");
    assert_eq!((document.segments().count(), document.len()), (1, text.len() + 2 * section.len()));
    let half = document.len() / 2;
    document.edit(section.len() * 10..half, "");
    let fresh = Document::new(&document.text());
    let lengths =
        |document: &Document| document.segments().map(|(_, segment)| segment.len()).collect::<Vec<_>>();
    assert_eq!(lengths(&document), lengths(&fresh));
    assert!(lengths(&document).len() > 1000);
}
