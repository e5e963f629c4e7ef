//! Rules and their findings, independent of the output format. The module `rules` contains the rules.

use std::{collections::BTreeMap, fmt, sync::Arc};

use plan_schema::DocumentKind;
use plan_syntax::RangeExt;

use crate::{Edit, File, TextRange, Workspace, rules::RuleView};

/// Severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A suggestion, which editors display unobtrusively.
    Hint,
    /// A potential problem.
    Info,
    /// A probable mistake.
    Warning,
    /// A certain mistake. No rule has this severity by default.
    Error,
}

impl Severity {
    /// Returns the name in settings and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// Returns the severity with this name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Hint, Self::Info, Self::Warning, Self::Error]
            .into_iter()
            .find(|severity| severity.name() == name)
    }
}

/// A rule.
pub struct Rule {
    /// Name of the problem, in kebab case: `unclosed-fence`.
    pub name: &'static str,
    /// The group of the rule.
    pub group: Group,
    /// The default severity of its findings. `None` for a rule that is off by default.
    pub severity: Option<Severity>,
    /// The kinds of documents that the rule checks.
    pub applies_to: &'static [DocumentKind],
    /// The reported problem, in one line without a full stop.
    pub summary: &'static str,
    /// The rest of the rule's page in Markdown, with the headings *What it checks*, *Why*, *Example*, *Fix* and
    /// optionally *Options*. The first example is incorrect, the second one correct.
    pub doc: &'static str,
    /// The check that finds the problems.
    pub check: Check,
}

