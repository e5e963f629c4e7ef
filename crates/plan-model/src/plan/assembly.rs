//! Putting the facts of all segments together.

use super::{ItemEntry, ItemKind, Piece, Plan, Progress, SectionEntry};
use crate::{facts::HeadingFact, id::Id, state::State};

/// The walk that builds sections and items from the pieces.
#[derive(Default)]
pub(super) struct Assembly {
    /// Open sections, outermost first.
    sections: Vec<u32>,
    /// Open phases, outermost first: level of the heading, index of the item, id.
    phases: Vec<(u8, u32, Id)>,
    progress: Progress,
    tasks: u32,
}

impl Assembly {
    pub(super) fn run(mut self, plan: &mut Plan) {
        let pieces = std::mem::take(&mut plan.pieces);
        for (number, piece) in pieces.iter().enumerate() {
            let facts = &piece.facts;
            let mut headings = facts.headings.iter().enumerate().peekable();
            let first_item = plan.items.len();
            // Where each task of the piece stands in the list of items.
            let mut placed: Vec<u32> = Vec::with_capacity(facts.tasks.len());
            for (local, task) in facts.tasks.iter().enumerate() {
                while let Some((index, heading)) = headings.next_if(|(_, h)| h.span.start < task.span.start) {
                    self.heading(plan, piece, number, index, heading);
                }
                let parent = task.parent.map(|parent| placed[parent as usize]);
                self.tasks += 1;
                if task.state != State::Cancelled && !task.optional {
                    self.progress.total += 1;
                    self.progress.done += usize::from(task.state == State::Done);
                }
                plan.counts.push(self.progress);
                placed.push(plan.items.len() as u32);
                plan.items.push(ItemEntry {
                    piece: number as u32,
                    local: local as u32,
                    kind: ItemKind::Task,
                    parent: parent.or_else(|| self.phases.last().map(|(_, phase, _)| *phase)),
                    section: self.sections.last().copied(),
                    tasks: self.tasks - 1..self.tasks,
                });
                // Everything from here to the ancestors' ends is theirs too.
                let mut above = parent;
                while let Some(index) = above.filter(|index| *index as usize >= first_item) {
                    let entry = &mut plan.items[index as usize];
                    entry.tasks.end = self.tasks;
                    above = entry.parent.filter(|_| entry.kind == ItemKind::Task);
                }
            }
            for (index, heading) in headings {
                self.heading(plan, piece, number, index, heading);
            }
        }
        let end = plan.document.len();
        self.close_to(plan, 0, end);
        plan.pieces = pieces;
    }

    fn heading(
        &mut self,
        plan: &mut Plan,
        piece: &Piece,
        number: usize,
        index: usize,
        heading: &HeadingFact,
    ) {
        let start = piece.start + heading.span.start as usize;
        self.close_to(plan, heading.level, start);
        let section = plan.sections.len() as u32;
        plan.sections.push(SectionEntry {
            piece: number as u32,
            heading: index as u32,
            level: heading.level,
            end: start,
            tasks: self.tasks..self.tasks,
            parent: self.sections.last().copied(),
        });
        self.sections.push(section);
        let Some(phase) = &heading.phase else { return };
        // `#### Phase 1 Deliverables` inside phase 1 is a section of that phase.
        if !phase.separated && self.phases.iter().any(|(_, _, open)| *open == phase.id) {
            return;
        }
        let item = plan.items.len() as u32;
        plan.items.push(ItemEntry {
            piece: number as u32,
            local: index as u32,
            kind: ItemKind::Phase,
            parent: self.phases.last().map(|(_, phase, _)| *phase),
            section: Some(section),
            tasks: self.tasks..self.tasks,
        });
        self.phases.push((heading.level, item, phase.id.clone()));
    }

    /// Closes sections and phases of `level` and below, which end at byte `end`.
    fn close_to(&mut self, plan: &mut Plan, level: u8, end: usize) {
        while let Some(open) = self.sections.last().map(|index| *index as usize)
            && plan.sections[open].level >= level
        {
            plan.sections[open].end = end;
            plan.sections[open].tasks.end = self.tasks;
            self.sections.pop();
        }
        while let Some((_, phase, _)) = self.phases.pop_if(|(open, ..)| *open >= level) {
            plan.items[phase as usize].tasks.end = self.tasks;
        }
    }
}
