//! Renders plans and checks the SVG: well-formed, complete, all text escaped.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeSet, fmt::Write, sync::Arc, time::Instant};

use expect_test::expect;
use plan_ide::Environment;
use plan_syntax::Document;
use proptest::prelude::*;
use roxmltree::{Document as Xml, Node};

use super::*;

const PLAN: &str = "\
# Plan: Move the index

**Created**: 2026-03-02

## Phase 1: Prepare

- [x] **Task 1.1**: Order disks
  - Estimate: 1 day
- [ ] **Task 1.2**: Copy the data
  - Dependencies: Task 1.1
  - Estimate: 2 days
- [ ] **Task 1.3**: Tell everyone
  - Dependencies: Task 1.2
  - Estimate: 1 hour

## Phase 2: Switch

**Dependencies**: Phase 1

- [~] **Task 2.1**: Switch the readers over
  - Estimate: 1 week
- [ ] **Task 2.2**: Train the desk
  - Dependencies: Task 2.1
  - Due: 2026-04-01
";

fn file(text: &str) -> File {
    let environment = Environment { today: Some("2026-03-06".to_owned()), ..Environment::default() };
    File::with_environment("plan.md", Document::new(text), Arc::new(environment))
}

/// Parses an SVG and checks the invariants of all diagrams.
fn checked_xml(svg: &str) -> Xml<'_> {
    let xml = Xml::parse(svg).unwrap();
    let root = xml.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("role")), ("svg", Some("img")));
    let known = ["svg", "title", "desc", "style", "rect", "g", "text", "path", "circle"];
    let mut ids = BTreeSet::new();
    for node in root.descendants().filter(Node::is_element) {
        assert!(known.contains(&node.tag_name().name()), "{:?}", node.tag_name());
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "href", "{attribute:?}");
            assert!(
                !attribute.value().contains("NaN") && !attribute.value().contains("inf "),
                "{attribute:?}"
            );
            if attribute.name() == "id" {
                assert!(ids.insert(attribute.value()), "duplicate {attribute:?}");
            }
        }
    }
    let labels = root.attribute("aria-labelledby").unwrap();
    assert!(labels.split(' ').all(|label| ids.contains(label)), "{labels}");
    xml
}

fn texts<'a>(xml: &'a Xml<'_>, tag: &str) -> Vec<&'a str> {
    let found = xml.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", tag)));
    found.filter_map(|node| node.text()).collect()
}

fn paths(xml: &Xml<'_>, class: &str) -> usize {
    xml.descendants().filter(|node| node.attribute("class") == Some(class)).count()
}

/// Returns the position of a node's rectangle.
fn position(xml: &Xml<'_>, name: &str) -> (f64, f64) {
    let title = xml.descendants().find(|node| node.text().is_some_and(|text| text.starts_with(name)));
    let own = title.and_then(|title| title.parent_element()).unwrap();
    let rect = own.children().find(|node| node.tag_name().name() == "rect").unwrap();
    let number = |name| rect.attribute(name).unwrap().parse().unwrap();
    (number("x"), number("y"))
}

