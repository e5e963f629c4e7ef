//! Durations, claims of progress and amounts of money.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::{ascii::contains, patterns::regex};

/// A duration or an effort, from its least to its most.
#[derive(Clone, Debug, PartialEq)]
pub struct Duration {
    /// The least.
    pub least: f64,
    /// The most; the same where one number is given.
    pub most: f64,
    /// What is counted.
    pub unit: Unit,
    /// Bytes in the text.
    pub range: Range<usize>,
}

/// Units of durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name says what it is")]
pub enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
}

impl Duration {
    /// The most in hours of work: a day has 8, a week 5 days, a month 21 days.
    pub fn hours(&self) -> f64 {
        self.most
            * match self.unit {
                Unit::Minute => 1.0 / 60.0,
                Unit::Hour => 1.0,
                Unit::Day => 8.0,
                Unit::Week => 40.0,
                Unit::Month => 168.0,
            }
    }
}

static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)(?:^|[\s(~≈<>=:\[*,])(?<whole>(?<least>\d+(?:[.,]\d+)?)(?:\s*(?:-|–|—|to)\s*(?<most>\d+(?:[.,]\d+)?))?\s*\+?-?\s*
        (?<unit>minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mo))(?:[^\w]|$)",
    )
});

/// The first duration in a text: `3d`, `2 days`, `1-2 weeks`, `~3 hours`.
pub fn duration(text: &str) -> Option<Duration> {
    let found = DURATION.captures(text)?;
    let number = |name: &str| found.name(name).and_then(|part| part.as_str().replace(',', ".").parse().ok());
    let least = number("least")?;
    let unit = match found.name("unit")?.as_str().to_ascii_lowercase().as_str() {
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "wk" | "wks" | "week" | "weeks" => Unit::Week,
        "mo" | "month" | "months" => Unit::Month,
        _ => Unit::Minute,
    };
    Some(Duration { least, most: number("most").unwrap_or(least), unit, range: found.name("whole")?.range() })
}

/// What a text claims of the progress.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// `85 % complete`, `Completion: 40%`.
    Percent(f64),
    /// `12/40 tasks`, `12 of 40 tasks`.
    Fraction {
        /// Done.
        done: usize,
        /// All.
        total: usize,
    },
    /// `Total tasks: 40`.
    Total(usize),
}

static CLAIM: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)
          \b(?<done>\d{1,5})\s*(?:/|of|out\ of)\s*(?<all>\d{1,5})\s*(?:tasks|boxes|items|checkboxes|steps)
        | \btotal\s+(?:tasks|boxes|items)\**\s*:\**\s*(?<total>\d{1,5})\b
        | (?<percent>\d{1,3}(?:\.\d+)?)\s*%\]?\s*(?:complete[d]?|done|overall|finished)
        | \b(?:completion|overall(?:\s+progress)?|progress)\**\s*:\**\s*\[?(?<percent2>\d{1,3}(?:\.\d+)?)\s*%",
    )
});

/// Whether [`CLAIM`] may match: all of them have a number, and a sign or a word beside it.
fn may_claim(text: &str) -> bool {
    let bytes = text.as_bytes();
    let follows_digit = |at: usize| text[..at].trim_end().ends_with(|c: char| c.is_ascii_digit());
    memchr::memchr2_iter(b'%', b'/', bytes).any(follows_digit)
        || bytes.iter().any(u8::is_ascii_digit) && (contains(text, "of") || contains(text, "total"))
}

