//! Renaming: ID or title of an item, a heading, a person, a milestone, a Gantt task ID, a link definition.

use std::collections::BTreeMap;

use plan_model::{Id, Item, Plan, Section, anchor, decode};

use crate::{
    Edit, File, Index, TextRange, Workspace,
    actions::{Changes, ExternalEdits},
    editing::{draft::Draft, renumbering::Numbering},
    entity::{self, Entity},
    operations::{self, Refusal},
    relink, sets,
};

/// Target of a rename.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenameTarget {
    /// Range of the name under the cursor.
    pub range: TextRange,
    /// Current name.
    pub name: String,
}

/// Returns the name that a rename at an offset would change. `None` if nothing can be renamed.
pub fn prepare(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<RenameTarget> {
    if let Some(range) = sets::rename::renamable_range(file, workspace, offset) {
        return range.map(|range| RenameTarget { name: file.document().slice(range.clone()), range });
    }
    let (entity, range) = renamable_at(file, offset)?;
    // A link to a heading renames the heading.
    let heading = match entity {
        Entity::Heading(index) => {
            file.plan().sections().nth(index).filter(|section| !touches(section, &range))
        }
        _ => None,
    };
    let name = heading.map_or_else(|| file.document().slice(range.clone()), |section| section.raw_title());
    Some(RenameTarget { name, range })
}

/// Returns the offset of a name that can be renamed: the ID or the title of an item, otherwise a requirement, otherwise
/// another place with exactly this name, such as a person.
///
/// # Errors
/// Returns a refusal if the file has no such name, or several items have it.
pub fn offset_of(file: &File, workspace: &Workspace<'_>, name: &str) -> Result<usize, Refusal> {
    let refusal = match operations::find(file, name) {
        Ok(index) => {
            let item = file.plan().item(index);
            let title = item.map(|item| item.title_range()).unwrap_or_default();
            let has_title = item.is_some_and(|item| item.title().to_lowercase() == name.to_lowercase());
            let id = item.filter(|_| !has_title).and_then(|item| item.id_range());
            return Ok(id.unwrap_or(title).end);
        }
        Err(refusal @ Refusal::Unknown { .. }) => refusal,
        Err(refusal) => return Err(refusal),
    };
    if let Some(at) = sets::requirement_named(file, name) {
        return Ok(at);
    }
    let text = file.document().text();
    let mut places = text.match_indices(name).map(|(start, _)| start + name.len()).take(MAX_TRIED_PLACES);
    let is_name = |at: &usize| prepare(file, workspace, *at).is_some_and(|target| target.name == name);
    places.find(is_name).ok_or(refusal)
}

fn touches(section: &Section<'_>, range: &TextRange) -> bool {
    let text = section.text_range();
    text.start <= range.end && range.start <= text.end
}

/// Returns the entity at an offset, if it can be renamed. Headings and labels can be renamed only if generic Markdown
/// features are enabled.
fn renamable_at(file: &File, offset: usize) -> Option<(Entity, TextRange)> {
    let markdown = file.environment().markdown.covers(file.kind());
    let is_plan = file.has_tasks();
    if !markdown && !is_plan {
        return None;
    }
    let found = linked_heading(file, offset).or_else(|| entity::entity_at(file, offset));
    found.filter(|(entity, _)| match entity {
        Entity::Heading(index) => {
            let is_item = file.plan().sections().nth(*index).is_some_and(|section| section.item().is_some());
            markdown || is_item && is_plan
        }
        Entity::Label(_) => markdown,
        _ => is_plan,
    })
}

/// Returns the heading of this document to whose anchor the link at an offset leads, with the range of the anchor.
fn linked_heading(file: &File, offset: usize) -> Option<(Entity, TextRange)> {
    let links = file.plan().links_in(&(offset..offset));
    let link =
        links.iter().find(|link| link.target_range.start <= offset && offset <= link.target_range.end)?;
    let fragment = link.target.strip_prefix('#')?;
    let range = link.target_range.end.checked_sub(fragment.len())?..link.target_range.end;
    let anchor = decode(fragment).to_lowercase();
    let (anchors, _) = file.plan().all_anchors();
    let index = anchors.iter().position(|other| *other == anchor)?;
    let section = file.plan().sections().nth(index)?;
    let (entity, _) = entity::entity_at(file, section.text_range().end)?;
    matches!(entity, Entity::Heading(_) | Entity::Title(_)).then_some((entity, range))
}

/// Returns the changes that rename the entity at an offset.
///
/// # Errors
/// Returns an error if nothing can be renamed, or if the new name is invalid or already used.
pub fn rename(file: &File, workspace: &Workspace<'_>, offset: usize, new: &str) -> Result<Changes, String> {
    let new = new.trim();
    if new.is_empty() {
        return Err("name is empty".to_owned());
    }
    if new.contains(['\n', '\r']) {
        return Err("name must be a single line".to_owned());
    }
    if let Some(renamed) = sets::rename::rename(file, workspace, offset, new) {
        return renamed;
    }
    let Some((entity, range)) = renamable_at(file, offset) else {
        return Err("nothing to rename at this position".to_owned());
    };
    match &entity {
        Entity::Id(item) => rename_id(file, workspace, *item, new),
        Entity::Heading(_) | Entity::Title(_) => rename_title(file, workspace, &entity, new),
        Entity::Person(old) => Ok(rename_person(file, workspace, &entity, old, new)),
        Entity::Milestone(_) => rename_milestone(file, &entity, new),
        Entity::GanttId(chart, _) => rename_gantt_id(file, &entity, *chart, new),
        Entity::Label(old) => rename_label(file, &entity, old, &range, new),
    }
}

/// Returns the edits that make the same rename in another text of the file. `at` is the byte offset of the name in
/// `file`. Empty if the other text does not contain the name or does not allow the new one.
pub fn rename_in_other_text(
    file: &File,
    at: usize,
    other: &File,
    workspace: &Workspace<'_>,
    new: &str,
) -> Vec<Edit> {
    if let Some(edits) = sets::rename::rename_in_other_text(file, workspace, at, other, new) {
        return edits;
    }
    let Some((entity, range)) = renamable_at(file, at) else { return Vec::new() };
    let name = file.document().slice(range);
    let kind = std::mem::discriminant(&entity);
    let text = other.document().text();
    let same = |start: &usize| {
        renamable_at(other, *start).is_some_and(|(found, place)| {
            std::mem::discriminant(&found) == kind && place.start == *start && text[place] == *name
        })
    };
    let mut starts = text.match_indices(&*name).map(|(start, _)| start).take(MAX_TRIED_PLACES);
    let renamed = starts.find(same).and_then(|start| rename(other, workspace, start, new).ok());
    renamed.map(|changes| changes.edits).unwrap_or_default()
}

/// Maximum number of occurrences of a word that are searched for the same entity.
const MAX_TRIED_PLACES: usize = 1_000;

/// Returns the edits that replace all occurrences of an entity.
fn replace_all(file: &File, entity: &Entity, new: &str) -> Vec<Edit> {
    entity::occurrences(file, entity).into_iter().map(|place| Edit::replace(place, new)).collect()
}

fn rename_id(file: &File, workspace: &Workspace<'_>, index: usize, new: &str) -> Result<Changes, String> {
    let plan = file.plan();
    let item = plan.item(index).ok_or("nothing to rename at this position")?;
    let old = item.id().ok_or("nothing to rename at this position")?;
    let id = read_id(plan, new, old)?;
    if id == *old {
        return Ok(Changes::default());
    }
    let scope = |item: &Item<'_>| item.scope().map(|scope| scope.index());
    let clashes = plan.items().find(|other| {
        // A plain number is unique only within its phase.
        let same_list = scope(other) == scope(&item)
            && (!id.is_plain() || other.phase().map(|p| p.index()) == item.phase().map(|p| p.index()));
        other.index() != index && other.id() == Some(&id) && same_list
    });
    if let Some(other) = clashes {
        return Err(format!("`{id}` is already used by `{}`", other.title()));
    }
    let numbering = Numbering { ids: BTreeMap::from([(index, id)]) };
    Ok(crate::actions::renumbered(file, workspace, &numbering))
}

/// Parses an ID of the same kind as another one: `3.7` and `Task 3.7` for a task, `4` and `Phase 4` for a phase.
fn read_id(plan: &Plan, text: &str, old: &Id) -> Result<Id, String> {
    let value = plan.parse_reference(text);
    let bad = || match old.phase_parts() {
        Some((word, _)) => format!("invalid {word} ID `{text}`; expected an ID such as `{word} 4` or `4`"),
        None => format!("invalid task ID `{text}`; expected an ID such as `{old}`"),
    };
    let [name] = &value.names[..] else { return Err(bad()) };
    if name.last.is_some() || name.range != (0..text.len()) {
        return Err(bad());
    }
    match (old.phase_parts(), name.first.phase_parts()) {
        (Some((word, _)), Some((other, _))) if word == other => Ok(name.first.clone()),
        (Some((word, _)), None) if name.first.is_plain() => Ok(Id::phase(word, name.first.as_str())),
        (None, None) => Ok(name.first.clone()),
        _ => Err(bad()),
    }
}

fn rename_title(
    file: &File,
    workspace: &Workspace<'_>,
    entity: &Entity,
    new: &str,
) -> Result<Changes, String> {
    if new.contains('|') && entity::occurrences(file, entity).iter().any(|place| in_table(file, place)) {
        return Err("`|` is not allowed in a name in a table".to_owned());
    }
    if let Entity::Heading(index) = entity {
        let duplicate = file.plan().sections().find(|section| {
            let same_level = file
                .plan()
                .sections()
                .nth(*index)
                .is_some_and(|own| own.parent() == section.parent() && own.level() == section.level());
            section.index() != *index
                && same_level
                && section.item().is_none()
                && section.anchor() == anchor::anchor(new)
        });
        if let Some(other) = duplicate {
            return Err(format!("section `{}` already exists at this level", other.title()));
        }
    }
    let mut draft = Draft::new(file);
    draft.step(&replace_all(file, entity, new));
    if draft.file().plan().items().count() != file.plan().items().count() {
        return Err(format!("`{new}` would change the structure of the plan; choose another name"));
    }
    let anchors = relink::renamed_anchors(file, draft.file());
    let step = anchors.own_link_edits(draft.file());
    draft.step(&step);
    let external = crate::actions::external_edits(file, workspace, BTreeMap::new(), anchors);
    Ok(Changes { edits: draft.edits(), external })
}

fn in_table(file: &File, place: &TextRange) -> bool {
    file.plan().tables().any(|table| table.range().start <= place.start && place.end <= table.range().end)
}

fn rename_milestone(file: &File, entity: &Entity, new: &str) -> Result<Changes, String> {
    if new.contains(['|', ':']) {
        return Err("`|` and `:` are not allowed in a milestone name".to_owned());
    }
    Ok(replace_all(file, entity, new).into())
}

/// Returns the changes that rename a person in all plans that mention them.
fn rename_person(file: &File, workspace: &Workspace<'_>, entity: &Entity, old: &str, new: &str) -> Changes {
    let own = file.path();
    let others = workspace.index.iter().filter(|(path, entry)| {
        let owners = entry.summary.plan.as_ref().map(|work| &work.owners[..]).unwrap_or_default();
        ***path != *own && owners.iter().any(|owner| **owner == *old)
    });
    let paths: Vec<String> = others.map(|(path, _)| path.to_string()).collect();
    let (entity, name) = (entity.clone(), new.to_owned());
    let rewrite = move |other: &File, _: &Index| replace_all(other, &entity, &name);
    let external = (!paths.is_empty()).then(|| ExternalEdits { paths, rewrite: Box::new(rewrite) });
    Changes { edits: replace_all(file, &Entity::Person(old.to_owned()), new), external }
}

fn rename_gantt_id(file: &File, entity: &Entity, chart: usize, new: &str) -> Result<Changes, String> {
    // In `after`, Mermaid can refer only to IDs of these characters.
    if !new.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')) {
        return Err(format!("invalid Gantt task ID `{new}`; use letters, digits, `-` or `_`"));
    }
    let duplicate = file.plan().gantt_charts().get(chart).is_some_and(|(start, chart)| {
        let ids = chart.tasks.iter().filter_map(|bar| bar.id.as_ref());
        ids.into_iter().any(|id| file.document().slice(start + id.start..start + id.end) == new)
    });
    if duplicate {
        return Err(format!("Gantt task ID `{new}` is already used in this chart"));
    }
    Ok(replace_all(file, entity, new).into())
}

