//! Compilation of the built-in regular expressions.

use regex::Regex;

/// Characters that `\w` matches: the letters of common scripts instead of all Unicode letters.
const WORD: &str = r"0-9A-Za-z_À-ɏͰ-ԯ\u{3040}-\u{9FFF}\u{AC00}-\u{D7AF}";

/// Compiles a built-in pattern. `\d` matches ASCII digits only, the digits of IDs, dates and durations; `\w` matches
/// letters, digits and `_` of common scripts.
///
/// The Unicode classes of both have hundreds of ranges. Expressions with them needed 4 MB, most of the server's
/// memory after opening a small plan, because each thread caches several copies of every automaton state.
#[expect(clippy::unwrap_used, reason = "the patterns are constants that the tests compile")]
pub fn regex(pattern: &str) -> Regex {
    Regex::new(&pattern.replace(r"\d", "[0-9]").replace(r"\w", &format!("[{WORD}]"))).unwrap()
}
