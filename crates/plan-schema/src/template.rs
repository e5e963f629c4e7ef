//! The built-in templates and how a plan is matched to one.

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use plan_model::Plan;
use plan_syntax::Document;

/// A template as far as its sections go.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its name: `codev-plan`.
    pub name: &'static str,
    /// The sections below the title, in order.
    pub sections: Vec<SectionSpec>,
    /// The compared titles of its sections that at most one other template has: what it is recognised by.
    distinctive: BTreeSet<String>,
}

/// A section that a template asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionSpec {
    /// 2 to 6.
    pub level: u8,
    /// The heading's text.
    pub title: String,
    /// The title as it is compared; see [`normalize`].
    key: String,
    /// The titles of the sections around it, outermost first, as they are compared.
    path: Vec<String>,
}

impl SectionSpec {
    /// Whether it stands inside a repeated part (a phase, a log entry), which is no section to offer by its own.
    fn is_repeated(&self) -> bool {
        let repeated = |key: &String| key.starts_with("phase ") || key.contains("yyyy");
        repeated(&self.key) || self.path.iter().any(repeated)
    }
}

macro_rules! built_in {
    ($($name:literal),*) => {
        [$(($name, include_str!(concat!("../templates/", $name, ".md")))),*]
    };
}

/// The built-in templates.
pub static BUILT_IN: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let mut templates: Vec<Template> =
        built_in!("project-plan", "codev-plan", "lifecycle-plan", "implementation-plan", "execution-plan")
            .into_iter()
            .map(|(name, text)| Template::read(name, text))
            .collect();
    let keys: Vec<BTreeSet<String>> = templates.iter().map(Template::keys).collect();
    for (template, own) in templates.iter_mut().zip(&keys) {
        let sharers = |key: &&String| keys.iter().filter(|keys| keys.contains(*key)).count();
        template.distinctive = own.iter().filter(|key| sharers(key) <= 2).cloned().collect();
    }
    templates
});

impl Template {
    fn read(name: &'static str, text: &str) -> Self {
        let document = Document::new(text);
        let plan = Plan::new(&document);
        let sections: Vec<_> = plan.sections().collect();
        let specs = sections
            .iter()
            .filter(|section| section.level() >= 2)
            .map(|section| {
                let title = section.title();
                let mut path: Vec<String> =
                    std::iter::successors(section.parent(), |parent| sections[*parent].parent())
                        .filter(|parent| sections[*parent].level() >= 2)
                        .map(|parent| normalize(&sections[parent].title()))
                        .collect();
                path.reverse();
                SectionSpec { level: section.level(), key: normalize(&title), path, title }
            })
            .collect();
        Self { name, sections: specs, distinctive: BTreeSet::new() }
    }

    /// The compared titles of the sections that stand once.
    fn keys(&self) -> BTreeSet<String> {
        self.sections.iter().filter(|spec| !spec.is_repeated()).map(|spec| spec.key.clone()).collect()
    }

    /// The sections that the plan lacks, in the template's order. A section inside one that is missing too is left out:
    /// it comes with it.
    pub fn missing(&self, plan: &Plan) -> Vec<&SectionSpec> {
        let present = keys(plan);
        let has = |key: &String| present.contains(key);
        self.sections
            .iter()
            .filter(|spec| !spec.is_repeated() && !has(&spec.key) && spec.path.iter().all(has))
            .collect()
    }
}

/// The compared titles of a plan's sections.
fn keys(plan: &Plan) -> HashSet<String> {
    plan.sections().map(|section| normalize(&section.title())).collect()
}

/// The template that a plan shares most headings with: at least four of those that at most one other template has, two more
/// than with any other, and three of its top sections, since the smaller ones (`Unit Tests`) stand in documents of any
/// kind.
pub fn best_match(plan: &Plan) -> Option<&'static Template> {
    let present = keys(plan);
    let mut scores: Vec<(usize, &Template)> = BUILT_IN
        .iter()
        .map(|template| (template.distinctive.iter().filter(|key| present.contains(*key)).count(), template))
        .collect();
    scores.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    match scores[..] {
        [(best, template), (next, _), ..] if best >= 4 && best >= next + 2 => {
            let top = template
                .sections
                .iter()
                .filter(|spec| spec.level == 2 && present.contains(&spec.key))
                .count();
            (top >= 3).then_some(template)
        }
        _ => None,
    }
}

/// A heading as it is compared: lower case, without numbering, emoji, punctuation, bracketed states and the difference
/// between `&` and `and`.
pub fn normalize(title: &str) -> String {
    let mut text = title.trim();
    if let Some(open) = text.rfind(" [").filter(|_| text.ends_with(']')) {
        text = &text[..open];
    }
    let text = text.to_lowercase().replace('&', " and ");
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "and")
        .skip_while(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_has_sections() {
        for template in BUILT_IN.iter() {
            assert!(template.sections.len() >= 10, "{}", template.name);
        }
    }

    #[test]
    fn titles_compare_by_what_they_say() {
        assert_eq!(normalize("3. Risks & Mitigations"), normalize("Risks and Mitigations"));
        assert_eq!(normalize("✅ Testing [DONE]"), "testing");
    }

    #[test]
    fn a_template_follows_itself() {
        for (name, text) in
            built_in!("project-plan", "codev-plan", "lifecycle-plan", "implementation-plan", "execution-plan")
        {
            let plan = Plan::new(&Document::new(text));
            assert_eq!(best_match(&plan).map(|template| template.name), Some(name));
            let missing = BUILT_IN
                .iter()
                .find(|template| template.name == name)
                .map(|template| template.missing(&plan).len());
            assert_eq!(missing, Some(0), "{name}");
        }
    }
}
