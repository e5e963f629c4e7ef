//! `template-problem`.

use plan_schema::{Kind, Template};

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "template-problem",
    group: Group::Template,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Template],
    summary: "a template asks for something that can't be",
    doc: "\
## What it finds

In files of the template folder: a `<!-- plansmith-… -->` comment that no template knows or that stands above nothing, a \
choice with a single alternative, and a part that repeats another one that is not there.

## Why

A template still serves as far as it was understood, so such a slip would go unnoticed.

## Example

```markdown
# Plan: [Title]

<!-- plansmith-optionl -->
## Notes

**Level**: [High |]
```

## Fix

None: only you know what was meant.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let template = Template::compile("template", &file.document().text());
    let problems = template.problems.into_iter();
    findings.extend(problems.map(|problem| Finding::new(&RULE, problem.range, problem.message)));
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    #[test]
    fn slips_in_a_template() {
        let text = "# Plan: [Title]\n\n<!-- plansmith-optionl -->\n## Notes\n\n**Level**: [High |]\n\n[Same structure as Task 9.9]\n";
        let file = File::new(".plansmith/templates/mine.md", Document::new(text));
        let found: Vec<&str> = file.findings().iter().map(|finding| &*finding.message).collect();
        assert_eq!(
            found,
            [
                "there is no `plansmith-optionl` in templates; did you mean `plansmith-optional`?",
                "a choice needs two alternatives at least: write `[High | Other]` or leave the bar out",
                "there is no `Task 9.9` above that could be repeated",
            ]
        );
        assert!(File::new("plan.md", Document::new(text)).findings().is_empty());
    }
}
