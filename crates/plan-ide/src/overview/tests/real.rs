//! Invariants of overviews, checked on real plans.

use std::collections::BTreeSet;

use super::super::{Node, dot, graph, is_finished, mermaid, state};
use super::file;
use crate::rules;

#[test]
fn real_plans() {
    let mut paths = 0;
    for (path, text) in plan_test::real_documents() {
        let file = file(&text);
        let plan = file.plan();
        let dependencies = rules::graph::DependencyGraph::with_partial_ids(plan).edges;
        let next = file.next_tasks();
        for index in next {
            let holders = std::iter::successors(plan.item(*index), |item| plan.item(item.parent()?));
            let holders: BTreeSet<usize> = holders.map(|item| item.index()).collect();
            for edge in dependencies.iter().filter(|edge| holders.contains(&edge.from)) {
                let state = plan.item(edge.to).and_then(|item| state(&item));
                assert!(is_finished(state), "{path}: {index} depends on {}", edge.to);
            }
        }
        assert_eq!(next.iter().collect::<BTreeSet<_>>().len(), next.len(), "{path}");

        let graph = graph(&file);
        let known: BTreeSet<usize> = graph.nodes.iter().map(|node| node.item).collect();
        assert!(
            graph.edges.iter().all(|edge| known.contains(&edge.from) && known.contains(&edge.to)),
            "{path}"
        );
        for pair in graph.critical_path.windows(2) {
            assert!(graph.edges.iter().any(|edge| [edge.from, edge.to] == *pair), "{path}: {pair:?}");
        }
        let open = graph.nodes.iter().filter(|node| !is_finished(node.state)).map(|node| node.item);
        let open: BTreeSet<usize> = open.collect();
        assert!(graph.critical_path.iter().all(|item| open.contains(item)), "{path}");
        let once: BTreeSet<&usize> = graph.critical_path.iter().collect();
        assert_eq!(once.len(), graph.critical_path.len(), "{path}");
        paths += usize::from(graph.critical_path.len() > 1);
        let flowchart = mermaid(&graph);
        let begin = flowchart.lines().filter(|line| line.starts_with("  subgraph ")).count();
        let end = flowchart.lines().filter(|line| *line == "  end").count();
        assert_eq!(begin, end, "{path}");
        for drawn in [flowchart, dot(&graph)] {
            let arrows = drawn.lines().filter(|line| {
                let mut words = line.split_whitespace();
                let named = words.next().is_some_and(|word| word.starts_with('n'));
                named && words.next().is_some_and(|word| ["-->", "==>", "->"].contains(&word))
            });
            assert_eq!(arrows.count(), graph.edges.len(), "{path}");
            let is_drawn = |node: &Node| {
                let name = format!("n{}", node.item);
                ["[", "([", " ["].iter().any(|open| drawn.contains(&format!(" {name}{open}\"")))
                    || drawn.contains(&format!(" {name} [label="))
            };
            assert!(graph.nodes.iter().all(is_drawn), "{path}");
        }
    }
    assert!(paths > 0, "some real plans have a critical path");
}
