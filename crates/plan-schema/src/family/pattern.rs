//! Patterns of profiles: the form of a heading, an item or a reference. Matching takes linear time.

use std::ops::Range;

use super::{
    id_form::{RequirementIdForm, ScannedId},
    line::{PlainLine, folded_text},
    words::WordGroup,
};

#[derive(Clone, Debug, PartialEq, Eq)]
enum PatternPiece {
    Literal(String),
    Space,
    Number,
    Id,
    /// `{parent}`: the ID of the parent.
    Parent,
    /// `{priority}`: a priority in brackets, `(P1)` or `[Priority: P1]`.
    Priority,
    Separator,
    /// `{title}` and `{text}`: the rest of the line.
    Rest,
    /// `{list}`: IDs and ranges.
    List,
    Words(WordGroup),
}

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    pieces: Vec<PatternPiece>,
    /// Text in the profile.
    source: Box<str>,
}

/// The parts of a line that a pattern matched. Offsets are characters of the line.
#[derive(Clone, Debug, Default)]
pub(super) struct PatternMatch {
    /// The ID, with its range.
    pub id: Option<(Range<usize>, ScannedId)>,
    /// The number of `{n}` with its range.
    pub number: Option<(Range<usize>, String)>,
    /// The priority, without brackets.
    pub priority: Option<String>,
    /// The rest of the line.
    pub rest: Option<Range<usize>>,
}

