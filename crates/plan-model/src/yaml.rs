//! Errors in YAML documents according to a YAML 1.2 parser.

use std::ops::Range;

use foldhash::{HashSet, HashSetExt};
use saphyr_parser::{Event, Parser};

/// An error in a YAML document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// Byte range of the invalid line, without surrounding spaces.
    pub range: Range<usize>,
    /// Message of the parser.
    pub message: String,
}

/// An open collection.
enum OpenNode {
    Sequence,
    /// A mapping with the scalar keys read so far. `expects_key` is false while the next node is a value.
    Mapping {
        keys: HashSet<String>,
        expects_key: bool,
    },
}

/// Maximum number of errors reported per document.
const MAX_ERRORS: usize = 8;

/// Returns the errors of a text that must be one YAML document. The parser stops at the first error, so each invalid
/// entry is replaced by spaces to find the next error. `entry_of` returns the range to replace for an invalid line;
/// `None` if the error makes the lines below it invalid.
pub(crate) fn errors(text: &str, entry_of: impl Fn(&Range<usize>) -> Option<Range<usize>>) -> Vec<YamlError> {
    let mut errors = Vec::new();
    let mut rest = text.to_owned();
    while let Some(error) = first_yaml_error(&rest).filter(|_| errors.len() < MAX_ERRORS) {
        // An unclosed list makes valid lines below it invalid.
        let is_unclosed = ["flow", "illegal placement"].iter().any(|words| error.message.contains(words));
        let Some(invalid) = entry_of(&error.range).filter(|_| !is_unclosed) else {
            errors.push(error);
            break;
        };
        let masked: String = rest[invalid.clone()]
            .chars()
            .flat_map(|c| std::iter::repeat_n(if matches!(c, '\n' | '\r') { c } else { ' ' }, c.len_utf8()))
            .collect();
        rest.replace_range(invalid, &masked);
        errors.push(error);
    }
    errors
}

/// Returns the first error of a text that must be one YAML document.
pub fn first_yaml_error(text: &str) -> Option<YamlError> {
    if let Some(range) = tab_before_first_key(text) {
        return Some(YamlError { range, message: "tab in the indentation".to_owned() });
    }
    let mut spaced = None;
    loop {
        let error = parser_error(spaced.as_deref().unwrap_or(text))?;
        // The parser rejects a tab after the colon of a key, which YAML allows.
        let line = &text[error.range.clone()];
        match line.find(":\t").filter(|_| error.message.contains("valid YAML whitespace")) {
            Some(tab) => {
                let at = error.range.start + tab + 1;
                let spaced = spaced.get_or_insert_with(|| text.to_owned());
                if spaced[at..].starts_with(' ') {
                    return None;
                }
                spaced.replace_range(at..at + 1, " ");
            }
            None => return Some(error),
        }
    }
}

/// Returns the first non-blank line if it is indented with a tab, which the parser does not report.
fn tab_before_first_key(text: &str) -> Option<Range<usize>> {
    let first = plan_syntax::lines::lines(text, 0).find(|line| {
        let content = text[line.content()].trim();
        !content.is_empty() && !content.starts_with('#')
    })?;
    let content = &text[first.content()];
    let indent = content.len() - content.trim_start().len();
    let is_flow = content.trim_start().starts_with(['{', '[', '"', '\'']);
    (content[..indent].contains('\t') && !is_flow).then(|| line_at(text, first.start))
}

/// Returns the error of the parser, located at the line that causes it.
fn parser_error(text: &str) -> Option<YamlError> {
    // The parser counts characters.
    let offsets: Option<Vec<usize>> =
        (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
    let byte = |index: usize| match &offsets {
        Some(offsets) => offsets.get(index).copied().unwrap_or(text.len()),
        None => index.min(text.len()),
    };
    let error = |at: usize, message: String| Some(YamlError { range: line_at(text, at), message });
    let mut open: Vec<OpenNode> = Vec::new();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(found) => return Some(error_at(text, byte(found.marker().index()), found.info())),
        };
        let start = byte(span.start.index());
        let mut key = None;
        match &event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return error(start, "expected one document".to_owned());
                }
            }
            Event::Scalar(scalar, ..) => key = Some(scalar.to_string()),
            _ => {}
        }
        let is_node = matches!(
            event,
            Event::Scalar(..) | Event::Alias(..) | Event::SequenceStart(..) | Event::MappingStart(..)
        );
        if is_node && let Some(OpenNode::Mapping { keys, expects_key }) = open.last_mut() {
            if *expects_key
                && let Some(key) = key
                && !keys.insert(key.clone())
            {
                return error(start, format!("duplicate key `{key}`"));
            }
            *expects_key = !*expects_key;
        }
        match event {
            Event::SequenceStart(..) => open.push(OpenNode::Sequence),
            Event::MappingStart(..) => {
                open.push(OpenNode::Mapping { keys: HashSet::new(), expects_key: true })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            _ => {}
        }
    }
    None
}

