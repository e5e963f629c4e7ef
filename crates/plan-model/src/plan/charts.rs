//! What is drawn in fences: mermaid's `gantt` charts, text bars by weeks, maps of what follows what.

use std::sync::{Arc, LazyLock};

use plan_syntax::{BlockKind, Content, lines::lines, outline::bytes};
use regex::Regex;

use super::{Piece, Place, Plan, Resolved};
use crate::{
    date::{self, Relative},
    facts::{Traits, is_drawing, language},
    gantt::{self, Chart},
    patterns::regex,
    reference,
};

/// A line of a map in a fence: `Phase 1 ──→ Phase 2`.
#[derive(Clone, Debug)]
pub struct MapEdge {
    /// What comes first.
    pub from: Resolved,
    /// What follows.
    pub to: Resolved,
}

/// A line of a timeline in a fence: `Week 1-2:  Phase 1 [=====]`, `Week 8: Launch`.
#[derive(Clone, Debug)]
pub struct TextBar {
    /// When it is, as it says.
    pub when: Relative,
    /// Where that is written.
    pub when_range: Place,
    /// What it is a bar of, without the bar.
    pub name: Place,
    /// It has a bar; without one it is a point in time.
    pub drawn: bool,
}

impl Plan {
    /// The `gantt` charts in mermaid blocks, with the byte at which each block's text starts.
    pub fn charts(&self) -> &[(usize, Arc<Chart>)] {
        self.charts.get_or_init(|| {
            let mut charts = Vec::new();
            for piece in self.pieces_with(Traits::MERMAID) {
                charts.extend(self.charts_of(piece));
            }
            charts
        })
    }

    /// The charts of a segment.
    pub(super) fn charts_of(&self, piece: &Piece) -> Vec<(usize, Arc<Chart>)> {
        if !piece.facts.traits.has(Traits::MERMAID) {
            return Vec::new();
        }
        let kept = piece.segment.facts(|| SegmentCharts::of(piece.segment_content(&self.document)));
        kept.0.iter().map(|(at, chart)| (piece.start + at, Arc::clone(chart))).collect()
    }

    /// The lines of timelines in fences that name a week, a day or a month.
    pub fn text_bars(&self) -> Vec<TextBar> {
        let mut bars = Vec::new();
        self.drawings(|start, text| {
            for line in lines(text, 0) {
                bars.extend(text_bar(&text[line.content()], start + line.start));
            }
        });
        bars
    }

    /// What maps in fences say: `Phase 1 ──→ Phase 2`. They are drawn loosely, so nothing is concluded from what they lack.
    pub fn map_edges(&self) -> Vec<MapEdge> {
        let mut edges = Vec::new();
        self.drawings(|start, drawing| {
            if !ARROW.is_match(drawing) {
                return;
            }
            for line in lines(drawing, 0) {
                let text = &drawing[line.content()];
                let value = reference::mentions(text);
                for pair in value.names.windows(2) {
                    if ARROW.is_match(&text[pair[0].range.end..pair[1].range.start]) {
                        let value = reference::Value { names: pair.to_vec(), ..value.clone() };
                        let mut found = self.resolve(&value, start + line.start, None);
                        if let (Some(to), Some(from)) = (found.pop(), found.pop()) {
                            edges.push(MapEdge { from, to });
                        }
                    }
                }
            }
        });
        edges
    }

    /// Gives the byte at which the text of each fence starts that someone has drawn in, and the text.
    fn drawings(&self, mut with: impl FnMut(usize, &str)) {
        for piece in self.pieces_with(Traits::DRAWING) {
            fences(piece.segment_content(&self.document), |language, at, text| {
                if is_drawing(language) {
                    with(piece.start + at, text);
                }
            });
        }
    }
}

/// The charts of one segment, kept with it, each with the byte of the segment at which its text starts.
struct SegmentCharts(Vec<(usize, Arc<Chart>)>);

impl SegmentCharts {
    fn of(content: &Content) -> Self {
        let mut charts = Vec::new();
        fences(content, |language, start, text| {
            if language.eq_ignore_ascii_case("mermaid") && gantt::is_gantt(text) {
                charts.push((start, Arc::new(gantt::read(text))));
            }
        });
        Self(charts)
    }
}

fn fences(content: &Content, mut with: impl FnMut(&str, usize, &str)) {
    for block in &content.outline.blocks {
        let BlockKind::Fence { info, content: inside, .. } = &block.kind else { continue };
        with(language(content, info), inside.start as usize, &content.text[bytes(inside)]);
    }
}

fn text_bar(line: &str, start: usize) -> Option<TextBar> {
    let when = date::relative(line)?;
    let is_first = line[..when.range.start].trim().is_empty();
    let rest = line[when.range.end..].trim_start().strip_prefix(':').filter(|_| is_first)?;
    let at = line.len() - rest.len();
    let drawn = BAR.find(rest);
    let name = &rest[..drawn.as_ref().map_or(rest.len(), |bar| bar.start())];
    let from = at + name.len() - name.trim_start().len();
    let to = at + name.trim_end().len();
    (from < to).then(|| TextBar {
        when_range: start + when.range.start..start + when.range.end,
        name: start + from..start + to,
        drawn: drawn.is_some(),
        when,
    })
}

static ARROW: LazyLock<Regex> = LazyLock::new(|| regex("→|─+>|-+>|=+>|▶"));

/// A bar: `[====]`, `████░░`, `|-----|`, `=====`; or the mark of a point in time.
static BAR: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\[[=#\-~>. █▓▒░]*\]|[█▓▒░■□]+|\|[-=#]+\|?|[=#\-─]{3,}>?|[▲△◆◇★]"));

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use crate::Plan;

    #[test]
    fn bars_of_text() {
        let text = "# Plan\n\n```\nWeek 1-2:  Phase 1 [=====]\nWeeks 3-4: Phase 2: Build      [=====]\n  Week 8: Launch  ▲\nDay 3 is fine\n```\n\n```rust\nWeek 1: no\n```\n";
        let document = Document::new(text);
        let plan = Plan::new(&document);
        let shown: Vec<String> = plan
            .text_bars()
            .iter()
            .map(|bar| {
                let (first, last) = (bar.when.first, bar.when.last);
                format!(
                    "{} {first}-{last} {} {}",
                    &text[bar.when_range.clone()],
                    &text[bar.name.clone()],
                    bar.drawn
                )
            })
            .collect();
        assert_eq!(
            shown,
            ["Week 1-2 1-2 Phase 1 true", "Weeks 3-4 3-4 Phase 2: Build true", "Week 8 8-8 Launch true"]
        );
    }
}
