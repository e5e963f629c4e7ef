//! A hash that stays the same in all versions of the program.

/// 64-bit FNV-1a hash. Stable across releases, which the standard library does not guarantee for its hashes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    /// Adds a text.
    pub(crate) fn text(&mut self, text: &str) {
        // A separator byte that does not occur in UTF-8 delimits the parts.
        for byte in text.bytes().chain([0xff]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Returns the hash of the texts so far.
    pub(crate) fn value(self) -> u64 {
        self.0
    }
}