fn rename_label(
    file: &File,
    entity: &Entity,
    old: &str,
    range: &TextRange,
    new: &str,
) -> Result<Changes, String> {
    if new.contains(['[', ']']) {
        return Err("brackets are not allowed in a link label".to_owned());
    }
    let compared = entity::normalized_label(new);
    if compared != old && !entity::occurrences(file, &Entity::Label(compared)).is_empty() {
        return Err(format!("link definition `{new}` already exists"));
    }
    debug_assert!(entity::occurrences(file, entity).contains(range));
    let mut edits = Vec::new();
    for place in entity::occurrences(file, entity) {
        let before = file.document().slice(place.start.saturating_sub(2)..place.start);
        let after = file.document().slice(place.end..file.document().len().min(place.end + 3));
        // `[label]` displays the label, so the displayed text is kept.
        let is_shortcut = !before.ends_with("][") && !after.starts_with("]:") && !after.starts_with("][");
        let collapsed = after.starts_with("][]");
        if is_shortcut || collapsed {
            let text = file.document().slice(place.clone());
            let end = place.end + if collapsed { 3 } else { 1 };
            edits.push(Edit::replace(place.start..end, format!("{text}][{new}]")));
        } else {
            edits.push(Edit::replace(place, new));
        }
    }
    Ok(edits.into())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use plan_syntax::Document;
    use plan_test::{apply, fixture};

    use super::*;
    use crate::NoDisk;

    fn check(marked: &str, new: &str, expect: Expect) {
        let (text, range) = fixture(marked);
        let file = File::new("/plans/a.md", Document::new(&text));
        let mut index = Index::new(["/plans".to_owned()]);
        index.set(file.path(), Some(file.entry()));
        let other = File::new("/plans/b.md", Document::new(OTHER));
        index.set(other.path(), Some(other.entry()));
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let prepared = prepare(&file, &workspace, range.start).map(|prepared| prepared.name);
        let shown = match rename(&file, &workspace, range.start, new) {
            Ok(changes) => {
                let edited = |file: &File, edits: Vec<Edit>| {
                    let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
                    apply(&file.document().text(), &edits)
                };
                let mut shown = edited(&file, changes.edits);
                if let Some(external) = changes.external {
                    assert_eq!(external.paths, ["/plans/b.md"]);
                    shown.push_str("-- b.md\n");
                    shown.push_str(&edited(&other, (external.rewrite)(&other, &index)));
                }
                shown
            }
            Err(why) => format!("{why}\n"),
        };
        expect.assert_eq(&format!("{}\n\n{shown}", prepared.unwrap_or_else(|| "nothing".to_owned())));
    }

    const OTHER: &str = "# Plan: Other\n\n**Owner**: Ada\n\n- [ ] **Task 9.1**: See [there](a.md#build-the-piers)\n  - Depends on: Task 1.2\n";

    const PLAN: &str = "# Plan: Harbour\n\n**Owner**: Ada, Bo\n\n## Build the piers\n\n- [ ] **Task 1.1**: Measure\n- [ ] **Task 1.2**: Build\n  - Depends on: Task 1.1\n  - Owner: Ada\n\nSee [above](#build-the-piers), after Task 1.2 and [that][spec].\n\n| Milestone | Date |\n|---|---|\n| Opening | 2026-05-01 |\n\n```mermaid\ngantt\n    Task 1.2 :b1, 2026-03-02, 4d\n    Opening :milestone, after b1, 0d\n```\n\n[Spec]: spec.md\n";

    /// Tests all forms of the info string that are parsed as a Gantt chart.
    #[test]
    fn tasks_in_charts_of_any_mermaid_fence() {
        for info in ["mermaid", "Mermaid", "mermaid,x", "MERMAID {init}"] {
            let text = PLAN.replace("```mermaid", &format!("```{info}"));
            let file = File::new("plan.md", Document::new(&text));
            let workspace = Workspace { index: &Index::default(), disk: &NoDisk, is_complete: true };
            let at = text.find("1.2").unwrap();
            let changes = rename(&file, &workspace, at, "1.7").unwrap();
            let edits: Vec<_> = changes.edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
            let renamed = apply(&text, &edits);
            assert!(renamed.contains("Task 1.7 :b1") && !renamed.contains("1.2"), "{info}: {renamed}");
        }
    }

    fn with_cursor(word: &str) -> String {
        PLAN.replacen(word, &format!("{}$0{}", &word[..1], &word[1..]), 1)
    }

    #[test]
    fn a_second_text_of_the_file() {
        let plan = |text: &str| File::new("/plans/a.md", Document::new(text));
        let (index, file) = (Index::new(["/plans".to_owned()]), plan(PLAN));
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let check = |word: &str, new: &str, text: &str, expected: &str| {
            let (other, at) = (plan(text), PLAN.find(word).unwrap() + 1);
            let edits = rename_in_other_text(&file, at, &other, &workspace, new);
            let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
            assert_eq!(apply(text, &edits), expected, "{word}");
        };
        let other = "# Plan: Harbour\n\nMeasure, then Task 1.15.\n\n## Build the piers\n\n- [ ] **Task 1.15**: Dig\n- [ ] **Task 1.1**: Measure\n  - Owner: Ada\n";
        check("1.1**", "1.7", other, &other.replace("**Task 1.1**", "**Task 1.7**"));
        check("Measure", "Survey", other, &other.replace("**: Measure", "**: Survey"));
        check("Ada", "Eve", other, &other.replace("Ada", "Eve"));
        check("Build the", "Raise", other, &other.replace("Build the piers", "Raise"));
        // A name that the second text does not contain, and a new name that it already uses.
        check("Opening", "Start", other, other);
        check("1.1**", "1.15", other, other);
    }

    #[test]
    fn renames_phases_with_nouns_from_settings() {
        let text = "# Plan: Pier\n\n## Lieferung 1: Piles\n\n- [ ] Drive\n\n## Lieferung 2: Deck\n\n**Braucht**: Lieferung 1\n\n- [ ] Saw\n";
        let mut vocabulary = plan_model::Vocabulary::default();
        vocabulary.add_phase_noun("Lieferung");
        vocabulary.add_key("Braucht", plan_model::Meaning::DependsOn);
        let environment =
            crate::Environment { vocabulary: vocabulary.into(), ..crate::Environment::default() };
        let file = File::with_environment("/plans/a.md", Document::new(text), environment.into());
        let index = Index::new(["/plans".to_owned()]);
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let at = text.find("Lieferung 1").unwrap() + 10;
        for new in ["Lieferung 4", "4"] {
            let edits = rename(&file, &workspace, at, new).unwrap().edits;
            let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
            assert_eq!(apply(text, &edits), text.replace("Lieferung 1", "Lieferung 4"), "{new}");
        }
    }

    #[test]
    fn renames_all_places_of_a_task() {
        let plan = "# Plan: Pier\n\n## Phase 1: Piles\n\n- [ ] **Task 1.1**: Drive the piles\n- [ ] **Task 1.2**: Saw the piles\n  - Depends on: 1.1\n\n## Summary\n\n| ID | Task | Status |\n|---|---|---|\n| 1.1 | Drive the piles | Open |\n| 1$0.2 | Saw the piles | Open |\n";
        check(
            plan,
            "1.7",
            expect![[r#"
                1.2

                # Plan: Pier

                ## Phase 1: Piles

                - [ ] **Task 1.1**: Drive the piles
                - [ ] **Task 1.7**: Saw the piles
                  - Depends on: 1.1

                ## Summary

                | ID | Task | Status |
                |---|---|---|
                | 1.1 | Drive the piles | Open |
                | 1.7 | Saw the piles | Open |
                -- b.md
                # Plan: Other

                **Owner**: Ada

                - [ ] **Task 9.1**: See [there](a.md#build-the-piers)
                  - Depends on: Task 1.7
            "#]],
        );
        check(
            "# Plan: Pier\n\n- [ ] **T1$0-001** Drive\n- [ ] **T1-002** Saw\n  - Depends on: T1-001\n",
            "T1-007",
            expect![[r#"
                T1-001

                # Plan: Pier

                - [ ] **T1-007** Drive
                - [ ] **T1-002** Saw
                  - Depends on: T1-007
            "#]],
        );
    }

    #[test]
    fn priorities_are_not_phases() {
        let plan = |stated: &str| {
            format!(
                "# Tasks: x\n\n## Phase 2: Lend ({stated}P2)\n\n- [ ] T001 a, P2 only\n\n## Phase 3: Return ({stated}P3)\n\nAfter Phases 2 and 3, and P2.\n\n| Task | Priority |\n|---|---|\n| T001 | P2 |\n"
            )
        };
        let renamed = |text: &str| {
            let file = File::new("/plans/a.md", Document::new(text));
            let workspace = Workspace { index: &Index::default(), disk: &NoDisk, is_complete: true };
            let at = offset_of(&file, &workspace, "phase 2").unwrap();
            let edits = rename(&file, &workspace, at, "9").unwrap().edits;
            crate::apply_edits(text, &edits)
        };
        let stated = plan("Priority: ");
        let expected = stated.replace("Phase 2:", "Phase 9:").replace("Phases 2 and 3", "Phases 9 and 3");
        assert_eq!(renamed(&stated), expected);
        // Without the word, only names in brackets and cells are priorities.
        let short = plan("");
        let expected = short.replace("Phase 2:", "Phase 9:").replace("Phases 2 and 3", "Phases 9 and 3");
        let expected = expected.replace("a, P2 only", "a, P9 only").replace("and P2.", "and P9.");
        assert_eq!(renamed(&short), expected);
    }

    #[test]
    fn renames_ids() {
        check(
            &with_cursor("1.2**: Build"),
            "1.7",
            expect![[r#"
            Task 1.2

            # Plan: Harbour

            **Owner**: Ada, Bo

            ## Build the piers

            - [ ] **Task 1.1**: Measure
            - [ ] **Task 1.7**: Build
              - Depends on: Task 1.1
              - Owner: Ada

            See [above](#build-the-piers), after Task 1.7 and [that][spec].

            | Milestone | Date |
            |---|---|
            | Opening | 2026-05-01 |

            ```mermaid
            gantt
                Task 1.7 :b1, 2026-03-02, 4d
                Opening :milestone, after b1, 0d
            ```

            [Spec]: spec.md
            -- b.md
            # Plan: Other

            **Owner**: Ada

            - [ ] **Task 9.1**: See [there](a.md#build-the-piers)
              - Depends on: Task 1.7
        "#]],
        );
        check(
            &with_cursor("Task 1.1\n"),
            "Task 3.1",
            expect![[r#"
            Task 1.1

            # Plan: Harbour

            **Owner**: Ada, Bo

            ## Build the piers

            - [ ] **Task 3.1**: Measure
            - [ ] **Task 1.2**: Build
              - Depends on: Task 3.1
              - Owner: Ada

            See [above](#build-the-piers), after Task 1.2 and [that][spec].

            | Milestone | Date |
            |---|---|
            | Opening | 2026-05-01 |

            ```mermaid
            gantt
                Task 1.2 :b1, 2026-03-02, 4d
                Opening :milestone, after b1, 0d
            ```

            [Spec]: spec.md
        "#]],
        );
        check(
            &with_cursor("1.1**"),
            "1.2",
            expect![[r#"
                Task 1.1

                `1.2` is already used by `Build`
            "#]],
        );
        check(
            &with_cursor("1.1**"),
            "soon",
            expect![[r#"
                Task 1.1

                invalid task ID `soon`; expected an ID such as `1.1`
            "#]],
        );
    }

    #[test]
    fn renames_titles_people_milestones_and_labels() {
        check(
            &with_cursor("Build the"),
            "Build the quay",
            expect![[r#"
            Build the piers

            # Plan: Harbour

            **Owner**: Ada, Bo

            ## Build the quay

            - [ ] **Task 1.1**: Measure
            - [ ] **Task 1.2**: Build
              - Depends on: Task 1.1
              - Owner: Ada

            See [above](#build-the-quay), after Task 1.2 and [that][spec].

            | Milestone | Date |
            |---|---|
            | Opening | 2026-05-01 |

            ```mermaid
            gantt
                Task 1.2 :b1, 2026-03-02, 4d
                Opening :milestone, after b1, 0d
            ```

            [Spec]: spec.md
            -- b.md
            # Plan: Other

            **Owner**: Ada

            - [ ] **Task 9.1**: See [there](a.md#build-the-quay)
              - Depends on: Task 1.2
        "#]],
        );
        check(
            &with_cursor("Measure"),
            "Measure twice",
            expect![[r#"
            Measure

            # Plan: Harbour

            **Owner**: Ada, Bo

            ## Build the piers

            - [ ] **Task 1.1**: Measure twice
            - [ ] **Task 1.2**: Build
              - Depends on: Task 1.1
              - Owner: Ada

            See [above](#build-the-piers), after Task 1.2 and [that][spec].

            | Milestone | Date |
            |---|---|
            | Opening | 2026-05-01 |

            ```mermaid
            gantt
                Task 1.2 :b1, 2026-03-02, 4d
                Opening :milestone, after b1, 0d
            ```

            [Spec]: spec.md
        "#]],
        );
        check(
            &with_cursor("Ada, Bo"),
            "Ada L.",
            expect![[r#"
            Ada

            # Plan: Harbour

            **Owner**: Ada L., Bo

            ## Build the piers

            - [ ] **Task 1.1**: Measure
            - [ ] **Task 1.2**: Build
              - Depends on: Task 1.1
              - Owner: Ada L.

            See [above](#build-the-piers), after Task 1.2 and [that][spec].

            | Milestone | Date |
            |---|---|
            | Opening | 2026-05-01 |

            ```mermaid
            gantt
                Task 1.2 :b1, 2026-03-02, 4d
                Opening :milestone, after b1, 0d
            ```

            [Spec]: spec.md
            -- b.md
            # Plan: Other

            **Owner**: Ada L.

            - [ ] **Task 9.1**: See [there](a.md#build-the-piers)
              - Depends on: Task 1.2
        "#]],
        );
        check(
            &with_cursor("Opening |"),
            "Feast",
            expect![[r#"
            Opening

            # Plan: Harbour

            **Owner**: Ada, Bo

            ## Build the piers

            - [ ] **Task 1.1**: Measure
            - [ ] **Task 1.2**: Build
              - Depends on: Task 1.1
              - Owner: Ada

            See [above](#build-the-piers), after Task 1.2 and [that][spec].

            | Milestone | Date |
            |---|---|
            | Feast | 2026-05-01 |

            ```mermaid
            gantt
                Task 1.2 :b1, 2026-03-02, 4d
                Feast :milestone, after b1, 0d
            ```

            [Spec]: spec.md
        "#]],
        );
        check(
            &with_cursor("b1,"),
            "quay",
            expect![[r#"
            b1

            # Plan: Harbour

            **Owner**: Ada, Bo

            ## Build the piers

            - [ ] **Task 1.1**: Measure
            - [ ] **Task 1.2**: Build
              - Depends on: Task 1.1
              - Owner: Ada

            See [above](#build-the-piers), after Task 1.2 and [that][spec].

            | Milestone | Date |
            |---|---|
            | Opening | 2026-05-01 |

            ```mermaid
            gantt
                Task 1.2 :quay, 2026-03-02, 4d
                Opening :milestone, after quay, 0d
            ```

            [Spec]: spec.md
        "#]],
        );
        check(
            &with_cursor("spec]."),
            "the spec",
            expect![[r#"
            spec

            # Plan: Harbour

            **Owner**: Ada, Bo

            ## Build the piers

            - [ ] **Task 1.1**: Measure
            - [ ] **Task 1.2**: Build
              - Depends on: Task 1.1
              - Owner: Ada

            See [above](#build-the-piers), after Task 1.2 and [that][the spec].

            | Milestone | Date |
            |---|---|
            | Opening | 2026-05-01 |

            ```mermaid
            gantt
                Task 1.2 :b1, 2026-03-02, 4d
                Opening :milestone, after b1, 0d
            ```

            [the spec]: spec.md
        "#]],
        );
        check(
            "A letter$0.\n",
            "x",
            expect![[r#"
                nothing

                nothing to rename at this position
            "#]],
        );
    }
}
