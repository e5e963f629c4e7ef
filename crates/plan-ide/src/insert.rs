//! Insertion of missing sections of the template.

use plan_model::{Item, Section, StateSourceKind};
use plan_schema::{Binding, Skeleton};

use crate::{Edit, File};

/// Returns the edit that inserts a section of the template: after the section that precedes it in the template,
/// before the section that follows, or at the end of the enclosing section.
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
    let offset = match (&before, after()) {
        (Some(before), _) => before.range().end,
        (None, Some(after)) => after.heading_range().start,
        (None, None) => parent.map_or(file.document().len(), |parent| parent.range().end),
    };
    block(file, offset, &Skeleton::section_text(binding.template(), spec, level))
}

/// Returns the edit that inserts a subsection of a repeated section, such as the criteria of a phase, in template
/// order.
pub(crate) fn subsection(file: &File, binding: &Binding, around: &Section<'_>, spec: usize) -> Edit {
    let plan = file.plan();
    let inside = || plan.sections().filter(|section| section.parent() == Some(around.index()));
    let order = |section: &Section<'_>| binding.of(section.index()).map(|bound| bound.spec);
    let specs = &binding.template().sections;
    // Subsections of other phases correspond to the same template sections.
    let key_order = |key: &str| {
        let model = specs[spec].parent;
        specs.iter().position(|other| other.parent == model && other.key == key)
    };
    let place = |section: &Section<'_>| order(section).and_then(|offset| key_order(&specs[offset].key));
    let before = inside().filter(|section| place(section).is_some_and(|offset| offset < spec)).last();
    let offset = match before {
        Some(before) => before.range().end,
        None => inside().next().map_or(around.range().end, |first| first.heading_range().start),
    };
    let number = around.item().and_then(|item| item.id()?.phase_parts()?.1.parse().ok());
    let number = number.filter(|_| specs[spec].key.contains('#'));
    block(file, offset, &Skeleton::section(binding.template(), spec, around.level() + 1, number).to_text())
}

/// Returns the last section of the plan that is bound to a section of the template.
fn last_bound<'a>(file: &'a File, binding: &Binding, spec: usize) -> Option<Section<'a>> {
    file.plan()
        .sections()
        .filter(|section| binding.of(section.index()).is_some_and(|bound| bound.spec == spec))
        .last()
}

/// Returns the edit that inserts a block between sections, separated like the document's own sections.
pub(crate) fn block(file: &File, offset: usize, text: &str) -> Edit {
    let document = file.document();
    let before = document.slice(boundary_before(file, offset, 16)..offset);
    let newline = if uses_crlf(file) { "\r\n" } else { "\n" };
    let ends_in_thematic_break = before.trim_end().ends_with("---");
    let lead = match () {
        () if before.is_empty() || before.ends_with("\n\n") || before.ends_with("\n\r\n") => "",
        () if before.ends_with('\n') || before.ends_with('\r') => "\n",
        () => "\n\n",
    };
    let last = offset == document.len();
    let tail = match (last, ends_in_thematic_break) {
        (true, _) => "\n",
        (false, true) => "\n\n---\n\n",
        (false, false) => "\n\n",
    };
    let text = format!("{lead}{text}{tail}");
    Edit::insert(offset, if newline == "\n" { text } else { text.replace('\n', "\r\n") })
}

/// Returns the text before an item for further lines next to it: its indentation, with the markers of a quote.
pub(crate) fn line_prefix_of(file: &File, item: &Item<'_>) -> String {
    let start = item.line().start;
    let lead = file.document().slice(file.document().line_start(start)..start);
    match lead.trim_end().ends_with('>') {
        true => lead,
        false => lead.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect(),
    }
}

/// Returns the indentation of lines that belong to a task, from the start of the line to the column of the task's text.
pub(crate) fn detail_indent_of(file: &File, item: &Item<'_>) -> String {
    let lead = line_prefix_of(file, item);
    if item.form() == StateSourceKind::Paragraph {
        return lead;
    }
    let line = file.document().slice(item.line());
    let marker = line.split(char::is_whitespace).next().unwrap_or_default();
    let number = marker.trim_end_matches(['.', ')']);
    let is_number = number.len() + 1 == marker.len() && number.bytes().all(|byte| byte.is_ascii_digit());
    let after = &line[marker.len()..];
    let spaces = after.len() - after.trim_start_matches(' ').len();
    match marker {
        "-" | "*" | "+" => {}
        _ if is_number => {}
        // A checkbox without a list marker.
        _ => return format!("{lead}  "),
    }
    if after.starts_with('\t') {
        return format!("{lead}\t");
    }
    // More than four spaces belong to the text.
    let spaces = if (1..=4).contains(&spaces) { spaces } else { 1 };
    lead + &" ".repeat(marker.len() + spaces)
}

/// Returns whether the document uses CRLF newlines, judged by its beginning.
pub(crate) fn uses_crlf(file: &File) -> bool {
    file.document().slice(0..boundary_after(file, 400)).contains("\r\n")
}

fn boundary_before(file: &File, offset: usize, bytes: usize) -> usize {
    let rope = file.document().rope();
    rope.char_to_byte(rope.byte_to_char(offset.saturating_sub(bytes)))
}

fn boundary_after(file: &File, offset: usize) -> usize {
    let rope = file.document().rope();
    rope.char_to_byte(rope.byte_to_char(offset.min(rope.len_bytes())))
}
