//! The rule `merge-conflict`.

use plan_schema::DocumentKind;

use super::{Check, Group, Rule, markup_facts::ConflictMarker, text_facts::text_facts};
use crate::{File, Finding, Severity, TextRange};

pub(super) const RULE: Rule = Rule {
    name: "merge-conflict",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan, DocumentKind::Checklist],
    summary: "unresolved merge conflict",
    doc: "\
## What it checks

The markers that git writes around two versions of the same lines: `<<<<<<<`, `=======` and `>>>>>>>`. They are reported only if all three are in the file, in this order. Markers in code are not reported.

## Why

Both versions are in the file, so tasks appear twice, and their states can contradict each other.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [x] Copy the data

<<<<<<< HEAD
- [x] Compare both sides
=======
- [ ] Compare both sides
>>>>>>> move-index
```

Correct:

```markdown
# Plan: Move the search index

- [x] Copy the data
- [x] Compare both sides
```

## Fix

Keep one of the versions, and remove the markers. Plansmith offers no fix, because it cannot know the right version.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let document = file.document();
    // The markers of the current conflict so far.
    let (mut start, mut separator): (Option<TextRange>, Option<TextRange>) = (None, None);
    for (offset, facts) in text_facts(file) {
        for (marker, span) in facts.markup.iter().flat_map(|markup| &markup.conflict_markers) {
            let range = offset + span.start as usize..offset + span.end as usize;
            match marker {
                ConflictMarker::Start => {
                    findings.extend(start.take().map(leftover));
                    (start, separator) = (Some(range), None);
                }
                ConflictMarker::Separator => separator = separator.or(start.is_some().then_some(range)),
                ConflictMarker::End => match (start.take(), separator.take()) {
                    (Some(start), Some(separator)) => {
                        let misread = start.start..range.end;
                        let finding = Finding::new(&RULE, start, "unresolved merge conflict");
                        let finding = finding.related(separator, "other version").related(range, "end");
                        findings.push(finding.misread(misread));
                    }
                    (Some(start), None) => findings.push(leftover(start)),
                    // `>>>>>>> branch`; other text can be a quote of a quote.
                    (None, _) if document.slice(range.clone()).split(' ').count() == 2 => {
                        findings.push(leftover(range));
                    }
                    (None, _) => {}
                },
            }
        }
    }
    findings.extend(start.map(leftover));
}

/// Returns the finding for a marker without its counterpart.
fn leftover(range: TextRange) -> Finding {
    Finding::new(&RULE, range, "leftover conflict marker")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn a_conflict_across_headings() {
        check(
            &RULE,
            "# Plan: x\n\n- [x] a\n\n<<<<<<< HEAD\n## Phase 1: b\n\n- [ ] c\n=======\n## Phase 1: d\n\n- [ ] e\n>>>>>>> other\n\n## Phase 2: f\n",
            expect![[r#"
                5   | <<<<<<< HEAD
                    | ^^^^^^^^^^^^ unresolved merge conflict
                9   | =======
                    | ^^^^^^^ (other version)
                13  | >>>>>>> other
                    | ^^^^^^^^^^^^^ (end)
            "#]],
        );
    }

    #[test]
    fn markers_without_a_counterpart() {
        check(
            &RULE,
            "# Plan: x\n\n- [x] a\n\n<<<<<<< HEAD\n- [ ] b\n\n## Next\n\n- [ ] c\n>>>>>>> main\n- [ ] d\n>>>>>>> main\n",
            expect![[r#"
                5   | <<<<<<< HEAD
                    | ^^^^^^^^^^^^ leftover conflict marker
                13  | >>>>>>> main
                    | ^^^^^^^^^^^^ leftover conflict marker
            "#]],
        );
    }

    #[test]
    fn other_lines_of_these_characters() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [x] a\n\nTitle\n=======\n\nText\n",
                "# Plan: x\n\n- [x] a\n\n```text\n<<<<<<< HEAD\n- [ ] b\n=======\n- [x] b\n>>>>>>> other\n```\n",
                "# Plan: x\n\n- [x] a\n\n>>>>>>> quoted by others\n\n=======\n\n> b\n",
            ],
        );
    }
}
