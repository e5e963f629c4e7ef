//! Tests of schedules, which are shown as text.

use std::{fmt::Write, sync::Arc};

use expect_test::{Expect, expect};
use plan_syntax::Document;

use super::*;
use crate::Environment;

fn file(today: &str, text: &str) -> File {
    let environment = Environment { today: Some(today.to_owned()), ..Environment::default() };
    File::with_environment("plan.md", Document::new(text), Arc::new(environment))
}

/// Formats a schedule, one line per entry.
fn formatted(file: &File) -> String {
    let schedule = schedule(file);
    let mut out = String::new();
    let day = |day: Option<Date>| day.map_or("-".to_owned(), |day| day.strftime("%m-%d %a").to_string());
    for entry in &schedule.entries {
        let days = entry.days.map_or("-".to_owned(), |days| days.to_string());
        let slack = entry.slack.map_or(String::new(), |slack| format!(", slack {slack}"));
        let critical = if entry.critical { ", critical" } else { "" };
        let late = if entry.late { ", late" } else { "" };
        let name = entry.id.as_deref().unwrap_or(&entry.title);
        let (start, end, source) = (day(entry.start), day(entry.end), entry.source.name());
        let _ = writeln!(out, "{name}: {start} to {end}, {days} d, {source}{slack}{critical}{late}");
    }
    let _ = writeln!(out, "end {}", day(schedule.end));
    for conflict in &schedule.conflicts {
        let line = file.document().rope().byte_to_line(conflict.range.start) + 1;
        let _ = writeln!(out, "line {line}: {}", conflict.message);
    }
    out
}

fn check(today: &str, text: &str, expect: Expect) {
    expect.assert_eq(&formatted(&file(today, text)));
}

