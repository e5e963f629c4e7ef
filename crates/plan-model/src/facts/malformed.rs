//! Malformed checkboxes: lines that are intended as tasks, but are ordinary text in Markdown.

use plan_syntax::{Block, BlockKind, Content, SegmentSpan, outline::bytes};

use super::{ItemCondition, MalformedCheckboxKind, SegmentFacts};
use crate::{role, state::Vocabulary};

/// A malformed checkbox at the start of a text. All numbers are byte offsets in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FoundCheckbox {
    pub(super) kind: MalformedCheckboxKind,
    /// End of the part that a fix replaces: list marker, checkbox, and invisible characters after it.
    pub(super) end: usize,
    /// The text between the brackets.
    pub(super) inside: std::ops::Range<usize>,
    /// Whether the checkbox is checked.
    pub(super) checked: bool,
    /// Start of the task's text.
    pub(super) text: usize,
}

impl FoundCheckbox {
    /// Returns a checkbox of the kind `Misspelled`. `None` if no text follows it.
    fn misspelled(text: &str, end: usize, inside: std::ops::Range<usize>, checked: bool) -> Option<Self> {
        let title = text[end..].trim_start();
        let text = text.len() - title.len();
        (!title.is_empty()).then_some(Self {
            kind: MalformedCheckboxKind::Misspelled,
            end,
            inside,
            checked,
            text,
        })
    }
}

/// Characters that writers and word processors use as bullets.
const BULLETS: [char; 16] = ['•', '◦', '‣', '⁃', '∙', '▪', '▫', '●', '○', '·', '・', '–', '—', '‐', '‑', '−'];

/// Pairs of full-width brackets.
const WIDE_BRACKETS: [(char, char); 2] = [('［', '］'), ('【', '】')];

/// Maximum number of characters between the brackets.
const MAX_BRACKET_CHARS: usize = 5;

/// Characters that look like those of a checkbox, each with whether it means that the checkbox is checked: letters of
/// other scripts, the multiplication sign, and a line instead of a space.
const LOOKALIKES: [(&str, bool); 6] =
    [("х", true), ("Х", true), ("ｘ", true), ("Ｘ", true), ("×", true), ("_", false)];

/// Characters that enclose a checkbox character instead of `[` and `]`, each pair with whether it is ambiguous outside of
/// lists that have checkboxes.
const WRONG_BRACKETS: [(&str, &str, bool); 8] = [
    ("[", "]]", false),
    ("[[", "]", false),
    ("\\[", "\\]", false),
    ("\\[", "]", false),
    ("[", "\\]", false),
    ("`[", "]`", true),
    ("(", ")", true),
    ("{", "}", true),
];

/// Words between brackets that name the state of a checkbox, each with whether the checkbox is checked.
const STATE_NAMES: [(&str, bool); 2] = [("done", true), ("todo", false)];

/// Punctuation after a checkbox and before a space: `[ ]: text`, `[x] - text` without the first space.
const PUNCTUATION: [char; 5] = [':', '-', '–', '—', '.'];

