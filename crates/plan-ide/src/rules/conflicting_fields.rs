//! The rule `conflicting-fields`.

use plan_model::{Field, Meaning, state};
use plan_schema::DocumentKind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "conflicting-fields",
    group: Group::Header,
    severity: Some(Severity::Warning),
    applies_to: &[DocumentKind::Plan],
    summary: "front matter and body have conflicting values",
    doc: "\
## What it checks

A status, an owner or a title that differs between the front matter and the text below it. Values are compared by meaning: `in-progress` equals `🔄 In Progress`, and `Ada` equals `Ada (lead)`. Titles conflict only if they share no word, apart from words such as `plan` or `the`. Generic headings such as `Feature Brief & Metadata` are ignored.

## Why

Tools read the front matter, and people read the body.

## Example

Incorrect:

```markdown
---
status: completed
owner: Ada
---

# Plan: Move the search index

**Status**: In Progress
**Owner**: Ada

- [ ] Copy the data
```

Correct:

```markdown
---
status: in-progress
owner: Ada
---

# Plan: Move the search index

**Status**: 🔄 In Progress
**Owner**: Ada (lead)

- [ ] Copy the data
```

## Fix

Replace the value in the body with the value from the front matter.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let plan = file.plan();
    let fields: Vec<Field<'_>> = plan.fields().into_iter().collect();
    for (meaning, noun) in [(Meaning::Status, "status"), (Meaning::Owner, "owner")] {
        let of = |front: bool| {
            fields.iter().find(|field| field.front_matter == front && field.meaning == Some(meaning))
        };
        let (Some(front), Some(text)) = (of(true), of(false)) else { continue };
        // `Ready <!-- legacy, see front matter -->`: the author has explained the difference.
        if text.value.contains("<!--") {
            continue;
        }
        let differ = match meaning {
            Meaning::Status => match (plan.state_of(&front.value), plan.state_of(&text.value)) {
                (Some(front), Some(text)) => front != text,
                _ => false,
            },
            _ => {
                is_filled(&front.value)
                    && is_filled(&text.value)
                    && no_word_in_common(&front.value, &text.value)
            }
        };
        if differ {
            let written = front.value.trim();
            let message =
                format!("{noun} `{}` conflicts with `{written}` in the front matter", text.value.trim());
            let finding = Finding::new(&RULE, text.value_range.clone(), message)
                .related(front.value_range.clone(), "front matter");
            findings.push(finding.fix(
                format!("Replace with `{written}`"),
                vec![Edit::replace(text.value_range.clone(), written)],
                false,
            ));
        }
    }
    let title = fields.iter().find(|field| field.front_matter && field.meaning == Some(Meaning::Title));
    // A level 1 heading after other headings belongs to an embedded document.
    let first = plan.sections().next().map(|section| section.text_range());
    if let (Some(front), Some(range)) =
        (title, plan.title_range().filter(|range| Some(range) == first.as_ref()))
    {
        let heading = file.document().slice(range.clone());
        if is_phrase(&front.value)
            && is_phrase(&heading)
            && names_subject(&heading)
            && no_word_in_common(&subject(&front.value), &subject(&heading))
        {
            let message = format!("heading does not match front matter title `{}`", front.value.trim());
            findings
                .push(Finding::new(&RULE, range, message).related(front.value_range.clone(), "front matter"));
        }
    }
}

/// Returns whether a title is a phrase instead of the name of a branch or file.
fn is_phrase(title: &str) -> bool {
    let slug = |word: &str| word.matches(['-', '_']).count() > 1;
    is_filled(title) && title.split_whitespace().count() > 2 && !title.split_whitespace().any(slug)
}

/// Words of headings that name a kind of document or of section.
const GENERIC_WORDS: [&str; 46] = [
    "a",
    "an",
    "and",
    "approved",
    "brief",
    "checklist",
    "description",
    "design",
    "detailed",
    "details",
    "document",
    "draft",
    "execution",
    "feature",
    "final",
    "for",
    "how",
    "implementation",
    "info",
    "information",
    "introduction",
    "metadata",
    "notes",
    "of",
    "overview",
    "phase",
    "plan",
    "prd",
    "product",
    "progress",
    "project",
    "proposal",
    "report",
    "requirements",
    "roadmap",
    "spec",
    "specification",
    "status",
    "summary",
    "task",
    "tasks",
    "technical",
    "template",
    "the",
    "this",
    "to",
];

/// Returns whether a heading names a subject: it contains a word that does not denote a kind of document or section.
/// Only such a heading can contradict a title. `How to use …` and `Guide to …` introduce instructions.
fn names_subject(heading: &str) -> bool {
    let words: Vec<String> = heading
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .map(str::to_lowercase)
        .collect();
    let is_guide =
        words.first().is_some_and(|word| matches!(word.as_str(), "how" | "guide" | "using" | "about"));
    !is_guide && words.iter().any(|word| !GENERIC_WORDS.contains(&word.as_str()))
}

/// Returns the words of a title that name its subject, or the whole title if it has no such words.
fn subject(title: &str) -> String {
    let words = title.split(|c: char| !c.is_alphanumeric());
    let subject: Vec<&str> =
        words.filter(|word| !GENERIC_WORDS.contains(&word.to_lowercase().as_str())).collect();
    if subject.iter().all(|word| word.is_empty()) { title.to_owned() } else { subject.join(" ") }
}

/// Returns whether a value is neither empty nor a placeholder.
fn is_filled(value: &str) -> bool {
    let value = value.trim();
    !value.is_empty()
        && !state::is_unfilled(value)
        && !value.starts_with(['[', '{', '<'])
        && !["tbd", "none", "null", "unassigned", "n/a", "-", "?"].contains(&value.to_lowercase().as_str())
}

/// Returns whether two texts have no word in common. Two words count as common if one contains the other.
fn no_word_in_common(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        parts.map(str::to_lowercase).collect()
    };
    let (a, b) = (words(a), words(b));
    // Handles often contain a name: `lovelace` and `alovelace` are the same person. Words with the same stem, such as
    // `cache` and `caching`, are treated as equal.
    let has_same_stem = |word: &str, other: &str| {
        word.chars().zip(other.chars()).take(4).filter(|(a, b)| a == b).count() == 4
    };
    let alike = |word: &str, other: &str| {
        word == other
            || word.len() > 3 && other.len() > 3 && (word.contains(other) || other.contains(word))
            || has_same_stem(word, other)
    };
    !a.is_empty() && !b.is_empty() && !a.iter().any(|word| b.iter().any(|other| alike(word, other)))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::{
        super::testing::{check as check_rule, check_silent},
        RULE,
    };

    #[test]
    fn titles() {
        let plan = |heading: &str| {
            format!(
                "---\ntitle: \"Caching of slow queries\"\nstatus: draft\n---\n\n# {heading}\n\n- [ ] T1 Do it\n"
            )
        };
        let generic = [
            "Feature Brief & Metadata",
            "Phase 7 Progress Report",
            "How To Use This Template",
            "Approved Implementation Plan",
            "Implementation Plan: Query cache",
            "Plan: the cache",
        ];
        check_silent(&RULE, &generic.map(plan).each_ref().map(|text| &**text));
        check_rule(
            &RULE,
            &plan("Plan: Move the shelf"),
            expect![[r#"
            2   | title: "Caching of slow queries"
                |        ^^^^^^^^^^^^^^^^^^^^^^^^^ (front matter)
            6   | # Plan: Move the shelf
                |   ^^^^^^^^^^^^^^^^^^^^ heading does not match front matter title `Caching of slow queries`
        "#]],
        );
    }
}
