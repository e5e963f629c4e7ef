//! Nouns for phases and tasks, before or after a number: `Fase 0`, `第一阶段`, `1단계`, `2. Aşama`.

use std::{ops::Range, sync::LazyLock};

use super::{Words, folded, numbers::number};

/// Meaning of a noun before a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Noun<'a> {
    /// A phase, with the word that is used in its ID.
    Phase(&'a str),
    /// A task.
    Task,
    /// A step of instructions or of a plan.
    Step,
}

/// Nouns by language, as [`Words`] describes, with the inflected forms that occur before a number.
const NOUNS: &[(Noun<'static>, &str)] = &[
    // German
    (Noun::Phase("phase"), "Phasen"),
    (Noun::Phase("etappe"), "Etappe(|n)"),
    (Noun::Phase("stufe"), "Stufe(|n)"),
    (Noun::Phase("meilenstein"), "Meilenstein(|e|en|s)"),
    (Noun::Task, "Aufgabe(|n), Arbeitspaket(|e)"),
    (Noun::Step, "Schritt(|e|en)"),
    // Spanish, Portuguese, Italian, Dutch
    (Noun::Phase("fase"), "Fase(|s|n), Fasi"),
    (Noun::Phase("etapa"), "Etapa(|s)"),
    (Noun::Phase("hito"), "Hito(|s)"),
    (Noun::Phase("marco"), "Marco(|s)"),
    (Noun::Phase("tappa"), "Tapp(a|e)"),
    (Noun::Phase("pietra miliare"), "Pietra miliare, Pietre miliari"),
    (Noun::Phase("mijlpaal"), "Mijlpaal, Mijlpalen"),
    (Noun::Task, "Tarea(|s), Tarefa(|s), Attività, Compit(o|i), Taak"),
    (Noun::Step, "Paso(|s), Passo(|s), Passi, Passaggi(o|), Stap, Stappen"),
    // French
    (Noun::Phase("étape"), "Étape(|s)"),
    (Noun::Phase("jalon"), "Jalon(|s)"),
    (Noun::Task, "Tâche(|s)"),
    // Polish
    (Noun::Phase("faza"), "Faz(a|y|ie|ę|ą)"),
    (Noun::Phase("etap"), "Etap(|y|u|ie|em|ów)"),
    (Noun::Phase("kamień milowy"), "Kamień milowy"),
    (Noun::Task, "Zadani(e|a|u|em)"),
    (Noun::Step, "Krok(|i|u)"),
    // Turkish
    (Noun::Phase("faz"), "Faz(|lar)"),
    (Noun::Phase("aşama"), "Aşama(|lar)"),
    (Noun::Phase("evre"), "Evre(|ler)"),
    (Noun::Phase("kilometre taşı"), "Kilometre taşı"),
    (Noun::Task, "Görev(|ler)"),
    (Noun::Step, "Adım(|lar)"),
    // Russian
    (Noun::Phase("этап"), "Этап(|ы|а|у|ов|ом|е)"),
    (Noun::Phase("фаза"), "Фаз(а|ы|е|у|ой)"),
    (Noun::Phase("стадия"), "Стади(я|и)"),
    (Noun::Phase("веха"), "Вех(а|и)"),
    (Noun::Task, "Задач(а|и|е|у|), Задани(е|я)"),
    (Noun::Step, "Шаг(|и|а)"),
    // Chinese
    (Noun::Phase("阶段"), "阶段"),
    (Noun::Phase("階段"), "階段"),
    (Noun::Phase("里程碑"), "里程碑"),
    (Noun::Task, "任务, 任務"),
    (Noun::Step, "步骤, 步驟, 步"),
    // Japanese
    (Noun::Phase("フェーズ"), "フェーズ, フェイズ"),
    (Noun::Phase("段階"), "段階"),
    (Noun::Phase("マイルストーン"), "マイルストーン"),
    (Noun::Task, "タスク, 作業"),
    (Noun::Step, "ステップ, 手順"),
    // Korean
    (Noun::Phase("단계"), "단계"),
    (Noun::Phase("페이즈"), "페이즈"),
    (Noun::Phase("마일스톤"), "마일스톤"),
    (Noun::Task, "작업, 태스크, 과제"),
    (Noun::Step, "스텝"),
];

/// Nouns of scripts without spaces. The following text may be adjacent.
const NOUNS_WITHOUT_SPACES: [(&str, Noun<'static>); 22] = [
    ("阶段", Noun::Phase("阶段")),
    ("階段", Noun::Phase("階段")),
    ("里程碑", Noun::Phase("里程碑")),
    ("任务", Noun::Task),
    ("任務", Noun::Task),
    ("步骤", Noun::Step),
    ("步驟", Noun::Step),
    ("步", Noun::Step),
    ("フェーズ", Noun::Phase("フェーズ")),
    ("フェイズ", Noun::Phase("フェーズ")),
    ("段階", Noun::Phase("段階")),
    ("マイルストーン", Noun::Phase("マイルストーン")),
    ("タスク", Noun::Task),
    ("作業", Noun::Task),
    ("ステップ", Noun::Step),
    ("手順", Noun::Step),
    ("단계", Noun::Phase("단계")),
    ("페이즈", Noun::Phase("페이즈")),
    ("마일스톤", Noun::Phase("마일스톤")),
    ("작업", Noun::Task),
    ("태스크", Noun::Task),
    ("스텝", Noun::Step),
];

static BY_WORD: LazyLock<Words<Noun<'static>>> = LazyLock::new(|| Words::of(NOUNS));

/// Maximum length of the text before a number, in bytes.
const MAX_NOUN_BYTES: usize = 48;

/// Nouns for phases and tasks from settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct CustomNouns {
    nouns: Vec<(String, bool)>,
}

impl CustomNouns {
    /// No nouns.
    pub(crate) const NONE: Self = Self { nouns: Vec::new() };

    /// Adds a noun for phases or for tasks.
    pub(crate) fn add(&mut self, noun: &str, is_phase: bool) {
        let noun = folded(noun.trim());
        if !noun.is_empty() {
            self.nouns.push((noun, is_phase));
        }
    }

    /// Adds other nouns, which take precedence.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.nouns.splice(0..0, other.nouns.iter().cloned());
    }

    /// Returns the meaning of a noun from settings or in one of the languages.
    fn get(&self, text: &str) -> Option<Noun<'_>> {
        let own = (!self.nouns.is_empty()).then(|| folded(text)).and_then(|text| {
            let (noun, is_phase) = self.nouns.iter().find(|(noun, _)| *noun == text)?;
            Some(if *is_phase { Noun::Phase(noun) } else { Noun::Task })
        });
        own.or_else(|| BY_WORD.get(text))
    }
}

