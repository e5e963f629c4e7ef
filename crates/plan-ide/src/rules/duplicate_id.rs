//! `duplicate-id`.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use plan_model::{CarrierKind, Id, Item, ItemKind, Plan, Role};
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "duplicate-id",
    group: Group::Tasks,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "two tasks or two phases have the same id",
    doc: "\
## What it finds

An id that stands twice where it should be unique: `1.1` and `T001` within a top section, plain numbers within one list. Two carriers of one task, a table that lists tasks again, and ids that start again in another part of the document are fine.

## Why

Whoever depends on the id depends on one of two.

## Example

```markdown
# Plan: Move the search index

- [x] **Task 1.1**: Copy the data
- [ ] **Task 1.2**: Compare both sides
- [ ] **Task 1.2**: Switch the readers over
```

```markdown
# Plan: Move the search index

## Implementation

- [ ] **Task 1.1**: Copy the data

## Rollback

- [ ] **Task 1.1**: Switch back
```

## Fix

Give the second one the next free number. References are left as they are.
",
    check: Check::File(check),
};

/// The ids that more than one item has.
struct Twice(HashSet<Id>);

impl Twice {
    fn of(plan: &Plan) -> Self {
        let mut seen = HashSet::new();
        let ids = plan.items().filter_map(|item| item.id());
        Self(ids.filter(|id| !seen.insert(*id)).cloned().collect())
    }
}

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    // What an id must differ in: its place, and how it is written, since a table may list what has boxes elsewhere.
    type Key<'a> = (&'a str, ItemKind, CarrierKind, Option<usize>, Option<usize>);
    let mut first: HashMap<Key<'_>, Item<'_>> = HashMap::new();
    // Most plans write each id once, and nothing else has to be looked at.
    let twice = &plan.of_shape(Twice::of).0;
    if twice.is_empty() {
        return;
    }
    let mut taken: Option<HashSet<&str>> = None;
    let mut tries = TRIES;
    for item in plan.items().filter(|item| item.role() == Role::Work) {
        let Some(id) = item.id().filter(|id| twice.contains(*id)) else { continue };
        let section = item.section().map(|section| section.index());
        let scope = item.scope().map(|section| section.index());
        let (place, parent) = if id.is_plain() { (section, item.parent()) } else { (scope, None) };
        let key = (id.as_str(), item.kind(), item.form(), place, parent);
        let Some(before) = first.get(&key) else {
            first.insert(key, item);
            continue;
        };
        // Two parts of one task under one id, or the very same line again, are somebody's way of writing.
        if item.parent() == Some(before.index()) || before.parent() == Some(item.index()) {
            continue;
        }
        let range = item.id_range().unwrap_or_else(|| item.title_range());
        let finding =
            Finding::new(&RULE, range.clone(), format!("`{id}` is the id of two {}s", item.kind().name()))
                .related(before.id_range().unwrap_or_else(|| before.title_range()), "the first one");
        findings.push(match next_free(id, taken.get_or_insert_with(|| numbers(plan)), &mut tries) {
            Some((written, next)) => {
                let text = file.document().slice(range.clone());
                match text.rfind(&*written) {
                    Some(at) => finding.fix(
                        format!("Number it {next}"),
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

/// So many numbers are tried in a document: where thousands of ids are there twice, the last ones get no fix.
const TRIES: usize = 100_000;

/// All ids, and the numbers of phases.
fn numbers(plan: &Plan) -> HashSet<&str> {
    let ids = plan.items().filter_map(|item| item.id());
    ids.flat_map(|id| [Some(id.as_str()), id.phase_parts().map(|(_, number)| number)]).flatten().collect()
}

/// An id's number as it is written, and the next one that nobody has: `1.2`, `T007`.
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
