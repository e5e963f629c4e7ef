//! Tables of words in languages other than English: states, field keys, nouns before numbers, column titles, and
//! headings of work.
//!
//! A word is recognized only in its position: as a whole value, as a key before a colon, before a number. Case and
//! width are ignored (`ＦＡＳＥ`), and so are accents, which many authors omit: `Etape`, `CONCLUIDO`. An entry that
//! starts with `=` requires its accents, because the word without accents is an ordinary English word.

mod columns;
mod dependencies;
mod fields;
mod nouns;
pub(crate) mod numbers;
mod reasons;
mod sections;
mod states;
pub(crate) mod units;

use std::sync::LazyLock;

use foldhash::HashMap;
use smallvec::SmallVec;
use unicode_normalization::UnicodeNormalization;

pub(crate) use self::{
    dependencies::{DEPENDS_ON, conjunction_length},
    nouns::{CustomNouns, Noun, NumberedNoun, has_noun, is_step, numbered_noun},
    numbers::section_number,
    states::{PREPOSITIONS, REMAINDER_WORDS, has_remainder},
};
use crate::{facts::Column, field::Meaning, state::State};

/// Returns whether the text of an open task, in lower case, gives a reason for its state in a language other than
/// English: the task is optional, out of scope or not necessary.
pub fn names_reason(text: &str) -> bool {
    reasons::TRANSLATED_REASONS.iter().any(|reason| text.contains(reason))
}

/// Words with their meanings.
///
/// An entry of the source table is a list of words for one meaning, separated by commas, with alternative endings in
/// parentheses (`completad(o|a|os|as)`), and with `=` before a word that needs its accents.
struct Words<T> {
    by_word: HashMap<Box<str>, T>,
    /// Length of the longest word in bytes.
    max_bytes: usize,
}

impl<T: Copy> Words<T> {
    fn of(table: &[(T, &str)]) -> Self {
        let mut by_word: HashMap<Box<str>, T> = HashMap::default();
        for (meaning, entry) in table {
            each_word(entry, |word| {
                by_word.entry(word.into()).or_insert(*meaning);
            });
        }
        let max_bytes = by_word.keys().map(|word| word.len()).max().unwrap_or_default();
        Self { by_word, max_bytes }
    }

    /// Returns the meaning of a word or phrase.
    fn get(&self, text: &str) -> Option<T> {
        // Accents and full-width letters take up to three times the bytes of their folded form.
        if text.is_empty() || text.len() > 3 * self.max_bytes {
            return None;
        }
        if text.is_ascii() {
            return self.get_ascii(text);
        }
        let exact = || self.by_word.get(&*with_accents(text)).copied();
        self.by_word.get(&*folded(text)).copied().or_else(exact)
    }

    /// Returns the meaning of an ASCII word or phrase. Does not allocate for short texts, because it is called for
    /// most keys and cells.
    fn get_ascii(&self, text: &str) -> Option<T> {
        let mut normalized: SmallVec<[u8; 64]> = SmallVec::new();
        for word in text.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_')) {
            if normalized.len() + word.len() > self.max_bytes {
                return None;
            }
            if !word.is_empty() && !normalized.is_empty() {
                normalized.push(b' ');
            }
            normalized.extend(word.bytes().map(|byte| byte.to_ascii_lowercase()));
        }
        self.by_word.get(std::str::from_utf8(&normalized).ok()?).copied()
    }
}

impl<T: Copy> Words<T> {
    /// Returns the meaning of a word or phrase in lower case, with one space between words. Does not allocate for ASCII
    /// text.
    fn get_normalized(&self, text: &str) -> Option<T> {
        if text.is_ascii() { self.by_word.get(text).copied() } else { self.get(text) }
    }
}

