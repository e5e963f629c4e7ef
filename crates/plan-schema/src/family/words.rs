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
    /// *Validates*.
    Validates,
    /// *Given* or *when*, if *then* follows on the line.
    Given,
    /// *Then*.
    Then,
    /// The first word of a requirement with a condition, *when*, *while*, *where*, *if*, or *the*, if *shall* follows on
    /// the line.
    Condition,
    /// *Shall*.
    Shall,
}

impl WordGroup {
    /// Returns the group with this name in patterns.
    pub fn of(name: &str) -> Option<Self> {
        match name {
            "requirement" | "requirements" => Some(Self::Requirement),
            "acceptance-criteria" => Some(Self::AcceptanceCriteria),
            "user-story" | "user-stories" => Some(Self::UserStory),
            "all" => Some(Self::All),
            "validates" => Some(Self::Validates),
            "given" => Some(Self::Given),
            "condition" => Some(Self::Condition),
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
            Self::Validates => {
                &["validates", "validiert", "valida", "valide", "验证", "驗證", "検証", "검증"]
            }
            Self::Given => &[
                "given",
                "when",
                "angenommen",
                "gegeben",
                "wenn",
                "dado",
                "dada",
                "cuando",
                "quando",
                "étant donné",
                "quand",
                "lorsque",
                "dato",
                "data",
                "gegeven",
                "wanneer",
                "zakładając",
                "gdy",
                "jeżeli",
                "дано",
                "допустим",
                "когда",
                "如果",
                "假如",
                "假設",
                "假设",
                "假定",
                "给定",
                "給定",
                "當",
                "当",
                "前提条件",
                "前提",
                "もし",
                "주어진",
                "조건",
                "전제",
                "만약",
                "만일",
            ],
            Self::Then => &[
                "then",
                "dann",
                "entonces",
                "então",
                "alors",
                "allora",
                "dan",
                "wtedy",
                "то",
                "тогда",
                "那么",
                "那麼",
                "则",
                "則",
                "ならば",
                "そのとき",
                "その時",
                "그러면",
                "그때",
            ],
            Self::Condition => &["when", "while", "where", "if", "the"],
            Self::Shall => &["shall", "must", "should"],
        }
    }

    fn folded_words(self) -> &'static FoldedWords {
        static FOLDED_WORDS: [LazyLock<FoldedWords>; 9] = [
            LazyLock::new(|| FoldedWords::new(WordGroup::Requirement)),
            LazyLock::new(|| FoldedWords::new(WordGroup::AcceptanceCriteria)),
            LazyLock::new(|| FoldedWords::new(WordGroup::UserStory)),
            LazyLock::new(|| FoldedWords::new(WordGroup::All)),
            LazyLock::new(|| FoldedWords::new(WordGroup::Validates)),
            LazyLock::new(|| FoldedWords::new(WordGroup::Given)),
            LazyLock::new(|| FoldedWords::new(WordGroup::Then)),
            LazyLock::new(|| FoldedWords::new(WordGroup::Condition)),
            LazyLock::new(|| FoldedWords::new(WordGroup::Shall)),
        ];
        &FOLDED_WORDS[self as usize]
    }

    /// Returns the end of a word of the group that starts at the offset `at`. The words *given* and conditions must be
    /// followed by *then* or *shall* on the line. A word of a script with spaces is a whole word.
    pub fn at(self, line: &PlainLine, at: usize) -> Option<usize> {
        let end = self.word_at(line, at)?;
        let following = match self {
            Self::Given => Self::Then,
            Self::Condition => Self::Shall,
            _ => return Some(end),
        };
        // A punctuation mark or space is before the word: `规则` is another word.
        let starts = |at: &usize| line.before(*at).is_some_and(|c| !c.is_alphanumeric());
        let mut rest = (end..line.len()).filter(starts);
        rest.any(|at| following.word_at(line, at).is_some()).then_some(end)
    }

    fn word_at(self, line: &PlainLine, at: usize) -> Option<usize> {
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
        assert_eq!(at(WordGroup::Given, "當讀者開啟頁面，則顯示列表"), Some(1));
        assert_eq!(at(WordGroup::Given, "When Ada saves, then a file exists"), Some(4));
        assert_eq!(at(WordGroup::Given, "When Ada saves a file"), None);
        assert_eq!(at(WordGroup::Given, "当前规则"), None);
        assert_eq!(at(WordGroup::Condition, "WHEN Ada saves, the editor SHALL ask"), Some(4));
        assert_eq!(at(WordGroup::Condition, "The editor asks"), None);
        assert_eq!(at(WordGroup::UserStory, "User  Story 1"), Some(11));
    }
}
