//! The rule `milestone-unknown-task`.

use std::collections::{HashMap, HashSet};

use plan_model::{Column, Id, Plan, Resolution, SegmentFlags, SegmentView, TableKind, TextRange, reference};
use plan_schema::DocumentKind;
use plan_syntax::{BlockKind, outline::bytes};

use super::{Check, Group, PerSegment, RestCheck, Rule, RuleView};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "milestone-unknown-task",
    group: Group::Tables,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "milestone refers to an unknown task or phase",
    doc: "\
## What it checks

A cell of a milestone table that contains only IDs, at least one of which is not the ID of a task or phase of the plan. It is reported only if the plan has other IDs of the same kind. In all other cells of such a table, and in lists of milestones, Plansmith reports `Phase 7 complete` if the plan has no phase 7. This applies only to plans that number their phases from 0 or 1.

## Why

Readers cannot determine when the milestone is reached.

## Example

Incorrect:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides

## Milestones

| Milestone | Date | Dependencies |
|-----------|------|--------------|
| Copied | 2026-04-01 | Task 1.1, Task 1.7 |
```

Correct:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [ ] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides

## Milestones

| Milestone | Date | Dependencies |
|-----------|------|--------------|
| Copied | 2026-04-01 | Task 1.1, Task 1.2 |
```

## Fix

Write the intended ID.
",
    check: Check::PerSegment(&PerSegment { check, check_rest: RestCheck::File(check_rest), fixes: None }),
};

/// The forms of IDs in a plan: keywords of phases, and for other IDs the prefix and the number of dots.
struct IdForms {
    /// Lowest and highest number of the phases of each keyword.
    phases: HashMap<String, (u32, u32)>,
    words: HashSet<String>,
    forms: HashSet<(String, usize)>,
    ids: HashSet<Id>,
}

impl IdForms {
    fn of(plan: &Plan) -> Self {
        let mut forms = Self {
            phases: HashMap::new(),
            words: HashSet::new(),
            forms: HashSet::new(),
            ids: plan.row_ids().collect(),
        };
        for id in plan.items().filter_map(|item| item.id()) {
            if let Some((word, number)) = id.phase_parts() {
                forms.words.insert(word.to_owned());
                if let Ok(number) = number.parse() {
                    let (low, high) = forms.phases.entry(word.to_owned()).or_insert((number, number));
                    (*low, *high) = ((*low).min(number), (*high).max(number));
                }
            }
            forms.forms.insert(Self::form(id));
            forms.ids.insert(id.clone());
        }
        forms
    }

    fn form(id: &Id) -> (String, usize) {
        (id.prefix().to_owned(), id.as_str().matches('.').count())
    }

    /// Returns whether an ID names a phase after the last one of a plan that numbers its phases from the start. A
    /// number far above those of the plan belongs to another plan.
    fn is_past_the_end(&self, id: &Id) -> bool {
        let Some((word, number)) = id.phase_parts() else { return false };
        let ends = self.phases.get(word).filter(|(low, high)| *low <= 1 && high > low);
        ends.zip(number.parse::<u32>().ok())
            .is_some_and(|((_, high), number)| (high + 1..=3 * high + 10).contains(&number))
    }

    /// Returns whether the plan has IDs of this form. Always false for plain numbers, which are ambiguous.
    fn has(&self, id: &Id) -> bool {
        match id.phase_parts() {
            Some((word, _)) => self.words.contains(word),
            None => !id.is_plain() && self.forms.contains(&Self::form(id)),
        }
    }
}

fn check(view: &RuleView<'_>, findings: &mut Vec<Finding>) {
    for milestone in view.milestones() {
        let is_unresolved =
            |name: &Resolution| matches!(name, Resolution::Unresolved | Resolution::PartialRange);
        for name in milestone.tasks.iter().filter(|name| is_unresolved(&name.resolution)) {
            let forms = view.structure_memo(IdForms::of);
            // Of a range, one end can be known.
            let mut unknown = name.ids.iter().filter(|id| name.ids.len() == 1 || !forms.ids.contains(*id));
            if let Some(id) = unknown.next().filter(|id| forms.has(id) && id.plan_number().is_none()) {
                findings.push(finding(name.range.clone(), id));
            }
        }
    }
}

