//! Suppression comments: `<!-- plansmith-disable-next-line RULES -->` and similar.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use plan_syntax::BlockKind;

use crate::{
    Edit, File, Finding, RuleSeverities, Severity, TextRange,
    rules::{Group, Rule, text_facts::text_facts, unused_suppression},
};

/// A suppression comment.
struct Suppression {
    /// Range of the comment.
    range: TextRange,
    /// Findings that start in this range are suppressed.
    scope: TextRange,
    /// Names of rules and groups with their ranges. Empty for all rules.
    names: Vec<(String, TextRange)>,
    /// Whether the comment applies to a single line.
    is_line: bool,
    /// Whether the comment suppresses a finding.
    used: bool,
}

/// The directive of a suppression comment: the word after `plansmith-`.
enum Directive {
    DisableFile,
    Disable,
    Enable,
    DisableNextLine,
}

/// Returns whether a file contains suppression comments, which are reported if they have no effect.
pub(crate) fn has_comments(file: &File) -> bool {
    !read(file).is_empty()
}

/// Removes suppressed findings, and adds findings for suppression comments without effect.
pub(crate) fn apply(file: &File, severities: &RuleSeverities, findings: &mut Vec<(Arc<Finding>, Severity)>) {
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
        if in_front_matter.iter().any(|name| matches_rule(name, rule)) {
            return false;
        }
        let offset = finding.range.start;
        // A document can have as many comments as findings. Among the comments for single lines, only the last ones
        // before the finding are checked.
        let before = lines.partition_point(|line| suppressions[*line].scope.start <= offset);
        let near = lines[..before].iter().rev().take_while(|line| suppressions[**line].scope.end > offset);
        let near: Vec<usize> = near.chain(&others).copied().collect();
        let mut is_kept = true;
        for suppression in near {
            let suppression = &mut suppressions[suppression];
            if suppression.scope.contains(&offset)
                && (suppression.names.is_empty()
                    || suppression.names.iter().any(|(name, _)| matches_rule(name, rule)))
            {
                suppression.used = true;
                is_kept = false;
            }
        }
        is_kept
    });
    let Some(severity) = severities.of(&unused_suppression::RULE) else { return };
    for suppression in &suppressions {
        let unknown = suppression.names.iter().find(|(name, _)| !is_known(name));
        let (range, message) = match unknown {
            Some((name, range)) => (range.clone(), format!("unknown rule or group `{name}`")),
            None if suppression.used => continue,
            None => (suppression.range.clone(), "unused suppression comment".to_owned()),
        };
        let mut finding = Finding::new(&unused_suppression::RULE, range, message);
        if unknown.is_none() {
            let end = next_line_start(file, suppression.range.end);
            let line = file.document().line_start(suppression.range.start)..end;
            finding = finding.fix("Remove comment", vec![Edit::replace(line, "")], false);
        }
        findings.push((Arc::new(finding), severity));
    }
    findings.sort_by_key(|(finding, _)| (finding.range.start, finding.range.end));
}

/// Returns whether a name is that of the rule or of its group.
fn matches_rule(name: &str, rule: &Rule) -> bool {
    name == rule.name || name == rule.group.name()
}

fn is_known(name: &str) -> bool {
    Rule::named(name).is_some() || Group::ALL.iter().any(|group| group.name() == name)
}

/// Returns the suppression comments of a document.
fn read(file: &File) -> Vec<Suppression> {
    let document = file.document();
    let mut found: Vec<Suppression> = Vec::new();
    for (start, facts) in text_facts(file) {
        for comment in &facts.directives {
            let comment_start = start + comment.start as usize;
            let text = &*document.slice(comment_start..start + comment.end as usize);
            let Some((directive, names)) = directive(text) else { continue };
            let range = comment_start..comment_start + text.len();
            let names: Vec<(String, TextRange)> = names
                .into_iter()
                .map(|(name, offset)| {
                    (name.to_owned(), comment_start + offset..comment_start + offset + name.len())
                })
                .collect();
            let is_line = matches!(directive, Directive::DisableNextLine);
            let scope = match directive {
                Directive::DisableFile => 0..document.len() + 1,
                Directive::Disable => range.end..document.len() + 1,
                Directive::DisableNextLine => {
                    let next = next_filled_line_start(file, range.end);
                    next..next_line_start(file, next).max(next + 1)
                }
                Directive::Enable => {
                    let open = |earlier: &&mut Suppression| {
                        earlier.scope.start == earlier.range.end
                            && earlier.scope.end > document.len()
                            && (names.is_empty()
                                || earlier.names.is_empty()
                                || earlier
                                    .names
                                    .iter()
                                    .any(|(name, _)| names.iter().any(|(other, _)| name == other)))
                    };
                    found.iter_mut().filter(open).for_each(|earlier| earlier.scope.end = range.start);
                    continue;
                }
            };
            found.push(Suppression { range, scope, names, is_line, used: false });
        }
    }
    found
}

