//! Actions between a requirement and the task list of its document set: adding a task for it, and adding a reference to
//! a task.

use std::{cmp::Reverse, collections::HashSet, sync::Arc};

use plan_model::{Item, ItemKind, Role};
use plan_schema::family::{
    CoveredBy, DocumentRole, FamilyFacts, ReferenceStyle, Requirement, WrittenReference,
};

use super::{Action, Change, Changes, Context, ExternalEdits, OfferCondition};
use crate::{
    Edit, File,
    editing::{
        draft::Draft,
        front_matter_list::added_entry,
        new_task::{field_line, start_like},
    },
    sets::{Coverage, DocumentSet, SetPosition, wave},
};

/// Last segment of the kind of the action that adds a task.
pub const ADD_TASK: &str = "add-task";
/// Last segment of the kind of the action that adds a reference.
pub const ADD_REFERENCE: &str = "add-reference";

/// Maximum number of tasks or requirements that are offered for a reference.
const MAX_OFFERED: usize = 3;
/// Maximum length of the title of a new task, in characters.
const MAX_NEW_TITLE_CHARS: usize = 80;
/// Minimum length of a significant word, in characters.
const MIN_WORD_CHARS: usize = 4;

/// A requirement to which a task can get a reference.
#[derive(Clone, Debug)]
struct TargetRequirement {
    id: String,
    /// Name in titles: `FR-004`, `requirement 2`.
    name: String,
    title: String,
    /// IDs to write: that of the requirement, or those of its criteria.
    ids: Vec<String>,
    /// Keys of neighboring requirements, nearest first. Their tasks determine the position of the new task.
    near: Vec<Arc<str>>,
    /// Ways to write a reference.
    forms: Vec<WrittenReference>,
}

impl TargetRequirement {
    /// Returns the requirement at `place`, if the text of tasks in documents with the role `role` can refer to it.
    fn of(set: &DocumentSet, coverage: &Coverage, place: SetPosition, role: DocumentRole) -> Option<Self> {
        let requirement = set.requirement(place);
        let kind = usize::from(requirement.kind);
        let covered_by = set.family.kinds[kind].covered_by;
        if matches!(covered_by, CoveredBy::None | CoveredBy::Parent) {
            return None;
        }
        let is_uncovered = |place: SetPosition| {
            coverage.get(place).is_some_and(|covered| covered.counted && covered.tasks.is_empty())
        };
        let mut written = place;
        let mut ids: Vec<String> = Vec::new();
        if covered_by == CoveredBy::Children {
            let uncovered = set.children(place).filter(|child| is_uncovered(*child));
            let uncovered: Vec<SetPosition> = uncovered.collect();
            ids.extend(uncovered.iter().map(|child| set.requirement(*child).id.to_string()));
            written = uncovered.first().copied().unwrap_or(place);
        }
        if ids.is_empty() {
            ids.push(requirement.id.to_string());
        }
        let mut forms = set.family.written_references(role, usize::from(set.requirement(written).kind));
        forms.retain(|form| !matches!(form, WrittenReference::FrontMatter(_)));
        let first = forms.first()?;
        if let WrittenReference::Group(before, _) = first {
            ids = ids.iter().map(|id| set.family.in_group(kind, before, id)).collect();
        }
        // In text, a name is a reference only in quotes.
        if *first == WrittenReference::Text && set.family.has_names(kind) {
            let quoted = |id: &String| if id.contains('`') { format!("\"{id}\"") } else { format!("`{id}`") };
            ids = ids.iter().map(quoted).collect();
        }
        // Criteria and siblings first, then preceding requirements, then following ones.
        let own = set.documents[place.document].facts.requirements.iter().enumerate();
        let mut near: Vec<(u8, usize, Arc<str>)> = own
            .map(|(index, other)| {
                let is_family = other.parent == Some(place.index as u32)
                    || requirement.parent.is_some() && other.parent == requirement.parent
                    || requirement.parent == Some(index as u32);
                let rank = match () {
                    () if index == place.index => 0,
                    () if is_family => 1,
                    () if other.kind == requirement.kind && index < place.index => 2,
                    () => 3,
                };
                (rank, index.abs_diff(place.index), other.key.clone())
            })
            .collect();
        near.sort();
        let near = near.into_iter().map(|(_, _, key)| key).collect();
        let has_letters = requirement.id.chars().any(char::is_alphabetic);
        let name = match has_letters {
            true => shortened_name(&requirement.id),
            false => format!("{} {}", set.family.kinds[kind].name, requirement.id),
        };
        let (id, title) = (requirement.id.to_string(), requirement.title.to_string());
        Some(Self { id, name, title, ids, near, forms })
    }
}

