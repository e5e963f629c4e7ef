//! Completion of sections on an empty line or in a heading: missing sections of the template with their content, and
//! the next phase.

use plan_model::{ItemKind, Plan};
use plan_schema::{Binding, Skeleton};

use super::{
    Completion, CompletionKind,
    context::{CompletionContext, line_at},
};

pub(super) fn sections(context: &CompletionContext<'_>) -> Vec<Completion> {
    let (file, line_start, at) = (context.file, context.line_start, context.offset);
    let typed = context.text_before_cursor();
    let hashes = typed.bytes().take_while(|byte| *byte == b'#').count();
    let after = &typed[hashes..];
    if hashes > 6
        || !(after.is_empty() || after.starts_with(' ') && hashes > 0)
        || hashes == 0 && (context.is_common_trigger || !is_after_blank_line(context))
        || !context.in_text()
        || !context.in_plan()
    {
        return Vec::new();
    }
    let Some(binding) = file.binding() else { return Vec::new() };
    let plan = file.plan();
    let found = candidates(plan, binding, line_start);
    found
        .into_iter()
        // A single `#` can become a heading of any level; several select the level.
        .filter(|candidate| hashes <= 1 || usize::from(candidate.level) == hashes)
        .map(|candidate| {
            let template = binding.template();
            let skeleton = Skeleton::section(template, candidate.spec, candidate.level, candidate.number);
            let text = skeleton.to_text();
            let label = text.lines().next().unwrap_or_default().to_owned();
            let title = label.trim_start_matches('#').trim_start().to_owned();
            let kind =
                if candidate.number.is_some() { CompletionKind::Item } else { CompletionKind::Section };
            let mut completion = Completion::of(kind, label, &template.name, line_start..at, &skeleton);
            // The typed text has to be a prefix of the filter text.
            completion.filter = if hashes == 0 { title } else { format!("{} {title}", "#".repeat(hashes)) };
            completion.documentation.clone_from(&template.sections[candidate.spec].guidance);
            completion
        })
        .collect()
}

/// A section that can be inserted at the cursor.
struct SectionCandidate {
    spec: usize,
    level: u8,
    /// Number of a phase.
    number: Option<usize>,
}

/// Returns the sections that can be inserted at an offset, best first: subsections of the phase around it, the next
/// phase, sections that follow the surrounding section in the template, other sections.
fn candidates(plan: &Plan, binding: &Binding, at: usize) -> Vec<SectionCandidate> {
    let specs = &binding.template().sections;
    let around: Vec<_> =
        plan.sections().filter(|section| section.range().start < at && at <= section.range().end).collect();
    let mut found: Vec<SectionCandidate> = Vec::new();
    for section in around.iter().rev() {
        let Some(bound) = binding
            .of(section.index())
            .filter(|bound| specs[bound.spec].repeats || specs[binding.prototype(bound.spec)].repeats)
        else {
            continue;
        };
        let number = section.item().and_then(|item| item.id()?.phase_parts()?.1.parse::<usize>().ok());
        let _ = bound;
        for spec in binding.missing_subsections(plan, section.index()) {
            found.push(SectionCandidate {
                spec,
                level: section.level() + 1,
                number: number.filter(|_| specs[spec].key.contains('#')),
            });
        }
    }
    if let Some((spec, level, number)) =
        around.last().and_then(|section| next_phase(plan, binding, section.index()))
    {
        found.push(SectionCandidate { spec, level, number: Some(number) });
    }
    let after =
        around.iter().rev().find_map(|section| binding.of(section.index())).map_or(0, |bound| bound.spec);
    let missing = binding.missing_sections();
    let (before, following): (Vec<usize>, Vec<usize>) = missing.into_iter().partition(|spec| *spec <= after);
    for spec in following.into_iter().chain(before) {
        found.push(SectionCandidate { spec, level: specs[spec].level, number: None });
    }
    found
}

/// Returns the next phase of the phase list that contains the section with the index `around`: the index of its
/// template section, its heading level and its number.
pub(crate) fn next_phase(plan: &Plan, binding: &Binding, around: usize) -> Option<(usize, u8, usize)> {
    let specs = &binding.template().sections;
    let mut section = Some(around);
    while let Some(index) = section {
        let here = plan.sections().nth(index)?;
        let phase = here.item().filter(|item| item.kind() == ItemKind::Phase);
        if let (Some(phase), Some(bound)) = (phase, binding.of(index)) {
            let model = binding.prototype(bound.spec);
            if !specs[model].repeats {
                return None;
            }
            let siblings =
                plan.items().filter(|item| item.kind() == ItemKind::Phase && item.parent() == phase.parent());
            let same_list = siblings.filter(|item| {
                item.scope().map(|scope| scope.index()) == phase.scope().map(|scope| scope.index())
            });
            let last =
                same_list.filter_map(|item| item.id()?.phase_parts()?.1.parse::<usize>().ok()).max()?;
            return Some((model, here.level(), last + 1));
        }
        section = here.parent();
    }
    None
}

/// Returns whether the cursor's line and the line before it are blank.
fn is_after_blank_line(context: &CompletionContext<'_>) -> bool {
    if !context.line.trim().is_empty() {
        return false;
    }
    if context.line_start == 0 {
        return context.file.document().len() > context.offset;
    }
    line_at(context.file, context.line_start - 1).1.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::fixture;

    use crate::{File, completion::testing::completions};

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
    fn offers_missing_sections_in_order() {
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
            ### Phase 2: [Name]
            ### Current State
            ### Technology Stack
            ### Integration Points"#]],
        );
        check(
            "$0\n",
            expect![[r#"
            ### Phase 2: [Name]
            ## Testing
            ## Dependencies
            ## Risks & Mitigations
            ## Questions
            ## Success Criteria
            ## Notes
            ### Current State
            ### Technology Stack
            ### Integration Points"#]],
        );
    }

    #[test]
    fn not_offered_in_code_or_text() {
        check("```\n#$0\n```\n", expect![""]);
        check("text #$0\n", expect![""]);
        check("#tag$0\n", expect![""]);
    }

    #[test]
    fn inserts_sections_with_their_content() {
        let (text, range) = fixture(&format!("{PLAN}## Test$0\n"));
        let file = File::new("plan.md", Document::new(&text));
        let found = completions(&file, range.start);
        let testing = found.iter().find(|found| found.label == "## Testing").unwrap();
        assert!(testing.edit.text.starts_with("## Testing\n\n["), "{}", testing.edit.text);
        assert!(testing.snippet.as_ref().unwrap().starts_with("## Testing\n\n${1:["));
        assert_eq!(testing.filter, "## Testing");
    }
}
