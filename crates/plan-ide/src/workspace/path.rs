//! Paths as text: absolute, with `/` as separator, without `.` and `..`.

/// Returns the folder of a file, without a trailing `/`. Empty for a path without folders.
pub fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..at])
}

/// Returns the last component of a path.
pub fn name(path: &str) -> &str {
    path.rfind('/').map_or(path, |at| &path[at + 1..])
}

/// Returns the last component of a path without its extension.
pub fn stem(path: &str) -> &str {
    let name = name(path);
    name.rfind('.').filter(|at| *at > 0).map_or(name, |at| &name[..at])
}

/// Resolves a relative path in a folder. `None` if it leads above the root of the file system.
pub fn join(folder: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').collect();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                if parts.len() < 2 {
                    return None;
                }
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Returns the path `to` relative to the folder `from`.
pub fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = to.split('/').filter(|part| !part.is_empty()).collect();
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let mut parts = vec![".."; from.len() - same];
    parts.extend(&to[same..]);
    parts.join("/")
}

/// Returns whether a path is in a folder, at any depth.
pub fn is_in(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') || folder.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_paths() {
        assert_eq!((folder("/a/b/c.md"), name("/a/b/c.md"), stem("/a/b/c.md")), ("/a/b", "c.md", "c"));
        assert_eq!((folder("c.md"), stem(".gitignore")), ("", ".gitignore"));
        assert!(is_in("/a/b/c", "/a/b") && !is_in("/a/bc", "/a/b") && !is_in("/a/b", "/a/b"));
    }

    #[test]
    fn joins_and_relativizes_paths() {
        assert_eq!(join("/a/b", "../c/./d.md").as_deref(), Some("/a/c/d.md"));
        assert_eq!(join("/a", "../../x"), None);
        assert_eq!(join("c:/a", "b").as_deref(), Some("c:/a/b"));
        assert_eq!(relative("/a/b", "/a/c/d.md"), "../c/d.md");
        assert_eq!(relative("/a/b", "/a/b/d.md"), "d.md");
    }
}
