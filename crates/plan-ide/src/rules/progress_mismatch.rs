//! `progress-mismatch`.

use plan_schema::Kind;

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Severity, figures::figures};

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
    if file.plan().progress().total == 0 {
        return;
    }
    for figure in figures(file) {
        if figure.is_true() {
            continue;
        }
        let (usual, written) = (figure.usual(), file.document().slice(figure.place.clone()));
        let boxes = if figure.phase.is_some() { "boxes of the phase" } else { "boxes" };
        let message = format!(
            "`{}` is not what the {boxes} say: {}/{}, {} %",
            written.trim(),
            usual.done,
            usual.total,
            usual.percent().unwrap_or_default()
        );
        let mut finding = Finding::new(&RULE, figure.place.clone(), message);
        if let Some(phase) = &figure.phase {
            finding = finding.related(phase.title_range(), "the phase");
        }
        findings.push(match figure.written_as(&written, usual) {
            Some(text) => {
                let title = format!("Write `{}`", text.trim());
                finding.fix(title, vec![Edit::replace(figure.place.clone(), text)], false)
            }
            None => finding,
        });
    }
}
