use super::*;

fn formatted(text: &str) -> (Vec<String>, Vec<String>) {
    let chart = parse(text);
    let tasks = chart.tasks.iter().map(|task| match task.days {
        Some((first, last)) => format!("{} {first} {last}", &text[task.name.clone()]),
        None => format!("{} ?", &text[task.name.clone()]),
    });
    let problems = chart.problems.iter().map(|problem| text[problem.range.clone()].to_owned());
    (tasks.collect(), problems.collect())
}

#[test]
fn dates_match_mermaid() {
    let text = "gantt\n  title T\n  dateFormat YYYY-MM-DD\n  excludes weekends\n  section One\n  A :done, a, 2026-03-05, 3d\n  B :b, after a, 1w\n  C :2026-03-02, 2026-03-04\n  D :crit, 2d\n  %% no\n  E :milestone, e, after a b, 0d\n";
    let (tasks, problems) = formatted(text);
    assert_eq!(
        tasks,
        [
            "A 2026-03-05 2026-03-10",
            "B 2026-03-10 2026-03-19",
            "C 2026-03-02 2026-03-04",
            "D 2026-03-04 2026-03-06",
            "E 2026-03-19 2026-03-19"
        ]
    );
    assert_eq!(problems, [""; 0]);
}

#[test]
fn problems_have_ranges() {
    let text = "gantt\n  A :a, 2026-02-30, 3d\n  B :b, after a, 28dd\n  C :13.01.2026, 3d\n  no task\n  D :a, b, c, d, e\n  E :e, [start], 3d\n  F :four days\n";
    let (tasks, problems) = formatted(text);
    assert_eq!(tasks.len(), 5);
    assert_eq!(problems, ["2026-02-30", "28dd", "13.01.2026", "no task", "e", "four days"]);
}

/// Compares all charts with the results that `tests/mermaid/compare.mjs --write` stored.
#[test]
fn charts_match_mermaid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/mermaid/");
    let read = |name: &str| std::fs::read_to_string(format!("{folder}{name}")).unwrap().replace("\r\n", "\n");
    let expected = read("expected.txt");
    let mut charts = std::collections::HashMap::new();
    let mut differences = Vec::new();
    for expected in expected.split("== ").filter(|chart| !chart.is_empty()) {
        let (title, lines) = expected.split_once('\n').unwrap();
        let (file, number) = title.rsplit_once(' ').unwrap();
        let blocks: &Vec<String> = charts.entry(file.to_owned()).or_insert_with(|| {
            let text = read(&format!("charts/{file}"));
            let blocks = text.split("```mermaid\n").skip(1);
            blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
        });
        let block = &blocks[number.parse::<usize>().unwrap() - 1];
        let chart = parse(block);
        let found: Vec<String> = if chart.is_rejected || !is_gantt(block) {
            vec!["rejected".to_owned()]
        } else {
            let lines = chart.tasks.iter().zip(lines.lines());
            let mut found: Vec<String> = lines.map(|(task, expected)| line(block, task, expected)).collect();
            found.resize(chart.tasks.len(), "more tasks".to_owned());
            found
        };
        let wanted: Vec<&str> = lines.lines().collect();
        if found != wanted {
            differences.push(format!("{title}\n{block}\nMermaid: {wanted:#?}\nPlansmith: {found:#?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    let all: usize = charts.values().map(Vec::len).sum();
    assert!(all >= 150, "{all} charts");
}

/// Formats a task like a line of `expected.txt`. Takes what the parser cannot know from the expected line: generated
/// IDs and days that depend on the current date.
fn line(block: &str, task: &GanttTask, expected: &str) -> String {
    let parts: Vec<&str> = expected.split(" | ").collect();
    let [_, id, tags, start, end] = parts[..] else { return "unexpected task".to_owned() };
    let has = |tag: &&str| task.tags.iter().any(|range| block[range.clone()] == **tag);
    let tags =
        if task.tags.is_empty() { tags } else { &TAGS.into_iter().filter(has).collect::<Vec<_>>().join(" ") };
    let is_unknown = [start, end].iter().any(|date| matches!(*date, "today" | "-"));
    let days = match task.days {
        Some((first, end)) => format!("{first} | {end}"),
        None if is_unknown => format!("{start} | {end}"),
        None => "no days".to_owned(),
    };
    let id = task.id.as_ref().map_or(id, |id| &block[id.clone()]);
    format!("{} | {id} | {tags} | {days}", &block[task.name.clone()])
}

#[test]
fn other_date_formats() {
    let (tasks, problems) = formatted("gantt\n  dateFormat DD.MM.YYYY\n  A :a, 05.03.2026, 3d\n");
    assert_eq!((tasks, problems), (vec!["A 2026-03-05 2026-03-08".to_owned()], Vec::new()));
    assert!(is_gantt("%% x\n\ngantt\n") && !is_gantt("graph TD\n"));
}

#[test]
fn computed_dates() {
    let computed = |text: &str| -> String {
        let chart = parse(text);
        assert_eq!(chart.problems, [], "{text}");
        chart.tasks.iter().map(|task| if task.is_computed { 'c' } else { '-' }).collect()
    };
    let tasks = ["a :2026-03-02, 1d\n", "b :2026-03-02, 1d\n", "c :2026-03-02, 1d\n"];
    let head = "gantt\n  dateFormat YYYY-MM-DD\n";
    let comment = format!("  {COMPUTED_COMMENT}; remove this line to keep them\n");
    assert_eq!(computed(&format!("{head}{}", tasks.concat())), "---");
    assert_eq!(computed(&format!("{head}{comment}  section A\n{}", tasks.concat())), "ccc");
    assert_eq!(computed(&format!("{head}{}{comment}{}{}", tasks[0], tasks[1], tasks[2])), "-c-");
    assert_eq!(computed(&format!("{head}{}{comment}  section B\n{}", tasks[0], tasks[1])), "--");
    assert_eq!(computed(&format!("{head}{}{comment}", tasks[0])), "-");
}
