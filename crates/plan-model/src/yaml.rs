//! Errors in YAML documents, as a YAML 1.2 parser finds them.

use std::ops::Range;

use foldhash::{HashSet, HashSetExt};
use saphyr_parser::{Event, Parser};

/// The first error in a YAML document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlError {
    /// The line that is invalid, without spaces around it.
    pub range: Range<usize>,
    /// Message of the parser.
    pub message: String,
}

/// An open collection.
enum Open {
    List,
    /// A map with its scalar keys. `expects_key` is false while its next node is a value.
    Map {
        keys: HashSet<String>,
        expects_key: bool,
    },
}

/// Returns the first error of a text that has to be one YAML document.
pub(crate) fn first_error(text: &str) -> Option<YamlError> {
    // The parser counts characters.
    let offsets: Option<Vec<usize>> =
        (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).collect());
    let byte = |index: usize| match &offsets {
        Some(offsets) => offsets.get(index).copied().unwrap_or(text.len()),
        None => index.min(text.len()),
    };
    let error = |at: usize, message: String| Some(YamlError { range: line_at(text, at), message });
    let mut open: Vec<Open> = Vec::new();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(found) => return error(byte(found.marker().index()), found.info().to_owned()),
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
        if is_node && let Some(Open::Map { keys, expects_key }) = open.last_mut() {
            if *expects_key
                && let Some(key) = key
                && !keys.insert(key.clone())
            {
                return error(start, format!("duplicate key `{key}`"));
            }
            *expects_key = !*expects_key;
        }
        match event {
            Event::SequenceStart(..) => open.push(Open::List),
            Event::MappingStart(..) => open.push(Open::Map { keys: HashSet::new(), expects_key: true }),
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
            }
            _ => {}
        }
    }
    None
}

/// Returns the line that contains an offset, without spaces around it. At the end of the text and on an empty line,
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
