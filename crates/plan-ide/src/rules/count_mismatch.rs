//! The rule `count-mismatch`.

use plan_model::{Column, Item, ItemKind, Section, TextRange, date, reference};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule, common::plural, text_facts::text_facts};
use crate::{
    Edit, File, Finding, Severity,
    editing::states::phase_rows,
    stated_progress::{counts_in, is_report},
};

pub(super) const RULE: Rule = Rule {
    name: "count-mismatch",
    group: Group::Tasks,
    severity: Some(Severity::Info),
    applies_to: &[DocumentKind::Plan],
    summary: "stated task count does not match the tasks",
    doc: "\
## What it checks

A stated task count that matches none of the possible counts:

- in a heading: `## Phase 1: Copy (5 tasks)` counts the tasks below the heading
- after the name of a phase in a list: `- Phase 1: 5 tasks`
- in the row of a phase in a phase table: `5`, or `T001-T005`
- with a tag: `28 tasks marked [P]`
- for the whole plan: `**Total**: 39 tasks`
- with a range of IDs: `39 tasks (T001-T039)`
- of the plans of a phase: `**Plans**: 3 plans`

Plans count in different ways, so Plansmith accepts the number of all tasks, of tasks without subtasks, of tasks with an ID, and of tasks that count toward progress. It does not report a number that is more than twice every count or less than half of every count, because such a number probably refers to something else. Reports and lines with a date are not checked.

## Why

A task was added or removed, but the number was not updated.

## Example

Incorrect:

```markdown
# Plan: Move the search index

## Phase 1: Copy (3 tasks)

- [x] **Task 1.1**: Copy the articles
- [x] **Task 1.2**: Copy the journals

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

## Phase 1: Copy (2 tasks)

- [x] **Task 1.1**: Copy the articles
- [x] **Task 1.2**: Copy the journals

## Phase 2: Switch

- [ ] **Task 2.1**: Switch the readers over
```

## Fix

Replace the number with the actual count.
",
    check: Check::File(check),
};

/// Minimum number of tasks in a plan whose stated numbers are checked.
const MIN_TASKS: usize = 2;

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let has_counts = text_facts(file).iter().any(|(_, facts)| !facts.task_counts.is_empty());
    let has_table = plan.tables().any(|table| table.kind() == plan_model::TableKind::PhaseStatus);
    if !has_counts && !has_table || plan.progress().total < MIN_TASKS || is_report(file) {
        return;
    }
    for (start, facts) in text_facts(file) {
        for count in &facts.task_counts {
            let at = |span: &plan_syntax::SegmentSpan| start + span.start as usize..start + span.end as usize;
            findings.extend(check_count(file, count, &at(&count.span), &at(&count.line)));
        }
    }
    for (phase, row) in phase_rows(file) {
        for column in [Column::Task, Column::Tasks] {
            let Some(cell) = row.cell(column) else { continue };
            let text = cell.text.trim_matches('*');
            let scope = phase.range();
            if let Ok(number) = text.parse() {
                let at = cell.range.start + cell.text.find(text).unwrap_or(0);
                let digits = at..at + text.len();
                findings.extend(compare(number, &digits, &digits, &counts(file, Some(&scope)), "the phase"));
            } else {
                findings.extend(check_id_range(file, text, &cell.range, &scope));
            }
        }
    }
}

