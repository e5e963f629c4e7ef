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
    // The markers of the current conflict so far.
    let (mut start, mut separator): (Option<TextRange>, Option<TextRange>) = (None, None);
    for (offset, facts) in text_facts(file) {
        for (marker, span) in facts.markup.iter().flat_map(|markup| &markup.conflict_markers) {
            let range = offset + span.start as usize..offset + span.end as usize;
            match marker {
                ConflictMarker::Start => (start, separator) = (Some(range), None),
                ConflictMarker::Separator => separator = separator.or(start.is_some().then_some(range)),
                ConflictMarker::End => {
                    if let (Some(start), Some(separator)) = (start.take(), separator.take()) {
                        let finding = Finding::new(&RULE, start, "unresolved merge conflict");
                        findings.push(finding.related(separator, "other version").related(range, "end"));
                    }
                }
            }
        }
    }
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
    fn other_lines_of_these_characters() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [x] a\n\nTitle\n=======\n\nText\n",
                "# Plan: x\n\n- [x] a\n\n```text\n<<<<<<< HEAD\n- [ ] b\n=======\n- [x] b\n>>>>>>> other\n```\n",
                "# Plan: x\n\n- [x] a\n\n>>>>>>> quoted\n\n=======\n\n<<<<<<< b\n",
            ],
        );
    }
}
