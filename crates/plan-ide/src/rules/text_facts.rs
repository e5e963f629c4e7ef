//! Facts about the text of a segment, for rules. They are cached with the segment, so that an edit reads only one
//! segment again.

use std::{
    cell::LazyCell,
    sync::{Arc, LazyLock},
};

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1252};
use plan_model::date::{self, CalendarUnit};
use plan_syntax::{Block, BlockKind, Content, SegmentSpan, outline::bytes};

use crate::File;

use super::{
    count_mismatch::{TaskCount, task_count},
    markup_facts::MarkupFacts,
    unknown_criterion::Criteria,
};

/// Facts about the text of a segment. Spans are relative to its start.
#[derive(Debug, Default)]
pub(crate) struct TextFacts {
    /// Text decoded with the wrong encoding, with the original text.
    pub(super) mojibake: Vec<(SegmentSpan, String)>,
    /// Runs of replacement characters (U+FFFD) outside of code.
    pub(super) replacement_characters: Vec<SegmentSpan>,
    /// Fields that become a heading because of a `---` below them. Each range is from the first line to the end of
    /// the last line's text.
    pub(super) field_headings: Vec<SegmentSpan>,
    /// The last block of the segment, if it is text that became a heading because of a `---` below it.
    pub(super) last_setext_heading: Option<SegmentSpan>,
    /// Whether the text has a date that does not exist.
    pub(super) has_invalid_date: bool,
    /// Acceptance criteria and references to them.
    pub(super) criteria: Option<Box<Criteria>>,
    /// Dates that do not exist, in text that states them and does not quote them.
    pub(super) invalid_dates: Vec<SegmentSpan>,
    /// Names of weekdays next to dates of another weekday, each with the right number from Monday (0).
    pub(super) wrong_weekdays: Vec<(SegmentSpan, usize)>,
    /// Ranges of dates that end before they start: `2026-10-12 to 2026-01-29`.
    pub(super) reversed_dates: Vec<SegmentSpan>,
    /// Ranges of days, weeks or months that end before they start.
    pub(super) reversed_ranges: Vec<(SegmentSpan, CalendarUnit)>,
    /// Numbers of tasks: `(16 tasks)`.
    pub(super) task_counts: Vec<TaskCount>,
    /// Text that was intended as Markdown.
    pub(super) markup: Option<Box<MarkupFacts>>,
    /// Comments with directives: `<!-- plansmith-disable -->`.
    pub(crate) directives: Vec<SegmentSpan>,
}

impl TextFacts {
    fn of(content: &Content) -> &Arc<Self> {
        static NO_FACTS: LazyLock<Arc<SharedFacts>> = LazyLock::new(Arc::default);
        let facts = content.memo_or(&NO_FACTS, |content| {
            let dates = date::dates(&content.text);
            let has_invalid_date = dates.iter().any(|found| found.date.is_none());
            let facts = Self {
                mojibake: mojibake(&content.text),
                replacement_characters: replacement_characters(content),
                wrong_weekdays: wrong_weekdays(content, &dates),
                field_headings: field_headings(content),
                last_setext_heading: last_setext_heading(content),
                has_invalid_date,
                invalid_dates: if has_invalid_date { invalid_dates(content) } else { Vec::new() },
                reversed_dates: reversed_dates(content, &dates),
                reversed_ranges: reversed_ranges(content),
                task_counts: counts_of_tasks(content),
                criteria: Criteria::of(content),
                markup: MarkupFacts::of(content),
                directives: directives(content),
            };
            Some(facts).filter(|facts| !facts.is_empty()).map(|facts| SharedFacts(Arc::new(facts)))
        });
        &facts.0
    }

    /// Returns whether the segment has none of these facts.
    pub(crate) fn is_empty(&self) -> bool {
        self.mojibake.is_empty()
            && self.replacement_characters.is_empty()
            && self.wrong_weekdays.is_empty()
            && self.field_headings.is_empty()
            && self.last_setext_heading.is_none()
            && !self.has_invalid_date
            && self.criteria.is_none()
            && self.markup.is_none()
            && self.reversed_dates.is_empty()
            && self.reversed_ranges.is_empty()
            && self.task_counts.is_empty()
            && self.directives.is_empty()
    }
}

