//! The view of a segment for rules that check single segments.

use std::{any::Any, ops::Deref, sync::Arc};

use plan_model::{Item, Plan, ResolvedName, SegmentView, State, reference::Value};
use plan_schema::{Binding, DocumentKind, Line, LineKind, Placeholder, Template, candidate_lines};
use plan_syntax::{Memos, View};

use super::graph::DependencyEdge;
use crate::{Environment, File, TextRange};

/// View of a segment for rules: its sections, items, links and tables, and the facts about the file in
/// `RuleInputs`.
#[derive(Clone, Debug)]
pub struct RuleView<'a> {
    file: &'a File,
    segment: SegmentView<'a>,
    inputs: Arc<RuleInputs>,
}

/// The key of rule views, which identifies all their data except the segment.
#[derive(Debug)]
pub struct RuleInputs {
    /// Fingerprint of the context; see [`Plan::context_fingerprint`].
    context_fingerprint: u64,
    kind: DocumentKind,
    /// Whether only the rules for archives apply.
    archived: bool,
    /// The template, which determines the binding of sections together with the context fingerprint.
    template: Option<Arc<Template>>,
    /// State of the plan according to its status.
    state: Option<State>,
    /// State names and other settings.
    environment: Arc<Environment>,
}

impl PartialEq for RuleInputs {
    fn eq(&self, other: &Self) -> bool {
        let Self { context_fingerprint, kind, archived, template, state, environment } = self;
        let same_template = match (template, &other.template) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        (context_fingerprint, kind, archived, state)
            == (&other.context_fingerprint, &other.kind, &other.archived, &other.state)
            && same_template
            && Arc::ptr_eq(environment, &other.environment)
    }
}

impl Eq for RuleInputs {}

impl View for RuleView<'_> {
    type ViewKey = Arc<RuleInputs>;

    fn key(&self) -> Option<Self::ViewKey> {
        Some(Arc::clone(&self.inputs))
    }

    fn memos(&self) -> &Memos {
        self.segment.content().memos()
    }
}

/// Provides the segment with its items and links. Data of other segments may be used if it is part of the structure,
/// but not the titles and ranges of their items.
impl<'a> Deref for RuleView<'a> {
    type Target = SegmentView<'a>;

    fn deref(&self) -> &SegmentView<'a> {
        &self.segment
    }
}

impl<'a> RuleView<'a> {
    /// Returns the views of all segments.
    pub fn each(file: &'a File) -> impl Iterator<Item = Self> {
        let plan = file.plan();
        let inputs = Arc::new(RuleInputs {
            context_fingerprint: plan.context_fingerprint(),
            kind: file.kind(),
            archived: file.is_archived(),
            template: file.template().cloned(),
            state: plan.status().and_then(|status| plan.state_of(&status.value)),
            environment: file.shared_environment(),
        });
        plan.segment_views().map(move |segment| Self { file, segment, inputs: Arc::clone(&inputs) })
    }

    /// Returns the kind of the document.
    pub(super) fn kind(&self) -> DocumentKind {
        self.inputs.kind
    }

    /// Returns whether the document is in an archive, so that only the rules for archives apply.
    pub(super) fn is_archived(&self) -> bool {
        self.inputs.archived
    }