/// The claims in a text, each with its bytes.
pub fn claims(text: &str) -> Vec<(Range<usize>, Claim)> {
    if !may_claim(text) {
        return Vec::new();
    }
    CLAIM
        .captures_iter(text)
        .filter_map(|found| {
            let count = |name: &str| found.name(name).and_then(|part| part.as_str().parse().ok());
            let claim = if let Some(done) = count("done") {
                Claim::Fraction { done, total: count("all")? }
            } else if let Some(total) = count("total") {
                Claim::Total(total)
            } else {
                let percent = found.name("percent").or_else(|| found.name("percent2"))?;
                Claim::Percent(percent.as_str().parse().ok()?)
            };
            Some((found.get(0)?.range(), claim))
        })
        .collect()
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq)]
pub struct Amount {
    /// The currency as written: `$`, `€`, `EUR`.
    pub currency: String,
    /// How much.
    pub value: f64,
    /// What it is paid for each of: `month` of `$500/month`.
    pub per: Option<String>,
    /// Bytes in the text.
    pub range: Range<usize>,
}

static AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)(?: (?<sign>[$€£¥]|USD\ |EUR\ |GBP\ )\s?(?<value>\d[\d,]*(?:\.\d+)?)(?<scale>[kKM])?
            | (?<value2>\d[\d,]*(?:\.\d+)?)(?<scale2>[kKM])?\s?(?<sign2>€|£|USD|EUR|GBP)\b? )
          (?:\s?(?:/|per\ )\s?(?<per>month|year|week|day|hour|mo|yr|user))?",
    )
});

/// The first amount in a text.
pub fn amount(text: &str) -> Option<Amount> {
    let found = AMOUNT.captures(text)?;
    let either = |a: &str, b: &str| found.name(a).or_else(|| found.name(b));
    let value: f64 = either("value", "value2")?.as_str().replace(',', "").parse().ok()?;
    let scale = match either("scale", "scale2").map(|scale| scale.as_str()) {
        Some("M") => 1_000_000.0,
        Some(_) => 1_000.0,
        None => 1.0,
    };
    Some(Amount {
        currency: either("sign", "sign2")?.as_str().trim().to_owned(),
        value: value * scale,
        per: found.name("per").map(|per| per.as_str().to_owned()),
        range: found.get(0)?.range(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let read = |text: &str| duration(text).map(|found| (found.least, found.most, found.unit));
        assert_eq!(read("3d"), Some((3.0, 3.0, Unit::Day)));
        assert_eq!(read("2 days"), Some((2.0, 2.0, Unit::Day)));
        assert_eq!(read("4h"), Some((4.0, 4.0, Unit::Hour)));
        assert_eq!(read("1-2 weeks"), Some((1.0, 2.0, Unit::Week)));
        assert_eq!(read("~3 hours"), Some((3.0, 3.0, Unit::Hour)));
        assert_eq!(read("(Estimated: 1.5 days)"), Some((1.5, 1.5, Unit::Day)));
        assert_eq!(read("28dd"), None);
        assert_eq!(read("[X hours]"), None);
        assert_eq!(duration("2 days").map(|found| found.hours()), Some(16.0));
    }

    #[test]
    fn progress() {
        let read = |text: &str| claims(text).into_iter().map(|(_, claim)| claim).next();
        assert_eq!(read("85% complete"), Some(Claim::Percent(85.0)));
        assert_eq!(read("**Completion:** 40% overall"), Some(Claim::Percent(40.0)));
        assert_eq!(read("12/40 tasks"), Some(Claim::Fraction { done: 12, total: 40 }));
        assert_eq!(read("12 of 40 tasks are done"), Some(Claim::Fraction { done: 12, total: 40 }));
        assert_eq!(read("**Total tasks**: 40"), Some(Claim::Total(40)));
        assert_eq!(read("coverage 95%"), None);
        assert_eq!(read("[X]% overall"), None);
    }

    #[test]
    fn amounts() {
        let read = |text: &str| amount(text).map(|found| (found.currency, found.value, found.per));
        assert_eq!(read("$500/month"), Some(("$".into(), 500.0, Some("month".into()))));
        assert_eq!(read("about 1,200 €"), Some(("€".into(), 1200.0, None)));
        assert_eq!(read("$3k"), Some(("$".into(), 3000.0, None)));
        assert_eq!(read("$X/month"), None);
    }
}
