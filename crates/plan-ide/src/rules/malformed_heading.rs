//! The rule `malformed-heading`.

use plan_schema::DocumentKind;

use super::{Check, Group, Rule, text_facts::text_facts};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "malformed-heading",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "heading without a space after `##`",
    doc: "\
## What it checks

A paragraph that starts with `##` to `######`, directly followed by a capital letter or a digit, in a document with other headings of the same level. Tags such as `#urgent` are not reported.

## Why

Without the space, Markdown shows the line as text. Its tasks then belong to the section above.

## Example

Incorrect:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [x] Copy the data

##Phase 2: Switch

- [ ] Switch the readers over
```

Correct:

```markdown
# Plan: Move the search index

## Phase 1: Copy

- [x] Copy the data

## Phase 2: Switch

- [ ] Switch the readers over
```

## Fix

Insert a space. This fix is safe: `--fix` and *Fix all* also apply it.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    for (start, facts) in text_facts(file) {
        for (level, span) in facts.markup.iter().flat_map(|markup| &markup.glued_headings) {
            if !file.plan().sections().any(|section| section.level() == *level) {
                continue;
            }
            let range = start + span.start as usize..start + span.end as usize;
            let written = file.document().slice(range.clone());
            let edit = Edit::insert(range.end, " ");
            let message = format!("invalid heading: missing space after `{written}`");
            findings.push(Finding::new(&RULE, range, message).fix("Insert space", vec![edit], true));
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn headings_and_other_text() {
        check(
            &RULE,
            "# Plan: x\n\n## One\n\n- [ ] a\n\n##Two\n- [ ] b\n\n##3. Three\n",
            expect![[r#"
                7   | ##Two
                    | ^^ invalid heading: missing space after `##`
                10  | ##3. Three
                    | ^^ invalid heading: missing space after `##`
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] a\n\n##Two\n",
                "# Plan: x\n\n## One\n\n- [ ] a\n\n#urgent\n\n#12\n\n##[b]\n\ntext\n##Two\n",
                "# Plan: x\n\n## One\n\n- [ ] a\n\n```text\n##Two\n```\n",
            ],
        );
    }
}
