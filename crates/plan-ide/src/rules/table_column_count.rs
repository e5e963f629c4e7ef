//! The rule `table-column-count`.

use plan_model::SegmentFlags;
use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule, common::plural};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "table-column-count",
    group: Group::Tables,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "row has the wrong number of cells",
    doc: "\
## What it checks

A table row with more or fewer cells than the header. The cause is often an unescaped pipe in inline code, because tables are split into cells before code is recognized. A row with one cell in bold is the heading of a group of rows and is not reported.

## Why

Extra cells are not visible in the rendered page, and missing cells shift values into the wrong column.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] Copy the data

| Command | What it does |
|---------|--------------|
| `copy | gzip` | Copies the data |
```

Correct:

```markdown
# Plan: Move the search index

- [ ] Copy the data

| Command | What it does |
|---------|--------------|
| `copy \\| gzip` | Copies the data |
```

## Fix

Escape the pipe in the code: `\\|`. This fix is safe: `--fix` and *Fix all* also apply it. Plansmith also offers to add missing cells as empty cells.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    for table in file.plan().tables_with(SegmentFlags::UNEVEN_TABLE) {
        let columns = table.header().len();
        for row in table.rows() {
            let count = row.cells.len();
            if columns == 0 || count == columns || count == 0 {
                continue;
            }
            let written = file.document().slice(row.range.clone());
            if count == 1 && (is_group_heading(&written) || is_tag(&written)) {
                continue;
            }
            let pipes = pipes_in_code(&written);
            if count > columns {
                let surplus = row.cells[columns].range.start..row.cells[count - 1].range.end;
                let hint = if pipes.len() == count - columns { "; escape the `|` in code" } else { "" };
                let message = format!("row has {}, expected {columns}{hint}", plural(count, "cell"));
                let range = if surplus.is_empty() { row.range.clone() } else { surplus };
                let finding = Finding::new(&RULE, range, message);
                findings.push(if pipes.len() == count - columns {
                    let edits = pipes.iter().map(|at| Edit::insert(row.range.start + at, "\\")).collect();
                    finding.fix("Escape `|` in code", edits, true)
                } else {
                    finding
                });
            } else {
                let message = format!("row has {}, expected {columns}", plural(count, "cell"));
                let has_closing_pipe = written.trim_end().ends_with('|');
                let missing = " |".repeat(columns - count);
                let text = if has_closing_pipe { missing } else { format!(" |{missing}") };
                let end = row.range.start + written.trim_end().len();
                let finding = Finding::new(&RULE, row.range.clone(), message);
                findings.push(finding.fix("Add missing cells", vec![Edit::insert(end, text)], false));
            }
        }
    }
}

/// Returns whether the only cell of a row is bold, as the heading of a group of rows.
fn is_group_heading(row: &str) -> bool {
    let cell = row.trim().trim_matches('|').trim();
    ["**", "__"].iter().any(|bold| {
        let inside = cell.strip_prefix(bold).and_then(|rest| rest.strip_suffix(bold));
        inside.is_some_and(|inside| !inside.trim().is_empty() && !inside.contains(bold))
    })
}

/// Returns whether a row is a tag of a prompt, such as `</phase_requirements>`, directly below the table.
fn is_tag(row: &str) -> bool {
    row.trim().strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).is_some_and(|name| {
        name.trim_start_matches('/').chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    })
}

/// Returns the offsets of unescaped pipes in inline code, in bytes from the start of the row.
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
                    Some(unclosed) => open = Some(unclosed),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{check_silent, findings_among};

    #[test]
    fn headings_of_groups() {
        let table =
            |row: &str| format!("# Plan: x\n\n- [ ] a\n\n| Part | Cost |\n|---|---|\n{row}\n| Index | 3 |\n");
        check_silent(&RULE, &[&table("| **Search** |"), &table("| **Search**"), &table("</task_list>")]);
        for row in ["| Search |", "| **Search** and **index** |"] {
            assert_eq!(findings_among(&RULE, &[("/w/x.md", &table(row))]).len(), 1, "{row}");
        }
    }
}
