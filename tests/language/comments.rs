//! The forms of doc comments.

use super::files;

/// First words of a function's comment that are allowed although they are not a verb in the third person.
const ALLOWED_FIRST_WORDS: [&str; 2] = ["Like", "Never"];

/// Nouns in the plural, which could be mistaken for a verb in the third person.
const PLURAL_NOUNS: [&str; 9] =
    ["Fields", "Indices", "Items", "Lines", "Names", "Ranges", "Tasks", "Texts", "This"];

/// Forms that a comment does not start with: a pronoun without an antecedent, or a relative clause instead of a noun.
const BANNED_STARTS: [&str; 8] =
    ["Its ", "It ", "What ", "Whatever ", "They ", "Those ", "The same ", "That "];

/// Forms that comments do not contain, each with a better one.
const BANNED_FORMS: [(&str, &str); 7] = [
    ("what is ", "a noun"),
    ("what was ", "a noun"),
    ("what they ", "a noun"),
    ("what comes ", "a noun"),
    ("what follows", "the following X"),
    (", else ", "otherwise"),
    (" counts as ", "is treated as"),
];

/// A doc comment with the declaration that follows it.
struct DocComment<'a> {
    /// Number of the first line, 1-based.
    line: usize,
    /// The first line.
    text: &'a str,
    declaration: &'a str,
    is_test: bool,
}

/// Returns the doc comments of a source file.
fn doc_comments(source: &str) -> Vec<DocComment<'_>> {
    let lines: Vec<&str> = source.lines().map(str::trim_start).collect();
    let mut found = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        let line = index + 1;
        let Some(text) = lines[index].strip_prefix("/// ") else {
            index += 1;
            continue;
        };
        let mut is_test = false;
        while index < lines.len() && lines[index].starts_with(['/', '#']) {
            is_test |= lines[index].starts_with("#[") && lines[index].contains("test");
            index += 1;
        }
        found.push(DocComment {
            line,
            text,
            declaration: lines.get(index).copied().unwrap_or_default(),
            is_test,
        });
    }
    found
}

/// Returns whether a line declares a function.
fn declares_function(line: &str) -> bool {
    let line = match line.strip_prefix("pub(") {
        Some(rest) => rest.split_once(") ").map_or(rest, |(_, rest)| rest),
        None => line,
    };
    let modifiers = ["pub", "const", "async", "unsafe"];
    line.split(' ').find(|word| !modifiers.contains(word)) == Some("fn")
}

/// Returns whether a word can start the comment of a function.
fn is_verb(word: &str) -> bool {
    let is_capitalized = word.starts_with(|c: char| c.is_ascii_uppercase());
    is_capitalized && word.ends_with('s') && !PLURAL_NOUNS.contains(&word)
        || ALLOWED_FIRST_WORDS.contains(&word)
}

/// Returns the problems of the doc comments in a source file.
fn problems(path: &str, source: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for comment in doc_comments(source) {
        let first = comment.text.split([' ', '.', ',', ':']).next().unwrap_or_default();
        let place = format!("{path}:{}: {}", comment.line, comment.text);
        if BANNED_STARTS.iter().any(|start| comment.text.starts_with(start)) {
            problems.push(format!("{place} (start with a noun or a verb)"));
        } else if declares_function(comment.declaration) && !comment.is_test && !is_verb(first) {
            problems.push(format!("{place} (start with a verb such as `Returns`)"));
        }
    }
    problems
}

#[test]
fn doc_comments_state_contracts() {
    let mut found = Vec::new();
    for (path, text) in files() {
        if path.starts_with("crates/") && path.contains("/src/") && path.ends_with(".rs") {
            found.extend(problems(&path, &text));
        }
    }
    assert!(found.is_empty(), "{} comments:\n{}", found.len(), found.join("\n"));
}

#[test]
fn comments_contain_nouns_instead_of_clauses() {
    let mut found = Vec::new();
    for (path, text) in files() {
        if !path.starts_with("crates/") || !path.contains("/src/") || !path.ends_with(".rs") {
            continue;
        }
        for (number, line) in text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("//"))
        {
            if let Some((form, better)) = BANNED_FORMS.iter().find(|(form, _)| line.contains(form)) {
                found.push(format!("{path}:{}: `{form}` (write: {better}): {}", number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{} comments:\n{}", found.len(), found.join("\n"));
}

#[test]
fn the_check_finds_other_forms() {
    let source = "/// Name.\npub fn name() {}\n/// Returns the name.\npub(crate) const fn other() {}\n\
                  /// Its name.\nname: u8,\n";
    let found = problems("x", source);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].contains("x:1") && found[1].contains("x:5"), "{found:?}");
}
