//! `plansmith rules` and `plansmith explain`.

use plan_ide::{
    Severity,
    rules::{RULES, Rule},
};
use serde::Serialize;

use super::{
    EXIT_FAILURE, OutputFormat, out,
    table::{Cell, TextColumn, TextTable},
    terminal,
};
use crate::rule_url::rule_url;

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// Name of a rule or group
    rule: String,
    /// Output format
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

#[derive(Debug, clap::Args)]
pub(super) struct ListArguments {
    /// Output format
    #[arg(long, value_enum, default_value_t = OutputFormat::Text)]
    format: OutputFormat,
}

/// A rule in JSON.
#[derive(Serialize)]
struct RuleJson {
    name: &'static str,
    group: &'static str,
    /// `off` if it is disabled by default.
    severity: &'static str,
    summary: &'static str,
    url: String,
}

#[derive(Serialize)]
struct RuleList {
    rules: Vec<RuleJson>,
}

impl From<&Rule> for RuleJson {
    fn from(rule: &Rule) -> Self {
        Self {
            name: rule.name,
            group: rule.group.name(),
            severity: rule.severity.map_or("off", Severity::name),
            summary: rule.summary,
            url: rule_url(rule.name),
        }
    }
}

/// Lists all rules.
pub(super) fn list(arguments: &ListArguments) -> i32 {
    let mut rules: Vec<&Rule> = RULES.iter().collect();
    rules.sort_by_key(|rule| RULES.iter().position(|other| other.group == rule.group));
    print_rules(rules.into_iter().map(RuleJson::from).collect(), arguments.format)
}

fn print_rules(rules: Vec<RuleJson>, format: OutputFormat) -> i32 {
    if format == OutputFormat::Json {
        out::json(&RuleList { rules });
        return 0;
    }
    let columns = ["RULE", "SEVERITY", "GROUP", "CHECKS FOR"].map(|title| TextColumn::new(title, usize::MAX));
    let mut table = TextTable::new(columns);
    for rule in rules {
        table.row([rule.name, rule.severity, rule.group, rule.summary].map(Cell::from));
    }
    out::print!("{}", table.text());
    0
}

/// Prints a rule's page, or the list of the rules in a group.
pub(super) fn explain(arguments: &Explain) -> i32 {
    let group: Vec<RuleJson> =
        RULES.iter().filter(|rule| rule.group.name() == arguments.rule).map(RuleJson::from).collect();
    if !group.is_empty() {
        return print_rules(group, arguments.format);
    }
    let Some(rule) = Rule::named(&arguments.rule) else {
        out::error(unknown_rule(&arguments.rule));
        return EXIT_FAILURE;
    };
    if arguments.format == OutputFormat::Json {
        out::json(&RulePage { rule: RuleJson::from(rule), page: page(rule) });
        return 0;
    }
    let severity = rule.severity.map_or("off", Severity::name);
    out::println!(
        "# {}\n\nChecks for: {}.\nGroup `{}`, default severity `{severity}`.\n",
        rule.name,
        rule.summary,
        rule.group.name()
    );
    out::println!("{}", wrapped(&page(rule), terminal::width()));
    0
}

/// Returns a page in Markdown with its paragraphs and list items wrapped to the width of the terminal. Code blocks and
/// tables are not wrapped.
fn wrapped(page: &str, width: Option<usize>) -> String {
    /// Maximum width of a line: longer lines are hard to read.
    const MAX_WIDTH: usize = 100;
    let Some(width) = width else { return page.to_owned() };
    let mut is_code = false;
    let lines = page.lines().map(|line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        if is_code || is_fence || line.starts_with('|') {
            return line.to_owned();
        }
        let indent = if line.starts_with("- ") { "  " } else { "" };
        textwrap::fill(line, textwrap::Options::new(width.min(MAX_WIDTH)).subsequent_indent(indent))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns the message for an unknown rule or group, with the most similar name or the command that lists all.
pub(super) fn unknown_rule(name: &str) -> String {
    let message = plan_schema::unknown_name_message("rule", name, plan_ide::rules::names());
    if message.ends_with('?') { message } else { format!("{message}; `plansmith rules` lists all rules") }
}

/// A rule with its page in Markdown.
#[derive(Serialize)]
struct RulePage {
    #[serde(flatten)]
    rule: RuleJson,
    page: String,
}

/// Returns the page of a rule without the comments that configure the tests of its examples.
fn page(rule: &Rule) -> String {
    let is_of_test = |line: &str| line.starts_with("<!-- file: ") || line.starts_with("<!-- sibling: ");
    let lines = rule.doc.lines().filter(|line| !is_of_test(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_wrapped() {
        let page =
            "one two three\n\n- four five six\n\n```markdown\na long line of code\n```\n\n| a long row | b |";
        expect_test::expect![[r"
            one two
            three

            - four five
              six

            ```markdown
            a long line of code
            ```

            | a long row | b |"]]
        .assert_eq(&wrapped(page, Some(12)));
        assert_eq!(wrapped(page, None), page);
    }
}
