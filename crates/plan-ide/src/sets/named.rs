//! Documents that entries of the front matter name: `dependencies: [TASK-11]`, `depends_on: ["02-01"]`.

use std::sync::Arc;

use plan_schema::family::{Family, FamilyFacts, TaskValue, is_name_of_set};

use super::{DocumentSet, wave};
use crate::{File, Index, TextRange, Workspace, hover::Hover};

/// A document that the front matter of another one can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedDocument {
    /// Name, as the front matter would state it.
    pub name: String,
    /// Path in the index.
    pub path: Arc<str>,
}

/// Returns the document that the front matter names at an offset, with the range of the name.
pub fn named_document(file: &File, index: &Index, offset: usize) -> Option<(TextRange, NamedDocument)> {
    let facts = file.family_facts()?;
    let family = file.environment().families.all().get(facts.family)?;
    let entries = file.plan().front_matter().iter();
    let entry = entries.into_iter().find(|entry| entry.value.start <= offset && offset <= entry.value.end)?;
    let value = file.document().slice(entry.value.clone());
    let at = offset - entry.value.start;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let start = value.get(..at)?.trim_end_matches(is_part).len();
    let end = at + (value.len() - at - value.get(at..)?.trim_start_matches(is_part).len());
    let name = value[start..end].trim_matches('.');
    let key = file.document().slice(entry.key.clone());
    if name.is_empty() || !has_names(family, key.trim()) {
        return None;
    }
    let path = match family.has_keys() {
        true => {
            let others = documents_of_other_sets(index, facts).filter(|(path, _)| ***path != *file.path());
            others.into_iter().find(|(_, other)| is_named(name, other))?.0.clone()
        }
        false => {
            let set = DocumentSet::of(file, index)?;
            Arc::clone(&set.documents[wave::plan_named(&set, name, file.path())?].path)
        }
    };
    let range = entry.value.start + start..entry.value.start + end;
    Some((range, NamedDocument { name: name.to_owned(), path }))
}

/// Returns whether the entry of the front matter with this key names documents: the dependencies of a document. In
/// families with a document per set, any entry except the ID can name one.
fn has_names(family: &Family, key: &str) -> bool {
    let is_dependency = matches!(&family.depends_on, Some(TaskValue::FrontMatter(own)) if own == key);
    is_dependency || family.has_keys() && family.depends_on.is_some() && !key.eq_ignore_ascii_case("id")
}

/// Returns whether a name refers to the set of a document.
fn is_named(name: &str, facts: &FamilyFacts) -> bool {
    facts.set.as_ref().is_some_and(|set| is_name_of_set(&name.to_lowercase(), set))
}

/// Returns the documents of the other sets of a project.
fn documents_of_other_sets<'a>(
    index: &'a Index,
    facts: &'a FamilyFacts,
) -> impl Iterator<Item = (&'a Arc<str>, &'a Arc<FamilyFacts>)> {
    let documents = index.documents_of_project(facts);
    documents.filter(|(_, other)| other.set.is_some() && other.set != facts.set)
}

/// Returns the hover over the name of another document in the front matter: its title, status and progress.
pub fn hover(file: &File, workspace: &Workspace<'_>, offset: usize) -> Option<Hover> {
    let (range, named) = named_document(file, workspace.index, offset)?;
    let entry = workspace.index.get(&named.path)?;
    let title = entry.summary.title.as_deref().unwrap_or_default();
    let mut text = format!("**{}** {title}", named.name);
    if let Some(plan) = &entry.summary.plan {
        if let Some(status) = &plan.status_text {
            text.push_str(&format!(" · {status}"));
        }
        if plan.progress.total > 0 {
            text.push_str(&format!(" · {}/{}", plan.progress.done, plan.progress.total));
        }
    }
    let project = file.family_facts().map(|facts| &*facts.project).unwrap_or_default();
    let path = named.path.strip_prefix(project).unwrap_or(&named.path).trim_start_matches('/');
    text.push_str(&format!("\n\n{path}"));
    Some(Hover { text, range })
}

/// Returns the documents that the entry of the front matter with this key can name, by name.
pub fn offered(file: &File, index: &Index, key: &str) -> Vec<NamedDocument> {
    let Some(facts) = file.family_facts() else { return Vec::new() };
    let Some(family) = file.environment().families.all().get(facts.family) else { return Vec::new() };
    let is_dependency = matches!(&family.depends_on, Some(TaskValue::FrontMatter(own)) if own == key);
    if !is_dependency {
        return Vec::new();
    }
    if !family.has_keys() {
        let Some(set) = DocumentSet::of(file, index) else { return Vec::new() };
        let own = set.documents.iter().filter(|own| !own.shared && own.facts.role.has_work());
        let others = own.filter(|own| *own.path != *file.path());
        let named = others.map(|own| NamedDocument {
            name: wave::plan_name(&own.path).to_owned(),
            path: Arc::clone(&own.path),
        });
        return named.collect();
    }
    let document = file.document();
    let is_upper = file.plan().front_matter().iter().any(|entry| {
        document.slice(entry.key.clone()).trim() == "id"
            && entry.text.contains(|c: char| c.is_ascii_uppercase())
    });
    let found =
        documents_of_other_sets(index, facts).filter(|(_, other)| !other.archived && other.role.has_work());
    let mut found: Vec<NamedDocument> = found
        .filter_map(|(path, other)| {
            let key = other.set.as_deref()?.rsplit_once('#')?.1;
            let name = if is_upper { key.to_uppercase() } else { key.to_owned() };
            Some(NamedDocument { name, path: Arc::clone(path) })
        })
        .collect();
    found.sort_by(|a, b| (a.name.len(), &a.name).cmp(&(b.name.len(), &b.name)));
    found
}
