//! Formatting changes the layout of a document only: comrak renders the same HTML, the same plan is parsed, and
//! formatting again changes nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

use plan_ide::{
    Edit, File,
    formatting::{Options, Tables, format},
};
use plan_schema::Kind;
use plan_syntax::Document;
use proptest::{prelude::*, test_runner::RngSeed};

const ALL: [Options; 2] = [Options { tables: Tables::Aligned }, Options { tables: Tables::Compact }];

fn file(text: &str) -> File {
    File::new("plans/plan.md", Document::new(text))
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let edits: Vec<_> = edits.iter().map(|edit| (edit.range.clone(), edit.text.clone())).collect();
    plan_test::apply(text, &edits)
}

/// Renders a text with comrak, which recognizes front matter only with LF newlines, and misses some blocks at the end
/// of a text without a final newline.
fn html(text: &str) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.footnotes = true;
    options.extension.front_matter_delimiter = Some("---".into());
    options.render.r#unsafe = true;
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    comrak::markdown_to_html(&text, &options)
}

/// Returns the items of a plan, without offsets.
fn items(file: &File) -> Vec<String> {
    let plan = file.plan();
    let shown = plan.items().map(|item| {
        format!("{:?} {:?} {:?} {:?} {:?}", item.kind(), item.id(), item.title(), item.state(), item.parent())
    });
    shown.collect()
}

/// Returns which newlines a text uses.
fn endings(text: &str) -> [bool; 3] {
    let rest = text.replace("\r\n", "");
    [text.contains("\r\n"), rest.contains('\n'), rest.contains('\r')]
}

/// Formats a text with all options. Returns the first problem, and whether the text changes.
fn problem(text: &str) -> (Option<String>, bool) {
    let before = file(text);
    let mut changes = false;
    for options in &ALL {
        let edits = format(&before, None, options);
        let apart = edits.windows(2).all(|pair| pair[0].range.end < pair[1].range.start);
        let needed = edits.iter().all(|edit| text[edit.range.clone()] != edit.text);
        let formatted = apply(text, &edits);
        changes |= formatted != text;
        let after = file(&formatted);
        let again = format(&after, None, options);
        let (html_before, html_after) = (html(text), html(&formatted));
        let found = match () {
            () if !apart || !needed => format!("edits are not minimal: {edits:?}"),
            () if !again.is_empty() => format!("formatting again changes {again:?} in\n{formatted:?}"),
            () if html_before != html_after => {
                let line = html_before.lines().zip(html_after.lines()).find(|(a, b)| a != b);
                format!("rendered differently: {line:?}, formatted\n{formatted:?}")
            }
            () if items(&before) != items(&after) => format!("different plan parsed from\n{formatted:?}"),
            () if edits.is_empty() => continue,
            () if endings(text) != endings(&formatted) && endings(text) != [false; 3] => {
                format!("different newlines in\n{formatted:?}")
            }
            () => continue,
        };
        return (Some(found), changes);
    }
    (None, changes)
}

/// Returns the Markdown files of the project, and of a folder of real plans, if it exists: next to the project, or as
/// set by `PLANSMITH_CORPUS`.
fn documents() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> = ["docs", "tests", "crates/plan-ide", "crates/plan-schema/templates"]
        .iter()
        .map(|folder| root.join(folder))
        .collect();
    folders.push(
        std::env::var_os("PLANSMITH_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from),
    );
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "md")
                && let Ok(text) = std::fs::read_to_string(&path)
            {
                found.push((path, text));
            }
        }
    }
    found.sort();
    assert!(found.len() > 40, "{}", found.len());
    found
}

#[test]
fn real_documents() {
    let (mut formatted, mut changed, mut problems) = (0, 0, Vec::new());
    for (path, text) in documents() {
        if !matches!(file(&text).kind(), Kind::Plan | Kind::Checklist) {
            continue;
        }
        formatted += 1;
        let (problem, changes) = problem(&text);
        changed += usize::from(changes);
        problems.extend(problem.map(|problem| format!("{}: {problem:.2000}", path.display())));
    }
    println!("{changed} of {formatted} plans and checklists change");
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n\n"));
}

