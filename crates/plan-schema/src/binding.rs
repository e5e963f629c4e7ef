//! Binds a plan to a template: matches sections of the plan to sections of the template, and finds missing
//! ones.

use std::{collections::BTreeMap, sync::Arc};

use foldhash::{HashMap, HashMapExt, HashSet};
use plan_model::{ItemKind, Plan};
use plan_syntax::Memo;

use crate::{
    template::{SectionSpec, Template},
    title::{is_near, normalize},
};

/// Method by which the template of a document was determined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingSource {
    /// The document declares it.
    Declared,
    /// A glob in the settings assigns it.
    Glob,
    /// The document's headings and fields match it.
    Matched,
}

impl BindingSource {
    /// Returns the name used in output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Glob => "glob",
            Self::Matched => "matched",
        }
    }
}

/// The section of a template that a section of a plan matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionMatch {
    /// Index of the template's section.
    pub spec: usize,
    /// Whether the titles are similar instead of equal.
    pub near: bool,
}

/// A template with the matches of a plan's sections.
#[derive(Clone, Debug)]
pub struct Binding {
    template: Arc<Template>,
    source: BindingSource,
    matches: Arc<SectionMatches>,
}

/// The matches between the sections of a plan and of a template.
#[derive(Debug)]
struct SectionMatches {
    /// The match of each section of the plan.
    sections: Vec<Option<SectionMatch>>,
    /// For each section of the template, the number of matching sections of the plan.
    counts: Vec<usize>,
}

/// The template of the matches, compared by identity. Apart from it, matches depend only on the structure of a plan.
struct SameTemplate(Arc<Template>);

impl PartialEq for SameTemplate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl SectionMatches {
    fn of(plan: &Plan, template: &Template) -> Self {
        let specs = &template.sections;
        let mut by_key: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, spec) in specs.iter().enumerate() {
            by_key.entry(&spec.key).or_default().push(index);
        }
        let titles: Vec<&str> = plan
            .sections()
            .map(|section| {
                let phase = section.item().is_some_and(|item| item.kind() == ItemKind::Phase);
                let key = section.comparison_key(normalize);
                if phase && !key.ends_with('#') && !by_key.contains_key(key) { "phase #" } else { key }
            })
            .collect();
        let present: HashSet<&str> = titles.iter().copied().collect();
        // Cached by title because titles are often repeated.
        let mut near_specs: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut sections: Vec<Option<SectionMatch>> = Vec::with_capacity(titles.len());
        let mut counts = vec![0; specs.len()];
        for (section, key) in plan.sections().zip(titles.iter().copied()) {
            let parent =
                section.parent().and_then(|parent| sections[parent]).map(|bound: SectionMatch| bound.spec);
            let same_parent = |spec: &usize| specs[*spec].parent == parent;
            let exact = by_key.get(key).and_then(|candidates| {
                let with_same_parent = candidates.iter().find(|spec| same_parent(spec));
                let other =
                    || candidates.iter().find(|spec| !specs[**spec].inside_repeat && counts[**spec] == 0);
                with_same_parent.or_else(other).or(candidates.first()).copied()
            });
            let title = (section.level() == 1 && exact.is_none())
                .then(|| specs.iter().position(|spec| spec.level == 1))
                .flatten();
            let mut near = || {
                let specs_near = near_specs.entry(key).or_insert_with(|| {
                    let near = |spec: &SectionSpec| {
                        spec.level > 1 && !present.contains(spec.key.as_str()) && is_near(key, &spec.key)
                    };
                    (0..specs.len()).filter(|index| near(&specs[*index])).collect()
                });
                let free = || specs_near.iter().copied().filter(|spec| counts[*spec] == 0);
                free()
                    .find(|spec| same_parent(spec))
                    .or_else(|| free().next())
                    .filter(|_| section.level() > 1)
            };
            let bound = exact.or(title).map(|spec| SectionMatch { spec, near: false });
            let bound = bound.or_else(|| near().map(|spec| SectionMatch { spec, near: true }));
            if let Some(bound) = bound {
                counts[bound.spec] += 1;
            }
            sections.push(bound);
        }
        Self { sections, counts }
    }
}

impl Binding {
    /// Binds a plan to a template. The levels of sections may be shifted, and their order may differ. Sections with
    /// matching parents are preferred.
    pub fn new(plan: &Plan, template: Arc<Template>, source: BindingSource) -> Self {
        let memo = plan.structure_memo(|_| Memo::default());
        let matches = memo.get(SameTemplate(Arc::clone(&template)), || SectionMatches::of(plan, &template));
        Self { template, source, matches }
    }

    /// Returns the template.
    pub fn template(&self) -> &Arc<Template> {
        &self.template
    }

    /// Returns how the template was determined.
    pub fn source(&self) -> BindingSource {
        self.source
    }

    /// Returns the match of a section of the plan.
    pub fn of(&self, section: usize) -> Option<SectionMatch> {
        self.matches.sections.get(section).copied().flatten()
    }

