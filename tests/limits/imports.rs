//! Checks that the files of the crates import each other in one direction.
//!
//! The `use` lines and the paths in the code of a file are its imports. Imports of the modules above a file (`mod.rs`
//! or `name.rs`) are ignored, because a folder divides their content into files. Re-exports are ignored as well.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Permitted import cycles, each with its reason: the crate, and the files of the cycle.
///
/// The words of other languages are in one table for fields, columns and states. The table uses the types of these
/// three modules, and each of them searches it after its own English words.
///
/// The text facts of a segment include those of two rules, which define the types of these facts.
const PERMITTED_CYCLES: [(&str, &[&str]); 2] = [
    ("plan-model", &["facts::table", "field", "state", "words"]),
    ("plan-ide", &["rules::count_mismatch", "rules::text_facts", "rules::unknown_criterion"]),
];

/// A module path: `["facts", "table"]`.
type Module = Vec<String>;

/// The files of a crate.
struct Files {
    texts: BTreeMap<Module, String>,
    /// The paths that each file imports or names, with whether it is a `pub use`.
    paths: BTreeMap<Module, Vec<(bool, Module)>>,
}

impl Files {
    fn of(source: &Path) -> Self {
        let mut texts = BTreeMap::new();
        read(source, &mut Vec::new(), &mut texts);
        let paths = texts.iter().map(|(module, text)| (module.clone(), paths(text))).collect();
        Self { texts, paths }
    }

    /// Returns a path from the root of the crate; `None` if it leads to another crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Module> {
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some([module, &path[1..]].concat()),
            "super" => {
                let up = path.iter().take_while(|part| *part == "super").count();
                Some([&module[..module.len().checked_sub(up)?], &path[up..]].concat())
            }
            first => {
                let child = [module, &[first.to_owned()]].concat();
                self.texts.contains_key(&child).then(|| [module, path].concat())
            }
        }
    }

    /// Returns the module that a path leads to, following re-exports. `depth` is the number of re-exports followed so
    /// far.
    fn file(&self, path: &[String], depth: usize) -> Module {
        let length = (0..=path.len()).rev().find(|length| self.texts.contains_key(&path[..*length]));
        let (module, rest) = path.split_at(length.unwrap_or(0));
        let Some(name) = rest.first().filter(|_| depth < 8) else { return module.to_vec() };
        let reexports = self.paths[module].iter().filter(|(_, import)| import.last() == Some(name));
        let mut targets = reexports.filter_map(|(_, import)| self.absolute(module, import));
        let target = targets.find(|target| !path.starts_with(target));
        target.map_or_else(|| module.to_vec(), |target| self.file(&[&target, &rest[1..]].concat(), depth + 1))
    }

    fn imports(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let imports = self.paths.iter().map(|(module, paths)| {
            let targets = paths.iter().filter_map(|(is_public, path)| {
                let target = self.file(&self.absolute(module, path)?, 0);
                let is_reexport = *is_public && (module.is_empty() || target.starts_with(module));
                (!module.starts_with(&target) && !is_reexport).then_some(target)
            });
            (module, targets.collect())
        });
        imports.collect()
    }

    /// Returns the import cycles: groups of files that import each other, directly or through other files.
    fn import_cycles(&self) -> Vec<BTreeSet<String>> {
        let imports = self.imports();
        let reachable = |from: &Module| {
            let (mut found, mut open) = (BTreeSet::new(), vec![from]);
            while let Some(module) = open.pop() {
                open.extend(imports[module].iter().filter(|target| found.insert((*target).clone())));
            }
            found
        };
        let all: BTreeMap<&Module, BTreeSet<Module>> =
            imports.keys().map(|module| (*module, reachable(module))).collect();
        let mut import_cycles = BTreeSet::new();
        for (module, from) in all.iter().filter(|(module, from)| from.contains(**module)) {
            let circle = from.iter().filter(|other| all[other].contains(*module));
            import_cycles.insert(circle.map(|module| module.join("::")).collect::<BTreeSet<_>>());
        }
        import_cycles.into_iter().collect()
    }
}

fn read(folder: &Path, module: &mut Module, texts: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let is_root = matches!(&*name, "mod" | "lib" | "main");
        if !is_root {
            module.push(name.clone());
        }
        if path.is_dir() {
            read(&path, module, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
            texts.insert(module.clone(), lines.collect::<Vec<_>>().join("\n"));
        }
        if !is_root {
            module.pop();
        }
    }
}

/// Returns the paths of the `use` lines of a text, and those in its code that begin with `crate`, `super` or
/// `self`.
fn paths(text: &str) -> Vec<(bool, Module)> {
    let mut found = Vec::new();
    let mut code = String::new();
    for statement in text.split_inclusive(';') {
        let start = statement.find("use ").filter(|at| {
            let line = statement[..*at].rsplit('\n').next().unwrap_or_default().trim();
            line.is_empty() || line.starts_with("pub")
        });
        match start {
            Some(at) => {
                code.push_str(&statement[..at]);
                let is_public = statement[..at].rsplit('\n').next().unwrap_or_default().contains("pub");
                let tree = statement[at + "use ".len()..].trim_end_matches(';');
                expand(&mut Vec::new(), tree, &mut |path| found.push((is_public, path)));
            }
            None => code.push_str(statement),
        }
    }
    for word in code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':') {
        if ["crate::", "super::", "self::"].iter().any(|start| word.starts_with(start)) {
            found
                .push((false, word.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect()));
        }
    }
    found
}

/// Calls `visit` with each path of a tree such as `a::{b, c::d}`.
fn expand(before: &mut Module, tree: &str, visit: &mut impl FnMut(Module)) {
    let tree = tree.trim();
    let (head, inner) = tree.split_once('{').map_or((tree, None), |(head, rest)| (head, Some(rest)));
    let length = before.len();
    let head = head.split(" as ").next().unwrap_or_default();
    before.extend(head.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
    match inner.and_then(|inner| inner.rsplit_once('}')) {
        Some((inner, _)) => {
            let (mut depth, mut start) = (0, 0);
            for (at, character) in inner.char_indices().chain([(inner.len(), ',')]) {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        if !inner[start..at].trim().is_empty() {
                            expand(before, &inner[start..at], visit);
                        }
                        start = (at + 1).min(inner.len());
                    }
                    _ => {}
                }
            }
        }
        None => visit(before.clone()),
    }
    before.truncate(length);
}

#[test]
fn files_import_each_other_in_one_direction() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for name in ["plan-syntax", "plan-model", "plan-schema", "plan-ide", "plansmith"] {
        let files = Files::of(&crates.join(name).join("src"));
        let imports: usize = files.imports().values().map(BTreeSet::len).sum();
        assert!(imports > files.texts.len(), "{name}: only {imports} imports found");
        found.extend(files.import_cycles().into_iter().map(|circle| (name, circle)));
    }
    let expected =
        PERMITTED_CYCLES.map(|(name, files)| (name, files.iter().map(|file| (*file).to_owned()).collect()));
    assert_eq!(found, expected, "import_cycles of imports");
}

#[test]
fn trees_of_imports_are_expanded() {
    let found = paths("pub use a::{b, c::{self, D as E}};\nfn f() { super::g::h(1) }\n");
    let found: Vec<String> =
        found.iter().map(|(is_public, path)| format!("{is_public} {}", path.join("::"))).collect();
    assert_eq!(found, ["true a::b", "true a::c::self", "true a::c::D", "false super::g::h"]);
}
