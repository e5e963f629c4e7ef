//! Inlay hints: progress at headings and parents, what tasks wait for, days left, days that charts compute.

use std::collections::BTreeMap;

use jiff::civil::Date;
use plan_model::{CarrierKind, Column, Item, ItemKind, Meaning, State, date};

use crate::{
    File, Place,
    actions::is_ours,
    next::{full_name, short_name, state, waits},
};

/// Which hints are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Progress at the headings of phases: `3/7`. On by default.
    pub phases: bool,
    /// Progress at tasks with tasks in them. Off by default.
    pub parents: bool,
    /// What phases and tasks wait for: `waits for 1.2`. Off by default.
    pub waits: bool,
    /// Days left at dates: `in 3 days`. Off by default.
    pub dates: bool,
    /// The days of bars in charts that mermaid computes. Off by default.
    pub charts: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self { phases: true, parents: false, waits: false, dates: false, charts: false }
    }
}

/// A text that is shown in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlayHint {
    /// The byte before which it is shown.
    pub at: usize,
    /// What it says, without blanks around it.
    pub label: String,
    /// The same at length.
    pub tooltip: String,
    /// Whether a blank belongs before it.
    pub before: bool,
}

/// How many names a hint lists before it counts the rest.
const LISTED: usize = 3;

/// The hints of a plan or checklist that lie in a range, both ends included, in document order; nothing for other documents.
pub fn inlay_hints(file: &File, within: &Place, switches: Switches) -> Vec<InlayHint> {
    if !is_ours(file) {
        return Vec::new();
    }
    let mut hints = Hints { file, within, found: Vec::new() };
    if switches.phases || switches.parents || switches.waits {
        hints.items(switches);
    }
    if switches.dates {
        hints.dates();
    }
    if switches.charts {
        hints.charts();
    }
    hints.found.sort_by_key(|hint| hint.at);
    hints.found
}

struct Hints<'a> {
    file: &'a File,
    within: &'a Place,
    found: Vec<InlayHint>,
}

