//! Updates text timelines: lines such as `Week 1-2:  Phase 1 [====]` whose phases state other weeks or dates.

use plan_model::{
    Item, TextRange, TextTimelineEntry,
    date::{self, CalendarUnit},
};

use crate::{
    Edit, File,
    gantt_items::named_item,
    schedule::{
        DateSource,
        inputs::{ScheduleInputs, StatedDay},
    },
};

/// A line of a text timeline that shows the weeks of a phase or task.
struct TimelineLine {
    entry: TextTimelineEntry,
    /// Range of the bar.
    bar: TextRange,
    /// Column of the bar in its line, in characters.
    column: usize,
    /// First and last week that the phase or task states.
    stated: (u32, u32),
}

/// Returns the edits that update text timelines to the weeks or dates that phases and tasks state. Bars move only if all bars
/// are drawn to scale.
pub(crate) fn update_text_timelines(file: &File) -> Vec<Edit> {
    let (plan, document) = (file.plan(), file.document());
    let mut inputs = None;
    let mut lines = Vec::new();
    for entry in plan.text_timeline_entries().into_iter().filter(|entry| entry.has_bar) {
        let name = document.slice(entry.name.clone());
        let item = named_item(plan, &name, entry.name.start).and_then(|index| plan.item(index));
        let Some(item) = item else { continue };
        let of_dates = || {
            let inputs = inputs.get_or_insert_with(|| ScheduleInputs::of(file));
            weeks_of_dates(inputs, item.index()).filter(|_| entry.when.unit == CalendarUnit::Week)
        };
        let Some(stated) = stated_weeks(&item, &entry).or_else(of_dates) else { continue };
        let rest =
            document.slice(entry.name.end..document.len().min(entry.name.end + MAX_TIMELINE_LINE_BYTES));
        let rest = rest.lines().next().unwrap_or_default();
        let start = entry.name.end + rest.len() - rest.trim_start().len();
        let end = entry.name.end + rest.trim_end().len();
        if start < end {
            let column = document.slice(document.line_start(start)..start).chars().count();
            lines.push(TimelineLine { entry, bar: start..end, column, stated });
        }
    }
    let scale = scale(file, &lines);
    let mut edits = Vec::new();
    for line in &lines {
        let (first, last) = line.stated;
        let when = &line.entry.when;
        if (when.first, when.last) == line.stated {
            continue;
        }
        let range = &line.entry.when_range;
        let written = document.slice(range.clone());
        let word: String = written.chars().take_while(|c| !c.is_ascii_digit()).collect();
        let label = if first == last { format!("{word}{first}") } else { format!("{word}{first}-{last}") };
        // Keep the name in its column.
        let gap = document.slice(range.end..line.entry.name.start);
        let colon = gap.find(':').map_or(gap.len(), |at| at + 1);
        let spaces = (gap.len() - colon + written.len()).saturating_sub(label.len()).max(1);
        let replacement = format!("{label}{}{}", &gap[..colon], " ".repeat(spaces));
        edits.push(Edit::replace(range.start..line.entry.name.start, replacement));
        if let Some((zero, width)) = scale {
            let bar = document.slice(line.bar.clone());
            let column = zero + (first as usize - 1) * width;
            let length = (last - first + 1) as usize * width;
            let name_end = line.column - document.slice(line.entry.name.end..line.bar.start).chars().count();
            if column > name_end {
                let text = format!("{}{}", " ".repeat(column - name_end), drawn_bar(&bar, length));
                edits.push(Edit::replace(line.entry.name.end..line.bar.end, text));
            }
        }
    }
    edits
}

/// Maximum number of bytes of a line after its name.
const MAX_TIMELINE_LINE_BYTES: usize = 1000;

/// Returns the first and last week that an item states. `None` if the item states them in another unit than the entry.
fn stated_weeks(item: &Item<'_>, entry: &TextTimelineEntry) -> Option<(u32, u32)> {
    let of_field = || item.filled_fields().find_map(|field| date::relative(&field.value));
    let stated = item.suffix().and_then(|(suffix, _)| date::relative(suffix)).or_else(of_field)?;
    let is_valid = stated.unit == entry.when.unit && 1 <= stated.first && stated.first <= stated.last;
    is_valid.then_some((stated.first, stated.last))
}

