//! Gantt charts: inserting and updating them, and filling in computed dates.

use plan_schema::DocumentKind;

use super::{Action, Context};
use crate::{
    Edit, File,
    editing::gantt_chart::{fill_dates, has_chart, write_gantt_charts},
};

/// Last segment of the kind of the action that writes charts.
pub const KIND: &str = "gantt-chart";
/// Last segment of the kind of the action that fills in dates.
pub const FILL_DATES: &str = "fill-dates";

/// Returns the edits of an action; empty if it does not apply.
type ComputeEdits = fn(&File) -> Vec<Edit>;

/// Offers to insert or update the Gantt chart, and to fill in the dates of milestones and phases: on the title, in a chart
/// or a table on request.
pub(super) fn gantt_chart(context: &Context<'_>) -> Vec<Action> {
    let (file, range) = (context.file, context.range);
    if file.kind() != DocumentKind::Plan {
        return Vec::new();
    }
    let plan = file.plan();
    let touches = |place: plan_model::TextRange| place.start <= range.end && range.start <= place.end;
    let on_title = plan.title_range().is_some_and(touches);
    let in_chart = plan.gantt_charts().iter().any(|(start, chart)| {
        let end = chart.tasks.last().map_or(0, |task| task.range.end);
        touches(*start..start + end)
    });
    let in_section = || {
        plan.section_before(range.start).is_some_and(|section| {
            let title = section.title().to_lowercase();
            ["timeline", "schedule", "milestone", "gantt"].iter().any(|word| title.contains(word))
        })
    };
    if !(on_title || in_chart || in_section()) {
        return Vec::new();
    }
    let chart_title = if has_chart(file) { "Update Gantt chart" } else { "Insert Gantt chart" };
    let all: [(&str, &'static str, ComputeEdits); 2] =
        [(chart_title, KIND, write_gantt_charts), ("Fill in computed dates", FILL_DATES, fill_dates)];
    let offered = all.into_iter().filter(|(.., edits)| !edits(file).is_empty());
    offered.map(|(title, kind, edits)| Action::lazy(title, kind, move |file, _| edits(file).into())).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::apply_edits;

    use expect_test::{Expect, expect};
    use plan_syntax::Document;

    use super::*;
    use crate::{
        Environment,
        actions::testing::applied,
        editing::gantt_chart::generated_chart,
        schedule::{EntryKind, schedule},
    };

    fn check(kind: &str, marked: &str, expect: Expect) {
        expect.assert_eq(&applied(marked, kind));
    }

    const PLAN: &str = "# Plan: Mo$0ve\n\n## Phase 1: Build\n\n- [x] **Task 1.1**: Copy: all\n- [ ] **Task 1.2**: Test\n  - Estimate: 3 days\n\n## Phase 2: Ship\n\n- [ ] **Task 2.1**: Ship\n  - Estimate: 1 day\n\n## Milestones\n\n| Milestone | Date | Dependencies |\n| --- | --- | --- |\n| Tested | | Task 1.2 |\n| Shipped | TBD | Task 2.1 |\n";

    #[test]
    fn inserts_a_chart() {
        check(
            KIND,
            PLAN,
            expect![[r#"
                Insert Gantt chart

                # Plan: Move

                ## Phase 1: Build

                - [x] **Task 1.1**: Copy: all
                - [ ] **Task 1.2**: Test
                  - Estimate: 3 days

                ## Phase 2: Ship

                - [ ] **Task 2.1**: Ship
                  - Estimate: 1 day

                ## Milestones

                | Milestone | Date | Dependencies |
                | --- | --- | --- |
                | Tested | | Task 1.2 |
                | Shipped | TBD | Task 2.1 |

                ## Timeline

                ```mermaid
                gantt
                  title Plan#58; Move
                  dateFormat YYYY-MM-DD
                  excludes weekends
                  %% dates computed by plansmith; remove this line to keep them
                  section Phase 1#58; Build
                  1.2 Test :2026-11-23, 2026-11-26
                  section Phase 2#58; Ship
                  2.1 Ship :2026-11-26, 2026-11-27
                  section Milestones
                  Tested :milestone, 2026-11-25, 0d
                  Shipped :milestone, 2026-11-26, 0d
                ```
            "#]],
        );
    }

    #[test]
    fn generated_charts_are_drawn_on_the_days_of_the_schedule() {
        let text = PLAN.replace("$0", "");
        let environment = Environment { today: Some("2026-11-20".into()), ..Environment::default() };
        let file = File::with_environment("plan.md", Document::new(&text), Arc::new(environment));
        let chart = plan_model::gantt::parse(&generated_chart(&file).unwrap());
        assert_eq!((chart.is_rejected, chart.problems), (false, Vec::new()));
        let drawn: Vec<_> = chart.tasks.iter().filter_map(|task| task.days).collect();
        let entries =
            schedule(&file).entries.iter().filter(|entry| !entry.is_rolled_up && entry.end.is_some());
        let expected: Vec<_> = entries
            .map(|entry| match entry.kind {
                EntryKind::Milestone => (entry.start.unwrap(), entry.start.unwrap()),
                _ => (entry.start.unwrap(), entry.end.unwrap().tomorrow().unwrap()),
            })
            .collect();
        assert_eq!(drawn, expected);
        assert_eq!(drawn.len(), 4);
    }

    #[test]
    fn generated_charts_are_up_to_date() {
        // The phase with weeks has a bar in addition to those of its tasks. The phase without weeks has no bar.
        let plan = PLAN.replace("$0", "").replace("## Phase 1: Build", "## Phase 1: Build (Weeks 1-2)");
        let plan = plan.replace("# Plan: Move\n", "# Plan: Move\n\n**Created**: 2026-11-23\n");
        let environment =
            Arc::new(Environment { today: Some("2026-11-20".into()), ..Environment::default() });
        let file =
            |text: &str| File::with_environment("plan.md", Document::new(text), Arc::clone(&environment));
        let chart = generated_chart(&file(&plan)).unwrap();
        assert!(chart.contains("  Phase 1#58; Build :active, 2026-11-23, 2026-12-05\n"), "{chart}");
        assert!(!chart.contains("  Phase 2#58; Ship :"), "{chart}");
        let edits = write_gantt_charts(&file(&format!("{plan}\n```mermaid\n{chart}```\n")));
        assert_eq!(edits, []);
    }

    #[test]
    fn line_endings_are_kept() {
        let chart =
            "\n```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n    1.1 Copy all :done, 2026-11-16, 2d\n```\n";
        let text = format!("{}{chart}", PLAN.replace("$0", "")).replace('\n', "\r\n");
        let environment = Environment { today: Some("2026-11-20".into()), ..Environment::default() };
        let file = File::with_environment("plan.md", Document::new(&text), Arc::new(environment));
        let updated = apply_edits(&text, &write_gantt_charts(&file));
        assert!(updated.contains("2d\r\n    %% dates computed by plansmith; remove this line to keep them\r\n    1.2 Test :2026-11-20, 2026-11-25\r\n"), "{updated:?}");
        assert_eq!(updated.matches('\n').count(), updated.matches("\r\n").count(), "{updated:?}");
    }

    #[test]
    fn fills_in_dates() {
        check(
            FILL_DATES,
            PLAN,
            expect![[r#"
                Fill in computed dates

                # Plan: Move

                ## Phase 1: Build

                - [x] **Task 1.1**: Copy: all
                - [ ] **Task 1.2**: Test
                  - Estimate: 3 days

                ## Phase 2: Ship

                - [ ] **Task 2.1**: Ship
                  - Estimate: 1 day

                ## Milestones

                | Milestone | Date | Dependencies |
                | --- | --- | --- |
                | Tested | 2026-11-25 | Task 1.2 |
                | Shipped | 2026-11-26 | Task 2.1 |
            "#]],
        );
    }

    #[test]
    fn updates_a_chart() {
        let chart = "\n```mermaid\ngantt\n    title Mine\n    dateFormat YYYY-MM-DD\n    section Build it\n    1.1 Copy all :t1, 2026-11-16, 2d\n    1.2 Test :done, crit, after t1, 3d\n    1.9 Gone :2026-11-16, 1d\n    My own :2026-11-16, 1d\n```\n";
        let plan = PLAN.replace("- [ ] **Task 1.2**: Test\n", "- [ ] **Task 1.2**: Test\n  - Due: 2026-11-27\n- [ ] **Task 1.3**: New one\n  - Estimate: 2 days\n");
        check(
            KIND,
            &format!("{plan}{chart}"),
            expect![[r#"
                Update Gantt chart

                # Plan: Move

                ## Phase 1: Build

                - [x] **Task 1.1**: Copy: all
                - [ ] **Task 1.2**: Test
                  - Due: 2026-11-27
                - [ ] **Task 1.3**: New one
                  - Estimate: 2 days
                  - Estimate: 3 days

                ## Phase 2: Ship

                - [ ] **Task 2.1**: Ship
                  - Estimate: 1 day

                ## Milestones

                | Milestone | Date | Dependencies |
                | --- | --- | --- |
                | Tested | | Task 1.2 |
                | Shipped | TBD | Task 2.1 |

                ```mermaid
                gantt
                    title Mine
                    dateFormat YYYY-MM-DD
                    section Build it
                    1.1 Copy all :done, t1, 2026-11-16, 2d
                    1.2 Test :crit, after t1, 2026-11-28
                    %% dates computed by plansmith; remove this line to keep them
                    1.3 New one :2026-11-23, 2026-11-25
                    My own :2026-11-16, 1d
                    section Phase 2#58; Ship
                    %% dates computed by plansmith; remove this line to keep them
                    2.1 Ship :2026-11-30, 2026-12-01
                ```
            "#]],
        );
        // A chart that is up to date does not change.
        let same = "\n```mermaid\ngantt\n    dateFormat YYYY-MM-DD\n    1.1 Copy all :done, t1, 2026-11-16, 2d\n    1.2 Test :after t1, 3d\n    2.1 Ship :2026-11-30, 1d\n```\n";
        check(KIND, &format!("{PLAN}{same}"), expect!["nothing"]);
    }

    /// Returns the text after `write_gantt_charts` on a date.
    fn written(text: &str, today: &str) -> String {
        let environment = Environment { today: Some(today.to_owned()), ..Environment::default() };
        let file = File::with_environment("plan.md", Document::new(text), Arc::new(environment));
        apply_edits(text, &write_gantt_charts(&file))
    }

    #[test]
    fn computed_dates_follow_the_schedule() {
        let plan = PLAN.replace("$0", "");
        let friday = written(&plan, "2026-11-20");
        assert!(friday.contains("  1.2 Test :2026-11-20, 2026-11-25\n"), "{friday}");
        assert!(friday.contains("  Shipped :milestone, 2026-11-25, 0d\n"), "{friday}");
        assert_eq!(written(&friday, "2026-11-20"), friday);
        assert_eq!(
            written(&friday, "2026-11-21"),
            written(&friday, "2026-11-23"),
            "a weekend changes nothing else"
        );
        // The chart has the dates of a new one, in place.
        let tuesday = written(&friday, "2026-11-24");
        assert_eq!(tuesday, written(&plan, "2026-11-24"));
        assert!(tuesday.contains("  1.2 Test :2026-11-24, 2026-11-27\n"), "{tuesday}");
        // Done tasks keep their dates.
        let done = tuesday.replace("- [ ] **Task 1.2**", "- [x] **Task 1.2**");
        let done = written(&done, "2026-11-30");
        assert!(done.contains("  1.2 Test :done, 2026-11-24, 2026-11-27\n"), "{done}");
        assert!(done.contains("  2.1 Ship :2026-11-30, 2026-12-01\n"), "{done}");
        // Without the comment, the dates are the author's.
        let kept =
            friday.replacen("  %% dates computed by plansmith; remove this line to keep them\n", "", 1);
        assert_eq!(written(&kept, "2026-11-24"), kept);
        // Dates that the plan states take precedence.
        let stated = friday.replace("  - Estimate: 3 days", "  - Start: 2026-12-01\n  - Due: 2026-12-02");
        let stated = written(&stated, "2026-11-24");
        assert!(stated.contains("  1.2 Test :2026-12-01, 2026-12-03\n"), "{stated}");
    }

    #[test]
    fn new_tasks_of_charts() {
        let chart = "\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  section Build\n    1.1 Copy all :done, 2026-11-16, 2d\n  section Rest\n    My own :2026-11-16, 1d\n```\n";
        let text = format!("{}{chart}", PLAN.replace("$0", ""));
        let updated = written(&text, "2026-11-20");
        let comment = "    %% dates computed by plansmith; remove this line to keep them\n";
        let added = format!(
            "{comment}    1.2 Test :2026-11-20, 2026-11-25\n  section Phase 2#58; Ship\n{comment}    2.1 Ship :2026-11-25, 2026-11-26\n"
        );
        assert_eq!(updated, text.replace("  section Rest\n", &format!("{added}  section Rest\n")));
        assert_eq!(written(&updated, "2026-11-20"), updated);
        let later = written(&updated, "2026-11-23");
        assert!(later.contains("    1.2 Test :2026-11-23, 2026-11-26\n"), "{later}");
        assert!(later.contains("    My own :2026-11-16, 1d\n"), "{later}");
    }

    #[test]
    fn milestones_of_charts_follow_the_plan() {
        let plan = PLAN.replace("$0", "").replace("TBD", "2026-12-04");
        let chart = "\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  1.2 Test :2026-11-16, 2d\n  Shipped :milestone, m1, 2026-12-01, 0d\n  Party :milestone, 2026-12-01, 0d\n```\n";
        let text = format!("{plan}{chart}");
        let updated = written(&text, "2026-11-16");
        assert!(updated.contains("  Shipped :milestone, m1, 2026-12-04, 0d\n"), "{updated}");
        assert!(updated.contains("  Party :milestone, 2026-12-01, 0d\n"), "{updated}");
    }

    #[test]
    fn repeated_ids_and_titles() {
        let plan = "# Plan: Twice\n\n**Created**: 2026-11-16\n\n## Phase 1: Build (Weeks 1-2)\n\n- [x] **Task 1.1**: One\n\n## Rollout\n\n### Phase 1: Ask (Week 5)\n\n- [ ] **Task 1.1**: Ask\n\n## Phase 2: Same\n\n- [ ] **Task 1.1**: One\n  - Estimate: 1 day\n\n## Milestones\n\n| Milestone | Date |\n| --- | --- |\n| Build | 2026-12-20 |\n";
        let updated = written(plan, "2026-11-16");
        assert!(updated.contains("  Build :milestone, 2026-12-20, 0d\n"), "{updated}");
        assert_eq!(written(&updated, "2026-11-16"), updated);
    }

    #[test]
    fn days_off_of_the_calendar() {
        let plan = PLAN.replace("$0", "");
        let calendar = crate::schedule::ScheduleSettings {
            working_days: Some([true, true, true, true, true, true, false]),
            holidays: ["2026-11-25", "2027-01-01"].map(|day| day.parse().unwrap()).into(),
            ..crate::schedule::ScheduleSettings::default()
        };
        let environment =
            Environment { today: Some("2026-11-20".into()), schedule: calendar, ..Environment::default() };
        let file = File::with_environment("plan.md", Document::new(&plan), Arc::new(environment));
        let chart = generated_chart(&file).unwrap();
        assert!(chart.contains("  excludes sunday, 2026-11-25\n"), "{chart}");
    }

    #[test]
    fn new_milestones_of_charts() {
        let plan = PLAN.replace("$0", "").replace("TBD", "2026-12-04");
        let chart = "\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  1.2 Test :2026-11-16, 3d\n  2.1 Ship :2026-12-03, 1d\n  Shipped :milestone, m1, 2026-12-04, 0d\n  Party :milestone, 2026-12-01, 0d\n```\n";
        let text = format!("{plan}{chart}");
        let updated = written(&text, "2026-11-16");
        let added = "m1, 2026-12-04, 0d\n  %% dates computed by plansmith; remove this line to keep them\n  Tested :milestone, 2026-11-18, 0d\n";
        assert_eq!(updated, text.replace("m1, 2026-12-04, 0d\n", added));
        assert_eq!(written(&updated, "2026-11-16"), updated);
        // Without a milestone of the plan, the chart is a choice of the author.
        let tasks_only = text.replace("  Shipped :milestone, m1, 2026-12-04, 0d\n", "");
        assert_eq!(written(&tasks_only, "2026-11-16"), tasks_only);
        let reached = text.replace("- [ ] **Task 1.2**", "- [x] **Task 1.2**");
        assert!(!written(&reached, "2026-11-16").contains("Tested :"));
    }

    #[test]
    fn plans_with_text_timelines_get_a_chart() {
        let plan =
            PLAN.replace("$0", "").replace("# Plan: Move\n", "# Plan: Move\n\n**Created**: 2026-11-16\n");
        let text = format!("{plan}\n```\nWeek 1: Phase 1 [==]\nWeek 2-3: Phase 2 [====]\n```\n");
        let updated = written(&text, "2026-11-16");
        assert!(updated.contains("  Phase 2#58; Ship :2026-11-23, 2026-12-05\n"), "{updated}");
        assert_eq!(written(&updated, "2026-11-16"), updated);
    }

    #[test]
    fn gantt_tasks_of_phases_without_tasks_are_kept() {
        let chart = "\n```mermaid\ngantt\n  dateFormat YYYY-MM-DD\n  1.2 Test :2026-11-16, 2d\n  2.2 Gone :2026-11-16, 2d\n  3.1 Later :2026-12-01, 2d\n```\n";
        let plan = PLAN
            .replace("$0", "")
            .replace("## Milestones", "## Phase 3: Later\n\nSee the design.\n\n## Milestones");
        let updated = written(&format!("{plan}{chart}"), "2026-11-16");
        assert!(
            updated.contains("3.1 Later :2026-12-01, 2d\n") && !updated.contains("2.2 Gone"),
            "{updated}"
        );
    }
}