/// Locates a parser error at the line that causes it, which can be next to the line where the parser stops.
fn error_at(text: &str, at: usize, message: &str) -> YamlError {
    let mut range = line_at(text, at);
    if message.contains("found a tab") {
        // The parser stops at the start of the text before the tab.
        let mut below = plan_syntax::lines::lines(text, 0).skip_while(|line| line.next <= range.start);
        let is_indented = |line: &str| line[..line.len() - line.trim_start().len()].contains('\t');
        if let Some(line) = below.find(|line| is_indented(&text[line.content()])) {
            range = line_at(text, line.start);
        }
    } else if message.contains("simple key") || message.contains("mapping values are not allowed") {
        // A line without a colon continues on the next line, where the parser finds a second value. Items of a list can
        // be between them.
        let indent_of =
            |range: &Range<usize>| range.start - text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let mut current = range.clone();
        while let Some(newline) = text[..current.start].rfind('\n') {
            let above = line_at(text, text[..newline].rfind('\n').map_or(0, |at| at + 1));
            let line = &text[above.clone()];
            let has_colon = line.contains(": ") || line.contains(":\t") || line.ends_with(':');
            let is_other =
                line.is_empty() || has_colon || line.starts_with(['#', '"', '\'', ']', '}', '?', '|', '>']);
            if is_other || above.end >= current.start {
                break;
            }
            let is_below_item = text[current.clone()].starts_with('-');
            if !line.starts_with('-') {
                let is_key = indent_of(&above) == indent_of(&range)
                    || is_below_item && indent_of(&above) <= indent_of(&current);
                if !is_key {
                    break;
                }
                range = above.clone();
            }
            current = above;
        }
    }
    YamlError { range, message: message.to_owned() }
}

/// Returns the line that contains an offset, without surrounding spaces. At the end of the text and on an empty line,
/// returns the last line with text before it.
fn line_at(text: &str, at: usize) -> Range<usize> {
    let mut end = text[at..].find(['\n', '\r']).map_or(text.len(), |length| at + length);
    if text[..end].lines().next_back().is_none_or(|line| line.trim().is_empty())
        || text[..end].ends_with('\n')
    {
        end = text[..end].trim_end().len();
    }
    let start = text[..end].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let line = &text[start..end];
    start + (line.len() - line.trim_start().len())..start + line.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents with the line at which parsers of YAML 1.2 report an error, 0 for valid ones.
    const DOCUMENTS: &str = include_str!("../../../tests/data/yaml/documents.txt");

    #[test]
    fn verdicts_and_lines_match_other_parsers() {
        let mut differences = Vec::new();
        let mut count = 0;
        for case in DOCUMENTS.split("=== ").skip(1) {
            let (expected, document) = case.split_once('\n').unwrap();
            let line = |error: YamlError| document[..error.range.start].matches('\n').count() + 1;
            let found = first_yaml_error(document).map_or(0, line);
            if expected != found.to_string() {
                differences.push(format!("expected {expected}, found {found}: {document:?}"));
            }
            count += 1;
        }
        assert!(differences.is_empty(), "{}", differences.join("\n"));
        assert!(count > 150, "{count}");
    }

    #[test]
    fn all_errors_are_found() {
        let text = "a: @x\nb: y\nc: : z\nd: [1\ne: f\n";
        let found = errors(text, |line| Some(line.clone()));
        let lines: Vec<&str> = found.iter().map(|error| &text[error.range.clone()]).collect();
        assert_eq!(lines, ["a: @x", "c: : z", "e: f"]);
    }
}
