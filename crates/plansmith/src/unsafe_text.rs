//! Characters that a terminal may execute, or that reorder the text around them.

use std::borrow::Cow;

/// Returns whether a terminal may execute the character, or reorder the text around it.
pub(crate) fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}')
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns JSON with these characters escaped. They occur only in strings.
pub(crate) fn escaped_json(text: &str) -> Cow<'_, str> {
    let is_unsafe = |character| is_unsafe(character) && character != '\n';
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            character if is_unsafe(character) => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            character => out.push(character),
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_characters_in_json_are_escaped() {
        let text = serde_json::json!({"a": "\u{202e}x\u{7f}\u{9b}\u{2028}é"}).to_string();
        let escaped = escaped_json(&text);
        assert_eq!(escaped, "{\"a\":\"\\u202ex\\u007f\\u009b\\u2028é\"}");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&escaped), read(&text));
    }
}
