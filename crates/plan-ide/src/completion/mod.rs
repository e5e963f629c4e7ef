//! Completion. Each provider has its file.

mod sections;

use crate::{Edit, File};

/// All providers.
const PROVIDERS: &[fn(&File, usize) -> Vec<Completion>] = &[sections::sections];

/// Characters after which an editor should ask.
pub const TRIGGERS: &[&str] = &["#"];

/// Something that could be typed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What the list shows.
    pub label: String,
    /// A word beside it: where it comes from.
    pub detail: String,
    /// What accepting it changes; the range holds the cursor and lies on its line.
    pub edit: Edit,
    /// What the typed text is compared with.
    pub filter: String,
}

/// What could be typed at a byte, the best first.
pub fn completions(file: &File, at: usize) -> Vec<Completion> {
    PROVIDERS.iter().flat_map(|provider| provider(file, at)).collect()
}
