//! Anchors of headings, as GitHub generates them.

use std::borrow::Cow;

use foldhash::HashMap;

/// Returns the anchor of a heading's text: lower case, without punctuation, spaces replaced by hyphens. Duplicates
/// are numbered by [`Anchors`].
pub fn anchor(text: &str) -> String {
    let text = without_link_targets(text);
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

/// Returns whether `c` is a combining mark, which belongs to the preceding letter.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{903}' | '\u{93a}'..='\u{94f}' | '\u{200d}')
}

/// Assigns unique anchors to the headings of one document: the second of two equal ones gets the suffix `-1`.
#[derive(Debug, Default)]
pub struct Anchors<'a> {
    used: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Anchors<'a> {
    /// Returns the unique anchor of the next heading, whose text has the [`anchor`] `base`.
    pub fn make_unique(&mut self, base: &'a str) -> Cow<'a, str> {
        let mut unique = Cow::Borrowed(base);
        let mut count = self.used.get(base).copied().unwrap_or(0);
        while self.used.contains_key(&unique) {
            count += 1;
            unique = format!("{base}-{count}").into();
        }
        self.used.insert(base.into(), count);
        self.used.entry(unique.clone()).or_insert(0);
        unique
    }
}

/// Replaces each link in a heading's text with its link text.
fn without_link_targets(text: &str) -> String {
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

/// Appends the anchors that HTML tags define with `id` or `name`.
pub(crate) fn anchors_in_html(html: &str, anchors: &mut Vec<Box<str>>) {
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
            anchors.extend(value.filter(|value| !value.is_empty()).map(Box::from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_match_github() {
        assert_eq!(anchor("Phase 1: Set up (Week 1-2)"), "phase-1-set-up-week-1-2");
        assert_eq!(anchor("Risks & Mitigations"), "risks--mitigations");
        assert_eq!(anchor("✅ Done"), "-done");
        assert_eq!(anchor("See [the *spec*](a.md) now"), "see-the-spec-now");
        assert_eq!(anchor("Été 李雷 snake_case"), "été-李雷-snake_case");
    }

    #[test]
    fn duplicate_anchors_are_numbered() {
        let mut anchors = Anchors::default();
        let found = ["a", "a", "a-1", "a"].map(|anchor| anchors.make_unique(anchor));
        assert_eq!(found, ["a", "a-1", "a-1-1", "a-2"]);
    }

    #[test]
    fn html_id_and_name_define_anchors() {
        let mut found = Vec::new();
        anchors_in_html("<a id=\"x\"></a> id=\"no\" <h2 class=a name='y'> <a id=z>", &mut found);
        assert_eq!(found.iter().map(|a| &**a).collect::<Vec<_>>(), ["x", "z", "y"]);
    }
}
