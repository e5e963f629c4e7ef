//! Random documents that are hard to parse: blocks that open in containers and end in unexpected ways.

use proptest::{prelude::*, sample::select};

/// A line that opens, continues or closes a block.
fn fragment() -> impl Strategy<Value = String> {
    let prefix = select(vec![
        "", "", "", "", " ", "  ", "   ", "    ", "> ", ">", "- ", "* ", "1. ", "2. ", "  - ", "\t", "> - ",
        "- > ", "-   ", "10) ", "     ", "-\t", ">\t", ">> ", "- [ ] ",
    ]);
    (prefix, content()).prop_map(|(prefix, content)| format!("{prefix}{content}"))
}

fn content() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        "text",
        "more text",
        "# H",
        "## H ##",
        "#",
        "#tag",
        "```",
        "````",
        "~~~",
        "``` rust",
        "``` a`b",
        "<!-- c",
        "-->",
        "<!-- c -->",
        "<pre>",
        "</pre>",
        "<div>",
        "</div>",
        "<a>",
        "<b>x</b>",
        "<script>",
        "<?",
        "?>",
        "<!X",
        "---",
        "===",
        "-",
        "*",
        "+",
        "***",
        "- [ ] t",
        "- [x] t",
        "- [x]",
        "[ ]",
        "| a | b |",
        "|---|---|",
        "|:-|",
        "|  |  |",
        "||x|",
        "|||",
        "|",
        "a | b",
        "`code`",
        "3. x",
        "1. x",
        "1.",
        "- a",
        "+ b",
        "> q",
        "    code",
        "\tcode",
        "é — 🚀",
        "x\\",
        "**K**: v",
        "[a]: b",
        "[a]: b 'c",
        "[a]:",
        "[\\\\: b",
        "'t'",
        "--|:-:",
        "<b/b>",
        "</b x>",
        "<a\0b",
        "\0",
        "<https://a.b>",
        "[a](b) ![c](d)",
        "\\| a | b |",
    ])
}

/// Containers around a block: the prefix that opens each, and the prefix that continues it on the next lines.
fn containers() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let container = select(vec![
        ("- ", "  "),
        ("* ", "  "),
        ("> ", "> "),
        (">", ">"),
        ("1. ", "   "),
        ("-   ", "    "),
        ("-\t", "\t"),
        ("- [ ] a\n  ", "  "),
    ]);
    prop::collection::vec(container, 0..3)
}

/// A block of several lines, closed or not.
fn block() -> impl Strategy<Value = Vec<&'static str>> {
    let opener = select(vec![
        ("```", "```"),
        ("~~~~ text", "~~~~~"),
        ("<!-- c", "c -->"),
        ("<pre>", "</pre>"),
        ("<div>", ""),
        ("<x-y>", ""),
        ("<?x", "?>"),
        ("| a | b |\n|---|---|", ""),
        ("text", ""),
        ("text", "==="),
        ("- a", "- b"),
        ("", ""),
    ]);
    (opener, prop::collection::vec(content(), 0..4), prop::bool::weighted(0.7)).prop_map(
        |((open, close), inside, closed)| {
            let mut lines: Vec<&str> = open.split('\n').collect();
            lines.extend(inside);
            if closed {
                lines.push(close);
            }
            lines
        },
    )
}

/// A block in containers, some of whose lines lack container prefixes.
fn contained() -> impl Strategy<Value = String> {
    (containers(), block(), prop::collection::vec(0..10usize, 8)).prop_map(|(containers, lines, lazy)| {
        let mut out = String::new();
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                out.push('\n');
            }
            // One line in five lacks prefixes.
            let prefixes = match lazy[number % lazy.len()] {
                0 => 0,
                1 => containers.len().saturating_sub(1),
                _ => containers.len(),
            };
            for (open, next) in &containers[..prefixes] {
                out.push_str(if number == 0 { open } else { next });
            }
            out.push_str(line);
        }
        out
    })
}

/// Lines that are typical of plans.
fn plan_like() -> impl Strategy<Value = String> {
    select(vec![
        "# Plan: Search",
        "## Phase 1: Index",
        "### Task 1.1",
        "**Status**: In Progress",
        "- **Owner**: mia",
        "- [ ] write it",
        "- [x] done\n  - [ ] below\n    with text",
        "| Task | State |\n|------|-------|\n| 1.1 | open |\n|  |  |",
        "```sh\nmake  # not a heading\n```",
        "<!-- a note\n# no heading -->",
        "> **Note**: quoted",
        "1. first\n2. second",
        "---",
    ])
    .prop_map(str::to_owned)
}

fn body() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => fragment(), 2 => contained(), 1 => plan_like()];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.join("\n"))
}

fn front_matter() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        8 => Just(""),
        1 => select(vec!["---\na: b\n---\n", "---\na: b\n", "---\n---\n", "---\n\n---\n", "+++\na = 1\n+++\n"]),
    ]
}

/// Generates documents with any line ending, with or without byte order mark and final newline.
pub fn documents() -> impl Strategy<Value = String> {
    let ending = prop_oneof![6 => Just("\n"), 1 => Just("\r\n"), 1 => Just("\r")];
    let bom = prop_oneof![9 => Just(""), 1 => Just("\u{feff}")];
    (bom, front_matter(), body(), ending, any::<bool>()).prop_map(|(bom, front, body, ending, ended)| {
        let text = format!("{bom}{front}{body}{}", if ended { "\n" } else { "" });
        text.replace('\n', ending)
    })
}
