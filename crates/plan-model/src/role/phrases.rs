//! Finds phrases in titles.

/// Phrases by their first byte, so that a title is compared with few of them.
pub(super) struct PhraseTable {
    phrases: Vec<&'static str>,
    /// Indices of phrases in ascending order.
    by_first_byte: [Vec<u16>; 256],
}

impl PhraseTable {
    pub(super) fn new(phrases: impl IntoIterator<Item = &'static str>) -> Self {
        let mut table = Self { phrases: Vec::new(), by_first_byte: std::array::from_fn(|_| Vec::new()) };
        for phrase in phrases {
            if let Some(first) = phrase.bytes().next() {
                table.by_first_byte[usize::from(first)].push(table.phrases.len() as u16);
            }
            table.phrases.push(phrase);
        }
        table
    }

    /// Iterates over the phrases in a lower-case title: the index of the phrase and its byte offset. A phrase matches at
    /// the start of a word: `review`, not `preview`. Chinese, Japanese and Korean text has no spaces between words, so
    /// its phrases match anywhere.
    pub(super) fn find<'a>(&'a self, title: &'a str) -> impl Iterator<Item = (usize, usize)> + 'a {
        let mut previous = None;
        title.char_indices().flat_map(move |(at, character)| {
            let is_word_start = !previous.replace(character).is_some_and(char::is_alphanumeric);
            let rest = &title.as_bytes()[at..];
            let candidates: &[u16] = match is_word_start || character >= '\u{2e80}' {
                true => &self.by_first_byte[usize::from(rest[0])],
                false => &[],
            };
            let phrases = candidates.iter().map(|index| usize::from(*index));
            let matching = phrases.filter(|index| rest.starts_with(self.phrases[*index].as_bytes()));
            matching.map(move |index| (index, at))
        })
    }
}