/// Calls `add` with each word of a table entry, normalized for comparison.
fn each_word(entry: &str, mut add: impl FnMut(String)) {
    for word in entry.split(", ") {
        let (word, needs_accents) = word.strip_prefix('=').map_or((word, false), |word| (word, true));
        let compared = |word: &str| if needs_accents { with_accents(word) } else { folded(word) };
        match word.split_once('(').and_then(|(stem, rest)| Some((stem, rest.split_once(')')?))) {
            Some((stem, (endings, rest))) => {
                endings.split('|').for_each(|ending| add(compared(&format!("{stem}{ending}{rest}"))));
            }
            None => add(compared(word)),
        }
    }
}

/// Normalizes a text for comparison: lower case, narrow, without accents, with one space for whitespace, hyphens and
/// underscores.
pub(crate) fn folded(text: &str) -> String {
    let is_accent = |c: &char| matches!(c, '\u{300}'..='\u{36f}');
    if text.is_ascii() { normalized(text.chars()) } else { normalized(text.nfkd().filter(|c| !is_accent(c))) }
}

/// Normalizes a text like [`folded`], but keeps its accents.
fn with_accents(text: &str) -> String {
    normalized(text.nfc())
}

fn normalized(characters: impl Iterator<Item = char>) -> String {
    let mut text = String::new();
    let mut pending_space = false;
    for character in characters {
        if character.is_whitespace() || matches!(character, '-' | '_') {
            pending_space = !text.is_empty();
            continue;
        }
        if std::mem::take(&mut pending_space) {
            text.push(' ');
        }
        match character {
            'ı' => text.push('i'),
            'ł' | 'Ł' => text.push('l'),
            '’' => text.push('\''),
            other => text.extend(other.to_lowercase()),
        }
    }
    text
}

static STATE_TABLE: LazyLock<Words<State>> = LazyLock::new(|| Words::of(states::STATES));
static FIELD_TABLE: LazyLock<Words<Meaning>> = LazyLock::new(|| Words::of(fields::FIELDS));
static COLUMN_TABLE: LazyLock<Words<Column>> = LazyLock::new(|| Words::of(columns::COLUMNS));
static TOTAL_TABLE: LazyLock<Words<()>> = LazyLock::new(|| Words::of(columns::TOTALS));
static TITLE_TABLE: LazyLock<Words<()>> = LazyLock::new(|| Words::of(sections::PLAN_TITLES));

/// Returns the state that a word or phrase represents, in lower case and with one space between words.
pub(crate) fn state(words: &str) -> Option<State> {
    STATE_TABLE.get_normalized(words)
}

/// Returns whether the text after a name only marks it as done: `Fase 1 completada`, `阶段一完成后`.
pub(crate) fn is_completion(text: &str) -> bool {
    let text = text.trim_matches(|c: char| !c.is_alphanumeric());
    let text = text.strip_suffix(['后', '後']).unwrap_or(text);
    STATE_TABLE.get(text) == Some(State::Done)
}

/// Returns the meaning of a field key.
pub(crate) fn field(key: &str) -> Option<Meaning> {
    FIELD_TABLE.get(key)
}

/// Returns the meaning of an ASCII key in lower case, with one space between words. Does not allocate.
pub(crate) fn ascii_field(key: &str) -> Option<Meaning> {
    FIELD_TABLE.get_normalized(key)
}

/// Returns the kind of a column with this title.
pub(crate) fn column(title: &str) -> Option<Column> {
    COLUMN_TABLE.get(title)
}

