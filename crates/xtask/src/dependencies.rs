//! `cargo xtask dependencies`: every dependency is used, and its name and license are permitted by `deny.toml`.
//!
//! Covers the packages that are built on this platform. `cargo deny check` covers all platforms and advisories, but has to be
//! installed.

use std::{
    collections::BTreeSet,
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;
use spdx::{Expression, ParseMode};
use toml_edit::{Document, Table};

/// Manifests of the workspaces, relative to the root of the repository.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "tests/fuzz/Cargo.toml"];

/// Checks the dependencies of all manifests.
///
/// # Errors
/// Returns an error that lists all problems.
pub fn check(root: &Path) -> Result<(), Box<dyn Error>> {
    let rules = fs::read_to_string(root.join("deny.toml"))?;
    let rules = Document::parse(rules)?;
    let mut problems = Vec::new();
    for manifest in MANIFESTS {
        let manifest = root.join(manifest);
        let metadata = metadata(&manifest)?;
        problems.extend(unused(&metadata)?);
        problems.extend(unused_in_workspace(&fs::read_to_string(&manifest)?, &metadata)?);
        problems.extend(not_permitted(&metadata, rules.as_table())?);
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(problems.join("\n").into()),
    }
}

/// Returns the output of `cargo metadata` for this platform.
fn metadata(manifest: &Path) -> Result<Value, Box<dyn Error>> {
    let output = |program: &str, arguments: &[&str]| -> Result<Vec<u8>, Box<dyn Error>> {
        let output = Command::new(program).args(arguments).arg("--manifest-path").arg(manifest).output()?;
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(String::from_utf8_lossy(&output.stderr).into()),
        }
    };
    let version = Command::new("rustc").arg("-vV").output()?.stdout;
    let version = String::from_utf8(version)?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc names no host")?;
    let arguments = ["metadata", "--format-version=1", "--locked", "--filter-platform", host];
    Ok(serde_json::from_slice(&output("cargo", &arguments)?)?)
}

fn array<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Returns the packages of the workspace itself.
fn members(metadata: &Value) -> impl Iterator<Item = &Value> {
    let members = array(metadata, "workspace_members");
    array(metadata, "packages").iter().filter(move |package| members.contains(&package["id"]))
}

/// Returns a problem for each declared dependency that no source of its package names.
fn unused(metadata: &Value) -> io::Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in members(metadata) {
        let (mut program, mut build, mut all) = (String::new(), String::new(), String::new());
        for target in array(package, "targets") {
            let path = Path::new(text(target, "src_path"));
            let kind = array(target, "kind").first().and_then(Value::as_str);
            let code = match (kind, path.parent()) {
                (Some("custom-build"), _) | (_, None) => fs::read_to_string(path)?,
                (_, Some(folder)) => sources(folder)?,
            };
            match kind {
                Some("custom-build") => build.push_str(&code),
                Some("lib" | "bin") => program.push_str(&code),
                _ => {}
            }
            all.push_str(&code);
        }
        for dependency in array(package, "dependencies") {
            let code = match dependency["kind"].as_str() {
                None => &program,
                Some("build") => &build,
                Some(_) => &all,
            };
            let name = dependency["rename"].as_str().unwrap_or(text(dependency, "name"));
            if !names(code, name) {
                problems.push(format!("unused dependency `{name}` of `{}`", text(package, "name")));
            }
        }
    }
    Ok(problems)
}

/// Returns a problem for each entry of `[workspace.dependencies]` that no package uses.
fn unused_in_workspace(manifest: &str, metadata: &Value) -> Result<Vec<String>, Box<dyn Error>> {
    let manifest = Document::parse(manifest)?;
    let dependencies = members(metadata).flat_map(|package| array(package, "dependencies"));
    let used: BTreeSet<&str> = dependencies.map(|dependency| text(dependency, "name")).collect();
    let declared = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let declared = declared.and_then(|declared| declared.as_table_like()).into_iter();
    let declared = declared.flat_map(|declared| declared.iter()).map(|(name, _)| name);
    Ok(declared
        .filter(|name| !used.contains(name))
        .map(|name| format!("unused entry `{name}` of `[workspace.dependencies]`"))
        .collect())
}

