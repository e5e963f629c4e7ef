//! `progress-mismatch`.

use plan_model::{
    Column, Item, ItemKind, Meaning, Place, Progress, Role, State, TableKind, date, quantity::Claim,
    reference,
};
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "progress-mismatch",
    group: Group::State,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "a figure of progress is none that the boxes give",
    doc: "\
## What it finds

A claim that names tasks or boxes (`12/40 tasks`, `Total tasks: 40`), a completion in the header, an *overall* percentage, or a cell of the table of phases, that agrees with no way of counting: all tasks, those without parts, those with ids, those in phases, those of the section around the claim. Percentages may be off by one. Claims in logs, and lines with a date, tell of another day.

## Why

The figure was true once, and is believed still.

## Example

```markdown
# Plan: Move the search index

**Completion**: 75%

- [x] Copy the data
- [ ] Compare both sides
- [ ] Switch the readers over
```

```markdown
# Plan: Move the search index

**Completion**: 33%

- [x] Copy the data
- [ ] Compare both sides
- [ ] Switch the readers over
```

## Fix

Write the figure that the boxes give.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    if plan.progress().total == 0 {
        return;
    }
    for (place, claim) in plan.claims() {
        if !is_about_now(file, &place) || !names_what_it_counts(file, &place, &claim) {
            continue;
        }
        let sections = plan.sections().filter(|section| section.range().contains(&place.start));
        let mut ways: Vec<Progress> =
            sections.flat_map(|section| counts(file, Some(section.range()))).collect();
        ways.extend(counts(file, None));
        if !ways.iter().any(|way| fits(&claim, *way)) {
            let progress = plan.progress();
            let written = file.document().slice(place.clone());
            let message = format!("`{}` is not what the boxes say: {}", written.trim(), shown(progress));
            findings
                .push(Finding::new(&RULE, place.clone(), message).fix_figure(file, place, &claim, progress));
        }
    }
    for table in plan.tables().filter(|table| table.kind() == TableKind::PhaseStatus) {
        for row in table.rows() {
            let (Some(cell), Some(name)) =
                (row.cell(Column::Progress), row.cell(Column::Phase).or_else(|| row.cells.first().cloned()))
            else {
                continue;
            };
            let Some(claim) = cell_claim(cell.text) else { continue };
            let resolved = plan.resolve(&reference::read(name.text), name.range.start, None);
            let target = resolved.first().and_then(|name| name.targets.first()).and_then(|(_, item)| *item);
            let Some(phase) = target.and_then(|item| plan.item(item)) else { continue };
            if phase.progress().total == 0
                || counts(file, Some(phase.range())).iter().any(|way| fits(&claim, *way))
            {
                continue;
            }
            let message = format!(
                "`{}` is not what the boxes of the phase say: {}",
                cell.text,
                shown(phase.progress())
            );
            let finding =
                Finding::new(&RULE, cell.range.clone(), message).related(phase.title_range(), "the phase");
            findings.push(finding.fix_figure(file, cell.range, &claim, phase.progress()));
        }
    }
}

impl Finding {
    /// With the fix that writes the right figure in place of the claim.
    fn fix_figure(self, file: &File, place: Place, claim: &Claim, progress: Progress) -> Self {
        let written = file.document().slice(place.clone());
        let digits: Vec<&str> = written
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .filter(|part| part.starts_with(|c: char| c.is_ascii_digit()))
            .collect();
        let mut text = written.clone();
        match (claim, &digits[..]) {
            (Claim::Percent(_), [.., old]) => {
                let Some(percent) = progress.percent() else { return self };
                text = replace_last(&text, old, &percent.to_string());
            }
            (Claim::Fraction { .. }, [done, total]) => {
                let (Some(first), Some(last)) = (text.find(done), text.rfind(total)) else { return self };
                if last <= first {
                    return self;
                }
                text.replace_range(last..last + total.len(), &progress.total.to_string());
                text.replace_range(first..first + done.len(), &progress.done.to_string());
            }
            (Claim::Total(_), [.., old]) => text = replace_last(&text, old, &progress.total.to_string()),
            _ => return self,
        }
        let title = format!("Write `{}`", text.trim());
        self.fix(title, vec![Edit::replace(place, text)], false)
    }
}

fn replace_last(text: &str, old: &str, new: &str) -> String {
    let mut out = text.to_owned();
    if let Some(at) = out.rfind(old) {
        out.replace_range(at..at + old.len(), new);
    }
    out
}

fn shown(progress: Progress) -> String {
    format!("{}/{}, {} %", progress.done, progress.total, progress.percent().unwrap_or_default())
}

