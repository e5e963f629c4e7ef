//! A binding: for every section of a plan the line of the template that asked for it, and what is missing.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use foldhash::{HashMap, HashMapExt, HashSet};
use plan_model::{ItemKind, Plan};

use crate::{
    template::{SectionSpec, Template},
    title::{is_near, normalize},
};

/// How a document came to its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It says so.
    Declared,
    /// A glob of the settings.
    Glob,
    /// Its headings and fields are the template's.
    Matched,
}

impl How {
    /// Its name in outputs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Glob => "glob",
            Self::Matched => "matched",
        }
    }
}

/// What asked for a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Index of the section among the template's.
    pub spec: usize,
    /// The titles are near, not equal.
    pub near: bool,
}

/// A plan's sections with what the template says of each.
#[derive(Clone, Debug)]
pub struct Binding {
    template: Arc<Template>,
    how: How,
    bound: Arc<BoundSections>,
}

/// Which sections of a plan follow which of a template.
#[derive(Debug)]
struct BoundSections {
    /// For each section of the plan.
    sections: Vec<Option<Bound>>,
    /// For each section of the template how many of the plan are bound to it.
    counts: Vec<usize>,
}

/// What sections of a plan follow does not change while their titles and items stay what they are.
#[derive(Default)]
struct Kept(Mutex<Option<(Arc<Template>, Arc<BoundSections>)>>);

impl BoundSections {
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
                let key = section.compared(normalize);
                if phase && !key.ends_with('#') && !by_key.contains_key(key) { "phase #" } else { key }
            })
            .collect();
        let present: HashSet<&str> = titles.iter().copied().collect();
        // The same titles stand again and again.
        let mut near_specs: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut sections: Vec<Option<Bound>> = Vec::with_capacity(titles.len());
        let mut counts = vec![0; specs.len()];
        for (section, key) in plan.sections().zip(titles.iter().copied()) {
            let parent = section.parent().and_then(|parent| sections[parent]).map(|bound: Bound| bound.spec);
            let same_parent = |spec: &usize| specs[*spec].parent == parent;
            let exact = by_key.get(key).and_then(|candidates| {
                let fits = candidates.iter().find(|spec| same_parent(spec));
                let other =
                    || candidates.iter().find(|spec| !specs[**spec].inside_repeat && counts[**spec] == 0);
                fits.or_else(other).or(candidates.first()).copied()
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
            let bound = exact.or(title).map(|spec| Bound { spec, near: false });
            let bound = bound.or_else(|| near().map(|spec| Bound { spec, near: true }));
            if let Some(bound) = bound {
                counts[bound.spec] += 1;
            }
            sections.push(bound);
        }
        Self { sections, counts }
    }
}

impl Binding {
    /// Binds a plan to a template. Levels may be shifted and the order may differ; a section goes with the one around it.
    pub fn new(plan: &Plan, template: Arc<Template>, how: How) -> Self {
        let kept = plan.of_shape(|_| Kept::default());
        let mut kept = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept.as_ref().filter(|(known, _)| Arc::ptr_eq(known, &template));
        let bound = known.map(|(_, bound)| Arc::clone(bound));
        let bound = bound.unwrap_or_else(|| Arc::new(BoundSections::of(plan, &template)));
        *kept = Some((Arc::clone(&template), Arc::clone(&bound)));
        Self { template, how, bound }
    }

    /// The template.
    pub fn template(&self) -> &Arc<Template> {
        &self.template
    }

    /// How the document came to it.
    pub fn how(&self) -> How {
        self.how
    }

    /// What asked for a section of the plan.
    pub fn of(&self, section: usize) -> Option<Bound> {
        self.bound.sections.get(section).copied().flatten()
    }

