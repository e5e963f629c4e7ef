//! Completion of labels in brackets: link reference definitions with an existing target.

use plan_syntax::{BlockKind, outline::bytes};

use super::{Completion, CompletionKind, context::CompletionContext, links::target_exists};

pub(super) fn references(context: &CompletionContext<'_>) -> Vec<Completion> {
    let typed = context.text_before_cursor();
    let Some(open) = typed.rfind('[').filter(|open| !typed[*open..].contains(']')) else { return Vec::new() };
    // Checkboxes, tags and escaped brackets are not links.
    let before = &typed[..open];
    let is_checkbox = before.trim_start_matches([' ', '\t', '>']).trim_end().len() <= 2;
    let label = &typed[open + 1..];
    if is_checkbox && before.ends_with([' ', '\t']) && !before.trim().is_empty()
        || before.ends_with('\\')
        || label.starts_with(['^', '!'])
        || context.in_backticks()
        || !context.in_text()
        || !context.completes_links()
    {
        return Vec::new();
    }
    let document = context.file.document();
    let rest = context.text_after_cursor();
    let close = rest.find(']').filter(|close| !rest[..*close].contains(['[', '(']));
    let end = context.offset + close.unwrap_or(0);
    let range = context.line_start + open + 1..end;
    let mut labels: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for (start, segment) in document.segments() {
        let content = document.content(start, segment);
        for block in &content.outline.blocks {
            let BlockKind::LinkDefinition { label, destination } = &block.kind else { continue };
            let label = content.text[bytes(label)].to_owned();
            let target = &content.text[bytes(destination)];
            let is_before_cursor = (start..=start + content.text.len()).contains(&context.offset)
                && start + block.span.start as usize >= context.line_start
                && start + (block.span.start as usize) < context.offset;
            let is_known = labels.iter().any(|known| known.eq_ignore_ascii_case(&label));
            if is_before_cursor || is_known || label.contains('\n') || label.starts_with('^') {
                continue;
            }
            labels.push(label.clone());
            if !target_exists(context, target) {
                continue;
            }
            let mut offer = context.offer(CompletionKind::Reference, &*label, target, range.clone());
            offer.edit.text = if close.is_some() { label } else { format!("{label}]") };
            found.push(offer);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::completion::testing::check;

    #[test]
    fn offers_labels_with_an_existing_target() {
        let tail =
            "\n\n[spec]: https://example.org/spec\n[goal]: #plan-x\n[gone]: #nowhere\n[lost]: none.md\n";
        check(
            &format!("# Plan: x\n\n- [ ] 1.1 see [the text][$0{tail}"),
            expect![[r#"
            spec (https://example.org/spec): - [ ] 1.1 see [the text][spec]
            goal (#plan-x): - [ ] 1.1 see [the text][goal]"#]],
        );
        check(
            &format!("# Plan: x\n\n- [ ] 1.1 see [sp$0]{tail}"),
            expect!["spec (https://example.org/spec): - [ ] 1.1 see [spec]"],
        );
        check(
            &format!("# Plan: x\n\n- [ ] 1.1 a\n- [$0{tail}"),
            expect![[r#"
                1.2 (next task): - [ ] 1.2 Title
                - [ ] (task): - [ ] "#]],
        );
    }
}