/// Text facts of a segment, as memoized: shared with the versions of the file.
#[derive(Default)]
struct SharedFacts(Arc<TextFacts>);

/// The facts of segments that have any, with the offsets of the segments.
struct FileFacts(Vec<(usize, Arc<TextFacts>)>);

/// Returns the facts of segments that have any, with the offsets of the segments.
pub(crate) fn text_facts(file: &File) -> &[(usize, Arc<TextFacts>)] {
    let found = file.memo(|file| {
        let document = file.document();
        let facts = document.segments().map(|(start, segment)| {
            let facts = TextFacts::of(document.content(start, segment));
            (start, facts)
        });
        let facts = facts.filter(|(_, facts)| !facts.is_empty());
        FileFacts(facts.map(|(start, facts)| (start, Arc::clone(facts))).collect())
    });
    &found.0
}

/// Returns the dates that do not exist in the paragraphs, headings and cells of a segment. Code, quotations and text
/// about the validation of dates name such dates on purpose.
fn invalid_dates(content: &Content) -> Vec<SegmentSpan> {
    const VALIDATION_WORDS: [&str; 9] =
        ["valid", "reject", "e.g.", "example", "such as", "parse", "leap", "exist", "format"];
    // Plans also use these words for their work: `Fix the errors by 2026-02-30`.
    const FAULT_WORDS: [&str; 3] = ["test", "error", "fail"];
    let mut found = Vec::new();
    for (_, lines) in content.outline.inlines() {
        for line in lines {
            let text = &content.text[bytes(line)];
            for invalid in date::dates(text).into_iter().filter(|found| found.date.is_none()) {
                let (before, after) = (&text[..invalid.range.start], &text[invalid.range.end..]);
                let is_code = before.matches('`').count() % 2 == 1;
                let is_quoted =
                    before.ends_with(['"', '\'', '“', '‘']) || after.starts_with(['"', '\'', '”', '’']);
                let lower = text.to_lowercase();
                let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
                let is_about_dates =
                    has(&VALIDATION_WORDS) || has(&FAULT_WORDS) && !is_deadline(before, after);
                if is_iso_or_named(&text[invalid.range.clone()]) && !is_code && !is_quoted && !is_about_dates
                {
                    let at = |offset: usize| line.start + offset as u32;
                    found.push(at(invalid.range.start)..at(invalid.range.end));
                }
            }
        }
    }
    found
}

/// Returns whether the texts before and after a date show that it is that of the line, such as a deadline.
fn is_deadline(before: &str, after: &str) -> bool {
    let is_first = before.bytes().all(|byte| !byte.is_ascii_alphanumeric());
    let word = before.trim_end_matches([' ', ':', '*', '_']).rsplit(|c: char| !c.is_alphabetic()).next();
    let is_due =
        ["due", "by", "until", "before", "deadline", "date", "target", "created", "updated", "start", "end"]
            .iter()
            .any(|known| word.is_some_and(|word| word.eq_ignore_ascii_case(known)));
    is_due
        || is_first
            && after.trim_start_matches(['*', '_', ']', ')']).trim_start().starts_with([':', '–', '—', '-'])
}

/// Returns whether a text that is parsed as a date certainly is one: `2026-02-30` or `February 30, 2026`, unlike
/// `1024/64/32`.
fn is_iso_or_named(date: &str) -> bool {
    let is_iso = date.get(..10).is_some_and(|date| {
        let bytes = date.as_bytes();
        matches!(&bytes[..2], b"19" | b"20") && bytes[4] == b'-' && bytes[7] == b'-'
    });
    is_iso || date.chars().any(char::is_alphabetic)
}

