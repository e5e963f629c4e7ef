//! Properties that must hold for every text and every sequence of edits.

#[path = "oracle/documents.rs"]
mod documents;
#[path = "oracle/files.rs"]
mod files;

use std::{ops::Range, sync::Arc};

use documents::documents;
use files::shared;
use plan_syntax::{BlockOutline, Document, MAX_DOCUMENT_BYTES, Segment};
use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::RngSeed,
};

/// Returns a configuration that generates the same cases on every run.
fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

/// Returns everything that is parsed from a document, per segment.
fn parsed(document: &Document) -> Vec<(usize, bool, BlockOutline)> {
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

/// An edit of a text whose length is not yet known.
#[derive(Clone, Debug)]
struct Edit {
    position: Index,
    /// Whether the position is near the start, where byte order mark and front matter are.
    at_start: bool,
    removed: usize,
    new: String,
    /// Whether the document is parsed after the edit.
    read: bool,
}

impl Edit {
    fn range(&self, len: usize) -> Range<usize> {
        let start =
            if self.at_start { self.position.index(24).min(len) } else { self.position.index(len + 1) };
        start..start.saturating_add(self.removed).min(len)
    }
}

fn edits(max: usize) -> impl Strategy<Value = Vec<Edit>> {
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
        .prop_map(|(position, at_start, removed, new, read)| Edit { position, at_start, removed, new, read });
    prop::collection::vec(edit, 1..max)
}

/// Applies the edits and checks after each that the document equals a new one with the same text.
fn check_edits(text: &str, edits: &[Edit]) -> Result<(), TestCaseError> {
    let mut model = text.to_owned();
    let mut document = Document::new(text);
    for (number, edit) in edits.iter().enumerate() {
        let requested = edit.range(model.len());
        // Keeps the previous version alive, as a server does.
        let _previous = document.clone();
        let replaced = document.edit(requested.clone(), &edit.new);
        prop_assert!(replaced.start <= requested.start && requested.end <= replaced.end);
        model.replace_range(replaced, &edit.new);
        prop_assert_eq!(&document.text(), &model);
        let fresh = Document::new(&model);
        prop_assert_eq!(boundaries(&document), boundaries(&fresh), "of {:?}", model);
        prop_assert_eq!(document.front_matter(), fresh.front_matter());
        if edit.read || number + 1 == edits.len() {
            prop_assert_eq!(parsed(&document), parsed(&fresh), "of {:?}", model);
            let unread = document.without_cached_values();
            prop_assert_eq!(unread.text(), fresh.text());
            prop_assert_eq!(parsed(&unread), parsed(&fresh), "of {:?}, read again", model);
        }
    }
    Ok(())
}

/// Texts that are one long segment.
fn long_segments() -> impl Strategy<Value = String> {
    (prop::collection::vec(documents(), 1..4), 66..90usize).prop_map(|(parts, kilobytes)| {
        let part = parts.join("\n\n").replace(['#', '\u{feff}', '<', '`', '~'], "x");
        let part = format!("text\n\n{part}\n\n");
        part.repeat(kilobytes * 1024 / part.len() + 1)
    })
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn edited_equals_new(text in documents(), edits in edits(12)) {
        check_edits(&text, &edits)?;
    }

    /// All line endings are equivalent.
    #[test]
    fn line_endings_are_equivalent(text in documents()) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let dump = |ending: &str| {
            let dump = Document::new(&text.replace('\n', ending)).dump();
            dump.replace("\\r\\n", "\\n").replace("\\r", "\\n")
        };
        prop_assert_eq!(dump("\r\n"), dump("\n"));
        prop_assert_eq!(dump("\r"), dump("\n"));
    }

    #[test]
    fn any_bytes_are_parsed(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let text = String::from_utf8_lossy(&bytes);
        check_spans(&Document::new(&text));
    }

    #[test]
    fn spans_are_valid(text in documents()) {
        check_spans(&Document::new(&text));
    }
}

