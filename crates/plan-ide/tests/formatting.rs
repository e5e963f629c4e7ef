//! Formatting changes the layout of a document only: comrak renders the same HTML, the same plan is parsed,
//! tree-sitter's grammar confirms it, and formatting again changes nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot continue has failed")]

use std::path::{Path, PathBuf};

use plan_ide::{
    Edit, File,
    formatting::{Options, Tables, format, is_confirmed},
};
use plan_schema::DocumentKind;
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

/// Returns the HTML of a text by several renderers: comrak with and without front matter and footnotes, and
/// pulldown-cmark with and without the front matter. A difference in any of them is a change of the document.
fn renderings(text: &str) -> Vec<(&'static str, String)> {
    // comrak recognizes front matter only with LF newlines, and misses some blocks at the end of a text without a final
    // newline.
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    vec![
        ("comrak", comrak_html(&text, true, true)),
        ("comrak without extensions of documents", comrak_html(&text, false, false)),
        ("pulldown-cmark", pulldown_html(&text)),
        ("pulldown-cmark after front matter", pulldown_html(body(&text))),
    ]
}

fn comrak_html(text: &str, front_matter: bool, footnotes: bool) -> String {
    let mut options = comrak::Options::default();
    options.extension.table = true;
    options.extension.tasklist = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.footnotes = footnotes;
    options.extension.front_matter_delimiter = front_matter.then(|| "---".into());
    options.render.r#unsafe = true;
    comrak::markdown_to_html(text, &options)
}

/// Returns a text without its front matter.
fn body(text: &str) -> &str {
    let front = Document::new(text).front_matter();
    front.map_or(text, |front| &text[front.range.end..])
}

/// Renders a text with pulldown-cmark. Its front matter extension is disabled, because it accepts front matter
/// between any two thematic breaks.
fn pulldown_html(text: &str) -> String {
    use pulldown_cmark::Options;
    let options = Options::ENABLE_TABLES | Options::ENABLE_TASKLISTS | Options::ENABLE_STRIKETHROUGH;
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new_ext(text, options));
    // pulldown-cmark keeps a tab at the end of a heading, which browsers do not display.
    let mut shown = String::with_capacity(html.len());
    for piece in html.split_inclusive("</h") {
        match piece.strip_suffix("</h") {
            Some(before) => shown.extend([before.trim_end_matches([' ', '\t']), "</h"]),
            None => shown.push_str(piece),
        }
    }
    shown
}

/// Returns the first difference between the renderings of two texts.
fn rendering_difference(before: &str, after: &str) -> Option<String> {
    let pairs = renderings(before).into_iter().zip(renderings(after));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((name, before), (_, after))| {
            let line = before.lines().zip(after.lines()).find(|(a, b)| a != b);
            format!("{name}: {line:?}")
        })
        .next()
}

/// Returns the items of a plan, without offsets.
fn items(file: &File) -> Vec<String> {
    let plan = file.plan();
    let shown = plan.items().map(|item| {
        format!("{:?} {:?} {:?} {:?} {:?}", item.kind(), item.id(), item.title(), item.state(), item.parent())
    });
    shown.collect()
}

