//! Mermaid's lexer for Gantt charts. Its rules are tried in order at each position, so a keyword precedes the name of a
//! task that starts with it, and a value may start on the next line.

use std::ops::Range;

use super::source::is_space;

/// A token with its value in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GanttToken {
    Gantt,
    DateFormat(Range<usize>),
    InclusiveEndDates,
    TopAxis,
    Excludes(Range<usize>),
    Includes(Range<usize>),
    Title(Range<usize>),
    Section(Range<usize>),
    /// A directive that does not change the dates: `axisFormat`, `tickInterval`, `todayMarker`, `weekday`,
    /// `accTitle`, `accDescr`.
    Other,
    /// `weekend friday`, or `weekend saturday`.
    Weekend {
        friday: bool,
    },
    TaskName(Range<usize>),
    TaskData(Range<usize>),
    Newline,
    Click,
    Callback,
    CallbackArguments,
    Href,
    /// A token that no line can start with.
    Invalid,
    End,
}

/// The kind of text at the position.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Lines,
    AccessibleText,
    AccessibleBlock,
    Href,
    CallbackName,
    CallbackArguments,
    Click,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    pub(super) at: usize,
    modes: Vec<Mode>,
    /// Ranges that Mermaid skips as comments, although they do not start with `%%`.
    pub(super) skipped: Vec<Range<usize>>,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, modes: Vec::new(), skipped: Vec::new() }
    }

    /// Moves to the end of the line that contains `from`, and leaves all modes.
    pub(super) fn skip_line(&mut self, from: usize) {
        self.modes.clear();
        self.at = self.text[from..].find('\n').map_or(self.text.len(), |end| from + end);
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Returns the length of the prefix of characters that `is_inside` accepts.
    fn length(text: &str, is_inside: impl Fn(char) -> bool) -> usize {
        text.find(|c| !is_inside(c)).unwrap_or(text.len())
    }

    fn take(&mut self, length: usize) -> Range<usize> {
        let range = self.at..self.at + length;
        self.at = range.end;
        range
    }

    /// Returns the next token and its start.
    pub(super) fn next(&mut self) -> (GanttToken, usize) {
        loop {
            let start = self.at;
            if let Some(token) = self.step() {
                return (token, start);
            }
        }
    }

    /// Reads one lexeme; `None` if the lexeme produces no token.
    fn step(&mut self) -> Option<GanttToken> {
        let rest = self.rest();
        match self.modes.last().copied().unwrap_or(Mode::Lines) {
            Mode::Lines => self.line(),
            _ if rest.is_empty() => {
                self.modes.clear();
                Some(GanttToken::Invalid)
            }
            Mode::AccessibleText => {
                self.modes.pop();
                self.take(Self::length(rest, |c| c != '\n'));
                Some(GanttToken::Other)
            }
            Mode::AccessibleBlock => {
                if rest.starts_with('}') {
                    self.take(1);
                    self.modes.pop();
                    return None;
                }
                self.take(Self::length(rest, |c| c != '}'));
                Some(GanttToken::Other)
            }
            Mode::Href => {
                if rest.starts_with('"') {
                    self.take(1);
                    self.modes.pop();
                    return None;
                }
                self.take(Self::length(rest, |c| c != '"'));
                Some(GanttToken::Href)
            }
            Mode::CallbackName => {
                let Some(inside) = rest.strip_prefix('(') else {
                    self.take(Self::length(rest, |c| c != '('));
                    return Some(GanttToken::Callback);
                };
                self.modes.pop();
                let space = Self::length(inside, is_space);
                if inside[space..].starts_with(')') {
                    self.take(space + 2);
                } else {
                    self.take(1);
                    self.modes.push(Mode::CallbackArguments);
                }
                None
            }
            Mode::CallbackArguments => {
                if rest.starts_with(')') {
                    self.take(1);
                    self.modes.pop();
                    return None;
                }
                self.take(Self::length(rest, |c| c != ')'));
                Some(GanttToken::CallbackArguments)
            }
            Mode::Click => {
                if let Some(space) = rest.chars().next().filter(|c| is_space(*c)) {
                    self.take(space.len_utf8());
                    self.modes.pop();
                    return None;
                }
                self.take(Self::length(rest, |c| !is_space(c)));
                Some(GanttToken::Click)
            }
        }
    }

    /// Reads a lexeme in the initial mode.
    fn line(&mut self) -> Option<GanttToken> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Some(GanttToken::End) };
        if rest.starts_with("%%{") {
            self.take(3);
            return Some(GanttToken::Invalid);
        }
        for (word, mode) in [("accTitle", Mode::AccessibleText), ("accDescr", Mode::AccessibleText)] {
            if let Some(length) = before(rest, word, ':') {
                self.take(length + Self::length(&rest[length..], is_space));
                self.modes.push(mode);
                return None;
            }
        }
        if let Some(length) = before(rest, "accDescr", '{') {
            self.take(length + Self::length(&rest[length..], is_space));
            self.modes.push(Mode::AccessibleBlock);
            return None;
        }
        if let Some(length) = comment(rest, first) {
            let range = self.take(length);
            if !rest.trim_start().starts_with("%%") {
                self.skipped.push(range);
            }
            return None;
        }
        if first == '\n' {
            self.take(Self::length(rest, |c| c == '\n'));
            return Some(GanttToken::Newline);
        }
        if is_space(first) {
            self.take(Self::length(rest, is_space));
            return None;
        }
        for (word, mode) in [("href", Mode::Href), ("call", Mode::CallbackName), ("click", Mode::Click)] {
            let Some(after) = keyword(rest, word) else { continue };
            let space = Self::length(after, is_space);
            let quote = usize::from(mode == Mode::Href);
            if space > 0 && (quote == 0 || after[space..].starts_with('"')) {
                self.take(word.len() + space + quote);
                self.modes.push(mode);
                return None;
            }
        }
        let (length, token) = self.keyword_or_task(rest);
        self.take(length);
        Some(token)
    }

    /// Returns the token at the start of a line, and its length.
    fn keyword_or_task(&self, rest: &str) -> (usize, GanttToken) {
        if is_word(rest, "gantt") {
            return (5, GanttToken::Gantt);
        }
        if let Some((length, value)) = self.value(rest, "dateFormat", &['#', ';', '\n']) {
            return (length, GanttToken::DateFormat(value));
        }
        if is_word(rest, "inclusiveEndDates") {
            return (17, GanttToken::InclusiveEndDates);
        }
        if is_word(rest, "topAxis") {
            return (7, GanttToken::TopAxis);
        }
        for word in ["axisFormat", "tickInterval"] {
            if let Some((length, _)) = self.value(rest, word, &['#', ';', '\n']) {
                return (length, GanttToken::Other);
            }
        }
        if let Some((length, value)) = self.value(rest, "includes", &['#', ';', '\n']) {
            return (length, GanttToken::Includes(value));
        }
        if let Some((length, value)) = self.value(rest, "excludes", &['#', ';', '\n']) {
            return (length, GanttToken::Excludes(value));
        }
        if let Some((length, _)) = self.value(rest, "todayMarker", &[';', '\n']) {
            return (length, GanttToken::Other);
        }
        for day in ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] {
            if let Some(length) = two_words(rest, "weekday", day) {
                return (length, GanttToken::Other);
            }
        }
        for day in ["friday", "saturday"] {
            if let Some(length) = two_words(rest, "weekend", day) {
                return (length, GanttToken::Weekend { friday: day == "friday" });
            }
        }
        if is_date(rest) {
            return (10, GanttToken::Invalid);
        }
        if let Some((length, value)) = self.value(rest, "title", &['\n']) {
            return (length, GanttToken::Title(value));
        }
        if let Some((length, _)) = self.value(rest, "accDescription", &['#', ';', '\n']) {
            return (length, GanttToken::Invalid);
        }
        if let Some((length, value)) = self.value(rest, "section", &['\n']) {
            return (length, GanttToken::Section(value));
        }
        let name = Self::length(rest, |c| c != ':' && c != '\n');
        if name > 0 {
            return (name, GanttToken::TaskName(self.at..self.at + name));
        }
        let data = Self::length(&rest[1..], |c| !matches!(c, '#' | ';' | '\n'));
        match data {
            0 => (1, GanttToken::Invalid),
            data => (1 + data, GanttToken::TaskData(self.at + 1..self.at + 1 + data)),
        }
    }

    /// Returns the length of a keyword with its value, and the range of the value, which extends from the first space
    /// to one of the characters `ends`.
    fn value(&self, rest: &str, word: &str, ends: &[char]) -> Option<(usize, Range<usize>)> {
        let after = keyword(rest, word)?;
        let space = after.chars().next().filter(|c| is_space(*c))?.len_utf8();
        let length = Self::length(&after[space..], |c| !ends.contains(&c));
        let start = word.len() + space;
        (length > 0).then(|| (start + length, self.at + start..self.at + start + length))
    }
}

