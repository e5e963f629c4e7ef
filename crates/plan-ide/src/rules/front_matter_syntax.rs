//! The rule `front-matter-syntax`.

use plan_model::FrontMatterEntry;
use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity, TextRange};

pub(super) const RULE: Rule = Rule {
    name: "front-matter-syntax",
    group: Group::Header,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "invalid YAML in front matter",
    doc: "\
## What it checks

Front matter that is not a valid YAML document: a value that starts with `@` or a backtick, an unclosed quote, a second colon, a line without a colon, a tab in the indentation, an alias without its anchor, or a duplicate key. Each invalid line is reported. Plansmith still reads the other entries, and other rules ignore the invalid entries. A block whose `---` is followed by a space is reported as well, because some tools do not recognize it as front matter, and so are fields at the start of a document without a closing `---`. Names such as `@ada` in tasks of Backlog.md are not reported, because that tool accepts them.

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

Quote the value. Plansmith offers this fix for values on one line. The fix is safe: `--fix` and *Fix all* also apply it. If the closing `---` is missing, Plansmith offers to insert it after the last field.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let (plan, document) = (file.plan(), file.document());
    if is_unclosed(file, findings) {
        return;
    }
    let entries = plan.front_matter();
    // Backlog.md writes and reads `assignee: @ada`.
    let has = |name: &str| entries.iter().any(|entry| document.slice(entry.key.clone()) == name);
    let is_backlog = || ["id", "title", "status", "created_date"].into_iter().all(has);
    for error in plan.front_matter_errors() {
        let line = document.slice(error.range.clone());
        let value = line.split_once(": ").map_or(&*line, |(_, value)| value);
        if value.trim_start_matches(['-', ' ', '[']).starts_with('@') && is_backlog() {
            continue;
        }
        let message = format!("invalid YAML: {}", with_backticks(&error.message));
        // The value of an entry on one line, or the whole line.
        let entry = entries.iter().find(|entry| {
            entry.is_invalid && entry.key.start == error.range.start && entry.value.end <= error.range.end
        });
        let value = entry.map(|entry| entry.value.clone()).filter(|value| !value.is_empty());
        let range = value.clone().unwrap_or_else(|| error.range.clone());
        let finding = Finding::new(&RULE, range, message);
        let edit = value.and_then(|value| quoted(file, entry?, value));
        findings.push(match edit.filter(|edit| is_valid_after(file, edit)) {
            Some(edit) => finding.fix("Quote value", vec![edit], true),
            None => finding,
        });
    }
    if entries.is_empty() {
        spaces_after_delimiters(file, findings);
    }
}

/// Reports front matter whose closing delimiter is missing.
fn is_unclosed(file: &File, findings: &mut Vec<Finding>) -> bool {
    let (plan, document) = (file.plan(), file.document());
    let opens = document.slice(0..document.len().min(8)).trim_start_matches('\u{feff}').starts_with("---");
    if !opens || !plan.front_matter().is_empty() && plan.front_matter_errors().is_empty() {
        return false;
    }
    let text = document.text();
    let Some(fields) = plan_model::unclosed_front_matter(&text) else { return false };
    let newline = if text[..fields.start].ends_with("\r\n") { "\r\n" } else { "\n" };
    let last = text[fields.clone()].trim_end();
    let last = last.rfind('\n').map_or(0, |newline| newline + 1)..last.len();
    let opening = text[..fields.start].trim_end().len();
    let message = "unclosed front matter: expected `---` after the last field";
    let edit = Edit::insert(fields.end, format!("---{newline}"));
    let finding = Finding::new(&RULE, opening - 3..opening, message)
        .related(fields.start + last.start..fields.start + last.end, "last field")
        .fix("Insert `---`", vec![edit], false);
    findings.push(match plan.front_matter_range() {
        Some(range) => finding.misread(range),
        None => finding,
    });
    true
}

/// Returns the edit that quotes a value. `None` if quoting is not the fix: for a duplicate key, and for values that
/// start like quoted text, a collection or another YAML construct.
fn quoted(file: &File, entry: &FrontMatterEntry, value: TextRange) -> Option<Edit> {
    let document = file.document();
    let written = document.slice(value.clone());
    // A comment after the value is not part of it.
    let written = written.split(" #").next().unwrap_or_default().trim_end().to_owned();
    let value = value.start..value.start + written.len();
    let key = document.slice(entry.key.clone());
    let is_duplicate = file
        .plan()
        .front_matter()
        .iter()
        .any(|other| other.key != entry.key && document.slice(other.key.clone()) == key);
    if is_duplicate || written.starts_with(['"', '\'', '[', '{', '|', '>', '&', '*']) {
        return None;
    }
    Some(Edit::replace(value, format!("\"{}\"", written.replace('\\', "\\\\").replace('"', "\\\""))))
}

/// Returns whether the edited line and those before it are valid YAML.
fn is_valid_after(file: &File, edit: &Edit) -> bool {
    let Some(front) = file.plan().front_matter_range() else { return false };
    let mut text = file.document().slice(front.clone());
    let edited = edit.range.start - front.start..edit.range.end - front.start;
    text.replace_range(edited.clone(), &edit.text);
    let start = text.find('\n').map_or(0, |end| end + 1);
    let end = text.trim_end().rfind('\n').unwrap_or(start).max(start);
    let edited_end = edited.start + edit.text.len();
    plan_model::first_yaml_error(&text[start..end]).is_none_or(|next| start + next.range.start >= edited_end)
}

