//! Waves of the plans in a set: plans of one wave are executed at the same time.

use plan_schema::family::{Family, StatedValues, TaskValue, plan_stem};

use super::DocumentSet;
use crate::{File, TextRange, workspace::path};

/// Returns the wave of a plan in an active set, with all other values that the plan states about itself.
pub(crate) fn of(file: &File) -> Option<(u32, &StatedValues)> {
    let facts = file.family_facts().filter(|facts| facts.set.is_some() && !facts.archived)?;
    let stated = facts.stated.as_deref()?;
    Some((stated.wave?, stated))
}

/// Returns the name of a plan without the extension and the suffix `-PLAN`: `02-01` of `02-01-PLAN.md`.
pub(crate) fn plan_name(path: &str) -> &str {
    let name = path::name(path);
    plan_stem(name).unwrap_or_else(|| name.strip_suffix(".md").unwrap_or(name))
}

/// Returns the index of the document of a set that the plan at `from` names as a dependency: `02-01`, `02-01-PLAN.md`,
/// `01` for a plan of the same phase. Numbers are compared without leading zeros.
pub(crate) fn plan_named(set: &DocumentSet, name: &str, from: &str) -> Option<usize> {
    let numbers = |name: &str| -> Vec<String> {
        let parts = plan_name(name).split('-').map(|part| part.trim_start_matches('0').to_lowercase());
        parts.collect()
    };
    let asked = numbers(name.trim_matches(['"', '\'', '`', ' ']));
    let own = numbers(path::name(from));
    let is_asked = |known: &[String]| {
        *known == *asked
            || asked.len() == 1
                && known.len() == 2
                && own.len() == 2
                && known[0] == own[0]
                && known[1] == asked[0]
    };
    set.documents.iter().position(|document| {
        !document.shared && document.facts.role.has_work() && is_asked(&numbers(path::name(&document.path)))
    })
}

/// Returns the range of the wave in the front matter of a plan.
pub(crate) fn value_range(file: &File, family: &Family) -> Option<TextRange> {
    let Some(TaskValue::FrontMatter(key)) = &family.wave else { return None };
    let mut entries = file.plan().front_matter().iter();
    let entry = entries.find(|entry| file.document().slice(entry.key.clone()).trim() == key)?;
    Some(entry.value.clone())
}
