//! Limits on the nesting depth of results.
//!
//! A list in a document can be nested thousands of levels deep. Recursive values are serialized, cloned and dropped by
//! recursive functions, and each level takes two levels of JSON. JSON parsers limit the depth: serde_json, which
//! several editors use, to 128 levels.

/// Maximum number of levels of a tree, such as the outline or the tasks of a plan. Deeper entries are attached to their
/// ancestor on the last level.
pub const MAX_DEPTH: usize = 50;

/// Maximum nesting depth of the alternatives of a glob (`{a,{b,c}}`): globset recurses at each level.
pub const MAX_ALTERNATIVE_DEPTH: usize = 32;

/// Returns whether a glob has alternatives that are nested more deeply than [`MAX_ALTERNATIVE_DEPTH`].
pub fn is_deep_glob(pattern: &str) -> bool {
    // Escaped and bracketed braces are counted as well, because useful globs do not contain this many.
    let mut open = 0_usize;
    pattern.bytes().any(|byte| {
        match byte {
            b'{' => open += 1,
            b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        open > MAX_ALTERNATIVE_DEPTH
    })
}

/// Maximum number of ranges of an expanding selection, which are nested in the response.
pub const MAX_RANGES: usize = 2 * MAX_DEPTH;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_of_globs() {
        let nested = |levels: usize| format!("{}a{}", "{".repeat(levels), "}".repeat(levels));
        assert!(!is_deep_glob(&nested(MAX_ALTERNATIVE_DEPTH)));
        assert!(is_deep_glob(&nested(MAX_ALTERNATIVE_DEPTH + 1)));
        assert!(!is_deep_glob(&"{a,b}".repeat(1_000)));
        assert!(crate::parse_glob(&nested(2)).is_ok());
        assert!(crate::parse_glob(&nested(100_000)).is_err());
    }
}