#[test]
fn text_leads_from_dependencies_to_dependents() {
    let text = render(&file(PLAN), DiagramKind::Dependencies, DiagramFormat::Text).unwrap();
    expect![[r#"
        ╭────── [/] Phase 1: Prepare *
        │   ╭── [x] 1.1 Order disks (8 h)
        │ ╭─┴─▸ [ ] 1.2 Copy the data (16 h)
        │ ╰───▸ [ ] 1.3 Tell everyone (1 h)
        │
        ╰─────▸ [/] Phase 2: Switch *
            ╭── [/] 2.1 Switch the readers over (40 h)
            ╰─▸ [ ] 2.2 Train the desk

        * critical path: 2 of 7, 57 h
    "#]]
    .assert_eq(&text);
    assert_eq!(
        render(&file("# Notes\n"), DiagramKind::Dependencies, DiagramFormat::Text),
        Err(DiagramError::Empty(DiagramKind::Dependencies))
    );
    assert_eq!(
        render(&file(PLAN), DiagramKind::Timeline, DiagramFormat::Text),
        Err(DiagramError::UnsupportedFormat("text"))
    );
}

#[test]
fn text_of_many_dependencies_is_complete() {
    let mut text = String::from("# Plan: Many\n\n## Phase 1: All\n\n");
    for task in 1..=60 {
        let _ = writeln!(text, "- [ ] **Task 1.{task}**: Step {task}");
        let before: Vec<String> = (1..task).step_by(7).map(|task| format!("Task 1.{task}")).collect();
        if !before.is_empty() {
            let _ = writeln!(text, "  - Dependencies: {}", before.join(", "));
        }
    }
    let graph = overview::graph(&file(&text));
    let rows = rows(&graph).unwrap();
    let items: Vec<usize> = rows.iter().filter_map(|row| row.item).collect();
    let mut expected: Vec<usize> = graph.nodes.iter().map(|node| node.item).collect();
    expected.extend(graph.groups.iter().map(|group| group.item));
    expected.sort_unstable();
    assert_eq!(items, expected);
    for edge in &graph.edges {
        let row = rows.iter().find(|row| row.item == Some(edge.to)).unwrap();
        assert!(row.text.contains('▸') || row.text.contains("  after "), "{}", row.text);
    }
    assert!(rows.iter().all(|row| row.text.chars().count() < 160), "rows stay narrow");
}

#[test]
fn graph_contains_all_nodes_in_dependency_order() {
    let svg = render(&file(PLAN), DiagramKind::Dependencies, DiagramFormat::Svg).unwrap();
    let xml = checked_xml(&svg);
    let titles = texts(&xml, "title");
    for title in [
        "Dependencies",
        "1.1 Order disks, done, 1 day",
        "1.3 Tell everyone, open, 1 h",
        "2.1 Switch the readers over, active, 5 days",
    ] {
        assert!(titles.iter().any(|other| other.starts_with(title)), "{title}: {titles:?}");
    }
    assert!(texts(&xml, "desc")[0].contains("4 dependencies"), "{:?}", texts(&xml, "desc"));
    assert_eq!(paths(&xml, "edge") + paths(&xml, "edge critical") - 1, 4, "the legend has another one");
    let x = |name| position(&xml, name).0;
    assert!(x("1.1") < x("1.2") && x("1.2") < x("1.3") && x("1.3") < x("2.1") && x("2.1") < x("2.2"));
}

#[test]
fn timeline_contains_bars_with_computed_dates() {
    let svg = render(&file(PLAN), DiagramKind::Timeline, DiagramFormat::Svg).unwrap();
    let xml = checked_xml(&svg);
    let titles = texts(&xml, "title");
    assert_eq!(
        titles,
        [
            "Timeline: Plan: Move the index",
            // Done tasks without dates have no bar. Two working days from Friday end on Monday.
            "1.2 Copy the data: 2026-03-06 to 2026-03-09, open",
            "1.3 Tell everyone: 2026-03-10 to 2026-03-10, open",
            "2.1 Switch the readers over: 2026-03-11 to 2026-03-17, active",
            "2.2 Train the desk: 2026-04-01, open, on the critical path",
        ]
    );
    assert!(texts(&xml, "text").contains(&"today, 2026-03-06"));
    assert!(svg.contains("Dashed bars: dates computed from estimates."));
    assert_eq!(
        render(&file(PLAN), DiagramKind::Timeline, DiagramFormat::Dot),
        Err(DiagramError::UnsupportedFormat("DOT"))
    );
    for empty in ["# Plan: x\n\n- [ ] a\n", "", "Text.\n"] {
        for format in [DiagramFormat::Svg, DiagramFormat::Mermaid] {
            assert_eq!(
                render(&file(empty), DiagramKind::Timeline, format),
                Err(DiagramError::Empty(DiagramKind::Timeline))
            );
        }
        assert_eq!(
            render(&file(empty), DiagramKind::Dependencies, DiagramFormat::Svg),
            Err(DiagramError::Empty(DiagramKind::Dependencies))
        );
    }
}

#[test]
fn cycles_are_drawn() {
    let text = "# Plan: x\n\n- [ ] **Task 1**: a\n  - Depends on: Task 3\n- [ ] **Task 2**: b\n  - Depends on: Task 1\n\
                - [ ] **Task 3**: c\n  - Depends on: Task 2\n";
    let svg = render(&file(text), DiagramKind::Dependencies, DiagramFormat::Svg).unwrap();
    assert_eq!(paths(&checked_xml(&svg), "edge back"), 1);
}

#[test]
fn too_large_diagrams_are_rejected_quickly() {
    let mut text = "# Plan: x\n\n## Phase 1: A\n\n".to_owned();
    for number in 1..=5_000 {
        let _ = writeln!(text, "- [ ] **Task 1.{number}**: a\n  - Estimate: 1 day");
        if number > 1 {
            let _ = writeln!(text, "  - Depends on: Task 1.{}", number - 1);
        }
    }
    let file = file(&text);
    let start = Instant::now();
    for kind in [DiagramKind::Dependencies, DiagramKind::Timeline] {
        let why = render(&file, kind, DiagramFormat::Svg).unwrap_err();
        assert!(matches!(why, DiagramError::TooLarge { count: 5_000, .. }), "{why:?}");
        assert!(why.to_string().contains("5000") && why.to_string().contains("mermaid"), "{why}");
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn examples_and_real_plans_can_be_drawn() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/examples");
    let examples = std::fs::read_dir(examples).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        (path.display().to_string(), std::fs::read_to_string(path).unwrap())
    });
    let mut drawn = [0, 0];
    for (path, text) in examples.chain(plan_test::real_documents()) {
        let file = file(&text);
        for (kind, drawn) in [DiagramKind::Dependencies, DiagramKind::Timeline].into_iter().zip(&mut drawn) {
            match render(&file, kind, DiagramFormat::Svg) {
                Ok(svg) => {
                    checked_xml(&svg);
                    *drawn += 1;
                }
                Err(why) => assert!(!matches!(why, DiagramError::UnsupportedFormat(_)), "{path}: {why}"),
            }
        }
    }
    assert!(drawn[0] >= 5 && drawn[1] >= 3, "{drawn:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn text_is_escaped(name in "[ -~<>&\"'\\]\u{0}-\u{1f}äß任\u{fffe}\u{202e}]{0,40}", url in "https?://[a-z.]{1,9}") {
        let name = name.replace(['\n', '\r'], " ");
        for name in [&name, &url, &format!("</title><script>{name}"), &format!("]]>{name}<![CDATA[")] {
            let text = format!(
                "# Plan: {name}\n\n## Phase 1: {name}\n\n- [ ] **Task 1.1**: {name}\n  - Due: 2026-03-07\n\
                 - [ ] **Task 1.2**: {name}\n  - Depends on: Task 1.1\n  - Estimate: 3 days\n"
            );
            for kind in [DiagramKind::Dependencies, DiagramKind::Timeline] {
                match render(&file(&text), kind, DiagramFormat::Svg) {
                    Ok(svg) => { checked_xml(&svg); }
                    Err(why) => prop_assert!(matches!(why, DiagramError::Empty(_)), "{}", why),
                }
            }
        }
    }

    /// Nodes never overlap.
    #[test]
    fn random_graphs_can_be_drawn(edges in proptest::collection::vec((0_usize..24, 0_usize..24), 1..60)) {
        let mut text = "# Plan: x\n".to_owned();
        for number in 0..24 {
            if number % 6 == 0 {
                let _ = writeln!(text, "\n## Phase {}: P\n", number / 6 + 1);
            }
            let id = |number: usize| format!("{}.{}", number / 6 + 1, number % 6 + 1);
            let _ = writeln!(text, "- [ ] **Task {}**: name\n  - Estimate: {number} h", id(number));
            let own: Vec<String> =
                edges.iter().filter(|(_, to)| *to == number).map(|(from, _)| format!("Task {}", id(*from))).collect();
            if !own.is_empty() {
                let _ = writeln!(text, "  - Depends on: {}", own.join(", "));
            }
        }
        let file = file(&text);
        let Ok(svg) = render(&file, DiagramKind::Dependencies, DiagramFormat::Svg) else { return Ok(()) };
        let xml = checked_xml(&svg);
        let rects: Vec<[f64; 4]> = xml
            .descendants()
            .filter(|node| node.attribute("class") == Some("box"))
            .map(|node| ["x", "y", "width", "height"].map(|name| node.attribute(name).unwrap().parse().unwrap()))
            .collect();
        for (number, [x, y, width, height]) in rects.iter().enumerate() {
            for [other_x, other_y, other_width, other_height] in &rects[number + 1..] {
                let apart = x + width <= *other_x || other_x + other_width <= *x
                    || y + height <= *other_y || other_y + other_height <= *y;
                prop_assert!(apart);
            }
        }
        checked_xml(&render(&file, DiagramKind::Timeline, DiagramFormat::Svg).unwrap());
    }
}