    /// What asked for each section of the plan, in order.
    pub fn sections(&self) -> impl ExactSizeIterator<Item = Option<Bound>> + '_ {
        self.bound.sections.iter().copied()
    }

    /// How much of the template the plan has: the share of its sections that stand once, from 0 to 1.
    pub fn score(&self) -> f64 {
        let demanded: Vec<usize> = self.demanded().collect();
        let present = demanded.iter().filter(|spec| self.bound.counts[**spec] > 0).count();
        if demanded.is_empty() { 1.0 } else { present as f64 / demanded.len() as f64 }
    }

    /// How much of the template's top sections the plan has, from 0 to 1.
    pub fn top_score(&self) -> f64 {
        let top: Vec<usize> =
            self.demanded().filter(|spec| self.template.sections[*spec].level == 2).collect();
        let present = top.iter().filter(|spec| self.bound.counts[**spec] > 0).count();
        if top.is_empty() { 1.0 } else { present as f64 / top.len() as f64 }
    }

    /// The sections of the template that stand once.
    fn demanded(&self) -> impl Iterator<Item = usize> + '_ {
        let once = |spec: &SectionSpec| {
            spec.level > 1 && !spec.repeats && !spec.inside_repeat && !spec.key.contains('#')
        };
        self.template.sections.iter().enumerate().filter(move |(_, spec)| once(spec)).map(|(index, _)| index)
    }

    /// Whether the plan has a section that a section of the template asked for.
    pub fn has(&self, spec: usize) -> bool {
        self.bound.counts[spec] > 0
    }

    /// The sections of the template that the plan lacks, in the template's order. One inside another that is missing too is
    /// left out: it comes with it.
    pub fn missing(&self) -> Vec<usize> {
        let specs = &self.template.sections;
        self.demanded()
            .filter(|spec| !self.has(*spec))
            .filter(|spec| {
                specs[*spec].parent.is_none_or(|parent| specs[parent].level == 1 || self.has(parent))
            })
            .collect()
    }

    /// The sections of a repeated one that this one of the plan lacks.
    pub fn missing_inside(&self, plan: &Plan, section: usize) -> Vec<usize> {
        let present = plan
            .sections()
            .skip(section + 1)
            .take_while(|other| other.parent().is_some_and(|parent| parent >= section));
        let keys = present
            .filter(|other| other.parent() == Some(section))
            .filter_map(|other| self.of(other.index()));
        let keys: HashSet<&str> = keys.map(|bound| self.template.sections[bound.spec].key.as_str()).collect();
        self.parts_without(section, &keys)
    }

    /// For each section of the plan that repeats: what it lacks of its parts. One walk over the plan.
    pub fn missing_in_each(&self, plan: &Plan) -> Vec<(usize, Vec<usize>)> {
        let specs = &self.template.sections;
        let mut present: BTreeMap<usize, HashSet<&str>> = BTreeMap::new();
        for section in plan.sections() {
            let Some(bound) = self.of(section.index()) else { continue };
            if specs[self.model(bound.spec)].repeats {
                present.entry(section.index()).or_default();
            }
            if let Some(keys) = section.parent().and_then(|parent| present.get_mut(&parent)) {
                keys.insert(&specs[bound.spec].key);
            }
        }
        present.into_iter().map(|(section, keys)| (section, self.parts_without(section, &keys))).collect()
    }

    fn parts_without(&self, section: usize, present: &HashSet<&str>) -> Vec<usize> {
        let Some(bound) = self.of(section) else { return Vec::new() };
        // What is asked of every phase is written in the first.
        let model = self.model(bound.spec);
        let inside = self.template.sections.iter().enumerate().filter(|(_, spec)| spec.parent == Some(model));
        inside
            .filter(|(_, spec)| !spec.repeats && !present.contains(spec.key.as_str()))
            .map(|(index, _)| index)
            .collect()
    }

    /// The first sibling with the same title: what a repeated section says of all.
    pub fn model(&self, spec: usize) -> usize {
        let specs = &self.template.sections;
        let same = |other: &SectionSpec| other.key == specs[spec].key && other.parent == specs[spec].parent;
        specs.iter().position(same).unwrap_or(spec)
    }

    /// Sections of the plan that a section of the template asked for once and that stand more than once: the later ones,
    /// each with the first.
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