#[test]
fn estimates_and_dependencies() {
    // 2026-03-11 is a Wednesday.
    check(
        "2026-03-11",
        "# Plan\n\n**Created**: 2026-03-02\n**Target**: 2026-03-13\n\n## Phase 1: A\n\n- [x] **Task 1.1**: a\n  - Estimate: 9 days\n\
         - [ ] **Task 1.2**: b\n  - Estimate: 2-3 days\n  - Dependencies: Task 1.1\n- [ ] **Task 1.3**: c\n  - Estimate: 4h\n\
         \n## Phase 2: B\n\n- [ ] **Task 2.1**: d\n  - Estimate: 1 week\n  - Depends on: Task 1.3\n- [ ] **Task 2.2**: e\n  - Depends on: Task 2.1\n\n\
         ## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n| Copied | 2026-03-12 | Task 1.2 |\n| Switched | | Tasks 1.2, 2.1 |\n",
        expect![[r#"
            phase 1: 03-11 Wed to 03-13 Fri, 3 d, estimate, slack 0, critical
            1.1: - to -, - d, none
            1.2: 03-11 Wed to 03-13 Fri, 3 d, estimate, slack 0, critical
            1.3: 03-11 Wed to 03-11 Wed, 1 d, estimate, slack 2
            phase 2: 03-16 Mon to 03-20 Fri, 5 d, estimate, slack 0, critical
            2.1: 03-16 Mon to 03-20 Fri, 5 d, estimate, slack 0, critical
            2.2: 03-23 Mon to -, - d, dependency
            Copied: 03-12 Thu to 03-12 Thu, 0 d, stated, slack 6
            Switched: 03-20 Fri to 03-20 Fri, 0 d, dependency, slack 0, critical
            end 03-20 Fri
            line 4: target date is 2026-03-13, but the schedule ends on 2026-03-20
            line 28: milestone is on 2026-03-12, but `1.2` ends on 2026-03-13
        "#]],
    );
}

#[test]
fn dates_weeks_and_charts() {
    check(
        "2026-03-11",
        "# Plan\n\n**Start date**: 2026-03-04\n\n## Phase 1: A (Weeks 1-2)\n\n- [ ] **Task 1.1**: a\n  - **Start**: 2026-03-02\n  - Due: 2026-03-06\n- [ ] **Task 1.2**: b\n  - Estimate: 20 days\n\n\
         ## Phase 2: B\n\n- [ ] **Task 2.1**: c\n  - Estimate: 2 days\n  - Due: 2026-03-31\n- [ ] **Task 2.2**: d\n\n\
         ```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  excludes weekends, 2026-03-30\n  Task 2.1 :t1, 2026-03-20, 2d\n  Task 2.2 :after t1, 4d\n  Launch :milestone, 2026-04-02, 0d\n```\n",
        expect![[r#"
            phase 1: 03-04 Wed to 03-17 Tue, 10 d, stated, slack -4, critical
            1.1: 03-02 Mon to 03-06 Fri, 5 d, stated, slack 18, late
            1.2: 03-11 Wed to 04-08 Wed, 20 d, estimate, slack -4, critical
            phase 2: 03-24 Tue to 03-31 Tue, 5 d, stated, slack 6
            2.1: 03-31 Tue to 03-31 Tue, 1 d, stated, slack 6
            2.2: 03-24 Tue to 03-27 Fri, 4 d, chart, slack 7
            Launch: 04-02 Thu to 04-02 Thu, 0 d, chart, slack 4
            end 04-08 Wed
            line 10: `1.2` ends on 2026-04-08, after `Phase 1` ends on 2026-03-17
            line 17: `2.1` is due on 2026-03-31, but cannot start before 2026-04-09
            line 24: chart dates of `2.1` (2026-03-20 to 2026-03-23) differ from the plan
        "#]],
    );
}

#[test]
fn open_ends_and_reversed_dates() {
    check(
        "2026-03-11",
        "# Plan\n\n## Phase 1: A\n\n- [ ] **Task 1.1**: a\n  - Estimate: 2 days\n- [ ] **Task 1.2**: b\n  - Start: 2026-04-01\n\
         - [ ] **Task 1.3**: c\n  - Start: 2026-03-20\n  - Due: 2026-03-18\n- [ ] **Task 1.4**: d\n  - Due: 2026-03-12\n  - Estimate: 4 days\n",
        expect![[r#"
            phase 1: 03-11 Wed to 04-01 Wed, 16 d, stated, slack 14
            1.1: 03-11 Wed to 03-12 Thu, 2 d, estimate, slack 14
            1.2: 04-01 Wed to -, - d, stated
            1.3: 03-20 Fri to -, - d, stated
            1.4: 03-11 Wed to 03-12 Thu, 2 d, stated, slack 14
            end 04-01 Wed
            line 10: `1.3` starts on 2026-03-20, after its end 2026-03-18
            line 13: `1.4` takes 4 working days, but only 2 are left until 2026-03-12
        "#]],
    );
}

#[test]
fn phases_start_and_end_with_their_tasks() {
    check(
        "2026-03-11",
        "# Plan\n\n## Phase 1: A\n\n**Estimate**: 4 weeks\n\n- [ ] **Task 1.1**: a\n  - Estimate: 2 days\n  - Depends on: Task 2.1\n\n\
         ## Phase 2: B\n\n**Dependencies**: None\n**Estimate**: 4 weeks\n\n- [ ] **Task 2.1**: b\n  - Estimate: 3 days\n- [ ] **Task 2.2**: c\n",
        expect![[r#"
            phase 1: 03-16 Mon to 03-17 Tue, 2 d, estimate, slack 15
            1.1: 03-16 Mon to 03-17 Tue, 2 d, estimate, slack 15
            phase 2: 03-11 Wed to 04-07 Tue, 20 d, estimate, slack 0, critical
            2.1: 03-11 Wed to 03-13 Fri, 3 d, estimate, slack 15
            2.2: - to -, - d, none
            end 04-07 Tue
        "#]],
    );
}

#[test]
fn working_days_of_settings_win_over_excludes() {
    let text = "# Plan\n\n- [ ] **Task 1.1**: a\n  - Estimate: 4 days\n\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  excludes friday, 2026-03-12\n  x :2026-03-01, 1d\n```\n";
    let end = |working_days: Option<[bool; 7]>| {
        let settings = ScheduleSettings { working_days, ..ScheduleSettings::default() };
        let environment =
            Environment { today: Some("2026-03-11".into()), schedule: settings, ..Environment::default() };
        let file = File::with_environment("plan.md", Document::new(text), Arc::new(environment));
        schedule(&file).end.map(|end| end.strftime("%m-%d %a").to_string())
    };
    // Wednesday, Saturday, Sunday, Monday: the chart excludes Thursday and Friday.
    assert_eq!(end(None).as_deref(), Some("03-16 Mon"));
    // The settings make Friday a working day, and the weekend free. The date in the chart is still free.
    assert_eq!(end(Some([true, true, true, true, true, false, false])).as_deref(), Some("03-17 Tue"));
}

#[test]
fn tasks_of_charts_end_before_excluded_days() {
    check(
        "2026-03-02",
        "# Plan\n\n- [ ] **Task 1.1**: a\n- [ ] **Task 1.2**: b\n\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  excludes weekends\n  Task 1.1 :a, 2026-03-02, 5d\n  Task 1.2 :after a, 5d\n```\n",
        expect![[r#"
            1.1: 03-02 Mon to 03-06 Fri, 5 d, chart, slack 5
            1.2: 03-09 Mon to 03-13 Fri, 5 d, chart, slack 0, critical
            end 03-13 Fri
        "#]],
    );
}

#[test]
fn durations_and_weeks_in_tables() {
    check(
        "2026-03-02",
        "# Plan\n\n**Start date**: 2026-03-02\n\n| ID | Task | Estimate | Status |\n| --- | --- | --- | --- |\n| T1 | One | 2 days | Not started |\n| T2 | Two | 3-5 days | Not started |\n| T3 | Three | 1 week | Not started |\n| T4 | Four | 2 | Not started |\n\n\
         ## Phases\n\n| Phase | Weeks | Status |\n| --- | --- | --- |\n| Phase 1: A | 1-2 | Not started |\n| Phase 2: B | 3 | Not started |\n",
        expect![[r#"
            T1: 03-02 Mon to 03-03 Tue, 2 d, estimate, slack 13
            T2: 03-02 Mon to 03-06 Fri, 5 d, estimate, slack 10
            T3: 03-02 Mon to 03-06 Fri, 5 d, estimate, slack 10
            T4: - to -, - d, none
            phase 1: 03-02 Mon to 03-13 Fri, 10 d, stated, slack 5
            phase 2: 03-16 Mon to 03-20 Fri, 5 d, stated, slack 0, critical
            end 03-20 Fri
        "#]],
    );
}

#[test]
fn work_after_open_ends_and_milestones_of_late_phases() {
    check(
        "2026-03-09",
        "# Plan\n\n**Created**: 2026-03-02\n\n## Phase 1: A\n\n**Due**: 2026-03-06\n\n- [ ] **Task 1.1**: a\n  - Start: 2026-03-10\n- [ ] **Task 1.2**: b\n  - Estimate: 2 days\n  - Depends on: Task 1.1\n\n\
         ## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n| Built | | Phase 1 |\n",
        expect![[r#"
            phase 1: 03-10 Tue to 03-06 Fri, - d, stated, slack 0, critical, late
            1.1: 03-10 Tue to -, - d, stated
            1.2: 03-11 Wed to 03-12 Thu, 2 d, estimate, slack 0, critical
            Built: 03-12 Thu to 03-12 Thu, 0 d, dependency, slack 0, critical
            end 03-12 Thu
            line 11: `1.2` ends on 2026-03-12, after `Phase 1` ends on 2026-03-06
        "#]],
    );
}