/// Offers to add a task for the requirement at the cursor. If no task refers to it, also offers references to it in the
/// most similar tasks.
pub(super) fn of_requirement(context: &Context<'_>) -> Vec<Action> {
    let Some((set, coverage, place)) = requirement_at(context) else { return Vec::new() };
    let Some(document) = task_list(&set) else { return Vec::new() };
    let list = &set.documents[document];
    let Some(wanted) = TargetRequirement::of(&set, &coverage, place, list.facts.role) else {
        return in_front_matter(context, &set, &coverage, place);
    };
    let is_uncovered = coverage.get(place).is_some_and(|covered| covered.tasks.is_empty());
    let mut actions = Vec::new();
    let add = wanted.clone();
    let path = list.path.to_string();
    let title = format!("Add task for {}", wanted.name);
    actions.push(in_document(title, ADD_TASK, path.clone(), move |file| task_insertion(file, &add)));
    if let Some(added) = actions.first_mut().filter(|_| is_uncovered) {
        added.offer = OfferCondition::Always;
    }
    if !is_uncovered {
        return actions;
    }
    let summary = context.workspace.index.get(&list.path).and_then(|entry| entry.summary.plan.as_ref());
    let items = summary.iter().flat_map(|plan| plan.items.iter());
    let tasks = items.filter(|item| item.kind == ItemKind::Task);
    let words = words_of(&wanted.title);
    let mut likely: Vec<_> = tasks
        .map(|task| (words_of(&task.title).intersection(&words).count(), task))
        .filter(|(shared, _)| *shared > 0)
        .collect();
    likely.sort_by_key(|(shared, task)| (Reverse(*shared), task.line));
    for (_, task) in likely.into_iter().take(MAX_OFFERED) {
        let name = task.id.as_ref().map_or_else(
            || shortened_name(&task.title),
            |id| if id.is_plain() { format!("task {id}") } else { id.to_string() },
        );
        let title = format!("Add reference to {} in {name}", wanted.name);
        let (wanted, id, text) = (wanted.clone(), task.id.clone(), task.title.clone());
        actions.push(in_document(title, ADD_REFERENCE, path.clone(), move |file| {
            let plan = file.plan();
            let found = plan.items().find(|item| item.id() == id.as_ref() && *item.title() == *text);
            found.map(|task| reference_insertion(file, &task, &wanted)).unwrap_or_default()
        }));
    }
    actions
}

/// Offers references to an uncovered requirement in the front matter of open plans, in families whose plans name
/// requirements there. The plans with the most similar titles come first.
fn in_front_matter(
    context: &Context<'_>,
    set: &DocumentSet,
    coverage: &Coverage,
    place: SetPosition,
) -> Vec<Action> {
    let requirement = set.requirement(place);
    if coverage.get(place).is_none_or(|covered| !covered.counted || !covered.tasks.is_empty()) {
        return Vec::new();
    }
    let words = words_of(&requirement.title);
    let mut plans: Vec<(Reverse<usize>, &str, String)> = Vec::new();
    for (index, document) in set.documents.iter().enumerate() {
        let forms = set.family.written_references(document.facts.role, usize::from(requirement.kind));
        let key = forms.into_iter().find_map(|form| match form {
            WrittenReference::FrontMatter(key) => Some(key),
            _ => None,
        });
        let Some(key) = key.filter(|_| !document.facts.archived && !set.is_reported(index)) else { continue };
        let title = context.workspace.index.get(&document.path).and_then(|entry| entry.summary.title.clone());
        let shared = title.map_or(0, |title| words_of(&title).intersection(&words).count());
        plans.push((Reverse(shared), &document.path, key));
    }
    plans.sort();
    let name = shortened_name(&requirement.id);
    let actions = plans.into_iter().take(MAX_OFFERED).map(|(_, path, key)| {
        let title = format!("Add reference to {name} in {}", wave::plan_name(path));
        let id = requirement.id.to_string();
        in_document(title, ADD_REFERENCE, path.to_owned(), move |file| added_entry(file, &key, &id))
    });
    actions.collect()
}

