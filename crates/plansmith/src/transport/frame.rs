//! The base protocol: a header with `Content-Length`, an empty line, a JSON body (LSP 3.17, *Base Protocol*).
//!
//! The decoder takes bytes in chunks of any size and returns messages or errors, which do not depend on the chunks. After
//! malformed input it continues at the next `Content-Length:` line. It also searches for this line *inside* bodies: a JSON
//! string contains no raw newline, so the line shows that the previous length was wrong. Waiting for the rest of such a body
//! would lose the messages after it.

use serde_json::Value;

pub use super::body::FrameError;
use super::body::{id_in, parse};

/// Maximum length of a body in bytes. Longer bodies are skipped without being buffered.
pub const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// Maximum length of a header line in bytes.
const MAX_HEADER_LINE_BYTES: usize = 8 * 1024;

/// Maximum number of bytes of a rejected body that are searched for the ID of the request.
const MAX_ID_SEARCH_BYTES: usize = 4 * 1024;

/// Maximum length of a `Content-Length` line in bytes: more digits and spaces than any client writes.
const MAX_LENGTH_LINE_BYTES: usize = 64;

const LENGTH_HEADER: &[u8] = b"content-length:";

/// Maximum capacity of an empty buffer in bytes; a larger buffer is freed.
const MAX_EMPTY_BUFFER_BYTES: usize = 64 * 1024;

/// Decodes messages from bytes.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Number of bytes of `buffer` that are decoded.
    used: usize,
    state: DecoderState,
}

#[derive(Clone, Copy, Debug)]
enum DecoderState {
    /// In a header. Contains the length of the body, if a line specified it, and whether any line was read.
    Header { length: Option<usize>, started: bool },
    /// After malformed input that was reported: skips lines up to the next `Content-Length`.
    Resync,
    /// In a body, of which `searched` bytes were already searched for a header.
    Body { length: usize, searched: usize },
    /// In a body that is too long and not reported yet.
    Rejected { left: usize },
    /// In a body that is too long and was reported.
    Skipped { left: usize },
}

impl Default for DecoderState {
    fn default() -> Self {
        Self::Header { length: None, started: false }
    }
}

/// One step of the decoder.
enum Step {
    Found(Result<Value, FrameError>),
    /// Another step is needed.
    Again,
    /// More bytes are needed.
    NeedsMore,
}

impl Decoder {
    /// Appends bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used);
        self.used = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Returns the next message or error; `None` if more bytes are needed.
    pub fn next_message(&mut self) -> Option<Result<Value, FrameError>> {
        loop {
            let step = match self.state {
                DecoderState::Header { length, started } => self.header(length, started),
                DecoderState::Resync => self.resync(),
                DecoderState::Body { length, searched } => self.body(length, searched),
                DecoderState::Rejected { left } => self.rejected(left),
                DecoderState::Skipped { left } => self.skipped(left),
            };
            match step {
                Step::Found(found) => return Some(found),
                Step::Again => {}
                Step::NeedsMore => {
                    if self.used == self.buffer.len() && self.buffer.capacity() > MAX_EMPTY_BUFFER_BYTES {
                        (self.buffer, self.used) = (Vec::new(), 0);
                    }
                    return None;
                }
            }
        }
    }

