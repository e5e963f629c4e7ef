//! The rule `duplicate-id`.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_model::{Id, Item, ItemKind, Plan, Role, StateSourceKind};
use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "duplicate-id",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "duplicate task or phase ID",
    doc: "\
## What it checks

A task or phase ID that is used more than once where it should be unique: IDs like `1.1` and `T001` within a top-level section, plain numbers within one list, phases within the enclosing milestone or section. Plansmith accepts tables or second checklists that list the same tasks again, a task and its subtask with the same ID, and numbering that restarts with its first ID in another section or list. Priorities such as `P0` and tags of requirements such as `REQ-001` are not IDs of tasks. Plansmith does not report several repeated phases without tasks and states, because they usually describe something other than the plan's work.

## Why

A dependency on a duplicate ID is ambiguous.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides
- [ ] **Task 1.2**: Switch the readers over
```

Correct, because the sections are separate lists of tasks:

```markdown
# Plan: Move the search index

## Implementation

- [ ] **Task 1.1**: Copy the data

## Rollback

- [ ] **Task 1.1**: Switch back
```

## Fix

Renumber the duplicate to the next unused ID. References to the ID are not changed.
",
    check: Check::File(check),
};

/// IDs of more than one item, cached with the structure of the plan.
struct DuplicateIds(HashSet<Id>);

impl DuplicateIds {
    fn of(plan: &Plan) -> Self {
        let mut seen = HashSet::new();
        let ids = plan.items().filter_map(|item| item.id());
        Self(ids.filter(|id| !seen.insert(*id)).cloned().collect())
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    // IDs must be unique per place and per form, because a table may list tasks that have checkboxes elsewhere.
    type IdKey<'a> = (&'a str, ItemKind, StateSourceKind, Option<usize>, Option<usize>, usize);
    let mut first: HashMap<IdKey<'_>, Item<'_>> = HashMap::new();
    // Most plans have no duplicates and need no further check.
    let duplicates = &plan.structure_memo(DuplicateIds::of).0;
    if duplicates.is_empty() {
        return;
    }
    let mut taken: Option<HashSet<&str>> = None;
    let mut tries = MAX_TRIED_IDS;
    let mut runs = NumberingRuns::of(file);
    let mut of_labels = Vec::new();
    for item in plan.items().filter(|item| item.role() == Role::Work && defines_id(item)) {
        // Several tasks may be tagged with the same requirement.
        let Some(id) = item.id().filter(|id| !REQUIREMENT_PREFIXES.contains(&id.prefix())) else { continue };
        let run = runs.next(&item, id);
        if !duplicates.contains(id) {
            continue;
        }
        let section = item.section().map(|section| section.index());
        let scope = item.scope().map(|section| section.index());
        let (holder, parent) = if item.kind() == ItemKind::Phase {
            (item.section().and_then(|section| section.parent()), item.parent())
        } else if id.is_plain() {
            (section, item.parent())
        } else {
            (scope, None)
        };
        let key = (id.as_str(), item.kind(), item.form(), holder, parent, run);
        let Some(earlier) = first.get(&key) else {
            first.insert(key, item);
            continue;
        };
        // A subtask may repeat the ID of its parent.
        if item.parent() == Some(earlier.index()) || earlier.parent() == Some(item.index()) {
            continue;
        }
        if have_repeated_parents(plan, &item, earlier) {
            continue;
        }
        let range = item.id_range().unwrap_or_else(|| item.title_range());
        let finding =
            Finding::new(&RULE, range.clone(), format!("duplicate {} ID `{id}`", item.kind().name()))
                .related(earlier.id_range().unwrap_or_else(|| earlier.title_range()), "first defined here");
        let is_label = is_bare_phase(&item) && is_bare_phase(earlier);
        let found = if is_label { &mut of_labels } else { &mut *findings };
        found.push(match next_unused_id(id, taken.get_or_insert_with(|| numbers(plan)), &mut tries) {
            Some((written, next)) => {
                let text = file.document().slice(range.clone());
                match text.rfind(&*written) {
                    Some(at) => finding.fix(
                        format!("Renumber to `{next}`"),
                        vec![Edit::replace(range.start + at..range.start + at + written.len(), &*next)],
                        false,
                    ),
                    None => finding,
                }
            }
            None => finding,
        });
    }
    // A single repeated phase is a mistake. Several repeated phases describe something other than the plan's work:
    // `Phase 4 — Registry profile`.
    if of_labels.len() == 1 {
        findings.append(&mut of_labels);
    }
}

/// Prefixes of requirements: general, functional, non-functional and business requirements, acceptance and success
/// criteria, user stories and use cases.
const REQUIREMENT_PREFIXES: [&str; 8] = ["REQ", "FR", "NFR", "BR", "AC", "SC", "US", "UC"];

/// Returns whether two tasks are in different phases with the same ID, such as `Part 2` of two entries of a log. The
/// numbers of the tasks repeat because those of the phases repeat.
fn have_repeated_parents(plan: &Plan, item: &Item<'_>, earlier: &Item<'_>) -> bool {
    let (Some(parent), Some(other)) = (item.parent(), earlier.parent()) else { return false };
    let id = |index: usize| plan.item(index).and_then(|item| item.id().cloned());
    parent != other && id(parent).is_some_and(|parent| Some(parent) == id(other))
}

/// Returns whether an item defines its ID. A remark about a task (`🔴 Step 4: too slow`) does not, and neither does an
/// unfilled part of the template: `T007: [Client-side model]`, or a phase of such tasks.
fn defines_id(item: &Item<'_>) -> bool {
    let is_template = || {
        let mut children = item.children().peekable();
        children.peek().is_some() && children.all(|child| child.is_unfilled())
    };
    let is_remark = item.form() == StateSourceKind::Emoji;
    let is_placeholder = item.is_unfilled() || item.kind() == ItemKind::Phase && is_template();
    !is_remark && !is_placeholder
}

/// Returns whether a phase has neither tasks nor a state.
fn is_bare_phase(item: &Item<'_>) -> bool {
    item.kind() == ItemKind::Phase && item.children().next().is_none() && item.state().is_none()
}

/// Counts how often the numbering of each series of IDs has restarted.
struct NumberingRuns<'a> {
    file: &'a File,
    /// All IDs of each series, in document order.
    series: HashMap<Series<'a>, SeriesRun<'a>>,
}

/// IDs that are counted together: their kind and form, the text before the last number, and the top section.
type Series<'a> = (ItemKind, StateSourceKind, &'a str, Option<usize>);

#[derive(Default)]
struct SeriesRun<'a> {
    ids: Vec<&'a Id>,
    /// Number of IDs so far.
    count: usize,
    /// Index of the first ID of the current run.
    first: usize,
    /// Number of the current run.
    run: usize,
    /// Section and parent of the last item, and the end of its line.
    last: Option<(Option<usize>, Option<usize>, usize)>,
}

fn series_of<'a>(item: &Item<'a>, id: &'a Id) -> Series<'a> {
    let text = id.as_str();
    // `1.1` and `2.1` are in the same series, which includes the tasks of all phases.
    let letters = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    (item.kind(), item.form(), &text[..letters], item.scope().map(|scope| scope.index()))
}

impl<'a> NumberingRuns<'a> {
    fn of(file: &'a File) -> Self {
        let mut series: HashMap<Series<'a>, SeriesRun<'a>> = HashMap::new();
        for item in file.plan().items().filter(|item| item.role() == Role::Work) {
            if let Some(id) = item.id() {
                series.entry(series_of(&item, id)).or_default().ids.push(id);
            }
        }
        Self { file, series }
    }

    /// Returns the run number of the next item. A new run starts if another section or list begins with the first two
    /// IDs of the previous run, or another section with the first one and any other one.
    fn next(&mut self, item: &Item<'a>, id: &'a Id) -> usize {
        let Some(series) = self.series.get_mut(&series_of(item, id)) else { return 0 };
        let place = (item.section().map(|section| section.index()), item.parent());
        let is_elsewhere = series.last.is_some_and(|(section, parent, end)| {
            let line = item.line();
            let between = end..line.start.max(end);
            (section, parent) != place || is_text_between(self.file, between)
        });
        let at = series.count;
        if at > series.first && is_elsewhere && series.ids.get(series.first) == Some(&id) {
            let second = series.ids.get(series.first + 1).filter(|_| series.first + 1 < at);
            let follows = series.ids.get(at + 1);
            let is_other_section = series.last.is_some_and(|(section, ..)| section != place.0);
            let is_repeated =
                |id| series.ids[series.first..at].iter().rev().take(MAX_RUN).any(|other| other == id);
            let repeats = || is_other_section && follows.is_some_and(is_repeated);
            if second.is_none() || follows.is_none() || second == follows || repeats() {
                (series.first, series.run) = (at, series.run + 1);
            }
        }
        series.count += 1;
        series.last = Some((place.0, place.1, item.range().end.max(item.line().end)));
        series.run
    }
}

/// Maximum number of IDs of a run that are searched for the second ID of the next run.
const MAX_RUN: usize = 200;

/// Maximum length of the text between two tasks that is searched for words. Longer texts are assumed to contain
/// words.
const MAX_BETWEEN_BYTES: usize = 2000;

/// Returns whether the text between two tasks contains words, such as a label. A comment is not such a text.
fn is_text_between(file: &File, between: crate::TextRange) -> bool {
    if between.len() <= 2 || between.len() > MAX_BETWEEN_BYTES {
        return between.len() > MAX_BETWEEN_BYTES;
    }
    let text = file.document().slice(between);
    let mut rest = &*text;
    while let Some((before, comment)) = rest.split_once("<!--") {
        if before.contains(char::is_alphanumeric) {
            return true;
        }
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    rest.contains(char::is_alphanumeric)
}

/// Maximum number of candidate IDs tried per document. If a document has thousands of duplicates, the last of them get
/// no fix.
const MAX_TRIED_IDS: usize = 100_000;

/// Returns all IDs, and the numbers of phases.
fn numbers(plan: &Plan) -> HashSet<&str> {
    let ids = plan.items().filter_map(|item| item.id());
    ids.flat_map(|id| [Some(id.as_str()), id.phase_parts().map(|(_, number)| number)]).flatten().collect()
}

/// Returns the number of an ID as written (`1.2`, `T007`), and the next unused number.
fn next_unused_id(id: &Id, taken: &HashSet<&str>, tries: &mut usize) -> Option<(String, String)> {
    let text = id.phase_parts().map_or(id.as_str(), |(_, number)| number);
    let digits = text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (stem, last) = text.split_at(text.len() - digits);
    let number: u32 = last.parse().ok()?;
    let width = if last.starts_with('0') { last.len() } else { 1 };
    let mut candidates = (1..1000_u32.min(*tries as u32))
        .filter_map(|step| Some(format!("{stem}{:0width$}", number.checked_add(step)?)));
    let next = candidates.find(|next| {
        *tries -= 1;
        !taken.contains(next.as_str())
    })?;
    Some((text.to_owned(), next))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn remarks_and_templates() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n## Phase 1: Build\n\n### T001: Lay the floor\n\n### T002: [Client-side model]\n\n### T002: Paint\n",
                "# Plan: x\n\n## Phase 1: Build\n\n- [ ] a\n\n## Phase 2: [Frontend]\n\n### T007: [Model]\n\n## Phase 2: Paint\n\n- [ ] b\n",
                "# Work log\n\n### LOG-1\n\n#### Part 2: Roof\n\n##### 2.1 Tiles\n\n- [ ] a\n\n### LOG-2\n\n#### Part 2: Door\n\n##### 2.1 Hinge\n\n- [ ] b\n",
                "# Plan: x\n\n- [ ] a\n\n**Slow**:\n- 🔴 Step 4: too slow\n- 🟡 Step 4: in order\n",
            ],
        );
    }

    #[test]
    fn numbers_used_twice() {
        check(
            &RULE,
            "# Plan: x\n\n## Tasks\n\n- [ ] T001 a\n- [ ] T002 b\n- [ ] T002 c\n\n### More\n\n- [ ] T001 d\n",
            expect![[r#"
                6   | - [ ] T002 b
                    |       ^^^^ (first defined here)
                7   | - [ ] T002 c
                    |       ^^^^ duplicate task ID `T002`
            "#]],
        );
    }

    #[test]
    fn an_id_of_another_phase() {
        check(
            &RULE,
            "# Plan: x\n\n## Tasks\n\n### Phase 1: a\n\n- [ ] T001 a\n- [ ] T002 b\n\n### Phase 2: b\n\n- [ ] T001 c\n- [ ] T003 d\n",
            expect![[r#"
                7   | - [ ] T001 a
                    |       ^^^^ (first defined here)
                12  | - [ ] T001 c
                    |       ^^^^ duplicate task ID `T001`
            "#]],
        );
    }

    #[test]
    fn numbers_that_start_again_and_tags() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n## Milestone 1: a\n\n### Phase 1: a\n\n- [ ] a\n\n## Milestone 2: b\n\n### Phase 1: b\n\n- [ ] b\n",
                "# Plan: x\n\n## Tasks\n\n**Boat:**\n\n- [ ] 1. a\n- [ ] 2. b\n\n**Crew:**\n\n- [ ] 1. c\n- [ ] 2. d\n",
                "# Plan: x\n\n## Tasks\n\n- [ ] **REQ-001** a\n- [ ] **REQ-001** b\n- [ ] **REQ-002** c\n",
                "# Plan: x\n\n## Board\n\n### Story one\n\n- [x] R1 a\n- [x] R2 b\n- [x] R3 c\n\n### Story two\n\n- [x] R1 d\n- [x] R3 e\n- [x] R2 f\n",
                "# Plan: x\n\n## Phase 1 — a\n\n### Phase 1 — Tasks\n\n- [ ] a\n\n### Phase 1 — Gates\n\n- [ ] b\n\n## Phase 2 — b\n\n### Phase 2 — Tasks\n\n- [ ] c\n\n### Phase 2 — Gates\n\n- [ ] d\n",
                "# Plan: x\n\n## Tasks\n\n- [ ] **P0** a\n- [ ] **P1** b\n- [ ] **P0** c\n",
                "# Plan: x\n\n## Phase 1: a\n\n- [ ] **Task 1.1**: Cut\n\n## List\n\n- [ ] Task 1.1: Cut\n",
                "# Plan: x\n\n## Phase 1 Objectives\n\nAll.\n\n## Work\n\n- [ ] a\n\n## Phase 1 Complete!\n",
                "# Plan: x\n\n## Phase 4 — Red shelf\n\na\n\n## Phase 4 — Blue shelf\n\nb\n\n## Phase 4 — Green shelf\n\nc\n\n## Tasks\n\n- [ ] d\n",
                "# Plan: x\n\n| Need | Phase | Status |\n|---|---|---|\n| A-1 | Phase 3 | Done |\n| A-2 | Phase 3 | Done |\n",
            ],
        );
    }
}
