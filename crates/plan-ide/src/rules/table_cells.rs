//! `table-cells`.

use plan_model::Traits;
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "table-cells",
    group: Group::Tables,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "a row has another number of cells than its table",
    doc: "\
## What it finds

A row with more cells than the header, which are not shown anywhere, or with fewer, which leaves cells empty. If code in the row has a pipe in it, that is the reason: tables cut cells before they read code.

## Why

What stands in a surplus cell is invisible on the page.

## Example

```markdown
# Plan: Move the search index

- [ ] Copy the data

| Command | What it does |
|---------|--------------|
| `copy | gzip` | Copies the data |
```

```markdown
# Plan: Move the search index

- [ ] Copy the data

| Command | What it does |
|---------|--------------|
| `copy \\| gzip` | Copies the data |
```

## Fix

A pipe in code is escaped: `\\|`. This is done by `--fix` and by *fix all* as well. Missing cells are added empty.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    for table in file.plan().tables_with(Traits::UNEVEN_TABLE) {
        let columns = table.header().len();
        for row in table.rows() {
            let count = row.cells.len();
            if columns == 0 || count == columns || count == 0 {
                continue;
            }
            let written = file.document().slice(row.range.clone());
            let pipes = pipes_in_code(&written);
            if count > columns {
                let surplus = row.cells[columns].range.start..row.cells[count - 1].range.end;
                let why =
                    if pipes.len() == count - columns { ": the pipe in code is not escaped" } else { "" };
                let message = format!("the row has {count} cells, its table {columns}{why}");
                let place = if surplus.is_empty() { row.range.clone() } else { surplus };
                let finding = Finding::new(&RULE, place, message);
                findings.push(if pipes.len() == count - columns {
                    let edits = pipes.iter().map(|at| Edit::insert(row.range.start + at, "\\")).collect();
                    finding.fix("Escape the pipe in code", edits, true)
                } else {
                    finding
                });
            } else {
                let message = format!("the row has {count} of {columns} cells");
                let closed = written.trim_end().ends_with('|');
                let missing = " |".repeat(columns - count);
                let text = if closed { missing } else { format!(" |{missing}") };
                let end = row.range.start + written.trim_end().len();
                let finding = Finding::new(&RULE, row.range.clone(), message);
                findings.push(finding.fix("Add the missing cells", vec![Edit::insert(end, text)], false));
            }
        }
    }
}

/// The unescaped pipes between backticks of a row, in bytes.
fn pipes_in_code(row: &str) -> Vec<usize> {
    let bytes = row.as_bytes();
    let mut found = Vec::new();
    let mut open: Option<(usize, Vec<usize>)> = None;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'`' => {
                let run = bytes[at..].iter().take_while(|byte| **byte == b'`').count();
                match open.take() {
                    Some((length, pipes)) if length == run => found.extend(pipes),
                    Some(still) => open = Some(still),
                    None => open = Some((run, Vec::new())),
                }
                at += run;
                continue;
            }
            b'|' if at == 0 || bytes[at - 1] != b'\\' => {
                if let Some((_, pipes)) = &mut open {
                    pipes.push(at);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}
