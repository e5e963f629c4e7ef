//! Text that is safe to print. Text of a plan, and a file name, can contain control characters that a terminal would
//! execute, and bidirectional controls that reorder the characters around them. Both are printed as escapes: `\u{1b}`.

use std::{borrow::Cow, io::IsTerminal, sync::LazyLock};

use crate::unsafe_text::is_unsafe;

/// Returns a text as one line that is safe to print: line breaks become spaces, control characters become escapes.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    let is_break = |character| matches!(character, '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}');
    if !text.chars().any(|character| is_break(character) || is_unsafe(character)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' if out.ends_with(' ') => {}
            character if is_break(character) => out.push(' '),
            character if is_unsafe(character) => out.extend(character.escape_unicode()),
            character => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Returns a text of several lines that is safe to print. Keeps newlines and tabs, and `\r` before `\n`.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    escape(text, |_| None)
}

/// Returns formatted output that is safe to print, like [`lines`]. Keeps the sequences with which this program sets
/// styles and writes hyperlinks.
pub(super) fn styled(text: &str) -> Cow<'_, str> {
    escape(text, own_sequence)
}

/// Escapes unsafe characters. `kept` returns the length in bytes of a sequence at the start of its argument that is not
/// escaped.
fn escape(text: &str, kept: impl Fn(&str) -> Option<usize>) -> Cow<'_, str> {
    let is_kept = |character| matches!(character, '\n' | '\t');
    if !text.chars().any(|character| is_unsafe(character) && !is_kept(character)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let mut length = character.len_utf8();
        if is_kept(character) || !is_unsafe(character) || rest.starts_with("\r\n") {
            out.push(character);
        } else if let Some(sequence) = kept(rest) {
            length = sequence;
            out.push_str(&rest[..length]);
        } else {
            out.extend(character.escape_unicode());
        }
        rest = &rest[length..];
    }
    Cow::Owned(out)
}

/// Returns the length in bytes of the sequence at the start of a text that sets a style or delimits a hyperlink.
fn own_sequence(text: &str) -> Option<usize> {
    const STYLE_START: &str = "\u{1b}[";
    const LINK: &str = "\u{1b}]8;;";
    const LINK_END: &str = "\u{1b}\\";
    if let Some(style) = text.strip_prefix(STYLE_START) {
        let end = style.find(|character: char| !character.is_ascii_digit() && character != ';')?;
        return style[end..].starts_with('m').then_some(STYLE_START.len() + end + 1);
    }
    let target = text.strip_prefix(LINK)?;
    let end = target.find(char::is_control)?;
    target[end..].starts_with(LINK_END).then_some(LINK.len() + end + LINK_END.len())
}

/// Returns the width of the terminal in columns: that of standard output, otherwise `COLUMNS`. `None` if the output is not
/// limited, for example in a file.
pub(super) fn width() -> Option<usize> {
    static WIDTH: LazyLock<Option<usize>> = LazyLock::new(|| {
        let stated = || std::env::var("COLUMNS").ok()?.parse().ok();
        let size = terminal_size::terminal_size_of(std::io::stdout());
        size.map(|(width, _)| usize::from(width.0)).or_else(stated).filter(|width| *width > 0)
    });
    *WIDTH
}

/// Returns whether the terminal shows hyperlinks.
pub(super) fn has_hyperlinks() -> bool {
    std::io::stdout().is_terminal() && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_line_breaks_are_escaped() {
        assert_eq!(line("a\nb\r\nc\td"), "a b c d");
        assert_eq!(line("\u{1b}[31m\u{202e}x\u{7f}\u{9b}"), "\\u{1b}[31m\\u{202e}x\\u{7f}\\u{9b}");
        assert_eq!(lines("a\r\n\tb\rc\n"), "a\r\n\tb\\u{d}c\n");
        assert!(matches!(line("Aufräumen 🚀"), Cow::Borrowed(_)));
    }

    #[test]
    fn only_styles_and_hyperlinks_are_kept() {
        let own = "\u{1b}[1;31mred\u{1b}[0m \u{1b}]8;;https://a.b/c\u{1b}\\link\u{1b}]8;;\u{1b}\\\n";
        assert_eq!(styled(own), own);
        assert_eq!(styled("\u{1b}]0;title\u{7}"), "\\u{1b}]0;title\\u{7}");
        assert_eq!(styled("\u{1b}[2J\u{1b}["), "\\u{1b}[2J\\u{1b}[");
        assert_eq!(styled("\u{1b}]8;;x\u{7}"), "\\u{1b}]8;;x\\u{7}");
    }
}
