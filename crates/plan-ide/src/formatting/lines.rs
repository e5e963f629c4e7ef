//! Trailing whitespace, blank lines around headings, and the end of the text.

use plan_syntax::{BlockKind, Document};

use super::{
    footnotes::Footnotes,
    roles::{LineRole, roles},
    source::{Source, WHITESPACE, is_blank},
};
use crate::Edit;

/// Returns the edits that format whitespace: one blank line around top-level headings, no trailing whitespace, and one
/// newline at the end of the text.
pub(super) fn layout(source: &Source, document: &Document, footnotes: &[Footnotes]) -> Vec<Edit> {
    let mut lines = Lines {
        source,
        roles: roles(source, document, footnotes),
        headings: vec![false; source.lines.len()],
        removed: vec![false; source.lines.len()],
        has_front_matter: document.front_matter().is_some(),
        edits: Vec::new(),
    };
    for (start, segment) in document.segments().filter(|(_, segment)| !segment.is_prologue()) {
        let first = document.content(start, segment).outline.blocks.first();
        // A heading of a segment is at its start.
        if first.is_some_and(|block| {
            block.span.start == 0 && matches!(block.kind, BlockKind::Heading { setext: false, .. })
        }) && let Some(heading) = lines.headings.get_mut(source.line_of(start))
        {
            *heading = true;
        }
    }
    lines.format_gaps();
    lines.remove_trailing_whitespace();
    lines.edits
}

struct Lines<'a> {
    source: &'a Source,
    roles: Vec<LineRole>,
    /// Whether each line is an ATX heading at column 0.
    headings: Vec<bool>,
    /// Whether each line is removed.
    removed: Vec<bool>,
    has_front_matter: bool,
    edits: Vec<Edit>,
}

