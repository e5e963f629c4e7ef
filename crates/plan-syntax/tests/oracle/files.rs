//! Test texts on disk.

/// Returns the names and texts of the Markdown files below a folder of the shared test data.
pub fn shared(folder: &str) -> Vec<(String, String)> {
    let Some(root) = plan_test::shared(folder) else { return Vec::new() };
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).expect("a readable folder").flatten().map(|entry| entry.path())
        {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md" || extension == "txt") {
                let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
                found.push((name, std::fs::read_to_string(&path).expect("a readable file")));
            }
        }
    }
    found.sort();
    found
}
