//! Anchors of headings, as GitHub generates them.

use std::{borrow::Cow, iter, sync::LazyLock};

use foldhash::{HashMap, HashSet};
use plan_syntax::{
    InlineKind, inlines,
    outline::{SegmentSpan, bytes},
};
use unicode_general_category::{GeneralCategory, get_general_category};

/// Returns the anchor of a heading from its text as written: the text that GitHub displays, in lower case, without
/// punctuation and symbols, and with hyphens for spaces. Duplicates are not numbered; see [`Anchors`].
pub fn anchor(text: &str) -> String {
    let shown = shown_text(text.trim()).to_lowercase();
    let kept = shown.chars().filter(|c| *c == ' ' || *c == '-' || is_word(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Returns whether a character belongs to a word: letters, marks, decimal digits, and connecting punctuation such as
/// `_`.
fn is_word(c: char) -> bool {
    c.is_alphabetic()
        || c.is_ascii_digit()
        || matches!(
            get_general_category(c),
            GeneralCategory::NonspacingMark
                | GeneralCategory::SpacingMark
                | GeneralCategory::EnclosingMark
                | GeneralCategory::DecimalNumber
                | GeneralCategory::ConnectorPunctuation
        )
}

/// Returns the text that a renderer displays for a heading: without tags, images, link targets and delimiters, with
/// entities and escapes decoded.
fn shown_text(text: &str) -> Cow<'_, str> {
    if !text.contains(['`', '*', '_', '~', '[', '<', '&', '\\', '!']) {
        return Cow::Borrowed(text);
    }
    #[derive(Clone, Copy, PartialEq)]
    enum Visibility {
        Text,
        /// Text displayed as written: escapes and entities are not decoded.
        Literally,
        Nothing,
    }
    let mut shown = vec![Visibility::Text; text.len()];
    let line: SegmentSpan = 0..text.len() as u32;
    // Brackets are not part of an anchor, so undefined labels make no difference, except for brackets in the text of a
    // link, which would end the link.
    let nested = nested_labels(text);
    let is_defined = |label: &str| nested.is_empty() || !nested.contains(&label.to_ascii_lowercase());
    for inline in inlines(text, iter::once(&line), &is_defined) {
        let (span, content) = (bytes(&inline.span), bytes(&inline.content));
        match inline.kind {
            InlineKind::Image(_) | InlineKind::Html => shown[span].fill(Visibility::Nothing),
            InlineKind::Bracketed => {}
            kind => {
                if shown[span.start] == Visibility::Nothing {
                    continue;
                }
                shown[span.start..content.start].fill(Visibility::Nothing);
                shown[content.end..span.end].fill(Visibility::Nothing);
                if matches!(kind, InlineKind::Code | InlineKind::Autolink) {
                    // A code span loses one space on each side.
                    let code = &text[content.clone()];
                    let is_padded = kind == InlineKind::Code
                        && code.len() > 2
                        && code.starts_with(' ')
                        && code.ends_with(' ')
                        && !code.trim().is_empty();
                    let padding = usize::from(is_padded);
                    shown[content.clone()].fill(Visibility::Nothing);
                    shown[content.start + padding..content.end - padding].fill(Visibility::Literally);
                }
            }
        }
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let next = at + c.len_utf8();
        match (shown[at], c) {
            (Visibility::Nothing, _) => at = next,
            (Visibility::Text, '\\') if text[next..].starts_with(|c: char| c.is_ascii_punctuation()) => {
                out.push_str(&text[next..next + 1]);
                at = next + 1;
            }
            (Visibility::Text, '&') => {
                let entity = entity(&text[at..]);
                out.push_str(entity.as_ref().map_or("&", |(_, characters)| characters));
                at += entity.map_or(1, |(length, _)| length);
            }
            _ => {
                out.push(c);
                at = next;
            }
        }
    }
    out.into()
}

/// Returns the labels in brackets that are inside other brackets, in lower case: `[a [label]](target)`.
fn nested_labels(text: &str) -> HashSet<String> {
    let mut found = HashSet::default();
    let mut starts = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '[' => starts.push(at + 1),
            ']' => {
                let start = starts.pop();
                let label = start.filter(|_| !starts.is_empty()).map(|start| &text[start..at]);
                found.extend(
                    label.filter(|label| label.len() <= MAX_NESTED_LABEL_BYTES).map(str::to_ascii_lowercase),
                );
            }
            _ => {}
        }
    }
    found
}

