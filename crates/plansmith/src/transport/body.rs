//! The body of a frame: JSON, repaired if it contains invalid Unicode.

use serde_json::Value;

/// Reason why a frame cannot be decoded.
#[derive(Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The body is not valid JSON.
    NotJson(String),
    /// The body is nested more deeply than the parser supports. With the ID of the request, if it has one.
    TooDeep(Option<Value>),
    /// The header is missing or has no valid length.
    NoLength,
    /// The body is longer than [`MAX_BODY_BYTES`](super::frame::MAX_BODY_BYTES). With the ID of the request, if its
    /// first bytes contain it.
    TooLong(Option<Value>),
}

/// Parses a body.
///
/// Text of editors can be invalid Unicode (half a surrogate pair in VS Code, any bytes in Neovim), and editors send it
/// unchanged. After a rejected edit, the server's text would differ from the editor's, so invalid Unicode is replaced.
pub(super) fn parse(body: &[u8]) -> Result<Value, FrameError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let error = match serde_json::from_slice(body) {
        Ok(message) => return Ok(message),
        Err(error) => error.to_string(),
    };
    if error.starts_with("recursion limit exceeded") {
        return Err(FrameError::TooDeep(id_in(body)));
    }
    serde_json::from_str(&with_valid_unicode(body)).map_err(|_| FrameError::NotJson(error))
}

/// Returns the body with invalid Unicode replaced by a character of the same length in the client's encoding: `?` for an
/// invalid byte, U+FFFD for half a surrogate pair.
fn with_valid_unicode(body: &[u8]) -> String {
    let mut text = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    let mut valid = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        valid.push_str(before);
        let length = match surrogate(escape) {
            Some(0xD800..0xDC00) if matches!(surrogate(&escape[6..]), Some(0xDC00..0xE000)) => {
                valid.push_str(&escape[..12]);
                12
            }
            Some(_) => {
                valid.push_str("\\ufffd");
                6
            }
            None => {
                // The backslash and the escaped character, which may be another backslash.
                let length = escape.chars().take(2).map(char::len_utf8).sum();
                valid.push_str(&escape[..length]);
                length
            }
        };
        rest = &escape[length..];
    }
    valid.push_str(rest);
    valid
}

/// Returns the half of a surrogate pair that a text starts with, escaped as `\uD83D`.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    let unit = digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(digits, 16).ok())??;
    (0xD800..0xE000).contains(&unit).then_some(unit)
}

/// Returns the ID of a request from the start of its body, which may be incomplete or nested too deeply to be parsed.
///
/// `None` unless the body is recognizably a request: the client would take an error in reply to a response for the response
/// to one of its own requests.
pub(super) fn id_in(body: &[u8]) -> Option<Value> {
    let mut id = None;
    let mut has_method = false;
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = string_end(body, at)?;
                let key = &body[at + 1..end - 1];
                let after = body[end..].trim_ascii_start();
                if depth == 1 && after.starts_with(b":") {
                    match key {
                        b"id" => id = scalar(after[1..].trim_ascii_start()),
                        b"method" => has_method = true,
                        b"result" | b"error" => return None,
                        _ => {}
                    }
                }
                if has_method && id.is_some() {
                    return id;
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns the index after the closing quote of the string at `start`.
fn string_end(body: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match body.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns the string or number that the bytes start with, if it is complete.
fn scalar(bytes: &[u8]) -> Option<Value> {
    let end = if bytes.starts_with(b"\"") {
        string_end(bytes, 0)?
    } else {
        bytes.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'-')?
    };
    serde_json::from_slice(&bytes[..end]).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn invalid_unicode_is_replaced() {
        #[track_caller]
        fn check(body: &[u8], expected: &str) {
            assert_eq!(parse(body), Ok(json!(expected)));
        }
        check(br#""a\ud83d\ude00b""#, "a\u{1F600}b");
        check(br#""a\ud83db""#, "a\u{FFFD}b");
        check(br#""a\ude00b""#, "a\u{FFFD}b");
        check(br#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}");
        check(br#""\ud83d\n\ud83d""#, "\u{FFFD}\n\u{FFFD}");
        check(br#""\\ud83d\ud83d""#, "\\ud83d\u{FFFD}");
        check(b"\"a\xffb\xc3\"", "a?b?");
        check("\"ä\\ud800ä\"".as_bytes(), "ä\u{FFFD}ä");
        for broken in
            [&b"\"\\"[..], b"\"\\u", b"\"\\ud8", b"\"\\ud83d", b"\"\\ud83d\\", b"\xff", b"", b"\"\\\xc3\xa4"]
        {
            assert!(matches!(parse(broken), Err(FrameError::NotJson(_))), "{broken:?}");
        }
    }

    #[test]
    fn the_id_of_a_request() {
        #[track_caller]
        fn check(body: &str, expected: Option<Value>) {
            assert_eq!(id_in(body.as_bytes()), expected, "{body}");
        }
        check(r#"{"jsonrpc":"2.0","id":7,"method":"x","params":"aaa"#, Some(json!(7)));
        check(r#"{"method" : "x", "id" : "a\"b" , "params":"#, Some(json!("a\"b")));
        check(r#"{"params":{"id":1,"method":"y"},"method":"x","id":-3}"#, Some(json!(-3)));
        check(r#"{"params":["id",1],"method":"x"}"#, None);
        check(r#"{"id":7,"result":{"method":"x"}}"#, None);
        check(r#"{"id":7,"params":1"#, None);
        check(r#"{"method":"x","id":7"#, None);
        check(r#"{"method":"x","id":null,"#, None);
        check(r#"{"method":"x","id":"a"#, None);
        check("{\"method", None);
        check("", None);
    }

    #[test]
    fn the_error_for_deep_nesting_has_the_id() {
        let deep = format!(
            "{{\"id\":3,\"method\":\"x\",\"params\":{}1{}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(parse(deep.as_bytes()), Err(FrameError::TooDeep(Some(json!(3)))));
    }
}