/// Returns the ranges of days, weeks or months that end before they start, in the paragraphs, headings and cells of a
/// segment: `Weeks 12-10`.
fn reversed_ranges(content: &Content) -> Vec<(SegmentSpan, CalendarUnit)> {
    let mut found = Vec::new();
    if !["eek", "ay", "onth"].iter().any(|unit| content.text.contains(unit)) {
        return found;
    }
    for (_, lines) in content.outline.inlines() {
        for line in lines {
            let text = &content.text[bytes(line)];
            let mut from = 0;
            while let Some(range) = date::relative(&text[from..]) {
                let (start, end) = (from + range.range.start, from + range.range.end);
                from = end;
                if range.first > range.last
                    && is_range(&text[start..end], &text[end..])
                    && !is_around_new_year(&range)
                {
                    found.push((line.start + start as u32..line.start + end as u32, range.unit));
                }
            }
        }
    }
    let tables = content.outline.blocks.iter().enumerate();
    for (table, _) in tables.filter(|(_, block)| matches!(block.kind, BlockKind::Table)) {
        reversed_cells(content, table, &mut found);
    }
    found
}

/// Finds the reversed ranges without a unit in the columns of a table whose title names the unit: `Weeks`.
fn reversed_cells(content: &Content, table: usize, found: &mut Vec<(SegmentSpan, CalendarUnit)>) {
    let outline = &content.outline;
    let at = |cell: usize| &content.text[bytes(&outline.blocks[cell].span)];
    let mut units: Vec<Option<CalendarUnit>> = Vec::new();
    for row in outline.children(table) {
        let cells = outline.children(row);
        if matches!(outline.blocks[row].kind, BlockKind::Row { header: true }) {
            units = cells
                .map(|cell| match at(cell).trim_matches(|c: char| !c.is_alphabetic()) {
                    title if ["day", "days"].iter().any(|unit| title.eq_ignore_ascii_case(unit)) => {
                        Some(CalendarUnit::Day)
                    }
                    title if ["week", "weeks"].iter().any(|unit| title.eq_ignore_ascii_case(unit)) => {
                        Some(CalendarUnit::Week)
                    }
                    _ => None,
                })
                .collect();
            if units.iter().all(Option::is_none) {
                return;
            }
            continue;
        }
        for (cell, unit) in cells.zip(&units) {
            let Some(unit) = unit else { continue };
            let ends: Vec<Option<u32>> =
                at(cell).split(['-', '–']).map(|end| end.trim().parse().ok()).collect();
            if let [Some(first), Some(last)] = ends[..]
                && first > last
            {
                found.push((outline.blocks[cell].span.clone(), *unit));
            }
        }
    }
}

/// Returns whether two numbers are the ends of a range. `Week 3 - 2 engineers` has a remark after the number, and
/// `weeks 6-4 before the release` counts down.
fn is_range(written: &str, after: &str) -> bool {
    let after = after.trim_start();
    let has_spaces = [" -", " –", " —"].iter().any(|dash| written.contains(dash));
    let is_countdown = ["before", "prior", "until", "out"].iter().any(|word| after.starts_with(word));
    let repeats_unit =
        written.chars().filter(|c| c.is_ascii_alphabetic()).count() > "months".len() + "to".len();
    !is_countdown && (!has_spaces || repeats_unit || !after.starts_with(char::is_alphanumeric))
}

/// Returns whether a range of calendar weeks or months may continue in the next year.
fn is_around_new_year(range: &date::RelativeDate) -> bool {
    match range.unit {
        CalendarUnit::Day => false,
        CalendarUnit::Week => range.first >= 40 && range.first <= 53 && range.last <= 12,
        CalendarUnit::Month => (9..=12).contains(&range.first) && range.last <= 4,
    }
}

fn counts_of_tasks(content: &Content) -> Vec<TaskCount> {
    let lines = content.outline.inlines().flat_map(|(_, lines)| lines);
    lines.filter_map(|line| task_count(&content.text[bytes(line)], line)).collect()
}

fn directives(content: &Content) -> Vec<SegmentSpan> {
    let comments =
        content.outline.blocks.iter().filter(|block| block.kind == BlockKind::Html { comment: true });
    let spans = comments.map(|block| block.span.clone());
    spans.filter(|span| content.text[bytes(span)].contains("plansmith-")).collect()
}

