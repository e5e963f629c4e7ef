//! Edits of a document against edits of a plain string.

use plan_ide::{File, Place, folding, outline};
use plan_syntax::Document;

use crate::boundary;

/// What the rules find in a file by itself.
fn said(file: &File) -> Vec<(&str, Place, &str)> {
    let findings = file.findings().iter();
    findings.map(|found| (found.rule.name, found.range.clone(), &*found.message)).collect()
}

/// The first line is what is typed, the rest the document; the bytes of both say where.
///
/// After each edit the text must be the model's, and what is read of it what is read of the model afresh.
pub(crate) fn run(bytes: &[u8]) {
    let cut = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (typed, rest) = bytes.split_at(cut);
    let mut model = super::text(rest);
    let mut document = Document::new(&model);
    let mut earlier = File::new("plan.md", document.clone());
    said(&earlier);
    // Three bytes are an edit: where, how much goes, how much of the document's own text comes.
    for edit in typed.chunks_exact(3).take(12) {
        let place = |part: u8| boundary(&model, model.len() * usize::from(part) / 255);
        let first = place(edit[0]);
        let last = boundary(&model, first + usize::from(edit[1] % 40));
        let from = place(edit[2]);
        let new = match edit[2] % 8 {
            0 => "\n".to_owned(),
            1 => "```\n".to_owned(),
            2 => "---\n".to_owned(),
            3 => "# ".to_owned(),
            4 => String::from_utf8_lossy(edit).into_owned(),
            _ => model[from..boundary(&model, from + usize::from(edit[1] / 2))].to_owned(),
        };
        document.edit(first..last, &new);
        model.replace_range(first..last, &new);
        assert_eq!(document.text(), model);
        let plan = earlier.known_plan().cloned();
        let edited = File::following(plan, "plan.md", document.clone(), earlier.shared_environment());
        let fresh = File::new("plan.md", Document::new(&model));
        assert_eq!(edited.kind(), fresh.kind(), "{model:?}");
        assert_eq!(outline::outline(&edited), outline::outline(&fresh), "{model:?}");
        assert_eq!(folding::folding(&edited), folding::folding(&fresh), "{model:?}");
        assert_eq!(edited.plan().links(), fresh.plan().links(), "{model:?}");
        assert_eq!(edited.plan().charts(), fresh.plan().charts(), "{model:?}");
        assert_eq!(said(&edited), said(&fresh), "{model:?}");
        earlier = edited;
    }
    // Whoever does not edit reads the same.
    let bulk = File::new("plan.md", Document::unedited(&model));
    let fresh = File::new("plan.md", Document::new(&model));
    assert_eq!(outline::outline(&bulk), outline::outline(&fresh), "{model:?}");
}