/// Lines in which one inserted or removed letter can begin or end a block or change its meaning, and
/// headings, which are cuts unless a block is open.
fn ambiguous_lines() -> impl Strategy<Value = String> {
    let block_boundaries = select(vec![
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
    let other_lines = select(vec![
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
    let line = prop_oneof![1 => Just("# H"), 3 => block_boundaries, 4 => other_lines];
    prop::collection::vec(line, 1..10).prop_map(|lines| lines.join("\n") + "\n")
}

proptest! {
    #![proptest_config(config(40_000))]

    #[test]
    fn edits_of_words_can_change_blocks(
        text in ambiguous_lines(),
        typed in prop::collection::vec((any::<Index>(), 0..3usize, select(vec!["", "", "x", "v", "e", "7", "x1", "`", "-", "!", "|", ">", "[", "]", " ", "<"])), 1..4),
    ) {
        let edits = typed.into_iter().map(|(position, removed, new)| Edit { position, at_start: false, removed, new: new.to_owned(), read: true });
        check_edits(&text, &edits.collect::<Vec<_>>())?;
    }
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn edited_equals_new_over_many_segments(texts in prop::collection::vec(documents(), 1..40), edits in edits(6)) {
        check_edits(&texts.join("\n# H\n"), &edits)?;
    }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn edited_equals_new_in_long_segments(text in long_segments(), edits in edits(6)) {
        // A heading would cut the text.
        let edits: Vec<Edit> = edits.into_iter().filter(|edit| !edit.new.contains('#')).collect();
        check_edits(&text, &edits)?;
    }
}

/// Checks that every block is inside its parent and after its previous sibling, at character boundaries.
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
    let cases = std::fs::read_to_string(plan_test::repository().join("tests/data/markdown/cases.txt"));
    texts
        .extend(cases.expect("tests/data/markdown/cases.txt is readable").split("\n=== ").map(str::to_owned));
    texts
}

#[test]
fn every_prefix_is_parsed() {
    for text in known_texts() {
        // Every prefix of a short text, and a few of a long one.
        let step = if text.len() < 400 { 1 } else { text.len() / 7 - 3 };
        for end in (0..=text.len()).step_by(step).filter(|end| text.is_char_boundary(*end)) {
            check_spans(&Document::new(&text[..end]));
        }
    }
}

#[test]
fn edited_equals_new_in_known_texts() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::new(config(1));
    for text in known_texts() {
        let edits = edits(4).new_tree(&mut runner).expect("edits are generated").current();
        check_edits(&text, &edits).expect("the edited document equals a new one");
    }
}

/// Returns the number of segments of a document that are not shared with an earlier version.
fn new_segments(document: &Document, earlier: &Document) -> usize {
    let old: std::collections::HashSet<*const Segment> =
        earlier.segments().map(|(_, segment)| Arc::as_ptr(segment)).collect();
    document.segments().filter(|(_, segment)| !old.contains(&Arc::as_ptr(segment))).count()
}

/// An edit creates few new segments, wherever it is.
#[test]
fn an_edit_keeps_the_other_segments() {
    let section = "## Phase\n\ntext\n\n- [ ] task\n\n```sh\nmake\n```\n\n";
    let text = format!("---\nstatus: draft\n---\n\n# Plan\n\n{}", section.repeat(2000));
    let middle = text.len() / 2;
    let section_start = middle + text[middle..].find("## ").expect("a section after the middle");
    let fence = middle + text[middle..].find("```\n\n").expect("a fence after the middle");
    for (range, new, max) in [
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
        let previous = Document::new(&text);
        let mut document = previous.clone();
        document.edit(range.clone(), new);
        let count = new_segments(&document, &previous);
        assert!(count <= max, "{count} new segments for {new:?} at {range:?}");
        assert!(document.segments().count() > 1900);
    }
}

/// A text above the limit is not cut. After an edit that shortens it below the limit it equals a new
/// document.
#[test]
fn texts_above_the_limit_are_one_segment() {
    let section = "---\na: b\n---\n\n# A\n\n```\n# B\n```\n\n- c\n\n";
    let text = section.repeat(MAX_DOCUMENT_BYTES / section.len());
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