/// Returns whether a word is a noun for phases or tasks in a language other than English.
pub(crate) fn has_noun(word: &str) -> bool {
    BY_WORD.get(word).is_some() || NOUNS_WITHOUT_SPACES.iter().any(|(noun, _)| word.contains(noun))
}

/// A noun with its number.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NumberedNoun<'a> {
    /// Meaning of the noun.
    pub(crate) noun: Noun<'a>,
    /// Normalized number.
    pub(crate) number: String,
    /// Byte range of noun and number.
    pub(crate) range: Range<usize>,
    /// Whether a separator must follow, because the text is ambiguous: the number may be a word (`Fase A`), the noun
    /// part of a compound (`2단계 인증`), or the number that of a section (`2. Aşama`).
    pub(crate) needs_separator: bool,
}

/// Returns the noun with a number at the start of a text.
pub(crate) fn numbered_noun<'a>(text: &str, custom: &'a CustomNouns) -> Option<NumberedNoun<'a>> {
    let first = text.chars().next()?;
    if first.is_ascii_alphabetic() {
        let may_be_noun = !custom.nouns.is_empty() || may_be_noun_first(text.as_bytes());
        return if may_be_noun { noun_first(text, custom) } else { None };
    }
    if first.is_ascii() {
        return if may_be_number_first(text.as_bytes()) { number_first(text, 0, custom) } else { None };
    }
    match first {
        // `第3フェーズ`, `제1단계`
        '第' | '제' => number_first(text, first.len_utf8(), custom).or_else(|| noun_first(text, custom)),
        _ if number(text).is_some() => number_first(text, 0, custom),
        _ if first.is_alphabetic() => noun_first(text, custom),
        _ => None,
    }
}