/// Returns whether a character looks like a space, but is text in Markdown.
pub(super) fn is_odd_space(c: char) -> bool {
    c.is_whitespace() && !c.is_ascii() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Returns the length in bytes of the spaces at the start of a text, and whether they contain a character other than
/// space and tab.
fn spaces(text: &str) -> (usize, bool) {
    let rest = text.trim_start_matches(|c: char| matches!(c, ' ' | '\t') || is_odd_space(c));
    let length = text.len() - rest.len();
    (length, text[..length].contains(is_odd_space))
}

/// Returns whether a character looks like that of a checkbox, although Markdown does not recognize it.
pub(super) fn is_lookalike(character: &str) -> bool {
    LOOKALIKES.iter().any(|(lookalike, _)| *lookalike == character)
}

/// Reads the malformed checkbox after a list marker: `[]`, `[x ]`, `[ ]text`. `None` if the checkbox is well-formed, or
/// if the brackets are something else, such as a link.
pub(super) fn after_marker(text: &str) -> Option<FoundCheckbox> {
    let (start, has_odd_space) = spaces(text);
    let Some(found) = brackets(text, start) else {
        return wrong_brackets(text, false).or_else(|| one_bracket(text));
    };
    let kind = match found.kind {
        None if has_odd_space => MalformedCheckboxKind::OddSpace,
        kind => kind?,
    };
    Some(found.with_kind(kind))
}

/// Reads a checkbox whose brackets are wrong. `among_checkboxes` is whether the list has checkboxes.
fn wrong_brackets(text: &str, among_checkboxes: bool) -> Option<FoundCheckbox> {
    let (opening, checked, end) = WRONG_BRACKETS.iter().find_map(|(opening, closing, is_ambiguous)| {
        let inside = text.strip_prefix(opening).filter(|_| among_checkboxes || !is_ambiguous)?;
        let checked = match inside.bytes().next()? {
            b' ' => false,
            b'x' | b'X' => true,
            _ => return None,
        };
        let after = inside[1..].strip_prefix(closing)?;
        after.starts_with(' ').then_some((opening, checked, text.len() - after.len()))
    })?;
    let inside = opening.len()..opening.len() + 1;
    FoundCheckbox::misspelled(text, end, inside, checked)
}

/// Reads the malformed checkbox after the list marker of an item among checkboxes, in a form that has another meaning
/// elsewhere: `[]Text` (a type), `[xx] text`, `[ ]: text`, `( ) text`, `[done] text`.
pub(super) fn among_checkboxes(text: &str) -> Option<FoundCheckbox> {
    if let Some(found) = wrong_brackets(text, true) {
        return Some(found);
    }
    let inside = text.strip_prefix('[')?;
    let close = inside.find(']').filter(|close| *close <= MAX_BRACKET_CHARS)?;
    let (written, after) = (&inside[..close], &inside[close + 1..]);
    let is_repeated_x = written.len() > 1 && written.bytes().all(|byte| matches!(byte, b'x' | b'X'));
    let is_checkbox = matches!(written, " " | "x" | "X");
    let next = after.chars().next()?;
    let punctuation = if PUNCTUATION.contains(&next) { next.len_utf8() } else { 0 };
    let state = STATE_NAMES.iter().find(|(name, _)| written.eq_ignore_ascii_case(name));
    if let Some((_, checked)) = state.filter(|_| next == ' ') {
        return FoundCheckbox::misspelled(text, close + 2, 1..close + 1, *checked);
    }
    let (kind, skip) = match next {
        ' ' if is_repeated_x => (MalformedCheckboxKind::Padded, 0),
        _ if punctuation > 0 && is_checkbox && after[punctuation..].starts_with(' ') => {
            (MalformedCheckboxKind::NoSpaceAfter, punctuation)
        }
        next if written.is_empty() && next.is_uppercase() => (MalformedCheckboxKind::Empty, 0),
        _ => return None,
    };
    let title = after[skip..].trim_start();
    if title.is_empty() {
        return None;
    }
    let end = close + 2 + skip;
    let (checked, start) = (matches!(written.as_bytes(), [b'x' | b'X', ..]), text.len() - title.len());
    Some(FoundCheckbox { kind, end, inside: 1..close + 1, checked, text: start })
}

/// Reads a checkbox that lacks one of its brackets: `[ text`, `] text`.
fn one_bracket(text: &str) -> Option<FoundCheckbox> {
    let title = text.strip_prefix("[ ").or_else(|| text.strip_prefix("] "))?;
    // In `[ a ]`, the other bracket is in the text.
    let is_complete = || match (title.find('['), title.find(']')) {
        (Some(open), Some(close)) => open < close,
        (None, Some(_)) => false,
        (_, None) => true,
    };
    if !title.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '*' | '`')) || !is_complete() {
        return None;
    }
    FoundCheckbox::misspelled(text, 1, 1..1, false)
}

/// Reads the malformed checkbox at the start of a line that is not a list item: `-[ ] text`, `• [ ] text`, `[ ] text`.
pub(super) fn without_marker(text: &str) -> Option<FoundCheckbox> {
    let (marker, is_known) = marker(text);
    let (space, has_odd_space) = spaces(&text[marker..]);
    if marker == 0 && space > 0 {
        return None;
    }
    let found = brackets(text, marker + space)?;
    let kind = match (marker, is_known) {
        // Without a list marker, only common checkbox characters are unambiguous.
        (0, _) if found.kind.is_some() => return None,
        (0, _) => MalformedCheckboxKind::NoBullet,
        (_, false) => MalformedCheckboxKind::UnknownBullet,
        _ if has_odd_space => MalformedCheckboxKind::OddSpace,
        // The line is a list item, which `after_marker` reads.
        _ if space > 0 => return None,
        _ if found.inside.is_empty() => return None,
        _ => MalformedCheckboxKind::NoSpace,
    };
    Some(found.with_kind(kind))
}

