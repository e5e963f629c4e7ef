//! Durations, stated progress and amounts of money.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{
    ascii::contains,
    patterns::regex,
    words::{
        has_noun,
        units::{DAYS, HOURS, MONTH_UNITS, WEEKS},
    },
};

/// A duration or effort, possibly a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Duration {
    /// Lower end of the range.
    pub min: f64,
    /// Upper end of the range; equal to `min` for a single number.
    pub max: f64,
    /// Unit of both ends.
    pub unit: DurationUnit,
    /// Byte range in the text.
    pub range: Range<usize>,
}

/// Units of durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are self-explanatory")]
pub enum DurationUnit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

impl DurationUnit {
    /// Returns the number of working hours: a day has 8 hours, a week 5 days, a month 21 days.
    fn hours(self) -> f64 {
        match self {
            Self::Minute => 1.0 / 60.0,
            Self::Hour => 1.0,
            Self::Day => 8.0,
            Self::Week => 40.0,
            Self::Month => 168.0,
        }
    }
}

impl Duration {
    /// Returns the maximum in working hours: a day has 8 hours, a week 5 days, a month 21 days.
    pub fn hours(&self) -> f64 {
        self.max * self.unit.hours()
    }
}

static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?xi)(?:^|[\s(~≈<>=:\[*,（：約约])(?<whole>(?<min>\d+(?:[.,]\d+)?)(?:\s*(?:-|–|—|to|~|～|〜|至|bis|à)\s*(?<max>\d+(?:[.,]\d+)?))?(?:-|\s*\+?\s*)
        (?<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mo
          |(?<hours>{HOURS})|(?<days>{DAYS})|(?<weeks>{WEEKS})|(?<months>{MONTH_UNITS})))(?:[^\w]|$)",
    ))
});

/// Between two durations of a range: `4 hours - 2 days`.
static RANGE_SEPARATOR: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)^\s*(?:-|–|—|to|~|～|〜|至|bis|à)\s*\d"));

/// Between two durations that are added: `1d 4h`.
static SUM_SEPARATOR: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)^\s+(?:(?:and|\+|und|et|y|e)\s+)?\d"));

/// A duration whose number is a word, and nothing else: `half a day`, `two weeks`.
static WORD_DURATION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)^[\s~(]*(?:(?:about|around|approx\.?|at\ most|up\ to)\ )?
          (?<whole>(?:(?:a\ )?half(?:\ an?)?|(?<number>an?|one|two|three|four|five|six))[\ -]
          (?:(?<minute>minutes?)|(?<hour>hours?)|(?<day>(?:working\ )?days?)|(?<week>weeks?)|(?<month>months?)))[\s).]*$",
    )
});

/// Returns the first duration in a text: `3d`, `2 days`, `1-2 weeks`, `~3 hours`, `4 hours - 2 days`, `1d 4h`. A text can
/// also consist of a duration in words: `half a day`.
pub fn duration(text: &str) -> Option<Duration> {
    // Cheap check, because most texts contain no number.
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return (text.len() <= MAX_WORD_DURATION_BYTES).then(|| word_duration(text)).flatten();
    }
    let first = single_duration(text)?;
    // The second number of a range, or the rest of a sum, starts where the separator ends.
    let rest = &text[first.range.end..];
    let after = |separator: &Regex| {
        let start = first.range.end + separator.find(rest)?.end() - 1;
        let found = single_duration(&text[start..]).filter(|found| found.range.start == 0)?;
        Some(Duration { range: first.range.start..start + found.range.end, ..found })
    };
    if let Some(last) = after(&RANGE_SEPARATOR).filter(|last| first.hours() <= last.hours()) {
        let min = first.min * first.unit.hours() / last.unit.hours();
        return Some(Duration { min, ..last });
    }
    if let Some(more) = after(&SUM_SEPARATOR).filter(|more| more.unit < first.unit) {
        let scale = more.unit.hours() / first.unit.hours();
        let (min, max) = (first.min + more.min * scale, first.max + more.max * scale);
        return Some(Duration { min, max, unit: first.unit, range: more.range });
    }
    Some(first)
}

/// Maximum number of bytes of a duration in words.
const MAX_WORD_DURATION_BYTES: usize = 40;

/// Returns the duration that a text consists of, in words.
fn word_duration(text: &str) -> Option<Duration> {
    let captures = WORD_DURATION.captures(text)?;
    let units = [
        ("minute", DurationUnit::Minute),
        ("hour", DurationUnit::Hour),
        ("day", DurationUnit::Day),
        ("week", DurationUnit::Week),
        ("month", DurationUnit::Month),
    ];
    let (_, unit) = units.into_iter().find(|(name, _)| captures.name(name).is_some())?;
    let number = match captures.name("number").map(|number| number.as_str().to_ascii_lowercase()) {
        None => 0.5,
        Some(word) => match word.as_str() {
            "two" => 2.0,
            "three" => 3.0,
            "four" => 4.0,
            "five" => 5.0,
            "six" => 6.0,
            _ => 1.0,
        },
    };
    Some(Duration { min: number, max: number, unit, range: captures.name("whole")?.range() })
}

