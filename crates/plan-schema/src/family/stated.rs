//! Values that a document states about itself. Rules compare them with other documents of the document set.

use plan_model::{Plan, State};

use super::{Family, TaskValue};

/// Values that a document states about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatedValues {
    /// Status of the document.
    pub status: Option<StatedStatus>,
    /// Wave in which a plan is executed.
    pub wave: Option<u32>,
    /// Plans that must be executed first, as written.
    pub depends_on: Box<[Box<str>]>,
    /// Files that a plan changes, as written.
    pub files: Box<[Box<str>]>,
}

/// Status of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedStatus {
    /// Status as written.
    pub text: Box<str>,
    /// State that the status denotes, if it is recognized.
    pub state: Option<State>,
    /// Line, 0-based.
    pub line: u32,
}

impl StatedValues {
    /// Reads the values of a document; `None` if it states none.
    pub(super) fn read(plan: &Plan, family: &Family) -> Option<Self> {
        let status = plan.status().filter(|status| !status.value.trim().is_empty());
        let status = status.map(|status| StatedStatus {
            state: family.state_of(plan, &status.value),
            line: plan.document().rope().byte_to_line(status.value_range.start) as u32,
            text: status.value.into(),
        });
        let entry = |source: &Option<TaskValue>| {
            let Some(TaskValue::FrontMatter(key)) = source else { return None };
            let mut entries = plan.front_matter().iter();
            entries
                .find(|entry| plan.document().slice(entry.key.clone()).trim() == key)
                .map(|entry| &*entry.text)
        };
        let list = |source| -> Box<[Box<str>]> {
            let values = entry(source).unwrap_or_default().split(',').map(str::trim);
            values.filter(|value| !value.is_empty()).map(Into::into).collect()
        };
        let stated = Self {
            status,
            wave: entry(&family.wave).and_then(|wave| wave.trim().parse().ok()),
            depends_on: list(&family.depends_on),
            files: list(&family.files),
        };
        (stated != Self::default()).then_some(stated)
    }

    /// Returns whether two documents state the same values, at any position.
    pub(super) fn are_same_beyond_positions(a: Option<&Self>, b: Option<&Self>) -> bool {
        let values = |stated: &Self| {
            let status = stated.status.as_ref().map(|status| (status.text.clone(), status.state));
            (status, stated.wave, stated.depends_on.clone(), stated.files.clone())
        };
        a.map(values) == b.map(values)
    }
}

/// Returns the name of a plan without its ending: `02-01` of `02-01-PLAN.md` and `02-01-PLAN`.
pub fn plan_stem(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".md").unwrap_or(name);
    let end = stem.len().checked_sub("-PLAN".len())?;
    stem.get(end..)?.eq_ignore_ascii_case("-plan").then(|| &stem[..end])
}

impl Family {
    /// Returns the number of a plan from the name of its file, in families that name plans so: `03-02` of `03-02-PLAN.md`.
    pub(super) fn plan_number<'a>(&self, name: &'a str) -> Option<&'a str> {
        let number = plan_stem(name).filter(|_| self.has_reader("gsd-summary"))?;
        number.contains(|c: char| c.is_ascii_digit()).then_some(number)
    }

    /// Returns the state that a status denotes: by the words of the family, otherwise by the built-in words.
    pub fn state_of(&self, plan: &Plan, status: &str) -> Option<State> {
        let value = status.trim().trim_matches(['*', '`', '_', '"']).to_lowercase();
        let own = self.status_words.iter().find(|(_, word)| {
            value.strip_prefix(&**word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        });
        own.map(|(state, _)| *state).or_else(|| plan.state_of(status))
    }
}
