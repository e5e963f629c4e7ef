//! The templates of a workspace, and the detection of the template that a plan follows.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{Arc, LazyLock},
};

use plan_model::{Meaning, Plan, Section};
use plan_syntax::BlockKind;

use crate::{
    binding::{Binding, BindingSource},
    template::{SectionSpec, Template, directive},
    title::normalize,
};

/// Templates in listing order.
#[derive(Clone, Debug)]
pub struct Templates {
    all: Vec<Arc<Template>>,
    /// Distinctive keys of each template: normalized titles and header keys that occur in at most one other template.
    distinctive: Vec<BTreeSet<String>>,
}

macro_rules! built_in {
    ($($name:literal: $description:literal),* $(,)?) => {
        [$(($name, $description, include_str!(concat!("../templates/", $name, ".md")))),*]
    };
}

/// Names, descriptions and texts of the built-in templates.
const BUILT_IN_TEXTS: [(&str, &str, &str); 5] = built_in!(
    "project-plan": "A project with phases, risks, milestones and a Gantt chart",
    "codev-plan": "A feature divided into phases, each with criteria, tests and rollback",
    "lifecycle-plan": "A plan that is updated throughout its lifecycle: goals, phases, rollout, progress and a log",
    "implementation-plan": "A feature divided into tasks, with testing, deployment, communication and budget",
    "execution-plan": "A single piece of work: goal, approach, steps, risks and questions",
);

static BUILT_IN: LazyLock<Arc<Templates>> = LazyLock::new(|| {
    let compile = |(name, description, text): (&str, &str, &str)| {
        let mut template = Template::compile(name, text);
        description.clone_into(&mut template.description);
        Arc::new(template)
    };
    Arc::new(Templates::from_templates(BUILT_IN_TEXTS.into_iter().map(compile).collect()))
});

impl Templates {
    /// Returns the five built-in templates.
    pub fn built_in() -> Arc<Self> {
        Arc::clone(&BUILT_IN)
    }