impl Lines<'_> {
    /// Formats the blank lines between each pair of lines with text, and after the last one.
    fn format_gaps(&mut self) {
        let count = self.source.lines.len();
        let mut above = None;
        let mut number = 0;
        loop {
            let first = number;
            while number < count && self.roles[number] == LineRole::Free && is_blank(self.source.line(number))
            {
                number += 1;
            }
            match above {
                _ if number < count => self.around_heading(above, first..number, number),
                Some(above) => self.last_line(above, first..number),
                None => {}
            }
            if number == count {
                return;
            }
            above = Some(number);
            number += 1;
        }
    }

    /// Formats the blank lines between the lines `above` and `below`, either of which can be a heading. Line numbers
    /// are 0-based.
    fn around_heading(&mut self, above: Option<usize>, blank_lines: std::ops::Range<usize>, below: usize) {
        let Some(above) = above else {
            if self.headings[below] {
                self.remove(blank_lines);
            }
            return;
        };
        let above_is_heading = self.headings[above];
        if !(above_is_heading || self.headings[below]) || self.roles[above] == LineRole::Open {
            return;
        }
        if !blank_lines.is_empty() {
            self.remove(blank_lines.start + 1..blank_lines.end);
            return;
        }
        let ending = self.source.ending(above);
        let (upper, lower) = (&self.source.lines[above], &self.source.lines[below]);
        if above_is_heading && self.source.may_change(&upper.content()) {
            self.edits.push(Edit::insert(upper.end, ending));
        } else if self.headings[below] && self.source.may_change(&lower.content()) {
            self.edits.push(Edit::insert(lower.start, ending));
        }
    }

    /// Formats the end of the text, after the last line that is not blank.
    fn last_line(&mut self, above: usize, blank_lines: std::ops::Range<usize>) {
        let last = &self.source.lines[above];
        self.remove(blank_lines);
        if last.next == last.end
            && self.roles[above] != LineRole::Open
            && self.source.may_change(&last.content())
        {
            let ending = match above.checked_sub(1) {
                Some(before) => self.source.ending(before),
                None => "\n",
            };
            self.edits.push(Edit::insert(last.end, ending));
        }
    }

    fn remove(&mut self, lines: std::ops::Range<usize>) {
        let Some(affected) = self.source.lines.get(lines.clone()) else { return };
        let (Some(first), Some(last)) = (affected.first(), affected.last()) else { return };
        let range = first.start..last.next;
        if self.source.may_change(&range) {
            self.edits.push(Edit::replace(range, ""));
            self.removed[lines].fill(true);
        }
    }

    /// Removes trailing whitespace.
    fn remove_trailing_whitespace(&mut self) {
        for (number, line) in self.source.lines.iter().enumerate() {
            let role = self.roles[number];
            if self.removed[number] || role >= LineRole::Verbatim {
                continue;
            }
            let text = self.source.line(number);
            let kept = text.trim_end_matches(WHITESPACE);
            let trailing = &text[kept.len()..];
            let breaks_line = role == LineRole::Inner && trailing.ends_with("  ");
            let kept = match trailing {
                "" => continue,
                _ if self.has_significant_whitespace(number, kept) => continue,
                // Parsers disagree on whether trailing whitespace with a tab is a line break, and whether it may
                // follow the closing hashes of a heading, a closing fence or a delimiter row.
                _ if trailing.contains('\t')
                    && (role == LineRole::Inner && trailing.len() > 1
                        || kept.ends_with(['#', '|', '-', ':'])) =>
                {
                    continue;
                }
                _ if !breaks_line => kept.len(),
                _ => kept.len() + 2,
            };
            if kept < text.len() && self.source.may_change(&line.content()) {
                self.edits.push(Edit::replace(line.start + kept..line.end, ""));
            }
        }
    }

    /// Returns whether removing the trailing whitespace of a line would change its meaning. `kept` is the line without
    /// this whitespace.
    fn has_significant_whitespace(&self, number: usize, kept: &str) -> bool {
        // The whitespace belongs to a line break, front matter or a checkbox without text, or separates two newlines
        // that would become one.
        kept.ends_with('\\')
            || ["[ ]", "[x]", "[X]"].iter().any(|checkbox| kept.ends_with(checkbox))
            || !self.has_front_matter && matches!(kept, "---" | "+++")
            || kept.is_empty()
                && number > 0
                && self.source.ending(number - 1) == "\r"
                && self.source.ending(number) == "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formatting::{footnotes::footnotes, source::normalize_edits};

    #[track_caller]
    fn check(text: &str, formatted: &str) {
        let layout = |text: &str| {
            let document = Document::new(text);
            let source = Source::new(&document, None);
            crate::apply_edits(
                text,
                &normalize_edits(text, layout(&source, &document, &footnotes(&document))),
            )
        };
        assert_eq!(layout(text), formatted);
        assert_eq!(layout(formatted), formatted);
    }

    #[test]
    fn trailing_whitespace() {
        check("a \nb  \nc    \nd\t\ne\nf  \n", "a\nb  \nc  \nd\ne\nf\n");
        // Some parsers recognize a hard line break in the first line.
        check("e \t \nf \t\n", "e \t \nf\n");
        check("a\n \t\nb\n", "a\n\nb\n");
        check("- a  \n  b  \n-  \n\n> x  \n>  \n> y \n", "- a  \n  b\n-\n\n> x\n>\n> y\n");
        check("Head  \n===  \n\n* * *  \n", "Head\n===\n\n* * *\n");
    }

    #[test]
    fn significant_trailing_whitespace() {
        for text in [
            "a\\ \nb\n",
            "`a \nb`\n",
            "<a \nb>\n",
            "[a](b \n'c')\n",
            "```  \ncode  \n   \n```\n",
            "    code  \n      \n    code  \n",
            "<div>  \na  \n</div>\n",
            "<!-- a  \n\n   \nb -->\n",
            "---\na: b  \n---\n",
            "---  \na\n\n---\n",
            "[a]: b  \n'c'\n",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn blank_lines_around_headings() {
        check("# A\n## B\ntext\n# C\n- a\n", "# A\n\n## B\n\ntext\n\n# C\n\n- a\n");
        check(
            "# A\n\n\n \n## B\n\n\ntext\n\n\n\nmore\n\n\n# C\n",
            "# A\n\n## B\n\ntext\n\n\n\nmore\n\n# C\n",
        );
        check("\n\n# A\n", "# A\n");
        check("\u{feff}\n# A\n", "\u{feff}# A\n");
        check("---\na: b\n---\n# A\n", "---\na: b\n---\n\n# A\n");
        check(
            "a\n ## B\nc\n- x\n  # y\n  z\n\nHead\n===\nw\n",
            "a\n ## B\nc\n- x\n  # y\n  z\n\nHead\n===\nw\n",
        );
    }

    #[test]
    fn unclosed_blocks_are_not_changed() {
        check("- ```\n  a\n# A\n", "- ```\n  a\n# A\n");
        check("```\n# a\n\n\n", "```\n# a\n\n\n");
        check("<!--\n# a\n\n", "<!--\n# a\n\n");
    }

    #[test]
    fn end_of_the_text() {
        check("a", "a\n");
        check("a  \n\n  \n\n", "a\n");
        check("a\r\nb", "a\r\nb\r\n");
        check("```\na", "```\na");
        check("", "");
        check("\r\na\r  \nb\r", "\r\na\r  \nb\r");
    }
}
