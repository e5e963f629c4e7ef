//! Writes IDs and references of a family: new names of requirements, and references in new places.

use super::{DocumentRole, Family, ReferenceForm, line::PlainLine};

/// An ID that a requirement is renamed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewId {
    /// ID as written.
    pub id: String,
    /// ID for comparisons.
    pub key: String,
}

/// The way to write a reference in a new place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WrittenReference {
    /// A field with this name: `_Requirements: 1.2_`.
    Field(String),
    /// At the start of a task, between these texts: `[US1]`.
    Label(String, String),
    /// In a task, between these texts: `(AC: 1)`.
    Group(String, String),
    /// Anywhere in the text of a task.
    Text,
    /// In the front matter, under this key.
    FrontMatter(String),
}

impl Family {
    /// Returns the ID that `new` denotes for a requirement of a kind with the ID `old`: an ID of the kind, its
    /// number, or, if names are IDs, a name. `parent` is the ID and key of the parent. `None` if `new` is not an ID
    /// of the kind.
    pub fn new_id(&self, kind: usize, parent: Option<(&str, &str)>, old: &str, new: &str) -> Option<NewId> {
        let form = &self.kinds.get(kind)?.id;
        if !form.is_findable_in_text() {
            let id = form.write(parent.map(|(id, _)| id), "", new);
            let key = form.key_of(parent.map(|(_, key)| key), "", new);
            return Some(NewId { id, key });
        }
        let line = PlainLine::new(new, 0);
        let is_number = line.number(0).is_some_and(|(end, _)| end == line.len());
        let id = if is_number { with_number(old, new) } else { new.to_owned() };
        let line = PlainLine::new(&id, 0);
        let found = form.at(&line, 0).filter(|found| found.end == line.len())?;
        let continues = parent.is_none_or(|(_, parent)| {
            !form.is_numeric() || found.key.strip_prefix(parent).is_some_and(|rest| rest.starts_with('.'))
        });
        continues.then_some(NewId { id, key: found.key })
    }

    /// Returns whether the IDs of a kind are names, which can contain any text.
    pub fn has_names(&self, kind: usize) -> bool {
        self.kinds.get(kind).is_some_and(|kind| !kind.id.is_findable_in_text())
    }

    /// Returns whether the IDs of another kind start with those of this kind: `2.3` with `2`.
    pub fn has_child_ids(&self, kind: usize) -> bool {
        self.kinds.iter().any(|other| other.parent == Some(kind) && other.id.is_findable_in_text())
    }

    /// Returns the text before the name in a heading of a kind whose IDs are names: `Requirement: `.
    pub fn name_prefix(&self, kind: usize) -> Option<String> {
        let pattern = self.kinds.get(kind)?.form.heading.first()?;
        let (before, _) = pattern.written();
        before.strip_suffix("{title}").filter(|before| !before.is_empty()).map(str::to_owned)
    }

    /// Returns the ways to write a reference to a requirement of a kind in a document with this role, the preferred one
    /// first.
    pub fn written_references(&self, role: DocumentRole, kind: usize) -> Vec<WrittenReference> {
        let rules = self.references.iter().filter(|rule| rule.role == role && rule.to.contains(&kind));
        let forms = rules.filter_map(|rule| {
            Some(match &rule.form {
                ReferenceForm::Field(names) => WrittenReference::Field(names.first()?.written().0),
                ReferenceForm::Label(patterns) => {
                    let (before, after) = patterns.first()?.written();
                    WrittenReference::Label(before, after)
                }
                ReferenceForm::Group(patterns) => {
                    let (before, after) = patterns.first()?.written();
                    WrittenReference::Group(before, after)
                }
                ReferenceForm::Text => WrittenReference::Text,
                ReferenceForm::FrontMatter(keys) => WrittenReference::FrontMatter(keys.first()?.clone()),
                ReferenceForm::Heading | ReferenceForm::Section(_) => return None,
            })
        });
        forms.collect()
    }