/// Returns whether a text in lower case starts with a time that counts from the start of a plan: `días 1-7`, `第1周`,
/// `1주차`.
pub(crate) fn is_time(text: &str) -> bool {
    const UNITS: [&str; 25] = [
        "woche",
        "tag",
        "monat",
        "semana",
        "día",
        "dia",
        "mes",
        "mês",
        "semaine",
        "jour",
        "mois",
        "settiman",
        "giorn",
        "weken",
        "dagen",
        "maand",
        "tydzień",
        "tygodn",
        "dni ",
        "hafta",
        "gün",
        "недел",
        "день",
        "дни",
        "месяц",
    ];
    if UNITS.iter().any(|unit| text.starts_with(unit)) {
        return text.bytes().any(|byte| byte.is_ascii_digit());
    }
    let rest = text.strip_prefix(['第', '제']).unwrap_or(text);
    let units = rest.trim_start_matches(|c: char| {
        c.is_ascii_digit() || matches!(c, '-' | '–' | '~' | '～' | '〜' | '至' | ' ' | '一'..='十')
    });
    let has_number = units.len() < rest.len();
    has_number
        && ["周", "週", "天", "日", "个月", "個月", "ヶ月", "か月", "月", "주", "일", "개월"]
            .iter()
            .any(|unit| units.starts_with(unit))
}

/// Returns whether the first cell of a row marks the row as a total.
pub(crate) fn is_total(title: &str) -> bool {
    TOTAL_TABLE.get(title).is_some()
}

/// Returns whether a title starts or ends with a name for plans: `Plan de trabajo: …`, `订单服务开发计划`.
pub(crate) fn is_plan_title(title: &str) -> bool {
    let title = folded(title);
    let is_word_end = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    let is_word_start = |before: &str| !before.ends_with(char::is_alphanumeric);
    TITLE_TABLE.by_word.keys().any(|name| {
        let starts = title.strip_prefix(&**name).is_some_and(|rest| !name.is_ascii() || is_word_end(rest));
        let ends = || title.strip_suffix(&**name).is_some_and(|rest| !name.is_ascii() || is_word_start(rest));
        starts || ends()
    })
}

/// Returns whether the title of a section, in lower case, marks its content as work: `Aufgaben`, `任务清单`.
pub(crate) fn is_work_title(title: &str) -> bool {
    static WORK_TABLE: LazyLock<Words<()>> = LazyLock::new(|| Words::of(sections::WORK));
    if !title.is_ascii() && sections::WORK_ANYWHERE.iter().any(|word| title.contains(word)) {
        return true;
    }
    title.split(|c: char| !c.is_alphanumeric()).any(|word| WORK_TABLE.get_normalized(word).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_case_accents_and_width() {
        for done in
            ["concluído", "CONCLUIDO", "Concluídas", "conclui\u{301}do", "TERMINÉE", "已完成", "完了", "완료"]
        {
            assert_eq!(STATE_TABLE.get(done), Some(State::Done), "{done}");
        }
        assert_eq!(STATE_TABLE.get("İPTAL"), Some(State::Cancelled));
        assert_eq!(state("yapilacak"), Some(State::Open));
        assert_eq!(state("завершён"), state("завершен"));
        assert_eq!(field("ＳＴＡＴＵＴ"), Some(Meaning::Status));
        assert_eq!(field("fecha_de_creacion"), Some(Meaning::Created));
    }

    #[test]
    fn english_words_are_not_words_of_other_languages() {
        for word in
            ["commence", "realise", "finite", "livre", "fine", "taken", "data", "note", "plan", "total"]
        {
            assert_eq!(state(word), None, "{word}");
            assert_eq!(field(word), None, "{word}");
        }
        assert_eq!(state("commencé"), Some(State::Active));
        assert_eq!(STATE_TABLE.get("RÉALISÉE"), Some(State::Done));
        assert_eq!(column("Data"), None);
    }

    #[test]
    fn titles_of_plans_and_of_work() {
        for title in [
            "Plan de trabajo",
            "Umsetzungsplan: Suche",
            "订单服务开发计划",
            "План работ — поиск",
            "検索の実装計画",
        ] {
            assert!(is_plan_title(title), "{title}");
        }
        assert!(!is_plan_title("Projektplanung im Überblick"));
        assert!(is_work_title("3. aufgaben"));
        assert!(is_work_title("任务清单"));
        assert!(!is_work_title("tasks taken over"));
    }
}
