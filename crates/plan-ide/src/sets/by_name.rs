//! Requirements that a user names: `fr-001`, `US2`, `Requirement 1`.

use crate::{File, TextRange};

/// Returns the offset of the requirement with a name in a document: its definition, otherwise a reference to it.
pub fn requirement_named(file: &File, name: &str) -> Option<usize> {
    let facts = file.family_facts()?;
    let keys = file.environment().families.all().get(facts.family)?.keys_named(name);
    let is_named = |key: &str| keys.iter().any(|named| named.to_lowercase() == key.to_lowercase());
    let definition = facts.requirements.iter().find(|requirement| is_named(&requirement.key));
    if let Some(definition) = definition {
        return Some(definition.span.start as usize);
    }
    facts.references.iter().find_map(|reference| {
        let (first, last) = (reference.keys.first()?, reference.keys.last()?);
        let end = reference.last.as_ref().filter(|_| is_named(last));
        let place = if is_named(first) { Some(&reference.first) } else { end };
        place.map(|place| place.start as usize)
    })
}

/// Returns whether a range of a document is the definition of a requirement; `None` if it is neither a definition nor a
/// reference.
pub fn is_requirement_definition(file: &File, place: &TextRange) -> Option<bool> {
    let facts = file.family_facts()?;
    let is_place = |span: &std::ops::Range<u32>| span.start as usize == place.start;
    if facts.requirements.iter().any(|requirement| is_place(&requirement.span)) {
        return Some(true);
    }
    let mut references = facts.references.iter().chain(&facts.foreign);
    references.any(|reference| is_place(&reference.span)).then_some(false)
}
