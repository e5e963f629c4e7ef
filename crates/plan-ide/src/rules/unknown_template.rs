//! `unknown-template`.

use plan_model::Meaning;
use plan_schema::{Kind, Templates};

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    name: "unknown-template",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[Kind::Plan],
    summary: "the plan names a template that there is not",
    doc: "\
## What it finds

A plan that says `template: NAME` in its front matter, or `<!-- plansmith-template NAME -->` on top, where there is no \
template of that name, neither built in nor in the workspace's template folder.

## Why

The plan is read as if it named none.

## Example

```markdown
---
template: projekt-plan
---

# Plan: Move the search index

- [ ] Copy the data
```

## Fix

The nearest name that there is.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let templates = &file.environment().templates();
    let Some(name) = Templates::declared(plan).filter(|name| templates.named(name).is_none()) else { return };
    let entry = plan.front_matter().iter().find(|entry| entry.meaning == Some(Meaning::Template));
    let document = file.document();
    let range = match entry.filter(|entry| !entry.text.is_empty()) {
        Some(entry) => entry.value.clone(),
        None => {
            let end = plan
                .sections()
                .find(|section| section.level() == 2)
                .map_or(document.len(), |section| section.heading_range().start);
            let top = document.slice(0..end);
            let Some(comment) = top.find("plansmith-template") else { return };
            let Some(at) = top[comment..].find(name.as_str()).map(|at| comment + at) else { return };
            at..at + name.len()
        }
    };
    let known = templates.all().iter().map(|template| template.name.as_str());
    let near =
        plan_schema::nearest_name(&name, known).filter(|known| strsim::jaro_winkler(known, &name) > 0.85);
    let names: Vec<&str> = templates.all().iter().map(|template| template.name.as_str()).collect();
    let message = match near {
        Some(near) => format!("there is no template `{name}`; did you mean `{near}`?"),
        None => format!("there is no template `{name}`; known are {}", names.join(", ")),
    };
    let fix = near.map(|near| Fix {
        title: format!("Write `{near}`"),
        edits: vec![Edit::replace(range.clone(), near)],
        safe: false,
    });
    findings.push(Finding::new(&RULE, range, message).mended_by(fix));
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn names_that_nobody_knows() {
        check(
            &RULE,
            "---\ntemplate: projekt-plan\n---\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
            2   | template: projekt-plan
                |           ^^^^^^^^^^^^ there is no template `projekt-plan`; did you mean `project-plan`?
        "#]],
        );
        check(
            &RULE,
            "# Plan: x\n\n<!-- plansmith-template recipe -->\n\n- [ ] a\n",
            expect![[r#"
            3   | <!-- plansmith-template recipe -->
                |                         ^^^^^^ there is no template `recipe`; known are project-plan, codev-plan, lifecycle-plan, implementation-plan, execution-plan
        "#]],
        );
    }

    #[test]
    fn known_ones_and_no_plans() {
        check_silent(
            &RULE,
            &[
                "---\ntemplate: Codev-Plan\n---\n# Plan: x\n",
                "---\ntemplate: blog-post\n---\n# A post\n\ntext\n",
            ],
        );
    }
}
