//! Detection of titles that are unfilled placeholders of a template.

/// Returns whether a title is a placeholder that is not filled in: `[Task description]`, `{{task}}`, `<name>`, `...`,
/// several names in brackets, a form with further checkboxes, or a name in capitals in brackets within the text:
/// `Create [ENTITY NAME] model`.
pub(crate) fn is_unfilled(title: &str) -> bool {
    /// Maximum length of a placeholder in bytes. The searches below can take quadratic time.
    const MAX_BYTES: usize = 1_000;
    if title.len() > MAX_BYTES {
        return false;
    }
    let text =
        title.trim_matches(|c: char| matches!(c, '*' | '_' | '`' | '.' | ':' | '…') || c.is_whitespace());
    if text.is_empty() {
        // `...`, but not an empty title, which can have an ID.
        return title.contains(['.', '…']);
    }
    if !text.contains(['[', '{', '<']) {
        const UNNAMED_TITLES: [&str; 7] =
            ["tbd", "tba", "todo", "to do", "to be determined", "to be defined", "待定"];
        return UNNAMED_TITLES.iter().any(|word| text.eq_ignore_ascii_case(word));
    }
    // `PASS [ ] FAIL [ ]`: a form.
    text.contains("[ ]") && !text.contains("`[ ]`")
        || is_whole(text)
        || names_in_brackets(text)
        || has_several_names(text)
}

/// Returns whether a text has several words in brackets, none of which is a link, a tag or an index: `Test [endpoint]
/// in tests/test_[name].py`.
fn has_several_names(text: &str) -> bool {
    let is_name = |(at, _): &(usize, &str)| {
        let inside = text[at + 1..].split(']').next().unwrap_or_default();
        let after = &text[(at + 1 + inside.len() + 1).min(text.len())..];
        let is_quoted = text[..*at].matches('`').count() % 2 == 1;
        *at > 0
            && !is_quoted
            && inside.len() > 1
            && inside.chars().all(|c| c.is_lowercase() || matches!(c, ' ' | '_' | '-'))
            && !after.starts_with(['(', '['])
    };
    text.match_indices('[').filter(is_name).count() > 1
}

/// Returns whether a text consists of placeholders only.
fn is_whole(text: &str) -> bool {
    let mut rest = text;
    while let Some(open) = rest.chars().next() {
        let close = match open {
            '[' => ']',
            '{' => '}',
            '<' => '>',
            _ => return false,
        };
        let Some(end) = rest.find(close) else { return false };
        let after = rest[end..].trim_start_matches(close);
        let inside = rest[..end].trim_start_matches(open);
        let is_name = inside.contains(char::is_alphabetic)
            && !inside.contains(['[', '{', '<'])
            // Code and sentences in brackets may contain these characters.
            && (open == '[' && inside.contains(' ') || !inside.contains(['"', '=', '$', '@', ';']))
            && !inside.starts_with(['/', '!', '^']);
        // `[text](target)` and `[text][label]` are links, `[[name]]` is a link between notes.
        let is_link = open == '[' && (after.starts_with(['(', '[']) || rest.starts_with("[["));
        // `<https://example.org>` is a link.
        if !is_name || is_link || open == '<' && inside.contains(':') {
            return false;
        }
        rest = after.trim_start_matches(|c: char| {
            matches!(c, ',' | '/' | '-' | '–' | '—' | ':') || c.is_whitespace()
        });
    }
    true
}

/// Returns whether a text contains a name in brackets that consists of several words in capitals: `[FEATURE NAME]`.
fn names_in_brackets(text: &str) -> bool {
    text.match_indices('[').any(|(at, _)| {
        let inside = text[at + 1..].split(']').next().unwrap_or_default();
        let after = &text[(at + 1 + inside.len() + 1).min(text.len())..];
        inside.contains([' ', '_'])
            && inside.chars().all(|c| c.is_uppercase() || matches!(c, ' ' | '_' | '-'))
            && inside.starts_with(char::is_alphabetic)
            && !after.starts_with(['(', '['])
            // `[IN PROGRESS] text` and `text [NEEDS REVIEW]` are remarks.
            && at > 0
            && !after.trim().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        for title in [
            "[Task description]",
            "**[Criterion 1]**",
            "{{task}}",
            "TBD",
            "{task name}",
            "<name of the task>",
            "...",
            "…",
            "[Deliverable 1]: [Description]",
            "Create [ENTITY NAME] in the store",
            "[First task] - [who]",
            "[Check by hand, e.g. \"Open the page\"]",
            "PASS [ ] FAIL",
            "Test [endpoint] in tests/test_[name].py",
        ] {
            assert!(is_unfilled(title), "{title}");
        }
        for title in [
            "",
            "Write the index",
            "[Backend] Write the index",
            "Write the index [NEEDS REVIEW]",
            "[IN PROGRESS] Write the index",
            "[Guide](guide.md)",
            "[[Guide]]",
            "<https://example.org>",
            "Add `routes/[id].tsx`",
            "Support `array[0]`",
            "Draw `[ ]` in the list",
            "Compare `[id]` and `[slug]` routes",
            "Read [the guide](a.md) and [the rest](b.md)",
            "`{\"a\": 1}`",
        ] {
            assert!(!is_unfilled(title), "{title}");
        }
    }
}
