//! Links to the rules' documentation.

/// Returns the URL of a rule's page.
pub fn rule_url(rule: &str) -> String {
    format!("{}/blob/main/docs/rules/{rule}.md", env!("CARGO_PKG_REPOSITORY"))
}