/// Reports a block that is not front matter only because of spaces after its delimiters.
fn spaces_after_delimiters(file: &File, findings: &mut Vec<Finding>) {
    let document = file.document();
    if !document.slice(0..4).starts_with("---") {
        return;
    }
    let blanks = plan_model::spaces_after_delimiters(&document.text());
    let Some(first) = blanks.first() else { return };
    let message = "front matter is not recognized: `---` is followed by a space";
    let edits = blanks.iter().map(|range| Edit::replace(range.clone(), "")).collect();
    let finding = Finding::new(&RULE, first.start - 3..first.end, message);
    findings.push(finding.fix("Remove spaces", edits, true));
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
    use expect_test::expect;

    use super::{RULE, with_backticks};
    use crate::rules::testing::{check, check_fix, check_silent};

    #[test]
    fn names_in_tasks_of_a_tool_that_accepts_them() {
        let fields = "id: task-1\ntitle: x\nstatus: Done\nassignee: @ada\ncreated_date: 2026-01-05\n";
        check_silent(&RULE, &[&format!("---\n{fields}---\n\n# Plan: x\n\n- [x] a\n")]);
    }

    #[test]
    fn invalid_lines() {
        check(
            &RULE,
            "---\ntitle: Shed: again\nstatus: Active\n---\n\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
                2   | title: Shed: again
                    |        ^^^^^^^^^^^ invalid YAML: mapping values are not allowed in this context
            "#]],
        );
        check(
            &RULE,
            "--- \nstatus: Active\n--- \n\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
                1   | --- 
                    | ^^^^ front matter is not recognized: `---` is followed by a space
            "#]],
        );
        check_silent(
            &RULE,
            &[
                "---\nowner: &o Ann\nreviewer: *o\nnote: |\n  a: b: c\ntime:\tx\n---\n\n# Plan: x\n\n- [ ] a\n",
                "--- \n\nText: yes\n\n--- \n\n# Plan: x\n\n- [ ] a\n",
            ],
        );
    }

    #[test]
    fn errors_are_reported_once_and_fixed_only_where_they_are() {
        check(
            &RULE,
            "---\ntitle: x\ndepends_on\n  - a\n  - b\nstatus: draft\n---\n\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
                3   | depends_on
                    | ^^^^^^^^^^ invalid YAML: simple key expect `:`
            "#]],
        );
        check(
            &RULE,
            "---\ntags: [a, b\nstatus: draft\n---\n\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
            3   | status: draft
                |         ^^^^^ invalid YAML: illegal placement of `:` indicator
        "#]],
        );
        check(
            &RULE,
            "---\ntitle: a: b # c\nnote: c: d\n---\n\n# Plan: x\n\n- [ ] a\n",
            expect![[r#"
            2   | title: a: b # c
                |        ^^^^^^^^ invalid YAML: mapping values are not allowed in this context
            3   | note: c: d
                |       ^^^^ invalid YAML: mapping values are not allowed in this context
        "#]],
        );
    }

    #[test]
    fn a_missing_delimiter() {
        let fields = "---\ntitle: x\nstatus: Active\n\n# Plan: x\n\n- [ ] a\n";
        check(
            &RULE,
            fields,
            expect![[r#"
            1   | ---
                | ^^^ unclosed front matter: expected `---` after the last field
            3   | status: Active
                | ^^^^^^^^^^^^^^ (last field)
        "#]],
        );
        check(
            &RULE,
            &format!("{fields}\n**Note:** b\n\n---\n\n## Phase 2: c\n\n- [ ] d\n"),
            expect![[r#"
                1   | ---
                    | ^^^ unclosed front matter: expected `---` after the last field
                3   | status: Active
                    | ^^^^^^^^^^^^^^ (last field)
            "#]],
        );
        check_fix(
            &RULE,
            fields,
            "Insert `---`",
            expect![[r#"
            ---
            title: x
            status: Active
            ---

            # Plan: x

            - [ ] a
        "#]],
        );
        check_silent(
            &RULE,
            &[
                "---\n\n# Plan: x\n\n- [ ] a\n",
                "---\nNote: b\n\n# Plan: x\n\n- [ ] a\n",
                "---\ntitle: x\nstatus: b\n\n# A comment\n\nowner: c\n---\n\n# Plan: x\n\n- [ ] a\n",
                "---\ntitle: x\nstatus: b\n\nText.\n\n# Plan: x\n\n- [ ] a\n",
            ],
        );
    }

    #[test]
    fn quotes_of_the_parser_become_backticks() {
        assert_eq!(with_backticks("unexpected character: `@'"), "unexpected character `@`");
        assert_eq!(with_backticks("did not find expected ',' or ']'"), "did not find expected `,` or `]`");
        assert_eq!(with_backticks("the mapping isn't closed"), "the mapping isn't closed");
    }
}
