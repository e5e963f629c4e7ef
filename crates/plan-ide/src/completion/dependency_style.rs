//! The style of a document's dependencies: `Task 1.2` or `1.2`, `Phases 1-3`.

use std::collections::HashMap;

use plan_model::{Item, ItemKind, Plan, reference::ValueClass};

/// Maximum number of dependencies from which the style is derived.
const MAX_DEPENDENCIES_READ: usize = 200;

/// The most frequent form of dependencies in a document.
#[derive(Debug, Default)]
pub(crate) struct DependencyStyle {
    /// Keyword before a task's ID in dependencies, possibly empty. `None` if the document has no example.
    task: Option<String>,
    /// Keyword before a phase's ID in dependencies, possibly empty. `None` if the document has no example.
    phase: Option<String>,
    /// Whether ranges are written with `–`.
    long_dash: bool,
}

impl DependencyStyle {
    /// Derives the style from the document's dependencies, except the one at the offset `except`.
    pub(crate) fn of(plan: &Plan, except: usize) -> Self {
        let document = plan.document();
        let mut words: [HashMap<String, usize>; 2] = Default::default();
        let mut style = Self::default();
        for dependency in plan.located_dependencies().iter().take(MAX_DEPENDENCIES_READ) {
            if dependency.range.start <= except && except <= dependency.range.end {
                continue;
            }
            for name in &dependency.names {
                let Some((_, Some(item))) = name.targets.first() else { continue };
                if name.ids.iter().any(|id| id.title_words().is_some()) {
                    continue;
                }
                let written = document.slice(name.range.clone());
                style.long_dash |= dependency.class == ValueClass::Range && written.contains('–');
                let word = match written.split_once([' ', '#']) {
                    Some((word, _)) if written.starts_with(char::is_alphabetic) => word.to_owned(),
                    _ => String::new(),
                };
                let is_plural = name.ids.len() > 1 || word.ends_with('s');
                if is_plural && !word.is_empty() {
                    continue;
                }
                let is_phase = plan.item(*item).is_some_and(|item| item.kind() == ItemKind::Phase);
                *words[usize::from(is_phase)].entry(word).or_default() += 1;
            }
        }
        let [task, phase] = words.map(|words| {
            let most = words.into_iter().max_by(|(a, n), (b, m)| n.cmp(m).then_with(|| b.cmp(a)));
            most.map(|(word, _)| word)
        });
        (style.task, style.phase) = (task, phase);
        style
    }

    /// Returns an item's ID in the style of the document.
    pub(crate) fn styled_id(&self, item: &Item<'_>) -> String {
        let word = if item.kind() == ItemKind::Phase { &self.phase } else { &self.task };
        match word {
            Some(word) if word.is_empty() => id_without_keyword(item),
            // `T001` needs no keyword.
            Some(word) if id_without_keyword(item).starts_with(|c: char| c.is_ascii_digit()) => {
                format!("{word} {}", id_without_keyword(item))
            }
            _ => written_id(item),
        }
    }

    /// Returns all texts that can refer to an item, best first.
    pub(super) fn reference_texts(&self, item: &Item<'_>, preferred: &str) -> Vec<String> {
        let mut texts = vec![preferred.to_owned()];
        let word = if item.kind() == ItemKind::Phase { "Phase" } else { "Task" };
        let id = item.id().map(ToString::to_string).unwrap_or_default();
        for text in [written_id(item), id.clone(), format!("{word} {}", id_without_keyword(item))] {
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }

    /// Returns up to three ranges of items before the item with the index `from`, each as text and with the indices of
    /// its items. A range contains all preceding items of one kind with the same parent and section.
    pub(super) fn ranges(&self, items: &[Item<'_>], from: usize) -> Vec<(String, Vec<usize>)> {
        let mut before: Vec<&Item<'_>> = items.iter().filter(|item| item.index() < from).collect();
        before.sort_by_key(|item| item.index());
        let mut groups: Vec<Vec<&Item<'_>>> = Vec::new();
        for item in before {
            let same = |group: &&mut Vec<&Item<'_>>| {
                group.first().is_some_and(|first| {
                    first.parent() == item.parent()
                        && first.kind() == item.kind()
                        && first.scope().map(|s| s.index()) == item.scope().map(|s| s.index())
                })
            };
            match groups.iter_mut().rev().find(same) {
                Some(group) => group.push(item),
                None => groups.push(vec![item]),
            }
        }
        let nearest = groups.into_iter().rev().filter(|group| group.len() > 1).take(3);
        nearest
            .filter_map(|group| {
                let (first, last) = (group.first()?, group.last()?);
                Some((self.range(first, last), group.iter().map(|item| item.index()).collect()))
            })
            .collect()
    }

    /// Returns the text of a range: `Tasks 1.1-1.3`, `T001-T003`.
    fn range(&self, first: &Item<'_>, last: &Item<'_>) -> String {
        let dash = if self.long_dash { '–' } else { '-' };
        let whole = self.styled_id(first);
        let end = id_without_keyword(last);
        match whole.strip_suffix(&id_without_keyword(first)).map(str::trim_end) {
            Some(word) if !word.is_empty() && word.chars().all(char::is_alphabetic) => {
                format!("{word}s {}{dash}{end}", id_without_keyword(first))
            }
            _ => format!("{}{dash}{end}", id_without_keyword(first)),
        }
    }
}

/// Returns an item's ID as written at the item, with its keyword.
fn written_id(item: &Item<'_>) -> String {
    item.written_id()
        .unwrap_or_default()
        .trim_matches(|c: char| matches!(c, '*' | '_' | '[' | ']' | '`' | ' '))
        .to_owned()
}

/// Returns an item's ID as written at the item, without its keyword.
fn id_without_keyword(item: &Item<'_>) -> String {
    let text = written_id(item);
    let id_without_keyword = text.rsplit([' ', '#', '\t']).next().unwrap_or_default();
    id_without_keyword.to_owned()
}
