//! Blanks at the ends of lines, blank lines around headings, and the end of the text.

use plan_syntax::{BlockKind, Document};

use super::{
    footnotes::Footnotes,
    roles::{Role, roles},
    source::{BLANKS, Source, is_blank},
};
use crate::Edit;

/// One blank line around headings of the document itself, no blanks at the ends of lines, one line end at the end.
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
        // A segment begins with its heading, if with any.
        if first.is_some_and(|block| {
            block.span.start == 0 && matches!(block.kind, BlockKind::Heading { setext: false, .. })
        }) && let Some(heading) = lines.headings.get_mut(source.line_of(start))
        {
            *heading = true;
        }
    }
    lines.gaps();
    lines.ends();
    lines.edits
}

struct Lines<'a> {
    source: &'a Source,
    roles: Vec<Role>,
    /// Which lines are ATX headings at column 0.
    headings: Vec<bool>,
    /// Which lines go away.
    removed: Vec<bool>,
    has_front_matter: bool,
    edits: Vec<Edit>,
}

impl Lines<'_> {
    /// Walks over the places between lines that are not blank.
    fn gaps(&mut self) {
        let count = self.source.lines.len();
        let mut above = None;
        let mut at = 0;
        loop {
            let first = at;
            while at < count && self.roles[at] == Role::Free && is_blank(self.source.line(at)) {
                at += 1;
            }
            match above {
                _ if at < count => self.around_heading(above, first..at, at),
                Some(above) => self.last_line(above, first..at),
                None => {}
            }
            if at == count {
                return;
            }
            above = Some(at);
            at += 1;
        }
    }

    /// The blank lines between two others, of which either may be a heading.
    fn around_heading(&mut self, above: Option<usize>, blank: std::ops::Range<usize>, below: usize) {
        let Some(above) = above else {
            if self.headings[below] {
                self.remove(blank);
            }
            return;
        };
        let above_is_heading = self.headings[above];
        if !(above_is_heading || self.headings[below]) || self.roles[above] == Role::Open {
            return;
        }
        if !blank.is_empty() {
            self.remove(blank.start + 1..blank.end);
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

    /// What follows the last line that is not blank.
    fn last_line(&mut self, above: usize, blank: std::ops::Range<usize>) {
        let last = &self.source.lines[above];
        self.remove(blank);
        if last.next == last.end && self.roles[above] != Role::Open && self.source.may_change(&last.content())
        {
            let ending = match above.checked_sub(1) {
                Some(before) => self.source.ending(before),
                None => "\n",
            };
            self.edits.push(Edit::insert(last.end, ending));
        }
    }

    fn remove(&mut self, lines: std::ops::Range<usize>) {
        let Some(places) = self.source.lines.get(lines.clone()) else { return };
        let (Some(first), Some(last)) = (places.first(), places.last()) else { return };
        let range = first.start..last.next;
        if self.source.may_change(&range) {
            self.edits.push(Edit::replace(range, ""));
            self.removed[lines].fill(true);
        }
    }

    /// The blanks at the ends of lines.
    fn ends(&mut self) {
        for (number, line) in self.source.lines.iter().enumerate() {
            let role = self.roles[number];
            if self.removed[number] || role >= Role::Verbatim {
                continue;
            }
            let text = self.source.line(number);
            let kept = text.trim_end_matches(BLANKS);
            let blanks = &text[kept.len()..];
            let breaks_line = role == Role::Inner && blanks.ends_with("  ");
            let kept = match blanks {
                "" => continue,
                _ if self.means_more_without_blanks(number, kept) => continue,
                // Readers differ on whether a tab among the spaces breaks the line, and whether it ends a heading's
                // closing hashes, a closing fence or a delimiter row.
                _ if blanks.contains('\t')
                    && (role == Role::Inner && blanks.len() > 1 || kept.ends_with(['#', '|', '-', ':'])) =>
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

    /// Whether a line would be something else without the blanks at its end.
    fn means_more_without_blanks(&self, number: usize, kept: &str) -> bool {
        // A break of the line, or front matter, or a checkbox without text, or two line ends that become one.
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
    use crate::formatting::{
        footnotes::footnotes,
        source::{applied, tidied},
    };

    #[track_caller]
    fn check(text: &str, formatted: &str) {
        let layout = |text: &str| {
            let document = Document::new(text);
            let source = Source::new(&document, None);
            applied(text, &tidied(text, layout(&source, &document, &footnotes(&document))))
        };
        assert_eq!(layout(text), formatted);
        assert_eq!(layout(formatted), formatted);
    }

    #[test]
    fn blanks_at_line_ends() {
        check("a \nb  \nc    \nd\t\ne\nf  \n", "a\nb  \nc  \nd\ne\nf\n");
        // A break for some.
        check("e \t \nf \t\n", "e \t \nf\n");
        check("a\n \t\nb\n", "a\n\nb\n");
        check("- a  \n  b  \n-  \n\n> x  \n>  \n> y \n", "- a  \n  b\n-\n\n> x\n>\n> y\n");
        check("Head  \n===  \n\n* * *  \n", "Head\n===\n\n* * *\n");
    }

    #[test]
    fn blanks_that_count() {
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
    fn around_headings() {
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
    fn not_in_what_has_no_end() {
        check("- ```\n  a\n# A\n", "- ```\n  a\n# A\n");
        check("```\n# a\n\n\n", "```\n# a\n\n\n");
        check("<!--\n# a\n\n", "<!--\n# a\n\n");
    }

    #[test]
    fn the_end() {
        check("a", "a\n");
        check("a  \n\n  \n\n", "a\n");
        check("a\r\nb", "a\r\nb\r\n");
        check("```\na", "```\na");
        check("", "");
        check("\r\na\r  \nb\r", "\r\na\r  \nb\r");
    }
}
