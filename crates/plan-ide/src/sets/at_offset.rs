//! The requirement or reference at an offset of a document.

use plan_schema::family::{Requirement, RequirementReference};

use crate::{File, TextRange};

/// A requirement or reference at an offset.
pub(super) enum AtOffset<'a> {
    Requirement(usize, &'a Requirement),
    Reference(&'a RequirementReference),
}

impl AtOffset<'_> {
    /// Returns the range of the requirement or reference.
    pub fn range(&self) -> TextRange {
        let span = match self {
            Self::Requirement(_, requirement) => &requirement.span,
            Self::Reference(reference) => &reference.span,
        };
        span.start as usize..span.end as usize
    }
}

/// Returns the reference at an offset, otherwise the requirement.
pub(super) fn at_offset(file: &File, offset: usize) -> Option<AtOffset<'_>> {
    let facts = file.family_facts()?;
    let touches = |span: &std::ops::Range<u32>| span.start as usize <= offset && offset <= span.end as usize;
    let mut references = facts.references.iter().chain(&facts.foreign);
    let reference = references.find(|reference| touches(&reference.span));
    if let Some(reference) = reference {
        return Some(AtOffset::Reference(reference));
    }
    let requirements = facts.requirements.iter().enumerate();
    let (index, requirement) =
        requirements.into_iter().find(|(_, requirement)| touches(&requirement.span))?;
    Some(AtOffset::Requirement(index, requirement))
}

/// Returns the ID of a requirement, or of one end of a range, with its key.
pub(super) fn id_at(found: &AtOffset<'_>, offset: usize) -> Option<(TextRange, Box<str>)> {
    let range = |span: &std::ops::Range<u32>| span.start as usize..span.end as usize;
    match found {
        AtOffset::Requirement(_, requirement) => {
            Some((range(&requirement.span), Box::from(&*requirement.key)))
        }
        AtOffset::Reference(reference) => {
            let (span, key) = end_at(reference, offset)?;
            Some((range(span), key.into()))
        }
    }
}

/// Returns the ID of a reference at an offset: the first or last one of a range.
pub(super) fn end_at(
    reference: &RequirementReference,
    offset: usize,
) -> Option<(&std::ops::Range<u32>, &str)> {
    let is_last = |span: &&std::ops::Range<u32>| span.start as usize <= offset;
    match reference.last.as_ref().filter(is_last) {
        Some(last) => Some((last, reference.keys.last()?)),
        None => (offset <= reference.first.end as usize)
            .then(|| Some((&reference.first, &**reference.keys.first()?)))?,
    }
}
