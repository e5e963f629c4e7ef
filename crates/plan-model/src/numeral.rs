//! Numerals of phases and tasks that are not ASCII digits: `IV`, `B`, `三`, `３`, `③`.

use std::ops::Range;

use crate::words::numbers;

/// Written form of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumeralNotation {
    /// `4`
    Digits,
    /// `４`
    FullWidth,
    /// `④`
    Circled,
    /// `四`
    Ideographic,
    /// `IV`
    Roman,
    /// `D`
    Letter,
}

impl NumeralNotation {
    /// Writes a number, letters in upper case. `None` if it is too large for the notation.
    pub fn write(self, number: u32) -> Option<String> {
        const IDEOGRAPHS: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
        match self {
            Self::Digits => Some(number.to_string()),
            Self::FullWidth => {
                let digits = number.to_string();
                digits.bytes().map(|digit| char::from_u32('０' as u32 + u32::from(digit - b'0'))).collect()
            }
            Self::Circled => {
                (1..=20).contains(&number).then(|| char::from_u32('①' as u32 + number - 1))?.map(String::from)
            }
            Self::Ideographic if number < 10 => Some(IDEOGRAPHS[number as usize].to_owned()),
            Self::Ideographic if number < 100 => {
                let (tens, ones) = (number / 10, number % 10);
                let tens = if tens == 1 { "" } else { IDEOGRAPHS[tens as usize] };
                let ones = if ones == 0 { "" } else { IDEOGRAPHS[ones as usize] };
                Some(format!("{tens}十{ones}"))
            }
            Self::Ideographic => None,
            Self::Roman if (1..40).contains(&number) => {
                const ONES: [&str; 10] = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
                Some("X".repeat(number as usize / 10) + ONES[number as usize % 10])
            }
            Self::Letter if (1..27).contains(&number) => {
                char::from_u32('A' as u32 + number - 1).map(String::from)
            }
            Self::Roman | Self::Letter => None,
        }
    }
}

/// Returns the value and the notation of the number in a phase ID: `12`, `iv`, `b`. A single letter is a Roman numeral
/// if `is_roman` is true.
pub fn value(number: &str, is_roman: bool) -> Option<(u32, NumeralNotation)> {
    if let Ok(value) = number.parse() {
        return Some((value, NumeralNotation::Digits));
    }
    let is_word = number.bytes().all(|byte| byte.is_ascii_alphabetic());
    match number.as_bytes() {
        _ if !is_word => None,
        [letter] if !is_roman => {
            Some((u32::from(letter.to_ascii_lowercase() - b'a') + 1, NumeralNotation::Letter))
        }
        _ => {
            let upper = number.to_ascii_uppercase();
            let value =
                (1..40).find(|value| NumeralNotation::Roman.write(*value).as_deref() == Some(&*upper))?;
            Some((value, NumeralNotation::Roman))
        }
    }
}

/// Returns whether the number in a phase's ID can only be a Roman numeral: `ii`, but not `i`.
pub fn is_roman(number: &str) -> bool {
    number.len() > 1 && matches!(value(number, true), Some((_, NumeralNotation::Roman)))
}

/// Returns range and notation of the first numeral in a phase or task name that is not written in ASCII digits:
/// `第一阶段`, `Etapa IV`.
pub fn find(name: &str) -> Option<(Range<usize>, NumeralNotation)> {
    let mut after_letter = false;
    for (at, first) in name.char_indices() {
        let rest = &name[at..];
        let notation = match first {
            '０'..='９' => NumeralNotation::FullWidth,
            '①'..='⑳' => NumeralNotation::Circled,
            _ if !first.is_ascii() => NumeralNotation::Ideographic,
            _ if first.is_ascii_alphabetic() && !after_letter => NumeralNotation::Roman,
            _ => {
                after_letter = first.is_alphanumeric();
                continue;
            }
        };
        after_letter = first.is_alphanumeric();
        if notation == NumeralNotation::Roman {
            // A letter is a numeral only at the end: `Phase B`.
            let is_numeral = at > 0 && (rest.len() == 1 || rest.len() < 5 && is_roman(rest));
            let notation = if rest.len() == 1 { NumeralNotation::Letter } else { NumeralNotation::Roman };
            if is_numeral {
                return Some((at..name.len(), notation));
            }
        } else if let Some(length) = numbers::length(rest) {
            return Some((at..at + length, notation));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_written_as_they_are_read() {
        for (name, next) in [
            ("第一阶段", "第十二阶段"),
            ("阶段三", "阶段十二"),
            ("第１フェーズ", "第１２フェーズ"),
            ("阶段③", "阶段⑫"),
            ("Etapa IV", "Etapa XII"),
            ("Phase B", "Phase L"),
        ] {
            let (range, notation) = find(name).unwrap();
            let mut written = name.to_owned();
            written.replace_range(range, &notation.write(12).unwrap());
            assert_eq!(written, next, "{name}");
        }
        assert_eq!(find("Phase 2"), None);
        assert_eq!(find("Etapa"), None);
    }

    #[test]
    fn values() {
        assert_eq!(value("12", false), Some((12, NumeralNotation::Digits)));
        assert_eq!(value("i", false), Some((9, NumeralNotation::Letter)));
        assert_eq!(value("i", true), Some((1, NumeralNotation::Roman)));
        assert_eq!(value("xiv", false), Some((14, NumeralNotation::Roman)));
        assert_eq!(value("4b", false), None);
        assert!(is_roman("ii") && !is_roman("i") && !is_roman("ab"));
    }
}