/// Returns whether a text that starts with an ASCII letter may start with a noun and a number. Fast path: most texts
/// start with other words.
fn may_be_noun_first(text: &[u8]) -> bool {
    let word_end = text.iter().take(MAX_NOUN_BYTES).position(|byte| !byte.is_ascii_alphabetic());
    let Some(word_end) = word_end else { return false };
    match (text[word_end], text.get(word_end + 1)) {
        // `Fase 1`, `Tarea n.º 1`, `Pietra miliare 1`, `Kilometre taşı 1`
        (b' ', Some(next)) => {
            !next.is_ascii_lowercase() || *next == b'n' || matches!(text[0], b'P' | b'p' | b'K' | b'k')
        }
        (next, _) => matches!(next, b'#' | b'\t') || !next.is_ascii(),
    }
}

/// Returns whether a text may start with a number and a noun: `2. Aşama`, `1단계`, `1-й этап`. Fast path: most numbers
/// are those of lists and IDs.
fn may_be_number_first(text: &[u8]) -> bool {
    let is_number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    let end = text.iter().take_while(|byte| is_number(byte)).count();
    let starts_with_digit = text.first().is_some_and(u8::is_ascii_digit);
    starts_with_digit
        && text.get(end).is_some_and(|next| match next {
            b' ' => text[end - 1] == b'.',
            b'-' => true,
            next => next.is_ascii_lowercase() || !next.is_ascii(),
        })
}

/// Parses a noun followed by a number: `Fase 0`, `阶段一`.
fn noun_first<'a>(text: &str, custom: &'a CustomNouns) -> Option<NumberedNoun<'a>> {
    let end = noun_end(text)?;
    let before = &text[..end];
    let noun_text = before.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '#' | '№'));
    let noun_text = ["n.º", "nº", "n°", "nr."]
        .into_iter()
        .find_map(|sign| noun_text.strip_suffix(sign)?.strip_suffix(' '))
        .unwrap_or(noun_text);
    let noun = custom.get(noun_text)?;
    let number = number(&text[end..])?;
    let is_spaced = noun_text.len() < before.len();
    let is_unspaced_script =
        noun_text.ends_with(|c: char| matches!(c, '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'));
    if !(is_spaced || is_unspaced_script && !number.is_letter) {
        return None;
    }
    // `任务一直`: an ideographic numeral may be part of a word.
    let is_ideographic = !text[end..].starts_with(|c: char| c.is_ascii()) && !is_spaced;
    Some(NumberedNoun {
        noun,
        range: 0..end + number.length,
        needs_separator: number.is_letter || is_ideographic && noun == Noun::Task,
        number: number.value,
    })
}

/// Returns the offset of the number after the noun at the start of a text.
fn noun_end(text: &str) -> Option<usize> {
    let mut first_word_end = None;
    for (at, character) in text.char_indices() {
        if at > MAX_NOUN_BYTES {
            return None;
        }
        if at > 0 && (character.is_ascii_digit() || !character.is_ascii() && number(&text[at..]).is_some()) {
            return Some(at);
        }
        if character == ' ' && first_word_end.is_none() {
            first_word_end = Some(at);
            // `Fase A`, `Etapa IV`
            if number(&text[at + 1..]).is_some() {
                return Some(at + 1);
            }
        }
        let may_precede_number = character.is_alphabetic()
            || character.is_whitespace()
            || matches!(character, '#' | '№' | '.' | 'º' | '°' | 'ー' | '\u{300}'..='\u{36f}');
        if !may_precede_number {
            return None;
        }
    }
    None
}

