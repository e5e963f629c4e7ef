//! The rule `undefined-footnote`.

use std::collections::HashSet;

use plan_schema::DocumentKind;

use super::{Check, Group, Rule, text_facts::text_facts};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "undefined-footnote",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "footnote without a definition",
    doc: "\
## What it checks

A reference to a footnote, such as `[^1]`, whose definition (`[^1]: text`) is not in the document. Patterns such as `[^a]*` and text in code are not references.

## Why

Code hosts show the brackets as text, and the explanation is missing.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] Copy the data, at night[^1]
```

Correct:

```markdown
# Plan: Move the search index

- [ ] Copy the data, at night[^1]

[^1]: The index is read-only during the copy.
```

## Fix

Define the footnote, or remove the reference.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let markup =
        || text_facts(file).iter().filter_map(|(start, facts)| Some((*start, facts.markup.as_deref()?)));
    if markup().all(|(_, facts)| facts.footnote_references.is_empty()) {
        return;
    }
    let defined: HashSet<&str> =
        markup().flat_map(|(_, facts)| &facts.footnotes).map(|label| label.as_str()).collect();
    for (start, facts) in markup() {
        for span in &facts.footnote_references {
            let range = start + span.start as usize..start + span.end as usize;
            let written = file.document().slice(range.clone());
            let label = written[2..written.len() - 1].to_lowercase();
            if !defined.contains(label.as_str()) {
                findings.push(Finding::new(&RULE, range, format!("undefined footnote `{written}`")));
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
    fn footnotes_and_patterns() {
        check(
            &RULE,
            "# Plan: x\n\n- [ ] a[^1] b[^note]\n\n## More\n\n- [ ] c [^2]\n\n[^1]: Why\n[^3]: Why not\n",
            expect![[r#"
                3   | - [ ] a[^1] b[^note]
                    |              ^^^^^^^ undefined footnote `[^note]`
                7   | - [ ] c [^2]
                    |         ^^^^ undefined footnote `[^2]`
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] a[^Note]\n\n## More\n\n[^note]: Why\n",
                "# Plan: x\n\n- [ ] Match a[^b] and x[^12]* and `y[^1]`\n",
                "# Plan: x\n\n- [ ] a\n\n```text\na[^1]\n```\n",
            ],
        );
    }
}
