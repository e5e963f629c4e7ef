//! Comments that switch rules off: `<!-- plansmith-disable-next-line RULES -->` and its kin.

use std::sync::Arc;

use plan_syntax::BlockKind;

use crate::{
    Edit, File, Finding, Levels, Place, Severity,
    rules::{Group, Rule, unused_suppression},
};

/// A comment that switches rules off.
struct Suppression {
    /// The comment.
    place: Place,
    /// The findings that begin here are meant.
    scope: Place,
    /// Rules and groups with their places; none means all.
    names: Vec<(String, Place)>,
    /// It is about one line.
    is_line: bool,
    used: bool,
}

/// The words after `plansmith-`.
enum Directive {
    DisableFile,
    Disable,
    Enable,
    DisableNextLine,
}

/// Takes away what the document switches off, and adds what is to be said of comments that switch off nothing.
pub(crate) fn apply(file: &File, levels: &Levels, findings: &mut Vec<(Arc<Finding>, Severity)>) {
    let mut suppressions = read(file);
    let in_front_matter = disabled_in_front_matter(file);
    if suppressions.is_empty() && in_front_matter.is_empty() {
        return;
    }
    let (mut lines, others): (Vec<usize>, Vec<usize>) =
        (0..suppressions.len()).partition(|number| suppressions[*number].is_line);
    lines.sort_by_key(|line| suppressions[*line].scope.start);
    findings.retain(|(finding, _)| {
        let rule = finding.rule;
        if in_front_matter.iter().any(|name| names(name, rule)) {
            return false;
        }
        let at = finding.range.start;
        // There may be as many comments as findings: of those about one line only the last before a finding can mean it.
        let before = lines.partition_point(|line| suppressions[*line].scope.start <= at);
        let near = lines[..before].iter().rev().take_while(|line| suppressions[**line].scope.end > at);
        let near: Vec<usize> = near.chain(&others).copied().collect();
        let mut kept = true;
        for suppression in near {
            let suppression = &mut suppressions[suppression];
            if suppression.scope.contains(&at)
                && (suppression.names.is_empty()
                    || suppression.names.iter().any(|(name, _)| names(name, rule)))
            {
                suppression.used = true;
                kept = false;
            }
        }
        kept
    });
    let Some(severity) = levels.of(&unused_suppression::RULE) else { return };
    for suppression in &suppressions {
        let unknown = suppression.names.iter().find(|(name, _)| !is_known(name));
        let (place, message) = match unknown {
            Some((name, place)) => (place.clone(), format!("there is no rule or group `{name}`")),
            None if suppression.used => continue,
            None => (suppression.place.clone(), "this comment switches off nothing".to_owned()),
        };
        let mut finding = Finding::new(&unused_suppression::RULE, place, message);
        if unknown.is_none() {
            let end = line_after(file, suppression.place.end);
            let line = file.document().line_start(suppression.place.start)..end;
            finding = finding.fix("Remove the comment", vec![Edit::replace(line, "")], false);
        }
        findings.push((Arc::new(finding), severity));
    }
    findings.sort_by_key(|(finding, _)| (finding.range.start, finding.range.end));
}

fn names(name: &str, rule: &Rule) -> bool {
    name == rule.name || name == rule.group.name()
}

fn is_known(name: &str) -> bool {
    Rule::named(name).is_some() || Group::ALL.iter().any(|group| group.name() == name)
}

/// The comments of a document with what they reach.
fn read(file: &File) -> Vec<Suppression> {
    let document = file.document();
    let mut found: Vec<Suppression> = Vec::new();
    for (start, facts) in file.text_facts() {
        for comment in &facts.directives {
            let at = start + comment.start as usize;
            let text = &*document.slice(at..start + comment.end as usize);
            let Some((directive, names)) = directive(text) else { continue };
            let place = at..at + text.len();
            let names: Vec<(String, Place)> = names
                .into_iter()
                .map(|(name, offset)| (name.to_owned(), at + offset..at + offset + name.len()))
                .collect();
            let is_line = matches!(directive, Directive::DisableNextLine);
            let scope = match directive {
                Directive::DisableFile => 0..document.len() + 1,
                Directive::Disable => place.end..document.len() + 1,
                Directive::DisableNextLine => {
                    let next = line_after(file, place.end);
                    next..line_after(file, next).max(next + 1)
                }
                Directive::Enable => {
                    let open = |earlier: &&mut Suppression| {
                        earlier.scope.start == earlier.place.end
                            && earlier.scope.end > document.len()
                            && (names.is_empty()
                                || earlier.names.is_empty()
                                || earlier
                                    .names
                                    .iter()
                                    .any(|(name, _)| names.iter().any(|(other, _)| name == other)))
                    };
                    found.iter_mut().filter(open).for_each(|earlier| earlier.scope.end = place.start);
                    continue;
                }
            };
            found.push(Suppression { place, scope, names, is_line, used: false });
        }
    }
    found
}

/// What a comment says, with the names in it and the bytes where they stand.
fn directive(comment: &str) -> Option<(Directive, Vec<(&str, usize)>)> {
    let inside = comment.strip_prefix("<!--")?.strip_suffix("-->")?;
    let start = 4 + inside.len() - inside.trim_start().len();
    let text = inside.trim();
    let word = text.split_whitespace().next()?;
    let directive = match word.strip_prefix("plansmith-")? {
        "disable-file" => Directive::DisableFile,
        "disable" => Directive::Disable,
        "enable" => Directive::Enable,
        "disable-next-line" => Directive::DisableNextLine,
        _ => return None,
    };
    let mut names = Vec::new();
    let mut at = word.len();
    for part in text[word.len()..].split([' ', ',', '\t', '\n', '\r']) {
        if !part.is_empty() {
            names.push((part, start + at));
        }
        at += part.len() + 1;
    }
    Some((directive, names))
}