/// Returns whether a text uses CRLF, LF and CR newlines.
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
        let difference = if formatted == text { None } else { rendering_difference(text, &formatted) };
        let found = match () {
            () if !apart || !needed => format!("edits are not minimal: {edits:?}"),
            () if !again.is_empty() => format!("formatting again changes {again:?} in\n{formatted:?}"),
            () if let Some(difference) = &difference => {
                format!("rendered differently: {difference}, formatted\n{formatted:?}")
            }
            () if items(&before) != items(&after) => format!("different plan parsed from\n{formatted:?}"),
            () if edits.is_empty() => continue,
            () if !is_confirmed(before.document(), &edits) => {
                format!("tree-sitter's grammar finds other blocks in\n{formatted:?}")
            }
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
    folders.extend(
        std::env::var_os("PLANSMITH_CORPUS").map(PathBuf::from).or_else(|| plan_test::shared("corpus")),
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
        if !matches!(file(&text).kind(), DocumentKind::Plan | DocumentKind::Checklist) {
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
            assert_eq!(rendering_difference(&text, &apply(&text, &edits)), None, "{path:?} {within:?}");
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

/// A random number generator with the same results on every machine.
struct Random(u64);

impl Random {
    /// Returns a number below `end`.
    fn below(&mut self, end: usize) -> usize {
        // splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % end.max(1) as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// Text that is inserted into documents.
const PIECES: &[&str] = &[
    "- [ ] ",
    "- [x] ",
    "- [x]",
    "* [ ] task",
    "+ a",
    "- ",
    "-",
    "*",
    "1. ",
    "1.",
    "1) one",
    "2. [x] two",
    "10. ten",
    "- a\n\n\n  b",
    "  - nested",
    "    - deeper",
    "- - both",
    "* + [ ] three",
    "> quote",
    ">",
    "> ",
    "> - [ ] quoted",
    ">> twice",
    "> ```",
    "```",
    "```rust",
    "~~~",
    "````",
    "    code",
    "\tcode",
    "``` ",
    "<!-- comment -->",
    "<!-- open",
    "-->",
    "--> after",
    "<!-- two\n\nblocks -->",
    "  -->",
    "- <!-- in item",
    "<!-- a --> b",
    "<div>",
    "</div>",
    "<b>",
    "<details>",
    "<pre>",
    "</pre>",
    "<script>",
    "<?php",
    "?>",
    "<!X",
    "<![CDATA[",
    "]]>",
    "<a",
    "<br>",
    "  <div>",
    "---",
    "--- ",
    "+++",
    "...",
    "---\nstatus: draft\n---",
    "---\n---",
    "+++\na = 1\n+++",
    "---\ntitle: x",
    "title: x",
    "key: ",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "|a|\n|-|",
    "a | b\n- | -",
    "| :-: |",
    "|",
    "| x",
    "|---|---|",
    "--|--",
    "- | a |\n  | - |",
    "# Head",
    "## Head ##",
    "#",
    "###",
    "Head\n===",
    "===",
    "Sub\n---",
    " # indented",
    "# Head #  ",
    "[a]: b",
    "[a]: b\n'title'",
    "[a]:",
    "'title'",
    "[^1]: note",
    "text[^1]",
    "[a][a]",
    "[a](b",
    "c)",
    "`code",
    "code`",
    "**bold",
    "bold**",
    "a\\",
    "a  ",
    "a   ",
    "\u{a0}",
    "***",
    "* * *",
    "_ _ _",
    "* --",
    "- ---",
    "www.a.b",
    "&amp;",
    "\\",
    "\\[x]",
    "",
    "",
    "",
    " ",
    "  ",
    "    ",
    "\t",
    "text",
    "lazy text",
    "  text",
    "     text",
];

/// Returns an excerpt of a document with random changes.
fn mutated(random: &mut Random, documents: &[(PathBuf, String)]) -> String {
    let text = &documents[random.below(documents.len())].1;
    let all: Vec<&str> = text.lines().collect();
    let start = if random.below(3) == 0 { 0 } else { random.below(all.len()) };
    let max_lines = if random.below(4) == 0 { 60 } else { 14 };
    let count = 1 + random.below(max_lines);
    let mut lines: Vec<String> = all.iter().skip(start).take(count).map(|line| (*line).to_owned()).collect();
    for _ in 0..1 + random.below(7) {
        let at = random.below(lines.len() + 1);
        match random.below(8) {
            _ if lines.is_empty() || at == lines.len() => lines.push(random.one(PIECES).to_owned()),
            0 => drop(lines.remove(at)),
            1 => {
                let other = random.below(lines.len());
                lines.swap(at, other);
            }
            2 => {
                let indent = random.one(&[" ", "  ", "   ", "    ", "\t", "> ", ">", "- ", "-   ", "1.  "]);
                lines[at].insert_str(0, indent);
            }
            3 => lines[at] = lines[at].trim_start_matches([' ', '\t', '>']).to_owned(),
            4 => lines[at].push_str(random.one(&[" ", "  ", "   ", "\t", " \t", "\\", "\t  "])),
            5 => {
                let from = random.below(lines.len());
                let line = lines[from].clone();
                lines.insert(at, line);
            }
            _ => lines.insert(at, random.one(PIECES).to_owned()),
        }
    }
    let mut text = lines.join("\n");
    if random.below(5) == 0 {
        let pieces = [
            "---",
            "--- ",
            "a: b",
            "---\n---",
            "+++",
            "\u{feff}---",
            "",
            "-->",
            "<!--",
            "- [x] a",
            "- [x] ",
            "  -->",
            "- a <!--",
        ];
        let mut start = String::new();
        for _ in 0..1 + random.below(5) {
            start.push_str(random.one(&pieces));
            start.push('\n');
        }
        text.insert_str(0, &start);
    }
    match random.below(6) {
        0 => {}
        1 => text.push_str("\n\n# Plan: x\n\n- [ ] y\n- [x] z\n"),
        2 => text.insert_str(0, "---\ntype: plan\nstatus: done\n---\n"),
        _ => text.insert_str(0, "# Plan: x\n- [ ] y\n- [x] z\n"),
    }
    match random.below(8) {
        0 => {}
        1 => text.push_str(random.one(&["  ", "\n\n", "\n  \n", " "])),
        _ => text.push('\n'),
    }
    match random.below(16) {
        0 => text.replace('\n', "\r\n"),
        1 => text.replace('\n', "\r"),
        _ => text,
    }
}

/// Removes lines from a text as long as it still has a problem.
fn shrunk(text: &str) -> String {
    let mut text = text.to_owned();
    loop {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let without = |from: usize, count: usize| {
            let remaining = lines.iter().enumerate().filter(|(at, _)| !(from..from + count).contains(at));
            remaining.map(|(_, line)| *line).collect::<String>()
        };
        let shorter =
            [lines.len() / 2, 8, 3, 2, 1].into_iter().filter(|count| *count > 0).find_map(|count| {
                (0..lines.len()).map(|from| without(from, count)).find(|text| problem(text).0.is_some())
            });
        match shorter {
            Some(shorter) if shorter.len() < text.len() => text = shorter,
            _ => return text,
        }
    }
}

/// Real documents with deleted, swapped, copied, changed and inserted lines. `PLANSMITH_MUTATIONS` sets their number,
/// and `PLANSMITH_SEED` the seed.
#[test]
fn mutated_documents() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(default)
    };
    let documents = documents();
    let mut random = Random(number("PLANSMITH_SEED", 1));
    let (mut formatted, mut problems) = (0, Vec::new());
    for _ in 0..number("PLANSMITH_MUTATIONS", 400) {
        let text = mutated(&mut random, &documents);
        let (problem_found, changes) = problem(&text);
        formatted += usize::from(changes);
        if problem_found.is_some() {
            let text = shrunk(&text);
            problems.push(format!("{text:?}: {}", problem(&text).0.unwrap_or_default()));
        }
    }
    println!("{formatted} documents change");
    assert!(formatted > 50, "{formatted}");
    assert!(problems.is_empty(), "{} problems\n{}", problems.len(), problems.join("\n\n"));
}