/// Returns the first number or range of numbers with a unit.
fn single_duration(text: &str) -> Option<Duration> {
    let captures = DURATION.captures(text)?;
    let number =
        |name: &str| captures.name(name).and_then(|group| group.as_str().replace(',', ".").parse().ok());
    let min = number("min")?;
    let unit = match captures.name("unit")?.as_str().to_ascii_lowercase().as_str() {
        "h" | "hr" | "hrs" | "hour" | "hours" => DurationUnit::Hour,
        "d" | "day" | "days" => DurationUnit::Day,
        "w" | "wk" | "wks" | "week" | "weeks" => DurationUnit::Week,
        "mo" | "month" | "months" => DurationUnit::Month,
        _ if captures.name("hours").is_some() => DurationUnit::Hour,
        _ if captures.name("days").is_some() => DurationUnit::Day,
        _ if captures.name("weeks").is_some() => DurationUnit::Week,
        _ if captures.name("months").is_some() => DurationUnit::Month,
        _ => DurationUnit::Minute,
    };
    Some(Duration { min, max: number("max").unwrap_or(min), unit, range: captures.name("whole")?.range() })
}

/// Progress stated in a text.
#[derive(Clone, Debug, PartialEq)]
pub enum ProgressValue {
    /// `85% complete`, `Completion: 40%`.
    Percent(f64),
    /// `12/40 tasks`, `12 of 40 tasks`.
    Fraction {
        /// Number of done tasks.
        done: usize,
        /// Number of all tasks.
        total: usize,
    },
    /// `Total tasks: 40`.
    Total(usize),
}

static PROGRESS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)
          \b(?<done>\d{1,5})\s*(?:/|of|out\ of)\s*(?<all>\d{1,5})\s*(?:tasks|boxes|items|checkboxes|steps)
        | \btotal\s+(?:tasks|boxes|items)\**\s*:\**\s*(?<total>\d{1,5})\b
        | (?<percent>\d{1,3}(?:\.\d+)?)\s*%\]?\s*(?:complete[d]?|done|overall|finished)
        | \b(?:completion|overall(?:\s+progress)?|progress)\**\s*:\**\s*\[?(?<done2>\d{1,5})\s*(?:/|of|out\ of)\s*(?<all2>\d{1,5})\b(?:\s*(?:tasks|boxes|items|checkboxes|steps)\b)?
        | \b(?:completion|overall(?:\s+progress)?|progress)\**\s*:\**\s*\[?(?<percent2>\d{1,3}(?:\.\d+)?)\s*%",
    )
});

/// Words that may follow a progress value: nouns for its unit, and words for its completion.
const WORDS_AFTER_PROGRESS: [&str; 33] = [
    "task",
    "tasks",
    "subtask",
    "subtasks",
    "step",
    "steps",
    "item",
    "items",
    "phase",
    "phases",
    "box",
    "boxes",
    "checkbox",
    "checkboxes",
    "todo",
    "todos",
    "complete",
    "completed",
    "done",
    "finished",
    "overall",
    "of",
    "so",
    "and",
    "as",
    "at",
    "on",
    "total",
    "but",
    "by",
    "in",
    "now",
    "with",
];

/// Returns whether the text after a progress value names a unit other than tasks: `18/18 tests passing`.
pub fn has_other_unit(after: &str) -> bool {
    let after = after.trim_start_matches([' ', '*', '_', '(', ')', ']']);
    let word = after.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    !word.is_empty()
        && !WORDS_AFTER_PROGRESS.iter().any(|known| word.eq_ignore_ascii_case(known))
        && !has_noun(word)
}

/// Returns whether [`PROGRESS`] may match: every alternative contains a number next to a symbol or a word.
fn may_state_progress(text: &str) -> bool {
    let bytes = text.as_bytes();
    let follows_digit = |at: usize| text[..at].trim_end().ends_with(|c: char| c.is_ascii_digit());
    memchr::memchr2_iter(b'%', b'/', bytes).any(follows_digit)
        || bytes.iter().any(u8::is_ascii_digit) && (contains(text, "of") || contains(text, "total"))
}