/// A cell's figure: `43%`, `3/7`.
fn cell_claim(cell: &str) -> Option<Claim> {
    let text = cell.trim_matches(|c: char| !c.is_ascii_digit() && c != '%');
    if let Some(percent) = text.strip_suffix('%') {
        return percent.trim().parse().ok().map(Claim::Percent);
    }
    let (done, total) = text.split_once('/')?;
    Some(Claim::Fraction { done: done.trim().parse().ok()?, total: total.trim().parse().ok()? })
}

/// The ways to count the tasks in a range, or in the whole document.
fn counts(file: &File, range: Option<Place>) -> Vec<Progress> {
    let plan = file.plan();
    let inside = |item: &Item<'_>| {
        item.kind() == ItemKind::Task
            && !item.is_optional()
            && item.state().is_some_and(|state| state != State::Cancelled)
            && range.as_ref().is_none_or(|range| range.contains(&item.line().start))
    };
    let tasks: Vec<Item<'_>> = plan.items().filter(inside).collect();
    let has_box = |item: &Item<'_>| item.carriers().any(|(kind, ..)| kind.is_box());
    let ways: [&dyn Fn(&Item<'_>) -> bool; 8] = [
        &|_| true,
        &|item| item.children().next().is_none(),
        &|item| item.id().is_some(),
        &|item| item.phase().is_some(),
        &|item| item.role() == Role::Work,
        &|item| item.role() == Role::Work && item.phase().is_some(),
        &|item| {
            item.parent()
                .is_none_or(|parent| plan.item(parent).is_some_and(|parent| parent.kind() == ItemKind::Phase))
        },
        &|item| has_box(item),
    ];
    let count = |way: &dyn Fn(&Item<'_>) -> bool| {
        let counted = tasks.iter().filter(|item| way(item));
        let done = counted.clone().filter(|item| item.state() == Some(State::Done)).count();
        Progress { done, total: counted.count() }
    };
    let mut found: Vec<Progress> = ways.iter().map(|way| count(way)).collect();
    // Phases can be counted, too, and what was put off left out.
    let put_off = tasks.iter().filter(|item| item.state() == Some(State::Deferred)).count();
    let without: Vec<Progress> =
        found.iter().map(|way| Progress { total: way.total.saturating_sub(put_off), ..*way }).collect();
    found.extend(without);
    let phases: Vec<Item<'_>> = plan.items().filter(|item| item.kind() == ItemKind::Phase).collect();
    let done = phases.iter().filter(|phase| phase.state().or(phase.derived()) == Some(State::Done)).count();
    found.push(Progress { done, total: phases.len() });
    found.retain(|way| way.total > 0);
    found
}

fn fits(claim: &Claim, way: Progress) -> bool {
    match claim {
        Claim::Percent(percent) => (percent - way.done as f64 * 100.0 / way.total as f64).abs() <= 1.0,
        Claim::Fraction { done, total } => *done == way.done && *total == way.total,
        Claim::Total(total) => *total == way.total,
    }
}

/// Whether a claim speaks of today: not in a log, and not beside a date.
fn is_about_now(file: &File, place: &Place) -> bool {
    let document = file.document();
    let start = document.line_start(place.start);
    let line = document.slice(start..place.end + 120);
    let line = line.lines().next().unwrap_or_default();
    let dated = !date::dates(line).is_empty();
    let in_log =
        file.plan().sections().filter(|section| section.range().contains(&place.start)).any(|section| {
            let title = section.title().to_lowercase();
            !date::dates(&title).is_empty()
                || [
                    "log",
                    "history",
                    "update",
                    "changelog",
                    "retrospective",
                    "lessons",
                    "metric",
                    "criteria",
                    "risk",
                    "test",
                ]
                .iter()
                .any(|word| title.contains(word))
        });
    let quoted = line.trim_start().starts_with(['>', '|']);
    !dated && !in_log && !quoted
}

/// Whether a claim says that it counts tasks, or all of the plan.
fn names_what_it_counts(file: &File, place: &Place, claim: &Claim) -> bool {
    match claim {
        Claim::Total(_) => true,
        Claim::Fraction { .. } => {
            // `In Progress: 1/8 tasks` counts something else.
            let document = file.document();
            let before = document.slice(document.line_start(place.start)..place.start);
            let key = before.rsplit(['(', ',', ';', '|']).next().unwrap_or_default();
            let key = key.trim_matches(|c: char| !c.is_alphanumeric());
            !["remain", "left", "open", "new", "optional"]
                .iter()
                .any(|word| key.to_lowercase().contains(word))
                && file.plan().state_of(key).is_none_or(|state| state == State::Done)
        }
        Claim::Percent(_) => {
            let fields = file.plan().fields();
            let in_header = fields.into_iter().any(|field| {
                field.meaning == Some(Meaning::Progress)
                    && field.key_range.start <= place.start
                    && place.end <= field.value_range.end + 1
            });
            let words = file.document().slice(place.start.saturating_sub(20)..place.end + 12).to_lowercase();
            in_header || words.contains("overall")
        }
    }
}
