//! Inserting missing sections of the template, one or all of them.

use plan_schema::Kind;

use super::{Action, Context};
use crate::{insert, rules::missing_section};

/// Last segment of the action kind.
pub const KIND: &str = "insert-section";
/// Maximum number of single sections offered at once.
const MAX_OFFERED_SECTIONS: usize = 8;

/// Offers the action on headings. The sections that follow in the template come first.
pub(super) fn insert_section(context: &Context<'_>) -> Vec<Action> {
    let (file, range) = (context.file, context.range);
    let Some(binding) = file.binding().filter(|_| file.kind() == Kind::Plan) else { return Vec::new() };
    let plan = file.plan();
    let on_heading = plan.sections().find(|section| {
        let heading = section.heading_range();
        heading.start <= range.start && range.end <= heading.end
    });
    let Some(section) = on_heading else { return Vec::new() };
    let missing = missing_section::due(plan, binding);
    let after = binding.of(section.index()).map_or(0, |bound| bound.spec);
    let (before, mut order): (Vec<usize>, Vec<usize>) = missing.iter().partition(|spec| **spec <= after);
    order.extend(before);
    let specs = &binding.template().sections;
    let mut actions: Vec<Action> = order
        .iter()
        .take(MAX_OFFERED_SECTIONS)
        .map(|spec| {
            let title = format!("Insert section `{}`", specs[*spec].title);
            Action::new(title, KIND, vec![insert::section(file, binding, *spec)])
        })
        .collect();
    if missing.len() > 1 {
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
        assert_eq!(file.binding().unwrap().missing(), Vec::<usize>::new(), "{whole}");
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
}
