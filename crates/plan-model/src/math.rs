//! Math in Markdown: `$…$` in a line, and blocks between `$$`. Markdown in math is not parsed.

use std::ops::Range;

use plan_syntax::lines::lines;

/// Returns the ranges of math in the text of a segment, in order: formulas in a line, and blocks with their delimiters.
/// An unclosed block is not math. Code spans in a line are skipped, fences are not.
pub fn math_ranges(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !text.contains('$') {
        return found;
    }
    let mut block: Option<usize> = None;
    for line in lines(text, 0) {
        let written = &text[line.content()];
        let delimiters = written.matches("$$").count();
        match block {
            Some(start) if delimiters > 0 => {
                found.push(start..line.content().end);
                block = None;
            }
            Some(_) => {}
            None if written.trim_start_matches([' ', '\t', '>']).starts_with("$$") && delimiters == 1 => {
                block = Some(line.start);
            }
            None => formulas(written, line.start, &mut found),
        }
    }
    found
}

/// Adds the formulas in a line.
fn formulas(line: &str, start: usize, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(opening) = line[at..].find(['$', '`']).map(|found| at + found) {
        let rest = &line[opening..];
        if rest.starts_with('`') {
            let run = rest.len() - rest.trim_start_matches('`').len();
            let close = rest[run..].find(&rest[..run]).map_or(run, |close| run + close + run);
            at = opening + close;
            continue;
        }
        let length = if rest.starts_with("$$") { 2 } else { 1 };
        at = opening + length;
        let before = line[..opening].chars().next_back();
        let is_opening = !rest[length..].starts_with(|c: char| c.is_whitespace() || c == '$')
            && !before.is_some_and(|c| c.is_alphanumeric() || c == '\\');
        if !is_opening {
            continue;
        }
        let closes = rest[length..].match_indices(&rest[..length]).map(|(at, _)| length + at);
        let mut closes = closes.filter(|close| !rest[..*close].ends_with('\\'));
        let Some(close) = closes.next() else { continue };
        at = opening + close + length;
        // `$5 and $6` are prices.
        let is_price = rest[..close].ends_with(char::is_whitespace)
            || rest[close + length..].starts_with(|c: char| c.is_alphanumeric() || c == '$');
        if !is_price {
            found.push(start + opening..start + at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn math_is_found() {
        for (text, expected) in [
            ("Show that $f[x](t.a)$ holds, and $$g$$.", &["$f[x](t.a)$", "$$g$$"][..]),
            ("a\n\n$$\nx\n+ y\n$$\n\nb $c$", &["$$\nx\n+ y\n$$", "$c$"]),
            ("> $$\n> x\n> $$", &["> $$\n> x\n> $$"]),
            ("It costs $5 [a](b.md) and $6.", &[]),
            ("$5-[a](b.md)-$6, US$ and A$x$, \\$x$", &[]),
            ("`$a` and [b](c.md) `$d`", &[]),
            ("$$\nnot closed", &[]),
        ] {
            let found: Vec<&str> = math_ranges(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