impl Pattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces: Vec<PatternPiece> = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            if first == '{' {
                let close = rest.find('}').ok_or_else(|| format!("missing `}}` in `{text}`"))?;
                let name = &rest[1..close];
                pieces.push(match name {
                    "n" => PatternPiece::Number,
                    "id" => PatternPiece::Id,
                    "parent" => PatternPiece::Parent,
                    "priority" => PatternPiece::Priority,
                    "sep" => PatternPiece::Separator,
                    "title" | "text" => PatternPiece::Rest,
                    "list" => PatternPiece::List,
                    _ => PatternPiece::Words(WordGroup::of(name).ok_or_else(|| {
                        format!("unknown `{{{name}}}` in `{text}`; expected e.g. {{id}}, {{n}}, {{sep}}, {{title}}, {{text}} or {{list}}")
                    })?),
                });
                rest = &rest[close + 1..];
            } else if first.is_whitespace() {
                if pieces.last() != Some(&PatternPiece::Space) {
                    pieces.push(PatternPiece::Space);
                }
                rest = &rest[first.len_utf8()..];
            } else {
                let end = rest.find(|c: char| c == '{' || c.is_whitespace()).unwrap_or(rest.len());
                pieces.push(PatternPiece::Literal(folded_text(&rest[..end])));
                rest = &rest[end..];
            }
        }
        let is_rest = |piece: &PatternPiece| matches!(piece, PatternPiece::Rest);
        if let Some(at) = pieces.iter().position(is_rest)
            && at + 1 < pieces.len()
        {
            return Err(format!("`{{title}}` and `{{text}}` must be at the end of `{text}`"));
        }
        if pieces.is_empty() {
            return Err("pattern is empty; expected e.g. \"{id} {sep} {title}\"".to_owned());
        }
        Ok(Self { pieces, source: text.into() })
    }

    /// Returns the text before and after `{list}`, with words in English. Without `{list}`, all text is in the first
    /// part.
    pub fn written(&self) -> (String, String) {
        let mut text = self.source.to_string();
        for (name, word) in [
            ("{requirements}", "Requirements"),
            ("{requirement}", "Requirement"),
            ("{user-stories}", "User Stories"),
            ("{user-story}", "User Story"),
            ("{acceptance-criteria}", "Acceptance Criteria"),
        ] {
            text = text.replace(name, word);
        }
        match text.split_once("{list}") {
            Some((before, after)) => (before.to_owned(), after.to_owned()),
            None => (text, String::new()),
        }
    }

    /// Returns whether the pattern contains `{list}`.
    pub fn has_list(&self) -> bool {
        self.pieces.contains(&PatternPiece::List)
    }

    /// Matches a line from `start` to its end. `form` is the form of the kind's IDs.
    pub fn matches(
        &self,
        line: &PlainLine,
        start: usize,
        form: Option<&RequirementIdForm>,
    ) -> Option<PatternMatch> {
        let mut found = PatternMatch::default();
        let mut at = line.skip_spaces(start);
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece {
                PatternPiece::Literal(text) => at = line.literal(at, text)?,
                PatternPiece::Space => at = self.space(line, index, at)?,
                PatternPiece::Number => {
                    let (mut end, mut number) = line.number(at)?;
                    // `Requirement 16A` was inserted after 16.
                    if let Some(letter) = super::id_form::letter_after_number(line, end)
                        && self.pieces[..index].iter().any(|piece| matches!(piece, PatternPiece::Words(_)))
                    {
                        number.push(letter);
                        end += 1;
                    }
                    if line.folded.get(end).is_some_and(|c| c.is_ascii_alphanumeric()) {
                        return None;
                    }
                    found.number = Some((at..end, number));
                    at = end;
                }
                PatternPiece::Id => {
                    let id = form?.at(line, at)?;
                    let end = id.end;
                    found.id = Some((at..end, id));
                    at = end;
                }
                PatternPiece::Parent => at = line.number(at)?.0,
                PatternPiece::Priority => {
                    let (end, priority) = priority(line, at)?;
                    found.priority = Some(priority);
                    at = end;
                }
                PatternPiece::Separator => at = separator(line, at)?,
                PatternPiece::Rest => {
                    at = line.skip_spaces(at);
                    let mut end = line.len();
                    while end > at && line.folded[end - 1].is_whitespace() {
                        end -= 1;
                    }
                    found.rest = Some(at..end);
                    at = line.len();
                }
                PatternPiece::List => return None,
                PatternPiece::Words(group) => at = group.at(line, at)?,
            }
        }
        (line.skip_spaces(at) == line.len()).then_some(found)
    }

    /// Returns the offset at which `{list}` starts, and the text that must follow the list. `None` if the pieces before
    /// `{list}` do not match at `start`.
    pub fn list_at<'a>(&'a self, line: &PlainLine, start: usize) -> Option<(usize, &'a str)> {
        let mut at = start;
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece {
                PatternPiece::Literal(text) => at = line.literal(at, text)?,
                // Authors may omit the space after a bracket or colon.
                PatternPiece::Space => at = line.skip_spaces(at),
                PatternPiece::Separator => at = separator(line, at)?,
                PatternPiece::Words(group) => at = group.at(line, at)?,
                PatternPiece::List => {
                    let closing = match self.pieces.get(index + 1) {
                        Some(PatternPiece::Literal(text)) => text.as_str(),
                        _ => "",
                    };
                    return Some((at, closing));
                }
                _ => return None,
            }
        }
        None
    }

    /// Returns whether the words that must follow the list are at an offset: `ACs)` in `({list} ACs)`.
    pub fn follows_list(&self, line: &PlainLine, end: usize) -> bool {
        let mut after =
            self.pieces.iter().skip_while(|piece| **piece != PatternPiece::List).skip(1).peekable();
        if after.peek() != Some(&&PatternPiece::Space) {
            return true;
        }
        let mut at = end;
        after.all(|piece| {
            let next = match piece {
                PatternPiece::Literal(text) => line.literal(at, text),
                PatternPiece::Space => Some(line.skip_spaces(at)),
                PatternPiece::Words(group) => group.at(line, at),
                _ => None,
            };
            at = next.unwrap_or(at);
            next.is_some()
        })
    }

    /// Matches a prefix of the line at an offset, and returns the offset after the match. Used for field names.
    pub fn prefix_at(&self, line: &PlainLine, start: usize) -> Option<usize> {
        let mut at = start;
        for piece in &self.pieces {
            match piece {
                PatternPiece::Literal(text) => at = line.literal(at, text)?,
                PatternPiece::Space => at = line.skip_spaces(at),
                PatternPiece::Words(group) => at = group.at(line, at)?,
                _ => return None,
            }
        }
        line.folded.get(at).is_none_or(|c| !c.is_alphanumeric()).then_some(at)
    }

    fn space(&self, line: &PlainLine, index: usize, at: usize) -> Option<usize> {
        let next = line.skip_spaces(at);
        let is_separator = |index: Option<usize>| {
            index
                .and_then(|index| self.pieces.get(index))
                .is_some_and(|piece| *piece == PatternPiece::Separator)
        };
        let is_optional = is_separator(index.checked_sub(1))
            || is_separator(Some(index + 1))
            || line.before(at).is_some_and(|c| !c.is_ascii() || !c.is_alphanumeric())
            || next == line.len();
        (next > at || is_optional).then_some(next)
    }
}

