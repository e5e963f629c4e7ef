//! Words that settings add to the built-in names of states, phases, tasks and fields.

use plan_model::{Meaning, State, Vocabulary};

/// The meaning of a custom name.
#[derive(Clone, Copy, Debug)]
enum NameMeaning {
    State(State),
    Phase,
    Task,
    Field(Meaning),
}

/// Fields that can have custom names.
const CUSTOM_FIELDS: [Meaning; 16] = [
    Meaning::Status,
    Meaning::Owner,
    Meaning::Author,
    Meaning::Created,
    Meaning::Start,
    Meaning::End,
    Meaning::Updated,
    Meaning::Target,
    Meaning::Due,
    Meaning::Estimate,
    Meaning::Duration,
    Meaning::Priority,
    Meaning::Goal,
    Meaning::DependsOn,
    Meaning::BlockedBy,
    Meaning::Prerequisites,
];

/// A setting for custom names: lists of words by their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomNames {
    /// `state-names`.
    States,
    /// `item-names`.
    Items,
    /// `field-names`.
    Fields,
}

impl CustomNames {
    /// Returns the meanings that the setting supports, as written in settings.
    pub fn keys(self) -> Vec<String> {
        self.kinds().into_iter().map(|(key, _)| key).collect()
    }

    /// Returns the noun for the meaning of a word.
    pub fn noun(self) -> &'static str {
        match self {
            Self::States => "state",
            Self::Items => "kind of item",
            Self::Fields => "field",
        }
    }

    /// Adds the words for `key` to a vocabulary. Returns whether the key is known.
    pub fn add<'a>(
        self,
        vocabulary: &mut Vocabulary,
        key: &str,
        words: impl IntoIterator<Item = &'a str>,
    ) -> bool {
        let Some((_, kind)) = self.kinds().into_iter().find(|(known, _)| known == key) else { return false };
        for word in words {
            match kind {
                NameMeaning::State(state) => vocabulary.add(word, state),
                NameMeaning::Phase => vocabulary.add_phase_noun(word),
                NameMeaning::Task => vocabulary.add_task_noun(word),
                NameMeaning::Field(meaning) => vocabulary.add_key(word, meaning),
            }
        }
        true
    }

    fn kinds(self) -> Vec<(String, NameMeaning)> {
        match self {
            Self::States => State::ALL
                .into_iter()
                .map(|state| (state.name().to_owned(), NameMeaning::State(state)))
                .collect(),
            Self::Items => {
                vec![("phase".to_owned(), NameMeaning::Phase), ("task".to_owned(), NameMeaning::Task)]
            }
            Self::Fields => CUSTOM_FIELDS
                .into_iter()
                .map(|field| (field.name().replace('_', "-"), NameMeaning::Field(field)))
                .collect(),
        }
    }
}
