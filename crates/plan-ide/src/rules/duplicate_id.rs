//! The rule `duplicate-id`.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_model::{Id, Item, ItemKind, Plan, Role, StateSourceKind};
use plan_schema::DocumentKind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity, TextRange};

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
    for item in plan.items().filter(|item| item.role() == Role::Work && defines_id(file, item)) {
        // Several tasks may be tagged with the same requirement.
        let Some(id) = item.id().filter(|id| !REQUIREMENT_PREFIXES.contains(&id.prefix())) else { continue };
        let run = runs.next(&item, id);
        if !duplicates.contains(id) {
            continue;
        }
        let own =
            item.section().filter(|section| section.item().is_some_and(|own| own.index() == item.index()));
        // The section of `### Task 2` is its own.
        let section = match own {
            Some(own) => own.parent(),
            None => item.section().map(|section| section.index()),
        };
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
        if have_repeated_parents(plan, &item, earlier) || is_mention(file, &item) != is_mention(file, earlier)
        {
            continue;
        }
        let range = item.id_range().unwrap_or_else(|| item.title_range());
        let finding =
            Finding::new(&RULE, range.clone(), format!("duplicate {} ID `{id}`", item.kind().name()))
                .related(earlier.id_range().unwrap_or_else(|| earlier.title_range()), "first defined here");
        let is_label = is_bare_phase(&item) && is_bare_phase(earlier);
        // Without any task, phases are groups of text: `Phase 2: Figures`, `Phase 2: Tables`.
        if is_label && plan.progress().total == 0 && item.title() != earlier.title() {
            continue;
        }
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

/// Returns whether an item defines its ID. A remark about a task (`🔴 Step 4: too slow`) and an entry of a numbered
/// list about a task do not, and neither does an unfilled part of the template: `T007: [Client-side model]`, or a phase
/// of such tasks.
fn defines_id(file: &File, item: &Item<'_>) -> bool {
    let is_template = || {
        let mut children = item.children().peekable();
        children.peek().is_some() && children.all(|child| child.is_unfilled())
    };
    let is_remark = match item.form() {
        StateSourceKind::Emoji => true,
        // `2. **Task 1**: …` is an entry about a task; its own number is the list number.
        StateSourceKind::Bullet => {
            file.document().slice(item.line()).trim_start().starts_with(|c: char| c.is_ascii_digit())
        }
        _ => false,
    };
    let is_placeholder = item.is_unfilled() || item.kind() == ItemKind::Phase && is_template();
    !is_remark && !is_placeholder
}

/// Returns whether the text of an item starts with an ID in words and continues without a separator, as a text about
/// another task does: `Task 3.7 result documented`.
fn is_mention(file: &File, item: &Item<'_>) -> bool {
    let Some(range) = item.id_range().filter(|range| range.end < item.title_range().start) else {
        return false;
    };
    let between = file.document().slice(range.end..item.title_range().start);
    between.trim().is_empty() && file.document().slice(range).contains(' ')
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
    ids: Vec<PlacedId<'a>>,
    /// Number of IDs so far.
    count: usize,
    /// Index of the first ID of the current run.
    first: usize,
    /// Number of the current run.
    run: usize,
}

/// An ID with the place of its item.
struct PlacedId<'a> {
    id: &'a Id,
    /// The section; for a phase, the enclosing section, because each phase has its own section.
    section: Option<usize>,
    parent: Option<usize>,
    /// From the line of the item to its end.
    range: TextRange,
}

impl<'a> PlacedId<'a> {
    fn of(item: &Item<'a>, id: &'a Id) -> Self {
        let section = match item.kind() {
            ItemKind::Phase => item.section().and_then(|section| section.parent()),
            ItemKind::Task => item.section().map(|section| section.index()),
        };
        let line = item.line();
        Self { id, section, parent: item.parent(), range: line.start..item.range().end.max(line.end) }
    }

    /// Returns whether the item is in another section or list than the next item of its series.
    fn is_apart_from(&self, next: &Self, file: &File) -> bool {
        (self.section, self.parent) != (next.section, next.parent)
            || is_text_between(file, self.range.end..next.range.start.max(self.range.end))
    }
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
                series.entry(series_of(&item, id)).or_default().ids.push(PlacedId::of(&item, id));
            }
        }
        Self { file, series }
    }

    /// Returns the run number of the next item.
    fn next(&mut self, item: &Item<'a>, id: &'a Id) -> usize {
        let Some(series) = self.series.get_mut(&series_of(item, id)) else { return 0 };
        if series.restarts(self.file) {
            (series.first, series.run) = (series.count, series.run + 1);
        }
        series.count += 1;
        series.run
    }
}

