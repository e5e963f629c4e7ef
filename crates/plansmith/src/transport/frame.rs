//! The base protocol: a header with `Content-Length`, an empty line, a JSON body (LSP 3.17, *Base Protocol*).
//!
//! The decoder takes bytes in any pieces and gives messages or errors; it never gives up. After something that is no frame
//! it goes on at the next `Content-Length:`, also when that stands inside a body that turned out to be none.

use serde_json::Value;

/// The longest body that is read, in bytes. Longer ones are skipped without being kept.
pub const MAX_BODY: usize = 64 * 1024 * 1024;

/// The longest header block, in bytes; without an end by then it is no header.
const MAX_HEADER: usize = 8 * 1024;

/// How much of a refused body is looked at for the id of the request.
const PEEK: usize = 512;

const LENGTH: &[u8] = b"content-length:";

/// Why there is no message where one should be.
#[derive(Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The body is no JSON.
    NotJson(String),
    /// The header names no usable length.
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
    /// Something was no frame: skip to the next header.
    lost: bool,
    /// The frame that is being skipped was too long and has not been answered yet.
    refused: bool,
}

impl Decoder {
    /// Adds bytes as they arrive.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.used > 0 {
            self.buffer.drain(..self.used);
            self.used = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message or error; `None` until more bytes arrive.
    pub fn next(&mut self) -> Option<Result<Value, FrameError>> {
        if self.refused {
            return self.refuse();
        }
        loop {
            if self.lost && !self.find_header() {
                return None;
            }
            let rest = &self.buffer[self.used..];
            let Some((header_end, body_start)) = header_end(rest) else {
                if rest.len() <= MAX_HEADER {
                    return None;
                }
                self.lost = true;
                self.used += 1;
                continue;
            };
            let length = content_length(&rest[..header_end]);
            match length {
                Some(length) if length > MAX_BODY => {
                    self.used += body_start;
                    self.refused = true;
                    return self.refuse();
                }
                Some(length) => {
                    let body = rest.get(body_start..body_start + length)?;
                    let read = serde_json::from_slice(body).map_err(|error| FrameError::NotJson(error.to_string()));
                    // What is no body may be so because its length is wrong: the next frame may start within.
                    self.lost = read.is_err();
                    self.used += if self.lost { body_start } else { body_start + length };
                    return Some(read);
                }
                None => {
                    self.used += body_start;
                    self.lost = true;
                    // An empty block is only blank lines between frames.
                    if rest_is_blank(&self.buffer[self.used - body_start..self.used]) {
                        self.lost = false;
                        continue;
                    }
                    return Some(Err(FrameError::NoLength));
                }
            }
        }
    }

    /// Answers a frame that is too long, as soon as enough of it is there to know its id.
    fn refuse(&mut self) -> Option<Result<Value, FrameError>> {
        let rest = &self.buffer[self.used..];
        let next = find_length(rest);
        if rest.len() < PEEK && next.is_none() {
            return None;
        }
        let id = id_in(&rest[..rest.len().min(PEEK).min(next.unwrap_or(usize::MAX))]);
        self.refused = false;
        self.lost = true;
        Some(Err(FrameError::TooLong(id)))
    }

    /// Skips to the next `Content-Length:`. Keeps a tail that may be the start of one.
    fn find_header(&mut self) -> bool {
        let rest = &self.buffer[self.used..];
        match find_length(rest) {
            Some(at) => {
                self.used += at;
                self.lost = false;
                true
            }
            None => {
                self.used += rest.len().saturating_sub(LENGTH.len() - 1);
                false
            }
        }
    }
}

fn rest_is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

/// Where the header block ends and where the body starts.
fn header_end(bytes: &[u8]) -> Option<(usize, usize)> {
    let limit = bytes.len().min(MAX_HEADER + 4);
    let crlf = memchr::memmem::find(&bytes[..limit], b"\r\n\r\n").map(|at| (at, at + 4));
    let lf = memchr::memmem::find(&bytes[..limit], b"\n\n").map(|at| (at, at + 2));
    match (crlf, lf) {
        (Some(crlf), Some(lf)) => Some(if crlf.0 < lf.0 { crlf } else { lf }),
        (crlf, lf) => crlf.or(lf),
    }
}

