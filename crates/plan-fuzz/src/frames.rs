//! Decodes frames of the base protocol and the JSON in them.

use plansmith::transport::frame::{Decoder, FrameError, encode};
use serde_json::Value;

/// Decodes arbitrary bytes. The messages and errors must not depend on how the bytes are split into chunks.
pub(crate) fn run(bytes: &[u8]) {
    let whole = decoded([bytes]);
    let size = bytes.first().map_or(1, |byte| usize::from(*byte) % 7 + 1);
    assert_eq!(decoded(bytes.chunks(size)), whole, "in chunks of {size}");
    let cut = bytes.len() / 2;
    assert_eq!(decoded([&bytes[..cut], &bytes[cut..]]), whole, "split at {cut}");
    // Encoding a decoded message and decoding it again must not change it.
    for message in whole.into_iter().flatten() {
        let message = without_fractions(message);
        assert_eq!(decoded([encode(&message).as_slice()]), [Ok(message)]);
    }
}

/// Replaces fractional numbers with null. The protocol does not require them to round-trip exactly, and parsing
/// them exactly is slow.
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

fn decoded<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<Result<Value, FrameError>> {
    let mut decoder = Decoder::default();
    let mut found = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk);
        found.extend(std::iter::from_fn(|| decoder.next_message()));
    }
    found
}
