//! Placeholders: the parts of a template's line that an author replaces.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use plan_model::patterns::regex;
use regex::Regex;

/// A placeholder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// The range in the line, in bytes, including brackets.
    pub range: Range<usize>,
    /// The kind of value expected.
    pub kind: PlaceholderKind,
}

/// The kind of value that a placeholder expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceholderKind {
    /// One of these values.
    Choice(Vec<String>),
    /// A date.
    Date,
    /// Text, with its description.
    Text(String),
    /// Text, of which the placeholder is an example: `Criterion 1`, `$X/month`.
    Stub,
}

/// The context of a line, which determines the recognized forms of choices and stubs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaceholderContext {
    /// Prose, a bullet or a heading.
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

/// Returns the placeholders in a line of a template, in order.
pub fn find_placeholders(line: &str, context: PlaceholderContext) -> Vec<Placeholder> {
    let mut found = Vec::new();
    let whole = line.trim();
    let start = line.len() - line.trim_start().len();
    if context != PlaceholderContext::Text
        && !whole.starts_with('[')
        && let Some(choices) = unbracketed_choice(whole, context)
    {
        return vec![Placeholder {
            range: start..start + whole.len(),
            kind: PlaceholderKind::Choice(choices),
        }];
    }
    if context == PlaceholderContext::Text && NUMBERED.is_match(whole) {
        return vec![Placeholder { range: start..start + whole.len(), kind: PlaceholderKind::Stub }];
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
                    if !link && let Some(kind) = bracketed_kind(&line[at + 1..end - 1], context) {
                        found.push(Placeholder { range: at..end, kind });
                    }
                    at = end;
                }
                None => at += 1,
            },
            b'{' if line[at..].starts_with("{YYYY-MM-DD}") => {
                found.push(Placeholder { range: at..at + 12, kind: PlaceholderKind::Date });
                at += 12;
            }
            b'Y' if line[at..].starts_with("YYYY-MM-DD") => {
                found.push(Placeholder { range: at..at + 10, kind: PlaceholderKind::Date });
                at += 10;
            }
            _ => at += 1,
        }
    }
    // Placeholders do not overlap each other, stubs do not overlap each other, and both are sorted.
    let mut stubs = Vec::new();
    let mut next = 0;
    for stub in STUB.find_iter(line) {
        while found.get(next).is_some_and(|placeholder: &Placeholder| placeholder.range.end <= stub.start()) {
            next += 1;
        }
        if found.get(next).is_none_or(|placeholder| stub.end() <= placeholder.range.start) {
            stubs.push(Placeholder { range: stub.range(), kind: PlaceholderKind::Stub });
        }
    }
    found.append(&mut stubs);
    found.sort_by_key(|placeholder| placeholder.range.start);
    found
}

/// Returns the length of a code span, or of its backticks if it is not closed.
fn code_span(text: &str) -> usize {
    let backticks = text.bytes().take_while(|byte| *byte == b'`').count();
    let fence = &text[..backticks];
    text[backticks..].find(fence).map_or(backticks, |at| backticks + at + backticks)
}

/// Returns the offset after the closing bracket of each opening bracket that is closed.
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

/// Returns the kind of the placeholder whose brackets contain `inside`. `None` for checkboxes, tags, IDs and numbers.
fn bracketed_kind(inside: &str, context: PlaceholderContext) -> Option<PlaceholderKind> {
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
            PlaceholderKind::Choice(choices)
        } else {
            PlaceholderKind::Text(text.to_owned())
        });
    }
    if text == "YYYY-MM-DD" || is_date_word(text) {
        return Some(PlaceholderKind::Date);
    }
    if context == PlaceholderContext::Cell
        && let Some(choices) = slashed_options(text)
    {
        return Some(PlaceholderKind::Choice(choices));
    }
    if let Some(choices) =
        slashed_options(text).filter(|choices| choices.iter().any(|choice| choice == "Yes"))
    {
        return Some(PlaceholderKind::Choice(choices));
    }
    let tag = text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) && text.len() <= 6;
    if tag && !matches!(text, "X" | "Y" | "Z") {
        return None;
    }
    Some(PlaceholderKind::Text(text.to_owned()))
}

/// Returns whether a text is like `Date`, `Start date`, `Date 1` or `Date of last update`.
fn is_date_word(text: &str) -> bool {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split(' ').collect();
    words.contains(&"date")
        && words.len() <= 4
        && words.iter().all(|word| word.chars().all(|c| c.is_alphanumeric()))
}

/// Parses a choice without brackets: `A | B | C`, and in tables `Low/Med/High`.
fn unbracketed_choice(text: &str, context: PlaceholderContext) -> Option<Vec<String>> {
    if text.contains(" | ") && !text.contains("**") {
        let choices: Vec<String> = text.split(" | ").map(|choice| choice.trim().to_owned()).collect();
        return choices.iter().all(|choice| !choice.is_empty() && choice.len() < 40).then_some(choices);
    }
    if context == PlaceholderContext::Cell || text.split('/').count() > 1 {
        slashed_options(text)
    } else {
        None
    }
}

/// Parses levels or symbols separated by slashes: `Low/Med/High`, `L/M/H`, `Yes/No/At Risk`.
fn slashed_options(text: &str) -> Option<Vec<String>> {
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

/// Returns a line with `□` for its placeholders and `#` for digits, for comparing the text around
/// placeholders.
pub fn pattern(line: &str, placeholders: &[Placeholder]) -> String {
    let mut out = String::with_capacity(line.len());
    let mut at = 0;
    let masked =
        |text: &str| text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect::<String>();
    for placeholder in placeholders {
        if placeholder.range.start >= at {
            out.push_str(&masked(&line[at..placeholder.range.start]));
            out.push('□');
            at = placeholder.range.end;
        }
    }
    out.push_str(&masked(&line[at..]));
    out.trim().to_owned()
}

/// Returns whether two values denote the same option: case is ignored, `Med` equals `Medium`, `L` equals `Low`.
pub fn is_same_choice(a: &str, b: &str) -> bool {
    normalized_choice(a) == normalized_choice(b)
}

/// Returns the normalized form of an option that [`is_same_choice`] compares.
pub fn normalized_choice(text: &str) -> String {
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

    fn show(line: &str, context: PlaceholderContext) -> String {
        let shown: Vec<String> = find_placeholders(line, context)
            .into_iter()
            .map(|placeholder| {
                let kind = match placeholder.kind {
                    PlaceholderKind::Choice(choices) => format!("one of {}", choices.join(", ")),
                    PlaceholderKind::Date => "date".into(),
                    PlaceholderKind::Text(_) => "text".into(),
                    PlaceholderKind::Stub => "stub".into(),
                };
                format!("{} {kind}", &line[placeholder.range])
            })
            .collect();
        shown.join("; ")
    }

    #[test]
    fn placeholder_forms() {
        use PlaceholderContext::{Cell, Text, Value};
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
        for text in [
            "[x] checkbox",
            "[ADR](../adr.md)",
            "`[code]`",
            "[P] tag",
            "[US1]",
            "[1]",
            "plain | text",
            "Criterion 1: real",
        ] {
            assert_eq!(show(text, Text), "", "{text}");
        }
    }

    #[test]
    fn equivalent_choices() {
        assert!(is_same_choice("Med", "medium"));
        assert!(is_same_choice("in-progress", "In Progress"));
        assert!(!is_same_choice("Low", "High"));
    }
}
