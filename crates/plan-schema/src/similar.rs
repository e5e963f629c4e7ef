//! "Did you mean" suggestions for unknown names.

/// Minimum similarity to one of a few names, from 0 to 1.
const MIN_SIMILARITY: f64 = 0.6;

/// Returns the most similar of a few names, such as the allowed values of a field, ignoring case.
pub fn nearest_of_few<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let unknown = unknown.to_lowercase();
    let similarity = |name: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &unknown);
    let known = known.into_iter().map(|name| (similarity(name), name));
    let nearest = known.max_by(|(a, _), (b, _)| a.total_cmp(b));
    nearest.filter(|(similarity, _)| *similarity >= MIN_SIMILARITY).map(|(_, name)| name)
}

/// Maximum length in characters of an unknown name in a message.
const MAX_SHOWN_CHARS: usize = 80;
/// Minimum similarity, from 0 to 1, of the names that are suggested for an unknown name.
const MIN_LISTED_SIMILARITY: f64 = 0.3;

/// Returns the names that are most similar to an unknown name, ignoring case: at most `count`, the most similar first.
pub fn nearest_names<'a>(
    unknown: &str,
    known: impl IntoIterator<Item = &'a str>,
    count: usize,
) -> Vec<&'a str> {
    let unknown = unknown.to_lowercase();
    let similarity = |name: &str| strsim::normalized_damerau_levenshtein(&name.to_lowercase(), &unknown);
    let mut similar: Vec<(f64, &str)> = known.into_iter().map(|name| (similarity(name), name)).collect();
    similar.retain(|(similarity, _)| *similarity >= MIN_LISTED_SIMILARITY);
    similar.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    similar.dedup_by(|(_, a), (_, b)| a == b);
    similar.into_iter().take(count).map(|(_, name)| name).collect()
}

/// Returns a message such as "unknown rule `taks`; did you mean `tasks`?".
pub fn unknown_name_message<'a>(
    what: &str,
    unknown: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> String {
    let end = unknown.char_indices().nth(MAX_SHOWN_CHARS);
    let shown = end.map_or_else(|| unknown.to_owned(), |(end, _)| format!("{}…", &unknown[..end]));
    match nearest_of_few(unknown, known).filter(|_| end.is_none()) {
        Some(nearest) => format!("unknown {what} `{shown}`; did you mean `{nearest}`?"),
        None => format!("unknown {what} `{shown}`"),
    }
}

/// Maximum length in characters of words for which similar words are searched.
const MAX_WORD_CHARS: usize = 200;

/// Returns the word that was probably intended instead of a misspelled word: the most similar word, if it is unique.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > MAX_WORD_CHARS {
        return None;
    }
    let allowed = if length < 5 { 1 } else { length / 4 };
    let mut near: Vec<(usize, &str)> = known
        .filter(|other| *other != word && other.chars().count().abs_diff(length) <= allowed)
        .map(|other| (strsim::osa_distance(word, other), other))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort_unstable();
    near.dedup();
    match near[..] {
        [(_, only)] => Some(only),
        [(first, nearest), (second, _), ..] if first < second => Some(nearest),
        _ => None,
    }
}
