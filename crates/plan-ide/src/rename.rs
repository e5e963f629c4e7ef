//! Renaming: the number or the name of an item, a heading, a person, a milestone, a bar's id, a link definition.

use std::collections::BTreeMap;

use plan_model::{Id, Item, anchor};
use plan_schema::Kind;

use crate::{
    Edit, File, Index, Place, Workspace,
    actions::{Changes, Elsewhere},
    editing::{draft::Draft, numbers::Numbering},
    names::{self, Named},
    relink,
};

/// What would be renamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The name under the cursor.
    pub range: Place,
    /// What it is now.
    pub name: String,
}

/// What a rename at a byte would change the name of. Nothing where there is no name of ours.
pub fn prepare(file: &File, at: usize) -> Option<Prepared> {
    let (_, range) = ours(file, at)?;
    Some(Prepared { name: file.document().slice(range.clone()), range })
}

/// What is named at a byte, where renaming it is ours to do: headings and labels are what any Markdown server renames.
fn ours(file: &File, at: usize) -> Option<(Named, Place)> {
    let markdown = file.environment().markdown.covers(file);
    let is_plan = matches!(file.kind(), Kind::Plan | Kind::Checklist);
    if !markdown && !is_plan {
        return None;
    }
    names::at(file, at).filter(|(named, _)| match named {
        Named::Heading(index) => {
            let is_item = file.plan().sections().nth(*index).is_some_and(|section| section.item().is_some());
            markdown || is_item && is_plan
        }
        Named::Label(_) => markdown,
        _ => is_plan,
    })
}

/// Renames what stands at a byte.
///
/// # Errors
/// When there is nothing to be renamed, or the new name cannot be one or is taken: a sentence that says which.
pub fn rename(file: &File, workspace: &Workspace<'_>, at: usize, new: &str) -> Result<Changes, String> {
    let Some((named, range)) = ours(file, at) else {
        return Err("there is nothing here that can be renamed".to_owned());
    };
    let new = new.trim();
    if new.is_empty() {
        return Err("a name cannot be empty".to_owned());
    }
    if new.contains(['\n', '\r']) {
        return Err("a name is one line".to_owned());
    }
    match &named {
        Named::Number(item) => number(file, workspace, *item, new),
        Named::Heading(_) | Named::Title(_) => title(file, workspace, &named, new),
        Named::Person(old) => Ok(person(file, workspace, &named, old, new)),
        Named::Milestone(_) => in_cells(file, &named, new),
        Named::Bar(chart, _) => bar(file, &named, *chart, new),
        Named::Label(old) => label(file, &named, old, &range, new),
    }
}

/// Returns the edits of a second text of the same file that rename there what `rename` renames at a byte of the first one.
/// None where the second text does not have the name, or cannot take the new one.
pub fn in_other_text(
    file: &File,
    at: usize,
    other: &File,
    workspace: &Workspace<'_>,
    new: &str,
) -> Vec<Edit> {
    let Some((named, range)) = ours(file, at) else { return Vec::new() };
    let name = file.document().slice(range);
    let kind = std::mem::discriminant(&named);
    let text = other.document().text();
    let same = |start: &usize| {
        ours(other, *start).is_some_and(|(found, place)| {
            std::mem::discriminant(&found) == kind && place.start == *start && text[place] == *name
        })
    };
    let mut starts = text.match_indices(&*name).map(|(start, _)| start).take(MAX_TRIED);
    let renamed = starts.find(same).and_then(|start| rename(other, workspace, start, new).ok());
    renamed.map(|changes| changes.edits).unwrap_or_default()
}

/// Maximum number of places of a text that are looked at for a name.
const MAX_TRIED: usize = 1_000;

/// Everywhere the same text.
fn replaced(file: &File, named: &Named, new: &str) -> Vec<Edit> {
    names::places(file, named).into_iter().map(|place| Edit::replace(place, new)).collect()
}

fn number(file: &File, workspace: &Workspace<'_>, index: usize, new: &str) -> Result<Changes, String> {
    let plan = file.plan();
    let item = plan.item(index).ok_or("there is nothing here that can be renamed")?;
    let old = item.id().ok_or("there is nothing here that can be renamed")?;
    let id = read_id(new, old)?;
    if id == *old {
        return Ok(Changes::default());
    }
    let scope = |item: &Item<'_>| item.scope().map(|scope| scope.index());
    let clashes = plan.items().find(|other| {
        // A plain number means something within its phase.
        let same_list = scope(other) == scope(&item)
            && (!id.is_plain() || other.phase().map(|p| p.index()) == item.phase().map(|p| p.index()));
        other.index() != index && other.id() == Some(&id) && same_list
    });
    if let Some(other) = clashes {
        return Err(format!("`{id}` is taken by `{}`", other.title()));
    }
    let numbering = Numbering { ids: BTreeMap::from([(index, id)]) };
    Ok(crate::actions::renumbered(file, workspace, &numbering))
}