    /// Returns the names of the built-in templates.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> {
        BUILT_IN_TEXTS.into_iter().map(|(name, ..)| name)
    }

    /// Returns the built-in templates and those of a workspace. A workspace template replaces the built-in template of
    /// the same name.
    pub fn with(workspace: impl IntoIterator<Item = Template>) -> Self {
        let mut all = BUILT_IN.all.clone();
        for template in workspace {
            let template = Arc::new(template);
            match all.iter_mut().find(|other| other.name == template.name) {
                Some(built_in) => *built_in = template,
                None => all.push(template),
            }
        }
        Self::from_templates(all)
    }

    fn from_templates(all: Vec<Arc<Template>>) -> Self {
        let keys_of = |template: &Arc<Template>| match template.is_detected {
            true => section_and_header_keys(template),
            false => BTreeSet::new(),
        };
        let keys: Vec<BTreeSet<String>> = all.iter().map(keys_of).collect();
        let count = |key: &String| keys.iter().filter(|keys| keys.contains(key)).count();
        let distinctive =
            keys.iter().map(|keys| keys.iter().filter(|key| count(key) <= 2).cloned().collect()).collect();
        Self { all, distinctive }
    }

    /// Returns all templates.
    pub fn all(&self) -> &[Arc<Template>] {
        &self.all
    }

    /// Returns the template with this name, ignoring case.
    pub fn named(&self, name: &str) -> Option<&Arc<Template>> {
        self.all.iter().find(|template| template.name.eq_ignore_ascii_case(name))
    }

    /// Returns the template name that a document declares: `template:` in its front matter, or the comment
    /// `<!-- plansmith-template NAME -->` before its first H2.
    pub fn declared_name(plan: &Plan) -> Option<String> {
        let entry = plan.front_matter().iter().find(|entry| entry.meaning == Some(Meaning::Template));
        if let Some(entry) = entry.filter(|entry| !entry.text.is_empty()) {
            return Some(entry.text.clone());
        }
        let document = plan.document();
        let first = plan.sections().find(|section| section.level() == 2);
        let end = first.map_or(document.len(), |section| section.heading_range().start);
        for (start, segment) in document.segments().take_while(|(start, _)| *start < end) {
            let content = document.content(start, segment);
            for block in &content.outline.blocks {
                if !matches!(block.kind, BlockKind::Html { comment: true }) {
                    continue;
                }
                let text = &content.text[plan_syntax::outline::bytes(&block.span)];
                if let Some(("template", name)) = directive(text) {
                    return Some(name.to_owned());
                }
            }
        }
        None
    }

    /// Returns whether a document can follow any template, so that the templates must be loaded. With fewer than two
    /// different section titles, it must declare its template or have one assigned to its path.
    pub fn may_bind(plan: &Plan, by_path: Option<&str>) -> bool {
        by_path.is_some()
            || plan.structure_memo(SectionTitles::of).all.len() > 1
            || Self::declared_name(plan).is_some()
    }

    /// Returns the template that a document follows: the declared one, otherwise the one that the settings assign to
    /// its path (`by_path`), otherwise the best match.
    ///
    /// A match requires at least four distinctive titles and header keys, of which three are titles, and two more
    /// than any other template. At least three top-level sections of the template must be top-level sections of the
    /// document, because subsections such as `Unit Tests` occur in documents of any kind. The shared top-level
    /// sections must be half of the template's or three fifths of the document's. The last condition excludes plans
    /// of other families, which also have goals and risks.
    pub fn bind(&self, plan: &Plan, by_path: Option<&str>) -> Option<Binding> {
        if let Some(template) = Self::declared_name(plan).and_then(|name| self.named(&name).cloned()) {
            return Some(Binding::new(plan, template, BindingSource::Declared));
        }
        if let Some(template) = by_path.and_then(|name| self.named(name).cloned()) {
            return Some(Binding::new(plan, template, BindingSource::Glob));
        }
        let titles = plan.structure_memo(SectionTitles::of);
        let SectionTitles { all: present, top } = titles;
        let fields: HashSet<String> =
            plan.fields().into_iter().map(|field| format!("field {}", field.key.to_lowercase())).collect();
        let mut scores: Vec<(usize, usize, &Arc<Template>)> = self
            .all
            .iter()
            .zip(&self.distinctive)
            .map(|(template, keys)| {
                let titles = keys.iter().filter(|key| present.contains(key.as_str())).count();
                let keys = keys.iter().filter(|key| fields.contains(key.as_str())).count();
                (titles + keys, titles, template)
            })
            .collect();
        scores.sort_by_key(|(score, ..)| std::cmp::Reverse(*score));
        let (best, titles, template) = *scores.first()?;
        let next = scores.get(1).map_or(0, |(score, ..)| *score);
        let tops = || template.sections.iter().filter(|section| section.level == 2 && !section.repeats);
        let shared = tops().filter(|section| top.contains(section.key.as_str())).count();
        let expected = tops().count();
        // Most top-level sections of one are also in the other.
        let close = shared * 2 >= expected || shared * 5 >= top.len() * 3;
        let clear = best >= 4 && titles >= 3 && shared >= expected.clamp(1, 3) && close;
        // A small template has fewer than four distinctive keys: the document must have all sections of the template
        // and few other sections.
        let whole = expected > 1 && shared == expected && titles > 1 && shared * 5 >= top.len() * 3;
        let matches = (clear || whole) && best >= next + 2;
        matches.then(|| Binding::new(plan, Arc::clone(template), BindingSource::Matched))
    }
}

/// The normalized section titles of a plan.
struct SectionTitles {
    all: HashSet<Box<str>>,
    /// The titles of the top-level sections: those directly below the title, or those of level 1 if the
    /// document has more than two of them.
    top: HashSet<Box<str>>,
}

