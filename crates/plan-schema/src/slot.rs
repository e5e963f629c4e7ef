//! Slots: the places of a template's line that someone has to fill in, and how a value looks that nobody filled in.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use plan_model::patterns::regex;
use regex::Regex;

/// A place to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Bytes of the line, brackets included.
    pub range: Range<usize>,
    /// What belongs there.
    pub kind: SlotKind,
}

/// What belongs into a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlotKind {
    /// One of these.
    Choice(Vec<String>),
    /// A day.
    Date,
    /// Text, of which the slot says what it is about.
    Text(String),
    /// Text; what stands there is only an example of its form: `Criterion 1`, `$X/month`.
    Stub,
}

/// Where a line stands: what may be a choice or a stub depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Prose, a bullet, a heading.
    Text,
    /// The value of a field.
    Value,
    /// A cell of a table.
    Cell,
}

static STUB: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)
          [$€£][XYZ]\b(?:/\w+|\ [a-z-]+)?
        | \b[XYZ]\ (?:hours?|days?|weeks?|minutes?|months?)\b(?:/\w+)?
        | \bWeeks?\ [XYZ](?:-[XYZ])?\b
        | \#123(?:,\ \#\d{3})*",
    )
});

static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:Criterion|Step|Deliverable|Component|Integration scenario|E2E scenario|Scenario|Item|Goal|Metric|Trigger|Resource|Prerequisite|Dependency|Risk|Blocker|Milestone|Person|Alert|Dashboard|Decision|Question|Success|Challenge|Recommendation)\s\d+(?:\stests)?$",
    )
});

/// The slots of a line of a template, in order.
pub fn slots(line: &str, place: Place) -> Vec<Slot> {
    let mut found = Vec::new();
    let whole = line.trim();
    let start = line.len() - line.trim_start().len();
    if place != Place::Text
        && !whole.starts_with('[')
        && let Some(choices) = bare_choice(whole, place)
    {
        return vec![Slot { range: start..start + whole.len(), kind: SlotKind::Choice(choices) }];
    }
    if place == Place::Text && NUMBERED.is_match(whole) {
        return vec![Slot { range: start..start + whole.len(), kind: SlotKind::Stub }];
    }
    let bytes = line.as_bytes();
    let closing = closing_brackets(line);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'`' => at += code_span(&line[at..]),
            b'\\' => at += 2,
            b'[' => match closing.get(&at) {
                Some(&end) => {
                    let after = &line[end..];
                    let link = after.starts_with('(') || after.starts_with('[');
                    if !link && let Some(kind) = bracketed(&line[at + 1..end - 1], place) {
                        found.push(Slot { range: at..end, kind });
                    }
                    at = end;
                }
                None => at += 1,
            },
            b'{' if line[at..].starts_with("{YYYY-MM-DD}") => {
                found.push(Slot { range: at..at + 12, kind: SlotKind::Date });
                at += 12;
            }
            b'Y' if line[at..].starts_with("YYYY-MM-DD") => {
                found.push(Slot { range: at..at + 10, kind: SlotKind::Date });
                at += 10;
            }
            _ => at += 1,
        }
    }
    // Neither slots nor stubs overlap among themselves, and both come in order.
    let mut stubs = Vec::new();
    let mut next = 0;
    for stub in STUB.find_iter(line) {
        while found.get(next).is_some_and(|slot: &Slot| slot.range.end <= stub.start()) {
            next += 1;
        }
        if found.get(next).is_none_or(|slot| stub.end() <= slot.range.start) {
            stubs.push(Slot { range: stub.range(), kind: SlotKind::Stub });
        }
    }
    found.append(&mut stubs);
    found.sort_by_key(|slot| slot.range.start);
    found
}

/// Bytes of a code span, or of the backticks that open none.
fn code_span(text: &str) -> usize {
    let ticks = text.bytes().take_while(|byte| *byte == b'`').count();
    let fence = &text[..ticks];
    text[ticks..].find(fence).map_or(ticks, |at| ticks + at + ticks)
}

/// Returns for each opening bracket that is closed the byte after the one that closes it.
fn closing_brackets(line: &str) -> HashMap<usize, usize> {
    let mut open = Vec::new();
    let mut closed = HashMap::new();
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'[' => open.push(at),
            b']' => closed.extend(open.pop().map(|start| (start, at + 1))),
            _ => {}
        }
    }
    closed
}

/// What brackets hold, if they are a slot: not a box, a tag, an id or a number.
fn bracketed(inside: &str, place: Place) -> Option<SlotKind> {
    let text = inside.trim();
    if text.chars().count() <= 1 && !matches!(text, "X" | "Y" | "Z") || text.starts_with('^') {
        return None;
    }
    if text.contains('|') {
        let choices: Vec<String> = text
            .split('|')
            .map(|choice| choice.trim().to_owned())
            .filter(|choice| !choice.is_empty())
            .collect();
        return Some(if choices.len() > 1 {
            SlotKind::Choice(choices)
        } else {
            SlotKind::Text(text.to_owned())
        });
    }
    if text == "YYYY-MM-DD" || is_date_word(text) {
        return Some(SlotKind::Date);
    }
    if place == Place::Cell
        && let Some(choices) = slashed(text)
    {
        return Some(SlotKind::Choice(choices));
    }
    if let Some(choices) = slashed(text).filter(|choices| choices.iter().any(|choice| choice == "Yes")) {
        return Some(SlotKind::Choice(choices));
    }
    let tag = text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) && text.len() <= 6;
    if tag && !matches!(text, "X" | "Y" | "Z") {
        return None;
    }
    Some(SlotKind::Text(text.to_owned()))
}

