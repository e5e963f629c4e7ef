//! The rule `malformed-link`.

use std::collections::HashSet;

use plan_schema::{DocumentKind, nearest};

use super::{
    Check, Group, Rule,
    malformed_links::{LinkProblem, MalformedLink},
    text_facts::text_facts,
};
use crate::{Edit, File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "malformed-link",
    group: Group::Text,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "malformed link",
    doc: "\
## What it checks

Text that was intended as a link, but is ordinary text in Markdown:

- `(text)[target]`: brackets and parentheses are swapped
- `[text] (target)`: a space before the target
- `[text](target`: no closing parenthesis
- `[text][label]`: the label is not defined; reported only in documents that define other labels

The target must be an address, an anchor or the path of a Markdown file. Text in code is not checked.

## Why

The rendered page shows the brackets, and readers cannot follow the link.

## Example

Incorrect:

```markdown
# Plan: Move the search index

- [ ] Copy the data, as in [the guide] (https://example.com/guide)
```

Correct:

```markdown
# Plan: Move the search index

- [ ] Copy the data, as in [the guide](https://example.com/guide)
```

## Fix

Rewrite the link as `[text](target)`, or replace the label with a similar one that is defined.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let markup =
        || text_facts(file).iter().filter_map(|(start, facts)| Some((*start, facts.markup.as_deref()?)));
    if markup().all(|(_, facts)| facts.malformed_links.is_empty()) {
        return;
    }
    let labels: HashSet<&str> =
        markup().flat_map(|(_, facts)| &facts.link_labels).map(|label| label.as_str()).collect();
    // `[text]` with a definition is a link of its own, and so is `[label]`.
    let is_defined = |label: &str| labels.contains(label.trim().to_lowercase().as_str());
    for (start, facts) in markup() {
        for link in &facts.malformed_links {
            let range = start + link.span.start as usize..start + link.span.end as usize;
            let MalformedLink { problem, text, target, .. } = link;
            let rewritten = format!("[{text}]({target})");
            let (message, replacement) = match problem {
                LinkProblem::Reversed => {
                    ("invalid link: brackets and parentheses are swapped".to_owned(), Some(rewritten))
                }
                LinkProblem::Space if !is_defined(text) => {
                    ("invalid link: space before the target".to_owned(), Some(rewritten))
                }
                LinkProblem::Unclosed if !is_defined(text) => {
                    ("invalid link: missing `)` after the target".to_owned(), Some(rewritten))
                }
                LinkProblem::UndefinedLabel
                    if !labels.is_empty() && !is_defined(target) && !is_defined(text) =>
                {
                    let label = target.to_lowercase();
                    let known =
                        nearest(&label, labels.iter().copied().filter(|label| !label.starts_with('^')));
                    let message = format!("invalid link: undefined label `{target}`");
                    match known {
                        Some(known) => (
                            format!("{message}; did you mean `{known}`?"),
                            Some(format!("[{text}][{known}]")),
                        ),
                        None => (message, None),
                    }
                }
                _ => continue,
            };
            let finding = Finding::new(&RULE, range.clone(), message);
            findings.push(match replacement {
                Some(replacement) => {
                    let title = format!("Replace with `{replacement}`");
                    finding.fix(title, vec![Edit::replace(range, replacement)], false)
                }
                None => finding,
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
    fn four_kinds() {
        let text = "# Plan: x\n\n- [ ] See [the guide] (#tasks)\n- [ ] See (the guide)[guide.md]\n- [ ] See [the guide](https://example.com/a.\n- [ ] See [the guide][giude]\n- [ ] See [the guide][guide]\n\n[guide]: guide.md\n";
        check(
            &RULE,
            text,
            expect![[r#"
            3   | - [ ] See [the guide] (#tasks)
                |           ^^^^^^^^^^^^^^^^^^^^ invalid link: space before the target
            4   | - [ ] See (the guide)[guide.md]
                |           ^^^^^^^^^^^^^^^^^^^^^ invalid link: brackets and parentheses are swapped
            5   | - [ ] See [the guide](https://example.com/a.
                |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ invalid link: missing `)` after the target
            6   | - [ ] See [the guide][giude]
                |           ^^^^^^^^^^^^^^^^^^ invalid link: undefined label `giude`; did you mean `guide`?
        "#]],
        );
        check_fix(
            &RULE,
            text,
            "Replace with `[the guide](guide.md)`",
            expect![[r#"
            # Plan: x

            - [ ] See [the guide] (#tasks)
            - [ ] See [the guide](guide.md)
            - [ ] See [the guide](https://example.com/a.
            - [ ] See [the guide][giude]
            - [ ] See [the guide][guide]

            [guide]: guide.md
        "#]],
        );
    }

    #[test]
    fn links_and_other_brackets() {
        check_silent(
            &RULE,
            &[
                "# Plan: x\n\n- [ ] (https://example.com) a\n- [x] (see b.md)\n- [1] (https://example.com)\n",
                "# Plan: x\n\n- [ ] `[a guide] (b.md)` and a[ii][jj] and [ab][cd]\n",
                "# Plan: x\n\n- [ ] [guide] (#tasks)\n\n[guide]: guide.md\n",
                "# Plan: x\n\nSee [the guide](https://example.com/a\n\"title\") and f(x)[0] and (a)[b].\n\n- [ ] a\n",
                "# Plan: x\n\n- [ ] [ab](c.md)[d.md] and [ab][cd](e.md) and [Draft] (not yet)\n",
            ],
        );
    }
}
