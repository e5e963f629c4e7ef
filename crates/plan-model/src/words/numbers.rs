//! Numbers as plans write them: `1.2a`, `１`, `一`, `十二`, `③`, and single capital letters and Roman numerals.

/// A number at the start of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// Normalized: ASCII digits, lower-case letters.
    pub(super) value: String,
    /// Length in bytes.
    pub(super) length: usize,
    /// Whether the number is a letter or a Roman numeral, which may be a word.
    pub(super) is_letter: bool,
}

/// Returns the number at the start of a text.
pub(super) fn number(text: &str) -> Option<Number> {
    let first = text.chars().next()?;
    if first.is_ascii_digit() {
        return Some(decimal_number(text));
    }
    if first.is_ascii_uppercase() {
        return letter(text);
    }
    if let Some(value) = circled_number(first) {
        return Some(Number { value: value.to_string(), length: first.len_utf8(), is_letter: false });
    }
    let full_width = text.chars().take_while(|c| full_width_digit(*c).is_some());
    let value: String = full_width.filter_map(full_width_digit).collect();
    if !value.is_empty() {
        return Some(Number { length: 3 * value.len(), value, is_letter: false });
    }
    ideographic_number(text)
}

/// Returns the length in bytes of the number at the start of a text.
pub(crate) fn length(text: &str) -> Option<usize> {
    number(text).map(|number| number.length)
}

/// Parses digits: `1`, `1.2`, `4b`.
fn decimal_number(text: &str) -> Number {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = digits(0);
    while bytes.get(length) == Some(&b'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    let is_suffix = bytes.get(length).is_some_and(u8::is_ascii_lowercase)
        && !text[length + 1..].starts_with(char::is_alphanumeric);
    length += usize::from(is_suffix);
    Number { value: text[..length].to_owned(), length, is_letter: false }
}

/// Parses a capital letter or Roman numeral: `A`, `IV`.
fn letter(text: &str) -> Option<Number> {
    let length = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let letters = &text[..length];
    let is_roman = length <= 4 && letters.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X'));
    let ends = !text[length..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let is_number = (length == 1 || is_roman) && ends;
    is_number.then(|| Number { value: letters.to_ascii_lowercase(), length, is_letter: true })
}

fn circled_number(character: char) -> Option<u32> {
    matches!(character, '①'..='⑳').then(|| u32::from(character) - u32::from('①') + 1)
}

fn full_width_digit(character: char) -> Option<char> {
    matches!(character, '０'..='９')
        .then(|| char::from_digit(u32::from(character) - u32::from('０'), 10))
        .flatten()
}

/// Parses an ideographic number: `一`, `十`, `十二`, `二十`, `二十一`, `〇`.
fn ideographic_number(text: &str) -> Option<Number> {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    let digit = |c: char| if c == '零' { Some(0) } else { DIGITS.iter().position(|digit| *digit == c) };
    let (mut value, mut length, mut last) = (0, 0, None);
    for character in text.chars().take(3) {
        match (digit(character), character) {
            (Some(digit), _) if last.is_none() => {
                last = Some(digit);
                value += digit;
            }
            (None, '十') if value < 10 && length <= 3 => {
                value = 10 * last.unwrap_or(1);
                last = None;
            }
            _ => break,
        }
        length += character.len_utf8();
    }
    (length > 0).then(|| Number { value: value.to_string(), length, is_letter: false })
}

/// Returns the length in bytes of the section number at the start of a title, with delimiter and space: `3. `, `4.2 `,
/// `二、`.
pub(crate) fn section_number(title: &str) -> Option<usize> {
    let number = number(title).filter(|number| !number.is_letter)?;
    let rest = &title[number.length..];
    let delimited = rest.trim_start_matches(['.', ')', '、', '．', ':', '：', '）']);
    let after = delimited.trim_start();
    let is_delimited =
        delimited.len() < rest.len() || number.value.contains('.') && after.len() < delimited.len();
    is_delimited.then(|| title.len() - after.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let value = |text: &str| number(text).map(|number| (number.value, text[number.length..].to_owned()));
        for (text, expected, rest) in [
            ("1.2a: x", "1.2a", ": x"),
            ("4.: x", "4", ".: x"),
            ("２３ x", "23", " x"),
            ("一：", "1", "："),
            ("十", "10", ""),
            ("十二阶段", "12", "阶段"),
            ("二十一", "21", ""),
            ("③ x", "3", " x"),
            ("IV. x", "iv", ". x"),
            ("B — x", "b", " — x"),
        ] {
            assert_eq!(value(text), Some((expected.to_owned(), rest.to_owned())), "{text}");
        }
        for text in ["", "x", "Ab", "CLI x", "API", "阶段", "é"] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    #[test]
    fn section_numbers() {
        let rest = |title: &str| section_number(title).map(|length| title[length..].to_owned());
        assert_eq!(rest("3. Fase 0"), Some("Fase 0".into()));
        assert_eq!(rest("4.2 Fase 1"), Some("Fase 1".into()));
        assert_eq!(rest("二、阶段一"), Some("阶段一".into()));
        assert_eq!(rest("3 Fase"), None);
        assert_eq!(rest("Fase 3"), None);
    }
}