/// Returns the text after a keyword, ignoring case.
fn keyword<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    text.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).map(|_| &text[word.len()..])
}

/// Returns the length of a keyword, spaces and the character `end` at the start of a text.
fn before(text: &str, word: &str, end: char) -> Option<usize> {
    let after = keyword(text, word)?;
    let rest = after.trim_start_matches(is_space).strip_prefix(end)?;
    Some(text.len() - rest.len())
}

fn ends_word(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
}

fn is_word(text: &str, word: &str) -> bool {
    keyword(text, word).is_some_and(ends_word)
}

fn two_words(text: &str, first: &str, second: &str) -> Option<usize> {
    let after = keyword(text, first)?;
    let value = after.trim_start_matches(is_space);
    let rest = keyword(value, second).filter(|rest| value.len() < after.len() && ends_word(rest))?;
    Some(text.len() - rest.len())
}

/// Returns whether a text starts with a date, which is a token that no line can start with.
fn is_date(text: &str) -> bool {
    let has_form = text.len() >= 10
        && text.bytes().take(10).enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    has_form && ends_word(&text[10..])
}

/// Returns the length of a comment: a line whose first or second character is `%`.
fn comment(rest: &str, first: char) -> Option<usize> {
    let line_end = |from: usize| rest[from..].find('\n').map_or(rest.len(), |at| from + at);
    if rest.starts_with("%%") {
        return Some(line_end(0));
    }
    let second = first.len_utf8();
    if first != '}' && rest[second..].starts_with('%') {
        return Some(line_end(second));
    }
    if first == '%' {
        let end = line_end(0);
        return Some(rest.len() - rest[end..].trim_start_matches('\n').len());
    }
    None
}
