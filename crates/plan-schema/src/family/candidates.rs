//! Collects the requirements of a document from those of its segments.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use plan_model::Plan;
use plan_syntax::{BlockKind, Memos, SegmentSpan, View};

use super::{
    DocumentRole, Family,
    facts::{MAX_ENTRIES, Requirement},
    line::PlainLine,
    reader::{EnclosingHeading, RequirementCandidate, RequirementWalk},
    references::FamilySegmentView,
};

/// Minimum number of IDs with the same prefix in a document of a family without markers.
const MIN_IDS: usize = 3;
/// Prefixes that never form a requirement ID with a number.
const NO_REQUIREMENTS: [&str; 19] = [
    "utf", "sha", "pr", "adr", "cve", "rfc", "iso", "md", "aes", "step", "phase", "task", "sprint", "week",
    "http", "gpt", "es", "tls", "ipv",
];

/// Reads the requirements of a document.
pub(super) fn requirements(plan: &Plan, family: &Arc<Family>, role: DocumentRole) -> Vec<Requirement> {
    if family.kinds.iter().all(|kind| kind.role != role) {
        return Vec::new();
    }
    let mut list = CandidateList { candidates: Vec::new(), headings: Vec::new(), lists: 0 };
    let document = plan.document();
    for (start, segment) in document.segments() {
        if segment.is_prologue() {
            continue;
        }
        let content = document.content(start, segment);
        let own_level = content.outline.blocks.first().and_then(|block| match block.kind {
            BlockKind::Heading { level, .. } => Some(level),
            _ => None,
        });
        if let Some(level) = own_level {
            // The walk closes a heading of the same level, because it can be the label of this one.
            while list.headings.last().is_some_and(|open| open.level > level) {
                list.headings.pop();
            }
        }
        let view = FamilySegmentView { family, role, content };
        let outer = OuterHeadings::new(&list);
        let found = OuterView { view: &view, outer: &outer }.memo(SegmentCandidates::of);
        list.add(start as u32, &found);
    }
    for candidate in &mut list.candidates {
        let start = candidate.requirement.range.start as usize;
        candidate.requirement.line = document.rope().byte_to_line(start) as u32;
    }
    finish(family, list.candidates)
}

/// The candidates of a document, collected segment by segment.
struct CandidateList {
    candidates: Vec<RequirementCandidate>,
    headings: Vec<EnclosingHeading>,
    lists: usize,
}

impl CandidateList {
    fn add(&mut self, start: u32, found: &SegmentCandidates) {
        let outer: Vec<usize> = self.headings.iter().filter_map(|open| open.candidate).collect();
        let base = self.candidates.len();
        // The candidates of a segment follow those of the enclosing headings.
        let index = |local: usize| match local.checked_sub(outer.len()) {
            Some(own) => base + own,
            None => outer[local],
        };
        let shifted = |span: &SegmentSpan| start + span.start..start + span.end;
        for marked in &found.marked {
            self.candidates[outer[*marked]].under = true;
        }
        self.candidates.extend(found.candidates.iter().map(|candidate| {
            let requirement = &candidate.requirement;
            RequirementCandidate {
                requirement: Requirement {
                    span: shifted(&requirement.span),
                    range: shifted(&requirement.range),
                    ..requirement.clone()
                },
                parent: candidate.parent.map(index),
                under: candidate.under,
                needs_label: candidate.needs_label,
                positional: candidate.positional,
                list: candidate.list.map(|list| self.lists + list),
            }
        }));
        self.lists += found.lists;
        self.headings = found
            .headings
            .iter()
            .map(|open| EnclosingHeading { candidate: open.candidate.map(index), ..open.clone() })
            .collect();
    }
}

/// Enclosing headings at the start of a segment, with the data of their requirements that the segment needs.
struct OuterHeadings(Vec<OuterHeading>);

type OuterHeading = (u8, Arc<PlainLine>, Option<OuterCandidate>);

/// Kind, ID and key of a requirement that an enclosing heading defines, and whether it is under the heading that its kind
/// requires.
type OuterCandidate = (u16, Arc<str>, Arc<str>, bool);

impl OuterHeadings {
    fn new(list: &CandidateList) -> Self {
        let outer = list.headings.iter().map(|open| {
            let candidate = open.candidate.map(|candidate| {
                let RequirementCandidate { requirement, under, .. } = &list.candidates[candidate];
                let Requirement { kind, id, key, .. } = requirement;
                (*kind, Arc::clone(id), Arc::clone(key), *under)
            });
            (open.level, Arc::clone(&open.line), candidate)
        });
        Self(outer.collect())
    }
}

/// A segment with the enclosing headings at its start.
struct OuterView<'a> {
    view: &'a FamilySegmentView<'a>,
    outer: &'a OuterHeadings,
}

impl View for OuterView<'_> {
    type ViewKey = (<FamilySegmentView<'static> as View>::ViewKey, Vec<OuterHeading>);

    fn key(&self) -> Option<Self::ViewKey> {
        Some((self.view.key()?, self.outer.0.clone()))
    }

    fn memos(&self) -> &Memos {
        self.view.memos()
    }
}