/// The examples of the specifications, each embedded in a plan.
#[test]
fn examples_of_the_specifications() {
    let problems: Vec<String> = plan_test::commonmark::examples()
        .filter_map(|example| {
            let text = format!("# Plan: x\n\n- [ ] a\n- [ ] b\n\n---\n\n{}", example.markdown);
            problem(&text).0.map(|problem| format!("{}: {text:?}: {problem}", example.name))
        })
        .collect();
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n\n"));
}

/// Formatting a range changes only its lines.
#[test]
fn ranges_of_documents() {
    for (path, text) in documents() {
        let file = file(&text);
        for part in 0..4 {
            let near = |at: usize| (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let within = near(text.len() * part / 5)..near(text.len() * (part + 1) / 5);
            let edits = format(&file, Some(&within), &Options::default());
            let start = text[..within.start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
            let end = text[within.end..].find(['\n', '\r']).map_or(text.len(), |at| within.end + at + 2);
            for edit in &edits {
                assert!(start <= edit.range.start && edit.range.end <= end, "{path:?} {within:?} {edit:?}");
            }
            assert_eq!(html(&text), html(&apply(&text, &edits)), "{path:?} {within:?}");
        }
    }
}

fn line() -> impl Strategy<Value = String> {
    let indent = prop::sample::select(vec![
        "", "", "", "", " ", "  ", "   ", "    ", "      ", "\t", "> ", ">", "> > ",
    ]);
    let marker = prop::sample::select(vec![
        "", "", "", "", "- ", "* ", "+ ", "-   ", "*  ", "1. ", "1.   ", "2) ", "- [ ] ", "*  [x] ", "-\t",
    ]);
    let text = prop::sample::select(vec![
        "",
        "",
        "",
        "a",
        "b",
        "**Status**: Draft",
        "# Head",
        "## Work #",
        "####",
        "===",
        "---",
        "- - -",
        "```",
        "~~~ x",
        "<div>",
        "</div>",
        "<!-- c",
        "-->",
        "<a",
        "`code",
        "code` x",
        "[l](x",
        "y)",
        "[a]: b",
        "'t'",
        "[a]",
        "[^1]",
        "[^1]: note",
        "| a | b |",
        "|--|:-:|",
        "|---|",
        "| c",
        "a|b|c",
        "--|--",
        "|||",
        "| ✅ | 進 |",
        "x\\",
        "www.a.b",
        "*e",
        "e*",
        "&amp;",
        "\u{a0}",
        "+++",
        "[x]",
        "1.",
        "-",
        "*",
        "***",
    ]);
    let tail = prop::sample::select(vec!["", "", "", "", " ", "  ", "   ", "\t", " \t", "\t  "]);
    (indent, marker, text, tail)
        .prop_map(|(indent, marker, text, tail)| format!("{indent}{marker}{text}{tail}"))
}

fn text() -> impl Strategy<Value = String> {
    let ending = prop::sample::select(vec!["\n", "\n", "\r\n", "\r"]);
    let start = prop::sample::select(vec![
        "",
        "# Plan: x\n- [ ] y\n- [x] z\n",
        "---\ntype: plan\nstatus: done\n---\n",
    ]);
    (start, prop::collection::vec(line(), 1..12), ending, any::<bool>()).prop_map(
        |(start, lines, ending, ends)| {
            let text = format!("{start}{}", lines.join("\n"));
            (text + if ends { "\n" } else { "" }).replace('\n', ending)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_121), ..ProptestConfig::default() })]

    #[test]
    fn any_text_keeps_its_meaning(text in text()) {
        prop_assert_eq!(problem(&text).0, None, "{:?}", text);
    }
}
