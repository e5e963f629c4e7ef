//! The base protocol: a header with `Content-Length`, an empty line, a JSON body (LSP 3.17, *Base Protocol*).
//!
//! The decoder takes bytes in any pieces and gives messages or errors, the same whatever the pieces; it never gives up.
//! After something that is no frame it goes on at the next `Content-Length:` line. That line is also looked for *inside*
//! bodies: a string in JSON holds no raw line end, so where the line stands the length before it was wrong, and waiting
//! for the rest of such a body would swallow all that follows.

use serde_json::Value;

use super::body::{id_in, parse};

/// The longest body that is read, in bytes. Longer ones are skipped without being kept.
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// The longest line of a header, in bytes; what is longer is no header.
const MAX_LINE: usize = 8 * 1024;

/// How much of a refused body is looked at for the id of the request.
const PEEK: usize = 4 * 1024;

/// How far before its end a `Content-Length` line may start. Room for more digits and blanks than anyone writes.
const LOOK_BACK: usize = 64;

const LENGTH: &[u8] = b"content-length:";

/// A buffer with more room than this gives it back when it is empty.
const KEPT_ROOM: usize = 64 * 1024;

/// Why there is no message where one should be.
#[derive(Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The body is no JSON.
    NotJson(String),
    /// The body nests deeper than the parser goes. With the id of the request, if there is one.
    TooDeep(Option<Value>),
    /// There is no header, or one that names no usable length.
    NoLength,
    /// The body would be longer than [`MAX_BODY`]. With the id of the request, where its first bytes told it.
    TooLong(Option<Value>),
}

/// Takes bytes, gives messages.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    /// Bytes of `buffer` that are used up.
    used: usize,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In a header: the length, once a line named it, and whether there was any line.
    Header {
        length: Option<usize>,
        started: bool,
    },
    /// Something was no frame and has been reported; lines are dropped up to the next `Content-Length`.
    Lost,
    /// In a body, of which so many bytes were searched for a header already.
    Body {
        length: usize,
        searched: usize,
    },
    /// In a body that is too long, before and after it is reported.
    Refused {
        left: usize,
    },
    Skipped {
        left: usize,
    },
}

impl Default for State {
    fn default() -> Self {
        Self::Header { length: None, started: false }
    }
}

/// One step of the decoder.
enum Step {
    Found(Result<Value, FrameError>),
    Again,
    NeedsMore,
}

impl Decoder {
    /// Adds bytes as they arrive.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used);
        self.used = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message or error; `None` until more bytes arrive.
    pub fn next_message(&mut self) -> Option<Result<Value, FrameError>> {
        loop {
            let step = match self.state {
                State::Header { length, started } => self.header(length, started),
                State::Lost => self.lost(),
                State::Body { length, searched } => self.body(length, searched),
                State::Refused { left } => self.refused(left),
                State::Skipped { left } => self.skipped(left),
            };
            match step {
                Step::Found(found) => return Some(found),
                Step::Again => {}
                Step::NeedsMore => {
                    if self.used == self.buffer.len() && self.buffer.capacity() > KEPT_ROOM {
                        (self.buffer, self.used) = (Vec::new(), 0);
                    }
                    return None;
                }
            }
        }
    }

    /// Whether bytes of an unfinished frame are left.
    pub fn is_amid_frame(&self) -> bool {
        self.used < self.buffer.len()
            || !matches!(self.state, State::Header { started: false, length: None } | State::Lost)
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.used..]
    }

    fn header(&mut self, length: Option<usize>, started: bool) -> Step {
        let rest = self.rest();
        let end = memchr::memchr(b'\n', rest);
        if end.unwrap_or(rest.len()) > MAX_LINE {
            // The line stays: its end may be a header.
            return self.lose();
        }
        let Some(end) = end else { return Step::NeedsMore };
        let line = &rest[..end];
        if let Some((start, length)) = length_at_end(line) {
            let follows_garbage = !line[..start].trim_ascii().is_empty();
            self.used += end + 1;
            self.state = State::Header { length: Some(length), started: true };
            return if follows_garbage { Step::Found(Err(FrameError::NoLength)) } else { Step::Again };
        }
        if line.trim_ascii().is_empty() {
            self.used += end + 1;
            match length {
                Some(length) if length > MAX_BODY => self.state = State::Refused { left: length },
                Some(length) => self.state = State::Body { length, searched: 0 },
                None if started => return self.lose(),
                // Blank lines between frames.
                None => {}
            }
            return Step::Again;
        }
        if is_other_header(line) {
            self.used += end + 1;
            self.state = State::Header { length, started: true };
            return Step::Again;
        }
        self.lose()
    }

    /// Reports that here is no frame, once, and drops everything up to the next header.
    fn lose(&mut self) -> Step {
        self.state = State::Lost;
        Step::Found(Err(FrameError::NoLength))
    }

    fn lost(&mut self) -> Step {
        let rest = self.rest();
        let Some(end) = memchr::memchr(b'\n', rest) else {
            // What is left may be the start of a header.
            self.used += rest.len().saturating_sub(LOOK_BACK);
            return Step::NeedsMore;
        };
        if let Some((_, length)) = length_at_end(&rest[..end]) {
            self.state = State::Header { length: Some(length), started: true };
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
                self.state = State::Body { length, searched: here.len() };
                return Step::NeedsMore;
            }
        };
        let body = &here[..end];
        let mut read = parse(body);
        let mut used = end;
        if matches!(read, Err(FrameError::NotJson(_))) {
            // A length that is a little too long reaches into the next header.
            let before = end - header_start_at_end(body);
            if before < end {
                read = parse(&body[..before]).or(read);
                used = before;
            }
        }
        self.used += used;
        self.state = State::default();
        Step::Found(read)
    }

    /// Reports a body that is too long, as soon as enough of it is there to know its id.
    fn refused(&mut self, left: usize) -> Step {
        let rest = self.rest();
        let here = &rest[..rest.len().min(PEEK)];
        let header = find_header(here, 0);
        if header.is_none() && here.len() < PEEK {
            return Step::NeedsMore;
        }
        let id = id_in(&here[..header.unwrap_or(here.len())]);
        self.state = State::Skipped { left };
        Step::Found(Err(FrameError::TooLong(id)))
    }

    fn skipped(&mut self, left: usize) -> Step {
        let rest = self.rest();
        let here = &rest[..rest.len().min(left)];
        if let Some(header) = find_header(here, 0) {
            self.used += header;
            self.state = State::default();
            return Step::Again;
        }
        if here.len() == left {
            self.used += left;
            self.state = State::default();
            return Step::Again;
        }
        // The end may be the start of a header.
        let dropped = here.len().saturating_sub(LOOK_BACK);
        self.used += dropped;
        self.state = State::Skipped { left: left - dropped };
        Step::NeedsMore
    }
}

