//! The rule `unknown-template`.

use plan_model::Meaning;
use plan_schema::{DocumentKind, Templates};

use super::{Check, Group, Rule};
use crate::{Edit, File, Finding, Fix, Severity};

pub(super) const RULE: Rule = Rule {
    name: "unknown-template",
    group: Group::Template,
    severity: Some(Severity::Hint),
    applies_to: &[DocumentKind::Plan],
    summary: "unknown template",
    doc: "\
## What it checks

A plan that declares a template that is neither a built-in template nor in the workspace's template folder. A plan declares its template with `template: NAME` in its front matter, or with `<!-- plansmith-template NAME -->` at the top.

A name that is similar to that of a template is a probable typo and has severity `info`.

## Why

Plansmith treats the plan as if it declared no template, so the checks and completions of the template are not available.

## Example

Incorrect:

```markdown
---
template: projekt-plan
---

# Plan: Move the search index

- [ ] Copy the data
```

Correct:

```markdown
---
template: project-plan
---

# Plan: Move the search index

- [ ] Copy the data
```

## Fix

Replace the name with the most similar existing name.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let templates = &file.environment().templates();
    let Some(name) = Templates::declared_name(plan).filter(|name| templates.named(name).is_none()) else {
        return;
    };
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
    let similar = plan_schema::nearest_of_few(&name, known);
    let names: Vec<String> = templates.all().iter().map(|template| format!("`{}`", template.name)).collect();
    let message = match similar {
        Some(similar) => format!("unknown template `{name}`; did you mean `{similar}`?"),
        None => format!("unknown template `{name}`; available templates: {}", names.join(", ")),
    };
    let fix = similar.map(|similar| Fix {
        title: format!("Replace with `{similar}`"),
        edits: vec![Edit::replace(range.clone(), similar)],
        safe: false,
    });
    let mut finding = Finding::new(&RULE, range, message).extend_fixes(fix);
    // A name similar to that of a template is almost certainly a typo; another name can belong to another tool.
    finding.severity = similar.map(|_| Severity::Info);
    findings.push(finding);
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::rules::testing::{check, check_silent};

    #[test]
    fn unknown_names() {
        check(
            &RULE,
            "---\ntemplate: projekt-plan\n---\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
                2   | template: projekt-plan
                    |           ^^^^^^^^^^^^ unknown template `projekt-plan`; did you mean `project-plan`?
            "#]],
        );
        check(
            &RULE,
            "# Plan: x\n\n<!-- plansmith-template recipe -->\n\n- [ ] a\n",
            expect![[r#"
                3   | <!-- plansmith-template recipe -->
                    |                         ^^^^^^ unknown template `recipe`; available templates: `project-plan`, `codev-plan`, `lifecycle-plan`, `implementation-plan`, `execution-plan`
            "#]],
        );
    }

    #[test]
    fn known_names_and_other_documents() {
        check_silent(
            &RULE,
            &[
                "---\ntemplate: Codev-Plan\n---\n# Plan: x\n",
                "---\ntemplate: blog-post\n---\n# A post\n\ntext\n",
            ],
        );
    }
}