/// Returns the first and last week of the plan in which the item has its stated start and end.
fn weeks_of_dates(inputs: &ScheduleInputs, item: usize) -> Option<(u32, u32)> {
    let time = &inputs.times[item];
    let week = |day: &Option<StatedDay>| {
        let stated = day.as_ref().filter(|stated| stated.source == DateSource::Stated)?;
        let days = inputs.start?.until(stated.day).ok()?.get_days();
        u32::try_from(days.div_euclid(7) + 1).ok().filter(|week| *week > 0)
    };
    Some((week(&time.start)?, week(&time.end)?))
}

/// Returns the column of the first week and the width of a week, both in characters. `None` unless there are at least
/// two bars and all are drawn to this scale.
fn scale(file: &File, lines: &[TimelineLine]) -> Option<(usize, usize)> {
    let mut scales = lines.iter().map(|line| {
        let when = &line.entry.when;
        let weeks = (when.last.checked_sub(when.first)? + 1) as usize;
        let length = bar_length(&file.document().slice(line.bar.clone()));
        let width = length / weeks;
        let zero = line.column.checked_sub((when.first as usize).checked_sub(1)? * width)?;
        (length.is_multiple_of(weeks) && width > 0).then_some((zero, width))
    });
    let first = scales.next()??;
    let is_same = scales.all(|other| other == Some(first));
    (is_same && lines.len() > 1).then_some(first)
}

/// Returns the number of characters of a bar that represent time. The brackets of `[====]` are not counted.
fn bar_length(bar: &str) -> usize {
    let length = bar.chars().count();
    if bar.starts_with('[') && bar.ends_with(']') { length.saturating_sub(2) } else { length }
}

/// Returns a bar in the style of `bar` with `length` characters that represent time.
fn drawn_bar(bar: &str, length: usize) -> String {
    let characters: Vec<char> = bar.chars().collect();
    match characters[..] {
        ['[', inner, .., ']'] => format!("[{}]", inner.to_string().repeat(length)),
        [first, ..] => first.to_string().repeat(length),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;
    use plan_test::apply;

    use super::*;

    fn updated(headings: [&str; 2], timeline: &str) -> String {
        let text = format!(
            "# Plan\n\n## Phase 1: A ({})\n\n- [ ] a\n\n## Phase 2: B ({})\n\n- [ ] b\n\n```\n{timeline}```\n",
            headings[0], headings[1]
        );
        let edits = update_text_timelines(&File::new("plan.md", Document::new(&text)));
        let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
        apply(&text, &edits).split("```\n").nth(1).unwrap().to_owned()
    }

    #[test]
    fn labels_and_bars_follow_the_weeks_of_phases() {
        let scaled = "Week 1-2:  Phase 1   [====]\nWeek 3-4:  Phase 2       [====]\nWeek 5: Launch ▲\n";
        assert_eq!(updated(["Weeks 1-2", "Weeks 3-4"], scaled), scaled);
        assert_eq!(
            updated(["Weeks 1-2", "Weeks 3-5"], scaled),
            scaled.replace("Week 3-4:  Phase 2       [====]", "Week 3-5:  Phase 2       [======]")
        );
        let free = "Week 1-2:  Phase 1 [====]\nWeek 3-4:  Phase 2  [====]\n";
        assert_eq!(
            updated(["Week 1", "Weeks 9-10"], free),
            "Week 1:    Phase 1 [====]\nWeek 9-10: Phase 2  [====]\n"
        );
    }

    #[test]
    fn bars_follow_stated_dates() {
        let text = "# Plan\n\n**Start date**: 2026-03-02\n\n## Phase 1: A\n\n**Start**: 2026-03-09\n**End**: 2026-03-20\n\n- [ ] a\n\n```\nWeek 1-2: Phase 1 [====]\n```\n";
        let edits = update_text_timelines(&File::new("plan.md", Document::new(text)));
        let edits: Vec<_> = edits.into_iter().map(|edit| (edit.range, edit.text)).collect();
        assert_eq!(apply(text, &edits), text.replace("Week 1-2:", "Week 2-3:"));
    }
}
