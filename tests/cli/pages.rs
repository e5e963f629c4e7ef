//! The documentation: every page is in the summary, every link has a destination, and the tutorial shows what the
//! program prints.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use regex::Regex;

use super::{err, out, plansmith};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Returns all Markdown files below a directory, relative to the root.
fn markdown_files(directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![root().join(directory)];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            let name = path.file_name().unwrap();
            if name != "node_modules" && name != "target" {
                pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        } else if path.extension().is_some_and(|ending| ending == "md") {
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns a page without its fenced code blocks, and with `CODE` instead of its code spans.
fn without_code(text: &str) -> String {
    let mut fence: Option<String> = None;
    let mut prose = String::new();
    for line in text.lines() {
        let start = line.trim_start();
        let marker: String = start.chars().take_while(|&character| character == '`').collect();
        match &fence {
            Some(open) if start == open => fence = None,
            Some(_) => {}
            None if marker.len() >= 3 => fence = Some(marker),
            None => writeln!(prose, "{line}").unwrap(),
        }
    }
    Regex::new("`[^`\n]*`").unwrap().replace_all(&prose, "CODE").into_owned()
}

#[test]
fn summary_lists_every_page_once() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).unwrap();
    let mut listed: Vec<String> = Regex::new(r"\]\(([^)]+)\)")
        .unwrap()
        .captures_iter(&summary)
        .map(|link| format!("docs/{}", &link[1]))
        .collect();
    listed.sort();
    let mut pages = markdown_files("docs");
    // The examples are plans, not pages.
    pages.retain(|page| page != "docs/SUMMARY.md" && !page.starts_with("docs/examples/"));
    assert_eq!(listed, pages);
}

#[test]
fn links_lead_to_existing_files() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut broken = Vec::new();
    let mut count = 0;
    let pages = ["docs", "packaging", "editors"].into_iter().flat_map(markdown_files);
    for page in pages.chain(["README.md".to_owned(), "CHANGELOG.md".to_owned()]) {
        if page.starts_with("docs/examples/") {
            continue;
        }
        let path = root().join(&page);
        for captures in link.captures_iter(&without_code(&fs::read_to_string(&path).unwrap())) {
            let destination = &captures[1];
            let file = destination.split('#').next().unwrap_or_default();
            if destination.contains("://") || file.is_empty() {
                continue;
            }
            count += 1;
            if !path.parent().unwrap().join(file).exists() {
                broken.push(format!("{page}: {destination}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(count > 100, "only {count} links were found");
}

/// Writes each fence after `<!-- file: PATH -->` to a file, runs each line `$ COMMAND` of a console fence in their
/// directory, and returns the page with the output of the commands.
fn run_page(page: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut result = String::new();
    let mut file = None;
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        writeln!(result, "{line}").unwrap();
        if let Some(path) = line.strip_prefix("<!-- file: ").and_then(|rest| rest.strip_suffix(" -->")) {
            file = Some(folder.path().join(path));
        }
        if !line.starts_with("```") {
            continue;
        }
        let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if line == "```console" {
            for command in body.iter().filter_map(|line| line.strip_prefix("$ ")) {
                let arguments: Vec<&str> = command.split(' ').collect();
                assert_eq!(arguments[0], "plansmith", "{command}");
                let output = plansmith(folder.path(), &arguments[1..]);
                assert_eq!(err(&output), "", "{command}");
                write!(result, "$ {command}\n{}", out(&output)).unwrap();
            }
        } else {
            for line in &body {
                writeln!(result, "{line}").unwrap();
            }
            if let Some(path) = file.take() {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, body.join("\n") + "\n").unwrap();
            }
        }
        result.push_str("```\n");
    }
    result
}

/// `UPDATE_EXPECT=1` writes the output into the page.
#[test]
fn tutorial_shows_the_output() {
    let path = root().join("docs/tutorial.md");
    let page = fs::read_to_string(&path).unwrap();
    let current = run_page(&page);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &current).unwrap();
    } else {
        assert!(page == current, "docs/tutorial.md is out of date: run with UPDATE_EXPECT=1\n{current}");
    }
}
