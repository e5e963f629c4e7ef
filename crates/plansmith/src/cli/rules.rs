//! `plansmith rules` and `plansmith explain`.

use plan_ide::{
    Severity,
    rules::{RULES, Rule},
};

use super::{EXIT_FAILURE, out};

#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// Rule name
    rule: String,
}

/// Lists all rules.
pub(super) fn list() -> i32 {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or_default();
    for rule in RULES {
        let severity = rule.severity.map_or("off", Severity::name);
        out::println!("{:width$}  {severity:7}  {:8}  {}", rule.name, rule.group.name(), rule.summary);
    }
    0
}

/// Prints a rule's page.
pub(super) fn explain(arguments: &Explain) -> i32 {
    let Some(rule) = Rule::named(&arguments.rule) else {
        let message =
            plan_schema::unknown_name_message("rule", &arguments.rule, RULES.iter().map(|rule| rule.name));
        out::error(message);
        return EXIT_FAILURE;
    };
    let severity = rule.severity.map_or("off", Severity::name);
    out::println!(
        "# {}\n\nChecks for: {}.\nGroup `{}`, default severity `{severity}`.\n",
        rule.name,
        rule.summary,
        rule.group.name()
    );
    // Comments in a page configure the tests of its examples.
    let lines = rule.doc.lines().filter(|line| !line.starts_with("<!--"));
    out::println!("{}", lines.collect::<Vec<_>>().join("\n"));
    0
}
