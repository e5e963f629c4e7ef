//! Parses blocks with tree-sitter's grammar.

use std::cell::RefCell;

use tree_sitter::{Parser, Tree};

use crate::{outline::Outline, prepare::Prepared, tree_outline};

thread_local! {
    /// Creating a parser is expensive, so each thread reuses one.
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Returns the outline of a text that starts and ends at a cut between segments.
pub(crate) fn outline(text: &str) -> Outline {
    let prepared = Prepared::of(text);
    let tree = parse(&prepared.bytes);
    tree.as_ref().map_or_else(Outline::default, |tree| tree_outline::outline(text, &prepared, tree))
}

fn parse(bytes: &[u8]) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        if parser.is_none() {
            let mut new = Parser::new();
            // Fails only if the grammar has an incompatible ABI version, which the tests would detect.
            new.set_language(&tree_sitter_md::LANGUAGE.into()).ok()?;
            *parser = Some(new);
        }
        parser.as_mut()?.parse(bytes, None)
    })
}
