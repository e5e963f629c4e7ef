//! Where comrak and we read a text differently, and why.

use plan_syntax::lines;

/// The seeds: none.
pub const SEEDS: &[(&str, &str)] = &[];

/// The corpus: none.
pub const CORPUS: &[(&str, &str)] = &[];

/// The cases that the project was started with: none.
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
    "we keep the words after a fence as they are written, comrak resolves escapes and entities";
const JOINED: &str =
    "the test shows comrak the lines of a paragraph joined by blanks, which changes what spans them";

/// Our own cases.
pub const CASES: &[(&str, &str)] = &[
    ("table: lazy header only", LAZY_HEADER),
    ("table: header indented like code in a paragraph", LAZY_HEADER),
    ("list: blank line that reaches the text", LATE_TEXT),
    ("front matter: empty, a break further down", EMPTY_FRONT_MATTER),
    ("definition: then a table", AFTER_DEFINITION),
];

const LAZY_HEADER: &str = "the grammar knows no header of a table that is a lazy line or indented like code";
const LATE_TEXT: &str = "an item begins with at most one blank line (CommonMark 5.2), in comrak with two if the second is indented";
const EMPTY_FRONT_MATTER: &str = "front matter with no line in it is none; comrak looks for the next `---`";
const AFTER_DEFINITION: &str = "after definitions, comrak shows them again above a table, takes a box on the next line \
                                for the item's, and goes on with a paragraph whose first line is an underline";
const ODD_COLUMN: &str =
    "the grammar knows a table of one column only if its header has a pipe or begins with a letter";

/// A kind of random documents.
pub struct Class {
    /// Why documents of this kind are read differently.
    pub reason: &'static str,
    /// Whether a document is of this kind.
    pub is: fn(&str) -> bool,
    /// How many of the random documents may be read differently for this reason.
    pub most: usize,
}

/// The kinds of random documents, the first one that fits counts.
pub const CLASSES: &[Class] = &[
    Class { reason: EMPTY_FRONT_MATTER, is: has_empty_front_matter, most: 130 },
    Class { reason: LATE_TEXT, is: |text| pairs(text).any(is_late_text), most: 80 },
    Class { reason: ODD_COLUMN, is: |text| pairs(text).any(is_odd_column), most: 170 },
    Class { reason: LAZY_HEADER, is: |text| pairs(text).any(is_lazy_header), most: 120 },
    Class { reason: AFTER_DEFINITION, is: |text| text.contains("[a]:"), most: 30 },
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

/// The lines of a text, whatever ends them, without a byte order mark.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.trim_start_matches('\u{feff}');
    lines::lines(text, 0).map(move |line| &text[line.content()])
}

/// Each line with the one after it.
fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    lines(text).zip(lines(text).skip(1))
}

/// A line without what may be the prefixes of containers.
fn text_of(line: &str) -> &str {
    let line = line.trim_start_matches([' ', '\t', '>']);
    let marker = line.trim_start_matches(|byte: char| byte.is_ascii_digit());
    match marker.strip_prefix(['-', '*', '+', '.', ')']) {
        Some(rest) if rest.is_empty() || rest.starts_with([' ', '\t']) => text_of(rest),
        _ => line,
    }
}

/// The columns of what looks like a delimiter row, 0 for other lines.
fn delimiter_columns(line: &str) -> usize {
    let row = text_of(line).trim_end();
    if row.contains('|') && row.chars().all(|byte| "|:- ".contains(byte)) {
        row.trim_matches('|').split('|').count()
    } else {
        0
    }
}
