//! `plansmith rules` and `plansmith explain`.

use plan_ide::{
    Severity,
    rules::{RULES, Rule},
};
use serde::Serialize;

use super::{
    EXIT_FAILURE, OutputFormat, out,
    table::{Cell, TextColumn, TextTable},
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
    print_rules(RULES.iter().map(RuleJson::from).collect(), arguments.format)
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
        let message = plan_schema::unknown_name_message("rule", &arguments.rule, plan_ide::rules::names());
        out::error(message);
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
    out::println!("{}", page(rule));
    0
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
    let lines = rule.doc.lines().filter(|line| !line.starts_with("<!--"));
    lines.collect::<Vec<_>>().join("\n")
}