/// Where the first line starts that names a length, of those that end after `searched`.
fn find_header(bytes: &[u8], searched: usize) -> Option<usize> {
    let mut ends = memchr::memchr_iter(b'\n', &bytes[searched..]);
    ends.find_map(|end| length_at_end(&bytes[..searched + end]).map(|(start, _)| start))
}

/// The `Content-Length: 123` that a line ends with: where it starts, and the length. Text before it is the rest of
/// something that was no frame.
fn length_at_end(line: &[u8]) -> Option<(usize, usize)> {
    let from = line.len().saturating_sub(LOOK_BACK);
    let near = line[from..].trim_ascii_end();
    let digits = near.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let (name, digits) = near.split_at(near.len() - digits);
    let name = name.trim_ascii_end();
    let start = name.len().checked_sub(LENGTH.len())?;
    if !name[start..].eq_ignore_ascii_case(LENGTH) {
        return None;
    }
    // Too many digits for a number are too long, not malformed.
    let length = std::str::from_utf8(digits).ok()?.parse().unwrap_or(usize::MAX);
    Some((from + start, length))
}

/// How many bytes at the end may be the first part of a `Content-Length` line.
fn header_start_at_end(bytes: &[u8]) -> usize {
    let begins = |end: &[u8]| match end.split_at_checked(LENGTH.len()) {
        Some((name, value)) => {
            name.eq_ignore_ascii_case(LENGTH) && value.trim_ascii().iter().all(u8::is_ascii_digit)
        }
        None => end.eq_ignore_ascii_case(&LENGTH[..end.len()]),
    };
    (1..=bytes.len().min(LOOK_BACK)).rev().find(|length| begins(&bytes[bytes.len() - length..])).unwrap_or(0)
}

/// Whether a line is a header that we need not understand, such as `Content-Type`.
fn is_other_header(line: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', line) else { return false };
    let name = &line[..colon];
    let is_token = !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_token && !name.eq_ignore_ascii_case(&LENGTH[..LENGTH.len() - 1])
}

/// A message with its header.
pub fn encode(message: &Value) -> Vec<u8> {
    framed(message.to_string().as_bytes())
}

/// A body with its header.
pub fn framed(body: &[u8]) -> Vec<u8> {
    let mut frame = header(body.len()).into_bytes();
    frame.extend_from_slice(body);
    frame
}

/// The header of a body of this many bytes.
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
    fn a_length_that_is_too_long_loses_nothing() {
        for length in [3, 9, 20, 21, 22, 23, 26, 99] {
            let broken = format!("Content-Length: {length}\r\n\r\n{{}}");
            assert_eq!(all(&[broken.as_bytes(), GOOD, GOOD]), [Ok(json!({})), good(), good()], "{broken}");
        }
        // The words alone are text like any other.
        let text = json!({"text": "Content-Length: 5\r\n\r\nhello", "more": "Content-Length: 5\n"});
        assert_eq!(all(&[&encode(&text), GOOD]), [Ok(text), good()]);
    }

    #[test]
    fn a_refused_frame_keeps_its_id_and_no_memory() {
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

        // A body of the length that was said, with words in it that look like a header.
        let mut frame = format!("Content-Length: {}\r\n\r\n", MAX_BODY + 1).into_bytes();
        frame.extend_from_slice(b"{\"id\":7,\"method\":\"Content-Length: 5\",\"params\":\"");
        frame.resize(frame.len() + MAX_BODY, b'x');
        let header = frame.iter().position(|byte| *byte == b'{').unwrap();
        frame.truncate(header + MAX_BODY + 1);
        assert_eq!(all(&[&frame, GOOD]), [refusal(), good()]);
    }

    #[test]
    fn a_long_line_is_no_header() {
        let long = vec![b'a'; 3 * MAX_LINE];
        let found = all(&[&long, GOOD]);
        assert_eq!(found, [Err(FrameError::NoLength), good()]);
        let mut decoder = Decoder::default();
        for _ in 0..100 {
            decoder.feed(&long);
            while decoder.next_message().is_some() {}
            assert!(decoder.buffer.len() <= 4 * MAX_LINE);
        }
    }

    /// Frames, things that look like frames, and things that do not.
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
            1 => Just(vec![b'x'; MAX_LINE + 1]),
        ]
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same(
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
        fn any_bytes_are_survived(stream in prop::collection::vec(piece(), 0..12)) {
            // Up to 80 bytes may still belong to a body; after them frames are frames again.
            let found = all(&[&stream.concat(), b"\r\n", GOOD, GOOD]);
            prop_assert_eq!(found.last(), Some(&good()));
        }
    }
}