    /// Returns the binding of the sections to those of the template.
    pub(crate) fn binding(&self) -> Option<&'a Binding> {
        self.file.binding()
    }

    /// Returns the state of the plan, by its status.
    pub(crate) fn plan_state(&self) -> Option<State> {
        self.inputs.state
    }

    /// Returns an item of the segment.
    pub(crate) fn item(&self, index: usize) -> Option<Item<'a>> {
        self.items().find(|item| item.index() == index)
    }

    /// Returns the range in the document of the name that states a dependency. The name is in the segment.
    pub(super) fn dependency_name_range(&self, edge: &DependencyEdge) -> TextRange {
        edge.name_range(self.file.plan())
    }

    /// Returns the state of a status value; see [`Plan::state_of`].
    pub(crate) fn state_of(&self, value: &str) -> Option<State> {
        self.file.plan().state_of(value)
    }

    /// Returns the text of a range in the document. Empty if the range is not within the segment.
    pub(crate) fn text(&self, range: &TextRange) -> &'a str {
        let within = range.start.checked_sub(self.start()).zip(range.end.checked_sub(self.start()));
        let text = within.and_then(|(start, end)| self.content().text.get(start..end));
        text.unwrap_or_default()
    }

    /// Returns the lines of the segment for which `is_wanted` returns true; see [`candidate_lines`].
    pub(crate) fn candidate_lines(
        &self,
        is_wanted: impl Fn(&LineKind, &[Placeholder], bool) -> bool,
    ) -> Vec<Line> {
        candidate_lines(self.file.plan(), &self.segment, is_wanted)
    }

    /// Returns the items that names at offsets in the segment refer to.
    pub(crate) fn resolve<'v>(&self, names: impl Iterator<Item = (&'v Value, usize)>) -> Vec<ResolvedName> {
        self.file.plan().resolve_all(names.map(|(value, offset)| (value, offset, None)))
    }

    /// Returns the value of type `T` that is memoized with the structure; see [`Plan::structure_memo`].
    pub(crate) fn structure_memo<T: Any + Send + Sync>(&self, compute: fn(&Plan) -> T) -> &'a T {
        self.file.plan().structure_memo(compute)
    }

    /// Returns the value of type `T` that is memoized with the file. `compute` may use only the data in [`RuleInputs`]:
    /// of the plan, its structure and its anchors.
    pub(crate) fn file_memo<T: Any + Send + Sync>(&self, compute: fn(&File) -> T) -> &'a T {
        self.file.memo(compute)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use plan_model::reference;
    use plan_syntax::{Document, RangeExt};
    use plan_test::edits::RandomEdits;

    use super::*;

    /// Returns all results of the view as text, with ranges relative to the segment.
    fn answers(view: &RuleView<'_>) -> String {
        struct Ids(BTreeSet<String>);
        struct Anchors(String);

        let start = view.start();
        let relative = |range: &TextRange| range.shifted(start, 0);
        let is_near = |range: &TextRange| start <= range.start && range.end <= start + view.segment().len();
        let binding = view.binding().map(|binding| {
            let sections: Vec<_> = view.sections().map(|section| binding.of(section.index())).collect();
            (binding.template().name.clone(), sections)
        });
        let states = ["Done", "🟢", "🔴", "nothing"].map(|value| view.state_of(value));
        let lines = view.candidate_lines(|_, _, _| true).into_iter();
        let lines: Vec<_> = lines
            .map(|line| (line.section, line.context, relative(&line.range), line.text, line.placeholders))
            .collect();
        let names = ["Task 1.1", "1.9", "T003", "Phase 2"].map(|name| (reference::parse(name), start));
        let names = view.resolve(names.iter().map(|(value, offset)| (value, *offset))).into_iter();
        let names: Vec<_> = names.map(|name| (name.resolution, name.targets.to_vec())).collect();
        let links = view.links().into_iter();
        let links: Vec<_> = links
            .map(|link| {
                // The target of a link through a definition can be in another segment, and change there.
                let target = Some(link.target).filter(|_| is_near(&link.target_range));
                (link.text.to_owned(), target.map(str::to_owned), relative(&link.range))
            })
            .collect();
        let tables: Vec<_> = view
            .tables()
            .map(|table| {
                let rows = table
                    .rows()
                    .into_iter()
                    .map(|row| row.cells.iter().map(|cell| cell.text).collect::<Vec<_>>());
                (table.kind(), rows.collect::<Vec<_>>())
            })
            .collect();
        let milestones: Vec<_> = view
            .milestones()
            .iter()
            .map(|found| {
                let tasks = found.tasks.iter().map(|name| (name.resolution, name.targets.to_vec()));
                (found.title.text, tasks.collect::<Vec<_>>())
            })
            .collect();
        let charts: Vec<_> = view.gantt_charts().into_iter().map(|(at, chart)| (at - start, chart)).collect();
        let levels: Vec<_> = view.risk_levels().map(|level| (level.text, relative(&level.range))).collect();
        let own: Vec<_> = view.items().map(|item| view.item(item.index()).map(|item| item.title())).collect();
        let ids =
            view.structure_memo(|plan| Ids(plan.items().map(|item| format!("{:?}", item.id())).collect()));
        let anchors = view.file_memo(|file| Anchors(format!("{:?}", file.plan().all_anchors())));
        format!(
            "{} {states:?} {:?} {binding:?}\n{lines:?}\n{names:?}\n{links:?}\n{tables:?}\n{milestones:?}\n{charts:?}\n{levels:?} {own:?} {:?} {}",
            view.index(),
            view.plan_state(),
            ids.0,
            anchors.0,
        )
    }

    /// Whenever the segment and the key are the same, the view returns the same results.
    #[test]
    fn answers_depend_on_the_key() {
        let mut compared = 0;
        for seed in 0..40 {
            let mut random = RandomEdits::new(seed);
            let declared = ["", "---\ntemplate: project-plan\n---\n"][seed as usize % 2];
            let mut text = declared.to_owned() + &random.text();
            let mut document = Document::new(&text);
            let environment = Arc::<Environment>::default();
            // All versions stay alive, so that no new segment gets the address of a previous one.
            let mut versions: Vec<File> = Vec::new();
            let mut known: Vec<(*const Memos, Arc<RuleInputs>, String)> = Vec::new();
            for _ in 0..30 {
                let previous = versions.last().and_then(|file| file.cached_plan().cloned());
                let file =
                    File::with_previous(previous, "plan.md", document.clone(), Arc::clone(&environment));
                for view in RuleView::each(&file) {
                    let (memos, answers) = (std::ptr::from_ref(view.memos()), answers(&view));
                    let same = known.iter().find(|(other, key, _)| *other == memos && *key == view.inputs);
                    match same {
                        Some((.., before)) => {
                            compared += 1;
                            assert_eq!(&answers, before, "seed {seed}, in {text:?}");
                        }
                        None => known.push((memos, Arc::clone(&view.inputs), answers)),
                    }
                }
                versions.push(file);
                let (range, new) = random.edit(&text);
                text.replace_range(range.clone(), new);
                document.edit(range, new);
            }
        }
        assert!(compared > 1_000, "only {compared} equal keys");
    }
}