impl SeriesRun<'_> {
    /// Returns whether the next ID starts a new run. The ID repeats the first ID of the run in another section or
    /// list, and the next ID repeats one of the run as well.
    fn restarts(&self, file: &File) -> bool {
        let run = &self.ids[self.first..self.count];
        let (Some(first), Some(last), Some(next)) = (run.first(), run.last(), self.ids.get(self.count))
        else {
            return false;
        };
        if first.id != next.id {
            return false;
        }
        let (second, follows) = (run.get(1), self.ids.get(self.count + 1));
        let continues =
            second.is_some() && second.map(|second| second.id) == follows.map(|follows| follows.id);
        // All phases can repeat, for example in an overview.
        if !last.is_apart_from(next, file) {
            return continues && first.id.phase_parts().is_some();
        }
        if continues {
            return true;
        }
        let (Some(_), Some(follows)) = (second, follows) else { return true };
        // A list of one ID, before a list that restarts again.
        if follows.id == next.id && next.is_apart_from(follows, file) {
            return true;
        }
        let is_repeated = || run.iter().rev().take(MAX_RUN).any(|other| other.id == follows.id);
        last.section != next.section && (is_repeated() || is_label_of_list(next.id, follows.id))
    }
}

/// Returns whether two IDs are labels in a list of their own: a letter and a number, such as `R1` and `R4`. `T` is the
/// letter of tasks, which plans number continuously.
fn is_label_of_list(id: &Id, next: &Id) -> bool {
    let number = |id: &Id| {
        let (letter, digits) = id.as_str().split_at_checked(1)?;
        let is_label = letter.starts_with(|c: char| c.is_ascii_uppercase() && c != 'T')
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_label { digits.parse::<u32>().ok() } else { None }
    };
    number(id).zip(number(next)).is_some_and(|(id, next)| id < next)
}

/// Maximum number of IDs of a run that are searched for the second ID of the next run.
const MAX_RUN: usize = 200;

/// Maximum length of the text between two tasks that is searched for words. Longer texts are assumed to contain
/// words.
const MAX_BETWEEN_BYTES: usize = 2000;

/// Returns whether the text between two tasks contains words, such as a label. A comment is not such a text.
fn is_text_between(file: &File, between: TextRange) -> bool {
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
                "# Fixes\n\n**Status**: Done\n\n## Phase 1: Roof\n\n- [x] Paint\n\n## Changes\n\n1. **Task 1**: Nails added\n2. **Task 1**: Screws named\n3. **Task 4**: Ladder\n",
                "# Plan: x\n\n**Status**: Active\n\n## Phase 1: Beds\n\nDig.\n\n## Phase 2: Seeds\n\nSow.\n\n## Phase 2: Water\n\nPipes.\n",
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
    fn a_phase_twice() {
        check(
            &RULE,
            "# Plan: x\n\n### Phase 1: a\n\n- [ ] a\n\n### Phase 1: b\n\n- [ ] b\n\n### Phase 2: c\n\n- [ ] c\n",
            expect![[r#"
                3   | ### Phase 1: a
                    |     ^^^^^^^ (first defined here)
                7   | ### Phase 1: b
                    |     ^^^^^^^ duplicate phase ID `phase 1`
            "#]],
        );
        check(
            &RULE,
            "# Plan: x\n\n## Phase 1: a\n\n- [ ] a\n\n## Phase 2: b\n\n- [ ] b\n\n## Phase 1: c\n\n- [ ] c\n",
            expect![[r#"
                3   | ## Phase 1: a
                    |    ^^^^^^^ (first defined here)
                11  | ## Phase 1: c
                    |    ^^^^^^^ duplicate phase ID `phase 1`
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
                "# Plan: x\n\n## Board\n\n**Story one**\n\n- [x] R1 a\n- [x] R2 b\n\n**Story two**\n\n- [x] R1 c\n\n**Story three**\n\n- [x] R1 d\n- [ ] R2 e\n",
                "# Plan: x\n\n## Board\n\n### Story one\n\n- [x] R1: a\n- [x] R2: b\n\n### Story two\n\n- [x] R1: c\n- [ ] R3: d\n",
                "# Plan: x\n\n## Phase 3: Roof\n\n- [ ] **Task 3.7**: Test the beams\n\n### Phase 3 — Validation gates\n\n- [ ] Task 3.7 result documented\n",
                "# Plan: x\n\n## Phase 3: Roof\n\n- [ ] **Task 3.7**: Test the beams\n- [ ] Task 3.7 result documented\n",
                "# Plan: x\n\n## Shop\n\n## Phase 1: a\n\n- [ ] a\n\n## House\n\n## Phase 1: b\n\n- [ ] b\n",
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
