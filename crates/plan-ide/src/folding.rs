//! Folding: sections, tasks with details, tables, code, comments and front matter.

use plan_schema::Kind;
use plan_syntax::BlockKind;

use crate::{File, Place};

/// A range that can be folded; it covers more than one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// From the line that stays to the last one that goes.
    pub range: Place,
    /// Whether it is a comment.
    pub comment: bool,
}

/// What can be folded in a plan or checklist; nothing in ordinary Markdown.
pub fn folding(file: &File) -> Vec<Fold> {
    if file.kind() == Kind::Ordinary {
        return Vec::new();
    }
    let document = file.document();
    let mut folds = Vec::new();
    let mut add = |range: Place, comment: bool| {
        let text = document.slice(range.clone());
        let kept = text.trim_end().len();
        if text[..kept].contains(['\n', '\r']) {
            folds.push(Fold { range: range.start..range.start + kept, comment });
        }
    };
    if let Some(front) = document.front_matter() {
        add(front.range, false);
    }
    for section in file.plan().sections() {
        add(section.range(), false);
    }
    for (start, segment) in document.segments() {
        let content = document.content(start, segment);
        for block in &content.outline.blocks {
            let range = start + block.span.start as usize..start + block.span.end as usize;
            match block.kind {
                BlockKind::Item { .. } | BlockKind::Table | BlockKind::Fence { .. } | BlockKind::Quote => {
                    add(range, false);
                }
                BlockKind::Html { comment } => add(range, comment),
                _ => {}
            }
        }
    }
    folds.sort_by_key(|fold| (fold.range.start, std::cmp::Reverse(fold.range.end)));
    folds
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use plan_syntax::Document;

    use super::*;

    #[test]
    fn what_folds() {
        let text = "---\na: b\n---\n# Plan: x\n\n## Work\n\n- [ ] a\n  detail\n- [ ] b\n\n```\ncode\n```\n\n<!-- one\ntwo -->\n\n## Empty\n";
        let file = File::new("plan.md", Document::new(text));
        let shown: Vec<String> = folding(&file)
            .into_iter()
            .map(|fold| format!("{:?}{}", &text[fold.range], if fold.comment { " comment" } else { "" }))
            .collect();
        expect![[r###"
            "---\na: b\n---"
            "# Plan: x\n\n## Work\n\n- [ ] a\n  detail\n- [ ] b\n\n```\ncode\n```\n\n<!-- one\ntwo -->\n\n## Empty"
            "## Work\n\n- [ ] a\n  detail\n- [ ] b\n\n```\ncode\n```\n\n<!-- one\ntwo -->"
            "- [ ] a\n  detail"
            "```\ncode\n```"
            "<!-- one\ntwo -->" comment"###]]
        .assert_eq(&shown.join("\n"));
    }
}
