//! Scalars of YAML documents, such as tool configurations and files with task states.

use saphyr_parser::{Event, Parser};

/// A scalar of a YAML document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YamlValue {
    /// Keys from the outermost mapping to the scalar. Sequences add no key.
    pub path: Vec<String>,
    /// Value without quotes.
    pub value: String,
    /// Line, 0-based.
    pub line: u32,
}

/// Maximum number of scalars that are read from a document.
const MAX_VALUES: usize = 20_000;

/// An open collection.
enum OpenCollection {
    Sequence,
    /// A mapping with the key of the next value.
    Mapping(Option<String>),
}

/// Returns the scalars of a YAML document up to the first error, in document order.
pub fn yaml_values(text: &str) -> Vec<YamlValue> {
    let mut values = Vec::new();
    let mut open: Vec<OpenCollection> = Vec::new();
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        match event {
            Event::SequenceStart(..) => open.push(OpenCollection::Sequence),
            Event::MappingStart(..) => open.push(OpenCollection::Mapping(None)),
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
                end_value(&mut open);
            }
            Event::Alias(..) => end_value(&mut open),
            Event::Scalar(scalar, ..) => {
                if let Some(OpenCollection::Mapping(key @ None)) = open.last_mut() {
                    *key = Some(scalar.to_string());
                    continue;
                }
                let keys = open.iter().filter_map(|open| match open {
                    OpenCollection::Mapping(key) => key.clone(),
                    OpenCollection::Sequence => None,
                });
                let line = span.start.line().saturating_sub(1) as u32;
                values.push(YamlValue { path: keys.collect(), value: scalar.to_string(), line });
                end_value(&mut open);
            }
            _ => {}
        }
        if values.len() >= MAX_VALUES {
            break;
        }
    }
    values
}

/// Records that the value of the innermost mapping's key has been read.
fn end_value(open: &mut [OpenCollection]) {
    if let Some(OpenCollection::Mapping(key)) = open.last_mut() {
        *key = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_with_their_keys() {
        let text = "statuses: [\"To Do\", Done]\nepics:\n  epic-1: done # yes\n  list:\n    - id: a\n      x: 1\n    - b\n";
        let found: Vec<String> = yaml_values(text)
            .into_iter()
            .map(|value| format!("{} {}={}", value.line, value.path.join("/"), value.value))
            .collect();
        assert_eq!(
            found,
            [
                "0 statuses=To Do",
                "0 statuses=Done",
                "2 epics/epic-1=done",
                "4 epics/list/id=a",
                "5 epics/list/x=1",
                "6 epics/list=b",
            ]
        );
        assert_eq!(yaml_values("a: 1\nb: [\n").len(), 1, "up to the first error");
    }
}