/// Parses a comment into its directive and the names in it with their offsets.
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
    let mut offset = word.len();
    for part in text[word.len()..].split([' ', ',', '\t', '\n', '\r']) {
        if !part.is_empty() {
            names.push((part, start + offset));
        }
        offset += part.len() + 1;
    }
    Some((directive, names))
}

/// Returns the start of the line after the one that contains `offset`.
fn next_line_start(file: &File, offset: usize) -> usize {
    let rope = file.document().rope();
    let line = rope.byte_to_line(offset.min(rope.len_bytes()));
    if line + 1 < rope.len_lines() { rope.line_to_byte(line + 1) } else { rope.len_bytes() }
}

/// Returns the start of the next line that is not blank, because a formatter can insert a blank line after a comment.
fn next_filled_line_start(file: &File, offset: usize) -> usize {
    let document = file.document();
    let mut start = next_line_start(file, offset);
    while start < document.len() && document.slice(start..document.line_end(start)).trim().is_empty() {
        start = next_line_start(file, start);
    }
    start
}

/// Returns the names of rules and groups that the front matter disables: `plansmith: {disable: [broken-link]}`.
fn disabled_in_front_matter(file: &File) -> Vec<String> {
    let document = file.document();
    let entry =
        file.plan().front_matter().iter().find(|entry| document.slice(entry.key.clone()) == "plansmith");
    let Some(entry) = entry else { return Vec::new() };
    let value = document.slice(entry.value.clone());
    let Some(start) = value.find("disable") else { return Vec::new() };
    let list = value[start + "disable".len()..].trim_start_matches([':', ' ', '"', '\'']);
    let list = if let Some(inline) = list.strip_prefix('[') {
        inline.split(']').next().unwrap_or_default()
    } else {
        list
    };
    let words =
        list.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').map(|word| word.trim_matches('-'));
    words.filter(|word| is_known(word)).map(str::to_owned).collect()
}

/// Returns the edits that disable the rule of a finding, with their titles: for its line, if a comment can be inserted
/// above it, and for the document.
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
        let offset = (start - base) as u32;
        content.outline.blocks.iter().any(|block| {
            let is_inside = block.span.start <= offset && offset <= block.span.end;
            // A comment can be inserted above the first line of a paragraph, but not inside these blocks.
            is_inside
                && (matches!(block.kind, BlockKind::Fence { .. } | BlockKind::Table | BlockKind::Html { .. })
                    || matches!(block.kind, BlockKind::Paragraph) && block.span.start < offset)
        })
    });
    if !in_front && !in_block && !line.trim_start().starts_with(['|', '>']) {
        let indent: String = line.chars().take_while(|c| matches!(c, ' ' | '\t')).collect();
        let comment = format!("{indent}<!-- plansmith-disable-next-line {name} -->{ending}");
        offered.push((format!("Disable {name} for this line"), Edit::insert(start, comment)));
    }
    let start = front_matter.map_or(0, |range| range.end);
    let comment = format!("<!-- plansmith-disable-file {name} -->{ending}{ending}");
    offered.push((format!("Disable {name} in this document"), Edit::insert(start, comment)));
    offered
}

/// A comment that suppresses findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuppressionComment {
    /// Inserts the comment, or extends an existing one.
    pub edit: Edit,
    /// The rules that the edit disables.
    pub rules: Vec<&'static str>,
    /// Whether they are disabled in the whole document, because no comment can be inserted above a finding.
    pub in_document: bool,
}

