//! The forms of diagnostics and of titles.

use plan_ide::rules;

use super::files;

/// Maximum number of words of a rule's summary.
const MAX_SUMMARY_WORDS: usize = 12;

#[test]
fn summaries_of_rules_are_short_and_lower_case() {
    for rule in rules::RULES {
        let summary = rule.summary;
        let first = summary.chars().next().unwrap();
        let is_name = summary.starts_with("Gantt");
        assert!(is_name || !first.is_uppercase(), "{}: `{summary}` starts with a capital letter", rule.name);
        assert!(!summary.ends_with('.'), "{}: `{summary}` ends with a full stop", rule.name);
        let words = summary.split_whitespace().count();
        assert!(words <= MAX_SUMMARY_WORDS, "{}: `{summary}` has {words} words", rule.name);
    }
}

#[test]
fn percentages_and_units_have_one_form() {
    let percentage = regex::Regex::new(r"\d %[^\w(]").unwrap();
    let mut places = Vec::new();
    for (path, text) in files() {
        // Generated charts contain Mermaid comments.
        let is_prose = path.ends_with(".md")
            && !path.starts_with("crates/plan-schema/templates")
            && !path.starts_with("tests/mermaid/charts");
        for (number, line) in text.lines().enumerate().filter(|_| is_prose) {
            if percentage.is_match(line) {
                places.push(format!("{path}:{}: {line}", number + 1));
            }
        }
    }
    assert!(places.is_empty(), "{}", places.join("\n"));
}