/// The byte at which the line after this byte's starts.
fn line_after(file: &File, at: usize) -> usize {
    let rope = file.document().rope();
    let line = rope.byte_to_line(at.min(rope.len_bytes()));
    if line + 1 < rope.len_lines() { rope.line_to_byte(line + 1) } else { rope.len_bytes() }
}

/// The rules that the front matter switches off: `plansmith: {disable: [broken-link]}`.
fn disabled_in_front_matter(file: &File) -> Vec<String> {
    let document = file.document();
    let entry =
        file.plan().front_matter().iter().find(|entry| document.slice(entry.key.clone()) == "plansmith");
    let Some(entry) = entry else { return Vec::new() };
    let value = document.slice(entry.value.clone());
    let Some(at) = value.find("disable") else { return Vec::new() };
    let list = value[at + "disable".len()..].trim_start_matches([':', ' ', '"', '\'']);
    let list = if let Some(inline) = list.strip_prefix('[') {
        inline.split(']').next().unwrap_or_default()
    } else {
        list
    };
    let words =
        list.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').map(|word| word.trim_matches('-'));
    words.filter(|word| is_known(word)).map(str::to_owned).collect()
}

/// The edits that switch a rule off: for the line of a finding, where a comment can stand above it, and for the document.
pub fn disable(file: &File, finding: &Finding) -> Vec<(String, Edit)> {
    let document = file.document();
    let name = finding.rule.name;
    let ending = if document.slice(0..4096.min(document.len())).contains("\r\n") { "\r\n" } else { "\n" };
    let mut offered = Vec::new();
    let front_matter = file.plan().front_matter_range();
    let start = document.line_start(finding.range.start);
    let line = document.slice(start..finding.range.start + 1);
    let in_front = front_matter.as_ref().is_some_and(|range| range.contains(&start));
    let in_block = document.segment_at(start).is_some_and(|(base, segment)| {
        let content = document.content(base, segment);
        let at = (start - base) as u32;
        content.outline.blocks.iter().any(|block| {
            let inside = block.span.start <= at && at <= block.span.end;
            // Above a paragraph's first line a comment can stand, inside of these none can.
            inside
                && (matches!(block.kind, BlockKind::Fence { .. } | BlockKind::Table | BlockKind::Html { .. })
                    || matches!(block.kind, BlockKind::Paragraph) && block.span.start < at)
        })
    });
    if !in_front && !in_block && !line.trim_start().starts_with(['|', '>']) {
        let indent: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
        let comment = format!("{indent}<!-- plansmith-disable-next-line {name} -->{ending}");
        offered.push((format!("Disable {name} for this line"), Edit::insert(start, comment)));
    }
    let top = front_matter.map_or(0, |range| range.end);
    let comment = format!("<!-- plansmith-disable-file {name} -->{ending}{ending}");
    offered.push((format!("Disable {name} in this document"), Edit::insert(top, comment)));
    offered
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::{Index, NoDisk, Workspace, report};

    fn said(text: &str) -> Vec<String> {
        let file = File::new("plan.md", Document::new(text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        report::report(&file, &workspace, &Levels::default())
            .into_iter()
            .map(|(finding, _)| format!("{} {}", finding.rule.name, finding.message))
            .collect()
    }

    const OPEN: &str = "# Plan: x\n\n- [ ] a\n- [] b\n\n- [] c\n";

    #[test]
    fn for_a_line_a_stretch_or_the_document() {
        assert_eq!(said(OPEN).len(), 2);
        let line =
            "# Plan: x\n\n- [ ] a\n<!-- plansmith-disable-next-line malformed-checkbox -->\n- [] b\n- [] c\n";
        assert_eq!(said(line).len(), 1);
        let stretch = "# Plan: x\n\n- [ ] a\n\n<!-- plansmith-disable tasks, text -->\n\n- [] b\n\n<!-- plansmith-enable -->\n\n- [] c\n";
        assert_eq!(said(stretch).len(), 1);
        assert_eq!(said(&format!("<!-- plansmith-disable-file -->\n\n{OPEN}")), [""; 0]);
        assert_eq!(said(&format!("---\nplansmith: {{disable: [malformed-checkbox]}}\n---\n{OPEN}")), [""; 0]);
        assert_eq!(said(&format!("---\nplansmith:\n  disable:\n    - tasks\n---\n{OPEN}")), [""; 0]);
    }

    #[test]
    fn what_switches_off_nothing() {
        let text = "# Plan: x\n\n<!-- plansmith-disable-next-line broken-link -->\n\n- [ ] a\n\n<!-- plansmith-disable nonsense -->\n";
        assert_eq!(
            said(text),
            [
                "unused-suppression this comment switches off nothing",
                "unused-suppression there is no rule or group `nonsense`"
            ]
        );
    }

    #[test]
    fn offered_where_a_comment_can_stand() {
        let after = |text: &str, number: usize| {
            let file = File::new("plan.md", Document::new(text));
            let index = Index::default();
            let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
            let found = report::report(&file, &workspace, &Levels::default());
            let (_, edit) = disable(&file, &found[0].0).swap_remove(number);
            let mut text = text.to_owned();
            text.replace_range(edit.range, &edit.text);
            text
        };
        for number in [0, 1] {
            let text = after("# Plan: x\r\n\r\n- [ ] a\r\n  - [] b\r\n", number);
            assert_eq!(said(&text), [""; 0], "{text}");
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        }
    }
}