/// Returns the comments that suppress findings: for their lines if possible, otherwise for the document. An existing
/// comment for a line is extended. Sorted; the edits do not overlap.
pub fn suppress_all<'a>(
    file: &File,
    findings: impl IntoIterator<Item = &'a Finding>,
) -> Vec<SuppressionComment> {
    let existing: Vec<Suppression> = read(file).into_iter().filter(|comment| comment.is_line).collect();
    // Text before the names of the rules, the names, the text after them, and whether the comment is for the document.
    let mut comments: BTreeMap<(usize, String), (Vec<&str>, String, bool)> = BTreeMap::new();
    let mut in_document: BTreeSet<&str> = BTreeSet::new();
    for finding in findings {
        let name = finding.rule.name;
        if name == unused_suppression::RULE.name {
            continue;
        }
        let at = finding.range.start;
        let before = existing.partition_point(|comment| comment.scope.start <= at);
        let above = existing[..before].last().filter(|comment| comment.scope.contains(&at));
        let (offset, before, after, is_for_document) =
            if let Some((_, last)) = above.and_then(|above| above.names.last()) {
                (last.end, ", ".to_owned(), String::new(), false)
            } else {
                let offered = disable(file, finding);
                let is_for_document = offered.len() == 1;
                let Some((_, edit)) = offered.into_iter().next() else { continue };
                let Some((before, after)) = edit.text.rsplit_once(name) else { continue };
                (edit.range.start, before.to_owned(), after.to_owned(), is_for_document)
            };
        if is_for_document {
            in_document.insert(name);
        }
        let (names, ..) = comments.entry((offset, before)).or_insert((Vec::new(), after, is_for_document));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let comments =
        comments.into_iter().filter_map(|((offset, before), (mut rules, after, is_for_document))| {
            // The comment for the document suppresses the findings of single lines as well.
            rules.retain(|rule| is_for_document || !in_document.contains(rule));
            let edit = Edit::insert(offset, format!("{before}{}{after}", rules.join(", ")));
            (!rules.is_empty()).then_some(SuppressionComment { edit, rules, in_document: is_for_document })
        });
    comments.collect()
}

#[cfg(test)]
mod tests {
    use plan_syntax::Document;

    use super::*;
    use crate::{Index, NoDisk, Workspace, report};

    fn messages(text: &str) -> Vec<String> {
        let file = File::new("plan.md", Document::new(text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        report::report(&file, &workspace, &RuleSeverities::default())
            .into_iter()
            .map(|(finding, _)| format!("{} {}", finding.rule.name, finding.message))
            .collect()
    }

    const TWO_FINDINGS: &str = "# Plan: x\n\n- [ ] a\n- [] b\n\n- [] c\n";

    #[test]
    fn scopes() {
        assert_eq!(messages(TWO_FINDINGS).len(), 2);
        let line =
            "# Plan: x\n\n- [ ] a\n<!-- plansmith-disable-next-line malformed-checkbox -->\n- [] b\n- [] c\n";
        assert_eq!(messages(line).len(), 1);
        let spaced = line.replace("-->\n", "-->\n\n \n");
        assert_eq!(messages(&spaced), messages(line), "a formatter inserts blank lines");
        let section = "# Plan: x\n\n- [ ] a\n\n<!-- plansmith-disable tasks, text -->\n\n- [] b\n\n<!-- plansmith-enable -->\n\n- [] c\n";
        assert_eq!(messages(section).len(), 1);
        assert_eq!(messages(&format!("<!-- plansmith-disable-file -->\n\n{TWO_FINDINGS}")), [""; 0]);
        assert_eq!(
            messages(&format!("---\nplansmith: {{disable: [malformed-checkbox]}}\n---\n{TWO_FINDINGS}")),
            [""; 0]
        );
        assert_eq!(
            messages(&format!("---\nplansmith:\n  disable:\n    - tasks\n---\n{TWO_FINDINGS}")),
            [""; 0]
        );
    }

    #[test]
    fn unused_comments_are_reported() {
        let text = "# Plan: x\n\n<!-- plansmith-disable-next-line broken-link -->\n\n- [ ] a\n\n<!-- plansmith-disable nonsense -->\n";
        assert_eq!(
            messages(text),
            [
                "unused-suppression unused suppression comment",
                "unused-suppression unknown rule or group `nonsense`"
            ]
        );
    }

    #[test]
    fn comments_for_the_document_replace_those_for_lines() {
        let text = "# Plan: x\n\n- [] a\n\n> - [] b\n";
        let file = File::new("plan.md", Document::new(text));
        let index = Index::default();
        let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
        let found = report::report(&file, &workspace, &RuleSeverities::default());
        let comments = suppress_all(&file, found.iter().map(|(finding, _)| &**finding));
        let shown: Vec<(bool, &str)> =
            comments.iter().map(|comment| (comment.in_document, comment.edit.text.trim())).collect();
        assert_eq!(shown, [(true, "<!-- plansmith-disable-file malformed-checkbox -->")]);
    }

    #[test]
    fn disabling_suppresses_the_finding() {
        let after = |text: &str, number: usize| {
            let file = File::new("plan.md", Document::new(text));
            let index = Index::default();
            let workspace = Workspace { index: &index, disk: &NoDisk, is_complete: true };
            let found = report::report(&file, &workspace, &RuleSeverities::default());
            let (_, edit) = disable(&file, &found[0].0).swap_remove(number);
            let mut text = text.to_owned();
            text.replace_range(edit.range, &edit.text);
            text
        };
        for number in [0, 1] {
            let text = after("# Plan: x\r\n\r\n- [ ] a\r\n  - [] b\r\n", number);
            assert_eq!(messages(&text), [""; 0], "{text}");
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        }
    }
}
