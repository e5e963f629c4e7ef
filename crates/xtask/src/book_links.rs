//! `cargo xtask book-links`: the preprocessor of the documentation's site (`book.toml`), called by mdBook.
//!
//! A link to a file of the repository that is not a page of the site, such as a source file or an example plan, leads to the
//! repository. A link to `README.md` leads to `index.md`, as mdBook calls this page. On a code host the links work as they are
//! written.

use std::{
    collections::BTreeSet,
    error::Error,
    io::{Read, Write},
};

use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

/// Reads mdBook's context and book from `input` and writes the book with changed links to `output`.
pub fn preprocess(mut input: impl Read, mut output: impl Write) -> Result<(), Box<dyn Error>> {
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    let Value::Array(mut values) = serde_json::from_str(&text)? else {
        return Err("expected an array with the context and the book".into());
    };
    let mut book = values.pop().ok_or("expected an array with the context and the book")?;
    let mut pages = BTreeSet::new();
    collect_pages(&book, &mut pages);
    rewrite(&mut book, &pages);
    serde_json::to_writer(&mut output, &book)?;
    Ok(())
}

/// Collects the paths of all chapters, relative to `docs`.
fn collect_pages(value: &Value, pages: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(path) = map.get("source_path").and_then(Value::as_str) {
                pages.insert(path.replace('\\', "/"));
            }
            map.values().for_each(|value| collect_pages(value, pages));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_pages(value, pages)),
        _ => {}
    }
}

/// Changes the links of all chapters in `value`.
fn rewrite(value: &mut Value, pages: &BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let path = map.get("source_path").and_then(Value::as_str).map(|path| path.replace('\\', "/"));
            if let (Some(path), Some(Value::String(content))) = (path, map.get_mut("content")) {
                *content = with_site_links(content, &path, pages);
            }
            map.values_mut().for_each(|value| rewrite(value, pages));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| rewrite(value, pages)),
        _ => {}
    }
}

/// Returns the Markdown of the page `path` with links that work on the site.
fn with_site_links(content: &str, path: &str, pages: &BTreeSet<String>) -> String {
    let mut text = content.to_owned();
    let links: Vec<_> = Parser::new_ext(content, Options::ENABLE_TABLES)
        .into_offset_iter()
        .filter_map(|(event, range)| match event {
            Event::Start(Tag::Link { dest_url, .. }) => Some((dest_url, range)),
            _ => None,
        })
        .collect();
    for (destination, range) in links.into_iter().rev() {
        let Some(url) = site_destination(&destination, path, pages) else { continue };
        let written = format!("]({destination}");
        if let Some(at) = content[range.clone()].rfind(&written) {
            let start = range.start + at;
            text.replace_range(start..start + written.len(), &format!("]({url}"));
        }
    }
    text
}

/// Returns the destination on the site for a link on the page `path`. Returns `None` if it is the destination as written.
fn site_destination(destination: &str, path: &str, pages: &BTreeSet<String>) -> Option<String> {
    if destination.starts_with(['#', '/']) || destination.contains(':') {
        return None;
    }
    let (file, anchor) = match destination.split_once('#') {
        Some((file, anchor)) => (file, format!("#{anchor}")),
        None => (destination, String::new()),
    };
    let page = format!("docs/{path}");
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let target = parts.join("/");
    match target.strip_prefix("docs/") {
        Some(in_docs) if pages.contains(in_docs) => {
            Some(format!("{}index.md{anchor}", file.strip_suffix("README.md")?))
        }
        // mdBook copies other files, such as images.
        Some(in_docs) if !in_docs.ends_with(".md") => None,
        _ => Some(format!("{}/blob/main/{target}{anchor}", env!("CARGO_PKG_REPOSITORY"))),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

    use serde_json::json;

    use super::*;

    #[test]
    fn links_work_on_the_site() {
        let page = "\
[a page](../settings.md#all-settings), [a file](../../action.yml), [an example](../examples/project-plan.md#goal),
[an image](../images/a.png), [a site](https://example.org/x.md), [here](#top), `[code](../../x.rs)`, [rules](../rules/README.md)

| a | [in a table](../../packaging/README.md) |
| - | - |

```markdown
[in code](../../x.rs)
```
";
        let changed = "\
[a page](../settings.md#all-settings), [a file](REPO/action.yml), [an example](REPO/docs/examples/project-plan.md#goal),
[an image](../images/a.png), [a site](https://example.org/x.md), [here](#top), `[code](../../x.rs)`, [rules](../rules/index.md)

| a | [in a table](REPO/packaging/README.md) |
| - | - |

```markdown
[in code](../../x.rs)
```
";
        let book = json!([{"root": "/"}, {"items": [
            {"Chapter": {"source_path": "settings.md", "content": "", "sub_items": [
                {"Chapter": {"source_path": "rules/README.md", "content": "", "sub_items": []}},
            ]}},
            {"Chapter": {"source_path": "how-to/ci.md", "content": page, "sub_items": []}},
        ]}]);
        let mut output = Vec::new();
        preprocess(book.to_string().as_bytes(), &mut output).unwrap();
        let output: Value = serde_json::from_slice(&output).unwrap();
        let repository = format!("{}/blob/main", env!("CARGO_PKG_REPOSITORY"));
        assert_eq!(output["items"][1]["Chapter"]["content"], changed.replace("REPO", &repository));
    }
}
