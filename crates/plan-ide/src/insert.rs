//! Where sections and fields of a template go in a plan that lacks them.

use plan_model::Section;
use plan_schema::{Binding, Skeleton};

use crate::{Edit, File};

/// The edit that inserts a section of the template: behind the one that precedes it there, before the one that follows, or
/// at the end of the section around it.
pub(crate) fn section(file: &File, binding: &Binding, spec: usize) -> Edit {
    let specs = &binding.template().sections;
    let plan = file.plan();
    let bound_to = |wanted: usize| {
        plan.sections().find(|section| binding.of(section.index()).is_some_and(|bound| bound.spec == wanted))
    };
    let parent = specs[spec].parent.filter(|parent| specs[*parent].level > 1).and_then(bound_to);
    let siblings = || specs.iter().enumerate().filter(|(_, other)| other.parent == specs[spec].parent);
    let before = siblings()
        .take_while(|(index, _)| *index < spec)
        .filter_map(|(index, _)| last_bound(file, binding, index))
        .last();
    let after = || siblings().skip_while(|(index, _)| *index <= spec).find_map(|(index, _)| bound_to(index));
    let level = parent.map_or(specs[spec].level, |parent| parent.level() + 1);
    let at = match (&before, after()) {
        (Some(before), _) => before.range().end,
        (None, Some(after)) => after.heading_range().start,
        (None, None) => parent.map_or(file.document().len(), |parent| parent.range().end),
    };
    block(file, at, &Skeleton::section_text(binding.template(), spec, level))
}

/// The edit that inserts a part of a repeated section, such as the criteria of a phase, where the template has it.
pub(crate) fn part(file: &File, binding: &Binding, around: &Section<'_>, spec: usize) -> Edit {
    let plan = file.plan();
    let inside = || plan.sections().filter(|section| section.parent() == Some(around.index()));
    let order = |section: &Section<'_>| binding.of(section.index()).map(|bound| bound.spec);
    let specs = &binding.template().sections;
    // Parts of other phases are the same parts.
    let key_order = |key: &str| {
        let model = specs[spec].parent;
        specs.iter().position(|other| other.parent == model && other.key == key)
    };
    let place = |section: &Section<'_>| order(section).and_then(|at| key_order(&specs[at].key));
    let before = inside().filter(|section| place(section).is_some_and(|at| at < spec)).last();
    let at = match before {
        Some(before) => before.range().end,
        None => inside().next().map_or(around.range().end, |first| first.heading_range().start),
    };
    let number = around.item().and_then(|item| item.id()?.phase_parts()?.1.parse().ok());
    let number = number.filter(|_| specs[spec].key.contains('#'));
    block(file, at, &Skeleton::section(binding.template(), spec, around.level() + 1, number).to_text())
}

/// The last section of the plan that a section of the template asked for.
fn last_bound<'a>(file: &'a File, binding: &Binding, spec: usize) -> Option<Section<'a>> {
    file.plan()
        .sections()
        .filter(|section| binding.of(section.index()).is_some_and(|bound| bound.spec == spec))
        .last()
}

/// Inserts a block at a place between sections, set off like the document's own.
pub(crate) fn block(file: &File, at: usize, text: &str) -> Edit {
    let document = file.document();
    let before = document.slice(back(file, at, 16)..at);
    let newline = if uses_crlf(file) { "\r\n" } else { "\n" };
    let ruled = before.trim_end().ends_with("---");
    let lead = match () {
        () if before.is_empty() || before.ends_with("\n\n") || before.ends_with("\n\r\n") => "",
        () if before.ends_with('\n') || before.ends_with('\r') => "\n",
        () => "\n\n",
    };
    let last = at == document.len();
    let tail = match (last, ruled) {
        (true, _) => "\n",
        (false, true) => "\n\n---\n\n",
        (false, false) => "\n\n",
    };
    let text = format!("{lead}{text}{tail}");
    Edit::insert(at, if newline == "\n" { text } else { text.replace('\n', "\r\n") })
}

/// Whether the document's lines end as on Windows: decided by its start.
pub(crate) fn uses_crlf(file: &File) -> bool {
    file.document().slice(0..forward(file, 400)).contains("\r\n")
}

fn back(file: &File, at: usize, bytes: usize) -> usize {
    let rope = file.document().rope();
    rope.char_to_byte(rope.byte_to_char(at.saturating_sub(bytes)))
}

fn forward(file: &File, at: usize) -> usize {
    let rope = file.document().rope();
    rope.char_to_byte(rope.byte_to_char(at.min(rope.len_bytes())))
}
