//! The form of the IDs of a kind of requirements: `FR-{n:3}`, `{n}.{n}`, `US{n}`, `{word}-{n:2}`.

use super::line::{PlainLine, folded, folded_text};

/// A part of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdPiece {
    /// Text as written in new IDs.
    Literal(Box<str>),
    /// A number; new IDs have at least this many digits.
    Number(usize),
    /// A word of letters in upper case, digits and hyphens that starts with a letter: `AUTH`.
    Word,
    /// The ID of the parent.
    Parent,
    /// The title of the requirement.
    Title,
}

/// The form of the IDs of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RequirementIdForm {
    pieces: Vec<IdPiece>,
}

/// An ID in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScannedId {
    /// Offset after the ID, in characters of the line.
    pub end: usize,
    /// Key for comparisons: lower case, without leading zeros.
    pub key: String,
    /// Whether the ID ends in a letter that makes it a part of another ID: `FR-002b`.
    pub has_suffix: bool,
}

/// Returns the single letter that directly follows a number: `a` in `16A.2`.
pub(super) fn letter_after_number(line: &PlainLine, at: usize) -> Option<char> {
    let letter = line.folded.get(at).copied().filter(char::is_ascii_lowercase)?;
    line.folded.get(at + 1).is_none_or(|c| !c.is_alphanumeric()).then_some(letter)
}