/// Checks the phases that are named in lists of milestones and in the cells of milestone tables, except the cells for
/// dependencies.
fn check_rest(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let texts =
        plan.segment_views_with(SegmentFlags::MILESTONE).flat_map(|segment| milestone_texts(&segment));
    for (text, start) in texts {
        let mentions = reference::mentions(&text);
        if mentions.names.is_empty() {
            continue;
        }
        let forms = plan.structure_memo(IdForms::of);
        for name in plan.resolve(&mentions, start, None) {
            let [id] = &name.ids[..] else { continue };
            if name.resolution == Resolution::Unresolved && forms.is_past_the_end(id) {
                findings.push(finding(name.range.clone(), id));
            }
        }
    }
}

fn finding(range: TextRange, id: &Id) -> Finding {
    Finding::new(&RULE, range, format!("unknown task or phase `{id}` in milestone"))
}

/// Returns the cells of milestone tables, and the lines of a section about milestones, with their offsets.
fn milestone_texts(segment: &SegmentView<'_>) -> Vec<(String, usize)> {
    let mut texts = Vec::new();
    for table in segment.tables().filter(|table| table.kind() == TableKind::Milestones) {
        for row in table.rows() {
            let names = row.cell(Column::DependsOn).map(|cell| cell.range);
            let others = row.cells.iter().filter(|cell| Some(&cell.range) != names.as_ref());
            texts.extend(others.map(|cell| (cell.text.to_owned(), cell.range.start)));
        }
    }
    let section = segment.sections().last();
    if section.is_some_and(|section| section.title().to_lowercase().contains("milestone")) {
        let (start, content) = (segment.start(), segment.content());
        let blocks = content.outline.inlines().filter(|(block, _)| {
            let parent = content.outline.blocks[*block].parent();
            parent.is_some_and(|parent| {
                matches!(content.outline.blocks[parent as usize].kind, BlockKind::Item { .. })
            })
        });
        for line in blocks.flat_map(|(_, lines)| lines) {
            texts.push((content.text[bytes(line)].to_owned(), start + line.start as usize));
        }
    }
    texts
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    const PHASES: &str =
        "# Plan: Shelf\n\n## Phase 1: Saw\n\n- [ ] T1 Saw\n\n## Phase 2: Glue\n\n- [ ] T2 Glue\n\n";

    #[test]
    fn phases_after_the_last_one() {
        check_rule(
            &RULE,
            &format!(
                "{PHASES}## Milestones\n\n| Milestone | Date | Criteria |\n|---|---|---|\n| Phase 2 complete | 2026-02-01 | Phases 1 and 2 |\n| Phase 3 complete | 2026-03-01 | Phase 4 is tested |\n\n- **M1**: Phase 1 complete\n- **M2**: Phase 5 complete\n"
            ),
            expect![[r#"
                16  | | Phase 3 complete | 2026-03-01 | Phase 4 is tested |
                    |   ^^^^^^^ unknown task or phase `phase 3` in milestone
                    |                                   ^^^^^^^ unknown task or phase `phase 4` in milestone
                19  | - **M2**: Phase 5 complete
                    |           ^^^^^^^ unknown task or phase `phase 5` in milestone
            "#]],
        );
    }

    #[test]
    fn ends_of_ranges() {
        let plan = |range: &str| {
            format!(
                "# Plan: x\n\n## Phase 1: a\n\n- [ ] **Task 1.1**: b\n- [ ] **Task 1.2**: c\n\n## Milestones\n\n| Milestone | Date | Dependencies |\n|---|---|---|\n| M1 | 2026-04-01 | {range} |\n"
            )
        };
        check_rule(
            &RULE,
            &plan("Tasks 1.1-1.4"),
            expect![[r#"
            12  | | M1 | 2026-04-01 | Tasks 1.1-1.4 |
                |                     ^^^^^^^^^^^^^ unknown task or phase `1.4` in milestone
        "#]],
        );
        check_rule(
            &RULE,
            &plan("Tasks 5.1-5.3"),
            expect![[r#"
            12  | | M1 | 2026-04-01 | Tasks 5.1-5.3 |
                |                     ^^^^^^^^^^^^^ unknown task or phase `5.1` in milestone
        "#]],
        );
        check_silent(&RULE, &[&plan("Tasks 1.1-1.2")]);
    }

    #[test]
    fn phases_of_other_plans() {
        check_silent(
            &RULE,
            &[
                &format!("{PHASES}## Milestones\n\n- **M1**: Phase 40 of the house\n"),
                &format!("{PHASES}## Notes\n\n- Phase 5 comes later\n"),
                "# Plan: Shelf\n\n## Phase 4: Saw\n\n- [ ] T1 Saw\n\n## Phase 5: Glue\n\n- [ ] T2 Glue\n\n## Milestones\n\n- Phase 6 complete\n",
            ],
        );
    }
}