/// Returns the length of the list marker at the start of a text, and whether Markdown recognizes it.
fn marker(text: &str) -> (usize, bool) {
    if text.starts_with("--") {
        return (2, false);
    }
    if text.starts_with(['-', '*', '+']) {
        return (1, true);
    }
    if let Some(bullet) = text.chars().next().filter(|first| BULLETS.contains(first)) {
        return (bullet.len_utf8(), false);
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let is_number = (1..=9).contains(&digits) && text[digits..].starts_with(['.', ')']);
    (if is_number { digits + 1 } else { 0 }, true)
}

struct Brackets {
    /// Problem of the brackets; `None` if they are well-formed.
    kind: Option<MalformedCheckboxKind>,
    end: usize,
    inside: std::ops::Range<usize>,
    checked: bool,
    text: usize,
}

impl Brackets {
    fn with_kind(self, kind: MalformedCheckboxKind) -> FoundCheckbox {
        let Self { kind: _, end, inside, checked, text } = self;
        FoundCheckbox { kind, end, inside, checked, text }
    }
}

/// Reads brackets at `start` that are a checkbox, followed by text.
fn brackets(text: &str, start: usize) -> Option<Brackets> {
    let rest = &text[start..];
    let opening = rest.chars().next()?;
    let closing = match opening {
        '[' => ']',
        _ => WIDE_BRACKETS.iter().find(|(open, _)| *open == opening)?.1,
    };
    let inside_start = start + opening.len_utf8();
    let length = text[inside_start..]
        .char_indices()
        .take(MAX_BRACKET_CHARS + 1)
        .find_map(|(at, c)| (c == closing).then_some(at))?;
    let inside = inside_start..inside_start + length;
    let written = &text[inside.clone()];
    let checked = match written.trim_matches(|c: char| matches!(c, ' ' | '\t') || is_odd_space(c)) {
        "" => false,
        "x" | "X" => true,
        _ => LOOKALIKES.iter().find(|(lookalike, _)| *lookalike == written)?.1,
    };
    let close = inside.end + closing.len_utf8();
    let (space, has_odd_space) = spaces(&text[close..]);
    let after = &text[close + space..];
    if after.trim().is_empty() {
        return None;
    }
    let kind = if opening != '[' {
        Some(MalformedCheckboxKind::WideBrackets)
    } else if written.contains(is_odd_space) || has_odd_space {
        Some(MalformedCheckboxKind::OddSpace)
    } else if space == 0 {
        // `[x](link)`, `[x][ref]`, `[x]: definition`, `[x], [y]`, `[ ]* optional`
        let is_text = |c: char| c.is_alphanumeric() || matches!(c, '`' | '"' | '“' | '_' | '~');
        let is_emphasis =
            after.strip_prefix('*').is_some_and(|rest| rest.starts_with(|c: char| c == '*' || is_text(c)));
        if !after.starts_with(is_text) && !is_emphasis || written.is_empty() {
            return None;
        }
        Some(MalformedCheckboxKind::NoSpaceAfter)
    } else if written.is_empty() {
        Some(MalformedCheckboxKind::Empty)
    } else if is_lookalike(written) {
        Some(MalformedCheckboxKind::Lookalike)
    } else if written.chars().count() > 1 {
        Some(MalformedCheckboxKind::Padded)
    } else {
        None
    };
    let end = if has_odd_space { close + space } else { close };
    Some(Brackets { kind, end, inside, checked, text: close + space })
}

/// Sets the conditions of malformed checkboxes. They depend on the other checkboxes of the segment.
pub(super) fn set_conditions(facts: &mut SegmentFacts, text: &str, vocabulary: &Vocabulary) {
    let checkboxes = || facts.items.iter().filter(|item| item.form.is_checkbox());
    let has_several = checkboxes().nth(1).is_some();
    let has_well_formed = checkboxes().any(|item| item.malformed.is_none());
    for item in &mut facts.items {
        let Some(malformed) = &item.malformed else { continue };
        let title = &text[bytes(&item.title)];
        item.condition = match malformed.kind {
            _ if item.id.is_none() && role::means_nothing_to_do(title) => ItemCondition::Never,
            MalformedCheckboxKind::NoSpace | MalformedCheckboxKind::Lookalike => ItemCondition::Always,
            // A legend, or an answer in a form.
            MalformedCheckboxKind::NoBullet if is_legend_or_answer(title, vocabulary) => ItemCondition::Never,
            // `[x] marks the spot`, `- [] is an empty list`
            MalformedCheckboxKind::Empty | MalformedCheckboxKind::NoBullet if has_several => {
                ItemCondition::Always
            }
            MalformedCheckboxKind::NoBullet if item.id.is_some() => ItemCondition::AmongCheckboxes,
            MalformedCheckboxKind::NoBullet => ItemCondition::Never,
            MalformedCheckboxKind::Empty if item.id.is_none() && title.starts_with(char::is_lowercase) => {
                if is_about_brackets(title) {
                    ItemCondition::Never
                } else {
                    ItemCondition::AmongCheckboxes
                }
            }
            _ if has_well_formed => ItemCondition::Always,
            MalformedCheckboxKind::Misspelled => ItemCondition::Never,
            _ => ItemCondition::AmongCheckboxes,
        };
    }
}

/// Returns whether the text after a checkbox without a list marker explains the checkbox or is an answer. Examples:
/// `[x] = done`, `[ ] Not started`, `[x] marks the spot`, `[ ] Yes`.
fn is_legend_or_answer(text: &str, vocabulary: &Vocabulary) -> bool {
    const ANSWERS: [&str; 6] = ["yes", "no", "maybe", "other", "n/a", "none"];
    let name = text.trim_matches(|c: char| !c.is_alphanumeric());
    text.starts_with(['=', ':', '→', '-', '–', '—'])
        || vocabulary.of_words(name).is_some()
        || ANSWERS.iter().any(|answer| name.eq_ignore_ascii_case(answer))
        || is_about_brackets(text)
}

/// Returns whether a text after `[]` is about the brackets: `[] is an empty list`, `[] for arrays`.
fn is_about_brackets(text: &str) -> bool {
    let first = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    const BRACKET_WORDS: [&str; 15] = [
        "is",
        "are",
        "means",
        "for",
        "as",
        "and",
        "or",
        "in",
        "has",
        "denotes",
        "marks",
        "indicates",
        "to",
        "when",
        "if",
    ];
    BRACKET_WORDS.contains(&first)
}

/// A list of checkboxes below a numbered checkbox, indented by too few spaces to be part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShallowListFact {
    /// List marker of the first item.
    pub(crate) marker: SegmentSpan,
    /// The whole list.
    pub(crate) span: SegmentSpan,
    /// The list marker of the numbered item above.
    pub(crate) parent: SegmentSpan,
    /// Column of the items (0-based).
    pub(crate) column: usize,
    /// Column from which on the items would be part of the item above (0-based).
    pub(crate) needed: usize,
}