/// The check of a rule.
#[derive(Clone, Copy)]
pub enum Check {
    /// Checks one file. Its findings are cached with the file.
    File(fn(&File, &mut Vec<Finding>)),
    /// Checks one file together with other files. Its fixes can be computed lazily.
    Workspace(fn(&File, &Workspace<'_>, &mut Vec<Finding>), Option<FixProvider>),
    /// Checks each segment separately, and then the parts of the file that span segments.
    PerSegment(&'static PerSegment),
}

/// The part of a rule that is not limited to single segments.
pub enum RestCheck {
    /// The rule only checks single segments.
    None,
    /// Checks the file. Its findings are cached with the file.
    File(fn(&File, &mut Vec<Finding>)),
    /// Checks the file together with other files.
    Workspace(fn(&File, &Workspace<'_>, &mut Vec<Finding>)),
}

/// Computes the fixes of a finding, best first.
pub type FixProvider = fn(&File, &Workspace<'_>, &Finding) -> Vec<Fix>;

/// The functions of a rule that checks mostly single segments.
pub struct PerSegment {
    /// Checks a segment. The findings are cached with the segment, so every range in them must be within it.
    pub check: fn(&RuleView<'_>, &mut Vec<Finding>),
    /// Checks the parts of the file that span segments.
    pub check_rest: RestCheck,
    /// Computes expensive fixes on demand. None of them is safe.
    pub fixes: Option<FixProvider>,
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// Rules that also check archives: rules about Markdown syntax and links, and the rules about archives.
const ARCHIVE_RULES: [&str; 12] = [
    "folder-status-mismatch",
    "archived-with-open-tasks",
    "malformed-checkbox",
    "front-matter-syntax",
    "table-column-count",
    "unclosed-fence",
    "nested-fence",
    "broken-link",
    "broken-anchor",
    "accidental-heading",
    "merge-conflict",
    "mojibake",
];

impl Rule {
    /// Returns whether the rule checks documents of this kind. In archives (`archived`), only a few rules apply.
    pub fn applies(&self, kind: DocumentKind, archived: bool) -> bool {
        self.applies_to.contains(&kind) && (!archived || ARCHIVE_RULES.contains(&self.name))
    }
}

/// A group of rules. Settings can set the severity of a whole group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Contradictory states.
    State,
    /// Tasks, checkboxes and dependencies.
    Tasks,
    /// Header fields and dates.
    Header,
    /// Tables and Gantt charts.
    Tables,
    /// References between plans.
    Files,
    /// Markdown syntax, text and links.
    Text,
    /// Conformance to the template.
    Template,
    /// Documents of a document set: requirements and the tasks that refer to them.
    Families,
}

impl Group {
    /// Returns the name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Tasks => "tasks",
            Self::Header => "header",
            Self::Tables => "tables",
            Self::Files => "files",
            Self::Text => "text",
            Self::Template => "template",
            Self::Families => "families",
        }
    }

    /// All groups.
    pub const ALL: [Self; 8] = [
        Self::State,
        Self::Tasks,
        Self::Header,
        Self::Tables,
        Self::Files,
        Self::Text,
        Self::Template,
        Self::Families,
    ];
}

/// A problem that a rule reports.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that reports the problem.
    pub rule: &'static Rule,
    /// The problem, in lower case and without full stop.
    pub message: Arc<str>,
    /// The severity; `None` for the severity of the rule.
    pub severity: Option<Severity>,
    /// The affected text.
    pub range: TextRange,
    /// Related ranges in the file.
    pub related: Vec<RelatedRange>,
    /// Other places with the same problem, which are not reported separately.
    pub places: Vec<TextRange>,
    /// Related lines of other files.
    pub related_locations: Vec<RelatedLocation>,
    /// Text that is misread because of the problem. Other findings about it are not reported.
    pub misread: Option<TextRange>,
    /// Fixes, best first. Lazily computed fixes are returned by [`Finding::with_fixes`].
    pub fixes: Vec<Fix>,
}

/// Another range in the same file that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedRange {
    /// Range in the file.
    pub range: TextRange,
    /// Label shown at the range.
    pub message: Arc<str>,
}

/// A line of another file that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedLocation {
    /// The path of the file in the index.
    pub path: String,
    /// Line number, 0-based.
    pub line: u32,
    /// Label shown at the line.
    pub message: String,
}

/// A change that removes a finding and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The title, as an imperative: `Insert closing fence`.
    pub title: String,
    /// Edits of the file, which do not overlap.
    pub edits: Vec<Edit>,
    /// Whether the fix is safe: it certainly matches the author's intention and may be applied without confirmation.
    pub safe: bool,
}

impl Finding {
    /// Creates a finding without related ranges and fixes.
    pub(crate) fn new(rule: &'static Rule, range: TextRange, message: impl Into<Arc<str>>) -> Self {
        Self {
            rule,
            message: message.into(),
            severity: None,
            range,
            related: Vec::new(),
            places: Vec::new(),
            related_locations: Vec::new(),
            misread: None,
            fixes: Vec::new(),
        }
    }

    /// Adds a related range.
    pub(crate) fn related(mut self, range: TextRange, message: impl Into<Arc<str>>) -> Self {
        self.related.push(RelatedRange { range, message: message.into() });
        self
    }

    /// Adds a related line of another file.
    pub(crate) fn related_location(
        mut self,
        path: impl Into<String>,
        line: u32,
        message: impl Into<String>,
    ) -> Self {
        self.related_locations.push(RelatedLocation { path: path.into(), line, message: message.into() });
        self
    }

    /// Sets the text that is misread because of the problem.
    pub(crate) fn misread(mut self, range: TextRange) -> Self {
        self.misread = Some(range);
        self
    }

    /// Adds a fix.
    pub(crate) fn fix(mut self, title: impl Into<String>, edits: Vec<Edit>, safe: bool) -> Self {
        self.fixes.push(Fix { title: title.into(), edits, safe });
        self
    }

    /// Adds fixes.
    pub(crate) fn extend_fixes(mut self, fixes: impl IntoIterator<Item = Fix>) -> Self {
        self.fixes.extend(fixes);
        self
    }