fn field_headings(content: &Content) -> Vec<SegmentSpan> {
    let mut found = Vec::new();
    for (index, block) in content.outline.blocks.iter().enumerate() {
        // In a list or quote, the fix would need the prefix of its lines.
        if block.parent().is_none()
            && plan_model::is_fields_heading(&content.text, &content.outline, index)
            && let Some(last) = content.outline.inline(index).last()
        {
            found.push(block.span.start..last.end);
        }
    }
    found
}

/// Returns the text of a heading with `---` as its underline that is the last block of a segment and below a heading
/// with `#`. The result has the range from its first line to the end of its last line's text.
fn last_setext_heading(content: &Content) -> Option<SegmentSpan> {
    let blocks = &content.outline.blocks;
    let is_setext = |block: &Block| matches!(block.kind, BlockKind::Heading { setext: true, .. });
    let is_atx = |block: &Block| matches!(block.kind, BlockKind::Heading { setext: false, .. });
    let index = blocks.len().checked_sub(1)?;
    let last = &blocks[index];
    let is_only = blocks.iter().filter(|block| is_setext(block)).count() == 1;
    if last.parent().is_some() || !is_setext(last) || !is_only || !is_atx(&blocks[0]) {
        return None;
    }
    let underline = content.text[bytes(&last.span)].trim_end().rsplit(['\n', '\r']).next()?;
    let text_end = content.outline.inline(index).last()?.end;
    (underline == "---").then_some(last.span.start..text_end)
}

/// Returns the runs of replacement characters in the text of a segment. A line about encodings names the character on
/// purpose.
fn replacement_characters(content: &Content) -> Vec<SegmentSpan> {
    const TOPICS: [&str; 5] = ["fffd", "encod", "decod", "replacement", "mojibake"];
    let mut found = Vec::new();
    if !content.text.contains(char::REPLACEMENT_CHARACTER) {
        return found;
    }
    for line in content.outline.inlines().flat_map(|(_, lines)| lines) {
        let text = &content.text[bytes(line)];
        let lower = text.to_lowercase();
        let mut from = 0;
        while let Some(next) = text[from..].find(char::REPLACEMENT_CHARACTER) {
            let start = from + next;
            let rest = text[start..].trim_start_matches(char::REPLACEMENT_CHARACTER);
            from = text.len() - rest.len();
            let is_code = text[..start].matches('`').count() % 2 == 1;
            let is_quoted = text[..start].ends_with(['"', '\'', '“', '‘']);
            if !is_code && !is_quoted && !TOPICS.iter().any(|topic| lower.contains(topic)) {
                found.push(line.start + start as u32..line.start + from as u32);
            }
        }
    }
    found
}

/// The lines of text of a segment, in order.
struct TextLines<'a> {
    text: &'a str,
    lines: Vec<std::ops::Range<usize>>,
}

impl<'a> TextLines<'a> {
    /// Maximum length of a line in which code is searched for.
    const MAX_TEXT_LINE_BYTES: usize = 4_000;

    fn of(content: &'a Content) -> Self {
        let lines = content.outline.inlines().flat_map(|(_, lines)| lines).map(bytes);
        let mut lines: Vec<_> = lines.filter(|line| line.len() <= Self::MAX_TEXT_LINE_BYTES).collect();
        lines.sort_unstable_by_key(|line| line.start);
        Self { text: &content.text, lines }
    }

    /// Returns whether a range is within a line and starts outside of code.
    fn has(&self, range: &std::ops::Range<usize>) -> bool {
        let line = self.lines[..self.lines.partition_point(|line| line.start <= range.start)].last();
        line.is_some_and(|line| {
            range.end <= line.end && self.text[line.start..range.start].matches('`').count().is_multiple_of(2)
        })
    }
}

