//! Banned words and forms, with their replacements.

use std::sync::LazyLock;

use regex::Regex;

use super::{files, output};

/// Regular expressions that match banned forms, with their replacements. Case is ignored.
const BANNED: [(&str, &str); 31] = [
    (r"\bmend(s|ed|ing)?\b", "fix"),
    (r"\bthe books\b|\bkeep.{0,3}books\b|\bkeepBooks\b", "progress"),
    (r"\bthere (is|are) no\b", "X not found, unknown X, no X"),
    (r"\b(is|are) none\b", "not a valid X"),
    (r"\bis no\b", "is not a X"),
    (r"\bthat there (is|are) not\b", "unknown, that does not exist"),
    (r"\bstands\b|\bstanding\b", "is in, appears"),
    (r"\banew\b", "again, re-run, regenerate"),
    (r"\bwhoever\b", "a noun"),
    (r"\bnobody\b", "no one, a noun, the passive"),
    (r"\blies in\b", "is in"),
    (r"\blaid out alike\b", "formatted consistently"),
    (r"\bbut for\b", "except"),
    (r"\bin place of\b", "instead of"),
    (r"\bbeside\b", "next to, in addition to, in the same folder"),
    (r"\bwaits? for whom\b|\bwho waits\b", "dependency graph"),
    (r"\bcircles? of dependencies\b", "dependency cycle"),
    (r"\b(un)?tick(s|ed|ing)?\b", "check, uncheck, toggle"),
    (r"\bfigures? of progress\b", "stated progress, progress value"),
    (r"\bhas one sure fix\b", "can be fixed automatically"),
    (r"\bcomplaints?\b|\bcomplains?\b", "problem, error, warning"),
    (r"\bswitch(es|ed)? off\b", "disable, suppress"),
    (r"\bcarriers?\b", "state source"),
    (r"\bhealthy\b", "OK, no problems"),
    (r"\bwhat it is worth\b", "severity, value"),
    (r"\bhostile\b", "pathological, untrusted"),
    (r"\bmisspelt\b", "misspelled"),
    (r"\b(behaviour|colour|licen[c]e|neighbour)(s|ed|ing|hood)?\b", "American spelling"),
    (r"\b(catalogues?|labelled|labelling|modelled|modelling)\b", "American spelling"),
    (r"\b(afterwards|towards|upwards|downwards)\b", "after that, toward, upward, downward"),
    (r"\blook(s|ed)? for updates\b", "update check"),
];

/// Text that contains a banned form and is allowed: plain English, and a name of the API of VS Code.
const ALLOWED: [&str; 2] = ["is no longer", "ViewColumn.Beside"];

/// The part of a page that shows banned forms next to better ones: the one fenced block after this heading.
const EXAMPLES: (&str, &str) = ("docs/contributing.md", "## Style");

/// Returns the text with the fenced block of bad and good examples emptied; lines keep their numbers.
fn without_examples(path: &str, text: &str) -> String {
    if path != EXAMPLES.0 {
        return text.to_owned();
    }
    let (before, after) = text.split_once(EXAMPLES.1).expect("the page has a section on style");
    let mut is_in_block = false;
    let mut blocks = 0;
    let lines = after.split('\n').map(|line| {
        if line.starts_with("```") {
            is_in_block = !is_in_block;
            blocks += usize::from(is_in_block);
            return line;
        }
        if is_in_block && blocks == 1 { "" } else { line }
    });
    format!("{before}{}{}", EXAMPLES.1, lines.collect::<Vec<_>>().join("\n"))
}

/// Returns the places in a text that match a banned form, at most one for each line.
fn banned_places(path: &str, text: &str) -> Vec<String> {
    static FORMS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        BANNED.iter().map(|(form, better)| (Regex::new(&format!("(?i){form}")).unwrap(), *better)).collect()
    });
    let mut places = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let searched = ALLOWED.iter().fold(line.to_owned(), |line, allowed| line.replace(allowed, ""));
        // Several forms can match the same words: "there is no" contains "is no". The first one has the best advice.
        let found = FORMS.iter().find_map(|(form, better)| Some((form.find(&searched)?.as_str(), better)));
        if let Some((word, better)) = found {
            places.push(format!("{path}:{}: `{word}` (write: {better}): {}", number + 1, line.trim()));
        }
    }
    places
}

#[test]
fn no_file_has_a_banned_word() {
    let places: Vec<String> =
        files().iter().flat_map(|(path, text)| banned_places(path, &without_examples(path, text))).collect();
    assert!(places.is_empty(), "{} places:\n{}", places.len(), places.join("\n"));
}

#[test]
fn no_output_has_a_banned_word() {
    let commands = [
        "check",
        "rules",
        "explain",
        "inspect",
        "status",
        "next",
        "graph",
        "new",
        "templates",
        "fmt",
        "server",
    ];
    let mut places = banned_places("--help", &output(&["--help"]));
    for command in commands {
        let help = output(&[command, "--help"]);
        assert!(help.contains("Usage:"), "{command}: {help}");
        places.extend(banned_places(command, &help));
    }
    for command in [&["rules"][..], &["templates"], &["check", "docs/examples"], &["status", "docs/examples"]]
    {
        places.extend(banned_places(command[0], &output(command)));
    }
    assert!(places.is_empty(), "{} places:\n{}", places.len(), places.join("\n"));
}

#[test]
fn the_search_finds_banned_forms() {
    let text = "Mend the plan.\nThere is no `x.md`.\nIt is no longer here.\n";
    let places = banned_places("x", text);
    assert_eq!(places.len(), 2, "{places:?}");
    assert!(places[0].contains("x:1") && places[1].contains("x:2"), "{places:?}");
    let page = "# Page\n\n## Style\n\n```text\nmend\n```\n\n```text\nmend\n```\n";
    assert_eq!(banned_places("p", &without_examples(EXAMPLES.0, page)).len(), 1);
}
