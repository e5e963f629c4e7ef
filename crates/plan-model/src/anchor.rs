//! The anchors of headings, as GitHub makes them.

use std::borrow::Cow;

use foldhash::HashMap;

/// The anchor of a heading's text, equal ones not yet told apart: lower case, punctuation dropped, blanks as hyphens.
pub fn anchor(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    for character in text.trim().chars() {
        match character {
            ' ' | '\t' | '-' => out.push('-'),
            '_' => out.push('_'),
            c if c.is_alphanumeric() || is_mark(c) => out.extend(c.to_lowercase()),
            _ => {}
        }
    }
    out
}

/// Combining marks, which belong to the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{200d}')
}

/// The anchors of the headings of one document: the second of two equal ones ends in `-1`.
#[derive(Debug, Default)]
pub struct Anchors<'a> {
    used: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Anchors<'a> {
    /// The anchor of the next heading, whose text makes this [`anchor`].
    pub fn told_apart(&mut self, base: &'a str) -> Cow<'a, str> {
        let mut found = Cow::Borrowed(base);
        let mut count = self.used.get(base).copied().unwrap_or(0);
        while self.used.contains_key(&found) {
            count += 1;
            found = format!("{base}-{count}").into();
        }
        self.used.insert(base.into(), count);
        self.used.entry(found.clone()).or_insert(0);
        found
    }
}

/// A heading's text with links as what they show.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let Some(middle) = rest[open..].find("](").map(|at| open + at) else { break };
        let Some(close) = rest[middle..].find(')').map(|at| middle + at) else { break };
        out.push_str(rest[..open].trim_end_matches('!'));
        out.push_str(&rest[open + 1..middle]);
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    out
}

/// Adds the anchors that HTML sets by `id` or `name`.
pub(crate) fn anchors_in_html(html: &str, found: &mut Vec<Box<str>>) {
    for key in ["id=", "name="] {
        for (at, _) in html.match_indices(key) {
            let before = html[..at].chars().next_back();
            let in_tag = html[..at].rfind('<').is_some_and(|open| !html[open..at].contains('>'));
            if !in_tag || !before.is_some_and(char::is_whitespace) {
                continue;
            }
            let value = &html[at + key.len()..];
            let value = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value[1..].split(quote).next(),
                _ => value.split([' ', '>', '/']).next(),
            };
            found.extend(value.filter(|value| !value.is_empty()).map(Box::from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_github_makes_them() {
        assert_eq!(anchor("Phase 1: Set up (Week 1-2)"), "phase-1-set-up-week-1-2");
        assert_eq!(anchor("Risks & Mitigations"), "risks--mitigations");
        assert_eq!(anchor("✅ Done"), "-done");
        assert_eq!(anchor("See [the *spec*](a.md) now"), "see-the-spec-now");
        assert_eq!(anchor("Été 李雷 snake_case"), "été-李雷-snake_case");
    }

    #[test]
    fn equal_ones_are_numbered() {
        let mut anchors = Anchors::default();
        let found = ["a", "a", "a-1", "a"].map(|anchor| anchors.told_apart(anchor));
        assert_eq!(found, ["a", "a-1", "a-1-1", "a-2"]);
    }

    #[test]
    fn set_by_html() {
        let mut found = Vec::new();
        anchors_in_html("<a id=\"x\"></a> id=\"no\" <h2 class=a name='y'> <a id=z>", &mut found);
        assert_eq!(found.iter().map(|a| &**a).collect::<Vec<_>>(), ["x", "z", "y"]);
    }
}
