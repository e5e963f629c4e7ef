//! Parsers of tree-sitter's two Markdown grammars, and edits of their trees.

use std::cell::RefCell;

use tree_sitter::{InputEdit, Parser, Point, Range, Tree};

/// One of the two grammars.
#[derive(Clone, Copy, Debug)]
pub(super) enum Grammar {
    /// The block structure.
    Blocks,
    /// The inline content of a block.
    Inline,
}

thread_local! {
    /// Creating a parser is expensive, so each thread reuses one per grammar.
    static PARSERS: RefCell<[Option<Parser>; 2]> = const { RefCell::new([None, None]) };
}

/// Parses the ranges of a text, or all of it if `ranges` is empty. `old` is the tree of an earlier text to which the
/// edit has been applied. The inline grammar takes quadratic time for some texts.
pub(super) fn parse(grammar: Grammar, text: &[u8], ranges: &[Range], old: Option<&Tree>) -> Option<Tree> {
    PARSERS.with_borrow_mut(|parsers| {
        let parser = &mut parsers[grammar as usize];
        if parser.is_none() {
            let mut new = Parser::new();
            let language = match grammar {
                Grammar::Blocks => tree_sitter_md::LANGUAGE,
                Grammar::Inline => tree_sitter_md::INLINE_LANGUAGE,
            };
            // Fails only if the grammar has an incompatible ABI version, which the tests would notice.
            new.set_language(&language.into()).ok()?;
            *parser = Some(new);
        }
        let parser = parser.as_mut()?;
        parser.set_included_ranges(ranges).ok()?;
        parser.parse(text, old)
    })
}

/// Returns a copy of `tree` to which the edit from `old` to `new` is applied, so that `new` can be parsed with it.
/// `None` if more than half of a text changes, because parsing from scratch is then faster.
pub(super) fn edited_tree(tree: &Tree, old: &[u8], new: &[u8]) -> Option<Tree> {
    let edit = edit_between(old, new);
    let changed = (edit.old_end_byte - edit.start_byte).max(edit.new_end_byte - edit.start_byte);
    if changed > old.len().min(new.len()) / 2 {
        return None;
    }
    let mut tree = tree.clone();
    tree.edit(&edit);
    Some(tree)
}

/// Returns the smallest edit of whole characters that turns one text into the other.
fn edit_between(old: &[u8], new: &[u8]) -> InputEdit {
    let is_inside_character =
        |text: &[u8], at: usize| text.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
    let mut prefix = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    while is_inside_character(old, prefix) || is_inside_character(new, prefix) {
        prefix -= 1;
    }
    let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
    let mut suffix = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(a, b)| a == b).count();
    while is_inside_character(old, old.len() - suffix) {
        suffix -= 1;
    }
    let (old_end, new_end) = (old.len() - suffix, new.len() - suffix);
    InputEdit {
        start_byte: prefix,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: point(old, prefix),
        old_end_position: point(old, old_end),
        new_end_position: point(new, new_end),
    }
}

/// Returns row and column (bytes) of an offset.
pub(super) fn point(text: &[u8], at: usize) -> Point {
    let before = &text[..at];
    let row = memchr::memchr_iter(b'\n', before).count();
    Point::new(row, at - memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_whole_characters() {
        let check = |old: &str, new: &str| {
            let edit = edit_between(old.as_bytes(), new.as_bytes());
            (&old[edit.start_byte..edit.old_end_byte], &new[edit.start_byte..edit.new_end_byte]) == ("", "")
        };
        assert!(check("a\nb", "a\nb"));
        // Both characters begin with the same byte, or end with it.
        for (old, new) in [("aéb", "aèb"), ("a\u{e9}", "a\u{129}"), ("é", ""), ("aaa", "aa"), ("", "é")] {
            assert!(!check(old, new));
        }
        let edit = edit_between("x\nabc\n".as_bytes(), "x\nabbc\n".as_bytes());
        assert_eq!((edit.start_byte, edit.old_end_byte, edit.new_end_byte), (4, 4, 5));
        assert_eq!(edit.new_end_position, Point::new(1, 3));
    }
}
