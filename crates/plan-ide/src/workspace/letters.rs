//! Letters of the names that a file defines, for the symbol search.

use plan_model::Summary;
use plan_schema::family::FamilyFacts;

/// Set of the letters in the headings, IDs and titles of a file, ignoring case. The symbol search skips files that lack
/// a letter of the query.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LetterSet(u64);

impl LetterSet {
    /// Maximum number of names that are read. A file with more names is treated as containing all letters.
    const MAX_NAMES: usize = 500;

    pub(crate) fn of(letters: impl Iterator<Item = char>) -> Self {
        let bit = |letter: char| match letter {
            'a'..='z' => letter as u32 - 'a' as u32,
            '0'..='9' => 26 + letter as u32 - '0' as u32,
            '\0'..='\x7f' => 36,
            _ => 37,
        };
        Self(letters.fold(0, |letters, letter| letters | 1 << bit(letter)))
    }

    /// Returns the letters of all names in a file, as compared with a query.
    pub(crate) fn of_names(summary: &Summary, family: Option<&FamilyFacts>) -> Self {
        let items = summary.plan.as_ref().map_or(&[][..], |work| &work.items);
        let requirements = family.map_or(&[][..], |facts| &facts.requirements);
        if summary.headings.len() + items.len() + requirements.len() > Self::MAX_NAMES {
            return Self(u64::MAX);
        }
        let headings = summary.headings.iter().map(|heading| &*heading.text);
        let items = items.iter().flat_map(|item| {
            item.id.as_ref().map(|id| id.as_str()).into_iter().chain(std::iter::once(&*item.title))
        });
        let requirements =
            requirements.iter().flat_map(|requirement| [&*requirement.id, &*requirement.title]);
        Self::of(headings.chain(items).chain(requirements).flat_map(str::chars).map(normalized))
    }

    /// Returns whether all letters of `others` are included.
    pub(crate) fn contains(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }
}

/// Normalizes a letter for comparison.
pub(crate) fn normalized(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}
