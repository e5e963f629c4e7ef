//! Names of types and constants: each is declared once in the workspace, so that one name has one meaning.

use std::collections::BTreeMap;

use super::files;

/// Names that are declared more than once, each with the reason.
const REPEATED: [(&str, &str); 6] = [
    ("RULE", "the rule that a file declares; `rules/mod.rs` lists them"),
    ("KIND", "the action kind that a file declares"),
    ("Arguments", "the arguments of a subcommand, derived by clap"),
    ("Command", "the subcommands of a program, derived by clap"),
    ("ALL", "all variants of an enum, an associated constant"),
    ("NONE", "the empty set of flags, an associated constant"),
];

/// Returns the name that a line declares, if it declares a type or a constant.
fn declared_name(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = match line.strip_prefix("pub") {
        Some(rest) if rest.starts_with('(') => rest.split_once(") ")?.1,
        Some(rest) => rest.strip_prefix(' ')?,
        None => line,
    };
    let keywords = ["struct ", "enum ", "trait ", "type ", "const ", "static ", "union "];
    let rest = keywords.iter().find_map(|keyword| line.strip_prefix(keyword))?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let name = &rest[..end];
    // `const fn` declares a function, and the types of a trait's implementation are named by the trait.
    let is_declaration = !name.is_empty()
        && !matches!(
            name,
            "fn" | "_" | "Output" | "Item" | "Error" | "Future" | "Target" | "ViewKey" | "EntriesContext"
        );
    (is_declaration
        || (matches!(name, "Item" | "Error" | "Target" | "ViewKey" | "EntriesContext")
            && !rest[end..].starts_with(" =")))
    .then_some(name)
}

#[test]
fn types_and_constants_have_names_of_their_own() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, text) in files() {
        let is_source = path.starts_with("crates/") && path.contains("/src/") && path.ends_with(".rs");
        if !is_source || path.ends_with("/tests.rs") || path.ends_with("/testing.rs") {
            continue;
        }
        let source = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in source.lines().enumerate() {
            if let Some(name) = declared_name(line) {
                places.entry(name.to_owned()).or_default().push(format!("{path}:{}", number + 1));
            }
        }
    }
    assert!(places.len() > 500, "only {} declarations were found", places.len());
    for (name, _) in REPEATED {
        assert!(places.get(name).is_some_and(|places| places.len() > 1), "`{name}` is declared at most once");
    }
    // Variants for builds with and without debug assertions, or for several systems, are one declaration.
    places.retain(|name, places| {
        places.dedup_by_key(|place| place.split(':').next().map(str::to_owned));
        places.len() > 1 && REPEATED.iter().all(|(repeated, _)| repeated != name)
    });
    let list: Vec<String> =
        places.iter().map(|(name, places)| format!("{name}: {}", places.join(", "))).collect();
    assert!(list.is_empty(), "{} names are declared more than once:\n{}", list.len(), list.join("\n"));
}
