//! After `#` at the start of a line: the sections that the plan's template has and the plan lacks.

use plan_schema::Kind;
use plan_syntax::BlockKind;

use super::Completion;
use crate::{Edit, File};

pub(super) fn sections(file: &File, at: usize) -> Vec<Completion> {
    let document = file.document();
    let Some(template) = file.template().filter(|_| file.kind() == Kind::Plan) else { return Vec::new() };
    let line_start = document.line_start(at);
    let typed = document.slice(line_start..at);
    let hashes = typed.bytes().take_while(|byte| *byte == b'#').count();
    let after = &typed[hashes..];
    if !(1..=6).contains(&hashes)
        || !(after.is_empty() || after.starts_with(' '))
        || in_code(file, line_start)
    {
        return Vec::new();
    }
    template
        .missing(file.plan())
        .into_iter()
        // A single `#` may become any heading; more say which level is meant.
        .filter(|spec| hashes == 1 || usize::from(spec.level) == hashes)
        .map(|spec| {
            let heading = format!("{} {}", "#".repeat(usize::from(spec.level)), spec.title);
            Completion {
                label: heading.clone(),
                detail: template.name.to_owned(),
                // What is typed has to be a prefix of what it is compared with.
                filter: format!("{} {}", "#".repeat(hashes), spec.title),
                edit: Edit::replace(line_start..at, heading),
            }
        })
        .collect()
}

/// Whether a line lies in a code block or an HTML block, where `#` starts no heading.
fn in_code(file: &File, line_start: usize) -> bool {
    let document = file.document();
    let Some((start, segment)) = document.segment_at(line_start) else { return false };
    let content = document.content(start, segment);
    content.outline.blocks.iter().any(|block| {
        matches!(block.kind, BlockKind::Fence { .. } | BlockKind::Html { .. })
            && start + (block.span.start as usize) < line_start
            && line_start < start + block.span.end as usize
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use crate::{File, completion::completions};

    const PLAN: &str = "# Execution Plan: Move\n\n**Status:** In Progress\n\n## Goal\n\n## Context\n\n### Background\n\n\
        ### Constraints\n\n## Technical Approach\n\n### Architecture/Design\n\n### Design Patterns\n\n## Steps\n\n\
        ### Phase 1: a\n\n- [ ] b\n\n";

    fn check(tail: &str, expect: Expect) {
        let (text, range) = fixture(&format!("{PLAN}{tail}"));
        let file = File::new("plan.md", Document::new(&text));
        let labels: Vec<String> =
            completions(&file, range.start).into_iter().map(|found| found.label).collect();
        expect.assert_eq(&labels.join("\n"));
    }

    #[test]
    fn missing_sections_in_order() {
        check(
            "## $0",
            expect![[r#"
            ## Testing
            ## Dependencies
            ## Risks & Mitigations
            ## Questions
            ## Success Criteria
            ## Notes"#]],
        );
        check(
            "### $0",
            expect![[r#"
            ### Current State
            ### Technology Stack
            ### Integration Points"#]],
        );
    }

    #[test]
    fn not_in_code_or_text() {
        check("```\n#$0\n```\n", expect![""]);
        check("text #$0\n", expect![""]);
        check("#tag$0\n", expect![""]);
    }
}