/// Maximum length of a label; CommonMark allows 999 characters.
const MAX_NESTED_LABEL_BYTES: usize = 999;

/// Returns the length of the entity at the start of a text, and its characters.
fn entity(text: &str) -> Option<(usize, Cow<'static, str>)> {
    static NAMED_ENTITIES: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        entities::ENTITIES.iter().map(|entity| (entity.entity, entity.characters)).collect()
    });
    let length = text.find(';')? + 1;
    let name = &text[..length];
    let Some(number) = name.strip_prefix("&#").map(|rest| &rest[..rest.len() - 1]) else {
        return Some((length, Cow::Borrowed(NAMED_ENTITIES.get(name)?)));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) if digits.len() <= 6 => u32::from_str_radix(digits, 16).ok()?,
        None if number.len() <= 7 => number.parse().ok()?,
        _ => return None,
    };
    let character = char::from_u32(code).filter(|c| *c != '\0').unwrap_or(char::REPLACEMENT_CHARACTER);
    Some((length, Cow::Owned(character.to_string())))
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

/// Appends the anchors of HTML: those that tags define with `id` or `name`, and those of the headings `<h1>` to `<h6>`.
pub(crate) fn anchors_in_html(html: &str, anchors: &mut Vec<Box<str>>) {
    anchors.extend(headings_in_html(html).map(|heading| {
        let words: Vec<&str> = heading.split_whitespace().collect();
        anchor(&words.join(" ")).into()
    }));
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

/// Returns whether a text may have an HTML heading.
pub(crate) fn may_have_html_heading(text: &str) -> bool {
    text.contains("</h") || text.contains("</H")
}

/// Returns the contents of the headings `<h1>` to `<h6>`.
fn headings_in_html(html: &str) -> impl Iterator<Item = &str> {
    let mut start = None;
    html.match_indices('<').filter_map(move |(at, _)| {
        let tag = &html[at + 1..];
        if is_heading_tag(tag) {
            start = Some(at);
            return None;
        }
        let is_end = tag.strip_prefix('/').is_some_and(is_heading_tag);
        let start = if is_end { start.take() } else { None };
        html[start?..at].split_once('>').map(|(_, content)| content)
    })
}

/// Returns whether a text starts with the name of a heading element, such as `h2`.
fn is_heading_tag(text: &str) -> bool {
    let name = text.as_bytes();
    matches!(name, [b'h' | b'H', b'1'..=b'6', next, ..] if *next == b'>' || next.is_ascii_whitespace())
}

/// Returns the anchor at the end of a heading, in the syntax of site generators: `Setup {#install}`.
pub(crate) fn anchor_attribute(heading: &str) -> Option<&str> {
    let (_, attribute) = heading.trim_end().strip_suffix('}')?.rsplit_once("{#")?;
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    (!attribute.is_empty() && attribute.chars().all(is_name)).then_some(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_html() {
        let mut found = Vec::new();
        anchors_in_html(
            "<h1 align=\"center\">\n  The <b>Plan</b> &amp; more\n</h1> <H3>b</H3> <header>c</header>",
            &mut found,
        );
        assert_eq!(found, ["the-plan--more".into(), "b".into()] as [Box<str>; 2]);
    }

    #[test]
    fn anchors_match_github() {
        assert_eq!(anchor("Phase 1: Set up (Week 1-2)"), "phase-1-set-up-week-1-2");
        assert_eq!(anchor("Risks & Mitigations"), "risks--mitigations");
        assert_eq!(anchor("[Link [nested] x](https://example.org)"), "link-nested-x");
        assert_eq!(anchor("[a [b] c][r] d"), "a-b-c-d");
        assert_eq!(anchor("✅ Done"), "-done");
        assert_eq!(anchor("See [the *spec*](a.md) now"), "see-the-spec-now");
        assert_eq!(anchor("Été 李雷 snake_case"), "été-李雷-snake_case");
    }

    #[test]
    fn anchors_are_made_of_the_text_that_is_shown() {
        for (heading, expected) in [
            ("R&amp;D costs", "rd-costs"),
            ("&#65;&#x42; &copy; &nosuch;", "ab--nosuch"),
            ("&lt;T&gt; types", "t-types"),
            ("<kbd>Ctrl</kbd> key", "ctrl-key"),
            ("H<sub>2</sub>O", "h2o"),
            ("<a id=\"ov\"></a>Overview", "overview"),
            ("<!-- note --> Title", "-title"),
            ("![alt](a.png) Logo", "-logo"),
            ("[![b](b.svg)](x.md) Badge", "-badge"),
            ("A  B", "a--b"),
            ("A\tB", "ab"),
            ("Two <br> lines", "two--lines"),
            ("Goal <span style=\"color:red\">red</span>", "goal-red"),
            ("a < b and c > d", "a--b-and-c--d"),
            ("_emphasis_ and __strong__ and snake_case_name", "emphasis-and-strong-and-snake_case_name"),
            ("`code_with_` and ``a ` b``", "code_with_-and-a--b"),
            ("`&amp;` stays", "amp-stays"),
            ("` padded `", "padded"),
            ("Escaped \\_name\\_ \\*", "escaped-_name_-"),
            ("[link](a.md \"t\") and [ref][x] and [Draft]", "link-and-ref-and-draft"),
            ("<https://example.org/a_b>", "httpsexampleorga_b"),
            ("~~gone~~ still", "gone-still"),
            ("[x] Done", "x-done"),
        ] {
            assert_eq!(anchor(heading), expected, "{heading}");
        }
    }

    #[test]
    fn anchors_of_all_scripts() {
        for (heading, expected) in [
            ("⚠️ Risks", "\u{fe0f}-risks"),
            ("👩\u{200d}💻 Team", "-team"),
            ("1️⃣ First", "1\u{fe0f}\u{20e3}-first"),
            ("🇩🇪 Deutsch", "-deutsch"),
            (":tada: Launch", "tada-launch"),
            ("हिन्दी भाषा", "हिन्दी-भाषा"),
            ("ภาษาไทย", "ภาษาไทย"),
            ("עִבְרִית", "עִבְרִית"),
            ("العربية ١٢٣", "العربية-١٢٣"),
            ("中文。标题（一）", "中文标题一"),
            ("日本語・カタカナー", "日本語カタカナー"),
            ("한국어 ①② Ⓐ", "한국어--ⓐ"),
            ("ΟΔΟΣ", "οδος"),
            ("İstanbul", "i\u{307}stanbul"),
            ("STRASSE ẞ", "strasse-ß"),
            ("e\u{301}te\u{301}", "e\u{301}te\u{301}"),
            ("x² ½ Ⅳ ⅳ", "x--ⅳ-ⅳ"),
            ("a‿b＿c", "a‿b＿c"),
            ("non\u{a0}breaking", "nonbreaking"),
            ("em—dash – en", "emdash--en"),
            ("𝔘nicode", "𝔘nicode"),
        ] {
            assert_eq!(anchor(heading), expected, "{heading}");
        }
    }

    #[test]
    fn anchors_in_attributes() {
        assert_eq!(anchor_attribute("Setup {#install}"), Some("install"));
        for heading in ["Setup", "Setup {install}", "Setup {#}", "Setup {#a b}", "{#a} Setup"] {
            assert_eq!(anchor_attribute(heading), None, "{heading}");
        }
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
