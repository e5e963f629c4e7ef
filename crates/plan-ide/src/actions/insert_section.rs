//! Inserting sections of the template that the plan lacks, one or all.

use plan_schema::Kind;

use super::Action;
use crate::{File, Place, insert, rules::missing_section};

/// The end of the action's kind.
pub const KIND: &str = "insert-section";
/// How many single sections are offered at once.
const OFFERED: usize = 8;

/// Offered on headings: the sections that follow there first.
pub(super) fn insert_section(file: &File, range: &Place) -> Vec<Action> {
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
        .take(OFFERED)
        .map(|spec| Action {
            title: format!("Insert the section `{}`", specs[*spec].title),
            kind: KIND,
            edits: vec![insert::section(file, binding, *spec)],
        })
        .collect();
    if missing.len() > 1 {
        let edits = missing.iter().map(|spec| insert::section(file, binding, *spec)).collect();
        actions.push(Action {
            title: format!("Insert all {} missing sections", missing.len()),
            kind: KIND,
            edits: missing_section::merged(edits),
        });
    }
    actions
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;
    use plan_test::apply;

    use super::*;
    use crate::actions::actions;

    #[test]
    fn one_or_all() {
        let text = "---\ntemplate: execution-plan\n---\n# Execution Plan: x\n\n## Goal\n\na\n";
        let file = File::new("plan.md", Document::new(text));
        let at = text.find("## Goal").unwrap() + 3;
        let found: Vec<Action> =
            actions(&file, &(at..at)).into_iter().filter(|action| action.kind == KIND).collect();
        assert_eq!(found[0].title, "Insert the section `Context`");
        let all = found.last().unwrap();
        let edits: Vec<_> = all.edits.iter().map(|edit| (edit.range.clone(), edit.text.clone())).collect();
        let whole = apply(text, &edits);
        let file = File::new("plan.md", Document::new(&whole));
        assert_eq!(file.binding().unwrap().missing(), Vec::<usize>::new(), "{whole}");
        let titles: Vec<String> = file
            .plan()
            .sections()
            .filter(|section| section.level() == 2)
            .map(|section| section.title())
            .collect();
        let asked: Vec<String> = file
            .template()
            .unwrap()
            .sections
            .iter()
            .filter(|section| section.level == 2)
            .map(|section| section.title.clone())
            .collect();
        assert_eq!(titles, asked, "in the template's order");
    }
}
