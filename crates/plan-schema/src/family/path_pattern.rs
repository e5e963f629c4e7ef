//! Globs of profiles, matched component by component: `specs/*`, `checklists/**`, `plans/{key}-*.md`.

/// Maximum number of patterns that the alternatives in braces expand to.
const MAX_EXPANDED: usize = 64;
/// Maximum number of folders listed to find the paths that match a pattern.
const MAX_FOLDERS: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Component {
    /// `**`: any number of components.
    Any,
    Name(Vec<NamePiece>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum NamePiece {
    Literal(String),
    /// `*`: any text.
    Star,
    /// `?`: one character.
    One,
    /// `{key}`: the key of the set.
    Key,
}

/// Form of the text that `{key}` matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum KeyForm {
    /// Any text.
    #[default]
    Text,
    /// A number, compared without leading zeros.
    Number,
}

/// A glob over the components of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PathPattern {
    components: Vec<Component>,
}

impl PathPattern {
    /// Reads a glob with alternatives in braces.
    pub fn parse(glob: &str) -> Result<Vec<Self>, String> {
        if glob.trim().is_empty() || glob.starts_with('/') {
            return Err("expected a path relative to the project".to_owned());
        }
        let mut expanded = vec![glob.to_owned()];
        while let Some((at, open, close)) =
            expanded.iter().enumerate().find_map(|(at, glob)| alternatives(glob, at))
        {
            let glob = expanded.remove(at);
            for alternative in glob[open + 1..close].split(',') {
                expanded.push(format!("{}{alternative}{}", &glob[..open], &glob[close + 1..]));
            }
            if expanded.len() > MAX_EXPANDED {
                return Err(format!("more than {MAX_EXPANDED} alternatives"));
            }
        }
        expanded.iter().map(|glob| Self::parse_one(glob)).collect()
    }

    fn parse_one(glob: &str) -> Result<Self, String> {
        let mut components = Vec::new();
        for name in glob.trim_end_matches('/').split('/') {
            if name == "**" {
                components.push(Component::Any);
                continue;
            }
            let mut pieces: Vec<NamePiece> = Vec::new();
            let mut rest = name;
            while let Some(first) = rest.chars().next() {
                let (piece, length) = match first {
                    '*' => (NamePiece::Star, 1),
                    '?' => (NamePiece::One, 1),
                    '{' if rest.starts_with("{key}") => (NamePiece::Key, 5),
                    '{' | '}' => {
                        return Err(format!("unexpected brace in `{name}`; expected {{key}} or {{a,b}}"));
                    }
                    _ => {
                        let end = rest.find(['*', '?', '{', '}']).unwrap_or(rest.len());
                        (NamePiece::Literal(rest[..end].to_lowercase()), end)
                    }
                };
                pieces.push(piece);
                rest = &rest[length..];
            }
            components.push(Component::Name(pieces));
        }
        // `specs/**` covers everything below the folder.
        Ok(Self { components })
    }

    /// Returns the indices of the components at which the pattern can start in a path with `count` components. A
    /// pattern with a leading `**` always starts at the first component.
    pub fn starts(&self, count: usize) -> std::ops::Range<usize> {
        if self.components.first() == Some(&Component::Any) { 0..count.min(1) } else { 0..count }
    }

    /// Returns whether the pattern contains `{key}`.
    pub fn has_key(&self) -> bool {
        self.components
            .iter()
            .any(|component| matches!(component, Component::Name(pieces) if pieces.contains(&NamePiece::Key)))
    }

    /// Returns the number of components without wildcards, a measure of how specific the pattern is.
    pub fn literal_components(&self) -> usize {
        let is_literal = |component: &&Component| matches!(component, Component::Name(pieces) if pieces.iter().all(|piece| matches!(piece, NamePiece::Literal(_))));
        self.components.iter().filter(is_literal).count()
    }

    /// Returns the path up to the first component with a wildcard.
    pub fn literal_path(&self) -> String {
        let names = self.components.iter().map_while(|component| match component {
            Component::Name(pieces) => match &pieces[..] {
                [NamePiece::Literal(name)] => Some(name.as_str()),
                _ => None,
            },
            Component::Any => None,
        });
        names.collect::<Vec<_>>().join("/")
    }

    /// Returns the number of components of matching paths, if it is fixed.
    pub fn fixed_length(&self) -> Option<usize> {
        (!self.components.contains(&Component::Any)).then_some(self.components.len())
    }

    /// Adds the matching paths to `found`. `list` returns the names in a folder, and no names for a file. All paths are
    /// relative to the folder at which the pattern starts.
    pub fn find(&self, list: &dyn Fn(&str) -> Vec<String>, found: &mut Vec<String>) {
        let mut left = MAX_FOLDERS;
        find_components(&self.components, "", list, &mut left, found);
    }

    /// Matches all of these components, given in lower case. Returns `None` if they do not match, otherwise the key if
    /// the pattern has one.
    pub fn matches(&self, path: &[&str], key: KeyForm) -> Option<Option<String>> {
        let mut found = None;
        matches_components(&self.components, path, key, &mut found).then_some(found)
    }
}

/// Returns the first braces with alternatives.
fn alternatives(glob: &str, at: usize) -> Option<(usize, usize, usize)> {
    let mut from = 0;
    while let Some(open) = glob[from..].find('{').map(|open| from + open) {
        let close = glob[open..].find('}').map(|close| open + close)?;
        if glob[open..close].contains(',') {
            return Some((at, open, close));
        }
        from = close;
    }
    None
}