/// Returns the progress values in a text, each with its byte range.
pub fn progress_values(text: &str) -> Vec<(Range<usize>, ProgressValue)> {
    if !may_state_progress(text) {
        return Vec::new();
    }
    let cookie = progress_cookie(text);
    // The percentage in `7/8 tasks (87%)` repeats the value before it.
    if let Some((range, value)) = &cookie
        && !(matches!(value, ProgressValue::Percent(_)) && PROGRESS.is_match(&text[..range.start]))
    {
        return cookie.into_iter().collect();
    }
    PROGRESS
        .captures_iter(text)
        .filter_map(|captures| {
            let count = |name: &str| captures.name(name).and_then(|group| group.as_str().parse().ok());
            let value = if let Some(done) = count("done").or_else(|| count("done2")) {
                ProgressValue::Fraction { done, total: count("all").or_else(|| count("all2"))? }
            } else if let Some(total) = count("total") {
                ProgressValue::Total(total)
            } else {
                let percent = captures.name("percent").or_else(|| captures.name("percent2"))?;
                ProgressValue::Percent(percent.as_str().parse().ok()?)
            };
            let whole = captures.get(0)?.range();
            let number = captures.name("all2").or_else(|| captures.name("percent2"));
            if number
                .is_some_and(|number| has_other_unit(text[number.end()..].trim_start_matches(['%', ' '])))
            {
                return None;
            }
            Some((captures.name("done2").map_or(whole.start, |done| done.start())..whole.end, value))
        })
        .collect()
}

/// Returns the progress in brackets at the end of a text: `[2/5]`, `(2/5)`, `[40%]`.
fn progress_cookie(text: &str) -> Option<(Range<usize>, ProgressValue)> {
    let trimmed = text.trim_end();
    let open = match trimmed.as_bytes().last()? {
        b']' => trimmed.rfind('[')?,
        b')' => trimmed.rfind('(')?,
        _ => return None,
    };
    let is_separate = trimmed[..open].ends_with(' ') && !trimmed[..open].trim().is_empty();
    let inside = &trimmed[open + 1..trimmed.len() - 1];
    let value = match inside.split_once('/') {
        Some((done, total)) => {
            ProgressValue::Fraction { done: done.trim().parse().ok()?, total: total.trim().parse().ok()? }
        }
        None => ProgressValue::Percent(inside.strip_suffix('%')?.trim().parse().ok()?),
    };
    is_separate.then_some((open..trimmed.len(), value))
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// Currency as written: `$`, `€`, `EUR`.
    pub currency: String,
    /// Number without its currency: 5000 for `$5k`.
    pub value: f64,
    /// Unit of a rate: `month` of `$500/month`.
    pub per: Option<String>,
    /// Byte range in the text.
    pub range: Range<usize>,
}

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)(?: (?<sign>[$€£¥]|USD\ |EUR\ |GBP\ )\s?(?<value>\d[\d,]*(?:\.\d+)?)(?<scale>[kKM])?
            | (?<value2>\d[\d,]*(?:\.\d+)?)(?<scale2>[kKM])?\s?(?<sign2>€|£|USD|EUR|GBP)\b? )
          (?:\s?(?:/|per\ )\s?(?<per>month|year|week|day|hour|mo|yr|user))?",
    )
});

