//! `duplicate-id`.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_model::{Id, Item, ItemKind, Plan, Role, StateSourceKind};
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "duplicate-id",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "duplicate task or phase ID",
    doc: "\
## What it checks

A task or phase ID that is used more than once where it should be unique: IDs like `1.1` and `T001` within a top-level section, plain numbers within one list. It is fine if a table lists tasks that have checkboxes elsewhere, if a task and its subtask have the same ID, or if IDs start again in another part of the document.

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

/// IDs that more than one item has, cached with the structure of the plan.
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
    type IdKey<'a> = (&'a str, ItemKind, StateSourceKind, Option<usize>, Option<usize>);
    let mut first: HashMap<IdKey<'_>, Item<'_>> = HashMap::new();
    // Most plans have no duplicate, and then nothing else is checked.
    let duplicates = &plan.structure_memo(DuplicateIds::of).0;
    if duplicates.is_empty() {
        return;
    }
    let mut taken: Option<HashSet<&str>> = None;
    let mut tries = MAX_TRIED_IDS;
    for item in plan.items().filter(|item| item.role() == Role::Work) {
        let Some(id) = item.id().filter(|id| duplicates.contains(*id)) else { continue };
        let section = item.section().map(|section| section.index());
        let scope = item.scope().map(|section| section.index());
        let (holder, parent) = if id.is_plain() { (section, item.parent()) } else { (scope, None) };
        let key = (id.as_str(), item.kind(), item.form(), holder, parent);
        let Some(earlier) = first.get(&key) else {
            first.insert(key, item);
            continue;
        };
        // A subtask may repeat the ID of its parent.
        if item.parent() == Some(earlier.index()) || earlier.parent() == Some(item.index()) {
            continue;
        }
        let range = item.id_range().unwrap_or_else(|| item.title_range());
        let finding =
            Finding::new(&RULE, range.clone(), format!("duplicate {} ID `{id}`", item.kind().name()))
                .related(earlier.id_range().unwrap_or_else(|| earlier.title_range()), "first defined here");
        findings.push(match next_free(id, taken.get_or_insert_with(|| numbers(plan)), &mut tries) {
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
}

/// Maximum number of candidate IDs tried per document. With thousands of duplicates the last ones get no fix.
const MAX_TRIED_IDS: usize = 100_000;

/// Returns all IDs, and the numbers of phases.
fn numbers(plan: &Plan) -> HashSet<&str> {
    let ids = plan.items().filter_map(|item| item.id());
    ids.flat_map(|id| [Some(id.as_str()), id.phase_parts().map(|(_, number)| number)]).flatten().collect()
}

/// Returns the number of an ID as it is written, and the next unused one: `1.2`, `T007`.
fn next_free(id: &Id, taken: &HashSet<&str>, tries: &mut usize) -> Option<(String, String)> {
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