/// Returns the offset after a priority in brackets, and the priority: `P1` of `(P1)` and `[Priority: P1]`.
fn priority(line: &PlainLine, start: usize) -> Option<(usize, String)> {
    let open = line.folded.get(start).filter(|c| matches!(c, '(' | '['))?;
    let close = if *open == '(' { ')' } else { ']' };
    let end = start + line.folded[start..].iter().position(|c| *c == close)?;
    let text = line.text(start + 1..end);
    let value = text.rsplit(':').next()?.trim();
    let is_priority = matches!(value.as_bytes(), [b'P' | b'p', b'0'..=b'9']);
    is_priority.then(|| (end + 1, value.to_owned()))
}

/// Returns the offset after a separator: one or more of `: - – — . ) 、 |` and similar characters. A dot or hyphen
/// between letters or digits is not a separator.
pub(super) fn separator(line: &PlainLine, start: usize) -> Option<usize> {
    let mut at = line.skip_spaces(start);
    let first = at;
    while let Some(c) = line.folded.get(at).copied() {
        match c {
            ':' | '–' | '—' | '―' | ')' | ']' | '、' | '・' | '|' | '。' | '→' => at += 1,
            '.' | '-' => {
                let next = line.folded.get(at + 1);
                let is_free = next.is_none_or(|c| c.is_whitespace() || !c.is_alphanumeric() || !c.is_ascii())
                    || line.before(at).is_some_and(char::is_whitespace);
                if !is_free {
                    break;
                }
                at += 1;
            }
            c if c.is_whitespace() && at > first => {
                let next = line.skip_spaces(at);
                let continues =
                    line.folded.get(next).is_some_and(|c| matches!(c, ':' | '–' | '—' | '-' | '|'))
                        && line.folded.get(next + 1).is_none_or(|c| c.is_whitespace());
                if !continues {
                    break;
                }
                at = next;
            }
            _ => break,
        }
    }
    (at > first).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(pattern: &str, id: Option<&str>, text: &str) -> Option<String> {
        let form = id.map(|id| RequirementIdForm::parse(id, None).unwrap());
        let line = PlainLine::new(text, 0);
        let found = Pattern::parse(pattern).unwrap().matches(&line, 0, form.as_ref())?;
        let id =
            found.id.map(|(_, id)| id.key).or(found.number.map(|(_, number)| number)).unwrap_or_default();
        Some(format!("{id}|{}", found.rest.map(|rest| line.text(rest)).unwrap_or_default()))
    }

    #[test]
    fn headings() {
        let story = "{user-story} {n} {sep} {title}";
        let of = |pattern: &str, text: &str| title(pattern, None, text).unwrap_or_default();
        assert_eq!(
            of(story, "User Story 2 - Send an invoice (Priority: P2)"),
            "2|Send an invoice (Priority: P2)"
        );
        assert_eq!(of(story, "User Story 2 — Send"), "2|Send");
        assert_eq!(of(story, "ユーザーストーリー2：送信"), "2|送信");
        assert_eq!(of("{requirement} {n} {sep} {title}", "需求 2：导出"), "2|导出");
        assert_eq!(of("{requirement} {n}", "Requirement 12"), "12|");
        assert_eq!(of("{requirement} {n} {sep} {title}", "要件16A: 導出"), "16a|導出");
        assert_eq!(of("{n} {sep} {title}", "3. Export"), "3|Export");
        assert_eq!(title("{n} {sep} {title}", None, "3.1 Export"), None);
        assert_eq!(title("{requirement} {n}", None, "Requirement 12: x"), None);
        assert_eq!(of("{user-story} {n} {priority} {sep} {title}", "User Story 2 (P2) - Send"), "2|Send");
        assert_eq!(of("{user-story} {n} {priority}", "User Story 2 [Priority: P2]"), "2|");
        assert_eq!(title("{user-story} {n} {priority}", None, "User Story 2 (draft)"), None);
        assert_eq!(of("Requirement: {title}", "Requirement: CSV export"), "|CSV export");
    }

    #[test]
    fn items() {
        let of = |text: &str| title("{id} {sep} {text}", Some("FR-{n:3}"), text).unwrap_or_default();
        assert_eq!(of("**FR-003**: The system MUST"), "fr-3|The system MUST");
        assert_eq!(of("FR-003：必须"), "fr-3|必须");
        assert_eq!(of("FR-003 - text"), "fr-3|text");
        assert_eq!(of("**FR-003:** text"), "fr-3|text");
        assert_eq!(title("{id} {sep} {text}", Some("FR-{n:3}"), "See FR-003: x"), None);
    }

    #[test]
    fn invalid_patterns() {
        assert!(Pattern::parse("{title} x").is_err());
        assert!(Pattern::parse("{what}").is_err());
        assert!(Pattern::parse("{id").is_err());
        assert!(Pattern::parse("").is_err());
    }
}