/// Returns the first amount in a text.
pub fn amount(text: &str) -> Option<Amount> {
    let captures = AMOUNT.captures(text)?;
    let either = |a: &str, b: &str| captures.name(a).or_else(|| captures.name(b));
    let value: f64 = either("value", "value2")?.as_str().replace(',', "").parse().ok()?;
    let scale = match either("scale", "scale2").map(|scale| scale.as_str()) {
        Some("M") => 1_000_000.0,
        Some(_) => 1_000.0,
        None => 1.0,
    };
    Some(Amount {
        currency: either("sign", "sign2")?.as_str().trim().to_owned(),
        value: value * scale,
        per: captures.name("per").map(|per| per.as_str().to_owned()),
        range: captures.get(0)?.range(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let parsed = |text: &str| duration(text).map(|found| (found.min, found.max, found.unit));
        assert_eq!(parsed("3d"), Some((3.0, 3.0, DurationUnit::Day)));
        assert_eq!(parsed("2 days"), Some((2.0, 2.0, DurationUnit::Day)));
        assert_eq!(parsed("4h"), Some((4.0, 4.0, DurationUnit::Hour)));
        assert_eq!(parsed("1-2 weeks"), Some((1.0, 2.0, DurationUnit::Week)));
        assert_eq!(parsed("~3 hours"), Some((3.0, 3.0, DurationUnit::Hour)));
        assert_eq!(parsed("1-2d"), Some((1.0, 2.0, DurationUnit::Day)));
        assert_eq!(parsed("4 hours - 2 days"), Some((0.5, 2.0, DurationUnit::Day)));
        assert_eq!(parsed("2 days to 1 week"), Some((0.4, 1.0, DurationUnit::Week)));
        assert_eq!(parsed("3d–5d (maybe)"), Some((3.0, 5.0, DurationUnit::Day)));
        assert_eq!(parsed("2 days - 4 hours"), Some((2.0, 2.0, DurationUnit::Day)));
        assert_eq!(parsed("1d 4h"), Some((1.5, 1.5, DurationUnit::Day)));
        assert_eq!(parsed("2 hours and 30 minutes"), Some((2.5, 2.5, DurationUnit::Hour)));
        assert_eq!(parsed("4h 2 days"), Some((4.0, 4.0, DurationUnit::Hour)));
        assert_eq!(duration("~1d 4h of work").map(|found| found.range), Some(1..6));
        assert_eq!(parsed("half a day"), Some((0.5, 0.5, DurationUnit::Day)));
        assert_eq!(parsed("~ half an hour"), Some((0.5, 0.5, DurationUnit::Hour)));
        assert_eq!(parsed("Two weeks"), Some((2.0, 2.0, DurationUnit::Week)));
        assert_eq!(parsed("a day at the beach"), None);
        assert_eq!(parsed("(Estimated: 1.5 days)"), Some((1.5, 1.5, DurationUnit::Day)));
        assert_eq!(parsed("3 días"), Some((3.0, 3.0, DurationUnit::Day)));
        assert_eq!(parsed("2–3 Wochen"), Some((2.0, 3.0, DurationUnit::Week)));
        assert_eq!(parsed("约 4 小时"), Some((4.0, 4.0, DurationUnit::Hour)));
        assert_eq!(parsed("1週間"), Some((1.0, 1.0, DurationUnit::Week)));
        assert_eq!(parsed("2 개월"), Some((2.0, 2.0, DurationUnit::Month)));
        assert_eq!(parsed("6月3日"), None);
        assert_eq!(parsed("28dd"), None);
        assert_eq!(parsed("[X hours]"), None);
        assert_eq!(duration("2 days").map(|found| found.hours()), Some(16.0));
    }

    #[test]
    fn stated_progress() {
        let parsed = |text: &str| progress_values(text).into_iter().map(|(_, value)| value).next();
        assert_eq!(parsed("85% complete"), Some(ProgressValue::Percent(85.0)));
        assert_eq!(parsed("**Completion:** 40% overall"), Some(ProgressValue::Percent(40.0)));
        assert_eq!(parsed("12/40 tasks"), Some(ProgressValue::Fraction { done: 12, total: 40 }));
        assert_eq!(parsed("12 of 40 tasks are done"), Some(ProgressValue::Fraction { done: 12, total: 40 }));
        assert_eq!(parsed("**Total tasks**: 40"), Some(ProgressValue::Total(40)));
        assert_eq!(parsed("Walls [2/5]"), Some(ProgressValue::Fraction { done: 2, total: 5 }));
        assert_eq!(parsed("Walls (2/5)"), Some(ProgressValue::Fraction { done: 2, total: 5 }));
        assert_eq!(parsed("Walls [40%]"), Some(ProgressValue::Percent(40.0)));
        assert_eq!(parsed("Done: 7/8 tasks (87.5%)"), Some(ProgressValue::Fraction { done: 7, total: 8 }));
        assert_eq!(parsed("**Progress:** 3/5"), Some(ProgressValue::Fraction { done: 3, total: 5 }));
        assert_eq!(parsed("Progress: 3/5 (60%)"), Some(ProgressValue::Fraction { done: 3, total: 5 }));
        assert_eq!(parsed("Progress: 3/5 Aufgaben"), Some(ProgressValue::Fraction { done: 3, total: 5 }));
        assert_eq!(parsed("Progress: 3/5 个任务"), Some(ProgressValue::Fraction { done: 3, total: 5 }));
        assert_eq!(parsed("Progress: 40% — walls first"), Some(ProgressValue::Percent(40.0)));
        assert_eq!(parsed("**Phase 6 Progress:** 18/18 tests passing"), None);
        assert_eq!(parsed("Progress: 18/18 (tests)"), None);
        assert_eq!(parsed("Progress: 95% coverage"), None);
        assert_eq!(parsed("Walls [a/b]"), None);
        assert_eq!(parsed("coverage 95%"), None);
        assert_eq!(parsed("[X]% overall"), None);
    }

    #[test]
    fn amounts() {
        let parsed = |text: &str| amount(text).map(|found| (found.currency, found.value, found.per));
        assert_eq!(parsed("$500/month"), Some(("$".into(), 500.0, Some("month".into()))));
        assert_eq!(parsed("about 1,200 €"), Some(("€".into(), 1200.0, None)));
        assert_eq!(parsed("$3k"), Some(("$".into(), 3000.0, None)));
        assert_eq!(parsed("$X/month"), None);
    }
}