fn find_components(
    pattern: &[Component],
    folder: &str,
    list: &dyn Fn(&str) -> Vec<String>,
    left: &mut usize,
    found: &mut Vec<String>,
) {
    let Some((first, rest)) = pattern.split_first() else {
        if !found.iter().any(|known| known == folder) {
            found.push(folder.to_owned());
        }
        return;
    };
    let below = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
    // A name without wildcards can be appended without listing the folder.
    if let Component::Name(pieces) = first
        && let [NamePiece::Literal(name)] = &pieces[..]
        && !rest.is_empty()
    {
        return find_components(rest, &below(name), list, left, found);
    }
    if *left == 0 {
        return;
    }
    *left -= 1;
    if *first == Component::Any {
        find_components(rest, folder, list, left, found);
    }
    for name in list(folder) {
        match first {
            Component::Any => find_components(pattern, &below(&name), list, left, found),
            Component::Name(pieces) => {
                if matches_name(pieces, &name.to_lowercase(), KeyForm::Text, &mut None) {
                    find_components(rest, &below(&name), list, left, found);
                }
            }
        }
    }
}

fn matches_components(pattern: &[Component], path: &[&str], form: KeyForm, key: &mut Option<String>) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((Component::Any, rest)), _) => {
            // A trailing `**` matches at least one component.
            if rest.is_empty() {
                return !path.is_empty();
            }
            (0..=path.len()).any(|skip| matches_components(rest, &path[skip..], form, key))
        }
        (Some((Component::Name(pieces), rest)), Some((name, others))) => {
            let mut own = None;
            if !matches_name(pieces, name, form, &mut own) {
                return false;
            }
            if own.is_some() {
                *key = own;
            }
            matches_components(rest, others, form, key)
        }
        _ => false,
    }
}

fn matches_name(pieces: &[NamePiece], name: &str, form: KeyForm, key: &mut Option<String>) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return name.is_empty() };
    match first {
        NamePiece::Literal(text) => {
            name.strip_prefix(text.as_str()).is_some_and(|name| matches_name(rest, name, form, key))
        }
        NamePiece::One => {
            let mut characters = name.chars();
            characters.next().is_some() && matches_name(rest, characters.as_str(), form, key)
        }
        NamePiece::Star => {
            let ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
            ends.into_iter().any(|end| matches_name(rest, &name[end..], form, key))
        }
        NamePiece::Key => {
            let length = match form {
                KeyForm::Text => name.len(),
                KeyForm::Number => name.bytes().take_while(u8::is_ascii_digit).count(),
            };
            let mut ends = name
                .char_indices()
                .map(|(at, _)| at)
                .chain([name.len()])
                .filter(|end| *end > 0 && *end <= length);
            let ends: Vec<usize> = match form {
                KeyForm::Text => ends.collect(),
                KeyForm::Number => ends.next_back().into_iter().collect(),
            };
            ends.into_iter().any(|end| {
                let is_match = matches_name(rest, &name[end..], form, key);
                if is_match {
                    let number = name[..end].trim_start_matches('0');
                    *key = Some(
                        if form == KeyForm::Number && !number.is_empty() { number } else { &name[..end] }
                            .to_owned(),
                    );
                }
                is_match
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, path: &str) -> Option<Option<String>> {
        let path: Vec<&str> = path.split('/').collect();
        PathPattern::parse(glob).unwrap().iter().find_map(|pattern| pattern.matches(&path, KeyForm::Number))
    }

    #[test]
    fn globs() {
        assert!(matches("specs/*", "specs/001-a").is_some());
        assert!(matches("specs/*", "specs/001-a/spec.md").is_none());
        assert!(matches("specs/**/spec.md", "specs/auth/login/spec.md").is_some());
        assert!(matches("specs/**/spec.md", "specs/spec.md").is_some());
        assert!(matches("contracts/**", "contracts/a/b.md").is_some());
        assert!(
            matches(".specify/templates/{spec,plan}-template.md", ".specify/templates/plan-template.md")
                .is_some()
        );
        assert!(matches("**/speckit.*.md", ".claude/commands/speckit.plan.md").is_some());
        assert_eq!(
            matches("codev/specs/{key}-*.md", "codev/specs/0012-move.md"),
            Some(Some("12".to_owned()))
        );
        assert!(matches("codev/specs/{key}-*.md", "codev/specs/move.md").is_none());
        let list = |folder: &str| -> Vec<String> {
            let names: &[&str] = match folder {
                "" => &["a", "b"],
                "a" => &["x.md", "c", "y.txt"],
                "a/c" => &["X.md"],
                _ => &[],
            };
            names.iter().map(|name| (*name).to_owned()).collect()
        };
        let found = |glob: &str| {
            let mut found = Vec::new();
            PathPattern::parse(glob).unwrap().iter().for_each(|pattern| pattern.find(&list, &mut found));
            found.join(" ")
        };
        assert_eq!(found("a/*.md"), "a/x.md");
        assert_eq!(found("a/{c,d}/*.md"), "a/c/X.md");
        assert_eq!(found("**/x.md"), "a/x.md a/c/X.md");
        assert!(PathPattern::parse("/a").is_err() && PathPattern::parse("{x}/a").is_err());
    }
}