/// Returns a finding if a task count in a line of text is incorrect.
fn check_count(file: &File, count: &TaskCount, range: &TextRange, line: &TextRange) -> Option<Finding> {
    let plan = file.plan();
    let document = file.document();
    let text = document.slice(line.clone());
    let digits = range.start..range.start + count.number.to_string().len();
    // A count next to a date may be an earlier count, one next to an arrow or quotation mark is changed or cited, and one
    // next to a path is that of another document.
    if !date::dates(&text).is_empty()
        || text.contains(['→', '"', '“'])
        || text.contains("->")
        || text.contains(".md")
    {
        return None;
    }
    if let Some(tag) = &count.tag {
        let is_tagged = |item: &Item<'_>| item.tags().any(|(found, _)| found == tag.trim_matches(['[', ']']));
        let tagged: Vec<Item<'_>> = plan.items().filter(is_tagged).collect();
        let in_section = plan.section_before(range.start).map(|section| section.range());
        let inside = tagged
            .iter()
            .filter(|item| in_section.as_ref().is_some_and(|section| section.contains(&item.line().start)));
        let counts = [tagged.len(), inside.count()];
        let counts: Vec<usize> = counts.into_iter().filter(|count| *count > 0).collect();
        let mut finding = compare(count.number, range, &digits, &counts, "the plan")?;
        finding.message = format!("{} with `{tag}`", finding.message).into();
        return Some(finding);
    }
    if let Some(ids) = &count.ids {
        let in_range = tasks_between(file, &ids.0, &ids.1)?;
        return compare(count.number, range, &digits, &[in_range], &format!("`{}-{}`", ids.0, ids.1));
    }
    let section = plan.section_before(range.start);
    let in_heading = section.as_ref().filter(|section| section.text_range().contains(&range.start));
    if let Some(section) = in_heading {
        let what = if section.item().is_some_and(|item| item.kind() == ItemKind::Phase) {
            "the phase"
        } else {
            "the section"
        };
        return compare(count.number, range, &digits, &counts(file, Some(&section.range())), what);
    }
    if plan.item_before(range.start).is_some_and(|item| item.line().contains(&range.start))
        || is_in_log(section.as_ref())
    {
        return None;
    }
    if count.noun == "plan" {
        let phase = section?.item().filter(|item| item.kind() == ItemKind::Phase)?;
        let tasks = plan.items().filter(|item| item.kind() == ItemKind::Task);
        let inside = tasks.filter(|item| phase.range().contains(&item.line().start)).count();
        let mut finding = compare(count.number, range, &digits, &[inside], "the phase")?;
        finding.message = finding.message.replacen(" task", " plan", 1).into();
        return Some(finding.related(phase.title_range(), "phase"));
    }
    let before = document.slice(line.start..range.start);
    let label = before.trim_matches(|c: char| !c.is_alphanumeric());
    if label.eq_ignore_ascii_case("total") {
        return compare(count.number, range, &digits, &counts(file, None), "the plan");
    }
    // `Phase 1: 5 tasks`, `Phase 1 (Setup): 5 tasks`
    let value = reference::mentions(label);
    let is_list_of_names =
        value.names.len() != 1 || !before.trim_end().ends_with([':', '(', '—', '–', '-', '*']);
    if is_list_of_names || value.names.iter().any(|name| name.range.start > 0) {
        return None;
    }
    let resolved = plan.resolve(&value, range.start, None);
    let [name] = &resolved[..] else { return None };
    let [(_, Some(item))] = name.targets[..] else { return None };
    let phase = plan.item(item).filter(|item| item.kind() == ItemKind::Phase)?;
    let finding = compare(count.number, range, &digits, &counts(file, Some(&phase.range())), "the phase")?;
    Some(finding.related(phase.title_range(), "phase"))
}

/// Returns the number of tasks with IDs from `first` to `last`, such as `T001` to `T039`, including inserted ones
/// (`T003a`). `None` if the plan does not contain both.
fn tasks_between(file: &File, first: &str, last: &str) -> Option<usize> {
    let number = |id: &str| {
        let digits = id.trim_start_matches(|c: char| !c.is_ascii_digit());
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        digits[..end].parse::<u32>().ok()
    };
    let prefix = |id: &str| id.chars().take_while(|c| !c.is_ascii_digit()).collect::<String>();
    let (from, to) = (number(first)?, number(last)?);
    let tasks = file.plan().items().filter(|item| item.kind() == ItemKind::Task);
    let ids: Vec<String> = tasks.filter_map(|item| Some(item.id()?.to_string())).collect();
    let has = |id: &str| ids.iter().any(|found| found == id);
    let is_between =
        |id: &&String| prefix(id) == prefix(first) && number(id).is_some_and(|id| (from..=to).contains(&id));
    (has(first) && has(last)).then(|| ids.iter().filter(is_between).count())
}

/// Returns whether a section is a log or describes tasks outside the plan.
fn is_in_log(section: Option<&Section<'_>>) -> bool {
    let title = section.map(|section| section.title().to_lowercase()).unwrap_or_default();
    !date::dates(&title).is_empty()
        || ["log", "history", "update", "change", "retrospective", "lessons", "risk", "example"]
            .iter()
            .any(|word| title.contains(word))
}