/// Returns the ranges of dates that end before they start. An arrow can also show that a date was changed.
fn reversed_dates(content: &Content, dates: &[date::FoundDate]) -> Vec<SegmentSpan> {
    let lines = LazyCell::new(|| TextLines::of(content));
    let pairs = dates.iter().zip(dates.iter().skip(1));
    let reversed = pairs.filter_map(|(first, last)| {
        let between = content.text.get(first.range.end..last.range.start)?;
        let is_range = matches!(between.trim(), "to" | "until" | "through" | "-" | "–" | "—" | "..");
        let range = first.range.start..last.range.end;
        (is_range && first.date? > last.date? && lines.has(&range)).then_some(range)
    });
    reversed.map(|range| range.start as u32..range.end as u32).collect()
}

/// English names of the weekdays, from Monday.
pub(super) const WEEKDAY_NAMES: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// Returns the number of the weekday with a name or its abbreviation, from Monday (0).
fn weekday(name: &str) -> Option<usize> {
    let is = |day: &str| {
        let is_abbreviation = || ["Tues", "Thur", "Thurs"].contains(&name) && day.starts_with(name);
        day == name || name.len() == 3 && day.starts_with(name) || is_abbreviation()
    };
    WEEKDAY_NAMES.iter().position(|day| is(day))
}

/// Returns the names of weekdays directly before a date, or in parentheses after it, that are not the date's weekday.
fn wrong_weekdays(content: &Content, dates: &[date::FoundDate]) -> Vec<(SegmentSpan, usize)> {
    let mut found = Vec::new();
    let lines = LazyCell::new(|| TextLines::of(content));
    for date in dates {
        let Some(day) = date.date else { continue };
        let (before, after) = (&content.text[..date.range.start], &content.text[date.range.end..]);
        let name_before = || {
            let text = before.trim_end_matches([' ', ',', '.']);
            let name = text.rsplit(|c: char| !c.is_ascii_alphabetic()).next()?;
            Some(text.len() - name.len()..text.len())
        };
        let name_after = || {
            let name = after.strip_prefix(" (")?.split([')', ',']).next()?;
            let start = date.range.end + " (".len();
            Some(start..start + name.len())
        };
        let is_weekday = |range: &std::ops::Range<usize>| weekday(&content.text[range.clone()]).is_some();
        let Some(name) = name_before().filter(is_weekday).or_else(|| name_after().filter(is_weekday)) else {
            continue;
        };
        let right = day.weekday().to_monday_zero_offset() as usize;
        let is_text = || lines.has(&(name.start.min(date.range.start)..name.start + 1));
        if weekday(&content.text[name.clone()]) != Some(right) && is_text() {
            found.push((name.start as u32..name.end as u32, right));
        }
    }
    found
}

fn mojibake(text: &str) -> Vec<(SegmentSpan, String)> {
    let mut found = Vec::new();
    if text.is_ascii() {
        return found;
    }
    let mut offset = 0;
    while let Some(next) = text[offset..].find(|c: char| !c.is_ascii()) {
        let from = offset + next;
        let run: &str = text[from..].split(|c: char| c.is_ascii()).next().unwrap_or_default();
        offset = from + run.len();
        // Some sequences have lost a trailing control character. Only complete sequences are reported.
        if let Some(original) =
            [WINDOWS_1252, MACINTOSH].into_iter().find_map(|encoding| original_text(run, encoding))
        {
            found.push((from as u32..offset as u32, original));
        }
    }
    found
}

/// Returns the original text of characters that were decoded with `encoding`, if it was UTF-8.
fn original_text(run: &str, encoding: &'static Encoding) -> Option<String> {
    if run.chars().count() < 2 {
        return None;
    }
    let (bytes, _, unmappable) = encoding.encode(run);
    let text = String::from_utf8(bytes.into_owned()).ok().filter(|_| !unmappable)?;
    // Two accented letters in a row can be valid UTF-8 by chance; the result must be plausible text.
    let plausible = |c: char| matches!(c, '\u{a0}'..='\u{17f}' | '\u{2010}'..='\u{2044}' | '\u{20ac}' | '\u{2100}'..='\u{27bf}' | '\u{fe0f}' | '\u{1f300}'..='\u{1faff}');
    (text.chars().count() < run.chars().count() && text.chars().all(plausible)).then_some(text)
}