    /// Returns whether the buffer or the state contains part of a frame.
    pub fn has_partial_frame(&self) -> bool {
        self.used < self.buffer.len()
            || !matches!(
                self.state,
                DecoderState::Header { started: false, length: None } | DecoderState::Resync
            )
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.used..]
    }

    fn header(&mut self, length: Option<usize>, started: bool) -> Step {
        let rest = self.rest();
        let end = memchr::memchr(b'\n', rest);
        if end.unwrap_or(rest.len()) > MAX_HEADER_LINE_BYTES {
            // The line is not skipped, because its end may be a header.
            return self.report_malformed();
        }
        let Some(end) = end else { return Step::NeedsMore };
        let line = &rest[..end];
        if let Some((start, length)) = length_at_end(line) {
            let follows_garbage = !line[..start].trim_ascii().is_empty();
            self.used += end + 1;
            self.state = DecoderState::Header { length: Some(length), started: true };
            return if follows_garbage { Step::Found(Err(FrameError::NoLength)) } else { Step::Again };
        }
        if line.trim_ascii().is_empty() {
            self.used += end + 1;
            match length {
                Some(length) if length > MAX_BODY_BYTES => {
                    self.state = DecoderState::Rejected { left: length }
                }
                Some(length) => self.state = DecoderState::Body { length, searched: 0 },
                None if started => return self.report_malformed(),
                // Blank lines between frames.
                None => {}
            }
            return Step::Again;
        }
        if is_other_header(line) {
            self.used += end + 1;
            self.state = DecoderState::Header { length, started: true };
            return Step::Again;
        }
        self.report_malformed()
    }

    /// Reports malformed input once and skips to the next header.
    fn report_malformed(&mut self) -> Step {
        self.state = DecoderState::Resync;
        Step::Found(Err(FrameError::NoLength))
    }

    fn resync(&mut self) -> Step {
        let rest = self.rest();
        let Some(end) = memchr::memchr(b'\n', rest) else {
            // The remaining bytes may be the start of a header.
            self.used += rest.len().saturating_sub(MAX_LENGTH_LINE_BYTES);
            return Step::NeedsMore;
        };
        if let Some((_, length)) = length_at_end(&rest[..end]) {
            self.state = DecoderState::Header { length: Some(length), started: true };
        }
        self.used += end + 1;
        Step::Again
    }

    fn body(&mut self, length: usize, searched: usize) -> Step {
        let rest = self.rest();
        let here = &rest[..rest.len().min(length)];
        let end = match find_header(here, searched) {
            Some(header) => header,
            None if here.len() == length => length,
            None => {
                self.state = DecoderState::Body { length, searched: here.len() };
                return Step::NeedsMore;
            }
        };
        let body = &here[..end];
        let mut parsed = parse(body);
        let mut used = end;
        if matches!(parsed, Err(FrameError::NotJson(_))) {
            // A length that is slightly too large includes part of the next header.
            let before = end - partial_header_len(body);
            if before < end {
                parsed = parse(&body[..before]).or(parsed);
                used = before;
            }
        }
        self.used += used;
        self.state = DecoderState::default();
        Step::Found(parsed)
    }

    /// Reports a body that is too long, once enough bytes are available to find its ID.
    fn rejected(&mut self, left: usize) -> Step {
        let rest = self.rest();
        let here = &rest[..rest.len().min(MAX_ID_SEARCH_BYTES)];
        let header = find_header(here, 0);
        if header.is_none() && here.len() < MAX_ID_SEARCH_BYTES {
            return Step::NeedsMore;
        }
        let id = id_in(&here[..header.unwrap_or(here.len())]);
        self.state = DecoderState::Skipped { left };
        Step::Found(Err(FrameError::TooLong(id)))
    }

    fn skipped(&mut self, left: usize) -> Step {
        let rest = self.rest();
        let here = &rest[..rest.len().min(left)];
        if let Some(header) = find_header(here, 0) {
            self.used += header;
            self.state = DecoderState::default();
            return Step::Again;
        }
        if here.len() == left {
            self.used += left;
            self.state = DecoderState::default();
            return Step::Again;
        }
        // The end may be the start of a header.
        let dropped = here.len().saturating_sub(MAX_LENGTH_LINE_BYTES);
        self.used += dropped;
        self.state = DecoderState::Skipped { left: left - dropped };
        Step::NeedsMore
    }
}

/// Returns the start of the first `Content-Length` line that ends after `searched`.
fn find_header(bytes: &[u8], searched: usize) -> Option<usize> {
    let mut ends = memchr::memchr_iter(b'\n', &bytes[searched..]);
    ends.find_map(|end| length_at_end(&bytes[..searched + end]).map(|(start, _)| start))
}

/// Returns the start and the value of the `Content-Length: 123` at the end of a line. Text before it is the rest of malformed
/// input.
fn length_at_end(line: &[u8]) -> Option<(usize, usize)> {
    let from = line.len().saturating_sub(MAX_LENGTH_LINE_BYTES);
    let near = line[from..].trim_ascii_end();
    let digits = near.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let (name, digits) = near.split_at(near.len() - digits);
    let name = name.trim_ascii_end();
    let start = name.len().checked_sub(LENGTH_HEADER.len())?;
    if !name[start..].eq_ignore_ascii_case(LENGTH_HEADER) {
        return None;
    }
    // A value with too many digits is too large, not malformed.
    let length = std::str::from_utf8(digits).ok()?.parse().unwrap_or(usize::MAX);
    Some((from + start, length))
}