/// Returns the numbers of tasks in a range or in the plan, one for each supported counting method. Tasks without a
/// state are included.
fn counts(file: &File, range: Option<&TextRange>) -> Vec<usize> {
    let tasks = file.plan().items().filter(|item| item.kind() == ItemKind::Task);
    let tasks: Vec<Item<'_>> =
        tasks.filter(|item| range.is_none_or(|range| range.contains(&item.line().start))).collect();
    let with_ids = tasks.iter().filter(|item| item.id().is_some()).count();
    let leaves = tasks.iter().filter(|item| item.children().next().is_none()).count();
    let mut found: Vec<usize> =
        counts_in(file, range.cloned()).iter().map(|progress| progress.total).collect();
    // The last element is the number of phases.
    found.pop();
    found.extend([tasks.len(), with_ids, leaves]);
    found.retain(|count| *count > 0);
    found
}

/// Returns a finding if a task count differs from all actual counts but is close to one of them.
fn compare(
    stated: usize,
    range: &TextRange,
    digits: &TextRange,
    counts: &[usize],
    holder: &str,
) -> Option<Finding> {
    let is_near = counts.iter().any(|count| stated <= 2 * count && *count <= 2 * stated);
    if counts.contains(&stated) || !is_near {
        return None;
    }
    let count = counts.iter().copied().min_by_key(|count| count.abs_diff(stated))?;
    let message = format!("stated count is {}, but {holder} has {count}", plural(stated, "task"));
    let edit = Edit::replace(digits.clone(), count.to_string());
    Some(Finding::new(&RULE, range.clone(), message).fix(format!("Replace with {count}"), vec![edit], false))
}

/// Returns a finding if a range of IDs, such as `T001-T005`, starts with the first task of a phase but does not end
/// with its last one.
fn check_id_range(file: &File, text: &str, range: &TextRange, scope: &TextRange) -> Option<Finding> {
    let (first, last) = text.split_once(['-', '–'])?;
    let (first, last) = (first.trim(), last.trim());
    let plan = file.plan();
    let tasks =
        plan.items().filter(|item| item.kind() == ItemKind::Task && scope.contains(&item.line().start));
    let ids: Vec<String> = tasks.filter_map(|item| Some(item.id()?.to_string())).collect();
    let end = ids.last()?;
    let number = |id: &str| id.trim_start_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok();
    let prefix = |id: &str| id.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let is_series = ids.iter().all(|id| number(id).is_some() && prefix(id) == prefix(end));
    if !is_series || ids.first().map(String::as_str) != Some(first) || prefix(last) != prefix(end) {
        return None;
    }
    let highest = ids.iter().max_by_key(|id| number(id))?;
    if number(last)? == number(highest)? || ids.len() < MIN_TASKS {
        return None;
    }
    let message = format!("range ends at `{last}`, but the last task of the phase is `{highest}`");
    let at = range.start + range.len() - last.len();
    let edit = Edit::replace(at..range.end, highest.clone());
    Some(Finding::new(&RULE, range.clone(), message).fix(
        format!("Replace with `{highest}`"),
        vec![edit],
        false,
    ))
}

/// A task count that a segment states. Spans are relative to the start of the segment.
#[derive(Debug)]
pub(super) struct TaskCount {
    /// The number with the words after it.
    pub(super) span: plan_syntax::SegmentSpan,
    /// The line that contains the count.
    pub(super) line: plan_syntax::SegmentSpan,
    number: usize,
    /// `task`, or `plan` for the plans of a phase.
    noun: &'static str,
    /// The tag with its brackets, if tasks with a tag are counted.
    tag: Option<String>,
    /// The first and the last ID in parentheses after the number: `39 tasks (T001-T039)`.
    ids: Option<(String, String)>,
}

/// Returns the number of plans in a line such as `**Plans**: 3 plans`.
fn plan_count(text: &str, line: &plan_syntax::SegmentSpan) -> Option<TaskCount> {
    let value = ["**Plans**:", "**Plans:**"].iter().find_map(|key| text.strip_prefix(key))?;
    let start = text.len() - value.trim_start().len();
    let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
    let word = text[start + digits..].strip_prefix(" plan")?;
    let length = if word.starts_with('s') { " plans".len() } else { " plan".len() };
    let end = start + digits + length;
    let number = text[start..start + digits].parse().ok()?;
    let span = line.start + start as u32..line.start + end as u32;
    text[end..].trim().is_empty().then(|| TaskCount {
        span,
        line: line.clone(),
        number,
        noun: "plan",
        tag: None,
        ids: None,
    })
}

