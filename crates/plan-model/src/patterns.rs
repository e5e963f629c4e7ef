//! The regular expressions that plans are read with.

use regex::Regex;

/// What `\w` and its like stand for: letters of the scripts that plans are written in, instead of those of all scripts.
const WORD: &str = r"0-9A-Za-z_À-ɏͰ-ԯ\u{3040}-\u{9FFF}\u{AC00}-\u{D7AF}";

/// Compiles a pattern that is written in the program, in which `\d` is a digit of ASCII, the only ones that ids, dates
/// and durations are made of, and `\w` a letter, digit or `_` of the common scripts.
///
/// Unicode's classes of both have hundreds of ranges. Expressions with them took 4 MB, most of what the server held
/// after opening a small plan, as each state is counted several times over in the caches of each thread.
#[expect(clippy::unwrap_used, reason = "the patterns are constants, and the tests compile each")]
pub fn regex(pattern: &str) -> Regex {
    Regex::new(&pattern.replace(r"\d", "[0-9]").replace(r"\w", &format!("[{WORD}]"))).unwrap()
}
