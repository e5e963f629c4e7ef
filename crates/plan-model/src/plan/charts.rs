//! Charts in fences: Mermaid `gantt` charts, text timelines, and text diagrams of dependencies.

use std::sync::{Arc, LazyLock};

use plan_syntax::{BlockKind, Content, lines::lines, outline::bytes};
use regex::Regex;

use super::{Plan, ReadSegment, ResolvedName, TextRange};
use crate::{
    date::{self, RelativeDate},
    facts::{FenceLanguage, SegmentFlags},
    gantt::{self, GanttChart},
    patterns::regex,
    reference,
};

/// An edge of a text diagram in a fence: `Phase 1 ──→ Phase 2`.
#[derive(Clone, Debug)]
pub struct TextDiagramEdge {
    /// Start of the arrow.
    pub from: ResolvedName,
    /// End of the arrow.
    pub to: ResolvedName,
}

/// An entry of a text timeline in a fence: `Week 1-2:  Phase 1 [=====]`, `Week 8: Launch`.
#[derive(Clone, Debug)]
pub struct TextTimelineEntry {
    /// Days, weeks or months of the entry.
    pub when: RelativeDate,
    /// Range of the time.
    pub when_range: TextRange,
    /// Range of the name, without the bar.
    pub name: TextRange,
    /// Whether the entry has a bar. An entry without a bar is a point in time.
    pub has_bar: bool,
}

impl Plan {
    /// Returns the Gantt charts in Mermaid blocks, each with the offset of its block's text.
    pub fn gantt_charts(&self) -> &[(usize, Arc<GanttChart>)] {
        self.gantt_charts.get_or_init(|| {
            let mut charts = Vec::new();
            for segment in self.segments_with(SegmentFlags::MERMAID) {
                charts.extend(self.gantt_charts_of(segment));
            }
            charts
        })
    }

    /// Returns the Gantt charts of a segment.
    pub(super) fn gantt_charts_of(&self, segment: &ReadSegment) -> Vec<(usize, Arc<GanttChart>)> {
        if !segment.facts.flags.has(SegmentFlags::MERMAID) {
            return Vec::new();
        }
        let charts = segment.content(&self.document).memo(SegmentCharts::of);
        charts.0.iter().map(|(at, chart)| (segment.start + at, Arc::clone(chart))).collect()
    }

    /// Returns the entries of text timelines: lines in fences that start with a week, a day or a month.
    pub fn text_timeline_entries(&self) -> Vec<TextTimelineEntry> {
        let mut entries = Vec::new();
        self.for_each_text_fence(|start, text| {
            for line in lines(text, 0) {
                entries.extend(timeline_entry(&text[line.content()], start + line.start));
            }
        });
        entries
    }

    /// Returns the edges of text diagrams in fences: `Phase 1 ──→ Phase 2`. Diagrams may be incomplete, so a missing
    /// edge does not contradict a dependency.
    pub fn text_diagram_edges(&self) -> Vec<TextDiagramEdge> {
        let mut edges = Vec::new();
        self.for_each_text_fence(|start, diagram| {
            if !ARROW.is_match(diagram) {
                return;
            }
            for line in lines(diagram, 0) {
                let text = &diagram[line.content()];
                let value = reference::mentions(text);
                for pair in value.names.windows(2) {
                    if ARROW.is_match(&text[pair[0].range.end..pair[1].range.start]) {
                        let value = reference::Value { names: pair.to_vec(), ..value.clone() };
                        let mut resolved = self.resolve(&value, start + line.start, None);
                        if let (Some(to), Some(from)) = (resolved.pop(), resolved.pop()) {
                            edges.push(TextDiagramEdge { from, to });
                        }
                    }
                }
            }
        });
        edges
    }

    /// Calls `visit` with offset and text of each fence that may contain a text diagram.
    fn for_each_text_fence(&self, mut visit: impl FnMut(usize, &str)) {
        for segment in self.segments_with(SegmentFlags::TEXT_DIAGRAM) {
            for_each_fence(segment.content(&self.document), |language, at, text| {
                if language == FenceLanguage::Text {
                    visit(segment.start + at, text);
                }
            });
        }
    }
}

/// The Gantt charts of a segment, cached with it, each with the offset of its text in the segment.
struct SegmentCharts(Vec<(usize, Arc<GanttChart>)>);

impl SegmentCharts {
    fn of(content: &Content) -> Self {
        let mut charts = Vec::new();
        for_each_fence(content, |language, start, text| {
            if language == FenceLanguage::Mermaid && gantt::is_gantt(text) {
                charts.push((start, Arc::new(gantt::parse(text))));
            }
        });
        Self(charts)
    }
}

/// Calls `visit` with language, offset and text of each fence.
fn for_each_fence(content: &Content, mut visit: impl FnMut(FenceLanguage, usize, &str)) {
    for block in &content.outline.blocks {
        let BlockKind::Fence { info, content: inside, .. } = &block.kind else { continue };
        let language = FenceLanguage::of(&content.text[bytes(info)]);
        visit(language, inside.start as usize, &content.text[bytes(inside)]);
    }
}

fn timeline_entry(line: &str, start: usize) -> Option<TextTimelineEntry> {
    let when = date::relative(line)?;
    let is_first = line[..when.range.start].trim().is_empty();
    let rest = line[when.range.end..].trim_start().strip_prefix(':').filter(|_| is_first)?;
    let at = line.len() - rest.len();
    let bar = BAR.find(rest);
    let name = &rest[..bar.as_ref().map_or(rest.len(), |bar| bar.start())];
    let from = at + name.len() - name.trim_start().len();
    let to = at + name.trim_end().len();
    (from < to).then(|| TextTimelineEntry {
        when_range: start + when.range.start..start + when.range.end,
        name: start + from..start + to,
        has_bar: bar.is_some(),
        when,
    })
}

static ARROW: LazyLock<Regex> = LazyLock::new(|| regex("→|─+>|-+>|=+>|▶"));

/// A bar, `[====]`, `████░░`, `|-----|` or `=====`, or the symbol of a point in time.
static BAR: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\[[=#\-~>. █▓▒░]*\]|[█▓▒░■□]+|\|[-=#]+\|?|[=#\-─]{3,}>?|[▲△◆◇★]"));

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use crate::Plan;

    #[test]
    fn text_timelines() {
        let text = "# Plan\n\n```\nWeek 1-2:  Phase 1 [=====]\nWeeks 3-4: Phase 2: Build      [=====]\n  Week 8: Launch  ▲\nDay 3 is fine\n```\n\n```rust\nWeek 1: no\n```\n";
        let document = Document::new(text);
        let plan = Plan::new(&document);
        let entries: Vec<String> = plan
            .text_timeline_entries()
            .iter()
            .map(|entry| {
                let (first, last) = (entry.when.first, entry.when.last);
                format!(
                    "{} {first}-{last} {} {}",
                    &text[entry.when_range.clone()],
                    &text[entry.name.clone()],
                    entry.has_bar
                )
            })
            .collect();
        assert_eq!(
            entries,
            ["Week 1-2 1-2 Phase 1 true", "Weeks 3-4 3-4 Phase 2: Build true", "Week 8 8-8 Launch true"]
        );
    }
}
