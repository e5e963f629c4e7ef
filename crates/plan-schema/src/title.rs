//! Normalization and comparison of section titles.

use std::sync::LazyLock;

use plan_model::patterns::regex;
use regex::Regex;

static NUMBERED_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(?:\*\*)?(?<word>phase|stage|milestone|sprint|wave|iteration|task|step)\s+(?:\d+(?:\.\d+)*[a-z]?|n|[a-h])(?<rest>\b.*)$",
    )
});
static DATED_TITLE: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:\[)?(?:\d{4}-\d{2}-\d{2}|YYYY-MM-DD)\b"));

/// Normalizes a title for comparison: lower case, without numbering, emoji, punctuation, bracketed states,
/// trailing remarks and plural endings, `&` as `and`. Counters become `#`: `Phase 2: Build` is `phase #`,
/// `Phase 2 Deliverables` is `phase # deliverable`. A date, as in a log entry, is `date #`.
pub fn normalize(title: &str) -> String {
    let text = title.trim().trim_start_matches(|c: char| !c.is_alphanumeric() && c != '[' && c != '*');
    if DATED_TITLE.is_match(text) {
        return "date #".into();
    }
    if let Some(counted) = NUMBERED_TITLE.captures(text) {
        let word = counted.name("word").map_or("", |word| word.as_str()).to_lowercase();
        let rest = counted.name("rest").map_or("", |rest| rest.as_str()).trim_start();
        // Text after a separator is a name; words without a separator are part of the title.
        return if rest.starts_with(|c: char| c.is_alphanumeric()) {
            format!("{word} # {}", normalized_words(rest))
        } else {
            format!("{word} #")
        };
    }
    normalized_words(text)
}

fn normalized_words(text: &str) -> String {
    let mut text = text;
    for (open, close) in [(" [", ']'), (" (", ')')] {
        if let Some(at) = text.rfind(open).filter(|_| text.trim_end().ends_with(close)) {
            text = &text[..at];
        }
    }
    let text = text.to_lowercase().replace('&', " and ");
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !matches!(*word, "and" | "the" | "s"))
        .skip_while(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(singular_form)
        .collect();
    words.join(" ")
}

fn singular_form(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) if stem.len() > 2 => return format!("{stem}y"),
        _ => {}
    }
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 && !stem.ends_with(['s', 'u', 'i']) => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// Returns whether two normalized titles are similar but not equal: a spelling mistake, or the same words in
/// a different order.
pub fn is_near(a: &str, b: &str) -> bool {
    if a == b || a.contains('#') || b.contains('#') {
        return false;
    }
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        words.sort();
        words
    };
    let is_long = a.chars().count().min(b.chars().count()) >= 5;
    sorted(a) == sorted(b) || is_long && strsim::normalized_damerau_levenshtein(a, b) >= 0.8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_normalized() {
        assert_eq!(normalize("3. Risks & Mitigations"), normalize("Risk and Mitigation"));
        assert_eq!(normalize("✅ Testing [DONE]"), "testing");
        assert_eq!(normalize("Phase 1: [Phase Name] (Weeks X-Y)"), "phase #");
        assert_eq!(normalize("Phase N: [Name]"), "phase #");
        assert_eq!(normalize("Phase 2 Deliverables"), normalize("Phase 1 Deliverables"));
        assert_eq!(normalize("2026-02-10"), normalize("YYYY-MM-DD"));
        assert_eq!(normalize("Phases"), "phase");
        assert_eq!(normalize("Status"), "status");
    }

    #[test]
    fn similar_titles_are_near() {
        let near = |a: &str, b: &str| is_near(&normalize(a), &normalize(b));
        assert!(near("Succes Criteria", "Success Criteria"));
        assert!(near("Mitigations & Risks", "Risks & Mitigations"));
        assert!(!near("Success Metrics", "Success Criteria"));
        assert!(!near("Notes", "Goals"));
    }
}