/// Returns the range of IDs in parentheses at the start of a text: ` (T001-T039)`.
fn id_range(text: &str) -> Option<(String, String)> {
    let (inside, _) = text.trim_start_matches([' ', '*']).strip_prefix('(')?.split_once(')')?;
    let (first, last) = inside.split_once(['-', '–', '—'])?;
    let is_id = |id: &str| {
        let letters = id.bytes().take_while(u8::is_ascii_uppercase).count();
        (1..=4).contains(&letters) && id[letters..].starts_with(|c: char| c.is_ascii_digit())
    };
    let (first, last) = (first.trim(), last.trim());
    (is_id(first) && is_id(last)).then(|| (first.to_owned(), last.to_owned()))
}

/// Returns the task count in a line with the span `line`. `None` for a line with several counts, which compares or adds
/// them, and for a fraction, which is a progress value.
pub(super) fn task_count(text: &str, line: &plan_syntax::SegmentSpan) -> Option<TaskCount> {
    // A cheap check, because most lines have no number.
    if text.starts_with("**Plans") {
        return plan_count(text, line);
    }
    if !text.contains("task") || !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut found = None;
    let mut from = 0;
    while let Some(at) = text[from..].find("task").map(|at| from + at) {
        let word_end = at + "task".len() + usize::from(text[at + "task".len()..].starts_with('s'));
        from = word_end;
        let before = text[..at].trim_end().trim_end_matches("total").trim_end();
        let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let start = before.len() - digits;
        let is_whole_word =
            !text[word_end..].starts_with(|c: char| c.is_alphanumeric() || c == '-' || c == '_');
        let is_separate = at > before.len()
            && before[..start].chars().next_back().is_none_or(|c| matches!(c, ' ' | '(' | '[' | '*' | '_'));
        let is_amount = is_separate && is_whole_word && (1..=4).contains(&digits);
        if !is_amount {
            continue;
        }
        let words_before = before[..start].trim_end().to_lowercase();
        let is_part = [
            "of",
            "/",
            "task",
            "first",
            "last",
            "next",
            "least",
            "most",
            "about",
            "over",
            "than",
            "remaining",
            "~",
            "≈",
            "phase",
            "plan",
            "step",
            "-",
            "–",
            "to",
        ]
        .iter()
        .any(|word| {
            words_before.ends_with(word)
                && !(*word == "-" && words_before.ends_with(" -"))
                && !(*word == "–" && words_before.ends_with(" –"))
        });
        if found.is_some() || is_part {
            return None;
        }
        let number = before[start..].parse().ok()?;
        let rest = &text[word_end..];
        let marked = rest.trim_start().strip_prefix("are ").unwrap_or(rest.trim_start());
        let marked = marked.strip_prefix("marked ").or_else(|| marked.strip_prefix("tagged "));
        let tag = marked.and_then(|marked| {
            let marked = marked.trim_start_matches("as ").trim_start_matches("with ").trim_start_matches('`');
            let close = marked.find(']').filter(|close| marked.starts_with('[') && *close <= 6)?;
            Some(marked[..=close].to_owned())
        });
        // `5 tasks remaining`, `3 tasks per day` and `4 tasks can run in parallel` count some of the tasks.
        let next = rest.trim_start();
        let is_alone = next.is_empty()
            || next.starts_with([')', ']', ',', ';', '.', '|', '*', '—', '–', '-', ':'])
            || next.starts_with("total")
            || next.starts_with('(');
        if tag.is_none() && !is_alone {
            return None;
        }
        let end = word_end;
        let at = |offset: usize| line.start + offset as u32;
        let ids = id_range(rest);
        let span = at(start)..at(end);
        found = Some(TaskCount { span, line: line.clone(), number, noun: "task", tag, ids });
    }
    found
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn numbers_in_headings_lists_and_tables() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

- Phase 1: 3 tasks
- Phase 2 (Glue): 2 tasks
- 4 tasks marked [P]
- **Total**: 6 tasks

| Phase | Tasks | IDs | Status |
|---|---|---|---|
| Phase 1 | 2 | - | Open |
| Phase 2 | 4 | - | Open |

## Phase 1: Saw (2 tasks)

- [ ] T001 [P] Saw the boards
- [ ] T002 [P] Sand the boards

## Phase 2: Glue (4 tasks)

- [ ] T003 [P] Glue the boards
- [ ] T004 Oil the boards
- [ ] T005 Put it up
",
            expect![[r#"
                3   | - Phase 1: 3 tasks
                    |            ^^^^^^^ stated count is 3 tasks, but the phase has 2
                4   | - Phase 2 (Glue): 2 tasks
                    |                   ^^^^^^^ stated count is 2 tasks, but the phase has 3
                5   | - 4 tasks marked [P]
                    |   ^^^^^^^ stated count is 4 tasks, but the plan has 3 with `[P]`
                6   | - **Total**: 6 tasks
                    |              ^^^^^^^ stated count is 6 tasks, but the plan has 5
                11  | | Phase 2 | 4 | - | Open |
                    |             ^ stated count is 4 tasks, but the phase has 3
                13  | ## Phase 1: Saw (2 tasks)
                    |             ^^^^^^^^^^^^^ (phase)
                18  | ## Phase 2: Glue (4 tasks)
                    |             ^^^^^^^^^^^^^^ (phase)
                    |                   ^^^^^^^ stated count is 4 tasks, but the phase has 3
            "#]],
        );
    }

    #[test]
    fn ranges_of_ids() {
        check_rule(
            &RULE,
            "\
# Plan: Move the shelf

| Phase | Tasks | Status |
|---|---|---|
| Phase 1 | T001-T004 | Open |
| Phase 2 | T004–T005 | Open |

## Phase 1: Saw

- [ ] T001 Saw the boards
- [ ] T002 Sand the boards
- [ ] T003 Glue the boards

## Phase 2: Oil

- [ ] T004 Oil the boards
- [ ] T005 Put it up
",
            expect![[r#"
                5   | | Phase 1 | T001-T004 | Open |
                    |             ^^^^^^^^^ range ends at `T004`, but the last task of the phase is `T003`
            "#]],
        );
    }

    #[test]
    fn numbers_with_ids() {
        let plan = |text: &str| {
            format!(
                "# Plan: Move the shelf\n\n{text}\n\n## Phase 1: Saw\n\n- [ ] T001 [P] Saw\n- [ ] T002 Sand\n- [ ] T002A [P] Oil\n- [ ] T003 Glue\n"
            )
        };
        check_rule(
            &RULE,
            &plan("**Total**: 3 tasks (T001-T003)\n\n2 tasks marked [P]"),
            expect![[r#"
                3   | **Total**: 3 tasks (T001-T003)
                    |            ^^^^^^^ stated count is 3 tasks, but `T001-T003` has 4
            "#]],
        );
        check_silent(
            &RULE,
            &[
                &plan("**Total**: 4 tasks (T001-T003)"),
                &plan("**Total**: 3 tasks (T001-T009)"),
                &plan("- 1 task (T001–T001) is done"),
            ],
        );
    }

    #[test]
    fn plans_of_a_phase() {
        let plan = |count: usize| {
            format!(
                "# Roadmap: Shelf\n\n### Phase 1: Saw\n\n**Plans**: {count} plans\n\n- [x] 01-01-PLAN.md — Saw\n- [ ] 01-02-PLAN.md — Sand\n\n### Phase 2: Oil\n\n**Plans**: TBD\n"
            )
        };
        check_rule(
            &RULE,
            &plan(3),
            expect![[r#"
                3   | ### Phase 1: Saw
                    |              ^^^ (phase)
                5   | **Plans**: 3 plans
                    |            ^^^^^^^ stated count is 3 plans, but the phase has 2
            "#]],
        );
        check_silent(&RULE, &[&plan(2), &plan(12)]);
    }

    #[test]
    fn numbers_of_other_tasks() {
        let plan = |text: &str| {
            format!("# Plan: Shelf\n\n{text}\n\n## Work\n\n- [x] T1 Saw\n- [ ] T2 Glue\n- [ ] T3 Oil\n")
        };
        let texts = [
            plan("- Total: 3 tasks"),
            plan("- Total: 40 tasks"),
            plan("Two people can do 4 tasks per day."),
            plan("- [ ] T4 Split the work into 3 tasks"),
            plan("- 2026-01-05: 2 tasks"),
            plan("### First 2 tasks\n\n- Saw\n"),
            plan("- 2/5 tasks\n- 2 of 5 tasks\n- about 5 tasks"),
            plan("- Phase 1: 5 tasks"),
            plan("- Total: 2 tasks → 4 tasks"),
            "# Plan: Shelf\n\n## Phase 1 (2 tasks)\n\n- [ ] T1 Saw\n  - [ ] cut\n- [ ] T2 Glue\n".to_owned(),
        ];
        check_silent(&RULE, &texts.each_ref().map(|text| &**text));
    }
}