/// Offers references to the requirements that no task refers to, for the task at the cursor.
pub(super) fn of_task(context: &Context<'_>) -> Vec<Action> {
    let (file, range) = (context.file, context.range);
    let Some(facts) = file.family_facts().filter(|facts| facts.role.has_work() && !facts.archived) else {
        return Vec::new();
    };
    let tasks = file.plan().items().filter(|item| item.kind() == ItemKind::Task && item.form().is_checkbox());
    let on_line = |item: &Item<'_>| item.line().start <= range.start && range.end <= item.line().end;
    let Some(task) = tasks.filter(on_line).last() else { return Vec::new() };
    let Some(set) = DocumentSet::of(file, context.workspace.index) else { return Vec::new() };
    let coverage = Coverage::of(&set);
    let words = words_of(&task.title());
    let mut wanted: Vec<(usize, TargetRequirement)> = coverage
        .requirements
        .iter()
        .filter(|covered| covered.counted && covered.tasks.is_empty())
        .filter_map(|covered| TargetRequirement::of(&set, &coverage, covered.place, facts.role))
        .map(|wanted| (words_of(&wanted.title).intersection(&words).count(), wanted))
        .collect();
    wanted.sort_by_key(|(shared, _)| Reverse(*shared));
    let start = task.title_range().start;
    wanted
        .into_iter()
        .take(MAX_OFFERED)
        .map(|(_, wanted)| {
            let title = format!("Add reference to {}", wanted.name);
            Action::lazy(title, ADD_REFERENCE, move |file, _| {
                let task = file.plan().items().find(|item| item.title_range().start == start);
                task.map(|task| reference_insertion(file, &task, &wanted)).unwrap_or_default().into()
            })
        })
        .collect()
}

/// Returns the requirement whose definition contains the cursor.
fn requirement_at(context: &Context<'_>) -> Option<(DocumentSet, Coverage, SetPosition)> {
    let facts = context.file.family_facts().filter(|facts| !facts.archived)?;
    let contains = |requirement: &Requirement| {
        requirement.range.start as usize <= context.range.start
            && context.range.end <= requirement.range.end as usize
    };
    let index = facts.requirements.iter().rposition(contains)?;
    let set = DocumentSet::of(context.file, context.workspace.index)?;
    let place = SetPosition { document: set.document(context.file.path())?, index };
    let coverage = Coverage::of(&set);
    Some((set, coverage, place))
}

/// Returns the index of the document that contains the tasks of a document set: the task list, otherwise a plan.
fn task_list(set: &DocumentSet) -> Option<usize> {
    let with_role = |role: DocumentRole| {
        set.documents.iter().position(|document| document.facts.role == role && !document.facts.archived)
    };
    with_role(DocumentRole::Tasks).or_else(|| with_role(DocumentRole::Plan))
}

/// Returns an action that changes the document with this path, possibly the one at the cursor.
fn in_document(
    title: String,
    kind: &'static str,
    path: String,
    change: impl Fn(&File) -> Vec<Edit> + Send + Sync + Clone + 'static,
) -> Action {
    Action {
        title,
        kind,
        offer: OfferCondition::OnRequest,
        disabled: None,
        change: Change::Lazy(Box::new(move |file, _| {
            if *file.path() == *path {
                return change(file).into();
            }
            let change = change.clone();
            let external =
                ExternalEdits { paths: vec![path.clone()], rewrite: Box::new(move |file, _| change(file)) };
            Changes { edits: Vec::new(), external: Some(external) }
        })),
    }
}

