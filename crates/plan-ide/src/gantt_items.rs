//! The phases and tasks that Gantt tasks represent.

use foldhash::{HashMap, HashMapExt, HashSet};
use plan_model::{Item, Milestone, Plan, ResolvedName, TextRange, plain};

use crate::File;

/// The items that the Gantt tasks of a plan represent.
#[derive(Debug)]
pub(crate) struct GanttItems {
    /// For each Gantt chart and each of its Gantt tasks, the index of the item that it represents.
    pub(crate) charts: Vec<Vec<Option<usize>>>,
}

impl GanttItems {
    /// Finds the items of all Gantt tasks of a plan: by the ID at the start of their name if only one item has it,
    /// otherwise by their title if only one item has it. A Gantt milestone with the title of a milestone of the plan is
    /// not an item.
    pub(crate) fn of(file: &File) -> Self {
        let plan = file.plan();
        let mut titles: Option<HashMap<String, Option<usize>>> = None;
        let mut milestones: Option<HashSet<String>> = None;
        let charts = plan.gantt_charts().iter().map(|(start, chart)| {
            let slice = |range: &TextRange| file.document().slice(start + range.start..start + range.end);
            let tasks = chart.tasks.iter().map(|task| {
                let name = decoded(&slice(&task.name));
                if task.tags.iter().any(|tag| slice(tag) == "milestone") {
                    let title = |milestone: &Milestone<'_>| normalized(milestone.title.text);
                    let known =
                        milestones.get_or_insert_with(|| plan.milestones().iter().map(title).collect());
                    if known.contains(&normalized(&name)) {
                        return None;
                    }
                }
                let named = named_item(plan, &name, start + task.name.start).filter(|index| {
                    let id = plan.item(*index).and_then(|item| item.id());
                    id.is_none_or(|id| plan.items_with_id(id).nth(1).is_none())
                });
                named.or_else(|| *titles.get_or_insert_with(|| by_title(plan)).get(&normalized(&name))?)
            });
            tasks.collect()
        });
        Self { charts: charts.collect() }
    }
}

/// Returns the index of the item whose ID is at the start of a name. A plain number counts only if nothing or the
/// item's title follows. `offset` is the position of the name in the document.
pub(crate) fn named_item(plan: &Plan, name: &str, offset: usize) -> Option<usize> {
    let value = plan.parse_reference(name);
    let [id] = &value.names[..] else { return None };
    if name[..id.range.start].contains(char::is_alphanumeric) {
        return None;
    }
    let resolved: &[ResolvedName] = &plan.resolve(&value, offset, None);
    let [found] = resolved else { return None };
    let [(id_found, Some(index))] = &found.targets[..] else { return None };
    let rest = name[id.range.end..].trim_start_matches([':', '.', ')', '-', ' ', '–', '—']);
    let item = plan.item(*index)?;
    let is_sure = !id_found.is_plain() || rest.is_empty() || normalized(rest) == normalized(&item.title());
    is_sure.then_some(*index)
}

/// Returns item indices by normalized title, with and without the ID; `None` for titles of several items.
fn by_title(plan: &Plan) -> HashMap<String, Option<usize>> {
    let mut titles: HashMap<String, Option<usize>> = HashMap::new();
    let mut add = |title: String, item: &Item<'_>| {
        if title.is_empty() {
            return;
        }
        let known = titles.entry(title).or_insert(Some(item.index()));
        *known = known.filter(|index| *index == item.index());
    };
    for item in plan.items().filter(|item| item.role().is_work()) {
        add(normalized(&item.title()), &item);
        add(normalized(&crate::next::full_name(&item)), &item);
    }
    titles
}

/// Returns a title in the form in which titles are compared.
pub(crate) fn normalized(title: &str) -> String {
    let words = plain(title).to_lowercase();
    let words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// Decodes character codes such as `#58;` in the name of a Gantt task.
pub(crate) fn decoded(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('#') {
        out.push_str(&rest[..at]);
        let code = &rest[at + 1..];
        let end = code.find(';').unwrap_or(0);
        let character = match &code[..end] {
            "quot" => Some('"'),
            number => number.parse().ok().and_then(char::from_u32),
        };
        match character {
            Some(character) => {
                out.push(character);
                rest = &code[end + 1..];
            }
            None => {
                out.push('#');
                rest = code;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    #[test]
    fn gantt_tasks_are_found_by_id_and_title() {
        let text = "# Plan\n\n## Phase 1: Build\n\n- [ ] **Task 1.1**: Copy: all\n- [ ] **Task 1.2**: Test\n\n\
                    ## Phase 2: Ship\n\n- [ ] Test\n- [ ] Tell all\n\n```mermaid\ngantt\n  Task 1.1 :2026-01-01, 1d\n\
                    \x20 1.2 b :1d\n  Phase 2 - Ship :1d\n  copy all :1d\n  Test :1d\n  Tell all :1d\n  2 rounds :1d\n  After 1.1 :1d\n  1.1 Copy#58; all :1d\n```\n";
        let file = File::new("plan.md", Document::new(text));
        let items = GanttItems::of(&file);
        let title = |index: &Option<usize>| {
            index.map_or("-".to_owned(), |index| file.plan().item(index).unwrap().title())
        };
        let found: Vec<String> = items.charts[0].iter().map(title).collect();
        assert_eq!(found, ["Copy: all", "Test", "Ship", "Copy: all", "-", "Tell all", "-", "-", "Copy: all"]);
    }

    #[test]
    fn character_codes() {
        assert_eq!(decoded("a#58; b #quot;c#quot; #1 #x; #"), "a: b \"c\" #1 #x; #");
    }
}