    /// Returns an ID as written in a group: only the number, if the words of the group determine the kind.
    pub fn in_group(&self, kind: usize, before: &str, id: &str) -> String {
        let has_words = before.chars().any(char::is_alphabetic);
        let line = PlainLine::new(id.trim_start_matches(|c: char| !c.is_ascii_digit()), 0);
        let number = line.number(0).filter(|(end, _)| *end == line.len() && !self.has_names(kind));
        match number {
            Some((_, number))
                if has_words && self.kinds.get(kind).is_some_and(|kind| !kind.id.is_numeric()) =>
            {
                number
            }
            _ => id.to_owned(),
        }
    }
}

/// Returns an ID whose last number is another one, with at least as many digits.
fn with_number(old: &str, number: &str) -> String {
    let before = old.trim_end_matches(|c: char| !c.is_ascii_digit());
    let digits = before.bytes().rev().take_while(u8::is_ascii_digit).count();
    format!("{}{number:0>digits$}{}", &before[..before.len() - digits], &old[before.len()..])
}

/// Returns the text of a reference that names `id` instead of the ID in `old`: in the same case, and without letters or
/// the first numbers if `old` lacks them.
pub fn rewritten_id(old: &str, id: &str) -> String {
    let sign: String = old.chars().take_while(|c| !c.is_ascii_digit()).collect();
    if !sign.is_empty() && id.starts_with(&sign) {
        return id.to_owned();
    }
    if old.contains(|c: char| c.is_ascii_alphabetic()) {
        let is_lower = !old.contains(|c: char| c.is_ascii_uppercase());
        return if is_lower { id.to_lowercase() } else { id.to_owned() };
    }
    let count = old.split(['.', '．']).filter(|part| !part.is_empty()).count().max(1);
    let numbers = |c: char| !c.is_ascii_digit();
    let numbers: Vec<&str> = id.split(numbers).filter(|part| !part.is_empty()).collect();
    numbers[numbers.len().saturating_sub(count)..].join(".")
}

#[cfg(test)]
mod tests {
    use super::{super::Families, *};

    #[test]
    fn new_ids() {
        let families = Families::built_in();
        let new = |family: &str, kind: &str, parent: Option<(&str, &str)>, old: &str, new: &str| {
            let family = families.all().iter().find(|other| other.name == family).unwrap();
            let kind = family.kinds.iter().position(|other| &*other.name == kind).unwrap();
            family.new_id(kind, parent, old, new).map(|new| format!("{} {}", new.id, new.key))
        };
        let text = |id: Option<String>| id.unwrap_or_default();
        assert_eq!(text(new("spec-kit", "functional", None, "FR-003", "FR-030")), "FR-030 fr-30");
        assert_eq!(text(new("spec-kit", "functional", None, "FR-003", "30")), "FR-030 fr-30");
        assert_eq!(text(new("spec-kit", "story", None, "US2", "5")), "US5 us5");
        assert_eq!(text(new("kiro", "requirement", None, "2", "3")), "3 3");
        assert_eq!(text(new("kiro", "criterion", Some(("2", "2")), "2.3", "2.7")), "2.7 2.7");
        assert_eq!(
            text(new("openspec", "requirement", None, "CSV", "List export")),
            "List export list export"
        );
        assert_eq!(new("kiro", "criterion", Some(("2", "2")), "2.3", "3.1"), None);
        assert_eq!(new("kiro", "requirement", None, "2", "two"), None);
        assert_eq!(new("spec-kit", "functional", None, "FR-003", "SC-003"), None);
    }

    #[test]
    fn numbers_of_ids() {
        assert_eq!(with_number("FR-003", "12"), "FR-012");
        assert_eq!(with_number("SAIL_01x", "12"), "SAIL_12x");
        assert_eq!(with_number("FR-003b", "4"), "FR-004b");
    }

    #[test]
    fn rewritten_ids_keep_their_form() {
        for (old, id, expected) in [
            ("FR-003", "FR-030", "FR-030"),
            ("fr-3", "FR-030", "fr-030"),
            ("2", "US5", "5"),
            ("1", "AC12", "12"),
            ("5", "4.5", "5"),
            ("二", "3", "3"),
            ("§1.2", "§1.9", "§1.9"),
            ("1.2", "§1.9", "1.9"),
        ] {
            assert_eq!(rewritten_id(old, id), expected, "{old}");
        }
    }
}