/// Parses a number at `start` followed by a noun: `第一阶段`, `1단계`, `2. Aşama`, `1-й этап`.
fn number_first<'a>(text: &str, start: usize, custom: &'a CustomNouns) -> Option<NumberedNoun<'a>> {
    let has_sign = start > 0;
    let start = text.len() - if has_sign { text[start..].trim_start().len() } else { text.len() };
    let number = number(&text[start..]).filter(|number| !number.is_letter)?;
    let after = &text[start + number.length..];
    let rest = after.strip_prefix(' ').filter(|_| has_sign).unwrap_or(after);
    if let Some((word, noun)) = NOUNS_WITHOUT_SPACES.iter().find(|(word, _)| rest.starts_with(word)) {
        let end = text.len() - rest.len() + word.len();
        // `3步` and `5 작업` are quantities.
        let is_name = has_sign || *word == "단계" || *word == "フェーズ";
        return is_name.then_some(NumberedNoun {
            noun: *noun,
            number: number.value,
            range: 0..end,
            needs_separator: !has_sign,
        });
    }
    if has_sign {
        return None;
    }
    const ORDINALS: [&str; 12] =
        [". ", "-й ", "-я ", "-ый ", "-ая ", ".ª ", "ª ", ".º ", "º ", "ère ", "re ", "e "];
    let rest = ORDINALS.into_iter().find_map(|ordinal| after.strip_prefix(ordinal))?;
    let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
    let noun = custom.get(&rest[..length])?;
    let end = text.len() - rest.len() + length;
    Some(NumberedNoun { noun, number: number.value, range: 0..end, needs_separator: true })
}

/// Returns whether a text starts with a noun for steps and a number.
pub(crate) fn is_step(text: &str) -> bool {
    numbered_noun(text, &CustomNouns::NONE).is_some_and(|found| found.noun == Noun::Step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbered_nouns() {
        let read = |text: &str| {
            numbered_noun(text, &CustomNouns::NONE).map(|found| {
                let noun = match found.noun {
                    Noun::Phase(word) => word,
                    Noun::Task => "task",
                    Noun::Step => "step",
                };
                format!("{noun} {} | {}", found.number, &text[found.range.end..])
            })
        };
        for (text, expected) in [
            ("Fase 0 — Seguridad", "fase 0 |  — Seguridad"),
            ("FASES 1 y 2", "fase 1 |  y 2"),
            ("Étape 2 : tests", "étape 2 |  : tests"),
            ("Etape 2", "étape 2 | "),
            ("Etapa IV: fim", "etapa iv | : fim"),
            ("Kamień milowy 3", "kamień milowy 3 | "),
            ("Этап 1. Подготовка", "этап 1 | . Подготовка"),
            ("1-й этап: x", "этап 1 | : x"),
            ("2. Aşama: Test", "aşama 2 | : Test"),
            ("AŞAMA 3", "aşama 3 | "),
            ("阶段一：准备", "阶段 1 | ：准备"),
            ("第一阶段：准备", "阶段 1 | ：准备"),
            ("第 2 阶段", "阶段 2 | "),
            ("第１フェーズ：設計", "フェーズ 1 | ：設計"),
            ("フェーズ２", "フェーズ 2 | "),
            ("1단계: 준비", "단계 1 | : 준비"),
            ("제1단계", "단계 1 | "),
            ("단계 1", "단계 1 | "),
            ("Tarea 1.2: x", "task 1.2 | : x"),
            ("タスク3", "task 3 | "),
            ("Schritt 2: Prüfen", "step 2 | : Prüfen"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "Fase",
            "Fases del proyecto 1",
            "3 tareas",
            "第三方库",
            "任务",
            "步",
            "3步",
            "Phase 1",
            "Task 2",
            "1. Name",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn custom_nouns_take_precedence() {
        let mut custom = CustomNouns::default();
        custom.add("Lieferung", true);
        custom.add("Fase", false);
        let noun = |text: &str| numbered_noun(text, &custom).map(|found| found.noun);
        assert_eq!(noun("Lieferung 2: x"), Some(Noun::Phase("lieferung")));
        assert_eq!(noun("Fase 2: x"), Some(Noun::Task));
        assert_eq!(noun("Etapa 2: x"), Some(Noun::Phase("etapa")));
    }

    #[test]
    fn nouns_without_spaces_are_in_both_tables() {
        for (word, noun) in NOUNS_WITHOUT_SPACES {
            assert_eq!(BY_WORD.get(word), Some(noun), "{word}");
        }
        let is_noun = |word: &str| BY_WORD.get(word) == Some(Noun::Phase(word));
        assert!(NOUNS.iter().all(|(noun, _)| match noun {
            Noun::Phase(word) => *word == "phase" || is_noun(word) && word.len() <= MAX_NOUN_BYTES,
            _ => true,
        }));
    }
}
