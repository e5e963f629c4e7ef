//! The rule `malformed-table`.

use plan_schema::DocumentKind;

use super::{Check, Group, Rule, common::plural, text_facts::text_facts};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "malformed-table",
    group: Group::Tables,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "table without a valid delimiter row",
    doc: "\
## What it checks

A paragraph in which every line is a row such as `| a | b |`, all with the same number of cells, but which is not a table. The delimiter row `|---|---|` is missing below the first line, or it has another number of cells, or a blank line separates the rows from the table above.

## Why

Markdown shows the rows as text on one line. Plansmith and other tools do not find the tasks in them.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] Copy the data

| Risk | Mitigation |
| Full disk | Copy in parts |
```

Correct:

```markdown
# Plan: Move the search index

- [ ] Copy the data

| Risk | Mitigation |
|---|---|
| Full disk | Copy in parts |
```

## Fix

Insert the delimiter row, replace the one with the wrong number of cells, or remove the blank line.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    for (start, facts) in text_facts(file) {
        for row in facts.markup.iter().flat_map(|markup| &markup.separated_rows) {
            let line = start + row.line.start as usize..start + row.line.end as usize;
            let gap = start + row.gap.start as usize..start + row.gap.end as usize;
            let newline = if file.document().slice(gap.clone()).contains('\r') { "\r\n" } else { "\n" };
            let message = "invalid table: a blank line separates this row from the table";
            let edit = Edit::replace(gap, newline);
            findings.push(Finding::new(&RULE, line, message).fix("Remove blank line", vec![edit], false));
        }
        for table in facts.markup.iter().flat_map(|markup| &markup.unrendered_tables) {
            let range =
                |span: &plan_syntax::SegmentSpan| start + span.start as usize..start + span.end as usize;
            let row = format!("|{}", "---|".repeat(table.columns));
            findings.push(match &table.delimiter {
                Some((delimiter, cells)) => {
                    let message = format!(
                        "invalid table: delimiter row has {}, expected {}",
                        plural(*cells, "cell"),
                        table.columns
                    );
                    Finding::new(&RULE, range(delimiter), message).fix(
                        "Replace delimiter row",
                        vec![Edit::replace(range(delimiter), row)],
                        false,
                    )
                }
                None => {
                    let header = range(&table.header);
                    let edit = Edit::insert(header.end, format!("\n{row}"));
                    let message = "invalid table: no delimiter row, expected `|---|` below this line";
                    Finding::new(&RULE, header, message).fix("Insert delimiter row", vec![edit], false)
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_fix, check_silent};

    #[test]
    fn rows_after_a_blank_line() {
        let text = "# Plan: x\n\n- [ ] a\n\n| Part | Cost |\n|---|---|\n| Wood | 3 |\n\n| Glue | 4 |\n";
        check(
            &RULE,
            text,
            expect![[r#"
            9   | | Glue | 4 |
                | ^^^^^^^^^^^^ invalid table: a blank line separates this row from the table
        "#]],
        );
        check_fix(
            &RULE,
            text,
            "Remove blank line",
            expect![[r#"
            # Plan: x

            - [ ] a

            | Part | Cost |
            |---|---|
            | Wood | 3 |
            | Glue | 4 |
        "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] a\n\n| Part | Cost |\n|---|---|\n\n| Glue | 4 |\n|---|---|\n",
                "# Plan: x\n\n- [ ] a\n\n| Part | Cost |\n|---|---|\n| Wood | 3 |\n\n| Glue |\n",
                "# Plan: x\n\n- [ ] a\n\n| Part | Cost |\n|---|---|\n| Wood | 3 |\n\nText\n\n| Glue | 4 |\n",
            ],
        );
    }

    #[test]
    fn rows_that_are_text() {
        check(
            &RULE,
            "# Plan: x\n\n- [ ] a\n\n| Part | Cost |\n| Wood | 3 |\n| Glue | 4 |\n\n| Part | Cost |\n|---|\n| Wood | 3 |\n",
            expect![[r#"
                5   | | Part | Cost |
                    | ^^^^^^^^^^^^^^^ invalid table: no delimiter row, expected `|---|` below this line
                10  | |---|
                    | ^^^^^ invalid table: delimiter row has 1 cell, expected 2
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] a\n\n| Part | Cost |\n|---|---|\n| Wood | 3 |\n",
                "# Plan: x\n\n- [ ] a\n\n| Part | Cost |\n\n|x| is the size of x\n\n| a |\n| b |\n",
                "# Plan: x\n\n- [ ] a\n\n| a | b |\n| c |\n\n| a | b |\n|---|\n",
                "# Plan: x\n\n- [ ] a\n\n```text\n| a | b |\n| c | d |\n```\n",
            ],
        );
    }
}