/// Returns the length of a partial `Content-Length` line at the end of the bytes, or 0.
fn partial_header_len(bytes: &[u8]) -> usize {
    let begins = |end: &[u8]| match end.split_at_checked(LENGTH_HEADER.len()) {
        Some((name, value)) => {
            name.eq_ignore_ascii_case(LENGTH_HEADER) && value.trim_ascii().iter().all(u8::is_ascii_digit)
        }
        None => end.eq_ignore_ascii_case(&LENGTH_HEADER[..end.len()]),
    };
    (1..=bytes.len().min(MAX_LENGTH_LINE_BYTES))
        .rev()
        .find(|length| begins(&bytes[bytes.len() - length..]))
        .unwrap_or(0)
}

/// Returns whether a line is a header that is ignored, such as `Content-Type`.
fn is_other_header(line: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', line) else { return false };
    let name = &line[..colon];
    let is_token = !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_token && !name.eq_ignore_ascii_case(&LENGTH_HEADER[..LENGTH_HEADER.len() - 1])
}

/// Returns a message with its header.
pub fn encode(message: &Value) -> Vec<u8> {
    framed(message.to_string().as_bytes())
}

/// Returns a body with its header.
pub fn framed(body: &[u8]) -> Vec<u8> {
    let mut frame = header(body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

/// Returns the header of a body of `length` bytes.
pub fn header(length: usize) -> String {
    format!("Content-Length: {length}\r\n\r\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn all(chunks: &[&[u8]]) -> Vec<Result<Value, FrameError>> {
        let mut decoder = Decoder::default();
        let mut found = Vec::new();
        for chunk in chunks {
            decoder.feed(chunk);
            found.extend(std::iter::from_fn(|| decoder.next_message()));
        }
        found
    }

    const GOOD: &[u8] = b"Content-Length: 8\r\n\r\n{\"id\":1}";

    fn good() -> Result<Value, FrameError> {
        Ok(json!({"id": 1}))
    }

    #[test]
    fn headers_in_every_form() {
        let forms: [&[u8]; 9] = [
            GOOD,
            b"content-length:8\r\n\r\n{\"id\":1}",
            b"CONTENT-LENGTH:   8  \r\n\r\n{\"id\":1}",
            b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 8\r\n\r\n{\"id\":1}",
            b"Content-Length: 8\r\nContent-Type: x\r\n\r\n{\"id\":1}",
            b"\r\n\r\nContent-Length: 8\r\n\r\n{\"id\":1}",
            b"Content-Length: 8\n\n{\"id\":1}",
            b"Content-Length: 11\r\n\r\n\xef\xbb\xbf{\"id\":1}",
            b"Content-Length: 10\r\n\r\n{\"id\"\r\n:1}",
        ];
        for form in forms {
            assert_eq!(all(&[form]), [good()], "{}", String::from_utf8_lossy(form));
        }
    }

    #[test]
    fn the_next_frame_is_always_found() {
        let broken: [&[u8]; 19] = [
            b"garbage",
            b"garbage\r\n",
            b"garbage\r\n\r\n",
            b"garbage: ",
            b"{\"id\":1}",
            b"Content-Length: -1\r\n\r\n{}",
            b"Content-Length: abc\r\n\r\n{}",
            b"Content-Length: 1e1\r\n\r\n{}",
            b"Content-Length:\r\n\r\n{}",
            b"Content-Length: 2\r\n\r\n{}}}}",
            b"Content-Length: 9\r\n\r\n{]",
            b"Content-Length: 99\r\n\r\n{",
            b"Content-Length: 30000000\r\n\r\n{",
            b"Content-Length: 1000000000\r\n\r\n{\"id\":7,",
            b"Content-Length: 99999999999999999999999\r\n\r\n{",
            b"Content-Length: 4\r\n\r\n\xff\xfe\xfd\xfc",
            b"Content-Length: 0\r\n\r\n",
            b"Foo: bar\r\n\r\n{}",
            b"Content-Length: 8\r\nwhat is this\r\n\r\n{}",
        ];
        for broken in broken {
            let found = all(&[broken, GOOD, GOOD, GOOD]);
            let name = String::from_utf8_lossy(broken);
            assert!(found.ends_with(&[good(), good(), good()]), "{name}: {found:?}");
            assert!(found[..found.len() - 3].iter().any(Result::is_err), "{name}: {found:?}");
        }
    }

    #[test]
    fn a_length_that_is_too_large_loses_no_message() {
        for length in [3, 9, 20, 21, 22, 23, 26, 99] {
            let broken = format!("Content-Length: {length}\r\n\r\n{{}}");
            assert_eq!(all(&[broken.as_bytes(), GOOD, GOOD]), [Ok(json!({})), good(), good()], "{broken}");
        }
        // Within a string, a header is ordinary text.
        let text = json!({"text": "Content-Length: 5\r\n\r\nhello", "more": "Content-Length: 5\n"});
        assert_eq!(all(&[&encode(&text), GOOD]), [Ok(text), good()]);
    }

    #[test]
    fn a_rejected_frame_is_answered_with_its_id_and_not_buffered() {
        let header =
            b"Content-Length: 1000000000\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"x\",\"params\":\"";
        let refusal = || Err(FrameError::TooLong(Some(json!(7))));
        let mut decoder = Decoder::default();
        decoder.feed(header);
        assert_eq!(decoder.next_message(), None);
        let mut found = Vec::new();
        for _ in 0..1000 {
            decoder.feed(&[b'a'; 4096]);
            found.extend(std::iter::from_fn(|| decoder.next_message()));
            assert!(decoder.buffer.len() <= 3 * 4096);
        }
        decoder.feed(GOOD);
        found.extend(std::iter::from_fn(|| decoder.next_message()));
        assert_eq!(found, [refusal(), good()]);

        // A body of the stated length that contains text similar to a header.
        let mut frame = format!("Content-Length: {}\r\n\r\n", MAX_BODY_BYTES + 1).into_bytes();
        frame.extend_from_slice(b"{\"id\":7,\"method\":\"Content-Length: 5\",\"params\":\"");
        frame.resize(frame.len() + MAX_BODY_BYTES, b'x');
        let header = frame.iter().position(|byte| *byte == b'{').unwrap();
        frame.truncate(header + MAX_BODY_BYTES + 1);
        assert_eq!(all(&[&frame, GOOD]), [refusal(), good()]);
    }

    #[test]
    fn a_long_line_is_not_a_header() {
        let long = vec![b'a'; 3 * MAX_HEADER_LINE_BYTES];
        let found = all(&[&long, GOOD]);
        assert_eq!(found, [Err(FrameError::NoLength), good()]);
        let mut decoder = Decoder::default();
        for _ in 0..100 {
            decoder.feed(&long);
            while decoder.next_message().is_some() {}
            assert!(decoder.buffer.len() <= 4 * MAX_HEADER_LINE_BYTES);
        }
    }

    /// Generates frames, malformed frames and other bytes.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let lengths = prop::sample::select(vec![
            "0",
            "2",
            "8",
            "9",
            "80",
            "-1",
            "x",
            "",
            "64",
            "99999999",
            "9999999999999999999999",
        ]);
        let bodies =
            prop::sample::select(vec!["{\"id\":1}", "{}", "{", "", "\"\\ud800\"", "\r\n", "{\"id\":1}\r\n"]);
        prop_oneof![
            3 => Just(GOOD.to_vec()),
            3 => (lengths, bodies).prop_map(|(length, body)| format!("Content-Length: {length}\r\n\r\n{body}").into_bytes()),
            1 => Just(b"Content-Type: a\r\n".to_vec()),
            1 => Just(b"\r\n".to_vec()),
            1 => prop::collection::vec(any::<u8>(), 0..20),
            1 => Just(vec![b'x'; MAX_HEADER_LINE_BYTES + 1]),
        ]
    }

    proptest! {
        #[test]
        fn messages_do_not_depend_on_chunks(
            stream in prop::collection::vec(piece(), 0..12),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let stream = stream.concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts {
                chunks.push(&stream[from..cut]);
                from = cut;
            }
            chunks.push(&stream[from..]);
            let whole = all(&[&stream]);
            prop_assert_eq!(&all(&chunks), &whole);
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            prop_assert_eq!(&all(&bytes), &whole);
        }

        #[test]
        fn a_frame_after_any_bytes_is_decoded(stream in prop::collection::vec(piece(), 0..12)) {
            // Up to 80 bytes may still be part of a body. After that, frames are decoded again.
            let found = all(&[&stream.concat(), b"\r\n", GOOD, GOOD]);
            prop_assert_eq!(found.last(), Some(&good()));
        }
    }
}
