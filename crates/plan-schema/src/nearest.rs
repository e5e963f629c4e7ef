//! What to say of a name that nobody knows.

/// The known name that is most like an unknown one.
pub fn nearest_name<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let like = |name: &&str| strsim::jaro_winkler(name, unknown);
    known.into_iter().max_by(|a, b| like(a).total_cmp(&like(b)))
}

/// `there is no rule `taks`; did you mean `tasks`?`
pub fn no_such<'a>(what: &str, unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest_name(unknown, known) {
        Some(near) => format!("there is no {what} `{unknown}`; did you mean `{near}`?"),
        None => format!("there is no {what} `{unknown}`"),
    }
}
