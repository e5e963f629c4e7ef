//! Compares edits of a document with the same edits of a string.

use plan_ide::{File, TextRange, folding, outline};
use plan_syntax::{Document, tree::SyntaxTrees};

use crate::boundary;

/// Returns rule, byte range and message of each finding in a file, computed without a workspace.
fn messages(file: &File) -> Vec<(&str, TextRange, &str)> {
    let findings = file.findings().iter();
    findings.map(|found| (found.rule.name, found.range.clone(), &*found.message)).collect()
}

/// Applies edits to a document and compares the results with those of a string. The first line of the input
/// determines the edits; the rest is the document.
///
/// After each edit, the text must equal the string, and the parsed values and the syntax trees must equal those of a
/// new document with the same text.
pub(crate) fn run(bytes: &[u8]) {
    let cut = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (edits, rest) = bytes.split_at(cut);
    let mut model = super::text(rest);
    let mut document = Document::new(&model);
    let mut previous = File::new("plan.md", document.clone());
    messages(&previous);
    let (_, mut trees) = SyntaxTrees::default().write(&document, None, usize::MAX);
    // Each edit takes three bytes: its position, the removed length, and the source of the inserted text.
    for edit in edits.chunks_exact(3).take(12) {
        let offset_at = |byte: u8| boundary(&model, model.len() * usize::from(byte) / 255);
        let first = offset_at(edit[0]);
        let last = boundary(&model, first + usize::from(edit[1] % 40));
        let source = offset_at(edit[2]);
        let new = match edit[2] % 8 {
            0 => "\n".to_owned(),
            1 => "```\n".to_owned(),
            2 => "---\n".to_owned(),
            3 => "# ".to_owned(),
            4 => String::from_utf8_lossy(edit).into_owned(),
            _ => model[source..boundary(&model, source + usize::from(edit[1] / 2))].to_owned(),
        };
        document.edit(first..last, &new);
        model.replace_range(first..last, &new);
        assert_eq!(document.text(), model);
        let plan = previous.cached_plan().cloned();
        let edited = File::with_previous(plan, "plan.md", document.clone(), previous.shared_environment());
        let fresh = File::new("plan.md", Document::new(&model));
        assert_eq!(edited.kind(), fresh.kind(), "{model:?}");
        assert_eq!(outline::outline(&edited), outline::outline(&fresh), "{model:?}");
        assert_eq!(folding::folding(&edited), folding::folding(&fresh), "{model:?}");
        assert_eq!(edited.plan().links(), fresh.plan().links(), "{model:?}");
        assert_eq!(edited.plan().gantt_charts(), fresh.plan().gantt_charts(), "{model:?}");
        assert_eq!(messages(&edited), messages(&fresh), "{model:?}");
        let (tree, updated) = trees.write(&document, None, usize::MAX);
        let (expected, _) = SyntaxTrees::default().write(fresh.document(), None, usize::MAX);
        assert_eq!(tree, expected, "{model:?}");
        trees = updated;
        previous = edited;
    }
    // A document that is parsed at once must give the same result.
    let parsed = File::new("plan.md", Document::parsed(&model));
    let fresh = File::new("plan.md", Document::new(&model));
    assert_eq!(outline::outline(&parsed), outline::outline(&fresh), "{model:?}");
}
