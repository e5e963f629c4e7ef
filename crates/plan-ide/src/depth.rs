//! How deep the things that a document holds nest in what is made of it.
//!
//! A list may nest thousands of levels. Values that hold each other are written as JSON, cloned and dropped by functions
//! that call themselves, and a level of such a value takes two of JSON; readers of JSON give up at some depth
//! (serde_json's, which several editors use, at 128).

/// Maximum number of entries around an entry of a tree: the outline, the tasks of a plan. Deeper ones are attached to the
/// deepest entry that may hold others.
pub const MAX_DEPTH: usize = 50;

/// Maximum number of alternatives of a glob inside of each other (`{a,{b,c}}`): globset calls itself for each.
pub const MAX_ALTERNATIVES: usize = 32;

/// Returns whether a glob has alternatives deeper inside of each other than [`MAX_ALTERNATIVES`].
pub fn is_deep_glob(pattern: &str) -> bool {
    // Escaped and bracketed braces count as well: too many of them make no useful glob either.
    let mut open = 0_usize;
    pattern.bytes().any(|byte| {
        match byte {
            b'{' => open += 1,
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > MAX_ALTERNATIVES
    })
}

/// Maximum number of ranges of a growing selection, each of which is sent inside of the one before.
pub const MAX_RANGES: usize = 2 * MAX_DEPTH;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        let nested = |levels: usize| format!("{}a{}", "{".repeat(levels), "}".repeat(levels));
        assert!(!is_deep_glob(&nested(MAX_ALTERNATIVES)));
        assert!(is_deep_glob(&nested(MAX_ALTERNATIVES + 1)));
        assert!(!is_deep_glob(&"{a,b}".repeat(1_000)));
        assert!(crate::parse_glob(&nested(2)).is_ok());
        assert!(crate::parse_glob(&nested(100_000)).is_err());
    }
}