/// Returns the edits that add a task for a requirement. The task follows the last task of the list in which the nearest
/// requirement has a task; without such a list, it is at the end of the task list.
fn task_insertion(file: &File, wanted: &TargetRequirement) -> Vec<Edit> {
    let plan = file.plan();
    let is_task = |item: &Item<'_>| {
        item.kind() == ItemKind::Task && item.form().is_checkbox() && item.role() == Role::Work
    };
    let facts = file.family_facts();
    let near = facts.and_then(|facts| nearest_task(file, facts, wanted)).filter(is_task);
    let Some(near) = near.or_else(|| plan.items().filter(is_task).last()) else {
        let title = format!("- [ ] {}\n", new_title(wanted, None));
        return vec![crate::insert::block(file, file.document().len(), &title)];
    };
    let section = |item: &Item<'_>| item.section().map(|section| section.index());
    let siblings = plan
        .items()
        .filter(|item| is_task(item) && item.parent() == near.parent() && section(item) == section(&near));
    let Some(last) = siblings.last() else { return Vec::new() };
    let indent = " ".repeat(last.line().start - file.document().line_start(last.line().start));
    let text = format!("\n{indent}{}", task_text(file, &last, &indent, wanted));
    let mut draft = Draft::new(file);
    draft.step(&[Edit::insert(last.range().end, text)]);
    draft.renumber_lists();
    draft.edits()
}

/// Returns the last task that refers to the nearest neighboring requirement with a task, directly or through a heading
/// above the task.
fn nearest_task<'a>(file: &'a File, facts: &FamilyFacts, wanted: &TargetRequirement) -> Option<Item<'a>> {
    wanted.near.iter().find_map(|key| {
        let names =
            facts.references.iter().filter(|reference| reference.keys.iter().any(|own| **own == **key));
        let task = names.rev().find_map(|reference| reference.tasks.last())?;
        let span = &facts.tasks[*task as usize].span;
        file.plan().items().find(|item| item.title_range().start == span.start as usize)
    })
}

/// Returns the text of a new task in the style of the task `like`.
fn task_text(file: &File, like: &Item<'_>, indent: &str, wanted: &TargetRequirement) -> String {
    let mut text = start_like(file, like, None);
    let labels = file.family_facts().map(|facts| labels_of(file, facts, like)).unwrap_or_default();
    let mut label = labels.as_str();
    let own;
    if let Some(WrittenReference::Label(before, after)) = wanted.forms.first() {
        own = format!("{before}{}{after} ", wanted.ids.join("+"));
        label = &own;
    }
    text.push_str(label);
    text.push_str(&new_title(wanted, wanted.forms.first()));
    if let Some(WrittenReference::Field(name)) = wanted.forms.first() {
        text.push_str(&field_line(file, name, indent, &wanted.ids));
    }
    text
}

/// Returns the labels with references in the first line of a task, each followed by a space: `[US1] `.
fn labels_of(file: &File, facts: &FamilyFacts, task: &Item<'_>) -> String {
    let line = task.line();
    let labels = facts.references.iter().filter(|reference| {
        let start = reference.span.start as usize;
        reference.style == ReferenceStyle::Label && line.start <= start && start < line.end
    });
    labels
        .map(|label| {
            format!("[{}] ", file.document().slice(label.span.start as usize..label.span.end as usize))
        })
        .collect()
}

