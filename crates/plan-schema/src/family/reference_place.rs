//! Places where a reference to a requirement can be written, for completion.

use super::{DocumentRole, Family, ReferenceForm, line::PlainLine};

/// A place where a reference can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReferencePlace {
    /// The typed part of the ID.
    pub typed: String,
    /// Indices of the kinds that the reference can refer to.
    pub kinds: Vec<usize>,
    /// Whether IDs are written as bare numbers at this place: `(AC: 1)`.
    pub bare: bool,
}

impl Family {
    /// Returns whether a text is an ID of the kind with this index.
    pub fn is_id_of(&self, kind: usize, id: &str) -> bool {
        let line = PlainLine::new(id, 0);
        self.kinds
            .get(kind)
            .is_some_and(|kind| kind.id.at(&line, 0).is_some_and(|found| found.end == line.len()))
    }

    /// Returns the place of a reference at the end of `typed`, the start of a line in a document with this role.
    pub fn reference_place(&self, role: DocumentRole, typed: &str) -> Option<ReferencePlace> {
        let length = typed
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '-'))
            .map(char::len_utf8)
            .sum::<usize>();
        let (before, word) = typed.split_at(typed.len() - length);
        // A name can contain spaces.
        let name = typed
            .rsplit([',', ';', '、', ':', '：', '(', '[', '"', '`'])
            .next()
            .unwrap_or(typed)
            .trim_start();
        let line = PlainLine::new(before, 0);
        let rules = self.references.iter().filter(|rule| rule.role == role);
        rules.into_iter().find_map(|rule| {
            let has_names = self.refers_to_names(rule) && rule.form.delimits_lists();
            let is_list = |from: usize| {
                line.folded[from.min(line.len())..].iter().all(|c| {
                    has_names && !matches!(c, ')' | ']')
                        || c.is_alphanumeric()
                        || c.is_whitespace()
                        || matches!(c, ',' | '、' | ';' | '.' | '-' | '–' | '#' | '+')
                })
            };
            let mut bare = false;
            let is_place = match &rule.form {
                ReferenceForm::Field(names) => (0..line.len()).any(|at| {
                    let starts = line.before(at).is_none_or(|c| !c.is_alphanumeric());
                    let end =
                        names.iter().filter_map(|name| name.prefix_at(&line, at)).max().filter(|_| starts);
                    end.map(|end| line.skip_spaces(end))
                        .is_some_and(|colon| line.folded.get(colon) == Some(&':') && is_list(colon + 1))
                }),
                ReferenceForm::Label(patterns) | ReferenceForm::Group(patterns) => {
                    (0..line.len()).any(|at| {
                        let from = patterns
                            .iter()
                            .find_map(|pattern| pattern.list_at(&line, at))
                            .map(|(from, _)| from);
                        let found = from.is_some_and(is_list);
                        if found && matches!(rule.form, ReferenceForm::Group(_)) {
                            let has_letters = line.folded[at..].iter().any(|c| c.is_alphabetic());
                            let mut kinds = rule.to.iter().map(|kind| &self.kinds[*kind]);
                            bare = has_letters && kinds.all(|kind| kind.id.of_bare_number("1").is_some());
                        }
                        found
                    })
                }
                ReferenceForm::Text => {
                    // After the letters of an ID: `FR-`.
                    let lower = word.to_lowercase();
                    let kinds = rule.to.iter().map(|kind| &self.kinds[*kind]);
                    kinds.into_iter().any(|kind| {
                        let prefix = kind.id.prefix();
                        prefix.len() >= 2 && lower.starts_with(&prefix)
                    })
                }
                ReferenceForm::FrontMatter(keys) => {
                    let lower = before.to_lowercase();
                    keys.iter().any(|key| lower.trim_start().starts_with(&format!("{}:", key.to_lowercase())))
                }
                ReferenceForm::Heading | ReferenceForm::Section(_) => false,
            };
            let typed = if has_names { name } else { word };
            is_place.then(|| ReferencePlace { typed: typed.to_owned(), kinds: rule.to.clone(), bare })
        })
    }
}