impl Hints<'_> {
    fn holds(&self, at: usize) -> bool {
        self.within.start <= at && at <= self.within.end
    }

    fn add(&mut self, at: usize, label: String, tooltip: String) {
        if self.holds(at) {
            self.found.push(InlayHint { at, label, tooltip, before: true });
        }
    }

    fn items(&mut self, switches: Switches) {
        let waiting = if switches.waits { waits(self.file) } else { BTreeMap::new() };
        for item in self.file.plan().items() {
            let line = item.line();
            if line.end < self.within.start || self.within.end < line.start {
                continue;
            }
            let Some(at) = self.end_of_name(&item) else { continue };
            let progress = item.progress();
            let counts = match item.kind() {
                ItemKind::Phase => switches.phases && progress.total > 0,
                ItemKind::Task => switches.parents && progress.total > 1,
            };
            if counts && let Some(percent) = progress.percent() {
                let tooltip = format!("{} of {} tasks done ({percent} %)", progress.done, progress.total);
                self.add(at, format!("{}/{}", progress.done, progress.total), tooltip);
            }
            let over = matches!(state(&item), Some(State::Done | State::Cancelled));
            if let Some(first) = waiting.get(&item.index()).filter(|_| !over) {
                let first: Vec<Item<'_>> =
                    first.iter().filter_map(|index| self.file.plan().item(*index)).collect();
                let short = listed(first.iter().map(short_name).collect());
                let full: Vec<String> = first.iter().map(full_name).collect();
                self.add(at, format!("waits for {short}"), format!("Not done yet: {}", full.join("; ")));
            }
        }
    }

    /// The end of the first line of an item, where a hint can stand: not in tables and front matter.
    fn end_of_name(&self, item: &Item<'_>) -> Option<usize> {
        match item.form() {
            CarrierKind::TableRow | CarrierKind::FrontMatter => None,
            CarrierKind::Heading => Some(item.section()?.text_range().end),
            _ => {
                let line = item.line();
                let text = self.file.document().slice(line.clone());
                let first = text.lines().next().unwrap_or_default();
                Some(line.start + first.split('\r').next().unwrap_or_default().trim_end().len())
            }
        }
    }

    /// Days left: of the plan, of items that are not finished, and of days to come in tables.
    fn dates(&mut self) {
        let plan = self.file.plan();
        let Some(today) = self.file.environment().today.as_ref().and_then(|today| today.parse().ok()) else {
            return;
        };
        let status = plan.status().and_then(|status| plan.state_of(&status.value));
        if is_over(status) {
            return;
        }
        let meanings = [Meaning::Target, Meaning::Due, Meaning::Expires];
        let document = self.file.document();
        let front =
            plan.front_matter().iter().filter(|entry| entry.meaning.is_some_and(|m| meanings.contains(&m)));
        let written = meanings.into_iter().flat_map(|meaning| plan.written(meaning)).map(|value| value.range);
        let mut places: Vec<Place> = front.map(|entry| entry.value.clone()).chain(written).collect();
        places.retain(|place| place.start <= self.within.end && self.within.start <= place.end);
        places.sort_by_key(|place| place.start);
        places.dedup();
        for place in places {
            self.day(today, &document.slice(place.clone()), place.start, true);
        }
        for table in plan.tables() {
            let all = table.range();
            if all.end < self.within.start || self.within.end < all.start {
                continue;
            }
            for row in table.rows() {
                for cell in [Column::Date, Column::Start, Column::End].into_iter().filter_map(|c| row.cell(c))
                {
                    self.day(today, cell.text, cell.range.start, false);
                }
            }
        }
    }

    /// The first day in a text; with `late` also where it has passed.
    fn day(&mut self, today: Date, text: &str, start: usize, late: bool) {
        let Some((found, day)) = date::first(text).and_then(|found| Some((found.range, found.date?))) else {
            return;
        };
        let at = start + found.end;
        let left = (day - today).get_days();
        if !self.holds(at) || left < 0 && !late || self.is_finished_at(at) {
            return;
        }
        let label = match left {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            -1 => "1 day late".to_owned(),
            2.. => format!("in {left} days"),
            _ => format!("{} days late", -left),
        };
        self.add(at, label, format!("{}, seen on {today}", day.strftime("%A, %-d %B %Y")));
    }

    /// Whether an item around a byte is done, put off or cancelled.
    fn is_finished_at(&self, at: usize) -> bool {
        let mut items = self.file.plan().items();
        items.any(|item| {
            let range = item.range();
            range.start <= at && at <= range.end && is_over(state(&item))
        })
    }

    /// The days of bars that are not written at them.
    fn charts(&mut self) {
        for (start, chart) in self.file.plan().charts() {
            for bar in &chart.bars {
                let at = start + bar.range.end;
                let Some((first, after)) = bar.days.filter(|_| self.holds(at)) else { continue };
                let last = if after > first { after.yesterday().unwrap_or(first) } else { first };
                let is_day = |part: &Option<Place>| {
                    part.as_ref().is_some_and(|part| {
                        let text = self.file.document().slice(start + part.start..start + part.end);
                        date::first(&text).is_some_and(|found| found.range.start == 0)
                    })
                };
                let label = match (is_day(&bar.start), is_day(&bar.end)) {
                    (true, true) => continue,
                    (true, false) if last == first => continue,
                    _ if last == first => first.to_string(),
                    (true, false) => format!("to {last}"),
                    (false, true) => format!("from {first}"),
                    (false, false) => format!("{first} – {last}"),
                };
                let tooltip = format!("From {first} to {last}");
                self.add(at, label, tooltip);
            }
        }
    }
}

fn is_over(state: Option<State>) -> bool {
    matches!(state, Some(State::Done | State::Deferred | State::Cancelled))
}

