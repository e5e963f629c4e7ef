//! The outline of a specification: its headings and requirements, with the progress of their tasks.

use plan_schema::DocumentKind;

use super::{Coverage, DocumentSet, SetPosition, editor::coverage_detail};
use crate::{
    File, Workspace,
    outline::{Symbol, SymbolKind, nest, outline as headings},
};

/// Maximum length of a name, in characters.
const MAX_NAME_CHARS: usize = 80;

/// Returns the outline of a specification. `None` for other documents.
pub fn outline(file: &File, workspace: &Workspace<'_>) -> Option<Vec<Symbol>> {
    let facts = file.family_facts().filter(|facts| !facts.requirements.is_empty())?;
    if file.kind() != DocumentKind::Specification {
        return None;
    }
    let mut symbols = headings(file);
    let set = DocumentSet::of(file, workspace.index);
    let found = set.as_ref().and_then(|set| Some((set, Coverage::of(set), set.document(file.path())?)));
    let has_tasks = found.as_ref().is_some_and(|(set, ..)| set.has_tasks());
    let mut own = Vec::new();
    for (index, requirement) in facts.requirements.iter().enumerate() {
        let detail = found.as_ref().filter(|_| has_tasks).and_then(|(set, coverage, document)| {
            coverage_detail(set, coverage, SetPosition { document: *document, index })
        });
        let start = requirement.span.start as usize;
        let heading = symbols.binary_search_by(|symbol| match symbol.selection {
            ref range if range.end < start => std::cmp::Ordering::Less,
            ref range if range.start > start => std::cmp::Ordering::Greater,
            _ => std::cmp::Ordering::Equal,
        });
        if let Ok(heading) = heading {
            symbols[heading].kind = SymbolKind::Requirement;
            symbols[heading].detail = detail.map(Into::into);
            continue;
        }
        let name = match requirement.id_is_written {
            true if requirement.title == requirement.id => requirement.id.to_string(),
            _ => format!("{} {}", requirement.id, requirement.title),
        };
        let short: String = name.chars().take(MAX_NAME_CHARS).collect();
        let name = if short.len() < name.len() { format!("{}…", short.trim_end()) } else { short };
        own.push(Symbol {
            name: name.into(),
            detail: detail.map(Into::into),
            kind: SymbolKind::Requirement,
            range: requirement.range.start as usize..requirement.range.end as usize,
            selection: start..requirement.span.end as usize,
            cancelled: false,
            depth: 0,
        });
    }
    symbols.extend(own);
    nest(&mut symbols);
    Some(symbols)
}
