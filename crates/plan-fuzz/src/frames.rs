//! The frames of the base protocol and the JSON in them.

use plansmith::transport::frame::{Decoder, FrameError, encode};
use serde_json::Value;

/// Whatever the bytes, and whatever the pieces in which they come: the same messages and errors.
pub(crate) fn run(bytes: &[u8]) {
    let whole = decoded([bytes]);
    let size = bytes.first().map_or(1, |byte| usize::from(*byte) % 7 + 1);
    assert_eq!(decoded(bytes.chunks(size)), whole, "in pieces of {size}");
    let cut = bytes.len() / 2;
    assert_eq!(decoded([&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
    // What was understood is understood again when we write it.
    for message in whole.into_iter().flatten() {
        let message = without_fractions(message);
        assert_eq!(decoded([encode(&message).as_slice()]), [Ok(message)]);
    }
}

/// A message without numbers that are not whole. The protocol has none that would have to be the same when they come back, and
/// reading them exactly is not worth its time.
fn without_fractions(message: Value) -> Value {
    match message {
        Value::Number(number) if number.is_f64() => Value::Null,
        Value::Array(items) => items.into_iter().map(without_fractions).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, without_fractions(value))).collect()
        }
        other => other,
    }
}

fn decoded<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<Value, FrameError>> {
    let mut decoder = Decoder::default();
    let mut found = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        found.extend(std::iter::from_fn(|| decoder.next_message()));
    }
    found
}