/// Returns the title of a new task, truncated to `MAX_NEW_TITLE_CHARS`, with the reference if `form` puts it in the
/// title.
fn new_title(wanted: &TargetRequirement, form: Option<&WrittenReference>) -> String {
    let mut title = wanted.title.trim_end_matches(['.', '。', ';', ':']).to_owned();
    if let Some((end, _)) = title.char_indices().nth(MAX_NEW_TITLE_CHARS) {
        let cut = title[..end].rfind(' ').unwrap_or(end);
        title.truncate(cut);
        title.push('…');
    }
    let is_name = title.is_empty() || title == wanted.id || wanted.ids.contains(&title);
    match form {
        Some(WrittenReference::Group(before, after)) => {
            format!("{title} {before}{}{after}", wanted.ids.join(", "))
        }
        Some(WrittenReference::Text) if is_name => format!("Implement {}", wanted.ids.join(", ")),
        Some(WrittenReference::Text) => format!("Implement {}: {title}", wanted.ids.join(", ")),
        _ if is_name => format!("Implement {}", wanted.id),
        _ => title,
    }
}

/// Returns the edits that add a reference to a task: to its existing references, otherwise in the style of the
/// family.
fn reference_insertion(file: &File, task: &Item<'_>, wanted: &TargetRequirement) -> Vec<Edit> {
    let Some(facts) = file.family_facts() else { return Vec::new() };
    let line = task.line();
    let own = |style: ReferenceStyle| {
        let index = facts.tasks.iter().position(|own| own.span.start as usize == task.title_range().start)?;
        let mut references =
            facts.references.iter().filter(|reference| reference.tasks.contains(&(index as u32)));
        references.rfind(|reference| reference.style == style && reference.is_certain() && !reference.all)
    };
    let ids = wanted.ids.join(", ");
    for form in &wanted.forms {
        let edit = match form {
            WrittenReference::Field(_) => own(ReferenceStyle::Field)
                .map(|last| Edit::insert(last.span.end as usize, format!(", {ids}"))),
            WrittenReference::Group(..) => own(ReferenceStyle::Group)
                .map(|last| Edit::insert(last.span.end as usize, format!(", {ids}"))),
            WrittenReference::Label(before, after) => own(ReferenceStyle::Label).map(|last| {
                let end = last.span.end as usize + after.len();
                Edit::insert(end, format!(" {before}{}{after}", wanted.ids.join("+")))
            }),
            WrittenReference::Text | WrittenReference::FrontMatter(_) => None,
        };
        if let Some(edit) = edit {
            return vec![edit];
        }
    }
    let end = file.document().line_end(line.start);
    let end = line.start + file.document().slice(line.start..end).trim_end().len();
    let indent = " ".repeat(line.start - file.document().line_start(line.start));
    let edit = match wanted.forms.first() {
        Some(WrittenReference::Field(name)) => {
            let text = field_line(file, name, &indent, &wanted.ids);
            // After the details of the task, before its subtasks.
            let children = file.plan().items().filter(|item| item.parent() == Some(task.index()));
            let first = children.map(|child| file.document().line_start(child.line().start)).min();
            let at = first.map_or(task.range().end, |start| start.saturating_sub(1));
            Edit::insert(at.max(end), text)
        }
        Some(WrittenReference::Group(before, after)) => Edit::insert(end, format!(" {before}{ids}{after}")),
        Some(WrittenReference::Label(before, after)) => {
            Edit::insert(task.title_range().start, format!("{before}{}{after} ", wanted.ids.join("+")))
        }
        Some(WrittenReference::Text) => Edit::insert(end, format!(" ({ids})")),
        Some(WrittenReference::FrontMatter(_)) | None => return Vec::new(),
    };
    vec![edit]
}

/// Returns the significant words of a text, in lower case.
fn words_of(text: &str) -> HashSet<String> {
    let words =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= MIN_WORD_CHARS);
    let lower = words.map(str::to_lowercase);
    lower
        .filter(|word| {
            !matches!(
                word.as_str(),
                "must"
                    | "shall"
                    | "should"
                    | "system"
                    | "when"
                    | "then"
                    | "with"
                    | "that"
                    | "given"
                    | "user"
                    | "from"
                    | "this"
            )
        })
        .collect()
}

/// Returns a name truncated to 40 characters, for the title of an action.
fn shortened_name(name: &str) -> String {
    let short: String = name.chars().take(40).collect();
    if short.len() < name.len() { format!("{}…", short.trim_end()) } else { short }
}