/// Returns the key of a name: without case, markup and repeated spaces.
pub(super) fn name_key(name: &str) -> String {
    let line = PlainLine::new(name, 0);
    let text: String = line.folded.iter().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl RequirementIdForm {
    /// Parses a form. `parent` is the form of the parent's IDs, which replaces `{parent}`.
    pub fn parse(text: &str, parent: Option<&Self>) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let Some(open) = rest.find('{') else {
                pieces.push(IdPiece::Literal(rest.into()));
                break;
            };
            if open > 0 {
                pieces.push(IdPiece::Literal(rest[..open].into()));
            }
            let close = rest[open..].find('}').ok_or_else(|| format!("missing `}}` in `{text}`"))?;
            let name = &rest[open + 1..open + close];
            match name {
                "n" => pieces.push(IdPiece::Number(1)),
                "word" => pieces.push(IdPiece::Word),
                "title" => pieces.push(IdPiece::Title),
                "parent" => match parent {
                    Some(parent) if parent.is_findable_in_text() => {
                        pieces.extend(parent.pieces.iter().cloned())
                    }
                    Some(_) => pieces.push(IdPiece::Parent),
                    None => return Err("`{parent}` requires the key `parent`".to_owned()),
                },
                _ => match name.strip_prefix("n:").and_then(|width| width.parse().ok()) {
                    Some(width) if (1..=9).contains(&width) => pieces.push(IdPiece::Number(width)),
                    _ => {
                        return Err(format!(
                            "unknown `{{{name}}}` in an ID; expected {{n}}, {{n:3}}, {{word}}, {{parent}} or {{title}}"
                        ));
                    }
                },
            }
            rest = &rest[open + close + 1..];
        }
        if pieces.is_empty() || pieces.iter().all(|piece| matches!(piece, IdPiece::Literal(_))) {
            return Err(format!(
                "`{text}` gives all requirements the same ID; expected e.g. \"REQ-{{n:3}}\""
            ));
        }
        Ok(Self { pieces })
    }

    /// Returns whether IDs of this form can be found in text, unlike names.
    pub fn is_findable_in_text(&self) -> bool {
        !self.pieces.iter().any(|piece| matches!(piece, IdPiece::Title | IdPiece::Parent))
    }

    /// Returns whether IDs start with this character, in lower case.
    pub fn starts_with(&self, first: char) -> bool {
        matches!(self.pieces.first(), Some(IdPiece::Literal(text)) if text.chars().next().map(folded) == Some(first))
    }

    /// Returns whether IDs contain the title.
    pub fn has_title(&self) -> bool {
        self.pieces.contains(&IdPiece::Title)
    }

    /// Returns whether an ID is the title and nothing else.
    pub fn is_title(&self) -> bool {
        *self.pieces == [IdPiece::Title]
    }

    /// Returns whether IDs consist of numbers and punctuation, so that ordinary numbers in text look like IDs.
    pub fn is_numeric(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            IdPiece::Literal(text) => !text.chars().any(char::is_alphanumeric),
            piece => matches!(piece, IdPiece::Number(_)),
        })
    }

    /// Returns whether any word in upper case can be before the number.
    pub fn has_word(&self) -> bool {
        self.pieces.contains(&IdPiece::Word)
    }

    /// Returns the letters before the number, in lower case: `fr` of `FR-{n:3}`. Empty for other forms.
    pub fn prefix(&self) -> String {
        match &self.pieces[..] {
            [IdPiece::Literal(prefix), IdPiece::Number(_)] => {
                folded_text(prefix.trim_end_matches(|c: char| !c.is_alphanumeric()))
            }
            _ => String::new(),
        }
    }

    /// Returns the ID of this form at an offset of a line. It must not be part of a longer word or path.
    pub fn at(&self, line: &PlainLine, start: usize) -> Option<ScannedId> {
        let starts = line.before(start).is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-')))
            // A hyphen or dot after a space is punctuation.
            || line.before(start).is_some_and(|c| matches!(c, '-' | '.'))
                && start.checked_sub(2).is_none_or(|at| !line.folded[at].is_alphanumeric());
        starts.then(|| self.after_range_sign(line, start))?
    }

    /// Like [`RequirementIdForm::at`], but the ID may directly follow a range separator.
    pub fn after_range_sign(&self, line: &PlainLine, start: usize) -> Option<ScannedId> {
        if !self.is_findable_in_text() {
            return None;
        }
        let mut key = String::new();
        let mut at = start;
        let last = self.pieces.len() - 1;
        let mut has_suffix = false;
        let has_letters = !self.is_numeric();
        for (index, piece) in self.pieces.iter().enumerate() {
            match piece {
                IdPiece::Literal(text) => {
                    for c in text.chars().map(folded) {
                        match line.folded.get(at) {
                            Some(found) if *found == c => {
                                key.push(c);
                                at += 1;
                            }
                            // `FR001` is `FR-001`.
                            _ if c == '-'
                                && at > start
                                && line.before(at).is_some_and(char::is_alphabetic) =>
                            {
                                key.push(c);
                            }
                            _ => return None,
                        }
                    }
                }
                IdPiece::Number(_) => {
                    // `AC-3` is `AC3`.
                    let is_after_letters = at > start + 1 && line.before(at).is_some_and(char::is_alphabetic);
                    if is_after_letters
                        && line.folded.get(at) == Some(&'-')
                        && line.folded.get(at + 1).is_some_and(char::is_ascii_digit)
                    {
                        at += 1;
                    }
                    let (end, number) = line.number(at)?;
                    key.push_str(&number);
                    at = end;
                    if let Some(letter) = letter_after_number(line, at).filter(|_| !has_letters) {
                        key.push(letter);
                        at += 1;
                        has_suffix = index == last;
                    }
                    if index == last && has_letters {
                        at = Self::tail(line, at, &mut key);
                        let suffix = line.folded.get(at).copied().filter(char::is_ascii_lowercase);
                        if let Some(letter) = suffix
                            && line.folded.get(at + 1).is_none_or(|c| !c.is_alphanumeric())
                        {
                            key.push(letter);
                            at += 1;
                            has_suffix = true;
                        }
                    }
                }
                IdPiece::Word => {
                    let sign = match self.pieces.get(index + 1) {
                        Some(IdPiece::Literal(sign)) => folded_text(sign),
                        _ => "-".to_owned(),
                    };
                    let word = Self::word(line, at, &sign)?;
                    key.extend(&line.folded[at..word]);
                    at = word;
                }
                IdPiece::Parent | IdPiece::Title => return None,
            }
        }
        let next = line.folded.get(at).copied();
        let after = line.folded.get(at + 1).copied();
        let ends = match next {
            None => true,
            Some('.') => after.is_none_or(|c| !c.is_ascii_digit()) || after == Some('.'),
            Some('_') => false,
            Some('-') if has_letters => {
                after.is_none_or(|c| !c.is_alphabetic() || !c.is_ascii()) || Self::is_range(line, at)
            }
            // `1.1.` and `需求2和`: letters of scripts without spaces may follow.
            Some(c) => !c.is_alphanumeric() || !c.is_ascii() && !c.is_lowercase(),
        };
        ends.then_some(ScannedId { end: at, key, has_suffix })
    }

    /// Returns whether the hyphen at an offset separates the ends of a range: the same letters as in the ID follow it.
    fn is_range(line: &PlainLine, at: usize) -> bool {
        let rest = &line.folded[at + 1..];
        let letters = rest.iter().take_while(|c| c.is_ascii_alphabetic()).count();
        rest.get(letters).is_some_and(|c| *c == '-' || c.is_ascii_digit())
            && rest[letters..].iter().take(2).any(char::is_ascii_digit)
    }

    /// Reads further numbers of an ID with letters: `.2` in `FR-1.2`.
    fn tail(line: &PlainLine, mut at: usize, key: &mut String) -> usize {
        while line.folded.get(at) == Some(&'.')
            && let Some((end, number)) = line.number(at + 1)
            && line.folded[at + 1].is_ascii_digit()
        {
            key.push('.');
            key.push_str(&number);
            at = end;
        }
        at
    }

    /// Returns the end of a word of an ID: letters, digits and inner hyphens, up to the last `sign` before a number.
    fn word(line: &PlainLine, at: usize, sign: &str) -> Option<usize> {
        line.folded.get(at).filter(|c| c.is_ascii_alphabetic())?;
        let sign: Vec<char> = sign.chars().collect();
        let is_part = |c: &&char| c.is_ascii_alphanumeric() || **c == '-' || sign.contains(c);
        let run = line.folded[at..].iter().take_while(is_part).count();
        // The number is the last part.
        let word: &[char] = &line.folded[at..at + run];
        let is_end = |cut: &usize| {
            let rest = word[*cut..].strip_prefix(&sign[..]);
            rest.and_then(|rest| rest.first()).is_some_and(char::is_ascii_digit)
        };
        let cut = (2..run).rev().find(is_end)?;
        let is_upper = line.text(at..at + cut).chars().all(|c| !c.is_lowercase());
        is_upper.then_some(at + cut)
    }

    /// Returns the key of an ID with this number below a parent with this key. Names are compared without case and markup.
    pub fn key_of(&self, parent: Option<&str>, number: &str, title: &str) -> String {
        self.compose(parent, &name_key(title), folded_text, |_| number.to_owned())
    }

    /// Returns the ID with this number below a parent with this ID, as written.
    pub fn write(&self, parent: Option<&str>, number: &str, title: &str) -> String {
        self.compose(parent, title, str::to_owned, |width| format!("{number:0>width$}"))
    }

    /// Composes an ID from its pieces. `number` returns the number, padded to the minimum width that is passed to it.
    fn compose(
        &self,
        parent: Option<&str>,
        title: &str,
        literal: impl Fn(&str) -> String,
        number: impl Fn(usize) -> String,
    ) -> String {
        let numbers = self.pieces.iter().filter(|piece| matches!(piece, IdPiece::Number(_))).count();
        let (mut out, mut pieces) = (String::new(), &self.pieces[..]);
        // The parent's form is at the start, unless it is a name.
        if let Some(parent) = parent
            && numbers > 1
        {
            out.push_str(parent);
            let mut left = numbers - 1;
            while left > 0 && !pieces.is_empty() {
                left -= usize::from(matches!(pieces[0], IdPiece::Number(_)));
                pieces = &pieces[1..];
            }
        }
        for piece in pieces {
            match piece {
                IdPiece::Literal(text) => out.push_str(&literal(text)),
                IdPiece::Number(width) => out.push_str(&number(*width)),
                IdPiece::Parent => out.push_str(parent.unwrap_or_default()),
                IdPiece::Title => out.push_str(title),
                IdPiece::Word => {}
            }
        }
        out
    }

    /// Returns the key of the ID that a bare number in a list denotes: `1` in `(AC: 1)` denotes `AC1`.
    pub fn of_bare_number(&self, number: &str) -> Option<String> {
        match &self.pieces[..] {
            [IdPiece::Literal(prefix), IdPiece::Number(_)] => {
                Some(format!("{}{number}", folded_text(prefix)))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(form: &str, text: &str) -> Option<String> {
        let form = RequirementIdForm::parse(form, None).unwrap();
        form.at(&PlainLine::new(text, 0), 0).map(|id| id.key)
    }

    #[test]
    fn ids_compare_without_case_and_zeros() {
        let text = |key: Option<String>| key.unwrap_or_default();
        assert_eq!(text(key("FR-{n:3}", "FR-001:")), "fr-1");
        assert_eq!(text(key("FR-{n:3}", "fr-12, x")), "fr-12");
        assert_eq!(text(key("FR-{n:3}", "FR001")), "fr-1");
        assert_eq!(text(key("FR-{n:3}", "FR-1.2 x")), "fr-1.2");
        assert_eq!(text(key("FR-{n:3}", "FR-002b")), "fr-2b");
        assert_eq!(text(key("US{n}", "US2]")), "us2");
        assert_eq!(text(key("{n}.{n}", "2.3, 2.4")), "2.3");
        assert_eq!(text(key("{word}-{n:2}", "AUTH-01: x")), "auth-1");
        assert_eq!(text(key("{word}-{n:2}", "REQ-EXP-03")), "req-exp-3");
        assert_eq!(text(key("{word}-R{n:2}", "RCA-R04: x")), "rca-r4");
        assert_eq!(text(key("{word}_{n}", "MAIL_12")), "mail_12");
        assert_eq!(key("{word}-R{n:2}", "RCA-04"), None);
        assert_eq!(key("{word}-{n:2}", "RCA-R04"), None);
        assert_eq!(key("{n}.{n}", "2.3.4"), None);
        assert_eq!(key("{n}", "2.3"), None);
        assert_eq!(key("FR-{n:3}", "FR-001x2"), None);
        assert_eq!(key("FR-{n:3}", "FR-foo"), None);
    }

    #[test]
    fn ids_of_children() {
        let parent = RequirementIdForm::parse("{n}", None).unwrap();
        let child = RequirementIdForm::parse("{parent}.{n}", Some(&parent)).unwrap();
        assert_eq!(child.key_of(Some("2"), "3", ""), "2.3");
        assert_eq!(child.write(Some("2"), "3", ""), "2.3");
        let story = RequirementIdForm::parse("US{n}", None).unwrap();
        let scenario = RequirementIdForm::parse("{parent}/AC{n}", Some(&story)).unwrap();
        assert_eq!(scenario.write(Some("US2"), "1", ""), "US2/AC1");
        let name = RequirementIdForm::parse("{title}", None).unwrap();
        let scenario = RequirementIdForm::parse("{parent}/{title}", Some(&name)).unwrap();
        assert_eq!(scenario.write(Some("CSV export"), "", "Empty"), "CSV export/Empty");
        assert!(
            RequirementIdForm::parse("REQ", None).is_err() && RequirementIdForm::parse("{id}", None).is_err()
        );
    }
}