impl SectionTitles {
    fn of(plan: &Plan) -> Self {
        let titles = plan.sections().filter(|section| section.level() == 1).count();
        let below = plan.sections().map(|section| section.level()).filter(|level| *level > 1).min();
        let level = if titles > 2 { 1 } else { below.unwrap_or(2) };
        let normalized = |section: Section<'_>| Box::from(section.comparison_key(normalize));
        Self {
            all: plan.sections().map(normalized).collect(),
            top: plan.sections().filter(|section| section.level() == level).map(normalized).collect(),
        }
    }
}

/// Returns the titles of a template's non-repeatable sections, and its header keys.
fn section_and_header_keys(template: &Template) -> BTreeSet<String> {
    let once = |section: &&SectionSpec| section.level > 1 && !section.repeats && !section.inside_repeat;
    let titles = template.sections.iter().filter(once).map(|section| section.key.clone());
    let titles = titles.filter(|key| !key.contains('#') && !key.is_empty());
    let fields =
        template.fields.iter().filter(|field| template.is_header(field) && !field.key.starts_with('['));
    titles.chain(fields.map(|field| format!("field {}", field.key.to_lowercase()))).collect()
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;

    #[test]
    fn built_in_templates_match_themselves() {
        let templates = Templates::built_in();
        assert_eq!(templates.all().len(), 5);
        for template in templates.all() {
            assert_eq!(template.problems, [], "{}", template.name);
            let plan = Plan::new(&Document::new(&template.text));
            let binding = templates.bind(&plan, None).unwrap();
            assert_eq!(binding.template().name, template.name);
            assert_eq!(binding.missing_sections(), Vec::<usize>::new(), "{}", template.name);
            assert_eq!(binding.score(), 1.0, "{}", template.name);
        }
    }

    #[test]
    fn declared_templates_take_precedence() {
        let bind = |text: &str| {
            let plan = Plan::new(&Document::new(text));
            Templates::built_in()
                .bind(&plan, None)
                .map(|binding| (binding.template().name.clone(), binding.source()))
        };
        assert_eq!(
            bind("---\ntemplate: codev-plan\n---\n# x\n"),
            Some(("codev-plan".into(), BindingSource::Declared))
        );
        assert_eq!(
            bind("# x\n\n<!-- plansmith-template project-plan -->\n\n## y\n"),
            Some(("project-plan".into(), BindingSource::Declared))
        );
        assert_eq!(bind("# x\n\n## y\n\n<!-- plansmith-template project-plan -->\n"), None);
        assert_eq!(bind("---\ntemplate: unknown\n---\n# x\n"), None);
    }

    #[test]
    fn small_templates_and_shifted_levels_match() {
        let own = Template::compile("recipe", "# Recipe: [Name]\n\n## Ingredients\n\n## Steps to take\n");
        let templates = Templates::with([own]);
        let bind = |text: &str| {
            let plan = Plan::new(&Document::new(text));
            templates.bind(&plan, None).map(|binding| binding.template().name.clone())
        };
        assert_eq!(bind("# Recipe: Soup\n\n## Ingredients\n\n## Steps to take\n").as_deref(), Some("recipe"));
        assert_eq!(
            bind("# Recipe: Soup\n\n### Ingredients\n\n### Steps to take\n").as_deref(),
            Some("recipe")
        );
        assert_eq!(bind("# Soup\n\n## Ingredients\n"), None);
        assert_eq!(bind("# Soup\n\n## Ingredients\n\n## Steps to take\n\n## A\n\n## B\n\n## C\n"), None);
    }

    #[test]
    fn workspace_templates_replace_built_in_ones() {
        let own = Template::compile("codev-plan", "# [x]\n\n## Only this\n");
        let templates = Templates::with([own, Template::compile("mine", "# [x]\n\n## That\n")]);
        let names: Vec<&str> = templates.all().iter().map(|template| template.name.as_str()).collect();
        assert_eq!(names.len(), 6);
        assert_eq!(templates.named("codev-plan").map(|template| template.sections.len()), Some(2));
        assert_eq!(names.last(), Some(&"mine"));
    }
}
