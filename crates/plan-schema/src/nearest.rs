//! "Did you mean" suggestions for unknown names.

/// Returns the known name that is most similar to an unknown one.
pub fn nearest_name<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let similarity = |name: &&str| strsim::jaro_winkler(name, unknown);
    known.into_iter().max_by(|a, b| similarity(a).total_cmp(&similarity(b)))
}

/// Returns a message such as "unknown rule `taks`; did you mean `tasks`?".
pub fn unknown_name_message<'a>(
    what: &str,
    unknown: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    match nearest_name(unknown, known) {
        Some(nearest) => format!("unknown {what} `{unknown}`; did you mean `{nearest}`?"),
        None => format!("unknown {what} `{unknown}`"),
    }
}
