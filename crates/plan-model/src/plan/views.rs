//! Sections and items as views of a plan.

use super::{ItemEntry, ItemKind, Piece, Place, Plan, Progress, SectionEntry};
use crate::{
    facts::{Carrier, CarrierKind, HeadingFact, LooseKind, PhaseFact, TaskFact, state_of},
    id::Id,
    state::State,
};

/// A heading and what lies below it, up to the next heading of its level or above.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    pub(super) plan: &'a Plan,
    pub(super) index: usize,
}

impl<'a> Section<'a> {
    fn entry(&self) -> &'a SectionEntry {
        &self.plan.sections[self.index]
    }

    fn heading(&self) -> (&'a Piece, &'a HeadingFact) {
        let entry = self.entry();
        let piece = &self.plan.pieces[entry.piece as usize];
        (piece, &piece.facts.headings[entry.heading as usize])
    }

    /// Its place in [`Plan::sections`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// The level of its heading, 1 to 6.
    pub fn level(&self) -> u8 {
        self.entry().level
    }

    /// The heading's text without emphasis.
    pub fn title(&self) -> String {
        let (piece, heading) = self.heading();
        plain(piece.str(&heading.text))
    }

    /// The heading's text.
    pub fn text_range(&self) -> Place {
        let (piece, heading) = self.heading();
        piece.range(&heading.text)
    }

    /// The heading.
    pub fn heading_range(&self) -> Place {
        let (piece, heading) = self.heading();
        piece.range(&heading.span)
    }

    /// Heading and all below it.
    pub fn range(&self) -> Place {
        self.heading_range().start..self.entry().end
    }

    /// Index of the section around it.
    pub fn parent(&self) -> Option<usize> {
        self.entry().parent.map(|parent| parent as usize)
    }

    /// Progress of the tasks inside.
    pub fn progress(&self) -> Progress {
        self.plan.progress_of(&self.entry().tasks)
    }
}

/// A phase or task.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    pub(super) plan: &'a Plan,
    pub(super) index: usize,
}

/// The facts behind an item.
enum Facts<'a> {
    Phase(&'a HeadingFact, &'a PhaseFact),
    Task(&'a TaskFact),
}

impl<'a> Item<'a> {
    fn entry(&self) -> &'a ItemEntry {
        &self.plan.items[self.index]
    }

    fn piece(&self) -> &'a Piece {
        &self.plan.pieces[self.entry().piece as usize]
    }

    fn facts(&self) -> Option<Facts<'a>> {
        let (entry, facts) = (self.entry(), &self.piece().facts);
        match entry.kind {
            ItemKind::Phase => {
                let heading = &facts.headings[entry.local as usize];
                heading.phase.as_ref().map(|phase| Facts::Phase(heading, phase))
            }
            ItemKind::Task => Some(Facts::Task(&facts.tasks[entry.local as usize])),
        }
    }

    fn task(&self) -> Option<&'a TaskFact> {
        match self.facts() {
            Some(Facts::Task(task)) => Some(task),
            _ => None,
        }
    }

    /// The plan it belongs to.
    pub fn plan(&self) -> &'a Plan {
        self.plan
    }

    /// Its place in [`Plan::items`].
    pub fn index(&self) -> usize {
        self.index
    }

    /// Phase or task.
    pub fn kind(&self) -> ItemKind {
        self.entry().kind
    }

    /// Its id, if one is written.
    pub fn id(&self) -> Option<&'a Id> {
        match self.facts()? {
            Facts::Phase(_, phase) => Some(&phase.id),
            Facts::Task(task) => task.id.as_ref(),
        }
    }

    /// Its name without id, emoji, emphasis and trailing state.
    pub fn title(&self) -> String {
        let span = match self.facts() {
            Some(Facts::Phase(_, phase)) => &phase.title,
            Some(Facts::Task(task)) => &task.title,
            None => return String::new(),
        };
        plain(self.piece().str(span))
    }

    /// Its own line: for a task from the bullet to the end of the line, for a phase its heading.
    pub fn line(&self) -> Place {
        match self.facts() {
            Some(Facts::Phase(heading, _)) => self.piece().range(&heading.span),
            Some(Facts::Task(task)) => self.piece().range(&task.line),
            None => 0..0,
        }
    }

    /// All of it, with details and children.
    pub fn range(&self) -> Place {
        match (self.entry().section, self.task()) {
            (_, Some(task)) => self.piece().range(&task.span),
            (Some(section), None) => Section { plan: self.plan, index: section as usize }.range(),
            (None, None) => self.line(),
        }
    }

    /// What tells its state, with the place of each.
    pub fn carriers(&self) -> impl Iterator<Item = (CarrierKind, Place, Option<State>)> + 'a {
        let carriers: &'a [Carrier] = match self.facts() {
            Some(Facts::Phase(_, phase)) => &phase.carriers,
            Some(Facts::Task(task)) => &task.carriers,
            None => &[],
        };
        let piece = self.piece();
        carriers.iter().map(|carrier| (carrier.kind, piece.range(&carrier.span), carrier.state))
    }

    /// What its own carriers say; nothing where it has none.
    pub fn state(&self) -> Option<State> {
        match self.facts()? {
            Facts::Phase(_, phase) if phase.carriers.is_empty() => None,
            Facts::Phase(_, phase) => Some(state_of(&phase.carriers)),
            Facts::Task(task) => Some(task.state),
        }
    }

    /// Whether its work is marked as optional.
    pub fn is_optional(&self) -> bool {
        self.task().is_some_and(|task| task.optional)
    }

    /// What is wrong with its box, and what would have to be replaced.
    pub fn loose_box(&self) -> Option<(LooseKind, Place)> {
        let loose = self.task()?.loose.as_ref()?;
        Some((loose.kind, self.piece().range(&loose.span)))
    }

    /// Index of the item it belongs to.
    pub fn parent(&self) -> Option<usize> {
        self.entry().parent.map(|parent| parent as usize)
    }

    /// The section it stands in; for a phase the one it heads.
    pub fn section(&self) -> Option<Section<'a>> {
        self.entry().section.map(|section| Section { plan: self.plan, index: section as usize })
    }

    /// Progress of what lies in it, the item itself included if it is a task.
    pub fn progress(&self) -> Progress {
        self.plan.progress_of(&self.entry().tasks)
    }
}

/// A text without emphasis and code marks, on one line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '`' => {}
            '*' | '_' | '~' if characters.peek() == Some(&character) => {
                characters.next();
            }
            blank if blank.is_whitespace() => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
            other => out.push(other),
        }
    }
    out.truncate(out.trim_end().len());
    out
}