/// Where the next `Content-Length:` starts, in any case.
fn find_length(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = memchr::memchr2(b'c', b'C', &bytes[from..]).map(|at| from + at) {
        if bytes.get(at..at + LENGTH.len()).is_some_and(|found| found.eq_ignore_ascii_case(LENGTH)) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// The length that a header block names; the last one counts, for what stands before it may be the rest of a broken frame.
fn content_length(header: &[u8]) -> Option<usize> {
    let mut from = 0;
    let mut last = None;
    while let Some(at) = find_length(&header[from..]) {
        from += at + LENGTH.len();
        last = Some(from);
    }
    let value = header[last?..].split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let digits = std::str::from_utf8(value).ok()?.trim();
    // Too many digits for a number are too long, not malformed.
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| digits.parse().unwrap_or(usize::MAX))
}

/// The id of the request whose body starts like this.
fn id_in(start: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(start);
    let after = text.split_once("\"id\"")?.1.trim_start().strip_prefix(':')?.trim_start();
    let end = if let Some(string) = after.strip_prefix('"') {
        string.find('"')? + 2
    } else {
        after.find(|c: char| !c.is_ascii_digit() && c != '-')?
    };
    serde_json::from_str(&after[..end]).ok()
}

/// A message with its header.
pub fn encode(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    let mut frame = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    frame.extend_from_slice(body.as_bytes());
    frame
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
            while let Some(next) = decoder.next() {
                found.push(next);
            }
        }
        found
    }

    const GOOD: &[u8] = b"Content-Length: 8\r\n\r\n{\"id\":1}";

    fn good() -> Result<Value, FrameError> {
        Ok(json!({"id": 1}))
    }

    #[test]
    fn headers_in_every_form() {
        let forms: [&[u8]; 5] = [
            GOOD,
            b"content-length:8\r\n\r\n{\"id\":1}",
            b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 8\r\n\r\n{\"id\":1}",
            b"\r\n\r\nContent-Length: 8\r\n\r\n{\"id\":1}",
            b"Content-Length: 8\n\n{\"id\":1}",
        ];
        for form in forms {
            assert_eq!(all(&[form]), [good()], "{}", String::from_utf8_lossy(form));
        }
    }

    #[test]
    fn the_next_frame_is_always_found() {
        let broken: [&[u8]; 12] = [
            b"garbage",
            b"garbage\r\n\r\n",
            b"Content-Length: -1\r\n\r\n{}",
            b"Content-Length: abc\r\n\r\n{}",
            b"Content-Length: 2\r\n\r\n{}}}}",
            b"Content-Length: 9\r\n\r\n{}",
            b"Content-Length: 99\r\n\r\n{}",
            b"Content-Length: 1000000000\r\n\r\n{\"id\":7,",
            b"Content-Length: 99999999999999999999999\r\n\r\n{}",
            b"Content-Length: 4\r\n\r\n\xff\xfe\xfd\xfc",
            b"Content-Length: 0\r\n\r\n",
            b"Foo: bar\r\n\r\n{}",
        ];
        for broken in broken {
            // Enough of them that a length which promises too much is used up.
            let found = all(&[broken, GOOD, GOOD, GOOD, GOOD]);
            assert_eq!(found.last(), Some(&good()), "{}: {found:?}", String::from_utf8_lossy(broken));
            assert!(found.iter().filter(|next| next.is_ok()).count() >= 4, "{}", String::from_utf8_lossy(broken));
        }
    }

    #[test]
    fn a_refused_frame_keeps_its_id_and_no_memory() {
        let mut decoder = Decoder::default();
        decoder.feed(b"Content-Length: 1000000000\r\n\r\n{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"x\"");
        assert_eq!(decoder.next(), None);
        for _ in 0..1000 {
            decoder.feed(&[b'a'; 4096]);
            while let Some(next) = decoder.next() {
                assert_eq!(next, Err(FrameError::TooLong(Some(json!(7)))));
            }
            assert!(decoder.buffer.len() <= 2 * 4096);
        }
        decoder.feed(GOOD);
        assert_eq!(decoder.next(), Some(good()));
    }

    proptest! {
        #[test]
        fn any_pieces_give_the_same(cuts in prop::collection::vec(0usize..200, 0..8)) {
            let stream = [GOOD, b"junk", GOOD, b"Content-Length: 3\r\n\r\n{]}", GOOD].concat();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts {
                chunks.push(&stream[from..cut]);
                from = cut;
            }
            chunks.push(&stream[from..]);
            prop_assert_eq!(all(&chunks), all(&[&stream]));
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            // What is left of the noise may ask for up to the longest body; this one can't.
            prop_assume!(find_length(&bytes).is_none());
            let found = all(&[&bytes, b"\r\n\r\n", GOOD]);
            prop_assert_eq!(found.last(), Some(&good()));
        }
    }
}