/// Returns the lists of checkboxes that are indented by too few spaces to be part of the numbered checkbox above them.
pub(crate) fn shallow_lists(content: &Content) -> impl Iterator<Item = ShallowListFact> + '_ {
    let outline = &content.outline;
    let column = |at: u32| {
        let line = content.text[..at as usize].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        let before = &content.text[line..at as usize];
        before.bytes().all(|byte| byte == b' ').then_some(before.len())
    };
    let lists = outline.blocks.iter().enumerate().filter(|(_, block)| {
        matches!(block.kind, BlockKind::List { ordered: false }) && block.parent().is_none()
    });
    lists.filter_map(move |(index, list)| {
        let mut items = outline.children(index).map(|item| &outline.blocks[item]);
        let first = items.next()?;
        if !std::iter::once(first).chain(items).all(has_checkbox) {
            return None;
        }
        let above = outline.blocks[..index].iter().rposition(|block| block.parent().is_none())?;
        if !matches!(outline.blocks[above].kind, BlockKind::List { ordered: true }) {
            return None;
        }
        let parent = outline.children(above).last().map(|item| &outline.blocks[item])?;
        let marker = parent.marker();
        let needed = column(marker.start)? + (marker.end - marker.start) as usize + 1;
        let own = column(first.span.start)?;
        let is_shallow = (column(marker.start)? + 1..needed).contains(&own);
        (is_shallow && has_checkbox(parent)).then(|| ShallowListFact {
            marker: first.marker(),
            span: list.span.clone(),
            parent: marker,
            column: own,
            needed,
        })
    })
}