    /// Returns the finding with all fixes, including lazily computed ones.
    pub fn with_fixes(&self, file: &File, workspace: &Workspace<'_>) -> Self {
        let fixes = match self.rule.check {
            Check::PerSegment(&PerSegment { fixes: Some(fixes), .. }) | Check::Workspace(_, Some(fixes)) => {
                let mut found = fixes(file, workspace, self);
                for place in self.places.iter().take(MAX_FIXED_PLACES) {
                    let other = Self { range: place.clone(), places: Vec::new(), ..self.clone() };
                    merge_fixes(&mut found, &fixes(file, workspace, &other));
                }
                found
            }
            _ => self.fixes.clone(),
        };
        Self { fixes, ..self.clone() }
    }

    /// Merges another finding of the same problem into this one: its range and the edits of its first fix.
    pub(crate) fn join(&mut self, other: &Self) {
        self.places.push(other.range.clone());
        merge_fixes(&mut self.fixes, &other.fixes);
    }

    /// Returns the finding with all its ranges moved by the distance from the offset `from` to the offset `to`.
    pub(crate) fn shifted(&self, from: usize, to: usize) -> Self {
        let mut shifted = self.clone();
        shifted.ranges_mut().for_each(|range| *range = range.shifted(from, to));
        shifted
    }

    /// Returns all ranges in the file. The patterns name every field, so that a new field does not compile until it is
    /// handled.
    fn ranges_mut(&mut self) -> impl Iterator<Item = &mut TextRange> {
        let Self {
            rule: _,
            message: _,
            severity: _,
            range,
            related,
            places,
            related_locations: _,
            misread,
            fixes,
        } = self;
        let related = related.iter_mut().map(|RelatedRange { range, message: _ }| range);
        let edits = fixes.iter_mut().flat_map(|Fix { title: _, edits, safe: _ }| edits);
        let edits = edits.map(|Edit { range, text: _ }| range);
        std::iter::once(range).chain(related).chain(places).chain(misread).chain(edits)
    }

    /// Returns the fix that may be applied without confirmation.
    pub fn safe_fix(&self) -> Option<&Fix> {
        self.fixes.iter().find(|fix| fix.safe)
    }
}

/// Maximum number of further places that a lazily computed fix changes together with the first one.
const MAX_FIXED_PLACES: usize = 200;

/// Adds the edits of the first fix of `more` to the first fix of `fixes`, if both have the same title and are equally
/// safe.
fn merge_fixes(fixes: &mut [Fix], more: &[Fix]) {
    if let (Some(first), Some(more)) = (fixes.first_mut(), more.first())
        && (&first.title, first.safe) == (&more.title, more.safe)
    {
        let new = more.edits.iter().filter(|edit| !first.edits.contains(edit));
        let new: Vec<Edit> = new.cloned().collect();
        first.edits.extend(new);
    }
}

/// Returns the edits of all safe fixes of these findings. If two fixes overlap, the first one is used.
pub fn fix_all<'a>(
    file: &File,
    workspace: &Workspace<'_>,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> Vec<Edit> {
    let fixes = findings.into_iter().filter_map(|finding| match finding.rule.check {
        Check::Workspace(_, Some(_)) => finding.with_fixes(file, workspace).safe_fix().cloned(),
        _ => finding.safe_fix().cloned(),
    });
    // Sorted by position. The edits do not overlap, so only the last one that starts before the end of an edit can
    // overlap it.
    let mut edits: BTreeMap<(usize, usize), Edit> = BTreeMap::new();
    for fix in fixes {
        let overlaps = |edit: &Edit| {
            let before = edits.range(..(edit.range.end, 0)).next_back();
            before.is_some_and(|((_, end), _)| edit.range.start < *end)
                || edits.contains_key(&(edit.range.start, edit.range.end))
        };
        if !fix.edits.iter().any(overlaps) {
            edits.extend(fix.edits.iter().map(|edit| ((edit.range.start, edit.range.end), edit.clone())));
        }
    }
    edits.into_values().collect()
}