/// Returns a problem for each package with a name or license that `deny.toml` does not permit.
fn not_permitted(metadata: &Value, rules: &Table) -> Result<Vec<String>, Box<dyn Error>> {
    let list = |section: &str, key: &str| {
        let list = rules.get(section).and_then(|section| section.get(key)).and_then(|list| list.as_array());
        list.map(|list| list.iter().cloned().collect::<Vec<_>>()).ok_or(format!("deny.toml: missing `{key}`"))
    };
    let licenses = list("licenses", "allow")?;
    let licenses: BTreeSet<&str> = licenses.iter().filter_map(toml_edit::Value::as_str).collect();
    let banned = list("bans", "deny")?;
    let banned: BTreeSet<&str> =
        banned.iter().filter_map(|entry| entry.as_inline_table()?.get("name")?.as_str()).collect();
    let mut problems = Vec::new();
    for package in array(metadata, "packages") {
        let (name, license) = (text(package, "name"), text(package, "license"));
        if banned.contains(name) {
            problems.push(format!("`{name}` is banned by deny.toml"));
        }
        let is_permitted = Expression::parse_mode(license, ParseMode::LAX)
            .is_ok_and(|license| license.evaluate(|required| licenses.contains(&*required.to_string())));
        if !is_permitted {
            problems.push(format!("license `{license}` of `{name}` is not in deny.toml"));
        }
    }
    Ok(problems)
}

/// Returns the text of all Rust files in a folder and its subfolders.
fn sources(folder: &Path) -> io::Result<String> {
    let mut code = String::new();
    let mut paths: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(path) = paths.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                paths.push(entry?.path());
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            code.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(code)
}

/// Returns whether code uses a crate: `name::` in a path, or `use name`.
fn names(code: &str, package: &str) -> bool {
    let name = package.replace('-', "_");
    let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    lines.flat_map(|line| line.match_indices(&name).map(move |(at, found)| (line, at, found.len()))).any(
        |(line, at, length)| {
            let (before, after) = (&line[..at], &line[at + length..]);
            let is_word = !before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '"'));
            is_word
                && (after.starts_with("::") || before.ends_with("use ") && after.starts_with([';', ' ', ',']))
        },
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn uses_of_crates() {
        for code in ["use serde_json::Value;", "let x = serde_json::json!(1);", "    use serde_json;"] {
            assert!(names(code, "serde-json"), "{code}");
        }
        for code in ["// serde_json::Value", "mod serde_json;", "my_serde_json::x", "serde_json_x::y"] {
            assert!(!names(code, "serde-json"), "{code}");
        }
    }

    #[test]
    fn names_and_licenses_that_are_not_permitted() {
        let rules = "[licenses]\nallow = [\"MIT\", \"Apache-2.0 WITH LLVM-exception\"]\n\
                     [bans]\ndeny = [{ name = \"curl\" }]\n";
        let rules = Document::parse(rules).unwrap();
        let metadata = json!({"packages": [
            {"name": "a", "license": "MIT OR Apache-2.0"},
            {"name": "b", "license": "GPL-3.0"},
            {"name": "c", "license": "MIT/Apache-2.0"},
            {"name": "d", "license": "MIT AND Apache-2.0"},
            {"name": "e", "license": "Apache-2.0 WITH LLVM-exception"},
            {"name": "curl", "license": "MIT"},
            {"name": "f"},
        ]});
        assert_eq!(
            not_permitted(&metadata, rules.as_table()).unwrap(),
            [
                "license `GPL-3.0` of `b` is not in deny.toml",
                "license `MIT AND Apache-2.0` of `d` is not in deny.toml",
                "`curl` is banned by deny.toml",
                "license `` of `f` is not in deny.toml"
            ]
        );
    }
}