fn has_checkbox(item: &Block) -> bool {
    matches!(item.kind, BlockKind::Item { checkbox: Some(_), .. })
}

#[cfg(test)]
mod tests {
    use super::{MalformedCheckboxKind::*, *};

    #[test]
    fn after_markers() {
        for (text, kind, checked) in [
            ("[] a", Empty, false),
            ("[ ]a", NoSpaceAfter, false),
            ("[x]**a**", NoSpaceAfter, true),
            ("[  ] a", Padded, false),
            ("[ x ] a", Padded, true),
            ("[X ] a", Padded, true),
            ("[\u{a0}] a", OddSpace, false),
            ("[ ]\u{a0}a", OddSpace, false),
            ("\u{a0}[x] a", OddSpace, true),
            ("［ ］ a", WideBrackets, false),
            ("［x］a", WideBrackets, true),
            ("【　】a", WideBrackets, false),
            ("[х] a", Lookalike, true),
            ("[×] a", Lookalike, true),
            ("[_] a", Lookalike, false),
            ("[ ]] a", Misspelled, false),
            ("[ a", Misspelled, false),
            ("] a", Misspelled, false),
            ("[x]] a", Misspelled, true),
            ("\\[ \\] a", Misspelled, false),
            ("\\[x] a", Misspelled, true),
        ] {
            let found = after_marker(text).unwrap_or_else(|| panic!("{text} is not found"));
            assert_eq!(
                (found.kind, found.checked, &text[found.text..].trim_matches('*')),
                (kind, checked, &"a"),
                "{text}"
            );
        }
        for text in [
            "[ ] a",
            "[x] a",
            "[x](a)",
            "[ ](a)",
            "[x][a]",
            "[x]: a",
            "[]a",
            "[]() a",
            "[ ]",
            "[  ]",
            "[y ] a",
            "[      ] a",
            "[x], a",
            "[ ]* a",
            "[x]] ",
            "[[x]] a",
            "[x]]a",
            "( ) a",
            "{x} a",
            "`[ ]` a",
            "[- a",
            "[ a ]",
            "] ",
            "[done] a",
            "\\[a\\] a",
        ] {
            assert_eq!(after_marker(text), None, "{text}");
        }
    }

    #[test]
    fn items_among_checkboxes() {
        for (text, kind, checked) in [
            ("[]Align the door", Empty, false),
            ("[xx] Align the door", Padded, true),
            ("[ ]: Align the door", NoSpaceAfter, false),
            ("[x]: Align the door", NoSpaceAfter, true),
            ("[ ]- Align the door", NoSpaceAfter, false),
            ("[x]– Align the door", NoSpaceAfter, true),
            ("( ) Align the door", Misspelled, false),
            ("(x) Align the door", Misspelled, true),
            ("{ } Align the door", Misspelled, false),
            ("`[x]` Align the door", Misspelled, true),
            ("[done] Align the door", Misspelled, true),
            ("[TODO] Align the door", Misspelled, false),
        ] {
            let found = among_checkboxes(text).unwrap_or_else(|| panic!("{text} is not found"));
            assert_eq!(
                (found.kind, found.checked, &text[found.text..]),
                (kind, checked, "Align the door"),
                "{text}"
            );
        }
        for text in [
            "[]byte of a file",
            "[](a)",
            "[a]: b",
            "[x]:b",
            "[]",
            "[xx]",
            "[xx](a)",
            "[ ] a",
            "[ a ]",
            "[- a",
            "[x], a",
            "(a) b",
            "(x)",
            "[done](a)",
        ] {
            assert_eq!(among_checkboxes(text), None, "{text}");
        }
    }

    #[test]
    fn without_markers() {
        for (text, kind) in [
            ("-[ ] a", NoSpace),
            ("*[x] a", NoSpace),
            ("12.[x] a", NoSpace),
            ("[ ] a", NoBullet),
            ("• [ ] a", UnknownBullet),
            ("•[x] a", UnknownBullet),
            ("– [ ] a", UnknownBullet),
            ("-- [ ] a", UnknownBullet),
            ("-\u{a0}[ ] a", OddSpace),
        ] {
            assert_eq!(without_marker(text).map(|found| found.kind), Some(kind), "{text}");
        }
        for text in ["- [ ] a", "-[] a", "-[x](a)", "[x ] a", "a [ ] b", "2026.[ ]", "• a", "[]"] {
            assert_eq!(without_marker(text), None, "{text}");
        }
    }
}
