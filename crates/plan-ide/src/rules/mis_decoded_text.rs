//! `mis-decoded-text`.

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use plan_schema::Kind;

use crate::Edit;

use super::{Check, Group, Rule};
use crate::{File, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "mis-decoded-text",
    group: Group::Text,
    severity: Some(Severity::Info),
    applies_to: &[Kind::Plan],
    summary: "characters that were decoded wrongly",
    doc: "\
## What it finds

Sequences such as `â€™` for ’ or `‚Üí` for →: text in UTF-8 that some program took for Windows-1252 or for Mac Roman. Only sequences that give one sensible character back are found.

## Why

Readers stumble, and searches miss.

## Example

```markdown
# Plan: Move the search index

- [ ] Copy the data â€” all of it
```

```markdown
# Plan: Move the search index

- [ ] Copy the data — für Zoë, à Paris
```

## Fix

The text as it was meant. This is done by `--fix` and by *fix all* as well.
",
    check: Check::File(check),
};

fn check(file: &File, findings: &mut Vec<Finding>) {
    let document = file.document();
    for (start, segment) in document.segments() {
        let text = &document.content(start, segment).text;
        if text.is_ascii() {
            continue;
        }
        let mut at = 0;
        while let Some(found) = text[at..].find(|c: char| !c.is_ascii()) {
            let from = at + found;
            let run: &str = text[from..].split(|c: char| c.is_ascii()).next().unwrap_or_default();
            at = from + run.len();
            // The last byte of some sequences is a control character that was dropped, or a blank: only whole ones.
            if let Some(meant) =
                [WINDOWS_1252, MACINTOSH].into_iter().find_map(|encoding| repaired(run, encoding))
            {
                let place = start + from..start + at;
                let finding =
                    Finding::new(&RULE, place.clone(), format!("`{run}` is `{meant}`, decoded wrongly"));
                findings.push(finding.fix(
                    format!("Write `{meant}`"),
                    vec![Edit::replace(place, meant)],
                    true,
                ));
            }
        }
    }
}

/// What a run of characters was before it was decoded with this encoding, if all of it was UTF-8.
fn repaired(run: &str, encoding: &'static Encoding) -> Option<String> {
    if run.chars().count() < 2 {
        return None;
    }
    let (bytes, _, unmappable) = encoding.encode(run);
    let text = String::from_utf8(bytes.into_owned()).ok().filter(|_| !unmappable)?;
    // Two accented letters in a row can be UTF-8 by chance; what comes out must be what people write.
    let plausible = |c: char| matches!(c, '\u{a0}'..='\u{17f}' | '\u{2010}'..='\u{2044}' | '\u{20ac}' | '\u{2100}'..='\u{27bf}' | '\u{fe0f}' | '\u{1f300}'..='\u{1faff}');
    (text.chars().count() < run.chars().count()
        && text.chars().all(plausible)
        && !text.contains(char::is_control))
    .then_some(text)
}