/// Candidates of a segment, with ranges relative to the segment. Cached with the segment.
struct SegmentCandidates {
    candidates: Vec<RequirementCandidate>,
    /// Indices of the candidates of enclosing headings whose required heading or label is in the segment.
    marked: Vec<usize>,
    /// Enclosing headings at the end of the segment.
    headings: Vec<EnclosingHeading>,
    /// Number of lists in the segment.
    lists: usize,
}

impl SegmentCandidates {
    fn of(view: &OuterView<'_>) -> Self {
        let OuterView { view: FamilySegmentView { family, role, content }, outer } = view;
        let mut candidates = Vec::new();
        let mut headings = Vec::new();
        for (level, line, candidate) in &outer.0 {
            let candidate = candidate.as_ref().map(|(kind, id, key, under)| {
                candidates.push(RequirementCandidate {
                    under: *under,
                    ..RequirementCandidate::stub(*kind, id, key)
                });
                candidates.len() - 1
            });
            headings.push(EnclosingHeading { level: *level, candidate, line: Arc::clone(line) });
        }
        let outer_count = candidates.len();
        let mut walk = RequirementWalk::read(family, *role, headings, candidates, content);
        let marked = (0..outer_count).filter(|outer| walk.candidates[*outer].under).collect();
        let candidates = walk.candidates.split_off(outer_count);
        Self { candidates, marked, headings: walk.headings, lists: walk.lists }
    }
}

/// Decides which candidates are requirements.
fn finish(family: &Family, candidates: Vec<RequirementCandidate>) -> Vec<Requirement> {
    let count = candidates.len();
    let mut keep = vec![true; count];
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (index, candidate) in candidates.iter().enumerate() {
        if let Some(parent) = candidate.parent {
            children[parent].push(index);
        }
    }
    let kind = |index: usize| candidates[index].requirement.kind as usize;
    // Criteria: those under the heading that their kind requires, or those of the first list.
    for (parent, own) in children.iter().enumerate() {
        let requiring: Vec<usize> =
            own.iter().copied().filter(|child| !family.kinds[kind(*child)].under.is_empty()).collect();
        let has_required = requiring.iter().any(|child| candidates[*child].under);
        let first_list = requiring.iter().find_map(|child| candidates[*child].list);
        for child in requiring {
            let candidate = &candidates[child];
            let is_first = first_list.is_some() && candidate.list == first_list;
            let is_label_needed = has_required || candidates[parent].needs_label;
            keep[child] = if is_label_needed { candidate.under } else { is_first };
        }
        // In a section with numbered criteria, bullets are remarks.
        if own.iter().any(|child| keep[*child] && !candidates[*child].positional) {
            own.iter().filter(|child| candidates[**child].positional).for_each(|child| keep[*child] = false);
        }
    }
    // A requirement of a kind that needs another kind counts only if it has a child of that kind.
    for index in (0..count).rev() {
        if let Some(needed) = family.kinds[kind(index)].needs {
            keep[index] = children[index].iter().any(|child| keep[*child] && kind(*child) == needed);
        }
    }
    // Without markers, a word before a number is a prefix only if several IDs have it: `UTF-8` is not a requirement. The same
    // applies to prefixes that documents define themselves.
    let needs_proof = family.markers.is_empty() && family.path.is_none();
    let least = |index: usize| {
        let kind = &family.kinds[kind(index)];
        kind.at_least.or((needs_proof && kind.id.has_word()).then_some(MIN_IDS))
    };
    if (0..count).any(|index| least(index).is_some()) {
        let prefix = |index: usize| {
            let key = &candidates[index].requirement.key;
            key.rsplit_once('-').map_or_else(|| key.to_string(), |(prefix, _)| prefix.to_owned())
        };
        let mut counts: HashMap<String, usize> = HashMap::new();
        for index in (0..count).filter(|index| keep[*index]) {
            *counts.entry(prefix(index)).or_default() += 1;
        }
        for (index, keep) in keep.iter_mut().enumerate() {
            let Some(least) = least(index).or(needs_proof.then_some(MIN_IDS)) else { continue };
            let is_known = !NO_REQUIREMENTS.contains(&prefix(index).as_str());
            *keep &= is_known && counts.get(&prefix(index)).is_some_and(|count| *count >= least);
        }
    }
    let mut seen: HashSet<Arc<str>> = HashSet::new();
    let mut indices: Vec<Option<u32>> = vec![None; count];
    let mut kept: Vec<Requirement> = Vec::new();
    for (index, candidate) in candidates.into_iter().enumerate() {
        let parent = candidate.parent.map(|parent| indices[parent]);
        if !keep[index]
            || kept.len() >= MAX_ENTRIES
            || parent == Some(None)
            || !seen.insert(candidate.requirement.key.clone())
        {
            continue;
        }
        indices[index] = Some(kept.len() as u32);
        kept.push(Requirement { parent: parent.flatten(), ..candidate.requirement });
    }
    kept
}
