//! `front-matter-syntax`.

use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "front-matter-syntax",
    group: Group::Header,
    severity: Some(Severity::Warning),
    applies_to: &[Kind::Plan],
    summary: "invalid YAML in front matter",
    doc: "\
## What it checks

A front matter entry that is not valid YAML: a value that starts with `@` or a backtick, an unclosed quote, a second colon. Plansmith still reads the other entries, and other rules ignore the invalid entry. Names such as `@ada` in task files of Backlog.md are not reported, because that tool accepts them.

## Why

Most tools ignore the whole front matter if one entry is invalid.

## Example

Incorrect:

```markdown
---
type: plan
owner: @ada
---

# Plan: Move the search index

- [ ] Copy the data
```

Correct:

```markdown
---
type: plan
owner: \"@ada\"
---

# Plan: Move the search index

- [ ] Copy the data
```

## Fix

Quote the value. Plansmith offers this fix for values on one line. The fix is safe: `--fix` and *Fix all* also apply it.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let entries = file.plan().front_matter();
    // Backlog.md writes and reads `assignee: @ada`.
    let has = |name: &str| entries.iter().any(|entry| file.document().slice(entry.key.clone()) == name);
    let is_backlog = || ["id", "title", "status", "created_date"].into_iter().all(has);
    for entry in entries {
        let Some((_, error)) = &entry.error else { continue };
        let written = file.document().slice(entry.value.clone());
        if written.starts_with('@') && is_backlog() {
            continue;
        }
        let finding =
            Finding::new(&RULE, entry.value.clone(), format!("invalid YAML: {}", with_backticks(error)));
        let one_line = !written.contains(['\n', '\r'])
            && !written.starts_with(['"', '\'', '[', '{', '|', '>', '&', '*']);
        findings.push(if one_line {
            let quoted = format!("\"{}\"", written.replace('\\', "\\\\").replace('"', "\\\""));
            finding.fix("Quote value", vec![Edit::replace(entry.value.clone(), quoted)], true)
        } else {
            finding
        });
    }
}

/// Replaces the quotes of the YAML parser's messages: "unexpected character: `@'" becomes "unexpected character `@`".
fn with_backticks(error: &str) -> String {
    let mut words = error.split(' ').map(|word| {
        let quoted = word.trim_end_matches(',');
        let inner = quoted.strip_prefix(['`', '\'']).and_then(|rest| rest.strip_suffix('\''));
        match inner.filter(|inner| !inner.is_empty()) {
            Some(inner) => (format!("`{inner}`{}", &word[quoted.len()..]), true),
            None => (word.to_owned(), false),
        }
    });
    let mut text = words.next().map(|(word, _)| word).unwrap_or_default();
    for (word, is_quoted) in words {
        if is_quoted && text.ends_with(':') {
            text.pop();
        }
        text.push(' ');
        text.push_str(&word);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{RULE, with_backticks};
    use crate::rules::testing::check_silent;

    #[test]
    fn names_in_tasks_of_a_tool_that_accepts_them() {
        let fields = "id: task-1\ntitle: x\nstatus: Done\nassignee: @ada\ncreated_date: 2026-01-05\n";
        check_silent(&RULE, &[&format!("---\n{fields}---\n\n# Plan: x\n\n- [x] a\n")]);
    }

    #[test]
    fn quotes_of_the_parser_become_backticks() {
        assert_eq!(with_backticks("unexpected character: `@'"), "unexpected character `@`");
        assert_eq!(with_backticks("did not find expected ',' or ']'"), "did not find expected `,` or `]`");
        assert_eq!(with_backticks("the mapping isn't closed"), "the mapping isn't closed");
    }
}
