//! Inserting missing sections of the template, one or all of them.

use plan_schema::DocumentKind;

use super::{Action, Context};
use crate::{insert, rules::missing_section};

/// Last segment of the action kind.
pub const KIND: &str = "insert-section";
/// Maximum number of single sections offered at the title and on request.
const MAX_OFFERED_SECTIONS: usize = 8;
/// Maximum number of single sections offered at another heading, next to the actions of its tasks.
const MAX_OFFERED_AT_HEADING: usize = 2;

/// Offers to insert single missing sections on headings, and all of them together on the title. The sections that
/// follow in the template come first.
pub(super) fn insert_section(context: &Context<'_>) -> Vec<Action> {
    let (file, range) = (context.file, context.range);
    let Some(binding) = file.binding().filter(|_| file.kind() == DocumentKind::Plan) else {
        return Vec::new();
    };
    let plan = file.plan();
    let on_heading = plan.sections().find(|section| {
        let heading = section.heading_range();
        heading.start <= range.start && range.end <= heading.end
    });
    let Some(section) = on_heading else { return Vec::new() };
    let missing = missing_section::due_sections(plan, binding);
    let after = binding.of(section.index()).map_or(0, |bound| bound.spec);
    let (before, mut order): (Vec<usize>, Vec<usize>) = missing.iter().partition(|spec| **spec <= after);
    order.extend(before);
    let specs = &binding.template().sections;
    let offers_all = section.level() == 1 || context.on_request;
    let is_phase = section.item().is_some();
    let max_offered = match (offers_all, is_phase) {
        (true, _) => MAX_OFFERED_SECTIONS,
        (false, true) => 0,
        (false, false) => MAX_OFFERED_AT_HEADING,
    };
    let mut actions: Vec<Action> = order
        .iter()
        .take(max_offered)
        .map(|spec| {
            let title = format!("Insert section `{}`", specs[*spec].title);
            Action::new(title, KIND, vec![insert::section(file, binding, *spec)])
        })
        .collect();
    if missing.len() > 1 && offers_all {
        let edits = missing.iter().map(|spec| insert::section(file, binding, *spec)).collect();
        let title = format!("Insert all {} missing sections", missing.len());
        actions.push(Action::new(title, KIND, missing_section::merged(edits)));
    }
    actions
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;
    use plan_test::apply;

    use super::*;
    use crate::{File, Index, NoDisk, Workspace, actions::actions};

    #[test]
    fn inserts_one_or_all_sections() {
        let text = "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## Goal\n\na\n";
        let file = File::new("plan.md", Document::new(text));
        let at = text.find("## Goal").unwrap() + 3;
        let workspace = Workspace { index: &Index::new([]), disk: &NoDisk, is_complete: true };
        let context = Context { file: &file, workspace: &workspace, range: &(at..at), on_request: true };
        let found: Vec<Action> = actions(&context).into_iter().filter(|action| action.kind == KIND).collect();
        assert_eq!(found[0].title, "Insert section `Context`");
        let all = found.last().unwrap();
        let edits: Vec<_> =
            all.changes(&file, &workspace).edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
        let whole = apply(text, &edits);
        let file = File::new("plan.md", Document::new(&whole));
        assert_eq!(file.binding().unwrap().missing_sections(), Vec::<usize>::new(), "{whole}");
        let titles: Vec<String> = file
            .plan()
            .sections()
            .filter(|section| section.level() == 2)
            .map(|section| section.title())
            .collect();
        let expected: Vec<String> = file
            .template()
            .unwrap()
            .sections
            .iter()
            .filter(|section| section.level == 2)
            .map(|section| section.title.clone())
            .collect();
        assert_eq!(titles, expected, "in the template's order");
    }

    #[test]
    fn few_sections_are_offered_below_the_title() {
        let text = "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## Goal\n\na\n\n## Steps\n\n### Phase 1: b\n\n- [ ] c\n";
        let file = File::new("plan.md", Document::new(text));
        let workspace = Workspace { index: &Index::new([]), disk: &NoDisk, is_complete: true };
        let count = |heading: &str| {
            let at = text.find(heading).unwrap() + 3;
            let context = Context { file: &file, workspace: &workspace, range: &(at..at), on_request: false };
            actions(&context).into_iter().filter(|action| action.kind == KIND).count()
        };
        assert_eq!((count("# Execution"), count("## Goal"), count("### Phase")), (9, 2, 0));
    }
}
