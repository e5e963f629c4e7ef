//! The rule `invalid-template`.

use plan_schema::{DocumentKind, Template};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "invalid-template",
    group: Group::Template,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Template],
    summary: "invalid template",
    doc: "\
## What it checks

In files of the template folder: a `<!-- plansmith-... -->` comment that is unknown or does not precede a section, a choice with a single option, and a `[Same structure as ...]` note that refers to an unknown section.

## Why

Plansmith uses the rest of the template, so the error would otherwise go unnoticed.

## Example

Incorrect:

```markdown
# Plan: [Title]

<!-- plansmith-optionl -->
## Notes

**Level**: [High |]
```

Correct:

```markdown
# Plan: [Title]

<!-- plansmith-optional -->
## Notes

**Level**: [High | Low]
```

## Fix

Correct the template. No quick fix is offered.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    // Only files in the template folder are compiled, not the templates of other tools.
    if !file.environment().is_template(file.path()) {
        return;
    }
    let template = Template::compile("template", &file.document().text());
    let problems = template.problems.into_iter();
    findings.extend(problems.map(|problem| Finding::new(&RULE, problem.range, problem.message)));
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    #[test]
    fn mistakes_in_a_template() {
        let text = "# Plan: [Title]\n\n<!-- plansmith-optionl -->\n## Notes\n\n**Level**: [High |]\n\n[Same structure as Task 9.9]\n";
        let file = File::new(".plansmith/templates/mine.md", Document::new(text));
        let found: Vec<&str> = file.findings().iter().map(|finding| &*finding.message).collect();
        assert_eq!(
            found,
            [
                "unknown template directive `plansmith-optionl`; did you mean `plansmith-optional`?",
                "choice has one option; add another or remove the `|`",
                "unknown section `Task 9.9`; not found above this line",
            ]
        );
        assert!(File::new("plan.md", Document::new(text)).findings().is_empty());
    }
}