    /// Returns the match of each section of the plan, in order.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = Option<SectionMatch>> + '_ {
        self.matches.sections.iter().copied()
    }

    /// Returns the share of the template's non-repeatable sections that the plan has, from 0 to 1.
    pub fn score(&self) -> f64 {
        let single_sections: Vec<usize> = self.single_sections().collect();
        let present = single_sections.iter().filter(|spec| self.matches.counts[**spec] > 0).count();
        if single_sections.is_empty() { 1.0 } else { present as f64 / single_sections.len() as f64 }
    }

    /// Returns the share of the template's top-level sections that the plan has, from 0 to 1.
    pub fn top_score(&self) -> f64 {
        let top: Vec<usize> =
            self.single_sections().filter(|spec| self.template.sections[*spec].level == 2).collect();
        let present = top.iter().filter(|spec| self.matches.counts[**spec] > 0).count();
        if top.is_empty() { 1.0 } else { present as f64 / top.len() as f64 }
    }

    /// Returns the indices of the sections that the template contains exactly once.
    fn single_sections(&self) -> impl Iterator<Item = usize> + '_ {
        let once = |spec: &SectionSpec| {
            spec.level > 1 && !spec.repeats && !spec.inside_repeat && !spec.key.contains('#')
        };
        self.template.sections.iter().enumerate().filter(move |(_, spec)| once(spec)).map(|(index, _)| index)
    }

    /// Returns whether a section of the plan matches the template's section `spec`.
    pub fn has(&self, spec: usize) -> bool {
        self.matches.counts[spec] > 0
    }

    /// Returns the template's sections that the plan lacks, in the template's order. Subsections of missing
    /// sections are not listed, because they are inserted with their parent.
    pub fn missing_sections(&self) -> Vec<usize> {
        let specs = &self.template.sections;
        self.single_sections()
            .filter(|spec| !self.has(*spec))
            .filter(|spec| {
                specs[*spec].parent.is_none_or(|parent| specs[parent].level == 1 || self.has(parent))
            })
            .collect()
    }

    /// Returns the indices of the template's subsections that a repeated section of the plan lacks.
    pub fn missing_subsections(&self, plan: &Plan, section: usize) -> Vec<usize> {
        let present = plan
            .sections()
            .skip(section + 1)
            .take_while(|other| other.parent().is_some_and(|parent| parent >= section));
        let keys = present
            .filter(|other| other.parent() == Some(section))
            .filter_map(|other| self.of(other.index()));
        let keys: HashSet<&str> = keys.map(|bound| self.template.sections[bound.spec].key.as_str()).collect();
        self.subsections_without(section, &keys)
    }

    /// Returns the missing subsections of each repeated section of the plan: pairs of the plan's section index and
    /// the indices of the template's subsections. Walks over the plan once.
    pub fn missing_subsections_of_each(&self, plan: &Plan) -> Vec<(usize, Vec<usize>)> {
        let specs = &self.template.sections;
        let mut present: BTreeMap<usize, HashSet<&str>> = BTreeMap::new();
        for section in plan.sections() {
            let Some(bound) = self.of(section.index()) else { continue };
            if specs[self.prototype(bound.spec)].repeats {
                present.entry(section.index()).or_default();
            }
            if let Some(keys) = section.parent().and_then(|parent| present.get_mut(&parent)) {
                keys.insert(&specs[bound.spec].key);
            }
        }
        present
            .into_iter()
            .map(|(section, keys)| (section, self.subsections_without(section, &keys)))
            .collect()
    }

    fn subsections_without(&self, section: usize, present: &HashSet<&str>) -> Vec<usize> {
        let Some(bound) = self.of(section) else { return Vec::new() };
        // The first section of a kind defines the subsections of all other sections of the kind.
        let prototype = self.prototype(bound.spec);
        let inside =
            self.template.sections.iter().enumerate().filter(|(_, spec)| spec.parent == Some(prototype));
        inside
            .filter(|(_, spec)| !spec.repeats && !present.contains(spec.key.as_str()))
            .map(|(index, _)| index)
            .collect()
    }

    /// Returns the first sibling with the same title, which defines the structure of a repeated section.
    pub fn prototype(&self, spec: usize) -> usize {
        let specs = &self.template.sections;
        let same = |other: &SectionSpec| other.key == specs[spec].key && other.parent == specs[spec].parent;
        specs.iter().position(same).unwrap_or(spec)
    }

    /// Returns sections that the plan repeats although the template contains them once: pairs of a repetition and the
    /// first occurrence.
    pub fn duplicates(&self, plan: &Plan) -> Vec<(usize, usize)> {
        let mut first: HashMap<(usize, Option<usize>), usize> = HashMap::new();
        let mut found = Vec::new();
        for section in plan.sections() {
            let Some(bound) = self.of(section.index()) else { continue };
            let spec = &self.template.sections[bound.spec];
            if bound.near || spec.repeats || spec.level == 1 || spec.key.contains('#') {
                continue;
            }
            match first.entry((bound.spec, section.parent())) {
                std::collections::hash_map::Entry::Occupied(entry) => {
                    found.push((section.index(), *entry.get()))
                }
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(section.index());
                }
            }
        }
        found
    }
}
