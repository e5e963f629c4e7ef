//! Text that was intended as a link, but is ordinary text in Markdown.

use plan_syntax::{Content, SegmentSpan, outline::bytes};

/// Text that was intended as a link.
#[derive(Debug)]
pub(super) struct MalformedLink {
    /// The whole text.
    pub(super) span: SegmentSpan,
    /// The problem.
    pub(super) problem: LinkProblem,
    /// The text between square brackets, or in `(text)[target]` between parentheses.
    pub(super) text: String,
    /// The target, or the label of a reference.
    pub(super) target: String,
}

/// Problem of a text that was intended as a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkProblem {
    /// `(text)[target]`
    Reversed,
    /// `[text] (target)`
    Space,
    /// `[text](target`
    Unclosed,
    /// `[text][label]`, if the label is not defined.
    UndefinedLabel,
}

/// Maximum length of a line that is searched, because the search takes quadratic time in the number of brackets.
const MAX_LINK_LINE_BYTES: usize = 4_000;

/// Returns the texts of a segment that were intended as links, in the order of their lines.
pub(super) fn malformed_links(content: &Content) -> Vec<MalformedLink> {
    let mut found = Vec::new();
    if !content.text.contains('[') {
        return found;
    }
    for (_, lines) in content.outline.inlines() {
        let mut lines = lines.peekable();
        while let Some(line) = lines.next() {
            let text = &content.text[bytes(line)];
            // The end of a link can be on the next line.
            let is_last = lines.peek().is_none();
            if text.len() > MAX_LINK_LINE_BYTES {
                continue;
            }
            for (at, _) in text.match_indices(['[', '(']) {
                if text[..at].matches('`').count() % 2 == 1 || text[..at].ends_with(['\\', '!']) {
                    continue;
                }
                let link = if text[at..].starts_with('(') {
                    reversed(text, at)
                } else {
                    bracketed(text, at, is_last)
                };
                found.extend(link.map(|link| link.at(line)));
            }
        }
    }
    found
}

/// A link in a line. The range is in bytes of the line.
struct LineLink<'a> {
    range: std::ops::Range<usize>,
    problem: LinkProblem,
    text: &'a str,
    target: &'a str,
}

impl LineLink<'_> {
    fn at(self, line: &SegmentSpan) -> MalformedLink {
        let Self { range, problem, text, target } = self;
        let span = line.start + range.start as u32..line.start + range.end as u32;
        MalformedLink { span, problem, text: text.to_owned(), target: target.to_owned() }
    }
}

/// Reads `(text)[target]` at an opening parenthesis.
fn reversed(line: &str, at: usize) -> Option<LineLink<'_>> {
    let (text, rest) = line[at + 1..].split_once(")[")?;
    let (target, after) = rest.split_once(']')?;
    let is_text = !text.is_empty() && !text.contains(['(', ')', '[', ']']);
    let is_link = is_text && is_target(target) && !after.starts_with(['(', '[']);
    // In `[a](b)[c]`, the parentheses belong to a link.
    if !is_link || line[..at].ends_with([']', ')']) {
        return None;
    }
    Some(LineLink { range: at..line.len() - after.len(), problem: LinkProblem::Reversed, text, target })
}

/// Reads `[text] (target)`, `[text](target` and `[text][label]` at an opening bracket.
fn bracketed(line: &str, at: usize, is_last: bool) -> Option<LineLink<'_>> {
    let (text, rest) = line[at + 1..].split_once(']')?;
    // `[x] (…)` is a checkbox, `[1] (…)` a citation, and `a[i][j]` an element.
    let is_name = text.chars().filter(|c| c.is_alphabetic()).nth(1).is_some();
    if !is_name || text.contains('[') || line[..at].ends_with(|c: char| c.is_alphanumeric() || c == ']') {
        return None;
    }
    let link = |end: usize, problem, target| LineLink { range: at..end, problem, text, target };
    if let Some(rest) = rest.strip_prefix(" (") {
        let (target, after) = rest.split_once(')')?;
        return is_target(target).then(|| link(line.len() - after.len(), LinkProblem::Space, target));
    }
    if let Some(target) = rest.strip_prefix('(') {
        let end = target.find(char::is_whitespace).unwrap_or(target.len());
        let target = target[..end].trim_end_matches(['.', ',', ';', ':']);
        let is_unclosed = is_last && !rest.contains(')') && is_target(target);
        return is_unclosed
            .then(|| link(line.len() - rest.len() + 1 + target.len(), LinkProblem::Unclosed, target));
    }
    let (label, after) = rest.strip_prefix('[')?.split_once(']')?;
    let is_label = label.starts_with(char::is_alphabetic)
        && !label.contains(['[', '`'])
        && !after.starts_with(['(', '[', ':']);
    is_label.then(|| link(line.len() - after.len(), LinkProblem::UndefinedLabel, label))
}

/// Returns whether a text can only be the target of a link: an address, an anchor, or the path of a Markdown file.
fn is_target(text: &str) -> bool {
    let is_anchor = || text.strip_prefix('#').is_some_and(|name| name.contains(char::is_alphabetic));
    let is_path = || {
        let path = text.split('#').next().unwrap_or_default();
        path.len() > ".md".len() && path.ends_with(".md") || path.starts_with("./") || path.starts_with("../")
    };
    !text.contains(char::is_whitespace)
        && (text.starts_with("https://") || text.starts_with("http://") || is_anchor() || is_path())
}