/// `Date`, `Start date`, `Date 1`, `Date of last update`.
fn is_date_word(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(' ').collect();
    words.contains(&"date")
        && words.len() <= 4
        && words.iter().all(|word| word.chars().all(|c| c.is_alphanumeric()))
}

/// `A | B | C`, and in tables `Low/Med/High`.
fn bare_choice(text: &str, place: Place) -> Option<Vec<String>> {
    if text.contains(" | ") && !text.contains("**") {
        let choices: Vec<String> = text.split(" | ").map(|choice| choice.trim().to_owned()).collect();
        return choices.iter().all(|choice| !choice.is_empty() && choice.len() < 40).then_some(choices);
    }
    if place == Place::Cell || text.split('/').count() > 1 { slashed(text) } else { None }
}

/// Levels or signs joined by slashes: `Low/Med/High`, `L/M/H`, `Yes/No/At Risk`.
fn slashed(text: &str) -> Option<Vec<String>> {
    const LEVELS: [&str; 14] = [
        "low", "med", "medium", "high", "l", "m", "h", "critical", "none", "yes", "no", "at risk", "minor",
        "major",
    ];
    let parts: Vec<&str> = text.split('/').map(str::trim).collect();
    let level = |part: &&str| {
        LEVELS.contains(&&*part.to_lowercase()) || !part.is_empty() && part.chars().all(|c| !c.is_ascii())
    };
    (parts.len() > 1 && parts.iter().all(level))
        .then(|| parts.iter().map(|part| (*part).to_owned()).collect())
}

/// A line with `□` for its slots and `#` for digits: what stands around the slots.
pub fn pattern(line: &str, slots: &[Slot]) -> String {
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    let counted =
        |text: &str| text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect::<String>();
    for slot in slots {
        if slot.range.start >= at {
            out.push_str(&counted(&line[at..slot.range.start]));
            out.push('□');
            at = slot.range.end;
        }
    }
    out.push_str(&counted(&line[at..]));
    out.trim().to_owned()
}

/// Two values that mean the same alternative: case, `Med` and `Medium`, `L` and `Low` are equal.
pub fn same_choice(a: &str, b: &str) -> bool {
    compared_choice(a) == compared_choice(b)
}

/// Returns an alternative in the form in which [`same_choice`] compares it.
pub fn compared_choice(text: &str) -> String {
    let text: String = text.trim().to_lowercase().replace(['-', '_'], " ");
    match text.as_str() {
        "l" => "low".into(),
        "m" | "med" => "medium".into(),
        "h" => "high".into(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(line: &str, place: Place) -> String {
        let shown: Vec<String> = slots(line, place)
            .into_iter()
            .map(|slot| {
                let kind = match slot.kind {
                    SlotKind::Choice(choices) => format!("one of {}", choices.join(", ")),
                    SlotKind::Date => "date".into(),
                    SlotKind::Text(_) => "text".into(),
                    SlotKind::Stub => "stub".into(),
                };
                format!("{} {kind}", &line[slot.range])
            })
            .collect();
        shown.join("; ")
    }

    #[test]
    fn forms() {
        use Place::{Cell, Text, Value};
        assert_eq!(show("[Draft | Done]", Value), "[Draft | Done] one of Draft, Done");
        assert_eq!(
            show("Planning | In Progress", Value),
            "Planning | In Progress one of Planning, In Progress"
        );
        assert_eq!(show("Low/Med/High", Cell), "Low/Med/High one of Low, Med, High");
        assert_eq!(show("L/M/H", Cell), "L/M/H one of L, M, H");
        assert_eq!(show("[H/M/L]", Cell), "[H/M/L] one of H, M, L");
        assert_eq!(show("[Yes/No/At Risk]", Value), "[Yes/No/At Risk] one of Yes, No, At Risk");
        assert_eq!(show("[Team/Person/Role]", Value), "[Team/Person/Role] text");
        assert_eq!(show("YYYY-MM-DD", Value), "YYYY-MM-DD date");
        assert_eq!(show("{YYYY-MM-DD}", Value), "{YYYY-MM-DD} date");
        assert_eq!(
            show("[Start date] to [End date] ([X weeks/days])", Value),
            "[Start date] date; [End date] date; [X weeks/days] text"
        );
        assert_eq!(show("plan-[YYYY-MM-DD]-[short-name]", Value), "[YYYY-MM-DD] date; [short-name] text");
        assert_eq!(show("[X]% overall", Value), "[X] text");
        assert_eq!(show("$X/month", Text), "$X/month stub");
        assert_eq!(show("Developer hours: X hours", Text), "X hours stub");
        assert_eq!(show("Criterion 1", Text), "Criterion 1 stub");
        assert_eq!(show("Phase 1: Internal (Week X)", Text), "Week X stub");
        for none in [
            "[x] box",
            "[ADR](../adr.md)",
            "`[code]`",
            "[P] tag",
            "[US1]",
            "[1]",
            "plain | text",
            "Criterion 1: real",
        ] {
            assert_eq!(show(none, Text), "", "{none}");
        }
    }

    #[test]
    fn equal_choices() {
        assert!(same_choice("Med", "medium"));
        assert!(same_choice("in-progress", "In Progress"));
        assert!(!same_choice("Low", "High"));
    }
}
