//! Reading blocks with tree-sitter's grammar.

use std::cell::RefCell;

use tree_sitter::{Parser, Tree};

use crate::{grammar, outline::Outline, prepare::Prepared};

thread_local! {
    /// A parser is cheap to use and dear to make.
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Reads the blocks of a text that starts and ends at a cut.
pub(crate) fn outline(text: &str) -> Outline {
    let prepared = Prepared::of(text);
    let tree = parse(&prepared.bytes);
    tree.as_ref().map_or_else(Outline::default, |tree| grammar::outline(text, &prepared, tree))
}

fn parse(bytes: &[u8]) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        if parser.is_none() {
            let mut new = Parser::new();
            // It fails only for a grammar of another ABI version, which the tests would notice.
            new.set_language(&tree_sitter_md::LANGUAGE.into()).ok()?;
            *parser = Some(new);
        }
        parser.as_mut()?.parse(bytes, None)
    })
}