/// A list with as many names as there is room for.
fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(LISTED);
    names.truncate(LISTED);
    let shown = names.join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::Environment;

    const OFF: Switches =
        Switches { phases: false, parents: false, waits: false, dates: false, charts: false };

    /// The text with the hints in it.
    fn check(text: &str, switches: Switches, expect: Expect) {
        let environment = Environment { today: Some("2026-11-21".into()), ..Environment::default() };
        let file = File::within("plan.md", Document::new(text), Arc::new(environment));
        let mut shown = text.to_owned();
        for hint in inlay_hints(&file, &(0..text.len()), switches).into_iter().rev() {
            shown.insert_str(hint.at, &format!(" «{} | {}»", hint.label, hint.tooltip));
        }
        expect.assert_eq(&shown);
    }

    #[test]
    fn progress_at_phases() {
        let text =
            "# Plan: x\n\n## Phase 1: A ✅ ##\n\n- [x] a\n  - [ ] b\n\nPhase 2: B\n----------\n\ntext\n";
        check(
            text,
            Switches::default(),
            expect![[r#"
            # Plan: x

            ## Phase 1: A ✅ «1/2 | 1 of 2 tasks done (50 %)» ##

            - [x] a
              - [ ] b

            Phase 2: B
            ----------

            text
        "#]],
        );
        check(
            text,
            Switches { parents: true, ..OFF },
            expect![[r#"
            # Plan: x

            ## Phase 1: A ✅ ##

            - [x] a «1/2 | 1 of 2 tasks done (50 %)»
              - [ ] b

            Phase 2: B
            ----------

            text
        "#]],
        );
    }

    #[test]
    fn what_waits() {
        check(
            "# Plan: x\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n  - Dependencies: Task 1.1\n- [ ] **Task 1.3**: c\n  - Dependencies: Task 1.1, Task 1.2\n\n## Phase 2: B\n\n**Depends on**: Phase 1\n\n- [ ] **Task 2.1**: e\n",
            Switches { waits: true, ..OFF },
            expect![[r#"
                # Plan: x

                ## Phase 1: A

                - [x] **Task 1.1**: a
                - [ ] **Task 1.2**: b
                  - Dependencies: Task 1.1
                - [ ] **Task 1.3**: c «waits for 1.2 | Not done yet: 1.2 b»
                  - Dependencies: Task 1.1, Task 1.2

                ## Phase 2: B «waits for Phase 1 | Not done yet: Phase 1: A»

                **Depends on**: Phase 1

                - [ ] **Task 2.1**: e
            "#]],
        );
    }

    #[test]
    fn days_left() {
        check(
            "---\ndue: 2026-11-22\n---\n# Plan: x\n\n**Status**: Active\n**Created**: 2026-01-01\n**Target Completion**: 2026-12-01 (firm)\n\n- [ ] a\n  - Due: 2026-11-18\n- [x] b\n  - Due: 2026-11-18\n\n## Milestones\n\n| Milestone | Target Date |\n|---|---|\n| M1 | 2026-11-21 |\n| M2 | 2026-02-01 |\n",
            Switches { dates: true, ..OFF },
            expect![[r#"
                ---
                due: 2026-11-22 «tomorrow | Sunday, 22 November 2026, seen on 2026-11-21»
                ---
                # Plan: x

                **Status**: Active
                **Created**: 2026-01-01
                **Target Completion**: 2026-12-01 «in 10 days | Tuesday, 1 December 2026, seen on 2026-11-21» (firm)

                - [ ] a
                  - Due: 2026-11-18 «3 days late | Wednesday, 18 November 2026, seen on 2026-11-21»
                - [x] b
                  - Due: 2026-11-18

                ## Milestones

                | Milestone | Target Date |
                |---|---|
                | M1 | 2026-11-21 «today | Saturday, 21 November 2026, seen on 2026-11-21» |
                | M2 | 2026-02-01 |
            "#]],
        );
        check(
            "# Plan: x\n\n**Status**: Completed\n**Due**: 2026-12-01\n\n- [x] a\n",
            Switches { dates: true, ..OFF },
            expect![[r#"
                # Plan: x

                **Status**: Completed
                **Due**: 2026-12-01

                - [x] a
            "#]],
        );
    }

    #[test]
    fn days_of_charts() {
        check(
            "# Plan: x\n\n- [ ] a\n\n```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n    section A\n    One :a1, 2026-01-05, 5d\n    Two :a2, after a1, 3d\n    Three :2026-01-05, 2026-01-07\n    End :milestone, after a2, 0d\n```\n",
            Switches { charts: true, ..OFF },
            expect![[r#"
                # Plan: x

                - [ ] a

                ```mermaid
                gantt
                    dateFormat YYYY-MM-DD
                    section A
                    One :a1, 2026-01-05, 5d «to 2026-01-09 | From 2026-01-05 to 2026-01-09»
                    Two :a2, after a1, 3d «2026-01-10 – 2026-01-12 | From 2026-01-10 to 2026-01-12»
                    Three :2026-01-05, 2026-01-07
                    End :milestone, after a2, 0d «2026-01-13 | From 2026-01-13 to 2026-01-13»
                ```
            "#]],
        );
    }

    #[test]
    fn only_within() {
        let text = "# Plan: x\n\n## Phase 1: A\n\n- [x] a\n\n## Phase 2: B\n\n- [x] b\n";
        let file = File::new("plan.md", Document::new(text));
        let second = text.find("## Phase 2").unwrap();
        let hints = inlay_hints(&file, &(second..text.len()), Switches::default());
        assert_eq!(hints.iter().map(|hint| hint.at).collect::<Vec<_>>(), [second + "## Phase 2: B".len()]);
        let ordinary = File::new("notes.md", Document::new("# Title\n\ntext\n"));
        assert!(inlay_hints(&ordinary, &(0..15), Switches::default()).is_empty());
    }
}