/// The id that a text means, of the kind of another one: `3.7` and `Task 3.7` for a task, `4` and `Phase 4` for a phase.
fn read_id(text: &str, old: &Id) -> Result<Id, String> {
    let value = plan_model::reference::read(text);
    let bad = || match old.phase_parts() {
        Some((word, _)) => format!("`{text}` is no number of a {word}: write `{word} 4` or `4`"),
        None => format!("`{text}` is no task's number: write one like `{old}`"),
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

fn title(file: &File, workspace: &Workspace<'_>, named: &Named, new: &str) -> Result<Changes, String> {
    if new.contains('|') && names::places(file, named).iter().any(|place| in_table(file, place)) {
        return Err("a name in a table cannot contain `|`".to_owned());
    }
    if let Named::Heading(index) = named {
        let taken = file.plan().sections().find(|section| {
            let same_level = file
                .plan()
                .sections()
                .nth(*index)
                .is_some_and(|own| own.parent() == section.parent() && own.level() == section.level());
            section.index() != *index
                && same_level
                && section.item().is_none()
                && anchor::anchor(&section.title()) == anchor::anchor(new)
        });
        if let Some(other) = taken {
            return Err(format!("there is a section `{}` beside it already", other.title()));
        }
    }
    let mut draft = Draft::new(file);
    draft.step(&replaced(file, named, new));
    if draft.file().plan().items().count() != file.plan().items().count() {
        return Err(format!("`{new}` would be read as something else than a name"));
    }
    let anchors = relink::anchors_moved(file, draft.file());
    let step = anchors.own_links(draft.file());
    draft.step(&step);
    let elsewhere = crate::actions::elsewhere(file, workspace, BTreeMap::new(), anchors);
    Ok(Changes { edits: draft.edits(), elsewhere })
}

fn in_table(file: &File, place: &Place) -> bool {
    file.plan().tables().any(|table| table.range().start <= place.start && place.end <= table.range().end)
}

fn in_cells(file: &File, named: &Named, new: &str) -> Result<Changes, String> {
    if new.contains(['|', ':']) {
        return Err("a milestone's name cannot contain `|` or `:`: it stands in tables and charts".to_owned());
    }
    Ok(replaced(file, named, new).into())
}

/// A person is renamed in all plans that name them.
fn person(file: &File, workspace: &Workspace<'_>, named: &Named, old: &str, new: &str) -> Changes {
    let own = file.path();
    let others = workspace.index.iter().filter(|(path, entry)| {
        let owners = entry.summary.work.as_ref().map(|work| &work.owners[..]).unwrap_or_default();
        ***path != *own && owners.iter().any(|owner| **owner == *old)
    });
    let paths: Vec<String> = others.map(|(path, _)| path.to_string()).collect();
    let (named, name) = (named.clone(), new.to_owned());
    let rewrite = move |other: &File, _: &Index| replaced(other, &named, &name);
    let elsewhere = (!paths.is_empty()).then(|| Elsewhere { paths, rewrite: Box::new(rewrite) });
    Changes { edits: replaced(file, &Named::Person(old.to_owned()), new), elsewhere }
}

fn bar(file: &File, named: &Named, chart: usize, new: &str) -> Result<Changes, String> {
    if !new.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.')) {
        return Err(format!("`{new}` is no id for a bar: write letters, digits, `_` and `-`"));
    }
    let taken = file.plan().charts().get(chart).is_some_and(|(start, chart)| {
        let ids = chart.bars.iter().filter_map(|bar| bar.id.as_ref());
        ids.into_iter().any(|id| file.document().slice(start + id.start..start + id.end) == new)
    });
    if taken {
        return Err(format!("another bar of the chart has the id `{new}`"));
    }
    Ok(replaced(file, named, new).into())
}

fn label(file: &File, named: &Named, old: &str, range: &Place, new: &str) -> Result<Changes, String> {
    if new.contains(['[', ']']) {
        return Err("a link's label cannot contain brackets".to_owned());
    }
    let compared = names::compared(new);
    if compared != old && !names::places(file, &Named::Label(compared)).is_empty() {
        return Err(format!("there is a link definition `{new}` already"));
    }
    debug_assert!(names::places(file, named).contains(range));
    let mut edits = Vec::new();
    for place in names::places(file, named) {
        let before = file.document().slice(place.start.saturating_sub(2)..place.start);
        let after = file.document().slice(place.end..file.document().len().min(place.end + 3));
        // `[label]` shows the label: what is shown stays.
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
        let prepared = prepare(&file, range.start).map(|prepared| prepared.name);
        let shown = match rename(&file, &workspace, range.start, new) {
            Ok(changes) => {
                let edited = |file: &File, edits: Vec<Edit>| {
                    let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
                    apply(&file.document().text(), &edits)
                };
                let mut shown = edited(&file, changes.edits);
                if let Some(elsewhere) = changes.elsewhere {
                    assert_eq!(elsewhere.paths, ["/plans/b.md"]);
                    shown.push_str("-- b.md\n");
                    shown.push_str(&edited(&other, (elsewhere.rewrite)(&other, &index)));
                }
                shown
            }
            Err(why) => format!("{why}\n"),
        };
        expect.assert_eq(&format!("{}\n\n{shown}", prepared.unwrap_or_else(|| "nothing".to_owned())));
    }

    const OTHER: &str = "# Plan: Other\n\n**Owner**: Ada\n\n- [ ] **Task 9.1**: See [there](a.md#build-the-piers)\n  - Depends on: Task 1.2\n";

    const PLAN: &str = "# Plan: Harbour\n\n**Owner**: Ada, Bo\n\n## Build the piers\n\n- [ ] **Task 1.1**: Measure\n- [ ] **Task 1.2**: Build\n  - Depends on: Task 1.1\n  - Owner: Ada\n\nSee [above](#build-the-piers), after Task 1.2 and [that][spec].\n\n| Milestone | Date |\n|---|---|\n| Opening | 2026-05-01 |\n\n```mermaid\ngantt\n    Task 1.2 :b1, 2026-03-02, 4d\n    Opening :milestone, after b1, 0d\n```\n\n[Spec]: spec.md\n";

    fn at(word: &str) -> String {
        PLAN.replacen(word, &format!("{}$0{}", &word[..1], &word[1..]), 1)
    }

    #[test]
    fn a_second_text_of_the_file() {
        let plan = |text: &str| File::new("/plans/a.md", Document::new(text));
        let (index, file) = (Index::new(["/plans".to_owned()]), plan(PLAN));
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let check = |word: &str, new: &str, text: &str, expected: &str| {
            let (other, at) = (plan(text), PLAN.find(word).unwrap() + 1);
            let edits = in_other_text(&file, at, &other, &workspace, new);
            let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
            assert_eq!(apply(text, &edits), expected, "{word}");
        };
        let other = "# Plan: Harbour\n\nMeasure, then Task 1.15.\n\n## Build the piers\n\n- [ ] **Task 1.15**: Dig\n- [ ] **Task 1.1**: Measure\n  - Owner: Ada\n";
        check("1.1**", "1.7", other, &other.replace("**Task 1.1**", "**Task 1.7**"));
        check("Measure", "Survey", other, &other.replace("**: Measure", "**: Survey"));
        check("Ada", "Eve", other, &other.replace("Ada", "Eve"));
        check("Build the", "Raise", other, &other.replace("Build the piers", "Raise"));
        // What the second text does not have, and a name that it has already.
        check("Opening", "Start", other, other);
        check("1.1**", "1.15", other, other);
    }

    #[test]
    fn numbers() {
        check(
            &at("1.2**: Build"),
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
            &at("Task 1.1\n"),
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
            &at("1.1**"),
            "1.2",
            expect![[r#"
            Task 1.1

            `1.2` is taken by `Build`
        "#]],
        );
        check(
            &at("1.1**"),
            "soon",
            expect![[r#"
            Task 1.1

            `soon` is no task's number: write one like `1.1`
        "#]],
        );
    }

    #[test]
    fn texts() {
        check(
            &at("Build the"),
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
            &at("Measure"),
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
            &at("Ada, Bo"),
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
            &at("Opening |"),
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
            &at("b1,"),
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
            &at("spec]."),
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

            there is nothing here that can be renamed
        "#]],
        );
    }
}
