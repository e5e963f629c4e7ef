//! Parsing, anew or from an earlier tree.

use std::cell::RefCell;

use tree_sitter::{InputEdit, Parser, Point, Tree};

use crate::{grammar, outline::Outline, prepare::Prepared};

/// A tree with the text it was made from.
#[derive(Debug)]
pub(crate) struct Parse {
    tree: Option<Tree>,
    prepared: Prepared,
}

thread_local! {
    /// A parser is cheap to use and dear to make.
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Reads the blocks of a text that starts and ends at a cut. `earlier`: a parse of a similar text, whose unchanged
/// parts are taken over; the result is the same without it.
pub(crate) fn read(text: &str, earlier: Option<&Parse>) -> (Outline, Parse) {
    let prepared = Prepared::of(text);
    let tree = parse(&prepared.bytes, earlier);
    let outline = tree.as_ref().map_or_else(Outline::default, |tree| grammar::outline(text, &prepared, tree));
    (outline, Parse { tree, prepared })
}

fn parse(bytes: &[u8], earlier: Option<&Parse>) -> Option<Tree> {
    let earlier = earlier.and_then(|earlier| {
        let mut tree = earlier.tree.clone()?;
        tree.edit(&difference(&earlier.prepared.bytes, bytes));
        Some(tree)
    });
    PARSER.with_borrow_mut(|parser| {
        if parser.is_none() {
            let mut new = Parser::new();
            // It fails only for a grammar of another ABI version, which the tests would notice.
            new.set_language(&tree_sitter_md::LANGUAGE.into()).ok()?;
            *parser = Some(new);
        }
        parser.as_mut()?.parse(bytes, earlier.as_ref())
    })
}

/// The one edit that turns `old` into `new`: what is between their common start and their common end.
fn difference(old: &[u8], new: &[u8]) -> InputEdit {
    let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let room = old.len().min(new.len()) - start;
    let same_end = old.iter().rev().zip(new.iter().rev()).take(room).take_while(|(a, b)| a == b).count();
    let (old_end, new_end) = (old.len() - same_end, new.len() - same_end);
    InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: point(old, start),
        old_end_position: point(old, old_end),
        new_end_position: point(new, new_end),
    }
}

fn point(bytes: &[u8], at: usize) -> Point {
    let before = &bytes[..at];
    Point {
        row: memchr::memchr_iter(b'\n', before).count(),
        column: at - memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1),
    }
}
