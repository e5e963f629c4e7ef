//! Known differences between comrak and plan-syntax, with their reasons.

use plan_syntax::lines;

/// The seeds: no differences.
pub const SEEDS: &[(&str, &str)] = &[];

/// The corpus: no differences.
pub const CORPUS: &[(&str, &str)] = &[];

/// The shared cases: no differences.
pub const SHARED_CASES: &[(&str, &str)] = &[];

/// The examples of the specifications.
pub const EXAMPLES: &[(&str, &str)] = &[
    ("spec 24", INFO),
    ("spec 34", INFO),
    ("spec 216", AFTER_DEFINITION),
    ("spec 491", JOINED),
    ("spec 641", JOINED),
    ("spec 643", JOINED),
];

const INFO: &str =
    "plan-syntax keeps the info string of a fence as written, comrak resolves escapes and entities";
const JOINED: &str =
    "the test passes the lines of a paragraph to comrak joined by spaces, which changes spans over lines";

/// The cases in `tests/data/markdown`.
pub const CASES: &[(&str, &str)] = &[
    ("table: lazy header only", LAZY_HEADER),
    ("table: header indented like code in a paragraph", LAZY_HEADER),
    ("list: blank line that reaches the text", LATE_TEXT),
    ("front matter: empty, a break further down", EMPTY_FRONT_MATTER),
    ("definition: then a table", AFTER_DEFINITION),
];

const LAZY_HEADER: &str =
    "the grammar does not recognize a table header that is a lazy line or indented like code";
const LATE_TEXT: &str = "an item begins with at most one blank line (CommonMark 5.2), in comrak with two if the second one is indented";
const EMPTY_FRONT_MATTER: &str = "empty front matter is not front matter; comrak looks for the next `---`";
const AFTER_DEFINITION: &str = "after definitions, comrak repeats them above a table, reads a checkbox on the next line as \
                                the item's, and continues a paragraph whose first line is an underline";
const ODD_COLUMN: &str =
    "the grammar recognizes a one-column table only if its header has a pipe or begins with a letter";

/// A class of random documents.
pub struct Class {
    /// Why documents of this class are parsed differently.
    pub reason: &'static str,
    /// Returns whether a document is in this class.
    pub matches: fn(&str) -> bool,
    /// Maximum number of random documents that differ for this reason.
    pub max: usize,
}

/// The classes of random documents; the first match counts.
pub const CLASSES: &[Class] = &[
    Class { reason: EMPTY_FRONT_MATTER, matches: has_empty_front_matter, max: 130 },
    Class { reason: LATE_TEXT, matches: |text| pairs(text).any(is_late_text), max: 80 },
    Class { reason: ODD_COLUMN, matches: |text| pairs(text).any(is_odd_column), max: 170 },
    Class { reason: LAZY_HEADER, matches: |text| pairs(text).any(is_lazy_header), max: 120 },
    Class { reason: AFTER_DEFINITION, matches: |text| text.contains("[a]:"), max: 30 },
];

fn has_empty_front_matter(text: &str) -> bool {
    lines(text).take(2).all(|line| line == "---")
}

fn is_late_text((marker, blank): (&str, &str)) -> bool {
    text_of(marker).is_empty() && text_of(blank).is_empty() && blank.ends_with([' ', '\t'])
}

fn is_odd_column((header, row): (&str, &str)) -> bool {
    delimiter_columns(row) == 1
        && !header.contains('|')
        && !text_of(header).starts_with(|first: char| first.is_ascii_alphanumeric())
}

fn is_lazy_header((header, row): (&str, &str)) -> bool {
    let before = |line: &str| line.replace('\t', "    ").len() - text_of(line).len();
    delimiter_columns(row) > 0 && before(header) != before(row)
}

/// Returns the lines of a text with any line endings, without a byte order mark.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_start_matches('\u{feff}');
    lines::lines(text, 0).map(move |line| &text[line.content()])
}

/// Returns each line with the next one.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    lines(text).zip(lines(text).skip(1))
}

/// Returns a line without possible container prefixes.
fn text_of(line: &str) -> &str {
    let line = line.trim_start_matches([' ', '\t', '>']);
    let marker = line.trim_start_matches(|byte: char| byte.is_ascii_digit());
    match marker.strip_prefix(['-', '*', '+', '.', ')']) {
        Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t']) => text_of(rest),
        _ => line,
    }
}

/// Returns the number of columns of a possible delimiter row, 0 for other lines.
fn delimiter_columns(line: &str) -> usize {
    let row = text_of(line).trim_end();
    if row.contains('|') && row.chars().all(|byte| "|:- ".contains(byte)) {
        row.trim_matches('|').split('|').count()
    } else {
        0
    }
}
