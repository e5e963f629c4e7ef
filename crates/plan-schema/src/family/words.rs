//! Words that patterns refer to in braces: `{requirement}` is the word in every language that Plansmith reads.

use std::sync::LazyLock;

use super::line::{PlainLine, folded};

/// A group of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WordGroup {
    /// *Requirement*, singular and plural.
    Requirement,
    /// *Acceptance criteria*.
    AcceptanceCriteria,
    /// *User story*, singular and plural.
    UserStory,
    /// *All*.
    All,
}

impl WordGroup {
    /// Returns the group with this name in patterns.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "requirement" | "requirements" => Some(Self::Requirement),
            "acceptance-criteria" => Some(Self::AcceptanceCriteria),
            "user-story" | "user-stories" => Some(Self::UserStory),
            "all" => Some(Self::All),
            _ => None,
        }
    }

    /// Returns the words of the group. Longer words come before their prefixes.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Requirement => &[
                "requirements",
                "requirement",
                "anforderungen",
                "anforderung",
                "requisitos",
                "requisito",
                "requerimientos",
                "requerimiento",
                "exigences",
                "exigence",
                "requisiti",
                "vereisten",
                "vereiste",
                "eisen",
                "eis",
                "wymagania",
                "wymaganie",
                "gereksinimler",
                "gereksinim",
                "требования",
                "требование",
                "需求",
                "要求",
                "要件",
                "요구사항",
            ],
            Self::AcceptanceCriteria => &[
                "acceptance criteria",
                "acceptance criterion",
                "akzeptanzkriterien",
                "abnahmekriterien",
                "criterios de aceptación",
                "criterios de aceptacion",
                "critérios de aceitação",
                "critérios de aceite",
                "criterios de aceitacao",
                "critères d'acceptation",
                "critères d’acceptation",
                "criteri di accettazione",
                "acceptatiecriteria",
                "kryteria akceptacji",
                "kabul kriterleri",
                "критерии приёмки",
                "критерии приемки",
                "验收标准",
                "验收准则",
                "驗收標準",
                "驗收準則",
                "受け入れ基準",
                "受入基準",
                "受け入れ条件",
                "수용 기준",
                "인수 조건",
                "인수 기준",
            ],
            Self::UserStory => &[
                "user stories",
                "user story",
                "nutzergeschichten",
                "nutzergeschichte",
                "historias de usuario",
                "historia de usuario",
                "histórias de usuário",
                "história de usuário",
                "história de utilizador",
                "récits utilisateur",
                "récit utilisateur",
                "storie utente",
                "storia utente",
                "gebruikersverhaal",
                "historyjka użytkownika",
                "kullanıcı hikâyesi",
                "kullanıcı hikayesi",
                "пользовательская история",
                "用户故事",
                "使用者故事",
                "ユーザーストーリー",
                "사용자 스토리",
            ],
            Self::All => &[
                "all",
                "alle",
                "todos",
                "todas",
                "tous",
                "toutes",
                "tutti",
                "tutte",
                "wszystkie",
                "tümü",
                "hepsi",
                "все",
                "全部",
                "所有",
                "全要件",
                "すべて",
                "全て",
                "모두",
                "전체",
            ],
        }
    }

    /// Returns the words, folded.
    fn folded_words(self) -> &'static FoldedWords {
        static FOLDED_WORDS: [LazyLock<FoldedWords>; 4] = [
            LazyLock::new(|| FoldedWords::new(WordGroup::Requirement)),
            LazyLock::new(|| FoldedWords::new(WordGroup::AcceptanceCriteria)),
            LazyLock::new(|| FoldedWords::new(WordGroup::UserStory)),
            LazyLock::new(|| FoldedWords::new(WordGroup::All)),
        ];
        &FOLDED_WORDS[self as usize]
    }

    /// Returns the offset after a word of the group at an offset. A word of a script with spaces ends there.
    pub fn at(self, line: &PlainLine, at: usize) -> Option<usize> {
        let words = self.folded_words();
        let first = *line.folded.get(at)?;
        words.can_start_with(first).then_some(())?;
        let starts = line.before(at).is_none_or(|c| !c.is_alphanumeric() || !c.is_ascii());
        starts.then_some(())?;
        words.words.iter().filter(|word| word.first() == Some(&first)).find_map(|word| {
            let mut end = at;
            for c in word {
                if *c == ' ' {
                    let next = line.skip_spaces(end);
                    if next == end {
                        return None;
                    }
                    end = next;
                } else if line.folded.get(end)? == c {
                    end += 1;
                } else {
                    return None;
                }
            }
            let last = word.last()?;
            let is_unspaced = !last.is_ascii() && !last.is_lowercase();
            let ends = line.folded.get(end).is_none_or(|c| !c.is_alphabetic());
            (is_unspaced || ends).then_some(end)
        })
    }
}

/// The words of a group, folded like the characters of a line.
struct FoldedWords {
    words: Vec<Vec<char>>,
    /// A bit for each ASCII character that a word starts with.
    ascii_starts: u128,
}

impl FoldedWords {
    fn new(group: WordGroup) -> Self {
        let words: Vec<Vec<char>> =
            group.words().iter().map(|word| word.chars().map(folded).collect()).collect();
        let starts = words.iter().filter_map(|word| word.first()).filter(|c| c.is_ascii());
        let ascii_starts = starts.fold(0, |bits, c| bits | 1 << u32::from(*c));
        Self { words, ascii_starts }
    }

    /// Returns whether a word can start with a character. Fast for ASCII: lines are searched at every character.
    fn can_start_with(&self, c: char) -> bool {
        !c.is_ascii() || self.ascii_starts >> u32::from(c) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_with_the_word() {
        let at = |group: WordGroup, text: &str| group.at(&PlainLine::new(text, 0), 0);
        assert_eq!(at(WordGroup::Requirement, "Requirement 2"), Some(11));
        assert_eq!(at(WordGroup::Requirement, "Requirements: 2"), Some(12));
        assert_eq!(at(WordGroup::Requirement, "需求2"), Some(2));
        assert_eq!(at(WordGroup::All, "allow"), None);
        assert_eq!(at(WordGroup::UserStory, "User  Story 1"), Some(11));
    }
}
